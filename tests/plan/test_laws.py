"""Laws of the plan on random networks: numbering, no hazard, program and simulator, processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.cluster import LocalProcesses
from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.highs import solve_program
from outlast.optimise.recourse import write_program
from outlast.optimise.solve import load, solve
from outlast.periods import NEVER
from outlast.plan.certify import evaluate
from outlast.plan.schedule import Order, Schedule, plan_policy
from outlast.scenarios.draw import draw_scenarios
from outlast.simulate.run import baseline, simulate
from outlast.survive import survive
from tests.reference.networks import Case, cut_at, one_part, random_case
from tests.reference.relabelling import relabel

seeds = st.integers(0, 2**31 - 1)


def problem_of(case: Case, bucket_weeks: float = 4) -> CombProblem:
    """A planning problem whose draws of durations are those of the case's scenarios."""
    drawn = case.scenarios
    lifted = np.where(drawn.relief < NEVER, np.abs(drawn.relief - drawn.effective), np.inf)
    return build_problem(case.arrays, drawn.switch_weeks, lifted.astype(float), bucket_weeks=bucket_weeks)


# --- relabelling changes nothing


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_numbering_changes_neither_the_best_plan_nor_survival(seed: int) -> None:
    case = random_case(seed, n_scenario=2)
    same = relabel(case, np.random.default_rng(seed))
    programs = [write_program(problem_of(each)).program for each in (case, same)]
    if programs[0].n_row:
        best, again = (solve_program(program).objective for program in programs)
        assert again == pytest.approx(best, rel=1e-5, abs=1e-6 * abs(programs[0].offset))
    answers = [survive(each.arrays) for each in (case, same)]
    for kind in ("products", "items", "sources", "suppliers", "restrictions"):
        old, new = ({row.id: row for row in getattr(answer, kind)} for answer in answers)
        assert old.keys() == new.keys()
        for name, row in old.items():
            assert new[name].time_to_survive_weeks == row.time_to_survive_weeks
            assert new[name].contribution_at_risk == pytest.approx(row.contribution_at_risk)


# --- zero hazard gives the deterministic answer


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_without_hazard_the_best_plan_is_to_do_nothing(seed: int) -> None:
    """No hazard, no surplus, all sources at standard cost: nothing is lost, and nothing that could be bought,
    made or started ahead makes it better."""
    case = random_case(seed, n_scenario=2)
    arrays = case.arrays
    calm = replace(
        arrays,
        hazard_per_week=np.zeros_like(arrays.hazard_per_week),
        on_hand=np.zeros_like(arrays.on_hand),
        open_shipped=np.zeros_like(arrays.open_shipped),
        open_unshipped=np.zeros_like(arrays.open_unshipped),
        source_price=arrays.standard_cost[arrays.source_item],
    )
    problem = problem_of(replace(case, arrays=calm))
    if not len(problem.items):
        return
    idle, best = solve(problem, build_up=False), solve(problem)
    assert idle.objective == pytest.approx(0.0, abs=1e-6)
    assert best.objective == pytest.approx(0.0, abs=1e-6)
    assert best.bound == pytest.approx(0.0, abs=1e-6)


# --- the program's cost and the simulator's


def part_and_cut(rng: np.random.Generator, lead: int, notice: int) -> tuple[NetworkArrays, int, float]:
    """One part with its pipeline and its working stock, or less of it, a market that waits or does not, the
    weeks it is cut, and the cover that is bought."""
    weeks, transit = 48, min(lead, 2)
    working = float(rng.uniform(0, 20)) * lead
    shipped, unshipped = np.zeros((weeks, 1)), np.zeros((weeks, 1))
    shipped[:transit], unshipped[transit:lead] = 10.0, 10.0
    arrays = one_part(
        weeks=weeks,
        horizon_weeks=8,
        window_weeks=40,
        source_lead=np.array([lead]),
        source_transit=np.array([transit]),
        in_transit_released=rng.random(1) < 0.5,
        notice_weeks=np.array([notice]),
        hazard_per_week=rng.uniform(0.2, 3.0, 1) / 52,
        holding_cost=np.array([2.0, 50.0]) * rng.uniform(0.1, 0.4) / 52,
        write_down_share=np.array([rng.uniform(0, 0.5), 0.3]),
        price=np.full((weeks, 1), 5 + rng.uniform(0.5, 10)),
        on_hand=np.array([working * (rng.uniform(0.3, 1.0) if lead else 1.0), 0.0]),
        line_backorder=rng.random(1) < 0.5,
        line_backorder_cost=rng.uniform(0.0, 0.3, 1),
        working_stock=np.array([working, 0.0]),
        open_shipped=shipped,
        open_unshipped=unshipped,
    )
    return arrays, int(rng.integers(1, 35)), float(rng.uniform(0, 300) * (rng.random() < 0.8))


def losses(arrays: NetworkArrays, closed: int, bought: float) -> tuple[float, float]:
    """Expected loss of buying so much in week 0, against cuts of so many weeks: by the program, whose
    recourse knows them, and by the simulator, whose company does not."""
    problem = build_problem(arrays, np.zeros((1, 1)), np.array([[float(closed)]]), bucket_weeks=1)
    master = load(problem)
    trunk = master.teeth.extensive.trunk
    orders = (Order(0, 0, bought),) if bought else ()
    schedule = Schedule(orders, np.zeros(trunk.make.shape), np.zeros(trunk.run_down.shape), {})
    policy, notice = plan_policy(problem, trunk, schedule), int(arrays.notice_weeks[0])
    leaves = [
        (tooth.probability, cut_at(arrays, tooth.week, tooth.week + notice + closed, notice))
        for tooth in problem.teeth
    ]
    leaves.append((problem.quiet, cut_at(arrays, NEVER)))
    assert sum(odds for odds, _ in leaves) == pytest.approx(1)
    simulated = sum(
        odds * (baseline(arrays, path)[0] - simulate(arrays, path, policy).value[0]) for odds, path in leaves
    )
    found = evaluate(master.teeth, problem, schedule, exact=1e-9, rounded=False)
    return -found.objective, float(simulated)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_cost_of_the_program_equals_the_simulated_cost(seed: int) -> None:
    """No lead time and no notice: what is known beforehand makes no difference."""
    planned, simulated = losses(*part_and_cut(np.random.default_rng(seed), lead=0, notice=0))
    assert planned == pytest.approx(simulated, rel=1e-5, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(seeds, st.integers(1, 6), st.integers(0, 3))
def test_knowing_the_cut_is_never_worse_than_the_simulated_policy(seed: int, lead: int, notice: int) -> None:
    planned, simulated = losses(*part_and_cut(np.random.default_rng(seed), lead, notice))
    assert planned <= simulated + 1e-5 * max(1.0, abs(simulated))


def part_left(seed: int, left: float, lot: float) -> NetworkArrays:
    """One part whose source is left a share of its supply, and sells it in lots; sales do not wait."""
    arrays, _, _ = part_and_cut(np.random.default_rng(seed), lead=0, notice=0)
    return replace(
        arrays,
        supply_left=np.array([[left]]),
        source_multiple=np.array([lot]),
        line_backorder=np.zeros(1, dtype=bool),
    )


@settings(max_examples=10, deadline=None)
@given(seeds, st.floats(0.1, 0.95))
def test_what_is_left_of_supply_is_worth_what_is_simulated(seed: int, left: float) -> None:
    planned, simulated = losses(part_left(seed, left, 0.0), 34, 0.0)
    assert planned == pytest.approx(simulated, rel=1e-6, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(seeds, st.floats(0.1, 0.95), st.floats(0.5, 8.0))
def test_whole_lots_after_an_event_are_worth_two_at_most(seed: int, left: float, use: float) -> None:
    """The program takes what is left for 34 weeks week by week, the company in lots of up to eight weeks'
    use: it has a lot or two too much or too little at times, but never more."""
    lot = 10 * use
    arrays = part_left(seed, left, lot)
    planned, simulated = losses(arrays, 34, 0.0)
    held = arrays.holding_cost[0] * arrays.n_week + arrays.write_down_share[0] * arrays.standard_cost[0]
    margin = arrays.price[0, 0] - arrays.standard_cost[1]
    hit = 1 - np.exp(-arrays.hazard_per_week[0] * arrays.horizon_weeks)
    assert abs(planned - simulated) <= hit * 2 * lot * (margin + held)


# --- same seed, same bytes


@pytest.fixture(scope="module")
def two() -> Iterator[LocalProcesses]:
    with LocalProcesses(2) as executor:
        yield executor


def contents(value: Any) -> list[bytes]:
    """Every array of a result, byte for byte."""
    arrays = (getattr(value, column.name) for column in fields(value))
    return [array.tobytes() for array in arrays if isinstance(array, np.ndarray)]


@settings(max_examples=8, deadline=None)
@given(seeds, st.integers(65, 200))
def test_same_seed_same_bytes_with_one_and_two_processes(two: LocalProcesses, seed: int, count: int) -> None:
    """Draws of one seed, played in several blocks."""
    case = random_case(seed)
    drawn, again = (draw_scenarios(case.arrays, count, seed) for _ in range(2))
    assert contents(drawn) == contents(again)
    alone = simulate(case.arrays, drawn, case.policy, ledger=True)
    together = simulate(case.arrays, again, case.policy, ledger=True, executor=two)
    assert len(contents(alone)) > 5
    assert contents(alone) == contents(together)
