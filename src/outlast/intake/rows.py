"""A table of text as rows of values. In: `Table` and the name of a table of the case format.
Out: `ParsedTable` and findings. One reason to exist: headings and cells are checked together,
so that one broken column or cell hides nothing else. Equal texts of a column are read once.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outlast.errors import Finding, FindingLog, Place
from outlast.intake.columns import parse_cell, stand_in, within_range
from outlast.intake.numbers import is_canonical
from outlast.intake.problem import Problem, cut
from outlast.network.coded import CodedColumn, CodedRows, code_values, repeat_value
from outlast.network.declarations import Declaration, declarations, propose_nearest
from outlast.network.network import TABLES
from outlast.tables import Table

CODED = ("demand",)
"""Tables that may have millions of rows: kept as columns, a row is made when it is asked for."""

_LOSING: Mapping[str, tuple[str, ...]] = {
    "text": ("number", "true/false", "date", "other"),
    "choice": ("number", "true/false", "date", "other"),
}
"""What a column of a kind must not be stored as: 1E5, TRUE and 1-2 would be other names by now."""
# Possessive, so that one cell that is no number is found at once: with any other, the time to find it
# doubles with every number above it.
_NUMBERS = re.compile(r"(?:[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?\n)*+", re.ASCII)
_PORTION = 10_000
"""Texts that are read together."""
MOST_BROKEN = 20_000
"""Different texts of a column that are wrong, beyond which no more are read."""


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """Rows of one table. Broken cells hold stand-ins; with any, the case has errors."""

    rows: Sequence[Any] = ()
    lines: Sequence[int] = ()
    """Line of each row."""
    broken: Mapping[str, Container[int]] = field(default_factory=dict)
    """Columns with cells that could not be read, and the numbers of their rows."""
    whole: bool = True
    """False where rows or identifying columns are missing: absence proves nothing."""

    def is_broken(self, line: int, column: str) -> bool:
        """Whether the cell of a column in the row that starts on a line could not be read."""
        if column not in self.broken:
            return False
        row = bisect_left(self.lines, line)
        return row < len(self.lines) and self.lines[row] == line and row in self.broken[column]

    def is_sound(self, row: int) -> bool:
        """Whether all cells of a row could be read."""
        return not any(row in rows for rows in self.broken.values())


def parse_rows(table: Table, name: str) -> tuple[ParsedTable, tuple[Finding, ...]]:
    """Rows of table `name` (a key of `TABLES`) and everything wrong with their text.

    Unknown columns are a warning and are left out; missing required columns, cells that do not
    parse and values out of range are errors.
    """
    columns = declarations(TABLES[name])
    heading = [text.strip() for text in table.heading]
    if not set(heading) & set(columns):
        required = ", ".join(column for column, declaration in columns.items() if declaration.required)
        message = f"None of the headings is a column of {name}: is the heading row missing?"
        remedy = f"Begin the file with a row of column names: {required}."
        return ParsedTable(whole=False), (Finding("error", "no-heading", table.place(), message, remedy),)
    log = FindingLog()
    _check_headings(table, name, log)
    broken: dict[str, Container[int]] = {}
    values: dict[str, CodedColumn[Any]] = {}
    for column, declaration in columns.items():
        if column in heading:
            values[column], broken[column] = _parse_column(table, heading.index(column), declaration, log)
        elif declaration.required:
            values[column] = repeat_value(stand_in(declaration), len(table))
            broken[column] = range(len(table))
        else:
            values[column] = repeat_value(declaration.default, len(table))
    identified = all(c in heading for c, d in columns.items() if d.required and d.kind == "text")
    rows: Sequence[Any] = CodedRows(TABLES[name], values, len(table))
    rows = rows if name in CODED else tuple(rows)
    return ParsedTable(rows, table.lines, broken, table.complete and identified), log.list()


def list_absent(table: Table, name: str) -> tuple[str, ...]:
    """Optional columns of table `name` in which nothing stands, or that the file does not have."""
    heading = {
        text.strip()
        for text, column in zip(table.heading, table.columns, strict=True)
        if any(map(str.strip, column.values))
    }
    columns = declarations(TABLES[name])
    return tuple(c for c, declaration in columns.items() if not declaration.required and c not in heading)


def _check_headings(table: Table, name: str, log: FindingLog) -> None:
    """Headings that are unknown, empty or padded, and required columns that are missing."""
    columns = declarations(TABLES[name])
    known = set()
    for position, text in enumerate(table.heading):
        heading = cut(text.strip())
        place = table.place(column=heading)
        if heading in columns:
            known.add(heading)
            if heading != text:
                message = f"Blanks around the heading {heading} were cut."
                log.add(Finding("warning", "blanks-around", place, message, "Remove them."))
        elif heading:
            free = [column for column in columns if column not in map(str.strip, table.heading)]
            message = f"{name} has no column {heading}; it is left out."
            remedy = propose_nearest(heading, free) or "Remove it, or see the case format for the names."
            log.add(Finding("warning", "unknown-column", place, message, remedy))
        elif any(text.strip() for text in table.columns[position].values):
            message = f"Column {position + 1} has no heading, but its cells hold text."
            remedy = "Name the column or empty it."
            log.add(Finding("error", "empty-heading", table.place(), message, remedy))
    for column, declaration in columns.items():
        if declaration.required and column not in known:
            message = f"{name} lacks the required column {column}."
            remedy = f"Add it: {declaration.column.meaning}."
            log.add(Finding("error", "missing-column", table.place(column=column), message, remedy))


def _parse_column(
    table: Table, position: int, declaration: Declaration, log: FindingLog
) -> tuple[CodedColumn[Any], Container[int]]:
    """Values of a column, and the rows that are broken. Cells of a ragged row may stand in the wrong column,
    so nothing is said of them."""
    column = table.columns[position]
    if _refuse_stored(table, position, declaration, log):
        return repeat_value(stand_in(declaration), len(table)), range(len(table))
    values, problems = _parse_texts(column.values, declaration, table)
    bad = set(table.ragged)
    read = len(values)
    if read < len(column.values):
        values += [stand_in(declaration)] * (len(column.values) - read)
        unread = [row for row, code in enumerate(column.code_of_row) if code >= read]
        _tell_unread(table.place(unread[0], declaration.name), log)
        bad.update(unread)
    if problems:
        for row, code in enumerate(column.code_of_row):
            if code not in problems or row in table.ragged:
                continue
            place = table.place(row, declaration.name)
            for problem in problems[code]:
                log.add(Finding(problem.level, problem.code, place, problem.message, problem.remedy))
                if problem.level == "error":
                    bad.add(row)
    distinct = code_values(values)
    if len(distinct.values) == len(values):
        return CodedColumn(values, column.code_of_row), bad
    codes = array("i", map(distinct.code_of_row.__getitem__, column.code_of_row))
    return CodedColumn(distinct.values, codes), bad


def _parse_texts(
    texts: Sequence[str], declaration: Declaration, table: Table
) -> tuple[list[Any], dict[int, tuple[Problem, ...]]]:
    """Value of each text, and what is wrong with those that are not sound. Fewer values than texts: so many
    were wrong that the rest was not read."""
    values: list[Any] = []
    problems: dict[int, tuple[Problem, ...]] = {}
    plain = declaration.kind == "number" and is_canonical(table.form)
    broken = 0
    for start in range(0, len(texts), _PORTION):
        if broken > MOST_BROKEN:
            break
        portion = texts[start : start + _PORTION]
        if plain and _NUMBERS.fullmatch("\n".join([*portion, ""])):
            numbers = list(map(float, portion))
            if within_range(numbers, declaration):
                values += numbers
                continue
        for number, text in enumerate(portion, start=start):
            value, found = parse_cell(text, declaration, table.form)
            values.append(value)
            if found:
                problems[number] = found
                broken += any(problem.level == "error" for problem in found)
    return values, problems


def _tell_unread(place: Place, log: FindingLog) -> None:
    """Say from where on a column was not read any more."""
    message = f"More than {MOST_BROKEN:,} different cells of {place.column} are wrong; the rest is unread."
    remedy = "Mend the column as a whole, or declare how the file is written."
    log.add(Finding("error", "column-unread", place, message, remedy))


def _refuse_stored(table: Table, position: int, declaration: Declaration, log: FindingLog) -> bool:
    """Whether the type in which a column is stored has lost what was written; says so."""
    stored = table.stored[position] if table.stored else "text"
    losing = stored in _LOSING.get(declaration.kind, ("other",))
    if not losing and not (stored == "whole number" and declaration.kind == "text"):
        return False
    if stored != "other" and not any(table.columns[position].values):
        return False
    place = table.place(column=declaration.name)
    if not losing:
        message = (
            f"{declaration.name} is stored as whole numbers: leading zeros, if there were any, are lost."
        )
        log.add(Finding("warning", "lost-in-type", place, message, "Store it as strings."))
        return False
    kind = {"text": "text", "choice": "text"}.get(declaration.kind, f"a {declaration.kind}")
    words = {"number": "numbers", "true/false": "true and false", "date": "dates"}
    what = words.get(stored, "lists, records or bytes")
    message = f"{declaration.name} is {kind}, but it is stored as {what}: what was written may be lost."
    remedy = f"Store it as {'strings' if kind == 'text' else 'numbers, dates or strings'} from the start."
    log.add(Finding("error", "lost-in-type", place, message, remedy))
    return True
