"""A company in which every feature of the simulator is on. In: bills of materials. Out: `Instance`.
One reason to exist: a planner's case has more in it than cuts and lead times, and that is measured too.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, get_type_hints

import numpy as np

from benchmarks.networks import Bills, assembly_network
from outlast.network.arrays import RECEIPT, SHIPMENT, TRANSIT, Axes, Floats, NetworkArrays
from outlast.periods import NEVER
from outlast.simulate.policy import Policy, normal_policy

LISTING, PLANT, RULE, MARKET, DATED = range(5)
"""Restrictions: of sources, of a supplier's output, one that follows the first, of sales, one with a date."""


@dataclass(frozen=True)
class Instance:
    """A case and what the company does."""

    arrays: NetworkArrays
    policy: Policy
    quarantined: Floats
    """Units held back from stock at the start, shape (item)."""

    def but(self, **changes: Any) -> Instance:
        """The same with other arrays of the case, or of the policy."""
        of_case = {field.name for field in fields(NetworkArrays)}
        return replace(
            self,
            arrays=replace(self.arrays, **{name: changes[name] for name in changes if name in of_case}),
            policy=replace(self.policy, **{name: changes[name] for name in changes if name not in of_case}),
        )

    def flat(self, **values: float) -> Instance:
        """The same with arrays that have one value everywhere."""
        parts = {name: getattr(self.arrays, name, getattr(self.policy, name, None)) for name in values}
        return self.but(**{name: np.full_like(parts[name], value) for name, value in values.items()})

    def one(self, restriction: int, **values: Any) -> Instance:
        """The same where one restriction has other values."""
        changed = {name: getattr(self.arrays, name).copy() for name in values}
        for name, value in values.items():
            changed[name][restriction] = value
        return self.but(**changed)


# --- the instance


def everything(bills: Bills, seed: int = 1, horizon: int = 104, window: int = 104) -> Instance:
    """An assembly network in two markets, with second and alternative sources and five restrictions."""
    rng = np.random.default_rng(seed)
    arrays = launches(two_markets(assembly_network(bills, 0.0, seed, horizon, window)))
    arrays = replace(arrays, **items(arrays, rng))
    quarantined = np.where(rng.random(len(arrays.item_ids)) < 0.2, arrays.usage[-1], 0.0)
    arrays = replace(arrays, on_hand=arrays.on_hand - quarantined)
    arrays, rank = more_sources(arrays, rng)
    arrays = replace(arrays, **terms(arrays, rank, rng))
    arrays = replace(arrays, **four_suppliers(arrays, rng))
    arrays = replace(arrays, **disruptions(arrays, rng), **restrictions(arrays, rank, rng), **cash(arrays))
    return Instance(arrays, schedule(arrays, rank, rng), quarantined)


def take(arrays: NetworkArrays, axis: str, rows: Any) -> NetworkArrays:
    """The case with these rows of an axis, which may repeat; pointers are left as they are."""
    changes: dict[str, Any] = {}
    for name, hint in get_type_hints(NetworkArrays, include_extras=True).items():
        for axes in getattr(hint, "__metadata__", ()):
            if isinstance(axes, Axes) and axis in axes.axes.split(", "):
                where = axes.axes.split(", ").index(axis)
                changes[name] = np.take(getattr(arrays, name), rows, axis=where)
    return replace(arrays, **changes)


def two_markets(arrays: NetworkArrays) -> NetworkArrays:
    """Every product at home, where what is not served is lost, and abroad, where it waits."""
    twice = np.repeat(np.arange(len(arrays.line_ids)), 2)
    abroad = np.arange(len(twice)) % 2 == 1
    arrays = take(arrays, "line", twice)
    products = [arrays.item_ids[item] for item in arrays.line_product]
    markets = [("HOME", "ABROAD")[number] for number in abroad.astype(int)]
    return replace(
        arrays,
        market_ids=("HOME", "ABROAD"),
        line_ids=tuple(zip(products, markets, strict=True)),
        line_market=abroad.astype(np.int64),
        demand=arrays.demand / 2,
        price=arrays.price * np.where(abroad, 0.9, 1.0),
        line_backorder=abroad,
        line_backorder_cost=np.where(abroad, 0.02 * arrays.price[0], 0.0),
        line_priority=np.where(abroad, 1.0, 2.0),
        line_receivable_weeks=np.where(abroad, 9, 4),
    )


def launches(arrays: NetworkArrays) -> NetworkArrays:
    """One product in eight, the last ones, is first sold after the restriction with a date is effective."""
    products = np.unique(arrays.line_product)
    start, demand, usage = 5 * arrays.horizon_weeks // 8, arrays.demand.copy(), arrays.usage.copy()
    for product in products[-max(1, len(products) // 8) :]:
        lines = arrays.line_product == product
        units = demand[:start, lines].sum(axis=1)
        demand[:start, lines] = 0.0
        usage[:start, product] -= units
        for row in range(arrays.explosion_ptr[product], arrays.explosion_ptr[product + 1]):
            usage[:start, arrays.explosion_item[row]] -= units * arrays.explosion_quantity[row]
    return replace(arrays, demand=demand, usage=np.where(usage < 1e-9, 0.0, usage))


def items(arrays: NetworkArrays, rng: np.random.Generator) -> dict[str, Any]:
    """Capacities of making, shelf lives, and lots at the start that soon expire."""
    n_item, usage = len(arrays.item_ids), arrays.usage[-1]
    perishable = ~arrays.made & (rng.random(n_item) < 0.1)
    expiring = np.zeros_like(arrays.usage)
    stock = 6 * usage
    expiring[3, perishable] = 0.9 * stock[perishable]
    tight = arrays.made & (rng.random(n_item) < 0.5)
    return {
        "working_stock": 5 * usage,
        "on_hand": stock,
        "make_capacity": np.where(tight, 1.15 * usage, np.inf),
        "shelf_life": np.where(perishable, 6.0, np.inf),
        "expiring": expiring,
    }


def more_sources(arrays: NetworkArrays, rng: np.random.Generator) -> tuple[NetworkArrays, Any]:
    """A second qualified source for some parts, an alternative one for others; rank of each source
    (0: first, 1: second, 2: alternative)."""
    n_part = len(arrays.source_ids)
    kind = rng.random(n_part)
    count = np.where(kind < 0.55, 2, 1)
    rows = np.repeat(np.arange(n_part), count)
    later = np.concatenate([[False], rows[1:] == rows[:-1]])
    rank = np.where(later, np.where(kind[rows] < 0.3, 1, 2), 0)
    arrays = take(arrays, "source", rows)
    per_item = np.bincount(arrays.source_item, minlength=len(arrays.item_ids))
    return (
        replace(
            arrays,
            source_ids=tuple(f"{name}-{number}" for name, number in zip(rows, rank, strict=True)),
            source_ptr=np.concatenate([[0], np.cumsum(per_item)]),
            source_qualified=rank < 2,
        ),
        rank,
    )


def terms(arrays: NetworkArrays, rank: Any, rng: np.random.Generator) -> dict[str, Any]:
    """What sources ask and how they deliver."""
    n, usage = len(rank), arrays.usage[-1, arrays.source_item]

    def some(share: float) -> Any:
        return rng.random(n) < share

    lead = arrays.source_lead + np.where(rank == 1, 2, 0)
    transit = np.maximum(1, lead // 2)
    price = arrays.source_price * np.array([1.0, 1.1, 1.3])[rank]
    weeks = np.arange(arrays.n_week)[:, None]
    goods = np.where((rank == 0) & (weeks < lead), arrays.usage[0, arrays.source_item], 0.0)
    surplus = some(0.2)
    goods *= np.where(surplus, 1.5, 1.0)
    unshipped = np.where(weeks < transit, 0.0, goods)
    varying, spoiling, broken = some(0.4), some(0.3), np.flatnonzero(some(0.3) & (usage > 0))
    doubled = np.bincount(arrays.source_item[rank == 1], minlength=len(arrays.item_ids)) > 0
    split = np.where(doubled[arrays.source_item], np.where(rank == 0, 0.7, 0.3), 0.0)
    break_ptr = np.concatenate([[0], np.cumsum(np.bincount(broken, minlength=n))])
    return {
        "source_price": price,
        "source_lead": lead,
        "source_lead_sd": np.where(varying, 0.3 * lead, 0.0),
        "source_transit": transit,
        "source_capacity": np.where(some(0.3), np.array([1.3, 1.0, 0.7])[rank] * usage, np.inf),
        "source_minimum": np.where(some(0.3), 2.0 * usage, 0.0),
        "source_multiple": np.where(some(0.3), 0.4 * usage, 0.0),
        "source_order_cost": np.full(n, 2.0),
        "source_payment_weeks": np.where(some(0.2), -2, 4),
        "source_yield": np.where(spoiling, 0.95, 1.0),
        "source_yield_sd": np.where(spoiling, 0.04, 0.0),
        "source_split": np.where(rank < 2, split, 0.0),
        "break_ptr": break_ptr,
        "break_from": 1.5 * usage[broken],
        "break_price": 0.9 * price[broken],
        "expedite_weeks": np.where(some(0.25) & (lead > 3), 2, -1),
        "expedite_price": 1.5 * price,
        "start_before": rank == 2,
        "start_after": rank == 2,
        "switch_cost": np.where(rank == 2, 200.0, 0.0),
        "switch_median": np.where(rank == 2, 8.0, 0.0),
        "switch_sigma": np.where(rank == 2, 0.4, 0.0),
        "ramp_weeks": np.where(rank == 2, 6, 0),
        "open_shipped": np.where(weeks < transit, goods, 0.0),
        "open_unshipped": unshipped,
        "open_cancellable": np.where(surplus, unshipped, 0.0),
    }


def four_suppliers(arrays: NetworkArrays, rng: np.random.Generator) -> dict[str, Any]:
    """One of them limits what all its sources make together, counted in money."""
    supplier = rng.integers(0, 4, len(arrays.source_ids))
    use = arrays.standard_cost[arrays.source_item]
    normal = float((arrays.usage[-1, arrays.source_item] * use)[supplier == 0].sum())
    return {
        "supplier_ids": ("LIMITED", "X", "Y", "Z"),
        "source_supplier": supplier,
        "supplier_capacity": np.array([1.1 * normal, np.inf, np.inf, np.inf]),
        "source_capacity_use": np.where(supplier == 0, use, 1.0),
        "source_capacity": np.minimum(
            arrays.source_capacity, np.where(supplier == 0, 1.1 * normal / use, np.inf)
        ),
    }


def disruptions(arrays: NetworkArrays, rng: np.random.Generator) -> dict[str, Any]:
    """Sources that stop taking orders, and goods that pause in one of three ways."""
    n = len(arrays.source_ids)
    chosen = [
        (s, kind) for kind in (SHIPMENT, TRANSIT, RECEIPT) for s in np.flatnonzero(rng.random(n) < 0.05)
    ]
    chosen.sort()
    failing = rng.random(n) < 0.05
    return {
        "fail_per_week": np.where(failing, 0.02, 0.0),
        "recover_per_week": np.where(failing, 0.4, 1.0),
        "pause_source": np.array([s for s, _ in chosen], dtype=np.int64),
        "pause_kind": np.array([kind for _, kind in chosen], dtype=np.int64),
        "pause_fail": np.full(len(chosen), 0.02),
        "pause_recover": np.full(len(chosen), 0.5),
    }


def restrictions(arrays: NetworkArrays, rank: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Five of them; alternatives stay open."""
    n_source, n_item = len(rank), len(arrays.item_ids)
    drawn = rng.random(n_source)
    left = np.ones((5, n_source))
    left[LISTING, (drawn < 0.1) & (rank == 0)] = 0.0
    left[PLANT, (drawn > 0.1) & (drawn < 0.16) & (rank < 2)] = 0.4
    left[RULE, (drawn > 0.16) & (drawn < 0.2) & (rank < 2)] = 0.0
    left[DATED, (drawn > 0.2) & (drawn < 0.23) & (rank < 2)] = 0.0
    hits_item = np.zeros((5, n_item), dtype=np.bool_)
    hits_line = np.zeros((5, len(arrays.line_ids)), dtype=np.bool_)
    for restriction in range(5):
        hits_item[restriction, arrays.source_item[left[restriction] < 1]] = True
    hits_line[MARKET] = (arrays.line_market == 1) & (arrays.line_product % 2 == 0)
    return {
        "restriction_ids": ("LISTING", "PLANT", "RULE", "MARKET", "DATED"),
        "hazard_per_week": np.array([0.02, 0.01, 0.0, 0.01, 0.0]),
        "earliest_week": np.zeros(5, dtype=np.int64),
        "fixed_week": np.array([NEVER, NEVER, NEVER, NEVER, arrays.horizon_weeks // 2]),
        "trigger": np.array([-1, -1, LISTING, -1, -1]),
        "trigger_probability": np.array([1.0, 1.0, 0.7, 1.0, 1.0]),
        "notice_weeks": np.array([3, 0, 2, 0, 4]),
        "grace_weeks": np.array([4, 0, 0, 0, 0]),
        "maintenance_weeks": np.array([0, 0, 0, 0, 20]),
        "savings_weeks": np.array([3, NEVER, NEVER, NEVER, 0]),
        "in_transit_released": np.array([True, True, False, True, True]),
        "relief_probability": np.array([0.8, 0.9, 0.6, 0.5, 0.9]),
        "relief_median": np.array([25.0, 15.0, 20.0, 20.0, 12.0]),
        "relief_sigma": np.full(5, 0.4),
        "price_multiplier": np.array([1.3, 1.0, 1.0, 1.0, 1.0]),
        "lead_multiplier": np.array([1.5, 1.0, 1.0, 1.0, 1.0]),
        "supply_left": left,
        "supply_delay": np.where(left < 1, np.array([0, 3, 0, 0, 0])[:, None], 0),
        "hits_item": hits_item,
        "hits_line": hits_line,
    }


def cash(arrays: NetworkArrays) -> dict[str, Any]:
    """Money for some weeks of sales, a credit line, fixed cost."""
    sales = float((arrays.demand[0] * arrays.price[0]).sum())
    return {"opening_cash": 3 * sales, "credit_limit": 4 * sales, "fixed_cost_per_week": 0.3 * sales}


def schedule(arrays: NetworkArrays, rank: Any, rng: np.random.Generator) -> Policy:
    """A plan: base stock, (s, S) or (r, Q) by item, protective stock, build-up, early starts, hoarding."""
    normal, usage, kind = normal_policy(arrays), arrays.usage, rng.random(len(arrays.item_ids))
    bought, mixed = ~arrays.made, rng.random(len(rank))
    protective = np.where(bought & (rng.random(len(kind)) < 0.2), 4 * usage, 0.0)
    buildup = np.where((rank == 0) & (mixed < 0.1), 0.5 * usage[:, arrays.source_item], 0.0)
    buildup[12:] = 0.0
    starts = (rank == 2) & (mixed > 0.8)
    return replace(
        normal,
        protective=protective,
        buildup=buildup,
        start_week=np.where(starts, 10, NEVER),
        hoard=np.where(arrays.hits_item & (rng.random(len(kind)) < 0.4), 3 * usage[-1], 0.0),
        gap=np.where(bought & (kind < 0.15), 2.5 * usage, 0.0),
        batch=np.where(bought & (kind > 0.85), 2.5 * usage[-1], 0.0),
    )
