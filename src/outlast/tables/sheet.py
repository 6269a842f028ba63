"""The cells of one sheet as they are stored. In: a `Package` and a sheet of it. Out: `Sheet`.
One reason to exist: what is hidden, merged, filtered or not calculated is kept beside the values;
quick readers of workbooks forget it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outlast.tables.workbook_package import (
    LONGEST_CELL,
    Package,
    SheetPart,
    is_true,
    unescape,
    walk_xml,
)

MOST_CELLS = 5_000_000
"""Sheets with more filled cells are refused."""
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384

Cell = tuple[str, str, int]
"""Type (`text`, `n` number, `b` true/false, `e` error, `d` ISO date, `f` formula without a value), value as
it is stored, number of the style."""


class TooManyCellsError(Exception):
    """The sheet is above a limit."""


@dataclass
class Sheet:
    """Filled cells of a sheet, and what is special about it."""

    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    """Cells by row number (from 1) and column number (from 1); empty rows are left out."""
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    """First and last of each."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column of each."""
    filtered: bool = False
    formulas: int = 0


def read_sheet(package: Package, part: SheetPart) -> Sheet:
    """The cells of a sheet.

    Raises:
        TooManyCellsError: it is above `MOST_CELLS`.
        ValueError, KeyError, ExpatError and their like: it is broken.
    """
    reader = _Reader(package)
    walk_xml(package.archive, part.path, reader.start, reader.end, reader.text)
    return reader.sheet


def column_number(letters: str) -> int:
    """Number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z" or number > _LAST_COLUMN:
            raise ValueError(f"{letters[:20]} is no column of a sheet")
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _Reader:
    """Takes the events of a sheet's XML."""

    def __init__(self, package: Package):
        self.sheet = Sheet()
        self._strings = package.strings
        self._columns: dict[str, int] = {}
        self._row = self._column = self._cells = self._length = self._style = 0
        self._type = ""
        self._formula = self._collecting = self._spoken = False
        self._pieces: list[str] = []
        self._filled: dict[int, Cell] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v" or name == "t":
            self._collecting = not self._spoken
        elif name == "f":
            self._formula = True
            self.sheet.formulas += 1
        elif name == "row":
            self._begin_row(attributes)
        elif name == "rPh":
            self._spoken = True
        elif name == "col":
            if is_true(attributes.get("hidden")):
                self.sheet.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
        elif name == "mergeCell":
            self.sheet.merged.append(_parse_range(attributes["ref"]))
        elif name == "autoFilter":
            self.sheet.filtered = True

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "v" or name == "t":
            self._collecting = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._filled:
                self.sheet.rows[self._row] = self._filled
        elif name == "rPh":
            self._spoken = False

    def text(self, piece: str) -> None:
        """Text of an element."""
        if self._collecting:
            self._length += len(piece)
            if self._length > LONGEST_CELL:
                raise ValueError(f"a cell of row {self._row} has more than {LONGEST_CELL:,} characters")
            self._pieces.append(piece)

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        number = int(attributes.get("r") or self._row + 1)
        if not self._row < number <= _LAST_ROW:
            raise ValueError(f"row {number} stands below row {self._row}")
        self._row, self._column, self._filled = number, 0, {}
        if is_true(attributes.get("hidden")):
            self.sheet.hidden_rows.append(number)

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        place = attributes.get("r")
        if place:
            letters = place.rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = column_number(letters)
        else:
            column = self._column + 1
        if not self._column < column <= _LAST_COLUMN:
            raise ValueError(f"the cells of row {self._row} are not in order")
        self._column = column
        self._type = attributes.get("t", "n")
        self._style = int(attributes.get("s") or 0)
        self._formula = False
        self._pieces = []
        self._length = 0

    def _end_cell(self) -> None:
        value = "".join(self._pieces)
        kind = self._type
        if kind == "s" and value:
            number = int(value)
            if not 0 <= number < len(self._strings):
                raise ValueError(f"row {self._row} refers to a text that is not there")
            kind, value = "text", self._strings[number]
        elif kind in ("str", "inlineStr", "s"):
            kind, value = "text", unescape(value)
        elif not value and self._formula:
            kind = "f"
        elif kind not in ("n", "b", "e", "d"):
            raise ValueError(f"row {self._row} holds a cell of the unknown type {kind[:20]!r}")
        if not value and kind != "f":
            return
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise TooManyCellsError(f"The sheet has more than {MOST_CELLS:,} filled cells, the limit.")
        self._filled[self._column] = (kind, value, self._style)


def _parse_range(text: str) -> tuple[int, int, int, int]:
    """Corners of a range such as `A1:C2`."""
    corners = []
    for corner in (text.replace("$", "").split(":") * 2)[:2]:
        letters = corner.rstrip("0123456789")
        corners += [int(corner[len(letters) :]), column_number(letters)]
    return corners[0], corners[1], corners[2], corners[3]
