"""Plan and bound handed to a second program. In: a decided plan. Out: `Checked`.
One reason to exist: what the solver found, and what it says proves the bound, is laid out as figures that
can be summed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import CombProblem
from outlast.optimise.decompose import Master
from outlast.optimise.proof import Checked, Claim, Loose, Part, check
from outlast.optimise.search import Closed
from outlast.optimise.solve import open_bounds
from outlast.plan.rounding import keeps_to_cash
from outlast.plan.summary import Done

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def check_plan(done: Done) -> Checked:
    """Whether a plan in whole lots keeps to its program and loses what is said, and whether the bound holds.

    Lots may exceed spare capacity, and stock what can be of use. Cash, and decisions by hand, are asked of
    the orders themselves, week by week, and not of their sums by epoch.
    """
    problem, master, best, evaluation = done.problem, done.master, done.best, done.evaluation
    extensive, trunk = master.teeth.extensive, master.teeth.extensive.trunk
    x = master.teeth.follow(evaluation.x)
    claim = state_claim(problem, master, 0.0 - evaluation.objective, 0.0 - best.bound)
    columns = np.concatenate([trunk.buy.ravel(), trunk.stock.ravel(), trunk.by_hand.slack.ravel()])
    limits = extensive.limits
    loose = Loose(np.concatenate([limits.capacity_rows, limits.cash_rows]), columns)
    found = check(claim, x, state_parts(master, best.closed), loose)
    if not keeps_to_cash(problem, trunk, done.schedule):
        found = replace(found, faults=(*found.faults, "the orders cost more than the cash calendar allows"))
    return found


def state_claim(problem: CombProblem, master: Master, loss: float, floor: float) -> Claim:
    """What is claimed of a plan's loss and of the floor of all [money]."""
    extensive = master.teeth.extensive
    program, n = extensive.program, extensive.trunk_columns
    lower, upper = open_bounds(problem, extensive)
    whole = program.with_bounds(np.arange(n), lower, upper)
    tooth = np.full(len(program.cost), -1, dtype=np.int64)
    for number, block in enumerate(extensive.blocks):
        tooth[block.columns] = number
    starts = extensive.trunk.start
    return Claim(whole, extensive.leaves, extensive.risk, starts, tooth, loss, floor)


def state_parts(master: Master, closed: Sequence[Closed]) -> list[Part]:
    """What proves the floor, in multipliers of the whole program."""
    starts = master.teeth.extensive.trunk.start
    parts = []
    for one in closed:
        if one.duals is None:
            duals, empty = master.refute(one.lower, one.upper), True
        else:
            duals, empty = one.duals, False
        multipliers, tail = master.extend(duals)
        parts.append(Part(one.lower[starts], one.upper[starts], multipliers, tail, empty))
    return parts
