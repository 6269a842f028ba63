"""No workbook, however broken, ends in a traceback.

Each test runs for OUTLAST_FUZZ_SECONDS (30 by default; a release is checked with 300): real workbooks with
bytes of the file, or of the XML of a part, changed, cut, doubled and replaced. Whatever comes back has a
table or a finding; every finding has a place, a message and a remedy.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl

from outlast.intake.assemble import check_case
from outlast.network.numbering import number
from outlast.tables.workbook import list_sheets, parse_workbook
from verification.test_fuzz_files import SECONDS, check_findings, check_table, damage, run

KINDS = {"item_id": "text", "kind": "choice", "unit_cost": "number", "expires": "date", "make": "true/false"}
VALUES = (
    "1E999",
    "-1",
    "nan",
    "1_0",
    "60",
    "0.5",
    "2958466",
    "99999999999999999",
    "-",
    "#N/A",
    "&#10;",
    "_xD83D_",
    "",
)
ATTRIBUTES = (
    't="s"',
    't="e"',
    't="b"',
    't="d"',
    't="str"',
    't="inlineStr"',
    't="x"',
    's="99"',
    's="-1"',
    'r="ZZZZ9"',
    'r="A0"',
)


def make_workbook(case: bool) -> dict[str, bytes]:
    """Parts of a small workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "items"
    sheet.append(["item_id", "kind", "unit_cost", "expires", "make"])
    sheet.append(["A", "part", 1.5, date(2027, 1, 4), True])
    sheet.append([123, "part", "=1+1", "2027-01-05", None])
    sheet["A3"].number_format = "00000"
    sheet.merge_cells("D5:E6")
    sheet.row_dimensions[3].hidden = True
    settings = book.create_sheet("case")
    for cells in (["key", "value"], ["name", "x"], ["start", date(2027, 1, 4)], ["plan.budget", 1e6]):
        settings.append(cells)
    if case:
        book.create_sheet("Stock ").append(["item_id", "on_hand"])
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def damage_xml(draw: random.Random, text: bytes) -> bytes:
    """XML that is mostly still XML."""
    for _ in range(draw.choice((1, 1, 2, 4))):
        kind = draw.randrange(5)
        cells = list(re.finditer(rb"<(c|row|sheet|xf|si|mergeCell|Relationship|numFmt)\b[^>]{0,200}>", text))
        values = list(re.finditer(rb">[^<>]{1,200}<", text))
        attributes = list(re.finditer(rb'\b[\w:]{1,20}="[^"]{0,200}"', text))
        if kind == 0 and values:
            at = draw.choice(values)
            text = text[: at.start() + 1] + draw.choice(VALUES).encode() + text[at.end() - 1 :]
        elif kind in (1, 2) and attributes:
            at = draw.choice(attributes)
            name = at[0].partition(b"=")[0] + b'="' + draw.choice(VALUES[:-2]).encode() + b'"'
            new = draw.choice((b"", name, draw.choice(ATTRIBUTES).encode()))
            text = text[: at.start()] + new + text[at.end() :]
        elif kind == 3 and cells:
            at, to = draw.choice(cells), draw.choice(cells)
            text = text[: to.start()] + at[0] + text[to.start() :]
        else:
            text = damage(draw, text)
    return text


def pack(draw: random.Random, parts: dict[str, bytes]) -> bytes:
    """The parts as a file, some of them damaged or missing."""
    file = io.BytesIO()
    broken = draw.sample(sorted(parts), draw.choice((1, 1, 2)))
    with zipfile.ZipFile(file, "w", draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, content in parts.items():
            if name in broken and draw.random() < 0.1:
                continue
            archive.writestr(name, damage_xml(draw, content) if name in broken else content)
    data = file.getvalue()
    return damage(draw, data) if draw.random() < 0.15 else data


def test_workbooks(tmp_path: Path) -> None:
    parts = make_workbook(case=False)

    def one(draw: random.Random) -> None:
        data = pack(draw, parts)
        (tmp_path / "last").write_bytes(data)
        kinds = KINDS if draw.random() < 0.7 else {}
        book, findings = parse_workbook(data, "c.xlsx", lambda name: kinds)
        check_findings(findings)
        assert book is not None or any(finding.level == "error" for finding in findings)
        for table in book.tables.values() if book else ():
            check_table(table, findings)
        names, bad = list_sheets(data, "c.xlsx")
        assert names or bad or book is not None

    run("workbooks", one, SECONDS, tmp_path)


def test_cases_as_workbooks(tmp_path: Path) -> None:
    parts = make_workbook(case=True)
    path = tmp_path / "case.xlsx"

    def one(draw: random.Random) -> None:
        path.write_bytes(pack(draw, parts))
        network, findings = check_case(path)
        check_findings(findings)
        assert network is not None or any(finding.level == "error" for finding in findings)
        if network is not None:
            number(network)

    run("cases as workbooks", one, SECONDS, tmp_path)
