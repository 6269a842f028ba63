"""Rules that forecast weekly sales. In: past weeks. Out: coming weeks. One reason to exist: the
models of statsforecast and the plain rules beside them are asked in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError

Floats = NDArray[np.float64]
YEAR = 52
"""Weeks after which the same season comes again."""


@dataclass(frozen=True)
class Rule:
    """One way to forecast a series."""

    words: str
    """What it does, for people."""
    needs: int
    """Weeks of history below which it says nothing."""
    model: Callable[[Any], Any] | None
    """Makes the model, given `statsforecast.models`; None: worked out here."""


def _last_year_grown(history: Floats, weeks: int) -> Floats:
    """The same weeks a year ago, times what the last quarter has grown in a year."""
    recent, before = history[-13:].sum(), history[-YEAR - 13 : -YEAR].sum()
    growth = recent / before if before > 0 else np.nan
    return np.resize(history[-YEAR:], weeks) * growth


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "naive": Rule("the last week again", 1, lambda m: m.Naive()),
        "mean-4": Rule("mean of 4 weeks", 4, lambda m: m.WindowAverage(window_size=4)),
        "mean-13": Rule("mean of 13 weeks", 13, lambda m: m.WindowAverage(window_size=13)),
        "mean-26": Rule("mean of 26 weeks", 26, lambda m: m.WindowAverage(window_size=26)),
        "last-year": Rule("the same weeks a year ago", YEAR, lambda m: m.SeasonalNaive(season_length=YEAR)),
        "last-year-grown": Rule("a year ago, times the growth of the last quarter", YEAR + 13, None),
        "smoothing": Rule(
            "exponential smoothing, rate fitted", 8, lambda m: m.SimpleExponentialSmoothingOptimized()
        ),
        "croston-sba": Rule("Croston, as Syntetos and Boylan mend it", 8, lambda m: m.CrostonSBA()),
        "tsb": Rule("Teunter, Syntetos and Babai", 8, lambda m: m.TSB(alpha_d=0.1, alpha_p=0.1)),
        "damped-trend": Rule(
            "smoothing with a trend that fades", 8, lambda m: m.AutoETS(model="ZAN", damped=True)
        ),
        "theta": Rule("theta, parameters fitted", 8, lambda m: m.DynamicOptimizedTheta()),
        "auto-theta": Rule("theta, best of four kinds", 8, lambda m: m.AutoTheta()),
    }
)
"""Candidates, by name."""


def forecast(history: Floats, rule: str, weeks: int) -> Floats:
    """Coming weeks of one series.

    Args:
        history: sales of past weeks [units/week], shape (week,), oldest first.
        rule: name of a rule.
        weeks: how many weeks to look ahead.

    Returns:
        Forecast [units/week], shape (weeks,), never below 0; NaN where the history is too short.

    Raises:
        UsageError: the forecasting library is not installed.
    """
    chosen = RULES[rule]
    if len(history) < chosen.needs:
        return np.full(weeks, np.nan)
    if chosen.model is None:
        return _last_year_grown(history, weeks)
    model = chosen.model(_load_models())
    # A constant series leaves nothing to fit.
    if np.ptp(history) == 0:
        return np.full(weeks, float(history[0]))
    found = model.forecast(y=np.asarray(history, dtype=np.float64), h=weeks)["mean"]
    return np.maximum(np.asarray(found, dtype=np.float64), 0.0)


def _load_models() -> Any:
    """The models of statsforecast."""
    try:
        from statsforecast import models
    except ImportError:
        raise UsageError(
            "Forecasting needs the library statsforecast: pip install 'outlast[forecast]'."
        ) from None
    return models
