"""The same case under other numbers. In: a `Case` and a generator. Out: the case with items, lines and
restrictions in another order. One reason to exist: no result may depend on numbering.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_type_hints

import numpy as np

from outlast.network.arrays import Axes, NetworkArrays
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import Policy
from tests.reference.networks import Case

REFERENCES = {
    "source_item": "item",
    "line_product": "item",
    "make_order": "item",
    "bom_child": "item",
    "explosion_item": "item",
    "trigger": "restriction",
    "pause_source": "source",
}
"""Arrays whose values are numbers of another axis."""
ROW_LISTS = {
    "bom_ptr": ("bom_child", "bom_quantity"),
    "explosion_ptr": ("explosion_item", "explosion_quantity"),
}
"""Rows of an item from ptr[item] to ptr[item + 1]."""
BREAK_LISTS = {"break_ptr": ("break_from", "break_price")}
"""Rows of a source."""
NAMES = {"item_ids": "item", "source_ids": "source", "line_ids": "line", "restriction_ids": "restriction"}


def relabel(case: Case, rng: np.random.Generator) -> Case:
    """Items, lines and restrictions in another order; sources follow their items and keep their rank."""
    arrays = case.arrays
    item = rng.permutation(len(arrays.item_ids))
    sources = [np.arange(arrays.source_ptr[old], arrays.source_ptr[old + 1]) for old in item]
    order = {
        "item": item,
        "source": np.concatenate(sources),
        "line": rng.permutation(len(arrays.line_ids)),
        "restriction": rng.permutation(len(arrays.restriction_ids)),
    }
    changes = reordered(NetworkArrays, arrays, order)
    changes.update(_row_lists(arrays, ROW_LISTS, item))
    changes.update(_row_lists(arrays, BREAK_LISTS, order["source"]))
    for name, axis in REFERENCES.items():
        new_number = np.append(np.argsort(order[axis]), -1)  # -1 stays -1
        changes[name] = new_number[changes.get(name, getattr(arrays, name))]
    for name, axis in NAMES.items():
        changes[name] = tuple(getattr(arrays, name)[old] for old in order[axis])
    counts = [len(rows) for rows in sources]
    changes["source_ptr"] = np.concatenate([[0], np.cumsum(counts)])
    return Case(
        replace(arrays, **changes),
        replace(case.scenarios, **reordered(Scenarios, case.scenarios, order)),
        replace(case.policy, **reordered(Policy, case.policy, order)),
    )


def reordered(kind: type, value: Any, order: dict[str, Any]) -> dict[str, Any]:
    """Every declared array with the axes of `order` in the new order."""
    hints = get_type_hints(kind, include_extras=True)
    changes = {}
    for column in fields(kind):
        for note in getattr(hints[column.name], "__metadata__", ()):
            assert isinstance(note, Axes)
            array = getattr(value, column.name)
            for number, axis in enumerate(note.axes.split(", ")):
                if axis in order and array.size:
                    array = np.take(array, order[axis], axis=number)
            changes[column.name] = array
    return changes


def _row_lists(arrays: NetworkArrays, lists: dict[str, tuple[str, ...]], owner: Any) -> dict[str, Any]:
    changes = {}
    for pointer, payload in lists.items():
        ptr = getattr(arrays, pointer)
        rows = [np.arange(ptr[old], ptr[old + 1]) for old in owner]
        changes[pointer] = np.concatenate([[0], np.cumsum([len(part) for part in rows])])
        for name in payload:
            changes[name] = getattr(arrays, name)[np.concatenate(rows)]
    return changes
