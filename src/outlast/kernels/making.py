"""Making after an event, cut down to the parts there are and filled up with what is left. In: the making of
an iterate. Out: making that can be done. One reason to exist: what is made where parts are short.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_assemblies
from outlast.kernels.fresh import fresh_room
from outlast.kernels.jit import inner_kernel
from outlast.kernels.supplied import still_due
from outlast.kernels.teeth import After, Iterate, Teeth
from outlast.kernels.use import add_up, use_up_to
from outlast.kernels.waiting import goes_on, room_to_sell, take_nested, within_nested

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
def scale_making(teeth: Teeth, made: Floats, kept: Floats) -> None:
    """Making cut to the share that is kept of each product."""
    for k in range(len(made)):
        for line in range(teeth.n_line):
            made[k, line] *= kept[teeth.line_product[line], k]


@inner_kernel
def per_segment(teeth: Teeth, made: Floats, use: Floats) -> None:
    """Making of products, segment by segment."""
    use[:] = 0.0
    for k in range(len(made)):
        for line in range(teeth.n_line):
            use[teeth.line_product[line], k] += teeth.line_share[line] * made[k, line]


@inner_kernel
def add_making(teeth: Teeth, made: Floats, sign: float, total: Floats) -> None:
    """Adds to what is made of each product in all, or takes it off."""
    for k in range(len(made)):
        for line in range(teeth.n_line):
            total[teeth.line_product[line]] += sign * teeth.line_share[line] * made[k, line]


@inner_kernel
def cut_down(teeth: Teeth, t: int, use: Floats, there: Floats, kept: Floats, used: Floats) -> None:
    """Share of making that is kept, so that no part is used that is not there; `used` is written over."""
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        row, part, last = q - teeth.first_row[t], teeth.row_part[q], teeth.row_segments[q]
        if part < teeth.n_assembly:
            continue
        use_up_to(teeth, use, part, 0, last, used)
        for k in range(last):
            if used[k] > there[row, k]:
                share = there[row, k] / used[k]
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    j = teeth.part_product[m]
                    kept[j, k] = min(kept[j, k], share)
    for part in range(teeth.n_assembly - 1, -1, -1):
        for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
            j = teeth.part_product[m]
            for k in range(kept.shape[1]):
                kept[j, k] = min(kept[j, k], kept[teeth.n_product + part, k])
    for j in range(teeth.n_product):
        for k in range(kept.shape[1] - 2, -1, -1):
            kept[j, k] = min(kept[j, k], kept[j, k + 1])


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
    """More making where parts are left: product by product, as early as can be; of what alternatives could
    bring, only where a sale is worth their price. First each product gets back what it could not make as
    parts were stale by then (`stale`, weeks of demand): the iterate has weighed it against others. `there`,
    and `free` without alternatives, become what is left, and so do those of `brief`, `own`, stock of a row by
    its end, and `within`, what limits on making leave; `room`, `added` and `could` (see `_sell_more`) are
    written over."""
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
    for place in range(2 * teeth.n_product):
        j, moved = teeth.product_order[place % teeth.n_product], place < teeth.n_product
        for paid in range(2):
            if moved and (paid == 0 or stale[j] <= 0.0):
                continue
            if not _short(teeth, j, made, most, stocked):
                break
            left = there if paid else free
            _room(teeth, j, left, first_row, row_of, room)
            price = _price(teeth, after, t, j, options, free, row_of) if paid and not moved else 0.0
            if late:
                within_nested(teeth, after, j, within)
            moving = stale[j] if moved else np.inf
            sales = (worth, most, stocked, made)
            more_in_all = _sell_more(
                teeth, after, j, price, moving, 5 if paid else 7, brief, room, within, *sales, added, could
            )
            if more_in_all > 0.0:
                if late:
                    take_nested(teeth, after, j, added, within)
                for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
                    part, share = teeth.product_part[entry], teeth.product_share[entry]
                    if after.brief_of[part] >= 0:
                        for kind in range(5, 9):
                            for k in range(n):
                                brief[kind, after.brief_of[part], k] -= share * added[k]
                    for q in range(row_of[part], row_of[part + 1]):
                        last, row = teeth.row_segments[q], q - first_row
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
    price: float,
    moving: float,
    kind: int,
    brief: Floats,
    room: Floats,
    within: Floats,
    worth: Floats,
    most: Floats,
    stocked: Floats,
    made: Floats,
    added: Floats,
    could: Floats,
) -> float:
    """Makes more of a product, as early as can be, where a sale is worth the price; returns how much, at
    most `moving`. `room`: how much more can be made up to the ends of segments; `kind`: place in `brief` of
    lots of parts that do not keep; `added`: written, what is; `could` is written over,
    shape (line of the product, segment and one)."""
    more_in_all, n = 0.0, len(made)
    first = teeth.product_line_first[j]
    for m in range(first, teeth.product_line_first[j + 1]):
        room_to_sell(teeth, teeth.product_line[m], most, stocked, made, could[m - first])
        could[m - first, n] = 0.0
    keeps = True
    for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
        keeps = keeps and after.brief_of[teeth.product_part[entry]] < 0
    last = teeth.product_first[j] if keeps else teeth.product_first[j + 1]
    for k in range(n):
        here, most_added = within[j, k], min(room[k], moving)
        for entry in range(teeth.product_first[j], last):
            s = after.brief_of[teeth.product_part[entry]]
            if s >= 0:
                lots = brief[kind, s], brief[kind + 1, s]
                uses = teeth.product_share[entry]
                fresh = fresh_room(uses, *lots, k, more_in_all, brief[9, s], brief[10, s])
                most_added = min(most_added, more_in_all + fresh)
        for m in range(first, teeth.product_line_first[j + 1]):
            line = teeth.product_line[m]
            share, sold = teeth.line_share[line], could[m - first, n]
            more = min(could[m - first, k] - sold, (most_added - more_in_all) / share, here / share)
            if more > 0.0 and worth[k, line] > share * price:
                made[k, line] += more
                more_in_all += share * more
                here -= share * more
                could[m - first, n] += more if teeth.waits[line] else 0.0
        added[k] = more_in_all
    return more_in_all


@inner_kernel
def _room(teeth: Teeth, j: int, there: Floats, first_row: int, row_of: Ints, room: Floats) -> None:
    """How much more of a product can be made up to the ends of segments; written."""
    room[:] = np.inf
    for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
        part, share = teeth.product_part[entry], 1.0 / teeth.product_share[entry]
        for q in range(row_of[part], row_of[part + 1]):
            left = there[q - first_row]
            for k in range(len(left) if teeth.late_from < teeth.n_line else teeth.row_segments[q]):
                room[k] = min(room[k], max(left[k], 0.0) * share)
    for k in range(there.shape[1] - 2, -1, -1):
        room[k] = min(room[k], room[k + 1])


@inner_kernel
def _price(teeth: Teeth, after: After, t: int, j: int, options: Floats, free: Floats, row_of: Ints) -> float:
    """What alternatives ask for a week of a product's demand, for the parts of which nothing else is left."""
    price = 0.0
    for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
        part = teeth.product_part[entry]
        since = after.supplied[t, after.part_item[part]]
        for q in range(row_of[part], row_of[part + 1]):
            if teeth.row_segments[q] == since and free[q - teeth.first_row[t], since - 1] <= 0.0:
                least = np.inf
                for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                    first = teeth.first_entry[p]
                    if teeth.entry_option[first] != after.always and options[teeth.entry_option[first]] > 0.5:
                        least = min(least, teeth.piece_cost[p])
                if least < np.inf:
                    price += teeth.product_share[entry] * least
    return price


@inner_kernel
def _short(teeth: Teeth, j: int, made: Floats, most: Floats, stocked: Floats) -> bool:
    """Whether more of a product could be sold."""
    for m in range(teeth.product_line_first[j], teeth.product_line_first[j + 1]):
        line, missed = teeth.product_line[m], 0.0
        for k in range(len(made)):
            short = most[k, line] - made[k, line] - stocked[k, line]
            missed = short + (missed if teeth.waits[line] else 0.0)
            if missed > 0.0 and not teeth.waits[line]:
                return True
        if missed > 0.0:
            return True
    return False
