"""Law: with one part and no budget limit, stochastically longer cuts never shorten the cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.decompose import Decomposition
from outlast.optimise.master import Master
from outlast.optimise.recourse import write_program
from outlast.optimise.solve import solve
from tests.reference.networks import one_part

HORIZON, WINDOW, DRAWS, GAP = 8, 40, 5, 1e-6


def random_part(rng: np.random.Generator) -> NetworkArrays:
    """One part, one product, two epochs, in which stock and lead time, transit, notice, margin, hazard
    and the worth of what is left differ, and the market waits or does not."""
    lead = int(rng.integers(0, 5))
    weeks = HORIZON + WINDOW
    return one_part(
        weeks=weeks,
        horizon_weeks=HORIZON,
        window_weeks=WINDOW,
        source_lead=np.array([lead]),
        source_transit=np.array([int(rng.integers(0, lead + 1))]),
        in_transit_released=rng.random(1) < 0.5,
        notice_weeks=rng.integers(0, 3, 1),
        hazard_per_week=rng.uniform(0.5, 3.0, 1) / 52,
        holding_cost=np.array([2.0, 50.0]) * rng.uniform(0.1, 0.4) / 52,
        write_down_share=np.array([rng.uniform(0, 0.3), 0.3]),
        price=np.full((weeks, 1), 5 + rng.uniform(0.5, 10)),
        line_backorder=rng.random(1) < 0.5,
        line_backorder_cost=rng.uniform(0.05, 1.0, 1),
        on_hand=rng.uniform(0, 100, 2) * np.array([1.0, 0.0]),
    )


def problem_of(arrays: NetworkArrays, cuts: NDArray[np.float64]) -> CombProblem:
    return build_problem(arrays, np.zeros((DRAWS, 1)), cuts[:, None], bucket_weeks=4)


def best_with(problem: CombProblem, epoch: int, stock: float) -> float:
    """Objective of the best plan that holds at least this much of the part when an epoch starts."""
    extensive = write_program(problem)
    column = extensive.trunk.stock[epoch, :1]
    forced = extensive.program.with_bounds(column, stock, extensive.program.upper[column])
    master = Master(Decomposition(replace(extensive, program=forced)))
    return solve(problem, master=master, gap=GAP).objective


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_longer_cuts_never_shorten_the_best_cover(seed: int) -> None:
    """Each cut of the second law is as long as that of the first or longer. In every epoch, some best
    plan against the second holds what the best plan against the first holds. (Some: where a cover is
    as good as a longer one, which of them is found is chance.)"""
    rng = np.random.default_rng(seed)
    arrays = random_part(rng)
    short = rng.uniform(2, 25, DRAWS)
    longer = short + rng.uniform(0, 12, DRAWS) * (rng.random(DRAWS) < 0.7)
    plan = solve(problem_of(arrays, short), gap=GAP)
    held = plan.x[plan.trunk.stock][:, 0]
    problem = problem_of(arrays, longer)
    best = solve(problem, gap=GAP).objective
    for epoch in range(1, len(held)):
        as_long = best_with(problem, epoch, float(held[epoch]) * (1 - 1e-6))
        assert as_long >= best - 3 * GAP * abs(best)
