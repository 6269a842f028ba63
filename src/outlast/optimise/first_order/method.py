"""Restarted Halpern steps, and what an iterate proves. In: `Layout`. Out: bounds and losses.
One reason to exist: where the method stands, and how it goes on.

Source: Chambolle & Pock (2011), Journal of Mathematical Imaging and Vision 40; Lu & Yang (2024), Restarted
Halpern PDHG for linear programming, arXiv:2407.16144 (reflected steps drawn to an anchor); Applegate et al.
(2021), Practical large-scale linear programming using PDHG, arXiv:2106.04756, section 3.3 (primal weight).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.moved import moved
from outlast.kernels.plane import touch
from outlast.kernels.recourse import recourse
from outlast.kernels.steps import bound, settle, step
from outlast.kernels.teeth import Iterate, Light, Rest
from outlast.kernels.trunk import step_decisions, step_prices
from outlast.optimise.first_order.layout import Layout
from outlast.optimise.first_order.threads import Span, Threads, equal_spans
from outlast.optimise.first_order.worth import Prices

Floats = NDArray[np.float64]
WEIGHT, WAITING_WEIGHT = 0.06, 0.2
"""First primal weight, in shares of what a week of demand of a product is worth, if each part is in one;
it grows with the square of how many a part is in. Where markets wait it is that share of it, as a sale that
is not made is not lost. Found by what weights came to in eight of `benchmarks.plan_cases`."""
NONE = np.zeros(0)
SAMPLE, SAMPLED = 8, 32
"""Teeth for one that is worked out where a loss is only guessed, and how many that must be at least."""
BALANCE = 0.65
"""Share of the way, of logarithms, from the primal weight to what brings moves of both sides to one size."""


class Loss(NamedTuple):
    """What a plan loses."""

    money: float
    teeth: Floats
    """Of each tooth, less its worth in full, shape (tooth)."""


class Method:
    """An iterate, and its anchor."""

    def __init__(self, layout: Layout) -> None:
        teeth, trunk = layout.teeth, layout.trunk
        self.layout = layout
        row, piece = len(teeth.row_part), len(teeth.piece_cost)
        made = np.where(teeth.worth > 0, teeth.most, np.float32(0.0))
        none = np.zeros_like(made)
        goods = np.zeros((len(teeth.odds), teeth.n_product))
        late = np.zeros(teeth.late_cells[-1], dtype=np.float32)
        limit = np.zeros(teeth.product_cells[-1] if teeth.limited else 0, dtype=np.float32)
        self.now = Iterate(made, none, np.zeros(piece), np.zeros(row), np.zeros(piece), goods, late, limit)
        self.anchor = Iterate(*(field.copy() for field in self.now))  # type: ignore[arg-type]
        self.z, self.y = trunk.low.copy(), np.zeros(len(trunk.row_low))
        self.y_stock = np.zeros_like(trunk.opening)
        self._anchors = (self.z.copy(), self.y.copy(), self.y_stock.copy())
        per_product = teeth.n_line / max(teeth.n_product, 1)
        users = len(teeth.user_product) / max(int(np.count_nonzero(np.diff(teeth.user_first))), 1)
        self.first_weight = WEIGHT * users**2 * float(np.abs(teeth.worth).mean()) * per_product
        self.first_weight *= WAITING_WEIGHT if teeth.waits.any() else 1.0
        self.weight = self.first_weight
        self.count, self.steps = 0, 0
        self.rest = Rest(
            np.zeros_like(self.z),
            np.zeros(len(teeth.pace), dtype=np.float32),
            np.zeros(row),
            np.zeros(len(layout.compact.point_supply)),
            np.zeros_like(trunk.opening[:-1]),
            np.zeros_like(goods),
            np.zeros(len(teeth.odds)),
        )
        shares = [field.astype(np.float32) for field in (teeth.line_share, teeth.part_share, teeth.make_rate)]
        self.light = Light(teeth.most, teeth.worth, teeth.worth_stocked, teeth.pace, self.rest.saved, *shares)
        self.threads = Threads()
        self.touch()

    def keep_to(self, layout: Layout) -> None:
        """From now on this is the layout: the same but for bounds and costs of the trunk."""
        self.layout = layout

    def advance(self, plain: bool = False) -> None:
        """One step; `plain`: to its end, neither reflected nor drawn to the anchor."""
        layout, trunk, weight = self.layout, self.layout.trunk, self.weight
        past = 0.0 if plain else 1.0
        keep = 1.0 if plain else (self.count + 1) / (self.count + 2)
        mixing = (keep, past, 1.0 - keep)
        by_z, _, _ = layout.gradient(self.now, self.y, self.y_stock, self.rest, False, self.threads)
        by_z[trunk.start] -= layout.option_prices(self.now)
        charge = (NONE, NONE) if trunk.charge is None else (trunk.charge.before, trunk.charge.money)
        ahead, bounds, anchor = np.empty_like(self.z), (trunk.low, trunk.high), self._anchors[0]

        def decide(span: Span) -> None:
            step_decisions(
                self.z, anchor, ahead, by_z, layout.column_size, bounds, charge, weight, mixing, span
            )

        self.threads.each(decide, equal_spans(len(ahead)))
        stock = self.stock(ahead)
        value, supply = layout.answers(ahead, stock, self.threads)
        finished = layout.finished(stock)
        options = np.append(ahead[trunk.start], 1.0)

        def go(span: Span) -> None:
            step(
                layout.teeth, self.light, self.rest, self.now, self.anchor, supply, finished, options,
                weight, keep, past, span,
            )  # fmt: skip

        self.threads.each(go, layout.spans)
        self._price(
            self.y, 1, value, layout.row_size, (trunk.row_low, trunk.row_high), layout.row_weight, mixing
        )
        share = np.array([layout.stock_weight])
        limits = (trunk.stock_low, trunk.stock_high)
        self._price(self.y_stock, 2, stock, layout.stock_size, limits, share, mixing)
        self.count += 1
        self.steps += 1

    def _price(
        self,
        price: Floats,
        number: int,
        value: Floats,
        size: Floats,
        bounds: tuple[Floats, Floats],
        share: Floats,
        mixing: tuple[float, float, float],
    ) -> None:
        """A step of prices of rows of the trunk, in place; `number`: of their anchor."""
        flat = [field.ravel() for field in (price, self._anchors[number], value, size)]
        limits = (bounds[0].ravel(), bounds[1].ravel())

        def go(span: Span) -> None:
            step_prices(flat[0], flat[1], flat[2], flat[3], limits, share, self.weight, mixing, span)

        self.threads.each(go, equal_spans(price.size))

    def stock(self, z: Floats) -> Floats:
        """Stock at the start of every epoch, shape (epoch + 1, item)."""
        flow = self.threads.times(self.layout.trunk.flow, z).reshape(self.y_stock.shape)
        return self.layout.trunk.opening + np.cumsum(flow, axis=0)

    def begin(self) -> None:
        """Go on from here with the first primal weight: what it is right for has changed."""
        self.weight = self.first_weight
        self.restart()

    def balance(self) -> None:
        """Steps of a size with what decisions and prices have moved since the last restart."""
        decisions, prices = self._moved()
        if decisions > 0 and prices > 0:
            self.weight *= float((np.sqrt(prices / decisions) / self.weight) ** BALANCE)

    def restart(self) -> None:
        """From now on steps are drawn to where the iterate is."""
        for k in range(len(self.now)):
            self.anchor[k][...] = self.now[k]
        self._anchors = (self.z.copy(), self.y.copy(), self.y_stock.copy())
        self.count = 0

    def _moved(self) -> tuple[float, float]:
        """How far decisions, and prices, are from the anchor: see `moved`."""
        layout, (z, y, y_stock) = self.layout, self._anchors
        teeth = self.threads.each(lambda span: moved(layout.teeth, self.now, self.anchor, span), layout.spans)
        primal, dual = np.sum(teeth, axis=0)
        primal += layout.column_size @ (self.z - z) ** 2
        dual += (layout.row_size / layout.row_weight) @ (self.y - y) ** 2
        dual += (layout.stock_size * (self.y_stock - y_stock) ** 2).sum() / layout.stock_weight
        return float(primal), float(dual)

    def bound(self) -> float:
        """A loss that no plan is below [money].

        Prices of rows are what the iterate says; every column takes its best value between its bounds, in
        closed form. For holding after events stands the plane of `touch`, which is below it.
        """
        layout, trunk, teeth = self.layout, self.layout.trunk, self.layout.teeth
        y = _signed(self.y, trunk.row_low, trunk.row_high)
        y_stock = _signed(self.y_stock, trunk.stock_low, trunk.stock_high)
        settled, goods = np.zeros(len(self.now.price)), np.zeros_like(self.now.price_stocked)
        self.threads.each(lambda span: settle(teeth, self.now, span, settled, goods), layout.spans)
        now = self.now._replace(price=settled, price_stocked=goods)
        by_z, by_stock, point_price = layout.gradient(now, y, y_stock, self.rest, True, self.threads)
        value = np.zeros(len(teeth.odds))
        n_option = len(trunk.start) + 1

        def look(span: Span) -> Floats:
            return bound(teeth, self.rest, now, n_option, span, value)

        gain = np.sum(self.threads.each(look, layout.spans), axis=0)
        by_z[trunk.start] -= gain[:-1]
        goods = goods * teeth.odds[:, None]
        return (
            layout.constant
            + trunk.least(by_z)
            + float((by_stock * trunk.opening).sum())
            + float(teeth.odds @ value)
            - float(gain[-1])
            - float(point_price @ layout.compact.point_supply)
            - float((goods * layout.compact.product_supply).sum())
            - _most(y, trunk.row_low, trunk.row_high)
            - _most(y_stock, trunk.stock_low, trunk.stock_high)
            - layout.compact.rounding
        )

    def prices(self) -> Prices:
        """What stock at events is priced at, by rows and by holding after them."""
        return Prices(
            np.maximum(self.now.price, 0.0),
            np.maximum(self.now.price_stocked, 0.0),
            self.rest.point.copy(),
            self.rest.stock.copy(),
            self.rest.row.copy(),
        )

    def touch(self) -> None:
        """Holding after events is convex: from now on its plane that touches it here stands for it."""
        layout, trunk = self.layout, self.layout.trunk
        z = np.clip(self.z, trunk.low, trunk.high)
        stock = self.stock(z)
        supply, at_event = layout.answers(z, stock, self.threads)[1], layout.at_event(z, stock)

        come = layout.come(z, self.threads)
        # Between planes lies a plane: half the way keeps them from swinging.
        keep = np.float32(0.5 if self.steps else 0.0)

        def meet(span: Span) -> tuple[Floats, Floats, Floats]:
            return touch(
                layout.teeth, layout.compact.after, self.now, supply, at_event, come, span, keep, self.rest
            )

        names = [name for name in Rest._fields if name != "saved"]
        before = {name: getattr(self.rest, name).copy() for name in names}
        found = self.threads.each(meet, layout.spans)
        self.rest.point[...] = sum(point for point, _, _ in found)
        self.rest.stock[...] = sum(stock for _, stock, _ in found)
        # Weeks of all parts and epochs are large: they are added up in place, and let go of.
        weeks = found[0][2]
        for _, _, more in found[1:]:
            weeks += more
        del found
        self.rest.column[...] = layout.come_turned(weeks)
        for name in names:
            new = getattr(self.rest, name)
            new += keep * (before[name] - new)

    def loss(self, z: Floats) -> Loss:
        """Loss of a trunk that meets its rows, with the making of the iterate cut down to what there is, and
        what it is charged for changes."""
        trunk, teeth = self._lost(z, 1)
        return Loss(trunk + float(self.layout.teeth.odds @ teeth), teeth)

    @property
    def guesses(self) -> bool:
        """Whether there are enough teeth for `guess`."""
        return len(self.layout.teeth.odds) >= SAMPLE * SAMPLED

    def guess(self, z: Floats, known: Loss) -> float:
        """About the loss of a trunk that meets its rows [money]: one tooth in `SAMPLE` is worked out, and
        what it loses more or less than with another trunk stands for the others.

        Args:
            z: the trunk.
            known: loss of the other.
        """
        odds = self.layout.teeth.odds
        trunk, teeth = self._lost(z, SAMPLE)
        more = odds[::SAMPLE] @ (teeth - known.teeth)[::SAMPLE] / odds[::SAMPLE].sum()
        return trunk + float(odds @ known.teeth) + float(more * odds.sum())

    def _lost(self, z: Floats, every: int) -> tuple[float, Floats]:
        """What `loss` counts outside teeth, and what one tooth in so many loses, shape (tooth)."""
        layout, trunk, teeth = self.layout, self.layout.trunk, self.layout.teeth
        stock = self.stock(z)
        supply, finished = layout.answers(z, stock, self.threads)[1], layout.finished(stock)
        at_event, skipped = layout.at_event(z, stock), layout.under_way(z)
        come, normal = layout.come(z, self.threads), layout.normal(z, self.threads)
        due = self.threads.times(layout.on_order.due, z)
        options, value = np.append(z[trunk.start], 1.0), np.zeros(len(teeth.odds))

        def cut_down(span: Span) -> None:
            recourse(
                teeth, layout.compact.after, self.now, supply, finished, at_event, come, normal,
                layout.compact.normal, skipped, due, options, every, span, value,
            )  # fmt: skip

        self.threads.each(cut_down, layout.spans)
        before = trunk.paid(z) + float((trunk.stock_cost * stock).sum())
        unseen = layout.compact.unpaid + layout.compact.rounding
        return layout.constant + unseen + before, value

    def close(self) -> None:
        """Threads end."""
        self.threads.close()


def _signed(y: Floats, low: Floats, high: Floats) -> Floats:
    """Prices without those of limits that are not there."""
    y = np.where(np.isinf(high), np.minimum(y, 0.0), y)
    return np.where(np.isinf(low), np.maximum(y, 0.0), y)


def _most(y: Floats, low: Floats, high: Floats) -> float:
    """Most of `y` times a value between `low` and `high`."""
    up, down = y > 0, y < 0
    return float(y[up] @ high[up] + y[down] @ low[down])
