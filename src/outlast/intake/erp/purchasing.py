"""Vendors, offers and open orders as rows of a case. In: raw tables, packs, use. Out: rows, and an
account of every source row. One reason to exist: what is bought, from whom and on which terms, in
units of the bills.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from outlast.intake.erp.account import Account
from outlast.intake.erp.case_rows import CaseRows, Origin
from outlast.intake.erp.packs import Pack
from outlast.intake.erp.raw_tables import RawTables

EXPORT = "AdventureWorks"
DAYS_PER_WEEK = 7.0
YEAR = timedelta(weeks=52)
ASLEEP = "the vendor is inactive, got no order in the year before the start, and others offer the part"
SPARE = 2.0
"""Weeks of use that a week's orders must be able to bring, so that a bad week can be made good."""

PRICE = Origin("sourced", f"{EXPORT}: ProductVendor.StandardPrice [USD for one unit bought]")
LEAD = Origin("sourced", f"{EXPORT}: ProductVendor.AverageLeadTime, days over 7")
LIMIT = Origin("sourced", f"{EXPORT}: ProductVendor.MinOrderQty")
RANK = Origin("sourced", f"{EXPORT}: Vendor.PreferredVendorStatus, 1 where it is set, else 2")
COUNTRY = Origin("sourced", f"{EXPORT}: VendorAddress.CountryRegionCode")
ORDER = Origin("sourced", f"{EXPORT}: PurchaseOrderDetail.OrderQty and DueDate, ShipDate before the start")
ORDER_PACK = Origin("assumed", f"{EXPORT}: PurchaseOrderDetail.OrderQty, times an assumed pack size")


@dataclass(frozen=True)
class Names:
    """Identifiers in the case of what the source numbers."""

    item: Mapping[str, str]
    supplier: Mapping[str, str]

    def source(self, product: str, vendor: str) -> str:
        """Identifier of an offer."""
        return f"{self.item[product]}-{self.supplier[vendor]}"


@dataclass(frozen=True)
class Purchasing:
    """What offers and orders are read with."""

    raw: RawTables
    start: date
    names: Names
    packs: Mapping[str, Pack]
    use: Mapping[str, float]
    """Mean use of each part [units of the bill a week]."""
    items: frozenset[str]
    """Products that are in the case."""
    made: frozenset[str]
    """Products that have a bill: an offer for one is not used."""


def add_offers(case: CaseRows, account: Account, buying: Purchasing) -> list[str]:
    """Rows of sources, and of the suppliers that have any; returns what is to be said of them."""
    raw, names = buying.raw, buying.names
    preferred = {row.vendor: row.preferred for row in raw.rows["Vendor"]}
    most = _most_a_week(raw, buying.start)
    selling: set[str] = set()
    asleep = _find_asleep(raw, buying.start)
    awake = {row.product for row in raw.rows["ProductVendor"] if row.vendor not in asleep}
    tight: list[str] = []
    for row, line in zip(raw.rows["ProductVendor"], raw.lines["ProductVendor"], strict=True):
        key = f"{row.product}/{row.vendor}"
        if row.product not in buying.items:
            account.leave("ProductVendor", line, key, "no current bill uses the part and it is not sold")
            continue
        if row.product in buying.made:
            account.leave("ProductVendor", line, key, "the item is made from its bill")
            continue
        if row.vendor in asleep and row.product in awake:
            account.leave("ProductVendor", line, key, ASLEEP)
            continue
        pack = buying.packs[row.product]
        source_id = names.source(row.product, row.vendor)
        largest, limit = _limit_orders(row.maximum, buying.use.get(row.product, 0.0) / pack.units, most)
        if limit.status == "assumed":
            tight.append(source_id)
        case.add(
            "sources",
            {
                "source_id": source_id,
                "item_id": names.item[row.product],
                "supplier_id": names.supplier[row.vendor],
                "unit_price": row.price,
                "lead_time_weeks": row.lead_days / DAYS_PER_WEEK,
                "minimum_order": row.minimum,
                "maximum_order": largest,
                "purchase_unit": pack.purchase_unit,
                "pack_size": pack.units if pack.purchase_unit else None,
                "priority": 1 if preferred[row.vendor] else 2,
            },
            {
                "unit_price": PRICE,
                "lead_time_weeks": LEAD,
                "minimum_order": LIMIT,
                "maximum_order": limit,
                "pack_size": Origin("assumed" if pack.assumed else "derived", pack.words),
                "priority": RANK,
            },
        )
        selling.add(row.vendor)
        account.keep("ProductVendor", line, key, f"sources:{source_id}", "source")
    idle = _add_suppliers(case, account, buying, selling)
    return [_tell_limits(tight, buying, most), *idle]


def _find_asleep(raw: RawTables, start: date) -> frozenset[str]:
    """Vendors marked inactive that got no order in the year before the start. The mark is of the day of
    the export: a vendor that still got orders was active then."""
    ordered = {row.vendor for row in raw.rows["PurchaseOrderHeader"] if start - YEAR <= row.ordered < start}
    return frozenset(row.vendor for row in raw.rows["Vendor"] if not row.active) - ordered


def _most_a_week(raw: RawTables, start: date) -> int:
    """Most orders that one offer got in one week of the year before the start; at least one."""
    headers = {row.order: row for row in raw.rows["PurchaseOrderHeader"]}
    counts: Counter[tuple[int, str, str]] = Counter()
    for row in raw.rows["PurchaseOrderDetail"]:
        header = headers[row.order]
        if start - YEAR <= header.ordered < start:
            counts[(header.ordered - start).days // 7, header.vendor, row.product] += 1
    return max(counts.values(), default=1)


def _limit_orders(one: float, use: float, most: int) -> tuple[float, Origin]:
    """Largest quantity that a week's orders bring, and how it came about; all in the unit bought.

    MaxOrderQty limits one order, and several orders were placed in one week; the case format has one
    order a week.
    """
    if one * most >= SPARE * use:
        words = (
            f"{EXPORT}: ProductVendor.MaxOrderQty times {most}, the most orders of one offer seen in a week"
        )
        return one * most, Origin("derived", words)
    orders = math.ceil(SPARE * use / one - 1e-9)
    words = (
        f"MaxOrderQty times {orders} orders a week, which it takes for {SPARE:g} weeks' use; "
        f"no more than {most} were seen"
    )
    return one * orders, Origin("assumed", words)


def _tell_limits(tight: list[str], buying: Purchasing, most: int) -> str:
    offers = buying.raw.rows["ProductVendor"]
    below = [row for row in offers if row.maximum < buying.use.get(row.product, 0.0)]
    packed = [
        row
        for row in offers
        if row.product in buying.packs
        and row.maximum * buying.packs[row.product].units < buying.use.get(row.product, 0.0)
    ]
    return (
        f"MaxOrderQty is below a week's use on {len(below)} offers as it stands, and on {len(packed)} with "
        f"packs counted. It limits one order; up to {most} orders of one offer were placed in a week, so a "
        f"week may bring that many times MaxOrderQty. On {len(tight)} offers that is still less than "
        f"{SPARE:g} weeks' use, and as many orders as that takes are assumed."
    )


def _add_suppliers(case: CaseRows, account: Account, buying: Purchasing, selling: set[str]) -> list[str]:
    """Rows of suppliers with a source; the others are named. Returns what is to be said of them."""
    raw = buying.raw
    where = {row.vendor: row for row in raw.rows["VendorAddress"]}
    offering = {row.vendor for row in raw.rows["ProductVendor"]}
    idle = []
    for row, line in zip(raw.rows["Vendor"], raw.lines["Vendor"], strict=True):
        if row.vendor not in selling:
            reason = "has no offer that is in the case" if row.vendor in offering else "offers nothing"
            account.leave("Vendor", line, row.vendor, reason)
            continue
        supplier = buying.names.supplier[row.vendor]
        address = where.get(row.vendor)
        case.add(
            "suppliers",
            {
                "supplier_id": supplier,
                "name": row.name,
                "country": address.country if address else None,
                "address": f"{address.city}, {address.state}" if address else None,
            },
            {"country": COUNTRY},
        )
        account.keep("Vendor", line, row.vendor, f"suppliers:{supplier}", "supplier")
        if not row.active:
            idle.append(supplier)
    if not idle:
        return []
    return [
        "Marked inactive on the day of the export, but kept, as they got orders in the year before the "
        f"start or nobody else offers a part: {', '.join(idle)}."
    ]


def add_open_orders(case: CaseRows, account: Account, buying: Purchasing) -> None:
    """Rows of open_orders: placed before the start and due after it. Nothing later is looked at: neither
    what was received since, nor the status of the order, nor ProductVendor.OnOrderQty."""
    raw, start = buying.raw, buying.start
    headers = {row.order: row for row in raw.rows["PurchaseOrderHeader"]}
    sources = {str(row["source_id"]) for row in case.tables.get("sources", [])}
    case.head("open_orders")
    for row, line in zip(raw.rows["PurchaseOrderDetail"], raw.lines["PurchaseOrderDetail"], strict=True):
        header, key = headers[row.order], f"{row.order}/{row.line}"
        reason = ""
        if header.ordered >= start:
            reason = "placed on or after the start: not known then"
        elif row.due <= start:
            reason = "due by the start: in stock, or counted as lost"
        elif row.product not in buying.items or row.product in buying.made:
            reason = "open, but no current bill uses the part and it is not sold"
        elif buying.names.source(row.product, header.vendor) not in sources:
            reason = "open, but this vendor has no offer for the part in the case"
        if reason:
            account.leave("PurchaseOrderDetail", line, key, reason, row.quantity)
            continue
        pack, source_id = buying.packs[row.product], buying.names.source(row.product, header.vendor)
        shipped = header.shipped is not None and header.shipped < start
        case.add(
            "open_orders",
            {
                "source_id": source_id,
                "quantity": row.quantity * pack.units,
                "arrival_date": row.due.isoformat(),
                "shipped": "true" if shipped else "false",
            },
            {"quantity": ORDER_PACK if pack.assumed else ORDER, "arrival_date shipped": ORDER},
        )
        account.keep("PurchaseOrderDetail", line, key, f"open_orders:{source_id}", "open order", row.quantity)
    _account_headers(account, raw)


def _account_headers(account: Account, raw: RawTables) -> None:
    """Orders: in the case where one of their lines is."""
    found = {
        entry.key.partition("/")[0]
        for entry in account.entries
        if entry.table == "PurchaseOrderDetail" and entry.into
    }
    for row, line in zip(raw.rows["PurchaseOrderHeader"], raw.lines["PurchaseOrderHeader"], strict=True):
        if row.order in found:
            account.keep("PurchaseOrderHeader", line, row.order, "open_orders", "has open lines")
        else:
            account.leave("PurchaseOrderHeader", line, row.order, "has no open line of the case")
