"""Typed and large tables: what a type has lost is refused, and a broken column is not read to its end."""

import io
from datetime import date

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from outlast.intake.assemble import check_case, read_case
from outlast.intake.rows import MOST_BROKEN, parse_rows
from outlast.intake.template import compose_template
from outlast.network.coded import CodedColumn, CodedRows, _distinguish, code_values, column_of, distinct_rows
from outlast.network.demand import Demand
from outlast.network.numbering import number
from outlast.tables import parse_csv, parse_parquet


def store(columns: dict) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file)
    return file.getvalue()


DEMAND = {
    "product_id": ["CAMERA", "CAMERA"],
    "market_id": ["HOME", "ABROAD"],
    "from_date": [date(2027, 1, 4)] * 2,
    "units_per_week": [70, 30],
    "unit_price": [95.0, 110.0],
    "sd_share": [0.2, 0.3],
}


def parquet_case(folder, name="demand", columns=None):
    """The example case with one table as Parquet."""
    files = compose_template()
    del files[f"{name}.csv"]
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    (folder / f"{name}.parquet").write_bytes(store(columns or DEMAND))
    return folder


def test_a_folder_may_mix_csv_and_parquet_and_gives_the_same_network(tmp_path):
    for name, text in compose_template().items():
        (tmp_path / "csv").mkdir(exist_ok=True)
        (tmp_path / "csv" / name).write_text(text, encoding="utf-8")
    (tmp_path / "mixed").mkdir()
    mixed, findings = check_case(parquet_case(tmp_path / "mixed"))
    assert findings == ()
    plain = read_case(tmp_path / "csv")
    assert mixed.demand == plain.demand
    assert "demand.parquet" in mixed.hashes
    assert (number(mixed).demand == number(plain).demand).all()


def test_a_table_given_twice_is_refused(tmp_path):
    parquet_case(tmp_path)
    (tmp_path / "demand.csv").write_text(compose_template()["demand.csv"])
    _, findings = check_case(tmp_path)
    assert [(f.code, f.place.file) for f in findings] == [("table-twice", "demand.csv")]
    assert "demand.csv and demand.parquet" in findings[0].message


def test_faults_in_a_parquet_file_have_a_row(tmp_path):
    columns = {**DEMAND, "units_per_week": [70.0, float("nan")], "unit_price": [95.0, None]}
    _, findings = check_case(parquet_case(tmp_path, columns=columns))
    assert [(f.code, str(f.place)) for f in findings] == [
        ("not-finite", "demand.parquet, row 2, column units_per_week"),
        ("empty-cell", "demand.parquet, row 2, column unit_price"),
    ]


@pytest.mark.parametrize(
    ("ids", "level", "words"),
    [
        ([123.0, 100000.0], "error", "stored as numbers"),
        ([True, False], "error", "true and false"),
        ([date(2027, 1, 2), date(2027, 1, 3)], "error", "dates"),
        ([["A"], ["B"]], "error", "lists, records or bytes"),
        ([123, 456], "warning", "leading zeros"),
    ],
)
def test_identifiers_that_a_type_has_changed_are_refused(ids, level, words):
    table, _ = parse_parquet(store({"item_id": ids, "on_hand": [1, 2]}), "stock.parquet")
    parsed, findings = parse_rows(table, "stock")
    assert [(f.level, f.code, f.place.column) for f in findings] == [(level, "lost-in-type", "item_id")]
    assert words in findings[0].message
    assert findings[0].remedy.startswith("Store it as strings")
    assert len(parsed.rows) == 2


def test_an_empty_column_of_any_type_has_lost_nothing():
    columns = {
        "item_id": ["A"],
        "kind": ["part"],
        "unit_cost": [1.0],
        "name": pyarrow.array([None], pyarrow.float64()),
    }
    table, _ = parse_parquet(store(columns), "items.parquet")
    parsed, findings = parse_rows(table, "items")
    assert findings == ()
    assert parsed.rows[0].name == ""


def test_a_column_that_is_broken_throughout_is_not_read_to_its_end():
    rows = "".join(f"A{row},1.{row}.1\n" for row in range(3 * MOST_BROKEN))
    table, _ = parse_csv(f"item_id,on_hand\n{rows}".encode(), "stock.csv")
    parsed, findings = parse_rows(table, "stock")
    assert len(parsed.rows) == 3 * MOST_BROKEN
    assert all(row in parsed.broken["on_hand"] for row in range(len(parsed.rows)))
    (unread,) = (f for f in findings if f.code == "column-unread")
    assert MOST_BROKEN < unread.place.line < 2 * MOST_BROKEN + 10


def test_padded_identifiers_are_only_a_warning_however_many_they_are():
    rows = "".join(f"A{row} ,1\n" for row in range(MOST_BROKEN + 20_000))
    table, _ = parse_csv(f"item_id,on_hand\n{rows}".encode(), "stock.csv")
    parsed, findings = parse_rows(table, "stock")
    assert {f.code for f in findings} == {"blanks-around"}
    assert parsed.rows[-1].item_id == f"A{MOST_BROKEN + 19_999}"


def test_texts_of_equal_value_are_one_value():
    text = "product_id,market_id,from_date,units_per_week,unit_price\n"
    text += "A,B,2027-01-04,1,2\nA,B,2027/1/4,1.0,2.00\n"
    table, _ = parse_csv(text.encode(), "demand.csv")
    parsed, _ = parse_rows(table, "demand")
    assert column_of(parsed.rows, "from_date").values == [date(2027, 1, 4)]
    assert column_of(parsed.rows, "units_per_week").values == [1.0]


ROWS = tuple(
    Demand(product_id=p, market_id=m, from_date=date(2027, 1, d), units_per_week=1.0 * d, unit_price=2.0)
    for p, m, d in (("A", "X", 4), ("B", "X", 4), ("A", "Y", 4), ("A", "X", 5), ("B", "X", 4))
)


def test_coded_rows_read_like_a_tuple():
    columns = {name: code_values([getattr(row, name) for row in ROWS]) for name in Demand.__slots__}
    rows = CodedRows(Demand, columns, len(ROWS))
    assert rows == ROWS
    assert (rows[0], rows[-1], rows[1:3]) == (ROWS[0], ROWS[-1], ROWS[1:3])
    assert list(reversed(rows)) == list(reversed(ROWS))
    assert ROWS[2] in rows
    with pytest.raises(IndexError):
        rows[len(ROWS)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_many_rows_are_told_apart_as_few_are(rows):
    columns = [code_values(cells) for cells in zip(*rows, strict=True)]
    # A column of so many values that keys of three columns do not fit into 64 bits.
    wide = CodedColumn(range(2**31 - 1), columns[0].code_of_row)
    for chosen in (columns, columns[:1], [wide, wide, wide, columns[1]]):
        first, own = distinct_rows(chosen)
        many_first, many_own = _distinguish(chosen)
        assert (many_first, many_own.tolist()) == (first, own.tolist())


def test_distinct_rows_are_numbered_in_their_order():
    columns = [column_of(ROWS, "product_id"), column_of(ROWS, "market_id")]
    first, own = distinct_rows(columns)
    assert first == [0, 1, 2]
    assert own.tolist() == [0, 1, 2, 0, 1]
    first, own = distinct_rows([column_of((), "product_id")])
    assert (first, own.tolist()) == ([], [])


def test_one_cell_that_is_no_number_among_many_is_found_at_once():
    rows = "".join(f"P{place},part,{1000.25 + place}\n" for place in range(400))
    table, _ = parse_csv(f"item_id,kind,unit_cost\n{rows}LAST,part,dear\n".encode(), "items.csv")
    _, findings = parse_rows(table, "items")
    assert [finding.place.line for finding in findings if finding.place.column == "unit_cost"] == [402]
