"""Draws of what might happen. In: `NetworkArrays`, a seed. Out: `Scenarios`.
One reason to exist: events, durations, demand and disruptions are drawn jointly, and each draw hangs
on nothing but the seed, the names in its row, the scenario and the week: neither on how many are
drawn and in what process, nor on the other rows of the case and the weeks after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.network.arrays import Bools, Floats, Ints, NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.relief import relief_weeks
from outlast.scenarios.scenarios import Scenarios, join_scenarios
from outlast.scenarios.streams import BLOCK, row_streams

Shares = NDArray[np.float32]
Rows = Sequence[tuple[str, ...]]
Streams = Callable[[str, Rows], Iterator[Generator]]
"""The streams of a block: of what is drawn, and of the rows that it is drawn for."""
Draw = Callable[[Generator, int, tuple[int, int]], Floats]
"""Draws of a stream for a row, in the shape (week, scenario): weeks first, so that more of them follow."""


@dataclass(frozen=True)
class Draws:
    """Scenarios that are drawn where they are played, so that they are neither held nor sent anywhere.

    Raises:
        UsageError: no scenarios.
    """

    n_scenario: int
    seed: int
    event: tuple[int, int] | None = None
    """(restriction, week): this restriction is announced in that week and no other hazard strikes; those it
    triggers follow, dated ones stay."""
    noise: bool = True
    """Without it demand is its mean and no ordinary disruption occurs."""

    def __post_init__(self) -> None:
        if self.n_scenario < 1:
            raise UsageError(f"at least one scenario is needed, not {self.n_scenario}")

    def check(self, arrays: NetworkArrays) -> None:
        """Raise `UsageError` for an event outside the case."""
        event = self.event
        if event is not None and not (
            0 <= event[0] < len(arrays.restriction_ids) and 0 <= event[1] < arrays.n_week
        ):
            raise UsageError(f"event {event} is outside the case")

    def part(self, arrays: NetworkArrays, first: int, last: int) -> Scenarios:
        """Scenarios `first` to `last` (left out) of the case; each weighs one share of all of them."""
        self.check(arrays)
        starts = range(first - first % BLOCK, max(last, first + 1), BLOCK)
        blocks = [draw_block(arrays, self, start // BLOCK, min(BLOCK, last - start)) for start in starts]
        blocks[0] = blocks[0].part(first % BLOCK, BLOCK)
        return blocks[0] if len(blocks) == 1 else join_scenarios(blocks)


def draw_scenarios(
    arrays: NetworkArrays,
    n: int,
    seed: int,
    *,
    event: tuple[int, int] | None = None,
    noise: bool = True,
) -> Scenarios:
    """Draw `n` scenarios; the first k of them are the same for every n >= k.

    The demand factors take 8 n n_week n_line bytes: for many, give `Draws` to `simulate`.

    Args:
        arrays: the case.
        n: number of scenarios, at least 1.
        seed: seed of the run.
        event: (restriction, week) that is announced, see `Draws`.
        noise: without it demand is its mean and no ordinary disruption occurs.

    Raises:
        UsageError: no scenarios, or an event outside the case.
    """
    return Draws(n, seed, event, noise).part(arrays, 0, n)


def draw_block(arrays: NetworkArrays, draws: Draws, block: int, size: int) -> Scenarios:
    """The first `size` scenarios of a block."""
    event, noise = draws.event, draws.noise
    streams = partial(row_streams, draws.seed, block)
    watch = _draw_watch(arrays, size, streams)
    announced, effective = _draw_news(arrays, size, streams, event, watch)
    coming = announced < NEVER
    even = _draw_once(streams, "relief", _names(arrays.restriction_ids), size, Generator.random)
    relief = np.maximum(1.0, np.floor(relief_weeks(arrays, even) + 0.5))
    lifted = coming & np.isfinite(relief)
    return Scenarios(
        announced=np.where(_known_closures(arrays, event), NEVER, announced),
        effective=effective,
        closed=np.where(coming, effective + arrays.grace_weeks, NEVER),
        relief=np.where(lifted, effective + np.where(lifted, relief, 0).astype(np.int64), NEVER),
        switch_weeks=_draw_switches(arrays, size, streams),
        demand_factor=_draw_demand(arrays, size, streams, noise),
        source_up=_draw_source_up(arrays, size, streams, noise),
        weight=np.full(size, 1.0 / draws.n_scenario),
        lead_factor=_draw_leads(arrays, size, streams, noise),
        yield_factor=_draw_yields(arrays, size, streams, noise),
        pauses=_draw_pauses(arrays, size, streams, noise),
        watch=watch,
    )


def _draw_watch(arrays: NetworkArrays, size: int, streams: Streams) -> Ints:
    """Watch state of each epoch, shape (scenario, epoch); no epochs where there are no states.

    The chain takes no notice of events: what it says after one is not looked at.
    """
    if not arrays.watch_ids:
        return np.zeros((0, 0), dtype=np.int64)
    even = np.empty((size, -(-arrays.n_week // arrays.epoch_weeks), 1))
    _draw_weeks(streams, "watch", [("state",)], _even, even, np.arange(1))
    below = np.cumsum(arrays.watch_step, axis=1)
    below[:, -1] = 1.0
    states = np.full(even.shape[:2], arrays.watch_now, dtype=np.int64)
    for epoch in range(1, states.shape[1]):
        states[:, epoch] = (even[:, epoch] >= below[states[:, epoch - 1]]).sum(axis=1)
    return states


def _draw_news(
    arrays: NetworkArrays, size: int, streams: Streams, event: tuple[int, int] | None, watch: Ints
) -> tuple[Ints, Ints]:
    """Weeks of announcement and of effect, shape (scenario, restriction); NEVER beyond the last week.

    Hazards are exponential and independent, and change with the watch state of the epoch; which comes first
    is then a race of their rates.

    Source: Devroye (1986), Non-Uniform Random Variate Generation, ch. 6, section 1.3 (inversion of the
    cumulative hazard).
    """
    ids = arrays.restriction_ids
    waits = _draw_once(streams, "hazard", _names(ids), size, Generator.standard_exponential)
    even = _draw_once(streams, "trigger", _names(ids), size, Generator.random)
    follows = even < arrays.trigger_probability
    announced = np.full((size, len(ids)), NEVER, dtype=np.int64)
    effective = announced.copy()
    for r in _triggers_first(arrays):
        hazard, fixed, trigger = arrays.hazard_per_week[r], arrays.fixed_week[r], arrays.trigger[r]
        if event is not None and event[0] == r:
            announced[:, r] = event[1]
        elif fixed != NEVER:
            announced[:, r] = max(0, fixed - arrays.notice_weeks[r])
        elif trigger >= 0:
            announced[:, r] = np.where(follows[:, r], np.maximum(0, effective[:, trigger]), NEVER)
        elif hazard > 0 and event is None:
            if watch.size:
                weekly = hazard * arrays.watch_factor[:, r][np.repeat(watch, arrays.epoch_weeks, axis=1)]
                weekly[:, : arrays.earliest_week[r]] = 0.0
                announced[:, r] = (np.cumsum(weekly, axis=1) <= waits[:, [r]]).sum(axis=1)
            else:
                weeks = np.minimum(arrays.earliest_week[r] + waits[:, r] / hazard, arrays.n_week)
                announced[:, r] = np.floor(weeks).astype(np.int64)
        news = announced[:, r]
        announced[news >= arrays.n_week, r] = NEVER
        dated = fixed != NEVER and (event is None or event[0] != r)
        binds = np.full(size, fixed) if dated else announced[:, r] + arrays.notice_weeks[r]
        effective[:, r] = np.where(announced[:, r] < NEVER, binds, NEVER)
    return announced, effective


def _known_closures(arrays: NetworkArrays, event: tuple[int, int] | None) -> Bools:
    """Restrictions whose date was known before the start and that close markets only, shape
    (restriction): they bind on their day, but are no news, so the plan goes on until a real event."""
    known: Bools = np.array(arrays.fixed_week != NEVER, dtype=np.bool_)
    known &= arrays.fixed_week - arrays.notice_weeks <= 0
    known &= arrays.hits_line.any(axis=1) & ~(arrays.supply_left < 1).any(axis=1)
    if event is not None:
        known[event[0]] = False
    return known


def _triggers_first(arrays: NetworkArrays) -> list[int]:
    """Restrictions in an order in which what brings another about comes before it.

    Raises:
        UsageError: restrictions that bring each other about.
    """
    order: list[int] = []
    waiting = list(range(len(arrays.restriction_ids)))
    while waiting:
        ready = [r for r in waiting if arrays.trigger[r] < 0 or arrays.trigger[r] in order]
        if not ready:
            names = ", ".join(arrays.restriction_ids[r] for r in waiting)
            raise UsageError(f"restrictions bring each other about: {names}")
        order += ready
        waiting = [r for r in waiting if r not in ready]
    return order


def _draw_switches(arrays: NetworkArrays, size: int, streams: Streams) -> Floats:
    """Weeks that switches take: lognormal; 0 for sources that are qualified."""
    needed = np.flatnonzero(~arrays.source_qualified)
    names = _names(arrays.source_ids, needed)
    z = _draw_once(streams, "switch", names, size, Generator.standard_normal)
    weeks = np.zeros((size, len(arrays.source_ids)))
    weeks[:, needed] = arrays.switch_median[needed] * np.exp(arrays.switch_sigma[needed] * z)
    return weeks


def _draw_demand(arrays: NetworkArrays, size: int, streams: Streams, noise: bool) -> Floats:
    """Factors on mean demand: gamma with mean 1 and the line's sd, independent of each other.

    Source: Burgin (1975), The gamma distribution and inventory control.
    """
    factor = np.ones((size, *arrays.demand.shape))
    swinging = np.flatnonzero(arrays.line_sd_share > 0)
    if noise and len(swinging):
        draw = _gamma(arrays.line_sd_share[swinging] ** 2)
        names = [arrays.line_ids[line] for line in swinging]
        _draw_weeks(streams, "demand", names, draw, factor, swinging)
    return factor


def _draw_source_up(arrays: NetworkArrays, size: int, streams: Streams, noise: bool) -> NDArray[np.bool_]:
    """Weeks in which sources take orders, as far as ordinary disruptions go."""
    failing = np.flatnonzero(arrays.fail_per_week > 0)
    if not noise or len(failing) == 0:
        return np.zeros((0, 0, 0), dtype=np.bool_)
    even = np.empty((size, arrays.n_week, len(failing)))
    names = _names(arrays.source_ids, failing)
    _draw_weeks(streams, "disruption", names, _even, even, np.arange(len(failing)))
    up: Bools = np.ones((size, arrays.n_week, len(arrays.source_ids)), dtype=np.bool_)
    up[:, :, failing] = _up_and_down(even, arrays.fail_per_week[failing], arrays.recover_per_week[failing])
    return up


def _draw_pauses(arrays: NetworkArrays, size: int, streams: Streams, noise: bool) -> NDArray[np.uint8]:
    """Weeks in which goods of sources pause, and what pauses."""
    if not noise or not arrays.pause_fail.any():
        return np.zeros((0, 0, 0), dtype=np.uint8)
    kinds = list(zip(arrays.pause_source, arrays.pause_kind, strict=True))
    names = [(arrays.source_ids[source], str(kind)) for source, kind in kinds]
    even = np.empty((size, arrays.n_week, len(kinds)))
    _draw_weeks(streams, "pause", names, _even, even, np.arange(len(kinds)))
    up = _up_and_down(even, arrays.pause_fail, arrays.pause_recover)
    pauses = np.zeros((size, arrays.n_week, len(arrays.source_ids)), dtype=np.uint8)
    for k, (source, kind) in enumerate(kinds):
        pauses[:, :, source] |= np.where(up[:, :, k], 0, kind).astype(np.uint8)
    return pauses


def _even(rng: Generator, row: int, shape: tuple[int, int]) -> Floats:
    return rng.random(shape)


def _up_and_down(even: Floats, fail: Floats, recover: Floats) -> Bools:
    """Two-state Markov chains, started in their stationary state, shape (scenario, week, chain)."""
    chain: Bools = np.empty(even.shape, dtype=np.bool_)
    chain[:, 0] = even[:, 0] < recover / (fail + recover)
    for week in range(1, even.shape[1]):
        chain[:, week] = np.where(chain[:, week - 1], even[:, week] >= fail, even[:, week] < recover)
    return chain


def _draw_leads(arrays: NetworkArrays, size: int, streams: Streams, noise: bool) -> Shares:
    """Factors on the lead times of orders, by week of the order: gamma with mean 1.

    Source: Burgin (1975), The gamma distribution and inventory control.
    """
    varying = np.flatnonzero((arrays.source_lead_sd > 0) & (arrays.source_lead > 0))
    draw = _gamma((arrays.source_lead_sd[varying] / arrays.source_lead[varying]) ** 2)
    return _draw_spread(arrays, varying, size, streams, "lead", draw if noise else None)


def _draw_yields(arrays: NetworkArrays, size: int, streams: Streams, noise: bool) -> Shares:
    """Usable over ordered of deliveries, by week of arrival: beta where the mean share is below 1, and
    gamma where more than was ordered may come.

    Source: Yano & Lee (1995), Lot sizing with random yields: a review.
    """
    varying = np.flatnonzero(arrays.source_yield_sd > 0)
    mean, variance = arrays.source_yield[varying], arrays.source_yield_sd[varying] ** 2
    more = _gamma(variance / mean**2)

    def draw(rng: Generator, row: int, shape: tuple[int, int]) -> Floats:
        if mean[row] >= 1:
            return more(rng, row, shape)
        trials = mean[row] * (1 - mean[row]) / variance[row] - 1
        return np.asarray(rng.beta(mean[row] * trials, (1 - mean[row]) * trials, shape) / mean[row])

    return _draw_spread(arrays, varying, size, streams, "yield", draw if noise else None)


def _draw_spread(
    arrays: NetworkArrays, varying: Ints, size: int, streams: Streams, name: str, draw: Draw | None
) -> Shares:
    """Draws of the sources that vary among ones for the others, shape (scenario, week, source)."""
    if draw is None or len(varying) == 0:
        return np.zeros((0, 0, 0), dtype=np.float32)
    factor = np.ones((size, arrays.n_week, len(arrays.source_ids)), dtype=np.float32)
    _draw_weeks(streams, name, _names(arrays.source_ids, varying), draw, factor, varying)
    return factor


def _gamma(variance: Floats) -> Draw:
    """Gamma draws with mean 1."""
    return lambda rng, row, shape: np.asarray(rng.standard_gamma(1 / variance[row], shape) * variance[row])


def _names(ids: Sequence[str], numbers: Ints | None = None) -> Rows:
    return [(name,) for name in ids] if numbers is None else [(ids[number],) for number in numbers]


def _draw_once(
    streams: Streams, name: str, rows: Rows, size: int, draw: Callable[[Generator, int], Floats]
) -> Floats:
    """One draw for each scenario and row, shape (scenario, row)."""
    drawn = np.empty((len(rows), BLOCK))
    for row, rng in enumerate(streams(name, rows)):
        drawn[row] = draw(rng, BLOCK)
    return np.ascontiguousarray(drawn.T[:size])


def _draw_weeks(
    streams: Streams, name: str, rows: Rows, draw: Draw, into: NDArray[Any], columns: Ints
) -> None:
    """Draws for each scenario, week and row into these columns of an array (scenario, week, column)."""
    size, n_week, _ = into.shape
    for row, rng in enumerate(streams(name, rows)):
        into[:, :, columns[row]] = draw(rng, row, (n_week, BLOCK)).T[:size]
