"""Goods on order. In: the company in a week. Out: what is cancelled, arrives and is put on order.
One reason to exist: steps 1 and 2 of docs/simulator.md, compiled, and what an order does to them.
"""

from __future__ import annotations

import math

from outlast.kernels.jit import inner_kernel
from outlast.kernels.shapes import (
    EXPEDITING,
    MADE,
    ORDER_COST,
    PURCHASE_VARIANCE,
    RECEIPT,
    RECEIVED,
    SCRAPPED_UNITS,
    SHIPMENT,
    TRANSIT,
    Bits,
    Block,
    Company,
    Factors,
    Floats,
    Records,
    Row,
)

TINY = 1e-9
"""Needs below this are rounding; a number this close to a whole one counts as that."""


@inner_kernel
def pay(weeks: Records, week: int, money: float) -> None:
    """Book a payment; what falls outside the case's weeks is not seen."""
    if 0 <= week < len(weeks):
        weeks[week].payment += money


@inner_kernel
def cancel(item: Row, source: Row, weeks: Records, t: int, week: int, units: float, money: float) -> None:
    """Take units that were due in `week` off the position and refund what was or will be paid."""
    item.due = max(0.0, item.due - units)
    pay(weeks, max(t, week + source.payment_weeks), -money)


@inner_kernel
def cancel_open(company: Company, order: Row, t: int) -> None:
    """Cancel an open order as a whole; nothing is paid for it, and the capacity it takes is free again."""
    source = company.sources[order.source]
    goods, money = (
        company.due[order.arrival % len(company.due), order.source],
        order.units * source.list_price,
    )
    goods.units = max(0.0, goods.units - order.units)
    goods.money = max(0.0, goods.money - money)
    cancel(company.items[source.item], source, company.weeks, t, order.arrival, order.units, money)
    if order.ahead >= 0:
        week = company.source_weeks[order.ahead, order.source]
        week.ahead_left = max(0.0, week.ahead_left - order.units)
    order.units = 0.0


@inner_kernel
def closes_now(cut: Row, law: Row, relief: int, t: int) -> bool:
    """Whether a closure of a source starts in a week, or a licence for maintenance in it ends."""
    ends = cut.closure + law.maintenance_weeks
    return max(0, cut.closure) == t or (cut.closure < ends == t < relief)


@inner_kernel
def cancel_orders(company: Company, events: Records, t: int) -> None:
    """Step 1: what a closure that starts now does to goods on order."""
    items, weeks, due, ring = company.items, company.weeks, company.due, len(company.due)
    for r in range(len(company.restrictions)):
        saved = t + company.restrictions[r].savings_weeks if company.restrictions[r].released else t
        for s in range(len(company.sources)):
            if not closes_now(company.cuts[r, s], company.restrictions[r], events[r].relief, t):
                continue
            source, lost = company.sources[s], 1.0 - company.cuts[r, s].now
            for week in range(t, company.open_weeks):
                company.source_weeks[week, s].ahead_left *= 1.0 - lost
            for week in range(max(t, min(saved, t + source.transit)), t + ring):
                goods = due[week % ring, s]
                if goods.units > 0.0:
                    units, money = lost * goods.units, lost * goods.money
                    goods.units -= units
                    goods.money -= money
                    cancel(items[source.item], source, weeks, t, week, units, money)
            for order in company.cancellable:
                if order.source == s and order.arrival >= max(t, min(saved, t + source.transit)):
                    order.units *= 1.0 - lost
            for week in range(max(t, saved), company.open_weeks):
                units = lost * company.source_weeks[week, s].shipped_left
                if units > 0.0:
                    company.source_weeks[week, s].shipped_left -= units
                    cancel(items[source.item], source, weeks, t, week, units, units * source.list_price)


@inner_kernel
def arrive(company: Company, block: Block, n: int, t: int) -> None:
    """Step 2: goods due and goods made enter stock."""
    items, sources, due = company.items, company.sources, company.due[t % len(company.due)]
    for s in range(len(due)):
        goods = due[s]
        units, money = goods.units, goods.money
        if t < company.open_weeks:
            shipped = company.source_weeks[t, s].shipped_left
            units += shipped
            money += shipped * sources[s].list_price
        if units > 0.0:
            goods.units, goods.money = 0.0, 0.0
            item = items[sources[s].item]
            item.due = max(0.0, item.due - units)
            receive(company, block.yield_factor, n, t, s, units, money)
    if len(company.making) > 1:
        complete(company, company.making[t % len(company.making)])


@inner_kernel
def complete(company: Company, made: Floats) -> None:
    """What was in making enters stock."""
    for number in company.make_order:
        units = made[number]
        if units > 0.0:
            item = company.items[number]
            item.on_hand += units
            item.entered += units
            item.making = max(0.0, item.making - units)
            made[number] = 0.0
            if company.has_ledger:
                company.ledger[number, MADE] += units


@inner_kernel
def count_waiting(company: Company) -> None:
    """Units of every item that backlogs of open lines wait for: all of a product, and of what is in it
    as much as the product does not have."""
    items, lines = company.items, company.lines
    for item in items:
        item.waiting = 0.0
    for product in company.products:
        owed = 0.0
        for k in range(items[product].line_from, items[product].line_to):
            line = lines[company.line_weeks[0, k].served]
            if line.open:
                owed += line.backlog
        items[product].waiting += owed
        short = owed - items[product].on_hand
        if short > 0.0:
            for k in range(items[product].explosion_from, items[product].explosion_to):
                items[company.links[k].number].waiting += short * company.links[k].units


@inner_kernel
def price_of(source: Row, breaks: Records, units: float) -> float:
    """Price of a unit in an order of so many units, at the break that it reaches."""
    price = source.price
    for k in range(source.break_from, source.break_to):
        if units >= breaks[k].units * (1.0 - TINY):
            price = breaks[k].price
            if source.list_price > 0.0:
                price *= source.price / source.list_price
    return price


@inner_kernel
def postpone(company: Company, s: int, week: int) -> None:
    """Goods due in a week come in the next one."""
    due = company.due
    goods, later = due[week % len(due), s], due[(week + 1) % len(due), s]
    later.units += goods.units
    later.money += goods.money
    goods.units, goods.money = 0.0, 0.0


@inner_kernel
def postpone_shipped(company: Company, s: int, week: int) -> None:
    """The same for open orders that were shipped at the start; after the last week they are not seen."""
    shipped = company.source_weeks[week, s].shipped_left
    if week + 1 < company.open_weeks:
        company.source_weeks[week + 1, s].shipped_left += shipped
    company.source_weeks[week, s].shipped_left = 0.0


@inner_kernel
def follow_cancellable(company: Company, pauses: Bits, n: int, t: int) -> None:
    """The same for open orders that may be cancelled: until they ship, whenever they come then."""
    for order in company.cancellable:
        transit = company.sources[order.source].transit
        if order.arrival < t + transit:
            order.units = 0.0
        if pauses[n, t, order.source] & SHIPMENT and order.arrival == t + transit:
            order.arrival += 1
        if pauses[n, t, order.source] & RECEIPT and order.arrival == t:
            order.arrival += 1


@inner_kernel
def pause(company: Company, pauses: Bits, n: int, t: int) -> None:
    """Between steps 1 and 2: goods that are not shipped, moved or received this week come a week later."""
    follow_cancellable(company, pauses, n, t)
    for s in range(len(company.sources)):
        kinds, transit = pauses[n, t, s], company.sources[s].transit
        if kinds & SHIPMENT:
            postpone(company, s, t + transit)
        if kinds & TRANSIT:
            for ahead in range(transit - 1, -1, -1):
                postpone(company, s, t + ahead)
            for week in range(company.open_weeks - 1, t - 1, -1):
                postpone_shipped(company, s, week)
        if kinds & RECEIPT:
            postpone(company, s, t)
            if t < company.open_weeks:
                postpone_shipped(company, s, t)


@inner_kernel
def lead_of(source: Row, lead: int, block: Block, n: int, t: int, s: int) -> int:
    """Weeks that an order of the week takes whose lead time is `lead`, confirmed when it is placed."""
    if block.pauses.size > 0:
        unshipped = block.pauses[n, t, s] & SHIPMENT and lead <= source.transit
        if unshipped or (block.pauses[n, t, s] & RECEIPT and lead == 0):
            return lead + 1
    return lead


@inner_kernel
def draw_lead(source: Row, factor: Factors, n: int, t: int, s: int) -> int:
    """Weeks that a normal order of the week takes."""
    if factor.size == 0 or source.lead == 0:
        return source.lead
    return max(1, math.floor(source.lead * factor[n, t, s] + 0.5))


@inner_kernel
def receive(company: Company, factor: Factors, n: int, t: int, s: int, units: float, money: float) -> None:
    """Put what is usable of `units` of a source into stock."""
    source = company.sources[s]
    item, usable = company.items[source.item], units
    if factor.size > 0:
        usable *= factor[n, t, s]
    item.on_hand += usable
    if len(company.ageing) > 0:
        item.entered += usable
    company.tally[PURCHASE_VARIANCE] -= money - usable * item.standard_cost
    if company.has_ledger:
        delivered = max(usable, units * source.delivered)
        company.ledger[source.item, RECEIVED] += delivered
        company.ledger[source.item, SCRAPPED_UNITS] += delivered - usable


@inner_kernel
def place_order(company: Company, block: Block, n: int, t: int, s: int, units: float) -> None:
    """Order as usual."""
    source = company.sources[s]
    price = source.price
    if source.break_to > source.break_from:
        price = price_of(source, company.breaks, units)
    put_on_order(company, block, n, t, s, units, price, draw_lead(source, block.lead_factor, n, t, s))


@inner_kernel
def hurry_order(company: Company, block: Block, n: int, t: int, s: int, units: float) -> None:
    """Order at the dearer price, to come sooner."""
    source = company.sources[s]
    extra = units * (source.expedite_price - source.list_price)
    if source.list_price > 0.0:
        extra *= source.price / source.list_price
    company.tally[EXPEDITING] -= extra
    pay(company.weeks, t, extra)
    put_on_order(company, block, n, t, s, units, source.price, source.expedite_weeks)


@inner_kernel
def put_on_order(
    company: Company, block: Block, n: int, t: int, s: int, units: float, price: float, lead: int
) -> None:
    """Put goods on order, and receive at once what has no lead time."""
    source, weeks, due, money = company.sources[s], company.weeks, company.due, units * price
    lead = lead_of(source, lead, block, n, t, s)
    company.tally[ORDER_COST] -= source.order_cost
    weeks[t].payment += source.order_cost
    pay(weeks, max(t, t + lead + source.payment_weeks), money)
    if lead == 0:
        receive(company, block.yield_factor, n, t, s, units, money)
        return
    slot = t % len(due) + lead
    goods = due[slot - len(due) if slot >= len(due) else slot, s]
    goods.units += units
    goods.money += money
    company.items[source.item].due += units
