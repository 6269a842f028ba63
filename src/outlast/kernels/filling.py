"""More making after an event, where parts are left. In: making that can be done, what is left. Out: more of
it. One reason to exist: what nothing stands in the way of is made, line by line.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.cutting import NOTHING
from outlast.kernels.fresh import begin_room, fresh_room
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.left import CRUMB, Left, lower_to_left, take, take_nested, within_nested
from outlast.kernels.teeth import After, Teeth
from outlast.kernels.waiting import is_limited

Floats = NDArray[np.float64]
OWN, CHEAPEST, ANY = range(3)
"""Where parts for more making come from, see `ask`."""


class Unsold(NamedTuple):
    """What could be sold more in a tooth, all else as it is, line by line."""

    rest: Floats
    """Demand less sales, shape (line, segment)."""
    worth: Floats
    """Of the same shape."""
    could: Floats
    """Written over, and so are the others; shape (segment)."""
    room: Floats
    added: Floats


@kernel
def find_unsold(most: Floats, stocked: Floats, made: Floats, worth: Floats) -> Unsold:
    """What could be sold more; all arguments have the shape (segment, line)."""
    n, n_line = made.shape
    rest, value = np.empty((n_line, n)), np.empty((n_line, n))
    for k in range(n):
        for line in range(n_line):
            rest[line, k] = most[k, line] - stocked[k, line] - made[k, line]
            value[line, k] = worth[k, line]
    return Unsold(rest, value, np.empty(n), np.empty(n), np.empty(n))


@inner_kernel
def sum_up(rest: Floats, waits: bool, could: Floats) -> None:
    """What a line could still sell in each segment, written. Of a waiting market, what is sold more counts in
    all later segments as well."""
    total, n = 0.0, len(rest)
    for k in range(n):
        total = rest[k] + (total if waits else 0.0)
        could[k] = total
    if waits:
        for k in range(n - 2, -1, -1):
            could[k] = min(could[k], could[k + 1])


@inner_kernel
def fill_up(
    teeth: Teeth,
    after: After,
    stale: Floats,
    made: Floats,
    unsold: Unsold,
    left: Left,
) -> None:
    """More making where parts are left, line by line in their order, as early as can be; of what
    alternatives could bring, only where a sale is worth their price, and of a part of which something else is
    left, only after that. First each line gets back what it could not make as parts were not there yet, or
    stale (`stale`, weeks of its demand): the iterate has weighed it against others. What is `left` is kept up
    to date."""
    for place in range(2 * teeth.n_line):
        line, moved = teeth.line_order[place % teeth.n_line], place < teeth.n_line
        moving = stale[line] if moved else np.inf
        if moving <= NOTHING or _nothing_left(left, teeth.line_product[line], made.shape[0] - 1):
            continue
        if is_limited(teeth, after):
            within_nested(after, teeth.line_product[line], left)
        sold = _fill_line(teeth, after, line, moving, made, unsold, left)
        if moved:
            stale[line] -= sold


@inner_kernel
def _fill_line(
    teeth: Teeth,
    after: After,
    line: int,
    moving: float,
    made: Floats,
    unsold: Unsold,
    left: Left,
) -> float:
    """More making for a line, at most `moving`; returns how much [weeks of its demand]. Parts first from
    what is left of all of them, then from what is cheapest, as long as that brings something."""
    j, share, supply, sold = teeth.line_product[line], teeth.line_share[line], OWN, 0.0
    within, worth = left.within[j], unsold.worth[line]
    for _ in range(teeth.product_first[j + 1] - teeth.product_first[j] + 3):
        if moving - sold <= NOTHING:
            break
        sum_up(unsold.rest[line], teeth.waits[line], unsold.could)
        end = _last_wanted(unsold.could, within)
        if end < 0 or (supply == OWN and _nothing_left(left, j, end)):
            break
        if not _is_fresh(left, j, supply, unsold, end):
            if supply != OWN:
                break
            supply = CHEAPEST
            continue
        price, dear, begin = ask(left, j, supply)
        price *= share
        while begin <= end and not _is_wanted(unsold.could, within, worth, price, begin):
            begin += 1
        more = 0.0
        if begin <= end:
            likely = _most_sold(unsold.could, teeth.waits[line], moving - sold, begin, end)
            _find_room(left, j, share * likely, begin, unsold.room)
            more = _sell_more(
                left, j, supply, share, moving - sold, teeth.waits[line], price, (begin, end), worth,
                made[:, line], unsold.rest[line], unsold,
            )  # fmt: skip
        if more > 0.0:
            sold += more / share
            if is_limited(teeth, after):
                take_nested(after, j, begin, unsold.added, left)
            take(left, j, begin, unsold.added)
        if supply == OWN:
            supply = CHEAPEST
        elif more <= 0.0:
            if supply == ANY or not dear:
                break
            supply = ANY
    return sold


@inner_kernel
def _last_wanted(could: Floats, within: Floats) -> int:
    """Last segment in which more could be sold, and limits let it be made; -1 if there is none."""
    for k in range(len(could) - 1, -1, -1):
        if could[k] > CRUMB and within[k] > CRUMB:
            return k
    return -1


@inner_kernel
def _is_wanted(could: Floats, within: Floats, worth: Floats, price: float, k: int) -> bool:
    """Whether more could be sold in a segment at more than a price, and limits let it be made."""
    return could[k] > CRUMB and within[k] > CRUMB and worth[k] > price


@inner_kernel
def _nothing_left(left: Left, j: int, end: int) -> bool:
    """Whether up to a segment nothing more can be made of a product, alternatives counted."""
    until = 0
    for e in range(left.first[j], left.first[j + 1]):
        until = max(until, left.short[1, left.row[e]])
    return until > end


@inner_kernel
def limit_to_fresh(left: Left, j: int, supply: int, level: Floats, room: Floats) -> None:
    """Lowers `room`, how much more of a product can be made in each segment, to what lots of parts that do
    not keep allow, if nothing else is added. `supply`: see `ask`; `level` is written over."""
    kind = 7 if supply == OWN else 5
    for e in range(left.first_brief[j], left.first_brief[j + 1]):
        s, one = left.brief[e], 1.0 / left.brief_share[e]
        lots, gone = left.lots[kind, s], left.lots[kind + 1, s]
        thrown = begin_room(lots, gone, 0, level)
        for k in range(len(room)):
            thrown = max(thrown, gone[k - 1]) if k > 0 else thrown
            room[k] = np.minimum(room[k], (level[k] - thrown) * one)


@inner_kernel
def _is_fresh(left: Left, j: int, supply: int, unsold: Unsold, end: int) -> bool:
    """Whether lots of parts that do not keep allow more of a product to be made up to a segment, where it is
    wanted."""
    if left.first_brief[j] == left.first_brief[j + 1]:
        return True
    unsold.room[:] = np.inf
    limit_to_fresh(left, j, supply, unsold.added, unsold.room)
    for k in range(end + 1):
        if unsold.room[k] > CRUMB and unsold.could[k] > CRUMB and left.within[j, k] > CRUMB:
            return True
    return False


@inner_kernel
def ask(left: Left, j: int, supply: int) -> tuple[float, bool, int]:
    """What alternatives ask for a week of a product's demand, whether there are more of them, and the first
    segment from which on something is left of all parts. `supply`: of parts of which something else is left
    alternatives bring nothing (`CHEAPEST`), or all they can at their price (`ANY`); or of no part (`OWN`)."""
    price, dear, begin = 0.0, False, 0
    for e in range(left.first[j], left.first[j + 1]):
        row = left.row[e]
        taken = 0 if supply == OWN else 1
        if supply != OWN and left.price[row] < np.inf:
            if supply == ANY or left.free[row, left.last[row] - 1] <= NOTHING:
                price += left.share[e] * left.price[row]
            else:
                taken, dear = 0, True
        left.taken[row] = taken
        begin = max(begin, left.short[taken, row])
    return price, dear, begin


@inner_kernel
def _most_sold(could: Floats, waits: bool, moving: float, begin: int, end: int) -> float:
    """No less than what can be sold more in some segments [weeks of the line's demand]."""
    total = could[end]
    if not waits:
        total = 0.0
        for k in range(begin, end + 1):
            total += max(could[k], 0.0)
    return min(total, moving) * (1.0 + NOTHING)


@inner_kernel
def _find_room(left: Left, j: int, likely: float, begin: int, room: Floats) -> None:
    """How much more of a product can be made up to the ends of segments, at most `likely`; written from
    `begin` on."""
    n = len(room)
    room[begin:] = likely
    for e in range(left.first[j], left.first[j + 1]):
        row, share = left.row[e], left.share[e]
        if left.least[left.taken[row], row] >= share * likely:
            continue
        lower_to_left(left, row, 1.0 / share, begin, room)
    for k in range(n - 2, begin - 1, -1):
        room[k] = min(room[k], room[k + 1])


@inner_kernel
def _sell_more(
    left: Left,
    j: int,
    supply: int,
    share: float,
    moving: float,
    waits: bool,
    price: float,
    span: tuple[int, int],
    worth: Floats,
    made: Floats,
    rest: Floats,
    unsold: Unsold,
) -> float:
    """Makes more for a line in a span of segments, as early as can be, where a sale is worth the price;
    returns how much, at most `moving` lines' weeks [weeks of the product's demand]; `unsold.added`: written,
    what is made up to the ends of segments."""
    total, sold, could, room, added = 0.0, 0.0, unsold.could, unsold.room, unsold.added
    within, lots = left.within[j], left.lots
    kind = 7 if supply == OWN else 5
    for e in range(left.first_brief[j], left.first_brief[j + 1]):
        s = left.brief[e]
        lots[10, s, 0] = begin_room(lots[kind, s], lots[kind + 1, s], span[0], lots[9, s])
    added[: span[0]] = 0.0
    for k in range(span[0], span[1] + 1):
        more = min(room[k], share * moving) - total
        for e in range(left.first_brief[j], left.first_brief[j + 1]):
            s = left.brief[e]
            fresh = fresh_room(left.brief_share[e], lots[kind + 1, s], k, total, lots[9, s], lots[10, s])
            more = min(more, fresh)
        more = min(could[k] - sold, more / share, within[k] / share)
        if more > 0.0 and worth[k] > price:
            made[k] += more
            rest[k] -= more
            total += share * more
            sold += more if waits else 0.0
        added[k] = total
    added[span[1] + 1 :] = total
    return total
