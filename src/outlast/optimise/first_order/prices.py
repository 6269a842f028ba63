"""What prices of qualified sources beyond standard cost come to after an event. In: `Context`, and where
normal running stands. Out: additions to costs of compact teeth. One reason to exist: a price is paid for each
unit that flows in, and what flows in is what is used and left, less what was there (docs/first_order.md).

An item that is supplied again pays for all it uses, and is credited with what was there: it is `charged`. One
that is not pays for what its source still brings; where the price is below standard cost it is charged too,
so that no purchase costs less than nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.constraints import Trunk, price_variance
from outlast.optimise.context import Context
from outlast.optimise.first_order.assemblies import Bills
from outlast.optimise.ordering import orderings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ToothPrices:
    """Additions for one tooth."""

    use: Floats
    """Paid for a week of cover that is used, shape (item)."""
    brought: Floats
    """Paid for a week of cover that the source of a part that is cut still brings, shape (item)."""
    made: Floats
    """Paid for a week of a product's demand that is made, shape (product)."""
    goods: Floats
    """The same where it is sold from finished goods."""


class Prices:
    """Adds up what the teeth ask of the trunk, tooth by tooth."""

    def __init__(
        self,
        context: Context,
        use: Floats,
        beyond: Floats,
        coming: Floats,
        bills: Bills,
        groups: dict[tuple[int, int], int],
    ) -> None:
        """
        Args:
            context: look-ups.
            use: a week of cover, shape (item) [units].
            beyond: stock at events above working stock, shape (group, item) [weeks of cover].
            coming: what first sources bring before each week in normal running, shape (week + 1, item)
                [weeks of cover].
            bills: what goes into what.
            groups: number of each (epoch, restriction).
        """
        problem = context.problem
        items = problem.items
        self.problem, self.context, self.use, self.beyond = problem, context, use, beyond
        self.bought = ~problem.arrays.made[items]
        self.price = price_variance(problem.arrays)[items] * use
        self.parts, self.opened = bills.parts, bills.opened
        self.assemblies = bills.parts[: bills.count]
        self.working = problem.arrays.working_stock[items] / use
        self.any = bool(self.price.any())
        # What a week of cover of something made pays for its parts.
        self.inside = self.price.copy()
        for item in problem.arrays.make_order:
            if (place := problem.place[item]) >= 0:
                child, quantity = context.inside[int(item)]
                self.inside[place] = use[place] * float(quantity @ (self.inside / use)[child])
        self.stock_cost = np.zeros((problem.epochs + 1, len(items)))
        self.constant, self.unpaid = 0.0, 0.0
        self.not_charged = np.zeros((len(beyond), len(items)))
        self.usual = np.zeros(len(beyond))
        """Paid for what comes in the window after an event in normal running, shape (group)."""
        if self.any:
            for (epoch, r), group in groups.items():
                self.usual[group] = self._bought_as_usual(problem.epoch_week(epoch), r, coming)

    def _bought_as_usual(self, week: int, r: int, coming: Floats) -> float:
        """Paid for what the first sources bring in the window in normal running, after what is there at an
        event [money]; see `stock` of the exact program."""
        arrays, items = self.problem.arrays, self.problem.items
        end = min(week + int(arrays.window_weeks), arrays.n_week)
        source = arrays.first_sources[items]
        closed = arrays.notice_weeks[r] + arrays.grace_weeks[r] + arrays.supply_delay[r, source]
        cut = arrays.supply_left[r, source] < 1
        stopped = cut & (closed <= 0) & (not arrays.in_transit_released[r])
        there = (arrays.source_lead[source] > 0) & ~stopped
        counted = np.where(cut, 0.0, self.context.opening.coming[week, items] / self.use)
        come = coming[end] - coming[week] - there * (coming[week + 1] - coming[week]) - counted
        return float(np.where(self.bought, self.price, 0.0) @ come)

    def tooth(
        self,
        number: int,
        group: int,
        again: NDArray[np.bool_],
        waits: NDArray[np.bool_],
        shares: csr_matrix,
        product_place: Ints,
        product_scale: Floats,
    ) -> ToothPrices:
        """Additions of a tooth; what it asks of the trunk is added up.

        Args:
            number: of the tooth.
            group: its event.
            again: whether an item is supplied again within the window, shape (item).
            waits: whether it is not supplied for a while, shape (item).
            shares: weeks of cover of a part that a week of a product's demand uses, shape (product, part).
            product_place: place of products with stock of their own, else -1; shape (product).
            product_scale: weeks of cover in a week of demand, shape (product).
        """
        if not self.any:
            none, of_product = np.zeros(len(self.price)), np.zeros(len(product_place))
            return ToothPrices(none, none, of_product, of_product)
        tooth = self.problem.teeth[number]
        odds, beyond = tooth.probability, self.beyond[group]
        charged = np.where(self.bought & (again | (self.price < 0)), self.price, 0.0)
        goods = np.where(~self.bought & again, self.inside, 0.0)
        # All use is charged, that of what comes out of stock of assemblies as well.
        goods[self.assemblies] = self.opened @ charged[self.parts]
        credit = charged + goods
        self.stock_cost[tooth.epoch] -= odds * credit
        self.constant -= odds * float(credit @ beyond)
        # Working stock of goods that is sold may be made again or not: bounds take the cheaper, plans the
        # dearer way. What is left of working stock of a part never supplied again cost less than standard.
        self.constant -= odds * float(np.maximum(goods, 0.0) @ self.working)
        unsure = np.maximum(goods, 0.0) - np.where(waits, np.minimum(goods, 0.0), 0.0)
        unsure -= np.where(again, 0.0, np.minimum(charged, 0.0))
        self.unpaid += odds * float(unsure @ self.working)
        self.constant -= odds * self.usual[group]
        self.not_charged[group] += odds * (self.bought & (charged != self.price))
        own = product_place >= 0
        return ToothPrices(
            use=charged,
            brought=np.where(charged != self.price, self.price, 0.0),
            made=np.asarray(shares @ charged[self.bought]),
            goods=np.where(own, goods[product_place] * product_scale, 0.0),
        )

    def columns(self, trunk: Trunk, n_column: int, link: csr_matrix, group: Ints, place: Ints) -> Floats:
        """What is on order at events is credited as what is there, and so is what of it never comes, as it is
        not paid; where an item is not charged only that is. Shape (trunk column) [money per unit].

        Args:
            trunk: its columns.
            n_column: how many.
            link: what is on order and comes, shape (point, trunk column) [weeks of cover per unit].
            group: of each point.
            place: of its item.
        """
        problem, cost = self.problem, np.zeros(n_column)
        if not self.any:
            return cost
        odds = np.zeros(problem.epochs)
        np.add.at(odds, [tooth.epoch for tooth in problem.teeth], [t.probability for t in problem.teeth])
        item = problem.place[problem.arrays.source_item[trunk.buy_sources]]
        for kind in orderings(problem, trunk.buy_sources):
            to_come = np.triu(1.0 - kind.share_there(problem.epoch_weeks[:-1]), 1) @ odds
            mine = item[kind.columns]
            cost[trunk.buy[:, kind.columns]] -= to_come[:, None] * self.price[mine] / self.use[mine]
        cost += link.T @ (self.price[place] * self.not_charged[group, place])
        return cost
