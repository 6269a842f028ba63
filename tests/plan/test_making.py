"""Making more or less than normal costs the simulated company what the planning model says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.network.items import BomLine, Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.optimise.comb import build_problem
from outlast.optimise.solve import load
from outlast.periods import NEVER
from outlast.plan.schedule import Order, Schedule, other_decisions, plan_policy
from outlast.simulate.run import baseline, simulate
from tests.plan.weeks import read_example
from tests.reference.networks import cut_at


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return read_example(tmp_path_factory.mktemp("making") / "case")


def with_module(network: Network, rng: np.random.Generator) -> Network:
    """The example over half a year, cameras made of a housing and one or two modules of sensor and lens.

    Lead times are random, and stock beyond what they need of what is at risk (not lenses and housings).
    Making takes no time, demand does not swing, and orders are of any size.
    """
    modules, sensors = (int(units) for units in rng.integers(1, 3, 2))
    module = 20.0 * sensors + 9.0 + 1.0
    camera = {"make_weeks": 0, "make_cost": 12.0, "unit_cost": 7.0 + modules * module + 12.0}
    items = [
        *(replace(row, **camera) if row.item_id == "CAMERA" else row for row in network.items),  # type: ignore[arg-type]
        Item(item_id="MODULE", kind="assembly", unit_cost=module, make_cost=1.0, write_down_share=0.3),
    ]
    weeks = {row.item_id: int(rng.integers(0, 6)) for row in network.sources if row.status == "qualified"}
    use = {"SENSOR": 100.0 * modules * sensors, "LENS": 100.0 * modules, "HOUSING": 100.0}
    needed = {name: weeks[name] * use[name] for name in use}
    return replace(
        network,
        items=tuple(items),
        bom=(
            BomLine(parent_id="CAMERA", child_id="HOUSING", quantity=1.0),
            BomLine(parent_id="CAMERA", child_id="MODULE", quantity=float(modules)),
            BomLine(parent_id="MODULE", child_id="SENSOR", quantity=float(sensors)),
            BomLine(parent_id="MODULE", child_id="LENS", quantity=1.0),
        ),
        stock=tuple(
            Stock(item_id=row.item_id, on_hand=needed.get(row.item_id, 0.0) + float(rng.uniform(0, most)))
            for row in items
            for most in [0 if row.item_id in ("LENS", "HOUSING") else 500]
        ),
        sources=tuple(
            replace(row, lead_time_weeks=weeks[row.item_id], minimum_order=0.0, order_multiple=None)
            for row in network.sources
        ),
        open_orders=(),
        demand=tuple(replace(row, sd_share=0.0) for row in network.demand),
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_without_an_event_a_schedule_costs_what_the_model_says(example: Network, seed: int) -> None:
    """Any schedule: a random corner of what is possible before an event.

    But no making is skipped in the first eight weeks: lenses and housings for it are on order, and how long
    they stay idle depends on how fast later orders can make up for them (the model counts the least). What is
    run down in an epoch counts as held to its end, which is taken off.
    """
    rng = np.random.default_rng(seed)
    arrays = number(with_module(example, rng))
    problem = build_problem(arrays, np.ones((1, len(arrays.source_ids))), np.full((1, 1), np.inf))
    master = load(problem)
    extensive = master.teeth.extensive
    trunk, n = extensive.trunk, extensive.trunk_columns
    lower, upper = extensive.program.lower[:n].copy(), extensive.program.upper[:n].copy()
    upper[trunk.start] = 0.0
    upper[trunk.buy] = np.minimum(upper[trunk.buy], rng.uniform(0, 300, trunk.buy.shape))
    upper[trunk.run_down[:2, arrays.made[problem.items]]] = 0.0
    weight = np.zeros(n)
    decided = np.concatenate([trunk.buy.ravel(), trunk.make.ravel(), trunk.run_down.ravel()])
    weight[decided] = rng.normal(size=len(decided))
    x = master.least(weight, lower, upper, 1e15)
    assert x is not None
    orders = tuple(
        Order(int(source), epoch * arrays.epoch_weeks, float(units))
        for column, source in enumerate(trunk.buy_sources)
        for epoch, units in enumerate(x[trunk.buy[:, column]])
        if units > 0
    )
    schedule = Schedule(orders, *other_decisions(problem, trunk, x))
    held = sum(
        x[trunk.run_down[epoch, place]]
        * arrays.holding_cost[item]
        * (len(problem.skip_weeks(int(item), epoch)) + 1)
        / 2
        for place, item in enumerate(problem.items)
        if not arrays.made[item]
        for epoch in range(problem.epochs)
    )
    path = cut_at(arrays, NEVER)
    simulated = (
        baseline(arrays, path)[0] - simulate(arrays, path, plan_policy(problem, trunk, schedule)).value[0]
    )
    assert simulated == pytest.approx(extensive.leaves.loss(x)[-1] - held, rel=1e-6, abs=1e-3)
