"""Tables of typed cells. In: values of an answer. Out: `Table`, the same for page and workbook.
One reason to exist: a cell knows what its number means, so that everyone who shows it agrees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

from outlast.report.figures import (
    GLUE,
    UNKNOWN,
    show_date,
    show_money,
    show_number,
    show_share,
    show_weeks,
    with_weeks,
)

Kind = Literal["text", "date", "quantity", "amount", "money", "weeks", "share", "count"]
"""What a value is: `amount` is money to the last unit (an order), `money` an estimate (m, bn)."""

NUMBERS: frozenset[Kind] = frozenset({"quantity", "amount", "money", "weeks", "share", "count"})
"""Kinds that are set flush right."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table and how to show it."""

    value: str | float | date | None
    kind: Kind = "text"
    window: float = math.inf
    """Weeks that were followed: from here on a number of weeks reads "> W"."""
    below: str = ""
    """A smaller second line on the page, e.g. the identifier under a name."""

    @property
    def beyond(self) -> bool:
        """The figure reaches the window: all that is known is that it is longer."""
        reached = isinstance(self.value, int | float) and self.value >= self.window
        return self.kind == "weeks" and math.isfinite(self.window) and reached

    @property
    def known(self) -> bool:
        """There is a value, and a finite one where it is a number."""
        if isinstance(self.value, int | float):
            return math.isfinite(self.value)
        return self.value is not None

    def show(self, currency: str = "", noun: bool = False) -> str:
        """The value as text; `noun` adds "weeks" to weeks and the currency to money.

        Args:
            currency: of money and amounts, where `noun` is set.
            noun: for figures that stand alone, without a heading that names the unit.
        """
        value, money = self.value, currency if noun else ""
        if value is None or isinstance(value, str):
            return UNKNOWN if value is None else value
        if isinstance(value, date):
            return show_date(value)
        if self.kind == "weeks":
            text = show_weeks(value, self.window)
            return with_weeks(text) if noun and text != UNKNOWN else text
        if self.kind == "money":
            return show_money(value, money)
        if self.kind == "share":
            return show_share(value)
        if self.kind == "quantity":
            return show_number(value)
        return f"{money}{GLUE}{value:,.0f}".strip() if math.isfinite(value) else UNKNOWN


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    heading: str
    kind: Kind = "text"
    wide: bool = False
    """Holds sentences."""
    assumed: bool = False
    """Rests on figures that somebody assumed."""
    detail: bool = False
    """For the workbook only."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    """What to say where there are no rows."""

    def on_page(self, most: int | None = None) -> Table:
        """Without the columns that only the workbook has, and at most so many rows."""
        shown = [place for place, column in enumerate(self.columns) if not column.detail]
        rows = tuple(tuple(row[place] for place in shown) for row in self.rows[:most])
        return Table(self.title, tuple(self.columns[place] for place in shown), rows, self.empty)


def name_cell(name: str, identifier: str) -> Cell:
    """A name with its identifier below, unless they are the same."""
    return Cell(name or identifier, below=identifier if name and name != identifier else "")
