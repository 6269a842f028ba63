"""The exact path on stochastic programs whose optima others have published (model.md section 8)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from outlast.optimise.decompose import Decomposition
from outlast.optimise.master import Master
from outlast.optimise.search import Found, search
from tests.reference import published
from tests.reference.two_stage import Scenario, TwoStage, extensive, least_cost


def solve(problem: TwoStage) -> Found:
    """By the planner's own decomposition and search."""
    written = extensive(problem)
    n = written.trunk_columns
    found = search(
        Master(Decomposition(written)),
        written.program.lower[:n],
        written.program.upper[:n],
        [],
        gap=1e-9,
        reference=None,
        most_passes=300,
        time_limit=None,
        progress=None,
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("problem", "optimum", "digits"),
    [
        (published.lands_three, published.LANDS_3_OPTIMUM, 5),
        (published.lands_million, published.LANDS_MILLION_OPTIMUM, 5),
        (published.gbd, published.GBD_OPTIMUM, 3),
    ],
)
def test_published_optimum(problem: Callable[[], TwoStage], optimum: float, digits: int) -> None:
    """Plan and bound both agree with every digit that was printed."""
    found = solve(problem())
    assert found.bound <= found.loss + 1e-9 * optimum
    assert round(found.loss, digits) == optimum
    assert round(found.bound, digits) == optimum


@pytest.mark.parametrize("problem", [published.lands_three, published.gbd])
def test_another_solver_on_another_writing_agrees(problem: Callable[[], TwoStage]) -> None:
    assert solve(problem()).loss == pytest.approx(least_cost(problem()), rel=1e-9)


def recourse(scenario: Scenario, capacity: np.ndarray) -> float:
    """Least cost of a scenario, unweighed, by scipy."""
    needs = scenario.needs - scenario.technology @ capacity
    answer = linprog(scenario.cost, A_ub=-scenario.recourse, b_ub=-needs, method="highs")
    assert answer.status == 0
    return float(answer.fun)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 99), min_size=3, max_size=3), st.lists(st.integers(0, 80), min_size=4, max_size=4)
)
def test_running_cost_of_a_scenario_is_that_of_its_slices(demand: list[int], capacity: list[int]) -> None:
    """Why 10^6 scenarios of LandS may be solved as 597 teeth."""
    plants, modes = 0.1 * np.array(capacity), published.LANDS_STEP * np.array(demand)
    plants[0] += max(published.LEAST_CAPACITY - plants.sum(), 0.0)
    whole = recourse(published.lands_scenario(modes, 1.0), plants)
    slices = [
        duration * recourse(published.load_scenario(load, 1.0), plants)
        for load, duration in published.lands_slices(modes)
    ]
    assert sum(slices) == pytest.approx(whole, rel=1e-7, abs=1e-7)


def test_every_scenario_of_lands_is_counted_once() -> None:
    """Sums of demands, counted scenario by scenario for nine values each, have the odds of the teeth."""
    teeth = published.lands_regrouped(9)
    counted = published.lands_sums_by_counting(9)
    durations = [duration for _, duration in published.lands_slices(np.ones(3))]
    for group, (counts, duration) in enumerate(zip(counted, durations, strict=True)):
        mine = [tooth for tooth in teeth if tooth.group == group]
        assert {
            round(tooth.needs[-1] / published.LANDS_STEP): round(tooth.weight / duration * 9**3)
            for tooth in mine
        } == counts
    assert len(published.lands_regrouped(published.LANDS_VALUES)) == 597


def test_regrouped_lands_is_lands() -> None:
    """With four values of each demand: 64 scenarios solved one by one, and regrouped."""
    values = 0.04 * 25 * np.arange(4)
    one_by_one = published.lands(
        published.lands_scenario(np.array(demand), 1 / 64) for demand in product(values, repeat=3)
    )
    regrouped = published.lands(published.lands_regrouped(4, step=1.0))
    assert least_cost(one_by_one) == pytest.approx(solve(regrouped).loss, rel=1e-9)
    assert solve(one_by_one).loss == pytest.approx(solve(regrouped).loss, rel=1e-9)
