"""Words and lines of the answer. In: numbers of a plan. Out: lines a buyer understands.
One reason to exist: every sentence a user reads about a plan is made here, from computed figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import ASSEMBLY, PART, NetworkArrays
from outlast.network.network import Network
from outlast.network.pricing import order_money
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.limits import free_storage, most_by_shelf_life, other_payments
from outlast.optimise.supply import Opening, project_opening
from outlast.plan.answer import (
    Assumption,
    CashLine,
    CoverRow,
    ItemLine,
    ProductionLine,
    QualificationLine,
)
from outlast.plan.schedule import Order, Schedule
from outlast.survive import lasting_alone

Floats = NDArray[np.float64]
KINDS = {PART: "part", ASSEMBLY: "assembly"}
NEAR = 0.995
"""Share of a limit from which it counts as binding."""


@dataclass(frozen=True)
class Story:
    """Everything the sentences are made of."""

    network: Network
    arrays: NetworkArrays
    problem: CombProblem
    trunk: Trunk
    schedule: Schedule
    stock: Floats
    """Protective stock at the start of each epoch, shape (epoch + 1, item at risk) [units]."""
    lot: Floats

    @cached_property
    def spend(self) -> Floats:
        """Cumulative cash paid for protection at the end of each week [money], shape (week)."""
        return spend_by_week(self.problem, self.trunk, self.schedule)

    @cached_property
    def bought(self) -> Floats:
        """Build-up ordered in each epoch, shape (epoch, bought source) [units]."""
        return self.schedule.bought(self.problem, self.trunk)

    @cached_property
    def opening(self) -> Opening:
        """Where normal running stands."""
        return project_opening(self.arrays)

    @cached_property
    def shelf(self) -> dict[int, Floats]:
        """Most of each item at risk that does not keep, by place, see `most_by_shelf_life`."""
        places, most = most_by_shelf_life(self.problem, self.opening)
        return dict(zip(places.tolist(), most.T, strict=True))

    @cached_property
    def storage_is_full(self) -> bool:
        """Storage holds the plan back when some epoch starts."""
        if not np.isfinite(self.arrays.storage_limit):
            return False
        space = self.stock[1:] @ self.arrays.storage_per_unit[self.problem.items]
        return bool((space >= NEAR * free_storage(self.problem, self.opening)[1:]).any())

    @cached_property
    def lasts(self) -> dict[int, int]:
        """Weeks that each item in use lasts if it alone is cut today."""
        return lasting_alone(self.arrays)

    @cached_property
    def products(self) -> dict[int, list[int]]:
        """Products sold that contain an item, or are it."""
        arrays, found = self.arrays, dict[int, list[int]]()
        for product in sorted(set(arrays.line_product.tolist())):
            inside = arrays.explosion_item[arrays.explosion_ptr[product] : arrays.explosion_ptr[product + 1]]
            for item in {product, *inside.tolist()}:
                found.setdefault(item, []).append(product)
        return found

    def name(self, item: int) -> str:
        """Words for an item."""
        item_id = self.arrays.item_ids[item]
        return self.network.item[item_id].name or item_id

    def use(self, item: int) -> float:
        """Mean weekly use over the first year [units per week]."""
        return float(self.arrays.usage[:52, item].mean())

    def target(self, item: int) -> float:
        """Stock held once built up, working stock included [units]."""
        place = int(self.problem.place[item])
        extra = float(self.stock[:, place].max()) if place >= 0 else 0.0
        return float(self.arrays.working_stock[item]) + extra

    def supplier(self, source: int) -> str:
        """Name of a source's supplier."""
        row = self.network.source[self.arrays.source_ids[source]]
        return self.network.supplier[row.supplier_id].name

    def quickest_switch(self, item: int) -> tuple[int, float] | None:
        """The alternative with the shortest median time to the first good unit, and that time."""
        arrays = self.arrays
        times = [
            (float(arrays.switch_median[s] + arrays.source_lead[s]), s)
            for s in range(arrays.source_ptr[item], arrays.source_ptr[item + 1])
            if not arrays.source_qualified[s]
        ]
        return (min(times)[1], min(times)[0]) if times else None


def spend_by_week(problem: CombProblem, trunk: Trunk, schedule: Schedule) -> Floats:
    """Cumulative cash paid for protection at the end of each week [money], shape (week)."""
    arrays = problem.arrays
    amount = np.zeros(
        int(max(trunk.buy.max(initial=0), trunk.make.max(initial=0), trunk.start.max(initial=0))) + 1
    )
    amount[trunk.make] = schedule.make
    for column, option in zip(trunk.start, problem.options, strict=True):
        amount[column] = float(schedule.starts.get(option.source) == option.week)
    paid = np.zeros(arrays.n_week)
    for columns, weeks, money in other_payments(problem, trunk):
        for column, week, each in zip(columns, weeks, money, strict=True):
            if week < arrays.n_week:
                paid[int(week)] += each * amount[column]
    return np.cumsum(paid + OrderMoney(arrays, schedule.orders).by_week())


class OrderMoney:
    """What orders cost, and when."""

    def __init__(self, arrays: NetworkArrays, orders: Sequence[Order]) -> None:
        self._n_week = arrays.n_week
        self.goods = np.array([order_money(arrays, order.source, order.quantity) for order in orders])
        """Shape (order) [money]; may be changed."""
        self.fees = np.array([float(arrays.source_order_cost[order.source]) for order in orders])
        placed = [order.week for order in orders]
        due = [min(payment_week(arrays, order), arrays.n_week - 1) for order in orders]
        self._weeks = np.array([*due, *placed], dtype=np.int64)

    def by_week(self) -> Floats:
        """In each week [money], shape (week)."""
        money = np.append(self.goods, self.fees)
        return np.asarray(np.bincount(self._weeks, money, self._n_week), dtype=np.float64)


def payment_week(arrays: NetworkArrays, order: Order) -> int:
    """Week in which the goods of an order are paid: after arrival by the source's terms, never before the
    order."""
    arrival = order.week + int(arrays.source_lead[order.source])
    return max(order.week, arrival + int(arrays.source_payment_weeks[order.source]))


def first_payment(arrays: NetworkArrays, order: Order) -> int:
    """Week of the first money that an order costs: the order's own cost falls in the week of the order."""
    return order.week if arrays.source_order_cost[order.source] > 0 else payment_week(arrays, order)


def cash_lines(story: Story) -> tuple[CashLine, ...]:
    """Cumulative spend and limit at every week of the horizon in which one of them changes."""
    arrays, calendar = story.arrays, story.network.calendar
    spend, limit = story.spend, arrays.cash_limit
    lines = []
    for week in range(arrays.horizon_weeks):
        ends = week in (0, arrays.horizon_weeks - 1)
        if ends or spend[week] != spend[week - 1] or limit[week] != limit[week - 1]:
            top = float(limit[week]) if np.isfinite(limit[week]) else None
            lines.append(CashLine(calendar.date_of(week), float(spend[week]), top))
    return tuple(lines)


def item_lines(story: Story) -> tuple[ItemLine, ...]:
    """Every item: at risk first, by cover now."""
    arrays = story.arrays
    risk = set(story.problem.items.tolist())
    lines = []
    for item, item_id in enumerate(arrays.item_ids):
        use, target = story.use(item), story.target(item)
        lines.append(
            ItemLine(
                item_id=item_id,
                name=story.name(item),
                kind=KINDS.get(int(arrays.item_kind[item]), "product"),
                on_hand=float(arrays.on_hand[item]),
                target=target,
                usage_per_week=use,
                cover_weeks_now=float(arrays.on_hand[item]) / use if use > 0 else 0.0,
                cover_weeks_target=target / use if use > 0 else 0.0,
                unit_cost=float(arrays.standard_cost[item]),
                binding=binding(story, item) if item in risk else "nothing",
                at_risk=item in risk,
            )
        )
    return tuple(sorted(lines, key=lambda line: (not line.at_risk, line.cover_weeks_now, line.item_id)))


def binding(story: Story, item: int) -> str:
    """What keeps the plan from holding more of an item."""
    arrays, horizon = story.arrays, story.arrays.horizon_weeks
    for column in np.flatnonzero(arrays.source_item[story.trunk.buy_sources] == item):
        source = int(story.trunk.buy_sources[column])
        if not np.isfinite(arrays.source_capacity[source]):
            continue
        weeks = arrays.epoch_weeks
        spare = arrays.source_capacity[source] * weeks - story.use(item) * weeks
        if (story.bought[:, column] >= NEAR * spare).any():
            return "capacity"
    place = int(story.problem.place[item])
    if place in story.shelf:
        held = story.stock[1:, place]
        if (held >= NEAR * story.shelf[place][1:]).any() and held.any():
            return "shelf life"
    if arrays.storage_per_unit[item] > 0 and story.storage_is_full:
        return "storage"
    limit = arrays.cash_limit[:horizon]
    spend = story.spend[:horizon]
    if np.isfinite(limit).any() and (spend >= NEAR * limit).any():
        return "budget"
    return "nothing"


def stop_ranks(story: Story) -> dict[int, int]:
    """Bought items at risk by the time to survive a cut of their supply, what is on order counted; the
    first to run out is ranked 1, as `survive` names it."""
    arrays = story.arrays
    bought = [int(i) for i in story.problem.items if not arrays.made[i] and story.use(int(i)) > 0]
    bought.sort(key=lambda i: (story.lasts.get(i, arrays.window_weeks), i))
    return {item: rank + 1 for rank, item in enumerate(bought)}


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def products_with(story: Story, item: int) -> list[int]:
    """Products sold that contain an item, or are it."""
    return story.products.get(item, [])


def buildup_reason(story: Story, item: int, ranks: dict[int, int]) -> str:
    """Why to buy more of an item, in a buyer's words."""
    cover = story.target(item) / story.use(item)
    switch = story.quickest_switch(item)
    if switch is None:
        text = f"brings cover to {cover:.0f} weeks; no second source is known"
    else:
        source, weeks = switch
        held = f"covers {min(cover, weeks):.0f} of the {weeks:.0f} weeks"
        text = f"{held} it takes to switch to {story.supplier(source)}"
    products = products_with(story, item)
    rank = ranks.get(item)
    if rank is not None and products:
        what = story.name(products[0]) if len(products) == 1 else f"{len(products)} products"
        order = "first" if rank == 1 else ordinal(rank)
        text += f"; today the part that stops {what} {order}"
    return text


def production_lines(story: Story) -> tuple[ProductionLine, ...]:
    """What is made for stock, by epoch."""
    arrays, calendar = story.arrays, story.network.calendar
    lines = []
    for epoch, row in enumerate(story.schedule.make):
        for item, quantity in zip(story.trunk.make_items, row, strict=True):
            if quantity > 0:
                cover = story.target(int(item)) / story.use(int(item))
                lines.append(
                    ProductionLine(
                        item_id=arrays.item_ids[item],
                        name=story.name(int(item)),
                        start_date=calendar.date_of(story.problem.epoch_week(epoch)),
                        quantity=float(quantity),
                        cost=float(quantity * arrays.standard_cost[item]),
                        reason=f"brings stock to {cover:.0f} weeks of sales, saleable when parts stop",
                    )
                )
    return tuple(lines)


def qualification_lines(story: Story) -> tuple[QualificationLine, ...]:
    """Every alternative for an item at risk, and what to do about it."""
    sources = list(dict.fromkeys(option.source for option in story.problem.options))
    lines = [_qualification(story, source) for source in sources]
    order = {"start now": 0, "start later": 1, "start at event": 2, "do not start": 3}
    return tuple(sorted(lines, key=lambda line: (order[line.decision], line.source_id)))


def _qualification(story: Story, source: int) -> QualificationLine:
    arrays, calendar = story.arrays, story.network.calendar
    item = int(arrays.source_item[source])
    week = story.schedule.starts.get(source)
    median = float(arrays.switch_median[source])
    weeks = median + float(arrays.source_lead[source])
    cover = story.target(item) / story.use(item)
    start = ready = None
    if week is None:
        decision, reason = "do not start", "stock and the other sources do the job for less"
    elif week == AT_EVENT:
        decision = "start at event"
        reason = (
            f"stock of {cover:.0f} weeks bridges part of the {weeks:.0f} weeks it takes; "
            "starting early costs more than it saves"
        )
    else:
        decision = "start now" if week == 0 else "start later"
        start = calendar.date_of(week)
        ready = calendar.date_of(week + int(np.ceil(median)))
        reason = f"shortens a cut: the switch takes {weeks:.0f} weeks, stock covers {cover:.0f}"
        if week > 0:
            reason += "; put off until the cash calendar allows it"
    row = story.network.source[arrays.source_ids[source]]
    return QualificationLine(
        source_id=row.source_id,
        item_id=arrays.item_ids[item],
        name=story.name(item),
        supplier=story.supplier(source),
        mode=row.mode,
        decision=decision,  # type: ignore[arg-type]
        start_date=start,
        ready_date_p50=ready,
        cost=float(arrays.switch_cost[source]),
        reason=reason,
    )


def cover_rows(story: Story, most: int = 30) -> tuple[CoverRow, ...]:
    """Weeks of cover of items at risk at the start of each epoch, no event; the tightest first."""
    arrays = story.arrays
    on_hand = story.opening.on_hand
    weeks = tuple(story.problem.epoch_week(epoch) for epoch in range(story.problem.epochs + 1))
    rows = []
    for place, item in enumerate(story.problem.items):
        use = story.use(int(item))
        cover = tuple(float((on_hand[w, item] + story.stock[k, place]) / use) for k, w in enumerate(weeks))
        rows.append(CoverRow(arrays.item_ids[item], story.name(int(item)), weeks, cover))
    rows.sort(key=lambda row: (row.cover_weeks[0], row.item_id))
    return tuple(rows[:most])


def assumptions(story: Story, defaults: Sequence[str]) -> tuple[Assumption, ...]:
    """Assumed figures, defaults and limits of the model."""
    lines = [Assumption("case", text, "what-if") for text in story.network.what_if]
    counted: dict[tuple[str, str], list[str]] = {}
    for row in story.network.evidence:
        if row.status == "assumed":
            counted.setdefault((f"{row.table}.{row.column}", row.citation), []).append(row.row)
    for (about, citation), rows in counted.items():
        which = "" if "*" in rows else f" ({len(rows)} row{'s' if len(rows) > 1 else ''})"
        lines.append(Assumption(about, citation + which, "assumed"))
    lines += [Assumption("case", text, "default") for text in defaults]
    model = (*story.arrays.assumptions, *MODEL_LIMITS, *bucket_words(story.problem))
    lines += [Assumption("model", text, "model") for text in model]
    return tuple(lines)


def bucket_words(problem: CombProblem) -> tuple[str, ...]:
    """What buckets of more than a week blur, where a window has so few of them that it may be seen."""
    width, window = problem.bucket_weeks, problem.arrays.window_weeks
    if width <= 1 or window >= FEW_BUCKETS * width:
        return ()
    return (
        f"The {window} weeks after an event are planned in buckets of {width:g} weeks: what begins or ends "
        "inside a bucket is shared out over it. In so short a window that can move the planned loss by some "
        "percent of the sales at stake; the simulated figures are week by week.",
    )


FEW_BUCKETS = 13
"""Buckets in a window below which the plan says what they blur, see docs/first_order.md."""
MODEL_LIMITS = (
    "The planning model knows the first event only; later events occur in the simulation.",
    "The planning recourse knows all durations at the event, so its bound is optimistic; "
    "the simulated policy sees only the past.",
    "Survival and projected stock after a cut are shown as if everyone were served until stock is gone; "
    "losses are those of the policy that keeps scarce parts for what earns most.",
    "Planned with mean demand; the simulated figure has demand noise.",
    "A switch starts now, as soon as the cash calendar allows it, at the event, or not; what other weeks "
    "could save at most stands in the certificate.",
)
