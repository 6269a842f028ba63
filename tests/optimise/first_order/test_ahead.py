"""Goods made ahead of their sale after an event, so that parts do not go stale."""

import pytest

from benchmarks import plan_cases
from outlast.optimise.first_order.solve import solve_fast
from outlast.optimise.solve import load
from tests.optimise.first_order.test_solve import held
from tests.reference.fast_cases import fast_problem


@pytest.mark.parametrize(("waits", "share"), [(False, 0.03), (True, 0.06)])
def test_a_plan_says_little_more_loss_as_goods_are_made_before_parts_go_stale(
    waits: bool, share: float
) -> None:
    """Events that cut parts that keep for six weeks, in every epoch: plans that make goods in the weeks of
    their sale only hold neither share."""
    problem = plan_cases.everything(30, 4, 26, starts=0, waiting=waits)
    fast = solve_fast(problem, gap=1e-6, most_steps=2_000, time_limit=1e6)
    master = load(problem)
    worth = -master.teeth.measure(fast.x, master.teeth.answer(fast.x)[0])
    assert fast.objective <= worth + 1e-7 * abs(worth)
    assert fast.objective >= worth - share * abs(worth)
    assert fast.bound >= worth


@pytest.mark.parametrize("rich", [False, True])
def test_a_source_without_a_limit_brings_no_more_than_is_asked_for(rich: bool) -> None:
    """A second source without a weekly limit stands for normal use: what is made ahead has to be at hand."""
    held(fast_problem(72, by_hand=False if rich else None, rich=rich, brief=True), 300)
