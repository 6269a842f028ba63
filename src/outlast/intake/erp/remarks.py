"""What the import has to say for itself. In: source, case, what was assumed. Out: balances and remarks.
One reason to exist: the sums are worked out anew from what will be written, and what was mended,
assumed or found contradictory is told in sentences with numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from outlast.intake.erp.account import Account
from outlast.intake.erp.case_rows import CaseRows
from outlast.intake.erp.goods import CURRENCY, Goods, stock_factor
from outlast.intake.erp.sales import Demand, compare_quarters

ACCOUNTED = (
    "BillOfMaterials",
    "ProductVendor",
    "Vendor",
    "ProductInventory",
    "Product",
    "PurchaseOrderHeader",
    "PurchaseOrderDetail",
    "InternetSalesLines",
)
"""Tables whose every row is accounted for."""
FIRST = 8
"""Names that are told; the rest is counted."""


def strike_balance(account: Account, case: CaseRows, goods: Goods) -> None:
    """Equations between the source and the rows that were made of it; called before assumptions are added."""
    noted = Counter(entry.table for entry in account.entries)
    kept = Counter(entry.table for entry in account.entries if entry.into)
    for table in ACCOUNTED:
        account.balance(f"rows of {table} = rows accounted for", len(goods.raw.rows[table]), noted[table])
    rows = {
        table: case.tables.get(table, []) for table in ("items", "bom", "sources", "suppliers", "open_orders")
    }
    lines = [e for e in account.entries if e.table == "BillOfMaterials" and e.into.startswith("bom:")]
    account.balance("lines of bills that hold = rows of bom", len(lines), len(rows["bom"]))
    account.balance(
        "units on lines of bills that hold = units in bom",
        sum(entry.amount for entry in lines),
        sum(float(row["quantity"]) for row in rows["bom"]),
    )
    account.balance("products used or sold = rows of items", kept["Product"], len(rows["items"]))
    account.balance("offers for them = rows of sources", kept["ProductVendor"], len(rows["sources"]))
    account.balance("vendors with such an offer = rows of suppliers", kept["Vendor"], len(rows["suppliers"]))
    product = {name: key for key, name in goods.names.item.items()}
    account.balance(
        "units in bins of such products = on hand in stock, packs unpacked",
        sum(e.amount for e in account.entries if e.table == "ProductInventory" and e.into),
        sum(
            float(row["on_hand"]) / stock_factor(goods, product[str(row["item_id"])])
            for row in case.tables.get("stock", [])
        ),
    )
    account.balance(
        "open order lines = rows of open_orders", kept["PurchaseOrderDetail"], len(rows["open_orders"])
    )
    account.balance(
        "SafetyStockLevel of items in bins = safety_stock in items, packs unpacked",
        sum(row.safety_stock for row in goods.raw.rows["Product"] if row.product in goods.binned),
        sum(
            float(row["safety_stock"]) / stock_factor(goods, product[str(row["item_id"])])
            for row in rows["items"]
            if "safety_stock" in row
        ),
    )
    item_of = {str(row["source_id"]): product[str(row["item_id"])] for row in rows["sources"]}
    account.balance(
        "units on open order lines = units in open_orders, packs unpacked",
        sum(e.amount for e in account.entries if e.table == "PurchaseOrderDetail" and e.into),
        sum(
            float(row["quantity"]) / goods.packs[item_of[str(row["source_id"])]].units
            for row in rows["open_orders"]
        ),
    )


def remark(account: Account, goods: Goods, demand: Demand) -> None:
    """Sentences on what was mended, assumed or found contradictory."""
    say = account.remarks.append
    for finding in goods.raw.warnings:
        say(f"{finding.place}: {finding.message}")
    for place, count in goods.raw.mended.items():
        say(f"{count:,} identifiers in {place} have a decimal point (3.0) and are read without it (3).")
    _remark_structure(account, goods)
    _remark_packs(account, goods)
    _remark_costs(account, goods)
    _remark_levels(account, goods)
    _remark_orders(account, goods)
    made = [item for item in goods.history.products if item in goods.bills.made_of]
    now, before = compare_quarters(goods.history, made)
    if before > 0:
        say(
            f"Of the made products {now:,.0f} a week were sold in the last quarter, {now / before:.1f} "
            "times the same quarter a year before, so the forecast rule matters."
        )
    for choice in demand.choices:
        if choice.products:
            best = {error.rule: error for error in choice.errors}.get(choice.rule)
            score = f", {best.wape_total:.1%} off on quarters not seen" if best and best.series else ""
            say(f"Demand of the {len(choice.products)} products {choice.group}: rule {choice.rule}{score}.")


def _remark_levels(account: Account, goods: Goods) -> None:
    """What became of SafetyStockLevel, and why."""
    binned, level = goods.binned, {row.product: row.safety_stock for row in goods.raw.rows["Product"]}
    costs = {item: cost for item, (cost, _) in goods.unit_costs().items()}
    times = sorted(units / level[item] for item, units in binned.items() if level[item] > 0)
    absent = [item for item in goods.items if item not in binned]
    value = sum(level[item] * stock_factor(goods, item) * costs[item] for item in absent)
    if times:
        account.remarks.append(
            f"SafetyStockLevel is kept on {len(binned)} items that are in bins, counted as their stock is: "
            f"that is {times[0]:.1f} to {times[-1]:.0f} times the level, {times[len(times) // 2]:.1f} in the "
            f"middle, so the company keeps to it. {len(absent)} items are in no bin; their levels, "
            f"{CURRENCY} {value:,.0f} in all, would first have to be built up, and are not taken."
        )
    account.remarks.append(
        "ReorderPoint, at which the ERP orders again, and CreditRating of vendors have no place in a case "
        "and are not read: a plan orders every week what normal running needs."
    )


def _remark_orders(account: Account, goods: Goods) -> None:
    headers = {row.order: row for row in goods.raw.rows["PurchaseOrderHeader"]}
    early = sum(row.due < headers[row.order].ordered for row in goods.raw.rows["PurchaseOrderDetail"])
    say = account.remarks.append
    if early:
        say(f"{early} order lines are due before they were placed; their DueDate is taken as it stands.")
    say(
        "Open are the order lines placed before the start and due after it. OnOrderQty, the status of an "
        "order and what was received are of the day of the export, after the start, and not used."
    )


def _remark_structure(account: Account, goods: Goods) -> None:
    bills, say = goods.bills, account.remarks.append
    offered = bills.leaves & {row.product for row in goods.raw.rows["ProductVendor"]}
    binned = bills.leaves & {row.product for row in goods.raw.rows["ProductInventory"]}
    sold, made = frozenset(goods.history.products), set(bills.made_of)
    say(
        f"The bills hold {len(bills.items)} items, {len(bills.tops)} of them at the top, and "
        f"{len(bills.leaves)} bought parts: {len(offered)} with a vendor, {len(binned)} with stock."
    )
    say(
        f"{len(sold)} products were sold: {len(sold & made)} are made, {len(sold - made)} are bought for "
        f"resale; they reach {len(bills.reach(sold) & bills.leaves)} parts of the bills."
    )


def _remark_packs(account: Account, goods: Goods) -> None:
    used = [pack for item, pack in goods.packs.items() if item in goods.bills.leaves and pack.words]
    derived = sum(pack.derived for pack in used)
    if used:
        account.remarks.append(
            f"{len(used)} parts are bought in another unit than their bill counts. Of {len(used) - derived} "
            f"the factor is known; {derived} have none, and their pack sizes are derived from StandardCost "
            "and assumed. Stock and orders of all of them are taken as counted in the unit bought."
        )


def _remark_costs(account: Account, goods: Goods) -> None:
    bills, costs = goods.bills, {item: cost for item, (cost, _) in goods.unit_costs().items()}
    free = sum(goods.ledger[item] == 0 for item in bills.leaves)
    rolled = sum(goods.ledger[item] == 0 for item in bills.made_of)
    say = account.remarks.append
    say(
        f"{free} parts and {rolled} assemblies have StandardCost 0: parts take the lowest StandardPrice "
        "of a vendor, assemblies the sum of their components."
    )
    over = len(_above(goods, costs, goods.ledger, bills.made_of))
    known = {
        item: cost for item, cost in costs.items() if item not in goods.packs or not goods.packs[item].derived
    }
    pieces = len(_above(goods, known, goods.ledger, bills.made_of))
    say(
        f"{over} of {len(bills.made_of)} made items contain parts for more than their StandardCost; on "
        f"{pieces} of them no pack size helps, as parts with a known unit alone cost more."
    )
    paid = {item: goods.prices[item] / pack.units for item, pack in goods.packs.items()}
    sold = [item for item in goods.history.products if item in bills.made_of]
    at_cost = len(sold) - len(_above(goods, costs, goods.list_prices, sold))
    at_price = len(sold) - len(_above(goods, paid, goods.list_prices, sold))
    dear = [name for name in goods.history.products if name in paid and paid[name] > goods.list_prices[name]]
    say(
        f"Parts cost less than the ListPrice on {at_cost} of {len(sold)} made products at standard cost, "
        f"and on {at_price} at the prices that vendors ask; {len(dear)} products for resale are bought "
        "above their ListPrice. Prices are kept as they stand."
    )
    if dear:
        names = ", ".join(goods.names.item[item] for item in dear[:FIRST])
        say(f"Bought above ListPrice: {names}{' and others' if len(dear) > FIRST else ''}.")


def remark_added(account: Account, before: Mapping[str, int], case: CaseRows, file: str) -> None:
    """Say how many rows of the case come from assumptions, so that its tables can be counted.

    Args:
        account: takes the remark.
        before: rows of each table without assumptions.
        case: with them.
        file: of the assumptions.
    """
    added = {table: len(rows) - before.get(table, 0) for table, rows in case.tables.items()}
    words = [f"{count} rows of {table}" for table, count in added.items() if count]
    if words:
        account.remarks.append(f"On top come {', '.join(words)}, which {file} assumes.")


def _above(
    goods: Goods, costs: Mapping[str, float], limit: Mapping[str, float], items: Iterable[str]
) -> list[str]:
    """Made items whose parts cost more than a limit."""
    found = []
    for item in items:
        inside = goods.bills.contents[item]
        total = sum(units * costs.get(leaf, 0.0) for leaf, units in inside.items())
        if total > limit[item] * (1 + 1e-9) and limit[item] > 0:
            found.append(item)
    return found
