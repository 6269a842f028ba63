"""Few draws that stand for many. In: `NetworkArrays`, a Generator. Out: stratified durations.
One reason to exist: the planning tree can afford few draws, so they must be spread evenly.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from outlast.errors import UsageError
from outlast.network.arrays import Floats, NetworkArrays
from outlast.scenarios.relief import relief_weeks


def draw_durations(
    arrays: NetworkArrays, n: int, rng: np.random.Generator, centred: bool
) -> tuple[Floats, Floats]:
    """Switch times and relief times by Latin hypercube: each has one draw in every n-th of its law.

    Draws weigh 1/n each. For relief the lowest share 1 - relief_probability of the strata is "never".

    Args:
        arrays: the case.
        n: number of draws, at least 1.
        rng: source of the pairing of strata, and of the place within them.
        centred: at the middle of each stratum; otherwise at random within it, which is unbiased.

    Returns:
        Switch times [weeks], shape (draw, source), 0 for qualified sources; weeks from effective to
        lifted, shape (draw, restriction), inf where never. Neither is rounded.

    Raises:
        UsageError: no draws.

    Source: McKay, Beckman & Conover (1979); centred: Koehler & Owen (1996).
    """
    if n < 1:
        raise UsageError(f"at least one draw is needed, not {n}")
    n_source, n_restriction = len(arrays.source_ids), len(arrays.restriction_ids)
    even = _spread(n, n_source + n_restriction, rng, centred)
    switch = arrays.switch_median * np.exp(arrays.switch_sigma * ndtri(even[:, :n_source]))
    return np.where(arrays.source_qualified, 0.0, switch), relief_weeks(arrays, even[:, n_source:])


def _spread(n: int, columns: int, rng: np.random.Generator, centred: bool) -> Floats:
    """Draws in (0, 1), one in each n-th of every column, columns paired at random."""
    strata = rng.permuted(np.tile(np.arange(n), (columns, 1)), axis=1).T
    place = 0.5 if centred else rng.uniform(1e-9, 1 - 1e-9, (n, columns))
    return (strata + place) / n
