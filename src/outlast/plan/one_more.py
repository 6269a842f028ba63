"""One more order, weighed. In: a decided plan, a source and a size. Out: losses of every leaf with it.
One reason to exist: what an order is worth is worked out by solving every scenario again, apart from
how it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.ordering import order_weeks, orderings
from outlast.plan.certify import evaluate, trunk_of
from outlast.plan.rounding import without_idle_orders
from outlast.plan.schedule import Order, Schedule
from outlast.plan.summary import Done

Floats = NDArray[np.float64]
PART_OF_WEEK = 0.1
"""Weeks of use that one more order is, where the source has no lots."""
MOST_HAZARD = 52.0
"""Events a year beyond which no break-even is sought."""
WAYS = 4
"""Times after which one more order is taken to be used up, that are tried at first."""
NOTICEABLE = 2e-3
"""Share of its cost above which the gain of an order is more than what a plan is solved to."""


def first_week(done: Done, source: int) -> int:
    """The first week in which a source is ordered from."""
    return int(order_weeks(done.problem, source, 0)[0])


def next_source(done: Done, item: int) -> int | None:
    """The cheapest source from which more of an item could still arrive in time."""
    arrays, trunk = done.arrays, done.best.trunk
    upper = done.exact.teeth.extensive.program.upper
    fitting = [
        (float(arrays.source_price[source]), int(source))
        for column, source in enumerate(trunk.buy_sources)
        if arrays.source_item[source] == item and upper[trunk.buy[:, column]].max() > 0
    ]
    return min(fitting)[1] if fitting else None


def next_size(done: Done, schedule: Schedule, source: int) -> float:
    """The smallest order from a source on top of a schedule's [units]."""
    arrays = done.arrays
    lot = float(done.story.lot[source])
    now = any(order.source == source and order.week < arrays.epoch_weeks for order in schedule.orders)
    least = 0.0 if now else float(arrays.source_minimum[source])
    size = lot if lot > 0 else PART_OF_WEEK * done.story.use(int(arrays.source_item[source]))
    return float(max(np.ceil(least / lot - 1e-9) * lot if lot > 0 else least, size))


def lean_schedule(done: Done) -> Schedule:
    """The plan without orders that only take the place of normal ones: beside them, one more could not be
    used up in time, whatever it gains before."""
    lean = without_idle_orders(done.problem, done.schedule, done.schedule.run_down)
    if len(lean.orders) == len(done.schedule.orders):
        return done.schedule
    evaluation = evaluate(done.exact.teeth, done.problem, lean)
    if not evaluation.feasible or evaluation.objective < done.evaluation.objective - abs(
        NOTICEABLE * done.evaluation.objective
    ):
        return done.schedule
    return replace(lean, make=evaluation.make, run_down=evaluation.run_down)


@dataclass(frozen=True)
class Base:
    """A schedule, and what every scenario loses under it: one more order is weighed against it."""

    done: Done
    schedule: Schedule
    x: Floats
    """The trunk that it is, shape (trunk column)."""
    after: Floats
    """Loss of each tooth after its event, weighed by its odds [money], shape (tooth)."""

    @classmethod
    def of(cls, done: Done, schedule: Schedule) -> Base:
        """Solves every scenario under a schedule."""
        x = trunk_of(done.exact.teeth, done.problem, schedule)
        return cls(done, schedule, x, done.exact.teeth.answer(x)[0])

    @property
    def loss(self) -> Floats:
        """Loss of every leaf [money], shape (leaf)."""
        return self.done.exact.teeth.leaf_loss(self.x, self.after)

    def with_order(
        self, source: int, size: float, run_down: Floats, known: dict[tuple[int, bytes], float]
    ) -> Floats:
        """Loss of every leaf with one more order now, and other amounts run down [money], shape (leaf).

        Args:
            source: a bought source.
            size: of the order [units].
            run_down: shape (epoch, item at risk) [units].
            known: see `Decomposition.answer_near`.
        """
        done, problem, trunk = self.done, self.done.problem, self.done.best.trunk
        place = problem.place[done.arrays.source_item[source]]
        column = int(np.nonzero(trunk.buy_sources == source)[0][0])
        there = orderings(problem, np.array([source]))[0].share_there(problem.epoch_weeks)[0]
        # The trunk may differ from the schedule by what is nothing; no more is run down than can be.
        room = done.exact.teeth.extensive.program.upper[trunk.run_down] - self.x[trunk.run_down]
        less = np.minimum(run_down - self.schedule.run_down, np.maximum(room, 0.0))[:, place]
        step = np.zeros(len(self.x))
        step[trunk.buy[0, column]] = size
        step[trunk.run_down[:, place]] = less
        step[trunk.stock[:, place]] = size * (there - there[0]) - np.append(0.0, np.cumsum(less))
        teeth = done.exact.teeth
        return teeth.leaf_loss(self.x + step, teeth.answer_near(self.x, self.after, step, known))


def ways_to_hold(base: Base, source: int, size: float) -> list[Floats]:
    """Losses of every leaf with one more order now, held for a while and then used up instead of normal
    orders, for spans from the shortest to all that is planned.

    A few spans are tried, then those half-way between the best and its neighbours, until there are none: the
    loss is convex in what is run down, so that a better span lies next to a good one (tests try them all).
    """
    done, arrays, problem = base.done, base.done.arrays, base.done.problem
    # It is there from the first start of an epoch after all of it arrived.
    comes = order_weeks(problem, source, 0) + int(arrays.source_lead[source])
    first = min(-(-int(comes[-1]) // arrays.epoch_weeks), problem.epochs - 1)
    there = size * float(np.mean(comes <= problem.epoch_week(first)))
    tried: dict[int, Floats] = {}
    known: dict[tuple[int, bytes], float] = {}

    def weigh(end: int) -> None:
        if end not in tried:
            held = held_until(done, base.schedule, source, there, first, end)
            tried[end] = base.with_order(source, size, held.run_down, known)

    for end in np.linspace(first, problem.epochs - 1, WAYS):
        weigh(int(end))
    while True:
        ends = sorted(tried)
        best = min(ends, key=lambda end: done.measure(tried[end]))
        near = [end for end in ends if end < best][-1:] + [end for end in ends if end > best][:1]
        between = [(best + end) // 2 for end in near if abs(best - end) > 1]
        if not between:
            return [tried[end] for end in ends]
        for end in between:
            weigh(end)


def held_until(done: Done, schedule: Schedule, source: int, size: float, first: int, end: int) -> Schedule:
    """The schedule with one more order now of which this much is used up by the end of an epoch, as late as
    can be."""
    arrays, problem, trunk = done.arrays, done.problem, done.best.trunk
    place = int(np.nonzero(problem.items == arrays.source_item[source])[0][0])
    most = done.exact.teeth.extensive.program.upper[trunk.run_down[:, place]]
    run_down, left = schedule.run_down.copy(), size
    for epoch in range(end, first - 1, -1):
        step = min(left, max(float(most[epoch] - run_down[epoch, place]), 0.0))
        run_down[epoch, place] += step
        left -= step
    order = Order(source, first_week(done, source), size)
    return replace(schedule, orders=(*schedule.orders, order), run_down=run_down)


def find_break_even(gain_at: Callable[[float], float], hazard_per_year: float) -> float | None:
    """Factor on the hazards at which a gain changes its sign; None where it does not.

    Args:
        gain_at: the gain at a factor [money].
        hazard_per_year: sum of the hazards at factor 1.
    """
    if hazard_per_year <= 0:
        return None
    low, high = 1.0, 1.0
    rising = gain_at(1.0) <= 0
    while (gain_at(high) <= 0) if rising else (gain_at(low) > 0):
        if rising:
            low, high = high, high * 2
        else:
            low, high = low / 2, low
        if high * hazard_per_year > MOST_HAZARD or low < 1e-6:
            return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if gain_at(middle) <= 0 else (low, middle)
    return high
