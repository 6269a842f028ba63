"""Sharing scarce stock out exactly. In: a packing program, max g'x, A x <= b, 0 <= x <= 1 with
A >= 0 in sparse rows. Out: shares x and a shadow price of every row.
One reason to exist: the simulator re-solves thousands of these, each of them small.

Dual simplex with bounds on a condensed tableau. With every share at 1 the slack basis is dual
feasible, so no first phase is needed, and a row enters the tableau only when it is violated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import inner_kernel, kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BATCH = 10
"""Rows that enter the tableau between two repairs: with one, most pivots are spent on rows that soon
give way to others; with many, on rows that never matter."""
FEASIBLE = 1e-10
"""A row, scaled to a largest coefficient of 1, or a share may miss its bound by this."""
PIVOT = 1e-9
"""Smallest pivot."""
CALM_PIVOTS = 10
"""Pivots per row and column before the rule changes to one that cannot cycle."""


@inner_kernel
def bound_singles(
    row_ptr: Ints, row_col: Ints, row_val: Floats, limit: Floats, upper: Floats, bound_row: Ints
) -> None:
    """Turn rows with one share into upper bounds of that share."""
    for row in range(len(limit)):
        count, entry = 0, -1
        for k in range(row_ptr[row], row_ptr[row + 1]):
            if row_val[k] > 0.0:
                count, entry = count + 1, k
        if count == 1:
            most = max(0.0, limit[row]) / row_val[entry]
            if most < upper[row_col[entry]]:
                upper[row_col[entry]] = most
                bound_row[row_col[entry]] = row


@inner_kernel
def largest(row_ptr: Ints, row_val: Floats, row: int) -> float:
    """Largest coefficient of a row."""
    most = 0.0
    for k in range(row_ptr[row], row_ptr[row + 1]):
        most = max(most, row_val[k])
    return most


@inner_kernel
def slack(row_ptr: Ints, row_col: Ints, row_val: Floats, limit: Floats, x: Floats, row: int) -> float:
    """What a row leaves unused [units]; negative: exceeded."""
    left = max(0.0, limit[row])
    for k in range(row_ptr[row], row_ptr[row + 1]):
        left -= row_val[k] * x[row_col[k]]
    return left


@inner_kernel
def choose_rows(
    row_ptr: Ints,
    row_col: Ints,
    row_val: Floats,
    limit: Floats,
    x: Floats,
    inside: NDArray[np.bool_],
    over: Floats,
    chosen: Ints,
) -> int:
    """The rows outside the tableau that are exceeded by most, counted in their largest coefficient;
    how many there are."""
    for row in range(len(limit)):
        over[row] = 0.0
        if not inside[row]:
            excess = -slack(row_ptr, row_col, row_val, limit, x, row)
            if excess > 0.0:
                over[row] = excess / largest(row_ptr, row_val, row)
    for count in range(len(chosen)):
        worst, found = FEASIBLE, -1
        for row in range(len(limit)):
            if over[row] > worst:
                worst, found = over[row], row
        if found < 0:
            return count
        chosen[count], over[found] = found, 0.0
    return len(chosen)


@inner_kernel
def leaving_row(value: Floats, label: Ints, size: int, upper: Floats, bland: bool) -> int:
    """Basic variable to be driven to a bound; -1 if all are within theirs."""
    found, worst = -1, FEASIBLE
    for i in range(size):
        over = -value[i]
        if label[i] < len(upper):
            over = max(over, value[i] - upper[label[i]])
        if over > FEASIBLE and (
            (bland and (found < 0 or label[i] < label[found])) or (not bland and over > worst)
        ):
            found, worst = i, over
    return found


@inner_kernel
def entering_column(
    row: Floats, cost: Floats, at_upper: NDArray[np.bool_], label: Ints, sign: float, bland: bool
) -> int:
    """Column that keeps reduced costs right (smallest ratio); -1 if the row can't be repaired."""
    found, best = -1, np.inf
    for j in range(len(cost)):
        push = row[j] * sign if at_upper[j] else -row[j] * sign
        if push <= PIVOT:
            continue
        ratio = abs(cost[j]) / push
        tie = found >= 0 and abs(ratio - best) <= 1e-12 * (1.0 + best)
        better = ratio < best
        if tie:
            better = label[j] < label[found] if bland else push > abs(row[found])
        if better:
            found, best = j, ratio
    return found


@inner_kernel
def flip(table: Floats, size: int, value: Floats, at_upper: NDArray[np.bool_], q: int, upper: float) -> None:
    """Move a nonbasic share to its other bound."""
    change = -upper if at_upper[q] else upper
    for i in range(size):
        value[i] -= table[i, q] * change
    at_upper[q] = not at_upper[q]


@inner_kernel
def flip_then_enter(
    table: Floats,
    size: int,
    value: Floats,
    cost: Floats,
    at_upper: NDArray[np.bool_],
    nonbasic: Ints,
    upper: Floats,
    r: int,
    bound: float,
    bland: bool,
) -> int:
    """Column that enters for row `r`, -1 if none can. Shares that would enter, and could go to their other
    bound without `r` reaching its own, go there: many a pivot is spared.

    Source: Maros (2003), A generalized dual phase-2 simplex algorithm (long steps).
    """
    sign, flipped = -1.0 if value[r] > bound else 1.0, -1
    while True:
        q = entering_column(table[r], cost, at_upper, nonbasic, sign, bland)
        if q < 0 and flipped >= 0:
            flip(table, size, value, at_upper, flipped, upper[nonbasic[flipped]])
            return flipped
        if q < 0 or bland or nonbasic[q] >= len(upper):
            return q
        room = upper[nonbasic[q]]
        if abs(table[r, q]) * room >= abs(value[r] - bound):
            return q
        flip(table, size, value, at_upper, q, room)
        flipped = q


@inner_kernel
def pivot(table: Floats, size: int, cost: Floats, r: int, q: int, row: Floats) -> None:
    """Exchange basic row `r` and nonbasic column `q` of the condensed tableau.

    `row` is scratch, shape (column): what is added to other rows lies apart from them, or compilers take
    one number at a time.
    """
    inverse = 1.0 / table[r, q]
    for j in range(len(row)):
        table[r, j] *= inverse
        row[j] = table[r, j]
    table[r, q], row[q] = inverse, inverse
    for i in range(size):
        factor = table[i, q]
        if i != r and factor != 0.0:
            for j in range(len(row)):
                table[i, j] -= factor * row[j]
            table[i, q] = -factor * inverse
    factor = cost[q]
    if factor != 0.0:
        for j in range(len(row)):
            cost[j] -= factor * row[j]
        cost[q] = -factor * inverse


@inner_kernel
def row_in_basis(
    table: Floats,
    where: Ints,
    row_ptr: Ints,
    row_col: Ints,
    row_val: Floats,
    number: int,
    scale: float,
    row: Floats,
) -> None:
    """Write a row of the program, scaled, into `row` in terms of the nonbasic columns."""
    for j in range(len(row)):
        row[j] = 0.0
    for k in range(row_ptr[number], row_ptr[number + 1]):
        weight, place = row_val[k] / scale, where[row_col[k]]
        if place >= 0:
            row[place] += weight
        else:
            basic = -1 - place
            for j in range(len(row)):
                row[j] -= weight * table[basic, j]


@inner_kernel
def repair(
    table: Floats,
    size: int,
    value: Floats,
    basic: Ints,
    cost: Floats,
    at_upper: NDArray[np.bool_],
    nonbasic: Ints,
    upper: Floats,
    where: Ints,
    row: Floats,
) -> None:
    """Dual simplex steps until every basic variable is within its bounds."""
    n = len(upper)
    pivots = 0
    while True:
        bland = pivots > CALM_PIVOTS * (n + size)
        r = leaving_row(value, basic, size, upper, bland)
        if r < 0:
            return
        to_upper = value[r] > 0.0
        bound = upper[basic[r]] if to_upper else 0.0
        q = flip_then_enter(table, size, value, cost, at_upper, nonbasic, upper, r, bound, bland)
        pivots += 1
        if q < 0 or pivots > 100 * CALM_PIVOTS * (n + size):
            return  # what is left is rounding: with shares at 0 every row holds
        step = (value[r] - bound) / table[r, q]
        start = 0.0
        if at_upper[q]:
            start = upper[nonbasic[q]]
        for i in range(size):
            value[i] -= table[i, q] * step
        value[r] = start + step
        pivot(table, size, cost, r, q, row)
        basic[r], nonbasic[q] = nonbasic[q], basic[r]
        at_upper[q] = to_upper
        if basic[r] < n:
            where[basic[r]] = -1 - r
        if nonbasic[q] < n:
            where[nonbasic[q]] = q


@kernel
def grown(table: Floats, room: int) -> Floats:
    """The same rows with room for more."""
    larger = np.empty((room, table.shape[1]))
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            larger[i, j] = table[i, j]
    return larger


@inner_kernel
def start_shares(gain: Floats, upper: Floats, at_upper: NDArray[np.bool_], cost: Floats, x: Floats) -> float:
    """Every share at the bound that its gain prefers; the largest gain, by which costs are divided."""
    money = 1e-300
    for j in range(len(gain)):
        money = max(money, abs(gain[j]))
    for j in range(len(gain)):
        at_upper[j], cost[j] = gain[j] >= 0.0, gain[j] / money
        x[j] = upper[j] if at_upper[j] else 0.0
    return money


@inner_kernel
def read_shares(x: Floats, value: Floats, at_upper: NDArray[np.bool_], upper: Floats, where: Ints) -> None:
    """Shares of a tableau whose basic variables are within their bounds."""
    for j in range(len(x)):
        if where[j] < 0:
            x[j] = min(upper[j], max(0.0, value[-1 - where[j]]))
        else:
            x[j] = upper[j] if at_upper[where[j]] else 0.0


@kernel
def pack(
    gain: Floats, row_ptr: Ints, row_col: Ints, row_val: Floats, limit: Floats, likely: Ints
) -> tuple[Floats, Floats]:
    """Solve max g'x, A x <= b, 0 <= x <= 1 with A >= 0; a negative limit counts as 0.

    Args:
        gain: gain of a full share [money], shape (column).
        row_ptr: entries of each row, shape (row + 1).
        row_col: column of each entry.
        row_val: need of a full share [units], at least 0, shape of row_col.
        limit: what there is [units], finite, shape (row).
        likely: rows that enter the tableau first, such as those that bound a similar program; a bad
            guess costs time, no more.

    Returns:
        Shares [-], shape (column), and shadow prices [money/unit], shape (row).

    Source: Vanderbei (2020), Linear Programming, ch. 6 and 9 (dual simplex, bounded variables).
    """
    n, m = len(gain), len(limit)
    upper, bound_row = np.ones(n), np.full(n, -1)
    bound_singles(row_ptr, row_col, row_val, limit, upper, bound_row)
    cost, x, scratch, at_upper = np.empty(n), np.empty(n), np.empty(n), np.empty(n, dtype=np.bool_)
    money = start_shares(gain, upper, at_upper, cost, x)
    nonbasic, where = np.arange(n), np.arange(n)
    inside, generated, scales = np.zeros(m, dtype=np.bool_), np.empty(m, dtype=np.int64), np.empty(m)
    basic, value = np.empty(m, dtype=np.int64), np.empty(m)
    size, table = 0, np.empty((min(m, 16), n))
    over, chosen, count = np.empty(m), np.empty(BATCH, dtype=np.int64), len(likely)
    rows = likely
    while True:
        for row in rows[:count]:
            if size == len(table):
                table = grown(table, min(m, 2 * size))
            scale = largest(row_ptr, row_val, row)
            if scale <= 0.0:
                continue
            row_in_basis(table, where, row_ptr, row_col, row_val, row, scale, scratch)
            for j in range(n):
                table[size, j] = scratch[j]
            value[size] = slack(row_ptr, row_col, row_val, limit, x, row) / scale
            basic[size], generated[size], scales[size], inside[row] = n + size, row, scale, True
            size += 1
        repair(table, size, value, basic, cost, at_upper, nonbasic, upper, where, scratch)
        read_shares(x, value, at_upper, upper, where)
        rows, count = chosen, choose_rows(row_ptr, row_col, row_val, limit, x, inside, over, chosen)
        if count == 0:
            break
    price = np.zeros(m)
    for j in range(n):
        if nonbasic[j] >= n:
            g = nonbasic[j] - n
            price[generated[g]] += max(0.0, -cost[j]) * money / scales[g]
        elif at_upper[j] and bound_row[nonbasic[j]] >= 0:
            row = bound_row[nonbasic[j]]
            price[row] += max(0.0, cost[j]) * money / largest(row_ptr, row_val, row)
    return x, price
