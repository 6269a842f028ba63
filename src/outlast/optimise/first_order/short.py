"""Parts that normal running is short of at the start. In: where normal running stands. Out: `Short`.
One reason to exist: until what is ordered now can come, no more is used of a part than is there and on order,
though no event cuts it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ENOUGH = 1e-9
"""Weeks of cover by which rounding may fall short."""


@dataclass(frozen=True)
class Running:
    """Normal running of parts."""

    coming: Floats
    """What first sources bring before each week, shape (week + 1, part) [weeks of cover]."""
    used: Floats
    """Used before each week, of the same shape."""
    lead: Ints
    """Lead time of first sources, shape (part) [weeks]."""


@dataclass(frozen=True)
class Short:
    """Parts that are short at an event, and that it does not cut."""

    part: Ints
    weeks: Floats
    """Until what is ordered after the start can come."""
    point: Ints
    """What supplies them until then."""


def short_parts(first: Ints, cut: Ints, week: int, stock: Floats, running: Running) -> Short:
    """Parts whose stock and orders at an event fall short of normal use before new orders can come.

    Args:
        first: first source of each part, -1 if there is none.
        cut: parts that the event cuts.
        week: of the event.
        stock: at the event, arrivals of its week included, shape (part) [weeks of cover].
        running: normal running.
    """
    looked = np.flatnonzero((first >= 0) & (running.lead > week))
    looked = looked[~np.isin(looked, cut)]
    ends = np.arange(week + 1, int(running.lead[looked].max(initial=week)) + 1)
    there = stock[looked] + running.coming[ends][:, looked] - running.coming[week + 1, looked]
    missing = running.used[ends][:, looked] - running.used[week, looked] - there
    part = looked[((missing > ENOUGH) & (ends[:, None] <= running.lead[looked])).any(axis=0)]
    return Short(part, (running.lead[part] - week).astype(np.float64), np.zeros(0, dtype=np.int64))
