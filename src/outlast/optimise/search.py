"""The best trunk of a comb. In: `Master`. Out: `Found`, a trunk with its loss and a bound.
One reason to exist: where to ask the teeth next, and when to stop, is apart from what they answer.

Source: Ben-Ameur & Neto (2007), in-out separation; Land & Doig (1960), branch and bound.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.master import Floor
from outlast.optimise.program import LinearProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WHOLE = 1e-6
"""A start this close to taken or not taken is whole."""
SOLVABLE = 1e-6
"""Share of the loss below which an improvement is not told from the tolerances of the solver."""
KEPT = 1 - 1e-6
"""Share of each stock that tidying up keeps at least."""


class Asked(Protocol):
    """What answers for what follows the trunk."""

    passes: int
    n_trunk: int
    trunk_rows: int

    @property
    def program(self) -> LinearProgram:
        """Its first columns and rows are the trunk's."""

    def size(self, value: float) -> float:
        """Size of the losses that something made small is worked out from [money]."""


class Master(Protocol):
    """A trunk with what is known of its losses: of the comb, or of a watch tree."""

    @property
    def teeth(self) -> Asked:
        """What answers."""

    @property
    def starts(self) -> Ints:
        """Columns of start options."""

    @property
    def stocks(self) -> Ints:
        """Columns of stock."""

    def learn(self, x: Floats) -> float:
        """Asks about a trunk; its loss, and what it is charged beside."""

    def solve(self, lower: Floats, upper: Floats) -> Floor | None:
        """Best trunk as far as is known, starts relaxed, and a lower bound on the loss of any."""

    def least(self, weight: Floats, lower: Floats, upper: Floats, ceiling: float) -> Floats | None:
        """The trunk of least weight whose loss, as far as is known, is at most `ceiling`."""


@dataclass(frozen=True)
class Closed:
    """Bounds of the trunk within which a search looked, and what proves its bound there."""

    lower: Floats
    upper: Floats
    duals: Floats | None
    """Multipliers of the rows of the master that there were; None: no trunk meets its rows there."""


@dataclass(frozen=True)
class Found:
    """Best trunk of a search; minimisation."""

    x: Floats
    loss: float
    bound: float
    closed: tuple[Closed, ...] = ()
    """Together they leave out no choice of starts; the bound is the least of theirs."""


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
    stopped: Callable[[], bool] = lambda: False,
) -> Found | None:
    """Best trunk within bounds, with whole starts, and a bound; None if no trunk meets its rows.

    First the relaxation with fractional starts. Then best-bound branching on starts (at most one
    of each of `groups` is taken), where a node costs one solve of the small trunk program; only
    whole starts are put to the teeth, with their best stock.
    """
    teeth, starts = master.teeth, master.starts
    last_pass = teeth.passes + most_passes
    deadline = np.inf if time_limit is None else time.monotonic() + time_limit
    first = master.solve(lower, upper)
    if first is None:
        return None

    def scale(loss: float, bound: float) -> float:
        if not np.isfinite(loss):
            return 1e-300
        size = teeth.size(loss)
        return max(size if reference is None else reference - bound, SOLVABLE * size, 1e-300)

    def stop(loss: float, bound: float, share: float) -> bool:
        late = teeth.passes >= last_pass or time.monotonic() > deadline or stopped()
        return late or loss - bound <= share * scale(loss, bound)

    def report(loss: float, bound: float) -> None:
        if progress is not None and np.isfinite(loss):
            share = (loss - bound) / scale(loss, bound)
            progress(f"loss {loss:,.0f}, at best {bound:,.0f}, gap {share:.2%}")

    relaxed = descend(master, lower, upper, first[0], lambda a, b: stop(a, b, gap / 3), report)
    if relaxed_only or is_whole(relaxed.x[starts]):
        return relaxed
    best, settled, ticket = _round_off(master, lower, upper, relaxed, groups, stop, gap), np.inf, 0
    heap = [(relaxed.bound, ticket, relaxed.closed[0])]
    closed: list[Closed] = []
    while heap:
        bound = min(heap[0][0], settled, best.loss)
        report(best.loss, bound)
        if np.isfinite(best.loss) and stop(best.loss, bound, gap):
            return Found(best.x, best.loss, bound, (*closed, *(part for *_, part in heap)))
        part = heapq.heappop(heap)[2]
        low, high = part.lower, part.upper
        node = master.solve(low, high)
        if node is None or node[1] >= best.loss - gap / 3 * scale(best.loss, bound):
            settled = min(settled, np.inf if node is None else node[1])
            closed.append(Closed(low, high, None if node is None else node.duals))
            continue
        again = Closed(low, high, node.duals)
        ticket += 1
        if heap and node[1] > heap[0][0]:
            heapq.heappush(heap, (node[1], ticket, again))
            continue
        if not is_whole(node[0][starts]):
            master.learn(node[0])
            node = master.solve(low, high) or node
            again = Closed(low, high, node.duals)
        value = node[0][starts]
        if is_whole(value):
            fixed = fix_starts(master, low, high, node[0], np.round(value), stop, gap, best.loss)
            best = fixed if fixed.loss < best.loss else best
            if np.array_equal(low[starts], high[starts]):
                settled = min(settled, fixed.bound)
                closed += fixed.closed
            else:
                # Other starts of the node may be better, now that these are known for what they are worth.
                heapq.heappush(heap, (node[1], ticket, again))
            continue
        for child_low, child_high in branch(low, high, starts, value, groups):
            ticket += 1
            heapq.heappush(heap, (node[1], ticket, Closed(child_low, child_high, node.duals)))
    found = Found(best.x, best.loss, min(settled, best.loss), tuple(closed))
    return found if np.isfinite(best.loss) else None


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
    starts = master.starts
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
    three meanings of enough. Where cash pays for none of these, nothing is started that need not be;
    the loss is infinite where even that does not meet the rows of the trunk."""
    starts = master.starts
    best = Found(relaxed.x, np.inf, np.inf)
    tried = set()
    for enough in (0.6, 0.3, 0.1, np.inf):
        if enough == np.inf and np.isfinite(best.loss):
            break
        whole = lower[starts].copy()
        for group in groups:
            top = group[int(np.argmax(relaxed.x[starts][group]))]
            if relaxed.x[starts][group].sum() >= enough:
                whole[top] = min(1.0, upper[starts][top])
        if whole.tobytes() in tried:
            continue
        tried.add(whole.tobytes())
        found = fix_starts(master, lower, upper, relaxed.x, whole, stop, gap, best.loss)
        best = found if found.loss < best.loss else best
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
        return Found(start, np.inf, np.inf, (Closed(lower, upper, None),))
    x = best_x = start if _meets_rows(master, start) else solved[0]
    best, bound, turn, closed = np.inf, solved[1], 0, Closed(lower, upper, solved.duals)
    while True:
        total = master.learn(x)
        if total < best:
            best_x, best = x, total
        solved = master.solve(lower, upper)
        if solved is None:
            return Found(best_x, best, bound, (closed,))
        if solved[1] > bound:
            bound, closed = solved[1], Closed(lower, upper, solved.duals)
        report(best, bound)
        if enough(best, bound):
            return Found(best_x, best, bound, (closed,))
        turn += 1
        step = 1.0 if turn % 3 == 0 else 0.5
        x = best_x + step * (solved[0] - best_x)


def _meets_rows(master: Master, x: Floats) -> bool:
    """The trunk's own rows hold at a point."""
    program, rows = master.teeth.program, master.teeth.trunk_rows
    matrix = program.matrix[:rows][:, : master.teeth.n_trunk]
    value, slack = matrix @ x, 1e-7 * (abs(matrix) @ np.abs(x))
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
    starts, stocks = master.starts, master.stocks
    lower[starts] = upper[starts] = np.round(found.x[starts])
    lower[stocks] = np.maximum(lower[stocks], KEPT * found.x[stocks])
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
            best = replace(found, x=tried, loss=loss)
            if gain <= 1e-3 * abs(float(weight @ best.x)):
                break
    return best
