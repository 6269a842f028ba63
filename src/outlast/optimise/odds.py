"""When a first event falls, and under which watch state. In: `NetworkArrays`. Out: odds by epoch.
One reason to exist: comb and watch tree share one reading of hazards (model.md section 7: restrictions
compete; hazards hold for a whole epoch).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EventOdds:
    """Odds of the first event, watch states averaged."""

    falls: Floats
    """It falls in the epoch and is of the restriction, shape (epoch, restriction)."""
    alive: Floats
    """None fell up to and including the epoch, shape (epoch)."""


@dataclass(frozen=True)
class EpochOdds:
    """Odds of an event in one epoch, before which none fell, by its watch state."""

    falls: Floats
    """Of the restriction, shape (state, restriction)."""
    alive: Floats
    """None, shape (state)."""


def epoch_odds(arrays: NetworkArrays, epoch: int) -> EpochOdds:
    """Odds of an event in an epoch by watch state; of one state if the case has none."""
    factor = arrays.watch_factor if arrays.watch_ids else np.ones((1, len(arrays.hazard_per_week)))
    hazard = arrays.hazard_per_week * factor
    weeks = min(arrays.epoch_weeks, arrays.horizon_weeks - epoch * arrays.epoch_weeks)
    total = hazard.sum(axis=1)
    alive = np.exp(-total * weeks)
    share = np.divide(hazard, total[:, None], out=np.zeros_like(hazard), where=total[:, None] > 0)
    return EpochOdds(-np.expm1(-total * weeks)[:, None] * share, alive)


def event_odds(arrays: NetworkArrays) -> EventOdds:
    """Odds of the first event by epoch and restriction, for one who does not look at watch states."""
    epochs = -(-arrays.horizon_weeks // arrays.epoch_weeks)
    if not arrays.watch_ids:
        return _steady_odds(arrays, epochs)
    at = now(arrays)
    falls, alive = np.zeros((epochs, len(arrays.hazard_per_week))), np.zeros(epochs)
    for epoch in range(epochs):
        odds = epoch_odds(arrays, epoch)
        falls[epoch] = at @ odds.falls
        at = at * odds.alive
        alive[epoch] = at.sum()
        at = moved(arrays, at)
    return EventOdds(falls, alive)


def _steady_odds(arrays: NetworkArrays, epochs: int) -> EventOdds:
    """Odds where hazards never change, in closed form: P(epoch) = exp(-lam t_e) - exp(-lam t_e+1)."""
    hazard = arrays.hazard_per_week
    total = float(hazard.sum())
    alive = np.exp(-total * np.minimum(np.arange(epochs + 1) * arrays.epoch_weeks, arrays.horizon_weeks))
    event = (alive[:-1] - alive[1:])[:, None]
    falls = event * hazard / total if total > 0 else np.zeros((epochs, len(hazard)))
    return EventOdds(falls, alive[1:])


def now(arrays: NetworkArrays) -> Floats:
    """Odds of each watch state in the first epoch, shape (state)."""
    at = np.zeros(max(len(arrays.watch_ids), 1))
    at[arrays.watch_now] = 1.0
    return at


def moved(arrays: NetworkArrays, at: Floats) -> Floats:
    """Odds of each watch state an epoch later, shape (state)."""
    return np.asarray(at @ arrays.watch_step) if arrays.watch_ids else at
