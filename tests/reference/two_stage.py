"""Two-stage linear programs as textbooks state them. In: arrays. Out: `Extensive`, or one value.
One reason to exist: problems with published optima are put to the planner's own solver, and to another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import bmat, csr_matrix

from outlast.optimise.byhand import HandColumns
from outlast.optimise.constraints import Trunk
from outlast.optimise.leaves import Leaves
from outlast.optimise.limits import Limits
from outlast.optimise.program import LinearProgram
from outlast.optimise.recourse import Block, Extensive
from outlast.optimise.risk import NEUTRAL

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """min weight * cost @ y with needs <= technology @ x + recourse @ y and 0 <= y <= upper."""

    weight: float
    """Probability, or the sum of several where one recourse stands for all of them."""
    cost: Floats
    technology: Floats
    recourse: Floats
    needs: Floats
    upper: Floats
    group: int = 0
    """Scenarios of one group answer with one cut."""


@dataclass(frozen=True)
class TwoStage:
    """min cost @ x + the scenarios, with rows @ x <= most and 0 <= x <= upper. Bounds are finite: a bound
    by weak duality asks for that; where a problem has none they are larger than any plan's."""

    cost: Floats
    rows: Floats
    most: Floats
    upper: Floats
    scenarios: Sequence[Scenario]


def extensive(problem: TwoStage) -> Extensive:
    """The problem as the planner's solver takes it: the first stage is the trunk, scenarios are teeth."""
    n = len(problem.cost)
    matrix = [[csr_matrix(problem.rows)] + [None] * len(problem.scenarios)]
    blocks, row, column = [], len(problem.most), n
    for number, tooth in enumerate(problem.scenarios):
        line: list[csr_matrix | None] = [None] * (len(problem.scenarios) + 1)
        line[0], line[number + 1] = csr_matrix(tooth.technology), csr_matrix(tooth.recourse)
        matrix.append(line)
        rows, columns = slice(row, row + len(tooth.needs)), slice(column, column + len(tooth.cost))
        blocks.append(Block(rows, columns, tooth.group))
        row, column = rows.stop, columns.stop
    second = problem.scenarios
    program = LinearProgram(
        cost=np.concatenate([problem.cost, *(tooth.weight * tooth.cost for tooth in second)]),
        offset=0.0,
        lower=np.zeros(column),
        upper=np.concatenate([problem.upper, *(tooth.upper for tooth in second)]),
        matrix=bmat(matrix, format="csr"),
        row_lower=np.concatenate([np.full(len(problem.most), -np.inf), *(tooth.needs for tooth in second)]),
        row_upper=np.concatenate([problem.most, np.full(row - len(problem.most), np.inf)]),
        integer=np.zeros(0, dtype=np.int64),
        column_names={},
    )
    odds = np.append([tooth.weight for tooth in second], 0.0)
    idle = csr_matrix((len(odds), n))
    leaves = Leaves(odds, np.ones(len(odds), dtype=np.int64), csr_matrix((1, n)), idle, np.zeros(len(odds)))
    none = np.zeros(0, dtype=np.int64)
    trunk = Trunk(none, none, none, none, none, none, none, HandColumns(none, none, none))
    limits = Limits(none, none, none, none, none, none)
    return Extensive(program, trunk, limits, len(problem.most), n, tuple(blocks), leaves, NEUTRAL)


def least_cost(problem: TwoStage) -> float:
    """The optimum by scipy, on a program written here, without looking at `extensive`."""
    n, sizes = len(problem.cost), [len(tooth.cost) for tooth in problem.scenarios]
    starts = n + np.concatenate([[0], np.cumsum(sizes)])
    rows = [np.hstack([problem.rows, np.zeros((len(problem.most), sum(sizes)))])]
    for start, tooth in zip(starts, problem.scenarios, strict=False):
        line = np.zeros((len(tooth.needs), n + sum(sizes)))
        line[:, :n], line[:, start : start + len(tooth.cost)] = -tooth.technology, -tooth.recourse
        rows.append(line)
    answer = linprog(
        np.concatenate([problem.cost, *(tooth.weight * tooth.cost for tooth in problem.scenarios)]),
        A_ub=np.vstack(rows),
        b_ub=np.concatenate([problem.most, *(-tooth.needs for tooth in problem.scenarios)]),
        method="highs",
    )
    return float(answer.fun)
