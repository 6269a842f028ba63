"""Formulas that a change of cells may reach. In: a workbook, cells that are to change. Out: formulas.
One reason to exist: the value of a formula is the one saved last, so a change that reaches it would leave a
figure behind that is wrong and looks right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from openpyxl.formula.tokenizer import Tokenizer, TokenizerError
from openpyxl.formula.translate import Translator
from openpyxl.utils.cell import range_boundaries

from outlast.intake.workbook_edit import SheetEdits

_WHEREVER = ("INDIRECT(", "OFFSET(")
"""Functions that may look anywhere."""

_LAST_COLUMN = 16_384


class FormulaCell(NamedTuple):
    """A cell with a formula."""

    sheet: str
    address: str
    text: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.address}"


def find_reached(book: Any, edits: Mapping[str, SheetEdits]) -> list[FormulaCell]:
    """Formulas whose value may depend on what is set; when in doubt, one does.

    Args:
        book: as openpyxl reads it, with formulas.
        edits: what is to be set, by sheet.
    """
    waiting = list(_list_formulas(book))
    touched: dict[str, list[tuple[int, int]]] = {sheet: [] for sheet in book.sheetnames}
    touched |= {sheet: [(cell.column, cell.row) for cell in found.cells] for sheet, found in edits.items()}
    reached: list[FormulaCell] = []
    while True:
        fresh = [formula for formula in waiting if _looks_at(formula, touched)]
        if not fresh:
            return reached
        reached += fresh
        waiting = [formula for formula in waiting if formula not in fresh]
        for formula in fresh:
            left, top, _, _ = range_boundaries(formula.address)
            touched[formula.sheet].append((left, top))


def _list_formulas(book: Any) -> Iterator[FormulaCell]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    text = cell.value if isinstance(cell.value, str) else getattr(cell.value, "text", None)
                    yield FormulaCell(sheet.title, cell.coordinate, text or "=INDIRECT()")


def _looks_at(formula: FormulaCell, touched: Mapping[str, Sequence[tuple[int, int]]]) -> bool:
    """Whether a formula may read one of the cells."""
    try:
        tokens = Tokenizer(formula.text).items
    except TokenizerError:
        return True
    for token in tokens:
        if token.type == token.FUNC and token.value.upper() in _WHEREVER:
            return True
        if token.type == token.OPERAND and token.subtype == token.RANGE:
            sheet, address = Translator.strip_ws_name(token.value)
            name = sheet.rstrip("!").strip("'").replace("''", "'") or formula.sheet
            if name.startswith("["):
                # Another workbook.
                continue
            try:
                bounds = range_boundaries(address)
            except (ValueError, TypeError):
                # A name, or a column of a table: it may stand for any cell.
                return True
            if (bounds[2] is not None and bounds[2] > _LAST_COLUMN) or not re.search(r"[\d:]", address):
                # A name that looks like a cell or a column.
                return True
            if name not in touched or any(_holds(bounds, *cell) for cell in touched[name]):
                return True
    return False


def _holds(bounds: Sequence[int | None], column: int, row: int) -> bool:
    """Whether a range, which may be open at its ends, holds a cell."""
    left, top, right, bottom = bounds
    return (left or 1) <= column <= (right or column) and (top or 1) <= row <= (bottom or row)
