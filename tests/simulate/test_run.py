"""Known values of supply uncertainty, and what a caller of `simulate` may rely on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from outlast.cluster import LocalProcesses
from outlast.errors import UsageError
from outlast.network.actions import CaseSettings
from outlast.network.arrays import NetworkArrays
from outlast.network.demand import Demand, Market
from outlast.network.items import Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.sources import Source, Supplier
from outlast.periods import NEVER, WEEKS_PER_YEAR
from outlast.scenarios.draw import Draws, draw_scenarios
from outlast.scenarios.scenarios import Scenarios
from outlast.scenarios.streams import BLOCK
from outlast.simulate.outcomes import Outcomes
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import (
    baseline,
    loss,
    path_lengths,
    simulate,
    without_restrictions,
)
from tests.reference.networks import cut_at, one_part, random_case

# --- base stock with disruptions and backorders: Snyder & Shen (2019), section 9.2.2

HOLD, LATE, WEEKLY, FAIL, RECOVER = 0.25, 3.0, 2000.0, 0.04, 0.25
WARM_UP, HORIZON = 40, 520


def expected_cost(level: float) -> float:
    """Cost a week of base stock `level` in the stationary state [money]."""
    down = np.arange(1, 400)
    odds = np.concatenate([[RECOVER], FAIL * RECOVER * (1 - RECOVER) ** (down - 1)]) / (FAIL + RECOVER)
    left = level - np.arange(400) * WEEKLY - WEEKLY
    return float(odds @ (HOLD * np.maximum(left, 0) + LATE * np.maximum(-left, 0)))


def resale() -> NetworkArrays:
    """One product bought for resale at cost with no lead time; late units are backordered."""
    start, cost = date(2026, 1, 5), 10.0
    return number(
        Network(
            settings=CaseSettings(name="resale", start=start, horizon_weeks=HORIZON),
            items=(
                Item(
                    item_id="P",
                    kind="product",
                    unit_cost=cost,
                    holding_rate_per_year=HOLD * WEEKS_PER_YEAR / cost,
                    write_down_share=0.0,
                ),
            ),
            suppliers=(Supplier(supplier_id="S", name="Supplier"),),
            sources=(
                Source(source_id="PS", item_id="P", supplier_id="S", unit_price=cost, lead_time_weeks=0),
            ),
            stock=(Stock(item_id="P", on_hand=0.0),),
            open_orders=(),
            markets=(
                Market(
                    market_id="M",
                    country="DE",
                    currency="USD",
                    unmet="backorder",
                    backorder_cost_per_unit_week=LATE,
                ),
            ),
            demand=(
                Demand(
                    product_id="P", market_id="M", from_date=start, units_per_week=WEEKLY, unit_price=cost
                ),
            ),
        )
    )


def disrupted(arrays: NetworkArrays, count: int) -> Scenarios:
    """Mean demand, and a source that fails and recovers from its stationary state."""
    rng = np.random.default_rng(9)
    up = np.empty((count, arrays.n_week, 1), dtype=bool)
    state = rng.random(count) < RECOVER / (FAIL + RECOVER)
    for week in range(arrays.n_week):
        up[:, week, 0] = state
        state = rng.random(count) < np.where(state, 1 - FAIL, RECOVER)
    none = np.zeros((count, 0), dtype=np.int64)
    return Scenarios(
        announced=none,
        effective=none,
        closed=none,
        relief=none,
        switch_weeks=np.zeros((count, 1)),
        demand_factor=np.ones((count, arrays.n_week, 1)),
        source_up=up,
        weight=np.full(count, 1 / count),
    )


def costs_a_week(arrays: NetworkArrays, scenarios: Scenarios, level: float) -> NDArray[np.float64]:
    """Mean cost a week of each path, after a warm-up in which stock and backlog forget their start."""
    policy = replace(normal_policy(arrays), base_position=np.full_like(arrays.usage, level))
    late, early = (
        simulate(arrays, scenarios, policy, length=np.full(scenarios.n_scenario, weeks)).value
        for weeks in (HORIZON, WARM_UP)
    )
    return (early - late) / (HORIZON - WARM_UP)


def test_base_stock_with_disruptions_meets_the_closed_form() -> None:
    """2 million weeks. An order that arrives a week late would make 10000 the best level."""
    arrays = resale()
    scenarios = disrupted(arrays, 4000)
    known = {8000.0: 2737.06897, 1200.0: 5710.344791, 10000.0: 2858.836, 6000.0: expected_cost(6000.0)}
    means = {}
    for level, value in known.items():
        assert expected_cost(level) == pytest.approx(value, rel=1e-6)
        costs = costs_a_week(arrays, scenarios, level)
        means[level], error = costs.mean(), costs.std(ddof=1) / np.sqrt(len(costs))
        assert error < 0.01 * value
        assert abs(means[level] - value) < 4 * error
    assert means[8000.0] < min(means[6000.0], means[10000.0])


def test_what_has_arrived_for_a_backlog_is_not_free() -> None:
    """Lead time of a week, level 8000, source down for three weeks. Week 3 orders 8000 and the backlog of
    6000; they arrive in week 4, when 8000 are owed: position 6000, and 2000 are ordered as in any week."""
    arrays = replace(resale(), source_lead=np.array([1]))
    up = np.ones((1, arrays.n_week, 1), dtype=bool)
    up[0, :3] = False
    policy = replace(normal_policy(arrays), base_position=np.full_like(arrays.usage, 8000.0))
    outcomes = simulate(arrays, replace(disrupted(arrays, 1), source_up=up), policy, record_items=[0])
    assert outcomes.on_hand is not None
    assert outcomes.on_hand[0, :7, 0].tolist() == [0.0, 0.0, 0.0, 0.0, 4000.0, 4000.0, 4000.0]


# --- what a caller may rely on


def assert_same(one: Outcomes, other: Outcomes) -> None:
    """The same bytes in every field."""
    for name in Outcomes.__dataclass_fields__:
        left, right = getattr(one, name), getattr(other, name)
        assert (left is None) == (right is None)
        if left is not None:
            assert left.dtype == right.dtype
            assert left.tobytes() == right.tobytes(), name


@pytest.fixture(scope="module")
def case():  # type: ignore[no-untyped-def]
    """A rich random case with more scenarios than a block."""
    return random_case(12, n_scenario=2 * BLOCK + 9)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_processes_gives_the_same_bytes(case, workers: int) -> None:  # type: ignore[no-untyped-def]
    here = simulate(case.arrays, case.scenarios, case.policy, record_items=(0, 2), ledger=True)
    with LocalProcesses(workers) as local:
        there = simulate(
            case.arrays, case.scenarios, case.policy, record_items=(0, 2), ledger=True, executor=local
        )
    assert_same(here, there)


def test_a_scenario_does_not_depend_on_its_neighbours(case) -> None:  # type: ignore[no-untyped-def]
    every = simulate(case.arrays, case.scenarios, case.policy)
    alone = case.scenarios.part(case.scenarios.n_scenario - 1, case.scenarios.n_scenario)
    assert simulate(case.arrays, alone, case.policy).account.tobytes() == every.account[-1:].tobytes()


@pytest.mark.parametrize("event", [None, (0, 4)])
def test_draws_are_drawn_where_they_are_played(event: tuple[int, int] | None) -> None:
    """To the byte what drawing them first gives, here and in workers; lead times vary, so blocks differ in
    how much may be on order."""
    arrays = replace(
        one_part(weeks=20),
        hazard_per_week=np.array([0.1]),
        relief_probability=np.array([0.5]),
        source_lead=np.array([3]),
        source_lead_sd=np.array([2.0]),
        line_sd_share=np.array([0.4]),
    )
    policy, n = normal_policy(arrays), 2 * BLOCK + 9
    scenarios, draws = draw_scenarios(arrays, n, 3, event=event), Draws(n, 3, event)
    drawn_first = simulate(arrays, scenarios, policy, record_items=(0,), ledger=True)
    calm = simulate(arrays, without_restrictions(scenarios), policy, length=path_lengths(arrays, scenarios))
    with LocalProcesses(2) as local:
        for executor in (None, local):
            outcomes = simulate(arrays, draws, policy, record_items=(0,), ledger=True, executor=executor)
            assert_same(outcomes, drawn_first)
            assert baseline(arrays, draws, executor=executor).tobytes() == calm.value.tobytes()
    assert baseline(arrays, scenarios).tobytes() == calm.value.tobytes()
    assert (drawn_first.value < calm.value).any()


def test_parts_of_draws_are_those_of_the_whole() -> None:
    arrays = replace(one_part(weeks=20), hazard_per_week=np.array([0.1]), line_sd_share=np.array([0.4]))
    draws, whole = Draws(45, 3), draw_scenarios(arrays, 45, 3)
    for first, last in ((0, 45), (0, 16), (16, 32), (5, 7), (13, 40), (32, 45), (44, 45)):
        part, expected = draws.part(arrays, first, last), whole.part(first, last)
        for name in Scenarios.__dataclass_fields__:
            assert getattr(part, name).tobytes() == getattr(expected, name).tobytes(), (name, first, last)
    with pytest.raises(UsageError, match="outside the case"):
        simulate(arrays, Draws(3, 1, event=(0, 500)), normal_policy(arrays))
    with pytest.raises(UsageError, match="at least one scenario"):
        Draws(0, 1)


def test_recorded_paths_end_with_the_path() -> None:
    """Cut in week 3 of a horizon of 10 and a window of 10: 13 weeks."""
    arrays = one_part(weeks=20)
    outcomes = simulate(arrays, cut_at(arrays, 3), normal_policy(arrays), record_items=[0, 1])
    assert outcomes.on_hand is not None
    assert outcomes.on_hand.shape == (1, 20, 2)
    assert np.isnan(outcomes.on_hand[0, 13:]).all()
    assert outcomes.on_hand[0, :13].tolist() == [[0.0, 0.0]] * 13
    assert outcomes.length.tolist() == path_lengths(arrays, cut_at(arrays, 3)).tolist() == [13]


def test_loss_is_what_the_cut_takes() -> None:
    """13 weeks of 10 units at 9 - 5 without the cut, 4 weeks with it (test_twin works them out)."""
    arrays = one_part(weeks=20)
    scenarios = cut_at(arrays, 3)
    outcomes = simulate(arrays, scenarios, normal_policy(arrays))
    assert baseline(arrays, scenarios).tolist() == [520.0]
    assert loss(arrays, scenarios, outcomes).tolist() == [360.0]
    assert outcomes.event_week.tolist() == [3]
    assert without_restrictions(scenarios).announced.tolist() == [[NEVER]]


def test_cash_and_credit_may_run_out() -> None:
    """30 a week for making from 40 in hand; customers pay after 3 weeks, parts are paid after 9."""
    arrays = one_part(
        weeks=20,
        opening_cash=40.0,
        credit_limit=25.0,
        line_receivable_weeks=np.array([3]),
        source_payment_weeks=np.array([9]),
    )
    outcomes = simulate(arrays, cut_at(arrays, NEVER), normal_policy(arrays))
    assert outcomes.cash_low.tolist() == [-50.0]
    assert outcomes.cash_out_week.tolist() == [2]


def test_what_does_not_fit_is_refused() -> None:
    arrays = one_part(weeks=20)
    scenarios, policy = cut_at(arrays, 3), normal_policy(arrays)
    with pytest.raises(UsageError, match="demand_factor has shape"):
        simulate(arrays, replace(scenarios, demand_factor=np.ones((1, 19, 1))), policy)
    with pytest.raises(UsageError, match="record_items"):
        simulate(arrays, scenarios, policy, record_items=[2])
    with pytest.raises(UsageError, match="length"):
        simulate(arrays, scenarios, policy, length=np.array([21]))


def test_no_scenarios_give_no_rows() -> None:
    arrays = one_part(weeks=20)
    scenarios = cut_at(arrays, 3)
    assert simulate(arrays, scenarios.part(0, 0), normal_policy(arrays)).value.shape == (0,)
