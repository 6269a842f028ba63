"""What to do when the watch state changes, in words and tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outlast.plan.answer import Interval, PlanAnswer
from outlast.report.page import render_page
from outlast.report.tables import short_answer
from outlast.report.watch import states_table, tell_watch, told_triggers, triggers_table, watch_sentences


def with_gain(answer: PlanAnswer, gain: Interval) -> PlanAnswer:
    assert answer.watch is not None
    return replace(answer, watch=replace(answer.watch, gain=gain))


def test_a_terminal_is_told_state_by_state(answer: PlanAnswer) -> None:
    lines = tell_watch(answer)
    assert lines[0] == "While the watch state is CALM, do the above. When it changes:"
    assert lines[1] == "  when it becomes TENSE (Named by officials):"
    assert "start the switch of FPGA 85k logic cells to Xilinx via Avnet Asia Pte. Ltd." in lines[2]
    assert "order 12,000 FPGA 85k logic cells from Xilinx via Avnet Asia Pte. Ltd." in lines[2]
    assert "(else 2,000)" in lines[2]
    assert "run down no FPGA 85k logic cells" in lines[2]
    assert lines[3].endswith(": nothing else")
    assert lines[4] == "  when it becomes SOON:"
    assert "order no FPGA 85k logic cells" in lines[5]
    assert "\n".join(lines).translate(str.maketrans({"\u00a0": " "})) in short_answer(answer).translate(
        str.maketrans({"\u00a0": " "})
    )


def test_a_plan_without_triggers_says_nothing_of_them(answer: PlanAnswer) -> None:
    none = replace(answer, watch=None)
    assert tell_watch(none) == []
    assert watch_sentences(none) == []
    assert "watch state" not in short_answer(none)
    assert "When the watch state changes" not in render_page(none)


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (Interval(9.0, 5.0, 13.0), "saves"),
        (Interval(1.0, -5.0, 7.0), "can't be told from chance"),
        (Interval(-9.0, -13.0, -5.0), "loses"),
    ],
)
def test_the_worth_of_triggers_is_said_as_it_is(answer: PlanAnswer, gain: Interval, words: str) -> None:
    assert words in watch_sentences(with_gain(answer, gain))[0]


def test_odds_of_changes_beyond_those_followed_are_said(answer: PlanAnswer) -> None:
    assert "acts on up to 2 changes; with odds of 29%" in watch_sentences(answer)[1]


def test_the_page_shows_first_changes_and_the_workbook_all(answer: PlanAnswer) -> None:
    assert answer.watch is not None
    told = told_triggers(answer.watch)
    assert all(len(trigger.changes) == 1 for trigger in told)
    assert len(triggers_table(answer, told).rows) == 3 + 1 + 2
    every = triggers_table(answer)
    assert len(every.rows) == 3 + 1 + 2 + 1
    assert all(len(row) == len(every.columns) for row in every.rows)
    assert every.rows[-1][0].below.startswith("after TENSE on ")


def test_every_state_has_its_hazards(answer: PlanAnswer) -> None:
    table = states_table(answer)
    assert [row[0].value for row in table.rows] == ["CALM", "TENSE", "SOON"]
    assert [row[-1].value for row in table.rows] == [0.1, 0.5, 2.0]
    assert table.columns[-1].heading == "US-ENTITY-LIST, events a year"
