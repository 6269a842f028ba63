"""What every ready case must keep: it is rebuilt byte for byte, has no errors, and every figure
of it has exactly one row of evidence."""

import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest
from case_folder import read_rows

from outlast.intake.assemble import check_case
from outlast.network.actions import Evidence
from outlast.network.declarations import KEYS, declarations
from outlast.network.network import TABLES, Network

CASES = Path(__file__).parents[2] / "cases"
SCRIPTS = {"open-camera": "open_camera.py", "camera-maker-2019": "camera_maker_2019.py"}
RECORD = "comparison.csv"
"""What was done in fact: for the report, not a table of the case."""
MEANT = {
    # Copper features of the board; mode 4; reels that hold more than their source can ship in a week.
    "open-camera": {"zero-cost": 5, "customer-mode-off": 1, "lot-above-capacity": 4},
    "camera-maker-2019": {"customer-mode-off": 1},
}
"""Warnings that each case gives on purpose."""
NAMING = {"kind", "status", "table", "column"}
"""Choices that say what a row is; they are no figures."""
ALSO = {"origin_country", "country", "eccn", "triggered_by"}
"""Text that decides what a restriction does."""


@pytest.fixture(params=sorted(SCRIPTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def load(name: str) -> Network:
    network, findings = check_case(CASES / name)
    assert network is not None, findings
    return network


def files_of(folder: Path) -> dict[str, bytes]:
    kept = (path for path in folder.rglob("*") if path.is_file() and path.suffix in (".csv", ".toml"))
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}
    return {file: data for file, data in found.items() if not file.startswith("source/")}


def figures(name: str) -> list[tuple[str, str, str]]:
    """(table, row, column) of every cell that holds a figure."""
    found = []
    for table, row_type in TABLES.items():
        file = CASES / name / f"{table}.csv"
        if table == "evidence" or not file.exists():
            continue
        days = ("from_date", "date", "from_quantity")
        keys = [key for key in KEYS[table] if key not in days] or list(KEYS[table])
        for row in read_rows(file):
            key = "/".join(row[column] for column in keys)
            for column, declared in declarations(row_type).items():
                counts = declared.kind != "text" or column in ALSO or (table, column) == ("scopes", "value")
                if row.get(column) and counts and column not in {*keys, *NAMING, "from_date", "date"}:
                    found.append((table, key, column))
    return found


def matching(evidence: tuple[Evidence, ...], table: str, row: str, column: str) -> list[Evidence]:
    return [
        line
        for line in evidence
        if line.table == table and line.row in ("*", row) and line.column in ("*", column)
    ]


def test_the_script_reproduces_the_committed_files(name: str, tmp_path: Path) -> None:
    script = CASES / "build" / SCRIPTS[name]
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, cwd=tmp_path)
    assert files_of(tmp_path) == files_of(CASES / name)


def test_no_errors_and_only_warnings_that_are_meant(name: str) -> None:
    network, findings = check_case(CASES / name)
    assert network is not None
    others = [finding for finding in findings if finding.place.file != RECORD]
    assert Counter(finding.code for finding in others) == MEANT[name], others


def test_every_figure_has_exactly_one_row_of_evidence(name: str) -> None:
    network = load(name)
    wanted = figures(name)
    assert len(wanted) > 300
    wrong = {cell: len(matching(network.evidence, *cell)) for cell in wanted}
    assert {cell: count for cell, count in wrong.items() if count != 1} == {}


def test_every_setting_has_evidence(name: str) -> None:
    network = load(name)
    given = tomllib.loads((CASES / name / "case.toml").read_text(encoding="utf-8"))
    plan = given.pop("plan")
    columns = [*(set(given) - {"name", "currency"}), *(f"plan.{column}" for column in plan)]
    assert [column for column in columns if len(matching(network.evidence, "case", "*", column)) != 1] == []


def test_no_evidence_without_a_figure(name: str) -> None:
    network = load(name)
    cells = figures(name)
    idle = [
        line
        for line in network.evidence
        if line.table != "case" and not any(matching((line,), *cell) for cell in cells)
    ]
    assert [(line.table, line.row, line.column) for line in idle] == []


def test_what_must_be_assumed_is_assumed(name: str) -> None:
    network = load(name)
    for table, column in (
        ("sources", "lead_time_weeks"),
        ("sources", "switch_weeks_p50"),
        ("stock", "on_hand"),
        ("demand", "sd_share"),
        ("restrictions", "hazard_per_year"),
    ):
        cells = [cell for cell in figures(name) if (cell[0], cell[2]) == (table, column)]
        assert cells, (table, column)
        for cell in cells:
            assert [line.status for line in matching(network.evidence, *cell)] == ["assumed"], cell


def test_redesigns_name_what_they_change(name: str) -> None:
    network = load(name)
    redesigns = {source.source_id for source in network.sources if source.mode == "redesign"}
    assert redesigns == {row.source_id for row in network.substitutions}
    assert len(redesigns) >= 2
    for row in network.substitutions:
        assert network.source[row.source_id].item_id == row.new_child != row.old_child


def test_every_column_of_evidence_is_filled(name: str) -> None:
    evidence = load(name).evidence
    assert len(evidence) > 50
    for line in evidence:
        assert all(
            getattr(line, field.name) for field in fields(Evidence) if field.name != "available_from"
        ), line
