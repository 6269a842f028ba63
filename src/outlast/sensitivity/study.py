"""The answer asked again and again. In: a case, perhaps a plan, factors. Out: `SensitivityAnswer`.
One reason to exist: every run has the same draws, so that nothing but the factors moves the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from outlast.cluster import Executor, ThisProcess
from outlast.errors import UsageError
from outlast.network.arrays import Floats, NetworkArrays
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.plan.answer import Interval
from outlast.plan.certify import conditional_value_at_risk, mean_interval
from outlast.plan.following import follow_plan
from outlast.plan.previous import PLAN
from outlast.plan.saved import read_answer
from outlast.plan.schedule import hoarding, plan_policy
from outlast.provenance import trace_run
from outlast.scenarios.draw import draw_scenarios
from outlast.sensitivity.answer import Question, SensitivityAnswer, Swing
from outlast.sensitivity.factors import Factor, list_factors, move
from outlast.sensitivity.indices import choose_points, find_indices
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.run import baseline, simulate

SCENARIOS, SAMPLES, SURVIVE_WEEKS = 128, 64, 26
"""If the caller does not say."""
ASSUMPTIONS = (
    "Stock, goods on order and a plan's orders stay as they are; replenishment follows demand.",
    "Switch times: their medians move from the 10th to the 90th percentile; single draws scatter about them.",
    "Margin: price less standard cost of every sale. Factors are independent and evenly spread over their "
    "ranges, ratios and hazards by their logarithm.",
)


@dataclass(frozen=True)
class Model:
    """What is asked; sent once to every worker."""

    arrays: NetworkArrays
    policy: Policy
    factors: tuple[Factor, ...]
    question: Question
    survive_weeks: int
    cvar_level: float
    scenarios: int
    seed: int


def analyse_sensitivity(
    network: Network,
    *,
    question: Question = "loss",
    plan: Path | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    survive_weeks: int | None = None,
    scenarios: int = SCENARIOS,
    samples: int = SAMPLES,
    seed: int | None = None,
    progress: Callable[[str], None] | None = None,
    executor: Executor | None = None,
) -> SensitivityAnswer:
    """How the answer moves with hazards, switch times, margin, holding cost and demand.

    Args:
        network: the case.
        question: expected loss, its CVaR, or the share of events that is survived.
        plan: folder of a plan of this case whose schedule is followed; default: the company as it is.
        ranges: low and high end of factors by name; default: the case's, else assumed ones.
        survive_weeks: asked for survival; default: the case's.
        scenarios: of every run.
        samples: base samples of the Sobol indices, a power of 2; 0: the tornado alone.
        seed: of every draw; default: the case's.
        progress: told what is going on.
        executor: where runs are made; default: this process. The result is the same, to the byte.

    Raises:
        UsageError: a range, number or plan that makes no sense; indices without SALib.

    Source: Saltelli et al. (2008), Global Sensitivity Analysis: The Primer.
    """
    tell, run = progress or (lambda message: None), executor or ThisProcess()
    chosen = network.settings.seed if seed is None else seed
    arrays, settings = number(network), network.settings.plan
    factors, left_out = list_factors(network, arrays, ranges or {})
    names = [factor.name for factor in factors]
    points = choose_points(names, samples, chosen) if samples else np.zeros((0, len(names)))
    policy, plan_id = normal_policy(arrays), ""
    if plan is not None:
        arrays, policy, plan_id = _follow(plan, network, tell)
    weeks = choose_weeks(settings.survive_weeks if survive_weeks is None else survive_weeks, arrays)
    model = Model(arrays, policy, factors, question, weeks, settings.cvar_level, scenarios, chosen)
    base = [factor.base for factor in factors]
    alone = [
        [*base[:k], end, *base[k + 1 :]]
        for k, factor in enumerate(factors)
        for end in (factor.low, factor.high)
    ]
    together = [
        [factor.value_at(float(place)) for factor, place in zip(factors, row, strict=True)] for row in points
    ]
    asked = [base, *alone, *together]
    answers = []
    for done, found in enumerate(run.run(ask, model, asked), 1):
        answers.append(found)
        if done % 16 == 0 or done == len(asked):
            tell(f"run {done} of {len(asked)}")
    ends, spread = answers[1 : 1 + len(alone)], np.array(answers[1 + len(alone) :])
    swings = [
        Swing(f.name, f.unit, f.low, f.base, f.high, f.assumed, ends[2 * k], ends[2 * k + 1])
        for k, f in enumerate(factors)
    ]
    indices = find_indices(names, spread, chosen) if samples else ()
    return SensitivityAnswer(
        provenance=trace_run(network.hashes, chosen),
        case_name=network.settings.name,
        currency=network.settings.currency,
        what_if=network.what_if,
        question=question,
        survive_weeks=weeks,
        cvar_level=settings.cvar_level,
        plan_id=plan_id,
        scenarios=scenarios,
        samples=samples,
        runs=len(asked),
        base=answers[0],
        base_interval=mean_interval(_losses(model, arrays)) if question == "loss" else None,
        swings=tuple(sorted(swings, key=lambda s: (-abs(s.answer_high - s.answer_low), s.factor))),
        indices=tuple(sorted(indices, key=lambda index: (-index.total, index.factor))),
        spread=_describe(spread) if samples else None,
        left_out=left_out,
        assumptions=ASSUMPTIONS,
    )


def choose_weeks(weeks: float | None, arrays: NetworkArrays) -> int:
    """Weeks to be survived: half a year if nobody says.

    Raises:
        UsageError: more weeks than are followed.
    """
    chosen = SURVIVE_WEEKS if weeks is None else math.ceil(weeks)
    if chosen > arrays.window_weeks:
        raise UsageError(f"only {arrays.window_weeks} weeks are followed after an event, not {chosen}")
    return chosen


def _follow(plan: Path, network: Network, tell: Callable[[str], None]) -> tuple[NetworkArrays, Policy, str]:
    """Arrays and policy of a written plan, and its name."""
    done = follow_plan(plan, network, seed=None, scenarios=None, progress=tell)
    policy = plan_policy(done.problem, done.best.trunk, done.schedule, hoarding(done.arrays))
    name = read_answer(plan / PLAN if plan.is_dir() else plan).plan_id
    return done.arrays, policy, name


def ask(model: Model, values: Sequence[float]) -> float:
    """The answer with the factors at these values."""
    arrays = move(model.arrays, model.factors, values)
    if model.question == "survival":
        return _survival(model, arrays)
    losses = _losses(model, arrays)
    if model.question == "cvar":
        return conditional_value_at_risk(losses, model.cvar_level)
    return float(losses.mean())


def _losses(model: Model, arrays: NetworkArrays) -> Floats:
    """Loss of each scenario [money], shape (scenario)."""
    drawn = draw_scenarios(arrays, model.scenarios, model.seed)
    policy = replace(model.policy, base_position=arrays.base_position())
    return baseline(arrays, drawn) - simulate(arrays, drawn, policy).value


def _survival(model: Model, arrays: NetworkArrays) -> float:
    """Share of scenarios with an event that survive the weeks asked for.

    As in a plan's curves, everyone is served until stock is gone; a path that ends before counts as
    survived.

    Raises:
        UsageError: no scenario has an event.
    """
    drawn = draw_scenarios(arrays, model.scenarios, model.seed)
    policy = replace(model.policy, base_position=arrays.base_position(), sharing="priority")
    outcome = simulate(arrays, drawn, policy)
    happened = outcome.event_week < arrays.horizon_weeks
    if not happened.any():
        raise UsageError("no scenario has an event, so nothing is survived: draw more --scenarios")
    first = drawn.announced.argmin(axis=1)
    effective = np.maximum(0, drawn.effective[np.arange(len(first)), first])
    needed = np.minimum(model.survive_weeks, outcome.length - effective)
    return float((outcome.survived >= needed)[happened].mean())


def _describe(values: Floats) -> Interval:
    """Mean, 5th and 95th percentile."""
    low, high = np.quantile(values, (0.05, 0.95)).tolist()
    return Interval(float(values.mean()), low, high)
