"""How wrong each rule was. In: series of past weeks. Out: errors by rule, and the rule that errs least.
One reason to exist: a rule is chosen by what it would have said before, and what it says is compared
with weeks that it has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.intake.forecast.rules import RULES, forecast

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Origins:
    """Weeks from which the rules are asked to look ahead."""

    weeks: int = 13
    """Weeks looked ahead."""
    step: int = 2
    """Weeks between two origins."""
    count: int = 7
    """Origins; the last one leaves just `weeks` to compare with."""


PLAIN = ("mean-26", "mean-13", "mean-4")
"""Rules that do without a comparison, the longest first."""
QUARTERS = Origins()
"""Seven looks ahead at a quarter, two weeks apart."""


@dataclass(frozen=True)
class RuleError:
    """Errors of one rule over all series and origins."""

    rule: str
    series: int
    """Series that it could forecast from every origin."""
    wape_total: float
    """Sum of absolute errors of the totals of the weeks ahead, over the sum of the totals."""
    wape_week: float
    """The same week by week."""
    mase: float
    """Mean of absolute errors over those of repeating the last week, within the history; mean of series."""
    bias: float
    """Sum of errors over the sum of sales; below 0: forecasts too little."""


def backtest(
    histories: Sequence[Floats], rules: Sequence[str] = (), origins: Origins = QUARTERS
) -> list[RuleError]:
    """Errors of rules on series, rolling origin.

    Args:
        histories: sales [units/week] of each series, oldest first; all end in the same week.
        rules: names; empty: all.
        origins: from where, and how far.

    Returns:
        One row a rule, in the order of `RULES`. Rules that can forecast no series have NaN.

    Source: MASE after Hyndman and Koehler (2006), "Another look at measures of forecast accuracy".
    """
    return [_judge(rule, histories, origins) for rule in (rules or RULES)]


def _judge(rule: str, histories: Sequence[Floats], origins: Origins) -> RuleError:
    """One rule on all series that are long enough."""
    total, week, actual, sums, scaled = 0.0, 0.0, 0.0, 0.0, []
    for history in histories:
        shortest = len(history) - origins.weeks - origins.step * (origins.count - 1)
        if shortest < RULES[rule].needs:
            continue
        own = []
        for back in range(origins.count):
            end = len(history) - origins.weeks - origins.step * back
            seen, ahead = history[:end], history[end : end + origins.weeks]
            error = forecast(seen, rule, origins.weeks) - ahead
            total += abs(float(error.sum()))
            week += float(np.abs(error).sum())
            sums += float(error.sum())
            actual += float(ahead.sum())
            scale = float(np.abs(np.diff(seen)).mean()) if len(seen) > 1 else 0.0
            if scale > 0:
                own.append(float(np.abs(error).mean()) / scale)
        scaled.append(float(np.mean(own)) if own else np.nan)
    n = len(scaled)
    if n == 0 or actual == 0:
        return RuleError(rule, n, *(float("nan"),) * 4)
    mase = float(np.nanmean(scaled)) if np.isfinite(scaled).any() else float("nan")
    return RuleError(rule, n, total / actual, week / actual, mase, sums / actual)


def choose_rule(errors: Sequence[RuleError], histories: Sequence[Floats]) -> str:
    """The rule with the least error of totals among those that can forecast every series.

    Where nothing could be compared, the longest mean that every series allows.
    """
    able = [error for error in errors if error.series == len(histories) and np.isfinite(error.wape_total)]
    if able:
        return min(able, key=lambda error: error.wape_total).rule
    shortest = min((len(history) for history in histories), default=0)
    return next((rule for rule in PLAIN if RULES[rule].needs <= shortest), "naive")
