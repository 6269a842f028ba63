"""What cuts cost. In: `Shortage`, cuts, when supply returns. Out: lost contribution, draw by draw.
One reason to exist: probability times impact is worked out in one place, for every kind of cut.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from outlast.network.arrays import Bools, Floats, NetworkArrays
from outlast.network.restrictions import Restriction
from outlast.periods import NEVER, WEEKS_PER_YEAR
from outlast.survive.answer import Loss, Range
from outlast.survive.durations import DRAWS, Comeback, Durations, comeback
from outlast.survive.scarce import Reach, Shortage
from outlast.survive.supply import Cut
from outlast.survive.times import Times, track

LEVELS = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Lost:
    """One cut."""

    draws: Floats
    """Lost contribution [money], shape (draw)."""
    saved: Mapping[int, float]
    """Mean of what one more week's use of each item would save [money]; without an entry: nothing."""

    def describe(self) -> Loss:
        """Mean and quantiles over the draws, each the middle of its stratum."""
        places = np.array(LEVELS) * DRAWS - 0.5
        return Loss(
            float(self.draws.mean()), *np.interp(places, np.arange(DRAWS), np.sort(self.draws)).tolist()
        )


@dataclass(frozen=True)
class Losses:
    """What is asked for the loss of a cut.

    It is the contribution of all demand of the window, less the most that stock, pipeline, open sources
    and returning supply of the cut items allow, all else being there. Demand that is not met in its week
    is lost.
    """

    shortage: Shortage
    durations: Durations
    times: Times
    cover: Floats
    """One week's use of every item [units], shape (item)."""
    known: dict[tuple[tuple[int, ...], ...], Floats] = field(default_factory=dict)
    """Of cuts that are no restriction, by items, sources and ways out: an item, its only source and its
    only supplier are one."""

    @cached_property
    def full(self) -> Floats:
        """Contribution of all demand [money], shape (line, week)."""
        return np.maximum(self.shortage.gain, 0.0) * self.shortage.demand

    def lose(self, cut: Cut, restriction: int | None = None) -> Lost:
        """Lost contribution of a cut in every draw of how long it lasts.

        Args:
            cut: what is cut.
            restriction: its number, if it is one; then what stock would save is worked out too.
        """
        saved: dict[int, float] = defaultdict(float)
        reaches = self.shortage.reaches(cut.items)
        lost = self._lose_apart(cut, restriction, reaches)
        for reach in reaches:
            back = comeback(self.shortage.arrays, self.durations, cut, reach.cut, restriction)
            if restriction is not None:
                lost = lost + self._lose_above(reach, cut, back, saved)
                continue
            key = (reach.cut, back.backs, back.alternatives)
            if key not in self.known:
                self.known[key] = self._lose_above(reach, cut, back, None)
            lost = lost + self.known[key]
        return Lost(np.maximum(lost, 0.0), {item: max(0.0, money) for item, money in saved.items()})

    def _lose_above(self, reach: Reach, cut: Cut, back: Comeback, saved: dict[int, float] | None) -> Floats:
        """Lost contribution of what stands above some items of a cut [money], shape (draw); adds to
        `saved`."""
        shortage, harmless = self.shortage, self._harmless(reach, cut)
        supplies = [track(shortage.arrays, item, shortage.on_hand, cut) for item in reach.cut]
        full, lost = float(self.full[reach.lines].sum()), np.zeros(DRAWS)
        rows: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for draw, row in enumerate(back.weeks.tolist()):
            rows[tuple(row)].append(draw)
        for row, draws in rows.items():
            after = back.at(row)
            if max([*after.back.values(), *([after.making] if not after.back else [])]) <= harmless:
                continue
            demand = shortage.demand[reach.lines]
            if cut.closed_lines is not None:
                closed = closed_weeks(
                    cut.closed_lines[reach.lines], cut.lines_week, after.lifted, demand.shape[1]
                )
                demand = np.where(closed, 0.0, demand)
            supply = np.array([supplied(after) for supplied in supplies])
            kept = shortage.keep(reach, supply, demand)
            lost[draws] = full - kept.contribution
            if saved is None:
                continue
            # Contribution is concave in stock: where the supergradient is 0, more stock saves nothing.
            for item in kept.worth:
                more = shortage.keep(reach, supply, demand, item, float(self.cover[item]))
                saved[item] += (more.contribution - kept.contribution) * len(draws) / DRAWS
        return lost

    def _harmless(self, reach: Reach, cut: Cut) -> int:
        """Longest time to recover that loses nothing; -1 where it is not known."""
        names = {self.shortage.arrays.item_ids[item] for item in reach.cut}
        if cut.closed_lines is not None or any(name in names for name, _ in self.times.short):
            return -1
        return min(self.times.tolerable[id(cut)][item] for item in reach.cut)

    def _lose_apart(self, cut: Cut, restriction: int | None, reaches: Sequence[Reach]) -> Floats:
        """Contribution of closed lines that need nothing that is cut [money], shape (draw)."""
        if cut.closed_lines is None or restriction is None:
            return np.zeros(DRAWS)
        rest = self.full.copy()
        for reach in reaches:
            rest[reach.lines] = 0.0
        lifted = self.durations.relief[:, restriction].tolist()
        closed = (closed_weeks(cut.closed_lines, cut.lines_week, week, rest.shape[1]) for week in lifted)
        return np.array([rest[weeks].sum() for weeks in closed])


def closed_weeks(lines: Bools, first: int, lifted: int, n_week: int) -> Bools:
    """Where lines are closed by law from a first week until it is lifted, shape (line, week)."""
    weeks = np.arange(n_week)
    closed: Bools = lines[:, None] & (weeks >= first) & (weeks < lifted)
    return closed


def find_odds(arrays: NetworkArrays, rows: Sequence[Restriction] = ()) -> list[Range]:
    """Probability that each restriction is announced, or binds by its date, within the horizon.

    Args:
        arrays: the case.
        rows: the restrictions as objects, for the interval of their hazards; without it there is none.
    """
    odds: dict[int, Range] = {}

    def odds_of(r: int) -> Range:
        if r not in odds:
            odds[r] = _odds(r)
        return odds[r]

    def _odds(r: int) -> Range:
        if arrays.fixed_week[r] != NEVER:
            sure = float(arrays.fixed_week[r] < arrays.horizon_weeks)
            return Range(sure, sure, sure)
        if arrays.trigger[r] >= 0:
            before, follows = odds_of(int(arrays.trigger[r])), float(arrays.trigger_probability[r])
            return Range(before.central * follows, before.low * follows, before.high * follows)
        central = float(arrays.hazard_per_week[r])
        stated = (rows[r].hazard_low, rows[r].hazard_high) if rows else (None, None)
        low, high = (central if rate is None else rate / WEEKS_PER_YEAR for rate in stated)
        low, high = min(low, central), max(high, central)
        weeks = max(0, arrays.horizon_weeks - int(arrays.earliest_week[r]))
        return Range(*(-math.expm1(-rate * weeks) for rate in (central, low, high)))

    return [odds_of(r) for r in range(len(arrays.restriction_ids))]


def odds_of_cut(arrays: NetworkArrays, odds: Sequence[Range], cut: Cut) -> Range:
    """Probability that some restriction hits everything that a cut closes.

    Restrictions are independent but for those that follow others: one that hits it and follows one that
    hits it too adds nothing.
    """
    sources = [source for source in cut.left if arrays.source_qualified[source]]
    hits = {r for r in range(len(odds)) if sources and (arrays.supply_left[r, sources] < 1).all()}
    followers: dict[int, list[int]] = defaultdict(list)
    for r in range(len(odds)):
        follows = arrays.trigger[r] >= 0 and arrays.fixed_week[r] == NEVER
        followers[int(arrays.trigger[r]) if follows else -1].append(r)

    def spared(r: int) -> float:
        """Odds that it is not hit once `r` has come, by nothing that follows."""
        if r in hits:
            return 0.0
        return math.prod(1 - arrays.trigger_probability[c] * (1 - spared(c)) for c in followers[r])

    chances = [(odds[r], 1 - spared(r)) for r in followers[-1]]
    return Range(
        1 - math.prod(1 - p.central * hit for p, hit in chances),
        1 - math.prod(1 - p.low * hit for p, hit in chances),
        1 - math.prod(1 - p.high * hit for p, hit in chances),
    )
