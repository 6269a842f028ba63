"""What teeth lose if the trunk is given, and the plane below what holding costs then. In: compact teeth, an
iterate. Out: losses. One reason to exist: a plan meets every row, steps meet them in the limit only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_assemblies, hold_assemblies, made_again, touch_assemblies
from outlast.kernels.fresh import fresh_room, keep_fresh, levels, serve
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.teeth import After, Iterate, Rest, Teeth
from outlast.kernels.use import CHUNK, add_up, held, middle, use_up_to
from outlast.kernels.waiting import (
    goes_on,
    keep_ahead,
    keep_up,
    left_to_make,
    room_to_sell,
    take_nested,
    within_nested,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROUNDED_UP = 1 + 2**-22
"""So that the plane stays below holding in single precision."""
ROUNDING = 1e-12
"""Share of a need that may be missed in floating point."""


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
        wide, sold = np.zeros((n, n_product + teeth.n_assembly)), np.zeros(n_product)
        most = np.zeros(n_line)
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
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            rest.row[q] = 0.0
        row = teeth.first_row[t]
        for part in range(teeth.n_assembly, len(after.part_item)):
            item = after.part_item[part]
            since = after.supplied[t, item]
            point = after.point[group, item]
            # Working stock of goods that are sold may be made again of what is left.
            again = made_again(teeth, after, t, part)
            if point < 0:
                left = after.beyond[group, item] + stock[epoch, item] - again
                brought, by_brought = come[epoch, part], by_week[epoch, part]
                total, late = _touch_open(
                    teeth, after, t, part, left, again, brought, ends, use, used, wide, by_brought
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
            if left <= 0.0:
                continue
            total = 0.0
            done = since
            for k in range(since, n):
                if k >= done:
                    done = use_up_to(teeth, use, part, k, k + 1, used)
                if left - used[k] <= 0.0:
                    break
                weight = after.holding[item] * held(ends, k)
                weight += after.least_end_loss[item] if k == n - 1 else 0.0
                total += weight
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    wide[k, teeth.part_product[m]] += teeth.part_share[m] * weight
            at_end = after.least_end_loss_cut[item] if since >= n else 0.0
            if at_end > 0.0:
                use_up_to(teeth, use, part, n - 1, n, used)
            if at_end > 0.0 and left > used[n - 1]:
                total += at_end
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    wide[n - 1, teeth.part_product[m]] += teeth.part_share[m] * at_end
            if total == 0.0:
                continue
            if main >= 0:
                rest.row[main] = total
            rest.constant[t] -= total * again
            by_point[point] += odds * total
            rest.constant[t] -= total * after.working[item]
        if teeth.n_assembly:
            rest.constant[t] += touch_assemblies(
                teeth, after, t, stock[epoch], ends, use, used, wide, by_stock[epoch]
            )
        for k in range(n - 2, -1, -1):
            for j in range(n_product):
                wide[k, j] += wide[k + 1, j]
        for k in range(n):
            for j in range(n_product):
                place = column + k * n_product + j
                new = (saved[k, j] + wide[k, j]) * (1.0 - keep) + keep * rest.saved[place]
                rest.saved[place] = new * ROUNDED_UP
    return by_point, by_stock, by_week


@kernel
def recourse(
    teeth: Teeth,
    after: After,
    now: Iterate,
    supply: Floats,
    finished: Floats,
    stock: Floats,
    come: Floats,
    normal: Floats,
    skipped: Floats,
    due: Floats,
    options: Floats,
    span: tuple[int, int],
    value: Floats,
) -> None:
    """What teeth lose if the trunk is given: the making of an iterate, cut down to what there is.

    Args:
        teeth: the teeth.
        after: what holding needs.
        now: the iterate; what it has outside its bounds counts as on them.
        supply: of points [weeks of cover], shape (point).
        finished: finished goods [weeks of demand], shape (tooth, product).
        stock: protective stock at the start of an epoch [weeks of cover], shape (epoch, item).
        come: what purchases on order have brought, as for `touch`.
        normal: what normal running has on order, at most, of the same shape.
        skipped: normal orders under way to points that were skipped [weeks of cover], shape (point).
        due: purchases on order that come to points after events, see `After` [weeks of cover].
        options: start options taken, 0 or 1, shape (option).
        span: first tooth and the one after the last.
        value: written: the loss of each tooth, less its worth in full [money], shape (tooth).
    """
    n_product, n_line = teeth.n_product, teeth.n_line
    row_of, lines_of = np.zeros(len(teeth.part_first), dtype=np.int64), 0
    for j in range(n_product):
        lines_of = max(lines_of, teeth.product_line_first[j + 1] - teeth.product_line_first[j])
    for t in range(span[0], span[1]):
        first_end = teeth.first_segment[t]
        n = teeth.first_segment[t + 1] - first_end
        ends = teeth.ends[first_end : first_end + n]
        rows = teeth.first_row[t + 1] - teeth.first_row[t]
        most = teeth.most[teeth.cells[t] : teeth.cells[t + 1]].reshape((n, n_line))
        worth = teeth.worth[teeth.cells[t] : teeth.cells[t + 1]].reshape((n, n_line))
        worth_stocked = teeth.worth_stocked[teeth.cells[t] : teeth.cells[t + 1]].reshape((n, n_line))
        made, stocked = np.zeros((n, n_line)), np.zeros((n, n_line))
        use = np.zeros((n_product + teeth.n_assembly, n + CHUNK))
        kept = np.ones((n_product + teeth.n_assembly, n))
        group = after.group[t]
        epoch = after.epoch[group]
        left = np.zeros(n_product)
        there, pieces = np.zeros((rows, n)), 0
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            pieces = max(pieces, teeth.first_piece[q + 1] - teeth.first_piece[q])
        free, open_ = np.zeros((rows, n)), np.zeros((pieces, n))
        needs, used = np.zeros(n + CHUNK), np.zeros(n + CHUNK)
        brief, stale = np.zeros((11, len(after.brief), n)), np.zeros(n_product)
        late = teeth.late_from < n_line
        own, before = np.zeros(rows), np.zeros((3, max(rows, n_product + teeth.n_assembly) if late else 0))
        within = np.full((n_product + teeth.n_assembly, n), np.inf)
        could = np.zeros((lines_of, n + 1))
        _rows_of(teeth, t, row_of)
        _sold_from_stock(teeth, t, now, finished, most, stocked, left)
        for line in range(n_line):
            room_to_sell(teeth, line, most, stocked, made, needs)
            total = 0.0
            for k in range(n):
                wanted = max(now.made[teeth.cells[t] + k * n_line + line], 0.0)
                made[k, line] = min(wanted, max(needs[k] - total, 0.0))
                total += made[k, line] if teeth.waits[line] else 0.0
        _supplied(teeth, after, t, supply, due, options, ends, True, there)
        if late:
            _own(teeth, after, t, supply, due, ends, there, own)
            _per_segment(teeth, made, use)
            keep_up(teeth, after, t, stock[epoch], ends, there, own, use, kept, before)
        else:
            _add_use(teeth, after, t, stock[epoch], made, use, used)
            _cut_down(teeth, t, use, there, kept, used)
        _scale(teeth, made, kept)
        if len(after.brief):
            _fresh_supply(teeth, after, t, supply, stock, come, normal, due, options, ends, open_, brief)
            _add_making(teeth, made, 1.0, stale)
            _keep_fresh(teeth, after, t, stock[epoch], made, use, brief)
            _add_making(teeth, made, -1.0, stale)
        _add_use(teeth, after, t, stock[epoch], made, use, used)
        if late:
            left_to_make(teeth, after, ends, use, used, within)
        _supplied(teeth, after, t, supply, due, options, ends, False, free)
        fill = (use, there, free, brief, stale, made, most, stocked, worth, used, needs, row_of, could)
        _fill_up(teeth, after, t, options, ends, own, within, *fill)
        if len(after.brief):
            _keep_fresh(teeth, after, t, stock[epoch], made, use, brief)
        loss = 0.0
        for k in range(n):
            for line in range(n_line):
                loss -= made[k, line] * worth[k, line] + stocked[k, line] * worth_stocked[k, line]
        sold = kept
        _per_segment(teeth, made, sold)
        _per_segment(teeth, made, use)
        for j in range(n_product):
            if after.product_item[j] >= 0:
                rest = (
                    after.beyond[group, after.product_item[j]] + stock[epoch, after.product_item[j]] - left[j]
                )
                loss += _run_down_goods(after, t, j, rest, ends, sold, use)
                # Working stock is put aside when the event lets it, and then no more is.
                loss += after.holding[after.product_item[j]] * max(-rest, 0.0) * after.waited[t, j]
        add_up(use[:n_product])
        build_assemblies(teeth, after, t, stock[epoch], False, use, used)
        loss += hold_assemblies(teeth, after, t, stock[epoch], ends, use, used)
        bought = np.zeros(len(after.part_item))
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            # Of two rows of a part the longer one says what is bought.
            part = teeth.row_part[q]
            if part < teeth.n_assembly or after.brief_of[part] >= 0:
                continue
            item = after.part_item[part]
            longer = teeth.row_segments[q] >= after.supplied[t, item] and after.point[group, item] >= 0
            if longer and teeth.first_piece[q + 1] > teeth.first_piece[q]:
                point = teeth.row_point[q]
                bought[part], cost = _buy(
                    teeth,
                    after,
                    q,
                    max(supply[point], 0.0),
                    skipped[point],
                    due,
                    options,
                    ends,
                    use,
                    needs,
                    open_,
                )
                loss += cost
        for part in range(teeth.n_assembly, len(after.part_item)):
            item = after.part_item[part]
            point = after.point[group, item]
            brief_part = after.brief_of[part] >= 0
            if brief_part:
                use_up_to(teeth, use, part, 0, n, needs)
            if point < 0:
                rest = after.beyond[group, item] + stock[epoch, item]
                on_order = come[epoch, part], normal[epoch, part]
                if brief_part:
                    loss += _hold_brief_open_part(after, part, rest, *on_order, ends, needs)
                else:
                    loss += _hold_open_part(teeth, after, part, rest, *on_order, ends, use, used, needs)
                continue
            if brief_part:
                there_too = supply[point], skipped[point]
                loss += _hold_brief_part(teeth, after, t, part, *there_too, due, options, ends, needs, open_)
            else:
                rest = supply[point] - after.working[item]
                loss += _hold_part(teeth, after, t, part, rest + bought[part], ends, use, used, needs)
            if after.supplied[t, item] < n:
                # What comes when supply is back is paid as if it was held all along.
                to_come = _pending(after, point, after.supplied[t, item], due, ends)
                loss += after.holding[item] * to_come * ends[n - 1]
        value[t] = loss


@inner_kernel
def _run_down_goods(
    after: After, t: int, j: int, rest: float, ends: Floats, sold: Floats, use: Floats
) -> float:
    """Finished goods that are left take the place of making once parts are supplied again; what they cost."""
    item, loss = after.product_item[j], 0.0
    for k in range(after.supplied[t, item], len(ends)):
        if rest <= 0.0:
            break
        taken = min(rest, sold[j, k])
        use[j, k] -= taken
        rest -= taken
        loss += after.holding[item] * held(ends, k) * rest
    end_loss = after.end_loss_cut[item] if after.supplied[t, item] >= len(ends) else after.end_loss[item]
    return loss + end_loss * max(rest, 0.0)


@inner_kernel
def _buy(
    teeth: Teeth,
    after: After,
    q: int,
    at_hand: float,
    skipped: float,
    due: Floats,
    options: Floats,
    ends: Floats,
    use: Floats,
    needs: Floats,
    open_: Floats,
) -> tuple[float, float]:
    """What alternatives and orders under way bring by the end of a cut, and its cost: for what is needed by
    the end of each segment, the earliest first, the cheapest that is there by then; `open_` is written over.

    What could be there for an earlier need can be there for any later one, so that no choice is regretted.
    Source: Lawler (1976), Combinatorial Optimization: Networks and Matroids, chapter 7 (deadlines).
    """
    part, last, loss, bought = teeth.row_part[q], teeth.row_segments[q], 0.0, 0.0
    item, first = after.part_item[part], teeth.first_piece[q]
    pieces = teeth.first_piece[q + 1] - first
    use_up_to(teeth, use, part, 0, last, needs)
    for k in range(last):
        for p in range(pieces):
            low = ends[k - 1] if k > 0 else 0.0
            open_[p, k] = _open(after, teeth, options, first + p, low, ends[k])
        here = max(at_hand - _pending(after, teeth.row_point[q], k, due, ends), 0.0)
        while needs[k] - here - bought > ROUNDING * needs[k]:
            cheapest, piece, segment = np.inf, -1, -1
            for p in range(pieces):
                for early in range(k, -1, -1):
                    if open_[p, early] > 0.0:
                        wait = middle(ends, teeth.piece_last[first + p]) - middle(ends, early)
                        cost = teeth.piece_cost[first + p] + after.holding[item] * wait
                        if cost < cheapest:
                            cheapest, piece, segment = cost, p, early
                        break
            if piece < 0:
                break
            flow = min(needs[k] - here - bought, open_[piece, segment])
            open_[piece, segment] -= flow
            bought += flow
            loss += flow * cheapest
            if _on_order(teeth, after, first + piece, item):
                skipped -= flow
    # Orders that were skipped can't be refused.
    if skipped > 0.0:
        for p in range(first, first + pieces):
            if _on_order(teeth, after, p, item):
                return bought + skipped, loss + skipped * teeth.piece_cost[p]
    return bought, loss


@inner_kernel
def _hold_part(
    teeth: Teeth,
    after: After,
    t: int,
    part: int,
    rest: float,
    ends: Floats,
    use: Floats,
    used: Floats,
    kept: Floats,
) -> float:
    """Holding of what is left of a part once it is supplied again, and what is lost of it at the end."""
    item, loss = after.part_item[part], 0.0
    since = after.supplied[t, item]
    ahead = since < len(ends) and _catches_up(teeth, after, item)
    if rest <= 0.0 and not ahead:
        return 0.0
    left, done = rest, 0
    if ahead:
        done = use_up_to(teeth, use, part, 0, len(ends), used)
        keep_ahead(after.flow_rate[item], ends, since, used, kept)
    elif since > 0:
        done = use_up_to(teeth, use, part, since - 1, since, used)
        left -= used[since - 1]
    for k in range(since, len(ends)):
        if left <= 0.0 and not ahead:
            break
        if k >= done:
            done = use_up_to(teeth, use, part, k, k + 1, used)
        left = max(rest - used[k], kept[k] if ahead else 0.0)
        loss += after.holding[item] * held(ends, k) * max(left, 0.0)
    end_loss = after.end_loss_cut[item] if since >= len(ends) else after.end_loss[item]
    return loss + end_loss * max(left, 0.0)


@inner_kernel
def _catches_up(teeth: Teeth, after: After, item: int) -> bool:
    """Whether more may be used of an item than its source brings, as markets waited."""
    return teeth.late_from < teeth.n_line and after.flow_rate[item] < np.inf


@inner_kernel
def _hold_open_part(
    teeth: Teeth,
    after: After,
    part: int,
    rest: float,
    brought: Floats,
    normal: Floats,
    ends: Floats,
    use: Floats,
    used: Floats,
    kept: Floats,
) -> float:
    """The same of a part that is not cut. What was bought comes, whether it is wanted or not; normal orders
    can be refused, but what was skipped of them is not there: as much is kept as they do not cover."""
    item, loss, n = after.part_item[part], 0.0, len(ends)
    lead = after.lead[item]
    soon = 0
    while soon < n and (ends[soon - 1] if soon > 0 else 0.0) < lead:
        soon += 1
    ahead = _catches_up(teeth, after, item)
    done = use_up_to(teeth, use, part, 0, n if ahead else max(soon, 1), used)
    # Stock that must be there at the ends of segments, backwards from when orders after the event come.
    need = keep_ahead(after.flow_rate[item], ends, soon, used, kept) if ahead else 0.0
    least = 0.0
    lowest = -1
    for k in range(soon - 1, -1, -1):
        kept[k] = need
        low = ends[k - 1] if k > 0 else 0.0
        in_segment = used[k] - (used[k - 1] if k > 0 else 0.0)
        first, last = _before(low, brought), _before(ends[k], brought)
        come = brought[last] - brought[first] + max(normal[last] - normal[first], 0.0)
        if ends[k] > lead:
            in_part = in_segment * (ends[k] - lead) / (ends[k] - low)
            come += min(in_part, after.flow_rate[item] * (ends[k] - lead))
        need = max(need + in_segment - come, 0.0)
        level = rest + brought[last] + normal[last] - used[k]
        if ends[k] <= lead and level < least:
            least, lowest = level, k
    if lowest >= 0:
        # Working stock that is used until then is not put aside.
        loss -= after.holding[item] * least * ends[lowest]
    left, before, there = rest, 0.0, 0.0
    for k in range(n):
        now = brought[_before(ends[k], brought)]
        if left <= 0.0 and k >= soon and now == brought[-1] == there and not ahead:
            break
        if k >= done:
            done = use_up_to(teeth, use, part, k, k + 1, used)
        left = max(left + now - there - (used[k] - before), kept[k] if k < soon or ahead else 0.0)
        before, there = used[k], now
        loss += after.holding[item] * held(ends, k) * left
    return loss + after.end_loss[item] * max(left, 0.0)


@inner_kernel
def _touch_open(
    teeth: Teeth,
    after: After,
    t: int,
    part: int,
    rest: float,
    again: float,
    brought: Floats,
    ends: Floats,
    use: Floats,
    used: Floats,
    saved: Floats,
    by_brought: Floats,
) -> tuple[float, float]:
    """Adds to the plane what holding a part costs that is not cut; returns what a week of its stock at the
    event costs, and of what comes after there was none. `again`: what else it may be used for."""
    item, n, done, empty = after.part_item[part], len(ends), 0, -1
    total = late = used_then = 0.0
    then = 0
    for k in range(n):
        now = _before(ends[k], brought)
        if k >= done:
            done = use_up_to(teeth, use, part, k, k + 1, used)
        left = (rest if empty < 0 else -again) + brought[now] - brought[then] - (used[k] - used_then)
        if left <= 0.0:
            if brought[now] == brought[-1]:
                break
            empty, then, used_then = k, now, used[k]
            continue
        weight = after.holding[item] * held(ends, k) + (after.least_end_loss[item] if k == n - 1 else 0.0)
        by_brought[now] += teeth.odds[t] * weight
        by_brought[then] -= teeth.odds[t] * weight
        for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
            saved[k, teeth.part_product[m]] += teeth.part_share[m] * weight
            if empty >= 0:
                saved[empty, teeth.part_product[m]] -= teeth.part_share[m] * weight
        if empty < 0:
            total += weight
        else:
            late += weight
    return total, late


@inner_kernel
def _main_row(teeth: Teeth, after: After, t: int, part: int) -> int:
    """The row of a part that is cut, until it is supplied again; -1 if there is none."""
    since = after.supplied[t, after.part_item[part]]
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        if teeth.row_part[q] == part and teeth.row_segments[q] == since:
            return int(q)
    return -1


@inner_kernel
def _lots_of_cut(
    teeth: Teeth,
    after: After,
    row: int,
    point: int,
    supply: float,
    due: Floats,
    options: Floats,
    ends: Floats,
    extra: bool,
    come: Floats,
    flows: Floats,
) -> float:
    """Lots of a part that is cut: what is there at the event; written: what comes of purchases, shape
    (segment), and what may flow in, shape (piece, segment)."""
    pending = 0.0
    for e in range(after.due_first[point], after.due_first[point + 1]):
        pending += due[e]
    old = before = max(supply - pending, 0.0)
    for k in range(len(ends)):
        now = max(supply - _pending(after, point, k, due, ends), 0.0)
        come[k], before = now - before, now
    flows[:] = 0.0
    if row >= 0:
        for p in range(teeth.first_piece[row], teeth.first_piece[row + 1]):
            for k in range(teeth.row_segments[row]):
                low = ends[k - 1] if k > 0 else 0.0
                flows[p - teeth.first_piece[row], k] = _open(after, teeth, options, p, low, ends[k], extra)
    return old


@inner_kernel
def _lots_of_open(
    lead: float, brought: Floats, normal: Floats, ends: Floats, come: Floats, flow: Floats, share: Floats
) -> None:
    """Lots of a part that is not cut, written: what comes of purchases, normal orders until new ones can
    come, and the share of use that they have to meet; shape (segment)."""
    for k in range(len(ends)):
        low = ends[k - 1] if k > 0 else 0.0
        first, last = _before(low, brought), _before(ends[k], brought)
        come[k] = brought[last] - brought[first]
        until = int(np.ceil(lead))
        flow[k] = normal[min(last, until)] - normal[min(first, until)]
        share[k] = min(max((lead - low) / (ends[k] - low), 0.0), 1.0)


@kernel
def _fresh_supply(
    teeth: Teeth,
    after: After,
    t: int,
    supply: Floats,
    stock: Floats,
    come: Floats,
    normal: Floats,
    due: Floats,
    options: Floats,
    ends: Floats,
    flows: Floats,
    brief: Floats,
) -> None:
    """Levels of the lots of parts that do not keep, see `levels`: with all that can be had, and without
    alternatives; and the share of use that they have to meet. `flows` is written over."""
    group, n = after.group[t], len(ends)
    epoch = after.epoch[group]
    bought, flow = np.zeros(n), np.zeros(n)
    for s in range(len(after.brief)):
        part = after.brief[s]
        item = after.part_item[part]
        point, life, share = after.point[group, item], after.life[item], brief[4, s]
        if point < 0:
            old = max(after.beyond[group, item] + after.working[item] + stock[epoch, item], 0.0)
            _lots_of_open(after.lead[item], come[epoch, part], normal[epoch, part], ends, bought, flow, share)
            for k in range(n):
                flow[k] = max(flow[k], 0.0)
        for kind in range(2):
            if point >= 0:
                row = _main_row(teeth, after, t, part)
                old = _lots_of_cut(
                    teeth, after, row, point, supply[point], due, options, ends, kind == 0, bought, flows
                )
                for k in range(n):
                    flow[k] = flows[:, k].sum()
                    share[k] = 1.0 if k < after.supplied[t, item] else 0.0
            levels(ends, life, old, bought, flow, brief[2 * kind, s], brief[2 * kind + 1, s])
            for k in range(n):
                if share[k] == 0.0:
                    brief[2 * kind, s, k] = np.inf


@kernel
def _keep_fresh(
    teeth: Teeth, after: After, t: int, stock: Floats, made: Floats, use: Floats, brief: Floats
) -> None:
    """Making cut down to lots that are not too old; and what is left of them then, see `fresh_room`."""
    keep_fresh(teeth, after, t, stock, brief[0], brief[1], brief[4], made, use)
    n = len(made)
    used = np.zeros(n + CHUNK)
    for s in range(len(after.brief)):
        use_up_to(teeth, use, after.brief[s], 0, n, used)
        for kind in range(4):
            for k in range(n):
                # Where new orders come within a segment, what they meet is left to the second look.
                whole = kind % 2 == 1 or brief[4, s, k] == 1.0
                brief[5 + kind, s, k] = brief[kind, s, k] - used[k] if whole else np.inf


@kernel
def _hold_brief_part(
    teeth: Teeth,
    after: After,
    t: int,
    part: int,
    supply: float,
    skipped: float,
    due: Floats,
    options: Floats,
    ends: Floats,
    needs: Floats,
    flows: Floats,
) -> float:
    """What a part that is cut and does not keep costs: what is bought until it is supplied again, what of it
    is held from then on, what is thrown away, what is lost at the end. `needs`: use up to the ends of
    segments; `flows` is written over."""
    item, n = after.part_item[part], len(ends)
    since, row = after.supplied[t, item], _main_row(teeth, after, t, part)
    come, need, share = np.zeros(n), np.zeros(n), np.zeros(n)
    thrown, left, missed = np.zeros(n), np.zeros(n), np.zeros(n + 1)
    first = teeth.first_piece[row] if row >= 0 else 0
    pieces = teeth.first_piece[row + 1] - first if row >= 0 else 0
    prices, on_order, dear = np.zeros(pieces), np.zeros(pieces, dtype=np.bool_), 0.0
    for p in range(pieces - 1, -1, -1):
        wait = middle(ends, teeth.piece_last[first + p])
        prices[p] = teeth.piece_cost[first + p] + after.holding[item] * wait
        on_order[p] = _on_order(teeth, after, first + p, item)
        dear = teeth.piece_cost[first + p] if on_order[p] else dear
    for k in range(n):
        need[k] = needs[k] - (needs[k - 1] if k > 0 else 0.0)
        share[k] = 1.0 if k < since else 0.0
    loss = 0.0
    point = after.point[after.group[t], item]
    for attempt in range(2):
        old = _lots_of_cut(teeth, after, row, point, supply, due, options, ends, True, come, flows)
        loss = serve(
            ends, after.life[item], old, 0.0, come, flows[:pieces], prices, after.holding[item], False, need,
            share, (since, after.working[item]), on_order, (skipped if on_order.any() else 0.0, dear),
            attempt == 1, thrown, left, missed,
        )  # fmt: skip
        if missed[:n].sum() <= ROUNDING * needs[n - 1]:
            break
    for k in range(n):
        loss += thrown[k] * _thrown_away(after, item, ends, k, since)
        if k >= since:
            loss += after.holding[item] * held(ends, k) * left[k]
    if since >= n:
        return loss + after.end_loss_cut[item] * max(left[n - 1] - after.working[item], 0.0)
    return loss + after.end_loss[item] * left[n - 1]


@kernel
def _hold_brief_open_part(
    after: After, part: int, rest: float, brought: Floats, normal: Floats, ends: Floats, needs: Floats
) -> float:
    """The same of a part that is not cut; arguments as for `_hold_open_part`."""
    item, n = after.part_item[part], len(ends)
    working, holding = after.working[item], after.holding[item]
    come, need, share, flows = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros((1, n))
    thrown, left, missed = np.zeros(n), np.zeros(n), np.zeros(n + 1)
    for k in range(n):
        need[k] = needs[k] - (needs[k - 1] if k > 0 else 0.0)
    loss = 0.0
    for attempt in range(2):
        _lots_of_open(after.lead[item], brought, normal, ends, come, flows[0], share)
        for k in range(n):
            if attempt == 0:
                need[k] += max(-flows[0, k], 0.0)
            flows[0, k] = max(flows[0, k], 0.0)
        old, spare = (rest, 0.0) if attempt == 0 else (rest + working, working)
        loss = serve(
            ends, after.life[item], max(old, 0.0), spare, come, flows, np.zeros(1), holding, True, need,
            share, (n, 0.0), np.zeros(1, dtype=np.bool_), (0.0, 0.0), attempt == 1, thrown, left, missed,
        )  # fmt: skip
        if attempt == 0:
            # Working stock can be used while it keeps.
            loss += holding * max(-rest, 0.0) * ends[0]
            stale = int(np.searchsorted(ends, after.life[item])) + 1
            in_time = missed[stale:n].sum() <= ROUNDING * needs[n - 1]
            if in_time and missed[:n].sum() <= working + min(rest, 0.0):
                break
        else:
            loss += holding * missed[n] * ends[min(int(np.searchsorted(ends, after.life[item])), n - 1)]
    for k in range(n):
        loss += thrown[k] * _thrown_away(after, item, ends, k, 0)
        loss += holding * (held(ends, k) * left[k] + missed[k] * ends[k])
    return loss + after.end_loss[item] * left[n - 1]


@inner_kernel
def _thrown_away(after: After, item: int, ends: Floats, k: int, since: int) -> float:
    """What a week of cover costs that is thrown away at the end of a segment: it counts as held to the end,
    and what it cost is lost but for what that holding comes to; until `since` its holding is counted."""
    n = len(ends)
    counted = ends[n - 1]
    if since < n:
        counted = middle(ends, max(k, since))
    paid = after.paid[item] if since < n else after.paid_cut[item]
    scrap = max(after.scrap[item] - after.holding[item] * (ends[n - 1] - ends[k]), 0.0)
    return scrap + paid + after.holding[item] * (ends[n - 1] - counted)


@inner_kernel
def _before(end: float, brought: Floats) -> int:
    """Place of what has come before the end of a segment."""
    return min(int(np.ceil(end)), len(brought) - 1)


@inner_kernel
def _ramped(week: float, start: float, rate: float, ramp: float) -> float:
    """What an alternative has brought by a week."""
    since = max(week - start, 0.0)
    if ramp <= 0.0:
        return rate * since
    inside = min(since, ramp)
    return rate * (inside * inside / (2.0 * ramp) + since - inside)


@inner_kernel
def _open(
    after: After, teeth: Teeth, options: Floats, piece: int, low: float, high: float, extra: bool = True
) -> float:
    """Most that a piece brings between two ends of segments [weeks of cover]; without `extra`, what comes in
    any case."""
    most = 0.0
    for e in range(teeth.first_entry[piece], teeth.first_entry[piece + 1]):
        if options[teeth.entry_option[e]] > 0.5 and (extra or teeth.entry_option[e] == after.always):
            start, rate, ramp = after.entry_start[e], after.entry_rate[e], after.entry_ramp[e]
            if rate == np.inf:
                if low >= start:
                    most = np.inf
            else:
                before = after.entry_before[e]
                limit = before + teeth.entry_most[e]
                brought = min(max(_ramped(high, start, rate, ramp), before), limit)
                most += brought - min(max(_ramped(low, start, rate, ramp), before), limit)
    return most


@inner_kernel
def _on_order(teeth: Teeth, after: After, piece: int, item: int) -> bool:
    """Whether a piece was ordered before the event: it comes in any case, within the lead time."""
    entry = teeth.first_entry[piece]
    return teeth.entry_option[entry] == after.always and after.entry_start[entry] < after.lead[item]


@inner_kernel
def _sold_from_stock(
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
def _supplied(
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
        cut = after.point[after.group[t], after.part_item[teeth.row_part[q]]] >= 0
        last = teeth.row_segments[q] - 1
        until = -1
        for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
            until = max(until, teeth.piece_last[p])
        point, k, brought = teeth.row_point[q], 0, 0.0
        while k < last and _pending(after, point, k, due, ends) > 0.0:
            k += 1
        until = min(max(until, k - 1), last)
        for k in range(until + 1):
            for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                low = ends[k - 1] if k > 0 else 0.0
                brought += _open(after, teeth, options, p, low, ends[k], extra and cut)
            there[row, k] = max(supply[point] - _pending(after, point, k, due, ends), 0.0) + brought
        there[row, last] = max(supply[point] - _pending(after, point, last, due, ends), 0.0) + brought


@inner_kernel
def _pending(after: After, point: int, k: int, due: Floats, ends: Floats) -> float:
    """What is on order for a point and comes after a segment only."""
    amount = 0.0
    for e in range(after.due_first[point + 1] - 1, after.due_first[point] - 1, -1):
        if after.due_week[e] < ends[k]:
            break
        amount += due[e]
    return amount


@inner_kernel
def _rows_of(teeth: Teeth, t: int, row_of: Ints) -> None:
    """First row of each part; written."""
    q = teeth.first_row[t]
    for part in range(len(row_of)):
        while q < teeth.first_row[t + 1] and teeth.row_part[q] < part:
            q += 1
        row_of[part] = q


@inner_kernel
def _own(
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
        own[row] = max(supply[point] - _pending(after, point, last, due, ends), 0.0)
        if not cut and teeth.row_part[q] >= teeth.n_assembly:
            own[row] = there[row, last]
        for k in range(last - 1, -1, -1):
            there[row, k] = min(there[row, k], there[row, k + 1])


@inner_kernel
def _add_use(
    teeth: Teeth, after: After, t: int, stock: Floats, made: Floats, use: Floats, used: Floats
) -> None:
    """Making of products and assemblies up to the ends of segments."""
    _per_segment(teeth, made, use)
    add_up(use[: teeth.n_product])
    build_assemblies(teeth, after, t, stock, False, use, used)


@inner_kernel
def _scale(teeth: Teeth, made: Floats, kept: Floats) -> None:
    for k in range(len(made)):
        for line in range(teeth.n_line):
            made[k, line] *= kept[teeth.line_product[line], k]


@inner_kernel
def _per_segment(teeth: Teeth, made: Floats, use: Floats) -> None:
    """Making of products, segment by segment."""
    use[:] = 0.0
    for k in range(len(made)):
        for line in range(teeth.n_line):
            use[teeth.line_product[line], k] += teeth.line_share[line] * made[k, line]


@inner_kernel
def _add_making(teeth: Teeth, made: Floats, sign: float, total: Floats) -> None:
    """Adds to what is made of each product in all, or takes it off."""
    for k in range(len(made)):
        for line in range(teeth.n_line):
            total[teeth.line_product[line]] += sign * teeth.line_share[line] * made[k, line]


@inner_kernel
def _cut_down(teeth: Teeth, t: int, use: Floats, there: Floats, kept: Floats, used: Floats) -> None:
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
def _fill_up(
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
                        for k in range(n if late else last):
                            more = share * added[k] - (spared if k >= last else 0.0)
                            there[row, k] -= more
                            free[row, k] -= more


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
    for k in range(n):
        here, most_added = within[j, k], min(room[k], moving)
        for entry in range(teeth.product_first[j], teeth.product_first[j + 1]):
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
