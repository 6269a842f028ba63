"""Watch states as numbers: hazards by state, and their mean for whoever does not look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outlast.network.chain import occupancy
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.watch import WatchHazard, WatchState, WatchTransition
from outlast.periods import WEEKS_PER_YEAR
from tests.network.test_numbering import camera


def watched(network: Network, step: dict[tuple[str, str], float], hazards: dict[str, float]) -> Network:
    """The case with states, the first of which holds now, and hazards of its first restriction."""
    names = list(dict.fromkeys(state for state, _ in step))
    act = network.restrictions[0].restriction_id
    return replace(
        network,
        watch_states=tuple(WatchState(state_id=name, now=name == names[0]) for name in names),
        watch_transitions=tuple(
            WatchTransition(from_state=a, to_state=b, probability=p) for (a, b), p in step.items()
        ),
        watch_hazards=tuple(
            WatchHazard(restriction_id=act, state_id=name, hazard_per_year=rate)
            for name, rate in hazards.items()
        ),
    )


def test_a_hazard_is_that_of_the_state_or_else_of_the_restriction() -> None:
    network = camera()
    step = {("CALM", "CALM"): 0.9, ("CALM", "TENSE"): 0.1, ("TENSE", "TENSE"): 1.0}
    arrays = number(watched(network, step, {"TENSE": 3.0}))
    hazard = arrays.hazard_per_week[0] * arrays.watch_factor[:, 0] * WEEKS_PER_YEAR
    assert hazard == pytest.approx([network.restrictions[0].hazard_per_year, 3.0])
    assert arrays.watch_ids == ("CALM", "TENSE")
    assert arrays.watch_now == 0
    assert arrays.watch_step.tolist() == [[0.9, 0.1], [0.0, 1.0]]
    assert any("mean over the horizon" in line for line in arrays.assumptions)


def test_the_mean_hazard_weighs_states_by_the_epochs_spent_in_them() -> None:
    network = camera()
    step = {("CALM", "TENSE"): 1.0, ("TENSE", "CALM"): 1.0}
    arrays = number(watched(network, step, {"CALM": 1.0, "TENSE": 2.0}))
    epochs = network.calendar.n_epoch
    tense = (epochs // 2) / epochs
    assert arrays.hazard_per_week[0] * WEEKS_PER_YEAR == pytest.approx(1.0 + tense)


def test_occupancy_is_that_of_powers_of_the_chain() -> None:
    rng = np.random.default_rng(5)
    step = rng.dirichlet(np.ones(4), 4)
    powers = [np.linalg.matrix_power(step, epoch)[2] for epoch in range(7)]
    assert occupancy(step, 2, 7) == pytest.approx(np.mean(powers, axis=0))


def test_without_states_nothing_changes() -> None:
    arrays = number(camera())
    assert arrays.watch_ids == ()
    assert arrays.watch_factor.size == 0
