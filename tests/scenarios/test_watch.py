"""Paths of watch states, and events that follow their hazards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outlast.network.arrays import NetworkArrays
from outlast.optimise.odds import event_odds
from outlast.scenarios.draw import draw_scenarios
from tests.reference.networks import one_part

STEP = np.array([[0.8, 0.2, 0.0], [0.1, 0.7, 0.2], [0.0, 0.3, 0.7]])
FACTOR = np.array([[0.2], [1.0], [4.0]])
N = 20_000


def watched(arrays: NetworkArrays, step: np.ndarray, factor: np.ndarray, now: int = 0) -> NetworkArrays:
    return replace(
        arrays,
        watch_ids=tuple("ABCDEF"[: len(step)]),
        watch_now=now,
        watch_step=step,
        watch_factor=factor,
    )


@pytest.fixture(scope="module")
def arrays() -> NetworkArrays:
    plain = replace(one_part(weeks=40), hazard_per_week=np.array([0.04]), epoch_weeks=4)
    return watched(plain, STEP, FACTOR, now=1)


def test_states_follow_the_chain(arrays: NetworkArrays) -> None:
    watch = draw_scenarios(arrays, N, 3).watch
    assert (watch[:, 0] == 1).all()
    for epoch in range(watch.shape[1] - 1):
        for state in range(3):
            here = watch[:, epoch] == state
            share = np.bincount(watch[here, epoch + 1], minlength=3) / max(here.sum(), 1)
            slack = 4.5 * np.sqrt(STEP[state] * (1 - STEP[state]) / max(here.sum(), 1))
            assert (np.abs(share - STEP[state]) <= slack).all()


def test_events_fall_by_the_hazard_of_the_state(arrays: NetworkArrays) -> None:
    drawn = draw_scenarios(arrays, N, 4)
    weekly = arrays.hazard_per_week[0] * arrays.watch_factor[:, 0]
    event = drawn.announced[:, 0]
    for state in range(3):
        lived = struck = 0
        for week in range(arrays.horizon_weeks):
            here = (drawn.watch[:, week // 4] == state) & (event >= week)
            lived += int(here.sum())
            struck += int((event[here] == week).sum())
        odds = 1 - np.exp(-weekly[state])
        assert abs(struck / lived - odds) <= 4.5 * np.sqrt(odds / lived)


def test_odds_of_the_planner_are_those_of_the_draws(arrays: NetworkArrays) -> None:
    event = draw_scenarios(arrays, N, 5).announced[:, 0]
    odds = event_odds(arrays)
    for epoch, falls in enumerate(odds.falls[:, 0]):
        share = np.mean((event >= 4 * epoch) & (event < 4 * (epoch + 1)))
        assert abs(share - falls) <= 4.5 * np.sqrt(falls / N)
    assert odds.falls.sum() + odds.alive[-1] == pytest.approx(1.0)


def test_states_with_one_hazard_change_no_event_and_nothing_else(arrays: NetworkArrays) -> None:
    even = watched(arrays, STEP, np.ones((3, 1)))
    plain = replace(arrays, watch_ids=(), watch_step=np.zeros((0, 0)), watch_factor=np.zeros((0, 0)))
    one, other = draw_scenarios(even, 500, 6), draw_scenarios(plain, 500, 6)
    assert np.array_equal(one.announced, other.announced)
    assert np.array_equal(one.demand_factor, other.demand_factor)
    assert other.watch.size == 0


def test_odds_of_states_with_one_hazard_are_those_of_no_states(arrays: NetworkArrays) -> None:
    even = watched(arrays, STEP, np.ones((3, 1)))
    plain = replace(arrays, watch_ids=(), watch_step=np.zeros((0, 0)), watch_factor=np.zeros((0, 0)))
    assert event_odds(even).falls == pytest.approx(event_odds(plain).falls, rel=1e-12)
    assert event_odds(even).alive == pytest.approx(event_odds(plain).alive, rel=1e-12)


def test_nothing_is_announced_before_the_earliest_week(arrays: NetworkArrays) -> None:
    late = replace(arrays, earliest_week=np.array([11]))
    announced = draw_scenarios(late, 2000, 7).announced
    assert announced.min() == 11


def test_paths_are_the_same_however_many_are_drawn(arrays: NetworkArrays) -> None:
    few, many = draw_scenarios(arrays, 20, 8), draw_scenarios(arrays, 90, 8)
    assert np.array_equal(few.watch, many.watch[:20])
    assert np.array_equal(few.announced, many.announced[:20])
