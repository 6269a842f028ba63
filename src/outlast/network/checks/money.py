"""Demand, prices, cash and settings. In: `Look`. Out: findings.
One reason to exist: rules on what is sold, in what money, and with what means.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from outlast.errors import Finding
from outlast.network.checks.look import Look
from outlast.network.checks.units import convert
from outlast.network.coded import CodedColumn, distinct_rows
from outlast.network.items import Item


def check_demand(look: Look) -> Iterator[Finding]:
    """Demand for what is no product, and demand that begins after the start."""
    network = look.network
    items, products = network.item, network.column("demand", "product_id")
    made_of = {name: item.kind for name, item in items.items() if item.kind in ("part", "assembly")}
    for row in products.rows_where(made_of.__contains__):
        name = products[row]
        message = f"{name} is of kind {made_of[name]}; only products are sold."
        remedy = "Make it a product, or correct product_id."
        yield look.error("demand-for-non-product", "demand", row, "product_id", message, remedy)
    days = network.column("demand", "from_date")
    lines, line_of_row = network.lines
    for (product, market), row in zip(lines, _find_earliest(days, line_of_row, len(lines)), strict=True):
        begins = days[row]
        if look.start and begins > look.start:
            message = f"Demand for {product} in {market} begins on {begins}, after the start; it is 0 before."
            yield look.warning(
                "demand-starts-late", "demand", row, "from_date", message, "Add a row from the start on."
            )


def _find_earliest(days: CodedColumn[date], line_of_row: Sequence[int], n_line: int) -> list[int]:
    """The row of each line with its earliest day; the first such row if there are several."""
    earliest, found = [date.max] * n_line, [-1] * n_line
    for row, (line, day) in enumerate(zip(line_of_row, days, strict=True)):
        if found[line] < 0 or day < earliest[line]:
            earliest[line], found[line] = day, row
    return found


def check_sale_prices(look: Look) -> Iterator[Finding]:
    """Products sold for less than they cost, or than any source asks; one finding a product."""
    network, costs = look.network, look.rolled_up_cost
    names = ("product_id", "market_id", "unit_price")
    columns = [network.column("demand", name) for name in names]
    units = network.column("demand", "units_per_week")
    first, own = distinct_rows(columns)
    offers = _least_offers(look)
    earned: dict[int, float] = {}
    for number, row in enumerate(first):
        product, market, price = (column[row] for column in columns)
        buyer = network.market.get(market)
        money = look.in_case_currency(price, buyer.currency) if buyer else None
        if money is not None and money < max(costs.get(product, 0.0), offers.get(product, 0.0)):
            earned[number] = money
    below: dict[str, tuple[float, int]] = {}
    markets: dict[str, set[str]] = {}
    for row, number in enumerate(own) if earned else ():
        if number in earned and units[row] != 0:
            product, market, _ = (column[row] for column in columns)
            below[product] = min((earned[number], row), below.get(product, (math.inf, row)))
            markets.setdefault(product, set()).add(market)
    for product, (money, row) in below.items():
        where = f" in {len(markets[product])} markets" if len(markets[product]) > 1 else ""
        message = f"{product} sells for {money:,.2f} in case currency{where}, "
        message += _tell_cost(network.item[product], money, costs[product], offers.get(product, 0.0))
        remedy = "Check price, cost, bill and units: each one sold loses money."
        yield look.warning("price-below-cost", "demand", row, "unit_price", message, remedy)


def _tell_cost(item: Item, money: float, cost: float, offer: float) -> str:
    """Which cost a price is below, in words."""
    if money >= cost:
        return f"below the {offer:,.2f} that the cheapest source asks."
    made = f" (materials and making; its unit_cost is {item.unit_cost:,.2f})"
    return f"below the {cost:,.2f} that it costs{made if cost > item.unit_cost * 1.005 else ''}."


def _least_offers(look: Look) -> dict[str, float]:
    """Least price of a qualified source for one unit of each item that is not made [case currency]."""
    least: dict[str, float] = {}
    for source in look.network.sources:
        conversion = convert(look, source)
        paid = look.in_case_currency(source.unit_price, source.currency)
        if conversion and paid is not None and source.status == "qualified":
            least[source.item_id] = min(paid / conversion.factor, least.get(source.item_id, math.inf))
    return {item: price for item, price in least.items() if item not in look.parents}


def check_cash(look: Look) -> Iterator[Finding]:
    """Cash limits out of order, falling, late, or with two values of one figure."""
    rows = look.network.cash
    for row in range(1, len(rows)):
        if rows[row].from_date < rows[row - 1].from_date:
            message = f"{rows[row].from_date} stands below {rows[row - 1].from_date}."
            yield look.warning(
                "cash-not-in-order", "cash", row, "from_date", message, "Sort the rows by date."
            )
    ordered = sorted(range(len(rows)), key=lambda row: rows[row].from_date)
    for before, row in itertools.pairwise(ordered):
        if rows[row].limit < rows[before].limit:
            message = f"The cumulative limit falls from {rows[before].limit:g} to {rows[row].limit:g}."
            remedy = "Check that each limit includes what was paid before."
            yield look.warning("cash-limit-falls", "cash", row, "limit", message, remedy)
    if ordered and look.start and rows[ordered[0]].from_date > look.start:
        message = f"The first limit begins on {rows[ordered[0]].from_date}; before it there is none."
        yield look.warning(
            "cash-starts-late", "cash", ordered[0], "from_date", message, "Add a row from the start on."
        )
    for column in ("opening_cash", "credit_limit", "fixed_cost_per_week"):
        values = [getattr(rows[row], column) for row in ordered]
        for row, value in zip(ordered[1:], values[1:], strict=True):
            if value is not None and value != values[0] and not math.isnan(value):
                message = f"{column} counts for the whole case, but the first row does not say {value:g}."
                remedy = "Give it in the row with the earliest date only."
                yield look.error("cash-conflict", "cash", row, column, message, remedy)


def check_settings(look: Look) -> Iterator[Finding]:
    """Settings that do not fit together."""
    settings = look.network.settings
    plan = settings.plan
    if settings.start.weekday() != 0:
        monday = settings.start - timedelta(days=settings.start.weekday())
        message = f"The start {settings.start} is a {settings.start:%A}; weeks run from that day."
        yield look.warning(
            "start-not-monday", "case", 0, "start", message, f"Start on a Monday, for example {monday}."
        )
    missing = [key for key in ("survive_weeks", "survive_probability") if getattr(plan, key) is None]
    if len(missing) == 1 or (missing and plan.objective == "least_cash"):
        message = f"{missing[0]} is missing; a survival target needs weeks and odds."
        if plan.objective == "least_cash":
            message = f"objective is least_cash, which needs {' and '.join(missing)}."
        yield look.error(
            "target-incomplete",
            "case",
            0,
            f"plan.{missing[0]}",
            message,
            "Give both survive_weeks and survive_probability.",
        )
    if plan.survive_weeks is not None and plan.survive_weeks > plan.window_weeks:
        message = f"survive_weeks {plan.survive_weeks:g} is beyond window_weeks {plan.window_weeks}."
        remedy = "Lengthen window_weeks, or ask for less."
        yield look.error("target-beyond-window", "case", 0, "plan.survive_weeks", message, remedy)
    low, high = plan.hazard_factor_low, plan.hazard_factor_high
    if low is not None and high is not None and low > high:
        message = f"hazard_factor_low {low:g} is above hazard_factor_high {high:g}."
        yield look.error(
            "hazard-factors-out-of-order", "case", 0, "plan.hazard_factor_low", message, "Swap them."
        )
    if not look.network.restrictions and "restrictions" not in look.unread:
        message = "There is no restriction: every figure is that of normal running."
        yield look.warning(
            "no-restriction", "restrictions", -1, "restriction_id", message, "Add a row to restrictions."
        )
