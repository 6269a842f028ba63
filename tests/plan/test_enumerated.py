"""Plans of small cases beside every whole-lot plan there is, worked out by a second writing of the model.

Each case has one to three parts and at most eight teeth (tests/reference/small_cases.py). All its plans,
starts of alternatives included, are listed and worked out by a program that shares no code with the
planner's (tests/reference/whole_lots.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

import numpy as np
import pytest

from outlast.optimise.byhand import AT_EVENT
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.constraints import Trunk
from outlast.optimise.master import Master
from outlast.optimise.risk import Risk
from outlast.optimise.solve import Solution, load, solve
from outlast.plan.certify import Evaluation, evaluate
from outlast.plan.rounding import best_lots, net_worth
from outlast.plan.schedule import Schedule, lots
from tests.reference import whole_lots
from tests.reference.small_cases import SmallCase, small_case
from tests.reference.whole_lots import Plan, WholeLots

QUICK = 5
MOST_PLANS = 400
"""Cases with more whole-lot plans are passed over."""
EXACT = 1e-5
"""Share of a loss by which two solvers may differ."""


def risk_of(seed: int) -> tuple[float, float]:
    """Weight and level of CVaR: every third case looks at the tail."""
    return (0.0, 0.95) if seed % 3 else (0.5, 0.8)


def listed(seeds: Iterator[int]) -> Iterator[tuple[int, SmallCase, WholeLots, list[Plan]]]:
    """Cases whose plans are few enough to list, with all of them."""
    for seed in seeds:
        case = small_case(seed)
        twin = WholeLots(case, *risk_of(seed))
        plans = list(islice(twin.plans(), MOST_PLANS + 1))
        if len(plans) <= MOST_PLANS:
            yield seed, case, twin, plans


def planned(seed: int, case: SmallCase) -> tuple[Solution, Solution, Schedule, Evaluation]:
    """Nothing bought, the relaxation of lots, and the plan of whole lots, found as `decide` does."""
    risk = Risk(*risk_of(seed))
    problem = build_problem(case.arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1, risk=risk)
    master: Master = load(problem)
    nothing = solve(problem, master=master, build_up=False, gap=1e-7)
    best = solve(problem, master=master, gap=1e-6, reference=nothing.objective)
    lot = lots(case.arrays, np.zeros(len(case.arrays.item_ids), dtype=bool))
    schedule, evaluation = best_lots(master, problem, best, lot, lambda message: None)
    if net_worth(problem, schedule, evaluation) < nothing.objective:
        schedule, _ = best_lots(master, problem, nothing, lot, lambda message: None)
    return nothing, best, schedule, evaluate(master.teeth, problem, schedule, exact=1e-8)


def as_plan(
    case: SmallCase, problem: CombProblem, trunk: Trunk, schedule: Schedule
) -> tuple[Plan, dict[tuple[int, int], float]]:
    """The plan in the words of the twin, and what it makes ahead."""
    bought = schedule.bought(problem, trunk)
    cells = {
        (int(source), epoch): bought[epoch, column] / case.arrays.source_multiple[source]
        for column, source in enumerate(trunk.buy_sources)
        for epoch in range(len(bought))
    }
    assert all(abs(units - round(units)) < 1e-6 for units in cells.values())
    starts = {
        source: whole_lots.AT_EVENT if week == AT_EVENT else whole_lots.NOW
        for source, week in schedule.starts.items()
    }
    made = {
        (int(item), epoch): float(amount)
        for column, item in enumerate(trunk.make_items)
        for epoch, amount in enumerate(schedule.make[:, column])
    }
    return Plan({cell: round(units) for cell, units in cells.items() if round(units)}, starts), made


def compare(seed: int, case: SmallCase, twin: WholeLots, plans: list[Plan]) -> tuple[float, float]:
    """Holds the planner's figures against the list; by how much the plan falls short of the best of the list,
    and the size of its loss [money]."""
    nothing, best, schedule, evaluation = planned(seed, case)
    values = [value for value in map(twin.value, plans) if value is not None]
    top, slack = max(values), EXACT * max(abs(evaluation.objective), abs(nothing.objective), 1e-3)
    plan, made = as_plan(case, best.problem, best.trunk, schedule)
    mine = twin.value(plan, made)
    assert plan.lots in [{cell: n for cell, n in other.lots.items() if n} for other in plans], seed
    assert mine is not None, seed
    assert evaluation.objective == pytest.approx(mine, abs=slack), seed
    assert best.bound >= top - slack, seed
    assert top >= evaluation.objective - slack, seed
    assert evaluation.objective >= nothing.objective - slack, seed
    return top - evaluation.objective, abs(evaluation.objective)


def test_bound_best_listed_plan_and_plan_are_in_order_on_five_cases() -> None:
    for seed, case, twin, plans in islice(listed(count()), QUICK):
        compare(seed, case, twin, plans)
