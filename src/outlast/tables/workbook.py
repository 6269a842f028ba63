"""An XLSX workbook as tables. In: bytes of a file. Out: a `Table` for each sheet, and findings.
One reason to exist: a sheet becomes the rows of text that a CSV file would give, and whatever else is
on it (titles, merged and hidden cells, a second table) is told, never dropped in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from outlast.errors import Finding, FindingLog, Place
from outlast.tables.form import STORED_FORM
from outlast.tables.sheet import MOST_CELLS, Cell, Sheet, column_letters, read_sheet
from outlast.tables.stored_cells import CellWriter
from outlast.tables.table import SPREADSHEET_ERRORS, WIDEST_TABLE, ColumnsBuilder, Table
from outlast.tables.workbook_package import (
    NotAWorkbookError,
    Package,
    SheetPart,
    TooManyCellsError,
    naming_faults,
    open_package,
)

_SEARCHED = 50
"""Filled rows among which the heading is looked for."""
_PORTION = 10_000
Kinds = Mapping[str, str]
"""Kind of each column that a sheet may have (`text`, `number`, ...), by its heading."""


@dataclass(frozen=True)
class Workbook:
    """What was read of a workbook."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    """By name of the sheet, as it is written."""
    sheets: tuple[str, ...] = ()
    """All sheets."""
    unread: frozenset[str] = frozenset()
    """Sheets that were asked for, but hold no table or are above a limit."""


def parse_workbook(
    data: bytes, file: str, kinds_of: Callable[[str], Kinds | None] = lambda sheet: {}
) -> tuple[Workbook | None, tuple[Finding, ...]]:
    """Tables of a workbook and everything wrong with their form.

    Args:
        data: contents of the file.
        file: its name, for places.
        kinds_of: gives the columns of the table that a sheet of a name holds; empty where nothing is
            known of it, None where the sheet is not to be read.

    Returns:
        The tables, or None where the file is no workbook; and the findings.
    """
    log = FindingLog()
    tables: dict[str, Table] = {}
    unread: set[str] = set()
    try:
        package = open_package(data)
        _tell_ignored(package, file, log)
        for part in package.sheets:
            kinds = kinds_of(part.name)
            if kinds is None:
                continue
            table = _read_part(package, part, file, kinds, log)
            if table is None:
                unread.add(part.name)
            else:
                tables[part.name] = table
    except NotAWorkbookError as error:
        return None, (_refuse(error, file),)
    names = tuple(part.name for part in package.sheets)
    return Workbook(tables, names, frozenset(unread)), log.list()


def list_sheets(data: bytes, file: str) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Names of the sheets of a workbook, or a finding that says why it is none."""
    try:
        return tuple(part.name for part in open_package(data).sheets), ()
    except NotAWorkbookError as error:
        return (), (_refuse(error, file),)


def _refuse(error: NotAWorkbookError, file: str) -> Finding:
    """Why a file cannot be read as a workbook."""
    return Finding("error", error.code, Place(file), str(error), error.remedy)


def _tell_ignored(package: Package, file: str, log: FindingLog) -> None:
    """What of a workbook is not looked at."""
    if package.macros:
        message = "The workbook holds macros; they are not run."
        log.add(Finding("warning", "macros-ignored", Place(file), message, "Save it as .xlsx without them."))
    if package.links:
        message = "The workbook refers to other workbooks; the values saved last are read."
        remedy = "Update the links and save it, or paste the values."
        log.add(Finding("warning", "links-ignored", Place(file), message, remedy))


def _read_part(package: Package, part: SheetPart, file: str, kinds: Kinds, log: FindingLog) -> Table | None:
    """The table on a sheet; None, with a finding, where there is none."""
    place = Place(file, None, None, part.name)
    try:
        with naming_faults(f" on its sheet {part.name[:60]}"):
            sheet = read_sheet(package, part)
    except TooManyCellsError as error:
        remedy = f"Drop rows outside the horizon, or bring tables above {MOST_CELLS:,} cells as CSV."
        log.add(Finding("error", "table-too-large", place, str(error), remedy))
        return None
    reading = _SheetReading(place, sheet, kinds, CellWriter(package.formats, package.days_from_1904), log)
    if part.hidden:
        reading.tell("warning", "hidden", None, "The sheet is hidden; it is read.", "Show it, or delete it.")
    if sheet.formulas and package.uncalculated:
        message = "The program that wrote the formulas may not have calculated them; their values are read."
        remedy = "Open the workbook in Excel or LibreOffice and save it."
        reading.tell("warning", "formulas-uncalculated", None, message, remedy)
    return reading.read()


@dataclass
class _SheetReading:
    """A sheet and what is made of it."""

    place: Place
    sheet: Sheet
    kinds: Kinds
    writer: CellWriter
    log: FindingLog

    def tell(
        self,
        level: Literal["error", "warning"],
        code: str,
        row: int | None,
        message: str,
        remedy: str,
        column: str | None = None,
    ) -> None:
        """Note a finding."""
        place = Place(self.place.file, row, column, self.place.sheet)
        self.log.add(Finding(level, code, place, message, remedy))

    def read(self) -> Table | None:
        """The table."""
        rows = self.sheet.rows
        head = self._find_heading()
        if head is None:
            message = "The sheet is empty." if not rows else "The sheet has no heading row."
            remedy = "Begin it with a row of column names; `outlast init` shows them."
            self.tell("error", "empty-sheet" if not rows else "no-heading", None, message, remedy)
            return None
        cells = rows[head]
        width = max(cells)
        if width > WIDEST_TABLE:
            message = f"The heading reaches to column {column_letters(width)}; the limit is {WIDEST_TABLE:,}."
            self.tell("error", "table-too-large", head, message, "Remove the columns that are not needed.")
            return None
        heading = [self.writer.write(cells[at], "")[0] if at in cells else "" for at in range(1, width + 1)]
        self._check_heading(heading, head)
        self._tell_special(head, heading)
        return self._read_rows(heading, head)

    def _find_heading(self) -> int | None:
        """Row of the heading; what stands above it is told."""
        candidates = []
        for row, cells in list(self.sheet.rows.items())[:_SEARCHED]:
            if not _is_comment(cells) and any(str(value).strip() for _, value, _ in cells.values()):
                candidates.append(row)
        if not candidates:
            return None
        head = candidates[0]
        if self.kinds:
            known = {row: self._count_known(row) for row in candidates}
            best = max(known.values())
            if best and not known[head]:
                head = next(row for row in candidates if known[row] == best)
        elif len(self.sheet.rows[head]) == 1:
            head = next((row for row in candidates if len(self.sheet.rows[row]) > 1), head)
        if head != candidates[0]:
            message = f"What stands above the heading in row {head} is left out."
            self.tell("warning", "title-rows", candidates[0], message, "Remove it, or begin it with #.")
        return head

    def _count_known(self, row: int) -> int:
        return sum(str(value).strip() in self.kinds for _, value, _ in self.sheet.rows[row].values())

    def _check_heading(self, heading: list[str], row: int) -> None:
        """Headings that occur twice, a gap between them."""
        for name, times in Counter(text.strip() for text in heading if text.strip()).items():
            if times > 1:
                message = f"The heading {name[:60]} occurs {times} times."
                remedy = "Keep one of these columns, and one table on a sheet."
                self.tell("error", "duplicate-heading", row, message, remedy, name[:60])
        if "" in heading[:-1]:
            letters = column_letters(heading.index("") + 1)
            message = f"Column {letters} has no heading, but columns to the right of it have."
            remedy = "Close the gap; if a second table stands there, give it a sheet of its own."
            self.tell("warning", "gap-in-heading", row, message, remedy)

    def _tell_special(self, head: int, heading: list[str]) -> None:
        """What of the sheet is hidden or merged."""
        sheet = self.sheet
        hidden = [row for row in sheet.hidden_rows if row >= head and row in sheet.rows]
        if hidden:
            word = "hidden or filtered out" if sheet.filtered else "hidden"
            message = f"This row is {word}; it is read like any other."
            if len(hidden) > 1:
                message = f"{len(hidden):,} rows are {word}, this one first; they are read like any other."
            self.tell("warning", "hidden", hidden[0], message, "Show them, or delete them if not meant.")
        for first, last in sheet.hidden_columns:
            names = [text for text in heading[first - 1 : last] if text.strip()]
            if names:
                message = f"Hidden columns are read like any other: {', '.join(names)[:200]}."
                self.tell("warning", "hidden", head, message, "Show them, or delete them if not meant.")
        last_row = max(sheet.rows)
        for top, left, bottom, right in sheet.merged:
            if bottom >= head and top <= last_row and left <= len(heading):
                cells = f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"
                message = f"The cells {cells} are merged, so that all but the first are empty."
                remedy = "Unmerge them and fill in each cell."
                if top <= head:
                    remedy = "Unmerge them and write one heading in each column, all in one row."
                self.tell("error", "merged-cells", top, message, remedy)

    def _read_rows(self, heading: list[str], head: int) -> Table:
        """Everything below the heading."""
        kinds = [self.kinds.get(text.strip(), "") for text in heading]
        builder = ColumnsBuilder(len(heading))
        portion: list[list[str]] = []
        lines: list[int] = []
        before = head
        gap = False
        for row, cells in self.sheet.rows.items():
            if row <= head:
                continue
            texts = self._write_row(row, cells, heading, kinds)
            if texts is None:
                continue
            if row > before + 1 and not gap and lines:
                gap = True
                message = "An empty row stands above this one; what follows is read as rows of it."
                remedy = "Remove the empty row, or give what stands here a sheet of its own."
                self.tell("warning", "empty-row-inside", row, message, remedy)
            before = row
            lines.append(row)
            portion.append(texts)
            if len(portion) == _PORTION:
                builder.extend(portion)
                portion.clear()
        builder.extend(portion)
        columns, sheet = builder.columns(), self.place.sheet
        return Table(self.place.file, tuple(heading), head, columns, lines, sheet=sheet, form=STORED_FORM)

    def _write_row(
        self, row: int, cells: dict[int, Cell], heading: list[str], kinds: list[str]
    ) -> list[str] | None:
        """Text of a row; None for one that is no row of the table."""
        if _is_comment(cells):
            message = "This row begins with # and is skipped as a comment."
            remedy = "Remove it, or move it above the heading."
            self.tell("warning", "comment-among-rows", row, message, remedy, heading[0])
            return None
        width = len(heading)
        texts = [""] * width
        for column, cell in cells.items():
            if column > width:
                if cell[0] == "f" or str(cell[1]).strip():
                    message = f"Cell {column_letters(column)}{row} has no heading above it."
                    self.tell("error", "cell-without-heading", row, message, "Name the column or empty it.")
                continue
            if cell[0] == "text":
                texts[column - 1] = cell[1]
                continue
            text, loss = self.writer.write(cell, kinds[column - 1])
            texts[column - 1] = text
            if loss:
                level: Literal["error", "warning"] = "error" if loss.level == "error" else "warning"
                name = heading[column - 1].strip() or column_letters(column)
                self.tell(level, loss.code, row, loss.message, loss.remedy, name)
        if texts == heading:
            message = "The heading stands here once more; the row is skipped."
            self.tell("warning", "heading-repeated", row, message, "Remove it.")
            return None
        if self.kinds and len(cells) > 1 and sum(text.strip() in self.kinds for text in texts) > 1:
            message = "This row holds names of columns: it looks like the heading of a second table."
            self.tell("error", "second-table", row, message, "Give each table a sheet of its own.")
        return texts if any(map(str.strip, texts)) or _holds_formula(cells) else None


def _is_comment(cells: Mapping[int, Cell]) -> bool:
    """Whether the first cell of a row begins with #."""
    kind, value, _ = cells.get(1, ("", "", 0))
    return kind == "text" and value.lstrip().startswith("#") and value.strip() not in SPREADSHEET_ERRORS


def _holds_formula(cells: Mapping[int, Cell]) -> bool:
    return any(kind == "f" for kind, _, _ in cells.values())
