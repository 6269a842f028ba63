"""The page and the workbook of a study: whole, escaped, charts for both widths."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from outlast.report.charts import NARROW, WIDE
from outlast.report.sensitivity import (
    draw_indices,
    draw_tornado,
    headline,
    label_factors,
    render_page,
    render_workbook,
    tell_sensitivity,
)
from outlast.sensitivity.answer import SensitivityAnswer
from outlast.sensitivity.study import analyse_sensitivity
from tests.report.test_page import HOSTILE, Reader
from tests.test_survive import START, lamp


@pytest.fixture(scope="module")
def answer() -> SensitivityAnswer:
    return analyse_sensitivity(lamp(), scenarios=40, samples=8)


def test_page_is_whole_and_escaped(answer: SensitivityAnswer) -> None:
    hostile = replace(
        answer,
        case_name=HOSTILE,
        swings=(replace(answer.swings[0], factor=f"hazard:{HOSTILE}"), *answer.swings[1:]),
        indices=(replace(answer.indices[0], factor=f"hazard:{HOSTILE}"), *answer.indices[1:]),
    )
    for shown in (answer, hostile):
        page = render_page(shown)
        reader = Reader()
        reader.feed(page)
        assert reader.open == []
        assert "script" not in reader.tags
        assert "svg" in reader.tags
        assert render_page(shown) == page
    assert "Hazard of LISTED" in render_page(answer)
    assert "assumed" in render_page(answer)


def test_without_samples_there_are_no_indices(answer: SensitivityAnswer) -> None:
    tornado = replace(answer, samples=0, indices=(), spread=None)
    assert "All at once" in render_page(answer)
    assert "All at once" not in render_page(tornado)
    assert draw_indices(tornado) is None
    assert "Sobol" not in tell_sensitivity(tornado)


def test_words_name_every_factor_and_whose_range_is_assumed(answer: SensitivityAnswer) -> None:
    tiny = replace(answer, indices=tuple(replace(index, first=-1e-4) for index in answer.indices))
    lines = tell_sensitivity(tiny).splitlines()
    assert "-0.00" not in "".join(lines)
    for swing in answer.swings:
        (line,) = [line for line in lines if line.startswith(f"  {swing.factor} ")]
        assert line.endswith("assumed") == swing.assumed


def test_rough_indices_are_called_rough(answer: SensitivityAnswer) -> None:
    """Few base samples give shares above 1: nobody is left alone with them."""
    exact = {"first": 0.5, "first_half_width": 0.02, "total": 0.5, "total_half_width": 0.02}
    good = replace(answer, indices=tuple(replace(index, **exact) for index in answer.indices))
    assert "rough" not in tell_sensitivity(good)
    assert "rough" not in render_page(good)
    for worse in ({"first": 1.74}, {"total": 1.41}, {"first_half_width": 0.4}):
        rough = replace(good, indices=(replace(good.indices[0], **worse), *good.indices[1:]))
        assert "rough" in tell_sensitivity(rough)
        assert "rough" in render_page(rough)


def test_columns_stand_apart(answer: SensitivityAnswer) -> None:
    hazard = replace(answer.swings[0], factor="hazard:LISTED", unit="events per year", low=0.016, high=0.482)
    text = tell_sensitivity(replace(answer, swings=(hazard, *answer.swings[1:])))
    assert "0.016 a year  " in text
    assert "  0.482 a year" in text


def test_what_does_not_move_is_not_drawn(answer: SensitivityAnswer) -> None:
    still = replace(answer, swings=tuple(replace(s, answer_low=1.0, answer_high=1.0) for s in answer.swings))
    assert draw_tornado(still) is None
    assert "no factor moves it" in headline(still)


def test_workbook_has_every_factor(answer: SensitivityAnswer) -> None:
    content = render_workbook(answer, START)
    assert render_workbook(answer, START) == content
    book = openpyxl.load_workbook(BytesIO(content))
    rows = list(book["Tornado"].iter_rows(min_row=2, values_only=True))
    assert [row[5] for row in rows] == pytest.approx([swing.answer_low for swing in answer.swings])
    assert len(list(book["Sobol indices"].iter_rows(min_row=2))) == len(answer.indices)


def test_labels_are_short_and_differ() -> None:
    names = [f"hazard:RESTRICTION-OF-A-LONG-NAME-{k}" for k in range(3)] + ["demand"]
    for size, width in ((WIDE, 30), (NARROW, 16)):
        labels = label_factors(names, size)
        assert len(set(labels.values())) == 4
        assert all(len(label) <= width for label in labels.values())
