"""`case.toml` as `CaseSettings`. In: its text. Out: settings, findings and the line
of each key. One reason to exist: settings are checked as strictly as tables, with places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from outlast.errors import Finding, Place
from outlast.intake.columns import parse_setting
from outlast.intake.files import CASE_FILE
from outlast.intake.toml_text import find_lines, load_toml
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import declarations, propose_nearest

_HERE = Place(CASE_FILE)
_UNKNOWN = CaseSettings(name="", start=date.min)


@dataclass(frozen=True, slots=True)
class ParsedSettings:
    """Settings of a case; what could not be read has its default, or no meaning if required."""

    settings: CaseSettings = _UNKNOWN
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line of each key; keys of [plan] as `plan.key`."""
    broken: frozenset[str] = frozenset()
    """Keys that are missing or could not be read."""
    whole: bool = False
    """False where start or currency are not known."""


def parse_settings(
    text: str, where: Place = _HERE, lines: Mapping[str, int] | None = None
) -> tuple[ParsedSettings, tuple[Finding, ...]]:
    """Settings of a case and everything wrong with them.

    Args:
        text: TOML.
        where: the file (and sheet) that they stand in.
        lines: line of each key, `section.key` in a section; found in the text if None.
    """
    content, broken_text = load_toml(text, where)
    if content is None:
        return ParsedSettings(), broken_text
    content.pop("files", None)
    lines = find_lines(text) if lines is None else lines

    def place_of(key: str) -> Place:
        return replace(where, line=lines.get(key), column=key)

    plan_content = content.pop("plan", {})
    found: list[Finding] = []
    if not isinstance(plan_content, dict):
        message = "plan is a value, but must be a section."
        found.append(
            Finding(
                "error", "wrong-type", place_of("plan"), message, "Write a line [plan] and its keys below."
            )
        )
        plan_content = {}
    plan, broken_plan = _read_section(plan_content, PlanSettings, "plan.", place_of, found)
    top, broken_top = _read_section(content, CaseSettings, "", place_of, found)
    for key in ("name", "start"):
        top.setdefault(key, getattr(_UNKNOWN, key))
    settings = CaseSettings(**top, plan=PlanSettings(**plan))
    found.sort(key=lambda finding: finding.place.line or 0)
    broken = frozenset(broken_top | {f"plan.{key}" for key in broken_plan})
    return ParsedSettings(settings, lines, broken, not {"start", "currency"} & broken), tuple(found)


def _read_section(
    content: Mapping[str, Any],
    row_type: type,
    prefix: str,
    place_of: Callable[[str], Place],
    findings: list[Finding],
) -> tuple[dict[str, Any], set[str]]:
    """Values of the known keys of a section, and the keys that are missing or broken."""
    keys = declarations(row_type)
    values: dict[str, Any] = {}
    broken: set[str] = set()

    def add(level: Any, code: str, key: str, message: str, remedy: str) -> None:
        findings.append(Finding(level, code, place_of(prefix + key), message, remedy))

    for key, value in content.items():
        if key not in keys:
            place_word = "[plan]" if prefix else "case.toml"
            remedy = propose_nearest(key, keys) or "Remove it, or see the case format for the names."
            add("warning", "unknown-key", key, f"{place_word} has no key {key}; it is left out.", remedy)
            continue
        parsed, problems = parse_setting(value, keys[key])
        for problem in problems:
            add(problem.level, problem.code, key, problem.message, problem.remedy)
        if any(problem.level == "error" for problem in problems):
            broken.add(key)
        else:
            values[key] = parsed
    for key, declaration in keys.items():
        if declaration.required and key not in content:
            broken.add(key)
            remedy = f"Add it: {declaration.column.meaning}."
            add("error", "missing-key", key, f"The required key {key} is missing.", remedy)
    return values, broken
