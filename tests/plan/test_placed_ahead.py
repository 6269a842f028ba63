"""What was placed is not asked for again, and takes the capacity of the week that it stands for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.intake.assemble import read_case
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.optimise.supply import project_opening
from outlast.periods import NEVER
from outlast.plan.purchases import purchase_lines
from outlast.plan.replenishment import replenishment
from outlast.plan.schedule import Order, Schedule, plan_policy
from outlast.plan.summary import Done
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate
from tests.plan.stationary import write_stationary
from tests.plan.weeks import (
    answer_of,
    before,
    called_off_weekly,
    next_week,
    plan_week,
    planned_calls,
    read_example,
)
from tests.reference.networks import cut_at, one_part
from tests.reference.weekly import Company
from tests.reference.world import World


@pytest.fixture(scope="module", params=["called off weekly", "ordered at once"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The example; its sensors come from a source of limited capacity, or in one large order."""
    network = read_example(tmp_path_factory.mktemp("ahead") / "case")
    if request.param == "ordered at once":
        return network
    return called_off_weekly(network)


@pytest.fixture(scope="module")
def first(network: Network) -> Done:
    return plan_week(network)


def place(done: Done, weeks: int = 1000) -> Network:
    """The case with everything on order that the plan orders in its first weeks."""
    network = done.network
    orders = network.open_orders or ()
    until = network.settings.start + timedelta(weeks=weeks)
    return replace(network, open_orders=(*orders, *planned_calls(answer_of(done), orders[0], until)))


def asked(done: Done) -> dict[tuple[str, str], float]:
    """Units that a plan asks for by kind and source."""
    total: dict[tuple[str, str], float] = {}
    for line in purchase_lines(done.story):
        total[line.kind, line.source_id] = total.get((line.kind, line.source_id), 0.0) + line.quantity
    return total


def test_what_was_placed_is_not_asked_for_again(first: Done) -> None:
    """Everything placed on the day of the plan: nothing is left to buy, and as much is made for stock."""
    assert ("build-up", "SENSOR-ACME") in asked(first)
    again = plan_week(place(first), before(first))
    assert asked(again) == {}
    assert again.schedule.make.sum() == pytest.approx(first.schedule.make.sum(), rel=0.01)


def test_placing_what_is_due_leaves_the_rest_as_it_was(first: Done) -> None:
    start = first.network.settings.start + timedelta(weeks=1)
    later = {
        (line.kind, line.source_id, call.order_date): call.quantity
        for line in purchase_lines(first.story)
        for call in line.calls
        if call.order_date >= start
    }
    again = plan_week(place(first, weeks=1), before(first))
    assert later == {
        (line.kind, line.source_id, call.order_date): call.quantity
        for line in purchase_lines(again.story)
        for call in line.calls
    }


def test_a_week_later_only_a_week_is_asked_for(first: Done) -> None:
    """Normal orders of one more week, or the smallest order, and next to no build-up."""
    week = next_week(place(first))
    total, use = asked(plan_week(week, before(first))), 100.0
    smallest = {row.source_id: row.minimum_order for row in week.sources}
    for (kind, source_id), quantity in total.items():
        normal = max(1.5 * use, smallest[source_id])
        assert quantity <= (normal if kind == "replenishment" else 0.05 * asked(first)[kind, source_id])


def two_sources(folder: Path, share: float | None) -> Network:
    """A part of which 1 a week is used, from two sources that take 5 and 9 weeks; without shares the first
    one has room for 0.4 a week."""
    network = read_case(write_stationary(folder / "case", 0.2, 4.0, draws=2))
    first, decoy = network.sources
    rest = None if share is None else 1 - share
    sources = (
        replace(
            first, lead_time_weeks=5.0, split_share=share, capacity_per_week=0.4 if share is None else None
        ),
        replace(first, source_id="PART-TWO", supplier_id="TWO", lead_time_weeks=9.0, split_share=rest),
        decoy,
    )
    stock = tuple(replace(row, on_hand=6.5 if row.item_id == "PART" else 9.0) for row in network.stock)
    return replace(network, sources=sources, stock=stock)


@pytest.mark.parametrize("share", [None, 0.0, 0.25, 0.6, 1.0])
def test_normal_orders_are_divided_as_by_the_simulated_company(tmp_path: Path, share: float | None) -> None:
    """What is asked for in the first epoch is what the slow twin orders in it, source by source."""
    done = plan_week(two_sources(tmp_path, share))
    arrays, weeks = done.arrays, done.arrays.epoch_weeks
    bare = replace(done.schedule, orders=(), run_down=0 * done.schedule.run_down, make=0 * done.schedule.make)
    policy = plan_policy(done.problem, done.best.trunk, bare)
    world = World(arrays, cut_at(arrays, NEVER), policy, 0)
    world.weeks = weeks
    company = Company(arrays, world, policy)
    company.run()
    asked_of = {
        calls[0].source: sum(call.quantity for call in calls)
        for calls in replenishment(replace(done.story, schedule=bare))
    }
    for name in ("PART-ONE", "PART-TWO"):
        source = arrays.source_ids.index(name)
        new = [order for order in company.orders if not any(order is listed for listed in company.listed)]
        placed = sum(order.quantity for order in new if order.source == source)
        assert asked_of.get(source, 0.0) == pytest.approx(placed, abs=1e-6), name
        assert (placed > 0) == (share is None or share != (0.0 if name == "PART-ONE" else 1.0))


@pytest.mark.parametrize("ahead", [0.0, 60.0, 250.0])
def test_the_simulated_source_has_only_what_calls_placed_ahead_leave(ahead: float) -> None:
    """Capacity 100 a week, lead time 3: of 500 wanted in week 1, 100 less the call for week 1 is taken."""
    arrays = one_part(
        source_lead=np.array([3]), source_capacity=np.array([100.0]), on_hand=np.array([1e4, 0])
    )
    arrays.open_unshipped[:] = 0.0
    arrays.open_unshipped[4, 0] = ahead
    policy = normal_policy(arrays)
    policy.buildup[1, 0] = 500.0
    outcomes = simulate(arrays, cut_at(arrays, NEVER), policy, record_items=[0], ledger=True)
    received = outcomes.ledger[0, 0, 1]  # type: ignore[index]
    assert received == pytest.approx(ahead + max(100.0 - ahead, 0.0))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_normal_running_with_calls_placed_ahead_is_as_the_planner_takes_it(seed: int) -> None:
    """Stock week by week of a path without event, the surplus kept: the planner's and the simulator's."""
    rng = np.random.default_rng(seed)
    lead = int(rng.integers(1, 7))
    arrays = one_part(source_lead=np.array([lead]), on_hand=np.array([rng.uniform(50, 150), 0.0]))
    arrays.open_unshipped[:] = 0.0
    arrays.open_unshipped[:lead, 0] = 10.0
    arrays.open_unshipped[lead : lead + 6, 0] = rng.uniform(0, 40, 6) * (rng.random(6) < 0.6)
    opening = project_opening(arrays)
    policy = normal_policy(arrays)
    policy.protective[:, 0] = opening.surplus[0]
    outcomes = simulate(arrays, cut_at(arrays, NEVER), policy, record_items=[0])
    assert outcomes.on_hand is not None
    weeks = int(outcomes.length[0])
    # The planner's stock is that of the start of a week, the simulator's that of its end.
    start = opening.on_hand[:weeks, 0] + opening.surplus[0]
    assert outcomes.on_hand[0, :weeks, 0] == pytest.approx(start - arrays.usage[:weeks, 0])


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_no_capacity_is_promised_twice(first: Done, seed: int) -> None:
    """Whatever was placed ahead, up to any week build-up, calls placed ahead and the normal orders that the
    plan reckons with stay within what the source takes."""
    network = first.network
    arrays = first.arrays
    source = arrays.source_ids.index("SENSOR-ACME")
    capacity = arrays.source_capacity[source]
    if np.isinf(capacity):
        return
    rng = np.random.default_rng(seed)
    lead = int(arrays.source_lead[source])
    orders = list(network.open_orders or ())
    for week in range(12):
        quantity = float(np.round(rng.uniform(0, 200) * (rng.random() < 0.6), -1))
        if quantity > 0:
            day = network.calendar.date_of(week + lead)
            orders.append(
                replace(
                    orders[0], source_id="SENSOR-ACME", quantity=quantity, arrival_date=day, shipped=False
                )
            )
    done = plan_week(replace(network, open_orders=tuple(orders)))
    taken = np.minimum(done.arrays.ordered_ahead[:, source], capacity)
    built = np.zeros(len(taken))
    for order in done.schedule.orders:
        if order.source == source:
            built[order.week] += order.quantity
            assert order.quantity <= max(capacity - taken[order.week], 0.0) + 1e-6
    normal = np.zeros(len(taken))
    for line in purchase_lines(done.story):
        if line.kind == "replenishment" and line.source_id == "SENSOR-ACME":
            for call in line.calls:
                normal[network.calendar.week_of(call.order_date)] += call.quantity
    weeks = np.arange(1, len(taken) + 1)
    assert np.all(np.cumsum(taken + built + normal) <= capacity * weeks + 1e-6)


def test_goods_are_not_ordered_that_are_run_down_when_they_would_arrive(network: Network) -> None:
    """100 run down in the first epoch that orders of the first week can still reach: not ordered then."""
    arrays = number(network)
    done = plan_week(network)
    item = arrays.item_ids.index("SENSOR")
    at = int(np.nonzero(done.problem.items == item)[0][0])
    lead = int(arrays.source_lead[arrays.first_source(item)])
    run_down = np.zeros_like(done.schedule.run_down)
    run_down[lead // arrays.epoch_weeks, at] = 40.0
    schedule = Schedule((Order(arrays.first_source(item), 0, 500.0),), 0 * done.schedule.make, run_down, {})
    kept = replace(schedule, run_down=0 * run_down)
    trunk = done.best.trunk
    less = (
        plan_policy(done.problem, trunk, kept).protective
        - plan_policy(done.problem, trunk, schedule).protective
    )
    assert less[:4, item] == pytest.approx([10.0, 20.0, 30.0, 40.0])
    assert less[4:, item] == pytest.approx(40.0)
