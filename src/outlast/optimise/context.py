"""Look-ups that all teeth share. In: `CombProblem` and its trunk. Out: `Context`.
One reason to exist: totals over weeks and places of items are worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import (
    Trunk,
    end_loss,
    most_stock,
    price_variance,
)
from outlast.optimise.contents import children_at_risk, explode
from outlast.optimise.leaves import LeafWriter
from outlast.optimise.program import ProgramBuilder
from outlast.optimise.supply import Opening, project_stock

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Context:
    """Look-ups shared by all teeth."""

    problem: CombProblem
    builder: ProgramBuilder
    leaves: LeafWriter
    trunk: Trunk
    opening: Opening
    most: Floats
    """Most protective stock, shape (item at risk) [units]."""
    place: Ints
    """Position among the items at risk, -1 if not at risk; shape (item)."""
    inside: dict[int, tuple[Ints, Floats]]
    """What each made item at risk is made of, see `children_at_risk`."""
    demand_total: Floats
    worth_total: Floats
    usage_total: Floats
    late_total: Floats
    """The part of `usage_total` that markets wait for, which may be made up for later."""
    unit_worth_cut: Floats
    """Price variance of the parts not at risk in one unit of a line's product, shape (line)."""
    end_loss: Floats
    """What a unit left at the end loses of its standard cost, shape (item) [money/unit]."""
    eaten: Floats
    """What the path without restriction and plan costs up to a week beyond normal running, as its use eats
    the surplus of the start, shape (week + 1) [money]."""

    def buying(self, item: int) -> list[tuple[int, int]]:
        """(column of `Trunk.buy`, source) of an item's build-up."""
        sources = self.trunk.buy_sources
        columns = np.flatnonzero(self.problem.arrays.source_item[sources] == item)
        return [(int(column), int(sources[column])) for column in columns]

    def made(self) -> Ints:
        """Items at risk that are made."""
        items = self.problem.items
        return items[self.problem.arrays.made[items]]


def build_context(
    problem: CombProblem, builder: ProgramBuilder, leaves: LeafWriter, trunk: Trunk, opening: Opening
) -> Context:
    """The look-ups of a problem whose trunk has been written."""
    arrays = problem.arrays
    variance = price_variance(arrays)
    variance[problem.items] = 0.0
    cut = np.array([explode(arrays, int(j), variance) for j in arrays.line_product])
    worth = arrays.demand * (arrays.price - arrays.standard_cost[arrays.line_product] - cut)
    return Context(
        problem,
        builder,
        leaves,
        trunk,
        opening,
        most_stock(problem, opening),
        problem.place,
        {int(item): children_at_risk(problem, int(item)) for item in problem.items if arrays.made[item]},
        running_total(arrays.demand),
        running_total(worth),
        running_total(arrays.usage),
        running_total(_late_usage(arrays)),
        cut,
        end_loss(arrays),
        cost_of_surplus(arrays, problem.items, opening),
    )


def cost_of_surplus(arrays: NetworkArrays, items: Ints, opening: Opening) -> Floats:
    """Holding of the surplus of the start until normal use has eaten it, its write-down at the end, less the
    price variance of what is not bought, if the path ends at a week, shape (week + 1) [money].

    Args:
        arrays: the numbered network.
        items: at risk: normal running is counted with their surplus kept.
        opening: where normal running stands.
    """
    kept = np.zeros(len(arrays.item_ids))
    kept[items] = opening.surplus[items]
    eating, less = project_stock(arrays, np.zeros_like(kept))
    keeping, more = project_stock(arrays, kept) if kept.any() else (eating, less)
    left = eating - keeping + kept
    holding = np.cumsum(left @ arrays.holding_cost)
    saved = (more - less) @ price_variance(arrays)
    written = np.maximum(left[:, items], 0.0) @ end_loss(arrays)[items]
    return np.append(0.0, holding - saved + written)


def _late_usage(arrays: NetworkArrays) -> Floats:
    """Use of each item for the demand of markets that wait, shape (week, item) [units]."""
    late = np.zeros_like(arrays.usage)
    for line in np.nonzero(arrays.line_backorder)[0]:
        product = arrays.line_product[line]
        rows = slice(arrays.explosion_ptr[product], arrays.explosion_ptr[product + 1])
        late[:, product] += arrays.demand[:, line]
        late[:, arrays.explosion_item[rows]] += np.outer(
            arrays.demand[:, line], arrays.explosion_quantity[rows]
        )
    return late


def running_total(weekly: Floats) -> Floats:
    """Totals at the start of each week, shape (week + 1, ...)."""
    return np.concatenate([np.zeros((1, *weekly.shape[1:])), np.cumsum(weekly, axis=0)])


def total_at(total: Floats, weeks: Floats) -> Floats:
    """Running totals at fractional weeks, linear within a week."""
    low = np.minimum(np.floor(weeks).astype(np.int64), len(total) - 2)
    return total[low] + (weeks - low)[:, None] * (total[low + 1] - total[low])


def holding_weeks(bounds: Floats) -> Floats:
    """Ends of weeks until the end of the window at which a unit that comes in a segment, spread
    evenly over its weeks, is counted as stock."""
    return bounds[-1] - (bounds[:-1] + bounds[1:] - 1) / 2
