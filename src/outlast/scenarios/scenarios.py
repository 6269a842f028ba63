"""What might happen, as arrays. In: nothing. Out: `Scenarios`, one row a scenario.
One reason to exist: simulator, optimiser and tests agree on what a draw is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import Axes
from outlast.periods import NEVER


def _none() -> NDArray[np.float32]:
    return np.zeros((0, 0, 0), dtype=np.float32)


@dataclass(frozen=True)
class Scenarios:
    """Joint draws. Week numbers count from the start of the case; NEVER means it does not come."""

    announced: Annotated[NDArray[np.int64], Axes("scenario, restriction", "week", "the news")]
    effective: Annotated[NDArray[np.int64], Axes("scenario, restriction", "week", "it binds")]
    closed: Annotated[
        NDArray[np.int64],
        Axes("scenario, restriction", "week", "sources and markets close: effective and grace"),
    ]
    relief: Annotated[
        NDArray[np.int64], Axes("scenario, restriction", "week", "lifted: open again from this week")
    ]
    switch_weeks: Annotated[
        NDArray[np.float64], Axes("scenario, source", "weeks", "start of switch to permission to order")
    ]
    demand_factor: Annotated[NDArray[np.float64], Axes("scenario, week, line", "ratio", "on mean demand")]
    source_up: Annotated[
        NDArray[np.bool_],
        Axes("scenario, week, source", "-", "no ordinary disruption; size 0 if there are none"),
    ]
    weight: Annotated[NDArray[np.float64], Axes("scenario", "probability", "sums to 1")]
    lead_factor: Annotated[
        NDArray[np.float32],
        Axes("scenario, week, source", "ratio", "on the lead time of an order of the week; size 0: all 1"),
    ] = field(default_factory=_none)
    yield_factor: Annotated[
        NDArray[np.float32],
        Axes("scenario, week, source", "ratio", "usable over ordered of what comes in; size 0: all 1"),
    ] = field(default_factory=_none)
    pauses: Annotated[
        NDArray[np.uint8],
        Axes("scenario, week, source", "bits", "kinds of pauses of its goods; size 0: there are none"),
    ] = field(default_factory=lambda: np.zeros((0, 0, 0), dtype=np.uint8))
    watch: Annotated[
        NDArray[np.int64],
        Axes("scenario, epoch", "state", "watch state of the epoch; size 0: hazards never change"),
    ] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))

    @property
    def n_scenario(self) -> int:
        """Number of scenarios."""
        return len(self.weight)

    def part(self, first: int, last: int) -> Scenarios:
        """Scenarios `first` to `last` (left out), with their weights as they are."""
        return Scenarios(**{column.name: getattr(self, column.name)[first:last] for column in fields(self)})

    def first_event(self) -> NDArray[np.int64]:
        """Week of the first announcement of each scenario, NEVER if none; shape (scenario)."""
        if self.announced.shape[1] == 0:
            return np.full(self.n_scenario, NEVER, dtype=np.int64)
        first: NDArray[np.int64] = self.announced.min(axis=1)
        return first


def join_scenarios(parts: Sequence[Scenarios]) -> Scenarios:
    """Parts one after the other, with their weights as they are."""
    return Scenarios(
        **{
            column.name: np.concatenate([getattr(part, column.name) for part in parts])
            for column in fields(Scenarios)
        }
    )
