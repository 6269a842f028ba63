"""Which demand to serve from scarce parts. In: the company in a week. Out: a share of each line.
One reason to exist: the section "Sharing scarce parts" of docs/simulator.md, compiled. Only what
is known in the week is used.
"""

from __future__ import annotations

import math

import numpy as np

from outlast.kernels.allocation import pack
from outlast.kernels.jit import kernel
from outlast.kernels.risk import lognormal_wait, relief_wait
from outlast.kernels.shapes import Case, Draw, Floats, Rules, State
from outlast.kernels.sources import capacity_of
from outlast.periods import NEVER

TINY = 1e-9
"""A share this close to 1 is 1."""


@kernel
def known_closures(case: Case, draw: Draw, n: int, t: int, weeks: int, s: int, state: State) -> tuple[float, float]:
    """What closures of a source that are announced, and running or ahead, leave of its supply, and
    the expected weeks until the last of them is lifted; (1, 0) if there is none."""
    left, wait = 1.0, 0.0
    for r in range(len(case.savings_weeks)):
        known = draw.announced[n, r] <= t < draw.relief[n, r] and state.closure[r, s] < NEVER
        if known:
            left = min(left, case.supply_left[r, s])
            relief = relief_wait(
                case.relief_probability[r],
                case.relief_median[r],
                case.relief_sigma[r],
                float(t - draw.effective[n, r]),
                float(weeks - t),
            )
            wait = max(wait, relief)
    return left, wait


@kernel
def is_scarce(case: Case, draw: Draw, n: int, t: int, weeks: int, item: int, state: State) -> bool:
    """Whether the first qualified source of a used item is cut, or soon will be, and no other helps out."""
    normal = case.first_source[item]
    if normal < 0 or case.usage[t, item] <= 0.0:
        return False
    if known_closures(case, draw, n, t, weeks, normal, state)[0] >= 1.0:
        return False
    for s in range(case.source_ptr[item], case.source_ptr[item + 1]):
        if s != normal and state.ready[s] <= t and capacity_of(case, t, state, s) == math.inf:
            if known_closures(case, draw, n, t, weeks, s, state)[0] >= 1.0:
                return False
    return True


@kernel
def supply_of(case: Case, draw: Draw, n: int, t: int, weeks: int, s: int, state: State) -> tuple[float, float]:
    """Weeks until a unit of a source can arrive (inf: it counts for nothing now), and units a week then."""
    if not case.source_qualified[s] and state.start[s] > t:
        return math.inf, 0.0
    start, rate = 0.0, case.source_capacity[s]
    if state.ready[s] > t:
        start = lognormal_wait(case.switch_median[s], case.switch_sigma[s], float(t - state.start[s]))
    left, wait = known_closures(case, draw, n, t, weeks, s, state)
    if left <= 0.0:
        start = max(start, wait)
    elif left < 1.0:
        rate = left * min(rate, case.usage[t, case.source_item[s]])
    return start + state.lead[s], rate


@kernel
def stock_and_due(case: Case, t: int, item: int, horizon: float, state: State) -> float:
    """Units on hand, inside what was made of them, and due before `t + horizon`."""
    units = 0.0
    for k in range(case.holder_ptr[item], case.holder_ptr[item + 1]):
        holder = case.holder_item[k]
        units += (state.on_hand[holder] + state.making_item[holder]) * case.holder_units[k]
    last = math.ceil(t + horizon)
    for s in range(case.source_ptr[item], case.source_ptr[item + 1]):
        for week in range(t + 1, min(last, t + case.ring_weeks)):
            units += state.due[week % case.ring_weeks, s]
        for week in range(t + 1, min(last, len(state.shipped))):
            units += state.shipped[week, s]
    return units


@kernel
def need_of(case: Case, t: int, line: int, horizon: float, state: State) -> float:
    """Backlog and mean demand of an open line over [t, t + horizon); a part of a week counts in part."""
    if not state.line_open[line]:
        return 0.0
    whole = int(horizon)
    last = case.n_week - 1
    inside = min(whole, case.n_week - t)
    total = case.demand_before[t + inside, line] - case.demand_before[t, line]
    total += (whole - inside) * case.demand[last, line]
    if horizon > whole:
        total += (horizon - whole) * case.demand[min(t + whole, last), line]
    return state.backlog[line] + total


@kernel
def find_horizons(
    case: Case, draw: Draw, n: int, t: int, weeks: int, state: State, soon: Floats, late: Floats
) -> int:
    """Horizons R1 and R2 of every scarce item, nan for the others, shape (bought item); how many are scarce."""
    count, end = 0, float(weeks - t)
    for b in range(len(case.bought)):
        item = case.bought[b]
        soon[b], late[b] = np.nan, np.nan
        if not is_scarce(case, draw, n, t, weeks, item, state):
            continue
        count += 1
        soon[b] = end
        for s in range(case.source_ptr[item], case.source_ptr[item + 1]):
            soon[b] = min(soon[b], supply_of(case, draw, n, t, weeks, s, state)[0])
        normal = case.first_source[item]
        late[b] = min(end, known_closures(case, draw, n, t, weeks, normal, state)[1] + state.lead[normal])
    return count


@kernel
def available(
    case: Case, draw: Draw, n: int, t: int, weeks: int, item: int, soon: float, horizon: float, state: State
) -> float:
    """Units of an item that there are for the next `horizon` weeks."""
    units = stock_and_due(case, t, item, horizon, state)
    for s in range(case.source_ptr[item], case.source_ptr[item + 1]):
        start, rate = supply_of(case, draw, n, t, weeks, s, state)
        if max(start, soon) < horizon:
            units += rate * (horizon - max(start, soon))
    return units


@kernel
def share_scarce(case: Case, rules: Rules, draw: Draw, n: int, t: int, weeks: int, state: State) -> None:
    """Re-solve the share of every line, and the allotment of those below 1."""
    state.share[:] = 1.0
    state.allotment[:] = np.inf
    soon, late = np.empty(len(case.bought)), np.empty(len(case.bought))
    count = find_horizons(case, draw, n, t, weeks, state, soon, late)
    if count == 0:
        return
    most = 0
    for b in range(len(case.bought)):
        if not np.isnan(soon[b]):
            most += 2 * (case.use_ptr[case.bought[b] + 1] - case.use_ptr[case.bought[b]])
    row_ptr, limit = np.zeros(2 * count + 1, dtype=np.int64), np.empty(2 * count)
    row_line, row_need = np.empty(most, dtype=np.int64), np.empty(most)
    period = np.full(len(state.share), np.inf)
    rows, entries, longest = 0, 0, 0.0
    for b in range(len(case.bought)):
        if np.isnan(soon[b]):
            continue
        item = case.bought[b]
        longest = max(longest, late[b])
        for k in range(case.use_ptr[item], case.use_ptr[item + 1]):
            period[case.use_line[k]] = min(period[case.use_line[k]], soon[b])
        for horizon in (soon[b], late[b]):
            limit[rows] = available(case, draw, n, t, weeks, item, soon[b], horizon, state)
            if limit[rows] == math.inf:
                continue
            for k in range(case.use_ptr[item], case.use_ptr[item + 1]):
                row_line[entries] = case.use_line[k]
                row_need[entries] = case.use_units[k] * need_of(case, t, case.use_line[k], horizon, state)
                entries += 1
            rows += 1
            row_ptr[rows] = entries
    gain = np.zeros(len(state.share))
    for line in range(len(gain)):
        if period[line] < np.inf:
            gain[line] = case.contribution[t, line] * need_of(case, t, line, longest, state)
    share, _ = pack(gain, row_ptr[: rows + 1], row_line[:entries], row_need[:entries], limit[:rows])
    for line in range(len(gain)):
        if share[line] < 1.0 - TINY:
            state.share[line] = share[line]
            weeks_ahead = max(period[line], float(rules.resolve_weeks))
            state.allotment[line] = share[line] * need_of(case, t, line, weeks_ahead, state)
