"""Plans of one case under any budget. In: `Network`. Out: `Search`, which plans a `BudgetPlan`.
One reason to exist: what is learned of the scenarios under one budget holds under all, so that every
further budget costs little. Money is in case currency.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.network.units import counts_pieces
from outlast.optimise.byhand import NOTHING
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.highs import Status
from outlast.optimise.master import Master
from outlast.optimise.solve import Solution, load, solve
from outlast.plan.certify import Evaluation
from outlast.plan.conflict import IDLE_CONFLICT, explain_conflict
from outlast.plan.decide import GAP_TARGET, TIDY_SHARE, pose
from outlast.plan.explain import spend_by_week
from outlast.plan.overrides import all_by_hand
from outlast.plan.rounding import best_lots, net_worth
from outlast.plan.schedule import Schedule, lots

Floats = NDArray[np.float64]
Progress = Callable[[str], None]
MOST_POINTS = 101
"""Budgets that are planned for in one run, at most."""
IDLE_GAP = 0.001
"""Share of the loss to which buying nothing extra is solved."""
SAME = 1e-6
"""Budgets this close together are one [share]."""


@dataclass(frozen=True)
class BudgetPlan:
    """What is decided for one budget."""

    budget: float
    problem: CombProblem
    solution: Solution
    schedule: Schedule | None
    evaluation: Evaluation | None

    @property
    def worth(self) -> float:
        """Objective after rounding, what the model leaves out counted [money]."""
        if self.schedule is None or self.evaluation is None:
            return -np.inf
        return net_worth(self.problem, self.schedule, self.evaluation)

    def or_that_of(self, smaller: BudgetPlan | None) -> BudgetPlan:
        """This plan, or for the same budget that of a smaller one where it is worth more."""
        if smaller is None or smaller.worth <= self.worth:
            return self
        return replace(self, schedule=smaller.schedule, evaluation=smaller.evaluation)


@dataclass(frozen=True)
class Search:
    """Plans of one case under any budget."""

    network: Network
    problem: CombProblem
    """With a cash calendar that limits nothing."""
    master: Master
    shape: Floats
    """Cash calendar as a share of the budget, shape (week)."""
    stated: float
    """Budget of the case; inf: none."""
    nothing: Solution
    lot: Floats
    time_limit: float | None
    progress: Progress
    stopped: Callable[[], bool] = lambda: False

    @classmethod
    def begin(
        cls, network: Network, seed: int, draws: int, time_limit: float | None, progress: Progress
    ) -> Search:
        """Poses the problem with cash that limits nothing."""
        posed, arrays = pose(network, seed=seed, draws=draws)
        problem, shape, stated = without_cash_limit(posed)
        progress(f"writing the planning model: {len(problem.teeth)} scenarios")
        master = load(problem)
        nothing = solve(problem, master=master, build_up=False, gap=IDLE_GAP)
        if nothing.status is Status.INFEASIBLE:
            free = replace(problem, by_hand=NOTHING)
            raise explain_conflict(network, free, None, progress, IDLE_CONFLICT)
        lot = case_lots(network, arrays)
        return cls(network, problem, master, shape, stated, nothing, lot, time_limit, progress)

    def find_ample(self) -> BudgetPlan:
        """The plan without a limit on cash; its budget is what it spends.

        Raises:
            InfeasibleError: there is none.
        """
        self.progress("solving without a limit on cash")
        free = self.plan(unspendable(self.problem))
        if free.schedule is None:
            otherwise = all_by_hand(self.network, self.problem)
            raise explain_conflict(
                self.network, self.problem, self.nothing.objective, self.progress, otherwise
            )
        spend = spend_by_week(free.problem, free.solution.trunk, free.schedule)[: len(self.shape)]
        limited = self.shape > 0
        return replace(free, budget=float(np.max(spend[limited] / self.shape[limited], initial=0.0)))

    def plan(self, budget: float) -> BudgetPlan:
        """The best plan of a budget that is found."""
        limit = budget * self.shape
        problem = replace(self.problem, arrays=replace(self.problem.arrays, cash_limit=limit))
        self.master.limit_cash(limit[self.master.teeth.extensive.limits.cash_weeks])
        best = solve(
            problem,
            master=self.master,
            gap=GAP_TARGET,
            tidied=TIDY_SHARE,
            reference=self.nothing.objective,
            time_limit=self.time_limit,
            stopped=self.stopped,
        )
        if best.status is Status.INFEASIBLE:
            return BudgetPlan(budget, problem, best, None, None)
        found = self._whole(budget, problem, best, best)
        if found.worth < self.nothing.objective and not (problem.by_hand.limits or problem.by_hand.starts):
            found = self._whole(budget, problem, best, self.nothing)
        return found

    def plan_each(self, budgets: Sequence[float], ample: BudgetPlan) -> list[BudgetPlan]:
        """The plans of rising budgets, none worth less than that of a smaller one; from `ample` on its plan.
        Those without a plan when somebody asks to stop are left out."""
        plans: list[BudgetPlan] = []
        for number, budget in enumerate(budgets):
            if self.stopped() and budget < ample.budget:
                continue
            currency = self.network.settings.currency
            self.progress(f"budget {number + 1} of {len(budgets)}: {currency} {budget:,.0f}")
            found = self.plan(budget) if budget < ample.budget else replace(ample, budget=budget)
            plans.append(found.or_that_of(plans[-1] if plans else None))
        return plans

    def _whole(self, budget: float, problem: CombProblem, best: Solution, rounded: Solution) -> BudgetPlan:
        """The plan of a budget in whole lots; nothing where minimum orders leave none."""
        quiet = lambda message: None  # noqa: E731
        schedule, evaluation = best_lots(self.master, problem, rounded, self.lot, quiet, self.stopped)
        if not evaluation.feasible:
            return BudgetPlan(budget, problem, best, None, None)
        whole = Schedule(schedule.orders, evaluation.make, evaluation.run_down, schedule.starts)
        return BudgetPlan(budget, problem, best, whole, evaluation)


def without_cash_limit(posed: CombProblem) -> tuple[CombProblem, Floats, float]:
    """A problem with a cash calendar that limits nothing, its shape, and the limit that the case states; see
    `calendar_shape`."""
    shape, stated = calendar_shape(posed.arrays.cash_limit)
    problem = build_problem(
        replace(posed.arrays, cash_limit=shape * unspendable(posed)),
        posed.switch_weeks,
        posed.relief_weeks,
        bucket_weeks=posed.bucket_weeks,
        risk=posed.risk,
        by_hand=posed.by_hand,
    )
    return problem, shape, stated


def case_lots(network: Network, arrays: NetworkArrays) -> Floats:
    """Smallest step between two orders of each source, see `lots`; pieces are ordered whole."""
    whole = np.array([counts_pieces(network.item[item_id].unit) for item_id in arrays.item_ids], dtype=bool)
    return lots(arrays, whole)


def calendar_shape(limit: Floats) -> tuple[Floats, float]:
    """A cash calendar as shares of its largest limit, and that limit [money]; all 1 and inf without one.

    Args:
        limit: most cumulative cash by week [money], inf where there is none, shape (week).
    """
    finite = np.isfinite(limit)
    if not finite.any():
        return np.ones(len(limit)), np.inf
    largest = float(limit[finite].max())
    return (np.minimum(limit, largest) / largest if largest > 0 else np.ones(len(limit))), largest


def unspendable(problem: CombProblem) -> float:
    """More than any plan pays [money]: every item at risk for all weeks, ten times over, and all switches."""
    arrays = problem.arrays
    dearest = np.maximum(arrays.standard_cost, 0.0)
    np.maximum.at(dearest, arrays.source_item, arrays.source_price)
    goods = float((arrays.usage.sum(axis=0) * dearest)[problem.items].sum())
    return 10 * goods + float(arrays.switch_cost.sum()) + 1.0


def space_budgets(ample: float, stated: float, points: int) -> list[float]:
    """Budgets from 0 to `ample` [money], rising, closer together where they are small; `stated` is one of
    them if it is finite."""
    grid = {ample * (k / (points - 1)) ** 2 for k in range(points)}
    if np.isfinite(stated):
        grid = {budget for budget in grid if abs(budget - stated) > SAME * max(ample, stated)} | {stated}
    return sorted(grid)
