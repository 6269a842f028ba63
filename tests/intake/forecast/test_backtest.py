"""Rules forecast what they say, and the back-test never lets them see the weeks that they are judged by."""

from __future__ import annotations

import builtins
import math

import numpy as np
import pytest

from outlast.errors import UsageError
from outlast.intake.forecast import backtest as module
from outlast.intake.forecast.backtest import Origins, backtest, choose_rule
from outlast.intake.forecast.rules import RULES, YEAR, forecast

LONG = np.random.default_rng(7).poisson(6, 2 * YEAR).astype(float)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_gives_finite_weeks_that_are_not_negative(rule):
    found = forecast(LONG, rule, 13)
    assert found.shape == (13,)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("rule", RULES)
def test_a_history_that_is_too_short_says_nothing(rule):
    assert np.isnan(forecast(LONG[: RULES[rule].needs - 1], rule, 3)).all()


@pytest.mark.parametrize("rule", [name for name in RULES if name != "last-year-grown"])
def test_a_constant_history_goes_on(rule):
    assert forecast(np.full(60, 4.0), rule, 5) == pytest.approx(np.full(5, 4.0))


def test_plain_rules_by_hand():
    history = np.arange(1.0, 79.0)
    assert forecast(history, "naive", 2).tolist() == [78, 78]
    assert forecast(history, "mean-4", 1).tolist() == [76.5]
    assert forecast(history, "last-year", 2).tolist() == [27, 28]
    # The last quarter (66 to 78) is 72 on average, the same weeks a year before (14 to 26) 20.
    assert forecast(history, "last-year-grown", 1) == pytest.approx([27 * 72 / 20])


def test_without_the_library_one_sentence_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def missing(name, *rest):
        if name.startswith("statsforecast"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UsageError, match=r"outlast\[forecast\]"):
        forecast(LONG, "theta", 3)


def test_errors_by_hand():
    """History 1 to 8, one look two weeks ahead from week 6: naive says 6 and 6 for 7 and 8."""
    (error,) = backtest([np.arange(1.0, 9.0)], ["naive"], Origins(weeks=2, step=1, count=1))
    assert error.series == 1
    assert error.wape_total == pytest.approx(3 / 15)
    assert error.wape_week == pytest.approx(3 / 15)
    assert error.mase == pytest.approx(1.5)
    assert error.bias == pytest.approx(-3 / 15)


def test_no_rule_sees_the_weeks_ahead(monkeypatch):
    history = np.arange(40.0)
    seen = []
    monkeypatch.setattr(
        module, "forecast", lambda past, rule, weeks: seen.append(len(past)) or np.zeros(weeks)
    )
    backtest([history], ["naive"], Origins(weeks=13, step=2, count=3))
    assert seen == [27, 25, 23]


def test_series_that_are_too_short_are_left_out_and_counted():
    short, long = LONG[:20], LONG
    errors = {error.rule: error for error in backtest([short, long], ["naive", "mean-26"])}
    assert (errors["naive"].series, errors["mean-26"].series) == (1, 1)
    assert math.isnan(backtest([short], ["naive"])[0].wape_total)


def test_the_rule_that_errs_least_and_can_forecast_all_is_chosen():
    growing = [np.arange(80.0) ** 1.5, 3 * np.arange(80.0)]
    errors = backtest(growing, ["naive", "mean-26", "damped-trend"])
    assert choose_rule(errors, growing) == "damped-trend"
    # Nothing to compare: the longest mean that every series allows.
    assert choose_rule(backtest([LONG[:20]]), [LONG[:20]]) == "mean-13"
    assert choose_rule([], []) == "naive"
