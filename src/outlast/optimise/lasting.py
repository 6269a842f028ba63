"""What it takes for a tooth to survive. In: `CombProblem`, weeks. Out: `Extensive` of survival alone.
One reason to exist: survival is asked of each tooth on its own; nothing that follows the weeks asked
for, and no money, plays a part in it (model.md section 6).

A tooth has one column of its own, `reach`: the largest share, 1 at most, of the fill that survival asks
for which is kept up in every bucket. A tooth survives where it is 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import CombProblem, Tooth, base_grid
from outlast.optimise.constraints import least_stock, write_trunk
from outlast.optimise.context import Context, build_context, running_total, total_at
from outlast.optimise.leaves import LeafWriter
from outlast.optimise.limits import write_limits
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.recourse import Block, Extensive, lawful_share, write_tooth
from outlast.optimise.supply import Opening, Stream, project_opening, tooth_streams

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TINY = 1e-9
"""Share of demand by which the fill may miss its target in floating point, as in the simulator."""


@dataclass(frozen=True)
class Asked:
    """What is asked of every tooth."""

    weeks: int
    """Whole weeks from the effective week on in which the cumulative fill is at or above the target."""
    target: float
    worth_total: Floats
    """Running total of demand times contribution where it is positive, shape (week + 1, line) [money]."""


def write_lasting_program(problem: CombProblem, weeks: int, surge: float = 0.0) -> Extensive:
    """The trunk, and a block for every tooth that makes its `reach` large.

    Args:
        problem: the comb tree.
        weeks: to be survived since the effective week.
        surge: share by which demand and use after an event exceed their mean.
    """
    builder = ProgramBuilder()
    epochs = [*(tooth.epoch for tooth in problem.teeth), problem.epochs]
    writer = LeafWriter(np.ones(len(epochs)), np.array(epochs, dtype=np.int64))
    opening = project_opening(problem.arrays)
    trunk = write_trunk(problem, builder, writer, opening)
    limits = write_limits(problem, builder, trunk, opening)
    context = _surge(build_context(problem, builder, writer, trunk, opening), 1.0 + surge)
    asked = _ask(problem, weeks, 1.0 + surge)
    trunk_rows, trunk_columns = builder.n_row, builder.n_column
    blocks, reach = [], []
    for leaf, tooth in enumerate(problem.teeth):
        row, column = builder.n_row, builder.n_column
        streams = tooth_streams(problem, tooth)
        bounds = lasting_bounds(problem, tooth, streams, weeks)
        sold = write_tooth(context, leaf, tooth, bounds, streams)
        reach.append(write_reach(context, asked, tooth, bounds, sold))
        blocks.append(Block(slice(row, builder.n_row), slice(column, builder.n_column), leaf))
    program = _only_reach(builder.finish(), np.array(reach, dtype=np.int64))
    leaves = writer.finish(trunk_columns)
    return Extensive(program, trunk, limits, trunk_rows, trunk_columns, tuple(blocks), leaves, problem.risk)


def _surge(context: Context, factor: float) -> Context:
    """The look-ups with more demand and use after events."""
    return replace(
        context,
        demand_total=context.demand_total * factor,
        worth_total=context.worth_total * factor,
        usage_total=context.usage_total * factor,
        late_total=context.late_total * factor,
    )


def _ask(problem: CombProblem, weeks: int, factor: float) -> Asked:
    arrays = problem.arrays
    margin = np.maximum(arrays.price - arrays.standard_cost[arrays.line_product], 0.0)
    return Asked(weeks, arrays.fill_target, running_total(arrays.demand * margin) * factor)


def _only_reach(program: LinearProgram, reach: Ints) -> LinearProgram:
    """The program with no other wish than large `reach`."""
    cost = np.zeros(len(program.cost))
    cost[reach] = -1.0
    return replace(program, cost=cost, offset=0.0)


def lasting_bounds(problem: CombProblem, tooth: Tooth, streams: list[Stream], weeks: int) -> Floats:
    """Ends of the segments after the event, up to the last week asked for [weeks]: the grid, the effective
    week, and where restrictions end."""
    effective = effective_week(problem, tooth)
    end = effective + float(weeks)
    marks = np.array([0.0, effective, end, *base_grid(problem), *(s.start for s in streams if s.exact)])
    return np.unique(np.round(marks[marks <= end], 3))


def effective_week(problem: CombProblem, tooth: Tooth) -> float:
    """Weeks from the event until its restriction is effective, from which on survival counts."""
    return float(max(int(problem.arrays.notice_weeks[tooth.restriction]), 0))


def write_reach(context: Context, asked: Asked, tooth: Tooth, bounds: Floats, sold: Ints) -> int:
    """Contribution sold since the effective week, by the end of each segment, is at least the share `reach`
    of what the target asks for, beyond what lines that no restriction can stop sell anyway."""
    problem, builder = context.problem, context.builder
    reach = builder.add_columns("reach", (1,), upper=1.0, cost=-1.0)
    worth = np.diff(total_at(asked.worth_total, tooth.week + bounds), axis=0).T
    demand = np.diff(total_at(context.demand_total, tooth.week + bounds), axis=0).T
    inside = bounds[:-1] >= effective_week(problem, tooth) - 1e-6
    lawful = np.where(inside, worth * lawful_share(problem, tooth, bounds), 0.0)
    others = np.ones(len(lawful), dtype=bool)
    others[problem.lines] = False
    total, certain = np.cumsum(lawful.sum(axis=0)), np.cumsum(lawful[others].sum(axis=0))
    needed = (asked.target - TINY) * total - certain
    unit = np.divide(worth, demand, out=np.zeros_like(worth), where=demand > 0)[problem.lines]
    for segment in np.flatnonzero(inside & (needed > TINY * total)):
        counted = np.flatnonzero(inside[: segment + 1])
        row = builder.add_rows(0.0, np.inf, 1)
        builder.add_entries(row, sold[:, counted], unit[:, counted] / needed[segment])
        builder.add_entries(row, reach, -1.0)
    return int(reach[0])


def worst_corner(extensive: Extensive) -> Floats:
    """Nothing bought, made or started, all normal orders skipped, least stock; shape (trunk column)."""
    trunk, program = extensive.trunk, extensive.program
    x = program.lower[: extensive.trunk_columns].copy()
    x[trunk.run_down] = program.upper[trunk.run_down]
    return x


def has_worst_corner(problem: CombProblem, opening: Opening) -> NDArray[np.bool_]:
    """Teeth that no trunk leaves worse off than `worst_corner`, shape (tooth).

    What a tooth can sell rises with the stock that is there and with what comes. Stock counts what arrives in
    the week of the event; where the event stops that, what is left is known to be at least nothing, as no
    more is run down than is there before, but not to be at least what is still on order of the surplus.
    """
    missing = np.any(least_stock(problem, opening) > 0, axis=1).tolist()
    released = problem.arrays.in_transit_released
    return np.array(
        [bool(released[tooth.restriction]) or not missing[tooth.epoch] for tooth in problem.teeth]
    )
