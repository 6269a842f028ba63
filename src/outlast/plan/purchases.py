"""The orders to place. In: a `Story`. Out: `PurchaseLine`s.
One reason to exist: what a buyer orders, in the supplier's unit and at the price that the order reaches,
is what the plan simulates and pays for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from outlast.network.network import Network
from outlast.network.pricing import cheaper_order, order_money
from outlast.plan.answer import Call, PurchaseLine
from outlast.plan.explain import Story, buildup_reason, stop_ranks
from outlast.plan.overrides import hand_words
from outlast.plan.replenishment import replenishment
from outlast.plan.schedule import Order
from outlast.provenance import Provenance

HINT_SHARE = 0.005
"""What another order has to save, as a share of this one's cost, before a buyer is told."""


def purchase_lines(story: Story) -> tuple[PurchaseLine, ...]:
    """Build-up by date and urgency, then the normal replenishment of the first epoch."""
    ranks = stop_ranks(story)
    weeks = story.arrays.epoch_weeks
    lines = []
    for orders in buildup_by_epoch(story, ranks):
        item = int(story.arrays.source_item[orders[0].source])
        reason = buildup_reason(story, item, ranks)
        if np.isfinite(story.arrays.source_capacity[orders[0].source]):
            reason += f"; called off weekly over {weeks} weeks"
        reason = "; ".join([*hand_words(story.network, story.problem, orders), reason])
        lines.append(_purchase(story, orders, "build-up", reason))
    for calls in replenishment(story):
        reason = f"normal use of the next {weeks} weeks' orders, working stock kept"
        if np.isfinite(story.arrays.source_capacity[calls[0].source]):
            reason += "; called off weekly"
        lines.append(_purchase(story, calls, "replenishment", reason))
    return tuple(lines)


def buildup_by_epoch(story: Story, ranks: dict[int, int]) -> list[list[Order]]:
    """Build-up orders, the weekly calls of an epoch put together; by week of the first, then by how soon the
    item runs out."""
    calls: dict[tuple[int, int], list[Order]] = {}
    for order in sorted(story.schedule.orders, key=lambda o: o.week):
        calls.setdefault((order.source, order.week // story.arrays.epoch_weeks), []).append(order)
    item = story.arrays.source_item
    return sorted(
        calls.values(),
        key=lambda orders: (
            orders[0].week,
            ranks.get(int(item[orders[0].source]), len(ranks)),
            orders[0].source,
        ),
    )


def _purchase(story: Story, orders: Sequence[Order], kind: str, reason: str) -> PurchaseLine:
    """One line for orders of one source."""
    arrays, calendar = story.arrays, story.network.calendar
    source, week = orders[0].source, orders[0].week
    item = int(arrays.source_item[source])
    row = story.network.source[arrays.source_ids[source]]
    home = story.network.item[row.item_id].unit
    quantity = sum(order.quantity for order in orders)
    ordered, unit = quantity * float(arrays.purchase_units[source]), row.purchase_unit or home
    words = [f"ordered as {ordered:,.6g} {unit}"] if abs(ordered - quantity) > 1e-9 * quantity else []
    hint = buyer_hint(story, orders)
    return PurchaseLine(
        item_id=arrays.item_ids[item],
        name=story.name(item),
        source_id=row.source_id,
        supplier=story.supplier(source),
        kind="build-up" if kind == "build-up" else "replenishment",
        order_date=calendar.date_of(week),
        arrival_date=calendar.date_of(week + int(arrays.source_lead[source])),
        quantity=float(quantity),
        cost=sum(
            order_money(arrays, source, order.quantity) + float(arrays.source_order_cost[source])
            for order in orders
        ),
        reason="; ".join([reason, *words, *hint]),
        order_quantity=float(ordered),
        order_unit=unit,
        purchase_id="",
        calls=tuple(
            Call(
                "",
                calendar.date_of(order.week),
                calendar.date_of(order.week + int(arrays.source_lead[source])),
                float(order.quantity),
            )
            for order in orders
        ),
    )


def name_plan(made_from: Provenance, network: Network, purchases: Sequence[PurchaseLine]) -> str:
    """A short name that another plan does not have: of what it was made from and what it buys."""
    facts = [
        *sorted(made_from.hashes.items()),
        *network.what_if,
        (network.settings.start, made_from.seed, made_from.outlast),
        *((line.source_id, line.order_date, line.quantity, line.kind) for line in purchases),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]


def number_purchases(plan_id: str, purchases: Sequence[PurchaseLine]) -> tuple[PurchaseLine, ...]:
    """The same lines, each with a name of its own, and so their orders."""
    out = []
    for place, line in enumerate(purchases, start=1):
        name = f"{plan_id}-{place:03d}"
        names = [name] if len(line.calls) == 1 else [f"{name}.{k + 1}" for k in range(len(line.calls))]
        calls = tuple(replace(call, order_id=one) for call, one in zip(line.calls, names, strict=True))
        out.append(replace(line, purchase_id=name, calls=calls))
    return tuple(out)


def buyer_hint(story: Story, orders: Sequence[Order]) -> list[str]:
    """That other orders would cost less in all: one at a price break, or one in place of weekly calls."""
    arrays, order = story.arrays, orders[0]
    currency = story.network.settings.currency
    if len(orders) > 1:
        calls = sum(order_money(arrays, order.source, call.quantity) for call in orders)
        fees = (len(orders) - 1) * float(arrays.source_order_cost[order.source])
        once = order_money(arrays, order.source, sum(call.quantity for call in orders))
        saved = calls + fees - once
        words = f"placed as one order with weekly calls it costs {currency} {saved:,.2f} less"
        return [words] if saved > HINT_SHARE * calls else []
    better = cheaper_order(arrays, order.source, order.quantity, float(story.lot[order.source]))
    if better is None or better[1] <= HINT_SHARE * order_money(arrays, order.source, order.quantity):
        return []
    size, saved = better
    row = story.network.source[arrays.source_ids[order.source]]
    unit = row.purchase_unit or story.network.item[row.item_id].unit
    size *= float(arrays.purchase_units[order.source])
    return [
        f"an order of {size:,.6g} {unit} reaches a price break and costs {currency} {saved:,.2f} less in all"
    ]
