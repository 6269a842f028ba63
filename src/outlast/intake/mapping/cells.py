"""What the cells of a foreign column can be read as. In: a column of text. Out: `Reading` of
numbers and dates. One reason to exist: every way of writing a figure that is consistent with all
cells is known, so that two ways are asked about and none is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

import numpy as np

from outlast.intake.dates import parse_day
from outlast.intake.mapping.measures import Measure, split_measure
from outlast.intake.numbers import parse_number
from outlast.tables import SPREADSHEET_ERRORS, FileForm, TextColumn
from outlast.tables.form import DATE_ORDERS

Sign = Literal["", ".", ","]
DECIMAL_SIGNS: Mapping[Sign, str] = {".": ", '", ",": ". '"}
"""Decimal signs, each with what may part thousands beside it."""

_TRAILING_MINUS = re.compile(r"(\d[\d.,]*)-")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
_CHINESE_MONTH = re.compile(r"\d{4}年\d{1,2}月", re.ASCII)
_LONGEST = 60
"""Longer texts are neither numbers nor dates."""
_LIKE_NUMBER = re.compile(r"[+-]?[.,]?\d[\d.,'’_\s]*([eE][+-]?\d+)?-?")
_LIKE_DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{4}年|\d{4}-\d{1,2}$|\d{5}(\.|$)|\d{8}($|[T ])"
    r"|\d{1,4}\.?[-/ ]*[^\W\d_]{3}|[^\W\d_]{3,}\.?[- ]*\d"
)
"""What may be a number, and how a date may begin, so that few other texts are tried."""
_PLAIN: Mapping[Sign, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?\d+\.\d+", re.ASCII),
    ",": re.compile(r"[+-]?\d+,\d+", re.ASCII),
}
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_DIGITS = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_number(text: str, sign: Sign) -> float | None:
    """The number a text means with a decimal sign, or None. A minus may stand behind it, as SAP writes it."""
    if _DIGITS.fullmatch(text):
        return float(text)
    if len(text) > _LONGEST or not _LIKE_NUMBER.fullmatch(text):
        return None
    if _PLAIN[sign].fullmatch(text):
        return float(text.replace(",", "."))
    if _PLAIN["," if sign == "." else "."].fullmatch(text) and not _ONE_GROUP.fullmatch(text):
        return None
    match = _TRAILING_MINUS.fullmatch(text)
    text = "-" + match[1] if match else text
    for form in _number_forms(sign):
        value = parse_number(text, form)
        if isinstance(value, float):
            return value if abs(value) < 1e300 else None
    return None


@cache
def _number_forms(sign: Sign) -> tuple[FileForm, ...]:
    return tuple(FileForm(decimal_sign=sign, thousands_separator=mark) for mark in DECIMAL_SIGNS[sign])


def read_date(text: str, order: str) -> date | None:
    """The day a text means in an order of day, month and year; a month means its first day."""
    if len(text) > _LONGEST or not _LIKE_DATE.match(text):
        return None
    if match := _MONTH.fullmatch(text):
        text = f"{match[1]}-{match[2]}-1"
    elif _CHINESE_MONTH.fullmatch(text):
        text += "1日"
    return parse_day(text, _day_form(order))[0]


@cache
def _day_form(order: str) -> FileForm:
    return FileForm(date_order=order)


def is_no_date(text: str) -> bool:
    """Whether a text stands for "no day" or "for ever", as programs write it: zeros, or the year 9999."""
    digits = re.sub(r"\D", "", text)
    return len(digits) >= 8 and (not digits.strip("0") or digits[:8] in ("99991231", "31129999", "12319999"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the cells of a column can be; counts are of rows that are not blank."""

    rows: int
    filled: int
    distinct: int
    numbers: int
    """Cells that are a number with the decimal sign that suits best, and nothing else."""
    measured: Mapping[str, Measure]
    """Cells that are a number with a word beside it, which may be a unit."""
    signs: tuple[Sign, ...]
    """Decimal signs with which most cells are numbers, where it matters: one where it is settled, two
    where it is open, none where both mean the same."""
    noughts: int
    dates: int
    """Cells that are a day in the best order."""
    orders: tuple[str, ...]
    """Orders in which most cells are days, and that differ in what they mean."""
    short_years: bool
    """Whether a day has no year of four digits, so that its century is open."""
    low: float | None
    high: float | None
    """Range of the numbers, where the decimal sign is settled."""
    odd_number: str
    """A cell that is no number, nor one with a word beside it."""
    odd_date: str
    errors: int
    """Cells with the error of a spreadsheet formula."""
    texts: frozenset[str]
    """Distinct texts, blanks around them cut."""

    @property
    def blank_share(self) -> float:
        """Share of rows that are blank."""
        return 1 - self.filled / self.rows if self.rows else 1.0


def read_cells(column: TextColumn, keep: frozenset[int] | None = None) -> Reading:
    """Everything the cells of a column can be read as; only rows in `keep` count, if given."""
    counts = _count(column, keep)
    bare = {
        sign: {text: value for text in counts if (value := read_number(text, sign)) is not None}
        for sign in DECIMAL_SIGNS
    }
    others = [text for text in counts if text not in bare["."] and text not in bare[","]]
    measured = {text: found for text in others if (found := split_measure(text, counts[text]))}
    readings = {
        sign: known
        | {text: v for text, m in measured.items() if (v := read_number(m.figure, sign)) is not None}
        for sign, known in bare.items()
    }
    weights = {sign: sum(counts[text] for text in known) for sign, known in readings.items()}
    most = max(weights.values())
    best = [sign for sign in DECIMAL_SIGNS if weights[sign] == most]
    same = len(best) == 2 and readings["."] == readings[","]
    values = readings[best[0]]
    settled = bare[best[0]].values() if same or len(best) == 1 else ()
    orders, dates, odd_date, short = _read_dates(counts)
    return Reading(
        rows=len(column) if keep is None else len(keep),
        filled=sum(counts.values()),
        distinct=len(counts),
        numbers=sum(counts[text] for text in bare[best[0]]),
        measured=measured,
        signs=() if same or not most else tuple(best),
        noughts=sum(counts[text] for text, value in values.items() if value == 0),
        dates=dates,
        orders=orders,
        short_years=short,
        low=min(settled, default=None),
        high=max(settled, default=None),
        odd_number=next((text for text in others if text not in measured), ""),
        odd_date=odd_date,
        errors=sum(counts[text] for text in SPREADSHEET_ERRORS if text in counts),
        texts=frozenset(counts),
    )


def _count(column: TextColumn, keep: frozenset[int] | None) -> Counter[str]:
    """How often each text that is not blank occurs."""
    codes = column.codes if keep is None else column.codes[sorted(keep)]
    times = np.bincount(codes, minlength=len(column.values)).tolist()
    counts: Counter[str] = Counter()
    for text, n in zip(column.values, times, strict=True):
        if n and text.strip():
            counts[text.strip()] += n
    return counts


def _read_dates(counts: Counter[str]) -> tuple[tuple[str, ...], int, str, bool]:
    """Orders that read the most cells and differ in meaning, how many they read, an odd cell, and
    whether a year is short."""
    counts = Counter({text: n for text, n in counts.items() if not is_no_date(text)})
    texts = [text for text in counts if _LIKE_DATE.match(text)]
    plain = {text: day for text in texts if _ISO.fullmatch(text) and (day := read_date(text, DATE_ORDERS[0]))}
    others = [text for text in texts if text not in plain]
    known = {
        order: {**plain, **{text: day for text in others if (day := read_date(text, order))}}
        for order in DATE_ORDERS
    }
    weights = {order: sum(counts[text] for text in days) for order, days in known.items()}
    most = max(weights.values())
    best: list[str] = []
    for order, days in known.items():
        if most and weights[order] == most and all(days != known[other] for other in best):
            best.append(order)
    days = known[best[0]] if best else {}
    odd = next((text for text in counts if text not in days), "")
    short = any(not re.search(r"\d{4}", text) for text in days)
    return tuple(best), most, odd, short
