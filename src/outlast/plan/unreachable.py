"""Why no cash is enough to survive. In: the teeth, what was reached. Out: `InfeasibleError`.
One reason to exist: who asks for more than can be had learns how much can be, and what keeps it there.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from outlast.errors import Concession, InfeasibleError
from outlast.optimise.cash_program import CashProgram
from outlast.optimise.least_cash import Kept, Limit, most_survival
from outlast.optimise.ordering import orderings

Floats = NDArray[np.float64]
WIDE = 1e3
"""Times what a source can deliver that stands for no limit."""
MORE = 1e-6
"""Share of events from which letting go of a limit is worth telling."""


def unreachable(
    program: CashProgram, most: Kept | None, top: float, weeks: int, share: float
) -> InfeasibleError:
    """How far a requirement can be met, and each limit that letting go would raise that.

    Args:
        program: the teeth.
        most: the plan that survives most; None: there is none.
        top: a share that no plan passes.
        weeks: to be survived.
        share: of events that was asked for.
    """
    reached = 0.0 if most is None else most.share
    found = [_asked_for(weeks, share, reached, top), *_limits_that_hold(program, reached)]
    if most is not None:
        found += _time(program, most)
    return InfeasibleError([one.limit for one in found], found)


def _asked_for(weeks: int, share: float, reached: float, top: float) -> Concession:
    name = f"outlasting {weeks} weeks in {100 * share:.3g}% of cuts"
    words = f"{name}: ask for {_floor(reached)} or less"
    if top > reached + MORE:
        words += f"; that much a plan was found for, and none reaches more than {top:.1%}, whatever it pays"
    else:
        words += "; no plan reaches more, whatever it pays"
    return Concession(name, share - reached, "share of cuts", None, None, words)


def _floor(share: float) -> str:
    """A share that is not above what can be reached."""
    return f"{math.floor(1000 * share + 1e-9) / 10:.1f}%"


def _limits_that_hold(program: CashProgram, reached: float) -> list[Concession]:
    """Limits without which more events could be survived, one by one."""
    limits, problem = program.extensive.limits, program.problem
    families = {
        "the cash limits": limits.cash_rows,
        "storage": limits.storage_rows,
        "shelf life": limits.shelf_rows,
    }
    out = []
    for name, rows in families.items():
        if len(rows):
            program.let_go(rows, True)
            out += _if_more(name, program, reached, None)
            program.let_go(rows, False)
    trunk = program.extensive.trunk
    scarce = np.isfinite(problem.arrays.source_capacity[trunk.buy_sources])
    if scarce.any():
        low, high = program.bounds()
        high[trunk.buy[:, scarce]] *= WIDE
        high[trunk.stock] *= WIDE
        high[program.marks[-1] + 1 :] = np.inf
        program.let_go(limits.capacity_rows, True)
        out += _if_more("what sources can deliver", program, reached, (low, high))
        program.let_go(limits.capacity_rows, False)
    return out


def _if_more(
    name: str, program: CashProgram, reached: float, bounds: tuple[Floats, Floats] | None
) -> list[Concession]:
    without, _ = most_survival(program, Limit(), bounds)
    if without is None or without.share <= reached + MORE:
        return []
    words = f"{name}: without, {_floor(without.share)} of cuts can be outlasted"
    return [Concession(name, None, "", None, None, words)]


def _time(program: CashProgram, most: Kept) -> list[Concession]:
    """Events that come before what is ordered now, if they are not survived."""
    early, problem = too_early(program) & ~most.survives, program.problem
    if not early.any():
        return []
    last = max(tooth.week for tooth, one in zip(problem.teeth, early, strict=True) if one)
    name = "what can arrive in time"
    words = (
        f"{name}: {float(program.odds @ early):.1%} of cuts fall in the first "
        f"{last + problem.arrays.epoch_weeks} weeks, before what is ordered now can be there"
    )
    return [Concession(name, None, "", None, None, words)]


def too_early(program: CashProgram) -> NDArray[np.bool_]:
    """Teeth of restrictions that hit an item of which no build-up can be in stock yet, shape (tooth)."""
    problem, trunk = program.problem, program.extensive.trunk
    arrays, first = problem.arrays, dict[int, int]()
    for kind in orderings(problem, trunk.buy_sources):
        share = kind.share_there(problem.epoch_weeks[:-1])
        come = np.flatnonzero((np.triu(share, 1) > 0).any(axis=0))
        for source in trunk.buy_sources[kind.columns]:
            item = int(arrays.source_item[source])
            first[item] = min(first.get(item, problem.epochs), int(come.min(initial=problem.epochs)))
    return np.array(
        [
            any(arrays.hits_item[tooth.restriction, item] and tooth.epoch < e for item, e in first.items())
            for tooth in problem.teeth
        ]
    )
