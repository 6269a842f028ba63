"""The workbook of a plan. In: `PlanAnswer`. Out: the bytes of plan.xlsx.
One reason to exist: a buyer sorts and filters the plan's rows with numbers as numbers and dates as
dates, and a manager reads the first sheet alone. No text of a case becomes a formula or a link.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from outlast.plan.answer import PlanAnswer
from outlast.report import buying, grounds, requirement, tables, verdict, watch, weekly
from outlast.report.cells import NUMBERS, Cell, Table
from outlast.report.figures import NOTICE, show_date, text_width
from outlast.report.regret_words import regret_table

NUMBER_FORMATS = {
    "date": "d mmm yyyy",
    "quantity": "#,##0.##",
    "whole": "#,##0",
    "amount": "#,##0",
    "money": "#,##0",
    "count": "#,##0",
    "weeks": "#,##0.0",
    "share": "0.0%",
}
LONGEST_TEXT = 32_767
"""Signs that a cell of the format can hold."""
NARROWEST, WIDEST, SENTENCE = 11, 44, 70
"""Column widths: least, most of a name, most of a sentence [signs]."""


@dataclass
class Styles:
    """Cell formats, each made once."""

    book: Any
    made: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)

    def get(self, **properties: Any) -> Any:
        """The format with these properties; all stand at the top."""
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"valign": "top", **properties})
        return self.made[key]


def render_workbook(answer: PlanAnswer) -> bytes:
    """The whole workbook; the same answer gives the same bytes."""
    target = BytesIO()
    book = open_workbook(target, answer.case_name, answer.summary.start)
    styles = Styles(book)
    write_summary(book.add_worksheet("Summary"), styles, answer)
    everything = buying.buying_table(answer, buying.EVERYTHING)
    for table in (
        everything,
        *([requirement.requirement_table(answer)] if answer.requirement else []),
        *([watch.triggers_table(answer), watch.states_table(answer)] if answer.watch else []),
        *([weekly.overrides_table(answer)] if answer.overrides else []),
        *([weekly.changes_table(answer), weekly.inputs_table(answer)] if answer.since.plan_id else []),
        buying.sources_table(answer),
        *([buying.options_table(answer.options, answer.summary.currency)] if answer.options else []),
        buying.items_table(answer),
        tables.cash_table(answer),
        tables.survival_table(answer),
        tables.restrictions_table(answer),
        *([tables.comparison_table(answer)] if answer.comparison else []),
        verdict.certificate_table(answer),
        *([regret_table(answer)] if answer.certificate.regret else []),
        grounds.assumptions_table(answer),
        grounds.provenance_table(answer.provenance),
    ):
        write_table(book.add_worksheet(table.title), styles, table)
    book.close()
    return target.getvalue()


def open_workbook(target: BytesIO, case_name: str, start: date) -> Any:
    """A new workbook; no text becomes a formula or a link, and the same content gives the same bytes."""
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    book.set_properties(
        {
            "title": f"Outlast: {case_name}"[:255],
            "comments": NOTICE,
            "created": datetime(start.year, start.month, start.day),
        }
    )
    return book


def write_summary(sheet: Any, styles: Styles, answer: PlanAnswer) -> None:
    """The sheet that is read alone: headline, key figures, what to buy first, how good it is."""
    says = answer.summary
    set_up_page(sheet, landscape=False)
    sheet.hide_gridlines(2)
    for column, width in enumerate((40, 17, 17, 17, 17, 17, 17)):
        sheet.set_column(column, column, width)
    title = f"{answer.case_name}, from {show_date(says.start)}"
    if answer.what_if:
        title += f" - WHAT-IF, not the case: {'; '.join(answer.what_if)}"
    write_across(sheet, 0, title, styles.get(font_color="#5b6871"))
    write_across(sheet, 1, says.headline, styles.get(bold=True, font_size=14, text_wrap=True), 44)
    write_across(sheet, 2, NOTICE, styles.get(font_color="#8a1c1c"))
    heading = styles.get(bold=True, bottom=2, text_wrap=True)
    texts = (
        f"Key figures (money in {says.currency})",
        "Now",
        "With the plan",
        "Now, 95% low",
        "Now, 95% high",
        "Plan, 95% low",
        "Plan, 95% high",
    )
    for column, text in enumerate(texts):
        sheet.write_string(4, column, text, heading)
    row = 5
    for figure in tables.key_figures(answer):
        sheet.write_string(row, 0, figure.label, styles.get(text_wrap=True))
        cells = [figure.now or Cell(""), figure.plan]
        cells += [
            Cell(value, "money")
            for interval in figure.intervals or ()
            for value in (interval.low, interval.high)
        ]
        for column, cell in enumerate(cells, start=1):
            write_cell(sheet, row, column, cell, styles, noun=True)
        row += 1
    row = write_list(sheet, row + 1, "What to do first", first_steps(answer), styles)
    asked = list(requirement.requirement_words(answer))
    row = write_list(sheet, row + 1, "The survival asked for", asked, styles) if asked else row
    words = list(weekly.since_words(answer))
    row = write_list(sheet, row + 1, "Changed since the plan before", words, styles) if words else row
    write_list(sheet, row + 1, "How good this plan is", list(verdict.certificate_words(answer)), styles)


def first_steps(answer: PlanAnswer) -> list[str]:
    """The most urgent sentences, or why there are none."""
    return list(answer.summary.buy_first) or [buying.buying_table(answer).empty]


def write_list(sheet: Any, row: int, heading: str, sentences: list[str], styles: Styles) -> int:
    """A heading and sentences across the sheet; returns the row after them."""
    write_across(sheet, row, heading, styles.get(bold=True, bottom=2))
    for place, sentence in enumerate(sentences, start=row + 1):
        write_across(sheet, place, sentence, styles.get(text_wrap=True))
    return row + 1 + len(sentences)


def write_across(sheet: Any, row: int, text: str, style: Any, height: float | None = None) -> None:
    """Text over all columns of the summary; the row is as high as the text needs."""
    lines = max(1, -(-text_width(text) // 125))
    sheet.set_row(row, height or 15.5 * lines)
    sheet.merge_range(row, 0, row, 6, "", style)
    sheet.write_string(row, 0, text[:LONGEST_TEXT], style)


def write_table(sheet: Any, styles: Styles, table: Table) -> None:
    """One table per sheet: frozen heading, filter, widths by content, numbers as numbers."""
    set_up_page(sheet, landscape=True)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(table.columns):
        text = column.heading + (" (assumed)" if column.assumed else "")
        align = "right" if column.kind in NUMBERS else "left"
        colour = "#fff6d6" if column.assumed else "#eef1f3"
        style = styles.get(bold=True, bottom=2, text_wrap=True, align=align, bg_color=colour)
        sheet.write_string(0, place, text, style)
        shown = [text_width(row[place].show()) for row in table.rows[:500]]
        width = max([NARROWEST, min(len(text), 16), *shown]) + 2
        sheet.set_column(place, place, min(width, SENTENCE if column.wide else WIDEST))
    if not table.rows:
        sheet.write_string(1, 0, table.empty)
        return
    for line, row in enumerate(table.rows, start=1):
        for place, cell in enumerate(row):
            write_cell(sheet, line, place, cell, styles)
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def write_cell(sheet: Any, row: int, column: int, cell: Cell, styles: Styles, noun: bool = False) -> None:
    """One value in its format; what is not known stays empty, what exceeds the window is text."""
    value = cell.value
    if value is None or not cell.known:
        return
    if isinstance(value, str):
        if value:
            sheet.write_string(row, column, value[:LONGEST_TEXT], styles.get(text_wrap=True))
    elif cell.beyond:
        sheet.write_string(row, column, cell.show(noun=noun), styles.get(align="right"))
    elif isinstance(value, date):
        style = styles.get(num_format=NUMBER_FORMATS["date"], align="left")
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), style)
    else:
        sheet.write_number(row, column, float(value), styles.get(num_format=number_format(cell, noun)))


def number_format(cell: Cell, noun: bool) -> str:
    """Whole numbers without a decimal point; weeks that stand alone say so."""
    value = cell.value
    kind: str = cell.kind
    if kind in ("quantity", "weeks") and isinstance(value, int | float) and value == round(value):
        kind = "whole"
    text = NUMBER_FORMATS[kind]
    return f'{text}" weeks"' if noun and cell.kind == "weeks" else text


def set_up_page(sheet: Any, *, landscape: bool) -> None:
    """One page wide on A4, with notice and page number at the foot."""
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5)
    sheet.set_footer(f"&L&8{NOTICE}&R&8&A, page &P of &N")
