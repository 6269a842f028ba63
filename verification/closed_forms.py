"""Closed forms of supply uncertainty. In: costs and rates. Out: cost per unit of time.
One reason to exist: the figures that the simulator has to meet, written down apart from it.
Source: Snyder & Shen (2019), Fundamentals of Supply Chain Theory, 2nd edition, chapters 4 and 9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


def down_odds(fail: float, recover: float, most: int = 2000) -> NDArray[np.float64]:
    """Stationary probability of being down for n = 0, 1, ... periods (section 9.2.2)."""
    n = np.arange(1, most)
    return np.concatenate([[recover], fail * recover * (1 - recover) ** (n - 1)]) / (fail + recover)


def base_stock_costs(
    level: float, hold: float, late: float, demand: float, most: int = 2000
) -> NDArray[np.float64]:
    """Cost of a period after n periods down, n = 0, 1, ..."""
    left = level - (np.arange(most) + 1) * demand
    return np.asarray(hold * np.maximum(left, 0) + late * np.maximum(-left, 0))


def base_stock_cost(
    level: float, hold: float, late: float, demand: float, fail: float, recover: float
) -> float:
    """g(S) of base stock with disruptions [money per period] (equation 9.14)."""
    return float(down_odds(fail, recover) @ base_stock_costs(level, hold, late, demand))


def base_stock_best(hold: float, late: float, demand: float, fail: float, recover: float) -> float:
    """S* = d + d F^-1(p / (p + h)) (equation 9.18)."""
    reached = np.cumsum(down_odds(fail, recover)) >= late / (late + hold)
    return demand * (1 + int(np.argmax(reached)))


def assembly_cost(
    levels: Sequence[float], holds: Sequence[float], late: float, demand: float, fail: float, recover: float
) -> float:
    """One unit of each of two parts in a product made at once, parts cut independently [money per period].

    A part's stock net of what is owed is S - (n + 1) d after n periods down; the product waits for the part
    that lacks most, and the other part lies there meanwhile.
    """
    odds = down_odds(fail, recover, 300)
    n = np.arange(300)
    net = [(level - (n + 1) * demand) for level in levels]
    owed = np.maximum(0, np.maximum(-net[0][:, None], -net[1][None, :]))
    left = holds[0] * (net[0][:, None] + owed) + holds[1] * (net[1][None, :] + owed)
    return float(odds @ (left + late * owed) @ odds)


def outage_odds(quantity: float, demand: float, fail: float, recover: float) -> float:
    """psi: odds that the source is down when stock runs out."""
    both = fail + recover
    return fail / both * (1 - math.exp(-both * quantity / demand))


def eoq_cost(
    quantity: float, fixed: float, hold: float, late: float, demand: float, fail: float, recover: float
) -> float:
    """g(Q) of the order quantity with disruptions, in continuous time [money per year] (section 9.2.1)."""
    outage = outage_odds(quantity, demand, fail, recover) / recover
    cycle = fixed + hold * quantity**2 / (2 * demand) + late * demand * outage
    return cycle / (quantity / demand + outage)


def eoq_cost_in_steps(
    steps: int,
    quantity: float,
    fixed: float,
    hold: float,
    late: float,
    demand: float,
    fail: float,
    recover: float,
) -> float:
    """The same where the source is looked at, and stock counted, `steps` times while a lot lasts.

    Outages last whole steps, and a step's demand leaves stock at once.
    """
    step, both = quantity / demand / steps, fail + recover
    recovers = recover / both * (1 - math.exp(-both * step))
    outage = outage_odds(quantity, demand, fail, recover) * step / recovers
    cycle = fixed + hold * quantity**2 / (2 * demand) * (1 - 1 / steps) + late * demand * outage
    return cycle / (quantity / demand + outage)


def newsvendor_cost(level: float, hold: float, late: float, mean: float, sd: float) -> float:
    """Expected cost of a period with normal demand [money] (section 4.3.2)."""
    normal, z = NormalDist(), (level - mean) / sd
    short = sd * (normal.pdf(z) - z * (1 - normal.cdf(z)))
    return hold * (level - mean + short) + late * short


def newsvendor_best(hold: float, late: float, mean: float, sd: float) -> float:
    """Critical fractile of normal demand [units]."""
    return NormalDist(mean, sd).inv_cdf(late / (late + hold))
