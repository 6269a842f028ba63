"""Money as numbers. In: exchange rates, cash rows. Out: case currency, weekly limits.
One reason to exist: foreign money is converted in one place, at one date.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from outlast.errors import CaseError, Finding, Place
from outlast.network.exchange import latest_rates, name_origin
from outlast.network.network import Network


class Exchanger:
    """Turns money of a currency into case currency, at the last rate on or before the start."""

    def __init__(self, network: Network):
        self._case = network.settings.currency
        self._start = network.settings.start
        self._rates = latest_rates(network.exchange, self._start)
        self._evidence = network.evidence
        self.used: set[str] = set()
        """Foreign currencies that were converted."""

    def to_case(self, amount: float, currency: str, where: str) -> float:
        """Amount in case currency; an empty currency is the case's own.

        Raises:
            CaseError: no rate on or before the start.
        """
        return amount / self.rate(currency, where)

    def rate(self, currency: str, where: str) -> float:
        """Units of a currency for one unit of the case currency.

        Raises:
            CaseError: no rate on or before the start.
        """
        if currency in ("", self._case):
            return 1.0
        if currency not in self._rates:
            raise CaseError(
                [
                    Finding(
                        "error",
                        "rate-missing",
                        Place("exchange", column="currency"),
                        f"{where} is in {currency}, but no rate to {self._case} stands on or before "
                        f"{self._start}.",
                        f"Add a row with currency {currency} and a date up to the start.",
                    )
                ]
            )
        self.used.add(currency)
        return self._rates[currency].units_per_case_currency

    def assumptions(self) -> list[str]:
        """The rates that were used, each with its day and origin."""
        lines = []
        for currency in sorted(self.used):
            row = self._rates[currency]
            origin = name_origin(row, self._evidence) or "not given"
            lines.append(
                f"Money in {currency} is converted at {row.units_per_case_currency:.6g} {currency} per "
                f"{self._case} in every week, the rate of {row.date}; its source: {origin}."
            )
        return lines


def money_arrays(network: Network, log: list[str]) -> dict[str, Any]:
    """Money fields of `NetworkArrays`: limits by week, opening cash, credit, fixed cost."""
    calendar = network.calendar
    budget = network.settings.plan.budget
    limit = np.full(calendar.n_week, np.inf)
    rows = sorted(network.cash, key=lambda row: row.from_date)
    for row in rows:
        first = max(0, -(-(row.from_date - calendar.start).days // 7))
        limit[first:] = row.limit
    if budget is not None:
        limit = np.minimum(limit, budget)
    first_row = rows[0] if rows else None
    opening = first_row.opening_cash if first_row else None
    credit = first_row.credit_limit if first_row else None
    fixed = first_row.fixed_cost_per_week if first_row else None
    if opening is None:
        log.append("Opening cash is not given: cash is counted from 0 and never runs out.")
        credit = np.inf
    elif credit is None:
        log.append("No credit limit is given: no credit.")
    return {
        "cash_limit": limit,
        "opening_cash": 0.0 if opening is None else opening,
        "credit_limit": 0.0 if credit is None else credit,
        "fixed_cost_per_week": fixed or 0.0,
    }
