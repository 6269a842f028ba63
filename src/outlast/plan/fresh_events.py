"""How many fresh events a plan survives. In: a policy. Out: `Check`, with its confidence limit.
One reason to exist: a promise of survival is held against events that the plan was not made for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy.special import betaincinv

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem
from outlast.periods import NEVER
from outlast.scenarios.draw import Draws
from outlast.simulate.policy import Policy
from outlast.simulate.run import simulate

EVENTS = 2_000
"""Fresh events that a plan is held against, in the mean."""
MOST_FRESH = 200_000
"""Fresh scenarios that are drawn for them, at most."""
LEVEL = 0.95
"""Confidence of what is said about fresh scenarios."""


@dataclass(frozen=True)
class Check:
    """How a plan does on fresh scenarios."""

    events: int
    survived: int

    @property
    def share(self) -> float:
        """Of events that are survived; 1 without an event."""
        return self.survived / self.events if self.events else 1.0

    def lower(self, level: float = LEVEL) -> float:
        """One-sided lower confidence limit of that share.

        Source: Clopper & Pearson (1934), Biometrika 26, 404-413.
        """
        return lower_limit(self.survived, self.events, level)


def lower_limit(survived: int, events: int, level: float) -> float:
    """One-sided Clopper-Pearson lower limit of a share: the smallest that leaves so many survivors, or more,
    odds of 1 - level."""
    if survived == 0:
        return 0.0
    return float(betaincinv(survived, events - survived + 1, 1.0 - level))


@dataclass(frozen=True)
class Trial:
    """Fresh scenarios that plans are held against."""

    arrays: NetworkArrays
    weeks: int
    scenarios: int
    seed: int

    def check(self, policy: Policy) -> Check:
        """How many events of the fresh scenarios are survived, if everyone is served until stock is gone."""
        serve_all = replace(policy, sharing="priority")
        outcome = simulate(self.arrays, Draws(self.scenarios, self.seed), serve_all)
        hit = outcome.event_week < min(self.arrays.horizon_weeks, NEVER)
        return Check(int(hit.sum()), int((outcome.survived[hit] >= self.weeks).sum()))


def fresh_scenarios(problem: CombProblem) -> int:
    """Scenarios that hold about `EVENTS` events."""
    odds = sum(tooth.probability for tooth in problem.teeth)
    return min(max(math.ceil(EVENTS / max(odds, 1e-9)), EVENTS), MOST_FRESH)
