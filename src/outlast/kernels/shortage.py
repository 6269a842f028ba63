"""Which sales are kept while some items are scarce. In: a network above the scarce items, demand,
supply by week. Out: shares of demand, and what stock would be worth.
One reason to exist: the exact answer over many weeks and levels from a few small packing programs.

What sales ask of an item by a week, netted through stock and making, is convex and rises with sales.
So its tangents are rows of a packing program (`kernels.allocation`), of which few ever bind; weeks of a
line that no row tells apart are one column.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.allocation import pack
from outlast.kernels.jit import inner_kernel, kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-8
"""Share of an item's whole requirement by which it may exceed its supply."""
MOST_ROUNDS = 10_000
"""More rounds than any case needs: every round adds rows, of which there are finitely many."""


@inner_kernel
def latest_starts(
    need: Floats, there: Floats, making: int, capacity: float, start: Floats, week: Ints, credit: Floats
) -> None:
    """Starts of one made item, as late as its requirement allows, and where each comes from.

    Fills, for every week t: `start[t]`, cumulative starts [units]; `week[t]`, the week v of the
    requirement that asks for them, -1 if none does; `credit[t]`, what they may be less than `need[v]`.
    """
    n_week = len(need)
    best, best_week = 0.0, -1
    for t in range(n_week):
        over = need[t] - there[t]
        if over > best:
            best, best_week = over, t
        start[t], week[t] = best, best_week
        credit[t] = there[best_week] if best_week >= 0 else 0.0
    if np.isfinite(capacity):
        for t in range(n_week - 2, -1, -1):
            if start[t + 1] - capacity > start[t]:
                start[t], week[t] = start[t + 1] - capacity, week[t + 1]
                credit[t] = credit[t + 1] + capacity
    for t in range(n_week):
        later = min(t + making, n_week - 1)
        start[t], week[t], credit[t] = start[later], week[later], credit[later]


@inner_kernel
def net(
    sales: Floats,
    line_node: Ints,
    edge_ptr: Ints,
    edge_parent: Ints,
    edge_units: Floats,
    there: Floats,
    making: Ints,
    capacity: Floats,
    need: Floats,
    start: Floats,
    week: Ints,
    credit: Floats,
) -> None:
    """What sales ask of every node by each week at the latest, parents first; see `keep_sales`."""
    n_node, n_week = need.shape
    need[:, :] = 0.0
    for line in range(len(line_node)):
        total = 0.0
        for t in range(n_week):
            total += sales[line, t]
            need[line_node[line], t] += total
    for node in range(n_node):
        for edge in range(edge_ptr[node], edge_ptr[node + 1]):
            parent = edge_parent[edge]
            for t in range(n_week):
                need[node, t] += edge_units[edge] * start[parent, t]
        latest_starts(
            need[node], there[node], making[node], capacity[node], start[node], week[node], credit[node]
        )


@inner_kernel
def fill_sales(share: Floats, column: Ints, demand: Floats, sales: Floats) -> None:
    """Sales of every week from shares of columns: the weeks of a column are filled from the last."""
    for line in range(demand.shape[0]):
        left, before = 0.0, -1
        for t in range(demand.shape[1] - 1, -1, -1):
            now = column[line, t]
            if now != before:
                left, before = 0.0, now
                for u in range(t, -1, -1):
                    if column[line, u] != now:
                        break
                    left += share[now] * demand[line, u]
            sales[line, t] = min(left, demand[line, t])
            left -= sales[line, t]


@kernel
def build_program(
    starts: Bools, demand: Floats, gain: Floats, row_ptr: Ints, term_line: Ints, term_week: Ints, term: Floats
) -> tuple[Ints, Floats, Ints, Ints, Floats]:
    """Columns, runs of weeks of a line, and rows of terms (line, week, units per unit sold until then).

    Returns:
        Column of each (line, week); gain of each column; rows as `pack` takes them.
    """
    n_line, n_week = demand.shape
    column = np.empty((n_line, n_week), dtype=np.int64)
    n = 0
    for line in range(n_line):
        for t in range(n_week):
            if t == 0 or starts[line, t]:
                n += 1
            column[line, t] = n - 1
    total, amount = np.zeros(n), np.zeros(n)
    for line in range(n_line):
        for t in range(n_week):
            amount[column[line, t]] += demand[line, t]
            total[column[line, t]] += gain[line, t] * demand[line, t]
    size = 0
    for k in range(len(term)):
        size += column[term_line[k], term_week[k]] - column[term_line[k], 0] + 1
    pointers = np.zeros(len(row_ptr), dtype=np.int64)
    columns, values = np.empty(size, dtype=np.int64), np.empty(size)
    dense, place = np.zeros(n), 0
    for row in range(len(row_ptr) - 1):
        low, high = n, 0
        for k in range(row_ptr[row], row_ptr[row + 1]):
            first, last = column[term_line[k], 0], column[term_line[k], term_week[k]]
            low, high = min(low, first), max(high, last + 1)
            for j in range(first, last + 1):
                dense[j] += term[k]
        for j in range(low, high):
            if dense[j] > 0.0 and amount[j] > 0.0:
                columns[place], values[place] = j, dense[j] * amount[j]
                place += 1
            dense[j] = 0.0
        pointers[row + 1] = place
    return column, total, pointers, columns[:place], values[:place]


@kernel
def most_over(need: Floats, supply: Floats) -> int:
    """Week in which a requirement exceeds its supply by most; -1 if it never does."""
    found, worst = -1, TOLERANCE * max(1.0, need[-1])
    for t in range(len(need)):
        if need[t] - supply[t] > worst:
            found, worst = t, need[t] - supply[t]
    return found


@kernel
def tangent(
    scarce: int,
    by: int,
    line_node: Ints,
    edge_ptr: Ints,
    edge_parent: Ints,
    edge_units: Floats,
    week: Ints,
    credit: Floats,
    weight: Floats,
    reached: Bools,
) -> tuple[Ints, Ints, Floats, float, Ints, Floats]:
    """What is needed of a scarce node by a week, to first order in cumulative sales.

    `weight` and `reached` are scratch, zero before and after, shapes (node, week) and (node).

    Returns:
        Terms: line, week, units per unit sold of the line by that week; what may be needed beside the
        supply [units]; and nodes, with how much a unit of stock of each adds to that, the supply's included.
    """
    lines, weeks, units = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    nodes, held = np.empty(0, np.int64), np.empty(0)
    weight[scarce, by], reached[scarce], more = 1.0, True, 0.0
    for node in range(scarce, -1, -1):
        if not reached[node]:
            continue
        reached[node], total = False, 0.0
        first, end = np.searchsorted(line_node, node), np.searchsorted(line_node, node + 1)
        for t in range(week.shape[1]):
            asked = weight[node, t]
            if asked == 0.0:
                continue
            weight[node, t] = 0.0
            total += asked
            for line in range(first, end):
                lines, weeks, units = np.append(lines, line), np.append(weeks, t), np.append(units, asked)
            for edge in range(edge_ptr[node], edge_ptr[node + 1]):
                parent, here = edge_parent[edge], asked * edge_units[edge]
                if week[parent, t] >= 0:
                    weight[parent, week[parent, t]] += here
                    reached[parent] = True
                    more += here * credit[parent, t]
        nodes, held = np.append(nodes, node), np.append(held, total)
    return lines, weeks, units, more, nodes, held


@kernel
def runs(gain: Floats) -> Bools:
    """Where a new run of weeks of equal gain begins, shape of gain (line, week)."""
    starts = np.zeros(gain.shape, dtype=np.bool_)
    for line in range(gain.shape[0]):
        for t in range(1, gain.shape[1]):
            change = abs(gain[line, t] - gain[line, t - 1])
            starts[line, t] = change > 1e-12 * abs(gain[line, t])
    return starts


class Rows(NamedTuple):
    """Tangents found so far, one after the other; they hold whatever supply and stock there is."""

    scarce: Ints
    """Place of the scarce node in `scarce`, shape (row)."""
    by: Ints
    """Week, shape (row)."""
    more: Floats
    """What may be needed beside the supply if there is no extra stock [units], shape (row)."""
    ptr: Ints
    """Terms of each row, shape (row + 1)."""
    line: Ints
    week: Ints
    units: Floats
    """Terms: units per unit sold of a line by a week."""
    stock_row: Ints
    stock_node: Ints
    stock: Floats
    """What a unit of stock of a node adds to a row [units]."""
    likely: Ints
    """Rows that bound the last time."""


@kernel
def no_rows() -> Rows:
    """Nothing found yet."""
    none, nothing = np.empty(0, np.int64), np.empty(0)
    return Rows(none, none, nothing, np.zeros(1, np.int64), none, none, nothing, none, none, nothing, none)


@kernel
def with_likely(rows: Rows, likely: Ints) -> Rows:
    """The same rows, others of which bound."""
    return Rows(
        rows.scarce,
        rows.by,
        rows.more,
        rows.ptr,
        rows.line,
        rows.week,
        rows.units,
        rows.stock_row,
        rows.stock_node,
        rows.stock,
        likely,
    )


@kernel
def mark_ends(starts: Bools, lines: Ints, weeks: Ints) -> None:
    """A run of weeks ends where a term does."""
    for k in range(len(lines)):
        if weeks[k] + 1 < starts.shape[1]:
            starts[lines[k], weeks[k] + 1] = True


@kernel
def limits(rows: Rows, supply: Floats, extra: Floats) -> Floats:
    """Right-hand sides of rows [units]; `extra` is stock of made nodes beyond what rows know."""
    limit = rows.more.copy()
    for row in range(len(limit)):
        limit[row] += supply[rows.scarce[row], rows.by[row]]
    for k in range(len(rows.stock)):
        limit[rows.stock_row[k]] += rows.stock[k] * extra[rows.stock_node[k]]
    return limit


@kernel
def add_row(
    rows: Rows,
    k: int,
    by: int,
    found: tuple[Ints, Ints, Floats, float, Ints, Floats],
    extra: Floats,
    likely: Ints,
) -> Rows:
    """The rows and one more: of scarce item `k` by a week, as `tangent` found it."""
    lines, weeks, units, more, nodes, stock = found
    return Rows(
        np.append(rows.scarce, k),
        np.append(rows.by, by),
        np.append(rows.more, more - np.sum(stock * extra[nodes])),
        np.append(rows.ptr, len(rows.units) + len(units)),
        np.append(rows.line, lines),
        np.append(rows.week, weeks),
        np.append(rows.units, units),
        np.append(rows.stock_row, np.full(len(nodes), len(rows.by))),
        np.append(rows.stock_node, nodes),
        np.append(rows.stock, stock),
        likely,
    )


@kernel
def keep_sales(
    demand: Floats,
    gain: Floats,
    line_node: Ints,
    edge_ptr: Ints,
    edge_parent: Ints,
    edge_units: Floats,
    there: Floats,
    making: Ints,
    capacity: Floats,
    scarce: Ints,
    supply: Floats,
    extra: Floats,
    rows: Rows,
) -> tuple[float, Floats, Rows]:
    """Most gain that sales can have while some items are scarce, and what more stock would add to it.

    Nodes are numbered parents first; nodes that are not scarce have whatever else they need.

    Args:
        demand: [units/week], shape (line, week); what is not sold in its week is lost.
        gain: of a unit sold [money/unit], shape (line, week); nothing is sold at a loss.
        line_node: node that is sold, rising, shape (line).
        edge_ptr: parents of each node, shape (node + 1).
        edge_parent: parent, a lower number, shape (edge).
        edge_units: units per unit of the parent, shape (edge).
        there: what there is of a made item without further starts and `extra` [units], cumulative,
            shape (node, week).
        making: start to stock [weeks], shape (node).
        capacity: starts a week [units]; inf: unlimited; shape (node).
        scarce: nodes that are scarce.
        supply: most there can be of each by each week [units], cumulative, shape (scarce, week).
        extra: stock of made nodes beyond `there` [units], 0 for scarce ones, shape (node).
        rows: found before on the same network, `there` included; else `no_rows()`.

    Returns:
        Gain [money], nan if it was not found; a supergradient of it in the stock of every node
        [money/unit], 0 only where more stock adds nothing, shape (node); all rows known now.

    Source: Kelley (1960), The cutting-plane method for solving convex programs.
    """
    n_node, n_week = there.shape
    starts, sales, held = runs(gain), np.empty(demand.shape), there + extra.reshape(-1, 1)
    mark_ends(starts, rows.line, rows.week)
    likely = rows.likely
    need, start = np.empty((n_node, n_week)), np.empty((n_node, n_week))
    week, credit = np.empty((n_node, n_week), dtype=np.int64), np.empty((n_node, n_week))
    weight, reached = np.zeros((n_node, n_week)), np.zeros(n_node, dtype=np.bool_)
    for _ in range(MOST_ROUNDS):
        column, total, pointers, columns, values = build_program(
            starts, demand, gain, rows.ptr, rows.line, rows.week, rows.units
        )
        share, price = pack(total, pointers, columns, values, limits(rows, supply, extra), likely)
        likely = np.nonzero(price > 0.0)[0]
        fill_sales(share, column, demand, sales)
        net(
            sales,
            line_node,
            edge_ptr,
            edge_parent,
            edge_units,
            held,
            making,
            capacity,
            need,
            start,
            week,
            credit,
        )
        known = len(rows.by)
        for k in range(len(scarce)):
            by = most_over(need[scarce[k]], supply[k])
            if by < 0:
                continue
            new = tangent(
                scarce[k], by, line_node, edge_ptr, edge_parent, edge_units, week, credit, weight, reached
            )
            mark_ends(starts, new[0], new[1])
            rows = add_row(rows, k, by, new, extra, likely)
        if len(rows.by) == known:
            worth = np.zeros(n_node)
            for k in range(len(rows.stock)):
                worth[rows.stock_node[k]] += price[rows.stock_row[k]] * rows.stock[k]
            return np.sum(total * share), worth, with_likely(rows, likely)
    return np.nan, np.zeros(n_node), rows
