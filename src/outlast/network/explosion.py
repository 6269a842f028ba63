"""Bills of materials, exploded. In: bill lines. Out: make order, direct lines, all levels.
One reason to exist: what is inside what is worked out once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from outlast.errors import CaseError, Finding, Place
from outlast.network.arrays import Floats, Ints
from outlast.network.items import BomLine


@dataclass(frozen=True)
class Explosion:
    """Bills by item number."""

    make_order: tuple[int, ...]
    """Made items, children before parents."""
    direct: tuple[Mapping[int, float], ...]
    """Units of each child in one unit of the item, one level."""
    contained: tuple[Mapping[int, float], ...]
    """Units of each item contained, all levels, the item itself left out."""


def lines_on(bom: Sequence[BomLine], day: date) -> list[BomLine]:
    """Bill lines valid on a day."""
    return [
        line
        for line in bom
        if (line.valid_from is None or line.valid_from <= day)
        and (line.valid_to is None or day <= line.valid_to)
    ]


def explode(lines: Sequence[BomLine], item_ids: Sequence[str]) -> Explosion:
    """Explode bills of materials through all levels.

    Args:
        lines: valid bill lines; several lines of one parent and child add up.
        item_ids: identifiers in the order of their numbers.

    Raises:
        CaseError: bills in a circle.

    Source: Orlicky (1975), Material Requirements Planning (low-level coding).
    """
    index = {item_id: item for item, item_id in enumerate(item_ids)}
    direct: list[dict[int, float]] = [{} for _ in item_ids]
    for line in lines:
        children = direct[index[line.parent_id]]
        child = index[line.child_id]
        children[child] = children.get(child, 0.0) + line.quantity
    order = _make_order(direct, item_ids)
    contained: list[dict[int, float]] = [{} for _ in item_ids]
    for parent in order:
        total = contained[parent]
        for child, quantity in direct[parent].items():
            total[child] = total.get(child, 0.0) + quantity
            for inner, units in contained[child].items():
                total[inner] = total.get(inner, 0.0) + quantity * units
    return Explosion(tuple(order), tuple(direct), tuple(contained))


def _make_order(direct: Sequence[Mapping[int, float]], item_ids: Sequence[str]) -> list[int]:
    """Made items, children before parents, by counting unfinished children; of one level by their names,
    since who is made first takes what is short first, and the order of rows shall not matter."""
    parents: list[list[int]] = [[] for _ in direct]
    waiting = [len(children) for children in direct]
    level = [0 for _ in direct]
    for parent, children in enumerate(direct):
        for child in children:
            parents[child].append(parent)
    ready = [item for item, count in enumerate(waiting) if count == 0]
    for item in ready:
        for parent in parents[item]:
            level[parent] = max(level[parent], level[item] + 1)
            waiting[parent] -= 1
            if waiting[parent] == 0:
                ready.append(parent)
    if len(ready) < len(direct):
        circle = ", ".join(item_ids[item] for item, count in enumerate(waiting) if count > 0)
        raise CaseError(
            [
                Finding(
                    "error",
                    "bom-cycle",
                    Place("bom"),
                    f"These items contain themselves or an item that does: {circle}.",
                    "Remove the line that closes the circle.",
                )
            ]
        )
    return sorted((item for item in ready if direct[item]), key=lambda item: (level[item], item_ids[item]))


def stack_rows(rows: Sequence[Mapping[int, float]]) -> tuple[Ints, Ints, Floats]:
    """Rows of (number, quantity) one after the other: pointers, numbers, quantities."""
    pointers = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64)
    numbers = np.array([number for row in rows for number in sorted(row)], dtype=np.int64)
    quantities = np.array([row[number] for row in rows for number in sorted(row)], dtype=np.float64)
    return pointers, numbers, quantities
