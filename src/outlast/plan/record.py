"""What was done in fact, of a case that records it. In: its table `comparison`. Out: `Comparison`s.
One reason to exist: the report shows advice beside deed; no figure of a plan may see the deed.
"""

from __future__ import annotations

import math
from pathlib import Path

from outlast.errors import CaseError, Finding
from outlast.intake.files import read_record_table
from outlast.plan.answer import Comparison
from outlast.tables import Table

WHAT = ("components", "finished_goods")
COLUMNS = ("what", "weeks", "growth", "citation")


def read_record(case: Path) -> tuple[Comparison, ...]:
    """Rows of the comparison, with nothing advised yet; none if the case has none.

    Raises:
        CaseError: it is there and cannot be read.
    """
    table, findings = read_record_table(case)
    if table is None and not findings:
        return ()
    if table is None or any(finding.level == "error" for finding in findings):
        raise CaseError(findings)
    missing = [name for name in COLUMNS if name not in table.heading]
    if missing:
        remedy = f"Add {', '.join(missing)}."
        raise CaseError([Finding("error", "missing-column", table.place(), "A column is missing.", remedy)])
    return tuple(_read_row(table, row) for row in range(len(table)))


def _read_row(table: Table, row: int) -> Comparison:
    cells = dict(zip(table.heading, table.rows[row], strict=True))
    if cells["what"] not in WHAT:
        place = table.place(row, "what")
        message = f"{cells['what']!r} is nothing that is compared."
        raise CaseError([Finding("error", "unknown-value", place, message, f"Use one of {', '.join(WHAT)}.")])
    weeks, growth = (_read_number(table, row, name, cells[name]) for name in ("weeks", "growth"))
    unit = f"growth in {weeks:g} weeks"
    return Comparison(
        cells["what"], round(weeks), 0.0, growth, unit, explanation="", citation=cells["citation"]
    )


def _read_number(table: Table, row: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        place = table.place(row, column)
        raise CaseError([Finding("error", "not-a-number", place, f"{text!r} is no number.", "Correct it.")])
    return value
