"""The plan before. In: its folder. Out: what it bought, as far as it reaches into this plan; a calm plan.
One reason to exist: next week's plan starts from this week's, and moves only where that is worth something.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.optimise.byhand import Earlier, earlier_amounts, money_moved
from outlast.optimise.comb import CombProblem
from outlast.optimise.highs import Status
from outlast.optimise.master import Master
from outlast.optimise.search import search
from outlast.optimise.solve import Solution, open_bounds, solve, start_groups
from outlast.plan.answer import Call, PlanAnswer, ProductionLine, PurchaseLine
from outlast.plan.inputs import read_inputs
from outlast.plan.saved import read_answer
from outlast.plan.schedule import Schedule

Floats = NDArray[np.float64]
PLAN = "plan.json"
SAME = 1e-6
"""Share by which amounts may differ in floating point."""


@dataclass(frozen=True)
class Previous:
    """A plan made before, and the case that it was made from."""

    answer: PlanAnswer
    network: Network | None
    """None: its files were not kept."""


@dataclass(frozen=True)
class Standing:
    """A purchase of the plan before, seen from the start of this one."""

    line: PurchaseLine
    call: Call
    state: str
    """planned; overdue: its day has passed and it is not on order; placed; ordered: on order under another
    name."""


def read_previous(path: Path) -> Previous:
    """The plan of a folder, or of a plan.json.

    Raises:
        UsageError: it is no plan, or a what-if.
    """
    file = path / PLAN if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"{path} holds no {PLAN}: name the folder that outlast plan wrote")
    answer = read_answer(file)
    if answer.what_if:
        raise UsageError(f"{path} is a what-if plan: name the plan that was really followed")
    return Previous(answer, read_inputs(file.parent, answer.summary.start))


def stand_purchases(previous: Previous, network: Network) -> list[Standing]:
    """What became of each build-up order of the plan before.

    An order counts as placed where open_orders names it. One whose day has passed counts as
    ordered where the source has at least that much more on order than a week ago, under whatever name.
    """
    start = network.settings.start
    if start < previous.answer.summary.start:
        raise UsageError(
            f"the plan before begins on {previous.answer.summary.start}, after this one on {start}"
        )
    named = {row.order_id for row in network.open_orders or () if row.order_id}
    more = newly_ordered(previous, network, named)
    out = []
    for line in previous.answer.purchases:
        if line.kind != "build-up":
            continue
        for call in line.calls:
            state = "planned"
            if call.order_id in named:
                state = "placed"
            elif call.order_date < start:
                ordered = more.get(line.source_id, 0.0) >= call.quantity * (1 - SAME)
                state = "ordered" if ordered else "overdue"
                more[line.source_id] = more.get(line.source_id, 0.0) - (call.quantity if ordered else 0.0)
            out.append(Standing(line, call, state))
    return out


def newly_ordered(previous: Previous, network: Network, named: set[str]) -> dict[str, float]:
    """Units on order by source that were not on order when the plan before was made."""
    if previous.network is None or network.open_orders is None or previous.network.open_orders is None:
        return {}
    ours = {call.order_id for line in previous.answer.purchases for call in line.calls} & named
    now: dict[str, float] = {}
    for row in network.open_orders:
        if row.order_id not in ours:
            now[row.source_id] = now.get(row.source_id, 0.0) + row.quantity
    for row in previous.network.open_orders:
        if row.arrival_date >= network.settings.start:
            now[row.source_id] = now.get(row.source_id, 0.0) - row.quantity
    return now


def reach(
    previous: Previous, standing: Sequence[Standing], network: Network, arrays: NetworkArrays
) -> Earlier:
    """What the plan before still means to buy, on the epochs of this one."""
    number = {source_id: source for source, source_id in enumerate(arrays.source_ids)}
    span, horizon = arrays.epoch_weeks, arrays.horizon_weeks
    before = previous.answer.summary
    last = network.calendar.week_of(before.start) + before.horizon_weeks
    epochs = max(min(last, horizon) // span, 0)
    bought: dict[tuple[int, int], float] = {}
    orders: dict[int, tuple[tuple[int, float], ...]] = {}
    for one in standing:
        source = number.get(one.line.source_id)
        if source is None or one.state in ("placed", "ordered"):
            continue
        epoch = epoch_of(network, arrays, source, one.call.order_date)
        if epoch < epochs:
            bought[source, epoch] = bought.get((source, epoch), 0.0) + one.call.quantity
            called = bool(np.isfinite(arrays.source_capacity[source]))
            week = max(network.calendar.week_of(one.call.order_date), 0) if called else epoch * span
            orders[source] = (*orders.get(source, ()), (week, one.call.quantity))
    started = frozenset(
        number[line.source_id]
        for line in previous.answer.qualifications
        if line.decision in ("start now", "start later") and line.source_id in number
    )
    made = made_before(previous.answer.production, network, arrays, epochs)
    return Earlier(bought, orders, made, epochs, started, network.settings.plan.change_cost_share)


def made_before(
    lines: Sequence[ProductionLine], network: Network, arrays: NetworkArrays, epochs: int
) -> dict[tuple[int, int], float]:
    """What the plan before still means to make for stock by (item, epoch) [units].

    It is made evenly over the weeks of an epoch, so of one that has begun only the rest is still meant.
    """
    span, number = arrays.epoch_weeks, {item_id: item for item, item_id in enumerate(arrays.item_ids)}
    made: dict[tuple[int, int], float] = {}
    for line in lines:
        week = network.calendar.week_of(line.start_date)
        left = min(max(week + span, 0), span) / span
        epoch = (2 * max(week, 0) + span) // (2 * span)
        if line.item_id in number and left > 0 and epoch < epochs:
            cell = number[line.item_id], epoch
            made[cell] = made.get(cell, 0.0) + line.quantity * left
    return made


def epoch_of(network: Network, arrays: NetworkArrays, source: int, day: date) -> int:
    """The epoch in which an order meant for a day is placed: the nearest start of an epoch, or where it is
    called off week by week, the epoch of the day. What is overdue is placed now."""
    week = max(network.calendar.week_of(day), 0)
    if np.isfinite(arrays.source_capacity[source]):
        return week // arrays.epoch_weeks
    return (2 * week + arrays.epoch_weeks) // (2 * arrays.epoch_weeks)


def charge_for_changes(problem: CombProblem, master: Master, share: float) -> None:
    """From now on a share of the money moved against the plan before counts as a loss."""
    master.charge(share * _moved(problem, master))


def _moved(problem: CombProblem, master: Master) -> Floats:
    arrays, trunk = problem.arrays, master.teeth.extensive.trunk
    n = master.teeth.n_trunk
    if problem.earlier is None:
        return np.zeros(n)
    return money_moved(
        problem.earlier,
        trunk.by_hand,
        trunk.start,
        [(int(option.source), int(option.week)) for option in problem.options],
        arrays.source_price[trunk.buy_sources],
        arrays.standard_cost[trunk.make_items],
        arrays.switch_cost,
        n,
    )


def calm_solution(
    problem: CombProblem,
    master: Master,
    best: Solution,
    *,
    gap: float,
    reference: float,
    time_limit: float | None,
    progress: Callable[[str], None] | None,
    stopped: Callable[[], bool] = lambda: False,
) -> Solution:
    """The plan that stays near the plan before; its objective is its own, without the charge for changes.

    Staying put is good enough where it is as near the bound as a plan is solved to. Else changes are
    charged, so that only those are made which are worth it.

    Args:
        problem: with `earlier`.
        master: its trunk, charged for changes when this returns.
        best: the plan if changes cost nothing.
        gap: share of the improvement to which plans are solved.
        reference: objective of buying nothing extra [money].
        time_limit: most time of a search [s].
        progress: told what is going on.
        stopped: asked now and then whether to stop with what there is.
    """
    if problem.earlier is None or problem.earlier.share == 0:
        return best
    room = gap * max(best.bound - reference, 1e-9 * abs(best.bound))
    stay = _stay(problem, master, gap=room / 2 / max(abs(best.bound), 1e-9))
    if stay is not None and best.bound - stay[1] <= room:
        charge_for_changes(problem, master, problem.earlier.share)
        return replace(best, x=stay[0], objective=stay[1])
    charge_for_changes(problem, master, problem.earlier.share)
    found = solve(
        problem,
        master=master,
        gap=gap / 3,
        reference=reference,
        time_limit=time_limit,
        progress=progress,
        stopped=stopped,
    )
    if found.status is Status.INFEASIBLE:
        return best
    lower, upper = open_bounds(problem, master.teeth.extensive)
    start = found.trunk.start
    lower[start] = upper[start] = np.round(found.x[start])
    corner = master.solve(lower, upper)
    x, loss = found.x, -found.objective
    if corner is not None:
        # A corner of the trunk leaves as it was whatever is not worth changing; the point found is a mixture.
        there = master.learn(corner[0])
        if there <= loss + room:
            x, loss = corner[0], there
    objective = -(loss - float(master.penalty @ x))
    return replace(best, x=x, objective=objective)


def _stay(problem: CombProblem, master: Master, *, gap: float) -> tuple[Floats, float] | None:
    """The best plan that buys and makes for stock what the plan before did, and its objective; None where
    there is none."""
    lower, upper = open_bounds(problem, master.teeth.extensive)
    upper[master.teeth.extensive.trunk.by_hand.change] = 0.0
    upper[master.teeth.extensive.trunk.by_hand.change_made] = 0.0
    found = search(
        master,
        lower,
        upper,
        start_groups(problem),
        gap=gap,
        reference=None,
        most_passes=20,
        time_limit=None,
        progress=None,
    )
    return None if found is None or not np.isfinite(found.loss) else (found.x, -found.loss)


def moved_money(
    problem: CombProblem, trunk_sources: NDArray[np.int64], bought: Floats
) -> tuple[float, float]:
    """Money of purchases moved against the plan before, and of both plans together, in the epochs that it
    reaches into.

    Args:
        problem: with `earlier`.
        trunk_sources: bought sources.
        bought: what is bought now, shape (epoch, bought source) [units].
    """
    assert problem.earlier is not None
    before = earlier_amounts(problem.earlier, problem.earlier.bought, trunk_sources)
    now = bought[: len(before)]
    price = problem.arrays.source_price[trunk_sources]
    return float((np.abs(now - before) @ price).sum()), float(((now + before) @ price).sum())


def moved_share(problem: CombProblem, trunk_sources: NDArray[np.int64], bought: Floats) -> float:
    """Share of the money of purchases that is moved, 0 to 1."""
    moved, both = moved_money(problem, trunk_sources, bought)
    return moved / both if both > 0 else 0.0


def moving_cost(problem: CombProblem, schedule: Schedule) -> float:
    """What moving a schedule away from the plan before has to be worth [money]."""
    if problem.earlier is None:
        return 0.0
    sources = np.array(sorted({order.source for order in schedule.orders} | _sources(problem.earlier)))
    bought = np.zeros((problem.epochs, len(sources)))
    for order in schedule.orders:
        epoch = order.week // problem.arrays.epoch_weeks
        bought[epoch, int(np.searchsorted(sources, order.source))] += order.quantity
    if not len(sources):
        return 0.0
    return problem.earlier.share * moved_money(problem, sources, bought)[0]


def _sources(earlier: Earlier) -> set[int]:
    return {source for source, _ in earlier.bought}
