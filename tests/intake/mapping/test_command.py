"""The commands `outlast import table` and `outlast import database`, in a terminal and without one."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from openpyxl import Workbook

from tests.intake.mapping.foreign import DATA

OUTLAST = str(Path(sys.executable).with_name("outlast"))
SCHEMA = Path(__file__).parents[3] / "docs/schemas/import-table.json"
OFFERS = "Vendor,Part number,Net price,Lead time\nX,A,9.50,84\nY,B,20.25,70\n"


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command with nobody to ask."""
    return subprocess.run(
        [OUTLAST, "import", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def talk(arguments: list[object], replies: list[str]) -> tuple[int, str]:
    """The command in a terminal; each reply is typed once a question waits for it."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["COLUMNS"] = "100"
        # A shell lets what it runs in the background ignore interrupts, and children inherit that.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(OUTLAST, [OUTLAST, "import", *map(str, arguments)])
    shown, waiting, end = "", list(replies), time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 65536).decode()
            except OSError:
                break
        elif (
            waiting
            and shown.rstrip().rsplit("\n", 1)[-1].startswith("Answer")
            and shown.rstrip().endswith((":", "]"))
        ):
            os.write(terminal, (waiting.pop(0) + "\n").encode())
            shown += "\n"
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


def test_a_person_is_asked_and_what_was_said_is_remembered(tmp_path: Path) -> None:
    file, case = tmp_path / "offers.csv", tmp_path / "case"
    file.write_text(OFFERS)
    status, shown = talk(["table", file, case], ["fortnights", "days"])
    assert status == 0, shown
    assert "Vendor" in shown
    assert "sources.unit_price <- Net price" in shown
    assert "is neither one of" in shown
    assert (case / "sources.csv").read_text() == (
        "source_id,item_id,supplier_id,unit_price,lead_time_weeks\nA-X,A,X,9.5,12\nB-Y,B,Y,20.25,10\n"
    )
    later = run("table", file, case, "--json")
    assert later.returncode == 0, later.stderr
    document = json.loads(later.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert document["imports"][0]["same"] == 2


def test_whoever_leaves_the_dialogue_leaves_nothing_behind(tmp_path: Path) -> None:
    file, case = tmp_path / "offers.csv", tmp_path / "case"
    file.write_text(OFFERS)
    status, shown = talk(["table", file, case], ["\x03"])
    assert status == 130, shown
    assert not case.exists()


def test_without_a_terminal_the_open_questions_are_listed(tmp_path: Path) -> None:
    file, case = tmp_path / "offers.csv", tmp_path / "case"
    file.write_text(OFFERS)
    answer = run("table", file, case, "--json")
    assert answer.returncode == 1
    findings = json.loads(answer.stdout)["error"]["findings"]
    assert [(f["code"], f["place"]["column"]) for f in findings] == [("undecided", "lead_time_weeks")]
    assert not case.exists()
    assert run("table", file, case).stderr.startswith(
        "outlast: 1 open question:\nquestion: offers.csv, column"
    )
    # The remedy is a line of the file of --mapping, which is enough.
    line = findings[0]["remedy"].partition("write ")[2].partition(" into the file")[0]
    assert line == 'lead_time_weeks = { from = "Lead time", unit = "days" }'
    (tmp_path / "m.toml").write_text(f'table = "sources"\n[columns]\n{line}\n')
    assert run("table", file, case, "--mapping", tmp_path / "m.toml").returncode == 0
    assert (case / "sources.csv").read_text().splitlines()[1] == "A-X,A,X,9.5,12"


def test_rows_that_would_change_leave_the_case_as_it_was(tmp_path: Path) -> None:
    file, case = tmp_path / "items.csv", tmp_path / "case"
    file.write_text("item_id,kind,unit_cost\nA,part,1\n")
    assert run("table", file, case).returncode == 0
    file.write_text("item_id,kind,unit_cost\nA,part,2\n")
    refused = run("table", file, case)
    assert refused.returncode == 1
    assert "~ A: unit_cost 1 -> 2" in refused.stdout
    assert "--merge" in refused.stdout
    assert (case / "items.csv").read_text().endswith("A,part,1\n")
    assert run("table", file, case, "--merge", "--replace").returncode == 2
    assert run("table", file, case, "--merge").returncode == 0
    assert (case / "items.csv").read_text().endswith("A,part,2\n")


def test_a_table_may_be_looked_at_without_a_case(tmp_path: Path) -> None:
    answer = run("table", DATA / "ProductInventory.csv", "--mapping", tmp_path / "m.toml")
    assert answer.returncode == 1
    assert "stock.on_hand" in answer.stderr


def test_a_wrong_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"%PDF-1.7")
    answer = run("table", tmp_path / "x.csv", tmp_path / "case")
    assert answer.returncode == 1
    assert "looks like a PDF document" in answer.stderr


def test_what_a_sheet_hides_is_said_in_words_and_as_data(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Parts of 2027"], ["item_id", "kind", "unit_cost"], ["A", "part", 1.5], ["B", "part", 2]):
        book.active.append(row)
    book.active.row_dimensions[4].hidden = True
    book.save(tmp_path / "erp.xlsx")
    told = run("table", tmp_path / "erp.xlsx", tmp_path / "case")
    assert told.returncode == 0, told.stderr
    assert "warning: erp.xlsx, sheet Sheet, row 1: What stands above the heading" in told.stdout
    assert "row 4: This row is hidden; it is read like any other." in told.stdout
    data = run("table", tmp_path / "erp.xlsx", tmp_path / "case", "--json")
    document = json.loads(data.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert [f["code"] for f in document["imports"][0]["findings"]] == ["title-rows", "hidden"]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "erp.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mara (matnr text, mtart text, stprs real, peinh int)")
        connection.execute("INSERT INTO mara VALUES ('00100', 'ROH', 1234.5, 100)")
    return path


def test_a_database_is_imported(database: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.toml"
    queries.write_text('[items]\nquery = "SELECT * FROM mara"\n')
    answer = run(
        "database", "sqlite:///${ERP}", tmp_path / "case", "--queries", queries, "--json", ERP=str(database)
    )
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert (tmp_path / "case/items.csv").read_text() == "item_id,kind,unit_cost\n00100,part,12.345\n"


@pytest.mark.parametrize(
    ("url", "query", "says"),
    [
        ("postgresql://planner:Geh3im@erp/db", "SELECT 1", "holds a password"),
        ("nonsense", "SELECT 1", "no database URL"),
        ("sqlite:///nowhere.db", "SELECT 1", "no SQLite file"),
        ("sqlite:///{database}", "DELETE FROM mara", "it is no SELECT"),
        ("sqlite:///{database}", "SELECT * FROM marc", "no such table: marc"),
    ],
)
def test_what_goes_wrong_with_a_database_is_one_sentence(
    database: Path, tmp_path: Path, url: str, query: str, says: str
) -> None:
    queries = tmp_path / "queries.toml"
    queries.write_text(f'[items]\nquery = "{query}"\n')
    answer = run("database", url.format(database=database), tmp_path / "case", "--queries", queries)
    assert answer.returncode == 2
    assert says in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "Geh3im" not in answer.stderr + answer.stdout
    assert not (tmp_path / "case").exists()


def test_a_password_is_not_asked_for_where_nobody_is(database: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.toml"
    queries.write_text('[items]\nquery = "SELECT 1"\n')
    answer = run("database", "postgresql://u@h/d", tmp_path / "case", "--queries", queries, "--ask-password")
    assert answer.returncode == 2
    assert "nobody to ask" in answer.stderr
