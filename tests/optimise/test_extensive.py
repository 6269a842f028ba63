"""The extensive form against sums done by hand on the stationary case of model.md section 8."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from outlast.intake.assemble import read_case
from outlast.network.arrays import NetworkArrays
from outlast.network.numbering import number
from outlast.optimise.comb import build_problem
from outlast.optimise.decompose import Decomposition
from outlast.optimise.recourse import write_program
from outlast.optimise.solve import solve
from outlast.plan.certify import evaluate
from outlast.plan.schedule import Order, Schedule
from outlast.scenarios.reduce import draw_durations
from tests.plan.stationary import EACH_KNOWN, KNOWN, write_stationary

HAZARD, MARGIN = 1.0, 4.0


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> NetworkArrays:
    folder = tmp_path_factory.mktemp("cases") / "stationary"
    return number(read_case(write_stationary(folder, HAZARD, MARGIN)))


def test_odds_of_teeth_and_of_no_event_sum_to_one(arrays: NetworkArrays) -> None:
    switch, relief = draw_durations(arrays, 5, 1, "plan", centred=True)
    problem = build_problem(arrays, switch, relief)
    assert len(problem.teeth) == 5 * 13
    total = sum(tooth.probability for tooth in problem.teeth) + problem.quiet
    assert total == pytest.approx(1.0)
    first = sum(t.probability for t in problem.teeth if t.epoch == 0)
    assert first == pytest.approx(1 - np.exp(-arrays.hazard_per_week.sum() * 4))
    assert [arrays.item_ids[i] for i in problem.items] == ["PART", "PRODUCT"]


def loss_by_hand(arrays: NetworkArrays, cover: int, cuts: list[int]) -> float:
    """Expected loss of buying `cover` weeks in week 0 and holding them, week by week: lost sales at
    the margin, and holding of what is there at the end of each week."""
    lam, hold = arrays.hazard_per_week.sum(), arrays.holding_cost[0]
    total = 0.0
    for epoch in range(13):
        start, end = 4 * epoch, 4 * (epoch + 1)
        total += np.exp(-lam * end) * hold * cover * 4
        stock = cover if epoch > 0 else 0
        for cut in cuts:
            odds = (np.exp(-lam * start) - np.exp(-lam * end)) / len(cuts)
            lost, held, left = 0.0, 0.0, float(stock)
            for week in range(arrays.window_weeks):
                if left >= 1:
                    left -= 1
                elif week < cut:
                    lost += 1 - left
                    left = 0.0
                held += left
            total += odds * (MARGIN * lost + hold * held)
    return float(total)


@pytest.mark.parametrize("cover", [0, 7, 26, 60])
def test_expected_loss_of_a_fixed_cover_equals_the_sum_by_hand(arrays: NetworkArrays, cover: int) -> None:
    cuts = [9, 20, 31, 55]
    problem = build_problem(arrays, np.zeros((4, 2)), np.array(cuts, dtype=float)[:, None], bucket_weeks=1)
    program = write_program(problem)
    orders = (Order(0, 0, float(cover)),) if cover else ()
    idle = Schedule(orders, np.zeros((13, 1)), np.zeros((13, 2)), {})
    held = replace(program, program=program.program.with_bounds(program.trunk.run_down.ravel(), 0.0, 0.0))
    assert -evaluate(Decomposition(held), problem, idle).objective == pytest.approx(
        loss_by_hand(arrays, cover, cuts), rel=1e-6, abs=1e-6
    )


@pytest.mark.parametrize(("hazard", "margin"), EACH_KNOWN)
def test_best_cover_is_the_known_one(tmp_path: Path, hazard: float, margin: float) -> None:
    arrays = number(read_case(write_stationary(tmp_path / "case", hazard, margin)))
    switch, relief = draw_durations(arrays, 64, 7, "plan", centred=True)
    solution = solve(build_problem(arrays, switch, relief))
    cover = solution.x[solution.trunk.stock][:, 0].max()
    assert cover == pytest.approx(KNOWN[hazard, margin], abs=1.0)
    assert solution.bound >= solution.objective - 1e-6
    assert solution.bound == pytest.approx(solution.objective, rel=1e-4)


def test_without_hazard_nothing_is_bought_and_nothing_lost(tmp_path: Path) -> None:
    folder = write_stationary(tmp_path / "case", 0.0, MARGIN)
    arrays = number(read_case(folder))
    solution = solve(build_problem(arrays, np.zeros((2, 2)), np.full((2, 1), 20.0)))
    assert solution.x[solution.trunk.buy].sum() == 0
    assert solution.objective == pytest.approx(0.0, abs=1e-9)


def test_longer_cuts_never_shorten_the_cover(arrays: NetworkArrays) -> None:
    covers = []
    for stretch in (0.5, 0.8, 1.0, 1.3, 1.8):
        relief = stretch * np.linspace(10, 50, 16)[:, None]
        solution = solve(build_problem(arrays, np.zeros((16, 2)), relief))
        covers.append(solution.x[solution.trunk.stock][:, 0].max())
    assert all(a <= b + 0.05 for a, b in pairwise(covers))
    assert covers[-1] > covers[0] + 5
