"""What not knowing the hazard costs. In: `Network`. Out: `RegretMap`, the JSON of `outlast regret`.
One reason to exist: hazards are guesses; the plan of least regret is found for every budget in one run, and
beside it stands what plans lose that trust one guess.
Money is in case currency, shares are 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.interruption import Interruption
from outlast.network.network import Network
from outlast.optimise.aim import Aim
from outlast.optimise.byhand import NOTHING
from outlast.optimise.comb import CombProblem
from outlast.optimise.highs import Status
from outlast.optimise.solve import Solution, solve
from outlast.periods import WEEKS_PER_YEAR
from outlast.plan import explain
from outlast.plan.answer import Interval
from outlast.plan.break_even import ItemBreakEven, break_even_of_items
from outlast.plan.budgets import MOST_POINTS, case_lots, space_budgets, without_cash_limit
from outlast.plan.certify import Evaluation, leaf_losses, mean_interval
from outlast.plan.conflict import IDLE_CONFLICT, explain_conflict
from outlast.plan.decide import GAP_TARGET, TIDY_SHARE, fresh_count, pose
from outlast.plan.regret import FACTORS, IDLE_GAP, Regret, aim_at_regret, hazard_factors, spread
from outlast.plan.rounding import best_lots, net_worth
from outlast.plan.schedule import Schedule, hoarding, plan_policy
from outlast.plan.study import measured
from outlast.plan.summary import Done, measure_name
from outlast.provenance import Provenance, trace_run
from outlast.scenarios.draw import Draws
from outlast.simulate.run import Executor, baseline, simulate

Floats = NDArray[np.float64]
Progress = Callable[[str], None]
POINTS = 6
"""Budgets if the caller does not say."""
MOST_FACTORS = 101


@dataclass(frozen=True, slots=True)
class RegretCell:
    """One budget, all hazards scaled by one factor; regret is loss less least loss."""

    factor: float
    hazard_per_year: float
    """Of all restrictions together, scaled [events per year]."""
    least_loss: float
    """No plan within the budget loses less, on the planning scenarios [money]."""
    loss: float
    """Of the plan of least regret, in whole lots [money]."""
    regret: float
    regret_stated: float | None
    """Of the best plan for the hazards as stated, before it is made into lots [money]; null where the
    factor 1 lies outside of the grid."""
    regret_nothing: float
    """Of buying nothing extra [money]."""


@dataclass(frozen=True, slots=True)
class RegretPoint:
    """The plan of least regret of one budget."""

    budget: float
    """Most cash paid for protection by any week [money]; where the case has a cash calendar, by its last
    week: earlier limits are in proportion."""
    limit_of_case: bool
    status: Literal["optimal", "gap", "infeasible"]
    """infeasible: decisions by hand need more cash; all that follows is then null or empty."""
    spend: float | None
    """Peak of cumulative cash paid for protection [money]."""
    starts: tuple[str, ...]
    """Sources whose switch starts before an event."""
    regret: float | None
    """Largest of the plan's regrets over the grid, in whole lots [money]."""
    bound: float | None
    """No plan within this budget has a smaller largest regret on the same scenarios [money]."""
    gap: float | None
    """(regret - bound) / (regret of buying nothing extra - bound)."""
    regret_stated: float | None
    """Largest regret of the best plan for the hazards as stated [money]; null as in the cells."""
    regret_nothing: float | None
    """Largest regret of buying nothing extra [money]."""
    simulated: Interval | None
    """Loss of the simulated, non-anticipative policy under the hazards as stated, on fresh scenarios, the
    same for every budget [money]."""
    cells: tuple[RegretCell, ...]


@dataclass(frozen=True, slots=True)
class RegretMap:
    """Regret by hazard and budget, and the break-even hazard of every item at risk."""

    provenance: Provenance
    case_name: str
    currency: str
    measure: str
    """What losses are measured by, in words."""
    what_if: tuple[str, ...]
    factors: tuple[float, ...]
    """The grid: what all hazards are scaled by."""
    hazard_per_year: float
    """Of all restrictions together, as stated [events per year]."""
    planning_scenarios: int
    simulated_scenarios: int
    points: tuple[RegretPoint, ...]
    """From the smallest budget to what a plan for some hazard of the grid spends at most, or to the limit
    of the case."""
    break_even_budget: float
    """Budget of the plan that break-even hazards refer to: that of the case, else the largest [money]."""
    items: tuple[ItemBreakEven, ...]
    stopped_early: bool
    """Somebody interrupted: budgets without a plan are left out, and items where theirs has none."""


def map_regret(
    network: Network,
    *,
    seed: int | None = None,
    scenarios: int | None = None,
    points: int = POINTS,
    factors: int = FACTORS,
    time_limit: float | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    interruption: Interruption | None = None,
) -> RegretMap:
    """The plan of least regret of every budget, with a bound for each.

    Args:
        network: the case, whatever its objective.
        seed: of every random draw; default: the case's.
        scenarios: draws of durations per restriction; default: the case's.
        points: number of budgets, without that of the case.
        factors: number of hazard factors.
        time_limit: most time for the choice of switch starts of a budget [s].
        progress: told what is going on.
        executor: where simulations run; default: this process.
        interruption: hears of wishes to stop, after which budgets without a plan are left out.

    Raises:
        UsageError: a number of budgets or factors out of range.
        InfeasibleError: no budget has a plan.
    """
    if not 2 <= points <= MOST_POINTS:
        raise UsageError(f"a map of regret has 2 to {MOST_POINTS} budgets, not {points}")
    if not FACTORS <= factors <= MOST_FACTORS:
        raise UsageError(f"a map of regret has {FACTORS} to {MOST_FACTORS} hazard factors, not {factors}")
    tell, stopped = progress or (lambda message: None), interruption or Interruption()
    seed = network.settings.seed if seed is None else seed
    search = _Search.begin(network, seed, scenarios or network.settings.scenarios, factors, time_limit, tell)
    ample = search.find_ample()
    budgets = space_budgets(ample, search.stated, points)
    chosen = search.stated if np.isfinite(search.stated) else budgets[-1]
    items: tuple[ItemBreakEven, ...] = ()
    found: list[_Plan | None] = []
    for number, budget in enumerate(budgets):
        if stopped():
            break
        tell(f"budget {number + 1} of {len(budgets)}: {network.settings.currency} {budget:,.0f}")
        plan = search.plan(budget)
        found.append(plan)
        if plan is not None:
            stopped.keep()
        if plan is not None and budget == chosen:
            items = break_even_of_items(search.done(plan), tell)
    problem = search.regret.problem
    fresh = Draws(fresh_count(problem), seed)
    calm = baseline(problem.arrays, fresh, executor=executor)
    told: list[RegretPoint] = []
    for budget, plan in zip(budgets, found, strict=False):
        tell(f"simulating budget {len(told) + 1} of {len(budgets)}")
        told.append(search.point(budget, plan, None if plan is None else _play(plan, fresh, calm, executor)))
    return RegretMap(
        provenance=trace_run(network.hashes, seed),
        case_name=network.settings.name,
        currency=network.settings.currency,
        measure=measure_name(problem.risk),
        what_if=network.what_if,
        factors=search.regret.factors,
        hazard_per_year=float(problem.arrays.hazard_per_week.sum()) * WEEKS_PER_YEAR,
        planning_scenarios=len(problem.teeth),
        simulated_scenarios=fresh.n_scenario,
        points=tuple(told),
        break_even_budget=chosen,
        items=items,
        stopped_early=len(found) < len(budgets),
    )


@dataclass(frozen=True)
class _Plan:
    """The plan of least regret of one budget."""

    problem: CombProblem
    aim: Aim
    nothing: Solution
    best: Solution
    schedule: Schedule
    evaluation: Evaluation
    regrets: Floats
    """Under each factor [money], shape (factor)."""
    regrets_nothing: Floats
    regrets_stated: Floats | None


@dataclass(frozen=True)
class _Search:
    """Plans of least regret of one case under any budget."""

    network: Network
    regret: Regret
    """With a cash calendar that limits nothing."""
    shape: Floats
    """Cash calendar as a share of the budget, shape (week)."""
    stated: float
    """Budget of the case; inf: none."""
    lot: Floats
    time_limit: float | None
    progress: Progress

    @classmethod
    def begin(
        cls,
        network: Network,
        seed: int,
        draws: int,
        factors: int,
        time_limit: float | None,
        progress: Progress,
    ) -> _Search:
        """Poses the problem with cash that limits nothing."""
        plain = replace(network.settings.plan, objective="regret")
        network = replace(network, settings=replace(network.settings, plan=plain))
        posed, arrays = pose(network, seed=seed, draws=draws)
        problem, shape, stated = without_cash_limit(posed)
        progress(f"writing the planning model: {len(problem.teeth)} scenarios")
        regret = spread(problem, hazard_factors(network, factors))
        return cls(network, regret, shape, stated, case_lots(network, arrays), time_limit, progress)

    def find_ample(self) -> float:
        """The most that a plan for any hazard of the grid spends if cash is no limit, as a budget [money].

        Raises:
            InfeasibleError: there is no plan.
        """
        self.progress("solving without a limit on cash")
        aimed = aim_at_regret(
            self.regret, gap=GAP_TARGET, time_limit=self.time_limit, progress=lambda message: None
        )
        if aimed is None:
            problem = self.regret.problem
            nothing = solve(replace(problem, by_hand=NOTHING), build_up=False, gap=IDLE_GAP)
            if nothing.status is Status.INFEASIBLE:
                problem, otherwise = replace(problem, by_hand=NOTHING), list(IDLE_CONFLICT)
            else:
                otherwise = ["decisions by hand", "the limits of the case, whatever the cash"]
            raise explain_conflict(self.network, problem, None, self.progress, otherwise)
        extensive = self.regret.master.teeth.extensive
        limits, n = extensive.limits, extensive.trunk_columns
        rows = extensive.program.matrix[limits.cash_rows][:, :n]
        share = self.shape[limits.cash_weeks]
        paid = np.array([rows @ best.x for best in aimed[1]])[:, share > 0]
        return float(np.max(paid / share[share > 0], initial=0.0))

    def plan(self, budget: float) -> _Plan | None:
        """The plan of least regret of a budget; None where decisions by hand need more cash."""
        limit, master, risk = budget * self.shape, self.regret.master, self.regret.problem.risk
        free = self.regret.problem
        problem = replace(free, arrays=replace(free.arrays, cash_limit=limit))
        master.limit_cash(limit[master.teeth.extensive.limits.cash_weeks])
        aimed = aim_at_regret(
            self.regret, gap=GAP_TARGET, time_limit=self.time_limit, progress=lambda message: None
        )
        if aimed is None:
            return None
        aim, bests = aimed
        nothing = solve(problem, master=master, build_up=False, gap=IDLE_GAP)
        best = solve(
            problem,
            master=master,
            gap=GAP_TARGET,
            tidied=TIDY_SHARE,
            reference=nothing.objective,
            time_limit=self.time_limit,
        )
        if best.status is Status.INFEASIBLE:
            return None
        master.forget(())
        by_hand = bool(problem.by_hand.limits or problem.by_hand.starts)
        schedule, evaluation = best_lots(master, problem, best, self.lot, lambda message: None)
        if net_worth(problem, schedule, evaluation) < nothing.objective and not by_hand:
            schedule, evaluation = best_lots(master, problem, nothing, self.lot, lambda message: None)
        if not evaluation.feasible:
            return None
        whole = Schedule(schedule.orders, evaluation.make, evaluation.run_down, schedule.starts)

        def regrets_of(x: Floats) -> Floats:
            return aim.regrets(risk, master.teeth.leaf_loss(x, master.teeth.answer(x)[0]))

        factors = self.regret.factors
        return _Plan(
            problem,
            aim,
            nothing,
            best,
            whole,
            evaluation,
            aim.regrets(risk, leaf_losses(master.teeth, problem, whole)),
            regrets_of(nothing.x),
            regrets_of(bests[factors.index(1.0)].x) if 1.0 in factors else None,
        )

    def done(self, plan: _Plan) -> Done:
        """The plan as what is said about plans asks for it; the master stands at its budget."""
        network, problem, best = self.network, plan.problem, plan.best
        stock, master = plan.evaluation.stock, self.regret.master
        story = explain.Story(network, problem.arrays, problem, best.trunk, plan.schedule, stock, self.lot)
        return Done(
            network,
            problem.arrays,
            problem,
            plan.nothing,
            best,
            plan.schedule,
            plan.evaluation,
            story,
            master,
            best,
            None,
            self.regret,
        )

    def point(self, budget: float, plan: _Plan | None, simulated: Interval | None) -> RegretPoint:
        """A budget, and what its plan loses under every hazard of the grid."""
        at_limit = budget == self.stated
        if plan is None:
            return RegretPoint(
                budget, at_limit, "infeasible", None, (), None, None, None, None, None, None, ()
            )
        arrays, stated = plan.problem.arrays, plan.regrets_stated
        spend = explain.spend_by_week(plan.problem, plan.best.trunk, plan.schedule)
        largest, idle, bound = plan.regrets.max(), plan.regrets_nothing.max(), -plan.best.bound
        room = max(idle - bound, 1e-9 * max(1.0, float(np.abs(plan.aim.least).max())))
        gap = float(max(largest - bound, 0.0) / room)
        yearly = float(arrays.hazard_per_week.sum()) * WEEKS_PER_YEAR
        cells = tuple(
            RegretCell(
                factor=factor,
                hazard_per_year=factor * yearly,
                least_loss=float(least),
                loss=float(least + plan.regrets[place]),
                regret=float(plan.regrets[place]),
                regret_stated=None if stated is None else float(stated[place]),
                regret_nothing=float(plan.regrets_nothing[place]),
            )
            for place, (factor, least) in enumerate(zip(self.regret.factors, plan.aim.least, strict=True))
        )
        return RegretPoint(
            budget=budget,
            limit_of_case=at_limit,
            status="optimal" if gap <= 1e-6 else "gap",
            spend=float(spend[: arrays.horizon_weeks].max()),
            starts=tuple(
                arrays.source_ids[s] for s, week in sorted(plan.schedule.starts.items()) if week >= 0
            ),
            regret=float(largest),
            bound=float(bound),
            gap=gap,
            regret_stated=None if stated is None else float(stated.max()),
            regret_nothing=float(idle),
            simulated=simulated,
            cells=cells,
        )


def _play(plan: _Plan, fresh: Draws, calm: Floats, executor: Executor | None) -> Interval:
    """Loss of a plan on fresh draws, by its measure."""
    arrays = plan.problem.arrays
    policy = plan_policy(plan.problem, plan.best.trunk, plan.schedule, hoarding(arrays))
    loss = calm - simulate(arrays, fresh, policy, executor=executor).value
    return mean_interval(measured(plan.problem, loss))
