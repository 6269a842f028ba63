"""First-order steps of teeth, and the bound that prices give. In: compact teeth, an iterate. Out: the next.
One reason to exist: what is done millions of times a second.

Source: Chambolle & Pock (2011), Journal of Mathematical Imaging and Vision 40; Pock & Chambolle (2011),
diagonal steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.fall import fall
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.teeth import Iterate, Light, Rest, Single, Small, Teeth
from outlast.kernels.waiting import most_made, step_late

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mixing = tuple[np.float32, np.float32, np.float32]
ZERO = np.float32(0.0)


@kernel
def step(
    teeth: Teeth,
    light: Light,
    rest: Rest,
    now: Iterate,
    anchor: Iterate,
    supply: Floats,
    finished: Floats,
    options: Floats,
    weight: float,
    keep: float,
    past: float,
    span: tuple[int, int],
) -> None:
    """One reflected primal-dual step of the teeth `span[0]` to `span[1]`, drawn to the anchor, in place.

    Args:
        teeth: the teeth.
        light: of their cells.
        rest: holding once supply is back.
        now: the iterate.
        anchor: where the method was started or restarted.
        supply: of points, extrapolated [weeks of cover], shape (point).
        finished: finished goods, extrapolated [weeks of demand], shape (tooth, product).
        options: start options, extrapolated, shape (option).
        weight: primal weight [money a week of cover a week of cover].
        keep: share of the step; the rest is the anchor's.
        past: 1: the step goes as far again beyond its end; 0: it ends there.
        span: first tooth and the one after the last.
    """
    n_line, n_product = teeth.n_line, teeth.n_product
    away = 1.0 - keep
    share = light.line_share
    step_stocked = np.float32(1.0) / (share * np.float32(weight))
    price_stocked, from_stock = np.empty_like(share), np.empty_like(share)
    mixing = (np.float32(keep), np.float32(past), np.float32(away))
    top = np.empty((2, n_line - teeth.late_from), dtype=np.float32)
    scratch = np.empty((6, teeth.most_rows))
    for t in range(span[0], span[1]):
        n = teeth.open_segments[t]
        stocked = 0
        for j in range(n_product):
            stocked = max(stocked, teeth.stocked_until[t, j])
        cost = np.zeros((n + 1, n_product + teeth.n_assembly), dtype=np.float32)
        use = np.zeros((n, n_product + teeth.n_assembly), dtype=np.float32)
        ends = teeth.ends[teeth.first_segment[t] : teeth.first_segment[t + 1]]
        n_late = n_line - teeth.late_from
        ahead = np.zeros((n if n_late else 0, n_late), dtype=np.float32)
        owed = np.zeros((2, n_late), dtype=np.float32)
        making = np.zeros(n_product, dtype=np.float32)
        _price_making(teeth, light, now, t, cost)
        for line in range(n_line):
            j = teeth.line_product[line]
            from_stock[line] = 0.0
            price_stocked[line] = share[line] * (now.price_stocked[t, j] - rest.goods[t, j])
        for k in range(n - 1, -1, -1):
            _add(cost[k], cost[k + 1])
        # Cells are gone through in the order in which they lie in memory.
        for k in range(n):
            d = teeth.product_cells[t] + k * n_product
            making[:] = cost[k, :n_product]
            if teeth.limited:
                _add(making, now.limit[d : d + n_product])
            _most_sold(teeth, light, t, k, owed)
            for rank in range(len(teeth.rank_first) - 1):
                a, b = teeth.rank_first[rank], teeth.rank_first[rank + 1]
                c = teeth.cells[t] + k * n_line + a
                goods = (step_stocked[a:b], price_stocked[a:b], from_stock[a:b])
                if a >= teeth.late_from:
                    first = teeth.late_cells[t] + k * n_late + a - teeth.late_from
                    late = slice(a - teeth.late_from, b - teeth.late_from)
                    waiting = (now.late[first : first + b - a], owed[1, late], ahead[k, late])
                    both = k < stocked
                    _sell_late(
                        light, now, anchor, c, d, share[a:b], making, goods, waiting, use[k], mixing, both
                    )
                elif k < stocked:
                    _sell_both(light, now, anchor, c, d, share[a:b], making, goods, use[k], mixing)
                else:
                    pace = step_stocked[a:b]
                    _sell_made(light, now, anchor, c, d, share[a:b], making, pace, use[k], mixing)
        mixed = (keep, past, away)
        if n_late:
            step_late(teeth, now, anchor, t, ahead, weight, mixed, np.empty((5, n), dtype=np.float32), top)
        if teeth.limited:
            _step_limits(teeth, light, now, anchor, t, ends, use, weight, mixed)
        for k in range(1, n):
            _add(use[k, :n_product], use[k - 1, :n_product])
        sold = np.zeros(n_product)
        for line in range(n_line):
            sold[teeth.line_product[line]] += share[line] * from_stock[line]
        for j in range(n_product):
            old = now.price_stocked[t, j]
            price = max(old + weight * (sold[j] - finished[t, j]) / teeth.goods_step[t, j], 0.0)
            now.price_stocked[t, j] = (
                keep * (price + past * (price - old)) + away * anchor.price_stocked[t, j]
            )
        _step_rows(teeth, light, rest, now, anchor, supply, options, weight, mixed, t, cost, use, scratch)


@inner_kernel
def _price_making(teeth: Teeth, light: Light, now: Iterate, t: int, cost: Single) -> None:
    """What a week of making, of a product or an assembly, uses in each row, priced: added to the last segment
    of the row."""
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        price = np.float32(now.price[q])
        if price != ZERO:
            here, part = cost[teeth.row_segments[q] - 1], teeth.row_part[q]
            for k in range(np.uint64(teeth.part_first[part]), np.uint64(teeth.part_first[part + 1])):
                here[np.uint32(teeth.part_product[k])] += light.part_share[k] * price


@inner_kernel
def _step_rows(
    teeth: Teeth,
    light: Light,
    rest: Rest,
    now: Iterate,
    anchor: Iterate,
    supply: Floats,
    options: Floats,
    weight: float,
    mixing: tuple[float, float, float],
    t: int,
    cost: Single,
    use: Single,
    scratch: Floats,
) -> None:
    """Steps of what alternatives bring, of making of assemblies, and of prices of rows, given the use of
    parts by products, extrapolated; that by assemblies, whose rows come first, is written; see
    `_step_part` for `scratch`."""
    keep, past, away = mixing
    early = carried = built = total = 0.0
    first = teeth.first_row[t]
    excess = scratch[0]
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        last, part, old = teeth.row_segments[q] - 1, teeth.row_part[q], now.price[q]
        ends = q + 1 == teeth.first_row[t + 1] or teeth.row_part[q + 1] != part
        soon = 0.0 if ends else now.price[q + 1]
        again = price_later(teeth, now.price, q)
        used, here = ZERO, use[last]
        for k in range(np.uint64(teeth.part_first[part]), np.uint64(teeth.part_first[part + 1])):
            used += light.part_share[k] * here[np.uint32(teeth.part_product[k])]
        over = used - supply[teeth.row_point[q]] - early
        early = 0.0
        if teeth.row_brought[q] > 0.0:
            over -= carried + teeth.row_brought[q]
        elif teeth.row_feeds[q] > 0:
            carried = 0.0
        bought = teeth.first_piece[q]
        if part < teeth.n_assembly:
            if q == first:
                built, total = 0.0, _sum_of(now.price, q, teeth.first_row[t + 1], teeth.row_part)
            inside = teeth.n_product + part
            saved = total - cost[last, inside]
            flow = max(now.bought[bought] + saved / (weight * teeth.piece_step[bought]), 0.0)
            flow = min(flow, teeth.piece_most[bought])
            built += flow + (flow - now.bought[bought])
            use[last, inside] = built
            over -= built
            total -= old
            reflected = flow + past * (flow - now.bought[bought])
            now.bought[bought] = keep * reflected + away * anchor.bought[bought]
            bought += 1
        for p in range(bought, teeth.first_piece[q + 1]):
            saved = old + again - teeth.piece_cost[p] - rest.row[q] - now.price_piece[p]
            saved += soon if teeth.piece_early[p] else 0.0
            most = teeth.piece_most[p]
            flow = min(max(now.bought[p] + saved / (weight * teeth.piece_step[p]), 0.0), most)
            ahead = flow + (flow - now.bought[p])
            now.bought[p] = keep * (flow + past * (flow - now.bought[p])) + away * anchor.bought[p]
            over -= ahead
            early += ahead if teeth.piece_early[p] else 0.0
            carried += ahead if teeth.row_feeds[q] > 0 else 0.0
            if most < np.inf:
                continue
            size = 1.0
            for e in range(teeth.first_entry[p], teeth.first_entry[p + 1]):
                ahead -= teeth.entry_most[e] * options[teeth.entry_option[e]]
                size += teeth.entry_most[e]
            price = max(now.price_piece[p] + weight * ahead / size, 0.0)
            reflected = price + past * (price - now.price_piece[p])
            now.price_piece[p] = keep * reflected + away * anchor.price_piece[p]
        excess[q - first] = over
        if not ends:
            continue
        if q == first:
            price = max(old + weight * over / teeth.row_step[q], 0.0)
            now.price[q] = keep * (price + past * (price - old)) + away * anchor.price[q]
        else:
            _step_part(teeth, now, anchor, first, q + 1, scratch, weight, mixing)
        first = q + 1


@inner_kernel
def row_by_end(teeth: Teeth, first: int, n_before: int, i: int) -> int:
    """Row of a part in the order of their ends: that which ends once the part is supplied again comes before
    those that end earlier.

    Args:
        teeth: the teeth.
        first: the first row of the part in a tooth.
        n_before: see `count_before`.
        i: place in the order.
    """
    return first + n_before - 1 - i if i < n_before else first + i


@inner_kernel
def count_before(teeth: Teeth, first: int, end: int) -> int:
    """Of the rows `first` to `end` of a part: how many come in the order opposite to that of their ends."""
    n_before = 0
    if teeth.row_part[first] >= teeth.n_assembly:
        while first + n_before < end and teeth.row_brought[first + n_before] == 0.0:
            n_before += 1
    return n_before


@inner_kernel
def _step_part(
    teeth: Teeth,
    now: Iterate,
    anchor: Iterate,
    first: int,
    end: int,
    scratch: Floats,
    weight: float,
    mixing: tuple[float, float, float],
) -> None:
    """Step of the prices of all rows of a part. Use between the ends of two rows pays the prices of all that
    end later: these sums fall with time, so steps of them are drawn onto that cone. Rows one by one, each
    with all use before its end, would overlap, and make steps shorter.

    `scratch[0]`: of rows, how much of the part is used beyond what there is, by their ends; the rest of it is
    written over.
    """
    keep, past, away = mixing
    n, n_before, total = end - first, count_before(teeth, first, end), 0.0
    excess, value, size = scratch[0], scratch[1, :n], scratch[2, :n]
    for i in range(n - 1, -1, -1):
        q = row_by_end(teeth, first, n_before, i)
        total += now.price[q]
        before = excess[row_by_end(teeth, first, n_before, i - 1) - first] if i > 0 else 0.0
        size[i] = teeth.row_step[q]
        value[i] = total + weight * (excess[q - first] - before) / size[i]
    fall(value, size, scratch[3], scratch[4], scratch[5])
    later = 0.0
    for i in range(n - 1, -1, -1):
        q = row_by_end(teeth, first, n_before, i)
        price, old, later = value[i] - later, now.price[q], value[i]
        now.price[q] = keep * (price + past * (price - old)) + away * anchor.price[q]


@inner_kernel
def _sum_of(price: Floats, first: int, end: int, part: Small) -> float:
    """Of the rows of a part of which one is the first."""
    total, q = 0.0, first
    while q < end and part[q] == part[first]:
        total += price[q]
        q += 1
    return total


@inner_kernel
def price_later(teeth: Teeth, price: Floats, q: int) -> float:
    """Price of the rows that end once supply is back and that what feeds a row feeds as well."""
    total = 0.0
    for later in range(q + 1, q + 1 + teeth.row_feeds[q]):
        total += price[later] if teeth.row_brought[later] > 0.0 else 0.0
    return total


@inner_kernel
def _most_sold(teeth: Teeth, light: Light, t: int, k: int, owed: Single) -> None:
    """Most that lines from `late_from` on can sell in a segment: `owed[1]`, written. `owed[0]`: all that was
    asked for before it; that of the segment is added."""
    n, cell = owed.shape[1], teeth.cells[t] + k * teeth.n_line + teeth.late_from
    total, here, most, waits = owed[0], owed[1], light.most[cell : cell + n], teeth.waits[teeth.late_from :]
    for i in range(n):
        total[i] += most[i]
        here[i] = total[i] if waits[i] else most[i]


@inner_kernel
def _step_limits(
    teeth: Teeth,
    light: Light,
    now: Iterate,
    anchor: Iterate,
    t: int,
    ends: Floats,
    use: Single,
    weight: float,
    mixing: tuple[float, float, float],
) -> None:
    """Steps of prices of limits on making; `use`: making in each segment, extrapolated. Where there is no
    limit, the price stays 0."""
    keep, past, away = np.float32(mixing[0]), np.float32(mixing[1]), np.float32(mixing[2])
    pace, n = np.float32(weight), teeth.n_product
    for k in range(len(use)):
        d = teeth.product_cells[t] + k * n
        limit, anchored, making = now.limit[d : d + n], anchor.limit[d : d + n], use[k]
        span = np.float32(ends[k] - (ends[k - 1] if k > 0 else 0.0))
        for j in range(n):
            old = limit[j]
            price = max(old + pace * (making[j] - light.make_rate[j] * span), ZERO)
            limit[j] = keep * (price + past * (price - old)) + away * anchored[j]


@inner_kernel
def _add(to: Single, more: Single) -> None:
    for i in range(len(to)):
        to[i] += more[i]


@inner_kernel
def _sell_made(
    light: Light,
    now: Iterate,
    anchor: Iterate,
    cell: int,
    column: int,
    share: Single,
    cost: Single,
    step_stocked: Single,
    use: Single,
    mixing: Mixing,
) -> None:
    """Steps of sales made from parts: lines of one segment and rank.

    Args:
        light: of all cells.
        now: where they stand.
        anchor: where they stood at the anchor.
        cell: of the first line.
        column: of the first product, by `product_cells`.
        share: of the demand of its product, shape (line).
        cost: of a product by prices of rows.
        step_stocked: steps of sales from finished goods, in which those of making count.
        use: added to: making of products, extrapolated.
        mixing: `keep`, `past` and one less `keep`.
    """
    n = len(share)
    made, anchored = now.made[cell : cell + n], anchor.made[cell : cell + n]
    most, worth = light.most[cell : cell + n], light.worth[cell : cell + n]
    saved, rate = light.saved[column : column + n], light.pace[column : column + n]
    keep, past, away = mixing
    for i in range(n):
        old, pace = made[i], step_stocked[i] * rate[i]
        new = min(max(old + pace * (worth[i] - share[i] * (cost[i] - saved[i])), ZERO), most[i])
        use[i] += share[i] * (new + (new - old))
        made[i] = keep * (new + past * (new - old)) + away * anchored[i]


@inner_kernel
def _sell_both(
    light: Light,
    now: Iterate,
    anchor: Iterate,
    cell: int,
    column: int,
    share: Single,
    cost: Single,
    goods: tuple[Single, Single, Single],
    use: Single,
    mixing: Mixing,
) -> None:
    """The same with sales from finished goods, both of them together no more than demand.

    `goods`: steps of sales from finished goods, their price, and added to: these sales, extrapolated.
    """
    n = len(share)
    made, anchored = now.made[cell : cell + n], anchor.made[cell : cell + n]
    stocked, anchored_stocked = now.stocked[cell : cell + n], anchor.stocked[cell : cell + n]
    most, worth = light.most[cell : cell + n], light.worth[cell : cell + n]
    worth_stocked = light.worth_stocked[cell : cell + n]
    saved, rate = light.saved[column : column + n], light.pace[column : column + n]
    step_stocked, price_stocked, from_stock = goods
    keep, past, away = mixing
    for i in range(n):
        old, old_stocked, limit, pace = made[i], stocked[i], most[i], step_stocked[i] * rate[i]
        new = old + pace * (worth[i] - share[i] * (cost[i] - saved[i]))
        taken = max(old_stocked + step_stocked[i] * (worth_stocked[i] - price_stocked[i]), ZERO)
        over = max(new + taken - limit, ZERO) / (pace + step_stocked[i])
        taken = min(max(taken - step_stocked[i] * over, ZERO), limit)
        new = min(max(new - pace * over, ZERO), limit - taken)
        use[i] += share[i] * (new + (new - old))
        from_stock[i] += taken + (taken - old_stocked)
        made[i] = keep * (new + past * (new - old)) + away * anchored[i]
        stocked[i] = keep * (taken + past * (taken - old_stocked)) + away * anchored_stocked[i]


@inner_kernel
def _sell_late(
    light: Light,
    now: Iterate,
    anchor: Iterate,
    cell: int,
    column: int,
    share: Single,
    cost: Single,
    goods: tuple[Single, Single, Single],
    waiting: tuple[Single, Single, Single],
    use: Single,
    mixing: Mixing,
    both: bool,
) -> None:
    """The same where markets may wait; a row more, on sales up to the end of the segment, makes steps
    shorter.

    `waiting`: prices of demand that waits, most that can be sold, and written: sales, extrapolated; `both`:
    from finished goods as well."""
    n = len(share)
    made, anchored = now.made[cell : cell + n], anchor.made[cell : cell + n]
    stocked, anchored_stocked = now.stocked[cell : cell + n], anchor.stocked[cell : cell + n]
    worth, worth_stocked = light.worth[cell : cell + n], light.worth_stocked[cell : cell + n]
    saved, rate = light.saved[column : column + n], light.pace[column : column + n]
    step_stocked, price_stocked, from_stock = goods
    price, limits, ahead = waiting
    keep, past, away = mixing
    half, one = np.float32(0.5), np.float32(1.0)
    for i in range(n if not both else 0):
        old, pace = made[i], step_stocked[i] * rate[i] / (one + rate[i])
        new = old + pace * (worth[i] - price[i] - share[i] * (cost[i] - saved[i]))
        new = min(max(new, ZERO), limits[i])
        ahead[i] = new + (new - old)
        use[i] += share[i] * (new + (new - old))
        made[i] = keep * (new + past * (new - old)) + away * anchored[i]
    for i in range(n if both else 0):
        old, old_stocked, limit = made[i], stocked[i], limits[i]
        pace, slow = step_stocked[i] * rate[i] / (one + rate[i]), half * step_stocked[i]
        new = old + pace * (worth[i] - price[i] - share[i] * (cost[i] - saved[i]))
        taken = max(old_stocked + slow * (worth_stocked[i] - price[i] - price_stocked[i]), ZERO)
        over = max(new + taken - limit, ZERO) / (pace + slow)
        taken = min(max(taken - slow * over, ZERO), limit)
        new = min(max(new - pace * over, ZERO), limit - taken)
        from_stock[i] += taken + (taken - old_stocked)
        ahead[i] = new + (new - old) + (taken + (taken - old_stocked))
        use[i] += share[i] * (new + (new - old))
        made[i] = keep * (new + past * (new - old)) + away * anchored[i]
        stocked[i] = keep * (taken + past * (taken - old_stocked)) + away * anchored_stocked[i]


@kernel
def bound(
    teeth: Teeth,
    rest: Rest,
    now: Iterate,
    n_option: int,
    span: tuple[int, int],
    value: Floats,
) -> Floats:
    """What teeth lose at least, whatever the trunk, if rows have the prices of `now`.

    Args:
        teeth: the teeth.
        rest: holding once supply is back.
        now: the iterate; what it has outside its bounds counts as on them.
        n_option: number of start options.
        span: first tooth and the one after the last.
        value: written: the least loss of each tooth, less its worth in full, supply and options apart
            [money], shape (tooth).

    Returns:
        What a start option gains, odds counted [money], shape (option).
    """
    n_product = teeth.n_product
    gain = np.zeros(n_option)
    for t in range(span[0], span[1]):
        n = teeth.first_segment[t + 1] - teeth.first_segment[t]
        cost = np.zeros((n, n_product + teeth.n_assembly))
        least = rest.constant[t]
        column = teeth.product_cells[t]
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            price = max(now.price[q], 0.0)
            last = teeth.row_segments[q] - 1
            part = teeth.row_part[q]
            first = teeth.first_piece[q] + (1 if part < teeth.n_assembly else 0)
            soon = max(now.price[q + 1], 0.0) if q + 1 < teeth.first_row[t + 1] else 0.0
            again = price_later(teeth, now.price, q)
            if price == 0.0 and soon == 0.0 and again == 0.0:
                continue
            least -= price * teeth.row_brought[q]
            for k in range(teeth.part_first[part], teeth.part_first[part + 1]):
                cost[last, teeth.part_product[k]] += teeth.part_share[k] * price
            for p in range(first, teeth.first_piece[q + 1]):
                saved = price + again - teeth.piece_cost[p] - rest.row[q]
                saved += soon if teeth.piece_early[p] else 0.0
                if saved > 0.0:
                    for e in range(teeth.first_entry[p], teeth.first_entry[p + 1]):
                        gain[teeth.entry_option[e]] += teeth.odds[t] * saved * teeth.entry_most[e]
        least -= _built(teeth, now, t, cost)
        for k in range(n - 2, -1, -1):
            for j in range(n_product):
                cost[k, j] += cost[k + 1, j]
        ends = teeth.ends[teeth.first_segment[t] : teeth.first_segment[t + 1]]
        if teeth.limited:
            least -= _make_ahead(teeth, now, t, ends, cost)
        later = np.zeros(teeth.n_line)
        for k in range(n - 1, -1, -1):
            d = column + k * n_product
            for line in range(teeth.n_line):
                j, c = teeth.line_product[line], teeth.cells[t] + k * teeth.n_line + line
                share = teeth.line_share[line]
                saved = share * rest.saved[d + j]
                best = max(teeth.worth[c] + saved - share * cost[k, j], 0.0)
                if k < teeth.stocked_until[t, j]:
                    stocked = share * (max(now.price_stocked[t, j], 0.0) - rest.goods[t, j])
                    best = max(best, teeth.worth_stocked[c] - stocked)
                if teeth.waits[line]:
                    # What is asked for may be sold in any later segment.
                    best = max(best, later[line])
                    later[line] = best
                least -= best * teeth.most[c]
        value[t] = least
    return gain


@inner_kernel
def _built(teeth: Teeth, now: Iterate, t: int, cost: Floats) -> float:
    """What making assemblies gains at most [money]. `cost`: of what goes into them, by ends of rows."""
    gain, above, price, inside = 0.0, -1, 0.0, 0.0
    for q in range(teeth.first_row[t + 1] - 1, teeth.first_row[t] - 1, -1):
        part = teeth.row_part[q]
        if part >= teeth.n_assembly:
            continue
        if part != above:
            above, price, inside = part, 0.0, 0.0
        price += max(now.price[q], 0.0)
        inside += cost[teeth.row_segments[q] - 1, teeth.n_product + part]
        most = teeth.piece_most[teeth.first_piece[q]]
        if most < np.inf:  # else there is nothing to gain: see `settle`
            gain += most * max(price - inside, 0.0)
    return gain


@inner_kernel
def _make_ahead(teeth: Teeth, now: Iterate, t: int, ends: Floats, cost: Floats) -> float:
    """Adds prices of limits to the cost of making; what is sold may have been made in any segment before,
    where it cost least. Returns what the limits are worth [money]."""
    worth = 0.0
    for j in range(teeth.n_product):
        if teeth.make_rate[j] == np.inf:
            continue
        for k in range(len(ends)):
            price = max(now.limit[teeth.product_cells[t] + k * teeth.n_product + j], 0.0)
            worth += price * most_made(teeth, ends, j, k)
            cost[k, j] += price
            if k > 0:
                cost[k, j] = min(cost[k, j], cost[k - 1, j])
    return worth


@kernel
def settle(teeth: Teeth, now: Iterate, span: tuple[int, int], settled: Floats, goods: Floats) -> None:
    """Prices as bounds count them: none below 0, of an assembly that can be made without a limit no more than
    what goes into it costs, so that nothing is left to gain by making it, and of finished goods no less than
    of limits on making later, as goods that are left count as made then.

    Args:
        teeth: the teeth.
        now: the iterate.
        span: first tooth and the one after the last.
        settled: written: of rows, shape (row).
        goods: written: of finished goods, shape (tooth, product).
    """
    price = now.price
    for t in range(span[0], span[1]):
        n = teeth.first_segment[t + 1] - teeth.first_segment[t]
        for j in range(teeth.n_product):
            goods[t, j] = max(now.price_stocked[t, j], 0.0)
            if teeth.make_rate[j] < np.inf:
                for k in range(teeth.stocked_until[t, j], n):
                    limit = now.limit[teeth.product_cells[t] + k * teeth.n_product + j]
                    goods[t, j] = max(goods[t, j], limit)
        cost = np.zeros((n, teeth.n_product + teeth.n_assembly if teeth.n_assembly else 0))
        above, own, later, inside = -1, 0.0, 0.0, 0.0
        for q in range(teeth.first_row[t + 1] - 1, teeth.first_row[t] - 1, -1):
            last, part = teeth.row_segments[q] - 1, teeth.row_part[q]
            settled[q] = max(price[q], 0.0)
            if part < teeth.n_assembly:
                if part != above:
                    above, own, later, inside = part, 0.0, 0.0, 0.0
                own += settled[q]
                inside += cost[last, teeth.n_product + part]
                if teeth.piece_most[teeth.first_piece[q]] == np.inf:
                    own_most = min(own, inside)
                    settled[q] = max(own_most - later, 0.0)
                    own = later + settled[q]
                later = own
            if teeth.n_assembly:
                for k in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    cost[last, teeth.part_product[k]] += teeth.part_share[k] * settled[q]


@kernel
def add_prices(
    teeth: Teeth,
    epoch: Ints,
    now: Iterate,
    least: float,
    span: tuple[int, int],
    by_point: Floats,
    by_goods: Floats,
) -> None:
    """Prices of rows and of finished goods, odds counted, where they meet the trunk.

    Args:
        teeth: the teeth.
        epoch: of the event, shape (tooth).
        now: the iterate.
        least: prices below it count as it.
        span: first tooth and the one after the last.
        by_point: added to, shape (point).
        by_goods: added to, shape (epoch, product).
    """
    for t in range(span[0], span[1]):
        odds = teeth.odds[t]
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            by_point[teeth.row_point[q]] += odds * max(now.price[q], least)
        for j in range(teeth.n_product):
            by_goods[epoch[t], j] += odds * max(now.price_stocked[t, j], least)
