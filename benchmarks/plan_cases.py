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
from outlast.network.arrays import PART, PRODUCT, Floats, Ints, NetworkArrays
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.risk import NEUTRAL, Risk
from outlast.periods import NEVER
from outlast.scenarios.reduce import draw_durations

HORIZON, WINDOW, EPOCHS, BUCKET = 104, 104, 26, 4
REGIONS, PARTS_OF_A_PRODUCT, PARTS_OF_AN_ASSEMBLY = 5, 100, 10
HAZARD = 0.5 / 52
"""Of all restrictions together [events per week]."""
CASH_WEEKS, CASH_WEEKS_BESIDE_STORAGE = 4.0, 2.0
"""What may be spent on protection, in weeks of normal purchases; less where storage is to bind as well."""
STORAGE = 1.1
"""All space, as a multiple of what normal running needs at its peak."""
PERISHABLE, SHELF_WEEKS = 20, 6.0
"""One part in so many does not keep, beginning with the one that most products use; how long it does."""


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
    return problem_of(
        replace(arrays, cash_limit=np.full(arrays.n_week, CASH_WEEKS * purchases(arrays))), draws, seed
    )


def everything(
    parts: int,
    products: int,
    scenarios: int,
    seed: int = 1,
    starts: int = 50,
    cvar: float = 0.0,
    waiting: bool = True,
    perishable: bool = True,
) -> CombProblem:
    """The same with all that the planner knows: second sources, finished goods, bills of two levels, two
    markets of which one closes, notice and grace, prices and lead times that jump, shelf life, storage.

    Args:
        parts: as for `core`.
        products: the same; half of them contain assemblies.
        scenarios: the same, with one restriction more.
        seed: the same.
        starts: second sources whose switch costs something and may also be started before an event, at most
            one part in ten; the switch to any other starts with the event and costs nothing.
        cvar: weight of CVaR against the mean.
        waiting: whether a market waits; else what it is not sold is lost there as well.
        perishable: whether some parts do not keep.
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
    if not waiting:
        arrays = replace(arrays, line_backorder=np.zeros_like(arrays.line_backorder))
    if not perishable:
        arrays = replace(arrays, shelf_life=np.full_like(arrays.shelf_life, np.inf))
    later = CASH_WEEKS_BESIDE_STORAGE * np.where(np.arange(arrays.n_week) < 28, 0.5, 1.0)
    return problem_of(replace(arrays, cash_limit=later * purchases(arrays)), draws, seed, Risk(cvar))


def teeth(scenarios: int, most: int) -> tuple[int, int]:
    """Restrictions and draws that give about as many teeth."""
    restrictions = int(np.clip(round(scenarios / EPOCHS), 1, most))
    return restrictions, max(1, round(scenarios / (EPOCHS * restrictions)))


def problem_of(arrays: NetworkArrays, draws: int, seed: int, risk: Risk = NEUTRAL) -> CombProblem:
    """The comb tree."""
    durations = draw_durations(arrays, draws, seed, "plan", centred=True)
    return build_problem(arrays, *durations, bucket_weeks=BUCKET, risk=risk)


def purchases(arrays: NetworkArrays) -> float:
    """What normal running buys in a week [money]."""
    parts = arrays.item_kind == PART
    return float(arrays.usage[:, parts].mean(axis=0) @ arrays.standard_cost[parts])


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
    working = np.where(arrays.made, 0.0, 4 * usage.mean(axis=0))
    price = standard[arrays.line_product] * rng.uniform(1.4, 2.5, n_line)
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
        **on_order(usage[:, :n_part], lead),
        "source_capacity": rng.uniform(1.02, 1.2, n_part) * usage[:, :n_part].max(axis=0),
        "demand": demand,
        "price": np.broadcast_to(price, demand.shape),
    }


def on_order(use: Floats, lead: Ints) -> dict[str, Any]:
    """Lead times, and what is on order if the use of each week was ordered one before; what comes in the next
    two weeks is on its way. Use has the shape (week, source)."""
    weeks, transit = np.arange(len(use))[:, None], np.minimum(2, lead)
    coming = np.where(weeks < lead, use, 0.0)
    return {
        "source_lead": lead,
        "source_transit": transit,
        "open_shipped": np.where(weeks < transit, coming, 0.0),
        "open_unshipped": np.where(weeks < transit, 0.0, coming),
        "open_cancellable": np.broadcast_to(0.0, use.shape),
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
        "notice_weeks": np.where(region % 2 == 1, 4, 0),
        "grace_weeks": np.where(region == 2, 6, 0),
        "in_transit_released": region != 3,
        "price_multiplier": np.full(len(region), 1.5),
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
    """A second source of every part: not qualified, dearer, smaller, with a ramp. The switch to the slowest
    of them costs what is bought of a part in some weeks, and may start before an event."""
    rows = np.repeat(np.arange(len(arrays.source_ids)), 2)
    second = np.arange(len(rows)) % 2 == 1
    arrays = take(arrays, "source", rows)
    n, use = len(rows), arrays.usage[:, arrays.source_item].mean(axis=0)
    median = rng.lognormal(np.log(12.0), 0.5, n)
    slowest = np.argsort(-np.where(second, median + arrays.source_lead, 0.0), kind="stable")[:starts]
    dear = np.zeros(n, dtype=np.bool_)
    dear[slowest] = True
    weekly = float((use * arrays.standard_cost[arrays.source_item])[second].mean())
    ptr = np.full(len(arrays.item_ids) + 1, n)
    ptr[: n // 2] = np.arange(0, n, 2)
    return replace(
        arrays,
        source_ids=tuple(f"S{row}-{rank}" for row, rank in zip(rows, second.astype(int), strict=True)),
        source_ptr=ptr,
        source_qualified=~second,
        source_price=arrays.source_price * np.where(second, rng.uniform(1.05, 1.6, n), 1.0),
        source_capacity=np.where(second, rng.uniform(0.3, 0.8, n) * use, arrays.source_capacity),
        ramp_weeks=np.where(second, rng.integers(0, 9, n), 0),
        start_before=dear,
        start_after=second,
        switch_cost=np.where(dear, rng.uniform(0.1, 1.0, n) * weekly, 0.0),
        switch_median=np.where(second, median, 0.0),
        switch_sigma=np.where(second, 0.35, 0.0),
        supply_left=np.where(second, 1.0, arrays.supply_left),
        open_shipped=np.where(second, 0.0, arrays.open_shipped),
        open_unshipped=np.where(second, 0.0, arrays.open_unshipped),
        break_ptr=np.zeros(n + 1, dtype=np.int64),
    )


def goods(arrays: NetworkArrays, rng: np.random.Generator) -> dict[str, Any]:
    """Stock of what is made, more than normal of some products; limits of making; parts that do not keep;
    space."""
    n, use, kind = len(arrays.item_ids), arrays.usage.mean(axis=0), arrays.item_kind
    working = np.where(arrays.made, 2 * use, arrays.working_stock)
    surplus = np.where((kind == PRODUCT) & (rng.random(n) < 0.2), 4 * use, 0.0)
    perishable = (kind == PART) & (np.arange(n) % PERISHABLE == 0)
    small = np.where(kind == PART, rng.lognormal(0.0, 1.0, n), 0.0)
    space: Floats = np.where(arrays.made, contents(arrays) @ small, small)
    return {
        "working_stock": working,
        "on_hand": working + surplus,
        "make_capacity": np.where(arrays.made, 1.1 * arrays.usage.max(axis=0), np.inf),
        "shelf_life": np.where(perishable, SHELF_WEEKS, np.inf),
        "write_down_share": np.full(n, 0.8),
        "storage_per_unit": space,
        "storage_limit": STORAGE * float(((working + arrays.usage) @ space).max()),
    }
