"""Draws of what might happen. In: `NetworkArrays`, a seed. Out: `Scenarios`.
One reason to exist: events, durations, demand and disruptions are drawn jointly and so that
scenario k is the same however many are drawn, in whatever process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.network.arrays import Bools, Floats, Ints, NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.relief import relief_weeks
from outlast.scenarios.scenarios import Scenarios
from outlast.scenarios.streams import BLOCK, stream

Shares = NDArray[np.float32]


def draw_scenarios(
    arrays: NetworkArrays,
    n: int,
    seed: int,
    *,
    event: tuple[int, int] | None = None,
    noise: bool = True,
) -> Scenarios:
    """Draw `n` scenarios; the first k of them are the same for every n >= k.

    The demand factors take 8 n n_week n_line bytes: for many, use `iterate_scenarios`.

    Args:
        arrays: the case.
        n: number of scenarios, at least 1.
        seed: seed of the run.
        event: (restriction, week): this restriction is announced in that week and no other hazard
            strikes; those it triggers follow, dated ones stay.
        noise: without it demand is its mean and no ordinary disruption occurs.

    Raises:
        UsageError: no scenarios, or an event outside the case.
    """
    blocks = list(iterate_scenarios(arrays, n, seed, event=event, noise=noise))
    if len(blocks) == 1:
        return blocks[0]
    return Scenarios(
        **{
            name: np.concatenate([getattr(block, name) for block in blocks])
            for name in Scenarios.__dataclass_fields__
        }
    )


def iterate_scenarios(
    arrays: NetworkArrays,
    n: int,
    seed: int,
    *,
    event: tuple[int, int] | None = None,
    noise: bool = True,
) -> Iterator[Scenarios]:
    """The scenarios of `draw_scenarios` in blocks of at most 256; weights sum to 1 over all blocks.

    Raises:
        UsageError: no scenarios, or an event outside the case.
    """
    if n < 1:
        raise UsageError(f"at least one scenario is needed, not {n}")
    if event is not None and not (
        0 <= event[0] < len(arrays.restriction_ids) and 0 <= event[1] < arrays.n_week
    ):
        raise UsageError(f"event {event} is outside the case")
    for block, first in enumerate(range(0, n, BLOCK)):
        yield draw_block(arrays, min(BLOCK, n - first), seed, block, 1.0 / n, event, noise)


def draw_block(
    arrays: NetworkArrays,
    size: int,
    seed: int,
    block: int,
    weight: float,
    event: tuple[int, int] | None = None,
    noise: bool = True,
) -> Scenarios:
    """The first `size` scenarios of a block, each with this weight."""
    announced, effective = _draw_news(arrays, size, seed, block, event)
    coming = announced < NEVER
    even = stream(seed, "relief", block).random((size, len(arrays.restriction_ids)))
    relief = np.maximum(1.0, np.floor(relief_weeks(arrays, even) + 0.5))
    lifted = coming & np.isfinite(relief)
    z = stream(seed, "switch", block).standard_normal((size, len(arrays.source_ids)))
    switch = arrays.switch_median * np.exp(arrays.switch_sigma * z)
    return Scenarios(
        announced=np.where(_known_closures(arrays, event), NEVER, announced),
        effective=effective,
        closed=np.where(coming, effective + arrays.grace_weeks, NEVER),
        relief=np.where(lifted, effective + np.where(lifted, relief, 0).astype(np.int64), NEVER),
        switch_weeks=np.where(arrays.source_qualified, 0.0, switch),
        demand_factor=_draw_demand(arrays, size, seed, block, noise),
        source_up=_draw_source_up(arrays, size, seed, block, noise),
        weight=np.full(size, weight),
        lead_factor=_draw_leads(arrays, size, seed, block, noise),
        yield_factor=_draw_yields(arrays, size, seed, block, noise),
        pauses=_draw_pauses(arrays, size, seed, block, noise),
    )


def _draw_news(
    arrays: NetworkArrays, size: int, seed: int, block: int, event: tuple[int, int] | None
) -> tuple[Ints, Ints]:
    """Weeks of announcement and of effect, shape (scenario, restriction); NEVER beyond the last week.

    Hazards are exponential and independent; which comes first is then a race of their rates.
    """
    n_restriction = len(arrays.restriction_ids)
    waits = stream(seed, "hazard", block).standard_exponential((size, n_restriction))
    follows = stream(seed, "trigger", block).random((size, n_restriction)) < arrays.trigger_probability
    announced = np.full((size, n_restriction), NEVER, dtype=np.int64)
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


def _draw_demand(arrays: NetworkArrays, size: int, seed: int, block: int, noise: bool) -> Floats:
    """Factors on mean demand: gamma with mean 1 and the line's sd, independent of each other.

    Source: Burgin (1975), The gamma distribution and inventory control.
    """
    shape = (size, *arrays.demand.shape)
    swinging = np.flatnonzero(arrays.line_sd_share > 0)
    if not noise or len(swinging) == 0:
        return np.ones(shape)
    variance = arrays.line_sd_share[swinging] ** 2
    drawn = stream(seed, "demand", block).standard_gamma(1 / variance, (*shape[:2], len(swinging)))
    drawn *= variance
    if len(swinging) == shape[2]:
        return drawn
    factor = np.ones(shape)
    factor[:, :, swinging] = drawn
    return factor


def _draw_source_up(
    arrays: NetworkArrays, size: int, seed: int, block: int, noise: bool
) -> NDArray[np.bool_]:
    """Weeks in which sources take orders, as far as ordinary disruptions go."""
    failing = np.flatnonzero(arrays.fail_per_week > 0)
    if not noise or len(failing) == 0:
        return np.zeros((0, 0, 0), dtype=np.bool_)
    even = stream(seed, "disruption", block).random((size, arrays.n_week, len(failing)))
    up: Bools = np.ones((size, arrays.n_week, len(arrays.source_ids)), dtype=np.bool_)
    up[:, :, failing] = _up_and_down(even, arrays.fail_per_week[failing], arrays.recover_per_week[failing])
    return up


def _draw_pauses(arrays: NetworkArrays, size: int, seed: int, block: int, noise: bool) -> NDArray[np.uint8]:
    """Weeks in which goods of sources pause, and what pauses."""
    if not noise or not arrays.pause_fail.any():
        return np.zeros((0, 0, 0), dtype=np.uint8)
    even = stream(seed, "pause", block).random((size, arrays.n_week, len(arrays.pause_source)))
    up = _up_and_down(even, arrays.pause_fail, arrays.pause_recover)
    pauses = np.zeros((size, arrays.n_week, len(arrays.source_ids)), dtype=np.uint8)
    for k, (source, kind) in enumerate(zip(arrays.pause_source, arrays.pause_kind, strict=True)):
        pauses[:, :, source] |= np.where(up[:, :, k], 0, kind).astype(np.uint8)
    return pauses


def _up_and_down(even: Floats, fail: Floats, recover: Floats) -> Bools:
    """Two-state Markov chains, started in their stationary state, shape (scenario, week, chain)."""
    chain: Bools = np.empty(even.shape, dtype=np.bool_)
    chain[:, 0] = even[:, 0] < recover / (fail + recover)
    for week in range(1, even.shape[1]):
        chain[:, week] = np.where(chain[:, week - 1], even[:, week] >= fail, even[:, week] < recover)
    return chain


def _draw_leads(arrays: NetworkArrays, size: int, seed: int, block: int, noise: bool) -> Shares:
    """Factors on the lead times of orders, by week of the order: gamma with mean 1.

    Source: Burgin (1975), The gamma distribution and inventory control.
    """
    varying = np.flatnonzero((arrays.source_lead_sd > 0) & (arrays.source_lead > 0))
    variance = (arrays.source_lead_sd[varying] / arrays.source_lead[varying]) ** 2
    return _spread_draws(
        arrays, varying, size, noise, lambda shape: _gamma(stream(seed, "lead", block), variance, shape)
    )


def _draw_yields(arrays: NetworkArrays, size: int, seed: int, block: int, noise: bool) -> Shares:
    """Usable over ordered of deliveries, by week of arrival: beta where the mean share is below 1, and
    gamma where more than was ordered may come.

    Source: Yano & Lee (1995), Lot sizing with random yields: a review.
    """
    varying = np.flatnonzero(arrays.source_yield_sd > 0)
    mean, variance = arrays.source_yield[varying], arrays.source_yield_sd[varying] ** 2
    below = mean < 1

    def draw(shape: tuple[int, ...]) -> Floats:
        rng = stream(seed, "yield", block)
        trials = np.where(below, mean * (1 - mean) / variance, 2.0) - 1
        share = rng.beta(mean * trials, np.where(below, (1 - mean) * trials, 1.0), shape) / mean
        return np.where(below, share, _gamma(rng, variance / mean**2, shape))

    return _spread_draws(arrays, varying, size, noise, draw)


def _gamma(rng: np.random.Generator, variance: Floats, shape: tuple[int, ...]) -> Floats:
    """Gamma draws with mean 1, shape (..., source)."""
    return np.asarray(rng.standard_gamma(1 / variance, shape) * variance)


def _spread_draws(
    arrays: NetworkArrays, varying: Ints, size: int, noise: bool, draw: Callable[[tuple[int, ...]], Floats]
) -> Shares:
    """Draws of the sources that vary among ones for the others, shape (scenario, week, source)."""
    if not noise or len(varying) == 0:
        return np.zeros((0, 0, 0), dtype=np.float32)
    factor = np.ones((size, arrays.n_week, len(arrays.source_ids)), dtype=np.float32)
    factor[:, :, varying] = draw((size, arrays.n_week, len(varying)))
    return factor
