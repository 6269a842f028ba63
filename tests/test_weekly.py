"""The walk through two weeks in docs/weekly.md is true: its commands run, one after the other."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outlast.cli import app

PAGE = (Path(__file__).parents[1] / "docs/weekly.md").read_text("utf-8")
STEP = re.compile(r"```(sh|csv)\n(.*?)```", re.DOTALL)


@pytest.mark.slow
def test_commands_of_the_walk_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a year and two draws; what the page shows as rows is written into the case."""
    monkeypatch.chdir(tmp_path)
    said: dict[str, str] = {}
    for language, text in STEP.findall(PAGE):
        if language == "csv":
            (tmp_path / "my-case/overrides.csv").write_text(text, "utf-8")
            continue
        for line in text.splitlines():
            said[line] = run(line, tmp_path)
    assert any(line.startswith("outlast placed") and "Marked as placed" in out for line, out in said.items())
    assert any("WHAT-IF: stock.on_hand[SENSOR]: 500 -> 5000" in out for out in said.values())
    assert any("LENS" in line and "not at risk" in out for line, out in said.items())
    plan = json.loads((tmp_path / "week-2/plan.json").read_text("utf-8"))
    first = json.loads((tmp_path / "week-1/plan.json").read_text("utf-8"))
    assert plan["since"]["plan_id"] == first["plan_id"]
    assert "placed" in {line["kind"] for line in plan["changes"]}
    (override,) = plan["overrides"]
    assert override["cost"] >= 0
    assert any(line["reason"].startswith("set by hand: buy at least 800") for line in plan["purchases"])
    page = (tmp_path / "week-2/report.html").read_text("utf-8")
    assert "Changed since the plan before" in page
    assert "Price rises in March" in page


def run(line: str, folder: Path) -> str:
    """One command of the page, with fewer scenarios; its output."""
    arguments = shlex.split(line)[1:]
    if arguments[0] in ("plan", "why"):
        arguments += ["--scenarios", "2"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, f"{line}\n{done.output}"
    if arguments[0] == "init":
        settings = folder / arguments[1] / "case.toml"
        text = settings.read_text("utf-8").replace("# horizon_weeks = 104\n", "horizon_weeks = 26\n")
        settings.write_text(text, "utf-8")
    return done.stdout
