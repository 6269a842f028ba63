"""Making after an event, and more of it where parts are left. In: the making of an iterate, cut down. Out:
making that can be done. One reason to exist: what is made where parts are short.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_assemblies
from outlast.kernels.cutting import NOTHING
from outlast.kernels.fresh import fresh_room
from outlast.kernels.jit import inner_kernel
from outlast.kernels.supplied import still_due
from outlast.kernels.teeth import After, Iterate, Teeth
from outlast.kernels.use import add_up, use_up_to
from outlast.kernels.waiting import goes_on, room_to_sell, take_nested, within_nested

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OWN, CHEAPEST, ANY = range(3)
"""Where parts for more making come from, see `_room`."""


@inner_kernel
def sold_from_stock(
    teeth: Teeth, t: int, now: Iterate, finished: Floats, most: Floats, stocked: Floats, left: Floats
) -> None:
    """Sales from finished goods, cut down to what there is; `left` is what they take in all."""
    for line in range(teeth.n_line):
        j = teeth.line_product[line]
        owed = 0.0
        for k in range(teeth.stocked_until[t, j]):
            value = max(now.stocked[teeth.cells[t] + k * teeth.n_line + line], 0.0)
            owed = most[k, line] + (owed if teeth.waits[line] else 0.0)
            stocked[k, line] = min(value, owed)
            owed -= stocked[k, line]
            left[j] += teeth.line_share[line] * stocked[k, line]
    for line in range(teeth.n_line):
        j = teeth.line_product[line]
        if left[j] > max(finished[t, j], 0.0):
            for k in range(teeth.stocked_until[t, j]):
                stocked[k, line] *= max(finished[t, j], 0.0) / left[j]
    for j in range(teeth.n_product):
        left[j] = min(left[j], max(finished[t, j], 0.0))


@inner_kernel
def rows_of(teeth: Teeth, t: int, row_of: Ints) -> None:
    """First row of each part; written."""
    q = teeth.first_row[t]
    for part in range(len(row_of)):
        while q < teeth.first_row[t + 1] and teeth.row_part[q] < part:
            q += 1
        row_of[part] = q


@inner_kernel
def own_supply(
    teeth: Teeth,
    after: After,
    t: int,
    supply: Floats,
    due: Floats,
    ends: Floats,
    there: Floats,
    own: Floats,
) -> None:
    """Stock of each row by its end, use apart; of parts that are short at the start, with what comes in any
    case. And `there`: no more at any time than at any later one."""
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        row, last, point = q - teeth.first_row[t], teeth.row_segments[q] - 1, teeth.row_point[q]
        cut = after.point[after.group[t], after.part_item[teeth.row_part[q]]] >= 0
        own[row] = max(supply[point] - still_due(after, point, last, due, ends), 0.0)
        if not cut and teeth.row_part[q] >= teeth.n_assembly:
            own[row] = there[row, last]
        for k in range(last - 1, -1, -1):
            there[row, k] = min(there[row, k], there[row, k + 1])


@inner_kernel
def add_use(
    teeth: Teeth, after: After, t: int, stock: Floats, made: Floats, use: Floats, used: Floats
) -> None:
    """Making of products and assemblies up to the ends of segments."""
    per_segment(teeth, made, use)
    add_up(use[: teeth.n_product])
    build_assemblies(teeth, after, t, stock, False, use, used)


@inner_kernel
def per_segment(teeth: Teeth, made: Floats, use: Floats) -> None:
    """Making of products, segment by segment."""
    use[:] = 0.0
    for k in range(len(made)):
        for line in range(teeth.n_line):
            use[teeth.line_product[line], k] += teeth.line_share[line] * made[k, line]


@inner_kernel
def add_making(teeth: Teeth, made: Floats, sign: float, total: Floats) -> None:
    """Adds to what is made for each line in all, or takes it off."""
    for k in range(len(made)):
        for line in range(teeth.n_line):
            total[line] += sign * made[k, line]


@inner_kernel
def fill_up(
    teeth: Teeth,
    after: After,
    t: int,
    options: Floats,
    ends: Floats,
    own: Floats,
    within: Floats,
    use: Floats,
    there: Floats,
    free: Floats,
    brief: Floats,
    stale: Floats,
    made: Floats,
    most: Floats,
    stocked: Floats,
    worth: Floats,
    room: Floats,
    added: Floats,
    row_of: Ints,
    could: Floats,
) -> None:
    """More making where parts are left, line by line in their order, as early as can be; of what
    alternatives could bring, only where a sale is worth their price, and of a part of which something else is
    left, only after that. First each line gets back what it could not make as parts were not there yet, or
    stale (`stale`, weeks of its demand): the iterate has weighed it against others. `there`, and `free`
    without alternatives, become what is left, and so do those of `brief`, `own`, stock of a row by its end,
    and `within`, what limits on making leave; `room`, `added` and `could` are written over."""
    first_row, n = teeth.first_row[t], there.shape[1]
    late = teeth.late_from < teeth.n_line
    for q in range(first_row, teeth.first_row[t + 1]):
        last, row = teeth.row_segments[q], q - first_row
        if teeth.row_part[q] < teeth.n_assembly:
            continue
        on = goes_on(teeth, after, t, q)
        use_up_to(teeth, use, teeth.row_part[q], 0, n if on else last, room)
        for k in range(last):
            there[row, k] -= room[k]
            free[row, k] -= room[k]
        own[row] -= room[last - 1]
        for k in range(last, n if on else last):
            rate = after.flow_rate[after.part_item[teeth.row_part[q]]]
            spent = room[k] - room[last - 1]
            free[row, k] = max(own[row], 0.0) + rate * (ends[k] - ends[last - 1]) - spent
            there[row, k] = free[row, k]
    for place in range(2 * teeth.n_line):
        line, moved = teeth.line_order[place % teeth.n_line], place < teeth.n_line
        j, supply = teeth.line_product[line], OWN
        for _ in range(teeth.product_first[j + 1] - teeth.product_first[j] + 3):
            if moved and stale[line] <= NOTHING:
                break
            room_to_sell(teeth, line, most, stocked, made, could)
            if could.max() <= 0.0:
                break
            price, dear = _room(teeth, after, t, j, options, supply, there, free, row_of, room)
            if late:
                within_nested(teeth, after, j, within)
            moving = teeth.line_share[line] * stale[line] if moved else np.inf
            lots = 7 if supply == OWN else 5
            more = _sell_more(
                teeth, after, j, line, price, moving, lots, brief, room, within, worth, made, could, added
            )
            if more > 0.0:
                if moved:
                    stale[line] -= more / teeth.line_share[line]
                if late:
                    take_nested(teeth, after, j, added, within)
                _take(teeth, after, t, j, added, there, free, brief, own, row_of)
            if supply == OWN:
                supply = CHEAPEST
            elif more <= 0.0:
                if supply == ANY or not dear:
                    break
                supply = ANY


@inner_kernel
def _take(
    teeth: Teeth,
    after: After,
    t: int,
    j: int,
    added: Floats,
    there: Floats,
    free: Floats,
    brief: Floats,
    own: Floats,
    row_of: Ints,
) -> None:
    """What more making uses is no longer left; `added`: up to the ends of segments."""
    n, late = there.shape[1], teeth.late_from < teeth.n_line
    for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
        part, share = teeth.product_part[entry], teeth.product_share[entry]
        if after.brief_of[part] >= 0:
            for kind in range(5, 9):
                for k in range(n):
                    brief[kind, after.brief_of[part], k] -= share * added[k]
        for q in range(row_of[part], row_of[part + 1]):
            last, row = teeth.row_segments[q], q - teeth.first_row[t]
            spared = max(share * added[last - 1] - max(own[row], 0.0), 0.0)
            own[row] -= share * added[last - 1]
            for k in range(last):
                there[row, k] -= share * added[k]
                free[row, k] -= share * added[k]
            for k in range(last, n if late else last):
                there[row, k] -= share * added[k] - spared
                free[row, k] -= share * added[k] - spared


@inner_kernel
def _sell_more(
    teeth: Teeth,
    after: After,
    j: int,
    line: int,
    price: float,
    moving: float,
    kind: int,
    brief: Floats,
    room: Floats,
    within: Floats,
    worth: Floats,
    made: Floats,
    could: Floats,
    added: Floats,
) -> float:
    """Makes more for a line, as early as can be, where a sale is worth the price; returns how much, at most
    `moving` [weeks of the product's demand]. `room`: how much more can be made up to the ends of segments;
    `could`: how much more could be sold, see `room_to_sell`; `kind`: place in `brief` of lots of parts that
    do not keep; `added`: written, what is made up to the ends of segments."""
    more_in_all, sold, share = 0.0, 0.0, teeth.line_share[line]
    keeps = True
    for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
        keeps = keeps and after.brief_of[teeth.product_part[entry]] < 0
    last = teeth.product_first[j] if keeps else teeth.product_first[j + 1]
    for k in range(len(made)):
        most_added = min(room[k], moving)
        for entry in range(teeth.product_first[j], last):
            s = after.brief_of[teeth.product_part[entry]]
            if s >= 0:
                lots = brief[kind, s], brief[kind + 1, s]
                uses = teeth.product_share[entry]
                fresh = fresh_room(uses, *lots, k, more_in_all, brief[9, s], brief[10, s])
                most_added = min(most_added, more_in_all + fresh)
        more = min(could[k] - sold, (most_added - more_in_all) / share, within[j, k] / share)
        if more > 0.0 and worth[k, line] > share * price:
            made[k, line] += more
            more_in_all += share * more
            sold += more if teeth.waits[line] else 0.0
        added[k] = more_in_all
    return more_in_all


@inner_kernel
def _room(
    teeth: Teeth,
    after: After,
    t: int,
    j: int,
    options: Floats,
    supply: int,
    there: Floats,
    free: Floats,
    row_of: Ints,
    room: Floats,
) -> tuple[float, bool]:
    """How much more of a product can be made up to the ends of segments, written; what alternatives ask for
    it, and whether there are more of them. `supply`: of parts of which something else is left they bring
    nothing (`CHEAPEST`), or all they can at their price (`ANY`); or of no part (`OWN`)."""
    price, dear = 0.0, False
    room[:] = np.inf
    for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
        part, share = teeth.product_part[entry], teeth.product_share[entry]
        since = after.supplied[t, after.part_item[part]]
        for q in range(row_of[part], row_of[part + 1]):
            row, last = q - teeth.first_row[t], teeth.row_segments[q]
            left = there[row] if supply != OWN else free[row]
            if supply != OWN and last == since:
                least = _least(teeth, after, options, q)
                if supply == ANY or free[row, last - 1] <= NOTHING:
                    price += share * least if least < np.inf else 0.0
                elif least < np.inf:
                    left, dear = free[row], True
            for k in range(len(left) if teeth.late_from < teeth.n_line else last):
                room[k] = min(room[k], max(left[k], 0.0) / share)
    for k in range(there.shape[1] - 2, -1, -1):
        room[k] = min(room[k], room[k + 1])
    return price, dear


@inner_kernel
def _least(teeth: Teeth, after: After, options: Floats, q: int) -> float:
    """What the cheapest alternative of a row asks for, of those that are started; inf if none is."""
    least = np.inf
    for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
        first = teeth.first_entry[p]
        if teeth.entry_option[first] != after.always and options[teeth.entry_option[first]] > 0.5:
            least = min(least, teeth.piece_cost[p])
    return least
