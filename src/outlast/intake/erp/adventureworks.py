"""AdventureWorks' tables into a case. In: a folder of its tables, perhaps assumptions. Out: the text of
every file of a case, and the account of every source row. One reason to exist: the whole import is
readable on one screen; what each table means stands in the modules beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from outlast.errors import CaseError, Finding, Place
from outlast.intake.erp.account import Account
from outlast.intake.erp.assumptions import NO_ASSUMPTIONS, Assumptions, add_assumptions
from outlast.intake.erp.bills import Bills, read_bills
from outlast.intake.erp.books import settle_books
from outlast.intake.erp.case_rows import CaseRows, Origin, show_cell
from outlast.intake.erp.goods import CURRENCY, Goods, add_bills, add_demand, add_items, add_stock
from outlast.intake.erp.packs import derive_packs
from outlast.intake.erp.purchasing import EXPORT, Names, Purchasing, add_offers, add_open_orders
from outlast.intake.erp.raw_tables import RawTables, read_raw
from outlast.intake.erp.remarks import remark, remark_added, strike_balance
from outlast.intake.erp.sales import Demand, Tell, plan_demand, read_history


@dataclass(frozen=True)
class ImportedErp:
    """A case made of foreign tables, not yet written."""

    case: CaseRows
    settings: str
    """Text of case.toml."""
    account: Account
    demand: Demand
    start: date


def import_adventureworks(
    folder: Path,
    assumptions: Assumptions = NO_ASSUMPTIONS,
    tell: Tell = lambda message: None,
    rules: tuple[str, ...] = (),
) -> ImportedErp:
    """Make a case of a folder of AdventureWorks' tables.

    Args:
        folder: CSV files named as the tables, plain or compressed by xz.
        assumptions: what is assumed on top.
        tell: receives what is going on.
        rules: candidates for the forecast; empty: all.

    Raises:
        CaseError: the tables cannot be read, or contradict each other; lists everything.
        UsageError: the forecasting library is not installed.
    """
    raw = read_raw(folder)
    start = _choose_start(raw)
    account, case = Account(), CaseRows()
    names = _name(raw)
    bills = read_bills(raw, start, account, names.item)
    history = read_history(raw, start, account, names.item)
    bought, prices = _lowest_prices(raw)
    ledger = _as_of(raw, "ProductCostHistory", "standard_cost", start)
    packs = derive_packs(
        bills, bought, prices, ledger, {row.product: row.name for row in raw.rows["Product"]}
    )
    list_prices = _as_of(raw, "ProductListPriceHistory", "list_price", start)
    goods = Goods(raw, start, names, bills, packs, ledger, prices, list_prices, history)
    demand = _forecast(goods, tell, rules)
    buying = Purchasing(
        raw, start, names, packs, _explode(bills, demand), goods.items, frozenset(bills.made_of)
    )
    add_items(case, account, goods)
    add_bills(case, goods)
    told = add_offers(case, account, buying)
    add_stock(case, account, goods)
    add_open_orders(case, account, buying)
    add_demand(case, goods, demand)
    strike_balance(account, case, goods)
    remark(account, goods, demand)
    account.remarks += told
    account.remarks += settle_books(case, assumptions.books, assumptions.file)
    where = {names.supplier[row.vendor]: row.state for row in raw.rows["VendorAddress"]}
    costs = {names.item[product]: cost for product, (cost, _) in goods.unit_costs().items()}
    counts = {table: len(rows) for table, rows in case.tables.items()}
    add_assumptions(case, assumptions, where, costs)
    remark_added(account, counts, case, assumptions.file)
    return ImportedErp(case, _write_settings(case, assumptions, start), account, demand, start)


def _choose_start(raw: RawTables) -> date:
    """Monday of the week in which sales end: the last day of which everything before is known."""
    last: date = max(row.ordered for row in raw.rows["InternetSalesLines"])
    return last - timedelta(days=last.weekday())


def _name(raw: RawTables) -> Names:
    """Identifiers in the case: ProductNumber and AccountNumber, which people know.

    Raises:
        CaseError: two rows have the same.
    """
    findings = []
    found: dict[str, dict[str, str]] = {}
    for table, key, field, heading in (
        ("Product", "product", "number", "ProductNumber"),
        ("Vendor", "vendor", "account", "AccountNumber"),
    ):
        seen: dict[str, str] = {}
        for row, line in zip(raw.rows[table], raw.lines[table], strict=True):
            name = getattr(row, field)
            if name in seen:
                message = f"{name} is the {heading} of {seen[name]} and of {getattr(row, key)}."
                place = Place(f"{table}.csv", line, heading)
                findings.append(Finding("error", "name-twice", place, message, "Give each its own."))
            seen[name] = getattr(row, key)
        found[table] = {key: name for name, key in seen.items()}
    if findings:
        raise CaseError(findings)
    return Names(found["Product"], found["Vendor"])


def _as_of(raw: RawTables, table: str, field: str, start: date) -> dict[str, float]:
    """Amount of each product on a day: of its history, else of the product itself."""
    amounts = {row.product: getattr(row, field) for row in raw.rows["Product"]}
    for row in raw.rows[table]:
        if row.begins <= start and (row.ends is None or row.ends >= start):
            amounts[row.product] = row.amount
    return amounts


def _lowest_prices(raw: RawTables) -> tuple[dict[str, str], dict[str, float]]:
    """Unit of measure in which each part is bought, and its lowest price for one of it.

    Raises:
        CaseError: a part is bought in two units of measure.
    """
    bought: dict[str, str] = {}
    prices: dict[str, float] = {}
    findings = []
    for row, line in zip(raw.rows["ProductVendor"], raw.lines["ProductVendor"], strict=True):
        if bought.setdefault(row.product, row.unit) != row.unit:
            message = f"Product {row.product} is bought in {bought[row.product]} and in {row.unit}."
            place = Place("ProductVendor.csv", line, "UnitMeasureCode")
            remedy = "Buy a part in one unit of measure."
            findings.append(Finding("error", "bought-units-differ", place, message, remedy))
        prices[row.product] = min(row.price, prices.get(row.product, row.price))
    if findings:
        raise CaseError(findings)
    return bought, prices


def _forecast(goods: Goods, tell: Tell, rules: tuple[str, ...]) -> Demand:
    """Levels of products that are still sold."""
    product = {row.product: row for row in goods.raw.rows["Product"]}
    on_sale = [
        name
        for name in goods.history.products
        if len(goods.history.of(name)) and not _ended(product[name].sell_end, goods.start)
    ]
    made = goods.bills.made_of
    groups = {
        "made": [name for name in on_sale if name in made],
        "bought for resale": [name for name in on_sale if name not in made],
    }
    wholes = {"made": [name for name in goods.history.products if name in made]}
    kinds = {name: product[name].subcategory or name for name in on_sale}
    return plan_demand(goods.history, groups, wholes, kinds, tell, rules)


def _ended(day: date | None, start: date) -> bool:
    return day is not None and day < start


def _explode(bills: Bills, demand: Demand) -> dict[str, float]:
    """Mean use of every bought part [units of the bill a week]."""
    use: dict[str, float] = {}
    for (product, _), units in demand.level.items():
        for leaf, quantity in bills.contents.get(product, {product: 1.0}).items():
            use[leaf] = use.get(leaf, 0.0) + units * quantity
    return use


def _write_settings(case: CaseRows, assumptions: Assumptions, start: date) -> str:
    """Text of case.toml; the start follows from the sales, the rest is assumed."""
    settings = {"name": f"{EXPORT}, imported", **assumptions.settings}
    case.settings(["start"], Origin("derived", f"{EXPORT}: Monday of the week in which the sales end"))
    lines = [
        f"name = {_toml(settings.pop('name'))}",
        f"start = {start.isoformat()}",
        f"currency = {_toml(CURRENCY)}",
        *(f"{key} = {_toml(value)}" for key, value in settings.items()),
    ]
    if assumptions.plan:
        lines += ["", "[plan]", *(f"{key} = {_toml(value)}" for key, value in assumptions.plan.items())]
    return "\n".join(lines) + "\n"


def _toml(value: str | float) -> str:
    """A value as TOML; a text as a JSON string, which is one of TOML's too."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else show_cell(value)
