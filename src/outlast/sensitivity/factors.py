"""What is not known for sure, and how far it may move. In: a case, ranges. Out: `Factor`s, other arrays.
One reason to exist: a factor has one range and one effect, whoever moves it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from outlast.errors import UsageError
from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.periods import WEEKS_PER_YEAR

ASSUMED = {"hazard": (0.5, 2.0), "margin": (0.8, 1.2), "holding_cost": (0.5, 2.0), "demand": (0.8, 1.2)}
"""Ratios to what the case says, where nobody states a range."""
PERCENTILES = (10.0, 90.0)
"""Of switch times, as the case states them."""


@dataclass(frozen=True)
class Factor:
    """One unknown; a place from 0 to 1 in its range stands for a value."""

    name: str
    """hazard:RESTRICTION, switch_times, margin, holding_cost or demand."""
    unit: str
    low: float
    base: float
    """As in the case."""
    high: float
    assumed: bool
    restriction: int = -1
    """Of a hazard."""

    def value_at(self, place: float) -> float:
        """Evenly spread: ratios and hazards by their logarithm, percentiles as they are."""
        if self.unit == "percentile" or self.low <= 0:
            return self.low + place * (self.high - self.low)
        return float(self.low * (self.high / self.low) ** place)


def list_factors(
    network: Network, arrays: NetworkArrays, ranges: Mapping[str, tuple[float, float]]
) -> tuple[tuple[Factor, ...], tuple[str, ...]]:
    """Factors of a case, and what it does not have, with the reason.

    Args:
        network: the case.
        arrays: the same, numbered.
        ranges: low and high end of factors by name, instead of the case's or the assumed ones.

    Raises:
        UsageError: a range of a factor that the case does not have, or one that is none.
    """
    found, left_out = [], []
    for r, row in enumerate(network.restrictions):
        hazard = float(arrays.hazard_per_week[r]) * WEEKS_PER_YEAR
        if hazard <= 0:
            left_out.append(f"hazard:{row.restriction_id}: it has no hazard of its own.")
            continue
        stated = row.hazard_low is not None and row.hazard_high is not None
        low = ASSUMED["hazard"][0] * hazard if row.hazard_low is None else row.hazard_low
        high = ASSUMED["hazard"][1] * hazard if row.hazard_high is None else row.hazard_high
        name = f"hazard:{row.restriction_id}"
        found.append(Factor(name, "events per year", low, hazard, high, not stated, r))
    if ((arrays.switch_sigma > 0) & ~arrays.source_qualified).any():
        found.append(Factor("switch_times", "percentile", PERCENTILES[0], 50.0, PERCENTILES[1], False))
    else:
        left_out.append("switch_times: no alternative has switch times that vary.")
    for name in ("margin", "holding_cost", "demand"):
        found.append(Factor(name, "ratio", ASSUMED[name][0], 1.0, ASSUMED[name][1], True))
    return tuple(_restate(found, ranges)), tuple(left_out)


def _restate(found: Sequence[Factor], ranges: Mapping[str, tuple[float, float]]) -> list[Factor]:
    """Factors with the ranges that the user states."""
    names = [factor.name for factor in found]
    for name, (low, high) in ranges.items():
        if name not in names:
            raise UsageError(f"{name} is no factor of this case: choose from {', '.join(names)}")
        most = 100.0 if name == "switch_times" else np.inf
        if not (np.isfinite(low) and np.isfinite(high) and 0 <= low < high <= most):
            raise UsageError(f"the range of {name} must rise from 0 or more: {low:g}..{high:g} does not")
        if name == "switch_times" and (low <= 0 or high >= 100):
            raise UsageError("switch times have percentiles between 0 and 100, the ends left out")
    return [
        replace(factor, low=ranges[factor.name][0], high=ranges[factor.name][1], assumed=False)
        if factor.name in ranges
        else factor
        for factor in found
    ]


def read_range(text: str) -> tuple[str, tuple[float, float]]:
    """A range as the command line has it: demand=0.7..1.3.

    Raises:
        UsageError: the text is none.
    """
    found = re.fullmatch(r"\s*(.+?)\s*=\s*([0-9.]+?)\s*\.\.\s*([0-9.]+)\s*", text, re.ASCII)
    try:
        if found is None:
            raise ValueError
        return found[1], (float(found[2]), float(found[3]))
    except ValueError:
        pass
    raise UsageError(f"{text!r} is no range: write FACTOR=LOW..HIGH, such as demand=0.7..1.3")


def move(arrays: NetworkArrays, factors: Sequence[Factor], values: Sequence[float]) -> NetworkArrays:
    """The case with its factors at these values; what is in stock or on order stays.

    Args:
        arrays: the case.
        factors: what moves.
        values: of each, in its unit.
    """
    changes: dict[str, Any] = {}
    hazard = arrays.hazard_per_week.copy()
    for factor, value in zip(factors, values, strict=True):
        if factor.restriction >= 0:
            hazard[factor.restriction] = value / WEEKS_PER_YEAR
        elif factor.name == "switch_times":
            # Medians move to the percentile; the scatter of single draws about them stays.
            changes["switch_median"] = arrays.switch_median * np.exp(arrays.switch_sigma * ndtri(value / 100))
        elif factor.name == "margin":
            cost = arrays.standard_cost[arrays.line_product]
            changes["price"] = cost + value * (arrays.price - cost)
        elif factor.name == "holding_cost":
            changes["holding_cost"] = arrays.holding_cost * value
        else:
            changes["demand"], changes["usage"] = arrays.demand * value, arrays.usage * value
    return replace(arrays, hazard_per_week=hazard, **changes)
