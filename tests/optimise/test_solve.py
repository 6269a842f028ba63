"""The solver gateway against an independent solver, and the bound against any multipliers."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from outlast.intake.assemble import read_case
from outlast.intake.template import write_template
from outlast.network.numbering import number
from outlast.optimise.comb import build_problem
from outlast.optimise.highs import Status, dual_bound, solve_program
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.recourse import write_program
from outlast.optimise.solve import solve
from outlast.scenarios.reduce import draw_durations


def random_program(seed: int, *, scale: float = 1.0) -> LinearProgram:
    """Bounded, feasible by construction: rows are drawn around a point inside the bounds."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 9)), int(rng.integers(1, 7))
    builder = ProgramBuilder()
    upper = rng.uniform(1, 10, n) * scale
    x = builder.add_columns("x", (n,), upper=upper, cost=rng.normal(size=n))
    inside = rng.uniform(0, 1, n) * upper
    matrix = rng.normal(size=(m, n)) * (rng.uniform(size=(m, n)) < 0.7)
    value = matrix @ inside
    low = np.where(rng.uniform(size=m) < 0.5, -np.inf, value - rng.uniform(0, 1, m) * scale)
    high = np.where(rng.uniform(size=m) < 0.5, np.inf, value + rng.uniform(0, 1, m) * scale)
    rows = builder.add_rows(low, high, m)
    for k in range(m):
        builder.add_entries(rows[k], x, matrix[k])
    return builder.finish()


def by_scipy(program: LinearProgram) -> float:
    dense = program.matrix.toarray()
    above, below = np.isfinite(program.row_upper), np.isfinite(program.row_lower)
    a = np.vstack([dense[above], -dense[below]])
    b = np.concatenate([program.row_upper[above], -program.row_lower[below]])
    found = linprog(
        program.cost, A_ub=a, b_ub=b, bounds=np.column_stack([program.lower, program.upper]), method="highs"
    )
    assert found.status == 0
    return float(found.fun) + program.offset


@given(st.integers(0, 10**6), st.sampled_from([1e-3, 1.0, 1e6]))
@settings(max_examples=60, deadline=None)
def test_optimum_equals_scipys_and_bound_meets_it(seed: int, scale: float) -> None:
    program = random_program(seed, scale=scale)
    answer = solve_program(program)
    expected = by_scipy(program)
    tolerance = 1e-6 * max(1.0, abs(expected), scale)
    assert answer.objective == pytest.approx(expected, abs=tolerance)
    assert answer.bound <= answer.objective + tolerance
    assert answer.bound == pytest.approx(expected, abs=10 * tolerance)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_any_multipliers_give_a_valid_bound(seed: int, other: int) -> None:
    program = random_program(seed)
    duals = np.random.default_rng(other).normal(size=program.n_row) * 3
    assert dual_bound(program, duals) <= by_scipy(program) + 1e-7


def test_infeasible_is_an_answer() -> None:
    builder = ProgramBuilder()
    x = builder.add_columns("x", (1,), upper=1.0)
    row = builder.add_rows(2.0, np.inf, 1)
    builder.add_entries(row, x, 1.0)
    assert solve_program(builder.finish()).status is Status.INFEASIBLE


def test_entries_on_one_place_add_up() -> None:
    builder = ProgramBuilder()
    x = builder.add_columns("x", (2,), upper=5.0, cost=[-1.0, 0.0])
    row = builder.add_rows(-np.inf, 6.0, 1)
    builder.add_entries(row, x[0], 1.0)
    builder.add_entries(row, x[0], 2.0)
    builder.add_cost(x[0], 0.5)
    answer = solve_program(builder.finish())
    assert answer.x[0] == pytest.approx(2.0)
    assert answer.objective == pytest.approx(-1.0)


def test_taken_apart_equals_the_whole_program(tmp_path: Path) -> None:
    """Trunk and teeth solved apart find the optimum of the extensive form, starts enumerated."""
    write_template(tmp_path / "case")
    arrays = number(read_case(tmp_path / "case"))
    arrays = replace(arrays, horizon_weeks=24)
    switch, relief = draw_durations(arrays, 3, 2, "plan", centred=True)
    problem = build_problem(arrays, switch, relief, bucket_weeks=8)
    program = write_program(problem)
    assert 1 <= len(problem.options) <= 4
    whole = []
    for taken in product((0.0, 1.0), repeat=len(problem.options)):
        fixed = program.program.with_bounds(program.trunk.start, taken, taken)
        answer = solve_program(fixed)
        if answer.status is not Status.INFEASIBLE:
            whole.append((answer.objective, answer.bound))
    best, bound = min(whole)
    found = solve(problem, gap=1e-5)
    assert -found.objective == pytest.approx(best, rel=1e-4)
    assert -found.bound <= best * (1 + 1e-6)
    assert -found.bound >= bound - 1e-3 * abs(best)
