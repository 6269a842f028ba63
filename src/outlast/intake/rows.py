"""A table of text as frozen rows. In: `Table` and the name of a table of the case format.
Out: `ParsedTable` and findings. One reason to exist: headings and cells are checked together,
so that one broken column or cell hides nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.errors import Finding
from outlast.intake.columns import Problem, parse_cell, stand_in
from outlast.network.declarations import Declaration, declarations, propose_nearest
from outlast.network.network import TABLES
from outlast.tables import Table


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """Rows of one table. Broken cells hold stand-ins; with any, the case has errors."""

    rows: tuple[Any, ...] = ()
    lines: Sequence[int] | NDArray[np.int64] = ()
    """Line of each row."""
    broken: frozenset[tuple[int, str]] = frozenset()
    """(row, column) of cells that could not be read."""
    whole: bool = True
    """False where rows or identifying columns are missing: absence proves nothing."""


def parse_rows(table: Table, name: str) -> tuple[ParsedTable, tuple[Finding, ...]]:
    """Frozen rows of table `name` (a key of `TABLES`) and everything wrong with their text.

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
    findings = _check_headings(table, name)
    broken: set[tuple[int, str]] = set()
    values: dict[str, list[Any]] = {}
    for column, declaration in columns.items():
        if column in heading:
            values[column], bad_rows, bad = _parse_column(table, heading.index(column), declaration)
            findings += bad
        elif declaration.required:
            values[column], bad_rows = [stand_in(declaration)] * len(table), list(range(len(table)))
        else:
            values[column], bad_rows = [declaration.default] * len(table), []
        broken.update((row, column) for row in bad_rows)
    identified = all(c in heading for c, d in columns.items() if d.required and d.kind == "text")
    row_type = TABLES[name]
    rows = tuple(
        row_type(**dict(zip(values, cells, strict=True))) for cells in zip(*values.values(), strict=True)
    )
    return ParsedTable(rows, table.lines, frozenset(broken), table.complete and identified), tuple(findings)


def list_absent(table: Table, name: str) -> tuple[str, ...]:
    """Optional columns of table `name` that the file does not have."""
    heading = {text.strip() for text in table.heading}
    columns = declarations(TABLES[name])
    return tuple(c for c, declaration in columns.items() if not declaration.required and c not in heading)


def _check_headings(table: Table, name: str) -> list[Finding]:
    """Headings that are unknown, empty or padded, and required columns that are missing."""
    columns = declarations(TABLES[name])
    findings: list[Finding] = []
    known = set()
    for position, text in enumerate(table.heading):
        heading = text.strip()
        place = table.place(column=heading)
        if heading in columns:
            known.add(heading)
            if heading != text:
                message = f"Blanks around the heading {heading} were cut."
                findings.append(Finding("warning", "blanks-around", place, message, "Remove them."))
        elif heading:
            free = [column for column in columns if column not in map(str.strip, table.heading)]
            message = f"{name} has no column {heading}; it is left out."
            remedy = propose_nearest(heading, free) or "Remove it, or see the case format for the names."
            findings.append(Finding("warning", "unknown-column", place, message, remedy))
        elif any(text.strip() for text in table.columns[position].texts):
            message = f"Column {position + 1} has no heading, but its cells hold text."
            remedy = "Name the column or empty it."
            findings.append(Finding("error", "empty-heading", table.place(), message, remedy))
    for column, declaration in columns.items():
        if declaration.required and column not in known:
            message = f"{name} lacks the required column {column}."
            remedy = f"Add it: {declaration.column.meaning}."
            place = table.place(column=column)
            findings.append(Finding("error", "missing-column", place, message, remedy))
    return findings


def _parse_column(
    table: Table, position: int, declaration: Declaration
) -> tuple[list[Any], list[int], list[Finding]]:
    """Values of a column, rows whose cell is broken, and findings. Equal texts are parsed once; cells of a
    ragged row may stand in the wrong column, so nothing is said of them."""
    parsed: dict[str, tuple[Any, tuple[Problem, ...]]] = {}
    values: list[Any] = []
    bad_rows: list[int] = []
    findings: list[Finding] = []
    for row, text in enumerate(table.columns[position]):
        result = parsed.get(text)
        if result is None:
            result = parsed[text] = parse_cell(text, declaration)
        value, problems = result
        values.append(value)
        if row in table.ragged:
            bad_rows.append(row)
        elif problems:
            place = table.place(row, declaration.name)
            findings += [Finding(p.level, p.code, place, p.message, p.remedy) for p in problems]
            if any(p.level == "error" for p in problems):
                bad_rows.append(row)
    return values, bad_rows, findings
