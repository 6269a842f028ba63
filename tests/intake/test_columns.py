"""What counts as a number, a date, a choice; and what to write instead."""

import math
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.intake.columns import describe_default, parse_cell, parse_setting
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import KEYS, declarations
from outlast.network.network import TABLES

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
        (PRICE, "1,5", "number-format", "Write 1.5, whichever"),
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
