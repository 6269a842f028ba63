"""Policies that a planner names in words. In: words such as cover:8. Out: `Policy`.
One reason to exist: the policies of textbooks and ERPs are one form of arrays, and their figures are
weeks of use, which mean the same for every item.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outlast.errors import UsageError
from outlast.network.arrays import Floats, NetworkArrays
from outlast.simulate.policy import Policy, normal_policy

FORMS = {
    "normal": "working stock, as today",
    "cover:WEEKS": "so many weeks of use beyond the lead time",
    "min-max:MIN:MAX": "at MIN weeks of use beyond the lead time, order up to MAX (s, S)",
    "fixed-quantity:MIN:WEEKS": "at MIN weeks beyond the lead time, order WEEKS of use at a time (r, Q)",
}
"""What may be written, and what it means for every bought item; made items keep their working stock."""


def read_policy(arrays: NetworkArrays, words: str) -> Policy:
    """The policy that `words` name, see `FORMS`.

    Raises:
        UsageError: other words, or weeks that make no policy.
    """
    name, *figures = words.split(":")
    weeks = [_read_weeks(words, figure) for figure in figures]
    calm = normal_policy(arrays)
    if (name, len(weeks)) == ("normal", 0):
        return calm
    if (name, len(weeks)) == ("cover", 1):
        return replace(calm, base_position=cover_position(arrays, weeks[0]))
    if (name, len(weeks)) == ("min-max", 2) and weeks[0] <= weeks[1]:
        low, high = (cover_position(arrays, figure) for figure in weeks)
        return replace(calm, base_position=high, gap=high - low)
    if (name, len(weeks)) == ("fixed-quantity", 2) and weeks[1] > 0:
        bought = np.diff(arrays.source_ptr) > 0
        batch = np.where(bought, weeks[1] * arrays.usage[: arrays.horizon_weeks].mean(axis=0), 0.0)
        return replace(calm, base_position=cover_position(arrays, weeks[0]), batch=batch)
    raise UsageError(f"there is no policy {words!r}; write one of {', '.join(FORMS)}, in weeks of use")


def _read_weeks(words: str, figure: str) -> float:
    try:
        weeks = float(figure)
    except ValueError:
        weeks = -1.0
    if not 0 <= weeks < 1e4:
        raise UsageError(f"in the policy {words!r}, {figure!r} is no number of weeks")
    return weeks


def cover_position(arrays: NetworkArrays, weeks: float) -> Floats:
    """Positions that cover the lead time, the week of the order and `weeks` more [units], shape (week, item).

    By the lead time of the first qualified source; beyond the last week use stays as it is. Items without
    such a source keep their working stock.
    """
    position = np.tile(arrays.working_stock, (arrays.n_week, 1))
    for item in range(len(arrays.item_ids)):
        first = arrays.first_source(item)
        if first >= 0:
            ahead = float(arrays.source_lead[first]) + 1 + weeks
            rows = int(np.ceil(ahead))
            use = np.concatenate([arrays.usage[:, item], np.full(rows, arrays.usage[-1, item])])
            total = np.concatenate([[0.0], np.cumsum(use)])
            start = np.arange(arrays.n_week)
            position[:, item] = np.interp(start + ahead, np.arange(len(total)), total) - total[start]
    return position
