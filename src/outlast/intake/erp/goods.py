"""Items, bills, stock and demand as rows of a case. In: raw tables, bills, packs, demand. Out: rows,
and an account of every source row. One reason to exist: what is made, held and sold, and at what cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from outlast.intake.erp.account import Account
from outlast.intake.erp.bills import Bills
from outlast.intake.erp.case_rows import CaseRows, Origin
from outlast.intake.erp.packs import UNIT_WORDS, Pack
from outlast.intake.erp.purchasing import DAYS_PER_WEEK, EXPORT, Names
from outlast.intake.erp.raw_tables import RawTables
from outlast.intake.erp.sales import RECENT_WEEKS, Choice, Demand, History, count_sold
from outlast.intake.forecast.rules import RULES

CURRENCY = "USD"
PIECE = "EA"
NOT_USED = "no current bill uses it and it is not sold"

LEDGER = Origin("sourced", f"{EXPORT}: StandardCost on the day of the start")
OFFERED = Origin("derived", f"{EXPORT}: StandardCost is 0, so the lowest StandardPrice of a vendor")
OFFERED_PACK = Origin(
    "assumed", f"{EXPORT}: StandardCost is 0, so the lowest StandardPrice over an assumed pack"
)
ROLLED_UP = Origin("derived", f"{EXPORT}: StandardCost is 0, so the sum of the costs of its components")
ROLLED_UP_PACK = Origin(
    "assumed", f"{EXPORT}: StandardCost is 0, so the sum of its components; a pack is assumed"
)
DAYS = Origin("sourced", f"{EXPORT}: Product.DaysToManufacture, days over 7")
BILL = Origin("sourced", f"{EXPORT}: BillOfMaterials.PerAssemblyQty, lines that hold on the day of the start")
BIN = Origin("assumed", f"{EXPORT}: ProductInventory, which has no day: taken as of the start")
BIN_PACK = Origin(
    "assumed",
    f"{EXPORT}: ProductInventory, taken as counted in the unit in which it is bought, times the pack",
)
LEVEL = Origin("sourced", f"{EXPORT}: Product.SafetyStockLevel")
LEVEL_PACK = Origin(
    "assumed",
    f"{EXPORT}: Product.SafetyStockLevel, taken as counted in the unit in which it is bought, times the pack",
)
WHERE = Origin("sourced", f"{EXPORT}: SalesTerritory.CountryRegionCode")
LISTED = Origin("sourced", f"{EXPORT}: ListPrice on the day of the start")
SWING = Origin(
    "derived",
    f"{EXPORT}: variance over mean of {RECENT_WEEKS} weeks' sales by subcategory, over the level; root of it",
)
NOT_SOLD = Origin("derived", f"{EXPORT}: no longer sold at the start (SellEndDate), or no sale is on record")


@dataclass(frozen=True)
class Goods:
    """What items, stock and demand are made from."""

    raw: RawTables
    start: date
    names: Names
    bills: Bills
    packs: Mapping[str, Pack]
    ledger: Mapping[str, float]
    """Standard cost of each product on the start [USD]; 0: none."""
    prices: Mapping[str, float]
    """Lowest price of one unit bought [USD]."""
    list_prices: Mapping[str, float]
    history: History

    @property
    def items(self) -> frozenset[str]:
        """Products that are in the case."""
        return self.bills.items | frozenset(self.history.products)

    @property
    def products(self) -> frozenset[str]:
        """Items of the case that are sold, or that nothing uses."""
        used = {component for inside in self.bills.made_of.values() for component in inside}
        return frozenset(self.history.products) | (self.items - used)

    @property
    def binned(self) -> dict[str, float]:
        """Units in all bins of each item of the case that is in any, as the ERP counts them."""
        units: dict[str, float] = {}
        for row in self.raw.rows["ProductInventory"]:
            if row.product in self.items and row.quantity > 0:
                units[row.product] = units.get(row.product, 0.0) + row.quantity
        return units

    def unit_costs(self) -> dict[str, tuple[float, Origin]]:
        """Cost of one unit [USD] and its origin: the ledger's, else what a vendor asks, else rolled up."""
        found: dict[str, tuple[float, Origin]] = {}
        for item in (*self.bills.bottom_up, *sorted(self.items - set(self.bills.bottom_up))):
            inside = self.bills.made_of.get(item, {})
            if self.ledger[item] > 0:
                found[item] = self.ledger[item], LEDGER
            elif inside:
                total = sum(quantity * found[component][0] for component, quantity in inside.items())
                leaves = [self.packs[leaf] for leaf in self.bills.contents[item] if leaf in self.packs]
                packed = any(pack.assumed for pack in leaves)
                found[item] = total, ROLLED_UP_PACK if packed else ROLLED_UP
            elif item in self.packs:
                pack = self.packs[item]
                found[item] = self.prices[item] / pack.units, OFFERED_PACK if pack.assumed else OFFERED
            else:
                found[item] = 0.0, LEDGER
        return found


def add_items(case: CaseRows, account: Account, goods: Goods) -> None:
    """Rows of items, and what became of each product."""
    costs, sold, binned = goods.unit_costs(), goods.products, goods.binned
    for row, line in zip(goods.raw.rows["Product"], goods.raw.lines["Product"], strict=True):
        if row.product not in goods.items:
            account.leave("Product", line, row.product, NOT_USED)
            continue
        made = row.product in goods.bills.made_of
        kind = "product" if row.product in sold else "assembly" if made else "part"
        cost, origin = costs[row.product]
        counted = goods.bills.unit.get(row.product, PIECE)
        factor = stock_factor(goods, row.product)
        case.add(
            "items",
            {
                "item_id": row.number,
                "kind": kind,
                "unit_cost": cost,
                "name": row.name,
                "unit": UNIT_WORDS.get(counted, counted),
                "safety_stock": row.safety_stock * factor if row.product in binned else None,
                "make_weeks": row.make_days / DAYS_PER_WEEK if made and row.make_days else None,
            },
            {
                "unit_cost": origin,
                "make_weeks": DAYS,
                "safety_stock": LEVEL if factor == 1 else LEVEL_PACK,
            },
        )
        account.keep("Product", line, row.product, f"items:{row.number}", kind)


def add_bills(case: CaseRows, goods: Goods) -> None:
    """Rows of bom; the account of its lines is kept where they are read."""
    item = goods.names.item
    for assembly, inside in goods.bills.made_of.items():
        for component, quantity in inside.items():
            line: dict[str, str | float | None] = {
                "parent_id": item[assembly],
                "child_id": item[component],
                "quantity": quantity,
            }
            case.add("bom", line, {"quantity": BILL})


def add_stock(case: CaseRows, account: Account, goods: Goods) -> None:
    """Rows of stock: the bins of a product together, in units of the bill."""
    units: dict[str, float] = {}
    for row, line in zip(
        goods.raw.rows["ProductInventory"], goods.raw.lines["ProductInventory"], strict=True
    ):
        key = f"{row.product}/{row.location}"
        if row.product not in goods.items:
            account.leave("ProductInventory", line, key, NOT_USED, row.quantity)
            continue
        units[row.product] = units.get(row.product, 0.0) + row.quantity
        into = f"stock:{goods.names.item[row.product]}"
        account.keep("ProductInventory", line, key, into, "stock, bins of one product together", row.quantity)
    case.head("stock")
    for product, quantity in units.items():
        factor = stock_factor(goods, product)
        case.add(
            "stock",
            {"item_id": goods.names.item[product], "on_hand": quantity * factor},
            {"on_hand": BIN if factor == 1 else BIN_PACK},
        )


def stock_factor(goods: Goods, product: str) -> float:
    """Units of the bill in one unit of stock: what is bought is counted as it is bought."""
    return goods.packs[product].units if product in goods.packs else 1.0


def add_demand(case: CaseRows, goods: Goods, demand: Demand) -> None:
    """Rows of markets and demand: a level for each line, and 0 for what is not sold any more."""
    territories = {row.territory: row.name for row in goods.raw.rows["SalesTerritory"]}
    for row in goods.raw.rows["SalesTerritory"]:
        market = {"market_id": row.name, "country": row.country, "currency": CURRENCY}
        case.add("markets", market, {"country": WHERE})
    origins = {product: _explain(choice) for choice in demand.choices for product in choice.products}
    sold = {product for product, _ in demand.level}
    for (product, territory), units in demand.level.items():
        _add_line(
            case,
            goods,
            product,
            territories[territory],
            units,
            demand.sd_share[product, territory],
            origins[product],
        )
    largest = territories[count_sold(goods.history).most_common(1)[0][0]]
    for row in goods.raw.rows["Product"]:
        if row.product in goods.products - sold:
            _add_line(case, goods, row.product, largest, 0.0, None, NOT_SOLD)


def _add_line(
    case: CaseRows, goods: Goods, product: str, market: str, units: float, swing: float | None, origin: Origin
) -> None:
    case.add(
        "demand",
        {
            "product_id": goods.names.item[product],
            "market_id": market,
            "from_date": goods.start.isoformat(),
            "units_per_week": units,
            "unit_price": goods.list_prices[product],
            "sd_share": swing,
        },
        {"units_per_week": origin, "unit_price": LISTED, "sd_share": SWING},
    )


def _explain(choice: Choice) -> Origin:
    words = f"{EXPORT}: sales up to the start, forecast by {choice.rule} ({RULES[choice.rule].words})"
    return Origin("derived", f"{words}; shared out as {RECENT_WEEKS} weeks' sales by subcategory")
