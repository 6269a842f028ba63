"""The one call to a solver. In: a `CombProblem` or a `LinearProgram`. Out: `Solution`.
One reason to exist: nothing else in Outlast knows which solver runs behind it
(the only module that imports highspy).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

from outlast.errors import SolveError
from outlast.optimise.branch import Node, search
from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.program import LinearProgram
from outlast.optimise.recourse import Extensive, write_program

Floats = NDArray[np.float64]
SIMPLEX_ROWS = 4_000
"""Below this size simplex is quick and ends in a vertex; above, interior point without crossover."""


class Status(Enum):
    """What came of a solve."""

    OPTIMAL = "optimal"
    GAP = "gap"
    """Stopped at a limit: the solution stands, the bound is valid, they differ."""
    INFEASIBLE = "infeasible"


@dataclass(frozen=True)
class ProgramSolution:
    """Outcome of one linear program (integrality relaxed)."""

    status: Status
    x: Floats
    """Columns; empty if infeasible."""
    duals: Floats
    """Row multipliers; empty if infeasible."""
    objective: float
    bound: float
    """Lower bound on the minimum that follows from the multipliers alone, see `dual_bound`."""


@dataclass(frozen=True)
class Solution:
    """Outcome of a planning problem; every figure is minus expected loss, so larger is better."""

    status: Status
    problem: CombProblem
    trunk: Trunk
    x: Floats
    objective: float
    bound: float
    rows: int
    columns: int
    nodes: int
    duals: Floats


def solve(
    problem: CombProblem,
    *,
    gap: float = 0.002,
    reference: float | None = None,
    node_limit: int = 60,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Solution:
    """The best plan on the planning scenarios and a bound that no plan can pass.

    Args:
        problem: the comb tree.
        gap: stop when (bound - objective) / (bound - reference) is at most this [share].
        reference: objective of buying nothing extra; default: |objective| is used.
        node_limit: most choices of switch starts that are looked at.
        time_limit: stop branching after this [s]; makes the run depend on the machine.
        progress: told the objective, bound and gap as they improve.

    Raises:
        SolveError: the solver gave no answer to a program that has one.
    """
    extensive = write_program(problem)
    return solve_extensive(
        problem,
        extensive,
        gap=gap,
        reference=reference,
        node_limit=node_limit,
        time_limit=time_limit,
        progress=progress,
    )


def solve_extensive(
    problem: CombProblem,
    extensive: Extensive,
    *,
    gap: float = 0.002,
    reference: float | None = None,
    node_limit: int = 60,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Solution:
    """`solve` for a program that is already written."""
    deadline = None if time_limit is None else time.monotonic() + time_limit
    program = extensive.program

    def relax(lower: Floats, upper: Floats) -> Node:
        fixed = program.with_bounds(extensive.trunk.start, lower, upper)
        answer = solve_program(fixed)
        if answer.status is Status.INFEASIBLE:
            return Node(lower, upper, np.inf, np.inf, answer.x, answer.duals)
        return Node(lower, upper, answer.bound, answer.objective, answer.x, answer.duals)

    def close_enough(best: float, bound: float) -> bool:
        scale = abs(best) if reference is None else max(-reference - bound, 1e-9 * abs(best))
        done = best - bound <= gap * scale
        if progress is not None and np.isfinite(best):
            progress(f"loss {best:,.0f}, bound {bound:,.0f}, gap {(best - bound) / max(scale, 1e-12):.2%}")
        return done or (deadline is not None and time.monotonic() > deadline)

    groups = [
        np.array([k for k, option in enumerate(problem.options) if option.source == source])
        for source in dict.fromkeys(option.source for option in problem.options)
    ]
    start = extensive.trunk.start
    best, bound, nodes = search(
        relax, program.lower[start], program.upper[start], groups, start, close_enough, node_limit
    )
    if best is None:
        status, x, objective = Status.INFEASIBLE, np.zeros(0), -np.inf
    else:
        status = Status.OPTIMAL if close_enough(best.objective, bound) else Status.GAP
        x, objective = best.x, -best.objective
    return Solution(
        status=status,
        problem=problem,
        trunk=extensive.trunk,
        x=x,
        objective=objective,
        bound=-bound,
        rows=program.n_row,
        columns=len(program.cost),
        nodes=nodes,
        duals=best.duals if best is not None else np.zeros(0),
    )


def solve_program(program: LinearProgram) -> ProgramSolution:
    """Solves a linear program with HiGHS, integrality relaxed.

    The program is scaled first (rows and columns by powers of two), as units of cents and of
    millions stand side by side in one case.

    Raises:
        SolveError: HiGHS stopped without an optimum and without a proof that there is none.
    """
    row_scale, column_scale = _scales(program.matrix)
    matrix = (diags_array(row_scale) @ program.matrix @ diags_array(column_scale)).tocsr()
    money = max(float(np.abs(program.cost * column_scale).max(initial=0.0)), 1e-12)
    methods = ["ipm", "simplex"] if program.n_row > SIMPLEX_ROWS else ["simplex", "ipm"]
    reasons = []
    for method in methods:
        highs = _run(program, matrix, row_scale, column_scale, money, method)
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return ProgramSolution(Status.INFEASIBLE, np.zeros(0), np.zeros(0), np.inf, np.inf)
        if status == highspy.HighsModelStatus.kOptimal:
            answer = highs.getSolution()
            x = np.clip(np.asarray(answer.col_value) * column_scale, program.lower, program.upper)
            duals = np.asarray(answer.row_dual) * row_scale * money
            objective = float(program.cost @ x + program.offset)
            return ProgramSolution(Status.OPTIMAL, x, duals, objective, dual_bound(program, duals))
        reasons.append(f"{method}: {highs.modelStatusToString(status)}")
    raise SolveError("the solver stopped without an answer (" + "; ".join(reasons) + ")")


def dual_bound(program: LinearProgram, duals: Floats) -> float:
    """Lower bound on the minimum from any row multipliers, by weak duality.

    Valid whatever the multipliers are, so a solver's rounding errors weaken it and never break it.
    Source: Boyd & Vandenberghe (2004), Convex Optimization, section 5.1.3 (Lagrange dual function).
    """
    y = np.where(
        duals > 0,
        np.where(np.isfinite(program.row_lower), duals, 0.0),
        np.where(np.isfinite(program.row_upper), duals, 0.0),
    )
    side = np.where(y > 0, program.row_lower, program.row_upper)
    rows = np.where(y != 0, y * np.where(y != 0, side, 0.0), 0.0)
    reduced = program.cost - program.matrix.T @ y
    edge = np.where(reduced > 0, program.lower, program.upper)
    columns = np.where(reduced != 0, reduced * np.where(reduced != 0, edge, 0.0), 0.0)
    return float(program.offset + rows.sum() + columns.sum())


def _scales(matrix: csr_matrix) -> tuple[Floats, Floats]:
    """Row and column factors, powers of two, that bring the entries near one (Ruiz 2001)."""
    size = abs(matrix).tocsr()
    rows, columns = np.ones(size.shape[0]), np.ones(size.shape[1])
    for _ in range(4):
        top = size.max(axis=1).toarray().ravel()
        rows_step = np.where(top > 0, 1 / np.sqrt(np.where(top > 0, top, 1.0)), 1.0)
        top = size.max(axis=0).toarray().ravel()
        columns_step = np.where(top > 0, 1 / np.sqrt(np.where(top > 0, top, 1.0)), 1.0)
        size = (diags_array(rows_step) @ size @ diags_array(columns_step)).tocsr()
        rows, columns = rows * rows_step, columns * columns_step
    return np.exp2(np.round(np.log2(rows))).astype(np.float64), np.exp2(np.round(np.log2(columns))).astype(
        np.float64
    )


def _run(
    program: LinearProgram,
    matrix: csr_matrix,
    row_scale: Floats,
    column_scale: Floats,
    money: float,
    method: str,
) -> highspy.Highs:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.cost), program.n_row
    model.col_cost_ = program.cost * column_scale / money
    model.col_lower_ = program.lower / column_scale
    model.col_upper_ = program.upper / column_scale
    model.row_lower_ = program.row_lower * row_scale
    model.row_upper_ = program.row_upper * row_scale
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {"output_flag": False, "threads": 1, "solver": "simplex" if method == "simplex" else "ipx"}
    if method == "ipm":
        options["run_crossover"] = "off"
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolveError(f"the solver refuses the option {name} = {value}")
    if highs.passModel(model) == highspy.HighsStatus.kError:
        raise SolveError("the solver refuses the program")
    highs.run()
    return highs
