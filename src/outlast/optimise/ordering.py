"""When build-up is ordered and comes. In: `CombProblem` and sources. Out: a few `Ordering`s for many.
One reason to exist: sources that take orders in the same weeks and have one lead time share their tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import CombProblem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def order_weeks(problem: CombProblem, source: int, epoch: int) -> Ints:
    """Weeks in which the build-up of an epoch is ordered: at its start, or in equal parts each
    week where capacity is limited, but for weeks that calls placed ahead have taken."""
    start, end = problem.epoch_week(epoch), problem.epoch_week(epoch + 1)
    capacity = problem.arrays.source_capacity[source]
    if np.isinf(capacity):
        return np.arange(start, start + 1)
    free = np.flatnonzero(problem.arrays.ordered_ahead[start:end, source] < capacity)
    return start + (free if len(free) else np.arange(end - start))


@dataclass(frozen=True)
class Ordering:
    """Sources whose build-up is ordered in the same weeks and comes after the same time."""

    columns: Ints
    """Their places among the sources asked about."""
    lead: int
    orders: tuple[Ints, ...]
    """Weeks in which the build-up of each epoch is ordered, see `order_weeks`."""

    @property
    def late(self) -> int:
        """1 where goods that come in the first week of an epoch are there when its event falls; without lead
        time they were ordered after it."""
        return 1 if self.lead > 0 else 0

    @property
    def parts(self) -> Ints:
        """Equal parts in which the build-up of each epoch is ordered, shape (epoch)."""
        return np.array([len(weeks) for weeks in self.orders])

    def share_there(self, weeks: Ints) -> Floats:
        """Share of the build-up of each epoch that is in stock when weeks start, their arrivals included,
        shape (epoch of the order, week)."""
        return np.array([(o[:, None] + self.lead < weeks + self.late).mean(axis=0) for o in self.orders])

    def weeks_held(self, ends: Ints) -> Ints:
        """Weeks that the parts of the build-up are held, together, in the epoch in which they come, to its
        end, unless they are there when the epoch starts. Shape (epoch of the order, epoch).

        Args:
            ends: of the epochs [week].
        """
        starts, held = np.append(0, ends[:-1]), []
        for orders in self.orders:
            come = orders[:, None] + self.lead
            held.append(np.where((come >= starts + self.late) & (come < ends), ends - come, 0).sum(axis=0))
        return np.array(held)

    def parts_paid(self, payment_weeks: int, weeks: Ints) -> Ints:
        """Parts of the build-up of each epoch that are paid by the end of weeks, shape (epoch of the order,
        week).

        Args:
            payment_weeks: from arrival to payment, which never comes before the order.
            weeks: to look at.
        """
        wait = max(self.lead + payment_weeks, 0)
        return np.array([(o[:, None] + wait <= weeks).sum(axis=0) for o in self.orders])


def orderings(problem: CombProblem, sources: Ints) -> list[Ordering]:
    """The sources, sorted into kinds."""
    arrays = problem.arrays
    capacity, lead = arrays.source_capacity[sources], arrays.source_lead[sources]
    taken = (arrays.ordered_ahead[: arrays.horizon_weeks, sources] >= capacity).T
    kinds: dict[tuple[int, bool, bytes], list[int]] = {}
    for column, weeks in enumerate(taken):
        kind = (int(lead[column]), bool(np.isinf(capacity[column])), weeks.tobytes())
        kinds.setdefault(kind, []).append(column)
    return [
        Ordering(
            np.array(columns, dtype=np.int64),
            lead,
            tuple(order_weeks(problem, int(sources[columns[0]]), e) for e in range(problem.epochs)),
        )
        for (lead, *_), columns in kinds.items()
    ]
