"""Stock after an event, one family a function: what is there, what comes, what is used or thrown away.
In: `Context` and a tooth. Out: columns and rows. One reason to exist: the algebra of one item's stock
in a tooth, and of what is left at its end (model.md sections 5 and 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem, Tooth
from outlast.optimise.context import Context
from outlast.optimise.ordering import order_weeks
from outlast.optimise.supply import last_arrival, normal_arrivals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def _pipeline(context: Context, tooth: Tooth, item: int) -> list[tuple[float, int, float]]:
    """Build-up on order at the event that still arrives: (week after the event, column, share). A share
    below 0 takes back what counts as stock but is stopped in the very week of its arrival."""
    problem, arrays, r = context.problem, context.problem.arrays, tooth.restriction
    out = []
    for column, source in context.buying(item):
        lead = int(arrays.source_lead[source])
        left = float(arrays.supply_left[r, source])
        kept = last_arrival(arrays, r, source)
        for ordered in range(max(0, tooth.epoch - 1 - lead // arrays.epoch_weeks), tooth.epoch):
            orders = order_weeks(problem, int(source), ordered)
            for arrival in orders + lead - tooth.week:
                if arrival < 0:
                    continue
                share = 1.0 if left >= 1 or arrival < kept else left
                if arrival == 0 and lead > 0:
                    share -= 1.0
                if share != 0:
                    out.append((float(arrival), int(context.trunk.buy[ordered, column]), share / len(orders)))
    return out + _skipped(context, tooth, item)


def _skipped(context: Context, tooth: Tooth, item: int) -> list[tuple[float, int, float]]:
    """Normal orders skipped before the event that would have arrived in its week or later, as `_pipeline`.

    What is run down in a week was not ordered a lead time earlier. Orders placed before the start can't
    be skipped, and those that the event stops are lost either way.
    """
    problem, arrays, r = context.problem, context.problem.arrays, tooth.restriction
    first = arrays.first_source(item)
    if arrays.made[item] or first < 0:
        return []
    lead = int(arrays.source_lead[first])
    last = tooth.week + lead
    if arrays.supply_left[r, first] < 1:
        last = min(last, tooth.week + last_arrival(arrays, r, first))
    place, out = int(context.place[item]), []
    for epoch in range(tooth.epoch, problem.epochs):
        weeks = problem.skip_weeks(item, epoch)
        share = problem.skip_shares(np.array([item]), weeks)[:, 0]
        column = int(context.trunk.run_down[epoch, place])
        for week in range(max(weeks.start, tooth.week), min(weeks.stop, last)):
            out.append((float(week - tooth.week), column, -float(share[week - weeks.start])))
    return out


def write_refused(
    context: Context, tooth: Tooth, item: int, bounds: Floats, segments: Ints, flow: Ints, known: Floats
) -> None:
    """Of what normal running has on order, no more can be refused than was ordered: orders skipped are not
    there. Where a segment ends inside a week, what is skipped in the week may exceed the order's part of it.

    Args:
        context: look-ups.
        tooth: the event.
        item: a bought item.
        bounds: ends of the segments, the first start included [weeks].
        segments: those in which something is on order, shape (flow).
        flow: columns of what of it is taken, shape (flow).
        known: what is on order if nothing was skipped, shape (flow) [units].
    """
    usage = context.problem.arrays.usage[:, item]
    skipped = [entry for entry in _skipped(context, tooth, item) if entry[0] > 0]
    inside = np.searchsorted(bounds, [week for week, _, _ in skipped], side="right") - 1
    for segment, column, most in zip(segments, flow, known, strict=True):
        mine = [entry for entry, place in zip(skipped, inside, strict=True) if place == segment]
        if mine:
            ordered = sum(float(usage[tooth.week + int(week)]) for week, _, _ in mine)
            row = context.builder.add_rows(-max(ordered - most, 0.0), np.inf, 1)
            context.builder.add_entries(row, column, 1.0)
            for _, skip, share in mine:
                context.builder.add_entries(row, skip, share)


def _never_paid(context: Context, tooth: Tooth, item: int) -> list[tuple[int, float]]:
    """(column, price beyond standard cost of a unit of it) of what the trunk, or normal running, pays for and
    what does not come: build-up that is stopped is not paid, nor are normal orders that were skipped."""
    problem, arrays, r = context.problem, context.problem.arrays, tooth.restriction
    out = [
        (column, share * price_variance_of(arrays, item))
        for _, column, share in _skipped(context, tooth, item)
    ]
    for column, source in context.buying(item):
        left = float(arrays.supply_left[r, source])
        if left >= 1:
            continue
        variance = float(arrays.source_price[source] - arrays.standard_cost[item])
        lead, kept = int(arrays.source_lead[source]), last_arrival(arrays, r, source)
        for ordered in range(max(0, tooth.epoch - 1 - lead // arrays.epoch_weeks), tooth.epoch):
            arrival = order_weeks(problem, int(source), ordered) + lead - tooth.week
            stopped = float(np.mean((arrival >= 0) & (arrival >= kept)))
            out.append((int(context.trunk.buy[ordered, column]), -variance * stopped * (1.0 - left)))
    return out


def write_item(
    context: Context,
    leaf: int,
    tooth: Tooth,
    bounds: Floats,
    item: int,
    place: int,
    sold: Ints,
    made: dict[int, Ints],
    bought: dict[int, list[tuple[Ints, Ints]]],
) -> None:
    """Stock of one item after the event: what is there and what comes, less what is used."""
    problem, builder, arrays = context.problem, context.builder, context.problem.arrays
    n_segment, window, odds = len(bounds) - 1, float(bounds[-1]), tooth.probability
    pipeline = [arrival for arrival in _pipeline(context, tooth, item) if arrival[0] < window]
    arrives = np.searchsorted(bounds, [week for week, _, _ in pipeline], side="right") - 1
    fed = np.zeros(n_segment, dtype=bool)
    fed[arrives] = True
    for active, _ in bought.get(item, []):
        fed[active] = True
    if item in made or arrays.shelf_life[item] < window:
        fed[:] = True
    ends = np.nonzero(np.append(fed[1:], True))[0]
    group = np.searchsorted(ends, np.arange(n_segment))
    hold = arrays.holding_cost[item]
    start, working = _stock_at_event(context, tooth, item), arrays.working_stock[item]
    most = _room(context, place, item, start)
    stock = builder.add_columns("left", ends.shape, upper=most)
    fixed = np.zeros(len(ends))
    fixed[0] = start
    rows = builder.add_rows(fixed, fixed, len(ends))
    builder.add_entries(rows, stock, 1.0)
    builder.add_entries(rows[1:], stock[:-1], -1.0)
    builder.add_entries(rows[0], context.trunk.stock[tooth.epoch, place], -1.0)
    context.leaves.own(leaf, context.trunk.stock[tooth.epoch, place], hold * window)
    context.leaves.constant[leaf] += hold * (window * (start - working) - _early(context, tooth.week, item))
    for (week, column, share), segment in zip(pipeline, arrives, strict=True):
        builder.add_entries(rows[group[segment]], column, -share)
        context.leaves.own(leaf, column, share * hold * (window - week))
    for column, money in _never_paid(context, tooth, item):
        context.leaves.own(leaf, column, money)
    for active, flow in bought.get(item, []):
        builder.add_entries(rows[group[active]], flow, -1.0)
    if item in made:
        builder.add_entries(rows, made[item], -1.0)
    for parent, columns in made.items():
        child, quantity = context.inside[parent]
        for amount in quantity[child == place]:
            builder.add_entries(rows[group], columns, amount)
    back = supplied_again(problem, tooth, item)
    if working > 0 and back < window:
        # Working stock is put aside once supply is back; what of it was used is bought back then.
        again = 0.0 if arrays.made[item] else price_variance_of(arrays, item)
        cost = hold * (window - back) + again
        aside = builder.add_columns("aside", (1,), upper=working, cost=-odds * cost)
        segment = int(np.searchsorted(bounds, back + 1e-6)) - 1
        builder.add_entries(rows[group[segment]], aside, 1.0)
        context.leaves.constant[leaf] += cost * working
        working = 0.0
    if arrays.shelf_life[item] < window:
        flows = [*bought.get(item, []), *([(np.arange(n_segment), made[item])] if item in made else [])]
        _write_expiry(context, tooth, bounds, _Shelf(item, rows, stock, most, flows, pipeline))
    own = np.nonzero(arrays.line_product[problem.lines] == item)[0]
    for line in own:
        builder.add_entries(rows[group], sold[line], 1.0)
    if context.end_loss[item] > 0:
        excess = builder.add_columns("excess", (1,), upper=most, cost=odds * context.end_loss[item])
        row = builder.add_rows(-working, np.inf, 1)
        builder.add_entries(row, excess, 1.0)
        builder.add_entries(row, stock[-1:], -1.0)
    if not arrays.made[item]:
        variance = float(price_variance_of(arrays, item))
        context.leaves.constant[leaf] -= variance * _bought_as_usual(context, tooth, item, int(window))


def _bought_as_usual(context: Context, tooth: Tooth, item: int, window: int) -> float:
    """What the first source brings in the window in normal running, after what is there at the event."""
    arrays = context.problem.arrays
    first = arrays.first_source(item)
    if first < 0:
        return 0.0
    come = normal_arrivals(arrays, item, first, tooth.week)[:window]
    there = arrays.source_lead[first] > 0 and not _stopped_at_once(arrays, tooth.restriction, first)
    counted = (
        context.opening.coming[tooth.week, item] if arrays.supply_left[tooth.restriction, first] >= 1 else 0.0
    )
    return float(come[1 if there else 0 :].sum() - counted)


def _early(context: Context, week: int, item: int) -> float:
    """Stock above working stock that normal running holds at the ends of the weeks from an event on, before
    what it orders can arrive [units x weeks]; the company without the event holds it as well."""
    arrays = context.problem.arrays
    first = arrays.first_source(item)
    weeks = slice(week, int(arrays.source_lead[first]) if first >= 0 else week)
    held = context.opening.on_hand[weeks, item] - arrays.usage[weeks, item] - arrays.working_stock[item]
    return float(held.sum())


def _room(context: Context, place: int, item: int, start: float) -> float:
    """A bound on stock after an event that no plan reaches, lots larger than any need included [units]."""
    arrays = context.problem.arrays
    mine = slice(arrays.source_ptr[item], arrays.source_ptr[item + 1])
    lots = np.maximum(arrays.source_minimum[mine], arrays.source_multiple[mine]).sum()
    need = float(context.most[place]) + abs(start) + float(context.usage_total[-1, item])
    return 10.0 * (need + context.problem.epochs * float(lots))


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Stock of an item after an event, one row and column a segment, and what flows into it."""

    item: int
    rows: Ints
    stock: Ints
    most: float
    flows: list[tuple[Ints, Ints]]
    """(segments, columns)."""
    pipeline: list[tuple[float, int, float]]
    """(week after the event, column, share)."""


def _write_expiry(context: Context, tooth: Tooth, bounds: Floats, shelf: _Shelf) -> None:
    """What is left after a segment came within the shelf life before; the rest is thrown away.

    The oldest is used first, and what is there at the event counts as fresh, so the loss is never
    over-estimated. Source: Nahmias (1982), Operations Research 30, section 1.
    """
    builder, arrays = context.builder, context.problem.arrays
    life, ends = float(arrays.shelf_life[shelf.item]), bounds[1:]
    late = np.nonzero(ends >= life)[0]
    worth = arrays.standard_cost[shelf.item] - arrays.holding_cost[shelf.item] * (bounds[-1] - ends[late])
    cost = tooth.probability * np.maximum(worth, 0.0)
    thrown = builder.add_columns("thrown", late.shape, upper=shelf.most, cost=cost)
    builder.add_entries(shelf.rows[late], thrown, 1.0)
    fresh = builder.add_rows(-np.inf, 0.0, len(late))
    builder.add_entries(fresh, shelf.stock[late], 1.0)
    for active, flow in shelf.flows:
        young = (ends[active] > (ends[late] - life)[:, None]) & (active <= late[:, None])
        row, column = np.nonzero(young)
        builder.add_entries(fresh[row], flow[column], -1.0)
    # Orders that were skipped are not taken off what is fresh: it could come to less than nothing.
    for week, arrival, share in (coming for coming in shelf.pipeline if coming[2] > 0):
        builder.add_entries(fresh[(week >= ends[late] - life) & (week < ends[late])], arrival, -share)


def supplied_again(problem: CombProblem, tooth: Tooth, item: int) -> float:
    """Weeks after the event until an item is supplied as usual, inf if never; alternatives left out.

    Bought: its first source is not closed, or open again. Made: all that it is made of is there.
    """
    arrays, r = problem.arrays, tooth.restriction
    if arrays.made[item]:
        rows = slice(arrays.explosion_ptr[item], arrays.explosion_ptr[item + 1])
        inside = [int(child) for child in arrays.explosion_item[rows] if not arrays.made[child]]
        return max((supplied_again(problem, tooth, child) for child in inside), default=0.0)
    first = arrays.first_source(item)
    if first < 0:
        return np.inf
    if arrays.supply_left[r, first] >= 1:
        return 0.0
    effective = max(int(arrays.notice_weeks[r]), 0)
    return effective + float(problem.relief_weeks[tooth.draw, r]) + int(arrays.source_lead[first])


def price_variance_of(arrays: NetworkArrays, item: int) -> float:
    """First source's price less standard cost of a bought item [money/unit]."""
    first = arrays.first_source(item)
    return float(arrays.source_price[first] - arrays.standard_cost[item]) if first >= 0 else 0.0


def _stock_at_event(context: Context, tooth: Tooth, item: int) -> float:
    """Normal stock at the event, arrivals of the week included unless the act stops them.

    With protective stock it is never below 0: what was short before is lost or owed without an event too.
    """
    arrays, r = context.problem.arrays, tooth.restriction
    stock = float(context.opening.on_hand[tooth.week, item])
    first = arrays.first_source(item)
    if first < 0 or arrays.supply_left[r, first] >= 1:
        # Goods on order beyond what is needed come as well; they count from the event on.
        return stock + float(context.opening.coming[tooth.week, item])
    if not _stopped_at_once(arrays, r, first):
        return stock
    stock -= float(arrays.open_shipped[tooth.week, first] + arrays.open_unshipped[tooth.week, first])
    if tooth.week >= arrays.source_lead[first]:
        stock -= float(arrays.usage[tooth.week, item])
    return max(stock, -float(context.opening.missing[tooth.week, item]))


def _stopped_at_once(arrays: NetworkArrays, r: int, source: int) -> bool:
    """What arrives from a source in the week of the event is stopped."""
    if arrays.supply_left[r, source] >= 1 or arrays.in_transit_released[r]:
        return False
    closed = arrays.notice_weeks[r] + arrays.grace_weeks[r] + arrays.supply_delay[r, source]
    return bool(closed <= 0 and arrays.source_lead[source] > 0)


def write_no_event(context: Context) -> None:
    """The leaf without an event: what is left at the horizon above working stock is written down."""
    problem, arrays = context.problem, context.problem.arrays
    leaf = len(problem.teeth)
    context.leaves.own(leaf, context.trunk.stock[-1], context.end_loss[problem.items])
    context.leaves.constant[leaf] -= context.eaten[arrays.horizon_weeks]
