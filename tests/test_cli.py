"""The command line keeps its promises: exit statuses, JSON by schema, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from outlast import cli
from outlast.cli import commands
from outlast.errors import InfeasibleError, SolveError
from outlast.intake.template import write_template
from outlast.interruption import TOLD

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "docs/schemas"
OUTLAST = str(Path(sys.executable).with_name("outlast"))
QUICK = ["--scenarios", "2"]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The example case of `outlast init`."""
    write_template(tmp_path / "case")
    return tmp_path / "case"


@pytest.fixture
def broken(case: Path) -> Path:
    """The example case with a text where a number belongs."""
    path = case / "stock.csv"
    path.write_text(path.read_text().replace("SENSOR,500", "SENSOR,many"))
    return case


def run(*arguments: object) -> Result:
    """The command in this process."""
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def start(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [OUTLAST, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def status(*arguments: object, **environment: str) -> tuple[int, str, str]:
    process = start(*arguments, **environment)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def valid(text: str, schema: str) -> dict[str, Any]:
    """The one JSON document that `text` is, checked against a schema."""
    document = json.loads(text)
    rules = json.loads((SCHEMAS / f"{schema}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(document)
    return document


# --- status 0 and the JSON of every command


def test_init_writes_a_sound_case(tmp_path: Path) -> None:
    code, out, _ = status("init", tmp_path / "new", "--json", "--seed", 7)
    assert code == 0
    assert set(valid(out, "written")["written"]) == {str(path) for path in (tmp_path / "new").iterdir()}
    assert valid(run("check", tmp_path / "new", "--json").stdout, "check")["seed"] == 7


def test_init_keeps_what_is_there(case: Path) -> None:
    before = {path: path.read_bytes() for path in case.iterdir()}
    assert run("init", case).exit_code == 2
    assert {path: path.read_bytes() for path in case.iterdir()} == before


def test_init_writes_a_workbook(tmp_path: Path, case: Path) -> None:
    book = tmp_path / "book.xlsx"
    code, out, _ = status("init", book, "--json", "--seed", 7)
    assert code == 0
    assert valid(out, "written")["written"] == [str(book)]
    assert valid(run("check", book, "--json").stdout, "check")["seed"] == 7
    assert run("init", book).exit_code == 2
    assert run("init", tmp_path / "book.ods").exit_code == 2
    told = valid(run("diff", case, book, "--json").stdout, "diff")
    assert [cell for table in told["tables"] for row in table["changed"] for cell in row["cells"]] == [
        {"column": "seed", "before": 1, "after": 7}
    ]


def test_diff(case: Path, tmp_path: Path) -> None:
    """Status 0 whether or not there is a difference: `same` says it."""
    other = tmp_path / "other"
    shutil.copytree(case, other)
    assert run("diff", case, other).stdout == "The cases are the same.\n"
    assert valid(run("diff", case, other, "--json").stdout, "diff")["same"] is True
    stock = (other / "stock.csv").read_text()
    (other / "stock.csv").write_text(stock.replace("SENSOR,500", "SENSOR,501") + "LENS,7\n")
    code, out, _ = status("diff", case, other)
    assert code == 0
    assert "stock: 1 added, 1 changed" in out
    assert "+ LENS: on_hand 7" in out
    assert "on_hand 500 -> 501" in out
    document = valid(run("diff", case, other, "--json").stdout, "diff")
    assert document["same"] is False
    (table,) = document["tables"]
    lines = (other / "stock.csv").read_text().splitlines()
    assert lines[table["changed"][0]["line_after"] - 1] == "SENSOR,501"
    assert lines[table["added"][0]["line"] - 1] == "LENS,7"
    (other / "open_orders.csv").unlink()
    assert "a normal flow of orders is assumed" in run("diff", case, other).stdout


def test_convert_there_and_back(case: Path, tmp_path: Path) -> None:
    book, stored = tmp_path / "book.xlsx", tmp_path / "stored"
    first = valid(run("convert", case, book, "--json").stdout, "convert")
    assert (first["new"], first["done"], first["written"]) == (True, True, [str(book)])
    assert run("convert", book, stored, "--parquet").exit_code == 0
    assert (stored / "items.parquet").exists()
    assert run("diff", case, stored).stdout == "The cases are the same.\n"
    stock = (case / "stock.csv").read_text()
    (case / "stock.csv").write_text(stock.replace("SENSOR,500", "SENSOR,501"))
    before = (case / "stock.csv").read_bytes()
    code, out, _ = status("convert", book, case)
    assert code == 1
    assert "on_hand 501 -> 500" in out
    assert "Nothing was written" in out
    assert (case / "stock.csv").read_bytes() == before
    done = valid(run("convert", book, case, "--yes", "--json").stdout, "convert")
    assert done["written"] == [str(case / "stock.csv")]
    assert (case / "stock.csv").read_text() == stock
    assert "nothing to do" in run("convert", book, case).stdout


def test_convert_asks_in_a_terminal(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = tmp_path / "book.xlsx"
    run("init", book, "--seed", 7)
    asked = []

    class Person:
        reply = "no"

        def show(self, text: str) -> None:
            asked.append(text)

        def ask(self, text: str, default: str) -> str:
            asked.append(text)
            return self.reply

    monkeypatch.setattr(commands, "find_terminal", Person)
    settings = (case / "case.toml").read_bytes()
    assert run("convert", book, case).exit_code == 1
    assert "seed 1 -> 7" in asked[0]
    assert (case / "case.toml").read_bytes() == settings
    monkeypatch.setattr(Person, "reply", "yes")
    assert run("convert", book, case).exit_code == 0
    assert b"seed = 7" in (case / "case.toml").read_bytes()


def test_imports_into_a_workbook_name_the_way(case: Path, tmp_path: Path) -> None:
    run("convert", case, tmp_path / "book.xlsx")
    run("convert", case, tmp_path / "stored", "--parquet")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for target in ("book.xlsx", "stored"):
        code, _, err = status("import", "table", case / "stock.csv", tmp_path / target, "--table", "stock")
        assert code == 2
        assert "outlast convert" in err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_check(case: Path, tmp_path: Path) -> None:
    code, out, _ = status("check", case, "--json", "--out", tmp_path / "out")
    assert code == 0
    document = valid(out, "check")
    assert document["ok"]
    assert document["tables"]["items"] == 4
    assert json.loads((tmp_path / "out/check.json").read_text()) == document
    assert "0 errors" in run("check", case).stdout


def test_survive(case: Path, tmp_path: Path) -> None:
    code, out, err = status("survive", case, "--json", "--out", tmp_path / "out")
    assert code == 0, err
    document = valid(out, "survive")
    assert [line["id"] for line in document["restrictions"]] == ["US-LISTING"]
    assert json.loads((tmp_path / "out/survive.json").read_text()) == document
    text = run("survive", case).stdout
    for words in ("US-LISTING", 'SCOR: "Value at Risk"', "sole source", "one more week of"):
        assert words in text
    assert document["recover_weeks"] is None
    quick = valid(run("survive", case, "--recover", 1, "--json").stdout, "survive")
    slow = valid(run("survive", case, "--recover", 100, "--json").stdout, "survive")
    lost = [d["restrictions"][0]["lost_contribution"]["mean"] for d in (quick, slow)]
    assert (quick["recover_weeks"], slow["recover_weeks"]) == (1, 100)
    assert lost[0] < lost[1]


def test_simulate(case: Path, tmp_path: Path) -> None:
    code, out, err = status("simulate", case, "--json", "--scenarios", 50, "--out", tmp_path / "out")
    assert code == 0, err
    document = valid(out, "simulate")
    assert document["scenarios"] == 50
    assert json.loads((tmp_path / "out/simulate.json").read_text()) == document
    assert document["policy"] == "normal"
    assert "CAMERA" in run("simulate", case, "--scenarios", 50).stdout


def test_simulate_another_policy(case: Path) -> None:
    options = ("--json", "--scenarios", 50, "--policy")
    lasting = []
    for words in ("cover:0", "cover:26"):
        document = valid(run("simulate", case, *options, words).stdout, "simulate")
        assert document["policy"] == words
        lasting.append(document["restrictions"][0]["survive_half_weeks"])
    assert lasting[0] <= lasting[1]
    code, _, err = status("simulate", case, "--policy", "s:3")
    assert code == 2
    assert "min-max:MIN:MAX" in err


@pytest.mark.slow
def test_sensitivity_of_the_company_and_of_a_plan(case: Path, tmp_path: Path) -> None:
    options = ("--json", "--scenarios", 20, "--out", tmp_path / "out")
    code, out, err = status("sensitivity", case, "--samples", 8, *options)
    assert code == 0, err
    document = valid(out, "sensitivity")
    assert json.loads((tmp_path / "out/sensitivity.json").read_text()) == document
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("sensitivity.json", "sensitivity.xlsx", "sensitivity.html")
    }
    assert len(document["indices"]) == len(document["swings"])
    assert status("plan", case, "--out", tmp_path / "plan", *QUICK)[0] == 0
    text = run("sensitivity", case, "--plan", tmp_path / "plan", "--samples", 0, *options[:-2]).stdout
    planned = valid(text, "sensitivity")
    assert planned["plan_id"] == json.loads((tmp_path / "plan/plan.json").read_text())["plan_id"]
    assert planned["base"] != document["base"]
    survival = ("--answer", "survival", "--weeks", 26, "--range", "demand=0.7..1.3", "--samples", 0)
    shares = valid(run("sensitivity", case, *survival, *options[:-2]).stdout, "sensitivity")
    assert 0 <= shares["base"] <= 1
    assert [s["assumed"] for s in shares["swings"] if s["factor"] == "demand"] == [False]
    for wrong in (("--answer", "profit"), ("--range", "rain=1..2"), ("--samples", 7), ("--weeks", 26)):
        assert run("sensitivity", case, *wrong).exit_code == 2


def test_simulate_follows_its_seed(case: Path) -> None:
    def answer(*options: object) -> str:
        return run("simulate", case, "--json", "--scenarios", 150, *options).stdout

    assert answer("--seed", 1) == answer("--seed", 1) == answer("--seed", 1, "--on", "local")
    assert json.loads(answer("--seed", 1))["loss"] != json.loads(answer("--seed", 2))["loss"]


def test_plan_then_report(case: Path, tmp_path: Path) -> None:
    code, out, err = status("plan", case, "--json", "--out", tmp_path / "out", *QUICK)
    assert code == 0, err
    document = valid(out, "plan")
    assert document == json.loads((tmp_path / "out/plan.json").read_text())
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert set(written) >= {"plan.json", "plan.xlsx", "report.html"}
    again = run("report", tmp_path / "out/plan.json", "--json", "--out", tmp_path / "again")
    assert again.exit_code == 0, again.stderr
    valid(again.stdout, "written")
    # The case as it was planned is kept beside the plan for next week's; a report alone does not have it.
    assert written.pop("inputs.zip")
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == written


def test_frontier(case: Path, tmp_path: Path) -> None:
    code, out, err = status("frontier", case, "--json", "--points", 2, "--out", tmp_path / "out", *QUICK)
    assert code == 0, err
    document = valid(out, "frontier")
    assert document == json.loads((tmp_path / "out/frontier.json").read_text())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("frontier.json", "frontier.xlsx", "frontier.html")
    }
    assert sum(point["limit_of_case"] for point in document["points"]) == 1


def test_regret(case: Path, tmp_path: Path) -> None:
    code, out, err = status("regret", case, "--json", "--points", 2, "--out", tmp_path / "out", *QUICK)
    assert code == 0, err
    document = valid(out, "regret")
    assert document == json.loads((tmp_path / "out/regret.json").read_text())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("regret.json", "regret.xlsx", "regret.html")
    }
    assert sum(point["limit_of_case"] for point in document["points"]) == 1
    assert len(document["factors"]) == 11


@pytest.mark.slow
def test_demo(tmp_path: Path) -> None:
    code, out, err = status("demo", "--json", "--out", tmp_path / "demo", *QUICK)
    assert code == 0, err
    assert valid(out, "plan")["case_name"] == "Open camera"
    assert (tmp_path / "demo/report.html").exists()


# --- status 1


@pytest.mark.parametrize("command", ["check", "survive", "simulate", "plan"])
def test_case_errors_are_all_told_and_nothing_is_written(command: str, broken: Path, tmp_path: Path) -> None:
    code, out, err = status(command, broken, "--out", tmp_path / "out")
    assert code == 1
    assert "stock.csv, line" in out + err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_case_errors_as_json(broken: Path) -> None:
    checked = run("check", broken, "--json")
    assert checked.exit_code == 1
    assert not valid(checked.stdout, "check")["ok"]
    planned = run("plan", broken, "--json")
    assert planned.exit_code == 1
    error = valid(planned.stdout, "error")["error"]
    assert error["kind"] == "case"
    assert [finding["place"]["file"] for finding in error["findings"]] == ["stock.csv"]


# --- status 2


def test_wrong_usage(case: Path, tmp_path: Path) -> None:
    assert status("check", tmp_path / "nothing-here")[0] == 2
    assert status("plan", case, "--scenarios", "few")[0] == 2
    assert status("frobnicate")[0] == 2
    code, _, err = status("simulate", case, "--on", "the-moon")
    assert code == 2
    assert "local" in err
    (tmp_path / "plan.json").write_text("[]")
    assert run("report", tmp_path / "plan.json").exit_code == 2


# --- status 3


def test_limits_in_conflict_are_named(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InfeasibleError(["the cash limit of 2027-01-04", "the minimum order of SENSOR-ACME"])

    monkeypatch.setattr("outlast.plan.decide.plan_case", refuse)
    told = run("plan", case, "--out", tmp_path / "out")
    assert told.exit_code == 3
    assert "the minimum order of SENSOR-ACME" in told.stderr
    assert not (tmp_path / "out").exists()
    error = valid(run("plan", case, "--json").stdout, "error")["error"]
    assert error["limits"] == ["the cash limit of 2027-01-04", "the minimum order of SENSOR-ACME"]


# --- the unexpected, and interruption


@pytest.mark.parametrize("fault", [SolveError("the solver stopped"), ZeroDivisionError("division by zero")])
def test_the_unexpected_is_one_sentence(
    fault: Exception, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("outlast.plan.decide.plan_case", fail)
    told = run("plan", case)
    assert told.exit_code == 70
    assert str(fault) in told.stderr
    assert "Traceback" not in told.stderr
    monkeypatch.setenv("OUTLAST_DEBUG", "1")
    assert run("plan", case).exception is fault


def test_a_folder_that_cannot_be_written_is_named(case: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, _, err = status("check", case, "--out", tmp_path / "file/out")
    assert code == 70
    assert "file/out" in err
    assert "Traceback" not in err


def test_interruption_leaves_nothing_half_written(case: Path, tmp_path: Path) -> None:
    process = start("plan", case, "--out", tmp_path / "out", "--scenarios", 32)
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    err = ""
    for line in process.stderr:
        err += line
        if TOLD in line:  # it came when there was a plan to keep: the second one leaves
            process.send_signal(signal.SIGINT)
    assert process.wait(timeout=300) == 130, err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_closed_pipe_is_no_traceback(case: Path) -> None:
    process = start("check", case, "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.wait(timeout=300)


# --- installed


@pytest.mark.slow
def test_wheel_carries_the_demo_case(tmp_path: Path) -> None:
    """Built from a copy of the repository, with symbolic links kept."""
    copy = tmp_path / "copy"
    skip = shutil.ignore_patterns(".*", "*.egg-info", "build", "out", "__pycache__")
    shutil.copytree(ROOT, copy, symlinks=True, ignore=skip)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {path.name for path in (ROOT / "cases/open-camera").glob("*.[ct][so][vm]*")}
    assert {f"outlast/demo_case/{file}" for file in files} <= names
    assert "outlast/py.typed" in names
