"""What docs/triggers.md says is true of the example of `outlast init`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outlast.cli import app
from outlast.errors import UsageError
from outlast.intake.assemble import check_case
from outlast.intake.template import write_template
from outlast.plan.decide import plan_case

PAGE = Path(__file__).parents[2] / "docs/triggers.md"
TABLES = ("watch_states", "watch_transitions", "watch_hazards", "evidence")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The example with the rows of the page below the headings of its tables."""
    folder = tmp_path / "example"
    write_template(folder)
    blocks = re.findall(r"```csv\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    for name, block in zip(TABLES, blocks, strict=True):
        heading, rows = block.split("\n", 1)
        text = (folder / f"{name}.csv").read_text("utf-8")
        assert heading in text
        (folder / f"{name}.csv").write_text(text + rows, "utf-8")
    return folder


@pytest.mark.slow
def test_the_example_of_the_page_is_a_sound_case_and_has_triggers(case: Path, tmp_path: Path) -> None:
    network, findings = check_case(case)
    assert network is not None
    assert findings == ()
    out = tmp_path / "out"
    arguments = ["plan", str(case), "--scenarios", "2", "--out", str(out), "--on", "this"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "When it changes:" in result.stdout
    answer = json.loads((out / "plan.json").read_text("utf-8"))
    watch = answer["watch"]
    assert watch["changes_followed"] >= 1
    assert answer["certificate"]["bound"] >= answer["certificate"]["objective"]
    assert answer["certificate"]["objective"] >= watch["objective_without"] - 1e-6
    assumed = [line["about"] for line in answer["assumptions"] if line["kind"] == "assumed"]
    assert {"watch_transitions.probability", "watch_hazards.hazard_per_year"} <= set(assumed)
    assert "not asked" in answer["certificate"]["check"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("case.toml", "# risk_weight = 0.0", "risk_weight = 0.5"), "risk_weight = 0"),
        (("overrides.csv", "set_on\n", "set_on\nbuy_at_least,SENSOR-ACME,,,,200,,,\n"), "row 1 of overrides"),
    ],
)
def test_what_the_page_calls_refused_is_refused_with_a_remedy(
    case: Path, change: tuple[str, str, str], words: str
) -> None:
    name, old, new = change
    text = (case / name).read_text("utf-8")
    assert old in text
    (case / name).write_text(text.replace(old, new), "utf-8")
    network, _ = check_case(case)
    assert network is not None
    with pytest.raises(UsageError, match=words):
        plan_case(network, scenarios=2)
