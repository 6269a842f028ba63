"""Cells as values, as the row dataclasses declare them. In: text or a TOML value, and the
declaration of its column. Out: the value and `Problem`s. One reason to exist: what counts as
a number, a date or a choice is decided in one place, and never guessed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from outlast.network.declarations import Declaration, propose_nearest
from outlast.tables import SPREADSHEET_ERRORS

LARGEST_NUMBER = 1e15
"""Numbers beyond this are absurd where the column declares no range."""
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|∞|1\.#\w+)", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d[\d.,' \u00a0\u202f\u2009_]*", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ].*", re.ASCII)
_LOCAL_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)
_SERIAL_DAY = re.compile(r"[2-7]\d{4}(\.\d+)?", re.ASCII)
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


class Problem(NamedTuple):
    """What is wrong with one value."""

    level: Literal["error", "warning"]
    code: str
    message: str
    remedy: str


def parse_cell(text: str, declaration: Declaration) -> tuple[Any, tuple[Problem, ...]]:
    """Value of a cell and what is wrong with it.

    Text stays as it is, `00123`, `1E5`, `NA` and `TRUE` included; only blanks around it are cut, with a
    warning. An empty cell of an optional column is the default. Where there is an error, the value is
    `stand_in(declaration)`.
    """
    trimmed = text.strip()
    if not trimmed:
        if declaration.required:
            return stand_in(declaration), (_empty(declaration),)
        return declaration.default, ()
    blanks = Problem("warning", "blanks-around", f"Blanks around {trimmed!r} were cut.", "Remove them.")
    warnings = (blanks,) if trimmed != text else ()
    if not trimmed.isprintable() and any(_is_invisible(letter) for letter in trimmed):
        message = f"{_show(trimmed)} holds characters that cannot be seen."
        remedy = "Remove them if they are not meant: names that look the same would differ."
        warnings = (*warnings, Problem("warning", "invisible-characters", message, remedy))
    if trimmed in SPREADSHEET_ERRORS:
        message = f"{trimmed} is the error of a spreadsheet formula."
        failed = Problem("error", "spreadsheet-error", message, "Mend the formula and export again.")
        return stand_in(declaration), (*warnings, failed)
    parsed = _PARSERS[declaration.kind](trimmed, declaration)
    problem = parsed if isinstance(parsed, Problem) else check_range(parsed, declaration)
    if problem:
        return stand_in(declaration), (*warnings, problem)
    return parsed, warnings


def parse_setting(value: object, declaration: Declaration) -> tuple[Any, tuple[Problem, ...]]:
    """Value of a TOML key and what is wrong with it. A date may also be written in quotes."""
    kind = declaration.kind
    if isinstance(value, str) and kind in ("text", "choice", "date"):
        return parse_cell(value, declaration)
    whole = isinstance(value, int) and not isinstance(value, bool)
    day = isinstance(value, date) and not isinstance(value, datetime)
    if kind == "number" and (whole or isinstance(value, float)):
        try:
            parsed: Any = float(value)  # type: ignore[arg-type]
        except OverflowError:
            parsed = math.inf
    elif (kind == "whole number" and whole) or (kind == "date" and day):
        parsed = value
    else:
        problem = Problem("error", "wrong-type", f"{_show(value)} is no {kind}.", _TOML_REMEDY[kind])
        return declaration.default, (problem,)
    found = check_range(parsed, declaration)
    return (declaration.default, (found,)) if found else (parsed, ())


def check_range(value: Any, declaration: Declaration) -> Problem | None:
    """A problem where a number or date is outside what its column declares."""
    if isinstance(value, date):
        if FIRST_DAY <= value <= LAST_DAY:
            return None
        return Problem(
            "error", "date-out-of-range", f"{value} is not between 1900 and 2199.", "Correct the year."
        )
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    column = declaration.column
    if not math.isfinite(value):
        return _not_finite(str(value))
    low = -LARGEST_NUMBER if column.low is None else column.low
    high = LARGEST_NUMBER if column.high is None else column.high
    if low <= value <= high and (column.above is None or value > column.above):
        return None
    unit = f" [{column.unit}]" if column.unit else ""
    message = f"{value:g} is out of range: {describe_range(declaration) or f'at most {high:g}'}."
    return Problem("error", "out-of-range", message, f"Check the figure and its unit{unit}.")


def describe_range(declaration: Declaration) -> str:
    """The declared range in words, empty where there is none."""
    column = declaration.column
    parts = []
    if column.above is not None:
        parts.append(f"above {column.above:g}")
    if column.low is not None:
        parts.append(f"at least {column.low:g}")
    if column.high is not None:
        parts.append(f"at most {column.high:g}")
    return ", ".join(parts).replace("e+", "e")


def describe_default(declaration: Declaration) -> str:
    """What an empty cell means, in words."""
    _, marker, words = declaration.column.meaning.partition("default: ")
    if marker:
        return words
    if declaration.default is None:
        return "none"
    if isinstance(declaration.default, bool):
        return str(declaration.default).lower()
    if isinstance(declaration.default, float):
        return f"{declaration.default:g}"
    return str(declaration.default) or "empty"


def stand_in(declaration: Declaration) -> Any:
    """Value of a broken cell: one that no rule takes for a real one, so that the rest of the row and the
    rows that refer to it can still be checked. A case with such a value is never handed on."""
    if declaration.kind in ("text", "choice"):
        return ""
    if declaration.kind == "number":
        return math.nan
    if declaration.kind == "date":
        return date.min if declaration.required else None
    return declaration.default


def _is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf") and letter not in "\r\n"


def _empty(declaration: Declaration) -> Problem:
    return Problem(
        "error", "empty-cell", f"{declaration.name} is required, but the cell is empty.", "Fill it in."
    )


def _not_finite(text: str) -> Problem:
    remedy = "Write a number; where the column is optional, an empty cell means its default."
    return Problem("error", "not-finite", f"{text} is not a finite number.", remedy)


def _parse_number(text: str, declaration: Declaration) -> float | Problem:
    if _NUMBER.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else _not_finite(text)
    if _NOT_FINITE.fullmatch(text):
        return _not_finite(text)
    if _GROUPED.fullmatch(text):
        message = f"{text!r} has a decimal comma or thousands separators, which can be read in two ways."
        digits = re.sub(r"[^\d.,+-]", "", text)
        readings = _read_both_ways(digits)
        remedy = (
            f"Write {' or '.join(readings)}, whichever is meant." if readings else "Use a decimal point only."
        )
        return Problem("error", "number-format", message, remedy)
    remedy = "Write digits and a decimal point only, without unit or currency."
    if text.endswith("%") and _NUMBER.fullmatch(text[:-1].strip()):
        remedy = f"Write it as a share: {float(text[:-1]) / 100:g}."
    return Problem("error", "not-a-number", f"{_show(text)} is not a number.", remedy)


def _read_both_ways(digits: str) -> list[str]:
    """The number with its last separator as decimal sign, and with all as thousands separators."""
    whole = re.sub(r"[.,]", "", digits)
    last = max(digits.rfind(","), digits.rfind("."))
    readings = [whole] if _NUMBER.fullmatch(whole) else []
    separators = set(re.findall(r"[.,]", digits))
    if last >= 0 and (len(separators) == 2 or digits.count(digits[last]) == 1):
        decimal = re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :]
        # Two kinds of separator, or no group of three digits at the end: only one reading is left.
        only = len(separators) == 2 or len(digits) - last - 1 != 3
        readings = [decimal] if only else [decimal, *readings]
    return readings


def _parse_whole(text: str, declaration: Declaration) -> int | Problem:
    if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        return int(text)
    return Problem("error", "not-a-number", f"{_show(text)} is not a whole number.", "Write digits only.")


def _parse_date(text: str, declaration: Declaration) -> date | Problem:
    if _ISO_DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            message = f"{text} is no day of the calendar."
            return Problem("error", "bad-date", message, "Correct month or day (YYYY-MM-DD).")
    message = f"{_show(text)} is not a date written YYYY-MM-DD."
    return Problem("error", "bad-date", message, _propose_date(text))


def _propose_date(text: str) -> str:
    """What to write instead: every reading that the text allows."""
    readings = []
    if match := _ISO_TIME.fullmatch(text):
        readings = [match[1]]
    elif match := _LOCAL_DAY.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        for month, day in ((second, first), (first, second)):
            try:
                readings.append(date(year, month, day).isoformat())
            except ValueError:
                continue
    elif _SERIAL_DAY.fullmatch(text):
        readings = [(date(1899, 12, 30) + timedelta(days=int(text[:5]))).isoformat()]
        return f"It looks like a spreadsheet's serial number: if it is one, write {readings[0]}."
    readings = list(dict.fromkeys(readings))
    if len(readings) == 2:
        return f"Write {readings[0]} or {readings[1]}, whichever is meant."
    return f"Write {readings[0]}." if readings else "Write it as YYYY-MM-DD, for example 2027-01-04."


def _parse_flag(text: str, declaration: Declaration) -> bool | Problem:
    word = text.lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    return Problem(
        "error", "not-true-false", f"{_show(text)} is neither true nor false.", "Write true or false."
    )


def _parse_choice(text: str, declaration: Declaration) -> str | Problem:
    if text in declaration.choices:
        return text
    message = f"{_show(text)} is not one of {', '.join(declaration.choices)}."
    remedy = propose_nearest(text, declaration.choices) or "Choose one of these."
    return Problem("error", "unknown-choice", message, remedy)


def _parse_text(text: str, declaration: Declaration) -> str:
    return text


def _show(value: object) -> str:
    """A value in quotes, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_PARSERS = {
    "text": _parse_text,
    "number": _parse_number,
    "whole number": _parse_whole,
    "true/false": _parse_flag,
    "date": _parse_date,
    "choice": _parse_choice,
}

_TOML_REMEDY = {
    "text": 'Write it in quotes, for example "text".',
    "number": "Write digits and a decimal point, without quotes.",
    "whole number": "Write digits only, without quotes and without a decimal point.",
    "true/false": "Write true or false, without quotes.",
    "date": "Write a day without quotes, for example 2027-01-04.",
    "choice": "Write one of the choices in quotes.",
}
