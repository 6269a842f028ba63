"""Most contribution after a cut by one linear program. In: arrays, what is cut, when it returns. Out: money.
One reason to exist: `outlast.survive` nets sales and cuts planes; this asks HiGHS for orders, making, stock
and sales of every week at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from outlast.network.arrays import NetworkArrays
from outlast.periods import NEVER
from tests.reference.outlasting import Loss, due_by_week


@dataclass(frozen=True)
class Comeback:
    """Weeks, counted from the news."""

    back: dict[int, int] = field(default_factory=dict)
    """A closed source takes orders again."""
    ready: dict[int, int] = field(default_factory=dict)
    """An alternative takes orders."""
    lifted: int = NEVER
    making: int = NEVER


def lost_contribution(arrays: NetworkArrays, loss: Loss, comeback: Comeback) -> float:
    """Contribution of all demand of the window less the most that any plan can have after a cut [money]."""
    window = arrays.window_weeks
    gain = arrays.price[:window] - arrays.standard_cost[arrays.line_product]
    all_demand = float((np.maximum(gain, 0) * arrays.demand[:window]).sum())
    return all_demand - most_contribution(arrays, loss, comeback)


def most_contribution(arrays: NetworkArrays, loss: Loss, comeback: Comeback) -> float:
    """A linear program over orders (week, source), starts and stock (week, item) and sales (week, line)."""
    weeks, n_item, n_source = arrays.window_weeks, len(arrays.item_ids), len(arrays.source_ids)
    n_line = len(arrays.line_ids)
    closing = {s: c for s, c in loss.closures.items() if comeback.back.get(s, NEVER) > c.week}
    width = n_source + 2 * n_item + n_line
    rows, columns, values = [], [], []
    right, upper, cost = np.zeros(weeks * n_item), np.zeros((weeks, width)), np.zeros((weeks, width))

    def put(week: int, item: int, at: int, column: int, value: float) -> None:
        if week < weeks:
            rows.append(week * n_item + item)
            columns.append(at * width + column)
            values.append(value)

    for source, item in enumerate(arrays.source_item):
        upper[:, source] = may_order(arrays, loss, comeback, closing, source)
        arriving = due_until(arrays, replace(loss, closures=closing), source, comeback)
        right[item::n_item] -= arriving
        for week in range(weeks):
            slow = week < comeback.lifted and source not in loss.closures
            lead = int(arrays.source_lead[source])
            put(week + (loss.lead.get(source, lead) if slow else lead), item, week, source, 1.0)
    for item in range(n_item):
        stock, making = n_source + n_item + item, int(arrays.make_weeks[item])
        right[item] -= arrays.on_hand[item]
        upper[:, stock] = np.inf
        if arrays.made[item]:
            stopped = comeback.making if item == loss.stopped else 0
            upper[stopped:, n_source + item] = arrays.make_capacity[item]
            for week in range(min(making, weeks)):
                right[week * n_item + item] -= min(arrays.usage[week, item], arrays.make_capacity[item])
        for week in range(weeks):
            put(week + making, item, week, n_source + item, 1.0)
            put(week, item, week, stock, -1.0)
            put(week + 1, item, week, stock, 1.0)
            for entry in range(arrays.bom_ptr[item], arrays.bom_ptr[item + 1]):
                child, units = int(arrays.bom_child[entry]), float(arrays.bom_quantity[entry])
                put(week, child, week, n_source + item, -units)
    for line, product in enumerate(arrays.line_product):
        for week in range(weeks):
            closed = line in loss.closed_lines and loss.lines_week <= week < comeback.lifted
            column = n_source + 2 * n_item + line
            upper[week, column] = 0.0 if closed else arrays.demand[week, line]
            cost[week, column] = arrays.standard_cost[product] - arrays.price[week, line]
            put(week, int(product), week, column, -1.0)
    outcome = linprog(
        cost.ravel(),
        A_eq=coo_array((values, (rows, columns)), shape=(weeks * n_item, weeks * width)).tocsr(),
        b_eq=right,
        bounds=np.column_stack([np.zeros(weeks * width), upper.ravel()]),
        method="highs",
    )
    assert outcome.status == 0, outcome.message
    return float(-outcome.fun)


def may_order(
    arrays: NetworkArrays, loss: Loss, comeback: Comeback, closing: dict[int, object], source: int
) -> np.ndarray:
    """Most that a plan may order of a source in each week [units]."""
    weeks = np.arange(arrays.window_weeks)
    capacity = float(arrays.source_capacity[source])
    if arrays.source_qualified[source]:
        first = comeback.back.get(source, NEVER) if source in closing else 0
        return np.where(weeks >= first, capacity, 0.0)
    first = NEVER if source in loss.closures else comeback.ready.get(source, NEVER)
    ramp = int(arrays.ramp_weeks[source])
    most = np.zeros(len(weeks))
    for week in weeks[first:] if first < len(weeks) else ():
        age = week - first + 1
        full = arrays.usage[week, arrays.source_item[source]] if np.isinf(capacity) else capacity
        most[week] = full * age / (ramp + 1) if age <= ramp else capacity
    return most


def due_until(arrays: NetworkArrays, loss: Loss, source: int, comeback: Comeback) -> np.ndarray:
    """What is due of a source without a decision of the plan; licensed orders end where it is back."""
    n_week = arrays.window_weeks
    due = due_by_week(arrays, source, loss, n_week)
    back = comeback.back.get(source, NEVER)
    if source in loss.closures and arrays.source_qualified[source]:
        closure, lead = loss.closures[source], int(arrays.source_lead[source])
        for week in range(back, n_week - lead):
            use = float(arrays.usage[week, arrays.source_item[source]])
            due[week + lead] -= closure.left * min(float(arrays.source_capacity[source]), use)
    return due
