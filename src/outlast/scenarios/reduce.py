"""Few draws that stand for many. In: `NetworkArrays`, a seed. Out: stratified durations.
One reason to exist: the planning tree can afford few draws, so they must be spread evenly.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from outlast.errors import UsageError
from outlast.network.arrays import Floats, NetworkArrays
from outlast.scenarios.relief import relief_weeks
from outlast.scenarios.streams import row_streams


def draw_durations(
    arrays: NetworkArrays, n: int, seed: int, name: str, *, centred: bool, batch: int = 0
) -> tuple[Floats, Floats]:
    """Switch times and relief times by Latin hypercube: each has one draw in every n-th of its law.

    Draws weigh 1/n each, and those of a source or restriction hang on no other row of the case. For relief
    the lowest share 1 - relief_probability of the strata is "never".

    Args:
        arrays: the case.
        n: number of draws, at least 1.
        seed: of the pairing of strata, and of the place within them.
        name: what the draws are for, e.g. "plan"; others pair their strata anew.
        centred: at the middle of each stratum; otherwise at random within it, which is unbiased.
        batch: number of a batch of draws; others are independent of it.

    Returns:
        Switch times [weeks], shape (draw, source), 0 for qualified sources; weeks from effective to
        lifted, shape (draw, restriction), inf where never. Neither is rounded.

    Raises:
        UsageError: no draws.

    Source: McKay, Beckman & Conover (1979); centred: Koehler & Owen (1996).
    """
    if n < 1:
        raise UsageError(f"at least one draw is needed, not {n}")
    columns = [
        *(("switch", source_id) for source_id in arrays.source_ids),
        *(("relief", restriction_id) for restriction_id in arrays.restriction_ids),
    ]
    even = np.empty((n, len(columns)))
    for column, rng in enumerate(row_streams(seed, batch, name, columns)):
        place = 0.5 if centred else rng.uniform(1e-9, 1 - 1e-9, n)
        even[:, column] = (rng.permutation(n) + place) / n
    n_source = len(arrays.source_ids)
    switch = arrays.switch_median * np.exp(arrays.switch_sigma * ndtri(even[:, :n_source]))
    return np.where(arrays.source_qualified, 0.0, switch), relief_weeks(arrays, even[:, n_source:])
