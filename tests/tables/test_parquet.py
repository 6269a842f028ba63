"""Typed columns become the text that a CSV file would hold; what a type has lost is told."""

import io
from datetime import date, datetime
from decimal import Decimal

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from outlast.tables import parse_parquet


def store(columns: dict, **options) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file, **options)
    return file.getvalue()


def test_values_are_written_as_in_a_csv_file_and_null_is_an_empty_cell():
    data = store(
        {
            "id": ["00123", "1E5", None],
            "n": pyarrow.array([1, None, -3], pyarrow.int16()),
            "x": [0.1, 1e300, 3.0],
            "x32": pyarrow.array([0.1, None, 2.5], pyarrow.float32()),
            "money": [Decimal("1.50"), None, Decimal("1000000")],
            "flag": [True, False, None],
            "day": [date(2027, 1, 4), None, date(2027, 1, 5)],
            "moment": [datetime(2027, 1, 4), datetime(2027, 1, 4, 8, 30), None],
            "kind": pyarrow.array(["a", "b", "a"]).dictionary_encode(),
            "nothing": pyarrow.nulls(3),
        }
    )
    table, findings = parse_parquet(data, "items.parquet")
    assert findings == ()
    assert table.rows == [
        ["00123", "1", "0.1", "0.1", "1.50", "true", "2027-01-04", "2027-01-04T00:00:00", "a", ""],
        ["1E5", "", "1e+300", "", "", "false", "", "2027-01-04T08:30:00", "b", ""],
        ["", "-3", "3", "2.5", "1000000.00", "", "2027-01-05", "", "a", ""],
    ]
    kinds = (
        "text",
        "whole number",
        "number",
        "number",
        "number",
        "true/false",
        "date",
        "date",
        "text",
        "text",
    )
    assert table.stored == kinds
    assert str(table.place(1, "id")) == "items.parquet, row 2, column id"


def test_lists_and_records_stay_empty_and_are_told_apart():
    table, findings = parse_parquet(store({"a": [[1], [2]], "b": [{"x": 1}, None]}), "items.parquet")
    assert findings == ()
    assert table.stored == ("other", "other")
    assert table.rows == [["", ""], ["", ""]]


def test_many_portions_are_one_table():
    n = 600_000
    data = store({"id": [str(row % 7) for row in range(n)], "x": pyarrow.array(range(n), pyarrow.int32())})
    table, _ = parse_parquet(data, "items.parquet")
    assert len(table) == n
    assert table.columns[0].values == ["0", "1", "2", "3", "4", "5", "6"]
    assert [table.columns[1][row] for row in (0, 300_000, n - 1)] == ["0", "300000", "599999"]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "not-parquet", "empty"),
        (b"id,name\n1,a\n", "not-parquet", "looks like text"),
        (b"%PDF-1.4", "not-parquet", "a PDF document"),
        (b"PAR1", "broken-parquet", "broken"),
        (b"PAR1" + b"\xff" * 60 + b"PAR1", "broken-parquet", "broken"),
        (store({"a": [1, 2, 3]})[:-20], "broken-parquet", "broken"),
    ],
)
def test_what_is_no_parquet_file_is_named(data, code, words):
    table, findings = parse_parquet(data, "items.parquet")
    assert table is None
    assert [f.code for f in findings] == [code]
    assert words in findings[0].message


def test_limits_are_checked_before_anything_is_unpacked():
    table, findings = parse_parquet(store({"a": list(range(100))}), "items.parquet", largest=99)
    assert table is None
    assert [f.code for f in findings] == ["table-too-large"]
    wide = {f"c{number}": [1] for number in range(1001)}
    assert parse_parquet(store(wide), "items.parquet")[1][0].code == "table-too-large"


SOUND = store(
    {"id": ["a", "b"] * 20, "x": [0.5, None] * 20, "day": [date(2027, 1, 4)] * 40}, row_group_size=8
)


@given(
    st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=12), st.integers(0, 400)
)
@settings(max_examples=150, deadline=None)
def test_any_damage_gives_a_table_or_findings(changes, cut):
    data = bytearray(SOUND)
    for position, byte in changes:
        data[position] = byte
    table, findings = parse_parquet(bytes(data[: len(data) - cut] if cut < 40 else data), "items.parquet")
    assert table is not None or findings
