"""From the optimiser's amounts to orders a supplier accepts, and to what the simulator plays.
In: a `Solution`. Out: `Schedule`, `Policy`. One reason to exist: lots, minimum orders and cash
are respected in one place, and the plan that is reported is the plan that is simulated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.contents import inside
from outlast.optimise.ordering import order_weeks
from outlast.optimise.supply import project_opening
from outlast.periods import NEVER
from outlast.simulate.policy import Policy, normal_policy

Floats = NDArray[np.float64]

NOISE = 1e-3
"""Amounts below this share of a week's use are rounding errors of the solver."""


@dataclass(frozen=True, slots=True)
class Order:
    """One build-up order."""

    source: int
    week: int
    quantity: float


@dataclass(frozen=True)
class Schedule:
    """What the plan does before an event."""

    orders: tuple[Order, ...]
    make: Floats
    """Made for stock in each epoch, shape (epoch, made item at risk) [units]."""
    run_down: Floats
    """Normal replenishment skipped, shape (epoch, item at risk) [units]; of an item that is made, nothing
    in an epoch in which it is made for stock."""
    starts: dict[int, int]
    """Week in which the switch to a source starts; AT_EVENT: only then; absent: never."""

    def bought(self, problem: CombProblem, trunk: Trunk) -> Floats:
        """Ordered in each epoch from each build-up source, shape (epoch, bought source) [units]."""
        column = {int(source): k for k, source in enumerate(trunk.buy_sources)}
        amount = np.zeros(trunk.buy.shape)
        for order in self.orders:
            amount[order.week // problem.arrays.epoch_weeks, column[order.source]] += order.quantity
        return amount


def lots(arrays: NetworkArrays, whole: NDArray[np.bool_]) -> Floats:
    """Smallest step between two orders of each source [units]: its multiple, else one unit where
    the item is counted in whole units, else 0 (any amount). Shape (source)."""
    return np.where(
        arrays.source_multiple > 0, arrays.source_multiple, whole[arrays.source_item].astype(float)
    )


def round_schedule(problem: CombProblem, trunk: Trunk, x: Floats, lot: Floats, *, up_from: float) -> Schedule:
    """Amounts of the relaxation made into lots, carrying what is left over to the next order.

    Args:
        problem: the comb tree.
        trunk: where its decisions stand.
        x: decisions of the relaxation, shape (trunk column).
        lot: smallest step between two orders of each source [units], shape (source).
        up_from: share of a lot from which it is ordered whole; 1: never more than the relaxation
            wanted, so that no more cash is spent.
    """
    orders = [
        order
        for column in range(len(trunk.buy_sources))
        for order in round_source(problem, trunk, x, column, lot, up_from)
    ]
    return Schedule(tuple(orders), *other_decisions(problem, trunk, x))


def round_source(
    problem: CombProblem, trunk: Trunk, x: Floats, column: int, lot: Floats, up_from: float
) -> list[Order]:
    """Orders of one source; arguments as for `round_schedule`."""
    arrays = problem.arrays
    source = int(trunk.buy_sources[column])
    noise = NOISE * float(arrays.usage[:, arrays.source_item[source]].mean())
    orders, carried = kept_orders(problem, trunk, x, column, lot), 0.0
    first = problem.earlier.epochs if orders and problem.earlier is not None else 0
    for epoch in range(first, problem.epochs):
        weeks = order_weeks(problem, source, epoch)
        for week in weeks:
            carried += float(x[trunk.buy[epoch, column]]) / len(weeks)
            wanted = min(carried, room_beside_calls(arrays, source, int(week), float(lot[source])))
            quantity = lot_size(
                wanted, float(lot[source]), float(arrays.source_minimum[source]), noise, up_from
            )
            if quantity > 0:
                orders.append(Order(source, int(week), quantity))
                carried -= quantity
    return orders


def room_beside_calls(arrays: NetworkArrays, source: int, week: int, lot: float) -> float:
    """What a source takes orders for in a week beside calls placed ahead with it, one lot at least where
    there is any room [units]; no limit where none were placed."""
    if not arrays.ordered_ahead[:, source].any():
        return float("inf")
    room = float(arrays.source_capacity[source] - arrays.ordered_ahead[week, source])
    return max(room, lot, float(arrays.source_minimum[source])) if room > 0 else 0.0


def kept_orders(problem: CombProblem, trunk: Trunk, x: Floats, column: int, lot: Floats) -> list[Order]:
    """Orders of the plan before, where its amounts from a source stay as they were and still come in whole
    lots; none otherwise."""
    earlier, source = problem.earlier, int(trunk.buy_sources[column])
    if earlier is None or source not in earlier.orders:
        return []
    before = np.array([earlier.bought.get((source, epoch), 0.0) for epoch in range(earlier.epochs)])
    step, least = float(lot[source]), float(problem.arrays.source_minimum[source])
    sizes = np.array([quantity for _, quantity in earlier.orders[source]])
    whole = step == 0 or bool(np.all(np.abs(sizes / step - np.round(sizes / step)) < 1e-6))
    same = np.allclose(x[trunk.buy[: earlier.epochs, column]], before, rtol=1e-6, atol=1e-6 * sizes.sum())
    if not (same and whole and sizes.min() >= least * (1 - 1e-9)):
        return []
    return [Order(source, week, quantity) for week, quantity in earlier.orders[source]]


def other_decisions(problem: CombProblem, trunk: Trunk, x: Floats) -> tuple[Floats, Floats, dict[int, int]]:
    """Making for stock, run-down and starts of a relaxation, noise of the solver taken off."""
    arrays = problem.arrays
    make = x[trunk.make]
    use = np.array([arrays.usage[:, item].mean() for item in trunk.make_items])
    make = np.where(make > NOISE * use, make, 0.0)
    starts = {
        option.source: option.week
        for option, taken in zip(problem.options, x[trunk.start], strict=True)
        if taken > 0.5
    }
    return *net_making(problem, trunk, make, x[trunk.run_down]), starts


def net_making(problem: CombProblem, trunk: Trunk, make: Floats, run_down: Floats) -> tuple[Floats, Floats]:
    """Made for stock, and normal replenishment skipped, with nothing made both ahead and less than normal:
    the two cancel in every row.

    Args:
        problem: the comb tree.
        trunk: where its decisions stand.
        make: made for stock, shape (epoch, made item at risk) [units].
        run_down: normal replenishment skipped, shape (epoch, item at risk) [units].
    """
    made = np.searchsorted(problem.items, trunk.make_items)
    both = np.minimum(make, run_down[:, made])
    run_down = run_down.copy()
    run_down[:, made] -= both
    return make - both, run_down


def lot_size(wanted: float, lot: float, minimum: float, noise: float, up_from: float) -> float:
    """The order nearest to `wanted` in lots and above the minimum; 0 where none is near [units].

    A part of a lot becomes a lot from the share `up_from` on; with 1 the order is never larger than
    `wanted`.
    """
    if wanted <= noise:
        return 0.0
    quantity = float(np.floor(wanted / lot + (1 - up_from) + 1e-6) * lot) if lot > 0 else wanted
    least = float(np.ceil(minimum / lot - 1e-9) * lot) if lot > 0 else minimum
    if quantity < least:
        quantity = least if wanted >= least * up_from * (1 - 1e-6) else 0.0
    return quantity


def plan_policy(
    problem: CombProblem, trunk: Trunk, schedule: Schedule, hoard: Floats | None = None
) -> Policy:
    """What the simulator plays for a schedule."""
    arrays = problem.arrays
    calm = normal_policy(arrays)
    protective = np.zeros_like(arrays.usage)
    buildup = np.zeros_like(calm.buildup)
    surplus = project_opening(arrays).surplus
    for order in schedule.orders:
        buildup[order.week, order.source] += order.quantity
        protective[order.week :, arrays.source_item[order.source]] += order.quantity
    protective[:, problem.items] += surplus[problem.items]
    protective += made_ahead(problem, trunk, schedule) + beyond_use(problem, trunk, schedule)
    # Below 0 where normal orders are skipped whose use will fall away.
    np.maximum(protective, -calm.base_position, out=protective)
    n_source = len(arrays.source_ids)
    start_week = np.full(n_source, NEVER, dtype=np.int64)
    start_after = np.zeros(n_source, dtype=bool)
    for source, week in schedule.starts.items():
        start_week[source] = NEVER if week == AT_EVENT else week
        start_after[source] = bool(arrays.start_after[source])
    return Policy(
        base_position=calm.base_position,
        protective=protective,
        buildup=buildup,
        start_week=start_week,
        start_after=start_after,
        hoard=calm.hoard if hoard is None else hoard,
    )


def _skipped_weekly(problem: CombProblem, item: int, run_down: Floats) -> Floats:
    """Running total by week of normal replenishment skipped in each epoch, see `CombProblem.skip_shares`."""
    total = np.zeros(problem.arrays.n_week)
    for epoch in range(problem.epochs):
        weeks = problem.skip_weeks(item, epoch)
        total[weeks] += run_down[epoch] * problem.skip_shares(np.array([item]), weeks)[:, 0]
    return np.cumsum(total)


def _made_weekly(problem: CombProblem, make: Floats) -> Floats:
    """Running total by week of what is made in each epoch, spread evenly over its weeks."""
    weekly = np.repeat(make / np.diff(problem.epoch_weeks), np.diff(problem.epoch_weeks))
    return np.cumsum(np.append(weekly, np.zeros(problem.arrays.n_week - len(weekly))))


def made_ahead(problem: CombProblem, trunk: Trunk, schedule: Schedule) -> Floats:
    """What making more or less than normal adds to stock up to each week, and takes from what goes into it,
    shape (week, item) [units]."""
    added = np.zeros_like(problem.arrays.usage)
    for item, total, parts in _making(problem, trunk, schedule):
        added[:, item] += total
        for child, quantity in parts.items():
            # Orders come before the making of their week, and have to cover it.
            bought = not problem.arrays.made[child]
            added[:, child] -= quantity * (np.append(0.0, total[:-1]) if bought else total)
    return added


def beyond_use(problem: CombProblem, trunk: Trunk, schedule: Schedule) -> Floats:
    """Normal orders up to each week beyond what normal use asks for, shape (week, item) [units].

    Less than nothing where goods are run down: what is run down in a week was not ordered a lead time
    earlier. Parts that are not at risk are ordered for what is made ahead, and not for what is not made, a
    lead time earlier; those at risk come from protective stock.
    """
    arrays = problem.arrays
    extra = np.zeros_like(arrays.usage)
    for place, item in enumerate(problem.items):
        if not arrays.made[item]:
            extra[:, item] -= _ahead(
                arrays, int(item), _skipped_weekly(problem, int(item), schedule.run_down[:, place])
            )
    at_risk = set(problem.items.tolist())
    for _, total, parts in _making(problem, trunk, schedule):
        for child, quantity in parts.items():
            if child not in at_risk:
                extra[:, child] += quantity * _ahead(arrays, child, total)
    return extra


def _making(
    problem: CombProblem, trunk: Trunk, schedule: Schedule
) -> list[tuple[int, Floats, dict[int, float]]]:
    """(item, made beyond normal up to each week [units], what goes into a unit) of made items at risk."""
    return [
        (
            int(item),
            _made_weekly(problem, schedule.make[:, column])
            - _skipped_weekly(problem, int(item), schedule.run_down[:, problem.place[item]]),
            inside(problem, int(item)),
        )
        for column, item in enumerate(trunk.make_items)
    ]


def _ahead(arrays: NetworkArrays, item: int, total: Floats) -> Floats:
    """A running total as its orders see it: a lead time earlier, and all that is sooner in the first week."""
    first = arrays.first_source(item)
    lead = int(arrays.source_lead[first]) if first >= 0 and not arrays.made[item] else 0
    return np.append(total, np.full(lead, total[-1]))[lead : lead + len(total)]


def hoarding(arrays: NetworkArrays) -> Floats:
    """Bought between the news and the closure, where notice or grace leaves the time [units].

    The use of the weeks that the quickest alternative takes in the median, at most the window: a
    rule of thumb of the simulated company, not a decision of the plan. Shape (restriction, item).
    """
    extra = np.zeros(arrays.hits_item.shape)
    for item in range(len(arrays.item_ids)):
        alternatives = [
            arrays.switch_median[s] + arrays.source_lead[s]
            for s in range(arrays.source_ptr[item], arrays.source_ptr[item + 1])
            if not arrays.source_qualified[s]
        ]
        weeks = min([*alternatives, float(arrays.window_weeks)])
        extra[:, item] = np.where(arrays.hits_item[:, item], weeks * arrays.usage[:, item].mean(), 0.0)
    return extra


def cover_policy(problem: CombProblem, weeks: float, starts: dict[int, int]) -> Policy:
    """The rule of thumb a plan must beat: `weeks` of cover of every bought item at risk, bought as
    fast as sources deliver, switches started at the event."""
    arrays = problem.arrays
    calm = normal_policy(arrays)
    protective = np.zeros_like(arrays.usage)
    for item in problem.items:
        if not arrays.made[item]:
            protective[: arrays.horizon_weeks, item] = weeks * arrays.usage[: arrays.horizon_weeks, item]
    start_after = np.zeros(len(arrays.source_ids), dtype=bool)
    for source in starts:
        start_after[source] = bool(arrays.start_after[source])
    return Policy(
        calm.base_position, protective, calm.buildup, calm.start_week, start_after, hoarding(arrays)
    )


def largest_cover(problem: CombProblem) -> float:
    """Most weeks of cover of every bought item at risk that the cash limit pays for at once."""
    arrays = problem.arrays
    limit = float(np.min(arrays.cash_limit[: arrays.horizon_weeks], initial=np.inf))
    bought = [item for item in problem.items if not arrays.made[item]]
    surplus = project_opening(arrays).surplus
    if not bought or not np.isfinite(limit):
        return np.inf

    def cost(cover: float) -> float:
        return sum(
            float(arrays.source_price[arrays.first_source(int(i))])
            * max(0.0, cover * float(arrays.usage[: arrays.horizon_weeks, i].max()) - surplus[i])
            for i in bought
        )

    low, high = 0.0, float(arrays.window_weeks)
    if cost(high) <= limit:
        return high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if cost(middle) <= limit else (low, middle)
    return low
