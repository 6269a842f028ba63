"""Normal orders of the first epoch. In: a `Story`. Out: `Order`s.
One reason to exist: beside its build-up, a plan says what base stock orders, so that a buyer is asked for
everything that the simulated company orders, and for nothing that is on order already.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.supply import project_opening
from outlast.plan.explain import Story
from outlast.plan.schedule import Order, beyond_use, lot_size

Floats = NDArray[np.float64]


def replenishment(story: Story) -> list[list[Order]]:
    """Normal orders of the first epoch, source by source: at once, or where capacity is limited week by
    week, beside build-up and calls placed ahead. First by the shares of sources; what one has no room for,
    the next one gets."""
    arrays = story.arrays
    needs, room = _needs(story), _room(story)
    out: dict[int, list[Order]] = {}
    for item in range(len(arrays.item_ids)):
        if arrays.made[item]:
            continue
        need = needs[:, item]
        turns = [*_shares(arrays, item).items(), *((source, 1.0) for source in _qualified(arrays, item))]
        for source, share in turns:
            orders = _orders(story, source, np.minimum(needs[:, item] * share, need), room[:, source])
            for order in orders:
                room[order.week, source] -= order.quantity
            need = need - sum(order.quantity for order in orders)
            out[source] = out.get(source, []) + orders
    return [sorted(orders, key=lambda order: order.week) for orders in out.values() if orders]


def supplied_by(arrays: NetworkArrays, week: int) -> Floats:
    """Part of the use of a week that comes from each source in normal running, shape (source) [units]: its
    share, or where there are none, what those before it have no room for."""
    part = np.zeros(len(arrays.source_ids))
    for item in range(len(arrays.item_ids)):
        rest = use = float(arrays.usage[week, item])
        shares = _shares(arrays, item)
        for source in _qualified(arrays, item):
            part[source] = (
                use * shares.get(source, 0.0) if shares else min(arrays.source_capacity[source], rest)
            )
            rest -= part[source]
    return part


def _qualified(arrays: NetworkArrays, item: int) -> list[int]:
    sources = range(int(arrays.source_ptr[item]), int(arrays.source_ptr[item + 1]))
    return [source for source in sources if arrays.source_qualified[source]]


def _shares(arrays: NetworkArrays, item: int) -> dict[int, float]:
    """Share of each source in normal orders of an item; none where orders are not split."""
    shares = {
        s: float(arrays.source_split[s]) for s in _qualified(arrays, item) if arrays.source_split[s] > 0
    }
    total = sum(shares.values())
    return {source: share / total for source, share in shares.items()}


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
    return level + _longer_way(arrays)[:weeks] + used - arrays.on_hand - on_order


def _longer_way(arrays: NetworkArrays) -> Floats:
    """What has to be on order beyond the lead time of the first source, as slower ones supply their part;
    shape (week, item) [units]."""
    weeks, first = (
        min(arrays.epoch_weeks, arrays.n_week),
        [arrays.first_source(i) for i in arrays.source_item],
    )
    longer = np.maximum(arrays.source_lead - arrays.source_lead[first], 0) * (np.array(first) >= 0)
    more = np.zeros((weeks, len(arrays.item_ids)))
    for week in range(weeks):
        np.add.at(more[week], arrays.source_item, supplied_by(arrays, week) * longer)
    return more


def _room(story: Story) -> Floats:
    """What each source still takes orders for in each week, shape (week, source) [units]."""
    arrays = story.arrays
    taken = arrays.ordered_ahead.copy()
    for order in story.schedule.orders:
        taken[order.week, order.source] += order.quantity
    return np.maximum(arrays.source_capacity - taken, 0.0)


def _orders(story: Story, source: int, need: Floats, room: Floats) -> list[Order]:
    """Orders of one source, in lots; never more in a week than it has room for, but for one lot, which takes
    the room of the weeks after it. What lots leave of the room they are held back by is there in the next."""
    arrays = story.arrays
    lot, least = float(story.lot[source]), float(arrays.source_minimum[source])
    smallest = float(np.ceil(max(least, lot) / lot - 1e-9) * lot) if lot > 0 else least
    if np.isinf(arrays.source_capacity[source]):
        need = need[-1:]
    orders: list[Order] = []
    carried = 0.0
    for week, wanted in enumerate(need):
        open_need = float(wanted) - sum(order.quantity for order in orders)
        noise = 1e-9 + 1e-6 * abs(float(wanted))
        quantity, free = lot_size(open_need, lot, least, noise, 0.5), float(room[week]) + carried
        if quantity > free:
            within = float(np.floor(free / lot + 1e-9) * lot) if lot > 0 else free
            quantity = max(within, smallest) if free > 0 else 0.0
        if quantity > 0:
            orders.append(Order(source, week, quantity))
        carried = min(free - quantity, smallest if open_need - quantity > noise else 0.0)
    return orders
