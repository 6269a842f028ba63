"""A case as one workbook. In: `Content`. Out: the bytes of an XLSX file.
One reason to exist: whoever fills in the sheets is told at every heading what belongs there, is offered
the choices, and has identifiers and days stay what was typed. No text of a case becomes a formula or a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from outlast.errors import UsageError
from outlast.intake.case_sheet import CASE_SHEET
from outlast.intake.columns import FIRST_DAY, LARGEST_NUMBER, LAST_DAY, describe_default, describe_range
from outlast.intake.content import Content, TableContent
from outlast.intake.files import RECORD_SHEET, REQUIRED
from outlast.intake.format_page import describe_meaning
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import Declaration, declarations
from outlast.network.network import TABLES
from outlast.tables.sheet import MOST_CELLS, column_letters

LONGEST_TEXT = 32_767
"""Characters that a cell of a spreadsheet holds."""
LAST_ROW = 1_048_575
"""Number of the last row of a sheet, from 0."""
FIRST_SURE_DAY = date(1900, 3, 1)
"""Before it, programs differ in the day that a number means; such a day is written as text."""
READ_ME = "Read me"
_DARK, _LIGHT, _INK, _FAINT = "#1F4E5F", "#DCE8ED", "#1F2D33", "#8A979D"
_NARROWEST, _WIDEST, _LOOKED_AT = 9, 42, 300
_WIDEST_PAGE = 10
"""Columns of a table that is shrunk to the width of a page when it is printed."""
_FORMATS = {"text": "@", "choice": "@", "date": "yyyy-mm-dd"}
_NOTE_WIDTH = 300
"""Of the note on a heading [pixels]."""


@dataclass
class _Styles:
    """Cell formats, each made once."""

    book: Any
    made: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)

    def get(self, **properties: Any) -> Any:
        """The format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"font_color": _INK, "valign": "top", **properties})
        return self.made[key]

    def of_kind(self, kind: str) -> Any:
        """The format of the cells of a kind of column."""
        number = {"num_format": _FORMATS[kind]} if kind in _FORMATS else {}
        return self.get(**number, indent=1, align="right" if "number" in kind else "left")


class _Exact(float):
    """A number that is written with as many digits as it needs to be read back."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def render_case(content: Content, *, example: bool = False) -> bytes:
    """The workbook of a case; the same content gives the same bytes.

    Args:
        content: what the sheets hold. A table that is not given has a sheet with a heading only, but for
            open_orders, where an empty sheet would say that nothing is on order.
        example: whether the first sheet says how to get rid of the rows.

    Raises:
        UsageError: a cell or table does not fit into a workbook.
    """
    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, {**options, "strings_to_numbers": False})
    start = content.settings.get("start")
    day = start if isinstance(start, date) else date(2000, 1, 1)
    book.set_properties({"title": "Case of Outlast", "created": datetime(day.year, day.month, day.day)})
    styles = _Styles(book)
    tables = {name: content.tables.get(name, TableContent({}, 0)) for name in TABLES}
    if "open_orders" not in content.tables:
        del tables["open_orders"]
    front = book.add_worksheet(READ_ME)
    _write_settings(book.add_worksheet(CASE_SHEET), styles, content.settings)
    for name, table in tables.items():
        sheet = book.add_worksheet(name)
        sheet.set_tab_color(_DARK if name in REQUIRED else _LIGHT)
        _write_table(sheet, styles, name, table, declarations(TABLES[name]))
    if content.record is not None:
        _write_table(book.add_worksheet(RECORD_SHEET), styles, RECORD_SHEET, content.record, {})
    _write_front(front, styles, {name: table.length for name, table in tables.items()}, example)
    book.close()
    return target.getvalue()


def _write_front(sheet: Any, styles: _Styles, lengths: Mapping[str, int], example: bool) -> None:
    """What to do, in plain words, and a list of the sheets."""
    _fit_page(sheet)
    sheet.fit_to_pages(1, 1)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 76)
    sheet.set_column(2, 3, 11)
    sheet.write_string(0, 0, "A case of Outlast", styles.get(bold=True, font_size=16))
    row = 2
    for words in (*_STEPS[: 1 if not example else 2], *_STEPS[2:]):
        sheet.merge_range(row, 0, row, 3, "", styles.get(text_wrap=True))
        sheet.write_string(row, 0, words, styles.get(text_wrap=True))
        sheet.set_row(row, 15.5 * -(-len(words) // 125) + 4)
        row += 1
    row += 1
    for at, (words, align) in enumerate(
        (("sheet", "left"), ("what it holds", "left"), ("needed", "left"), ("rows", "right"))
    ):
        sheet.write_string(row, at, words, styles.get(bold=True, bottom=1, align=align))
    link = styles.get(font_color="#0563C1", underline=1)
    everything = {CASE_SHEET: (CaseSettings.__doc__ or "", None), **{n: ("", lengths[n]) for n in lengths}}
    for name, (_, length) in everything.items():
        row += 1
        meaning = (TABLES[name].__doc__ or "").strip() if name in TABLES else "Settings of the case and plan."
        sheet.write_url(row, 0, f"internal:'{name}'!A1", link, name)
        sheet.write_string(row, 1, meaning.replace("`", ""), styles.get(text_wrap=True))
        if len(meaning) > 84:
            sheet.set_row(row, 31)
        need = "yes" if name in (*REQUIRED, CASE_SHEET) else "no"
        sheet.write_string(row, 2, need, styles.get())
        if length is not None:
            sheet.write_number(row, 3, length, styles.get(align="right"))
    if "open_orders" not in lengths:
        words = "There is no sheet open_orders: a normal flow of orders is assumed. Add one to state them."
        sheet.write_string(row + 2, 0, words, styles.get(italic=True))


_STEPS = (
    "1.  Each sheet is one table. Fill in the columns with dark headings; those with light headings may stay "
    "empty and then have their default. Rest the pointer on a heading to read what it means, with unit, "
    "range and default. Begin with the sheets case, items, suppliers and sources.",
    "     The rows are an invented example. To start with your own figures, mark everything from row 2 down "
    "on a sheet and delete these rows; on the sheet case, type over the values.",
    "2.  Identifiers are text: 00123, 1E5 and TRUE stay as you type them, as long as the cells are formatted "
    "as text, which these columns are. When you paste from elsewhere, paste values only (text).",
    "3.  A day is a date, such as 2027-01-04. A share is a fraction: 0.15, not 15. Prices and amounts are "
    "plain numbers, in the currency and unit that the heading names.",
    "4.  Names of sheets and headings stay as they are. Columns may be moved, hidden or deleted; columns of "
    "your own are left out, with a warning. Formulas may be used: the value that was saved last is read.",
    "5.  Save as .xlsx. Then check it and plan with it: outlast check FILE.xlsx and outlast plan FILE.xlsx",
)


_SETTING_NOTES = {
    "key": "Name of the setting; leave it as it is. Those in bold are required.",
    "value": "What you set. An empty cell has the default.",
    "default": "What holds where no value is set. For the reader only.",
    "meaning": "What the setting means, with unit and range. For the reader only.",
}


def _write_settings(sheet: Any, styles: _Styles, settings: Mapping[str, Any]) -> None:
    """The sheet of settings: those that are not set show their default beside an empty cell."""
    sheet.set_tab_color(_DARK)
    _fit_page(sheet)
    sheet.freeze_panes(1, 0)
    sheet.set_comments_author("Outlast")
    for at, (name, width) in enumerate((("key", 26), ("value", 30), ("default", 14), ("meaning", 112))):
        sheet.set_column(at, at, width)
        style = styles.get(
            bold=True, bg_color=_DARK if at < 2 else _LIGHT, font_color="white" if at < 2 else _INK
        )
        sheet.write_string(0, at, name, style)
        _write_note(sheet, at, f"{name}\n{_SETTING_NOTES[name]}")
    row = 0
    for section, row_type in (("", CaseSettings), ("plan.", PlanSettings)):
        for name, declaration in declarations(row_type).items():
            row += 1
            key = section + name
            sheet.write_string(row, 0, key, styles.get(bold=declaration.required))
            style = styles.get(
                **({"num_format": _FORMATS[declaration.kind]} if declaration.kind in _FORMATS else {}),
                align="left",
                bg_color="#FFFBEA",
                border=1,
                border_color="#D9D9D9",
            )
            _write_cell(sheet, row, 1, settings.get(key), style, CASE_SHEET)
            if settings.get(key) is None:
                sheet.write_blank(row, 1, None, style)
            default = "required" if declaration.required else describe_default(declaration)
            sheet.write_string(row, 2, default, styles.get(font_color=_FAINT))
            sheet.write_string(row, 3, _explain(declaration, default=False), styles.get())
            if rule := _validate(declaration, None):
                sheet.data_validation(row, 1, row, 1, rule)


def _write_table(
    sheet: Any, styles: _Styles, name: str, table: TableContent, declared: Mapping[str, Declaration]
) -> None:
    """One table: all columns of the case format, then those that are none of it."""
    names = [*declared, *(column for column in table.columns if column not in declared)]
    filled = sum(sum(value is not None for value in column) for column in table.columns.values())
    if table.length > LAST_ROW or filled > MOST_CELLS - len(names):
        what = f"{table.length:,} rows with {filled:,} cells"
        limits = f"a sheet holds {LAST_ROW:,} rows and is read up to {MOST_CELLS:,} cells"
        raise UsageError(f"{name} has {what}; {limits}. Keep it as CSV or Parquet, or sum demand by week.")
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    _fit_page(sheet, len(names))
    sheet.set_comments_author("Outlast")
    for at, column in enumerate(names):
        declaration = declared.get(column)
        kind = declaration.kind if declaration else "text"
        values = table.columns.get(column)
        style = styles.of_kind(kind)
        sheet.set_column(at, at, _choose_width(column, kind, values), style)
        _write_heading(sheet, at, column, declaration, styles)
        if declaration and (rule := _validate(declaration, _list_known(declaration))):
            sheet.data_validation(1, at, LAST_ROW, at, rule)
        for row, value in enumerate(values or (), start=1):
            if value is not None:
                _write_cell(sheet, row, at, value, style, name)
    if table.length:
        sheet.autofilter(0, 0, table.length, len(names) - 1)


def _fit_page(sheet: Any, columns: int = 1) -> None:
    """A4, landscape, one page wide; of wide tables several pages, each with the first column."""
    sheet.set_landscape()
    sheet.set_paper(9)
    if columns <= _WIDEST_PAGE:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.repeat_columns(0)


def _write_heading(
    sheet: Any, at: int, column: str, declaration: Declaration | None, styles: _Styles
) -> None:
    if declaration is None:
        sheet.write_string(0, at, column, styles.get(italic=True, indent=1, align="left", bottom=1))
        _write_note(sheet, at, f"{column}\nA column that is none of the case format; Outlast keeps it.")
        return
    required = declaration.required
    colours = {"bg_color": _DARK, "font_color": "white"} if required else {"bg_color": _LIGHT}
    faint = {"italic": True} if declaration.column.unused else {}
    look = {"bold": True, "indent": 1, "align": "right" if "number" in declaration.kind else "left"}
    sheet.write_string(0, at, column, styles.get(**look, **colours, **faint))
    words = f"{column}\n{_explain(declaration)}"
    _write_note(sheet, at, words)


def _write_note(sheet: Any, at: int, words: str) -> None:
    """A comment on a heading, as high as its words need."""
    lines = sum(-(-len(line) // 44) for line in words.split("\n"))
    sheet.write_comment(0, at, words, {"width": _NOTE_WIDTH, "height": 18 * lines + 12, "font_size": 9})


def _explain(declaration: Declaration, *, default: bool = True) -> str:
    """Meaning, unit, range, choices and default, one a line (or one sentence where the default stands
    elsewhere)."""
    column = declaration.column
    facts = [describe_meaning(declaration)]
    if declaration.choices:
        facts.append(f"one of: {', '.join(declaration.choices)}")
    elif column.refers_to:
        facts.append(f"as in {column.refers_to}")
    elif declaration.kind != "text":
        facts.append(declaration.kind)
    facts.append(f"unit: {column.unit}" if column.unit else "")
    facts.append(describe_range(declaration))
    if default:
        facts.append("required" if declaration.required else f"default: {describe_default(declaration)}")
    return ("\n" if default else "; ").join(fact for fact in facts if fact)


def _list_known(declaration: Declaration) -> str | None:
    """Formula of the identifiers that a column may refer to; as many as are there when it is opened."""
    table, _, column = declaration.column.refers_to.partition(".")
    if not table:
        return None
    letters = column_letters(list(declarations(TABLES[table])).index(column) + 1)
    first, whole = f"{table}!${letters}$2", f"{table}!${letters}:${letters}"
    return f"=OFFSET({first},0,0,MAX(1,COUNTA({whole})-1),1)"


def _validate(declaration: Declaration, known: str | None) -> dict[str, Any] | None:
    """What may be typed into a column; None where anything may."""
    rule: dict[str, Any] = {"error_title": declaration.name[:32]}
    column = declaration.column
    if declaration.choices:
        words = f"Choose one of: {', '.join(declaration.choices)}."
        return {**rule, "validate": "list", "source": list(declaration.choices), "error_message": words[:255]}
    if declaration.kind == "true/false":
        return {**rule, "validate": "list", "source": ["TRUE", "FALSE"], "error_message": "TRUE or FALSE."}
    if known:
        words = f"No row of the sheet {column.refers_to.partition('.')[0]} has this identifier yet. Keep it?"
        return {**rule, "validate": "list", "source": known, "error_type": "warning", "error_message": words}
    if declaration.kind == "date":
        words = "Type a day such as 2027-01-04."
        span = {"minimum": FIRST_DAY, "maximum": LAST_DAY}
        return {**rule, "validate": "date", "criteria": "between", **span, "error_message": words}
    if "number" not in declaration.kind:
        return None
    words = f"A {declaration.kind}, {describe_range(declaration)}".rstrip(", ") + (
        f" [{column.unit}]." if column.unit else "."
    )
    rule |= {
        "validate": "integer" if declaration.kind == "whole number" else "decimal",
        "error_message": words,
    }
    if column.above is not None and column.high is None:
        return {**rule, "criteria": ">", "value": column.above}
    low = column.above if column.above is not None else column.low
    ends = {
        "minimum": -LARGEST_NUMBER if low is None else low,
        "maximum": LARGEST_NUMBER if column.high is None else column.high,
    }
    return {**rule, "criteria": "between", **ends}


def _write_cell(sheet: Any, row: int, at: int, value: Any, style: Any, table: str) -> None:
    """One value as what it is."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value, style)
    elif isinstance(value, date) and value >= FIRST_SURE_DAY:
        sheet.write_datetime(row, at, datetime(value.year, value.month, value.day), style)
    elif isinstance(value, (int, float)) and abs(value) < LARGEST_NUMBER:
        sheet.write_number(row, at, _Exact(value) if float(f"{value:.16G}") != value else value, style)
    else:
        # A spreadsheet would round whole numbers of 16 digits.
        sheet.write_string(row, at, sound_text(str(value), f"{table}, row {row + 1}"), style)


def sound_text(text: str, place: str) -> str:
    """The text, if a cell can hold it.

    Raises:
        UsageError: it cannot.
    """
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"{place}: a text has {len(text):,} characters; a cell holds {LONGEST_TEXT:,}.")
    if "\ufffe" in text or "\uffff" in text:
        raise UsageError(f"{place}: {text[:40]!r} holds a character that no workbook can hold.")
    return text


def _choose_width(column: str, kind: str, values: Any) -> float:
    """Width of a column by its heading and first cells [characters]."""
    first = [] if values is None else [str(v) for v in values.values[:_LOOKED_AT] if v is not None]
    longest = max((len(line) for text in first for line in text.split("\n")[:5]), default=0)
    least = 12 if kind == "date" else _NARROWEST
    return min(max(least, len(column) + 5, longest + 3), _WIDEST)
