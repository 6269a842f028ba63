"""The survival asked for: what is said where it is met, where it is not, and how well the cash is proven."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from outlast.plan.answer import PlanAnswer
from outlast.report.page import render_page
from outlast.report.requirement import requirement_table, requirement_words
from outlast.report.tables import key_figures, short_answer
from outlast.report.verdict import certificate_words
from outlast.report.workbook import render_workbook


def told(answer: PlanAnswer, **changes: Any) -> str:
    assert answer.requirement is not None
    words = requirement_words(replace(answer, requirement=replace(answer.requirement, **changes)))
    return " ".join(words).replace("\u00a0", " ")


def test_nothing_is_said_where_nothing_was_asked_for(answer: PlanAnswer) -> None:
    assert requirement_words(answer) == ()
    assert not requirement_table(answer).rows
    assert "asked for" not in short_answer(answer)
    assert "The survival asked for" not in render_page(answer)
    assert "Survival asked for" not in openpyxl.load_workbook(BytesIO(render_workbook(answer))).sheetnames


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "no plan there needs less than CNY 79.5 m, so that 1.8% is left open"),
        ({"status": "optimal"}, "it is proven that no plan there needs less"),
        ({"status": "unproven"}, "how far it is from the least there is, is not proven"),
        ({"least_cash": 0.0}, "26 weeks in 80% of cuts are outlasted without any cash"),
        ({}, "made for 83% of cuts and for demand 5% above its mean after a cut"),
        ({}, "2,013 fresh cuts"),
        ({}, "84.2% are outlasted so long, with 95% confidence at least 82.8%; with nothing extra 2.0%."),
        (
            {"met": False, "simulated": 0.81, "simulated_low": 0.79},
            "The requirement is not shown to be met: that limit is below 80%.",
        ),
        (
            {"met": False, "simulated": 0.7, "simulated_low": 0.68},
            "The requirement is not met out of sample: it asks for 80%.",
        ),
        (
            {"met": False, "simulated": 0.7, "roomiest": 0.76, "roomiest_cash": 1.2e8},
            "No room to spare that was tried is enough: CNY 120 m, the most, outlasts 76.0%.",
        ),
        ({"simulated_events": 0}, "the plan is not checked on them"),
    ],
)
def test_words_follow_the_figures(thrifty: PlanAnswer, changes: dict[str, Any], said: str) -> None:
    assert said in told(thrifty, **changes)


def test_a_plan_without_room_to_spare_does_not_speak_of_it(thrifty: PlanAnswer) -> None:
    assert "above its mean" not in told(thrifty, room_demand=0.0)


def test_every_place_tells_it(thrifty: PlanAnswer) -> None:
    text = short_answer(thrifty)
    assert "The requirement is met." in text
    page = render_page(thrifty)
    assert page.index("The survival asked for") < page.index("What to buy first")
    book = openpyxl.load_workbook(BytesIO(render_workbook(thrifty)))
    sheet = book["Survival asked for"]
    figures = {row[0]: row[2] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert figures["Cash of this plan, CNY"] == 8.84e7
    assert figures["No plan needs less than, CNY"] == 7.95e7
    assert figures["Outlasted, fresh scenarios"] == 0.842
    assert figures["The same, 95% sure to be at least"] == 0.828
    assert any("least cash found" in str(cell.value) for row in book["Summary"].iter_rows() for cell in row)


def test_first_key_figure_is_whether_it_is_met(thrifty: PlanAnswer, answer: PlanAnswer) -> None:
    figure = key_figures(thrifty)[0]
    assert figure.label == "Cuts outlasted for 26 weeks"
    assert figure.note.endswith("met")
    assert key_figures(answer) == key_figures(thrifty)[1:]


def test_the_gap_of_the_loss_is_not_told_as_that_of_the_cash(thrifty: PlanAnswer) -> None:
    assert certificate_words(thrifty)[2].startswith("The plan makes cash small, not the expected loss")


def test_a_plan_that_was_stopped_early_says_what_was_not_looked_for(thrifty: PlanAnswer) -> None:
    early = replace(thrifty, certificate=replace(thrifty.certificate, stopped_early=True))
    assert "not looked for" not in told(early)
    assert "a plan with more room to spare, which may be enough, was not looked for" in told(early, met=False)
    assert "not looked for" not in told(thrifty, met=False)
