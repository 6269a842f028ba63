"""The comb taken apart: a trunk, and teeth that answer for it.
In: `Extensive`. Out: losses of trunks, and how they change. One reason to exist: teeth meet only in the
trunk, so each is solved on its own, in time linear in their number.

Source: Van Slyke & Wets (1969), L-shaped method.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.aim import Aim
from outlast.optimise.highs import (
    Repeated,
    dual_bound,
    scales,
)
from outlast.optimise.program import LinearProgram
from outlast.optimise.recourse import Extensive

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WORKERS = 2
"""Threads that solve teeth; HiGHS lets go of the interpreter while it runs."""


class Decomposition:
    """Trunk and teeth of an extensive form, ready to be solved apart.

    Args:
        extensive: the program.
        aim: what is made small; default: the measure of the loss under the odds that the program has.
    """

    def __init__(self, extensive: Extensive, aim: Aim | None = None) -> None:
        self.extensive, self.aim = extensive, aim
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
        self.row_counts = np.array([b.rows.stop - b.rows.start for b in extensive.blocks], dtype=np.int64)

    @property
    def program(self) -> LinearProgram:
        """The extensive form."""
        return self.extensive.program

    def answer(self, x: Floats) -> tuple[Floats, Floats]:
        """Loss of each tooth at a trunk, and how it changes with the trunk.

        Args:
            x: trunk decisions, shape (trunk column).

        Returns:
            Loss weighed by its odds [money], shape (tooth); its gradient, shape (tooth, trunk column).
        """
        loss, slope, _ = self.prove(x)
        return loss, slope

    def prove(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """As `answer`, and the multipliers that prove the losses, shape (row of any tooth)."""
        self.passes += 1
        with ThreadPoolExecutor(WORKERS) as pool:
            answers = list(pool.map(partial(self.ask, x=x), range(len(self._teeth))))
        loss = np.array([value for value, *_ in answers])
        slope = np.array([gradient for _, gradient, _ in answers])
        duals = np.concatenate([np.zeros(0), *(multipliers for *_, multipliers in answers)])
        return loss, slope.reshape(len(loss), self.n_trunk), duals

    def follow(self, x: Floats) -> Floats:
        """A trunk and the best that follows after every event, shape (column)."""
        self.answer(x)
        return np.concatenate([x, *(repeated.point() for repeated, _ in self._teeth)])

    def answer_near(
        self, x: Floats, loss: Floats, step: Floats, known: dict[tuple[int, bytes], float]
    ) -> Floats:
        """Loss of each tooth a step away from a trunk, weighed by its odds [money], shape (tooth). Teeth that
        do not see the step lose what they lost.

        Args:
            x: the trunk, shape (trunk column).
            loss: what `answer` says of it.
            step: from there, shape (trunk column).
            known: losses by tooth and what it sees of a step; gains those worked out here.
        """
        linked = self.extensive.program.matrix[self.trunk_rows :][:, : self.n_trunk]
        seen = linked @ step
        new = []
        for number, block in enumerate(self.extensive.blocks):
            rows = slice(block.rows.start - self.trunk_rows, block.rows.stop - self.trunk_rows)
            if seen[rows].any():
                new.append((number, seen[rows]))

        def solve_tooth(task: tuple[int, Floats]) -> tuple[tuple[int, bytes], float]:
            number, moved = task
            key = number, moved.tobytes()
            if key in known:
                return key, known[key]
            repeated, link = self._teeth[number]
            moved = link @ x + moved
            own = repeated.program
            return key, repeated.solve(own.row_lower - moved, own.row_upper - moved)[0]

        with ThreadPoolExecutor(WORKERS) as pool:
            answers = list(pool.map(solve_tooth, new))
        known |= dict(answers)
        near = loss.copy()
        near[[number for number, _ in new]] = [value for _, value in answers]
        return near

    def ask(self, number: int, x: Floats) -> tuple[float, Floats, Floats]:
        """Loss of one tooth at a trunk, weighed by its odds, its gradient and multipliers; see `prove`."""
        repeated, link = self._teeth[number]
        moved = link @ x
        own = repeated.program
        value, duals = repeated.solve(own.row_lower - moved, own.row_upper - moved)
        return value, -(link.T @ duals), duals

    def touched(self, number: int) -> Ints:
        """Trunk columns that one tooth depends on."""
        return np.unique(self._teeth[number][1].indices).astype(np.int64)

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
        return leaves.loss(x) + np.append(shares(loss, leaves.odds[:-1]), 0.0)

    def loss(self, x: Floats) -> float:
        """What is made small, of a trunk [money]."""
        return self.measure(x, self.answer(x)[0])

    def size(self, value: float) -> float:
        """Size of the losses that something made small is worked out from [money]."""
        return abs(value) if self.aim is None else abs(value) + float(np.abs(self.aim.least).max())

    def measure(self, x: Floats, loss: Floats, threshold: float | None = None) -> float:
        """What is made small, of a trunk whose teeth answered `loss` [money]."""
        if self.aim is not None:
            return self.aim.value(self.extensive.risk, self.leaf_loss(x, loss), threshold)
        if self.extensive.risk.weight == 0:
            return float(self.extensive.program.offset + self.cost @ x + loss.sum())
        odds = self.extensive.leaves.odds
        return self.extensive.risk.value(self.leaf_loss(x, loss), odds, threshold)


def shares(part: Floats, whole: Floats) -> Floats:
    """Part by whole, 0 where both are."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
