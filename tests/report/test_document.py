"""Three files, each whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from outlast.plan.answer import PlanAnswer
from outlast.plan.saved import read_answer
from outlast.report import document
from outlast.report.document import write_report

NAMES = ["plan.json", "plan.xlsx", "report.html"]


def test_the_same_files_again_from_plan_json(answer: PlanAnswer, tmp_path: Path) -> None:
    written = write_report(answer, tmp_path / "deep/first")
    assert [path.name for path in written] == NAMES
    assert sorted(path.name for path in (tmp_path / "deep/first").iterdir()) == NAMES
    again = write_report(read_answer(written[0]), tmp_path / "second")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written]


def test_a_failed_write_leaves_the_old_files(
    calm: PlanAnswer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in write_report(calm, tmp_path)}
    monkeypatch.setattr(document, "render_page", lambda answer: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(calm, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
