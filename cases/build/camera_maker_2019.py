"""Builds cases/camera-maker-2019, a reconstruction of Hikvision at 2018-12-31. In: public facts
and files of assumptions in its source folder. Out: the case folder.
One reason to exist: no figure of the case is typed where it can be worked out, and none uses
what happened after the start.

Run it with `python cases/build/camera_maker_2019.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from camera_maker_facts import Fact, judge_precedents, publication_day, published, read_fact
from case_folder import CaseFolder, Origin, Row, read_rows, write_rows

from outlast.periods import WEEKS_PER_YEAR

FOLDER = Path(__file__).parents[1] / "camera-maker-2019"
SOURCE = FOLDER / "source"
START, YEAR_END, RATE_DAY = "2018-12-31", "2018-12-31", "2018-12-01"
SIGNED, BINDS = date(2018, 8, 13), date(2019, 8, 13)
"""Section 889: signed; part A binds."""

SET = 1e6
"""One standard set is what sells for one million CNY: the unit of every product."""
MILLION = 1e6
GROSS_MARGIN, ADVANCED_SHARE, RAW_SHARE, BUDGET_SHARE = 0.45, 0.1, 0.4, 0.25
"""Assumed: margin; advanced cameras in the camera tier; raw materials in stock; budget in cash."""
BUILD_UP_CAPACITY, ALTERNATIVE_CAPACITY, MAKING_CAPACITY = 1.6, 1.2, 1.4
"""Assumed: shares of normal use that suppliers at risk, alternatives and own plants can reach."""
SELLING_SHARE = 0.15
"""Assumed: selling and administration, as a share of revenue."""
TIERS = {"DEVICE": "share_revenue_middle_devices", "BACK-END": "share_revenue_back_end"}
NAMES = {
    "CAMERA": "Cameras, standard set",
    "CAMERA-ADVANCED": "Advanced cameras, standard set",
    "DEVICE": "Recorders and storage, standard set",
    "BACK-END": "Servers, displays and platforms, standard set",
    "REST": "Everything else, standard set",
}

ASSUMED = Origin("assumed", "No public figure: judged for this case before any result was seen")
ASSUMED_COST = Origin(
    "assumed", "Gross margin of 2018 taken as 45 % in every tier (no stored source), cost shares judged"
)
ASSUMED_MAKER = Origin("assumed", "Country of maker and of origin: general knowledge, unverified")
ASSUMED_TERMS = Origin("assumed", "Lead times, capacities and terms: no public figure, judged")
ASSUMED_SWITCH = Origin(
    "assumed",
    "Grade of difficulty (component map, May 2019) turned into weeks and cost by one table for all parts",
)
UNIT = Origin("derived", "One set is defined as CNY 1 m of sales at HMRC exchange rates of December 2018")
HMRC = Origin(
    "derived", "HMRC exchange rates for December 2018 (Open Government Licence v3.0): cross over GBP"
)
NORMAL = Origin(
    "assumed",
    "The stock of the start is taken as that of normal running: in the half-year before the remark of 2019 "
    "inventory had hardly moved (CNY 5.507 bn in June 2018, about 5.7 at the year's end)",
)
ACT = "acts known at the start (ZTE 2016, ZTE 2018, Fujian Jinhua 2018-10), see source/precedents.csv"
RATE = Origin("assumed", f"Two acts in 15 firm-years of the five firms of section 889, 95 % interval; {ACT}")
RELIEF = Origin("assumed", f"Rule of succession and a lognormal through two durations; {ACT}")
TERMS = Origin("assumed", f"Terms of a listing judged from the {ACT}")
LAW = Origin(
    "sourced",
    "Public Law 115-232, section 889(a)(1)(A), signed 2018-08-13, binds one year after enactment "
    "(securitymagazine.com 97126; mondaq.com 726426)",
)

TOML = """\
name = "Camera maker 2019 (Hikvision, reconstructed at 2018-12-31)"
start = {start}
horizon_weeks = 104
currency = "CNY"
seed = 20181231
scenarios = 6

[plan]
budget = {budget:.0f}
survive_weeks = 26
survive_probability = 0.8
risk_weight = 0.0
holding_rate_per_year = 0.15
objective = "expected"
cvar_level = 0.95
fill_target = 0.95
window_weeks = 104
epoch_weeks = 4
"""


@dataclass(frozen=True)
class Facts:
    """What the public knows of the year 2018."""

    revenue: Fact
    turnover: Fact
    domestic: Fact
    overseas: Fact
    us: Fact
    cameras: Fact
    devices: Fact
    back_end: Fact
    cash: Fact
    research: Fact

    @property
    def tiers(self) -> dict[str, float]:
        """Share of revenue of each product."""
        cameras = self.cameras.value
        shares = {
            "CAMERA": cameras * (1 - ADVANCED_SHARE),
            "CAMERA-ADVANCED": cameras * ADVANCED_SHARE,
            "DEVICE": self.devices.value,
            "BACK-END": self.back_end.value,
        }
        return {**shares, "REST": 1 - sum(shares.values())}

    @property
    def sets_per_week(self) -> float:
        """Sets sold in a week, all products and markets."""
        return self.revenue.value * MILLION / SET / WEEKS_PER_YEAR

    @property
    def unit_cost(self) -> float:
        """Cost of sales of one set [CNY]."""
        return SET * (1 - GROSS_MARGIN)

    @property
    def inventory(self) -> float:
        """Stock that the turnover implies [CNY]: cost of sales / turns."""
        return self.revenue.value * MILLION * (1 - GROSS_MARGIN) / self.turnover.value


def read_facts() -> Facts:
    """The facts that the case is made of."""

    def fact(metric: str, day: str = YEAR_END) -> Fact:
        return read_fact(SOURCE, metric, day)

    return Facts(
        revenue=fact("revenue"),
        turnover=fact("inventory_turnover"),
        domestic=fact("share_revenue_domestic"),
        overseas=fact("share_revenue_overseas"),
        us=fact("share_revenue_us"),
        cameras=fact("share_revenue_front_end_cameras"),
        devices=fact("share_revenue_middle_devices"),
        back_end=fact("share_revenue_back_end"),
        cash=fact("cash", "2018-06-30"),
        research=fact("rd_ratio"),
    )


@dataclass(frozen=True)
class PartUse:
    """A bought part: cost of one unit and use by product."""

    unit_cost: float
    per_product: dict[str, float]

    def per_week(self, facts: Facts) -> float:
        """Normal use [units/week]."""
        return sum(q * facts.tiers[product] * facts.sets_per_week for product, q in self.per_product.items())


def read_use(facts: Facts) -> dict[str, PartUse]:
    """Parts by identifier: one unit is what a set of the first product that uses it needs."""
    parts: dict[str, PartUse] = {}
    for row in read_rows(SOURCE / "assumed_cost_shares.csv"):
        cost = float(row["share_of_unit_cost"]) * facts.unit_cost
        part = parts.setdefault(row["item_id"], PartUse(round(cost, 2), {}))
        part.per_product[row["product_id"]] = round(cost / part.unit_cost, 10)
    return parts


def build(folder: Path = FOLDER) -> None:
    """Write every file of the case into `folder`."""
    facts = read_facts()
    use = read_use(facts)
    case = CaseFolder()
    case.settings(
        "start horizon_weeks scenarios seed plan.budget plan.survive_weeks plan.survive_probability "
        "plan.risk_weight plan.holding_rate_per_year plan.objective plan.cvar_level plan.fill_target "
        "plan.window_weeks plan.epoch_weeks",
        ASSUMED,
    )
    add_products(case, facts, use)
    add_suppliers(case)
    add_parts(case, facts, use)
    add_alternatives(case, facts, use)
    add_stock(case, facts, use)
    add_markets(case, facts)
    add_acts(case)
    add_cash(case, facts)
    case.write(folder, TOML.format(start=START, budget=BUDGET_SHARE * facts.cash.value * MILLION))
    write_record(folder)


def add_products(case: CaseFolder, facts: Facts, use: Mapping[str, PartUse]) -> None:
    """Products and what is in a set of each."""
    for product, name in NAMES.items():
        inside = {
            item: part.per_product[product] for item, part in use.items() if product in part.per_product
        }
        materials = sum(quantity * use[item].unit_cost for item, quantity in inside.items())
        case.add(
            "items",
            {
                "item_id": product,
                "kind": "product",
                "unit_cost": facts.unit_cost,
                "name": name,
                "unit": "set",
                "make_cost": round(facts.unit_cost - materials, 2),
                "make_weeks": 2,
                "capacity_per_week": MAKING_CAPACITY * facts.tiers[product] * facts.sets_per_week,
                "write_down_share": 0.2,
            },
            ("unit_cost make_cost", ASSUMED_COST),
            ("make_weeks capacity_per_week write_down_share", ASSUMED),
        )
        for item, quantity in inside.items():
            row: Row = {"parent_id": product, "child_id": item, "quantity": quantity}
            case.add("bom", row, ("quantity", ASSUMED_COST))


def add_suppliers(case: CaseFolder) -> None:
    """Makers by the names of the component map."""
    for row in read_rows(SOURCE / "assumed_suppliers.csv"):
        supplier: Row = {column: row[column] for column in ("supplier_id", "name", "country")}
        case.add("suppliers", supplier, ("country", ASSUMED_MAKER))


def component_map() -> dict[str, dict[str, str]]:
    """Rows of the component map by item."""
    rows = {row["component"]: row for row in read_rows(SOURCE / "hikvision_component_map.csv")}
    return {
        part["item_id"]: rows[part["component"]]
        for part in read_rows(SOURCE / "assumed_parts.csv")
        if part["component"]
    }


def named_suppliers(row: Mapping[str, str]) -> list[tuple[str, bool]]:
    """Suppliers that the map names for a component, and whether it calls them US suppliers."""
    names = [name.split("(")[0].strip() for name in row["suppliers_named"].split(";")]
    american = row["us_suppliers_named"]
    return [(name, name in american or american == "unnamed") for name in names]


def add_parts(case: CaseFolder, facts: Facts, use: Mapping[str, PartUse]) -> None:
    """Parts and their sources today, as the component map names them."""
    known = component_map()
    makers = {row["name"]: row for row in read_rows(SOURCE / "assumed_suppliers.csv")}
    others = "Domestic and other makers of materials not at risk"
    for terms in read_rows(SOURCE / "assumed_parts.csv"):
        item = terms["item_id"]
        row = known.get(item)
        name = row["component"] if row else "Other materials, not at risk"
        case.add(
            "items",
            {
                "item_id": item,
                "kind": "part",
                "unit_cost": use[item].unit_cost,
                "name": name,
                "unit": "share of a set",
                "write_down_share": terms["write_down_share"],
            },
            ("unit_cost", ASSUMED_COST),
            ("write_down_share", ASSUMED),
        )
        named = named_suppliers(row) if row else [(others, False)]
        at_risk = any(american for _, american in named)
        capacity = BUILD_UP_CAPACITY * use[item].per_week(facts) / len(named) if at_risk else None
        for priority, (maker, american) in enumerate(named, start=1):
            source: dict[str, str | float | None] = {
                "source_id": f"{item}-{makers[maker]['supplier_id']}",
                "item_id": item,
                "supplier_id": makers[maker]["supplier_id"],
                "unit_price": use[item].unit_cost,
                "lead_time_weeks": terms["lead_time_weeks"],
                "status": "qualified",
                "capacity_per_week": capacity,
                "payment_days": 60,
                "priority": priority,
                "origin_country": makers[maker]["origin_country"],
            }
            case.add(
                "sources",
                source,
                ("unit_price", ASSUMED_COST),
                ("lead_time_weeks capacity_per_week payment_days priority", ASSUMED_TERMS),
                ("origin_country", origin_of(row, american)),
            )


def origin_of(row: Mapping[str, str] | None, american: bool) -> Origin:
    """Evidence for the origin of a part."""
    if row is None or not american:
        return ASSUMED_MAKER
    text = "Named as a US supplier: its goods are taken as of US origin"
    return published(text, row["source"], publication_day(SOURCE, row["source"]), "derived")


def add_alternatives(case: CaseFolder, facts: Facts, use: Mapping[str, PartUse]) -> None:
    """Sources that may be used after a switch, as the component map names them."""
    known = component_map()
    grades = {row["difficulty"]: row for row in read_rows(SOURCE / "assumed_difficulty.csv")}
    origins = {
        row["supplier_id"]: row["origin_country"] for row in read_rows(SOURCE / "assumed_suppliers.csv")
    }
    lead = {row["item_id"]: row["lead_time_weeks"] for row in read_rows(SOURCE / "assumed_parts.csv")}
    weeks = "switch_weeks_p10 switch_weeks_p50 switch_weeks_p90 ramp_weeks"
    for row in read_rows(SOURCE / "assumed_alternatives.csv"):
        old = row["old_item"]
        if row["named"] not in known[old]["alternatives_named"]:
            raise ValueError(f"{row['source_id']}: the map does not name {row['named']}")
        grade = grades["low" if row["mode"] == "customer" else known[old]["difficulty"]]
        price = round(float(row["price_factor"]) * use[old].unit_cost, 2)
        if row["new_item"]:
            add_redesigned_part(case, row, price, use[old])
        case.add(
            "sources",
            {
                "source_id": row["source_id"],
                "item_id": row["new_item"] or old,
                "supplier_id": row["supplier_id"],
                "unit_price": price,
                "lead_time_weeks": lead[old],
                "status": "alternative",
                "capacity_per_week": ALTERNATIVE_CAPACITY * use[old].per_week(facts),
                "payment_days": 60,
                "priority": 5,
                "origin_country": origins[row["supplier_id"]],
                "mode": row["mode"],
                "start_allowed": row["start_allowed"],
                "switch_cost": float(grade["switch_cost_cny_million"]) * MILLION,
                **{column: grade[column] for column in weeks.split()},
            },
            (f"unit_price mode start_allowed switch_cost {weeks}", ASSUMED_SWITCH),
            ("lead_time_weeks capacity_per_week payment_days priority", ASSUMED_TERMS),
            ("origin_country", ASSUMED_MAKER),
        )


def add_redesigned_part(case: CaseFolder, row: Mapping[str, str], price: float, old: PartUse) -> None:
    """The new part of a redesign, and where it goes."""
    item: Row = {"item_id": row["new_item"], "kind": "part", "unit_cost": price, "name": row["new_name"]}
    case.add(
        "items",
        item | {"unit": "share of a set", "write_down_share": 0.3},
        ("unit_cost", ASSUMED_SWITCH),
        ("write_down_share", ASSUMED),
    )
    for product, quantity in old.per_product.items():
        change: Row = {"source_id": row["source_id"], "product_id": product, "old_child": row["old_item"]}
        change |= {"new_child": row["new_item"], "quantity": quantity}
        case.add("substitutions", change, ("quantity", ASSUMED_SWITCH))


def add_stock(case: CaseFolder, facts: Facts, use: Mapping[str, PartUse]) -> None:
    """Stock at the start: the same weeks of cover for every part, and for every product."""
    raw_use = sum(part.unit_cost * part.per_week(facts) for part in use.values())
    raw_weeks = RAW_SHARE * facts.inventory / raw_use
    made_weeks = (1 - RAW_SHARE) * facts.inventory / (facts.unit_cost * facts.sets_per_week)
    known = facts.turnover.origin(
        "Cost of sales (assumed margin) over inventory turnover, 40 % taken as materials, equal cover",
        "assumed",
    )
    weekly = {product: share * facts.sets_per_week for product, share in facts.tiers.items()}
    held = {product: made_weeks * units for product, units in weekly.items()}
    held |= {item: raw_weeks * part.per_week(facts) for item, part in use.items()}
    for item, units in held.items():
        case.add("stock", {"item_id": item, "on_hand": round(units, 3)}, ("on_hand", known))
    for row in case.tables["items"]:
        item_id = str(row["item_id"])
        if item_id in held:
            row["safety_stock"] = round(held[item_id], 3)
            case.origins[("items", item_id, "safety_stock")] = NORMAL


def market_shares(facts: Facts) -> dict[str, float]:
    """Share of revenue of each market: public totals, assumed parts of the overseas share."""
    assumed = {
        row["market_id"]: float(row["share_of_revenue"])
        for row in read_rows(SOURCE / "assumed_markets.csv")
        if row["share_of_revenue"]
    }
    shares = {
        "DOMESTIC": facts.domestic.value,
        **assumed,
        "US-PRIVATE": facts.us.value - assumed["US-PUBLIC"],
    }
    rest = facts.domestic.value + facts.overseas.value - sum(shares.values())
    return {**shares, "REST-OF-WORLD": rest}


def add_markets(case: CaseFolder, facts: Facts) -> None:
    """Markets, demand in sets, and exchange rates."""
    per_gbp = {
        row["currency"]: float(row["units_per_gbp"]) for row in read_rows(SOURCE / "exchange_hmrc.csv")
    }
    rates = {code: round(value / per_gbp["CNY"], 6) for code, value in per_gbp.items()}
    shares = market_shares(facts)
    rows = read_rows(SOURCE / "assumed_markets.csv")
    for row in rows:
        market: Row = {column: text for column, text in row.items() if column != "share_of_revenue"}
        columns = "country segment fx_pass_through price_elasticity receivable_days"
        case.add("markets", market, (columns, ASSUMED))
    for product, tier in facts.tiers.items():
        for row in rows:
            market_id = row["market_id"]
            public = market_id == "DOMESTIC" and not product.startswith("CAMERA")
            case.add(
                "demand",
                {
                    "product_id": product,
                    "market_id": market_id,
                    "from_date": START,
                    "units_per_week": round(shares[market_id] * tier * facts.sets_per_week, 4),
                    "unit_price": round(SET * rates[row["currency"]], 2),
                    "sd_share": 0.1,
                },
                ("units_per_week", demand_origin(facts, public)),
                ("unit_price", UNIT),
                ("sd_share", ASSUMED),
            )
    for code, rate in sorted(rates.items()):
        if code != "CNY":
            exchange: Row = {"currency": code, "date": RATE_DAY, "units_per_case_currency": rate}
            case.add("exchange", exchange, ("units_per_case_currency", HMRC))


def demand_origin(facts: Facts, public: bool) -> Origin:
    """Evidence for a line of demand."""
    if public:
        return facts.domestic.origin("Revenue of 2018 x share of market x share of tier, one mix everywhere")
    return facts.domestic.origin(
        "The same, with an assumed split of cameras or of overseas markets", "assumed"
    )


def add_acts(case: CaseFolder) -> None:
    """Restrictions that could be judged at the start, and what they name."""
    seen = judge_precedents(SOURCE, date.fromisoformat(START))
    low, middle, high = seen.relief_weeks
    case.add(
        "restrictions",
        {
            "restriction_id": "LISTED",
            "effect": "closes_sources",
            "hazard_per_year": seen.rate,
            "authority": "US BIS, Entity List: the company is listed",
            "hazard_low": seen.low,
            "hazard_high": seen.high,
            "notice_weeks": 0,
            "savings_weeks": 4,
            "in_transit": "released",
            "relief_probability": seen.relief_probability,
            "relief_weeks_p10": low,
            "relief_weeks_p50": middle,
            "relief_weeks_p90": high,
            "price_multiplier_after": 1.1,
            "lead_time_multiplier_after": 1.25,
        },
        ("hazard_per_year hazard_low hazard_high", RATE),
        ("relief_probability relief_weeks_p10 relief_weeks_p50 relief_weeks_p90", RELIEF),
        (
            "effect notice_weeks savings_weeks in_transit price_multiplier_after lead_time_multiplier_after",
            TERMS,
        ),
    )
    case.add(
        "restrictions",
        {
            "restriction_id": "SEC889-A",
            "effect": "closes_markets",
            "effective_date": BINDS.isoformat(),
            "authority": "United States Congress, section 889(a)(1)(A): federal purchases",
            "notice_weeks": (BINDS - SIGNED).days // 7,
        },
        ("effect effective_date notice_weeks", LAW),
    )
    for restriction, table, column, value, group in (
        ("LISTED", "sources", "origin_country", "US", "origin"),
        ("SEC889-A", "markets", "country", "US", "federal"),
        ("SEC889-A", "markets", "segment", "public", "federal"),
    ):
        scope: Row = {"restriction_id": restriction, "table": table, "column": column, "value": value}
        known = TERMS if restriction == "LISTED" else LAW
        case.add("scopes", scope | {"group": group}, ("value", known))


def add_cash(case: CaseFolder, facts: Facts) -> None:
    """Cash, its limit for protection, and what runs whatever is sold."""
    cash = facts.cash.value * MILLION
    running = (facts.research.value + SELLING_SHARE) * facts.revenue.value * MILLION / WEEKS_PER_YEAR
    limit = Origin("assumed", "A quarter of the cash on 2018-06-30, set before any result was seen")
    case.add(
        "cash",
        {
            "from_date": START,
            "limit": BUDGET_SHARE * cash,
            "opening_cash": cash,
            "credit_limit": 0,
            "fixed_cost_per_week": round(running),
        },
        ("limit", limit),
        (
            "opening_cash",
            facts.cash.origin("Cash on 2018-06-30, the last balance published before the start", "sourced"),
        ),
        ("credit_limit", ASSUMED),
        (
            "fixed_cost_per_week",
            facts.research.origin(
                "Research at 8.99 % of revenue, selling and administration taken as 15 %", "assumed"
            ),
        ),
    )


def write_record(folder: Path) -> None:
    """What happened later, for the report only: comparison.csv and record/events.csv."""
    columns = ("what", "weeks", "growth", "status", "citation", "available_from")
    rows: list[Row] = []
    weeks = round((date(2019, 6, 30) - date.fromisoformat(START)).days / 7)
    for what, metric in (("components", "raw_materials_growth"), ("finished_goods", "finished_goods_growth")):
        fact = read_fact(SOURCE, metric, "2019-06-30")
        row: Row = {"what": what, "weeks": weeks, "growth": fact.value, "status": "sourced"}
        rows.append(row | {"citation": fact.source, "available_from": fact.available_from})
    write_rows(folder / "comparison.csv", columns, rows)
    events = [{**row, "available_from": row["date"]} for row in read_rows(SOURCE / "events.csv")]
    (folder / "record").mkdir(exist_ok=True)
    write_rows(folder / "record" / "events.csv", list(events[0]), events)


if __name__ == "__main__":
    build(*(Path(name) for name in sys.argv[1:2]))
