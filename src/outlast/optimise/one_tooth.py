"""Each tooth written on its own. In: `CombProblem`. Out: a trunk, and teeth one by one.
One reason to exist: the exact program of thousands of items does not fit in memory, one tooth of it does; the
rows are those of `recourse`, so whoever goes through them all has gone through the whole program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise import stock
from outlast.optimise.byhand import keep_to
from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.context import Context
from outlast.optimise.leaves import LeafWriter
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.recourse import begin_program, tooth_bounds, write_tooth
from outlast.optimise.supply import tooth_streams

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class OneTooth:
    """What follows one event: minimise `own.cost @ y` and what the trunk pays, rows met."""

    own: LinearProgram
    """Odds counted; what the trunk does is not yet taken off its rows."""
    link: csr_matrix
    """Coefficients of the trunk in its rows, shape (row, trunk column)."""
    columns: Ints
    """Trunk columns that this leaf pays for."""
    paid: Floats
    """What it pays for them, odds counted [money per unit of the column]."""
    constant: float
    """Its loss that no decision changes, odds counted [money]."""
    stock: Ints
    """Trunk columns of the stock at its event, shape (item at risk)."""


class Apart:
    """A problem whose trunk is written; teeth are written when they are asked for."""

    def __init__(self, problem: CombProblem) -> None:
        builder, leaves, _, context = begin_program(problem)
        stock.write_no_event(context)
        written = leaves.finish(builder.n_column)
        self.problem, self._context, self._leaves = problem, context, leaves
        program = builder.finish()
        self.trunk = replace(program, cost=written.expected(), offset=float(written.odds @ written.constant))
        """Rows of the trunk, and what it costs whatever follows."""

    @property
    def columns(self) -> Trunk:
        """Where decisions before an event stand."""
        return self._context.trunk

    def decided(self) -> LinearProgram:
        """The trunk within what is decided by hand."""
        problem, low, high = self.problem, self.trunk.lower.copy(), self.trunk.upper.copy()
        sources = np.array([option.source for option in problem.options], dtype=np.int64)
        weeks = np.array([option.week for option in problem.options], dtype=np.int64)
        trunk = self.columns
        keep_to(problem.by_hand, trunk.by_hand.slack, trunk.start, sources, weeks, low, high)
        return self.trunk.with_bounds(np.arange(len(low)), low, high)

    def tooth(self, number: int) -> OneTooth:
        """One tooth. May be asked by several threads."""
        problem, n, odds = self.problem, len(self.trunk.cost), self._leaves.odds
        tooth, builder = problem.teeth[number], ProgramBuilder()
        builder.add_columns("trunk", (n,))
        writer = LeafWriter(odds, self._leaves.epoch)
        context: Context = replace(self._context, builder=builder, leaves=writer)
        streams = tooth_streams(problem, tooth)
        write_tooth(context, number, tooth, tooth_bounds(problem, streams), streams)
        whole, leaf = builder.finish(), writer.finish(n)
        paid = leaf.own[[number]]
        own = replace(
            whole,
            cost=whole.cost[n:],
            lower=whole.lower[n:],
            upper=whole.upper[n:],
            matrix=whole.matrix[:, n:].tocsr(),
            column_names={},
        )
        return OneTooth(
            own,
            whole.matrix[:, :n].tocsr(),
            paid.indices.astype(np.int64),
            odds[number] * paid.data,
            float(odds[number] * leaf.constant[number]),
            self.columns.stock[tooth.epoch],
        )
