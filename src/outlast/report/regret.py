"""The files of a map of regret, and its words. In: `RegretMap`. Out: text, regret.json, .xlsx and .html.
One reason to exist: whoever doubts the hazards sees what a wrong guess costs, and which plan costs least.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import altair as alt

from outlast.plan.break_even import ItemBreakEven
from outlast.plan.regret_map import RegretMap, RegretPoint
from outlast.report.cells import Cell, Column, Table, name_cell
from outlast.report.charts import (
    COVER_COLOURS,
    INK,
    PLAN,
    Data,
    Drawing,
    Size,
    draw_chart,
    scale_money,
)
from outlast.report.document import write_whole
from outlast.report.figures import GLUE, NOTICE, shorten, show_money, show_number, show_share
from outlast.report.grounds import provenance_table
from outlast.report.layout import render_layout
from outlast.report.stored import dump_document
from outlast.report.workbook import Styles, open_workbook, write_table

MOST_ITEMS = 30
"""Items in the picture of break-even hazards."""
COLOURS = list(reversed(COVER_COLOURS[:3]))


def write_regret(answer: RegretMap, folder: Path, start: date) -> list[Path]:
    """Write regret.json, regret.xlsx and regret.html; what was there before is replaced.

    Args:
        answer: what to tell.
        folder: made if it is missing.
        start: of the case.

    Raises:
        OSError: the folder cannot be written to.
    """
    contents = {
        "regret.json": dump_document(answer).encode(),
        "regret.xlsx": render_workbook(answer, start),
        "regret.html": render_page(answer).encode(),
    }
    return write_whole(contents, folder)


def tell_regret(answer: RegretMap) -> str:
    """Headline, a line for each budget, and one for each item."""
    lines = [
        f"{answer.case_name}: {headline(answer)}".replace(GLUE, " "),
        "",
        f"  {'cash, ' + answer.currency:>16}{'largest regret':>16}{'at best':>14}{'as stated':>14}"
        f"{'nothing extra':>15}{'loss':>14}{'gap':>8}  switches",
    ]
    for point in answer.points:
        if point.regret is None or point.bound is None or point.simulated is None:
            lines.append(f"  {point.budget:>16,.0f}  no plan: decisions by hand need more cash")
            continue
        stated = "-" if point.regret_stated is None else f"{point.regret_stated:,.0f}"
        lines.append(
            f"  {point.budget:>16,.0f}{point.regret:>16,.0f}{max(point.bound, 0.0):>14,.0f}{stated:>14}"
            f"{point.regret_nothing:>15,.0f}{point.simulated.mean:>14,.0f}{show_share(point.gap):>8}"
            f"  {', '.join(point.starts) or '-'}{' (limit of the case)' if point.limit_of_case else ''}"
        )
    if answer.items:
        lines += ["", f"  {'one more order pays':<34}{'from, a year':>14}{'hazard now':>12}{'saves now':>14}"]
        lines += [_tell_item(item) for item in answer.items]
    return "\n".join([*lines, "", *notes(answer), NOTICE]).replace(GLUE, " ")


def _tell_item(item: ItemBreakEven) -> str:
    name = shorten(f"{item.item_id} ({show_number(item.next_order)})", 33)
    if not item.next_source_id:
        return f"  {shorten(item.item_id, 33):<34}{'no order':>14}{item.hazard_per_year:>12.3g}{'-':>14}"
    return f"  {name:<34}{_from_words(item):>14}{item.hazard_per_year:>12.3g}{item.gain:>14,.0f}"


def _from_words(item: ItemBreakEven) -> str:
    """The break-even hazard, or that there is none."""
    if item.break_even_per_year is not None:
        return f"{item.break_even_per_year:.3g}"
    if not item.next_source_id:
        return "no order"
    return "any" if item.gain > 0 else "none"


def chosen_point(answer: RegretMap) -> RegretPoint | None:
    """The plan of the case's limit, else of the largest budget; None where it has none."""
    point = next((p for p in answer.points if p.budget == answer.break_even_budget), answer.points[-1])
    return point if point.regret is not None else None


def headline(answer: RegretMap) -> str:
    """What not knowing the hazard costs, with and without a plan of least regret."""
    point, money = chosen_point(answer), answer.currency
    if point is None:
        return "decisions by hand need more cash than there is."
    low, high = point.cells[0].hazard_per_year, point.cells[-1].hazard_per_year
    if high <= 0:
        return "no restriction has a hazard: nothing is to be regretted."
    others = [f"buying nothing extra up to {show_money(point.regret_nothing, money)}"]
    if point.regret_stated is not None:
        stated = show_money(point.regret_stated, money)
        others.insert(0, f"the best plan for the hazards as stated up to {stated}")
    return (
        f"with {show_money(point.budget, money)} of cash, and whichever hazard is true, from {low:.3g} to "
        f"{high:.3g} events a year in all, the plan of least regret loses at most "
        f"{show_money(point.regret, money)} more than the best plan for it; {' and '.join(others)}."
    )


def notes(answer: RegretMap) -> list[str]:
    """What the columns mean."""
    grid = ", ".join(f"{factor:.3g}" for factor in answer.factors)
    early = "Stopped early: budgets that had no plan by then are left out. " if answer.stopped_early else ""
    return [
        f"{early}Regret is the {answer.measure} of a plan less the least of any plan within the same cash, "
        f"if the hazards were known; the largest over all hazards scaled by {grid}. Least losses are proven "
        f"bounds on {answer.planning_scenarios:,} planning scenarios, so regrets are never too small there.",
        "At best: no plan has a smaller largest regret. As stated: the plan that trusts the hazards of the "
        "case, before its amounts are made into lots. More cash may mean more regret, as there is more to "
        "decide.",
        f"Loss is that of a company that sees only the past, mean of {answer.simulated_scenarios:,} fresh "
        "scenarios with the hazards as stated.",
        "One more order pays from this hazard on: of all restrictions that hit the item together, the others "
        f"as stated, on top of the plan for {show_money(answer.break_even_budget, answer.currency)} of cash. "
        "Where what else is needed runs out first, more of one item may pay at no hazard.",
    ]


def points_table(answer: RegretMap) -> Table:
    """A row for each budget."""
    money = answer.currency
    columns = (
        Column(f"Cash allowed, {money}", "amount"),
        Column(f"Spent at most, {money}", "amount"),
        Column(f"Largest regret, {money}", "money"),
        Column(f"At best, {money}", "money"),
        Column("Gap", "share"),
        Column(f"Plan for hazards as stated, {money}", "money"),
        Column(f"Nothing extra, {money}", "money"),
        Column(f"Simulated loss, {money}", "money"),
        Column("95% low", "money", detail=True),
        Column("95% high", "money", detail=True),
        Column("Switches started", wide=True),
    )
    rows = tuple(
        (
            Cell(point.budget, "amount", below="limit of the case" if point.limit_of_case else ""),
            Cell(point.spend, "amount"),
            Cell(point.regret, "money"),
            Cell(None if point.bound is None else max(point.bound, 0.0), "money"),
            Cell(point.gap, "share"),
            Cell(point.regret_stated, "money"),
            Cell(point.regret_nothing, "money"),
            Cell(point.simulated.mean if point.simulated else None, "money"),
            Cell(point.simulated.low if point.simulated else None, "money"),
            Cell(point.simulated.high if point.simulated else None, "money"),
            Cell(
                ", ".join(point.starts)
                or ("no plan: decisions by hand need more cash" if point.regret is None else "none")
            ),
        )
        for point in answer.points
    )
    return Table("Regret by cash", columns, rows, "")


def cells_table(answer: RegretMap) -> Table:
    """A row for each budget and hazard."""
    money = answer.currency
    columns = (
        Column(f"Cash allowed, {money}", "amount"),
        Column("Hazards x", "quantity"),
        Column("Events a year, in all", "quantity"),
        Column(f"Least loss of any plan, {money}", "money"),
        Column(f"Loss of the plan, {money}", "money"),
        Column(f"Regret of the plan, {money}", "money"),
        Column(f"Regret, plan for hazards as stated, {money}", "money"),
        Column(f"Regret, nothing extra, {money}", "money"),
    )
    rows = tuple(
        (
            Cell(point.budget, "amount"),
            Cell(cell.factor, "quantity"),
            Cell(cell.hazard_per_year, "quantity"),
            Cell(cell.least_loss, "money"),
            Cell(cell.loss, "money"),
            Cell(cell.regret, "money"),
            Cell(cell.regret_stated, "money"),
            Cell(cell.regret_nothing, "money"),
        )
        for point in answer.points
        for cell in point.cells
    )
    return Table("Regret by hazard", columns, rows, "")


def items_table(answer: RegretMap) -> Table:
    """A row for each item at risk."""
    money = answer.currency
    columns = (
        Column("Item"),
        Column("Item id", detail=True),
        Column("Restrictions"),
        Column("Hazard a year", "quantity"),
        Column("One more order pays from, a year", "quantity"),
        Column("Order, units", "quantity"),
        Column(f"It costs, {money}", "amount"),
        Column(f"It saves now, {money}", "money"),
        Column("Bought in the plan, units", "quantity"),
    )
    rows = tuple(
        (
            name_cell(item.name, item.item_id),
            Cell(item.item_id),
            Cell(", ".join(item.restrictions)),
            Cell(item.hazard_per_year, "quantity"),
            Cell(item.break_even_per_year, "quantity")
            if item.break_even_per_year is not None
            else Cell(_from_words(item)),
            Cell(item.next_order if item.next_source_id else None, "quantity"),
            Cell(item.next_cost if item.next_source_id else None, "amount"),
            Cell(item.gain if item.next_source_id else None, "money"),
            Cell(item.bought, "quantity"),
        )
        for item in answer.items
    )
    return Table("Break-even hazards", columns, rows, "No item that is bought is at risk.")


def render_page(answer: RegretMap) -> str:
    """The page as HTML text."""
    says = headline(answer)
    return render_layout(
        "regret.html",
        answer=answer,
        headline=says[0].upper() + says[1:],
        drawing=draw_regret(answer),
        hazards=draw_break_even(answer),
        points=points_table(answer).on_page(),
        items=items_table(answer).on_page(),
        notes=notes(answer),
        provenance=provenance_table(answer.provenance),
    )


def render_workbook(answer: RegretMap, start: date) -> bytes:
    """Sheets of budgets, hazards, items and what the figures were made from."""
    target = BytesIO()
    book = open_workbook(target, answer.case_name, start)
    styles = Styles(book)
    tables = points_table, cells_table, items_table
    for table in (*(make(answer) for make in tables), provenance_table(answer.provenance)):
        write_table(book.add_worksheet(table.title), styles, table)
    book.close()
    return target.getvalue()


def draw_regret(answer: RegretMap) -> Drawing | None:
    """Regret by hazard and cash as a field of colours; None where nothing is to be regretted."""
    found = [point for point in answer.points if point.cells]
    top = max((cell.regret for point in found for cell in point.cells), default=0.0)
    if top <= 0 or not any(cell.hazard_per_year > 0 for cell in found[0].cells):
        return None
    unit, name = scale_money(top)
    hazards = tell_apart([cell.hazard_per_year for cell in found[0].cells])

    def chart(size: Size, data: Data) -> Any:
        budgets = tell_apart([point.budget for point in found])
        values = [
            {
                "cash": budget,
                "hazard": hazard,
                "regret": cell.regret / unit,
                "text": show_number(cell.regret / unit) if unit > 1 else f"{cell.regret:,.0f}",
                "dark": cell.regret > 0.6 * top,
            }
            for point, budget in zip(found, budgets, strict=True)
            for hazard, cell in zip(hazards, point.cells, strict=True)
        ]
        x = alt.X(
            "cash:N",
            sort=budgets,
            title=f"cash allowed, {answer.currency}",
            axis=alt.Axis(labelAngle=-45 if size.narrow else 0, domain=False, ticks=False),
        )
        y = alt.Y(
            "hazard:N",
            sort=list(reversed(hazards)),
            title="events a year, in all",
            axis=alt.Axis(domain=False, ticks=False),
        )
        colour = alt.Color(
            "regret:Q",
            title=f"regret, {answer.currency}{name}",
            scale=alt.Scale(domain=[0, top / unit], range=COLOURS),
            legend=alt.Legend(orient="top", gradientLength=140 if size.narrow else 220, tickCount=4),
        )
        rows = data(values)
        field = alt.Chart(rows).mark_rect(stroke="white", strokeWidth=1).encode(x=x, y=y, color=colour)
        layers = [field]
        if not size.narrow:
            white = alt.condition("datum.dark", alt.value("white"), alt.value(INK))
            layers.append(
                alt.Chart(rows).mark_text(fontSize=size.font - 1).encode(x=x, y=y, text="text:N", color=white)
            )
        wide = size.width - (80 if size.narrow else 90)
        return alt.layer(*layers).properties(width=wide, height=24 * len(hazards))

    return draw_chart("regret", chart)


def tell_apart(values: Sequence[float]) -> list[str]:
    """Figures with as few digits as tell them apart, three at least."""
    for digits in range(3, 17):
        texts = [show_digits(value, digits) for value in values]
        if len(set(texts)) == len(texts):
            break
    return texts


def show_digits(value: float, digits: int) -> str:
    """A figure with so many significant digits, all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:,.{digits}g}"


def draw_break_even(answer: RegretMap) -> Drawing | None:
    """The hazard from which one more order pays, beside that of today, item by item; None without any."""
    known = [item for item in answer.items if item.break_even_per_year]
    if not known:
        return None
    known = sorted(known, key=lambda item: (item.break_even_per_year or 0.0) / item.hazard_per_year)
    known = known[:MOST_ITEMS]

    def chart(size: Size, data: Data) -> Any:
        width = 16 if size.narrow else 32
        labels = [shorten(item.item_id, width) for item in known]
        labels = [
            label if labels.count(label) == 1 else f"{label} {n}" for n, label in enumerate(labels, start=1)
        ]
        values = [
            {"item": label, "from": item.break_even_per_year, "now": item.hazard_per_year}
            for label, item in zip(labels, known, strict=True)
        ]
        y = alt.Y("item:N", sort=labels, axis=alt.Axis(title=None, labelLimit=400, domain=False, grid=True))
        scale = alt.Scale(type="log", nice=True)
        axis = alt.Axis(tickCount=4 if size.narrow else 8, format="~g")
        x = alt.X("from:Q", title="events a year", scale=scale, axis=axis)
        rows = data(values)
        return alt.layer(
            alt.Chart(rows).mark_rule(color=INK, opacity=0.35).encode(x=x, x2="now:Q", y=y),
            alt.Chart(rows)
            .mark_tick(color=INK, thickness=2, size=14)
            .encode(x=alt.X("now:Q", scale=scale, axis=axis, title="events a year"), y=y),
            alt.Chart(rows).mark_point(color=PLAN, filled=True, size=60, opacity=1).encode(x=x, y=y),
        ).properties(width=size.width - (150 if size.narrow else 260), height=max(22 * len(labels), 44))

    return draw_chart("break-even", chart)
