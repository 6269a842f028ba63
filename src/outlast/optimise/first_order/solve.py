"""The comb tree by a first-order method. In: `CombProblem`. Out: `FastPlan`.
One reason to exist: a plan of thousands of parts in seconds, with a bound that every iterate gives.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.first_order.calm import charged, stay
from outlast.optimise.first_order.decided import asked
from outlast.optimise.first_order.layout import Layout, lay_out
from outlast.optimise.first_order.method import Method
from outlast.optimise.first_order.repair import Repair
from outlast.optimise.first_order.scope import beyond
from outlast.optimise.first_order.trunk import FlatTrunk
from outlast.optimise.first_order.worth import Prices

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LOOK, LOOK_SHARE = 50, 0.1
"""Steps between two looks at the gap, at least, and in shares of all so far: a look costs tens of steps."""
MOVES = 0.3
"""While the bound moves by this share of what is open, plans are not worked out: it costs tens of steps."""
CLOSES = 0.25
"""Share of what is open that a plan has to close by a guess, if it is not good enough, to be worked out."""
RENEWED = 0.3
"""Share of the steps so far after which the method is restarted."""
IDLE_SHARE, IDLE_GAP = 0.2, 0.01
"""Time for the bound of buying nothing extra, and its gap, in shares of all time and of its loss."""
CALM_SHARE = 0.3
"""Share of all time that goes to staying near the plan before."""
SETTLED = 1e-4
"""Share of the loss to which all else is settled where purchases stand."""
THRESHOLDS = (0.5, 0.2, 0.8)
"""Shares of a start from which it is taken."""


@dataclass(frozen=True)
class FastPlan:
    """Outcome; every figure is minus expected loss, so larger is better."""

    trunk: Trunk
    x: Floats
    """Decisions before the event, shape (trunk column)."""
    objective: float
    bound: float
    """No plan can have a larger objective on the same scenarios."""
    nothing: float
    """What buying nothing extra is worth at most."""
    steps: int
    rows: int
    columns: int
    seconds: float
    """Until the plan was there; with `of_objective`, buying nothing is looked at after it."""

    @property
    def gap(self) -> float:
        """Of the improvement over buying nothing extra, at its smallest; inf where there may be none."""
        room = self.bound - self.nothing
        return (self.bound - self.objective) / room if room > 0 else np.inf


@dataclass
class Best:
    """Best plan so far, and the bound; losses."""

    loss: float = np.inf
    bound: float = -np.inf
    z: Floats | None = None
    prices: Prices | None = None
    """Of stock at events, as the bound counts them."""

    @property
    def open(self) -> float:
        """What is left open."""
        return self.loss - self.bound

    def scale(self, reference: float | None) -> float:
        """What gaps are shares of: the improvement on `reference`, if there can be one; else the loss."""
        return reference - self.bound if reference is not None and reference > self.bound else abs(self.loss)


@dataclass(frozen=True, slots=True)
class Until:
    """When to stop."""

    deadline: float
    steps: float = np.inf
    stopped: Callable[[], bool] = lambda: False

    def over(self, steps: int, look: float = 0.0) -> bool:
        """It is time, if what comes next takes `look` seconds."""
        return steps >= self.steps or time.perf_counter() + look > self.deadline or self.stopped()

    def room(self, steps: int, pace: float, look: float) -> int:
        """How many of some steps there is time for, if each takes `pace` seconds and what follows `look`; at
        least one."""
        if pace <= 0.0:
            return steps
        return max(int(min(steps, (self.deadline - time.perf_counter() - look) / pace)), 1)


class Search:
    """A problem laid out, and how far the method has come with it.

    Raises:
        UsageError: the problem is beyond the method.
    """

    def __init__(self, problem: CombProblem) -> None:
        if reasons := beyond(problem):
            raise UsageError(f"too much for the first-order method: {'; '.join(reasons)}")
        self.layout = lay_out(problem)
        self.method = Method(self.layout)
        self.best, self.nothing = Best(), Best()

    def do_nothing(self, until: Until, progress: Callable[[str], None] | None = None) -> None:
        """Looks at buying nothing extra, though it may be asked for by hand."""
        idle = _idle(self.layout)
        self.method.keep_to(idle)
        _improve(self.method, Repair(idle), self.nothing, IDLE_GAP, None, until, progress)
        self.method.keep_to(self.layout)
        self.method.begin()

    def improve(
        self,
        gap: float,
        until: Until,
        progress: Callable[[str], None] | None = None,
        *,
        of_objective: bool = False,
    ) -> None:
        """Goes on until the best plan is within `gap`, a share of the improvement on buying nothing extra or
        of the loss."""
        best, nothing = self.best, self.nothing
        if nothing.loss < best.loss and not asked(self.layout.problem):
            best.loss, best.z = nothing.loss, nothing.z
        _improve(self.method, Repair(self.layout), best, gap, self._reference(of_objective), until, progress)

    def calm(
        self,
        gap: float,
        until: Until,
        progress: Callable[[str], None] | None = None,
        *,
        of_objective: bool = False,
    ) -> Best:
        """The plan near the one before, of those within `gap` if there is one; the best where changes cost
        nothing."""
        found = replace(self.best)
        if changes_cost(self.layout.problem) and found.z is not None:
            reference = self._reference(of_objective)
            found.z, found.loss = _calm(self.method, self.layout, self.best, gap, reference, until, progress)
        return found

    def _reference(self, of_objective: bool) -> float | None:
        return None if of_objective else self.nothing.bound

    def settled(self, bought: Floats, most_made: Floats, starts: Floats, until: Until) -> Best:
        """All else for purchases and starts that stand. Cash, decisions by hand and the room of sources are
        not asked again: lots may exceed them, and are counted order by order.

        Args:
            bought: shape (epoch, bought source) [units].
            most_made: for stock, shape (epoch, made item at risk) [units].
            starts: 0 or 1, shape (option).
            until: when to stop.
        """
        whole, columns, method, found = self.layout, self.layout.columns, self.method, Best()
        trunk = _loosened(whole, bought)
        low, high = trunk.low.copy(), trunk.high.copy()
        place = np.searchsorted(trunk.columns, columns.buy)
        low[place] = high[place] = bought / trunk.scale[place]
        place = np.searchsorted(trunk.columns, columns.make)
        high[place] = np.clip(most_made / trunk.scale[place], low[place], high[place])
        low[trunk.start] = high[trunk.start] = starts
        fixed = replace(whole, trunk=replace(trunk, low=low, high=high))
        method.keep_to(fixed)
        method.z = np.clip(method.z, low, high)
        method.restart()
        _improve(method, Repair(fixed), found, SETTLED, None, until, None)
        method.keep_to(whole)
        return found

    def trunk_of(self, z: Floats) -> Floats:
        """A trunk as columns of the program."""
        return self.layout.trunk.whole(z, self.layout.n_column, self.layout.compact.use)

    def close(self) -> None:
        """Threads end."""
        self.method.close()


def changes_cost(problem: CombProblem) -> bool:
    """Whether there is a plan before that is not left for nothing."""
    return problem.earlier is not None and problem.earlier.share > 0


def solve_fast(
    problem: CombProblem,
    *,
    gap: float = 0.01,
    of_objective: bool = False,
    time_limit: float = 60.0,
    most_steps: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> FastPlan:
    """A plan within `gap` of the best, or the best found in time.

    Args:
        problem: the comb tree; see `scope.beyond` for what it may hold.
        gap: share of the improvement over buying nothing extra, to which the best plan is looked for; where
            there is a plan before, a calm one is given then.
        of_objective: `gap` is a share of the objective instead; buying nothing is looked at afterwards.
        time_limit: seconds.
        most_steps: the method ends after so many steps; a fifth of them go to buying nothing.
        progress: told of objective, bound and gap.

    Raises:
        UsageError: the problem is beyond the method.
    """
    begun = time.perf_counter()
    search = Search(problem)
    steps = np.inf if most_steps is None else float(most_steps)
    free = 1.0 - CALM_SHARE if changes_cost(problem) else 1.0

    def do_nothing(now: float, taken: int) -> None:
        search.do_nothing(Until(now + IDLE_SHARE * time_limit, taken + IDLE_SHARE * steps), progress)

    try:
        if not of_objective:
            do_nothing(begun, 0)
        until = Until(begun + free * time_limit, free * steps)
        search.improve(gap, until, progress, of_objective=of_objective)
        best = search.calm(gap, Until(begun + time_limit, steps), progress, of_objective=of_objective)
        seconds = time.perf_counter() - begun
        if of_objective:
            search.method.restart()
            do_nothing(begun + seconds, search.method.steps)
    finally:
        search.close()
    if best.z is None:
        raise UsageError("the first-order method found no plan within the limits and what is decided by hand")
    layout = search.layout
    return FastPlan(
        trunk=layout.columns,
        x=search.trunk_of(best.z),
        objective=-best.loss,
        bound=-search.best.bound,
        nothing=-search.nothing.bound,
        steps=search.method.steps,
        rows=len(layout.teeth.row_part),
        columns=len(layout.teeth.most),
        seconds=seconds,
    )


def _loosened(layout: Layout, bought: Floats) -> FlatTrunk:
    """Without limits that are counted order by order; stock may exceed what can be of use."""
    trunk, limits = layout.trunk, layout.limits
    row_low, row_high = trunk.row_low.copy(), trunk.row_high.copy()
    # Balances of stock, and what measures changes, stand before them in the program and are no rows here.
    before = trunk.opening.size + trunk.changes.columns.shape[1]
    row_high[np.concatenate([limits.cash_rows, limits.capacity_rows]) - before] = np.inf
    row_low[_by_hand(layout)], row_high[_by_hand(layout)] = -np.inf, np.inf
    most = trunk.stock_high + bought.sum() / layout.compact.use
    return replace(trunk, row_low=row_low, row_high=row_high, stock_high=most)


def _by_hand(layout: Layout) -> Ints:
    """Rows of decisions to buy."""
    slack = np.searchsorted(layout.trunk.columns, layout.columns.by_hand.slack.ravel())
    return np.unique(layout.trunk.rows[:, slack].nonzero()[0])


def _idle(layout: Layout) -> Layout:
    """The same when nothing extra may be bought, made or started before an event, though it is asked for."""
    trunk, columns, problem = layout.trunk, layout.columns, layout.problem
    low, high = trunk.low.copy(), trunk.high.copy()
    early = np.array([option.week != AT_EVENT for option in problem.options], dtype=bool)
    never = {source for _, source in problem.by_hand.never}
    barred = early | np.array([option.source in never for option in problem.options], dtype=bool)
    low[trunk.start], high[trunk.start] = np.where(layout.free, 1.0, 0.0), np.where(barred, 0.0, 1.0)
    high[np.searchsorted(trunk.columns, np.concatenate([columns.buy.ravel(), columns.make.ravel()]))] = 0.0
    row_low, row_high = trunk.row_low.copy(), trunk.row_high.copy()
    limits = _by_hand(layout)
    row_low[limits], row_high[limits] = -np.inf, np.inf
    return replace(layout, trunk=replace(trunk, low=low, high=high, row_low=row_low, row_high=row_high))


def _calm(
    method: Method,
    layout: Layout,
    best: Best,
    gap: float,
    reference: float | None,
    until: Until,
    progress: Callable[[str], None] | None,
) -> tuple[Floats, float]:
    """A plan near the one before, and its loss: that one, if it is good enough; else the best where changes
    are charged for.

    Args:
        method: where it stands; its layout when this returns: charged for changes.
        layout: not charged.
        best: the best plan found, and the bound of any.
        gap: share of the improvement that makes a plan good enough.
        reference: see `_improve`.
        until: when to stop.
        progress: told of objective, bound and gap.
    """
    assert best.z is not None
    room = gap * best.scale(reference)
    costing = charged(layout)

    def extra(z: Floats) -> float:
        return costing.trunk.paid(z) - layout.trunk.paid(z)

    stayed, moved = Best(), Best(best.loss + extra(best.z), z=best.z)
    staying = stay(costing)
    method.keep_to(staying)
    method.restart()
    half = Until((time.perf_counter() + until.deadline) / 2, (method.steps + until.steps) / 2)
    _improve(method, Repair(staying), stayed, gap / 2, reference, half, progress)
    if stayed.z is not None:
        if stayed.loss - extra(stayed.z) <= best.bound + room:
            return stayed.z, stayed.loss - extra(stayed.z)
        if stayed.loss < moved.loss:
            moved.loss, moved.z = stayed.loss, stayed.z
    method.keep_to(costing)
    method.restart()
    _improve(method, Repair(costing, stayed.z), moved, gap / 2, reference, until, progress)
    assert moved.z is not None
    return moved.z, moved.loss - extra(moved.z)


def _improve(
    method: Method,
    repair: Repair,
    best: Best,
    gap: float,
    reference: float | None,
    until: Until,
    progress: Callable[[str], None] | None,
) -> None:
    """Steps until `best` is within `gap`, of the improvement on `reference` or of the loss, or time is up."""
    begun, known, pace, look = method.steps, None, 0.0, 0.0
    while True:
        since = time.perf_counter()
        steps = until.room(max(LOOK, int(LOOK_SHARE * (method.steps - begun))), pace, look)
        for number in range(steps):
            last = number == steps - 1 or until.stopped()
            method.advance(plain=last)
            if last:
                break
        pace, since = (time.perf_counter() - since) / (number + 1), time.perf_counter()
        method.touch()
        least, over = method.bound(), until.over(method.steps, look)
        moved = least - best.bound
        if least > best.bound:
            best.bound, best.prices = least, method.prices()
        if over or not MOVES * best.open < moved < np.inf:
            repaired = [repair.repaired(wanted) for wanted in _whole(method, best.z is None)]
            plans = [z for z in repaired if z is not None]
            if best.z is None and not plans:
                return  # There is none, as starts only take cash from what has to be bought.
            if known is not None and method.guesses and not over:
                enough = max(best.bound + gap * best.scale(reference), best.loss - CLOSES * best.open)
                plans = [z for z in plans if method.guess(z, known) <= enough]
            for z in plans:
                known = method.loss(z)
                if known.money < best.loss:
                    best.loss, best.z = known.money, z
            over = until.over(method.steps)
            look = time.perf_counter() - since
        scale = best.scale(reference)
        if progress:
            share = best.open / scale
            progress(
                f"step {method.steps}: objective {-best.loss:.7g}, bound {-best.bound:.7g}, gap {share:.2%}"
            )
        if best.open <= gap * scale or over:
            return
        if method.count >= RENEWED * (method.steps - begun):
            method.balance()
            method.restart()


def _whole(method: Method, first: bool) -> list[Floats]:
    """The iterate with whole starts, at most one a source, for several thresholds; each once. Where something
    is asked for, or `first`, also with those starts alone that are: others may take the cash for it."""
    trunk, problem = method.layout.trunk, method.layout.problem
    start, forced = trunk.start, trunk.low[trunk.start]
    if not len(start):
        return [method.z]
    share = np.clip(method.z[start], 0.0, 1.0)
    sources = np.array([option.source for option in problem.options])
    found: dict[bytes, Floats] = {}
    for threshold in (*THRESHOLDS, *([np.inf] if first or asked(problem) else [])):
        taken = np.zeros(len(start))
        for source in np.unique(sources):
            mine = np.flatnonzero(sources == source)
            best = mine[np.argmax(share[mine])]
            taken[best] = float(share[mine].sum() >= threshold and trunk.high[start[best]] > 0)
        taken = np.maximum(taken, forced)
        z = method.z.copy()
        z[start] = taken
        found.setdefault(taken.tobytes(), z)
    return list(found.values())
