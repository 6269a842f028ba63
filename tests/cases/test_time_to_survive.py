"""`outlast survive --json` on the ready cases: a time to survive and a time to switch of every product,
item, source, supplier and restriction that the case's files name."""

from __future__ import annotations

import csv
import json
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from outlast.cli import app

ROOT = Path(__file__).parents[2]
CASES = ("camera-maker-2019", "open-camera")


def rows(case: str, table: str) -> list[dict[str, str]]:
    with (ROOT / "cases" / case / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def document(case: str) -> dict[str, Any]:
    outcome = CliRunner().invoke(app, ["survive", str(ROOT / "cases" / case), "--json"])
    assert outcome.exit_code == 0, outcome.stderr
    found = json.loads(outcome.stdout)
    jsonschema.validate(found, json.loads((ROOT / "docs/schemas/survive.json").read_text()))
    return dict(found)


def usable_sources(case: str) -> list[dict[str, str]]:
    """Sources that count: not the customer's own buying, which is off, and not of what is made."""
    made = {row["parent_id"] for row in rows(case, "bom")}
    return [row for row in rows(case, "sources") if row["mode"] != "customer" and row["item_id"] not in made]


def needed(case: str) -> set[str]:
    """Items that are sold, or contained in one that is."""
    below = defaultdict(set)
    for row in rows(case, "bom"):
        below[row["parent_id"]].add(row["child_id"])
    found: set[str] = set()
    ahead = [row["product_id"] for row in rows(case, "demand") if float(row["units_per_week"]) > 0]
    while ahead:
        item = ahead.pop()
        if item not in found:
            found.add(item)
            ahead.extend(below[item])
    return found


def test_every_product_item_source_and_restriction_is_named(case: str, document: dict[str, Any]) -> None:
    items = needed(case)
    qualified = [
        row for row in usable_sources(case) if row["status"] == "qualified" and row["item_id"] in items
    ]
    expected = {
        "products": {row["item_id"] for row in rows(case, "items") if row["kind"] == "product"} & items,
        "items": items,
        "sources": {row["source_id"] for row in qualified},
        "suppliers": {row["supplier_id"] for row in qualified},
        "restrictions": {row["restriction_id"] for row in rows(case, "restrictions")},
    }
    for kind, names in expected.items():
        assert names, kind
        assert sorted(line["id"] for line in document[kind]) == sorted(names), kind


def test_every_figure_is_there_and_in_order(case: str, document: dict[str, Any]) -> None:
    settings = tomllib.loads((ROOT / "cases" / case / "case.toml").read_text(encoding="utf-8"))
    window = settings["plan"]["window_weeks"]
    assert document["window_weeks"] == window
    for kind in ("products", "items", "sources", "suppliers", "restrictions"):
        for line in document[kind]:
            assert 0 <= line["time_to_survive_weeks"] <= window
            assert line["exceeds_window"] == (line["time_to_survive_weeks"] == window)
            for name in ("time_to_switch_weeks", "time_to_recover_weeks"):
                times = [] if line[name] is None else [v for v in line[name].values() if v is not None]
                assert times == sorted(times), (line["id"], name)
            assert 0 <= line["contribution_at_risk"] <= line["contribution_per_week"] * window * (1 + 1e-9)
            if line["gap_weeks"] is not None and kind in ("products", "sources"):
                gap = line["time_to_switch_weeks"]["p50"] - line["time_to_survive_weeks"]
                assert line["gap_weeks"] == pytest.approx(gap)


def test_a_source_has_a_time_to_switch_where_there_is_another_source(
    case: str, document: dict[str, Any]
) -> None:
    """Direct ways out, and redesigns, which replace the child that leaves."""
    leaves: dict[str, str] = {}
    if (ROOT / "cases" / case / "substitutions.csv").exists():
        leaves = {row["source_id"]: row["old_child"] for row in rows(case, "substitutions")}
    ways = defaultdict(set)
    for row in usable_sources(case):
        if row["status"] == "qualified" or row["start_allowed"] != "before":
            ways[leaves.get(row["source_id"], row["item_id"])].add(row["source_id"])
    item_of = {row["source_id"]: row["item_id"] for row in rows(case, "sources")}
    switchable = {line["id"] for line in document["sources"] if line["time_to_switch_weeks"] is not None}
    assert switchable == {
        line["id"] for line in document["sources"] if ways[item_of[line["id"]]] - {line["id"]}
    }
    assert switchable


def test_a_product_is_stopped_by_its_worst_source(document: dict[str, Any]) -> None:
    sources = {line["id"]: line for line in document["sources"]}
    stopped = [line for line in document["products"] if not line["exceeds_window"]]
    assert stopped
    for line in stopped:
        worst = sources[line["worst_source"]]
        for name in ("time_to_survive_weeks", "time_to_switch_weeks", "time_to_recover_weeks"):
            assert line[name] == worst[name]
    assert min(line["time_to_survive_weeks"] for line in stopped) == min(
        line["time_to_survive_weeks"] for line in document["sources"]
    )
