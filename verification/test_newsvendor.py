"""Newsvendor with normal demand: cost, best level and odds of a stockout, by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from outlast.simulate.run import simulate
from verification.closed_forms import newsvendor_best, newsvendor_cost
from verification.record import Comparison, Figure, estimate, lines_and_points, publish, surely_above
from verification.stages import Stage, build, draws, order_up_to, weekly_costs

SETS = {
    "first": ((0.18, 0.70, 50.0, 8.0), 56.6039559, 1.9976052),
    "second": ((43.0, 79.0, 900.0, 60.0), 922.7214038, 2718.1967818),
}
PATHS, WEEKS, WARM_UP = 8_000, 252, 2


@pytest.mark.parametrize("name", list(SETS))
def test_newsvendor(name: str) -> None:
    (hold, late, mean, sd), level, cost = SETS[name]
    rng = np.random.default_rng(4)
    factor = np.maximum(0.0, rng.normal(1.0, sd / mean, (PATHS, WEEKS, 1)))
    figures = [
        Figure("best level, closed form", newsvendor_best(hold, late, mean, sd), level, 1e-6 * level),
        Figure(
            "cost at the best level, closed form",
            newsvendor_cost(level, hold, late, mean, sd),
            cost,
            1e-6 * cost,
        ),
    ]
    rows = [
        {"x": x, "y": newsvendor_cost(x, hold, late, mean, sd), "who": "closed form", "ours": False}
        for x in np.linspace(level - 1.5 * sd, level + 1.5 * sd, 61)
    ]
    levels = {off: level + off * sd for off in (-1.0, -0.25, 0.0, 0.25, 1.0)}
    for what, arrays in {
        "lost sales": build([Stage("P", hold=hold, demand=mean)], WEEKS, margin=late),
        "backorders": build([Stage("P", hold=hold, demand=mean)], WEEKS, late=late),
    }.items():
        scenarios = draws(arrays, PATHS, factor=factor)
        costs = {
            off: weekly_costs(arrays, scenarios, order_up_to(arrays, {"P": each}), WARM_UP)
            for off, each in levels.items()
        }
        for off, each in levels.items():
            exact = newsvendor_cost(each, hold, late, mean, sd)
            figures.append(estimate(f"{what}: cost a week at {each:.6g}", costs[off], exact))
            rows.append({"x": each, "y": float(costs[off].mean()), "who": what, "ours": True})
        figures += [
            surely_above(f"{what}: {levels[off]:.6g} costs more than {level:.6g}", costs[off] - costs[0.0])
            for off in (-0.25, 0.25)
        ]
        ends = simulate(arrays, scenarios, order_up_to(arrays, {"P": level}), record_items=[0]).on_hand
        assert ends is not None
        served = (ends[:, :-1, 0] > 0).mean(axis=1)
        figures.append(
            estimate(f"{what}: weeks without a stockout, p / (p + h)", served, late / (late + hold))
        )
    publish(
        Comparison(
            key=f"newsvendor-{name}",
            title=f"Newsvendor, {name}",
            what=f"One product bought for resale with no lead time and normal demand; (h, p, mean, sd) = "
            f"({hold:g}, {late:g}, {mean:g}, {sd:g}). Each week starts at the level, so every week is a "
            f"newsvendor's period, whether unmet demand is lost or waits. {PATHS * (WEEKS - WARM_UP):,} "
            "weeks.",
            source="Snyder & Shen (2019), section 4.3.2, examples 4.3 and 4.4",
            tolerance="four standard errors of the mean over independent paths",
            figures=tuple(figures),
        ),
        lines_and_points(rows, "level (units)", "cost a week"),
    )
