"""What people decide, and what was planned before. In: `CombProblem`. Out: columns and rows.
One reason to exist: a decision by hand is kept to as long as it stands, can be let go to see what it
costs, and a plan moves away from the one before only where that is worth something.

Every limit by hand has two columns that are shut while it is kept to, and open to let it go. A purchase
planned before has two columns that measure how far the plan moves; they cost nothing until
`Master.charge` says so, so that objective and bound stay those of the plan itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.program import ProgramBuilder

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AT_EVENT = -1
"""Start week of a switch that starts only when the event comes."""


@dataclass(frozen=True)
class BuyingLimit:
    """Least and most bought in some epochs from some sources together."""

    row: int
    """Number of the override, from 0."""
    cells: tuple[tuple[int, int], ...]
    """(source, epoch)."""
    low: float
    high: float
    first_week: int
    """Nothing that it asks for is ordered before."""


@dataclass(frozen=True)
class ByHand:
    """Decisions of people, as the planner keeps to them."""

    limits: tuple[BuyingLimit, ...] = ()
    starts: tuple[tuple[int, int, int], ...] = ()
    """(row, source, week): the switch starts then, and at no other time."""
    never: tuple[tuple[int, int], ...] = ()
    """(row, source): the switch does not start, not even at an event."""
    items: tuple[int, ...] = ()
    """Items of which something has to be bought, or that a switch is started for, at risk or not."""

    def most(self, item: int, source_item: Ints) -> float:
        """Most that has to be bought of an item [units]."""
        return sum(limit.low for limit in self.limits if any(source_item[s] == item for s, _ in limit.cells))


NOTHING = ByHand()


@dataclass(frozen=True)
class Earlier:
    """The plan before, as far as it reaches into this one."""

    bought: dict[tuple[int, int], float]
    """Build-up by (source, epoch) [units]."""
    orders: dict[int, tuple[tuple[int, float], ...]]
    """The same order by order: (week, units) by source."""
    made: dict[tuple[int, int], float]
    """Made for stock by (item, epoch) [units]."""
    epochs: int
    """Epochs that it reaches into; later ones are free."""
    started: frozenset[int]
    """Sources whose switch it starts before an event."""
    share: float
    """What a change has to be worth, as a share of the money moved."""


@dataclass(frozen=True)
class HandColumns:
    """Columns that let go of limits, and that measure changes."""

    slack: Ints
    """Short of, and beyond, each limit by hand, shape (2, limit) [units]."""
    change: Ints
    """More, and less, than planned before, shape (2, epoch, bought source) [units]; empty without one."""
    change_made: Ints
    """The same of what is made for stock, shape (2, epoch, made item)."""


def write_by_hand(
    builder: ProgramBuilder,
    by_hand: ByHand,
    buy: Ints,
    buy_sources: Ints,
    most: Floats,
) -> Ints:
    """Rows of limits by hand; the columns that let go of them, shape (2, limit).

    Args:
        builder: the trunk's program.
        by_hand: limits.
        buy: columns of what is bought, shape (epoch, bought source).
        buy_sources: their sources.
        most: upper bounds of `buy`.
    """
    place = {int(source): column for column, source in enumerate(buy_sources)}
    # Lots may round what is bought up to twice what the source can deliver in all.
    room = 2 * float(most.sum()) + sum(limit.low for limit in by_hand.limits) + 1.0
    slack = builder.add_columns("by_hand", (2, len(by_hand.limits)), upper=room)
    for number, limit in enumerate(by_hand.limits):
        row = builder.add_rows(limit.low, limit.high, 1)
        for source, epoch in limit.cells:
            if source in place:
                builder.add_entries(row, buy[epoch, place[source]], 1.0)
        builder.add_entries(row, slack[0, number], 1.0)
        builder.add_entries(row, slack[1, number], -1.0)
    return slack


def write_changes(
    builder: ProgramBuilder, name: str, before: Floats, now: Ints, most: Floats, skipped: Ints, use: Floats
) -> Ints:
    """Rows that measure how far amounts move from those of the plan before; the columns of more and of less,
    shape (2, epoch that it reaches into, thing).

    Where the plan before makes ahead, normal making that is skipped is less made ahead, by another name.

    Args:
        builder: the trunk's program.
        name: of the columns.
        before: amounts of the plan before, shape (epoch that it reaches into, thing) [units].
        now: columns of the amounts now, shape (epoch, thing).
        most: upper bounds of `now`.
        skipped: columns that take the same amounts back, shape (epoch, thing); empty where none do.
        use: upper bounds of `skipped`.
    """
    upper = np.stack([2 * most.sum(axis=0) + before, before])
    ahead = before > 0
    if skipped.size:
        upper[1][ahead] += use[: len(before)][ahead]
    change = builder.add_columns(name, (2, *before.shape), upper=upper)
    rows = builder.add_rows(before.ravel(), before.ravel(), before.size)
    builder.add_entries(rows, now[: len(before)].ravel(), 1.0)
    builder.add_entries(rows, change[0].ravel(), -1.0)
    builder.add_entries(rows, change[1].ravel(), 1.0)
    if skipped.size:
        builder.add_entries(rows[ahead.ravel()], skipped[: len(before)][ahead], -1.0)
    return change


def earlier_amounts(earlier: Earlier | None, amount: dict[tuple[int, int], float], things: Ints) -> Floats:
    """Amounts of the plan before, shape (epoch that it reaches into, thing) [units]; no epochs without one.

    Args:
        earlier: the plan before.
        amount: what it bought or made by (thing, epoch).
        things: sources or items.
    """
    before = np.zeros((earlier.epochs if earlier else 0, len(things)))
    for column, thing in enumerate(things):
        for epoch in range(len(before)):
            before[epoch, column] = amount.get((int(thing), epoch), 0.0)
    return before


def keep_to(
    by_hand: ByHand,
    slack: Ints,
    start: Ints,
    option_sources: Ints,
    option_weeks: Ints,
    lower: Floats,
    upper: Floats,
    *,
    without: Collection[int] = (),
    spare: Floats | None = None,
) -> None:
    """Shuts the bounds of the trunk to what is decided by hand.

    Args:
        by_hand: the decisions.
        slack: columns that let go of limits, shape (2, limit).
        start: columns of the start options.
        option_sources: source of each start option.
        option_weeks: week of each start option.
        lower: lower bounds of the trunk, changed in place.
        upper: upper bounds of the trunk, changed in place.
        without: rows of overrides that are let go.
        spare: what each limit may be missed by until lots are whole [units]; default: 0.
    """
    for number, limit in enumerate(by_hand.limits):
        if limit.row not in without:
            upper[slack[:, number]] = 0.0 if spare is None else spare[number]
    for row, source, week in by_hand.starts:
        if row not in without:
            mine = option_sources == source
            upper[start[mine & (option_weeks != week)]] = 0.0
            lower[start[mine & (option_weeks == week)]] = 1.0
    for row, source in by_hand.never:
        if row not in without:
            upper[start[option_sources == source]] = 0.0


def money_moved(
    earlier: Earlier,
    columns: HandColumns,
    start: Ints,
    options: Sequence[tuple[int, int]],
    price: Floats,
    made_cost: Floats,
    switch_cost: Floats,
    n_column: int,
) -> Floats:
    """Money moved against the plan before, shape (trunk column) [money per unit].

    Of purchases and of making for stock, more or less in an epoch; of switches that are started though they
    were not, or not though they were (but for a constant).

    Args:
        earlier: the plan before.
        columns: those that measure changes.
        start: columns of the start options.
        options: (source, week) of each start option.
        price: of a unit from each bought source [money].
        made_cost: of a unit of each made item [money].
        switch_cost: of each source [money].
        n_column: columns of the trunk.
    """
    moved = np.zeros(n_column)
    moved[columns.change] = price
    moved[columns.change_made] = made_cost
    for number, (source, week) in enumerate(options):
        if week != AT_EVENT:
            sign = -1.0 if source in earlier.started else 1.0
            moved[start[number]] = sign * switch_cost[source]
    return moved
