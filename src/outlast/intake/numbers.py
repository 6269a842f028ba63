"""Numbers as people write them. In: text and the form of its file. Out: a number or a `Problem`.
One reason to exist: a decimal comma is never taken for a thousands separator. A number is read in
the declared form; where the decimal sign is not known, only if one reading is left.
"""

from __future__ import annotations

import math
import re
from functools import cache

from outlast.intake.problem import Problem, show
from outlast.tables.form import BLANKS, FileForm

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|∞|1\.#\w+)", re.IGNORECASE)
_LIKE_NUMBER = re.compile(rf"[+-]?[\d.,'’_{BLANKS}]+([eE][+-]?\d+)?", re.ASCII)
_SIGNS_APART = re.compile(r"\((?P<a>[\d.,' ]+)\)|(?P<b>[\d.,' ]+)-")
_LONGEST = 100
"""Letters of a number; above this patterns would go back and forth for hours."""
_FORMS = (
    (",", ""),
    (".", ""),
    (".", ","),
    (",", "."),
    (".", " "),
    (",", " "),
    (".", "'"),
    (",", "'"),
    (".", "_"),
)
"""Decimal sign and thousands separator of every form that is met, in the order in which they are told."""


def parse_number(text: str, form: FileForm) -> float | Problem:
    """A number written in the form of its file.

    Args:
        text: a cell without blanks around it.
        form: of its file; a canonical number (digits and a decimal point) is read as such unless the
            form says otherwise.
    """
    written = _canonical(text, form)
    if written is None:
        return _describe(text, form)
    value = float(written)
    return value if math.isfinite(value) else not_finite(text)


def parse_whole(text: str, form: FileForm) -> int | Problem:
    """A whole number written in the form of its file."""
    written = _canonical(text, form)
    if written is not None and re.fullmatch(r"[+-]?\d{1,18}", written, re.ASCII):
        return int(written)
    if written is None and (len(text) > _LONGEST or any(mark in text for mark in ",.'")):
        return _describe(text, form)
    return Problem("error", "not-a-number", f"{show(text)} is not a whole number.", "Write digits only.")


def not_finite(text: str) -> Problem:
    """The problem of a number that is none."""
    remedy = "Write a number; where the column is optional, an empty cell means its default."
    return Problem("error", "not-finite", f"{text} is not a finite number.", remedy)


def is_canonical(form: FileForm) -> bool:
    """Whether numbers are digits and a decimal point and nothing else."""
    return form.decimal_sign == "." and not form.thousands_separator


def _canonical(text: str, form: FileForm) -> str | None:
    """The number with a decimal point and no separators, None where it has no reading, or several."""
    if len(text) > _LONGEST:
        return None
    if form.decimal_sign is None:
        readings = _read_all(text, form.thousands_separator)
        return readings[0] if len(readings) == 1 else None
    if is_canonical(form):
        return text if _NUMBER.fullmatch(text) else None
    return _read(text, form.decimal_sign, form.thousands_separator)


def _read(text: str, decimal: str, thousands: str) -> str | None:
    """The number in one form, None where it is not written so."""
    match = _grammar(decimal, thousands).fullmatch(text)
    if match is None:
        return None
    whole = re.sub(r"[^\d+-]", "", match["whole"] or "")
    part = match["part"]
    return whole + ("" if part is None else "." + part) + (match["power"] or "")


@cache
def _grammar(decimal: str, thousands: str) -> re.Pattern[str]:
    """Numbers of one form. Groups are of three digits, the first without a leading zero."""
    mark = re.escape(decimal)
    group = {" ": f"[{BLANKS}]", "'": "['’]"}.get(thousands, re.escape(thousands))
    grouped = rf"[1-9]\d{{0,2}}(?:{group}\d{{3}})+|" if thousands else ""
    whole = rf"(?P<whole>[+-]?(?:{grouped}\d+(?=[^\d]|$)|(?={mark}\d)))"
    return re.compile(rf"{whole}(?:{mark}(?P<part>\d*))?(?P<power>[eE][+-]?\d+)?", re.ASCII)


def _read_all(text: str, declared: str = "") -> list[str]:
    """Every reading of a number in the usual forms, those of equal value once.

    Args:
        text: a cell without blanks around it.
        declared: thousands separator of its file; empty: not stated.
    """
    readings: dict[float, str] = {}
    if not _LIKE_NUMBER.fullmatch(text):
        return []
    for decimal, thousands in _FORMS:
        if declared and (decimal == declared or thousands not in ("", declared)):
            continue
        written = _read(text, decimal, thousands)
        if written is not None:
            readings.setdefault(float(written), written)
    return list(readings.values())


def _describe(text: str, form: FileForm) -> Problem:
    """Why a text is no number of its file, and what to write instead."""
    if len(text) > _LONGEST:
        message = f"{show(text)} is longer than any number."
        return Problem("error", "not-a-number", message, "Look whether cells were joined here.")
    if _NOT_FINITE.fullmatch(text):
        return not_finite(text)
    readings = _read_all(text, form.thousands_separator if form.decimal_sign is None else "")
    readings = readings or _read_all(text)
    if readings:
        if len(readings) > 1:
            message = f"{show(text)} can be read in two ways: {' or '.join(readings)}."
        else:
            message = f"{show(text)} is not written as the numbers of this file are: {_tell(form)}."
        remedy = f"Write {' or '.join(readings)}, " + ("whichever" if len(readings) > 1 else "if that")
        declare = ", or declare decimal_sign and thousands_separator in case.toml under [files]"
        end = f" is meant{declare if form.declarable else ''}."
        return Problem("error", "number-format", message, remedy + end)
    remedy = "Write digits and a decimal point only, without unit or currency."
    if text.endswith("%") and _NUMBER.fullmatch(text[:-1].strip()):
        remedy = f"Write it as a share: {float(text[:-1]) / 100:g}."
    elif match := _SIGNS_APART.fullmatch(text):
        remedy = f"Write -{match['a'] or match['b']}, if that is meant."
    return Problem("error", "not-a-number", f"{show(text)} is not a number.", remedy)


def _tell(form: FileForm) -> str:
    """The form of numbers in words."""
    decimal = {",": "a decimal comma", ".": "a decimal point"}.get(form.decimal_sign or "", "a decimal sign")
    names = {
        "": "no thousands separators",
        " ": "blanks between thousands",
        "'": "apostrophes between thousands",
    }
    thousands = names.get(form.thousands_separator, f"{form.thousands_separator!r} between thousands")
    return f"{decimal} and {thousands}"
