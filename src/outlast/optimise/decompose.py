"""The comb taken apart: a small trunk program, and teeth that answer with cuts.
In: `Extensive`. Out: the best trunk found and a bound. One reason to exist: teeth meet only in
the trunk, so each is solved on its own, again and again, in time linear in their number.

Source: Van Slyke & Wets (1969), L-shaped method; Birge & Louveaux (1988), several cuts a pass;
Ben-Ameur & Neto (2007), in-out separation.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from outlast.optimise.highs import Growing, Repeated, Status, dual_bound, scales
from outlast.optimise.program import LinearProgram
from outlast.optimise.recourse import Extensive

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WORKERS = 2
"""Threads that solve teeth; HiGHS lets go of the interpreter while it runs."""
WHOLE = 1e-6
MOST = 1e6
"""Most that the loss of a group of teeth can be, in shares of the largest."""


@dataclass(frozen=True)
class Found:
    """Best trunk of a search; minimisation."""

    x: Floats
    loss: float
    bound: float


class Decomposition:
    """Trunk and teeth of an extensive form, ready to be solved apart."""

    def __init__(self, extensive: Extensive) -> None:
        self.extensive = extensive
        program = extensive.program
        self.n_trunk = extensive.trunk_columns
        self.trunk_rows = extensive.trunk_rows
        self.cost = program.cost[: self.n_trunk]
        self.passes = 0
        self._teeth: list[tuple[Repeated, csr_matrix]] = []
        least = []
        row_scale, column_scale = scales(program.matrix[:, self.n_trunk :])
        for block in extensive.blocks:
            matrix = program.matrix[block.rows]
            own = LinearProgram(
                program.cost[block.columns],
                0.0,
                program.lower[block.columns],
                program.upper[block.columns],
                matrix[:, block.columns].tocsr(),
                program.row_lower[block.rows],
                program.row_upper[block.rows],
                np.zeros(0, dtype=np.int64),
                {},
            )
            shifted = slice(block.columns.start - self.n_trunk, block.columns.stop - self.n_trunk)
            loaded = Repeated(own, row_scale[block.rows], column_scale[shifted])
            self._teeth.append((loaded, matrix[:, : self.n_trunk].tocsr()))
            least.append(dual_bound(own, np.zeros(own.n_row)))
        self.groups = np.array([block.group for block in extensive.blocks], dtype=np.int64)
        self.n_group = int(self.groups.max(initial=-1)) + 1
        self.least = np.bincount(self.groups, least, self.n_group)

    def answer(self, x: Floats) -> tuple[Floats, Floats]:
        """Loss of each group of teeth at a trunk, and how it changes with the trunk.

        Args:
            x: trunk decisions, shape (trunk column).

        Returns:
            Loss [money], shape (group); its gradient, shape (group, trunk column).
        """
        self.passes += 1

        def solve_tooth(number: int) -> tuple[float, Floats]:
            repeated, link = self._teeth[number]
            moved = link @ x
            own = repeated.program
            value, duals = repeated.solve(own.row_lower - moved, own.row_upper - moved)
            return value, -(link.T @ duals)

        with ThreadPoolExecutor(WORKERS) as pool:
            answers = list(pool.map(solve_tooth, range(len(self._teeth))))
        loss = np.zeros(self.n_group)
        slope = np.zeros((self.n_group, self.n_trunk))
        for group, (value, gradient) in zip(self.groups, answers, strict=True):
            loss[group] += value
            slope[group] += gradient
        return loss, slope

    def loss(self, x: Floats) -> float:
        """Expected loss of a trunk [money]."""
        return self.total(x, self.answer(x)[0])

    def total(self, x: Floats, loss: Floats) -> float:
        """Trunk cost and the losses of its teeth [money]."""
        return float(self.extensive.program.offset + self.cost @ x + loss.sum())


class Master:
    """The trunk with what the teeth have answered so far. Columns are scaled to their bounds.

    Args:
        teeth: the program taken apart.
        free_rows: rows of the trunk that need not hold.
    """

    def __init__(self, teeth: Decomposition, free_rows: Ints | None = None) -> None:
        program = teeth.extensive.program
        self.teeth = teeth
        n, groups, rows = teeth.n_trunk, teeth.n_group, teeth.trunk_rows
        self.scale = np.where(program.upper[:n] > 0, program.upper[:n], 1.0)
        self.money = max(float(np.abs(teeth.least).max(initial=0.0)), 1.0)
        self._least = np.minimum(teeth.least, 0.0) / self.money - 1.0
        low, high = program.row_lower[:rows].copy(), program.row_upper[:rows].copy()
        if free_rows is not None:
            low[free_rows], high[free_rows] = -np.inf, np.inf
        trunk = program.matrix[:rows][:, :n].multiply(self.scale[None, :]).tocsr()
        self._rows = Growing(
            LinearProgram(
                np.concatenate([teeth.cost * self.scale / self.money, np.ones(groups)]),
                program.offset / self.money,
                np.concatenate([program.lower[:n] / self.scale, self._least]),
                np.concatenate([program.upper[:n] / self.scale, np.full(groups, MOST)]),
                hstack([trunk, csr_matrix((rows, groups))]).tocsr(),
                low,
                high,
                teeth.extensive.trunk.start,
                {},
            )
        )

    def learn(self, x: Floats) -> float:
        """Asks the teeth about a trunk and keeps their cuts: the loss of each group is at least its
        value here plus its slope times the move. Returns the expected loss of the trunk."""
        loss, slope = self.teeth.answer(x)
        groups = self.teeth.n_group
        left = csr_matrix(-slope * self.scale / self.money)
        self._rows.add_rows(
            hstack([left, csr_matrix(np.eye(groups))]).tocsr(),
            (loss - slope @ x) / self.money,
            np.full(groups, np.inf),
        )
        return self.teeth.total(x, loss)

    def solve(self, lower: Floats, upper: Floats) -> tuple[Floats, float] | None:
        """Best trunk as far as the cuts know, starts relaxed, and a lower bound on the loss of any."""
        answer = self._rows.solve(
            np.concatenate([lower / self.scale, self._least]),
            np.concatenate([upper / self.scale, np.full(self.teeth.n_group, MOST)]),
        )
        if answer.status is Status.INFEASIBLE:
            return None
        return answer.x[: self.teeth.n_trunk] * self.scale, answer.bound * self.money


def search(
    master: Master,
    lower: Floats,
    upper: Floats,
    groups: Sequence[Ints],
    *,
    gap: float,
    reference: float | None,
    most_passes: int,
    time_limit: float | None,
    progress: Callable[[str], None] | None,
    relaxed_only: bool = False,
) -> Found | None:
    """Best trunk within bounds, with whole starts, and a bound; None if no trunk meets its rows.

    First the relaxation with fractional starts. Then best-bound branching on starts (at most one
    of each of `groups` is taken), where a node costs one solve of the small trunk program; only
    whole starts are put to the teeth, with their best stock.
    """
    teeth, starts = master.teeth, master.teeth.extensive.trunk.start
    last_pass = teeth.passes + most_passes
    deadline = np.inf if time_limit is None else time.monotonic() + time_limit
    first = master.solve(lower, upper)
    if first is None:
        return None

    def scale(loss: float, bound: float) -> float:
        return max(abs(loss) if reference is None else reference - bound, 1e-9 * abs(loss), 1e-12)

    def stop(loss: float, bound: float, share: float) -> bool:
        late = teeth.passes >= last_pass or time.monotonic() > deadline
        return late or loss - bound <= share * scale(loss, bound)

    def report(loss: float, bound: float) -> None:
        if progress is not None:
            share = (loss - bound) / scale(loss, bound)
            progress(f"loss {loss:,.0f}, at best {bound:,.0f}, gap {share:.2%}")

    relaxed = descend(master, lower, upper, first[0], lambda a, b: stop(a, b, gap / 3), report)
    if relaxed_only or is_whole(relaxed.x[starts]):
        return relaxed
    best, settled, ticket = _round_off(master, lower, upper, relaxed, groups, stop, gap), np.inf, 0
    heap = [(relaxed.bound, ticket, lower, upper)]
    while heap:
        bound = min(heap[0][0], settled, best.loss)
        report(best.loss, bound)
        if stop(best.loss, bound, gap):
            return Found(best.x, best.loss, bound)
        _, _, low, high = heapq.heappop(heap)
        node = master.solve(low, high)
        if node is None or node[1] >= best.loss - gap / 3 * scale(best.loss, bound):
            settled = min(settled, np.inf if node is None else node[1])
            continue
        if heap and node[1] > heap[0][0]:
            ticket += 1
            heapq.heappush(heap, (node[1], ticket, low, high))
            continue
        if not is_whole(node[0][starts]):
            master.learn(node[0])
            node = master.solve(low, high) or node
        value = node[0][starts]
        if is_whole(value):
            fixed = fix_starts(master, low, high, node[0], np.round(value), stop, gap, best.loss)
            settled = min(settled, fixed.bound)
            best = fixed if fixed.loss < best.loss else best
            continue
        for child_low, child_high in branch(low, high, starts, value, groups):
            ticket += 1
            heapq.heappush(heap, (node[1], ticket, child_low, child_high))
    return Found(best.x, best.loss, min(settled, best.loss))


def is_whole(value: Floats) -> bool:
    """Every start is taken or not taken."""
    return bool(np.all(np.abs(value - np.round(value)) <= WHOLE))


def branch(
    lower: Floats, upper: Floats, starts: Ints, value: Floats, groups: Sequence[Ints]
) -> list[tuple[Floats, Floats]]:
    """The most undecided option taken (the others of its group not), and not taken."""
    position = int(np.argmin(np.abs(value - 0.5)))
    taken_low, taken_high, left_high = lower.copy(), upper.copy(), upper.copy()
    for group in groups:
        if position in group:
            taken_high[starts[group]] = 0.0
    taken_low[starts[position]] = taken_high[starts[position]] = 1.0
    left_high[starts[position]] = 0.0
    return [(taken_low, taken_high), (lower.copy(), left_high)]


def fix_starts(
    master: Master,
    lower: Floats,
    upper: Floats,
    x: Floats,
    whole: Floats,
    stop: Callable[[float, float, float], bool],
    gap: float,
    ceiling: float,
) -> Found:
    """Best stock for whole starts; given up once it can't beat `ceiling`."""
    starts = master.teeth.extensive.trunk.start
    low, high, here = lower.copy(), upper.copy(), x.copy()
    low[starts] = high[starts] = here[starts] = whole
    return descend(
        master,
        low,
        high,
        here,
        lambda loss, floor: stop(loss, floor, gap / 3) or floor >= ceiling,
        lambda loss, floor: None,
    )


def _round_off(
    master: Master,
    lower: Floats,
    upper: Floats,
    relaxed: Found,
    groups: Sequence[Ints],
    stop: Callable[[float, float, float], bool],
    gap: float,
) -> Found:
    """A first plan with whole starts: the largest option of each group that is taken enough, for
    three meanings of enough; nothing started is always possible."""
    starts = master.teeth.extensive.trunk.start
    best: Found | None = None
    tried = set()
    for enough in (0.6, 0.3, 0.1):
        whole = lower[starts].copy()
        for group in groups:
            top = group[int(np.argmax(relaxed.x[starts][group]))]
            if relaxed.x[starts][group].sum() >= enough:
                whole[top] = min(1.0, upper[starts][top])
        if whole.tobytes() in tried:
            continue
        tried.add(whole.tobytes())
        ceiling = np.inf if best is None else best.loss
        found = fix_starts(master, lower, upper, relaxed.x, whole, stop, gap, ceiling)
        if np.isfinite(found.loss) and (best is None or found.loss < best.loss):
            best = found
    assert best is not None
    return best


def descend(
    master: Master,
    lower: Floats,
    upper: Floats,
    start: Floats,
    enough: Callable[[float, float], bool],
    report: Callable[[float, float], None],
) -> Found:
    """Best trunk within bounds, by cuts at points between the best trunk and the master's.

    Cutting half-way keeps the next point near what is known to be good; every third pass cuts at
    the master's own point, which makes the method converge.
    """
    solved = master.solve(lower, upper)
    if solved is None:
        return Found(start, np.inf, np.inf)
    x = best_x = start if _meets_rows(master, start) else solved[0]
    best, bound, turn = np.inf, solved[1], 0
    while True:
        total = master.learn(x)
        if total < best:
            best_x, best = x, total
        solved = master.solve(lower, upper)
        if solved is None:
            return Found(best_x, best, bound)
        bound = max(bound, solved[1])
        report(best, bound)
        if enough(best, bound):
            return Found(best_x, best, bound)
        turn += 1
        step = 1.0 if turn % 3 == 0 else 0.5
        x = best_x + step * (solved[0] - best_x)


def _meets_rows(master: Master, x: Floats) -> bool:
    """The trunk's own rows hold at a point."""
    program, rows = master.teeth.extensive.program, master.teeth.trunk_rows
    value = program.matrix[:rows][:, : master.teeth.n_trunk] @ x
    slack = 1e-7 * (1.0 + np.abs(value))
    low, high = program.row_lower[:rows], program.row_upper[:rows]
    return bool(np.all(value >= low - slack) and np.all(value <= high + slack))
