"""The comb tree as data. In: a numbered network and draws of durations. Out: `CombProblem`.
One reason to exist: what is decided, what may happen and how likely, before any algebra
(model.md section 7: one trunk, a tooth for every epoch, restriction and draw).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import ASSEMBLY, NetworkArrays
from outlast.optimise.byhand import AT_EVENT, NOTHING, ByHand, Earlier
from outlast.optimise.odds import event_odds
from outlast.optimise.risk import NEUTRAL, Risk
from outlast.periods import NEVER

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

__all__ = ["AT_EVENT", "CombProblem", "StartOption", "Tooth", "build_problem"]

GRIDS = (4.0, 8.0, 13.0)
"""Widths of the buckets of weeks after an event that are tried, finest first [weeks]."""
ROW_LIMIT = 30_000
"""Rows of the extensive form beyond which a coarser grid is taken."""


@dataclass(frozen=True, slots=True)
class StartOption:
    """One way to start the switch to an alternative source."""

    source: int
    week: int
    """Week of the start if no event comes before; AT_EVENT: only then."""


@dataclass(frozen=True, slots=True)
class Tooth:
    """What one event, at the start of one epoch, with one draw of durations, leads to."""

    epoch: int
    week: int
    restriction: int
    draw: int
    probability: float
    share: float = 1.0
    """Of all draws, those that are like this one."""


@dataclass(frozen=True)
class CombProblem:
    """A planning problem: decisions before the event (trunk) and what may follow (teeth)."""

    arrays: NetworkArrays
    switch_weeks: Floats
    """Durations of switches, shape (draw, source) [weeks]."""
    relief_weeks: Floats
    """Effective to relief, shape (draw, restriction); inf: never [weeks]."""
    teeth: tuple[Tooth, ...]
    quiet: float
    """Odds that no event falls within the horizon."""
    items: Ints
    """Items at risk: a restriction closes a source of them, or of something inside them."""
    lines: Ints
    """Demand lines of products at risk or hit themselves."""
    options: tuple[StartOption, ...]
    bucket_weeks: float
    risk: Risk = NEUTRAL
    """The measure of the loss to be made small."""
    by_hand: ByHand = NOTHING
    """What people decided."""
    earlier: Earlier | None = None
    """The plan before."""

    @cached_property
    def place(self) -> Ints:
        """Position of each item among the items at risk, -1 if not at risk; shape (item)."""
        place = np.full(len(self.arrays.item_ids), -1, dtype=np.int64)
        place[self.items] = np.arange(len(self.items))
        return place

    @property
    def epochs(self) -> int:
        """Number of epochs of the trunk."""
        return -(-self.arrays.horizon_weeks // self.arrays.epoch_weeks)

    def epoch_week(self, epoch: int) -> int:
        """Week at which an epoch starts; the horizon for the epoch after the last."""
        return min(epoch * self.arrays.epoch_weeks, self.arrays.horizon_weeks)

    @cached_property
    def epoch_weeks(self) -> Ints:
        """Weeks at which the epochs start, and the horizon, shape (epoch + 1)."""
        return np.array([self.epoch_week(epoch) for epoch in range(self.epochs + 1)])

    def by_epoch(self, weekly: Floats) -> Floats:
        """Totals of each epoch, shape (epoch, ...), of figures of shape (week, ...)."""
        ends = self.epoch_weeks
        return np.array([weekly[ends[e] : ends[e + 1]].sum(axis=0) for e in range(self.epochs)])

    def skip_weeks(self, item: int, epoch: int) -> range:
        """Weeks of an epoch in which normal replenishment of an item can be skipped: orders placed before the
        start can't be."""
        first = self.arrays.first_source(item)
        ordered = not self.arrays.made[item] and first >= 0
        lead = int(self.arrays.source_lead[first]) if ordered else 0
        return range(max(self.epoch_week(epoch), lead), self.epoch_week(epoch + 1))

    def skip_shares(self, items: Ints, weeks: range) -> Floats:
        """Share of what is skipped of items in weeks of an epoch that each week has, shape (week, item).

        It goes with use, so that no week skips more than its order.
        """
        use = self.arrays.usage[weeks.start : weeks.stop, items]
        total = use.sum(axis=0)
        return np.where(total > 0, use / np.where(total > 0, total, 1.0), 1.0 / max(len(weeks), 1))


def items_at_risk(arrays: NetworkArrays) -> Ints:
    """Items that a restriction can stop: their sources are hit, or those of what is inside.

    Assemblies that have no stock and no limit on making are left out: what is inside them counts
    straight for what they go into. The plan stocks parts and finished goods ahead, not these.
    """
    if not (arrays.hazard_per_week.any() or (arrays.fixed_week != NEVER).any()):
        return np.zeros(0, dtype=np.int64)  # no event can come
    hit = arrays.hits_item.any(axis=0) & (arrays.usage.max(axis=0) > 0)
    risk = hit.copy()
    for item in arrays.make_order:
        inside = arrays.bom_child[arrays.bom_ptr[item] : arrays.bom_ptr[item + 1]]
        risk[item] = risk[inside].any() and arrays.usage[:, item].max() > 0
    through = arrays.made & (arrays.item_kind == ASSEMBLY) & np.isinf(arrays.make_capacity)
    through &= (arrays.on_hand <= 0) & (arrays.working_stock <= 0)
    return np.nonzero(risk & ~through)[0]


def build_problem(
    arrays: NetworkArrays,
    switch_weeks: Floats,
    relief_weeks: Floats,
    *,
    bucket_weeks: float | None = None,
    risk: Risk = NEUTRAL,
    by_hand: ByHand = NOTHING,
    earlier: Earlier | None = None,
) -> CombProblem:
    """The comb tree of a network.

    Args:
        arrays: the numbered network.
        switch_weeks: durations of switches [weeks], shape (draw, source).
        relief_weeks: effective to relief [weeks], inf for never, shape (draw, restriction).
        bucket_weeks: width of the buckets after an event; default: the finest of `GRIDS`
            that stays below `ROW_LIMIT` rows.
        risk: the measure of the loss to be made small; default: its mean.
        by_hand: what people decided.
        earlier: the plan before.

    Source: model.md section 7: restrictions compete, P(epoch) = exp(-lam t_e) - exp(-lam t_e+1); where the
    hazard changes with a watch state, its odds are averaged.
    """
    items = np.union1d(items_at_risk(arrays), np.array(by_hand.items, dtype=np.int64))
    at_risk = np.zeros(len(arrays.item_ids), dtype=bool)
    at_risk[items] = True
    lines = np.nonzero(at_risk[arrays.line_product] | arrays.hits_line.any(axis=0))[0]
    problem = CombProblem(
        arrays=arrays,
        switch_weeks=switch_weeks,
        relief_weeks=relief_weeks,
        teeth=_teeth(arrays, items, switch_weeks, relief_weeks),
        quiet=float(event_odds(arrays).alive[-1]),
        items=items,
        lines=lines,
        options=_options(arrays, items, by_hand),
        bucket_weeks=bucket_weeks or GRIDS[0],
        risk=risk,
        by_hand=by_hand,
        earlier=earlier,
    )
    if bucket_weeks is None:
        for width in GRIDS:
            problem = replace(problem, bucket_weeks=width)
            if estimated_rows(problem) <= ROW_LIMIT:
                break
    return problem


def estimated_rows(problem: CombProblem) -> float:
    """Rows that the extensive form will have, roughly."""
    flows = len(problem.items) + len({option.source for option in problem.options})
    return len(problem.teeth) * flows * len(base_grid(problem))


def base_grid(problem: CombProblem) -> Floats:
    """Ends of the buckets after an event [weeks]: `bucket_weeks` wide in the first year, then wider.

    A cut that ends inside a bucket counts to the day: a bucket limits what flows and what sells in it
    by the share of the bucket that is open. Only the order of events inside a bucket is lost.
    """
    window = float(problem.arrays.window_weeks)
    if problem.bucket_weeks <= 1:
        return np.arange(1.0, window + 0.5)
    fine = np.arange(problem.bucket_weeks, min(52.0, window) + 1e-9, problem.bucket_weeks)
    coarse = np.arange(52.0 + 2 * problem.bucket_weeks, window + 1e-9, max(13.0, 2 * problem.bucket_weeks))
    return np.unique(np.concatenate([fine, coarse, [window]]))


def _teeth(
    arrays: NetworkArrays, items: Ints, switch_weeks: Floats, relief_weeks: Floats
) -> tuple[Tooth, ...]:
    """A tooth for every epoch, restriction with a hazard, and draw; draws that differ in nothing that
    follows an event of the restriction share one, with the odds of all."""
    falls = event_odds(arrays).falls
    hazards = np.nonzero(arrays.hazard_per_week > 0)[0]
    draws = {int(r): alike_draws(arrays, items, switch_weeks, relief_weeks, int(r)) for r in hazards}
    teeth = []
    for epoch, odds in enumerate(falls):
        for r, kinds in draws.items():
            for draw, count in kinds:
                share = count / len(switch_weeks)
                probability = float(odds[r] * count / len(switch_weeks))
                if probability > 0:
                    teeth.append(Tooth(epoch, epoch * arrays.epoch_weeks, r, draw, probability, share))
    return tuple(teeth)


def alike_draws(
    arrays: NetworkArrays, items: Ints, switch_weeks: Floats, relief_weeks: Floats, r: int
) -> list[tuple[int, int]]:
    """The first draw of each kind, and how many are of it: draws of one kind have the same relief of
    restriction `r`, as far as it comes within the window, and the same whole weeks of every switch that can
    matter. Where no source is closed, no switch does.

    Args:
        arrays: the numbered network.
        items: at risk.
        switch_weeks: durations of switches [weeks], shape (draw, source).
        relief_weeks: effective to relief [weeks], shape (draw, restriction).
        r: the restriction.
    """
    matters = [np.minimum(relief_weeks[:, [r]], float(arrays.window_weeks))]
    if (arrays.supply_left[r] < 1).any():
        open_ = ~arrays.source_qualified & (arrays.supply_left[r] >= 1)
        open_ &= np.isin(arrays.source_item, items)
        matters.append(np.minimum(whole_weeks(switch_weeks[:, open_]), float(arrays.n_week)))
    _, first, count = np.unique(np.hstack(matters), axis=0, return_index=True, return_counts=True)
    return [(int(first[k]), int(count[k])) for k in np.argsort(first)]


def whole_weeks(duration: Floats) -> Floats:
    """Weeks that durations of switches take, as orders are placed once a week [weeks]."""
    return np.ceil(duration - 1e-9)


def leaf_odds(problem: CombProblem, hazard_per_week: Floats) -> Floats:
    """Odds of every leaf (the teeth in their order, then no event) if the hazards were others, shape (leaf).

    Args:
        problem: the comb tree; no other restrictions have a hazard above 0.
        hazard_per_week: of each restriction [events per week].
    """
    odds = event_odds(replace(problem.arrays, hazard_per_week=hazard_per_week))
    teeth = [odds.falls[tooth.epoch, tooth.restriction] * tooth.share for tooth in problem.teeth]
    return np.array([*teeth, odds.alive[-1]])


def _name(tooth: Tooth) -> tuple[int, int, int]:
    return tooth.epoch, tooth.restriction, tooth.draw


def mix_hazards(problem: CombProblem, hazards: Floats) -> tuple[CombProblem, Floats]:
    """The same problem with the mean of its odds under several hazards, so that no leaf that counts under one
    is next to impossible; and the odds under each, shape (hazards, leaf).

    Args:
        problem: the comb tree.
        hazards: of each restriction [events per week], shape (hazards, restriction).
    """
    every = {
        _name(tooth): tooth
        for each in hazards
        for tooth in _teeth(
            replace(problem.arrays, hazard_per_week=each),
            problem.items,
            problem.switch_weeks,
            problem.relief_weeks,
        )
    }
    mixed = replace(problem, teeth=tuple(every[name] for name in sorted(every)))
    odds = np.array([leaf_odds(mixed, each) for each in hazards])
    return weigh_teeth(mixed, odds.mean(axis=0)), odds


def weigh_teeth(problem: CombProblem, odds: Floats) -> CombProblem:
    """The same problem with other odds of its leaves.

    Args:
        problem: the comb tree.
        odds: of the teeth in their order, then of no event, shape (leaf).
    """
    teeth = (replace(tooth, probability=float(p)) for tooth, p in zip(problem.teeth, odds[:-1], strict=True))
    return replace(problem, teeth=tuple(teeth), quiet=float(odds[-1]))


def _options(arrays: NetworkArrays, items: Ints, by_hand: ByHand) -> tuple[StartOption, ...]:
    """Start now, as soon as the cash calendar allows more, when it is decided by hand, or at the event.

    Another week is never better, but for what `later_start_saving` counts: an earlier start of the same
    cash limit costs the same, and leaves every tooth no worse off.
    """
    options = []
    for item in items:
        for source in range(arrays.source_ptr[item], arrays.source_ptr[item + 1]):
            if arrays.source_qualified[source]:
                continue
            if arrays.start_before[source]:
                decided = {week for _, started, week in by_hand.starts if started == source}
                weeks = sorted({*_start_weeks(arrays), *decided})
                options += [StartOption(source, week) for week in weeks]
            if arrays.start_after[source]:
                options.append(StartOption(source, AT_EVENT))
    return tuple(options)


def _start_weeks(arrays: NetworkArrays) -> list[int]:
    """Now, and the first epoch after each rise of the cash limit."""
    limit = arrays.cash_limit[: arrays.horizon_weeks]
    rises = np.nonzero(limit[1:] > limit[:-1])[0] + 1
    starts = -(-rises // arrays.epoch_weeks) * arrays.epoch_weeks
    return sorted({0, *(int(week) for week in starts if week < arrays.horizon_weeks)})


def later_start_saving(problem: CombProblem) -> float:
    """Most that starting switches at other weeks than the options have could save [money].

    A start put off saves its cost where an event comes first that does not call for the switch. All
    else being no better, the loss of any plan that starts at other weeks is at least that of the best
    plan among the options less this.
    """
    arrays = problem.arrays
    last = problem.epoch_week(problem.epochs - 1)
    saving = 0.0
    for source in {option.source for option in problem.options if option.week != AT_EVENT}:
        item = arrays.source_item[source]
        for tooth in problem.teeth:
            called = arrays.start_after[source] and arrays.hits_item[tooth.restriction, item]
            if 0 < tooth.week <= last and not called:
                saving += tooth.probability * float(arrays.switch_cost[source])
    return problem.risk.steepest * saving
