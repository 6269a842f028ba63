"""Work shared by the cores. In: work and how it may be cut. Out: what each piece gives.
One reason to exist: how many threads there are is decided once. Kernels let go of the interpreter while they
run; what each thread does is the same on every machine, so that results are.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.kernels.sparse import running_times, times

Floats = NDArray[np.float64]
Result = TypeVar("Result")
Span = tuple[int, int]
THREADS = 2


class Threads:
    """A pool of threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS)

    def each(self, work: Callable[[Span], Result], spans: list[Span]) -> list[Result]:
        """What `work` gives for every span, in their order."""
        return list(self._pool.map(work, spans))

    def times(self, matrix: csr_matrix, x: Floats) -> Floats:
        """A matrix times a vector."""
        out = np.empty(matrix.shape[0])
        first, place = (index.view(f"u{index.itemsize}") for index in (matrix.indptr, matrix.indices))

        def some(span: Span) -> None:
            times(first, place, matrix.data, x, out, span)

        self.each(some, spans(matrix.indptr))
        return out

    def running_times(self, matrix: csr_matrix, x: Floats, length: int) -> Floats:
        """Totals of a matrix times a vector, from the start of every `length` rows on; shape (row / length,
        length + 1)."""
        out = np.empty((matrix.shape[0] // length, length + 1))
        first, place = (index.view(f"u{index.itemsize}") for index in (matrix.indptr, matrix.indices))

        def some(span: Span) -> None:
            running_times(first, place, matrix.data, x, out, span)

        self.each(some, equal_spans(len(out)))
        return out

    def close(self) -> None:
        """Threads end."""
        self._pool.shutdown()


def equal_spans(size: int) -> list[Span]:
    """A span of about equal size for every thread."""
    return [(a, b) for a, b in pairwise(size * k // THREADS for k in range(THREADS + 1)) if b > a]


def spans(work: NDArray[np.int64]) -> list[Span]:
    """A span for every thread, with about the same work.

    Args:
        work: running total of work before each piece, shape (piece + 1).
    """
    cuts = [int(np.searchsorted(work, work[-1] * k / THREADS)) for k in range(1, THREADS)]
    return [(a, b) for a, b in pairwise([0, *cuts, len(work) - 1]) if b > a]
