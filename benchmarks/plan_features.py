"""Planning problems without one of their features. In: `CombProblem`s of `plan_cases`. Out: what each does.
One reason to exist: a feature of a benchmark that binds nowhere, or changes nothing, says nothing about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.everything import take
from benchmarks.plan_cases import on_order
from outlast.network.arrays import ASSEMBLY, PRODUCT, Bools, Floats, Ints, NetworkArrays
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.recourse import Extensive
from outlast.optimise.risk import NEUTRAL

BINDS, MOVES = 0.1, 0.01
"""Shares: of a feature's rows that bind, of the objective that it moves; each at least."""
CLOSE = 1e-5
"""Share of a limit within which it binds."""

Off = Callable[[CombProblem], CombProblem]
Rows = Callable[[CombProblem, Extensive, Floats], Bools]


@dataclass(frozen=True)
class Feature:
    """A feature, the problem without it, and which of its rows bind."""

    name: str
    off: Off
    rows: Rows | None = None
    """None: it has no rows of its own, it changes what others say."""


def rebuilt(problem: CombProblem, bucket_weeks: float | None = None, **changes: Any) -> CombProblem:
    """The same draws on another network."""
    return build_problem(
        replace(problem.arrays, **changes),
        problem.switch_weeks,
        problem.relief_weeks,
        bucket_weeks=bucket_weeks or problem.bucket_weeks,
        risk=problem.risk,
    )


def flat(**values: Any) -> Off:
    """Arrays with one value everywhere."""

    def off(problem: CombProblem) -> CombProblem:
        arrays = {name: getattr(problem.arrays, name) for name in values}
        return rebuilt(problem, **{name: np.full_like(arrays[name], values[name]) for name in values})

    return off


def where(share: Callable[[NetworkArrays], Bools], **values: Any) -> Off:
    """Arrays with another value at some of their places."""

    def off(problem: CombProblem) -> CombProblem:
        places = share(problem.arrays)
        changed = {
            name: np.where(places, value, getattr(problem.arrays, name)) for name, value in values.items()
        }
        return rebuilt(problem, **changed)

    return off


# --- the problem without it


def without_stagger(problem: CombProblem) -> CombProblem:
    """All lead times are ten weeks, so that cuts end together."""
    arrays = problem.arrays
    first = arrays.source_qualified
    use = np.where(first, arrays.usage[:, arrays.source_item], 0.0)
    return rebuilt(problem, **on_order(use, np.full_like(arrays.source_lead, 10)))


def without_seasons(problem: CombProblem) -> CombProblem:
    """Demand is its mean in every week."""
    arrays = problem.arrays
    usage = np.broadcast_to(arrays.usage.mean(axis=0), arrays.usage.shape)
    use = np.where(arrays.source_qualified, usage[:, arrays.source_item], 0.0)
    demand = np.broadcast_to(arrays.demand.mean(axis=0), arrays.demand.shape)
    return rebuilt(problem, usage=usage, demand=demand, **on_order(use, arrays.source_lead))


def without_sharing(problem: CombProblem) -> CombProblem:
    """Every product has a part of its own where it shared one, with its share of stock, orders and capacity:
    as if what is bought for one could not be used for another. Bills of one level only."""
    arrays, n_part = problem.arrays, len(problem.arrays.source_ids)
    lines = np.arange(len(arrays.bom_child))
    parent = np.repeat(np.arange(len(arrays.item_ids)), np.diff(arrays.bom_ptr))
    child, demand = arrays.bom_child, np.zeros_like(arrays.usage)
    demand[:, arrays.line_product] = arrays.demand
    use = arrays.bom_quantity * demand[:, parent]
    share = use.mean(axis=0) / arrays.usage[:, child].mean(axis=0)
    products = np.arange(n_part, len(arrays.item_ids))
    rows, n_product = np.concatenate([child, products]), len(products)
    parts = np.append(share, np.ones(n_product))
    n_item = len(rows)
    ptr = np.concatenate([np.zeros(len(lines), dtype=np.int64), arrays.bom_ptr[n_part:]])
    changed = take(take(arrays, "item", rows), "source", child)
    return rebuilt(
        replace(problem, arrays=changed, switch_weeks=problem.switch_weeks[:, child]),
        item_ids=tuple(f"I{number}" for number in range(n_item)),
        source_ids=tuple(f"S{number}" for number in lines),
        source_item=lines,
        source_ptr=np.concatenate([np.arange(len(lines) + 1), np.full(n_product, len(lines))]),
        break_ptr=np.zeros(len(lines) + 1, dtype=np.int64),
        bom_child=lines,
        bom_ptr=ptr,
        explosion_item=lines,
        explosion_quantity=arrays.bom_quantity,
        explosion_ptr=ptr,
        make_order=np.arange(len(lines), n_item),
        line_product=arrays.line_product - n_part + len(lines),
        usage=np.hstack([use, arrays.usage[:, products]]),
        working_stock=parts * changed.working_stock,
        on_hand=parts * changed.on_hand,
        source_capacity=share * changed.source_capacity,
        **on_order(use, changed.source_lead),
    )


def without_cash_and_storage(problem: CombProblem) -> CombProblem:
    """Without both: each of them binds, and where one is lifted the other holds nearly as much back."""
    arrays = problem.arrays
    return rebuilt(problem, storage_limit=np.inf, cash_limit=np.full_like(arrays.cash_limit, np.inf))


def without_goods(problem: CombProblem) -> CombProblem:
    """No stock of products: none at the start, and none that keeps."""
    product = problem.arrays.item_kind == PRODUCT
    arrays = problem.arrays
    return rebuilt(
        problem,
        working_stock=np.where(product, 0.0, arrays.working_stock),
        on_hand=np.where(product, 0.0, arrays.on_hand),
        shelf_life=np.where(product, 1e-6, arrays.shelf_life),
    )


def second(arrays: NetworkArrays) -> Bools:
    """Sources that are not qualified yet."""
    return ~arrays.source_qualified


def assembled(arrays: NetworkArrays) -> Bools:
    """Items of the level between parts and products."""
    made: Bools = arrays.item_kind == ASSEMBLY
    return made


# --- which rows bind


def at_most(of: Callable[[Extensive], Ints]) -> Rows:
    """Columns of the trunk that may take something: at the most that they may."""

    def rows(problem: CombProblem, extensive: Extensive, x: Floats) -> Bools:
        columns = of(extensive)
        return full(extensive, x, columns.ravel())

    return rows


def full(extensive: Extensive, x: Floats, columns: Ints) -> Bools:
    """Whether columns are at their most; those that can take nothing are left out."""
    lower, upper = extensive.program.lower[columns], extensive.program.upper[columns]
    free = (upper > lower) & np.isfinite(upper)
    return (upper - x[columns] <= CLOSE * np.maximum(upper, 1.0))[free]


def held_of_made(problem: CombProblem, extensive: Extensive, x: Floats) -> Bools:
    """Epochs and made items of which protective stock is held."""
    made = problem.arrays.made[problem.items]
    return x[extensive.trunk.stock[1:, made]] > CLOSE * problem.arrays.usage.max()


def met(of: Callable[[Extensive], Ints]) -> Rows:
    """Rows of the trunk at their upper limit."""

    def rows(problem: CombProblem, extensive: Extensive, x: Floats) -> Bools:
        return tight(extensive, x, of(extensive))

    return rows


def tight(extensive: Extensive, x: Floats, rows: Ints) -> Bools:
    """Whether rows are at their upper limit."""
    program = extensive.program
    limit = program.row_upper[rows]
    bound: Bools = limit - program.matrix[rows] @ x <= CLOSE * np.maximum(np.abs(limit), 1.0)
    return bound


def after_event(name: str, limit: Callable[[Extensive, Floats, Ints], Bools]) -> Rows:
    """Columns of a family, of all teeth."""

    def rows(problem: CombProblem, extensive: Extensive, x: Floats) -> Bools:
        names = extensive.program.column_names
        starts = np.array(sorted(names))
        ends = np.append(starts[1:], len(x))
        spans = [
            np.arange(start, end)
            for start, end in zip(starts, ends, strict=True)
            if names[int(start)] == name and start >= extensive.trunk_columns
        ]
        return limit(extensive, x, np.concatenate(spans))

    return rows


def used_up(extensive: Extensive, x: Floats, columns: Ints) -> Bools:
    """Whether nothing is left."""
    return x[columns] <= CLOSE


def by_starts(problem: CombProblem, extensive: Extensive, x: Floats) -> Bools:
    """Rows of teeth that say what a started source may bring: at their limit, and something comes."""
    program, start = extensive.program, extensive.trunk.start
    of_start = csr_matrix(program.matrix[:, start])
    rows = np.flatnonzero(np.diff(of_start.indptr))
    rows = rows[rows >= extensive.trunk_rows]
    may = -(of_start[rows] @ x[start])
    return (program.matrix[rows] @ x >= -CLOSE * np.maximum(may, 1.0)) & (may > CLOSE)


STOCK = after_event("left", used_up)

CORE = (
    Feature("shared parts", without_sharing, STOCK),
    Feature("cuts of different lengths", without_stagger, STOCK),
    Feature("build-up limits", flat(source_capacity=np.inf), at_most(lambda e: e.trunk.buy)),
    Feature("epochs", lambda problem: rebuilt(problem, epoch_weeks=problem.arrays.horizon_weeks)),
    Feature("demand that varies", without_seasons, after_event("sold", full)),
    Feature("cash", flat(cash_limit=np.inf), met(lambda e: e.limits.cash_rows)),
)

EVERYTHING = (
    Feature("second sources", flat(start_before=False, start_after=False), by_starts),
    Feature("their capacity", where(second, source_capacity=np.inf), by_starts),
    Feature("their ramp", flat(ramp_weeks=0)),
    Feature("starts before the event", flat(start_before=False)),
    Feature("dearer after the news", flat(price_multiplier=1.0)),
    Feature("slower after the news", flat(lead_multiplier=1.0)),
    Feature("notice", flat(notice_weeks=0)),
    Feature("grace", flat(grace_weeks=0)),
    Feature("goods on their way", flat(in_transit_released=False)),
    Feature("finished goods", without_goods, held_of_made),
    Feature("limits of making", flat(make_capacity=np.inf), after_event("made", full)),
    Feature("bills of two levels", where(assembled, make_capacity=np.inf, working_stock=0.0, on_hand=0.0)),
    Feature("shelf life", flat(shelf_life=np.inf), met(lambda e: e.limits.shelf_rows)),
    Feature("cash", without_cash_and_storage, met(lambda e: e.limits.cash_rows)),
    Feature("storage", without_cash_and_storage, met(lambda e: e.limits.storage_rows)),
    Feature("a market that closes", flat(hits_line=False)),
    Feature("a market that waits", flat(line_backorder=False), after_event("backlog", used_up)),
    Feature("demand that varies", without_seasons, after_event("sold", full)),
    Feature("build-up limits", flat(source_capacity=np.inf), at_most(lambda e: e.trunk.buy)),
    Feature("CVaR", lambda problem: replace(problem, risk=NEUTRAL)),
)


# --- the measure


def moved(problem: CombProblem, feature: Feature, value: Callable[[CombProblem], float], on: float) -> float:
    """Share of the objective by which a feature moves it.

    Args:
        problem: with all features.
        feature: to be switched off.
        value: objective of the best plan of a problem [money].
        on: that of the problem [money].
    """
    return abs(value(feature.off(problem)) - on) / abs(on)


def binding(problem: CombProblem, extensive: Extensive, x: Floats, feature: Feature) -> float | None:
    """Share of a feature's rows that bind in a solution; None where it has none.

    Args:
        problem: with all features.
        extensive: its program.
        x: a best solution, shape (column).
        feature: to be looked at.
    """
    return None if feature.rows is None else float(feature.rows(problem, extensive, x).mean())
