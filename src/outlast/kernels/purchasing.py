"""What is ordered. In: the company in a week. Out: orders of every source.
One reason to exist: step 4 of docs/simulator.md, compiled.

Where a supplier's capacity is shared, everything is asked for first (`asking`), and ordered once it is
known what part of it the supplier grants; `request` is the one place where the two differ.
"""

from __future__ import annotations

import math

from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.orders import TINY, cancel_open, draw_lead, hurry_order, lead_of, place_order
from outlast.kernels.shapes import Block, Company, Floats, Records, Row
from outlast.kernels.sources import capacity_of, usable
from outlast.kernels.suppliers import begin_sharing, cut_asks, grant, keep_rest, smallest_lot


@inner_kernel
def lot(source: Row, need: float, capacity: float) -> float:
    """Units ordered for a need, by minimum, multiple and capacity."""
    minimum, multiple = source.minimum, source.multiple
    units = max(min(need, capacity), minimum)
    if multiple > 0.0:
        units = multiple * math.ceil(units / multiple - TINY)
    if units > capacity:
        if multiple > 0.0:
            units = max(multiple * math.floor(capacity / multiple + TINY), smallest_lot(source))
        else:
            units = max(capacity, minimum)
    return units


@inner_kernel
def room_of(company: Company, s: int, usage: float, t: int) -> float:
    """Units that a source takes orders for in a week beside calls placed ahead for it."""
    source = company.sources[s]
    room = max(0.0, capacity_of(source, usage, t) - company.source_weeks[t, s].ahead_left)
    return max(0.0, room + source.carried)


@inner_kernel
def carry(company: Company, s: int, usage: float, t: int, ordered: float, refused: bool) -> None:
    """Capacity that whole lots took ahead is missing in the weeks after; what they left of it is there once
    more, a lot at most, if they were the reason that units were `refused`.

    Without this a source of 120 a week that sells lots of 90 would sell 90 a week for ever, and one of 10
    that sells lots of 90 as much.
    """
    source = company.sources[s]
    room = max(0.0, capacity_of(source, usage, t) - company.source_weeks[t, s].ahead_left)
    rest = room + source.carried - ordered
    source.carried = min(rest, smallest_lot(source) if refused else 0.0)


@inner_kernel
def request(
    company: Company, block: Block, n: int, t: int, s: int, units: float, hurried: bool, asking: bool
) -> float:
    """Order from a source, or only ask for it, what its supplier grants of some units; how many these are."""
    if len(company.claims) > 0:
        units = grant(company.claims[s], company.sources[s], units)
        if units <= 0.0:
            return 0.0
    if asking:
        foresee(company, block, n, t, s, units, hurried)
    elif hurried:
        hurry_order(company, block, n, t, s, units)
    else:
        place_order(company, block, n, t, s, units)
    return units


@inner_kernel
def foresee(company: Company, block: Block, n: int, t: int, s: int, units: float, hurried: bool) -> None:
    """Note when what is asked for would come, for what the item asks after it."""
    source = company.sources[s]
    lead = source.expedite_weeks if hurried else draw_lead(source, block.lead_factor, n, t, s)
    lead = lead_of(source, lead, block, n, t, s)
    if lead == 0 and block.yield_factor.size > 0:
        units *= block.yield_factor[n, t, s]
    company.foreseen[lead] += units


@inner_kernel
def shortage(company: Company, number: int, t: int, soonest: int, normal: int) -> float:
    """Units that mean use lacks in some week from `soonest` to before `normal` weeks ahead."""
    item, last = company.items[number], len(company.item_weeks) - 1
    left, short = item.on_hand - item.waiting, 0.0
    for ahead in range(normal):
        week = t + ahead
        left += company.foreseen[ahead]
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
def expedite(company: Company, block: Block, n: int, t: int, number: int, asking: bool) -> float:
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
            units = request(company, block, n, t, s, lot(source, short, room), True, asking)
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
def build_up(company: Company, block: Block, n: int, t: int, number: int, asking: bool) -> float:
    """Build-up orders of an item; the units ordered."""
    item, usage, ordered = company.items[number], company.item_weeks[t, number].usage, 0.0
    for s in range(item.source_from, item.source_to):
        units = company.source_weeks[t, s].buildup
        if units > 0.0 and usable(company.sources[s], block.source_up, n, t, s):
            units = min(units, room_of(company, s, usage, t))
            if units > 0.0:
                units = request(company, block, n, t, s, units, False, asking)
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
    company: Company, block: Block, n: int, t: int, number: int, level: float, position: float, asking: bool
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
            units = request(company, block, n, t, s, lot(source, need, room), False, asking)
            source.taken += units
            ordered += units
    return ordered


@inner_kernel
def usual_level(item: Row, week: Row, calm: bool) -> float:
    """Position up to which an item is ordered, if no source is slower than the first normally is."""
    level = week.base + item.hoard - item.spare
    return level + week.protective if calm else level


@inner_kernel
def is_hit(company: Company, events: Records, number: int, t: int) -> bool:
    """Whether a restriction that is announced and not lifted hits an item."""
    for r in range(len(events)):
        if company.reach[r, number].hits and events[r].announced <= t < events[r].relief:
            return True
    return False


@inner_kernel
def cancel_surplus(company: Company, block: Block, n: int, t: int, calm: bool) -> None:
    """Cancel open orders, latest first, as far as they would not be ordered again."""
    for order in company.cancellable:
        source = company.sources[order.source]
        number = source.item
        item = company.items[number]
        stands = order.units > 0.0 and order.arrival > t and order.arrival >= t + source.transit
        if not stands or is_hit(company, block.events[n], number, t):
            continue
        level = usual_level(item, company.item_weeks[t, number], calm)
        if slower_than_usual(company.sources, item):
            level += longer_way(company, block, n, t, number)
        need = level - (item.on_hand + item.due - item.waiting - order.units)
        if need < -TINY or (need <= TINY and item.batch <= 0.0):
            cancel_open(company, order, t)


@inner_kernel
def order_items(company: Company, block: Block, n: int, t: int, calm: bool, asking: bool) -> None:
    """Order up to the position: build-up, expediting, shares of sources, then sources in their order."""
    sources, item_weeks = company.sources, company.item_weeks[t]
    for number in company.bought:
        item, week = company.items[number], item_weeks[number]
        level = usual_level(item, week, calm)
        position = item.on_hand + item.due - item.waiting
        if asking and item.expedites > 0:
            company.foreseen[:] = 0.0
        if calm and item.builds > 0:
            position += build_up(company, block, n, t, number, asking)
        if item.expedites > 0 and item.spare <= 0.0:
            position += expedite(company, block, n, t, number, asking)
        if slower_than_usual(sources, item):
            level += longer_way(company, block, n, t, number)
        if company.has_trigger:
            level = trigger(company, number, t, level, position)
        if item.splits > 0:
            position += split(company, block, n, t, number, level, position, asking)
        for s in range(item.source_from, item.source_to):
            source = sources[s]
            taken = source.taken
            if taken > 0.0:
                source.taken = 0.0
            need, units = level - position, 0.0
            idle = need <= TINY and taken == 0.0 and source.carried == 0.0
            if idle or not usable(source, block.source_up, n, t, s):
                continue
            capacity = room_of(company, s, week.usage, t) - taken
            if need > TINY and capacity > TINY:
                units = lot(source, need, capacity)
                if len(company.claims) > 0:
                    units = request(company, block, n, t, s, units, False, asking)
                else:  # what `request` comes to, a call less for every order
                    place_order(company, block, n, t, s, units)
                position += units
            if not asking and capacity < math.inf:
                carry(company, s, week.usage, t, taken + units, need - units > TINY)


@inner_kernel
def share_suppliers(company: Company, block: Block, n: int, t: int, calm: bool) -> None:
    """Find what every supplier whose capacity is limited grants each of its sources: all that it is asked
    for, or if that is too much the same share of it; what is refused is asked of the next sources."""
    begin_sharing(company)
    over = True
    while over:
        order_items(company, block, n, t, calm, True)
        over = cut_asks(company, t)
    company.foreseen[:] = 0.0


@inner_kernel
def purchase(company: Company, block: Block, n: int, t: int, first: int) -> None:
    """Step 4."""
    if len(company.cancellable) > 0:
        cancel_surplus(company, block, n, t, t < first)
    if len(company.claims) > 0:
        share_suppliers(company, block, n, t, t < first)
    order_items(company, block, n, t, t < first, False)
    if len(company.claims) > 0:
        keep_rest(company)


@inner_kernel
def order_each(company: Company, block: Block, n: int, t: int, units: Floats, asking: bool) -> None:
    """Units of each source as far as it takes orders, in its lots."""
    for s in range(len(units)):
        source = company.sources[s]
        if not usable(source, block.source_up, n, t, s):
            continue
        usage, placed = company.item_weeks[t, source.item].usage, 0.0
        room = room_of(company, s, usage, t)
        if units[s] > TINY and room > TINY:
            placed = request(company, block, n, t, s, lot(source, units[s], room), False, asking)
        if not asking and room < math.inf:
            carry(company, s, usage, t, placed, units[s] - placed > TINY)


@kernel
def order(company: Company, block: Block, n: int, t: int, units: Floats) -> None:
    """Step 4 by somebody else's choice."""
    if len(company.claims) > 0:
        begin_sharing(company)
        order_each(company, block, n, t, units, True)
        cut_asks(company, t)
        company.foreseen[:] = 0.0
    order_each(company, block, n, t, units, False)
    if len(company.claims) > 0:
        keep_rest(company)


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
