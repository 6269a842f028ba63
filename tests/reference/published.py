"""Stochastic programs with published optima, as tables. Out: `TwoStage`.
One reason to exist: figures that others printed, and how far they may be regrouped without changing a sum.

Source: LandS: Louveaux & Smeers (1988), Optimal investments for electricity generation, in Ermoliev & Wets,
Numerical Techniques for Stochastic Optimization. gbd: Ferguson & Dantzig (1956), Management Science 3,
45-73. With more scenarios both: Linderoth, Shapiro & Wright (2006), Annals of Operations Research 142,
215-241; their figures of gbd as mpi-sppy's tests have them (gbd_extended_data.json).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tests.reference.two_stage import Scenario, TwoStage

Floats = NDArray[np.float64]

# --- LandS: capacity of four plants; three modes of operation, each with a demand

PLANT_COST = np.array([10.0, 7.0, 16.0, 6.0])
LEAST_CAPACITY, BUDGET = 12.0, 120.0
RUNNING = np.array([4.0, 4.5, 3.2, 5.5])
"""Cost of a plant for each unit of duration."""
DURATION = np.array([10.0, 6.0, 1.0])
LANDS_THREE = ((3.0, 0.3), (5.0, 0.4), (7.0, 0.3))
"""The first demand and its odds; the others are 3 and 2."""
LANDS_STEP, LANDS_VALUES = 0.04, 100
"""With 10^6 scenarios each of the demands is 0, 0.04, ... 3.96, all equally likely, independently."""

LANDS_3_OPTIMUM = 381.85333
LANDS_MILLION_OPTIMUM = 225.62940


def lands(scenarios: Iterable[Scenario]) -> TwoStage:
    """Capacity for the least investment and expected running cost."""
    rows = np.vstack([-np.ones(4), PLANT_COST])
    most = np.array([-LEAST_CAPACITY, BUDGET])
    return TwoStage(PLANT_COST, rows, most, BUDGET / PLANT_COST, tuple(scenarios))


def lands_scenario(demand: Floats, weight: float) -> Scenario:
    """What runs in each mode, column plant * 3 + mode: within capacity, enough for each demand."""
    within, enough = np.kron(np.eye(4), -np.ones(3)), np.kron(np.ones(4), np.eye(3))
    return Scenario(
        weight,
        np.outer(RUNNING, DURATION).ravel(),
        np.vstack([np.eye(4), np.zeros((3, 4))]),
        np.vstack([within, enough]),
        np.concatenate([np.zeros(4), demand]),
        np.tile(demand, 4),
    )


def lands_three() -> TwoStage:
    """The problem as it was published."""
    return lands(lands_scenario(np.array([first, 3.0, 2.0]), odds) for first, odds in LANDS_THREE)


def load_scenario(load: float, weight: float, group: int = 0) -> Scenario:
    """The plants that carry a load for one unit of duration."""
    return Scenario(
        weight,
        RUNNING,
        np.vstack([np.eye(4), np.zeros((1, 4))]),
        np.vstack([-np.eye(4), np.ones((1, 4))]),
        np.append(np.zeros(4), load),
        np.full(4, load),
        group,
    )


def lands_slices(demand: Floats) -> list[tuple[float, float]]:
    """(load, duration) of the slices of a scenario: the running cost is the sum of theirs.

    Cost is plant times duration, so the cheapest plants run the longest mode, then the next one: plants
    are stacked in order of cost under the load that lasts for 10, that for 6 on top of it, that for 1 on
    top of both. Cut by duration: the first load lasts 10 - 6 alone, the first two 6 - 1, all three 1.
    """
    return list(zip(np.cumsum(demand), -np.diff(DURATION, append=0.0), strict=True))


def lands_regrouped(values: int, step: float = LANDS_STEP) -> list[Scenario]:
    """Teeth that stand for all `values`^3 scenarios in which each demand is 0, step, 2 step, ..., all equally
    likely: by slices only the sum of the first one, two and three demands counts."""
    teeth = []
    odds = np.ones(1)
    for group, duration in enumerate(-np.diff(DURATION, append=0.0)):
        odds = np.convolve(odds, np.full(values, 1.0 / values))
        teeth += [
            load_scenario(step * steps, float(share * duration), group) for steps, share in enumerate(odds)
        ]
    return teeth


def lands_million() -> TwoStage:
    """10^6 scenarios in 597 teeth: the sums of one, two and three demands have 100, 199 and 298 values."""
    return lands(lands_regrouped(LANDS_VALUES))


def lands_sums_by_counting(values: int) -> list[Counter[int]]:
    """How many scenarios have each sum of the first one, two and three demands, one scenario after the
    other [steps]."""
    counts: list[Counter[int]] = [Counter(), Counter(), Counter()]
    for steps in product(range(values), repeat=3):
        for k, total in enumerate(np.cumsum(steps)):
            counts[k][int(total)] += 1
    return counts


# --- gbd: aircraft of four types on five routes with uncertain traffic

FLEET = np.array([10.0, 19.0, 25.0, 15.0])
OPERATING = np.array(
    [[18, 21, 18, 16, 10], [0, 15, 16, 14, 9], [0, 10, 0, 9, 6], [17, 16, 17, 15, 10]], dtype=np.float64
)
CARRIED = np.array(
    [[16, 15, 28, 23, 81], [0, 10, 14, 15, 57], [0, 5, 0, 7, 29], [9, 11, 22, 17, 55]], dtype=np.float64
)
"""Hundreds of passengers; 0: does not fly the route."""
BUMPED = np.array([13.0, 13.0, 7.0, 7.0, 1.0])
"""Revenue lost for each hundred not carried."""
TRAFFIC: tuple[tuple[tuple[float, ...], tuple[int, ...]], ...] = (
    (
        (175, 185, 195, 200, 210, 220, 250, 270, 280, 290, 300, 305, 310, 312, 314),
        (4, 4, 4, 4, 4, 5, 35, 10, 5, 5, 4, 4, 4, 4, 4),
    ),
    (
        (40, 45, 50, 55, 134, 138, 142, 146, 150, 154, 158, 160, 162),
        (5, 5, 5, 5, 10, 10, 10, 10, 10, 10, 10, 5, 5),
    ),
    (
        (138, 140, 156, 158, 160, 162, 164, 170, 175, 180, 185, 188, 200, 205, 210, 220, 222),
        (5, 5, 2, 4, 10, 2, 2, 10, 10, 10, 10, 6, 6, 4, 4, 7, 3),
    ),
    (
        (5, 10, 30, 37, 50, 57, 80, 85, 100, 110, 300, 320, 340, 360, 380),
        (10, 10, 5, 5, 5, 5, 15, 15, 10, 10, 2, 2, 2, 2, 2),
    ),
    (
        (570, 580, 590, 600, 602, 604, 606, 610, 612, 614, 616, 618, 620),
        (3, 4, 3, 5, 5, 10, 10, 20, 10, 10, 10, 5, 5),
    ),
)
"""Traffic of each route and its odds in per cent; independent: 646,425 scenarios."""
GBD_OPTIMUM = 1655.628


def gbd() -> TwoStage:
    """646,425 scenarios in 73 teeth: what is bumped on a route depends on the traffic of that route alone
    (simple recourse), so the expected sum is the sum over routes of expectations."""
    flown = np.argwhere(CARRIED > 0)
    scenarios = []
    for route, (traffic, odds) in enumerate(TRAFFIC):
        carries = np.array([CARRIED[kind, j] if j == route else 0.0 for kind, j in flown])
        for passengers, per_cent in zip(traffic, odds, strict=True):
            needs = np.array([passengers])
            cost, one = BUMPED[[route]], np.ones((1, 1))
            scenarios.append(Scenario(per_cent / 100, cost, carries[None, :], one, needs, needs, route))
    rows = np.array([[float(kind == k) for kind, _ in flown] for k in range(4)])
    cost = np.array([OPERATING[kind, j] for kind, j in flown])
    return TwoStage(cost, rows, FLEET, FLEET[flown[:, 0]], tuple(scenarios))
