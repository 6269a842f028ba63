"""Whatever a table, a mapping or a reply holds: a result, findings or a sentence, never a traceback."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.intake.mapping.cells import DECIMAL_SIGNS, read_date, read_number
from outlast.intake.mapping.remembered import Rule, TableMapping, parse_mapping, write_mapping
from outlast.intake.mapping.vocabulary import split_unit, units_of
from outlast.network.declarations import declarations
from outlast.network.network import TABLES
from outlast.tables.form import DATE_ORDERS
from tests.intake.mapping.fuzz import NAMES, SEEDS, bring, tables


@settings(max_examples=40, deadline=None)
@given(
    tables(),
    st.sampled_from(["", *NAMES]),
    st.sampled_from(["refuse", "merge", "replace"]),
    st.integers(0, 999),
)
def test_any_table_ends_in_files_findings_or_a_sentence(
    data: bytes, table: str, mode: str, seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bring(data, Path(folder), table, mode, Random(seed))


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_a_real_table_with_a_broken_place_too(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data)))
    data = data[:at] + draw.draw(st.binary(max_size=4)) + data[at + draw.draw(st.integers(0, 4)) :]
    with tempfile.TemporaryDirectory() as folder:
        bring(data, Path(folder), "", "refuse", Random(1))


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=15)
_COLUMNS = declarations(TABLES["sources"])


def rules(column: str) -> st.SearchStrategy[Rule]:
    units = list(units_of(_COLUMNS[column]))
    return st.one_of(
        st.builds(Rule, constant=_TEXTS, blank=_TEXTS),
        st.builds(Rule, join=st.lists(_TEXTS, min_size=2, max_size=3).map(tuple)),
        st.builds(
            Rule,
            heading=_TEXTS.filter(bool),
            unit=st.sampled_from(["", *units]),
            factor=st.floats(1e-6, 1e6),
            divide_by=_TEXTS,
            minus=_TEXTS,
            decimal_sign=st.sampled_from(["", ".", ","]),
            date_order=st.sampled_from(["", *DATE_ORDERS]),
            values=st.dictionaries(_TEXTS, _TEXTS, max_size=3),
            cut=st.sampled_from(["", "leading zeros", "decimals", "nothing"]),
        ),
    )


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_mapping_comes_back_as_it_was_written(draw: st.DataObject) -> None:
    chosen = draw.draw(st.lists(st.sampled_from(list(_COLUMNS)), unique=True, max_size=4))
    mapping = TableMapping(
        table="sources",
        rules={column: draw.draw(rules(column)) for column in chosen},
        left_out=tuple(draw.draw(st.lists(_TEXTS, max_size=2))),
        keep=draw.draw(st.dictionaries(_TEXTS, st.lists(_TEXTS, max_size=2).map(tuple), max_size=2)),
        same=draw.draw(st.sampled_from(["", "add"])),
        file=draw.draw(_TEXTS),
        heading=tuple(draw.draw(st.lists(_TEXTS, max_size=3))),
    )
    text = write_mapping(mapping)
    assert parse_mapping(text, "m.toml") == (mapping, ())
    assert write_mapping(mapping) == text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_mapping_or_findings(text: str) -> None:
    mapping, findings = parse_mapping(text, "m.toml")
    assert (mapping is None) == bool(findings)


def test_a_mapping_with_several_faults_names_them_all() -> None:
    text = (
        'table = "sources"\nleft_out = 3\n[columns]\nlead_time = { from = "A" }\n'
        'lead_time_weeks = { from = "A", unit = "dayz" }\nunit_price = { from = "A", constant = "1" }\n'
        'minimum_order = "MOQ"\npriority = { from = "A", factor = 0 }\n'
    )
    mapping, findings = parse_mapping(text, "m.toml")
    assert mapping is None
    places = ["lead_time", "lead_time_weeks", "unit_price", "minimum_order", "priority", "left_out"]
    assert [finding.place.column for finding in findings] == places
    assert "Did you mean lead_time_weeks?" in findings[0].remedy
    assert "'dayz' is no unit" in findings[1].message


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_number_a_day_or_neither(text: str) -> None:
    """Whatever is read is one of the two, and nothing raises."""
    for sign in DECIMAL_SIGNS:
        assert isinstance(read_number(text, sign), float | None)
    for order in DATE_ORDERS:
        assert isinstance(read_date(text, order), date | None)
    assert split_unit(text, _COLUMNS["lead_time_weeks"])[1] in {"", *units_of(_COLUMNS["lead_time_weeks"])}


@given(st.integers(-(10**9), 10**9), st.sampled_from([".", ","]))
def test_a_number_written_in_a_form_is_read_in_it(number: int, sign: str) -> None:
    """Thousands in groups, two decimals: the form that spreadsheets write."""
    value = number / 100
    text = f"{value:,.2f}"
    written = text if sign == "." else text.translate(str.maketrans(".,", ",."))
    assert read_number(written, sign) == value  # type: ignore[arg-type]
