"""Decisions of people in a plan. In: the table overrides. Out: `ByHand`, kept by whole lots; lines.
One reason to exist: what somebody decided stays, shows, and says what it costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.actions import Override
from outlast.network.arrays import NetworkArrays
from outlast.network.checks.overrides import BUYS, buying_limits
from outlast.network.network import Network
from outlast.optimise.byhand import BuyingLimit, ByHand
from outlast.optimise.comb import CombProblem
from outlast.optimise.master import Master
from outlast.optimise.solve import Solution, solve
from outlast.plan.answer import OverrideLine
from outlast.plan.schedule import Order, Schedule

Floats = NDArray[np.float64]
NEAR = 1e-6
"""Share by which a limit may be missed in floating point."""
MOST_PRICED = 20
"""Overrides whose cost is worked out, each by planning without it."""


def decisions_by_hand(network: Network, arrays: NetworkArrays) -> ByHand:
    """The overrides that have an effect in this plan. Days are widened to the epochs in which they lie."""
    limits, starts, never, items = [], [], [], set()
    number = {source_id: source for source, source_id in enumerate(arrays.source_ids)}
    for row, override in enumerate(network.overrides):
        weeks = _weeks(network, override)
        sources = _sources(network, arrays, override, number)
        if weeks is None or not sources:
            continue
        if override.kind == "start_switch":
            starts.append((row, sources[0], weeks[0]))
            items.add(int(arrays.source_item[sources[0]]))
        elif override.kind == "never_switch":
            never.append((row, sources[0]))
        else:
            low, high = buying_limits(override)
            limits.append(BuyingLimit(row, _cells(arrays, sources, weeks, low > 0), low, high, weeks[0]))
            if low > 0:
                items |= {int(arrays.source_item[source]) for source in sources}
    return ByHand(tuple(limits), tuple(starts), tuple(never), tuple(sorted(items)))


def _weeks(network: Network, override: Override) -> tuple[int, int] | None:
    """First and last week of an override within the horizon; None where it lies outside."""
    calendar = network.calendar
    first = 0 if override.from_date is None else calendar.week_of(override.from_date)
    last = calendar.horizon_weeks - 1
    if override.to_date is not None:
        last = min(last, calendar.week_of(override.to_date))
    if last < 0 or first >= calendar.horizon_weeks:
        return None
    return max(first, 0), last


def _sources(
    network: Network, arrays: NetworkArrays, override: Override, number: dict[str, int]
) -> list[int]:
    """Sources of the plan that an override is about."""
    if override.source_id:
        return [number[override.source_id]] if override.source_id in number else []
    named = [row.source_id for row in network.sources if row.item_id == override.item_id]
    found = [number[source_id] for source_id in named if source_id in number]
    return [source for source in found if arrays.source_qualified[source]]


def _cells(
    arrays: NetworkArrays, sources: Sequence[int], weeks: tuple[int, int], asked: bool
) -> tuple[tuple[int, int], ...]:
    """(source, epoch) in which orders fall into these weeks. Where none does and something is `asked` for,
    the epoch of the first week, in which it is then ordered."""
    cells = []
    span = arrays.epoch_weeks
    for source in sources:
        first, last = weeks[0] // span, weeks[1] // span
        if not np.isfinite(arrays.source_capacity[source]):
            # Ordered at the start of an epoch only.
            begins = -(-weeks[0] // span)
            first = begins if begins <= last or not asked else first
        cells += [(source, epoch) for epoch in range(first, last + 1)]
    return tuple(cells)


def spare_room(problem: CombProblem, lot: Floats) -> Floats:
    """What each limit may be missed by while lots are not whole yet [units], shape (limit)."""
    minimum = problem.arrays.source_minimum
    return np.array(
        [
            sum(2 * float(lot[s]) + float(minimum[s]) for s in {s for s, _ in limit.cells})
            for limit in problem.by_hand.limits
        ]
    )


def settle_orders(
    problem: CombProblem, orders: Iterable[Order], lot: Floats, *, source: int | None = None
) -> list[Order]:
    """Orders after rounding, made to keep to what is decided by hand.

    What is bought exactly is bought to the unit, lot or not; at least is rounded up to lots, at most down.

    Args:
        problem: the comb tree.
        orders: of whole lots.
        lot: smallest step between two orders of each source [units].
        source: only limits of this source alone; default: all.
    """
    kept = list(orders)
    for limit in problem.by_hand.limits:
        sources = {s for s, _ in limit.cells}
        if source is None or sources == {source}:
            kept = _settle(problem, kept, limit, lot)
    return kept


def _settle(problem: CombProblem, orders: list[Order], limit: BuyingLimit, lot: Floats) -> list[Order]:
    arrays, cells = problem.arrays, set(limit.cells)
    inside = [o for o in orders if (o.source, o.week // arrays.epoch_weeks) in cells]
    others = [o for o in orders if (o.source, o.week // arrays.epoch_weeks) not in cells]
    inside = [replace(o, week=max(o.week, limit.first_week)) for o in inside]
    exact = limit.low == limit.high
    excess = sum(o.quantity for o in inside) - limit.high
    while inside and excess > NEAR * (1 + limit.high):
        last = inside.pop()
        left = _cut(arrays, last, excess, 0.0 if exact else float(lot[last.source]))
        excess -= last.quantity - left
        if left > 0:
            inside.append(replace(last, quantity=left))
            break
    missing = limit.low - sum(o.quantity for o in inside)
    if missing > NEAR * (1 + limit.low):
        place = inside.pop() if inside else _first_order(arrays, limit)
        step = 0.0 if exact else float(lot[place.source])
        more = math.ceil(missing / step - NEAR) * step if step > 0 else missing
        quantity = place.quantity + more
        least = 0.0 if exact else float(arrays.source_minimum[place.source])
        inside.append(replace(place, quantity=max(quantity, least)))
    return others + inside


def _cut(arrays: NetworkArrays, order: Order, excess: float, step: float) -> float:
    """What is left of an order after cutting `excess`, in whole steps; 0 below the smallest order."""
    left = max(order.quantity - excess, 0.0)
    if step > 0:
        left = math.floor(left / step + NEAR) * step
        if left < float(arrays.source_minimum[order.source]) * (1 - NEAR):
            return 0.0
    return left


def _first_order(arrays: NetworkArrays, limit: BuyingLimit) -> Order:
    """An empty order where a limit asks for one: its first epoch, from the source that is ordered first."""
    source, epoch = min(limit.cells, key=lambda cell: (cell[1], cell[0]))
    return Order(source, max(epoch * arrays.epoch_weeks, limit.first_week), 0.0)


def is_held(problem: CombProblem, order: Order) -> bool:
    """Whether an order serves a decision by hand to buy."""
    cell = (order.source, order.week // problem.arrays.epoch_weeks)
    return any(limit.low > 0 and cell in limit.cells for limit in problem.by_hand.limits)


def amount_in(problem: CombProblem, schedule: Schedule, limit: BuyingLimit) -> float:
    """What a schedule buys within a limit [units]."""
    cells, weeks = set(limit.cells), problem.arrays.epoch_weeks
    return sum(o.quantity for o in schedule.orders if (o.source, o.week // weeks) in cells)


def broken_by_hand(network: Network, problem: CombProblem, schedule: Schedule) -> list[str]:
    """Decisions by hand that whole lots or cash keep a schedule from, in words."""
    names = []
    for limit in problem.by_hand.limits:
        amount = amount_in(problem, schedule, limit)
        slack = NEAR * (1 + limit.low)
        if not limit.low - slack <= amount <= limit.high + slack:
            names.append(name_override(network, limit.row))
    return names


def name_override(network: Network, row: int) -> str:
    """An override in words."""
    override = network.overrides[row]
    what = override.source_id or override.item_id
    quantity = "" if override.quantity is None else f" {override.quantity:,.10g}"
    return f"row {row + 1} of overrides ({override.kind} {what}{quantity})"


def all_by_hand(network: Network, problem: CombProblem) -> list[str]:
    """Every decision by hand in words, and what else may hold a plan back."""
    by_hand = problem.by_hand
    rows = [limit.row for limit in by_hand.limits] + [row for row, *_ in (*by_hand.starts, *by_hand.never)]
    what = "the cash limits, what sources can deliver within the horizon, shelf life and storage"
    return [*(name_override(network, row) for row in sorted(rows)), what]


def override_lines(
    network: Network,
    problem: CombProblem,
    schedule: Schedule,
    master: Master | None,
    best: Solution,
    progress: Callable[[str], None],
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[OverrideLine, ...]:
    """Every override, what became of it, and what keeping to it costs, unless `stopped`."""
    kept = {limit.row: _words(problem, schedule, limit) for limit in problem.by_hand.limits}
    for row, _, week in problem.by_hand.starts:
        kept[row] = f"the switch starts on {network.calendar.date_of(week)}"
    kept |= {row: "the switch is not started" for row, _ in problem.by_hand.never}
    lines: list[OverrideLine] = []
    for row, override in enumerate(network.overrides):
        cost = None
        if master is not None and row in kept and len(lines) < MOST_PRICED and not stopped():
            progress(f"working out what {name_override(network, row)} costs")
            free = solve(problem, master=master, without=[row], gap=1e-3)
            cost = max(free.objective - best.objective, 0.0)
        lines.append(
            OverrideLine(
                row + 1,
                override.kind,
                override.source_id,
                override.item_id,
                override.from_date,
                override.to_date,
                override.quantity,
                override.reason,
                override.author,
                override.set_on,
                kept.get(
                    row, "no effect in this plan: its days are over, not yet planned, or nothing is bought"
                ),
                cost,
            )
        )
    return tuple(lines)


def _words(problem: CombProblem, schedule: Schedule, limit: BuyingLimit) -> str:
    amount = amount_in(problem, schedule, limit)
    return f"{amount:,.10g} bought in these days" if amount > 0 else "nothing bought in these days"


def hand_words(network: Network, problem: CombProblem, orders: Sequence[Order]) -> list[str]:
    """That orders are set by hand, by whom and why."""
    span = problem.arrays.epoch_weeks
    cells = {(order.source, order.week // span) for order in orders}
    words = []
    for limit in problem.by_hand.limits:
        override = network.overrides[limit.row]
        if override.kind in BUYS and cells & set(limit.cells):
            what = override.kind.replace("_", " ")
            quantity = "" if override.quantity is None else f" {override.quantity:,.10g}"
            why = ", ".join(part for part in (override.reason, override.author) if part)
            words.append(f"set by hand: {what}{quantity}" + (f" ({why})" if why else ""))
    return words
