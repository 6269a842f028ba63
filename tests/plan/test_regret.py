"""The plan of least regret: laws, closed forms, and what its certificate says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from outlast.intake.assemble import check_case, read_case
from outlast.network.arrays import Floats
from outlast.network.network import Network
from outlast.optimise.aim import Aim
from outlast.optimise.comb import CombProblem, build_problem, leaf_odds
from outlast.optimise.risk import Risk
from outlast.optimise.solve import Solution, load, solve
from outlast.periods import WEEKS_PER_YEAR
from outlast.plan.decide import decide, plan_case, pose
from outlast.plan.regret import WITHOUT_INTERVAL, Regret, aim_at_regret, hazard_factors, space_factors, spread
from outlast.plan.summary import Done
from outlast.report.stored import describe
from outlast.report.tables import short_answer
from outlast.report.verdict import certificate_table
from outlast.sensitivity.factors import ASSUMED
from tests.plan.edges import write_edge_case
from tests.plan.stationary import write_stationary
from tests.reference.small_cases import small_case

EXACT = 3e-5
seeds = st.integers(0, 10_000)
FACTORS = (0.0, 0.25, 1.0, 3.0)


def small_problem(seed: int, weight: float = 0.0) -> CombProblem:
    case = small_case(seed)
    risk = Risk(weight, 0.8)
    return build_problem(case.arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1, risk=risk)


def least_regret(problem: CombProblem, factors: tuple[float, ...]) -> tuple[Regret, Aim, Solution, Solution]:
    """Of buying nothing extra, and least of all, solved as exactly as can be."""
    regret = spread(problem, factors)
    aimed = aim_at_regret(regret, gap=EXACT, time_limit=None, progress=lambda message: None)
    assert aimed is not None
    aim, _ = aimed
    nothing = solve(regret.problem, master=regret.master, build_up=False, gap=EXACT)
    return (
        regret,
        aim,
        nothing,
        solve(regret.problem, master=regret.master, gap=EXACT, reference=nothing.objective),
    )


def regrets_of(regret: Regret, aim: Aim, x: Floats) -> Floats:
    teeth = regret.master.teeth
    return aim.regrets(regret.problem.risk, teeth.leaf_loss(x, teeth.answer(x)[0]))


def slack_of(aim: Aim) -> float:
    return 1e-4 * max(float(np.abs(aim.least).max()), 1e-3)


# --- laws


@settings(max_examples=15, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.5]))
def test_no_plan_for_one_hazard_has_less_regret_than_the_plan_for_all(seed: int, weight: float) -> None:
    regret, aim, nothing, best = least_regret(small_problem(seed, weight), FACTORS)
    slack, risk = slack_of(aim), regret.problem.risk
    assert -best.objective + slack >= 0
    assert -best.bound <= -best.objective + slack
    assert np.all(regrets_of(regret, aim, best.x) >= -slack)
    assert regrets_of(regret, aim, best.x).max() == pytest.approx(-best.objective, abs=slack)
    assert -best.objective <= -nothing.objective + slack
    for odds in regret.odds:
        regret.master.aim_at(Aim.loss_under(odds))
        alone = solve(
            regret.problem, master=regret.master, gap=EXACT, reference=-1.0 - np.abs(aim.least).max()
        )
        assert regrets_of(regret, aim, alone.x).max() >= -best.bound - slack
    assert risk.weight == weight


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.5]), st.integers(0, 12))
def test_least_losses_that_were_stopped_early_are_bounds_all_the_same(
    seed: int, weight: float, asks: int
) -> None:
    """Stopped after so many looks at whether to stop: no more is claimed of any hazard than is true."""
    problem = small_problem(seed, weight)
    _, true, _, best = least_regret(problem, FACTORS)
    regret, left = spread(problem, FACTORS), iter(range(asks))
    there: list[bool] = []
    aimed = aim_at_regret(
        regret,
        gap=EXACT,
        time_limit=None,
        progress=lambda message: None,
        found=lambda: there.append(True),
        stopped=lambda: next(left, None) is None,
    )
    assert aimed is not None
    assert there == [True]
    early, slack = aimed[0], slack_of(true)
    assert np.all(early.least <= true.least + slack)
    assert regrets_of(regret, early, best.x).max() >= -best.objective - slack


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.5]))
@example(7868, 0.5)  # starts that look best for a while hid better ones
def test_what_was_learned_under_one_hazard_holds_under_all(seed: int, weight: float) -> None:
    """Each hazard solved alone, as a problem of its own."""
    problem = small_problem(seed, weight)
    _, aim, _, _ = least_regret(problem, FACTORS)
    for factor, least in zip(FACTORS[1:], aim.least[1:], strict=True):
        hazards = factor * problem.arrays.hazard_per_week
        alone = build_problem(
            replace(problem.arrays, hazard_per_week=hazards),
            problem.switch_weeks,
            problem.relief_weeks,
            bucket_weeks=1,
            risk=problem.risk,
        )
        best = solve(alone, gap=EXACT)
        assert least == pytest.approx(-best.objective, abs=slack_of(aim))


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_without_an_event_nothing_is_bought(seed: int) -> None:
    problem = small_problem(seed)
    regret = spread(problem, (0.0, 1.0))
    master = regret.master
    master.aim_at(Aim.loss_under(regret.odds[0]))
    # What lies idle may be put to use, but nothing is added that costs anything.
    idle = solve(regret.problem, master=master, build_up=False, gap=EXACT, reference=-1.0)
    best = solve(regret.problem, master=master, gap=EXACT, reference=idle.objective - 1.0)
    assert best.objective <= idle.objective + 1e-6 * (1 + abs(idle.objective)) + saved_by_price(problem)


def saved_by_price(problem: CombProblem) -> float:
    """Most that build-up of goods that are bought below standard cost saves without any event [money]."""
    arrays = problem.arrays
    below = np.maximum(arrays.standard_cost[arrays.source_item] - arrays.source_price, 0.0)
    return float((below * arrays.usage.sum(axis=0)[arrays.source_item]).sum())


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_a_grid_of_the_hazards_as_stated_gives_the_plan_of_least_loss(seed: int) -> None:
    problem = small_problem(seed)
    regret, aim, _, best = least_regret(problem, (1.0,))
    plain = solve(problem, gap=EXACT)
    slack = slack_of(aim)
    assert -best.objective <= slack + EXACT * abs(plain.objective)
    assert aim.least[0] == pytest.approx(-plain.objective, abs=slack)
    teeth = regret.master.teeth
    loss = regret.problem.risk.value(teeth.leaf_loss(best.x, teeth.answer(best.x)[0]), regret.stated)
    assert loss == pytest.approx(-plain.objective, abs=slack)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0, 5))
def test_more_hazards_never_lower_the_regret(seed: int, more: float) -> None:
    problem = small_problem(seed)
    _, aim, _, few = least_regret(problem, (0.5, 2.0))
    _, _, _, many = least_regret(problem, tuple(sorted({0.5, 2.0, more})))
    assert -many.objective >= -few.bound - 2 * slack_of(aim)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.01, 1)), min_size=1, max_size=12),
    st.floats(0.05, 0.99),
)
def test_weights_of_the_tail_give_cvar(outcomes: list[tuple[float, float]], level: float) -> None:
    loss = np.array([value for value, _ in outcomes])
    odds = np.array([share for _, share in outcomes])
    odds /= odds.sum()
    risk = Risk(1.0, level)
    weights = risk.tail_weights(loss, odds)
    assert weights.sum() == pytest.approx(1)
    assert np.all(weights <= odds / risk.tail + 1e-12)
    assert weights @ loss == pytest.approx(risk.value(loss, odds), rel=1e-9, abs=1e-6)
    other = loss[::-1]
    assert weights @ other <= risk.value(other, odds) * (1 + 1e-9) + 1e-6


@pytest.mark.parametrize("watched", [False, True])
def test_odds_of_all_teeth_of_a_group_change_by_one_factor(watched: bool) -> None:
    problem = small_problem(3)
    if watched:
        problem = with_watch_states(problem)
    teeth = load(problem).teeth
    for factor in (0.1, 3.0, 20.0):
        odds = leaf_odds(problem, factor * problem.arrays.hazard_per_week)
        ratio = odds[:-1] / leaf_odds(problem, problem.arrays.hazard_per_week)[:-1]
        for group in range(teeth.n_group):
            assert np.ptp(ratio[teeth.groups == group]) <= 1e-9 * ratio.max()
        assert odds.sum() == pytest.approx(1)


def with_watch_states(problem: CombProblem) -> CombProblem:
    """The same network with two watch states, in one of which nothing is to be feared."""
    n = len(problem.arrays.restriction_ids)
    arrays = replace(
        problem.arrays,
        watch_ids=("CALM", "TENSE"),
        watch_step=np.array([[0.7, 0.3], [0.5, 0.5]]),
        watch_factor=np.array([[0.0] * n, [2.0] * n]),
    )
    return build_problem(arrays, problem.switch_weeks, problem.relief_weeks, bucket_weeks=1)


def test_watch_states_move_regret_as_they_move_hazards() -> None:
    """Solved alone under each hazard, no plan loses less than is said."""
    problem = with_watch_states(small_problem(3))
    _, aim, _, _ = least_regret(problem, FACTORS)
    for factor, least in zip(FACTORS[1:], aim.least[1:], strict=True):
        alone = replace(problem.arrays, hazard_per_week=factor * problem.arrays.hazard_per_week)
        best = solve(
            build_problem(alone, problem.switch_weeks, problem.relief_weeks, bucket_weeks=1), gap=EXACT
        )
        assert least == pytest.approx(-best.objective, abs=slack_of(aim))


# --- one part in closed form


def test_least_regret_of_one_part_is_the_known_one(tmp_path: Path) -> None:
    """Cover before each epoch, against the loss of model.md section 8 written epoch by epoch: what is held
    costs until an event, and while it is run down after it; a cut costs the sales of its weeks beyond."""
    hazard, margin, epochs, factors = 0.5, 1.0, 8, (0.2, 0.5, 1.0, 2.0, 4.0)
    folder = write_stationary(tmp_path / "case", hazard, margin, draws=32, horizon=4 * epochs)
    problem, _ = pose(read_case(folder), seed=1, draws=32)
    _, aim, _, best = least_regret(problem, factors)
    relief, hold = problem.relief_weeks[:, 0], 0.2 / WEEKS_PER_YEAR

    def loss(cover: Floats, held: Floats, factor: float) -> float:
        """Cover at the start of each epoch and at the end, what is held in each epoch, both in weeks."""
        alive = np.exp(-factor * hazard / WEEKS_PER_YEAR * 4 * np.arange(epochs + 1))
        short = np.maximum(relief[:, None] - cover[:-1], 0.0).mean(axis=0)
        event = margin * short + hold * cover[:-1] * np.maximum(cover[:-1] - 1, 0.0) / 2
        return float((alive[:-1] - alive[1:]) @ event + 4 * hold * held @ alive[1:])

    def split(v: Floats) -> tuple[Floats, Floats]:
        return np.append(0.0, v[:epochs]), v[epochs : 2 * epochs]

    def least(factor: float) -> float:
        found = minimize(lambda v: loss(*split(v), factor), np.full(2 * epochs, 15.0), **solved_with())
        return float(found.fun)

    def solved_with(*more: dict[str, object]) -> dict[str, Any]:
        """What is held is at least the cover at both ends of an epoch."""
        rules = [
            {"type": "ineq", "fun": lambda v: split(v)[1] - split(v)[0][1:]},
            {"type": "ineq", "fun": lambda v: split(v)[1] - split(v)[0][:-1]},
        ]
        options = {"maxiter": 500, "ftol": 1e-10}
        bounds = [(0.0, 104.0)] * (2 * epochs + len(more))
        return {"method": "SLSQP", "constraints": [*rules, *more], "options": options, "bounds": bounds}

    bests = [least(factor) for factor in factors]

    def regrets(v: Floats) -> Floats:
        return np.array([loss(*split(v), k) - low for k, low in zip(factors, bests, strict=True)])

    rule = {"type": "ineq", "fun": lambda v: v[-1] - regrets(v)}
    known = minimize(lambda v: v[-1], np.append(np.full(2 * epochs, 15.0), 10.0), **solved_with(rule))
    assert aim.least == pytest.approx(bests, rel=2e-3)
    assert -best.objective == pytest.approx(known.fun, rel=2e-3)
    part = problem.items.tolist().index(problem.arrays.item_ids.index("PART"))
    cover = best.x[best.trunk.stock[1:epochs, part]]
    assert cover == pytest.approx(known.x[: epochs - 1], abs=1.0)


# --- the command's plan

ASKED = 'objective = "regret"\n'


def decided(network: Network, draws: int = 3) -> Done:
    return decide(network, seed=1, draws=draws, time_limit=None, progress=lambda message: None)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    settings = 'objective = "regret"\nhazard_factor_low = 0\nhazard_factor_high = 4\n'
    return read_case(write_edge_case(tmp_path_factory.mktemp("regret") / "case", settings=settings))


def test_the_certificate_names_the_grid_and_the_regret_of_each_hazard(network: Network) -> None:
    answer = plan_case(network, scenarios=2)
    proof = answer.certificate
    assert len(proof.regret) == 11
    assert [line.factor for line in proof.regret] == list(hazard_factors(network))
    assert proof.regret[0].factor == 0
    assert proof.regret[-1].hazard_per_year == pytest.approx(4 * 0.5)
    assert proof.model.endswith("scaled by " + ", ".join(f"{line.factor:.3g}" for line in proof.regret))
    assert max(line.regret for line in proof.regret) == pytest.approx(-proof.objective, rel=1e-4)
    assert max(line.regret_nothing for line in proof.regret) == pytest.approx(
        -proof.objective_nothing, rel=1e-4
    )
    for line in proof.regret:
        assert line.regret == pytest.approx(line.loss - line.least_loss)
        assert line.regret >= -1e-6 * line.loss
        assert line.simulated.low <= line.simulated.mean <= line.simulated.high
    calm = proof.regret[0].simulated_nothing
    assert calm.low == calm.high  # no event, no spread
    stated = next(line for line in proof.regret if line.factor == 1)
    assert proof.clairvoyance_gap == pytest.approx(-stated.loss - proof.simulated.mean, rel=1e-6)
    assert stated.simulated.mean == pytest.approx(-proof.simulated.mean)
    assert 0 < proof.gap_upper_95 < -proof.objective_nothing
    text = short_answer(answer)
    assert "from 0 to 2 events a year in all" in text
    rows = {row[0].value for row in certificate_table(answer).rows}
    assert "Largest regret, plan, EUR" in rows
    schema = Path(__file__).parents[2] / "docs/schemas/plan.json"
    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text("utf-8")))
    validator.validate(describe(answer))


def test_a_case_without_hazard_has_no_regret(tmp_path: Path) -> None:
    done = decided(
        read_case(write_edge_case(tmp_path / "case", hazard="0", settings='objective = "regret"\n'))
    )
    assert done.schedule.orders == ()
    assert done.evaluation.objective == pytest.approx(0, abs=1e-6)
    assert done.best.bound == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("hazard", ["50", "0.000001"])
def test_extreme_hazards_have_a_plan_and_a_bound(tmp_path: Path, hazard: str) -> None:
    settings = 'objective = "regret"\nhazard_factor_low = 0.02\nhazard_factor_high = 50\n'
    done = decided(read_case(write_edge_case(tmp_path / "case", hazard=hazard, settings=settings)))
    assert np.isfinite(done.evaluation.objective)
    room = done.best.bound - done.nothing.objective
    assert done.best.bound >= done.evaluation.objective - 1e-6 * abs(done.nothing.objective)
    assert done.best.bound - done.evaluation.objective <= 0.2 * room + 1e-6


# --- the grid


@given(st.floats(0, 50), st.floats(0.001, 50), st.integers(2, 30))
def test_grids_rise_between_their_ends_and_hold_the_hazards_as_stated(
    one: float, other: float, count: int
) -> None:
    low, high = sorted((one, other))
    grid = space_factors(low, high, count)
    assert list(grid) == sorted(grid)
    assert (grid[0] if len(grid) > 1 else high, grid[-1]) == (low if len(grid) > 1 else high, high)
    assert len(grid) in (1, count)
    if low < 1 < high and count > 2:
        assert 1.0 in grid


def test_ends_of_the_grid_are_those_of_the_case(tmp_path: Path) -> None:
    folder = write_edge_case(tmp_path / "case")

    def ends(*changes: str) -> tuple[float, float, int]:
        network, findings = check_case(folder, changes)
        assert network is not None, findings
        grid = hazard_factors(network)
        return grid[0], grid[-1], len(grid)

    assert ends() == (*ASSUMED["hazard"], 11)
    assert ends("restrictions.hazard_low[*]=0.1") == (0.2, 2.0, 11)
    assert ends("restrictions.hazard_low[*]=0", "restrictions.hazard_high[*]=3") == (0.0, 6.0, 11)
    assert ends("case.plan.hazard_factor_low=0.3", "restrictions.hazard_low[*]=0.1") == (0.3, 2.0, 11)
    network, findings = check_case(
        folder, ["case.plan.hazard_factor_low=3", "case.plan.hazard_factor_high=2"]
    )
    assert network is None
    assert [finding.code for finding in findings] == ["hazard-factors-out-of-order"]
    assert ASSUMED["hazard"] == WITHOUT_INTERVAL
