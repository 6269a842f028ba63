"""Least cash for a required survival. In: the teeth of `lasting`, a share of events. Out: `Least`.
One reason to exist: which teeth are given up is decided together with what is bought.

The teeth answer `CashProgram` with cuts on their marks. Bounds: of the relaxation, in which a tooth may
survive in part, then of the search tree. Plans: the least expected shortfall of a given cash, then the
search tree; each is put to the teeth and mended for those that it is to survive.

Source: Luedtke (2014), Mathematical Programming 146, 219-244 (chance constraints, taken apart);
Jiang & Xie (2022), SIAM Journal on Optimization 32 (ALSO-X, never worse than CVaR as an approximation).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.cash_program import CashProgram
from outlast.optimise.highs import Status

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NODES = 500
"""Nodes of each search tree."""
ROUNDS = 12
"""Search trees grown one after the other, each with what the teeth answered to the one before."""
STALE = 2
"""Search trees without a better plan or bound after which no more are grown."""
MENDS = 30
"""Times that a plan is put to the teeth it is to survive."""
HALVINGS = 7
"""Times that the cash is halved to find where the least shortfall meets the requirement."""
SAME = 1e-9
"""Share of odds or cash by which sums may differ in floating point."""
KEPT_MARK = 1e-6
"""What a mark may lose while money is kept from moving."""


@dataclass(frozen=True)
class Kept:
    """A trunk and the teeth that survive with it."""

    x: Floats
    """Shape (trunk column)."""
    survives: Bools
    """Shape (tooth)."""
    share: float
    """Of events, by their odds."""
    cash: float
    """Least that it can cost, see `CashProgram.cash` [money]."""


@dataclass(frozen=True)
class Least:
    """Outcome of a search for the least cash."""

    kept: Kept | None
    """None: no plan was found."""
    bound: float
    """No plan that meets the requirement on the planning scenarios costs less [money]; inf: there is none."""


@dataclass(frozen=True)
class Limit:
    """When to stop."""

    gap: float = 1e-3
    """Share of the cash that may stay open."""
    seconds: float | None = None
    stopped: Callable[[], bool] = lambda: False
    """Whether what was found so far has to do; a search tree that is growing is finished."""

    def ends(self) -> float:
        """Moment at which time is over [s]."""
        return np.inf if self.seconds is None else time.monotonic() + self.seconds

    def over(self, ends: float) -> bool:
        """Time is, or somebody wants no more."""
        return time.monotonic() > ends or self.stopped()


def least_cash(
    program: CashProgram,
    share: float,
    limit: Limit = Limit(),
    progress: Callable[[str], None] = lambda message: None,
    found: Callable[[], None] = lambda: None,
) -> Least:
    """The least cash with which teeth survive that come to a share of all events.

    Args:
        program: with what earlier searches learned of it.
        share: of events, by their odds, 0 to 1.
        limit: when to stop.
        progress: told the cash and its bound as they improve.
        found: told once there is a plan.
    """
    ends = limit.ends()
    low, high = program.bounds()
    program.ask(share=share)
    relaxed = program.relax(low, high, ends)
    if relaxed is None:
        return Least(None, np.inf)
    bound = max(relaxed.bound, 0.0)
    best = _approach(program, share, bound, ends)
    stale, cuts = 0, -1
    while stale < STALE and program.cuts > cuts:
        if best is not None:
            found()
            progress(f"cash {best.cash:,.0f}, at least {bound:,.0f}")
            if best.cash - bound <= limit.gap * best.cash + SAME * program.money:
                break
        if limit.over(ends):
            break
        cuts, known = program.cuts, (bound, None if best is None else best.cash)
        program.ask(share=share, ceiling=np.inf if best is None else best.cash)
        tree = program.branch(low, high, limit.gap, NODES, ends, marks=True)
        if tree.status is Status.INFEASIBLE:
            # Nothing costs less than the plan that is known.
            bound = np.inf if best is None else best.cash
            break
        bound = max(bound, tree.bound)
        if not len(tree.x):
            break
        new = _put_to_teeth(program, tree.x, tree.mark, share, ends)
        if new is not None and (best is None or new.cash < best.cash):
            best = new
        stale = stale + 1 if known == (bound, None if best is None else best.cash) else 0
    if best is not None:
        found()
        bound = min(bound, best.cash)
    return Least(best, bound)


def most_survival(
    program: CashProgram, limit: Limit = Limit(), bounds: tuple[Floats, Floats] | None = None
) -> tuple[Kept | None, float]:
    """A plan that survives as large a share of events as can be found, whatever it pays within the limits,
    and a share that no plan passes; of all columns within `bounds`, or those of the program."""
    ends, best = limit.ends(), None
    low, high = bounds or program.bounds()
    program.ask(wish="survival")
    relaxed = program.relax(low, high, ends)
    if relaxed is None:
        return None, 0.0
    bound = min(-relaxed.bound, 1.0)
    for _ in range(ROUNDS):
        found = program.branch(low, high, 0.0, NODES, ends, marks=True)
        bound = min(bound, -found.bound)
        if not len(found.x):
            break
        reach, short = program.learn(found.x, found.mark)
        new = _kept(program, found.x, reach)
        if best is None or new.share > best.share:
            best = new
        if not short or bound - best.share <= SAME or limit.over(ends):
            break
    return best, bound


def _kept(program: CashProgram, x: Floats, reach: Floats | None = None) -> Kept:
    survives = program.survives(program.learn(x, np.zeros(program.n_tooth))[0] if reach is None else reach)
    return Kept(x, survives, float(program.odds @ survives), program.cash_of(x))


def _put_to_teeth(program: CashProgram, x: Floats, mark: Floats, share: float, ends: float) -> Kept | None:
    """The plan as it is where enough teeth survive, else mended for those that are marked."""
    reach, _ = program.learn(x, mark)
    found = _kept(program, x, reach)
    if found.share >= share - SAME:
        return found
    return mend(program, mark > 0.5, share, ends)


def mend(program: CashProgram, survive: Bools, share: float, ends: float = np.inf) -> Kept | None:
    """The plan of least cash, in whole lots, with which these teeth survive; None where none was found.

    Args:
        program: the teeth.
        survive: those that have to, shape (tooth).
        share: what they come to at least; more may survive.
        ends: when to stop [s].
    """
    low, high = program.bounds()
    low[program.marks[survive]] = 1.0
    program.ask()
    return _until_true(program, low, high, survive, share, ends)


def _until_true(
    program: CashProgram, low: Floats, high: Floats, survive: Bools, share: float, ends: float
) -> Kept | None:
    for _ in range(MENDS):
        found = program.branch(low, high, 1e-4, NODES, ends)
        if not len(found.x):
            return None
        reach, short = program.learn(found.x, survive.astype(np.float64))
        kept = _kept(program, found.x, reach)
        if not short or (share > 0 and kept.share >= share - SAME):
            return kept
    return None


def _approach(program: CashProgram, share: float, bound: float, ends: float) -> Kept | None:
    """A first plan: the least cash at which the plan of the least expected shortfall survives enough, by
    halving; then mended for the teeth that survive it."""
    low, high = program.bounds()

    def survivors(ceiling: float) -> tuple[Bools, float] | None:
        program.ask(wish="survival", ceiling=ceiling)
        relaxed = program.relax(low, high, ends)
        if relaxed is None:
            return None
        kept = _kept(program, relaxed.x)
        return kept.survives, kept.cash

    first = survivors(np.inf)
    if first is None or program.odds @ first[0] < share - SAME:
        return None
    least, (enough, most) = bound, first
    for _ in range(HALVINGS):
        if time.monotonic() > ends:
            break
        middle = (least + most) / 2
        found = survivors(middle)
        if found is not None and program.odds @ found[0] >= share - SAME:
            enough, most = found[0], middle
        else:
            least = middle
    return mend(program, enough, share, ends)


def survive_most(program: CashProgram, kept: Kept, ends: float = np.inf) -> Kept:
    """Of the plans that pay no more, and that the same teeth survive, the one that most events survive."""
    low, high = program.bounds()
    low[program.marks[kept.survives]] = 1.0
    low[program.start] = high[program.start] = np.round(kept.x[program.start])
    program.ask(wish="survival", ceiling=kept.cash)
    found = _until_true(program, low, high, kept.survives, 0.0, ends)
    return kept if found is None or found.share < kept.share - SAME else found


def settle(program: CashProgram, bought: Floats, starts: Floats, made: Floats, survive: Bools) -> Kept | None:
    """What is held and run down where purchases and starts are given; None where limits do not allow it.

    Of all ways that let most events survive it is the one that moves least money: nothing is run down that
    may as well stay.

    Args:
        program: the teeth.
        bought: units, shape (epoch, bought source).
        starts: start options taken, shape (option).
        made: most made for stock, shape (epoch, made item).
        survive: teeth that have to survive if they can, shape (tooth).
    """
    low, high = program.bounds()
    program.fix(low, high, bought, starts, made)
    limits = program.extensive.limits
    rounded = np.concatenate([limits.cash_rows, limits.capacity_rows])
    program.let_go(rounded, True)
    try:
        for asked in (survive, np.zeros_like(survive)):
            low[program.marks] = asked
            program.ask(wish="survival")
            most = program.relax(low, high)
            if most is not None:
                low[program.marks] = np.maximum(most.mark - KEPT_MARK, 0.0)
                program.ask(wish="calm")
                return _kept(program, (program.relax(low, high) or most).x)
    finally:
        program.let_go(rounded, False)
    return None
