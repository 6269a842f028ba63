"""Whole lots for thousands of sources at once. In: amounts of a relaxation. Out: orders.
One reason to exist: solving anew after every source that is rounded, as `rounding` does, takes too long where
there are thousands; here each carries what is left over to its next order, and all share the cash.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.ordering import orderings
from outlast.plan.schedule import NOISE, Order

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def whole_orders(
    problem: CombProblem, trunk: Trunk, bought: Floats, lot: Floats, up_from: float
) -> list[Order]:
    """Amounts of a relaxation in whole lots, week by week.

    A part of a lot becomes a lot from the share `up_from` on, the largest shares first, as long as all orders
    together cost no more than the relaxation has bought by then.

    Args:
        problem: the comb tree.
        trunk: where its decisions stand.
        bought: shape (epoch, bought source) [units].
        lot: smallest step between two orders of each source [units], shape (source).
        up_from: share of a lot; 1: never more of a source than the relaxation wanted.
    """
    arrays, sources = problem.arrays, trunk.buy_sources
    step, least = lot[sources], smallest_orders(problem, sources, lot)
    price = arrays.source_price[sources]
    noise = NOISE * arrays.usage[:, arrays.source_item[sources]].mean(axis=0)
    called = arrays.ordered_ahead[:, sources].any(axis=0)
    wanted, due = wanted_by_week(problem, sources, bought)
    carried, spare, orders = np.zeros(len(sources)), 0.0, list[Order]()
    for week in range(arrays.horizon_weeks):
        carried += wanted[week]
        spare += float(price @ wanted[week])
        room = np.full(len(sources), np.inf)
        free = arrays.source_capacity[sources] - arrays.ordered_ahead[week, sources]
        room[called] = np.where(free > 0, np.maximum(free, least), 0.0)[called]
        open_ = due[week] & (carried > noise) & (room > 0)
        most = np.minimum(carried, room)
        amount = np.where(open_, _down(most, step, least), 0.0)
        spare -= float(price @ amount)
        size = np.where(amount > 0, step, np.maximum(step, least))
        short = np.divide(most - amount, size, out=np.zeros_like(size), where=size > 0)
        up = np.flatnonzero(open_ & (up_from < 1) & (short >= up_from) & (amount + size <= room))
        up = up[np.argsort(-short[up], kind="stable")]
        for k in up.tolist():
            if price[k] * size[k] <= spare:
                amount[k] += size[k]
                spare -= float(price[k] * size[k])
        carried -= amount
        orders += [
            Order(int(sources[k]), week, float(amount[k])) for k in np.flatnonzero(amount > 0).tolist()
        ]
    return orders


def smallest_orders(problem: CombProblem, sources: Ints, lot: Floats) -> Floats:
    """Smallest order of each source in whole lots [units], shape (source of `sources`)."""
    step, minimum = lot[sources], problem.arrays.source_minimum[sources]
    whole = np.divide(minimum, step, out=np.zeros_like(step), where=step > 0)
    return np.where(step > 0, np.maximum(np.ceil(whole - 1e-9), 1) * step, minimum)


def wanted_by_week(problem: CombProblem, sources: Ints, bought: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """What a relaxation buys in each week, and whether it may be ordered then, shape (week, source)."""
    wanted = np.zeros((problem.arrays.horizon_weeks, len(sources)))
    due = np.zeros(wanted.shape, dtype=bool)
    for kind in orderings(problem, sources):
        for epoch, weeks in enumerate(kind.orders):
            wanted[weeks[:, None], kind.columns] = bought[epoch, kind.columns] / len(weeks)
            due[weeks[:, None], kind.columns] = True
    return wanted, due


def _down(wanted: Floats, step: Floats, least: Floats) -> Floats:
    """The largest orders that are not above `wanted`, 0 below the smallest."""
    lots = np.floor(np.divide(wanted, step, out=np.zeros_like(step), where=step > 0) + 1e-6) * step
    amount = np.where(step > 0, lots, wanted)
    return np.where(amount >= least * (1 - 1e-9), amount, 0.0)
