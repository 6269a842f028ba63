"""Whatever is done before an event, something follows it: stock is never less than nothing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import vstack

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem
from outlast.optimise.solve import load, solve
from tests.reference.fast_cases import fast_problem


def rich_problem(seed: int) -> CombProblem | None:
    return fast_problem(seed, by_hand=False, earlier=False, levels=1, rich=True)


def answer_corners(problem: CombProblem, seed: int, count: int = 3) -> None:
    """Every tooth answers whatever the trunk: `count` random corners of all that its rows allow."""
    teeth = load(problem).teeth
    program, rows, n = teeth.program, slice(0, teeth.trunk_rows), teeth.n_trunk
    matrix, lower, upper = program.matrix[rows][:, :n], program.row_lower[rows], program.row_upper[rows]
    equal = lower == upper
    below, above = np.isfinite(upper) & ~equal, np.isfinite(lower) & ~equal
    rng = np.random.default_rng(seed)
    for _ in range(count):
        corner = linprog(
            rng.normal(size=n),
            A_ub=vstack([matrix[below], -matrix[above]]),
            b_ub=np.concatenate([upper[below], -lower[above]]),
            A_eq=matrix[equal],
            b_eq=upper[equal],
            bounds=np.stack([program.lower[:n], np.minimum(program.upper[:n], 1e4)], axis=1),
        )
        assert corner.status == 0
        loss, _ = teeth.answer(corner.x)
        assert np.isfinite(loss).all()


@pytest.mark.parametrize("seed", [96, 110, 148])
def test_no_trunk_leaves_a_tooth_without_an_answer(seed: int) -> None:
    """96 and 110: demand that varies, all orders of an epoch skipped; 148: a start short of a part, and an
    event that stops what comes."""
    problem = rich_problem(seed)
    assert problem is not None
    answer_corners(problem, seed)


@pytest.mark.slow
def test_no_trunk_leaves_a_tooth_without_an_answer_on_many_cases() -> None:
    asked = 0
    for seed in range(300):
        if (problem := rich_problem(seed)) is not None:
            answer_corners(problem, seed)
            asked += 1
    assert asked >= 200


def test_a_short_start_whose_orders_are_stopped_has_nothing() -> None:
    """An event of week 2 stops for good all that is on its way, and what was there has been used before: all
    sales of the window that need the part are lost, neither more nor less."""
    problem = rich_problem(148)
    assert problem is not None
    arrays, part = problem.arrays, 1
    free = np.zeros_like(arrays.holding_cost)
    arrays = replace(arrays, holding_cost=free, write_down_share=free)
    first = arrays.first_source(part)
    tooth = next(t for t in problem.teeth if t.week == 2 and arrays.supply_left[t.restriction, first] < 1)
    assert arrays.on_hand[part] < arrays.usage[0, part]
    cut = replace(
        problem,
        arrays=arrays,
        teeth=(replace(tooth, probability=1.0),),
        quiet=0.0,
        relief_weeks=np.full_like(problem.relief_weeks, np.inf),
        options=(),
    )
    assert all(part in inside(arrays, int(product)) for product in arrays.line_product)
    unit = arrays.price - arrays.standard_cost[arrays.line_product]
    worth = float((arrays.demand * unit)[2 : 2 + arrays.window_weeks].sum())
    assert -solve(cut, gap=1e-7, build_up=False).objective == pytest.approx(worth)


def inside(arrays: NetworkArrays, product: int) -> set[int]:
    """What a product contains."""
    rows = slice(arrays.explosion_ptr[product], arrays.explosion_ptr[product + 1])
    return {int(item) for item in arrays.explosion_item[rows]}
