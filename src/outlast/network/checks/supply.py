"""Sources, suppliers and stock. In: `Look`. Out: findings.
One reason to exist: rules on what can be bought and what is there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from outlast.errors import Finding
from outlast.network.checks.look import Look
from outlast.network.checks.units import convert

_WHOLE = 1e-6


def check_switch_times(look: Look) -> Iterator[Finding]:
    """Alternatives without a switch time, and items that can only be had after a switch."""
    new_children = {row.new_child for row in look.network.substitutions}
    orderable = {source.item_id for source in look.network.sources if source.status != "alternative"}
    told: set[str] = set()
    for row, source in enumerate(look.network.sources):
        if source.status != "alternative":
            continue
        if source.switch_weeks_p10 is source.switch_weeks_p50 is source.switch_weeks_p90 is None:
            message = f"The alternative {source.source_id} has no switch time."
            remedy = "Fill in switch_weeks_p10, switch_weeks_p50 and switch_weeks_p90."
            yield look.error(
                "alternative-without-switch-time", "sources", row, "switch_weeks_p50", message, remedy
            )
        item = source.item_id
        if item and item not in orderable and item not in new_children | told:
            told.add(item)
            message = f"{item} has no qualified source: it cannot be ordered before a switch."
            yield look.warning("no-qualified-source", "sources", row, "status", message, "Check the status.")


def check_order_sizes(look: Look) -> Iterator[Finding]:
    """Order sizes that leave no order possible, or that surprise."""
    for row, source in enumerate(look.network.sources):
        smallest, largest, multiple = source.minimum_order, source.maximum_order, source.order_multiple
        conversion = convert(look, source)
        if multiple is None and conversion is not None and conversion.whole:
            multiple = 1.0
        if largest is not None and smallest > largest:
            message = f"minimum_order {smallest:g} is above maximum_order {largest:g}."
            yield look.error(
                "order-impossible", "sources", row, "minimum_order", message, "Correct one of the two."
            )
            continue
        if multiple is None or not math.isfinite(smallest / multiple):
            continue
        lot = max(multiple, math.ceil(smallest / multiple - _WHOLE) * multiple)
        if largest is not None and lot > largest * (1 + _WHOLE):
            message = f"The smallest order in lots of {multiple:g} is {lot:g}, maximum_order {largest:g}."
            remedy = "Correct order_multiple or maximum_order."
            yield look.error("order-impossible", "sources", row, "order_multiple", message, remedy)
        elif smallest > 0 and abs(lot - smallest) > _WHOLE * lot:
            message = (
                f"minimum_order {smallest:g} is no multiple of {multiple:g}: the smallest order is {lot:g}."
            )
            yield look.warning(
                "minimum-not-multiple", "sources", row, "minimum_order", message, "Check both."
            )


def check_capacities(look: Look) -> Iterator[Finding]:
    """Capacities of nothing, and smallest orders that are more than a week's capacity."""
    for table in ("suppliers", "sources"):
        for row, limited in enumerate(look.network.table(table)):
            if limited.capacity_per_week == 0:
                message = "A capacity of 0: nothing can be ordered here."
                remedy = "Leave the cell empty if the capacity is not known: that is unlimited."
                yield look.warning("capacity-zero", table, row, "capacity_per_week", message, remedy)
    for row, source in enumerate(look.network.sources):
        conversion, most = convert(look, source), source.capacity_per_week
        if conversion is None or not most:
            continue
        multiple = source.order_multiple or float(conversion.whole)
        lot = conversion.factor * max(source.minimum_order, multiple)
        if lot > most * (1 + _WHOLE):
            column = "minimum_order" if source.minimum_order >= multiple else "order_multiple"
            message = (
                f"The smallest order is {lot:g} item units, more than the {most:g} of a week's capacity: "
                "one is taken at once all the same, and takes the capacity of the weeks after it."
            )
            remedy = "Check both: it may be that one of them is meant for another span or another unit."
            yield look.warning("lot-above-capacity", "sources", row, column, message, remedy)


def check_expediting(look: Look) -> Iterator[Finding]:
    """Expediting with a price but no time, or a time that saves nothing."""
    for row, source in enumerate(look.network.sources):
        price, weeks = source.expedite_price, source.expedite_weeks
        if (price is None) != (weeks is None):
            missing = "expedite_price" if price is None else "expedite_weeks"
            message = f"Expediting needs a price and a time; {missing} is missing."
            yield look.error("expedite-incomplete", "sources", row, missing, message, "Give both, or none.")
        elif weeks is not None and weeks >= source.lead_time_weeks:
            message = f"Expediting takes {weeks:g} weeks, the normal lead time {source.lead_time_weeks:g}."
            yield look.warning(
                "expedite-not-faster", "sources", row, "expedite_weeks", message, "Check both."
            )


def check_varying_sources(look: Look) -> Iterator[Finding]:
    """Spreads that their mean does not allow."""
    for row, source in enumerate(look.network.sources):
        mean, sd = source.yield_mean, source.yield_sd
        if mean < 1 and sd > 0 and sd**2 >= mean * (1 - mean):
            message = f"A share between 0 and 1 with mean {mean:g} cannot have the standard deviation {sd:g}."
            remedy = f"Give less than {math.sqrt(mean * (1 - mean)):.3g}."
            yield look.error("yield-sd-impossible", "sources", row, "yield_sd", message, remedy)
        if source.lead_time_sd_weeks > 0 and source.lead_time_weeks == 0:
            message = "A lead time of 0 weeks cannot vary; its standard deviation has no effect."
            remedy = "Give the mean lead time, or leave lead_time_sd_weeks empty."
            yield look.warning("lead-time-zero-varies", "sources", row, "lead_time_sd_weeks", message, remedy)


def check_split_shares(look: Look) -> Iterator[Finding]:
    """Shares of normal orders that do not add up to one."""
    shares: dict[str, list[tuple[int, float | None]]] = {}
    for row, source in enumerate(look.network.sources):
        if source.status != "alternative" and source.item_id:
            shares.setdefault(source.item_id, []).append((row, source.split_share))
    for item, given in shares.items():
        stated = [(row, share) for row, share in given if share is not None]
        total = sum(share for _, share in stated)
        if stated and abs(total - 1) > _WHOLE:
            message = f"Over the qualified sources of {item}, split_share adds up to {total:g}."
            remedy = "Make it 1, or leave it empty everywhere to order by priority."
            yield look.error("split-shares-not-one", "sources", stated[0][0], "split_share", message, remedy)
        elif sum(share > 0 for _, share in stated) > 1:
            message = (
                f"Normal orders of {item} are split. Simulation and replenishment follow the shares, the "
                "planning model takes all of them from the first source: its objective and bound are of that."
            )
            remedy = "Nothing to correct: judge the plan by its simulated figures."
            yield look.warning("split-not-planned", "sources", stated[0][0], "split_share", message, remedy)


def check_supplier_capacity(look: Look) -> Iterator[Finding]:
    """Capacities that several sources share, and uses of a capacity that nobody states."""
    limited = {row.supplier_id for row in look.network.suppliers if row.capacity_per_week is not None}
    bought = [source for source in look.network.sources if source.item_id not in look.parents]
    used = Counter(source.supplier_id for source in bought)
    for row, supplier in enumerate(look.network.suppliers):
        if supplier.supplier_id in limited and used[supplier.supplier_id] > 1:
            message = (
                f"{used[supplier.supplier_id]} sources share the capacity of {supplier.supplier_id}. The "
                "simulation shares it out; the planning model and times to survive let each source have all "
                "of it, so their figures are reached at best."
            )
            remedy = (
                "Nothing to correct: judge the plan by its simulated figures; to be on the safe side, give "
                "each source a capacity_per_week of its own."
            )
            yield look.warning(
                "supplier-capacity-apart", "suppliers", row, "capacity_per_week", message, remedy
            )
    for row, source in enumerate(look.network.sources):
        if abs(source.capacity_use - 1) > 0 and source.supplier_id and source.supplier_id not in limited:
            message = f"{source.source_id} takes capacity of {source.supplier_id}, which states none."
            remedy = "Give the supplier a capacity_per_week, or leave capacity_use empty."
            yield look.warning("capacity-use-unused", "sources", row, "capacity_use", message, remedy)


def check_owners(look: Look) -> Iterator[Finding]:
    """Parties of which more than the whole is owned."""
    shares: dict[str, dict[str, tuple[int, float]]] = {}
    for row, owner in enumerate(look.network.owners):
        if owner.valid_from and look.start and owner.valid_from > look.start:
            continue
        held = shares.setdefault(owner.party_id, {})
        before = held.get(owner.owner_name)
        since = look.network.owners[before[0]].valid_from if before else None
        if before is None or since is None or (owner.valid_from and owner.valid_from >= since):
            held[owner.owner_name] = (row, owner.share)
    for party, held in shares.items():
        total = sum(share for _, share in held.values())
        if total > 1 + _WHOLE:
            row = max(row for row, _ in held.values())
            message = f"The owners of {party} hold {total:.1%} of it."
            remedy = "Correct the shares; write 0.5 for 50 %."
            yield look.error("shares-above-one", "owners", row, "share", message, remedy)


def check_stock(look: Look) -> Iterator[Finding]:
    """Stock that is promised more than once, or expired."""
    for row, lot in enumerate(look.network.stock):
        if lot.allocated + lot.quarantined > lot.on_hand * (1 + 1e-9):
            message = (
                f"allocated {lot.allocated:g} and quarantined {lot.quarantined:g} exceed {lot.on_hand:g}."
            )
            remedy = "Both are parts of on_hand; correct one of the three."
            yield look.error("stock-overpromised", "stock", row, "on_hand", message, remedy)
        if look.start and lot.expires and lot.expires < look.start:
            message = f"The stock expired on {lot.expires}, before the start; it is not used."
            yield look.warning(
                "stock-expired", "stock", row, "expires", message, "Remove it, or correct the day."
            )


def check_open_orders(look: Look) -> Iterator[Finding]:
    """Open orders that are late already, or from a source that may not deliver yet."""
    for row, order in enumerate(look.network.open_orders or ()):
        if look.start and order.arrival_date < look.start:
            message = f"The order was due on {order.arrival_date}, before the start."
            remedy = "Remove it if it arrived, else give the day on which it is expected now."
            yield look.warning("open-order-overdue", "open_orders", row, "arrival_date", message, remedy)
        if order.cancellable and order.shipped:
            message = "The order is on its way already: it is not cancelled."
            remedy = "Set shipped or cancellable to false."
            yield look.warning("shipped-cancellable", "open_orders", row, "cancellable", message, remedy)
        source = look.network.source.get(order.source_id)
        if source and source.status == "alternative":
            message = f"{order.source_id} is an alternative, which cannot be ordered from before a switch."
            remedy = "Make the source qualified, or correct source_id."
            yield look.warning("open-order-on-alternative", "open_orders", row, "source_id", message, remedy)
