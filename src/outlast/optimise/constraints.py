"""Rows of the trunk, one family a function: stock, purchases, making, starts.
In: `CombProblem`. Out: columns and rows in a `ProgramBuilder`. One reason to exist: the algebra
of what is decided before the event (model.md section 7). The program minimises expected loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.byhand import HandColumns, earlier_amounts, write_by_hand, write_changes
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.contents import Contents, contents, explode
from outlast.optimise.leaves import LeafWriter
from outlast.optimise.ordering import Ordering, orderings
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
    start_rows: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Rows that let at most one start option of each source be taken."""


def price_variance(arrays: NetworkArrays) -> Floats:
    """First source's price less standard cost of bought items, 0 for made ones [money/unit]."""
    bought = np.flatnonzero(~arrays.made & (arrays.first_sources >= 0))
    variance = np.zeros(len(arrays.item_ids))
    variance[bought] = arrays.source_price[arrays.first_sources[bought]] - arrays.standard_cost[bought]
    return variance


def end_loss(arrays: NetworkArrays) -> Floats:
    """What a unit left at the end loses of its standard cost: its write-down, and what it, or what it is made
    of, can be bought for less, so that goods are not bought for the end; shape (item) [money/unit]."""
    lowest = np.full(len(arrays.item_ids), np.inf)
    np.minimum.at(lowest, arrays.source_item, arrays.source_price)
    saved = np.where(arrays.made, 0.0, np.maximum(arrays.standard_cost - lowest, 0.0))
    inside = np.array([explode(arrays, item, saved) for item in range(len(saved))])
    return arrays.write_down_share * arrays.standard_cost + inside


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
    return opening.missing[problem.epoch_weeks][:, problem.items]


def write_trunk(problem: CombProblem, builder: ProgramBuilder, leaves: LeafWriter, opening: Opening) -> Trunk:
    """Columns and rows of everything that is decided before the event."""
    arrays, items, n_epoch = problem.arrays, problem.items, problem.epochs
    made = items[arrays.made[items]]
    of = arrays.source_item
    sources = np.flatnonzero(arrays.source_qualified & ~arrays.made[of] & (problem.place[of] >= 0))
    kinds, parts = orderings(problem, sources), contents(problem, made)
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
    _write_stock_balance(problem, builder, trunk, opening, kinds, parts)
    _write_use_of_stock(problem, builder, trunk, opening, parts)
    _write_trunk_holding(problem, leaves, trunk, kinds, parts)
    return replace(trunk, start_rows=_write_starts(problem, builder, leaves, trunk))


def normal_use(problem: CombProblem) -> Floats:
    """Use of normal running in each epoch, shape (epoch, item) [units]."""
    return problem.by_epoch(problem.arrays.usage)


def _most_bought(problem: CombProblem, sources: Ints, epoch_use: Floats, most: Floats) -> Floats:
    """Spare capacity of each source in each epoch; 0 where nothing would arrive before an event."""
    return np.where(in_time(problem, sources), spare_capacity(problem, sources, epoch_use, most), 0.0)


def in_time(problem: CombProblem, sources: Ints) -> Bools:
    """Whether any of what is ordered in an epoch is there when the last one starts, shape (epoch, source)."""
    there = np.zeros((problem.epochs, len(sources)), dtype=bool)
    for kind in orderings(problem, sources):
        there[:, kind.columns] = kind.share_there(problem.epoch_weeks[-2:-1]) > 0
    return there


def spare_capacity(problem: CombProblem, sources: Ints, epoch_use: Floats, most: Floats) -> Floats:
    """What sources deliver in an epoch beyond normal running, shape (epoch, source) [units].

    Calls placed ahead take theirs; `limits.write_capacity` says how they and normal running share it.

    Args:
        problem: the comb tree.
        sources: to be looked at.
        epoch_use: normal use, shape (epoch, item) [units].
        most: stock of each item at risk beyond which more can't pay [units].
    """
    arrays, free = problem.arrays, free_capacity(problem)
    # Normal running takes its need from the qualified sources in their order.
    before = np.zeros_like(free)
    for source in np.flatnonzero(np.diff(arrays.source_item) == 0):
        own = free[:, source] if arrays.source_qualified[source] else 0.0
        before[:, source + 1] = before[:, source] + own
    item = arrays.source_item[sources]
    used = np.maximum(0.0, epoch_use[:, item] - before[:, sources])
    used[:, called_ahead(arrays)[sources]] = 0.0
    spare: Floats = np.clip(free[:, sources] - used, 0.0, most[problem.place[item]])
    return spare


def free_capacity(problem: CombProblem) -> Floats:
    """What sources take orders for in an epoch beside calls placed ahead, shape (epoch, source) [units]."""
    arrays = problem.arrays
    left = np.maximum(arrays.source_capacity - arrays.ordered_ahead, 0.0)
    return problem.by_epoch(left)


def called_ahead(arrays: NetworkArrays) -> Bools:
    """Sources of limited capacity with which calls are placed ahead, and from which all normal orders of
    their item come; shape (source)."""
    qualified = np.bincount(arrays.source_item[arrays.source_qualified], minlength=len(arrays.item_ids))
    alone = arrays.source_qualified & (qualified[arrays.source_item] == 1)
    return alone & np.isfinite(arrays.source_capacity) & arrays.ordered_ahead.any(axis=0)


def _most_made(problem: CombProblem, made: Ints, epoch_use: Floats, most: Floats) -> Floats:
    """Spare making capacity; 0 before parts that are not at risk could have been ordered for it."""
    weeks, ready = problem.epoch_weeks, np.array([making_lead(problem, int(item)) for item in made])
    spare = problem.arrays.make_capacity[made] * np.diff(weeks)[:, None] - epoch_use[:, made]
    upper = np.clip(spare, 0.0, most[problem.place[made]])
    upper[-1] = 0.0
    return np.where(weeks[:-1, None] >= ready, upper, 0.0)


def _most_skipped(problem: CombProblem) -> Floats:
    """Normal use in the weeks of each epoch in which its replenishment can be skipped, shape (epoch, item at
    risk) [units]; see `CombProblem.skip_weeks`."""
    arrays, items = problem.arrays, problem.items
    first, lead = arrays.first_sources[items], np.zeros(len(items), dtype=np.int64)
    ordered = ~arrays.made[items] & (first >= 0)
    lead[ordered] = arrays.source_lead[first[ordered]]
    most = np.zeros((problem.epochs, len(items)))
    for wait in np.unique(lead):
        mine = np.flatnonzero(lead == wait)
        for epoch in range(problem.epochs):
            weeks = problem.skip_weeks(int(items[mine[0]]), epoch)
            most[epoch, mine] = np.ascontiguousarray(arrays.usage[weeks][:, items[mine]].T).sum(axis=1)
    return most


def making_lead(problem: CombProblem, item: int) -> int:
    """Weeks until extra parts that are not at risk can be there for extra making."""
    arrays = problem.arrays
    child = arrays.explosion_item[arrays.explosion_ptr[item] : arrays.explosion_ptr[item + 1]]
    child = child[~arrays.made[child] & (problem.place[child] < 0) & (arrays.first_sources[child] >= 0)]
    return int(arrays.source_lead[arrays.first_sources[child]].max(initial=0) + arrays.make_weeks[item])


def _write_stock_balance(
    problem: CombProblem,
    builder: ProgramBuilder,
    trunk: Trunk,
    opening: Opening,
    kinds: list[Ordering],
    parts: Contents,
) -> None:
    """stock[e+1] = stock[e] + arrivals + made - run down - used for making + not used where making is
    skipped, from the surplus."""
    items, place = problem.items, problem.place
    first = builder.add_rows(opening.surplus[items], opening.surplus[items], len(items))
    builder.add_entries(first, trunk.stock[0], 1.0)
    rows = builder.add_rows(0.0, 0.0, problem.epochs * len(items)).reshape(problem.epochs, -1)
    builder.add_entries(rows, trunk.stock[1:], 1.0)
    builder.add_entries(rows, trunk.stock[:-1], -1.0)
    builder.add_entries(rows, trunk.run_down, 1.0)
    for kind in kinds:
        gained = np.diff(kind.share_there(problem.epoch_weeks), axis=1)
        ordered, epoch = np.nonzero(gained > 0)
        mine = place[problem.arrays.source_item[trunk.buy_sources[kind.columns]]]
        bought = trunk.buy[ordered[:, None], kind.columns]
        builder.add_entries(rows[epoch[:, None], mine], bought, -gained[ordered, epoch][:, None])
    builder.add_entries(rows[:, place[trunk.make_items]], trunk.make, -1.0)
    _take_for_making(problem, builder, trunk, parts, rows)


def _take_for_making(
    problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, parts: Contents, rows: Ints
) -> None:
    """Extra making uses what goes into it; making that is skipped leaves it. Rows have the shape (epoch, item
    at risk)."""
    place = problem.place
    risk = place[parts.child] >= 0
    parent, child, units = parts.parent[risk], parts.child[risk], parts.units[risk]
    builder.add_entries(rows[:, place[child]], trunk.make[:, parent], units)
    builder.add_entries(rows[:, place[child]], trunk.run_down[:, place[trunk.make_items[parent]]], -units)


def _write_use_of_stock(
    problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening, parts: Contents
) -> None:
    """What is run down or used for extra making in an epoch is there when the epoch starts, comes at once,
    or is not used as making is skipped: goods that arrive later can't have been used before."""
    arrays, items = problem.arrays, problem.items
    there = np.minimum(opening.on_hand[problem.epoch_weeks[:-1]][:, items], 0.0)
    rows = builder.add_rows(-np.inf, there.ravel(), there.size).reshape(there.shape)
    builder.add_entries(rows, trunk.run_down, 1.0)
    builder.add_entries(rows, trunk.stock[:-1], -1.0)
    at_once = arrays.source_lead[trunk.buy_sources] == 0
    mine = problem.place[arrays.source_item[trunk.buy_sources[at_once]]]
    builder.add_entries(rows[:, mine], trunk.buy[:, at_once], -1.0)
    _take_for_making(problem, builder, trunk, parts, rows)


def _write_trunk_holding(
    problem: CombProblem, leaves: LeafWriter, trunk: Trunk, kinds: list[Ordering], parts: Contents
) -> None:
    """Holding of protective stock in each week before the event, and price variances.

    What is bought and run down in an epoch is held to its end: it counts as stock at the event, which falls
    at the start. Else lots that arrive there in place of normal orders of the epoch would look like stock
    that costs half its holding.
    """
    arrays, items, place = problem.arrays, problem.items, problem.place
    ends, epochs = problem.epoch_weeks[1:], np.arange(problem.epochs)[:, None]
    weeks = np.diff(problem.epoch_weeks)[:, None]
    variance = price_variance(arrays)
    leaves.lived(epochs, trunk.stock[:-1], weeks * arrays.holding_cost[items])
    bought = np.flatnonzero(~arrays.made[items])
    leaves.lived(epochs, trunk.run_down[:, bought], -variance[items[bought]])
    item = arrays.source_item[trunk.buy_sources]
    leaves.lived(epochs, trunk.buy, arrays.source_price[trunk.buy_sources] - arrays.standard_cost[item])
    for kind in kinds:
        held = kind.weeks_held(ends)
        ordered, epoch = np.nonzero(held)
        hold = arrays.holding_cost[item[kind.columns]]
        bought = trunk.buy[ordered[:, None], kind.columns]
        cost = hold * held[ordered, epoch][:, None] / kind.parts[ordered][:, None]
        leaves.lived(epoch[:, None], bought, cost)
    cost = _cost_of_making(problem, trunk.make_items, parts, variance)
    leaves.lived(epochs, trunk.make, cost)
    skipped = trunk.run_down[:, place[trunk.make_items]]
    leaves.lived(epochs, skipped, idle_parts(problem, len(trunk.make_items), parts) - cost)


def _cost_of_making(problem: CombProblem, made: Ints, parts: Contents, variance: Floats) -> Floats:
    """Holding in the epoch of making, less that of what goes in, and price variance of what goes in that is
    not at risk, shape (epoch, made item) [money/unit]."""
    arrays, place = problem.arrays, problem.place
    calm = variance.copy()
    calm[problem.items] = 0.0
    materials = np.array([explode(arrays, int(item), calm) for item in made])
    net = arrays.holding_cost[made].copy()
    for number in range(len(made)):
        mine = (parts.parent == number) & (place[parts.child] >= 0)
        net[number] -= parts.units[mine] @ arrays.holding_cost[parts.child[mine]]
    weeks = np.diff(problem.epoch_weeks)[:, None]
    return net * (weeks + 1) / 2 + materials


def idle_parts(problem: CombProblem, n_made: int, parts: Contents) -> Floats:
    """Cost of holding parts that are not at risk and were ordered, before the start, for one unit of normal
    making that is skipped, shape (epoch, made item) [money/unit]; it counts in the epoch of the skipping."""
    arrays = problem.arrays
    first = arrays.first_sources[parts.child]
    calm = np.flatnonzero((problem.place[parts.child] < 0) & (first >= 0))
    wait = np.maximum(arrays.source_lead[first[calm]] - np.arange(arrays.horizon_weeks)[:, None], 0)
    mean = problem.by_epoch(wait) / np.diff(problem.epoch_weeks)[:, None]
    cost = parts.units[calm] * (arrays.holding_cost[parts.child[calm]] * mean)
    return np.array([np.bincount(parts.parent[calm], each, n_made) for each in cost])


def _write_starts(problem: CombProblem, builder: ProgramBuilder, leaves: LeafWriter, trunk: Trunk) -> Ints:
    """At most one start option for each source, and its cost in every leaf that comes to pay it.

    Returns:
        The rows.
    """
    arrays = problem.arrays
    sources = np.array([option.source for option in problem.options], dtype=np.int64)
    weeks = np.array([tooth.week for tooth in problem.teeth])
    restrictions = np.array([tooth.restriction for tooth in problem.teeth], dtype=np.int64)
    for number in np.flatnonzero(arrays.switch_cost[sources] > 0):
        option = problem.options[number]
        hit = arrays.hits_item[restrictions, arrays.source_item[option.source]]
        after = hit & bool(arrays.start_after[option.source])
        begun = np.zeros(len(weeks), dtype=bool) if option.week == AT_EVENT else option.week < weeks
        pays = np.append(begun | after, option.week != AT_EVENT)
        leaves.own(np.nonzero(pays)[0], trunk.start[number], arrays.switch_cost[option.source])
    distinct, of_option = np.unique(sources, return_inverse=True)
    rows = builder.add_rows(-np.inf, 1.0, len(distinct))
    builder.add_entries(rows[of_option], trunk.start, 1.0)
    return rows
