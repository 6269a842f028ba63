"""Newsvendor with additive yield: cost and best order by simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlast.simulate.run import simulate
from verification.record import Comparison, Figure, estimate, lines_and_points, publish, surely_above
from verification.stages import Stage, build, draws, order_up_to

HOLD, LATE, DEMAND, HALF = 15.0, 75.0, 1.5e6, 5e5
BEST, COST = 1833333.33, 6250000.0
PATHS = 200_000


def expected(order: float) -> float:
    """p E[(d - S - Y)+] + h E[(S + Y - d)+] of a yield Y uniform within +-HALF (equation 9.27)."""
    low, high = order - HALF - DEMAND, order + HALF - DEMAND
    above = (max(high, 0) ** 2 - max(low, 0) ** 2) / 2
    below = (max(-low, 0) ** 2 - max(-high, 0) ** 2) / 2
    return (HOLD * above + LATE * below) / (2 * HALF)


def simulated(order: float) -> NDArray[np.float64]:
    """Cost of a period that starts with nothing: one order, which comes at once with its yield."""
    arrays = build([Stage("P", hold=HOLD, demand=DEMAND)], 2, margin=LATE)
    came = np.random.default_rng(8).uniform(-HALF, HALF, (PATHS, 1, 1))
    share = np.broadcast_to(1 + came / order, (PATHS, arrays.n_week, 1)).astype(np.float32)
    scenarios = replace(draws(arrays, PATHS), yield_factor=share)
    once = np.ones(PATHS, dtype=np.int64)
    outcomes = simulate(arrays, scenarios, order_up_to(arrays, {"P": order}), length=once)
    return np.asarray(outcomes.demanded[:, 0] * LATE - outcomes.value)


def test_newsvendor_with_additive_yield() -> None:
    best = DEMAND + HALF - 2 * HALF * HOLD / (HOLD + LATE)
    orders = [BEST + step for step in (-2e5, -1e5, 0.0, 1e5, 2e5)]
    costs = {order: simulated(order) for order in orders}
    figures = [
        Figure("best order, closed form", best, BEST, 0.01),
        Figure("cost at the best order, closed form", expected(best), COST, 0.01),
        *(estimate(f"cost of ordering {order:,.0f}", costs[order], expected(order)) for order in orders),
        *(
            surely_above(f"{order:,.0f} costs more than {BEST:,.0f}, by", costs[order] - costs[BEST])
            for order in orders
            if order != BEST
        ),
    ]
    rows = [
        {"x": float(x), "y": expected(float(x)), "who": "closed form", "ours": False}
        for x in np.linspace(1.6e6, 2.1e6, 51)
    ]
    rows += [
        {"x": order, "y": float(cost.mean()), "who": "closed form", "ours": True}
        for order, cost in costs.items()
    ]
    publish(
        Comparison(
            key="yield",
            title="Newsvendor with uncertain yield",
            what=f"Demand {DEMAND:,.0f}, h {HOLD:g}, p {LATE:g}; of an order of S there come S + Y, Y "
            "uniform within "
            f"{HALF:,.0f} either way. {PATHS:,} independent periods for each order.",
            source="Snyder & Shen (2019), section 9.3, example 9.6",
            tolerance="four standard errors of the mean over independent periods",
            figures=tuple(figures),
            differences=(
                (
                    "Theory adds the yield to the order, Outlast multiplies the order by it.",
                    "A yield factor of 1 + Y / S for the one order is the same. Outlast's own draws are "
                    "beta or "
                    "gamma factors; here theory's are put in their place.",
                ),
            ),
        ),
        lines_and_points(rows, "order (units)", "cost of the period"),
    )
