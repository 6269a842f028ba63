"""Sole and single sources. In: `NetworkArrays`. Out: `Sourcing` of every bought item.
One reason to exist: what cannot be bought elsewhere is told apart from what is not.
"""

from __future__ import annotations

from outlast.network.arrays import Bools, NetworkArrays
from outlast.survive.answer import Kind, Sourcing

ORDER: tuple[Kind, ...] = ("none", "sole", "single", "multiple")


def list_sourcing(arrays: NetworkArrays, used: Bools) -> tuple[Sourcing, ...]:
    """How many suppliers each bought item could come from; two sources of one supplier are one.

    Args:
        arrays: the case.
        used: whether demand needs an item, shape (item).

    Source: Treleven & Schweikhart (1988), Journal of Operations Management 7: single and sole sourcing.
    """
    rows = []
    for item, name in enumerate(arrays.item_ids):
        sources = range(arrays.source_ptr[item], arrays.source_ptr[item + 1])
        if not used[item] or arrays.made[item]:
            continue
        suppliers = {s: arrays.supplier_ids[arrays.source_supplier[s]] for s in sources}
        qualified = tuple(dict.fromkeys(suppliers[s] for s in sources if arrays.source_qualified[s]))
        others = tuple(dict.fromkeys(name for name in suppliers.values() if name not in qualified))
        kind: Kind = "single" if others else "sole"
        if len(qualified) != 1:
            kind = "multiple" if qualified else "none"
        rows.append(Sourcing(name, kind, qualified, others))
    return tuple(sorted(rows, key=lambda row: (ORDER.index(row.kind), row.item_id)))
