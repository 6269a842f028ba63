"""What a plan says. In: nothing. Out: frozen dataclasses, the JSON of `outlast plan` field by field.
One reason to exist: planner, report and JSON schema agree on one shape.
Money is in case currency, dates are ISO days, shares are 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from outlast.provenance import Provenance

Method = Literal["auto", "exact", "fast"]
"""Ways to plan; auto: by size."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a plan was made."""

    used: Literal["exact", "fast"]
    """exact: every event solved to the end by linear programs; fast: by first-order steps, for thousands of
    items."""
    asked: Method
    """auto: by the size of the problem."""
    rows: int
    """Of the planning problem written in full, roughly."""
    why: str
    """Why this way, in words."""
    left_out: tuple[str, ...] = ()
    """What the answer does not hold because of it, in words."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its two-sided 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share of scenarios with its 95 % Wilson band."""

    p: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RegretLine:
    """What the plan loses if all hazards are scaled by a factor, beside the least that any plan loses."""

    factor: float
    hazard_per_year: float
    """Of all restrictions together, scaled [events per year]."""
    loss: float
    """Of the plan on the planning scenarios, by the measure [money]."""
    least_loss: float
    """No plan loses less on the same planning scenarios [money]."""
    regret: float
    """Loss less least loss: what knowing the hazard would save at most [money]."""
    regret_nothing: float
    """Regret of buying nothing extra [money]."""
    simulated: Interval
    """Loss under the simulated, non-anticipative policy, fresh scenarios with these hazards [money]."""
    simulated_nothing: Interval
    """The same for buying nothing extra, on the same draws."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """How good the plan is and how that is known (model.md section 7)."""

    model: str
    """What was optimised, in words: teeth, draws, rows."""
    measure: str
    """What the objective is minus of, in words: the expected loss, or a mixture with CVaR."""
    status: Literal["optimal", "gap", "unproven"]
    objective: float
    """(a) minus the measure of the plan's loss on the planning scenarios, after rounding [money]; where
    regret is planned for, minus the largest of `regret`: bound and objective_nothing likewise."""
    bound: float
    """(b) no plan can have a larger objective on the same planning scenarios [money]."""
    later_starts: float
    """The bound holds for switches that start now, when the cash limit rises, at the event, or never;
    starting them in other weeks could raise it by this at most [money]."""
    objective_nothing: float
    """Objective of buying nothing extra, on the same planning scenarios [money]."""
    gap: float
    """(c) headline: (bound - objective) / (bound - objective_nothing)."""
    gap_of_objective: float
    """(c) beside it: (bound - objective) / |objective|, which flatters."""
    simulated: Interval
    """(d) minus the measure of the loss under the simulated, non-anticipative policy, fresh scenarios."""
    simulated_nothing: Interval
    """The same for buying nothing extra, on the same draws."""
    simulated_cover: Interval
    """The same for the best single cover-weeks rule, on the same draws."""
    cover_rule_weeks: float
    """That rule: weeks of cover of every part at risk."""
    beats_cover_rule: bool
    """The interval of the paired difference to the cover rule lies above zero."""
    simulated_scenarios: int
    clairvoyance_gap: float
    """Minus the planned loss under the hazards as stated, less simulated mean [money]."""
    gap_upper_95: float
    """(e) Mak-Morton-Wood one-sided 95 % upper confidence limit on the optimality gap [money]; where
    regret is planned for, on the largest regret."""
    gap_batches: int
    checked: bool
    """A second program, which shares no code with the solver, finds plan and bound as stated."""
    checked_to: float
    """Largest share of the loss by which its figures differ; null: it finds no bound."""
    check: str
    """What it checked, or what does not hold, in words."""
    stopped_early: bool
    """Somebody asked to stop: the search was ended, and fewer batches may stand behind (e)."""
    regret: tuple[RegretLine, ...] = ()
    """The grid of hazards, where the largest regret over it is planned for."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a plan of least cash has to survive, what that costs, and how it is known to be enough."""

    weeks: int
    """Weeks from the effective week on in which cumulative fill stays at or above its target."""
    probability: float
    """Share of events, weighed by their odds, that have to survive so long."""
    fill_target: float
    status: Literal["optimal", "gap", "unproven"]
    """Of `least_cash` against `bound`; optimal: they differ by a thousandth or less."""
    least_cash: float
    """Cash of the cheapest plan found that meets the requirement on the planning scenarios, where demand is
    its mean and all durations are known at the event [money]."""
    bound: float
    """No plan that meets it there pays less [money]."""
    gap: float
    """(least_cash - bound) / least_cash."""
    cash: float
    """All cash that this plan pays for protection, whenever it is due [money]. More than `least_cash` where
    fresh scenarios asked for room to spare."""
    planned: float
    """Share of the events of the planning scenarios that survive with this plan."""
    planned_nothing: float
    """The same if nothing extra is bought."""
    room_events: float
    """Share of events that was planned for."""
    room_demand: float
    """Share by which demand after an event was planned above its mean."""
    simulated_events: int
    """Events of the fresh scenarios on which the plan was checked."""
    simulated: float
    """Share of them that survive with this plan; the company sees only the past."""
    simulated_low: float
    """One-sided 95 % Clopper-Pearson lower limit of that share."""
    simulated_nothing: float
    """The same share if nothing extra is bought."""
    met: bool
    """`simulated_low` is not below `probability`: with 95 % confidence the requirement is met."""
    roomiest_cash: float | None
    """Where no room to spare was enough on fresh scenarios: cash of the plan with the most room that was
    tried [money]; else null."""
    roomiest: float | None
    """Share of fresh events that survive with that plan."""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item: what there is, what to hold."""

    item_id: str
    name: str
    kind: str
    on_hand: float
    target: float
    """Stock that the plan holds once built up, working stock included [units]."""
    usage_per_week: float
    cover_weeks_now: float
    cover_weeks_target: float
    unit_cost: float
    binding: str
    """What stops more: "budget", "capacity", "nothing", ..."""
    at_risk: bool
    """A restriction closes a qualified source of it, or of something in it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One order of a purchase: a source of limited capacity is ordered from week by week."""

    order_id: str
    """Name of the order once it is placed: that of the purchase, and behind a dot which of several."""
    order_date: date
    arrival_date: date
    quantity: float
    """Units of the item."""


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One order to place."""

    purchase_id: str
    """Names the purchase in this plan and no other, for example 3f2a9c1b-004."""
    item_id: str
    name: str
    source_id: str
    supplier: str
    kind: Literal["replenishment", "build-up"]
    order_date: date
    arrival_date: date
    quantity: float
    """Units of the item."""
    cost: float
    """Goods at the price that the orders reach, and order costs [money]."""
    reason: str
    order_quantity: float
    """The same in the source's purchase unit."""
    order_unit: str
    """Unit in which the source sells, for example CTN."""
    calls: tuple[Call, ...]
    """The single orders; one for most purchases."""


@dataclass(frozen=True, slots=True)
class ProductionLine:
    """Finished goods or assemblies to make for stock."""

    item_id: str
    name: str
    start_date: date
    quantity: float
    cost: float
    reason: str


@dataclass(frozen=True, slots=True)
class QualificationLine:
    """A second source or redesign."""

    source_id: str
    item_id: str
    name: str
    supplier: str
    mode: str
    decision: Literal["start now", "start later", "start at event", "do not start"]
    start_date: date | None
    ready_date_p50: date | None
    cost: float
    reason: str


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One way to bridge a cut of an item, and the best plan with it and none of the item's other ways; stock
    of the item may be bought beside a start, and all other items are decided anew."""

    item_id: str
    name: str
    option: Literal["nothing", "stock only", "start now", "start later", "start at event", "customer"]
    source_id: str
    supplier: str
    mode: str
    """direct, redesign or customer; empty without a source."""
    start_date: date | None
    loss: float | None
    """Measure of the loss of that plan on the planning scenarios, before whole lots [money]; null: there is
    none."""
    floor: float | None
    """No plan with this option and no other of the item loses less [money]."""
    stock_cost: float | None
    """Paid for build-up of the item in that plan [money]."""
    switch_cost: float
    """Paid once for the switch [money]."""
    chosen: bool
    """The plan does this."""
    remark: str
    """Why there is no such plan."""


@dataclass(frozen=True, slots=True)
class CashLine:
    """Cumulative cash paid for protection, by week."""

    date: date
    spend: float
    limit: float | None


@dataclass(frozen=True, slots=True)
class SurvivalLine:
    """Share of scenarios that survive `week` weeks after the effective date."""

    week: int
    now: Share
    plan: Share


@dataclass(frozen=True, slots=True)
class StockPath:
    """Projected stock of one item, mean over scenarios with the cut in a stated week [units]."""

    item_id: str
    name: str
    weeks: tuple[int, ...]
    now: tuple[float, ...]
    plan: tuple[float, ...]
    plan_low: tuple[float, ...]
    """10th percentile over scenarios."""
    plan_high: tuple[float, ...]
    """90th percentile."""


@dataclass(frozen=True, slots=True)
class CoverRow:
    """Weeks of cover of one item, by week, under the plan with no event."""

    item_id: str
    name: str
    weeks: tuple[int, ...]
    cover_weeks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RestrictionLine:
    """One restriction: how likely, how long we outlast it, what it costs."""

    restriction_id: str
    authority: str
    effect: str
    hazard_per_year: float | None
    hazard_low: float | None
    hazard_high: float | None
    time_to_survive_weeks: float
    time_to_survive_plan_weeks: float
    exceeds_window: bool
    time_to_switch_p50_weeks: float | None
    first_item_out: str
    """The item that stops first, with what is on hand and on order today; "": none within the window."""
    first_product_out: str
    first_item_out_plan: str
    """The same with the stock of the plan, switches begun at the news: the plan moves what stops first."""
    first_product_out_plan: str
    loss_if_now: float
    """Mean loss if it falls in the stated event week and nothing is done [money]."""
    loss_if_plan: float


@dataclass(frozen=True, slots=True)
class Assumption:
    """A default, an assumed figure or a limit of the model that mattered."""

    about: str
    """table.column of a figure, or the part of the model."""
    text: str
    kind: Literal["what-if", "assumed", "default", "model"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the plan advises beside what was done in fact (cases that record it)."""

    what: str
    weeks: int
    """Both count from the start to this week."""
    advised: float
    done: float
    unit: str
    explanation: str
    citation: str


@dataclass(frozen=True, slots=True)
class OverrideLine:
    """What a person decided, and what keeping to it costs."""

    row: int
    """Row of the table overrides, from 1."""
    kind: str
    source_id: str
    item_id: str
    from_date: date | None
    to_date: date | None
    quantity: float | None
    reason: str
    author: str
    set_on: date | None
    kept: str
    """What became of it in this plan, in words."""
    cost: float | None
    """By how much the objective would be better without it [money]; null: it has no effect, or was not
    worked out."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One difference to the plan before, and why."""

    kind: Literal[
        "placed",
        "not placed",
        "added",
        "dropped",
        "moved",
        "resized",
        "start",
        "target",
        "made for stock",
        "replenishment",
    ]
    item_id: str
    name: str
    source_id: str
    supplier: str
    date_before: date | None
    date_after: date | None
    quantity_before: float | None
    quantity_after: float | None
    money: float
    """Money that it moves."""
    reason: str
    found_by: Literal["record", "planned again", "inputs", "none"]
    """How the reason is known: it is on record; the plan, made again with last week's figure, is as it was;
    it is the only input that changed; or no single change explains it."""


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since the plan before."""

    plan_id: str
    """Of the plan before; empty where none was given."""
    start: date | None
    """Its first day."""
    inputs: tuple[str, ...]
    """What changed in the case, in words."""
    kept: int
    """Purchases that are as they were."""
    changed: int
    """Purchases added, dropped, moved or resized."""
    moved_share: float
    """Share of the money of purchases that is moved."""
    moved_share_free: float
    """The same if changes cost nothing."""
    change_cost_share: float
    """What a change had to be worth, as a share of the money moved."""
    cost: float
    """What calmness costs: by how much the objective would be better if changes cost nothing [money]."""


@dataclass(frozen=True, slots=True)
class StateHazard:
    """A restriction in one watch state."""

    restriction_id: str
    hazard_per_year: float


@dataclass(frozen=True, slots=True)
class WatchStateLine:
    """A watch state of the case."""

    state_id: str
    meaning: str
    now: bool
    share: float
    """Expected share of the horizon spent in it, as long as nothing happens."""
    hazards: tuple[StateHazard, ...]


@dataclass(frozen=True, slots=True)
class StateChange:
    """One change of the watch state."""

    date: date
    state_id: str


@dataclass(frozen=True, slots=True)
class TriggerAction:
    """What is done otherwise than if the state had stayed."""

    kind: Literal["order", "start switch", "make", "run down"]
    item_id: str
    name: str
    source_id: str
    supplier: str
    date: date
    """Of the first step."""
    quantity: float
    """Units in the weeks that are looked ahead; of a switch 1, or 0 where it is not started."""
    otherwise: float
    """The same had the state stayed."""
    cost: float
    """Of that quantity [money]."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What the plan does when the watch state changes."""

    changes: tuple[StateChange, ...]
    """On the way there, this one last."""
    odds: float
    """Of this way, without an event up to there."""
    actions: tuple[TriggerAction, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """A plan that waits for watch states, beside the best one that does not look at them."""

    states: tuple[WatchStateLine, ...]
    changes_followed: int
    """Changes on a path that the plan acts on; later ones count by their odds."""
    odds_of_more_changes: float
    """Within the horizon, before any event."""
    review_weeks: int
    """Weeks from one look at the state to the next."""
    ahead_weeks: int
    """Weeks that actions are told for."""
    situations: int
    """Paths that are told apart, epoch by epoch."""
    objective_without: float
    """Of the best plan that does not look, on the same planning scenarios, whole lots [money]."""
    simulated_without: Interval
    """The same by simulation, on the same fresh draws as the certificate."""
    gain: Interval
    """Simulated loss without triggers less with them, draw by draw [money]."""
    triggers: tuple[Trigger, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The answer in one breath."""

    currency: str
    start: date
    horizon_weeks: int
    window_weeks: int
    event_week: int
    """Week of the event in the conditional figures (survival, stock paths, losses by restriction)."""
    probability_of_event: float
    """Within the horizon, any restriction."""
    expected_loss_now: Interval
    expected_loss_plan: Interval
    cvar_now: float
    cvar_plan: float
    cvar_level: float
    spend_on_buildup: float
    spend_on_qualification: float
    peak_cash: float
    peak_cash_date: date
    cost_if_nothing_happens: float
    """Expected protection cost on paths with no event, holding and write-down included."""
    survive_half_now_weeks: int
    """Week that half the scenarios survive today, given the event; the window if more do."""
    survive_half_plan_weeks: int
    headline: str
    """One sentence a manager can repeat."""
    buy_first: tuple[str, ...]
    """Up to five sentences, the most urgent first."""


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """Everything `outlast plan` reports."""

    provenance: Provenance
    plan_id: str
    """Names this plan: another one has another name."""
    case_name: str
    what_if: tuple[str, ...]
    """What was changed of the case for this plan only, in words."""
    summary: Summary
    requirement: Requirement | None
    """null: the plan makes the loss small, not cash."""
    way: Way
    certificate: Certificate
    restrictions: tuple[RestrictionLine, ...]
    items: tuple[ItemLine, ...]
    purchases: tuple[PurchaseLine, ...]
    production: tuple[ProductionLine, ...]
    qualifications: tuple[QualificationLine, ...]
    options: tuple[OptionLine, ...]
    """Of the items that stop first among those that have a choice."""
    watch: Watch | None
    """None where the case has no watch states."""
    overrides: tuple[OverrideLine, ...]
    since: Since
    changes: tuple[ChangeLine, ...]
    cash: tuple[CashLine, ...]
    survival: tuple[SurvivalLine, ...]
    stock_paths: tuple[StockPath, ...]
    cover: tuple[CoverRow, ...]
    comparison: tuple[Comparison, ...]
    assumptions: tuple[Assumption, ...]
