"""Markets, demand and exchange rates: who buys, how much, in what money.
In: nothing. Out: frozen rows of the tables markets, demand and exchange.
One reason to exist: the vocabulary of demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from outlast.network.column import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Where products are sold."""

    market_id: Annotated[str, Column("Identifier, unique", example="HOME")]
    country: Annotated[str, Column("ISO 3166 two-letter code", example="DE")]
    currency: Annotated[str, Column("ISO 4217 code", example="EUR")]
    segment: Annotated[Literal["public", "private"], Column("public: governments and their contractors")] = (
        "private"
    )
    unmet: Annotated[
        Literal["lost", "backorder"], Column("What becomes of demand that is not served in its week")
    ] = "lost"
    backorder_cost_per_unit_week: Annotated[
        float, Column("Cost of a late unit for a week", unit="case currency per unit and week", low=0)
    ] = 0.0
    priority: Annotated[float, Column("Lower is served first among equals", low=0)] = 1.0
    fx_pass_through: Annotated[
        float,
        Column(
            "Share of a currency's fall passed on in local prices", unit="share", low=0, high=1, unused=True
        ),
    ] = 0.0
    price_elasticity: Annotated[
        float,
        Column("Change of demand per change of local price, usually negative", low=-20, high=0, unused=True),
    ] = 0.0
    receivable_days: Annotated[float, Column("Days from sale to payment", unit="days", low=0, high=720)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Weekly demand from a date until the next row of the same product and market."""

    product_id: Annotated[str, Column("Product", refers_to="items.item_id", example="CAMERA")]
    market_id: Annotated[str, Column("Market", refers_to="markets.market_id", example="HOME")]
    from_date: Annotated[date, Column("First day of this level", example="2026-01-05")]
    units_per_week: Annotated[
        float, Column("Mean demand", unit="units per week", low=0, high=1e12, example="100")
    ]
    unit_price: Annotated[
        float, Column("Price", unit="market currency per unit", low=0, high=1e12, example="260")
    ]
    sd_share: Annotated[
        float,
        Column("Standard deviation of a week's demand as share of its mean", unit="share", low=0, high=5),
    ] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A dated rate: units of `currency` for one unit of the case currency."""

    currency: Annotated[str, Column("ISO 4217 code", example="USD")]
    date: Annotated[date, Column("Day of the rate")]
    units_per_case_currency: Annotated[
        float, Column("Rate", unit="currency units per case currency unit", above=0)
    ]
    source: Annotated[str, Column("Where the rate is from; shown with every result")] = ""
