"""Figures as a person reads them. In: numbers and dates. Out: text.
One reason to exist: page, workbook and terminal write the same number the same way.
"""

from __future__ import annotations

import math
from datetime import date

NOTICE = "Planning estimate, not legal advice or clearance. No match is not clearance."
UNKNOWN = "–"
"""What stands for a figure that is not known or not finite."""
GLUE = "\u00a0"
"""Between a number and its unit: no line breaks there."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SCALES = ((1e9, "bn"), (1e6, "m"))


def show_number(value: float | None) -> str:
    """A quantity: whole from 100 on, three significant digits below; thousands separated."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= 99.95 or value == round(value):
        return _unsigned_zero(f"{value:,.0f}")
    digits = 1 if abs(value) >= 9.995 else 2
    return _unsigned_zero(f"{value:,.{digits}f}".rstrip("0").rstrip("."))


def show_money(value: float | None, currency: str = "") -> str:
    """Money with three significant digits: CNY 1.23 bn, CNY 45.6 m, CNY 7,890.

    Args:
        value: amount [money].
        currency: stands in front; empty where a heading names it.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    text = _scale(value)
    return f"{currency}{GLUE}{text}" if currency else text


def _scale(value: float) -> str:
    for scale, name in SCALES:
        if abs(value) >= 0.9995 * scale:
            amount = abs(value) / scale
            digits = 2 if amount < 9.995 else 1 if amount < 99.95 else 0
            return f"{'-' if value < 0 else ''}{amount:,.{digits}f}{GLUE}{name}"
    return show_number(value) if abs(value) < 99.95 else _unsigned_zero(f"{value:,.0f}")


def show_weeks(value: float | None, window: float = math.inf) -> str:
    """Weeks; "> W" where a figure reaches the window that was followed."""
    if value is not None and math.isfinite(window) and value >= window:
        return f"> {window:,.0f}"
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= 9.95 or value == round(value):
        return _unsigned_zero(f"{value:,.0f}")
    return _unsigned_zero(f"{value:.1f}")


def with_weeks(text: str) -> str:
    """A number of weeks and its noun."""
    return f"{text} week" if text == "1" else f"{text} weeks"


def show_share(value: float | None) -> str:
    """A share as a percentage; the extremes keep what makes them differ from 0 and 1."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    percent = 100 * value
    if 0 < percent < 0.01:
        return "< 0.01%"
    if 99.95 <= percent < 100:
        return "> 99.9%"
    digits = 2 if 0 < abs(percent) < 0.1 else 1 if abs(percent) < 9.95 or abs(percent) > 99 else 0
    if math.isclose(percent, round(percent), abs_tol=1e-9):
        digits = 0
    return _unsigned_zero(f"{percent:.{digits}f}") + "%"


def show_date(day: date | None) -> str:
    """A day that reads the same everywhere: 9 Oct 2019."""
    return UNKNOWN if day is None else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def show_between(low: str, high: str) -> str:
    """An interval whose ends are written already."""
    return f"{low} to {high}"


def shorten(text: str, width: int) -> str:
    """Text of at most `width` columns, wide (East Asian) characters counted twice."""
    if text_width(text) <= width:
        return text
    kept, used = "", 1
    for sign in text:
        used += _sign_width(sign)
        if used > width:
            break
        kept += sign
    return kept.rstrip() + "…"


def text_width(text: str) -> int:
    """Columns that a text takes, wide characters counted twice."""
    return sum(_sign_width(sign) for sign in text)


def _sign_width(sign: str) -> int:
    return 2 if ord(sign) >= 0x2E80 else 1


def _unsigned_zero(text: str) -> str:
    """No "-0": what rounds to nothing has no sign."""
    return text.lstrip("-") if not text.strip("-0.,") else text
