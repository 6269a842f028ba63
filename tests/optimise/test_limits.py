"""Shelf life and storage hold a plan back, by as much as a sum by hand says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outlast.intake.assemble import read_case
from outlast.network.arrays import NetworkArrays
from outlast.network.numbering import number
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.solve import Solution, load, solve
from outlast.plan.decide import decide
from outlast.plan.explain import binding
from outlast.scenarios.reduce import draw_durations
from tests.plan.stationary import write_stationary

PART = 0


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> NetworkArrays:
    """One part at risk, use 1 a week; without limits 31.9 weeks of it are best."""
    return number(read_case(write_stationary(tmp_path_factory.mktemp("limits"), 0.2, 4.0, draws=8)))


def problem_of(arrays: NetworkArrays) -> CombProblem:
    switch, relief = draw_durations(arrays, 8, 7, "plan", centred=True)
    return build_problem(arrays, switch, relief, bucket_weeks=4)


def held(solution: Solution) -> np.ndarray:
    place = int(np.nonzero(solution.problem.items == PART)[0][0])
    return solution.x[solution.trunk.stock[:, place]]


def with_item(arrays: NetworkArrays, name: str, value: float) -> NetworkArrays:
    """The same case with another figure for the part."""
    figures = getattr(arrays, name).copy()
    figures[PART] = value
    return replace(arrays, **{name: figures})


def test_unlimited_holds_more_than_the_limits_below(arrays: NetworkArrays) -> None:
    assert held(solve(problem_of(arrays), gap=1e-5)).max() > 25


@pytest.mark.parametrize("life", [6.0, 12.5])
def test_no_more_is_held_than_is_used_in_its_shelf_life(arrays: NetworkArrays, life: float) -> None:
    """Use is 1 a week and normal stock 0, so the limit is the shelf life itself, fractions included."""
    limited = solve(problem_of(with_item(arrays, "shelf_life", life)), gap=1e-5)
    assert held(limited).max() == pytest.approx(life)
    assert limited.bound < solve(problem_of(arrays), gap=1e-5).objective


def test_stock_fits_into_storage(arrays: NetworkArrays) -> None:
    roomy = with_item(arrays, "storage_per_unit", 2.0)
    limited = solve(problem_of(replace(roomy, storage_limit=20.0)), gap=1e-5)
    assert held(limited).max() == pytest.approx(10.0)
    plenty = solve(problem_of(replace(roomy, storage_limit=1e6)), gap=1e-5)
    free = solve(problem_of(arrays), gap=1e-5)
    assert plenty.objective == pytest.approx(free.objective, rel=1e-4)


def test_too_much_at_the_start_is_no_conflict(arrays: NetworkArrays) -> None:
    """40 units at the start, of which 10 live long enough: they may be there, nothing may be added."""
    full = with_item(with_item(arrays, "on_hand", 40.0), "shelf_life", 10.0)
    full = replace(with_item(full, "storage_per_unit", 1.0), storage_limit=5.0)
    solution = solve(problem_of(full), gap=1e-5)
    weeks = np.array([solution.problem.epoch_week(e) for e in range(solution.problem.epochs + 1)])
    floor = np.maximum(40.0 - weeks, 0.0)
    assert np.all(held(solution)[1:] <= np.maximum(floor[1:], 5.0) + 1e-6)
    assert held(solution)[0] == pytest.approx(40.0)


def test_what_gets_too_old_after_an_event_is_lost(arrays: NetworkArrays) -> None:
    """30 units, life 10 weeks, use 1 a week, a cut of 5 weeks at the start: 20 units are thrown away at
    the end of week 10, and weeks 11 to 30 buy what they use. Making just keeps up, so that nothing can
    be saved by making ahead; each figure is a week's holding, counted as the program counts it."""
    short = replace(arrays, horizon_weeks=4, make_capacity=np.array([np.inf, 1.0, np.inf, np.inf]))
    loss = {}
    for life in (np.inf, 10.0):
        case = with_item(with_item(short, "on_hand", 30.0), "shelf_life", life)
        problem = build_problem(case, np.zeros((1, 2)), np.array([[5.0]]), bucket_weeks=1)
        assert len(problem.teeth) == 1
        loss[life] = -solve(problem, gap=1e-9, build_up=False, master=load(problem)).objective
    hold, window = float(arrays.holding_cost[PART]), arrays.window_weeks
    odds = problem.teeth[0].probability
    thrown = 20 * (1 - hold * (window - 10))
    bought = hold * sum(window - week + 1 for week in range(11, 31))
    assert loss[10.0] - loss[np.inf] == pytest.approx(odds * (thrown + bought), rel=1e-6)


@pytest.mark.parametrize(
    ("table", "heading", "cell", "setting", "named"),
    [
        ("items.csv", "shelf_life_weeks", "6", "", "shelf life"),
        ("items.csv", "storage_per_unit", "1", "storage_limit = 6\n", "storage"),
    ],
)
def test_the_plan_names_the_limit_that_binds(
    tmp_path: Path, table: str, heading: str, cell: str, setting: str, named: str
) -> None:
    folder = write_stationary(tmp_path / "case", 0.2, 4.0, draws=2)
    first, *rest = (folder / table).read_text("utf-8").splitlines()
    lines = [f"{first},{heading}", *(f"{row},{cell if row.startswith('PART') else ''}" for row in rest)]
    (folder / table).write_text("\n".join(lines) + "\n", "utf-8")
    with (folder / "case.toml").open("a", encoding="utf-8") as case:
        case.write(setting)
    done = decide(read_case(folder), seed=1, draws=2, time_limit=None, progress=lambda message: None)
    # A plan gives up a thousandth of the improvement to move less money.
    assert done.evaluation.stock.max() == pytest.approx(6.0, rel=0.002)
    assert binding(done.story, PART) == named
