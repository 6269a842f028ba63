"""The trunk with what its teeth have answered. In: `Decomposition`. Out: the best trunk as far as is known,
and what proves it. One reason to exist: the program that learns is small, keeps what it has learned when the
measure, the cash or the charges change, and can say what its bounds rest on.

Source: Van Slyke & Wets (1969), L-shaped method; Birge & Louveaux (1988), several cuts a pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array, hstack, vstack

from outlast.optimise.aim import Aim
from outlast.optimise.decompose import Decomposition, shares
from outlast.optimise.highs import Growing, Status, largest_to_one, solve_program
from outlast.optimise.program import LinearProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HELD_SHARE = 1e-6
"""Least that the losses of a group of teeth are taken to be, in shares of the largest cost in the trunk."""
MOST = 1e6
"""Most that the loss of a group of teeth can be, in shares of the largest."""
TAIL_MOST = 1e3
"""Largest loss of a leaf, in shares of the largest loss that no decision changes."""


class Floor(NamedTuple):
    """The best trunk as far as the cuts know."""

    x: Floats
    """Shape (trunk column)."""
    bound: float
    """Lower bound on the loss of any [money]."""
    duals: Floats
    """What proves it: multipliers of the rows of the master that there were."""


class Master:
    """The trunk with what the teeth have answered so far. Columns are scaled to their bounds.

    Its columns: the trunk; the loss of each group of teeth; where the tail counts, the threshold at which
    it begins and what the loss of each leaf exceeds it by; and where there is an aim, the largest regret.

    Args:
        teeth: the program taken apart.
        free_rows: rows of the trunk that need not hold.
        threshold: where the tail is taken to begin [money]; default: where it does.
    """

    def __init__(
        self, teeth: Decomposition, free_rows: Ints | None = None, threshold: float | None = None
    ) -> None:
        program, risk, leaves = teeth.extensive.program, teeth.extensive.risk, teeth.extensive.leaves
        self.teeth, self.threshold = teeth, threshold
        n, groups, rows = teeth.n_trunk, teeth.n_group, teeth.trunk_rows
        self.scale = np.where(program.upper[:n] > 0, program.upper[:n], 1.0)
        # Where events are next to impossible, what is held counts for more than what teeth lose.
        held = HELD_SHARE * float(np.abs(teeth.cost * self.scale).max(initial=0.0))
        most = float(np.abs(teeth.least).max(initial=0.0))
        self.money = max(most, held) if most > 0 else 1.0
        low, high = program.row_lower[:rows].copy(), program.row_upper[:rows].copy()
        if free_rows is not None:
            low[free_rows], high[free_rows] = -np.inf, np.inf
        self.mean_share = 1.0 - risk.weight
        self.tail_columns = 0 if risk.weight == 0 else 1 + len(leaves.odds)
        self.tail_money = float(np.abs(leaves.constant).max(initial=0.0)) or 1.0
        begins = np.array([-TAIL_MOST, TAIL_MOST]) if threshold is None else threshold / self.tail_money
        begins = np.broadcast_to(begins, 2)
        tail_low = np.concatenate([begins[:1], np.zeros(len(leaves.odds))])[: self.tail_columns]
        tail_high = np.append(begins[1:], np.full(len(leaves.odds), 2 * TAIL_MOST))[: self.tail_columns]
        self.worst_columns = 0 if teeth.aim is None else 1
        least = np.minimum(teeth.least, 0.0) / self.money - 1.0
        self._tail_begins = begins
        self._low = np.concatenate([least, tail_low, np.full(self.worst_columns, -MOST)])
        self._high = np.concatenate([np.full(groups, MOST), tail_high, np.full(self.worst_columns, MOST)])
        trunk = program.matrix[:rows][:, :n].multiply(self.scale[None, :]).tocsr()
        self._cost = np.concatenate(
            [
                self.mean_share * teeth.cost * self.scale / self.money,
                np.full(groups, self.mean_share),
                self._tail_cost(leaves.odds),
                np.zeros(self.worst_columns),
            ]
        )
        self.penalty = np.zeros(n)
        self._regret_rows = np.zeros(0, dtype=np.int64)
        self._regret_views: list[tuple[int, Floats]] = []
        """Of each of them: which odds, and how much each leaf counts because of the tail."""
        self._rows = Growing(
            LinearProgram(
                self._cost,
                self.mean_share * program.offset / self.money,
                np.concatenate([program.lower[:n] / self.scale, self._low]),
                np.concatenate([program.upper[:n] / self.scale, self._high]),
                hstack([trunk, csr_matrix((rows, len(self._low)))]).tocsr(),
                low,
                high,
                teeth.extensive.trunk.start,
                {},
            )
        )
        self._kept: list[tuple[int, csr_matrix, Ints]] = []
        """Of each pass: its first row, multipliers of the teeth's rows, shape (1, row of any tooth), and the
        leaves that answered with cuts of their own."""
        if self.tail_columns:
            self._add_tail_rows(np.array([len(leaves.odds) - 1]), np.zeros((1, n)), np.zeros(1))
        if teeth.aim is not None:
            self.aim_at(teeth.aim)

    def _tail_cost(self, odds: Floats) -> Floats:
        """Cost of the threshold and of what each leaf exceeds it by, shape (tail column)."""
        risk = self.teeth.extensive.risk
        cost = risk.weight * self.tail_money / self.money * np.append(1.0, odds / risk.tail)
        return cost[: self.tail_columns]

    def _mean_cost(self, odds: Floats) -> tuple[Floats, float]:
        """The mean under other odds: cost of each column of the trunk and of each group of teeth, and what no
        decision changes.

        All teeth of a group gain or lose odds by one factor: they are of one epoch and one restriction.
        """
        teeth, leaves = self.teeth, self.teeth.extensive.leaves
        _, first = np.unique(teeth.groups, return_index=True)
        groups = shares(odds[first], leaves.odds[first])
        trunk = leaves.expected(odds) * self.scale / self.money
        return np.concatenate([trunk, groups]), float(odds @ leaves.constant) / self.money

    def aim_at(self, aim: Aim) -> None:
        """From now on this is made small. What was learned of the teeth stays true: it does not depend on
        how likely they are. Only of a master whose teeth had an aim when it was made.
        """
        teeth, n = self.teeth, self.teeth.n_trunk
        teeth.aim = aim
        begins = slice(n + teeth.n_group, n + teeth.n_group + min(self.tail_columns, 1))
        self._cost = np.zeros_like(self._cost)
        offset = 0.0
        if aim.single:
            mean, offset = self._mean_cost(aim.odds[0])
            self._cost[: len(mean)] = self.mean_share * mean
            self._cost[len(mean) : len(mean) + self.tail_columns] = self._tail_cost(aim.odds[0])
            offset = self.mean_share * offset - float(aim.least[0]) / self.money
        else:
            self._cost[-1] = 1.0
        # Under several odds each leaf has one loss but many thresholds: its loss is counted from the lowest.
        low, high = self._tail_begins if aim.single else np.repeat(self._tail_begins[:1], 2)
        self._low[begins.start - n : begins.stop - n] = low
        self._high[begins.start - n : begins.stop - n] = high
        cost = self._cost.copy()
        cost[:n] += self.penalty * self.scale / self.money
        self._rows.change_cost(cost, offset)
        self._rows.free(self._regret_rows)
        self._regret_rows, self._regret_views = self._regret_rows[:0], []
        if not aim.single:
            self._add_regret_rows(aim, None)

    def _add_regret_rows(self, aim: Aim, loss: Floats | None) -> None:
        """The largest regret is at least that under each odds.

        Args:
            aim: odds, and the least loss under each.
            loss: of every leaf of some trunk [money], shape (leaf): its tails are put in place of CVaR,
                which is never less; default: the mean is, which is never more than the measure.
        """
        risk, blocks, least = self.teeth.extensive.risk, [], []
        for place, (odds, lost) in enumerate(zip(aim.odds, aim.least, strict=True)):
            mean, constant = self._mean_cost(odds)
            share = 1.0 if loss is None else self.mean_share
            row = np.zeros(len(self._cost))
            row[: len(mean)], row[-1] = -share * mean, 1.0
            worst = risk.weight * (odds if loss is None else risk.tail_weights(loss, odds))
            self._regret_views.append((place, worst))
            if loss is not None:
                tail = worst * self.tail_money / self.money
                row[len(mean) : len(mean) + self.tail_columns] = -np.append(tail.sum(), tail)
            blocks.append(row)
            least.append(share * constant - lost / self.money)
        added = self._rows.add_rows(
            csr_matrix(np.array(blocks)), np.array(least), np.full(len(least), np.inf)
        )
        self._regret_rows = np.concatenate([self._regret_rows, added])

    @property
    def starts(self) -> Ints:
        """Columns of start options."""
        return self.teeth.extensive.trunk.start

    @property
    def stocks(self) -> Ints:
        """Columns of protective stock, shape (epoch + 1, item at risk)."""
        return self.teeth.extensive.trunk.stock

    def charge(self, penalty: Floats) -> None:
        """From now on trunk columns cost this beside their loss [money per unit], shape (trunk column).

        What was learned of the teeth stays true.
        """
        self.penalty = penalty
        cost = self._cost.copy()
        cost[: len(penalty)] += penalty * self.scale / self.money
        self._rows.change_cost(cost)

    def limit_cash(self, limit: Floats) -> None:
        """From now on this is the most cash paid for protection by the weeks of the cash rows [money],
        shape (cash row). What was learned of the teeth stays true: they do not see the calendar.
        """
        extensive, rows = self.teeth.extensive, self.teeth.extensive.limits.cash_rows
        upper = extensive.program.row_upper.copy()
        upper[rows] = limit
        self.teeth.extensive = replace(extensive, program=replace(extensive.program, row_upper=upper))
        self._rows.change_row_upper(rows, limit)

    def learn(self, x: Floats) -> float:
        """Asks the teeth about a trunk and keeps their cuts: the loss of each group is at least its
        value here plus its slope times the move. Returns the measure of the trunk's loss, and what it is
        charged beside."""
        teeth = self.teeth
        loss, slope, duals = teeth.prove(x)
        value, gradient = teeth.grouped(loss, slope)
        blocks = [
            csr_matrix(-gradient * self.scale / self.money),
            csr_matrix(np.eye(teeth.n_group)),
            csr_matrix((teeth.n_group, self.tail_columns + self.worst_columns)),
        ]
        least = (value - gradient @ x) / self.money
        added = self._rows.add_rows(hstack(blocks).tocsr(), least, np.full(teeth.n_group, np.inf))
        tail = self._learn_tail(x, loss, slope) if self.tail_columns else np.zeros(0, dtype=np.int64)
        first = int(added[0]) if len(added) else 0
        self._kept.append((first, csr_matrix(duals[None, :]), tail))
        return teeth.measure(x, loss, self.threshold) + float(self.penalty @ x)

    def _learn_tail(self, x: Floats, loss: Floats, slope: Floats) -> Ints:
        """Keeps cuts of the leaves in the tail, which it returns; leaving out the others only lowers the
        bound."""
        teeth, leaves = self.teeth, self.teeth.extensive.leaves
        whole = teeth.leaf_loss(x, loss)
        looked_at = leaves.odds[None, :] if teeth.aim is None else teeth.aim.odds
        begins = min(teeth.extensive.risk.threshold(whole, odds) for odds in looked_at)
        if self.threshold is not None:
            begins = min(begins, self.threshold)
        tail = np.nonzero((whole[:-1] >= begins - 1e-9 * abs(begins)) & (leaves.odds[:-1] > 0))[0]
        slope = slope[tail] / leaves.odds[tail, None]
        self._add_tail_rows(tail, slope, loss[tail] / leaves.odds[tail] - slope @ x)
        if teeth.aim is not None and not teeth.aim.single:
            self._add_regret_rows(teeth.aim, whole)
        return tail

    def _add_tail_rows(self, leaf: Ints, slope: Floats, constant: Floats) -> None:
        """What a leaf's loss exceeds the threshold by is at least its loss less the threshold.

        Args:
            leaf: leaves, shape (row).
            slope: how the loss after the event changes with the trunk, shape (row, trunk column).
            constant: that loss where the trunk is nothing [money], shape (row).
        """
        teeth, leaves = self.teeth, self.teeth.extensive.leaves
        blocks = [
            csr_matrix(-(leaves.cost()[leaf].toarray() + slope) * self.scale / self.tail_money),
            csr_matrix((len(leaf), teeth.n_group)),
            csr_matrix(np.ones((len(leaf), 1))),
            csr_matrix(
                (np.ones(len(leaf)), (np.arange(len(leaf)), leaf)), shape=(len(leaf), len(leaves.odds))
            ),
            csr_matrix((len(leaf), self.worst_columns)),
        ]
        least = (leaves.constant[leaf] + constant) / self.tail_money
        self._rows.add_rows(hstack(blocks).tocsr(), least, np.full(len(leaf), np.inf))

    def _bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Bounds of all columns, given those of the trunk's."""
        return (
            np.concatenate([lower / self.scale, self._low]),
            np.concatenate([upper / self.scale, self._high]),
        )

    def least(self, weight: Floats, lower: Floats, upper: Floats, ceiling: float) -> Floats | None:
        """The trunk of least `weight` whose loss, as far as the cuts know, is at most `ceiling` [money].

        Args:
            weight: per unit of each trunk column, shape (trunk column).
            lower: bounds of the trunk, shape (trunk column).
            upper: the same.
            ceiling: most that the loss may be [money].
        """
        now, n = self._rows.program(*self._bounds(lower, upper)), self.teeth.n_trunk
        cost = np.zeros(len(now.cost))
        cost[:n] = weight * self.scale
        rest = replace(
            now,
            cost=cost,
            offset=0.0,
            matrix=vstack([now.matrix, csr_matrix(now.cost[None, :])]).tocsr(),
            row_lower=np.append(now.row_lower, -np.inf),
            row_upper=np.append(now.row_upper, ceiling / self.money - now.offset),
        )
        answer = solve_program(rest)
        return None if answer.status is Status.INFEASIBLE else answer.x[:n] * self.scale

    def solve(self, lower: Floats, upper: Floats) -> Floor | None:
        """Best trunk as far as the cuts know, starts relaxed, and a lower bound on the loss of any."""
        answer = self._rows.solve(*self._bounds(lower, upper))
        if answer.status is Status.INFEASIBLE:
            return None
        return Floor(answer.x[: self.teeth.n_trunk] * self.scale, answer.bound * self.money, answer.duals)

    def refute(self, lower: Floats, upper: Floats) -> Floats:
        """Multipliers of the trunk's rows that prove that no trunk within bounds meets them, as near as can
        be: of the least by which all rows together are missed."""
        program, rows, n = self.teeth.extensive.program, self.teeth.trunk_rows, self.teeth.n_trunk
        matrix = program.matrix[:rows][:, :n]
        size = largest_to_one(matrix)
        missed = diags_array(1.0 / size).tocsr()
        elastic = LinearProgram(
            np.append(np.zeros(n), np.ones(2 * rows)),
            0.0,
            np.append(lower, np.zeros(2 * rows)),
            np.append(upper, np.full(2 * rows, np.inf)),
            hstack([matrix, missed, -missed]).tocsr(),
            program.row_lower[:rows],
            program.row_upper[:rows],
            np.zeros(0, dtype=np.int64),
            {},
        )
        return solve_program(elastic).duals

    def forget(self, duals: Iterable[Floats]) -> None:
        """Lets go of what was learned for no other end than to prove what these multipliers do not use; cuts
        stay."""
        used = [multipliers for multipliers in duals if len(multipliers)]
        for place, (first, multipliers, own) in enumerate(self._kept):
            last = first + self.teeth.n_group + len(own)
            if not any(one[first:last].any() for one in used):
                self._kept[place] = first, csr_matrix(multipliers.shape), own

    def views(self, duals: Floats) -> list[tuple[float, int, Floats]]:
        """How much each row of the largest regret counts: multiplier, which odds, and weights of the leaves
        because of the tail, shape (leaf)."""
        rows = zip(self._regret_rows, self._regret_views, strict=True)
        return [
            (float(duals[row]), place, tail)
            for row, (place, tail) in rows
            if row < len(duals) and duals[row] > 0
        ]

    def extend(self, duals: Floats) -> tuple[Floats, Floats]:
        """Multipliers of the master as multipliers of the whole program, shape (row), and how much each leaf
        counts because of the tail, shape (leaf)."""
        teeth, program, leaves = self.teeth, self.teeth.extensive.program, self.teeth.extensive.leaves
        rows, tail = teeth.trunk_rows, np.zeros(len(leaves.odds))
        tooth = np.repeat(np.arange(len(teeth.groups)), teeth.row_counts)
        after = np.zeros(len(tooth))
        share = self.money / self.tail_money
        if self.tail_columns and len(duals) > rows:
            tail[-1] = duals[rows] * share
        for first, multipliers, own in self._kept:
            weight = np.zeros(len(teeth.groups))
            if first < len(duals):
                weight = duals[first : first + teeth.n_group][teeth.groups]
            begin = first + teeth.n_group
            counted = duals[begin : begin + len(own)] * share
            tail[own[: len(counted)]] += counted
            weight[own[: len(counted)]] += counted / leaves.odds[own[: len(counted)]]
            if weight.any():
                after += weight[tooth] * multipliers.toarray()[0]
        y = np.zeros(program.n_row)
        # A program without columns has no multipliers.
        y[: min(rows, len(duals))] = duals[:rows] * self.money
        y[rows:] = after
        closed = np.where(y > 0, np.isfinite(program.row_lower), np.isfinite(program.row_upper))
        return np.where(closed, y, 0.0), tail
