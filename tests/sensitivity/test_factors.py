"""Ranges, and what a factor changes. The lamps of `tests.test_survive`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outlast.errors import UsageError
from outlast.network.numbering import number
from outlast.sensitivity.factors import list_factors, move, read_range
from tests.test_survive import lamp


def test_ranges_are_the_case_s_or_assumed() -> None:
    network = lamp()
    known = replace(network.restrictions[0], hazard_low=0.1, hazard_high=0.6)
    half = replace(network.restrictions[0], restriction_id="HALF", hazard_low=0.2)
    none = replace(network.restrictions[0], restriction_id="NONE", hazard_per_year=None, triggered_by="HALF")
    network = replace(network, restrictions=(known, half, none))
    factors, left_out = list_factors(network, number(network), {})
    found = {factor.name: factor for factor in factors}
    assert list(found) == ["hazard:LISTED", "hazard:HALF", "switch_times", "margin", "holding_cost", "demand"]
    listed = found["hazard:LISTED"]
    assert (listed.low, listed.base, listed.high) == pytest.approx((0.1, 0.3, 0.6))
    assert (found["hazard:HALF"].low, found["hazard:HALF"].high) == pytest.approx((0.2, 0.6))
    assert [f.name for f in factors if f.assumed] == ["hazard:HALF", "margin", "holding_cost", "demand"]
    assert [reason.partition(": ")[0] for reason in left_out] == ["hazard:NONE"]
    stated, _ = list_factors(network, number(network), {"demand": (0.5, 3.0)})
    assert (stated[-1].low, stated[-1].high, stated[-1].assumed) == (0.5, 3.0, False)
    assert stated[-1].value_at(0.5) == pytest.approx(1.5**0.5)
    assert found["switch_times"].value_at(0.25) == pytest.approx(30)


def test_each_factor_changes_what_it_names_and_nothing_else() -> None:
    network = lamp()
    arrays = number(network)
    factors, _ = list_factors(network, arrays, {})
    base = [factor.base for factor in factors]
    same = move(arrays, factors, base)
    for name, array in vars(arrays).items():
        np.testing.assert_allclose(getattr(same, name), array, err_msg=name) if isinstance(
            array, np.ndarray
        ) else None
    effects = {
        "hazard:LISTED": {"hazard_per_week"},
        "switch_times": {"switch_median"},
        "margin": {"price"},
        "holding_cost": {"holding_cost"},
        "demand": {"demand", "usage"},
    }
    for k, factor in enumerate(factors):
        moved = move(arrays, factors, [*base[:k], factor.high, *base[k + 1 :]])
        changed = {
            name
            for name, array in vars(arrays).items()
            if isinstance(array, np.ndarray) and not np.allclose(getattr(moved, name), array, equal_nan=True)
        }
        assert changed == effects[factor.name]
    slow = move(arrays, factors, [f.high if f.name == "switch_times" else f.base for f in factors])
    assert slow.switch_median[1] == pytest.approx(40)  # p90 of B2
    rich = move(arrays, factors, [f.high if f.name == "margin" else f.base for f in factors])
    assert rich.price[0] - 30 == pytest.approx(1.2 * (arrays.price[0] - 30))


def test_ranges_of_the_command_line() -> None:
    assert read_range("demand=0.7..1.3") == ("demand", (0.7, 1.3))
    assert read_range("hazard:A=B = 1..2") == ("hazard:A=B", (1.0, 2.0))
    assert read_range("hazard:MY LIST=0.1..2")[0] == "hazard:MY LIST"
    for text in ("demand", "demand=1", "demand=a..b", "=1..2", "demand=1.2.3..4", "demand=1..", ""):
        with pytest.raises(UsageError, match="is no range"):
            read_range(text)
    network = lamp()
    for name, ends in (
        ("demand", (1.0, 1.0)),
        ("margin", (2.0, 1.0)),
        ("switch_times", (0.0, 50.0)),
        ("switch_times", (5.0, 150.0)),
        ("price", (1.0, 2.0)),
    ):
        with pytest.raises(UsageError):
            list_factors(network, number(network), {name: ends})
