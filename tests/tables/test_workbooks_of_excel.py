"""Workbooks that Excel itself has saved are read as another reader reads them, and as typed."""

from pathlib import Path

import pytest

from outlast.tables.workbook import parse_workbook
from tests.tables.calamine_peer import compare

FOLDER = Path(__file__).parent / "excel"
FILES = sorted(FOLDER.glob("*.xlsx"))


def read(name: str):
    book, findings = parse_workbook((FOLDER / name).read_bytes(), name)
    assert book is not None, findings
    return book.tables, findings


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_cell_is_what_calamine_reads(path):
    tables, _ = read(path.name)
    compared, differences = compare(path.read_bytes(), tables)
    assert differences == []
    assert compared >= 6


def test_what_was_typed_and_what_excel_calculated_from_it():
    """The columns of this sheet are: what is shown, typed by hand, and as the result of a formula."""
    tables, _ = read("reveng1.xlsx")
    rows = {cells[0]: cells[1:3] for cells in tables["ZZZfirstsheet"].rows}
    assert rows["zero"] == ["0", "0"]
    assert rows["one third"][0] == "0.333333333333333"
    assert rows["true"] == ["true", "true"]
    assert rows["rich text 1"] == ["boldplain", "boldplainboldplain"]
    assert rows["dd-mmm"] == ["2008-01-18", "2008-01-19"]
    assert rows["1 trailing space"] == ["foo ", "foo "]
    assert rows["Hard newline (Alt-Enter)"] == ["Line1\nLine2", "Line1\nLine2"]
    # Typed with exactly these letters: what looks like an escape is none.
    assert rows["more underscores"] == ["_x000F__x000f_", "_x000F__x000f_"]
    assert rows["embedded CC with u/score"][1] == "\t\n\x0c\rP_xQ_x000F_R_x000C_S"
    assert rows["pseudofloat inf"] == ["123E999", "123E999"]
    control = {cells[0]: cells[1] for cells in tables["ControlChars"].rows}
    assert all(text == chr(int(code)) for code, text in control.items())


def test_merged_cells_hidden_rows_columns_and_errors_are_told():
    _, findings = read("reveng1.xlsx")
    merged = [str(f.place) for f in findings if f.code == "merged-cells"]
    assert "reveng1.xlsx, sheet AAA2ndsheet, row 3" in merged
    tables, findings = read("hidden.xlsx")
    assert tables["Sheet1"].rows == [["hidden row", "5", "6"], ["7", "8", "9"]]
    assert [(f.code, f.place.line) for f in findings] == [("hidden", 2), ("hidden", 1)]
    tables, findings = read("DATE.xlsx")
    rows = tables["Sheet1"].rows
    assert rows[5] == ["2008-02-29", "2008", "2", "29"]
    assert rows[10] == ["#NUM!", "1900", "1", "-1"]
    # Excel has calculated its formulas.
    assert not [f for f in findings if f.code.startswith("formula")]
