"""Builds cases/open-camera. In: the published bill of materials, exchange rates and the files of
assumptions in its source folder. Out: the case folder.
One reason to exist: no figure of the case is typed where it can be worked out.

Run it with `python cases/build/open_camera.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from case_folder import CaseFolder, Origin, Row, read_rows
from open_camera_bom import LEVELS, BomPart, read_bom

from outlast.network.sourcing import PRICE_BREAK_WEEKS

FOLDER = Path(__file__).parents[1] / "open-camera"
SOURCE = FOLDER / "source"
START, RATE_DAY, PRODUCT = "2026-11-30", "2026-11-01", "CAMERA"

BOM = Origin(
    "sourced",
    "Bill of materials of the IMX290 USB3 camera, circuitvalley/USB_C_Industrial_Camera_FPGA_USB3 "
    "at e718e163 (CC BY 4.0)",
)
HMRC = Origin(
    "derived", "HMRC exchange rates for November 2026 (Open Government Licence v3.0): cross over GBP"
)
LEVEL = Origin("derived", f"Price of that BOM for {PRICE_BREAK_WEEKS} weeks' use or the smallest order")
ROLLED_UP = Origin(
    "assumed", "Materials rolled up from the bill of materials, plus an assumed cost of making"
)
PER_USE = Origin(
    "assumed", "Weeks or share of normal use (see source/) times the use by bill of materials and demand"
)
NO_PRICE = Origin("assumed", "The BOM states no price: taken as part of the bare board, cost 0")
ASSUMED = Origin("assumed", "No public figure: plausible for a small camera maker, chosen for this case")
ASSUMED_MAKER = Origin(
    "assumed", "Maker, origin, controlled content and class: general knowledge, unverified"
)
ASSUMED_TERMS = Origin(
    "assumed", "Lead times, order sizes and terms: typical of such parts, no offer was asked for"
)
ASSUMED_SWITCH = Origin("assumed", "Alternative and its switch: judged by class of part, fit not proven")
ASSUMED_ACT = Origin("assumed", "Rates and terms of the act: judgement for this case, not an estimate")
SHARED_OUT = Origin("derived", "Three modules make one camera (the BOM has one file per module)")

MODULES = {
    "sensor_module_IMX290": ("SENSOR-MODULE", "Sensor module (IMX290)", 9.0),
    "fpga_core_crosslink": ("FPGA-MODULE", "FPGA core module (CrossLink-NX)", 22.0),
    "usb3_controller_fx3": ("USB-MODULE", "USB 3 controller module (FX3)", 16.0),
}
"""Identifier, name and assumed cost of board and assembly [USD] of each module of the BOM."""
CAMERA_MAKE_COST = 38.0
"""Assumed: lens, housing, final assembly and test of a camera [USD]."""
MARKETS: tuple[tuple[Row, float, float], ...] = (
    ({"market_id": "HOME", "country": "CN", "currency": "CNY", "receivable_days": 60}, 55, 2480),
    (
        {
            "market_id": "EUROPE",
            "country": "DE",
            "currency": "EUR",
            "unmet": "backorder",
            "backorder_cost_per_unit_week": 4,
            "receivable_days": 45,
        },
        40,
        345,
    ),
    ({"market_id": "AMERICA", "country": "US", "currency": "USD", "receivable_days": 30}, 25, 395),
)
"""Assumed markets, cameras a week and price in the market's currency."""
MODULE_COVER_WEEKS, CAMERA_COVER_WEEKS = 1.0, 2.0
WEEKLY = sum(units for _, units, _ in MARKETS)

TOML = f"""\
name = "Open camera"
start = {START}
horizon_weeks = 104
currency = "USD"
seed = 20261130
scenarios = 4

[plan]
budget = 400000
survive_weeks = 26
survive_probability = 0.8
risk_weight = 0.0
holding_rate_per_year = 0.2
objective = "expected"
cvar_level = 0.95
fill_target = 0.95
window_weeks = 104
epoch_weeks = 8
"""

RESTRICTIONS: tuple[Row, ...] = (
    {
        "restriction_id": "LISTED",
        "effect": "closes_sources",
        "authority": "US BIS, Entity List: we are listed",
        "hazard_per_year": 0.2,
        "hazard_low": 0.05,
        "hazard_high": 0.5,
        "notice_weeks": 0,
        "savings_weeks": 4,
        "relief_probability": 0.25,
        "relief_weeks_p10": 26,
        "relief_weeks_p50": 70,
        "relief_weeks_p90": 180,
        "price_multiplier_after": 1.15,
        "lead_time_multiplier_after": 1.3,
    },
    {
        "restriction_id": "FPGA-LICENCE",
        "effect": "closes_sources",
        "authority": "US BIS, licence for one class of chips",
        "hazard_per_year": 0.1,
        "hazard_low": 0.02,
        "hazard_high": 0.3,
        "notice_weeks": 4,
        "savings_weeks": 4,
        "licence_share": 0.3,
        "relief_probability": 0.2,
        "relief_weeks_p10": 26,
        "relief_weeks_p50": 78,
        "relief_weeks_p90": 234,
        "price_multiplier_after": 1.1,
        "lead_time_multiplier_after": 1.2,
    },
    {
        "restriction_id": "IMPORT-BAN",
        "effect": "closes_markets",
        "authority": "US Customs, entry of our goods refused",
        "triggered_by": "LISTED",
        "trigger_probability": 0.3,
        "notice_weeks": 8,
    },
)
SCOPES = (
    ("LISTED", "sources", "origin_country", "US", "origin"),
    ("LISTED", "sources", "controlled_content_share", ">=0.25", "content"),
    ("FPGA-LICENCE", "sources", "origin_country", "US", "chip"),
    ("FPGA-LICENCE", "items", "eccn", "3A991", "chip"),
    ("IMPORT-BAN", "markets", "country", "US", "market"),
)


def build(folder: Path = FOLDER) -> None:
    """Write every file of the case into `folder`."""
    parts, modules = read_bom(SOURCE / "bom_imx290_usb3_camera.csv")
    assumed = {row["item_id"]: row for row in read_rows(SOURCE / "assumed_parts.csv")}
    alternatives = read_rows(SOURCE / "assumed_alternatives.csv")
    case = CaseFolder()
    case.settings(
        "start horizon_weeks scenarios seed plan.budget plan.survive_weeks plan.survive_probability "
        "plan.risk_weight plan.holding_rate_per_year plan.objective plan.cvar_level plan.fill_target "
        "plan.window_weeks plan.epoch_weeks",
        ASSUMED,
    )
    cost = {part.item_id: part.price_at(order_size(part, assumed[part.item_id])) for part in parts}
    add_made_items(case, parts, modules, cost)
    for part in parts:
        add_part(case, part, modules, assumed[part.item_id], cost[part.item_id])
    for row in read_rows(SOURCE / "assumed_suppliers.csv"):
        case.add("suppliers", {**row}, ("country", ASSUMED_MAKER))
    add_second_flash(case, parts)
    by_id = {part.item_id: part for part in parts}
    for row in alternatives:
        add_alternative(case, row, by_id[row["old_item"]], cost[row["old_item"]])
    add_demand(case)
    add_acts(case)
    case.write(folder, TOML)


def order_size(part: BomPart, terms: dict[str, str]) -> float:
    """Units bought at once, which decide the price: as the planner counts it."""
    return max(float(terms["minimum_order"]), PRICE_BREAK_WEEKS * part.per_camera * WEEKLY)


def add_made_items(
    case: CaseFolder, parts: list[BomPart], modules: list[str], cost: dict[str, float]
) -> None:
    """The camera and its three modules, rolled up."""
    total = CAMERA_MAKE_COST
    rows = []
    for module in modules:
        item_id, name, make_cost = MODULES[module]
        materials = sum(part.per_module.get(module, 0.0) * cost[part.item_id] for part in parts)
        row: Row = {"item_id": item_id, "kind": "assembly", "name": name, "eccn": "NOT-EAR"}
        rows.append(row | {"unit_cost": materials + make_cost, "make_cost": make_cost})
        total += materials + make_cost
    camera: Row = {"item_id": PRODUCT, "kind": "product", "name": "IMX290 USB3 camera", "eccn": "NOT-EAR"}
    rows.insert(0, camera | {"unit_cost": total, "make_cost": CAMERA_MAKE_COST})
    for row in rows:
        whole = row["item_id"] == PRODUCT
        terms: Row = {"make_weeks": 1, "capacity_per_week": 1.5 * WEEKLY, "write_down_share": 0.3}
        case.add(
            "items",
            {**row, **terms},
            ("unit_cost", ROLLED_UP),
            ("make_cost make_weeks capacity_per_week write_down_share", ASSUMED),
            ("eccn", ASSUMED_MAKER),
        )
        weeks = CAMERA_COVER_WEEKS if whole else MODULE_COVER_WEEKS
        case.add("stock", {"item_id": row["item_id"], "on_hand": weeks * WEEKLY}, ("on_hand", PER_USE))
        if not whole:
            case.add(
                "bom",
                {"parent_id": PRODUCT, "child_id": row["item_id"], "quantity": 1},
                ("quantity", SHARED_OUT),
            )


def add_part(
    case: CaseFolder, part: BomPart, modules: list[str], terms: dict[str, str], unit_cost: float
) -> None:
    """One part: item, bill lines, source with its price breaks, stock."""
    known = bool(part.prices)
    case.add(
        "items",
        {
            "item_id": part.item_id,
            "kind": "part",
            "unit_cost": unit_cost,
            "name": part.name,
            "write_down_share": terms["write_down_share"],
            "eccn": terms["eccn"],
        },
        ("unit_cost", LEVEL if known else NO_PRICE),
        ("write_down_share", ASSUMED),
        ("eccn", ASSUMED_MAKER),
    )
    for module in modules:
        quantity = part.per_module.get(module)
        line: dict[str, str | float | None] = {"parent_id": MODULES[module][0], "child_id": part.item_id}
        if quantity:
            case.add("bom", {**line, "quantity": quantity}, ("quantity", BOM))
    add_source(case, f"{part.item_id}-1", part, terms)
    weeks = float(terms["cover_weeks"])
    stock: Row = {"item_id": part.item_id, "on_hand": round(weeks * part.per_camera * WEEKLY)}
    case.add("stock", stock, ("on_hand", PER_USE))


def add_source(case: CaseFolder, source_id: str, part: BomPart, terms: dict[str, str]) -> None:
    """The source of a part today: the price at which it is bought, and every price of the BOM as a break."""
    share = terms["capacity_share"]
    capacity = float(share) * part.per_camera * WEEKLY if share else None
    columns = "lead_time_weeks minimum_order order_multiple"
    makers = "origin_country controlled_content_share"
    row: dict[str, str | float | None] = {
        "source_id": source_id,
        "item_id": part.item_id,
        "supplier_id": terms["supplier_id"],
        "unit_price": part.price_at(order_size(part, terms)),
        "status": "qualified",
        "capacity_per_week": capacity,
        "payment_days": 30,
        "priority": terms.get("priority"),
    }
    row |= {column: terms[column] for column in f"{columns} {makers}".split()}
    case.add(
        "sources",
        row,
        ("unit_price", LEVEL if part.prices else NO_PRICE),
        ("capacity_per_week", PER_USE),
        (f"{columns} payment_days priority", ASSUMED_TERMS),
        (makers, ASSUMED_MAKER),
    )
    for level in LEVELS:
        if part.prices:
            case.add(
                "price_breaks",
                {"source_id": source_id, "from_quantity": level, "unit_price": part.prices[level]},
                ("from_quantity unit_price", BOM),
            )


def add_second_flash(case: CaseFolder, parts: list[BomPart]) -> None:
    """The BOM names two makers' flash chips on one line: the second source is real, its terms are not."""
    flash = next(part for part in parts if part.item_id.startswith("SST26"))
    terms = {row["item_id"]: row for row in read_rows(SOURCE / "assumed_parts.csv")}[flash.item_id]
    second = {**terms, "supplier_id": "MACRONIX", "origin_country": "TW", "controlled_content_share": "0.1"}
    add_source(case, f"{flash.item_id}-2", flash, {**second, "priority": "2", "capacity_share": "1"})


def add_alternative(case: CaseFolder, row: dict[str, str], old: BomPart, old_cost: float) -> None:
    """A source that may be used after a switch; a redesign brings a new item."""
    price = round(float(row["price_factor"]) * old_cost, 4)
    if row["new_item"]:
        item: Row = {"item_id": row["new_item"], "kind": "part", "unit_cost": price, "name": row["new_name"]}
        case.add(
            "items",
            item | {"write_down_share": 0.3, "eccn": "EAR99"},
            ("unit_cost", ASSUMED_SWITCH),
            ("write_down_share", ASSUMED),
            ("eccn", ASSUMED_MAKER),
        )
        for module, quantity in old.per_module.items():
            case.add(
                "substitutions",
                {
                    "source_id": row["source_id"],
                    "product_id": MODULES[module][0],
                    "old_child": old.item_id,
                    "new_child": row["new_item"],
                    "quantity": quantity,
                },
                ("quantity", ASSUMED_SWITCH),
            )
    terms = "lead_time_weeks minimum_order order_multiple"
    switch = "mode start_allowed switch_cost switch_weeks_p10 switch_weeks_p50 switch_weeks_p90 ramp_weeks"
    makers = "origin_country controlled_content_share"
    case.add(
        "sources",
        {
            "source_id": row["source_id"],
            "item_id": row["new_item"] or old.item_id,
            "supplier_id": row["supplier_id"],
            "unit_price": price,
            "status": "alternative",
            "capacity_per_week": float(row["capacity_share"]) * old.per_camera * WEEKLY,
            "payment_days": 30,
            "priority": 2,
            **{column: row[column] for column in f"{terms} {switch} {makers}".split()},
        },
        (f"unit_price priority {switch}", ASSUMED_SWITCH),
        ("capacity_per_week", PER_USE),
        (f"payment_days {terms}", ASSUMED_TERMS),
        (makers, ASSUMED_MAKER),
    )


def add_demand(case: CaseFolder) -> None:
    """Markets, demand, exchange rates and money."""
    rates = {row["currency"]: float(row["units_per_gbp"]) for row in read_rows(SOURCE / "exchange_hmrc.csv")}
    for market, units, price in MARKETS:
        columns = "country unmet backorder_cost_per_unit_week receivable_days"
        case.add("markets", market, (columns, ASSUMED))
        case.add(
            "demand",
            {
                "product_id": PRODUCT,
                "market_id": market["market_id"],
                "from_date": START,
                "units_per_week": units,
                "unit_price": price,
                "sd_share": 0.15,
            },
            ("units_per_week unit_price sd_share", ASSUMED),
        )
        currency = str(market["currency"])
        if currency != "USD":
            rate = round(rates[currency] / rates["USD"], 6)
            row: Row = {"currency": currency, "date": RATE_DAY, "units_per_case_currency": rate}
            case.add("exchange", row, ("units_per_case_currency", HMRC))
    money: Row = {"opening_cash": 600000, "credit_limit": 100000, "fixed_cost_per_week": 12000}
    case.add(
        "cash",
        {"from_date": START, "limit": 400000, **money},
        ("limit opening_cash credit_limit fixed_cost_per_week", ASSUMED),
    )


def add_acts(case: CaseFolder) -> None:
    """Restrictions and what they name."""
    for row in RESTRICTIONS:
        case.add(
            "restrictions",
            row,
            (
                " ".join(column for column in row if column not in ("restriction_id", "authority")),
                ASSUMED_ACT,
            ),
        )
    for restriction, table, column, value, group in SCOPES:
        scope: Row = {"restriction_id": restriction, "table": table, "column": column, "value": value}
        case.add("scopes", scope | {"group": group}, ("value", ASSUMED_ACT))


if __name__ == "__main__":
    build(*(Path(name) for name in sys.argv[1:2]))
