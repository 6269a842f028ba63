"""Consistency rules. In: `Network`, places, what could not be read. Out: findings, all at once.
One reason to exist: whatever is wrong with a case as a whole is said before any figure is
computed, with the place and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from outlast.errors import Finding
from outlast.network.checks import (
    exchange,
    identity,
    money,
    overrides,
    restrictions,
    structure,
    supply,
    units,
    watch,
)
from outlast.network.checks.look import Look, PlaceOf, place_in_table
from outlast.network.network import Network

__all__ = ["Look", "PlaceOf", "check_network", "place_in_table"]

_RULES: tuple[tuple[Callable[[Look], Iterator[Finding]], tuple[str, ...]], ...] = (
    (money.check_settings, ("case",)),
    (identity.check_keys, ()),
    (identity.check_look_alikes, ()),
    (identity.check_bom_overlaps, ()),
    (identity.check_references, ()),
    (exchange.check_codes, ()),
    (identity.check_quantiles, ()),
    (identity.check_quantities, ()),
    (structure.check_products, ("items",)),
    (structure.check_bom_cycles, ()),
    (structure.check_bom_dates, ()),
    (structure.check_item_supply, ("bom", "sources", "substitutions")),
    (structure.check_item_use, ("bom", "demand", "substitutions")),
    (structure.check_item_cost, ("bom",)),
    (structure.check_redesigns, ("substitutions",)),
    (structure.check_substitutions, ("substitutions",)),
    (supply.check_switch_times, ("substitutions",)),
    (supply.check_order_sizes, ()),
    (supply.check_capacities, ()),
    (supply.check_expediting, ()),
    (supply.check_varying_sources, ()),
    (supply.check_split_shares, ("sources",)),
    (supply.check_supplier_capacity, ("bom", "sources", "suppliers")),
    (units.check_units, ("items",)),
    (units.check_source_prices, ("exchange",)),
    (units.check_price_breaks, ()),
    (supply.check_owners, ()),
    (supply.check_stock, ()),
    (supply.check_open_orders, ()),
    (money.check_demand, ("demand",)),
    (money.check_sale_prices, ("exchange", "bom", "sources", "items")),
    (exchange.check_exchange, ("exchange",)),
    (exchange.check_rates, ()),
    (money.check_cash, ()),
    (restrictions.check_causes, ()),
    (restrictions.check_triggers, ()),
    (restrictions.check_relief, ()),
    (restrictions.check_maintenance, ()),
    (restrictions.check_restriction_dates, ()),
    (restrictions.check_scopes, ("scopes", "sources", "suppliers", "items", "markets", "demand")),
    (watch.check_watch_states, ("watch_states", "watch_transitions")),
    (watch.check_watch_transitions, ("watch_states", "watch_transitions")),
    (watch.check_watch_hazards, ("watch_states", "watch_hazards", "restrictions")),
    (overrides.check_overrides, ("sources",)),
    (overrides.check_override_conflicts, ("sources",)),
    (identity.check_evidence, ()),
)
"""Each rule, and the tables without which its answer would mislead."""


def check_network(
    network: Network,
    place_of: PlaceOf = place_in_table,
    unread: frozenset[str] = frozenset(),
    is_sound: Callable[[str, int], bool] = lambda table, row: True,
) -> Iterator[Finding]:
    """Everything that is inconsistent in a network.

    Args:
        network: the case; broken cells hold stand-ins that no rule takes for real.
        place_of: where a value stands in what the user brought; row -1 is the table itself.
        unread: tables (and `case`) that could not be read in full; rules that would mislead
            without them are left out.
        is_sound: whether all cells of a row (from 0) of a table could be read.
    """
    look = Look(network, place_of, unread, is_sound)
    for rule, needed in _RULES:
        if not unread.intersection(needed):
            yield from rule(look)
