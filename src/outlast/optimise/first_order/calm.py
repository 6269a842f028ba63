"""Near the plan before. In: `Layout`. Out: the same with other bounds, or with a charge for changes.
One reason to exist: a plan moves away from the one before only where that is worth something.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.byhand import earlier_amounts
from outlast.optimise.comb import AT_EVENT
from outlast.optimise.first_order.layout import Layout
from outlast.optimise.first_order.trunk import Charge

Floats = NDArray[np.float64]


def charged(layout: Layout) -> Layout:
    """The same where changes against the plan before cost a share of the money they move, as `money_moved`
    counts it; what is both made ahead and not made as usual counts twice."""
    problem, columns, trunk = layout.problem, layout.columns, layout.trunk
    arrays, earlier = problem.arrays, problem.earlier
    assert earlier is not None
    bought = earlier_amounts(earlier, earlier.bought, columns.buy_sources)
    made = earlier_amounts(earlier, earlier.made, columns.make_items)
    n = len(bought)
    before, money = np.zeros(layout.n_column), np.zeros(layout.n_column)
    before[columns.buy[:n]], before[columns.make[:n]] = bought, made
    money[columns.buy[:n]] = arrays.source_price[columns.buy_sources]
    money[columns.make[:n]] = arrays.standard_cost[columns.make_items]
    skipped = columns.run_down[:n, problem.place[columns.make_items]]
    money[skipped] = np.where(made > 0, arrays.standard_cost[columns.make_items], 0.0)
    cost = trunk.cost.copy()
    for number, option in enumerate(problem.options):
        if option.week != AT_EVENT:
            sign = -1.0 if option.source in earlier.started else 1.0
            cost[trunk.start[number]] += sign * earlier.share * float(arrays.switch_cost[option.source])
    charge = Charge(before[trunk.columns] / trunk.scale, earlier.share * money[trunk.columns] * trunk.scale)
    return replace(layout, trunk=replace(trunk, cost=cost, charge=charge))


def stay(layout: Layout) -> Layout:
    """The same where nothing is bought, and nothing made for stock, but what the plan before did.

    Args:
        layout: charged for changes.
    """
    trunk = layout.trunk
    assert trunk.charge is not None
    kept = trunk.charge.money > 0
    at = np.clip(trunk.charge.before, trunk.low, trunk.high)
    low, high = np.where(kept, at, trunk.low), np.where(kept, at, trunk.high)
    return replace(layout, trunk=replace(trunk, low=low, high=high))
