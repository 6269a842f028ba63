"""Time to switch and time to recover. In: durations of the ways out. Out: their percentiles.
One reason to exist: the first of several uncertain ways out, and the last of several items.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outlast.network.arrays import NetworkArrays
from outlast.network.durations import Z90
from outlast.survive.answer import Quantiles
from outlast.survive.supply import Cut

SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True, order=True)
class WayOut:
    """A lognormal time and a certain one after it."""

    median: float
    """[weeks]; 0: at once."""
    sigma: float
    then: float
    """[weeks]"""

    def share_by(self, weeks: float) -> float:
        """Odds that it is ready by then."""
        rest = weeks - self.then
        if rest < 0 or (rest == 0 and self.median > 0):
            return 0.0
        if self.median == 0:
            return 1.0
        if self.sigma == 0:
            return float(rest >= self.median)
        return 0.5 * math.erfc(-math.log(rest / self.median) / (self.sigma * math.sqrt(2)))


def ways_out(arrays: NetworkArrays, item: int, cut: Cut) -> list[WayOut]:
    """Sources of a cut item that are not cut: qualified ones need their lead time, alternatives that
    may start after the news their switch before it. Ramp and capacity are left aside."""
    ways = []
    for source in range(arrays.source_ptr[item], arrays.source_ptr[item + 1]):
        usable = arrays.source_qualified[source] or arrays.start_after[source]
        if usable and source not in cut.left:
            median, sigma = float(arrays.switch_median[source]), float(arrays.switch_sigma[source])
            ways.append(WayOut(median, sigma, float(cut.lead(arrays, source))))
    return ways


def median_of(quantiles: Quantiles | None) -> float | None:
    """Median of a time; None where there is none."""
    return None if quantiles is None else quantiles.p50


def median_switches(arrays: NetworkArrays, cut: Cut) -> dict[int, float | None]:
    """Median time until each cut item has another source that delivers; None: it has none."""
    return {item: median_of(last_of_first([ways_out(arrays, item, cut)])) for item in cut.items}


def last_of_first(items: Sequence[Sequence[WayOut]]) -> Quantiles | None:
    """Percentiles of the time at which every item has its first way out, all independent.

    Args:
        items: ways out of each item.

    Returns:
        Percentiles; None if there is no item, or an item has no way out.
    """
    if not items or not all(items):
        return None
    if len(items) == 1 and len(items[0]) == 1:
        (way,) = items[0]
        return Quantiles(*(way.median * math.exp(way.sigma * z) + way.then for z in (-Z90, 0.0, Z90)))
    counts = Counter(tuple(sorted(ways)) for ways in items)

    def share_by(weeks: float) -> float:
        odds = 1.0
        for ways, count in counts.items():
            waiting = math.prod(1 - way.share_by(weeks) for way in ways)
            odds *= (1 - waiting) ** count
        return odds

    high = max(way.median * math.exp(8 * way.sigma) + way.then for ways in items for way in ways)
    return Quantiles(*(_invert(share_by, share, high) for share in SHARES))


def _invert(share_by: Callable[[float], float], share: float, high: float) -> float:
    """Smallest time by which the odds reach a share, by bisection to 1e-6 weeks."""
    low = 0.0
    if share_by(low) >= share:
        return low
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if share_by(middle) >= share else (middle, high)
    return high


def relief_quantiles(arrays: NetworkArrays, r: int) -> Quantiles | None:
    """Announcement to relief of a restriction, None where it is never lifted; None in all if the odds
    of relief are 0."""
    odds = float(arrays.relief_probability[r])
    if odds == 0:
        return None
    way = WayOut(float(arrays.relief_median[r]), float(arrays.relief_sigma[r]), float(arrays.notice_weeks[r]))
    high = way.median * math.exp(8 * way.sigma) + max(0.0, way.then)

    def lifted_by(weeks: float) -> float:
        return odds * way.share_by(weeks)

    values = [None if share > odds else _invert(lifted_by, min(share, odds), high) for share in SHARES]
    return Quantiles(*values)
