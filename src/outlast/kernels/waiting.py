"""Markets that wait, in a tooth. In: compact teeth, sales. Out: what may still be sold, prices of demand that
waits. One reason to exist: what is not sold of a waiting market may be sold later, and never before it is
asked for.

Up to the end of any segment no more is sold than was asked for. Prices of these rows add up from the end, so
that a sale pays a price that falls with time and is never below 0: a cone, onto which steps are drawn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_by
from outlast.kernels.fall import fall
from outlast.kernels.jit import inner_kernel
from outlast.kernels.teeth import After, Iterate, Single, Teeth
from outlast.kernels.use import use_up_to, used_by

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLOSE = 1e-9
"""Share of use by which rounding may be wrong."""


@inner_kernel
def step_late(
    teeth: Teeth,
    now: Iterate,
    anchor: Iterate,
    t: int,
    ahead: Single,
    weight: float,
    mixing: tuple[float, float, float],
    scratch: Single,
    top: Single,
) -> None:
    """A step of prices of demand that waits.

    Args:
        teeth: the teeth.
        now: where they stand.
        anchor: where they stood at the anchor.
        t: the tooth.
        ahead: sales, extrapolated, shape (segment, line from `late_from`); written over.
        weight: primal weight.
        mixing: share of the step, how far it goes beyond its end, share of the anchor.
        scratch: written over, shape (5, segment).
        top: written over, shape (2, line from `late_from`).
    """
    keep, past, away = np.float32(mixing[0]), np.float32(mixing[1]), np.float32(mixing[2])
    n_late, zero = ahead.shape[1], np.float32(0.0)
    pace, most_of, value, equal = top[0], top[1], scratch[0], scratch[1]
    equal[:] = np.float32(1.0)
    waits, share = teeth.waits[teeth.late_from :], teeth.line_share[teeth.late_from :]
    for i in range(n_late):
        pace[i] = np.float32(weight * share[i] / 2) if waits[i] else zero
        most_of[i] = zero
    # Segment by segment, as they lie in memory.
    for k in range(len(ahead)):
        first, cell = teeth.late_cells[t] + k * n_late, teeth.cells[t] + k * teeth.n_line + teeth.late_from
        late, most, here = now.late[first : first + n_late], teeth.most[cell : cell + n_late], ahead[k]
        for i in range(n_late):
            here[i] = late[i] + pace[i] * (here[i] - most[i])
            most_of[i] = max(most_of[i], here[i])
    for i in range(n_late):
        if most_of[i] > zero:
            for k in range(len(ahead)):
                value[k] = ahead[k, i]
            fall(value, equal, scratch[2], scratch[3], scratch[4])
            for k in range(len(ahead)):
                ahead[k, i] = value[k]
    for k in range(len(ahead)):
        first = teeth.late_cells[t] + k * n_late
        late, anchored, here = now.late[first : first + n_late], anchor.late[first : first + n_late], ahead[k]
        for i in range(n_late):
            new, old = max(here[i], zero), late[i]
            late[i] = keep * (new + past * (new - old)) + away * anchored[i]


@inner_kernel
def is_limited(teeth: Teeth, after: After) -> bool:
    """Whether a plan may come up to limits on making: as it catches up, or makes goods ahead."""
    return teeth.late_from < teeth.n_line or len(after.brief) > 0


@inner_kernel
def most_made(teeth: Teeth, ends: Floats, j: int, k: int) -> float:
    """Most made of a product in a segment [weeks of demand]."""
    return teeth.make_rate[j] * (ends[k] - (ends[k - 1] if k > 0 else 0.0))


@inner_kernel
def room_to_sell(teeth: Teeth, line: int, most: Floats, stocked: Floats, made: Floats, room: Floats) -> None:
    """What a line could still sell in each segment, all else as it is; written. Of a waiting market, what is
    sold more counts in all later segments as well."""
    n = len(most)
    total = 0.0
    for k in range(n):
        room[k] = most[k, line] - stocked[k, line] - made[k, line]
        if teeth.waits[line]:
            total += room[k]
            room[k] = total
    if teeth.waits[line]:
        for k in range(n - 2, -1, -1):
            room[k] = min(room[k], room[k + 1])


@inner_kernel
def keep_up(
    teeth: Teeth,
    after: After,
    t: int,
    stock: Floats,
    ends: Floats,
    there: Floats,
    own: Floats,
    more: Floats,
    use: Floats,
    kept: Floats,
    wished: Floats,
    before: Floats,
    watched: Ints,
) -> None:
    """Share of making in each segment that is kept, the earliest first: within limits on making, and so that
    no part is used before it is there, nor, once supply is back, faster than what is left and what its source
    and alternatives bring.

    Args:
        teeth: the teeth.
        after: limits of assemblies, rates of sources.
        t: the tooth.
        stock: protective stock at the event [weeks of cover], shape (item).
        ends: of segments.
        there: what there is of parts by the ends of segments, see `recourse`.
        own: stock of each row by its end [weeks of cover].
        more: what alternatives bring from then on, see `supplied_later`.
        use: making of products in each segment; written: what is kept, and of assemblies, up to the ends.
        kept: written: of products, shape (product and assembly, segment).
        wished: a copy of `use`, written over.
        before: written over, shape (2, rows or products and assemblies).
        watched: written over, shape (row).
    """
    n_product = teeth.n_product
    drawn, base = before[0], before[1]
    drawn[:] = 0.0
    # Whatever is kept, no more is made than this: rows that it does not exceed are left alone.
    for k in range(len(ends)):
        _make_within(teeth, ends, k, wished, kept)
        build_by(teeth, after, t, stock, wished, k)
    rows = _short_rows(teeth, after, t, ends, there, own, more, wished, drawn, watched)
    drawn[:] = 0.0
    for k in range(len(ends)):
        _make_within(teeth, ends, k, use, kept)
        build_by(teeth, after, t, stock, use, k)
        span = ends[k] - (ends[k - 1] if k > 0 else 0.0)
        for number in range(teeth.n_assembly):
            taken, most = used_by(teeth, use, number, k) - drawn[number], after.assembly_rate[number] * span
            kept[n_product + number, k] = most / taken if taken > most else 1.0
        for j in range(n_product):
            drawn[teeth.n_assembly + j] = kept[j, k]
            kept[j, k] = 1.0
        for place in range(rows):
            _keep_row(teeth, after, t, watched[place], k, ends, there, more, base, use, kept)
        keep_inside(teeth, kept, k)
        for j in range(n_product):
            early = use[j, k - 1] if k > 0 else 0.0
            use[j, k] = early + (use[j, k] - early) * kept[j, k]
            kept[j, k] *= drawn[teeth.n_assembly + j]
        build_by(teeth, after, t, stock, use, k)
        for number in range(teeth.n_assembly):
            drawn[number] = used_by(teeth, use, number, k)
        for place in range(rows):
            q = watched[place]
            if k == teeth.row_segments[q] - 1:
                row = q - teeth.first_row[t]
                base[row] = max(own[row], used_by(teeth, use, teeth.row_part[q], k))


@inner_kernel
def _make_within(teeth: Teeth, ends: Floats, k: int, use: Floats, kept: Floats) -> None:
    """Making of products up to the end of a segment, within limits, given that in it; and the share kept."""
    for j in range(teeth.n_product):
        most = most_made(teeth, ends, j, k)
        making = use[j, k]
        kept[j, k] = most / making if making > most else 1.0
        use[j, k] = min(making, most) + (use[j, k - 1] if k > 0 else 0.0)


@inner_kernel
def _short_rows(
    teeth: Teeth,
    after: After,
    t: int,
    ends: Floats,
    there: Floats,
    own: Floats,
    more: Floats,
    use: Floats,
    used: Floats,
    rows: Ints,
) -> int:
    """Rows that making may exceed, written, and how many there are; `use`: up to the ends of segments."""
    count = 0
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        row, part, last = q - teeth.first_row[t], teeth.row_part[q], teeth.row_segments[q]
        if part < teeth.n_assembly:
            continue
        until = len(ends) if goes_on(teeth, after, t, q) else last
        use_up_to(teeth, use, part, 0, until, used)
        exceeds = False
        for k in range(last):
            exceeds = exceeds or used[k] * (1.0 + CLOSE) > there[row, k]
        rate = after.flow_rate[after.part_item[part]]
        for k in range(last, until):
            most = max(own[row], 0.0) + rate * (ends[k] - ends[last - 1]) + more[row, k]
            exceeds = exceeds or used[k] * (1.0 + CLOSE) > most
        if exceeds:
            rows[count] = q
            count += 1
    return count


@inner_kernel
def _keep_row(
    teeth: Teeth,
    after: After,
    t: int,
    q: int,
    k: int,
    ends: Floats,
    there: Floats,
    more: Floats,
    base: Floats,
    use: Floats,
    kept: Floats,
) -> None:
    """Share of making in a segment that a row lets be kept; `base`: used, or there, by its end."""
    row, part, last = q - teeth.first_row[t], teeth.row_part[q], teeth.row_segments[q]
    if k >= last and not goes_on(teeth, after, t, q):
        return
    most = there[row, k]
    if k >= last:
        most = base[row] + after.flow_rate[after.part_item[part]] * (ends[k] - ends[last - 1]) + more[row, k]
    used = used_by(teeth, use, part, k)
    if used > most:
        early = used_by(teeth, use, part, k - 1) if k > 0 else 0.0
        share = max(most - early, 0.0) / (used - early)
        for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
            kept[teeth.part_product[m], k] = min(kept[teeth.part_product[m], k], share)


@inner_kernel
def keep_inside(teeth: Teeth, kept: Floats, k: int) -> None:
    """Of what an assembly is in, no larger share is kept in a segment than of the assembly."""
    for part in range(teeth.n_assembly - 1, -1, -1):
        for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
            j = teeth.part_product[m]
            kept[j, k] = min(kept[j, k], kept[teeth.n_product + part, k])


@inner_kernel
def left_to_make(
    teeth: Teeth, after: After, ends: Floats, use: Floats, used: Floats, brought: Floats, left: Floats
) -> None:
    """What limits leave: of products and assemblies those on making, of parts that do not keep `brought`, see
    `keep_fresh`. `use`: making up to the ends of segments; `left`: written, shape (product, assembly and part
    that does not keep, segment); `used`: written over."""
    for j in range(teeth.n_product):
        for k in range(len(ends)):
            making = use[j, k] - (use[j, k - 1] if k > 0 else 0.0)
            span = ends[k] - (ends[k - 1] if k > 0 else 0.0)
            left[j, k] = max(after.product_rate[j] * span - making, 0.0)
    for number in range(teeth.n_assembly):
        use_up_to(teeth, use, number, 0, len(ends), used)
        for k in range(len(ends)):
            span = ends[k] - (ends[k - 1] if k > 0 else 0.0)
            making = used[k] - (used[k - 1] if k > 0 else 0.0)
            left[teeth.n_product + number, k] = max(after.assembly_rate[number] * span - making, 0.0)
    for s in range(len(after.brief)):
        use_up_to(teeth, use, after.brief[s], 0, len(ends), used)
        for k in range(len(ends)):
            rest = brought[s, k] - (used[k] - (used[k - 1] if k > 0 else 0.0))
            left[teeth.n_product + teeth.n_assembly + s, k] = max(rest, 0.0)


@inner_kernel
def goes_on(teeth: Teeth, after: After, t: int, q: int) -> bool:
    """Whether after the last segment of a row its source brings no more than so much a week: where it ends
    because supply is back."""
    part = teeth.row_part[q]
    if part < teeth.n_assembly or teeth.late_from == teeth.n_line:
        return False
    item = after.part_item[part]
    if after.flow_rate[item] == np.inf:
        return False
    cut = after.point[after.group[t], item] >= 0
    return not cut or teeth.row_segments[q] == after.supplied[t, item]


@inner_kernel
def keep_ahead(rate: float, ends: Floats, since: int, used: Floats, kept: Floats) -> float:
    """Stock that must be there at the ends of segments from `since` on, as later use exceeds what a source
    brings; written. `used`: up to the ends of all segments. Returns what must be there before."""
    need = 0.0
    for k in range(len(ends) - 1, since - 1, -1):
        kept[k] = need
        low = ends[k - 1] if k > 0 else 0.0
        in_segment = used[k] - (used[k - 1] if k > 0 else 0.0)
        need = max(need + in_segment - rate * (ends[k] - low), 0.0)
    return need
