"""Capacity that the sources of a supplier share. TEA and MUG are bought for resale, 10 a week of each,
lead time 1, 10 of each in stock and 10 due: the first orders are those of week 1."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.arrays import Floats, NetworkArrays
from outlast.network.demand import Demand, Market
from outlast.network.items import Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import OpenOrder, Source, Supplier
from outlast.periods import NEVER
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.own_policy import KnownWeek
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate
from outlast.survive import survive
from tests.reference.networks import random_case

START = date(2026, 1, 5)


def source(name: str, **changes: Any) -> Source:
    plain = {"source_id": f"{name}-1", "item_id": name, "supplier_id": "WORKS", "unit_price": 5.0}
    return Source(**plain | {"lead_time_weeks": 1.0} | changes)  # type: ignore[arg-type]


def shop(capacity: float | None = 15.0, *sources: Source, **changes: Any) -> Network:
    names = ("TEA", "MUG")
    bought = sources or tuple(source(name) for name in names)
    due = START + timedelta(days=7)
    return replace(
        Network(
            settings=CaseSettings(
                name="shop", start=START, horizon_weeks=10, plan=PlanSettings(window_weeks=10)
            ),
            items=tuple(Item(item_id=name, kind="product", unit_cost=5) for name in names),
            suppliers=(
                Supplier(
                    supplier_id="WORKS",
                    name="Works",
                    capacity_per_week=capacity,
                    output_share_after=0.5,
                ),
                Supplier(supplier_id="SPARE", name="Spare"),
            ),
            sources=bought,
            stock=tuple(Stock(item_id=name, on_hand=10) for name in names),
            open_orders=tuple(
                OpenOrder(source_id=f"{name}-1", quantity=10, arrival_date=due) for name in names
            ),
            markets=(Market(market_id="HOME", country="DE", currency="USD"),),
            demand=tuple(
                Demand(product_id=name, market_id="HOME", from_date=START, units_per_week=10, unit_price=9)
                for name in names
            ),
            restrictions=(
                Restriction(restriction_id="REDUCED", effect="reduces_supplier", hazard_per_year=1),
            ),
            scopes=(Scope(restriction_id="REDUCED", table="suppliers", column="supplier_id", value="WORKS"),),
        ),
        **changes,
    )


def calm(arrays: NetworkArrays, reduced: int = NEVER) -> Scenarios:
    week = np.array([[reduced]])
    return Scenarios(
        announced=week,
        effective=week,
        closed=week,
        relief=np.array([[NEVER]]),
        switch_weeks=np.zeros((1, len(arrays.source_ids))),
        demand_factor=np.ones((1, *arrays.demand.shape)),
        source_up=np.zeros((0, 0, 0), dtype=bool),
        weight=np.ones(1),
    )


def sold(network: Network, weeks: int) -> list[float]:
    arrays = number(network)
    outcomes = simulate(arrays, calm(arrays), normal_policy(arrays), length=np.array([weeks]))
    units: list[float] = outcomes.sold[0].tolist()
    return units


def test_all_asks_are_cut_by_the_same_share() -> None:
    """Each asks for 10 of 15 together and gets 7.5 from the third week on; alone each has enough."""
    assert sold(shop(), 10) == pytest.approx([20 + 8 * 7.5] * 2)
    assert sold(shop(None), 10) == sold(shop(20.0), 10) == [100.0, 100.0]


def test_a_unit_may_take_more_or_less_of_the_capacity() -> None:
    """Of 15 TEA asks for 10 and MUG for 15, all that there is: 3 in 5 are granted, 6 TEA and 4.5 MUG."""
    heavy = shop(15.0, source("TEA"), source("MUG", capacity_use=2.0))
    assert sold(heavy, 3) == pytest.approx([26.0, 24.5])
    light = shop(15.0, source("TEA", capacity_use=0.5), source("MUG"))
    assert sold(light, 10) == [100.0, 100.0]


def test_what_is_refused_goes_to_the_next_source_in_the_same_week() -> None:
    """Of 10 MUG 2.5 are refused and come from SPARE."""
    spare = source("MUG", source_id="MUG-2", supplier_id="SPARE", priority=2.0)
    assert sold(shop(15.0, source("TEA"), source("MUG"), spare), 3) == pytest.approx([27.5, 30.0])


def test_what_is_refused_may_be_too_much_for_the_next_supplier() -> None:
    """Refused twice: SPARE makes 1 a week."""
    suppliers = (shop().suppliers[0], Supplier(supplier_id="SPARE", name="Spare", capacity_per_week=1))
    spare = source("MUG", source_id="MUG-2", supplier_id="SPARE", priority=2.0)
    two = shop(15.0, source("TEA"), source("MUG"), spare, suppliers=suppliers)
    assert sold(two, 3) == pytest.approx([27.5, 28.5])


def test_grants_are_whole_lots_and_what_a_lot_lacks_is_kept() -> None:
    """Lots of 10, capacity 10: a share of 5 is no lot, but two weeks' shares are. Nothing is stuck."""
    lots = shop(10.0, source("TEA", order_multiple=10.0), source("MUG", order_multiple=10.0))
    weeks = [sold(lots, week) for week in range(2, 9)]
    assert weeks == [[20.0, 20.0], [20.0, 20.0], *[[30.0, 30.0]] * 2, *[[40.0, 40.0]] * 2, [50.0, 50.0]]


def test_a_reduced_supplier_has_less_to_share() -> None:
    """16 for 20 until half of it is left in week 5. Each source is left 5 by then, and both share 8."""
    arrays = number(shop(16.0))
    policy, ten = replace(normal_policy(arrays), sharing="priority"), np.array([10])
    got = simulate(arrays, calm(arrays, reduced=5), policy, length=ten).sold[0]
    assert got == pytest.approx([20 + 4 * 8 + 4 * 4] * 2)
    free = replace(arrays, supplier_capacity=np.full(2, np.inf))
    assert simulate(free, calm(free, reduced=5), policy, length=ten).sold[0] == pytest.approx([60 + 20] * 2)


def test_calls_placed_ahead_take_their_part() -> None:
    """10 TEA due in week 3 were placed ahead for week 2: of the 5 left then TEA asks for 5 and MUG for 10.
    Were they on their way, both would ask for 10 of 15."""
    orders = (
        *(shop().open_orders or ()),
        OpenOrder(source_id="TEA-1", quantity=10, arrival_date=START + timedelta(days=21)),
    )
    ahead = shop(15.0, open_orders=orders)
    assert number(ahead).ordered_ahead[2].tolist() == [10.0, 0.0]
    later = shop(15.0, open_orders=(*orders[:2], replace(orders[2], shipped=True)))
    assert sold(ahead, 4) == pytest.approx([30.0, 30 + 10 / 3])
    assert sold(later, 4) == pytest.approx([30.0, 37.5])


def test_a_policy_of_ones_own_is_granted_a_share_too() -> None:
    arrays = number(shop())
    asked = np.array([20.0, 10.0])

    def ask(known: KnownWeek) -> Floats:
        return np.tile(asked if known.week == 1 else 0 * asked, (len(known.on_hand), 1))

    policy = replace(normal_policy(arrays), decide=ask)
    ledger = simulate(arrays, calm(arrays), policy, ledger=True).ledger
    assert ledger is not None
    received = ledger[0, :, 1] - 10.0
    assert received == pytest.approx([15 * 15 / 25, 15 * 10 / 25])  # no source is asked for more than 15


def test_a_source_is_never_asked_for_more_than_its_supplier_has() -> None:
    """So that planning and times to survive see the capacity where only one source uses it."""
    arrays = number(shop(15.0, source("TEA", capacity_use=3.0), source("MUG", capacity_per_week=2.0)))
    assert arrays.source_capacity.tolist() == [5.0, 2.0]
    told = "Sources of these suppliers share a capacity"
    assert any(line.startswith(told) and line.endswith("WORKS.") for line in arrays.assumptions)
    assert not any(line.startswith(told) for line in number(shop(None)).assumptions)


def test_times_to_survive_say_that_they_are_hopeful() -> None:
    told = "Each source may use the whole capacity of its supplier"
    for capacity in (15.0, None):
        lines = survive(number(shop(capacity))).assumptions
        assert any(line.startswith(told) and "WORKS" in line for line in lines) == (capacity is not None)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.floats(0.1, 1.0))
def test_a_supplier_never_makes_more_than_its_capacity(seed: int, part: float) -> None:
    """One supplier of everything, one unit of capacity a unit: what is received beyond open orders."""
    case = random_case(seed, 2)
    whole = case.arrays.usage[:, np.unique(case.arrays.source_item)].sum(axis=1).mean()
    arrays = replace(
        case.arrays,
        source_supplier=np.zeros_like(case.arrays.source_supplier),
        source_capacity_use=np.ones(len(case.arrays.source_ids)),
        supplier_capacity=np.array([part * whole, np.inf]),
        source_yield=np.ones(len(case.arrays.source_ids)),
    )
    scenarios = replace(case.scenarios, yield_factor=np.zeros((0, 0, 0), dtype=np.float32))
    outcomes = simulate(arrays, scenarios, case.policy, ledger=True)
    assert outcomes.ledger is not None
    received = outcomes.ledger[:, :, 1].sum(axis=1)
    most = (arrays.open_shipped + arrays.open_unshipped).sum() + outcomes.length * part * whole
    assert (received <= most * (1 + 1e-9)).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.floats(0.01, 100.0))
def test_the_unit_of_capacity_does_not_matter(seed: int, factor: float) -> None:
    case = random_case(seed, 2)
    other = replace(
        case.arrays,
        supplier_capacity=factor * case.arrays.supplier_capacity,
        source_capacity_use=factor * case.arrays.source_capacity_use,
    )
    value = [simulate(each, case.scenarios, case.policy).value for each in (case.arrays, other)]
    assert value[1] == pytest.approx(value[0], rel=1e-9)
