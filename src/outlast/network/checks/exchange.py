"""Codes of currencies and countries, and exchange rates. In: `Look`. Out: findings.
One reason to exist: rules on money that comes in other currencies.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import timedelta

from outlast.errors import Finding
from outlast.network.checks.look import Look
from outlast.network.codes import CodeProblem, judge_country, judge_currency
from outlast.network.declarations import declarations
from outlast.network.demand import Exchange
from outlast.network.network import TABLES

_OLD_RATE = timedelta(days=45)
"""A rate of last month is usual; an older one may be of another time."""
_JUMP = 3.0
"""A currency that changes by more than this factor in a year is in a crisis, or mistyped, or redenominated.
(The Argentine peso lost a factor of 2.2 in December 2023; slips of the decimal point are factors of 10.)"""
_INVERSE = 0.02
"""How near to 1 the product of two rates must be for one to look like the inverse of the other."""
_NEAR_PAR = 0.05
"""Rates this near to 1 may be each other's inverse by chance."""


def check_codes(look: Look) -> Iterator[Finding]:
    """Codes that are none, and currencies that were withdrawn before the start."""
    cells = [("case", 0, "currency", look.network.settings.currency)] if look.start else []
    for table, row_type in TABLES.items():
        for column in declarations(row_type):
            if column == "currency" or column == "country" or column.endswith("_country"):
                values = look.network.column(table, column)
                wrong = {text for text in values.values if text and _judge(look, column, text)}
                cells += [(table, row, column, values[row]) for row in values.rows_where(wrong.__contains__)]
    for table, row, column, text in cells:
        problem = _judge(look, column, text)
        if problem is None:
            continue
        message, remedy = problem.message, problem.remedy
        if problem.kind == "withdrawn":
            yield look.warning("currency-withdrawn", table, row, column, message, remedy)
        elif column == "currency":
            yield look.error("bad-currency", table, row, column, message, remedy)
        else:
            yield look.error("bad-country", table, row, column, message, remedy)


def _judge(look: Look, column: str, text: str) -> CodeProblem | None:
    return judge_currency(text, look.start) if column == "currency" else judge_country(text)


def check_exchange(look: Look) -> Iterator[Finding]:
    """Currencies without a rate on or before the start, or with an old one. Later rates are never looked
    up."""
    start, own = look.start, look.network.settings.currency
    if start is None:
        return
    seen: set[str] = set()
    for table in ("sources", "markets"):
        for row, values in enumerate(look.network.table(table)):
            currency = values.currency
            if currency in ("", own) or currency in seen:
                continue
            seen.add(currency)
            if currency not in look.rate:
                later = any(rate.currency == currency for rate in look.network.exchange)
                message = f"There is no exchange rate of {currency} on or before the start {start}"
                message += "; later ones may not be used." if later else "."
                remedy = f"Add a row to exchange: units of {currency} for one {own}."
                yield look.error("exchange-rate-missing", table, row, "currency", message, remedy)
            elif start - look.rate[currency].date > _OLD_RATE:
                days = (start - look.rate[currency].date).days
                message = (
                    f"The latest exchange rate of {currency} is of {look.rate[currency].date}, {days} days "
                    "before the start."
                )
                remedy = "Add a row to exchange with a rate near the start."
                yield look.warning("exchange-rate-old", table, row, "currency", message, remedy)


def check_rates(look: Look) -> Iterator[Finding]:
    """Rates that can't be right beside the others: jumps, inverses, a rate of the case currency."""
    if look.start is None:
        return
    own, column = look.network.settings.currency, "units_per_case_currency"
    by_currency: dict[str, list[int]] = {}
    for row, rate in enumerate(look.network.exchange):
        value = rate.units_per_case_currency
        if rate.currency == own and value != 1 and not math.isnan(value):
            message = f"{own} is the case currency, so its rate is 1, not {value:g}."
            yield look.error("exchange-rate-not-one", "exchange", row, column, message, "Remove the row.")
        elif rate.currency and value > 0 and rate.date <= look.start:
            by_currency.setdefault(rate.currency, []).append(row)
    rates = look.network.exchange
    for currency, rows in by_currency.items():
        rows.sort(key=lambda row: rates[row].date)
        for before, row in itertools.pairwise(rows):
            old, new = rates[before], rates[row]
            change = new.units_per_case_currency / old.units_per_case_currency
            said = " and ".join(f"{one.units_per_case_currency:g} ({one.date})" for one in (old, new))
            if _are_inverse(old, new):
                message = f"The rates of {currency}, {said}, are each other's inverse."
                remedy = (
                    f"A rate is the units of {currency} for one {own}, not the other way round; correct one."
                )
                yield look.warning("exchange-rate-inverse", "exchange", row, column, message, remedy)
            elif not 1 / _widest(old, new) <= change <= _widest(old, new):
                factor = max(change, 1 / change)
                message = f"The rates of {currency}, {said}, differ by a factor of {factor:,.4g}."
                remedy = "Check both for a slip, an inverse, or money that lost zeros."
                yield look.warning("exchange-rate-jump", "exchange", row, column, message, remedy)


def _are_inverse(old: Exchange, new: Exchange) -> bool:
    first, second = old.units_per_case_currency, new.units_per_case_currency
    return abs(first * second - 1) < _INVERSE and abs(math.log(second / first)) > 2 * _NEAR_PAR


def _widest(old: Exchange, new: Exchange) -> float:
    """Factor by which a rate may change between two days before it looks wrong."""
    # Beyond a century a slip in the year is likelier; the date that stands for a broken one is in year 1.
    years = min(100.0, (new.date - old.date).days / 365)
    return math.exp(math.log(_JUMP) * max(1.0, years))
