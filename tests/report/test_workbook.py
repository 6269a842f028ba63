"""The workbook, read back: numbers are numbers, dates are dates, texts are never formulas."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from outlast.plan.answer import PlanAnswer
from outlast.plan.changes import NO_PLAN
from outlast.report.buying import EVERYTHING, buying_table
from outlast.report.figures import NOTICE
from outlast.report.workbook import render_workbook

SHEETS = [
    "Summary",
    "Buy list",
    "Triggers",
    "Watch states",
    "By hand",
    "Changes",
    "Changed inputs",
    "Second sources",
    "Ways to bridge a cut",
    "Items",
    "Cash",
    "Survival",
    "Restrictions",
    "Advised and done",
    "Certificate",
    "Assumptions",
    "Made from",
]


def load(answer: PlanAnswer) -> Any:
    return openpyxl.load_workbook(BytesIO(render_workbook(answer)))


def texts(sheet: Any) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


@pytest.fixture(scope="module")
def book(answer: PlanAnswer) -> Any:
    return load(answer)


def test_sheets(book: Any, calm: PlanAnswer) -> None:
    assert book.sheetnames == SHEETS
    without = replace(calm, watch=None, overrides=(), since=NO_PLAN, changes=())
    left_out = {"Advised and done", "Triggers", "Watch states", "By hand", "Changes", "Changed inputs"}
    left_out |= {"Ways to bridge a cut"}
    assert load(without).sheetnames == [name for name in SHEETS if name not in left_out]


def test_summary_can_be_read_alone(book: Any, answer: PlanAnswer) -> None:
    sheet = book["Summary"]
    said = texts(sheet)
    assert answer.summary.headline in said
    assert NOTICE in said
    assert set(answer.summary.buy_first) <= set(said)
    figures = {row[0].value: row for row in sheet.iter_rows() if row[0].value}
    loss = figures["Expected loss"]
    assert [cell.value for cell in loss[1:]] == [8.12e8, 2.47e8, 7.69e8, 8.55e8, 2.31e8, 2.63e8]
    chance = figures["Chance of a cut within 104 weeks"][2]
    assert chance.value == pytest.approx(answer.summary.probability_of_event)
    assert "%" in chance.number_format


def test_buy_list_holds_every_line_as_numbers_and_dates(book: Any, answer: PlanAnswer) -> None:
    sheet = book["Buy list"]
    heading = [cell.value for cell in sheet[1]]
    rows = [dict(zip(heading, row, strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert len(rows) == len(buying_table(answer, EVERYTHING).rows)
    first, line = rows[0], answer.purchases[0]
    assert first["Item"].value == line.name
    assert first["Quantity"].value == line.quantity
    assert first["Cost, CNY"].value == line.cost
    assert first["Order date"].value == datetime(2026, 11, 23)
    assert first["Order date"].is_date
    assert first["Order date"].number_format == "d mmm yyyy"
    assert first["Source id"].value == line.source_id


@pytest.mark.parametrize("name", SHEETS[1:])
def test_sheets_are_ready_to_work_with(name: str, book: Any) -> None:
    sheet = book[name]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.fitToHeight == 0
    assert NOTICE in sheet.oddFooter.left.text
    assert all(dimension.width >= 11 for dimension in sheet.column_dimensions.values())


def test_what_exceeds_the_window_is_text(book: Any) -> None:
    sheet = book["Restrictions"]
    place = [cell.value for cell in sheet[1]].index("Lasts today, weeks")
    assert [row[place].value for row in sheet.iter_rows(min_row=2)] == [5, 9, "> 104"]


def test_assumed_columns_say_so(book: Any) -> None:
    assert "Events a year (assumed)" in [cell.value for cell in book["Restrictions"][1]]


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+1", "-1", "http://example.org/x", "007", "{=1}"])
def test_texts_stay_texts(name: str, answer: PlanAnswer) -> None:
    named = replace(
        answer,
        case_name=name,
        summary=replace(answer.summary, headline=name, buy_first=(name,)),
        purchases=tuple(replace(line, name=name, reason=name) for line in answer.purchases),
        assumptions=tuple(replace(line, text=name) for line in answer.assumptions),
    )
    book = load(named)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    found = [cell for cell in cells if cell.value == name]
    assert len(found) >= 2 + 2 * len(answer.purchases)
    assert {cell.data_type for cell in found} == {"s"}
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_very_long_texts_are_kept_as_far_as_a_cell_holds(answer: PlanAnswer) -> None:
    line = replace(answer.assumptions[1], text="x" * 40_000)
    sheet = load(replace(answer, assumptions=(line,)))["Assumptions"]
    assert sheet["C2"].value == "x" * 32_767


def test_nothing_to_buy_is_said(calm: PlanAnswer) -> None:
    book = load(calm)
    assert book["Buy list"]["A2"].value.startswith("Nothing to buy")
    assert any(text.startswith("Nothing to buy") for text in texts(book["Summary"])[3:])


def test_same_answer_same_bytes(answer: PlanAnswer) -> None:
    first, second = render_workbook(answer), render_workbook(answer)
    assert first == second
    assert openpyxl.load_workbook(BytesIO(first)).properties.created == datetime(2026, 11, 23)
