"""The one call to the planner's solver. In: a `CombProblem`. Out: `Solution`.
One reason to exist: whoever plans does not know how a plan is found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.aim import Aim
from outlast.optimise.byhand import keep_to
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.decompose import Decomposition
from outlast.optimise.highs import Status
from outlast.optimise.master import Master
from outlast.optimise.recourse import Extensive, write_program
from outlast.optimise.search import Closed, search, tidy

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """Outcome of a planning problem; every figure is minus expected loss, so larger is better."""

    status: Status
    problem: CombProblem
    trunk: Trunk
    x: Floats
    """Decisions before the event, shape (trunk column); empty if infeasible."""
    objective: float
    bound: float
    """No plan can have a larger objective on the same scenarios."""
    rows: int
    """Rows of the extensive form."""
    columns: int
    passes: int
    """Times that every tooth was solved."""
    closed: tuple[Closed, ...] = ()
    """What proves the bound, part by part of the choices of starts."""


def load(problem: CombProblem, aim: Aim | None = None) -> Master:
    """Writes a problem and loads its teeth; `aim`: what is made small at first, see `Master.aim_at`."""
    return Master(Decomposition(write_program(problem), aim))


def idle_bounds(problem: CombProblem, extensive: Extensive) -> Floats:
    """Upper bounds of the trunk when nothing extra may be bought, made or started before an event."""
    trunk, upper = extensive.trunk, extensive.program.upper[: extensive.trunk_columns].copy()
    upper[trunk.buy] = 0.0
    upper[trunk.make] = 0.0
    early = np.array([option.week != AT_EVENT for option in problem.options], dtype=bool)
    upper[trunk.start[early]] = 0.0
    return upper


def start_groups(problem: CombProblem) -> list[NDArray[np.int64]]:
    """Start options of each source: at most one of them is taken."""
    return [
        np.array([k for k, option in enumerate(problem.options) if option.source == source], dtype=np.int64)
        for source in dict.fromkeys(option.source for option in problem.options)
    ]


def open_bounds(
    problem: CombProblem,
    extensive: Extensive,
    without: Collection[int] = (),
    spare: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Bounds of the trunk within what is decided by hand; arguments as for `keep_to`."""
    program, n = extensive.program, extensive.trunk_columns
    lower, upper = program.lower[:n].copy(), program.upper[:n].copy()
    sources = np.array([option.source for option in problem.options], dtype=np.int64)
    weeks = np.array([option.week for option in problem.options], dtype=np.int64)
    trunk = extensive.trunk
    slack, start = trunk.by_hand.slack, trunk.start
    keep_to(problem.by_hand, slack, start, sources, weeks, lower, upper, without=without, spare=spare)
    return lower, upper


def unit_money(problem: CombProblem, extensive: Extensive) -> Floats:
    """Money that a unit of each trunk decision moves, shape (trunk column): what is bought, made ahead,
    and not bought as usual."""
    arrays, trunk = problem.arrays, extensive.trunk
    money = np.zeros(extensive.trunk_columns)
    money[trunk.buy] = arrays.source_price[trunk.buy_sources]
    money[trunk.make] = arrays.standard_cost[trunk.make_items]
    money[trunk.run_down] = arrays.standard_cost[problem.items]
    return money


def solve(
    problem: CombProblem,
    *,
    gap: float = 1e-4,
    reference: float | None = None,
    most_passes: int = 300,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
    master: Master | None = None,
    build_up: bool = True,
    relaxed: bool = False,
    without: Collection[int] = (),
    tidied: float = 0.0,
    stopped: Callable[[], bool] = lambda: False,
) -> Solution:
    """The best plan on the planning scenarios and a bound that no plan can pass.

    Args:
        problem: the comb tree.
        gap: stop when (bound - objective) / (bound - reference) is at most this [share].
        reference: objective of buying nothing extra; default: |objective| is the scale.
        most_passes: stop after every tooth was solved this often.
        time_limit: stop after this [s]; makes the result depend on the machine.
        progress: told the loss, the bound and the gap as they improve.
        master: the problem written and loaded by `load`, with what earlier solves learned of it.
        relaxed: stop at the relaxation, in which a start may be taken in part; only the bound counts.
        tidied: share of (bound - reference) that may be given up for a plan that moves less money; a
            search ends in plans that buy here what they skip there.
        build_up: False: nothing extra may be bought, made or started before the event, though it is
            asked for by hand.
        without: rows of overrides that are let go.
        stopped: asked now and then whether to stop with what there is.

    Raises:
        SolveError: the solver gave no answer to a program that has one.
    """
    master = master or load(problem)
    extensive, passes = master.teeth.extensive, master.teeth.passes
    program = extensive.program
    lower, upper = open_bounds(problem, extensive, without)
    if not build_up:
        asked = [limit.row for limit in problem.by_hand.limits] + [row for row, *_ in problem.by_hand.starts]
        lower, upper = open_bounds(problem, extensive, [*without, *asked])
        upper = np.minimum(upper, idle_bounds(problem, extensive))
    found = search(
        master,
        lower,
        upper,
        start_groups(problem),
        gap=gap,
        reference=None if reference is None else -reference,
        most_passes=most_passes,
        time_limit=time_limit,
        progress=progress,
        relaxed_only=relaxed,
        stopped=stopped,
    )
    if found is not None and tidied > 0 and reference is not None and not stopped():
        allowed = tidied * max(-reference - found.bound, 0.0)
        found = tidy(master, found, (lower, upper), unit_money(problem, extensive), allowed)
    if found is None:
        status, x, loss, bound = Status.INFEASIBLE, np.zeros(0), np.inf, np.inf
    else:
        x, loss, bound = found.x, found.loss, found.bound
        scale = abs(loss) if reference is None else -reference - bound
        status = Status.OPTIMAL if loss - bound <= gap * max(scale, 1e-12) else Status.GAP
    return Solution(
        status=status,
        problem=problem,
        trunk=extensive.trunk,
        x=x,
        objective=0.0 - loss,
        bound=0.0 - bound,
        rows=program.n_row,
        columns=len(program.cost),
        passes=master.teeth.passes - passes,
        closed=() if found is None else found.closed,
    )
