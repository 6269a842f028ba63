"""A workbook as calamine reads it: a reader in another language, by other people, as the oracle of ours."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any

import python_calamine

from outlast.tables.table import SPREADSHEET_ERRORS, Table

Difference = tuple[str, int, int, str, str]
"""Sheet, row, column, our text, theirs."""


def compare(data: bytes, tables: dict[str, Table]) -> tuple[int, list[Difference]]:
    """How many cells of the tables were compared, and those that calamine reads otherwise.

    Known departures are no differences: calamine leaves out error cells, blanks at the ends of texts that are
    not marked to be kept, and does not round times to seconds.
    """
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    compared, differences = 0, []
    for name, table in tables.items():
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for line, texts in zip(table.lines, table.rows, strict=True):
            cells = rows[line - 1] if line <= len(rows) else []
            for at, text in enumerate(texts):
                theirs = _write(cells[at]) if at < len(cells) else ""
                compared += 1
                left_out = theirs == "" and text in SPREADSHEET_ERRORS
                if text.strip() != theirs.strip() and not left_out:
                    differences.append((name, line, at + 1, text, theirs))
    return compared, differences


def _write(value: Any) -> str:
    """A value of calamine as we write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        moment = datetime.fromtimestamp(round(value.timestamp()))
        return moment.isoformat() if moment.time() != time() else moment.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        seconds = round(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return str(value)
