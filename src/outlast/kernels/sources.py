"""What may be ordered where, at what price and how fast. In: restrictions of a scenario. Out: the
state of every source and line in a week. One reason to exist: legal facts are worked out in
the few weeks in which they change, and merely looked up in all others.
"""

from __future__ import annotations

import math

from outlast.kernels.jit import inner_kernel
from outlast.kernels.shapes import Block, Bools, Company, Floats, Records, Row
from outlast.periods import NEVER

TINY = 1e-9
"""A number this close to a whole one counts as that."""


@inner_kernel
def mark(weeks: Records, week: int) -> None:
    """Note that something changes in a week; what lies before the start changes in week 0."""
    if week < len(weeks):
        weeks[max(0, week)].changes = True


@inner_kernel
def find_closures(restrictions: Records, cuts: Records, weeks: Records, events: Records) -> None:
    """First week of the closure of every source by every restriction, and weeks of change."""
    for t in range(len(weeks)):
        weeks[t].changes = t == 0
    for r in range(len(restrictions)):
        closed, relief = events[r].closed, events[r].relief
        mark(weeks, events[r].announced)
        mark(weeks, closed)
        mark(weeks, relief)
        for s in range(cuts.shape[1]):
            cut = cuts[r, s]
            cut.closure, cut.until, cut.now = NEVER, NEVER, cut.left
            if closed < NEVER and cut.left < 1.0 and closed + cut.delay < relief:
                cut.closure = cut.until = closed + cut.delay
                mark(weeks, cut.closure)
                if cut.closure + restrictions[r].maintenance_weeks < relief:
                    mark(weeks, cut.closure + restrictions[r].maintenance_weeks)


@inner_kernel
def find_switches(
    sources: Records, reach: Records, events: Records, switch_weeks: Floats, first: int
) -> None:
    """When switches start, and from when each source may be ordered from."""
    for s in range(len(sources)):
        source = sources[s]
        source.start, source.ready = NEVER, -NEVER
        if source.qualified:
            continue
        if first > source.start_week:
            source.start = source.start_week
        elif source.start_after:
            for r in range(len(events)):
                if reach[r, source.item].hits:
                    source.start = min(source.start, events[r].announced)
        source.ready = NEVER
        if source.start < NEVER:
            source.ready = source.start + math.ceil(switch_weeks[s] - TINY)


@inner_kernel
def open_path(company: Company, block: Block, n: int) -> tuple[int, int, int]:
    """Length of the path, week of the first news, week from which survival is counted."""
    first, fill_start = NEVER, 0
    events = block.events[n]
    for r in range(len(events)):
        if events[r].announced < first:
            first, fill_start = events[r].announced, max(0, events[r].effective)
    weeks = block.paths[n].given_length
    if weeks < 0:
        weeks = company.horizon_weeks
        if first < weeks:
            weeks = min(first + company.window_weeks, company.n_week)
    find_closures(company.restrictions, company.cuts, company.weeks, events)
    find_switches(company.sources, company.reach, events, block.switch_weeks[n], first)
    return weeks, first, fill_start


@inner_kernel
def refresh_source(
    source: Row, s: int, t: int, restrictions: Records, cuts: Records, reach: Records, events: Records
) -> None:
    """State of a source until the next change."""
    left, price, lead, rationed = 1.0, 1.0, 1.0, False
    for r in range(len(restrictions)):
        if cuts[r, s].left < 1.0:
            if cuts[r, s].closure <= t < events[r].relief:
                left, rationed = min(left, cuts[r, s].now), True
        elif reach[r, source.item].hits and events[r].announced <= t < events[r].relief:
            price *= restrictions[r].price_multiplier
            lead *= restrictions[r].lead_multiplier
    source.left, source.rationed, source.price = left, rationed, price * source.list_price
    source.lead = math.ceil(source.list_lead * lead - TINY)
    barred = NEVER if left > 0.0 else 0
    if source.lead > 0:
        for r in range(len(restrictions)):
            cut = cuts[r, s]
            ahead = t < cut.until < NEVER and t < events[r].relief
            if ahead and events[r].announced <= t and cut.left <= 0.0:
                barred = min(barred, cut.until - source.lead + source.transit)
    source.barred = barred


@inner_kernel
def existing_share(company: Company, number: int, t: int, effective: int) -> float:
    """Share of an item's mean use in a week that is of products sold before a week; 0 if it has no use."""
    item, weeks = company.items[number], company.line_weeks[min(t, len(company.line_weeks) - 2)]
    existing, use = 0.0, 0.0
    for k in range(item.use_from, item.use_to):
        line = company.links[k].number
        units = company.links[k].units * weeks[line].demand
        use += units
        if company.lines[line].first_week < effective:
            existing += units
    return existing / use if use > 0.0 else 0.0


@inner_kernel
def ease_cuts(company: Company, events: Records, t: int) -> bool:
    """What closures with a licence for maintenance leave of each source in a week; whether one is running,
    as its share changes with demand from week to week."""
    changes, any_runs = company.weeks[t].changes, False
    for r in range(len(events)):
        weeks = company.restrictions[r].maintenance_weeks
        for s in range(len(company.sources) if weeks > 0 else 0):
            cut = company.cuts[r, s]
            runs = cut.closure <= t < min(cut.closure + weeks, events[r].relief)
            any_runs = any_runs or runs
            if cut.closure == NEVER or not (changes or runs):
                continue
            number, cut.now = company.sources[s].item, cut.left
            kept = existing_share(company, number, max(t, cut.closure), events[r].effective)
            if t < cut.closure + weeks:
                cut.now = max(cut.left, kept)
            cut.until = cut.closure + weeks if kept > 0.0 else cut.closure
    return any_runs


@inner_kernel
def refresh(company: Company, events: Records, t: int) -> None:
    """Step 1: state of all sources, hoarding and lines until the next change."""
    items, cuts, reach = company.items, company.cuts, company.reach
    for s in range(len(company.sources)):
        refresh_source(company.sources[s], s, t, company.restrictions, cuts, reach, events)
    for item in company.bought:
        normal, hoard = items[item].first_source, 0.0
        for r in range(len(events)):
            known = events[r].announced <= t and reach[r, item].hits
            if known and normal >= 0 and t < cuts[r, normal].closure < NEVER:
                hoard += reach[r, item].hoard
        items[item].hoard = hoard
    for line in range(len(company.lines)):
        is_open = True
        for r in range(len(events)):
            if company.hits_line[r, line] and events[r].closed <= t < events[r].relief:
                is_open = False
        company.lines[line].open = is_open


@inner_kernel
def usable(source: Row, up: Bools, n: int, t: int, s: int) -> bool:
    """Whether a source may be ordered from: permitted, open, in time and up."""
    if t < source.ready or t >= source.barred:
        return False
    return up.size == 0 or up[n, t, s]


@inner_kernel
def capacity_of(source: Row, usage: float, t: int) -> float:
    """Units that a ready source takes orders for in a week."""
    capacity = source.capacity
    if not source.qualified:
        age, ramp = t - source.ready + 1, source.ramp_weeks
        if age <= ramp:
            capacity = (usage if capacity == math.inf else capacity) * age / (ramp + 1)
    if source.rationed:
        capacity = source.left * min(capacity, usage)
    return capacity
