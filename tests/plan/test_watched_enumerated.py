"""Plans with triggers beside every whole-lot plan with triggers there is, worked out by a second writing.

Each case has one to three parts, two watch states, three epochs, and eight teeth at the nodes of its tree
(tests/reference/watched_lots.py lists its plans and shares no code with the planner).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice

import numpy as np
import pytest

from outlast.optimise.byhand import AT_EVENT
from outlast.optimise.comb import build_problem
from outlast.optimise.solve import load, solve
from outlast.plan.rounding import best_lots, net_worth
from outlast.plan.schedule import lots
from outlast.plan.triggers import Triggers, plan_triggers
from tests.reference.small_cases import SmallCase, small_case
from tests.reference.watched_lots import WatchedLots, WatchedPlan

QUICK = 5
MOST_PLANS = 400
"""Cases with more whole-lot plans are passed over."""
EXACT = 1e-5
"""Share of a loss by which two solvers may differ."""
EPOCHS = 3


def watched_case(seed: int) -> SmallCase | None:
    """A small case of three epochs, one restriction and two draws, with two watch states; else None."""
    case, rng = small_case(seed), np.random.default_rng([seed, 23])
    arrays = case.arrays
    if arrays.horizon_weeks != EPOCHS * arrays.epoch_weeks or len(arrays.restriction_ids) != 1:
        return None
    leave, stay = rng.uniform(0.1, 0.5), rng.uniform(0.7, 0.95)
    step = np.array([[1 - leave, leave], [1 - stay, stay]])
    factor = np.exp(rng.uniform((-4, 0.5), (-1, 2)))[:, None]
    watched = replace(
        arrays,
        watch_ids=("CALM", "TENSE"),
        watch_now=int(rng.random() < 0.2),
        watch_step=step,
        watch_factor=factor,
    )
    return replace(case, arrays=watched)


def listed(seeds: Iterator[int]) -> Iterator[tuple[int, SmallCase, WatchedLots, list[WatchedPlan]]]:
    """Cases whose plans are few enough to list, with all of them."""
    for seed in seeds:
        case = watched_case(seed)
        if case is None:
            continue
        twin = WatchedLots(case)
        plans = list(islice(twin.plans(), MOST_PLANS + 1))
        if len(plans) <= MOST_PLANS:
            yield seed, case, twin, plans


def planned(case: SmallCase) -> tuple[float, Triggers]:
    """Objective of buying nothing, and the plan with triggers, as `decide` finds it."""
    problem = build_problem(case.arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1)
    master = load(problem)
    nothing = solve(problem, master=master, build_up=False, gap=1e-7)
    best = solve(problem, master=master, gap=1e-6, reference=nothing.objective)
    lot = lots(case.arrays, np.zeros(len(case.arrays.item_ids), dtype=bool))
    schedule, evaluation = best_lots(master, problem, best, lot, lambda message: None)
    if net_worth(problem, schedule, evaluation) < nothing.objective:
        schedule, _ = best_lots(master, problem, nothing, lot, lambda message: None)
    triggers = plan_triggers(
        problem,
        schedule,
        nothing.objective,
        lot,
        gap=1e-6,
        tidied=0.0,
        time_limit=None,
        progress=lambda message: None,
    )
    assert triggers is not None
    return nothing.objective, triggers


def as_plan(triggers: Triggers, twin: WatchedLots) -> tuple[WatchedPlan, dict]:
    """The plan in the words of the twin, and what it makes ahead; whatever two paths have in common is told
    once, and alike."""
    tree, arrays, cells = triggers.solution.tree, triggers.solution.problem.arrays, {}
    trunk, made = triggers.solution.master.teeth.grown.comb.trunk, dict[tuple, float]()
    starts: dict[int, tuple[bool, set]] = {
        s: (False, set()) for c in twin.company.values() for s, _ in c.start
    }
    for leaf, schedule in triggers.schedules.items():
        seen = tuple(int(tree.state[node]) for node in tree.path(leaf))
        bought = {}
        for order in schedule.orders:
            epoch = order.week // arrays.epoch_weeks
            units = order.quantity / arrays.source_multiple[order.source]
            bought[order.source, seen[: epoch + 1]] = bought.get((order.source, seen[: epoch + 1]), 0) + units
        for cell in {(s, seen[: e + 1]) for c in twin.company.values() for s, e in c.buy}:
            units = bought.pop(cell, 0)
            assert abs(units - round(units)) < 1e-6
            assert cells.setdefault(cell, round(units)) == round(units)
        assert not bought
        for column, item in enumerate(trunk.make_items):
            for epoch, amount in enumerate(schedule.make[:, column]):
                cell = int(item), seen[: epoch + 1]
                assert made.setdefault(cell, amount) == pytest.approx(amount, abs=1e-9)
        for source, week in schedule.starts.items():
            by_event, before = starts[source]
            if week != AT_EVENT:
                before.add(seen[: week // arrays.epoch_weeks + 1])
            starts[source] = bool(arrays.start_after[source]) or by_event, before
    begun = {s: (yes, tuple(sorted(before))) for s, (yes, before) in starts.items()}
    return WatchedPlan(cells, begun), made


def compare(seed: int, case: SmallCase, twin: WatchedLots, plans: list[WatchedPlan]) -> tuple[float, float]:
    """Holds the planner's figures against the list; by how much the plan falls short of the best of the list,
    and the size of its loss [money]."""
    nothing, triggers = planned(case)
    values = [value for value in map(twin.value, plans) if value is not None]
    top, slack = max(values), EXACT * max(abs(triggers.objective), abs(nothing), 1e-3)
    plan, made = as_plan(triggers, twin)
    mine = twin.value(plan, made)
    assert plan in plans, seed
    assert mine is not None, seed
    assert triggers.objective == pytest.approx(mine, abs=slack), seed
    assert triggers.solution.bound >= top - slack, seed
    assert top >= triggers.objective - slack, seed
    return top - triggers.objective, abs(triggers.objective)


def test_bound_best_listed_plan_and_plan_are_in_order_on_five_cases() -> None:
    for seed, case, twin, plans in islice(listed(count()), QUICK):
        compare(seed, case, twin, plans)


def looks(plan: WatchedPlan) -> bool:
    """It does different things on different paths."""
    amounts: dict[tuple[int, int], set[int]] = {}
    for (source, seen), number in plan.lots.items():
        amounts.setdefault((source, len(seen)), set()).add(number)
    starts = (place for _, before in plan.starts.values() for place in before)
    return any(len(counts) > 1 for counts in amounts.values()) or any(len(place) > 1 for place in starts)
