"""Sales of past weeks and the demand that follows. In: sales lines. Out: `Demand`.
One reason to exist: what was sold up to the start becomes a level for each product and territory,
by the rule that a back-test prefers; what was sold later is never looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from outlast.intake.erp.account import Account
from outlast.intake.erp.raw_tables import RawTables
from outlast.intake.forecast.backtest import QUARTERS, Origins, RuleError, backtest, choose_rule
from outlast.intake.forecast.rules import forecast

Floats = NDArray[np.float64]
TABLE = "InternetSalesLines"
RECENT_WEEKS = 26
"""Weeks that say how sales are shared out among territories, and how much they swing."""
LARGEST_SD = 5.0
"""Standard deviation as share of the mean above which the case format refuses it."""
LONGEST_HISTORY = 1040
"""Weeks before the start that count."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class History:
    """Weekly sales before the start."""

    products: tuple[str, ...]
    territories: tuple[str, ...]
    units: Floats
    """Units sold [units/week], shape (product, territory, week); the last week ends before the start."""

    def of(self, product: str) -> Floats:
        """Weekly sales of one product over all territories, from its first sale on."""
        weeks = self.units[self.products.index(product)].sum(axis=0)
        sold = np.flatnonzero(weeks)
        return weeks[sold[0] :] if len(sold) else weeks[:0]


@dataclass(frozen=True)
class Choice:
    """The rule for one group of products, and the errors that decided."""

    group: str
    rule: str
    products: tuple[str, ...]
    errors: tuple[RuleError, ...]


@dataclass(frozen=True)
class Demand:
    """Level of each line, and how it came about."""

    level: Mapping[tuple[str, str], float]
    """Units a week by (product, territory); lines without sales are left out."""
    sd_share: Mapping[tuple[str, str], float]
    choices: tuple[Choice, ...]
    whole: tuple[Choice, ...]
    """The same comparison on the sum of each group, which has the longest history; for information."""


def read_history(raw: RawTables, start: date, account: Account, names: Mapping[str, str]) -> History:
    """Weekly sales up to the start; every line goes into the account, those of a kind counted together."""
    rows = raw.rows[TABLE]
    products = tuple(dict.fromkeys(row.product for row in rows))
    territories = tuple(row.territory for row in raw.rows["SalesTerritory"])
    n_week = max(
        0, min(LONGEST_HISTORY, max((-((row.ordered - start).days // 7) for row in rows), default=0))
    )
    units = np.zeros((len(products), len(territories), n_week))
    place = {product: number for number, product in enumerate(products)}
    region = {territory: number for number, territory in enumerate(territories)}
    for row, line in zip(rows, raw.lines[TABLE], strict=True):
        week = n_week + (row.ordered - start).days // 7
        key = f"{row.product}/{row.territory}"
        if row.ordered >= start:
            account.leave(TABLE, line, key, "sold on or after the start: not known then", row.quantity)
        elif week < 0:
            account.leave(TABLE, line, key, f"sold over {LONGEST_HISTORY} weeks ago", row.quantity)
        else:
            units[place[row.product], region[row.territory], week] += row.quantity
            account.keep(TABLE, line, key, f"demand:{names[row.product]}", "history of demand", row.quantity)
    return History(products, territories, units)


def plan_demand(
    history: History,
    groups: Mapping[str, Sequence[str]],
    wholes: Mapping[str, Sequence[str]],
    kinds: Mapping[str, str],
    tell: Tell,
    rules: Sequence[str] = (),
    origins: Origins = QUARTERS,
) -> Demand:
    """A level for each product and territory.

    Args:
        history: weekly sales.
        groups: products still sold, by the group for which one rule is chosen.
        wholes: products whose sum is compared too, those no longer sold included.
        kinds: subcategory of each product; products of one share out and swing alike.
        tell: receives what is going on.
        rules: candidates; empty: all.
        origins: from where the back-test looks ahead, and how far.
    """
    choices, level, sums = [], {}, []
    for group, products in groups.items():
        series = [history.of(product) for product in products]
        tell(f"back-testing rules on {len(series)} products {group}")
        errors = backtest(series, rules, origins) if series else []
        rule = choose_rule(errors, series)
        choices.append(Choice(group, rule, tuple(products), tuple(errors)))
        for product, weeks in zip(products, series, strict=True):
            level[product] = float(forecast(weeks, rule, origins.weeks).mean()) if len(weeks) else 0.0
    for group, products in wholes.items():
        weeks = np.sum([history.units[history.products.index(name)].sum(axis=0) for name in products], axis=0)
        series = [weeks[np.flatnonzero(weeks)[0] :]] if np.any(weeks) else []
        errors = backtest(series, rules, origins)
        sums.append(Choice(group, choose_rule(errors, series), tuple(products), tuple(errors)))
    lines: dict[tuple[str, str], float] = {}
    swings: dict[tuple[str, str], float] = {}
    for kind in dict.fromkeys(kinds[product] for product in level):
        members = [product for product in level if kinds[product] == kind]
        shares, spread = _share_out(history, members)
        for product in members:
            for territory, share in zip(history.territories, shares.tolist(), strict=True):
                if (units := level[product] * share) >= 5e-4:
                    lines[product, territory] = round(units, 3)
                    swings[product, territory] = round(min(LARGEST_SD, (spread / units) ** 0.5), 3)
    return Demand(lines, swings, tuple(choices), tuple(sums))


def _share_out(history: History, members: Collection[str]) -> tuple[Floats, float]:
    """Share of each territory in the sales of some products, and variance over mean of their weeks."""
    recent = history.units[[history.products.index(product) for product in members], :, -RECENT_WEEKS:]
    by_territory = recent.sum(axis=(0, 2))
    if not by_territory.sum() > 0:
        by_territory = np.ones(len(history.territories))
    means = float(recent.mean(axis=2).sum()) if recent.shape[2] else 0.0
    variances = float(recent.var(axis=2, ddof=1).sum()) if recent.shape[2] > 1 else 0.0
    return by_territory / by_territory.sum(), variances / means if variances > 0 and means > 0 else 1.0


def compare_quarters(history: History, products: Collection[str]) -> tuple[float, float]:
    """Units sold a week in the last quarter, and in the same quarter a year before; 0 where unknown."""
    weeks = history.units[[history.products.index(product) for product in products]].sum(axis=(0, 1))
    return float(weeks[-13:].sum()) / 13, float(weeks[-65:-52].sum()) / 13


def count_sold(history: History) -> Counter[str]:
    """Units sold in each territory."""
    sums = history.units.sum(axis=(0, 2)).tolist()
    return Counter(dict(zip(history.territories, sums, strict=True)))
