"""Goods on order. In: the company in a week. Out: what is cancelled, arrives and is ordered.
One reason to exist: steps 1, 2 and 4 of docs/simulator.md, compiled.
"""

from __future__ import annotations

import math

from outlast.kernels.jit import inner_kernel, kernel
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
from outlast.kernels.sources import capacity_of, usable

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
def cancel_orders(company: Company, t: int) -> None:
    """Step 1: what a closure that starts now does to goods on order."""
    items, weeks, due, ring = company.items, company.weeks, company.due, len(company.due)
    for r in range(len(company.restrictions)):
        saved = t + company.restrictions[r].savings_weeks if company.restrictions[r].released else t
        for s in range(len(company.sources)):
            if max(0, company.cuts[r, s].closure) != t:
                continue
            source, lost = company.sources[s], 1.0 - company.cuts[r, s].left
            for week in range(t, company.open_weeks):
                company.source_weeks[week, s].ahead_left *= 1.0 - lost
            for week in range(max(t, min(saved, t + source.transit)), t + ring):
                goods = due[week % ring, s]
                if goods.units > 0.0:
                    units, money = lost * goods.units, lost * goods.money
                    goods.units -= units
                    goods.money -= money
                    cancel(items[source.item], source, weeks, t, week, units, money)
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
def lot(source: Row, need: float, capacity: float) -> float:
    """Units ordered for a need, by minimum, multiple and capacity."""
    minimum, multiple = source.minimum, source.multiple
    units = max(min(need, capacity), minimum)
    if multiple > 0.0:
        units = multiple * math.ceil(units / multiple - TINY)
    if units > capacity:
        if multiple > 0.0:
            smallest = multiple * math.ceil(max(minimum, multiple) / multiple - TINY)
            units = max(multiple * math.floor(capacity / multiple + TINY), smallest)
        else:
            units = max(capacity, minimum)
    return units


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
def pause(company: Company, pauses: Bits, n: int, t: int) -> None:
    """Between steps 1 and 2: goods that are not shipped, moved or received this week come a week later."""
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


@inner_kernel
def room_of(company: Company, s: int, usage: float, t: int) -> float:
    """Units that a source takes orders for in a week beside calls placed ahead for it."""
    return max(0.0, capacity_of(company.sources[s], usage, t) - company.source_weeks[t, s].ahead_left)


@inner_kernel
def shortage(company: Company, number: int, t: int, soonest: int, normal: int) -> float:
    """Units that mean use lacks in some week from `soonest` to before `normal` weeks ahead."""
    item, last = company.items[number], len(company.item_weeks) - 1
    left, short = item.on_hand - item.waiting, 0.0
    for ahead in range(normal):
        week = t + ahead
        for s in range(item.source_from, item.source_to):
            if ahead > 0:
                left += company.due[week % len(company.due), s].units
                if week < company.open_weeks:
                    left += company.source_weeks[week, s].shipped_left
        left -= company.item_weeks[min(week, last), number].usage
        if ahead >= soonest:
            short = max(short, -left)
    return short


@inner_kernel
def expedite(company: Company, block: Block, n: int, t: int, number: int) -> float:
    """Order at the dearer price what use lacks before a normal order arrives; the units ordered."""
    item, usage = company.items[number], company.item_weeks[t, number].usage
    ordered, normal = 0.0, -1
    for s in range(item.source_from, item.source_to):
        source = company.sources[s]
        if not usable(source, block.source_up, n, t, s):
            continue
        if normal < 0:
            normal = source.lead
        if source.expedite_weeks < 0 or source.expedite_weeks >= normal:
            continue
        short = shortage(company, number, t, source.expedite_weeks, normal)
        room = room_of(company, s, usage, t) - source.taken
        if short > TINY and room > TINY:
            units = lot(source, short, room)
            extra = units * (source.expedite_price - source.list_price)
            if source.list_price > 0.0:
                extra *= source.price / source.list_price
            company.tally[EXPEDITING] -= extra
            pay(company.weeks, t, extra)
            put_on_order(company, block, n, t, s, units, source.price, source.expedite_weeks)
            source.taken += units
            ordered += units
    return ordered


@inner_kernel
def trigger(company: Company, number: int, t: int, level: float, position: float) -> float:
    """The level up to which an item is ordered now that is not ordered as need comes; -inf: not yet."""
    item, week = company.items[number], company.item_weeks[t, number]
    if item.batch <= 0.0 and week.gap <= 0.0:
        return level
    need = level - position
    if item.batch > 0.0:
        if need < -TINY:
            return -math.inf
        return position + item.batch * (math.floor(need / item.batch + TINY) + 1)
    return level if need >= week.gap - TINY else -math.inf


@inner_kernel
def build_up(company: Company, block: Block, n: int, t: int, number: int) -> float:
    """Build-up orders of an item; the units ordered."""
    item, usage, ordered = company.items[number], company.item_weeks[t, number].usage, 0.0
    for s in range(item.source_from, item.source_to):
        units = company.source_weeks[t, s].buildup
        if units > 0.0 and usable(company.sources[s], block.source_up, n, t, s):
            units = min(units, room_of(company, s, usage, t))
            if units > 0.0:
                place_order(company, block, n, t, s, units)
                company.sources[s].taken = units
                ordered += units
    return ordered


@inner_kernel
def slower_than_usual(sources: Records, item: Row) -> bool:
    """Whether some source may be slower than the first one normally is: not where it is the only one."""
    first = item.first_source
    return (
        first < 0 or item.source_to - item.source_from > 1 or sources[first].lead > sources[first].list_lead
    )


@inner_kernel
def longer_way(company: Company, block: Block, n: int, t: int, number: int) -> float:
    """Units that have to be on order beyond the lead time of an item's first source, as slower ones supply
    their part of its use: by the shares of sources that are open, or as far as those before have no room."""
    item, usage = company.items[number], company.item_weeks[t, number].usage
    normal_lead = company.sources[item.first_source].list_lead if item.first_source >= 0 else 0
    shares, shared, units, rest = 0.0, 0.0, 0.0, usage
    for s in range(item.source_from, item.source_to):
        source = company.sources[s]
        if not usable(source, block.source_up, n, t, s):
            continue
        longer = max(0, source.lead - normal_lead)
        shares += source.split
        shared += source.split * longer
        part = min(rest, capacity_of(source, usage, t))
        units += part * longer
        rest -= part
    return usage * shared / shares if shares > 0.0 else units


@inner_kernel
def split(
    company: Company, block: Block, n: int, t: int, number: int, level: float, position: float
) -> float:
    """Divide what an item needs among its open sources that have a share of it; the units ordered."""
    item, usage = company.items[number], company.item_weeks[t, number].usage
    shares, ordered = 0.0, 0.0
    for s in range(item.source_from, item.source_to):
        if usable(company.sources[s], block.source_up, n, t, s):
            shares += company.sources[s].split
    for s in range(item.source_from, item.source_to):
        source = company.sources[s]
        if source.split <= 0.0 or not usable(source, block.source_up, n, t, s):
            continue
        need = min((level - position) * source.split / shares, level - position - ordered)
        room = room_of(company, s, usage, t) - source.taken
        if need > TINY and room > TINY:
            units = lot(source, need, room)
            place_order(company, block, n, t, s, units)
            source.taken += units
            ordered += units
    return ordered


@inner_kernel
def purchase(company: Company, block: Block, n: int, t: int, first: int) -> None:
    """Step 4: order up to the position: build-up, shares of sources, then sources in their order."""
    sources, item_weeks, calm = company.sources, company.item_weeks[t], t < first
    for number in company.bought:
        item, week = company.items[number], item_weeks[number]
        level = week.base + item.hoard - item.spare
        position = item.on_hand + item.due - item.waiting
        if calm:
            level += week.protective
            if item.builds > 0:
                position += build_up(company, block, n, t, number)
        if item.expedites > 0 and item.spare <= 0.0:
            position += expedite(company, block, n, t, number)
        if slower_than_usual(sources, item):
            level += longer_way(company, block, n, t, number)
        if company.has_trigger:
            level = trigger(company, number, t, level, position)
        if item.splits > 0:
            position += split(company, block, n, t, number, level, position)
        for s in range(item.source_from, item.source_to):
            source = sources[s]
            taken = source.taken
            if taken > 0.0:
                source.taken = 0.0
            need = level - position
            if need <= TINY or not usable(source, block.source_up, n, t, s):
                continue
            capacity = room_of(company, s, week.usage, t) - taken
            if capacity > TINY:
                units = lot(source, need, capacity)
                place_order(company, block, n, t, s, units)
                position += units


@kernel
def order(company: Company, block: Block, n: int, t: int, units: Floats) -> None:
    """Step 4 by somebody else's choice: units of each source, as far as it takes orders, in its lots."""
    for s in range(len(units)):
        source = company.sources[s]
        if units[s] > TINY and usable(source, block.source_up, n, t, s):
            room = room_of(company, s, company.item_weeks[t, source.item].usage, t)
            if room > TINY:
                place_order(company, block, n, t, s, lot(source, units[s], room))


@kernel
def look(company: Company, block: Block, n: int, t: int, seen_items: Floats, seen_sources: Floats) -> None:
    """What the company sees before it orders: on hand, due and waiting of every item; room for orders
    (0: none may be placed), lead time and price of every source."""
    for number in range(len(company.items)):
        item = company.items[number]
        seen_items[0, number], seen_items[1, number] = item.on_hand, item.due
        seen_items[2, number] = item.waiting
    for s in range(len(company.sources)):
        source = company.sources[s]
        seen_sources[0, s], seen_sources[1, s], seen_sources[2, s] = 0.0, source.lead, source.price
        if usable(source, block.source_up, n, t, s):
            seen_sources[0, s] = room_of(company, s, company.item_weeks[t, source.item].usage, t)
