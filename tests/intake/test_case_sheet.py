"""A workbook is a case like a folder: same network, same findings, places with sheet and row."""

import csv
from dataclasses import replace
from datetime import date

import openpyxl
import pytest

from outlast.errors import CaseError, UsageError
from outlast.intake.assemble import check_case, read_case
from outlast.intake.mapping.foreign_file import read_foreign_file
from outlast.intake.template import write_template
from outlast.network.declarations import declarations
from outlast.network.network import TABLES

SETTINGS = {"name": "Cameras", "start": date(2027, 1, 4), "currency": "EUR", "plan.budget": 5e5}


def convert(folder, settings):
    """The template folder as an openpyxl workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "case"
    for cells in [("key", "value", "meaning"), *((key, value, "") for key, value in settings.items())]:
        sheet.append(cells)
    for name, row_type in TABLES.items():
        path = folder / f"{name}.csv"
        if path.exists():
            sheet = book.create_sheet(name)
            rows = [row for row in csv.reader(path.open(newline="")) if row and not row[0].startswith("#")]
            sheet.append(rows[0])
            kinds = [declarations(row_type)[column].kind for column in rows[0]]
            for row in rows[1:]:
                pairs = zip(row, kinds, strict=True)
                sheet.append(
                    [float(text) if "number" in kind and text else text or None for text, kind in pairs]
                )
    return book


@pytest.fixture
def folder(tmp_path):
    write_template(tmp_path / "folder")
    lines = ['name = "Cameras"', "start = 2027-01-04", 'currency = "EUR"', "[plan]", "budget = 5e5"]
    (tmp_path / "folder" / "case.toml").write_text("\n".join(lines))
    return tmp_path / "folder"


def codes(findings):
    return {finding.code for finding in findings}


def test_a_workbook_is_the_same_case_as_its_folder(folder, tmp_path):
    convert(folder, SETTINGS).save(tmp_path / "case.xlsx")
    network = read_case(tmp_path / "case.xlsx")
    assert replace(network, hashes={}) == replace(read_case(folder), hashes={})
    assert list(network.hashes) == ["case.xlsx"]


def test_what_is_wrong_with_sheets_and_settings_has_its_place(folder, tmp_path):
    book = convert(folder, SETTINGS | {"plan.budget": "much", "no key": 1, "colour": "red"})
    book["case"].append(["name", "again"])
    book["items"].title = "Items "
    book["Items "]["A2"] = None
    book.create_sheet("items").append(["item_id"])
    book.create_sheet("notes")
    book.create_sheet("lists")
    del book["stock"]
    book.save(tmp_path / "case.xlsx")
    network, findings = check_case(tmp_path / "case.xlsx")
    assert network is None
    expected = {"table-twice", "sheet-name", "unknown-sheet", "missing-file", "bad-key", "key-twice"}
    assert expected | {"wrong-type", "unknown-key", "empty-cell"} <= codes(findings)
    places = {f.code: str(f.place) for f in findings}
    assert places["wrong-type"] == "case.xlsx, sheet case, row 5, column plan.budget"
    assert places["missing-file"] == "case.xlsx, sheet stock"
    assert places["unknown-sheet"] == "case.xlsx, sheet notes"


def test_one_sheet_of_a_foreign_workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["MATNR", "STPRS"])
    book.active.append(["00123", 1.5])
    path = tmp_path / "MARA.xlsx"
    book.save(path)
    assert read_foreign_file(path)[0].rows == [["00123", "1.5"]]
    book.create_sheet("More").append(["a", "b"])
    book.save(path)
    with pytest.raises(UsageError, match="choose one with --sheet: Sheet, More"):
        read_foreign_file(path)
    assert read_foreign_file(path, sheet="More")[0].heading == ("a", "b")
    with pytest.raises(UsageError, match="no sheet Less"):
        read_foreign_file(path, sheet="Less")
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(CaseError, match="broken"):
        read_foreign_file(path)


def test_cells_of_a_workbook_are_not_told_to_be_declared(folder, tmp_path):
    """[files] is for CSV files; and a formula without a value is one finding, not an empty cell as well."""
    book = convert(folder, SETTINGS)
    book["sources"]["D2"] = "22,50"
    book["open_orders"]["C2"] = "05/02/2027"
    book["stock"]["B2"] = "=100+50"
    book.save(tmp_path / "case.xlsx")
    _, findings = check_case(tmp_path / "case.xlsx")
    told = {finding.code: finding.remedy for finding in findings}
    assert told["number-format"] == "Write 22.50, if that is meant."
    assert told["ambiguous-date"] == "Write 2027-02-05 or 2027-05-02, whichever is meant."
    assert set(told) == {"number-format", "ambiguous-date", "formula-without-value", "formulas-uncalculated"}


def test_the_name_of_a_sheet_is_proposed_from_those_that_are_not_there(folder, tmp_path):
    book = convert(folder, SETTINGS)
    book["stock"].title = "Bestand"
    book["open_orders"].title = "openorder"
    book.save(tmp_path / "case.xlsx")
    _, findings = check_case(tmp_path / "case.xlsx")
    told = {f.place.sheet: f.remedy for f in findings if f.code == "unknown-sheet"}
    assert told == {"Bestand": "Rename or remove it.", "openorder": "Did you mean open_orders?"}
