"""What still arrives after a cut. In: `NetworkArrays`, a cut. Out: cumulative supply of an item.
One reason to exist: the rules of pipeline, grace and licences, for one certain future.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from outlast.network.arrays import Bools, Floats, NetworkArrays
from outlast.network.sourcing import whole_up
from outlast.periods import NEVER


@dataclass(frozen=True)
class Cut:
    """One certain cut, announced in week 0 and never lifted."""

    id: str
    left: Mapping[int, float]
    """Share of normal supply left, by source that is cut."""
    closed: Mapping[int, int]
    """Week in which it closes, by source that is cut."""
    items: tuple[int, ...]
    """Items with a qualified source that is cut, or whose making stops."""
    released: bool = True
    """Goods that were shipped before the closure arrive."""
    savings: int = NEVER
    """Weeks after the closure within which they must [weeks]."""
    lead_multiplier: float = 1.0
    """On lead times of open sources and alternatives of cut items."""
    closed_lines: Bools | None = None
    """Demand lines that stop, shape (line)."""
    lines_week: int = 0
    """Week from which they do."""

    def lead(self, arrays: NetworkArrays, source: int) -> int:
        """Lead time of an open source or alternative of a cut item [weeks]."""
        return whole_up(float(arrays.source_lead[source]) * self.lead_multiplier)


def cut_sources(arrays: NetworkArrays, name: str, sources: Iterable[int]) -> Cut:
    """These sources close at once; what was shipped arrives."""
    left = dict.fromkeys(map(int, sources), 0.0)
    hit = {int(arrays.source_item[source]) for source in left if arrays.source_qualified[source]}
    return Cut(name, left, dict.fromkeys(left, 0), tuple(sorted(hit)))


def cut_item(arrays: NetworkArrays, item: int) -> Cut:
    """All qualified sources of an item close at once, or its making stops."""
    sources = range(arrays.source_ptr[item], arrays.source_ptr[item + 1])
    qualified = [source for source in sources if arrays.source_qualified[source]]
    return replace(cut_sources(arrays, arrays.item_ids[item], qualified), items=(item,))


def cut_restriction(arrays: NetworkArrays, r: int) -> Cut:
    """A restriction announced now: closure after its notice, grace and each source's delay."""
    week = max(0, int(arrays.notice_weeks[r] + arrays.grace_weeks[r]))
    hit = np.flatnonzero(arrays.supply_left[r] < 1).tolist()
    return Cut(
        id=arrays.restriction_ids[r],
        left={source: float(arrays.supply_left[r, source]) for source in hit},
        closed={source: week + int(arrays.supply_delay[r, source]) for source in hit},
        items=tuple(np.flatnonzero(arrays.hits_item[r]).tolist()),
        released=bool(arrays.in_transit_released[r]),
        savings=int(arrays.savings_weeks[r]),
        lead_multiplier=float(arrays.lead_multiplier[r]),
        closed_lines=arrays.hits_line[r] if arrays.hits_line[r].any() else None,
        lines_week=week,
    )


def supply_curve(arrays: NetworkArrays, item: int, on_hand: Floats, n_week: int, cut: Cut | None) -> Floats:
    """Most of a bought item that can be there by each week [units], cumulative, shape (week).

    Stock, open orders as far as they arrive, and qualified sources: open ones deliver up to their
    capacity from their lead time on; one that will close delivers what normal use asks of it until
    then, and the licensed share afterwards. Nobody hoards: that is a plan, not a figure of today.
    Minimum orders are left aside.
    """
    weekly = np.zeros(n_week)
    normal = arrays.usage[:n_week, item].copy()
    for source in range(arrays.source_ptr[item], arrays.source_ptr[item + 1]):
        qualified = bool(arrays.source_qualified[source])
        share = np.minimum(normal, arrays.source_capacity[source]) if qualified else np.zeros(n_week)
        normal -= share
        if cut is not None and source in cut.left:
            weekly += _closing(arrays, source, cut, share)
            continue
        weekly += arrays.open_shipped[:n_week, source] + arrays.open_unshipped[:n_week, source]
        if qualified:
            hit = cut is not None and item in cut.items
            lead = cut.lead(arrays, source) if cut is not None and hit else int(arrays.source_lead[source])
            weekly[lead:] += arrays.source_capacity[source]
    curve: Floats = on_hand[item] + np.cumsum(weekly)
    return curve


def _closing(arrays: NetworkArrays, source: int, cut: Cut, share: Floats) -> Floats:
    """Weekly arrivals from a source that closes [units], shape (week).

    Args:
        arrays: the case.
        source: it closes in `cut`.
        cut: what happens.
        share: what normal running takes of it [units/week], shape (week); sources are filled in order.
    """
    n_week = len(share)
    closed, lead = cut.closed[source], int(arrays.source_lead[source])
    left, capacity = cut.left[source], float(arrays.source_capacity[source])
    weeks = np.arange(n_week)
    saved = cut.released & (weeks < closed + cut.savings)
    on_its_way = np.where((weeks < closed) | saved, 1.0, left)
    in_time = np.where((weeks < closed) | saved & (weeks < closed + arrays.source_transit[source]), 1.0, left)
    shipped, unshipped = arrays.open_shipped[:n_week, source], arrays.open_unshipped[:n_week, source]
    arrivals: Floats = on_its_way * shipped + in_time * (
        unshipped + _ordered(share, shipped + unshipped, lead, closed)
    )
    if arrays.source_qualified[source]:
        use = arrays.usage[closed:n_week, arrays.source_item[source]]
        arrivals[closed + lead :] += left * np.minimum(capacity, use)[: max(0, n_week - closed - lead)]
    return arrivals


def _ordered(share: Floats, on_order: Floats, lead: int, closed: int) -> Floats:
    """Normal orders placed before a closure [units], by week of arrival, shape (week): what normal
    running takes, less what had been ordered that far ahead."""
    missing = np.cumsum((share - on_order)[lead : closed + lead])
    ordered = np.zeros(len(share))
    ordered[lead : lead + len(missing)] = np.diff(
        np.maximum.accumulate(np.maximum(missing, 0.0)), prepend=0.0
    )
    return ordered
