"""The extensive form of the comb tree, one family of rows a function. In: `CombProblem`.
Out: `Extensive`, a linear program and where its decisions stand. One reason to exist: the
algebra of model.md section 7, readable family by family. The program minimises expected loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import (
    AT_EVENT,
    CombProblem,
    Opening,
    Stream,
    Tooth,
    base_grid,
    project_opening,
    tooth_streams,
)
from outlast.optimise.program import LinearProgram, ProgramBuilder

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Trunk:
    """Columns of the decisions before the event."""

    stock: Ints
    """Protective stock at the start of each epoch, shape (epoch + 1, item at risk) [units]."""
    buy: Ints
    """Build-up ordered in each epoch, shape (epoch, bought source) [units]."""
    buy_sources: Ints
    """Sources of the columns of `buy`."""
    make: Ints
    """Made for stock in each epoch, shape (epoch, made item at risk) [units]."""
    make_items: Ints
    """Items of the columns of `make`."""
    run_down: Ints
    """Normal replenishment skipped in each epoch, shape (epoch, item at risk) [units]."""
    start: Ints
    """Start options taken, shape (option) [0 or 1]."""
    cash_rows: Ints
    """Rows of the cash calendar."""
    cash_weeks: Ints
    """Week whose end each cash row looks at."""


@dataclass(frozen=True)
class Extensive:
    """The extensive form and its decisions."""

    program: LinearProgram
    trunk: Trunk


@dataclass(frozen=True)
class _Context:
    """Look-ups shared by all teeth."""

    problem: CombProblem
    builder: ProgramBuilder
    trunk: Trunk
    opening: Opening
    place: Ints
    """Position among the items at risk, -1 if not at risk; shape (item)."""
    demand_total: Floats
    worth_total: Floats
    usage_total: Floats
    unit_worth_cut: Floats
    """Price variance of the parts not at risk in one unit of a line's product, shape (line)."""

    def made(self) -> Ints:
        items = self.problem.items
        return items[self.problem.arrays.made[items]]


def write_program(problem: CombProblem) -> Extensive:
    """The whole program: trunk, cash calendar, starts, and a block of rows for every tooth."""
    builder = ProgramBuilder()
    opening = project_opening(problem.arrays)
    trunk = _write_trunk(problem, builder, opening)
    context = _context(problem, builder, trunk, opening)
    for tooth in problem.teeth:
        _write_tooth(context, tooth)
    _write_no_event(context)
    return Extensive(builder.finish(), trunk)


def _context(problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening) -> _Context:
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
        trunk,
        opening,
        place,
        running_total(arrays.demand),
        running_total(worth),
        running_total(arrays.usage),
        cut,
    )


def running_total(weekly: Floats) -> Floats:
    """Totals at the start of each week, shape (week + 1, ...)."""
    return np.concatenate([np.zeros((1, *weekly.shape[1:])), np.cumsum(weekly, axis=0)])


def total_at(total: Floats, weeks: Floats) -> Floats:
    """Running totals at fractional weeks, linear within a week."""
    low = np.minimum(np.floor(weeks).astype(np.int64), len(total) - 2)
    return total[low] + (weeks - low)[:, None] * (total[low + 1] - total[low])


def price_variance(arrays: NetworkArrays) -> Floats:
    """First source's price less standard cost of bought items, 0 for made ones [money/unit]."""
    variance = np.zeros(len(arrays.item_ids))
    for item in range(len(variance)):
        first = arrays.first_source(item)
        if not arrays.made[item] and first >= 0:
            variance[item] = arrays.source_price[first] - arrays.standard_cost[item]
    return variance


def explode(arrays: NetworkArrays, item: int, weight: Floats) -> float:
    """Sum of `weight` over everything inside one unit of `item`, itself if it is bought."""
    if not arrays.made[item]:
        return float(weight[item])
    rows = slice(arrays.explosion_ptr[item], arrays.explosion_ptr[item + 1])
    inside = arrays.explosion_item[rows]
    bought = ~arrays.made[inside]
    return float(arrays.explosion_quantity[rows][bought] @ weight[inside[bought]])


# --- trunk


def order_weeks(problem: CombProblem, source: int, epoch: int) -> Ints:
    """Weeks in which the build-up of an epoch is ordered: at its start, or in equal parts each
    week where capacity is limited."""
    start, end = problem.epoch_week(epoch), problem.epoch_week(epoch + 1)
    limited = np.isfinite(problem.arrays.source_capacity[source])
    return np.arange(start, end if limited else start + 1)


def _write_trunk(problem: CombProblem, builder: ProgramBuilder, opening: Opening) -> Trunk:
    arrays, items, n_epoch = problem.arrays, problem.items, problem.epochs
    made = items[arrays.made[items]]
    sources = np.array(
        [
            s
            for i in items
            if not arrays.made[i]
            for s in range(arrays.source_ptr[i], arrays.source_ptr[i + 1])
            if arrays.source_qualified[s]
        ],
        dtype=np.int64,
    )
    most = arrays.usage[:, items].mean(axis=0) * arrays.window_weeks + opening.surplus[items]
    stock = builder.add_columns("stock", (n_epoch + 1, len(items)), upper=most)
    epoch_use = np.array(
        [arrays.usage[problem.epoch_week(e) : problem.epoch_week(e + 1)].sum(axis=0) for e in range(n_epoch)]
    )
    allowed = 1.0 if problem.build_up else 0.0
    buy = builder.add_columns(
        "buy", (n_epoch, len(sources)), upper=allowed * _most_bought(problem, sources, epoch_use, most)
    )
    make = builder.add_columns(
        "make", (n_epoch, len(made)), upper=allowed * _most_made(problem, made, epoch_use, most)
    )
    run_down = builder.add_columns("run_down", (n_epoch, len(items)), upper=epoch_use[:, items])
    before = np.array([option.week != AT_EVENT for option in problem.options], dtype=bool)
    start = builder.add_columns(
        "start",
        (len(problem.options),),
        upper=np.where(before & (not problem.build_up), 0.0, 1.0) if len(before) else 1.0,
        integer=True,
    )
    trunk = Trunk(stock, buy, sources, make, made, run_down, start, np.zeros(0, int), np.zeros(0, int))
    _write_stock_balance(problem, builder, trunk, opening)
    _write_trunk_holding(problem, builder, trunk)
    _write_starts(problem, builder, trunk)
    rows, weeks = _write_cash(problem, builder, trunk)
    return Trunk(stock, buy, sources, make, made, run_down, start, rows, weeks)


def _most_bought(problem: CombProblem, sources: Ints, epoch_use: Floats, most: Floats) -> Floats:
    """Spare capacity of each source in each epoch; 0 where nothing would arrive before an event."""
    arrays = problem.arrays
    place = {int(item): k for k, item in enumerate(problem.items)}
    upper = np.zeros((problem.epochs, len(sources)))
    for column, source in enumerate(sources):
        item = int(arrays.source_item[source])
        first = source == arrays.first_source(item)
        for epoch in range(problem.epochs):
            weeks = problem.epoch_week(epoch + 1) - problem.epoch_week(epoch)
            if stock_share(problem, int(source), epoch, problem.epochs - 1) <= 0:
                continue
            used = epoch_use[epoch, item] if first else 0.0
            spare = arrays.source_capacity[source] * weeks - used
            upper[epoch, column] = np.clip(spare, 0.0, most[place[item]])
    return upper


def _most_made(problem: CombProblem, made: Ints, epoch_use: Floats, most: Floats) -> Floats:
    """Spare making capacity; 0 before parts that are not at risk could have been ordered for it."""
    arrays = problem.arrays
    place = {int(item): k for k, item in enumerate(problem.items)}
    upper = np.zeros((problem.epochs, len(made)))
    for column, item in enumerate(made):
        ready = making_lead(problem, int(item))
        for epoch in range(problem.epochs - 1):
            if problem.epoch_week(epoch) >= ready:
                weeks = problem.epoch_week(epoch + 1) - problem.epoch_week(epoch)
                spare = arrays.make_capacity[item] * weeks - epoch_use[epoch, item]
                upper[epoch, column] = np.clip(spare, 0.0, most[place[int(item)]])
    return upper


def making_lead(problem: CombProblem, item: int) -> int:
    """Weeks until extra parts that are not at risk can be there for extra making."""
    arrays = problem.arrays
    rows = slice(arrays.explosion_ptr[item], arrays.explosion_ptr[item + 1])
    risk = set(problem.items.tolist())
    leads = [
        int(arrays.source_lead[arrays.first_source(int(child))])
        for child in arrays.explosion_item[rows]
        if not arrays.made[child] and int(child) not in risk and arrays.first_source(int(child)) >= 0
    ]
    return max(leads, default=0) + int(arrays.make_weeks[item])


def stock_share(problem: CombProblem, source: int, ordered: int, epoch: int) -> float:
    """Share of the build-up ordered in epoch `ordered` that is in stock when `epoch` starts, its
    arrivals included. An order without lead time comes after the event of its own week."""
    lead = int(problem.arrays.source_lead[source])
    arrivals = order_weeks(problem, source, ordered) + lead
    start = problem.epoch_week(epoch)
    return float(np.mean(arrivals < start + (1 if lead > 0 else 0)))


def _children_at_risk(arrays: NetworkArrays, item: int, place: Ints) -> tuple[Ints, Floats]:
    rows = slice(arrays.bom_ptr[item], arrays.bom_ptr[item + 1])
    child, quantity = arrays.bom_child[rows], arrays.bom_quantity[rows]
    keep = place[child] >= 0
    return place[child[keep]], quantity[keep]


def _write_stock_balance(
    problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening
) -> None:
    """stock[e+1] = stock[e] + arrivals + made - run down - used for making, from the surplus."""
    arrays, items = problem.arrays, problem.items
    place = np.full(len(arrays.item_ids), -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    first = builder.add_rows(opening.surplus[items], opening.surplus[items], len(items))
    builder.add_entries(first, trunk.stock[0], 1.0)
    for epoch in range(problem.epochs):
        rows = builder.add_rows(0.0, 0.0, len(items))
        builder.add_entries(rows, trunk.stock[epoch + 1], 1.0)
        builder.add_entries(rows, trunk.stock[epoch], -1.0)
        builder.add_entries(rows, trunk.run_down[epoch], 1.0)
        for column, source in enumerate(trunk.buy_sources):
            row = rows[place[arrays.source_item[source]]]
            for ordered in range(epoch + 1):
                gained = stock_share(problem, int(source), ordered, epoch + 1) - stock_share(
                    problem, int(source), ordered, epoch
                )
                if gained > 0:
                    builder.add_entries(row, trunk.buy[ordered, column], -gained)
        for column, item in enumerate(trunk.make_items):
            builder.add_entries(rows[place[item]], trunk.make[epoch, column], -1.0)
            child, quantity = _children_at_risk(arrays, int(item), place)
            builder.add_entries(rows[child], trunk.make[epoch, column], quantity)


def _write_trunk_holding(problem: CombProblem, builder: ProgramBuilder, trunk: Trunk) -> None:
    """Holding of protective stock in each week before the event, and price variances."""
    arrays, items = problem.arrays, problem.items
    place = np.full(len(arrays.item_ids), -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    hold = arrays.holding_cost[items]
    variance = price_variance(arrays)
    calm = variance.copy()
    calm[items] = 0.0
    for epoch in range(problem.epochs):
        alive = problem.alive(epoch)
        start, end = problem.epoch_week(epoch), problem.epoch_week(epoch + 1)
        weeks = end - start
        builder.add_cost(trunk.stock[epoch], alive * weeks * hold)
        builder.add_cost(trunk.run_down[epoch], -alive * (weeks + 1) / 2 * hold)
        for column, source in enumerate(trunk.buy_sources):
            item = int(arrays.source_item[source])
            extra = arrays.source_price[source] - arrays.standard_cost[item]
            builder.add_cost(trunk.buy[epoch, column], alive * extra)
            lead = int(arrays.source_lead[source])
            for ordered in range(epoch + 1):
                orders = order_weeks(problem, int(source), ordered)
                arrivals = orders + lead
                inside = arrivals[(arrivals >= start + (1 if lead > 0 else 0)) & (arrivals < end)]
                if len(inside):
                    cost = alive * arrays.holding_cost[item] * (end - inside).sum() / len(orders)
                    builder.add_cost(trunk.buy[ordered, column], cost)
        for column, item in enumerate(trunk.make_items):
            child, quantity = _children_at_risk(arrays, int(item), place)
            net = arrays.holding_cost[item] - quantity @ hold[child]
            materials = explode(arrays, int(item), calm)
            builder.add_cost(trunk.make[epoch, column], alive * (net * (weeks + 1) / 2 + materials))


def _write_starts(problem: CombProblem, builder: ProgramBuilder, trunk: Trunk) -> None:
    """At most one start option for each source, and its cost where and when it is paid."""
    arrays = problem.arrays
    by_source: dict[int, list[int]] = {}
    for number, option in enumerate(problem.options):
        by_source.setdefault(option.source, []).append(number)
        item = arrays.source_item[option.source]
        odds = 0.0
        for tooth in problem.teeth:
            started = option.week != AT_EVENT and option.week < tooth.week
            after = arrays.start_after[option.source] and arrays.hits_item[tooth.restriction, item]
            odds += tooth.probability * (started or bool(after))
        if option.week != AT_EVENT:
            odds += problem.alive(problem.epochs - 1)
        builder.add_cost(trunk.start[number], odds * arrays.switch_cost[option.source])
    for numbers in by_source.values():
        row = builder.add_rows(-np.inf, 1.0, 1)
        builder.add_entries(row, trunk.start[numbers], 1.0)


def _write_cash(problem: CombProblem, builder: ProgramBuilder, trunk: Trunk) -> tuple[Ints, Ints]:
    """Cumulative cash paid for protection stays below the limit, at payment date."""
    limit = problem.arrays.cash_limit[: problem.arrays.horizon_weeks]
    if not np.isfinite(limit).any():
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    changes = np.nonzero(np.diff(limit) != 0)[0]
    ends = np.array([problem.epoch_week(e + 1) - 1 for e in range(problem.epochs)])
    weeks = np.unique(np.concatenate([changes, ends]))
    weeks = weeks[np.isfinite(limit[weeks])]
    rows = builder.add_rows(-np.inf, limit[weeks], len(weeks))
    for columns, paid_weeks, amounts in payments(problem, trunk):
        for column, week, amount in zip(columns, paid_weeks, amounts, strict=True):
            late = weeks >= week
            builder.add_entries(rows[late], column, amount)
    return rows, weeks


def payments(problem: CombProblem, trunk: Trunk) -> list[tuple[Ints, Ints, Floats]]:
    """(columns, weeks of payment, money per unit of the column) of everything paid for protection."""
    arrays = problem.arrays
    risk = np.zeros(len(arrays.item_ids), dtype=bool)
    risk[problem.items] = True
    first_price = np.where(risk, 0.0, arrays.standard_cost + price_variance(arrays))
    out = []
    for column, source in enumerate(trunk.buy_sources):
        for epoch in range(problem.epochs):
            orders = order_weeks(problem, int(source), epoch)
            paid = np.maximum(
                orders, orders + arrays.source_lead[source] + arrays.source_payment_weeks[source]
            )
            share = np.full(len(orders), arrays.source_price[source] / len(orders))
            out.append((np.full(len(orders), trunk.buy[epoch, column]), paid, share))
    for column, item in enumerate(trunk.make_items):
        money = making_cost(arrays, int(item)) + explode(arrays, int(item), first_price)
        weeks = np.array([problem.epoch_week(e) for e in range(problem.epochs)])
        out.append((trunk.make[:, column], weeks, np.full(problem.epochs, money)))
    for number, option in enumerate(problem.options):
        if option.week != AT_EVENT:
            cost = arrays.switch_cost[option.source]
            out.append((trunk.start[[number]], np.array([option.week]), np.array([cost])))
    return out


def making_cost(arrays: NetworkArrays, item: int) -> float:
    """Cost of making one unit at every level, materials apart [money/unit]."""
    rows = slice(arrays.explosion_ptr[item], arrays.explosion_ptr[item + 1])
    inside, quantity = arrays.explosion_item[rows], arrays.explosion_quantity[rows]
    return float(arrays.make_cost[item] + quantity @ arrays.make_cost[inside])


# --- teeth


def _write_tooth(context: _Context, tooth: Tooth) -> None:
    streams = tooth_streams(context.problem, tooth)
    bounds = _bounds(context, tooth, streams)
    sold = _write_sales(context, tooth, bounds)
    made = _write_making(context, tooth, bounds)
    bought = _write_supply(context, tooth, bounds, streams)
    for place, item in enumerate(context.problem.items):
        _write_item(context, tooth, bounds, int(item), place, sold, made, bought)


def _bounds(context: _Context, tooth: Tooth, streams: list[Stream]) -> Floats:
    """Ends of the segments after the event [weeks]: the grid, and where supply or sales change."""
    problem, r = context.problem, tooth.restriction
    window = float(problem.arrays.window_weeks)
    marks = [0.0, *base_grid(problem)]
    for stream in streams:
        marks += [stream.start, stream.end, stream.start + stream.ramp]
    if problem.arrays.hits_line[r].any():
        marks += list(_closed_span(problem, tooth))
    inside = np.array([m for m in marks if 0.0 <= m <= window])
    return np.unique(np.round(inside, 3))


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


def _write_sales(context: _Context, tooth: Tooth, bounds: Floats) -> Ints:
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
    builder.offset += odds * float(worth.sum())
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
        child, quantity = _children_at_risk(arrays, int(item), context.place)
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
    problem, builder, arrays = context.problem, context.builder, context.problem.arrays
    usage = np.diff(total_at(context.usage_total, tooth.week + bounds), axis=0)
    weeks = holding_weeks(bounds)
    flows: dict[int, list[tuple[Ints, Ints]]] = {}
    grouped: dict[tuple[int, bool], list[Stream]] = {}
    for number, stream in enumerate(streams):
        key = (stream.source, True) if stream.option >= 0 else (-1 - number, False)
        grouped.setdefault(key, []).append(stream)
    for group in grouped.values():
        item = group[0].item
        most = np.array([stream.most(bounds, usage[:, item]) for stream in group])
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
        flows.setdefault(item, []).append((active, flow))
    return flows


def _pipeline(context: _Context, tooth: Tooth, item: int) -> list[tuple[float, int, float]]:
    """Build-up on order at the event that still arrives: (week after the event, column, share)."""
    problem, arrays, r = context.problem, context.problem.arrays, tooth.restriction
    out = []
    for column, source in enumerate(context.trunk.buy_sources):
        if arrays.source_item[source] != item:
            continue
        lead = int(arrays.source_lead[source])
        left = float(arrays.supply_left[r, source])
        closed = max(int(arrays.notice_weeks[r] + arrays.grace_weeks[r]), 0)
        closed += int(arrays.supply_delay[r, source])
        released = bool(arrays.in_transit_released[r])
        kept = closed + (min(int(arrays.source_transit[source]), int(arrays.savings_weeks[r])) if released else 0)
        for ordered in range(max(0, tooth.epoch - 1 - lead // arrays.epoch_weeks), tooth.epoch):
            orders = order_weeks(problem, int(source), ordered)
            for arrival in orders + lead - tooth.week:
                if arrival < (1 if lead > 0 else 0):
                    continue
                share = 1.0 if left >= 1 or arrival < kept else left
                if share > 0:
                    out.append((float(arrival), int(context.trunk.buy[ordered, column]), share / len(orders)))
    return out


def _write_item(
    context: _Context,
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
    if item in made:
        fed[:] = True
    ends = np.nonzero(np.append(fed[1:], True))[0]
    group = np.searchsorted(ends, np.arange(n_segment))
    hold = arrays.holding_cost[item]
    start, working = _stock_at_event(context, tooth, item), arrays.working_stock[item]
    most = builder._upper[0].max(initial=0.0) + start + context.usage_total[-1, item]
    stock = builder.add_columns("left", ends.shape, upper=most)
    fixed = np.zeros(len(ends))
    fixed[0] = start
    rows = builder.add_rows(fixed, fixed, len(ends))
    builder.add_entries(rows, stock, 1.0)
    builder.add_entries(rows[1:], stock[:-1], -1.0)
    builder.add_entries(rows[0], context.trunk.stock[tooth.epoch, place], -1.0)
    builder.add_cost(context.trunk.stock[tooth.epoch, place], odds * hold * window)
    builder.offset += odds * hold * window * (start - working)
    for (week, column, share), segment in zip(pipeline, arrives, strict=True):
        builder.add_entries(rows[group[segment]], column, -share)
        builder.add_cost(column, odds * share * hold * (window - week))
    for active, flow in bought.get(item, []):
        builder.add_entries(rows[group[active]], flow, -1.0)
    if item in made:
        builder.add_entries(rows, made[item], -1.0)
    for parent, columns in made.items():
        child, quantity = _children_at_risk(arrays, parent, context.place)
        for amount in quantity[child == place]:
            builder.add_entries(rows[group], columns, amount)
    own = np.nonzero(arrays.line_product[problem.lines] == item)[0]
    for line in own:
        builder.add_entries(rows[group], sold[line], 1.0)
    if arrays.write_down_share[item] > 0:
        share = arrays.write_down_share[item] * arrays.standard_cost[item]
        excess = builder.add_columns("excess", (1,), upper=most, cost=odds * share)
        row = builder.add_rows(-working, np.inf, 1)
        builder.add_entries(row, excess, 1.0)
        builder.add_entries(row, stock[-1:], -1.0)
    _credit_baseline(context, item, odds, tooth.week + int(window))
    if not arrays.made[item]:
        variance = float(price_variance_of(arrays, item))
        use = context.usage_total
        span = use[min(tooth.week + int(window), arrays.n_week), item] - use[tooth.week, item]
        builder.offset -= odds * variance * float(span)


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


def _credit_baseline(context: _Context, item: int, odds: float, end: int) -> None:
    """The path without restriction and plan also holds the surplus until normal use has eaten it."""
    arrays, builder = context.problem.arrays, context.builder
    surplus = context.opening.surplus[item]
    if surplus <= 0:
        return
    left = np.maximum(surplus - context.usage_total[1 : end + 1, item], 0.0)
    builder.offset -= odds * arrays.holding_cost[item] * float(left.sum())
    builder.offset -= odds * arrays.write_down_share[item] * arrays.standard_cost[item] * float(left[-1])


def _write_no_event(context: _Context) -> None:
    """The leaf without an event: what is left at the horizon above working stock is written down."""
    problem, builder, arrays = context.problem, context.builder, context.problem.arrays
    odds = problem.alive(problem.epochs - 1)
    cost = arrays.write_down_share[problem.items] * arrays.standard_cost[problem.items]
    builder.add_cost(context.trunk.stock[-1], odds * cost)
    for item in problem.items:
        _credit_baseline(context, int(item), odds, arrays.horizon_weeks)
