"""Assembly networks of any size. In: numbers of items and children, a seed. Out: `NetworkArrays` in a steady
state, and draws of a cut. One reason to exist: all benchmarks measure on the same networks.
"""

from __future__ import annotations

import numpy as np

from outlast.network.arrays import ASSEMBLY, PART, PRODUCT, NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.scenarios import Scenarios

HORIZON, WINDOW = 104, 104


Bills = tuple[list[dict[int, float]], int]
"""Children of every item, parts first and products last, and how many products there are."""


def shared_parts(n_item: int, fan_in: int, rng: np.random.Generator) -> Bills:
    """Children of every item, parts first: four tenths are made of `fan_in` children each, assemblies of
    parts, products (a tenth) of three assemblies and parts, so that a part is used in many places."""
    n_product, n_assembly = n_item // 10, 3 * (n_item // 10)
    n_part = n_item - n_product - n_assembly
    children: list[dict[int, float]] = [{} for _ in range(n_item)]
    for item in range(n_part, n_item):
        product = item - n_part - n_assembly
        made = [] if product < 0 else [n_part + 3 * product + k for k in range(3)]
        bought = rng.choice(n_part, fan_in - len(made), replace=False)
        children[item] = {int(child): 1.0 for child in (*made, *bought)}
    return children, n_product


def three_children(n_item: int, rng: np.random.Generator) -> Bills:
    """Assemblies of three parts, products of two assemblies and a part; some assemblies are not used."""
    n_product, n_assembly = n_item // 10, 3 * n_item // 10
    n_part = n_item - n_product - n_assembly
    children: list[dict[int, float]] = [{} for _ in range(n_item)]
    for item in range(n_part, n_part + n_assembly):
        children[item] = {int(child): 1.0 for child in rng.choice(n_part, 3, replace=False)}
    for item in range(n_part + n_assembly, n_item):
        chosen = [*(n_part + rng.choice(n_assembly, 2, replace=False)), rng.integers(n_part)]
        children[item] = {int(child): 1.0 for child in chosen}
    return children, n_product


def one_parent(n_item: int, fan_in: int, rng: np.random.Generator) -> Bills:
    """The same where every item goes into one parent: products of two assemblies and parts."""
    n_product = max(1, n_item // (3 * fan_in + 1))
    n_assembly = 2 * n_product
    n_part = n_item - n_product - n_assembly
    children: list[dict[int, float]] = [{} for _ in range(n_item)]
    free = [int(part) for part in rng.permutation(n_part)]
    for item in range(n_part, n_item):
        product = item - n_part - n_assembly
        made = [] if product < 0 else [n_part + 2 * product, n_part + 2 * product + 1]
        bought, free = free[: fan_in - len(made)], free[fan_in - len(made) :]
        children[item] = dict.fromkeys((*made, *bought), 1.0)
    return children, n_product


def stack(rows: list[dict[int, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of (item, quantity) one after the other."""
    pointers = np.cumsum([0, *(len(row) for row in rows)])
    return (
        pointers,
        np.array([item for row in rows for item in row], dtype=np.int64),
        np.array([quantity for row in rows for quantity in row.values()], dtype=np.float64),
    )


def assembly_network(
    bills: Bills, cut_share: float, seed: int = 1, horizon: int = HORIZON, window: int = WINDOW
) -> NetworkArrays:
    """A network in a steady state, with a restriction that closes the sources of a share of its parts."""
    rng, (children, n_product) = np.random.default_rng(seed), bills
    n_item, n_week = len(children), horizon + window
    n_part = sum(not row for row in children)
    exploded: list[dict[int, float]] = [{} for _ in range(n_item)]
    for item in range(n_part, n_item):
        for child, quantity in children[item].items():
            for inner, units in [(child, 1.0), *exploded[child].items()]:
                exploded[item][inner] = exploded[item].get(inner, 0.0) + quantity * units
    demand = rng.uniform(5, 20, n_product)
    usage, cost = np.zeros(n_item), rng.uniform(1, 10, n_item)
    for line, product in enumerate(range(n_item - n_product, n_item)):
        usage[product] = demand[line]
        for item, units in exploded[product].items():
            usage[item] += units * demand[line]
    for item in range(n_part, n_item):
        cost[item] = sum(quantity * cost[child] for child, quantity in children[item].items()) + 1.0
    kind = np.array([PART] * n_part + [ASSEMBLY] * (n_item - n_part - n_product) + [PRODUCT] * n_product)
    lead = rng.integers(1, 13, n_part)
    pipeline = np.where(np.arange(n_week)[:, None] < lead, usage[:n_part], 0.0)
    bom, explosion = stack(children), stack(exploded)
    cut = np.where(rng.random(n_part) < cut_share, 0.0, 1.0)[None, :]
    made = kind != PART
    none, zero = np.zeros(n_part), np.zeros(n_part, dtype=np.int64)
    return NetworkArrays(
        item_ids=tuple(f"I{item}" for item in range(n_item)),
        source_ids=tuple(f"S{item}" for item in range(n_part)),
        line_ids=tuple((f"I{item}", "M") for item in range(n_item - n_product, n_item)),
        restriction_ids=("CUT",),
        supplier_ids=("X",),
        market_ids=("M",),
        assumptions=(),
        horizon_weeks=horizon,
        window_weeks=window,
        epoch_weeks=4,
        n_week=n_week,
        fill_target=0.95,
        item_kind=kind,
        made=made,
        standard_cost=cost,
        make_cost=np.where(made, 1.0, 0.0),
        make_weeks=np.where(kind == PRODUCT, 1, 0),
        make_capacity=np.full(n_item, np.inf),
        holding_cost=0.004 * cost,
        write_down_share=np.full(n_item, 0.3),
        storage_per_unit=np.zeros(n_item),
        storage_limit=np.inf,
        shelf_life=np.full(n_item, np.inf),
        working_stock=2 * usage,
        on_hand=3 * usage,
        expiring=np.zeros((n_week, n_item)),
        make_order=np.arange(n_part, n_item),
        bom_ptr=bom[0],
        bom_child=bom[1],
        bom_quantity=bom[2],
        usage=np.tile(usage, (n_week, 1)),
        explosion_ptr=explosion[0],
        explosion_item=explosion[1],
        explosion_quantity=explosion[2],
        source_ptr=np.concatenate([np.arange(n_part + 1), np.full(n_item - n_part, n_part)]),
        source_item=np.arange(n_part),
        source_supplier=zero,
        source_qualified=np.ones(n_part, dtype=bool),
        source_price=cost[:n_part],
        source_lead=lead,
        source_lead_sd=none,
        source_transit=np.minimum(2, lead),
        source_capacity=np.full(n_part, np.inf),
        supplier_capacity=np.full(1, np.inf),
        source_capacity_use=np.ones(n_part),
        source_minimum=none,
        source_multiple=none,
        source_order_cost=none,
        source_payment_weeks=zero + 4,
        source_yield=none + 1,
        expedite_price=none,
        expedite_weeks=zero - 1,
        pause_source=zero[:0],
        pause_kind=zero[:0],
        pause_fail=none[:0],
        pause_recover=none[:0],
        source_yield_sd=none,
        source_split=none,
        purchase_units=none + 1,
        break_ptr=np.zeros(n_part + 1, dtype=np.int64),
        break_from=np.zeros(0),
        break_price=np.zeros(0),
        start_before=zero > 0,
        start_after=zero > 0,
        switch_cost=none,
        switch_median=none,
        switch_sigma=none,
        ramp_weeks=zero,
        fail_per_week=none,
        recover_per_week=none + 1,
        open_shipped=np.zeros((n_week, n_part)),
        open_cancellable=np.zeros_like(pipeline),
        open_unshipped=pipeline,
        line_product=np.arange(n_item - n_product, n_item),
        line_market=np.zeros(n_product, dtype=np.int64),
        demand=np.tile(demand, (n_week, 1)),
        price=np.tile(1.6 * cost[-n_product:], (n_week, 1)),
        line_sd_share=np.full(n_product, 0.2),
        line_backorder=np.zeros(n_product, dtype=bool),
        line_backorder_cost=np.zeros(n_product),
        line_priority=np.ones(n_product),
        line_receivable_weeks=np.full(n_product, 4),
        hazard_per_week=np.array([0.005]),
        earliest_week=np.array([0]),
        fixed_week=np.array([NEVER]),
        trigger=np.array([-1]),
        trigger_probability=np.ones(1),
        notice_weeks=np.array([0]),
        grace_weeks=np.array([0]),
        maintenance_weeks=np.array([0]),
        savings_weeks=np.array([NEVER]),
        in_transit_released=np.array([True]),
        relief_probability=np.array([0.6]),
        relief_median=np.array([30.0]),
        relief_sigma=np.array([0.4]),
        price_multiplier=np.ones(1),
        lead_multiplier=np.ones(1),
        supply_left=cut,
        supply_delay=np.zeros((1, n_part), dtype=np.int64),
        hits_item=np.concatenate([cut < 1, np.zeros((1, n_item - n_part), dtype=bool)], axis=1),
        hits_line=np.zeros((1, n_product), dtype=bool),
        cash_limit=np.full(n_week, np.inf),
        opening_cash=0.0,
        credit_limit=0.0,
        fixed_cost_per_week=0.0,
    )


def draws(arrays: NetworkArrays, count: int, *, cut: bool) -> Scenarios:
    """Noisy demand; with `cut`, the restriction falls within the horizon and lasts 30 weeks."""
    rng = np.random.default_rng(2)
    week = rng.integers(0, arrays.horizon_weeks, (count, 1)) if cut else np.full((count, 1), NEVER)
    return Scenarios(
        announced=week,
        effective=week,
        closed=week,
        relief=np.minimum(week + 30, NEVER),
        switch_weeks=np.zeros((count, len(arrays.source_ids))),
        demand_factor=rng.uniform(0.6, 1.4, (count, *arrays.demand.shape)),
        source_up=np.zeros((0, 0, 0), dtype=bool),
        weight=np.full(count, 1 / count),
    )
