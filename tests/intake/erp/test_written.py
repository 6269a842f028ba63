"""The command: all files or none, nothing overwritten unasked, JSON of the promised shape."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from outlast.cli import app
from outlast.errors import CaseError, UsageError
from outlast.intake.assemble import check_case
from outlast.intake.erp.account import Balance
from outlast.intake.erp.adventureworks import ImportedErp, import_adventureworks
from outlast.intake.erp.written import write_import
from tests.intake.erp.small import RULES, change, write_source

SCHEMA = Path(__file__).parents[3] / "docs" / "schemas" / "import-adventureworks.json"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ImportedErp:
    return import_adventureworks(write_source(tmp_path_factory.mktemp("small")), rules=RULES)


def run(*words: object):
    return CliRunner().invoke(app, ["import", "adventureworks", *map(str, words)])


def test_what_is_written_is_a_case_without_errors(small: ImportedErp, tmp_path: Path) -> None:
    written = write_import(small, tmp_path / "case")
    assert {path.name for path in written} >= {
        "case.toml",
        "items.csv",
        "reconciliation.md",
        "reconciliation.csv",
    }
    network, findings = check_case(tmp_path / "case")
    assert network is not None
    assert "unknown-file" not in {finding.code for finding in findings}
    assert [path for path in (tmp_path / "case").rglob("*") if path.name.startswith(".")] == []


def test_the_same_import_twice_changes_nothing_and_another_is_refused(
    small: ImportedErp, tmp_path: Path
) -> None:
    write_import(small, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    write_import(small, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before
    (tmp_path / "items.csv").write_text("item_id\nMINE\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"items\.csv"):
        write_import(small, tmp_path)
    assert (tmp_path / "items.csv").read_text(encoding="utf-8") == "item_id\nMINE\n"
    write_import(small, tmp_path, overwrite=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_an_account_that_does_not_add_up_writes_nothing(small: ImportedErp, tmp_path: Path) -> None:
    account = dataclasses.replace(small.account, balances=[Balance("offers = sources", 5, 4)])
    with pytest.raises(CaseError, match="offers = sources: 5 is not 4"):
        write_import(dataclasses.replace(small, account=account), tmp_path / "case")
    assert not (tmp_path / "case").exists()


def test_the_command_prints_the_account(tmp_path: Path) -> None:
    outcome = run(write_source(tmp_path / "source"), tmp_path / "case")
    assert outcome.exit_code == 0, outcome.stderr
    for words in (
        "BillOfMaterials: 8 rows",
        "1  out  ended before the start (40 units)",
        "lines of bills that hold = rows of bom: 5 = 5",
        "Back-test",
    ):
        assert words in outcome.stdout


def test_json_has_the_promised_shape(tmp_path: Path) -> None:
    outcome = run(write_source(tmp_path / "source"), tmp_path / "case", "--json")
    document = json.loads(outcome.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert sum(row["rows"] for row in document["account"] if row["table"] == "ProductInventory") == 7
    assert all(row["holds"] for row in document["balances"])


def test_a_wrong_export_writes_nothing_and_says_why(tmp_path: Path) -> None:
    outcome = run(write_source(tmp_path / "source", {"Vendor": None}), tmp_path / "case")
    assert outcome.exit_code == 1
    assert "Vendor.csv is missing" in outcome.stderr
    assert not (tmp_path / "case").exists()


def test_a_case_that_would_have_errors_is_not_written(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", change("ProductVendor", ("6,12,45,5,50,500,,EA\n", "")))
    outcome = run(source, tmp_path / "case")
    assert outcome.exit_code == 1
    assert "case, items.csv, line 7" in outcome.stderr
    assert "product-without-supply" in outcome.stderr
    assert not (tmp_path / "case").exists()
