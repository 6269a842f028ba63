"""Durations that are uncertain. In: p10, p50, p90 of a time. Out: median and sigma of a lognormal.
One reason to exist: every uncertain duration of a case becomes a distribution the same way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z90 = 1.2815515655446004
"""90th percentile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A positive duration whose logarithm is normal; sigma 0: certain."""

    median: float
    """Median [weeks]."""
    sigma: float
    """Standard deviation of the logarithm."""

    def quantile_at(self, z: float) -> float:
        """Duration at the standard normal quantile `z` [weeks]."""
        return self.median * math.exp(self.sigma * z)

    def misses(self, p10: float | None, p90: float | None) -> bool:
        """Whether a given p10 or p90 is more than 5 % away from this distribution's."""
        return any(
            given is not None and abs(self.quantile_at(z) - given) > 0.05 * given
            for z, given in ((-Z90, p10), (Z90, p90))
        )


def fit_lognormal(p10: float | None, p50: float, p90: float | None) -> Lognormal:
    """Lognormal with the given median and the given spread.

    With both tails, sigma = ln(p90 / p10) / (2 z90); with one, the distance of that one from the
    median; with none the duration is certain. Three numbers that no lognormal meets keep their
    median and their ratio p90 / p10 (see `Lognormal.misses`).

    Args:
        p10: 10th percentile [weeks], None if unknown.
        p50: median [weeks].
        p90: 90th percentile [weeks], None if unknown.

    Returns:
        Median and sigma.

    Raises:
        ValueError: the percentiles fall, or one is 0 while another is not.

    Source: quantile matching, Aitchison & Brown (1957), The Lognormal Distribution.

    Examples:
        >>> round(fit_lognormal(10.0, 20.0, 40.0).sigma, 4)
        0.5409
    """
    low = p50 if p10 is None else p10
    high = p50 if p90 is None else p90
    if not 0 <= low <= p50 <= high:
        raise ValueError(f"percentiles must not fall: p10 {low:g}, p50 {p50:g}, p90 {high:g}")
    if low == high:
        return Lognormal(p50, 0.0)
    if low == 0:
        raise ValueError("a duration that is uncertain can't have a percentile of 0")
    tails = (p10 is not None) + (p90 is not None)
    return Lognormal(p50, math.log(high / low) / (tails * Z90))
