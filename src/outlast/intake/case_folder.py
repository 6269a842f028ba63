"""A case as a folder. In: `Content`, and the folder that is there already. Out: the bytes of its files.
One reason to exist: of a folder that people keep, only what changes is written, in the form in which they
write it; comments, the order of columns and columns of their own stay.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import parquet

from outlast.errors import Place, UsageError
from outlast.intake.case_settings import parse_settings
from outlast.intake.content import Content, TableContent
from outlast.intake.csv_text import encode_text, write_rows, write_value
from outlast.intake.file_forms import read_forms
from outlast.intake.files import CASE_FILE, RECORD_FILE, REQUIRED, CaseFiles
from outlast.intake.parquet_rows import compose_parquet
from outlast.intake.rows import parse_rows
from outlast.intake.template import compose_settings_text
from outlast.intake.toml_text import find_lines
from outlast.network.compare import SETTINGS, TableChange, match_rows
from outlast.network.declarations import declarations
from outlast.network.network import TABLES, Network
from outlast.tables import Table, parse_csv, parse_parquet, parse_text, read_bytes
from outlast.tables.form import PLAIN_FORM, FileForm, find_codec

_BREAK = re.compile(r"\r\n|\r|\n")

FileBytes = Mapping[str, bytes | None]
"""Contents by file name; None: the file goes."""


@dataclass(frozen=True)
class Existing:
    """A case folder that is to be changed."""

    path: Path
    files: CaseFiles
    network: Network


def compose_folder(content: Content, network: Network, *, as_parquet: bool = False) -> FileBytes:
    """Files of a new folder: plain CSV, or Parquet.

    Columns and tables in which nothing stands are left out where they are optional; open_orders stays, for
    an empty one says that nothing is on order.

    Args:
        content: the case cell by cell.
        network: the same case, against which the files are checked.
        as_parquet: write tables as Parquet.

    Raises:
        UsageError: the files would not be read back as they are meant.
    """
    literals = {key: write_literal(value) for key, value in content.settings.items()}
    files: dict[str, bytes | None] = {CASE_FILE: compose_settings_text(literals).encode()}
    for name, table in content.tables.items():
        if table.length or name in (*REQUIRED, "open_orders"):
            file = f"{name}.parquet" if as_parquet else f"{name}.csv"
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
        elif old is not None and place.file.endswith(".parquet"):
            files[place.file] = _revise_parquet(existing, old, new, change.table, network)
        elif old is None:
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
        empty = [None] * table.length
        return compose_parquet(name, {column: list(table.columns.get(column, empty)) for column in columns})
    text = write_rows([columns, *_texts(table, columns, form)], form.separator or ",")
    return encode_text(text, file, form)


def _revise_table(existing: Existing, old: Table, new: TableContent, name: str, network: Network) -> bytes:
    """A CSV file in which only lines of rows that differ are written; new rows stand at its end."""
    data, _ = read_bytes(existing.path / old.file)
    text = (data or b"").decode(find_codec(old.form.encoding) or "utf-8-sig")
    heading = [column.strip() for column in old.heading]
    more = [column for column in new.used if column not in heading]
    written, old_rows = _texts(new, [*heading, *more], old.form), old.rows
    for row, first, at in _list_kept(existing, network, name, heading, new):
        written[row][at] = old_rows[first][at]
    pairs, removed, added = match_rows(existing.network, network, name)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = _Lines(list(io.StringIO(text, newline="")), old.form.separator or ",", newline)
    if more:
        lines.replace(old.heading_line or 1, old.heading, [*old.heading, *more])
    for first, row in pairs:
        if written[row] != old_rows[first]:
            lines.replace(old.lines[first], old_rows[first], written[row])
    for first in removed:
        lines.replace(old.lines[first], old_rows[first], None)
    lines.append([written[row] for row in added])
    mark = (data or b"").startswith(b"\xef\xbb\xbf")
    return encode_text("".join(lines.texts), old.file, old.form, mark=mark)


@dataclass
class _Lines:
    """Lines of a CSV file with their ends."""

    texts: list[str]
    separator: str
    newline: str

    def replace(self, line: int, before: Sequence[str], after: Sequence[str] | None) -> None:
        """Put other cells in the place of those of a row, which may stand on several lines."""
        height = 1 + sum(len(_BREAK.findall(cell)) for cell in before)
        text = "" if after is None else write_rows([after], self.separator, self.newline)
        self.texts[line - 1 : line - 1 + height] = [text, *[""] * (height - 1)]

    def append(self, rows: Sequence[Sequence[str]]) -> None:
        """Add rows at the end."""
        if rows and self.texts and self.texts[-1] and not self.texts[-1].endswith(("\n", "\r")):
            self.texts.append(self.newline)
        self.texts.append(write_rows(rows, self.separator, self.newline))


def _revise_parquet(existing: Existing, old: Table, new: TableContent, name: str, network: Network) -> bytes:
    """A Parquet file with changed rows: cells that mean the same as before, and types, stay."""
    stored = parquet.read_table(io.BytesIO(read_bytes(existing.path / old.file)[0] or b""))
    heading = [column.strip() for column in stored.column_names]
    empty = [None] * new.length
    columns = {
        column: list(new.columns.get(column.strip(), empty))
        for column in [*stored.column_names, *(c for c in new.used if c not in heading)]
    }
    before = [values.to_pylist() for values in stored.columns]
    for row, first, at in _list_kept(existing, network, name, heading, new):
        columns[stored.column_names[at]][row] = before[at][first]
    return compose_parquet(name, columns, stored.schema)


def _list_kept(
    existing: Existing, network: Network, name: str, heading: Sequence[str], new: TableContent
) -> Iterator[tuple[int, int, int]]:
    """Cells that stay as they were written: row after, row before, and position of the column."""
    declared = declarations(TABLES[name])
    pairs, _, _ = match_rows(existing.network, network, name)
    old = existing.files.tables[name]
    for at, column in enumerate(heading):
        before: Any
        after: Any
        if column in declared and pairs:
            before, after = existing.network.column(name, column), network.column(name, column)
        elif column in new.columns:
            before, after = old.columns[at], [value or "" for value in new.columns[column]]
        else:
            before = after = None
        for first, second in pairs:
            if before is None or after is None or before[first] == after[second]:
                yield second, first, at


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
            stored = file.endswith(".parquet")
            table = (parse_parquet(data, file) if stored else parse_csv(data, file, forms[name]))[0]
            rows = parse_rows(table, name)[0].rows if table is not None else ()
            sound = table is not None and Counter(rows) == Counter(network.table(name))
        if not sound:
            raise UsageError(
                f"{file} is written in a form in which the changes would not be read back as they are meant: "
                "make them yourself, or convert into a new folder."
            )
