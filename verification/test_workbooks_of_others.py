"""Workbooks of other projects are read as calamine reads them.

OUTLAST_WORKBOOKS names a folder with .xlsx and .xlsm files, for instance unpacked source distributions of
agate-excel, csvkit, frictionless, petl, pyexcel-xlsx, tablib, xlcalculator, xlrd 1.2 and xlsx2csv, which hold
files saved by Excel, LibreOffice and ERP systems. Without it, the three that are kept here are read.
"""

from __future__ import annotations

import os
from pathlib import Path

from outlast.tables.workbook import parse_workbook
from tests.tables.calamine_peer import compare

KEPT = Path(__file__).parents[1] / "tests/tables/excel"


def test_every_cell_is_what_calamine_reads() -> None:
    folder = Path(os.environ.get("OUTLAST_WORKBOOKS", KEPT))
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in (".xlsx", ".xlsm")]
    assert files, f"{folder} holds no workbook"
    cells = refused = 0
    wrong = []
    for path in files:
        data = path.read_bytes()
        book, findings = parse_workbook(data, path.name)
        if book is None:
            refused += 1
            print(f"{path.name}: {findings[0].message}")
            continue
        compared, differences = compare(data, dict(book.tables))
        cells += compared
        wrong += [(path.name, *difference) for difference in differences]
    print(f"{len(files)} workbooks, {refused} refused, {cells:,} cells compared, {len(wrong)} differ")
    assert wrong == []
