"""CSV text as a table. In: bytes of a file and its form. Out: `Table` and findings.
One reason to exist: rows keep the line on which they start, whatever stands in quotes, and
what is wrong with the form of a file is said in a sentence.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from outlast.errors import Finding, FindingLog, Place
from outlast.tables.content import parse_text
from outlast.tables.form import PLAIN_FORM, SEPARATORS, FileForm, find_codec
from outlast.tables.table import LARGEST_TABLE, SPREADSHEET_ERRORS, WIDEST_TABLE, ColumnsBuilder, Table

LONGEST_LINE = 2**20
"""Lines above this are refused [characters]."""
LONGEST_ROW = 1000
"""Rows that span more lines than this are refused."""
_PORTION = 10_000
"""Rows that are split before they are stored."""
_MARK = "\ufeff"
_BARE = re.compile(r'[\s,;|"\ufeff]*')
"""What a row without any text may hold."""
_LONGEST_SEP, _LONGEST_NAME = 100, 60
_SEP_LINE = re.compile(r'\s*"?sep=(.)"?[,;\t|]*\s*', re.IGNORECASE)


class _TooLargeError(Exception):
    """A line, row or table is above a limit; the table is refused."""

    def __init__(self, line: int, message: str):
        super().__init__(message)
        self.line = line


@dataclass
class _Reading:
    """What has been read of a file so far."""

    file: str
    separator: str = ","
    log: FindingLog = field(default_factory=FindingLog)
    complete: bool = True
    lines: array[int] = field(default_factory=lambda: array("q"))
    ragged: set[int] = field(default_factory=set)

    def error(self, code: str, line: int, message: str, remedy: str, column: str | None = None) -> None:
        """Note what stops the case."""
        self.log.add(Finding("error", code, Place(self.file, line, column), message, remedy))

    def refuse(self, error: _TooLargeError) -> None:
        """Note why the table is refused."""
        remedy = "Drop rows outside the horizon, or sum demand by week."
        self.error("table-too-large", error.line, str(error), remedy)

    def warning(self, code: str, line: int, message: str, remedy: str, column: str | None = None) -> None:
        """Note what to read before the figures are used."""
        self.log.add(Finding("warning", code, Place(self.file, line, column), message, remedy))


def parse_csv(
    data: bytes, file: str, form: FileForm = PLAIN_FORM, largest: int = LARGEST_TABLE
) -> tuple[Table | None, tuple[Finding, ...]]:
    """Rows of a CSV file and everything wrong with its form.

    Lines above the heading whose first cell starts with `#` are comments; so are such lines among
    the rows, with a warning. Rows without any text are skipped.

    Args:
        data: contents of the file.
        file: its name, for places.
        form: as declared; where it names no separator, the one in the heading is taken.
        largest: rows above this are refused.

    Returns:
        The table, or None where there is nothing to go on with; and the findings.
    """
    text, told = parse_text(data, file, form.encoding)
    if text is None:
        return None, told
    head = _find_heading(text)
    if head is None:
        bare = _BARE.fullmatch(text)
        message = "The file is empty." if bare else "The file has no heading row."
        remedy = "Begin it with a row of column names; `outlast init` shows one."
        code = "empty-file" if bare else "no-heading"
        return None, (*told, Finding("error", code, Place(file, 1), message, remedy))
    del text
    form, doubt = _settle_separator(form, head, file)
    if doubt:
        return None, (*told, doubt)
    reading = _Reading(file, form.separator or ",")
    reading.log.adopt(told)
    table = _read_rows(data, form, head, reading, largest)
    return table, reading.log.list()


@dataclass(frozen=True)
class _Head:
    """Where the heading stands, and what the file says about itself above it."""

    line: int
    text: str
    """The heading as it is written."""
    separator: str | None
    """As a line `sep=;` says, which spreadsheets write and obey."""


def _find_heading(text: str) -> _Head | None:
    """The heading row: the first that is neither a comment nor without text; None if there is none."""
    lines = io.StringIO(text[: LONGEST_LINE * 2].lstrip(_MARK), newline="")
    separator = None
    number = 0
    while line := lines.readline(LONGEST_LINE):
        start = number = number + 1
        comment = line.lstrip(" \t").startswith("#")
        # A quoted cell may go on below.
        while not comment and line.count('"') % 2 and number - start < LONGEST_ROW:
            more = lines.readline(LONGEST_LINE)
            if not more:
                break
            line += more
            number += 1
        if start == 1 and (match := _SEP_LINE.fullmatch(line[:_LONGEST_SEP])):
            separator = match[1]
        elif not _BARE.fullmatch(line) and not line.lstrip(' \t"').startswith("#"):
            return _Head(start, line, separator)
    return None


def _settle_separator(form: FileForm, head: _Head, file: str) -> tuple[FileForm, Finding | None]:
    """The form with its separator, or a finding where the heading leaves a choice."""
    separator = form.separator or head.separator
    if separator is None:
        bare = re.sub(r'"[^"]*"', "", head.text)
        found = [mark for mark in SEPARATORS if mark in bare]
        if len(found) > 1:
            names = " and ".join(SEPARATORS[mark] for mark in found)
            message = f"The heading holds {names}, so that the separator of the cells is not clear."
            remedy = 'Declare it in case.toml, for example [files], separator = ";".'
            return form, Finding("error", "wrong-separator", Place(file, head.line), message, remedy)
        separator = found[0] if found else ","
    if separator not in SEPARATORS:
        message = f"The first line says that {separator!r} parts the cells, which is not supported."
        remedy = "Separate them by commas, semicolons, tabs or bars."
        return form, Finding("error", "wrong-separator", Place(file, 1), message, remedy)
    if separator != "," and not form.decimal_sign_declared:
        form = replace(form, decimal_sign=None)
    return replace(form, separator=separator), None


def _read_rows(data: bytes, form: FileForm, head: _Head, reading: _Reading, largest: int) -> Table | None:
    """The heading and everything below it."""
    rows = _split_rows(data, form, reading)
    try:
        heading_line, heading = next(row for row in rows if row[0] >= head.line)
    except _TooLargeError as error:
        reading.refuse(error)
        return None
    except StopIteration:
        # The heading itself could not be split; mostly that is told already.
        if not reading.log.list():
            remedy = "Begin the file with a row of column names; `outlast init` shows one."
            reading.error("no-heading", head.line, "The heading row cannot be read.", remedy)
        return None
    if len(heading) > WIDEST_TABLE:
        message = f"The heading has {len(heading):,} columns; the limit is {WIDEST_TABLE:,}."
        reading.error("table-too-large", heading_line, message, "Remove the columns that are not needed.")
        return None
    _check_heading(heading, heading_line, reading)
    width = len(heading)
    builder = ColumnsBuilder(width)
    portion: list[list[str]] = []
    try:
        for line, cells in rows:
            sound: list[str] | None = cells
            if len(cells) != width or cells[0] == heading[0] or cells[0].startswith("#"):
                sound = _fit_row(line, cells, heading, reading)
            if sound is None:
                continue
            if len(reading.lines) == largest:
                raise _TooLargeError(line, f"The table has more than {largest:,} rows, the limit.")
            reading.lines.append(line)
            portion.append(sound)
            if len(portion) == _PORTION:
                builder.extend(portion)
                portion.clear()
    except _TooLargeError as error:
        reading.refuse(error)
        return None
    builder.extend(portion)
    return Table(
        reading.file,
        tuple(heading),
        heading_line,
        builder.columns(),
        reading.lines,
        ragged=frozenset(reading.ragged),
        complete=reading.complete,
        form=form,
    )


def _split_rows(data: bytes, form: FileForm, reading: _Reading) -> Iterator[tuple[int, list[str]]]:
    """Cells of each row that has any text, with the line on which the row starts."""
    start = [1]
    reader = csv.reader(
        _split_lines(data, form, start, reading), strict=True, delimiter=form.separator or ","
    )
    while True:
        line = start[0] = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _note_broken_quotes(line, str(error), reading)
            continue
        if cells and (cells[0].strip() or "".join(cells).strip()):
            yield line, cells


def _split_lines(data: bytes, form: FileForm, start: list[int], reading: _Reading) -> Iterator[str]:
    """Lines with their ends. `start` holds the line on which the row begins that is being read."""
    codec = find_codec(form.encoding) or "utf-8-sig"
    with io.TextIOWrapper(io.BytesIO(data), encoding=codec, newline="") as text:
        for number, line in enumerate(text, start=1):
            if len(line) > LONGEST_LINE:
                message = f"The line has {len(line):,} characters; the limit is {LONGEST_LINE:,}."
                raise _TooLargeError(number, message)
            if number - start[0] > LONGEST_ROW:
                raise _TooLargeError(start[0], f"The row spans more than {LONGEST_ROW:,} lines, the limit.")
            if line.startswith(_MARK):
                if number > 1:
                    message = "A byte order mark stands in the middle of the file; it is left out."
                    remedy = "Look whether two files were joined here."
                    reading.warning("mark-inside", number, message, remedy)
                line = line.lstrip(_MARK)
            yield line


def _note_broken_quotes(line: int, error: str, reading: _Reading) -> None:
    """A row that could not be split, in words."""
    if "end of data" in error:
        message = "A quote is opened in this row and never closed; all below was swallowed."
    elif "limit" in error:
        message = f"A cell has more than {csv.field_size_limit():,} characters."
    else:
        message = "Text follows a closing quote."
    reading.complete = False
    remedy = 'Close the quote; inside a quoted cell, write a quote as "".'
    reading.error("broken-quotes", line, message, remedy)


def _check_heading(heading: list[str], line: int, reading: _Reading) -> None:
    """Headings that occur twice."""
    counts = Counter(name for name in map(str.strip, heading) if name)
    for name, count in counts.items():
        if count > 1:
            name = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 3] + "..."
            message = f"The heading {name} occurs {count} times."
            reading.error("duplicate-heading", line, message, "Keep one of these columns.", name)


def _fit_row(line: int, cells: list[str], heading: list[str], reading: _Reading) -> list[str] | None:
    """The row with as many cells as the heading; None for a comment or a repeated heading."""
    first = cells[0]
    if first.startswith("#") and first.strip() not in SPREADSHEET_ERRORS:
        message = "This line begins with # and is skipped as a comment."
        remedy = "Remove it, or move it above the heading; an identifier cannot begin with #."
        reading.warning("comment-among-rows", line, message, remedy, heading[0][:_LONGEST_NAME])
        return None
    if first == heading[0] and cells == heading:
        message = "The heading stands here once more; the line is skipped."
        reading.warning("heading-repeated", line, message, "Remove it; look whether two files were joined.")
        return None
    width = len(heading)
    if len(cells) == width:
        return cells
    if len(cells) < width or "".join(cells[width:]).strip():
        message = f"The row has {len(cells)} cells, the heading {width}."
        marks = SEPARATORS[reading.separator]
        remedy = f"Add or remove {marks}; put a cell that holds {marks} in double quotes."
        reading.error("ragged-row", line, message, remedy)
        reading.ragged.add(len(reading.lines))
    return (cells + [""] * width)[:width]
