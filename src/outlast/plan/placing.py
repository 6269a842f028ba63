"""Purchases of a plan that were placed. In: a plan, a case, which purchases. Out: rows of open_orders.
One reason to exist: what was ordered counts as ordered from next week on, once, and under a name that
leads back to the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from outlast.errors import UsageError
from outlast.intake.append import append_rows
from outlast.intake.replacement import replace_files
from outlast.network.compare import compare_networks
from outlast.network.declarations import propose_nearest
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.plan.answer import Call, PlanAnswer, PurchaseLine
from outlast.plan.inputs import read_inputs
from outlast.plan.previous import PLAN
from outlast.plan.saved import read_answer

TABLE = "open_orders"
ASSUMED = "assumed pipeline"
"""Name of orders that were assumed so far."""


@dataclass(frozen=True)
class Chosen:
    """Which purchases were placed."""

    due: bool = False
    """Orders that fall into the first week of the plan."""
    every: bool = False
    items: tuple[str, ...] = ()
    purchases: tuple[str, ...] = ()
    """By name or by number."""


@dataclass(frozen=True)
class Placed:
    """What was marked."""

    orders: tuple[tuple[PurchaseLine, Call], ...]
    before: tuple[str, ...]
    """Names of orders that had been marked before and were passed by."""
    assumed: int
    """Orders that were assumed so far and are written out now."""
    changed: tuple[str, ...]
    """Tables of the case that changed since the plan was made, open orders left out; files where the plan did
    not keep its own."""
    path: Path
    plan_id: str


def mark_placed(
    plan: Path, case: Path, network: Network, chosen: Chosen, *, pipeline: bool = False
) -> Placed:
    """Adds the orders of purchases to a case; all of them, or none.

    Args:
        plan: folder of a plan, or its plan.json.
        case: folder of the case.
        network: that case.
        chosen: which purchases.
        pipeline: write out the orders that are assumed where the case lists none.

    Raises:
        UsageError: nothing is chosen, a purchase is not known or was marked before, or the case cannot
            take the rows.
    """
    file = plan / PLAN if plan.is_dir() else plan
    if not file.is_file():
        raise UsageError(f"{plan} holds no {PLAN}: name the folder that outlast plan wrote")
    answer = read_answer(file)
    if answer.what_if:
        raise UsageError(f"{plan} is a what-if plan: nothing of it can have been placed")
    orders = choose_orders(answer, chosen)
    _refuse_strangers(orders, network)
    named = {row.order_id for row in network.open_orders or ()}
    again = [call.order_id for _, call in orders if call.order_id in named]
    if again and (chosen.purchases or len(again) == len(orders)):
        raise UsageError(f"marked as placed before: {', '.join(again)}; nothing was written")
    fresh = tuple((line, call) for line, call in orders if call.order_id not in named)
    assumed = _assumed_rows(network, pipeline)
    path, content = append_rows(case, TABLE, [*assumed, *_order_rows(fresh)])
    replace_files({path: content})
    changed = _list_changes(answer, file.parent, network)
    return Placed(fresh, tuple(again), len(assumed), changed, path, answer.plan_id)


def _list_changes(answer: PlanAnswer, folder: Path, network: Network) -> tuple[str, ...]:
    """What changed since the plan was made. Of a file that is another one the content counts: orders placed
    before change the file of a workbook, and a case may have been converted or renamed."""
    files = tuple(
        name
        for name, digest in sorted(answer.provenance.hashes.items())
        if network.hashes.get(name) != digest and not name.startswith(TABLE)
    )
    planned = read_inputs(folder, answer.summary.start) if files else None
    if planned is None:
        return files
    now = replace(network, settings=replace(network.settings, start=answer.summary.start))
    return tuple(change.table for change in compare_networks(planned, now) if change.table != TABLE)


def choose_orders(answer: PlanAnswer, chosen: Chosen) -> tuple[tuple[PurchaseLine, Call], ...]:
    """The orders that are meant, and their purchases, in the order of the plan.

    Raises:
        UsageError: none is meant, or one is not known.
    """
    if not (chosen.due or chosen.every or chosen.items or chosen.purchases):
        raise UsageError("say which purchases were placed: --due, --all, --item or --purchase")
    names = {_find_name(answer, text) for text in chosen.purchases}
    items = {line.item_id for line in answer.purchases}
    for item in chosen.items:
        if item not in items:
            raise UsageError(f"the plan buys no {item}. {propose_nearest(item, items)}".strip())
    soon = answer.summary.start + timedelta(days=7)
    orders = tuple(
        (line, call)
        for line in answer.purchases
        for call in line.calls
        if chosen.every
        or (chosen.due and call.order_date < soon)
        or line.item_id in chosen.items
        or names & {line.purchase_id, call.order_id}
    )
    if not orders:
        raise UsageError("none of the plan's purchases is meant by that; nothing was written")
    return orders


def _find_name(answer: PlanAnswer, text: str) -> str:
    """The purchase (or one order of it) of a name, or the purchase of a number in the plan."""
    names = [line.purchase_id for line in answer.purchases]
    if text in names or any(text == call.order_id for line in answer.purchases for call in line.calls):
        return text
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= len(names):
        return names[int(text[:9]) - 1]
    hint = propose_nearest(text, names) or f"It has {len(names)}, numbered from 1."
    raise UsageError(f"the plan has no purchase {text}. {hint}")


def _refuse_strangers(orders: Sequence[tuple[PurchaseLine, Call]], network: Network) -> None:
    unknown = sorted({line.source_id for line, _ in orders} - set(network.source))
    if unknown:
        raise UsageError(f"the case has no source {', '.join(unknown)}: is it the one that was planned?")


def _order_rows(orders: Sequence[tuple[PurchaseLine, Call]]) -> Iterator[dict[str, Any]]:
    for line, call in orders:
        yield {
            "source_id": line.source_id,
            "quantity": call.quantity,
            "arrival_date": call.arrival_date,
            "shipped": False,
            "order_id": call.order_id,
        }


def _assumed_rows(network: Network, pipeline: bool) -> list[dict[str, Any]]:
    """The orders that are assumed where a case lists none.

    Raises:
        UsageError: there are such orders, and nobody asked to write them out.
    """
    if network.open_orders is not None:
        return []
    if not pipeline:
        raise UsageError(
            "the case lists no open orders, so a normal pipeline is assumed; one order listed would replace "
            "all of it. Add open_orders with everything on order first, or use --with-pipeline to write the "
            "assumed orders out"
        )
    arrays = number(network)
    rows = []
    for shipped, amounts in ((True, arrays.open_shipped), (False, arrays.open_unshipped)):
        for week, source in zip(*amounts.nonzero(), strict=True):
            rows.append(
                {
                    "source_id": arrays.source_ids[source],
                    "quantity": float(amounts[week, source]),
                    "arrival_date": network.calendar.date_of(int(week)),
                    "shipped": shipped,
                    "order_id": ASSUMED,
                }
            )
    return rows
