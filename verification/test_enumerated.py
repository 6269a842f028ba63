"""A hundred small cases with every plan of whole lots worked out by another program: what `tests` holds for
five, and how many plans are the best of their list."""

from itertools import count, islice

import numpy as np

from tests.plan import test_enumerated as losses
from tests.plan import test_frontier_enumerated as frontiers
from tests.plan import test_regret_enumerated as regrets
from tests.plan import test_watched_enumerated as watched

CASES, EXACT = 100, losses.EXACT


def test_bound_best_listed_plan_and_plan_are_in_order() -> None:
    """Lots are so coarse here that rounding is what a plan loses by: 76 of 100 were the best there is."""
    short = [losses.compare(*case) for case in islice(losses.listed(count()), CASES)]
    assert sum(loss <= EXACT * scale for loss, scale in short) >= 70


def test_bound_best_listed_plan_and_plan_are_in_order_for_every_budget() -> None:
    """360 of 393 plans are the best that their budget can pay."""
    cases = islice(losses.listed(count()), CASES)
    short = [each for seed, case, _, _ in cases for each in frontiers.compare(seed, case)]
    assert len(short) >= 3 * CASES
    assert sum(loss <= EXACT * scale for loss, scale in short) >= 0.85 * len(short)


def test_bound_least_listed_regret_and_that_of_the_plan_are_in_order() -> None:
    """No whole-lot plan loses less under a factor than is said. 71 of 100 plans have the least regret of
    their list: lots are coarse here."""
    cases = islice(losses.listed(count()), CASES)
    short = [regrets.compare(seed, case, plans, regrets.LOOKED_AT) for seed, case, _, plans in cases]
    assert sum(loss <= EXACT * scale for loss, scale in short) >= 65


def test_bound_best_listed_plan_that_looks_and_plan_are_in_order() -> None:
    """Lots are so coarse, and three epochs so short, that the state matters in few cases; in those the best
    listed plan that looks is better than any that does not, and the planner finds some of them."""
    best = helped = found = 0
    for seed, case, twin, plans in islice(watched.listed(count()), CASES):
        short, scale = watched.compare(seed, case, twin, plans)
        best += short <= EXACT * scale
        values = {watched.looks(plan): -np.inf for plan in plans}
        for plan in plans:
            value, looks = twin.value(plan), watched.looks(plan)
            values[looks] = max(values[looks], -np.inf if value is None else value)
        top = max(values.values())
        if top > values[False] + EXACT * abs(top):
            helped += 1
            found += top - short > values[False] + EXACT * abs(top)
    assert best >= 80
    assert helped >= 5
    assert found >= 3
