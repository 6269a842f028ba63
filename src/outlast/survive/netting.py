"""What all demand asks of every item. In: bills, stock of made items, demand. Out: requirements.
One reason to exist: this does not depend on what is cut, so thousands of cuts share it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from outlast.network.arrays import Bools, Floats, Ints, NetworkArrays
from outlast.periods import NEVER


def making_curve(arrays: NetworkArrays, item: int, on_hand: Floats, n_week: int, stopped: int) -> Floats:
    """Most of a made item that can be there by each week [units], cumulative, shape (week).

    Stock, what is being made at the start (assumed: each week's normal use, for the making time) and,
    once making is no longer `stopped` [week; 0: it never was], capacity a making time later.
    """
    making = int(arrays.make_weeks[item])
    weekly = np.zeros(n_week)
    weekly[:making] = np.minimum(arrays.usage[:n_week, item], arrays.make_capacity[item])[:making]
    weekly[making + stopped :] = arrays.make_capacity[item]
    curve: Floats = on_hand[item] + np.cumsum(weekly)
    return curve


def required_curves(arrays: NetworkArrays, demand: Floats, on_hand: Floats) -> Iterator[tuple[int, Floats]]:
    """Cumulative requirement of every item with use, for every horizon, parents first.

    Row T - 1 is what all demand of weeks 0 ... T - 1 asks of the item by each week at the latest: sales,
    and starts of its parents as late as their demand, stock, making time and capacity allow. No plan
    that meets that demand can ask for less by any week, so it can be met if and only if every item's
    row stays below what can be there (`making_curve`, `supply_curve`).

    Args:
        arrays: the case.
        demand: mean demand to be met [units/week], shape (week, line); its weeks are the window.
        on_hand: stock at the start [units], shape (item).

    Yields:
        Item and its requirement [units], shape (horizon, week).

    Source: time-phased netting, Orlicky (1975); backward loading, Hopp & Spearman (2011), ch. 3.
    """
    n_week = len(demand)
    until = np.minimum(np.arange(n_week)[None, :], np.arange(n_week)[:, None])
    sold = np.zeros((n_week, len(arrays.item_ids)))
    np.add.at(sold.T, arrays.line_product, demand.T)
    sold = np.cumsum(sold, axis=0)
    parents = _parents(arrays)
    starts: dict[int, Floats] = {}
    bought = np.flatnonzero(~arrays.made)
    for item in [*arrays.make_order[::-1], *bought]:
        required: Floats = sold[:, item][until]
        for parent, quantity in parents[item]:
            if parent in starts:
                required = required + quantity * starts[parent]
        if required[-1, -1] <= 0:
            continue
        if arrays.made[item]:
            starts[item] = _latest_starts(arrays, item, required, on_hand)
        yield int(item), required


def _parents(arrays: NetworkArrays) -> list[list[tuple[int, float]]]:
    """(parent, units per parent) of every item."""
    parents: list[list[tuple[int, float]]] = [[] for _ in arrays.item_ids]
    for parent in arrays.make_order:
        for line in range(arrays.bom_ptr[parent], arrays.bom_ptr[parent + 1]):
            parents[arrays.bom_child[line]].append((int(parent), float(arrays.bom_quantity[line])))
    return parents


def _latest_starts(arrays: NetworkArrays, item: int, required: Floats, on_hand: Floats) -> Floats:
    """Cumulative starts of a made item as late as its requirement allows, shape (horizon, week)."""
    n_week = required.shape[1]
    weeks: Ints = np.arange(n_week)
    there = making_curve(arrays, item, on_hand, n_week, stopped=NEVER)
    output = np.maximum.accumulate(np.maximum(0.0, required - there), axis=1)
    capacity = arrays.make_capacity[item]
    if np.isfinite(capacity):
        ahead = output - capacity * weeks
        output = np.maximum.accumulate(ahead[:, ::-1], axis=1)[:, ::-1] + capacity * weeks
    started: Floats = output[:, np.minimum(weeks + arrays.make_weeks[item], n_week - 1)]
    return started


def weeks_met(required: Floats, supply: Floats) -> int:
    """Longest horizon whose requirement a supply meets [weeks].

    Args:
        required: cumulative requirement [units], shape (horizon, week).
        supply: cumulative supply [units], shape (week).
    """
    tolerance = 1e-9 * max(1.0, float(required[-1, -1]))
    met: Bools = np.all(required <= supply + tolerance, axis=1)
    return len(required) if met.all() else int(np.argmin(met))
