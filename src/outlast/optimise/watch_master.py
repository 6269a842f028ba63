"""The best plan on a watch tree, as far as cuts know. In: `Grown` and teeth. Out: trunks, bounds.
One reason to exist: an epoch's teeth lose by what they see of the trunk, whatever path led there: a cut
found in one node holds in all nodes of its epoch, weighed by their odds.

Source: Birge & Louveaux (1988), several cuts a pass; Pereira & Pinto (1991), cuts shared between nodes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from outlast.optimise.comb import CombProblem
from outlast.optimise.decompose import WORKERS, Decomposition
from outlast.optimise.highs import Growing, Status, solve_program
from outlast.optimise.master import HELD_SHARE, MOST, Floor
from outlast.optimise.program import LinearProgram
from outlast.optimise.watch_program import Grown, befalls, event_view

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEW = 1e-7
"""Share of the unit of its loss by which a cut has to be missed to be added."""
ROUNDS = 20
"""Times that the trunk program is solved again for cuts that are known already."""


@dataclass(frozen=True)
class Kind:
    """Teeth of one epoch and restriction, and the nodes that they follow."""

    teeth: tuple[int, ...]
    nodes: Ints
    weight: Floats
    """Odds at each node over those of the comb, shape (node of `nodes`)."""
    view: csr_matrix
    """What the teeth see: only columns in `touched`, shape (column seen, touched)."""
    touched: Ints
    """Columns of the comb's trunk that count, shape (touched)."""
    columns: Ints
    """Their copies, shape (node of `nodes`, touched)."""
    first: int
    """Loss column of its first node, counted from the first loss column."""


class WatchTeeth:
    """Teeth of a comb, asked at the nodes of a tree."""

    def __init__(self, problem: CombProblem, comb: Decomposition, grown: Grown) -> None:
        self.grown, self.comb = grown, comb
        self.program, self.passes = grown.program, 0
        self.n_trunk, self.trunk_rows = len(grown.template), grown.program.n_row
        groups: dict[tuple[int, int], list[int]] = {}
        for number, tooth in enumerate(problem.teeth):
            groups.setdefault((tooth.epoch, tooth.restriction), []).append(number)
        self.kinds: list[Kind] = []
        self.n_loss, least = 0, []
        for (epoch, restriction), teeth in groups.items():
            met = [(node, odds) for node, odds in befalls(grown.tree, epoch, restriction) if odds > 0]
            nodes = np.array([node for node, _ in met], dtype=np.int64)
            whole = sum(problem.teeth[number].probability for number in teeth)
            view = event_view(problem, grown.comb.trunk, epoch, comb.n_trunk)
            seen = np.unique(np.concatenate([comb.touched(number) for number in teeth]))
            touched = np.unique(view[seen].indices).astype(np.int64)
            columns = grown.local[nodes][:, touched]
            if (columns < 0).any():
                raise AssertionError("teeth see decisions that come after them")
            weight = np.array([odds for _, odds in met]) / whole
            self.kinds.append(
                Kind(tuple(teeth), nodes, weight, view[:, touched].tocsr(), touched, columns, self.n_loss)
            )
            self.n_loss += len(nodes)
            least.append(weight * comb.least[comb.groups[teeth[0]]])
        self.least = np.concatenate([np.zeros(0), *least])

    def answer(self, x: Floats) -> tuple[Floats, list[tuple[Floats, Floats]]]:
        """Loss after events at a trunk, and cuts.

        Returns:
            Losses weighed by odds [money], shape (loss); and for each kind cuts: constants, shape (cut), and
            slopes, shape (cut, touched), that bound the kind's loss in the comb from below.
        """
        self.passes += 1
        loss, cuts = np.zeros(self.n_loss), []
        with ThreadPoolExecutor(WORKERS) as pool:
            for kind in self.kinds:
                points, own = np.unique(x[kind.columns], axis=0, return_inverse=True)

                def ask(number: int, points: Floats = points, kind: Kind = kind) -> tuple[Floats, Floats]:
                    answers = [self.comb.ask(number, kind.view @ point) for point in points]
                    return np.array([a[0] for a in answers]), np.array([kind.view.T @ a[1] for a in answers])

                answers = list(pool.map(ask, kind.teeth))
                value = np.sum([a[0] for a in answers], axis=0)
                slope = np.sum([a[1] for a in answers], axis=0)
                loss[kind.first : kind.first + len(kind.nodes)] = kind.weight * value[own.ravel()]
                cuts.append((value - np.sum(slope * points, axis=1), slope))
        return loss, cuts

    def size(self, value: float) -> float:
        """Size of the losses that something made small is worked out from [money]."""
        return abs(value)

    def loss(self, x: Floats) -> float:
        """Expected loss of a trunk [money]."""
        return float(self.program.offset + self.program.cost @ x + self.answer(x)[0].sum())


class WatchMaster:
    """The trunk on its tree with the cuts that its nodes need. Columns are scaled to their bounds.

    Args:
        teeth: the tree and what follows it.
        free_rows: rows that need not hold.
        like: another one of the same teeth; what it has learned holds here too.
    """

    def __init__(
        self, teeth: WatchTeeth, free_rows: Ints | None = None, like: WatchMaster | None = None
    ) -> None:
        program = teeth.program
        self.teeth = teeth
        self.scale = np.where(program.upper > 0, program.upper, 1.0)
        weight = np.concatenate([np.zeros(0), *(kind.weight for kind in teeth.kinds)])
        held = HELD_SHARE * float(np.abs(program.cost * self.scale).max(initial=0.0))
        most = float(np.abs(teeth.least / weight).max(initial=0.0))
        self.money = max(most, held) if most > 0 else 1.0
        nothing = [(np.zeros(0), np.zeros((0, len(kind.touched)))) for kind in teeth.kinds]
        self._known: list[tuple[Floats, Floats]] = nothing if like is None else list(like._known)
        self._used: list[set[tuple[int, int]]] = [set() for _ in teeth.kinds]
        low, high = program.row_lower.copy(), program.row_upper.copy()
        if free_rows is not None:
            low[free_rows], high[free_rows] = -np.inf, np.inf
        # A loss counts in units of its odds: what is negligible in one node adds up over hundreds.
        self._unit = self.money * weight
        self._low = np.minimum(teeth.least, 0.0) / self._unit - 1.0
        self._high = np.full(teeth.n_loss, MOST)
        trunk = program.matrix.multiply(self.scale[None, :]).tocsr()
        self._rows = Growing(
            LinearProgram(
                np.concatenate([program.cost * self.scale, self._unit]) / self.money,
                program.offset / self.money,
                np.concatenate([program.lower / self.scale, self._low]),
                np.concatenate([program.upper / self.scale, self._high]),
                hstack([trunk, csr_matrix((program.n_row, teeth.n_loss))]).tocsr(),
                low,
                high,
                teeth.grown.start,
                {},
            )
        )

    @property
    def starts(self) -> Ints:
        """Columns of starts that may be taken."""
        return self.teeth.grown.start

    @property
    def stocks(self) -> Ints:
        """Columns of protective stock."""
        return np.flatnonzero(np.isin(self.teeth.grown.template, self.teeth.grown.comb.trunk.stock))

    def learn(self, x: Floats) -> float:
        """Asks the teeth about a trunk and keeps their cuts; the expected loss of the trunk [money]."""
        loss, cuts = self.teeth.answer(x)
        for number, (constant, slope) in enumerate(cuts):
            known, slopes = self._known[number]
            self._known[number] = np.concatenate([known, constant]), np.vstack([slopes, slope])
        self._add_missed(x, np.full(self.teeth.n_loss, -np.inf))
        return float(self.teeth.program.offset + self.teeth.program.cost @ x + loss.sum())

    def _add_missed(self, x: Floats, theta: Floats) -> int:
        """Adds in each node the cut that says most against what its loss is taken for [unit]; how many."""
        n, blocks, least = self.teeth.n_trunk, [], []
        for number, kind in enumerate(self.teeth.kinds):
            constant, slope = self._known[number]
            if not len(constant):
                continue
            said = constant + x[kind.columns] @ slope.T
            top = said.argmax(axis=1)
            for place, cut in enumerate(top):
                missed = said[place, cut] / self.money - theta[kind.first + place]
                if missed <= NEW or (place, int(cut)) in self._used[number]:
                    continue
                self._used[number].add((place, int(cut)))
                columns = kind.columns[place]
                entries = np.append(-slope[cut] * self.scale[columns] / self.money, 1.0)
                blocks.append((np.append(columns, n + kind.first + place), entries))
                least.append(constant[cut] / self.money)
        if blocks:
            lengths = np.concatenate([[0], np.cumsum([len(columns) for columns, _ in blocks])])
            rows = csr_matrix(
                (
                    np.concatenate([values for _, values in blocks]),
                    np.concatenate([columns for columns, _ in blocks]),
                    lengths,
                ),
                shape=(len(blocks), n + self.teeth.n_loss),
            )
            self._rows.add_rows(rows, np.array(least), np.full(len(least), np.inf))
        return len(blocks)

    def _bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Bounds of all columns, given those of the trunk's."""
        return (
            np.concatenate([lower / self.scale, self._low]),
            np.concatenate([upper / self.scale, self._high]),
        )

    def solve(self, lower: Floats, upper: Floats) -> Floor | None:
        """Best trunk as far as the cuts know, starts relaxed, and a lower bound on the loss of any."""
        n, bound, duals = self.teeth.n_trunk, -np.inf, np.zeros(0)
        for _ in range(ROUNDS):
            answer = self._rows.solve(*self._bounds(lower, upper))
            if answer.status is Status.INFEASIBLE:
                return None
            if answer.bound * self.money > bound:
                bound, duals = answer.bound * self.money, answer.duals
            x = answer.x[:n] * self.scale
            if not self._add_missed(x, answer.x[n:]):
                break
        return Floor(x, bound, duals)

    def least(self, weight: Floats, lower: Floats, upper: Floats, ceiling: float) -> Floats | None:
        """The trunk of least `weight` whose loss, as far as the cuts know, is at most `ceiling` [money]."""
        now, n = self._rows.program(*self._bounds(lower, upper)), self.teeth.n_trunk
        rest = replace(
            now,
            cost=np.append(weight * self.scale, np.zeros(self.teeth.n_loss)),
            offset=0.0,
            matrix=vstack([now.matrix, csr_matrix(now.cost[None, :])]).tocsr(),
            row_lower=np.append(now.row_lower, -np.inf),
            row_upper=np.append(now.row_upper, ceiling / self.money - now.offset),
        )
        answer = solve_program(rest)
        return None if answer.status is Status.INFEASIBLE else answer.x[:n] * self.scale
