"""What changed in a case from one week to the next. In: two networks. Out: `Fact`s in a buyer's words.
One reason to exist: the reasons that a plan gives for its changes are differences of its inputs, less what
the passing of time explains by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.network.declarations import KEYS, REPEATABLE
from outlast.network.items import Stock
from outlast.network.network import Network

Floats = NDArray[np.float64]
NEWS = 0.01
"""Share of what was expected beyond which stock, orders or demand are news."""
FIRST_YEAR = 52
"""Weeks over which demand is compared."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "sources": ("sources", "price_breaks", "disruptions", "exchange"),
    "demand": ("demand", "markets"),
    "restrictions": (
        *("restrictions", "scopes", "suppliers"),
        *("watch_states", "watch_transitions", "watch_hazards"),
    ),
    "items": ("items", "bom", "substitutions"),
    "cash": ("cash",),
    "overrides": ("overrides",),
}
"""Tables that are put back together to see what a change of them does."""


@dataclass(frozen=True)
class Fact:
    """One difference."""

    group: str
    """A key of `GROUPS`, or stock, orders or settings."""
    text: str
    items: frozenset[str] | None
    """Items that it touches; None: all."""

    def touches(self, item_id: str) -> bool:
        """Whether it may have to do with an item."""
        return self.items is None or item_id in self.items


def find_facts(
    before: Network,
    after: Network,
    old: NetworkArrays,
    new: NetworkArrays,
    placed: frozenset[str],
    foreseen: Mapping[str, float] = MappingProxyType({}),
) -> list[Fact]:
    """Everything that changed but the date, and what follows from it.

    Args:
        before: the case of the plan before.
        after: the case now.
        old: `before`, numbered.
        new: `after`, numbered.
        placed: orders of the plan before that are on order now: they are no news.
        foreseen: units of normal replenishment that the plan before expected to be ordered, by source.
    """
    return [
        *_stock_facts(before, after, old, new),
        *_order_facts(before, after, placed, foreseen),
        *_demand_facts(before, after, old, new),
        *(fact for table in _TABLES for fact in _table_facts(table, before, after, new)),
        *_setting_facts(before, after),
    ]


_TABLES = tuple(table for tables in GROUPS.values() for table in tables if table != "demand")


def stock_news(before: Network, after: Network, old: NetworkArrays, new: NetworkArrays) -> dict[str, float]:
    """Units of each item on hand beyond what was there before, less use, plus what was due to arrive."""
    weeks = max(before.calendar.week_of(after.settings.start), 0)
    place = {item_id: item for item, item_id in enumerate(old.item_ids)}
    due = {
        item: float(
            (old.open_shipped[:weeks, _sources_of(old, item)]).sum()
            + (old.open_unshipped[:weeks, _sources_of(old, item)]).sum()
        )
        for item in range(len(old.item_ids))
    }
    news = {}
    for item, item_id in enumerate(new.item_ids):
        if item_id not in place:
            continue
        k = place[item_id]
        used = float(old.usage[: min(weeks, old.n_week), k].sum())
        # Made items are made as they are used.
        arrived = used if old.made[k] else due[k]
        expected = max(float(old.on_hand[k]) - used + arrived, 0.0)
        change = float(new.on_hand[item]) - expected
        if abs(change) > NEWS * max(expected, used / max(weeks, 1), 1e-9):
            news[item_id] = change
    return news


def _sources_of(arrays: NetworkArrays, item: int) -> slice:
    return slice(int(arrays.source_ptr[item]), int(arrays.source_ptr[item + 1]))


def _stock_facts(before: Network, after: Network, old: NetworkArrays, new: NetworkArrays) -> Iterator[Fact]:
    on_hand = dict(zip(new.item_ids, new.on_hand.tolist(), strict=True))
    for item_id, change in stock_news(before, after, old, new).items():
        side = "above" if change > 0 else "below"
        text = (
            f"stock of {item_id} is {on_hand[item_id]:,.6g}: {abs(change):,.6g} {side} what last stock, use "
            "and arrivals come to"
        )
        yield Fact("stock", text, frozenset([item_id]))


def expected_orders(before: Network, after: Network, placed: frozenset[str]) -> tuple[Any, ...] | None:
    """Open orders as they would stand: those of before that are not due yet, and what was placed."""
    if before.open_orders is None or after.open_orders is None:
        return after.open_orders
    start = after.settings.start
    waiting = [row for row in before.open_orders if row.arrival_date >= start]
    return (*waiting, *(row for row in after.open_orders if row.order_id in placed))


def _order_facts(
    before: Network, after: Network, placed: frozenset[str], foreseen: Mapping[str, float]
) -> Iterator[Fact]:
    expected = expected_orders(before, after, placed)
    if (before.open_orders is None) != (after.open_orders is None):
        yield Fact("orders", "open orders are listed now, or are no longer", None)
        return
    totals: dict[str, list[float]] = {}
    dates: dict[str, list[list[tuple[Any, float]]]] = {}
    for side, rows in enumerate((expected or (), after.open_orders or ())):
        for row in rows:
            totals.setdefault(row.source_id, [0.0, 0.0])[side] += row.quantity
            dates.setdefault(row.source_id, [[], []])[side].append((row.arrival_date, row.quantity))
    for source_id, (was, now) in totals.items():
        items = _items_of_source(after, source_id)
        if 0 < now - was <= foreseen.get(source_id, 0.0) * (1 + NEWS):
            continue
        if abs(now - was) > NEWS * max(was, now):
            less = "more" if now > was else "less"
            text = f"{abs(now - was):,.6g} {less} on order from {source_id} than expected"
            yield Fact("orders", text, items)
        elif sorted(dates[source_id][0]) != sorted(dates[source_id][1]):
            yield Fact("orders", f"open orders from {source_id} arrive on other days", items)


def _items_of_source(network: Network, source_id: str) -> frozenset[str]:
    row = network.source.get(source_id)
    return frozenset([row.item_id] if row else [])


def _demand_facts(before: Network, after: Network, old: NetworkArrays, new: NetworkArrays) -> Iterator[Fact]:
    weeks = max(before.calendar.week_of(after.settings.start), 0)

    def sold(arrays: NetworkArrays, first: int) -> dict[str, float]:
        means = arrays.demand[first : first + FIRST_YEAR].mean(axis=0)
        total: dict[str, float] = {}
        for line, product in enumerate(arrays.line_product):
            name = arrays.item_ids[product]
            total[name] = total.get(name, 0.0) + float(means[line])
        return total

    was, now = sold(old, weeks), sold(new, 0)
    for product in sorted(was.keys() | now.keys()):
        a, b = was.get(product, 0.0), now.get(product, 0.0)
        if abs(a - b) > NEWS * max(a, b):
            text = f"demand for {product} {a:,.4g} -> {b:,.4g} a week"
            yield Fact("demand", text, _inside(new, product))


def _inside(arrays: NetworkArrays, product: str) -> frozenset[str]:
    """Everything in a product, itself included."""
    if product not in arrays.item_ids:
        return frozenset([product])
    item = arrays.item_ids.index(product)
    rows = slice(arrays.explosion_ptr[item], arrays.explosion_ptr[item + 1])
    return frozenset([product, *(arrays.item_ids[int(i)] for i in arrays.explosion_item[rows])])


def _table_facts(table: str, before: Network, after: Network, new: NetworkArrays) -> Iterator[Fact]:
    """Rows that are new, gone or changed, column by column."""
    group = next(name for name, tables in GROUPS.items() if table in tables)
    was, now = _keyed(table, before), _keyed(table, after)
    for key in was.keys() | now.keys():
        old, fresh = was.get(key), now.get(key)
        if old == fresh:
            continue
        row = fresh or old
        parts = [getattr(row, column) for column in KEYS[table]]
        name = f"{table} {', '.join(str(part) for part in parts if part not in ('', None))}".strip()
        items = _touched(table, fresh or old, after, new)
        if old is None or fresh is None:
            yield Fact(group, f"{name} is {'new' if old is None else 'gone'}", items)
            continue
        for field in fields(fresh):
            a, b = getattr(old, field.name), getattr(fresh, field.name)
            if a != b and field.name not in ("name", "aliases", "reason", "author", "set_on"):
                yield Fact(group, f"{field.name} of {name}: {_say(a)} -> {_say(b)}", items)


def _keyed(table: str, network: Network) -> dict[tuple[Any, ...], Any]:
    """Rows by their key; all columns are the key where several rows may share one."""
    rows = network.table(table)
    if table in REPEATABLE:
        return {tuple(getattr(row, field.name) for field in fields(row)): row for row in rows}
    keys = KEYS[table] + (("valid_from",) if table == "bom" else ())
    return {tuple(getattr(row, key) for key in keys): row for row in rows}


def _touched(table: str, row: Any, network: Network, arrays: NetworkArrays) -> frozenset[str] | None:
    if table in ("items",):
        return frozenset([row.item_id])
    if table == "bom":
        return frozenset([row.parent_id, row.child_id])
    if table in ("sources", "price_breaks", "disruptions"):
        return _items_of_source(network, row.source_id)
    if table == "overrides":
        return frozenset([row.item_id]) if row.item_id else _items_of_source(network, row.source_id)
    if table == "suppliers":
        return frozenset(s.item_id for s in network.sources if s.supplier_id == row.supplier_id)
    if table in ("restrictions", "scopes", "watch_hazards") and row.restriction_id in arrays.restriction_ids:
        r = arrays.restriction_ids.index(row.restriction_id)
        return frozenset(arrays.item_ids[int(i)] for i in np.nonzero(arrays.hits_item[r])[0])
    return None


def _setting_facts(before: Network, after: Network) -> Iterator[Fact]:
    for holder, prefix in ((("settings",), ""), (("settings", "plan"), "plan.")):
        old, new = before, after
        for name in holder:
            old, new = getattr(old, name), getattr(new, name)
        for field in fields(new):
            a, b = getattr(old, field.name), getattr(new, field.name)
            if field.name in ("name", "start", "plan", "change_cost_share") or a == b:
                continue
            group = "cash" if field.name == "budget" else "settings"
            yield Fact(group, f"case.{prefix}{field.name}: {_say(a)} -> {_say(b)}", None)


def without_news(network: Network, news: Mapping[str, float]) -> Network:
    """The case with stock as use and arrivals alone would have left it; by item, units to take off."""
    left = dict(news)
    rows = []
    for row in network.stock:
        change = left.pop(row.item_id, 0.0)
        on_hand = max(row.on_hand - change, 0.0)
        if change > row.on_hand:
            left[row.item_id] = change - row.on_hand
        rows.append(replace(row, on_hand=on_hand))
    rows += [Stock(item_id=item_id, on_hand=-change) for item_id, change in left.items() if change < 0]
    return replace(network, stock=tuple(rows))


def put_back(
    group: str, before: Network, after: Network, placed: frozenset[str], news: Mapping[str, float]
) -> Network:
    """The case now with one group of figures as before.

    Args:
        group: as in a `Fact`.
        before: the case of the plan before.
        after: the case now.
        placed: orders of the plan before that are on order now.
        news: units of stock that use and arrivals do not explain, by item.
    """
    if group == "stock":
        return without_news(after, news)
    if group == "orders":
        return replace(after, open_orders=expected_orders(before, after, placed))
    settings = after.settings
    if group == "settings":
        plan = replace(
            before.settings.plan,
            budget=settings.plan.budget,
            change_cost_share=settings.plan.change_cost_share,
        )
        return replace(after, settings=replace(before.settings, start=settings.start, plan=plan))
    changed: dict[str, Any] = {table: getattr(before, table) for table in GROUPS[group]}
    if group == "cash":
        budget = before.settings.plan.budget
        changed["settings"] = replace(settings, plan=replace(settings.plan, budget=budget))
    return replace(after, **changed)


def tell_facts(facts: Sequence[Fact], most: int = 40) -> tuple[str, ...]:
    """The facts in words, each once."""
    texts = list(dict.fromkeys(fact.text for fact in facts))
    rest = [f"and {len(texts) - most} more"] if len(texts) > most else []
    return (*texts[:most], *rest)


def _say(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
