"""One sheet of a workbook as a foreign table."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from outlast.errors import CaseError, UsageError
from outlast.intake.mapping.foreign_file import read_foreign_file


def save(path: Path, **sheets: list[list[object]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_the_named_sheet_is_read(tmp_path: Path) -> None:
    path = save(tmp_path / "erp.xlsx", Items=[["SKU", "Cost"], ["A", 2.5]], Notes=[["x"], ["y"]])
    table, digest = read_foreign_file(path, sheet="Items")
    assert table.heading == ("SKU", "Cost")
    assert len(digest) == 64
    with pytest.raises(UsageError, match=r"has 2 sheets.*Items, Notes"):
        read_foreign_file(path)


def test_an_identifier_that_a_spreadsheet_has_rounded_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "erp.xlsx", Items=[["SKU", "Cost"], [1234567890123456789, 2.5]])
    with pytest.raises(CaseError, match="16 or more digits"):
        read_foreign_file(path)
