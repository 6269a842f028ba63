"""TOML text as plain values and the line of each key. In: text. Out: values, lines or a finding.
One reason to exist: whatever is wrong with a setting is told with its line, which tomllib forgets.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import Any

from outlast.errors import Finding, Place


def load_toml(text: str, where: Place) -> tuple[dict[str, Any] | None, tuple[Finding, ...]]:
    """Values of a TOML text, or None and a finding that says on which line it is broken."""
    try:
        # RecursionError: thousands of nested brackets.
        return tomllib.loads(text), ()
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        return None, (_describe_syntax(error, text, where),)


def _describe_syntax(error: Exception, text: str, where: Place) -> Finding:
    """The finding of a text that is no TOML."""
    match = re.search(r"\(at line (\d+), column \d+\)", str(error))
    line = int(match[1]) if match else text.count("\n") + 1
    what = str(error).partition(" (at ")[0] if str(error) else "nested too deeply"
    message = f"This is not TOML: {what}."
    remedy = "Write one key = value a line; text in quotes, days as 2027-01-04, sections as [plan]."
    return Finding("error", "bad-toml", replace(where, line=line), message, remedy)


_LONGEST = 1000
"""Letters of a line with a key; longer ones have no place."""
_SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-\"'.]+)\s*=")


def find_lines(text: str) -> dict[str, int]:
    """Line on which each key is set: tomllib does not tell."""
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate(re.split(r"\r\n|\n", text), start=1):
        if len(line) > _LONGEST:
            continue
        if match := _SECTION.match(line):
            section = match[1].strip("\"'") + "."
            lines.setdefault(section[:-1], number)
        elif match := _KEY.match(line):
            lines.setdefault(section + re.sub("[\"']", "", match[1]), number)
    return lines
