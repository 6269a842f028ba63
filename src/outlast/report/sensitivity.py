"""The files of a sensitivity study, and its words. In: `SensitivityAnswer`. Out: text, JSON, XLSX, HTML.
One reason to exist: a reader sees which unknown is worth finding out about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import altair as alt

from outlast.report.cells import Cell, Column, Kind, Table
from outlast.report.charts import INK, NOW, PLAN, Data, Drawing, Size, draw_chart, scale_money
from outlast.report.document import write_whole
from outlast.report.figures import GLUE, NOTICE, shorten, show_between, show_money, show_share, with_weeks
from outlast.report.grounds import provenance_table
from outlast.report.layout import render_layout
from outlast.report.stored import dump_document
from outlast.report.workbook import Styles, open_workbook, write_table
from outlast.sensitivity.answer import Index, SensitivityAnswer, Swing

WORDS = {
    "switch_times": "Switch times",
    "margin": "Margin",
    "holding_cost": "Holding cost",
    "demand": "Demand",
}
ROUGH = 0.2
"""Half-width of an index from which it is called rough."""
NAME_WIDTH, NARROW_NAME = 30, 16
"""Columns of a factor's name beside its bar."""


def write_sensitivity(answer: SensitivityAnswer, folder: Path, start: date) -> list[Path]:
    """Write sensitivity.json, sensitivity.xlsx and sensitivity.html; what was there before is replaced.

    Args:
        answer: what to tell.
        folder: made if it is missing.
        start: of the case.

    Raises:
        OSError: the folder cannot be written to.
    """
    contents = {
        "sensitivity.json": dump_document(answer).encode(),
        "sensitivity.xlsx": render_workbook(answer, start),
        "sensitivity.html": render_page(answer).encode(),
    }
    return write_whole(contents, folder)


def tell_sensitivity(answer: SensitivityAnswer) -> str:
    """Headline, then a line for each factor."""
    lines = [f"{answer.case_name}: {headline(answer)}".replace(GLUE, " "), ""]
    lines.append(
        f"  {'factor':<26}{'from':>14}{'to':>14}{'answer from':>14}{'to':>12}{'first':>9}{'total':>9}"
    )
    indices = {index.factor: index for index in answer.indices}
    for swing in answer.swings:
        index = indices.get(swing.factor)
        shares = f"{'-':>9}{'-':>9}"
        if index is not None:
            # Rounding leaves no -0.00.
            shares = "".join(f"{round(share, 2) + 0.0:>9.2f}" for share in (index.first, index.total))
        lines.append(
            f"  {swing.factor:<26.26}{show_value(swing, swing.low):>14}{show_value(swing, swing.high):>14}"
            f"{show_answer(answer, swing.answer_low):>14}{show_answer(answer, swing.answer_high):>12}{shares}"
            f"{'  assumed' if swing.assumed else ''}"
        )
    return "\n".join([*lines, "", *notes(answer), NOTICE]).replace(GLUE, " ")


def headline(answer: SensitivityAnswer) -> str:
    """What the answer is, and what moves it most."""
    says = f"{question(answer)} is {show_answer(answer, answer.base, answer.currency)}"
    most = answer.swings[0]
    if most.answer_low == most.answer_high:
        return f"{says}; no factor moves it."
    ends = (show_answer(answer, end, answer.currency) for end in (most.answer_low, most.answer_high))
    name = name_factor(most.factor)
    return f"{says}; {name[0].lower()}{name[1:]} moves it most, from {' to '.join(ends)}."


def name_factor(factor: str) -> str:
    """A factor in words."""
    kind, _, restriction = factor.partition(":")
    return f"Hazard of {restriction}" if restriction else WORDS[kind]


def question(answer: SensitivityAnswer) -> str:
    """What was asked, in words."""
    who = "with the plan" if answer.plan_id else "as things are"
    what = {
        "loss": "expected loss",
        "cvar": f"CVaR at {answer.cvar_level:g} of the loss",
        "survival": f"the share of events that is survived for {with_weeks(str(answer.survive_weeks))}",
    }[answer.question]
    return f"{what}, {who},"


def show_answer(answer: SensitivityAnswer, value: float, currency: str = "") -> str:
    """A value of what was asked."""
    return show_share(value) if answer.question == "survival" else show_money(value, currency)


def show_value(swing: Swing, value: float) -> str:
    """A value of a factor with its unit."""
    if swing.unit == "percentile":
        return f"p{value:g}"
    return f"{value:g} a year" if swing.unit == "events per year" else f"x {value:g}"


def notes(answer: SensitivityAnswer) -> list[str]:
    """What the columns mean, and what was assumed."""
    found = [
        f"Each factor alone from one end of its range to the other, all else as in the case; "
        f"{answer.scenarios:,} scenarios in every run, the same draws for all."
    ]
    if answer.base_interval is not None:
        low, high = (
            show_money(v, answer.currency) for v in (answer.base_interval.low, answer.base_interval.high)
        )
        found.append(f"95 % interval of the expected loss with these scenarios: {show_between(low, high)}.")
    if answer.indices and answer.spread is not None:
        ends = show_between(*(show_answer(answer, v) for v in (answer.spread.low, answer.spread.high)))
        found.append(
            "First and total: Sobol indices, shares of the variance when all factors move at once, alone "
            f"and with others ({answer.samples} base samples, {answer.runs} runs). The answer then lies in "
            f"{ends} nine times in ten."
        )
        if any(max(index.first, index.total) > 1 or _widest(index) > ROUGH for index in answer.indices):
            found.append(
                f"The indices are rough: intervals reach ± {max(map(_widest, answer.indices)):.2f}, "
                "and an index above 1 is noise. Ask for more with --samples."
            )
    return [*found, *answer.assumptions, *(f"Left out: {reason}" for reason in answer.left_out)]


def _widest(index: Index) -> float:
    return max(index.first_half_width, index.total_half_width)


def swings_table(answer: SensitivityAnswer) -> Table:
    """A row for each factor."""
    kind: Kind = "share" if answer.question == "survival" else "money"
    unit = "" if answer.question == "survival" else f", {answer.currency}"
    columns = (
        Column("Factor"),
        Column("From"),
        Column("As it is"),
        Column("To"),
        Column("Range"),
        Column(f"Answer from{unit}", kind),
        Column(f"Answer to{unit}", kind),
    )
    rows = tuple(
        (
            Cell(name_factor(swing.factor)),
            *(Cell(show_value(swing, value)) for value in (swing.low, swing.base, swing.high)),
            Cell("assumed" if swing.assumed else "stated"),
            Cell(swing.answer_low, kind),
            Cell(swing.answer_high, kind),
        )
        for swing in answer.swings
    )
    return Table("Tornado", columns, rows, "")


def indices_table(answer: SensitivityAnswer) -> Table:
    """Sobol indices with their intervals."""
    columns = (
        Column("Factor"),
        Column("First order", "quantity"),
        Column("± 95 %", "quantity"),
        Column("Total", "quantity"),
        Column("± 95 % ", "quantity"),
    )
    rows = tuple(
        (
            Cell(name_factor(index.factor)),
            *(
                Cell(round(value, 3), "quantity")
                for value in (index.first, index.first_half_width, index.total, index.total_half_width)
            ),
        )
        for index in answer.indices
    )
    return Table("Sobol indices", columns, rows, "No indices were asked for.")


def render_page(answer: SensitivityAnswer) -> str:
    """The page as HTML text."""
    says = headline(answer)
    return render_layout(
        "sensitivity.html",
        answer=answer,
        headline=says[0].upper() + says[1:],
        tornado=draw_tornado(answer),
        bars=draw_indices(answer),
        swings=swings_table(answer),
        indices=indices_table(answer),
        notes=notes(answer),
        provenance=provenance_table(answer.provenance),
    )


def render_workbook(answer: SensitivityAnswer, start: date) -> bytes:
    """A sheet each of tornado, indices and origin; the same answer, the same bytes."""
    target = BytesIO()
    book = open_workbook(target, answer.case_name, start)
    styles = Styles(book)
    sheets = [swings_table(answer), *([indices_table(answer)] if answer.indices else [])]
    for table in (*sheets, provenance_table(answer.provenance)):
        write_table(book.add_worksheet(table.title), styles, table)
    book.close()
    return target.getvalue()


def draw_tornado(answer: SensitivityAnswer) -> Drawing | None:
    """A bar for each factor, from the answer at one end of its range to that at the other; None where
    nothing moves."""
    if all(swing.answer_low == swing.answer_high for swing in answer.swings):
        return None
    scale, unit = _scale(answer)
    values = [
        {"factor": swing.factor, "end": end, "value": value / scale, "base": answer.base / scale}
        for swing in answer.swings
        for end, value in (("low", swing.answer_low), ("high", swing.answer_high))
    ]

    def chart(size: Size, data: Data) -> Any:
        labels = label_factors([swing.factor for swing in answer.swings], size)
        form = ".0%" if answer.question == "survival" else "~g"
        x = alt.X("value:Q", title=unit, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5, format=form))
        colour = alt.Color("end:N", scale=alt.Scale(domain=["low", "high"], range=[PLAN, NOW]), legend=None)
        bars = alt.Chart(data(_labelled(values, labels))).mark_bar(height=16)
        rule = alt.Chart(data([{"base": answer.base / scale}])).mark_rule(color=INK, strokeDash=[2, 3])
        return alt.layer(
            bars.encode(x=x, x2="base:Q", y=_names(labels), color=colour), rule.encode(x="base:Q")
        ).properties(width=_width(size), height=26 * len(answer.swings))

    return draw_chart("tornado", chart)


def draw_indices(answer: SensitivityAnswer) -> Drawing | None:
    """First-order and total index of each factor with 95 % intervals; None without indices."""
    if not answer.indices:
        return None
    values = [
        {
            "factor": index.factor,
            "which": which,
            "value": value,
            "low": max(0.0, value - half),
            "high": value + half,
        }
        for index in answer.indices
        for which, value, half in (
            ("first", max(0.0, index.first), index.first_half_width),
            ("total", index.total, index.total_half_width),
        )
    ]

    def chart(size: Size, data: Data) -> Any:
        labels = label_factors([index.factor for index in answer.indices], size)
        base = alt.Chart(data(_labelled(values, labels))).encode(
            y=_names(labels),
            yOffset=alt.YOffset("which:N", sort=["first", "total"]),
        )
        scale = alt.Scale(domain=["first", "total"], range=["#93bbda", PLAN])
        x = alt.X("value:Q", title="share of the variance", axis=alt.Axis(tickCount=5))
        return alt.layer(
            base.mark_bar(height=9).encode(x=x, color=alt.Color("which:N", scale=scale, legend=None)),
            base.mark_rule(color=INK).encode(x=alt.X("low:Q"), x2="high:Q"),
        ).properties(width=_width(size), height=30 * len(answer.indices))

    return draw_chart("indices", chart)


def _scale(answer: SensitivityAnswer) -> tuple[float, str]:
    """What to divide by, and the title of the axis."""
    if answer.question == "survival":
        return 1.0, "share of events"
    top = max(abs(end) for swing in answer.swings for end in (swing.answer_low, swing.answer_high))
    scale, name = scale_money(top)
    return scale, f"{answer.currency}{name}"


def label_factors(factors: Sequence[str], size: Size) -> dict[str, str]:
    """A short label of every factor, no two alike."""
    labels: dict[str, str] = {}
    for factor in factors:
        # On a narrow page the restriction's name alone has to do.
        name = factor.partition(":")[2] if size.narrow and ":" in factor else name_factor(factor)
        width = NARROW_NAME if size.narrow else NAME_WIDTH
        numbered = (f"{shorten(name, width - 4)} {n}" for n in range(2, len(factors) + 2))
        choices = [shorten(name, width), *numbered]
        labels[factor] = next(label for label in choices if label not in labels.values())
    return labels


def _labelled(values: Sequence[dict[str, Any]], labels: dict[str, str]) -> list[dict[str, Any]]:
    return [{**row, "factor": labels[row["factor"]]} for row in values]


def _names(labels: dict[str, str]) -> alt.Y:
    axis = alt.Axis(title=None, labelLimit=400, domain=False, ticks=False)
    return alt.Y("factor:N", sort=list(labels.values()), axis=axis)


def _width(size: Size) -> int:
    return size.width - (130 if size.narrow else 230)
