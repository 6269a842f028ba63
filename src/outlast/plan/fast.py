"""A plan by first-order steps, for thousands of items. In: a planning problem. Out: `Fast`.
One reason to exist: what the exact way asks its master for (the best plan, buying nothing, a plan in whole
lots and what it is worth) is asked of the method here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.first_order.decided import asked
from outlast.optimise.first_order.solve import Best, Search, Until
from outlast.optimise.first_order.worth import worth_of_starts, worth_of_stock
from outlast.optimise.highs import Status
from outlast.optimise.solve import Solution
from outlast.plan.certify import Evaluation
from outlast.plan.many_lots import whole_orders
from outlast.plan.overrides import settle_orders
from outlast.plan.rounding import better, keep_to_cash, keeps_to_cash, net_worth
from outlast.plan.schedule import Order, Schedule, kept_orders, net_making, other_decisions

Floats = NDArray[np.float64]
GAP = 0.005
"""Share of the improvement at which the search for a better plan stops."""
IDLE_STEPS, MOST_STEPS, SETTLE_STEPS, LAST_STEPS = 400, 2000, 100, 500
"""Steps for buying nothing extra, for the best plan, for what is settled around lots, and around the best.
The limit is on steps, and not on time, so that the plan does not depend on the machine."""
NOT_FOUND = "the fast way finds no plan within the limits and decisions by hand: try --method exact"
UP_FROM = (0.5, 0.8, 1.0)
"""Shares of a lot from which it is ordered, each tried."""


@dataclass(frozen=True)
class Fast:
    """What came of it."""

    search: Search
    nothing: Solution
    best: Solution
    calm: Solution
    """The relaxation that was rounded: `best`, or what stays near the plan before."""
    schedule: Schedule
    evaluation: Evaluation
    worth: Floats
    """Of a unit of stock, and of a start, in each tooth, shape (tooth, item at risk and start option)
    [money]; see `worth_of_stock`, `worth_of_starts`."""


def plan_fast(
    problem: CombProblem,
    lot: Floats,
    *,
    time_limit: float | None,
    progress: Callable[[str], None],
    keep: Callable[[], None],
    stopped: Callable[[], bool],
) -> Fast:
    """The best plan found, in whole lots.

    Args:
        problem: the comb tree.
        lot: smallest step between two orders of each source [units].
        time_limit: most time for the search [s].
        progress: told of objective, bound and gap.
        keep: called once there is a plan.
        stopped: asked now and then whether to stop with what there is.

    Raises:
        UsageError: the problem is beyond the method, or it finds no plan.
    """
    deadline = np.inf if time_limit is None else time.perf_counter() + time_limit
    search = Search(problem)
    progress("working out what buying nothing extra would cost")
    search.do_nothing(Until(deadline, IDLE_STEPS, stopped), progress)
    if search.nothing.z is None:
        raise UsageError(NOT_FOUND)
    keep()
    progress("solving")
    search.improve(GAP, Until(deadline, IDLE_STEPS + MOST_STEPS, stopped), progress)
    if search.best.z is None:
        raise UsageError(NOT_FOUND)
    calm = search.calm(GAP, Until(deadline, search.method.steps + MOST_STEPS, stopped), progress)
    nothing = _solution(search, search.nothing, -search.nothing.bound)
    best, near = (_solution(search, found, -found.loss) for found in (search.best, calm))
    progress("making whole lots")
    schedule, evaluation = _best_lots(search, near, lot, stopped)
    if net_worth(problem, schedule, evaluation) < -search.nothing.loss and not asked(problem):
        schedule, evaluation = _worth(search, idle_schedule(problem, nothing), stopped, LAST_STEPS)
    worth, prices = (
        np.zeros((len(problem.teeth), len(problem.items) + len(problem.options))),
        search.best.prices,
    )
    if prices is not None:
        layout = search.layout
        worth = np.hstack([worth_of_stock(layout, prices), worth_of_starts(layout, prices)])
    return Fast(search, nothing, best, near, schedule, evaluation, worth)


def idle_schedule(problem: CombProblem, nothing: Solution) -> Schedule:
    """Buying nothing extra."""
    make, run_down, starts = other_decisions(problem, nothing.trunk, nothing.x)
    return Schedule((), make, run_down, starts)


def _solution(search: Search, found: Best, objective: float) -> Solution:
    """What the method found, as the exact way would say it."""
    layout, z = search.layout, found.z
    assert z is not None
    return Solution(
        status=Status.GAP,
        problem=layout.problem,
        trunk=layout.columns,
        x=search.trunk_of(z),
        objective=0.0 + objective,
        bound=0.0 - found.bound,
        rows=len(layout.teeth.row_part),
        columns=len(layout.teeth.most),
        passes=search.method.steps,
    )


def _best_lots(
    search: Search, solution: Solution, lot: Floats, stopped: Callable[[], bool]
) -> tuple[Schedule, Evaluation]:
    """The best of several ways to round a relaxation, each kept to cash and to what is decided by hand, and
    settled anew."""
    problem, trunk, x = search.layout.problem, solution.trunk, solution.x
    make, run_down, starts = other_decisions(problem, trunk, x)
    kept, rest = kept_as_before(problem, trunk, x, lot)
    found: tuple[Schedule, Evaluation] | None = None
    for up_from in UP_FROM:
        orders = [*kept, *whole_orders(problem, trunk, rest, lot, up_from)]
        orders = settle_orders(problem, orders, lot)
        schedule = keep_to_cash(problem, trunk, Schedule(tuple(orders), make, run_down, starts), lot)
        if keeps_to_cash(problem, trunk, schedule):
            one = _worth(search, schedule, stopped, SETTLE_STEPS)
            if one[1].feasible:
                found = one if found is None else better(problem, found, one)
    if found is None:
        return _worth(search, Schedule((), make * 0.0, run_down * 0.0, {}), stopped, LAST_STEPS)
    last = _worth(search, replace(found[0], make=make), stopped, LAST_STEPS)
    return better(problem, found, last)


def kept_as_before(problem: CombProblem, trunk: Trunk, x: Floats, lot: Floats) -> tuple[list[Order], Floats]:
    """Orders of the plan before that stand, and the rest, shape (epoch, bought source) [units]."""
    rest, earlier, kept = x[trunk.buy].copy(), problem.earlier, list[Order]()
    for column, source in enumerate(trunk.buy_sources):
        if earlier is not None and int(source) in earlier.orders:
            orders = kept_orders(problem, trunk, x, column, lot)
            if orders:
                kept += orders
                rest[: earlier.epochs, column] = 0.0
    return kept, rest


def _worth(
    search: Search, schedule: Schedule, stopped: Callable[[], bool], steps: int
) -> tuple[Schedule, Evaluation]:
    """A schedule with making and skipped orders settled anew, and its loss on the planning scenarios."""
    layout, method = search.layout, search.method
    problem, trunk = layout.problem, layout.columns
    taken = [float(schedule.starts.get(option.source) == option.week) for option in problem.options]
    until = Until(np.inf, method.steps + steps, stopped)
    settled = search.settled(schedule.bought(problem, trunk), schedule.make, np.array(taken), until)
    if settled.z is None:
        nothing = np.zeros(0)
        return schedule, Evaluation(False, -np.inf, nothing, nothing, nothing, np.inf, nothing)
    x = search.trunk_of(settled.z)
    make, run_down = net_making(problem, trunk, x[trunk.make], x[trunk.run_down])
    evaluation = Evaluation(True, 0.0 - settled.loss, run_down, make, x[trunk.stock], np.inf, x)
    return Schedule(schedule.orders, make, run_down, schedule.starts), evaluation
