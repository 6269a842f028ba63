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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from outlast.optimise.highs import Growing, Repeated, Status, dual_bound, scales, solve_program
from outlast.optimise.program import LinearProgram
from outlast.optimise.recourse import Extensive

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WORKERS = 2
"""Threads that solve teeth; HiGHS lets go of the interpreter while it runs."""
WHOLE = 1e-6
MOST = 1e6
"""Most that the loss of a group of teeth can be, in shares of the largest."""
KEPT = 0.99
"""Share of each stock that tidying up keeps at least."""
TAIL_MOST = 1e3
"""Largest loss of a leaf, in shares of the largest loss that no decision changes."""


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
        """Loss of each tooth at a trunk, and how it changes with the trunk.

        Args:
            x: trunk decisions, shape (trunk column).

        Returns:
            Loss weighed by its odds [money], shape (tooth); its gradient, shape (tooth, trunk column).
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
        loss = np.array([value for value, _ in answers])
        slope = np.array([gradient for _, gradient in answers])
        return loss, slope.reshape(len(loss), self.n_trunk)

    def grouped(self, loss: Floats, slope: Floats) -> tuple[Floats, Floats]:
        """Sums over each group of teeth of what `answer` returns."""
        total = np.zeros((self.n_group, self.n_trunk))
        np.add.at(total, self.groups, slope)
        value = np.zeros(self.n_group)
        np.add.at(value, self.groups, loss)
        return value, total

    def leaf_loss(self, x: Floats, loss: Floats) -> Floats:
        """Loss of every leaf at a trunk whose teeth answered `loss` [money], shape (leaf)."""
        leaves = self.extensive.leaves
        return leaves.loss(x) + np.append(loss / leaves.odds[:-1], 0.0)

    def loss(self, x: Floats) -> float:
        """Loss of a trunk, by the measure of the problem [money]."""
        return self.measure(x, self.answer(x)[0])

    def measure(self, x: Floats, loss: Floats, threshold: float | None = None) -> float:
        """The measure of a trunk whose teeth answered `loss` [money]."""
        if self.extensive.risk.weight == 0:
            return float(self.extensive.program.offset + self.cost @ x + loss.sum())
        odds = self.extensive.leaves.odds
        return self.extensive.risk.value(self.leaf_loss(x, loss), odds, threshold)


class Master:
    """The trunk with what the teeth have answered so far. Columns are scaled to their bounds.

    Its columns: the trunk; the loss of each group of teeth; and where the tail counts, the threshold
    at which it begins and what the loss of each leaf exceeds it by.

    Args:
        teeth: the program taken apart.
        free_rows: rows of the trunk that need not hold.
        threshold: where the tail is taken to begin [money]; default: where it does.
    """

    def __init__(
        self, teeth: Decomposition, free_rows: Ints | None = None, threshold: float | None = None
    ) -> None:
        program, risk, leaves = teeth.extensive.program, teeth.extensive.risk, teeth.extensive.leaves
        self.teeth, self.threshold = teeth, threshold
        n, groups, rows = teeth.n_trunk, teeth.n_group, teeth.trunk_rows
        self.scale = np.where(program.upper[:n] > 0, program.upper[:n], 1.0)
        self.money = max(float(np.abs(teeth.least).max(initial=0.0)), 1.0)
        low, high = program.row_lower[:rows].copy(), program.row_upper[:rows].copy()
        if free_rows is not None:
            low[free_rows], high[free_rows] = -np.inf, np.inf
        self.mean_share = 1.0 - risk.weight
        self.tail_columns = 0 if risk.weight == 0 else 1 + len(leaves.odds)
        self.tail_money = max(float(np.abs(leaves.constant).max(initial=0.0)), 1.0)
        begins = np.array([-TAIL_MOST, TAIL_MOST]) if threshold is None else threshold / self.tail_money
        begins = np.broadcast_to(begins, 2)
        tail_low = np.concatenate([begins[:1], np.zeros(len(leaves.odds))])[: self.tail_columns]
        tail_high = np.append(begins[1:], np.full(len(leaves.odds), 2 * TAIL_MOST))[: self.tail_columns]
        tail_cost = risk.weight * self.tail_money * np.append(1.0, leaves.odds / risk.tail)
        least = np.minimum(teeth.least, 0.0) / self.money - 1.0
        self._low = np.concatenate([least, tail_low])
        self._high = np.concatenate([np.full(groups, MOST), tail_high])
        trunk = program.matrix[:rows][:, :n].multiply(self.scale[None, :]).tocsr()
        self._cost = np.concatenate(
            [
                self.mean_share * teeth.cost * self.scale / self.money,
                np.full(groups, self.mean_share),
                tail_cost[: self.tail_columns] / self.money,
            ]
        )
        self.penalty = np.zeros(n)
        self._rows = Growing(
            LinearProgram(
                self._cost,
                self.mean_share * program.offset / self.money,
                np.concatenate([program.lower[:n] / self.scale, self._low]),
                np.concatenate([program.upper[:n] / self.scale, self._high]),
                hstack([trunk, csr_matrix((rows, groups + self.tail_columns))]).tocsr(),
                low,
                high,
                teeth.extensive.trunk.start,
                {},
            )
        )
        if self.tail_columns:
            self._add_tail_rows(np.array([len(leaves.odds) - 1]), np.zeros((1, n)), np.zeros(1))

    def charge(self, penalty: Floats) -> None:
        """From now on trunk columns cost this beside their loss [money per unit], shape (trunk column).

        What was learned of the teeth stays true.
        """
        self.penalty = penalty
        cost = self._cost.copy()
        cost[: len(penalty)] += penalty * self.scale / self.money
        self._rows.change_cost(cost)

    def learn(self, x: Floats) -> float:
        """Asks the teeth about a trunk and keeps their cuts: the loss of each group is at least its
        value here plus its slope times the move. Returns the measure of the trunk's loss, and what it is
        charged beside."""
        teeth = self.teeth
        loss, slope = teeth.answer(x)
        value, gradient = teeth.grouped(loss, slope)
        blocks = [
            csr_matrix(-gradient * self.scale / self.money),
            csr_matrix(np.eye(teeth.n_group)),
            csr_matrix((teeth.n_group, self.tail_columns)),
        ]
        least = (value - gradient @ x) / self.money
        self._rows.add_rows(hstack(blocks).tocsr(), least, np.full(teeth.n_group, np.inf))
        if self.tail_columns:
            self._learn_tail(x, loss, slope)
        return teeth.measure(x, loss, self.threshold) + float(self.penalty @ x)

    def _learn_tail(self, x: Floats, loss: Floats, slope: Floats) -> None:
        """Keeps cuts of the leaves in the tail; leaving out the others only lowers the bound."""
        teeth, leaves = self.teeth, self.teeth.extensive.leaves
        whole = teeth.leaf_loss(x, loss)
        begins = teeth.extensive.risk.threshold(whole, leaves.odds)
        if self.threshold is not None:
            begins = min(begins, self.threshold)
        tail = np.nonzero(whole[:-1] >= begins - 1e-9 * abs(begins))[0]
        slope = slope[tail] / leaves.odds[tail, None]
        self._add_tail_rows(tail, slope, loss[tail] / leaves.odds[tail] - slope @ x)

    def _add_tail_rows(self, leaf: Ints, slope: Floats, constant: Floats) -> None:
        """What a leaf's loss exceeds the threshold by is at least its loss less the threshold.

        Args:
            leaf: leaves, shape (row).
            slope: how the loss after the event changes with the trunk, shape (row, trunk column).
            constant: that loss where the trunk is nothing [money], shape (row).
        """
        teeth, leaves = self.teeth, self.teeth.extensive.leaves
        blocks = [
            csr_matrix(-(leaves.cost()[leaf].toarray() + slope) * self.scale / self.tail_money),
            csr_matrix((len(leaf), teeth.n_group)),
            csr_matrix(np.ones((len(leaf), 1))),
            csr_matrix(
                (np.ones(len(leaf)), (np.arange(len(leaf)), leaf)), shape=(len(leaf), len(leaves.odds))
            ),
        ]
        least = (leaves.constant[leaf] + constant) / self.tail_money
        self._rows.add_rows(hstack(blocks).tocsr(), least, np.full(len(leaf), np.inf))

    def _bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Bounds of all columns, given those of the trunk's."""
        return (
            np.concatenate([lower / self.scale, self._low]),
            np.concatenate([upper / self.scale, self._high]),
        )

    def least(self, weight: Floats, lower: Floats, upper: Floats, ceiling: float) -> Floats | None:
        """The trunk of least `weight` whose loss, as far as the cuts know, is at most `ceiling` [money].

        Args:
            weight: per unit of each trunk column, shape (trunk column).
            lower: bounds of the trunk, shape (trunk column).
            upper: the same.
            ceiling: most that the loss may be [money].
        """
        now, n = self._rows.program(*self._bounds(lower, upper)), self.teeth.n_trunk
        cost = np.zeros(len(now.cost))
        cost[:n] = weight * self.scale
        rest = replace(
            now,
            cost=cost,
            offset=0.0,
            matrix=vstack([now.matrix, csr_matrix(now.cost[None, :])]).tocsr(),
            row_lower=np.append(now.row_lower, -np.inf),
            row_upper=np.append(now.row_upper, ceiling / self.money - now.offset),
        )
        answer = solve_program(rest)
        return None if answer.status is Status.INFEASIBLE else answer.x[:n] * self.scale

    def solve(self, lower: Floats, upper: Floats) -> tuple[Floats, float] | None:
        """Best trunk as far as the cuts know, starts relaxed, and a lower bound on the loss of any."""
        answer = self._rows.solve(*self._bounds(lower, upper))
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


def tidy(
    master: Master,
    found: Found,
    bounds: tuple[Floats, Floats],
    weight: Floats,
    allowed: float,
    most_passes: int = 8,
) -> Found:
    """A trunk of less `weight` whose loss is at most `allowed` [money] above that of `found`.

    A search ends where nothing is left to gain, and such a trunk buys here what it skips there. Stock
    stays what it was: near the best stock the loss is flat, and less would always move less money. Cuts
    under-estimate the loss, so each proposal is put to the teeth; half-way points come next.
    """
    lower, upper = bounds[0].copy(), bounds[1].copy()
    trunk = master.teeth.extensive.trunk
    lower[trunk.start] = upper[trunk.start] = np.round(found.x[trunk.start])
    lower[trunk.stock] = np.maximum(lower[trunk.stock], KEPT * found.x[trunk.stock])
    best, ceiling = found, found.loss + allowed
    for _ in range(most_passes):
        x = master.least(weight, lower, upper, ceiling)
        if x is None:
            break
        for step in (1.0, 0.5):
            tried = best.x + step * (x - best.x)
            loss = master.learn(tried)
            if loss <= ceiling:
                break
        if loss <= ceiling and weight @ tried < weight @ best.x:
            gain = weight @ best.x - weight @ tried
            best = Found(tried, loss, found.bound)
            if gain <= 1e-3 * abs(float(weight @ best.x)):
                break
    return best
