"""A case written as a workbook and read again is the same case."""

from dataclasses import replace
from pathlib import Path

import pytest

from outlast.intake.assemble import check_case, read_case
from outlast.intake.case_workbook import render_case
from outlast.intake.content import read_content
from outlast.intake.files import read_tables
from outlast.network.compare import compare_networks

CASES = Path(__file__).parents[2] / "cases"


@pytest.mark.parametrize("case", ["open-camera", "camera-maker-2019"])
def test_a_case_comes_back_from_its_workbook_unchanged(tmp_path: Path, case: str) -> None:
    path = tmp_path / "case.xlsx"
    path.write_bytes(render_case(read_content(read_tables(CASES / case))))
    again, findings = check_case(path)
    assert again is not None, findings
    before = read_case(CASES / case)
    assert compare_networks(before, again) == ()
    assert replace(again, hashes=before.hashes) == before


def test_a_changed_cell_shows_as_that_change_only() -> None:
    before = read_case(CASES / "open-camera")
    first, *rest = before.stock
    after = replace(before, stock=(replace(first, on_hand=first.on_hand + 1), *rest))
    (change,) = compare_networks(before, after)
    assert change.table == "stock"
    assert compare_networks(before, before) == ()
