"""A problem laid out for first-order steps. In: `CombProblem`. Out: `Layout`.
One reason to exist: trunk and teeth meet here: supply of rows, prices of stock, and how far each may step.

Steps go along the diagonal: one over the sum of a row's or column's coefficients. Rows of the trunk count as
much as the odds with which teeth ask for the same stock: else they would hold the trunk back.

Source: Pock & Chambolle (2011), IEEE International Conference on Computer Vision, lemma 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack

from outlast.kernels.steps import add_prices
from outlast.kernels.teeth import Iterate, Rest, Teeth
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.first_order.compact import Compact, build_compact
from outlast.optimise.first_order.decided import within_decisions
from outlast.optimise.first_order.on_order import OnOrder
from outlast.optimise.first_order.ranges import binned
from outlast.optimise.first_order.threads import Span, Threads, spans
from outlast.optimise.first_order.trunk import FlatTrunk, flatten, later
from outlast.optimise.limits import Limits
from outlast.optimise.recourse import begin_program
from outlast.optimise.stock import write_no_event

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MADE_STEP, SKIPPED_STEP = 0.1, 0.3
"""Steps of making for stock and of skipped orders, as shares of those of purchases, which plans use more."""
STOCK_ROW, LIMIT_ROW = 0.3, 5.0
"""How much rows on stock, and limits over all purchases, count against the odds of teeth."""


@dataclass(frozen=True)
class Layout:
    """Trunk and teeth, ready for steps."""

    problem: CombProblem
    columns: Trunk
    """Columns of the trunk in the program."""
    limits: Limits
    """Its rows of limits."""
    n_column: int
    trunk: FlatTrunk
    compact: Compact
    teeth: Teeth
    """Of `compact`, with what the trunk adds to sums of coefficients."""
    constant: float
    """Expected loss that no decision changes [money]."""
    spans: list[Span]
    """Teeth, shared out."""
    stock_answer: csr_matrix
    """How stock is priced by rows and points, shape (stock, row + point)."""
    column_answer: csr_matrix
    """How `z` is priced by flows, rows and points, shape (z, stock + row + point)."""
    free: NDArray[np.bool_]
    """Start options that are always taken, shape (option)."""
    optional: Ints
    """Entries that a start option opens."""
    entry_weight: Floats
    """Most that they bring, odds counted."""
    entry_piece: Ints
    own: Ints
    """Products with stock of their own."""
    run_down: Ints
    """Among `z`, shape (epoch, item)."""
    skipped: csr_matrix
    """Orders skipped that were on their way to points in the week of an event or later, shape (point, z)."""
    on_order: OnOrder
    """By `z`."""
    column_size: Floats
    stock_size: Floats
    row_size: Floats
    stock_weight: float
    row_weight: Floats

    def answers(self, z: Floats, stock: Floats, threads: Threads) -> tuple[Floats, Floats]:
        """Values of the trunk's rows, and what supplies parts that are cut, shape (point)."""
        trunk, compact = self.trunk, self.compact
        value = threads.times(trunk.rows, z)
        value += threads.times(trunk.stock_rows, stock.ravel())
        supply = threads.times(self.on_order.link, z)
        supply += stock.ravel()[compact.point_stock]
        supply += compact.point_supply
        return value, supply

    def finished(self, stock: Floats) -> Floats:
        """Finished goods, shape (tooth, product)."""
        c, places = self.compact, self.compact.product_place[self.own]
        by_epoch = np.zeros((len(stock), len(c.product_scale)))
        by_epoch[:, self.own] = stock[:, places] / c.product_scale[self.own]
        finished = by_epoch[c.tooth_epoch]
        finished += c.product_supply
        return finished

    def prices(self, now: Iterate, rest: Rest, clip: bool, threads: Threads) -> tuple[Floats, Floats]:
        """Of points, less what holding costs there, shape (point), and of finished goods, shape (epoch, own
        product), odds counted; `clip`: none below 0."""
        c = self.compact

        def add(span: Span) -> tuple[Floats, Floats]:
            shape = (len(self.trunk.opening), self.teeth.n_product)
            point, goods = np.zeros(len(c.point_supply)), np.zeros(shape)
            add_prices(self.teeth, c.tooth_epoch, now, -np.inf if not clip else 0.0, span, point, goods)
            return point, goods

        found = threads.each(add, self.spans)
        point, goods = found[0]
        for more, of_goods in found[1:]:
            point += more
            goods += of_goods
        point -= rest.point
        return point, goods[:, self.own] / c.product_scale[self.own]

    def option_prices(self, now: Iterate) -> Floats:
        """What start options open, priced, odds counted, shape (option)."""
        gain = self.entry_weight * now.price_piece[self.entry_piece]
        return binned(self.teeth.entry_option[self.optional], gain, len(self.trunk.start))

    def at_event(self, z: Floats, stock: Floats) -> Floats:
        """Stock at an event, without orders skipped that would have come in its week, shape (epoch, item)."""
        return stock[:-1] - self.compact.skipped_now * z[self.run_down]

    def under_way(self, z: Floats) -> Floats:
        """Orders skipped that would have come to points after the week of the event, shape (point)."""
        in_its_week = (self.compact.skipped_now * z[self.run_down]).ravel()[self.compact.point_stock]
        return np.maximum(self.skipped @ z - in_its_week, 0.0)

    def come(self, z: Floats, threads: Threads) -> Floats:
        """What purchases on order at an event have brought before each week after it, unless it stops them,
        shape (epoch, part, week)."""
        shape = self.compact.normal.shape
        return threads.running_times(self.on_order.coming, z, shape[2] - 1).reshape(shape)

    def normal(self, z: Floats, threads: Threads) -> Floats:
        """The same of what normal running has on order, at most."""
        shape = self.compact.normal.shape
        found = threads.running_times(self.on_order.skipped, z, shape[2] - 1).reshape(shape)
        return np.subtract(self.compact.normal, found, out=found)

    def come_turned(self, weight: Floats) -> Floats:
        """Gradient by `z` of the sum of `come` times `weight`, which is added up in place; shape (z)."""
        for week in range(weight.shape[2] - 2, 0, -1):
            weight[:, :, week] += weight[:, :, week + 1]
        return np.asarray(self.on_order.coming.T @ weight[:, :, 1:].ravel())

    def gradient(
        self, now: Iterate, y: Floats, y_stock: Floats, rest: Rest, clip: bool, threads: Threads
    ) -> tuple[Floats, Floats, Floats]:
        """By `z` and by stock, of all but what start options gain; and prices of points, what holding costs
        there taken off.

        Args:
            now: prices in the teeth.
            y: prices of rows of the trunk, shape (row).
            y_stock: of the limits of stock, shape (epoch + 1, item).
            rest: holding once supply is back.
            clip: prices in teeth below 0 count as 0.
            threads: share the work.
        """
        trunk = self.trunk
        point, goods = self.prices(now, rest, clip, threads)
        rows_and_points = np.concatenate([y, point])
        by_stock = threads.times(self.stock_answer, rows_and_points).reshape(trunk.opening.shape)
        by_stock += trunk.stock_cost
        by_stock += y_stock
        by_stock[:-1] += rest.stock
        by_stock[:, self.compact.product_place[self.own]] -= goods
        flows = later(by_stock).ravel()
        by_z = threads.times(self.column_answer, np.concatenate([flows, rows_and_points]))
        by_z += trunk.cost
        by_z += rest.column
        by_z[self.run_down] -= self.compact.skipped_now * rest.stock
        return by_z, by_stock, point


def lay_out(problem: CombProblem) -> Layout:
    """The layout of a problem that `scope.beyond` has no objection to."""
    builder, leaves, limits, context = begin_program(problem)
    write_no_event(context)
    written = leaves.finish(builder.n_column)
    compact, on_order = build_compact(problem, context, builder.n_column)
    columns, place, n_column = context.trunk, problem.place, builder.n_column
    del context  # What is not needed any longer makes room: a large problem is large several times over.
    places = (place[problem.arrays.source_item[columns.buy_sources]], place[columns.make_items])
    program = within_decisions(problem, columns, builder.finish())
    del builder, leaves
    trunk = flatten(program, columns, places, written.expected(), compact)
    del program
    on_order = on_order.by(trunk.columns, trunk.scale)
    trunk = replace(trunk, high=trunk.tightened())
    free = _free_starts(problem, trunk)
    trunk.low[trunk.start[free]] = 1.0
    teeth = _in_any_case(compact.teeth, free)
    row_odds = _row_odds(teeth)
    piece_row = np.repeat(np.arange(len(teeth.row_part)), np.diff(teeth.first_piece))
    entry_piece = np.repeat(np.arange(len(teeth.piece_cost)), np.diff(teeth.first_entry))
    run_down = np.searchsorted(trunk.columns, columns.run_down)
    taken = np.zeros(len(trunk.cost))
    taken[run_down.ravel()] = -1.0
    n_stock, n_point = trunk.opening.size, len(compact.point_supply)
    stocked = (np.ones(n_point), (np.arange(n_point), compact.point_stock))
    of_point = csr_matrix(stocked, shape=(n_point, n_stock))
    optional = np.flatnonzero(teeth.entry_option < len(trunk.start))
    entry_piece = entry_piece[optional]
    bare = Layout(
        problem=problem,
        columns=columns,
        limits=limits,
        n_column=n_column,
        trunk=trunk,
        compact=compact,
        teeth=teeth,
        constant=compact.constant + float(written.odds @ written.constant),
        spans=spans(np.append(0, np.cumsum(np.diff(teeth.cells) + 10 * np.diff(teeth.first_row)))),
        stock_answer=hstack([trunk.stock_rows.T, -of_point.T]).tocsr(),
        column_answer=hstack([trunk.flow.T, trunk.rows.T, -on_order.link.T]).tocsr(),
        free=free,
        optional=optional,
        entry_weight=row_odds[piece_row[entry_piece]] * teeth.entry_most[optional],
        entry_piece=entry_piece,
        own=np.flatnonzero(compact.product_place >= 0),
        run_down=run_down,
        skipped=(on_order.link @ diags(taken)).tocsr(),
        on_order=on_order,
        column_size=np.zeros(0),
        stock_size=np.zeros(0),
        row_size=np.zeros(0),
        stock_weight=0.0,
        row_weight=np.zeros(0),
    )
    return _sized(bare)


def _free_starts(problem: CombProblem, trunk: FlatTrunk) -> NDArray[np.bool_]:
    """Starts that cost nothing and leave nothing else open, so that to have them is never worse, shape
    (option)."""
    free, cost = np.zeros(len(problem.options), dtype=bool), problem.arrays.switch_cost
    sources = np.array([option.source for option in problem.options], dtype=np.int64)
    for number, option in enumerate(problem.options):
        only = np.count_nonzero(sources == option.source) == 1
        may = trunk.high[trunk.start[number]] >= 1
        free[number] = only and may and option.week == AT_EVENT and cost[option.source] == 0
    return free


def _in_any_case(teeth: Teeth, free: NDArray[np.bool_]) -> Teeth:
    """The same with what pieces bring in any case, which is a bound and needs no price: see
    `Teeth.piece_most`."""
    piece = np.repeat(np.arange(len(teeth.piece_cost)), np.diff(teeth.first_entry))
    decided = binned(piece, ~np.append(free, True)[teeth.entry_option], len(teeth.piece_cost)) > 0
    known = np.where(decided, np.inf, binned(piece, teeth.entry_most, len(decided)))
    making = np.zeros(len(known), dtype=bool)
    making[teeth.first_piece[:-1][teeth.row_part < teeth.n_assembly]] = True
    size = teeth.piece_step - (np.isfinite(known) & ~making)
    return teeth._replace(piece_most=np.where(making, teeth.piece_most, known), piece_step=size)


def _first_rows(teeth: Teeth) -> NDArray[np.bool_]:
    """Rows that end first, of those of a part in a tooth, shape (row)."""
    tooth = np.repeat(np.arange(len(teeth.odds)), np.diff(teeth.first_row))
    same = (tooth[1:] == tooth[:-1]) & (teeth.row_part[1:] == teeth.row_part[:-1])
    above, later = teeth.row_part < teeth.n_assembly, teeth.row_brought > 0
    last_before = ~later & np.append(~same | later[1:], True)
    return np.where(above, np.append(True, ~same)[: len(above)], last_before)


def _row_odds(teeth: Teeth) -> Floats:
    """Odds of the tooth of each row."""
    return np.repeat(teeth.odds, np.diff(teeth.first_row))


def _sized(layout: Layout) -> Layout:
    """The same with sums of coefficients of rows and columns."""
    c, trunk, teeth, own = layout.compact, layout.trunk, layout.teeth, layout.own
    share = np.ones(len(trunk.cost))
    share[np.searchsorted(trunk.columns, layout.columns.make.ravel())] = MADE_STEP
    share[layout.run_down.ravel()] = SKIPPED_STEP
    flow, link, rows, stock_rows = (
        abs(trunk.flow),
        abs(layout.on_order.link),
        abs(trunk.rows),
        abs(trunk.stock_rows),
    )
    stock_size = np.cumsum((flow @ share).reshape(trunk.opening.shape), axis=0)
    point_size = stock_size.ravel()[c.point_stock] + link @ share
    goods = np.zeros_like(teeth.goods_step)
    goods[:, own] = stock_size[:, c.product_place[own]][c.tooth_epoch] / c.product_scale[own]
    # How much teeth ask of stock, odds counted, and rows of the trunk in proportion.
    opens = _first_rows(teeth)
    point_odds = binned(teeth.row_point[opens], _row_odds(teeth)[opens], len(c.point_supply))
    asked = binned(c.point_stock, point_odds, stock_size.size).reshape(stock_size.shape)
    by_epoch = binned(c.tooth_epoch, teeth.odds, len(asked))
    asked[:, c.product_place[own]] += by_epoch[:, None] / c.product_scale[own]
    usual = float(asked[:-1].mean())
    on_stock = np.asarray((trunk.stock_rows < 0).sum(axis=1)).ravel() > 0
    row_weight = usual * np.where(on_stock, STOCK_ROW, LIMIT_ROW)
    asked += usual * STOCK_ROW + (stock_rows.T @ row_weight).reshape(asked.shape)
    later = np.cumsum(asked[::-1], axis=0)[::-1].ravel()
    columns = flow.T @ later + link.T @ point_odds + rows.T @ row_weight
    np.add.at(columns, trunk.start[teeth.entry_option[layout.optional]], layout.entry_weight)
    return replace(
        layout,
        teeth=teeth._replace(
            row_step=teeth.row_step + opens * point_size[teeth.row_point],
            goods_step=teeth.goods_step + goods + 1e-9,
        ),
        column_size=np.maximum(columns / share, 1e-9),
        stock_size=np.maximum(stock_size, 1.0),
        row_size=np.maximum(rows @ share + stock_rows @ stock_size.ravel(), 1e-9),
        stock_weight=usual * STOCK_ROW,
        row_weight=row_weight,
    )
