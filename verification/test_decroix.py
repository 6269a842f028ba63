"""DeCroix's ordering: parts cut together cost less than parts cut independently."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from verification.closed_forms import assembly_cost, base_stock_cost
from verification.record import Comparison, Figure, estimate, lines_and_points, publish, surely_above
from verification.stages import Stage, build, draws, markov_up, order_up_to, weekly_costs

HOLD, LATE, WEEKLY, FAIL, RECOVER = 0.25, 3.0, 2000.0, 0.04, 0.25
WARM_UP, WEEKS, PATHS = 40, 290, 8000
LEVELS = (6000.0, 8000.0, 10000.0, 12000.0)


def cost(n_part: int, level: float, together: bool) -> NDArray[np.float64]:
    """Cost a week of each path of a product made at once of one unit of each part."""
    parts = [Stage(f"A{n}", hold=HOLD / n_part) for n in range(n_part)]
    product = Stage("P", hold=HOLD, demand=WEEKLY, children={part.name: 1.0 for part in parts})
    arrays = build([*parts, product], WEEKS, late=LATE)
    rng = np.random.default_rng(3)
    up = markov_up(rng, (PATHS, WEEKS, n_part), FAIL, RECOVER)
    if together:
        up = np.repeat(up[:, :, :1], n_part, axis=2)
    policy = order_up_to(arrays, {"P": WEEKLY, **{part.name: level for part in parts}})
    return weekly_costs(arrays, draws(arrays, PATHS, up=up), policy, WARM_UP)


def test_parts_cut_together_cost_less() -> None:
    figures, rows, best = [], [], {}
    for n_part in (2, 4):
        costs = {(level, how): cost(n_part, level, how) for level in LEVELS for how in (True, False)}
        for level in LEVELS:
            together, apart = costs[level, True], costs[level, False]
            exact = base_stock_cost(level, HOLD, LATE, WEEKLY, FAIL, RECOVER)
            figures.append(
                estimate(f"{n_part} parts, level {level:g}: cut together, as one part", together, exact)
            )
            if n_part == 2:
                both = assembly_cost((level, level), (HOLD / 2, HOLD / 2), LATE, WEEKLY, FAIL, RECOVER)
                figures.append(estimate(f"{n_part} parts, level {level:g}: cut independently", apart, both))
            figures.append(
                surely_above(f"{n_part} parts, level {level:g}: independent costs more, by", apart - together)
            )
            for who, sample in (("together", together), ("independently", apart)):
                name = f"{n_part} parts cut {who}"
                rows += [
                    {"x": level, "y": float(sample.mean()), "who": name, "ours": ours}
                    for ours in (True, False)
                ]
        best[n_part] = {how: min(costs[level, how].mean() for level in LEVELS) for how in (True, False)}
        figures.append(
            Figure(
                f"{n_part} parts, each at its best level: together costs less",
                best[n_part][True],
                best[n_part][False],
                relation="<",
            )
        )
    publish(
        Comparison(
            key="decroix",
            title="DeCroix: parts cut together or independently",
            what="A product made at once of one unit of each of 2 or 4 parts, bought with no lead time; "
            "backorders. "
            "Each part's source is up 86 % of the time; all fail and recover together, or independently. "
            "Lines "
            "in the picture join simulated points.",
            source="DeCroix (2013), on assembly systems with supply disruptions; closed forms for one part "
            "(Snyder & Shen, section 9.2.2) and for two independent parts (summed over both stationary "
            "states)",
            tolerance="four standard errors of the mean over independent paths",
            figures=tuple(figures),
        ),
        lines_and_points(rows, "base stock of each part (units)", "cost a week"),
    )
