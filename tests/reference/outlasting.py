"""Time to survive by linear programs. In: arrays, what is cut. Out: whole weeks.
One reason to exist: `outlast.survive` nets requirements; this asks HiGHS whether any plan meets all
demand, and plays what is due from closing sources week by week, as docs/simulator.md has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from outlast.network.arrays import Floats, NetworkArrays


@dataclass(frozen=True)
class Closure:
    """What a cut does to one source."""

    week: int
    left: float = 0.0
    released: bool = True
    savings: int = 10**6


@dataclass(frozen=True)
class Loss:
    """A cut: sources that close, an item that can't be made, demand that goes away."""

    closures: dict[int, Closure] = field(default_factory=dict)
    stopped: int | None = None
    lead: dict[int, int] = field(default_factory=dict)
    """Lead times of open sources that change [weeks]."""
    closed_lines: tuple[int, ...] = ()
    lines_week: int = 0


def restriction_loss(arrays: NetworkArrays, r: int) -> Loss:
    """A restriction announced in week 0, as the columns of the case have it."""
    week = int(arrays.notice_weeks[r]) + int(arrays.grace_weeks[r])
    closures, lead = {}, {}
    for source, item in enumerate(arrays.source_item):
        if arrays.supply_left[r, source] < 1:
            closures[source] = Closure(
                week=max(0, week) + int(arrays.supply_delay[r, source]),
                left=float(arrays.supply_left[r, source]),
                released=bool(arrays.in_transit_released[r]),
                savings=int(arrays.savings_weeks[r]),
            )
        elif arrays.hits_item[r, item]:
            longer = float(arrays.source_lead[source] * arrays.lead_multiplier[r])
            lead[source] = int(-((-longer + 1e-9) // 1))
    lines = tuple(line for line in range(len(arrays.line_ids)) if arrays.hits_line[r, line])
    return Loss(closures, None, lead, lines, max(0, week))


def supplier_loss(arrays: NetworkArrays, supplier: int) -> Loss:
    """All sources of a supplier close at once; what was shipped arrives."""
    return Loss(
        {s: Closure(0) for s in range(len(arrays.source_ids)) if arrays.source_supplier[s] == supplier}
    )


def item_loss(arrays: NetworkArrays, item: int) -> Loss:
    """All sources of an item close at once, or its making stops."""
    sources = range(arrays.source_ptr[item], arrays.source_ptr[item + 1])
    return Loss({s: Closure(0) for s in sources}, item if arrays.made[item] else None)


def weeks_survived(arrays: NetworkArrays, loss: Loss) -> int:
    """Longest horizon over which some plan meets all demand, by bisection over linear programs."""
    low, high = 0, arrays.window_weeks
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if can_meet(arrays, loss, middle) else (low, middle - 1)
    return low


@dataclass
class _Due:
    """Goods on order."""

    week: int
    quantity: float
    shipped: bool


def due_by_week(arrays: NetworkArrays, source: int, loss: Loss, n_week: int) -> Floats:
    """What arrives of a source without a decision of the plan: open orders, and of one that closes its
    normal orders until then and the licensed share after it [units], shape (week)."""
    orders = []
    for week in range(n_week):
        orders.append(_Due(week, float(arrays.open_shipped[week, source]), True))
        orders.append(_Due(week, float(arrays.open_unshipped[week, source]), False))
    closure = loss.closures.get(source)
    if closure is not None:
        _play_closure(arrays, source, closure, orders, n_week)
    arriving = np.zeros(n_week)
    for order in orders:
        if order.week < n_week:
            arriving[order.week] += order.quantity
    return arriving


def _play_closure(
    arrays: NetworkArrays, source: int, closure: Closure, orders: list[_Due], n_week: int
) -> None:
    """Order normally until the closure, then cancel what it stops; changes `orders`."""
    item, lead = int(arrays.source_item[source]), int(arrays.source_lead[source])
    capacity, ahead = float(arrays.source_capacity[source]), 0.0
    for week in range(n_week):
        if week == closure.week:
            for order in orders:
                if order.week < week:
                    continue
                shipped = order.shipped or order.week < week + arrays.source_transit[source]
                arrives = shipped and closure.released and order.week < week + closure.savings
                order.quantity *= 1.0 if arrives else closure.left
        if not arrays.source_qualified[source]:
            continue
        arrival = week + lead
        if week >= closure.week:
            usual = min(capacity, float(arrays.usage[week, item]))
            orders.append(_Due(arrival, closure.left * usual, False))
        elif arrival < n_week:
            # What was ordered long ahead is not ordered again.
            wanted = _normal_share(arrays, source, arrival)
            ahead += float(arrays.open_shipped[arrival, source] + arrays.open_unshipped[arrival, source])
            ordered = max(0.0, wanted - ahead)
            ahead = max(0.0, ahead - wanted)
            orders.append(_Due(arrival, ordered, False))


def _normal_share(arrays: NetworkArrays, source: int, week: int) -> float:
    """What normal running takes of a source: sources are filled in their order [units]."""
    item = int(arrays.source_item[source])
    wanted = float(arrays.usage[week, item])
    for earlier in range(arrays.source_ptr[item], source):
        if arrays.source_qualified[earlier]:
            wanted = max(0.0, wanted - float(arrays.source_capacity[earlier]))
    return min(wanted, float(arrays.source_capacity[source]))


def can_meet(arrays: NetworkArrays, loss: Loss, weeks: int) -> bool:
    """Whether some plan meets all demand of the first `weeks` weeks: a linear program over orders
    (week, source), starts (week, item) and stock at the end of each week (week, item)."""
    if weeks == 0:
        return True
    n_item, n_source = len(arrays.item_ids), len(arrays.source_ids)
    width = n_source + 2 * n_item
    rows, columns, values, right = [], [], [], []
    upper = np.full((weeks, width), np.inf)
    arriving = np.column_stack(
        [due_by_week(arrays, s, loss, arrays.window_weeks)[:weeks] for s in range(n_source)]
    )

    def put(row: int, week: int, column: int, value: float) -> None:
        rows.append(row)
        columns.append(week * width + column)
        values.append(value)

    for week in range(weeks):
        for source in range(n_source):
            usable = arrays.source_qualified[source] and source not in loss.closures
            upper[week, source] = arrays.source_capacity[source] if usable else 0.0
        for item in range(n_item):
            making = int(arrays.make_weeks[item])
            makes = arrays.made[item] and item != loss.stopped
            upper[week, n_source + item] = arrays.make_capacity[item] if makes else 0.0
            row = week * n_item + item
            given = arrays.on_hand[item] if week == 0 else 0.0
            for source in range(arrays.source_ptr[item], arrays.source_ptr[item + 1]):
                given += arriving[week, source]
                lead = loss.lead.get(source, int(arrays.source_lead[source]))
                if week >= lead:
                    put(row, week - lead, source, 1.0)
            if arrays.made[item] and week < making:
                given += min(arrays.usage[week, item], arrays.make_capacity[item])
            if arrays.made[item] and week >= making:
                put(row, week - making, n_source + item, 1.0)
            for parent in range(n_item):
                for entry in range(arrays.bom_ptr[parent], arrays.bom_ptr[parent + 1]):
                    if arrays.bom_child[entry] == item:
                        put(row, week, n_source + parent, -float(arrays.bom_quantity[entry]))
            if week > 0:
                put(row, week - 1, n_source + n_item + item, 1.0)
            put(row, week, n_source + n_item + item, -1.0)
            wanted = 0.0
            for line in np.flatnonzero(arrays.line_product == item):
                if line not in loss.closed_lines or week < loss.lines_week:
                    wanted += arrays.demand[week, line]
            right.append(wanted - given)
    shape = (weeks * n_item, weeks * width)
    outcome = linprog(
        np.zeros(shape[1]),
        A_eq=coo_array((values, (rows, columns)), shape=shape).tocsr(),
        b_eq=right,
        bounds=np.column_stack([np.zeros(shape[1]), upper.ravel()]),
        method="highs",
    )
    assert outcome.status in (0, 2), outcome.message
    return bool(outcome.status == 0)
