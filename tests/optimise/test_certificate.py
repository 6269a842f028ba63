"""The planner's plan and bound on small cases, proven again by sums that know no solver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import vstack

from outlast.optimise.comb import build_problem
from outlast.optimise.program import LinearProgram
from outlast.optimise.recourse import Extensive
from outlast.optimise.solve import Solution, load, solve
from tests.reference.certificate import Leaf, Rows, faults
from tests.reference.small_cases import small_case

Floats = np.ndarray
SEEDS = tuple(range(12))


def proven(seed: int) -> tuple[Solution, Extensive]:
    case = small_case(seed)
    problem = build_problem(case.arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=4)
    master = load(problem)
    return solve(problem, master=master, gap=1e-7), master.teeth.extensive


def rows_of(program: LinearProgram) -> Rows:
    entries = program.matrix.tocoo()
    row, column = entries.row.astype(np.int64), entries.col.astype(np.int64)
    return Rows(
        program.cost,
        program.offset,
        program.lower,
        program.upper,
        row,
        column,
        entries.data,
        program.row_lower,
        program.row_upper,
        program.integer,
    )


def least(program: LinearProgram, lower: Floats, upper: Floats) -> tuple[Floats, Floats] | None:
    """Columns and multipliers of the least cost within bounds, by scipy; None if there is none."""
    equal = program.row_lower == program.row_upper
    most = np.isfinite(program.row_upper) & ~equal
    some = np.isfinite(program.row_lower) & ~equal
    answer = linprog(
        program.cost,
        A_ub=vstack([program.matrix[most], -program.matrix[some]]),
        b_ub=np.concatenate([program.row_upper[most], -program.row_lower[some]]),
        A_eq=program.matrix[equal],
        b_eq=program.row_lower[equal],
        bounds=np.column_stack([lower, upper]),
        method="highs",
    )
    if answer.status == 2:
        return None
    assert answer.status == 0, answer.message
    duals = np.zeros(program.n_row)
    duals[equal] = answer.eqlin.marginals
    duals[most] = answer.ineqlin.marginals[: most.sum()]
    duals[some] -= answer.ineqlin.marginals[most.sum() :]
    return answer.x, duals


def leaves_of(program: LinearProgram, heavy: float) -> Iterator[Leaf]:
    """A leaf for every choice of starts; where two starts of a source exclude each other, their row times
    a heavy price proves that the choice costs more than anything."""
    for choice in product((0.0, 1.0), repeat=len(program.integer)):
        fixed = {int(column): value for column, value in zip(program.integer, choice, strict=True)}
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[program.integer] = upper[program.integer] = choice
        answer = least(program, lower, upper)
        if answer is None:
            taken = program.matrix[:, program.integer] @ np.array(choice)
            broken = np.flatnonzero((taken > program.row_upper + 0.5) & (program.row_upper == 1.0))
            duals = np.zeros(program.n_row)
            duals[broken[0]] = -heavy
            yield Leaf(fixed, duals)
        else:
            yield Leaf(fixed, answer[1])


def whole_plan(solution: Solution, extensive: Extensive) -> Floats:
    """The plan with the best that can follow, by scipy."""
    program, n = extensive.program, extensive.trunk_columns
    lower, upper = program.lower.copy(), program.upper.copy()
    wide = 1e-9 * (1.0 + np.abs(solution.x))
    lower[:n] = np.maximum(lower[:n], solution.x - wide)
    upper[:n] = np.minimum(upper[:n], solution.x + wide)
    answer = least(program, lower, upper)
    assert answer is not None
    return answer[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_plan_and_bound_are_proven_by_plain_sums(seed: int) -> None:
    solution, extensive = proven(seed)
    rows, heavy = rows_of(extensive.program), 1e3 * (1.0 + abs(solution.objective))
    leaves = list(leaves_of(extensive.program, heavy))
    x = whole_plan(solution, extensive)
    assert faults(rows, x, leaves, -solution.objective, -solution.bound) == []


def test_faults_are_found() -> None:
    """Each claim, made a little too good or for another plan, is refused by its own sentence."""
    seed = next(
        k for k in SEEDS if len(small_case(k).arrays.source_ids) > 1 and proven(k)[0].trunk.start.size
    )
    solution, extensive = proven(seed)
    rows = rows_of(extensive.program)
    loss, x = -solution.objective, whole_plan(solution, extensive)
    leaves = list(leaves_of(extensive.program, 1e3 * (1.0 + loss)))
    step = 1e-3 * (1.0 + abs(loss))
    assert faults(rows, x, leaves, loss, loss) == []
    assert faults(rows, x, leaves, loss - step, loss - step) == ["the plan does not cost what is said"]
    assert "the multipliers do not prove the bound" in faults(rows, x, leaves, loss, loss + step)
    assert "the plan costs less than the bound" in faults(rows, x, leaves, loss, loss + step)
    assert faults(rows, x, leaves[1:], loss, loss) == ["the branching leaves out a choice of starts"]
    assert faults(rows, x, [], loss, loss)[0] == "the branching leaves out a choice of starts"
    more, part = x.copy(), x.copy()
    bought = int(solution.trunk.buy.ravel()[0])
    more[bought] += 1.0
    assert "the plan breaks a row" in faults(rows, more, leaves, loss, loss)
    more[bought] = -1.0
    assert "the plan breaks a bound of a column" in faults(rows, more, leaves, loss, loss)
    part[extensive.program.integer[0]] = 0.5
    assert "a start is taken in part" in faults(rows, part, leaves, loss, loss)
    wrong = [replace(leaf, duals=0.0 * leaf.duals) for leaf in leaves]
    assert faults(rows, x, wrong, loss, loss) == ["the multipliers do not prove the bound"]
