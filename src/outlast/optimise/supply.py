"""Flows of supply after an event. In: a tooth. Out: `Stream`s, and where normal running stands.
One reason to exist: which source can deliver how much from which week to which, for every kind
of restriction (model.md sections 3 and 5), before any algebra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import AT_EVENT, CombProblem, Tooth, whole_weeks
from outlast.periods import NEVER

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stream:
    """A flow into one item after an event; weeks count from the event."""

    item: int
    source: int
    start: float
    end: float
    rate: float
    """Most per week; inf: unlimited."""
    variance: float
    """Price paid less standard cost [money per unit]."""
    profile: Floats | None = None
    """Most in each week from `start` on, where it is not a constant rate."""
    option: int = -1
    """Start option it needs; -1: none."""
    ramp: float = 0.0
    """Weeks of linear ramp from `start`."""
    exact: bool = False
    """Its start is made the end of a segment."""

    def most(self, bounds: Floats, usage: Floats, late: Floats) -> Floats:
        """Most that can flow in each segment [units].

        Args:
            bounds: ends of the segments, the first start included [weeks].
            usage: normal use of the item in each segment [units]. It limits an unlimited source that
                stays open, with `late`: what waiting markets may still be owed by its end [units].
        """
        low = np.clip(bounds[:-1], self.start, self.end)
        high = np.clip(bounds[1:], self.start, self.end)
        if self.profile is not None:
            total = np.concatenate([[0.0], np.cumsum(self.profile)])
            weeks = self.start + np.arange(len(total))
            return np.interp(high, weeks, total) - np.interp(low, weeks, total)
        span = np.maximum(high - low, 0.0)
        if np.isinf(self.rate):
            if self.end < np.inf:  # however short it is open, it can bring all that will be of use
                return np.where(span > 0, usage.sum(), 0.0)
            return span / np.diff(bounds) * (usage + late)
        if self.ramp > 0:
            return self.rate * (self._ramped(high) - self._ramped(low))
        return self.rate * span

    def _ramped(self, week: Floats) -> Floats:
        """Full-rate weeks delivered up to `week`, with a linear ramp."""
        since = np.clip(week - self.start, 0.0, None)
        inside = np.minimum(since, self.ramp)
        return inside**2 / (2 * self.ramp) + (since - inside)


def tooth_streams(problem: CombProblem, tooth: Tooth) -> list[Stream]:
    """Every flow of supply into the items at risk that are bought, after this event."""
    arrays = problem.arrays
    streams: list[Stream] = []
    for item in problem.items:
        if arrays.made[item]:
            continue
        for source in range(arrays.source_ptr[item], arrays.source_ptr[item + 1]):
            if arrays.source_qualified[source]:
                streams += _qualified_streams(problem, tooth, int(item), source)
            else:
                streams += _alternative_streams(problem, tooth, int(item), source)
    return [stream for stream in streams if stream.end > stream.start]


def _terms(arrays: NetworkArrays, r: int, item: int, source: int) -> tuple[int, float]:
    """Lead time [weeks] and price variance of a source that `r` does not hit, after the news."""
    hit = arrays.hits_item[r, item]
    lead = arrays.source_lead[source] * (arrays.lead_multiplier[r] if hit else 1.0)
    price = arrays.source_price[source] * (arrays.price_multiplier[r] if hit else 1.0)
    return int(np.ceil(lead - 1e-9)), float(price - arrays.standard_cost[item])


def _qualified_streams(problem: CombProblem, tooth: Tooth, item: int, source: int) -> list[Stream]:
    arrays, r = problem.arrays, tooth.restriction
    first = source == arrays.first_source(item)
    capacity = float(arrays.source_capacity[source])
    left = float(arrays.supply_left[r, source])
    lead = int(arrays.source_lead[source])
    variance = float(arrays.source_price[source] - arrays.standard_cost[item])
    if left >= 1:
        later, dearer = _terms(arrays, r, item, source)
        known = [_on_order(arrays, item, source, tooth.week, lead, variance)] if first and lead > 0 else []
        return [*known, Stream(item, source, float(later), np.inf, capacity, dearer)]
    effective = max(int(arrays.notice_weeks[r]), 0)
    closed = weeks_to_closure(arrays, r, source)
    last = last_arrival(arrays, r, source)
    streams = []
    if first and lead > 0:
        streams.append(_on_order(arrays, item, source, tooth.week, min(last, lead), variance))
    if closed > 0:
        streams.append(Stream(item, source, float(lead), float(last), capacity, variance))
    relief = effective + float(problem.relief_weeks[tooth.draw, r])
    if left > 0:
        use = float(arrays.usage[min(tooth.week + closed, arrays.n_week - 1), item])
        rate = left * min(capacity, use)
        # What is ordered in the week of the event comes at once where there is no lead time.
        start = float(max(last, min(lead, 1)))
        streams.append(Stream(item, source, start, relief + lead, rate, variance))
    if np.isfinite(relief):
        streams.append(Stream(item, source, relief + lead, np.inf, capacity, variance, exact=True))
    return streams


def _on_order(arrays: NetworkArrays, item: int, source: int, week: int, last: int, variance: float) -> Stream:
    """What normal running has on order at an event in `week`, for the weeks 1 to `last` - 1 after it."""
    known = normal_arrivals(arrays, item, source, week)[1:last]
    return Stream(item, source, 1.0, 1.0 + len(known), 0.0, variance, profile=known)


def weeks_to_closure(arrays: NetworkArrays, r: int, source: int) -> int:
    """Weeks from the event until a restriction closes a source."""
    effective = max(int(arrays.notice_weeks[r] + arrays.grace_weeks[r]), 0)
    return effective + int(arrays.supply_delay[r, source])


def last_arrival(arrays: NetworkArrays, r: int, source: int) -> int:
    """Weeks after the event from which nothing ordered before it arrives from a source that is closed."""
    return weeks_to_closure(arrays, r, source) + _weeks_of_transit(arrays, r, source)


def _weeks_of_transit(arrays: NetworkArrays, r: int, source: int) -> int:
    """Weeks after the closure in which goods already shipped still arrive."""
    if not arrays.in_transit_released[r]:
        return 0
    savings = int(arrays.savings_weeks[r])
    return int(min(arrays.source_transit[source], savings if savings != NEVER else NEVER))


def _alternative_streams(problem: CombProblem, tooth: Tooth, item: int, source: int) -> list[Stream]:
    arrays, r = problem.arrays, tooth.restriction
    if arrays.supply_left[r, source] < 1:
        return []
    lead, variance = _terms(arrays, r, item, source)
    switch = float(whole_weeks(problem.switch_weeks[tooth.draw, source]))
    streams = []
    for number, option in enumerate(problem.options):
        if option.source != source:
            continue
        early = option.week != AT_EVENT and option.week < tooth.week
        if early:
            ready = max(option.week + switch - tooth.week, 0.0)
        elif arrays.start_after[source] and arrays.hits_item[r, item]:
            ready = switch
        else:
            continue
        streams.append(
            Stream(
                item,
                source,
                ready + lead,
                np.inf,
                float(arrays.source_capacity[source]),
                variance,
                option=number,
                ramp=float(arrays.ramp_weeks[source]),
            )
        )
    return streams


def normal_arrivals(arrays: NetworkArrays, item: int, source: int, week: int) -> Floats:
    """Arrivals from the first source in each week from `week` on when nothing happens [units]:
    open orders, and from the lead time on what base stock orders to replace the use of each week; its
    first order also makes up for what the start is short of."""
    lead = int(arrays.source_lead[source])
    arrivals = arrays.open_shipped[:, source] + arrays.open_unshipped[:, source]
    arrivals[lead:] += arrays.usage[lead:, item]
    if lead < len(arrivals):
        arrivals[lead] += short_at_start(arrays, item, lead)
    return arrivals[week:]


def short_at_start(arrays: NetworkArrays, item: int, lead: int) -> float:
    """Units by which stock and open orders fall short of what normal running needs at the start."""
    mine = slice(arrays.source_ptr[item], arrays.source_ptr[item + 1])
    due = (arrays.open_shipped[:, mine] + arrays.open_unshipped[:, mine]).sum()
    needed = arrays.working_stock[item] + arrays.usage[:lead, item].sum()
    return max(0.0, float(needed - arrays.on_hand[item] - due))


@dataclass(frozen=True)
class Opening:
    """Where normal running stands when the plan starts, item by item; shape (week, item) or (item)."""

    surplus: Floats
    """Stock and open orders above what normal running needs [units], shape (item)."""
    on_hand: Floats
    """Stock at the start of each week, arrivals of the week included, without the surplus [units]."""
    missing: Floats
    """Surplus at the start of each week that is still on order, beyond what normal stock covers [units];
    goods ordered ahead that arrive in the week count as missing, as an event may stop them."""
    coming: Floats
    """The part of `missing` that arrives after the week, of the same shape."""


def project_opening(arrays: NetworkArrays) -> Opening:
    """Stock under base stock with mean demand, no event and no plan.

    Before the first order of the plan can arrive, stock follows what is on hand and on order; a
    shortfall shows there. From then on it is working stock and the use of the week, less what was
    ordered ahead and has not arrived: that counts as surplus from the start.
    """
    n_week, n_item = arrays.usage.shape
    surplus = np.zeros(n_item)
    on_hand, normal = np.zeros((n_week, n_item)), np.zeros((n_week, n_item))
    ahead = np.zeros((n_week, n_item))
    for item in range(n_item):
        working = arrays.working_stock[item]
        source = arrays.first_source(item)
        if source < 0:
            surplus[item] = max(0.0, arrays.on_hand[item] - working)
            on_hand[:, item] = min(working, arrays.on_hand[item])
            on_hand[1:, item] = working
            continue
        lead = min(int(arrays.source_lead[source]), n_week)
        use = arrays.usage[:, item]
        mine = slice(arrays.source_ptr[item], arrays.source_ptr[item + 1])
        arrivals = (arrays.open_shipped[:, mine] + arrays.open_unshipped[:, mine]).sum(axis=1)
        position = arrays.on_hand[item] + arrivals.sum()
        surplus[item] = max(0.0, position - working - use[:lead].sum())
        pending = arrivals.sum() - np.cumsum(arrivals)
        on_hand[:, item] = np.maximum(working + (use if lead > 0 else 0.0) - pending, -surplus[item])
        used_before = np.concatenate([[0.0], np.cumsum(use)[:-1]])
        early = arrays.on_hand[item] + np.cumsum(arrivals[:lead]) - used_before[:lead] - surplus[item]
        on_hand[:lead, item] = np.maximum(early, -surplus[item])
        if lead == 0:
            on_hand[0, item] = arrays.on_hand[item] - surplus[item]
        else:
            normal[lead:, item], ahead[:, item] = use[lead:], arrivals
    missing, coming = (np.clip(held - on_hand, 0.0, surplus) for held in (normal + ahead, normal))
    return Opening(surplus, on_hand, missing, coming)


def project_stock(arrays: NetworkArrays, kept: Floats) -> tuple[Floats, Floats]:
    """Base stock with mean demand, no event and no plan: stock at the end of each week, and what was bought
    or made by then, shape (week, item) [units].

    Orders and making follow from what is used, level by level: where surplus of a product is sold, its parts
    are not used, and not ordered again. Only first sources are seen, and no limits.

    Args:
        arrays: the numbered network.
        kept: stock that stays above what normal running needs [units], shape (item).
    """
    n_week, n_item = arrays.usage.shape
    level = arrays.base_position() + kept
    used = np.zeros((n_week, n_item))
    np.add.at(used.T, arrays.line_product, arrays.demand.T)
    stock, received = np.zeros((n_week, n_item)), np.zeros((n_week, n_item))
    np.add.at(received.T, arrays.source_item, (arrays.open_shipped + arrays.open_unshipped).T)
    np.cumsum(received, axis=0, out=received)
    for item in arrays.make_order[::-1]:
        total = np.cumsum(used[:, item])
        lead = int(arrays.make_weeks[item])
        ahead = np.append(total, total[-1] + np.arange(1, lead + 1) * used[-1, item])[lead:]
        need = level[:, item] + ahead
        begun = np.maximum.accumulate(np.maximum(need - arrays.on_hand[item] - received[-1, item], 0.0))
        received[:, item] += np.append(np.zeros(min(lead, n_week)), begun)[:n_week]
        stock[:, item] = arrays.on_hand[item] + received[:, item] - total
        rows = slice(arrays.bom_ptr[item], arrays.bom_ptr[item + 1])
        weekly = np.diff(begun, prepend=0.0)
        used[:, arrays.bom_child[rows]] += np.outer(weekly, arrays.bom_quantity[rows])
    bought, first = np.flatnonzero(~arrays.made), arrays.first_sources[~arrays.made]
    totals = np.cumsum(used[:, bought], axis=0)
    need = level[:, bought] + totals - used[:, bought] - arrays.on_hand[bought] - received[-1, bought]
    begun = np.maximum.accumulate(np.maximum(need, 0.0), axis=0)
    leads = np.where(first >= 0, arrays.source_lead[first], n_week)
    for lead in np.unique(leads[leads < n_week]):
        received[lead:, bought[leads == lead]] += begun[: n_week - lead, leads == lead]
    stock[:, bought] = arrays.on_hand[bought] + received[:, bought] - totals
    return stock, received
