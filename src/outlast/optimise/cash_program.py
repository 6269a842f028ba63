"""The trunk with a mark for every tooth. In: the teeth of `lasting`. Out: trunks, marks and bounds.
One reason to exist: the program that `least_cash` asks again and again, with what the teeth answered.

Columns: the trunk, scaled to its bounds; a mark for every tooth, 1 where it survives; and orders as whole
numbers. What is paid for protection only adds up: the peak of what was paid by any week is the sum.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.errors import SolveError
from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.decompose import Decomposition
from outlast.optimise.highs import Growing, Status, solve_mixed
from outlast.optimise.lasting import has_worst_corner, worst_corner
from outlast.optimise.limits import other_payments
from outlast.optimise.ordering import order_weeks
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.recourse import Extensive
from outlast.optimise.solve import unit_money
from outlast.optimise.supply import project_opening

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LASTS = 1e-5
"""Share of the fill asked for by which a tooth that survives may miss it in floating point."""
NOTED = 1.5 * LASTS
"""Share from which a miss is no matter of floating point."""
COARSE = 0.1
"""Weeks of use from which a lot, or a smallest order, is counted in whole numbers; finer ones are rounded."""
PASSES = 200
"""Times that all teeth are asked for one relaxation, at most."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is ordered from a source in an epoch, where lots, a smallest order or order costs matter."""

    column: int
    """Of the trunk."""
    source: int
    week: int
    """Of the first order."""
    lot: float
    """0: any amount."""
    least: float
    """Smallest order; 0: none."""


@dataclass(frozen=True)
class Relaxed:
    """Outcome of a relaxation."""

    x: Floats
    """Shape (trunk column)."""
    mark: Floats
    """Shape (tooth)."""
    bound: float
    """No trunk has less cash [money], or a smaller opposite of the share that survives."""


@dataclass(frozen=True)
class Branched:
    """Outcome of a search tree."""

    status: Status
    x: Floats
    """Shape (trunk column); empty: none was found."""
    mark: Floats
    """Shape (tooth)."""
    bound: float
    """As of `Relaxed`."""


def cash_per_unit(problem: CombProblem, trunk: Trunk, n_column: int) -> Floats:
    """Least cash that a unit of each trunk decision can cost, shape (trunk column) [money per unit]: goods at
    the lowest price of any price break, order costs left out."""
    arrays, money = problem.arrays, np.zeros(n_column)
    for columns, _, amounts in other_payments(problem, trunk):
        np.add.at(money, columns, amounts)
    for column, source in enumerate(trunk.buy_sources):
        breaks = arrays.break_price[arrays.break_ptr[source] : arrays.break_ptr[source + 1]]
        money[trunk.buy[:, column]] = min([float(arrays.source_price[source]), *breaks])
    return money


def cells_of(problem: CombProblem, trunk: Trunk, lot: Floats, upper: Floats) -> list[Cell]:
    """Orders that are counted in whole numbers."""
    arrays, cells = problem.arrays, []
    for column, source in enumerate(trunk.buy_sources):
        fine = COARSE * float(arrays.usage[:, arrays.source_item[source]].mean())
        step, least = float(lot[source]), float(arrays.source_minimum[source])
        step = step if step > fine else 0.0
        least = least if least > max(step, fine) else 0.0
        if step > 0 or least > 0 or arrays.source_order_cost[source] > 0:
            for epoch, place in enumerate(trunk.buy[:, column]):
                if upper[place] > 0:
                    week = int(order_weeks(problem, int(source), epoch)[0])
                    cells.append(Cell(int(place), int(source), week, step, least))
    return cells


class CashProgram:
    """The trunk with marks of the teeth, and what the teeth have answered so far.

    Args:
        problem: the comb tree.
        extensive: of survival alone, see `lasting`.
        lot: smallest step between two orders of each source [units], shape (source).
        lower: bounds of the trunk within what is decided by hand, shape (trunk column).
        upper: the same.
        free_rows: rows of the trunk that need not hold.
    """

    def __init__(
        self,
        problem: CombProblem,
        extensive: Extensive,
        lot: Floats,
        lower: Floats,
        upper: Floats,
        free_rows: Ints | None = None,
    ) -> None:
        self.problem, self.extensive = problem, extensive
        self.teeth = Decomposition(extensive)
        self.n, self.start = extensive.trunk_columns, extensive.trunk.start
        odds = np.array([tooth.probability for tooth in problem.teeth])
        self.n_tooth, self.odds = len(odds), odds / odds.sum()
        self.cells = cells_of(problem, extensive.trunk, lot, upper)
        self._lower, self._upper = lower.copy(), upper.copy()
        for cell in self.cells:
            self._make_room(cell)
        self._scale = np.where(self._upper > 0, self._upper, 1.0)
        self._scale[self.start] = 1.0
        self.cash = cash_per_unit(problem, extensive.trunk, self.n)
        self._whole = [int(column) for column in self.start]
        self.money = float(np.max(self.cash * self._scale, initial=0.0)) or 1.0
        moved = unit_money(problem, extensive) * self._scale
        self._moved = moved / (moved.max(initial=0.0) or 1.0)
        base = self._write_base(free_rows)
        self._cost, self._low, self._high = base.cost, base.lower, base.upper
        self._rows, self._unit = Growing(base), self.money
        self.cuts = 0
        self._floor = self._find_floor()

    # --- writing

    def _make_room(self, cell: Cell) -> None:
        """Whole lots may exceed what can be of use."""
        most, wanted = self._upper[cell.column], max(float(self._upper[cell.column]), cell.least)
        if cell.lot > 0:
            wanted = float(np.ceil(wanted / cell.lot - 1e-9)) * cell.lot
        place = self.problem.place[self.problem.arrays.source_item[cell.source]]
        self._upper[cell.column] = wanted
        self._upper[self.extensive.trunk.stock[:, place]] += wanted - most

    def _write_base(self, free_rows: Ints | None) -> LinearProgram:
        extensive, n, rows = self.extensive, self.n, self.extensive.trunk_rows
        program, builder = extensive.program, ProgramBuilder()
        builder.add_columns("trunk", (n,), lower=self._lower / self._scale, upper=self._upper / self._scale)
        self.marks = builder.add_columns("survives", (self.n_tooth,), upper=1.0)
        low, high = program.row_lower[:rows].copy(), program.row_upper[:rows].copy()
        if free_rows is not None:
            low[free_rows], high[free_rows] = -np.inf, np.inf
        builder.add_rows(low, high, rows)
        matrix = program.matrix[:rows][:, :n].multiply(self._scale[None, :]).tocoo()
        builder.add_entries(matrix.row, matrix.col, matrix.data)
        builder.add_cost(np.arange(n), self.cash * self._scale / self.money)
        self._enough = builder.add_rows(-np.inf, 0.0, 1)
        builder.add_entries(self._enough, self.marks, -self.odds)
        self._ceiling = builder.add_rows(-np.inf, np.inf, 1)
        paid = np.flatnonzero(self.cash)
        builder.add_entries(self._ceiling, paid, (self.cash * self._scale / self.money)[paid])
        for cell in self.cells:
            self._write_cell(builder, cell)
        return builder.finish()

    def _write_cell(self, builder: ProgramBuilder, cell: Cell) -> None:
        """An order in whole lots, none or at least the smallest, with its cost."""
        most, size = self._upper[cell.column], self._scale[cell.column]
        if cell.lot > 0:
            count = builder.add_columns("lots", (1,), upper=round(most / cell.lot))
            row = builder.add_rows(0.0, 0.0, 1)
            builder.add_entries(row, cell.column, size / cell.lot)
            builder.add_entries(row, count, -1.0)
            self._whole.append(int(count[0]))
        cost = float(self.problem.arrays.source_order_cost[cell.source])
        if cell.least > 0 or cost > 0:
            placed = builder.add_columns("placed", (1,), upper=1.0, cost=cost / self.money)
            row = builder.add_rows([-np.inf, 0.0], [0.0, np.inf], 2)
            builder.add_entries(row, cell.column, size / most)
            builder.add_entries(row, placed, [-1.0, -cell.least / most])
            builder.add_entries(self._ceiling, placed, cost / self.money)
            limits = self.extensive.limits
            builder.add_entries(limits.cash_rows[limits.cash_weeks >= cell.week], placed, cost)
            self._whole.append(int(placed[0]))

    def _find_floor(self) -> Floats:
        """What each tooth reaches with any trunk, shape (tooth)."""
        known = has_worst_corner(self.problem, project_opening(self.problem.arrays))
        try:
            reach = -self.teeth.answer(worst_corner(self.extensive))[0]
        except SolveError:
            return np.zeros(len(known))
        return np.where(known, np.clip(reach - LASTS, 0.0, 1.0 - LASTS), 0.0)

    # --- asking

    def bounds(self) -> tuple[Floats, Floats]:
        """Bounds of all columns."""
        return self._low.copy(), self._high.copy()

    def ask(
        self,
        *,
        wish: Literal["cash", "survival", "calm"] = "cash",
        share: float = 0.0,
        ceiling: float = np.inf,
    ) -> None:
        """From now on this is made small: cash, minus the share of events that survive, or the money that
        decisions move.

        Args:
            wish: which of them.
            share: of events that has to survive at least.
            ceiling: most cash [money].
        """
        cost, self._unit = self._cost, self.money
        if wish != "cash":
            cost, self._unit = np.zeros(len(self._cost)), 1.0
            cost[self.marks] = -self.odds if wish == "survival" else 0.0
            cost[: self.n] = self._moved if wish == "calm" else 0.0
        self._rows.change_cost(cost)
        rows = np.concatenate([self._enough, self._ceiling])
        self._rows.change_row_upper(rows, np.array([-share, ceiling / self.money]))

    def fix(self, low: Floats, high: Floats, bought: Floats, starts: Floats, made: Floats) -> None:
        """Sets bounds of all columns, in place, to purchases and starts that are given, see `settle`."""
        trunk, scale = self.extensive.trunk, self._scale
        low[trunk.buy] = high[trunk.buy] = bought / scale[trunk.buy]
        low[trunk.start] = high[trunk.start] = starts
        high[trunk.make] = made / scale[trunk.make]
        for column, source in enumerate(trunk.buy_sources):
            held = trunk.stock[:, self.problem.place[self.problem.arrays.source_item[source]]]
            high[held] += bought[:, column].sum() / scale[held]
        high[self.marks[-1] + 1 :] = np.inf

    def let_go(self, rows: Ints, free: bool) -> None:
        """Upper limits of rows of the trunk need not hold, or do again."""
        upper = self.extensive.program.row_upper[rows]
        self._rows.change_row_upper(rows, np.full(len(rows), np.inf) if free else upper)

    def cash_of(self, x: Floats) -> float:
        """Least cash that a trunk can cost, order costs included [money]."""
        cost = self.problem.arrays.source_order_cost
        placed = sum(
            float(cost[cell.source])
            for cell in self.cells
            if x[cell.column] > 1e-6 * self._scale[cell.column]
        )
        return float(self.cash @ x) + placed

    def learn(self, x: Floats, mark: Floats) -> tuple[Floats, int]:
        """What each tooth reaches with a trunk, shape (tooth), and how many of the marks that takes back."""
        loss, slope = self.teeth.answer(x)
        reach, open_ = -loss, 1.0 - self._floor
        short = np.flatnonzero(mark * open_ + self._floor > reach + NOTED)
        if len(short):
            own = csr_matrix(slope[short] * self._scale)
            own.resize(len(short), len(self._cost))
            place = np.arange(len(short)), self.marks[short]
            mine = csr_matrix((open_[short], place), (len(short), len(self._cost)))
            most = reach[short] + slope[short] @ x - self._floor[short] + LASTS
            self._rows.add_rows((own + mine).tocsr(), np.full(len(short), -np.inf), most)
            self.cuts += len(short)
        return reach, len(short)

    def survives(self, reach: Floats) -> Bools:
        """Teeth that survive, by what they reach."""
        return np.asarray(reach >= 1.0 - NOTED)

    def relax(self, low: Floats, high: Floats, ends: float = np.inf) -> Relaxed | None:
        """The best trunk where marks, starts and lots may be taken in part; None if there is none."""
        bound, short = -np.inf, 1
        for _ in range(PASSES):
            answer = self._rows.solve(low, high)
            if answer.status is Status.INFEASIBLE:
                return None
            x, bound = answer.x[: self.n] * self._scale, max(bound, answer.bound)
            _, short = self.learn(x, answer.x[self.marks])
            if not short or time.monotonic() > ends:
                break
        return Relaxed(x, answer.x[self.marks], bound * self._unit)

    def branch(
        self, low: Floats, high: Floats, gap: float, nodes: int, ends: float = np.inf, *, marks: bool = False
    ) -> Branched:
        """The best trunk in whole lots and starts, as far as the teeth are known.

        Args:
            low: bounds of all columns.
            high: the same.
            gap: share that may stay open.
            nodes: of the search tree, at most.
            ends: when to stop [s].
            marks: marks are whole as well.
        """
        whole = [*self._whole, *(self.marks.tolist() if marks else [])]
        program = replace(self._rows.program(low, high), integer=np.array(whole, dtype=np.int64))
        seconds = max(ends - time.monotonic(), 0.1)
        found = solve_mixed(program, gap=gap, nodes=nodes, seconds=seconds)
        if not len(found.x):
            return Branched(found.status, found.x, found.x, found.bound * self._unit)
        x, mark = found.x[: self.n] * self._scale, found.x[self.marks]
        return Branched(found.status, x, mark, found.bound * self._unit)
