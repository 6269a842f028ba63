"""Contribution by line and week. In: `NetworkArrays`. Out: money of lines between two moments.
One reason to exist: what the money figures need of the arrays is worked out once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from outlast.network.arrays import Floats, NetworkArrays
from outlast.survive.supply import Cut


@dataclass(frozen=True)
class Margins:
    """What the money figures need of the arrays, worked out once."""

    arrays: NetworkArrays

    @cached_property
    def margin(self) -> Floats:
        """Contribution of each line's demand [money/week], shape (week, line)."""
        arrays = self.arrays
        unit = arrays.price - arrays.standard_cost[arrays.line_product]
        weekly: Floats = (arrays.demand * unit)[: arrays.window_weeks]
        return weekly

    @cached_property
    def margin_until(self) -> Floats:
        """Contribution before each week [money], shape (week + 1, line)."""
        until: Floats = np.vstack([np.zeros(self.margin.shape[1]), np.cumsum(self.margin, axis=0)])
        return until

    @cached_property
    def lines_of(self) -> Mapping[int, Sequence[tuple[int, float]]]:
        """Lines whose product is or contains an item, and how many of it one unit takes."""
        arrays = self.arrays
        lines: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for line, product in enumerate(arrays.line_product):
            lines[int(product)].append((line, 1.0))
            rows = slice(arrays.explosion_ptr[product], arrays.explosion_ptr[product + 1])
            held = zip(arrays.explosion_item[rows], arrays.explosion_quantity[rows], strict=True)
            for item, quantity in held:
                lines[int(item)].append((line, float(quantity)))
        return lines

    def lost(self, line: int, start: float, end: float) -> float:
        """Contribution of a line between two moments of the window [money]."""
        if end <= start:
            return 0.0
        weeks = np.arange(self.arrays.window_weeks + 1)
        until = np.interp([start, end], weeks, self.margin_until[:, line])
        return float(until[1] - until[0])

    def least_earning(self, item: int, week: int, closed: Iterable[int]) -> str:
        """Product with demand in a week that earns least per unit of an item."""
        arrays, closed = self.arrays, set(closed)
        earning = [
            ((arrays.price[week, line] - arrays.standard_cost[product]) / quantity, line)
            for line, quantity in self.lines_of.get(item, ())
            for product in [arrays.line_product[line]]
            if line not in closed and arrays.demand[week, line] > 0
        ]
        return arrays.item_ids[arrays.line_product[min(earning)[1]]] if earning else ""


def spans_at_risk(
    view: Margins, cut: Cut, weeks: Mapping[int, int], medians: Mapping[int, float | None]
) -> dict[int, tuple[float, float]]:
    """From when to when a cut puts each line at risk: until the median switch, or the window's end.

    Args:
        view: the case.
        cut: what is cut.
        weeks: time to survive of each cut item.
        medians: its median time to switch; None: never.
    """
    window = view.arrays.window_weeks
    closed = [] if cut.closed_lines is None else np.flatnonzero(cut.closed_lines).tolist()
    spans: dict[int, tuple[float, float]] = {line: (min(cut.lines_week, window), window) for line in closed}
    for item, lasts in weeks.items():
        median = medians[item]
        end = window if median is None else min(window, median)
        for line, _ in view.lines_of.get(item, ()):
            first, last = spans.get(line, (window, 0))
            spans[line] = (min(first, lasts), max(last, end))
    return spans
