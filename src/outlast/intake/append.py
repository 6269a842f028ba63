"""Rows added to a table of a case. In: a case, rows. Out: the new bytes of its file.
One reason to exist: what people typed stays as they typed it, in the form of their file, and what was
written is read again before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from outlast.errors import Place, UsageError
from outlast.intake.csv_text import write_rows, write_value
from outlast.intake.file_forms import read_forms
from outlast.intake.files import CASE_FILE, read_tables
from outlast.intake.parquet_rows import append_to_parquet
from outlast.intake.rows import parse_rows
from outlast.intake.workbook_revision import append_to_workbook
from outlast.tables import Table, parse_csv, read_bytes
from outlast.tables.form import FileForm, find_codec

Row = Mapping[str, Any]
BOM = b"\xef\xbb\xbf"


def append_rows(case: Path, table: str, rows: Sequence[Row]) -> tuple[Path, bytes]:
    """The file of a table with rows behind those that it has; nothing is written yet.

    Args:
        case: a folder or workbook.
        table: a key of `TABLES`.
        rows: values by column; numbers, dates and true or false are written as the file writes them.

    Raises:
        UsageError: the rows would not be read back from the file as they are meant.
    """
    if not case.is_dir():
        return case, append_to_workbook(case, table, rows)
    path = case / f"{table}.csv"
    if (stored := case / f"{table}.parquet").is_file():
        return stored, append_to_parquet(stored, table, rows)
    form = _form(case, table)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    if path.exists():
        data, found = _read(path, form)
        content = _add(data, found, columns, rows)
    else:
        found = None
        content = _write(columns, [_cells(row, columns, form) for row in rows], form.separator or ",", "\n")
    _read_back(content, path.name, form, table, rows, len(found) if found else 0)
    return path, content


def _form(case: Path, table: str) -> FileForm:
    forms, _ = read_forms(read_tables(case).settings or "", Place(CASE_FILE))
    return forms[table]


def _read(path: Path, form: FileForm) -> tuple[bytes, Table]:
    data, _ = read_bytes(path)
    table = parse_csv(data, path.name, form)[0] if data is not None else None
    if data is None or table is None:
        raise UsageError(f"{path} cannot be read; outlast check says why")
    return data, table


def _add(data: bytes, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """The bytes of a file and rows behind; columns that it lacks are added to every row."""
    codec = find_codec(table.form.encoding) or "utf-8-sig"
    text = data.decode(codec)
    newline = "\r\n" if "\r\n" in text else "\n"
    heading = [name.strip() for name in table.heading]
    missing = [column for column in columns if column not in heading]
    wide = [*heading, *missing]
    separator = table.form.separator or _separator(text, table)
    new = [_cells(row, wide, table.form) for row in rows]
    if not missing:
        behind = _write([], new, separator, newline)
        joint = "" if text.endswith(("\n", "\r")) or not text else newline
        whole = text + joint + behind.decode()
    else:
        above = text.splitlines(keepends=True)[: (table.heading_line or 1) - 1]
        old = [[*cells, *("" for _ in missing)] for cells in table.rows]
        whole = "".join(above) + _write(wide, [*old, *new], separator, newline).decode()
    mark = BOM if data.startswith(BOM) else b""
    return mark + whole.encode("utf-8" if codec == "utf-8-sig" else codec)


def _separator(text: str, table: Table) -> str:
    """What stands between the cells of the heading."""
    line = text.splitlines()[(table.heading_line or 1) - 1]
    return max((",", ";", "\t", "|"), key=line.count) if len(table.heading) > 1 else ","


def _write(heading: Sequence[str], rows: Sequence[Sequence[str]], separator: str, newline: str) -> bytes:
    return write_rows([heading, *rows] if heading else rows, separator, newline).encode()


def _cells(row: Row, columns: Sequence[str], form: FileForm) -> list[str]:
    return [write_value(row.get(column), form) for column in columns]


def _read_back(
    content: bytes, file: str, form: FileForm, table: str, rows: Sequence[Row], before: int
) -> None:
    """What is about to be written says what was meant.

    Raises:
        UsageError: it does not.
    """
    found = parse_csv(content, file, form)[0]
    parsed = parse_rows(found, table)[0].rows if found is not None else ()
    mine = parsed[before:]
    same = len(parsed) == before + len(rows) and all(
        getattr(read, column) == value
        for read, row in zip(mine, rows, strict=True)
        for column, value in row.items()
        if value is not None
    )
    if not same:
        raise UsageError(
            f"{file} is written in a form in which the new rows would not be read back as they are meant: "
            "add them yourself"
        )
