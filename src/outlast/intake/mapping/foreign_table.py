"""A foreign table with what its cells can be, and a question about it. In: a `Table`. Out:
`ForeignTable`, `Question`. One reason to exist: what is looked at and what is asked have one
shape, whoever looks and whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outlast.intake.mapping.cells import Reading, read_cells
from outlast.intake.mapping.proposal import Known
from outlast.network.declarations import Declaration
from outlast.tables import Table


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that only the user knows."""

    about: str
    """`table`, `column`, `unit`, `decimal`, `dates`, `value`, `blank`, `cut` or `minus`."""
    column: str
    """Column of the case; empty for `table` and `decimal`."""
    text: str
    """The question, one sentence."""
    choices: tuple[str, ...]
    default: str = ""
    """What is proposed; empty where nothing is."""
    reason: str = ""
    subject: str = ""
    """The code whose meaning is asked for."""
    free: str = ""
    """What else may be answered, in words; empty: only the choices."""
    no_column: str = ""
    """The choice that leaves a column of the case empty; empty where it is required."""


@dataclass(frozen=True)
class ForeignTable:
    """A table as it was read, with what its cells can be."""

    table: Table
    known: Known = field(default_factory=dict)
    """Identifiers that the case has."""
    currency: str = ""
    """Currency of the case; empty where it is not known."""
    readings: Mapping[str, Reading] = field(default_factory=dict)

    @classmethod
    def read(
        cls, table: Table, known: Known, currency: str, keep: Mapping[str, tuple[str, ...]]
    ) -> ForeignTable:
        """Look at all cells; only rows that `keep` keeps count."""
        rows = kept_rows(table, keep)
        readings = {
            heading.strip(): read_cells(column, rows)
            for heading, column in zip(table.heading, table.columns, strict=True)
            if heading.strip()
        }
        return cls(table, known, currency, readings)


def kept_rows(table: Table, keep: Mapping[str, tuple[str, ...]]) -> frozenset[int] | None:
    """Numbers of the rows to import; None: all of them."""
    if not keep:
        return None
    positions = {heading.strip(): at for at, heading in enumerate(table.heading)}
    rows = set(range(len(table)))
    for heading, texts in keep.items():
        column = table.columns[positions[heading]] if heading in positions else ()
        rows &= {row for row, text in enumerate(column) if text.strip() in texts}
    return frozenset(rows)


def no_column(declared: Declaration, foreign: ForeignTable) -> str:
    """The word that leaves a column of the case empty, and is no heading of the file."""
    words = ("none", "(none)", "(no column)")
    return "" if declared.required else next((word for word in words if word not in foreign.readings), "")
