"""Imported rows beside those that the case has. In: a case folder, converted rows. Out: `Change`,
and the new text of the table. One reason to exist: what an import would change is seen before it
happens, and nothing that people typed is overwritten unasked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from outlast.errors import CaseError, UsageError
from outlast.intake.mapping.conversion import Converted
from outlast.intake.replacement import replace_files
from outlast.network.declarations import KEYS, REPEATABLE, declarations
from outlast.network.network import TABLES
from outlast.tables import Table, parse_csv, read_bytes

Mode = Literal["refuse", "merge", "replace"]
FIRST_CHANGES = 10
"""Changes of each kind that are told one by one."""

Row = Mapping[str, str]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """What an import does to a table of the case."""

    added: tuple[str, ...]
    """Names of rows that are new."""
    changed: tuple[str, ...]
    """Rows whose figures change, in words."""
    same: int
    missing: tuple[str, ...]
    """Names of rows that the case has and the import has not."""
    text: str
    """The table as it would be written."""
    fresh: bool
    """The case had no rows of this table."""

    @property
    def harmless(self) -> bool:
        """Whether no row of the case changes or goes."""
        return self.fresh or not (self.added or self.changed or self.missing)


def refuse_other_forms(case: Path, table: str) -> None:
    """An import writes CSV files.

    Raises:
        UsageError: the case, or the table in it, is of another form.
    """
    if case.is_file() and case.suffix.lower() in (".xlsx", ".xlsm"):
        remedy = f"outlast convert {case} FOLDER, import into FOLDER, then outlast convert FOLDER {case}"
        raise UsageError(
            f"{case} is a workbook, and imports go into a folder: {remedy}, which shows what changes."
        )
    if (case / f"{table}.parquet").exists():
        remedy = f"outlast convert {case} FOLDER, and import into that"
        raise UsageError(f"{case} has {table} as Parquet, and imports write CSV: {remedy}.")


def read_existing(folder: Path, table: str) -> Table | None:
    """The table as the case has it, None where it has none.

    Raises:
        CaseError: the file is there, but cannot be read.
    """
    path = folder / f"{table}.csv"
    if not path.exists():
        return None
    data, findings = read_bytes(path)
    found: Table | None = None
    if data is not None:
        found, findings = parse_csv(data, path.name)
    if found is None or any(finding.level == "error" for finding in findings):
        raise CaseError(findings)
    return found


def compare(folder: Path, table: str, converted: Converted, mode: Mode) -> Change:
    """What an import would do to a case.

    With `replace` the imported rows take the place of all rows; otherwise rows of the same key take the
    imported figures, keep their other columns, and all other rows stay.
    """
    existing = read_existing(folder, table)
    old_columns = [name.strip() for name in existing.heading] if existing else []
    old = [dict(zip(old_columns, cells, strict=True)) for cells in existing.rows] if existing else []
    if not old and not old_columns:
        text = _comments(folder / f"{table}.csv", existing) + _write(converted.columns, converted.rows)
        return Change(tuple(_name(key) for key in _keys(table, converted)), (), 0, (), text, fresh=True)
    new = [dict(zip(converted.columns, row, strict=True)) for row in converted.rows]
    before, after = _group(table, old), _group(table, new)
    added = [name for name in after if name not in before]
    missing = [name for name in before if name not in after]
    changed, same = _find_changes(before, after)
    columns = _order_columns(table, [] if mode == "replace" else old_columns, converted.columns)
    rows = new if mode == "replace" else _merge(table, before, after)
    return Change(
        added=tuple(map(_name, added)),
        changed=tuple(changed),
        same=same,
        missing=tuple(map(_name, missing)),
        text=_comments(folder / f"{table}.csv", existing)
        + _write(columns, [[row.get(column, "") for column in columns] for row in rows]),
        fresh=not old,
    )


def describe(change: Change, table: str, mode: Mode) -> str:
    """What changes, in words."""
    if change.fresh:
        return f"{table}: {len(change.added):,} new"
    going = "go" if mode == "replace" else "stay"
    lines = [
        f"{table}: {len(change.added):,} new, {len(change.changed):,} changed, {change.same:,} as they were, "
        f"{len(change.missing):,} only in the case (they {going})"
    ]
    for sign, names in (("+", change.added), ("~", change.changed), ("-", change.missing)):
        if sign == "-" and mode != "replace":
            continue
        lines += [f"  {sign} {name}" for name in names[:FIRST_CHANGES]]
        if len(names) > FIRST_CHANGES:
            lines.append(f"  {sign} and {len(names) - FIRST_CHANGES:,} more")
    return "\n".join(lines)


def write_files(files: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write all files, or none.

    Raises:
        UsageError: a file cannot be written.
    """
    return replace_files({path: text.encode() for path, text in files.items()})


def read_known(folder: Path | None) -> tuple[Mapping[str, frozenset[str]], str]:
    """Identifiers that a case has by `table.column`, and its currency; what cannot be read is left out."""
    known: dict[str, frozenset[str]] = {}
    if folder is None or not folder.is_dir():
        return known, ""
    for table in ("items", "suppliers", "sources", "markets"):
        column = KEYS[table][0]
        try:
            found = read_existing(folder, table)
        except CaseError:
            continue
        names = [name.strip() for name in found.heading] if found else []
        if found and column in names:
            texts = {text.strip() for text in found.columns[names.index(column)]} - {""}
            known[f"{table}.{column}"] = frozenset(texts)
    return known, _read_currency(folder)


def read_start(folder: Path) -> date | None:
    """First day of a case; None where it does not say."""
    start = _read_settings(folder).get("start")
    return start if isinstance(start, date) and not isinstance(start, datetime) else None


def _read_currency(folder: Path) -> str:
    settings = _read_settings(folder)
    return str(settings.get("currency", "USD")) if settings else ""


def _read_settings(folder: Path) -> Mapping[str, Any]:
    """What case.toml says; nothing where it cannot be read."""
    import tomllib

    try:
        return tomllib.loads((folder / "case.toml").read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}


def _key_columns(table: str) -> tuple[str, ...]:
    return ("parent_id", "child_id") if table == "bom" else KEYS[table]


def _group(table: str, rows: Sequence[Row]) -> dict[Key, list[Row]]:
    """Rows by what they name; several lots, orders and times of validity have one name."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        key = tuple(row.get(column, "").strip() for column in _key_columns(table))
        groups.setdefault(key, []).append(row)
    return groups


def _find_changes(before: Mapping[Key, list[Row]], after: Mapping[Key, list[Row]]) -> tuple[list[str], int]:
    """Rows of both sides that differ, in words, and how many are the same."""
    changed, same = [], 0
    for key, rows in after.items():
        if key not in before:
            continue
        old = before[key]
        differences = [
            f"{column} {was or 'empty'} -> {now or 'empty'}"
            for earlier, later in zip(old, rows, strict=False)
            for column, now in later.items()
            if not _equal(was := earlier.get(column, ""), now)
        ]
        if len(old) != len(rows):
            differences.append(f"{len(old)} rows -> {len(rows)}")
        if differences:
            changed.append(f"{_name(key)}: {', '.join(differences)}")
        else:
            same += 1
    return changed, same


def _equal(one: str, other: str) -> bool:
    if one.strip() == other.strip():
        return True
    try:
        return float(one) == float(other) and "_" not in one + other
    except ValueError:
        return False


def _merge(table: str, before: Mapping[Key, list[Row]], after: Mapping[Key, list[Row]]) -> list[Row]:
    """Rows of the case with imported figures, and new rows behind them."""
    single = table not in REPEATABLE and table != "bom"
    rows: list[Row] = []
    for key, old in before.items():
        new = after.get(key)
        if new is None:
            rows += old
        elif single or len(old) == len(new):
            rows += [{**earlier, **later} for earlier, later in zip(old, new, strict=False)]
        else:
            rows += new
    return rows + [row for key, new in after.items() if key not in before for row in new]


def _order_columns(table: str, old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Columns of the case in their order, then imported ones in that of the case format."""
    added = [name for name in declarations(TABLES[table]) if name in new and name not in old]
    return [name for name in old if name] + added


def _comments(path: Path, existing: Table | None) -> str:
    """Lines above the heading of the file, as they stand."""
    if existing is None:
        return ""
    above = (existing.heading_line or 1) - 1
    data, _ = read_bytes(path)
    lines = (data or b"").decode("utf-8-sig").splitlines(keepends=True)[:above]
    return "".join(line for line in lines if line.lstrip('" ').startswith("#"))


def _write(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _keys(table: str, converted: Converted) -> dict[Key, None]:
    """What rows name, each once, in their order."""
    at = [converted.columns.index(name) for name in _key_columns(table) if name in converted.columns]
    return dict.fromkeys(tuple(row[position] for position in at) for row in converted.rows)


def _name(key: Key) -> str:
    return ", ".join(part for part in key if part)
