"""What a case holds, cell by cell. In: `CaseFiles`. Out: `Content`.
One reason to exist: a case that is written again, in whatever form, keeps which cells are empty and what
stands in columns that are none of ours; objects of the network no longer know either.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from outlast.intake.columns import parse_cell, parse_setting
from outlast.intake.files import CaseFiles
from outlast.intake.toml_text import load_toml
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.coded import CodedColumn, code_values
from outlast.network.declarations import Declaration, declarations
from outlast.network.network import TABLES
from outlast.tables import Table


@dataclass(frozen=True)
class TableContent:
    """Cells of one table: text, numbers, days, true or false; None where a cell is empty."""

    columns: Mapping[str, CodedColumn[Any]]
    """By heading: those of the case format in its order, then those that are none of it, as text."""
    length: int

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Cells row by row."""
        return zip(*self.columns.values(), strict=True)

    @property
    def used(self) -> tuple[str, ...]:
        """Columns in which some cell is not empty."""
        return tuple(
            name for name, column in self.columns.items() if any(value is not None for value in column.values)
        )


@dataclass(frozen=True)
class Content:
    """A case, cell by cell."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings that are set, those of [plan] as `plan.budget`."""
    tables: Mapping[str, TableContent] = field(default_factory=dict)
    """Tables that are given, by name."""
    record: TableContent | None = None
    """What was done in fact, where the case records it."""


def read_content(files: CaseFiles, record: Table | None = None) -> Content:
    """Cells of a case that is sound: what cannot be read as its column declares is left as text.

    Args:
        files: of the case.
        record: its table of what was done in fact.
    """
    tables = {name: _read_table(table, declarations(TABLES[name])) for name, table in files.tables.items()}
    return Content(_read_settings(files), tables, _read_table(record, {}) if record else None)


def _read_settings(files: CaseFiles) -> dict[str, Any]:
    """Known settings that are set, in the order of the documentation."""
    values, _ = load_toml(files.settings or "", files.places["case"])
    top = dict(values or {})
    plan = top.pop("plan", {})
    sections = (("", top, declarations(CaseSettings)), ("plan.", plan, declarations(PlanSettings)))
    return {
        prefix + name: parse_setting(given[name], declaration)[0]
        for prefix, given, declared in sections
        for name, declaration in declared.items()
        if name in given
    }


def _read_table(table: Table, declared: Mapping[str, Declaration]) -> TableContent:
    position = {text.strip(): at for at, text in reversed(list(enumerate(table.heading))) if text.strip()}
    order = [column for column in declared if column in position]
    order += [column for column in position if column not in declared]
    columns: dict[str, CodedColumn[Any]] = {}
    for column in order:
        texts = table.columns[position[column]]
        if column not in declared:
            columns[column] = _recode(texts, [text or None for text in texts.values])
            continue
        values = []
        for text in texts.values:
            value, problems = parse_cell(text, declared[column], table.form)
            broken = any(problem.level == "error" for problem in problems)
            values.append(None if not text.strip() else text if broken else value)
        columns[column] = _recode(texts, values)
    return TableContent(columns, len(table))


def _recode(texts: CodedColumn[str], values: list[Any]) -> CodedColumn[Any]:
    """The column with a value in place of each text; equal values become one."""
    distinct = code_values([(type(value), value) for value in values])
    codes = array("i", map(distinct.code_of_row.__getitem__, texts.code_of_row))
    return CodedColumn([value for _, value in distinct.values], codes)
