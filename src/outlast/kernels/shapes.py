"""What the weekly kernels see. In: nothing. Out: named tuples of arrays.
One reason to exist: kernels pass a handful of tuples instead of a hundred arrays. Meaning and
unit of most fields are those of the same names in `NetworkArrays`, `Policy` and `Scenarios`;
what is derived is told here. `simulate.run` fills them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ACCOUNTS = (
    "contribution",
    "purchase_variance",
    "order_cost",
    "switch_cost",
    "holding",
    "backorder",
    "scrapped",
    "write_down",
)
"""Columns of `Record.account`; costs are negative, so that their sum is the value of a path."""
CONTRIBUTION, PURCHASE_VARIANCE, ORDER_COST, SWITCH_COST, HOLDING, BACKORDER, SCRAPPED, WRITE_DOWN = range(8)

LEDGER = ("start", "received", "made", "used", "sold", "scrapped", "end")
"""Columns of `Record.ledger`."""
START, RECEIVED, MADE, USED, SOLD, SCRAPPED_UNITS, END = range(7)

SHADOW_PRICE, PROPORTIONAL, PRIORITY = 0, 1, 2
"""Ways of sharing scarce stock."""


class Case(NamedTuple):
    """What no scenario and no policy changes."""

    horizon_weeks: int
    window_weeks: int
    n_week: int
    fill_target: float
    opening_cash: float
    credit_limit: float
    fixed_cost: float
    ring_weeks: int
    """Weeks that the ring of goods on order spans: longest lead time, multiplied, and one."""
    making_weeks: int
    """Weeks that the ring of goods in making spans."""
    has_backorder: bool
    standard_cost: Floats
    make_cost: Floats
    make_weeks: Ints
    make_capacity: Floats
    holding_cost: Floats
    write_down_share: Floats
    working_stock: Floats
    on_hand: Floats
    usage: Floats
    usage_ahead: Floats
    """Usage beyond own sales over the make_weeks that follow a week [units], shape (week, item)."""
    make_order: Ints
    bom_ptr: Ints
    bom_child: Ints
    bom_quantity: Floats
    explosion_ptr: Ints
    explosion_item: Ints
    explosion_quantity: Floats
    holder_ptr: Ints
    """Items that contain an item, itself included: rows of holder_item, shape (item + 1)."""
    holder_item: Ints
    holder_units: Floats
    use_ptr: Ints
    """Demand lines whose product contains an item: rows of use_line, shape (item + 1)."""
    use_line: Ints
    use_units: Floats
    bought: Ints
    """Items with sources."""
    first_source: Ints
    """First qualified source of each item, -1 if none."""
    source_ptr: Ints
    source_item: Ints
    source_qualified: Bools
    source_price: Floats
    source_lead: Ints
    source_transit: Ints
    source_capacity: Floats
    source_minimum: Floats
    source_multiple: Floats
    source_order_cost: Floats
    source_payment_weeks: Ints
    switch_cost: Floats
    switch_median: Floats
    switch_sigma: Floats
    ramp_weeks: Ints
    open_shipped: Floats
    """Shape (week, source), cut after the last week with a shipped order."""
    open_unshipped: Floats
    """The same for orders not shipped."""
    open_total: Floats
    """All open orders of an item [units], shape (item)."""
    open_payment: Floats
    """Payments for open orders [money], shape (week)."""
    products: Ints
    """Items with demand lines."""
    line_ptr: Ints
    """Lines of each item: places in serve_order, shape (item + 1)."""
    serve_order: Ints
    """Lines by product, in the order in which they are served, shape (week, line)."""
    line_product: Ints
    demand: Floats
    demand_ahead: Floats
    """Demand from a week to the end of making what starts in it [units], shape (week, line)."""
    demand_before: Floats
    """Demand of all weeks before a week [units], shape (week + 1, line)."""
    contribution: Floats
    """Price less standard cost [money/unit], shape (week, line)."""
    price: Floats
    line_backorder: Bools
    line_backorder_cost: Floats
    line_receivable_weeks: Ints
    savings_weeks: Ints
    in_transit_released: Bools
    relief_probability: Floats
    relief_median: Floats
    relief_sigma: Floats
    price_multiplier: Floats
    lead_multiplier: Floats
    supply_left: Floats
    supply_delay: Ints
    hits_item: Bools
    hits_line: Bools


class Rules(NamedTuple):
    """The policy."""

    sharing: int
    resolve_weeks: int
    base_position: Floats
    protective: Floats
    buildup: Floats
    start_week: Ints
    start_after: Bools
    hoard: Floats


class Draw(NamedTuple):
    """A block of scenarios."""

    announced: Ints
    effective: Ints
    closed: Ints
    relief: Ints
    switch_weeks: Floats
    demand_factor: Floats
    source_up: Bools
    length: Ints
    """Weeks of each path, or -1 where the events decide, shape (scenario)."""


class State(NamedTuple):
    """The company in one scenario; allocated once, reset for every scenario."""

    on_hand: Floats
    due: Floats
    """Ordered and to arrive, shape (ring week, source) [units]."""
    due_value: Floats
    """The same in money."""
    shipped: Floats
    """Open orders already shipped at the start, shape (week, source) [units]."""
    due_item: Floats
    """All that is due, shape (item) [units]."""
    making: Floats
    """Shape (ring week, item) [units]."""
    making_item: Floats
    waiting: Floats
    """Units of an item that backlogs wait for."""
    planned: Floats
    claim: Floats
    backlog: Floats
    share: Floats
    allotment: Floats
    """Units that a line may still be sold before shares are re-solved; inf: no limit."""
    wanted: Floats
    allowed: Floats
    line_open: Bools
    changes: Bools
    """Weeks in which some restriction changes what is open, shape (week)."""
    closure: Ints
    """First week of a closure, NEVER if none, shape (restriction, source)."""
    start: Ints
    """Week in which a switch starts."""
    ready: Ints
    """First week in which a source may be ordered from."""
    left: Floats
    barred: Ints
    """First week in which the last lawful order date has passed, until the next change; NEVER: none."""
    price: Floats
    lead: Ints
    hoard: Floats
    payment: Floats
    """Payments less receipts of a week, shape (week) [money]."""
    account: Floats
    fill: Floats
    """Contribution-weighted: sold, demanded since the effective week [money]."""
    ledger: Floats
    """Shape (item, LEDGER), or (0, LEDGER) if not asked for."""


class Record(NamedTuple):
    """What is kept of each scenario."""

    account: Floats
    survived: Ints
    event_week: Ints
    length: Ints
    sold: Floats
    demanded: Floats
    cash_low: Floats
    cash_out_week: Ints
    record_items: Ints
    on_hand: Floats
    """Shape (scenario, week, recorded item); nan after the end of a path."""
    ledger: Floats
    """Shape (scenario, item, LEDGER), or (0, item, LEDGER)."""
