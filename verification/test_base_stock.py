"""Base stock with disruptions over 10^7 weeks from the stationary state: costs and optimum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from verification.closed_forms import base_stock_best, base_stock_cost
from verification.record import Comparison, Figure, estimate, lines_and_points, publish, surely_above
from verification.stages import Stage, build, draws, markov_up, order_up_to, weekly_costs

HOLD, LATE, WEEKLY, FAIL, RECOVER = 0.25, 3.0, 2000.0, 0.04, 0.25
KNOWN = {8000.0: 2737.06897, 1200.0: 5710.344791, 10000.0: 2858.836}
WARM_UP, WEEKS, PATHS = 40, 540, 20_000
MANY = 100_000
"""Paths that tell apart the costs at 6000 and 8000, which differ by 0.16 %."""


def simulated(lead: int, levels: list[float], paths: int = PATHS) -> dict[float, NDArray[np.float64]]:
    """Cost a week of each path; every level meets the same disruptions."""
    arrays = build([Stage("P", hold=HOLD, demand=WEEKLY, weeks=lead)], WEEKS, late=LATE)
    up = markov_up(np.random.default_rng(paths), (paths, WEEKS, 1), FAIL, RECOVER)
    scenarios = draws(arrays, paths, up=up)
    return {
        level: weekly_costs(arrays, scenarios, order_up_to(arrays, {"P": level}), WARM_UP) for level in levels
    }


def test_base_stock_with_disruptions() -> None:
    exact = {
        level: base_stock_cost(level, HOLD, LATE, WEEKLY, FAIL, RECOVER) for level in range(1000, 14001, 500)
    }
    prompt = simulated(0, [1200.0, 5000.0, 6000.0, 7000.0, 8000.0, 9000.0, 10000.0])
    late = simulated(1, [8000.0, 10000.0, 12000.0])
    near = [simulated(0, [6000.0, 8000.0], MANY), simulated(1, [8000.0, 10000.0], MANY)]
    figures = [
        estimate(f"cost a week at level {level:g}", prompt[level], known) for level, known in KNOWN.items()
    ]
    assert max(figure.tolerance / figure.other for figure in figures) < 0.015
    within = [
        Figure(f"the same within 0.5 % ({level:g})", float(prompt[level].mean()), known, 0.005 * known)
        for level, known in KNOWN.items()
    ]
    best = base_stock_best(HOLD, LATE, WEEKLY, FAIL, RECOVER)
    optimum = [
        Figure("best level, closed form", best, 8000.0),
        surely_above("6000 costs more than 8000, by", near[0][6000.0] - near[0][8000.0]),
        surely_above("10000 costs more than 8000, by", prompt[10000.0] - prompt[8000.0]),
        *(
            Figure(
                f"multiples of demand only: {level:g} lies halfway between its neighbours",
                float(prompt[level].mean()),
                float(prompt[level - 1000].mean() + prompt[level + 1000].mean()) / 2,
                1e-6,
            )
            for level in (7000.0, 9000.0)
        ),
    ]
    shifted = [
        estimate("orders a week late: cost at 10000 is that of 8000 without", late[10000.0], KNOWN[8000.0]),
        surely_above(
            "orders a week late: 8000 costs more than 10000, by", near[1][8000.0] - near[1][10000.0]
        ),
        surely_above("orders a week late: 12000 costs more than 10000, by", late[12000.0] - late[10000.0]),
    ]
    rows = [
        {"x": level, "y": cost, "who": "closed form", "ours": False}
        for level, cost in exact.items()
        if level >= 4000
    ]
    rows += [
        {"x": level + WEEKLY, "y": cost, "who": "closed form, orders a week late", "ours": False}
        for level, cost in exact.items()
        if 4000 <= level <= 12000
    ]
    rows += [
        {"x": level, "y": float(cost.mean()), "who": who, "ours": True}
        for who, costs in (("closed form", prompt), ("closed form, orders a week late", late))
        for level, cost in costs.items()
        if level >= 4000
    ]
    publish(
        Comparison(
            key="base-stock",
            title="Base stock with disruptions",
            what=f"One product bought for resale with no lead time, {WEEKLY:g} a week, backorders; its "
            "source fails "
            f"with probability {FAIL:g} and recovers with {RECOVER:g} a week. {PATHS:,} paths of "
            f"{WEEKS - WARM_UP} "
            "weeks (10 million weeks) from the stationary state after a warm-up of "
            f"{WARM_UP}. Lines in the picture: closed form; points: simulated.",
            source="Snyder & Shen (2019), section 9.2.2, example 9.3",
            tolerance="four standard errors of the mean over independent paths; 0.5 % besides",
            figures=(*figures, *within, *optimum, *shifted),
            differences=(
                (
                    "With a lead time of one week the optimum is 10000 instead of 8000.",
                    "As it should be: a week's demand more is on order. A program that lets orders "
                    "without lead "
                    "time arrive a week late has this curve, and meets the cost at its own optimum all "
                    "the same; "
                    "therefore three levels are compared, and the optimum.",
                ),
            ),
        ),
        lines_and_points(rows, "base-stock level (units)", "cost a week"),
    )
