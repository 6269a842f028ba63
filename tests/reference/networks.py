"""Small but rich random cases. In: a seed. Out: `Case` of arrays, scenarios and policy.
One reason to exist: kernel and twin, and the laws of the simulator, are tried on the same networks.
Figures are drawn without round values, so that ties (where any answer is right) do not occur.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from outlast.network.arrays import ASSEMBLY, PART, PRODUCT, NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import Policy, normal_policy


@dataclass(frozen=True)
class Case:
    """All that the simulator needs."""

    arrays: NetworkArrays
    scenarios: Scenarios
    policy: Policy


class Draws:
    """A generator with words for what the cases need."""

    def __init__(self, seed: int | list[int]):
        self.rng = np.random.default_rng(seed)

    def chance(self, odds: float) -> bool:
        return bool(self.rng.random() < odds)

    def whole(self, low: int, high: int) -> int:
        """Both ends included."""
        return int(self.rng.integers(low, high + 1))

    def real(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def some(self, pool: list[int], low: int, high: int) -> list[int]:
        count = min(len(pool), self.whole(low, high))
        return sorted(int(value) for value in self.rng.choice(pool, size=count, replace=False))


def random_case(seed: int, n_scenario: int = 4, **changes: Any) -> Case:
    """A case from a seed; `changes` replace arrays of the network."""
    arrays = random_arrays(seed)
    arrays = replace(arrays, **random_spreads(seed, arrays) | changes)
    return Case(arrays, random_scenarios(seed, arrays, n_scenario), random_policy(seed, arrays))


def cases(n_scenario: int = 4) -> st.SearchStrategy[Case]:
    """Hypothesis strategy of cases."""
    return st.integers(0, 2**31 - 1).map(lambda seed: random_case(seed, n_scenario))


# --- the network


def random_arrays(seed: int) -> NetworkArrays:
    """A network of several levels with every feature that the arrays can express."""
    draw = Draws([seed, 1])
    bom = _random_bom(draw)
    n_item = len(bom.kind)
    horizon, window = draw.whole(8, 16), draw.whole(8, 24)
    n_week = horizon + window
    items = _random_items(draw, bom)
    lines = _random_lines(draw, bom, items["standard_cost"], n_week)
    _sell_later(Draws([seed, 12]), lines)
    usage = np.zeros((n_week, n_item))
    for line, product in enumerate(lines["line_product"]):
        usage[:, product] += lines["demand"][:, line]
        for item, quantity in bom.exploded[int(product)].items():
            usage[:, item] += quantity * lines["demand"][:, line]
    sources = _random_sources(draw, bom, usage, items["standard_cost"])
    breaks = _random_breaks(Draws([seed, 5]), sources, usage)
    restrictions = _random_restrictions(draw, n_item, sources, lines)
    mean_usage = usage.mean(axis=0)
    working = mean_usage * draw.rng.uniform(0, 2, n_item)
    return NetworkArrays(
        item_ids=tuple(f"I{item}" for item in range(n_item)),
        supplier_ids=("S0", "S1"),
        supplier_capacity=np.full(2, np.inf),
        market_ids=("M0", "M1"),
        assumptions=(),
        horizon_weeks=horizon,
        window_weeks=window,
        epoch_weeks=4,
        n_week=n_week,
        fill_target=draw.real(0.7, 1.0),
        item_kind=np.array(bom.kind),
        made=np.array([bool(children) for children in bom.children]),
        storage_per_unit=np.zeros(n_item),
        storage_limit=np.inf,
        shelf_life=np.full(n_item, np.inf),
        working_stock=working,
        expiring=np.zeros((n_week, n_item)),
        on_hand=working + mean_usage * draw.rng.uniform(0, 6, n_item),
        usage=usage,
        cash_limit=np.full(n_week, np.inf),
        opening_cash=draw.real(0, 5000),
        credit_limit=draw.real(0, 500),
        fixed_cost_per_week=draw.real(0, 50),
        **_bom_arrays(bom),
        **items,
        **lines,
        **sources,
        **breaks,
        **restrictions,
        **no_pauses(),
    )


def no_pauses() -> dict[str, Any]:
    """No disruption that delays goods."""
    whole, odds = np.zeros(0, dtype=np.int64), np.zeros(0)
    return {"pause_source": whole, "pause_kind": whole, "pause_fail": odds, "pause_recover": odds}


def random_spreads(seed: int, arrays: NetworkArrays) -> dict[str, Any]:
    """Yields, lead times that vary, and shares of orders, for some of the cases."""
    draw, n_source = Draws([seed, 6]), len(arrays.source_ids)
    mean = np.where(draw.rng.random(n_source) < 0.6, draw.rng.uniform(0.5, 1.2, n_source), 1.0)
    split = draw.rng.uniform(0.1, 1, n_source) * (draw.rng.random(n_source) < 0.7)
    # A share below 1 cannot vary more than that (`yield-sd-impossible`).
    most = np.where(mean < 1, 0.9 * np.sqrt(np.maximum(mean * (1 - mean), 0)), np.inf)
    some = {
        "source_lead_sd": arrays.source_lead * draw.rng.uniform(0.1, 0.6, n_source),
        "source_yield": mean,
        "source_yield_sd": np.minimum(draw.rng.uniform(0, 0.2, n_source), most)
        * (draw.rng.random(n_source) < 0.5),
        "source_split": split,
    }
    chosen = {name: values for name, values in some.items() if draw.chance(0.5)}
    chosen |= _random_lives(draw, arrays) if draw.chance(0.5) else {}
    chosen |= _random_licences(Draws([seed, 11]), arrays)
    chosen |= _random_cancelling(Draws([seed, 13]), arrays)
    chosen |= _random_limits(Draws([seed, 10]), arrays)
    chosen |= _random_expediting(draw, arrays) if draw.chance(0.5) else {}
    return chosen | (_random_pauses(draw, arrays) if draw.chance(0.5) else {})


def _random_expediting(draw: Draws, arrays: NetworkArrays) -> dict[str, Any]:
    """Sources that hurry at a price."""
    n_source = len(arrays.source_ids)
    weeks = draw.rng.integers(-1, 4, n_source)
    return {"expedite_weeks": weeks, "expedite_price": arrays.source_price * draw.rng.uniform(1, 3, n_source)}


def _random_licences(draw: Draws, arrays: NetworkArrays) -> dict[str, Any]:
    """Licences for maintenance, in some of the cases, of some restrictions."""
    weeks = draw.rng.integers(0, 7, len(arrays.restriction_ids))
    return {"maintenance_weeks": weeks} if draw.chance(0.5) else {}


def _random_cancelling(draw: Draws, arrays: NetworkArrays) -> dict[str, Any]:
    """Some open orders may be cancelled, in whole or but for another order due in the same week."""
    part = np.where(draw.rng.random(arrays.open_unshipped.shape) < 0.5, 1.0, draw.real(0.2, 0.8))
    some = draw.rng.random(arrays.open_unshipped.shape) < 0.6
    return {"open_cancellable": some * part * arrays.open_unshipped} if draw.chance(0.5) else {}


def _random_limits(draw: Draws, arrays: NetworkArrays) -> dict[str, Any]:
    """Suppliers that can do less or more than what all their sources use, for some of the cases."""
    use = draw.rng.uniform(0.2, 3, len(arrays.source_ids))
    whole = np.zeros(len(arrays.supplier_ids))
    np.add.at(whole, arrays.source_supplier, use * arrays.usage.mean(axis=0)[arrays.source_item])
    limited = draw.rng.random(len(whole)) < 0.4
    capacity = np.where(limited, whole * draw.rng.uniform(0.2, 1.2, len(whole)), np.inf)
    return {"supplier_capacity": capacity, "source_capacity_use": use}


def _random_pauses(draw: Draws, arrays: NetworkArrays) -> dict[str, Any]:
    """Disruptions of any of the kinds that delay goods, some sources with several."""
    rows = [(s, kind) for s in range(len(arrays.source_ids)) for kind in (1, 2, 4) if draw.chance(0.4)]
    odds = draw.rng.uniform(0.1, 0.6, len(rows))
    return {
        "pause_source": np.array([s for s, _ in rows], dtype=np.int64),
        "pause_kind": np.array([kind for _, kind in rows], dtype=np.int64),
        "pause_fail": odds,
        "pause_recover": 1 - odds,
    }


def _random_lives(draw: Draws, arrays: NetworkArrays) -> dict[str, Any]:
    """Shelf lives, some shorter than stock lasts, and lots that expire."""
    n_item, expiring = len(arrays.item_ids), np.zeros_like(arrays.usage)
    life = np.where(draw.rng.random(n_item) < 0.6, draw.rng.uniform(0.5, 6, n_item), np.inf)
    for item in range(n_item):
        left = arrays.on_hand[item]
        for _ in range(draw.whole(0, 3)):
            units = left * draw.real(0.1, 0.9)
            expiring[draw.whole(0, arrays.n_week - 1), item] += units
            left -= units
    return {"shelf_life": life, "expiring": expiring}


@dataclass
class _Bom:
    kind: list[int]
    children: list[dict[int, float]]
    """Units of each child, by item; empty for what is bought."""
    exploded: list[dict[int, float]]
    """Units of each item contained, all levels."""
    order: list[int]
    """Made items, children before parents."""


def _random_bom(draw: Draws) -> _Bom:
    kind = [PART] * draw.whole(2, 5) + [ASSEMBLY] * draw.whole(0, 2)
    kind += [PRODUCT] * draw.whole(1, 3)
    resale = draw.chance(0.3)
    kind += [PRODUCT] * resale
    # Items are numbered in no particular order: place k of the list above becomes number[k].
    number = [int(item) for item in draw.rng.permutation(len(kind))]
    children: list[dict[int, float]] = [{} for _ in kind]
    order = []
    for place, what in enumerate(kind[: len(kind) - resale]):
        if what != PART:
            below = [number[k] for k in range(place) if kind[k] != PRODUCT or draw.chance(0.2)]
            chosen = draw.some(below, 1, 3)
            children[number[place]] = {item: draw.real(0.5, 3) for item in chosen}
            order.append(number[place])
    exploded: list[dict[int, float]] = [{} for _ in kind]
    for parent in order:
        for child, quantity in children[parent].items():
            for item, inner in [(child, 1.0), *exploded[child].items()]:
                exploded[parent][item] = exploded[parent].get(item, 0.0) + quantity * inner
    kinds = [0] * len(kind)
    for place, what in enumerate(kind):
        kinds[number[place]] = what
    return _Bom(kinds, children, exploded, order)


def _bom_arrays(bom: _Bom) -> dict[str, Any]:
    def flat(rows: list[dict[int, float]]) -> tuple[Any, Any, Any]:
        pairs = [pair for row in rows for pair in sorted(row.items())]
        ends = np.cumsum([0] + [len(row) for row in rows])
        items = np.array([item for item, _ in pairs], dtype=np.int64)
        return ends.astype(np.int64), items, np.array([quantity for _, quantity in pairs], dtype=np.float64)

    names = ("bom_ptr", "bom_child", "bom_quantity")
    exploded_names = ("explosion_ptr", "explosion_item", "explosion_quantity")
    return {
        "make_order": np.array(bom.order, dtype=np.int64),
        **dict(zip(names, flat(bom.children), strict=True)),
        **dict(zip(exploded_names, flat(bom.exploded), strict=True)),
    }


def _random_items(draw: Draws, bom: _Bom) -> dict[str, Any]:
    n_item = len(bom.kind)
    made = np.array([bool(children) for children in bom.children])
    make_cost = np.where(made, draw.rng.uniform(0, 5, n_item), 0.0)
    standard = draw.rng.uniform(1, 20, n_item)
    for parent in bom.order:
        parts = sum(quantity * standard[child] for child, quantity in bom.children[parent].items())
        standard[parent] = parts + make_cost[parent]
    limited = made & (draw.rng.random(n_item) < 0.3)
    return {
        "standard_cost": standard,
        "make_cost": make_cost,
        "make_weeks": np.where(made, draw.rng.integers(0, 4, n_item), 0).astype(np.int64),
        "make_capacity": np.where(limited, draw.rng.uniform(15, 60, n_item), np.inf),
        "holding_cost": standard * 0.004,
        "write_down_share": draw.rng.uniform(0, 1, n_item),
    }


def _random_lines(draw: Draws, bom: _Bom, standard: Any, n_week: int) -> dict[str, Any]:
    products = [item for item, kind in enumerate(bom.kind) if kind == PRODUCT]
    pairs = [(product, market) for product in products for market in draw.some([0, 1], 1, 2)]
    n_line = len(pairs)
    demand = draw.rng.uniform(2, 20, n_line) * draw.rng.uniform(0.7, 1.3, (n_week, n_line))
    product = np.array([product for product, _ in pairs])
    price = standard[product] * draw.rng.uniform(1.1, 2.5, n_line)
    return {
        "line_ids": tuple((f"I{product}", f"M{market}") for product, market in pairs),
        "line_product": product,
        "line_market": np.array([market for _, market in pairs]),
        "demand": demand,
        "price": price * draw.rng.uniform(0.97, 1.03, (n_week, n_line)),
        "line_sd_share": draw.rng.uniform(0, 0.3, n_line),
        "line_backorder": draw.rng.random(n_line) < 0.5,
        "line_backorder_cost": draw.rng.uniform(0, 1, n_line),
        "line_priority": draw.rng.integers(1, 3, n_line).astype(np.float64),
        "line_receivable_weeks": draw.rng.integers(0, 6, n_line),
    }


def _sell_later(draw: Draws, lines: Mapping[str, Any]) -> None:
    """Some products are new: nothing of them is sold in the first weeks."""
    for product in np.unique(lines["line_product"]):
        if draw.chance(0.3):
            lines["demand"][: draw.whole(1, 9), lines["line_product"] == product] = 0.0


def _random_sources(draw: Draws, bom: _Bom, usage: Any, standard: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    ptr = [0]
    for item in range(len(bom.kind)):
        bought = not bom.children[item]
        for rank in range(draw.whole(1, 3) if bought else 0):
            qualified = rank == 0 or (rows[-1]["source_qualified"] and draw.chance(0.4))
            rows.append(_random_source(draw, item, qualified, usage[:, item], standard[item]))
        ptr.append(len(rows))
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    open_orders = {
        name: np.array([row[name] for row in rows]).T
        for name in ("open_shipped", "open_unshipped", "open_cancellable")
    }
    ids = tuple(f"I{row['source_item']}-{number}" for number, row in enumerate(rows))
    return {**columns, **open_orders, "source_ids": ids, "source_ptr": np.array(ptr)}


def _random_breaks(draw: Draws, sources: Mapping[str, Any], usage: Any) -> dict[str, Any]:
    """Up to two price breaks of a source, where its orders may reach them."""
    rows, ptr = [], [0]
    for item, price in zip(sources["source_item"], sources["source_price"], strict=True):
        size, price = float(usage[:, item].mean()), float(price)
        for _ in range(draw.whole(1, 2) if draw.chance(0.4) else 0):
            size, price = size * draw.real(1.05, 3), price * draw.real(0.7, 1.0)
            rows.append((size, price))
        ptr.append(len(rows))
    table = np.array(rows).reshape(-1, 2)
    return {"break_ptr": np.array(ptr), "break_from": table[:, 0], "break_price": table[:, 1]}


def _random_source(draw: Draws, item: int, qualified: bool, usage: Any, standard: float) -> dict[str, Any]:
    n_week, mean = len(usage), float(usage.mean())
    scale = mean if mean > 0 else 1.0
    lead = draw.whole(0, 5)
    row: dict[str, Any] = {
        "source_item": item,
        "source_supplier": draw.whole(0, 1),
        "source_qualified": qualified,
        "source_price": standard * draw.real(0.9, 1.4),
        "source_lead": lead,
        "source_lead_sd": 0.0,
        "source_transit": draw.whole(0, lead),
        "source_capacity": scale * draw.real(0.6, 2.5) if draw.chance(0.5) else np.inf,
        "source_capacity_use": 1.0,
        "source_minimum": scale * draw.real(0.2, 2) if draw.chance(0.4) else 0.0,
        "source_multiple": scale * draw.real(0.1, 1) if draw.chance(0.4) else 0.0,
        "source_order_cost": draw.real(0, 20),
        "source_payment_weeks": draw.whole(-6, 6),
        "source_yield": 1.0,
        "expedite_price": 0.0,
        "expedite_weeks": -1,
        "source_yield_sd": 0.0,
        "source_split": 0.0,
        "purchase_units": 1.0,
        "start_before": True,
        "start_after": True,
        "switch_cost": 0.0 if qualified else draw.real(10, 200),
        "switch_median": 0.0 if qualified else draw.real(2, 12),
        "switch_sigma": 0.0 if qualified else draw.real(0.1, 0.6),
        "ramp_weeks": 0 if qualified else draw.whole(0, 3),
        "fail_per_week": 0.0,
        "recover_per_week": 1.0,
    }
    row["open_cancellable"] = np.zeros(n_week)
    for name, last in (("open_shipped", 3), ("open_unshipped", 6)):
        goods = np.zeros(n_week)
        if qualified:
            for week in range(last):
                goods[week] = mean * draw.real(0, 1.2) if draw.chance(0.6) else 0.0
        row[name] = goods
    return row


def _random_restrictions(
    draw: Draws, n_item: int, sources: Mapping[str, Any], lines: Mapping[str, Any]
) -> dict[str, Any]:
    n, n_source, n_line = draw.whole(1, 3), len(sources["source_item"]), len(lines["line_product"])
    left = np.ones((n, n_source))
    for r in range(n):
        for s in range(n_source):
            if draw.chance(0.5 if sources["source_qualified"][s] else 0.1):
                left[r, s] = draw.real(0.05, 0.7) if draw.chance(0.25) else 0.0
    hits_item = np.zeros((n, n_item), dtype=bool)
    for s in range(n_source):
        if sources["source_qualified"][s]:
            hits_item[:, sources["source_item"][s]] |= left[:, s] < 1
    return {
        "restriction_ids": tuple(f"R{r}" for r in range(n)),
        "hazard_per_week": np.full(n, 0.01),
        "earliest_week": np.zeros(n, dtype=np.int64),
        "fixed_week": np.full(n, NEVER),
        "trigger": np.full(n, -1),
        "trigger_probability": np.ones(n),
        "notice_weeks": draw.rng.integers(-2, 5, n),
        "grace_weeks": draw.rng.integers(0, 4, n),
        "maintenance_weeks": np.zeros(n, dtype=np.int64),
        "savings_weeks": np.where(draw.rng.random(n) < 0.5, NEVER, draw.rng.integers(0, 4, n)),
        "in_transit_released": draw.rng.random(n) < 0.7,
        "relief_probability": draw.rng.uniform(0, 1, n),
        "relief_median": draw.rng.uniform(4, 20, n),
        "relief_sigma": draw.rng.uniform(0.1, 0.6, n),
        "price_multiplier": draw.rng.uniform(1, 1.6, n),
        "lead_multiplier": draw.rng.uniform(1, 2, n),
        "supply_left": left,
        "supply_delay": draw.rng.integers(0, 3, (n, n_source)) * (left < 1),
        "hits_item": hits_item,
        "hits_line": draw.rng.random((n, n_line)) < 0.15,
    }


# --- the smallest network


def one_part(demand: float = 10.0, weeks: int = 30, **changes: Any) -> NetworkArrays:
    """One product made at once of one part, one market, one source (lead time 2, no limits) and one
    restriction that closes the source for good. Part 2, product 5 (3 for making), price 9.

    The part is item 0, the product item 1. Half of `weeks` are horizon, half window.
    `changes` replace arrays.
    """
    zeros, none = np.zeros(2), np.zeros(1)
    arrays = NetworkArrays(
        item_ids=("PART", "PRODUCT"),
        source_ids=("SOURCE",),
        line_ids=(("PRODUCT", "HOME"),),
        restriction_ids=("CUT",),
        supplier_ids=("SUPPLIER",),
        market_ids=("HOME",),
        assumptions=(),
        horizon_weeks=weeks // 2,
        window_weeks=weeks - weeks // 2,
        epoch_weeks=4,
        n_week=weeks,
        fill_target=1.0,
        item_kind=np.array([PART, PRODUCT]),
        made=np.array([False, True]),
        standard_cost=np.array([2.0, 5.0]),
        make_cost=np.array([0.0, 3.0]),
        make_weeks=np.zeros(2, dtype=np.int64),
        make_capacity=np.full(2, np.inf),
        holding_cost=zeros,
        write_down_share=zeros,
        storage_per_unit=zeros,
        storage_limit=np.inf,
        shelf_life=np.full(2, np.inf),
        working_stock=zeros,
        on_hand=np.array([demand, 0.0]),
        expiring=np.zeros((weeks, 2)),
        make_order=np.array([1]),
        bom_ptr=np.array([0, 0, 1]),
        bom_child=np.array([0]),
        bom_quantity=np.ones(1),
        usage=np.full((weeks, 2), demand),
        explosion_ptr=np.array([0, 0, 1]),
        explosion_item=np.array([0]),
        explosion_quantity=np.ones(1),
        source_ptr=np.array([0, 1, 1]),
        source_item=np.array([0]),
        source_supplier=np.array([0]),
        source_qualified=np.array([True]),
        source_price=np.array([2.0]),
        source_lead=np.array([2]),
        source_lead_sd=none,
        source_transit=np.array([1]),
        source_capacity=np.array([np.inf]),
        supplier_capacity=np.array([np.inf]),
        source_capacity_use=np.ones(1),
        source_minimum=none,
        source_multiple=none,
        source_order_cost=none,
        source_payment_weeks=np.array([0]),
        source_yield=np.ones(1),
        expedite_price=none,
        expedite_weeks=np.array([-1]),
        **no_pauses(),
        source_yield_sd=none,
        source_split=none,
        purchase_units=np.ones(1),
        break_ptr=np.zeros(2, dtype=np.int64),
        break_from=np.zeros(0),
        break_price=np.zeros(0),
        start_before=np.array([False]),
        start_after=np.array([False]),
        switch_cost=none,
        switch_median=none,
        switch_sigma=none,
        ramp_weeks=np.array([0]),
        fail_per_week=none,
        recover_per_week=np.ones(1),
        open_shipped=np.zeros((weeks, 1)),
        open_unshipped=np.zeros((weeks, 1)),
        open_cancellable=np.zeros((weeks, 1)),
        line_product=np.array([1]),
        line_market=np.array([0]),
        demand=np.full((weeks, 1), demand),
        price=np.full((weeks, 1), 9.0),
        line_sd_share=none,
        line_backorder=np.array([False]),
        line_backorder_cost=none,
        line_priority=np.ones(1),
        line_receivable_weeks=np.array([0]),
        hazard_per_week=np.array([0.01]),
        earliest_week=np.array([0]),
        fixed_week=np.array([NEVER]),
        trigger=np.array([-1]),
        trigger_probability=np.ones(1),
        notice_weeks=np.array([0]),
        grace_weeks=np.array([0]),
        maintenance_weeks=np.array([0]),
        savings_weeks=np.array([NEVER]),
        in_transit_released=np.array([True]),
        relief_probability=none,
        relief_median=np.full(1, 10.0),
        relief_sigma=np.full(1, 0.3),
        price_multiplier=np.ones(1),
        lead_multiplier=np.ones(1),
        supply_left=np.zeros((1, 1)),
        supply_delay=np.zeros((1, 1), dtype=np.int64),
        hits_item=np.array([[True, False]]),
        hits_line=np.zeros((1, 1), dtype=bool),
        cash_limit=np.full(weeks, np.inf),
        opening_cash=0.0,
        credit_limit=0.0,
        fixed_cost_per_week=0.0,
    )
    arrays.open_unshipped[1, 0] = demand
    return replace(arrays, **changes)


def cut_at(arrays: NetworkArrays, announced: int, relief: int = NEVER, notice: int = 0) -> Scenarios:
    """One scenario of mean demand in which the only restriction is announced in a stated week."""
    effective = min(announced + notice, NEVER)
    return Scenarios(
        announced=np.array([[announced]]),
        effective=np.array([[effective]]),
        closed=np.array([[effective]]),
        relief=np.array([[relief]]),
        switch_weeks=arrays.switch_median[None, :],
        demand_factor=np.ones((1, *arrays.demand.shape)),
        source_up=np.zeros((0, 0, 0), dtype=bool),
        weight=np.ones(1),
    )


# --- what happens, and what the company does


def random_scenarios(seed: int, arrays: NetworkArrays, n_scenario: int) -> Scenarios:
    """Events that are likely within the path, in every order, with and without relief."""
    draw = Draws([seed, 2])
    n_restriction, n_source, n_line = (
        len(arrays.restriction_ids),
        len(arrays.source_ids),
        len(arrays.line_ids),
    )
    shape = (n_scenario, n_restriction)
    announced = draw.rng.integers(0, arrays.horizon_weeks + 6, shape)
    announced = np.where(draw.rng.random(shape) < 0.2, NEVER, announced)
    effective = np.where(announced < NEVER, announced + arrays.notice_weeks, NEVER)
    closed = np.where(announced < NEVER, effective + arrays.grace_weeks, NEVER)
    lifted = effective + draw.rng.integers(0, 25, shape)
    relief = np.where((announced < NEVER) & (draw.rng.random(shape) < 0.5), lifted, NEVER)
    noise = draw.rng.standard_normal((n_scenario, n_source))
    if draw.chance(0.5):
        source_up = draw.rng.random((n_scenario, arrays.n_week, n_source)) < 0.85
    else:
        source_up = np.zeros((0, 0, 0), dtype=bool)
    return Scenarios(
        announced=announced,
        effective=effective,
        closed=closed,
        relief=relief,
        switch_weeks=arrays.switch_median * np.exp(arrays.switch_sigma * noise),
        demand_factor=draw.rng.uniform(0.5, 1.5, (n_scenario, arrays.n_week, n_line)),
        source_up=source_up,
        weight=np.full(n_scenario, 1 / n_scenario),
        **_random_factors(Draws([seed, 7]), arrays, n_scenario),
    )


def _random_factors(draw: Draws, arrays: NetworkArrays, n_scenario: int) -> dict[str, Any]:
    """Lead times and yields that differ from their means, where the network says that they may."""
    shape, factors = (n_scenario, arrays.n_week, len(arrays.source_ids)), {}
    for name, spread in (("lead_factor", arrays.source_lead_sd), ("yield_factor", arrays.source_yield_sd)):
        if spread.any():
            factors[name] = draw.rng.uniform(0.1, 2.2, shape).astype(np.float32)
    if draw.chance(0.5) and len(arrays.pause_source):
        down = draw.rng.random((len(arrays.pause_source), n_scenario, arrays.n_week)) < 0.3
        pauses = np.zeros(shape, dtype=np.uint8)
        for k, source in enumerate(arrays.pause_source):
            pauses[:, :, source] |= np.where(down[k], arrays.pause_kind[k], 0).astype(np.uint8)
        factors["pauses"] = pauses
    return factors


def random_policy(seed: int, arrays: NetworkArrays) -> Policy:
    """Base stock with protection, build-up, starts and hoards, under any sharing rule."""
    draw = Draws([seed, 3])
    normal = normal_policy(arrays)
    n_week, n_source = arrays.n_week, len(arrays.source_ids)
    mean = arrays.usage.mean(axis=0)
    protective = mean * draw.rng.uniform(0, 4, len(mean)) * (draw.rng.random(len(mean)) < 0.5)
    buildup = mean[arrays.source_item] * draw.rng.uniform(0, 1.5, (n_week, n_source))
    buildup *= draw.rng.random((n_week, n_source)) < 0.2
    may_start = ~arrays.source_qualified & (draw.rng.random(n_source) < 0.4)
    return replace(
        normal,
        protective=np.tile(protective, (n_week, 1)),
        buildup=buildup,
        start_week=np.where(may_start, draw.rng.integers(0, 14, n_source), NEVER),
        start_after=arrays.start_after & (draw.rng.random(n_source) < 0.7),
        hoard=mean * draw.rng.uniform(0, 3, normal.hoard.shape) * arrays.hits_item,
        sharing=("shadow_price", "shadow_price", "proportional", "priority")[draw.whole(0, 3)],
        resolve_weeks=draw.whole(1, 5),
        **_random_triggers(Draws([seed, 9]), mean, n_week),
    )


def _random_triggers(draw: Draws, mean: Any, n_week: int) -> dict[str, Any]:
    """Some items are not ordered as need comes: (s, S), (r, Q)."""
    some: dict[str, Any] = {}
    if draw.chance(0.4):
        some["gap"] = mean * draw.rng.uniform(0, 3, (n_week, len(mean))) * (draw.rng.random(len(mean)) < 0.5)
    if draw.chance(0.4):
        some["batch"] = mean * draw.rng.uniform(0.5, 5, len(mean)) * (draw.rng.random(len(mean)) < 0.5)
    return some
