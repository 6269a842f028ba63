"""The sharing of scarce parts, the slow way. In: what is known in a week. Out: a share per line.
Follows the section "Sharing scarce parts" of docs/simulator.md; the linear program is solved by HiGHS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scipy.optimize import linprog
from scipy.special import log_ndtr

from tests.reference.world import TINY

if TYPE_CHECKING:
    from tests.reference.weekly import Company


def share_scarce(company: Company, t: int) -> None:
    """Re-solve the shares in the weeks in which they are re-solved."""
    since = t - company.world.first
    if since < 0 or (since % company.policy.resolve_weeks and not company.world.changes(t)):
        return
    company.share = [1.0 for _ in company.lines]
    company.allotment = [math.inf for _ in company.lines]
    company.spare = [0.0 for _ in company.items]
    scarce = {item: horizons(company, item, t) for item in company.items if is_scarce(company, item, t)}
    touched = {line: [item for item in scarce if units(company, item, line) > 0] for line in company.lines}
    longest = max((max(weeks) for weeks in scarce.values()), default=0.0)
    limited = [line for line in company.lines if touched[line] and needs(company, line, t, longest) > 0]
    if not limited:
        return
    gain = [worth(company, line, t, longest) for line in limited]
    rows, held_back = [], {}
    for item, (short, long) in scarce.items():
        for horizon in (short, long):
            limit = supply_within(company, item, t, horizon)
            if limit < math.inf:
                row = [units(company, item, line) * needs(company, line, t, horizon) for line in limited]
                rows.append((row, limit))
    for line, share in zip(limited, solve_shares(gain, rows), strict=True):
        company.share[line] = share
        if share < 1 - TINY:
            soonest = min(scarce[item][0] for item in touched[line])
            period = max(soonest, float(company.policy.resolve_weeks))
            company.allotment[line] = share * needs(company, line, t, period)
            held_back[line] = period
    company.spare = [0.0 if item in scarce else spare(company, item, t, held_back) for item in company.items]


def worth(company: Company, line: int, t: int, weeks: float) -> float:
    """What serving a line in full for so many weeks is worth: a market that waits is served after them,
    unless the path is over by then, and waits half of them on average."""
    arrays, need = company.arrays, needs(company, line, t, weeks)
    if not arrays.line_backorder[line]:
        return company.contribution(line, t) * need
    backlog = company.backlog[line]
    value = float(arrays.line_backorder_cost[line]) * (backlog * weeks + (need - backlog) * weeks / 2)
    if weeks >= company.world.weeks - t:
        value += company.contribution(line, t) * need
    return value


def spare(company: Company, item: int, t: int, held_back: dict[int, float]) -> float:
    """Units of a part that lines held back will not use until the next order would arrive."""
    first, total = company.arrays.first_source(item), 0.0
    if first < 0:
        return 0.0
    weeks = float(company.arrays.source_lead[first] + 1)
    for line, period in held_back.items():
        need = needs(company, line, t, weeks)
        after = max(0.0, need - needs(company, line, t, period))
        used = min(need, company.allotment[line] + after)
        total += units(company, item, line) * (need - used)
    return total


def units(company: Company, item: int, line: int) -> float:
    """Units of an item in one unit sold on a line."""
    return company.contained(item, int(company.arrays.line_product[line]))


def known_closures(company: Company, s: int, t: int) -> dict[int, float]:
    """Restrictions whose closure of `s` is announced, and runs or is too near for an order to ship before
    it, and what each leaves of the source."""
    known, world = {}, company.world
    for r in world.restrictions:
        closure = world.closure(r, s)
        if closure and world.announced[r] <= t < closure[1]:
            left = float(company.arrays.supply_left[r, s])
            if t < world.open_until(r, s, t):
                left = world.kept(r, s, t) if t >= closure[0] else 1.0
            if left < 1:
                known[r] = left
    return known


def known_left(company: Company, s: int, t: int) -> float:
    return min(known_closures(company, s, t).values(), default=1.0)


def relief_wait(company: Company, s: int, t: int) -> float:
    """Expected weeks until every known closure of `s` is lifted."""
    waits = [
        expected_relief(
            float(company.arrays.relief_probability[r]),
            float(company.arrays.relief_median[r]),
            float(company.arrays.relief_sigma[r]),
            age=t - company.world.effective[r],
            end=company.world.weeks - t,
        )
        for r in known_closures(company, s, t)
    ]
    return max(waits, default=0.0)


def is_scarce(company: Company, item: int, t: int) -> bool:
    first = company.arrays.first_source(item)
    if first < 0 or company.arrays.usage[t, item] <= 0 or not known_closures(company, first, t):
        return False
    for s in company.sources_of(item):
        unlimited = company.world.ready(s) <= t and company.world.capacity(s, t) == math.inf
        if s != first and unlimited and not known_closures(company, s, t):
            return False
    return True


def supplies(company: Company, item: int, t: int) -> list[tuple[float, float]]:
    """(weeks until it can deliver, units a week from then on) of every source that counts."""
    arrays, world, found = company.arrays, company.world, []
    for s in company.sources_of(item):
        if not arrays.source_qualified[s] and world.switch_start(s) > t:
            continue
        start, rate, left = 0.0, float(arrays.source_capacity[s]), known_left(company, s, t)
        if not arrays.source_qualified[s] and world.ready(s) > t:
            age = t - world.switch_start(s)
            median, sigma = float(arrays.switch_median[s]), float(arrays.switch_sigma[s])
            start = lognormal_mean_beyond(median, sigma, age) - age
        if left <= 0:
            start = max(start, relief_wait(company, s, t))
        elif left < 1:
            rate = left * min(rate, float(arrays.usage[t, item]))
        found.append((max(0.0, start) + world.lead(s, t), rate))
    return found


def horizons(company: Company, item: int, t: int) -> tuple[float, float]:
    """Expected weeks until the first further supply, and until the first source is open again."""
    first, end = company.arrays.first_source(item), float(company.world.weeks - t)
    short = min(start for start, _ in supplies(company, item, t))
    return min(short, end), min(relief_wait(company, first, t) + company.world.lead(first, t), end)


def supply_within(company: Company, item: int, t: int, horizon: float) -> float:
    """Units of an item that there are for the next `horizon` weeks."""
    total = sum(
        (company.on_hand[holder] + company.in_making(holder)) * company.contained(item, holder)
        for holder in company.items
    )
    for order in company.orders:
        if order.item == item and order.arrives < t + horizon:
            total += order.quantity
    for start, rate in supplies(company, item, t):
        if start < horizon:
            total += rate * (horizon - start)
    return total


def needs(company: Company, line: int, t: int, weeks: float) -> float:
    """Backlog and mean demand over [t, t + weeks); a part of the last week counts in part."""
    if company.world.line_closed(line, t):
        return 0.0
    total, week = company.backlog[line], t
    while weeks > 0:
        total += min(1.0, weeks) * company.demand(line, week)
        weeks -= 1.0
        week += 1
    return total


def lognormal_log_survival(median: float, sigma: float, age: float) -> float:
    """log P(X > age) of a lognormal; sigma 0 means that X is the median."""
    if age <= 0:
        return 0.0
    if sigma == 0 or median == 0:
        return 0.0 if age < median else -math.inf
    return float(log_ndtr((math.log(median) - math.log(age)) / sigma))


def lognormal_mean_beyond(median: float, sigma: float, age: float) -> float:
    """E[X | X > age] of a lognormal; where X > age cannot be, age."""
    if median == 0:
        return max(0.0, age)
    if sigma == 0:
        return max(median, age)
    mean = median * math.exp(sigma**2 / 2)
    if age <= 0:
        return mean
    z = (math.log(median) - math.log(age)) / sigma
    return max(age, mean * math.exp(float(log_ndtr(z + sigma)) - float(log_ndtr(z))))


def relief_odds(probability: float, median: float, sigma: float, age: float) -> float:
    """Odds that a relief with prior `probability` still comes after `age` weeks without it."""
    survival = math.exp(lognormal_log_survival(median, sigma, age))
    still_possible = 1 - probability * (1 - survival)
    return probability * survival / still_possible if still_possible > 0 else 0.0


def expected_relief(probability: float, median: float, sigma: float, age: float, end: float) -> float:
    """Expected weeks from now until relief; `end` where relief is less likely than not.

    `age` is the number of weeks since the effective date, negative before it.
    """
    if relief_odds(probability, median, sigma, age) < 0.5:
        return end
    return lognormal_mean_beyond(median, sigma, age) - age


def solve_shares(gain: Sequence[float], rows: Sequence[tuple[Sequence[float], float]]) -> list[float]:
    """Shares in [0, 1] that maximise total gain.

    Args:
        gain: contribution of each line if served in full [money], shape (line).
        rows: for each limit the need of every line in full [units], and what there is [units].
    """
    answer = linprog(
        [-value for value in gain],
        A_ub=[list(needs) for needs, _ in rows] or None,
        b_ub=[limit for _, limit in rows] or None,
        bounds=[(0.0, 1.0)] * len(gain),
        method="highs-ds",
    )
    assert answer.status == 0, answer.message
    return [min(1.0, max(0.0, float(share))) for share in answer.x]
