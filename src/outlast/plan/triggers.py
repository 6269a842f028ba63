"""A plan that waits for watch states. In: a plan that does not. Out: `Triggers`, what is done on every path.
One reason to exist: the relaxation on the watch tree made into orders that a supplier accepts, known before
they are placed: whatever two paths have in common is decided alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import AT_EVENT, CombProblem, build_problem
from outlast.optimise.search import search
from outlast.optimise.watch import WatchSolution, load_watch, solve_watch
from outlast.optimise.watch_master import WatchMaster
from outlast.plan.certify import BATCH_GAP, BATCHES, confidence_limit
from outlast.plan.rounding import keeps_to_cash, left_out, solve_within
from outlast.plan.schedule import Order, Schedule, other_decisions, round_schedule, round_source
from outlast.scenarios.reduce import draw_durations

Floats = NDArray[np.float64]
Progress = Callable[[str], None]
EXACT = 1e-5
"""Share of the loss to which a plan of whole lots is worked out."""
ROUND_UP = (1.0, 0.5)
"""Shares of a lot from which it is ordered whole; the best is kept."""
MOST_DIVED = 500_000
"""Sources times columns of the tree up to which the others are solved again after each source."""


@dataclass(frozen=True)
class Triggers:
    """What is decided on every path that is told apart, whole lots."""

    solution: WatchSolution
    schedules: dict[int, Schedule]
    """The plan of each path, by its last node; `make` and `run_down` included."""
    x: Floats
    """The same in columns of the tree."""
    objective: float
    """Minus expected loss [money]."""

    def leaf(self, node: int) -> int:
        """The last node of the path on which nothing changes after a node; where the state is certain to
        leave, the likeliest one."""
        tree = self.solution.tree
        while True:
            below = np.flatnonzero(tree.parent == node)
            if not len(below):
                return node
            stays = below[~tree.changed[below]]
            node = int(stays[0]) if len(stays) else int(below[np.argmax(tree.alive[below])])

    def later_starts(self) -> float:
        """Most that starting switches in other epochs after a change of the state could save, beside what
        `later_start_saving` counts [money]: their cost, where the state changes once more before."""
        tree, problem = self.solution.tree, self.solution.problem
        early = {option.source for option in problem.options if option.week != AT_EVENT}
        cost = sum(float(problem.arrays.switch_cost[source]) for source in early)
        return cost * float(tree.alive[tree.changed].sum())

    def stock(self, leaf: int) -> Floats:
        """Protective stock at the start of each epoch of a path, shape (epoch + 1, item at risk) [units]."""
        trunk = self.solution.master.teeth.grown.comb.trunk
        return self.solution.seen(self.x, leaf)[trunk.stock]


def refuse_what_triggers_lack(problem: CombProblem) -> None:
    """Raises:
    UsageError: the case asks for what a plan with watch states does not do yet.
    """
    if problem.risk.weight > 0:
        raise UsageError(
            "plans with watch states make the expected loss small: set risk_weight = 0, or empty the table "
            "watch_states"
        )
    asked = [limit.row + 1 for limit in problem.by_hand.limits if limit.low > 0]
    if asked:
        raise UsageError(
            f"row {asked[0]} of overrides asks for a purchase, which a plan with watch states can't keep to "
            "yet: put the order into open_orders and remove the row, or empty the table watch_states"
        )


def plan_triggers(
    problem: CombProblem,
    plain: Schedule,
    nothing: float,
    lot: Floats,
    *,
    gap: float,
    tidied: float,
    time_limit: float | None,
    progress: Progress,
    stopped: Callable[[], bool] = lambda: False,
) -> Triggers | None:
    """The best plan that is found of those that look at watch states; None where none was found in time.

    Args:
        problem: the comb of a case with watch states, for which they are averaged.
        plain: the best plan that does not look at them; it is what remains where looking gains nothing.
        nothing: objective of buying nothing extra [money].
        lot: smallest step between two orders of each source [units].
        gap: as for `solve_watch`.
        tidied: as for `solve_watch`.
        time_limit: most time for the choice of switch starts [s].
        progress: told what is going on.
        stopped: whether somebody asked to stop.

    Raises:
        UsageError: see `refuse_what_triggers_lack`.
    """
    refuse_what_triggers_lack(problem)
    every, master = load_watch(problem)
    progress(f"watch states: {len(master.teeth.grown.tree.epoch)} situations are told apart")
    solution = solve_watch(
        every,
        master,
        gap=gap,
        reference=nothing,
        tidied=tidied,
        time_limit=time_limit,
        progress=progress,
        stopped=stopped,
    )
    if solution is None:
        return None
    progress("making whole lots on every path")
    tried = [(keep_everywhere(solution, plain), starts_of(solution, plain))]
    ways = [round_paths(solution, lot, up_from) for up_from in ROUND_UP]
    if len(lot) * len(solution.x) <= MOST_DIVED:
        ways.append(dive_paths(solution, lot))
    tried += [(rounded, np.round(solution.x)) for rounded in ways if rounded is not None]
    found = [evaluate_paths(solution, *one) for one in tried]
    return max((one for one in found if one is not None), key=worth, default=None)


def gap_limit(
    arrays: NetworkArrays,
    triggers: Triggers,
    *,
    seed: int,
    draws: int,
    progress: Progress,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[float, int]:
    """One-sided 95 % upper confidence limit on the optimality gap of a plan with triggers, as
    `certify.gap_upper_limit` has it for one without; and the number of batches.

    Args:
        arrays: the numbered network.
        triggers: the plan.
        seed: of the draws.
        draws: of durations in a batch.
        progress: told what is going on.
        stopped: asked after every batch whether those have to do.
    """
    like, tree, gaps = triggers.solution.problem, triggers.solution.tree, []
    for batch in range(BATCHES):
        if stopped():
            break
        switch, relief = draw_durations(arrays, draws, seed, "certificate", centred=False, batch=batch)
        problem = build_problem(arrays, switch, relief, bucket_weeks=like.bucket_weeks, by_hand=like.by_hand)
        every, master = load_watch(problem, tree)
        mine = master.teeth.loss(triggers.x)
        best = solve_watch(every, master, gap=BATCH_GAP, relaxed=True)
        assert best is not None, "the plan itself keeps to the limits"
        gaps.append(best.bound + mine)
        progress(f"certificate: batch {batch + 1} of {BATCHES}")
    return max(confidence_limit(gaps), 0.0), len(gaps)


def worth(triggers: Triggers) -> float:
    """Objective less what the model leaves out, weighed by the odds of each path [money]."""
    tree, problem = triggers.solution.tree, triggers.solution.problem
    last = tree.alive[list(triggers.schedules)]
    odds = last / last.sum() if last.sum() > 0 else np.full(len(last), 1 / len(last))
    beside = [left_out(problem, schedule) for schedule in triggers.schedules.values()]
    return triggers.objective - float(odds @ beside)


def keep_everywhere(solution: WatchSolution, plain: Schedule) -> dict[int, Schedule]:
    """The same plan on every path."""
    return {int(leaf): plain for leaf in solution.tree.at(-1)}


def starts_of(solution: WatchSolution, plain: Schedule) -> Floats:
    """Columns of the tree with the starts of a plan that does not look; the others are 0."""
    grown, x = solution.master.teeth.grown, np.zeros(len(solution.x))
    for column, option in zip(grown.comb.trunk.start, solution.problem.options, strict=True):
        taken = option.week == plain.starts.get(option.source) or (
            option.week == AT_EVENT and option.source in plain.starts
        )
        x[grown.template == column] = float(taken)
    return x


def round_paths(solution: WatchSolution, lot: Floats, up_from: float) -> dict[int, Schedule] | None:
    """Whole lots on every path, or None where a path does not keep to the cash calendar.

    Orders of a source are rounded one after the other, so that those of a path up to a node hang on nothing
    that comes after it.
    """
    problem, trunk = solution.problem, solution.master.teeth.grown.comb.trunk
    out = {}
    for leaf in solution.tree.at(-1):
        seen = solution.seen(solution.x, int(leaf))
        schedule = round_schedule(problem, trunk, seen, lot, up_from=up_from)
        if not keeps_to_cash(problem, trunk, schedule):
            return None
        out[int(leaf)] = schedule
    return out


def dive_paths(solution: WatchSolution, lot: Floats) -> dict[int, Schedule] | None:
    """Whole lots source by source, the dearest lot first: round one on every path, fix it, solve the rest
    again; None where a path does not keep to the cash calendar. As `rounding.dive` without triggers."""
    problem, master, x = solution.problem, solution.master, solution.x
    grown = master.teeth.grown
    trunk, leaves = grown.comb.trunk, [int(leaf) for leaf in solution.tree.at(-1)]
    low, high = solution.bounds[0].copy(), solution.bounds[1].copy()
    low[grown.start] = high[grown.start] = np.round(x[grown.start])
    orders: dict[int, list[Order]] = {leaf: [] for leaf in leaves}
    for column in np.argsort(-lot[trunk.buy_sources] * problem.arrays.source_price[trunk.buy_sources]):
        for up_from in reversed(ROUND_UP):
            placed = {
                leaf: round_source(problem, trunk, solution.seen(x, leaf), int(column), lot, up_from)
                for leaf in leaves
            }
            fixed_low, fixed_high = low.copy(), high.copy()
            for leaf in leaves:
                amount = np.zeros(problem.epochs)
                for order in placed[leaf]:
                    amount[order.week // problem.arrays.epoch_weeks] += order.quantity
                mine, stock = grown.local[leaf, trunk.buy[:, column]], grown.local[leaf, trunk.stock]
                fixed_low[mine] = fixed_high[mine] = amount
                fixed_high[stock] = np.maximum(fixed_high[stock], high[stock] + amount.sum())
            found = solve_within(master, fixed_low, fixed_high)
            if found is not None and np.isfinite(found.loss):
                x, low, high = found.x, fixed_low, fixed_high
                break
        for leaf in leaves:
            orders[leaf] += placed[leaf]
    out = {
        leaf: Schedule(tuple(mine), *other_decisions(problem, trunk, solution.seen(x, leaf)))
        for leaf, mine in orders.items()
    }
    return out if all(keeps_to_cash(problem, trunk, one) for one in out.values()) else None


def evaluate_paths(
    solution: WatchSolution, schedules: dict[int, Schedule], starts: Floats, exact: float = EXACT
) -> Triggers | None:
    """What whole lots on every path lose, stock that is run down at its best; None where limits forbid them.

    Args:
        solution: the relaxation.
        schedules: orders and making of each path, by its last node.
        starts: columns of the tree; only those of starts are looked at.
        exact: share of the loss to which it is known.
    """
    problem, grown = solution.problem, solution.master.teeth.grown
    trunk = grown.comb.trunk
    lower, upper = solution.bounds[0].copy(), solution.bounds[1].copy()
    for leaf, schedule in schedules.items():
        local, bought = grown.local[leaf], schedule.bought(problem, trunk)
        lower[local[trunk.buy]] = upper[local[trunk.buy]] = bought
        upper[local[trunk.make]] = np.minimum(schedule.make, grown.program.upper[local[trunk.make]])
        room = grown.program.upper[local[trunk.stock]] + bought.sum()
        upper[local[trunk.stock]] = np.maximum(upper[local[trunk.stock]], room)
    is_start = np.isin(grown.template, trunk.start)
    lower[is_start] = upper[is_start] = starts[is_start]
    found = search(
        WatchMaster(solution.master.teeth, grown.free_rows, solution.master),
        lower,
        upper,
        [],
        gap=exact,
        reference=None,
        most_passes=60,
        time_limit=None,
        progress=None,
    )
    if found is None or not np.isfinite(found.loss):
        return None
    whole = {}
    for leaf, schedule in schedules.items():
        make, run_down, taken = other_decisions(problem, trunk, solution.seen(found.x, leaf))
        whole[leaf] = Schedule(schedule.orders, make, run_down, taken)
    return Triggers(solution, whole, found.x, 0.0 - found.loss)
