"""What files may hold that no spreadsheet shows: odd values, odd parts, more than fits into the memory."""

import io
import tracemalloc
import zipfile

import openpyxl
import pytest
import xlsxwriter

from outlast.tables import workbook_package
from outlast.tables.workbook import list_sheets, parse_workbook
from tests.tables.test_workbook import SHEET, change, codes, read, sheet_of

DAY, DURATION = "yyyy-mm-dd", "[h]:mm"


def sheet_with(cells: str, form: str = "General", heading: str = "n") -> bytes:
    """A sheet whose second row is XML of cells; style 1 has a number format."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("items")
        sheet.write_row(0, 0, ["id", heading, "note"])
        sheet.write_string(0, 9, "", book.add_format({"num_format": form}))
        sheet.write_string(4, 0, "shared")
    rows = f'<row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c>{cells}</row>'
    data = change(file.getvalue(), SHEET, '<row r="5"', f'{rows}<row r="5"')
    return change(data, "xl/workbook.xml", ' fullCalcOnLoad="1"', "")


def change_all(data: bytes, replace) -> bytes:
    """The workbook with each part's name and content replaced; None leaves it out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            pair = replace(name, source.read(name))
            if pair:
                target.writestr(*pair)
    return file.getvalue()


@pytest.mark.parametrize(
    ("cell", "form", "text", "code"),
    [
        ("<v>60</v>", DAY, "1900-02-29", None),
        ("<v>-1</v>", DAY, "-1.0", None),
        ("<v>2958466</v>", DAY, "2958466.0", None),
        ("<v>0.5</v>", "h:mm", "12:00:00", None),
        ("<v>1.5</v>", DURATION, "1900-01-01T12:00:00", None),
        ("<v>1E+308</v>", "General", "1e+308", None),
        ("<v>1E400</v>", "General", "", "out-of-range"),
        ("<v>-1E400</v>", DAY, "", "out-of-range"),
        (f"<v>{'9' * 400}</v>", "General", "", "out-of-range"),
        ("<v>#N/A</v>", "General", "#N/A", None),
    ],
)
def test_numbers_at_the_ends(cell, form, text, code):
    kind = ' t="e"' if "#" in cell else ""
    table, findings = read(sheet_with(f'<c r="B2" s="1"{kind}>{cell}</c>', form))
    assert table.rows[0] == ["a", text, ""]
    assert codes(findings) == (["empty-row-inside"] if code is None else [code, "empty-row-inside"])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="B2" t="d"><v>2027-01-04</v></c>', "2027-01-04"),
        ('<c r="B2" t="d"><v>2027-01-04T08:30:00Z</v></c>', "2027-01-04T08:30:00Z"),
        ('<c r="B2" t="b"><v>1</v></c>', "true"),
        ('<c r="B2" t="b"><v>0</v></c>', "false"),
        ('<c r="B2" t="str"><v>a_x000D_b</v></c>', "a\rb"),
        ('<c r="B2" t="str"><v>x005F_1</v></c>', "x005F_1"),
        ('<c r="B2" t="str"><v>_x005F_x0041_</v></c>', "_x0041_"),
        ('<c r="B2" t="inlineStr"><is><t>_xD83D__xDE00_</t></is></c>', "\U0001f600"),
        ('<c r="B2" t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r></is></c>', "a b"),
        ('<c r="B2" t="inlineStr"/>', ""),
        ('<c r="B2"><f t="array" ref="B2">SUM(1,1)</f><v>2</v></c>', "2"),
        ('<c r="B2"><f t="shared" si="7"/><v>3</v></c>', "3"),
        ('<c r="B2"><f t="dataTable" ref="B2" r1="A1"/><v>4</v></c>', "4"),
        ('<c r="B2" t="s"><v>4</v></c>', "shared"),
        ('<c t="s"><v>4</v></c>', "shared"),
        ('<c r="B2" s="99"><v>5</v></c>', "5"),
        ('<c r="B2"><v/></c>', ""),
    ],
)
def test_stored_forms(cell, text):
    table, findings = read(sheet_with(cell))
    assert table.rows[0] == ["a", text, ""]
    assert codes(findings) == ["empty-row-inside"]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><v>1_0</v></c>',
        '<c r="B2"><v>٣</v></c>',
        '<c r="B2"><v>NaN</v></c>',
        '<c r="B2" t="s"><v>-1</v></c>',
        '<c r="B2" t="s"><v>99</v></c>',
        '<c r="B2" t="x"><v>1</v></c>',
        '<c r="B2" t="inlineStr"><v>lost</v></c>',
        '<c r="B2" t="b"><v>maybe</v></c>',
        '<c r="B2" t="str"><v>_xD83D_</v></c>',
        '<c r="B9"><v>1</v></c>',
        '<c r="A2"><v>1</v></c>',
        '<c r="XFE2"><v>1</v></c>',
        '<c r="B2"><v>1</v>',
    ],
)
def test_what_cannot_be_is_one_finding_that_names_the_sheet(cell):
    book, findings = parse_workbook(sheet_with(cell), "c.xlsx", lambda name: {})
    assert book is None
    assert codes(findings) == ["broken-workbook"]
    assert "on its sheet items" in findings[0].message


def test_shared_strings_with_what_looks_like_an_escape():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("items").write_column(0, 0, ["id", "ONE", "TWO"])
    data = change(file.getvalue(), "xl/sharedStrings.xml", "ONE", "x005F_1")
    data = change(data, "xl/sharedStrings.xml", "TWO", "_x005F_x0041_")
    assert read(data)[0].rows == [["x005F_1"], ["_x0041_"]]


def test_files_without_styles_without_shared_strings_and_with_names_in_other_capitals():
    plain = sheet_of([["id", "n"], ["a", 1.5]])
    cut = change_all(plain, lambda name, content: None if name.endswith("styles.xml") else (name, content))
    assert read(cut)[0].rows == [["a", "1.5"]]
    shared = sheet_with('<c r="B2" t="s"><v>4</v></c>')
    capitals = change_all(shared, lambda name, content: (name.upper(), content))
    assert read(capitals)[0].rows[0] == ["a", "shared", ""]
    windows = change_all(shared, lambda name, content: (name.replace("/", "\\"), content))
    assert read(windows)[0].rows[0] == ["a", "shared", ""]
    lost = change_all(shared, lambda name, content: None if "sharedStrings" in name else (name, content))
    assert codes(parse_workbook(lost, "c.xlsx", lambda name: {})[1]) == ["broken-workbook"]
    absolute = change(shared, "xl/_rels/workbook.xml.rels", 'Target="worksheets', 'Target="/xl/worksheets')
    assert read(absolute)[0].rows[0] == ["a", "shared", ""]


def test_styles_that_openpyxl_refuses_do_not_stop_a_workbook():
    data = change(sheet_of([["id", "n"], ["a", 1]]), "xl/styles.xml", 'family val="2"', 'family val="99"')
    assert read(data)[0].rows == [["a", "1"]]


def test_strict_open_xml_is_named():
    old, new = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"

    def tighten(name, content):
        for part in (b"spreadsheetml/2006/main", b"officeDocument/2006/relationships"):
            content = content.replace(old + part, new + part.replace(b"/2006", b""))
        return name, content

    data = change_all(sheet_of([["id"], ["a"]]), tighten)
    _, findings = parse_workbook(data, "c.xlsx")
    assert codes(findings) == ["strict-workbook"]
    assert list_sheets(data, "c.xlsx") == ((), findings)


def test_a_directory_that_lies_about_sizes():
    data = sheet_with(f'<c r="B2"><v>1</v></c>{" " * 2_000_000}')
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
        for part in target.infolist():
            part.file_size = min(part.file_size, 900)
    _, findings = parse_workbook(file.getvalue(), "c.xlsx", lambda name: {})
    assert codes(findings) == ["broken-workbook"]


def test_a_cell_at_the_last_corner_and_a_dimension_that_claims_everything_cost_nothing():
    data = sheet_with('<c r="XFD2"><v>1</v></c>')
    data = change(
        data, SHEET, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    data = change(data, SHEET, 'ref="A1:J5"', 'ref="A1:XFD1048576"')
    tracemalloc.start()
    table, findings = read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.rows == [["a", "", ""], ["shared", "", ""]]
    assert codes(findings).count("cell-without-heading") == 2
    assert peak < 20 * 2**20


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_a_part_of_millions_of_elements_is_refused_before_it_is_held(part, monkeypatch):
    monkeypatch.setattr(workbook_package, "LARGEST_PIECE", 2**20)
    closing = {SHEET: "<sheetData>", "xl/sharedStrings.xml": "<si>", "xl/styles.xml": "<fonts"}.get(
        part, "<sheets>"
    )
    data = sheet_with('<c r="B2"><v>1</v></c>')
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.read(part).decode().index(closing)
    filled = change_all(
        data,
        lambda name, content: (
            name,
            content[:start] + b"<x/>" * 2**19 + content[start:] if name == part else content,
        ),
    )
    _, findings = parse_workbook(filled, "c.xlsx", lambda name: {})
    assert codes(findings) == ["file-too-large"]


def test_a_row_of_more_cells_than_a_sheet_has_columns():
    _, findings = parse_workbook(sheet_with("<c/>" * 20_000), "c.xlsx", lambda name: {})
    assert "more than 16,384 cells" in findings[0].message


def test_more_files_than_a_workbook_has():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(10_001):
            archive.writestr(str(number), "")
    assert codes(parse_workbook(file.getvalue(), "c.xlsx")[1]) == ["file-too-large"]


def test_a_workbook_that_lists_no_sheet():
    data = change(sheet_of([["id"], ["a"]]), "xl/_rels/workbook.xml.rels", '/worksheet"', '/chartsheet"')
    assert "lists no sheet" in parse_workbook(data, "c.xlsx")[1][0].message
    data = change(sheet_of([["id"], ["a"]]), "_rels/.rels", "Target=", "Goal=")
    assert codes(parse_workbook(data, "c.xlsx")[1]) == ["broken-workbook"]


def test_what_load_workbook_would_lose():
    """Decision 22: as soon as this fails, openpyxl's public way may do."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("items")
        sheet.write_column(0, 0, ["id", "ONE"])
        sheet.write_number(1, 1, 60, book.add_format({"num_format": DAY}))
    data = change(file.getvalue(), "xl/sharedStrings.xml", "ONE", "x005F_1")
    cells = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["items"]
    assert cells["A2"].value == "1"
    assert str(cells["B2"].value) == "1900-02-28 00:00:00"
    odd = change(data, "xl/styles.xml", 'family val="2"', 'family val="99"')
    with pytest.raises(ValueError, match="stylesheet"):
        openpyxl.load_workbook(io.BytesIO(odd))
