"""Small random networks as a user would state them. In: a seed. Out: `Network`.
One reason to exist: what is between a case and its simulation (checks, numbering, draws) is tried together.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from outlast.network.actions import CaseSettings, CashLimit, PlanSettings
from outlast.network.demand import Demand, Exchange, Market
from outlast.network.items import BomLine, Item, Stock
from outlast.network.network import Network
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import Disruption, OpenOrder, Source, Supplier
from tests.reference.networks import Draws

START = date(2026, 1, 5)
COUNTRIES = ("US", "DE", "CN")


def random_network(seed: int) -> Network:
    """Two levels of assembly, several sources, alternatives, markets in two currencies, three restrictions:
    one on goods from the US, one on a supplier that follows it, one on a market."""
    draw = Draws([seed, 4])
    items, bom = _items(draw)
    sources = _sources(draw, items)
    horizon = draw.whole(8, 16)
    plan = PlanSettings(window_weeks=draw.whole(8, 20), fill_target=draw.real(0.8, 1.0))
    return Network(
        settings=CaseSettings(name=f"seed {seed}", start=START, horizon_weeks=horizon, plan=plan),
        items=tuple(items),
        bom=tuple(bom),
        suppliers=_suppliers(draw),
        sources=tuple(sources),
        stock=tuple(Stock(item_id=row.item_id, on_hand=draw.real(0, 150)) for row in items),
        open_orders=None if draw.chance(0.3) else _open_orders(draw, sources),
        markets=_markets(draw),
        demand=_demand(draw, items),
        exchange=(Exchange(currency="EUR", date=START, units_per_case_currency=0.9),),
        disruptions=_disruptions(draw, sources),
        restrictions=_restrictions(draw),
        scopes=(
            Scope(restriction_id="LISTED", table="sources", column="origin_country", value="US"),
            Scope(restriction_id="REDUCED", table="suppliers", column="supplier_id", value="S0"),
            Scope(restriction_id="BANNED", table="markets", column="market_id", value="ABROAD"),
        ),
        cash=(CashLimit(from_date=START, limit=1e5, opening_cash=1e4, fixed_cost_per_week=10.0),),
    )


def _items(draw: Draws) -> tuple[list[Item], list[BomLine]]:
    parts = [f"PART{k}" for k in range(draw.whole(2, 4))]
    assemblies = [f"ASSEMBLY{k}" for k in range(draw.whole(0, 2))]
    products = [f"PRODUCT{k}" for k in range(draw.whole(1, 2))]
    cost = {name: draw.real(1, 10) for name in parts}
    items = [Item(item_id=name, kind="part", unit_cost=cost[name]) for name in parts]
    bom = []
    for name in assemblies + products:
        below = parts + [other for other in assemblies if other < name and name in assemblies]
        below += assemblies if name in products else []
        chosen = {below[k]: draw.real(0.5, 2) for k in draw.some(list(range(len(below))), 1, 3)}
        bom += [
            BomLine(parent_id=name, child_id=child, quantity=quantity) for child, quantity in chosen.items()
        ]
        cost[name] = sum(cost[child] * quantity for child, quantity in chosen.items()) + draw.real(0, 3)
        items.append(
            Item(
                item_id=name,
                kind="product" if name in products else "assembly",
                unit_cost=cost[name],
                make_weeks=draw.real(0, 2.5),
                capacity_per_week=draw.real(30, 90) if draw.chance(0.3) else None,
                write_down_share=draw.real(0, 0.5),
            )
        )
    used = {line.child_id for line in bom}
    kept = [row for row in items if row.kind == "product" or row.item_id in used]
    unused = {row.item_id for row in items} - {row.item_id for row in kept}
    if draw.chance(0.5):
        kept.append(Item(item_id="RESALE", kind="product", unit_cost=draw.real(5, 20)))
    return kept, [line for line in bom if line.parent_id not in unused]


def _suppliers(draw: Draws) -> tuple[Supplier, ...]:
    return (
        Supplier(
            supplier_id="S0",
            name="First",
            output_share_after=0.3,
            output_delay_weeks=draw.real(0, 4),
            capacity_per_week=Draws([draw.whole(0, 10**6), 9]).real(20, 120) if draw.chance(0.4) else None,
        ),
        Supplier(supplier_id="S1", name="Second"),
    )


def _sources(draw: Draws, items: list[Item]) -> list[Source]:
    sources = []
    for item in items:
        bought = item.kind == "part" or item.item_id == "RESALE"
        for rank in range(draw.whole(1, 3) if bought else 0):
            alternative = rank > 0 and draw.chance(0.7)
            weeks = draw.real(2, 10)
            sources.append(
                Source(
                    source_id=f"{item.item_id}-{rank}",
                    item_id=item.item_id,
                    supplier_id=f"S{draw.whole(0, 1)}",
                    unit_price=item.unit_cost * draw.real(0.9, 1.3),
                    currency="EUR" if draw.chance(0.2) else "",
                    lead_time_weeks=draw.real(0, 5),
                    status="alternative" if alternative else "qualified",
                    capacity_per_week=draw.real(30, 120) if draw.chance(0.4) else None,
                    minimum_order=draw.real(5, 40) if draw.chance(0.3) else 0.0,
                    order_multiple=draw.real(2, 15) if draw.chance(0.3) else None,
                    order_cost=draw.real(0, 20),
                    payment_days=draw.real(-30, 60),
                    origin_country=COUNTRIES[draw.whole(0, 2)],
                    switch_cost=draw.real(10, 100) if alternative else 0.0,
                    switch_weeks_p10=weeks * 0.6 if alternative else None,
                    switch_weeks_p50=weeks if alternative else None,
                    switch_weeks_p90=weeks * 1.8 if alternative else None,
                    ramp_weeks=draw.real(0, 3) if alternative else 0.0,
                )
            )
    return [_spread(Draws([draw.whole(0, 10**6), 8]), source) for source in sources]


def _spread(draw: Draws, source: Source) -> Source:
    """The source with a lead time and a yield that vary."""
    return replace(
        source,
        lead_time_sd_weeks=draw.real(0.1, 3) if draw.chance(0.3) else 0.0,
        yield_mean=draw.real(0.6, 0.95) if draw.chance(0.3) else 1.0,
        yield_sd=draw.real(0, 0.2) if draw.chance(0.3) else 0.0,
        capacity_use=draw.real(0.3, 2) if draw.chance(0.5) else 1.0,
    )


def _open_orders(draw: Draws, sources: list[Source]) -> tuple[OpenOrder, ...]:
    rows = []
    for source in sources:
        for _ in range(draw.whole(0, 2) if source.status == "qualified" else 0):
            arrival = START + timedelta(days=draw.whole(0, 40))
            rows.append(
                OpenOrder(
                    source_id=source.source_id,
                    quantity=draw.real(5, 60),
                    arrival_date=arrival,
                    shipped=draw.chance(0.4),
                    cancellable=draw.chance(0.5),
                )
            )
    return tuple(rows)


def _markets(draw: Draws) -> tuple[Market, ...]:
    return (
        Market(market_id="HOME", country="DE", currency="USD", receivable_days=draw.real(0, 60)),
        Market(
            market_id="ABROAD",
            country="TR",
            currency="EUR",
            unmet="backorder",
            backorder_cost_per_unit_week=draw.real(0, 1),
            priority=draw.real(0.5, 2),
        ),
    )


def _demand(draw: Draws, items: list[Item]) -> tuple[Demand, ...]:
    rows = []
    for item in items:
        if item.kind == "product":
            for market in ("HOME", "ABROAD")[: draw.whole(1, 2)]:
                price = item.unit_cost * draw.real(1.3, 2.5)
                for from_date in (START, START + timedelta(weeks=draw.whole(3, 12))):
                    rows.append(
                        Demand(
                            product_id=item.item_id,
                            market_id=market,
                            from_date=from_date,
                            units_per_week=draw.real(3, 25),
                            unit_price=price,
                            sd_share=0.2,
                        )
                    )
    return tuple(rows)


def _disruptions(draw: Draws, sources: list[Source]) -> tuple[Disruption, ...]:
    return tuple(
        Disruption(source_id=row.source_id, kind="order", fail_per_week=0.1, recover_per_week=0.5)
        for row in sources
        if draw.chance(0.3)
    )


def _restrictions(draw: Draws) -> tuple[Restriction, ...]:
    weeks = draw.real(4, 15)
    return (
        Restriction(
            restriction_id="LISTED",
            effect="closes_sources",
            hazard_per_year=4.0,
            notice_weeks=draw.real(0, 4),
            savings_weeks=draw.real(0, 4) if draw.chance(0.5) else None,
            grace_weeks=draw.real(0, 5),
            grace_scope="prior_rules",
            licence_share=draw.real(0, 0.4) if draw.chance(0.3) else 0.0,
            relief_probability=draw.real(0, 1),
            relief_weeks_p10=weeks * 0.5,
            relief_weeks_p50=weeks,
            relief_weeks_p90=weeks * 2,
            price_multiplier_after=draw.real(1, 1.5),
            lead_time_multiplier_after=draw.real(1, 1.5),
        ),
        Restriction(
            restriction_id="REDUCED",
            effect="reduces_supplier",
            triggered_by="LISTED",
            trigger_probability=0.6,
            in_transit="stopped" if draw.chance(0.5) else "released",
        ),
        Restriction(restriction_id="BANNED", effect="closes_markets", hazard_per_year=1.0),
    )
