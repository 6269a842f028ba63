"""Limits of the trunk, one family a function: shelf life, storage, cash calendar, calls placed ahead.
In: `CombProblem` and the trunk's columns. Out: rows in a `ProgramBuilder`. One reason to exist:
what holds a plan back, beside what a source can deliver in an epoch (model.md section 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.constraints import (
    Trunk,
    called_ahead,
    free_capacity,
    least_stock,
    price_variance,
)
from outlast.optimise.contents import explode
from outlast.optimise.ordering import orderings
from outlast.optimise.program import ProgramBuilder
from outlast.optimise.supply import Opening

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


ROUNDING = 1e-9
"""Share by which what is just possible may be missed in floating point."""


@dataclass(frozen=True)
class Limits:
    """Rows of the limits."""

    shelf_rows: Ints
    """Rows of shelf lives, by epoch from the second on and by item of `shelf_items`."""
    shelf_items: Ints
    """Places among the items at risk whose shelf life is limited."""
    storage_rows: Ints
    """Rows of storage, one for each epoch from the second on; none without a limit."""
    cash_rows: Ints
    """Rows of the cash calendar."""
    cash_weeks: Ints
    """Week whose end each cash row looks at."""
    capacity_rows: Ints
    """Rows of build-up from sources with which calls were placed ahead."""


def write_limits(problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening) -> Limits:
    """Rows of every limit on what is held and paid before the event."""
    shelf_items, shelf_rows = write_shelf_life(problem, builder, trunk, opening)
    storage_rows = write_storage(problem, builder, trunk, opening)
    cash_rows, cash_weeks = write_cash(problem, builder, trunk)
    capacity_rows = write_capacity(problem, builder, trunk, opening)
    return Limits(shelf_rows, shelf_items, storage_rows, cash_rows, cash_weeks, capacity_rows)


def left_of_surplus(problem: CombProblem, opening: Opening) -> Floats:
    """Surplus of the start that normal use has not eaten when an epoch starts, if nothing replaces
    it, shape (epoch + 1, item at risk) [units]: no plan can hold less."""
    used = np.vstack(
        [np.zeros(len(problem.items)), np.cumsum(problem.arrays.usage[:, problem.items], axis=0)]
    )
    return np.maximum(opening.surplus[problem.items] - used[problem.epoch_weeks], 0.0)


def most_by_shelf_life(problem: CombProblem, opening: Opening) -> tuple[Ints, Floats]:
    """Most protective stock, the oldest used first, that normal running uses up in its shelf life.

    Returns:
        Places of the items with a limited shelf life among the items at risk, and their most, shape
        (epoch + 1, place) [units].

    Source: Nahmias (1982), Operations Research 30, section 1 (issuing the oldest first).
    """
    arrays = problem.arrays
    places = np.nonzero(np.isfinite(arrays.shelf_life[problem.items]))[0]
    items = problem.items[places]
    used = np.vstack([np.zeros(len(items)), np.cumsum(arrays.usage[:, items], axis=0)])
    most = np.zeros((problem.epochs + 1, len(items)))
    for epoch in range(problem.epochs + 1):
        week = problem.epoch_week(epoch)
        last = np.minimum(week + arrays.shelf_life[items], arrays.n_week)
        whole = np.floor(last).astype(np.int64)
        part = (last - whole) * arrays.usage[np.minimum(whole, arrays.n_week - 1), items]
        use = used[whole, np.arange(len(items))] + part - used[week]
        most[epoch] = np.maximum(use - opening.on_hand[week, items], 0.0)
    return places, np.maximum(most, left_of_surplus(problem, opening)[:, places])


def write_shelf_life(
    problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening
) -> tuple[Ints, Ints]:
    """No more is held than is used before its shelf life ends.

    Returns:
        Places of the items with a limited shelf life among the items at risk, and the rows.
    """
    places, most = most_by_shelf_life(problem, opening)
    rows = builder.add_rows(-np.inf, most[1:].ravel(), most[1:].size)
    builder.add_entries(rows, trunk.stock[1:, places].ravel(), 1.0)
    return places, rows


def free_storage(problem: CombProblem, opening: Opening) -> Floats:
    """Space for protective stock when an epoch starts, shape (epoch + 1) [space].

    Where normal running and the surplus of the start alone need more than there is, nothing may be added.
    """
    arrays = problem.arrays
    space = arrays.storage_per_unit
    floor = left_of_surplus(problem, opening) @ space[problem.items]
    weeks = problem.epoch_weeks
    other = np.ones(len(space), dtype=bool)
    other[problem.items] = False
    # Surplus of items that are not at risk is run down by normal use as well.
    used = np.vstack([np.zeros(len(space)), np.cumsum(arrays.usage, axis=0)])[weeks]
    idle = np.maximum(opening.surplus - used, 0.0)[:, other] @ space[other]
    # Of what is at risk, goods on order count as protective stock before they arrive, but fill no space yet.
    held = np.where(other, np.maximum(opening.on_hand[weeks], 0.0), opening.on_hand[weeks])
    free = arrays.storage_limit - held @ space - idle
    return np.maximum(free, floor)


def write_storage(problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening) -> Ints:
    """All stock at the start of an epoch, that of normal running included, fits into storage."""
    arrays = problem.arrays
    if not np.isfinite(arrays.storage_limit):
        return np.zeros(0, dtype=np.int64)
    rows = builder.add_rows(-np.inf, free_storage(problem, opening)[1:], problem.epochs)
    space = arrays.storage_per_unit[problem.items]
    builder.add_entries(rows[:, None], trunk.stock[1:], space[None, :])
    return rows


def write_cash(problem: CombProblem, builder: ProgramBuilder, trunk: Trunk) -> tuple[Ints, Ints]:
    """Cumulative cash paid for protection stays below the limit, at payment date.

    Returns:
        The rows, and the week whose end each looks at.
    """
    limit = problem.arrays.cash_limit[: problem.arrays.horizon_weeks]
    if not np.isfinite(limit).any():
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    changes = np.nonzero(np.diff(limit) != 0)[0]
    weeks = np.unique(np.concatenate([changes, problem.epoch_weeks[1:] - 1]))
    weeks = weeks[np.isfinite(limit[weeks])]
    rows = builder.add_rows(-np.inf, limit[weeks], len(weeks))
    for columns, paid_weeks, amounts in other_payments(problem, trunk):
        for column, week, amount in zip(columns, paid_weeks, amounts, strict=True):
            builder.add_entries(rows[weeks >= week], column, amount)
    _charge_purchases(problem, builder, trunk, rows, weeks)
    return rows, weeks


def _charge_purchases(
    problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, rows: Ints, weeks: Ints
) -> None:
    """What of the build-up is paid by the end of the weeks that cash rows look at."""
    arrays = problem.arrays
    for kind in orderings(problem, trunk.buy_sources):
        wait = arrays.source_payment_weeks[trunk.buy_sources[kind.columns]]
        for payment_weeks in np.unique(wait):
            columns = kind.columns[wait == payment_weeks]
            price = arrays.source_price[trunk.buy_sources[columns]]
            for epoch, paid in enumerate(kind.parts_paid(int(payment_weeks), weeks)):
                count, due = kind.parts[epoch], np.flatnonzero(paid)
                # Rounded as a sum of single payments is.
                money = np.cumsum(np.broadcast_to(price / count, (count, len(columns))), axis=0)
                builder.add_entries(rows[due][:, None], trunk.buy[epoch, columns], money[paid[due] - 1])


def write_capacity(problem: CombProblem, builder: ProgramBuilder, trunk: Trunk, opening: Opening) -> Ints:
    """Build-up, normal orders and calls placed ahead share the capacity of a source, in each epoch and in
    all epochs up to it.

    Normal orders are the use, less what is run down a lead time later. Where calls leave no room for the
    use, as much is run down: a normal order that finds no room can't have been placed. Where nothing was
    placed ahead there are no rows: bounds of `buy` do.

    Returns:
        The rows with build-up; those of what has to be run down are not among them.
    """
    arrays, free, calls = problem.arrays, free_capacity(problem), called_ahead(problem.arrays)
    written = [np.zeros(0, dtype=np.int64)]
    use = np.add.reduceat(arrays.usage[: arrays.horizon_weeks], problem.epoch_weeks[:-1], axis=0)
    for column, source in enumerate(trunk.buy_sources):
        if not calls[source]:
            continue
        place = int(np.nonzero(problem.items == arrays.source_item[source])[0][0])
        spare = free[:, source] - use[:, arrays.source_item[source]]
        skipped = skipped_orders(problem, place)
        possible = skipped @ most_run_down(problem, opening, place)
        for epoch in range(problem.epochs):
            for first in sorted({0, epoch}):
                span = slice(first, epoch + 1)
                must = float(np.clip(-spare[span].sum(), 0.0, possible[span].sum())) if first == 0 else 0.0
                most = max(float(spare[span].sum()), -must)
                row = builder.add_rows(-np.inf, most, 1)
                builder.add_entries(row, trunk.buy[span, column], 1.0)
                builder.add_entries(row, trunk.run_down[:, place], -skipped[span].sum(axis=0))
                written.append(row)
                if must > 0:
                    row = builder.add_rows(must * (1 - ROUNDING), np.inf, 1)
                    builder.add_entries(row, trunk.run_down[:, place], skipped[span].sum(axis=0))
    return np.concatenate(written)


def most_run_down(problem: CombProblem, opening: Opening, place: int) -> Floats:
    """The most of an item's surplus of the start that can be run down in each epoch, as early as can be,
    shape (epoch) [units].

    Args:
        problem: the comb tree.
        opening: where normal running stands.
        place: of the item among the items at risk.
    """
    item = problem.items[place]
    there = opening.surplus[item] - np.maximum(
        -opening.on_hand[problem.epoch_weeks[:-1], item], least_stock(problem, opening)[1:, place]
    )
    # What is run down now is not there later, when goods on order may still be missing.
    there = np.maximum(np.minimum.accumulate(there[::-1])[::-1], 0.0)
    amount = np.zeros(problem.epochs)
    for epoch in range(problem.epochs):
        use = problem.arrays.usage[problem.skip_weeks(int(item), epoch), item].sum()
        amount[epoch] = np.clip(there[epoch] - amount.sum(), 0.0, use)
    return amount


def skipped_orders(problem: CombProblem, place: int) -> Floats:
    """Share of what is run down in an epoch that is not ordered in another, a lead time earlier, of the item
    at a place among those at risk. Shape (epoch of the order, epoch of the run-down)."""
    item = int(problem.items[place])
    lead = int(problem.arrays.source_lead[problem.arrays.first_source(item)])
    share = np.zeros((problem.epochs, problem.epochs))
    for epoch in range(problem.epochs):
        weeks = problem.skip_weeks(item, epoch)
        ordered = (np.array(weeks, dtype=np.int64) - lead) // problem.arrays.epoch_weeks
        np.add.at(share[:, epoch], ordered, problem.skip_shares(np.array([item]), weeks)[:, 0])
    return share


def other_payments(problem: CombProblem, trunk: Trunk) -> list[tuple[Ints, Ints, Floats]]:
    """(columns, weeks of payment, money per unit of the column) of what is paid for protection beside
    purchases."""
    arrays = problem.arrays
    risk = np.zeros(len(arrays.item_ids), dtype=bool)
    risk[problem.items] = True
    first_price = np.where(risk, 0.0, arrays.standard_cost + price_variance(arrays))
    out = []
    for column, item in enumerate(trunk.make_items):
        money = making_cost(arrays, int(item)) + explode(arrays, int(item), first_price)
        out.append((trunk.make[:, column], problem.epoch_weeks[:-1], np.full(problem.epochs, money)))
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
