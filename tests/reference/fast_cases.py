"""Small planning problems that the first-order method can solve. In: a seed. Out: `CombProblem` or None.
One reason to exist: what the method does not do yet is taken out of the random cases, and nothing else.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.everything import take
from outlast.network.arrays import NetworkArrays
from outlast.optimise.byhand import BuyingLimit, ByHand, Earlier
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.constraints import in_time
from outlast.optimise.first_order.scope import beyond
from tests.reference.networks import Draws
from tests.reference.small_cases import small_case


def fast_problem(
    seed: int,
    levels: int | None = None,
    *,
    by_hand: bool | None = None,
    earlier: bool | None = None,
    prices: bool = True,
    rich: bool = False,
    brief: bool = False,
    waits: bool = False,
) -> CombProblem | None:
    """A small case with alternatives no cheaper than the first source; None if even that is too much.

    Args:
        seed: of the case.
        levels: of its bills; default: two in every fourth case.
        by_hand: people have decided something; default: in every third case.
        earlier: there is a plan before; default: in every third case, others.
        rich: see `richer`.
        brief: see `short_lived`.
        waits: some markets wait, see `waiting`; else none does.
    """
    case = small_case(seed, 1 + (seed % 4 == 3) if levels is None else levels)
    arrays = richer(Draws([seed, 41]), case.arrays) if rich else case.arrays
    arrays = short_lived(Draws([seed, 43]), arrays) if brief else arrays
    price = arrays.source_price.copy()
    second = ~arrays.source_qualified
    first = arrays.first_sources[arrays.source_item[second]]
    price[second] = np.maximum(price[second], price[first])
    arrays = replace(arrays, line_backorder=np.zeros_like(arrays.line_backorder), source_price=price)
    arrays = waiting(Draws([seed, 43]), arrays) if waits else arrays
    problem = build_problem(arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1.0)
    if seed % 3 == 1 if by_hand is None else by_hand:
        decided = decide(Draws([seed, 31]), problem)
        problem = build_problem(
            arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1.0, by_hand=decided
        )
    if seed % 3 == 2 if earlier is None else earlier:
        problem = replace(problem, earlier=plan_before(Draws([seed, 37]), problem))
    return None if beyond(problem) else problem


def waiting(draw: Draws, arrays: NetworkArrays) -> NetworkArrays:
    """The same where most markets wait, for next to nothing or much; perhaps in two halves of which one
    waits. Sources and making have some room for catching up, and prices may change while a market waits."""
    arrays = two_halves(arrays) if draw.chance(0.6) else arrays
    n_line, usage = len(arrays.line_ids), arrays.usage.max(axis=0)
    waits = draw.rng.random(n_line) < 0.75
    late = arrays.price[0] * np.exp(draw.rng.uniform(np.log(0.0005), np.log(0.3), n_line))
    made = np.where(draw.rng.random(len(usage)) < 0.6, usage * draw.rng.uniform(1.0, 2.0, len(usage)), np.inf)
    source = usage[arrays.source_item] * draw.rng.uniform(1.0, 2.0, len(arrays.source_item))
    limited = arrays.source_qualified & (draw.rng.random(len(source)) < 0.5)
    dearer = 1 + draw.real(0, 0.4) * np.sin(np.arange(len(arrays.price)) * draw.real(0.05, 0.5))
    return replace(
        arrays,
        price=arrays.price * dearer[:, None] if draw.chance(0.3) else arrays.price,
        line_backorder=waits,
        line_backorder_cost=np.where(waits, late, 0.0),
        make_capacity=np.where(arrays.made, made, arrays.make_capacity),
        source_capacity=np.where(limited, source, arrays.source_capacity),
    )


def two_halves(arrays: NetworkArrays) -> NetworkArrays:
    """The same demand, of every product in two lines that may be told apart."""
    n = len(arrays.line_ids)
    twice = take(arrays, "line", np.tile(np.arange(n), 2))
    return replace(
        twice,
        line_ids=tuple((product, f"{market}-{half}") for half in "AB" for product, market in arrays.line_ids),
        demand=twice.demand / 2,
    )


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


def short_lived(draw: Draws, arrays: NetworkArrays) -> NetworkArrays:
    """The same with parts that do not keep until the end of the window: most of those that are bought, some
    of them for less than their lead times, some for a fraction of a week more than so many."""
    life = arrays.shelf_life.copy()
    for item in np.flatnonzero(~arrays.made):
        if draw.chance(0.7):
            life[item] = draw.whole(1, int(arrays.window_weeks) - 1) + (0.3 if draw.chance(0.2) else 0.0)
    return replace(arrays, shelf_life=life)


def richer(draw: Draws, arrays: NetworkArrays) -> NetworkArrays:
    """The same with more of what the method has to know: demand that varies, long lead times, orders week
    by week, safety stock of products, shorter epochs, closed markets, grace, sources closed in part and late,
    and less at the start than normal running needs."""
    usage, demand = arrays.usage, arrays.demand
    if draw.chance(0.5):
        wave = 1 + draw.real(0, 0.5) * np.sin(np.arange(len(usage)) * draw.real(0.1, 1.5) + draw.real(0, 6))
        usage, demand = usage * wave[:, None], demand * wave[:, None]
    lead, capacity = arrays.source_lead.copy(), arrays.source_capacity.copy()
    working, hits_line = arrays.working_stock.copy(), arrays.hits_line.copy()
    left, delay = arrays.supply_left.copy(), arrays.supply_delay.copy()
    for item in np.flatnonzero(arrays.made & (usage.max(axis=0) > 0)):
        if draw.chance(0.4):
            working[item] = usage[:, item].mean() * draw.real(0.2, 2)
    for source in np.flatnonzero(arrays.source_qualified):
        if draw.chance(0.4):
            lead[source] += draw.whole(1, 7)
        if draw.chance(0.3):
            capacity[source] = usage[:, arrays.source_item[source]].max() * draw.real(1, 3)
        for r in np.flatnonzero(left[:, source] < 1):
            left[r, source] = draw.real(0, 1) if draw.chance(0.25) else left[r, source]
            delay[r, source] = draw.whole(1, 4) if draw.chance(0.25) else delay[r, source]
    for r in range(len(hits_line)):
        hits_line[r] |= draw.rng.random(hits_line.shape[1]) < 0.15
    on_hand = arrays.on_hand.copy()
    for item in range(len(on_hand)):
        first = arrays.first_source(item)
        weeks = int(lead[first]) if first >= 0 else 0
        due = (arrays.open_shipped[:, first] + arrays.open_unshipped[:, first]).sum() if first >= 0 else 0.0
        on_hand[item] = max(on_hand[item], working[item] + usage[:weeks, item].sum() - due)
    found = replace(
        arrays,
        usage=usage,
        demand=demand,
        source_lead=lead,
        source_capacity=capacity,
        working_stock=working,
        hits_line=hits_line,
        supply_left=left,
        supply_delay=delay,
        on_hand=on_hand,
        grace_weeks=np.array([draw.whole(0, 3) if draw.chance(0.3) else g for g in arrays.grace_weeks]),
        epoch_weeks=2 if draw.chance(0.25) else arrays.epoch_weeks,
    )
    for item in np.flatnonzero(~arrays.made):
        if draw.chance(0.3):
            on_hand[item] *= draw.real(0.1, 1)
    return found
