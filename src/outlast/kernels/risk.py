"""Expected remaining waits. In: lognormal durations and how long they have run. Out: weeks.
One reason to exist: what a policy that sees only the past expects of a switch or a relief.
A duration is given by its median [weeks] and the standard deviation of its logarithm (sigma);
with sigma 0 it is certain.
"""

from __future__ import annotations

import math

from outlast.kernels.jit import kernel

SQRT_HALF = math.sqrt(0.5)
LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
FAR_TAIL = -30.0
"""Below this, erfc nears underflow and its asymptotic series is exact to the last digits."""


@kernel
def log_normal_cdf(z: float) -> float:
    """Logarithm of the standard normal distribution function.

    Source: Abramowitz & Stegun (1964), 26.2.12, for the far tail.
    """
    if z > FAR_TAIL:
        return math.log(0.5 * math.erfc(-z * SQRT_HALF))
    u = 1.0 / (z * z)
    series = 1.0 - u * (1.0 - 3.0 * u * (1.0 - 5.0 * u * (1.0 - 7.0 * u)))
    return -0.5 * z * z - math.log(-z) - LOG_SQRT_2PI + math.log(series)


@kernel
def lognormal_survival(median: float, sigma: float, age: float) -> float:
    """P(X > age)."""
    if age <= 0.0:
        return 1.0
    if sigma == 0.0 or median == 0.0:
        return 1.0 if age < median else 0.0
    return 0.5 * math.erfc((math.log(age) - math.log(median)) / sigma * SQRT_HALF)


@kernel
def lognormal_wait(median: float, sigma: float, age: float) -> float:
    """E[X | X > age] - age [weeks]; 0 where X > age cannot be. A negative age is a later start.

    Source: Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, ch. 14.
    """
    if median == 0.0:
        return max(0.0, -age)
    if sigma == 0.0:
        return max(median, age) - age
    mean = median * math.exp(0.5 * sigma * sigma)
    if age <= 0.0:
        return mean - age
    z = (math.log(median) - math.log(age)) / sigma
    beyond = mean * math.exp(log_normal_cdf(z + sigma) - log_normal_cdf(z))
    return max(0.0, beyond - age)


@kernel
def relief_odds(probability: float, median: float, sigma: float, age: float) -> float:
    """Odds that a relief of prior `probability` still comes after `age` weeks without it (Bayes)."""
    survival = lognormal_survival(median, sigma, age)
    possible = 1.0 - probability * (1.0 - survival)
    return probability * survival / possible if possible > 0.0 else 0.0


@kernel
def relief_wait(probability: float, median: float, sigma: float, age: float, end: float) -> float:
    """Weeks until relief that are reckoned with; `end` where relief is less likely than not."""
    if relief_odds(probability, median, sigma, age) < 0.5:
        return end
    return lognormal_wait(median, sigma, age)
