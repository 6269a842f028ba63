"""Only the cells that are set change; formulas that depend on them are found."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from outlast.errors import UsageError
from outlast.intake.append import append_rows
from outlast.intake.assemble import read_case
from outlast.intake.conversion import carry_out, prepare_conversion
from outlast.intake.template import write_template
from outlast.intake.workbook_edit import CellEdit, SheetEdits, set_cells
from outlast.intake.workbook_formulas import find_reached
from outlast.tables.workbook import parse_workbook


def rich_book(**options: Any) -> bytes:
    """A workbook with what libraries lose: chart, extensions, rich text, formulas' values."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, **options})
    sheet = book.add_worksheet("stock")
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    bold = book.add_format({"bold": True})
    sheet.write_row(0, 0, ["item_id", "on_hand", "expires"])
    sheet.write_row(1, 0, ["00123", 5])
    sheet.write_datetime(1, 2, date(2027, 1, 4), day)
    sheet.write_rich_string(2, 0, "a", bold, "b", "c")
    sheet.write_formula(2, 1, "=2*21", None, 42)
    sheet.write_comment(0, 0, "What it is", {"width": 333})
    sheet.conditional_format("B2:B9", {"type": "data_bar", "data_bar_2010": True})
    sheet.data_validation("B2:B9", {"validate": "list", "source": "=other!$A$1:$A$2"})
    other = book.add_worksheet("other")
    other.write_formula(0, 0, "=SUM(stock!B2:B3)", None, 47)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=stock!$B$2:$B$3"})
    other.insert_chart("C3", chart)
    book.close()
    return target.getvalue()


def parts(data: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def set_stock(data: bytes, *cells: CellEdit) -> bytes:
    return set_cells(data, "case.xlsx", {"stock": SheetEdits(1, cells)})


def test_everything_else_stays_byte_for_byte() -> None:
    before = parts(rich_book())
    after = parts(set_stock(rich_book(), CellEdit(2, 2, 6.5)))
    assert list(after) == list(before)
    assert [name for name in after if after[name] != before[name]] == ["xl/worksheets/sheet1.xml"]
    assert b'<c r="B2"><v>6.5</v></c>' in after["xl/worksheets/sheet1.xml"]
    old = before["xl/worksheets/sheet1.xml"].replace(b'<c r="B2"><v>5</v></c>', b'<c r="B2"><v>6.5</v></c>')
    assert canonical(after["xl/worksheets/sheet1.xml"]) == canonical(old).replace(
        b' spans="1:3" r="2"', b' r="2"'
    )
    values = load_workbook(BytesIO(set_stock(rich_book(), CellEdit(2, 2, 6.5))), data_only=True)
    assert values["stock"]["B3"].value == 42


def canonical(part: bytes) -> bytes:
    """The XML without what means nothing: the hint on columns that a row may have is one such thing."""
    root = etree.fromstring(part)
    for row in root.iter("{*}row"):
        row.attrib.pop("spans", None)
    return etree.tostring(root, method="c14n")


def test_new_rows_look_like_those_above() -> None:
    data = set_stock(
        rich_book(),
        CellEdit(4, 1, " =1+1 "),
        CellEdit(4, 2, 1 / 3),
        CellEdit(4, 3, date(2027, 2, 1)),
        CellEdit(9, 1, "z"),
    )
    sheet = load_workbook(BytesIO(data))["stock"]
    assert [cell.value for cell in sheet[4]][:2] == [" =1+1 ", 1 / 3]
    assert sheet["A4"].data_type == "s"
    assert sheet["C4"].value.date() == date(2027, 2, 1)
    assert sheet["C4"].number_format == "dd.mm.yyyy"
    assert sheet["A9"].value == "z"
    assert sheet.calculate_dimension() == "A1:C9"


@pytest.mark.parametrize("text", ["_x0041_", "a\nc\td", "a\rb", "<&>\"'", "部品🔩", "12345678901234567"])
def test_texts_come_back_as_outlast_reads_them(text: str) -> None:
    book, _ = parse_workbook(
        set_stock(rich_book(), CellEdit(2, 1, text)), "case.xlsx", {"stock": {"item_id": "text"}}.get
    )
    assert book is not None
    assert next(iter(book.tables["stock"].columns[0])) == text


@pytest.mark.parametrize("value", [True, False, 10**15 - 1, 0.1 + 0.2, -0.0, "00123", " =1+1 "])
def test_values_come_back(value: Any) -> None:
    cell = load_workbook(BytesIO(set_stock(rich_book(), CellEdit(2, 1, value))))["stock"]["A2"]
    assert cell.value == value
    assert type(cell.value) is type(value) or value == -0.0


def test_days_where_no_day_is_shown_are_text_and_1904_is_kept() -> None:
    assert (
        load_workbook(BytesIO(set_stock(rich_book(), CellEdit(2, 1, date(2027, 1, 4)))))["stock"]["A2"].value
        == "2027-01-04"
    )
    data = set_stock(rich_book(date_1904=True), CellEdit(2, 3, date(2027, 1, 4)))
    assert load_workbook(BytesIO(data))["stock"]["C2"].value.date() == date(2027, 1, 4)


def test_cells_are_emptied() -> None:
    sheet = load_workbook(BytesIO(set_stock(rich_book(), CellEdit(2, 1, None), CellEdit(7, 7, None))))[
        "stock"
    ]
    assert sheet["A2"].value is None
    assert sheet.max_row == 3


def test_a_formula_is_not_replaced() -> None:
    with pytest.raises(UsageError, match="B3 holds a formula"):
        set_stock(rich_book(), CellEdit(3, 2, 1))
    book = Workbook()
    book.active.title = "stock"
    book.active["A2"] = ArrayFormula("A2:B3", "=D1:E2*2")
    target = BytesIO()
    book.save(target)
    with pytest.raises(UsageError, match="B3 is filled by a formula"):
        set_stock(target.getvalue(), CellEdit(3, 2, 1))


def test_what_no_cell_holds_is_refused() -> None:
    for text, says in {"x" * 40_000: "32,767", "a\uffff": "no workbook can hold"}.items():
        with pytest.raises(UsageError, match=says):
            set_stock(rich_book(), CellEdit(2, 1, text))


def test_signed_workbooks_are_refused() -> None:
    target = BytesIO(rich_book())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("_xmlsignatures/origin.sigs", "x")
    with pytest.raises(UsageError, match="signed"):
        set_stock(target.getvalue(), CellEdit(2, 1, "x"))


@pytest.mark.parametrize(
    ("formula", "reached"),
    [
        ("=stock!B2*2", True),
        ("='stock'!$B$1:$B$3", True),
        ("=SUM(stock!B:B)", True),
        ("=SUM(stock!2:2)", True),
        ("=stock!B3", False),
        ("=B2", False),
        ("=A9", True),
        ("=A8+1", False),
        ('=INDIRECT("stock!B"&1)', True),
        ("=my_name", True),
        ("=foo", True),
        ("=Table1[on_hand]", True),
        ("=SUM(first:stock!B2)", True),
        ("=[1]Sheet1!B2", False),
        ('="stock!B2"', False),
    ],
)
def test_formulas_that_a_change_reaches(formula: str, reached: bool) -> None:
    """B2 of stock changes; A9 of the other sheet is a formula that reads it."""
    book = Workbook()
    book.active.title = "stock"
    other = book.create_sheet("other")
    other["A9"] = "=stock!B2"
    other["C1"] = formula
    found = {str(cell) for cell in find_reached(book, {"stock": SheetEdits(1, [CellEdit(2, 2, 1)])})}
    assert found == ({"other!A9", "other!C1"} if reached else {"other!A9"})


# --- a case


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The example as a workbook."""
    write_template(tmp_path / "folder")
    carry_out(prepare_conversion(tmp_path / "folder", tmp_path / "case.xlsx"))
    return tmp_path / "case.xlsx"


def with_formula(path: Path, sheet: str, address: str, formula: str, value: float) -> None:
    """Put a formula and its value into a cell, as a spreadsheet would save it."""
    book = load_workbook(path)
    at = book[sheet][address]
    data = set_cells(
        path.read_bytes(), path.name, {sheet: SheetEdits(1, [CellEdit(at.row, at.column, value)])}
    )
    changed = {}
    for name, part in parts(data).items():
        if name == f"xl/worksheets/sheet{book.sheetnames.index(sheet) + 1}.xml":
            root = etree.fromstring(part)
            (cell,) = [cell for cell in root.iter("{*}c") if cell.get("r") == address]
            node = etree.Element(f"{{{etree.QName(root).namespace}}}f")
            node.text = formula
            cell.insert(0, node)
            part = etree.tostring(root)
        changed[name] = part
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in changed.items():
            archive.writestr(name, part)


pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported")
ORDER = {"source_id": "LENS-GLAS", "quantity": 50.0, "arrival_date": date(2027, 3, 1), "order_id": "x"}


def test_a_formula_of_the_case_that_would_be_out_of_date_is_refused(case: Path) -> None:
    with_formula(case, "stock", "B3", "SUM(open_orders!B:B)", 500)
    assert read_case(case).stock[1].on_hand == 500
    with pytest.raises(UsageError, match="formula in stock!B3 may depend"):
        append_rows(case, "open_orders", [ORDER])


def test_formulas_that_are_not_reached_keep_their_values(case: Path) -> None:
    with_formula(case, "stock", "B3", "250*2", 500)
    with_formula(case, "Read me", "F1", "SUM(open_orders!B:B)", 1)
    before = read_case(case)
    path, data = append_rows(case, "open_orders", [ORDER])
    path.write_bytes(data)
    after = read_case(case)
    assert after.stock == before.stock
    assert [row.order_id for row in after.open_orders or ()][-1] == "x"
    assert b'fullCalcOnLoad="1"' in parts(data)["xl/workbook.xml"]
    assert load_workbook(case)["stock"]["B3"].value == "=250*2"


def test_a_hidden_sheet_and_a_moved_column_are_no_hindrance(case: Path) -> None:
    book = load_workbook(case)
    sheet = book["open_orders"]
    sheet.move_range(f"A1:A{sheet.max_row}", cols=20)
    sheet.sheet_state = "hidden"
    sheet["X1"] = "planner"
    book.save(case)
    path, data = append_rows(case, "open_orders", [ORDER])
    path.write_bytes(data)
    assert (read_case(case).open_orders or ())[-1].source_id == "LENS-GLAS"
    assert load_workbook(case)["open_orders"].sheet_state == "hidden"


def test_a_missing_column_is_added_with_its_heading(case: Path) -> None:
    book = load_workbook(case)
    sheet = book["open_orders"]
    at = [cell.value for cell in sheet[1]].index("order_id") + 1
    assert at == sheet.max_column
    sheet.delete_cols(at)
    book.save(case)
    path, data = append_rows(case, "open_orders", [ORDER])
    path.write_bytes(data)
    assert (read_case(case).open_orders or ())[-1].order_id == "x"


def test_a_broken_case_is_refused(case: Path) -> None:
    book = load_workbook(case)
    book["stock"]["B2"] = "many"
    book.save(case)
    with pytest.raises(UsageError, match="has errors"):
        append_rows(case, "open_orders", [ORDER])
