"""Restrictions as numbers. In: `Network`, numbered sources and lines. Out: restriction arrays.
One reason to exist: when each restriction may come and exactly what it closes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from outlast.network.durations import Lognormal
from outlast.network.network import Network
from outlast.network.restrictions import Restriction, Scope
from outlast.network.scoping import matches_scope, rows_of_line, rows_of_source
from outlast.network.sourcing import Offer, fit_weeks, whole_down
from outlast.periods import NEVER, WEEKS_PER_YEAR


def restriction_arrays(
    network: Network, offers: Sequence[Offer], lines: Sequence[tuple[str, str]], log: list[str]
) -> dict[str, Any]:
    """Restriction fields of `NetworkArrays`.

    Args:
        network: the case.
        offers: numbered sources, in order.
        lines: (product_id, market_id) of the demand lines, in order.
        log: receives what was assumed.
    """
    rows = network.restrictions
    number = {row.restriction_id: position for position, row in enumerate(rows)}
    relief = [_relief_time(row, log) for row in rows]
    savings = [NEVER if row.savings_weeks is None else whole_down(row.savings_weeks) for row in rows]
    return {
        "restriction_ids": tuple(row.restriction_id for row in rows),
        "hazard_per_week": np.array([_hazard(row, log) for row in rows], dtype=np.float64),
        "earliest_week": _weeks([_earliest(network, row) for row in rows]),
        "fixed_week": _weeks([_fixed(network, row) for row in rows]),
        "trigger": _weeks([number[row.triggered_by] if row.triggered_by else -1 for row in rows]),
        "trigger_probability": np.array([row.trigger_probability for row in rows], dtype=np.float64),
        "notice_weeks": _weeks([whole_down(row.notice_weeks) for row in rows]),
        "grace_weeks": _grace(rows, "prior_rules"),
        "maintenance_weeks": _grace(rows, "maintenance"),
        "savings_weeks": _weeks(savings),
        "in_transit_released": np.array([row.in_transit == "released" for row in rows], dtype=np.bool_),
        "relief_probability": np.array([row.relief_probability for row in rows], dtype=np.float64),
        "relief_median": np.array([time.median for time in relief], dtype=np.float64),
        "relief_sigma": np.array([time.sigma for time in relief], dtype=np.float64),
        "price_multiplier": np.array([row.price_multiplier_after for row in rows], dtype=np.float64),
        "lead_multiplier": np.array([row.lead_time_multiplier_after for row in rows], dtype=np.float64),
        **_effects(network, offers, lines, log),
    }


def _weeks(values: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def _grace(rows: Sequence[Restriction], scope: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Weeks of grace of restrictions whose grace has a scope."""
    return _weeks([whole_down(row.grace_weeks) if row.grace_scope == scope else 0 for row in rows])


def _hazard(row: Restriction, log: list[str]) -> float:
    if row.hazard_per_year and (row.triggered_by or row.effective_date):
        why = f"it follows {row.triggered_by}" if row.triggered_by else f"it is dated {row.effective_date}"
        log.append(f"hazard_per_year of {row.restriction_id} is not used: {why}.")
        return 0.0
    return (row.hazard_per_year or 0.0) / WEEKS_PER_YEAR


def _earliest(network: Network, row: Restriction) -> int:
    """First whole week that starts on or after the earliest day."""
    if row.earliest_date is None:
        return 0
    return max(0, -(-(row.earliest_date - network.settings.start).days // 7))


def _fixed(network: Network, row: Restriction) -> int:
    """Week of the effective day, negative if it binds already."""
    return NEVER if row.effective_date is None else network.calendar.week_of(row.effective_date)


def _relief_time(row: Restriction, log: list[str]) -> Lognormal:
    if row.relief_probability == 0:
        return Lognormal(0.0, 0.0)
    quantiles = (row.relief_weeks_p10, row.relief_weeks_p50, row.relief_weeks_p90)
    return fit_weeks("restrictions", row.restriction_id, "relief_weeks", quantiles, log)


def _effects(
    network: Network, offers: Sequence[Offer], lines: Sequence[tuple[str, str]], log: list[str]
) -> dict[str, Any]:
    """What each restriction closes: sources, their items, demand lines."""
    shape = (len(network.restrictions), len(offers))
    left, delay = np.ones(shape), np.zeros(shape, dtype=np.int64)
    hits_item = np.zeros((shape[0], len(network.items)), dtype=np.bool_)
    hits_line = np.zeros((shape[0], len(lines)), dtype=np.bool_)
    source_rows = [rows_of_source(network, offer.source) for offer in offers]
    line_rows = [rows_of_line(network, *line) for line in lines]
    scopes: dict[str, list[Scope]] = {}
    for scope in network.scopes:
        scopes.setdefault(scope.restriction_id, []).append(scope)
    for r, restriction in enumerate(network.restrictions):
        named = scopes.get(restriction.restriction_id, [])
        if restriction.effect == "closes_markets":
            hits_line[r] = [matches_scope(named, rows) for rows in line_rows]
        else:
            for s, offer in enumerate(offers):
                if matches_scope(named, source_rows[s]):
                    left[r, s], delay[r, s] = _left(network, restriction, offer)
                    if left[r, s] < 1 and offer.source.status == "qualified":
                        hits_item[r, offer.item] = True
        if not hits_line[r].any() and not (left[r] < 1).any():
            log.append(f"Restriction {restriction.restriction_id} closes nothing in this case.")
    return {"supply_left": left, "supply_delay": delay, "hits_item": hits_item, "hits_line": hits_line}


def _left(network: Network, restriction: Restriction, offer: Offer) -> tuple[float, int]:
    """Share of normal supply left, and weeks from closure until that is felt."""
    if restriction.effect == "reduces_supplier":
        supplier = network.supplier[offer.source.supplier_id]
        return supplier.output_share_after, whole_down(supplier.output_delay_weeks)
    return restriction.licence_share, 0
