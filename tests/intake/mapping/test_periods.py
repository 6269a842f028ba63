"""Demand as it is exported: a column for each month or week, or single order lines."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.errors import CaseError, UsageError
from outlast.intake.mapping.conversion import Converted
from outlast.intake.mapping.periods import find_periods
from outlast.intake.mapping.weekly import spread_by_week
from tests.intake.mapping.scripted import Scripted
from tests.intake.mapping.test_importing import bring, rows

START = date(2027, 1, 4)
COLUMNS = ("product_id", "market_id", "from_date", "units_per_week", "unit_price")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.toml").write_text(f'name = "x"\nstart = {START}\ncurrency = "EUR"\n')
    return folder


def units_by_week(case: Path, weeks: int, product: str = "CAM") -> list[float]:
    """Units of each week as the case format defines them: a level holds until another begins."""
    with (case / "demand.csv").open(newline="") as file:
        found = [
            row for row in csv.DictReader(file) if (row["product_id"], row["market_id"]) == (product, "HOME")
        ]
    return [
        next(
            (
                float(row["units_per_week"])
                for row in sorted(found, key=lambda row: row["from_date"], reverse=True)
                if row["from_date"] <= str(START + timedelta(weeks=week))
            ),
            0.0,
        )
        for week in range(weeks)
    ]


# --- headings


@pytest.mark.parametrize(
    ("heading", "first", "days"),
    [
        (("2027-01", "2027-02"), "2027-01-01", [31, 28]),
        (("202712", "202801"), "2027-12-01", [31, 31]),
        (("01/2028", "02/2028"), "2028-01-01", [31, 29]),
        (("Jan-27", "Feb-27"), "2027-01-01", [31, 28]),
        (("Januar 2027", "Februar 2027", "März 2027"), "2027-01-01", [31, 28, 31]),
        (("Dez. 2027", "Jan. 2028"), "2027-12-01", [31, 31]),
        (("2027年1月", "2027年2月"), "2027-01-01", [31, 28]),
        (("M01.2027", "M02.2027"), "2027-01-01", [31, 28]),
        (("KW 03/2027", "KW 04/2027"), "2027-01-18", [7, 7]),
        (("2027-W53", "2026-W53"), "", []),
        (("CW 52 2026", "CW 53 2026", "CW 1 2027"), "2026-12-21", [7, 7, 7]),
        (("2027W01", "2027W02"), "2027-01-04", [7, 7]),
        (("2027-01-04", "2027-01-11"), "2027-01-04", [7, 7]),
        (("04.01.2027", "11.01.2027", "18.01.2027"), "2027-01-04", [7, 7, 7]),
        (("01/02/2027", "08/02/2027", "15/02/2027"), "2027-02-01", [7, 7, 7]),
        (("2027-01-01", "2027-02-01", "2027-03-01"), "2027-01-01", [31, 28, 31]),
        (("Feb-27", "Jan-27"), "2027-01-01", [31, 28]),
        (("2027", "2028"), "", []),
        (("Qty 1", "Qty 2", "100001"), "", []),
        (("2027-01",), "", []),
        (("01/02/2027",), "", []),
    ],
)
def test_headings_that_are_periods(heading: Sequence[str], first: str, days: list[int]) -> None:
    found = find_periods(("Product", *heading, "Name"))
    assert [period.days for period in found] == days
    assert not first or str(found[0].first) == first


@pytest.mark.parametrize(
    ("heading", "says"),
    [
        (("2027-01", "2027-03"), "leave a gap"),
        (("2027-01", "Jan-27"), "are the same period"),
        (("2027-01", "2027-02", "KW 3/2027", "KW 4/2027"), "months and weeks"),
        (("01/02/2027", "02/03/2027"), "can be read as"),
    ],
)
def test_headings_that_are_not_clear_are_refused(heading: Sequence[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        find_periods(heading)


@given(st.lists(st.text(alphabet="0123456789-/. JanFebKWM'年月日", max_size=12), max_size=6))
@settings(deadline=None, max_examples=300)
def test_any_headings_are_periods_or_not_or_refused(heading: list[str]) -> None:
    try:
        found = find_periods(heading)
    except UsageError:
        return
    assert all(a.end == b.first for a, b in itertools.pairwise(found))


# --- wide tables

WIDE = "Product,Market,List price,2027-01,2027-02,2027-03\nCAM,HOME,100,310,280,\nCAM,ABROAD,90,31,28,62\n"


def test_a_column_a_month_becomes_rows_week_by_week(case: Path) -> None:
    terminal = Scripted({"look like 3 periods": "quantity of the period", "What follows": "nothing is sold"})
    answer = bring(case, "plan.csv", WIDE, terminal)
    found = units_by_week(case, 20)
    # January from the 4th on: 28 of 31 days of 310; February 280; March is blank, so 0.
    assert sum(found) == pytest.approx(280 + 280)
    assert found[:4] == [70] * 4
    assert found[4:8] == [70] * 4
    assert found[8:] == [0] * 12
    abroad = [row for row in rows(case, "demand") if "ABROAD" in row]
    assert abroad[0] == "CAM,ABROAD,2027-01-04,7,90"
    assert abroad[-1] == "CAM,ABROAD,2027-04-05,0,90"
    assert "1 empty cells of periods are read as 0" in answer.notes
    assert any("begins before 2027-01-04" in note for note in answer.notes)
    # Next month's file has other months, and asks nothing.
    later = WIDE.replace("2027-01,2027-02,2027-03", "2027-02,2027-03,2027-04")
    bring(case, "plan.csv", later, None, mode="replace")
    assert sum(units_by_week(case, 20)) == pytest.approx(310 + 280)


def test_the_last_figure_may_go_on(case: Path) -> None:
    terminal = Scripted({"periods": "units per week", "What follows": "the last figure goes on"})
    bring(case, "plan.csv", "Product,Market,List price,KW 1/2027,KW 2/2027\nCAM,HOME,100,5,7\n", terminal)
    assert units_by_week(case, 10) == [5] + [7] * 9
    assert rows(case, "demand")[1:] == ["CAM,HOME,2027-01-04,5,100", "CAM,HOME,2027-01-11,7,100"]


def test_without_a_terminal_a_line_decides_what_periods_are(case: Path, tmp_path: Path) -> None:
    lines = ['table = "demand"', "[columns]"]
    for about in ("periods", "after"):
        with pytest.raises(CaseError) as caught:
            bring(case, "plan.csv", WIDE, mapping=tmp_path / "m.toml")
        (finding,) = caught.value.findings
        assert (finding.code, about in finding.remedy) == ("undecided", True)
        lines.insert(1, finding.remedy.partition("write ")[2].partition(" into the file")[0])
        (tmp_path / "m.toml").write_text("\n".join(lines) + "\n")
        assert not (case / "demand.csv").exists()
    bring(case, "plan.csv", WIDE, mapping=tmp_path / "m.toml")
    assert (case / "demand.csv").exists()


def test_rows_of_the_same_product_are_added_when_the_user_says_so(case: Path) -> None:
    text = "Product,Region,List price,Customer,2027-02,2027-03\nCAM,HOME,100,A,28,0\nCAM,HOME,100,B,56,0\n"
    script = {"look like 2 periods": "quantity of the period", "What follows": "nothing is sold"}
    with pytest.raises(AssertionError, match="occur more than once"):
        bring(case, "plan.csv", text, Scripted(script))
    bring(case, "plan.csv", text, Scripted({**script, "occur more than once": "1"}))
    assert sum(units_by_week(case, 20)) == pytest.approx(84)


def test_a_figure_that_is_none_is_named_with_its_period(case: Path) -> None:
    script = {"look like 3 periods": "quantity of the period", "What follows": "nothing is sold"}
    with pytest.raises(CaseError) as caught:
        bring(case, "plan.csv", WIDE.replace("280", "n/a"), Scripted(script))
    (finding,) = caught.value.findings
    assert (finding.place.line, finding.place.column) == (2, "2027-02")


def test_past_months_are_history(case: Path) -> None:
    script = {"periods": "quantity of the period", "What follows": "nothing is sold"}
    past = WIDE.replace("2027-0", "2026-0")
    with pytest.raises(
        UsageError, match=r"All 6 periods lie before the start 2027-01-04: what was sold is history"
    ):
        bring(case, "plan.csv", past, Scripted(script))
    partly = WIDE.replace("2027-01,2027-02,2027-03", "2026-12,2027-01,2027-02")
    answer = bring(case, "plan.csv", partly, Scripted(script))
    assert answer.left_out == {"before the start 2027-01-04: history, not demand": 2}
    assert sum(units_by_week(case, 20)) == pytest.approx(280 * 28 / 31)


def test_periods_may_be_columns_of_another_table(case: Path) -> None:
    text = "Item,On hand,2027-01,2027-02\nCAM,5,1,2\n"
    answer = bring(
        case, "stock.csv", text, Scripted({"periods": "columns", "stock.item_id": "Item"}), table=""
    )
    assert answer.unused == ("2027-01", "2027-02")


# --- order lines

ORDERS = """\
Sales order,Product,Market,Due date,Qty,Net price
1,CAM,HOME,2027-01-05,3,100
2,CAM,HOME,2027-01-08,2,90
3,CAM,HOME,2027-01-25,4,80
4,LENS,HOME,2027-02-02,6,10
5,CAM,HOME,2026-12-30,9,100
"""
SCRIPT = {
    "from_date": "Due date",
    "Which column is demand.units_per_week": "Qty",
    "unit_price": "Net price",
    "In which unit is Qty": "single orders",
}


def test_order_lines_are_summed_by_week_and_weeks_without_are_0(case: Path) -> None:
    answer = bring(case, "so.csv", ORDERS, Scripted(SCRIPT), table="demand")
    assert units_by_week(case, 8) == [5, 0, 0, 4, 0, 0, 0, 0]
    assert units_by_week(case, 8, "LENS") == [0, 0, 0, 0, 6, 0, 0, 0]
    assert rows(case, "demand")[1:] == [
        "CAM,HOME,2027-01-04,5,96",
        "CAM,HOME,2027-01-11,0,96",
        "CAM,HOME,2027-01-25,4,80",
        "CAM,HOME,2027-02-01,0,80",
        "LENS,HOME,2027-01-04,0,10",
        "LENS,HOME,2027-02-01,6,10",
        "LENS,HOME,2027-02-08,0,10",
    ]
    assert answer.left_out == {"before the start 2027-01-04: history, not demand": 1}
    told = " ".join(answer.notes)
    assert "9 units before the start" in told
    assert "in 1 weeks prices differ" in told
    assert "the last order is of 2027-02-02, so its week may not be complete" in told
    assert "single orders" in (case / "mappings/demand-so.toml").read_text()
    # What is remembered needs no answer.
    bring(case, "so.csv", ORDERS.replace(",6,10", ",7,10"), None, mode="replace")
    assert units_by_week(case, 8, "LENS") == [0, 0, 0, 0, 7, 0, 0, 0]


def test_an_order_number_makes_single_orders_the_proposal(case: Path) -> None:
    with pytest.raises(CaseError) as caught:
        bring(case, "so.csv", ORDERS.replace("Qty", "Demand"), table="demand", mapping=case / "m.toml")
    remedies = " ".join(finding.remedy for finding in caught.value.findings)
    assert 'unit = "single orders"' in remedies


def test_orders_of_the_past_point_to_a_forecast(case: Path) -> None:
    with pytest.raises(
        UsageError, match=r"All 5 order lines lie before .* history, not demand\. Forecast the weeks"
    ):
        bring(case, "so.csv", ORDERS.replace("2027", "2025"), Scripted(SCRIPT), table="demand")
    assert not (case / "demand.csv").exists()


def test_a_case_without_a_start_cannot_tell_the_past(case: Path) -> None:
    (case / "case.toml").unlink()
    with pytest.raises(UsageError, match="gives no start"):
        bring(case, "so.csv", ORDERS, Scripted(SCRIPT), table="demand")


def test_orders_far_ahead_are_refused(case: Path) -> None:
    with pytest.raises(UsageError, match="weeks after the start"):
        bring(case, "so.csv", ORDERS.replace("2027-02-02", "2127-02-02"), Scripted(SCRIPT), table="demand")


# --- laws

ORDER = st.tuples(st.sampled_from("AB"), st.integers(-30, 200), st.integers(0, 50), st.integers(1, 9))


@given(st.lists(ORDER, min_size=1, max_size=25), st.booleans(), st.integers(1, 40))
@settings(deadline=None)
def test_what_is_written_sums_up_to_what_was_read_day_by_day(orders, wide, length) -> None:
    """Against the obvious way: units put down day by day, and weeks added up."""
    lengths = {START + timedelta(days=day): length for _, day, _, _ in orders} if wide else None
    converted = Converted(
        COLUMNS,
        [
            (product, "M", str(START + timedelta(days=day)), str(units), str(price))
            for product, day, units, price in orders
        ],
        list(range(len(orders))),
        {},
    )
    by_day: dict[tuple[str, int], float] = {}
    for product, day, units, _ in orders:
        for ahead in range(length if wide else 1):
            if day + ahead >= 0:
                place = product, (day + ahead) // 7
                by_day[place] = by_day.get(place, 0.0) + (units / 7 if wide else units)
    if not by_day:
        with pytest.raises(UsageError):
            spread_by_week(converted, START, lengths, False)
        return
    found, _ = spread_by_week(converted, START, lengths, False)
    for product in {product for product, _ in by_day}:
        levels = [row for row in found.rows if row[0] == product]
        assert levels[0][2] == str(START)
        assert levels[-1][3] == "0" or sum(by_day.values()) == 0
        for week in range(40):
            day = str(START + timedelta(weeks=week))
            level = next(float(row[3]) for row in reversed(levels) if row[2] <= day)
            assert level == pytest.approx(by_day.get((product, week), 0.0), rel=1e-9, abs=1e-9)
