"""A case in the making. In: rows as dictionaries, and how well each figure is known. Out: the text of
every file. One reason to exist: no figure of an imported case is without its evidence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from outlast.network.declarations import KEYS, declarations
from outlast.network.network import TABLES

Cell = str | float | int
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Origin:
    """How well a figure is known, and from where."""

    status: Literal["sourced", "derived", "assumed"]
    citation: str


@dataclass
class CaseRows:
    """Rows of a case and the origin of every figure."""

    tables: dict[str, list[dict[str, Cell]]] = field(default_factory=dict)
    origins: dict[tuple[str, str], dict[str, Origin]] = field(default_factory=dict)
    """By (table, column), then by row."""

    def add(
        self, table: str, row: Mapping[str, Cell | None], known: Mapping[str, Origin] | None = None
    ) -> None:
        """Add a row. Cells that are None or "" stay empty.

        Args:
            table: name of the table.
            row: cells by column.
            known: origin of figures, by names of columns separated by blanks.
        """
        kept = {column: value for column, value in row.items() if value is not None and value != ""}
        self.tables.setdefault(table, []).append(kept)
        for columns, origin in (known or {}).items():
            for column in columns.split():
                if column in kept:
                    self.origins.setdefault((table, column), {})[row_key(table, kept)] = origin

    def head(self, table: str) -> None:
        """Make sure that a table is there, if only with its heading."""
        self.tables.setdefault(table, [])

    def settings(self, columns: Iterable[str], origin: Origin) -> None:
        """Origin of settings: keys of case.toml, those of a section as plan.budget."""
        for column in columns:
            self.origins.setdefault(("case", column), {})["*"] = origin

    def evidence(self) -> list[dict[str, Cell]]:
        """One row a figure; one for a whole column where all of it has one origin."""
        rows: list[dict[str, Cell]] = []
        for (table, column), by_row in self.origins.items():
            whole = len(set(by_row.values())) == 1
            for key, origin in list(by_row.items())[: 1 if whole else None]:
                row: dict[str, Cell] = {"table": table, "row": "*" if whole else key, "column": column}
                rows.append(row | {"status": origin.status, "citation": origin.citation})
        return rows

    def texts(self) -> dict[str, str]:
        """Text of the file of each table, evidence included."""
        tables = {**self.tables, "evidence": self.evidence()}
        return {f"{table}.csv": _tabulate(table, rows) for table, rows in tables.items()}


def row_key(table: str, row: Row) -> str:
    """Identifier of a row as evidence names it: its key columns but dates, joined by /."""
    keys = [key for key in KEYS[table] if key not in ("from_date", "date", "from_quantity")] or KEYS[table]
    return "/".join(str(row.get(key, "")) for key in keys)


def _tabulate(table: str, rows: Sequence[Row]) -> str:
    """Rows as CSV text; columns that are empty in every row are left out, unless they are required."""
    declared = declarations(TABLES[table])
    unknown = {column for row in rows for column in row} - set(declared)
    if unknown:
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    used = [name for name in declared if declared[name].required or any(name in row for row in rows)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(used)
    writer.writerows([show_cell(row.get(column, "")) for column in used] for row in rows)
    return text.getvalue()


def show_cell(value: Cell) -> str:
    """A cell as text: at most 10 significant digits, no trailing zeros."""
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if float(value) == int(value) else f"{value:.10g}"
