"""Teeth as compact arrays. In: `CombProblem`. Out: `Compact`.
One reason to exist: what of the exact program counts, in weeks of cover, with nothing kept twice.

Against the exact program two things are left out, which only lowers the least loss: that what an alternative
brings is there in time within the cut, but for the first segment, and holding once supply is back, for which
`method` takes a plane. Where markets wait, so are times between the rows that end once supply is back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from outlast.kernels.teeth import After, Teeth
from outlast.optimise.comb import CombProblem, Tooth, base_grid
from outlast.optimise.context import Context, total_at
from outlast.optimise.first_order.assemblies import read_bills
from outlast.optimise.first_order.due import build_due
from outlast.optimise.first_order.leftovers import least_end_loss
from outlast.optimise.first_order.on_order import OnOrder, purchases, skipped, weeks_on_order
from outlast.optimise.first_order.prices import Prices
from outlast.optimise.first_order.ranges import binned, places
from outlast.optimise.first_order.rows import Normal, Rows
from outlast.optimise.first_order.short import Running, Short, short_parts
from outlast.optimise.ordering import orderings
from outlast.optimise.supply import last_arrival, normal_arrivals, weeks_to_closure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEVER_SOLD = -1e30
"""Worth of a sale from finished goods that do not count [money], finite in single precision."""
FLAT = 0.05
"""Least sum of coefficients of a column: columns without rows still move at a finite step."""


@dataclass(frozen=True)
class Compact:
    """Compact teeth, and what they ask of the trunk."""

    teeth: Teeth
    after: After
    use: Floats
    """A week of cover, shape (item at risk) [units]."""
    tooth_epoch: Ints
    """Shape (tooth)."""
    product_place: Ints
    """Among the items at risk, -1 if its goods are those of a part; shape (product)."""
    product_supply: Floats
    """Finished goods of normal running [weeks of demand], shape (tooth, product)."""
    product_scale: Floats
    """Weeks of demand of the product in a week of its cover: all use is sales, shape (product)."""
    point_stock: Ints
    """Place of its stock, epoch by epoch and item by item, shape (point)."""
    point_supply: Floats
    """Of normal running [weeks of cover], shape (point)."""
    stock_cost: Floats
    """Holding until supplied again, odds counted, shape (epoch + 1, item) [money a week of cover]."""
    column_cost: Floats
    """The same of what is on order, shape (trunk column) [money per unit]."""
    skipped_now: Floats
    """Share of what is run down in an epoch whose orders would have come in the week of an event at its
    start, shape (epoch, item)."""
    normal: Floats
    """What normal running has on order that comes after the week of an event and before a later one, shape
    (epoch, part, week) [weeks of cover]."""
    constant: float
    """Expected loss that no decision changes, but for worth in full, which teeth count [money]."""
    unpaid: float
    """What plans pay beside it: bounds leave it out [money]."""
    rounding: float
    """Most by which the expected loss may be wrong as worth and demand are in single precision [money]."""


def build_compact(problem: CombProblem, context: Context, n_column: int) -> tuple[Compact, OnOrder]:
    """The teeth, and what is on order, of a problem that `scope.beyond` has no objection to.

    Args:
        problem: the comb tree.
        context: look-ups, the trunk written.
        n_column: columns of the trunk.
    """
    return _Writer(problem, context, n_column).write()


class _Writer:
    """Collects teeth one by one."""

    def __init__(self, problem: CombProblem, context: Context, n_column: int) -> None:
        arrays, items = problem.arrays, problem.items
        self.problem, self.context, self.arrays, self.n_column = problem, context, arrays, n_column
        use = arrays.usage[:, items].mean(axis=0)
        self.use = np.where(use > 0, use, 1.0)
        at_risk = problem.place[arrays.line_product[problem.lines]] >= 0
        sold = arrays.demand[:, problem.lines].mean(axis=0) > 0
        self.lines = problem.lines[at_risk & sold]
        self.other_lines = problem.lines[~(at_risk & sold)]
        self.lines, self.products = _by_rank(self.lines, arrays.line_product, arrays.line_backorder)
        self.waits = arrays.line_backorder[self.lines]
        self.demand = arrays.demand[:, self.lines].mean(axis=0)
        self.demand_total = context.demand_total[:, self.lines]
        self.worth_total = context.worth_total[:, self.lines]
        order = np.argsort(self.products)
        product = order[np.searchsorted(self.products[order], arrays.line_product[self.lines])]
        self.line_product = product.astype(np.int32)
        self.product_demand = binned(product, self.demand, len(self.products))
        self.line_share = self.demand / self.product_demand[product]
        place = problem.place[self.products]
        self.bills = read_bills(problem, context, self.products, self.product_demand, self.use)
        self.parts, self.shares, self.whole = self.bills.parts, self.bills.shares, self.bills.whole
        self.by_product = self.whole.T.tocsr()
        self.by_product.sort_indices()
        self.bought_by_product = self.by_product[:, self.bills.count :]
        own = arrays.made[self.products] & ~np.isin(place, self.parts[: self.bills.count])
        self.product_place = np.where(own, place, -1)
        waited = binned(product, self.waits.astype(np.float64), len(self.products)) > 0
        most_made = arrays.make_capacity[self.products] / self.product_demand
        self.product_rate = np.where(own, most_made, np.inf)
        self.make_rate = np.where(waited, self.product_rate, np.inf)
        self.hold = arrays.holding_cost[items] * self.use
        self.grid = base_grid(problem)
        bought = ~arrays.made[items[self.parts]]
        self.first = np.where(bought, arrays.first_sources[items[self.parts]], -1)
        self.total_use = context.usage_total[:, items] / self.use
        total_late = context.late_total[:, items] / self.use
        self.closed: dict[int, Ints] = {}
        self.last: dict[int, Floats] = {}
        sources = range(len(arrays.source_ids))
        for r in {tooth.restriction for tooth in problem.teeth}:
            self.closed[r] = np.array([weeks_to_closure(arrays, r, s) for s in sources], dtype=np.int64)
            self.last[r] = np.array([last_arrival(arrays, r, s) for s in sources], dtype=np.float64)
        known = np.unique(self.first[self.first >= 0])
        self.orders = {
            int(source): (kind.orders, kind.parts)
            for kind in orderings(problem, known)
            for source in known[kind.columns]
        }
        self.coming = np.zeros((arrays.n_week + 1, len(items)))
        for part, source in zip(self.parts, self.first, strict=True):
            if source >= 0:
                weekly = normal_arrivals(arrays, int(items[part]), int(source), 0)
                self.coming[1:, part] = np.cumsum(weekly) / self.use[part]
        used = np.asarray(self.whole @ waited).ravel() > 0
        normal = Normal(self.coming, self.total_use, total_late)
        self.rows = Rows(
            problem, self.bills, self.use, self.hold, self.first, used, normal, self.closed, self.last
        )

    def write(self) -> tuple[Compact, OnOrder]:
        """All teeth, and what is on order."""
        problem = self.problem
        n_item, n_epoch = len(problem.items), problem.epochs
        groups: dict[tuple[int, int], int] = {}
        for tooth in problem.teeth:
            groups.setdefault((tooth.epoch, tooth.restriction), len(groups))
        self.stock_cost = np.zeros((n_epoch + 1, n_item))
        self.column_cost = np.zeros(self.n_column)
        self.constant = self.rounding = 0.0
        self.uncut_weeks = np.zeros((n_epoch, n_item))
        self.early = [
            float((self.hold * self._early(problem.epoch_week(epoch))).sum()) for epoch in range(n_epoch)
        ]
        self._points(groups)
        self.prices = Prices(self.context, self.use, self.beyond, self.coming, self.bills, groups)
        self.bounds = [self._bounds(tooth) for tooth in problem.teeth]
        segments = np.array([len(bounds) - 1 for bounds, _ in self.bounds], dtype=np.int64)
        self.segments = segments
        self.cells = _Cells(segments, len(self.lines), len(self.products))
        teeth = [self._tooth(number, groups) for number in range(len(problem.teeth))]
        self._finish_links(groups)
        shape = (self.n_point, self.n_column)
        trunk = self.context.trunk
        self.due = build_due(problem, trunk, shape, self.use, self.point, groups, self.last)
        skipped_now = self._skipped_now()
        cost = skipped_now * self.hold * self.uncut_weeks / self.use
        np.subtract.at(self.column_cost, self.context.trunk.run_down, cost)
        point_group = np.repeat(
            [g for g, _ in self.links], np.diff([*(p for _, p in self.links), self.n_point])
        )
        self.column_cost += self.prices.columns(
            self.context.trunk, self.n_column, self.link, point_group, self.point_stock % n_item
        )
        self.stock_cost += self.prices.stock_cost
        self.constant += self.prices.constant
        return self._assemble(teeth, groups, skipped_now)

    def _points(self, groups: dict[tuple[int, int], int]) -> None:
        """What supplies each part that an event cuts."""
        problem, arrays, items = self.problem, self.arrays, self.problem.items
        self.point = np.full((len(groups), len(items)), -1, dtype=np.int32)
        self.beyond = np.zeros((len(groups), len(items)))
        stock, supply, self.links = [], [], []
        self.cut: dict[int, Ints] = {}
        self.stopped: dict[int, Ints] = {}
        self.short: list[Short] = []
        n_point = 0
        running = Running(self.coming[:, self.parts], self.total_use[:, self.parts], self._lead()[self.parts])
        working = arrays.working_stock[items]
        for (epoch, r), g in groups.items():
            week = problem.epoch_week(epoch)
            if r not in self.cut:
                self.cut[r] = np.flatnonzero((self.first >= 0) & (arrays.supply_left[r, self.first] < 1))
                lost = np.zeros(len(self.parts))
                lost[self.cut[r]] = 1.0
                self.stopped[r] = np.flatnonzero(self.bills.inside(lost) > 0)
            at_event = _stock_at_event(self, r, week)
            self.beyond[g] = (at_event - working) / self.use
            cut = np.append(self.stopped[r], self.cut[r])
            places = self.parts[cut]
            self.point[g, places] = n_point + np.arange(len(cut))
            stock.append(epoch * len(items) + places)
            supply.append(at_event[places] / self.use[places])
            self.links.append((g, n_point))
            n_point += len(cut)
            late = short_parts(self.first, cut, week, at_event[self.parts] / self.use[self.parts], running)
            if self.bills.count:
                late = replace(late, part=late.part[:0], weeks=late.weeks[:0])  # scope: none is really short
            stock.append(epoch * len(items) + self.parts[late.part])
            supply.append(at_event[self.parts[late.part]] / self.use[self.parts[late.part]])
            self.short.append(replace(late, point=n_point + np.arange(len(late.part))))
            n_point += len(late.part)
        self.n_point = n_point
        self.point_stock = np.concatenate([np.zeros(0, dtype=np.int64), *stock])
        self.point_supply = np.concatenate([np.zeros(0), *supply])
        self.point_weeks = np.zeros(n_point)
        self.point_odds = np.zeros(n_point)

    def _bounds(self, tooth: Tooth) -> tuple[Floats, Floats]:
        """Ends of the segments of a tooth, the first start included, and when each part that is cut is
        supplied as usual again [weeks after the event]."""
        arrays, r, window = self.arrays, tooth.restriction, float(self.arrays.window_weeks)
        relief = max(int(arrays.notice_weeks[r]), 0) + float(self.problem.relief_weeks[tooth.draw, r])
        lead = arrays.source_lead[self.first[self.cut[r]]].astype(np.float64)
        # Rounded as ends of segments are: else one that is rounded up counts as supplied a segment too early.
        back: Floats = np.round(relief + lead, 3)
        marks = np.concatenate([[0.0], self.grid, np.unique(back[back <= window])])
        bounds: Floats = np.unique(np.round(marks[marks <= window], 3))
        return bounds, back

    def _tooth(self, number: int, groups: dict[tuple[int, int], int]) -> dict[str, Any]:
        """Arrays of one tooth; adds what it asks of the trunk."""
        problem, arrays, context = self.problem, self.arrays, self.context
        tooth = problem.teeth[number]
        r, week, window = tooth.restriction, tooth.week, float(arrays.window_weeks)
        g = groups[tooth.epoch, r]
        cut = self.cut[r]
        bounds, back = self.bounds[number]
        n = len(bounds) - 1
        middle = (bounds[:-1] + bounds[1:] - 1) / 2
        # Segments until parts, and then products, are supplied as usual.
        supplied = np.zeros(len(problem.items), dtype=np.int64)
        kb = np.where(back >= window, n, np.searchsorted(bounds, back + 1e-6) - 1)
        supplied[self.parts[cut]] = kb
        cut_until = np.zeros(len(self.parts), dtype=np.int64)
        cut_until[cut] = kb
        cut_only = self._product_until(cut_until)
        cut_inside = self._held_in_assemblies(cut_until, n)
        late = self.short[g]
        until_late = np.searchsorted(bounds, np.minimum(late.weeks, window) - 1e-6)
        cut_until[late.part] = until_late
        product_kb = self._product_until(cut_until)
        own = self.product_place >= 0
        supplied[self.product_place[own]] = product_kb[own]
        made = self.parts[: self.bills.count]
        supplied[made] = self.bills.longest(cut_until)
        until = np.append((bounds[:-1] + bounds[1:] - 1) / 2, window)[supplied]
        odds = tooth.probability
        held = self.hold * until
        held[made] = self._held_inside(until, middle[0])
        self.stock_cost[tooth.epoch] += odds * held
        self.constant += odds * (float((held * self.beyond[g]).sum()) - self.early[tooth.epoch])
        points = self.point[g, self.parts[cut]]
        self.point_weeks[points] += odds * until[self.parts[cut]]
        self.point_odds[points] += odds
        uncut = odds * until
        uncut[self.parts[cut]] = 0.0
        self.uncut_weeks[tooth.epoch] += uncut
        # Sales.
        weeks = week + bounds
        demand = np.diff(total_at(self.demand_total, weeks), axis=0).T
        worth = np.diff(total_at(self.worth_total, weeks), axis=0).T
        lawful = self._lawful(tooth, bounds, self.lines)
        unit = np.divide(worth, demand, out=np.zeros_like(worth), where=demand > 0) * self.demand[:, None]
        most = demand * lawful / self.demand[:, None]
        self.constant += odds * (float(worth.sum()) - float(context.eaten[week + int(window)]))
        self.constant += odds * self._lost_elsewhere(tooth, bounds)
        backlog, spared, waiting = self._waiting(self.lines, bounds, self.demand)
        unit += spared
        self.constant += odds * float((backlog * waiting * np.cumsum(most, axis=1)).sum())
        saved, share = self._saved(cut, kb, until[self.parts[cut]], n)
        made_worth = unit + self.line_share[:, None] * (saved - share * middle)[self.line_product]
        stocked_until = np.where(own, product_kb, 0)
        product_hold = np.where(own, self.hold[self.product_place], 0.0) * self._product_scale()
        product_wait = np.where(own, until[self.product_place], 0.0)
        goods = product_hold[self.line_product, None] * (product_wait[self.line_product, None] - middle)
        stocked_worth = unit + self.line_share[:, None] * goods
        paid = self.prices.tooth(
            number,
            g,
            supplied < n,
            supplied > 0,
            self.bought_by_product,
            self.product_place,
            self._product_scale(),
        )
        made_worth -= (self.line_share * paid.made[self.line_product])[:, None]
        stocked_worth -= (self.line_share * paid.goods[self.line_product])[:, None]
        self._add_rounding(odds, most, made_worth, stocked_worth)
        counts = np.arange(n) < stocked_until[self.line_product][:, None]
        rows = self.rows.of_tooth(tooth, bounds, cut, kb, self.point[g], paid, late, until_late)
        steps = self._column_steps(rows, n)
        self.cells.write(
            number,
            most=most,
            worth=made_worth,
            worth_stocked=np.where(counts, stocked_worth, NEVER_SOLD),
            pace=1.0 / np.maximum(steps + np.isfinite(self.make_rate)[:, None], FLAT),
        )
        return {
            "odds": odds,
            "n": n,
            "ends": bounds[1:],
            "stocked_until": stocked_until,
            "open": n
            if self.waits.any()
            else max(int(cut_until.max(initial=0)), int(stocked_until.max(initial=0))),
            "supplied": supplied,
            "inside": cut_inside,
            "waited": np.append(middle, window)[product_kb] - bounds[cut_only],
            "group": g,
            **rows,
        }

    def _held_in_assemblies(self, until: Ints, n: int) -> Floats:
        """Holding of parts inside assemblies while the parts are cut, shape (segment, assembly)."""
        if not self.bills.count:
            return np.zeros((n, 0))
        linear = (np.arange(n) < until[:, None]) * self.hold[self.parts][:, None]
        return np.asarray(self.bills.inside(linear).T)

    def _add_rounding(self, odds: float, most: Floats, *worth: Floats) -> None:
        """Two factors, each rounded to half a unit of single precision, whichever sale it is."""
        dearest = np.max(np.abs(worth), axis=0)
        dearest[self.waits] = np.maximum.accumulate(dearest[self.waits, ::-1], axis=1)[:, ::-1]
        self.rounding += odds * float(np.finfo(np.float32).eps) * float((dearest * most).sum())

    def _waiting(self, lines: Ints, bounds: Floats, units: Floats) -> tuple[Floats, Floats, Floats]:
        """What backlog costs lines whose market waits: `units` of it a week, shape (line, 1) [money a week];
        what a sale of `units` spares by the end of the window, shape (line, segment) [money]; and the weeks
        for which backlog at the end of a segment counts, shape (segment)."""
        arrays, span = self.arrays, np.diff(bounds)
        late = np.where(arrays.line_backorder, arrays.line_backorder_cost, 0.0)[lines] * units
        waiting = (span + np.append(span[1:], 0.0)) / 2
        return late[:, None], late[:, None] * np.cumsum(waiting[::-1])[::-1], waiting

    def _lost_elsewhere(self, tooth: Tooth, bounds: Floats) -> float:
        """What markets that are closed lose of products that nothing cuts [money]; what waits is sold when it
        is worth most."""
        lines, weeks = self.other_lines, tooth.week + bounds
        if not len(lines):
            return 0.0
        demand = np.diff(total_at(self.context.demand_total[:, lines], weeks), axis=0).T
        worth = np.diff(total_at(self.context.worth_total[:, lines], weeks), axis=0).T
        unit = np.divide(worth, demand, out=np.zeros_like(worth), where=demand > 0)
        late, spared, waiting = self._waiting(lines, bounds, np.ones(len(lines)))
        asked = demand * self._lawful(tooth, bounds, lines)
        best = np.maximum.accumulate((unit + spared)[:, ::-1], axis=1)[:, ::-1]
        best = np.where(self.arrays.line_backorder[lines][:, None], np.maximum(best, 0.0), unit)
        return float((worth + late * waiting * np.cumsum(asked, axis=1) - best * asked).sum())

    def _product_until(self, until: Ints) -> Ints:
        """Segments until all parts of a product are supplied, shape (product).

        Args:
            until: segments until each part is.
        """
        found, first = np.zeros(len(self.products), dtype=np.int64), self.by_product.indptr
        some = np.flatnonzero(np.diff(first))
        if len(some):
            found[some] = np.maximum.reduceat(until[self.by_product.indices], first[some])
        return found

    def _margin(self) -> Floats:
        """Contribution over standard cost, shape (line)."""
        worth = self.context.worth_total[-1, self.lines] / self.arrays.n_week
        cost = self.demand * self.arrays.standard_cost[self.products][self.line_product]
        return worth / np.maximum(cost, 1e-300)

    def _skipped_now(self) -> Floats:
        """See `Compact.skipped_now`."""
        problem, found = self.problem, np.zeros((self.problem.epochs, len(self.problem.items)))
        lead = np.where(self.first >= 0, self.arrays.source_lead[self.first], 0)
        for epoch in range(problem.epochs):
            week = problem.epoch_week(epoch)
            places = self.parts[(lead > 0) & (lead <= week)]
            weeks = range(week, problem.epoch_week(epoch + 1))
            found[epoch, places] = problem.skip_shares(problem.items[places], weeks)[0]
        return found

    def _product_scale(self) -> Floats:
        """Weeks of cover of a product in a week of its demand, shape (product)."""
        return np.where(self.product_place >= 0, self.product_demand / self.use[self.product_place], 1.0)

    def _early(self, week: int) -> Floats:
        """Cover above working stock that normal running holds before what it orders can arrive
        [weeks of cover x weeks], shape (item)."""
        arrays, items = self.arrays, self.problem.items
        opening = self.context.opening
        found = np.zeros(len(items))
        lead = self._lead()
        for w in range(week, int(lead.max(initial=0))):
            late = w < lead
            i = items[late]
            held = opening.on_hand[w, i] - arrays.usage[w, i] - arrays.working_stock[i]
            found[late] += held / self.use[late]
        return found

    def _lawful(self, tooth: Tooth, bounds: Floats, lines: Ints) -> Floats:
        arrays, r = self.arrays, tooth.restriction
        lawful = np.ones((len(lines), len(bounds) - 1))
        hit = arrays.hits_line[r, lines]
        if hit.any():
            start = max(int(arrays.notice_weeks[r] + arrays.grace_weeks[r]), 0)
            end = max(int(arrays.notice_weeks[r]), 0) + float(self.problem.relief_weeks[tooth.draw, r])
            overlap = np.clip(np.minimum(bounds[1:], end) - np.maximum(bounds[:-1], start), 0.0, None)
            lawful[hit] -= overlap / np.diff(bounds)
        return lawful

    def _entries(self, cut: Ints, kb: Ints) -> tuple[Ints, Floats, Ints, Ints]:
        """Of all parts that are cut: products, shares, segments of the cut, place in `cut`."""
        which, entry = places(self.whole.indptr[cut], np.diff(self.whole.indptr)[cut])
        return self.whole.indices[entry], self.whole.data[entry], kb[which], which

    def _saved(self, cut: Ints, kb: Ints, until: Floats, n: int) -> tuple[Floats, Floats]:
        """Holding of parts that making in a segment saves: a constant, and what goes with the week; shape
        (product, segment)."""
        j, share, last, which = self._entries(cut, kb)
        weight = share * self.hold[self.parts[cut]][which]
        at = (j * n + last - 1)[last > 0]
        size = len(self.products) * n
        flat = np.bincount(at, weight[last > 0], size).reshape(-1, n)
        timed = np.bincount(at, (weight * until[which])[last > 0], size).reshape(-1, n)
        return _from_end(timed), _from_end(flat)

    def _column_steps(self, rows: dict[str, NDArray[Any]], n: int) -> Floats:
        """Sums of coefficients of making in rows."""
        # Of rows of a part, all use counts in that which ends last; see `steps`.
        ends_last = rows["row_last"]
        part, last = rows["row_part"][ends_last], rows["row_segments"][ends_last]
        which, entry = places(self.shares.indptr[part], np.diff(self.shares.indptr)[part])
        at = self.shares.indices[entry] * n + last[which] - 1
        found = np.bincount(at, self.shares.data[entry], len(self.products) * n).reshape(-1, n)
        return _from_end(found)

    def _held_inside(self, until: Floats, start: float) -> Floats:
        """Holding of assemblies that is linear: up to the first count, and of what is inside until that is
        supplied again, shape (assembly) [money a week of cover]."""
        made = self.parts[: self.bills.count]
        weight = (self.hold * (until - start))[self.parts]
        return self.hold[made] * start + self.bills.inside(weight)

    def _finish_links(self, groups: dict[tuple[int, int], int]) -> None:
        """Build-up on order at an event that still arrives, or that was counted and is stopped."""
        arrays, trunk = self.arrays, self.context.trunk
        column_of = np.full(len(arrays.source_ids), -1, dtype=np.int64)
        column_of[trunk.buy_sources] = np.arange(len(trunk.buy_sources))
        rows, columns, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
        for (epoch, r), g in groups.items():
            sources = self.first[self.cut[r]]
            points = self.point[g, self.parts[self.cut[r]]]
            kinds = self._kinds(r, sources)
            order = np.argsort(kinds, kind="stable")
            for mine in np.split(order, np.flatnonzero(np.diff(kinds[order])) + 1):
                if not len(mine):
                    continue
                place = self.parts[self.cut[r][mine]]
                one = int(sources[mine[0]])
                flows: list[tuple[Ints, float | Floats, float | Floats]] = [
                    (trunk.buy[ordered, column_of[sources[mine]]], share, weeks)
                    for ordered, share, weeks in self._on_order(epoch, r, one)
                ]
                flows += [
                    (trunk.run_down[skipped, place], -share, -weeks)
                    for skipped, share, weeks in self._skipped(epoch, r, one, self.problem.items[place])
                ]
                for column, share, weeks in flows:
                    rows.append(points[mine])
                    columns.append(column)
                    values.append(share / self.use[place])
                    held = share * self.point_weeks[points[mine]] - weeks * self.point_odds[points[mine]]
                    np.add.at(self.column_cost, column, self.hold[place] / self.use[place] * held)
        self.link = csr_matrix(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
            shape=(self.n_point, self.n_column),
        )

    def _kinds(self, r: int, sources: Ints) -> Ints:
        """Sources of one kind have the same orders under way; one with calls placed ahead is its own."""
        arrays = self.arrays
        limited = np.isfinite(arrays.source_capacity[sources])
        called = limited & arrays.ordered_ahead[:, sources].any(axis=0)
        own = np.where(called, sources + 2, limited)
        last = np.minimum(self.last[r][sources], arrays.n_week).astype(np.int64)
        return (own * (arrays.n_week + 1) + arrays.source_lead[sources]) * (arrays.n_week + 1) + last

    def _on_order(self, epoch: int, r: int, source: int) -> list[tuple[int, float, float]]:
        """(epoch of the order, share that comes, share times week of arrival) of what is on order."""
        problem, arrays = self.problem, self.arrays
        week, lead = problem.epoch_week(epoch), int(arrays.source_lead[source])
        left, kept = float(arrays.supply_left[r, source]), self.last[r][source]
        since = max(0, epoch - 1 - lead // arrays.epoch_weeks)
        if since == epoch:
            return []
        weeks, parts = self.orders[source]
        arrival, parts = np.concatenate(weeks[since:epoch]) + lead - week, parts[since:epoch]
        share = np.where(arrival < kept, 1.0, left) - np.where((arrival == 0) & (lead > 0), 1.0, 0.0)
        share = np.where(arrival < 0, 0.0, share) / np.repeat(parts, parts)
        of = np.repeat(np.arange(epoch - since), parts)
        shares, weighted = np.bincount(of, share), np.bincount(of, share * arrival)
        some = np.flatnonzero(np.bincount(of, share != 0.0))
        return [(since + int(k), float(shares[k]), float(weighted[k])) for k in some]

    def _on_order_open(self) -> tuple[OnOrder, Floats]:
        """What is on order, and `Compact.normal`."""
        problem, trunk, use = self.problem, self.context.trunk, self.use[self.parts]
        lead = self._lead()[self.parts]
        n_week = weeks_on_order(problem, lead)
        shape = (problem.epochs * len(self.parts) * n_week, self.n_column)
        normal = np.zeros((problem.epochs, len(self.parts), n_week + 1))
        for epoch in range(problem.epochs):
            week = problem.epoch_week(epoch) + 1
            until = np.clip(week + np.arange(n_week + 1) - 1, week, len(self.coming) - 1)
            normal[epoch] = (self.coming[until] - self.coming[week]).T[self.parts]
        coming = purchases(problem, trunk, self.parts, use, shape)
        missing = skipped(problem, trunk, self.parts, lead, use, shape)
        return OnOrder(self.link, coming, missing, self.due.amount), normal

    def _lead(self) -> Ints:
        """Lead time of the first source, 0 if made or there is none, shape (item)."""
        lead = np.zeros(len(self.problem.items), dtype=np.int64)
        lead[self.parts] = np.where(self.first >= 0, self.arrays.source_lead[self.first], 0)
        return lead

    def _skipped(self, epoch: int, r: int, source: int, items: Ints) -> list[tuple[int, Floats, Floats]]:
        """(epoch, share, share times week) of normal orders skipped before the event that would still have
        come, of items whose first source is like one; shares of shape (item)."""
        problem, arrays = self.problem, self.arrays
        week = problem.epoch_week(epoch)
        last = week + min(int(arrays.source_lead[source]), int(self.last[r][source]))
        item, found = int(arrays.source_item[source]), []
        for later in range(epoch, problem.epochs):
            if problem.epoch_week(later) >= last:
                break
            weeks = problem.skip_weeks(item, later)
            inside = np.arange(max(weeks.start, week), min(weeks.stop, last)) - week
            if len(inside):
                share = problem.skip_shares(items, weeks)[inside + week - weeks.start]
                found.append((later, share.sum(axis=0), inside @ share))
        return found

    def _assemble(
        self,
        teeth: list[dict[str, Any]],
        groups: dict[tuple[int, int], int],
        skipped_now: Floats,
    ) -> tuple[Compact, OnOrder]:
        def joined(name: str, kind: type = np.float64) -> NDArray[Any]:
            parts = [np.zeros(0, dtype=kind), *(tooth.pop(name) for tooth in teeth)]
            return np.concatenate(parts).astype(kind, copy=False)

        def starts(counts: list[int] | Ints) -> Ints:
            return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

        problem, arrays, items = self.problem, self.arrays, self.problem.items
        n = [tooth["n"] for tooth in teeth]
        n_line, n_product = len(self.lines), len(self.products)
        first_row = starts([len(tooth["row_part"]) for tooth in teeth])
        entry_most = joined("most_brought")
        first_entry = starts(joined("entries", np.int64))
        row_segments = joined("row_segments", np.int32)
        pieces = joined("pieces", np.int64)
        stocked_until = np.array([tooth["stocked_until"] for tooth in teeth], dtype=np.int32)
        rank_first = np.append(np.flatnonzero(self.line_product == 0), n_line)
        waiting = np.flatnonzero(self.waits)
        late_from = int(rank_first[rank_first <= waiting.min()].max()) if len(waiting) else n_line
        made = items[self.parts[: self.bills.count]]
        goes_into = hstack([self.shares, self.bills.content]).tocsr()
        inside = np.zeros((len(teeth), max(n, default=0), self.bills.count))
        for place, tooth in enumerate(teeth):
            inside[place, : tooth["n"]] = tooth["inside"]
        data = Teeth(
            odds=np.array([tooth["odds"] for tooth in teeth]),
            first_segment=starts(n),
            ends=joined("ends"),
            cells=self.cells.first["worth"],
            most=self.cells.of["most"],
            worth=self.cells.of["worth"],
            worth_stocked=self.cells.of["worth_stocked"],
            stocked_until=stocked_until,
            open_segments=np.array([tooth["open"] for tooth in teeth], dtype=np.int32),
            line_product=self.line_product,
            rank_first=rank_first,
            line_share=self.line_share,
            first_row=first_row,
            row_part=joined("row_part", np.int32),
            row_segments=row_segments,
            row_point=joined("row_point", np.int32),
            row_brought=joined("row_brought"),
            row_feeds=joined("row_feeds", np.int32),
            row_step=joined("row_step"),
            most_rows=max((tooth["most_rows"] for tooth in teeth), default=0),
            goods_step=stocked_until.astype(np.float64),
            first_piece=starts(pieces),
            piece_cost=joined("piece_cost"),
            piece_step=joined("piece_step"),
            piece_most=joined("piece_most"),
            piece_last=joined("piece_last", np.int32),
            piece_early=joined("piece_early", np.bool_),
            first_entry=first_entry,
            entry_option=joined("option", np.int32),
            entry_most=entry_most,
            part_first=goes_into.indptr.astype(np.int64),
            part_product=goes_into.indices.astype(np.int32),
            part_share=goes_into.data,
            line_order=np.argsort(-self._margin(), kind="stable").astype(np.int32),
            product_first=self.by_product.indptr.astype(np.int64),
            product_part=self.by_product.indices.astype(np.int32),
            product_share=self.by_product.data,
            product_line_first=starts(np.bincount(self.line_product, minlength=n_product)),
            product_line=np.argsort(self.line_product, kind="stable").astype(np.int32),
            user_first=self.whole.indptr.astype(np.int64),
            user_product=self.whole.indices.astype(np.int32),
            user_share=self.whole.data,
            pace=self.cells.of["pace"],
            product_cells=self.cells.first["pace"],
            waits=self.waits,
            late_from=late_from,
            late_cells=starts(self.segments * (n_line - late_from)),
            make_rate=self.make_rate,
            limited=bool(np.isfinite(self.make_rate).any()),
            n_line=n_line,
            n_product=n_product,
            n_assembly=self.bills.count,
        )
        group_epoch = np.zeros(len(groups), dtype=np.int32)
        for (epoch, _), g in groups.items():
            group_epoch[g] = epoch
        tooth_group = np.array([tooth["group"] for tooth in teeth], dtype=np.int32)
        end_loss = self.context.end_loss[problem.items] * self.use
        least = least_end_loss(self.context) * self.use
        brief = np.flatnonzero(arrays.shelf_life[problem.items[self.parts]] < arrays.window_weeks)
        brief_of = np.full(len(self.parts), -1, dtype=np.int64)
        brief_of[brief] = np.arange(len(brief))
        cheaper = np.where(self.prices.bought, np.minimum(self.prices.price, 0.0), 0.0)
        after = After(
            supplied=np.array([tooth["supplied"] for tooth in teeth], dtype=np.int32),
            waited=np.array([tooth["waited"] for tooth in teeth]),
            group=tooth_group,
            point=self.point,
            beyond=self.beyond,
            epoch=group_epoch,
            working=arrays.working_stock[problem.items] / self.use,
            holding=self.hold,
            lead=self._lead().astype(np.float64),
            end_loss=end_loss + self.prices.inside,
            end_loss_cut=end_loss + cheaper,
            least_end_loss=least + self.prices.inside,
            least_end_loss_cut=least + cheaper,
            brief=brief,
            brief_of=brief_of,
            life=arrays.shelf_life[problem.items],
            scrap=arrays.standard_cost[problem.items] * self.use,
            paid=self.prices.inside,
            paid_cut=cheaper,
            due_first=self.due.first,
            due_week=self.due.week,
            part_item=self.parts.astype(np.int32),
            product_scale=self._product_scale(),
            product_item=self.product_place.astype(np.int32),
            inside=inside,
            entry_start=joined("start"),
            entry_rate=joined("rate"),
            entry_ramp=joined("ramp"),
            flow_rate=self.rows.flow_rate,
            product_rate=self.product_rate,
            assembly_rate=arrays.make_capacity[made] / self.use[self.parts[: self.bills.count]],
            nested_first=self.bills.nested.indptr.astype(np.int64),
            nested_assembly=self.bills.nested.indices.astype(np.int32),
            nested_share=self.bills.nested.data,
            entry_before=joined("before"),
            always=len(problem.options),
        )
        on_order, normal = self._on_order_open()
        own = self.product_place >= 0
        goods = np.where(own, (self.beyond + after.working)[:, self.product_place], 0.0)
        scale = self._product_scale()
        compact = Compact(
            teeth=data,
            after=after,
            use=self.use,
            tooth_epoch=np.array([tooth.epoch for tooth in problem.teeth]),
            product_place=self.product_place,
            product_supply=(goods / scale)[tooth_group],
            product_scale=scale,
            point_stock=self.point_stock,
            point_supply=self.point_supply,
            stock_cost=self.stock_cost,
            column_cost=self.column_cost,
            skipped_now=skipped_now,
            normal=normal,
            constant=self.constant,
            unpaid=self.prices.unpaid,
            rounding=self.rounding,
        )
        return compact, on_order


def _by_rank(lines: Ints, product_of: Ints, waits: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Lines and products such that the first, second, third line of every product come in the order of
    products: those with most lines first. Lines of a product whose markets wait come last."""
    product, lines_of = np.unique(product_of[lines], return_counts=True)
    product, count = product[np.argsort(-lines_of, kind="stable")], -np.sort(-lines_of)
    by_product = lines[np.lexsort((waits[lines], product_of[lines]))]
    first = dict(zip(np.sort(product).tolist(), np.cumsum(lines_of) - lines_of, strict=True))
    ranks = range(int(count.max(initial=0)))
    place = [first[int(item)] + rank for rank in ranks for item in product[count > rank]]
    return by_product[np.array(place, dtype=np.int64)], product


class _Cells:
    """What all teeth have for every segment and line, or product, in single precision. All memory is asked
    for at once: it is most of what a large problem takes."""

    def __init__(self, segments: Ints, n_line: int, n_product: int) -> None:
        width = {"most": n_line, "worth": n_line, "worth_stocked": n_line, "pace": n_product}
        self.first = {name: np.append(0, np.cumsum(segments * n)) for name, n in width.items()}
        self.of = {name: np.empty(first[-1], dtype=np.float32) for name, first in self.first.items()}

    def write(self, number: int, **found: Floats) -> None:
        """Those of a tooth, each of shape (line or product, segment)."""
        for name, values in found.items():
            first = self.first[name]
            here = self.of[name][first[number] : first[number + 1]]
            here.reshape(values.shape[::-1])[...] = values.T


def _from_end(found: NDArray[Any]) -> Floats:
    """Totals from each segment on, shape (product, segment)."""
    return np.asarray(np.cumsum(found[:, ::-1], axis=1)[:, ::-1], dtype=np.float64)


def _stock_at_event(writer: _Writer, r: int, week: int) -> Floats:
    """Normal stock at the event, arrivals of the week included unless the act stops them, shape (item)."""
    arrays, items, opening = writer.arrays, writer.problem.items, writer.context.opening
    plain, missing = opening.on_hand[week, items], opening.missing[week, items]
    stock = plain + opening.coming[week, items]
    places, source = writer.parts[writer.cut[r]], writer.first[writer.cut[r]]
    stock[places] = plain[places]
    closed = arrays.notice_weeks[r] + arrays.grace_weeks[r] + arrays.supply_delay[r, source]
    stopped = (closed <= 0) & (arrays.source_lead[source] > 0) & ~arrays.in_transit_released[r]
    places, source = places[stopped], source[stopped]
    arrival = arrays.open_shipped[week, source] + arrays.open_unshipped[week, source]
    normal = np.where(week < arrays.source_lead[source], 0.0, arrays.usage[week, items[places]])
    stock[places] = np.maximum(plain[places] - arrival - normal, -missing[places])
    return stock
