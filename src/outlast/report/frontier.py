"""The files of a frontier, and its words. In: `Frontier`. Out: text, frontier.json, .xlsx and .html.
One reason to exist: whoever grants the cash sees what each amount buys, and where more buys nothing.
"""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import altair as alt

from outlast.plan.frontier import Frontier, FrontierPoint
from outlast.report.cells import Cell, Column, Table
from outlast.report.charts import INK, LIMIT, PLAN, Data, Drawing, Size, draw_chart, scale_money, title_on_top
from outlast.report.document import write_whole
from outlast.report.figures import GLUE, NOTICE, show_money, show_share, show_weeks, with_weeks
from outlast.report.grounds import provenance_table
from outlast.report.layout import render_layout
from outlast.report.stored import dump_document
from outlast.report.workbook import Styles, open_workbook, write_table


def write_frontier(frontier: Frontier, folder: Path, start: date) -> list[Path]:
    """Write frontier.json, frontier.xlsx and frontier.html; what was there before is replaced.

    Args:
        frontier: what to tell.
        folder: made if it is missing.
        start: of the case.

    Raises:
        OSError: the folder cannot be written to.
    """
    contents = {
        "frontier.json": dump_document(frontier).encode(),
        "frontier.xlsx": render_workbook(frontier, start),
        "frontier.html": render_page(frontier).encode(),
    }
    return write_whole(contents, folder)


def tell_frontier(frontier: Frontier) -> str:
    """Headline, then a line for each budget."""
    lines = [
        f"{frontier.case_name}: {headline(frontier)}".replace(GLUE, " "),
        "",
        f"  {'cash, ' + frontier.currency:>16}{'loss':>16}{'CVaR':>16}{'if nothing':>14}"
        f"{'half last':>11}{f'{frontier.survive_weeks} weeks':>10}{'gap':>7}  switches",
    ]
    for point in frontier.points:
        if point.loss is None or point.survival is None or point.survive_half_weeks is None:
            lines.append(f"  {point.budget:>16,.0f}  no plan: decisions by hand need more cash")
            continue
        half = show_weeks(point.survive_half_weeks, frontier.window_weeks)
        lines.append(
            f"  {point.budget:>16,.0f}{point.loss.mean:>16,.0f}{point.cvar:>16,.0f}"
            f"{point.cost_if_nothing_happens or 0.0:>14,.0f}{half:>11}{show_share(point.survival.p):>10}"
            f"{show_share(point.gap):>7}  {', '.join(point.starts) or '-'}"
            f"{' (limit of the case)' if point.limit_of_case else ''}"
        )
    return "\n".join([*lines, "", *notes(frontier), NOTICE])


def headline(frontier: Frontier) -> str:
    """What cash brings, and where it stops to."""
    found = [point for point in frontier.points if point.loss is not None]
    first, money = found[0], frontier.currency
    enough = next(point for point in found if point.budget == frontier.enough_budget)
    assert first.loss is not None
    assert enough.loss is not None
    if enough is first:
        return f"no cash for protection lowers the simulated loss of {show_money(first.loss.mean, money)}."
    text = (
        f"{show_money(enough.budget, money)} of cash cuts the simulated loss from "
        f"{show_money(first.loss.mean, money)} to {show_money(enough.loss.mean, money)}"
    )
    beyond = f"; more cash, up to {show_money(found[-1].budget, money)}, does not clearly lower it further"
    return text + (beyond if enough is not found[-1] else "") + "."


def notes(frontier: Frontier) -> list[str]:
    """What the columns mean."""
    weeks, worst = with_weeks(str(frontier.survive_weeks)), 1 - frontier.cvar_level
    early = (
        ["Stopped early: budgets that had no plan by then are left out."] if frontier.stopped_early else []
    )
    return [
        *early,
        f"Loss is the {frontier.measure} of a company that sees only the past, mean of "
        f"{frontier.simulated_scenarios:,} fresh scenarios, the same for every budget. CVaR is the mean of "
        f"the worst {worst:.0%}. If nothing: what protection costs where no event comes.",
        f"Half last: weeks after a cut that half the scenarios survive. {weeks}: the share that survives "
        "that long.",
        f"Gap: what the bound leaves open on {frontier.planning_scenarios:,} planning scenarios, as a share "
        "of the improvement over buying nothing extra. In these all durations are known at the event, so "
        "that plans look better than they are and more cash always helps.",
    ]


def points_table(frontier: Frontier) -> Table:
    """A row for each budget."""
    money = frontier.currency
    columns = (
        Column(f"Cash allowed, {money}", "amount"),
        Column(f"Spent at most, {money}", "amount"),
        Column(f"Simulated loss, {money}", "money"),
        Column("95% low", "money", detail=True),
        Column("95% high", "money", detail=True),
        Column(f"CVaR, {money}", "money"),
        Column(f"Cost if nothing happens, {money}", "money"),
        Column("Half survive, weeks", "weeks"),
        Column(f"Survive {with_weeks(str(frontier.survive_weeks))}", "share"),
        Column(f"One {money} more saves", "quantity"),
        Column("Gap", "share"),
        Column(f"Objective, {money}", "money", detail=True),
        Column(f"Bound, {money}", "money", detail=True),
        Column("Switches started", wide=True),
    )
    rows = tuple(_point_row(point, frontier.window_weeks) for point in frontier.points)
    return Table("Frontier", columns, rows, "")


def _point_row(point: FrontierPoint, window: int) -> tuple[Cell, ...]:
    loss, survival = point.loss, point.survival
    below = "limit of the case" if point.limit_of_case else ""
    if point.status == "infeasible":
        below = "no plan: decisions by hand need more"
    return (
        Cell(point.budget, "amount", below=below),
        Cell(point.spend, "amount"),
        Cell(loss.mean if loss else None, "money"),
        Cell(loss.low if loss else None, "money"),
        Cell(loss.high if loss else None, "money"),
        Cell(point.cvar, "money"),
        Cell(point.cost_if_nothing_happens, "money"),
        Cell(point.survive_half_weeks, "weeks", window=window),
        Cell(survival.p if survival else None, "share"),
        Cell(point.worth_of_more, "quantity"),
        Cell(point.gap, "share"),
        Cell(point.objective, "money"),
        Cell(point.bound, "money"),
        Cell(", ".join(point.starts) or ("" if point.status == "infeasible" else "none")),
    )


def render_page(frontier: Frontier) -> str:
    """The page as HTML text."""
    says = headline(frontier)
    return render_layout(
        "frontier.html",
        answer=frontier,
        headline=says[0].upper() + says[1:],
        drawing=draw_frontier(frontier),
        points=points_table(frontier).on_page(),
        notes=notes(frontier),
        provenance=provenance_table(frontier.provenance),
    )


def render_workbook(frontier: Frontier, start: date) -> bytes:
    """One sheet of budgets, one of what the figures were made from; the same answer, the same bytes."""
    target = BytesIO()
    book = open_workbook(target, frontier.case_name, start)
    styles = Styles(book)
    for table in (points_table(frontier), provenance_table(frontier.provenance)):
        write_table(book.add_worksheet(table.title), styles, table)
    book.close()
    return target.getvalue()


def draw_frontier(frontier: Frontier) -> Drawing | None:
    """Simulated loss with its band, and the bound, against the budget; None where cash buys nothing."""
    found = [point for point in frontier.points if point.loss is not None and point.bound is not None]
    if len(found) < 2 or found[-1].budget <= 0:
        return None
    losses = [max(point.loss.high, -(point.bound or 0.0)) for point in found if point.loss is not None]
    (cash, cash_unit), (loss, loss_unit) = scale_money(found[-1].budget), scale_money(max(losses))
    values = [
        {
            "budget": point.budget / cash,
            "mean": point.loss.mean / loss,
            "low": point.loss.low / loss,
            "high": point.loss.high / loss,
            "bound": -point.bound / loss,
        }
        for point in found
        if point.loss is not None and point.bound is not None
    ]
    stated = [{"budget": point.budget / cash} for point in found if point.limit_of_case]
    money = frontier.currency

    def chart(size: Size, data: Data) -> Any:
        x = alt.X("budget:Q", title=f"cash allowed, {money}{cash_unit}", scale=alt.Scale(nice=False))
        axis = alt.Axis(**title_on_top(f"loss, {money}{loss_unit}"))
        base = alt.Chart(data(values)).encode(x=x)
        layers = [
            base.mark_area(opacity=0.18, color=PLAN).encode(y=alt.Y("low:Q", axis=axis), y2="high:Q"),
            base.mark_line(color=LIMIT, strokeDash=[6, 4]).encode(y=alt.Y("bound:Q", axis=axis)),
            base.mark_line(color=PLAN, strokeWidth=2.2).encode(y=alt.Y("mean:Q", axis=axis)),
            base.mark_point(color=PLAN, filled=True, size=40).encode(y=alt.Y("mean:Q", axis=axis)),
        ]
        if stated:
            rule = alt.Chart(data(stated)).mark_rule(strokeDash=[2, 3], color=INK)
            layers.append(rule.encode(x="budget:Q"))
        return alt.layer(*layers).properties(width=size.width - 60, height=220 if size.narrow else 320)

    return draw_chart("frontier", chart)
