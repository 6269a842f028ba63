"""A plan and a bound, checked by plain sums. In: the arrays of a program, a plan, multipliers.
Out: `Checked`. One reason to exist: a certificate is believed by a second program that shares nothing with
the solver but the arrays that both read.

Source: Boyd & Vandenberghe (2004), Convex Optimization, section 5.1.3: for any multipliers y of the rows,
min c @ x is at least y @ (its side of the rows) + sum of (c - A.T @ y) at its side of the bounds. Land &
Doig (1960): the least bound of parts that leave out no choice of whole starts bounds them all. Rockafellar
& Uryasev (2002): CVaR is the largest mean under odds of which none is more than 1 / tail times its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.leaves import Leaves
from outlast.optimise.program import LinearProgram
from outlast.optimise.risk import Risk

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLOSE = 1e-6
"""Share of the size of what is compared by which a row or a bound may be missed."""


@dataclass(frozen=True)
class View:
    """One set of odds of the leaves, as far as it counts in a bound on the largest regret."""

    share: float
    """At least 0."""
    place: int
    """Which of the claim's odds."""
    tail: Floats
    """How much each leaf counts because of CVaR under them, shape (leaf); zeros without."""


@dataclass(frozen=True)
class Part:
    """A part of all choices of starts, and what proves a bound for it."""

    lower: Floats
    """Bounds of the starts in this part, shape (start option)."""
    upper: Floats
    multipliers: Floats
    """Of the rows of the extensive form, shape (row) [money per unit of the row]."""
    tail: Floats
    """How much each leaf counts because of CVaR, shape (leaf); zeros without."""
    empty: bool = False
    """The multipliers prove that no plan is in it."""
    views: tuple[View, ...] = ()
    """Where a claim is about several odds."""


@dataclass(frozen=True)
class Claim:
    """What is claimed, on the arrays of the program."""

    program: LinearProgram
    """Trunk and teeth, bounds of the trunk as they stand for every plan."""
    leaves: Leaves
    risk: Risk
    starts: Ints
    """Columns of the start options."""
    tooth_of_column: Ints
    """Tooth of each column, -1 for the trunk's, shape (column)."""
    loss: float
    """Said to be the measure of the plan's loss [money]."""
    floor: float
    """Said to be no more than that of any plan [money]."""
    odds: Floats | None = None
    """Other odds of the leaves that the claim is about, shape (set of odds, leaf): it is then about the
    largest, over them, of the measure less the least of each."""
    least: Floats | None = None
    """Shape (set of odds) [money]."""


@dataclass(frozen=True)
class Loose:
    """Rows and columns whose upper bounds a plan in whole lots may exceed."""

    rows: Ints
    columns: Ints


NOTHING_LOOSE = Loose(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class Checked:
    """What the second program found."""

    faults: tuple[str, ...]
    """What does not hold, in words; empty if all does."""
    loss: float
    """Measure of the plan's loss, summed anew [money]."""
    floor: float
    """What the multipliers prove [money]; -inf: nothing."""
    nothing: float = np.inf
    """Measure of the loss of buying nothing extra, where that is summed anew as well [money]."""


def check(claim: Claim, x: Floats, parts: Sequence[Part], loose: Loose = NOTHING_LOOSE) -> Checked:
    """Checks plan and bound.

    Args:
        claim: what is claimed.
        x: the plan and what follows after every event, shape (column).
        parts: of the choices of starts, with what proves the bound for each.
        loose: what the plan may exceed.
    """
    loss = plan_loss(claim, x)
    found = plan_faults(claim, x, loose)
    floor, faults = check_floor(claim, parts)
    if abs(loss - claim.loss) > close_to(claim):
        found.append(f"the plan loses {loss:,.10g}, not {claim.loss:,.10g}")
    return Checked((*found, *faults), loss, floor)


def check_floor(claim: Claim, parts: Sequence[Part]) -> tuple[float, list[str]]:
    """What the multipliers prove of every plan [money], and what of the claimed floor does not hold."""
    if not cover_all(claim, parts):
        return -np.inf, ["the parts leave out a choice of starts"]
    floor = min((part_floor(claim, part) for part in parts), default=-np.inf)
    if floor < claim.floor - close_to(claim):
        return floor, [f"the multipliers prove {floor:,.10g}, not {claim.floor:,.10g}"]
    return floor, []


def close_to(claim: Claim) -> float:
    """By how much figures of a claim may differ [money]: a share of the losses that they come from."""
    least = np.zeros(1) if claim.least is None else claim.least
    return CLOSE * (max(abs(claim.loss), abs(claim.floor)) + float(np.abs(least).max()))


def plan_faults(claim: Claim, x: Floats, loose: Loose) -> list[str]:
    """Rows and bounds that a plan breaks, and starts that it takes in part."""
    program, found = claim.program, []
    row_upper, upper = program.row_upper.copy(), program.upper.copy()
    row_upper[loose.rows], upper[loose.columns] = np.inf, np.inf
    activity = program.matrix @ x
    slack = CLOSE * (1.0 + abs(program.matrix) @ np.abs(x))
    if np.any(activity < program.row_lower - slack) or np.any(activity > row_upper + slack):
        found.append("the plan breaks a row")
    wide = CLOSE * (1.0 + np.abs(x))
    if np.any(x < program.lower - wide) or np.any(x > upper + wide):
        found.append("the plan breaks a bound")
    if np.any(np.abs(x[claim.starts] - np.round(x[claim.starts])) > CLOSE):
        found.append("a start is taken in part")
    return found


def plan_loss(claim: Claim, x: Floats) -> float:
    """The measure of a plan's loss, leaf by leaf [money]."""
    leaves, program, risk = claim.leaves, claim.program, claim.risk
    trunk = x[claim.tooth_of_column < 0]
    lived = np.append(0.0, np.cumsum(leaves.lived @ trunk))
    loss = lived[leaves.epoch] + leaves.own @ trunk + leaves.constant
    inside = claim.tooth_of_column >= 0
    lost = np.zeros(len(loss) - 1)
    np.add.at(lost, claim.tooth_of_column[inside], (program.cost * x)[inside])
    loss[:-1] += np.divide(lost, leaves.odds[:-1], out=np.zeros_like(lost), where=leaves.odds[:-1] > 0)
    if claim.odds is None or claim.least is None:
        return measure_of(loss, leaves.odds, risk)
    measures = [measure_of(loss, odds, risk) for odds in claim.odds]
    return float(max(np.array(measures) - claim.least))


def measure_of(loss: Floats, odds: Floats, risk: Risk) -> float:
    """Mean and CVaR of losses of leaves, leaf by leaf [money]."""
    mean = float(odds @ loss)
    if risk.weight == 0:
        return mean
    left, tail = 1.0 - risk.level, 0.0
    for leaf in np.argsort(-loss, kind="stable"):
        taken = min(left, float(odds[leaf]))
        tail += taken * float(loss[leaf])
        left -= taken
    return (1 - risk.weight) * mean + risk.weight * tail / (1.0 - risk.level)


def part_floor(claim: Claim, part: Part) -> float:
    """The least loss in a part that its multipliers prove; inf where they prove that it holds no plan, -inf
    where they press on a side that is open."""
    program, leaves = claim.program, claim.leaves
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[claim.starts], upper[claim.starts] = part.lower, part.upper
    weight, spared = counted_weights(claim, part)
    cost, offset = program.cost.copy(), float(weight @ leaves.constant) - spared
    of_trunk = claim.tooth_of_column < 0
    later = np.array([weight[leaves.epoch > epoch].sum() for epoch in range(leaves.lived.shape[0])])
    cost[of_trunk] = leaves.lived.T @ later + leaves.own.T @ weight
    tooth = claim.tooth_of_column[~of_trunk]
    odds = leaves.odds[tooth]
    cost[~of_trunk] *= np.divide(weight[tooth], odds, out=np.zeros_like(odds), where=odds > 0)
    if part.empty:
        cost, offset = np.zeros(len(cost)), 0.0
    pressed = part.multipliers @ program.matrix
    rows = least_value(part.multipliers, program.row_lower, program.row_upper)
    columns = least_value(cost - pressed, lower, upper)
    if part.empty:
        size = np.abs(part.multipliers).sum()
        return np.inf if rows + columns > CLOSE * size else -np.inf
    return offset + rows + columns


def counted_weights(claim: Claim, part: Part) -> tuple[Floats, float]:
    """Odds under which the mean of a loss, less the second [money], is no more than what is claimed about."""
    if claim.odds is None or claim.least is None:
        return leaf_weights(claim.leaves.odds, claim.risk, part.tail), 0.0
    shares = np.array([max(view.share, 0.0) for view in part.views])
    if shares.sum() <= 0:
        return leaf_weights(claim.odds[0], claim.risk, part.tail), float(claim.least[0])
    shares /= shares.sum()
    weights = [leaf_weights(claim.odds[view.place], claim.risk, view.tail) for view in part.views]
    return shares @ np.array(weights), float(shares @ claim.least[[view.place for view in part.views]])


def leaf_weights(odds: Floats, risk: Risk, tail: Floats) -> Floats:
    """Odds under which the mean of a loss is no more than its measure, made so whatever `tail` is."""
    most = risk.weight * odds / (1.0 - risk.level)
    held = np.clip(tail, 0.0, most)
    if held.sum() > risk.weight:
        held *= risk.weight / held.sum()
    room = most - held
    if room.sum() > 0:
        held += room * max(risk.weight - held.sum(), 0.0) / room.sum()
    return (1.0 - risk.weight) * odds + held


def least_value(price: Floats, low: Floats, high: Floats) -> float:
    """Least of price @ v with low <= v <= high."""
    up, down = price > 0, price < 0
    return float(price[up] @ low[up] + price[down] @ high[down])


def cover_all(claim: Claim, parts: Sequence[Part]) -> bool:
    """Whether every choice of whole starts that the program allows lies in a part."""
    program, starts = claim.program, claim.starts
    alone = _rows_of(program.matrix, starts)
    share = program.matrix[alone][:, starts].toarray()
    waiting = [(program.lower[starts], program.upper[starts])]
    while waiting:
        low, high = waiting.pop()
        least = np.minimum(share * low, share * high).sum(axis=1)
        most = np.maximum(share * low, share * high).sum(axis=1)
        if np.any(least > program.row_upper[alone] + CLOSE) or np.any(
            most < program.row_lower[alone] - CLOSE
        ):
            continue
        if any(np.all(part.lower <= low) and np.all(high <= part.upper) for part in parts):
            continue
        near = [part for part in parts if np.all(part.lower <= high) and np.all(low <= part.upper)]
        splits = [(low < high) & ((part.lower > low) | (part.upper < high)) for part in near]
        if not splits or not splits[0].any():
            return False
        column = int(np.argmax(splits[0]))
        for value in (0.0, 1.0):
            inner_low, inner_high = low.copy(), high.copy()
            inner_low[column] = inner_high[column] = value
            waiting.append((inner_low, inner_high))
    return True


def _rows_of(matrix: csr_matrix, columns: Ints) -> Ints:
    """Rows with entries in these columns only."""
    inside = np.zeros(matrix.shape[1], dtype=bool)
    inside[columns] = True
    count = np.diff(matrix.indptr)
    mine = np.add.reduceat(np.append(inside[matrix.indices], 0), matrix.indptr[:-1]) * (count > 0)
    return np.flatnonzero((mine == count) & (count > 0)).astype(np.int64)
