"""Whole lots from a relaxation. In: `Solution`. Out: `Schedule` and what it is worth.
One reason to exist: a lot more or less of a dear part can cost more than the optimiser's whole
gap, so rounding is a search of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import CombProblem
from outlast.optimise.decompose import Master, search
from outlast.optimise.solve import Solution
from outlast.plan import explain
from outlast.plan.certify import Evaluation, evaluate
from outlast.plan.schedule import Order, Schedule, other_decisions, round_schedule, round_source

Floats = NDArray[np.float64]
DIVE_GAP = 2e-4
"""Share of the loss to which the rest is solved again each time a source is rounded."""


def best_lots(
    master: Master, problem: CombProblem, solution: Solution, lot: Floats, progress: Callable[[str], None]
) -> tuple[Schedule, Evaluation]:
    """The better of two ways to make whole lots of a relaxation, within the cash calendar.

    Rounding every source down is always within it. Rounding one source at a time, the dearest lot
    first, and solving the others anew, loses less. Each is evaluated anew.
    """
    arrays, trunk = problem.arrays, solution.trunk
    progress("making whole lots")
    down = round_schedule(problem, trunk, solution.x, lot, up_from=1.0)
    best = down, evaluate(master.teeth, problem, down)
    dived = dive(master, problem, solution, lot)
    limit = arrays.cash_limit[: arrays.horizon_weeks]
    spend = explain.spend_by_week(problem, trunk, dived)[: arrays.horizon_weeks]
    if np.all(spend <= limit * (1 + 1e-9)):
        evaluation = evaluate(master.teeth, problem, dived)
        if evaluation.objective > best[1].objective:
            best = dived, evaluation
    return best


def dive(master: Master, problem: CombProblem, solution: Solution, lot: Floats) -> Schedule:
    """Whole lots source by source: round one, fix it, solve the rest again."""
    arrays, trunk, program = problem.arrays, solution.trunk, master.teeth.extensive.program
    x, n = solution.x, master.teeth.n_trunk
    low, high = program.lower[:n].copy(), program.upper[:n].copy()
    low[trunk.start] = high[trunk.start] = np.round(x[trunk.start])
    worth = lot[trunk.buy_sources] * arrays.source_price[trunk.buy_sources]
    orders: list[Order] = []
    for column in np.argsort(-worth, kind="stable"):
        for up_from in (0.5, 1.0):
            placed = round_source(problem, trunk, x, int(column), lot, up_from)
            amount = np.zeros(problem.epochs)
            for order in placed:
                amount[order.week // arrays.epoch_weeks] += order.quantity
            fixed_low, fixed_high = low.copy(), high.copy()
            fixed_low[trunk.buy[:, column]] = fixed_high[trunk.buy[:, column]] = amount
            fixed_high[trunk.stock] += amount.sum()
            found = search(
                master,
                fixed_low,
                fixed_high,
                [],
                gap=DIVE_GAP,
                reference=None,
                most_passes=10,
                time_limit=None,
                progress=None,
            )
            if found is not None and np.isfinite(found.loss):
                x, low, high = found.x, fixed_low, fixed_high
                break
        orders += placed
    return Schedule(tuple(orders), *other_decisions(problem, trunk, x))
