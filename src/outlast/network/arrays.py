"""The one crossing from objects to numbered arrays. In: `Network`. Out: `NetworkArrays`.
One reason to exist: kernels and optimiser see arrays only, and every array is declared once.
Axis order is always (scenario, week, item); `item` below means any numbered axis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from outlast.periods import NEVER

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PART, ASSEMBLY, PRODUCT = 0, 1, 2
SHIPMENT, TRANSIT, RECEIPT = 1, 2, 4
"""Kinds of pauses; bits of `Scenarios.pauses`."""
TRANSIT_WEEKS = 2
"""Assumed: the last weeks of a lead time in which goods are on their way. The case format has
no column for it; it decides which orders of a closed source still arrive."""


@dataclass(frozen=True, slots=True)
class Axes:
    """Axes, unit and meaning of an array."""

    axes: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class NetworkArrays:
    """A case as numbers. Weeks run over horizon and window; money is in case currency."""

    # --- names, for the way back
    item_ids: tuple[str, ...]
    source_ids: tuple[str, ...]
    """Sources sorted by item, then by rank: qualified before alternative, then by priority,
    price and identifier. Excluded sources (see `excluded`) are not numbered."""
    line_ids: tuple[tuple[str, str], ...]
    """(product_id, market_id) of every demand line."""
    restriction_ids: tuple[str, ...]
    supplier_ids: tuple[str, ...]
    market_ids: tuple[str, ...]
    assumptions: tuple[str, ...]
    """What was assumed on the way to numbers, in words a planner understands."""

    horizon_weeks: int
    window_weeks: int
    epoch_weeks: int
    n_week: int
    fill_target: float

    # --- items
    item_kind: Annotated[Ints, Axes("item", "PART, ASSEMBLY, PRODUCT", "kind")]
    made: Annotated[Bools, Axes("item", "-", "has a bill of materials")]
    standard_cost: Annotated[
        Floats, Axes("item", "money/unit", "bought: unit cost; made: materials + making")
    ]
    make_cost: Annotated[Floats, Axes("item", "money/unit", "cost of making beside materials; 0 if bought")]
    make_weeks: Annotated[Ints, Axes("item", "weeks", "start of making to stock, rounded up")]
    make_capacity: Annotated[Floats, Axes("item", "units/week", "inf: unlimited")]
    holding_cost: Annotated[Floats, Axes("item", "money/unit/week", "charged on stock at the end of a week")]
    write_down_share: Annotated[Floats, Axes("item", "share", "of stock above working stock at the end")]
    storage_per_unit: Annotated[Floats, Axes("item", "space/unit", "storage space")]
    shelf_life: Annotated[Floats, Axes("item", "weeks", "usable life in stock; inf: unlimited")]
    working_stock: Annotated[Floats, Axes("item", "units", "safety stock of normal running")]
    on_hand: Annotated[
        Floats, Axes("item", "units", "usable at the start: not allocated, quarantined or expired")
    ]
    expiring: Annotated[
        Floats,
        Axes("week, item", "units", "part of on_hand whose last usable week it is; the rest never expires"),
    ]
    make_order: Annotated[Ints, Axes("made item", "item", "made items, children before parents")]
    bom_ptr: Annotated[Ints, Axes("item+1", "index", "rows of bom_child per parent")]
    bom_child: Annotated[Ints, Axes("bom line", "item", "child")]
    bom_quantity: Annotated[Floats, Axes("bom line", "units/unit", "child per parent")]
    usage: Annotated[
        Floats, Axes("week, item", "units/week", "mean normal use: sales and explosion of the bills")
    ]
    explosion_ptr: Annotated[
        Ints, Axes("item+1", "index", "rows of explosion_item per made item, all levels")
    ]
    explosion_item: Annotated[Ints, Axes("entry", "item", "item contained")]
    explosion_quantity: Annotated[Floats, Axes("entry", "units/unit", "units contained, all levels")]

    # --- sources
    source_ptr: Annotated[Ints, Axes("item+1", "index", "sources of each item")]
    source_item: Annotated[Ints, Axes("source", "item", "item obtained")]
    source_supplier: Annotated[Ints, Axes("source", "supplier", "supplier")]
    source_qualified: Annotated[Bools, Axes("source", "-", "may be ordered now")]
    source_price: Annotated[Floats, Axes("source", "money/unit", "price of a unit in a normal order")]
    break_ptr: Annotated[Ints, Axes("source+1", "index", "rows of break_from per source")]
    break_from: Annotated[
        Floats, Axes("price break", "units", "order size from which every unit has its price, rising")
    ]
    break_price: Annotated[Floats, Axes("price break", "money/unit", "that price; orders above the normal")]
    source_lead: Annotated[Ints, Axes("source", "weeks", "order to usable stock, rounded up")]
    source_lead_sd: Annotated[Floats, Axes("source", "weeks", "sd of the lead time of an order; 0: certain")]
    source_transit: Annotated[Ints, Axes("source", "weeks", "last part of the lead time: on its way")]
    source_capacity: Annotated[Floats, Axes("source", "units/week", "inf: unlimited")]
    supplier_capacity: Annotated[
        Floats, Axes("supplier", "capacity/week", "of all its sources together; inf: unlimited")
    ]
    source_capacity_use: Annotated[
        Floats, Axes("source", "capacity/unit", "what a unit takes of its supplier's capacity")
    ]
    source_minimum: Annotated[Floats, Axes("source", "units", "smallest order")]
    source_multiple: Annotated[Floats, Axes("source", "units", "orders are multiples; 0: any")]
    source_yield: Annotated[
        Floats, Axes("source", "share", "of what is delivered is usable on average; units count usable ones")
    ]
    source_yield_sd: Annotated[Floats, Axes("source", "share", "sd of that share from delivery to delivery")]
    source_split: Annotated[
        Floats, Axes("source", "share", "of the item's orders, in ratio to each other; 0: only what is left")
    ]
    purchase_units: Annotated[
        Floats, Axes("source", "purchase units/unit", "what the source sells that does for one unit")
    ]
    source_order_cost: Annotated[Floats, Axes("source", "money/order", "cost of an order")]
    expedite_price: Annotated[Floats, Axes("source", "money/unit", "price of a unit that is expedited")]
    expedite_weeks: Annotated[
        Ints, Axes("source", "weeks", "its lead time, rounded up; -1: the source does not expedite")
    ]
    source_payment_weeks: Annotated[Ints, Axes("source", "weeks", "arrival to payment; negative: paid ahead")]
    start_before: Annotated[Bools, Axes("source", "-", "switch may start before an event")]
    start_after: Annotated[Bools, Axes("source", "-", "switch may start at an event")]
    switch_cost: Annotated[Floats, Axes("source", "money", "one-off cost")]
    switch_median: Annotated[Floats, Axes("source", "weeks", "lognormal switch time: median; 0 if qualified")]
    switch_sigma: Annotated[Floats, Axes("source", "-", "lognormal switch time: sd of the logarithm")]
    ramp_weeks: Annotated[Ints, Axes("source", "weeks", "permission to full capacity, linear")]
    fail_per_week: Annotated[
        Floats, Axes("source", "probability", "recurring disruption (order pausing); 0: none")
    ]
    recover_per_week: Annotated[Floats, Axes("source", "probability", "its recovery; 1: none")]
    pause_source: Annotated[
        Ints, Axes("pause", "source", "whose goods pause, beside those that take no orders")
    ]
    pause_kind: Annotated[Ints, Axes("pause", "SHIPMENT, TRANSIT, RECEIPT", "what pauses while it is down")]
    pause_fail: Annotated[Floats, Axes("pause", "probability", "odds to fail in a week when up")]
    pause_recover: Annotated[Floats, Axes("pause", "probability", "odds to recover in a week when down")]
    open_shipped: Annotated[
        Floats, Axes("week, source", "units", "open orders on their way, by week of arrival")
    ]
    open_unshipped: Annotated[
        Floats, Axes("week, source", "units", "open orders not yet shipped, by week of arrival")
    ]
    open_cancellable: Annotated[
        Floats, Axes("week, source", "units", "part of open_unshipped that may be cancelled, one order each")
    ]

    # --- demand lines: (product, market)
    line_product: Annotated[Ints, Axes("line", "item", "product")]
    line_market: Annotated[Ints, Axes("line", "market", "market")]
    demand: Annotated[Floats, Axes("week, line", "units/week", "mean demand")]
    price: Annotated[Floats, Axes("week, line", "money/unit", "price at the planning exchange rate")]
    line_sd_share: Annotated[Floats, Axes("line", "share", "sd of a week's demand over its mean")]
    line_backorder: Annotated[Bools, Axes("line", "-", "unmet demand waits; else it is lost")]
    line_backorder_cost: Annotated[Floats, Axes("line", "money/unit/week", "cost of a late unit")]
    line_priority: Annotated[Floats, Axes("line", "-", "lower is served first among equals")]
    line_receivable_weeks: Annotated[Ints, Axes("line", "weeks", "sale to payment")]

    # --- restrictions
    hazard_per_week: Annotated[Floats, Axes("restriction", "events/week", "0 for triggered or dated ones")]
    earliest_week: Annotated[Ints, Axes("restriction", "week", "no announcement before")]
    fixed_week: Annotated[Ints, Axes("restriction", "week", "known effective week; NEVER: only a hazard")]
    trigger: Annotated[Ints, Axes("restriction", "restriction", "brought about by; -1: none")]
    trigger_probability: Annotated[Floats, Axes("restriction", "probability", "odds to follow its trigger")]
    notice_weeks: Annotated[Ints, Axes("restriction", "weeks", "announced to effective, rounded down")]
    grace_weeks: Annotated[
        Ints, Axes("restriction", "weeks", "sources stay open after effective (prior_rules only)")
    ]
    maintenance_weeks: Annotated[
        Ints,
        Axes("restriction", "weeks", "after the closure: what existing products use may still be ordered"),
    ]
    savings_weeks: Annotated[
        Ints, Axes("restriction", "weeks", "goods en route arrive until closure + this; NEVER: no cut-off")
    ]
    in_transit_released: Annotated[
        Bools, Axes("restriction", "-", "goods shipped before closure still arrive")
    ]
    relief_probability: Annotated[Floats, Axes("restriction", "probability", "ever lifted")]
    relief_median: Annotated[Floats, Axes("restriction", "weeks", "lognormal effective to lifted: median")]
    relief_sigma: Annotated[Floats, Axes("restriction", "-", "lognormal: sd of the logarithm")]
    price_multiplier: Annotated[
        Floats, Axes("restriction", "ratio", "on open sources of hit items, from the news on")
    ]
    lead_multiplier: Annotated[Floats, Axes("restriction", "ratio", "on their lead times, from the news on")]
    supply_left: Annotated[
        Floats, Axes("restriction, source", "share", "of normal supply once closed; 1: not hit")
    ]
    supply_delay: Annotated[Ints, Axes("restriction, source", "weeks", "effective to closure of this source")]
    hits_item: Annotated[Bools, Axes("restriction, item", "-", "a qualified source of the item is hit")]
    hits_line: Annotated[Bools, Axes("restriction, line", "-", "sales of this line stop")]

    storage_limit: float
    """Space for all stock, inf: no limit."""

    # --- money
    cash_limit: Annotated[Floats, Axes("week", "money", "most cumulative cash for protection; inf: none")]
    opening_cash: float
    credit_limit: float
    fixed_cost_per_week: float

    # --- watch states; none: hazards never change
    watch_ids: tuple[str, ...] = ()
    watch_now: int = 0
    """State of the first epoch."""
    watch_step: Annotated[
        Floats, Axes("state, state", "probability", "from one (row) to another in an epoch")
    ] = field(default_factory=lambda: np.zeros((0, 0)))
    watch_factor: Annotated[
        Floats, Axes("state, restriction", "ratio", "hazard in the state over hazard_per_week, the mean")
    ] = field(default_factory=lambda: np.zeros((0, 0)))

    def base_position(self) -> Floats:
        """Order-up-to position of normal running [units], shape (week, source's item).

        Use from the week of the order to the week of its arrival (both counted) and working
        stock, by the lead time of the item's first qualified source. Made items: working stock.
        Source: Snyder & Shen (2019), base-stock policy under periodic review.
        """
        n_week, n_item = self.usage.shape
        total = np.vstack([np.zeros(n_item), np.cumsum(self.usage, axis=0)])
        position = np.tile(self.working_stock, (n_week, 1))
        for item in range(n_item):
            first = self.first_source(item)
            if first >= 0:
                end = np.minimum(np.arange(n_week) + self.source_lead[first] + 1, n_week)
                missing = np.arange(n_week) + self.source_lead[first] + 1 - end
                position[:, item] += total[end, item] - total[:-1, item]
                position[:, item] += missing * self.usage[-1, item]
        return position

    @cached_property
    def ordered_ahead(self) -> Floats:
        """Open orders that stand for a week still to come [units], shape (week of ordering, source).

        Calls placed ahead: they arrive a lead time or more after the start and are not shipped yet, so
        their source takes that much less in the week in which they would have been ordered.
        """
        ahead = np.zeros_like(self.open_unshipped)
        for source in np.flatnonzero(self.open_unshipped.any(axis=0)):
            calls = self.open_unshipped[int(self.source_lead[source]) :, source]
            ahead[: len(calls), source] = calls
        return ahead

    @cached_property
    def first_demand(self) -> Ints:
        """First week with demand for each product [week], shape (item); -NEVER: sold from the first week of
        the case on, so it may have been sold before; NEVER: never sold. A product is new for a restriction
        that is effective in that week or earlier."""
        first = np.full(len(self.item_ids), NEVER, dtype=np.int64)
        sold = self.demand > 0
        for line in np.flatnonzero(sold.any(axis=0)):
            week = int(np.argmax(sold[:, line]))
            product = self.line_product[line]
            first[product] = min(first[product], week if week > 0 else -NEVER)
        return first

    @cached_property
    def first_sources(self) -> Ints:
        """First qualified source of each item, -1 if it has none; shape (item)."""
        first = np.full(len(self.item_ids), -1, dtype=np.int64)
        qualified = np.flatnonzero(self.source_qualified)[::-1]
        first[self.source_item[qualified]] = qualified
        return first

    def first_source(self, item: int) -> int:
        """First qualified source of an item, -1 if it has none."""
        return int(self.first_sources[item])
