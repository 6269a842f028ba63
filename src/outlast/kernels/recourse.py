"""What teeth lose if the trunk is given. In: compact teeth, an iterate. Out: losses.
One reason to exist: a plan meets every row, steps meet them in the limit only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.ahead import fill_ahead, hold_ahead, sell_early, spare_of_sources
from outlast.kernels.assemblies import build_assemblies, hold_assemblies
from outlast.kernels.brief import cut_to_fresh, fresh_supply, hold_brief_open_part, hold_brief_part
from outlast.kernels.cutting import cut_down, drop_early, scale_making
from outlast.kernels.filling import fill_up, find_unsold
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.left import look_for_parts
from outlast.kernels.making import (
    add_making,
    add_use,
    own_supply,
    per_segment,
    rows_of,
    sold_from_stock,
)
from outlast.kernels.supplied import (
    ROUNDING,
    add_brought,
    first_later,
    still_due,
    supplied,
    supplied_later,
    take_skipped,
    week_before,
)
from outlast.kernels.teeth import After, Iterate, Teeth
from outlast.kernels.use import CHUNK, add_up, before_orders, held, middle, use_up_to, used_by
from outlast.kernels.waiting import (
    is_limited,
    keep_ahead,
    keep_up,
    left_to_make,
    room_to_sell,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    ordered: Floats,
    skipped: Floats,
    due: Floats,
    options: Floats,
    every: int,
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
        ordered: the same if no order was skipped.
        skipped: normal orders that were skipped and would have come to points after the week of the event
            [weeks of cover], shape (point).
        due: purchases on order that come to points after events, see `After` [weeks of cover].
        options: start options taken, 0 or 1, shape (option).
        every: one tooth in so many is looked at, by number.
        span: first tooth and the one after the last.
        value: written: the loss of each tooth that is, less its worth in full [money], shape (tooth).
    """
    n_product, n_line = teeth.n_product, teeth.n_line
    row_of, bidder = np.zeros(len(teeth.part_first), dtype=np.int64), np.zeros(n_line, dtype=np.int64)
    bid = np.zeros((2, n_line))
    for t in range(span[0] + -span[0] % every, span[1], every):
        first_end = teeth.first_segment[t]
        n = teeth.first_segment[t + 1] - first_end
        ends = teeth.ends[first_end : first_end + n]
        rows = teeth.first_row[t + 1] - teeth.first_row[t]
        most = teeth.most[teeth.cells[t] : teeth.cells[t + 1]].reshape((n, n_line))
        worth = teeth.worth[teeth.cells[t] : teeth.cells[t + 1]].reshape((n, n_line))
        made, stocked = np.zeros((n, n_line)), np.zeros((n, n_line))
        ahead = np.zeros((n_product, n))
        use = np.zeros((n_product + teeth.n_assembly, n + CHUNK))
        kept = np.ones((n_product + teeth.n_assembly, n))
        group = after.group[t]
        epoch = after.epoch[group]
        left = np.zeros(n_product)
        there, pieces = np.zeros((rows, n)), 0
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            pieces = max(pieces, teeth.first_piece[q + 1] - teeth.first_piece[q])
            later = teeth.first_piece[first_later(teeth, q)]
            pieces = max(pieces, teeth.first_piece[q + 1 + teeth.row_feeds[q]] - later)
        more = np.zeros((rows, n))
        free, open_ = np.zeros((rows, n)), np.zeros((pieces, n))
        needs, used = np.zeros(n + CHUNK), np.zeros(n + CHUNK)
        brief, stale = np.zeros((12, len(after.brief), n)), np.zeros(n_line)
        late = teeth.late_from < n_line
        own, first_own = np.zeros(rows), np.zeros(rows if late else 0)
        before = np.zeros((2, max(rows, n + CHUNK, n_product + teeth.n_assembly) if late else 0))
        watched = np.zeros(rows if late else 0, dtype=np.int64)
        within = np.full((n_product + teeth.n_assembly + len(after.brief), n), np.inf)
        rows_of(teeth, t, row_of)
        sold_from_stock(teeth, t, now, finished, most, stocked, left)
        for line in range(n_line):
            room_to_sell(teeth, line, most, stocked, made, needs)
            total = 0.0
            for k in range(n):
                wanted = max(now.made[teeth.cells[t] + k * n_line + line], 0.0)
                made[k, line] = min(wanted, max(needs[k] - total, 0.0))
                total += made[k, line] if teeth.waits[line] else 0.0
        add_making(teeth, made, 1.0, stale)
        supplied(teeth, after, t, supply, due, options, ends, True, there)
        if late:
            own_supply(teeth, after, t, supply, due, ends, there, own)
            first_own[:] = own
            supplied_later(teeth, after, t, options, ends, more)
            per_segment(teeth, made, use)
            wished = use.copy()
            keep_up(teeth, after, t, stock[epoch], ends, there, own, more, use, kept, wished, before, watched)
        else:
            add_use(teeth, after, t, stock[epoch], made, use, used)
            drop_early(teeth, after, t, stock[epoch], there, worth, made, use, used, bid, bidder)
            cut_down(teeth, t, use, there, kept, used)
        scale_making(teeth, made, kept)
        if len(after.brief):
            fresh_supply(
                teeth, after, t, supply, stock, come, normal, ordered, skipped, due, options, ends, open_,
                brief,
            )  # fmt: skip
            cut_to_fresh(teeth, after, t, stock[epoch], ahead, made, use, brief)
        add_making(teeth, made, -1.0, stale)
        add_use(teeth, after, t, stock[epoch], made, use, used)
        if is_limited(teeth, after):
            left_to_make(teeth, after, ends, use, used, brief[11], within)
        supplied(teeth, after, t, supply, due, options, ends, False, free)
        rest_of = look_for_parts(
            teeth, after, t, row_of, options, ends, use, there, free, more, own, brief, within
        )  # fmt: skip
        unsold = find_unsold(most, stocked, made, worth)
        if len(after.brief):
            spare = spare_of_sources(
                teeth, after, t, stock[epoch], come[epoch], normal[epoch], most, brief[4], use, ends
            )
            fill_ahead(teeth, after, t, ends, stale, made, unsold, rest_of, spare, ahead)
        fill_up(teeth, after, stale, made, unsold, rest_of)
        if len(after.brief):
            cut_to_fresh(teeth, after, t, stock[epoch], ahead, made, use, brief)
            sell_early(teeth, t, most, stocked, worth, made, ahead)
        value[t] = _lost(
            teeth, after, t, supply, stock[epoch], come[epoch], normal[epoch], ordered[epoch], skipped, due,
            options, row_of, first_own, made, stocked, ahead, left, open_,
        )  # fmt: skip


@kernel
def _lost(
    teeth: Teeth,
    after: After,
    t: int,
    supply: Floats,
    stock: Floats,
    come: Floats,
    normal: Floats,
    ordered: Floats,
    skipped: Floats,
    due: Floats,
    options: Floats,
    row_of: Ints,
    first_own: Floats,
    made: Floats,
    stocked: Floats,
    ahead: Floats,
    left: Floats,
    open_: Floats,
) -> float:
    """What a tooth loses by given sales, less its worth in full [money].

    Args:
        teeth: the teeth.
        after: what holding needs.
        t: the tooth.
        supply: as for `recourse`, and so are `stock` to `ordered`, of the epoch of the event, and `skipped`
            to `options`.
        stock: shape (item).
        come: shape (part, week).
        normal: of the same shape.
        ordered: of the same shape.
        skipped: shape (point).
        due: see `supply`.
        options: see `supply`.
        row_of: first row of each part, shape (part + 1).
        first_own: stock of each row by its end, use apart, where markets wait; shape (row).
        made: sales made [weeks of demand], shape (segment, line).
        stocked: sales from finished goods, of the same shape.
        ahead: goods made and not sold yet, at the ends of segments, shape (product, segment).
        left: what sales take from finished goods, shape (product).
        open_: written over, shape (piece of a row, segment).
    """
    n_product, n_line, group = teeth.n_product, teeth.n_line, after.group[t]
    n = teeth.first_segment[t + 1] - teeth.first_segment[t]
    ends = teeth.ends[teeth.first_segment[t] : teeth.first_segment[t + 1]]
    worth = teeth.worth[teeth.cells[t] : teeth.cells[t + 1]].reshape((n, n_line))
    worth_stocked = teeth.worth_stocked[teeth.cells[t] : teeth.cells[t + 1]].reshape((n, n_line))
    late = teeth.late_from < n_line
    use = np.zeros((n_product + teeth.n_assembly, n + CHUNK))
    needs, used, came = np.zeros(n + CHUNK), np.zeros(n + CHUNK), np.zeros(n)
    loss = hold_ahead(after, ends, ahead) if len(after.brief) else 0.0
    for k in range(n):
        for line in range(n_line):
            loss -= made[k, line] * worth[k, line] + stocked[k, line] * worth_stocked[k, line]
    per_segment(teeth, made, use)
    sold = use.copy()
    for j in range(n_product):
        if after.product_item[j] >= 0:
            rest = after.beyond[group, after.product_item[j]] + stock[after.product_item[j]] - left[j]
            loss += _run_down_goods(after, t, j, rest, ends, sold, use)
            # Working stock is put aside when the event lets it, and then no more is.
            loss += after.holding[after.product_item[j]] * max(-rest, 0.0) * after.waited[t, j]
    add_up(use[:n_product])
    use[:n_product, :n] += ahead
    build_assemblies(teeth, after, t, stock, False, use, used)
    loss += hold_assemblies(teeth, after, t, stock, ends, use, used)
    bought, week, weeks = np.zeros(len(after.part_item)), np.zeros(n, dtype=np.int64), np.zeros(n)
    for k in range(n):
        week[k], weeks[k] = week_before(ends[k], come[0]), held(ends, k)
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        # Of the rows of a part the one that ends when supply is back says what is bought.
        part = teeth.row_part[q]
        if part < teeth.n_assembly or after.brief_of[part] >= 0:
            continue
        item = after.part_item[part]
        main = teeth.row_segments[q] == after.supplied[t, item] and after.point[group, item] >= 0
        if main and teeth.first_piece[q + 1] > teeth.first_piece[q]:
            point = teeth.row_point[q]
            bought[part], cost = _buy(
                teeth,
                after,
                q,
                supply[point],
                skipped[point],
                ordered[part],
                normal[part],
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
            rest = after.beyond[group, item] + stock[item]
            on_order = come[part], normal[part]
            if brief_part:
                loss += hold_brief_open_part(after, part, rest, *on_order, ends, needs)
            else:
                # Called from within, what is kept ahead makes the loops below five times slower.
                catches_up = late and after.flow_rate[item] < np.inf
                need = (
                    _keep_open_part_ahead(teeth, after, part, ends, use, used, needs) if catches_up else 0.0
                )
                loss += _hold_open_part(
                    teeth, after, part, rest, *on_order, ends, week, weeks, use, used, needs, catches_up, need
                )
            continue
        if brief_part:
            here = supply[point], skipped[point], ordered[part], normal[part]
            loss += hold_brief_part(teeth, after, t, part, *here, due, options, ends, needs, open_)
        else:
            rest = supply[point] - after.working[item] + bought[part]
            if late:
                loss += _buy_later(
                    teeth, after, t, part, row_of, first_own, options, ends, use, needs, open_, came
                )
            loss += _hold_part(teeth, after, t, part, rest, came, ends, weeks, use, used, needs)
            loss += _hold_working(teeth, after, t, part, rest, ends, use)
        if after.supplied[t, item] < n:
            # What comes when supply is back is paid as if it was held all along.
            to_come = still_due(after, point, after.supplied[t, item], due, ends)
            loss += after.holding[item] * to_come * ends[n - 1]
    return loss


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
    supply: float,
    skipped: float,
    ordered: Floats,
    normal: Floats,
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
    part, last, bought = teeth.row_part[q], teeth.row_segments[q], 0.0
    item, first = after.part_item[part], teeth.first_piece[q]
    pieces = teeth.first_piece[q + 1] - first
    use_up_to(teeth, use, part, 0, last, needs)
    open_[:pieces, :last] = 0.0
    for p in range(pieces):
        add_brought(teeth, after, options, first + p, ends, last, True, open_[p])
    taken, loss = take_skipped(teeth, after, q, skipped, ordered, normal, ends, open_)
    at_hand = max(supply + taken, 0.0)
    for k in range(last):
        here = max(at_hand - still_due(after, teeth.row_point[q], k, due, ends), 0.0)
        while needs[k] - here - bought > ROUNDING * needs[k]:
            cheapest, piece, segment = _cheapest(
                teeth, after, item, (first, first + pieces), k, -1, open_, ends
            )
            if piece < 0:
                break
            flow = min(needs[k] - here - bought, open_[piece, segment])
            open_[piece, segment] -= flow
            bought += flow
            loss += flow * cheapest
    return bought + taken, loss


@inner_kernel
def _cheapest(
    teeth: Teeth,
    after: After,
    item: int,
    pieces: tuple[int, int],
    k: int,
    until: int,
    open_: Floats,
    ends: Floats,
) -> tuple[float, int, int]:
    """What is cheapest of what is there by the end of a segment: its cost, its place among the pieces and the
    segment in which it comes; held to segment `until`, or, below 0, to what the cost of a piece counts."""
    cheapest, piece, segment = np.inf, -1, -1
    for p in range(pieces[1] - pieces[0]):
        for early in range(k, -1, -1):
            if open_[p, early] > 0.0:
                held_to = until if until >= 0 else teeth.piece_last[pieces[0] + p]
                wait = middle(ends, held_to) - middle(ends, early)
                cost = teeth.piece_cost[pieces[0] + p] + after.holding[item] * wait
                if cost < cheapest:
                    cheapest, piece, segment = cost, p, early
                break
    return cheapest, piece, segment


@inner_kernel
def _buy_later(
    teeth: Teeth,
    after: After,
    t: int,
    part: int,
    row_of: Ints,
    own: Floats,
    options: Floats,
    ends: Floats,
    use: Floats,
    needs: Floats,
    open_: Floats,
    came: Floats,
) -> float:
    """What alternatives bring of a part once it is supplied again, as markets waited: where use exceeds what
    is left and what its source brings, when it does. Returns its cost; `came`: written, up to the ends of
    segments."""
    came[:] = 0.0
    q = row_of[part]
    if q >= teeth.first_row[t + 1] or teeth.row_part[q] != part or teeth.row_feeds[q] == 0:
        return 0.0
    item, last, n, cost, bought = after.part_item[part], teeth.row_segments[q], len(ends), 0.0, 0.0
    pieces = teeth.first_piece[first_later(teeth, q)], teeth.first_piece[q + 1 + teeth.row_feeds[q]]
    use_up_to(teeth, use, part, 0, n, needs)
    here = max(own[q - teeth.first_row[t]], needs[last - 1])
    open_[: pieces[1] - pieces[0]] = 0.0
    for p in range(pieces[0], pieces[1]):
        add_brought(teeth, after, options, p, ends, n, True, open_[p - pieces[0]])
    for k in range(last, n):
        by_source = after.flow_rate[item] * (ends[k] - ends[last - 1])
        while needs[k] - here - by_source - bought > ROUNDING * needs[k]:
            cheapest, piece, segment = _cheapest(teeth, after, item, pieces, k, k, open_, ends)
            if piece < 0:
                break
            flow = min(needs[k] - here - by_source - bought, open_[piece, segment])
            open_[piece, segment] -= flow
            bought += flow
            cost += flow * cheapest
        came[k] = bought
    return cost


@inner_kernel
def _hold_part(
    teeth: Teeth,
    after: After,
    t: int,
    part: int,
    rest: float,
    came: Floats,
    ends: Floats,
    weeks: Floats,
    use: Floats,
    used: Floats,
    kept: Floats,
) -> float:
    """Holding of what is left of a part once it is supplied again, and what is lost of it at the end;
    `weeks`: for which what is there at the ends of segments is held."""
    item, loss = after.part_item[part], 0.0
    since = after.supplied[t, item]
    ahead = since < len(ends) and _catches_up(teeth, after, item)
    if rest <= 0.0 and not ahead:
        return 0.0
    left, done = rest, 0
    if ahead:
        done = use_up_to(teeth, use, part, 0, len(ends), used)
        for k in range(since, len(ends)):
            used[k] -= came[k]
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
        loss += after.holding[item] * weeks[k] * max(left, 0.0)
    end_loss = after.end_loss_cut[item] if since >= len(ends) else after.end_loss[item]
    return loss + end_loss * max(left, 0.0)


@inner_kernel
def _hold_working(
    teeth: Teeth, after: After, t: int, part: int, rest: float, ends: Floats, use: Floats
) -> float:
    """What holding of working stock that is used during a cut is not saved, though it was counted: from its
    end to the middle of the segment that follows, of what its source can't bring again within that."""
    item = after.part_item[part]
    since, rate = after.supplied[t, item], after.flow_rate[item]
    if since == 0 or since >= len(ends):
        return 0.0
    before = used_by(teeth, use, part, since - 1)
    dip = min(max(before - rest, 0.0), after.working[item])
    if rate < np.inf:
        in_use = used_by(teeth, use, part, since) - before
        dip -= min(dip, max(rate * (ends[since] - ends[since - 1]) - in_use, 0.0))
    return after.holding[item] * dip * (middle(ends, since) - ends[since - 1])


@inner_kernel
def _catches_up(teeth: Teeth, after: After, item: int) -> bool:
    """Whether more may be used of an item than its source brings, as markets waited."""
    return teeth.late_from < teeth.n_line and after.flow_rate[item] < np.inf


@inner_kernel
def _keep_open_part_ahead(
    teeth: Teeth, after: After, part: int, ends: Floats, use: Floats, used: Floats, kept: Floats
) -> float:
    """What has to be kept of a part that is not cut as later use exceeds its source; see `keep_ahead`."""
    item = after.part_item[part]
    use_up_to(teeth, use, part, 0, len(ends), used)
    return keep_ahead(after.flow_rate[item], ends, before_orders(after.lead[item], ends), used, kept)


@inner_kernel
def _hold_open_part(
    teeth: Teeth,
    after: After,
    part: int,
    rest: float,
    brought: Floats,
    normal: Floats,
    ends: Floats,
    week: Ints,
    weeks: Floats,
    use: Floats,
    used: Floats,
    kept: Floats,
    ahead: bool,
    need: float,
) -> float:
    """The same of a part that is not cut. What was bought comes, whether it is wanted or not; normal orders
    can be refused, but what was skipped of them is not there: as much is kept as they do not cover, and, with
    `ahead`, as later use asks for (`kept`, and `need` by when orders after the event come). `week`: see
    `week_before`."""
    item, loss, n = after.part_item[part], 0.0, len(ends)
    lead = after.lead[item]
    soon = before_orders(lead, ends)
    done = use_up_to(teeth, use, part, 0, max(soon, 1), used)
    # Stock that must be there at the ends of segments, backwards from when orders after the event come.
    least = 0.0
    lowest = -1
    for k in range(soon - 1, -1, -1):
        kept[k] = need
        low = ends[k - 1] if k > 0 else 0.0
        in_segment = used[k] - (used[k - 1] if k > 0 else 0.0)
        first, last = week[k - 1] if k > 0 else 0, week[k]
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
        now = brought[week[k]]
        if left <= 0.0 and k >= soon and now == brought[-1] == there and not ahead:
            break
        if k >= done:
            done = use_up_to(teeth, use, part, k, k + 1, used)
        left = max(left + now - there - (used[k] - before), kept[k] if k < soon or ahead else 0.0)
        before, there = used[k], now
        loss += after.holding[item] * weeks[k] * left
    return loss + after.end_loss[item] * max(left, 0.0)
