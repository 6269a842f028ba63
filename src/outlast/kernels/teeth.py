"""Teeth of the comb for first-order steps. In: compact teeth, an iterate. Out: the next one, and its worth.
One reason to exist: what is done millions of times a second.

Stock of a part is in weeks of its use (cover), sales of a line in weeks of its mean demand. A part that is
cut has a row: what products use of it until it is supplied again is no more than its stock and what
alternatives bring. Use is a running total of making, so that a row is one gather a product. Every tooth
counts as if it were certain; odds enter where teeth meet.

Source: Chambolle & Pock (2011), Journal of Mathematical Imaging and Vision 40; Pock & Chambolle (2011),
diagonal steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import inner_kernel, kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Single = NDArray[np.float32]


class Teeth(NamedTuple):
    """Compact teeth. `segment`: weeks after the event between two marks."""

    odds: Floats
    """Shape (tooth)."""
    first_segment: Ints
    """Into `ends`, shape (tooth + 1)."""
    ends: Floats
    """Of segments, all teeth [weeks after the event]."""
    cells: Ints
    """Into `most` and `worth`, line by line, segment by segment; shape (tooth + 1)."""
    most: Floats
    """Lawful demand [weeks of mean demand], shape (cell)."""
    worth: Floats
    """Contribution of a sale that is made from parts, and holding of parts that it saves before they are
    supplied again [money a week of mean demand], shape (cell)."""
    worth_stocked: Floats
    """The same of a sale from finished goods."""
    stocked_until: Small
    """Segments in which finished goods count, shape (tooth, product)."""
    line_product: Small
    """Shape (line)."""
    line_share: Floats
    """Mean demand of a line over that of its product, shape (line)."""
    first_row: Ints
    """Shape (tooth + 1)."""
    row_part: Small
    row_segments: Small
    """Segments whose use counts, shape (row)."""
    row_point: Small
    """What supplies it, shape (row)."""
    row_step: Floats
    """Sum of coefficients, shape (row)."""
    goods_step: Floats
    """The same of what is sold from finished goods, shape (tooth, product)."""
    first_piece: Ints
    """Alternatives that feed a row, shape (row + 1)."""
    piece_cost: Floats
    """Price beyond standard cost [money a week of cover]."""
    piece_last: Small
    """Segment in which it comes at the latest, at `piece_cost`; before it is held for longer."""
    first_entry: Ints
    """Start options that open a piece, shape (piece + 1)."""
    entry_option: Small
    """Start option; their number for what comes in any case; shape (entry)."""
    entry_most: Floats
    """What it can bring [weeks of cover], shape (entry)."""
    part_first: Ints
    """Products that use a part, shape (part + 1)."""
    part_product: Small
    part_share: Floats
    """Weeks of cover that a week of the product's demand uses."""
    product_order: Small
    """Products in the order in which what is left of parts goes to them, shape (product)."""
    product_first: Ints
    """Parts of a product, in their order, shape (product + 1)."""
    product_part: Small
    product_share: Floats
    product_line_first: Ints
    """Lines of a product, shape (product + 1)."""
    product_line: Small
    column_step: Floats
    """Sum of coefficients of making, product by product, segment by segment: `product_cells`."""
    product_cells: Ints
    """Shape (tooth + 1)."""
    n_line: int
    n_product: int


class Rest(NamedTuple):
    """Holding once supply is back, as a plane below it: linear in use, stock and purchases."""

    saved: Floats
    """What a week of a product's making or sale saves, by `product_cells` [money]."""
    row: Floats
    """What a week of cover that an alternative brings costs more, shape (row)."""
    point: Floats
    """What a week of cover at a point costs, odds counted, shape (point)."""
    stock: Floats
    """The same of stock that no event cuts, shape (epoch, item)."""
    goods: Floats
    """What a week of a product's demand sold from finished goods saves, shape (tooth, product)."""
    constant: Floats
    """Shape (tooth) [money]."""


class Light(NamedTuple):
    """What steps read of teeth, cell by cell, in single precision."""

    most: Single
    worth: Single
    worth_stocked: Single
    pace: Single
    """One over the sum of coefficients of making, by `product_cells`."""


class Iterate(NamedTuple):
    """Where the method stands. What is large is kept in single precision: steps are bound by memory, and
    bounds hold at any iterate."""

    made: Single
    """Sales made from parts, shape (cell)."""
    stocked: Single
    """Sales from finished goods, shape (cell)."""
    bought: Floats
    """From alternatives, shape (piece) [weeks of cover]."""
    price: Floats
    """Of rows [money a week of cover], shape (row)."""
    price_piece: Floats
    """Of what options open, shape (piece)."""
    price_stocked: Floats
    """Of finished goods, shape (tooth, product)."""


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
    n_product = teeth.n_product
    away = 1.0 - keep
    for t in range(span[0], span[1]):
        n = teeth.first_segment[t + 1] - teeth.first_segment[t]
        cost = np.zeros((n_product, n))
        total_use = np.zeros((n_product, n))
        from_stock = np.zeros(n_product)
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            price = now.price[q]
            if price != 0.0:
                last = teeth.row_segments[q] - 1
                part = teeth.row_part[q]
                for k in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    cost[teeth.part_product[k], last] += teeth.part_share[k] * price
        column = teeth.product_cells[t]
        for j in range(n_product):
            for k in range(n - 2, -1, -1):
                cost[j, k] += cost[j, k + 1]
            for k in range(n):
                cost[j, k] -= rest.saved[column + j * n + k]
        for line in range(teeth.n_line):
            j = teeth.line_product[line]
            share = teeth.line_share[line]
            until = teeth.stocked_until[t, j]
            place = teeth.cells[t] + line * n
            step_stocked = 1.0 / (share * weight)
            price_stocked = share * (now.price_stocked[t, j] - rest.goods[t, j])
            for k in range(until):
                c = place + k
                most, pace = light.most[c], step_stocked * light.pace[column + j * n + k]
                made = now.made[c] + pace * (light.worth[c] - share * cost[j, k])
                stocked = now.stocked[c] + step_stocked * (light.worth_stocked[c] - price_stocked)
                stocked = max(stocked, 0.0)
                over = made + stocked - most
                if over > 0.0:
                    over /= pace + step_stocked
                    made -= pace * over
                    stocked -= step_stocked * over
                    if made < 0.0:
                        stocked = most
                    elif stocked < 0.0:
                        stocked, made = 0.0, most
                made = min(max(made, 0.0), most)
                from_stock[j] += share * (2.0 * stocked - now.stocked[c])
                total_use[j, k] += share * (2.0 * made - now.made[c])
                now.stocked[c] = (
                    keep * (stocked + past * (stocked - now.stocked[c])) + away * anchor.stocked[c]
                )
                now.made[c] = keep * (made + past * (made - now.made[c])) + away * anchor.made[c]
            for k in range(until, n):
                c = place + k
                pace = step_stocked * light.pace[column + j * n + k]
                made = now.made[c] + pace * (light.worth[c] - share * cost[j, k])
                made = min(max(made, 0.0), light.most[c])
                total_use[j, k] += share * (2.0 * made - now.made[c])
                now.made[c] = keep * (made + past * (made - now.made[c])) + away * anchor.made[c]
        for j in range(n_product):
            for k in range(1, n):
                total_use[j, k] += total_use[j, k - 1]
            over = from_stock[j] - finished[t, j]
            price = max(now.price_stocked[t, j] + weight * over / teeth.goods_step[t, j], 0.0)
            price = (
                keep * (price + past * (price - now.price_stocked[t, j])) + away * anchor.price_stocked[t, j]
            )
            now.price_stocked[t, j] = price
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            last = teeth.row_segments[q] - 1
            part = teeth.row_part[q]
            over = -supply[teeth.row_point[q]]
            for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                flow = now.bought[p] + 0.5 / weight * (
                    now.price[q] - teeth.piece_cost[p] - rest.row[q] - now.price_piece[p]
                )
                flow = max(flow, 0.0)
                ahead_flow = 2.0 * flow - now.bought[p]
                ahead = ahead_flow
                over -= ahead
                size = 1.0
                for e in range(teeth.first_entry[p], teeth.first_entry[p + 1]):
                    ahead -= teeth.entry_most[e] * options[teeth.entry_option[e]]
                    size += teeth.entry_most[e]
                open_price = max(now.price_piece[p] + weight * ahead / size, 0.0)
                now.bought[p] = keep * (flow + past * (flow - now.bought[p])) + away * anchor.bought[p]
                reflected = open_price + past * (open_price - now.price_piece[p])
                now.price_piece[p] = keep * reflected + away * anchor.price_piece[p]
            for k in range(teeth.part_first[part], teeth.part_first[part + 1]):
                over += teeth.part_share[k] * total_use[teeth.part_product[k], last]
            price = max(now.price[q] + weight * over / teeth.row_step[q], 0.0)
            now.price[q] = keep * (price + past * (price - now.price[q])) + away * anchor.price[q]


@kernel
def bound(
    teeth: Teeth,
    rest: Rest,
    now: Iterate,
    n_option: int,
    span: tuple[int, int],
    value: Floats,
    plain: Floats,
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
        plain: written: what the making and buying of the iterate lose, rows met or not [money], shape
            (tooth).

    Returns:
        What a start option gains, odds counted [money], shape (option).
    """
    n_product = teeth.n_product
    gain = np.zeros(n_option)
    for t in range(span[0], span[1]):
        n = teeth.first_segment[t + 1] - teeth.first_segment[t]
        cost = np.zeros((n_product, n))
        least = rest.constant[t]
        loss = rest.constant[t]
        column = teeth.product_cells[t]
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            price = max(now.price[q], 0.0)
            for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                loss += max(now.bought[p], 0.0) * (teeth.piece_cost[p] + rest.row[q])
            if price == 0.0:
                continue
            last = teeth.row_segments[q] - 1
            part = teeth.row_part[q]
            for k in range(teeth.part_first[part], teeth.part_first[part + 1]):
                cost[teeth.part_product[k], last] += teeth.part_share[k] * price
            for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                saved = price - teeth.piece_cost[p] - rest.row[q]
                if saved > 0.0:
                    for e in range(teeth.first_entry[p], teeth.first_entry[p + 1]):
                        gain[teeth.entry_option[e]] += teeth.odds[t] * saved * teeth.entry_most[e]
        for j in range(n_product):
            for k in range(n - 2, -1, -1):
                cost[j, k] += cost[j, k + 1]
        for line in range(teeth.n_line):
            j = teeth.line_product[line]
            share = teeth.line_share[line]
            until = teeth.stocked_until[t, j]
            stocked = share * (max(now.price_stocked[t, j], 0.0) - rest.goods[t, j])
            place = teeth.cells[t] + line * n
            for k in range(n):
                c = place + k
                saved = share * rest.saved[column + j * n + k]
                best = max(teeth.worth[c] + saved - share * cost[j, k], 0.0)
                if k < until:
                    best = max(best, teeth.worth_stocked[c] - stocked)
                least -= best * teeth.most[c]
                made = min(max(now.made[c], 0.0), teeth.most[c])
                loss -= made * (teeth.worth[c] + saved)
                loss -= max(now.stocked[c], 0.0) * (teeth.worth_stocked[c] + share * rest.goods[t, j])
        value[t] = least
        plain[t] = loss
    return gain


@inner_kernel
def _ramped(week: float, start: float, rate: float, ramp: float) -> float:
    """What an alternative has brought by a week."""
    since = max(week - start, 0.0)
    if ramp <= 0.0:
        return rate * since
    inside = min(since, ramp)
    return rate * (inside * inside / (2.0 * ramp) + since - inside)


class After(NamedTuple):
    """What holding after an event needs."""

    supplied: Small
    """Segments until an item is supplied as usual, shape (tooth, item): all, if never."""
    group: Small
    """Event of an epoch and restriction, shape (tooth)."""
    point: Small
    """What supplies a part that is cut, -1 if it is not; shape (group, item)."""
    beyond: Floats
    """Normal stock at the event above working stock [weeks of cover], shape (group, item)."""
    epoch: Small
    """Shape (group)."""
    working: Floats
    """Working stock, shape (item) [weeks of cover]."""
    holding: Floats
    """Shape (item) [money a week of cover a week]."""
    end_loss: Floats
    """Of what is left at the end, shape (item) [money a week of cover]."""
    lead: Floats
    """Lead time of the first source, 0 if made, shape (item) [weeks]."""
    part_item: Small
    """Shape (part)."""
    product_scale: Floats
    """Weeks of cover of a product in a week of its demand, shape (product)."""
    product_item: Small
    """-1: sold as it is bought; shape (product)."""
    entry_start: Floats
    """From when an alternative delivers, shape (entry) [weeks after the event]."""
    entry_rate: Floats
    """Shape (entry) [weeks of cover a week]; inf: what is used, from the next segment on."""
    entry_ramp: Floats
    """Shape (entry) [weeks]."""
    always: int
    """Option of what comes in any case."""


@inner_kernel
def _open(after: After, teeth: Teeth, options: Floats, piece: int, low: float, high: float) -> float:
    """Most that an alternative brings between two ends of segments [weeks of cover]."""
    most = 0.0
    for e in range(teeth.first_entry[piece], teeth.first_entry[piece + 1]):
        if options[teeth.entry_option[e]] > 0.5:
            start, rate, ramp = after.entry_start[e], after.entry_rate[e], after.entry_ramp[e]
            if rate == np.inf:
                if low >= start:
                    most = np.inf
            else:
                limit = teeth.entry_most[e]
                most += min(_ramped(high, start, rate, ramp), limit) - min(
                    _ramped(low, start, rate, ramp), limit
                )
    return most


@kernel
def touch(
    teeth: Teeth,
    after: After,
    now: Iterate,
    supply: Floats,
    stock: Floats,
    span: tuple[int, int],
    rest: Rest,
) -> tuple[Floats, Floats]:
    """The plane that touches holding after events where the iterate is. Any plane of its kind is below: what
    is left is at least stock less use, as nothing is ever taken away, and no less than nothing.

    Args:
        teeth: the teeth.
        after: what holding needs.
        now: the iterate.
        supply: of points [weeks of cover], shape (point).
        stock: protective stock at an event [weeks of cover], shape (epoch, item).
        span: first tooth and the one after the last.
        rest: written: all that belongs to one tooth.

    Returns:
        `point` and `stock` of `Rest`, as far as these teeth go.
    """
    n_product, n_line = teeth.n_product, teeth.n_line
    by_point, by_stock = np.zeros(len(supply)), np.zeros(stock.shape)
    for t in range(span[0], span[1]):
        first_end = teeth.first_segment[t]
        n = teeth.first_segment[t + 1] - first_end
        ends = teeth.ends[first_end : first_end + n]
        column = teeth.product_cells[t]
        saved = rest.saved[column : column + n_product * n].reshape((n_product, n))
        saved[:] = 0.0
        rest.constant[t] = 0.0
        group, odds = after.group[t], teeth.odds[t]
        epoch = after.epoch[group]
        use, sold = np.zeros((n_product, n)), np.zeros(n_product)
        for line in range(n_line):
            j = teeth.line_product[line]
            place = teeth.cells[t] + line * n
            for k in range(n):
                made = min(max(now.made[place + k], 0.0), teeth.most[place + k])
                use[j, k] += teeth.line_share[line] * made
                if k < teeth.stocked_until[t, j]:
                    sold[j] += teeth.line_share[line] * max(now.stocked[place + k], 0.0)
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
                weight = after.holding[item] * _held(ends, k) + (after.end_loss[item] if k == n - 1 else 0.0)
                total += weight
                for before in range(since, k + 1):
                    saved[j, before] += weight * after.product_scale[j]
            if since >= n and left > 0.0:
                total += after.end_loss[item]
            rest.goods[t, j] = total * after.product_scale[j]
            rest.constant[t] += total * after.beyond[group, item]
            by_stock[epoch, item] += odds * total
        own = saved.copy()
        saved[:] = 0.0
        for j in range(n_product):
            for k in range(1, n):
                use[j, k] += use[j, k - 1]
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            rest.row[q] = 0.0
        row = teeth.first_row[t]
        for part in range(len(after.part_item)):
            item = after.part_item[part]
            since = after.supplied[t, item]
            point = after.point[group, item]
            left = after.beyond[group, item] + stock[epoch, item]
            if point >= 0:
                left = supply[point] - after.working[item]
            main = -1
            while row < teeth.first_row[t + 1] and teeth.row_part[row] <= part:
                if teeth.row_part[row] == part and teeth.row_segments[row] == since:
                    main = row
                row += 1
            if main >= 0:
                for p in range(teeth.first_piece[main], teeth.first_piece[main + 1]):
                    left += max(now.bought[p], 0.0)
            total = 0.0
            for k in range(since, n):
                used = 0.0
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    used += teeth.part_share[m] * use[teeth.part_product[m], k]
                if left - used <= 0.0:
                    break
                weight = after.holding[item] * _held(ends, k) + (after.end_loss[item] if k == n - 1 else 0.0)
                total += weight
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    saved[teeth.part_product[m], k] += teeth.part_share[m] * weight
            if since >= n and after.end_loss[item] > 0.0:
                used = 0.0
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    used += teeth.part_share[m] * use[teeth.part_product[m], n - 1]
                if left - used > 0.0:
                    total += after.end_loss[item]
                    for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                        saved[teeth.part_product[m], n - 1] += teeth.part_share[m] * after.end_loss[item]
            if total == 0.0:
                continue
            if main >= 0:
                rest.row[main] = total
            if point >= 0:
                by_point[point] += odds * total
                rest.constant[t] -= total * after.working[item]
            else:
                by_stock[epoch, item] += odds * total
                rest.constant[t] += total * after.beyond[group, item]
        for j in range(n_product):
            for k in range(n - 2, -1, -1):
                saved[j, k] += saved[j, k + 1]
            for k in range(n):
                saved[j, k] += own[j, k]
    return by_point, by_stock


@kernel
def recourse(
    teeth: Teeth,
    after: After,
    now: Iterate,
    supply: Floats,
    finished: Floats,
    stock: Floats,
    skipped: Floats,
    skipped_soon: Floats,
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
        skipped: normal orders under way to points that were skipped [weeks of cover], shape (point).
        skipped_soon: normal orders skipped that would have come within the lead time, shape (epoch, item).
        options: start options taken, 0 or 1, shape (option).
        span: first tooth and the one after the last.
        value: written: the loss of each tooth, less its worth in full [money], shape (tooth).
    """
    n_product, n_line = teeth.n_product, teeth.n_line
    for t in range(span[0], span[1]):
        first_end = teeth.first_segment[t]
        n = teeth.first_segment[t + 1] - first_end
        ends = teeth.ends[first_end : first_end + n]
        rows = teeth.first_row[t + 1] - teeth.first_row[t]
        most = teeth.most[teeth.cells[t] : teeth.cells[t + 1]].reshape((n_line, n))
        worth = teeth.worth[teeth.cells[t] : teeth.cells[t + 1]].reshape((n_line, n))
        worth_stocked = teeth.worth_stocked[teeth.cells[t] : teeth.cells[t + 1]].reshape((n_line, n))
        made, stocked = np.zeros((n_line, n)), np.zeros((n_line, n))
        use = np.zeros((n_product, n))
        kept = np.ones((n_product, n))
        left = np.zeros(n_product)
        there = np.full((rows, n), np.inf)
        needs = np.zeros(n)
        _sold_from_stock(teeth, t, now, finished, most, stocked, left)
        for line in range(n_line):
            for k in range(n):
                c = teeth.cells[t] + line * n + k
                made[line, k] = min(max(now.made[c], 0.0), most[line, k] - stocked[line, k])
        _supplied(teeth, after, t, supply, options, ends, there)
        _add_up(teeth, made, use)
        _cut_down(teeth, t, use, there, kept)
        for line in range(n_line):
            for k in range(n):
                made[line, k] *= kept[teeth.line_product[line], k]
        _add_up(teeth, made, use)
        _fill_up(teeth, t, use, there, made, most, stocked, kept)
        loss = 0.0
        for line in range(n_line):
            for k in range(n):
                loss -= made[line, k] * worth[line, k] + stocked[line, k] * worth_stocked[line, k]
        sold = kept
        _per_segment(teeth, made, sold)
        _per_segment(teeth, made, use)
        group = after.group[t]
        epoch = after.epoch[group]
        # Finished goods that are left take the place of making once parts are supplied again.
        for j in range(n_product):
            item = after.product_item[j]
            if item < 0:
                continue
            since = after.supplied[t, item]
            rest = after.beyond[group, item] + stock[epoch, item] - left[j]
            if since >= n:
                loss += after.end_loss[item] * max(rest, 0.0)
                continue
            for k in range(since, n):
                if rest <= 0.0:
                    break
                taken = min(rest, sold[j, k])
                use[j, k] -= taken
                rest -= taken
                weeks = _held(ends, k)
                loss += after.holding[item] * weeks * rest
            loss += after.end_loss[item] * max(rest, 0.0)
        for j in range(n_product):
            for k in range(1, n):
                use[j, k] += use[j, k - 1]
        bought = np.zeros(len(after.part_item))
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            part = teeth.row_part[q]
            last = teeth.row_segments[q]
            # Of two rows of a part the longer one says what is bought.
            if (
                teeth.first_piece[q + 1] == teeth.first_piece[q]
                or last < after.supplied[t, after.part_item[part]]
            ):
                continue
            at_hand = max(supply[teeth.row_point[q]], 0.0)
            for k in range(last):
                used = 0.0
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    used += teeth.part_share[m] * use[teeth.part_product[m], k]
                needs[k] = max(used - at_hand, 0.0)
            # As late as can be: what must have come by the end of a segment, backwards.
            come = needs[last - 1]
            bought[part] = come
            unordered = skipped[teeth.row_point[q]]
            item = after.part_item[part]
            hold = after.holding[item]
            for k in range(last - 1, -1, -1):
                if come <= 0.0:
                    break
                least = needs[k - 1] if k > 0 else 0.0
                for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                    most_here = _open(after, teeth, options, p, ends[k - 1] if k > 0 else 0.0, ends[k])
                    flow = min(max(come - least, 0.0), most_here)
                    early = _middle(ends, teeth.piece_last[p]) - _middle(ends, k)
                    loss += flow * (teeth.piece_cost[p] + hold * early)
                    come -= flow
                    if _on_order(teeth, after, p, item):
                        unordered -= flow
            # Orders that were skipped can't be refused.
            if unordered > 0.0:
                for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                    if _on_order(teeth, after, p, item):
                        loss += unordered * teeth.piece_cost[p]
                        bought[part] += unordered
                        break
        for part in range(len(after.part_item)):
            item = after.part_item[part]
            since = after.supplied[t, item]
            point = after.point[group, item]
            rest = after.beyond[group, item] + stock[epoch, item]
            if point >= 0:
                rest = supply[point] - after.working[item]
            before = 0.0
            if since > 0:
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    before += teeth.part_share[m] * use[teeth.part_product[m], since - 1]
            rest += bought[part] - before
            soon = skipped_soon[epoch, item] if point < 0 else 0.0
            # What was skipped is missing among what is on order: as much is kept until it would have come.
            loss += after.holding[item] * soon * after.lead[item]
            for k in range(since, n):
                if rest <= 0.0:
                    break
                used = 0.0
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    used += teeth.part_share[m] * use[teeth.part_product[m], k]
                rest -= used - before
                before = used
                weeks = _held(ends, k)
                loss += after.holding[item] * weeks * max(rest, 0.0)
            loss += after.end_loss[item] * max(rest, 0.0)
        value[t] = loss


@inner_kernel
def _on_order(teeth: Teeth, after: After, piece: int, item: int) -> bool:
    """Whether a piece was ordered before the event: it comes in any case, within the lead time."""
    entry = teeth.first_entry[piece]
    return teeth.entry_option[entry] == after.always and after.entry_start[entry] < after.lead[item]


@inner_kernel
def _middle(ends: Floats, k: int) -> float:
    """Week at which what comes in a segment is counted, on average."""
    return ((ends[k - 1] if k > 0 else 0.0) + ends[k] - 1.0) / 2


@inner_kernel
def _held(ends: Floats, k: int) -> float:
    """Weeks for which what is there at the end of a segment is held."""
    before = ends[k] - (ends[k - 1] if k > 0 else 0.0)
    return (before + (ends[k + 1] - ends[k] if k < len(ends) - 1 else 1.0)) / 2


@inner_kernel
def _sold_from_stock(
    teeth: Teeth, t: int, now: Iterate, finished: Floats, most: Floats, stocked: Floats, left: Floats
) -> None:
    """Sales from finished goods, cut down to what there is; `left` is what they take in all."""
    n = most.shape[1]
    for line in range(teeth.n_line):
        j = teeth.line_product[line]
        for k in range(teeth.stocked_until[t, j]):
            value = max(now.stocked[teeth.cells[t] + line * n + k], 0.0)
            stocked[line, k] = min(value, most[line, k])
            left[j] += teeth.line_share[line] * stocked[line, k]
    for line in range(teeth.n_line):
        j = teeth.line_product[line]
        if left[j] > max(finished[t, j], 0.0):
            for k in range(teeth.stocked_until[t, j]):
                stocked[line, k] *= max(finished[t, j], 0.0) / left[j]
    for j in range(teeth.n_product):
        left[j] = min(left[j], max(finished[t, j], 0.0))


@inner_kernel
def _supplied(
    teeth: Teeth, after: After, t: int, supply: Floats, options: Floats, ends: Floats, there: Floats
) -> None:
    """What there is of parts that are cut by the ends of segments, where it can be short; else inf."""
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        row = q - teeth.first_row[t]
        last = teeth.row_segments[q] - 1
        until = -1
        for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
            until = max(until, teeth.piece_last[p])
        amount = max(supply[teeth.row_point[q]], 0.0)
        for k in range(min(until, last) + 1):
            for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                amount += _open(after, teeth, options, p, ends[k - 1] if k > 0 else 0.0, ends[k])
            there[row, k] = amount
        there[row, last] = amount


@inner_kernel
def _per_segment(teeth: Teeth, made: Floats, use: Floats) -> None:
    """Making of products, segment by segment."""
    for j in range(use.shape[0]):
        for k in range(use.shape[1]):
            use[j, k] = 0.0
    for line in range(teeth.n_line):
        for k in range(use.shape[1]):
            use[teeth.line_product[line], k] += teeth.line_share[line] * made[line, k]


@inner_kernel
def _add_up(teeth: Teeth, made: Floats, use: Floats) -> None:
    """Making of products up to the ends of segments."""
    _per_segment(teeth, made, use)
    for j in range(use.shape[0]):
        for k in range(1, use.shape[1]):
            use[j, k] += use[j, k - 1]


@inner_kernel
def _cut_down(teeth: Teeth, t: int, use: Floats, there: Floats, kept: Floats) -> None:
    """Share of making that is kept, so that no part is used that is not there."""
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        row, part = q - teeth.first_row[t], teeth.row_part[q]
        for k in range(teeth.row_segments[q]):
            if there[row, k] == np.inf:
                continue
            used = 0.0
            for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                used += teeth.part_share[m] * use[teeth.part_product[m], k]
            if used > there[row, k]:
                share = there[row, k] / used
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    j = teeth.part_product[m]
                    kept[j, k] = min(kept[j, k], share)
    for j in range(kept.shape[0]):
        for k in range(kept.shape[1] - 2, -1, -1):
            kept[j, k] = min(kept[j, k], kept[j, k + 1])


@inner_kernel
def _fill_up(
    teeth: Teeth,
    t: int,
    use: Floats,
    there: Floats,
    made: Floats,
    most: Floats,
    stocked: Floats,
    room: Floats,
) -> None:
    """More making where parts are left: product by product, as early as can be. `there` becomes what is left,
    `room` is written over."""
    first_row, n = teeth.first_row[t], there.shape[1]
    for q in range(first_row, teeth.first_row[t + 1]):
        part = teeth.row_part[q]
        for k in range(teeth.row_segments[q]):
            if there[q - first_row, k] < np.inf:
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    there[q - first_row, k] -= teeth.part_share[m] * use[teeth.part_product[m], k]
    for place in range(teeth.n_product):
        j = teeth.product_order[place]
        row = first_row
        for k in range(n):
            room[j, k] = np.inf
        entry, stop = teeth.product_first[j], teeth.product_first[j + 1]
        while row < teeth.first_row[t + 1] and entry < stop:
            part = teeth.row_part[row]
            if part < teeth.product_part[entry]:
                row += 1
            elif part > teeth.product_part[entry]:
                entry += 1
            else:
                for k in range(teeth.row_segments[row]):
                    limit = there[row - first_row, k]
                    if limit < np.inf:
                        room[j, k] = min(room[j, k], max(limit, 0.0) / teeth.product_share[entry])
                row += 1
        for k in range(n - 2, -1, -1):
            room[j, k] = min(room[j, k], room[j, k + 1])
        added = 0.0
        for k in range(n):
            for m in range(teeth.product_line_first[j], teeth.product_line_first[j + 1]):
                line = teeth.product_line[m]
                share = teeth.line_share[line]
                more = min(most[line, k] - stocked[line, k] - made[line, k], (room[j, k] - added) / share)
                if more > 0.0:
                    made[line, k] += more
                    added += share * more
            room[j, k] = added
        if added > 0.0:
            row, entry = first_row, teeth.product_first[j]
            while row < teeth.first_row[t + 1] and entry < stop:
                part = teeth.row_part[row]
                if part < teeth.product_part[entry]:
                    row += 1
                elif part > teeth.product_part[entry]:
                    entry += 1
                else:
                    for k in range(teeth.row_segments[row]):
                        there[row - first_row, k] -= teeth.product_share[entry] * room[j, k]
                    row += 1
