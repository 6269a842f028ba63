"""What is on order at an event that stops none of it, week by week. In: `CombProblem`, trunk. Out: matrices.
One reason to exist: what was bought comes, wanted or not, and what was skipped is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.ordering import orderings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class OnOrder:
    """Of purchases and of normal orders skipped, by trunk column [weeks of cover per unit], or by `z`."""

    link: csr_matrix
    """What is on order at an event and still comes to a point, shape (point, column)."""
    coming: csr_matrix
    """Purchases on order that come in each week after an event, unless it stops them, shape (epoch x part x
    week, column)."""
    skipped: csr_matrix
    """The same of normal orders that were skipped and do not come."""
    due: csr_matrix
    """Purchases on order that come to points after the event, shape (due, column)."""

    def by(self, columns: Ints, scale: Floats) -> OnOrder:
        """By some of the columns, in other units.

        Args:
            columns: of the trunk, one for each `z`; there are no entries in others.
            scale: units in one of each.
        """
        place, unit = np.zeros((2, self.link.shape[1]))
        place[columns], unit[columns] = np.arange(len(columns)), scale
        place = place.astype(self.link.indices.dtype)

        def turned(matrix: csr_matrix) -> csr_matrix:
            entries = (matrix.data * unit[matrix.indices], place[matrix.indices], matrix.indptr)
            return csr_matrix(entries, shape=(matrix.shape[0], len(columns)))

        return OnOrder(*(turned(matrix) for matrix in (self.link, self.coming, self.skipped, self.due)))


class _Entries:
    """Entries of a matrix, block by block."""

    def __init__(self) -> None:
        self.rows, self.columns, self.values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]

    def add(self, rows: Ints, columns: Ints, values: Floats) -> None:
        """All of one shape, or stretched to that of `rows`."""
        self.rows.append(rows.ravel())
        self.columns.append(np.broadcast_to(columns, rows.shape).ravel())
        self.values.append(np.broadcast_to(values, rows.shape).ravel())

    def matrix(self, shape: tuple[int, int]) -> csr_matrix:
        entries = (np.concatenate(self.rows), np.concatenate(self.columns))
        return csr_matrix((np.concatenate(self.values), entries), shape=shape)


def weeks_on_order(problem: CombProblem, lead: Ints) -> int:
    """Weeks after an event in which what was ordered before it can come, at least 1."""
    bought = problem.arrays.source_lead[problem.arrays.source_qualified]
    return int(max(bought.max(initial=1), lead.max(initial=1)))


def purchases(
    problem: CombProblem, trunk: Trunk, parts: Ints, use: Floats, shape: tuple[int, int]
) -> csr_matrix:
    """What comes in each week after an event at the start of each epoch of purchases ordered before it; what
    comes in the week of the event counts as stock.

    Args:
        problem: the comb tree.
        trunk: its columns.
        parts: place among the items at risk of each part.
        use: a week of cover of each part, shape (part) [units].
        shape: (epoch x part x week, trunk column).

    Returns:
        Weeks of cover per unit, of that shape.
    """
    n_part, n_week = len(parts), shape[0] // max(problem.epochs * len(parts), 1)
    part_of = np.full(len(problem.items), -1, dtype=np.int64)
    part_of[parts] = np.arange(n_part)
    part = part_of[problem.place[problem.arrays.source_item[trunk.buy_sources]]]
    entries = _Entries()
    for kind in orderings(problem, trunk.buy_sources):
        mine, parts = part[kind.columns], kind.parts
        for epoch in range(1, problem.epochs):
            ordered = np.repeat(np.arange(epoch), parts[:epoch])
            weeks = np.concatenate(kind.orders[:epoch]) + kind.lead - problem.epoch_week(epoch)
            kept = (weeks >= 1) & (weeks < n_week)
            ordered, weeks = ordered[kept], weeks[kept]
            rows = (epoch * n_part + mine[:, None]) * n_week + weeks
            columns = trunk.buy[np.ix_(ordered, kind.columns)].T
            entries.add(rows, columns, 1.0 / (parts[ordered] * use[mine, None]))
    return entries.matrix(shape)


def skipped(
    problem: CombProblem, trunk: Trunk, parts: Ints, lead: Ints, use: Floats, shape: tuple[int, int]
) -> csr_matrix:
    """What does not come in each week after an event, as it was skipped; arguments as for `purchases`.

    `lead`: lead time of the first source of each part, 0 if there is none [weeks].
    """
    n_part, n_week = len(parts), shape[0] // max(problem.epochs * len(parts), 1)
    entries = _Entries()
    for wait in np.unique(lead[lead > 1]):
        mine = np.flatnonzero(lead == wait)
        item = int(problem.items[parts[mine[0]]])
        for epoch in range(problem.epochs):
            start = problem.epoch_week(epoch)
            for later in range(epoch, problem.epochs):
                skip = problem.skip_weeks(item, later)
                if skip.start >= start + wait:
                    break
                weeks = np.arange(max(skip.start, start + 1), min(skip.stop, start + int(wait))) - start
                if len(weeks):
                    rows = (epoch * n_part + mine[:, None]) * n_week + weeks
                    share = problem.skip_shares(problem.items[parts[mine]], skip)
                    share = share[weeks + start - skip.start].T / use[mine, None]
                    entries.add(rows, trunk.run_down[later, parts[mine], None], share)
    return entries.matrix(shape)
