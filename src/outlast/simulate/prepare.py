"""From declared arrays to what the weekly kernels see. In: `NetworkArrays`, `Policy`, `Scenarios`.
Out: `Company`, `Block`. One reason to exist: everything that no scenario changes is derived
once, and arrays of one type and layout mean that kernels are compiled once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from outlast.kernels import shapes
from outlast.kernels.shapes import Block, Company, Records
from outlast.network.arrays import NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import Policy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHARING = {
    "shadow_price": shapes.SHADOW_PRICE,
    "proportional": shapes.PROPORTIONAL,
    "priority": shapes.PRIORITY,
}


def plain(array: Any, dtype: DTypeLike) -> NDArray[Any]:
    """The array with a stated type, contiguous and writeable (kernels are compiled for that)."""
    return np.require(array, dtype, ["C", "W"])


def records(kind: np.dtype[np.void], shape: int | tuple[int, ...], **columns: Any) -> Records:
    """Rows with these columns; the others are state and start at 0."""
    rows = np.zeros(shape, dtype=kind)
    for name, values in columns.items():
        rows[name] = values
    return rows


def build_company(arrays: NetworkArrays, policy: Policy, with_ledger: bool) -> Company:
    """Case and policy in the shape of the kernels; its rings come with `fit_rings`."""
    n_week, n_item = arrays.usage.shape
    n_source, n_restriction = len(arrays.source_ids), len(arrays.restriction_ids)
    items, links = build_items(arrays)
    items["batch"] = policy.batch if policy.batch.size else 0.0
    items["builds"] = count_sources(arrays, policy.buildup.max(axis=0, initial=0) > 0)
    ageing = np.flatnonzero((arrays.shelf_life < n_week) | arrays.expiring.any(axis=0))
    open_units = arrays.open_shipped + arrays.open_unshipped
    open_weeks = int(np.nonzero(open_units.any(axis=1))[0].max(initial=-1)) + 1
    if len(arrays.pause_source):
        open_weeks = n_week  # what is shipped may be late by any number of weeks
    suppliers, claims = build_claims(arrays)
    return Company(
        horizon_weeks=int(arrays.horizon_weeks),
        window_weeks=int(arrays.window_weeks),
        n_week=n_week,
        fill_target=float(arrays.fill_target),
        opening_cash=float(arrays.opening_cash),
        credit_limit=float(arrays.credit_limit),
        fixed_cost=float(arrays.fixed_cost_per_week),
        sharing=SHARING[policy.sharing],
        resolve_weeks=int(policy.resolve_weeks),
        has_backorder=bool(arrays.line_backorder.any()),
        has_ledger=with_ledger,
        has_maintenance=bool(arrays.maintenance_weeks.any()),
        has_trigger=bool(policy.gap.any() or policy.batch.any()),
        open_weeks=open_weeks,
        items=items,
        sources=build_sources(arrays, policy),
        suppliers=suppliers,
        claims=claims,
        foreseen=np.zeros(0),
        breaks=records(
            shapes.BREAK, len(arrays.break_from), units=arrays.break_from, price=arrays.break_price
        ),
        lines=records(
            shapes.LINE,
            len(arrays.line_ids),
            product=arrays.line_product,
            first_week=arrays.first_demand[arrays.line_product],
            receivable_weeks=arrays.line_receivable_weeks,
            backorder=arrays.line_backorder,
            backorder_cost=arrays.line_backorder_cost,
        ),
        restrictions=records(
            shapes.RESTRICTION,
            n_restriction,
            relief_probability=arrays.relief_probability,
            relief_median=arrays.relief_median,
            relief_sigma=arrays.relief_sigma,
            price_multiplier=arrays.price_multiplier,
            lead_multiplier=arrays.lead_multiplier,
            savings_weeks=arrays.savings_weeks,
            maintenance_weeks=arrays.maintenance_weeks,
            released=arrays.in_transit_released,
        ),
        cuts=records(
            shapes.CUT, (n_restriction, n_source), left=arrays.supply_left, delay=arrays.supply_delay
        ),
        reach=records(shapes.REACH, (n_restriction, n_item), hits=arrays.hits_item, hoard=policy.hoard),
        hits_line=plain(arrays.hits_line, np.bool_),
        item_weeks=build_item_weeks(arrays, policy),
        source_weeks=records(
            shapes.SOURCE_WEEK,
            (n_week, n_source),
            buildup=policy.buildup,
            shipped=arrays.open_shipped,
            unshipped=arrays.open_unshipped,
            ahead=arrays.ordered_ahead,
        ),
        line_weeks=build_line_weeks(arrays),
        cancellable=build_cancellable(arrays),
        weeks=records(shapes.WEEK, n_week + 1, open_payment=open_payments(arrays, open_units)),
        due=records(shapes.DUE, (0, n_source)),
        making=np.zeros((int(arrays.make_weeks[arrays.make_order].max(initial=0)) + 1, n_item)),
        links=links,
        make_order=plain(arrays.make_order, np.int64),
        bought=plain(np.nonzero(np.diff(arrays.source_ptr))[0], np.int64),
        ageing=plain(ageing, np.int64),
        expiring=plain(arrays.expiring[:, ageing], np.float64),
        lots=np.zeros((n_week, len(ageing))),
        tight=np.zeros(2 * len(arrays.item_ids), dtype=np.bool_),
        products=plain(np.unique(arrays.line_product), np.int64),
        tally=np.zeros(shapes.N_TALLY),
        ledger=np.zeros((n_item if with_ledger else 0, len(shapes.LEDGER))),
    )


def build_items(arrays: NetworkArrays) -> tuple[Records, Records]:
    """Items, and the links that their x_from and x_to point into."""
    n_item = len(arrays.item_ids)
    holder_ptr, holder, holder_units = turn_round(arrays)
    line_ptr = np.concatenate([[0], np.cumsum(np.bincount(arrays.line_product, minlength=n_item))])
    lines = np.argsort(arrays.line_product, kind="stable")
    uses = [lines[line_ptr[item] : line_ptr[item + 1]] for item in holder]
    counts = np.array([len(use) for use in uses], dtype=np.int64)
    use_ptr = np.concatenate([[0], np.cumsum(counts)])[holder_ptr]
    tables = {
        "bom": (arrays.bom_ptr, arrays.bom_child, arrays.bom_quantity),
        "explosion": (arrays.explosion_ptr, arrays.explosion_item, arrays.explosion_quantity),
        "holder": (holder_ptr, holder, holder_units),
        "use": (use_ptr, np.concatenate([lines[:0], *uses]), np.repeat(holder_units, counts)),
    }
    open_total = np.zeros(n_item)
    np.add.at(open_total, arrays.source_item, (arrays.open_shipped + arrays.open_unshipped).sum(axis=0))
    items = records(
        shapes.ITEM,
        n_item,
        start=arrays.on_hand,
        open_total=open_total,
        first_source=[arrays.first_source(item) for item in range(n_item)],
        source_from=arrays.source_ptr[:-1],
        source_to=arrays.source_ptr[1:],
        line_from=line_ptr[:-1],
        line_to=line_ptr[1:],
    )
    for name in ("standard_cost", "make_cost", "make_weeks", "make_capacity", "working_stock"):
        items[name] = getattr(arrays, name)
    finite = np.isfinite(arrays.shelf_life)
    life = np.maximum(1, np.floor(np.where(finite, arrays.shelf_life, 1.0) + 1e-9))
    items["life"] = np.where(finite, life, NEVER)
    weeks = np.arange(arrays.n_week)[:, None]
    items["first_lots"] = np.where(arrays.expiring > 0, weeks, -1).max(axis=0)
    items["expedites"] = count_sources(arrays, arrays.expedite_weeks >= 0)
    items["splits"] = count_sources(arrays, arrays.source_split > 0)
    items["holding_cost"], items["write_down_share"] = arrays.holding_cost, arrays.write_down_share
    rows, offset = [], 0
    for name, (pointers, number, units) in tables.items():
        items[f"{name}_from"], items[f"{name}_to"] = pointers[:-1] + offset, pointers[1:] + offset
        rows.append(records(shapes.LINK, len(number), number=number, units=units))
        offset += len(number)
    return items, np.concatenate(rows)


def turn_round(arrays: NetworkArrays) -> tuple[Ints, Ints, Floats]:
    """What contains an item, itself included: the explosion by what is contained."""
    n_item = len(arrays.item_ids)
    own = np.arange(n_item)
    holder = np.concatenate([own, np.repeat(own, np.diff(arrays.explosion_ptr))])
    inside = np.concatenate([own, arrays.explosion_item])
    units = np.concatenate([np.ones(n_item), arrays.explosion_quantity])
    order = np.lexsort((holder, inside))
    pointers = np.concatenate([[0], np.cumsum(np.bincount(inside, minlength=n_item))])
    return pointers, holder[order], units[order]


def build_sources(arrays: NetworkArrays, policy: Policy) -> Records:
    """Sources, with what the policy does about their switches."""
    return records(
        shapes.SOURCE,
        len(arrays.source_ids),
        item=arrays.source_item,
        qualified=arrays.source_qualified,
        list_price=arrays.source_price,
        list_lead=arrays.source_lead,
        transit=arrays.source_transit,
        capacity=arrays.source_capacity,
        minimum=arrays.source_minimum,
        multiple=arrays.source_multiple,
        order_cost=arrays.source_order_cost,
        split=arrays.source_split,
        expedite_price=arrays.expedite_price,
        expedite_weeks=arrays.expedite_weeks,
        delivered=np.maximum(1.0, 1.0 / arrays.source_yield),
        payment_weeks=arrays.source_payment_weeks,
        switch_cost=arrays.switch_cost,
        switch_median=arrays.switch_median,
        switch_sigma=arrays.switch_sigma,
        ramp_weeks=arrays.ramp_weeks,
        start_week=policy.start_week,
        start_after=policy.start_after,
        break_from=arrays.break_ptr[:-1],
        break_to=arrays.break_ptr[1:],
    )


def build_claims(arrays: NetworkArrays) -> tuple[Records, Records]:
    """Suppliers whose capacity is limited and shared, and what each source takes of it. One that uses it
    alone has it as its own capacity."""
    sources = np.bincount(arrays.source_supplier, minlength=len(arrays.supplier_capacity))
    limited = np.flatnonzero(np.isfinite(arrays.supplier_capacity) & (sources > 1))
    number = np.full(len(arrays.supplier_capacity), -1)
    number[limited] = np.arange(len(limited))
    suppliers = records(shapes.SUPPLIER, len(limited), capacity=arrays.supplier_capacity[limited])
    claims = records(
        shapes.CLAIM,
        len(arrays.source_ids) if len(limited) else 0,
        supplier=number[arrays.source_supplier] if len(limited) else -1,
        use=arrays.source_capacity_use if len(limited) else 0.0,
    )
    return suppliers, claims


def build_cancellable(arrays: NetworkArrays) -> Records:
    """Open orders that may be cancelled, latest arrival first; of one week the later source first."""
    weeks, sources = (numbers[::-1] for numbers in np.nonzero(arrays.open_cancellable))
    return records(
        shapes.CANCELLABLE,
        len(weeks),
        given=arrays.open_cancellable[weeks, sources],
        source=sources,
        given_arrival=weeks,
        ahead=np.maximum(weeks - arrays.source_lead[sources], -1),
    )


def count_sources(arrays: NetworkArrays, chosen: NDArray[np.bool_]) -> Ints:
    """How many of the chosen sources each item has, shape (item)."""
    return np.bincount(arrays.source_item[chosen], minlength=len(arrays.item_ids))


def fit_rings(company: Company, arrays: NetworkArrays, lead_factor: NDArray[np.float32]) -> Company:
    """The company with room for everything that may be on order at a time in scenarios with these draws."""
    weeks = max(longest_lead(arrays, lead_factor) + 1, company.open_weeks) + 1
    due = records(shapes.DUE, (weeks, len(arrays.source_ids)))
    return company._replace(due=due, foreseen=np.zeros(weeks))


def longest_lead(arrays: NetworkArrays, lead_factor: NDArray[np.float32]) -> int:
    """Longest lead time that any mix of restrictions and the draws of orders can bring about [weeks]."""
    hits = arrays.hits_item[:, arrays.source_item] & (arrays.supply_left >= 1)
    factor = np.where(hits, np.maximum(1.0, arrays.lead_multiplier)[:, None], 1.0).prod(axis=0)
    lead = np.ceil(arrays.source_lead * factor)
    if lead_factor.size:
        lead = np.ceil(lead * np.maximum(1.0, lead_factor.max(axis=(0, 1))))
    return int(lead.max(initial=0))


def open_payments(arrays: NetworkArrays, open_units: Floats) -> Floats:
    """Payments for open orders [money], shape (week + 1); what fell due before week 0 is paid."""
    payment = np.zeros(arrays.n_week + 1)
    weeks, sources = np.nonzero(open_units)
    due = weeks + arrays.source_payment_weeks[sources]
    inside = (due >= 0) & (due < arrays.n_week)
    np.add.at(payment, due[inside], (open_units * arrays.source_price)[weeks[inside], sources[inside]])
    return payment


def build_item_weeks(arrays: NetworkArrays, policy: Policy) -> Records:
    """What changes by item and week."""
    own = np.zeros_like(arrays.usage)
    for line, product in enumerate(arrays.line_product):
        own[:, product] += arrays.demand[:, line]
    beyond = np.maximum(0.0, arrays.usage - own)
    return records(
        shapes.ITEM_WEEK,
        arrays.usage.shape,
        base=policy.base_position,
        protective=policy.protective,
        usage=arrays.usage,
        gap=policy.gap if policy.gap.size else 0.0,
        usage_ahead=window_sums(beyond, 1, arrays.make_weeks),
    )


def build_line_weeks(arrays: NetworkArrays) -> Records:
    """What changes by line and week, and the order in which lines are served."""
    n_week, n_line = arrays.demand.shape
    margin = arrays.price - arrays.standard_cost[arrays.line_product]
    rows = records(shapes.LINE_WEEK, (n_week + 1, n_line))
    rows["demand"][:-1], rows["price"][:-1], rows["contribution"][:-1] = arrays.demand, arrays.price, margin
    rows["ahead"][:-1] = window_sums(arrays.demand, 0, arrays.make_weeks[arrays.line_product])
    rows["before"][1:] = np.cumsum(arrays.demand, axis=0)
    number = np.arange(n_line)
    for t in range(n_week):
        keys = (number, -margin[t], arrays.line_priority, arrays.line_product)
        rows["served"][t] = np.lexsort(keys)
    return rows


def window_sums(rate: Floats, after: int, weeks: Ints) -> Floats:
    """Sum of each column over weeks t + after .. t + weeks; beyond the last week it stays as it is."""
    n_week = len(rate)
    total = np.zeros_like(rate)
    for ahead in range(after, int(weeks.max(initial=0)) + 1):
        columns = np.nonzero(weeks >= ahead)[0]
        rows = np.minimum(np.arange(n_week) + ahead, n_week - 1)
        total[:, columns] += rate[np.ix_(rows, columns)]
    return total


def build_block(company: Company, scenarios: Scenarios, length: Ints | None, recorded: Ints) -> Block:
    """Scenarios, with lengths of paths if given, and room for records."""
    n = scenarios.n_scenario
    names = ("announced", "effective", "closed", "relief")
    n_item, n_line = len(company.items), len(company.lines)
    return Block(
        events=records(
            shapes.EVENT,
            (n, len(company.restrictions)),
            **{name: getattr(scenarios, name) for name in names},
        ),
        switch_weeks=plain(scenarios.switch_weeks, np.float64),
        demand_factor=plain(scenarios.demand_factor, np.float64),
        source_up=plain(scenarios.source_up, np.bool_),
        lead_factor=plain(scenarios.lead_factor, np.float32),
        pauses=plain(scenarios.pauses, np.uint8),
        yield_factor=plain(scenarios.yield_factor, np.float32),
        paths=records(shapes.PATH, n, given_length=-1 if length is None else length),
        account=np.zeros((n, len(shapes.ACCOUNTS))),
        sales=records(shapes.SALES, (n, n_line)),
        record_items=plain(recorded, np.int64),
        on_hand=np.full((n, company.n_week, len(recorded)), np.nan),
        ledger=np.zeros((n if company.has_ledger else 0, n_item, len(shapes.LEDGER))),
    )
