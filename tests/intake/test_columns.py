"""What counts as a number, a date, a choice; and what to write instead."""

import math
import time
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.intake.columns import describe_default, parse_cell, parse_setting
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import KEYS, declarations
from outlast.network.network import TABLES
from outlast.tables import FileForm

PRICE = declarations(TABLES["sources"])["unit_price"]
MULTIPLE = declarations(TABLES["sources"])["order_multiple"]
PRIORITY = declarations(TABLES["sources"])["priority"]
FLAG = declarations(TABLES["sources"])["foreign_direct_product"]
STATUS = declarations(TABLES["sources"])["status"]
ITEM = declarations(TABLES["items"])["item_id"]
DAY = declarations(TABLES["demand"])["from_date"]
EXPIRES = declarations(TABLES["stock"])["expires"]


@pytest.mark.parametrize("text", ["00123", "1E5", "NA", "TRUE", "null", "3.0", "-", "=A1", "Ä 中", "1,5"])
def test_identifiers_stay_text(text):
    assert parse_cell(text, ITEM) == (text, ())


@pytest.mark.parametrize(
    ("declaration", "text", "value"),
    [
        (PRICE, "12", 12.0),
        (PRICE, "1.5e3", 1500.0),
        (PRICE, ".5", 0.5),
        (PRICE, "+7.", 7.0),
        (PRIORITY, "", 1.0),
        (MULTIPLE, "", None),
        (FLAG, "TRUE", True),
        (FLAG, "no", False),
        (FLAG, "", False),
        (STATUS, "alternative", "alternative"),
        (STATUS, "", "qualified"),
        (DAY, "2028-02-29", date(2028, 2, 29)),
        (EXPIRES, "", None),
    ],
)
def test_good_cells(declaration, text, value):
    assert parse_cell(text, declaration) == (value, ())


@pytest.mark.parametrize(
    ("declaration", "text", "code", "remedy"),
    [
        (PRICE, "", "empty-cell", ""),
        (PRICE, "   ", "empty-cell", ""),
        (PRICE, "nan", "not-finite", ""),
        (PRICE, "-Inf", "not-finite", ""),
        (PRICE, "1e999", "not-finite", ""),
        (PRICE, "-1", "out-of-range", ""),
        (PRICE, "1e13", "out-of-range", ""),
        (PRIORITY, "1e16", "out-of-range", ""),
        (MULTIPLE, "0", "out-of-range", ""),
        (PRICE, "1,5", "number-format", "Write 1.5, if that is meant"),
        (PRICE, "1,500", "number-format", "Write 1.500 or 1500,"),
        (PRICE, "1.234,50", "number-format", "Write 1234.50,"),
        (PRICE, "1,234.50", "number-format", "Write 1234.50,"),
        (PRICE, "1,234,567", "number-format", "Write 1234567,"),
        (PRICE, "1 500", "number-format", "Write 1500,"),
        (PRICE, "1'500", "number-format", "Write 1500,"),
        (PRICE, "1_500", "number-format", "Write 1500,"),
        (PRICE, "15%", "not-a-number", "0.15"),
        (PRICE, "EUR 5", "not-a-number", "without unit"),
        (PRICE, "٣", "not-a-number", ""),
        (PRICE, "#DIV/0!", "spreadsheet-error", "formula"),
        (ITEM, "#N/A", "spreadsheet-error", "formula"),
        (FLAG, "maybe", "not-true-false", "true or false"),
        (STATUS, "Qualified", "unknown-choice", "Did you mean qualified?"),
        (STATUS, "zzz", "unknown-choice", "Choose"),
        (DAY, "2027-02-30", "bad-date", "month or day"),
        (DAY, "05/01/2027", "ambiguous-date", "Write 2027-01-05 or 2027-05-01, whichever"),
        (DAY, "46392", "ambiguous-date", "2027-01-05 (days counted from 1900) or 2031-01-06 (from 1904)"),
        (DAY, "05.01.27", "ambiguous-date", "Write four"),
        (DAY, "5-Jan-27", "ambiguous-date", "Write four"),
        (DAY, "31/13/2027", "bad-date", "month or day"),
        (DAY, "20271305", "bad-date", "month or day"),
        (DAY, "Jan 5", "bad-date", "YYYY-MM-DD"),
        (DAY, "5 Foo 2027", "bad-date", "YYYY-MM-DD"),
        (PRICE, "12-", "not-a-number", "Write -12, if"),
        (PRICE, "(1.5)", "not-a-number", "Write -1.5, if"),
        (DAY, "0027-01-05", "date-out-of-range", "year"),
    ],
)
def test_bad_cells_say_what_to_write(declaration, text, code, remedy):
    _, problems = parse_cell(text, declaration)
    assert [(problem.level, problem.code) for problem in problems] == [("error", code)]
    assert remedy in problems[0].remedy


UNKNOWN = FileForm(separator=";", decimal_sign=None)
COMMA = FileForm(decimal_sign=",", decimal_sign_declared=True)
GERMAN = replace(COMMA, thousands_separator=".", date_order="day-month-year")
SWISS = FileForm(thousands_separator="'")
FRENCH = replace(COMMA, thousands_separator=" ")
BLANKS_APART = replace(UNKNOWN, thousands_separator=" ")
POINTS_APART = replace(UNKNOWN, thousands_separator=".")


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (UNKNOWN, "1,5", 1.5),
        (UNKNOWN, "1.5", 1.5),
        (UNKNOWN, "0,125", 0.125),
        (UNKNOWN, "1.234,5", 1234.5),
        (UNKNOWN, "1,234.5", 1234.5),
        (UNKNOWN, "1,234,567", 1234567.0),
        (UNKNOWN, "1 234", 1234.0),
        (UNKNOWN, "12", 12.0),
        (UNKNOWN, "1,5e3", 1500.0),
        (COMMA, "1,234", 1.234),
        (COMMA, "1234,5", 1234.5),
        (COMMA, ",5", 0.5),
        (COMMA, "7,", 7.0),
        (GERMAN, "1.234", 1234.0),
        (GERMAN, "1.234.567,8", 1234567.8),
        (GERMAN, "1234,5", 1234.5),
        (SWISS, "1'234.5", 1234.5),
        (SWISS, "1’234.5", 1234.5),
        (FRENCH, "1\u202f234,5", 1234.5),
        # Where thousands are known to be apart by a blank, a point does not part them.
        (BLANKS_APART, "1.875", 1.875),
        (BLANKS_APART, "12,500", 12.5),
        (BLANKS_APART, "1 234,5", 1234.5),
        (POINTS_APART, "1.875", 1875.0),
        (POINTS_APART, "1.234,5", 1234.5),
    ],
)
def test_numbers_are_read_in_the_form_of_their_file(form, text, value):
    assert parse_cell(text, PRICE, form) == (value, ())


@pytest.mark.parametrize(
    ("form", "text", "code", "words"),
    [
        (UNKNOWN, "1.234", "number-format", "two ways: 1.234 or 1234"),
        (UNKNOWN, "12,500", "number-format", "two ways: 12.500 or 12500"),
        (UNKNOWN, "1.23.4", "not-a-number", "not a number"),
        (COMMA, "1.5", "number-format", "a decimal comma"),
        (COMMA, "1.234,5", "number-format", "1234.5"),
        (GERMAN, "1.5", "number-format", "'.' between thousands"),
        (GERMAN, "12.34", "number-format", "12.34"),
        (GERMAN, "1,234.5", "number-format", "1234.5"),
        (GERMAN, "0.123", "number-format", "0.123"),
        (FileForm(), "1.234,5", "number-format", "a decimal point"),
        (BLANKS_APART, "1.234,5", "number-format", "a decimal sign and blanks between thousands"),
        (POINTS_APART, "1.5", "number-format", "1.5"),
    ],
)
def test_numbers_in_another_form_are_refused_with_their_readings(form, text, code, words):
    _, (problem,) = parse_cell(text, PRICE, form)
    assert problem.code == code
    assert words in problem.message + problem.remedy


US, ISO = FileForm(date_order="month-day-year"), FileForm(date_order="year-month-day")
EXCEL, MAC = FileForm(date_order="serial-1900"), FileForm(date_order="serial-1904")


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        (FileForm(), "2027/1/5", (2027, 1, 5)),
        (FileForm(), "2027.01.05", (2027, 1, 5)),
        (FileForm(), "20270105", (2027, 1, 5)),
        (FileForm(), "2027年1月5日", (2027, 1, 5)),
        (FileForm(), "5 Jan 2027", (2027, 1, 5)),
        (FileForm(), "05-JAN-2027", (2027, 1, 5)),
        (FileForm(), "5. Januar 2027", (2027, 1, 5)),
        (FileForm(), "Jan 5, 2027", (2027, 1, 5)),
        (FileForm(), "5 déc. 2027", (2027, 12, 5)),
        (FileForm(), "31.01.2027", (2027, 1, 31)),
        (FileForm(), "01/31/2027", (2027, 1, 31)),
        (FileForm(), "05/05/2027", (2027, 5, 5)),
        (FileForm(), "2027-01-05T00:00:00", (2027, 1, 5)),
        (FileForm(), "2027-01-05 00:00:00.000", (2027, 1, 5)),
        (GERMAN, "05.01.2027", (2027, 1, 5)),
        (GERMAN, "5.1.27", (2027, 1, 5)),
        (GERMAN, "2027-01-05", (2027, 1, 5)),
        (GERMAN, "5-Jan-27", (2027, 1, 5)),
        (US, "05/01/2027", (2027, 5, 1)),
        (US, "5/1/27", (2027, 5, 1)),
        (ISO, "27/01/05", (2027, 1, 5)),
        (EXCEL, "46392", (2027, 1, 5)),
        (EXCEL, "46392.0", (2027, 1, 5)),
        (MAC, "46392", (2031, 1, 6)),
    ],
)
def test_days_in_the_usual_forms(form, text, day):
    assert parse_cell(text, DAY, form) == (date(*day), ())


@pytest.mark.parametrize(
    ("form", "text", "code"),
    [
        (GERMAN, "01/31/2027", "bad-date"),
        (US, "31/01/2027", "bad-date"),
        (ISO, "05/01/2027", "bad-date"),
        (EXCEL, "05/01/2027", "ambiguous-date"),
        (MAC, "5-Jan-27", "ambiguous-date"),
        (US, "5/1/027", "bad-date"),
    ],
)
def test_days_that_their_declared_order_does_not_give_are_refused(form, text, code):
    _, (problem,) = parse_cell(text, DAY, form)
    assert (problem.level, problem.code) == ("error", code)


def test_a_time_of_day_is_left_out_with_a_warning():
    value, problems = parse_cell("2027-01-05 14:30", DAY)
    assert value == date(2027, 1, 5)
    assert [(p.level, p.code) for p in problems] == [("warning", "time-left-out")]


@given(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from(["/", ".", "-"]),
    st.sampled_from([US, GERMAN]),
)
@settings(max_examples=100, deadline=None)
def test_a_day_written_in_the_declared_order_is_that_day(day, mark, form):
    parts = {"year": f"{day.year}", "month": f"{day.month:02}", "day": f"{day.day}"}
    text = mark.join(parts[part] for part in form.date_order.split("-"))
    assert parse_cell(text, DAY, form) == (day, ())


@given(
    st.decimals(0, 10**9, places=2),
    st.sampled_from([(",", "."), (".", ","), (",", " "), (".", "'"), (",", ""), (".", "")]),
)
@settings(max_examples=100, deadline=None)
def test_a_number_written_in_the_declared_form_is_that_number(number, signs):
    decimal, thousands = signs
    form = FileForm(decimal_sign=decimal, thousands_separator=thousands, decimal_sign_declared=True)
    text = f"{number:,.2f}".replace(".", "d").replace(",", thousands).replace("d", decimal)
    assert parse_cell(text, PRICE, form) == (float(number), ())


@given(st.text(alphabet="0123456789.,' ", min_size=1, max_size=9))
@settings(max_examples=300, deadline=None)
def test_where_the_decimal_sign_is_unknown_the_only_reading_is_read(text):
    """Whatever is read without a declaration is what every declaration that reads it reads."""
    value, problems = parse_cell(text, PRICE, UNKNOWN)
    if any(problem.level == "error" for problem in problems):
        return
    for decimal, thousands in ((",", "."), (".", ","), (",", " "), (".", "'"), (",", ""), (".", "")):
        form = FileForm(decimal_sign=decimal, thousands_separator=thousands, decimal_sign_declared=True)
        other, found = parse_cell(text, PRICE, form)
        assert other == value or any(problem.level == "error" for problem in found)


def test_blanks_are_cut_with_a_warning():
    value, problems = parse_cell(" 00123\u00a0", ITEM)
    assert value == "00123"
    assert [(problem.level, problem.code) for problem in problems] == [("warning", "blanks-around")]


START = declarations(CaseSettings)["start"]
WEEKS = declarations(CaseSettings)["horizon_weeks"]
BUDGET = declarations(PlanSettings)["budget"]
OBJECTIVE = declarations(PlanSettings)["objective"]


@pytest.mark.parametrize(
    ("declaration", "value", "parsed"),
    [
        (START, date(2027, 1, 4), date(2027, 1, 4)),
        (START, "2027-01-04", date(2027, 1, 4)),
        (WEEKS, 52, 52),
        (BUDGET, 100, 100.0),
        (OBJECTIVE, "regret", "regret"),
    ],
)
def test_good_settings(declaration, value, parsed):
    assert parse_setting(value, declaration) == (parsed, ())


@pytest.mark.parametrize(
    ("declaration", "value", "code"),
    [
        (START, datetime(2027, 1, 4), "wrong-type"),
        (START, 20270104, "wrong-type"),
        (START, "04.01.2027", "ambiguous-date"),
        (WEEKS, 52.0, "wrong-type"),
        (WEEKS, True, "wrong-type"),
        (WEEKS, "52", "wrong-type"),
        (WEEKS, 0, "out-of-range"),
        (BUDGET, math.nan, "not-finite"),
        (BUDGET, 10**400, "not-finite"),
        (BUDGET, -1, "out-of-range"),
        (OBJECTIVE, "cheapest", "unknown-choice"),
        (OBJECTIVE, ["regret"], "wrong-type"),
    ],
)
def test_bad_settings(declaration, value, code):
    _, problems = parse_setting(value, declaration)
    assert [problem.code for problem in problems] == [code]


ALL = [column for row_type in TABLES.values() for column in declarations(row_type).values()]
MESSY = st.text(max_size=12) | st.text(alphabet="0123456789.,+-eE'/ %T:naif#", max_size=14)


@given(st.sampled_from(ALL), MESSY)
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_value_or_a_problem(declaration, text):
    value, problems = parse_cell(text, declaration)
    if any(problem.level == "error" for problem in problems):
        assert all(problem.message and problem.remedy for problem in problems)
    elif declaration.kind == "number" and value is not None:
        assert math.isfinite(value)
    elif declaration.kind == "choice":
        assert value in declaration.choices


@given(st.floats(min_value=0, max_value=1e12))
@settings(max_examples=100, deadline=None)
def test_numbers_are_read_as_written(number):
    assert parse_cell(repr(number), PRICE) == (number, ())


def test_every_field_of_every_table_is_declared_with_a_meaning():
    for name, row_type in TABLES.items():
        columns = declarations(row_type)
        assert list(columns) == list(row_type.__dataclass_fields__)
        assert all(column.column.meaning for column in columns.values())
        assert set(KEYS[name]) <= set(columns)


def test_defaults_in_words():
    sources = declarations(TABLES["sources"])
    words = [
        describe_default(sources[name])
        for name in ("capacity_per_week", "priority", "mode", "expedite_weeks")
    ]
    assert words == ["unlimited", "1", "direct", "none"]
    assert describe_default(sources["foreign_direct_product"]) == "false"


@pytest.mark.parametrize(
    "text",
    ["1" * 130_000 + "x", "0" + " " * 130_000 + "x", "1," * 60_000 + ";", "a" * 130_000, "5 " * 60_000],
)
@pytest.mark.parametrize(
    "declaration", [PRICE, DAY, FLAG, STATUS, declarations(CaseSettings)["horizon_weeks"]]
)
@pytest.mark.parametrize("form", [FileForm(), UNKNOWN, GERMAN])
def test_endless_cells_are_refused_at_once(text, declaration, form):
    begin = time.perf_counter()
    _, problems = parse_cell(text, declaration, form)
    assert any(problem.level == "error" for problem in problems)
    assert all(len(problem.message) < 300 for problem in problems)
    assert time.perf_counter() - begin < 2
