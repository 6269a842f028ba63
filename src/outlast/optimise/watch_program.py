"""The trunk of the comb copied along a watch tree. In: `Extensive`, `WatchTree`. Out: `Grown`.
One reason to exist: stock balance, limits and costs are written once, for the comb; here each epoch's
columns and rows get a copy for every node of that epoch, linked to those of the nodes before it.

What is decided for later is decided when the first step towards it is taken: normal orders that are skipped
for the run-down of a later epoch belong to the node in which they would have been placed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.contents import inside
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.recourse import Extensive
from outlast.optimise.watch_tree import WatchTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Grown:
    """The program of all that is decided before the event, on a tree; teeth left out."""

    tree: WatchTree
    comb: Extensive
    """What was copied."""
    program: LinearProgram
    """Costs are expected costs of what is decided, all constants in its offset."""
    template: Ints
    """Column of the comb's trunk that each column is a copy of, shape (column)."""
    local: Ints
    """Column of the copy that a node sees, -1: decided later; shape (node, column of the comb's trunk)."""
    start: Ints
    """Columns of starts that may be taken."""
    free_rows: Ints
    """Rows of cash and of capacity that whole lots need not keep to."""

    def seen(self, x: Floats, node: int) -> Floats:
        """Decisions up to a node in the columns of the comb's trunk, 0 where they come later."""
        return np.where(self.local[node] >= 0, x[self.local[node]], 0.0)


def decision_epochs(problem: CombProblem, trunk: Trunk, n_column: int) -> Ints:
    """Epoch in which each column of the trunk is decided, shape (column)."""
    arrays, weeks = problem.arrays, problem.arrays.epoch_weeks
    epochs = np.zeros(n_column, dtype=np.int64)
    for epoch in range(problem.epochs):
        epochs[trunk.stock[epoch + 1]] = epoch
        epochs[trunk.buy[epoch]] = epoch
        for column, item in zip(trunk.make[epoch], trunk.make_items, strict=True):
            ahead = _ordered_ahead(problem, int(item)) + int(arrays.make_weeks[item])
            epochs[column] = max(problem.epoch_week(epoch) - ahead, 0) // weeks
        for column, item in zip(trunk.run_down[epoch], problem.items, strict=True):
            skipped = problem.skip_weeks(int(item), epoch)
            first = arrays.first_source(int(item))
            ahead = int(arrays.source_lead[first]) if not arrays.made[item] and first >= 0 else 0
            if arrays.made[item]:
                ahead = _ordered_ahead(problem, int(item)) + int(arrays.make_weeks[item])
            epochs[column] = max(skipped.start - ahead, 0) // weeks
    for column, option in zip(trunk.start, problem.options, strict=True):
        epochs[column] = 0 if option.week == AT_EVENT else option.week // weeks
    for number, limit in enumerate(problem.by_hand.limits):
        epochs[trunk.by_hand.slack[:, number]] = max(epoch for _, epoch in limit.cells)
    return epochs


def _ordered_ahead(problem: CombProblem, item: int) -> int:
    """Longest lead time of what goes into an item, is not at risk, and is ordered for it [weeks]."""
    arrays = problem.arrays
    leads = [
        int(arrays.source_lead[arrays.first_source(child)])
        for child in inside(problem, item)
        if problem.place[child] < 0 and arrays.first_source(child) >= 0
    ]
    return max(leads, default=0)


def event_view(problem: CombProblem, trunk: Trunk, epoch: int, n_column: int) -> csr_matrix:
    """What a tooth of an epoch sees of the trunk's decisions on a tree, shape (column seen, column).

    Switches that would start later have not started. One that is to start by an event at the latest starts
    with it unless it has started.
    """
    view = np.arange(n_column)
    later = {
        int(column)
        for column, option in zip(trunk.start, problem.options, strict=True)
        if option.week != AT_EVENT and option.week >= problem.epoch_week(epoch)
    }
    rows = [column for column in view if int(column) not in later]
    entries: list[tuple[int, int, float]] = [(int(row), int(row), 1.0) for row in rows]
    at_event = {
        option.source: int(column)
        for column, option in zip(trunk.start, problem.options, strict=True)
        if option.week == AT_EVENT
    }
    for column, option in zip(trunk.start, problem.options, strict=True):
        if option.week != AT_EVENT and int(column) not in later and option.source in at_event:
            entries.append((at_event[option.source], int(column), -1.0))
    row, column, value = (np.array(part) for part in zip(*entries, strict=True))
    return csr_matrix((value, (row, column)), shape=(n_column, n_column))


def grow_program(problem: CombProblem, comb: Extensive, tree: WatchTree, allowed: Bools) -> Grown:
    """Copies the trunk of a comb along a tree.

    Args:
        problem: with a start option for every epoch.
        comb: what was written from it.
        tree: with the same epochs.
        allowed: start options that may be taken in every node; the others only where the state has just
            changed; shape (option).
    """
    n, trunk = comb.trunk_columns, comb.trunk
    decided = decision_epochs(problem, trunk, n)
    columns_of = [np.flatnonzero(decided == epoch) for epoch in range(problem.epochs)]
    sizes = np.array([len(columns_of[epoch]) for epoch in tree.epoch])
    first = np.concatenate([[0], np.cumsum(sizes)])
    local = np.full((len(tree.epoch), n), -1, dtype=np.int64)
    for node, (epoch, parent) in enumerate(zip(tree.epoch, tree.parent, strict=True)):
        if parent >= 0:
            local[node] = local[parent]
        local[node, columns_of[epoch]] = np.arange(first[node], first[node + 1])
    template = np.concatenate([columns_of[epoch] for epoch in tree.epoch])
    source = comb.program
    builder = ProgramBuilder()
    upper = source.upper[template].copy()
    start = _open_starts(trunk, tree, local, decided, allowed)
    shut = np.setdiff1d(np.flatnonzero(np.isin(template, trunk.start)), start)
    upper[shut] = 0.0
    builder.add_columns("watch", (len(template),), lower=source.lower[template], upper=upper)
    free = _copy_rows(comb, tree, local, decided, builder)
    _write_starts(problem, comb, tree, local, builder)
    _add_costs(problem, comb, tree, local, builder)
    return Grown(tree, comb, builder.finish(), template, local, start, free)


def _open_starts(trunk: Trunk, tree: WatchTree, local: Ints, decided: Ints, allowed: Bools) -> Ints:
    """Columns of starts that may be taken."""
    columns = [local[:, trunk.start[allowed]].ravel()]
    for node in np.flatnonzero(tree.changed):
        columns.append(local[node, trunk.start[decided[trunk.start] == tree.epoch[node]]])
    found = np.unique(np.concatenate(columns))
    return found[found >= 0]


def _copy_rows(comb: Extensive, tree: WatchTree, local: Ints, decided: Ints, builder: ProgramBuilder) -> Ints:
    """A copy of each row for every node of the epoch in which the last of its columns is decided; those of
    cash and capacity."""
    source, free = comb.program, [np.zeros(0, dtype=np.int64)]
    matrix = source.matrix[: comb.trunk_rows][:, : comb.trunk_columns].tocoo()
    last = np.zeros(comb.trunk_rows, dtype=np.int64)
    np.maximum.at(last, matrix.row, decided[matrix.col])
    last[comb.trunk.start_rows] = -1
    loose = np.concatenate([comb.limits.cash_rows, comb.limits.capacity_rows])
    for epoch in range(int(tree.epoch.max()) + 1):
        rows = np.flatnonzero(last == epoch)
        mine = source.matrix[rows][:, : comb.trunk_columns].tocoo()
        for node in tree.at(epoch):
            copies = builder.add_rows(source.row_lower[rows], source.row_upper[rows], len(rows))
            builder.add_entries(copies[mine.row], local[node][mine.col], mine.data)
            free.append(copies[np.isin(rows, loose)])
    return np.concatenate(free)


def _write_starts(
    problem: CombProblem, comb: Extensive, tree: WatchTree, local: Ints, builder: ProgramBuilder
) -> None:
    """On no path does a switch start twice; one that may start at an event starts by it at the latest."""
    sources = np.array([option.source for option in problem.options], dtype=np.int64)
    weeks = np.array([option.week for option in problem.options], dtype=np.int64)
    for source in np.unique(sources):
        early = comb.trunk.start[(sources == source) & (weeks != AT_EVENT)]
        by_event = comb.trunk.start[(sources == source) & (weeks == AT_EVENT)]
        for node in tree.at(-1):
            row = builder.add_rows(-np.inf, 0.0 if len(by_event) else 1.0, 1)
            builder.add_entries(row, local[node, early], 1.0)
            builder.add_entries(row, local[node, by_event], -1.0)


def _add_costs(
    problem: CombProblem, comb: Extensive, tree: WatchTree, local: Ints, builder: ProgramBuilder
) -> None:
    """Expected costs of decisions, and constants: epochs lived through, events, and no event."""
    leaves, n = comb.leaves, comb.trunk_columns
    for node, epoch in enumerate(tree.epoch):
        _charge(builder, local[node], tree.alive[node] * leaves.lived[epoch].toarray().ravel())
    for node in tree.at(-1):
        _charge(builder, local[node], tree.alive[node] * leaves.own[len(problem.teeth)].toarray().ravel())
        builder.offset += float(tree.alive[node] * leaves.constant[-1])
    groups: dict[tuple[int, int], list[int]] = {}
    for leaf, tooth in enumerate(problem.teeth):
        groups.setdefault((tooth.epoch, tooth.restriction), []).append(leaf)
    for (epoch, restriction), mine in groups.items():
        share = leaves.odds[mine] / leaves.odds[mine].sum()
        own = event_view(problem, comb.trunk, epoch, n).T @ (leaves.own[mine].T @ share)
        constant = float(share @ leaves.constant[mine])
        for node, odds in befalls(tree, epoch, restriction):
            _charge(builder, local[node], odds * own)
            builder.offset += odds * constant


def befalls(tree: WatchTree, epoch: int, restriction: int) -> list[tuple[int, float]]:
    """Nodes whose decisions an event of an epoch meets, and its odds; in the first epoch the first node,
    whose decisions come after it."""
    if epoch == 0:
        return [(0, float(tree.falls_first[restriction]))]
    return [(int(node), float(tree.falls[node, restriction])) for node in tree.at(epoch - 1)]


def _charge(builder: ProgramBuilder, columns: Ints, cost: Floats) -> None:
    paid = np.flatnonzero(cost)
    if (columns[paid] < 0).any():
        raise AssertionError("a cost falls due before its decision")
    builder.add_cost(columns[paid], cost[paid])
