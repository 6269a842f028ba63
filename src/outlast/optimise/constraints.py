"""Rows of the trunk, one family a function: stock, purchases, making, starts.
In: `CombProblem`. Out: columns and rows in a `ProgramBuilder`. One reason to exist: the algebra
of what is decided before the event (model.md section 7). The program minimises expected loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.byhand import HandColumns, earlier_amounts, write_by_hand, write_changes
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.leaves import LeafWriter
from outlast.optimise.program import ProgramBuilder
from outlast.optimise.supply import Opening

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


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
    """Normal replenishment skipped in each epoch, shape (epoch, item at risk) [units]: normal orders of what
    is bought, normal making of what is made, which leaves what goes into it unused."""
    start: Ints
    """Start options taken, shape (option) [0 or 1]."""
    by_hand: HandColumns
    """What lets go of decisions by hand, and what measures changes."""


def price_variance(arrays: NetworkArrays) -> Floats:
    """First source's price less standard cost of bought items, 0 for made ones [money/unit]."""
    variance = np.zeros(len(arrays.item_ids))
    for item in range(len(variance)):
        first = arrays.first_source(item)
        if not arrays.made[item] and first >= 0:
            variance[item] = arrays.source_price[first] - arrays.standard_cost[item]
    return variance


def end_loss(arrays: NetworkArrays) -> Floats:
    """What a unit left at the end loses of its standard cost: its write-down, and what it, or what it is made
    of, can be bought for less, so that goods are not bought for the end; shape (item) [money/unit]."""
    saved = np.zeros(len(arrays.item_ids))
    for item in np.flatnonzero(~arrays.made):
        prices = arrays.source_price[arrays.source_ptr[item] : arrays.source_ptr[item + 1]]
        saved[item] = max(float(arrays.standard_cost[item] - prices.min(initial=np.inf)), 0.0)
    inside = np.array([explode(arrays, item, saved) for item in range(len(saved))])
    return arrays.write_down_share * arrays.standard_cost + inside


def explode(arrays: NetworkArrays, item: int, weight: Floats) -> float:
    """Sum of `weight` over everything inside one unit of `item`, itself if it is bought."""
    if not arrays.made[item]:
        return float(weight[item])
    rows = slice(arrays.explosion_ptr[item], arrays.explosion_ptr[item + 1])
    inside = arrays.explosion_item[rows]
    bought = ~arrays.made[inside]
    return float(arrays.explosion_quantity[rows][bought] @ weight[inside[bought]])


def most_stock(problem: CombProblem, opening: Opening) -> Floats:
    """Protective stock beyond which more can't pay: the use of a whole window, and what is bought by
    hand [units], shape (item at risk)."""
    items, arrays = problem.items, problem.arrays
    use = arrays.usage[:, items].mean(axis=0)
    decided = np.array([problem.by_hand.most(int(item), arrays.source_item) for item in items])
    return use * arrays.window_weeks + opening.surplus[items] + decided


def least_stock(problem: CombProblem, opening: Opening) -> Floats:
    """Protective stock below which goods would be used before they arrive [units], shape (epoch + 1, item
    at risk).

    What is on order beyond normal needs counts as protective stock from the start; until it is there,
    normal stock is less than nothing by as much.
    """
    weeks = [problem.epoch_week(epoch) for epoch in range(problem.epochs + 1)]
    return opening.missing[weeks][:, problem.items]


def order_weeks(problem: CombProblem, source: int, epoch: int) -> Ints:
    """Weeks in which the build-up of an epoch is ordered: at its start, or in equal parts each
    week where capacity is limited, but for weeks that calls placed ahead have taken."""
    start, end = problem.epoch_week(epoch), problem.epoch_week(epoch + 1)
    capacity = problem.arrays.source_capacity[source]
    if np.isinf(capacity):
        return np.arange(start, start + 1)
    free = np.flatnonzero(problem.arrays.ordered_ahead[start:end, source] < capacity)
    return start + (free if len(free) else np.arange(end - start))


def write_trunk(problem: CombProblem, builder: ProgramBuilder, leaves: LeafWriter, opening: Opening) -> Trunk:
    """Columns and rows of everything that is decided before the event."""
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
    most = most_stock(problem, opening)
    stock = builder.add_columns(
        "stock", (n_epoch + 1, len(items)), lower=least_stock(problem, opening), upper=most
    )
    epoch_use = normal_use(problem)
    most_bought = _most_bought(problem, sources, epoch_use, most)
    buy = builder.add_columns("buy", (n_epoch, len(sources)), upper=most_bought)
    most_made = _most_made(problem, made, epoch_use, most)
    make = builder.add_columns("make", (n_epoch, len(made)), upper=most_made)
    most_skipped = _most_skipped(problem)
    run_down = builder.add_columns("run_down", (n_epoch, len(items)), upper=most_skipped)
    start = builder.add_columns("start", (len(problem.options),), upper=1.0, integer=True)
    slack, earlier = write_by_hand(builder, problem.by_hand, buy, sources, most_bought), problem.earlier
    bought_before = earlier_amounts(earlier, earlier.bought if earlier else {}, sources)
    made_before = earlier_amounts(earlier, earlier.made if earlier else {}, made)
    by_hand = HandColumns(
        slack,
        write_changes(builder, "change", bought_before, buy, most_bought, buy[:0], most_bought),
        write_changes(
            builder,
            "change_made",
            made_before,
            make,
            most_made,
            run_down[:, arrays.made[items]],
            most_skipped[:, arrays.made[items]],
        ),
    )
    trunk = Trunk(stock, buy, sources, make, made, run_down, start, by_hand)
    _write_stock_balance(problem, builder, trunk, opening)
    _write_use_of_stock(problem, builder, trunk, opening)
    _write_trunk_holding(problem, leaves, trunk)
    _write_starts(problem, builder, leaves, trunk)
    return trunk


def normal_use(problem: CombProblem) -> Floats:
    """Use of normal running in each epoch, shape (epoch, item) [units]."""
    usage = problem.arrays.usage
    return np.array(
        [usage[problem.epoch_week(e) : problem.epoch_week(e + 1)].sum(axis=0) for e in range(problem.epochs)]
    )


def _most_bought(problem: CombProblem, sources: Ints, epoch_use: Floats, most: Floats) -> Floats:
    """Spare capacity of each source in each epoch; 0 where nothing would arrive before an event."""
    return np.where(in_time(problem, sources), spare_capacity(problem, sources, epoch_use, most), 0.0)


def in_time(problem: CombProblem, sources: Ints) -> Bools:
    """Whether any of what is ordered in an epoch is there when the last one starts, shape (epoch, source)."""
    last = problem.epochs - 1
    shares = [[stock_share(problem, int(s), epoch, last) for s in sources] for epoch in range(problem.epochs)]
    return np.array(shares).reshape(problem.epochs, len(sources)) > 0


def spare_capacity(problem: CombProblem, sources: Ints, epoch_use: Floats, most: Floats) -> Floats:
    """What sources deliver in an epoch beyond normal running, shape (epoch, source) [units].

    Calls placed ahead take theirs; `limits.write_capacity` says how they and normal running share it.

    Args:
        problem: the comb tree.
        sources: to be looked at.
        epoch_use: normal use, shape (epoch, item) [units].
        most: stock of each item at risk beyond which more can't pay [units].
    """
    arrays = problem.arrays
    place = problem.place
    upper = np.zeros((problem.epochs, len(sources)))
    free, calls = free_capacity(problem), called_ahead(arrays)
    for column, source in enumerate(sources):
        item = int(arrays.source_item[source])
        # Normal running takes its need from the sources in their order.
        before = [s for s in range(arrays.source_ptr[item], int(source)) if arrays.source_qualified[s]]
        for epoch in range(problem.epochs):
            used = max(0.0, epoch_use[epoch, item] - free[epoch, before].sum()) if not calls[source] else 0.0
            upper[epoch, column] = np.clip(free[epoch, source] - used, 0.0, most[place[item]])
    return upper


def free_capacity(problem: CombProblem) -> Floats:
    """What sources take orders for in an epoch beside calls placed ahead, shape (epoch, source) [units]."""
    arrays = problem.arrays
    left = np.maximum(arrays.source_capacity - arrays.ordered_ahead, 0.0)
    return np.array(
        [left[problem.epoch_week(e) : problem.epoch_week(e + 1)].sum(axis=0) for e in range(problem.epochs)]
    )


def called_ahead(arrays: NetworkArrays) -> Bools:
    """Sources of limited capacity with which calls are placed ahead, and from which all normal orders of
    their item come; shape (source)."""
    qualified = np.bincount(arrays.source_item[arrays.source_qualified], minlength=len(arrays.item_ids))
    alone = arrays.source_qualified & (qualified[arrays.source_item] == 1)
    return alone & np.isfinite(arrays.source_capacity) & arrays.ordered_ahead.any(axis=0)


def _most_made(problem: CombProblem, made: Ints, epoch_use: Floats, most: Floats) -> Floats:
    """Spare making capacity; 0 before parts that are not at risk could have been ordered for it."""
    arrays = problem.arrays
    place = problem.place
    upper = np.zeros((problem.epochs, len(made)))
    for column, item in enumerate(made):
        ready = making_lead(problem, int(item))
        for epoch in range(problem.epochs - 1):
            if problem.epoch_week(epoch) >= ready:
                weeks = problem.epoch_week(epoch + 1) - problem.epoch_week(epoch)
                spare = arrays.make_capacity[item] * weeks - epoch_use[epoch, item]
                upper[epoch, column] = np.clip(spare, 0.0, most[place[item]])
    return upper


def _most_skipped(problem: CombProblem) -> Floats:
    """Normal use in the weeks of each epoch in which its replenishment can be skipped, shape (epoch, item at
    risk) [units]."""
    return np.array(
        [
            [problem.arrays.usage[problem.skip_weeks(int(item), epoch), item].sum() for item in problem.items]
            for epoch in range(problem.epochs)
        ]
    )


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


def inside(problem: CombProblem, item: int) -> dict[int, float]:
    """Units of what one unit of an item is made of: what is at risk, and what is bought; items made on the
    way that are not followed themselves are looked through."""
    arrays, place = problem.arrays, problem.place
    found: dict[int, float] = {}
    waiting = [(item, 1.0)]
    while waiting:
        parent, units = waiting.pop()
        for row in range(arrays.bom_ptr[parent], arrays.bom_ptr[parent + 1]):
            child, quantity = int(arrays.bom_child[row]), units * float(arrays.bom_quantity[row])
            if place[child] < 0 and arrays.made[child]:
                waiting.append((child, quantity))
            else:
                found[child] = found.get(child, 0.0) + quantity
    return found


def children_at_risk(problem: CombProblem, item: int) -> tuple[Ints, Floats]:
    """Places among the items at risk, and quantities, of what an item is made of that is at risk; see
    `inside`."""
    place = problem.place
    found = {int(place[child]): units for child, units in inside(problem, item).items() if place[child] >= 0}
    return np.array(list(found), dtype=np.int64), np.array(list(found.values()))


def _write_stock_balance(
    problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening
) -> None:
    """stock[e+1] = stock[e] + arrivals + made - run down - used for making + not used where making is
    skipped, from the surplus."""
    arrays, items = problem.arrays, problem.items
    place = problem.place
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
            child, quantity = children_at_risk(problem, int(item))
            builder.add_entries(rows[child], trunk.make[epoch, column], quantity)
            builder.add_entries(rows[child], trunk.run_down[epoch, place[item]], -quantity)


def _write_use_of_stock(
    problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening
) -> None:
    """What is run down or used for extra making in an epoch is there when the epoch starts, comes at once,
    or is not used as making is skipped: goods that arrive later can't have been used before."""
    arrays, items = problem.arrays, problem.items
    place = problem.place
    for epoch in range(problem.epochs):
        there = np.minimum(opening.on_hand[problem.epoch_week(epoch), items], 0.0)
        rows = builder.add_rows(-np.inf, there, len(items))
        builder.add_entries(rows, trunk.run_down[epoch], 1.0)
        builder.add_entries(rows, trunk.stock[epoch], -1.0)
        for column, source in enumerate(trunk.buy_sources):
            if arrays.source_lead[source] == 0:
                row = rows[place[arrays.source_item[source]]]
                builder.add_entries(row, trunk.buy[epoch, column], -1.0)
        for column, item in enumerate(trunk.make_items):
            child, quantity = children_at_risk(problem, int(item))
            builder.add_entries(rows[child], trunk.make[epoch, column], quantity)
            builder.add_entries(rows[child], trunk.run_down[epoch, place[item]], -quantity)


def _write_trunk_holding(problem: CombProblem, leaves: LeafWriter, trunk: Trunk) -> None:
    """Holding of protective stock in each week before the event, and price variances.

    What is bought and run down in an epoch is held to its end: it counts as stock at the event, which falls
    at the start. Else lots that arrive there in place of normal orders of the epoch would look like stock
    that costs half its holding.
    """
    arrays, items = problem.arrays, problem.items
    place = problem.place
    hold = arrays.holding_cost[items]
    variance = price_variance(arrays)
    calm = variance.copy()
    calm[items] = 0.0
    for epoch in range(problem.epochs):
        start, end = problem.epoch_week(epoch), problem.epoch_week(epoch + 1)
        weeks = end - start
        leaves.lived(epoch, trunk.stock[epoch], weeks * hold)
        bought = np.flatnonzero(~arrays.made[items])
        leaves.lived(epoch, trunk.run_down[epoch, bought], -variance[items[bought]])
        for column, source in enumerate(trunk.buy_sources):
            item = int(arrays.source_item[source])
            extra = arrays.source_price[source] - arrays.standard_cost[item]
            leaves.lived(epoch, trunk.buy[epoch, column], extra)
            lead = int(arrays.source_lead[source])
            for ordered in range(epoch + 1):
                orders = order_weeks(problem, int(source), ordered)
                arrivals = orders + lead
                inside = arrivals[(arrivals >= start + (1 if lead > 0 else 0)) & (arrivals < end)]
                if len(inside):
                    cost = arrays.holding_cost[item] * (end - inside).sum() / len(orders)
                    leaves.lived(epoch, trunk.buy[ordered, column], cost)
        for column, item in enumerate(trunk.make_items):
            child, quantity = children_at_risk(problem, int(item))
            net = arrays.holding_cost[item] - quantity @ hold[child]
            materials = explode(arrays, int(item), calm)
            cost = net * (weeks + 1) / 2 + materials
            leaves.lived(epoch, trunk.make[epoch, column], cost)
            idle = idle_parts(problem, int(item), epoch)
            leaves.lived(epoch, trunk.run_down[epoch, place[item]], idle - cost)


def idle_parts(problem: CombProblem, item: int, epoch: int) -> float:
    """Cost of holding parts that are not at risk and were ordered, before the start, for one unit of normal
    making that is skipped [money/unit]; it counts in the epoch of the skipping."""
    arrays = problem.arrays
    place = problem.place
    weeks, cost = np.arange(problem.epoch_week(epoch), problem.epoch_week(epoch + 1)), 0.0
    for child, quantity in inside(problem, item).items():
        first = arrays.first_source(child)
        if place[child] < 0 and first >= 0:
            wait = np.maximum(int(arrays.source_lead[first]) - weeks, 0)
            cost += quantity * float(arrays.holding_cost[child] * wait.mean())
    return cost


def _write_starts(problem: CombProblem, builder: ProgramBuilder, leaves: LeafWriter, trunk: Trunk) -> None:
    """At most one start option for each source, and its cost in every leaf that comes to pay it."""
    arrays = problem.arrays
    by_source: dict[int, list[int]] = {}
    weeks = np.array([tooth.week for tooth in problem.teeth])
    restrictions = np.array([tooth.restriction for tooth in problem.teeth], dtype=np.int64)
    for number, option in enumerate(problem.options):
        by_source.setdefault(option.source, []).append(number)
        hit = arrays.hits_item[restrictions, arrays.source_item[option.source]]
        after = hit & bool(arrays.start_after[option.source])
        begun = np.zeros(len(weeks), dtype=bool) if option.week == AT_EVENT else option.week < weeks
        pays = np.append(begun | after, option.week != AT_EVENT)
        leaves.own(np.nonzero(pays)[0], trunk.start[number], arrays.switch_cost[option.source])
    for numbers in by_source.values():
        row = builder.add_rows(-np.inf, 1.0, 1)
        builder.add_entries(row, trunk.start[numbers], 1.0)
