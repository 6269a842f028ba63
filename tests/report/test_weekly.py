"""Overrides, changes and what-ifs on page, in workbook and terminal."""

from __future__ import annotations

from dataclasses import replace

from outlast.plan.answer import PlanAnswer
from outlast.plan.changes import NO_PLAN
from outlast.report.page import render_page
from outlast.report.tables import short_answer
from outlast.report.weekly import changes_table, overrides_table, since_words


def plain(answer: PlanAnswer) -> PlanAnswer:
    return replace(answer, overrides=(), since=NO_PLAN, changes=())


def test_decisions_by_hand_show_with_cost_and_reason(answer: PlanAnswer) -> None:
    (row,) = overrides_table(answer).rows
    shown = [cell.show() for cell in row]
    assert "buy at least" in shown
    assert "Li Wei 李伟" in shown
    page = render_page(answer)
    assert "Set by hand" in page
    assert "=HYPERLINK(price rises in May)" in page
    assert "buy at least 3,000 SRC-IC-FPGA-1" in short_answer(answer)
    assert "Set by hand" not in render_page(plain(answer)) + short_answer(plain(answer))


def test_changes_show_with_reason_and_how_it_is_known(answer: PlanAnswer) -> None:
    first, second = (" | ".join(cell.show() for cell in row) for row in changes_table(answer).rows)
    assert "with that put back the plan is as before | tested by planning again" in first
    assert second.endswith("unexplained by any single input | not known")
    for text in (render_page(answer), short_answer(answer)):
        assert "fedc9876" in text
        assert "40 below what last stock" in text
        assert "1 resized" in text


def test_without_an_earlier_plan_nothing_is_said_of_it(answer: PlanAnswer) -> None:
    assert since_words(plain(answer)) == ()
    assert "Changed since" not in render_page(plain(answer))
    assert "Since plan" not in short_answer(plain(answer))


def test_a_what_if_is_labelled_everywhere(answer: PlanAnswer) -> None:
    edited = replace(answer, what_if=("stock.on_hand[<b>]: 1 -> 2",))
    assert short_answer(edited).startswith("WHAT-IF: stock.on_hand[<b>]: 1 -> 2\n")
    assert "<strong>What-if, not the case:</strong> stock.on_hand[&lt;b&gt;]: 1 -&gt; 2" in render_page(
        edited
    )
    assert "What-if" not in render_page(answer)
