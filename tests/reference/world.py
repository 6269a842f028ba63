"""What a scenario does to sources and lines, week by week. In: arrays, scenarios, policy and the number of
a scenario. Out: `World`, facts that no decision changes. One reason to exist: the twin's first section.
"""

from __future__ import annotations

import math

from outlast.network.arrays import NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import Policy

TINY = 1e-9


def round_up(value: float) -> int:
    """Next whole number; a value within 1e-9 of a whole number counts as that number."""
    return math.ceil(value - TINY)


class World:
    """What the scenario does to sources and lines: facts of a week, no decisions."""

    def __init__(self, arrays: NetworkArrays, scenarios: Scenarios, policy: Policy, n: int):
        self.arrays, self.policy = arrays, policy
        self.restrictions = range(len(arrays.restriction_ids))
        self.announced = [int(scenarios.announced[n, r]) for r in self.restrictions]
        self.effective = [int(scenarios.effective[n, r]) for r in self.restrictions]
        self.closed = [int(scenarios.closed[n, r]) for r in self.restrictions]
        self.relief = [int(scenarios.relief[n, r]) for r in self.restrictions]
        self.switch_weeks = [float(weeks) for weeks in scenarios.switch_weeks[n]]
        self.demand_factor = scenarios.demand_factor[n]
        self.source_up = scenarios.source_up[n] if scenarios.source_up.size else None
        self.lead_factor = scenarios.lead_factor[n] if scenarios.lead_factor.size else None
        self.yield_factor = scenarios.yield_factor[n] if scenarios.yield_factor.size else None
        self.pauses = scenarios.pauses[n] if scenarios.pauses.size else None
        self.first = min(self.announced, default=NEVER)
        if self.first >= arrays.horizon_weeks:
            self.weeks = arrays.horizon_weeks
        else:
            self.weeks = min(self.first + arrays.window_weeks, arrays.n_week)

    def closure(self, r: int, s: int) -> tuple[int, int] | None:
        """First week of the closure of source `s` by `r`, and the week it is open again."""
        if self.arrays.supply_left[r, s] >= 1:
            return None
        start = self.closed[r] + int(self.arrays.supply_delay[r, s])
        end = self.relief[r]
        return (start, end) if start < end and self.closed[r] < NEVER else None

    def existing_share(self, r: int, item: int, t: int) -> float:
        """Share of the mean use of an item in a week that is of products sold before `r` is effective."""
        arrays, existing, use = self.arrays, 0.0, 0.0
        for line, product in enumerate(arrays.line_product.tolist()):
            inside = {product: 1.0}
            for row in range(arrays.explosion_ptr[product], arrays.explosion_ptr[product + 1]):
                inside[int(arrays.explosion_item[row])] = float(arrays.explosion_quantity[row])
            units = inside.get(item, 0.0) * float(arrays.demand[min(t, arrays.n_week - 1), line])
            weeks = [
                week
                for week in range(arrays.n_week)
                for other in range(len(arrays.line_ids))
                if arrays.line_product[other] == product and arrays.demand[week, other] > 0
            ]
            use += units
            if weeks and (min(weeks) == 0 or min(weeks) < self.effective[r]):
                existing += units
        return existing / use if use > 0 else 0.0

    def licensed(self, r: int, s: int, t: int) -> bool:
        """Whether a closure of `s` by `r` runs that leaves what existing products use."""
        closure = self.closure(r, s)
        weeks = int(self.arrays.maintenance_weeks[r])
        return closure is not None and closure[0] <= t < min(closure[0] + weeks, closure[1])

    def kept(self, r: int, s: int, t: int) -> float:
        """Share of source `s` that a closure by `r` leaves in week `t`."""
        kept = float(self.arrays.supply_left[r, s])
        if self.licensed(r, s, t):
            kept = max(kept, self.existing_share(r, int(self.arrays.source_item[s]), t))
        return kept

    def closes(self, r: int, s: int) -> set[int]:
        """Weeks in which a closure of `s` by `r` starts, or a licence for maintenance in it ends."""
        closure = self.closure(r, s)
        if closure is None:
            return set()
        ends = closure[0] + int(self.arrays.maintenance_weeks[r])
        return {max(0, closure[0])} | ({ends} if max(0, closure[0] + 1) <= ends < closure[1] else set())

    def left(self, s: int, t: int) -> float:
        left = 1.0
        for r in self.restrictions:
            closure = self.closure(r, s)
            if closure and closure[0] <= t < closure[1]:
                left = min(left, self.kept(r, s, t))
        return left

    def changes(self, t: int) -> bool:
        """Whether some restriction is announced, begins to close something or is lifted in week `t`."""
        weeks = {*self.announced, *self.closed, *self.relief}
        for r in self.restrictions:
            for s in range(len(self.arrays.source_ids)):
                weeks |= self.closes(r, s)
        return t == 0 or t in weeks

    def line_closed(self, line: int, t: int) -> bool:
        return any(
            self.arrays.hits_line[r, line] and self.closed[r] <= t < self.relief[r] for r in self.restrictions
        )

    def switch_start(self, s: int) -> int:
        """Week in which the switch to alternative `s` starts."""
        planned = int(self.policy.start_week[s])
        if self.first > planned:
            return planned
        if not self.policy.start_after[s]:
            return NEVER
        item = self.arrays.source_item[s]
        news = [self.announced[r] for r in self.restrictions if self.arrays.hits_item[r, item]]
        return min(news, default=NEVER)

    def ready(self, s: int) -> int:
        """First week in which source `s` may be ordered from."""
        if self.arrays.source_qualified[s]:
            return -NEVER
        start = self.switch_start(s)
        return NEVER if start >= NEVER else start + round_up(self.switch_weeks[s])

    def capacity(self, s: int, t: int) -> float:
        """Units that source `s` takes orders for in week `t`."""
        arrays = self.arrays
        ready = self.ready(s)
        if ready > t:
            return 0.0
        usage = float(arrays.usage[t, arrays.source_item[s]])
        capacity = float(arrays.source_capacity[s])
        ramp = int(arrays.ramp_weeks[s])
        age = t - ready + 1
        if not arrays.source_qualified[s] and ramp > 0 and age <= ramp:
            capacity = (usage if capacity == math.inf else capacity) * age / (ramp + 1)
        left = self.left(s, t)
        licensed = any(self.licensed(r, s, t) for r in self.restrictions)
        return left * min(capacity, usage) if left < 1 or licensed else capacity

    def multipliers(self, s: int, t: int) -> tuple[float, float]:
        """Factors on price and on lead time of source `s` in week `t`."""
        price = lead = 1.0
        for r in self.restrictions:
            in_force = self.announced[r] <= t < self.relief[r]
            hits = self.arrays.hits_item[r, self.arrays.source_item[s]]
            if in_force and hits and self.arrays.supply_left[r, s] >= 1:
                price *= float(self.arrays.price_multiplier[r])
                lead *= float(self.arrays.lead_multiplier[r])
        return price, lead

    def price(self, s: int, t: int, quantity: float) -> float:
        """Of a unit in an order of so many units: that of the largest break it reaches."""
        rows = range(self.arrays.break_ptr[s], self.arrays.break_ptr[s + 1])
        reached = [row for row in rows if quantity >= float(self.arrays.break_from[row]) * (1 - TINY)]
        prices = self.arrays.break_price[reached] if reached else self.arrays.source_price[[s]]
        return float(prices[-1]) * self.multipliers(s, t)[0]

    def lead(self, s: int, t: int) -> int:
        return round_up(int(self.arrays.source_lead[s]) * self.multipliers(s, t)[1])

    def takes(self, s: int, t: int) -> int:
        """Weeks that an order of week `t` takes."""
        lead = self.lead(s, t)
        if self.lead_factor is None or lead == 0:
            return lead
        return max(1, math.floor(lead * float(self.lead_factor[t, s]) + 0.5))

    def paused(self, s: int, t: int, kind: int) -> bool:
        return self.pauses is not None and bool(self.pauses[t, s] & kind)

    def usable_share(self, s: int, t: int) -> float:
        """Usable units of a delivery of week `t`, over the units ordered."""
        return 1.0 if self.yield_factor is None else float(self.yield_factor[t, s])

    def may_order(self, s: int, t: int) -> bool:
        if self.ready(s) > t or self.left(s, t) <= 0:
            return False
        if self.source_up is not None and not self.source_up[t, s]:
            return False
        return all(
            self.announced[r] > t or self.arrays.supply_left[r, s] > 0 or t < self.open_until(r, s, t)
            for r in self.restrictions
        )

    def open_until(self, r: int, s: int, t: int) -> int:
        """First week in which an order would no longer ship before `r` closes `s`, or before the licence for
        maintenance ends; NEVER if it does not, or no longer."""
        closure, lead = self.closure(r, s), self.lead(s, t)
        if closure is None or t >= closure[1]:
            return NEVER
        ends = closure[0]
        if self.existing_share(r, int(self.arrays.source_item[s]), max(t, ends)) > 0:
            ends += int(self.arrays.maintenance_weeks[r])
        if self.arrays.supply_left[r, s] > 0 or lead == 0:
            return ends
        return ends - lead + int(self.arrays.source_transit[s])
