"""The planning model in goods and money. In: `SmallCase`. Out: what whole-lot plans lose, one by one.
One reason to exist: a second writing of model.md section 7, to hold the planner's program against.

The planner's program counts what a plan adds to normal running and works out constants by hand. Here every
unit is followed week by week: what is bought, made, sold, held and left has its full price, and a leaf's
loss is what the company without plan and restriction would have made, less what this one makes. Both keep
to the same rules of model.md: an event falls at the start of an epoch, after arrivals and before orders;
what is not ordered because goods are run down is spread evenly over an epoch, and they count as held to its
end, as they count as stock at the event; orders of normal running may be refused after an event; a source
without a limit then delivers what is used in a week and what is owed to markets that wait; where supply is
back, safety stock is bought back.

Small and slow: weekly rows, made in no time, one market a product, one restriction an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product as choices

import highspy
import numpy as np

from tests.reference.small_cases import SmallCase
from tests.reference.terms import Model, Sum

NEVER_STARTED, AT_EVENT, NOW = "never", "at event", "now"


@dataclass(frozen=True)
class Plan:
    """Lots by (source, epoch), and how each alternative is started."""

    lots: dict[tuple[int, int], int]
    starts: dict[int, str]


@dataclass(frozen=True)
class PathOdds:
    """Odds of the first event on one path of watch states."""

    falls: np.ndarray
    """Shape (epoch, restriction)."""
    alive: float
    """None within the horizon."""


class WholeLots:
    """The model of a small case, with decisions about lots and starts left open."""

    def __init__(
        self,
        case: SmallCase,
        weight: float = 0.0,
        level: float = 0.95,
        factors: Sequence[float] = (1.0,),
        least: Sequence[float] = (0.0,),
        *,
        model: Model | None = None,
        odds: PathOdds | None = None,
        later: tuple[int, ...] = (),
    ) -> None:
        """(1 - weight) x mean + weight x CVaR at `level` of the loss is made small; of several hazard
        factors, the largest by which that exceeds the `least` of each.

        Of a path of watch states: written into a `model` that holds all of them, with its own `odds`, and
        with weeks after the first in which switches may start (`later`); the mean is made small.
        """
        self.case, self.a, self.later = case, case.arrays, later
        self.factors, self.least = factors, least
        self.path_odds = odds
        a = self.a
        self.epoch = a.epoch_weeks
        self.epochs = a.horizon_weeks // a.epoch_weeks
        self.items = range(len(a.item_ids))
        self.parts = [i for i in self.items if not a.made[i]]
        self.products = [i for i in self.items if a.made[i]]
        self.first = {i: a.first_source(i) for i in self.parts}
        self.lead = {i: int(a.source_lead[self.first[i]]) for i in self.parts}
        self.line = {int(p): k for k, p in enumerate(a.line_product)}
        self.quantity = {
            (p, int(a.bom_child[row])): float(a.bom_quantity[row])
            for p in self.products
            for row in range(a.bom_ptr[p], a.bom_ptr[p + 1])
        }
        self.use = np.zeros((a.n_week, len(self.items)))
        for p in self.products:
            self.use[:, p] = a.demand[:, self.line[p]]
        for (p, i), q in self.quantity.items():
            self.use[:, i] += q * self.use[:, p]
        self.model = model or Model()
        self.sold: dict[tuple[int, int, int], list[dict[int, Sum]]] = {}
        self._write_calm()
        self._write_cash()
        self._write_leaves(weight, 1.0 - level)
        if model is None:
            self.highs = self.model.load()

    # --- before the event

    def _write_calm(self) -> None:
        m, a = self.model, self.a
        self.buy = {
            (self.first[i], e): m.column()
            for i in self.parts
            for e in range(self.epochs)
            if e * self.epoch + self.lead[i] < (self.epochs - 1) * self.epoch + (1 if self.lead[i] else 0)
        }
        self.start = {
            (s, how): m.column(1.0)
            for s in range(len(a.source_ids))
            if not a.source_qualified[s]
            for how in ([NOW, *self.later] if a.start_before[s] else [])
            + ([AT_EVENT] if a.start_after[s] else [])
        }
        self.make, self.skip = {}, {}
        for e in range(self.epochs):
            for i in self.items:
                weeks = [w for w in self.weeks(e) if i in self.products or w >= self.lead[i]]
                self.skip[i, e] = m.column(float(self.use[weeks, i].sum()))
            for p in self.products:
                spare = float((a.make_capacity[p] - self.use[self.weeks(e), p]).sum())
                self.make[p, e] = m.column(max(spare, 0.0) if e < self.epochs - 1 else 0.0)
        self.stock: dict[tuple[int, int], Sum] = {}
        normal = {}
        for i in self.items:
            self.stock[i, -1] = Sum(float(a.on_hand[i]))
            normal[i] = float(a.working_stock[i] + self.use[: self.lead.get(i, 0), i].sum())
            if i in self.parts:
                normal[i] -= float((a.open_shipped + a.open_unshipped)[:, self.first[i]].sum())
        for w in range(a.horizon_weeks):
            e, n = w // self.epoch, self.epoch
            for i in self.items:
                if w % n == 0:
                    self._write_use_of_stock(i, e, normal[i])
                after = Sum().add(self.stock[i, w - 1]).add(self.arrivals(i, w)).add(-float(self.use[w, i]))
                for p in self.products:
                    q = 1.0 if p == i else -self.quantity.get((p, i), 0.0)
                    after.add(self.make[p, e], q / n).add(self.skip[p, e], -q / n)
                    after.add(float(self.use[w, p]) if p == i else 0.0)
                self.stock[i, w] = m.equal(after)
                if i in self.parts:
                    normal[i] += float(self.ordered(i, w) - self.use[w, i])

    def weeks(self, e: int) -> list[int]:
        return list(range(e * self.epoch, (e + 1) * self.epoch))

    def ordered(self, i: int, w: int) -> float:
        """What arrives in a week in normal running: open orders, then the use of the week."""
        a, s = self.a, self.first[i]
        open_orders = float(a.open_shipped[w, s] + a.open_unshipped[w, s])
        return open_orders + (float(self.use[w, i]) if w >= self.lead[i] else 0.0)

    def arrivals(self, i: int, w: int) -> Sum:
        """What arrives in a week if nothing happens."""
        if i in self.products:
            return Sum()
        e, lead = w // self.epoch, self.lead[i]
        total = Sum(self.ordered(i, w))
        late = [week for week in self.weeks(e) if week >= lead]
        if w in late:
            total.add(self.skip[i, e], -1.0 / len(late))
        if w >= lead and (w - lead) % self.epoch == 0:
            total.add(self.buy.get((self.first[i], (w - lead) // self.epoch), Sum()))
        return total

    def _write_use_of_stock(self, i: int, e: int, normal: float) -> None:
        """What is run down or made ahead in an epoch is there when it starts, or comes at once."""
        m, w = self.model, e * self.epoch
        there = Sum().add(self.stock[i, w - 1]).add(-normal)
        if i in self.parts and self.lead[i] > 0:
            there.add(self.arrivals(i, w)).add(-self.ordered(i, w))
            if w >= self.lead[i]:
                late = [week for week in self.weeks(e) if week >= self.lead[i]]
                there.add(self.skip[i, e], 1.0 / len(late))
        m.row(there, 0.0, np.inf)
        left = Sum().add(there).add(self.skip[i, e], -1.0)
        if i in self.parts:
            if self.lead[i] == 0:
                left.add(self.buy.get((self.first[i], e), Sum()))
            for p in self.products:
                left.add(self.make[p, e], -self.quantity.get((p, i), 0.0))
                left.add(self.skip[p, e], self.quantity.get((p, i), 0.0))
        m.row(left, 0.0, np.inf)

    def _write_cash(self) -> None:
        """What is paid for protection by each week stays within the limit."""
        a, paid = self.a, Sum()
        for w in range(a.horizon_weeks):
            for (s, e), bought in self.buy.items():
                ordered = e * self.epoch
                if w == max(ordered, ordered + int(a.source_lead[s] + a.source_payment_weeks[s])):
                    paid.add(bought, float(a.source_price[s]))
            for p in self.products:
                if w % self.epoch == 0:
                    paid.add(self.make[p, w // self.epoch], float(a.make_cost[p]))
            for (s, how), taken in self.start.items():
                if how != AT_EVENT and w == self.begins(how):
                    paid.add(taken, float(a.switch_cost[s]))
            self.model.row(Sum().add(paid), -np.inf, float(a.cash_limit[w]))

    # --- leaves

    def _write_leaves(self, weight: float, tail: float) -> None:
        a = self.a
        draws, hits = len(self.case.relief_weeks), range(len(a.hazard_per_week))
        teeth = [(e, r, draw) for e in range(self.epochs) for r in hits for draw in range(draws)]
        m = self.model
        losses = [m.equal(self._leaf(e * self.epoch, r, draw)) for e, r, draw in teeth]
        losses.append(m.equal(self._leaf(a.horizon_weeks, -1, -1)))
        if self.path_odds is not None:
            path = [float(self.path_odds.falls[e, r]) / draws for e, r, _ in teeth]
            for share, loss in zip([*path, self.path_odds.alive], losses, strict=True):
                m.cost.add(loss, share)
            return
        worst = m.free()
        m.cost.add(worst)
        for factor, least in zip(self.factors, self.least, strict=True):
            total, begins = factor * float(a.hazard_per_week.sum()), m.free()
            measure = Sum().add(begins, weight)
            odds = [self._falls(e, total) * factor * a.hazard_per_week[r] / draws for e, r, _ in teeth]
            odds.append(float(np.exp(-total * a.horizon_weeks)))
            for share, loss in zip(odds, losses, strict=True):
                measure.add(loss, (1.0 - weight) * float(share))
                if weight > 0:
                    above = m.column()
                    m.row(Sum().add(above).add(begins).add(loss, -1.0), 0.0, np.inf)
                    measure.add(above, weight * float(share) / tail)
            m.row(Sum().add(worst).add(measure, -1.0).add(least), 0.0, np.inf)

    def _falls(self, e: int, total: float) -> float:
        """Odds that an event falls in an epoch, for each event that is expected a week."""
        if total == 0:
            return 0.0
        w = e * self.epoch
        return float(np.exp(-total * w) - np.exp(-total * (w + self.epoch))) / total

    def begins(self, how: str | int) -> int:
        """Week in which a switch starts that does not wait for an event."""
        return how if isinstance(how, int) else 0

    def _leaf(self, w: int, r: int, draw: int) -> Sum:
        """Loss of one leaf: the company as it would have run, less this one [money]."""
        loss = Sum().add(self._before(w, r))
        for (s, how), taken in self.start.items():
            hit = r >= 0 and bool(self.a.hits_item[r, self.a.source_item[s]]) and bool(self.a.start_after[s])
            if (how != AT_EVENT and self.begins(how) < w) or hit:
                loss.add(taken, float(self.a.switch_cost[s]))
        if r < 0:
            for i in self.items:
                loss.add(self._left(i, self.stock[i, w - 1]))
            return loss.add(self._undisturbed(w), -1.0)
        loss.add(self._after(w, r, draw))
        return loss.add(self._undisturbed(w + self.a.window_weeks), -1.0)

    def stopped(self, i: int, r: int) -> bool:
        """Arrivals of the week of the event are stopped."""
        a, s = self.a, self.first[i]
        closes_at_once = a.notice_weeks[r] + a.grace_weeks[r] <= 0
        return bool(a.supply_left[r, s] < 1 and not a.in_transit_released[r] and closes_at_once)

    def _before(self, w: int, r: int) -> Sum:
        """Cost of the weeks before an event, and of what arrives in its own."""
        a, cost = self.a, Sum()
        for i in self.parts:
            for t in range(w):
                cost.add(self._paid(i, t))
            if r >= 0 and self.lead[i] > 0 and not self.stopped(i, r):
                cost.add(self._paid(i, w))
        for t in range(w):
            for i in self.items:
                cost.add(self.stock[i, t], float(a.holding_cost[i]))
            for p in self.products:
                made = Sum(float(self.use[t, p]))
                made.add(self.make[p, t // self.epoch], 1 / self.epoch)
                made.add(self.skip[p, t // self.epoch], -1 / self.epoch)
                cost.add(made, float(a.make_cost[p]))
                cost.add(-float(a.price[t, self.line[p]] * self.use[t, p]))
        for e in range(w // self.epoch):
            for i in self.parts:
                late = [week for week in self.weeks(e) if week >= self.lead[i]]
                cost.add(self.skip[i, e], float(a.holding_cost[i]) * (len(late) + 1) / 2)
        return cost

    def _paid(self, i: int, w: int) -> Sum:
        """Price of what arrives in a week."""
        return Sum().add(self.arrivals(i, w), float(self.a.source_price[self.first[i]]))

    def _left(self, i: int, stock: Sum) -> Sum:
        """Minus the worth of what is left at the end: standard cost, less of what exceeds safety stock."""
        a, m = self.a, self.model
        excess = m.column()
        m.row(Sum().add(excess).add(stock, -1.0), -float(a.working_stock[i]), np.inf)
        return Sum().add(stock, -float(a.standard_cost[i])).add(excess, self._lost_at_end(i))

    def _lost_at_end(self, i: int) -> float:
        """What a unit that exceeds safety stock at the end loses of its standard cost: its write-down, and
        what its parts can be bought for less."""
        a = self.a
        lost = float(a.write_down_share[i] * a.standard_cost[i])
        for part in self.parts:
            cheapest = float(a.source_price[a.source_ptr[part] : a.source_ptr[part + 1]].min())
            inside = 1.0 if part == i else self.quantity.get((i, part), 0.0)
            lost += inside * max(float(a.standard_cost[part]) - cheapest, 0.0)
        return lost

    def _undisturbed(self, end: int) -> float:
        """Cost up to a week of the company without plan and restriction: it orders up to its base stock."""
        a, cost = self.a, 0.0
        for i in self.items:
            stock, lead = float(a.on_hand[i]), self.lead.get(i, 0)
            due = np.zeros(a.n_week + lead + 1)
            if i in self.parts:
                due[: a.n_week] += (a.open_shipped + a.open_unshipped)[:, self.first[i]]
            use = np.append(self.use[:, i], np.full(lead + 1, self.use[-1, i]))
            for w in range(end):
                if i in self.parts:
                    position = stock + due[w:].sum()
                    level = float(a.working_stock[i]) + use[w : w + lead + 1].sum()
                    due[w + lead] += max(level - position, 0.0)
                    cost += float(a.source_price[self.first[i]]) * due[w]
                    stock += due[w] - use[w]
                else:
                    cost += float(a.make_cost[i] - a.price[w, self.line[i]]) * use[w]
                cost += float(a.holding_cost[i]) * stock
            excess = max(stock - float(a.working_stock[i]), 0.0)
            cost += self._lost_at_end(i) * excess - float(a.standard_cost[i]) * stock
        return cost

    # --- after the event

    def _after(self, w: int, r: int, draw: int) -> Sum:
        """Cost of the window after an event, all decisions of the window known."""
        a, m, cost = self.a, self.model, Sum()
        window = a.window_weeks
        stock = {}
        for i in self.items:
            stock[i] = Sum().add(self.stock[i, w - 1])
            if i in self.parts and self.lead[i] > 0 and not self.stopped(i, r):
                stock[i].add(self.arrivals(i, w))
        backlog = {p: Sum() for p in self.products}
        for t in range(window):
            sold, made = {}, {}
            for p in self.products:
                line, demand = self.line[p], float(a.demand[w + t, self.line[p]])
                waits = bool(a.line_backorder[line])
                sold[p] = m.column(np.inf if waits else demand)
                made[p] = m.column(float(a.make_capacity[p]))
                if waits:
                    late = m.column()
                    m.row(Sum().add(late).add(backlog[p], -1.0).add(sold[p]).add(-demand), 0.0, 0.0)
                    half = 0.5 if t == window - 1 else 1.0
                    cost.add(late, half * float(a.line_backorder_cost[line]))
                    backlog[p] = late
                cost.add(sold[p], -float(a.price[w + t, line]))
                cost.add(made[p], float(a.make_cost[p]))
            self.sold.setdefault((w, r, draw), []).append(sold)
            for i in self.items:
                now = Sum().add(stock[i])
                if i in self.parts:
                    for amount, price in self._supply(i, w, t, r, draw):
                        now.add(amount)
                        cost.add(amount, price)
                    for p in self.products:
                        now.add(made[p], -self.quantity.get((p, i), 0.0))
                else:
                    now.add(made[i]).add(sold[i], -1.0)
                stock[i] = m.equal(now)
                safe = float(a.working_stock[i]) if i in self.parts and t >= self._back(i, r, draw) else 0.0
                m.row(stock[i], safe, np.inf)
                cost.add(stock[i], float(a.holding_cost[i]))
        for i in self.items:
            cost.add(self._left(i, stock[i]))
        return cost

    def _back(self, i: int, r: int, draw: int) -> float:
        """Weeks after the event until the first source delivers as usual."""
        a = self.a
        if a.supply_left[r, self.first[i]] >= 1:
            return 0.0
        return float(a.notice_weeks[r] + self.case.relief_weeks[draw, r] + self.lead[i])

    def _supply(self, i: int, w: int, t: int, r: int, draw: int) -> Iterator[tuple[Sum, float]]:
        """(units, price of one) of what comes into a part t weeks after an event in week w."""
        a, m, s, lead = self.a, self.model, self.first[i], self.lead[i]
        price = float(a.source_price[s])
        closed = a.supply_left[r, s] < 1
        transit = int(a.source_transit[s]) if a.in_transit_released[r] else 0
        last = int(a.notice_weeks[r]) + transit if closed else lead
        if 0 < t < min(last, lead):
            # On order: what the plan bought arrives; of normal orders as much as is wanted.
            known = self.arrivals(i, w + t)
            flow = m.column()
            m.row(Sum().add(flow).add(known, -1.0), -np.inf, 0.0)
            wanted = Sum().add(flow)
            yield wanted, price
        if closed and lead <= t < last:
            yield m.column(float(self.use[w : w + a.window_weeks, i].sum())), price
        if t >= (self._back(i, r, draw) if closed else lead):
            again = float(a.working_stock[i]) if closed and t == self._back(i, r, draw) else 0.0
            yield m.column(self._wanted(i, w, t) + again), price
        for other in range(a.source_ptr[i], a.source_ptr[i + 1]):
            if a.source_qualified[other]:
                continue
            hit = bool(a.hits_item[r, i])
            lead_now = int(np.ceil(a.source_lead[other] * (a.lead_multiplier[r] if hit else 1.0) - 1e-9))
            price_now = float(a.source_price[other] * (a.price_multiplier[r] if hit else 1.0))
            for how in (way for s, way in self.start if s == other):
                ready = float(self.case.switch_weeks[draw, other])
                if how != AT_EVENT and self.begins(how) < w:
                    ready = max(ready - (w - self.begins(how)), 0.0)
                elif not (hit and a.start_after[other]):
                    continue
                since = t - ready - lead_now
                if since < 0:
                    continue
                flow = m.column()
                most = self._ramped(other, since + 1) - self._ramped(other, since)
                if np.isinf(a.source_capacity[other]):
                    most = self._wanted(i, w, t)
                m.row(Sum().add(flow).add(self.start[other, how], -most), -np.inf, 0.0)
                yield flow, price_now

    def _wanted(self, i: int, w: int, t: int) -> float:
        """Normal use t weeks after an event, and what markets that wait may be owed by then [units]."""
        waits = [p for p in self.products if self.a.line_backorder[self.line[p]]]
        owed = sum(self.quantity.get((p, i), 0.0) * self.use[w : w + t + 1, p].sum() for p in waits)
        return float(self.use[w + t, i] + owed)

    def _ramped(self, s: int, weeks: float) -> float:
        """Most that an alternative delivers in its first weeks [units]."""
        a = self.a
        ramp = float(a.ramp_weeks[s])
        grown = min(weeks, ramp)
        return float(a.source_capacity[s]) * ((grown**2 / (2 * ramp) if ramp > 0 else 0.0) + weeks - grown)

    # --- plans

    def value(self, plan: Plan, made: dict[tuple[int, int], float] | None = None) -> float | None:
        """Minus expected loss of a plan, all else at its best; None where it does not meet its limits.

        Args:
            plan: lots and starts.
            made: most that is made ahead, by (product, epoch); default: any amount.
        """
        fixed = self.decided(plan)
        for key, column in self.make.items():
            most = self.model.high[number_of(column)]
            fixed.append((column, 0.0, most if made is None else min(made.get(key, 0.0), most)))
        for column, low, high in fixed:
            self.highs.changeColBounds(number_of(column), low, high)
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        assert status == highspy.HighsModelStatus.kOptimal, status
        return -(self.highs.getInfo().objective_function_value + self.model.cost[-1])

    def decided(self, plan: Plan) -> list[tuple[Sum, float, float]]:
        """Lots and starts of a plan as (column, least, most)."""
        fixed: list[tuple[Sum, float, float]] = []
        for key, column in self.buy.items():
            units = plan.lots.get(key, 0) * float(self.a.source_multiple[key[0]])
            fixed.append((column, units, units))
        for (s, how), column in self.start.items():
            taken = float(plan.starts.get(s, NEVER_STARTED) == how)
            fixed.append((column, taken, taken))
        return fixed

    def plans(self) -> Iterator[Plan]:
        """Every plan of whole lots and starts that the cash of the horizon could pay for."""
        a = self.a
        limit = float(a.cash_limit[: a.horizon_weeks].max())
        alternatives = sorted({s for s, _ in self.start})
        ways = [[NEVER_STARTED, *(how for t, how in self.start if t == s)] for s in alternatives]
        for chosen in choices(*ways):
            starts = dict(zip(alternatives, chosen, strict=True))
            money = limit - sum(float(a.switch_cost[s]) for s, how in starts.items() if how == NOW)
            for lots in self._lots(list(self.buy), money):
                yield Plan(lots, starts)

    def _lots(self, cells: list[tuple[int, int]], money: float) -> Iterator[dict[tuple[int, int], int]]:
        if money < 0:
            return
        if not cells:
            yield {}
            return
        (s, e), *rest = cells
        lot, least = float(self.a.source_multiple[s]), float(self.a.source_minimum[s])
        # What is paid after the horizon needs no cash in it, but no one buys more than the window uses.
        ordered = e * self.epoch
        paid = max(ordered, ordered + int(self.a.source_lead[s] + self.a.source_payment_weeks[s]))
        price = float(self.a.source_price[s]) * lot if paid < self.a.horizon_weeks else 0.0
        most = int(np.ceil(self.use[:, self.a.source_item[s]].sum() / lot))
        for count in range(most + 1):
            if count * price > money * (1 + 1e-12) + 1e-9:
                break
            if 0 < count * lot < least * (1 - 1e-9):
                continue
            for others in self._lots(rest, money - count * price):
                yield {(s, e): count, **others}


def number_of(column: Sum) -> int:
    """The column that a sum consists of."""
    return next(place for place in column if place >= 0)
