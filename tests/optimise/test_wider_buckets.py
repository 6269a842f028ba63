"""Buckets of more than a week after an event: next to the same losses as week by week."""

from dataclasses import replace

import numpy as np
import pytest

from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.solve import solve
from tests.reference.small_cases import small_case


def moved(seed: int, width: float) -> float:
    """What buckets of a width add to the least loss, as a share of the sales at stake."""
    case = small_case(seed)
    weekly = build_problem(case.arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1.0)
    loss = [-solve(replace(weekly, bucket_weeks=w), gap=1e-6).objective for w in (1.0, width)]
    return (loss[1] - loss[0]) / at_stake(weekly)


def at_stake(problem: CombProblem) -> float:
    """Contribution of all demand in the windows of all events, by their odds [money]."""
    arrays = problem.arrays
    unit = arrays.price - arrays.standard_cost[arrays.line_product]
    worth = (arrays.demand * unit)[:, problem.lines].sum(axis=1)
    return sum(t.probability * float(worth[t.week :][: arrays.window_weeks].sum()) for t in problem.teeth)


@pytest.mark.parametrize("seed", [7, 15, 20, 26, 46, 54, 58, 76])
def test_notice_is_used_whole_whatever_the_buckets(seed: int) -> None:
    """A source without limit that is open for a week or two more can bring all that will be used; once it
    brought a quarter of that in a bucket of four weeks, and 211 was lost in place of 3 (seed 46)."""
    assert small_case(seed).arrays.notice_weeks.max() in (1, 2)
    for width in (2.0, 4.0):
        assert abs(moved(seed, width)) <= 0.01


@pytest.mark.slow
def test_two_to_four_buckets_move_the_loss_by_little() -> None:
    """Windows of 8 to 14 weeks; the figures of docs/first_order.md."""
    share = np.array([moved(seed, 4.0) for seed in range(200)])
    assert np.median(np.abs(share)) <= 0.0015
    assert np.quantile(np.abs(share), 0.95) <= 0.025
    assert np.abs(share).max() <= 0.09
    assert share.mean() >= 0
