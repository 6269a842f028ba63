"""Currencies in the cells of prices, against those of their rows. In: a table, its mapping, the
currencies of the rows. Out: findings. One reason to exist: a figure in one money never stands for
another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outlast.errors import Finding
from outlast.intake.mapping.foreign_table import ForeignTable
from outlast.intake.mapping.measures import split_measure
from outlast.intake.mapping.remembered import TableMapping
from outlast.intake.mapping.vocabulary import MONEY, currencies_in_cell
from outlast.network.declarations import Declaration, declarations
from outlast.network.network import TABLES

MOST = 20
"""Cells of one column that are listed; the rest is counted."""


def check_currencies(
    mapping: TableMapping,
    foreign: ForeignTable,
    currencies: Sequence[str] | None,
    rows: Sequence[tuple[int, int]],
) -> list[Finding]:
    """Cells such as `USD 12.50` whose money is not that of their row, or cannot be compared.

    Args:
        mapping: how the table is read.
        foreign: the table.
        currencies: currency of each converted row; None where no column says it.
        rows: number of each converted row, and of its row in the file.
    """
    declared = declarations(TABLES[mapping.table])
    columns = dict(zip((name.strip() for name in foreign.table.heading), foreign.table.columns, strict=True))
    findings: list[Finding] = []
    for column, rule in mapping.rules.items():
        if not (rule.heading and declared[column].column.unit.startswith(MONEY)):
            continue
        named = {
            text: codes
            for text, measure in foreign.readings[rule.heading].measured.items()
            if (codes := currencies_in_cell(measure.word))
        }
        if named:
            cells = columns[rule.heading]
            texts = [(at, row, cells[row].strip()) for at, row in rows]
            found = list(_compare(mapping, foreign, declared[column], texts, currencies))
            findings += found[:MOST]
            if len(found) > MOST:
                message = f"{len(found) - MOST:,} more cells have such a problem."
                place = foreign.table.place(None, rule.heading)
                findings.append(Finding("error", found[MOST].code, place, message, found[MOST].remedy))
    return findings


def _compare(
    mapping: TableMapping,
    foreign: ForeignTable,
    declared: Declaration,
    texts: Sequence[tuple[int, int, str]],
    currencies: Sequence[str] | None,
) -> Iterator[Finding]:
    """Findings of one column."""
    heading = mapping.rules[declared.name].heading
    unit, has_own = declared.column.unit, "currency" in declarations(TABLES[mapping.table])
    for at, row, text in texts:
        measure = split_measure(text)
        codes = currencies_in_cell(measure.word) if measure else frozenset()
        place = foreign.table.place(row, heading)
        expected = foreign.currency
        if not unit.startswith("case currency"):
            expected = (currencies[at] if currencies else "") or expected if has_own else ""
        if codes and not expected:
            message = f"{text[:60]!r} names a currency, and nothing says which is meant by a plain figure."
            remedy = "Write the currency into case.toml or a column of its own, or import plain figures."
            yield Finding("error", "currency-unknown", place, f"{message} ({declared.name})", remedy)
        elif codes and expected not in codes:
            message = f"{text[:60]!r} is not in {expected}, in which this figure is to be."
            remedy = "Correct the cell or the currency of its row, or convert the figure."
            yield Finding("error", "currency-differs", place, f"{message} ({declared.name})", remedy)
