"""Rows of the teeth, one family a function: sales, making and supply after an event.
In: `CombProblem`. Out: `Extensive`, the whole program and where its decisions stand. One reason
to exist: the algebra of what follows an event (model.md sections 5 and 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise import stock
from outlast.optimise.comb import CombProblem, Tooth, base_grid
from outlast.optimise.constraints import (
    Trunk,
    write_trunk,
)
from outlast.optimise.context import Context, build_context, holding_weeks, total_at
from outlast.optimise.leaves import LeafWriter, Leaves
from outlast.optimise.limits import Limits, write_limits
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.risk import Risk
from outlast.optimise.supply import Stream, project_opening, tooth_streams

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST_FLOW = 1e-12
"""Flows smaller than this share of all use are none."""


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


def begin_program(problem: CombProblem) -> tuple[ProgramBuilder, LeafWriter, Limits, Context]:
    """Trunk, limits and starts; teeth are still to be written."""
    builder = ProgramBuilder()
    odds = [*(tooth.probability for tooth in problem.teeth), problem.quiet]
    epochs = [*(tooth.epoch for tooth in problem.teeth), problem.epochs]
    writer = LeafWriter(np.array(odds), np.array(epochs, dtype=np.int64))
    opening = project_opening(problem.arrays)
    trunk = write_trunk(problem, builder, writer, opening)
    limits = write_limits(problem, builder, trunk, opening)
    return builder, writer, limits, build_context(problem, builder, writer, trunk, opening)


def write_program(problem: CombProblem) -> Extensive:
    """The whole program: trunk, limits, starts, and a block of rows for every tooth."""
    builder, writer, limits, context = begin_program(problem)
    trunk = context.trunk
    trunk_rows, trunk_columns = builder.n_row, builder.n_column
    blocks, groups = [], dict[tuple[int, int], int]()
    for leaf, tooth in enumerate(problem.teeth):
        row, column = builder.n_row, builder.n_column
        streams = tooth_streams(problem, tooth)
        write_tooth(context, leaf, tooth, tooth_bounds(problem, streams), streams)
        group = groups.setdefault((tooth.epoch, tooth.restriction), len(groups))
        blocks.append(Block(slice(row, builder.n_row), slice(column, builder.n_column), group))
    stock.write_no_event(context)
    leaves = writer.finish(trunk_columns)
    builder.add_cost(np.arange(trunk_columns), leaves.expected())
    builder.offset = float(leaves.odds @ leaves.constant)
    return Extensive(
        builder.finish(), trunk, limits, trunk_rows, trunk_columns, tuple(blocks), leaves, problem.risk
    )


def write_tooth(context: Context, leaf: int, tooth: Tooth, bounds: Floats, streams: list[Stream]) -> Ints:
    """All columns and rows of a tooth; the columns of its sales, shape (line, segment).

    Args:
        context: look-ups.
        leaf: number of the tooth.
        tooth: the event.
        bounds: ends of the segments, the first start included [weeks].
        streams: flows of supply after it.
    """
    sold = _write_sales(context, leaf, tooth, bounds)
    made = _write_making(context, tooth, bounds)
    bought = _write_supply(context, tooth, bounds, streams)
    context.leaves.constant[leaf] -= context.eaten[tooth.week + int(bounds[-1])]
    for place, item in enumerate(context.problem.items):
        stock.write_item(context, leaf, tooth, bounds, int(item), place, sold, made, bought)
    return sold


def tooth_bounds(problem: CombProblem, streams: list[Stream]) -> Floats:
    """Ends of the segments after the event [weeks]: the grid, and where restrictions end."""
    window = float(problem.arrays.window_weeks)
    marks = np.array([0.0, *base_grid(problem), *(s.start for s in streams if s.exact)])
    return np.unique(np.round(marks[marks <= window], 3))


def _closed_span(problem: CombProblem, tooth: Tooth) -> tuple[float, float]:
    """Weeks after the event between which hit markets are closed."""
    arrays, r = problem.arrays, tooth.restriction
    effective = max(int(arrays.notice_weeks[r]), 0)
    start = max(int(arrays.notice_weeks[r] + arrays.grace_weeks[r]), 0)
    return float(start), effective + float(problem.relief_weeks[tooth.draw, r])


def lawful_share(problem: CombProblem, tooth: Tooth, bounds: Floats) -> Floats:
    """Share of each segment in which the market of each line is open, shape (line, segment)."""
    hit = problem.arrays.hits_line[tooth.restriction]
    share = np.ones((len(hit), len(bounds) - 1))
    if hit.any():
        start, end = _closed_span(problem, tooth)
        overlap = np.clip(np.minimum(bounds[1:], end) - np.maximum(bounds[:-1], start), 0.0, None)
        share[hit] -= overlap / np.diff(bounds)
    return share


def _write_sales(context: Context, leaf: int, tooth: Tooth, bounds: Floats) -> Ints:
    """Sales of each line in each segment; what is lost costs its contribution."""
    problem, builder, arrays = context.problem, context.builder, context.problem.arrays
    lines = problem.lines
    demand = np.diff(total_at(context.demand_total[:, lines], tooth.week + bounds), axis=0).T
    worth = np.diff(total_at(context.worth_total[:, lines], tooth.week + bounds), axis=0).T
    open_demand = demand * lawful_share(problem, tooth, bounds)[lines]
    backorder = arrays.line_backorder[lines]
    most = np.where(backorder[:, None], np.cumsum(open_demand, axis=1), open_demand)
    unit = np.divide(worth, demand, out=np.zeros_like(worth), where=demand > 0)
    odds = tooth.probability
    sold = builder.add_columns("sold", demand.shape, upper=most, cost=-odds * unit)
    context.leaves.constant[leaf] += float(worth.sum())
    hold = arrays.holding_cost[arrays.line_product[lines]]
    at_risk = context.place[arrays.line_product[lines]] >= 0
    builder.add_cost(sold[at_risk], -odds * np.outer(hold[at_risk], holding_weeks(bounds)))
    for k in np.nonzero(backorder)[0]:
        _write_backlog(context, tooth, bounds, sold[k], open_demand[k], int(lines[k]))
    return sold


def _write_backlog(
    context: Context, tooth: Tooth, bounds: Floats, sold: Ints, demand: Floats, line: int
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


def _write_making(context: Context, tooth: Tooth, bounds: Floats) -> dict[int, Ints]:
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
    context: Context, tooth: Tooth, bounds: Floats, streams: list[Stream]
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
        active = np.nonzero(most.max(axis=0) > LEAST_FLOW * context.usage_total[-1, item])[0]
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
        if group[0].profile is not None:
            stock.write_refused(context, tooth, item, bounds, active, flow, most[0, active])
        flows.setdefault(item, []).append((active, flow))
    return flows


def _most_useful(context: Context, tooth: Tooth, stream: Stream, bounds: Floats) -> Floats:
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


def _write_useful(context: Context, group: list[Stream], needed: Floats, flow: Ints) -> None:
    """An alternative delivers no more than can be of use, by the end of each segment."""
    rows = context.builder.add_rows(-np.inf, 0.0, len(flow))
    earlier = np.tril_indices(len(flow))
    context.builder.add_entries(rows[earlier[0]], flow[earlier[1]], 1.0)
    for stream, most in zip(group, needed, strict=True):
        context.builder.add_entries(rows, context.trunk.start[stream.option], -most)
