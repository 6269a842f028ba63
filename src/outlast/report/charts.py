"""Charts as SVG text. In: `PlanAnswer`. Out: `Drawing`s, each for a wide and for a narrow page.
One reason to exist: a report shows its curves without scripts, fonts or files from elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import altair as alt
import vl_convert

from outlast.plan.answer import CoverRow, PlanAnswer, StockPath
from outlast.report.figures import SCALES, shorten

NOW, PLAN, LIMIT, INK, RULE = "#c2570c", "#1d5b9c", "#8a1c1c", "#333f48", "#dfe3e6"
COVER_COLOURS = ["#b5421a", "#eba15c", "#f6ecd6", "#93bbda", "#1d5b9c"]
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
MOST_POINTS = 110
"""Points of a curve on paper: more do not show."""
Data = Callable[[list[dict[str, Any]]], Any]
"""Turns the rows of a chart into its data."""
LONG_COVER = 52.0
"""Weeks of cover from which the colour no longer changes."""


@dataclass(frozen=True, slots=True)
class Size:
    """Room that a chart has."""

    name: str
    width: int
    """Of the whole drawing [px]."""
    font: int
    """Of axis labels [px]."""
    narrow: bool


WIDE = Size("wide", 1060, 12, False)
NARROW = Size("narrow", 350, 12, True)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart, drawn twice, as SVG elements without scripts."""

    wide: str
    narrow: str


def draw_survival(answer: PlanAnswer) -> Drawing | None:
    """Share of simulated cuts outlasted, now and with the plan, with bands; None without a cut."""
    if not answer.survival:
        return None
    values = [
        {"week": line.week, "who": who, "p": share.p, "low": share.low, "high": share.high}
        for line in answer.survival
        for who, share in (("now", line.now), ("plan", line.plan))
    ]

    def chart(size: Size, data: Data) -> Any:
        last = answer.survival[-1].week
        x = alt.X(
            "week:Q", title="weeks after the cut", scale=alt.Scale(domain=[0, max(last, 1)], nice=False)
        )
        share = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=None)
        y = alt.Y("p:Q", axis=share, scale=alt.Scale(domain=[0, 1]))
        base = alt.Chart(data(values)).encode(x=x, color=_who())
        half = alt.Chart(data([{"p": 0.5}])).mark_rule(strokeDash=[2, 3], color=INK)
        return alt.layer(
            base.mark_area(interpolate="step-after", opacity=0.18).encode(y=alt.Y("low:Q"), y2="high:Q"),
            base.mark_line(interpolate="step-after", strokeWidth=2.2).encode(y=y),
            half.encode(y="p:Q"),
        ).properties(width=size.width - 50, height=220 if size.narrow else 300)

    return draw_chart("survival", chart)


def draw_stock(answer: PlanAnswer) -> Drawing | None:
    """Projected stock of the tightest items, now and with the plan, the cut marked; None without any."""
    if not answer.stock_paths:
        return None
    cut, window = answer.summary.event_week, answer.summary.window_weeks

    def chart(size: Size, data: Data) -> Any:
        columns = 2 if size.narrow else 5
        width = (size.width - 50 * columns) // columns
        panels = [_stock_panel(path, cut, window, width, size, data) for path in answer.stock_paths]
        return alt.concat(*panels, columns=columns, bounds="flush", spacing={"row": 56, "column": 50})

    return draw_chart("stock", chart)


def _stock_panel(path: StockPath, cut: int, window: int, width: int, size: Size, data: Data) -> Any:
    """One item: mean stock now and with the plan, the plan's 10 to 90 % band."""
    kept = [place for place, week in enumerate(path.weeks) if week <= cut + window]
    step = max(1, -(-len(kept) // MOST_POINTS))
    places = kept[::step]
    curves = (("now", path.now, path.now, path.now), ("plan", path.plan, path.plan_low, path.plan_high))
    values = [
        {"week": path.weeks[k] - cut, "who": who, "mean": mean[k], "low": low[k], "high": high[k]}
        for who, mean, low, high in curves
        for k in places
    ]
    axis = alt.Axis(tickCount=3, title=None)
    base = alt.Chart(data(values)).encode(
        x=alt.X("week:Q", axis=axis, scale=alt.Scale(nice=False)), color=_who()
    )
    name = shorten(path.name, 21 if size.narrow else 26)
    y_axis = alt.Axis(
        tickCount=3,
        labelExpr="format(datum.value, '~s')",
        minExtent=34,
        maxExtent=34,
        **title_on_top(name, bold=True),
    )
    rule = alt.Chart(data([{"week": 0}])).mark_rule(strokeDash=[4, 3], color=LIMIT)
    return alt.layer(
        base.mark_area(opacity=0.18).encode(y=alt.Y("low:Q", axis=y_axis), y2="high:Q"),
        base.mark_line(strokeWidth=1.8).encode(y=alt.Y("mean:Q", axis=y_axis)),
        rule.encode(x="week:Q"),
    ).properties(width=width, height=90 if size.narrow else 110)


def draw_cover(answer: PlanAnswer) -> Drawing | None:
    """Item by week: weeks of cover under the plan without a cut; None without items at risk."""
    if not answer.cover:
        return None
    top = max((weeks for row in answer.cover for weeks in row.cover_weeks if math.isfinite(weeks)), default=1)
    start = answer.summary.start

    def chart(size: Size, data: Data) -> Any:
        labels = label_uniquely(answer.cover, 16 if size.narrow else 32)
        values = [
            {
                "item": label,
                "from": (start + timedelta(weeks=week)).isoformat(),
                "to": (start + timedelta(weeks=until)).isoformat(),
                "cover": cover,
            }
            for label, row in zip(labels, answer.cover, strict=True)
            for week, until, cover in zip(row.weeks, _ends(row.weeks), row.cover_weeks, strict=True)
        ]
        colour = alt.Color(
            "cover:Q",
            title="weeks of cover",
            scale=alt.Scale(domain=[0, min(max(top, 1.0), LONG_COVER)], range=COVER_COLOURS, clamp=True),
            legend=alt.Legend(orient="top", gradientLength=140 if size.narrow else 220, tickCount=4),
        )
        width = size.width - (140 if size.narrow else 225)
        return (
            alt.Chart(data(values))
            .mark_rect(stroke="white", strokeWidth=0.5)
            .encode(
                x=alt.X("from:T", axis=_dates(size), scale=alt.Scale(type="utc", nice=False)),
                x2="to:T",
                y=alt.Y("item:N", sort=labels, axis=alt.Axis(title=None, labelLimit=400, domain=False)),
                color=colour,
            )
            .properties(width=width, height=18 * len(labels))
        )

    return draw_chart("cover", chart)


def _ends(weeks: Sequence[int]) -> list[int]:
    """Where each cell ends: at the next one, the last as wide as the one before."""
    last = weeks[-1] - weeks[-2] if len(weeks) > 1 else 1
    return [*weeks[1:], weeks[-1] + last]


def draw_cash(answer: PlanAnswer) -> Drawing | None:
    """Cumulative cash paid for protection in steps, and its limit; None where nothing is paid."""
    peak = max((line.spend for line in answer.cash), default=0.0)
    if peak <= 0:
        return None
    limits = [line.limit for line in answer.cash if line.limit is not None]
    top = max([peak, *limits])
    scale, unit = scale_money(top)
    values = [
        {
            "date": line.date.isoformat(),
            "spend": line.spend / scale,
            "limit": None if line.limit is None else line.limit / scale,
        }
        for line in answer.cash
    ]

    def chart(size: Size, data: Data) -> Any:
        x = alt.X("date:T", axis=_dates(size), scale=alt.Scale(type="utc", nice=False))
        money = alt.Axis(**title_on_top(answer.summary.currency + unit))
        y = alt.Y("spend:Q", axis=money, scale=alt.Scale(zero=True))
        base = alt.Chart(data(values)).encode(x=x)
        layers = [
            base.mark_area(interpolate="step-after", opacity=0.18, color=PLAN).encode(y=y),
            base.mark_line(interpolate="step-after", color=PLAN, strokeWidth=2.2).encode(y=y),
        ]
        if limits:
            line = base.mark_line(interpolate="step-after", color=LIMIT, strokeDash=[6, 4], strokeWidth=1.8)
            layers.append(line.encode(y=alt.Y("limit:Q", axis=money)))
        return alt.layer(*layers).properties(width=size.width - 50, height=170 if size.narrow else 220)

    return draw_chart("cash", chart)


def scale_money(top: float) -> tuple[float, str]:
    """What the money of an axis is divided by, and what that is called: " bn", " m" or nothing."""
    return next(((size, f" {name}") for size, name in SCALES if top >= size), (1.0, ""))


def title_on_top(text: str, *, bold: bool = False) -> dict[str, Any]:
    """A title above the axis, in the same place whatever the labels."""
    weight = "bold" if bold else "normal"
    place = {"titleAngle": 0, "titleAlign": "left", "titleBaseline": "bottom", "titleX": 0, "titleY": -9}
    return {"title": text, "titleFontWeight": weight, **place}


def _dates(size: Size) -> alt.Axis:
    return alt.Axis(title=None, format="%b %Y", tickCount=3 if size.narrow else 9, labelOverlap=True)


def _who() -> alt.Color:
    """Now and plan in their colours; the page explains them."""
    return alt.Color("who:N", scale=alt.Scale(domain=["now", "plan"], range=[NOW, PLAN]), legend=None)


def label_uniquely(rows: Sequence[CoverRow], width: int) -> list[str]:
    """A label of at most about `width` columns for each row, no two alike."""
    labels: list[str] = []
    for row in rows:
        choices = [shorten(row.name, width), shorten(row.item_id, width)]
        numbered = (f"{shorten(row.item_id, width - 4)} {n}" for n in range(2, len(rows) + 2))
        labels.append(next(label for label in [*choices, *numbered] if label not in labels))
    return labels


def draw_chart(name: str, chart: Callable[[Size, Data], Any]) -> Drawing:
    """A chart for both sizes; it is given its size and what turns rows into data.

    Rows are kept outside the chart, since altair copies what is inside many times.
    """

    def draw(size: Size) -> str:
        datasets: dict[str, list[dict[str, Any]]] = {}

        def data(values: list[dict[str, Any]]) -> Any:
            key = f"rows-{len(datasets)}"
            datasets[key] = [{field: _finite(value) for field, value in row.items()} for row in values]
            return alt.NamedData(name=key)

        return _to_svg(chart(size, data), datasets, f"{name}-{size.name}", size.font)

    return Drawing(draw(WIDE), draw(NARROW))


def _finite(value: Any) -> Any:
    """None, which is not drawn, in place of a number that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _to_svg(chart: Any, datasets: dict[str, list[dict[str, Any]]], name: str, font: int) -> str:
    """The chart as an SVG element that scales; the same chart gives the same text."""
    styled = (
        chart.configure(font=FONT, background="transparent", aria=False, padding=2)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=font,
            titleFontSize=font,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=INK,
            gridColor=RULE,
            domainColor="#9aa5ad",
            tickColor="#9aa5ad",
        )
        .configure_legend(
            labelFontSize=font,
            titleFontSize=font,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=INK,
        )
    )
    return tidy_svg(vl_convert.vegalite_to_svg({**styled.to_dict(), "datasets": datasets}), name)


def tidy_svg(svg: str, name: str) -> str:
    """Identifiers that neither depend on earlier charts nor clash on one page; no fixed size.

    Args:
        svg: one SVG element.
        name: starts every identifier; unique on the page.
    """
    found = list(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg)))
    for place, old in enumerate(found):
        new = f"{name}-{place}"
        svg = svg.replace(f'id="{old}"', f'id="{new}"').replace(f"url(#{old})", f"url(#{new})")
    head, rest = svg.split(">", 1)
    width = re.search(r'\bwidth="(\d+)"', head)
    head = re.sub(r'\s(width|height)="\d+"', "", head)
    style = f' style="max-width:{width.group(1)}px"' if width else ""
    return f"{head}{style}>{rest}"
