"""Items, bills of materials, redesigns and stock: what is made and held.
In: nothing. Out: frozen rows of the tables items, bom, substitutions and stock.
One reason to exist: the vocabulary of things.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from outlast.network.column import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Anything stocked."""

    item_id: Annotated[str, Column("Identifier, unique", example="SENSOR")]
    kind: Annotated[
        Literal["part", "assembly", "product"],
        Column("part: bought; assembly: made and used; product: sold, made or bought for resale"),
    ]
    unit_cost: Annotated[
        float,
        Column(
            "Standard cost of one unit: bought price, or materials and making",
            unit="case currency per unit",
            low=0,
            high=1e12,
            example="20.00",
        ),
    ]
    name: Annotated[str, Column("Words for people; default: the identifier")] = ""
    unit: Annotated[str, Column("Unit of measure", example="piece")] = "piece"
    holding_rate_per_year: Annotated[
        float | None,
        Column(
            "Cost of holding, cost of capital included; default: the plan's",
            unit="share of unit cost per year",
            low=0,
            high=10,
        ),
    ] = None
    shelf_life_weeks: Annotated[
        float | None, Column("Usable life in stock; default: unlimited", unit="weeks", above=0)
    ] = None
    safety_stock: Annotated[
        float | None,
        Column(
            "Stock kept beyond orders in normal running; default: what swings of demand call for",
            unit="units",
            low=0,
            high=1e15,
        ),
    ] = None
    write_down_share: Annotated[
        float,
        Column(
            "Share of value lost on stock left above working stock at the end",
            unit="share",
            low=0,
            high=1,
        ),
    ] = 0.0
    make_cost: Annotated[
        float | None,
        Column(
            "Cost of making one unit beside its materials; default: unit cost less materials",
            unit="case currency per unit",
            low=0,
            high=1e12,
        ),
    ] = None
    make_weeks: Annotated[
        float, Column("Time from start of making to usable stock", unit="weeks", low=0, high=520)
    ] = 0.0
    capacity_per_week: Annotated[
        float | None, Column("Most that can be made; default: unlimited", unit="units per week", low=0)
    ] = None
    storage_per_unit: Annotated[
        float, Column("Storage space one unit takes", unit="space per unit", low=0)
    ] = 0.0
    hs_code: Annotated[str, Column("Customs tariff code")] = ""
    eccn: Annotated[str, Column("Export control classification number", example="EAR99")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BomLine:
    """Units of a child in one unit of a parent."""

    parent_id: Annotated[str, Column("Item made", refers_to="items.item_id", example="CAMERA")]
    child_id: Annotated[str, Column("Item used", refers_to="items.item_id", example="SENSOR")]
    quantity: Annotated[
        float,
        Column("Units of child per unit of parent", unit="units per unit", above=0, high=1e9, example="1"),
    ]
    valid_from: Annotated[date | None, Column("First day; default: always")] = None
    valid_to: Annotated[date | None, Column("Last day; default: for ever")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """What a redesign changes: in `product_id`, `old_child` gives way to `new_child`."""

    source_id: Annotated[str, Column("Alternative with mode redesign", refers_to="sources.source_id")]
    product_id: Annotated[str, Column("Parent that is redesigned", refers_to="items.item_id")]
    old_child: Annotated[str, Column("Item that leaves", refers_to="items.item_id")]
    new_child: Annotated[str, Column("Item that comes", refers_to="items.item_id")]
    quantity: Annotated[
        float, Column("Units of new child per unit of parent", unit="units per unit", above=0, high=1e9)
    ] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Stock at the start; an item may have several rows (lots)."""

    item_id: Annotated[str, Column("Item held", refers_to="items.item_id", example="SENSOR")]
    on_hand: Annotated[float, Column("Units in the store", unit="units", low=0, high=1e15, example="1200")]
    allocated: Annotated[
        float, Column("Part of on hand promised elsewhere: not for this plan", unit="units", low=0, high=1e15)
    ] = 0.0
    quarantined: Annotated[
        float, Column("Part of on hand that may not be used yet", unit="units", low=0, high=1e15)
    ] = 0.0
    expires: Annotated[date | None, Column("Last usable day; default: never")] = None
