"""The planner: optimise, round, re-simulate out of sample, certify, explain.
In: `Network`. Out: `PlanAnswer`. One reason to exist: the whole plan, readable on one screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.errors import InfeasibleError, UsageError
from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.optimise.comb import AT_EVENT, CombProblem, build_problem
from outlast.optimise.highs import Status
from outlast.optimise.solve import Solution, load, solve
from outlast.plan import answer as say
from outlast.plan import explain
from outlast.plan.certify import (
    Evaluation,
    conditional_value_at_risk,
    evaluate,
    gap_upper_limit,
    mean_interval,
    survivors,
)
from outlast.plan.restrictions import restriction_lines
from outlast.plan.schedule import Schedule, hoarding, lots, plan_policy, round_schedule
from outlast.plan.study import Conditional, Trial, compare, given_event
from outlast.provenance import trace_run
from outlast.scenarios.reduce import draw_durations
from outlast.scenarios.streams import stream
from outlast.simulate.policy import Policy
from outlast.simulate.run import Executor

Floats = NDArray[np.float64]
FRESH_PER_TOOTH = 10
"""Fresh scenarios simulated for each planning scenario, at least."""
EVENT_WEEK = 26
"""Conditional figures take the event half a year after the start, when most build-up is there."""
GAP_TARGET = 0.003
"""Share of the improvement at which the search for a better plan stops; the certificate's gap is
larger by what rounding to lots costs."""


@dataclass(frozen=True)
class Done:
    """A decided plan and what it was decided on."""

    network: Network
    arrays: NetworkArrays
    problem: CombProblem
    nothing: Solution
    best: Solution
    schedule: Schedule
    evaluation: Evaluation
    story: explain.Story


def plan_case(
    network: Network,
    *,
    seed: int | None = None,
    scenarios: int | None = None,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
    executor: Executor | None = None,
    defaults: Sequence[str] = (),
    record: Sequence[say.Comparison] = (),
) -> say.PlanAnswer:
    """What to hold, what to buy this week, and how good that plan is.

    Args:
        network: the case.
        seed: of every random draw; default: the case's.
        scenarios: draws of durations per restriction; default: the case's.
        time_limit: most time for the choice of switch starts [s].
        progress: told what is going on.
        executor: where simulations run; default: this process.
        defaults: defaults that were taken when the case was read, for the report.
        record: what was done in fact; `advised` of each is filled in here.

    Raises:
        InfeasibleError: limits in conflict.
        UsageError: an objective that is not built yet.
    """
    tell = progress or (lambda message: None)
    seed = network.settings.seed if seed is None else seed
    draws = scenarios or network.settings.scenarios
    done = decide(network, seed=seed, draws=draws, time_limit=time_limit, progress=tell)
    return certify_and_explain(
        done, seed=seed, draws=draws, progress=tell, executor=executor, defaults=defaults, record=record
    )


def decide(
    network: Network, *, seed: int, draws: int, time_limit: float | None, progress: Callable[[str], None]
) -> Done:
    """Optimise and round; see `plan_case`."""
    settings = network.settings.plan
    if settings.objective != "expected" or settings.risk_weight > 0:
        raise UsageError(
            "this release plans for the least expected loss only: "
            "set objective = 'expected' and risk_weight = 0"
        )
    arrays = number(network)
    progress("drawing durations")
    switch, relief = draw_durations(arrays, draws, stream(seed, "plan"), centred=True)
    problem = build_problem(arrays, switch, relief)
    progress(
        f"writing the planning model: {len(problem.teeth)} scenarios, {len(problem.items)} items at risk"
    )
    master = load(problem)
    nothing = solve(problem, master=master, build_up=False, gap=0.001)
    if nothing.status is Status.INFEASIBLE:
        raise InfeasibleError(["the stock at the start", "the limits of the case with nothing bought"])
    progress("solving")
    best = solve(
        problem,
        master=master,
        gap=GAP_TARGET,
        reference=nothing.objective,
        time_limit=time_limit,
        progress=progress,
    )
    if best.status is Status.INFEASIBLE:
        raise InfeasibleError(["the cash limits", "the stock at the start"])
    whole = np.array([network.item[item_id].unit == "piece" for item_id in arrays.item_ids], dtype=bool)
    lot = lots(arrays, whole)
    schedule = affordable(problem, best, lot)
    progress("evaluating the plan in whole lots")
    evaluation = evaluate(master.teeth, problem, schedule)
    if evaluation.feasible and evaluation.objective < nothing.objective:
        schedule = affordable(problem, nothing, lot)
        evaluation = evaluate(master.teeth, problem, schedule)
    if not evaluation.feasible:
        raise InfeasibleError(["the cash limits", "minimum orders and order multiples"])
    schedule = Schedule(schedule.orders, evaluation.make, evaluation.run_down, schedule.starts)
    story = explain.Story(network, arrays, problem, best.trunk, schedule, evaluation.stock, lot)
    return Done(network, arrays, problem, nothing, best, schedule, evaluation, story)


def affordable(problem: CombProblem, solution: Solution, lot: Floats) -> Schedule:
    """Whole lots as near as the cash calendar lets them be to what the relaxation wants."""
    arrays = problem.arrays
    limit = arrays.cash_limit[: arrays.horizon_weeks]
    for up_from in (0.5, 0.6, 0.7, 0.8, 0.9):
        schedule = round_schedule(problem, solution.trunk, solution.x, lot, up_from=up_from)
        spend = explain.spend_by_week(problem, solution.trunk, schedule)[: arrays.horizon_weeks]
        if np.all(spend <= limit * (1 + 1e-9)):
            return schedule
    return round_schedule(problem, solution.trunk, solution.x, lot, up_from=1.0)


def certify_and_explain(
    done: Done,
    *,
    seed: int,
    draws: int,
    progress: Callable[[str], None],
    executor: Executor | None,
    defaults: Sequence[str],
    record: Sequence[say.Comparison],
) -> say.PlanAnswer:
    """Simulate out of sample, certify, and put into words; see `plan_case`."""
    arrays, problem, story = done.arrays, done.problem, done.story
    hoard = hoarding(arrays)
    plan = plan_policy(problem, done.best.trunk, done.schedule, hoard)
    idle = idle_policy(done, hoard)
    trial = compare(
        arrays,
        problem,
        idle,
        plan,
        idle_starts(done),
        count=max(1000, FRESH_PER_TOOTH * len(problem.teeth)),
        seed=seed,
        executor=executor,
        progress=progress,
    )
    limit, batches = gap_upper_limit(
        arrays,
        done.schedule,
        seed=seed,
        draws=max(1, draws // 4),
        bucket_weeks=problem.bucket_weeks,
        progress=progress,
    )
    progress("simulating the cut")
    week = min(EVENT_WEEK, max(arrays.horizon_weeks // 2, 0))
    shown = tightest(story, 10)
    cuts = {
        int(r): given_event(arrays, [idle, plan], (int(r), week), shown, seed=seed + 2, executor=executor)
        for r in np.nonzero(arrays.hazard_per_week > 0)[0]
    }
    certificate = certificate_of(done, trial, limit, batches)
    survival = survival_lines(arrays, cuts)
    restrictions = restriction_lines(story, cuts)
    items = explain.item_lines(story)
    purchases = explain.purchase_lines(story)
    qualifications = explain.qualification_lines(story)
    cash = explain.cash_lines(story)
    summary = summarise(done, trial, week, survival, restrictions, purchases, qualifications, cash)
    return say.PlanAnswer(
        provenance=trace_run(done.network.hashes, seed),
        case_name=done.network.settings.name,
        summary=summary,
        certificate=certificate,
        restrictions=restrictions,
        items=items,
        purchases=purchases,
        production=explain.production_lines(story),
        qualifications=qualifications,
        cash=cash,
        survival=survival,
        stock_paths=stock_paths(story, cuts, shown),
        cover=explain.cover_rows(story),
        comparison=compare_with_record(story, record),
        assumptions=explain.assumptions(story, defaults),
    )


def idle_starts(done: Done) -> dict[int, int]:
    """Switches that are worth starting at the event when nothing was done before it."""
    taken = done.nothing.x[done.nothing.trunk.start] > 0.5
    return {o.source: o.week for o, yes in zip(done.problem.options, taken, strict=True) if yes}


def idle_policy(done: Done, hoard: Floats) -> Policy:
    """Buying nothing extra: normal running, and the best switches once the event is there."""
    trunk = done.nothing.trunk
    nothing = Schedule((), np.zeros(trunk.make.shape), done.nothing.x[trunk.run_down], idle_starts(done))
    return plan_policy(done.problem, trunk, nothing, hoard)


def certificate_of(done: Done, trial: Trial, limit: float, batches: int) -> say.Certificate:
    """The figures of model.md section 7, after rounding."""
    objective, bound = done.evaluation.objective, done.best.bound
    idle = done.nothing.objective
    room = bound - idle
    gap = (bound - objective) / room if room > 1e-9 * max(1.0, abs(idle)) else 0.0
    simulated = mean_interval(-trial.plan)
    beats = mean_interval(trial.cover - trial.plan)
    problem = done.problem
    model = (
        f"{len(problem.teeth)} planning scenarios (epoch x restriction x draw), "
        f"{len(problem.items)} items at risk, {done.best.rows:,} rows, {done.best.columns:,} columns, "
        f"buckets of {problem.bucket_weeks:g} weeks after an event, {done.best.passes} passes over all teeth"
    )
    return say.Certificate(
        model=model,
        status="optimal" if gap <= 1e-6 else "gap",
        objective=objective,
        bound=bound,
        objective_nothing=idle,
        gap=gap,
        gap_of_objective=(bound - objective) / max(abs(objective), 1e-12) if objective else 0.0,
        simulated=simulated,
        simulated_nothing=mean_interval(-trial.nothing),
        simulated_cover=mean_interval(-trial.cover),
        cover_rule_weeks=trial.cover_weeks,
        beats_cover_rule=beats.low > 0,
        simulated_scenarios=len(trial.plan),
        clairvoyance_gap=objective - simulated.mean,
        gap_upper_95=limit,
        gap_batches=batches,
    )


def tightest(story: explain.Story, most: int) -> list[int]:
    """Bought items at risk with the least cover, then made ones."""
    ranks = explain.stop_ranks(story)
    made = [int(i) for i in story.problem.items if story.arrays.made[i]]
    return [*sorted(ranks, key=lambda item: ranks[item]), *made][:most]


def survival_lines(arrays: NetworkArrays, cuts: dict[int, list[Conditional]]) -> tuple[say.SurvivalLine, ...]:
    """Survival after an event of any restriction that closes sources, each weighed by its hazard."""
    closing = [r for r in cuts if (arrays.supply_left[r] < 1).any()] or list(cuts)
    if not closing:
        return ()
    hazards = arrays.hazard_per_week[closing]
    count = len(cuts[closing[0]][0].survived)
    share = np.floor(count * hazards / hazards.max()).astype(int)
    weeks = range(arrays.window_weeks + 1)

    def curve(which: int) -> list[tuple[float, float, float]]:
        pooled = np.concatenate([cuts[r][which].survived[:k] for r, k in zip(closing, share, strict=True)])
        return survivors(pooled, weeks)

    now, plan = curve(0), curve(1)
    return tuple(say.SurvivalLine(week, say.Share(*now[week]), say.Share(*plan[week])) for week in weeks)


def stock_paths(
    story: explain.Story, cuts: dict[int, list[Conditional]], shown: Sequence[int]
) -> tuple[say.StockPath, ...]:
    """Mean stock of the tightest items around the likeliest cut of sources."""
    arrays = story.arrays
    closing = [r for r in cuts if (arrays.supply_left[r] < 1).any()]
    if not closing:
        return ()
    likeliest = max(closing, key=lambda r: (float(arrays.hazard_per_week[r]), -r))
    now, plan = cuts[likeliest]
    weeks = tuple(range(now.paths.shape[1]))
    low, high = np.percentile(plan.paths, [10, 90], axis=0)

    def row(values: Floats) -> tuple[float, ...]:
        return tuple(float(value) for value in values)

    return tuple(
        say.StockPath(
            arrays.item_ids[item],
            story.name(item),
            weeks,
            row(now.paths[:, :, k].mean(axis=0)),
            row(plan.paths[:, :, k].mean(axis=0)),
            row(low[:, k]),
            row(high[:, k]),
        )
        for k, item in enumerate(shown)
    )


def half_life(survival: Sequence[say.SurvivalLine], plan: bool) -> int:
    """Last week that half the scenarios or more survive."""
    alive = [s.week for s in survival if (s.plan if plan else s.now).p >= 0.5]
    return max(alive, default=0)


def summarise(
    done: Done,
    trial: Trial,
    week: int,
    survival: Sequence[say.SurvivalLine],
    restrictions: Sequence[say.RestrictionLine],
    purchases: Sequence[say.PurchaseLine],
    qualifications: Sequence[say.QualificationLine],
    cash: Sequence[say.CashLine],
) -> say.Summary:
    """The answer in one breath."""
    settings, arrays = done.network.settings, done.arrays
    level = settings.plan.cvar_level
    buildup = [line for line in purchases if line.kind == "build-up"]
    started = [line for line in qualifications if line.decision in ("start now", "start later")]
    peak = max(cash, key=lambda line: line.spend)
    now, later = half_life(survival, False), half_life(survival, True)
    spend = sum(line.cost for line in buildup)
    loss_now, loss_plan = mean_interval(trial.nothing), mean_interval(trial.plan)
    return say.Summary(
        currency=settings.currency,
        start=settings.start,
        horizon_weeks=arrays.horizon_weeks,
        window_weeks=arrays.window_weeks,
        event_week=week,
        probability_of_event=float(1 - np.exp(-done.problem.hazard * arrays.horizon_weeks)),
        expected_loss_now=loss_now,
        expected_loss_plan=loss_plan,
        cvar_now=conditional_value_at_risk(trial.nothing, level),
        cvar_plan=conditional_value_at_risk(trial.plan, level),
        cvar_level=level,
        spend_on_buildup=float(spend),
        spend_on_qualification=float(sum(line.cost for line in started)),
        peak_cash=peak.spend,
        peak_cash_date=peak.date,
        cost_if_nothing_happens=trial.calm_plan,
        survive_half_now_weeks=now,
        survive_half_plan_weeks=later,
        headline=headline(
            done,
            restrictions,
            loss_now.mean,
            loss_plan.mean,
            spend + sum(line.cost for line in started),
        ),
        buy_first=buy_first(buildup, started),
    )


def headline(
    done: Done,
    restrictions: Sequence[say.RestrictionLine],
    loss_now: float,
    loss_plan: float,
    spend: float,
) -> str:
    """One sentence a manager can repeat."""
    currency, window = done.network.settings.currency, done.arrays.window_weeks
    if not restrictions or not len(done.problem.items):
        return "No restriction in this case can stop supply: nothing to buy."
    worst = max(restrictions, key=lambda line: line.loss_if_now)
    now, later = worst.time_to_survive_weeks, worst.time_to_survive_plan_weeks
    until = f"more than {window} weeks" if now >= window else f"{now:.0f} weeks"
    reach = f"more than {window} weeks" if later >= window else f"{later:.0f} weeks"
    stops = f" ({worst.first_item_out} runs out first)" if worst.first_item_out else ""
    longer = f" makes that {reach} and" if later > now else ""
    if spend <= 0:
        return f"We outlast {worst.restriction_id} for {until} today{stops}; nothing extra is worth buying."
    return (
        f"We outlast {worst.restriction_id} for {until} today{stops}; "
        f"{currency} {spend:,.0f} of protection{longer} cuts the expected loss "
        f"from {currency} {loss_now:,.0f} to {loss_plan:,.0f}."
    )


def buy_first(
    buildup: Sequence[say.PurchaseLine], started: Sequence[say.QualificationLine]
) -> tuple[str, ...]:
    """Up to five sentences, the most urgent first."""
    lines = [
        f"Start the switch of {line.name} to {line.supplier} on {line.start_date}: {line.reason}."
        for line in started
        if line.decision == "start now"
    ]
    seen: set[str] = set()
    for line in buildup:
        if line.item_id not in seen:
            seen.add(line.item_id)
            lines.append(
                f"Order {line.quantity:,.0f} {line.name} from {line.supplier} on {line.order_date}: "
                f"{line.reason}."
            )
    return tuple(lines[:5])


def compare_with_record(story: explain.Story, record: Sequence[say.Comparison]) -> tuple[say.Comparison, ...]:
    """What the plan advises beside what was done, over the same weeks, and why they differ."""
    arrays = story.arrays
    out = []
    bought = np.array([not m for m in arrays.made]) & (arrays.usage.max(axis=0) > 0)
    risk = np.zeros(len(bought), dtype=bool)
    risk[story.problem.items] = True
    for line in record:
        group = bought if line.what == "components" else arrays.item_kind == 2
        worth = arrays.standard_cost * arrays.on_hand
        extra = sum(
            float(story.stock[:, place].max() - story.stock[0, place]) * float(arrays.standard_cost[item])
            for place, item in enumerate(story.problem.items)
            if group[item]
        )
        now = float(worth[group].sum())
        at_risk = float(worth[group & risk].sum()) / now if now else 0.0
        limits = sorted(
            {explain.binding(story, int(i)) for i in story.problem.items if group[i]} - {"nothing"}
        )
        why = (
            f"the plan adds only to what a restriction can stop ({at_risk:.0%} of this stock by value); "
            + (f"held back by {' and '.join(limits)}; " if limits else "no limit holds it back; ")
            + "hazard, switch times and the split of stock are assumed, "
            + "and the company may have had other motives"
        )
        out.append(
            say.Comparison(line.what, extra / now if now else 0.0, line.done, line.unit, why, line.citation)
        )
    return tuple(out)


__all__ = ["AT_EVENT", "decide", "plan_case"]
