"""The simulated week, the slow way: one path at a time, plain loops, written from docs/simulator.md alone.
In: `NetworkArrays`, `Scenarios`, `Policy` and the number of a scenario. Out: a `Path` with everything
that happened. One reason to exist: the fast kernel must agree with it to the last digits.
"""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from outlast.network.arrays import RECEIPT, SHIPMENT, TRANSIT, NetworkArrays
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import Policy
from tests.reference.sharing import share_scarce
from tests.reference.world import TINY, World, round_up


@dataclass
class Order:
    """Goods on order."""

    item: int
    source: int
    arrives: int
    pays: int
    """Week of payment."""
    quantity: float
    price: float
    open_shipped: bool = False
    cancellable: bool = False
    first_due: int = 0
    """Week in which an open order was due at the start."""
    ahead_for: int | None = None
    """Week whose capacity an open order takes that was placed ahead."""


@dataclass
class Path:
    """What happened in one scenario."""

    weeks: int
    first: int
    accounts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Signed money by account; their sum is the value."""
    ledger: dict[str, list[float]] = field(default_factory=dict)
    """Units per item: start, received, made, used, sold, scrapped, end."""
    sold: list[list[float]] = field(default_factory=list)
    """Units by week and line."""
    wanted: list[list[float]] = field(default_factory=list)
    """Demand by week and line."""
    demanded: list[float] = field(default_factory=list)
    """Demand of each line in the weeks in which it is not closed by law."""
    on_hand: list[list[float]] = field(default_factory=list)
    """Units at the end of the week by week and item."""
    shares: list[list[float]] = field(default_factory=list)
    """Share of each line by week."""
    cash: list[float] = field(default_factory=list)
    """Money at the end of each week."""
    survived: int = 0

    @property
    def value(self) -> float:
        return sum(self.accounts.values())


class Company:
    """The state of the simulated company and the seven steps of a week."""

    def __init__(self, arrays: NetworkArrays, world: World, policy: Policy):
        self.arrays, self.world, self.policy = arrays, world, policy
        self.items = range(len(arrays.item_ids))
        self.sources = range(len(arrays.source_ids))
        self.lines = range(len(arrays.line_ids))
        self.on_hand = [float(quantity) for quantity in arrays.on_hand]
        self.lots = self.first_lots()
        self.making: list[tuple[int, int, float]] = []
        """(week of completion, item, units)"""
        self.listed = self.open_orders()
        """Open orders, those that have arrived included."""
        self.orders = list(self.listed)
        self.backlog = [0.0 for _ in self.lines]
        self.share = [1.0 for _ in self.lines]
        self.waiting = [0.0 for _ in self.items]
        self.spare = [0.0 for _ in self.items]
        self.allotment = [math.inf for _ in self.lines]
        """Units that a line may still be served before shares are re-solved."""
        self.grants: dict[int, float] = {}
        """Most units of a source in this week, of suppliers that are asked for too much."""
        self.kept: dict[int, float] = {}
        """What rounding to lots left of the grants of the week before."""
        self.ordered: dict[int, float] = {}
        """Units ordered this week by source."""
        self.carried = dict.fromkeys(self.sources, 0.0)
        """Capacity that lots left over, or (below 0) took ahead, by source."""
        self.payments: dict[int, float] = defaultdict(float)
        """Money paid (negative: received) by week."""
        self.path = Path(world.weeks, world.first)
        for name in ("received", "made", "used", "sold", "scrapped"):
            self.path.ledger[name] = [0.0 for _ in self.items]
        self.path.ledger["start"] = list(self.on_hand)
        self.path.demanded = [0.0 for _ in self.lines]
        for order in self.orders:
            self.payments[order.pays] += order.quantity * order.price

    def first_lots(self) -> list[list[list[float]]]:
        """Lots of every item at the start as (last usable week, units)."""
        lots = []
        for item in self.items:
            dated = [
                [week, float(units)] for week, units in enumerate(self.arrays.expiring[:, item]) if units > 0
            ]
            lots.append([*dated, [math.inf, self.on_hand[item] - sum(units for _, units in dated)]])
        return lots

    def enter(self, item: int, units: float, t: int) -> None:
        """Fresh units come into stock."""
        life = float(self.arrays.shelf_life[item])
        weeks = life if life == math.inf else max(1, math.floor(life + TINY))
        self.on_hand[item] += units
        self.lots[item].append([t + weeks - 1, units])

    def leave(self, item: int, units: float) -> None:
        """Units leave stock, those that expire first before the others."""
        self.on_hand[item] -= units
        for lot in sorted(self.lots[item], key=lambda lot: lot[0]):
            taken = min(lot[1], units)
            lot[1] -= taken
            units -= taken

    def throw_away(self, t: int) -> None:
        """End of the week: what may not be used in the next one is scrapped."""
        for item in self.items:
            old = sum(units for last, units in self.lots[item] if last <= t)
            self.lots[item] = [lot for lot in self.lots[item] if lot[0] > t and lot[1] > 0]
            self.on_hand[item] -= old
            self.path.ledger["scrapped"][item] += old
            self.path.accounts["scrapped"] -= old * float(self.arrays.standard_cost[item])

    def open_orders(self) -> list[Order]:
        arrays, orders = self.arrays, []
        for s in self.sources:
            for week in range(arrays.n_week):
                cancellable = float(arrays.open_cancellable[week, s])
                for quantity, shipped, may_cancel in (
                    (float(arrays.open_shipped[week, s]), True, False),
                    (float(arrays.open_unshipped[week, s]) - cancellable, False, False),
                    (cancellable, False, True),
                ):
                    if quantity > 0:
                        pays = week + int(arrays.source_payment_weeks[s])
                        item, price = int(arrays.source_item[s]), float(arrays.source_price[s])
                        ordered = None if shipped else week - int(arrays.source_lead[s])
                        order = Order(
                            item, s, week, pays, quantity, price, shipped, may_cancel, week, ordered
                        )
                        orders.append(order)
        return orders

    # --- look-ups

    def children(self, parent: int) -> list[tuple[int, float]]:
        rows = range(self.arrays.bom_ptr[parent], self.arrays.bom_ptr[parent + 1])
        return [(int(self.arrays.bom_child[row]), float(self.arrays.bom_quantity[row])) for row in rows]

    def contained(self, item: int, within: int) -> float:
        """Units of `item` in one unit of `within`, itself included."""
        if item == within:
            return 1.0
        rows = range(self.arrays.explosion_ptr[within], self.arrays.explosion_ptr[within + 1])
        return sum(
            float(self.arrays.explosion_quantity[row])
            for row in rows
            if self.arrays.explosion_item[row] == item
        )

    def sources_of(self, item: int) -> range:
        return range(self.arrays.source_ptr[item], self.arrays.source_ptr[item + 1])

    def lines_of(self, product: int) -> list[int]:
        return [line for line in self.lines if self.arrays.line_product[line] == product]

    def products(self) -> list[int]:
        return sorted({int(product) for product in self.arrays.line_product})

    def due(self, item: int) -> float:
        return sum(order.quantity for order in self.orders if order.item == item)

    def in_making(self, item: int) -> float:
        return sum(quantity for _, made, quantity in self.making if made == item)

    def contribution(self, line: int, t: int) -> float:
        product = self.arrays.line_product[line]
        return float(self.arrays.price[t, line]) - float(self.arrays.standard_cost[product])

    # --- the week

    def run(self) -> Path:
        for t in range(self.world.weeks):
            self.restrict(t)
            self.pause(t)
            self.arrive(t)
            self.pay_switches(t)
            self.purchase(t)
            if self.policy.sharing == "shadow_price":
                share_scarce(self, t)
            self.produce(t)
            self.serve(t)
            self.throw_away(t)
            self.close_week(t)
        self.close_path()
        return self.path

    def restrict(self, t: int) -> None:
        """Step 1: what a closure that starts now does to goods on order."""
        for r in self.world.restrictions:
            for order in list(self.orders):
                if t not in self.world.closes(r, order.source):
                    continue
                shipped = order.open_shipped or order.arrives < t + int(
                    self.arrays.source_transit[order.source]
                )
                in_time = order.arrives < t + int(self.arrays.savings_weeks[r])
                if shipped and self.arrays.in_transit_released[r] and in_time:
                    continue
                cancelled = order.quantity * (1 - self.world.kept(r, order.source, t))
                order.quantity -= cancelled
                refunded = max(t, order.arrives + int(self.arrays.source_payment_weeks[order.source]))
                self.payments[refunded] -= cancelled * order.price
        self.orders = [order for order in self.orders if order.quantity > 0]

    def pause(self, t: int) -> None:
        """Goods that would leave, move or be taken in this week do so a week later."""
        for order in self.orders:
            transit = int(self.arrays.source_transit[order.source])
            shipped = order.open_shipped or order.arrives < t + transit
            order.cancellable = order.cancellable and not shipped
            if self.world.paused(order.source, t, SHIPMENT) and not order.open_shipped:
                order.arrives += order.arrives == t + transit
            if self.world.paused(order.source, t, TRANSIT) and shipped:
                order.arrives += 1
            if self.world.paused(order.source, t, RECEIPT):
                order.arrives += order.arrives == t

    def arrive(self, t: int) -> None:
        """Step 2."""
        for order in [order for order in self.orders if order.arrives == t]:
            self.receive(order, t)
        self.orders = [order for order in self.orders if order.arrives > t]
        for completes, item, quantity in self.making:
            if completes == t:
                self.enter(item, quantity, t)
                self.path.ledger["made"][item] += quantity
        self.making = [row for row in self.making if row[0] > t]

    def receive(self, order: Order, t: int) -> None:
        """What is delivered holds the usable units and the spoilt ones."""
        good = order.quantity * self.world.usable_share(order.source, t)
        delivered = order.quantity / min(1.0, float(self.arrays.source_yield[order.source]))
        self.enter(order.item, good, t)
        self.path.ledger["received"][order.item] += max(delivered, good)
        self.path.ledger["scrapped"][order.item] += max(delivered - good, 0.0)
        standard = good * float(self.arrays.standard_cost[order.item])
        self.path.accounts["purchase_variance"] -= order.quantity * order.price - standard

    def pay_switches(self, t: int) -> None:
        """Step 3; readiness itself is a fact of `World`."""
        for s in self.sources:
            if not self.arrays.source_qualified[s] and self.world.switch_start(s) == t:
                self.path.accounts["switch_cost"] -= float(self.arrays.switch_cost[s])
                self.payments[t] += float(self.arrays.switch_cost[s])

    def purchase(self, t: int) -> None:
        """Step 4."""
        for item in self.items:
            waiting = 0.0
            for product in self.products():
                backlog = sum(
                    self.backlog[line]
                    for line in self.lines_of(product)
                    if not self.world.line_closed(line, t)
                )
                short = max(0.0, backlog - self.on_hand[product])
                waiting += backlog if product == item else short * self.contained(item, product)
            self.waiting[item] = waiting
        self.cancel_surplus(t)
        self.grants = {}
        for _ in self.arrays.supplier_capacity:
            self.grants |= self.cut_asks(t)
        self.order_all(t)
        kept = {}
        for s, granted in self.grants.items():
            kept[s] = min(max(0.0, granted - self.ordered[s]), self.one_lot(s))
        self.kept = kept

    def cancel_surplus(self, t: int) -> None:
        """Open orders that would not be ordered again, the last first."""
        listed = [order for order in self.orders if order.cancellable]
        for order in sorted(listed, key=lambda order: (-order.first_due, -order.source)):
            item = order.item
            hit = any(
                self.arrays.hits_item[r, item] and self.world.announced[r] <= t < self.world.relief[r]
                for r in self.world.restrictions
            )
            if hit:
                continue
            without = self.on_hand[item] + self.due(item) - self.waiting[item] - order.quantity
            need = self.order_up_to(item, t) - without
            if need < -TINY or (
                need <= TINY and not (self.policy.batch.size and self.policy.batch[item] > 0)
            ):
                refunded = max(t, order.arrives + int(self.arrays.source_payment_weeks[order.source]))
                self.payments[refunded] -= order.quantity * order.price
                order.quantity = 0.0
                self.orders.remove(order)

    def order_all(self, t: int) -> None:
        self.ordered = dict.fromkeys(self.sources, 0.0)
        for item in self.items:
            position = self.on_hand[item] + self.due(item) - self.waiting[item]
            self.order_from(item, t, position)

    def cut_asks(self, t: int) -> dict[int, float]:
        """What suppliers that are asked for too much grant: a copy of the company orders, to see."""
        if np.isinf(self.arrays.supplier_capacity).all():
            return {}
        same = {id(part): part for part in (self.arrays, self.world, self.policy)}
        trial = copy.deepcopy(self, same)
        trial.order_all(t)
        grants = {}
        for supplier, capacity in enumerate(self.arrays.supplier_capacity.tolist()):
            mine = [s for s in self.sources if self.arrays.source_supplier[s] == supplier]
            if capacity == math.inf or len(mine) == 1 or any(s in self.grants for s in mine):
                continue
            use = {s: float(self.arrays.source_capacity_use[s]) for s in mine}
            room = capacity * max((self.world.left(s, t) for s in mine), default=1.0)
            room = max(0.0, room - sum(use[s] * self.called_ahead(s, t) for s in mine))
            asked = sum(use[s] * trial.ordered[s] for s in mine)
            if asked > room * (1 + TINY):
                for s in mine:
                    grants[s] = room / asked * trial.ordered[s] + self.kept.get(s, 0.0)
        return grants

    def grant(self, s: int, quantity: float) -> float:
        """Units of an order that the supplier grants, in whole lots."""
        left = self.grants.get(s, math.inf) - self.ordered[s]
        if quantity > left:
            multiple = float(self.arrays.source_multiple[s])
            quantity = multiple * math.floor(left / multiple + TINY) if multiple > 0 else left
            if quantity <= TINY or quantity < float(self.arrays.source_minimum[s]) * (1 - TINY):
                return 0.0
        self.ordered[s] += quantity
        return quantity

    def one_lot(self, s: int) -> float:
        minimum, multiple = float(self.arrays.source_minimum[s]), float(self.arrays.source_multiple[s])
        return multiple * round_up(max(minimum, multiple) / multiple) if multiple > 0 else minimum

    def called_ahead(self, s: int, t: int) -> float:
        """What still stands of open orders that were placed ahead for a week."""
        return sum(order.quantity for order in self.listed if order.source == s and order.ahead_for == t)

    def order_from(self, item: int, t: int, position: float) -> float:
        """Order build-up, then by the shares of sources, then in their order; the units ordered."""
        open_sources = [s for s in self.sources_of(item) if self.world.may_order(s, t)]
        whole = {s: max(0.0, self.world.capacity(s, t) - self.called_ahead(s, t)) for s in open_sources}
        whole = {s: units + self.carried[s] for s, units in whole.items()}
        room = {s: max(0.0, units) for s, units in whole.items()}
        ordered = 0.0

        def place(s: int, quantity: float) -> None:
            nonlocal ordered
            quantity = self.grant(s, quantity)
            if quantity > 0:
                self.order(s, t, quantity)
                room[s] -= quantity
                ordered += quantity

        for s in open_sources if t < self.world.first else []:
            place(s, min(float(self.policy.buildup[t, s]), room[s]))
        shares = {s: float(self.arrays.source_split[s]) for s in open_sources}
        if self.spare[item] <= 0:
            for s in open_sources:
                ordered += self.expedite(s, open_sources[0], t, room)
        built = ordered
        level = self.triggered_level(item, t, position + ordered)
        if level is None:
            level = -math.inf
        for s in open_sources:
            if shares[s] > 0 and level > -math.inf:
                need = level - position - built
                part = need * shares[s] / sum(shares.values())
                place(s, self.lot(s, min(part, need - (ordered - built)), room[s]))
        for s in open_sources:
            place(s, self.lot(s, level - position - ordered, room[s]))
            if whole[s] < math.inf:
                rest = whole[s] - self.ordered[s]
                refused = level - position - ordered > TINY
                self.carried[s] = min(rest, self.one_lot(s) if refused else 0.0)
        return ordered

    def triggered_level(self, item: int, t: int, position: float) -> float | None:
        """The level, with whole batches where there are any; None where nothing is to be ordered yet."""
        gap = float(self.policy.gap[t, item]) if self.policy.gap.size else 0.0
        batch = float(self.policy.batch[item]) if self.policy.batch.size else 0.0
        level = self.order_up_to(item, t)
        need = level - position
        if batch <= 0:
            return level if gap <= 0 or need >= gap - TINY else None
        if need < -TINY:
            return None
        batches = 1
        while batches * batch < need + batch * TINY:
            batches += 1
        if abs(batches * batch - need) <= batch * TINY:
            batches += 1
        return position + batches * batch

    def expedite(self, s: int, first: int, t: int, room: dict[int, float]) -> float:
        """Order what mean use lacks before a normal order of the first open source arrives."""
        arrays, item = self.arrays, int(self.arrays.source_item[s])
        weeks, normal = int(arrays.expedite_weeks[s]), self.world.lead(first, t)
        if not 0 <= weeks < normal:
            return 0.0
        worst = 0.0
        for last in range(t + weeks, t + normal):
            use = sum(float(arrays.usage[min(week, arrays.n_week - 1), item]) for week in range(t, last + 1))
            there = sum(
                order.quantity for order in self.orders if order.item == item and order.arrives <= last
            )
            worst = max(worst, use - self.on_hand[item] + self.waiting[item] - there)
        quantity = self.grant(s, self.lot(s, worst, room[s]))
        if quantity <= 0:
            return 0.0
        multiplier = self.world.multipliers(s, t)[0]
        price = float(arrays.source_price[s]) * multiplier
        extra = quantity * (float(arrays.expedite_price[s]) * multiplier - price)
        self.path.accounts["expediting"] -= extra
        self.payments[t] += extra
        self.order(s, t, quantity, price, weeks)
        room[s] -= quantity
        return quantity

    def order_up_to(self, item: int, t: int) -> float:
        arrays = self.arrays
        first_source = arrays.first_source(item)
        level = float(self.policy.base_position[t, item]) - self.spare[item]
        if t < self.world.first:
            level += float(self.policy.protective[t, item])
        for r in self.world.restrictions:
            if self.world.announced[r] <= t and arrays.hits_item[r, item] and first_source >= 0:
                closure = self.world.closure(r, first_source)
                if closure and closure[0] > t:
                    level += float(self.policy.hoard[r, item])
        first_lead = int(arrays.source_lead[first_source]) if first_source >= 0 else 0
        for s, units in self.supplied_by(item, t).items():
            level += units * max(0, self.world.lead(s, t) - first_lead)
        return level

    def supplied_by(self, item: int, t: int) -> dict[int, float]:
        """Part of a week's use that each open source supplies."""
        use = float(self.arrays.usage[t, item])
        open_sources = [s for s in self.sources_of(item) if self.world.may_order(s, t)]
        shares = {s: float(self.arrays.source_split[s]) for s in open_sources}
        if sum(shares.values()) > 0:
            return {s: use * share / sum(shares.values()) for s, share in shares.items()}
        parts: dict[int, float] = {}
        for s in open_sources:
            parts[s] = min(self.world.capacity(s, t), use - sum(parts.values()))
        return parts

    def lot(self, s: int, need: float, capacity: float) -> float:
        """Units ordered for a need, by minimum, multiple and capacity."""
        if need <= TINY or capacity <= TINY:
            return 0.0
        minimum, multiple = float(self.arrays.source_minimum[s]), float(self.arrays.source_multiple[s])
        quantity = max(min(need, capacity), minimum)
        if multiple > 0:
            quantity = multiple * round_up(quantity / multiple)
        if quantity > capacity:
            within = multiple * math.floor(capacity / multiple + TINY) if multiple > 0 else capacity
            quantity = max(within, self.one_lot(s))
        return quantity

    def order(
        self, s: int, t: int, quantity: float, price: float | None = None, weeks: int | None = None
    ) -> None:
        arrays, item = self.arrays, int(self.arrays.source_item[s])
        weeks = self.world.takes(s, t) if weeks is None else weeks
        ships_now = weeks <= int(arrays.source_transit[s])
        if (ships_now and self.world.paused(s, t, SHIPMENT)) or (
            weeks == 0 and self.world.paused(s, t, RECEIPT)
        ):
            weeks += 1
        arrives = t + weeks
        pays = max(t, arrives + int(arrays.source_payment_weeks[s]))
        price = self.world.price(s, t, quantity) if price is None else price
        order = Order(item, s, arrives, pays, quantity, price)
        self.payments[t] += float(arrays.source_order_cost[s])
        self.payments[pays] += quantity * order.price
        self.path.accounts["order_cost"] -= float(arrays.source_order_cost[s])
        if arrives == t:
            self.receive(order, t)
        else:
            self.orders.append(order)

    def produce(self, t: int) -> None:
        """Step 5."""
        planned = self.plan_production(t)
        claim: dict[int, float] = defaultdict(float)
        for parent, quantity in planned.items():
            for child, per_unit in self.children(parent):
                claim[child] += quantity * per_unit
        for parent in (int(item) for item in self.arrays.make_order):
            if planned[parent] <= 0:
                continue
            fraction = 1.0
            for child, per_unit in self.children(parent):
                # Rounding must not leave a claim smaller than the parent's own part of it.
                left = max(claim[child], planned[parent] * per_unit)
                fraction = min(fraction, self.on_hand[child] / left)
            made = planned[parent] * fraction
            for child, per_unit in self.children(parent):
                claim[child] -= planned[parent] * per_unit
                self.leave(child, made * per_unit)
                self.path.ledger["used"][child] += made * per_unit
            self.payments[t] += made * float(self.arrays.make_cost[parent])
            completes = t + int(self.arrays.make_weeks[parent])
            if completes == t:
                self.enter(parent, made, t)
                self.path.ledger["made"][parent] += made
            else:
                self.making.append((completes, parent, made))

    def plan_production(self, t: int) -> dict[int, float]:
        """Units of every made item to be started this week, children permitting."""
        arrays, planned = self.arrays, {}
        for item in reversed([int(item) for item in arrays.make_order]):
            make_weeks = int(arrays.make_weeks[item])
            want = float(self.policy.base_position[t, item])
            if t < self.world.first:
                want += float(self.policy.protective[t, item])
            for line in self.lines_of(item):
                if not self.world.line_closed(line, t):
                    coming = sum(self.demand(line, week) for week in range(t, t + make_weeks + 1))
                    want += min(self.allotment[line], self.backlog[line] + coming)
            for parent, quantity in planned.items():
                for child, per_unit in self.children(parent):
                    if child == item:
                        want += quantity * per_unit
            for week in range(t + 1, t + make_weeks + 1):
                sales = sum(self.demand(line, week) for line in self.lines_of(item))
                want += max(0.0, float(arrays.usage[min(week, arrays.n_week - 1), item]) - sales)
            want -= self.on_hand[item] + self.in_making(item)
            planned[item] = min(want, float(arrays.make_capacity[item])) if want > TINY else 0.0
        return planned

    def demand(self, line: int, week: int) -> float:
        """Mean demand; the last known week stands for those beyond it."""
        return float(self.arrays.demand[min(week, self.arrays.n_week - 1), line])

    def serve(self, t: int) -> None:
        """Step 6."""
        wanted = [
            float(self.arrays.demand[t, line] * self.world.demand_factor[t, line]) for line in self.lines
        ]
        sold = [0.0 for _ in self.lines]
        for product in self.products():
            lines = [line for line in self.lines_of(product) if not self.world.line_closed(line, t)]
            sold_here = self.split(product, lines, wanted, t)
            for line in lines:
                sold[line] = sold_here[line]
                self.path.demanded[line] += wanted[line]
                self.allotment[line] = max(0.0, self.allotment[line] - sold[line])
                unserved = max(0.0, wanted[line] + self.backlog[line] - sold[line])
                self.backlog[line] = unserved if self.arrays.line_backorder[line] else 0.0
            total = sum(sold_here.values())
            self.leave(product, total)
            self.path.ledger["sold"][product] += total
        self.path.wanted.append(wanted)
        self.path.sold.append(sold)

    def split(self, product: int, lines: list[int], wanted: list[float], t: int) -> dict[int, float]:
        """Units served to each open line of a product."""
        allowed = {}
        for line in lines:
            allowed[line] = min(self.allotment[line], wanted[line] + self.backlog[line])
        stock, total = self.on_hand[product], sum(allowed.values())
        if self.policy.sharing == "proportional":
            part = min(1.0, stock / total) if total > 0 else 0.0
            return {line: part * allowed[line] for line in lines}
        served = {}
        rank = sorted(
            lines, key=lambda line: (self.arrays.line_priority[line], -self.contribution(line, t), line)
        )
        for line in rank:
            served[line] = max(0.0, min(allowed[line], stock))
            stock -= served[line]
        return served

    def close_week(self, t: int) -> None:
        """Step 7."""
        arrays, accounts = self.arrays, self.path.accounts
        late = 0.0
        for line in self.lines:
            accounts["contribution"] += self.path.sold[t][line] * self.contribution(line, t)
            late += self.backlog[line] * float(arrays.line_backorder_cost[line])
            receipt = self.path.sold[t][line] * float(arrays.price[t, line])
            self.payments[t + int(arrays.line_receivable_weeks[line])] -= receipt
        accounts["backorder"] -= late
        self.payments[t] += late + arrays.fixed_cost_per_week
        for item in self.items:
            accounts["holding"] -= float(arrays.holding_cost[item]) * self.on_hand[item]
        before = self.path.cash[-1] if self.path.cash else arrays.opening_cash
        self.path.cash.append(before - self.payments[t])
        self.path.on_hand.append(list(self.on_hand))
        self.path.shares.append(list(self.share))

    def close_path(self) -> None:
        arrays = self.arrays
        for item in self.items:
            surplus = max(0.0, self.on_hand[item] - float(arrays.working_stock[item]))
            value = surplus * float(arrays.standard_cost[item])
            self.path.accounts["write_down"] -= float(arrays.write_down_share[item]) * value
        self.path.ledger["end"] = list(self.on_hand)
        self.path.survived = self.count_survived()

    def count_survived(self) -> int:
        """Weeks since the effective date with cumulative fill at or above the target."""
        world = self.world
        if world.first >= world.weeks:
            return world.weeks
        start = max(0, world.effective[world.announced.index(world.first)])
        sold = demanded = 0.0
        for t in range(start, world.weeks):
            for line in self.lines:
                if not world.line_closed(line, t):
                    weight = max(0.0, self.contribution(line, t))
                    sold += weight * self.path.sold[t][line]
                    demanded += weight * self.path.wanted[t][line]
            if sold < demanded * (self.arrays.fill_target - TINY):
                return t - start
        return max(0, world.weeks - start)


def simulate_path(arrays: NetworkArrays, scenarios: Scenarios, policy: Policy, n: int) -> Path:
    """One scenario from the first week to the last."""
    return Company(arrays, World(arrays, scenarios, policy, n), policy).run()
