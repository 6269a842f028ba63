"""The plan played forward. In: policies. Out: losses, survival and stock paths by simulation.
One reason to exist: the headline of every plan is what a policy that sees only the past
achieves on fresh scenarios, beside doing nothing and the best rule of thumb.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.comb import CombProblem
from outlast.plan.schedule import cover_policy, largest_cover
from outlast.plan.watching import WatchPolicy, play
from outlast.scenarios.draw import Draws
from outlast.simulate.policy import Policy
from outlast.simulate.run import Executor, baseline, simulate

Floats = NDArray[np.float64]
COVER_GRID = (0.0, 2.0, 4.0, 8.0, 13.0, 20.0, 26.0, 39.0, 52.0, 78.0)
"""Weeks of cover that the best single cover rule is sought among."""
CONDITIONAL = 200
"""Scenarios for figures that are conditional on an event."""


@dataclass(frozen=True)
class Trial:
    """Losses of policies on the same fresh scenarios, shape (scenario) each [money]."""

    nothing: Floats
    plan: Floats
    without_triggers: Floats | None
    """Of the best plan that does not look at watch states; None where the plan doesn't either."""
    cover: Floats
    cover_weeks: float
    calm_plan: float
    """Mean loss of the plan on paths without an event: what protection costs if nothing happens."""


def compare(
    arrays: NetworkArrays,
    problem: CombProblem,
    nothing: Policy,
    plan: Policy | WatchPolicy,
    starts: dict[int, int],
    *,
    without_triggers: Policy | None = None,
    count: int,
    seed: int,
    executor: Executor | None,
    progress: Callable[[str], None],
) -> Trial:
    """Plays doing nothing, the plan, and the best cover rule on the same fresh scenarios.

    The rule's weeks are chosen on the first half of another set of draws, so that its figure is
    not flattered by the choice.
    """
    progress("simulating fresh scenarios")
    fresh = Draws(count, seed)
    calm = baseline(arrays, fresh, executor=executor)

    weeks = best_cover(arrays, problem, starts, count=max(200, count // 8), seed=seed + 1, executor=executor)
    rules = (nothing, plan, cover_policy(problem, weeks, starts))
    idle, followed, rule = (play(arrays, fresh, policy, executor=executor) for policy in rules)
    plain = None
    if without_triggers is not None:
        plain = calm - simulate(arrays, fresh, without_triggers, executor=executor).value
    played = calm - followed.value
    quiet = followed.event_week >= arrays.horizon_weeks
    return Trial(
        nothing=calm - idle.value,
        plan=played,
        without_triggers=plain,
        cover=calm - rule.value,
        cover_weeks=weeks,
        calm_plan=float(played[quiet].mean()) if quiet.any() else 0.0,
    )


def best_cover(
    arrays: NetworkArrays,
    problem: CombProblem,
    starts: dict[int, int],
    *,
    count: int,
    seed: int,
    executor: Executor | None,
) -> float:
    """Weeks of the single cover rule with the least loss by the problem's measure, within the cash limit."""
    most = largest_cover(problem)
    grid = sorted({min(weeks, most) for weeks in COVER_GRID})
    scenarios = Draws(count, seed)
    calm = baseline(arrays, scenarios, executor=executor)
    means = [
        measured(
            problem,
            calm - simulate(arrays, scenarios, cover_policy(problem, weeks, starts), executor=executor).value,
        ).mean()
        for weeks in grid
    ]
    return grid[int(np.argmin(means))]


def measured(problem: CombProblem, loss: Floats) -> Floats:
    """Equally likely losses as figures whose mean is the problem's measure, see `Risk.sample`."""
    return problem.risk.sample(loss, np.full(len(loss), 1 / max(len(loss), 1)))


@dataclass(frozen=True)
class Conditional:
    """One policy, given that a restriction falls in a stated week."""

    survived: NDArray[np.int64]
    """Weeks from the effective date; more than the window where the path ends first, which a notice
    makes earlier than the window by its length."""
    loss: Floats
    paths: Floats
    """Stock of the recorded items at the end of each week, shape (scenario, week, item) [units]."""


def given_event(
    arrays: NetworkArrays,
    policies: Sequence[Policy],
    event: tuple[int, int],
    items: Sequence[int],
    *,
    seed: int,
    executor: Executor | None,
    count: int = CONDITIONAL,
) -> list[Conditional]:
    """The policies on the same draws, all with the event (restriction, week).

    Losses are those of the policy. Survival and stock are those of the same stock when everyone is
    served until it is gone: a policy that protects contribution gives up its least worthy sales in
    the first week, and would hide how long the stock could last.
    """
    scenarios = Draws(count, seed, event)
    effective = event[1] + arrays.notice_weeks[event[0]]
    calm = baseline(arrays, scenarios, executor=executor)
    out = []
    for policy in policies:
        loss = calm - simulate(arrays, scenarios, policy, executor=executor).value
        serve_all = replace(policy, sharing="priority")
        outcome = simulate(arrays, scenarios, serve_all, record_items=tuple(items), executor=executor)
        followed = outcome.length - effective
        lasting = np.where(outcome.survived >= followed, arrays.window_weeks + 1, outcome.survived)
        paths = np.zeros((count, 0, 0)) if outcome.on_hand is None else outcome.on_hand
        out.append(Conditional(lasting, loss, paths))
    return out
