"""Build-up on order of parts that an event cuts, and when it comes. In: a trunk. Out: `Due`.
One reason to exist: a plan can't use what has not come yet, though points count it from the start.
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
class Due:
    """What is due, point by point, and then in the order of weeks."""

    first: Ints
    """Shape (point + 1)."""
    week: Floats
    """After the event, above 0; shape (due)."""
    amount: csr_matrix
    """Shape (due, trunk column) [weeks of cover per unit]."""


def build_due(
    problem: CombProblem,
    trunk: Trunk,
    shape: tuple[int, int],
    use: Floats,
    point: NDArray[np.int32],
    groups: dict[tuple[int, int], int],
    last: dict[int, Floats],
) -> Due:
    """What is due at points.

    Args:
        problem: the comb tree.
        trunk: its columns.
        shape: numbers of points and of trunk columns.
        use: a week of cover, shape (item at risk) [units].
        point: of each group and item, -1 if it is not cut; shape (group, item).
        groups: number of each (epoch, restriction).
        last: weeks after an event from which nothing ordered before it comes, by restriction, shape (source).
    """
    arrays, source = problem.arrays, trunk.buy_sources
    item = problem.place[arrays.source_item[source]]
    found: list[tuple[Ints, Ints, Ints, Floats]] = []
    for kind in orderings(problem, source):
        for (epoch, r), group in groups.items():
            at = point[group, item[kind.columns]]
            column, here = kind.columns[at >= 0], at[at >= 0].astype(np.int64)
            if not len(column) or not epoch:
                continue
            # All that is due of these sources: an entry for each order and source.
            ordered = np.repeat(np.arange(epoch), kind.parts[:epoch])
            weeks = np.concatenate(kind.orders[:epoch]) + kind.lead - problem.epoch_week(epoch)
            ordered, weeks = ordered[weeks > 0], weeks[weeks > 0]
            of, late = source[column], weeks[:, None] >= last[r][source[column]]
            left = np.where(late, arrays.supply_left[r, of], 1.0) / kind.parts[ordered][:, None]
            found.append(
                (
                    np.broadcast_to(here, left.shape).ravel(),
                    np.repeat(weeks, len(column)),
                    trunk.buy[np.ix_(ordered, column)].ravel(),
                    (left / use[item[column]]).ravel(),
                )
            )
    place, week, buy = (np.concatenate([np.zeros(0, np.int64), *(one[k] for one in found)]) for k in range(3))
    amount = np.concatenate([np.zeros(0), *(one[3] for one in found)])
    order = np.argsort(place * (week.max(initial=0) + 1) + week, kind="stable")
    counts = np.bincount(place, minlength=shape[0])
    entries = (amount[order], (np.arange(len(order)), buy[order]))
    return Due(
        np.append(0, np.cumsum(counts)),
        week[order].astype(np.float64),
        csr_matrix(entries, shape=(len(order), shape[1])),
    )
