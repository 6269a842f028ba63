"""Simulations. In: a case as arrays, scenarios, a policy. Out: `Outcomes`.
One reason to exist: whoever compares policies calls one function. Scenarios are drawn and played in
blocks of a fixed size, so that the number of processes changes nothing in the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlast.cluster import Executor, ThisProcess
from outlast.errors import UsageError
from outlast.kernels.inventory import simulate_block
from outlast.kernels.shapes import Block, Company, Ints
from outlast.network.arrays import NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.draw import Draws
from outlast.scenarios.scenarios import Scenarios
from outlast.scenarios.streams import BLOCK
from outlast.simulate.outcomes import Outcomes, join_outcomes
from outlast.simulate.own_policy import play_own_block
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.prepare import build_block, build_company, fit_rings, plain

__all__ = [
    "Executor",
    "baseline",
    "loss",
    "path_lengths",
    "simulate",
    "without_restrictions",
]


class Task(NamedTuple):
    """What all blocks of a simulation share."""

    arrays: NetworkArrays
    company: Company
    scenarios: Scenarios | Draws
    length: Ints | None
    """Weeks of each path; None: the events decide."""
    recorded: Ints
    calm: bool = False
    """No restriction ever comes, over the same weeks."""


def simulate(
    arrays: NetworkArrays,
    scenarios: Scenarios | Draws,
    policy: Policy,
    *,
    record_items: Sequence[int] = (),
    ledger: bool = False,
    length: NDArray[np.int64] | None = None,
    executor: Executor | None = None,
) -> Outcomes:
    """Play scenarios under a policy that sees only the past; see docs/simulator.md.

    Args:
        arrays: the case.
        scenarios: joint draws, in the shapes of `arrays`; or how they are drawn, each block where it is
            played, so that memory does not grow with them. It is the same, to the byte.
        policy: what the company does.
        record_items: numbers of items whose stock at the end of each week is kept.
        ledger: whether the flows of every item are kept.
        length: weeks of each path, shape (scenario); default: the events decide (`path_lengths`).
        executor: where blocks run; default: this process. The result is the same, to the byte. A policy
            that decides for itself runs in this process.

    Returns:
        One row per scenario, in their order.

    Raises:
        UsageError: shapes that do not fit, an unknown item, an event outside the case, a length beyond the
            case's weeks.
    """
    _check(arrays, scenarios, policy, record_items, length)
    company = build_company(arrays, policy, ledger)
    recorded = np.array(record_items, dtype=np.int64)
    return _play(Task(arrays, company, scenarios, length, recorded), policy, executor)


def _play(task: Task, policy: Policy, executor: Executor | None) -> Outcomes:
    starts = range(0, max(task.scenarios.n_scenario, 1), BLOCK)
    if policy.decide is None:
        return join_outcomes(list((executor or ThisProcess()).run(play_block, task, starts)))
    played = []
    for start in starts:
        company, block = make_block(task, start)
        play_own_block(task.arrays, company, block, policy.decide, start)
        played.append(read_block(company, block))
    return join_outcomes(played)


def play_block(task: Task, start: int) -> Outcomes:
    """Play the block of scenarios that begins with number `start`."""
    company, block = make_block(task, start)
    simulate_block(company, block)
    return read_block(company, block)


def make_block(task: Task, start: int) -> tuple[Company, Block]:
    """The block of scenarios that begins with number `start`, and a company of its own to play it."""
    arrays, scenarios = task.arrays, task.scenarios
    last = min(start + BLOCK, scenarios.n_scenario)
    if isinstance(scenarios, Draws):
        part = scenarios.part(arrays, start, last)
    else:
        part = scenarios.part(start, last)
    weeks = None if task.length is None else task.length[start:last]
    if task.calm:
        weeks, part = path_lengths(arrays, part), without_restrictions(part)
    company = fit_rings(task.company, arrays, part.lead_factor)
    own = Company._make(plain(a, a.dtype) if isinstance(a, np.ndarray) else a for a in company)
    return own, build_block(own, part, weeks, task.recorded)


def read_block(company: Company, block: Block) -> Outcomes:
    """What came of a block that was played."""
    return Outcomes(
        account=block.account,
        survived=block.paths["survived"],
        event_week=block.paths["event_week"],
        length=block.paths["length"],
        sold=block.sales["sold"],
        demanded=block.sales["demanded"],
        cash_low=block.paths["cash_low"],
        cash_out_week=block.paths["cash_out_week"],
        on_hand=block.on_hand if len(block.record_items) else None,
        ledger=block.ledger if company.has_ledger else None,
    )


def path_lengths(arrays: NetworkArrays, scenarios: Scenarios) -> NDArray[np.int64]:
    """Weeks of each path: the horizon, or the window after a first event within it; shape (scenario)."""
    first = scenarios.first_event()
    after = np.minimum(first + arrays.window_weeks, arrays.n_week)
    return np.where(first < arrays.horizon_weeks, after, arrays.horizon_weeks)


def without_restrictions(scenarios: Scenarios) -> Scenarios:
    """The same draws, and no restriction ever comes; give `simulate` the `length` of the paths."""
    never = np.full_like(scenarios.announced, NEVER)
    return replace(scenarios, announced=never, effective=never, closed=never, relief=never)


def baseline(
    arrays: NetworkArrays, scenarios: Scenarios | Draws, *, executor: Executor | None = None
) -> NDArray[np.float64]:
    """Value of the same draws with no restriction, under the normal policy, over the same weeks [money].

    Shape (scenario).
    """
    policy = normal_policy(arrays)
    _check(arrays, scenarios, policy, (), None)
    nothing = np.zeros(0, dtype=np.int64)
    task = Task(arrays, build_company(arrays, policy, False), scenarios, None, nothing, calm=True)
    return _play(task, policy, executor).value


def loss(
    arrays: NetworkArrays,
    scenarios: Scenarios | Draws,
    outcomes: Outcomes,
    baseline_value: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """What restrictions and protection cost: baseline less value [money], shape (scenario).

    Args:
        arrays: the case.
        scenarios: those that `outcomes` come from.
        outcomes: of any policy.
        baseline_value: what `baseline` gave, if it is known already.
    """
    known = baseline(arrays, scenarios) if baseline_value is None else baseline_value
    return known - outcomes.value


def _check(
    arrays: NetworkArrays,
    scenarios: Scenarios | Draws,
    policy: Policy,
    record_items: Sequence[int],
    length: NDArray[np.int64] | None,
) -> None:
    n, n_week = scenarios.n_scenario, arrays.n_week
    n_item, n_source, n_line = len(arrays.item_ids), len(arrays.source_ids), len(arrays.line_ids)
    n_restriction = len(arrays.restriction_ids)
    expected: dict[str, tuple[int, ...]] = {
        "base_position": (n_week, n_item),
        "protective": (n_week, n_item),
        "buildup": (n_week, n_source),
        "start_week": (n_source,),
        "start_after": (n_source,),
        "hoard": (n_restriction, n_item),
    }
    if isinstance(scenarios, Draws):
        scenarios.check(arrays)
    else:
        expected |= dict.fromkeys(("announced", "effective", "closed", "relief"), (n, n_restriction))
        expected |= {"switch_weeks": (n, n_source), "demand_factor": (n, n_week, n_line)}
        for name in ("source_up", "lead_factor", "yield_factor", "pauses"):
            if getattr(scenarios, name).size:
                expected[name] = (n, n_week, n_source)
    if policy.gap.size:
        expected["gap"] = (n_week, n_item)
    if policy.batch.size:
        expected["batch"] = (n_item,)
    for name, shape in expected.items():
        given = getattr(scenarios, name, getattr(policy, name, None))
        if given is None or given.shape != shape:
            raise UsageError(f"{name} has shape {getattr(given, 'shape', None)}, the case needs {shape}")
    if any(not 0 <= item < n_item for item in record_items):
        raise UsageError(f"record_items must be item numbers from 0 to {n_item - 1}")
    if policy.resolve_weeks < 1:
        raise UsageError("resolve_weeks must be at least 1")
    if length is not None and (
        length.shape != (n,) or length.min(initial=0) < 0 or length.max(initial=0) > n_week
    ):
        raise UsageError(f"length must be weeks from 0 to {n_week}, one per scenario")
