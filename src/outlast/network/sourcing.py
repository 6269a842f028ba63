"""Sources as numbers. In: `Network`, use of items. Out: the source arrays, open orders left out.
One reason to exist: which sources count, in what order, and what a unit of each costs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from outlast.errors import CaseError, Finding, Place
from outlast.network.arrays import RECEIPT, SHIPMENT, TRANSIT, TRANSIT_WEEKS, Bools, Floats
from outlast.network.durations import Z90, Lognormal, fit_lognormal
from outlast.network.explosion import Explosion
from outlast.network.money import Exchanger
from outlast.network.network import Network
from outlast.network.pricing import PRICE_BREAK_WEEKS, Terms, break_arrays, group_breaks, read_terms
from outlast.network.sources import Source
from outlast.network.wording import list_some


def whole_up(weeks: float) -> int:
    """Weeks rounded up; a value within 1e-9 of a whole number counts as that number."""
    return math.ceil(weeks - 1e-9)


def whole_down(weeks: float) -> int:
    """Weeks rounded down, with the same tolerance."""
    return math.floor(weeks + 1e-9)


def whole_near(days: float) -> int:
    """Days to the nearest number of weeks, halves up."""
    return math.floor(days / 7 + 0.5)


def case_error(code: str, table: str, column: str, message: str, remedy: str) -> CaseError:
    """An error with one finding, for what only shows when a case becomes numbers."""
    return CaseError([Finding("error", code, Place(table, column=column), message, remedy)])


def fit_weeks(
    table: str, row_id: str, prefix: str, quantiles: tuple[float | None, ...], log: list[str]
) -> Lognormal:
    """Lognormal of a row's p10, p50, p90; says what it had to assume.

    Raises:
        CaseError: no median, or percentiles that are no distribution.
    """
    p10, p50, p90 = quantiles
    column = f"{prefix}_p50"
    if p50 is None:
        raise case_error(
            "duration-unknown",
            table,
            column,
            f"{row_id} in {table} has no {column}.",
            "State the median; without it nobody can say how long the cut lasts.",
        )
    try:
        fitted = fit_lognormal(p10, p50, p90)
    except ValueError as problem:
        raise case_error(
            "duration-order",
            table,
            column,
            f"{row_id} in {table}: {problem}.",
            "Give p10 <= p50 <= p90, all above 0 or all equal.",
        ) from None
    if fitted.sigma == 0 and p10 is None and p90 is None and p50 > 0:
        log.append(f"{prefix} of {row_id} is certain ({p50:g} weeks): only its median is given.")
    elif fitted.misses(p10, p90):
        low, high = fitted.quantile_at(-Z90), fitted.quantile_at(Z90)
        log.append(
            f"{prefix} of {row_id} is taken as lognormal: p10 and p90 become {low:.1f} and {high:.1f} weeks."
        )
    return fitted


@dataclass(frozen=True)
class Offer:
    """A source as the item it serves sees it."""

    source: Source
    item: int
    """Item that is served: of a redesign, the child that leaves."""
    ratio: float
    """Units of the source's goods that do for one unit of the item, spoilt ones included."""
    most: float
    """Units of the item per week that it can replace at most: inf unless a redesign covers a part."""
    terms: Terms
    """Sizes and prices of its orders."""

    @property
    def price(self) -> float:
        """Price of what does for one unit of the item, in a normal order [case currency]."""
        return self.ratio * self.terms.price


def choose_offers(
    network: Network, bills: Explosion, usage: Floats, exchanger: Exchanger, log: list[str]
) -> list[Offer]:
    """Sources that count, sorted by item and rank; says which are left out and why.

    Args:
        network: the case.
        bills: its bills of materials.
        usage: mean use [units/week], shape (week, item).
        exchanger: turns foreign money into case currency.
        log: receives what was assumed.

    Raises:
        CaseError: a redesign that can't be expressed.
    """
    index = {row.item_id: item for item, row in enumerate(network.items)}
    breaks = group_breaks(network)
    offers = []
    left_out: dict[str, list[str]] = {}
    for source in network.sources:
        item, ratio, most = index[source.item_id], 1.0, math.inf
        alternative = source.status == "alternative"
        if alternative and source.mode == "customer":
            left_out.setdefault("the customer procures the part: off, flagged for counsel", []).append(
                source.source_id
            )
            continue
        if alternative and source.mode == "redesign":
            item, ratio, most = _redesign(network, source, bills, usage, log)
        if bills.direct[item]:
            left_out.setdefault("the item is made from its bill of materials", []).append(source.source_id)
            continue
        ratio /= source.yield_mean
        use = ratio * float(usage[:PRICE_BREAK_WEEKS, item].sum())
        own = breaks.get(source.source_id, [])
        unit = network.items[index[source.item_id]].unit
        offers.append(Offer(source, item, ratio, most, read_terms(source, unit, own, use, exchanger)))
    _report_terms(network, offers, sorted(breaks), log)
    log.extend(f"Not used as a source ({why}): {', '.join(ids)}." for why, ids in left_out.items())
    return sorted(offers, key=_rank)


def _rank(offer: Offer) -> tuple[int, bool, float, float, str]:
    source = offer.source
    return (offer.item, source.status == "alternative", source.priority, offer.price, source.source_id)


def _redesign(
    network: Network, source: Source, bills: Explosion, usage: Floats, log: list[str]
) -> tuple[int, float, float]:
    """A redesign as an alternative for the child that leaves: its number, the units of new child for
    one unit of it, and the most of it that the redesigned parents use [units/week]."""
    index = {row.item_id: item for item, row in enumerate(network.items)}
    rows = [row for row in network.substitutions if row.source_id == source.source_id]
    own = index[source.item_id]
    if not rows and usage[:, own].any():
        log.append(f"Redesign {source.source_id} has no substitutions: taken one for one.")
        return own, 1.0, math.inf
    problem = _redesign_problem(source, [row.old_child for row in rows], [row.new_child for row in rows])
    old = index[rows[0].old_child] if rows else own
    used: list[tuple[float, float]] = []
    for row in rows:
        parent = index[row.product_id]
        held = bills.direct[parent].get(old) or bills.contained[parent].get(old, 0.0)
        if held == 0:
            problem = problem or f"{row.product_id} does not contain {row.old_child}"
            continue
        used.append((held * float(usage[:, parent].mean()), row.quantity / held))
    if problem:
        raise case_error(
            "redesign-unclear",
            "substitutions",
            "old_child",
            f"Redesign {source.source_id}: {problem}.",
            "Give one row per redesigned parent, all with the same old_child and with the source's item.",
        )
    return old, *_blend_redesign(source, used, float(usage[:, old].mean()), network.items[old].item_id, log)


def _redesign_problem(source: Source, olds: Sequence[str], news: Sequence[str]) -> str:
    if not olds:
        return f"no substitution says what {source.item_id} replaces"
    if len(set(olds)) > 1:
        return f"it replaces several items ({', '.join(sorted(set(olds)))}); give each its own source"
    if set(news) != {source.item_id}:
        return f"new_child must be {source.item_id}, the item of the source"
    return ""


def _blend_redesign(
    source: Source, used: Sequence[tuple[float, float]], whole: float, old_id: str, log: list[str]
) -> tuple[float, float]:
    """Ratio new per old, weighted by use, and the most that can be replaced [units/week]."""
    covered = sum(use for use, _ in used)
    ratios = [ratio for _, ratio in used]
    ratio = sum(use * each for use, each in used) / covered if covered > 0 else ratios[0]
    if max(ratios) - min(ratios) > 1e-9:
        log.append(f"Redesign {source.source_id} needs {ratio:.4g} of the new per {old_id}, on average.")
    if covered >= whole - 1e-9 * max(1.0, whole):
        return ratio, math.inf
    log.append(
        f"Redesign {source.source_id} covers {covered / whole:.0%} of the use of {old_id}: "
        f"it replaces at most {covered:.4g} a week."
    )
    return ratio, covered


def _report_terms(network: Network, offers: Sequence[Offer], broken: Sequence[str], log: list[str]) -> None:
    """Say how purchase units and price breaks were read."""
    packs = [
        f"{offer.source.source_id} ({offer.terms.conversion.unit} of {offer.terms.conversion.factor:g} "
        f"{network.item[offer.source.item_id].unit})"
        for offer in offers
        if offer.terms.conversion.factor != 1
    ]
    if packs:
        log.append(
            "Prices and order sizes of these sources are per purchase unit, all else per unit of the item: "
            f"{list_some(packs)}."
        )
    spoils = [
        f"{offer.source.source_id} ({offer.source.yield_mean:g})"
        for offer in offers
        if offer.source.yield_mean != 1
    ]
    if spoils:
        log.append(
            "Of what these sources deliver, a share is usable: quantities count usable units, prices pay for "
            f"the others too: {list_some(spoils)}."
        )
    varying = [offer.source.source_id for offer in offers if offer.source.lead_time_sd_weeks > 0]
    if varying:
        log.append(
            "Lead times vary from order to order (gamma), and working stock allows for it; the supplier "
            f"confirms the week when it takes the order, and orders may cross: {list_some(varying)}."
        )
    shared = [offer.source.source_id for offer in offers if offer.source.split_share]
    if shared:
        log.append(
            "Orders are split by split_share among the sources that are open, in the simulation and in "
            "normal replenishment; the planning model takes them all from the first qualified source: "
            f"{list_some(shared)}."
        )
    hurried = [offer.source.source_id for offer in offers if _expedite_weeks(offer.source) >= 0]
    if hurried:
        log.append(
            "Orders are expedited, in the simulation, as far as stock and what is due would not last until a "
            f"normal order arrives; the planning model does not expedite: {list_some(hurried)}."
        )
    shared = _share_suppliers(network, offers)
    if shared:
        log.append(
            "Sources of these suppliers share a capacity, in the simulation; the planning model and times to "
            "survive let each of them have all of it, so what they show is at best reached: "
            f"{list_some(shared)}."
        )
    limited = [offer.source.source_id for offer in offers if _limits_weeks(offer)]
    if limited:
        log.append(f"One order a week, so maximum_order is the capacity of a week: {list_some(limited)}.")
    if any(offer.source.order_cost > 0 for offer in offers):
        log.append(
            "Order costs count in purchases, the cash calendar and the simulation, once for every order; the "
            "planning model does not weigh them."
        )
    if broken:
        log.append(
            "Price breaks: an order is paid at the break that it reaches, never above the price of a normal "
            f"order ({PRICE_BREAK_WEEKS} weeks' use, or the smallest order if larger): weekly calls belong "
            f"to one; the planning model counts with the normal price: {list_some(broken)}."
        )


def _share_suppliers(network: Network, offers: Sequence[Offer]) -> list[str]:
    """Suppliers of limited capacity from which several sources are used."""
    used = Counter(offer.source.supplier_id for offer in offers)
    return [
        row.supplier_id
        for row in network.suppliers
        if row.capacity_per_week is not None and used[row.supplier_id] > 1
    ]


def _limits_weeks(offer: Offer) -> bool:
    """Whether the largest order is less than the source can ship in a week."""
    most = offer.source.capacity_per_week
    return offer.terms.maximum < (math.inf if most is None else most)


def source_arrays(
    network: Network, offers: Sequence[Offer], exchanger: Exchanger, log: list[str]
) -> dict[str, Any]:
    """Source fields of `NetworkArrays`, open orders and working stock left out."""
    sources = [offer.source for offer in offers]
    lead = np.array([whole_up(row.lead_time_weeks) for row in sources], dtype=np.int64)
    qualified = np.array([row.status == "qualified" for row in sources], dtype=np.bool_)
    switch = [Lognormal(0.0, 0.0) if row.status == "qualified" else _switch_time(row, log) for row in sources]
    counts = np.bincount([offer.item for offer in offers], minlength=len(network.items))
    suppliers = {row.supplier_id: number for number, row in enumerate(network.suppliers)}
    orders = [exchanger.to_case(row.order_cost, row.currency, f"source {row.source_id}") for row in sources]
    return {
        "source_ids": tuple(row.source_id for row in sources),
        "source_ptr": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "source_item": np.array([offer.item for offer in offers], dtype=np.int64),
        "source_supplier": np.array([suppliers[row.supplier_id] for row in sources], dtype=np.int64),
        "source_qualified": qualified,
        "source_price": _floats([offer.price for offer in offers]),
        "source_lead": lead,
        "source_lead_sd": _floats([row.lead_time_sd_weeks for row in sources]),
        "source_transit": np.minimum(lead, TRANSIT_WEEKS),
        "source_capacity": _floats([_capacity(network, offer) for offer in offers]),
        "supplier_capacity": _floats([_unless_none(row.capacity_per_week) for row in network.suppliers]),
        "source_capacity_use": _floats([offer.source.capacity_use * offer.ratio for offer in offers]),
        "source_minimum": _floats([offer.terms.minimum / offer.ratio for offer in offers]),
        "source_multiple": _floats([offer.terms.multiple / offer.ratio for offer in offers]),
        **break_arrays([offer.terms for offer in offers], [offer.ratio for offer in offers]),
        "purchase_units": _floats([offer.ratio / offer.terms.conversion.factor for offer in offers]),
        "source_yield": _floats([row.yield_mean for row in sources]),
        "source_yield_sd": _floats([row.yield_sd for row in sources]),
        "source_split": _floats([row.split_share or 0.0 for row in sources]),
        "source_order_cost": _floats(orders),
        "expedite_price": _floats([_expedite_price(offer, exchanger) for offer in offers]),
        "expedite_weeks": np.array([_expedite_weeks(row) for row in sources], dtype=np.int64),
        "source_payment_weeks": np.array([whole_near(row.payment_days) for row in sources], dtype=np.int64),
        "start_before": _allowed(sources, "before", qualified),
        "start_after": _allowed(sources, "after", qualified),
        "switch_cost": _floats([row.switch_cost for row in sources]),
        "switch_median": _floats([time.median for time in switch]),
        "switch_sigma": _floats([time.sigma for time in switch]),
        "ramp_weeks": np.array([whole_up(row.ramp_weeks) for row in sources], dtype=np.int64),
        **_disruptions(network, sources),
    }


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _allowed(sources: Sequence[Source], when: str, qualified: Bools) -> Bools:
    allowed = np.array([row.start_allowed in (when, "both") for row in sources], dtype=np.bool_)
    return allowed & ~qualified


def _switch_time(source: Source, log: list[str]) -> Lognormal:
    quantiles = (source.switch_weeks_p10, source.switch_weeks_p50, source.switch_weeks_p90)
    return fit_weeks("sources", source.source_id, "switch_weeks", quantiles, log)


def _expedite_price(offer: Offer, exchanger: Exchanger) -> float:
    """Of what does for one unit of the item, expedited [case currency]."""
    source = offer.source
    price = exchanger.to_case(source.expedite_price or 0.0, source.currency, f"source {source.source_id}")
    return offer.ratio * price / offer.terms.conversion.factor


def _expedite_weeks(source: Source) -> int:
    known = source.expedite_price is not None and source.expedite_weeks is not None
    return whole_up(source.expedite_weeks or 0.0) if known else -1


def _capacity(network: Network, offer: Offer) -> float:
    """Most of the item in a week: no source ships more than the whole of its supplier."""
    source = offer.source
    whole = _unless_none(network.supplier[source.supplier_id].capacity_per_week) / source.capacity_use
    most = min(_unless_none(source.capacity_per_week), offer.terms.maximum, whole)
    return min(most / offer.ratio, offer.most)


def _unless_none(limit: float | None) -> float:
    return math.inf if limit is None else limit


KINDS = {"shipment": SHIPMENT, "transit": TRANSIT, "receipt": RECEIPT}
"""Disruptions that delay goods; the fourth kind, order, takes no orders."""


def _disruptions(network: Network, sources: Sequence[Source]) -> dict[str, Any]:
    """Weekly odds of every source to fail and to recover, and of the pauses of its goods."""
    fail, recover = np.zeros(len(sources)), np.ones(len(sources))
    number = {row.source_id: position for position, row in enumerate(sources)}
    used = [row for row in network.disruptions if row.source_id in number]
    for row in used:
        if row.kind == "order":
            fail[number[row.source_id]], recover[number[row.source_id]] = (
                row.fail_per_week,
                row.recover_per_week,
            )
    pauses = [row for row in used if row.kind != "order"]
    return {
        "fail_per_week": fail,
        "recover_per_week": recover,
        "pause_source": np.array([number[row.source_id] for row in pauses], dtype=np.int64),
        "pause_kind": np.array([KINDS[row.kind] for row in pauses], dtype=np.int64),
        "pause_fail": _floats([row.fail_per_week for row in pauses]),
        "pause_recover": _floats([row.recover_per_week for row in pauses]),
    }
