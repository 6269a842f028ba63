"""Figures as a person reads them."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.report.cells import Cell
from outlast.report.figures import (
    UNKNOWN,
    shorten,
    show_date,
    show_money,
    show_number,
    show_share,
    show_weeks,
    text_width,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "CNY 0"),
        (-0.001, "CNY 0"),
        (3.456, "CNY 3.46"),
        (7890.4, "CNY 7,890"),
        (999_499, "CNY 999,499"),
        (999_600, "CNY 1.00 m"),
        (45_600_000, "CNY 45.6 m"),
        (-45_600_000, "CNY -45.6 m"),
        (999_600_000, "CNY 1.00 bn"),
        (1_234_000_000, "CNY 1.23 bn"),
        (51_234_000_000, "CNY 51.2 bn"),
        (math.inf, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_money(value: float | None, text: str) -> None:
    assert show_money(value, "CNY").replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.006, "0.01"), (0.21, "0.21"), (12.34, "12.3"), (12.0, "12"), (1234.5, "1,234")],
)
def test_numbers(value: float, text: str) -> None:
    assert show_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.4372, "44%"),
        (0.0173, "1.7%"),
        (1 - 0.95, "5%"),
        (0.00003, "< 0.01%"),
        (0.9999, "> 99.9%"),
        (0.995, "99.5%"),
        (-1e-12, "0%"),
        (1.12, "112%"),
        (math.nan, UNKNOWN),
    ],
)
def test_shares(value: float, text: str) -> None:
    assert show_share(value) == text


def test_weeks_beyond_the_window() -> None:
    assert show_weeks(104, 104) == show_weeks(math.inf, 104) == "> 104"
    assert show_weeks(103, 104) == "103"
    assert show_weeks(5.24) == "5.2"
    assert show_weeks(math.inf) == show_weeks(None, 104) == UNKNOWN
    assert Cell(1, "weeks", 104).show(noun=True) == "1 week"
    assert Cell(104, "weeks", 104).show(noun=True) == "> 104 weeks"


def test_dates_read_the_same_everywhere() -> None:
    assert show_date(date(2019, 10, 9)) == "9 Oct 2019"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(2, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    short = shorten(text, width)
    assert text_width(short) <= width
    assert short == text or short.endswith("…")


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-3, 1e12))
def test_money_keeps_three_digits(value: float) -> None:
    text = show_money(value).replace(",", "")
    number, _, name = text.partition("\u00a0")
    shown = float(number) * {"": 1.0, "m": 1e6, "bn": 1e9}[name]
    assert shown == pytest.approx(value, rel=0.006, abs=0.006)
