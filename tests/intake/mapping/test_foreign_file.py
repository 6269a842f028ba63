"""One sheet of a workbook as a foreign table."""

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

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
    table, digest, warnings = read_foreign_file(path, sheet="Items")
    assert warnings == ()
    assert table.heading == ("SKU", "Cost")
    assert len(digest) == 64
    with pytest.raises(UsageError, match=r"has 2 sheets.*Items, Notes"):
        read_foreign_file(path)


def test_an_identifier_that_a_spreadsheet_has_rounded_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "erp.xlsx", Items=[["SKU", "Cost"], [1234567890123456789, 2.5]])
    with pytest.raises(CaseError, match="16 or more digits"):
        read_foreign_file(path)


def test_what_a_sheet_hides_is_told_and_several_rows_of_headings_are_refused(tmp_path: Path) -> None:
    path = save(
        tmp_path / "erp.xlsx",
        Report=[
            ["Costs of 2027"],
            [None, "Jan", None, "Feb"],
            ["SKU", "Cost", "Qty", "Cost"],
            ["A", 1, 2, 3],
        ],
        Items=[["Costs of 2027"], ["SKU", "Cost"], ["A", 1], ["B", 2]],
    )
    book = load_workbook(path)
    book["Report"].merge_cells("B2:C2")
    book["Items"].row_dimensions[4].hidden = True
    book.save(path)
    table, _, warnings = read_foreign_file(path, sheet="Items")
    assert table.rows == [["A", "1"], ["B", "2"]]
    assert [finding.code for finding in warnings] == ["title-rows", "hidden"]
    with pytest.raises(CaseError) as caught:
        read_foreign_file(path, sheet="Report")
    assert [(f.code, f.place.line) for f in caught.value.findings if f.level == "error"] == [
        ("merged-cells", 2)
    ]
    assert "one heading in each column" in str(caught.value)
