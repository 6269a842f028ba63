"""Cells set in a workbook that somebody keeps. In: the bytes of an XLSX file, cells. Out: its new bytes.
One reason to exist: only these cells change. Every other part of the file stays byte for byte, and so do
comments, lists, formats, charts, pictures, macros and the values of formulas, some of which every library
that reads and writes whole workbooks loses.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.cell import get_column_letter, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, to_excel

from outlast.errors import UsageError
from outlast.intake.case_workbook import FIRST_SURE_DAY, sound_text
from outlast.intake.columns import LARGEST_NUMBER

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class CellEdit(NamedTuple):
    """A cell and what it is to hold."""

    row: int
    """From 1."""
    column: int
    """From 1."""
    value: Any
    """Text, number, day, true or false; None: nothing."""


@dataclass(frozen=True)
class SheetEdits:
    """What changes on a sheet."""

    heading_row: int
    """Row of the headings; a new cell below looks like those below it, a new heading like its neighbour."""
    cells: Sequence[CellEdit]


def set_cells(
    data: bytes, file: str, sheets: Mapping[str, SheetEdits], *, recalculate: bool = False
) -> bytes:
    """The workbook with other values in some cells.

    Args:
        data: of the workbook, which has been read as a case before.
        file: its name, for messages.
        sheets: what to set, by name of the sheet.
        recalculate: tell the program that opens it next to calculate its formulas again.

    Raises:
        UsageError: a cell holds a formula, a value does not fit, or the workbook is not written as usual.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {entry: archive.read(entry) for entry in archive.infolist()}
    content = {entry.filename: part for entry, part in parts.items()}
    if any(name.startswith("_xmlsignatures/") for name in content):
        raise UsageError(f"{file} is signed, and a change would break the signature: edit it yourself.")
    book_path, sheet_paths = _find_sheets(content)
    book = _parse(content[book_path])
    styles = content.get(_find_related(content, book_path, "/styles"))
    style_book = _StyleBook.read(
        styles, any(n.get("date1904") in ("1", "true") for n in book.iter("{*}workbookPr"))
    )
    changed: dict[str, bytes] = {}
    for name, edits in sheets.items():
        root = _parse(content[sheet_paths[name]])
        _Sheet(root, f"{file}, sheet {name}", style_book).edit(edits)
        changed[sheet_paths[name]] = _write(root)
    if recalculate:
        changed[book_path] = _ask_to_calculate(book)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for entry, part in parts.items():
            archive.writestr(entry, changed.get(entry.filename, part))
    return target.getvalue()


def _parse(part: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    return etree.fromstring(part, parser)


def _write(root: Any) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _find_related(content: Mapping[str, bytes], part: str, kind: str) -> str:
    """Path of the part of a kind to which another part refers; empty where there is none."""
    return next((path for _, end, path in _list_related(content, part) if end.endswith(kind)), "")


def _list_related(content: Mapping[str, bytes], part: str) -> list[tuple[str, str, str]]:
    """Id, kind and path of each part to which a part refers."""
    folder, name = posixpath.split(part)
    relations = content.get(posixpath.join(folder, "_rels", f"{name}.rels"), b"<none/>")
    return [
        (
            node.get("Id"),
            node.get("Type", ""),
            posixpath.normpath(posixpath.join("/", folder, node.get("Target", ""))).lstrip("/"),
        )
        for node in _parse(relations).iter("{*}Relationship")
        if node.get("TargetMode") != "External"
    ]


def _find_sheets(content: Mapping[str, bytes]) -> tuple[str, dict[str, str]]:
    """Path of the workbook's own part, and of each sheet by its name."""
    book = _find_related(content, "", "/officeDocument")
    paths = {number: path for number, _, path in _list_related(content, book)}
    sheets = {}
    for node in _parse(content[book]).iter("{*}sheet"):
        number = next(
            value for key, value in node.items() if etree.QName(key).localname == "id" and "}" in key
        )
        sheets[node.get("name")] = paths[number]
    return book, sheets


def _ask_to_calculate(book: Any) -> bytes:
    """The workbook's own part, asking for its formulas to be calculated when it is opened."""
    space = etree.QName(book).namespace
    node = next(book.iter("{*}calcPr"), None)
    if node is None:
        node = etree.Element(f"{{{space}}}calcPr")
        before = ("definedNames", "externalReferences", "functionGroups", "sheets")
        next(found for name in before for found in book.iter(f"{{{space}}}{name}")).addnext(node)
    node.set("fullCalcOnLoad", "1")
    return _write(book)


@dataclass(frozen=True)
class _StyleBook:
    """What is to be known of the formats of cells."""

    of_days: frozenset[int]
    """Numbers of the formats that show a number as a day."""
    epoch: datetime

    @classmethod
    def read(cls, part: bytes | None, from_1904: bool) -> _StyleBook:
        """From the styles of a workbook."""
        days = set()
        if part is not None:
            root = _parse(part)
            codes = dict(BUILTIN_FORMATS)
            codes |= {int(n.get("numFmtId")): n.get("formatCode", "") for n in root.iter("{*}numFmt")}
            formats = next(root.iter("{*}cellXfs"), ())
            days = {
                at for at, n in enumerate(formats) if is_date_format(codes.get(int(n.get("numFmtId", 0))))
            }
        return cls(frozenset(days), CALENDAR_MAC_1904 if from_1904 else CALENDAR_WINDOWS_1900)


class _Sheet:
    """The XML of a sheet, and where its rows and cells are."""

    def __init__(self, root: Any, place: str, styles: _StyleBook):
        self.root, self.place, self.styles = root, place, styles
        self.space = f"{{{etree.QName(root).namespace}}}"
        self.data = root.find(f"{self.space}sheetData")
        self.rows = {self._number(node): node for node in self.data}

    def edit(self, edits: SheetEdits) -> None:
        """Set cells."""
        self._refuse_arrays(edits.cells)
        looks = self._find_looks(edits)
        for row in sorted({cell.row for cell in edits.cells}):
            self._edit_row(row, [cell for cell in edits.cells if cell.row == row], looks, edits.heading_row)
        self._stretch(edits.cells)

    def _number(self, node: Any) -> int:
        number = node.get("r")
        if number is None:
            raise UsageError(
                f"{self.place}: its cells have no addresses. Save it in Excel or LibreOffice first."
            )
        return int(number)

    def _column(self, node: Any) -> int:
        address = node.get("r")
        if address is None:
            raise UsageError(
                f"{self.place}: its cells have no addresses. Save it in Excel or LibreOffice first."
            )
        return int(range_boundaries(address)[0])

    def _edit_row(
        self, row: int, edits: Sequence[CellEdit], looks: Mapping[int, str], heading_row: int
    ) -> None:
        node = self.rows.get(row)
        if node is None:
            if all(edit.value is None for edit in edits):
                return
            node = etree.Element(f"{self.space}row", r=str(row))
            later = min((number for number in self.rows if number > row), default=None)
            self.data.append(node) if later is None else self.rows[later].addprevious(node)
            self.rows[row] = node
        node.attrib.pop("spans", None)
        cells = {self._column(cell): cell for cell in node}
        for edit in edits:
            cell = cells.get(edit.column)
            if cell is None:
                if edit.value is None:
                    continue
                cell = etree.Element(f"{self.space}c", r=f"{get_column_letter(edit.column)}{row}")
                look = cells[max(cells)].get("s") if row == heading_row and cells else looks.get(edit.column)
                if look is not None:
                    cell.set("s", look)
                later = min((column for column in cells if column > edit.column), default=None)
                node.append(cell) if later is None else cells[later].addprevious(cell)
                cells[edit.column] = cell
            self._fill(cell, edit.value)

    def _fill(self, cell: Any, value: Any) -> None:
        """Put a value into a cell, whose format stays."""
        place = f"{self.place}, {cell.get('r')}"
        if cell.find(f"{self.space}f") is not None:
            raise UsageError(
                f"{place} holds a formula, which a value would replace: change it there yourself."
            )
        for child in list(cell):
            cell.remove(child)
        for name in ("t", "cm", "vm"):
            cell.attrib.pop(name, None)
        if value is None:
            return
        if isinstance(value, bool):
            cell.set("t", "b")
            self._add(cell, "v", str(int(value)))
        elif self._is_day(cell, value):
            self._add(cell, "v", str(int(to_excel(value, self.styles.epoch))))
        elif isinstance(value, int | float) and abs(value) < LARGEST_NUMBER:
            self._add(cell, "v", repr(value))
        else:
            # Days go as text where the cell would show them as a number.
            text = sound_text(str(value), place)
            cell.set("t", "inlineStr")
            node = self._add(self._add(cell, "is"), "t", _UNSEEN.sub(lambda m: f"_x{ord(m[0]):04X}_", text))
            node.set(_SPACE, "preserve")

    def _is_day(self, cell: Any, value: Any) -> bool:
        """Whether a value is a day that its cell shows as one, and every program as the same."""
        sure = isinstance(value, date) and value >= FIRST_SURE_DAY and value >= self.styles.epoch.date()
        return sure and int(cell.get("s", 0)) in self.styles.of_days

    def _add(self, parent: Any, name: str, text: str | None = None) -> Any:
        node = etree.SubElement(parent, f"{self.space}{name}")
        node.text = text
        return node

    def _find_looks(self, edits: SheetEdits) -> dict[int, str]:
        """The format of the lowest cell of each column, else of the column as such."""
        looks = {}
        wanted = {cell.column for cell in edits.cells}
        for node in self.root.iter(f"{self.space}col"):
            for column in wanted.intersection(range(int(node.get("min")), int(node.get("max")) + 1)):
                if node.get("style") is not None:
                    looks[column] = node.get("style")
        for row, node in self.rows.items():
            for cell in node if row > edits.heading_row else ():
                if (column := self._column(cell)) in wanted and cell.get("s") is not None:
                    looks[column] = cell.get("s")
        return looks

    def _refuse_arrays(self, cells: Sequence[CellEdit]) -> None:
        """One formula may fill several cells, of which only the first says so."""
        for formula in self.root.iter(f"{self.space}f"):
            if formula.get("t") not in ("array", "dataTable") or formula.get("ref") is None:
                continue
            left, top, right, bottom = range_boundaries(formula.get("ref"))
            for cell in cells:
                if left <= cell.column <= right and top <= cell.row <= bottom:
                    where = f"{get_column_letter(cell.column)}{cell.row}"
                    raise UsageError(
                        f"{self.place}, {where} is filled by a formula: change it there yourself."
                    )

    def _stretch(self, cells: Sequence[CellEdit]) -> None:
        """The stated extent of the sheet covers what was set: some programs read no further."""
        node = self.root.find(f"{self.space}dimension")
        if node is None or node.get("ref") is None or not cells:
            return
        left, top, right, bottom = range_boundaries(node.get("ref"))
        columns, rows = [cell.column for cell in cells], [cell.row for cell in cells]
        first = f"{get_column_letter(min(left, *columns))}{min(top, *rows)}"
        node.set("ref", f"{first}:{get_column_letter(max(right, *columns))}{max(bottom, *rows)}")
