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
        first: first entry of each row, without a sign, shape (row + 1).
        place: column of each entry, without a sign.
        value: each entry.
        x: shape (column).
        out: written, shape (row).
        span: first row and the one after the last.
    """
    # Four sums, which do not wait for each other. Places without a sign need no look whether they count from
    # the end: together twice as fast.
    for row in range(np.uint64(span[0]), np.uint64(span[1])):
        entry, end = np.int64(first[row]), np.int64(first[row + np.uint64(1)])
        one = two = three = four = 0.0
        while entry + 4 <= end:
            one += value[entry] * x[place[entry]]
            two += value[entry + 1] * x[place[entry + 1]]
            three += value[entry + 2] * x[place[entry + 2]]
            four += value[entry + 3] * x[place[entry + 3]]
            entry += 4
        while entry < end:
            one += value[entry] * x[place[entry]]
            entry += 1
        out[row] = (one + two) + (three + four)


@kernel
def running_times(
    first: NDArray[Any], place: NDArray[Any], value: Floats, x: Floats, out: Floats, span: tuple[int, int]
) -> None:
    """Running totals of rows of a matrix times `x`, block by block of as many rows.

    Args:
        first: as for `times`.
        place: the same.
        value: the same.
        x: the same.
        out: written: totals before each row of a block and after the last, shape (block, row of a block + 1).
        span: first block and the one after the last.
    """
    length = out.shape[1] - 1
    for block in range(span[0], span[1]):
        total = 0.0
        out[block, 0] = total
        for k in range(length):
            row = np.uint64(block * length + k)
            for entry in range(np.int64(first[row]), np.int64(first[row + np.uint64(1)])):
                total += value[entry] * x[place[entry]]
            out[block, k + 1] = total
