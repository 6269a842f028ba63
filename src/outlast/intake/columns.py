"""Cells as values, as the row dataclasses declare them. In: text or a TOML value, and the
declaration of its column. Out: the value and `Problem`s. One reason to exist: what counts as
a number, a date or a choice is decided in one place, and never guessed.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from outlast.intake.dates import parse_day
from outlast.intake.numbers import not_finite, parse_number, parse_whole
from outlast.intake.problem import Problem, show
from outlast.network.declarations import Declaration, propose_nearest
from outlast.tables import SPREADSHEET_ERRORS
from outlast.tables.form import PLAIN_FORM, FileForm

LARGEST_NUMBER = 1e15
"""Numbers beyond this are absurd where the column declares no range."""
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)

_Parsed = tuple[Any, tuple[Problem, ...]]

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


def parse_cell(
    text: str, declaration: Declaration, form: FileForm = PLAIN_FORM
) -> tuple[Any, tuple[Problem, ...]]:
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
    blanks = Problem("warning", "blanks-around", f"Blanks around {show(trimmed)} were cut.", "Remove them.")
    warnings = (blanks,) if trimmed != text else ()
    if not trimmed.isprintable() and any(_is_invisible(letter) for letter in trimmed):
        message = f"{show(trimmed)} holds characters that cannot be seen."
        remedy = "Remove them if they are not meant: names that look the same would differ."
        warnings = (*warnings, Problem("warning", "invisible-characters", message, remedy))
    if trimmed in SPREADSHEET_ERRORS:
        message = f"{trimmed} is the error of a spreadsheet formula."
        failed = Problem("error", "spreadsheet-error", message, "Mend the formula and export again.")
        return stand_in(declaration), (*warnings, failed)
    value, problems = _PARSERS[declaration.kind](trimmed, declaration, form)
    if not any(problem.level == "error" for problem in problems):
        outside = check_range(value, declaration)
        problems = (*problems, outside) if outside else problems
    if any(problem.level == "error" for problem in problems):
        value = stand_in(declaration)
    return value, (*warnings, *problems)


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
        problem = Problem("error", "wrong-type", f"{show(value)} is no {kind}.", _TOML_REMEDY[kind])
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
        return not_finite(str(value))
    low = -LARGEST_NUMBER if column.low is None else column.low
    high = LARGEST_NUMBER if column.high is None else column.high
    if low <= value <= high and (column.above is None or value > column.above):
        return None
    unit = f" [{column.unit}]" if column.unit else ""
    message = f"{value:g} is out of range: {describe_range(declaration) or f'at most {high:g}'}."
    return Problem("error", "out-of-range", message, f"Check the figure and its unit{unit}.")


def within_range(values: Sequence[float], declaration: Declaration) -> bool:
    """Whether all numbers are finite and inside what their column declares."""
    if not values:
        return True
    # NaN compares false with everything, so that min and max could miss it.
    finite = all(map(math.isfinite, values))
    return finite and not any(check_range(value, declaration) for value in (min(values), max(values)))


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


def _parse_number(text: str, declaration: Declaration, form: FileForm) -> _Parsed:
    value = parse_number(text, form)
    return (None, (value,)) if isinstance(value, Problem) else (value, ())


def _parse_whole(text: str, declaration: Declaration, form: FileForm) -> _Parsed:
    value = parse_whole(text, form)
    return (None, (value,)) if isinstance(value, Problem) else (value, ())


def _parse_date(text: str, declaration: Declaration, form: FileForm) -> _Parsed:
    return parse_day(text, form)


def _parse_flag(text: str, declaration: Declaration, form: FileForm) -> _Parsed:
    word = text.lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE, ()
    message = f"{show(text)} is neither true nor false."
    return None, (Problem("error", "not-true-false", message, "Write true or false."),)


def _parse_choice(text: str, declaration: Declaration, form: FileForm) -> _Parsed:
    if text in declaration.choices:
        return text, ()
    message = f"{show(text)} is not one of {', '.join(declaration.choices)}."
    remedy = propose_nearest(text, declaration.choices) or "Choose one of these."
    return None, (Problem("error", "unknown-choice", message, remedy),)


def _parse_text(text: str, declaration: Declaration, form: FileForm) -> _Parsed:
    return text, ()


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
