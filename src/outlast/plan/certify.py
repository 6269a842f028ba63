"""How good is a plan, and how is that known. In: a schedule. Out: figures of the certificate.
One reason to exist: every claim about a plan is computed here, after rounding, on the planning
scenarios, on fresh scenarios, and against what an omniscient planner could have gained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from outlast.errors import UsageError
from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.decompose import Decomposition
from outlast.optimise.master import Master
from outlast.optimise.recourse import Extensive
from outlast.optimise.search import search
from outlast.optimise.solve import load, solve
from outlast.plan.answer import Interval
from outlast.plan.schedule import Schedule, net_making
from outlast.scenarios.reduce import draw_durations

Floats = NDArray[np.float64]

Z_95 = 1.959963984540054
"""Standard normal, two-sided 95 %."""
EXACT = 1e-7
"""Share of the loss to which what is left free of a schedule is solved."""
BATCHES = 20
BATCH_GAP = 0.01
"""Share of the loss to which the bound of a batch is driven; what is missing widens the limit."""


def fix_schedule(
    extensive: Extensive, problem: CombProblem, schedule: Schedule, rounded: bool
) -> tuple[Floats, Floats]:
    """Bounds of the trunk with every decision before the event set as scheduled.

    Protective stock may exceed its usual bound by what lots add. Of a schedule just `rounded`, the
    run-down of surplus is free and making may be less: rounding moved the stock they come from.
    """
    trunk, program = extensive.trunk, extensive.program
    lower = program.lower[: extensive.trunk_columns].copy()
    upper = program.upper[: extensive.trunk_columns].copy()
    bought = schedule.bought(problem, trunk)
    starts = np.array([float(schedule.starts.get(o.source) == o.week) for o in problem.options])
    lower[trunk.buy] = upper[trunk.buy] = bought
    most_made = upper[trunk.make]
    upper[trunk.make] = schedule.make
    lower[trunk.make] = 0.0 if rounded else schedule.make
    if not rounded:
        slack = 1e-6 * (upper[trunk.run_down] + np.abs(schedule.run_down))
        lower[trunk.run_down] = np.maximum(schedule.run_down - slack, 0.0)
        upper[trunk.run_down] = np.minimum(schedule.run_down + slack, upper[trunk.run_down])
        lower[trunk.make] = np.maximum(schedule.make * (1 - 1e-6) - 1e-6 * most_made, 0.0)
    lower[trunk.start] = upper[trunk.start] = starts
    upper[trunk.stock] += bought.sum()
    return lower, upper


@dataclass(frozen=True)
class Evaluation:
    """A schedule on planning scenarios."""

    feasible: bool
    objective: float
    """Minus expected loss [money]."""
    run_down: Floats
    make: Floats
    stock: Floats
    """Protective stock at the start of each epoch, shape (epoch + 1, item at risk) [units]."""
    threshold: float
    """The loss at which the tail of the scenarios begins [money]."""
    x: Floats
    """All decisions before the event, shape (trunk column); empty if not feasible, or with triggers."""


def evaluate(
    teeth: Decomposition,
    problem: CombProblem,
    schedule: Schedule,
    *,
    exact: float = 1e-5,
    rounded: bool = True,
    threshold: float | None = None,
) -> Evaluation:
    """Loss of a schedule on the scenarios of a program, recourse solved to optimality.

    Args:
        teeth: the program taken apart.
        problem: what it was written from.
        schedule: decisions before the event. The cash calendar is not asked again: orders were
            rounded down where it limits, and are checked week by week by `spend_by_week`. Nor is the
            capacity that calls placed ahead leave: a lot may exceed it as it may exceed any capacity.
        exact: stop when what is free is known this closely [share of the loss].
        rounded: run-down of surplus and making (downwards) are solved again.
        threshold: where the tail is taken to begin [money]; default: where it does.
    """
    lower, upper = fix_schedule(teeth.extensive, problem, schedule, rounded)
    limits = teeth.extensive.limits
    found = search(
        Master(teeth, np.concatenate([limits.cash_rows, limits.capacity_rows]), threshold),
        lower,
        upper,
        [],
        gap=exact,
        reference=None,
        most_passes=60,
        time_limit=None,
        progress=None,
    )
    if found is None or not np.isfinite(found.loss):
        nothing = np.zeros(0)
        return Evaluation(False, -np.inf, nothing, nothing, nothing, np.inf, nothing)
    trunk = teeth.extensive.trunk
    x, risk = found.x, teeth.extensive.risk
    begins = np.inf
    if risk.weight > 0:
        begins = risk.threshold(teeth.leaf_loss(x, teeth.answer(x)[0]), teeth.extensive.leaves.odds)
    make, run_down = net_making(problem, trunk, x[trunk.make], x[trunk.run_down])
    return Evaluation(True, 0.0 - found.loss, run_down, make, x[trunk.stock], begins, x)


def leaf_losses(teeth: Decomposition, problem: CombProblem, schedule: Schedule) -> Floats:
    """Loss of every leaf under a schedule, recourse solved to optimality [money], shape (leaf); see
    `trunk_of`."""
    x = trunk_of(teeth, problem, schedule)
    return teeth.leaf_loss(x, teeth.answer(x)[0])


def trunk_of(teeth: Decomposition, problem: CombProblem, schedule: Schedule) -> Floats:
    """The trunk that a schedule is, shape (trunk column).

    Nothing before the event is free: an order more does not only take the place of another one. No limit on
    what is held or paid is asked again.

    Raises:
        UsageError: the schedule is not that of this problem.
    """
    lower, upper = fix_schedule(teeth.extensive, problem, schedule, False)
    limits = teeth.extensive.limits
    free = np.concatenate([limits.cash_rows, limits.storage_rows, limits.shelf_rows, limits.capacity_rows])
    found = search(
        Master(teeth, free),
        lower,
        upper,
        [],
        gap=EXACT,
        reference=None,
        most_passes=100,
        time_limit=None,
        progress=None,
    )
    if found is None:
        raise UsageError("the plan does not meet its own limits any more: has the case changed since?")
    return found.x


def gap_upper_limit(
    arrays: NetworkArrays,
    schedule: Schedule,
    *,
    seed: int,
    draws: int,
    like: CombProblem,
    threshold: float = np.inf,
    progress: Callable[[str], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[float, int]:
    """One-sided 95 % upper confidence limit on the optimality gap of a schedule [money].

    Each of 20 independent batches of draws gives an estimate of the gap: the schedule's loss less
    the least loss any plan could have on the batch. Its mean over-estimates the true gap, so the
    limit is conservative. Where the tail counts, the schedule's tail begins at one `threshold` in every
    batch: choosing it anew in each would flatter the schedule.

    Args:
        arrays: the numbered network.
        schedule: decisions before the event.
        seed: of the draws.
        draws: of durations in a batch.
        like: the planning problem, for its buckets and its measure of risk.
        threshold: where the schedule's tail begins [money]; only asked where the tail counts.
        progress: told what is going on.
        stopped: asked after every batch whether those have to do.

    Returns:
        The limit [money], inf where there are fewer than two batches, and the number of batches.

    Source: Mak, Morton & Wood (1999), Operations Research Letters 24, 47-56, eq. 9.
    """
    gaps = []
    for batch in range(BATCHES):
        if stopped():
            break
        switch, relief = draw_durations(arrays, draws, seed, "certificate", centred=False, batch=batch)
        problem = build_problem(
            arrays, switch, relief, bucket_weeks=like.bucket_weeks, risk=like.risk, by_hand=like.by_hand
        )
        master = load(problem)
        begins = threshold if like.risk.weight > 0 else None
        mine = evaluate(master.teeth, problem, schedule, exact=1e-3, rounded=False, threshold=begins)
        best = solve(problem, master=master, gap=BATCH_GAP, relaxed=True)
        gaps.append(best.bound - mine.objective)
        if progress is not None:
            progress(f"certificate: batch {batch + 1} of {BATCHES}")
    # No plan is better than the best: what is below 0 is rounding.
    return max(confidence_limit(gaps), 0.0), len(gaps)


def confidence_limit(sample: Sequence[float]) -> float:
    """One-sided 95 % upper confidence limit on a mean by Student's t; inf of fewer than two."""
    count = len(sample)
    if count < 2:
        return np.inf
    spread = float(np.std(sample, ddof=1)) / np.sqrt(count)
    return float(np.mean(sample) + stdtrit(count - 1, 0.95) * spread)


def mean_interval(sample: Floats) -> Interval:
    """Mean of independent scenarios and its two-sided 95 % interval (normal approximation)."""
    mean = float(np.mean(sample))
    half = float(Z_95 * np.std(sample, ddof=1) / np.sqrt(len(sample))) if len(sample) > 1 else 0.0
    return Interval(mean, mean - half, mean + half)


def conditional_value_at_risk(loss: Floats, level: float) -> float:
    """Mean of the worst `1 - level` of equally likely losses.

    Source: Rockafellar & Uryasev (2002), Journal of Banking & Finance 26, definition 3 (sample form).
    """
    ordered = np.sort(loss)[::-1]
    tail = (1 - level) * len(ordered)
    whole = int(np.floor(tail))
    if whole >= len(ordered):
        return float(ordered.mean())
    part = (tail - whole) * ordered[whole]
    return float((ordered[:whole].sum() + part) / tail)


def wilson(count: int, total: int) -> tuple[float, float, float]:
    """Share and its 95 % Wilson score interval (Wilson 1927)."""
    if total == 0:
        return 0.0, 0.0, 1.0
    z, share = Z_95, count / total
    scale = 1 + z**2 / total
    centre = (share + z**2 / (2 * total)) / scale
    half = z * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / scale
    return share, max(0.0, float(centre - half)), min(1.0, float(centre + half))


def survivors(survived: NDArray[np.int64], weeks: Sequence[int]) -> list[tuple[float, float, float]]:
    """Share of scenarios that survive each number of weeks, with its Wilson band."""
    return [wilson(int((survived >= week).sum()), len(survived)) for week in weeks]
