"""From declared arrays to what the weekly kernels see. In: `NetworkArrays`, `Policy`, `Scenarios`.
Out: `Case`, `Rules`, `Draw`. One reason to exist: everything that no scenario changes is derived
once, and arrays of one type and layout mean that kernels are compiled once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from outlast.kernels import shapes
from outlast.kernels.shapes import Case, Draw, Rules, State
from outlast.network.arrays import NetworkArrays
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


def fill_from(shape: type[Any], *origins: object, **derived: object) -> Any:
    """A named tuple from attributes of the same name and from what is derived."""
    kinds = {
        "Floats": np.float64,
        "Ints": np.int64,
        "Bools": np.bool_,
        "int": int,
        "float": float,
        "bool": bool,
    }
    values = {}
    for name, annotation in shape.__annotations__.items():
        kind = kinds[getattr(annotation, "__forward_arg__", annotation)]
        value = derived[name] if name in derived else _attribute(origins, name)
        values[name] = kind(value) if kind in (int, float, bool) else plain(value, kind)
    return shape(**values)


def _attribute(origins: tuple[object, ...], name: str) -> Any:
    return next(getattr(origin, name) for origin in origins if hasattr(origin, name))


def build_case(arrays: NetworkArrays) -> Case:
    """What no scenario and no policy changes."""
    first_source = np.array(
        [arrays.first_source(item) for item in range(len(arrays.item_ids))], dtype=np.int64
    )
    made = np.zeros(len(arrays.item_ids), dtype=bool)
    made[arrays.make_order] = True
    case: Case = fill_from(
        Case,
        arrays,
        fixed_cost=arrays.fixed_cost_per_week,
        making_weeks=int(arrays.make_weeks[made].max(initial=0)) + 1,
        has_backorder=bool(arrays.line_backorder.any()),
        first_source=first_source,
        bought=np.nonzero(np.diff(arrays.source_ptr))[0],
        contribution=arrays.price - arrays.standard_cost[arrays.line_product],
        **order_book(arrays),
        **service(arrays),
        **whereabouts(arrays),
    )
    return case


def order_book(arrays: NetworkArrays) -> dict[str, Any]:
    """Open orders, and the weeks that the ring of goods on order must span."""
    open_units = arrays.open_shipped + arrays.open_unshipped
    total = np.zeros(len(arrays.item_ids))
    np.add.at(total, arrays.source_item, open_units.sum(axis=0))
    payment = np.zeros(arrays.n_week)
    weeks, sources = np.nonzero(open_units)
    due = weeks + arrays.source_payment_weeks[sources]
    inside = (due >= 0) & (due < arrays.n_week)
    np.add.at(payment, due[inside], (open_units * arrays.source_price)[weeks[inside], sources[inside]])
    unshipped = cut_after_last(arrays.open_unshipped)
    return {
        "open_shipped": cut_after_last(arrays.open_shipped),
        "open_unshipped": unshipped,
        "open_total": total,
        "open_payment": payment,
        "ring_weeks": max(longest_lead(arrays) + 1, len(unshipped)),
    }


def cut_after_last(units: Floats) -> Floats:
    """Rows of weeks up to the last one with anything in it."""
    weeks = np.nonzero(units.any(axis=1))[0]
    return units[: weeks[-1] + 1 if len(weeks) else 0]


def longest_lead(arrays: NetworkArrays) -> int:
    """Longest lead time that any mix of restrictions can bring about [weeks]."""
    hits = arrays.hits_item[:, arrays.source_item] & (arrays.supply_left >= 1)
    factor = np.where(hits, np.maximum(1.0, arrays.lead_multiplier)[:, None], 1.0).prod(axis=0)
    return int(np.ceil(arrays.source_lead * factor).max(initial=0)) + 1


def service(arrays: NetworkArrays) -> dict[str, Any]:
    """The order in which lines are served, and sums of demand and usage over weeks."""
    n_week, n_line = arrays.demand.shape
    margin = arrays.price - arrays.standard_cost[arrays.line_product]
    number = np.arange(n_line)
    order = np.array(
        [np.lexsort((number, -margin[t], arrays.line_priority, arrays.line_product)) for t in range(n_week)]
    ).reshape(n_week, n_line)
    counts = np.bincount(arrays.line_product, minlength=len(arrays.item_ids))
    own = np.zeros_like(arrays.usage)
    for line, product in enumerate(arrays.line_product):
        own[:, product] += arrays.demand[:, line]
    make_weeks = arrays.make_weeks
    beyond = np.maximum(0.0, arrays.usage - own)
    return {
        "products": np.unique(arrays.line_product),
        "line_ptr": np.concatenate([[0], np.cumsum(counts)]),
        "serve_order": order,
        "demand_ahead": window_sums(arrays.demand, 0, make_weeks[arrays.line_product]),
        "usage_ahead": window_sums(beyond, 1, make_weeks),
        "demand_before": np.vstack([np.zeros(n_line), np.cumsum(arrays.demand, axis=0)]),
    }


def window_sums(rate: Floats, after: int, weeks: Ints) -> Floats:
    """Sum of each column over weeks t + after .. t + weeks; beyond the last week it stays as it is."""
    n_week = len(rate)
    total = np.zeros_like(rate)
    for ahead in range(after, int(weeks.max(initial=0)) + 1):
        columns = np.nonzero(weeks >= ahead)[0]
        rows = np.minimum(np.arange(n_week) + ahead, n_week - 1)
        total[:, columns] += rate[np.ix_(rows, columns)]
    return total


def whereabouts(arrays: NetworkArrays) -> dict[str, Any]:
    """What contains an item, and which demand lines need it: the explosion, turned round."""
    n_item = len(arrays.item_ids)
    holder = np.concatenate([np.arange(n_item), np.repeat(np.arange(n_item), np.diff(arrays.explosion_ptr))])
    inside = np.concatenate([np.arange(n_item), arrays.explosion_item])
    units = np.concatenate([np.ones(n_item), arrays.explosion_quantity])
    order = np.lexsort((holder, inside))
    holder_ptr = np.concatenate([[0], np.cumsum(np.bincount(inside, minlength=n_item))])
    line_order = np.argsort(arrays.line_product, kind="stable")
    line_start = np.searchsorted(arrays.line_product[line_order], np.arange(n_item + 1))
    lines = [line_order[line_start[item] : line_start[item + 1]] for item in range(n_item)]
    counts = np.array([len(lines[item]) for item in holder[order]], dtype=np.int64)
    use_before = np.concatenate([[0], np.cumsum(counts)])
    return {
        "holder_ptr": holder_ptr,
        "holder_item": holder[order],
        "holder_units": units[order],
        "use_ptr": use_before[holder_ptr],
        "use_line": np.concatenate([np.zeros(0, np.int64), *(lines[item] for item in holder[order])]),
        "use_units": np.repeat(units[order], counts),
    }


def build_rules(policy: Policy) -> Rules:
    """The policy as arrays."""
    rules: Rules = fill_from(Rules, policy, sharing=SHARING[policy.sharing])
    return rules


def build_draw(scenarios: Scenarios, first: int, last: int, length: Ints | None) -> Draw:
    """Scenarios `first` to `last` (left out), with lengths of paths if given."""
    block: dict[str, Any] = {
        name: getattr(scenarios, name)[first:last]
        for name in ("announced", "effective", "closed", "relief", "switch_weeks", "demand_factor")
    }
    if scenarios.source_up.size:
        block["source_up"] = scenarios.source_up[first:last]
    else:
        block["source_up"] = np.zeros((0, 0, 0), dtype=bool)
    block["length"] = np.full(last - first, -1) if length is None else length[first:last]
    draw: Draw = fill_from(Draw, **block)
    return draw


def build_state(case: Case, with_ledger: bool) -> State:
    """Room for the company in one scenario; every scenario resets it."""
    n_item, n_source, n_line = len(case.on_hand), len(case.source_item), len(case.line_product)
    n_restriction = len(case.savings_weeks)
    return State(
        on_hand=np.empty(n_item),
        due=np.zeros((case.ring_weeks, n_source)),
        due_value=np.zeros((case.ring_weeks, n_source)),
        shipped=np.empty(case.open_shipped.shape),
        due_item=np.empty(n_item),
        making=np.zeros((case.making_weeks, n_item)),
        making_item=np.zeros(n_item),
        waiting=np.zeros(n_item),
        planned=np.zeros(n_item),
        claim=np.zeros(n_item),
        backlog=np.zeros(n_line),
        share=np.ones(n_line),
        allotment=np.empty(n_line),
        wanted=np.zeros(n_line),
        allowed=np.zeros(n_line),
        line_open=np.ones(n_line, dtype=np.bool_),
        changes=np.zeros(case.n_week + 1, dtype=np.bool_),
        closure=np.empty((n_restriction, n_source), dtype=np.int64),
        start=np.empty(n_source, dtype=np.int64),
        ready=np.empty(n_source, dtype=np.int64),
        left=np.empty(n_source),
        barred=np.empty(n_source, dtype=np.int64),
        price=np.empty(n_source),
        lead=np.empty(n_source, dtype=np.int64),
        hoard=np.empty(n_item),
        payment=np.empty(case.n_week + 1),
        account=np.empty(len(shapes.ACCOUNTS)),
        fill=np.empty(2),
        ledger=np.empty((n_item if with_ledger else 0, len(shapes.LEDGER))),
    )
