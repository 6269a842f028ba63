"""What can be sold while items are scarce. In: `NetworkArrays`, scarce items, their supply. Out: money.
One reason to exist: one cut is a small network of its own, numbered for the kernel that solves it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from outlast.kernels.shortage import Rows, keep_sales, no_rows
from outlast.network.arrays import Floats, Ints, NetworkArrays
from outlast.periods import NEVER
from outlast.survive.netting import making_curve


@dataclass(frozen=True)
class Reach:
    """What stands above the items of a cut: they, whatever contains them, and the lines it is sold on."""

    items: Ints
    """Parents before children."""
    lines: Ints
    scarce: Ints
    """Places of the cut items in `items`."""
    cut: tuple[int, ...]
    """The cut items, in the same order."""
    there: Floats
    """What there is of each item without further starts, cumulative [units], shape (item, week)."""
    line_node: Ints
    edge_ptr: Ints
    edge_parent: Ints
    edge_units: Floats


@dataclass(frozen=True)
class Sales:
    """Kept sales of one cut."""

    contribution: float
    """[money]"""
    worth: Mapping[int, float]
    """Supergradient of it in the stock of each item [money/unit]; without an entry: 0."""


@dataclass(frozen=True)
class Shortage:
    """A case over its window, looked at from its scarce items."""

    arrays: NetworkArrays
    on_hand: Floats
    rows: dict[tuple[int, ...], Rows] = field(default_factory=dict)
    """What was found of each reach, by its cut items: draws of one cut differ in their supply only."""

    @cached_property
    def gain(self) -> Floats:
        """Contribution of a unit sold [money/unit], shape (line, week)."""
        arrays, window = self.arrays, self.arrays.window_weeks
        gain: Floats = (arrays.price[:window] - arrays.standard_cost[arrays.line_product]).T.copy()
        return gain

    @cached_property
    def demand(self) -> Floats:
        """Mean demand of the window [units/week], shape (line, week)."""
        return np.ascontiguousarray(self.arrays.demand[: self.arrays.window_weeks].T)

    @cached_property
    def there(self) -> Mapping[int, Floats]:
        """What there is of every made item without further starts, cumulative [units], shape (week)."""
        arrays = self.arrays
        return {
            int(item): making_curve(arrays, int(item), self.on_hand, arrays.window_weeks, stopped=NEVER)
            for item in arrays.make_order
        }

    @cached_property
    def parents(self) -> Sequence[Sequence[tuple[int, float]]]:
        """(parent, units of it in one parent) of every item."""
        arrays = self.arrays
        parents: list[list[tuple[int, float]]] = [[] for _ in arrays.item_ids]
        for parent in arrays.make_order.tolist():
            for line in range(arrays.bom_ptr[parent], arrays.bom_ptr[parent + 1]):
                parents[arrays.bom_child[line]].append((parent, float(arrays.bom_quantity[line])))
        return parents

    @cached_property
    def lines_of(self) -> Mapping[int, Sequence[int]]:
        """Lines on which an item itself is sold."""
        lines: dict[int, list[int]] = defaultdict(list)
        for line, product in enumerate(self.arrays.line_product.tolist()):
            lines[product].append(line)
        return lines

    @cached_property
    def rank(self) -> Mapping[int, int]:
        """Place among made items, parents first; what is bought comes last."""
        return {item: -place for place, item in enumerate(self.arrays.make_order.tolist())}

    def reaches(self, items: Sequence[int]) -> tuple[Reach, ...]:
        """What stands above some items, in parts that share nothing."""
        above: dict[int, set[int]] = {}
        for item in items:
            found, ahead = {item}, [item]
            while ahead:
                new = [p for p, _ in self.parents[ahead.pop()] if p not in found]
                found.update(new)
                ahead += new
            above[item] = found
        parts: list[tuple[list[int], set[int]]] = []
        for item, found in above.items():
            touching = [part for part in parts if part[1] & found]
            parts = [part for part in parts if not part[1] & found]
            held = [other for part in touching for other in part[0]]
            parts.append(([*held, item], found.union(*(part[1] for part in touching))))
        return tuple(self._number(held, found) for held, found in parts)

    def _number(self, scarce: Sequence[int], found: Set[int]) -> Reach:
        ordered = sorted(found, key=lambda item: (self.rank.get(item, 1), item))
        place = {item: node for node, item in enumerate(ordered)}
        lines = [(line, place[item]) for item in ordered for line in self.lines_of.get(item, ())]
        edges = [(place[parent], units) for item in ordered for parent, units in self.parents[item]]
        counts = [len(self.parents[item]) for item in ordered]
        nothing = np.zeros(self.arrays.window_weeks)
        return Reach(
            items=np.array(ordered, dtype=np.int64),
            lines=np.array([line for line, _ in lines], dtype=np.int64),
            cut=tuple(scarce),
            scarce=np.array([place[item] for item in scarce], dtype=np.int64),
            there=np.array([self.there.get(item, nothing) for item in ordered]),
            line_node=np.array([node for _, node in lines], dtype=np.int64),
            edge_ptr=np.cumsum([0, *counts]),
            edge_parent=np.array([parent for parent, _ in edges], dtype=np.int64),
            edge_units=np.array([units for _, units in edges], dtype=np.float64),
        )

    def keep(self, reach: Reach, supply: Floats, demand: Floats, item: int = -1, more: float = 0.0) -> Sales:
        """Most contribution of the lines that need what is cut, whatever else they need being there.

        Args:
            reach: of the cut.
            supply: most there can be of each of its scarce items by each week [units], cumulative, inf
                where there is no limit, shape (cut item, week).
            demand: of its lines [units/week], shape (line, week).
            item: one that has more stock than the case says.
            more: how much more of it [units].

        Source: as `outlast.kernels.shortage.keep_sales`.
        """
        arrays, extra = self.arrays, np.where(reach.items == item, more, 0.0)
        extra[reach.scarce] = 0.0
        kept, worth, rows = keep_sales(
            demand,
            self.gain[reach.lines],
            reach.line_node,
            reach.edge_ptr,
            reach.edge_parent,
            reach.edge_units,
            reach.there,
            arrays.make_weeks[reach.items],
            arrays.make_capacity[reach.items],
            reach.scarce,
            np.where(np.array(reach.cut)[:, None] == item, supply + more, supply),
            extra,
            self.rows.get(reach.cut) or no_rows(),
        )
        self.rows[reach.cut] = rows
        if not np.isfinite(kept):
            raise RuntimeError("sharing out what is scarce did not end")
        worths = zip(reach.items.tolist(), worth.tolist(), strict=True)
        return Sales(float(kept), {item: money for item, money in worths if money > 0})
