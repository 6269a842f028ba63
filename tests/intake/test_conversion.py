"""A case in another form is the same case; a case that is there changes by what differs and nothing else."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyarrow import parquet

from outlast.errors import CaseError, UsageError
from outlast.intake.assemble import read_case
from outlast.intake.conversion import Conversion, carry_out, prepare_conversion
from outlast.intake.template import write_template, write_template_workbook
from outlast.network.compare import SETTINGS, compare_networks
from outlast.network.network import Network
from tests.intake.odd_cases import cases, texts, write_case

CASES = Path(__file__).parents[2] / "cases"
FORMS = {
    "semicolons": '[files]\nseparator = ";"\ndecimal_sign = ","\ndate_order = "day-month-year"\n',
    "tabs": '[files]\nseparator = "tab"\nencoding = "utf-16"\n',
    "gb18030": '[files]\nseparator = "|"\nencoding = "gb18030"\nthousands_separator = " "\n',
}


def convert(source: Path, target: Path, **options: bool) -> Conversion:
    ready = prepare_conversion(source, target, **options)
    carry_out(ready)
    return ready


def same(one: Network, other: Network) -> bool:
    """Cell for cell, in whatever order the rows stand."""
    return compare_networks(one, other) == ()


@pytest.fixture
def case(tmp_path: Path) -> Path:
    write_template(tmp_path / "case")
    return tmp_path / "case"


# --- laws


@settings(max_examples=10, deadline=None)
@given(cases())
def test_any_case_comes_back_from_every_form(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = read_case(write_case(folder / "case", files))
        forms = {"book.xlsx": {}, "stored": {"parquet": True}, "plain": {}}
        for target, options in forms.items():
            convert(folder / "case", folder / target, **options)
            after = read_case(folder / target)
            assert replace(after, hashes={}) == replace(before, hashes={})
            convert(folder / target, folder / f"{target}-back")
            assert replace(read_case(folder / f"{target}-back"), hashes={}) == replace(before, hashes={})
        assert (folder / "plain" / "case.toml").exists()


@settings(max_examples=12, deadline=None)
@given(cases(), st.sampled_from(sorted(FORMS)))
def test_a_folder_in_an_odd_form_takes_any_case(files: dict[str, str], form: str) -> None:
    """Rows that the folder has lost are written again, in the form that it declares."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = read_case(write_case(folder / "case", files))
        convert(folder / "case", folder / "book.xlsx")
        odd = write_case(folder / "odd", {"case.toml": files["case.toml"] + FORMS[form]})
        for table, text in files.items():
            if table != "case.toml":
                rewrite(odd / table, text, form)
        assert same(before, read_case(odd))
        cut_rows(odd / "stock.csv", form)
        convert(folder / "book.xlsx", odd)
        assert same(before, read_case(odd))
        assert prepare_conversion(folder / "book.xlsx", odd).files == {}


_WRITTEN = {"semicolons": (";", "utf-8"), "tabs": ("\t", "utf-16"), "gb18030": ("|", "gb18030")}


_NUMBERS = {"unit_cost", "quantity", "unit_price", "on_hand", "units_per_week", "hazard_per_year"}
_DAYS = {"expires", "from_date", "available_from"}


def rewrite(path: Path, text: str, form: str) -> None:
    """A CSV file in another form, by the standard library."""
    separator, encoding = _WRITTEN[form]
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=separator, lineterminator="\r\n")
    heading, *rows = csv.reader(io.StringIO(text, newline=""))
    writer.writerow(heading)
    for row in rows:
        cells = dict(zip(heading, row, strict=True))
        if form == "semicolons":
            cells |= {name: cells[name].replace(".", ",") for name in _NUMBERS & cells.keys()}
            for name in _DAYS & cells.keys():
                cells[name] = ".".join(reversed(cells[name].split("-")))
        if form == "tabs":
            # Three decimals could be thousands where no decimal sign is declared.
            cells |= {n: re.sub(r"\.\d{3}(?=$|e)", r"\g<0>0", cells[n]) for n in _NUMBERS & cells.keys()}
        writer.writerow(cells.values())
    path.write_bytes(target.getvalue().encode(encoding))


def cut_rows(path: Path, form: str) -> None:
    """Only the heading stays."""
    _, encoding = _WRITTEN[form]
    path.write_bytes(path.read_bytes().decode(encoding).split("\r\n")[0].encode(encoding))


EDITS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "items": {"name": texts.map(str.strip), "unit_cost": st.floats(0.01, 1e6)},
    "sources": {"unit_price": st.floats(0.01, 1e6), "lead_time_weeks": st.integers(1, 30)},
    "demand": {"units_per_week": st.floats(0, 1e6)},
    "suppliers": {"name": texts.map(str.strip), "address": texts.map(str.strip)},
    "evidence": {
        "citation": texts.map(str.strip),
        "available_from": st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    },
}


@settings(max_examples=40, deadline=None)
@given(st.data(), cases(), st.integers(0, 6))
def test_the_difference_names_exactly_the_edits(
    data: st.DataObject, files: dict[str, str], most: int
) -> None:
    """Edit k cells of a copy: these cells are reported with both values, and no other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = read_case(write_case(folder / "case", files))
        tables = {table: list(before.table(table)) for table in EDITS}
        wanted = set()
        for _ in range(most):
            table = data.draw(st.sampled_from(sorted(table for table in EDITS if tables[table])))
            column = data.draw(st.sampled_from(sorted(EDITS[table])))
            row = data.draw(st.integers(0, len(tables[table]) - 1))
            value = data.draw(EDITS[table][column])
            value = float(value) if column == "lead_time_weeks" else value
            tables[table][row] = replace(tables[table][row], **{column: value})
        for table, rows in tables.items():
            for at, (old, new) in enumerate(zip(before.table(table), rows, strict=True)):
                wanted |= {
                    (table, at, column, getattr(old, column), getattr(new, column))
                    for column in EDITS[table]
                    if getattr(old, column) != getattr(new, column)
                }
        after = replace(before, **{table: tuple(rows) for table, rows in tables.items()})
        changes = compare_networks(before, after)
        assert not any(change.added or change.removed or change.given for change in changes)
        assert {
            (change.table, row.row_before, cell.column, cell.before, cell.after)
            for change in changes
            for row in change.changed
            for cell in row.cells
        } == wanted
        assert compare_networks(after, after) == ()


# --- into a case that is there


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_only_what_changes_is_written_and_comments_stay(case: Path, tmp_path: Path) -> None:
    convert(case, tmp_path / "book.xlsx")
    edit(case / "stock.csv", "SENSOR,500", '"SENSOR",5e2')
    edit(case / "sources.csv", "SENSOR-ACME,SENSOR,ACME,22.00", "SENSOR-ACME,SENSOR,ACME,23")
    before = {path.name: path.read_bytes() for path in case.iterdir()}
    ready = convert(tmp_path / "book.xlsx", case)
    after = {path.name: path.read_bytes() for path in case.iterdir()}
    assert {name for name in after if after[name] != before.get(name)} == {"sources.csv"} == set(ready.files)
    lines = zip(before["sources.csv"].splitlines(), after["sources.csv"].splitlines(), strict=True)
    assert [new for old, new in lines if old != new] == [
        b"SENSOR-ACME,SENSOR,ACME,22,12,qualified,USD,200,100,US,,,,,,"
    ]


def test_rows_come_go_and_change_in_place(case: Path, tmp_path: Path) -> None:
    """Own columns, a comment among the rows, the order of columns and a quoted line break stay."""
    text = (
        "# counted on Monday\r\nmy note,on_hand,item_id\r\nfragile,200,CAMERA\r\n"
        '"two\r\nlines",500,SENSOR\r\n,300,LENS\r\n,250,HOUSING'
    )
    (case / "stock.csv").write_text(text, "utf-8", newline="")
    shutil.copytree(case, tmp_path / "other")
    (tmp_path / "other" / "stock.csv").write_text(
        "item_id,on_hand\nHOUSING,250\nCAMERA,201\nSENSOR,500\nSENSOR,7\n", "utf-8"
    )
    ready = convert(tmp_path / "other", case)
    (change,) = ready.changes
    assert (len(change.added), len(change.removed), len(change.changed)) == (1, 1, 1)
    assert (case / "stock.csv").read_bytes().decode() == (
        "# counted on Monday\r\nmy note,on_hand,item_id\r\nfragile,201,CAMERA\r\n"
        '"two\r\nlines",500,SENSOR\r\n,250,HOUSING\r\n,7,SENSOR\r\n'
    )


def test_settings_change_line_by_line(case: Path, tmp_path: Path) -> None:
    write_template_workbook(tmp_path / "book.xlsx", seed=7)
    before = (case / "case.toml").read_text("utf-8")
    convert(tmp_path / "book.xlsx", case)
    after = (case / "case.toml").read_text("utf-8")
    assert [line for line in after.splitlines() if line not in before.splitlines()] == ["seed = 7"]
    assert read_case(case).settings.seed == 7


def test_a_workbook_keeps_what_it_has(case: Path, tmp_path: Path) -> None:
    """Rows that come stand below, rows that go leave an empty row; settings, columns and sheets stay."""
    book = tmp_path / "book.xlsx"
    convert(case, book)
    edit(case / "stock.csv", "SENSOR,500", "SENSOR,450")
    edit(case / "stock.csv", "LENS,300\n", "")
    edit(case / "stock.csv", "HOUSING,250\n", "HOUSING,250\nLENS,20\nLENS,30\n")
    edit(case / "case.toml", "plan]\n", "plan]\n\nrisk_weight = 0.25\n")
    edit(case / "case.toml", "\nstart = 2027-01-04", "\nstart = 2027-01-11")
    ready = convert(case, book)
    assert {change.table for change in ready.changes} == {SETTINGS, "stock"}
    assert same(read_case(case), read_case(book))
    sheets = load_workbook(book)
    assert [cell.value for cell in sheets["stock"]["B"]] == ["on_hand", 200, 450, 20, 250, 30]
    assert all(cell.comment for cell in sheets["stock"][1])
    assert sheets["case"]["B3"].number_format == "yyyy-mm-dd"
    assert prepare_conversion(case, book).files == {}


def test_parquet_keeps_its_types(case: Path, tmp_path: Path) -> None:
    stored = tmp_path / "stored"
    convert(case, stored, parquet=True)
    table = parquet.read_table(stored / "stock.parquet")
    table = table.set_column(1, "on_hand", table["on_hand"].cast(pyarrow.int32()))
    own = pyarrow.array([[1], [2], None, []][: table.num_rows], pyarrow.list_(pyarrow.int8()))
    parquet.write_table(table.append_column("mine", own), stored / "stock.parquet")
    edit(case / "stock.csv", "LENS,300", "LENS,301")
    convert(case, stored)
    after = parquet.read_table(stored / "stock.parquet")
    assert after.schema.field("on_hand").type == pyarrow.int32()
    assert after["mine"].to_pylist() == own.to_pylist()
    assert after["on_hand"].to_pylist() == [200, 500, 301, 250]
    edit(case / "stock.csv", "LENS,301", "LENS,301.5")
    with pytest.raises(UsageError, match="not be read back"):
        convert(case, stored)


def test_open_orders_come_and_go_as_a_table(case: Path, tmp_path: Path) -> None:
    """An empty table says that nothing is on order; none says that the usual is."""
    shutil.copytree(case, tmp_path / "none")
    (tmp_path / "none" / "open_orders.csv").unlink()
    convert(tmp_path / "none", tmp_path / "none.xlsx")
    assert read_case(tmp_path / "none.xlsx").open_orders is None
    convert(tmp_path / "none.xlsx", case)
    assert not (case / "open_orders.csv").exists()
    edit_rows = "source_id,quantity,arrival_date\n"
    (case / "open_orders.csv").write_text(edit_rows, "utf-8")
    with pytest.raises(UsageError, match="has no sheet open_orders"):
        convert(case, tmp_path / "none.xlsx")
    convert(case, tmp_path / "none")
    assert read_case(tmp_path / "none").open_orders == ()


# --- refusals


def test_what_changed_meanwhile_is_not_written_over(case: Path, tmp_path: Path) -> None:
    write_template_workbook(tmp_path / "book.xlsx", seed=7)
    ready = prepare_conversion(tmp_path / "book.xlsx", case)
    edit(case / "stock.csv", "LENS,300", "LENS,1")
    settings = (case / "case.toml").read_bytes()
    with pytest.raises(UsageError, match="meanwhile"):
        carry_out(ready)
    assert (case / "case.toml").read_bytes() == settings


def test_targets_that_make_no_sense_are_refused(case: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for target, says in {
        "case": "is the case itself",
        "other": "holds other things",
        "file": "neither a workbook nor a folder",
        "case.ods": "ends in .xlsx",
        "case.csv": "ends in .xlsx",
    }.items():
        with pytest.raises(UsageError, match=says):
            prepare_conversion(case, tmp_path / target)
    with pytest.raises(UsageError, match="not for a workbook"):
        prepare_conversion(case, tmp_path / "new.xlsx", parquet=True)
    assert (tmp_path / "other" / "letter.txt").read_text() == "x"


def test_a_case_with_errors_is_not_converted(case: Path, tmp_path: Path) -> None:
    edit(case / "stock.csv", "LENS,300", "LENS,many")
    with pytest.raises(CaseError):
        prepare_conversion(case, tmp_path / "new.xlsx")
    assert list(tmp_path.iterdir()) == [case]


def test_a_text_that_no_cell_holds_is_refused(case: Path, tmp_path: Path) -> None:
    edit(case / "suppliers.csv", "Acme Sensors Inc", "x" * 40_000)
    with pytest.raises(UsageError, match="32,767"):
        prepare_conversion(case, tmp_path / "new.xlsx")
    assert list(tmp_path.iterdir()) == [case]


def test_formulas_in_csv_are_told(case: Path, tmp_path: Path) -> None:
    edit(case / "suppliers.csv", "Acme Sensors Inc", "=HYPERLINK(1)")
    assert any("begin like a formula" in note for note in convert(case, tmp_path / "new").notes)
    assert convert(case, tmp_path / "new.xlsx").notes == ()


def test_ready_cases_come_back(tmp_path: Path) -> None:
    before = read_case(CASES / "open-camera")
    convert(CASES / "open-camera", tmp_path / "stored", parquet=True)
    convert(tmp_path / "stored", tmp_path / "book.xlsx")
    convert(tmp_path / "book.xlsx", tmp_path / "plain")
    assert replace(read_case(tmp_path / "plain"), hashes={}) == replace(before, hashes={})


def test_random_edits_of_a_ready_case_go_through_a_workbook(tmp_path: Path) -> None:
    """The case is edited as CSV, the workbook follows cell by cell, and a copy of the folder follows that."""
    dice = random.Random(5)
    shutil.copytree(CASES / "open-camera", tmp_path / "case", ignore=shutil.ignore_patterns("*.md", "source"))
    shutil.copytree(tmp_path / "case", tmp_path / "copy")
    convert(tmp_path / "case", tmp_path / "book.xlsx")
    path = tmp_path / "case" / "stock.csv"
    lines = path.read_text("utf-8").splitlines()
    at = [number for number, line in enumerate(lines) if not line.startswith(("#", "item_id"))]
    for number in dice.sample(at, min(5, len(at))):
        cells = lines[number].split(",")
        cells[1] = str(float(cells[1]) + dice.random())
        lines[number] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    first = convert(tmp_path / "case", tmp_path / "book.xlsx")
    second = convert(tmp_path / "book.xlsx", tmp_path / "copy")
    assert [len(change.changed) for change in first.changes] == [min(5, len(at))]
    assert len(second.changes) == 1
    assert same(read_case(tmp_path / "case"), read_case(tmp_path / "copy"))


def test_days_at_the_ends_of_the_calendar(case: Path, tmp_path: Path) -> None:
    """Spreadsheets believe in 1900-02-29."""
    days = [date(1900, 1, 1) + timedelta(days=at) for at in range(62)] + [date(2199, 12, 31)]
    rows = "".join(f"LENS,1,{day}\n" for day in days)
    (case / "stock.csv").write_text(f"item_id,on_hand,expires\n{rows}", "utf-8")
    convert(case, tmp_path / "book.xlsx")
    assert [row.expires for row in read_case(tmp_path / "book.xlsx").stock] == days
