"""The frozen aggregate of a case and its look-ups. In: rows of every table. Out: `Network`.
One reason to exist: everything downstream asks one object what exists.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from outlast.network.actions import CaseSettings, CashLimit, Evidence, Override
from outlast.network.coded import CodedColumn, column_of, distinct_rows
from outlast.network.demand import Demand, Exchange, Market
from outlast.network.items import BomLine, Item, Stock, Substitution
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import Disruption, OpenOrder, Owner, PriceBreak, Source, Supplier
from outlast.network.watch import WatchHazard, WatchState, WatchTransition
from outlast.periods import Calendar

TABLES: Mapping[str, type] = MappingProxyType(
    {
        "items": Item,
        "bom": BomLine,
        "substitutions": Substitution,
        "suppliers": Supplier,
        "owners": Owner,
        "sources": Source,
        "price_breaks": PriceBreak,
        "disruptions": Disruption,
        "stock": Stock,
        "open_orders": OpenOrder,
        "markets": Market,
        "demand": Demand,
        "exchange": Exchange,
        "restrictions": Restriction,
        "scopes": Scope,
        "watch_states": WatchState,
        "watch_transitions": WatchTransition,
        "watch_hazards": WatchHazard,
        "cash": CashLimit,
        "overrides": Override,
        "evidence": Evidence,
    }
)
"""Every table of the case format and the row it holds, in the order of the documentation."""


@dataclass(frozen=True)
class Network:
    """What exists: the rows of each table, in the order of the file."""

    settings: CaseSettings
    items: tuple[Item, ...] = ()
    bom: tuple[BomLine, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    owners: tuple[Owner, ...] = ()
    sources: tuple[Source, ...] = ()
    price_breaks: tuple[PriceBreak, ...] = ()
    disruptions: tuple[Disruption, ...] = ()
    stock: tuple[Stock, ...] = ()
    open_orders: tuple[OpenOrder, ...] | None = None
    """None: the table was not given, and a normal pipeline is assumed."""
    markets: tuple[Market, ...] = ()
    demand: Sequence[Demand] = ()
    """Kept as columns where it was read from files, as it may have millions of rows."""
    exchange: tuple[Exchange, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    scopes: tuple[Scope, ...] = ()
    watch_states: tuple[WatchState, ...] = ()
    watch_transitions: tuple[WatchTransition, ...] = ()
    watch_hazards: tuple[WatchHazard, ...] = ()
    cash: tuple[CashLimit, ...] = ()
    overrides: tuple[Override, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each file that was read."""
    what_if: tuple[str, ...] = ()
    """Changes made to what the files say, in words."""

    @cached_property
    def calendar(self) -> Calendar:
        """Weeks and epochs of the case."""
        plan = self.settings.plan
        return Calendar(self.settings.start, self.settings.horizon_weeks, plan.window_weeks, plan.epoch_weeks)

    @cached_property
    def item(self) -> Mapping[str, Item]:
        """Items by identifier."""
        return {row.item_id: row for row in self.items}

    @cached_property
    def source(self) -> Mapping[str, Source]:
        """Sources by identifier."""
        return {row.source_id: row for row in self.sources}

    @cached_property
    def supplier(self) -> Mapping[str, Supplier]:
        """Suppliers by identifier."""
        return {row.supplier_id: row for row in self.suppliers}

    @cached_property
    def market(self) -> Mapping[str, Market]:
        """Markets by identifier."""
        return {row.market_id: row for row in self.markets}

    @cached_property
    def lines(self) -> tuple[tuple[tuple[str, str], ...], array[int]]:
        """Lines of demand as (product_id, market_id), in the order in which rows first name them; and the
        number of the line of each row of `demand`."""
        columns = [self.column("demand", "product_id"), self.column("demand", "market_id")]
        first, line_of_row = distinct_rows(columns)
        product, market = columns
        return tuple((product[row], market[row]) for row in first), line_of_row

    def column(self, table: str, name: str) -> CodedColumn[Any]:
        """One column of a table, equal values once."""
        return column_of(self.table(table), name)

    def table(self, name: str) -> Sequence[Any]:
        """Rows of a table by its name in the case format."""
        return getattr(self, name) or ()
