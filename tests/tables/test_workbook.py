"""Sheets become the text that a CSV file would hold; what a spreadsheet has hidden or lost is told."""

import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from outlast.tables import workbook_package
from outlast.tables.sheet import column_letters
from outlast.tables.stored_cells import write_day
from outlast.tables.workbook import list_sheets, parse_workbook

KINDS = {"id": "text", "n": "number", "day": "date", "flag": "true/false", "kind": "choice", "note": "text"}


def save(book) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_of(rows, name="items", formats=None, edit=None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(row)
    for cell, form in (formats or {}).items():
        sheet[cell].number_format = form
    if edit:
        edit(book, sheet)
    return save(book)


def change(data: bytes, part: str, old: str, new: str) -> bytes:
    """The workbook with some XML of a part replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            target.writestr(name, content)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def read(data, kinds=KINDS):
    book, findings = parse_workbook(data, "c.xlsx", lambda name: kinds)
    assert book is not None, findings
    return (next(iter(book.tables.values())) if book.tables else None), findings


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def test_cells_are_written_as_in_a_csv_file():
    table, findings = read(
        sheet_of(
            [
                ["id", "n", "day", "flag", "note"],
                ["00123", 1.5, date(2027, 1, 4), True, "1E5"],
                ["NA", 3, datetime(2027, 1, 5, 8, 30), False, None],
                ["TRUE", 0.1, "2027-01-06", None, " x\ny "],
                ["1-2", Decimal("1e-7"), None, None, "中文"],
                [123, 1e300, None, None, 12],
            ]
        )
    )
    assert findings == ()
    assert table.rows == [
        ["00123", "1.5", "2027-01-04", "true", "1E5"],
        ["NA", "3", "2027-01-05T08:30:00", "false", ""],
        ["TRUE", "0.1", "2027-01-06", "", " x\ny "],
        ["1-2", "1e-07", "", "", "中文"],
        ["123", "1e+300", "", "", "12"],
    ]
    assert str(table.place(1, "id")) == "c.xlsx, sheet items, row 3, column id"


@pytest.mark.parametrize(
    ("value", "form", "text", "code"),
    [
        (123, "00000", "00123", "read-as-shown"),
        (12345, "00000", "12345", None),
        (7, '"P-"000', "P-007", "read-as-shown"),
        (12345, "000-000", "012-345", "read-as-shown"),
        (123, "0", "123", None),
        (1234, "#,##0", "1234", None),
        (123, "General", "123", None),
        (-5, "000", "-5", None),
        (999_999_999_999_999, "0", "999999999999999", None),
        (1_234_567_890_123_456, "0", "1234567890123456.0", "rounded-id"),
        (1.5, "General", "1.5", "lost-in-type"),
        (100000, "0.00E+00", "100000", "lost-in-type"),
        (date(2027, 2, 1), "d-mmm", "2027-02-01", "lost-in-type"),
        (True, "General", "TRUE", "lost-in-type"),
    ],
)
def test_numbers_days_and_truth_in_a_column_of_text(value, form, text, code):
    table, findings = read(sheet_of([["id", "n"], [value, 1]], formats={"A2": form}))
    assert table.rows[0][0] == text
    assert codes(findings) == ([code] if code else [])
    if code:
        assert (findings[0].place.line, findings[0].place.column) == (2, "id")
    is_error = code in ("rounded-id",) or text in ("2027-02-01", "100000")
    assert [f.level for f in findings] == ([] if code is None else ["error" if is_error else "warning"])


def test_the_same_cells_outside_a_column_of_text():
    rows = [["n", "day"], [0.15, date(2027, 1, 4)], [date(2027, 1, 4), 46392], [True, time(8, 30)]]
    table, findings = read(sheet_of(rows, formats={"A2": "0%"}))
    # What is no number or no day is handed on as it is shown, so that the next reader refuses it.
    assert table.rows == [["0.15", "2027-01-04"], ["2027-01-04", "46392"], ["true", "8:30:00"]]
    assert findings == ()


def test_days_from_1904():
    def edit(book, sheet):
        book.epoch = CALENDAR_MAC_1904

    data = sheet_of([["id", "day"], ["a", date(2027, 1, 4)]], edit=edit)
    assert read(data)[0].rows == [["a", "2027-01-04"]]


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (1, "1900-01-01"),
        (59, "1900-02-28"),
        (60, "1900-02-29"),
        (61, "1900-03-01"),
        (46391.5, "2027-01-04T12"),
    ],
)
def test_serial_numbers(serial, day):
    assert write_day(serial, False).startswith(day)


@given(st.dates(date(1904, 1, 1), date(2199, 12, 31)), st.booleans())
@settings(max_examples=50, deadline=None)
def test_any_day_comes_back(day, from_1904):
    start = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
    assert write_day((day - start).days, from_1904) == day.isoformat()


def test_formulas_without_a_value_and_those_that_failed():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("items")
        sheet.write_row(0, 0, ["id", "n"])
        sheet.write(1, 0, "a")
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write(2, 0, "b")
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    table, findings = read(file.getvalue())
    assert table.rows == [["a", "2"], ["b", "#DIV/0!"]]
    assert codes(findings) == ["formulas-uncalculated"]
    table, findings = read(sheet_of([["id", "n"], ["a", "=1+1"], ["=B2", 2]]))
    assert codes(findings) == ["formulas-uncalculated", "formula-without-value", "formula-without-value"]
    assert [str(f.place) for f in findings[1:]] == [
        "c.xlsx, sheet items, row 2, column n",
        "c.xlsx, sheet items, row 3, column id",
    ]


def test_an_empty_text_of_a_formula_is_an_empty_cell():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("items")
        sheet.write_row(0, 0, ["id", "n"])
        sheet.write(1, 0, "a")
        sheet.write_formula(1, 1, '=""', None, "")
    table, findings = read(change(file.getvalue(), SHEET, '<c r="B2">', '<c r="B2" t="str">'))
    assert table.rows == [["a", ""]]
    assert codes(findings) == ["formulas-uncalculated"]


def test_hidden_sheets_rows_columns_and_filters_are_read_and_told():
    def edit(book, sheet):
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.auto_filter.ref = "A1:B3"
        book.create_sheet("other")
        sheet.sheet_state = "hidden"

    table, findings = read(sheet_of([["id", "n"], ["a", 1], ["b", 2]], edit=edit))
    assert table is not None
    assert table.rows == [["a", "1"], ["b", "2"]]
    told = [f for f in findings if f.code == "hidden"]
    assert [f.place.line for f in told] == [None, 2, 1]
    assert "filtered" in told[1].message
    assert all(f.level == "warning" for f in told)


@pytest.mark.parametrize(("area", "refused"), [("A3:B3", True), ("A2:B2", True), ("A1:B1", False)])
def test_merged_cells(area, refused):
    rows = [["A title", None], ["id", "n"], ["a", 1], ["b", 2]]
    _, findings = read(sheet_of(rows, edit=lambda book, sheet: sheet.merge_cells(area)))
    assert ("merged-cells" in codes(findings)) is refused
    assert "title-rows" in codes(findings)


def test_comments_empty_rows_and_columns_repeated_headings_and_second_tables():
    rows = [
        ["# note"],
        ["id", "n"],
        ["a", 1],
        [],
        ["# b", 2],
        ["id", "n"],
        ["c", 3],
        ["n", "id"],
        [None, " "],
    ]
    table, findings = read(sheet_of(rows, formats={"H40": "0%"}))
    assert table.rows == [["a", "1"], ["c", "3"], ["n", "id"]]
    assert list(table.lines) == [3, 7, 8]
    assert codes(findings) == ["comment-among-rows", "heading-repeated", "empty-row-inside", "second-table"]


def test_tables_side_by_side():
    _, findings = read(sheet_of([["id", "n", None, "id", "n"], ["a", 1, None, "b", 2]]))
    assert codes(findings) == ["duplicate-heading", "duplicate-heading", "gap-in-heading"]


def test_a_cell_beyond_the_heading_and_a_formula_there():
    _, findings = read(sheet_of([["id", "n"], ["a", 1, "x"], ["b", 2, None, "=1"]]))
    assert codes(findings).count("cell-without-heading") == 2


def test_a_foreign_sheet_has_its_title_left_out():
    rows = [["Parts of 2027"], ["MATNR", "STPRS"], [123, 1.5]]
    table, findings = read(sheet_of(rows, formats={"A3": "00000"}), {})
    assert table.heading == ("MATNR", "STPRS")
    assert table.rows == [["00123", "1.5"]]
    assert codes(findings) == ["title-rows", "read-as-shown"]


def test_an_empty_sheet_and_one_without_a_heading():
    table, findings = read(sheet_of([]))
    assert table is None
    assert codes(findings) == ["empty-sheet"]
    table, findings = read(sheet_of([["# only a note"]]))
    assert table is None
    assert codes(findings) == ["no-heading"]


def zipped(**parts) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"item_id,kind\na,part\n", "a CSV file"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, ".xls"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (zipped(mimetype="x", **{"content.xml": "<a/>"}), ".ods"),
        (zipped(**{"xl__workbook.bin": "x"}), ".xlsb"),
        (zipped(**{"word__document.xml": "x"}), "Word"),
        (zipped(**{"a.txt": "x"}), "holds a.txt"),
        (b"%PDF-1.4", "PDF"),
        (b"<html><body>", "web page"),
        (b"PK\x03\x04 and no more", "broken"),
        (sheet_of([["id"], ["a"]])[:-40], "broken"),
    ],
)
def test_what_is_no_workbook_is_named(data, says):
    book, findings = parse_workbook(data, "c.xlsx")
    assert book is None
    assert len(findings) == 1
    assert says in f"{findings[0].message} {findings[0].remedy}"
    assert list_sheets(data, "c.xlsx") == ((), findings)


def test_entities_and_document_types_are_refused():
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]><worksheet'
    data = change(sheet_of([["id"], ["a"]]), SHEET, "<worksheet", bomb)
    book, findings = parse_workbook(data, "c.xlsx")
    assert book is None
    assert "document type" in findings[0].message


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(workbook_package, "LARGEST_UNPACKED", 1000)
    book, findings = parse_workbook(sheet_of([["id"], ["a"]]), "c.xlsx")
    assert book is None
    assert codes(findings) == ["file-too-large"]


def test_too_many_cells_and_columns(monkeypatch):
    monkeypatch.setattr("outlast.tables.sheet.MOST_CELLS", 3)
    table, findings = read(sheet_of([["id", "n"], ["a", 1]]))
    assert table is None
    assert codes(findings) == ["table-too-large"]
    monkeypatch.undo()
    table, findings = read(sheet_of([["id"] + [f"c{i}" for i in range(1000)]]))
    assert table is None
    assert codes(findings) == ["table-too-large"]


def test_escapes_and_rich_text_without_its_pronunciation():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("items")
        sheet.write_row(0, 0, ["id", "n"])
        sheet.write_row(1, 0, ["CODED", 1])
        sheet.write_row(2, 0, ["PLAIN", 2])
    strings = "xl/sharedStrings.xml"
    data = change(file.getvalue(), strings, "CODED", "a_x000A_b")
    rich = "<r><t>a</t></r><r><t>b</t></r><rPh><t>spoken</t></rPh>"
    data = change(data, strings, "<t>PLAIN</t>", rich)
    assert read(data)[0].rows == [["a\nb", "1"], ["ab", "2"]]


def test_only_the_sheets_asked_for_are_read():
    def edit(book, sheet):
        book.create_sheet("other").append(["x"])

    data = sheet_of([["id"], ["a"]], edit=edit)
    book, findings = parse_workbook(data, "c.xlsx", lambda name: {} if name == "other" else None)
    assert findings == ()
    assert book.sheets == ("items", "other")
    assert list(book.tables) == ["other"]


@given(st.integers(1, 16384))
def test_letters_of_columns(number):
    assert column_index_from_string(column_letters(number)) == number


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12).filter(
    lambda text: text.strip() and not text.startswith(("=", "#")) and "_x" not in text and text.isprintable()
)


@given(st.lists(st.tuples(TEXTS, st.integers(-(2**40), 2**40)), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_any_text_and_number_come_back(rows):
    table, _ = read(sheet_of([["id", "n"], *[("'" + text, n) for text, n in rows]]))
    assert [(text, int(n)) for text, n in table.rows] == [("'" + text, n) for text, n in rows]
