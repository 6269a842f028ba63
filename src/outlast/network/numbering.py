"""From objects to numbered arrays. In: a checked `Network`. Out: `NetworkArrays`.
One reason to exist: kernels and optimiser get one set of numbers, and whatever had to be
assumed on the way is said in words in `NetworkArrays.assumptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import ASSEMBLY, PART, PRODUCT, TRANSIT_WEEKS, Bools, Floats, NetworkArrays
from outlast.network.chain import watch_arrays
from outlast.network.cuts import restriction_arrays
from outlast.network.explosion import Explosion, explode, lines_on, stack_rows
from outlast.network.items import Item
from outlast.network.money import Exchanger, money_arrays
from outlast.network.network import Network
from outlast.network.sourcing import Offer, choose_offers, source_arrays, whole_down, whole_near, whole_up
from outlast.network.unused import report_unused
from outlast.network.wording import list_some
from outlast.periods import NEVER, WEEKS_PER_YEAR

KINDS = {"part": PART, "assembly": ASSEMBLY, "product": PRODUCT}
SERVICE_Z = 1.6448536269514722
"""Assumed: working stock covers 95 % of the swings of use over the lead time (normal quantile)."""


def number(network: Network) -> NetworkArrays:
    """Number a case: every array that `NetworkArrays` declares, in its units.

    Items keep the order of the file; an item is made if it has bill lines valid on the first day.
    Whole weeks: lead, making and ramp times are rounded up, notice, grace, savings and delays down,
    payment terms to the nearest week.

    Args:
        network: a case without findings of level error.

    Returns:
        The arrays, with what was assumed in `assumptions`.

    Raises:
        CaseError: bills in a circle, a missing exchange rate, an unknown duration, an unclear
            redesign, or a scope that can't be applied.
    """
    log: list[str] = []
    calendar = network.calendar
    exchanger = Exchanger(network)
    item_ids = tuple(row.item_id for row in network.items)
    bills = explode(lines_on(network.bom, calendar.start), item_ids)
    _report_changing_bills(network, log)
    lines = _line_arrays(network, exchanger)
    usage = _explode_usage(lines["line_product"], lines["demand"], bills)
    offers = choose_offers(network, bills, usage, exchanger, log)
    sources = source_arrays(network, offers, exchanger, log)
    items = _item_arrays(network, bills, log)
    kept = np.array([np.nan if row.safety_stock is None else row.safety_stock for row in network.items])
    items["working_stock"] = np.where(
        np.isnan(kept), _working_stock(lines, sources, items, bills, usage[0]), kept
    )
    shipped, unshipped, cancellable = _open_orders(network, offers, sources, usage, log)
    restrictions = restriction_arrays(network, offers, lines["line_ids"], log)
    _report_maintenance(restrictions, lines, log)
    restrictions |= watch_arrays(network, restrictions, log)
    money = money_arrays(network, log)
    report_unused(network, log)
    log.extend(exchanger.assumptions())
    log.append(f"Goods are on their way for the last {TRANSIT_WEEKS} weeks of a lead time.")
    storage = network.settings.plan.storage_limit
    return NetworkArrays(
        item_ids=item_ids,
        supplier_ids=tuple(row.supplier_id for row in network.suppliers),
        market_ids=tuple(row.market_id for row in network.markets),
        horizon_weeks=calendar.horizon_weeks,
        window_weeks=calendar.window_weeks,
        epoch_weeks=calendar.epoch_weeks,
        n_week=calendar.n_week,
        fill_target=network.settings.plan.fill_target,
        storage_limit=np.inf if storage is None else storage,
        usage=usage,
        open_shipped=shipped,
        open_unshipped=unshipped,
        open_cancellable=cancellable,
        **items,
        **lines,
        **sources,
        **restrictions,
        **money,
        assumptions=tuple(log),
    )


def _report_changing_bills(network: Network, log: list[str]) -> None:
    """Say where a bill changes inside the weeks that are followed: the first day's bill is used."""
    start, end = network.calendar.start, network.calendar.date_of(network.calendar.n_week)
    changing = {
        line.parent_id
        for line in network.bom
        if (line.valid_from is not None and start < line.valid_from < end)
        or (line.valid_to is not None and start <= line.valid_to < end)
    }
    if changing:
        log.append(
            f"Bills of materials as on the first day, though these change: {list_some(sorted(changing))}."
        )


def _report_maintenance(restrictions: dict[str, Any], lines: dict[str, Any], log: list[str]) -> None:
    """Say who sees a licence for maintenance, and which products it may leave out."""
    licensed = np.flatnonzero(restrictions["maintenance_weeks"])
    if not len(licensed):
        return
    sold = lines["demand"] > 0
    now = {product for (product, _), at_once in zip(lines["line_ids"], sold[0], strict=True) if at_once}
    later = {product for (product, _), ever in zip(lines["line_ids"], sold.any(axis=0), strict=True) if ever}
    new = list_some(sorted(later - now)) if later - now else "none, all are sold from the start"
    log.append(
        "Grace for maintenance: until it ends the simulation orders from closed sources what existing "
        "products use; the planning model and times to survive take them as closed: "
        f"{list_some([restrictions['restriction_ids'][r] for r in licensed])}. Products that are new "
        f"where it is effective before they are first sold: {new}."
    )


def _line_arrays(network: Network, exchanger: Exchanger) -> dict[str, Any]:
    """Demand lines, in the order in which the file first names them; the last level holds."""
    line_ids, lines = network.lines
    line_of_row = np.asarray(lines)
    item = {row.item_id: number for number, row in enumerate(network.items)}
    market = {row.market_id: number for number, row in enumerate(network.markets)}
    markets = [network.market[market_id] for _, market_id in line_ids]
    rates = [exchanger.rate(row.currency, f"market {row.market_id}") for row in markets]
    level = _levels(network, line_of_row, len(line_ids))
    units, price, sd_share = (
        np.append(_numbers(network, column), 0.0) for column in ("units_per_week", "unit_price", "sd_share")
    )
    spread = np.zeros(len(line_ids))
    np.maximum.at(spread, line_of_row, sd_share[:-1])
    receivable = [whole_near(row.receivable_days) for row in markets]
    return {
        "line_ids": line_ids,
        "line_product": np.array([item[product] for product, _ in line_ids], dtype=np.int64),
        "line_market": np.array([market[market_id] for _, market_id in line_ids], dtype=np.int64),
        "demand": units[level],
        "price": price[level] / np.array(rates, dtype=np.float64),
        "line_sd_share": spread,
        "line_backorder": np.array([row.unmet == "backorder" for row in markets], dtype=np.bool_),
        "line_backorder_cost": np.array([row.backorder_cost_per_unit_week for row in markets], dtype=float),
        "line_priority": np.array([row.priority for row in markets], dtype=np.float64),
        "line_receivable_weeks": np.array(receivable, dtype=np.int64),
    }


def _numbers(network: Network, name: str) -> Floats:
    """A column of demand as numbers, one for each row."""
    column = network.column("demand", name)
    return np.array(column.values, dtype=np.float64)[column.codes]


def _levels(network: Network, line_of_row: NDArray[np.int32], n_line: int) -> NDArray[np.int64]:
    """The row of demand that counts in each week, -1 where none does yet, shape (week, line)."""
    calendar, days = network.calendar, network.column("demand", "from_date")
    ordinals = np.array([day.toordinal() for day in days.values], dtype=np.int64)[days.codes]
    weeks = np.maximum(0, -(-(ordinals - calendar.start.toordinal()) // 7))
    # In the order of the days, so that of the rows of one week the last stays, and so that of all rows up
    # to a week the one with the highest rank counts.
    by_day = np.argsort(ordinals, kind="stable")
    by_day = by_day[weeks[by_day] < calendar.n_week]
    rank = np.zeros((calendar.n_week, n_line), dtype=np.int64)
    rank[weeks[by_day], line_of_row[by_day]] = np.arange(1, len(by_day) + 1)
    return np.append(-1, by_day)[np.maximum.accumulate(rank, axis=0)]


def _explode_usage(line_product: Any, demand: Floats, bills: Explosion) -> Floats:
    """Mean use of every item [units/week], shape (week, item): sales, and what parents use."""
    usage = np.zeros((demand.shape[0], len(bills.direct)))
    np.add.at(usage.T, line_product, demand.T)
    for parent in reversed(bills.make_order):
        for child, quantity in bills.direct[parent].items():
            usage[:, child] += quantity * usage[:, parent]
    return usage


def _item_arrays(network: Network, bills: Explosion, log: list[str]) -> dict[str, Any]:
    """Item fields of `NetworkArrays`, working stock left out."""
    rows = network.items
    standard, making = _roll_up_costs(network, bills, log)
    rate = network.settings.plan.holding_rate_per_year
    rates = [rate if row.holding_rate_per_year is None else row.holding_rate_per_year for row in rows]
    capacity = [np.inf if row.capacity_per_week is None else row.capacity_per_week for row in rows]
    bom_ptr, bom_child, bom_quantity = stack_rows(bills.direct)
    explosion_ptr, explosion_item, explosion_quantity = stack_rows(bills.contained)
    ageing = [row.item_id for row in rows if row.shelf_life_weeks is not None]
    if ageing:
        log.append(
            "In the simulation the oldest stock is used first and what outlives its shelf life is thrown "
            "away; stock without a last day is taken as fresh. The plan uses what it holds beyond normal "
            f"running in time; times to survive throw nothing away: {list_some(ageing)}."
        )
    return {
        "item_kind": np.array([KINDS[row.kind] for row in rows], dtype=np.int64),
        "made": np.array([bool(children) for children in bills.direct], dtype=np.bool_),
        "standard_cost": standard,
        "make_cost": making,
        "make_weeks": np.array([whole_up(row.make_weeks) for row in rows], dtype=np.int64),
        "make_capacity": np.array(capacity, dtype=np.float64),
        "holding_cost": standard * np.array(rates, dtype=np.float64) / WEEKS_PER_YEAR,
        "write_down_share": np.array([row.write_down_share for row in rows], dtype=np.float64),
        "storage_per_unit": np.array([row.storage_per_unit for row in rows], dtype=np.float64),
        "shelf_life": np.array(
            [np.inf if row.shelf_life_weeks is None else row.shelf_life_weeks for row in rows]
        ),
        **_stock_arrays(network, log),
        "make_order": np.array(bills.make_order, dtype=np.int64),
        "bom_ptr": bom_ptr,
        "bom_child": bom_child,
        "bom_quantity": bom_quantity,
        "explosion_ptr": explosion_ptr,
        "explosion_item": explosion_item,
        "explosion_quantity": explosion_quantity,
    }


def _roll_up_costs(network: Network, bills: Explosion, log: list[str]) -> tuple[Floats, Floats]:
    """Standard cost and making cost [money/unit]; made items are rolled up from their children."""
    standard = np.array([row.unit_cost for row in network.items], dtype=np.float64)
    making = np.zeros(len(network.items))
    differing = []
    for item in bills.make_order:
        row = network.items[item]
        materials = sum(quantity * standard[child] for child, quantity in bills.direct[item].items())
        making[item] = max(0.0, row.unit_cost - materials) if row.make_cost is None else row.make_cost
        standard[item] = materials + making[item]
        if abs(standard[item] - row.unit_cost) > 0.005 * max(standard[item], row.unit_cost):
            differing.append(row.item_id)
    if differing:
        log.append(f"Standard cost is materials and making, not the unit_cost given: {list_some(differing)}.")
    return standard, making


def _stock_arrays(network: Network, log: list[str]) -> dict[str, Any]:
    """Usable stock at the start [units]: lots not expired, less allocated and quarantined; and what of it
    expires by week."""
    index = {row.item_id: item for item, row in enumerate(network.items)}
    start, n_week = network.calendar.start, network.calendar.n_week
    usable, expiring = np.zeros(len(index)), np.zeros((n_week, len(index)))
    notes: dict[str, set[str]] = {}
    for lot in network.stock:
        if lot.expires is not None and lot.expires < start:
            notes.setdefault("Expired stock is left out", set()).add(lot.item_id)
            continue
        if lot.expires is None:
            last = life_weeks(network.item[lot.item_id]) - 1
        else:
            last = network.calendar.week_of(lot.expires)
            note = "Lots that expire are used first, or thrown away after their last week, in the simulation"
            notes.setdefault(note, set()).add(lot.item_id)
        if lot.quarantined > 0:
            notes.setdefault("Stock in quarantine is not released", set()).add(lot.item_id)
        free = lot.on_hand - lot.allocated - lot.quarantined
        if free < 0:
            notes.setdefault("More is allocated or quarantined than is there: none is free", set()).add(
                lot.item_id
            )
        usable[index[lot.item_id]] += max(0.0, free)
        if last < n_week:
            expiring[last, index[lot.item_id]] += max(0.0, free)
    log.extend(f"{note}: {list_some(sorted(items))}." for note, items in notes.items())
    return {"on_hand": usable, "expiring": expiring}


def life_weeks(item: Item) -> int:
    """Whole weeks in which a unit may be used, that of its arrival included; NEVER: any number."""
    return NEVER if item.shelf_life_weeks is None else max(1, whole_down(item.shelf_life_weeks))


def _working_stock(
    lines: dict[str, Any], sources: dict[str, Any], items: dict[str, Any], bills: Explosion, use: Floats
) -> Floats:
    """Safety stock of normal running [units]: z sqrt(sd^2 (lead + 1) + use^2 sd of lead time^2).

    The sd of a week's use is that of the first week; lines are independent of each other. Items that
    nothing obtains (no bill, no qualified source) have none.

    Source: Snyder & Shen (2019), section 4.3, normal demand over lead time and review period; Silver, Pyke &
    Thomas (2017), section 6.10, lead times that vary.
    """
    variance = np.zeros(len(bills.direct))
    spread = lines["line_sd_share"] * lines["demand"][0]
    sold = np.zeros(len(bills.direct))
    np.add.at(sold, lines["line_product"], spread**2)
    for product in np.flatnonzero(sold):
        variance[product] += sold[product]
        for item, quantity in bills.contained[product].items():
            variance[item] += quantity**2 * sold[product]
    made: Bools = items["made"]
    lead, lead_sd = np.where(made, items["make_weeks"], -1), np.zeros(len(sold))
    for source in reversed(np.flatnonzero(sources["source_qualified"])):
        item = sources["source_item"][source]
        lead[item], lead_sd[item] = sources["source_lead"][source], sources["source_lead_sd"][source]
    total = variance * np.maximum(lead + 1, 0) + (use * lead_sd) ** 2
    return np.where(lead >= 0, SERVICE_Z * np.sqrt(total), 0.0)


def _open_orders(
    network: Network, offers: Sequence[Offer], sources: dict[str, Any], usage: Floats, log: list[str]
) -> tuple[Floats, Floats, Floats]:
    """Open orders on their way, not yet shipped, and of these what may be cancelled [units], shape (week,
    source).

    With no table, the pipeline of normal running: the first qualified source of an item delivers each
    week of its lead time what that week uses.
    """
    shipped = np.zeros((usage.shape[0], len(offers)))
    unshipped, cancellable = np.zeros_like(shipped), np.zeros_like(shipped)
    if network.open_orders is None:
        log.append("No open orders are given: a normal pipeline is assumed, each week's use on order.")
        seen: set[int] = set()
        for s, offer in enumerate(offers):
            if offer.item in seen or not sources["source_qualified"][s]:
                continue
            seen.add(offer.item)
            lead, transit = int(sources["source_lead"][s]), int(sources["source_transit"][s])
            shipped[:transit, s] = usage[:transit, offer.item]
            unshipped[transit:lead, s] = usage[transit:lead, offer.item]
        return shipped, unshipped, cancellable
    number_of = {offer.source.source_id: s for s, offer in enumerate(offers)}
    lost = sorted({row.source_id for row in network.open_orders} - set(number_of))
    if lost:
        log.append(f"Open orders of sources that are not used are left out: {list_some(lost)}.")
    for row in network.open_orders:
        week = max(0, network.calendar.week_of(row.arrival_date))
        if row.source_id in number_of and week < usage.shape[0]:
            s = number_of[row.source_id]
            units = row.quantity / offers[s].ratio
            (shipped if row.shipped else unshipped)[week, s] += units
            cancellable[week, s] += units if row.cancellable and not row.shipped else 0.0
    if cancellable.any():
        names = [offers[s].source.source_id for s in np.flatnonzero(cancellable.any(axis=0)).tolist()]
        log.append(
            "Open orders that may be cancelled are cancelled before they ship, in the simulation and by "
            "policies with a level, where stock and the other orders are enough and no restriction that is "
            "known hits the item; the planning model and times to survive count on all of them to arrive: "
            f"{list_some(names)}."
        )
    return shipped, unshipped, cancellable
