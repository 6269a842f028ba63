"""Plans of least regret of small cases beside every whole-lot plan there is, worked out by a second writing
of the model (tests/reference/whole_lots.py), which shares no code with the planner's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count, islice

import numpy as np
import pytest

from outlast.optimise.aim import Aim
from outlast.optimise.comb import build_problem
from outlast.optimise.risk import Risk
from outlast.optimise.solve import Solution, solve
from outlast.plan.certify import Evaluation, evaluate
from outlast.plan.regret import aim_at_regret, space_factors, spread
from outlast.plan.rounding import best_lots, net_worth
from outlast.plan.schedule import Schedule, lots
from tests.plan.test_enumerated import EXACT, QUICK, as_plan, listed, risk_of
from tests.reference.small_cases import SmallCase
from tests.reference.whole_lots import Plan, WholeLots

FACTORS = space_factors(0.0, 4.0, 11)
LOOKED_AT = (0, 3, 10)
"""Factors whose best whole-lot plan is looked for."""


def planned(seed: int, case: SmallCase) -> tuple[Aim, Solution, Solution, Schedule, Evaluation]:
    """Least losses, nothing bought, the relaxation of lots, and the plan of least regret, as by `decide`."""
    problem = build_problem(
        case.arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1, risk=Risk(*risk_of(seed))
    )
    regret = spread(problem, FACTORS)
    aimed = aim_at_regret(regret, gap=1e-4, time_limit=None, progress=lambda message: None)
    assert aimed is not None
    aim, _ = aimed
    problem, master = regret.problem, regret.master
    nothing = solve(problem, master=master, build_up=False, gap=1e-6)
    best = solve(problem, master=master, gap=1e-6, reference=nothing.objective)
    lot = lots(case.arrays, np.zeros(len(case.arrays.item_ids), dtype=bool))
    schedule, evaluation = best_lots(master, problem, best, lot, lambda message: None)
    if net_worth(problem, schedule, evaluation) < nothing.objective:
        schedule, _ = best_lots(master, problem, nothing, lot, lambda message: None)
    return aim, nothing, best, schedule, evaluate(master.teeth, problem, schedule, exact=1e-8)


def scaled(case: SmallCase, factor: float) -> SmallCase:
    """The case with all hazards scaled."""
    return replace(case, arrays=replace(case.arrays, hazard_per_week=factor * case.arrays.hazard_per_week))


def compare(seed: int, case: SmallCase, plans: list[Plan], looked_at: Iterable[int]) -> tuple[float, float]:
    """Holds the planner's figures against the list; by how much the plan's largest regret exceeds the least
    of the list, and the size of the losses [money]."""
    aim, nothing, best, schedule, evaluation = planned(seed, case)
    slack = EXACT * max(float(np.abs(aim.least).max()), abs(nothing.objective), 1e-3)
    for place in looked_at:
        one = WholeLots(scaled(case, FACTORS[place]), *risk_of(seed))
        top = max(value for value in map(one.value, plans) if value is not None)
        assert -aim.least[place] >= top - slack, (seed, FACTORS[place])
    twin = WholeLots(case, *risk_of(seed), FACTORS, tuple(aim.least.tolist()))
    regrets = [-value for value in map(twin.value, plans) if value is not None]
    plan, made = as_plan(case, best.problem, best.trunk, schedule)
    assert plan.lots in [{cell: n for cell, n in other.lots.items() if n} for other in plans], seed
    mine = twin.value(plan, made)
    assert mine is not None, seed
    assert -evaluation.objective == pytest.approx(-mine, abs=slack), seed
    assert min(regrets) >= -slack, seed
    assert -best.bound <= min(regrets) + slack, seed
    assert min(regrets) <= -evaluation.objective + slack, seed
    assert evaluation.objective >= nothing.objective - slack, seed
    return -evaluation.objective - min(regrets), float(np.abs(aim.least).max())


def test_bound_least_listed_regret_and_that_of_the_plan_are_in_order_on_five_cases() -> None:
    for seed, case, _, plans in islice(listed(count()), QUICK):
        compare(seed, case, plans, ())
