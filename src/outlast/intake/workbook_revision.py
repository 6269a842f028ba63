"""A case that is a workbook, changed where it stands. In: the workbook, rows or another case.
Out: its new bytes. One reason to exist: what people keep on their sheets stays, and what was written is
read again before it counts.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openpyxl import load_workbook

from outlast.errors import UsageError
from outlast.intake.assemble import check_files
from outlast.intake.case_sheet import CASE_SHEET
from outlast.intake.content import Content
from outlast.intake.files import CaseFiles, read_tables
from outlast.intake.workbook_edit import CellEdit, SheetEdits, set_cells
from outlast.intake.workbook_formulas import find_reached
from outlast.network.compare import SETTINGS, TableChange, compare_networks, match_rows
from outlast.network.declarations import declarations
from outlast.network.network import TABLES, Network
from outlast.tables import Table

Row = Mapping[str, Any]


@dataclass
class _Sheet:
    """A sheet that changes, as openpyxl reads it, and the cells that are to be set."""

    name: str
    file: str
    cells: Any
    heading_row: int
    column_of: dict[str, int]
    edits: list[CellEdit] = field(default_factory=list)
    last_row: int = 0
    """The lowest with anything in it."""

    @classmethod
    def read(cls, book: Any, file: str, name: str, heading_row: int) -> _Sheet:
        """Where the columns are, and where the rows end."""
        cells = book[name]
        column_of: dict[str, int] = {}
        for cell in cells[heading_row]:
            if cell.value is not None:
                column_of.setdefault(str(cell.value).strip(), cell.column)
        last = cells.max_row
        while last > heading_row and all(cell.value is None for cell in cells[last]):
            last -= 1
        return cls(name, file, cells, heading_row, column_of, last_row=last)

    def set(self, row: int, column: str, value: Any) -> None:
        """Set a cell; a column that is not there is added, unless there is nothing to set."""
        if column not in self.column_of:
            if value is None:
                return
            self.column_of[column] = max(self.column_of.values(), default=0) + 1
            self.edits.append(CellEdit(self.heading_row, self.column_of[column], column))
        self.edits.append(CellEdit(row, self.column_of[column], value))

    def append(self, row: Row) -> None:
        """Set the cells of a row below all others."""
        self.last_row += 1
        for column, value in row.items():
            if value is not None:
                self.set(self.last_row, column, value)

    def clear(self, row: int) -> None:
        """Empty a row; those below stay where they are, for formulas may refer to them."""
        for column in self.column_of.values():
            if self.cells.cell(row, column).value is not None:
                self.edits.append(CellEdit(row, column, None))


def append_to_workbook(path: Path, table: str, rows: Sequence[Row]) -> bytes:
    """The workbook with rows below those of a table; nothing is written yet.

    Args:
        path: of a case without errors.
        table: a key of `TABLES`.
        rows: values by column.

    Raises:
        UsageError: the workbook has no such sheet, or would not be read back as it is meant.
    """
    data, files, before = _read(path)
    book = _open_book(data)
    sheet = _open_sheet(book, path, files, table)
    for row in rows:
        sheet.append(row)

    def is_meant(after: Network) -> bool:
        mine = after.table(table)[len(before.table(table)) :]
        others = [change.table for change in compare_networks(before, after) if change.table != table]
        return (
            not others
            and list(after.table(table)[: len(before.table(table))]) == list(before.table(table))
            and len(mine) == len(rows)
            and all(
                getattr(read, column) == value
                for read, row in zip(mine, rows, strict=True)
                for column, value in row.items()
                if value is not None
            )
        )

    return _finish(path, data, book, files, [sheet], is_meant)


def revise_workbook(path: Path, content: Content, network: Network, changes: Sequence[TableChange]) -> bytes:
    """The workbook with another case in it: only cells that differ are set; rows that go are emptied.

    Args:
        path: of a case without errors.
        content: the case that it is to hold, cell by cell.
        network: the same case.
        changes: what is different.

    Raises:
        UsageError: the workbook cannot take the change.
    """
    data, files, before = _read(path)
    book = _open_book(data)
    sheets = []
    for change in changes:
        if change.table == SETTINGS:
            sheets.append(_revise_settings(book, path, files, content, change))
            continue
        if change.given == "disappeared":
            raise UsageError(
                f"{path}: remove the sheet {change.table} yourself; that changes what is assumed."
            )
        sheet = _open_sheet(book, path, files, change.table)
        _revise_table(sheet, files.tables[change.table], content, (before, network), change)
        sheets.append(sheet)
    return _finish(path, data, book, files, sheets, lambda after: not compare_networks(network, after))


def _read(path: Path) -> tuple[bytes, CaseFiles, Network]:
    files = read_tables(path)
    network, findings = check_files(files)
    if network is None:
        first = next(finding for finding in findings if finding.level == "error")
        raise UsageError(f"{path} has errors; outlast check lists them. The first: {first}")
    return path.read_bytes(), files, network


def _open_book(data: bytes) -> Any:
    """The workbook as openpyxl reads it, which is never what is written: what it would lose is no matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_workbook(BytesIO(data))


def _open_sheet(book: Any, path: Path, files: CaseFiles, table: str) -> _Sheet:
    found = files.tables.get(table)
    if found is None or found.heading_line is None:
        raise UsageError(
            f"{path} has no sheet {table} to put rows on: bring it into a new case with outlast convert, "
            "change that, and convert it into a new workbook."
        )
    return _Sheet.read(book, path.name, found.sheet or table, found.heading_line)


def _revise_table(
    sheet: _Sheet, old: Table, content: Content, networks: tuple[Network, Network], change: TableChange
) -> None:
    """Set the cells of a table that differ."""
    name, new = change.table, content.tables[change.table]
    before, after = networks
    declared = declarations(TABLES[name])
    heading = [text.strip() for text in old.heading]
    pairs, removed, added = match_rows(before, after, name)
    values = {column: list(new.columns[column]) for column in new.used}
    for first, second in pairs:
        for column in dict.fromkeys([*heading, *values]):
            if column in declared:
                same = before.column(name, column)[first] == after.column(name, column)[second]
            else:
                text = old.columns[heading.index(column)][first] if column in heading else ""
                same = column not in new.columns or text == (values.get(column, {second: None})[second] or "")
            if not same:
                sheet.set(int(old.lines[first]), column, values[column][second] if column in values else None)
    for row in removed:
        sheet.clear(int(old.lines[row]))
    for row in added:
        sheet.append({column: cells[row] for column, cells in values.items()})


def _revise_settings(
    book: Any, path: Path, files: CaseFiles, content: Content, change: TableChange
) -> _Sheet:
    """Set the values of settings; keys that are not on the sheet are added below."""
    name = files.places[CASE_SHEET].sheet or CASE_SHEET
    if name not in book.sheetnames:
        raise UsageError(
            f"{path} has no sheet {CASE_SHEET} for settings: add one with the columns key and value."
        )
    heading_row = next(
        row[0].row
        for row in book[name].iter_rows()
        if {"key", "value"} <= {str(cell.value).strip() for cell in row}
    )
    sheet = _Sheet.read(book, path.name, name, heading_row)
    row_of: dict[str, int] = {}
    for row in range(heading_row + 1, sheet.last_row + 1):
        row_of.setdefault(str(sheet.cells.cell(row, sheet.column_of["key"]).value).strip(), row)
    for cell in change.changed[0].cells:
        value = content.settings.get(cell.column)
        if cell.column in row_of:
            sheet.set(row_of[cell.column], "value", value)
        else:
            sheet.append({"key": cell.column, "value": value})
    return sheet


def _finish(
    path: Path,
    data: bytes,
    book: Any,
    files: CaseFiles,
    sheets: Sequence[_Sheet],
    is_meant: Callable[[Network], bool],
) -> bytes:
    """The bytes of the workbook, once they have been read back.

    Raises:
        UsageError: a formula of the case would be out of date, or the cells are not read as they are meant.
    """
    edits = {sheet.name: SheetEdits(sheet.heading_row, sheet.edits) for sheet in sheets}
    reached = find_reached(book, edits)
    ours = {place.sheet for place in files.places.values()}
    stale = [formula for formula in reached if formula.sheet in ours]
    if stale:
        more = f" and {len(stale) - 1:,} more" if len(stale) > 1 else ""
        raise UsageError(
            f"{path}: the formula in {stale[0]}{more} may depend on cells that would change, and its value "
            "can only be calculated by a spreadsheet program: make the change there yourself."
        )
    changed = set_cells(data, path.name, edits, recalculate=bool(reached))
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(changed)
        after, findings = check_files(read_tables(copy))
    if after is None or not is_meant(after):
        first = next((str(finding) for finding in findings if finding.level == "error"), "")
        raise UsageError(
            f"{path} is written in a form in which the change would not be read back as it is meant: make it "
            f"yourself, or convert the case into a new workbook. {first}".strip()
        )
    return changed
