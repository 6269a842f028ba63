"""CSV text as a table. In: bytes of a file. Out: `Table` and findings.
One reason to exist: rows keep the line on which they start, whatever stands in quotes, and
what is wrong with the form of a file is said in a sentence.
"""

from __future__ import annotations

import csv
import io
from collections import Counter

from outlast.errors import Finding, Place
from outlast.tables.content import parse_text
from outlast.tables.table import SPREADSHEET_ERRORS, Table


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
    table = Table.from_rows(
        file, heading, heading_line, lines, kept, ragged=frozenset(ragged), complete=complete
    )
    return table, tuple(findings)
