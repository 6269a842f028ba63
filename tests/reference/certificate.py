"""A certificate checked from nothing but the program it speaks of. In: matrix, bounds, costs, a plan and
multipliers. Out: what is wrong. One reason to exist: plain sums that know no solver and no planner.

Source: weak duality with bounds on the columns, Boyd & Vandenberghe (2004), Convex Optimization, section
5.1.3: for any multipliers y, min c @ x over the box and the rows is at least y @ (its side of the rows) +
sum of (c - A.T @ y) at its side of the box. Branching: Land & Doig (1960): the least bound of leaves that
together leave out no whole start is a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Minimise offset + cost @ x with low <= A @ x <= high and lower <= x <= upper, A by entries."""

    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    row: Ints
    column: Ints
    value: Floats
    low: Floats
    high: Floats
    whole: Ints
    """Columns that are 0 or 1."""


@dataclass(frozen=True)
class Leaf:
    """A part of the branching: starts that are set there, and multipliers that prove its bound."""

    fixed: dict[int, float]
    """Column -> 0 or 1."""
    duals: Floats


def faults(
    program: Rows, x: Floats, leaves: Sequence[Leaf], objective: float, bound: float, tolerance: float = 1e-6
) -> list[str]:
    """What of a certificate does not hold; empty if all does.

    Args:
        program: the extensive form.
        x: the plan, with all that follows after events.
        leaves: of the branching over whole columns.
        objective: said to be the plan's cost [money].
        bound: said to be no more than any plan's cost [money].
        tolerance: share of the size of what is compared.
    """
    found = []
    activity = np.zeros(len(program.low))
    size = np.ones(len(program.low))
    np.add.at(activity, program.row, program.value * x[program.column])
    np.add.at(size, program.row, np.abs(program.value * x[program.column]))
    slack = tolerance * size
    if np.any(activity < program.low - slack) or np.any(activity > program.high + slack):
        found.append("the plan breaks a row")
    wide = tolerance * (1.0 + np.abs(x))
    if np.any(x < program.lower - wide) or np.any(x > program.upper + wide):
        found.append("the plan breaks a bound of a column")
    if np.any(np.abs(x[program.whole] - np.round(x[program.whole])) > tolerance):
        found.append("a start is taken in part")
    money = tolerance * max(1.0, abs(objective))
    if abs(program.offset + float(program.cost @ x) - objective) > money:
        found.append("the plan does not cost what is said")
    if not leaves_cover(leaves, program.whole):
        found.append("the branching leaves out a choice of starts")
    if min((leaf_bound(program, leaf) for leaf in leaves), default=-np.inf) < bound - money:
        found.append("the multipliers do not prove the bound")
    if objective < bound - money:
        found.append("the plan costs less than the bound")
    return found


def leaf_bound(program: Rows, leaf: Leaf) -> float:
    """Least cost of a leaf that its multipliers prove; -inf where one presses on a side that is open."""
    lower, upper = program.lower.copy(), program.upper.copy()
    for column, value in leaf.fixed.items():
        lower[column] = upper[column] = value
    reduced = program.cost.copy()
    np.add.at(reduced, program.column, -program.value * leaf.duals[program.row])
    return float(
        program.offset + _at_best(leaf.duals, program.low, program.high) + _at_best(reduced, lower, upper)
    )


def _at_best(price: Floats, low: Floats, high: Floats) -> float:
    """Least of price @ v with low <= v <= high."""
    up, down = price > 0, price < 0
    return float(price[up] @ low[up] + price[down] @ high[down])


def leaves_cover(leaves: Sequence[Leaf], whole: Ints) -> bool:
    """Every choice of whole columns lies in a leaf. Choices of the columns that leaves set are tried one by
    one: few are."""
    used = sorted({column for leaf in leaves for column in leaf.fixed})
    if not set(used) <= set(whole.tolist()):
        return False
    return all(
        any(all(leaf.fixed.get(c, v) == v for c, v in zip(used, choice, strict=True)) for leaf in leaves)
        for choice in product((0.0, 1.0), repeat=len(used))
    )
