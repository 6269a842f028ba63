"""A foreign file as a table of text. In: a path, what is declared of the file. Out: `ForeignFile`.
One reason to exist: every kind of file is read by its own reader, and a file that is
none of them is named for what it looks like.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from outlast.errors import CaseError, Finding, Place, UsageError
from outlast.tables import FileForm, Table, parse_csv, parse_parquet, read_bytes
from outlast.tables.content import describe_content
from outlast.tables.form import ENCODINGS, SEPARATORS, find_codec


class ForeignFile(NamedTuple):
    """What was read of a foreign file."""

    table: Table
    sha256: str
    warnings: tuple[Finding, ...]
    """What to know of the file before its rows are used: hidden rows, titles left out, macros ..."""


def read_foreign_file(path: Path, *, sheet: str = "", encoding: str = "", separator: str = "") -> ForeignFile:
    """Rows of a file of text, a Parquet file or one sheet of a workbook.

    Args:
        path: any file.
        sheet: of a workbook; needed where it has several.
        encoding: of a file of text, where it is not UTF-8.
        separator: of the cells of a file of text, where its heading does not show it.

    Raises:
        CaseError: the file cannot be read; the findings say what it looks like.
        UsageError: what is declared makes no sense.
    """
    if encoding and find_codec(encoding) is None:
        raise UsageError(f"{encoding} is no encoding; choose one of {', '.join(ENCODINGS)}.")
    separator = "\t" if separator == "tab" else separator
    if separator and separator not in SEPARATORS:
        raise UsageError(f"{separator!r} separates no cells; write one of , ; | or tab.")
    data, findings = read_bytes(path)
    if data is None:
        raise CaseError(findings)
    table: Table | None
    if data.startswith(b"PAR1"):
        table, findings = parse_parquet(data, path.name)
    elif data.startswith(b"PK") or path.suffix.lower() in (".xlsx", ".xlsm"):
        table, findings = _read_sheet(data, path.name, sheet)
    else:
        if sheet:
            raise UsageError(f"{path.name} is no workbook, so it has no sheet {sheet}.")
        looks = describe_content(data)
        # What is no text under UTF-8 may be under the encoding that is declared.
        if looks not in ("text", "binary data"):
            raise CaseError([_refuse(path.name, looks)])
        # Foreign files hold whatever number their country writes: the cells are settled later.
        form = FileForm(encoding=encoding or "utf-8", separator=separator or None, decimal_sign=None)
        table, findings = parse_csv(data, path.name, form)
    # Nobody counts to 16 digits: what a spreadsheet has rounded there was an identifier.
    told = [
        replace(_translate(finding), level="error" if finding.code == "rounded-id" else finding.level)
        for finding in findings
    ]
    if table is None or any(finding.level == "error" for finding in told):
        raise CaseError(told or [_refuse(path.name, "a file without any text")])
    return ForeignFile(table, hashlib.sha256(data).hexdigest(), tuple(told))


def _read_sheet(data: bytes, file: str, sheet: str) -> tuple[Table | None, tuple[Finding, ...]]:
    """One sheet of a workbook.

    Raises:
        UsageError: the workbook has several sheets, or none of this name.
    """
    from outlast.tables.workbook import list_sheets, parse_workbook

    names, refused = list_sheets(data, file)
    if refused:
        return None, refused
    listed = ", ".join(names)[:1000]
    if not sheet and len(names) != 1:
        raise UsageError(f"{file} has {len(names)} sheets; choose one with --sheet: {listed}.")
    if sheet and sheet not in names:
        raise UsageError(f"{file} has no sheet {sheet}; it has {listed}.")
    chosen = sheet or names[0]
    book, findings = parse_workbook(data, file, lambda name: {} if name == chosen else None)
    return book.tables.get(chosen) if book else None, findings


def _translate(finding: Finding) -> Finding:
    """A finding whose remedy is an option of this command, where a case would declare it."""
    if "case.toml" not in finding.remedy:
        return finding
    separator = finding.code == "wrong-separator"
    option = '--separator, such as --separator ";"' if separator else "--encoding, such as --encoding latin-1"
    return replace(finding, remedy=f"Declare it with {option}.")


def _refuse(name: str, looks: str) -> Finding:
    remedy = "Name a CSV or text file, a workbook (.xlsx) or a Parquet file."
    if "workbook" in looks or "Excel" in looks:
        remedy = "Open it in Excel or LibreOffice and save it as .xlsx, and import that."
    return Finding("error", "not-a-table", Place(name), f"This is no table: it looks like {looks}.", remedy)
