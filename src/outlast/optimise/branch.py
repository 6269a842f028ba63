"""Branching on the starts of switches. In: a relaxation to call. Out: best node and bound.
One reason to exist: yes-or-no decisions on top of a linear program, with an honest bound at
whatever point the search stops.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WHOLE = 1e-5


@dataclass(frozen=True)
class Node:
    """A relaxation with some starts fixed; minimisation."""

    lower: Floats
    upper: Floats
    bound: float
    objective: float
    x: Floats
    duals: Floats


def search(
    relax: Callable[[Floats, Floats], Node],
    lower: Floats,
    upper: Floats,
    groups: Sequence[Ints],
    columns: Ints,
    close_enough: Callable[[float, float], bool],
    node_limit: int,
) -> tuple[Node | None, float, int]:
    """Best-bound search over 0-1 columns of which at most one of each group is 1.

    Args:
        relax: solves the program with these bounds on the 0-1 columns.
        lower, upper: their bounds at the root, shape (option).
        groups: positions of the options that exclude each other.
        columns: columns of the program that hold the options, shape (option).
        close_enough: told the best objective and the bound, says when to stop.
        node_limit: most relaxations solved.

    Returns:
        The best node with whole options (None if none is feasible), a lower bound on every
        such node, and the number of relaxations solved.
    """
    root = relax(lower, upper)
    if not np.isfinite(root.objective):
        return None, np.inf, 1
    count, ticket = 1, 0
    best: Node | None = None
    heap: list[tuple[float, int, Node]] = []

    def take(node: Node) -> None:
        nonlocal best, ticket
        if not np.isfinite(node.objective):
            return
        if _is_whole(node.x[columns]):
            if best is None or node.objective < best.objective:
                best = node
        elif best is None or node.bound < best.objective:
            ticket += 1
            heapq.heappush(heap, (node.bound, ticket, node))

    take(root)
    settled = np.inf if best is None else best.bound
    while heap:
        bound = min(heap[0][0], settled)
        if best is not None and close_enough(best.objective, bound):
            return best, bound, count
        if count >= node_limit and best is not None:
            return best, bound, count
        _, _, node = heapq.heappop(heap)
        if best is not None and node.bound >= best.objective:
            settled = min(settled, node.bound)
            continue
        value = node.x[columns]
        guess = _rounded(value, groups, upper)
        if best is None or count % 5 == 0:
            take(relax(guess, guess))
            count += 1
        if best is None:
            take(relax(lower, lower))
            count += 1
        position = int(np.argmin(np.abs(value - 0.5)))
        for low, high in _children(node, position, groups):
            child = relax(low, high)
            count += 1
            take(child)
            if np.isfinite(child.objective) and _is_whole(child.x[columns]):
                settled = min(settled, child.bound)
    if best is None:
        return None, np.inf, count
    return best, min(settled, best.bound), count


def _is_whole(value: Floats) -> bool:
    return bool(np.all(np.abs(value - np.round(value)) <= WHOLE))


def _rounded(value: Floats, groups: Sequence[Ints], upper: Floats) -> Floats:
    """The largest option of each group, if the group is taken by half or more."""
    guess = np.zeros_like(value)
    for group in groups:
        if value[group].sum() >= 0.5:
            top = group[int(np.argmax(value[group]))]
            guess[top] = min(1.0, upper[top])
    return guess


def _children(node: Node, position: int, groups: Sequence[Ints]) -> list[tuple[Floats, Floats]]:
    """The option taken (and the others of its group not), and the option not taken."""
    taken_low, taken_high = node.lower.copy(), node.upper.copy()
    for group in groups:
        if position in group:
            taken_high[group] = 0.0
    taken_low[position] = taken_high[position] = 1.0
    left_low, left_high = node.lower.copy(), node.upper.copy()
    left_high[position] = 0.0
    return [(taken_low, taken_high), (left_low, left_high)]
