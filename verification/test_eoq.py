"""Order quantity with disruptions: our weeks made short until the continuous theory is reached."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from verification.closed_forms import eoq_cost, eoq_cost_in_steps
from verification.record import Comparison, Figure, Z, estimate, lines_and_points, publish, surely_above
from verification.stages import Stage, build, draws, markov_up, order_up_to, weekly_costs

SETS = {
    "first": ((8.0, 0.225, 5.0, 1300.0, 1.5, 14.0), {772.81107: 173.9500026, 700.0: 174.787117}),
    "first, far away": (
        (8.0, 0.225, 5.0, 1300.0, 1.5, 14.0),
        {400.0: 211.0841893, 1100.0: 184.7949312},
    ),
    "second": ((35.0, 4.0, 22.0, 30.0, 1.0, 12.0), {24.0663: 96.2665909}),
}
"""(fixed, hold, lost, demand, fail, recover) a year; cost a year by order quantity."""
CYCLES, PATHS, WARM_UP = 1000, 400, 10
STEPS = (16, 32, 64, 128)


def simulated(quantity: float, steps: int, rates: tuple[float, ...]) -> NDArray[np.float64]:
    """Cost a year of each path, of a company that orders `quantity` when nothing is left.

    A week of ours is the time in which a lot of `quantity` is sold, over `steps`. A quarter of the paths
    starts with each quarter of a lot: else paths without an outage would all order in the first week counted.
    """
    fixed, hold, lost, demand, fail, recover = rates
    year, weeks, both = steps * demand / quantity, steps * CYCLES, fail + recover
    moved = 1 - np.exp(-both / year)
    parts = []
    for quarter in range(4):
        stage = Stage("P", hold=hold / year, demand=demand / year, on_hand=quarter * quantity / 4)
        arrays = build([stage], weeks, margin=lost)
        arrays = replace(arrays, source_order_cost=np.array([fixed]), source_minimum=np.array([quantity]))
        rng = np.random.default_rng([steps, int(quantity), quarter])
        up = markov_up(rng, (PATHS // 4, weeks, 1), fail / both * moved, recover / both * moved)
        policy = order_up_to(arrays, {"P": 1e-6 * quantity})
        parts.append(year * weekly_costs(arrays, draws(arrays, PATHS // 4, up=up), policy, WARM_UP * steps))
    return np.concatenate(parts)


@pytest.mark.parametrize("name", list(SETS))
def test_order_quantity_with_disruptions(name: str) -> None:
    rates, known = SETS[name]
    figures, rows = [], []
    for quantity, cost in known.items():
        label = f"Q = {quantity:g}"
        figures.append(Figure(f"{label}: closed form", eoq_cost(quantity, *rates), cost, 1e-6 * cost))
        costs = {steps: simulated(quantity, steps, rates) for steps in STEPS}
        for steps, sample in costs.items():
            exact = eoq_cost_in_steps(steps, quantity, *rates)
            figures.append(
                estimate(f"{label}, {steps} steps a lot: simulated beside the sum over steps", sample, exact)
            )
            rows.append({"x": steps, "y": float(sample.mean()), "who": label, "ours": True})
        rows += [
            {"x": steps, "y": eoq_cost_in_steps(steps, quantity, *rates), "who": label, "ours": False}
            for steps in (16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 192, 256, 512, 1024)
        ]
        rows += [
            {"x": steps, "y": cost, "who": f"{label}, continuous", "ours": False} for steps in (16, 1024)
        ]
        fine, half = costs[STEPS[-1]], costs[STEPS[-2]]
        limit = 2 * fine.mean() - half.mean()
        error = np.sqrt(4 * fine.var(ddof=1) + half.var(ddof=1)) / np.sqrt(len(fine))
        figures.append(Figure(f"{label}: limit of ever shorter steps", float(limit), cost, float(Z * error)))
    publish(
        Comparison(
            key=f"eoq-{name.replace(', ', '-').replace(' ', '-')}",
            title=f"Order quantity with disruptions, {name}",
            what="Lost sales; a lot is ordered when nothing is left and the source is up, and arrives at "
            "once. "
            f"(K, h, p, d, lambda, mu) = {tuple(f'{rate:g}' for rate in rates)} a year".replace("'", "")
            + f". {PATHS:,} paths of {CYCLES - WARM_UP} lots for each number of steps. "
            "Lines in the picture: theory; points: simulated.",
            source="Snyder & Shen (2019), section 9.2.1, examples 9.1 and 9.2 (first set)",
            tolerance="four standard errors of the mean over independent paths; of the limit, "
            "those of twice the finest less the next",
            figures=tuple(figures),
            differences=(
                (
                    "Theory is continuous, Outlast counts weeks: at 16 steps a lot costs are up to a "
                    "tenth higher.",
                    "A week of ours is made ever shorter. An outage ends at the start of a step and so "
                    "lasts "
                    "step / (1 - exp(-(lambda + mu) step)) (lambda + mu) / mu instead of 1 / mu, and "
                    "stock is "
                    "counted at the end of a step; with both in the closed form, ours meets it at every "
                    "step "
                    "length, and its limit is the continuous cost.",
                ),
            ),
        ),
        lines_and_points(rows, "steps in which a lot is sold", "cost a year", log=True),
    )


def test_the_best_order_quantity_is_the_best_simulated() -> None:
    """Quantities a quarter off cost more, beyond doubt."""
    rates, steps = SETS["first"][0], 32
    best = simulated(772.81107, steps, rates)
    off = {factor: simulated(772.81107 * factor, steps, rates) for factor in (0.6, 1.5)}
    figures = tuple(
        surely_above(f"{factor:g} of Q* costs more", costs - best) for factor, costs in off.items()
    )
    assert all(figure.holds for figure in figures), figures
