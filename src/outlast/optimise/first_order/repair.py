"""A trunk that meets every row, near one that does not. In: `Layout` and `z`. Out: `z`.
One reason to exist: steps meet rows in the limit only, a plan must meet them now.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.first_order.layout import Layout

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MET = 1e-9
"""Share of a limit that rounding may miss."""
HALVINGS = 30


class Repair:
    """What cutting down needs of a layout."""

    def __init__(self, layout: Layout) -> None:
        trunk = layout.trunk
        self.layout = layout
        self._on_stock = np.asarray((trunk.stock_rows < 0).sum(axis=1)).ravel() > 0
        n_item = trunk.opening.shape[1]
        self._epochs = []
        for epoch in range(1, len(trunk.opening)):
            block = trunk.flow[epoch * n_item : (epoch + 1) * n_item]
            entries = block.tocoo()
            out = entries.data < 0
            self._epochs.append((block, entries.row[out], entries.col[out], -entries.data[out]))

    def repaired(self, z: Floats, low: Floats, high: Floats) -> Floats | None:
        """A trunk near `z` within its bounds that meets all rows; starts are kept as they are. None if even
        buying nothing does not.

        Args:
            z: trunk, shape (z).
            low: bounds of `z`.
            high: the same.
        """
        start = self.layout.trunk.start
        wanted = np.clip(z, low, high)
        wanted[start] = z[start]
        safe = low.copy()
        safe[start] = z[start]
        if self._missed(safe) > MET:
            return None
        fitted = self._fit(wanted)
        if self._missed(fitted) <= MET:
            return fitted
        least, most = 0.0, 1.0
        for _ in range(HALVINGS):
            share = (least + most) / 2
            if self._missed(safe + share * (fitted - safe)) <= MET:
                least = share
            else:
                most = share
        return safe + least * (fitted - safe)

    def _fit(self, z: Floats) -> Floats:
        """Purchases cut down to the limits, then skipped orders and making to the stock that there is."""
        trunk = self.layout.trunk
        started = np.zeros_like(z)
        started[trunk.start] = z[trunk.start]
        value = trunk.rows @ z + trunk.stock_rows @ trunk.stock(z).ravel()
        given = trunk.rows @ started
        over = np.flatnonzero((value > trunk.row_high) & ~self._on_stock)
        factor = np.ones_like(z)
        for row in over:
            room = max(float(trunk.row_high[row] - given[row]), 0.0)
            share = min(room / max(float(value[row] - given[row]), 1e-300), 1.0)
            moves = trunk.rows[[row]].toarray().ravel()
            weight = trunk.stock_rows[[row]].toarray().reshape(trunk.opening.shape)
            if weight.any():
                moves += trunk.stock_turned(weight)
            factor[moves > 0] = np.minimum(factor[moves > 0], share)
        factor[trunk.start] = 1.0
        z = z * factor
        n_item = trunk.opening.shape[1]
        now = trunk.opening[0] + trunk.flow[:n_item] @ z
        for epoch, (block, rows, columns, values) in enumerate(self._epochs):
            needed = np.bincount(rows, values * z[columns], n_item)
            there = np.maximum(now, 0.0)
            kept = np.where(needed > there, there / np.maximum(needed, 1e-300), 1.0)
            factor = np.ones_like(z)
            np.minimum.at(factor, columns, kept[rows])
            z = z * factor
            now = now + trunk.opening[epoch + 1] - trunk.opening[epoch] + block @ z
        return z

    def _missed(self, z: Floats) -> float:
        """Largest share by which a row or a limit of stock is missed."""
        trunk = self.layout.trunk
        stock = trunk.stock(z)
        value = trunk.rows @ z + trunk.stock_rows @ stock.ravel()
        over = np.maximum(trunk.row_low - value, value - trunk.row_high) / (1.0 + np.abs(value))
        beyond = np.maximum(trunk.stock_low - stock, stock - trunk.stock_high) / (1.0 + np.abs(stock))
        return max(float(over.max(initial=0.0)), float(beyond.max(initial=0.0)))
