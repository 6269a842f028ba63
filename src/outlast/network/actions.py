"""What the planner may do and with what money: plan settings, cash limits, overrides, evidence.
In: nothing. Out: the settings of a case and frozen rows of the tables cash, overrides and evidence.
One reason to exist: the vocabulary of decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from outlast.network.column import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class CashLimit:
    """From `from_date`, cumulative cash paid for protection stays below `limit`."""

    from_date: Annotated[date, Column("First day of this limit")]
    limit: Annotated[
        float, Column("Most cash paid for protection since the start", unit="case currency", low=0, high=1e18)
    ]
    opening_cash: Annotated[
        float | None, Column("Cash at the start", unit="case currency", low=-1e18, high=1e18)
    ] = None
    credit_limit: Annotated[
        float | None, Column("Credit that may be drawn", unit="case currency", low=0, high=1e18)
    ] = None
    fixed_cost_per_week: Annotated[
        float | None,
        Column("Cost that runs whatever is sold", unit="case currency per week", low=0, high=1e15),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a person decides instead of the planner, who keeps to it as long as the row stands."""

    kind: Annotated[
        Literal["buy_exactly", "buy_at_least", "buy_at_most", "never_buy", "start_switch", "never_switch"],
        Column("What is decided; buying is build-up, beyond normal replenishment", example="buy_at_least"),
    ]
    source_id: Annotated[
        str, Column("Source that it is about", refers_to="sources.source_id", example="SENSOR-ACME")
    ] = ""
    item_id: Annotated[
        str, Column("Or item that it is about: all its qualified sources together", refers_to="items.item_id")
    ] = ""
    from_date: Annotated[
        date | None, Column("First day of ordering, or day of the start of a switch; default: the start")
    ] = None
    to_date: Annotated[date | None, Column("Last day of ordering; default: the whole horizon")] = None
    quantity: Annotated[
        float | None, Column("Bought in all between these days", unit="item units", low=0, high=1e15)
    ] = None
    reason: Annotated[str, Column("Why", example="Supplier's price rises in May")] = ""
    author: Annotated[str, Column("Who decided")] = ""
    set_on: Annotated[date | None, Column("Day of the decision")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a figure comes from. A figure with no row counts as stated by the user."""

    table: Annotated[str, Column("Table of the figure; case for case.toml", example="sources")]
    row: Annotated[str, Column("Identifier of the row; * for every row", example="SENSOR-ACME")]
    column: Annotated[str, Column("Column of the figure; * for every column", example="lead_time_weeks")]
    status: Annotated[Literal["sourced", "derived", "assumed"], Column("How well it is known")]
    citation: Annotated[str, Column("Source, derivation or reason")]
    available_from: Annotated[
        date | None, Column("Day on which it became public; default: before the start")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """Section [plan] of case.toml."""

    budget: Annotated[
        float | None,
        Column(
            "Most cash paid for protection since the start; default: no limit", unit="case currency", low=0
        ),
    ] = None
    storage_limit: Annotated[
        float | None,
        Column("Space for all stock, see items.storage_per_unit; default: no limit", unit="space", low=0),
    ] = None
    survive_weeks: Annotated[
        float | None, Column("Weeks a survival target asks for", unit="weeks", low=0)
    ] = None
    survive_probability: Annotated[float | None, Column("Odds a survival target asks for", low=0, high=1)] = (
        None
    )
    risk_weight: Annotated[float, Column("Weight of CVaR against the mean", low=0, high=1)] = 0.0
    holding_rate_per_year: Annotated[
        float,
        Column(
            "Cost of holding, cost of capital included", unit="share of unit cost per year", low=0, high=10
        ),
    ] = 0.2
    objective: Annotated[Literal["expected", "least_cash", "regret"], Column("What the plan optimises")] = (
        "expected"
    )
    method: Annotated[
        Literal["auto", "exact", "fast"],
        Column("Way to plan: exact, fast (first-order steps, for thousands of items), or auto: by size"),
    ] = "auto"
    hazard_factor_low: Annotated[
        float | None,
        Column(
            "Least that all hazards are scaled by in a study of regret; default: by hazard_low, else 0.5",
            low=0,
            high=1000,
        ),
    ] = None
    hazard_factor_high: Annotated[
        float | None,
        Column(
            "Most that all hazards are scaled by in a study of regret; default: by hazard_high, else 2",
            low=0.001,
            high=1000,
        ),
    ] = None
    cvar_level: Annotated[float, Column("Level of CVaR", low=0, high=0.9999)] = 0.95
    fill_target: Annotated[float, Column("Cumulative fill that counts as surviving", low=0, high=1)] = 0.95
    window_weeks: Annotated[int, Column("Weeks followed after an event", unit="weeks", low=1, high=1040)] = (
        104
    )
    epoch_weeks: Annotated[int, Column("Weeks between two decisions", unit="weeks", low=1, high=52)] = 4
    change_cost_share: Annotated[
        float,
        Column(
            "What changing the previous plan has to be worth; 0 lets every change through",
            unit="share of the money moved",
            low=0,
            high=10,
        ),
    ] = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSettings:
    """Top of case.toml."""

    name: Annotated[str, Column("Title of the case")]
    start: Annotated[date, Column("Monday on which the plan starts")]
    horizon_weeks: Annotated[int, Column("Weeks planned", unit="weeks", low=1, high=520)] = 104
    currency: Annotated[str, Column("ISO 4217 code of all money without a currency of its own")] = "USD"
    seed: Annotated[int, Column("Seed of every random draw", low=0)] = 1
    scenarios: Annotated[int, Column("Draws per restriction in the planning model", low=1, high=100000)] = 32
    plan: PlanSettings = PlanSettings()
