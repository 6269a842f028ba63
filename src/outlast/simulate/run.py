"""Simulations. In: a case as arrays, scenarios, a policy. Out: `Outcomes`.
One reason to exist: whoever compares policies calls one function. Scenarios run in blocks of a
fixed size, so that the number of processes changes nothing in the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlast.cluster import Executor, ThisProcess
from outlast.errors import UsageError
from outlast.kernels.inventory import simulate_block
from outlast.kernels.shapes import Block, Company, Ints
from outlast.network.arrays import NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.draw import iterate_scenarios
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.outcomes import Outcomes, join_outcomes
from outlast.simulate.own_policy import play_own_block
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.prepare import build_block, build_company, plain

__all__ = [
    "Executor",
    "baseline",
    "loss",
    "path_lengths",
    "simulate",
    "simulate_draws",
    "without_restrictions",
]

BLOCK = 16
"""Scenarios in a block: a thousand scenarios keep 60 workers busy, and smaller ones would gain nothing."""


def simulate(
    arrays: NetworkArrays,
    scenarios: Scenarios,
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
        scenarios: joint draws, in the shapes of `arrays`.
        policy: what the company does.
        record_items: numbers of items whose stock at the end of each week is kept.
        ledger: whether the flows of every item are kept.
        length: weeks of each path, shape (scenario); default: the events decide (`path_lengths`).
        executor: where blocks run; default: this process. The result is the same, to the byte. A policy
            that decides for itself runs in this process.

    Returns:
        One row per scenario, in their order.

    Raises:
        UsageError: shapes that do not fit, an unknown item, a length beyond the case's weeks.
    """
    _check(arrays, scenarios, policy, record_items, length)
    company = build_company(arrays, policy, scenarios.lead_factor, ledger)
    recorded = np.array(record_items, dtype=np.int64)
    starts = range(0, max(scenarios.n_scenario, 1), BLOCK)
    common = (company, scenarios, length, recorded)
    if policy.decide is not None:
        own = [make_block(common, start) for start in starts]
        for block in own:
            play_own_block(arrays, company, block, policy.decide)
        return join_outcomes([read_block(company, block) for block in own])
    return join_outcomes(list((executor or ThisProcess()).run(play_block, common, starts)))


def simulate_draws(
    arrays: NetworkArrays,
    policy: Policy,
    n: int,
    seed: int,
    *,
    event: tuple[int, int] | None = None,
    executor: Executor | None = None,
) -> Iterator[Outcomes]:
    """Draw scenarios and play them, at most 256 at a time, so that memory does not grow with `n`.

    All blocks together are what `simulate` gives for `draw_scenarios(arrays, n, seed, event=event)`.

    Args:
        arrays: the case.
        policy: what the company does.
        n: number of scenarios, at least 1.
        seed: seed of the draws.
        event: (restriction, week) that is announced in every scenario, see `draw_scenarios`.
        executor: where blocks run; default: this process.

    Raises:
        UsageError: no scenarios, an event outside the case, a policy that does not fit.
    """
    for scenarios in iterate_scenarios(arrays, n, seed, event=event):
        yield simulate(arrays, scenarios, policy, executor=executor)


def play_block(common: tuple[Company, Scenarios, Ints | None, Ints], start: int) -> Outcomes:
    """Play the block of scenarios that begins with number `start`."""
    company = Company._make(plain(a, a.dtype) if isinstance(a, np.ndarray) else a for a in common[0])
    block = make_block(common, start)
    simulate_block(company, block)
    return read_block(company, block)


def make_block(common: tuple[Company, Scenarios, Ints | None, Ints], start: int) -> Block:
    """The block of scenarios that begins with number `start`."""
    company, scenarios, length, recorded = common
    last = min(start + BLOCK, scenarios.n_scenario)
    weeks = None if length is None else length[start:last]
    return build_block(company, scenarios.part(start, last), weeks, recorded)


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
    arrays: NetworkArrays, scenarios: Scenarios, *, executor: Executor | None = None
) -> NDArray[np.float64]:
    """Value of the same draws with no restriction, under the normal policy, over the same weeks [money].

    Shape (scenario).
    """
    outcomes = simulate(
        arrays,
        without_restrictions(scenarios),
        normal_policy(arrays),
        length=path_lengths(arrays, scenarios),
        executor=executor,
    )
    return outcomes.value


def loss(
    arrays: NetworkArrays,
    scenarios: Scenarios,
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
    scenarios: Scenarios,
    policy: Policy,
    record_items: Sequence[int],
    length: NDArray[np.int64] | None,
) -> None:
    n, n_week = scenarios.n_scenario, arrays.n_week
    n_item, n_source, n_line = len(arrays.item_ids), len(arrays.source_ids), len(arrays.line_ids)
    n_restriction = len(arrays.restriction_ids)
    wanted = dict.fromkeys(("announced", "effective", "closed", "relief"), (n, n_restriction))
    expected: dict[str, tuple[int, ...]] = {
        **wanted,
        "switch_weeks": (n, n_source),
        "demand_factor": (n, n_week, n_line),
        "base_position": (n_week, n_item),
        "protective": (n_week, n_item),
        "buildup": (n_week, n_source),
        "start_week": (n_source,),
        "start_after": (n_source,),
        "hoard": (n_restriction, n_item),
    }
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
