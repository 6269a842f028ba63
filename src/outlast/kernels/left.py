"""What is left of parts in a tooth, as more is made. In: a tooth, what there is of parts and is used of them.
Out: `Left`. One reason to exist: it is asked for thousands of times a tooth, and only falls.

So a row is gone through again only where it may be what binds: `least` is no more than what is left of it,
and `short` says until when nothing is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.teeth import After, Teeth
from outlast.kernels.use import use_up_to
from outlast.kernels.waiting import goes_on

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CRUMB = 1e-12
"""Weeks of cover or demand that rounding leaves."""


class Left(NamedTuple):
    """What is left of parts in a tooth. The first axis of `least` and `short`: without alternatives, with."""

    first: Ints
    """Rows of parts in a product, shape (product + 1)."""
    row: Ints
    share: Floats
    """Weeks of cover that a week of the product's demand uses, shape as of `row`."""
    first_brief: Ints
    """Parts in a product that do not keep, shape (product + 1)."""
    brief: Ints
    """Place among all that do not."""
    brief_share: Floats
    last: Ints
    """Segments of a row, shape (row)."""
    until: Ints
    """Segments in which it counts: more where its source brings no more than so much a week."""
    own: Floats
    """Stock by its end, shape (row)."""
    price: Floats
    """Of the cheapest alternative that is started, inf if there is none, shape (row)."""
    unlimited: Ints
    """Whether alternatives bring what is asked for in some segment, shape (row)."""
    free: Floats
    """Without alternatives, by the ends of segments, shape (row, segment)."""
    extra: Floats
    """What alternatives bring, of the same shape."""
    least: Floats
    """Least that is left from `short` on, or less, shape (2, row)."""
    short: Ints
    """First segment from which on something is left, shape (2, row)."""
    taken: Ints
    """Whether alternatives count, as it was last asked, shape (row)."""
    lots: Floats
    """Of parts that do not keep, see `brief` of `recourse`."""
    within: Floats
    """What limits leave, see `left_to_make`."""
    n_product: int
    first_within: int
    """Where parts that do not keep begin in `within`."""


@kernel
def look_for_parts(
    teeth: Teeth,
    after: After,
    t: int,
    row_of: Ints,
    options: Floats,
    ends: Floats,
    use: Floats,
    there: Floats,
    free: Floats,
    more: Floats,
    own: Floats,
    lots: Floats,
    within: Floats,
) -> Left:
    """What is left of parts at first.

    Args:
        teeth: the teeth.
        after: what holding needs.
        t: the tooth.
        row_of: first row of each part, shape (part + 1).
        options: start options taken, 0 or 1, shape (option).
        ends: of segments.
        use: making up to the ends of segments, shape (product and assembly, segment).
        there: what there is of parts by the ends of segments, shape (row, segment).
        free: the same without alternatives; becomes that of `Left`.
        more: what alternatives bring once supply is back, see `supplied_later`; becomes `extra` of `Left`.
            What follows becomes what it is called there.
        own: stock of each row by its end, shape (row).
        lots: of parts that do not keep, see `Left`.
        within: what limits leave, see `Left`.
    """
    rows, entries, n_product = len(own), 0, teeth.n_product
    for part in teeth.product_part:
        entries += row_of[part + 1] - row_of[part]
    first, row, share = (
        np.zeros((2, n_product + 1), dtype=np.int64),
        np.zeros(entries, dtype=np.int64),
        np.zeros(entries),
    )
    brief, brief_share = np.zeros(len(teeth.product_part), dtype=np.int64), np.zeros(len(teeth.product_part))
    of_row = np.zeros((6, rows), dtype=np.int64)
    left = Left(
        first[0], row, share, first[1], brief, brief_share, of_row[0], of_row[1], own, np.full(rows, np.inf),
        of_row[5], free, more, np.zeros((2, rows)), of_row[2:4], of_row[4], lots, within, n_product,
        n_product + teeth.n_assembly,
    )  # fmt: skip
    _list_rows(teeth, after, t, row_of, left)
    used = np.zeros(use.shape[1])
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        if teeth.row_part[q] >= teeth.n_assembly and teeth.row_brought[q] == 0.0:
            _look_at(teeth, after, t, q, options, ends, use, used, there[q - teeth.first_row[t]], left)
    return left


@inner_kernel
def _list_rows(teeth: Teeth, after: After, t: int, row_of: Ints, left: Left) -> None:
    """Rows, and parts that do not keep, of each product; written."""
    rows, briefs = 0, 0
    for j in range(teeth.n_product):
        left.first[j], left.first_brief[j] = rows, briefs
        for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
            part, share = teeth.product_part[entry], teeth.product_share[entry]
            if after.brief_of[part] >= 0:
                left.brief[briefs], left.brief_share[briefs] = after.brief_of[part], share
                briefs += 1
            for q in range(row_of[part], row_of[part + 1]):
                if teeth.row_brought[q] > 0.0:
                    continue  # The row before says it of every segment.
                left.row[rows], left.share[rows] = q - teeth.first_row[t], share
                rows += 1
    left.first[teeth.n_product], left.first_brief[teeth.n_product] = rows, briefs


@inner_kernel
def _look_at(
    teeth: Teeth,
    after: After,
    t: int,
    q: int,
    options: Floats,
    ends: Floats,
    use: Floats,
    used: Floats,
    there: Floats,
    left: Left,
) -> None:
    """What is left of a row, written; in: `there`, of it, `left.free` and `left.own` without use."""
    part, last, row = teeth.row_part[q], teeth.row_segments[q], q - teeth.first_row[t]
    item, free, extra = after.part_item[part], left.free[row], left.extra[row]
    left.last[row] = left.until[row] = last
    if last == after.supplied[t, item]:
        left.price[row] = _cheapest(teeth, after, options, q)
    if goes_on(teeth, after, t, q):
        left.until[row] = len(ends)
    use_up_to(teeth, use, part, 0, left.until[row], used)
    for k in range(last):
        extra[k] = there[k] - free[k] if free[k] < np.inf else 0.0
        free[k] -= used[k]
    left.own[row] -= used[last - 1]
    for k in range(last, left.until[row]):
        brought = after.flow_rate[item] * (ends[k] - ends[last - 1])
        free[k] = max(left.own[row], 0.0) + brought - (used[k] - used[last - 1])
    for k in range(left.until[row]):
        left.unlimited[row] = max(left.unlimited[row], 1 if extra[k] == np.inf else 0)
    for kind in range(2):
        look_again(left, kind, row)


@inner_kernel
def _cheapest(teeth: Teeth, after: After, options: Floats, q: int) -> float:
    """What the cheapest alternative of a row asks for, of those that are started; inf if none is."""
    least = np.inf
    for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
        first = teeth.first_entry[p]
        if teeth.entry_option[first] != after.always and options[teeth.entry_option[first]] > 0.5:
            least = min(least, teeth.piece_cost[p])
    return least


@inner_kernel
def look_again(left: Left, kind: int, row: int) -> None:
    """Until when nothing is left of a row, and the least that is left from then on; written."""
    free, extra, least = left.free[row], left.extra[row], np.inf
    k = left.until[row] - 1
    while k >= left.short[kind, row]:
        amount = free[k] + extra[k] if kind == 1 else free[k]
        if amount <= CRUMB:
            break
        least = min(least, amount)
        k -= 1
    left.short[kind, row] = k + 1
    left.least[kind, row] = least


@inner_kernel
def lower(values: Floats, limits: Floats, factor: float, begin: int, end: int) -> None:
    """Values, in place, no more than limits times a factor, from a segment to before another. `np.minimum`:
    the `min` of Python becomes stores under a mask, which take twice as long."""
    for k in range(np.uint64(begin), np.uint64(end)):
        values[k] = np.minimum(values[k], limits[k] * factor)


@inner_kernel
def within_nested(after: After, j: int, left: Left) -> None:
    """What limits leave of a product, those of what is inside counted; see `left_to_make`."""
    within = left.within[j]
    for e in range(after.nested_first[j], after.nested_first[j + 1]):
        inside = left.within[left.n_product + after.nested_assembly[e]]
        lower(within, inside, 1.0 / after.nested_share[e], 0, len(within))
    for e in range(left.first_brief[j], left.first_brief[j + 1]):
        inside = left.within[left.first_within + left.brief[e]]
        lower(within, inside, 1.0 / left.brief_share[e], 0, len(within))


@inner_kernel
def lower_to_left(left: Left, row: int, one: float, begin: int, room: Floats) -> None:
    """How much more can be made, from a segment on, lowered to what is left of a row, alternatives counted
    where `taken` says so; `one`: of what is made from a week of cover."""
    free, extra, end = left.free[row], left.extra[row], left.until[row]
    if left.taken[row] == 0:
        lower(room, free, one, begin, end)
    else:
        for k in range(np.uint64(begin), np.uint64(end)):
            room[k] = np.minimum(room[k], (free[k] + extra[k]) * one)


@inner_kernel
def take_nested(after: After, j: int, begin: int, added: Floats, left: Left) -> None:
    """The same after more is made of a product; `added` up to the ends of segments, 0 before `begin`."""
    for k in range(begin, len(added)):
        more = added[k] - (added[k - 1] if k > 0 else 0.0)
        if more <= 0.0:
            continue
        left.within[j, k] -= more
        for e in range(after.nested_first[j], after.nested_first[j + 1]):
            number = left.n_product + after.nested_assembly[e]
            left.within[number, k] = max(left.within[number, k] - after.nested_share[e] * more, 0.0)
        for e in range(left.first_brief[j], left.first_brief[j + 1]):
            number = left.first_within + left.brief[e]
            left.within[number, k] = max(left.within[number, k] - left.brief_share[e] * more, 0.0)


@inner_kernel
def take(left: Left, j: int, begin: int, added: Floats) -> None:
    """What more making uses is no longer left; `added`: up to the ends of segments, 0 before `begin`."""
    total, first, n = added[len(added) - 1], np.uint64(begin), np.uint64(len(added))
    for e in range(left.first_brief[j], left.first_brief[j + 1]):
        s, share = left.brief[e], left.brief_share[e]
        for kind in range(5, 9):
            lots = left.lots[kind, s]
            for k in range(first, n):
                lots[k] -= share * added[k]
    for e in range(left.first[j], left.first[j + 1]):
        row, share = left.row[e], left.share[e]
        free, last, until = left.free[row], left.last[row], left.until[row]
        by_end = share * added[last - 1]
        spared = max(by_end - max(left.own[row], 0.0), 0.0)
        left.own[row] -= by_end
        for k in range(first, np.uint64(last)):
            free[k] -= share * added[k]
        for k in range(np.uint64(max(begin, last)), np.uint64(until)):
            free[k] -= share * added[k] - spared
        for kind in range(2):
            left.least[kind, row] -= share * total
            if left.least[kind, row] <= CRUMB:
                look_again(left, kind, row)
