"""Columns that keep equal values once, and rows made of them when asked for. In: values and codes.
Out: `CodedColumn`, `CodedRows`. One reason to exist: a table of millions of rows stays small and is
checked value by value, while it still reads like a tuple of rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")
_MANY = 100_000
"""Rows beyond which loading numpy pays."""


class Numbering(dict[T, int]):
    """Numbers things in the order in which they are first asked for."""

    def __missing__(self, thing: T) -> int:
        number = self[thing] = len(self)
        return number


@dataclass(frozen=True, slots=True, eq=False)
class CodedColumn(Generic[T]):
    """Cells of one column: `values[codes[row]]` is the cell of a row."""

    values: Sequence[T]
    """Distinct values, in the order in which they first occur."""
    code_of_row: array[int]
    """Position in `values` of each row, as C int."""

    @property
    def codes(self) -> NDArray[np.int32]:
        """`code_of_row` for numpy; a view, not a copy."""
        # Small cases are checked without numpy, which takes longer to load than they to be read.
        import numpy

        return numpy.asarray(self.code_of_row)

    def __len__(self) -> int:
        return len(self.code_of_row)

    def __getitem__(self, row: int) -> T:
        return self.values[self.code_of_row[row]]

    def __iter__(self) -> Iterator[T]:
        return map(self.values.__getitem__, self.code_of_row)

    def rows_where(self, test: Callable[[T], object]) -> list[int]:
        """Numbers of the rows whose value passes a test; each distinct value is tested once."""
        passing = {code for code, value in enumerate(self.values) if test(value)}
        return [row for row, code in enumerate(self.code_of_row) if code in passing] if passing else []


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
    numbers: Numbering[T] = Numbering()
    codes = array("i", map(numbers.__getitem__, values))
    return CodedColumn(list(numbers), codes)


def distinct_rows(columns: Sequence[CodedColumn[Any]]) -> tuple[list[int], array[int]]:
    """Rows that differ in these columns.

    Returns:
        The first row of each, in the order of the table; and for every row, the number of its own.
    """
    if len(columns[0]) > _MANY:
        return _distinguish(columns)
    keys: Iterable[int] = columns[0].code_of_row
    for column in columns[1:]:
        keys = _join(keys, len(column.values), column.code_of_row)
    own = array("i", map(Numbering[int]().__getitem__, keys))
    first: list[int] = []
    for row, number in enumerate(own):
        if number == len(first):
            first.append(row)
    return first, own


def _distinguish(columns: Sequence[CodedColumn[Any]]) -> tuple[list[int], array[int]]:
    """`distinct_rows` of many rows: the same by sorting, a tenth of the time."""
    import numpy

    keys = columns[0].codes.astype(numpy.int64)
    for column in columns[1:]:
        if int(keys.max()) * len(column.values) >= 2**62:
            keys = numpy.unique(keys, return_inverse=True)[1].astype(numpy.int64)
        keys = keys * len(column.values) + column.codes
    _, first, own = numpy.unique(keys, return_index=True, return_inverse=True)
    order = numpy.argsort(first)
    rank = numpy.empty(len(order), dtype=numpy.intc)
    rank[order] = numpy.arange(len(order), dtype=numpy.intc)
    return first[order].tolist(), array("i", rank[own].tobytes())


def _join(keys: Iterable[int], count: int, codes: Iterable[int]) -> Iterator[int]:
    """One number for each pair of a key and one of `count` codes."""
    return (key * count + code for key, code in zip(keys, codes, strict=True))


def repeat_value(value: T, length: int) -> CodedColumn[T]:
    """A column with the same value in every row."""
    return CodedColumn((value,), array("i", bytes(array("i").itemsize * length)))
