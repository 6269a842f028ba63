"""The trunk for first-order steps. In: a written trunk. Out: `FlatTrunk`.
One reason to exist: stock is a running total of what flows, so it is no column of its own; all other rows
are kept as written, whatever they mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from outlast.optimise.constraints import Trunk
from outlast.optimise.first_order.compact import Compact
from outlast.optimise.program import LinearProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Charge:
    """What moving away from a point costs, beside the loss."""

    before: Floats
    """Shape (z)."""
    money: Floats
    """Of a unit of `z` either way, shape (z)."""

    def of(self, z: Floats) -> float:
        """What `z` is charged [money]."""
        return float(self.money @ np.abs(z - self.before))

    def least(self, slope: Floats, low: Floats, high: Floats) -> float:
        """Least of `slope` times `z` and the charge, between bounds [money]."""
        points = (low, high, np.clip(self.before, low, high))
        return float(np.min([slope * z + self.money * np.abs(z - self.before) for z in points], axis=0).sum())


@dataclass(frozen=True)
class Changes:
    """Rows that measure changes of a plan before; their columns follow from all others."""

    columns: Ints
    """More, and less, of the program, shape (2, row)."""
    rows: csr_matrix
    """Without those columns, shape (row, trunk column)."""
    before: Floats


@dataclass(frozen=True)
class FlatTrunk:
    """Trunk columns without stock (`z`, in weeks of cover where they are goods), stock in weeks of cover."""

    columns: Ints
    """Of the program, shape (z)."""
    scale: Floats
    """Units of the program in one of `z`, shape (z)."""
    low: Floats
    high: Floats
    cost: Floats
    """Shape (z) [money]."""
    stock_columns: Ints
    """Shape (epoch + 1, item)."""
    opening: Floats
    """Stock without flows, shape (epoch + 1, item) [weeks of cover]."""
    flow: csr_matrix
    """What flows into stock at the start of an epoch, shape ((epoch + 1) x item, z)."""
    stock_low: Floats
    stock_high: Floats
    """Shape (epoch + 1, item)."""
    stock_cost: Floats
    """Shape (epoch + 1, item) [money a week of cover]."""
    rows: csr_matrix
    """Other rows, shape (row, z)."""
    stock_rows: csr_matrix
    """Their coefficients of stock, shape (row, (epoch + 1) x item)."""
    row_low: Floats
    row_high: Floats
    start: Ints
    """Of the start options among `z`, shape (option)."""
    changes: Changes
    charge: Charge | None = None
    """For changes of a plan before."""

    def stock(self, z: Floats) -> Floats:
        """Stock at the start of every epoch, shape (epoch + 1, item)."""
        return self.opening + np.cumsum((self.flow @ z).reshape(self.opening.shape), axis=0)

    def paid(self, z: Floats) -> float:
        """What `z` costs, stock apart [money]."""
        return float(self.cost @ z) + (0.0 if self.charge is None else self.charge.of(z))

    def least(self, slope: Floats) -> float:
        """Least of `slope` times `z`, and its charge, within the bounds [money]."""
        if self.charge is not None:
            return self.charge.least(slope, self.low, self.high)
        return float(np.minimum(slope * self.low, slope * self.high).sum())

    def stock_turned(self, weight: Floats) -> Floats:
        """Gradient by `z` of the sum of stock times `weight`, shape (z)."""
        return np.asarray(self.flow.T @ later(weight).ravel())

    def tightened(self) -> Floats:
        """Upper bounds that rows and the most stock there can be imply, shape (z).

        Source: Savelsbergh (1994), ORSA Journal on Computing 6, section 1 (bounds on variables).
        """
        high = self.high.copy()
        plus, minus = self.rows.maximum(0), self.rows.minimum(0)
        stock_plus, stock_minus = self.stock_rows.maximum(0), self.stock_rows.minimum(0)
        inflow, entries = self.flow.maximum(0), plus.tocoo()
        limited = np.isfinite(self.row_high)
        low = self.low[entries.col]
        for _ in range(len(self.opening)):
            most = np.cumsum((inflow @ high).reshape(self.opening.shape), axis=0)
            most = np.minimum(self.opening + most, self.stock_high)
            least = plus @ self.low + minus @ high + stock_minus @ most.ravel()
            least += stock_plus @ np.minimum(self.stock_low, most).ravel()
            room = np.where(limited, self.row_high - least, np.inf)
            found = low + np.maximum(room[entries.row] / entries.data, 0.0)
            before = high.copy()
            np.minimum.at(high, entries.col, found * (1 + 1e-12))
            if np.array_equal(before, high):
                break
        return high

    def whole(self, z: Floats, n_column: int, use: Floats) -> Floats:
        """Trunk columns of the program, stock included."""
        x = np.zeros(n_column)
        x[self.columns] = z * self.scale
        x[self.stock_columns] = self.stock(z) * use
        moved = self.changes.rows @ x - self.changes.before
        x[self.changes.columns] = np.maximum(moved, 0.0), np.maximum(-moved, 0.0)
        return x


def later(weight: Floats) -> Floats:
    """Sums over an epoch and all later ones: what flows into stock stays in it."""
    return np.asarray(np.cumsum(weight[::-1], axis=0)[::-1])


def flatten(
    program: LinearProgram, trunk: Trunk, places: tuple[Ints, Ints], cost: Floats, compact: Compact
) -> FlatTrunk:
    """The trunk of a problem; its rows begin with limits by hand, changes of a plan before, and the balance
    of stock.

    Args:
        program: trunk only.
        trunk: its columns.
        places: among the items at risk, of what is bought and of what is made, by column.
        cost: expected cost of trunk columns, without what compact teeth ask, shape (column) [money].
        compact: the teeth.
    """
    stock = trunk.stock
    n_stock, n_column = stock.size, len(program.lower)
    use = np.broadcast_to(compact.use, stock.shape)
    measured = [trunk.by_hand.change.reshape(2, -1), trunk.by_hand.change_made.reshape(2, -1)]
    change = np.concatenate(measured, axis=1)
    other = np.ones(n_column, dtype=bool)
    other[stock.ravel()] = other[change.ravel()] = False
    columns = np.flatnonzero(other)
    unit = np.ones(n_column)
    unit[trunk.buy] = compact.use[places[0]]
    unit[trunk.make] = compact.use[places[1]]
    unit[trunk.run_down] = compact.use
    goods = np.concatenate([trunk.buy.ravel(), trunk.make.ravel(), trunk.run_down.ravel(), trunk.start])
    plain = other.copy()
    plain[goods] = False
    rest = np.flatnonzero(plain & (program.upper > 0) & np.isfinite(program.upper))
    unit[rest] = program.upper[rest]
    limits = trunk.by_hand.slack.shape[1]
    measuring = slice(limits, limits + change.shape[1])
    balanced = slice(measuring.stop, measuring.stop + n_stock)
    kept = np.append(np.arange(limits), np.arange(balanced.stop, program.n_row))
    balance = program.matrix[balanced].tocsc()
    scale = unit[columns]
    inverse = diags(1.0 / use.ravel())
    flow = -(inverse @ balance[:, columns] @ diags(scale)).tocsr()
    opening = program.row_lower[balanced].reshape(stock.shape) / use
    others = program.matrix[kept]
    z_rows = (others[:, columns] @ diags(scale)).tocsr()
    stock_rows = (others[:, stock.ravel()] @ diags(use.ravel())).tocsr()
    size = np.maximum(
        np.asarray(abs(z_rows).max(axis=1).todense()).ravel(),
        np.asarray(abs(stock_rows).max(axis=1).todense()).ravel(),
    )
    size = np.where(size > 0, size, 1.0)
    z_rows, stock_rows = (diags(1 / size) @ z_rows).tocsr(), (diags(1 / size) @ stock_rows).tocsr()
    return FlatTrunk(
        columns=columns,
        scale=scale,
        low=program.lower[columns] / scale,
        high=program.upper[columns] / scale,
        cost=(cost[columns] + compact.column_cost[columns]) * scale,
        stock_columns=stock,
        opening=np.cumsum(opening, axis=0),
        flow=flow,
        stock_low=program.lower[stock] / use,
        stock_high=program.upper[stock] / use,
        stock_cost=cost[stock] * use + compact.stock_cost,
        rows=z_rows,
        stock_rows=stock_rows,
        row_low=program.row_lower[kept] / size,
        row_high=program.row_upper[kept] / size,
        start=np.searchsorted(columns, trunk.start),
        changes=Changes(
            change,
            (program.matrix[measuring] @ diags(other.astype(np.float64))).tocsr(),
            program.row_lower[measuring],
        ),
    )
