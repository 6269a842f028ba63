"""What there is of parts after an event, by the ends of segments. In: a tooth, start options taken, what is
on order. Out: weeks of cover. One reason to exist: making, buying and holding ask for the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import inner_kernel
from outlast.kernels.teeth import After, Teeth
from outlast.kernels.use import middle

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROUNDING = 1e-12
"""Share of a need that may be missed in floating point."""


@inner_kernel
def _ramped(week: float, start: float, rate: float, ramp: float) -> float:
    """What an alternative has brought by a week."""
    since = max(week - start, 0.0)
    if ramp <= 0.0:
        return rate * since
    inside = min(since, ramp)
    return rate * (inside * inside / (2.0 * ramp) + since - inside)


@inner_kernel
def add_brought(
    teeth: Teeth,
    after: After,
    options: Floats,
    piece: int,
    ends: Floats,
    until: int,
    extra: bool,
    brought: Floats,
) -> None:
    """Adds to what there is the most that a piece brings in each segment before one [weeks of cover]; without
    `extra`, what comes in any case."""
    for e in range(teeth.first_entry[piece], teeth.first_entry[piece + 1]):
        option = teeth.entry_option[e]
        if options[option] <= 0.5 or not (extra or option == after.always):
            continue
        start, rate, ramp = after.entry_start[e], after.entry_rate[e], after.entry_ramp[e]
        before = after.entry_before[e]
        limit, low, low_end = before + teeth.entry_most[e], before, 0.0
        for k in range(until):
            if rate == np.inf:
                brought[k] += np.inf if low_end >= start else 0.0
            else:
                high = min(max(_ramped(ends[k], start, rate, ramp), before), limit)
                brought[k] += high - low
                low = high
            low_end = ends[k]


@inner_kernel
def is_on_order(teeth: Teeth, after: After, piece: int, item: int) -> bool:
    """Whether a piece was ordered before the event: it comes in any case, within the lead time."""
    entry = teeth.first_entry[piece]
    return teeth.entry_option[entry] == after.always and after.entry_start[entry] < after.lead[item]


@inner_kernel
def take_skipped(
    teeth: Teeth,
    after: After,
    q: int,
    skipped: float,
    ordered: Floats,
    normal: Floats,
    ends: Floats,
    open_: Floats,
) -> tuple[float, float]:
    """Orders that were skipped can't be refused: as much is taken in their weeks of what was ordered before
    an event, and takes their place.

    Args:
        teeth: the teeth.
        after: what holding needs.
        q: row of a part that is cut.
        skipped: how much would have come after the week of the event [weeks of cover].
        ordered: what normal running has on order, at most, before each week after the event.
        normal: the same less what was skipped.
        ends: of segments.
        open_: what pieces bring, shape (piece, segment); written: less what is taken.

    Returns:
        What is taken [weeks of cover], and its cost [money].
    """
    taken, cost, first = 0.0, 0.0, teeth.first_piece[q]
    item = after.part_item[teeth.row_part[q]]
    for k in range(teeth.row_segments[q] if skipped > 0.0 else 0):
        begin, end = week_before(ends[k - 1] if k > 0 else 0.0, ordered), week_before(ends[k], ordered)
        # The last pieces are those ordered before the event: only these are there in its first weeks.
        for p in range(teeth.first_piece[q + 1] - first - 1, -1, -1):
            if skipped > taken and open_[p, k] > 0.0 and is_on_order(teeth, after, first + p, item):
                gone = ordered[end] - ordered[begin] - (normal[end] - normal[begin])
                gone = min(max(gone, 0.0), open_[p, k], skipped - taken)
                open_[p, k] -= gone
                taken += gone
                wait = middle(ends, teeth.piece_last[first + p]) - middle(ends, k)
                cost += gone * (teeth.piece_cost[first + p] + after.holding[item] * wait)
    return taken, cost


@inner_kernel
def supplied(
    teeth: Teeth,
    after: After,
    t: int,
    supply: Floats,
    due: Floats,
    options: Floats,
    ends: Floats,
    extra: bool,
    there: Floats,
) -> None:
    """What there is of parts by the ends of segments, where it can be short; else inf. Nothing comes from
    alternatives without `extra`, nor of parts that no event cuts, as nothing would pay for it."""
    there[:] = np.inf
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        if teeth.row_part[q] < teeth.n_assembly:
            continue  # what is inside can be short
        row = q - teeth.first_row[t]
        item, last = after.part_item[teeth.row_part[q]], teeth.row_segments[q] - 1
        cut = after.point[after.group[t], item] >= 0
        if cut and teeth.row_segments[q] != after.supplied[t, item]:
            continue  # the row that ends when supply is back says it of every segment until then
        until = -1
        for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
            until = max(until, teeth.piece_last[p])
        point, k, brought = teeth.row_point[q], 0, 0.0
        while k < last and still_due(after, point, k, due, ends) > 0.0:
            k += 1
        until = min(max(until, k - 1), last)
        there[row, : until + 1] = 0.0
        for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
            add_brought(teeth, after, options, p, ends, until + 1, extra and cut, there[row])
        for k in range(until + 1):
            brought += there[row, k]
            there[row, k] = max(supply[point] - still_due(after, point, k, due, ends), 0.0) + brought
        there[row, last] = max(supply[point] - still_due(after, point, last, due, ends), 0.0) + brought


@inner_kernel
def first_later(teeth: Teeth, q: int) -> int:
    """The first row that ends once supply is back, of those that a row feeds; they come one after the other.
    Without any: the row after the last of its part."""
    later = q + 1
    while later < q + 1 + teeth.row_feeds[q] and teeth.row_brought[later] == 0.0:
        later += 1
    return later


@inner_kernel
def supplied_later(teeth: Teeth, after: After, t: int, options: Floats, ends: Floats, more: Floats) -> None:
    """What alternatives bring by the ends of segments once supply is back, of parts that keep: added, shape
    (row, segment)."""
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        if teeth.row_feeds[q] == 0 or teeth.row_brought[q] > 0.0 or after.brief_of[teeth.row_part[q]] >= 0:
            continue
        row = q - teeth.first_row[t]
        first, last = teeth.first_piece[first_later(teeth, q)], teeth.first_piece[q + 1 + teeth.row_feeds[q]]
        for p in range(first, last):
            add_brought(teeth, after, options, p, ends, len(ends), True, more[row])
        for k in range(1, len(ends)):
            more[row, k] += more[row, k - 1]


@inner_kernel
def still_due(after: After, point: int, k: int, due: Floats, ends: Floats) -> float:
    """What is on order for a point and comes after a segment only."""
    amount = 0.0
    for e in range(after.due_first[point + 1] - 1, after.due_first[point] - 1, -1):
        if after.due_week[e] < ends[k]:
            break
        amount += due[e]
    return amount


@inner_kernel
def week_before(end: float, brought: Floats) -> int:
    """Place of what has come before the end of a segment."""
    return min(int(np.ceil(end)), len(brought) - 1)
