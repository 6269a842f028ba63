"""What made items are made of. In: `CombProblem` and items. Out: children and quantities, totals over them.
One reason to exist: which items on the way are followed, and which are looked through, is said once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def explode(arrays: NetworkArrays, item: int, weight: Floats) -> float:
    """Sum of `weight` over everything inside one unit of `item`, itself if it is bought."""
    if not arrays.made[item]:
        return float(weight[item])
    rows = slice(arrays.explosion_ptr[item], arrays.explosion_ptr[item + 1])
    inside = arrays.explosion_item[rows]
    bought = ~arrays.made[inside]
    return float(arrays.explosion_quantity[rows][bought] @ weight[inside[bought]])


def inside(problem: CombProblem, item: int) -> dict[int, float]:
    """Units of what one unit of an item is made of: what is at risk, and what is bought; items made on the
    way that are not followed themselves are looked through."""
    arrays, place = problem.arrays, problem.place
    found: dict[int, float] = {}
    waiting = [(item, 1.0)]
    while waiting:
        parent, units = waiting.pop()
        for row in range(arrays.bom_ptr[parent], arrays.bom_ptr[parent + 1]):
            child, quantity = int(arrays.bom_child[row]), units * float(arrays.bom_quantity[row])
            if place[child] < 0 and arrays.made[child]:
                waiting.append((child, quantity))
            else:
                found[child] = found.get(child, 0.0) + quantity
    return found


def children_at_risk(problem: CombProblem, item: int) -> tuple[Ints, Floats]:
    """Places among the items at risk, and quantities, of what an item is made of that is at risk; see
    `inside`."""
    place = problem.place
    found = {int(place[child]): units for child, units in inside(problem, item).items() if place[child] >= 0}
    return np.array(list(found), dtype=np.int64), np.array(list(found.values()))


@dataclass(frozen=True, slots=True)
class Contents:
    """What made items are made of, entry by entry; see `inside`."""

    parent: Ints
    """Place among the made items."""
    child: Ints
    """Item, at risk or bought."""
    units: Floats
    """Of the child in one unit of the parent."""


def contents(problem: CombProblem, made: Ints) -> Contents:
    """What is inside each of some items."""
    found = [inside(problem, int(item)) for item in made]
    return Contents(
        np.array([number for number, units in enumerate(found) for _ in units], dtype=np.int64),
        np.array([child for units in found for child in units], dtype=np.int64),
        np.array([quantity for units in found for quantity in units.values()]),
    )
