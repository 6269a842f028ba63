"""First-order steps of teeth, and the bound that prices give. In: compact teeth, an iterate. Out: the next.
One reason to exist: what is done millions of times a second.

Source: Chambolle & Pock (2011), Journal of Mathematical Imaging and Vision 40; Pock & Chambolle (2011),
diagonal steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import kernel
from outlast.kernels.teeth import Iterate, Light, Rest, Teeth

Floats = NDArray[np.float64]


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
