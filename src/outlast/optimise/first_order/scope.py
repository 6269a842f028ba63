"""What the first-order method can't do. In: `CombProblem`. Out: reasons, in words.
One reason to exist: a problem beyond the method goes the exact way, and says why.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import CombProblem
from outlast.optimise.contents import children_at_risk


def beyond(problem: CombProblem) -> list[str]:
    """Why the first-order method can't solve a problem; empty if it can."""
    arrays, items = problem.arrays, problem.items
    made = items[arrays.made[items]]
    bought = items[~arrays.made[items]]
    lines = problem.lines[problem.place[arrays.line_product[problem.lines]] >= 0]
    qualified = np.bincount(arrays.source_item[arrays.source_qualified], minlength=len(arrays.item_ids))
    first = np.array([arrays.first_source(int(item)) for item in bought], dtype=np.int64)
    sourced = first[first >= 0]
    usage = arrays.usage
    inside = [int(items[k]) for item in made for k in children_at_risk(problem, int(item))[0]]
    found = {
        "the tail of the loss (CVaR)": problem.risk.weight != 0,
        "nothing can be hit": not len(problem.teeth) or not len(lines),
        "something made that costs less to hold than what goes into it": bool(
            any(
                units @ arrays.holding_cost[items[child]] > arrays.holding_cost[item] * (1 + 1e-9)
                for item in made
                for child, units in [children_at_risk(problem, int(item))]
            )
        ),
        "a limit on making below normal use": bool(
            np.any(arrays.make_capacity[made] < arrays.usage[:, made].max(axis=0, initial=0.0) * (1 - 1e-9))
        ),
        "a product or assembly that does not keep": bool(
            (arrays.shelf_life[made] < arrays.window_weeks).any()
        ),
        "a part that does not keep and costs more to hold than to buy": _too_dear_to_hold(problem, sourced),
        "an item with several qualified sources, or none": bool((qualified[bought] != 1).any()),
        "an alternative that is cheaper than an item's own source": _cheaper(problem),
        "a jump of prices or lead times where an item's own source stays open": bool(
            np.any(
                arrays.hits_item[:, arrays.source_item[sourced]]
                & (arrays.supply_left[:, sourced] >= 1)
                & ((arrays.lead_multiplier > 1) | (arrays.price_multiplier != 1))[:, None]
            )
        ),
        "a source that can't deliver normal use": bool(
            np.any(arrays.source_capacity[sourced] < usage[:, arrays.source_item[sourced]].max(axis=0))
        ),
        "a start with less than normal running needs where there are assemblies": bool(
            np.isin(inside, made).any() and any(_short(problem, int(s)) for s in sourced)
        ),
    }
    return [reason for reason, holds in found.items() if holds]


def _too_dear_to_hold(problem: CombProblem, sourced: NDArray[np.int64]) -> bool:
    """Whether throwing away could pay: what is bought below standard cost, and loses nothing by it."""
    arrays, item = problem.arrays, problem.arrays.source_item[sourced]
    held = arrays.holding_cost[item] * np.maximum(arrays.window_weeks - arrays.shelf_life[item], 0.0)
    price = arrays.source_price[sourced]
    return bool(np.any((price < arrays.standard_cost[item]) & (held > price)))


def _cheaper(problem: CombProblem) -> bool:
    """Whether an alternative can ever be cheaper than the first source of its item."""
    arrays = problem.arrays
    source = np.array(sorted({option.source for option in problem.options}), dtype=np.int64)
    item = arrays.source_item[source]
    first = arrays.first_sources[item]
    factor = np.where(arrays.hits_item[:, item], arrays.price_multiplier[:, None], 1.0)
    least = arrays.source_price[source] * factor.min(axis=0, initial=1.0)
    return bool(np.any((first >= 0) & (least < arrays.source_price[first] * (1 - 1e-9))))


def _short(problem: CombProblem, source: int) -> bool:
    """Whether stock and orders fall short of normal use before what a first source is ordered can come."""
    arrays, item = problem.arrays, problem.arrays.source_item[source]
    lead = int(arrays.source_lead[source])
    used = np.cumsum(arrays.usage[:lead, item])
    come = np.cumsum((arrays.open_shipped + arrays.open_unshipped)[:lead, source])
    least = np.zeros(lead)
    least[-1:] = arrays.working_stock[item]
    return bool(np.any(arrays.on_hand[item] + come < (used + least) * (1 - 1e-9)))
