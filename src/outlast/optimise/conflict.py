"""Requests that no plan meets: the smallest set of limits in conflict. In: `CombProblem`.
Out: `Conflict`. One reason to exist: which limits exclude each other, and how far each has to give.

Whatever follows an event has an answer, at worst nothing is sold; so only the trunk can be without one.
Source: Chinneck (2008), Feasibility and Infeasibility in Optimization, chapters 2 and 6 (elastic programs);
Ignatiev, Previti, Liffiton & Marques-Silva (2015), CP 2015, algorithm 2 (smallest sets by hitting sets).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk, in_time, most_stock, normal_use, spare_capacity, write_trunk
from outlast.optimise.highs import Status, solve_whole
from outlast.optimise.leaves import LeafWriter
from outlast.optimise.limits import Limits, write_limits
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.supply import project_opening

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOTHING = 1e-7
"""Share of a limit that counts as nothing."""
EXACT = 1e-4
"""Share to which the give of a limit is found that is searched for."""

Kind = Literal[
    "buying",
    "start",
    "never",
    "cash",
    "storage",
    "shelf life",
    "capacity",
    "last order",
    "minimum order",
    "order multiple",
]
SEARCHED = ("storage", "shelf life", "capacity", "last order")
"""Kinds whose rows do not give in proportion to the limit."""
ALL_OR_NOTHING = ("start", "never", "order multiple")
"""Kinds that are kept or let go."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What somebody set, or what a case says can't be exceeded."""

    kind: Kind
    number: int
    """Row of overrides; first week of a cash limit; item of a shelf life; source of what sources set."""
    size: float
    """How large it is, in its unit: units, money, space, weeks, or units a week. A last order
    gives by ordering so many weeks earlier."""


@dataclass(frozen=True)
class Conflict:
    """The smallest set of limits that no plan meets together: without any one of them there is a plan of the
    others."""

    limits: tuple[Limit, ...]
    gives: tuple[float | None, ...]
    """The least that each has to give, in its unit, for the whole request to be met if it alone gives; inf:
    it has to be let go; None: that alone is not enough, as others are in conflict too."""


def find_conflict(problem: CombProblem) -> Conflict | None:
    """The smallest set of limits of a problem that are in conflict; None where they leave a plan, or where
    none of them is to blame."""
    asked = _Request.write(problem)
    chosen = smallest_conflict(len(asked.limits), asked.possible, asked.given_up)
    if chosen is None:
        return None
    return Conflict(
        tuple(asked.limits[k] for k in chosen), tuple(_least_give(problem, asked, k) for k in chosen)
    )


def smallest_conflict(
    count: int,
    possible: Callable[[Collection[int]], bool],
    given_up: Callable[[Collection[int]], set[int]],
) -> list[int] | None:
    """The fewest of `count` limits that are not possible together; None where all are, or where nothing is.

    Whatever can be given up so that the rest is possible holds one limit of every conflict. The fewest limits
    that meet all such sets known are tried: if they are possible, another such set is found.

    Args:
        count: number of limits.
        possible: whether limits can be met together.
        given_up: limits, few of them, without which all others and these can be met.
    """
    if possible(range(count)) or not possible([]):
        return None
    known: list[set[int]] = []
    while True:
        chosen = fewest_that_meet(known)
        if not possible(chosen):
            return chosen
        spared = given_up(chosen)
        for limit in sorted(spared):
            rest = spared - {limit}
            if possible([k for k in range(count) if k not in rest]):
                spared = rest
        known.append(spared)


def fewest_that_meet(sets: list[set[int]]) -> list[int]:
    """The fewest numbers of which each of the sets holds one, the lowest of those."""
    size = 0
    while True:
        found = _meet(sets, size)
        if found is not None:
            return found
        size += 1


def _meet(sets: list[set[int]], most: int) -> list[int] | None:
    """As `fewest_that_meet`, if there are no more than `most`."""
    if not sets:
        return []
    if most == 0:
        return None
    tries = (
        (number, _meet([other for other in sets if number not in other], most - 1))
        for number in sorted(sets[0])
    )
    found = [sorted([number, *rest]) for number, rest in tries if rest is not None]
    return min(found) if found else None


@dataclass(frozen=True)
class _Request:
    """The trunk with a column for each limit by which it gives."""

    limits: tuple[Limit, ...]
    program: LinearProgram
    give: Ints
    """Column of each limit."""

    @classmethod
    def write(cls, problem: CombProblem) -> _Request:
        """Writes the trunk, its limits apart."""
        return _Writer(replace(problem, earlier=None)).finish()

    def least(self, kept: Collection[int], cost: Floats) -> Floats | None:
        """What each limit gives where those `kept` give nothing and `cost` of what is given is least; None
        where nothing is possible."""
        upper, whole = self.program.upper.copy(), np.zeros(len(self.program.cost))
        upper[self.give[list(kept)]] = 0.0
        whole[self.give] = cost
        found = solve_whole(replace(self.program, upper=upper, cost=whole))
        return None if found.status is Status.INFEASIBLE else found.x[self.give]

    def possible(self, kept: Collection[int]) -> bool:
        """Whether there is a plan that keeps to these limits."""
        return self.least(kept, np.zeros(len(self.limits))) is not None

    def given_up(self, kept: Collection[int]) -> set[int]:
        """Limits that give where these are kept and, by their sizes, as little as possible is given."""
        size = np.array([max(limit.size, NOTHING) for limit in self.limits])
        gives = self.least(kept, 1.0 / size)
        assert gives is not None, "asked only where there is a plan"
        share = gives / size
        return {int(k) for k in np.flatnonzero(share > NOTHING)} or {int(share.argmax())}


class _Writer:
    """Collects limits: the rows of each, and the column by which they give."""

    def __init__(self, problem: CombProblem) -> None:
        self.problem = problem
        self.builder = ProgramBuilder()
        odds = np.array([*(tooth.probability for tooth in problem.teeth), problem.quiet])
        epochs = np.array([*(tooth.epoch for tooth in problem.teeth), problem.epochs], dtype=np.int64)
        opening = project_opening(problem.arrays)
        self.trunk: Trunk = write_trunk(problem, self.builder, LeafWriter(odds, epochs), opening)
        self.rows: Limits = write_limits(problem, self.builder, self.trunk, opening)
        self.limits: list[Limit] = []
        self.give: list[int] = []
        self.free: list[Ints] = []
        """Columns whose bound is a limit."""
        self.most = most_stock(problem, opening)
        self.cells = {
            cell: column
            for column, source in enumerate(self.trunk.buy_sources)
            for limit in problem.by_hand.limits
            if limit.low > 0
            for cell in limit.cells
            if cell[0] == source
        }
        """(source, epoch) in which something has to be bought, and the column of the source."""

    def finish(self) -> _Request:
        """Writes every limit."""
        self._write_by_hand()
        self._write_cash()
        self._write_held()
        sources = sorted({source for source, _ in self.cells})
        for source in sources:
            self._write_source(source)
        for source in sources:
            self._write_lots(source)
        program = self.builder.finish()
        lower, upper = program.lower.copy(), program.upper.copy()
        for columns in self.free:
            upper[columns] = np.inf
        whole = np.setdiff1d(program.integer, self.trunk.start)
        # A start that nobody asked for can be left out, so starts need not be whole.
        bare = replace(program, lower=lower, upper=upper, integer=whole, offset=0.0)
        return _Request(tuple(self.limits), bare, np.array(self.give, dtype=np.int64))

    def _add(self, kind: Kind, number: int, size: float) -> Ints:
        """Column by which a limit gives."""
        column = self.builder.add_columns("give", (1,))
        self.limits.append(Limit(kind, number, size))
        self.give.append(int(column[0]))
        return column

    def _at_most(self, most: float, entries: list[tuple[Ints, float]]) -> None:
        row = self.builder.add_rows(-np.inf, most, 1)
        for columns, value in entries:
            self.builder.add_entries(row, columns, value)

    def _write_by_hand(self) -> None:
        by_hand, builder = self.problem.by_hand, self.builder
        for number, limit in enumerate(by_hand.limits):
            size = limit.low if limit.low > 0 else limit.high
            give = self._add("buying", limit.row, size)
            self._at_most(0.0, [(self.trunk.by_hand.slack[:, number], 1.0), (give, -1.0)])
        for row, source, week in by_hand.starts:
            give = self._add("start", row, 1.0)
            mine = [k for k, o in enumerate(self.problem.options) if (o.source, o.week) == (source, week)]
            rows = builder.add_rows(1.0, np.inf, 1)
            builder.add_entries(rows, self.trunk.start[mine], 1.0)
            builder.add_entries(rows, give, 1.0)
        for row, source in by_hand.never:
            give = self._add("never", row, 1.0)
            mine = [k for k, option in enumerate(self.problem.options) if option.source == source]
            self._at_most(0.0, [(self.trunk.start[mine], 1.0), (give, -1.0)])

    def _write_cash(self) -> None:
        for first, last in cash_steps(self.problem):
            weeks = self.rows.cash_weeks
            mine = self.rows.cash_rows[(weeks >= first) & (weeks < last)]
            give = self._add("cash", first, float(self.problem.arrays.cash_limit[first]))
            self.builder.add_entries(mine, give, -1.0)

    def _write_held(self) -> None:
        """Storage and shelf lives."""
        arrays, epochs = self.problem.arrays, self.problem.epochs
        if len(self.rows.storage_rows):
            give = self._add("storage", 0, arrays.storage_limit)
            self.builder.add_entries(self.rows.storage_rows, give, -1.0)
        rows = self.rows.shelf_rows.reshape(epochs, -1)
        for column, place in enumerate(self.rows.shelf_items):
            item = int(self.problem.items[place])
            give = self._add("shelf life", item, float(arrays.shelf_life[item]))
            self.builder.add_entries(rows[:, column], give, -1.0)

    def _write_source(self, source: int) -> None:
        """What a source can deliver, and when."""
        problem, arrays = self.problem, self.problem.arrays
        one = np.array([source], dtype=np.int64)
        spare = spare_capacity(problem, one, normal_use(problem), self.most)[:, 0]
        timely = in_time(problem, one)[:, 0]
        mine = {epoch: column for (s, epoch), column in self.cells.items() if s == source}
        limited = bool(np.isfinite(arrays.source_capacity[source]))
        late = {epoch for s, epoch in late_cells(problem) if s == source}
        capacity = self._add("capacity", source, float(arrays.source_capacity[source])) if limited else None
        last = self._add("last order", source, float(arrays.source_lead[source])) if late else None
        for epoch, column in mine.items():
            if not timely[epoch] and epoch not in late:
                continue
            bought = self.trunk.buy[[epoch], column]
            self.free.append(bought)
            if capacity is not None:
                self._at_most(float(spare[epoch]), [(bought, 1.0), (capacity, -1.0)])
            if last is not None and epoch in late:
                self._at_most(0.0, [(bought, 1.0), (last, -1.0)])
        if capacity is not None and len(self.rows.capacity_rows):
            called = np.isin(self.rows.capacity_rows, self._rows_of(source))
            self.builder.add_entries(self.rows.capacity_rows[called], capacity, -1.0)

    def _rows_of(self, source: int) -> Ints:
        """Rows of the shared capacity of a source."""
        columns = self.trunk.buy[:, self.trunk.buy_sources == source].ravel()
        matrix = csr_matrix(self.builder.finish().matrix)[:, columns]
        return np.flatnonzero(np.diff(matrix.indptr)).astype(np.int64)

    def _write_lots(self, source: int) -> None:
        """Minimum order and order multiple, where what is bought is not set exactly."""
        arrays, builder = self.problem.arrays, self.builder
        least, step = float(arrays.source_minimum[source]), float(arrays.source_multiple[source])
        exact = {c for limit in self.problem.by_hand.limits if limit.low == limit.high for c in limit.cells}
        mine = [(epoch, k) for (s, epoch), k in self.cells.items() if s == source and (s, epoch) not in exact]
        fee = float(arrays.source_order_cost[source])
        if not mine or (least <= 0 and step <= 0 and fee <= 0):
            return
        smallest = self._add("minimum order", source, least) if least > 0 else None
        multiple = self._add("order multiple", source, step) if step > 0 else None
        most = 10.0 * (sum(limit.low for limit in self.problem.by_hand.limits) + least + step)
        for epoch, column in mine:
            bought = self.trunk.buy[[epoch], column]
            ordered = builder.add_columns("ordered", (1,), upper=1.0, integer=True)
            self._at_most(0.0, [(bought, 1.0), (ordered, -most)])
            if smallest is not None:
                self._at_most(0.0, [(ordered, least), (bought, -1.0), (smallest, -1.0)])
            if multiple is not None:
                lots = builder.add_columns("lots", (1,), upper=np.ceil(most / step), integer=True)
                self._at_most(0.0, [(bought, 1.0), (lots, -step), (multiple, -1.0)])
                self._at_most(0.0, [(lots, step), (bought, -1.0)])
            paid = self.rows.cash_rows[self.rows.cash_weeks >= self.problem.epoch_week(epoch)]
            builder.add_entries(paid, ordered, fee)


def cash_steps(problem: CombProblem) -> list[tuple[int, int]]:
    """Weeks from which and before which each limit of the cash calendar holds."""
    limit = problem.arrays.cash_limit[: problem.arrays.horizon_weeks]
    marks = np.concatenate([[0], np.flatnonzero(limit[1:] != limit[:-1]) + 1, [len(limit)]])
    steps = zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True)
    return [(first, last) for first, last in steps if np.isfinite(limit[first])]


def late_cells(problem: CombProblem) -> set[tuple[int, int]]:
    """(source, epoch) of what is asked for so late that all of it would arrive after the horizon."""
    cells = {cell for limit in problem.by_hand.limits for cell in limit.cells}
    sources = np.array(sorted({source for source, _ in cells}), dtype=np.int64)
    place, timely = {int(source): k for k, source in enumerate(sources)}, in_time(problem, sources)
    late: set[tuple[int, int]] = set()
    for limit in problem.by_hand.limits:
        if limit.low > 0 and not any(timely[epoch, place[source]] for source, epoch in limit.cells):
            late |= set(limit.cells)
    return late


def _least_give(problem: CombProblem, asked: _Request, number: int) -> float | None:
    """The least that a limit has to give if it alone gives; see `Conflict.gives`."""
    limit = asked.limits[number]
    cost = np.zeros(len(asked.limits))
    cost[number] = 1.0
    gives = asked.least([k for k in range(len(asked.limits)) if k != number], cost)
    if gives is None:
        return None
    if limit.kind in ALL_OR_NOTHING:
        return np.inf
    if limit.kind not in SEARCHED:
        return float(gives[number])

    def enough(give: float) -> bool:
        request = _Request.write(loosen(problem, limit, give))
        return request.possible(range(len(request.limits)))

    if limit.kind == "last order":
        weeks = range(problem.arrays.epoch_weeks, problem.arrays.horizon_weeks, problem.arrays.epoch_weeks)
        return next((float(earlier) for earlier in weeks if enough(earlier)), None)
    high = max(limit.size, NOTHING)
    for _ in range(60):
        if enough(high):
            break
        high *= 2
    else:
        return None
    low = 0.0
    while high - low > EXACT * high:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def loosen(problem: CombProblem, limit: Limit, give: float) -> CombProblem:
    """The problem with one limit that gives.

    Args:
        problem: a comb tree.
        limit: one of its limits.
        give: by how much, in the unit of the limit; inf: it is let go.
    """
    arrays, by_hand, number = problem.arrays, problem.by_hand, limit.number
    if limit.kind == "buying":
        limits = tuple(
            replace(one, low=max(one.low - give, 0.0), high=one.high + give) if one.row == number else one
            for one in by_hand.limits
        )
        return replace(problem, by_hand=replace(by_hand, limits=limits))
    if limit.kind == "start":
        kept = tuple(one for one in by_hand.starts if one[0] != number)
        return replace(problem, by_hand=replace(by_hand, starts=kept))
    if limit.kind == "never":
        return replace(
            problem, by_hand=replace(by_hand, never=tuple(o for o in by_hand.never if o[0] != number))
        )
    if limit.kind == "last order":
        return _earlier(problem, number, round(give / arrays.epoch_weeks))
    if limit.kind == "storage":
        return replace(problem, arrays=replace(arrays, storage_limit=arrays.storage_limit + give))
    field = {
        "cash": "cash_limit",
        "shelf life": "shelf_life",
        "capacity": "source_capacity",
        "minimum order": "source_minimum",
        "order multiple": "source_multiple",
    }[limit.kind]
    values = getattr(arrays, field).copy()
    places = slice(number, number + 1)
    if limit.kind == "cash":
        places = next(slice(first, last) for first, last in cash_steps(problem) if first == number)
    if limit.kind in ("cash", "shelf life", "capacity"):
        values[places] += give
    else:
        values[places] = np.maximum(values[places] - give, 0)
    return replace(problem, arrays=replace(arrays, **{field: values}))


def _earlier(problem: CombProblem, source: int, epochs: int) -> CombProblem:
    """The problem with what is asked for too late of a source ordered some epochs earlier."""
    late, by_hand, span = late_cells(problem), problem.by_hand, problem.arrays.epoch_weeks
    limits = tuple(
        replace(
            limit,
            cells=tuple((s, max(epoch - epochs, 0) if s == source else epoch) for s, epoch in limit.cells),
            first_week=max(limit.first_week - epochs * span, 0),
        )
        if late & set(limit.cells) and any(s == source for s, _ in limit.cells)
        else limit
        for limit in by_hand.limits
    )
    return replace(problem, by_hand=replace(by_hand, limits=limits))
