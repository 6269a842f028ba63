"""A plan.json as the answer it was written from. In: a path. Out: `PlanAnswer`.
One reason to exist: a report can be written again without planning again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from outlast.errors import UsageError
from outlast.plan.answer import PlanAnswer


def read_answer(path: str | Path) -> PlanAnswer:
    """The answer that a plan.json holds.

    Raises:
        UsageError: the file is no plan.json, or one of another release.
    """
    try:
        document = json.loads(Path(path).read_text("utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from None
    try:
        answer: PlanAnswer = _restore(PlanAnswer, document, "plan")
    except _MisfitError as error:
        raise UsageError(f"{path} is no plan.json of this release: {error}; run outlast plan again") from None
    return answer


class _MisfitError(Exception):
    """A value that does not fit its place; the text says which."""


def _restore(kind: Any, value: Any, place: str) -> Any:
    """`value` of a JSON document as an instance of the type `kind`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _restore_fields(kind, value, place)
    if origin is UnionType:
        if value is None:
            return None
        return _restore(next(one for one in arguments if one is not type(None)), value, place)
    if origin is tuple and isinstance(value, list):
        return tuple(_restore(arguments[0], entry, f"{place}[{i}]") for i, entry in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return dict(value)
    if origin is Literal and value in arguments:
        return value
    if kind is float and value is None:
        return math.inf  # JSON has no word for what is not finite; null stands for it
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is date and isinstance(value, str):
        return _restore_date(value, place)
    if kind in (str, int, bool) and type(value) is kind:
        return value
    raise _MisfitError(f"{place} is {value!r:.40}")


def _restore_fields(kind: Any, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise _MisfitError(f"{place} is {value!r:.40}")
    names = {field.name for field in fields(kind)}
    if names != set(value):
        raise _MisfitError(f"{place} lacks or adds {', '.join(sorted(names ^ set(value)))}")
    hints = get_type_hints(kind)
    return kind(**{name: _restore(hints[name], value[name], f"{place}.{name}") for name in value})


def _restore_date(value: str, place: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _MisfitError(f"{place} is {value!r:.40}") from None
