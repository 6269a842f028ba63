"""Branching against exhaustive enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.optimise.branch import Node, search
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.solve import Status, solve_program


def knapsack(seed: int) -> tuple[LinearProgram, np.ndarray, list[np.ndarray]]:
    """Six options in three groups of two, a budget they do not all fit in, and a flow they enable."""
    rng = np.random.default_rng(seed)
    builder = ProgramBuilder()
    take = builder.add_columns("take", (6,), upper=1.0, cost=rng.uniform(0, 3, 6), integer=True)
    flow = builder.add_columns("flow", (6,), upper=4.0, cost=-rng.uniform(0.5, 2, 6))
    budget = builder.add_rows(-np.inf, 4.0, 1)
    builder.add_entries(budget, take, rng.uniform(1, 3, 6))
    link = builder.add_rows(-np.inf, 0.0, 6)
    builder.add_entries(link, flow, 1.0)
    builder.add_entries(link, take, -rng.uniform(1, 4, 6))
    groups = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]
    one = builder.add_rows(-np.inf, 1.0, 3)
    for row, group in zip(one, groups, strict=True):
        builder.add_entries(row, take[group], 1.0)
    return builder.finish(), take, groups


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_search_finds_the_optimum_of_enumeration(seed: int) -> None:
    program, take, groups = knapsack(seed)

    def relax(low: np.ndarray, high: np.ndarray) -> Node:
        answer = solve_program(program.with_bounds(take, low, high))
        if answer.status is Status.INFEASIBLE:
            return Node(low, high, np.inf, np.inf, answer.x, answer.duals)
        return Node(low, high, answer.bound, answer.objective, answer.x, answer.duals)

    def done(best: float, bound: float) -> bool:
        return best - bound <= 1e-7

    best, bound, _ = search(relax, np.zeros(6), np.ones(6), groups, take, done, node_limit=1000)
    truth = min(relax(np.array(c, float), np.array(c, float)).objective for c in product((0, 1), repeat=6))
    assert best is not None
    assert best.objective == pytest.approx(truth, abs=1e-6)
    assert bound <= truth + 1e-6

    early, early_bound, count = search(
        relax, np.zeros(6), np.ones(6), groups, take, lambda best, bound: False, node_limit=3
    )
    assert early is not None
    assert early.objective >= truth - 1e-6
    assert early_bound <= truth + 1e-6
    assert count <= 7
