"""Risk diversification: spread stock has the mean cost of central stock and a part of its variance."""

from __future__ import annotations

import altair as alt
import numpy as np
from numpy.typing import NDArray

from verification.closed_forms import base_stock_costs, down_odds
from verification.record import COLOURS, Comparison, Figure, Z, estimate, publish
from verification.stages import Stage, build, draws, markov_up, order_up_to, weekly_costs

HOLD, LATE, WEEKLY, FAIL, RECOVER, LEVEL = 0.25, 3.0, 2000.0, 0.04, 0.25, 8000.0
SITES, WEEKS, PATHS, CHUNK = 8, 60, 80_000, 10_000


def last_week(stages: list[Stage], scale: float, seed: int) -> NDArray[np.float64]:
    """Cost of one week in the stationary state, one a path."""
    arrays = build(stages, WEEKS, late=LATE)
    policy = order_up_to(arrays, {stage.name: LEVEL * scale for stage in stages})
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(PATHS // CHUNK):
        up = markov_up(rng, (CHUNK, WEEKS, len(stages)), FAIL, RECOVER)
        parts.append(weekly_costs(arrays, draws(arrays, CHUNK, up=up), policy, WEEKS - 1))
    return np.concatenate(parts)


def variance(name: str, sample: NDArray[np.float64], exact: float) -> Figure:
    """The sample's variance, with the standard error that its fourth moment gives."""
    square = (sample - sample.mean()) ** 2
    error = square.std(ddof=1) / np.sqrt(len(sample))
    return Figure(name, float(sample.var(ddof=1)), exact, float(Z * error))


def test_spread_stock_has_the_mean_and_a_part_of_the_variance() -> None:
    central = last_week([Stage("P", hold=HOLD, demand=SITES * WEEKLY)], SITES, 1)
    spread = last_week([Stage(f"P{n}", hold=HOLD, demand=WEEKLY) for n in range(SITES)], 1, 2)
    odds, costs = down_odds(FAIL, RECOVER), base_stock_costs(LEVEL, HOLD, LATE, WEEKLY)
    mean = float(odds @ costs)
    one = float(odds @ (costs - mean) ** 2)
    share = np.arange(0.005, 1, 0.005)
    rows = [
        {"x": float(x), "y": float(y), "who": who}
        for who, sample in (("central", central), ("spread over 8 sites", spread))
        for x, y in zip(share, np.quantile(sample, share), strict=True)
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("x:Q", title="share of weeks that cost less"),
            y=alt.Y("y:Q", title="cost of a week"),
            color=alt.Color("who:N", scale=alt.Scale(range=COLOURS)),
        )
        .properties(width=640, height=300)
    )
    publish(
        Comparison(
            key="diversification",
            title="Risk diversification",
            what=f"{SITES} sites that sell {WEEKLY:g} a week each, supplied by sources that fail "
            "independently, "
            f"against one store for all with one source; level {LEVEL:g} a site. The cost of one week in "
            "the "
            f"stationary state, over {PATHS:,} independent paths.",
            source="Snyder & Shen (2019), chapter 9 (risk diversification effect)",
            tolerance="four standard errors: of the mean, and of the variance by its fourth moment",
            figures=(
                estimate("mean, central", central, SITES * mean),
                estimate("mean, spread", spread, SITES * mean),
                variance("variance, central: N^2 times that of a site", central, SITES**2 * one),
                variance("variance, spread: N times that of a site", spread, SITES * one),
            ),
        ),
        chart,
    )
