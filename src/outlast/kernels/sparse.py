"""Sparse rows times a vector. In: rows of a compressed matrix. Out: their sums.
One reason to exist: the same as scipy does, but for some rows only, so that cores share the work.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import kernel

Floats = NDArray[np.float64]


@kernel
def times(
    first: NDArray[Any], place: NDArray[Any], value: Floats, x: Floats, out: Floats, span: tuple[int, int]
) -> None:
    """Rows `span[0]` to `span[1]` of a matrix times `x`.

    Args:
        first: first entry of each row, shape (row + 1).
        place: column of each entry.
        value: each entry.
        x: shape (column).
        out: written, shape (row).
        span: first row and the one after the last.
    """
    for row in range(span[0], span[1]):
        total = 0.0
        for entry in range(first[row], first[row + 1]):
            total += value[entry] * x[place[entry]]
        out[row] = total
