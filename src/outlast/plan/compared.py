"""Differences between two plans. In: a decided plan and the one before. Out: `Draft`s, their reasons open.
One reason to exist: what counts as the same, moved or changed is settled here, apart from why it changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from outlast.plan.answer import ItemLine
from outlast.plan.previous import Previous, Standing, epoch_of, newly_ordered
from outlast.plan.replenishment import replenishment, supplied_by
from outlast.plan.schedule import Schedule
from outlast.plan.summary import Done

SAME = 0.005
"""Share of an amount by which it may differ and count as the same."""
ALIKE = 0.1
"""Share by which a moved order may differ in size."""
TARGET = 0.05
"""Share by which a target, making for stock or replenishment has to change to be told."""

ChangeKind = Literal[
    "placed",
    "not placed",
    "added",
    "dropped",
    "moved",
    "resized",
    "start",
    "target",
    "made for stock",
    "replenishment",
]
FoundBy = Literal["record", "planned again", "inputs", "none"]


@dataclass(frozen=True)
class Amounts:
    """What a plan decides, by names that hold from week to week."""

    bought: dict[tuple[str, int], float]
    """Build-up by (source_id, epoch) [units]."""
    target: dict[str, float]
    """Stock held once built up, by item_id [units]."""
    started: frozenset[str]
    """Sources whose switch starts before an event."""
    made: dict[str, float]
    """Made for stock in all, by item_id [units]."""
    normal: dict[str, float]
    """Normal replenishment of the first epoch, by source_id [units]."""


@dataclass
class Draft:
    """A difference whose reason is not known yet."""

    kind: ChangeKind
    item_id: str
    source_id: str
    before: tuple[date | None, float | None]
    after: tuple[date | None, float | None]
    money: float
    read: Callable[[Amounts], float]
    """The changed figure in any plan."""
    was: float
    now: float
    reason: str = ""
    found_by: FoundBy = "none"


@dataclass
class Compared:
    """Differences found so far."""

    drafts: list[Draft] = field(default_factory=list)
    kept: int = 0
    """Build-up orders that are as they were."""


def compare_purchases(done: Done, standing: Sequence[Standing]) -> Compared:
    """Orders of each source, epoch by epoch, in the epochs that both plans reach into."""
    arrays, earlier = done.arrays, done.problem.earlier
    assert earlier is not None
    number_of = {source_id: source for source, source_id in enumerate(arrays.source_ids)}
    days: dict[tuple[int, int], date] = {}
    for one in standing:
        source = number_of.get(one.line.source_id)
        if source is not None and one.state not in ("placed", "ordered"):
            epoch = epoch_of(done.network, arrays, source, one.call.order_date)
            days[source, epoch] = min(days.get((source, epoch), date.max), one.call.order_date)
    now: dict[tuple[int, int], float] = {}
    first: dict[tuple[int, int], int] = {}
    for order in done.schedule.orders:
        cell = (order.source, order.week // arrays.epoch_weeks)
        if cell[1] < earlier.epochs:
            now[cell] = now.get(cell, 0.0) + order.quantity
            first[cell] = min(first.get(cell, order.week), order.week)
    compared = Compared()
    for source in sorted({source for source, _ in (*earlier.bought, *now)}):
        old = {epoch: q for (s, epoch), q in earlier.bought.items() if s == source}
        new = {epoch: q for (s, epoch), q in now.items() if s == source}
        _compare_source(done, source, old, new, days, first, compared)
    return compared


def _compare_source(
    done: Done,
    source: int,
    old: dict[int, float],
    new: dict[int, float],
    days: dict[tuple[int, int], date],
    first: dict[tuple[int, int], int],
    compared: Compared,
) -> None:
    """Same, resized, moved; what is left is dropped or added."""
    arrays, calendar = done.arrays, done.network.calendar
    price, name = float(arrays.source_price[source]), arrays.source_ids[source]
    item_id = arrays.item_ids[int(arrays.source_item[source])]

    def was(epoch: int | None) -> tuple[date | None, float | None]:
        return (None, None) if epoch is None else (days.get((source, epoch)), old[epoch])

    def now(epoch: int | None) -> tuple[date | None, float | None]:
        return (None, None) if epoch is None else (calendar.date_of(first[source, epoch]), new[epoch])

    def add(kind: ChangeKind, before: int | None, after: int | None, moved: float) -> None:
        epoch = before if after is None else after
        was_here, now_here = old.get(epoch or 0, 0.0), new.get(epoch or 0, 0.0)
        compared.drafts.append(
            Draft(
                kind,
                item_id,
                name,
                was(before),
                now(after),
                moved * price,
                lambda plan: plan.bought.get((name, epoch or 0), 0.0),
                was_here,
                now_here,
            )
        )

    for epoch in sorted(old.keys() & new.keys()):
        if abs(old[epoch] - new[epoch]) <= SAME * max(old[epoch], new[epoch]):
            compared.kept += 1
        else:
            add("resized", epoch, epoch, abs(old[epoch] - new[epoch]))
    gone, fresh = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    for epoch in gone:
        alike = [e for e in fresh if abs(new[e] - old[epoch]) <= ALIKE * old[epoch]]
        if alike:
            to = min(alike, key=lambda e, here=epoch: abs(e - here))  # type: ignore[misc]
            fresh.remove(to)
            add("moved", epoch, to, new[to])
        else:
            add("dropped", epoch, None, old[epoch])
    for epoch in fresh:
        add("added", None, epoch, new[epoch])


def compare_starts(done: Done, previous: Previous) -> list[Draft]:
    """Switches that start before an event now and did not, or the other way round."""
    arrays, calendar = done.arrays, done.network.calendar
    then = {
        line.source_id: line.start_date
        for line in previous.answer.qualifications
        if line.decision in ("start now", "start later")
    }
    now = {
        arrays.source_ids[source]: calendar.date_of(week)
        for source, week in done.schedule.starts.items()
        if week >= 0
    }
    drafts = []
    for source_id in sorted(then.keys() ^ now.keys()):
        row = done.network.source.get(source_id)
        if row is None or row.status == "qualified":
            continue
        drafts.append(
            Draft(
                "start",
                row.item_id,
                source_id,
                (then.get(source_id), None),
                (now.get(source_id), None),
                row.switch_cost,
                lambda plan, name=source_id: float(name in plan.started),  # type: ignore[misc]
                float(source_id in then),
                float(source_id in now),
            )
        )
    return drafts


def compare_targets(done: Done, previous: Previous, items: Sequence[ItemLine]) -> list[Draft]:
    """Items at risk whose target changed by more than a little."""
    then = {line.item_id: line for line in previous.answer.items}
    drafts = []
    for line in items:
        old = then.get(line.item_id)
        if old is None or not line.at_risk:
            continue
        change = abs(line.target - old.target)
        if change <= max(TARGET * max(line.target, old.target), 0.5):
            continue
        drafts.append(
            Draft(
                "target",
                line.item_id,
                "",
                (None, old.target),
                (None, line.target),
                change * line.unit_cost,
                lambda plan, name=line.item_id: plan.target.get(name, 0.0),  # type: ignore[misc]
                old.target,
                line.target,
            )
        )
    return drafts


def made_for_stock(done: Done, schedule: Schedule) -> dict[str, float]:
    """What a schedule makes for stock in all, by item_id [units]."""
    items = done.best.trunk.make_items
    return {
        done.arrays.item_ids[item]: float(schedule.make[:, column].sum()) for column, item in enumerate(items)
    }


def normal_orders(done: Done) -> dict[str, float]:
    """Normal replenishment of the first epoch, by source_id [units]."""
    return {
        done.arrays.source_ids[calls[0].source]: sum(call.quantity for call in calls)
        for calls in replenishment(done.story)
    }


def compare_making(done: Done) -> list[Draft]:
    """Items of which more or less is made for stock than the plan before still means to."""
    arrays, earlier = done.arrays, done.problem.earlier
    assert earlier is not None
    now = made_for_stock(done, done.schedule)
    drafts = []
    for item_id in sorted(now):
        item = arrays.item_ids.index(item_id)
        old = sum(quantity for (made, _), quantity in earlier.made.items() if made == item)
        change = abs(now[item_id] - old)
        if change <= max(TARGET * max(now[item_id], old), 0.5):
            continue
        drafts.append(
            Draft(
                "made for stock",
                item_id,
                "",
                (None, old),
                (None, now[item_id]),
                change * float(arrays.standard_cost[item]),
                lambda plan, name=item_id: plan.made.get(name, 0.0),  # type: ignore[misc]
                old,
                now[item_id],
            )
        )
    return drafts


def compare_replenishment(done: Done, previous: Previous, standing: Sequence[Standing]) -> list[Draft]:
    """Sources from which more or less is ordered for normal use than the plan before had left to order, the
    use of the weeks since then counted."""
    arrays, network = done.arrays, done.network
    named = {row.order_id for row in network.open_orders or () if row.order_id}
    more = newly_ordered(previous, network, named)
    for one in standing:
        if one.state == "ordered":
            more[one.line.source_id] = more.get(one.line.source_id, 0.0) - one.call.quantity
    left: dict[str, float] = {}
    for line in previous.answer.purchases:
        if line.kind == "replenishment":
            open_calls = sum(call.quantity for call in line.calls if call.order_id not in named)
            left[line.source_id] = left.get(line.source_id, 0.0) + open_calls
    now = normal_orders(done)
    weeks = max((network.settings.start - previous.answer.summary.start).days // 7, 0)
    last = min(arrays.epoch_weeks, arrays.n_week)
    drafts = []
    for source_id in sorted(left.keys() | now.keys()):
        if source_id not in arrays.source_ids:
            continue
        source = arrays.source_ids.index(source_id)
        item = int(arrays.source_item[source])
        since = sum(float(supplied_by(arrays, w)[source]) for w in range(max(last - weeks, 0), last))
        expected = max(left.get(source_id, 0.0) + since - max(more.get(source_id, 0.0), 0.0), 0.0)
        figure, week = now.get(source_id, 0.0), float(arrays.usage[0, item])
        least = max(TARGET * max(figure, expected), float(done.story.lot[source]), week)
        if abs(figure - expected) <= least * (1 + SAME):
            continue
        drafts.append(
            Draft(
                "replenishment",
                arrays.item_ids[item],
                source_id,
                (None, expected),
                (None, figure),
                abs(figure - expected) * float(arrays.source_price[source]),
                lambda plan, name=source_id: plan.normal.get(name, 0.0),  # type: ignore[misc]
                expected,
                figure,
            )
        )
    return drafts
