"""The twin alone: figures worked out by hand, and conservation. Then kernel = twin on random networks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.periods import NEVER
from outlast.simulate.policy import normal_policy
from tests.reference import sharing
from tests.reference.networks import Case, cases, cut_at, one_part, random_case
from tests.reference.weekly import Path, simulate_path


def run_one_part(announced: int, relief: int = NEVER, notice: int = 0, **changes: object) -> Path:
    arrays = one_part(weeks=20, **changes)
    return simulate_path(arrays, cut_at(arrays, announced, relief, notice), normal_policy(arrays), 0)


def test_without_a_cut_all_demand_is_served_from_the_pipeline() -> None:
    """10 in stock, 10 due in week 1, 10 ordered every week for two weeks later: 10 sold a week at 9 - 5."""
    path = run_one_part(announced=NEVER)
    assert path.weeks == 10
    assert [sold[0] for sold in path.sold] == [10.0] * 10
    assert path.value == pytest.approx(10 * 10 * 4)


def test_a_cut_stops_what_is_not_on_its_way() -> None:
    """Cut in week 3: what is due in that week is on its way (transit 1), week 4's is cancelled."""
    path = run_one_part(announced=3)
    assert path.weeks == 13
    assert [sold[0] for sold in path.sold] == [10.0] * 4 + [0.0] * 9
    assert path.survived == 1
    assert path.value == pytest.approx(40 * 4)


def test_goods_on_their_way_may_be_stopped_too() -> None:
    path = run_one_part(announced=3, in_transit_released=np.array([False]))
    assert [sold[0] for sold in path.sold] == [10.0] * 3 + [0.0] * 10
    assert path.survived == 0


def test_relief_reopens_the_source() -> None:
    """Relief in week 6: 30 are ordered at once and arrive in week 8."""
    path = run_one_part(announced=3, relief=6)
    assert [sold[0] for sold in path.sold] == [10.0] * 4 + [0.0] * 4 + [10.0] * 5


def test_notice_ends_orders_that_cannot_ship_in_time() -> None:
    """Notice of 3 weeks: closed in week 6. Lead 2 and transit 1: the last lawful order is that of week 4;
    it ships in week 5 and arrives in week 6."""
    path = run_one_part(announced=3, notice=3)
    assert [sold[0] for sold in path.sold] == [10.0] * 7 + [0.0] * 6
    assert path.survived == 1


def test_cash_follows_payments() -> None:
    """Every week 30 for making at once, 90 received a week later, 20 for parts a week after they arrive;
    the first to be paid arrive in week 1."""
    late = np.array([1])
    path = run_one_part(NEVER, source_payment_weeks=late, line_receivable_weeks=late, opening_cash=100.0)
    assert path.cash == pytest.approx([70.0, 130.0] + [130.0 + 40.0 * week for week in range(1, 9)])


def test_deposits_on_cancelled_goods_are_refunded() -> None:
    """Paid 2 weeks ahead of arrival, that is with the order; those of week 1 were paid before the start.
    Three orders of 20 are paid, 40 units sold, and the order of week 2 is cancelled by the cut in week 3."""
    path = run_one_part(3, source_payment_weeks=np.array([-2]))
    assert path.cash[-1] == pytest.approx(40 * (9 - 3) - 3 * 20 + 20)


def test_shares_are_split_by_the_scarce_part() -> None:
    """Two lines want 10 units each of 12: the one that earns more is served, the other gets the rest."""
    assert sharing.solve_shares([30.0, 20.0], [([10.0, 10.0], 12.0)]) == pytest.approx([1.0, 0.2])


@pytest.mark.parametrize(("median", "sigma", "age"), [(8.0, 0.5, 0.0), (8.0, 0.5, 6.0), (8.0, 0.3, 30.0)])
def test_mean_beyond_an_age_is_that_of_draws(median: float, sigma: float, age: float) -> None:
    """E[X | X > a] = a + integral of P(X > x) / P(X > a) beyond a."""
    grid = np.linspace(age, age + 200, 200_001)
    survival = np.exp([sharing.lognormal_log_survival(median, sigma, value) for value in grid])
    expected = age + float(np.trapezoid(survival, grid)) / survival[0]
    assert sharing.lognormal_mean_beyond(median, sigma, age) == pytest.approx(expected, rel=1e-5)


def test_relief_that_does_not_come_becomes_less_likely() -> None:
    odds = [sharing.relief_odds(0.8, 10.0, 0.3, age) for age in (-5, 0, 5, 10, 20, 40)]
    assert odds[0] == odds[1] == pytest.approx(0.8)
    assert odds == sorted(odds, reverse=True)
    assert odds[-1] < 0.01
    assert sharing.expected_relief(0.8, 10.0, 0.3, -5, 99) == pytest.approx(10 * np.exp(0.045) + 5)
    assert sharing.expected_relief(0.8, 10.0, 0.3, 20, 99) == 99


@settings(max_examples=25, deadline=None)
@given(cases())
def test_nothing_is_lost_or_created(case: Case) -> None:
    for n in range(case.scenarios.n_scenario):
        path = simulate_path(case.arrays, case.scenarios, case.policy, n)
        flow = {name: np.array(units) for name, units in path.ledger.items()}
        end = flow["start"] + flow["received"] + flow["made"] - flow["used"] - flow["sold"] - flow["scrapped"]
        assert flow["end"] == pytest.approx(end, rel=1e-9, abs=1e-7)
        assert min(min(week) for week in path.on_hand) > -1e-9
        assert all(0 <= share <= 1 for week in path.shares for share in week)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_a_seed_is_a_case(seed: int) -> None:
    first, again = random_case(seed), random_case(seed)
    value = [simulate_path(case.arrays, case.scenarios, case.policy, 0).value for case in (first, again)]
    assert value[0] == value[1]
