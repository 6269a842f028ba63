"""Goods made ahead of their sale after an event. In: a tooth, what is left of parts. Out: more sales, goods
that wait for them. One reason to exist: parts that do not keep go stale, goods made of them do not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_by
from outlast.kernels.cutting import NOTHING
from outlast.kernels.filling import ANY, OWN, Unsold, ask, limit_to_fresh, sum_up
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.left import CRUMB, Left, lower, lower_to_left, take, take_nested, within_nested
from outlast.kernels.supplied import week_before
from outlast.kernels.teeth import After, Teeth
from outlast.kernels.use import CHUNK, add_up, before_orders, held, use_up_to

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Spare(NamedTuple):
    """What sources leave to goods that are made ahead, if all that is asked for is sold when it is."""

    amount: Floats
    """By the ends of segments, as long as nothing that is ordered after the event comes; then in each;
    shape (part, segment) [weeks of cover]."""
    soon: Ints
    """The first segment of the latter, shape (part)."""
    pushed: Ints
    """The last segment in which goods were made ahead of what a row supplies, -1 if none; all where markets
    wait; shape (row)."""


@kernel
def spare_of_sources(
    teeth: Teeth,
    after: After,
    t: int,
    stock: Floats,
    come: Floats,
    normal: Floats,
    most: Floats,
    share: Floats,
    use: Floats,
    ends: Floats,
) -> Spare:
    """What sources that are open leave.

    Args:
        teeth: the teeth.
        after: what holding needs.
        t: the tooth.
        stock: protective stock at the event [weeks of cover], shape (item).
        come: what purchases on order have brought, shape (part, week).
        normal: what normal running has on order, of the same shape.
        most: what may be sold, shape (segment, line).
        share: of use that lots have to meet, shape (part that does not keep, segment).
        use: making up to the ends of segments, shape (product and assembly, segment), which may be more than
            what is asked for where markets wait.
        ends: of segments.
    """
    n, n_made = len(ends), teeth.n_product + teeth.n_assembly
    full, used, planned = np.zeros((n_made, n + CHUNK)), np.zeros(n + CHUNK), np.zeros(n + CHUNK)
    for k in range(n):
        for line in range(teeth.n_line):
            full[teeth.line_product[line], k] += teeth.line_share[line] * most[k, line]
    add_up(full[: teeth.n_product])
    for k in range(n):
        build_by(teeth, after, t, stock, full, k)
    rows = teeth.first_row[t + 1] - teeth.first_row[t]
    pushed = np.full(rows, n if teeth.late_from < teeth.n_line else -1, dtype=np.int64)
    parts = len(after.part_item)
    spare = Spare(np.full((parts, n), np.inf), np.zeros(parts, dtype=np.int64), pushed)
    for part in range(teeth.n_assembly, len(after.part_item)):
        item, amount, s = after.part_item[part], spare.amount[part], after.brief_of[part]
        use_up_to(teeth, full, part, 0, n, used)
        use_up_to(teeth, use, part, 0, n, planned)
        cut = after.point[after.group[t], item] >= 0
        soon = after.supplied[t, item] if cut else before_orders(after.lead[item], ends)
        if not cut and s < 0:
            spare.soon[part] = soon
            there = after.beyond[after.group[t], item] + after.working[item] + stock[item]
            for k in range(soon):
                week = week_before(ends[k], come[part])
                amount[k] = there + come[part, week] + max(normal[part, week], 0.0) - used[k]
        for k in range(soon, n):
            span = ends[k] - (ends[k - 1] if k > 0 else 0.0)
            asked = used[k] - (used[k - 1] if k > 0 else 0.0)
            taken = max(asked, planned[k] - (planned[k - 1] if k > 0 else 0.0))
            # A source without a limit counts as one that brings what is asked for.
            brought = after.flow_rate[item] * span if after.flow_rate[item] < np.inf else asked
            amount[k] = brought - taken
        for k in range(n if s >= 0 else 0):
            if 0.0 < share[s, k] < 1.0:
                amount[k] = 0.0
    return spare


@kernel
def fill_ahead(
    teeth: Teeth,
    after: After,
    t: int,
    ends: Floats,
    moving: Floats,
    made: Floats,
    unsold: Unsold,
    left: Left,
    spare: Spare,
    ahead: Floats,
) -> None:
    """More sales of goods that contain a part that does not keep, made before they are sold, as late as can
    be: where parts are left, then where alternatives bring them and the sale is worth it. Only what is sold
    before the product is supplied again.

    Args:
        teeth: the teeth.
        after: what holding needs.
        t: the tooth.
        ends: of segments.
        moving: most that is sold more of each line [weeks of its demand]; written: less that.
        made: sales made, added to, shape (segment, line).
        unsold: what could be sold more; kept up to date.
        left: what is left of parts; kept up to date.
        spare: what sources leave; kept up to date.
        ahead: goods made and not sold yet, at the ends of segments, added to; shape (product, segment).
    """
    scratch = np.zeros((4, len(ends)))
    for place in range(teeth.n_line):
        line = teeth.line_order[place]
        if moving[line] > NOTHING:
            _fill_line(teeth, after, t, line, ends, moving, made, unsold, left, spare, ahead, scratch)


@inner_kernel
def _fill_line(
    teeth: Teeth,
    after: After,
    t: int,
    line: int,
    ends: Floats,
    moving: Floats,
    made: Floats,
    unsold: Unsold,
    left: Left,
    spare: Spare,
    ahead: Floats,
    scratch: Floats,
) -> None:
    """See `fill_ahead`; `scratch` is written over, shape (4, segment).

    To find room takes long: it is between `least` and `room`, and found where it matters which of them it is.
    """
    j, share = teeth.line_product[line], teeth.line_share[line]
    item = after.product_item[j]
    if item < 0 or left.first_brief[j] == left.first_brief[j + 1]:
        return
    # Taken one by one they are known to be contiguous: loops over them are vectorised.
    room, least, added, level = scratch[0], scratch[1], scratch[2], scratch[3]
    rest, worth, could = unsold.rest[line], unsold.worth[line], unsold.could
    sum_up(rest, teeth.waits[line], could)
    if _most(could if teeth.waits[line] else rest, 1, after.supplied[t, item]) <= CRUMB * share:
        return
    within_nested(after, j, left)
    holding = share * after.product_scale[j] * after.holding[item]
    for supply in (OWN, ANY):
        room[:] = np.inf
        limit_to_fresh(left, j, supply, level, room)
        if _most(room, 0, after.supplied[t, item] - 1) <= CRUMB * share:
            continue
        price, _, first = ask(left, j, supply)
        price *= share
        least[:] = 0.0
        for k in range(1, after.supplied[t, item]):
            if min(could[k] if teeth.waits[line] else rest[k], moving[line]) <= CRUMB:
                continue
            held_for = 0.0
            for early in range(k - 1, -1, -1):
                held_for += held(ends, early)
                if early < first or worth[k] <= price + holding * held_for:
                    break
                if room[early] <= CRUMB * share:
                    continue
                more = min(left.within[j, early] / share, could[k] if teeth.waits[line] else rest[k])
                more = min(more, moving[line])
                if more <= CRUMB:
                    continue
                if least[early] < min(room[early], share * more):
                    _find_room(teeth, after, left, spare, j, supply, level, room)
                    for b in range(len(room)):
                        least[b] = room[b]
                more = min(more, room[early] / share)
                if more <= CRUMB:
                    continue
                made[k, line] += more
                rest[k] -= more
                sum_up(rest, teeth.waits[line], could)
                moving[line] -= more
                for b in range(early, k):
                    ahead[j, b] += share * more
                added[:early] = 0.0
                added[early:] = share * more
                take_nested(after, j, early, added, left)
                take(left, j, early, added)
                first = _first_left(left, j)
                if _take_spare(teeth, left, spare, j, early, k, share * more):
                    least[:] = 0.0
                    continue
                # From then on there is as much less room at most; before, no less than then.
                for b in range(early, len(room)):
                    least[b] -= share * more
                for b in range(early):
                    least[b] = min(least[b], least[early])


@inner_kernel
def _most(values: Floats, begin: int, end: int) -> float:
    """The largest of some values."""
    most = -np.inf
    for k in range(begin, end):
        most = max(most, values[k])
    return most


@inner_kernel
def _first_left(left: Left, j: int) -> int:
    """First segment from which on something is left of all parts of a product, as it was last asked."""
    first = 0
    for e in range(left.first[j], left.first[j + 1]):
        first = max(first, left.short[left.taken[left.row[e]], left.row[e]])
    return first


@inner_kernel
def _find_room(
    teeth: Teeth,
    after: After,
    left: Left,
    spare: Spare,
    j: int,
    supply: int,
    level: Floats,
    room: Floats,
) -> None:
    """How much more of a product can be made in each segment, and be there from then on; written. `level` is
    written over.

    An alternative without a limit brings what is asked for, when it is. So what is made ahead where it brings
    something has to be at hand, and what it takes until its sale has to be left where goods were made ahead.
    """
    n, begin = len(room), _first_left(left, j)
    room[:begin] = 0.0
    room[begin:] = np.inf
    for e in range(left.first[j], left.first[j + 1]):
        row, share = left.row[e], left.share[e]
        free, extra = left.free[row], left.extra[row]
        if left.taken[row] == 1 and left.unlimited[row] == 1:
            for k in range(begin, left.until[row]):
                more = 0.0 if extra[k] == np.inf and k <= spare.pushed[row] else extra[k]
                room[k] = min(room[k], (free[k] + more) / share)
        else:
            lower_to_left(left, row, 1.0 / share, begin, room)
    for k in range(n - 2, begin - 1, -1):
        room[k] = min(room[k], room[k + 1])
    for e in range(left.first[j], left.first[j + 1]):
        row, share = left.row[e], left.share[e]
        for k in range(begin, left.until[row] if left.unlimited[row] == 1 else 0):
            if left.extra[row, k] == np.inf:
                room[k] = min(room[k], left.free[row, k] / share)
    limit_to_fresh(left, j, supply, level, room)
    for e in range(left.first_brief[j], left.first_brief[j + 1]):
        s = left.brief[e]
        for k in range(begin, n):
            if left.lots[5, s, k] == np.inf and left.lots[4, s, k] > 0.0:  # an alternative without a limit
                room[k] = 0.0
    for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
        part, share = teeth.product_part[entry], teeth.product_share[entry]
        amount, soon, one, least = spare.amount[part], spare.soon[part], 1.0 / share, np.inf
        lower(room, amount, one, max(soon, begin), n)
        for k in range(soon - 1, begin - 1, -1):
            least = min(least, amount[k])
            room[k] = min(room[k], least * one)


@inner_kernel
def _take_spare(teeth: Teeth, left: Left, spare: Spare, j: int, early: int, k: int, more: float) -> bool:
    """What sources leave after goods were made in a segment that are sold in another; returns whether any
    `spare.pushed` is later than before."""
    later = False
    for e in range(left.first[j], left.first[j + 1]):
        later = later or early > spare.pushed[left.row[e]]
        spare.pushed[left.row[e]] = max(spare.pushed[left.row[e]], early)
    for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
        part = teeth.product_part[entry]
        amount, soon = spare.amount[part], spare.soon[part]
        used = teeth.product_share[entry] * more
        if early >= soon:
            amount[early] -= used
        for b in range(early, min(k, soon)):
            amount[b] -= used
    return later


@kernel
def sell_early(
    teeth: Teeth, t: int, most: Floats, stocked: Floats, worth: Floats, made: Floats, ahead: Floats
) -> None:
    """Goods made ahead go to markets that wait as soon as they are asked for, if a sale is worth more then:
    nothing else is made for it.

    Args:
        teeth: the teeth.
        t: the tooth.
        most: lawful demand, shape (segment, line).
        stocked: sales from finished goods, of the same shape.
        worth: of the same shape.
        made: sales made, of the same shape; kept up to date.
        ahead: goods made and not sold yet, at the ends of segments, shape (product, segment); the same.
    """
    n = len(made)
    waits = np.empty(n)
    for place in range(teeth.n_line):
        line = teeth.line_order[place]
        j, share = teeth.line_product[line], teeth.line_share[line]
        if not teeth.waits[line]:
            continue
        total = 0.0
        for k in range(n):
            total += most[k, line] - stocked[k, line] - made[k, line]
            waits[k] = total
        for k in range(n):
            could = np.inf
            for later in range(k + 1, n):
                could = min(could, waits[later - 1], ahead[j, later - 1] / share)
                if could <= NOTHING:
                    break
                more = min(could, made[later, line])
                if more <= 0.0 or worth[later, line] >= worth[k, line]:
                    continue
                made[later, line] -= more
                made[k, line] += more
                could -= more
                for b in range(k, later):
                    waits[b] -= more
                    ahead[j, b] = max(ahead[j, b] - share * more, 0.0)


@inner_kernel
def hold_ahead(after: After, ends: Floats, ahead: Floats) -> float:
    """What goods that wait for their sale cost to hold [money]; what goes into them counts as held until
    then."""
    loss = 0.0
    for j in range(len(ahead)):
        if after.product_item[j] >= 0:
            cost = after.product_scale[j] * after.holding[after.product_item[j]]
            for k in range(len(ends)):
                loss += cost * held(ends, k) * ahead[j, k]
    return loss
