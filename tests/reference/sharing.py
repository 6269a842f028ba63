"""The sharing of scarce parts, the slow way. In: what is known in a week. Out: a share per line.
Follows the section "Sharing scarce parts" of docs/simulator.md; the linear program is solved by HiGHS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.optimize import linprog
from scipy.special import log_ndtr


def lognormal_log_survival(median: float, sigma: float, age: float) -> float:
    """log P(X > age) of a lognormal; sigma 0 means that X is the median."""
    if age <= 0:
        return 0.0
    if sigma == 0 or median == 0:
        return 0.0 if age < median else -math.inf
    return float(log_ndtr((math.log(median) - math.log(age)) / sigma))


def lognormal_mean_beyond(median: float, sigma: float, age: float) -> float:
    """E[X | X > age] of a lognormal; where X > age cannot be, age."""
    if median == 0:
        return max(0.0, age)
    if sigma == 0:
        return max(median, age)
    mean = median * math.exp(sigma**2 / 2)
    if age <= 0:
        return mean
    z = (math.log(median) - math.log(age)) / sigma
    return max(age, mean * math.exp(float(log_ndtr(z + sigma)) - float(log_ndtr(z))))


def relief_odds(probability: float, median: float, sigma: float, age: float) -> float:
    """Odds that a relief with prior `probability` still comes after `age` weeks without it."""
    survival = math.exp(lognormal_log_survival(median, sigma, age))
    still_possible = 1 - probability * (1 - survival)
    return probability * survival / still_possible if still_possible > 0 else 0.0


def expected_relief(probability: float, median: float, sigma: float, age: float, end: float) -> float:
    """Expected weeks from now until relief; `end` where relief is less likely than not.

    `age` is the number of weeks since the effective date, negative before it.
    """
    if relief_odds(probability, median, sigma, age) < 0.5:
        return end
    return lognormal_mean_beyond(median, sigma, age) - age


def solve_shares(gain: Sequence[float], rows: Sequence[tuple[Sequence[float], float]]) -> list[float]:
    """Shares in [0, 1] that maximise total gain.

    Args:
        gain: contribution of each line if served in full [money], shape (line).
        rows: for each limit the need of every line in full [units], and what there is [units].
    """
    answer = linprog(
        [-value for value in gain],
        A_ub=[list(needs) for needs, _ in rows] or None,
        b_ub=[limit for _, limit in rows] or None,
        bounds=[(0.0, 1.0)] * len(gain),
        method="highs-ds",
    )
    assert answer.status == 0, answer.message
    return [min(1.0, max(0.0, float(share))) for share in answer.x]
