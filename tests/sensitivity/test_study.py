"""Studies of the lamps of `tests.test_survive`, beside closed forms and single simulations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from outlast.cluster import LocalProcesses
from outlast.errors import UsageError
from outlast.network.network import Network
from outlast.plan.outlook import simulate_case
from outlast.sensitivity.answer import SensitivityAnswer
from outlast.sensitivity.study import analyse_sensitivity
from tests.test_survive import START, lamp

STILL = (1.0, 1.0 + 1e-9)
"""A range too narrow to matter."""


def study(network: Network, **options: Any) -> SensitivityAnswer:
    return analyse_sensitivity(network, **{"scenarios": 60, "samples": 0, "seed": 2, **options})


def dated_lamp() -> Network:
    """The source of bulbs closes in the first week for sure, and nobody can switch."""
    network = lamp()
    dated = replace(network.restrictions[0], hazard_per_year=None, effective_date=START)
    items = tuple(replace(item, holding_rate_per_year=0.3) for item in network.items)
    return replace(
        network, restrictions=(dated,), items=items, sources=(network.sources[0], network.sources[2])
    )


def test_the_base_is_what_a_simulation_says() -> None:
    network = lamp()
    answer = study(network)
    outlook = simulate_case(network, seed=2, scenarios=60)
    assert answer.base == pytest.approx(outlook.loss.mean)
    assert answer.base_interval is not None
    assert answer.base_interval.high == pytest.approx(outlook.loss.high)
    assert study(network, question="cvar").base == pytest.approx(outlook.cvar)
    assert answer.runs == 1 + 2 * len(answer.swings)
    assert answer.indices == ()


def test_the_tornado_goes_the_way_it_must() -> None:
    answer = study(lamp(), scenarios=200)
    swings = {swing.factor: swing for swing in answer.swings}
    for name in ("hazard:LISTED", "margin", "demand"):
        assert swings[name].answer_low < answer.base < swings[name].answer_high, name
    widths = [abs(swing.answer_high - swing.answer_low) for swing in answer.swings]
    assert widths == sorted(widths, reverse=True)
    survival = study(lamp(), scenarios=200, question="survival", survive_weeks=12)
    shares = {swing.factor: swing for swing in survival.swings}
    assert 0 < survival.base < 1
    assert shares["margin"].answer_low == shares["margin"].answer_high == survival.base
    assert shares["demand"].answer_low >= survival.base >= shares["demand"].answer_high


def test_where_one_factor_matters_its_total_index_is_1() -> None:
    ranges = dict.fromkeys(("margin", "holding_cost", "demand"), STILL)
    answer = study(lamp(), samples=64, ranges={**ranges, "switch_times": (50.0, 50.0 + 1e-6)})
    most = answer.indices[0]
    assert most.factor == answer.swings[0].factor == "hazard:LISTED"
    assert most.total == pytest.approx(1, abs=0.15)
    assert all(index.total < 1e-6 for index in answer.indices[1:])
    assert answer.runs == 1 + 2 * 5 + 64 * 7
    assert answer.spread is not None
    assert answer.spread.low < answer.spread.mean < answer.spread.high


def test_a_loss_that_is_linear_in_two_factors_has_their_shares() -> None:
    """Margin and holding cost move different costs: variances add up."""
    answer = study(dated_lamp(), scenarios=1, samples=256, ranges={"demand": STILL, "holding_cost": (0.5, 8)})
    assert [reason.partition(":")[0] for reason in answer.left_out] == ["hazard", "switch_times"]
    variance = {}
    for swing in answer.swings:
        slope = (swing.answer_high - swing.answer_low) / (swing.high - swing.low)
        log = np.log(swing.high / swing.low)
        mean, square = (swing.high - swing.low) / log, (swing.high**2 - swing.low**2) / (2 * log)
        variance[swing.factor] = slope**2 * (square - mean**2)
    total = sum(variance.values())
    assert variance["holding_cost"] > 0
    for index in answer.indices:
        assert index.first == pytest.approx(variance[index.factor] / total, abs=0.05)
        assert index.total == pytest.approx(variance[index.factor] / total, abs=0.05)


def test_what_nothing_moves_is_told() -> None:
    network = lamp()
    answer = study(replace(network, restrictions=(), scopes=()), samples=8)
    assert answer.base == 0
    assert all(swing.answer_low == swing.answer_high == 0 for swing in answer.swings)
    assert all(index.total == 0 for index in answer.indices)
    with pytest.raises(UsageError, match="no scenario has an event"):
        study(replace(network, restrictions=(), scopes=()), question="survival")


def test_more_weeks_than_are_followed_are_refused() -> None:
    with pytest.raises(UsageError, match="only 52 weeks"):
        study(lamp(), question="survival", survive_weeks=53)


@pytest.mark.slow
def test_the_same_whatever_the_workers() -> None:
    with LocalProcesses(2) as executor:
        spread = study(lamp(), samples=8, executor=executor)
    assert spread == study(lamp(), samples=8)
