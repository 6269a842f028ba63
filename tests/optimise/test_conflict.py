"""The fewest limits in conflict, against every subset of limits, each tried by another solver."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import vstack

from outlast.optimise.byhand import BuyingLimit, ByHand
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.conflict import (
    ALL_OR_NOTHING,
    Limit,
    cash_steps,
    find_conflict,
    loosen,
    smallest_conflict,
)
from outlast.optimise.recourse import write_program
from outlast.optimise.solve import load, open_bounds
from tests.reference.networks import Draws
from tests.reference.small_cases import small_case

QUICK, SLOW = range(20), range(20, 200)
EVERY_KIND = range(50)


def asked_too_much(seed: int) -> CombProblem:
    """A small case with limits of every kind, and decisions by hand that may be too much for them."""
    case, draw = small_case(seed), Draws([seed, 5])
    arrays = case.arrays
    capacity = arrays.source_capacity.copy()
    qualified = np.flatnonzero(arrays.source_qualified)
    for source in qualified:
        use = float(arrays.usage[:, arrays.source_item[source]].mean())
        if draw.chance(0.3):
            capacity[source] = use * draw.real(1.0, 3.0)
    cash = arrays.cash_limit.copy()
    cash[: arrays.epoch_weeks] *= draw.real(0.0, 1.0)
    space = np.array([draw.real(0.0, 2.0) for _ in arrays.item_ids])
    life = np.array([draw.real(1.0, 9.0) if draw.chance(0.25) else np.inf for _ in arrays.item_ids])
    normal = float(space @ (arrays.working_stock + 2 * arrays.usage.max(axis=0)))
    arrays = replace(
        arrays,
        source_capacity=capacity,
        cash_limit=cash,
        storage_per_unit=space,
        storage_limit=normal * draw.real(0.3, 2.0) if draw.chance(0.6) else np.inf,
        shelf_life=life,
        source_minimum=np.zeros_like(arrays.source_minimum),
        source_multiple=np.zeros_like(arrays.source_multiple),
        source_order_cost=np.zeros_like(arrays.source_order_cost),
    )
    by_hand = decide_something(draw, build_problem(arrays, case.switch_weeks, case.relief_weeks))
    return build_problem(arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=4, by_hand=by_hand)


def decide_something(draw: Draws, problem: CombProblem) -> ByHand:
    """One to four purchases at least, at most or exactly, and perhaps a switch."""
    arrays, limits = problem.arrays, []
    qualified = [int(s) for s in np.flatnonzero(arrays.source_qualified)]
    for row in range(draw.whole(1, 4)):
        source = qualified[draw.whole(0, len(qualified) - 1)]
        amount = float(arrays.usage[:, arrays.source_item[source]].sum()) * draw.real(0.02, 0.3)
        first = draw.whole(0, problem.epochs - 1) if draw.chance(0.3) else 0
        cells = tuple((source, epoch) for epoch in range(first, problem.epochs))
        kinds = [(amount, np.inf)] * 4 + [(amount, amount), (0.0, amount / 4)]
        low, high = kinds[draw.whole(0, len(kinds) - 1)]
        limits.append(BuyingLimit(row, cells, low, high, first * arrays.epoch_weeks))
    early = [option for option in problem.options if option.week == 0]
    starts = ((10, early[0].source, 0),) if early and draw.chance(0.6) else ()
    items = {int(arrays.source_item[s]) for limit in limits for s, _ in limit.cells}
    return ByHand(tuple(limits), starts, (), tuple(sorted(items)))


def limits_of(problem: CombProblem) -> list[Limit]:
    """Every limit that can be to blame, listed apart from the product."""
    arrays, by_hand = problem.arrays, problem.by_hand
    cells = {cell for limit in by_hand.limits if limit.low > 0 for cell in limit.cells}
    found = [Limit("buying", limit.row, 1.0) for limit in by_hand.limits]
    found += [Limit("start", row, 1.0) for row, *_ in by_hand.starts]
    found += [Limit("cash", first, 1.0) for first, _ in cash_steps(problem)]
    if np.isfinite(arrays.storage_limit):
        found.append(Limit("storage", 0, 1.0))
    found += [Limit("shelf life", int(i), 1.0) for i in problem.items if np.isfinite(arrays.shelf_life[i])]
    sources = sorted({source for source, _ in cells})
    found += [Limit("capacity", s, 1.0) for s in sources if np.isfinite(arrays.source_capacity[s])]
    found += [Limit("last order", s, 1.0) for s in sources]
    return found


def loosened(problem: CombProblem, limit: Limit) -> CombProblem:
    """Without a limit; far above where nothing is to change but the limit."""
    far = {"cash": 1e9, "capacity": 1e7, "shelf life": 1e5, "last order": 1e3}
    return loosen(problem, limit, far.get(limit.kind, np.inf))


def has_plan(problem: CombProblem) -> bool:
    """Whether the trunk, as the planner writes it, has a plan, by scipy."""
    extensive = write_program(problem)
    program, n, rows = extensive.program, extensive.trunk_columns, extensive.trunk_rows
    lower, upper = open_bounds(problem, extensive)
    matrix = program.matrix[:rows][:, :n]
    low, high = program.row_lower[:rows], program.row_upper[:rows]
    equal = low == high
    answer = linprog(
        np.zeros(n),
        A_ub=vstack([matrix[~equal & np.isfinite(high)], -matrix[~equal & np.isfinite(low)]]),
        b_ub=np.concatenate([high[~equal & np.isfinite(high)], -low[~equal & np.isfinite(low)]]),
        A_eq=matrix[equal],
        b_eq=low[equal],
        bounds=np.column_stack([lower, upper]),
        method="highs",
    )
    assert answer.status in (0, 2), answer.message
    return answer.status == 0


def fewest_by_trying(problem: CombProblem, limits: list[Limit], most: int) -> int | None:
    """Size of the smallest set of limits in conflict, if it is at most `most`."""
    for size in range(1, most + 1):
        for kept in combinations(range(len(limits)), size):
            others = [limit for k, limit in enumerate(limits) if k not in kept]
            if not has_plan(reduce(loosened, others, problem)):
                return size
    return None


def key(limit: Limit) -> tuple[str, int]:
    return limit.kind, limit.number


@pytest.mark.parametrize("seed", [*QUICK, *(pytest.param(seed, marks=pytest.mark.slow) for seed in SLOW)])
def test_the_conflict_is_the_smallest_and_each_limit_gives_no_more_than_it_has_to(seed: int) -> None:
    problem = asked_too_much(seed)
    conflict = find_conflict(problem)
    if has_plan(problem):
        assert conflict is None
        return
    assert conflict is not None
    limits = limits_of(problem)
    assert {key(limit) for limit in conflict.limits} <= {key(limit) for limit in limits}
    named = {key(limit) for limit in conflict.limits}
    others = [limit for limit in limits if key(limit) not in named]
    alone = reduce(loosened, others, problem)
    assert not has_plan(alone)
    for limit in conflict.limits:
        assert has_plan(loosened(alone, limit)), limit
    assert fewest_by_trying(problem, limits, len(conflict.limits)) == len(conflict.limits)
    for limit, give in zip(conflict.limits, conflict.gives, strict=True):
        if give is None:
            assert not has_plan(loosened(problem, limit)), limit
        elif limit.kind in ALL_OR_NOTHING:
            assert give == np.inf
            assert has_plan(loosened(problem, limit)), limit
        elif limit.kind == "last order":
            assert has_plan(loosen(problem, limit, give))
            assert not has_plan(loosen(problem, limit, give - problem.arrays.epoch_weeks))
        else:
            assert has_plan(loosen(problem, limit, give * (1 + 1e-6))), limit
            assert not has_plan(loosen(problem, limit, 0.99 * give)), limit


def test_the_small_cases_have_conflicts_of_every_kind() -> None:
    """What is tried above is worth trying."""
    found = [conflict for seed in EVERY_KIND if (conflict := find_conflict(asked_too_much(seed))) is not None]
    kinds = {limit.kind for conflict in found for limit in conflict.limits}
    assert kinds >= {"buying", "start", "cash", "storage", "shelf life", "capacity", "last order"}
    assert {len(conflict.limits) for conflict in found} >= {1, 2, 3}
    assert any(give is None for conflict in found for give in conflict.gives)


@given(st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=4), max_size=6), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_the_smallest_of_any_conflicts_is_found(conflicts: list[set[int]], waste: int) -> None:
    """Conflicts given as sets: the answer is one of them, and none is smaller."""

    def possible(kept: object) -> bool:
        return not any(conflict <= set(kept) for conflict in conflicts)  # type: ignore[call-overload]

    def given_up(kept: object) -> set[int]:
        left, held = set(range(7)), set(kept)  # type: ignore[call-overload]
        for number in sorted(left - held, key=lambda k: (k * 5 + waste) % 7):
            if not possible(held | {number}):
                continue
            held.add(number)
        return left - held

    found = smallest_conflict(7, possible, given_up)
    if not conflicts:
        assert found is None
    else:
        assert found is not None
        assert set(found) in conflicts
        assert len(found) == min(len(conflict) for conflict in conflicts)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_was_decided_every_event_has_an_answer(seed: int) -> None:
    """Only the trunk can be without a plan: teeth answer any trunk within its bounds."""
    case = small_case(seed)
    master = load(build_problem(case.arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=4))
    program, n = master.teeth.extensive.program, master.teeth.n_trunk
    rng = np.random.default_rng(seed)
    for _ in range(3):
        x = master.least(rng.normal(size=n) / master.scale, program.lower[:n], program.upper[:n], np.inf)
        assert x is not None
        assert np.isfinite(master.teeth.answer(x)[0]).all()


def test_what_arrives_in_no_case_within_the_plan_is_in_conflict_with_its_lead_time() -> None:
    case = small_case(0)
    lead = case.arrays.source_lead.copy()
    lead[0] = case.arrays.horizon_weeks
    arrays = replace(case.arrays, source_lead=lead)
    by_hand = ByHand((BuyingLimit(0, ((0, 0),), 1.0, np.inf, 0),), items=(int(arrays.source_item[0]),))
    conflict = find_conflict(build_problem(arrays, case.switch_weeks, case.relief_weeks, by_hand=by_hand))
    assert conflict is not None
    assert [key(limit) for limit in conflict.limits] == [("buying", 0), ("last order", 0)]
    assert conflict.gives == (pytest.approx(1.0), None)
