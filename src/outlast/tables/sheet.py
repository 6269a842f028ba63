"""The cells of one sheet as they are stored. In: a `Package` and a sheet of it. Out: `Sheet`.
One reason to exist: openpyxl understands each row, and what is hidden, merged, filtered or not calculated
is kept beside the values; its public modes forget one or the other (decision 22).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import (
    COL_TAG,
    FILTER_TAG,
    FORMULA_TAG,
    MERGE_TAG,
    ROW_TAG,
    VALUE_TAG,
    WorkSheetParser,
)
from openpyxl.worksheet.merge import MergeCells
from openpyxl.xml.functions import iterparse

from outlast.tables.workbook_package import (
    Package,
    PartStream,
    SheetPart,
    TooManyCellsError,
    is_true,
    restore,
)

MOST_CELLS = 5_000_000
"""Sheets with more filled cells are refused."""
MOST_MERGED = 100_000
"""Sheets with more merged areas are refused."""
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)

Cell = tuple[str, Any, int]
"""Type (`text`, `n` number, `b` true/false, `e` error, `d` ISO date, `f` formula without a value), value (a
number for `n`, a bool for `b`, else text), number of the style."""


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
        TooManyCellsError: it is above `MOST_CELLS` or `MOST_MERGED`.
        NotAWorkbookError: a row is above a limit.
        Anything else: openpyxl finds it broken.
    """
    sheet = Sheet()
    stream = PartStream(package.archive, part.path)
    # Without formats for dates: a day stays the number that is stored, whatever openpyxl makes of it.
    parser = WorkSheetParser(stream, package.strings, data_only=True)
    filled = last = 0
    for _, element in iterparse(stream):
        if element.tag == ROW_TAG:
            last = _take_row(parser, element, last, sheet)
            filled += len(sheet.rows.get(last, ()))
            if filled > MOST_CELLS:
                raise TooManyCellsError(f"The sheet has more than {MOST_CELLS:,} filled cells, the limit.")
            stream.let_go()
        elif element.tag == COL_TAG:
            if is_true(element.get("hidden")):
                sheet.hidden_columns.append((int(element.attrib["min"]), int(element.attrib["max"])))
        elif element.tag == MERGE_TAG:
            if len(element) > MOST_MERGED:
                raise TooManyCellsError(f"The sheet has more than {MOST_MERGED:,} merged areas, the limit.")
            areas = MergeCells.from_tree(element).mergeCell
            sheet.merged += [(a.min_row, a.min_col, a.max_row, a.max_col) for a in areas]
        elif element.tag == FILTER_TAG:
            sheet.filtered = True
        else:
            continue
        element.clear()
    return sheet


def column_letters(number: int) -> str:
    """Letters of a column: 1 is A, 27 is AA."""
    return str(get_column_letter(number))


def _take_row(parser: WorkSheetParser, row: Element, above: int, sheet: Sheet) -> int:
    """Number of a row that stands below another; its cells are added to the sheet."""
    if len(row) > _LAST_COLUMN:
        raise ValueError(f"the row below row {above} has more than {_LAST_COLUMN:,} cells")
    try:
        number, found = parser.parse_row(row)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise ValueError(f"a cell of the row below row {above} cannot be read ({what})") from error
    parser.row_dimensions.clear()
    if not above < number <= _LAST_ROW:
        raise ValueError(f"row {number} stands below row {above}")
    if is_true(row.get("hidden")):
        sheet.hidden_rows.append(number)
    cells: dict[int, Cell] = {}
    last = 0
    for element, read in zip(row, found, strict=True):
        column = read["column"]
        if read["row"] != number or not last < column <= _LAST_COLUMN:
            raise ValueError(f"the cells of row {number} are not in order")
        last = column
        formula = element.find(FORMULA_TAG) is not None
        sheet.formulas += formula
        cell = _read_cell(element, read, formula)
        if cell:
            cells[column] = cell
    if cells:
        sheet.rows[number] = cells
    return number


def _read_cell(element: Element, read: dict[str, Any], formula: bool) -> Cell | None:
    """A cell as openpyxl has read it, with what it leaves out; None for an empty one."""
    kind, value, style = read["data_type"], read["value"], int(read["style_id"] or 0)
    stored = element.get("t", "n")
    if value is None or value == "":
        if stored == "inlineStr" and element.findtext(VALUE_TAG):
            raise ValueError(f"cell {element.get('r')} says that its text follows, but has a value instead")
        # The value of a formula may be the empty text.
        return ("f", "", style) if formula and stored not in ("str", "inlineStr", "s") else None
    if kind == "s":
        # Shared strings are restored already.
        return "text", value if stored == "s" else restore(value), style
    if kind == "n":
        # Python reads more than a workbook may hold, such as 1_000.
        if not _NUMBER.fullmatch(element.findtext(VALUE_TAG, "")):
            raise ValueError(f"cell {element.get('r')} holds no number")
        return kind, value, style
    if kind == "d":
        return kind, element.findtext(VALUE_TAG), style
    if kind in ("b", "e"):
        return kind, value, style
    raise ValueError(f"cell {element.get('r')} is of the unknown type {kind[:20]!r}")
