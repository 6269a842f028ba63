"""The JSON Schemas of plan.json and regret.json, from the dataclasses.
`python -m tests.report.plan_schema` writes them."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from outlast.plan.answer import PlanAnswer
from outlast.plan.regret_map import RegretMap

SCHEMAS = Path(__file__).parents[2] / "docs/schemas"
TARGET = SCHEMAS / "plan.json"
REGRET = SCHEMAS / "regret.json"
PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    # null: not known, or not finite
    float: {"type": ["number", "null"]},
    date: {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}


def build_schema(kind: Any, title: str) -> dict[str, Any]:
    """Draft 2020-12; one definition for each dataclass, described by its docstrings."""
    definitions: dict[str, Any] = {}
    root = describe_type(kind, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": "A number that is not known or not finite is null.",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def describe_type(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type; dataclasses are added to `definitions`."""
    arguments = get_args(kind)
    if is_dataclass(kind):
        if kind.__name__ not in definitions:  # type: ignore[union-attr]
            definitions[kind.__name__] = describe_fields(kind, definitions)  # type: ignore[union-attr]
        return {"$ref": f"#/$defs/{kind.__name__}"}  # type: ignore[union-attr]
    if get_origin(kind) is tuple:
        return {"type": "array", "items": describe_type(arguments[0], definitions)}
    if get_origin(kind) is Mapping:
        return {"type": "object", "additionalProperties": describe_type(arguments[1], definitions)}
    if get_origin(kind) is Literal:
        return {"enum": list(arguments)}
    if get_origin(kind) is UnionType:
        (one,) = (argument for argument in arguments if argument is not type(None))
        schema = describe_type(one, definitions)
        if "$ref" in schema:
            return {"anyOf": [schema, {"type": "null"}]}
        both = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        return {**schema, "type": list(dict.fromkeys([*both, "null"]))}
    return dict(PLAIN[kind])


def describe_fields(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """An object with exactly the fields of a dataclass."""
    hints, notes = get_type_hints(kind), read_notes(kind)
    names = [field.name for field in fields(kind)]
    properties = {}
    for name in names:
        schema = describe_type(hints[name], definitions)
        properties[name] = {**schema, "description": notes[name]} if name in notes else schema
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(kind) or "").split()),
        "properties": properties,
        "required": names,
        "additionalProperties": False,
    }


def read_notes(kind: Any) -> dict[str, str]:
    """The string under each field."""
    (body,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(body, ast.ClassDef)
    notes = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            notes[before.target.id] = " ".join(str(after.value.value).split())
    return notes


def render_schema(path: Path = TARGET) -> str:
    """Text of a file."""
    if path == TARGET:
        schema = build_schema(PlanAnswer, "outlast plan --json, plan.json")
    else:
        schema = build_schema(RegretMap, "outlast regret --json, regret.json")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for target in (TARGET, REGRET):
        target.write_text(render_schema(target), encoding="utf-8")
