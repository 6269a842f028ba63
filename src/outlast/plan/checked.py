"""Plan and bound handed to a second program. In: a decided plan. Out: `Checked`.
One reason to exist: what the solver found, and what it says proves the bound, is laid out as figures that
can be summed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, get_args

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
    plan_faults,
)
from outlast.optimise.recourse import begin_program
from outlast.optimise.search import Closed
from outlast.optimise.solve import open_bounds
from outlast.plan.checked_teeth import Asked, prove_by_tooth
from outlast.plan.fast import Fast
from outlast.plan.rounding import keeps_to_cash
from outlast.plan.summary import Done
from outlast.plan.way import one_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Check = Literal["auto", "full", "none"]
"""How much of a plan of the fast way is gone through beyond what is done before an event: what takes minutes,
all, nothing."""
CHECKED_ROWS = 1_200_000
"""Rows of a planning problem in full (`Way.rows`) up to which a plan of the fast way, and its bound, are gone
through unless more is asked for: some minutes; see `docs/first_order.md`."""


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


def check_fast(done: Done, fast: Fast, check: Check, progress: Callable[[str], None]) -> Checked:
    """The same of a plan that was made the fast way: what is done before an event in any case, and what
    follows each event, and the bound, where that takes minutes or is asked for.

    The fast way says of a plan that it loses no more than something, and of all plans that they lose no less;
    here both are worked out anew by the exact program, and what is found counts.
    """
    problem, evaluation = done.problem, done.evaluation
    faults = trunk_faults(problem, evaluation.x)
    if not keeps_to_cash(problem, done.best.trunk, done.schedule):
        faults.append("the orders cost more than the cash calendar allows")
    left_out = not_gone_through(done.way.rows, len(problem.teeth), check)
    if left_out:
        return Checked((*faults, left_out), np.inf, -np.inf)
    trunks = (evaluation.x, done.nothing.x)
    proven = prove_by_tooth(problem, Asked(fast.worth, done.best.x, trunks), progress, done.stopped)
    loss, nothing = proven.losses
    return Checked((*faults, *proven.faults), loss, proven.floor, nothing)


def not_gone_through(rows: int, teeth: int, check: Check) -> str:
    """Why loss and bound of a plan of the fast way are not gone through, in words; empty if they are."""
    but = "its loss and the bound were not gone through: "
    if check == "none":
        return f"{but}not asked for"
    if check == "full" or rows <= CHECKED_ROWS:
        return ""
    return (
        f"{but}in full, what follows {teeth:,} events has about {rows:,} rows, more than the "
        f"{CHECKED_ROWS:,} that are gone through unless asked for (--check full)"
    )


def read_check(word: str) -> Check:
    """How much is to be gone through; raises as `one_of`."""
    return one_of(word, get_args(Check), "check")


def as_proven(done: Done, checked: Checked) -> Done:
    """A plan of the fast way with the figures that were proven in place of the method's own."""
    if checked.faults or not np.isfinite([checked.loss, checked.floor, checked.nothing]).all():
        return done
    return replace(
        done,
        evaluation=replace(done.evaluation, objective=0.0 - checked.loss),
        best=replace(done.best, bound=0.0 - checked.floor),
        nothing=replace(done.nothing, objective=0.0 - checked.nothing),
    )


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
