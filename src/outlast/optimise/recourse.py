"""Rows of the teeth, one family a function: sales, making, supply and stock after an event.
In: `CombProblem`. Out: `Extensive`, the whole program and where its decisions stand. One reason
to exist: the algebra of what follows an event (model.md sections 5 and 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem, Tooth, base_grid
from outlast.optimise.constraints import (
    Trunk,
    children_at_risk,
    explode,
    most_stock,
    order_weeks,
    price_variance,
    write_trunk,
)
from outlast.optimise.leaves import LeafWriter, Leaves
from outlast.optimise.limits import Limits, write_limits
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.risk import Risk
from outlast.optimise.supply import Opening, Stream, last_arrival, project_opening, tooth_streams

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """Where a tooth stands in the program."""

    rows: slice
    columns: slice
    group: int
    """Teeth of one epoch and restriction form a group: they answer with one cut."""


@dataclass(frozen=True)
class Extensive:
    """The extensive form and its decisions."""

    program: LinearProgram
    trunk: Trunk
    limits: Limits
    trunk_rows: int
    trunk_columns: int
    """Rows and columns of the trunk; they come first."""
    blocks: tuple[Block, ...]
    """The teeth, one block each."""
    leaves: Leaves
    """What each tooth, and the leaf without an event, pays for the trunk."""
    risk: Risk
    """The measure of the loss to be made small. The program itself minimises the mean."""


@dataclass(frozen=True)
class _Context:
    """Look-ups shared by all teeth."""

    problem: CombProblem
    builder: ProgramBuilder
    leaves: LeafWriter
    trunk: Trunk
    opening: Opening
    most: Floats
    """Most protective stock, shape (item at risk) [units]."""
    place: Ints
    """Position among the items at risk, -1 if not at risk; shape (item)."""
    inside: dict[int, tuple[Ints, Floats]]
    """What each made item at risk is made of, see `children_at_risk`."""
    demand_total: Floats
    worth_total: Floats
    usage_total: Floats
    late_total: Floats
    """The part of `usage_total` that markets wait for, which may be made up for later."""
    unit_worth_cut: Floats
    """Price variance of the parts not at risk in one unit of a line's product, shape (line)."""

    def made(self) -> Ints:
        items = self.problem.items
        return items[self.problem.arrays.made[items]]


def write_program(problem: CombProblem) -> Extensive:
    """The whole program: trunk, limits, starts, and a block of rows for every tooth."""
    builder = ProgramBuilder()
    odds = [*(tooth.probability for tooth in problem.teeth), problem.alive(problem.epochs - 1)]
    epochs = [*(tooth.epoch for tooth in problem.teeth), problem.epochs]
    writer = LeafWriter(np.array(odds), np.array(epochs, dtype=np.int64))
    opening = project_opening(problem.arrays)
    trunk = write_trunk(problem, builder, writer, opening)
    limits = write_limits(problem, builder, trunk, opening)
    context = _context(problem, builder, writer, trunk, opening)
    trunk_rows, trunk_columns = builder.n_row, builder.n_column
    blocks, groups = [], dict[tuple[int, int], int]()
    for leaf, tooth in enumerate(problem.teeth):
        row, column = builder.n_row, builder.n_column
        _write_tooth(context, leaf, tooth)
        group = groups.setdefault((tooth.epoch, tooth.restriction), len(groups))
        blocks.append(Block(slice(row, builder.n_row), slice(column, builder.n_column), group))
    _write_no_event(context)
    leaves = writer.finish(trunk_columns)
    builder.add_cost(np.arange(trunk_columns), leaves.expected())
    builder.offset = float(leaves.odds @ leaves.constant)
    return Extensive(
        builder.finish(), trunk, limits, trunk_rows, trunk_columns, tuple(blocks), leaves, problem.risk
    )


def _context(
    problem: CombProblem, builder: ProgramBuilder, leaves: LeafWriter, trunk: Trunk, opening: Opening
) -> _Context:
    arrays = problem.arrays
    place = np.full(len(arrays.item_ids), -1, dtype=np.int64)
    place[problem.items] = np.arange(len(problem.items))
    variance = price_variance(arrays)
    variance[problem.items] = 0.0
    cut = np.array([explode(arrays, int(j), variance) for j in arrays.line_product])
    worth = arrays.demand * (arrays.price - arrays.standard_cost[arrays.line_product] - cut)
    return _Context(
        problem,
        builder,
        leaves,
        trunk,
        opening,
        most_stock(problem, opening),
        place,
        {
            int(item): children_at_risk(arrays, int(item), place)
            for item in problem.items
            if arrays.made[item]
        },
        running_total(arrays.demand),
        running_total(worth),
        running_total(arrays.usage),
        running_total(_late_usage(arrays)),
        cut,
    )


def _late_usage(arrays: NetworkArrays) -> Floats:
    """Use of each item for the demand of markets that wait, shape (week, item) [units]."""
    late = np.zeros_like(arrays.usage)
    for line in np.nonzero(arrays.line_backorder)[0]:
        product = arrays.line_product[line]
        rows = slice(arrays.explosion_ptr[product], arrays.explosion_ptr[product + 1])
        late[:, product] += arrays.demand[:, line]
        late[:, arrays.explosion_item[rows]] += np.outer(
            arrays.demand[:, line], arrays.explosion_quantity[rows]
        )
    return late


def running_total(weekly: Floats) -> Floats:
    """Totals at the start of each week, shape (week + 1, ...)."""
    return np.concatenate([np.zeros((1, *weekly.shape[1:])), np.cumsum(weekly, axis=0)])


def total_at(total: Floats, weeks: Floats) -> Floats:
    """Running totals at fractional weeks, linear within a week."""
    low = np.minimum(np.floor(weeks).astype(np.int64), len(total) - 2)
    return total[low] + (weeks - low)[:, None] * (total[low + 1] - total[low])


def _write_tooth(context: _Context, leaf: int, tooth: Tooth) -> None:
    streams = tooth_streams(context.problem, tooth)
    bounds = _bounds(context, tooth, streams)
    sold = _write_sales(context, leaf, tooth, bounds)
    made = _write_making(context, tooth, bounds)
    bought = _write_supply(context, tooth, bounds, streams)
    for place, item in enumerate(context.problem.items):
        _write_item(context, leaf, tooth, bounds, int(item), place, sold, made, bought)


def _bounds(context: _Context, tooth: Tooth, streams: list[Stream]) -> Floats:
    """Ends of the segments after the event [weeks]: the grid, and where restrictions end."""
    window = float(context.problem.arrays.window_weeks)
    marks = np.array([0.0, *base_grid(context.problem), *(s.start for s in streams if s.exact)])
    return np.unique(np.round(marks[marks <= window], 3))


def _closed_span(problem: CombProblem, tooth: Tooth) -> tuple[float, float]:
    """Weeks after the event between which hit markets are closed."""
    arrays, r = problem.arrays, tooth.restriction
    effective = max(int(arrays.notice_weeks[r]), 0)
    start = max(int(arrays.notice_weeks[r] + arrays.grace_weeks[r]), 0)
    return float(start), effective + float(problem.relief_weeks[tooth.draw, r])


def holding_weeks(bounds: Floats) -> Floats:
    """Ends of weeks until the end of the window at which a unit that comes in a segment, spread
    evenly over its weeks, is counted as stock."""
    return bounds[-1] - (bounds[:-1] + bounds[1:] - 1) / 2


def _write_sales(context: _Context, leaf: int, tooth: Tooth, bounds: Floats) -> Ints:
    """Sales of each line in each segment; what is lost costs its contribution."""
    problem, builder, arrays = context.problem, context.builder, context.problem.arrays
    lines = problem.lines
    demand = np.diff(total_at(context.demand_total[:, lines], tooth.week + bounds), axis=0).T
    worth = np.diff(total_at(context.worth_total[:, lines], tooth.week + bounds), axis=0).T
    lawful = np.ones_like(demand)
    hit = arrays.hits_line[tooth.restriction, lines]
    if hit.any():
        start, end = _closed_span(problem, tooth)
        overlap = np.clip(np.minimum(bounds[1:], end) - np.maximum(bounds[:-1], start), 0.0, None)
        lawful[hit] -= overlap / np.diff(bounds)
    open_demand = demand * lawful
    backorder = arrays.line_backorder[lines]
    most = np.where(backorder[:, None], np.cumsum(open_demand, axis=1), open_demand)
    unit = np.divide(worth, demand, out=np.zeros_like(worth), where=demand > 0)
    odds = tooth.probability
    sold = builder.add_columns("sold", demand.shape, upper=most, cost=-odds * unit)
    context.leaves.constant[leaf] += float(worth.sum())
    hold = arrays.holding_cost[arrays.line_product[lines]]
    at_risk = context.place[arrays.line_product[lines]] >= 0
    builder.add_cost(sold[at_risk], -odds * np.outer(hold[at_risk], holding_weeks(bounds)))
    for k in np.nonzero(backorder & at_risk)[0]:
        _write_backlog(context, tooth, bounds, sold[k], open_demand[k], int(lines[k]))
    return sold


def _write_backlog(
    context: _Context, tooth: Tooth, bounds: Floats, sold: Ints, demand: Floats, line: int
) -> None:
    """Backlog after each segment; it costs while it waits."""
    builder, span = context.builder, np.diff(bounds)
    late = tooth.probability * context.problem.arrays.line_backorder_cost[line]
    weight = (span + np.append(span[1:], 0.0)) / 2
    backlog = builder.add_columns("backlog", span.shape, upper=demand.sum(), cost=late * weight)
    rows = builder.add_rows(demand, demand, len(span))
    builder.add_entries(rows, backlog, 1.0)
    builder.add_entries(rows, sold, 1.0)
    builder.add_entries(rows[1:], backlog[:-1], -1.0)


def _write_making(context: _Context, tooth: Tooth, bounds: Floats) -> dict[int, Ints]:
    """Making of each item at risk in each segment, within its capacity."""
    arrays, builder = context.problem.arrays, context.builder
    weeks = holding_weeks(bounds)
    made = {}
    for item in context.made():
        use = context.usage_total[min(tooth.week + int(bounds[-1]), arrays.n_week), item]
        most = np.minimum(arrays.make_capacity[item] * np.diff(bounds), use)
        child, quantity = context.inside[int(item)]
        hold = arrays.holding_cost[item] - quantity @ arrays.holding_cost[context.problem.items[child]]
        made[int(item)] = builder.add_columns(
            "made", most.shape, upper=most, cost=tooth.probability * hold * weeks
        )
    return made


def _write_supply(
    context: _Context, tooth: Tooth, bounds: Floats, streams: list[Stream]
) -> dict[int, list[tuple[Ints, Ints]]]:
    """What flows into each bought item: (segments, columns) by item. Streams of one source that
    hang on start options share one flow, limited by the options taken."""
    builder, arrays = context.builder, context.problem.arrays
    usage = np.diff(total_at(context.usage_total, tooth.week + bounds), axis=0)
    late = total_at(context.late_total, tooth.week + bounds)[1:] - context.late_total[tooth.week]
    weeks = holding_weeks(bounds)
    flows: dict[int, list[tuple[Ints, Ints]]] = {}
    grouped: dict[tuple[int, bool], list[Stream]] = {}
    for number, stream in enumerate(streams):
        key = (stream.source, True) if stream.option >= 0 else (-1 - number, False)
        grouped.setdefault(key, []).append(stream)
    for group in grouped.values():
        item = group[0].item
        most = np.array([stream.most(bounds, usage[:, item], late[:, item]) for stream in group])
        needed = None
        if group[0].option >= 0:
            needed = np.array([_most_useful(context, tooth, stream, bounds) for stream in group])
        active = np.nonzero(most.max(axis=0) > 1e-9)[0]
        if not len(active):
            continue
        cost = group[0].variance + arrays.holding_cost[item] * weeks[active]
        flow = builder.add_columns(
            "flow", active.shape, upper=most.max(axis=0)[active], cost=tooth.probability * cost
        )
        if group[0].option >= 0:
            rows = builder.add_rows(-np.inf, 0.0, len(active))
            builder.add_entries(rows, flow, 1.0)
            for stream, limit in zip(group, most, strict=True):
                builder.add_entries(rows, context.trunk.start[stream.option], -limit[active])
        if needed is not None:
            _write_useful(context, group, needed[:, active], flow)
        flows.setdefault(item, []).append((active, flow))
    return flows


def _most_useful(context: _Context, tooth: Tooth, stream: Stream, bounds: Floats) -> Floats:
    """Most that an alternative can have delivered by the end of each segment and be of use [units].

    From when it is ready: normal use, what markets still wait for, and what must be laid in ahead
    because later use exceeds its rate. More could not be sold, so the row costs no plan anything;
    without it, half a start of a source of twice the use would be worth a whole one.
    """
    weeks = tooth.week + np.clip(bounds, stream.start, None)
    used = total_at(context.usage_total[:, [stream.item]], weeks)[:, 0]
    late = total_at(context.late_total[:, [stream.item]], np.array([tooth.week, tooth.week + stream.start]))
    useful = used - used[0] + float(late[1, 0] - late[0, 0])
    if np.isfinite(stream.rate):
        ahead = useful - stream.rate * bounds
        useful = np.maximum.accumulate(ahead[::-1])[::-1] + stream.rate * bounds
    return useful[1:]


def _write_useful(context: _Context, group: list[Stream], needed: Floats, flow: Ints) -> None:
    """An alternative delivers no more than can be of use, by the end of each segment."""
    rows = context.builder.add_rows(-np.inf, 0.0, len(flow))
    earlier = np.tril_indices(len(flow))
    context.builder.add_entries(rows[earlier[0]], flow[earlier[1]], 1.0)
    for stream, most in zip(group, needed, strict=True):
        context.builder.add_entries(rows, context.trunk.start[stream.option], -most)


def _pipeline(context: _Context, tooth: Tooth, item: int) -> list[tuple[float, int, float]]:
    """Build-up on order at the event that still arrives: (week after the event, column, share). A share
    below 0 takes back what counts as stock but is stopped in the very week of its arrival."""
    problem, arrays, r = context.problem, context.problem.arrays, tooth.restriction
    out = []
    for column, source in enumerate(context.trunk.buy_sources):
        if arrays.source_item[source] != item:
            continue
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


def _skipped(context: _Context, tooth: Tooth, item: int) -> list[tuple[float, int, float]]:
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
        start, end = problem.epoch_week(epoch), problem.epoch_week(epoch + 1)
        for week in range(max(start, tooth.week, lead), min(end, last)):
            column = int(context.trunk.run_down[epoch, place])
            out.append((float(week - tooth.week), column, -1.0 / (end - start)))
    return out


def _write_item(
    context: _Context,
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
    pipeline = _pipeline(context, tooth, item)
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
    most = float(context.most[place]) + start + context.usage_total[-1, item]
    stock = builder.add_columns("left", ends.shape, upper=most)
    fixed = np.zeros(len(ends))
    fixed[0] = start
    rows = builder.add_rows(fixed, fixed, len(ends))
    builder.add_entries(rows, stock, 1.0)
    builder.add_entries(rows[1:], stock[:-1], -1.0)
    builder.add_entries(rows[0], context.trunk.stock[tooth.epoch, place], -1.0)
    context.leaves.own(leaf, context.trunk.stock[tooth.epoch, place], hold * window)
    context.leaves.constant[leaf] += hold * window * (start - working)
    for (week, column, share), segment in zip(pipeline, arrives, strict=True):
        builder.add_entries(rows[group[segment]], column, -share)
        context.leaves.own(leaf, column, share * hold * (window - week))
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
        cost = hold * (window - back)
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
    if arrays.write_down_share[item] > 0:
        share = arrays.write_down_share[item] * arrays.standard_cost[item]
        excess = builder.add_columns("excess", (1,), upper=most, cost=odds * share)
        row = builder.add_rows(-working, np.inf, 1)
        builder.add_entries(row, excess, 1.0)
        builder.add_entries(row, stock[-1:], -1.0)
    _credit_baseline(context, leaf, item, tooth.week + int(window))
    if not arrays.made[item]:
        variance = float(price_variance_of(arrays, item))
        use = context.usage_total
        span = use[min(tooth.week + int(window), arrays.n_week), item] - use[tooth.week, item]
        context.leaves.constant[leaf] -= variance * float(span)


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


def _write_expiry(context: _Context, tooth: Tooth, bounds: Floats, shelf: _Shelf) -> None:
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
    for week, arrival, share in shelf.pipeline:
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


def _stock_at_event(context: _Context, tooth: Tooth, item: int) -> float:
    """Normal stock at the event, arrivals of the week included unless the act stops them."""
    arrays, r = context.problem.arrays, tooth.restriction
    stock = float(context.opening.on_hand[tooth.week, item])
    first = arrays.first_source(item)
    if first < 0 or arrays.supply_left[r, first] >= 1 or arrays.in_transit_released[r]:
        return stock
    closed = arrays.notice_weeks[r] + arrays.grace_weeks[r] + arrays.supply_delay[r, first]
    if closed > 0 or arrays.source_lead[first] == 0:
        return stock
    arrival = arrays.open_shipped[tooth.week, first] + arrays.open_unshipped[tooth.week, first]
    late = tooth.week >= arrays.source_lead[first]
    return stock - float(arrays.usage[tooth.week, item] if late else arrival)


def _credit_baseline(context: _Context, leaf: int, item: int, end: int) -> None:
    """The path without restriction and plan also holds the surplus until normal use has eaten it, and
    does not buy what it eats."""
    arrays = context.problem.arrays
    surplus = context.opening.surplus[item]
    if surplus <= 0:
        return
    left = np.maximum(surplus - context.usage_total[1 : end + 1, item], 0.0)
    write_down = arrays.write_down_share[item] * arrays.standard_cost[item]
    context.leaves.constant[leaf] -= arrays.holding_cost[item] * float(left.sum())
    context.leaves.constant[leaf] -= write_down * float(left[-1])
    if not arrays.made[item]:
        context.leaves.constant[leaf] += price_variance_of(arrays, item) * float(surplus - left[-1])


def _write_no_event(context: _Context) -> None:
    """The leaf without an event: what is left at the horizon above working stock is written down."""
    problem, arrays = context.problem, context.problem.arrays
    leaf = len(problem.teeth)
    cost = arrays.write_down_share[problem.items] * arrays.standard_cost[problem.items]
    context.leaves.own(leaf, context.trunk.stock[-1], cost)
    for item in problem.items:
        _credit_baseline(context, leaf, int(item), arrays.horizon_weeks)
