"""A foreign file as a table of text. In: a path, what is declared of the file. Out: `Table` and the
file's hash. One reason to exist: every kind of file is read by its own reader, and a file that is
none of them is named for what it looks like.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from outlast.errors import CaseError, Finding, Place, UsageError
from outlast.tables import FileForm, Table, parse_csv, parse_parquet, read_bytes
from outlast.tables.content import describe_content
from outlast.tables.form import ENCODINGS, find_codec


def read_foreign_file(path: Path, *, sheet: str = "", encoding: str = "") -> tuple[Table, str]:
    """Rows of a file of text, a Parquet file or one sheet of a workbook, and its SHA-256.

    Args:
        path: any file.
        sheet: of a workbook; needed where it has several.
        encoding: of a file of text, where it is not UTF-8.

    Raises:
        CaseError: the file cannot be read; the findings say what it looks like.
        UsageError: what is declared makes no sense.
    """
    if encoding and find_codec(encoding) is None:
        raise UsageError(f"{encoding} is no encoding; choose one of {', '.join(ENCODINGS)}.")
    data, findings = read_bytes(path)
    if data is None:
        raise CaseError(findings)
    table: Table | None
    if data.startswith(b"PAR1"):
        table, findings = parse_parquet(data, path.name)
    else:
        if sheet:
            raise UsageError(f"{path.name} is no workbook, so it has no sheet {sheet}.")
        looks = describe_content(data)
        # What is no text under UTF-8 may be under the encoding that is declared.
        if looks not in ("text", "binary data"):
            raise CaseError([_refuse(path.name, looks)])
        # Foreign files hold whatever number their country writes: the cells are settled later.
        form = FileForm(encoding=encoding or "utf-8", decimal_sign=None)
        table, findings = parse_csv(data, path.name, form)
    errors = [finding for finding in findings if finding.level == "error"]
    if table is None or errors:
        raise CaseError(errors or findings)
    return table, hashlib.sha256(data).hexdigest()


def _refuse(name: str, looks: str) -> Finding:
    remedy = "Name a CSV or text file, a workbook (.xlsx) or a Parquet file that holds one table."
    return Finding("error", "not-a-table", Place(name), f"This is no table: it looks like {looks}.", remedy)
