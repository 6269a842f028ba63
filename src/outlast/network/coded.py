"""Columns that keep equal values once, and rows made of them when asked for. In: values and codes.
Out: `CodedColumn`, `CodedRows`. One reason to exist: a table of millions of rows stays small and is
checked value by value, while it still reads like a tuple of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class CodedColumn(Generic[T]):
    """Cells of one column: `values[codes[row]]` is the cell of a row."""

    values: Sequence[T]
    """Distinct values, in the order in which they first occur."""
    codes: NDArray[np.int32]
    """Position in `values` of each row."""

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> T:
        return self.values[self.codes[row]]

    def __iter__(self) -> Iterator[T]:
        return map(self.values.__getitem__, self.codes.tolist())

    def rows_where(self, test: Callable[[T], object]) -> NDArray[np.int64]:
        """Numbers of the rows whose value passes a test; each distinct value is tested once."""
        passes = np.fromiter((bool(test(value)) for value in self.values), np.bool_, len(self.values))
        return np.flatnonzero(passes[self.codes]) if passes.any() else np.empty(0, dtype=np.int64)


class CodedRows(Sequence[T]):
    """Rows of one table kept as columns; a row is made each time it is asked for."""

    def __init__(self, row_type: Callable[..., T], columns: Mapping[str, CodedColumn[Any]], length: int):
        self.row_type = row_type
        self.columns = columns
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, row: int) -> T: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[T, ...]: ...
    def __getitem__(self, row: int | slice) -> T | tuple[T, ...]:
        if isinstance(row, slice):
            return tuple(self[number] for number in range(*row.indices(self._length)))
        if not -self._length <= row < self._length:
            raise IndexError(row)
        return self.row_type(**{name: column[row] for name, column in self.columns.items()})

    def __iter__(self) -> Iterator[T]:
        names = tuple(self.columns)
        for cells in zip(*self.columns.values(), strict=True):
            yield self.row_type(**dict(zip(names, cells, strict=True)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (CodedRows, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


def column_of(rows: Sequence[Any], name: str) -> CodedColumn[Any]:
    """One column of a table, whether its rows are coded or plain objects."""
    if isinstance(rows, CodedRows):
        return rows.columns[name]
    return code_values([getattr(row, name) for row in rows])


def code_values(values: Sequence[T]) -> CodedColumn[T]:
    """A column of these values. Values that are equal become one; NaN is equal to itself only if it is
    the same object."""
    numbers: dict[T, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return CodedColumn(list(numbers), np.array(codes, dtype=np.int32))


def distinct_rows(
    columns: Sequence[CodedColumn[Any]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that differ in these columns.

    Returns:
        The first row of each, in the order of the table; and for every row, the number of its own.
    """
    numbers, count = columns[0].codes.astype(np.int64), max(1, len(columns[0].values))
    for column in columns[1:]:
        if count * len(column.values) >= 2**62:
            numbers = np.unique(numbers, return_inverse=True)[1].astype(np.int64)
            count = len(numbers)
        numbers = numbers * len(column.values) + column.codes
        count *= max(1, len(column.values))
    _, first, own = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[own]


def repeat_value(value: T, length: int) -> CodedColumn[T]:
    """A column with the same value in every row."""
    return CodedColumn((value,), np.broadcast_to(np.int32(0), (length,)))
