"""The gateway to HiGHS. In: a `LinearProgram`. Out: a solution, its multipliers, a proven bound.
One reason to exist: nothing else in Outlast knows which solver runs (the only module that
imports highspy), and no bound is believed that multipliers do not prove.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array, vstack

from outlast.errors import SolveError
from outlast.optimise.program import LinearProgram

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


def solve_program(program: LinearProgram) -> ProgramSolution:
    """Solves a linear program with HiGHS, integrality relaxed.

    The program is scaled first (rows and columns by powers of two), as units of cents and of
    millions stand side by side in one case.

    Raises:
        SolveError: HiGHS stopped without an optimum and without a proof that there is none.
    """
    if not len(program.cost):
        return _without_columns(program)
    row_scale, column_scale = scales(program.matrix)
    matrix = (diags_array(row_scale) @ program.matrix @ diags_array(column_scale)).tocsr()
    money = max(float(np.abs(program.cost * column_scale).max(initial=0.0)), 1e-12)
    methods = ["ipm", "simplex"] if program.n_row > SIMPLEX_ROWS else ["simplex", "ipm"]
    reasons = []
    for method in methods:
        highs = _load(program, matrix, row_scale, column_scale, money, method)
        highs.run()
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


def solve_whole(program: LinearProgram) -> ProgramSolution:
    """Solves a small program whose integer columns are whole; without multipliers, and no bound but its own
    word: for questions of whether something is possible, not for what it is worth.

    Raises:
        SolveError: HiGHS stopped without an optimum and without a proof that there is none.
    """
    if not len(program.integer):
        return solve_program(program)
    row_scale, column_scale = scales(program.matrix)
    column_scale[program.integer] = 1.0
    matrix = (diags_array(row_scale) @ program.matrix @ diags_array(column_scale)).tocsr()
    money = max(float(np.abs(program.cost * column_scale).max(initial=0.0)), 1e-12)
    highs = _load(program, matrix, row_scale, column_scale, money, "choose")
    kinds = np.full(len(program.integer), highspy.HighsVarType.kInteger.value, dtype=np.uint8)
    highs.changeColsIntegrality(len(program.integer), program.integer.astype(np.int32), kinds)
    for name, share in (("mip_rel_gap", 0.0), ("mip_feasibility_tolerance", 1e-9)):
        highs.setOptionValue(name, share)
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return ProgramSolution(Status.INFEASIBLE, np.zeros(0), np.zeros(0), np.inf, np.inf)
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolveError(f"whole numbers without an answer: {highs.modelStatusToString(status)}")
    x = np.clip(np.asarray(highs.getSolution().col_value) * column_scale, program.lower, program.upper)
    objective = float(program.cost @ x + program.offset)
    return ProgramSolution(Status.OPTIMAL, x, np.zeros(program.n_row), objective, objective)


def _without_columns(program: LinearProgram) -> ProgramSolution:
    """Nothing is to be decided, which HiGHS does not take for a program."""
    if (program.row_lower > 0).any() or (program.row_upper < 0).any():
        return ProgramSolution(Status.INFEASIBLE, np.zeros(0), np.zeros(0), np.inf, np.inf)
    offset = program.offset
    return ProgramSolution(Status.OPTIMAL, np.zeros(0), np.zeros(program.n_row), offset, offset)


def dual_bound(
    program: LinearProgram,
    duals: Floats,
    row_lower: Floats | None = None,
    row_upper: Floats | None = None,
) -> float:
    """Lower bound on the minimum from any row multipliers, by weak duality.

    Valid whatever the multipliers are, so a solver's rounding errors weaken it and never break it.
    Source: Boyd & Vandenberghe (2004), Convex Optimization, section 5.1.3 (Lagrange dual function).
    """
    low = program.row_lower if row_lower is None else row_lower
    high = program.row_upper if row_upper is None else row_upper
    y = np.where(duals > 0, np.where(np.isfinite(low), duals, 0.0), np.where(np.isfinite(high), duals, 0.0))
    side = np.where(y > 0, low, high)
    rows = np.where(y != 0, y * np.where(y != 0, side, 0.0), 0.0)
    reduced = program.cost - program.matrix.T @ y
    edge = np.where(reduced > 0, program.lower, program.upper)
    columns = np.where(reduced != 0, reduced * np.where(reduced != 0, edge, 0.0), 0.0)
    return float(program.offset + rows.sum() + columns.sum())


def scales(matrix: csr_matrix) -> tuple[Floats, Floats]:
    """Row and column factors, powers of two, that bring the entries near one (Ruiz 2001)."""
    if not matrix.nnz:
        return np.ones(matrix.shape[0]), np.ones(matrix.shape[1])
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


def largest_to_one(matrix: csr_matrix) -> Floats:
    """Row factors, powers of two, that bring the largest entry of each row near one; shape (row)."""
    top = abs(matrix).max(axis=1).toarray().ravel() if matrix.nnz else np.ones(matrix.shape[0])
    return np.exp2(-np.round(np.log2(np.where(top > 0, top, 1.0)))).astype(np.float64)


def _load(
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
    options: dict[str, bool | int | str] = {
        "output_flag": False,
        "threads": 1,
        "solver": "ipx" if method == "ipm" else method,
    }
    if method == "ipm":
        options["run_crossover"] = "off"
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolveError(f"the solver refuses the option {name} = {value}")
    if highs.passModel(model) == highspy.HighsStatus.kError:
        raise SolveError("the solver refuses the program")
    return highs


def _run_again(highs: highspy.Highs) -> None:
    """Solves anew: without presolve, which takes bounds that lie very close together for a contradiction;
    then by the interior point and crossover, where the simplex method ends without knowing."""
    for option, value, usual in (("presolve", "off", "choose"), ("solver", "ipx", "simplex")):
        highs.clearSolver()
        highs.setOptionValue(option, value)
        highs.run()
        highs.setOptionValue(option, usual)
        if highs.getModelStatus() in (
            highspy.HighsModelStatus.kOptimal,
            highspy.HighsModelStatus.kInfeasible,
        ):
            return


class Repeated:
    """A small program solved again and again with other row bounds, from the last basis."""

    def __init__(self, program: LinearProgram, row_scale: Floats, column_scale: Floats) -> None:
        self.program = program
        self._row_scale, self._column_scale = row_scale, column_scale
        matrix = program.matrix.copy()
        matrix.data *= np.repeat(row_scale, np.diff(matrix.indptr)) * column_scale[matrix.indices]
        self._money = max(float(np.abs(program.cost * column_scale).max(initial=0.0)), 1e-12)
        self._highs = _load(program, matrix, self._row_scale, column_scale, self._money, "simplex")
        self._rows = np.arange(program.n_row, dtype=np.int32)

    def solve(self, row_lower: Floats, row_upper: Floats) -> tuple[float, Floats]:
        """Least cost with these row bounds as the multipliers prove it, and the multipliers.

        Raises:
            SolveError: no optimum (the caller's programs always have one).
        """
        highs, scale = self._highs, self._row_scale
        if not len(self._rows):
            return dual_bound(self.program, np.zeros(0)), np.zeros(0)
        highs.changeRowsBounds(  # type: ignore[attr-defined]
            len(self._rows), self._rows, row_lower * scale, row_upper * scale
        )
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            _run_again(highs)
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolveError(f"recourse without an optimum: {highs.modelStatusToString(status)}")
        duals = np.asarray(highs.getSolution().row_dual) * scale * self._money
        return dual_bound(self.program, duals, row_lower, row_upper), duals

    def bind(self, columns: NDArray[np.int64], lower: Floats, upper: Floats) -> None:
        """From now on these columns have these bounds."""
        self.program = self.program.with_bounds(columns, lower, upper)
        scale = self._column_scale[columns]
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower / scale, upper / scale)

    def point(self) -> Floats:
        """Columns of the last optimum, within their bounds."""
        program = self.program
        if not len(self._rows):
            return np.where(program.cost > 0, program.lower, program.upper)
        x = np.asarray(self._highs.getSolution().col_value) * self._column_scale
        return np.clip(x, program.lower, program.upper)


class Growing:
    """A program that gains rows and changes its bounds, solved from the last basis each time."""

    def __init__(self, program: LinearProgram) -> None:
        self._program = program
        # A row of money may stand in millions: the solver's tolerances are absolute.
        self._row_scale = largest_to_one(program.matrix)
        matrix = (diags_array(self._row_scale) @ program.matrix).tocsr()
        ones = np.ones(len(program.cost))
        self._highs = _load(program, matrix, self._row_scale, ones, 1.0, "simplex")
        self._columns = np.arange(len(program.cost), dtype=np.int32)
        self._blocks = [program.matrix]
        self._low, self._high = [program.row_lower.copy()], [program.row_upper.copy()]

    def add_rows(self, matrix: csr_matrix, lower: Floats, upper: Floats) -> NDArray[np.int64]:
        """Adds rows; the matrix has the columns of the program. Returns their numbers."""
        self._highs.addRows(
            len(lower),
            lower,
            upper,
            matrix.nnz,
            matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
        )
        self._blocks = [vstack([*self._blocks, matrix]).tocsr()]
        first = len(self._low[0])
        self._low, self._high = [np.concatenate([*self._low, lower])], [np.concatenate([*self._high, upper])]
        return np.arange(first, first + len(lower), dtype=np.int64)

    def free(self, rows: NDArray[np.int64]) -> None:
        """From now on these rows need not hold."""
        if len(rows):
            self._low[0][rows], self._high[0][rows] = -np.inf, np.inf
            self._highs.changeRowsBounds(  # type: ignore[attr-defined]
                len(rows), rows.astype(np.int32), self._low[0][rows], self._high[0][rows]
            )

    def change_cost(self, cost: Floats, offset: float | None = None) -> None:
        """Another cost of every column, and of what no column changes if that is stated."""
        self._highs.changeColsCost(len(self._columns), self._columns, cost)
        offset = self._program.offset if offset is None else offset
        self._program = replace(self._program, cost=cost, offset=offset)

    def change_row_upper(self, rows: NDArray[np.int64], upper: Floats) -> None:
        """Another upper bound of some rows."""
        self._high[0][rows] = upper
        self._highs.changeRowsBounds(  # type: ignore[attr-defined]
            len(rows),
            rows.astype(np.int32),
            self._low[0][rows] * self._row_scale[rows],
            upper * self._row_scale[rows],
        )

    def program(self, lower: Floats, upper: Floats) -> LinearProgram:
        """What stands now, with these bounds on the columns."""
        return LinearProgram(
            self._program.cost,
            self._program.offset,
            lower,
            upper,
            self._blocks[0],
            self._low[0],
            self._high[0],
            self._program.integer,
            {},
        )

    def solve(self, lower: Floats, upper: Floats) -> ProgramSolution:
        """Solves with these bounds on the columns.

        Raises:
            SolveError: HiGHS stopped without an optimum and without a proof that there is none.
        """
        highs = self._highs
        if not len(self._columns):
            offset = self._program.offset
            return ProgramSolution(Status.OPTIMAL, np.zeros(0), np.zeros(0), offset, offset)
        highs.changeColsBounds(len(self._columns), self._columns, lower, upper)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            _run_again(highs)
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return ProgramSolution(Status.INFEASIBLE, np.zeros(0), np.zeros(0), np.inf, np.inf)
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolveError(f"the trunk without an optimum: {highs.modelStatusToString(status)}")
        answer = highs.getSolution()
        x = np.clip(np.asarray(answer.col_value), lower, upper)
        duals = np.asarray(answer.row_dual)
        duals = np.append(duals[: len(self._row_scale)] * self._row_scale, duals[len(self._row_scale) :])
        now = self.program(lower, upper)
        objective = float(now.cost @ x + now.offset)
        return ProgramSolution(Status.OPTIMAL, x, duals, objective, dual_bound(now, duals))


@dataclass(frozen=True)
class MixedSolution:
    """Outcome of a program with whole-number columns."""

    status: Status
    x: Floats
    """Columns; empty if none was found."""
    objective: float
    bound: float
    """No solution costs less, by the solver's own search tree; inf if there is none."""


def solve_mixed(program: LinearProgram, *, gap: float, nodes: int, seconds: float = np.inf) -> MixedSolution:
    """Solves a program with whole-number columns; stops at a gap, or at a limit.

    Rows are scaled first; columns stand as they are, as whole numbers can't be scaled.

    Args:
        program: bounded columns.
        gap: stop when (objective - bound) / objective is at most this.
        nodes: most nodes of the search tree.
        seconds: most time; makes the result depend on the machine.

    Raises:
        SolveError: HiGHS stopped for another reason.
    """
    ones = np.ones(len(program.cost))
    row_scale = largest_to_one(program.matrix)
    matrix = (diags_array(row_scale) @ program.matrix).tocsr()
    highs = _load(program, matrix, row_scale, ones, 1.0, "choose")
    kinds = np.full(len(program.integer), highspy.HighsVarType.kInteger.value, dtype=np.uint8)
    highs.changeColsIntegrality(len(kinds), program.integer.astype(np.int32), kinds)
    limits: dict[str, float | int] = {"mip_rel_gap": gap, "mip_max_nodes": nodes, "time_limit": seconds}
    for name, value in limits.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolveError(f"the solver refuses the option {name} = {value}")
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return MixedSolution(Status.INFEASIBLE, np.zeros(0), np.inf, np.inf)
    stopped = (
        highspy.HighsModelStatus.kOptimal,
        highspy.HighsModelStatus.kSolutionLimit,
        highspy.HighsModelStatus.kTimeLimit,
    )
    if status not in stopped:
        raise SolveError(f"the search stopped without an answer: {highs.modelStatusToString(status)}")
    done = Status.OPTIMAL if status == highspy.HighsModelStatus.kOptimal else Status.GAP
    bound = float(info.mip_dual_bound)
    if not np.isfinite(info.objective_function_value) or not len(highs.getSolution().col_value):
        return MixedSolution(done, np.zeros(0), np.inf, bound)
    x = np.clip(np.asarray(highs.getSolution().col_value), program.lower, program.upper)
    return MixedSolution(done, x, float(program.cost @ x + program.offset), bound + program.offset)
