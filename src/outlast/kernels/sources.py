"""What may be ordered where, at what price and how fast. In: restrictions of a scenario. Out: the
state of every source and line in a week. One reason to exist: legal facts are worked out in
the few weeks in which they change, and merely looked up in all others.
"""

from __future__ import annotations

import math

from outlast.kernels.jit import kernel
from outlast.kernels.shapes import Case, Draw, Rules, State
from outlast.periods import NEVER

TINY = 1e-9


@kernel
def mark(state: State, week: int) -> None:
    """Note that something changes in a week; what lies before the start changes in week 0."""
    if week < len(state.changes):
        state.changes[max(0, week)] = True


@kernel
def find_closures(case: Case, draw: Draw, n: int, state: State) -> None:
    """First week of the closure of every source by every restriction, and weeks of change."""
    state.changes[:] = False
    state.changes[0] = True
    for r in range(len(case.savings_weeks)):
        closed, relief = draw.closed[n, r], draw.relief[n, r]
        mark(state, draw.announced[n, r])
        mark(state, closed)
        mark(state, relief)
        for s in range(len(case.source_item)):
            week = NEVER
            if closed < NEVER and case.supply_left[r, s] < 1.0:
                week = closed + case.supply_delay[r, s]
                if week >= relief:
                    week = NEVER
            state.closure[r, s] = week
            mark(state, week)


@kernel
def find_switches(case: Case, rules: Rules, draw: Draw, n: int, first: int, state: State) -> None:
    """When switches start, and from when each source may be ordered from."""
    for s in range(len(case.source_item)):
        start, ready = NEVER, -NEVER
        if not case.source_qualified[s]:
            if first > rules.start_week[s]:
                start = rules.start_week[s]
            elif rules.start_after[s]:
                for r in range(len(case.savings_weeks)):
                    if case.hits_item[r, case.source_item[s]]:
                        start = min(start, draw.announced[n, r])
            ready = NEVER
            if start < NEVER:
                ready = start + math.ceil(draw.switch_weeks[n, s] - TINY)
        state.start[s], state.ready[s] = start, ready


@kernel
def open_path(case: Case, rules: Rules, draw: Draw, n: int, state: State) -> tuple[int, int, int]:
    """Length of the path, week of the first news, week from which survival is counted."""
    first, fill_start = NEVER, 0
    for r in range(len(case.savings_weeks)):
        if draw.announced[n, r] < first:
            first, fill_start = draw.announced[n, r], max(0, draw.effective[n, r])
    weeks = draw.length[n]
    if weeks < 0:
        weeks = case.horizon_weeks
        if first < weeks:
            weeks = min(first + case.window_weeks, case.n_week)
    find_closures(case, draw, n, state)
    find_switches(case, rules, draw, n, first, state)
    return weeks, first, fill_start


@kernel
def refresh_source(case: Case, draw: Draw, n: int, t: int, s: int, state: State) -> None:
    """State of a source until the next change."""
    item = case.source_item[s]
    left, price, lead = 1.0, 1.0, 1.0
    for r in range(len(case.savings_weeks)):
        if case.supply_left[r, s] < 1.0:
            if state.closure[r, s] <= t < draw.relief[n, r]:
                left = min(left, case.supply_left[r, s])
        elif case.hits_item[r, item] and draw.announced[n, r] <= t < draw.relief[n, r]:
            price *= case.price_multiplier[r]
            lead *= case.lead_multiplier[r]
    weeks = math.ceil(case.source_lead[s] * lead - TINY)
    barred = NEVER if left > 0.0 else 0
    if weeks > 0:
        for r in range(len(case.savings_weeks)):
            closure = state.closure[r, s]
            if t < closure < NEVER and draw.announced[n, r] <= t and case.supply_left[r, s] <= 0.0:
                barred = min(barred, closure - weeks + case.source_transit[s])
    state.left[s], state.price[s], state.lead[s] = left, price * case.source_price[s], weeks
    state.barred[s] = barred


@kernel
def refresh(case: Case, rules: Rules, draw: Draw, n: int, t: int, state: State) -> None:
    """Step 1: state of all sources, hoarding and lines until the next change."""
    for s in range(len(case.source_item)):
        refresh_source(case, draw, n, t, s, state)
    state.hoard[:] = 0.0
    for r in range(len(case.savings_weeks)):
        if draw.announced[n, r] > t:
            continue
        for item in case.bought:
            normal = case.first_source[item]
            if case.hits_item[r, item] and normal >= 0 and t < state.closure[r, normal] < NEVER:
                state.hoard[item] += rules.hoard[r, item]
    for line in range(len(case.line_product)):
        is_open = True
        for r in range(len(case.savings_weeks)):
            if case.hits_line[r, line] and draw.closed[n, r] <= t < draw.relief[n, r]:
                is_open = False
        state.line_open[line] = is_open


@kernel
def usable(draw: Draw, n: int, t: int, state: State, s: int) -> bool:
    """Whether a source may be ordered from: permitted, open, in time and up."""
    if not state.ready[s] <= t < state.barred[s]:
        return False
    return draw.source_up.size == 0 or draw.source_up[n, t, s]


@kernel
def capacity_of(case: Case, t: int, state: State, s: int) -> float:
    """Units that a ready source takes orders for in a week."""
    capacity, usage = case.source_capacity[s], case.usage[t, case.source_item[s]]
    if not case.source_qualified[s]:
        age, ramp = t - state.ready[s] + 1, case.ramp_weeks[s]
        if age <= ramp:
            capacity = (usage if capacity == math.inf else capacity) * age / (ramp + 1)
    if state.left[s] < 1.0:
        capacity = state.left[s] * min(capacity, usage)
    return capacity
