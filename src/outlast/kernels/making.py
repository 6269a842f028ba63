"""Making after an event. In: the making of an iterate, what supplies parts. Out: sales from finished goods,
what is made and used. One reason to exist: cutting down and filling up begin with the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_assemblies
from outlast.kernels.jit import inner_kernel
from outlast.kernels.supplied import still_due
from outlast.kernels.teeth import After, Iterate, Teeth
from outlast.kernels.use import add_up

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
def per_segment(teeth: Teeth, made: Floats, use: Floats) -> None:
    """Making of products, segment by segment."""
    use[:] = 0.0
    for k in range(len(made)):
        for line in range(teeth.n_line):
            use[teeth.line_product[line], k] += teeth.line_share[line] * made[k, line]


@inner_kernel
def add_making(teeth: Teeth, made: Floats, sign: float, total: Floats) -> None:
    """Adds to what is made for each line in all, or takes it off."""
    for k in range(len(made)):
        for line in range(teeth.n_line):
            total[line] += sign * made[k, line]
