"""How long cuts last. In: `NetworkArrays`, recovery times of suppliers. Out: weeks of return, draw by draw.
One reason to exist: losses of every cut are asked of the same few, evenly spread draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from outlast.network.arrays import Floats, Ints, NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.reduce import draw_durations
from outlast.scenarios.streams import row_streams
from outlast.survive.supply import Cut, Return
from outlast.survive.switching import WayOut

DRAWS = 50
"""Draws of all durations; the 99th percentile of one duration is the last of them."""


@dataclass(frozen=True)
class Durations:
    """Weeks from the news, whole and cut at the window: what is later is never seen."""

    relief: Ints
    """A restriction is lifted, shape (draw, restriction)."""
    recovery: Ints
    """A supplier delivers again, shape (draw, supplier)."""
    ready: Ints
    """An alternative may be ordered from, its switch started at the news, shape (draw, source)."""
    making: int
    """What is cut can be made again, in every draw."""


def draw_returns(
    arrays: NetworkArrays, recovery: Mapping[int, WayOut], *, seed: int, recover_weeks: int | None = None
) -> Durations:
    """Even draws of every duration by Latin hypercube, in the middle of each stratum.

    Args:
        arrays: the case.
        recovery: of each supplier for which it is stated.
        seed: of how the strata are paired.
        recover_weeks: relief and recovery take exactly this long; making too, which otherwise never
            comes back.
    """
    window = arrays.window_weeks
    switch, relief = draw_durations(arrays, DRAWS, seed, "survive", centred=True)
    ready = np.where(arrays.start_after & ~arrays.source_qualified, np.ceil(switch - 1e-9), np.inf)
    if recover_weeks is not None:
        lifted = np.full(relief.shape, float(recover_weeks))
        back = np.full((DRAWS, len(arrays.supplier_ids)), float(recover_weeks))
    else:
        # Rounded as in the simulator.
        lifted = arrays.notice_weeks + np.maximum(1.0, np.floor(relief + 0.5))
        back = np.maximum(1.0, np.floor(_draw_recovery(arrays, recovery, seed) + 0.5))
    making = window if recover_weeks is None else min(recover_weeks, window)
    return Durations(_whole(lifted, window), _whole(back, window), _whole(ready, window), making)


def _draw_recovery(arrays: NetworkArrays, recovery: Mapping[int, WayOut], seed: int) -> Floats:
    """Recovery times [weeks], inf where none is stated, shape (draw, supplier)."""
    weeks = np.full((DRAWS, len(arrays.supplier_ids)), np.inf)
    names = [(arrays.supplier_ids[supplier],) for supplier in recovery]
    streams = row_streams(seed, 0, "recovery", names)
    for (supplier, way), rng in zip(recovery.items(), streams, strict=True):
        strata = (rng.permutation(DRAWS) + 0.5) / DRAWS
        weeks[:, supplier] = way.median * np.exp(way.sigma * ndtri(strata))
    return weeks


def _whole(weeks: Floats, window: int) -> Ints:
    return np.clip(weeks, 0, window).astype(np.int64)


@dataclass(frozen=True)
class Comeback:
    """What decides how supply of some items returns: the columns of `Durations` that matter."""

    backs: tuple[int, ...]
    """Cut sources."""
    alternatives: tuple[int, ...]
    """Ways out that need a switch."""
    weeks: Ints = field(repr=False)
    """Of each column, shape (draw, source of `backs`, then of `alternatives`, then lifted)."""
    making: int

    def at(self, row: Sequence[int] | Ints) -> Return:
        """The return that a row of `weeks` stands for."""
        weeks = [int(week) for week in row]
        n = len(self.backs)
        return Return(
            back=dict(zip(self.backs, weeks[:n], strict=True)),
            ready=dict(zip(self.alternatives, weeks[n:-1], strict=True)),
            lifted=weeks[-1],
            making=self.making,
        )


def comeback(
    arrays: NetworkArrays, durations: Durations, cut: Cut, items: Sequence[int], restriction: int | None
) -> Comeback:
    """How supply of some items of a cut returns; under a restriction its relief brings all of it back."""
    sources = [s for item in items for s in range(arrays.source_ptr[item], arrays.source_ptr[item + 1])]
    backs = tuple(s for s in sources if s in cut.left and arrays.source_qualified[s])
    others = tuple(
        s for s in sources if s not in cut.left and not arrays.source_qualified[s] and arrays.start_after[s]
    )
    if restriction is None:
        back = durations.recovery[:, arrays.source_supplier[list(backs)]]
        lifted = np.full((DRAWS, 1), NEVER)
    else:
        lifted = durations.relief[:, [restriction]]
        back = np.repeat(lifted, len(backs), axis=1)
    weeks = np.hstack([back, durations.ready[:, list(others)], lifted])
    return Comeback(backs, others, weeks, durations.making)
