"""Small planning problems that the first-order method can solve. In: a seed. Out: `CombProblem` or None.
One reason to exist: what the method does not do yet is taken out of the random cases, and nothing else.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outlast.optimise.byhand import BuyingLimit, ByHand, Earlier
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.constraints import in_time
from outlast.optimise.first_order.scope import beyond
from tests.reference.networks import Draws
from tests.reference.small_cases import small_case


def fast_problem(
    seed: int, *, by_hand: bool | None = None, earlier: bool | None = None
) -> CombProblem | None:
    """A small case without waiting markets and prices beyond standard cost; None if even
    that is too much (a start with less than normal running needs).

    Args:
        seed: of the case.
        by_hand: people have decided something; default: in every third case.
        earlier: there is a plan before; default: in every third case, others.
    """
    case = small_case(seed)
    arrays = case.arrays
    price, qualified = arrays.source_price.copy(), arrays.source_qualified
    price[qualified] = arrays.standard_cost[arrays.source_item[qualified]]
    arrays = replace(
        arrays,
        line_backorder=np.zeros_like(arrays.line_backorder),
        source_price=price,
    )
    problem = build_problem(arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1.0)
    if seed % 3 == 1 if by_hand is None else by_hand:
        decided = decide(Draws([seed, 31]), problem)
        problem = build_problem(
            arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1.0, by_hand=decided
        )
    if seed % 3 == 2 if earlier is None else earlier:
        problem = replace(problem, earlier=plan_before(Draws([seed, 37]), problem))
    return None if beyond(problem) else problem


def decide(draw: Draws, problem: CombProblem) -> ByHand:
    """One to three purchases at least, at most or exactly, some of them of the same source, and perhaps a
    switch that starts in a week of its own, or never. Now and then that is more than there is cash for."""
    arrays, limits = problem.arrays, []
    qualified = [int(s) for s in np.flatnonzero(arrays.source_qualified)]
    cash = float(arrays.cash_limit[: arrays.horizon_weeks].min())
    asked: dict[int, float] = {}
    for row in range(draw.whole(1, 3)):
        source = qualified[draw.whole(0, len(qualified) - 1)]
        amount = cash / float(arrays.source_price[source]) * draw.real(0.02, 0.25)
        open_epochs = np.flatnonzero(in_time(problem, np.array([source]))[:, 0])
        if not len(open_epochs):
            continue
        first = int(open_epochs[draw.whole(0, len(open_epochs) - 1)]) if draw.chance(0.3) else 0
        cells = tuple((source, epoch) for epoch in range(first, problem.epochs))
        kinds = [(amount, np.inf), (amount, amount), (amount, 1.5 * amount), (0.0, amount / 4)]
        low, high = kinds[draw.whole(0, len(kinds) - 1)]
        if source in asked:  # at least a part of it in these epochs
            low, high = asked[source] * draw.real(0, 1), np.inf
        asked.setdefault(source, low)
        limits.append(BuyingLimit(row, cells, low, high, first * arrays.epoch_weeks))
    early = sorted({option.source for option in problem.options if option.week == 0})
    week = arrays.epoch_weeks * draw.whole(0, problem.epochs - 1)
    starts = ((10, early[0], week),) if early and draw.chance(0.5) else ()
    other = [option.source for option in problem.options if option.source not in {s for _, s, _ in starts}]
    never = ((11, other[0]),) if other and draw.chance(0.3) else ()
    items = {int(arrays.source_item[s]) for limit in limits for s, _ in limit.cells}
    items |= {int(arrays.source_item[s]) for _, s, _ in starts}
    return ByHand(tuple(limits), starts, never, tuple(sorted(items)))


def plan_before(draw: Draws, problem: CombProblem) -> Earlier:
    """A plan that bought and made something, and perhaps started a switch; it reaches into some epochs."""
    arrays, epochs = problem.arrays, draw.whole(1, problem.epochs)
    cash = float(arrays.cash_limit[: arrays.horizon_weeks].min())
    bought, made = {}, {}
    for source in np.flatnonzero(arrays.source_qualified):
        for epoch in range(epochs):
            if draw.chance(0.4):
                amount = cash / float(arrays.source_price[source]) * draw.real(0.02, 0.4)
                bought[int(source), epoch] = amount
    for item in problem.items[arrays.made[problem.items]]:
        if draw.chance(0.3):
            made[int(item), 0] = float(arrays.usage[:, item].mean()) * draw.real(0, 2)
    early = {option.source for option in problem.options if option.week == 0}
    started = frozenset(source for source in early if draw.chance(0.3))
    return Earlier(bought, {}, made, epochs, started, draw.real(0.005, 0.3))
