"""A plan with triggers played forward. In: `Triggers`, draws. Out: `Outcomes`.
One reason to exist: the simulated company sees the watch state of the week, and does what its plan says for
the path that it has seen so far; nothing of what comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.optimise.watch_tree import WatchTree
from outlast.scenarios.draw import Draws
from outlast.scenarios.scenarios import Scenarios
from outlast.scenarios.streams import BLOCK
from outlast.simulate.outcomes import Outcomes, join_outcomes
from outlast.simulate.policy import Policy
from outlast.simulate.run import Executor, simulate

Ints = NDArray[np.int64]
CELLS = 2**25
"""Demand factors that are held at a time."""


@dataclass(frozen=True)
class WatchPolicy:
    """A policy for every path of watch states; until a node all that go through it are one."""

    tree: WatchTree
    by_leaf: Mapping[int, Policy]
    leaf: Callable[[int], int]
    """Of a node: the last node of a path through it."""


def play(
    arrays: NetworkArrays, draws: Draws, policy: Policy | WatchPolicy, *, executor: Executor | None = None
) -> Outcomes:
    """What comes of a policy on draws, in their order."""
    if isinstance(policy, Policy):
        return simulate(arrays, draws, policy, executor=executor)
    cells = max(arrays.n_week * len(arrays.line_ids), 1)
    step = max(CELLS // cells // BLOCK, 1) * BLOCK
    parts = [
        _play_part(arrays, draws.part(arrays, first, min(first + step, draws.n_scenario)), policy, executor)
        for first in range(0, draws.n_scenario, step)
    ]
    return join_outcomes(parts)


def _play_part(
    arrays: NetworkArrays, scenarios: Scenarios, policy: WatchPolicy, executor: Executor | None
) -> Outcomes:
    """Scenarios with one path up to their event are played together."""
    leaves = np.array([policy.leaf(int(node)) for node in nodes_at_event(arrays, scenarios, policy.tree)])
    order, played = [], []
    for leaf in np.unique(leaves):
        mine = np.flatnonzero(leaves == leaf)
        order.append(mine)
        played.append(simulate(arrays, pick(scenarios, mine), policy.by_leaf[int(leaf)], executor=executor))
    joined = join_outcomes(played)
    back = np.argsort(np.concatenate(order), kind="stable")
    in_order: dict[str, Any] = {}
    for field in fields(Outcomes):
        value = getattr(joined, field.name)
        in_order[field.name] = None if value is None else value[back]
    return Outcomes(**in_order)


def nodes_at_event(arrays: NetworkArrays, scenarios: Scenarios, tree: WatchTree) -> Ints:
    """The node in which the first event finds each scenario; the last one where none comes in time."""
    path = tree.follow(scenarios.watch)
    epoch = np.minimum(scenarios.first_event() // arrays.epoch_weeks, path.shape[1] - 1)
    return np.asarray(path[np.arange(len(path)), epoch])


def pick(scenarios: Scenarios, numbers: Ints) -> Scenarios:
    """Some of the scenarios, with their weights as they are."""
    values = {f.name: getattr(scenarios, f.name) for f in fields(Scenarios)}
    return Scenarios(**{name: value[numbers] if value.size else value for name, value in values.items()})
