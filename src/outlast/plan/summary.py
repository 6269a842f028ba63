"""The answer in one breath, and the certificate. In: a decided plan and its trial.
Out: `Summary`, `Certificate`, `Comparison`s. One reason to exist: the sentences and figures that
a reader takes away are put together in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.network.wording import figure
from outlast.optimise.comb import CombProblem, later_start_saving, weigh_teeth
from outlast.optimise.master import Master
from outlast.optimise.proof import Checked
from outlast.optimise.risk import Risk
from outlast.optimise.solve import Solution
from outlast.plan import answer as say
from outlast.plan import explain
from outlast.plan.certify import Evaluation, conditional_value_at_risk, mean_interval
from outlast.plan.fast import Fast
from outlast.plan.least_cash import Secured, secured_words
from outlast.plan.previous import Previous
from outlast.plan.regret import Regret
from outlast.plan.schedule import Schedule
from outlast.plan.study import Trial, measured
from outlast.plan.triggers import Triggers
from outlast.plan.way import EXACT

Floats = NDArray[np.float64]
SURPLUS = (
    "stock beyond the safety stock that the swings of demand call for counts as surplus and is used up, "
    "as it would be without a plan, while the company keeps more for its normal running; "
)


@dataclass(frozen=True)
class Done:
    """A decided plan and what it was decided on."""

    network: Network
    arrays: NetworkArrays
    problem: CombProblem
    nothing: Solution
    best: Solution
    schedule: Schedule
    evaluation: Evaluation
    story: explain.Story
    master: Master | None
    """None where the plan was made the fast way."""
    calm: Solution
    """The relaxation that was rounded: `best`, or what stays near the plan before."""
    previous: Previous | None = None
    regret: Regret | None = None
    """What is known of other hazards, where the largest regret is made small."""
    secured: Secured | None = None
    """Where the plan makes cash small."""
    stopped: Callable[[], bool] = lambda: False
    """Whether somebody asked to stop."""
    triggers: Triggers | None = None
    """What is done when the watch state changes; `schedule` is then the plan while it stays."""
    without_triggers: Done | None = None
    """The best plan that does not look at the watch state."""
    way: say.Way = EXACT
    """How the plan was made."""
    fast: Fast | None = None
    """What the fast way left, where it was gone."""

    @property
    def exact(self) -> Master:
        """The master of a plan that was made the exact way.

        Raises:
            UsageError: it was made the fast way.
        """
        if self.master is None:
            raise UsageError("the plan was made the fast way: ask for the exact way (--method exact)")
        return self.master

    @property
    def odds(self) -> Floats:
        """Odds of the leaves under the hazards as stated, shape (leaf)."""
        if self.regret is not None:
            return self.regret.stated
        return np.array([*(tooth.probability for tooth in self.problem.teeth), self.problem.quiet])

    def measure(self, loss: Floats) -> float:
        """What the plan makes small, of losses of the leaves [money]."""
        aim = self.exact.teeth.aim
        return self.problem.risk.value(loss, self.odds) if aim is None else aim.value(self.problem.risk, loss)


def certificate_of(
    done: Done,
    trial: Trial,
    limit: float,
    batches: int,
    planned: float,
    regret: Sequence[say.RegretLine],
    checked: Checked | None,
    said: Done | None = None,
) -> say.Certificate:
    """The figures of model.md section 7, after rounding.

    Args:
        done: the plan.
        trial: the plan played forward.
        limit: upper limit on the optimality gap, or on the largest regret [money].
        batches: what it rests on.
        planned: loss on the planning scenarios under the hazards as stated, by the measure [money].
        regret: a line for every hazard of the grid, where regret is planned for.
        checked: what a second program found; None where it was not asked.
        said: the plan with the method's own figures, where `done` has those that were proven.
    """
    objective, bound = done.evaluation.objective, done.best.bound
    idle = done.nothing.objective
    room = bound - idle
    left = max(bound - objective, 0.0)
    # What is decided by hand can cost more than the plan gains: then there is no improvement to share.
    gap = left / (room if room > 1e-9 * max(1.0, abs(idle)) else max(abs(objective), 1e-12))
    problem = done.problem

    simulated = mean_interval(-measured(problem, trial.plan))
    beats = mean_interval(measured(problem, trial.cover) - measured(problem, trial.plan))
    model = (
        f"{len(problem.teeth)} planning scenarios (epoch x restriction x draw), "
        f"{len(problem.items)} items at risk, {done.best.rows:,} rows, {done.best.columns:,} columns, "
        f"buckets of {problem.bucket_weeks:g} weeks after an event, {done.best.passes} "
        + ("passes over all teeth" if done.fast is None else "first-order steps")
    )
    if regret:
        grid = ", ".join(f"{line.factor:.3g}" for line in regret)
        model += f"; the largest regret with all hazards scaled by {grid}"
    if done.triggers is not None:
        model += f", {len(done.triggers.solution.tree.epoch)} situations of watch states"
    return say.Certificate(
        model=model,
        measure=measure_name(problem.risk),
        status="unproven" if checked is not None and checked.faults else "optimal" if gap <= 1e-6 else "gap",
        objective=objective,
        bound=bound,
        later_starts=saving_of_later_starts(done) + (done.triggers.later_starts() if done.triggers else 0.0),
        objective_nothing=idle,
        gap=gap,
        gap_of_objective=(bound - objective) / max(abs(objective), 1e-12) if objective else 0.0,
        simulated=simulated,
        simulated_nothing=mean_interval(-measured(problem, trial.nothing)),
        simulated_cover=mean_interval(-measured(problem, trial.cover)),
        cover_rule_weeks=trial.cover_weeks,
        beats_cover_rule=beats.low > 0,
        simulated_scenarios=len(trial.plan),
        clairvoyance_gap=-planned - simulated.mean,
        gap_upper_95=limit,
        gap_batches=batches,
        regret=tuple(regret),
        checked=checked is not None and not checked.faults,
        checked_to=np.inf if checked is None else checked_to(checked, objective, bound),
        check=check_words(checked) if said is None or done.fast is None else check_fast_words(checked, said),
        stopped_early=done.stopped(),
    )


def saving_of_later_starts(done: Done) -> float:
    """Most that switches started in weeks that are not tried could save, under any of the hazards [money]."""
    every = [done.odds] if done.regret is None else done.regret.odds
    return max(later_start_saving(weigh_teeth(done.problem, odds)) for odds in every)


def checked_to(checked: Checked, objective: float, bound: float) -> float:
    """Largest share of the loss by which a second program falls short of what is claimed."""
    short = max(abs(checked.loss + objective), -bound - checked.floor, 0.0)
    return short / max(abs(bound), abs(objective), 1e-12)


def check_words(checked: Checked | None) -> str:
    """What a second program finds of the plan and its bound."""
    if checked is None:
        return "not asked: it does not know plans with triggers"
    if checked.faults:
        return "; ".join(checked.faults)
    return (
        "every row and bound of the planning model at the plan in whole lots and at what follows each event, "
        "whole starts, its loss leaf by leaf, cash week by week, and the bound by weak duality, for every "
        "choice of starts; not the orders' room beside calls placed ahead, and not the simulation"
    )


def check_fast_words(checked: Checked | None, said: Done) -> str:
    """The same of a plan of the fast way, whose figures are then those that were proven."""
    if checked is None or checked.faults:
        return check_words(checked)
    currency = said.network.settings.currency
    lost, floor = -said.evaluation.objective, -said.best.bound
    return (
        "every row and bound of the planning model at the plan in whole lots and at what follows each event, "
        "whole starts, its loss event by event, cash week by week, and the bound by weak duality; loss and "
        "bound are those that were proven, not those of the method that made the plan, which says "
        f"{currency} {figure(lost)} and {figure(floor)} and shares out time within a bucket in another way"
    )


def measure_name(risk: Risk) -> str:
    """The measure of the loss in words."""
    if risk.weight == 0:
        return "expected loss"
    return f"{1 - risk.weight:.0%} of the expected loss + {risk.weight:.0%} of CVaR {risk.level:g}"


def half_life(survival: Sequence[say.SurvivalLine], plan: bool) -> int:
    """Last week that half the scenarios or more survive."""
    alive = [s.week for s in survival if (s.plan if plan else s.now).p >= 0.5]
    return max(alive, default=0)


def summarise(
    done: Done,
    trial: Trial,
    week: int,
    survival: Sequence[say.SurvivalLine],
    restrictions: Sequence[say.RestrictionLine],
    purchases: Sequence[say.PurchaseLine],
    qualifications: Sequence[say.QualificationLine],
    cash: Sequence[say.CashLine],
) -> say.Summary:
    """The answer in one breath."""
    settings, arrays = done.network.settings, done.arrays
    level = settings.plan.cvar_level
    buildup = [line for line in purchases if line.kind == "build-up"]
    started = [line for line in qualifications if line.decision in ("start now", "start later")]
    peak = max(cash, key=lambda line: line.spend)
    now, later = half_life(survival, False), half_life(survival, True)
    spend = sum(line.cost for line in buildup)
    loss_now, loss_plan = mean_interval(trial.nothing), mean_interval(trial.plan)
    return say.Summary(
        currency=settings.currency,
        start=settings.start,
        horizon_weeks=arrays.horizon_weeks,
        window_weeks=arrays.window_weeks,
        event_week=week,
        probability_of_event=float(1 - done.odds[-1]),
        expected_loss_now=loss_now,
        expected_loss_plan=loss_plan,
        cvar_now=conditional_value_at_risk(trial.nothing, level),
        cvar_plan=conditional_value_at_risk(trial.plan, level),
        cvar_level=level,
        spend_on_buildup=float(spend),
        spend_on_qualification=float(sum(line.cost for line in started)),
        peak_cash=peak.spend,
        peak_cash_date=peak.date,
        cost_if_nothing_happens=trial.calm_plan,
        survive_half_now_weeks=now,
        survive_half_plan_weeks=later,
        headline=headline(
            done,
            restrictions,
            float(measured(done.problem, trial.nothing).mean()),
            float(measured(done.problem, trial.plan).mean()),
            spend + sum(line.cost for line in started),
        ),
        buy_first=buy_first(buildup, started),
    )


def headline(
    done: Done,
    restrictions: Sequence[say.RestrictionLine],
    loss_now: float,
    loss_plan: float,
    spend: float,
) -> str:
    """One sentence a manager can repeat."""
    currency, window = done.network.settings.currency, done.arrays.window_weeks
    if not restrictions or not len(done.problem.items):
        return "No restriction in this case can stop supply: nothing to buy."
    if not done.problem.teeth:
        spent = f"; {currency} {figure(spend)} is spent because it was decided by hand" if spend > 0 else ""
        return f"No restriction in this case has a hazard above 0: nothing extra is worth buying{spent}."
    if done.secured is not None:
        return secured_words(done.secured, currency)
    worst = max(restrictions, key=lambda line: line.loss_if_now)
    now, later = worst.time_to_survive_weeks, worst.time_to_survive_plan_weeks
    until = f"more than {window} weeks" if now >= window else f"{now:.0f} weeks"
    reach = f"more than {window} weeks" if later >= window else f"{later:.0f}"
    stops = f" ({worst.first_item_out} runs out first)" if worst.first_item_out else ""
    weighed = done.problem.risk.weight > 0
    measure = f"the loss ({measure_name(done.problem.risk)})" if weighed else "the expected loss"
    moved = worst.first_item_out_plan not in ("", worst.first_item_out)
    if moved and later > now:
        reach += f" ({worst.first_item_out_plan} then runs out first)"
    longer = f" makes that {reach} and" if later > now else ""
    begin = f"From the news of {worst.restriction_id}, stock lasts {until} today{stops}; "
    if spend <= 0:
        return f"{begin}nothing extra is worth buying."
    if loss_plan >= loss_now:
        but = f" makes that {reach}, but" if later > now else ""
        return (
            f"{begin}{currency} {figure(spend)} of protection{but} does not lower {measure}: "
            f"{currency} {figure(loss_now)} without it, {figure(loss_plan)} with it."
        )
    return (
        f"{begin}{currency} {figure(spend)} of protection{longer} cuts {measure} "
        f"from {currency} {figure(loss_now)} to {figure(loss_plan)}."
    )


def buy_first(
    buildup: Sequence[say.PurchaseLine], started: Sequence[say.QualificationLine]
) -> tuple[str, ...]:
    """Up to five sentences, the most urgent first."""
    lines = [
        f"Start the switch of {line.name} to {line.supplier} on {line.start_date}: {line.reason}."
        for line in started
        if line.decision == "start now"
    ]
    seen: set[str] = set()
    for line in buildup:
        if line.item_id not in seen:
            seen.add(line.item_id)
            lines.append(
                f"Order {figure(line.quantity)} {line.name} from {line.supplier} on {line.order_date}: "
                f"{line.reason}."
            )
    return tuple(lines[:5])


def compare_with_record(story: explain.Story, record: Sequence[say.Comparison]) -> tuple[say.Comparison, ...]:
    """What the plan advises beside what was done, over the same weeks, and why they differ."""
    arrays = story.arrays
    out = []
    bought = np.array([not m for m in arrays.made]) & (arrays.usage.max(axis=0) > 0)
    risk = np.zeros(len(bought), dtype=bool)
    risk[story.problem.items] = True
    for line in record:
        group = bought if line.what == "components" else arrays.item_kind == 2
        worth = arrays.standard_cost * arrays.on_hand
        epoch = min(round(line.weeks / arrays.epoch_weeks), story.problem.epochs)
        extra = sum(
            float(story.stock[epoch, place] - story.stock[0, place]) * float(arrays.standard_cost[item])
            for place, item in enumerate(story.problem.items)
            if group[item]
        )
        now = float(worth[group].sum())
        at_risk = float(worth[group & risk].sum()) / now if now else 0.0
        limits = sorted(
            {explain.binding(story, int(i)) for i in story.problem.items if group[i]} - {"nothing"}
        )
        why = (
            f"the plan adds only to what a restriction can stop ({at_risk:.0%} of this stock by value); "
            + (f"held back by {' and '.join(limits)}; " if limits else "no limit holds it back; ")
            + (SURPLUS if extra < 0 else "")
            + "hazard, switch times and the split of stock are assumed, "
            + "and the company may have had other motives"
        )
        out.append(replace(line, advised=extra / now if now else 0.0, explanation=why))
    return tuple(out)
