"""What docs/benchmarks.md says is what one run measured, and every feature that it names matters."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks import page, plan_gaps, plan_sizes
from benchmarks.everything import Instance, everything
from benchmarks.features import FEATURES, Feature
from benchmarks.networks import one_parent, shared_parts
from benchmarks.reach import SMALL, figures, plain_features, switch_off, touched
from benchmarks.touched import Noted

COUNT = 8


@cache
def small() -> tuple[Instance, dict[str, float]]:
    """122 items, all features on, and its figures."""
    on = everything(one_parent(SMALL.items, SMALL.fan_in, np.random.default_rng(1)))
    return on, figures(on, COUNT)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_changes_the_result(feature: Feature) -> None:
    on, with_it = small()
    assert page.changed(switch_off(on, feature, COUNT, with_it))


def test_what_is_on_in_the_instance_of_the_speeds_changes_the_result() -> None:
    found = plain_features(SMALL)
    assert len(found) == 5
    assert all(page.changed(feature) for feature in found)


def test_a_feature_that_does_nothing_would_be_seen() -> None:
    on, with_it = small()
    assert not page.changed(switch_off(on, Feature("nothing", lambda on: on), COUNT, with_it))


@pytest.mark.parametrize(("grow", "most"), [(one_parent, 1), (shared_parts, 1000)])
def test_networks_are_what_they_are_called(grow: Any, most: int) -> None:
    """1,000 items, 20 children of everything that is made; parents of an item."""
    children, _ = grow(1000, 20, np.random.default_rng(1))
    assert len(children) == 1000
    assert {len(row) for row in children if row} == {20}
    parents = np.bincount([child for row in children for child in row], minlength=1000)
    assert parents.max() <= most
    assert most == 1 or parents.max() > 5


def test_bytes_are_those_of_fields_that_are_read_and_written() -> None:
    """Read: a of both rows, 8 bytes each; written: b of the second, 1. c is never touched."""
    rows = np.zeros((1, 2), dtype=[("a", np.float64), ("b", np.bool_), ("c", np.float64)])
    rows["a"] = 3.0
    read: set[Any] = set()
    written: set[Any] = set()
    noted = Noted(rows, (), read, written)
    assert sum(row.a for row in noted[0]) == noted[0, 0].a + noted[0][1].a == 6.0
    noted[0, 1].b = True
    assert rows["b"].tolist() == [[False, True]]
    assert [sum(size for *_, size in seen) for seen in (read, written)] == [16, 1]


def test_fewer_bytes_must_be_touched_than_lie_there() -> None:
    """A part needs its stock, level, source and what is due at least; its records have 640 bytes."""
    assert 100 < touched("one_parent", SMALL, 0.1) < 640 < 1.5 * touched("everything", SMALL)


def test_the_page_is_made_of_the_record() -> None:
    record = json.loads(page.RECORD.read_text(encoding="utf-8"))
    text = page.PAGE.read_text(encoding="utf-8")
    assert text == page.insert(text, page.render(record))


def test_the_record_is_of_these_features() -> None:
    record = json.loads(page.RECORD.read_text(encoding="utf-8"))
    measured = [feature["name"] for feature in record["everything"]["features"]]
    assert measured == [feature.name for feature in FEATURES]
    assert page.goals(record)[-1].reached
    assert len(page.goals(record)) == 7


def test_sizes_of_the_first_order_planner_are_told_with_what_was_asked() -> None:
    row = {
        "rows": 10, "columns": 20, "steps": 50, "gap_of_objective": 0.0098, "gap_of_improvement": 0.021,
        "gib": 0.5, "what": "core", "gap": 0.01, "of": "objective", "asked": None,
    }  # fmt: skip
    grown = [{**row, "size": [600, 60, 100 * k], "seconds": 2.0 * k**1.05} for k in (1, 2, 4)]
    assert plan_sizes.power(grown) == pytest.approx(1.05)
    record = {
        "measured": "2026-11-26",
        "machine": {"processor": "P", "cores": 2},
        "load_before": 3.0,
        "load_after": 0.1,
        "sizes": [
            {**row, "size": [2000, 200, 500], "seconds": 9.5, "asked": 10.0},
            {**row, "size": [30, 4, 26], "refused": "too much"},
        ],
        "growing": grown,
    }
    told = plan_sizes.render(record)
    told_of = "| core | 2,000 x 200 x 500 | 1.0% of objective |"
    assert f"{told_of} 10 | 20 | 50 | 9.5 | < 10 | 0.98% | 2.10% | 0.50 |" in told
    assert "refused: too much" in told
    assert "to the power of 1.05; at most 1.1 is asked" in told
    assert "seconds are too high" in told


def test_how_near_the_first_order_planner_comes_is_told_as_it_was_measured() -> None:
    record = json.loads(plan_gaps.RECORD.read_text(encoding="utf-8"))
    text = page.PAGE.read_text(encoding="utf-8")
    assert text == page.insert(text, plan_gaps.render(record), plan_gaps.BEGIN, plan_gaps.END)
    assert [row["what"] for row in record["near"]] == list(plan_gaps.compared(small=False))
    assert [row["what"] for row in record["open"]] == list(plan_gaps.larger(small=False))
