"""Networks of textbooks. In: `Stage`s. Out: `NetworkArrays`, scenarios, a base-stock policy.
One reason to exist: theory and peers speak of stages, lead times, holding and stockout costs; here they
become a case, by the same numbering as any other case. Nothing costs money but what a stage says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.arrays import NetworkArrays
from outlast.network.demand import Demand, Market
from outlast.network.items import BomLine, Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.sources import Source, Supplier
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.run import simulate

START = date(2026, 1, 5)


@dataclass(frozen=True)
class Stage:
    """An item: bought, or made of others; sold if it has demand."""

    name: str
    hold: float = 0.0
    """Money per unit and week."""
    children: Mapping[str, float] = field(default_factory=dict)
    """Units of each child in one unit; none: bought."""
    weeks: int = 0
    """Of the order, or of making."""
    demand: float = 0.0
    """Mean, per week."""
    on_hand: float = 0.0
    premiums: Sequence[float] = (0.0,)
    """Money per unit, of each source of what is bought; the first is ordered from first."""


def build(
    stages: Sequence[Stage], weeks: int, *, late: float | None = None, margin: float = 0.0
) -> NetworkArrays:
    """Stages as a case of `weeks`; unmet demand waits at `late` per unit and week, or is lost (None)."""
    made = {stage.name for stage in stages if stage.children}
    network = Network(
        settings=CaseSettings(
            name="stages", start=START, horizon_weeks=weeks - 1, plan=PlanSettings(window_weeks=1)
        ),
        items=tuple(_item(stage) for stage in stages),
        bom=tuple(
            BomLine(parent_id=stage.name, child_id=child, quantity=quantity)
            for stage in stages
            for child, quantity in stage.children.items()
        ),
        suppliers=(Supplier(supplier_id="S", name="Supplier"),),
        sources=tuple(
            Source(
                source_id=f"{stage.name}-{rank}",
                item_id=stage.name,
                supplier_id="S",
                unit_price=1.0,
                lead_time_weeks=stage.weeks,
                priority=1.0 + rank,
            )
            for stage in stages
            if stage.name not in made
            for rank in range(len(stage.premiums))
        ),
        stock=tuple(Stock(item_id=stage.name, on_hand=stage.on_hand) for stage in stages),
        open_orders=(),
        markets=(
            Market(
                market_id="M",
                country="DE",
                currency="USD",
                unmet="lost" if late is None else "backorder",
                backorder_cost_per_unit_week=late or 0.0,
            ),
        ),
        demand=tuple(
            Demand(
                product_id=stage.name,
                market_id="M",
                from_date=START,
                units_per_week=stage.demand,
                unit_price=1.0,
            )
            for stage in stages
            if stage.demand > 0
        ),
    )
    return _priced(number(network), stages, margin)


def _item(stage: Stage) -> Item:
    kind = "product" if stage.demand > 0 else "assembly" if stage.children else "part"
    making = stage.weeks if stage.children else 0
    return Item(item_id=stage.name, kind=kind, unit_cost=1.0, make_cost=0.0, make_weeks=making)


def _priced(arrays: NetworkArrays, stages: Sequence[Stage], margin: float) -> NetworkArrays:
    by_name = {stage.name: stage for stage in stages}
    premium = [
        by_name[name.rsplit("-", 1)[0]].premiums[int(name.rsplit("-", 1)[1])] for name in arrays.source_ids
    ]
    nothing = np.zeros(len(arrays.item_ids))
    return replace(
        arrays,
        standard_cost=nothing,
        make_cost=nothing,
        working_stock=nothing,
        write_down_share=nothing,
        source_price=np.array(premium, dtype=np.float64),
        holding_cost=np.array([by_name[item].hold for item in arrays.item_ids]),
        price=np.full_like(arrays.price, margin),
    )


def order_up_to(arrays: NetworkArrays, levels: Mapping[str, float]) -> Policy:
    """Local base stock: on hand, on order or in making, less what is owed, is raised to the level.

    The product's own rule adds mean use while it is made; it is taken off here.
    """
    base = np.zeros_like(arrays.usage)
    for item, name in enumerate(arrays.item_ids):
        own = arrays.demand[:, arrays.line_product == item].sum(axis=1)
        beyond = arrays.usage[:, item] - own
        base[:, item] = levels[name]
        if arrays.made[item]:
            base[:, item] -= (arrays.make_weeks[item] + 1) * own + arrays.make_weeks[item] * beyond
    return replace(normal_policy(arrays), base_position=base)


def draws(
    arrays: NetworkArrays,
    count: int,
    *,
    factor: NDArray[np.float64] | None = None,
    up: NDArray[np.bool_] | None = None,
) -> Scenarios:
    """No restriction; demand in shares of its mean, shape (scenario, week, line); sources up or down."""
    none = np.zeros((count, 0), dtype=np.int64)
    if factor is None:
        factor = np.broadcast_to(1.0, (count, *arrays.demand.shape))
    return Scenarios(
        announced=none,
        effective=none,
        closed=none,
        relief=none,
        switch_weeks=np.zeros((count, len(arrays.source_ids))),
        demand_factor=factor,
        source_up=np.zeros((0, 0, 0), dtype=bool) if up is None else up,
        weight=np.full(count, 1 / count),
    )


def markov_up(
    rng: np.random.Generator, shape: tuple[int, int, int], fail: float, recover: float
) -> NDArray[np.bool_]:
    """Sources up or down from the stationary state on, independent; (scenario, week, source)."""
    up = np.empty(shape, dtype=bool)
    state = rng.random((shape[0], shape[2])) < recover / (fail + recover)
    for week in range(shape[1]):
        up[:, week] = state
        chance = rng.random(state.shape)
        state = np.where(state, chance >= fail, chance < recover)
    return up


def weekly_costs(
    arrays: NetworkArrays, scenarios: Scenarios, policy: Policy, warm_up: int
) -> NDArray[np.float64]:
    """Mean cost a week of each path after the warm-up, in which stock and backlog forget their start.

    A lost sale costs its margin. Shape (scenario).
    """
    early, late = (
        simulate(arrays, scenarios, policy, length=np.full(scenarios.n_scenario, weeks))
        for weeks in (warm_up, arrays.n_week)
    )
    margin = arrays.price[0]
    cost = [outcome.demanded @ margin - outcome.value for outcome in (early, late)]
    return np.asarray((cost[1] - cost[0]) / (arrays.n_week - warm_up))
