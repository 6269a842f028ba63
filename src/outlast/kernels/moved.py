"""How far teeth have moved since the anchor. In: compact teeth, two iterates. Out: squares of two lengths.
One reason to exist: the primal weight brings what decisions and what prices have moved to one size.

Source: Applegate et al. (2021), Practical large-scale linear programming using primal-dual hybrid gradient,
arXiv:2106.04756, section 3.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.steps import count_before, row_by_end
from outlast.kernels.teeth import Iterate, Teeth

Floats = NDArray[np.float64]


@kernel
def moved(teeth: Teeth, now: Iterate, anchor: Iterate, span: tuple[int, int]) -> Floats:
    """How far decisions, and prices, are from the anchor: squares, each over its step at a weight of 1 [weeks
    of cover squared, and money a week of cover squared], odds counted; shape (2).

    Args:
        teeth: the teeth.
        now: the iterate.
        anchor: where the method was started or restarted.
        span: first tooth and the one after the last.
    """
    found = np.zeros(2)
    for t in range(span[0], span[1]):
        primal = _sales_moved(teeth, now, anchor, t)
        dual = _sales_prices_moved(teeth, now, anchor, t)
        first = teeth.first_row[t]
        for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
            if q + 1 == teeth.first_row[t + 1] or teeth.row_part[q + 1] != teeth.row_part[q]:
                dual += _prices_moved(teeth, now, anchor, first, q + 1)
                first = q + 1
            for p in range(teeth.first_piece[q], teeth.first_piece[q + 1]):
                primal += teeth.piece_step[p] * (now.bought[p] - anchor.bought[p]) ** 2
                away = now.price_piece[p] - anchor.price_piece[p]
                if away != 0.0:
                    size = 1.0
                    for e in range(teeth.first_entry[p], teeth.first_entry[p + 1]):
                        size += teeth.entry_most[e]
                    dual += size * away**2
        found[0] += teeth.odds[t] * primal
        found[1] += teeth.odds[t] * dual
    return found


@inner_kernel
def _prices_moved(teeth: Teeth, now: Iterate, anchor: Iterate, first: int, end: int) -> float:
    """Of the rows of a part, summed from the last: see `steps`."""
    n_before, away, total = count_before(teeth, first, end), 0.0, 0.0
    for i in range(end - first - 1, -1, -1):
        q = row_by_end(teeth, first, n_before, i)
        away += now.price[q] - anchor.price[q]
        total += teeth.row_step[q] * away * away
    return total


@inner_kernel
def _sales_moved(teeth: Teeth, now: Iterate, anchor: Iterate, t: int) -> float:
    """Of sales of a tooth; those of the ranks in which markets wait have shorter steps."""
    total = 0.0
    for k in range(teeth.open_segments[t]):
        first, d = teeth.cells[t] + k * teeth.n_line, teeth.product_cells[t] + k * teeth.n_product
        for line in range(teeth.n_line):
            made = now.made[first + line] - anchor.made[first + line]
            stocked = now.stocked[first + line] - anchor.stocked[first + line]
            late = 1.0 if line >= teeth.late_from else 0.0
            size = (1.0 / teeth.pace[d + teeth.line_product[line]] + late) * made * made
            total += teeth.line_share[line] * (size + (1.0 + late) * stocked * stocked)
    return total


@inner_kernel
def _sales_prices_moved(teeth: Teeth, now: Iterate, anchor: Iterate, t: int) -> float:
    """Of prices of finished goods, of demand that waits, and of limits on making."""
    total = 0.0
    for j in range(teeth.n_product):
        away = now.price_stocked[t, j] - anchor.price_stocked[t, j]
        total += teeth.goods_step[t, j] * away * away
    n_late = teeth.n_line - teeth.late_from
    for c in range(teeth.late_cells[t], teeth.late_cells[t + 1]):
        away = now.late[c] - anchor.late[c]
        line = teeth.late_from + (c - teeth.late_cells[t]) % n_late
        total += 2.0 / teeth.line_share[line] * away * away
    for d in range(teeth.product_cells[t], teeth.product_cells[t + 1] if teeth.limited else 0):
        away = now.limit[d] - anchor.limit[d]
        total += away * away
    return total
