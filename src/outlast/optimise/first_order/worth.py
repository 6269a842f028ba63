"""What stock at an event, and starts, are worth in each tooth, by the prices of an iterate. In: `Layout`,
`Prices`. Out: arrays in the units of the exact program. One reason to exist: a second program that checks the
bound is told this much of the method, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.constraints import price_variance
from outlast.optimise.first_order.layout import Layout

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prices:
    """Prices of an iterate where stock meets the teeth."""

    row: Floats
    """Shape (row) [money a week of cover]."""
    goods: Floats
    """Of finished goods, shape (tooth, product) [money a week of demand]."""
    held_at_point: Floats
    """Holding once supply is back, odds counted, shape (point) [money a week of cover]."""
    held: Floats
    """The same of stock that no event cuts, shape (epoch, item)."""
    held_brought: Floats
    """The same of what alternatives bring, certain teeth, shape (row)."""


def worth_of_stock(layout: Layout, prices: Prices) -> Floats:
    """What a unit of stock saves in each tooth by being there at its event, its own holding apart and odds
    counted [money/unit], shape (tooth, item at risk).

    Holding once supply is back is known of all teeth of an epoch together, or of an event, and shared out by
    their odds: any worth gives a bound, a better one a closer bound.
    """
    c, teeth, after, problem = layout.compact, layout.teeth, layout.compact.after, layout.problem
    n_tooth, n_item = len(teeth.odds), len(problem.items)
    tooth = np.repeat(np.arange(n_tooth), np.diff(teeth.first_row))
    worth = np.zeros((n_tooth, n_item))
    np.add.at(worth, (tooth, after.part_item[teeth.row_part]), teeth.odds[tooth] * prices.row)
    own = layout.own
    goods = teeth.odds[:, None] * prices.goods[:, own] / c.product_scale[own]
    np.add.at(worth, (np.arange(n_tooth)[:, None], c.product_place[own]), goods)
    worth += teeth.odds[:, None] * _weeks_not_held(layout) * after.holding
    point = after.point[after.group]
    cut = point >= 0
    worth -= np.where(cut, _shared(teeth.odds, after.group, cut, prices.held_at_point[point]), 0.0)
    epoch = c.tooth_epoch
    worth -= np.where(cut, 0.0, _shared(teeth.odds, epoch, ~cut, prices.held[epoch]))
    again = after.supplied < np.diff(teeth.first_segment)[:, None]
    bought = ~problem.arrays.made[problem.items]
    variance = price_variance(problem.arrays)[problem.items] * c.use
    worth += teeth.odds[:, None] * np.where(again & bought, variance, 0.0)
    return worth / c.use


def worth_of_starts(layout: Layout, prices: Prices) -> Floats:
    """What a start saves in each tooth by what it opens, its own cost apart and odds counted [money], shape
    (tooth, start option)."""
    teeth = layout.teeth
    row_tooth = np.repeat(np.arange(len(teeth.odds)), np.diff(teeth.first_row))
    piece_row = np.repeat(np.arange(len(teeth.row_part)), np.diff(teeth.first_piece))
    row = piece_row[layout.entry_piece]
    soon = np.append(prices.row, 0.0)[row + 1] * teeth.piece_early[layout.entry_piece]
    saved = (
        prices.row[row]
        + soon
        + _again(layout, prices)[row]
        - teeth.piece_cost[layout.entry_piece]
        - prices.held_brought[row]
    )
    gain = layout.entry_weight * np.maximum(saved, 0.0)
    worth = np.zeros((len(teeth.odds), len(layout.trunk.start)))
    np.add.at(worth, (row_tooth[row], teeth.entry_option[layout.optional]), gain)
    return worth


def _again(layout: Layout, prices: Prices) -> Floats:
    """Price of rows that end once supply is back and that what feeds a row feeds as well, shape (row)."""
    teeth = layout.teeth
    before = np.append(0.0, np.cumsum(np.where(teeth.row_brought > 0, prices.row, 0.0)))
    own = np.arange(len(teeth.row_part)) + 1
    return before[own + teeth.row_feeds] - before[own]


def _weeks_not_held(layout: Layout) -> Floats:
    """Weeks of the window after an item is supplied again, in which holding is counted as use comes, shape
    (tooth, item)."""
    teeth, after = layout.teeth, layout.compact.after
    window = float(layout.problem.arrays.window_weeks)
    found = np.zeros(after.supplied.shape)
    for t in range(len(found)):
        ends = teeth.ends[teeth.first_segment[t] : teeth.first_segment[t + 1]]
        middle = (np.append(0.0, ends[:-1]) + ends - 1) / 2
        found[t] = window - np.append(middle, window)[after.supplied[t]]
    return found


def _shared(odds: Floats, group: NDArray[Any], counted: NDArray[np.bool_], whole: Floats) -> Floats:
    """A whole of each group, given to every tooth of it, shared out by the odds of those that count."""
    total = np.zeros((int(group.max()) + 1, counted.shape[1]))
    np.add.at(total, group, np.where(counted, odds[:, None], 0.0))
    share = np.where(counted, odds[:, None], 0.0)
    all_ = total[group]
    return whole * np.divide(share, all_, out=np.zeros_like(share), where=all_ > 0)
