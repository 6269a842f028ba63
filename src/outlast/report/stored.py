"""An answer as JSON text. In: `PlanAnswer`. Out: the text of plan.json.
One reason to exist: keys are exactly the fields, and the same answer gives the same bytes.
`outlast.plan.saved` reads it back.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from outlast.plan.answer import PlanAnswer


def to_json(answer: PlanAnswer) -> str:
    """Text of plan.json."""
    return dump_document(answer)


def dump_document(answer: Any) -> str:
    """Fields by name, dates as ISO days, what is not finite as null."""
    return json.dumps(describe(answer), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def describe(value: Any) -> Any:
    """A result as what JSON knows: dictionaries, lists, texts, numbers, true, false, null."""
    if is_dataclass(value):
        return {field.name: describe(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): describe(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [describe(entry) for entry in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
