"""What still arrives after a cut. In: `NetworkArrays`, a cut. Out: cumulative supply of an item.
One reason to exist: the rules of pipeline, grace, licences and returns, for one certain future.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

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


@dataclass(frozen=True)
class Return:
    """When supply comes back after a cut; weeks count from the news, NEVER: not."""

    back: Mapping[int, int] = field(default_factory=dict)
    """Week from which a cut source may be ordered from again, by source."""
    ready: Mapping[int, int] = field(default_factory=dict)
    """Week from which an alternative may be ordered from, by source."""
    lifted: int = NEVER
    """Week from which lead times are as before the news, and closed lines open."""
    making: int = NEVER
    """Week from which what is cut can be made again."""


NO_RETURN = Return()


@dataclass(frozen=True)
class _Closing:
    """A source that a cut closes; weekly figures in units, shape (week)."""

    source: int
    closed: int
    lead: int
    cut: Floats
    """Arrivals if it never comes back."""
    uncut: Floats
    """Arrivals if it is back before it closes."""
    refill: Floats
    """What may be ordered in a week once it is back, less the licensed share."""


@dataclass(frozen=True)
class Supply:
    """What arrives of one bought item after a cut, whenever supply returns."""

    arrays: NetworkArrays
    given: Floats
    """Stock, goods on order and open sources, whatever returns [units], by week, shape (week)."""
    closing: tuple[_Closing, ...]
    slower: tuple[tuple[int, int], ...]
    """Open sources and alternatives, and their lead time until it is lifted [weeks]."""

    def at(self, after: Return) -> Floats:
        """Most of the item that can be there by each week [units], cumulative, shape (week)."""
        arrays, weekly = self.arrays, self.given.copy()
        n_week = len(weekly)
        for row in self.closing:
            back = after.back.get(row.source, NEVER)
            if back <= row.closed:
                weekly += row.uncut
                continue
            weekly += row.cut
            if back + row.lead < n_week:
                weekly[back + row.lead :] += row.refill[back : n_week - row.lead]
        for source, longer in self.slower:
            ready = 0 if arrays.source_qualified[source] else after.ready.get(source, NEVER)
            if ready < n_week:
                orders = _ramping(arrays, source, ready, n_week)
                weekly += _delivered(orders, longer, int(arrays.source_lead[source]), after.lifted)
        curve: Floats = np.cumsum(weekly)
        return curve


def track_supply(arrays: NetworkArrays, item: int, on_hand: Floats, n_week: int, cut: Cut | None) -> Supply:
    """What can arrive of a bought item.

    Stock, open orders as far as they arrive, and qualified sources: open ones deliver up to their
    capacity from their lead time on; one that will close delivers what normal use asks of it until
    then, the licensed share afterwards, and up to its capacity once it is back; an alternative once it
    is ready, with its ramp. Nobody hoards: that is a plan, not a figure of today. Minimum orders are
    left aside.
    """
    given = np.zeros(n_week)
    given[0] = on_hand[item]
    normal = arrays.usage[:n_week, item].copy()
    closing, slower = [], []
    for source in range(arrays.source_ptr[item], arrays.source_ptr[item + 1]):
        qualified, lead = bool(arrays.source_qualified[source]), int(arrays.source_lead[source])
        capacity = arrays.source_capacity[source] if qualified else 0.0
        share = np.minimum(normal, capacity)
        normal -= share
        on_order = arrays.open_shipped[:n_week, source] + arrays.open_unshipped[:n_week, source]
        if cut is not None and source in cut.left:
            uncut = on_order.copy()
            uncut[lead:] += capacity
            closing.append(_close(arrays, source, cut, share, uncut))
            continue
        given += on_order
        longer = cut.lead(arrays, source) if cut is not None and item in cut.items else lead
        if not qualified or longer != lead:
            slower.append((source, longer))
        else:
            given[lead:] += capacity
    return Supply(arrays, given, tuple(closing), tuple(slower))


def _delivered(orders: Floats, longer: int, lead: int, lifted: int) -> Floats:
    """Arrivals by week of orders by week [units]: the longer lead time holds until it is lifted."""
    n_week = len(orders)
    arrivals = np.zeros(n_week)
    late = min(lifted, n_week)
    first = orders[:late][: max(0, n_week - longer)]
    arrivals[longer : longer + len(first)] += first
    then = orders[late:][: max(0, n_week - late - lead)]
    arrivals[late + lead : late + lead + len(then)] += then
    return arrivals


def _ramping(arrays: NetworkArrays, source: int, ready: int, n_week: int) -> Floats:
    """Most that can be ordered of an alternative in each week [units], see docs/simulator.md."""
    capacity, ramp = float(arrays.source_capacity[source]), int(arrays.ramp_weeks[source])
    orders = np.where(np.arange(n_week) >= ready, capacity, 0.0)
    if arrays.source_qualified[source]:
        return orders
    growing = np.arange(ready, min(ready + ramp, n_week))
    full = arrays.usage[growing, arrays.source_item[source]] if np.isinf(capacity) else capacity
    orders[growing] = full * (growing - ready + 1) / (ramp + 1)
    return orders


def _close(arrays: NetworkArrays, source: int, cut: Cut, share: Floats, uncut: Floats) -> _Closing:
    """A source that closes.

    Args:
        arrays: the case.
        source: it closes in `cut`.
        cut: what happens.
        share: what normal running takes of it [units/week], shape (week); sources are filled in order.
        uncut: weekly arrivals if it stays open [units], shape (week).
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
    licensed, refill = np.zeros(n_week), np.zeros(n_week)
    if arrays.source_qualified[source]:
        licensed[closed:] = left * np.minimum(
            capacity, arrays.usage[closed:n_week, arrays.source_item[source]]
        )
        refill = capacity - licensed
    arrivals[lead:] += licensed[: max(0, n_week - lead)]
    return _Closing(source, closed, lead, arrivals, uncut, refill)


def _ordered(share: Floats, on_order: Floats, lead: int, closed: int) -> Floats:
    """Normal orders placed before a closure [units], by week of arrival, shape (week): what normal
    running takes, less what had been ordered that far ahead."""
    missing = np.cumsum((share - on_order)[lead : closed + lead])
    ordered = np.zeros(len(share))
    ordered[lead : lead + len(missing)] = np.diff(
        np.maximum.accumulate(np.maximum(missing, 0.0)), prepend=0.0
    )
    return ordered
