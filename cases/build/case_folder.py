"""Writing a case folder. In: rows as dictionaries and what is known about each cell.
Out: case.toml, a CSV file per table, and the evidence table.
One reason to exist: both ready cases are written, and their evidence gathered, the same way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outlast.network.declarations import KEYS, declarations
from outlast.network.network import TABLES

Cell = str | float | int
Row = dict[str, Cell]


@dataclass(frozen=True)
class Origin:
    """How well a figure is known, and from where."""

    status: str
    """sourced, derived or assumed."""
    citation: str
    available_from: str = ""
    """ISO day on which it became public, if after the start of the case."""


@dataclass
class CaseFolder:
    """Tables of a case and the origin of every figure, until they are written."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    origins: dict[tuple[str, str, str], Origin] = field(default_factory=dict)
    """By (table, row identifier, column)."""

    def add(self, table: str, row: Mapping[str, Cell | None], *known: tuple[str, Origin]) -> None:
        """Add a row; each of `known` is (column names separated by blanks, their origin)."""
        kept = {column: value for column, value in row.items() if value is not None and value != ""}
        self.tables.setdefault(table, []).append(kept)
        for columns, origin in known:
            for column in columns.split():
                if column in kept:
                    self.origins[(table, row_key(table, kept), column)] = origin

    def settings(self, columns: str, origin: Origin) -> None:
        """Origin of figures of case.toml (column names separated by blanks; [plan] as plan.budget)."""
        for column in columns.split():
            self.origins[("case", "*", column)] = origin

    def evidence(self) -> list[Row]:
        """One row a figure; where a whole column has one origin, one row with *."""
        columns: dict[tuple[str, str], dict[str, Origin]] = {}
        for (table, key, column), origin in self.origins.items():
            columns.setdefault((table, column), {})[key] = origin
        rows: list[Row] = []
        for (table, column), by_row in columns.items():
            whole = len(set(by_row.values())) == 1
            for key, origin in list(by_row.items())[: 1 if whole else None]:
                row: Row = {"table": table, "row": "*" if whole else key, "column": column}
                row |= {"status": origin.status, "citation": origin.citation}
                rows.append(row | {"available_from": origin.available_from})
        return rows

    def write(self, folder: Path, toml: str) -> None:
        """Write every file of the case into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / "case.toml", toml)
        for table, rows in {**self.tables, "evidence": self.evidence()}.items():
            write_rows(folder / f"{table}.csv", list(declarations(TABLES[table])), rows)


def row_key(table: str, row: Mapping[str, Cell]) -> str:
    """Identifier of a row as evidence names it: its key columns but dates and quantities, with /."""
    keys = [key for key in KEYS[table] if key not in ("from_date", "date", "from_quantity")] or KEYS[table]
    return "/".join(str(row[key]) for key in keys)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a source file as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> None:
    """Write rows; columns that are empty in every row are left out."""
    kept = list(rows)
    used = [column for column in columns if any(row.get(column, "") != "" for row in kept)]
    unknown = {column for row in kept for column in row} - set(columns)
    if unknown:
        raise ValueError(f"{path.name} has no column {', '.join(sorted(unknown))}")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(used)
    writer.writerows([show(row.get(column, "")) for column in used] for row in kept)
    write_text(path, text.getvalue())


def write_text(path: Path, text: str) -> None:
    """UTF-8 with line feeds, the same bytes on every system."""
    path.write_bytes(text.encode("utf-8"))


def show(value: Cell) -> str:
    """A cell as text: at most 10 significant digits, no trailing zeros."""
    if isinstance(value, str):
        return value
    return f"{value:.10g}" if abs(value) < 1e9 and float(value) != int(value) else f"{value:.0f}"
