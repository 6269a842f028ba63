"""Whole lots from a relaxation. In: `Solution`. Out: `Schedule` and what it is worth.
One reason to exist: a lot more or less of a dear part can cost more than the optimiser's whole
gap, so rounding is a search of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.network.pricing import order_money, price_at
from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.master import Master
from outlast.optimise.search import Found, search
from outlast.optimise.search import Master as SearchMaster
from outlast.optimise.solve import Solution, open_bounds
from outlast.plan import explain
from outlast.plan.certify import Evaluation, evaluate
from outlast.plan.overrides import is_held, settle_orders, spare_room
from outlast.plan.previous import moving_cost
from outlast.plan.schedule import Order, Schedule, other_decisions, round_schedule, round_source

Floats = NDArray[np.float64]
CASH_SLACK = 1e-9
"""Share of a limit by which the sum of many payments may exceed it in floating point."""
DIVE_GAP, DIVE_PASSES = 2e-4, 10
"""Share of the loss to which the rest is solved again each time a source is rounded."""


def best_lots(
    master: Master,
    problem: CombProblem,
    solution: Solution,
    lot: Floats,
    progress: Callable[[str], None],
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[Schedule, Evaluation]:
    """The better of two ways to make whole lots of a relaxation, within the cash calendar.

    Rounding every source down is within it but for order costs. Rounding one source at a time, the dearest
    lot first, and solving the others anew, loses less. Each is kept to what it really pays, and evaluated
    anew; what the model leaves out (order costs, price breaks) counts when they are compared. Once `stopped`,
    the quick way has to do.
    """
    trunk = solution.trunk
    progress("making whole lots")
    rounded = round_schedule(problem, trunk, solution.x, lot, up_from=1.0)
    rounded = replace(rounded, orders=tuple(settle_orders(problem, rounded.orders, lot)))
    down = keep_to_cash(problem, trunk, rounded, lot)
    best = down, evaluate(master.teeth, problem, down)
    found = dive(master, problem, solution, lot, stopped)
    if found is not None:
        dived = keep_to_cash(problem, trunk, found, lot)
        if keeps_to_cash(problem, trunk, dived):
            best = better(problem, best, (dived, evaluate(master.teeth, problem, dived)))
    fewer = without_idle_orders(problem, best[0], best[1].run_down)
    if left_out(problem, fewer) < left_out(problem, best[0]):
        best = better(problem, best, (fewer, evaluate(master.teeth, problem, fewer)))
    return best


def better(
    problem: CombProblem, one: tuple[Schedule, Evaluation], other: tuple[Schedule, Evaluation]
) -> tuple[Schedule, Evaluation]:
    """The one worth more, what the model leaves out counted; the first if they are worth the same."""
    return other if net_worth(problem, *other) > net_worth(problem, *one) else one


def net_worth(problem: CombProblem, schedule: Schedule, evaluation: Evaluation) -> float:
    """Objective less what the model leaves out [money]."""
    return evaluation.objective - left_out(problem, schedule)


def without_idle_orders(problem: CombProblem, schedule: Schedule, run_down: Floats) -> Schedule:
    """The schedule without build-up that only takes the place of normal orders.

    In the model an order that arrives while as much is run down costs next to nothing; in the world it
    costs an order. Orders that people asked for stay.

    Args:
        problem: the comb tree.
        schedule: orders and other decisions.
        run_down: normal replenishment skipped, shape (epoch, item at risk) [units].
    """
    arrays = problem.arrays
    room = run_down.copy()
    kept = []
    for order in sorted(schedule.orders, key=lambda order: -order.week):
        at = problem.place[arrays.source_item[order.source]]
        epoch = (order.week + int(arrays.source_lead[order.source])) // arrays.epoch_weeks
        idle = epoch < len(room) and room[epoch, at] >= order.quantity * (1 - 1e-6)
        if idle and not is_held(problem, order):
            room[epoch, at] -= order.quantity
        else:
            kept.append(order)
    return replace(schedule, orders=tuple(reversed(kept)))


def keeps_to_cash(problem: CombProblem, trunk: Trunk, schedule: Schedule) -> bool:
    """Whether what is paid for protection stays within the cash calendar in every week of the horizon."""
    limit = problem.arrays.cash_limit[: problem.arrays.horizon_weeks]
    spend = explain.spend_by_week(problem, trunk, schedule)[: len(limit)]
    return bool(np.all(spend <= limit * (1 + CASH_SLACK)))


def left_out(problem: CombProblem, schedule: Schedule) -> float:
    """What orders cost beyond what the planning model counts: order costs, less what price breaks save, and
    what moving away from the plan before has to be worth [money]."""
    arrays = problem.arrays
    return moving_cost(problem, schedule) + sum(
        order_money(arrays, order.source, order.quantity)
        - order.quantity * float(arrays.source_price[order.source])
        + float(arrays.source_order_cost[order.source])
        for order in schedule.orders
    )


def keep_to_cash(problem: CombProblem, trunk: Trunk, schedule: Schedule, lot: Floats) -> Schedule:
    """The schedule with its latest orders cut, by whole lots, until it keeps to the cash calendar.

    Order costs and lots that were rounded up can exceed it: the relaxation keeps to it without them.
    """
    arrays = problem.arrays
    limit = arrays.cash_limit[: arrays.horizon_weeks]
    orders = sorted(schedule.orders, key=lambda order: order.week)
    other = explain.spend_by_week(problem, trunk, replace(schedule, orders=()))
    money = explain.OrderMoney(arrays, orders)
    first = np.array([explain.first_payment(arrays, order) for order in orders], dtype=np.int64)
    # What is bought by hand is cut last: where it has to be, there is no plan.
    free = np.array([not is_held(problem, order) for order in orders], dtype=bool)
    alive = np.ones(len(orders), dtype=bool)
    while alive.any():
        excess = (other + np.cumsum(money.by_week()))[: len(limit)] - limit
        over = np.flatnonzero(excess > limit * CASH_SLACK)
        paid = np.flatnonzero(alive & (first <= over[0])) if len(over) else over
        if not len(paid):
            break  # what is left to pay is not for orders, or within the limit
        last = int(paid[free[paid]][-1] if free[paid].any() else paid[-1])
        order = orders[last]
        less = _cut_order(arrays, order, float(lot[order.source]), float(excess[over[0]]))
        if less is not None and explain.payment_week(arrays, order) <= over[0]:
            orders[last] = less
            money.goods[last] = order_money(arrays, less.source, less.quantity)
        else:
            money.goods[last] = money.fees[last] = 0.0
            alive[last] = False
    return replace(schedule, orders=tuple(order for order, yes in zip(orders, alive, strict=True) if yes))


def _cut_order(arrays: NetworkArrays, order: Order, lot: float, excess: float) -> Order | None:
    """The order made smaller by at least `excess` [money] or a lot; None where no order is left."""
    price = price_at(arrays, order.source, order.quantity)
    spare = excess / price if price > 0 else order.quantity
    less = max(math.ceil(spare / lot - 1e-9), 1) * lot if lot > 0 else max(spare, order.quantity * 1e-3)
    quantity = order.quantity - less
    if quantity <= 1e-9 * order.quantity or quantity < float(arrays.source_minimum[order.source]) * (
        1 - 1e-9
    ):
        return None
    return Order(order.source, order.week, quantity)


def solve_within(master: SearchMaster, lower: Floats, upper: Floats) -> Found | None:
    """The best trunk within bounds in which all starts are settled, as near as a dive needs it."""
    return search(
        master,
        lower,
        upper,
        [],
        gap=DIVE_GAP,
        reference=None,
        most_passes=DIVE_PASSES,
        time_limit=None,
        progress=None,
    )


def dive(
    master: Master, problem: CombProblem, solution: Solution, lot: Floats, stopped: Callable[[], bool]
) -> Schedule | None:
    """Whole lots source by source: round one, fix it, solve the rest again; None once `stopped`."""
    arrays, trunk, x = problem.arrays, solution.trunk, solution.x
    low, high = open_bounds(problem, master.teeth.extensive, spare=spare_room(problem, lot))
    low[trunk.start] = high[trunk.start] = np.round(x[trunk.start])
    worth = lot[trunk.buy_sources] * arrays.source_price[trunk.buy_sources]
    orders: list[Order] = []
    for column in np.argsort(-worth, kind="stable"):
        if stopped():
            return None
        for up_from in (0.5, 1.0):
            source = int(trunk.buy_sources[column])
            placed = round_source(problem, trunk, x, int(column), lot, up_from)
            placed = settle_orders(problem, placed, lot, source=source)
            amount = np.zeros(problem.epochs)
            for order in placed:
                amount[order.week // arrays.epoch_weeks] += order.quantity
            fixed_low, fixed_high = low.copy(), high.copy()
            fixed_low[trunk.buy[:, column]] = fixed_high[trunk.buy[:, column]] = amount
            fixed_high[trunk.stock] += amount.sum()
            found = solve_within(master, fixed_low, fixed_high)
            if found is not None and np.isfinite(found.loss):
                x, low, high = found.x, fixed_low, fixed_high
                break
        orders += placed
    orders = settle_orders(problem, orders, lot)
    return Schedule(tuple(orders), *other_decisions(problem, trunk, x))
