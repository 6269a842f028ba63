"""What the weekly kernels see. In: nothing. Out: record types and two named tuples of arrays.
One reason to exist: kernels pass two tuples instead of a hundred arrays, and what is used together
lies together in memory. Fields mean what they mean in `NetworkArrays`, `Policy` and `Scenarios`;
what is derived, and what changes from week to week (state), is told here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Factors = NDArray[np.float32]
Bits = NDArray[np.uint8]
Records = NDArray[np.void]
"""Rows with the named fields of one of the types below."""
Row = Any
"""One such row: a view, so that what is written to it is kept."""

ACCOUNTS = (
    "contribution",
    "purchase_variance",
    "order_cost",
    "expediting",
    "switch_cost",
    "holding",
    "backorder",
    "scrapped",
    "write_down",
)
"""Columns of `Block.account`; costs are negative, so that their sum is the value of a path."""
(
    CONTRIBUTION,
    PURCHASE_VARIANCE,
    ORDER_COST,
    EXPEDITING,
    SWITCH_COST,
    HOLDING,
    BACKORDER,
    SCRAPPED,
    WRITE_DOWN,
) = range(9)
FILL_SOLD, FILL_DEMANDED = 9, 10
"""After the accounts in `Company.tally`: contribution-weighted, since the effective week [money]."""
N_TALLY = 11

SHIPMENT, TRANSIT, RECEIPT = 1, 2, 4
"""Bits of `Block.pauses`."""

LEDGER = ("start", "received", "made", "used", "sold", "scrapped", "end")
"""Columns of `Block.ledger`."""
START, RECEIVED, MADE, USED, SOLD, SCRAPPED_UNITS, END = range(7)

SHADOW_PRICE, PROPORTIONAL, PRIORITY = 0, 1, 2
"""Ways of sharing scarce stock."""


def _record(floats: str, whole: str = "", truths: str = "") -> np.dtype[np.void]:
    fields: list[tuple[str, Any]] = [(name, np.float64) for name in floats.split()]
    fields += [(name, np.int64) for name in whole.split()]
    fields += [(name, np.bool_) for name in truths.split()]
    return np.dtype(fields, align=True)


ITEM = _record(
    # state: on_hand, due (ordered, not arrived), waiting (for by backlogs), hoard, spare (not to be ordered),
    # claim, planned, making, entered (stock this week), before (on hand at the end of the week before)
    "on_hand due waiting hoard spare holding_cost claim planned making make_capacity make_cost standard_cost "
    # start: stock before week 0; open_total: all open orders
    "write_down_share working_stock start open_total entered before batch",
    # x_from, x_to: rows of `links` (bom: children; explosion: all contained; holder: items that contain
    # it, itself included; use: demand lines that need it), of `sources`, of places in `served`
    "first_source source_from source_to bom_from bom_to make_weeks line_from line_to explosion_from "
    "explosion_to holder_from holder_to use_from use_to "
    # how many of its sources share its orders, have build-up orders, expedite
    # life: weeks in which a unit may be used, NEVER if any; last_lot: last row of `lots` that may hold some;
    # first_lots: the same at the start
    "splits builds expedites life last_lot first_lots",
)
SOURCE = _record(
    # state: price and lead of the week, left, taken (of the week's capacity by the split of an item)
    # carried: capacity that whole lots left over in the weeks before, or (below 0) took ahead
    # split: share of the item's orders; delivered: units delivered for one usable unit, on average
    "price capacity minimum multiple order_cost left list_price switch_cost switch_median switch_sigma "
    "split taken carried delivered expedite_price",
    # state: ready (may be ordered from), barred (first week in which the last lawful order date has
    # passed, until the next change; NEVER: none), lead, start (of the switch)
    # x_from, x_to: rows of `breaks`
    "item ready barred lead payment_weeks ramp_weeks start list_lead transit start_week break_from break_to "
    # -1: the source does not expedite
    "expedite_weeks",
    # state: rationed (orders are limited to a part of normal use)
    "qualified start_after rationed",
)
SUPPLIER = _record("capacity asked ahead left share", "", "cut")
"""One whose capacity is limited; state: what is asked in a week, what calls placed ahead take [capacity],
what is left of its output, share of its asks that it grants, whether it has cut them in this week."""
CLAIM = _record("use granted units saved", "supplier")
"""Source on its supplier (-1: not limited): capacity a unit takes; state: units granted in a week (inf: all),
asked for or ordered so far, left of earlier grants by rounding to lots."""
LINE = _record(
    # state: backlog, share, allotment (units until shares are re-solved), wanted, allowed, then sold
    "backlog share allotment wanted allowed backorder_cost",
    # first_week: in which the product is sold, on this line or another, -NEVER if from week 0 on
    "product receivable_weeks first_week",
    "backorder open",
)
RESTRICTION = _record(
    # state: wait, weeks until relief that are reckoned with when shares are re-solved
    "relief_probability relief_median relief_sigma price_multiplier lead_multiplier wait",
    "savings_weeks maintenance_weeks",
    "released",
)
CUT = _record("left now", "delay closure until")
"""Restriction on source; state: closure, its first week, NEVER if there is none; until, the week from which
nothing may be ordered; now, what is left this week, more than `left` under a licence for maintenance."""
REACH = _record("hoard", "", "hits")
"""Restriction on item."""
ITEM_WEEK = _record("base protective usage usage_ahead gap")
"""usage_ahead: beyond own sales, over the make_weeks that follow the week; gap: smallest need that is
ordered (`batch` of an item: from 0 on, need is ordered in multiples of it)."""
SOURCE_WEEK = _record("buildup shipped unshipped shipped_left ahead ahead_left")
"""Open orders by week of arrival, ahead: by week of ordering; state: shipped_left, those shipped at the
start that still come; ahead_left, capacity that those placed ahead still take."""
LINE_WEEK = _record("demand ahead before contribution price", "served")
"""ahead: demand from the week to the end of making what starts in it; before: of all weeks before it;
served: number of the line at this place in the order of serving."""
CANCELLABLE = _record("units given", "source arrival given_arrival ahead")
"""Open order that may be cancelled until it ships; given: at the start; ahead: week whose capacity it
takes, -1: none; state: units that still stand, arrival."""
WEEK = _record("payment open_payment", "", "changes")
"""State: payment, payments less receipts; changes: what is open changes in this week."""
DUE = _record("units money")
LINK = _record("units", "number")
BREAK = _record("units price")
"""Price of every unit of an order of at least so many units, rising in units."""
EVENT = _record("", "announced effective closed relief")
PATH = _record("cash cash_low", "given_length length fill_start survived event_week cash_out_week", "failed")
"""given_length: weeks of the path, -1 where the events decide; fill_start: week from which survival counts;
state: cash, failed (the fill was below its target once)."""
SALES = _record("sold demanded")


class Company(NamedTuple):
    """Case, policy and the state of one scenario, which every scenario resets."""

    horizon_weeks: int
    window_weeks: int
    n_week: int
    fill_target: float
    opening_cash: float
    credit_limit: float
    fixed_cost: float
    sharing: int
    resolve_weeks: int
    has_backorder: bool
    has_ledger: bool
    has_maintenance: bool
    has_trigger: bool
    """Whether some need is not ordered as it comes: gap or batch."""
    open_weeks: int
    """Weeks up to the last open order."""
    items: Records
    sources: Records
    suppliers: Records
    claims: Records
    """Shape (source), or size 0 if no supplier is limited."""
    foreseen: Floats
    """State: units that an item has asked for so far in a week, by weeks until they would come; else 0."""
    breaks: Records
    lines: Records
    restrictions: Records
    cuts: Records
    """Shape (restriction, source)."""
    reach: Records
    """Shape (restriction, item)."""
    hits_line: Bools
    item_weeks: Records
    """Shape (week, item)."""
    source_weeks: Records
    line_weeks: Records
    """Shape (week + 1, line): one more for `before`."""
    cancellable: Records
    """Latest arrival first."""
    weeks: Records
    """Shape (week + 1)."""
    due: Records
    """Ring of goods on order by week of arrival, shape (ring week, source)."""
    making: Floats
    """Ring of goods in making by week of completion, shape (ring week, item)."""
    links: Records
    make_order: Ints
    bought: Ints
    ageing: Ints
    """Items of which something may expire."""
    expiring: Floats
    """What is there at the start by its last usable week, shape (week, ageing item)."""
    lots: Floats
    """State: the same in a week; what never expires is not in it."""
    products: Ints
    tight: Bools
    """State: whether a row of the sharing problem bound when it was last solved, shape (2 x bought item)."""
    tally: Floats
    ledger: Floats
    """Shape (item, LEDGER), or (0, LEDGER) if not asked for."""


class Block(NamedTuple):
    """Some scenarios, and what is kept of each."""

    events: Records
    """Shape (scenario, restriction)."""
    switch_weeks: Floats
    demand_factor: Floats
    source_up: Bools
    lead_factor: Factors
    """Shape (scenario, week, source), or size 0; so is `yield_factor`."""
    yield_factor: Factors
    pauses: Bits
    """Shape (scenario, week, source), or size 0."""
    paths: Records
    account: Floats
    sales: Records
    """Shape (scenario, line)."""
    record_items: Ints
    on_hand: Floats
    """Shape (scenario, week, recorded item); nan after the end of a path."""
    ledger: Floats
    """Shape (scenario, item, LEDGER), or (0, item, LEDGER)."""
