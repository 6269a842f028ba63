"""Planning problems of any size. In: numbers of parts, products and teeth, a seed. Out: `CombProblem`.
One reason to exist: exact path, fast path and rivals are measured on the same problems, as the product's own.

Products share parts, a few parts are in most products; each region's restriction closes the sources there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, eye_array

from benchmarks.everything import take, two_markets
from benchmarks.networks import Bills, assembly_network
from outlast.network.arrays import ASSEMBLY, PART, PRODUCT, Floats, NetworkArrays
from outlast.optimise.comb import CombProblem, build_problem
from outlast.periods import NEVER
from outlast.scenarios.reduce import draw_durations

HORIZON, WINDOW, EPOCHS, BUCKET = 104, 104, 26, 4
REGIONS, PARTS_OF_A_PRODUCT, PARTS_OF_AN_ASSEMBLY = 5, 100, 10
HAZARD = 0.5 / 52
"""Of all restrictions together [events per week]."""
CASH_WEEKS = 5.0
"""What may be spent on protection, in weeks of normal purchases."""
STORAGE = 1.8
"""All space, as a multiple of what normal running needs at its peak."""
PERISHABLE, SHELF_WEEKS = 0.02, 13.0
"""Share of the parts that do not keep, and how long they do."""


def core(parts: int, products: int, scenarios: int, seed: int = 1) -> CombProblem:
    """Shared parts, staggered cuts, build-up limits, demand that varies over the weeks, cash.

    Args:
        parts: how many there are to choose from; those that no product uses are left out.
        products: of about a hundred parts each, at most about a third of all.
        scenarios: about as many teeth: 26 epochs, at most five restrictions, draws of the cut's length.
        seed: of everything.
    """
    regions, draws = teeth(scenarios, REGIONS)
    rng = np.random.default_rng(seed)
    arrays = assembly_network(shared(parts, products, 0, rng), 0.0, seed, HORIZON, WINDOW)
    arrays = replace(arrays, **terms(arrays, rng))
    arrays = replace(arrays, **closures(arrays, regions, rng))
    return problem_of(replace(arrays, cash_limit=np.full(arrays.n_week, cash(arrays))), draws, seed)


def everything(parts: int, products: int, scenarios: int, seed: int = 1, starts: int = 50) -> CombProblem:
    """The same with all that the planner knows: second sources, finished goods, bills of two levels, two
    markets of which one closes, notice and grace, prices and lead times that jump, shelf life, storage.

    Args:
        parts: as for `core`.
        products: the same; half of them contain assemblies.
        scenarios: the same, with one restriction more.
        seed: the same.
        starts: second sources whose switch costs something and may also be started before an event, at most
            one part in ten; the switch to any other starts with the event and costs nothing.
    """
    restrictions, draws = teeth(scenarios, REGIONS + 1)
    rng = np.random.default_rng(seed)
    bills = shared(parts, products, products // 2, rng)
    arrays = assembly_network(bills, 0.0, seed, HORIZON, WINDOW)
    arrays = two_markets(replace(arrays, **terms(arrays, rng)))
    arrays = replace(arrays, **closures(arrays, max(restrictions - 1, 1), rng))
    arrays = replace(arrays, **jumps(arrays))
    if restrictions > 1:
        arrays = closed_abroad(arrays)
    arrays = replace(second_sources(arrays, min(starts, parts // 10), rng), **goods(arrays, rng))
    later = np.where(np.arange(arrays.n_week) < 28, 0.5, 1.0)
    return problem_of(replace(arrays, cash_limit=later * cash(arrays)), draws, seed)


def teeth(scenarios: int, most: int) -> tuple[int, int]:
    """Restrictions and draws that give about as many teeth."""
    restrictions = int(np.clip(round(scenarios / EPOCHS), 1, most))
    return restrictions, max(1, round(scenarios / (EPOCHS * restrictions)))


def problem_of(arrays: NetworkArrays, draws: int, seed: int) -> CombProblem:
    """The comb tree."""
    durations = draw_durations(arrays, draws, seed, "plan", centred=True)
    return build_problem(arrays, *durations, bucket_weeks=BUCKET)


def cash(arrays: NetworkArrays) -> float:
    """The limit of what may be spent on protection [money]."""
    parts = arrays.item_kind == PART
    return CASH_WEEKS * float(arrays.usage[:, parts].mean(axis=0) @ arrays.standard_cost[parts])


# --- what products are made of


def shared(parts: int, products: int, assemblies: int, rng: np.random.Generator) -> Bills:
    """Parts drawn with odds that fall with their number, so that a few are in most products; products of the
    first half contain about four assemblies each."""
    odds = np.arange(1, parts + 1) ** -0.4
    odds /= odds.sum()
    usual = min(PARTS_OF_A_PRODUCT, parts // 3)
    sizes = np.clip(rng.normal(usual, 0.3 * usual, products), 5, parts).astype(int)
    sizes = np.concatenate([np.full(assemblies, min(PARTS_OF_AN_ASSEMBLY, parts)), sizes])
    chosen = [rng.choice(parts, size, replace=False, p=odds) for size in sizes]
    used = np.unique(np.concatenate(chosen))
    children: list[dict[int, float]] = [{} for _ in used]
    for numbers in chosen:
        units = rng.integers(1, 5, len(numbers)).astype(float)
        children.append(dict(zip(np.searchsorted(used, numbers).tolist(), units.tolist(), strict=True)))
    first, half = len(used) + assemblies, max(products // 2, 1)
    for assembly in range(len(used), first):
        for product in rng.choice(half, min(4, half), replace=False):
            children[first + int(product)][assembly] = 1.0
    return children, products


def contents(arrays: NetworkArrays) -> csr_matrix:
    """Units of every item in one of each, itself included, shape (item, item)."""
    n = len(arrays.item_ids)
    entries = (arrays.explosion_quantity, arrays.explosion_item, arrays.explosion_ptr)
    return csr_matrix(csr_matrix(entries, shape=(n, n)) + eye_array(n))


def terms(arrays: NetworkArrays, rng: np.random.Generator) -> dict[str, Any]:
    """Costs, prices, demand of seasons and growth, lead times, capacities, a start in normal running."""
    n_part, n_line, weeks = len(arrays.source_ids), len(arrays.line_ids), np.arange(arrays.n_week)[:, None]
    inside = contents(arrays)
    cost = np.append(rng.lognormal(0.0, 1.2, n_part), np.zeros(len(arrays.item_ids) - n_part))
    making = np.where(arrays.made, 0.05 * (inside @ cost), 0.0)
    standard = inside @ (cost + making)
    season = np.sin(2 * np.pi * (weeks / 52 + rng.random(n_line)))
    growth = (1 + rng.uniform(-0.1, 0.2, n_line)) ** (weeks / 52)
    demand = rng.lognormal(4.0, 1.0, n_line) * (1 + rng.uniform(0.0, 0.3, n_line) * season) * growth
    usage = np.ascontiguousarray((inside[arrays.line_product].T @ demand.T).T)
    lead = np.clip(rng.lognormal(np.log(10.0), 0.4, n_part), 1, 26).astype(np.int64)
    transit = np.minimum(2, lead)
    coming = np.where(weeks < lead, usage[:, :n_part], 0.0)
    working = np.where(arrays.made, 0.0, 4 * usage.mean(axis=0))
    price = standard[arrays.line_product] * rng.uniform(1.4, 2.5, n_line)
    none = np.broadcast_to(0.0, coming.shape)
    return {
        "standard_cost": standard,
        "make_cost": making,
        "make_weeks": np.zeros_like(arrays.make_weeks),
        "holding_cost": 0.2 / 52 * standard,
        "working_stock": working,
        "on_hand": working,
        "expiring": np.broadcast_to(0.0, usage.shape),
        "usage": usage,
        "source_price": cost[:n_part],
        "source_lead": lead,
        "source_transit": transit,
        "source_capacity": rng.uniform(1.05, 1.4, n_part) * usage[:, :n_part].max(axis=0),
        "open_shipped": np.where(weeks < transit, coming, 0.0),
        "open_unshipped": np.where(weeks < transit, 0.0, coming),
        "open_cancellable": none,
        "demand": demand,
        "price": np.broadcast_to(price, demand.shape),
    }


# --- what may happen


def closures(arrays: NetworkArrays, regions: int, rng: np.random.Generator) -> dict[str, Any]:
    """One restriction for each region, which closes all sources there. A part is cut until relief and its
    lead time after: about 24 weeks, more for some and less for others."""
    where = rng.integers(0, regions, len(arrays.source_ids))
    left = np.where(where == np.arange(regions)[:, None], 0.0, 1.0)
    hits_item = np.zeros((regions, len(arrays.item_ids)), dtype=np.bool_)
    hits_item[where, arrays.source_item] = True
    return {
        "restriction_ids": tuple(f"REGION-{region}" for region in range(regions)),
        "hazard_per_week": np.full(regions, HAZARD / regions),
        "earliest_week": np.zeros(regions, dtype=np.int64),
        "fixed_week": np.full(regions, NEVER),
        "trigger": np.full(regions, -1),
        "trigger_probability": np.ones(regions),
        "notice_weeks": np.zeros(regions, dtype=np.int64),
        "grace_weeks": np.zeros(regions, dtype=np.int64),
        "maintenance_weeks": np.zeros(regions, dtype=np.int64),
        "savings_weeks": np.full(regions, NEVER),
        "in_transit_released": np.ones(regions, dtype=np.bool_),
        "relief_probability": np.ones(regions),
        "relief_median": np.full(regions, 13.0),
        "relief_sigma": np.full(regions, 0.4),
        "price_multiplier": np.ones(regions),
        "lead_multiplier": np.ones(regions),
        "supply_left": left,
        "supply_delay": np.zeros_like(left, dtype=np.int64),
        "hits_item": hits_item,
        "hits_line": np.zeros((regions, len(arrays.line_ids)), dtype=np.bool_),
    }


def jumps(arrays: NetworkArrays) -> dict[str, Any]:
    """Notice, grace, goods on their way that are stopped, dearer and slower second sources, by region; relief
    comes later than second sources are ready, or never."""
    region = np.arange(len(arrays.restriction_ids))
    return {
        "notice_weeks": np.where(region == 1, 3, 0),
        "grace_weeks": np.where(region == 2, 6, 0),
        "in_transit_released": region != 3,
        "price_multiplier": np.where(region < 2, 1.2, 1.0),
        "lead_multiplier": np.where(region < 2, 1.3, 1.0),
        "relief_median": np.full(len(region), 30.0),
        "relief_probability": np.full(len(region), 0.9),
    }


def closed_abroad(arrays: NetworkArrays) -> NetworkArrays:
    """One restriction more, which closes the market abroad and no source."""
    last = len(arrays.restriction_ids)
    arrays = take(arrays, "restriction", [*range(last), -1])
    own = np.arange(last + 1) == last
    return replace(
        arrays,
        restriction_ids=(*arrays.restriction_ids, "ABROAD"),
        hazard_per_week=np.where(own, HAZARD / last, arrays.hazard_per_week),
        notice_weeks=np.where(own, 0, arrays.notice_weeks),
        supply_left=np.where(own[:, None], 1.0, arrays.supply_left),
        hits_item=np.where(own[:, None], False, arrays.hits_item),
        hits_line=own[:, None] & (arrays.line_market == 1),
    )


# --- what the core has not


def second_sources(arrays: NetworkArrays, starts: int, rng: np.random.Generator) -> NetworkArrays:
    """A second source of every part: not qualified, dearer, smaller, with a ramp. The switch to those of the
    parts that cost most in a year costs some weeks of purchases, and may start before an event."""
    rows = np.repeat(np.arange(len(arrays.source_ids)), 2)
    spend = (arrays.usage.mean(axis=0) * arrays.standard_cost)[: len(arrays.source_ids)][rows]
    second = np.arange(len(rows)) % 2 == 1
    arrays = take(arrays, "source", rows)
    n, use = len(rows), arrays.usage[:, arrays.source_item].mean(axis=0)
    dear = np.zeros(n, dtype=np.bool_)
    dear[2 * np.argsort(-spend[::2], kind="stable")[:starts] + 1] = True
    ptr = np.full(len(arrays.item_ids) + 1, n)
    ptr[: n // 2] = np.arange(0, n, 2)
    return replace(
        arrays,
        source_ids=tuple(f"S{row}-{rank}" for row, rank in zip(rows, second.astype(int), strict=True)),
        source_ptr=ptr,
        source_qualified=~second,
        source_price=arrays.source_price * np.where(second, rng.uniform(1.05, 1.6, n), 1.0),
        source_capacity=np.where(second, rng.uniform(0.6, 1.3, n) * use, arrays.source_capacity),
        ramp_weeks=np.where(second, rng.integers(0, 9, n), 0),
        start_before=dear,
        start_after=second,
        switch_cost=np.where(dear, rng.uniform(1.0, 6.0, n) * spend, 0.0),
        switch_median=np.where(second, rng.lognormal(np.log(12.0), 0.5, n), 0.0),
        switch_sigma=np.where(second, 0.35, 0.0),
        supply_left=np.where(second, 1.0, arrays.supply_left),
        open_shipped=np.where(second, 0.0, arrays.open_shipped),
        open_unshipped=np.where(second, 0.0, arrays.open_unshipped),
        break_ptr=np.zeros(n + 1, dtype=np.int64),
    )


def goods(arrays: NetworkArrays, rng: np.random.Generator) -> dict[str, Any]:
    """Stock of products, more than normal of some; limits of making; parts that do not keep; space."""
    n, use, kind = len(arrays.item_ids), arrays.usage.mean(axis=0), arrays.item_kind
    working = np.where(kind == PRODUCT, 2 * use, arrays.working_stock)
    surplus = np.where((kind == PRODUCT) & (rng.random(n) < 0.2), 4 * use, 0.0)
    tight = (kind == PRODUCT) | ((kind == ASSEMBLY) & (rng.random(n) < 0.5))
    space: Floats = np.sqrt(arrays.standard_cost) * rng.uniform(0.5, 2.0, n) * (kind != ASSEMBLY)
    return {
        "working_stock": working,
        "on_hand": working + surplus,
        "make_capacity": np.where(tight, 1.15 * arrays.usage.max(axis=0), np.inf),
        "shelf_life": np.where((kind == PART) & (rng.random(n) < PERISHABLE), SHELF_WEEKS, np.inf),
        "storage_per_unit": space,
        "storage_limit": STORAGE * float(((working + arrays.usage) @ space).max() + surplus @ space),
    }
