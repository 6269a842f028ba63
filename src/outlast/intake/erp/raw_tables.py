"""AdventureWorks' tables as typed rows. In: a folder of CSV files, plain or compressed by xz.
Out: `RawTables`, or every finding at once. One reason to exist: what follows sees sound rows with
the line on which each stands, and never text.
"""

from __future__ import annotations

import hashlib
import lzma
import math
import re
import typing
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from outlast.errors import CaseError, Finding, FindingLog, Place
from outlast.intake.erp.raw_rows import KEYS, REFERENCES, ROW_TYPES, Heading
from outlast.intake.problem import show
from outlast.tables import Table, parse_csv, read_bytes

LARGEST_RAW = 256 * 2**20
"""Tables above this are refused, compressed or not [bytes]."""
_KEY = re.compile(r"(0|[1-9][0-9]{0,17})(\.0+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class RawTables:
    """Sound rows of every table, in the order of the file."""

    rows: Mapping[str, Sequence[Any]]
    lines: Mapping[str, Sequence[int]]
    """Line on which each row stands."""
    mended: Mapping[str, int]
    """Cells of each `table.heading` in which a whole number was written with a decimal point."""
    hashes: Mapping[str, str]
    """SHA-256 of each table, unpacked."""
    warnings: Sequence[Finding]
    """What is odd about the files, and no error."""


def read_raw(folder: Path) -> RawTables:
    """Every table of a folder.

    Raises:
        CaseError: a table is missing, is something else, or holds what it must not; lists everything.
    """
    log = FindingLog()
    if (refusal := _refuse(folder)) is not None:
        raise CaseError([refusal])
    rows: dict[str, Sequence[Any]] = {}
    lines: dict[str, Sequence[int]] = {}
    mended: Counter[str] = Counter()
    hashes: dict[str, str] = {}
    for name in ROW_TYPES:
        table = _read_table(folder, name, hashes, log)
        if table is not None and (found := _type_rows(name, table, mended, log)) is not None:
            rows[name], lines[name] = found, [int(line) for line in table.lines]
    for finding in _check_rows(rows, lines):
        log.add(finding)
    findings = log.list()
    if any(finding.level == "error" for finding in findings):
        raise CaseError(findings)
    return RawTables(rows, lines, mended, hashes, findings)


def _refuse(folder: Path) -> Finding | None:
    """Why a path holds no table at all."""
    place = Place(str(folder))
    try:
        names = sorted(path.name for path in folder.iterdir())
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
        message = f"This is no folder that can be read: {what}."
        remedy = "Name the folder that holds Product.csv, BillOfMaterials.csv and the others."
        return Finding("error", "no-such-folder", place, message, remedy)
    if not any(f"{table}.csv" in names or f"{table}.csv.xz" in names for table in ROW_TYPES):
        seen = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        message = "The folder holds no table of AdventureWorks" + (f"; it holds {seen}." if names else ".")
        remedy = "Name the folder that holds Product.csv, BillOfMaterials.csv and the others."
        return Finding("error", "no-such-tables", place, message, remedy)
    return None


def _read_table(folder: Path, name: str, hashes: dict[str, str], log: FindingLog) -> Table | None:
    """Text of one table; None, with findings, where it is missing or something else."""
    given = [path for suffix in (".csv", ".csv.xz") if (path := folder / f"{name}{suffix}").exists()]
    if len(given) != 1:
        message = f"{name}.csv and {name}.csv.xz are both there." if given else f"{name}.csv is missing."
        remedy = "Keep one of them." if given else f"Export the table {name} too, with its headings."
        log.add(
            Finding(
                "error", "table-twice" if given else "missing-file", Place(f"{name}.csv"), message, remedy
            )
        )
        return None
    data, findings = read_bytes(given[0], LARGEST_RAW)
    if data is not None and given[0].suffix == ".xz":
        data, findings = _unpack(data, given[0].name)
    if data is None:
        log.adopt(findings)
        return None
    hashes[name] = hashlib.sha256(data).hexdigest()
    table, findings = parse_csv(data, given[0].name.removesuffix(".xz"))
    for finding in findings:
        log.add(finding)
    return table


def _unpack(data: bytes, file: str) -> tuple[bytes | None, tuple[Finding, ...]]:
    """Contents of an xz file, or why there are none."""
    try:
        unpacker = lzma.LZMADecompressor(memlimit=LARGEST_RAW)
        found = unpacker.decompress(data, max_length=LARGEST_RAW + 1)
        problem = "" if unpacker.eof and len(found) <= LARGEST_RAW else "it is cut off, or too large"
    except (lzma.LZMAError, EOFError, MemoryError) as error:
        found, problem = b"", str(error) or "it cannot be unpacked"
    if not problem:
        return found, ()
    remedy = "Compress the table again with xz, or give it as plain CSV."
    message = f"This is no sound xz file: {problem.rstrip('.')}."
    return None, (Finding("error", "broken-archive", Place(file), message, remedy),)


def _type_rows(name: str, table: Table, mended: Counter[str], log: FindingLog) -> Sequence[Any] | None:
    """Rows of one table; None, with findings, where a column is missing or a cell is wrong."""
    row_type = ROW_TYPES[name]
    headings = dict(headings_of(row_type))
    position = {heading.strip(): number for number, heading in enumerate(table.heading)}
    missing = [heading.name for heading in headings.values() if heading.name not in position]
    if missing:
        message = f"{name} has no column {', '.join(missing)}{_resemble(name, table.heading)}."
        remedy = f"Export {name} with its headings as they are named in the database."
        log.add(Finding("error", "missing-column", table.place(), message, remedy))
        return None
    if len(table) == 0:
        message = f"{name} has a heading, but no rows."
        log.add(Finding("error", "empty-table", table.place(), message, "Export its rows too."))
        return None
    columns, sound = [], True
    for heading in headings.values():
        cells = table.columns[position[heading.name]]
        values = [_read_cell(text, heading) for text in cells.values]
        for code, (text, value) in enumerate(zip(cells.values, values, strict=True)):
            if isinstance(value, Exception):
                sound = False
                for row in (cells.codes == code).nonzero()[0].tolist():
                    log.add(_blame(table, row, heading, text, value))
        dotted = [
            heading.kind == "key" and text.strip().endswith("0") and "." in text for text in cells.values
        ]
        if any(dotted):
            mended[f"{name}.{heading.name}"] = sum(dotted[code] for code in cells.codes.tolist())
        columns.append([values[code] for code in cells.codes.tolist()])
    return [row_type(*cells) for cells in zip(*columns, strict=True)] if sound else None


def headings_of(row_type: type) -> Iterator[tuple[str, Heading]]:
    """Fields of a row type and where they come from, in order."""
    hints = typing.get_type_hints(row_type, include_extras=True)
    for field in fields(row_type):
        yield (
            field.name,
            next(extra for extra in hints[field.name].__metadata__ if isinstance(extra, Heading)),
        )


def _resemble(name: str, heading: Sequence[str]) -> str:
    """Which other table a heading looks like, in words."""
    given = {text.strip() for text in heading}
    alike = {
        other: len(given & wanted) / len(wanted)
        for other, row_type in ROW_TYPES.items()
        if (wanted := {place.name for _, place in headings_of(row_type)})
    }
    best = max(alike, key=lambda other: alike[other])
    if best != name and alike[best] == 1:
        return f"; it looks like the table {best}"
    seen = ", ".join(text.strip()[:30] for text in heading[:6])
    return f"; its columns are {seen}" + (" ..." if len(heading) > 6 else "")


def _read_cell(text: str, heading: Heading) -> Any:
    """The value of a cell; what is wrong with it is returned, as a ValueError."""
    text = text.strip()
    if not text:
        if heading.blank:
            return "" if heading.kind == "key" else None
        return ValueError("is empty")
    if heading.kind == "text":
        if text[0] in "=+-@":
            return ValueError("begins like a formula, which a spreadsheet would run")
        return text if text.isprintable() else ValueError("holds control characters")
    if heading.kind == "key":
        match = _KEY.fullmatch(text)
        return match[1] if match else ValueError("is no whole number")
    if heading.kind == "day":
        try:
            return date.fromisoformat(text) if _DAY.fullmatch(text) else ValueError("is no day as 2014-06-30")
        except ValueError:
            return ValueError("is no day of the calendar")
    return _read_number(text, heading)


def _read_number(text: str, heading: Heading) -> float | ValueError:
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return ValueError("is no number")
    if not math.isfinite(value):
        return ValueError("is no number")
    if not heading.low <= value <= heading.high:
        return ValueError(f"is not between {heading.low:g} and {heading.high:g}")
    return value


def _blame(table: Table, row: int, heading: Heading, text: str, problem: Exception) -> Finding:
    message = f"{show(text)} {problem}." if text.strip() else "The cell is empty."
    return Finding(
        "error",
        "bad-cell",
        table.place(row, heading.name),
        message,
        "Correct it in the source and export again.",
    )


def _check_rows(rows: Mapping[str, Sequence[Any]], lines: Mapping[str, Sequence[int]]) -> Iterator[Finding]:
    """Rows that occur twice, and rows that name what is not there."""
    for name, key in KEYS.items():
        seen: dict[tuple[Any, ...], int] = {}
        for number, row in enumerate(rows.get(name, ())):
            values = tuple(getattr(row, field) for field in key)
            if values in seen:
                message = f"The row says the same {', '.join(_headings(name, key))} as line {seen[values]}."
                place = Place(f"{name}.csv", lines[name][number], _headings(name, key)[0])
                yield Finding("error", "duplicate-key", place, message, "Keep one of the two rows.")
            seen.setdefault(values, lines[name][number])
    for name, field, other, key_field in REFERENCES:
        if name not in rows or other not in rows:
            continue
        known = {getattr(row, key_field) for row in rows[other]} | {""}
        heading = _headings(name, (field,))[0]
        for number, row in enumerate(rows[name]):
            if (value := getattr(row, field)) not in known:
                message = f"{show(value)} is not in {other}.csv."
                place = Place(f"{name}.csv", lines[name][number], heading)
                yield Finding("error", "unknown-reference", place, message, f"Export {other} again, whole.")


def _headings(name: str, row_fields: Sequence[str]) -> list[str]:
    """Headings of fields of a table."""
    by_field = dict(headings_of(ROW_TYPES[name]))
    return [by_field[field].name for field in row_fields]
