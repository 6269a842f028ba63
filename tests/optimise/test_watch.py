"""The watch tree: its odds, and laws that plans on it obey."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.intake.assemble import read_case
from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.odds import epoch_odds, event_odds
from outlast.optimise.solve import Solution, load, solve
from outlast.optimise.watch import WatchSolution, choose_tree, load_watch, solve_watch
from outlast.optimise.watch_program import decision_epochs
from outlast.optimise.watch_tree import grow_tree, odds_of_more
from outlast.plan.decide import pose
from tests.plan.stationary import KNOWN
from tests.plan.watched import write_watched
from tests.reference.networks import one_part
from tests.reference.small_cases import small_case

TIGHT = 1e-9
STEP = [[0.7, 0.3], [0.4, 0.6]]


def watched(arrays: NetworkArrays, step: list, factor: list, now: int = 0) -> NetworkArrays:
    """The case with states; hazards in each as multiples of those of the case."""
    ratio = np.array(factor, dtype=float)[:, None] * np.ones((1, len(arrays.restriction_ids)))
    names = tuple("ABCDEF"[: len(step)])
    return replace(
        arrays, watch_ids=names, watch_now=now, watch_step=np.array(step, dtype=float), watch_factor=ratio
    )


def posed(seed: int, step: list, factor: list) -> CombProblem:
    case = small_case(seed)
    arrays = watched(case.arrays, step, factor)
    return build_problem(arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1)


def without_looking(problem: CombProblem, gap: float = TIGHT) -> Solution:
    return solve(problem, master=load(problem), gap=gap)


def looking(problem: CombProblem, changes: int, review: int = 1, gap: float = TIGHT) -> WatchSolution:
    found = solve_watch(*load_watch(problem, grow_tree(problem.arrays, changes, review)), gap=gap)
    assert found is not None
    return found


# --- odds


@st.composite
def chains(draw: st.DrawFn) -> NetworkArrays:
    n, rows = draw(st.integers(1, 3)), []
    for _ in range(n):
        weights = np.array(draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))) + 1e-3
        weights[weights < 0.2] *= draw(st.sampled_from([0.0, 1.0]))
        rows.append(weights / weights.sum() if weights.sum() > 0 else np.eye(n)[0])
    factor = draw(st.lists(st.floats(0, 20), min_size=n, max_size=n))
    weeks = draw(st.integers(1, 22))
    plain = replace(one_part(weeks=2 * weeks), hazard_per_week=np.array([0.03]), epoch_weeks=4)
    return watched(plain, rows, factor, now=draw(st.integers(0, n - 1)))


@given(chains(), st.integers(0, 4), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_nodes_share_out_the_odds_of_the_comb(arrays: NetworkArrays, changes: int, review: int) -> None:
    tree, odds = grow_tree(arrays, changes, review), event_odds(arrays)
    assert tree.falls_first == pytest.approx(odds.falls[0])
    for epoch in range(len(odds.alive)):
        assert tree.alive[tree.at(epoch)].sum() == pytest.approx(odds.alive[epoch])
        if epoch + 1 < len(odds.alive):
            assert tree.falls[tree.at(epoch)].sum(axis=0) == pytest.approx(odds.falls[epoch + 1])
    assert odds.falls.sum() + odds.alive[-1] == pytest.approx(1.0)


@given(chains(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_nodes_and_odds_of_more_changes_are_those_of_all_paths(arrays: NetworkArrays, changes: int) -> None:
    """Every path of states of up to six epochs, one by one."""
    epochs = min(-(-arrays.horizon_weeks // 4), 6)
    arrays = replace(arrays, horizon_weeks=min(arrays.horizon_weeks, 4 * epochs))
    tree, n = grow_tree(arrays, changes), len(arrays.watch_ids)
    alive, more = np.zeros(len(tree.epoch)), 0.0
    for states in product(range(n), repeat=epochs):
        if states[0] != arrays.watch_now:
            continue
        odds = 1.0
        path = tree.follow(np.array([states]))[0]
        for epoch, state in enumerate(states):
            if epoch > 0:
                odds *= arrays.watch_step[states[epoch - 1], state]
                steps = sum(a != b for a, b in pairwise(states[: epoch + 1]))
                if steps == changes + 1 and state != states[epoch - 1]:
                    more += odds / n ** (epochs - epoch - 1)
            odds *= epoch_odds(arrays, epoch).alive[state]
            alive[path[epoch]] += odds / n ** (epochs - epoch - 1)
    assert alive == pytest.approx(tree.alive, abs=1e-12)
    assert odds_of_more(arrays, changes) == pytest.approx(more, abs=1e-12)


# --- plans


@pytest.mark.parametrize("seed", [0, 2, 5, 10])
def test_one_state_is_the_plan_without_triggers(seed: int) -> None:
    problem = posed(seed, [[1.0]], [1.0])
    plain, one = without_looking(problem), looking(problem, 3)
    assert one.objective == pytest.approx(plain.objective, rel=1e-9)
    assert one.bound == pytest.approx(plain.bound, rel=1e-8)


@pytest.mark.parametrize("seed", [2, 5, 10])
def test_states_with_one_hazard_change_nothing(seed: int) -> None:
    problem = posed(seed, STEP, [1.0, 1.0])
    plain, both = without_looking(problem), looking(problem, 3)
    assert both.objective == pytest.approx(plain.objective, rel=1e-8)
    assert both.bound == pytest.approx(plain.bound, rel=1e-8)


@pytest.mark.parametrize("seed", [1, 10, 14])
def test_who_looks_closer_loses_no_more(seed: int) -> None:
    problem = posed(seed, STEP, [0.2, 3.0])
    losses = [-without_looking(problem, 1e-7).bound]
    losses += [-looking(problem, changes, 1, 1e-7).bound for changes in (0, 1, 2, 3)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-6)
    for more, less in pairwise(losses[1:]):
        assert less <= more + 1e-6 * abs(more)
    assert -looking(problem, 3, 2, 1e-7).bound >= losses[-1] - 1e-6 * abs(losses[-1])


@pytest.fixture(scope="module")
def slow_chain(tmp_path_factory: pytest.TempPathFactory) -> WatchSolution:
    """Hardly any change: in each state the plan is that of its own hazard."""
    folder = write_watched(
        tmp_path_factory.mktemp("cases") / "slow",
        {"CALM": 0.5, "TENSE": 2.0},
        {("CALM", "TENSE"): 1e-4, ("TENSE", "CALM"): 1e-4},
        margin=1.0,
        draws=64,
    )
    network = read_case(folder)
    problem, _ = pose(network, seed=7, draws=64)
    found = solve_watch(*load_watch(problem, grow_tree(problem.arrays, 1, 3)), gap=1e-5)
    assert found is not None
    return found


def test_in_each_state_the_cover_is_the_known_one(slow_chain: WatchSolution) -> None:
    """model.md section 8: 26.0 weeks at a hazard of 0.5, 33.7 at 2."""
    problem, tree = slow_chain.problem, slow_chain.tree
    place = problem.place[problem.arrays.item_ids.index("PART")]
    stock = slow_chain.master.teeth.grown.comb.trunk.stock
    calm = max(tree.at(2), key=lambda node: tree.alive[node])
    tense = int(np.flatnonzero(tree.changed & (tree.epoch == 3))[0])
    held = [slow_chain.seen(slow_chain.x, node)[stock[tree.epoch[node] + 1, place]] for node in (calm, tense)]
    assert held == pytest.approx([KNOWN[0.5, 1.0], KNOWN[2.0, 1.0]], abs=1.0)


def test_what_is_seen_of_a_tree_meets_the_rows_of_the_comb(slow_chain: WatchSolution) -> None:
    """On every path the decisions are a trunk of the comb, each decided when it is time."""
    grown = slow_chain.master.teeth.grown
    program, rows, n = grown.comb.program, grown.comb.trunk_rows, grown.comb.trunk_columns
    matrix = program.matrix[:rows][:, :n]
    for leaf in slow_chain.tree.at(-1):
        seen = slow_chain.seen(slow_chain.x, int(leaf))
        slack = 1e-6 * (1 + abs(matrix) @ np.abs(seen))
        assert (matrix @ seen >= program.row_lower[:rows] - slack).all()
        assert (matrix @ seen <= program.row_upper[:rows] + slack).all()


def test_skipped_orders_are_decided_when_they_would_have_been_placed() -> None:
    for seed in range(12):
        problem = posed(seed, STEP, [0.5, 2.0])
        every, master = load_watch(problem, grow_tree(problem.arrays, 0))
        comb = master.teeth.grown.comb
        decided = decision_epochs(every, comb.trunk, comb.trunk_columns)
        for place, item in enumerate(every.items):
            lead = (
                0
                if every.arrays.made[item]
                else int(every.arrays.source_lead[every.arrays.first_source(item)])
            )
            for epoch in range(every.epochs):
                weeks = every.skip_weeks(int(item), epoch)
                first = (weeks.start - lead) // every.arrays.epoch_weeks
                assert decided[comb.trunk.run_down[epoch, place]] == first


def test_the_tree_gets_smaller_where_the_case_is_large(tmp_path: Path) -> None:
    moves = {("CALM", "TENSE"): 0.1, ("TENSE", "CALM"): 0.1}
    network = read_case(write_watched(tmp_path / "c", {"CALM": 0.1, "TENSE": 2.0}, moves, horizon=104))
    small, _ = pose(network, seed=1, draws=1)
    large, _ = pose(network, seed=1, draws=64)
    few, many = choose_tree(large, 100), choose_tree(small, 100)
    assert len(few.epoch) < len(many.epoch)
    assert few.most_changes >= 1
