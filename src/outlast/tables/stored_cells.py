"""Stored cells as the text that a CSV file would hold. In: a `Cell`, its number format, the kind of its
column. Out: text and what the spreadsheet has done to it. One reason to exist: an identifier that Excel
has turned into a number, a date or TRUE never passes in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from outlast.tables.sheet import Cell
from outlast.tables.table import SPREADSHEET_ERRORS


class Loss(NamedTuple):
    """What a cell has lost, in the words of a finding."""

    level: str
    code: str
    message: str
    remedy: str


_LARGEST = 1e308
_ROUNDED = 1e15
"""Whole numbers from here on have 16 digits or more, of which a spreadsheet keeps 15."""
_TEXT_REMEDY = "Format the column as Text and type it anew, or correct it in the source."
_SIMPLE = re.compile(r'(?:"[^"]*"|\\.|[0#\-/ ().])+')
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|(.)')


class CellWriter:
    """Writes cells of one workbook."""

    def __init__(self, formats: Sequence[str], days_from_1904: bool):
        self._formats = formats
        self._from_1904 = days_from_1904

    def write(self, cell: Cell, kind: str) -> tuple[str, Loss | None]:
        """Text of a cell in a column of a kind (`text`, `number`, ...; empty where nothing is known)."""
        stored, value, style = cell
        if stored == "n":
            return self._write_number(value, style, kind)
        if stored == "text" or stored == "d":
            return str(value), None
        if stored == "b":
            word = "true" if value else "false"
            if kind not in ("text", "choice"):
                return word, None
            message = f"The cell is stored as true/false; it is read as the text {word.upper()}."
            return word.upper(), Loss("warning", "lost-in-type", message, _TEXT_REMEDY)
        if stored == "e":
            if value in SPREADSHEET_ERRORS:
                return value, None
            message = f"The cell holds an error: {value[:40]}."
            return "", Loss("error", "spreadsheet-error", message, "Mend the formula.")
        message = "The formula has no value: the program that wrote the workbook did not calculate it."
        remedy = "Open the workbook in Excel or LibreOffice and save it, or write the value itself."
        return "", Loss("error", "formula-without-value", message, remedy)

    def _write_number(self, number: float, style: int, kind: str) -> tuple[str, Loss | None]:
        form = self._formats[style] if 0 <= style < len(self._formats) else "General"
        if not -_LARGEST <= number <= _LARGEST:
            message = f"The number is beyond {_LARGEST:.0e}, which no spreadsheet holds."
            return "", Loss("error", "out-of-range", message, "Correct it in the source.")
        number = float(number)
        if form != "General" and _shows_dates(form):
            text = write_day(number, self._from_1904)
            if kind not in ("text", "choice"):
                return text, None
            message = f"The cell is stored as the day {text}: what was typed is lost."
            return text, Loss("error", "lost-in-type", message, _TEXT_REMEDY)
        whole = number == int(number) and abs(number) < _ROUNDED
        text = str(int(number)) if whole else repr(number)
        if kind in ("number", "whole number", "true/false", "date"):
            return text, None
        return _show(number, text, form, kind)


def write_day(serial: float, from_1904: bool) -> str:
    """A serial number of a spreadsheet as an ISO day, with the time of day if there is one.

    Source: ECMA-376 part 1, 18.17.4: the system of 1900 has a 29 February 1900 (60) that never was.
    """
    if serial < 0 or serial > 2_958_465:
        return repr(serial)
    days = int(serial)
    seconds = round((serial - days) * 86_400)
    if not from_1904 and days == 60:
        return "1900-02-29"
    if not from_1904 and days == 0:
        return str(timedelta(seconds=seconds))
    start = date(1904, 1, 1) if from_1904 else date(1899, 12, 31 if days < 60 else 30)
    try:
        moment = datetime.combine(start, datetime.min.time()) + timedelta(days=days, seconds=seconds)
    except OverflowError:
        return repr(serial)
    return moment.isoformat() if seconds else moment.date().isoformat()


@cache
def _shows_dates(form: str) -> bool:
    from openpyxl.styles.numbers import is_date_format

    return bool(is_date_format(form))


def _show(number: float, text: str, form: str, kind: str) -> tuple[str, Loss | None]:
    """A number in a column of text, or of a kind that is not known."""
    level = "error" if kind else "warning"
    if abs(number) >= _ROUNDED:
        message = f"{text} is stored as a number; of 16 or more digits a spreadsheet keeps 15, so that it is"
        return text, Loss(level, "rounded-id", f"{message} no longer what was typed.", _TEXT_REMEDY)
    shown = _show_filled(number, form)
    if shown is not None and shown != text:
        message = f"{text} is stored as a number and shown as {shown}; it is read as {shown}."
        return shown, Loss("warning", "read-as-shown", message, "Format the column as Text to be sure.")
    if not kind:
        return text, None
    if "E+" in form.upper() or "E-" in form.upper():
        message = f"The cell shows a number with an exponent ({text}): an identifier such as 1E5 is lost."
        return text, Loss("error", "lost-in-type", message, _TEXT_REMEDY)
    if number != int(number):
        message = f"{text} is stored as a number: zeros at its end, if there were any, are lost."
        return text, Loss("warning", "lost-in-type", message, _TEXT_REMEDY)
    return text, None


def _show_filled(number: float, form: str) -> str | None:
    """What a format of zeros and fixed letters shows of a whole number; None for any other format."""
    if number < 0 or number != int(number) or len(form) > 100:
        return None
    section = form.partition(";")[0] if '"' not in form else form
    if not _SIMPLE.fullmatch(section):
        return None
    tokens = [(quoted or escaped or plain) for quoted, escaped, plain in _TOKEN.findall(section)]
    marks = [not quoted and not escaped for quoted, escaped, plain in _TOKEN.findall(section)]
    slots = [mark and token in "0#" for token, mark in zip(tokens, marks, strict=True)]
    if not any(slots) or any(mark and token == "." for token, mark in zip(tokens, marks, strict=True)):
        return None
    digits = list(str(int(number)))
    first = slots.index(True)
    shown: list[str] = []
    for position in range(len(tokens) - 1, -1, -1):
        if not slots[position]:
            shown.append(tokens[position])
            continue
        if digits:
            shown.append(digits.pop())
        elif tokens[position] == "0":
            shown.append("0")
        if position == first:
            shown.extend(reversed(digits))
            digits = []
    return "".join(reversed(shown))
