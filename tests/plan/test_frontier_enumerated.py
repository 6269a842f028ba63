"""Every budget of a frontier of small cases beside every whole-lot plan that it can pay, worked out by a
second writing of the model (tests/reference/whole_lots.py), which shares no code with the planner's.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count, islice, pairwise

import numpy as np
import pytest

from outlast.network.actions import CaseSettings
from outlast.network.network import Network
from outlast.optimise.comb import build_problem
from outlast.optimise.risk import Risk
from outlast.optimise.solve import load, solve
from outlast.plan.budgets import BudgetPlan, Search, space_budgets, without_cash_limit
from outlast.plan.certify import evaluate
from outlast.plan.schedule import lots
from tests.plan.test_enumerated import EXACT, QUICK, as_plan, listed, risk_of
from tests.reference.small_cases import START, SmallCase
from tests.reference.whole_lots import WholeLots

POINTS = 4
"""Budgets up to that of the case, which comes in addition where all cash that is of use is less."""


def planned(seed: int, case: SmallCase) -> tuple[Search, list[BudgetPlan]]:
    """The plans of a frontier up to the budget of the case, found as `trace_frontier` does."""
    posed = build_problem(
        case.arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1, risk=Risk(*risk_of(seed))
    )
    problem, shape, stated = without_cash_limit(posed)
    master = load(problem)
    nothing = solve(problem, master=master, build_up=False, gap=1e-7)
    lot = lots(case.arrays, np.zeros(len(case.arrays.item_ids), dtype=bool))
    network = Network(settings=CaseSettings(name="small", start=START))
    search = Search(network, problem, master, shape, stated, nothing, lot, None, lambda message: None)
    ample = search.find_ample()
    return search, search.plan_each(space_budgets(min(ample.budget, stated), stated, POINTS), ample)


def compare(seed: int, case: SmallCase) -> list[tuple[float, float]]:
    """Holds every budget against its list; by how much its plan falls short of the best of the list, and the
    size of its loss [money]."""
    search, plans = planned(seed, case)
    short = []
    for point in plans:
        assert point.schedule is not None, seed
        # The largest budget is what a plan spends to the last cent, which two sums of it may miss.
        arrays = replace(case.arrays, cash_limit=point.budget * (1 + 1e-7) * search.shape)
        twin = WholeLots(replace(case, arrays=arrays), *risk_of(seed))
        values = [value for value in map(twin.value, twin.plans()) if value is not None]
        worth = evaluate(search.master.teeth, point.problem, point.schedule, exact=1e-8).objective
        top, slack = max(values), EXACT * max(abs(worth), abs(search.nothing.objective), 1e-3)
        mine = twin.value(*as_plan(case, point.problem, point.solution.trunk, point.schedule))
        assert mine is not None, (seed, point.budget)
        assert worth == pytest.approx(mine, abs=slack), (seed, point.budget)
        assert point.solution.bound >= top - slack, (seed, point.budget)
        assert top >= worth - slack, (seed, point.budget)
        assert worth >= search.nothing.objective - slack, (seed, point.budget)
        short.append((top - worth, abs(worth)))
    assert all(later.worth >= earlier.worth for earlier, later in pairwise(plans)), seed
    return short


def test_bound_best_listed_plan_and_plan_are_in_order_for_every_budget_of_five_cases() -> None:
    counts = [len(compare(seed, case)) for seed, case, _, _ in islice(listed(count()), QUICK)]
    assert min(counts) >= 2  # where cash is of no use: none, and that of the case
    assert sum(counts) >= 3 * QUICK
