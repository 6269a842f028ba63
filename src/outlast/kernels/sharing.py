"""Which demand to serve from scarce parts. In: the company in a week. Out: a share of each line.
One reason to exist: the section "Sharing scarce parts" of docs/simulator.md, compiled. Only what
is known in the week is used.
"""

from __future__ import annotations

import math

import numpy as np

from outlast.kernels.allocation import pack
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.risk import lognormal_wait, relief_wait
from outlast.kernels.shapes import Company, Floats, Ints, Records, Row
from outlast.kernels.sources import capacity_of
from outlast.periods import NEVER

TINY = 1e-9
"""A share this close to 1 is 1."""


@inner_kernel
def expect_reliefs(restrictions: Records, events: Records, t: int, end: int) -> None:
    """Weeks until the relief of each restriction that are reckoned with in a week."""
    for r in range(len(restrictions)):
        law, age = restrictions[r], float(t - events[r].effective)
        law.wait = relief_wait(
            law.relief_probability, law.relief_median, law.relief_sigma, age, float(end - t)
        )


@inner_kernel
def known_closures(company: Company, events: Records, s: int, t: int) -> tuple[float, float]:
    """What closures of a source that are announced, and running or too near for an order, leave of its
    supply, and the expected weeks until the last of them is lifted; (1, 0) if there is none."""
    source, left, wait = company.sources[s], 1.0, 0.0
    for r in range(len(events)):
        cut = company.cuts[r, s]
        if cut.closure == NEVER or not events[r].announced <= t < events[r].relief:
            continue
        last, kept = cut.until, cut.left
        if kept <= 0.0 and source.lead > 0:
            last += source.transit - source.lead
        if t < last:
            kept = 1.0 if t < cut.closure else cut.now
        if kept < 1.0:
            left, wait = min(left, kept), max(wait, company.restrictions[r].wait)
    return left, wait


@inner_kernel
def is_scarce(company: Company, events: Records, number: int, t: int) -> bool:
    """Whether the first qualified source of a used item is cut, or soon will be, and no other helps out."""
    item, usage = company.items[number], company.item_weeks[t, number].usage
    if item.first_source < 0 or usage <= 0.0:
        return False
    if known_closures(company, events, item.first_source, t)[0] >= 1.0:
        return False
    for s in range(item.source_from, item.source_to):
        source = company.sources[s]
        unlimited = source.ready <= t and capacity_of(source, usage, t) == math.inf
        if s != item.first_source and unlimited and known_closures(company, events, s, t)[0] >= 1.0:
            return False
    return True


@inner_kernel
def supply_of(company: Company, events: Records, s: int, t: int) -> tuple[float, float]:
    """Weeks until a unit of a source can arrive (inf: it counts for nothing now), and units a week then."""
    source = company.sources[s]
    if not source.qualified and source.start > t:
        return math.inf, 0.0
    start, rate = 0.0, source.capacity
    if source.ready > t:
        start = lognormal_wait(source.switch_median, source.switch_sigma, float(t - source.start))
    left, wait = known_closures(company, events, s, t)
    if left <= 0.0:
        start = max(start, wait)
    elif left < 1.0:
        rate = left * min(rate, company.item_weeks[t, source.item].usage)
    return start + source.lead, rate


@inner_kernel
def stock_and_due(company: Company, number: int, t: int, horizon: float) -> float:
    """Units on hand, inside what was made of them, and due before `t + horizon`."""
    units, item, ring = 0.0, company.items[number], len(company.due)
    for k in range(item.holder_from, item.holder_to):
        holder = company.items[company.links[k].number]
        units += (holder.on_hand + holder.making) * company.links[k].units
    last = math.ceil(t + horizon)
    for s in range(item.source_from, item.source_to):
        for week in range(t + 1, min(last, t + ring)):
            units += company.due[week % ring, s].units
        for week in range(t + 1, min(last, company.open_weeks)):
            units += company.source_weeks[week, s].shipped_left
    return units


@inner_kernel
def available(company: Company, events: Records, number: int, t: int, horizon: float) -> float:
    """Units of an item that there are for the next `horizon` weeks."""
    units, item = stock_and_due(company, number, t, horizon), company.items[number]
    for s in range(item.source_from, item.source_to):
        start, rate = supply_of(company, events, s, t)
        if start < horizon:
            units += rate * (horizon - start)
    return units


@inner_kernel
def need_of(line_weeks: Records, line: Row, number: int, t: int, horizon: float) -> float:
    """Backlog and mean demand of an open line over [t, t + horizon); a part of a week counts in part.

    Beyond the last week demand stays as it is. The last row of `line_weeks` lies after that week.
    """
    if not line.open:
        return 0.0
    last, whole = len(line_weeks) - 2, int(horizon)
    inside = min(whole, last + 1 - t)
    units = line.backlog + line_weeks[t + inside, number].before - line_weeks[t, number].before
    units += (whole - inside) * line_weeks[last, number].demand
    return units + (horizon - whole) * line_weeks[min(t + whole, last), number].demand


@inner_kernel
def find_horizons(
    company: Company, events: Records, t: int, end: int, soon: Floats, late: Floats
) -> tuple[int, int]:
    """Horizons R1 and R2 of every scarce item, nan for the others, shape (bought item).

    Returns how many are scarce and how many (item, line) pairs they have.
    """
    count, pairs, limit = 0, 0, float(end - t)
    for b in range(len(company.bought)):
        soon[b], late[b] = math.nan, math.nan
        item = company.items[company.bought[b]]
        if not is_scarce(company, events, company.bought[b], t):
            continue
        count, pairs = count + 1, pairs + item.use_to - item.use_from
        soon[b], normal = limit, item.first_source
        for s in range(item.source_from, item.source_to):
            soon[b] = min(soon[b], supply_of(company, events, s, t)[0])
        wait = known_closures(company, events, normal, t)[1]
        late[b] = min(limit, wait + company.sources[normal].lead)
    return count, pairs


@inner_kernel
def worth(week: Row, line: Row, need: float, wait: float, never: bool) -> float:
    """Money that serving a line in full for `wait` weeks is worth.

    What a waiting market is not served, it gets after them at the price of the wait, unless it
    `never` comes; what another market is not served is lost.
    """
    if not line.backorder:
        return week.contribution * need
    waiting = line.backorder_cost * wait * (line.backlog + (need - line.backlog) / 2.0)
    return waiting + (week.contribution * need if never else 0.0)


@inner_kernel
def write_program(
    company: Company,
    events: Records,
    t: int,
    end: int,
    soon: Floats,
    late: Floats,
    row_ptr: Ints,
    row_line: Ints,
    row_need: Floats,
    limit: Floats,
    name: Ints,
    gain: Floats,
    period: Floats,
) -> int:
    """Write gains and rows with their place in `tight`, and the smallest R1 among the scarce items of each
    line (inf: it has none) into `period`; how many rows there are."""
    lines, line_weeks, links = company.lines, company.line_weeks, company.links
    rows, entries, longest = 0, 0, 0.0
    for b in range(len(company.bought)):
        if math.isnan(soon[b]):
            continue
        item = company.items[company.bought[b]]
        longest = max(longest, late[b])
        for which in range(1 if soon[b] == late[b] else 2):
            horizon = late[b] if which == 1 else soon[b]
            limit[rows] = available(company, events, company.bought[b], t, horizon)
            if limit[rows] == math.inf:
                continue
            name[rows] = 2 * b + which
            for k in range(item.use_from, item.use_to):
                line = links[k].number
                row_line[entries] = line
                row_need[entries] = links[k].units * need_of(line_weeks, lines[line], line, t, horizon)
                entries += 1
            rows += 1
            row_ptr[rows] = entries
        for k in range(item.use_from, item.use_to):
            period[links[k].number] = min(period[links[k].number], soon[b])
    for line in range(len(lines)):
        if period[line] < math.inf:
            need = need_of(line_weeks, lines[line], line, t, longest)
            never = longest >= end - t
            gain[line] = worth(line_weeks[t, line], lines[line], need, longest, never)
    return rows


@inner_kernel
def find_spare(company: Company, t: int, soon: Floats, period: Floats) -> None:
    """Units of normal replenishment that need not be ordered, as lines held back will not use them."""
    lines, line_weeks, links = company.lines, company.line_weeks, company.links
    for b in range(len(company.bought)):
        item = company.items[company.bought[b]]
        item.spare = 0.0
        if not math.isnan(soon[b]) or item.first_source < 0:
            continue
        lead = float(company.sources[item.first_source].list_lead + 1)
        for k in range(item.use_from, item.use_to):
            number = links[k].number
            line = lines[number]
            if line.share >= 1.0 - TINY:
                continue
            weeks = max(period[number], float(company.resolve_weeks))
            need = need_of(line_weeks, line, number, t, lead)
            later = max(0.0, need - need_of(line_weeks, line, number, t, weeks))
            item.spare += links[k].units * max(0.0, need - later - line.allotment)


@kernel
def share_scarce(company: Company, events: Records, t: int, end: int) -> None:
    """Re-solve the share of every line, and the allotment of those below 1."""
    lines = company.lines
    for line in lines:
        line.share, line.allotment = 1.0, math.inf
    for item in company.items:
        item.spare = 0.0
    expect_reliefs(company.restrictions, events, t, end)
    soon, late = np.empty(len(company.bought)), np.empty(len(company.bought))
    count, pairs = find_horizons(company, events, t, end, soon, late)
    if count == 0:
        return
    row_ptr, limit = np.zeros(2 * count + 1, dtype=np.int64), np.empty(2 * count)
    row_line, row_need = np.empty(2 * pairs, dtype=np.int64), np.empty(2 * pairs)
    name, gain, period = (
        np.empty(2 * count, dtype=np.int64),
        np.zeros(len(lines)),
        np.full(len(lines), np.inf),
    )
    rows = write_program(
        company, events, t, end, soon, late, row_ptr, row_line, row_need, limit, name, gain, period
    )
    likely = np.nonzero(company.tight[name[:rows]])[0]
    share, price = pack(gain, row_ptr[: rows + 1], row_line, row_need, limit[:rows], likely)
    for row in range(rows):
        company.tight[name[row]] = price[row] > 0.0
    for number in range(len(lines)):
        if share[number] < 1.0 - TINY:
            weeks = max(period[number], float(company.resolve_weeks))
            need = need_of(company.line_weeks, lines[number], number, t, weeks)
            lines[number].share, lines[number].allotment = share[number], share[number] * need
    find_spare(company, t, soon, period)
