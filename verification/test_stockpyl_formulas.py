"""stockpyl's closed forms beside ours, and its exact cost of a serial system beside our simulation."""

from __future__ import annotations

import altair as alt
import numpy as np

from verification.closed_forms import (
    base_stock_best,
    base_stock_cost,
    eoq_cost,
    newsvendor_best,
    newsvendor_cost,
)
from verification.peers.ask import ask
from verification.record import COLOURS, Comparison, Figure, estimate, publish
from verification.stages import Stage, build, draws, order_up_to, weekly_costs
from verification.trees import PLENTY

BASE = (0.25, 3.0, 2000.0, 0.04, 0.25)
LOTS = ((8.0, 0.225, 5.0, 1300.0, 1.5, 14.0), (35.0, 4.0, 22.0, 30.0, 1.0, 12.0))
NEWS = ((0.18, 0.70, 50.0, 8.0), (43.0, 79.0, 900.0, 60.0))
WEEKS, PATHS, WARM_UP = 220, 20_000, 20


def test_closed_forms() -> None:
    """The figures that the simulator has to meet are those of the field's reference."""
    asked = [
        ("best base stock", base_stock_best, BASE),
        *(("base stock", base_stock_cost, (level, *BASE)) for level in (1200.0, 8000.0, 10000.0)),
        *(("order quantity", eoq_cost, (lot, *LOTS[0])) for lot in (400.0, 700.0, 772.811, 1100.0)),
        ("order quantity", eoq_cost, (24.0663, *LOTS[1])),
        *(("best newsvendor", newsvendor_best, rates) for rates in NEWS),
        *(("newsvendor", newsvendor_cost, (rates[2] + rates[3], *rates)) for rates in NEWS),
    ]
    theirs = ask("formulas", [[name, *values] for name, _, values in asked])
    figures = tuple(
        Figure(f"{name} {values}", float(ours(*values)), float(there), 1e-7 * abs(float(there)))
        for (name, ours, values), there in zip(asked, theirs, strict=True)
    )
    publish(
        Comparison(
            key="stockpyl-formulas",
            title="stockpyl: closed forms",
            what="The closed forms above, written down in `verification/closed_forms.py`, beside "
            "stockpyl's functions.",
            source="stockpyl 1.0.2, `supply_uncertainty` and `newsvendor`",
            tolerance="1e-7: stockpyl cuts the distribution of outages off at 1e-10",
            figures=figures,
        )
    )


def test_serial_system() -> None:
    """Three stages in a row with normal demand: simulated cost is the exact one."""
    coarse, fine = ask("formulas", [["serial", "example_6_1", x, d] for x, d in ((500, 50), (1000, 100))])
    echelon = {int(node): level for node, level in fine["levels"].items()}
    local = {node: level - echelon.get(node - 1, 0.0) for node, level in echelon.items()}
    stage = {int(node): values for node, values in fine["stages"].items()}
    mean, last = fine["mean"], max(stage)
    stages = [Stage("PLENTY", on_hand=PLENTY)]
    for node in sorted(stage, reverse=True):
        child = "PLENTY" if node == last else str(node + 1)
        weeks, demand = stage[node]["lead"] - (node == 1), mean if node == 1 else 0.0
        stages.append(
            Stage(str(node), stage[node]["hold"], {child: 1.0}, weeks, demand=demand, on_hand=local[node])
        )
    arrays = build(stages, WEEKS, late=fine["late"])
    factor = np.random.default_rng(10).normal(1, fine["sd"] / mean, (PATHS, WEEKS, 1))
    levels = {str(node): level for node, level in local.items()} | {"PLENTY": 0.0}
    scenarios = draws(arrays, PATHS, factor=np.maximum(0.0, factor))
    costs = weekly_costs(arrays, scenarios, order_up_to(arrays, levels), WARM_UP)
    transit = sum(stage[node + 1]["hold"] * mean * stage[node]["lead"] for node in stage if node < last)
    figure = estimate("cost a week at the best levels", costs + transit, fine["cost"])
    grid = abs(coarse["cost"] - fine["cost"])
    figure = Figure(figure.name, figure.ours, figure.other, figure.tolerance + grid)
    rows = [
        {"x": float(np.quantile(costs + transit, share)), "y": float(share)}
        for share in np.arange(0.005, 1, 0.005)
    ]
    publish(
        Comparison(
            key="stockpyl-serial-cost",
            title="stockpyl: exact cost of a serial system",
            what="Three stages in a row, normal demand, the best levels and the exact cost by stockpyl's "
            f"recursion (its instance example_6_1), against {PATHS:,} simulated paths of {WEEKS - WARM_UP} "
            "weeks. The picture shows how the paths spread.",
            source="Snyder & Shen (2019), section 6.2.2, example 6.1; stockpyl 1.0.2, `ssm_serial`",
            tolerance="four standard errors of the mean over independent paths, and what halving the grid "
            "of "
            "stockpyl's recursion changes",
            figures=(figure,),
            differences=(
                (
                    "stockpyl charges goods on their way to the next stage at the rate of the stage they "
                    "left, "
                    f"{transit:g} a week.",
                    "Ours charges stock; mean demand times lead time times that rate is added.",
                ),
            ),
        ),
        alt.Chart(alt.Data(values=rows))
        .mark_line(color=COLOURS[0])
        .encode(
            x=alt.X("x:Q", title="mean cost a week of a path", scale=alt.Scale(zero=False)),
            y=alt.Y("y:Q", title="share of paths that cost less"),
        )
        .properties(width=640, height=260),
    )
