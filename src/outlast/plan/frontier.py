"""What more cash buys. In: `Network`. Out: `Frontier`, the JSON of `outlast frontier`.
One reason to exist: how much to spend is a decision of its own; what the plan of every budget is worth,
on the planning scenarios and played forward, is told side by side.
Money is in case currency, shares are 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.interruption import Interruption
from outlast.network.network import Network
from outlast.plan.answer import Interval, Share
from outlast.plan.budgets import MOST_POINTS, BudgetPlan, Progress, Search, space_budgets
from outlast.plan.certify import conditional_value_at_risk, mean_interval
from outlast.plan.decide import EVENT_WEEK, fresh_count, survival_lines
from outlast.plan.explain import spend_by_week
from outlast.plan.schedule import Schedule, hoarding, plan_policy
from outlast.plan.study import given_event, measured
from outlast.plan.summary import measure_name
from outlast.provenance import Provenance, trace_run
from outlast.scenarios.draw import Draws
from outlast.simulate.outcomes import Outcomes
from outlast.simulate.policy import Policy
from outlast.simulate.run import Executor, baseline, simulate

Floats = NDArray[np.float64]
POINTS = 12
"""Budgets if the caller does not say."""
HALF_A_YEAR = 26
"""Weeks that survival is told for if the case does not say."""


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """The plan of one budget."""

    budget: float
    """Most cash paid for protection by any week [money]; where the case has a cash calendar, by its last
    week: earlier limits are in proportion."""
    limit_of_case: bool
    """The limit that the case states."""
    status: Literal["optimal", "gap", "infeasible"]
    """infeasible: decisions by hand need more cash; all that follows is then null."""
    spend: float | None
    """Peak of cumulative cash paid for protection [money]."""
    starts: tuple[str, ...]
    """Sources whose switch starts before an event."""
    objective: float | None
    """Minus the measure of the loss on the planning scenarios, after rounding to lots [money]."""
    bound: float | None
    """No plan within this budget can have a larger objective on the same scenarios [money]."""
    gap: float | None
    """(bound - objective) / (bound - objective of buying nothing extra)."""
    worth_of_more: float | None
    """What one more unit of cash for protection saves between the budget before and this one, on the
    planning scenarios [money/money]; null at the first."""
    loss: Interval | None
    """Of the simulated, non-anticipative policy on fresh scenarios, the same for every budget."""
    cvar: float | None
    """Mean of the worst simulated losses."""
    cost_if_nothing_happens: float | None
    """Mean simulated loss of the paths without an event [money]."""
    survive_half_weeks: int | None
    """Weeks after the effective date that half the scenarios survive; more than the window: all that is
    followed."""
    survival: Share | None
    """Share of scenarios that survive `survive_weeks`."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """Protection against cash."""

    provenance: Provenance
    case_name: str
    currency: str
    measure: str
    """What the objective is minus of, in words."""
    what_if: tuple[str, ...]
    cvar_level: float
    window_weeks: int
    survive_weeks: int
    """Weeks that `survival` asks for: those of the case, else half a year."""
    objective_nothing: float
    """Objective of buying nothing extra [money]."""
    ample_budget: float
    """More cash than this changes nothing on the planning scenarios [money]."""
    enough_budget: float
    """The smallest budget whose simulated loss is not clearly above the least of all budgets: the 95 %
    interval of the paired difference reaches 0 [money]."""
    planning_scenarios: int
    simulated_scenarios: int
    points: tuple[FrontierPoint, ...]
    """From the smallest budget to the largest."""
    stopped_early: bool
    """Somebody asked to stop: budgets without a plan by then are left out."""


def trace_frontier(
    network: Network,
    *,
    seed: int | None = None,
    scenarios: int | None = None,
    points: int = POINTS,
    time_limit: float | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    interruption: Interruption | None = None,
) -> Frontier:
    """The best plan of every budget, from none to more than is of use, with a bound for each.

    Budgets are closer together where they are small, for that is where cash buys most; the limit that
    the case states is one of them. A budget never gets a worse plan than a smaller one.

    Args:
        network: the case.
        seed: of every random draw; default: the case's.
        scenarios: draws of durations per restriction; default: the case's.
        points: number of budgets, without that of the case.
        time_limit: most time for the choice of switch starts of a budget [s].
        progress: told what is going on.
        executor: where simulations run; default: this process.
        interruption: hears of wishes to stop, after which budgets without a plan are left out.

    Raises:
        UsageError: an objective that is not built yet, or a number of points out of range.
        InfeasibleError: no budget has a plan.
    """
    if not 2 <= points <= MOST_POINTS:
        raise UsageError(f"a frontier has 2 to {MOST_POINTS} points, not {points}")
    if network.settings.plan.objective != "expected":
        raise UsageError(
            "a frontier plans for the expected loss: set objective = 'expected'; outlast regret asks for "
            "the regret of every budget"
        )
    tell = progress or (lambda message: None)
    seed = network.settings.seed if seed is None else seed
    draws = scenarios or network.settings.scenarios
    stopped = interruption or Interruption()
    search = replace(Search.begin(network, seed, draws, time_limit, tell), stopped=stopped)
    ample = search.find_ample()
    stopped.keep()
    plans = search.plan_each(space_budgets(ample.budget, search.stated, points), ample)
    arrays = search.problem.arrays
    trial = _Trial.begin(search, network, seed, executor)
    told: list[FrontierPoint] = []
    losses: list[Floats | None] = []
    for plan, before in zip(plans, [None, *plans[:-1]], strict=True):
        tell(f"simulating budget {len(told) + 1} of {len(plans)}")
        outcomes = trial.play(plan)
        losses.append(None if outcomes is None else trial.calm - outcomes.value)
        told.append(trial.point(plan, before, outcomes))
    return Frontier(
        provenance=trace_run(network.hashes, seed),
        case_name=network.settings.name,
        currency=network.settings.currency,
        measure=measure_name(search.problem.risk),
        what_if=network.what_if,
        cvar_level=network.settings.plan.cvar_level,
        window_weeks=arrays.window_weeks,
        survive_weeks=trial.survive_weeks,
        objective_nothing=search.nothing.objective,
        ample_budget=ample.budget,
        enough_budget=find_enough([plan.budget for plan in plans], losses),
        planning_scenarios=len(search.problem.teeth),
        simulated_scenarios=trial.fresh.n_scenario,
        points=tuple(told),
        stopped_early=stopped(),
    )


@dataclass(frozen=True)
class _Trial:
    """Plans played forward on the same fresh draws."""

    search: Search
    level: float
    """Of CVaR."""
    survive_weeks: int
    fresh: Draws
    calm: Floats
    """Value of each draw without any restriction [money]."""
    seed: int
    executor: Executor | None

    @classmethod
    def begin(cls, search: Search, network: Network, seed: int, executor: Executor | None) -> _Trial:
        """Draws the scenarios that every budget is played on."""
        arrays, settings = search.problem.arrays, network.settings.plan
        fresh = Draws(fresh_count(search.problem), seed)
        weeks = HALF_A_YEAR if settings.survive_weeks is None else int(np.ceil(settings.survive_weeks))
        calm = baseline(arrays, fresh, executor=executor)
        lasting = min(weeks, arrays.window_weeks)
        return cls(search, settings.cvar_level, lasting, fresh, calm, seed, executor)

    def play(self, plan: BudgetPlan) -> Outcomes | None:
        """What comes of a plan on the fresh draws; None without a plan."""
        if plan.schedule is None:
            return None
        arrays = self.search.problem.arrays
        return simulate(arrays, self.fresh, self._policy(plan, plan.schedule), executor=self.executor)

    def _policy(self, plan: BudgetPlan, schedule: Schedule) -> Policy:
        hoard = hoarding(self.search.problem.arrays)
        return plan_policy(plan.problem, plan.solution.trunk, schedule, hoard)

    def point(self, plan: BudgetPlan, before: BudgetPlan | None, outcomes: Outcomes | None) -> FrontierPoint:
        """A budget and what its plan achieves, on the planning scenarios and on fresh ones."""
        search, arrays = self.search, self.search.problem.arrays
        stated = plan.budget == search.stated
        if plan.schedule is None or plan.evaluation is None or outcomes is None:
            return FrontierPoint(plan.budget, stated, "infeasible", None, (), *([None] * 9))
        schedule, trunk = plan.schedule, plan.solution.trunk
        loss, quiet = self.calm - outcomes.value, outcomes.event_week >= arrays.horizon_weeks
        survived = self._survived(self._policy(plan, schedule))
        objective, bound, idle = plan.evaluation.objective, plan.solution.bound, search.nothing.objective
        room = max(bound - idle, 1e-9 * max(1.0, abs(idle)))
        gap = max(bound - objective, 0.0) / room
        return FrontierPoint(
            budget=plan.budget,
            limit_of_case=stated,
            status="optimal" if gap <= 1e-6 else "gap",
            spend=float(spend_by_week(plan.problem, trunk, schedule)[: arrays.horizon_weeks].max()),
            starts=tuple(arrays.source_ids[s] for s, week in sorted(schedule.starts.items()) if week >= 0),
            objective=objective,
            bound=bound,
            gap=gap,
            worth_of_more=worth_of_more(plan, before),
            loss=mean_interval(measured(plan.problem, loss)),
            cvar=conditional_value_at_risk(loss, self.level),
            cost_if_nothing_happens=float(loss[quiet].mean()) if quiet.any() else None,
            survive_half_weeks=half_life(survived) if survived else None,
            survival=Share(*survived[self.survive_weeks]) if survived else None,
        )

    def _survived(self, policy: Policy) -> list[tuple[float, float, float]]:
        """Share that survives each number of weeks after a cut of any restriction, with its band."""
        arrays = self.search.problem.arrays
        week = min(EVENT_WEEK, arrays.horizon_weeks // 2)
        cuts = {
            int(r): given_event(
                arrays, [policy], (int(r), week), (), seed=self.seed + 2, executor=self.executor
            )
            * 2
            for r in np.nonzero(arrays.hazard_per_week > 0)[0]
        }
        return [(line.plan.p, line.plan.low, line.plan.high) for line in survival_lines(arrays, cuts)]


def find_enough(budgets: Sequence[float], losses: Sequence[Floats | None]) -> float:
    """The smallest budget whose losses are not clearly above those of the best.

    Args:
        budgets: rising [money].
        losses: of the plan of each on the same draws [money], shape (scenario); None without a plan.
    """
    played = [(budget, loss) for budget, loss in zip(budgets, losses, strict=True) if loss is not None]
    best = min((loss for _, loss in played), key=lambda loss: float(loss.mean()))
    return next(budget for budget, loss in played if mean_interval(loss - best).low <= 0)


def worth_of_more(plan: BudgetPlan, before: BudgetPlan | None) -> float | None:
    """What a unit of cash more than the budget before saves [money/money]; None where it is not known."""
    if before is None or before.evaluation is None or plan.evaluation is None:
        return None
    return (plan.evaluation.objective - before.evaluation.objective) / (plan.budget - before.budget)


def half_life(survived: list[tuple[float, float, float]]) -> int:
    """Last week that half the scenarios or more survive."""
    return max((week for week, share in enumerate(survived) if share[0] >= 0.5), default=0)
