"""The best plan that looks at watch states. In: `CombProblem`. Out: `WatchSolution`.
One reason to exist: whoever plans does not know how the tree is grown, solved and cut to a size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import AT_EVENT, CombProblem, StartOption
from outlast.optimise.decompose import Decomposition
from outlast.optimise.recourse import write_program
from outlast.optimise.search import Found, search, tidy
from outlast.optimise.solve import open_bounds, unit_money
from outlast.optimise.watch_master import WatchMaster, WatchTeeth
from outlast.optimise.watch_program import grow_program
from outlast.optimise.watch_tree import WatchTree, grow_tree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SIZES = ((3, 1), (2, 1), (2, 2), (1, 1), (1, 2), (1, 4), (1, 8))
"""(changes followed, epochs between two looks) that are tried, the closest look first."""
MOST_ASKED = 12_000
"""Teeth at all nodes beyond which a smaller tree is taken."""
MOST_COLUMNS = 8_000
"""Columns of decisions beyond which a smaller tree is taken."""
TIDY_PASSES = 3
"""Times that a plan that moves less money is sought; each solves the whole tree anew."""


@dataclass(frozen=True)
class WatchSolution:
    """The best plan on a watch tree; minus expected loss, so larger is better."""

    problem: CombProblem
    """With a start option for every epoch."""
    master: WatchMaster
    x: Floats
    """Decisions, shape (column of the tree)."""
    objective: float
    bound: float
    """No plan can have a larger objective that follows as many changes, looks as often, and starts switches
    where the comb may, or where the state has changed."""
    bounds: tuple[Floats, Floats]
    """Of the columns."""

    @property
    def tree(self) -> WatchTree:
        """The paths that are told apart."""
        return self.master.teeth.grown.tree

    def seen(self, x: Floats, node: int) -> Floats:
        """Decisions on the path to a node in the columns of the comb's trunk; a switch that is to start by
        an event counts as such where it has not started."""
        out = self.master.teeth.grown.seen(x, node)
        trunk = self.master.teeth.grown.comb.trunk
        for source in {option.source for option in self.problem.options}:
            mine = [k for k, option in enumerate(self.problem.options) if option.source == source]
            early = [k for k in mine if self.problem.options[k].week != AT_EVENT]
            for k in mine:
                if self.problem.options[k].week == AT_EVENT:
                    out[trunk.start[k]] -= out[trunk.start[early]].sum()
        return out


def with_starts_in_every_epoch(problem: CombProblem) -> CombProblem:
    """The problem with an option to start in each epoch where it has one to start before an event; the plan
    before is not looked at."""
    weeks = {problem.epoch_week(epoch) for epoch in range(problem.epochs)}
    options: list[StartOption] = []
    for source in dict.fromkeys(option.source for option in problem.options):
        given = {option.week for option in problem.options if option.source == source}
        early = given - {AT_EVENT}
        options += [StartOption(source, week) for week in sorted(early | weeks if early else early)]
        options += [StartOption(source, AT_EVENT)] if AT_EVENT in given else []
    return replace(problem, options=tuple(options), earlier=None)


def choose_tree(problem: CombProblem, columns: int) -> WatchTree:
    """The tree that looks closest among those that are small enough.

    Args:
        problem: the comb.
        columns: of its trunk.
    """
    teeth, epochs = max(len(problem.teeth), 1), problem.epochs
    for changes, review in SIZES:
        if estimated_nodes(problem.arrays, changes, review) > 10 * MOST_COLUMNS:
            continue
        tree = grow_tree(problem.arrays, changes, review)
        nodes = len(tree.epoch) / epochs
        if nodes * teeth <= MOST_ASKED and nodes * columns <= MOST_COLUMNS:
            break
    return tree


def estimated_nodes(arrays: NetworkArrays, changes: int, review: int) -> float:
    """Nodes of a tree at most."""
    looks = arrays.horizon_weeks / arrays.epoch_weeks / review
    return float(looks * review * (looks * max(len(arrays.watch_ids) - 1, 1)) ** changes)


def load_watch(problem: CombProblem, tree: WatchTree | None = None) -> tuple[CombProblem, WatchMaster]:
    """Writes a problem on a watch tree and loads its teeth.

    Args:
        problem: the comb tree of a case with watch states.
        tree: default: as `choose_tree` has it.
    """
    every = with_starts_in_every_epoch(problem)
    comb = write_program(every)
    tree = tree or choose_tree(every, comb.trunk_columns)
    given = {(option.source, option.week) for option in problem.options}
    allowed = np.array([(o.source, o.week) in given for o in every.options], dtype=np.bool_)
    grown = grow_program(every, comb, tree, allowed)
    return every, WatchMaster(WatchTeeth(every, Decomposition(comb), grown))


def solve_watch(
    problem: CombProblem,
    master: WatchMaster,
    *,
    gap: float = 1e-4,
    reference: float | None = None,
    most_passes: int = 60,
    time_limit: float | None = None,
    tidied: float = 0.0,
    relaxed: bool = False,
    progress: Callable[[str], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> WatchSolution | None:
    """The best plan that looks at watch states, and a bound; None where no plan that keeps to the limits was
    found.

    Args:
        problem: as `load_watch` gave it.
        master: the same.
        gap: stop when (bound - objective) / (bound - reference) is at most this [share].
        reference: objective of buying nothing extra; default: |objective| is the scale.
        most_passes: stop after the teeth were asked this often.
        time_limit: stop after this [s].
        tidied: share of (bound - reference) that may be given up for a plan that moves less money.
        relaxed: stop at the relaxation, in which a start may be taken in part; only the bound counts.
        progress: told the loss, the bound and the gap as they improve.
        stopped: whether somebody asked to stop.
    """
    grown, (lower, upper) = master.teeth.grown, bounds(problem, master)
    found: Found | None = search(
        master,
        lower,
        upper,
        [np.array([k]) for k in range(len(grown.start))],
        gap=gap,
        reference=None if reference is None else -reference,
        most_passes=most_passes,
        time_limit=time_limit,
        progress=progress,
        relaxed_only=relaxed,
        stopped=stopped,
    )
    if found is None or not np.isfinite(found.loss):
        return None
    if tidied > 0 and reference is not None:
        money = unit_money(problem, grown.comb)[grown.template]
        allowed = tidied * max(-reference - found.bound, 0.0)
        found = tidy(master, found, (lower, upper), money, allowed, TIDY_PASSES)
    return WatchSolution(problem, master, found.x, -found.loss, -found.bound, (lower, upper))


def bounds(problem: CombProblem, master: WatchMaster) -> tuple[Floats, Floats]:
    """Bounds of the columns within what is decided by hand."""
    grown = master.teeth.grown
    low, high = open_bounds(problem, grown.comb)
    lower, upper = low[grown.template].copy(), np.minimum(high[grown.template], grown.program.upper)
    return lower, upper
