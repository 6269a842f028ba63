"""Plan and bound handed to a second program. In: a decided plan. Out: `Checked`.
One reason to exist: what the solver found, and what it says proves the bound, is laid out as figures that
can be summed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.aim import Aim
from outlast.optimise.comb import CombProblem
from outlast.optimise.master import Master
from outlast.optimise.proof import (
    Checked,
    Claim,
    Loose,
    Part,
    View,
    check,
    check_floor,
    close_to,
    plan_faults,
    plan_loss,
)
from outlast.optimise.recourse import begin_program
from outlast.optimise.search import Closed
from outlast.optimise.solve import load, open_bounds, solve
from outlast.plan.rounding import keeps_to_cash
from outlast.plan.summary import Done

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CHECKED_ROWS = 30_000
"""Rows of a planning problem in full up to which a plan of the fast way, and its bound, are gone through."""


def check_plan(done: Done) -> Checked:
    """Whether a plan in whole lots keeps to its program and loses what is said, and whether the bound holds.

    Lots may exceed spare capacity, and stock what can be of use. Cash, and decisions by hand, are asked of
    the orders themselves, week by week, and not of their sums by epoch.
    """
    problem, master, best, evaluation = done.problem, done.exact, done.best, done.evaluation
    extensive, trunk = master.teeth.extensive, master.teeth.extensive.trunk
    x = master.teeth.follow(evaluation.x)
    claim = state_claim(problem, master, 0.0 - evaluation.objective, 0.0 - best.bound)
    faults: list[str] = []
    aim, regret = master.teeth.aim, done.regret
    if aim is not None and regret is not None:
        faults = check_least_losses(done, aim)
        claim = replace(claim, odds=aim.odds, least=aim.least)
    columns = np.concatenate([trunk.buy.ravel(), trunk.stock.ravel(), trunk.by_hand.slack.ravel()])
    limits = extensive.limits
    loose = Loose(np.concatenate([limits.capacity_rows, limits.cash_rows]), columns)
    found = check(claim, x, state_parts(master, best.closed), loose)
    if not keeps_to_cash(problem, trunk, done.schedule):
        faults.append("the orders cost more than the cash calendar allows")
    return replace(found, faults=(*found.faults, *faults))


def check_fast(done: Done) -> Checked:
    """The same of a plan that was made the fast way: what is done before an event in any case, and what
    follows each event and the bound where the problem can be written in full.

    The fast way says of a plan that it loses no more than something: here that something is not exceeded.
    """
    problem, evaluation = done.problem, done.evaluation
    faults = trunk_faults(problem, evaluation.x)
    if not keeps_to_cash(problem, done.best.trunk, done.schedule):
        faults.append("the orders cost more than the cash calendar allows")
    if done.way.rows > CHECKED_ROWS:
        faults.append(
            f"its loss and the bound were not gone through: in full, what follows {len(problem.teeth):,} "
            f"events has about {done.way.rows:,} rows, more than the {CHECKED_ROWS:,} that are checked"
        )
        return Checked(tuple(faults), np.inf, -np.inf)
    master = load(problem)
    proven = solve(problem, master=master, gap=1e-3, reference=done.nothing.objective, stopped=done.stopped)
    claim = state_claim(problem, master, 0.0 - evaluation.objective, 0.0 - done.best.bound)
    loss = plan_loss(claim, master.teeth.follow(evaluation.x))
    floor, wrong = check_floor(claim, state_parts(master, proven.closed))
    if loss > claim.loss + close_to(claim):
        faults.append(f"the plan loses {loss:,.10g}, not {claim.loss:,.10g} at most")
    return Checked((*faults, *wrong), loss, floor)


def trunk_faults(problem: CombProblem, x: Floats) -> list[str]:
    """Rows and bounds that what is done before an event breaks, lots and cash apart, in words."""
    builder, leaves, limits, context = begin_program(problem)
    written, trunk = leaves.finish(builder.n_column), context.trunk
    none = np.full(builder.n_column, -1, dtype=np.int64)
    claim = Claim(builder.finish(), written, problem.risk, trunk.start, none, 0.0, 0.0)
    loose = Loose(
        np.concatenate([limits.capacity_rows, limits.cash_rows]),
        np.concatenate([trunk.buy.ravel(), trunk.stock.ravel()]),
    )
    return plan_faults(claim, x, loose)


def check_least_losses(done: Done, aim: Aim) -> list[str]:
    """Which of the least losses that regrets are counted from are not proven, in words."""
    master, faults = done.exact, []
    factors, bests = (done.regret.factors, done.regret.bests) if done.regret else ((), ())
    for factor, best, odds, least in zip(factors, bests, aim.odds, aim.least, strict=True):
        claim = state_claim(done.problem, master, 0.0 - best.objective, float(least))
        claim = replace(claim, odds=odds[None, :], least=np.zeros(1))
        parts = [replace(part, views=(View(1.0, 0, part.tail),)) for part in state_parts(master, best.closed)]
        _, wrong = check_floor(claim, parts)
        faults += [f"hazards x {factor:.3g}: {words}" for words in wrong]
    return faults


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
        views = tuple(View(*view) for view in master.views(duals))
        parts.append(Part(one.lower[starts], one.upper[starts], multipliers, tail, empty, views))
    return parts
