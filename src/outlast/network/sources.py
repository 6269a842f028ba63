"""Suppliers and sources: ways to obtain an item, today or after a switch.
In: nothing. Out: frozen rows of the tables suppliers, owners, sources, price_breaks,
disruptions and open_orders. One reason to exist: the vocabulary of supply.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from outlast.network.column import Column

Mode = Literal["direct", "redesign", "customer"]
StartAllowed = Literal["before", "after", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """Who delivers."""

    supplier_id: Annotated[str, Column("Identifier, unique", example="ACME")]
    name: Annotated[str, Column("Registered name", example="Acme Sensors Inc")]
    aliases: Annotated[str, Column("Other names, separated by |", unused=True)] = ""
    country: Annotated[str, Column("ISO 3166 two-letter code; NA is Namibia", example="US")] = ""
    address: Annotated[str, Column("Postal address", unused=True)] = ""
    registration_number: Annotated[str, Column("Company register or tax number", unused=True)] = ""
    output_share_after: Annotated[
        float, Column("Output left once a restriction reduces this supplier", unit="share", low=0, high=1)
    ] = 1.0
    output_delay_weeks: Annotated[
        float, Column("Weeks until that reduction is felt", unit="weeks", low=0, high=520)
    ] = 0.0
    capacity_per_week: Annotated[
        float | None,
        Column(
            "Most that all its sources together can ship, in a unit of your choice (units, hours, money); "
            "default: unlimited",
            unit="capacity per week",
            low=0,
            high=1e15,
        ),
    ] = None
    recovery_weeks_p10: Annotated[
        float | None, Column("Supplier's own recovery, 10th percentile", unit="weeks", low=0)
    ] = None
    recovery_weeks_p50: Annotated[
        float | None, Column("Supplier's own recovery, median (time to recover)", unit="weeks", low=0)
    ] = None
    recovery_weeks_p90: Annotated[
        float | None, Column("Supplier's own recovery, 90th percentile", unit="weeks", low=0)
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A share in a party; ownership cascades and aggregates."""

    party_id: Annotated[str, Column("Supplier or owner that is owned")]
    owner_name: Annotated[str, Column("Who owns it")]
    share: Annotated[float, Column("Share owned", unit="share", low=0, high=1, unused=True)]
    owner_country: Annotated[str, Column("ISO 3166 two-letter code", unused=True)] = ""
    valid_from: Annotated[date | None, Column("First day; default: always", unused=True)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One way to obtain an item from a supplier."""

    source_id: Annotated[str, Column("Identifier, unique", example="SENSOR-ACME")]
    item_id: Annotated[str, Column("Item bought", refers_to="items.item_id", example="SENSOR")]
    supplier_id: Annotated[str, Column("Supplier", refers_to="suppliers.supplier_id", example="ACME")]
    unit_price: Annotated[
        float,
        Column(
            "Price of one purchase unit",
            unit="source currency per purchase unit",
            low=0,
            high=1e12,
            example="20.00",
        ),
    ]
    lead_time_weeks: Annotated[
        float, Column("Time from order to usable stock", unit="weeks", low=0, high=520, example="12")
    ]
    status: Annotated[
        Literal["qualified", "alternative"],
        Column("qualified: may be ordered now; alternative: only after a switch"),
    ] = "qualified"
    currency: Annotated[str, Column("ISO 4217 code; default: the case currency")] = ""
    lead_time_sd_weeks: Annotated[
        float, Column("Standard deviation of the lead time", unit="weeks", low=0, high=520)
    ] = 0.0
    capacity_per_week: Annotated[
        float | None, Column("Most it can ship; default: unlimited", unit="item units per week", low=0)
    ] = None
    capacity_use: Annotated[
        float,
        Column(
            "What one unit takes of the supplier's capacity_per_week",
            unit="capacity per item unit",
            above=0,
            high=1e9,
        ),
    ] = 1.0
    minimum_order: Annotated[float, Column("Smallest order", unit="purchase units", low=0)] = 0.0
    maximum_order: Annotated[
        float | None, Column("Largest order; default: unlimited", unit="purchase units", above=0)
    ] = None
    order_multiple: Annotated[
        float | None,
        Column(
            "Orders are multiples of this; default: whole packs, else any", unit="purchase units", above=0
        ),
    ] = None
    purchase_unit: Annotated[
        str,
        Column(
            "Unit in which the source sells and prices, such as CTN or KGM; default: the item's unit",
            example="CTN",
        ),
    ] = ""
    pack_size: Annotated[
        float | None,
        Column(
            "Item units in one purchase unit; default: what the two units say",
            unit="item units per purchase unit",
            above=0,
            high=1e12,
        ),
    ] = None
    order_cost: Annotated[float, Column("Cost of placing one order", unit="source currency", low=0)] = 0.0
    expedite_price: Annotated[
        float | None,
        Column(
            "Price of one purchase unit when expedited; default: no expediting",
            unit="source currency per purchase unit",
            low=0,
        ),
    ] = None
    expedite_weeks: Annotated[
        float | None, Column("Lead time when expedited", unit="weeks", low=0, high=520)
    ] = None
    payment_days: Annotated[
        float,
        Column("Days from arrival to payment; negative: paid ahead", unit="days", low=-720, high=720),
    ] = 0.0
    yield_mean: Annotated[
        float, Column("Mean usable share of what arrives", unit="share", above=0, high=2)
    ] = 1.0
    yield_sd: Annotated[float, Column("Standard deviation of that share", unit="share", low=0, high=1)] = 0.0
    split_share: Annotated[
        float | None,
        Column("Share of normal orders; default: by priority", unit="share", low=0, high=1),
    ] = None
    priority: Annotated[float, Column("Lower is ordered first", low=0)] = 1.0
    origin_country: Annotated[str, Column("Country of origin of the goods, ISO 3166", example="US")] = ""
    controlled_content_share: Annotated[
        float | None, Column("Controlled content by value; default: unknown", unit="share", low=0, high=1)
    ] = None
    foreign_direct_product: Annotated[bool, Column("Made with controlled technology or software abroad")] = (
        False
    )
    mode: Annotated[Mode, Column("How an alternative replaces the item")] = "direct"
    start_allowed: Annotated[
        StartAllowed, Column("When its qualification may start, seen from the event")
    ] = "both"
    switch_cost: Annotated[
        float, Column("One-off cost of the switch", unit="case currency", low=0, high=1e15)
    ] = 0.0
    switch_weeks_p10: Annotated[
        float | None,
        Column(
            "Start of qualification to permission to order, 10th percentile", unit="weeks", low=0, high=1040
        ),
    ] = None
    switch_weeks_p50: Annotated[float | None, Column("The same, median", unit="weeks", low=0, high=1040)] = (
        None
    )
    switch_weeks_p90: Annotated[
        float | None, Column("The same, 90th percentile", unit="weeks", low=0, high=1040)
    ] = None
    ramp_weeks: Annotated[
        float,
        Column("Weeks from permission to order to full capacity, linear", unit="weeks", low=0, high=520),
    ] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBreak:
    """From `from_quantity` in one order, every purchase unit costs `unit_price`."""

    source_id: Annotated[str, Column("Source", refers_to="sources.source_id")]
    from_quantity: Annotated[float, Column("Order size from which it holds", unit="purchase units", low=0)]
    unit_price: Annotated[
        float,
        Column("Price of one purchase unit", unit="source currency per purchase unit", low=0, high=1e12),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """An ordinary, recurring failure of a source: up and down with constant odds."""

    source_id: Annotated[str, Column("Source", refers_to="sources.source_id")]
    kind: Annotated[
        Literal["order", "shipment", "transit", "receipt"], Column("Which step pauses while it is down")
    ]
    fail_per_week: Annotated[
        float, Column("Odds to fail in a week when up", unit="probability", low=0, high=1)
    ]
    recover_per_week: Annotated[
        float, Column("Odds to recover in a week when down", unit="probability", above=0, high=1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """Ordered before the start and not yet arrived."""

    source_id: Annotated[str, Column("Source", refers_to="sources.source_id")]
    quantity: Annotated[float, Column("Units of the item on order", unit="item units", above=0, high=1e15)]
    arrival_date: Annotated[date, Column("Expected arrival")]
    shipped: Annotated[bool, Column("Already on its way")] = False
    cancellable: Annotated[
        bool, Column("May still be cancelled, as a whole and at no cost, until it is on its way")
    ] = False
    order_id: Annotated[str, Column("Number of the order, or the purchase of a plan that it came from")] = ""
