"""The plane that stands for what is held after events. In: an iterate. Out: `Rest`, which is never above it.
One reason to exist: holding is convex, and steps need it linear.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_assemblies, made_again, touch_assemblies
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.supplied import week_before
from outlast.kernels.teeth import After, Iterate, Rest, Teeth
from outlast.kernels.use import CHUNK, add_up, held, spread, use_of, use_up_to

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROUNDED = 2**-22
"""Share by which what is saved is rounded up, so that the plane stays below holding in single precision."""


@kernel
def touch(
    teeth: Teeth,
    after: After,
    now: Iterate,
    supply: Floats,
    stock: Floats,
    come: Floats,
    span: tuple[int, int],
    keep: np.float32,
    rest: Rest,
) -> tuple[Floats, Floats, Floats]:
    """The plane that touches holding after events where the iterate is. Any plane of its kind is below: what
    is left is at least stock, and what comes, less use, as nothing is ever taken away; and since it was last
    nothing, what has come since less what was used since.

    Args:
        teeth: the teeth.
        after: what holding needs.
        now: the iterate.
        supply: of points [weeks of cover], shape (point).
        stock: protective stock at an event [weeks of cover], shape (epoch, item).
        come: what purchases on order have brought before each week after it [weeks of cover], shape (epoch,
            part, week); of parts that are cut, points know.
        span: first tooth and the one after the last.
        keep: share of `saved` that stays as it was.
        rest: written: all that belongs to one tooth.

    Returns:
        `point` and `stock` of `Rest`, as far as these teeth go, and the same for `come`.
    """
    n_product, n_line = teeth.n_product, teeth.n_line
    by_point, by_stock, by_week = np.zeros(len(supply)), np.zeros(stock.shape), np.zeros(come.shape)
    for t in range(span[0], span[1]):
        first_end = teeth.first_segment[t]
        n = teeth.first_segment[t + 1] - first_end
        ends = teeth.ends[first_end : first_end + n]
        column = teeth.product_cells[t]
        saved = np.zeros((n, n_product))
        rest.constant[t] = 0.0
        group, odds = after.group[t], teeth.odds[t]
        epoch = after.epoch[group]
        use, used = np.zeros((n_product + teeth.n_assembly, n + CHUNK)), np.zeros(n + CHUNK)
        opened, spared = np.zeros(n), np.zeros((2, n))
        wide, sold = np.zeros((n, n_product + teeth.n_assembly)), np.zeros(n_product)
        most, again_of = np.zeros(n_line), np.zeros(n_product + teeth.n_assembly)
        kept, week, lasting = np.zeros(n), np.zeros(n, dtype=np.int64), np.zeros_like(wide)
        for k in range(n):
            place = teeth.cells[t] + k * n_line
            for line in range(n_line):
                j = teeth.line_product[line]
                most[line] = teeth.most[place + line] + (most[line] if teeth.waits[line] else 0.0)
                made = min(max(now.made[place + line], 0.0), most[line])
                use[j, k] += teeth.line_share[line] * made
                if k < teeth.stocked_until[t, j]:
                    sold[j] += teeth.line_share[line] * max(now.stocked[place + line], 0.0)
        for j in range(n_product):
            item = after.product_item[j]
            rest.goods[t, j] = 0.0
            if item < 0:
                continue
            since = after.supplied[t, item]
            left = after.beyond[group, item] + stock[epoch, item] - sold[j] * after.product_scale[j]
            total = 0.0
            for k in range(since, n):
                left -= use[j, k] * after.product_scale[j]
                if left <= 0.0:
                    break
                weight = after.holding[item] * held(ends, k)
                weight += after.least_end_loss[item] if k == n - 1 else 0.0
                total += weight
                for before in range(since, k + 1):
                    saved[before, j] += weight * after.product_scale[j]
            if since >= n and left > 0.0:
                total += after.least_end_loss_cut[item]
            rest.goods[t, j] = total * after.product_scale[j]
            rest.constant[t] += total * after.beyond[group, item]
            by_stock[epoch, item] += odds * total
        add_up(use[:n_product])
        build_assemblies(teeth, after, t, stock[epoch], True, use, used)
        made_again(teeth, after, t, again_of)
        for k in range(n):
            kept[k], week[k] = held(ends, k), week_before(ends[k], come[epoch, 0])
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            rest.row[q] = 0.0
        row = teeth.first_row[t]
        for part in range(teeth.n_assembly, len(after.part_item)):
            item = after.part_item[part]
            since = after.supplied[t, item]
            point = after.point[group, item]
            # Working stock of goods that are sold may be made again of what is left.
            again = use_of(teeth, part, again_of)
            if point < 0:
                left = after.beyond[group, item] + stock[epoch, item] - again
                brought, by_brought = come[epoch, part], by_week[epoch, part]
                total, late = _touch_open(
                    teeth,
                    after,
                    t,
                    part,
                    left,
                    again,
                    brought,
                    week,
                    kept,
                    use,
                    used,
                    wide,
                    lasting,
                    by_brought,
                )
                by_stock[epoch, item] += odds * total
                rest.constant[t] += total * (after.beyond[group, item] - again) - late * again
                continue
            left = supply[point] - after.working[item] - again
            main = -1
            while row < teeth.first_row[t + 1] and teeth.row_part[row] <= part:
                if teeth.row_part[row] == part and teeth.row_segments[row] == since:
                    main = row
                row += 1
            if main >= 0:
                for p in range(teeth.first_piece[main], teeth.first_piece[main + 1]):
                    left += max(now.bought[p], 0.0)
            looks = main >= 0 and looks_ahead(teeth, after, t, main)
            if left <= 0.0 and not looks:
                continue
            total = 0.0
            done = since
            if looks:
                use_opened(teeth, use, part, opened)
                find_spared(teeth, after, t, part, ends, stock[epoch], spared)
            for k in range(since, n):
                if k >= done:
                    done = use_up_to(teeth, use, part, k, k + 1, used)
                if looks:
                    need, to = _need_ahead(teeth, after, now, main, k, ends, opened, spared)
                    if need > max(left - used[k], 0.0):
                        weight = after.holding[item] * kept[k]
                        _touch_ahead(
                            teeth, after, t, main, k, to, weight, ends, stock[epoch], spared, wide, rest,
                            by_stock[epoch],
                        )  # fmt: skip
                        continue
                if left - used[k] <= 0.0:
                    if looks:
                        continue
                    break
                weight = after.holding[item] * kept[k]
                weight += after.least_end_loss[item] if k == n - 1 else 0.0
                total += weight
                spread(teeth, part, weight, wide[k])
            at_end = after.least_end_loss_cut[item] if since >= n else 0.0
            if at_end > 0.0:
                use_up_to(teeth, use, part, n - 1, n, used)
            if at_end > 0.0 and left > used[n - 1]:
                total += at_end
                spread(teeth, part, at_end, wide[n - 1])
            if total == 0.0:
                continue
            if main >= 0:
                rest.row[main] = total
            rest.constant[t] -= total * again
            by_point[point] += odds * total
            rest.constant[t] -= total * after.working[item]
        for k in range(n - 1, -1, -1):
            for j in range(n_product + teeth.n_assembly):
                lasting[k, j] += lasting[k + 1, j] if k < n - 1 else 0.0
                wide[k, j] += kept[k] * lasting[k, j]
        if teeth.n_assembly:
            rest.constant[t] += touch_assemblies(
                teeth, after, t, stock[epoch], ends, again_of, use, used, wide, by_stock[epoch]
            )
        for k in range(n - 2, -1, -1):
            for j in range(n_product):
                wide[k, j] += wide[k + 1, j]
        for k in range(n):
            for j in range(n_product):
                place = column + k * n_product + j
                new = (saved[k, j] + wide[k, j]) * (1.0 - keep) + keep * rest.saved[place]
                rest.saved[place] = new + abs(new) * ROUNDED
    return by_point, by_stock, by_week


@inner_kernel
def looks_ahead(teeth: Teeth, after: After, t: int, q: int) -> bool:
    """Whether of the part of a row must be held, once it is supplied again, what later use exceeds its source
    by: where the row feeds later ones, nothing bought before comes after it, and no assembly that it is in is
    in another."""
    part, point = teeth.row_part[q], teeth.row_point[q]
    if teeth.row_feeds[q] == 0:
        return False
    back = teeth.ends[teeth.first_segment[t] + teeth.row_segments[q] - 1]
    for e in range(after.due_first[point], after.due_first[point + 1]):
        if after.due_week[e] >= back:
            return False
    for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
        number = teeth.part_product[m] - teeth.n_product
        for above in range(teeth.part_first[number], teeth.part_first[number + 1] if number >= 0 else 0):
            if teeth.part_product[above] >= teeth.n_product:
                return False
    return True


@inner_kernel
def use_opened(teeth: Teeth, use: Floats, part: int, opened: Floats) -> None:
    """What sales use of a part by the ends of segments, stock of assemblies apart; written."""
    opened[:] = 0.0
    for m in range(teeth.user_first[part], teeth.user_first[part + 1]):
        making, share = use[teeth.user_product[m]], teeth.user_share[m]
        for k in range(len(opened)):
            opened[k] += share * making[k]


@inner_kernel
def find_spared(
    teeth: Teeth, after: After, t: int, part: int, ends: Floats, stock: Floats, spared: Floats
) -> None:
    """Most of a part that sales after the ends of segments need not use, as goods or assemblies are there:
    written, `spared[0]`; `spared[1]`: the same without protective stock. Until they are supplied again their
    working stock counts as well, which is held without being paid for."""
    group = after.group[t]
    spared[:] = 0.0
    for m in range(teeth.user_first[part], teeth.user_first[part + 1]):
        j = teeth.user_product[m]
        if after.product_item[j] >= 0:
            share = teeth.user_share[m] / after.product_scale[j]
            _spare(after, t, after.product_item[j], share, stock, after.beyond[group], spared)
    for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
        number = teeth.part_product[m] - teeth.n_product
        if number >= 0:
            _spare(after, t, after.part_item[number], teeth.part_share[m], stock, after.beyond[group], spared)


@inner_kernel
def _spare(
    after: After, t: int, item: int, share: float, stock: Floats, beyond: Floats, spared: Floats
) -> None:
    """Adds what one item spares, see `find_spared`."""
    for k in range(spared.shape[1]):
        there = max(beyond[item], 0.0) + (after.working[item] if k < after.supplied[t, item] else 0.0)
        spared[0, k] += share * (there + stock[item])
        spared[1, k] += share * there


@inner_kernel
def _need_ahead(
    teeth: Teeth,
    after: After,
    now: Iterate,
    q: int,
    k: int,
    ends: Floats,
    opened: Floats,
    spared: Floats,
) -> tuple[float, int]:
    """What must be held of a part at the end of a segment, as by the end of a later one more is used than its
    source and alternatives bring; and that later one. `q`: row of the part until it is supplied again."""
    rate, most, to = after.flow_rate[after.part_item[teeth.row_part[q]]], 0.0, -1
    for later in range(k + 1, len(ends)):
        need = opened[later] - opened[k] - rate * (ends[later] - ends[k]) - spared[0, k]
        if need > most:
            for row in range(q + 1, q + 1 + teeth.row_feeds[q]):
                if _brings(teeth, q, row, k, later):
                    for p in range(teeth.first_piece[row], teeth.first_piece[row + 1]):
                        need -= max(now.bought[p], 0.0)
        if need > most:
            most, to = need, later
    return most, to


@inner_kernel
def _brings(teeth: Teeth, q: int, row: int, k: int, later: int) -> bool:
    """Whether what feeds a later row of a part may come after one segment and by the end of another."""
    if teeth.row_brought[row] == 0.0 or teeth.row_segments[row] <= k + 1:
        return False
    before = teeth.row_segments[row - 1] if teeth.row_brought[row - 1] > 0.0 else teeth.row_segments[q]
    return before <= later


@inner_kernel
def _touch_ahead(
    teeth: Teeth,
    after: After,
    t: int,
    q: int,
    k: int,
    to: int,
    weight: float,
    ends: Floats,
    stock: Floats,
    spared: Floats,
    saved: Floats,
    rest: Rest,
    by_stock: Floats,
) -> None:
    """Adds to the plane what holding costs at the end of a segment of what must be there for a later one: see
    `_need_ahead`. Making products or assemblies ahead in its place costs no less to hold.

    `spared`: see `find_spared`; it is given up to protective stock, to which it is linear."""
    part = teeth.row_part[q]
    rate = after.flow_rate[after.part_item[part]]
    for m in range(teeth.user_first[part], teeth.user_first[part + 1]):
        j, share = teeth.user_product[m], teeth.user_share[m] * weight
        saved[k, j] += share
        saved[to, j] -= share
        if after.product_item[j] >= 0:
            by_stock[after.product_item[j]] -= teeth.odds[t] * share / after.product_scale[j]
    for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
        number = teeth.part_product[m] - teeth.n_product
        if number >= 0:
            by_stock[after.part_item[number]] -= teeth.odds[t] * weight * teeth.part_share[m]
    rest.constant[t] -= weight * (rate * (ends[to] - ends[k]) + spared[1, k])
    for row in range(q + 1, q + 1 + teeth.row_feeds[q]):
        if _brings(teeth, q, row, k, to):
            rest.row[row] -= weight


@inner_kernel
def _touch_open(
    teeth: Teeth,
    after: After,
    t: int,
    part: int,
    rest: float,
    again: float,
    brought: Floats,
    week: Ints,
    kept: Floats,
    use: Floats,
    used: Floats,
    saved: Floats,
    lasting: Floats,
    by_brought: Floats,
) -> tuple[float, float]:
    """Adds to the plane what holding a part costs that is not cut; returns what a week of its stock at the
    event costs, and of what comes after there was none. `again`: what else it may be used for; `week`: see
    `week_before`; `kept`: weeks that what is there at the ends of segments is held; `lasting`: added to:
    holding of what is there up to the end of a segment, which each segment until then adds to `saved` for
    its weeks."""
    item, n, done, k = after.part_item[part], len(week), 0, 0
    total = late = 0.0
    if rest <= 0.0 and brought[-1] == 0.0:
        return total, late
    while k < n:
        if k >= done:
            done = use_up_to(teeth, use, part, k, k + 1, used)
        if rest + brought[week[k]] - used[k] <= 0.0:
            break
        weight = after.holding[item] * kept[k] + (after.least_end_loss[item] if k == n - 1 else 0.0)
        by_brought[week[k]] += teeth.odds[t] * weight
        total += weight
        k += 1
    if k > 0:
        by_brought[0] -= teeth.odds[t] * total
        spread(teeth, part, after.holding[item], lasting[k - 1])
        if k == n:
            spread(teeth, part, after.least_end_loss[item], saved[n - 1])
    then, used_then, empty = 0, 0.0, -1
    while k < n:
        now = week[k]
        if k >= done:
            done = use_up_to(teeth, use, part, k, k + 1, used)
        if empty < 0 or -again + brought[now] - brought[then] - (used[k] - used_then) <= 0.0:
            if brought[now] == brought[-1]:
                break
            empty, then, used_then = k, now, used[k]
        else:
            weight = after.holding[item] * kept[k] + (after.least_end_loss[item] if k == n - 1 else 0.0)
            by_brought[now] += teeth.odds[t] * weight
            by_brought[then] -= teeth.odds[t] * weight
            spread(teeth, part, weight, saved[k])
            spread(teeth, part, -weight, saved[empty])
            late += weight
        k += 1
    return total, late
