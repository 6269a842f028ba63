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
    found: list[tuple[Floats, Floats, Floats, Floats]] = [(np.zeros(0),) * 4]
    for kind in orderings(problem, source):
        for (epoch, r), group in groups.items():
            at = point[group, item[kind.columns]]
            column = kind.columns[at >= 0]
            here = at[at >= 0].astype(np.float64)
            for ordered in range(epoch if len(column) else 0):
                orders = kind.orders[ordered]
                weeks = orders + kind.lead - problem.epoch_week(epoch)
                for week in weeks[weeks > 0]:
                    left = np.where(
                        week < last[r][source[column]], 1.0, arrays.supply_left[r, source[column]]
                    )
                    amount = left / len(orders) / use[item[column]]
                    buy = trunk.buy[ordered, column].astype(np.float64)
                    found.append((here, np.full(len(column), float(week)), buy, amount))
    place, week, buy, amount = (np.concatenate([each[k] for each in found]) for k in range(4))
    order = np.argsort(place * (week.max(initial=0.0) + 1.0) + week, kind="stable")
    counts = np.bincount(place.astype(np.int64), minlength=shape[0])
    entries = (amount[order], (np.arange(len(order)), buy[order].astype(np.int64)))
    return Due(
        np.append(0, np.cumsum(counts)), week[order], csr_matrix(entries, shape=(len(order), shape[1]))
    )
