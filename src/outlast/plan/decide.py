"""The planner: optimise, round, re-simulate out of sample, certify, explain.
In: `Network`. Out: `PlanAnswer`. One reason to exist: the whole plan, readable on one screen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from outlast.errors import InfeasibleError
from outlast.interruption import Interruption
from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.units import counts_pieces
from outlast.optimise.byhand import NOTHING
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.highs import Status
from outlast.optimise.risk import Risk
from outlast.optimise.solve import Solution, load, solve
from outlast.plan import answer as say
from outlast.plan import explain
from outlast.plan.certify import (
    gap_upper_limit,
    leaf_losses,
    survivors,
)
from outlast.plan.changes import what_changed
from outlast.plan.checked import Check, as_proven, check_fast, check_plan, read_check
from outlast.plan.compared import Amounts, made_for_stock, normal_orders
from outlast.plan.conflict import IDLE_CONFLICT, explain_conflict
from outlast.plan.fast import plan_fast
from outlast.plan.least_cash import plan_least_cash, requirement_of
from outlast.plan.options import weigh_options
from outlast.plan.overrides import all_by_hand, broken_by_hand, decisions_by_hand, override_lines
from outlast.plan.previous import Previous, calm_solution, reach, stand_purchases
from outlast.plan.purchases import name_plan, number_purchases, purchase_lines
from outlast.plan.regret import Regret, aim_at_regret, hazard_factors, proofs_of, spread
from outlast.plan.regret_lines import regret_lines, regret_upper_limit, thresholds
from outlast.plan.restrictions import restriction_lines
from outlast.plan.rounding import best_lots, net_worth
from outlast.plan.schedule import (
    Schedule,
    hoarding,
    lots,
    plan_policy,
)
from outlast.plan.study import Conditional, compare, given_event
from outlast.plan.summary import Done, certificate_of, compare_with_record, summarise
from outlast.plan.triggers import gap_limit
from outlast.plan.watched import to_play, watch_answer, watch_words, with_triggers
from outlast.plan.way import EXACT, choose_way, read_method, way_words
from outlast.provenance import trace_run
from outlast.scenarios.draw import Draws
from outlast.scenarios.reduce import draw_durations
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.run import Executor, simulate

Floats = NDArray[np.float64]
FRESH_PER_TOOTH = 10
"""Fresh scenarios simulated for each planning scenario, at least."""
FRESH_IN_TAIL = 20
"""Fresh scenarios that fall into the tail of CVaR, at least: of fewer, neither mean nor interval is known."""
EVENT_WEEK = 26
"""Conditional figures take the event half a year after the start, when most build-up is there."""
GAP_TARGET = 0.001
"""Share of the improvement at which the search for a better plan stops; the certificate's gap is
larger by what rounding to lots costs."""
TIDY_SHARE = 0.001
"""Share of the improvement that may be given up for a plan with fewer and smaller orders."""


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
    previous: Previous | None = None,
    interruption: Interruption | None = None,
    method: str | None = None,
    check: str = "auto",
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
        previous: the plan before, from which this one moves only where that is worth something.
        interruption: hears of wishes to stop; default: nobody has any.
        method: auto, exact or fast, see `way.choose_way`; default: the case's.
        check: auto, full or none, see `checked.Check`.

    Raises:
        InfeasibleError: limits in conflict.
        UsageError: a survival that the case does not follow for long enough.
    """
    tell, checked = progress or (lambda message: None), read_check(check)
    seed = network.settings.seed if seed is None else seed
    draws = scenarios or network.settings.scenarios
    with ThreadPoolExecutor(1) as background:
        warm = background.submit(warm_up, network)
        done = decide(
            network,
            seed=seed,
            draws=draws,
            time_limit=time_limit,
            progress=tell,
            previous=previous,
            interruption=interruption,
            method=method or network.settings.plan.method,
        )
        done = look_at_states(done, time_limit, tell)
        warm.result()
    return certify_and_explain(
        done,
        seed=seed,
        draws=draws,
        progress=tell,
        executor=executor,
        defaults=defaults,
        record=record,
        check=checked,
    )


def fresh_count(problem: CombProblem, way: say.Way = EXACT) -> int:
    """Fresh scenarios that a plan is simulated on; of thousands of items no more than the interval needs."""
    in_tail = math.ceil(FRESH_IN_TAIL / problem.risk.tail * (1 - 1e-9))
    return max(1000, FRESH_PER_TOOTH * len(problem.teeth) if way.used == "exact" else 0, in_tail)


def warm_up(network: Network) -> None:
    """Gets the simulator compiled or loaded while the solver, which lets go of the interpreter, works."""
    arrays = number(network)
    simulate(arrays, Draws(1, 0), normal_policy(arrays))


def decide(
    network: Network,
    *,
    seed: int,
    draws: int,
    time_limit: float | None,
    progress: Callable[[str], None],
    previous: Previous | None = None,
    interruption: Interruption | None = None,
    method: str = "exact",
) -> Done:
    """Optimise, stay near the plan before, and round; see `plan_case`."""
    stopped = interruption or Interruption()
    posed, arrays = pose(network, seed=seed, draws=draws, previous=previous)
    way = choose_way(network, posed, read_method(method))
    if way.asked != "exact":
        progress(f"planning the {way.used} way: {way.why}")
    progress(f"writing the planning model: {len(posed.teeth)} scenarios, {len(posed.items)} items at risk")
    whole = np.array([counts_pieces(network.item[item_id].unit) for item_id in arrays.item_ids], dtype=bool)
    lot = lots(arrays, whole)
    if way.used == "fast":
        return decide_fast(network, posed, way, lot, time_limit, progress, previous, stopped)
    regret = None
    if network.settings.plan.objective == "regret":
        regret = begin_regret(network, posed, time_limit, progress, stopped)
    problem, master = (regret.problem, regret.master) if regret else (posed, load(posed))
    nothing = solve(problem, master=master, build_up=False, gap=0.001)
    if nothing.status is Status.INFEASIBLE:
        free = replace(posed, by_hand=NOTHING)
        raise explain_conflict(network, free, None, progress, IDLE_CONFLICT)
    idle = None if regret else nothing.objective
    if network.settings.plan.objective != "least_cash":
        stopped.keep()
    progress("solving")
    best = solve(
        problem,
        master=master,
        gap=GAP_TARGET,
        tidied=TIDY_SHARE,
        reference=nothing.objective,
        time_limit=time_limit,
        progress=progress,
        stopped=stopped,
    )
    if best.status is Status.INFEASIBLE:
        raise explain_conflict(network, posed, idle, progress, all_by_hand(network, posed))
    master.forget(proofs_of([best, *(regret.bests if regret else ())]))
    secured, calm = None, best
    if network.settings.plan.objective == "least_cash" and problem.teeth:
        secured = plan_least_cash(
            network,
            problem,
            master.teeth,
            (nothing, idle_policy(problem, nothing, hoarding(arrays))),
            lot,
            seed=seed,
            time_limit=time_limit,
            progress=progress,
            interruption=stopped,
        )
        schedule, evaluation = secured.schedule, secured.evaluation
    else:
        calm = calm_solution(
            problem,
            master,
            best,
            gap=GAP_TARGET,
            reference=nothing.objective,
            time_limit=time_limit,
            progress=progress,
            stopped=stopped,
        )
        asked_by_hand = bool(problem.by_hand.limits or problem.by_hand.starts)
        schedule, evaluation = best_lots(master, problem, calm, lot, progress, stopped)
        if net_worth(problem, schedule, evaluation) < nothing.objective and not asked_by_hand:
            schedule, evaluation = best_lots(master, problem, nothing, lot, progress, stopped)
    broken = broken_by_hand(network, problem, schedule)
    if broken or not evaluation.feasible:
        otherwise = [*broken, "the cash limits, minimum orders and order multiples"]
        raise explain_conflict(network, posed, idle, progress, otherwise)
    master.charge(np.zeros(master.teeth.n_trunk))
    schedule = Schedule(schedule.orders, evaluation.make, evaluation.run_down, schedule.starts)
    story = explain.Story(network, arrays, problem, best.trunk, schedule, evaluation.stock, lot)
    return Done(
        network,
        arrays,
        problem,
        nothing,
        best,
        schedule,
        evaluation,
        story,
        master,
        calm,
        previous,
        regret,
        secured,
        stopped,
        way=way,
    )


def decide_fast(
    network: Network,
    problem: CombProblem,
    way: say.Way,
    lot: Floats,
    time_limit: float | None,
    progress: Callable[[str], None],
    previous: Previous | None,
    stopped: Interruption,
) -> Done:
    """The same by first-order steps."""
    found = plan_fast(
        problem, lot, time_limit=time_limit, progress=progress, keep=stopped.keep, stopped=stopped
    )
    if broken := broken_by_hand(network, problem, found.schedule):
        raise InfeasibleError([*broken, "the cash limits, minimum orders and order multiples"])
    best, arrays, schedule = found.best, problem.arrays, found.schedule
    story = explain.Story(network, arrays, problem, best.trunk, schedule, found.evaluation.stock, lot)
    return Done(
        network,
        arrays,
        problem,
        found.nothing,
        best,
        schedule,
        found.evaluation,
        story,
        None,
        found.calm,
        previous,
        stopped=stopped,
        way=way,
        fast=found,
    )


def begin_regret(
    network: Network,
    posed: CombProblem,
    time_limit: float | None,
    progress: Callable[[str], None],
    interruption: Interruption,
) -> Regret:
    """The problem made ready for every hazard of the grid; the largest regret is what is made small."""
    regret = spread(posed, hazard_factors(network))
    progress("solving for every hazard of the grid")
    aimed = aim_at_regret(
        regret,
        gap=GAP_TARGET,
        time_limit=time_limit,
        progress=progress,
        found=interruption.keep,
        stopped=interruption,
    )
    return regret if aimed is None else replace(regret, bests=tuple(aimed[1]))


def look_at_states(done: Done, time_limit: float | None, progress: Callable[[str], None]) -> Done:
    """The plan with triggers, where the case has watch states that change something."""
    return with_triggers(done, gap=GAP_TARGET, tidied=TIDY_SHARE, time_limit=time_limit, progress=progress)


def pose(
    network: Network, *, seed: int, draws: int, previous: Previous | None = None
) -> tuple[CombProblem, NetworkArrays]:
    """The planning problem of a case, and its numbered network; see `plan_case`."""
    settings = network.settings.plan
    arrays = number(network)
    switch, relief = draw_durations(arrays, draws, seed, "plan", centred=True)
    earlier = None
    if previous is not None:
        earlier = reach(previous, stand_purchases(previous, network), network, arrays)
    problem = build_problem(
        arrays,
        switch,
        relief,
        risk=Risk(settings.risk_weight, settings.cvar_level),
        by_hand=decisions_by_hand(network, arrays),
        earlier=earlier,
    )
    return problem, arrays


def plan_again(done: Done, network: Network, *, seed: int, draws: int) -> Amounts:
    """What the plan would be for another case, decided in the same way."""
    other = decide(
        network,
        seed=seed,
        draws=draws,
        time_limit=None,
        progress=lambda message: None,
        previous=done.previous,
        method=done.way.used,
    )
    other = look_at_states(other, None, lambda message: None)
    names, weeks = other.arrays.source_ids, other.arrays.epoch_weeks
    bought: dict[tuple[str, int], float] = {}
    for order in other.schedule.orders:
        cell = names[order.source], order.week // weeks
        bought[cell] = bought.get(cell, 0.0) + order.quantity
    return Amounts(
        bought,
        {item_id: other.story.target(item) for item, item_id in enumerate(other.arrays.item_ids)},
        frozenset(names[source] for source, week in other.schedule.starts.items() if week >= 0),
        made_for_stock(other, other.schedule),
        normal_orders(other),
    )


def certify_and_explain(
    done: Done,
    *,
    seed: int,
    draws: int,
    progress: Callable[[str], None],
    executor: Executor | None,
    defaults: Sequence[str],
    record: Sequence[say.Comparison],
    check: Check = "auto",
) -> say.PlanAnswer:
    """Simulate out of sample, certify, and put into words; see `plan_case`."""
    arrays, problem, story = done.arrays, done.problem, done.story
    plain = done.without_triggers or done
    hoard = hoarding(arrays)
    plan, followed, without_triggers = to_play(done, hoard)
    idle = idle_policy(problem, done.nothing, hoard)
    progress("checking plan and bound by a second program")
    said, checked = done, None
    if done.fast is not None:
        checked = check_fast(done, done.fast, check, progress)
        done = as_proven(done, checked)
    elif not done.triggers:
        checked = check_plan(done)
    trial = compare(
        arrays,
        problem,
        idle,
        followed,
        idle_starts(problem, done.nothing),
        without_triggers=without_triggers,
        count=fresh_count(problem, done.way),
        seed=seed,
        executor=executor,
        progress=progress,
    )
    limit, batches, planned, regret = np.inf, 0, -done.evaluation.objective, tuple[say.RegretLine, ...]()
    if done.fast is None:
        loss = leaf_losses(done.exact.teeth, problem, plain.schedule)
        limit, batches = limit_gap(done, loss, seed=seed, draws=draws, progress=progress)
        regret = regret_lines(
            done,
            loss,
            plan,
            idle,
            count=fresh_count(problem),
            seed=seed,
            executor=executor,
            progress=progress,
        )
        planned = planned if done.triggers else problem.risk.value(loss, done.odds)
    progress("simulating the cut")
    week = min(EVENT_WEEK, max(arrays.horizon_weeks // 2, 0))
    shown = tightest(story, 10)
    cuts = {
        int(r): given_event(arrays, [idle, plan], (int(r), week), shown, seed=seed + 2, executor=executor)
        for r in np.nonzero(arrays.hazard_per_week > 0)[0]
    }
    certificate = certificate_of(done, trial, limit, batches, planned, regret, checked, said)
    survival = survival_lines(arrays, cuts)
    restrictions = restriction_lines(story, cuts)
    items = explain.item_lines(story)
    made_from = trace_run(done.network.hashes, seed)
    drafted = purchase_lines(story)
    plan_id = name_plan(made_from, done.network, drafted)
    purchases = number_purchases(plan_id, drafted)
    qualifications = explain.qualification_lines(story)
    cash = explain.cash_lines(story)
    since, changes = what_changed(done, items, partial(plan_again, done, seed=seed, draws=draws), progress)
    summary = summarise(done, trial, week, survival, restrictions, purchases, qualifications, cash)
    return say.PlanAnswer(
        provenance=made_from,
        plan_id=plan_id,
        case_name=done.network.settings.name,
        what_if=done.network.what_if,
        summary=summary,
        requirement=None if done.secured is None else requirement_of(done.secured, done.arrays),
        way=done.way,
        certificate=certificate,
        restrictions=restrictions,
        items=items,
        purchases=purchases,
        production=explain.production_lines(story),
        qualifications=qualifications,
        options=() if done.fast else weigh_options(plain, explain.stop_ranks(story), progress),
        watch=watch_answer(done, trial),
        overrides=override_lines(
            done.network, problem, done.schedule, done.master, plain.best, progress, done.stopped
        ),
        since=since,
        changes=changes,
        cash=cash,
        survival=survival,
        stock_paths=stock_paths(story, cuts, shown),
        cover=explain.cover_rows(story),
        comparison=compare_with_record(story, record),
        assumptions=(
            *explain.assumptions(story, defaults),
            *(say.Assumption("model", text, "model") for text in (*watch_words(done), *way_words(done.way))),
        ),
    )


def limit_gap(
    done: Done, loss: Floats, *, seed: int, draws: int, progress: Callable[[str], None]
) -> tuple[float, int]:
    """As `upper_limit`, for plans with triggers as well."""
    if done.triggers is not None:
        few = max(1, draws // 16)
        return gap_limit(
            done.arrays, done.triggers, seed=seed, draws=few, progress=progress, stopped=done.stopped
        )
    return upper_limit(done, loss, seed=seed, draws=max(1, draws // 4), progress=progress)


def upper_limit(
    done: Done, loss: Floats, *, seed: int, draws: int, progress: Callable[[str], None]
) -> tuple[float, int]:
    """Upper limit on the optimality gap, or where regret is planned for on the largest regret [money], and
    the batches that it rests on."""
    problem, regret, aim = done.problem, done.regret, done.exact.teeth.aim
    if regret is None or aim is None:
        return gap_upper_limit(
            done.arrays,
            done.schedule,
            seed=seed,
            draws=draws,
            like=problem,
            threshold=done.evaluation.threshold,
            progress=progress,
            stopped=done.stopped,
        )
    begins = thresholds(problem.risk, aim, loss)
    return regret_upper_limit(
        done.arrays,
        done.schedule,
        regret.factors,
        seed=seed,
        draws=draws,
        like=problem,
        begins=begins.tolist(),
        progress=progress,
        stopped=done.stopped,
    )


def idle_starts(problem: CombProblem, nothing: Solution) -> dict[int, int]:
    """Switches that are worth starting at the event when nothing was done before it."""
    taken = nothing.x[nothing.trunk.start] > 0.5
    return {o.source: o.week for o, yes in zip(problem.options, taken, strict=True) if yes}


def idle_policy(problem: CombProblem, nothing: Solution, hoard: Floats) -> Policy:
    """Buying nothing extra: normal running, and the best switches once the event is there."""
    trunk, starts = nothing.trunk, idle_starts(problem, nothing)
    idle = Schedule((), np.zeros(trunk.make.shape), nothing.x[trunk.run_down], starts)
    return plan_policy(problem, trunk, idle, hoard)


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
