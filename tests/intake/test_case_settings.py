"""case.toml is checked as strictly as a table, with the line of each key."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.intake.case_settings import parse_settings

GOOD = """# a case
name = "Case"
start = 2027-01-04
horizon_weeks = 52
currency = "EUR"

[plan]
budget = 1e6
objective = "least_cash"
"""


def told(data):
    return [(f.code, f.place.line, f.place.column) for f in parse_settings(data)[1]]


def test_settings_and_their_lines():
    parsed, findings = parse_settings(GOOD)
    assert findings == ()
    assert parsed.whole
    assert parsed.settings.start == date(2027, 1, 4)
    assert parsed.settings.horizon_weeks == 52
    assert parsed.settings.scenarios == 32
    assert parsed.settings.plan.budget == 1e6
    assert parsed.settings.plan.objective == "least_cash"
    assert parsed.lines["start"] == 3
    assert parsed.lines["plan.budget"] == 8


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file():
    text = GOOD.replace("52", '"52"').replace("2027-01-04", "2027-01-04T10:00:00")
    text = text.replace("1e6", "-inf").replace("least_cash", "lest_cash") + "colour = 1\n"
    assert told(text) == [
        ("wrong-type", 3, "start"),
        ("wrong-type", 4, "horizon_weeks"),
        ("not-finite", 8, "plan.budget"),
        ("unknown-choice", 9, "plan.objective"),
        ("unknown-key", 10, "plan.colour"),
    ]
    assert not parse_settings(text)[0].whole


def test_missing_keys_are_named():
    assert told("") == [("missing-key", None, "name"), ("missing-key", None, "start")]


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        ('name = "a"\nstart = 2027-02-30\n', ("bad-toml", 2, None)),
        ('name = "a"\nname = ""\n', ("bad-toml", 2, None)),
        ('name = "a', ("bad-toml", 1, None)),
        ("a = " + "[" * 5000, ("bad-toml", 1, None)),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(data, finding):
    assert told(data) == [finding]


def test_plan_must_be_a_section():
    assert ("wrong-type", 3, "plan") in told('name = "a"\nstart = 2027-01-04\nplan = 3\n')


def test_dotted_and_quoted_keys_have_lines():
    text = 'name = "a"\nstart = 2027-01-04\nplan.budget = -1\n"colour" = 1\n'
    assert told(text) == [("out-of-range", 3, "plan.budget"), ("unknown-key", 4, "colour")]


@given(st.text(alphabet='abp=[]."\n0123-:{},ntrue#', max_size=60) | st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_settings_or_findings(text):
    parsed, findings = parse_settings(text)
    assert parsed.whole or findings


@pytest.mark.parametrize(
    "text",
    [
        "[" + " " * 500_000 + "x\n",
        "name = " + "[" * 900 + "]" * 900,
        ".".join(["start"] + ["a"] * 3000) + " = 1\n",
    ],
)
def test_endless_lines_and_nesting_are_told_at_once(text):
    begin = time.perf_counter()
    _, findings = parse_settings(text)
    assert findings
    assert all(len(str(finding)) < 400 for finding in findings)
    assert time.perf_counter() - begin < 5
