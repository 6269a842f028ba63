"""The table of text. In: rows of cells and the lines on which they stand. Out: `Table`.
One reason to exist: whatever a file was, its reader gets text with a place. Nothing is
interpreted here: ids, numbers and dates are still text. Equal texts of a column are kept once,
so that a table of millions of rows stays small and is understood text by text.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from outlast.errors import Place
from outlast.network.coded import CodedColumn, Numbering
from outlast.tables.form import PLAIN_FORM, FileForm

SPREADSHEET_ERRORS = (
    "#N/A",
    "#NV",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#UNKNOWN!",
    "#GETTING_DATA",
)
"""What a spreadsheet writes where a formula failed."""


LARGEST_TABLE = 5_000_000
"""Tables with more rows are refused."""
WIDEST_TABLE = 1000
"""Tables with more columns are refused."""

Stored = Literal["text", "whole number", "number", "true/false", "date", "other"]
"""Type of a stored column; `other`: lists, records, bytes, which are no cells."""

TextColumn = CodedColumn[str]
"""Cells of one column as text."""


class ColumnsBuilder:
    """Takes rows in portions, gives columns."""

    def __init__(self, width: int):
        self._numbers: list[Numbering[str]] = [Numbering() for _ in range(width)]
        self._codes = [array("i") for _ in range(width)]

    def extend(self, rows: Sequence[Sequence[str]]) -> None:
        """Add rows, each as wide as the table."""
        for numbers, codes, cells in zip(self._numbers, self._codes, zip(*rows, strict=True), strict=False):
            codes.extend(map(numbers.__getitem__, cells))

    def extend_coded(self, portion: Sequence[tuple[Sequence[str], Sequence[int]]]) -> None:
        """Add rows as (texts, number of each cell's text), column by column."""
        for numbers, codes, (texts, cells) in zip(self._numbers, self._codes, portion, strict=True):
            used = dict.fromkeys(cells)
            known = {number: numbers[texts[number]] for number in used}
            codes.extend(map(known.__getitem__, cells))

    def columns(self) -> tuple[TextColumn, ...]:
        """The columns of all rows so far."""
        return tuple(
            CodedColumn(list(numbers), codes)
            for numbers, codes in zip(self._numbers, self._codes, strict=True)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Text of one table, column by column. Every row has as many cells as the heading."""

    file: str
    heading: tuple[str, ...]
    heading_line: int | None
    """Line (row of a sheet) of the heading; None where the heading is no row."""
    columns: tuple[TextColumn, ...]
    """One for each heading."""
    lines: Sequence[int]
    """Line on which each row starts (a quoted cell may span several), or row of the sheet."""
    ragged: frozenset[int] = frozenset()
    """Numbers (from 0) of rows that had too few or too many cells (filled up or cut)."""
    complete: bool = True
    """False where some rows could not be read at all."""
    sheet: str | None = None
    """Sheet of a workbook."""
    form: FileForm = PLAIN_FORM
    """How its numbers and dates are written."""
    stored: tuple[Stored, ...] = ()
    """What each column is stored as, where the file says so."""

    @classmethod
    def from_rows(
        cls,
        file: str,
        heading: Sequence[str],
        heading_line: int,
        lines: Sequence[int],
        rows: Iterable[Sequence[str]],
        **more: Any,
    ) -> Table:
        """A table of rows of text, each as wide as the heading; `more` are the other fields."""
        builder = ColumnsBuilder(len(heading))
        builder.extend(list(rows))
        return cls(file, tuple(heading), heading_line, builder.columns(), lines, **more)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def rows(self) -> list[list[str]]:
        """All cells, row by row; for small tables."""
        return [list(cells) for cells in zip(*self.columns, strict=True)]

    def place(self, row: int | None = None, column: str | None = None) -> Place:
        """Place of a row (of the heading if None), and of a column in it."""
        line = self.heading_line if row is None else self.lines[row]
        return Place(self.file, line, column, self.sheet)
