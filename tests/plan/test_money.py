"""Money from the case to the order, the cash calendar and the simulator's cash, on cases small enough to
be done by hand.

One part, bought by the carton of 12 in dollars; one product, made of one part and sold in euros.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from outlast.network.actions import CaseSettings, CashLimit, PlanSettings
from outlast.network.arrays import NetworkArrays
from outlast.network.demand import Demand, Exchange, Market
from outlast.network.items import BomLine, Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import PriceBreak, Source, Supplier
from outlast.optimise.byhand import BuyingLimit, ByHand
from outlast.optimise.solve import load
from outlast.plan.certify import evaluate
from outlast.plan.decide import decide
from outlast.plan.explain import cash_lines
from outlast.plan.purchases import purchase_lines
from outlast.plan.rounding import keep_to_cash, keeps_to_cash, left_out, without_idle_orders
from outlast.plan.schedule import Order, Schedule
from outlast.plan.summary import Done
from outlast.scenarios.draw import draw_scenarios
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate

START = date(2026, 1, 5)
LEAD, CARTON, RATE, ORDER_COST = 3, 12, 1.25, 50.0


def case(*, limit: float | None = None, **changes: Any) -> Network:
    """48 units a week; a carton costs 30 dollars, 27 from 60 cartons, 24 from 200."""
    values: dict[str, Any] = {
        "unit_price": 30.0,
        "currency": "USD",
        "purchase_unit": "CTN",
        "pack_size": float(CARTON),
        "order_cost": ORDER_COST,
        "payment_days": 14.0,
        "lead_time_weeks": float(LEAD),
        "origin_country": "US",
    }
    return Network(
        settings=CaseSettings(
            name="cartons", start=START, horizon_weeks=16, currency="EUR", plan=PlanSettings(window_weeks=40)
        ),
        items=(
            Item(item_id="PART", kind="part", unit_cost=2.0),
            Item(item_id="PRODUCT", kind="product", unit_cost=2.0, make_cost=0.0, holding_rate_per_year=9.0),
        ),
        bom=(BomLine(parent_id="PRODUCT", child_id="PART", quantity=1),),
        suppliers=(Supplier(supplier_id="S", name="Supplier"),),
        sources=(Source(source_id="BUY", item_id="PART", supplier_id="S", **{**values, **changes}),),
        price_breaks=(
            PriceBreak(source_id="BUY", from_quantity=60, unit_price=27.0),
            PriceBreak(source_id="BUY", from_quantity=200, unit_price=24.0),
        ),
        stock=(Stock(item_id="PART", on_hand=48),),
        markets=(Market(market_id="HOME", country="DE", currency="EUR"),),
        demand=(
            Demand(product_id="PRODUCT", market_id="HOME", from_date=START, units_per_week=48, unit_price=30),
        ),
        exchange=(Exchange(currency="USD", date=START, units_per_case_currency=RATE, source="test"),),
        restrictions=(
            Restriction(
                restriction_id="CUT", effect="closes_sources", hazard_per_year=1.0, relief_probability=1.0,
                relief_weeks_p10=10, relief_weeks_p50=20, relief_weeks_p90=30,
            ),
        ),
        scopes=(Scope(restriction_id="CUT", table="sources", column="origin_country", value="US"),),
        cash=() if limit is None else (CashLimit(from_date=START, limit=limit),),
    )  # fmt: skip


def goods(cartons: float) -> float:
    """Euros for the cartons of one order."""
    price = 24.0 if cartons >= 200 else 27.0 if cartons >= 60 else 30.0
    return cartons * price / RATE


def decided(network: Network) -> Done:
    return decide(network, seed=3, draws=4, time_limit=None, progress=lambda message: None)


@pytest.fixture(scope="module")
def done() -> Done:
    return decided(case())


def test_a_purchase_costs_what_its_cartons_cost_at_their_break(done: Done) -> None:
    lines = purchase_lines(done.story)
    assert {line.kind for line in lines} == {"build-up", "replenishment"}
    for line in lines:
        assert line.order_unit == "CTN"
        assert line.order_quantity == pytest.approx(round(line.order_quantity)), "whole cartons"
        assert line.quantity == pytest.approx(CARTON * line.order_quantity)
        assert line.cost == pytest.approx(goods(line.order_quantity) + ORDER_COST / RATE)
        assert line.arrival_date == line.order_date + timedelta(weeks=LEAD)
        assert f"ordered as {line.order_quantity:,.6g} CTN" in line.reason
    assert max(line.order_quantity for line in lines) >= 60, "the case reaches a break"


@pytest.mark.parametrize(
    ("days", "weeks"),
    [(14, LEAD + 2), (0, LEAD), (-7, LEAD - 1), (-60, 0), (17, LEAD + 2), (18, LEAD + 3)],
)
def test_cash_leaves_when_the_terms_say(done: Done, days: float, weeks: int) -> None:
    """From arrival, to the nearest week; paid ahead, but never before the order. Order costs at once."""
    arrays = number(case(payment_days=days))
    order = Order(0, 4, 60.0 * CARTON)
    schedule = Schedule(
        (order,), np.zeros_like(done.schedule.make), np.zeros_like(done.schedule.run_down), {}
    )
    story = replace(
        done.story, arrays=arrays, problem=replace(done.problem, arrays=arrays), schedule=schedule
    )
    spend = story.spend
    fee, paid = ORDER_COST / RATE, goods(60)
    assert spend[3] == 0
    assert spend[4] == pytest.approx(fee + (paid if weeks == 0 else 0))
    assert spend[4 + weeks] == pytest.approx(fee + paid)
    assert spend[4 + weeks - 1] == pytest.approx(fee if weeks else 0)
    lines = {line.date: line.spend for line in cash_lines(story)}
    assert lines[START + timedelta(weeks=4 + weeks)] == pytest.approx(fee + paid)


def quiet_arrays(**changes: Any) -> NetworkArrays:
    """Nothing is sold, so that the only money is that of the order."""
    network = case(**changes)
    idle = tuple(replace(row, units_per_week=0.0) for row in network.demand)
    rich = (CashLimit(from_date=START, limit=1e9, opening_cash=1e5),)
    return number(replace(network, demand=idle, cash=rich, open_orders=()))


@pytest.mark.parametrize("cartons", [10, 59, 60, 199, 200])
@pytest.mark.parametrize(("days", "weeks"), [(14, LEAD + 2), (-7, LEAD - 1), (-60, 0)])
def test_the_simulator_pays_the_same_in_the_same_week(cartons: int, days: float, weeks: int) -> None:
    arrays = quiet_arrays(payment_days=days)
    calm = normal_policy(arrays)
    buildup = np.zeros_like(calm.buildup)
    buildup[4, 0] = cartons * CARTON
    policy = replace(calm, buildup=buildup)
    never = draw_scenarios(arrays, 1, 1, noise=False)
    never = replace(
        never, **{n: np.full_like(never.announced, 10**6) for n in ("announced", "effective", "closed")}
    )

    def paid_by(week: int) -> float:
        """Money that left until the end of a week."""
        out = simulate(arrays, never, policy, length=np.array([week + 1]))
        return 1e5 - float(out.cash_low[0])

    fee = ORDER_COST / RATE
    assert paid_by(3) == 0
    assert paid_by(4 + weeks) == pytest.approx(fee + goods(cartons))
    if weeks:
        assert paid_by(4 + weeks - 1) == pytest.approx(fee)


def test_a_dearer_small_order_comes_with_a_hint(done: Done) -> None:
    """55 cartons at 30 are 1,650 dollars, 60 at 27 are 1,620."""
    none = np.zeros_like(done.schedule.make), np.zeros_like(done.schedule.run_down), {}
    story = replace(done.story, schedule=Schedule((Order(0, 0, 55.0 * CARTON),), *none))
    line = next(line for line in purchase_lines(story) if line.kind == "build-up")
    assert "an order of 60 CTN reaches a price break and costs EUR 24.00 less in all" in line.reason
    story = replace(done.story, schedule=Schedule((Order(0, 0, 60.0 * CARTON),), *none))
    line = next(line for line in purchase_lines(story) if line.kind == "build-up")
    assert "price break" not in line.reason


def test_weekly_calls_are_orders_of_their_own(done: Done) -> None:
    """Four calls of 15 cartons: no break, four order costs."""
    arrays = number(case(capacity_per_week=900.0))
    orders = tuple(Order(0, week, 15.0 * CARTON) for week in range(4))
    none = np.zeros_like(done.schedule.make), np.zeros_like(done.schedule.run_down), {}
    story = replace(done.story, arrays=arrays, schedule=Schedule(orders, *none))
    line = next(line for line in purchase_lines(story) if line.kind == "build-up")
    assert line.order_quantity == pytest.approx(60)
    assert line.cost == pytest.approx(4 * (goods(15) + ORDER_COST / RATE))
    assert "called off weekly" in line.reason
    saved = 4 * goods(15) - goods(60) + 3 * ORDER_COST / RATE
    assert f"placed as one order with weekly calls it costs EUR {saved:,.2f} less" in line.reason


def test_the_plan_keeps_to_its_cash_with_order_costs_and_breaks() -> None:
    """A limit that the goods alone would meet, and order costs would not."""
    rich = decided(case())
    assert rich.story.spend[:16].max() > 1500
    for limit in (700.0, 1500.0):
        poor = decided(case(limit=limit, order_cost=200.0))
        assert poor.schedule.orders
        spend = poor.story.spend[:16]
        assert spend.max() <= limit * (1 + 1e-9)
        lines = [line for line in purchase_lines(poor.story) if line.kind == "build-up"]
        due = [
            line
            for line in lines
            if line.order_date + timedelta(weeks=LEAD + 2) < START + timedelta(weeks=16)
        ]
        assert sum(line.cost for line in due) <= limit * (1 + 1e-9)


def test_orders_are_cut_by_lots_until_the_calendar_holds(done: Done) -> None:
    arrays = replace(done.arrays, cash_limit=np.full(done.arrays.n_week, 1000.0))
    problem = replace(done.problem, arrays=arrays)
    orders = (Order(0, 0, 30.0 * CARTON), Order(0, 4, 30.0 * CARTON))
    schedule = Schedule(orders, np.zeros_like(done.schedule.make), np.zeros_like(done.schedule.run_down), {})
    assert not keeps_to_cash(problem, done.best.trunk, schedule)
    kept = keep_to_cash(problem, done.best.trunk, schedule, np.array([float(CARTON)]))
    assert keeps_to_cash(problem, done.best.trunk, kept)
    # 720 + 40 for the first; of the second, 240 are left: 8 cartons at 24 and 40 are 232.
    assert [order.quantity / CARTON for order in kept.orders] == [30, 8]
    assert left_out(problem, kept) == pytest.approx(2 * ORDER_COST / RATE)


def test_orders_that_only_replace_normal_ones_are_not_placed(done: Done) -> None:
    """What arrives in an epoch in which as much is run down is left out, unless people asked for it."""
    at = [done.arrays.item_ids[item] for item in done.problem.items].index("PART")
    run_down = np.zeros((done.problem.epochs, len(done.problem.items)))
    run_down[2, at] = 20.0 * CARTON
    # Weeks 1 and 5 arrive in weeks 4 and 8, the first weeks of epochs 1 and 2.
    orders = (Order(0, 1, 20.0 * CARTON), Order(0, 5, 12.0 * CARTON), Order(0, 6, 9.0 * CARTON))
    schedule = Schedule(orders, np.zeros_like(done.schedule.make), run_down, {})
    assert without_idle_orders(done.problem, schedule, run_down).orders == (orders[0], orders[1])
    limit = BuyingLimit(row=0, cells=((0, 1),), low=1.0, high=np.inf, first_week=0)
    asked = replace(done.problem, by_hand=ByHand(limits=(limit,)))
    assert without_idle_orders(asked, schedule, run_down).orders == orders


def test_no_order_costs_more_than_it_is_worth() -> None:
    """With dear orders, leaving out those that only replace normal ones is worth more."""
    dear = decided(case(order_cost=400.0))
    fewer = without_idle_orders(dear.problem, dear.schedule, dear.evaluation.run_down)
    worth = evaluate(load(dear.problem).teeth, dear.problem, fewer).objective
    mine = dear.evaluation.objective - left_out(dear.problem, dear.schedule)
    assert mine >= worth - left_out(dear.problem, fewer) - 1e-6 * abs(worth)
