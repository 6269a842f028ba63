"""The trunk that does as little as can be. In: `FlatTrunk` and starts. Out: `z`.
One reason to exist: where decisions by hand ask for something, buying nothing is no plan to begin from.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import bmat, csr_matrix, eye, kron

from outlast.optimise.first_order.trunk import FlatTrunk
from outlast.optimise.highs import Status, solve_program
from outlast.optimise.program import LinearProgram

Floats = NDArray[np.float64]
ROOM = 1e-7
"""Share of limits that is kept free, so that a solver's rounding breaks none."""


def least_trunk(trunk: FlatTrunk, started: Floats) -> Floats | None:
    """A trunk that meets all rows, as well as a solver does; None if there is none.

    Args:
        trunk: rows and bounds.
        started: start options taken, shape (option).

    Raises:
        SolveError: the solver gave no answer.
    """
    n_epoch, n_item = trunk.opening.shape
    n, n_stock = len(trunk.low), trunk.opening.size
    step = eye(n_epoch) - eye(n_epoch, k=-1)
    matrix = bmat([[-trunk.flow, kron(step, eye(n_item))], [trunk.rows, trunk.stock_rows]]).tocsr()
    opening = np.diff(trunk.opening, axis=0, prepend=0.0).ravel()
    low, high = trunk.low.copy(), trunk.high.copy()
    low[trunk.start] = high[trunk.start] = started
    program = LinearProgram(
        cost=np.append(np.ones(n), np.zeros(n_stock)),
        offset=0.0,
        lower=np.append(low, trunk.stock_low),
        upper=np.append(high, trunk.stock_high),
        matrix=csr_matrix(matrix),
        row_lower=np.append(opening, trunk.row_low),
        row_upper=np.append(opening, trunk.row_high),
        integer=np.zeros(0, dtype=np.int64),
        column_names={},
    )
    finite = np.isfinite(trunk.row_high)
    with_room = trunk.row_high.copy()
    with_room[finite] -= ROOM * (1.0 + np.abs(with_room[finite]))
    with_room = np.maximum(with_room, trunk.row_low)
    roomy = replace(program, row_upper=np.append(opening, with_room))
    for attempt in (roomy, program):
        found = solve_program(attempt)
        if found.status is Status.OPTIMAL:
            return found.x[:n]
    return None
