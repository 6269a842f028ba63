"""A trunk that meets every row, near one that does not. In: `Layout` and `z`. Out: `z`.
One reason to exist: steps meet rows in the limit only, a plan must meet them now.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.first_order.layout import Layout
from outlast.optimise.first_order.least import least_trunk

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MET = 1e-9
"""Share of a limit that rounding may miss."""
ROUNDING = 1e-12
"""Share of what is there that rounding may take too much."""
HALVINGS, ROUNDS, LOCAL = 30, 20, 4


class Repair:
    """What cutting down needs of a layout."""

    def __init__(self, layout: Layout, near: Floats | None = None) -> None:
        """
        Args:
            layout: rows and bounds.
            near: a trunk that meets them; what exceeds it is cut down, where the starts are the same.
        """
        trunk = layout.trunk
        self.layout = layout
        self._on_stock = np.asarray((trunk.stock_rows < 0).sum(axis=1)).ravel() > 0
        n_item = trunk.opening.shape[1]
        skips = np.zeros(len(trunk.low), dtype=bool)
        skips[layout.run_down.ravel()] = True
        self._epochs = []
        for epoch in range(1, len(trunk.opening)):
            block = trunk.flow[epoch * n_item : (epoch + 1) * n_item]
            entries = block.tocoo()
            out, back = entries.data < 0, (entries.data > 0) & skips[entries.col]
            freed = csr_matrix((entries.data * back, (entries.row, entries.col)), shape=block.shape)
            self._epochs.append((block, freed, entries.row[out], entries.col[out], -entries.data[out]))
        self._asking = np.flatnonzero(trunk.rows @ trunk.low < trunk.row_low)
        self._asked = np.zeros(len(trunk.low), dtype=bool)
        self._asked[trunk.rows[self._asking].nonzero()[1]] = True
        self._safe: dict[bytes, Floats | None] = {} if near is None else {near[trunk.start].tobytes(): near}

    def repaired(self, z: Floats) -> Floats | None:
        """A trunk near `z` within its bounds that meets all rows; starts are kept as they are. None if no
        trunk with these starts does.

        Args:
            z: trunk, shape (z).
        """
        trunk = self.layout.trunk
        wanted = np.clip(z, trunk.low, trunk.high)
        wanted[trunk.start] = z[trunk.start]
        key = wanted[trunk.start].tobytes()
        if key not in self._safe:
            self._safe[key] = self._least(wanted[trunk.start])
        safe = self._safe[key]
        if safe is None:
            return None
        fitted = self._fit(self._raised(wanted, safe), safe)
        # First only what rows that are missed ask for goes back, as far as it has to: else one part that does
        # not keep would take all other purchases with it.
        back = np.zeros(len(z), dtype=bool)
        for _ in range(LOCAL):
            there = np.where(back, safe, fitted)
            if self._missed(there) <= MET:
                return self._between(there, fitted)
            back |= self._columns_missed(there)
        return self._between(safe, fitted)

    def _between(self, safe: Floats, wanted: Floats) -> Floats:
        """The trunk nearest to `wanted`, between it and one that meets all rows, that meets them too."""
        if self._missed(wanted) <= MET:
            return wanted
        least, most = 0.0, 1.0
        for _ in range(HALVINGS):
            share = (least + most) / 2
            if self._missed(safe + share * (wanted - safe)) <= MET:
                least = share
            else:
                most = share
        return safe + least * (wanted - safe)

    def _columns_missed(self, z: Floats) -> NDArray[np.bool_]:
        """Columns of rows, and of stock within limits, that are missed; starts stay. Shape (z)."""
        trunk = self.layout.trunk
        over, beyond = self._shares_missed(z)
        rows = np.flatnonzero(over > MET)
        stock = beyond > MET
        stock |= (np.asarray(abs(trunk.stock_rows[rows]).sum(axis=0)) > 0).reshape(stock.shape)
        items = np.tile(np.any(stock, axis=0), len(stock))
        found = np.asarray(abs(trunk.rows[rows]).sum(axis=0)).ravel() > 0
        found |= np.asarray(abs(trunk.flow[np.flatnonzero(items)]).sum(axis=0)).ravel() > 0
        found[trunk.start] = False
        return np.asarray(found, dtype=np.bool_)

    def _least(self, started: Floats) -> Floats | None:
        """A trunk with these starts that does as little as can be; None if there is none."""
        trunk = self.layout.trunk
        safe = trunk.low.copy()
        safe[trunk.start] = started
        if self._missed(safe) <= MET:
            return safe
        found = least_trunk(trunk, started)
        if found is None:
            return None
        safe = self._raised(found, found)
        return safe if self._missed(safe) <= MET else None

    def _raised(self, z: Floats, safe: Floats) -> Floats:
        """What is asked for, at least and at most, met by its own columns; those of `safe` where it can't."""
        trunk = self.layout.trunk
        if not len(self._asking):
            return z
        z = z.copy()
        rows = trunk.rows[self._asking]
        low, high = trunk.row_low[self._asking], trunk.row_high[self._asking]
        for _ in range(ROUNDS):
            value = rows @ z
            if np.all((value >= low) & (value <= high)):
                return z
            for k in np.flatnonzero((value < low) | (value > high)):
                entry = slice(rows.indptr[k], rows.indptr[k + 1])
                column, weight = rows.indices[entry], rows.data[entry]
                up = (weight > 0) == (value[k] < low[k])
                room = np.where(up, trunk.high[column], trunk.low[column]) - z[column]
                gap = (low[k] if value[k] < low[k] else high[k]) - weight @ z[column]
                z[column] += room * np.clip(gap / (weight @ room), 0.0, 1.0) if weight @ room else 0.0
        value = rows @ z
        off = np.maximum(low - value, value - high) / (1.0 + np.abs(value))
        if off.max() > MET / 2:
            z[self._asked] = safe[self._asked]
        return z

    def _fit(self, z: Floats, safe: Floats) -> Floats:
        """Purchases cut down to the limits, then skipped orders and making to the stock that there is; what
        is asked for goes back to that of `safe` all at once, so that what it adds up to stays met."""
        trunk, asked = self.layout.trunk, self._asked
        move = z - safe
        value = trunk.rows @ z + trunk.stock_rows @ trunk.stock(z).ravel()
        over = np.flatnonzero((value > trunk.row_high) & ~self._on_stock)
        factor = np.ones_like(z)
        for row in over:
            slope = trunk.rows[[row]].toarray().ravel()
            weight = trunk.stock_rows[[row]].toarray().reshape(trunk.opening.shape)
            if weight.any():
                slope += trunk.stock_turned(weight)
            cut = (slope > 0) & (move > 0) & ~asked
            more = float(slope[cut] @ move[cut])
            kept = float(slope[asked] @ move[asked])
            more += max(kept, 0.0)
            if more > 0:
                share = 1.0 - min((float(value[row]) - trunk.row_high[row]) / more, 1.0)
                factor[cut] = np.minimum(factor[cut], share)
                if kept > 0:
                    factor[asked] = np.minimum(factor[asked], share)
        factor[trunk.start] = 1.0
        z = safe + factor * move
        n_item = trunk.opening.shape[1]
        now = trunk.opening[0] + trunk.flow[:n_item] @ z
        for epoch, (block, freed, rows, columns, values) in enumerate(self._epochs):
            while True:
                # Where making is skipped, orders of its parts may be too; not what is made after all.
                there = np.maximum(now + freed @ z, 0.0)
                needed = np.bincount(rows, values * z[columns], n_item)
                short = needed > there * (1.0 + ROUNDING)
                if not short.any():
                    break
                share = np.where(short, there / np.maximum(needed, 1e-300), 1.0)
                factor = np.ones_like(z)
                np.minimum.at(factor, columns, share[rows])
                z = z * factor
            now = now + trunk.opening[epoch + 1] - trunk.opening[epoch] + block @ z
        return z

    def _missed(self, z: Floats) -> float:
        """Largest share by which a row or a limit of stock is missed."""
        over, beyond = self._shares_missed(z)
        return max(float(over.max(initial=0.0)), float(beyond.max(initial=0.0)))

    def _shares_missed(self, z: Floats) -> tuple[Floats, Floats]:
        """Shares by which rows, and limits of stock, are missed; shape (row) and (epoch + 1, item)."""
        trunk = self.layout.trunk
        stock = trunk.stock(z)
        value = trunk.rows @ z + trunk.stock_rows @ stock.ravel()
        over = np.maximum(trunk.row_low - value, value - trunk.row_high) / (1.0 + np.abs(value))
        beyond = np.maximum(trunk.stock_low - stock, stock - trunk.stock_high) / (1.0 + np.abs(stock))
        return over, beyond
