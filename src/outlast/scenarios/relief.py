"""Weeks until a restriction is lifted. In: even draws in (0, 1). Out: weeks, inf where never.
One reason to exist: scenarios and planning tree lift restrictions by the same law.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from outlast.network.arrays import Floats, NetworkArrays
from outlast.periods import NEVER


def relief_weeks(arrays: NetworkArrays, even: Floats) -> Floats:
    """Weeks from effective to lifted, by inverse transform; the lowest draws mean never.

    A restriction that binds already at the start (`fixed_week` negative) has not been lifted yet: with
    prior odds p and a weeks behind it, its odds are p (1 - F(a)) / (1 - p F(a)), and its time is drawn
    from what is left of F.

    Args:
        arrays: the case.
        even: draws evenly spread in (0, 1), shape (scenario, restriction).

    Returns:
        Weeks, shape (scenario, restriction); inf: never lifted.

    Source: Devroye (1986), Non-Uniform Random Variate Generation, ch. 2 (inversion).
    """
    prior, median, sigma = arrays.relief_probability, arrays.relief_median, arrays.relief_sigma
    age = np.where(arrays.fixed_week == NEVER, 0, np.maximum(0, -arrays.fixed_week))
    passed = _share_before(age, median, sigma)
    odds = prior * (1 - passed) / np.where(prior * passed < 1, 1 - prior * passed, 1.0)
    lifted = even >= 1 - odds
    within = np.clip((even - (1 - odds)) / np.where(odds > 0, odds, 1.0), 1e-12, 1 - 1e-12)
    weeks = median * np.exp(sigma * ndtri(passed + within * (1 - passed)))
    return np.where(lifted & (odds > 0), weeks, np.inf)


def _share_before(age: np.ndarray, median: Floats, sigma: Floats) -> Floats:
    """Share of lognormal durations that end by `age` weeks; certain ones end at their median."""
    some = (age > 0) & (median > 0)
    log = np.log(np.where(some, age, 1) / np.where(some, median, 1.0))
    spread = np.where(sigma > 0, sigma, 1.0)
    share = np.where(sigma > 0, ndtr(log / spread), (log >= 0).astype(np.float64))
    return np.minimum(np.where(some, share, 0.0), 1 - 1e-9)
