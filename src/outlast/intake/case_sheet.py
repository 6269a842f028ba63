"""The sheet `case` of a workbook as the text of case.toml. In: its `Table`. Out: TOML, the row of each
key, findings. One reason to exist: settings are understood in one place, wherever they stand.
"""

from __future__ import annotations

import json
import re

from outlast.errors import Finding, Place
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import declarations
from outlast.tables import Table

CASE_SHEET = "case"
CASE_COLUMNS = {"key": "text", "value": "", "meaning": "text"}
"""Columns of the sheet and their kinds; `meaning` is for the reader."""
_KEY = re.compile(r"(?:plan\.)?[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_TOML_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


def compose_settings(table: Table) -> tuple[str | None, dict[str, int], tuple[Finding, ...]]:
    """Settings of a sheet with the columns `key` and `value`, as TOML.

    A row without a value has the default. Keys of the section [plan] are written `plan.budget`.

    Returns:
        The text, None where the sheet has not these columns; the row of each key; and the findings.
    """
    heading = [text.strip() for text in table.heading]
    missing = [name for name in ("key", "value") if name not in heading]
    if missing:
        message = f"The sheet lacks the column {' and '.join(missing)}."
        remedy = "Give it the columns key, value and meaning, one setting a row."
        return None, {}, (Finding("error", "missing-column", table.place(), message, remedy),)
    keys = table.columns[heading.index("key")]
    values = table.columns[heading.index("value")]
    findings: list[Finding] = []
    rows: dict[str, int] = {}
    sections: dict[str, list[str]] = {"": [], "plan": []}
    for row, (key, value) in enumerate(zip(keys, values, strict=True)):
        key, value = key.strip(), value.strip()
        place = table.place(row, "key")
        if not value:
            continue
        if not _KEY.fullmatch(key):
            findings.append(_refuse_key(key, place))
        elif key in rows:
            message = f"The key {key} is set twice, in row {rows[key]} too."
            findings.append(Finding("error", "key-twice", place, message, "Keep one of these rows."))
        else:
            rows[key] = int(table.lines[row])
            section, _, name = key.rpartition(".")
            sections[section].append(f"{name} = {_write_value(section, name, value)}")
    text = "\n".join([*sections[""], "[plan]", *sections["plan"], ""])
    return text, rows, tuple(findings)


def _refuse_key(key: str, place: Place) -> Finding:
    message = f"{key[:60]!r} is no key of a setting." if key else "The value has no key."
    remedy = "Write a name such as start, or plan.budget for a key of the section [plan]."
    return Finding("error", "bad-key", place, message, remedy)


def _write_value(section: str, name: str, value: str) -> str:
    """A cell as a TOML value of the kind that its key has; what does not fit stays text and is refused."""
    declaration = declarations(PlanSettings if section else CaseSettings).get(name)
    if declaration and declaration.kind in ("number", "whole number") and _TOML_NUMBER.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
