"""What happens if nothing is changed. In: `Network`. Out: `Outlook`, the JSON of `outlast simulate`.
One reason to exist: the company as it runs today, simulated, before any plan.
Money is in case currency, shares are 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.plan.answer import Interval
from outlast.plan.certify import conditional_value_at_risk, mean_interval, survivors
from outlast.plan.study import given_event
from outlast.provenance import Provenance, trace_run
from outlast.scenarios.draw import Draws
from outlast.simulate.named_policy import read_policy
from outlast.simulate.outcomes import Outcomes
from outlast.simulate.own_policy import OwnPolicy
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.run import Executor, baseline, simulate

SCENARIOS = 1000
"""Scenarios if the caller does not say."""


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """Share of scenarios that survive `week` weeks after the effective date, with its Wilson band."""

    week: int
    p: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RestrictionOutlook:
    """What one restriction does if it falls in the first week."""

    restriction_id: str
    authority: str
    loss: Interval
    survive_half_weeks: int
    """Week that half the scenarios survive; the last week that is followed if more do."""
    survival: tuple[SurvivalPoint, ...]


@dataclass(frozen=True, slots=True)
class ProductFill:
    """How much of its demand a product meets."""

    product_id: str
    name: str
    fill_rate: float | None
    """Units sold over units demanded, all scenarios; None without demand."""
    fill_rate_event: float | None
    """The same, scenarios with an event only; None without one."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What happens if nothing is changed, over all that may happen."""

    provenance: Provenance
    case_name: str
    currency: str
    policy: str
    """What the company does, in words."""
    scenarios: int
    probability_of_event: float
    """Share of scenarios with an event within the horizon."""
    loss: Interval
    """Of a scenario, the ones without an event included."""
    cvar: float
    """Mean loss of the worst scenarios."""
    cvar_level: float
    cash_low: Interval
    """Lowest cash of a scenario."""
    cash_runs_out: float
    """Share of scenarios in which cash and credit fall below 0."""
    products: tuple[ProductFill, ...]
    restrictions: tuple[RestrictionOutlook, ...]


def simulate_case(
    network: Network,
    *,
    seed: int | None = None,
    scenarios: int | None = None,
    progress: Callable[[str], None] | None = None,
    executor: Executor | None = None,
    policy: str | Policy | OwnPolicy = "normal",
) -> Outlook:
    """Simulate the company as it runs today, or under another policy.

    Args:
        network: the case.
        seed: of every random draw; default: the case's.
        scenarios: draws, also for each restriction on its own; default: 1000.
        progress: told what is going on.
        executor: where simulations run; default: this process.
        policy: words (`outlast.simulate.named_policy.FORMS`), arrays, or a function that is asked every week
            what to order (`outlast.simulate.own_policy.KnownWeek`).

    Raises:
        UsageError: words that name no policy, or orders that are none.
    """
    tell = progress or (lambda message: None)
    seed = network.settings.seed if seed is None else seed
    n = SCENARIOS if scenarios is None else scenarios
    arrays, level = number(network), network.settings.plan.cvar_level
    rules = choose_policy(arrays, policy)
    tell(f"simulating {n} scenarios")
    drawn = Draws(n, seed)
    outcome = simulate(arrays, drawn, rules, executor=executor)
    loss = baseline(arrays, drawn, executor=executor) - outcome.value
    happened = outcome.event_week < arrays.horizon_weeks
    lines = []
    for restriction, restriction_id in enumerate(arrays.restriction_ids):
        tell(f"simulating {restriction_id}")
        lines.append(_foresee(network, arrays, rules, restriction, n, seed, executor))
    return Outlook(
        provenance=trace_run(network.hashes, seed),
        case_name=network.settings.name,
        currency=network.settings.currency,
        policy=policy if isinstance(policy, str) else "the caller's own",
        scenarios=n,
        probability_of_event=float(happened.mean()),
        loss=mean_interval(loss),
        cvar=conditional_value_at_risk(loss, level),
        cvar_level=level,
        cash_low=mean_interval(outcome.cash_low),
        cash_runs_out=float((outcome.cash_out_week < arrays.n_week).mean()),
        products=_fill_rates(network, arrays, outcome),
        restrictions=tuple(lines),
    )


def choose_policy(arrays: NetworkArrays, policy: str | Policy | OwnPolicy) -> Policy:
    """The arrays of a policy given in any form."""
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, str):
        return read_policy(arrays, policy)
    return replace(normal_policy(arrays), decide=policy)


def _foresee(
    network: Network,
    arrays: NetworkArrays,
    policy: Policy,
    restriction: int,
    n: int,
    seed: int,
    executor: Executor | None,
) -> RestrictionOutlook:
    """One restriction, announced in week 0."""
    event = (restriction, 0)
    [cut] = given_event(arrays, [policy], event, (), seed=seed, executor=executor, count=n)
    weeks = range(arrays.window_weeks + 1)
    shares = zip(weeks, survivors(cut.survived, weeks), strict=True)
    curve = [SurvivalPoint(week, *share) for week, share in shares]
    return RestrictionOutlook(
        restriction_id=arrays.restriction_ids[restriction],
        authority=network.restrictions[restriction].authority,
        loss=mean_interval(cut.loss),
        survive_half_weeks=max(point.week for point in curve if point.p >= 0.5),
        survival=tuple(curve),
    )


def _fill_rates(network: Network, arrays: NetworkArrays, outcome: Outcomes) -> tuple[ProductFill, ...]:
    """Fill rates of the products that are sold, in the order of the case."""
    happened = outcome.event_week < arrays.horizon_weeks
    every = np.ones_like(happened)

    def rate(item: int, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float | None:
        lines = arrays.line_product == item
        demanded = float(outcome.demanded[chosen][:, lines].sum())
        return float(outcome.sold[chosen][:, lines].sum()) / demanded if demanded > 0 else None

    return tuple(
        ProductFill(item_id, network.item[item_id].name or item_id, rate(item, every), rate(item, happened))
        for item, item_id in enumerate(arrays.item_ids)
        if (arrays.line_product == item).any()
    )
