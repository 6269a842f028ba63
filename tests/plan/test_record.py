"""What was done is read with the same care as a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from outlast.errors import CaseError
from outlast.plan.record import read_record

HEADING = "what,weeks,growth,status,citation\n"


def write(folder: Path, text: str) -> Path:
    (folder / "comparison.csv").write_text(text)
    return folder


def test_a_case_without_a_record_has_none(tmp_path: Path) -> None:
    assert read_record(tmp_path) == ()


def test_growth_is_read_and_nothing_is_advised(tmp_path: Path) -> None:
    (line,) = read_record(write(tmp_path, HEADING + "components,26,0.9,sourced,A newspaper\n"))
    assert (line.what, line.done, line.advised) == ("components", 0.9, 0.0)
    assert (line.unit, line.citation) == ("growth in 26 weeks", "A newspaper")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("what,weeks,growth\ncomponents,26,0.9\n", "missing-column"),
        (HEADING + "components,26,a lot,sourced,x\n", "not-a-number"),
        (HEADING + "components,26,nan,sourced,x\n", "not-a-number"),
        (HEADING + "cameras,26,0.9,sourced,x\n", "unknown-value"),
        ("", "empty-file"),
    ],
)
def test_a_broken_record_is_told(text: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as told:
        read_record(write(tmp_path, text))
    assert code in [finding.code for finding in told.value.findings]
    assert told.value.findings[0].place.file == "comparison.csv"
