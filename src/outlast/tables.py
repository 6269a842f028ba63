"""CSV files as rows of text that remember their line. In: bytes of a file. Out: `Table` and
findings. One reason to exist: whatever a file holds, its reader gets text with a place, or a
sentence that says what is wrong with the file. Nothing is interpreted here: ids, numbers and
dates are still text.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from outlast.errors import Finding, Place

LARGEST_FILE = 512 * 2**20
"""Files above this are refused [bytes]."""

_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

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
)
"""What a spreadsheet writes where a formula failed."""


@dataclass(frozen=True, slots=True)
class Table:
    """Text of a CSV file. Every row has as many cells as the heading."""

    file: str
    heading: tuple[str, ...]
    heading_line: int
    lines: list[int] = field(default_factory=list)
    """Line on which each row starts; a quoted cell may span several lines."""
    rows: list[list[str]] = field(default_factory=list)
    ragged: frozenset[int] = frozenset()
    """Positions in `rows` of rows that had too few or too many cells (filled up or cut)."""
    complete: bool = True
    """False where broken quotes swallowed some rows."""

    def place(self, row: int | None = None, column: str | None = None) -> Place:
        """Place of a row (of the heading if None), and of a column in it."""
        return Place(self.file, self.heading_line if row is None else self.lines[row], column)


def read_bytes(path: Path, limit: int = LARGEST_FILE) -> tuple[bytes | None, tuple[Finding, ...]]:
    """Contents of a file, or a finding where it cannot be read or is above `limit` [bytes]."""
    place = Place(path.name)
    try:
        size = path.stat().st_size
        if size > limit:
            message = f"The file has {size / 2**20:,.1f} MiB; the limit is {limit / 2**20:,.1f} MiB."
            remedy = "Drop rows outside the horizon, or sum demand by week."
            return None, (Finding("error", "file-too-large", place, message, remedy),)
        return path.read_bytes(), ()
    except OSError as error:
        message = f"The file cannot be read: {error.strerror or error}."
        remedy = "Make it a file that you may read."
        return None, (Finding("error", "unreadable-file", place, message, remedy),)


def parse_text(data: bytes, file: str) -> tuple[str | None, tuple[Finding, ...]]:
    """Strict UTF-8 text of a file (byte order mark allowed), or a finding that says what it is instead."""
    remedy = (
        'Save it as "CSV UTF-8" (comma separated).' if file.endswith(".csv") else "Save it as UTF-8 text."
    )
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            return None, (Finding("error", "not-text", Place(file), f"This looks like {what}.", remedy),)
    if data.startswith(_UTF_16):
        message = "The file is UTF-16, not UTF-8."
        return None, (Finding("error", "not-utf-8", Place(file, 1), message, remedy),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"Byte 0x{data[error.start]:02x} is not UTF-8."
        return None, (Finding("error", "not-utf-8", Place(file, line), message, remedy),)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        message = "The file holds a NUL byte, which no text does."
        return None, (Finding("error", "nul-byte", Place(file, line), message, remedy),)
    return text, ()


def parse_csv(data: bytes, file: str) -> tuple[Table | None, tuple[Finding, ...]]:
    """Rows of a CSV file and everything wrong with its form.

    Lines above the heading whose first cell starts with `#` are comments; so are such lines among
    the rows, with a warning. Rows without any text are skipped.

    Args:
        data: contents of the file.
        file: its name, for places.

    Returns:
        The table, or None where there is nothing to go on with; and the findings.
    """
    text, unreadable = parse_text(data, file)
    if text is None:
        return None, unreadable
    rows, findings = _split_rows(text, file)
    complete = not findings
    start = next((i for i, (_, cells) in enumerate(rows) if not cells[0].lstrip().startswith("#")), None)
    if start is None:
        message = "The file has no heading row." if rows else "The file is empty."
        remedy = "Begin it with a row of column names; `outlast init` shows one."
        code = "no-heading" if rows else "empty-file"
        return None, (*findings, Finding("error", code, Place(file, 1), message, remedy))
    heading_line, heading = rows[start]
    bad_heading = _check_heading(heading, Place(file, heading_line))
    if bad_heading and bad_heading[0].code == "wrong-separator":
        return None, (*findings, *bad_heading)
    table, bad_rows = _collect_rows(file, heading_line, heading, rows[start + 1 :], complete)
    return table, (*findings, *bad_heading, *bad_rows)


def _split_rows(text: str, file: str) -> tuple[list[tuple[int, list[str]]], tuple[Finding, ...]]:
    """Cells of each row that has any text, with the line on which the row starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    findings: list[Finding] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return rows, tuple(findings)
        except csv.Error as error:
            if "end of data" in str(error):
                message = "A quote is opened in this row and never closed; all below was swallowed."
            elif "limit" in str(error):
                message = f"A cell has more than {csv.field_size_limit():,} characters."
            else:
                message = "Text follows a closing quote."
            remedy = 'Close the quote; inside a quoted cell, write a quote as "".'
            findings.append(Finding("error", "broken-quotes", Place(file, line), message, remedy))
            continue
        if "".join(cells).strip():
            rows.append((line, cells))


def _check_heading(heading: list[str], place: Place) -> tuple[Finding, ...]:
    """Wrong separator and headings that occur twice."""
    if len(heading) == 1:
        for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in heading[0]:
                message = f"The cells are separated by {name}."
                remedy = "Separate them by commas, and write numbers with a decimal point."
                return (Finding("error", "wrong-separator", place, message, remedy),)
    names = [name.strip() for name in heading]
    counts = Counter(name for name in names if name)
    return tuple(
        Finding(
            "error",
            "duplicate-heading",
            Place(place.file, place.line, name),
            f"The heading {name} occurs {count} times.",
            "Keep one of these columns.",
        )
        for name, count in counts.items()
        if count > 1
    )


def _collect_rows(
    file: str, heading_line: int, heading: list[str], rows: list[tuple[int, list[str]]], complete: bool
) -> tuple[Table, tuple[Finding, ...]]:
    """The table below its heading; comments are dropped, ragged rows marked."""
    lines: list[int] = []
    kept: list[list[str]] = []
    ragged: set[int] = set()
    findings: list[Finding] = []
    width = len(heading)
    for line, cells in rows:
        if cells[0].startswith("#") and cells[0].strip() not in SPREADSHEET_ERRORS:
            message = "This line begins with # and is skipped as a comment."
            remedy = "Remove it, or move it above the heading; an identifier cannot begin with #."
            findings.append(
                Finding("warning", "comment-among-rows", Place(file, line, heading[0]), message, remedy)
            )
            continue
        if len(cells) != width:
            message = f"The row has {len(cells)} cells, the heading {width}."
            remedy = "Add or remove commas; put a cell that holds a comma in double quotes."
            findings.append(Finding("error", "ragged-row", Place(file, line), message, remedy))
            ragged.add(len(kept))
            cells = (cells + [""] * width)[:width]
        lines.append(line)
        kept.append(cells)
    table = Table(file, tuple(heading), heading_line, lines, kept, frozenset(ragged), complete)
    return table, tuple(findings)
