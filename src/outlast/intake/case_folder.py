"""A case as a folder. In: `Content`, and the folder that is there already. Out: the bytes of its files.
One reason to exist: of a folder that people keep, only what changes is written, in the form in which they
write it; comments, the order of columns and columns of their own stay.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outlast.errors import Place, UsageError
from outlast.intake.case_settings import parse_settings
from outlast.intake.content import Content, TableContent
from outlast.intake.csv_text import encode_text, split_head, write_rows, write_value
from outlast.intake.file_forms import read_forms
from outlast.intake.files import CASE_FILE, RECORD_FILE, REQUIRED, CaseFiles
from outlast.intake.rows import parse_rows
from outlast.intake.template import compose_settings_text
from outlast.intake.toml_text import find_lines
from outlast.network.compare import SETTINGS, TableChange, match_rows
from outlast.network.declarations import declarations
from outlast.network.network import TABLES, Network
from outlast.tables import Table, parse_csv, parse_parquet, parse_text, read_bytes
from outlast.tables.form import PLAIN_FORM, FileForm, find_codec

FileBytes = Mapping[str, bytes | None]
"""Contents by file name; None: the file goes."""


@dataclass(frozen=True)
class Existing:
    """A case folder that is to be changed."""

    path: Path
    files: CaseFiles
    network: Network


def compose_folder(content: Content, network: Network, *, parquet: bool = False) -> FileBytes:
    """Files of a new folder: plain CSV, or Parquet.

    Columns and tables in which nothing stands are left out where they are optional; open_orders stays, for
    an empty one says that nothing is on order.

    Args:
        content: the case cell by cell.
        network: the same case, against which the files are checked.
        parquet: write tables as Parquet.

    Raises:
        UsageError: the files would not be read back as they are meant.
    """
    literals = {key: write_literal(value) for key, value in content.settings.items()}
    files: dict[str, bytes | None] = {CASE_FILE: compose_settings_text(literals).encode()}
    for name, table in content.tables.items():
        if table.length or name in (*REQUIRED, "open_orders"):
            file = f"{name}.parquet" if parquet else f"{name}.csv"
            files[file] = _write_new(table, name, file, PLAIN_FORM)
    if content.record is not None:
        heading = list(content.record.columns)
        files[RECORD_FILE] = write_rows([heading, *_texts(content.record, heading, PLAIN_FORM)]).encode()
    _check(files, network, dict.fromkeys(TABLES, PLAIN_FORM))
    return files


def revise_folder(
    existing: Existing, content: Content, network: Network, changes: Sequence[TableChange]
) -> FileBytes:
    """Files of a folder that have to change so that it holds another case; all others stay as they are.

    Args:
        existing: the folder.
        content: the case that it is to hold, cell by cell.
        network: the same case.
        changes: what is different.

    Raises:
        UsageError: a file would not be read back as it is meant.
    """
    forms, _ = read_forms(existing.files.settings or "", existing.files.places["case"])
    files: dict[str, bytes | None] = {}
    for change in changes:
        if change.table == SETTINGS:
            files[CASE_FILE] = _revise_settings(existing, content, change)
            continue
        place = existing.files.places[change.table]
        old = existing.files.tables.get(change.table)
        new = content.tables.get(change.table, TableContent({}, 0))
        if change.given == "disappeared":
            files[place.file] = None
        elif old is None or place.file.endswith(".parquet"):
            files[place.file] = _write_new(new, change.table, place.file, forms[change.table])
        else:
            files[place.file] = _revise_table(existing, old, new, change.table, network)
    _check(files, network, forms)
    return files


def write_literal(value: Any) -> str:
    """A value as TOML."""
    if not isinstance(value, str):
        return write_value(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(table: TableContent, columns: Sequence[str], form: FileForm) -> list[list[str]]:
    """Cells of some columns, row by row."""
    filled = []
    for column in columns:
        cells = table.columns.get(column)
        if cells is None:
            filled.append([""] * table.length)
        else:
            texts = [write_value(value, form) for value in cells.values]
            filled.append([texts[code] for code in cells.code_of_row])
    return [list(row) for row in zip(*filled, strict=True)]


def _write_new(table: TableContent, name: str, file: str, form: FileForm) -> bytes:
    """A table in a file of its own, with the columns that are used or required."""
    declared, used = declarations(TABLES[name]), table.used
    columns = [column for column in declared if column in used or declared[column].required]
    columns += [column for column in used if column not in declared]
    if file.endswith(".parquet"):
        return _write_parquet(table, name, columns)
    text = write_rows([columns, *_texts(table, columns, form)], form.separator or ",")
    return encode_text(text, file, form)


def _write_parquet(table: TableContent, name: str, columns: Sequence[str]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    kinds = {
        "number": pyarrow.float64(),
        "whole number": pyarrow.int64(),
        "true/false": pyarrow.bool_(),
        "date": pyarrow.date32(),
    }
    declared = declarations(TABLES[name])
    arrays = {}
    for column in columns:
        kind = kinds.get(declared[column].kind if column in declared else "text", pyarrow.string())
        cells = table.columns.get(column)
        arrays[column] = pyarrow.array([None] * table.length if cells is None else list(cells), kind)
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays), file, compression="zstd")
    return file.getvalue()


def _revise_table(existing: Existing, old: Table, new: TableContent, name: str, network: Network) -> bytes:
    """A CSV file with changed rows: cells that mean the same as before keep their text."""
    data, _ = read_bytes(existing.path / old.file)
    codec = find_codec(old.form.encoding) or "utf-8-sig"
    text = (data or b"").decode(codec)
    heading = [column.strip() for column in old.heading]
    columns = heading + [column for column in new.used if column not in heading]
    pairs, _, _ = match_rows(existing.network, network, name)
    row_before = {second: first for first, second in pairs}
    declared = declarations(TABLES[name])
    same = {
        column: (existing.network.column(name, column), network.column(name, column))
        for column in columns
        if column in declared and column in heading and len(old) and new.length
    }
    written = _texts(new, columns, old.form)
    old_rows = old.rows
    for row, cells in enumerate(written):
        first = row_before.get(row)
        if first is None:
            continue
        for at, column in enumerate(columns[: len(heading)]):
            before_after = same.get(column)
            kept = (
                column not in new.columns
                if before_after is None
                else (before_after[0][first] == before_after[1][row])
            )
            if kept:
                cells[at] = old_rows[first][at]
    newline = "\r\n" if "\r\n" in text else "\n"
    body = write_rows(
        [[*old.heading, *columns[len(heading) :]], *written], old.form.separator or ",", newline
    )
    whole = split_head(text, old.heading_line or 1) + body
    return encode_text(whole, old.file, old.form, mark=(data or b"").startswith(b"\xef\xbb\xbf"))


def _revise_settings(existing: Existing, content: Content, change: TableChange) -> bytes:
    """case.toml with other values; every other line stays as it is."""
    text = existing.files.settings or ""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = re.split(r"\r\n|\n", text)
    places = find_lines(text)
    added: dict[str, list[str]] = {"": [], "plan": []}
    for cell in change.changed[0].cells:
        section, _, key = cell.column.rpartition(".")
        value = content.settings.get(cell.column)
        line = None if value is None else f"{key} = {write_literal(value)}"
        if cell.column in places:
            lines[places[cell.column] - 1] = line or "\0"
        elif line:
            added[section].append(line)
    sections = [n for n, line in enumerate(lines) if re.match(r"\s*\[", line)]
    if added["plan"] and "plan" in places:
        lines[places["plan"] : places["plan"]] = added["plan"]
    elif added["plan"]:
        lines += ["[plan]", *added["plan"], ""]
    if added[""]:
        at = sections[0] if sections else len(lines)
        lines[at:at] = [*added[""], ""]
    return newline.join(line for line in lines if line != "\0").encode()


def _check(files: FileBytes, network: Network, forms: Mapping[str, FileForm]) -> None:
    """Files say what is meant.

    Raises:
        UsageError: one does not.
    """
    for file, data in files.items():
        name = file.partition(".")[0]
        if data is None or file == RECORD_FILE:
            continue
        if file == CASE_FILE:
            text, _ = parse_text(data, file)
            sound = text is not None and parse_settings(text, Place(file))[0].settings == network.settings
        else:
            parquet = file.endswith(".parquet")
            table = (parse_parquet(data, file) if parquet else parse_csv(data, file, forms[name]))[0]
            sound = table is not None and parse_rows(table, name)[0].rows == network.table(name)
        if not sound:
            raise UsageError(
                f"{file} is written in a form in which the changes would not be read back as they are meant: "
                "make them yourself, or convert into a new folder."
            )
