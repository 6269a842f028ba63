"""Figures with a unit beside them, as `12 days`, `5 %` or `USD 1,200.50`. In: text of a cell, a column
of the case. Out: `Measure`, what its word means there. One reason to exist: a unit in the cell is read
only where it is clear, and cell by cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from outlast.intake.mapping.vocabulary import MONEY, currencies_in_cell, words_in_cells
from outlast.network.declarations import Declaration

_LONGEST = 60
_MEASURE = re.compile(
    r"(?P<before>[^\W\d_]{1,12}\.?\$?|[€$£¥￥])?\s*"
    r"(?P<figure>[+-]?\d(?:[\d.,'’\s]*\d)?)"
    r"\s*(?P<after>[^\W\d_/][^\d]{0,30}|/[^\d]{1,30}|[%€$£¥￥])?"
)
"""A number with something before it or behind it that is no number."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A cell that holds a figure and its unit."""

    figure: str
    word: str
    """The unit as it stands in the cell."""
    times: int = 1
    """Rows that hold the cell."""


def split_measure(text: str, times: int = 1) -> Measure | None:
    """The figure of a cell and the word beside it, None where it is no such cell."""
    if len(text) > _LONGEST or not (match := _MEASURE.fullmatch(text)):
        return None
    before, after = match["before"], match["after"]
    if (before is None) == (after is None):
        return None
    return Measure(match["figure"], (before or after).strip(), times)


def factor_of(word: str, declared: Declaration) -> float | None:
    """What a figure with this word is multiplied by, None where the word is no unit of the column.

    Currencies leave a figure as it is; which they are is checked row by row.
    """
    if declared.column.unit.startswith(MONEY):
        return 1.0 if currencies_in_cell(word) else None
    return words_in_cells(declared).get(word) if declared.kind in ("number", "whole number") else None
