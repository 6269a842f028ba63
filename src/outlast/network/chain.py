"""The Markov chain of watch states as numbers. In: `Network`, hazards. Out: watch arrays.
One reason to exist: draws and planning tree see the same chain, and whatever does not look at states
sees hazards that are its mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.network.network import Network
from outlast.network.wording import figure, list_some
from outlast.periods import WEEKS_PER_YEAR

Floats = NDArray[np.float64]


def watch_arrays(network: Network, restrictions: dict[str, Any], log: list[str]) -> dict[str, Any]:
    """Watch fields of `NetworkArrays`, and hazards as the chain has them on average.

    The mean hazard of a restriction is over the epochs of the horizon, from the state on the first day, as
    long as nothing happens.

    Args:
        network: the case.
        restrictions: restriction fields of `NetworkArrays`.
        log: receives what was assumed.
    """
    if not network.watch_states:
        return {}
    ids = tuple(row.state_id for row in network.watch_states)
    place = {state_id: state for state, state_id in enumerate(ids)}
    now = {row.now: state for state, row in enumerate(network.watch_states)}[True]
    step = np.zeros((len(ids), len(ids)))
    for move in network.watch_transitions:
        step[place[move.from_state], place[move.to_state]] = move.probability
    step /= step.sum(axis=1, keepdims=True)
    named: Sequence[str] = restrictions["restriction_ids"]
    number = {restriction_id: r for r, restriction_id in enumerate(named)}
    hazard = np.tile(restrictions["hazard_per_week"], (len(ids), 1))
    for row in network.watch_hazards:
        hazard[place[row.state_id], number[row.restriction_id]] = row.hazard_per_year / WEEKS_PER_YEAR
    mean = occupancy(step, now, network.calendar.n_epoch) @ hazard
    factor = np.divide(hazard, mean, out=np.zeros_like(hazard), where=mean > 0)
    told = [
        f"{named[r]} {figure(float(mean[r]) * WEEKS_PER_YEAR)} a year"
        for r in np.flatnonzero(np.ptp(hazard, axis=0)).tolist()
    ]
    if told:
        log.append(
            "Hazards change with the watch state. What does not look at it takes their mean over the "
            f"horizon: {list_some(told)}."
        )
    return {
        "watch_ids": ids,
        "watch_now": now,
        "watch_step": step,
        "watch_factor": factor,
        "hazard_per_week": mean,
    }


def occupancy(step: Floats, now: int, epochs: int) -> Floats:
    """Expected share of the epochs that are spent in each state, shape (state).

    Args:
        step: odds to go from one state (row) to another in an epoch.
        now: state of the first epoch.
        epochs: their number.
    """
    at = np.zeros(len(step))
    at[now] = 1.0
    share = np.zeros(len(step))
    for _ in range(epochs):
        share += at / epochs
        at = at @ step
    return share
