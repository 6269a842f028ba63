"""The page of a plan. In: `PlanAnswer`. Out: the text of report.html.
One reason to exist: a report is one file that opens anywhere, now and in years: style and charts
stand inside it, and there are no scripts. Whatever comes from the case is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from outlast.plan.answer import Interval, PlanAnswer
from outlast.report import buying, charts, grounds, requirement, tables, verdict, watch, weekly
from outlast.report.cells import Table
from outlast.report.figures import GLUE, show_between, show_date, show_money
from outlast.report.layout import render_layout
from outlast.report.regret_words import regret_table

MOST_ROWS = 40
"""Rows of a table on the page; the workbook has all."""
FEW_ROWS = 12
"""Rows of a table that is there for completeness."""
SPARED = 0.25
"""Rows that are too many are shown all the same if they are no larger a share of what may be shown."""


@dataclass(frozen=True, slots=True)
class PageTable:
    """What a page shows of a table, and how many rows it leaves to the workbook."""

    shown: Table
    more: int
    words: str = ""
    """What the rows that are shown are of the whole, where that is told."""


def render_page(answer: PlanAnswer) -> str:
    """The whole report as HTML text."""
    says = answer.summary

    def interval(value: Interval) -> str:
        return show_between(show_money(value.low, says.currency), show_money(value.high))

    return render_layout(
        "report.html",
        answer=answer,
        headline=says.headline.replace(f"{says.currency} ", f"{says.currency}{GLUE}"),
        says=says,
        date=show_date,
        interval=interval,
        cut_date=says.start + timedelta(weeks=says.event_week),
        limited=any(line.limit is not None for line in answer.cash),
        figures=tables.key_figures(answer),
        words=verdict.certificate_words(answer),
        asked_words=requirement.requirement_words(answer),
        since_words=weekly.since_words(answer),
        watch_words=watch.watch_sentences(answer),
        beats=verdict.beats_words(answer),
        charts={
            "survival": charts.draw_survival(answer),
            "stock": charts.draw_stock(answer),
            "cover": charts.draw_cover(answer),
            "cash": charts.draw_cash(answer),
        },
        **page_tables(answer),
    )


def page_tables(answer: PlanAnswer) -> dict[str, PageTable]:
    """The tables of the page by the names that its template uses."""

    def buy(kinds: tuple[str, ...], most: int = MOST_ROWS) -> PageTable:
        orders = buying.buying_table(answer, kinds)
        merged = buying.merge_orders(orders)
        shown = shown_rows(len(merged.rows), most)
        if len(merged.rows) > shown:
            merged = buying.dearest_first(merged)
        words = buying.shown_words(merged, shown, len(orders.rows), answer.summary.currency)
        return replace(cut_table(merged, most), words=words)

    started = buying.sources_table(answer, ("start now", "start later"))
    waiting = buying.sources_table(answer, ("start at event", "do not start"))
    return {
        "asked": cut_table(requirement.requirement_table(answer)),
        "buildup": buy(buying.BUILD_UP),
        "made": buy(buying.MAKE),
        "replenishment": buy(buying.REPLENISHMENT, FEW_ROWS),
        "sources": cut_table(started),
        "waiting": cut_table(drop_columns(waiting, ("Start", "Ready (median)")), FEW_ROWS),
        "options": cut_table(
            buying.options_table(answer.options, answer.summary.currency, answer.way.used == "exact")
        ),
        "states": cut_table(watch.states_table(answer)),
        "triggers": cut_table(
            watch.triggers_table(answer, watch.told_triggers(answer.watch) if answer.watch else ())
        ),
        "changes": cut_table(weekly.changes_table(answer)),
        "inputs": cut_table(weekly.inputs_table(answer)),
        "overrides": cut_table(weekly.overrides_table(answer)),
        "restrictions": cut_table(tables.restrictions_table(answer)),
        "comparison": cut_table(tables.comparison_table(answer)),
        "certificate": cut_table(verdict.certificate_table(answer)),
        "regret": cut_table(regret_table(answer)),
        "assumptions": cut_table(grounds.merge_assumptions(grounds.assumptions_table(answer)), 3 * MOST_ROWS),
        "provenance": cut_table(grounds.provenance_table(answer.provenance), 3 * MOST_ROWS),
    }


def cut_table(table: Table, most: int = MOST_ROWS) -> PageTable:
    """About so many rows, without the columns that only the workbook has."""
    shown = shown_rows(len(table.rows), most)
    return PageTable(table.on_page(shown), max(0, len(table.rows) - shown))


def shown_rows(count: int, most: int) -> int:
    """How many of `count` rows are shown: to leave out one of thirteen would tell less and save nothing."""
    return count if count <= (1 + SPARED) * most else most


def drop_columns(table: Table, headings: tuple[str, ...]) -> Table:
    """The table without the columns of these headings."""
    kept = [place for place, column in enumerate(table.columns) if column.heading not in headings]
    rows = tuple(tuple(row[place] for place in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[place] for place in kept), rows=rows)
