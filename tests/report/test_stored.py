"""plan.json: its schema is current, it validates, it comes back as it was."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import jsonschema
import pytest

from outlast.plan.answer import PlanAnswer
from outlast.plan.saved import read_answer
from outlast.report.stored import to_json
from tests.report.plan_schema import REGRET, TARGET, render_schema


@pytest.mark.parametrize("path", [TARGET, REGRET], ids=lambda path: path.stem)
def test_schema_is_current(path: Path) -> None:
    """Else: python -m tests.report.plan_schema."""
    assert path.read_text(encoding="utf-8") == render_schema(path)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(TARGET.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("which", ["answer", "calm"])
def test_plan_json_validates_and_comes_back(
    which: str, validator: jsonschema.Draft202012Validator, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    answer: PlanAnswer = request.getfixturevalue(which)
    text = to_json(answer)
    document = json.loads(text)
    validator.validate(document)
    assert list(document) == [field.name for field in fields(PlanAnswer)]
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    back = read_answer(tmp_path / "plan.json")
    assert back == answer
    assert to_json(back) == text


def test_what_is_not_finite_is_null(answer: PlanAnswer, validator: jsonschema.Draft202012Validator) -> None:
    item = replace(answer.items[0], cover_weeks_now=math.inf, on_hand=math.nan)
    document = json.loads(to_json(replace(answer, items=(item,))))
    assert document["items"][0]["cover_weeks_now"] is None
    assert document["items"][0]["on_hand"] is None
    validator.validate(document)


def test_schema_refuses_what_is_no_plan(
    answer: PlanAnswer, validator: jsonschema.Draft202012Validator
) -> None:
    document = json.loads(to_json(answer))
    assert not validator.is_valid({**document, "extra": 1})
    document["purchases"][0]["kind"] = "gift"
    assert not validator.is_valid(document)
