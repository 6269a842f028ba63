"""The plan of least cash for a required survival. In: a planning problem. Out: `Secured`.
One reason to exist: the least cash of the planning scenarios is found and bounded, made into orders, and
held against fresh scenarios; where these ask for more, the plan is made again with room to spare.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outlast.errors import InfeasibleError, UsageError
from outlast.interruption import Interruption
from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.network.wording import figure
from outlast.optimise.cash_program import CashProgram
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.decompose import Decomposition
from outlast.optimise.lasting import write_lasting_program
from outlast.optimise.least_cash import Kept, Limit, least_cash, most_survival, settle, survive_most
from outlast.optimise.master import Master
from outlast.optimise.search import search
from outlast.optimise.solve import Solution, open_bounds, start_groups
from outlast.plan import answer as say
from outlast.plan.certify import Evaluation, evaluate, fix_schedule
from outlast.plan.explain import spend_by_week
from outlast.plan.fresh_events import Check, Trial, fresh_scenarios
from outlast.plan.overrides import settle_orders, spare_room
from outlast.plan.schedule import Order, Schedule, hoarding, other_decisions, plan_policy, round_source
from outlast.plan.unreachable import unreachable
from outlast.simulate.policy import Policy

Floats = NDArray[np.float64]
Progress = Callable[[str], None]
SURE = 0.999
"""The same for the choice of a plan, so that another set of scenarios agrees with it."""
PROVEN = 0.001
"""Gap up to which the least cash counts as proven."""
GAP = 0.0005
"""Share of the least cash that may stay open."""
ROUGH_GAP = 0.01
"""The same of plans with room to spare, for which no bound is told."""
START_GAP = 1e-3
"""Share of the loss to which switches at the event are chosen."""
SPREADS = 6.0
"""Most room to spare, in standard deviations of the demand of the weeks asked for."""
LEAST_SURGE = 0.2
"""The same as a share of demand, where it hardly swings."""
HALVINGS = 4
"""Times that the room to spare is halved."""


@dataclass(frozen=True)
class Required:
    """What a plan of least cash has to keep up."""

    weeks: int
    """Whole weeks from the effective week on in which cumulative fill is at or above its target."""
    share: float
    """Of events, by their odds."""


@dataclass(frozen=True)
class Secured:
    """The plan, what it pays and how it is known to be enough."""

    required: Required
    least: float
    """Cash of the cheapest plan found that meets the requirement on the planning scenarios [money]."""
    bound: float
    """No plan that meets it there pays less [money]."""
    schedule: Schedule
    evaluation: Evaluation
    spend: float
    """All cash that the plan pays for protection [money]."""
    planned: float
    """Share of the events of the planning scenarios that survive with it."""
    planned_nothing: float
    """The same if nothing extra is bought."""
    surge: float
    """Share by which demand after an event was planned above its mean."""
    aim: float
    """Share of events that was planned for."""
    check: Check
    check_nothing: Check
    roomiest: tuple[float, float] | None
    """Where no room to spare was enough: cash of the roomiest plan, and the share of fresh events that
    survive with it."""


def read_requirement(network: Network, arrays: NetworkArrays) -> Required:
    """What the case asks for.

    Raises:
        UsageError: weeks that no path is followed for.
    """
    settings = network.settings.plan
    if settings.survive_weeks is None or settings.survive_probability is None:
        raise UsageError("objective = 'least_cash' needs survive_weeks and survive_probability in [plan]")
    weeks = math.ceil(settings.survive_weeks)
    notice = int(np.max(arrays.notice_weeks, initial=0))
    if weeks + max(notice, 0) > arrays.window_weeks:
        raise UsageError(
            f"survive_weeks {weeks} and a notice of {notice} weeks go beyond window_weeks "
            f"{arrays.window_weeks}, the weeks followed after the news: set window_weeks = {weeks + notice} "
            "or more"
        )
    return Required(weeks, settings.survive_probability)


@dataclass(frozen=True)
class Teeth:
    """A planning problem that asks for survival, with some room to spare."""

    problem: CombProblem
    program: CashProgram
    lot: Floats

    @classmethod
    def write(cls, problem: CombProblem, weeks: int, lot: Floats, surge: float) -> Teeth:
        """The problem written, its teeth loaded."""
        extensive = write_lasting_program(problem, weeks, surge)
        low, high = open_bounds(problem, extensive, spare=spare_room(problem, lot))
        return cls(problem, CashProgram(problem, extensive, lot, low, high), lot)

    def schedule(self, kept: Kept) -> tuple[Schedule, Kept]:
        """Orders of a plan, and the plan as they make it.

        Raises:
            InfeasibleError: orders that cannot be kept within the limits.
        """
        problem, trunk = self.problem, self.program.extensive.trunk
        orders = settle_orders(problem, self._orders(kept.x), self.lot)
        draft = Schedule(tuple(orders), np.zeros(0), np.zeros(0), {})
        starts = np.round(kept.x[trunk.start])
        made, bought = kept.x[trunk.make], draft.bought(problem, trunk)
        settled = settle(self.program, bought, starts, made, kept.survives)
        if settled is None:
            raise InfeasibleError(["storage and shelf life", "minimum orders and order multiples"])
        whole = Schedule(tuple(orders), *other_decisions(problem, trunk, settled.x))
        return whole, settled

    def _orders(self, x: Floats) -> list[Order]:
        """Whole lots of every source, rounded up as they add up."""
        trunk, x = self.program.extensive.trunk, x.copy()
        orders = []
        for column, source in enumerate(trunk.buy_sources):
            place, lot = trunk.buy[:, column], float(self.lot[source])
            if lot > 0:
                total = np.ceil(np.cumsum(x[place]) / lot - 1e-5) * lot
                x[place] = np.diff(total, prepend=0.0)
            orders += self._calls(x, column, int(source))
        return orders

    def _calls(self, x: Floats, column: int, source: int) -> list[Order]:
        """Orders of a source; what smallest orders leave over in an epoch is added to its last."""
        arrays, trunk = self.problem.arrays, self.program.extensive.trunk
        calls = round_source(self.problem, trunk, x, column, self.lot, 1.0)
        span, least = arrays.epoch_weeks, float(arrays.source_minimum[source])
        out: list[Order] = []
        for epoch, wanted in enumerate(x[trunk.buy[:, column]]):
            mine = [call for call in calls if call.week // span == epoch]
            missing = float(wanted) - sum(call.quantity for call in mine)
            if missing > 1e-6 * max(float(wanted), 1e-9) and wanted > 1e-3 * arrays.usage.mean():
                last = mine.pop() if mine else Order(source, epoch * span, 0.0)
                mine.append(replace(last, quantity=max(last.quantity + missing, least)))
            out += mine
        return out


def plan_least_cash(
    network: Network,
    problem: CombProblem,
    losses: Decomposition,
    nothing: tuple[Solution, Policy],
    lot: Floats,
    *,
    seed: int,
    time_limit: float | None,
    progress: Progress,
    interruption: Interruption | None = None,
) -> Secured:
    """The plan of least cash with which enough events are survived, on planning scenarios and on fresh ones.

    Args:
        network: the case.
        problem: the planning problem.
        losses: its teeth, for what the plan loses.
        nothing: what is done if nothing extra is bought, as a solution and as it is played.
        lot: smallest step between two orders of each source [units], shape (source).
        seed: of the run.
        time_limit: most time of each search [s].
        progress: told what is going on.
        interruption: hears of wishes to stop, which are granted once a plan is enough on the planning
            scenarios; room to spare is then not looked for any more.

    Raises:
        InfeasibleError: no cash is enough; says what could be reached, and what keeps it there.
        UsageError: weeks that no path is followed for.
    """
    stopped = interruption or Interruption()
    required = read_requirement(network, problem.arrays)
    progress(f"writing what it takes to survive {required.weeks} weeks")
    teeth = Teeth.write(problem, required.weeks, lot, 0.0)
    progress("looking for the least cash")
    least = least_cash(teeth.program, required.share, Limit(GAP, time_limit, stopped), progress, stopped.keep)
    kept = least.kept
    if kept is None:
        kept, top = most_survival(teeth.program, Limit(seconds=time_limit))
        if kept is None or kept.share < required.share:
            if top >= required.share:
                raise UsageError(
                    f"no plan that outlasts {required.weeks} weeks in {percent(required.share)} of cuts was "
                    "found in the time given, nor is it known that there is none: allow more (--time-limit)"
                )
            raise unreachable(teeth.program, kept, top, required.weeks, required.share)
    stopped.keep()
    choose, tell = (
        Trial(problem.arrays, required.weeks, fresh_scenarios(problem), seed + shift) for shift in (3, 4)
    )
    schedule, settled = teeth.schedule(kept if stopped() else survive_most(teeth.program, kept))
    first = spend_of(problem, teeth, schedule)
    drawn = _Drawn(schedule, settled.x, 0.0, required.share)
    roomiest = None
    if choose.check(_policy(problem, teeth, schedule)).lower(SURE) < required.share:
        limit = Limit(ROUGH_GAP, time_limit, stopped)
        drawn, roomiest = _with_room(drawn, problem, required, teeth, choose, limit, progress)
    progress("choosing switches at the event")
    drawn = replace(drawn, schedule=start_at_event(losses, problem, drawn.schedule, stopped))
    program = teeth.program
    survives = program.survives(program.learn(drawn.x, np.zeros(program.n_tooth))[0])
    idle = program.survives(program.learn(nothing[0].x, np.zeros(program.n_tooth))[0])
    return Secured(
        required=required,
        least=first,
        bound=min(least.bound, first),
        schedule=drawn.schedule,
        evaluation=evaluate(losses, problem, drawn.schedule, rounded=False),
        spend=spend_of(problem, teeth, drawn.schedule),
        planned=float(program.odds @ survives),
        planned_nothing=float(program.odds @ idle),
        surge=drawn.surge,
        aim=drawn.aim,
        check=tell.check(_policy(problem, teeth, drawn.schedule)),
        check_nothing=tell.check(nothing[1]),
        roomiest=roomiest,
    )


@dataclass(frozen=True)
class _Drawn:
    """A plan as it was drawn up."""

    schedule: Schedule
    x: Floats
    surge: float
    aim: float


def _with_room(
    bare: _Drawn,
    problem: CombProblem,
    required: Required,
    teeth: Teeth,
    trial: Trial,
    limit: Limit,
    progress: Progress,
) -> tuple[_Drawn, tuple[float, float] | None]:
    """The plan with the least room to spare that holds on fresh scenarios, or the roomiest where that is not
    sure; where not even that survives enough, the plan without room, and cash and survivors of the roomiest.

    Room is made of two things at once: demand after an event above its mean, and more events to be survived,
    up to as many as can be.
    """
    if limit.stopped():
        return bare, None
    most, _ = most_survival(teeth.program, limit)
    top = max(most.share if most is not None else required.share, required.share)
    widest = max(SPREADS * demand_spread(problem, required.weeks), LEAST_SURGE)
    low, high, found = 0.0, 1.0, bare
    for turn in range(HALVINGS + 1):
        if limit.stopped():
            break
        part = high if turn == 0 else (low + high) / 2
        surge, aim = part * widest, required.share + part * (top - required.share)
        progress(f"planning for {aim:.0%} of cuts and {surge:.0%} more demand")
        roomy = Teeth.write(problem, required.weeks, teeth.lot, surge)
        kept = least_cash(roomy.program, aim, limit).kept
        if kept is None and not limit.stopped():
            kept, _ = most_survival(roomy.program, limit)
        if kept is None:
            low = part
            continue
        schedule, settled = roomy.schedule(survive_most(roomy.program, kept))
        check = trial.check(_policy(problem, teeth, schedule))
        if check.lower(SURE) >= required.share:
            high, found = part, _Drawn(schedule, settled.x, surge, aim)
        elif turn == 0 and check.share >= required.share:
            return _Drawn(schedule, settled.x, surge, aim), None
        elif turn == 0:
            return bare, (spend_of(problem, teeth, schedule), check.share)
        else:
            low = part
    return found, None


def start_at_event(
    losses: Decomposition, problem: CombProblem, schedule: Schedule, stopped: Callable[[], bool]
) -> Schedule:
    """The schedule with the switches that are worth starting once an event is there: they cost no cash before
    it, and no event is survived the worse for them."""
    extensive, trunk = losses.extensive, losses.extensive.trunk
    low, high = fix_schedule(extensive, problem, schedule, False)
    allowed = open_bounds(problem, extensive)[1]
    free = [option.week == AT_EVENT and option.source not in schedule.starts for option in problem.options]
    columns = trunk.start[np.array(free, dtype=bool)]
    high[columns] = allowed[columns]
    limits = extensive.limits
    master = Master(losses, np.concatenate([limits.cash_rows, limits.capacity_rows]))
    found = search(
        master,
        low,
        high,
        start_groups(problem),
        gap=START_GAP,
        reference=None,
        most_passes=60,
        time_limit=None,
        progress=None,
        stopped=stopped,
    )
    if found is None or not np.isfinite(found.loss):
        return schedule
    taken = zip(problem.options, found.x[trunk.start], strict=True)
    return replace(schedule, starts={option.source: option.week for option, one in taken if one > 0.5})


def requirement_of(secured: Secured, arrays: NetworkArrays) -> say.Requirement:
    """What is told of it."""
    required, check = secured.required, secured.check
    gap = max(secured.least - secured.bound, 0.0) / secured.least if secured.least > 0 else 0.0
    status: Literal["optimal", "gap", "unproven"] = "optimal" if gap <= PROVEN else "gap"
    return say.Requirement(
        weeks=required.weeks,
        probability=required.share,
        fill_target=arrays.fill_target,
        status="unproven" if secured.bound <= 0 < secured.least else status,
        least_cash=secured.least,
        bound=secured.bound,
        gap=gap,
        cash=secured.spend,
        planned=secured.planned,
        planned_nothing=secured.planned_nothing,
        room_events=secured.aim,
        room_demand=secured.surge,
        simulated_events=check.events,
        simulated=check.share,
        simulated_low=check.lower(),
        simulated_nothing=secured.check_nothing.share,
        met=check.lower() >= required.share,
        roomiest_cash=None if secured.roomiest is None else secured.roomiest[0],
        roomiest=None if secured.roomiest is None else secured.roomiest[1],
    )


def secured_words(secured: Secured, currency: str) -> str:
    """The plan in one sentence a manager can repeat."""
    required, check = secured.required, secured.check
    weeks = f"{required.weeks} week{'' if required.weeks == 1 else 's'}"
    asked = f"{weeks} in {percent(required.share)} of cuts"
    if secured.spend <= 0:
        text = f"no cash has to be spent to outlast {asked}"
    else:
        text = f"{currency} {figure(secured.spend)} of protection outlasts {asked}"
        if secured.bound > 0:
            text += f" (no plan does on the planning scenarios for less than {figure(secured.bound)})"
    text = text[0].upper() + text[1:]
    if not check.events:
        return f"{text}; no cut fell on fresh scenarios to check it on."
    found = f"on fresh scenarios {percent(check.share)} of cuts are outlasted so long"
    met = "met" if check.lower() >= required.share else "not met"
    if met == "not met" and check.share >= required.share:
        met = "not shown to be met"
    return f"{text}; {found}: the requirement is {met}."


def percent(share: float) -> str:
    """A share in words, to a tenth of a percent."""
    return f"{100 * share:.3g}%"


def _policy(problem: CombProblem, teeth: Teeth, schedule: Schedule) -> Policy:
    trunk = teeth.program.extensive.trunk
    return plan_policy(problem, trunk, schedule, hoarding(problem.arrays))


def spend_of(problem: CombProblem, teeth: Teeth, schedule: Schedule) -> float:
    """All cash that a schedule pays for protection [money]."""
    return float(spend_by_week(problem, teeth.program.extensive.trunk, schedule)[-1])


def demand_spread(problem: CombProblem, weeks: int) -> float:
    """Standard deviation of the contribution asked for in so many weeks, as a share of its mean."""
    arrays = problem.arrays
    margin = np.maximum(arrays.price - arrays.standard_cost[arrays.line_product], 0.0)
    worth = (arrays.demand * margin)[: max(weeks, 1)]
    mean = float(worth.sum())
    return float(np.sqrt(((worth * arrays.line_sd_share) ** 2).sum()) / mean) if mean > 0 else 0.0
