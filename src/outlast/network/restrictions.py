"""Restrictions and their scopes: legal acts that close sources or markets, as dated data.
In: nothing. Out: frozen rows of the tables restrictions and scopes.
One reason to exist: the vocabulary of cuts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from outlast.network.column import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A legal act that may come (a hazard) or will come (a date)."""

    restriction_id: Annotated[str, Column("Identifier, unique", example="LISTED")]
    effect: Annotated[
        Literal["closes_sources", "closes_markets", "closes_lane", "reduces_supplier"],
        Column("What it does to whatever its scope names"),
    ]
    hazard_per_year: Annotated[
        float | None,
        Column("Central rate of the event", unit="events per year", low=0, high=100, example="0.3"),
    ] = None
    effective_date: Annotated[date | None, Column("Day from which it binds, if known")] = None
    authority: Annotated[str, Column("Who issues it", example="US BIS")] = ""
    hazard_low: Annotated[
        float | None, Column("Lower end of the rate", unit="events per year", low=0, high=100)
    ] = None
    hazard_high: Annotated[
        float | None, Column("Upper end of the rate", unit="events per year", low=0, high=100)
    ] = None
    earliest_date: Annotated[date | None, Column("No announcement before this day; default: the start")] = (
        None
    )
    triggered_by: Annotated[
        str,
        Column(
            "Restriction that brings this one about; default: none", refers_to="restrictions.restriction_id"
        ),
    ] = ""
    trigger_probability: Annotated[
        float, Column("Odds that it follows its trigger", unit="probability", low=0, high=1)
    ] = 1.0
    notice_weeks: Annotated[
        float,
        Column(
            "Announced to effective; negative: binds before it is printed", unit="weeks", low=-52, high=520
        ),
    ] = 0.0
    savings_weeks: Annotated[
        float | None,
        Column(
            "Goods en route may still arrive this long after the effective date; default: no cut-off",
            unit="weeks",
            low=0,
            high=520,
        ),
    ] = None
    grace_weeks: Annotated[
        float, Column("General licence after the effective date", unit="weeks", low=0, high=520)
    ] = 0.0
    grace_scope: Annotated[
        Literal["prior_rules", "maintenance", "none"],
        Column(
            "prior_rules: sources stay open in grace; maintenance: for what existing products use, not for "
            "products first sold on or after the effective date; none: closed"
        ),
    ] = "none"
    in_transit: Annotated[
        Literal["released", "stopped"], Column("Goods shipped before the effective date")
    ] = "released"
    licence_share: Annotated[
        float, Column("Share of normal supply still licensed afterwards", unit="share", low=0, high=1)
    ] = 0.0
    relief_probability: Annotated[
        float, Column("Odds that it is ever lifted", unit="probability", low=0, high=1)
    ] = 0.0
    relief_weeks_p10: Annotated[
        float | None,
        Column("Effective to lifted, 10th percentile, if lifted", unit="weeks", low=0, high=5200),
    ] = None
    relief_weeks_p50: Annotated[float | None, Column("The same, median", unit="weeks", low=0, high=5200)] = (
        None
    )
    relief_weeks_p90: Annotated[
        float | None, Column("The same, 90th percentile", unit="weeks", low=0, high=5200)
    ] = None
    price_multiplier_after: Annotated[
        float,
        Column("Prices of open sources and alternatives of hit items, from the news on", low=0.01, high=100),
    ] = 1.0
    lead_time_multiplier_after: Annotated[
        float, Column("Their lead times, from the news on", low=0.01, high=100)
    ] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One condition. Rows of a group must all hold; groups are alternatives."""

    restriction_id: Annotated[
        str, Column("Restriction", refers_to="restrictions.restriction_id", example="LISTED")
    ]
    table: Annotated[Literal["sources", "items", "suppliers", "markets"], Column("Table of the column")]
    column: Annotated[str, Column("Column that is compared", example="origin_country")]
    value: Annotated[str, Column("Value it must equal, or a comparison such as >=0.25", example="US")]
    group: Annotated[str, Column("Conditions with the same group must hold together")] = ""
