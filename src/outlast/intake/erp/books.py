"""Books that contradict each other. In: rows of a case, by how much they may. Out: prices that agree
with costs, each assumed. One reason to exist: an ERP may say that goods are bought above and sold below
what they cost, and no company does so knowingly.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from outlast.intake.erp.case_rows import CaseRows, Origin, row_key, show_cell

BUY_AT_MOST, SELL_AT_LEAST = "buy_at_most", "sell_at_least"
"""Keys of [books]: limits of prices, times cost."""


def settle_books(case: CaseRows, limits: Mapping[str, float], file: str) -> list[str]:
    """Lower prices of vendors to what goods stand at in the books, raise prices of sale to what they cost.

    Args:
        case: rows so far, changed in place; each changed price becomes an assumption.
        limits: `buy_at_most` times unit_cost, `sell_at_least` times materials and making; without a key
            prices stay.
        file: of the assumptions, for the evidence.

    Returns:
        What was changed, in sentences.
    """
    said = []
    costs = {str(row["item_id"]): float(row["unit_cost"]) for row in case.tables["items"]}
    if BUY_AT_MOST in limits:
        least = {
            key: limits[BUY_AT_MOST] * costs[str(row["item_id"])] * float(row.get("pack_size", 1))
            for row in case.tables.get("sources", [])
            if costs[str(row["item_id"])] > 0 and (key := row_key("sources", row))
        }
        words = f"{file}: lowered to {limits[BUY_AT_MOST]:g} times the unit_cost; the vendor asks"
        changed = _limit(case, "sources", least, True, words)
        said.append(
            f"{changed} offers ask more than {limits[BUY_AT_MOST]:g} times what the goods stand at in the "
            "books, and are taken at that: assumed, one by one."
        )
    if SELL_AT_LEAST in limits:
        whole = roll_up(case, costs)
        most = {
            row_key("demand", row): limits[SELL_AT_LEAST] * whole[str(row["product_id"])]
            for row in case.tables.get("demand", [])
        }
        words = f"{file}: raised to {limits[SELL_AT_LEAST]:g} times materials and making; the ListPrice is"
        changed = _limit(case, "demand", most, False, words)
        said.append(
            f"{changed} rows of demand sell below {limits[SELL_AT_LEAST]:g} times what materials and making "
            "cost, and are taken at that: assumed, one by one."
        )
    return said


def roll_up(case: CaseRows, costs: Mapping[str, float]) -> dict[str, float]:
    """Materials and making of one of each item [USD], as plans reckon it: making is what unit_cost is above
    the materials, and never below 0."""
    inside: dict[str, dict[str, float]] = {}
    for row in case.tables.get("bom", []):
        bill = inside.setdefault(str(row["parent_id"]), {})
        child = str(row["child_id"])
        bill[child] = bill.get(child, 0.0) + float(row["quantity"])
    whole = dict(costs)
    for item in TopologicalSorter(inside).static_order():
        if item in inside:
            whole[item] = max(costs[item], sum(units * whole[child] for child, units in inside[item].items()))
    return whole


def _limit(case: CaseRows, table: str, limits: Mapping[str, float], at_most: bool, words: str) -> int:
    """Bring the unit_price of each row of a table within its limit; returns how many were not."""
    changed = 0
    origins = case.origins.setdefault((table, "unit_price"), {})
    for row in case.tables.get(table, []):
        key, price = row_key(table, row), float(row["unit_price"])
        limit = float(f"{limits.get(key, price):.6g}")
        beyond = price > limit if at_most else price < limit
        if beyond:
            row["unit_price"] = limit
            origins[key] = Origin("assumed", f"{words} {show_cell(price)}")
            changed += 1
    return changed
