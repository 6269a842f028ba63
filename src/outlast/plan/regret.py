"""Hazards that nobody knows. In: a posed problem. Out: an `Aim`, the largest regret over a grid of factors.
One reason to exist: which hazards are thought possible, and what the best plan for each of them would lose
at least, is worked out once for the plan of least regret, its certificate and the map of regrets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.network import Network
from outlast.network.restrictions import Restriction
from outlast.optimise.aim import Aim
from outlast.optimise.comb import CombProblem, mix_hazards
from outlast.optimise.highs import Status
from outlast.optimise.master import Master
from outlast.optimise.solve import Solution, load, solve

Floats = NDArray[np.float64]
Progress = Callable[[str], None]
FACTORS = 11
"""Hazard factors of a grid, at least (model.md section 7)."""
WITHOUT_INTERVAL = (0.5, 2.0)
"""How far a hazard may be off where the case does not say, as in a sensitivity study."""
IDLE_GAP = 0.001
"""Share of the loss to which buying nothing extra is solved."""
SPARED = 0.01
"""Share of the largest loss that counts as improvement where there is next to none: at a hazard near 0."""


@dataclass(frozen=True)
class Regret:
    """A problem that is planned for every hazard of a grid."""

    factors: tuple[float, ...]
    """What all hazards are scaled by, rising."""
    problem: CombProblem
    """Its odds are the mean of those under all factors, so that no leaf that counts is next to impossible."""
    master: Master
    """What was learned under one factor holds under all."""
    odds: Floats
    """Odds of the leaves under each factor, shape (factor, leaf)."""
    stated: Floats
    """Odds of the leaves under the hazards as stated, shape (leaf)."""
    bests: tuple[Solution, ...] = ()
    """The best plan for each factor, once it is known."""

    def with_limits(self, problem: CombProblem) -> Regret:
        """The same hazards for the same problem with other limits."""
        return replace(self, problem=problem, master=load(problem, Aim.loss_under(self.stated)))


def hazard_factors(network: Network, count: int = FACTORS) -> tuple[float, ...]:
    """The grid of factors: its ends are those of the case, else of the stated intervals of hazards; 1 is
    among them where it lies between.

    Args:
        network: the case.
        count: number of factors.
    """
    settings = network.settings.plan
    ratios = [_ratios(row) for row in network.restrictions if (row.hazard_per_year or 0.0) > 0]
    low = min((low for low, _ in ratios), default=WITHOUT_INTERVAL[0])
    high = max((high for _, high in ratios), default=WITHOUT_INTERVAL[1])
    low = low if settings.hazard_factor_low is None else settings.hazard_factor_low
    high = high if settings.hazard_factor_high is None else settings.hazard_factor_high
    return space_factors(min(low, high), max(low, high), count)


def _ratios(row: Restriction) -> tuple[float, float]:
    """Ends of the interval of a hazard, as shares of it."""
    hazard = row.hazard_per_year or 1.0
    low = WITHOUT_INTERVAL[0] if row.hazard_low is None else row.hazard_low / hazard
    high = WITHOUT_INTERVAL[1] if row.hazard_high is None else row.hazard_high / hazard
    return low, high


def space_factors(low: float, high: float, count: int) -> tuple[float, ...]:
    """Factors from `low` to `high`, rising, closer together where they are small; 1 takes the place of the
    nearest one inside if it lies between the ends.

    Args:
        low: at least 0.
        high: above 0.
        count: number of factors; fewer come back only where both ends are one.
    """
    if high <= low:
        return (high,)
    grid = low + (high - low) * (np.arange(count) / (count - 1)) ** 2
    grid[-1] = high
    if low < 1 < high and count > 2:
        grid[1 + int(np.argmin(np.abs(grid[1:-1] - 1)))] = 1.0
    return tuple(float(factor) for factor in grid)


def spread(problem: CombProblem, factors: Sequence[float]) -> Regret:
    """A problem made ready to be planned for every hazard of a grid."""
    stated = problem.arrays.hazard_per_week
    mixed, odds = mix_hazards(problem, np.vstack([np.outer(factors, stated), stated]))
    return Regret(tuple(factors), mixed, load(mixed, Aim.loss_under(odds[-1])), odds[:-1], odds[-1])


def aim_at_regret(
    regret: Regret,
    *,
    gap: float,
    time_limit: float | None,
    progress: Progress,
    found: Callable[[], None] = lambda: None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[Aim, list[Solution]] | None:
    """From now on the largest regret is what the master makes small. That, and the best plan for each factor;
    None where no plan meets the limits.

    Args:
        regret: the problem; its master may have been limited to another budget before.
        gap: share of the improvement to which the best plan for each factor is solved.
        time_limit: most time for all of them [s].
        progress: told what is going on.
        found: told once there is a plan that meets the limits: buying nothing extra.
        stopped: asked whether what is known of the least losses has to do. Each keeps a valid bound, though
            a wide one.
    """
    master, risk = regret.master, regret.problem.risk
    master.aim_at(Aim.loss_under(regret.stated))
    nothing = solve(regret.problem, master=master, build_up=False, gap=IDLE_GAP)
    if nothing.status is Status.INFEASIBLE:
        return None
    found()
    idle = Aim(regret.odds, np.zeros(len(regret.odds)))
    idle_loss = idle.regrets(risk, master.teeth.leaf_loss(nothing.x, master.teeth.answer(nothing.x)[0]))
    bests = best_for_each(
        regret, idle_loss, SPARED, gap=gap, time_limit=time_limit, progress=progress, stopped=stopped
    )
    if bests is None:
        return None
    aim = Aim(regret.odds, np.array([-best.bound for best in bests]))
    master.aim_at(aim)
    return aim, bests


def proofs_of(bests: Sequence[Solution]) -> list[Floats]:
    """Multipliers that prove the bounds of solutions."""
    return [part.duals for best in bests for part in best.closed if part.duals is not None]


def best_for_each(
    regret: Regret,
    known: Floats,
    spared: float,
    *,
    gap: float,
    relaxed: bool = False,
    time_limit: float | None = None,
    progress: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Solution] | None:
    """The best plan for each factor, with its bound; None where there is no plan.

    Args:
        regret: the problem.
        known: what some plan loses under each factor [money], shape (factor).
        spared: share of the largest of them that counts as improvement where there is next to none.
        gap: share of the improvement over `known` to which each is solved.
        relaxed: starts may be taken in part.
        time_limit: most time for all of them [s].
        progress: told what is going on.
        stopped: asked whether each has to do with what it knows.
    """
    bests: list[Solution] = []
    room = spared * float(np.abs(known).max(initial=0.0))
    limit = None if time_limit is None else time_limit / len(known)
    for place, (factor, odds) in enumerate(zip(regret.factors, regret.odds, strict=True)):
        regret.master.aim_at(Aim.loss_under(odds))
        found = solve(
            regret.problem,
            master=regret.master,
            gap=gap,
            reference=-(known[place] + room),
            time_limit=limit,
            relaxed=relaxed,
            stopped=stopped,
        )
        if found.status is Status.INFEASIBLE:
            return None
        bests.append(found)
        if progress is not None:
            progress(f"hazards x {factor:.3g}: no plan loses less than {-found.bound:,.0f}")
    return bests
