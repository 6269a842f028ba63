"""Exchange rates of a case. In: dated rows of the table exchange. Out: the rate that counts, and its origin.
One reason to exist: checks and conversion look at the same rate, and never at one after the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from outlast.network.actions import Evidence
from outlast.network.demand import Exchange


def latest_rates(rows: Sequence[Exchange], start: date) -> dict[str, Exchange]:
    """The last row on or before the start, by currency."""
    latest: dict[str, Exchange] = {}
    for row in rows:
        if row.date <= start and (row.currency not in latest or row.date >= latest[row.currency].date):
            latest[row.currency] = row
    return latest


def name_origin(row: Exchange, evidence: Sequence[Evidence]) -> str:
    """Where a rate is from: its own source, else its evidence, else empty."""
    if row.source:
        return row.source
    for one in evidence:
        names = ("*", row.currency, f"{row.currency}/{row.date}")
        if (
            one.table == "exchange"
            and one.row in names
            and one.column in ("*", "units_per_case_currency")
            and one.citation
        ):
            return one.citation
    return ""
