"""Tomlin's orderings: longer and rarer disruptions favour sourcing over stock; one pure strategy is best."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from verification.closed_forms import base_stock_best, base_stock_cost
from verification.record import Comparison, Figure, estimate, lines_and_points, publish, surely_above
from verification.stages import Stage, build, draws, markov_up, order_up_to, weekly_costs

HOLD, LATE, WEEKLY = 0.25, 3.0, 2000.0
FAIL_FOR_RECOVER = 0.16
"""Failure rate over recovery rate: uptime 1 / 1.16 = 86 %, however long a disruption lasts."""
LENGTHS = (1.5, 2.0, 4.0, 8.0, 16.0)
PREMIUM = 2.0
"""What a unit of the reliable source costs more: 4000 a week."""
PATHS = 4000
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def cost_of_mix(length: float, share: float, level: float) -> NDArray[np.float64]:
    """Cost a week of each path where the reliable source brings a share of demand every week, no more and no
    less, and the unreliable one whatever is missing to the level."""
    weeks, warm_up = int(100 + 40 * length), int(30 * length)
    stage = Stage("P", hold=HOLD, demand=WEEKLY, premiums=(PREMIUM, 0.0))
    arrays = build([stage], weeks, late=LATE)
    arrays = replace(arrays, source_capacity=np.array([share * WEEKLY, np.inf]))
    up = np.ones((PATHS, weeks, 2), dtype=bool)
    seed = np.random.default_rng(int(10 * length))
    up[:, :, 1:] = markov_up(seed, (PATHS, weeks, 1), FAIL_FOR_RECOVER / length, 1 / length)
    return weekly_costs(arrays, draws(arrays, PATHS, up=up), order_up_to(arrays, {"P": level}), warm_up)


def best_level(length: float, share: float) -> float:
    """Base stock of the unreliable source for the rest of demand, on top of what the reliable one brings."""
    rest = (1 - share) * WEEKLY
    stock = base_stock_best(HOLD, LATE, rest, FAIL_FOR_RECOVER / length, 1 / length) if rest else 0.0
    return share * WEEKLY + stock


def test_longer_and_rarer_disruptions_favour_sourcing() -> None:
    figures, rows, stock = [], [], {}
    for length in LENGTHS:
        level = best_level(length, 0.0)
        stock[length] = cost_of_mix(length, 0.0, level)
        exact = base_stock_cost(level, HOLD, LATE, WEEKLY, FAIL_FOR_RECOVER / length, 1 / length)
        figures.append(
            estimate(f"stock alone, disruptions of {length:g} weeks, level {level:g}", stock[length], exact)
        )
        rows.append({"x": length, "y": float(stock[length].mean()), "who": "stock", "ours": True})
    for other in (-1, 1):
        level = best_level(8.0, 0.0) + other * WEEKLY
        figures.append(
            surely_above(
                f"8 weeks: level {level:g} costs more than {best_level(8.0, 0.0):g}",
                cost_of_mix(8.0, 0.0, level) - stock[8.0],
            )
        )
    sourcing = cost_of_mix(4.0, 1.0, best_level(4.0, 1.0))
    figures.append(Figure("reliable source alone", float(sourcing.mean()), PREMIUM * WEEKLY, 1e-6))
    for short, long in pairwise(LENGTHS):
        figures.append(
            surely_above(f"stock costs more at {long:g} weeks than at {short:g}", stock[long] - stock[short])
        )
    figures.append(
        surely_above(
            "at 2 weeks stock is cheaper than the reliable source, by", PREMIUM * WEEKLY - stock[2.0]
        )
    )
    figures.append(surely_above("at 8 weeks it is dearer, by", stock[8.0] - PREMIUM * WEEKLY))
    rows += [
        {"x": length, "y": cost, "who": who, "ours": False}
        for length in np.linspace(1.25, 16, 60)
        for who, cost in (
            (
                "stock",
                base_stock_cost(
                    best_level(length, 0.0), HOLD, LATE, WEEKLY, FAIL_FOR_RECOVER / length, 1 / length
                ),
            ),
            ("reliable source", PREMIUM * WEEKLY),
        )
    ]
    publish(
        Comparison(
            key="tomlin-length",
            title="Tomlin: stock or sourcing",
            what="One product, an unreliable source that is up 86 % of the time, and a reliable one that "
            "costs "
            f"{PREMIUM:g} more a unit. The best base stock with the unreliable source alone, for "
            "disruptions of "
            f"{LENGTHS[0]:g} to {LENGTHS[-1]:g} weeks on average, against the reliable source alone.",
            source="Tomlin (2006), Management Science 52(5); Snyder & Shen (2019), section 9.2.2 for the "
            "costs",
            tolerance="four standard errors of the mean over independent paths",
            figures=tuple(figures),
        ),
        lines_and_points(rows, "mean length of a disruption (weeks), uptime 86 %", "cost a week"),
    )


def test_a_pure_strategy_is_best() -> None:
    """With an inflexible reliable source and an unlimited unreliable one, cost is linear in the share."""
    figures, rows = [], []
    for length in (2.0, 8.0):
        mixes = {share: cost_of_mix(length, share, best_level(length, share)) for share in SHARES}
        pure = min((0.0, 1.0), key=lambda share: mixes[share].mean())
        for share in SHARES[1:-1]:
            straight = (1 - share) * mixes[0.0] + share * mixes[1.0]
            figures.append(
                Figure(
                    f"{length:g} weeks: cost at share {share:g} lies on the straight line, path by path",
                    float(np.abs(mixes[share] - straight).max()),
                    0.0,
                    1e-6,
                )
            )
            figures.append(
                surely_above(
                    f"{length:g} weeks: share {share:g} costs more than {pure:g}", mixes[share] - mixes[pure]
                )
            )
        rows += [
            {"x": share, "y": float(cost.mean()), "who": f"disruptions of {length:g} weeks", "ours": True}
            for share, cost in mixes.items()
        ]
        rows += [
            {
                "x": share,
                "y": float(mixes[share].mean()),
                "who": f"disruptions of {length:g} weeks",
                "ours": False,
            }
            for share in (0.0, 1.0)
        ]
    publish(
        Comparison(
            key="tomlin-pure",
            title="Tomlin: a pure strategy is best",
            what="The reliable source is inflexible: it brings the same share of demand every week. The "
            "best level "
            "for each share. Lines in the picture join the pure strategies; points: simulated.",
            source="Tomlin (2006), Management Science 52(5): risk-neutral, reliable source inflexible, "
            "unreliable "
            "source without limit of capacity",
            tolerance="four standard errors of the mean over independent paths",
            figures=tuple(figures),
        ),
        lines_and_points(rows, "share of the reliable source", "cost a week"),
    )
