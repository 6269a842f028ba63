"""Books that contradict each other. In: rows of a case, by how much they may. Out: prices that agree
with costs, each assumed. One reason to exist: an ERP may say that goods are bought above and sold below
what they cost, and no company does so knowingly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from graphlib import TopologicalSorter

from outlast.intake.erp.case_rows import CaseRows, Origin, row_key, show_cell

BUY_AT_MOST, SELL_AT_LEAST = "buy_at_most", "sell_at_least"
"""Keys of [books]: limits of prices, times cost."""
TOLERANCE = 1e-6
"""Offers so little above a limit are at it: costs are kept to ten digits."""


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
    costs = {str(row["item_id"]): float(row["unit_cost"]) for row in case.tables["items"]}
    said = []
    if BUY_AT_MOST in limits:
        lowered = _lower(case, limits[BUY_AT_MOST], costs, file)
        said.append(
            f"{lowered} items cannot be bought for {limits[BUY_AT_MOST]:g} times what they stand at in the "
            "books; their offers are lowered in proportion until the cheapest is at that: assumed, "
            "one by one."
        )
    if SELL_AT_LEAST in limits:
        raised = _raise(case, limits[SELL_AT_LEAST], roll_up(case, costs), file)
        said.append(
            f"{raised} products sell below {limits[SELL_AT_LEAST]:g} times what materials and making cost, "
            "and are taken to sell at that: assumed, one by one."
        )
    return said


def _lower(case: CaseRows, limit: float, costs: Mapping[str, float], file: str) -> int:
    """Lower the offers of items whose cheapest is above a limit; returns how many items."""
    cheapest: dict[str, float] = {}
    for row in case.tables.get("sources", []):
        item, price = str(row["item_id"]), float(row["unit_price"]) / float(row.get("pack_size", 1))
        cheapest[item] = min(price, cheapest.get(item, math.inf))
    factors = {
        item: limit * costs[item] / price
        for item, price in cheapest.items()
        if 0 < limit * costs[item] < price * (1 - TOLERANCE)
    }
    origins = case.origins.setdefault(("sources", "unit_price"), {})
    for row in case.tables.get("sources", []):
        if factor := factors.get(str(row["item_id"])):
            price = float(row["unit_price"])
            words = f"{file}: StandardPrice {show_cell(price)} lowered, the cheapest offer to the books"
            row["unit_price"] = round(price * factor, 4)
            origins[row_key("sources", row)] = Origin("assumed", words)
    return len(factors)


def _raise(case: CaseRows, limit: float, whole: Mapping[str, float], file: str) -> int:
    """Raise prices of sale that are below a limit, to whole cents; returns how many products."""
    raised = set()
    origins = case.origins.setdefault(("demand", "unit_price"), {})
    for row in case.tables.get("demand", []):
        product, price = str(row["product_id"]), float(row["unit_price"])
        if price < limit * whole[product]:
            row["unit_price"] = math.ceil(limit * whole[product] * 100) / 100
            words = f"{file}: ListPrice {show_cell(price)} raised to what materials and making cost"
            origins[row_key("demand", row)] = Origin("assumed", words)
            raised.add(product)
    return len(raised)


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
