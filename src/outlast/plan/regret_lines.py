"""What a plan of least regret loses under every hazard of its grid. In: a decided plan. Out: lines.
One reason to exist: the grid that a certificate names is shown with its figures, planned and simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from outlast.network.arrays import NetworkArrays
from outlast.optimise.aim import Aim
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.risk import Risk
from outlast.periods import WEEKS_PER_YEAR
from outlast.plan.answer import Interval, RegretLine
from outlast.plan.certify import BATCH_GAP, BATCHES, leaf_losses, mean_interval
from outlast.plan.regret import Progress, best_for_each, spread
from outlast.plan.schedule import Schedule
from outlast.plan.study import measured
from outlast.plan.summary import Done
from outlast.scenarios.draw import Draws
from outlast.scenarios.reduce import draw_durations
from outlast.simulate.policy import Policy
from outlast.simulate.run import Executor, baseline, simulate

Floats = NDArray[np.float64]
SPARED_IN_BATCH = 0.1
"""Share of the largest loss of a batch that counts as improvement where there is next to none."""


def regret_lines(
    done: Done,
    loss: Floats,
    plan: Policy,
    nothing: Policy,
    *,
    count: int,
    seed: int,
    executor: Executor | None,
    progress: Progress,
) -> tuple[RegretLine, ...]:
    """A line for every factor; none where regret is not planned for.

    Args:
        done: the plan.
        loss: of every leaf under it [money], shape (leaf).
        plan: what the simulated company does.
        nothing: what it does where nothing extra is bought.
        count: fresh scenarios, drawn anew for every factor from the same seed.
        seed: of the draws.
        executor: where simulations run.
        progress: told what is going on.
    """
    regret, aim, arrays = done.regret, done.exact.teeth.aim, done.arrays
    if regret is None or aim is None:
        return ()
    teeth, risk = done.exact.teeth, done.problem.risk
    idle = aim.regrets(risk, teeth.leaf_loss(done.nothing.x, teeth.answer(done.nothing.x)[0]))
    mine, lines = aim.regrets(risk, loss), []
    for place, factor in enumerate(regret.factors):
        progress(f"simulating hazards x {factor:.3g}")
        there = replace(arrays, hazard_per_week=factor * arrays.hazard_per_week)
        played = [
            _simulated_loss(done.problem, there, policy, count, seed, executor) for policy in (plan, nothing)
        ]
        lines.append(
            RegretLine(
                factor=factor,
                hazard_per_year=factor * float(arrays.hazard_per_week.sum()) * WEEKS_PER_YEAR,
                loss=float(mine[place] + aim.least[place]),
                least_loss=float(aim.least[place]),
                regret=float(mine[place]),
                regret_nothing=float(idle[place]),
                simulated=played[0],
                simulated_nothing=played[1],
            )
        )
    return tuple(lines)


def _simulated_loss(
    problem: CombProblem,
    arrays: NetworkArrays,
    policy: Policy,
    count: int,
    seed: int,
    executor: Executor | None,
) -> Interval:
    """Loss of a policy on fresh scenarios, by the problem's measure."""
    fresh = Draws(count, seed)
    calm = baseline(arrays, fresh, executor=executor)
    loss = calm - simulate(arrays, fresh, policy, executor=executor).value
    return mean_interval(measured(problem, loss))


def thresholds(risk: Risk, aim: Aim, loss: Floats) -> Floats:
    """Where the tail of losses begins under each odds [money], shape (factor)."""
    return np.array([risk.threshold(loss, odds) for odds in aim.odds])


def regret_upper_limit(
    arrays: NetworkArrays,
    schedule: Schedule,
    factors: Sequence[float],
    *,
    seed: int,
    draws: int,
    like: CombProblem,
    begins: Sequence[float],
    progress: Progress,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[float, int]:
    """One-sided 95 % upper confidence limit on the largest regret of a schedule [money].

    Under each factor as `gap_upper_limit`, at a confidence that lets all factors hold together.

    Args:
        arrays: the numbered network.
        schedule: decisions before the event.
        factors: what all hazards are scaled by.
        seed: of the draws.
        draws: of durations in a batch.
        like: the planning problem, for its buckets and its measure of risk.
        begins: where the schedule's tail begins under each factor [money].
        progress: told what is going on.
        stopped: asked after every batch whether those have to do.

    Returns:
        The limit [money], inf where there are fewer than two batches, and the number of batches.

    Source: Mak, Morton & Wood (1999), Operations Research Letters 24, 47-56, eq. 9; Bonferroni's inequality.
    """
    risk, gaps = like.risk, np.zeros((0, len(factors)))
    for batch in range(BATCHES):
        if stopped():
            break
        switch, relief = draw_durations(arrays, draws, seed, "certificate", centred=False, batch=batch)
        problem = build_problem(
            arrays, switch, relief, bucket_weeks=like.bucket_weeks, risk=risk, by_hand=like.by_hand
        )
        regret = spread(problem, factors)
        loss = leaf_losses(regret.master.teeth, regret.problem, schedule)
        mine = np.array(
            [
                risk.value(loss, odds, at if risk.weight > 0 else None)
                for odds, at in zip(regret.odds, begins, strict=True)
            ]
        )
        bests = best_for_each(regret, mine, SPARED_IN_BATCH, gap=BATCH_GAP, relaxed=True)
        short = np.full(len(factors), np.inf) if bests is None else mine + [best.bound for best in bests]
        gaps = np.vstack([gaps, short])
        progress(f"certificate: batch {batch + 1} of {BATCHES}")
    count = len(gaps)
    if count < 2:
        return np.inf, count
    student = float(stdtrit(count - 1, 1 - 0.05 / len(factors)))
    limits = gaps.mean(axis=0) + student * gaps.std(axis=0, ddof=1) / np.sqrt(count)
    return max(float(limits.max()), 0.0), count
