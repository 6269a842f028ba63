"""Small random planning problems. In: a seed. Out: `SmallCase`.
One reason to exist: every whole-lot plan of such a problem can be listed and worked out.

One to three parts, one or two products, at most eight teeth; durations in whole weeks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from outlast.network.actions import CaseSettings, CashLimit, PlanSettings
from outlast.network.arrays import NetworkArrays
from outlast.network.demand import Demand, Market
from outlast.network.items import BomLine, Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import OpenOrder, Source, Supplier
from tests.reference.networks import Draws

START = date(2026, 1, 5)
WEEKS_AN_EPOCH = 4


@dataclass(frozen=True)
class SmallCase:
    """A planning problem before it is written."""

    arrays: NetworkArrays
    switch_weeks: NDArray[np.float64]
    """Shape (draw, source)."""
    relief_weeks: NDArray[np.float64]
    """Shape (draw, restriction)."""


def small_case(seed: int, levels: int = 1) -> SmallCase:
    """One or two restrictions, 2 to 4 epochs and 2 to 4 draws, 8 teeth at most; lots of one to five weeks'
    use and cash for a few of them; some parts have an alternative, some products wait or have little
    capacity, some goods are at hand beyond need. With two levels, part of a product comes as an assembly,
    which has stock of its own, and a second product may contain the first."""
    draw = Draws([seed, 11])
    n_part, n_product = draw.whole(1, 3), draw.whole(1, 2)
    parts = [f"PART{k}" for k in range(n_part)]
    products = [f"PRODUCT{k}" for k in range(n_product)]
    cost = {part: draw.real(1, 10) for part in parts}
    bom = _bom(draw, parts, products)
    making = {product: draw.real(1, 10) for product in products}
    units = {product: draw.real(5, 20) for product in products}
    made, deeper = list(products), Draws([seed, 12])
    if levels > 1:
        bom, made = _deepen(deeper, bom, products)
        making["ASSEMBLY"] = deeper.real(1, 10)
    need = dict(units)
    for product in made:
        cost[product] = making[product] + sum(
            line.quantity * cost[line.child_id] for line in bom if line.parent_id == product
        )
    for child in [*made[::-1], *parts]:
        inside = (line for line in bom if line.child_id == child)
        need[child] = need.get(child, 0.0) + sum(line.quantity * need[line.parent_id] for line in inside)
    use = {part: need[part] for part in parts}
    parts = [part for part in parts if use[part] > 0]
    n_restriction = min(draw.whole(1, 2), len(parts))
    epochs = 2 if n_restriction == 2 else draw.whole(2, 4)
    draws = 8 // (epochs * n_restriction)
    lots = {part: use[part] * draw.real(1.5, 5) for part in parts}
    sources = [source for part in parts for source in _sources(draw, part, cost[part], lots[part], use[part])]
    dearest = max(cost[part] * lots[part] for part in parts)
    items = _items(draw, cost, use, units, making)
    if levels > 1:
        items = _deeper_items(deeper, items, cost, need, units, making)
    stock, orders = _opening(draw, items, sources, use)
    network = Network(
        settings=CaseSettings(
            name=f"small {seed}",
            start=START,
            horizon_weeks=WEEKS_AN_EPOCH * epochs,
            plan=PlanSettings(
                window_weeks=draw.whole(8, 14),
                epoch_weeks=WEEKS_AN_EPOCH,
                holding_rate_per_year=draw.real(0.1, 0.6),
            ),
        ),
        items=tuple(items),
        bom=tuple(bom),
        suppliers=(Supplier(supplier_id="ONE", name="One"), Supplier(supplier_id="TWO", name="Two")),
        sources=tuple(sources),
        stock=tuple(stock),
        open_orders=tuple(orders),
        markets=_markets(draw),
        demand=tuple(
            Demand(
                product_id=product,
                market_id="AWAY" if draw.chance(0.4) else "HOME",
                from_date=START,
                units_per_week=units[product],
                unit_price=cost[product] * draw.real(1.2, 2.5),
            )
            for product in products
        ),
        restrictions=_restrictions(draw, n_restriction),
        scopes=tuple(
            Scope(
                restriction_id=f"CUT{k if k < n_restriction else draw.whole(0, n_restriction - 1)}",
                table="sources",
                column="source_id",
                value=f"{part}-FIRST",
                group=part,
            )
            for k, part in enumerate(parts)
        ),
        cash=(CashLimit(from_date=START, limit=dearest * draw.real(1.2, 3.5)),),
    )
    arrays = number(network)
    assert arrays.item_ids == tuple(item.item_id for item in items)
    switch = draw.rng.integers(0, 8, (draws, len(arrays.source_ids))).astype(np.float64)
    relief = draw.rng.integers(1, 14, (draws, len(arrays.restriction_ids))).astype(np.float64)
    relief[draw.rng.random(relief.shape) < 0.2] = np.inf
    return SmallCase(arrays, switch, relief)


def _bom(draw: Draws, parts: list[str], products: list[str]) -> list[BomLine]:
    """Every product is made of some parts."""
    lines = []
    for product in products:
        for k in draw.some(list(range(len(parts))), 1, len(parts)):
            lines.append(BomLine(parent_id=product, child_id=parts[k], quantity=draw.real(0.5, 2)))
    return lines


def _deepen(draw: Draws, bom: list[BomLine], products: list[str]) -> tuple[list[BomLine], list[str]]:
    """Some of what the first product contains comes as an assembly, which the second may contain as well, or
    the first product. All that is made, contents first."""
    own = [line for line in bom if line.parent_id == products[0]]
    inside = draw.some(list(range(len(own))), 1, len(own))
    lines = [line for line in bom if line.parent_id != products[0]]
    lines += [line for k, line in enumerate(own) if k not in inside]
    lines += [replace(line, parent_id="ASSEMBLY") for k, line in enumerate(own) if k in inside]
    lines.append(BomLine(parent_id=products[0], child_id="ASSEMBLY", quantity=draw.real(0.5, 2)))
    for child in ("ASSEMBLY", products[0]):
        if len(products) > 1 and draw.chance(0.4):
            lines.append(BomLine(parent_id=products[1], child_id=child, quantity=draw.real(0.5, 2)))
    return lines, ["ASSEMBLY", *products]


def _deeper_items(
    draw: Draws,
    items: list[Item],
    cost: dict[str, float],
    need: dict[str, float],
    units: dict[str, float],
    making: dict[str, float],
) -> list[Item]:
    """The assembly as well, stock of what is made, and limits that leave room for what goes into others."""
    for k, item in enumerate(items):
        if item.item_id in units:
            limit = item.capacity_per_week
            items[k] = replace(
                item,
                capacity_per_week=limit and limit * need[item.item_id] / units[item.item_id],
                safety_stock=need[item.item_id] * draw.real(0.2, 2) if draw.chance(0.3) else 0.0,
            )
    assembly = Item(
        item_id="ASSEMBLY",
        kind="assembly",
        unit_cost=cost["ASSEMBLY"],
        make_cost=making["ASSEMBLY"],
        capacity_per_week=need["ASSEMBLY"] * draw.real(1.1, 2) if draw.chance(0.5) else None,
        safety_stock=need["ASSEMBLY"] * draw.real(0.2, 2),
        write_down_share=draw.real(0, 0.6),
    )
    return [*items, assembly]


def _sources(draw: Draws, part: str, cost: float, lot: float, use: float) -> list[Source]:
    """A qualified source that sells lots, and perhaps an alternative."""
    sources = [
        Source(
            source_id=f"{part}-FIRST",
            item_id=part,
            supplier_id="ONE",
            unit_price=cost * (draw.real(0.9, 1.2) if draw.chance(0.4) else 1.0),
            lead_time_weeks=draw.whole(0, 4),
            order_multiple=lot,
            minimum_order=2 * lot if draw.chance(0.2) else 0.0,
            payment_days=7.0 * draw.whole(-2, 4),
        )
    ]
    if draw.chance(0.5):
        sources.append(
            Source(
                source_id=f"{part}-SECOND",
                item_id=part,
                supplier_id="TWO",
                unit_price=cost * draw.real(1.0, 1.4),
                lead_time_weeks=draw.whole(0, 3),
                status="alternative",
                capacity_per_week=use * draw.real(0.3, 1.5) if draw.chance(0.7) else None,
                start_allowed=("before", "after", "both")[draw.whole(0, 2)],
                switch_cost=cost * use * draw.real(0.1, 2),
                switch_weeks_p10=1,
                switch_weeks_p50=2,
                switch_weeks_p90=4,
                ramp_weeks=draw.whole(0, 3),
            )
        )
    return sources


def _opening(
    draw: Draws, items: list[Item], sources: list[Source], use: dict[str, float]
) -> tuple[list[Stock], list[OpenOrder]]:
    """What normal running needs, at hand or on order, and sometimes more at hand."""
    stock, orders = [], []
    for item in items:
        if item.item_id not in use:
            if item.safety_stock:
                spare = item.safety_stock * draw.real(0, 2) if draw.chance(0.4) else 0.0
                stock.append(Stock(item_id=item.item_id, on_hand=item.safety_stock + spare))
            continue
        first = next(source for source in sources if source.item_id == item.item_id)
        need, lead = use[item.item_id], int(first.lead_time_weeks)
        arriving = range(1, lead) if draw.chance(0.5) else range(0)
        spare = need * draw.real(0.5, 6) if draw.chance(0.4) else 0.0
        on_hand = float(item.safety_stock or 0.0) + need * (lead - len(arriving)) + spare
        stock.append(Stock(item_id=item.item_id, on_hand=on_hand))
        orders += [
            OpenOrder(source_id=first.source_id, quantity=need, arrival_date=START + timedelta(weeks=week))
            for week in arriving
        ]
    return stock, orders


def _items(
    draw: Draws,
    cost: dict[str, float],
    use: dict[str, float],
    units: dict[str, float],
    making: dict[str, float],
) -> list[Item]:
    """Parts that are used, some with safety stock, and products, some with little capacity."""
    parts = [
        Item(
            item_id=part,
            kind="part",
            unit_cost=cost[part],
            safety_stock=need * draw.real(0.2, 1) if draw.chance(0.3) else 0.0,
            write_down_share=draw.real(0, 0.6),
        )
        for part, need in use.items()
        if need > 0
    ]
    products = [
        Item(
            item_id=product,
            kind="product",
            unit_cost=cost[product],
            make_cost=making[product],
            capacity_per_week=sold * draw.real(1.1, 2) if draw.chance(0.5) else None,
            safety_stock=0.0,
            write_down_share=draw.real(0, 0.6),
        )
        for product, sold in units.items()
    ]
    return parts + products


def _markets(draw: Draws) -> tuple[Market, ...]:
    """One that loses what is not served, and one that waits."""
    return (
        Market(market_id="HOME", country="DE", currency="USD"),
        Market(
            market_id="AWAY",
            country="FR",
            currency="USD",
            unmet="backorder",
            backorder_cost_per_unit_week=draw.real(0.1, 2),
        ),
    )


def _restrictions(draw: Draws, count: int) -> tuple[Restriction, ...]:
    """Acts that close sources, with or without notice, goods on their way stopped or not."""
    return tuple(
        Restriction(
            restriction_id=f"CUT{r}",
            effect="closes_sources",
            hazard_per_year=draw.real(0.5, 5),
            notice_weeks=draw.whole(0, 2) if draw.chance(0.4) else 0,
            in_transit="stopped" if draw.chance(0.4) else "released",
            price_multiplier_after=draw.real(1, 1.5),
            lead_time_multiplier_after=draw.real(1, 2),
        )
        for r in range(count)
    )
