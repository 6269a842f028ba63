"""The round trip through a real LibreOffice: case, workbook, edited and saved there, case."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook

from outlast.intake.append import append_rows
from outlast.intake.assemble import check_case, read_case
from outlast.intake.conversion import carry_out, prepare_conversion
from outlast.intake.template import write_template
from outlast.network.compare import compare_networks
from outlast.network.network import TABLES

pytestmark = pytest.mark.slow
ODD = [
    "00123",
    "1E5",
    "NA",
    "TRUE",
    "1-2",
    "=1+1",
    "'00123",
    "12345678901234567",
    "部品🔩",
    "two\nlines",
    "2027-01-04",
]
NUMBERS = [0.3, 0.333333333333333, 123456789.123457, 1e-7, 1e12, 999999999999.999, 2.2250738585072e-300]
"""LibreOffice saves 15 digits of a number."""
DAYS = [date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(2000, 2, 29), date(2199, 12, 31)]
SPACES = {
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}


@pytest.fixture(scope="module")
def soffice(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str, Path], Path]:
    """Loads a file in LibreOffice and saves it in another form, in a folder."""
    program = shutil.which("soffice")
    if program is None:
        reason = "LibreOffice is missing; make libreoffice installs it, or names the package"
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)
    profile = tmp_path_factory.mktemp("profile").as_uri()

    def save(path: Path, form: str, folder: Path) -> Path:
        command = [
            program,
            f"-env:UserInstallation={profile}",
            "--headless",
            "--norestore",
            "--convert-to",
            form,
        ]
        subprocess.run([*command, "--outdir", folder, path], check=True, capture_output=True, timeout=120)
        return folder / f"{path.stem}.{form.partition(':')[0]}"

    return save


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The example with names, figures and days that spreadsheets like to change."""
    folder = tmp_path / "case"
    write_template(folder)
    with (folder / "suppliers.csv").open("a", encoding="utf-8") as file:
        file.writelines(f'"{name}","{name}",DE\n' for name in ODD)
    stock = "".join(f"LENS,{number!r},\n" for number in NUMBERS) + "".join(f"LENS,1,{day}\n" for day in DAYS)
    (folder / "stock.csv").write_text(f"item_id,on_hand,expires\n{stock}", "utf-8")
    carry_out(prepare_conversion(folder, tmp_path / "case.xlsx"))
    return tmp_path / "case.xlsx"


def edit_sheets(path: Path, edits: Mapping[tuple[str, str], str], out: Path) -> Path:
    """A flat OpenDocument file in which rows that hold a text have a formula in their second cell."""
    tree = etree.parse(str(path))
    for (sheet, text), formula in edits.items():
        (row,) = tree.xpath(
            f"//table:table[@table:name='{sheet}']/table:table-row[table:table-cell[1]/text:p='{text}']",
            namespaces=SPACES,
        )
        cell = row[1]
        for name in [name for name in cell.attrib if "style-name" not in name]:
            del cell.attrib[name]
        for child in list(cell):
            cell.remove(child)
        cell.set(f"{{{SPACES['table']}}}formula", formula)
    tree.write(str(out), xml_declaration=True, encoding="UTF-8")
    return out


def test_a_case_that_libreoffice_saved_is_the_same_case(
    case: Path, tmp_path: Path, soffice: Callable[[Path, str, Path], Path]
) -> None:
    saved = soffice(case, "xlsx", tmp_path / "saved")
    assert saved.read_bytes() != case.read_bytes()
    before, (after, findings) = read_case(case), check_case(saved)
    assert after is not None
    assert findings == check_case(case)[1]
    assert replace(after, hashes={}) == replace(before, hashes={})
    # What guards and explains the sheets is still there.
    old, new = load_workbook(case), load_workbook(saved)
    for name in TABLES:
        assert [cell.comment.text for cell in new[name][1]] == [cell.comment.text for cell in old[name][1]]
        rules = [
            {
                (rule.type, str(rule.sqref).split(":")[0])
                for rule in book[name].data_validations.dataValidation
            }
            for book in (old, new)
        ]
        assert rules[0] == rules[1]
        fills = [{cell.fill.fgColor.rgb[-6:] for cell in book[name][1]} for book in (old, new)]
        assert fills[0] == fills[1]
    assert new["suppliers"]["A2"].number_format == "@"


def test_an_edit_with_a_formula_comes_back_as_that_edit(
    case: Path, tmp_path: Path, soffice: Callable[[Path, str, Path], Path]
) -> None:
    """A limit is calculated from a cell of another sheet, in LibreOffice."""
    flat = soffice(case, "fods", tmp_path)
    (tmp_path / "edited").mkdir()
    edited = tmp_path / "edited" / "case.fods"
    edit_sheets(flat, {("cash", "2027-01-04"): "of:=[items.C2]*3000"}, edited)
    back = soffice(edited, "xlsx", tmp_path / "back")
    assert load_workbook(back)["cash"]["B2"].value == "=items!C2*3000"
    ready = prepare_conversion(back, tmp_path / "case")
    ((change,),) = [change.changed for change in ready.changes]
    assert [tuple(cell) for cell in change.cells] == [("limit", 150_000, 144_000)]
    before = {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()}
    carry_out(ready)
    changed = [path.name for path in (tmp_path / "case").iterdir() if path.read_bytes() != before[path.name]]
    assert changed == ["cash.csv"]


def test_rows_are_added_to_a_workbook_that_libreoffice_saved_and_it_reads_them(
    case: Path, tmp_path: Path, soffice: Callable[[Path, str, Path], Path]
) -> None:
    saved = soffice(case, "xlsx", tmp_path / "saved")
    order = {
        "source_id": "LENS-GLAS",
        "quantity": 0.25,
        "arrival_date": date(2027, 3, 1),
        "order_id": "=1+1",
    }
    path, data = append_rows(saved, "open_orders", [order])
    path.write_bytes(data)
    again = soffice(saved, "xlsx", tmp_path / "again")
    assert compare_networks(read_case(saved), read_case(again)) == ()
    row = (read_case(again).open_orders or ())[-1]
    assert (row.source_id, row.quantity, row.arrival_date, row.order_id) == tuple(order.values())


def test_csv_that_libreoffice_saved_from_a_sheet(
    case: Path, tmp_path: Path, soffice: Callable[[Path, str, Path], Path]
) -> None:
    """Saved with formulas' values and not as shown (its default cuts figures to what the cell shows)."""
    folder = tmp_path / "csv"
    soffice(case, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1", folder)
    target = tmp_path / "again"
    target.mkdir()
    shutil.copy(tmp_path / "case" / "case.toml", target)
    for name in TABLES:
        (folder / f"case-{name}.csv").rename(target / f"{name}.csv")
    assert compare_networks(read_case(case), read_case(target)) == ()


def test_digits_beyond_the_fifteenth_are_rounded_by_libreoffice_and_the_difference_is_told(
    tmp_path: Path, soffice: Callable[[Path, str, Path], Path]
) -> None:
    write_template(tmp_path / "case")
    (tmp_path / "case" / "stock.csv").write_text(
        "item_id,on_hand\nLENS,0.1\nLENS,0.30000000000000004\n", "utf-8"
    )
    carry_out(prepare_conversion(tmp_path / "case", tmp_path / "case.xlsx"))
    assert compare_networks(read_case(tmp_path / "case"), read_case(tmp_path / "case.xlsx")) == ()
    saved = soffice(tmp_path / "case.xlsx", "xlsx", tmp_path / "saved")
    ((row,),) = [
        change.changed for change in compare_networks(read_case(tmp_path / "case"), read_case(saved))
    ]
    assert [(cell.before, cell.after) for cell in row.cells] == [(0.30000000000000004, 0.3)]
