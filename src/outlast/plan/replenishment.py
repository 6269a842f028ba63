"""Normal orders of the first epoch. In: a `Story`. Out: `Order`s.
One reason to exist: beside its build-up, a plan says what base stock orders, so that a buyer is asked for
everything that the simulated company orders, and for nothing that is on order already.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.supply import project_opening
from outlast.plan.explain import Story
from outlast.plan.schedule import Order, beyond_use, lot_size

Floats = NDArray[np.float64]


def replenishment(story: Story) -> list[list[Order]]:
    """Normal orders of the first epoch, source by source: at once, or where capacity is limited week by
    week, beside build-up and calls placed ahead. What one source has no room for, the next one gets."""
    arrays = story.arrays
    needs, room = _needs(story), _room(story)
    out = []
    for item in range(len(arrays.item_ids)):
        if arrays.made[item]:
            continue
        need = needs[:, item]
        for source in range(arrays.source_ptr[item], arrays.source_ptr[item + 1]):
            if not arrays.source_qualified[source]:
                continue
            orders = _orders(story, source, need, room[:, source])
            if orders:
                out.append(orders)
                need = need - sum(order.quantity for order in orders)
    return out


def _needs(story: Story) -> Floats:
    """What has to be ordered up to each week of the first epoch, shape (week, item) [units].

    Base stock, and what is held above it, less what is on hand and on order; build-up counts on neither side.
    """
    arrays, problem = story.arrays, story.problem
    weeks = min(arrays.epoch_weeks, arrays.n_week)
    kept = np.zeros(len(arrays.item_ids))
    kept[problem.items] = project_opening(arrays).surplus[problem.items]
    on_order = np.zeros(len(arrays.item_ids))
    np.add.at(on_order, arrays.source_item, (arrays.open_shipped + arrays.open_unshipped).sum(axis=0))
    used = np.vstack([np.zeros(len(arrays.item_ids)), np.cumsum(arrays.usage[: weeks - 1], axis=0)])
    level = arrays.base_position()[:weeks] + kept + beyond_use(problem, story.trunk, story.schedule)[:weeks]
    return level + used - arrays.on_hand - on_order


def _room(story: Story) -> Floats:
    """What each source still takes orders for in each week, shape (week, source) [units]."""
    arrays = story.arrays
    taken = arrays.ordered_ahead.copy()
    for order in story.schedule.orders:
        taken[order.week, order.source] += order.quantity
    return np.maximum(arrays.source_capacity - taken, 0.0)


def _orders(story: Story, source: int, need: Floats, room: Floats) -> list[Order]:
    """Orders of one source, in lots; never more in a week than it has room for, but for one lot."""
    arrays = story.arrays
    lot, least = float(story.lot[source]), float(arrays.source_minimum[source])
    smallest = float(np.ceil(max(least, lot) / lot - 1e-9) * lot) if lot > 0 else least
    if np.isinf(arrays.source_capacity[source]):
        need = need[-1:]
    orders: list[Order] = []
    for week, wanted in enumerate(need):
        open_need = float(wanted) - sum(order.quantity for order in orders)
        quantity = lot_size(open_need, lot, least, 1e-9 + 1e-6 * abs(float(wanted)), 0.5)
        if quantity > room[week]:
            within = float(np.floor(room[week] / lot + 1e-9) * lot) if lot > 0 else float(room[week])
            quantity = max(within, smallest) if room[week] > 0 else 0.0
        if quantity > 0:
            orders.append(Order(source, week, quantity))
    return orders
