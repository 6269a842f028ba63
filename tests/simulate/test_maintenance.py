"""Grace with the scope maintenance. One LEAF makes one OLD, sold 10 a week from the start, or with a BOLT one
NEW, sold 10 a week from week 5 on. LEAF and BOLT have lead time 1; 10 LEAF are in stock and 10 due. LISTED
closes both sources."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.arrays import NetworkArrays
from outlast.network.demand import Demand, Market
from outlast.network.items import BomLine, Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import OpenOrder, Source, Supplier
from outlast.periods import NEVER
from outlast.scenarios.draw import draw_scenarios
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate
from outlast.survive import survive

START = date(2026, 1, 5)
LEAF, BOLT, OLD, NEW = range(4)


def garden(**changes: Any) -> NetworkArrays:
    """In arrays; `changes` are those of the restriction."""
    parts, products = ("LEAF", "BOLT"), ("OLD", "NEW")
    weeks = {"OLD": 0, "NEW": 5}
    return number(
        Network(
            settings=CaseSettings(
                name="garden", start=START, horizon_weeks=12, plan=PlanSettings(window_weeks=12)
            ),
            items=(
                *(Item(item_id=name, kind="part", unit_cost=1) for name in parts),
                *(Item(item_id=name, kind="product", unit_cost=5) for name in products),
            ),
            bom=(
                BomLine(parent_id="OLD", child_id="LEAF", quantity=1),
                BomLine(parent_id="NEW", child_id="LEAF", quantity=1),
                BomLine(parent_id="NEW", child_id="BOLT", quantity=1),
            ),
            suppliers=(Supplier(supplier_id="WORKS", name="Works"),),
            sources=tuple(
                Source(source_id=name, item_id=name, supplier_id="WORKS", unit_price=1, lead_time_weeks=1)
                for name in parts
            ),
            stock=(Stock(item_id="LEAF", on_hand=10),),
            open_orders=(OpenOrder(source_id="LEAF", quantity=10, arrival_date=START + timedelta(days=7)),),
            markets=(Market(market_id="HOME", country="DE", currency="USD"),),
            demand=tuple(
                Demand(
                    product_id=name,
                    market_id="HOME",
                    from_date=START + timedelta(weeks=weeks[name]),
                    units_per_week=10,
                    unit_price=9,
                )
                for name in products
            ),
            restrictions=(
                Restriction(restriction_id="LISTED", effect="closes_sources", hazard_per_year=1, **changes),
            ),
            scopes=(Scope(restriction_id="LISTED", table="suppliers", column="supplier_id", value="WORKS"),),
        )
    )


def listed(arrays: NetworkArrays, week: int) -> Scenarios:
    """Announced and effective in a week, without noise."""
    at = np.array([[week]])
    return Scenarios(
        announced=at,
        effective=at,
        closed=at + arrays.grace_weeks,
        relief=np.array([[NEVER]]),
        switch_weeks=np.zeros((1, 2)),
        demand_factor=np.ones((1, *arrays.demand.shape)),
        source_up=np.zeros((0, 0, 0), dtype=bool),
        weight=np.ones(1),
    )


def play(
    scope: str, week: int, grace: float = 6.0, sharing: Any = "priority"
) -> tuple[list[float], list[float]]:
    """Parts received, products sold."""
    arrays = garden(grace_scope=scope, grace_weeks=grace)
    policy = replace(normal_policy(arrays), sharing=sharing)
    outcomes = simulate(arrays, listed(arrays, week), policy, ledger=True)
    assert outcomes.ledger is not None
    return outcomes.ledger[0, [LEAF, BOLT], 1].tolist(), outcomes.sold[0].tolist()


def test_existing_products_get_parts_new_ones_do_not() -> None:
    """Effective in week 3, LEAF is ordered for 10 a week up to week 8, the last of the grace, and arrives up
    to week 9; no BOLT ever is. Without a grace all ends with what was on its way in week 3."""
    parts, sold = play("maintenance", 3)
    assert parts == [90.0, 0.0]
    assert play("maintenance", 3, sharing="shadow_price")[1] == pytest.approx(sold)
    assert sold == pytest.approx([100.0, 0.0], abs=0.5)  # LEAF is kept ready for NEW, which cannot be made
    assert play("none", 3) == ([30.0, 0.0], [40.0, 0.0])
    assert play("prior_rules", 3) == ([140.0, 50.0], [100.0, 50.0])


def test_a_product_is_existing_once_it_is_sold() -> None:
    """Effective in week 5, the first of NEW: it is new. A week later it is not."""
    parts, sold = play("maintenance", 5)
    assert (parts[1], sold[1]) == (10.0, 10.0)  # ordered in week 4, on its way
    parts, sold = play("maintenance", 6)
    assert parts[1] == 80.0  # weeks 4 to 11
    assert sold[1] == 80.0


def test_what_new_products_are_waiting_for_is_cancelled() -> None:
    """Lead time 4, of which 1 on its way: BOLT ordered in week 1 for week 5 does not come, as no existing
    product uses it; without the restriction it comes every week."""
    arrays = garden(grace_scope="maintenance", grace_weeks=9)
    arrays = replace(arrays, source_lead=np.array([4, 4]), source_transit=np.array([1, 1]))
    arrays.open_unshipped[:] = 0.0
    arrays.open_unshipped[1:5, 0] = 10.0
    policy = replace(normal_policy(arrays), sharing="priority")
    outcomes = simulate(arrays, listed(arrays, 2), policy, ledger=True)
    calm = simulate(arrays, listed(arrays, NEVER), policy, ledger=True)
    assert outcomes.ledger is not None
    assert calm.ledger is not None
    assert outcomes.ledger[0, BOLT, 1] == 0.0
    assert calm.ledger[0, BOLT, 1] == 10.0 * 7
    assert outcomes.sold[0].tolist()[1] == 0.0


def test_planning_and_survival_take_it_as_none_and_say_so() -> None:
    licensed, closed = (garden(grace_scope=scope, grace_weeks=6) for scope in ("maintenance", "none"))
    assert licensed.grace_weeks.tolist() == closed.grace_weeks.tolist() == [0]
    assert [row.time_to_survive_weeks for row in survive(licensed).restrictions] == [
        row.time_to_survive_weeks for row in survive(closed).restrictions
    ]
    for arrays, told in ((licensed, True), (closed, False)):
        lines = (*arrays.assumptions, *survive(arrays).assumptions)
        assert sum("race for maintenance" in line for line in lines) == (2 if told else 0)
    assert any("first sold: NEW." in line for line in licensed.assumptions)


@pytest.mark.parametrize("seed", range(3))
def test_a_longer_licence_never_brings_less(seed: int) -> None:
    """Of LEAF, on drawn scenarios: the sum of what is received over the path."""
    received = []
    for grace in (0.0, 2.0, 5.0, 9.0):
        arrays = garden(grace_scope="maintenance", grace_weeks=grace)
        scenarios = draw_scenarios(arrays, 16, seed, event=(0, 3))
        policy = replace(normal_policy(arrays), sharing="priority")
        ledger = simulate(arrays, scenarios, policy, ledger=True).ledger
        assert ledger is not None
        received.append(ledger[:, LEAF, 1])
    for less, more in itertools.pairwise(received):
        assert (less <= more + 1e-9).all()
