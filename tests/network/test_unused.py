"""Every column of the case format counts, or is said not to: none is swallowed without a word."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from outlast.errors import CaseError
from outlast.network.actions import CashLimit
from outlast.network.declarations import Declaration, declarations
from outlast.network.demand import Exchange
from outlast.network.items import Item, Stock, Substitution
from outlast.network.network import TABLES, Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import Disruption, OpenOrder, Owner, PriceBreak, Supplier
from outlast.network.watch import WatchHazard, WatchState, WatchTransition
from tests.network.test_numbering import START, camera, source

ELSEWHERE = {
    # words, shown with the results
    "exchange.source",
    "restrictions.authority",
    "restrictions.hazard_low",
    "restrictions.hazard_high",
    "open_orders.order_id",
    "items.name",
    "suppliers.name",
    "watch_states.meaning",
    # keys of a table whose other columns are said to have no effect
    "owners.party_id",
    "owners.owner_name",
    # times to survive count with the supplier's own recovery
    "suppliers.recovery_weeks_p10",
    "suppliers.recovery_weeks_p50",
    "suppliers.recovery_weeks_p90",
}
"""Columns that number no array, and what they are for."""
TABLES_ELSEWHERE = {"evidence", "overrides"}
"""Tables that the plan reads after numbering: grounds, and decisions of people."""

SPECIAL: dict[str, Any] = {
    "items.kind": "assembly",
    "bom.parent_id": "BOARD",
    "bom.valid_from": START + timedelta(days=700),
    "bom.valid_to": START - timedelta(days=700),
    "substitutions.product_id": "SCREW",
    "substitutions.old_child": "SENSOR",
    "substitutions.new_child": "CHIP",
    "sources.status": "alternative",
    "sources.mode": "customer",
    "sources.currency": "USD",
    "sources.start_allowed": "after",
    "sources.purchase_unit": "DZN",
    "sources.pack_size": 24.0,
    "sources.maximum_order": 3.0,
    "sources.yield_mean": 0.7,
    "markets.currency": "USD",
    "stock.expires": START - timedelta(days=9),
    "open_orders.arrival_date": START + timedelta(days=30),
    "exchange.currency": "GBP",
    "exchange.date": START + timedelta(days=1000),
    "restrictions.effect": "reduces_supplier",
    "restrictions.effective_date": START + timedelta(days=70),
    "restrictions.earliest_date": START + timedelta(days=70),
    "restrictions.grace_scope": "maintenance",
    "restrictions.notice_weeks": 5.0,
    "markets.price_elasticity": -0.5,
    "scopes.table": "items",
    "scopes.column": "currency",
    "scopes.value": "DE",
    "scopes.group": "",
}


def rich() -> Network:
    """The camera with a row at least in every table."""
    network = camera()
    redesign = source(
        "C-NEW", "CHIP2", status="alternative", mode="redesign", ramp_weeks=2, switch_cost=5,
        start_allowed="before", switch_weeks_p10=4, switch_weeks_p50=8, switch_weeks_p90=12,
        origin_country="US",
    )  # fmt: skip
    new = Substitution(source_id="C-NEW", product_id="BOARD", old_child="CHIP", new_child="CHIP2", quantity=4)
    both = replace(network.scopes[0], value="EAR", column="eccn", table="items", group="a")
    return replace(
        network,
        items=(*network.items, Item(item_id="CHIP2", kind="part", unit_cost=5)),
        sources=(*network.sources, redesign),
        substitutions=(new,),
        suppliers=(*network.suppliers, Supplier(supplier_id="GAMMA", name="Gamma")),
        owners=(Owner(party_id="ACME", owner_name="Alpha", share=0.5),),
        price_breaks=(PriceBreak(source_id="W", from_quantity=1e4, unit_price=0.3),),
        disruptions=(Disruption(source_id="W", kind="order", fail_per_week=0.1, recover_per_week=0.5),),
        stock=(*network.stock, Stock(item_id="CHIP", on_hand=300)),
        open_orders=(OpenOrder(source_id="S-ACME", quantity=70, arrival_date=START + timedelta(days=14)),),
        exchange=(*network.exchange, Exchange(currency="GBP", date=START, units_per_case_currency=0.85)),
        restrictions=(
            Restriction(
                restriction_id="LISTED", effect="closes_sources", hazard_per_year=0.5, grace_weeks=3,
                grace_scope="prior_rules", relief_probability=0.5,
                relief_weeks_p10=10, relief_weeks_p50=20, relief_weeks_p90=30,
            ),
            Restriction(restriction_id="NEXT", effect="closes_sources", triggered_by="LISTED", grace_weeks=3),
        ),
        scopes=(*network.scopes, both),
        watch_states=(WatchState(state_id="CALM", now=True), WatchState(state_id="TENSE")),
        watch_transitions=(
            WatchTransition(from_state="CALM", to_state="CALM", probability=0.9),
            WatchTransition(from_state="CALM", to_state="TENSE", probability=0.1),
            WatchTransition(from_state="TENSE", to_state="TENSE", probability=1),
        ),
        watch_hazards=(WatchHazard(restriction_id="LISTED", state_id="TENSE", hazard_per_year=2),),
        cash=(CashLimit(from_date=START, limit=900, opening_cash=10, credit_limit=5),),
    )  # fmt: skip


def another(declaration: Declaration, name: str, value: Any) -> Any:
    """A value that differs from what stands there."""
    if name in SPECIAL:
        return SPECIAL[name]
    if declaration.kind == "choice":
        return next(choice for choice in declaration.choices if choice != value)
    if declaration.kind == "true/false":
        return not value
    if declaration.kind == "date":
        return (value or START) + timedelta(days=21)
    if declaration.kind == "text":
        return "ZZ"
    column = declaration.column
    more = 7.0 if value is None else 1.5 * value + 0.25
    return min(more, 0.75 * column.high) if column.high is not None and more > column.high else more


def figures(network: Network) -> dict[str, Any]:
    """Everything that numbering gives but its words, or the words of its refusal."""
    try:
        arrays = number(network)
    except (
        CaseError,
        KeyError,
    ) as refused:  # an effect as well: KeyError where checks refuse an unknown name
        return {"refused": str(refused)}
    return {f.name: getattr(arrays, f.name) for f in fields(arrays) if f.name != "assumptions"}


def differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() != other.keys() or any(
        not np.array_equal(np.asarray(one[name], dtype=object), np.asarray(other[name], dtype=object))
        for name in one
    )


def differ_in_scope(one: Network, other: Network, table: str, column: str, value: Any) -> bool:
    """Whether a restriction that asks for the value tells the two apart."""
    asked = str(value).lower() if value is True else str(value)
    effect = "closes_markets" if table == "markets" else "closes_sources"
    extra: dict[str, Any] = {
        "restrictions": (Restriction(restriction_id="ASKS", effect=effect, hazard_per_year=1),),  # type: ignore[arg-type]
        "scopes": (Scope(restriction_id="ASKS", table=table, column=column, value=asked),),  # type: ignore[arg-type]
        "watch_hazards": (),
    }
    return differ(figures(replace(one, **extra)), figures(replace(other, **extra)))


def changed(network: Network, table: str, column: str, row: int, value: Any) -> Network:
    rows = list(network.table(table))
    rows[row] = replace(rows[row], **{column: value})
    return replace(network, **{table: tuple(rows)})


COLUMNS = [
    (table, name)
    for table, row_type in TABLES.items()
    if table not in TABLES_ELSEWHERE
    for name in declarations(row_type)
    if f"{table}.{name}" not in ELSEWHERE
]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda name: name)
def test_a_column_counts_or_is_said_not_to(table: str, column: str) -> None:
    """Set in any one row, it changes a figure, or does so once a scope asks for it; or the assumptions say
    that it has no effect yet."""
    network = rich()
    declaration = declarations(TABLES[table])[column]
    before = figures(network)
    assert "refused" not in before
    rows = network.table(table)
    assert rows
    said = f"{table}.{column} has no effect yet"
    for row in range(len(rows)):
        value = another(declaration, f"{table}.{column}", getattr(rows[row], column))
        other = changed(network, table, column, row, value)
        if declaration.column.unused:
            assert any(said in line for line in number(other).assumptions)
            assert not differ(before, figures(other)), "it has an effect: take the mark off"
            return
        assert not any(said in line for line in number(network).assumptions)
        if differ(before, figures(other)):
            return
        if table in ("sources", "items", "suppliers", "markets") and differ_in_scope(
            network, other, table, column, value
        ):
            return
        if any(said in line for line in number(other).assumptions):
            return
    pytest.fail(f"{table}.{column} changes nothing and nobody is told: mark it unused, or make it count")


def test_what_is_not_set_is_not_talked_about() -> None:
    assert not any("no effect yet" in line for line in number(camera()).assumptions)


def test_the_rows_are_named() -> None:
    network = camera()
    markets = tuple(replace(row, price_elasticity=-1.5) for row in network.markets)
    assert (
        "markets.price_elasticity has no effect yet: HOME, US."
        in number(replace(network, markets=markets)).assumptions
    )
