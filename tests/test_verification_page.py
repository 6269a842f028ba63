"""The page of comparisons is made of their records, all of them, and every figure in them holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from verification.page import ORDER, PAGE, records, render
from verification.record import FOLDER, Figure


def test_the_page_is_made_of_the_records() -> None:
    found = records()
    assert set(found) == set(ORDER)
    assert PAGE.read_text(encoding="utf-8") == render(found)


def test_every_figure_holds_and_every_picture_is_there() -> None:
    found = records()
    figures = [Figure(**figure) for record in found.values() for figure in record["figures"]]
    assert len(figures) > 100
    assert [figure for figure in figures if not figure.holds] == []
    assert [key for key in found if not (FOLDER / f"{key}.svg").exists()] == ["stockpyl-formulas"]


@pytest.mark.parametrize("peer", ["stockpyl", "SupplyNetPy"])
def test_the_versions_on_the_page_are_those_that_are_locked(peer: str) -> None:
    locked = (Path(__file__).parents[1] / "requirements-peers.txt").read_text()
    (version,) = re.findall(rf"^{peer.lower()}==([\d.]+)", locked, flags=re.MULTILINE)
    assert set(re.findall(rf"{peer} (\d[\d.]*\d)", PAGE.read_text(encoding="utf-8"))) == {version}
