"""Common random numbers between cases: what one row meets hangs on no other row and no later week.

Whatever part of one world a case holds, in whatever order, over whatever horizon: each row's draws are
the same bytes. Lamps and torches (products) of bulb and foot, two sources of each part, two markets.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import outlast
from outlast.intake.case_settings import CaseSettings, PlanSettings
from outlast.network.arrays import NetworkArrays
from outlast.network.demand import Demand, Market
from outlast.network.items import BomLine, Item
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction
from outlast.network.sources import Disruption, Source, Supplier
from outlast.periods import NEVER
from outlast.scenarios.draw import draw_scenarios
from outlast.scenarios.reduce import draw_durations
from outlast.scenarios.scenarios import Scenarios

START = date(2026, 1, 5)
PRODUCTS, MARKETS = ("LAMP", "TORCH"), ("HOME", "ABROAD")
SOURCES = ("BULB-2", "FOOT-2", "BULB-3")
"""Beside the first source of each part."""
RESTRICTIONS = ("FIRST", "SECOND", "DATED", "FOLLOWS")
KINDS = ("order", "shipment", "transit", "receipt")


def source(source_id: str) -> Source:
    alternative: dict[str, Any] = {
        "status": "alternative",
        "switch_weeks_p10": 10,
        "switch_weeks_p50": 20,
        "switch_weeks_p90": 40,
    }
    return Source(
        source_id=source_id,
        item_id=source_id.split("-")[0],
        supplier_id="ACME",
        unit_price=1,
        lead_time_weeks=4,
        lead_time_sd_weeks=2,
        yield_mean=1.1 if source_id == "FOOT-2" else 0.9,
        yield_sd=0.1,
        **({} if source_id.endswith("1") else alternative),
    )


def restriction(restriction_id: str) -> Restriction:
    how: dict[str, Any] = {
        "DATED": {"effective_date": date(2026, 3, 2)},
        "FOLLOWS": {"triggered_by": "FIRST", "trigger_probability": 0.5},
    }.get(restriction_id, {"hazard_per_year": 2.0})
    weeks = {"relief_weeks_p10": 5, "relief_weeks_p50": 10, "relief_weeks_p90": 20}
    return Restriction(
        restriction_id=restriction_id, effect="closes_sources", relief_probability=0.6, **weeks, **how
    )


def build(
    products: tuple[str, ...] = PRODUCTS,
    markets: tuple[str, ...] = MARKETS,
    sources: tuple[str, ...] = SOURCES,
    restrictions: tuple[str, ...] = RESTRICTIONS,
    horizon_weeks: int = 30,
) -> NetworkArrays:
    """The world with these rows, in this order; each part has its first source."""
    every = ("BULB-1", "FOOT-1", *sources)
    lines = [(product, market) for market in markets for product in products]
    network = Network(
        settings=CaseSettings(
            name="world", start=START, horizon_weeks=horizon_weeks, plan=PlanSettings(window_weeks=10)
        ),
        items=(
            *(Item(item_id=name, kind="product", unit_cost=10) for name in products),
            Item(item_id="BULB", kind="part", unit_cost=1),
            Item(item_id="FOOT", kind="part", unit_cost=1),
        ),
        bom=tuple(
            BomLine(parent_id=name, child_id=child, quantity=1)
            for name in products
            for child in ("BULB", "FOOT")
        ),
        suppliers=(Supplier(supplier_id="ACME", name="Acme"),),
        sources=tuple(map(source, every)),
        markets=tuple(Market(market_id=name, country="DE", currency="USD") for name in markets),
        demand=tuple(
            Demand(
                product_id=product,
                market_id=market,
                from_date=START,
                units_per_week=10,
                unit_price=20,
                sd_share=0.4,
            )
            for product, market in lines
        ),
        disruptions=tuple(
            Disruption(source_id=name, kind=kind, fail_per_week=0.1, recover_per_week=0.4)
            for name in every
            for kind in KINDS
        ),
        restrictions=tuple(map(restriction, restrictions)),
    )
    return number(network)


def columns(arrays: NetworkArrays, drawn: Scenarios) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Everything that was drawn, by its name: figures without weeks, or a figure for each week first."""
    for r, name in enumerate(arrays.restriction_ids):
        for kind in ("announced", "effective", "closed", "relief"):
            yield (kind, name), getattr(drawn, kind)[:, r]
    for s, name in enumerate(arrays.source_ids):
        yield ("switch_weeks", name), drawn.switch_weeks[:, s]
        for kind in ("source_up", "lead_factor", "yield_factor", "pauses"):
            yield (kind, name), getattr(drawn, kind)[:, :, s].T
    for line, pair in enumerate(arrays.line_ids):
        yield ("demand_factor", *pair), drawn.demand_factor[:, :, line].T


def some(names: tuple[str, ...], at_least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), min_size=at_least, unique=True).map(tuple)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**70),
    n=st.integers(1, 40),
    products=some(PRODUCTS, 1),
    markets=some(MARKETS, 1),
    sources=some(SOURCES),
    restrictions=some(RESTRICTIONS).filter(lambda names: "FOLLOWS" not in names or "FIRST" in names),
    weeks=st.integers(1, 30),
)
def test_a_row_meets_the_same_in_every_case(seed: int, n: int, weeks: int, **rows: tuple[str, ...]) -> None:
    """Adding a source, restriction, product, market or weeks, and another order, change no other draw."""
    whole, part = build(), build(**rows, horizon_weeks=weeks)
    known = dict(columns(whole, draw_scenarios(whole, 40, seed)))
    for name, drawn in columns(part, draw_scenarios(part, n, seed)):
        expected = known[name]
        if drawn.ndim == 2:
            expected = expected[: part.n_week, :n]
        elif name[0] == "switch_weeks":
            expected = expected[:n]
        else:  # what is announced after the last week does not come
            late = known["announced", name[1]][:n] >= part.n_week
            expected = np.where(late, NEVER, expected[:n])
        assert drawn.tobytes() == expected.tobytes(), name


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**70),
    centred=st.booleans(),
    products=some(PRODUCTS, 1),
    sources=some(SOURCES),
    restrictions=some(RESTRICTIONS).filter(lambda names: "FOLLOWS" not in names or "FIRST" in names),
)
def test_a_row_has_the_same_durations_in_every_plan(
    seed: int, centred: bool, **rows: tuple[str, ...]
) -> None:
    def durations(arrays: NetworkArrays) -> dict[str, Any]:
        switch, relief = draw_durations(arrays, 9, seed, "plan", centred=centred, batch=2)
        columns = zip(
            (*arrays.source_ids, *arrays.restriction_ids), np.hstack([switch, relief]).T, strict=True
        )
        return {name: column.tobytes() for name, column in columns}

    assert durations(build(**rows)).items() <= durations(build()).items()


def test_rows_names_seeds_and_blocks_differ() -> None:
    """No two columns, blocks or seeds share their draws."""
    arrays = build(restrictions=("FIRST", "SECOND"))
    seen: dict[bytes, Any] = {}
    for seed in (1, 2):
        for name, drawn in columns(arrays, draw_scenarios(arrays, 64, seed)):
            if name[0] in ("lead_factor", "yield_factor", "source_up", "pauses", "demand_factor"):
                for block in range(4):
                    key = np.ascontiguousarray(drawn[:, 16 * block : 16 * block + 16]).tobytes()
                    assert key not in seen, (name, seen[key])
                    seen[key] = (seed, block, name)
    drawn = draw_scenarios(arrays, 4000, 1)
    sources = [s for s, name in enumerate(arrays.source_ids) if not name.endswith("1")]
    several = [drawn.switch_weeks[:, sources], drawn.demand_factor[:, 0], drawn.demand_factor[:, :4, 0]]
    for few in several:
        between = np.corrcoef(few.T)[~np.eye(few.shape[1], dtype=bool)]
        assert np.abs(between).max() < 4.5 / np.sqrt(4000)


def test_another_process_draws_the_same() -> None:
    """Names are hashed alike everywhere: Python's own hash would differ from process to process."""
    program = (
        "from tests.scenarios.test_common_draws import build\n"
        "from outlast.scenarios.draw import draw_scenarios\n"
        "drawn = draw_scenarios(build(), 3, 7)\n"
        "print(drawn.switch_weeks.tobytes().hex(), drawn.demand_factor.tobytes().hex())\n"
    )
    path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "5", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    drawn = draw_scenarios(build(), 3, 7)
    assert told.stdout.split() == [drawn.switch_weeks.tobytes().hex(), drawn.demand_factor.tobytes().hex()]


def one_more_source(case: Network) -> Network:
    [nordic] = [row for row in case.sources if row.source_id == "SENSOR-NORDIC"]
    more = replace(nordic, source_id="SENSOR-EAST", switch_weeks_p50=20.0, switch_cost=0)
    return replace(case, sources=(more, *case.sources))


def one_more_restriction(case: Network) -> Network:
    [listing], scopes = case.restrictions, tuple(replace(row, restriction_id="EU") for row in case.scopes)
    more = replace(listing, restriction_id="EU", hazard_per_year=0.02, hazard_low=None, hazard_high=None)
    return replace(case, restrictions=(more, *case.restrictions), scopes=case.scopes + scopes)


@pytest.mark.parametrize(("add", "sign"), [(one_more_source, -1), (one_more_restriction, 1)])
def test_what_one_more_row_does_is_measured_sharply(
    tmp_path: Path, add: Callable[[Network], Network], sign: int
) -> None:
    """The example with one more row and without: on common draws the difference of the mean losses swings far
    less from seed to seed than on draws of their own."""
    outlast.write_template(tmp_path / "example")
    without = outlast.read_case(tmp_path / "example")
    cases = (add(without), without)

    def loss(network: Network, seed: int) -> float:
        return outlast.simulate_case(network, seed=seed, scenarios=64).loss.mean

    more, before = (np.array([loss(case, seed) for seed in range(16)]) for case in cases)
    assert sign * (more - before).mean() > 0
    assert (more - before).var() < 0.15 * (more - np.roll(before, 1)).var()
