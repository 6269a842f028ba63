"""A workbook of 100,000 rows is read and checked in less than 15 s."""

import csv
import shutil
import time
from pathlib import Path

import xlsxwriter

from benchmarks.read_case import write_case
from outlast.errors import Place
from outlast.intake.assemble import check_case
from outlast.intake.case_sheet import CASE_COLUMNS
from outlast.intake.toml_text import load_toml
from outlast.network.declarations import declarations
from outlast.network.network import TABLES

LONGEST_SECONDS = 15
ROWS = 100_000


def write_workbook(folder: Path, target: Path) -> None:
    """The tables of a folder as one workbook."""
    settings, _ = load_toml((folder / "case.toml").read_text(), Place("case.toml"))
    plan = settings.pop("plan", {})
    pairs = [*settings.items(), *((f"plan.{key}", value) for key, value in plan.items())]
    with xlsxwriter.Workbook(target, {"constant_memory": False}) as book:
        sheet = book.add_worksheet("case")
        for row, cells in enumerate([list(CASE_COLUMNS)[:2], *pairs]):
            sheet.write_row(row, 0, [str(cell) for cell in cells])
        for name, row_type in TABLES.items():
            path = folder / f"{name}.csv"
            if not path.exists():
                continue
            sheet = book.add_worksheet(name)
            with path.open(newline="") as file:
                rows = [cells for cells in csv.reader(file) if cells and not cells[0].startswith("#")]
            kinds = [declarations(row_type)[column].kind for column in rows[0]]
            sheet.write_row(0, 0, rows[0])
            for number, cells in enumerate(rows[1:], start=1):
                for column, (text, kind) in enumerate(zip(cells, kinds, strict=True)):
                    if text:
                        sheet.write(number, column, float(text) if "number" in kind else text)


def test_a_hundred_thousand_rows(tmp_path):
    write_case(tmp_path / "case", ROWS, "csv")
    write_workbook(tmp_path / "case", tmp_path / "case.xlsx")
    shutil.rmtree(tmp_path / "case")
    start = time.perf_counter()
    network, findings = check_case(tmp_path / "case.xlsx")
    seconds = time.perf_counter() - start
    print(f"{ROWS:,} rows in {seconds:.1f} s, {(tmp_path / 'case.xlsx').stat().st_size / 2**20:.1f} MiB")
    assert network is not None, findings[:3]
    assert len(network.demand) == ROWS
    assert seconds < LONGEST_SECONDS
