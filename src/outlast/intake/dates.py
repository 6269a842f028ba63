"""Days as people write them. In: text and the form of its file. Out: a day, or `Problem`s.
One reason to exist: 05/01/2027 is never guessed. A day is read where one reading is left; where
several are, in the declared order, or not at all.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from outlast.intake.problem import Problem, show
from outlast.tables.form import FileForm

_TIME = re.compile(
    r"(?P<day>.*\d)[T ]+(?P<time>\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)( ?[AaPp]\.?[Mm]\.?)?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})()(\d{2})(\d{2})", re.ASCII)
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_NAMED = re.compile(
    r"(?P<d1>[0-9]{1,2})\.?[-/ ]*(?P<m1>[^\W\d_]{3,})\.?[-/, ]*(?P<y1>[0-9]{4}|[0-9]{2})"
    r"|(?P<m2>[^\W\d_]{3,})\.?[- ]*(?P<d2>[0-9]{1,2})\.?[-, ]+(?P<y2>[0-9]{4})"
    r"|(?P<y3>[0-9]{4})[- ](?P<m3>[^\W\d_]{3,})\.?[- ](?P<d3>[0-9]{1,2})"
)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?", re.ASCII)
_EPOCHS = {"serial-1900": date(1899, 12, 30), "serial-1904": date(1904, 1, 1)}
_MONTHS = (
    "jan januar january janvier enero ene gennaio gen janeiro",
    "feb februar february février fév févr febrero febbraio fevereiro fev",
    "mar march märz mrz mär mars marzo março",
    "apr april avr avril abr abril aprile",
    "may mai mayo maggio mag maio",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juil juillet julio luglio lug julho",
    "aug august août aoû aou agosto ago",
    "sep sept september septembre septiembre settembre set setembro",
    "oct okt october oktober octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec dez dic déc december dezember décembre diciembre dicembre dezembro",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_SHORT_CENTURY = 2000
_LONGEST = 100
"""Letters of a day; above this patterns would go back and forth for hours."""


def parse_day(text: str, form: FileForm) -> tuple[date | None, tuple[Problem, ...]]:
    """A day and what is wrong with it; None where there is no day, or more than one.

    Read without a declaration: year first (`2027-01-05`, `2027/1/5`, `20270105`), the month by name
    (`5 Jan 2027`), and day and month before the year where only one order gives a day (`31.01.2027`).
    A time of day is left out, with a warning unless it is midnight. Two-digit years and the serial
    numbers of spreadsheets need a declaration of `date_order`; two-digit years are those from 2000 on.
    """
    if len(text) > _LONGEST:
        message = f"{show(text)} is longer than any date."
        return None, (Problem("error", "bad-date", message, "Look whether cells were joined here."),)
    day, time = _cut_time(text)
    declared = _read_declared(day, form.date_order)
    readings = _read_day(day) if declared is None else declared
    if len(readings) == 1 and re.search(r"[1-9]", time):
        message = f"The time of day in {show(text)} is left out."
        remedy = f"Write the day only: {readings[0]}."
        return readings[0], (Problem("warning", "time-left-out", message, remedy),)
    if len(readings) == 1:
        return readings[0], ()
    return None, (_describe(text, day, readings, form),)


def _cut_time(text: str) -> tuple[str, str]:
    """The day, and the time of day behind it."""
    if match := _TIME.fullmatch(text):
        return match["day"].rstrip(), match["time"]
    if (match := _SERIAL.fullmatch(text)) and match[2]:
        return match[1], match[2]
    return text, ""


def _read_declared(text: str, order: str) -> list[date] | None:
    """The reading in a declared order, None of a text to which the declaration does not speak."""
    if order in _EPOCHS:
        match = _SERIAL.fullmatch(text)
        return [_EPOCHS[order] + timedelta(days=int(match[1]))] if match else None
    if not order:
        return None
    if match := _YEAR_LAST.fullmatch(text) or _SHORT_YEAR.fullmatch(text):
        parts = dict(zip(order.split("-"), (match[1], match[3], match[4]), strict=True))
    elif (match := _NAMED.fullmatch(text)) and match["y1"] and len(match["y1"]) == 2:
        first, last = ("year", "day") if order == "year-month-day" else ("day", "year")
        parts = {first: match["d1"], "month": str(_MONTH.get(match["m1"].lower(), 0)), last: match["y1"]}
    else:
        return None
    digits = len(parts["year"])
    if digits not in (2, 4):
        return []
    century = _SHORT_CENTURY if digits == 2 else 0
    return _days((century + int(parts["year"]), int(parts["month"]), int(parts["day"])))


def _read_day(text: str) -> list[date]:
    """Every reading of a day whose form leaves no doubt about the year."""
    if match := _YEAR_FIRST.fullmatch(text):
        return _days((int(match[1] or match[5]), int(match[3] or match[7]), int(match[4] or match[8])))
    if match := _CHINESE.fullmatch(text):
        return _days((int(match[1]), int(match[2]), int(match[3])))
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        return _days((year, second, first), (year, first, second))
    if match := _NAMED.fullmatch(text):
        number = "1" if match["m1"] else "2" if match["m2"] else "3"
        month, digits = _MONTH.get(match["m" + number].lower(), 0), match["y" + number]
        return _days((int(digits), month, int(match["d" + number]))) if len(digits) == 4 else []
    return []


def _days(*readings: tuple[int, int, int]) -> list[date]:
    """Those of (year, month, day) that are days of the calendar, equal ones once."""
    days = []
    for year, month, day in readings:
        try:
            days.append(date(year, month, day))
        except ValueError:
            continue
    return list(dict.fromkeys(days))


def _describe(text: str, day: str, readings: list[date], form: FileForm) -> Problem:
    """Why a text is no day, or more than one, and what to write instead."""
    declare = ", or declare date_order in case.toml under [files]" if form.declarable else ""
    if len(readings) > 1:
        words = " or ".join(map(str, readings))
        remedy = f"Write {words}, whichever is meant{declare}."
        return Problem("error", "ambiguous-date", f"{show(text)} can be read in two ways.", remedy)
    if _SERIAL.fullmatch(day):
        old, new = (epoch + timedelta(days=int(day)) for epoch in _EPOCHS.values())
        message = f"{show(text)} looks like a spreadsheet's serial number."
        remedy = f"Write {old} (days counted from 1900) or {new} (from 1904){declare}."
        return Problem("error", "ambiguous-date", message, remedy)
    short = _SHORT_YEAR.fullmatch(day)
    if short or ((match := _NAMED.fullmatch(day)) and match["y1"] and match["m1"].lower() in _MONTH):
        message = f"The year of {show(text)} has two digits."
        return Problem("error", "ambiguous-date", message, f"Write four{declare}.")
    if form.date_order and _read_day(day):
        message = f"{show(text)} is no day in the declared order {form.date_order}."
        return Problem("error", "bad-date", message, f"Write {_read_day(day)[0]}, if that is meant.")
    if _YEAR_FIRST.fullmatch(day) or _YEAR_LAST.fullmatch(day):
        message = f"{text} is no day of the calendar."
        return Problem("error", "bad-date", message, "Correct month or day (YYYY-MM-DD).")
    remedy = "Write it as YYYY-MM-DD, for example 2027-01-04."
    return Problem("error", "bad-date", f"{show(text)} is no date.", remedy)
