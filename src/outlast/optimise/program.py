"""A linear program in arrays. In: columns, rows and entries, added in blocks. Out: `LinearProgram`.
One reason to exist: constraint families write into it without knowing the solver, and the
certificate reads it without trusting the solver.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LinearProgram:
    """Minimise `offset + cost @ x` with `row_lower <= matrix @ x <= row_upper` and bounds on x."""

    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    matrix: csr_matrix
    row_lower: Floats
    row_upper: Floats
    integer: Ints
    """Columns that must be whole numbers."""
    column_names: dict[int, str]
    """Name of the first column of each block."""

    @property
    def n_row(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    def with_bounds(self, columns: Ints, lower: ArrayLike, upper: ArrayLike) -> LinearProgram:
        """The same program with other bounds on some columns."""
        low, high = self.lower.copy(), self.upper.copy()
        low[columns], high[columns] = lower, upper
        return LinearProgram(
            self.cost,
            self.offset,
            low,
            high,
            self.matrix,
            self.row_lower,
            self.row_upper,
            self.integer,
            self.column_names,
        )


@dataclass
class ProgramBuilder:
    """Collects blocks; every `add_*` returns the numbers of what it added."""

    n_column: int = 0
    n_row: int = 0
    offset: float = 0.0
    _cost: list[Floats] = field(default_factory=list)
    _lower: list[Floats] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _row_lower: list[Floats] = field(default_factory=list)
    _row_upper: list[Floats] = field(default_factory=list)
    _entry_row: list[Ints] = field(default_factory=list)
    _entry_column: list[Ints] = field(default_factory=list)
    _entry_value: list[Floats] = field(default_factory=list)
    _integer: list[Ints] = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)
    _added_cost: list[tuple[Ints, Floats]] = field(default_factory=list)

    def add_columns(
        self,
        name: str,
        shape: tuple[int, ...],
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        cost: ArrayLike = 0.0,
        integer: bool = False,
    ) -> Ints:
        """Columns of a family; returns their numbers, shape `shape`."""
        size = int(np.prod(shape))
        columns = np.arange(self.n_column, self.n_column + size, dtype=np.int64)
        self._lower.append(np.full(shape, lower, dtype=np.float64).ravel())
        self._upper.append(np.full(shape, upper, dtype=np.float64).ravel())
        self._cost.append(np.full(shape, cost, dtype=np.float64).ravel())
        if integer:
            self._integer.append(columns)
        if size:
            self._names[self.n_column] = name
        self.n_column += size
        return columns.reshape(shape)

    def add_rows(self, lower: ArrayLike, upper: ArrayLike, count: int) -> Ints:
        """Rows with these bounds; returns their numbers, shape (count,)."""
        rows = np.arange(self.n_row, self.n_row + count, dtype=np.int64)
        self._row_lower.append(np.full(count, lower, dtype=np.float64))
        self._row_upper.append(np.full(count, upper, dtype=np.float64))
        self.n_row += count
        return rows

    def add_entries(self, rows: ArrayLike, columns: ArrayLike, values: ArrayLike) -> None:
        """Matrix entries; the three arguments broadcast; entries on the same place add up."""
        r, c, v = flat_entries(rows, columns, values)
        self._entry_row.append(r)
        self._entry_column.append(c)
        self._entry_value.append(v)

    def add_cost(self, columns: ArrayLike, values: ArrayLike) -> None:
        """Adds to the cost of columns; the two arguments broadcast."""
        c, v = np.broadcast_arrays(np.asarray(columns, dtype=np.int64), np.asarray(values, float))
        self._added_cost.append((c.ravel(), v.ravel()))

    def finish(self) -> LinearProgram:
        """The program."""

        cost = joined_floats(self._cost).copy()
        for columns, values in self._added_cost:
            np.add.at(cost, columns, values)
        matrix = csr_matrix(
            (
                joined_floats(self._entry_value),
                (joined_ints(self._entry_row), joined_ints(self._entry_column)),
            ),
            shape=(self.n_row, self.n_column),
        )
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return LinearProgram(
            cost=cost,
            offset=self.offset,
            lower=joined_floats(self._lower),
            upper=joined_floats(self._upper),
            matrix=matrix,
            row_lower=joined_floats(self._row_lower),
            row_upper=joined_floats(self._row_upper),
            integer=joined_ints(self._integer),
            column_names=dict(self._names),
        )


def flat_entries(rows: ArrayLike, columns: ArrayLike, values: ArrayLike) -> tuple[Ints, Ints, Floats]:
    """Places and values of matrix entries, broadcast to one shape and put in a row."""
    r, c = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
    v = np.asarray(values, dtype=np.float64)
    if not r.shape == c.shape == v.shape:
        shape = (r + c + v).shape
        # Many small blocks are written: filling is several times quicker than broadcasting views.
        r = r if r.shape == shape else np.full(shape, r)
        c = c if c.shape == shape else np.full(shape, c)
        v = v if v.shape == shape else np.full(shape, v)
    return r.ravel(), c.ravel(), v.ravel()


def joined_floats(blocks: list[Floats]) -> Floats:
    """Blocks one after the other."""
    return np.concatenate([np.zeros(0), *blocks])


def joined_ints(blocks: list[Ints]) -> Ints:
    """Blocks one after the other."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *blocks])
