"""Conservation over 10^9 item-weeks of random networks with every feature, streamed.

OUTLAST_VERIFY_ITEM_WEEKS sets another number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import altair as alt
import numpy as np
from numpy.typing import NDArray

from outlast.simulate.outcomes import LEDGER
from outlast.simulate.run import simulate
from tests.reference.networks import random_case
from verification.record import COLOURS, Comparison, Figure, publish

ITEM_WEEKS = float(os.environ.get("OUTLAST_VERIFY_ITEM_WEEKS", "1e9"))
SCENARIOS = 4096
"""Of each network, simulated and forgotten in one piece."""
ROUNDING = 1e-12
"""Of the largest flow of an item on a path: some thousand additions, each within 1.1e-16."""


def balances() -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.float64]]]:
    """Network by network: item-weeks, what does not add up by scenario and item, and the ledger."""
    done, seed = 0, 0
    while done < ITEM_WEEKS:
        case = random_case(seed, n_scenario=SCENARIOS)
        outcomes = simulate(case.arrays, case.scenarios, case.policy, ledger=True)
        assert outcomes.ledger is not None
        signs = np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0])
        done += int(outcomes.length.sum()) * len(case.arrays.item_ids)
        seed += 1
        yield done, np.abs(outcomes.ledger @ signs), outcomes.ledger


def test_nothing_is_lost_or_created() -> None:
    assert LEDGER == ("start", "received", "made", "used", "sold", "scrapped", "end")
    worst, largest, relative, lowest, done, networks = 0.0, 0.0, 0.0, 0.0, 0, 0
    flows, rows = np.zeros(len(LEDGER)), []
    for done, off, ledger in balances():
        share = off / np.maximum(1.0, ledger.max(axis=2))
        worst, relative = max(worst, float(off.max())), max(relative, float(share.max()))
        largest = max(largest, float(ledger.max()))
        lowest, networks = min(lowest, float(ledger.min())), networks + 1
        flows += ledger.sum(axis=(0, 1))
        rows.append({"x": done, "y": max(relative, 1e-17)})
    thin = max(1, len(rows) // 300)
    chart = (
        alt.Chart(alt.Data(values=rows[::thin]))
        .mark_line(color=COLOURS[0], interpolate="step-after")
        .encode(
            x=alt.X("x:Q", title="item-weeks simulated"),
            y=alt.Y("y:Q", title="largest violation, of the flow", scale=alt.Scale(type="log")),
        )
        .properties(width=640, height=260)
    )
    moved = [
        Figure(f"units {name}", float(units), 0.0, relation=">")
        for name, units in zip(LEDGER, flows, strict=True)
    ]
    publish(
        Comparison(
            key="conservation",
            title="Conservation",
            what="start + received + made - used - sold - scrapped = end, for every item and path of "
            f"{networks:,} random networks with {SCENARIOS:,} scenarios each: {done:,} item-weeks. "
            "The networks are those of `tests/reference/networks.py`: several levels and sources, cuts, "
            "notice, savings, relief, switches, lots, capacities, recurring failures, pauses, expediting, "
            "yields, shelf life, backorders, capacity of suppliers, orders cancelled, licences for "
            "maintenance, every sharing rule.",
            source="a law",
            tolerance="rounding: some thousand additions, each within 1.1e-16 of the largest flow of the "
            "item on the path (or of one unit, if larger)",
            figures=(
                Figure("item-weeks", float(done), ITEM_WEEKS, relation=">"),
                Figure("largest violation, of the largest flow of the item", relative, 0.0, ROUNDING),
                Figure("largest violation, units", worst, 0.0, ROUNDING * largest),
                Figure("lowest entry of any ledger", lowest, 0.0, 1e-9),
                *moved,
            ),
        ),
        chart,
    )
