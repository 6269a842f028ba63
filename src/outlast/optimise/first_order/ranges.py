"""Many ranges at once. In: where they begin and how long they are. Out: every place in them, sums by place.
One reason to exist: entries of some rows of a sparse matrix, or of a sorted list, without a loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def places(first: NDArray[Any], count: NDArray[Any]) -> tuple[Ints, Ints]:
    """Which range each place belongs to, and the places, range by range.

    Args:
        first: where each range begins, shape (range).
        count: how many places it has, of the same shape.
    """
    which = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return which, np.arange(len(which)) - before[which] + first[which]


def binned(place: NDArray[Any], value: Floats, size: int) -> Floats:
    """Sums of values by place, shape (size)."""
    return np.asarray(np.bincount(place, value, size), dtype=np.float64)
