"""From which hazard on one more order pays, item by item. In: a decided plan. Out: `ItemBreakEven`s.
One reason to exist: whoever doubts the hazard sees for every item at risk what it would have to be, with
little more work than for one: of every scenario it is known what it loses without the order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import leaf_odds
from outlast.periods import WEEKS_PER_YEAR
from outlast.plan.one_more import (
    Base,
    find_break_even,
    lean_schedule,
    next_size,
    next_source,
    ways_to_hold,
)
from outlast.plan.summary import Done

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ItemBreakEven:
    """A bought item at risk, and the hazard at which one more order on top of the plan neither gains nor
    loses."""

    item_id: str
    name: str
    bought: float
    """Build-up in the plan [units]."""
    restrictions: tuple[str, ...]
    """Those that hit it; the break-even hazard scales them alike and leaves the others."""
    hazard_per_year: float
    """Of all of them together, as stated [events per year]."""
    break_even_per_year: float | None
    """Of all of them together [events per year]; null: none below 52 a year makes the order pay, or none
    above 0 stops it from paying (`gain` says which), or there is no order."""
    next_source_id: str
    """Where one more order would go; empty: none can be placed in time."""
    next_order: float
    """Its size, as small as the source takes it [units]."""
    next_cost: float
    """What it costs to buy [money]."""
    gain: float
    """What it saves under the hazards as stated, by the measure, all costs counted [money]."""


def break_even_of_items(done: Done, progress: Callable[[str], None]) -> tuple[ItemBreakEven, ...]:
    """Every bought item at risk that a restriction with a hazard hits, in the order of the case."""
    arrays = done.arrays
    items = [int(item) for item in done.problem.items if not arrays.made[item] and len(hits(done, int(item)))]
    if not items:
        return ()
    base = Base.of(done, lean_schedule(done))
    lines = []
    for number, item in enumerate(items):
        progress(f"break-even hazard of item {number + 1} of {len(items)}")
        lines.append(_weigh(base, item))
    return tuple(lines)


def hits(done: Done, item: int) -> NDArray[np.int64]:
    """Restrictions with a hazard that hit an item."""
    arrays = done.arrays
    return np.flatnonzero(arrays.hits_item[:, item] & (arrays.hazard_per_week > 0))


def _weigh(base: Base, item: int) -> ItemBreakEven:
    """One more order of an item on top of a schedule, under hazards of what hits it scaled alike."""
    done, arrays, mine = base.done, base.done.arrays, hits(base.done, item)
    bought = sum(order.quantity for order in done.schedule.orders if arrays.source_item[order.source] == item)
    stated = float(arrays.hazard_per_week[mine].sum()) * WEEKS_PER_YEAR
    named = arrays.item_ids[item], done.story.name(item), float(bought)
    hit_by = tuple(arrays.restriction_ids[r] for r in mine)
    source = next_source(done, item)
    if source is None:
        return ItemBreakEven(*named, hit_by, stated, None, "", 0.0, 0.0, 0.0)
    size = next_size(done, done.schedule, source)
    now, ways, risk = base.loss, ways_to_hold(base, source, size), done.problem.risk
    scaled = np.zeros(len(arrays.hazard_per_week))
    scaled[mine] = arrays.hazard_per_week[mine]

    def gain_at(factor: float) -> float:
        odds = leaf_odds(done.problem, arrays.hazard_per_week + (factor - 1.0) * scaled)
        return risk.value(now, odds) - min(risk.value(way, odds) for way in ways)

    factor = find_break_even(gain_at, stated)
    return ItemBreakEven(
        *named,
        hit_by,
        stated,
        None if factor is None else stated * factor,
        arrays.source_ids[source],
        size,
        size * float(arrays.source_price[source]),
        gain_at(1.0),
    )
