"""Goods made ahead of their sale after an event, so that parts do not go stale."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import plan_cases
from outlast.kernels.ahead import sell_early
from outlast.optimise.first_order.layout import lay_out
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


def test_goods_made_ahead_are_sold_as_soon_as_a_market_waits_for_them() -> None:
    """Whatever is made and sold: as much is made in every segment, as much is sold of every line, nothing is
    sold before it is asked for or made, and no sale could be moved forward to where it is worth more."""
    problem = plan_cases.everything(14, 3, 26, starts=0, perishable=True)
    teeth = lay_out(problem).teeth
    t, rng = 3, np.random.default_rng(5)
    n = int(teeth.first_segment[t + 1] - teeth.first_segment[t])
    most, worth = (
        field[teeth.cells[t] : teeth.cells[t + 1]].reshape(n, -1).astype(np.float64)
        for field in (teeth.most, teeth.worth)
    )
    waits, share = teeth.waits, teeth.line_share
    assert waits.any()
    stocked = 0.1 * most
    made = np.where(waits, 0.8, 0.5) * most * rng.random(most.shape)
    ahead = np.zeros((teeth.n_product, n))
    ahead[:, :-1] = rng.random((teeth.n_product, n - 1)) * (rng.random((teeth.n_product, n - 1)) < 0.8)
    before, there = made.copy(), ahead.copy()
    sell_early(teeth, t, most, stocked, worth, made, ahead)

    def sold(sales: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of products, up to the ends of segments."""
        found = np.zeros((teeth.n_product, n))
        np.add.at(found, teeth.line_product, (share * sales).T)
        return found.cumsum(axis=1)

    assert made.sum(axis=0) == pytest.approx(before.sum(axis=0))
    assert sold(made) + ahead == pytest.approx(sold(before) + there)
    assert made.min() >= -1e-12
    assert ahead.min() >= 0.0
    waiting = np.cumsum(most - stocked - made, axis=0)[:, waits]
    assert waiting.min() >= -1e-9
    assert np.array_equal(made[:, ~waits], before[:, ~waits])
    assert ((made - before) * worth).sum() > 0.01 * (before * worth).sum()
    for i, line in enumerate(np.flatnonzero(waits)):
        for k in range(n - 1):
            could = min(waiting[k, i], ahead[teeth.line_product[line], k] / share[line])
            assert could < 1e-6 or made[k + 1, line] < 1e-6 or worth[k + 1, line] >= worth[k, line]


@pytest.mark.parametrize("rich", [False, True])
def test_a_source_without_a_limit_brings_no_more_than_is_asked_for(rich: bool) -> None:
    """A second source without a weekly limit stands for normal use: what is made ahead has to be at hand."""
    held(fast_problem(72, by_hand=False if rich else None, rich=rich, brief=True), 300)
