"""What a command has to say. In: answers and failures. Out: `Outcome`, JSON text, files.
One reason to exist: documents leave in one form, the same bytes for the same answer, and never half-written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outlast.errors import CaseError, InfeasibleError, OutlastError, UsageError
from outlast.report.stored import describe

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a command has to say, in words and as data."""

    text: str
    document: Mapping[str, Any]
    """What `--json` prints; its schema is in docs/schemas."""
    written: tuple[Path, ...] = ()
    ok: bool = True
    """Whether the case is sound."""
    warnings: int = 0
    """Warnings of the case that the text does not list."""


def describe_failure(error: OutlastError) -> dict[str, Any]:
    """What `--json` prints when there is no answer; its schema is docs/schemas/error.json."""
    kinds = {CaseError: "case", UsageError: "usage", InfeasibleError: "infeasible"}
    return {
        "error": {
            "kind": kinds.get(type(error), "unexpected"),
            "message": str(error),
            "findings": describe(error.findings) if isinstance(error, CaseError) else [],
            "limits": list(error.limits) if isinstance(error, InfeasibleError) else [],
            "concessions": describe(error.concessions) if isinstance(error, InfeasibleError) else [],
        }
    }


def dump_json(document: Mapping[str, Any]) -> str:
    """JSON text, the same bytes for the same document."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)


def write_answer(folder: Path | None, name: str, document: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write a document into a folder, if there is one: under a temporary name, then renamed."""
    if folder is None:
        return ()
    folder.mkdir(parents=True, exist_ok=True)
    target, part = folder / name, folder / f".{name}.part"
    try:
        part.write_text(dump_json(document) + "\n", encoding="utf-8")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return (target,)
