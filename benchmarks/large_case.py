"""A case folder of any size, as a user brings it.

    python -m benchmarks.large_case FOLDER [--parts 2000] [--products 200] [--draws 4]

Products of about a hundred parts, of which a few are in most products; five countries, each of which may be
cut off; lots, smallest orders, capacities, cash; one part in ten has a second source. One reason to exist:
what `outlast plan` does with thousands of items is measured from files, by the command.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from outlast.network.arrays import Floats

START = date(2027, 1, 4)
COUNTRIES = ("US", "CN", "TW", "KR", "JP")
PARTS_OF_A_PRODUCT = 100
SECOND = 10
"""One part in so many has a second source."""
CASH_WEEKS, WORKING_WEEKS = 4.0, 4.0
"""Cash for protection and working stock, in weeks of normal purchases and of use."""
LEVELS = 8
"""Levels of demand, a quarter each."""

SETTINGS = """name = "Large"
start = {start}
horizon_weeks = 104
currency = "USD"
seed = 1
scenarios = {draws}

[plan]
budget = {budget:.2f}
"""


def write_case(folder: Path, parts: int, products: int, draws: int = 4, seed: int = 1) -> None:
    """Write the case.

    Args:
        folder: made if it is not there.
        parts: to choose from; those that no product uses are left out.
        products: of about a hundred parts each, at most a third of all.
        draws: of durations a restriction, in the planning model; there are 26 epochs and five restrictions.
        seed: of everything.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    bills = draw_bills(parts, products, rng)
    demand = draw_demand(products, rng)
    use = np.zeros((LEVELS, parts))
    for product, (inside, units) in enumerate(bills):
        use[:, inside] += demand[:, [product]] * units
    used = np.flatnonzero(use.max(axis=0) > 0)
    cost = np.round(rng.lognormal(0.0, 1.2, parts), 4) + 0.01
    materials = np.array([units @ cost[inside] for inside, units in bills])
    price = np.round(materials * 1.05 * rng.uniform(1.4, 2.5, products), 2)
    name = [f"PART-{part:05d}" for part in range(parts)]
    sold = [f"PRODUCT-{product:04d}" for product in range(products)]
    _write(folder, "items", [*_part_rows(name, used, cost, use), *_product_rows(sold, materials)])
    _write(
        folder,
        "bom",
        (
            {"parent_id": sold[product], "child_id": name[part], "quantity": quantity}
            for product, (inside, units) in enumerate(bills)
            for part, quantity in zip(inside, units.astype(int), strict=True)
        ),
    )
    _write(folder, "suppliers", _supplier_rows())
    _write(folder, "sources", _source_rows(name, used, cost, use, rng))
    _write(folder, "stock", ({"item_id": name[p], "on_hand": WORKING_WEEKS * use[:, p].max()} for p in used))
    _write(folder, "markets", [{"market_id": "HOME", "country": "DE", "currency": "USD"}])
    _write(folder, "demand", _demand_rows(sold, demand, price))
    _write(folder, "restrictions", _restriction_rows())
    _write(
        folder,
        "scopes",
        (
            {"restriction_id": f"CUT-{c}", "table": "sources", "column": "origin_country", "value": c}
            for c in COUNTRIES
        ),
    )
    budget = CASH_WEEKS * float(use.mean(axis=0) @ cost)
    settings = SETTINGS.format(start=START.isoformat(), draws=draws, budget=budget)
    (folder / "case.toml").write_text(settings, encoding="utf-8")


def draw_bills(parts: int, products: int, rng: np.random.Generator) -> list[tuple[Any, Floats]]:
    """Parts of each product and how many of each; the odds of a part fall with its number."""
    odds = np.arange(1, parts + 1) ** -0.4
    odds /= odds.sum()
    usual = min(PARTS_OF_A_PRODUCT, parts // 3)
    sizes = np.clip(rng.normal(usual, 0.3 * usual, products), 5, parts).astype(int)
    chosen = [np.sort(rng.choice(parts, size, replace=False, p=odds)) for size in sizes]
    return [(inside, rng.integers(1, 5, len(inside)).astype(float)) for inside in chosen]


def draw_demand(products: int, rng: np.random.Generator) -> Floats:
    """Units a week with season and growth, shape (level, product)."""
    quarter = np.arange(LEVELS)[:, None]
    season = 1 + rng.uniform(0.0, 0.3, products) * np.sin(np.pi / 2 * (quarter + 4 * rng.random(products)))
    growth = (1 + rng.uniform(-0.1, 0.2, products)) ** (quarter / 4)
    return np.round(rng.lognormal(4.0, 1.0, products) * season * growth, 2) + 0.1


def _part_rows(name: list[str], used: Any, cost: Floats, use: Floats) -> Iterable[dict[str, Any]]:
    for part in used:
        working = WORKING_WEEKS * use[:, part].max()
        yield {"item_id": name[part], "kind": "part", "unit_cost": cost[part], "safety_stock": working}


def _product_rows(sold: list[str], materials: Floats) -> Iterable[dict[str, Any]]:
    for product, worth in zip(sold, materials, strict=True):
        making = round(0.05 * worth, 4)
        yield {
            "item_id": product,
            "kind": "product",
            "unit_cost": worth + making,
            "make_cost": making,
            "safety_stock": 0,
        }


def _supplier_rows() -> Iterable[dict[str, Any]]:
    for country in COUNTRIES:
        for number in range(4):
            yield {
                "supplier_id": f"{country}-{number}",
                "name": f"Maker {number} {country}",
                "country": country,
            }
    yield {"supplier_id": "DE-0", "name": "Second Source GmbH", "country": "DE"}


def _source_rows(
    name: list[str], used: Any, cost: Floats, use: Floats, rng: np.random.Generator
) -> Iterable[dict[str, Any]]:
    where = rng.integers(0, len(COUNTRIES), len(name))
    lead = np.clip(rng.lognormal(np.log(10.0), 0.4, len(name)), 1, 26).astype(int)
    capacity = rng.uniform(1.05, 1.3, len(name)) * use.max(axis=0)
    lot = np.maximum(np.round(rng.choice([0.25, 0.5, 1.0, 2.0, 4.0], len(name)) * use.mean(axis=0)), 1)
    for part in used:
        country = COUNTRIES[where[part]]
        limited = part % 3 == 0
        yield {
            "source_id": f"{name[part]}-A",
            "item_id": name[part],
            "supplier_id": f"{country}-{part % 4}",
            "unit_price": cost[part],
            "lead_time_weeks": lead[part],
            "status": "qualified",
            "capacity_per_week": round(capacity[part], 2) if limited else "",
            "minimum_order": 2 * lot[part] if part % 5 == 0 else 0,
            "order_multiple": lot[part],
            "origin_country": country,
        }
        if part % SECOND == 0:
            early = part % (2 * SECOND) == 0
            yield {
                "source_id": f"{name[part]}-B",
                "item_id": name[part],
                "supplier_id": "DE-0",
                "unit_price": round(1.3 * cost[part], 4),
                "lead_time_weeks": lead[part],
                "status": "alternative",
                "capacity_per_week": round(0.6 * use[:, part].mean(), 2),
                "origin_country": "DE",
                "start_allowed": "both" if early else "after",
                "switch_cost": round(0.5 * float(use[:, part].mean() * cost[part]), 2) if early else 0,
                "switch_weeks_p10": 6,
                "switch_weeks_p50": 12,
                "switch_weeks_p90": 26,
                "ramp_weeks": 4,
            }


def _demand_rows(sold: list[str], demand: Floats, price: Floats) -> Iterable[dict[str, Any]]:
    for level, units in enumerate(demand):
        day = (START + timedelta(weeks=13 * level)).isoformat()
        for product, amount, each in zip(sold, units, price, strict=True):
            yield {
                "product_id": product,
                "market_id": "HOME",
                "from_date": day,
                "units_per_week": amount,
                "unit_price": each,
                "sd_share": 0.2,
            }


def _restriction_rows() -> Iterable[dict[str, Any]]:
    for country in COUNTRIES:
        yield {
            "restriction_id": f"CUT-{country}",
            "effect": "closes_sources",
            "hazard_per_year": 0.1,
            "relief_weeks_p10": 8,
            "relief_weeks_p50": 13,
            "relief_weeks_p90": 26,
            "relief_probability": 1.0,
        }


def _write(folder: Path, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """One table; cells that only some rows have are empty in the others."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Write a case."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--parts", type=int, default=2000)
    asked.add_argument("--products", type=int, default=200)
    asked.add_argument("--draws", type=int, default=4)
    given = asked.parse_args()
    write_case(given.folder, given.parts, given.products, given.draws)


if __name__ == "__main__":
    main()
