"""Results become JSON and come back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from outlast.cluster import HereThenLocal, LocalProcesses, ThisProcess
from outlast.errors import CaseError, InfeasibleError, SolveError, UsageError
from outlast.pipeline import choose_executor, describe_failure, dump_json, write_answer
from outlast.plan.answer import PlanAnswer
from outlast.plan.saved import read_answer
from outlast.report.stored import describe


def sample(kind: Any) -> Any:
    """One value of a type, with one entry in every collection."""
    arguments = get_args(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: sample(hints[field.name]) for field in fields(kind)})
    if get_origin(kind) is tuple:
        return (sample(arguments[0]),)
    if get_origin(kind) is UnionType:
        return sample(arguments[0])
    if get_origin(kind) is Literal:
        return arguments[-1]
    if get_origin(kind) is Mapping:
        return {"items.csv": "0" * 64}
    return {str: "Größe", float: 0.1, int: 3, bool: True, date: date(2027, 1, 4)}[kind]


@pytest.fixture
def answer() -> PlanAnswer:
    made: PlanAnswer = sample(PlanAnswer)
    return made


def save(document: Any, folder: Path) -> Path:
    (folder / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    return folder / "plan.json"


def test_an_answer_comes_back_as_it_was(answer: PlanAnswer, tmp_path: Path) -> None:
    assert read_answer(save(describe(answer), tmp_path)) == answer


def test_what_is_absent_or_not_finite_comes_back(answer: PlanAnswer, tmp_path: Path) -> None:
    line = replace(answer.restrictions[0], hazard_low=None, time_to_survive_weeks=math.inf)
    answer = replace(answer, restrictions=(line,), cash=())
    assert read_answer(save(describe(answer), tmp_path)) == answer


@pytest.mark.parametrize(
    ("key", "value"),
    [("cash", 3), ("case_name", None), ("summary", {}), ("cash", [{"date": "soon", "spend": 1, "limit": 2}])],
)
def test_a_document_that_is_no_plan_is_refused(
    key: str, value: Any, answer: PlanAnswer, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=rf"plan\.{key}"):
        read_answer(save({**describe(answer), key: value}, tmp_path))


def test_text_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("item_id,quantity")
    with pytest.raises(UsageError, match="not JSON"):
        read_answer(tmp_path / "plan.json")


@dataclass(frozen=True)
class Curve:
    day: date
    values: tuple[float, ...]


def test_description_is_plain() -> None:
    curve = Curve(date(2027, 1, 4), (1.0, math.inf, math.nan))
    assert describe({"curves": [curve]}) == {"curves": [{"day": "2027-01-04", "values": [1.0, None, None]}]}


def test_failures_say_what_kind_they_are() -> None:
    kinds = {CaseError([]): "case", UsageError("x"): "usage", SolveError("x"): "unexpected"}
    assert {describe_failure(error)["error"]["kind"]: kind for error, kind in kinds.items()} == {
        kind: kind for kind in kinds.values()
    }
    assert describe_failure(InfeasibleError(["a", "b"]))["error"]["limits"] == ["a", "b"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    (written,) = write_answer(tmp_path, "check.json", {"ok": True})
    with pytest.raises(ValueError, match="JSON"):
        write_answer(tmp_path, "check.json", {"ok": math.nan})
    assert written.read_text() == dump_json({"ok": True}) + "\n"
    assert [path.name for path in tmp_path.iterdir()] == ["check.json"]


def test_executors_go_by_name() -> None:
    with choose_executor("this") as executor:
        assert isinstance(executor, ThisProcess)
    with choose_executor("local") as executor:
        assert isinstance(executor, LocalProcesses)
    with choose_executor("auto") as executor:
        assert isinstance(executor, HereThenLocal)
    with (
        pytest.raises(UsageError, match=r"on 'the-moon': choose auto .*local.*ray"),
        choose_executor("the-moon"),
    ):
        pass
