"""How the files of a case are written, as `[files]` of `case.toml` declares it. In: its text.
Out: `FileForm`s by table, and findings. One reason to exist: an encoding or a decimal comma is
declared, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from outlast.errors import Finding, Place
from outlast.intake.problem import show
from outlast.intake.toml_text import find_lines, load_toml
from outlast.network.declarations import propose_nearest
from outlast.network.network import TABLES
from outlast.tables.form import BLANKS, DATE_ORDERS, ENCODINGS, PLAIN_FORM, SEPARATORS, FileForm, find_codec

_VALUES: Mapping[str, Mapping[str, str]] = {
    "separator": {**{mark: mark for mark in SEPARATORS}, "tab": "\t"},
    "decimal_sign": {".": ".", ",": ","},
    "thousands_separator": {"": "", ".": ".", ",": ",", "'": "'", "’": "'", **dict.fromkeys(BLANKS, " ")},
    "date_order": {order: order for order in DATE_ORDERS},
}
KEYS = ("encoding", *_VALUES)
"""What may be declared of a file."""


def read_forms(text: str, where: Place) -> tuple[Mapping[str, FileForm], tuple[Finding, ...]]:
    """The form of each table's file, and what is wrong with its declaration.

    `[files]` counts for every CSV file of the case, `[files.demand]` for one table.

    Args:
        text: of `case.toml`; where it is broken, nothing counts as declared and nothing is said.
        where: its place.
    """
    content, _ = load_toml(text, where)
    declared = (content or {}).get("files", {})
    reading = _Reading(where, find_lines(text))
    if not isinstance(declared, dict):
        reading.add("error", "wrong-type", "files", "files is a value, but must be a section.", _SECTION)
        declared = {}
    whole = reading.read_form(PLAIN_FORM, {k: v for k, v in declared.items() if not isinstance(v, dict)}, "")
    forms = dict.fromkeys(TABLES, whole)
    for name, part in declared.items():
        if not isinstance(part, dict):
            continue
        if name in TABLES:
            forms[name] = reading.read_form(whole, part, f"{name}.")
        else:
            message = f"There is no table {name}; [files.{name}] is left out."
            remedy = propose_nearest(name, TABLES) or "Name a table of the case."
            reading.add("warning", "unknown-key", f"files.{name}", message, remedy)
    return forms, tuple(reading.findings)


_SECTION = "Write a line [files] and its keys below."


class _Reading:
    """Findings of one text, with their lines."""

    def __init__(self, where: Place, lines: Mapping[str, int]):
        self._where = where
        self._lines = lines
        self.findings: list[Finding] = []

    def add(self, level: Any, code: str, key: str, message: str, remedy: str) -> None:
        """Note a finding about a key."""
        place = replace(self._where, line=self._lines.get(key), column=key)
        self.findings.append(Finding(level, code, place, message, remedy))

    def read_form(self, form: FileForm, declared: Mapping[str, Any], prefix: str) -> FileForm:
        """The form with what is declared beyond it; what cannot be read is left as it was."""
        for key, value in declared.items():
            name = f"files.{prefix}{key}"
            if key not in KEYS:
                remedy = propose_nearest(key, KEYS) or f"Declare {', '.join(KEYS)}, or nothing."
                self.add("warning", "unknown-key", name, f"[files] has no key {key}; it is left out.", remedy)
            elif key == "encoding":
                form = self._read_encoding(form, value, name)
            elif isinstance(value, str) and value in _VALUES[key]:
                changes: dict[str, Any] = {key: _VALUES[key][value]}
                form = replace(form, **changes)
                if key == "decimal_sign":
                    form = replace(form, decimal_sign_declared=True)
            else:
                words = ", ".join(f'"{choice}"' for choice in _VALUES[key] if choice.isprintable())
                message = f"{show(value)} is no {key.replace('_', ' ')} that can be read."
                self.add("error", "unknown-choice", name, message, f"Write one of {words}.")
        if form.decimal_sign == form.thousands_separator:
            message = "The decimal sign and the thousands separator are the same."
            key = f"files.{prefix}thousands_separator"
            self.add("error", "unknown-choice", key, message, 'Declare both, for example "," and ".".')
            form = replace(form, thousands_separator="")
        return form

    def _read_encoding(self, form: FileForm, value: object, name: str) -> FileForm:
        if isinstance(value, str) and find_codec(value):
            return replace(form, encoding=value)
        message = f"{show(value)} is no encoding that can be read."
        remedy = (isinstance(value, str) and propose_nearest(value, ENCODINGS)) or (
            f"Write one of {', '.join(ENCODINGS)}."
        )
        self.add("error", "unknown-choice", name, message, remedy)
        return form
