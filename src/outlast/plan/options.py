"""What each way to bridge a cut would cost, item by item. In: a decided plan. Out: `OptionLine`s.
One reason to exist: whoever has to choose between stock, a second source, a redesign and waiting sees all
of them side by side, each with the best plan around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.comb import AT_EVENT
from outlast.optimise.search import search
from outlast.optimise.solve import open_bounds, start_groups
from outlast.plan.answer import OptionLine
from outlast.plan.summary import Done

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WEIGHED_TO = 1e-3
"""Share of the loss to which plans with one option are solved."""
MOST_PASSES = 60
MOST_LINES = 8
"""Options of a plan that are weighed, of the items that stop first: each takes seconds, as the best plan is
sought anew. `outlast why` weighs those of any item."""
DECISIONS = {0: "start now", AT_EVENT: "start at event"}


@dataclass(frozen=True)
class _Option:
    """One way for one item."""

    item: int
    kind: str
    option: int = -1
    """Start option that is taken; -1: none."""


def weigh_options(
    done: Done, items: Iterable[int], progress: Callable[[str], None], most: int = MOST_LINES
) -> tuple[OptionLine, ...]:
    """The best plan with each option of each item, the other options of that item left out.

    Stock of the item may be bought beside a start, as it bridges the time until the start bears fruit; all
    other items are decided anew each time. What was learned of the teeth for the plan serves here again.

    Args:
        done: a plan; of one that makes regret small nothing is weighed.
        items: those whose options are weighed.
        progress: told what is going on.
        most: lines at most.
    """
    lines: list[OptionLine] = []
    for item in items if done.regret is None else ():
        if done.stopped():
            break
        options = list(_options(done, item))
        if len(options) <= 2 or len(lines) + len(options) > most:
            continue
        progress(f"weighing what each option of {done.arrays.item_ids[item]} would cost")
        lines += [_weigh(done, option) for option in options]
        lines += list(_of_the_customer(done, item))
    return tuple(lines)


def _options(done: Done, item: int) -> Iterator[_Option]:
    """Nothing at all, stock alone, and every start."""
    yield _Option(item, "nothing")
    yield _Option(item, "stock only")
    for number, option in enumerate(done.problem.options):
        if done.arrays.source_item[option.source] == item:
            yield _Option(item, DECISIONS.get(option.week, "start later"), number)


def _bounds(done: Done, option: _Option) -> tuple[Floats, Floats]:
    """Bounds of the trunk with one option of an item and no other."""
    arrays, trunk = done.arrays, done.best.trunk
    lower, upper = open_bounds(done.problem, done.exact.teeth.extensive)
    for number, one in enumerate(done.problem.options):
        if arrays.source_item[one.source] != option.item:
            continue
        column = trunk.start[number]
        if number == option.option:
            lower[column] = 1.0
        else:
            upper[column] = 0.0
    if option.kind == "nothing":
        upper[trunk.buy[:, _columns(done, option.item)]] = 0.0
    return lower, upper


def _columns(done: Done, item: int) -> Ints:
    """Places of an item's sources among those that build-up is bought from."""
    return np.flatnonzero(done.arrays.source_item[done.best.trunk.buy_sources] == item)


def _weigh(done: Done, option: _Option) -> OptionLine:
    arrays, trunk, problem = done.arrays, done.best.trunk, done.problem
    lower, upper = _bounds(done, option)
    found = None
    if np.all(lower <= upper):
        found = search(
            done.exact,
            lower,
            upper,
            start_groups(problem),
            gap=WEIGHED_TO,
            reference=None,
            most_passes=MOST_PASSES,
            time_limit=None,
            progress=None,
        )
    source = problem.options[option.option].source if option.option >= 0 else -1
    stock = None
    if found is not None:
        columns = _columns(done, option.item)
        price = arrays.source_price[trunk.buy_sources[columns]]
        stock = float((found.x[trunk.buy[:, columns]] * price).sum())
    week = problem.options[option.option].week if source >= 0 else AT_EVENT
    return OptionLine(
        item_id=arrays.item_ids[option.item],
        name=done.story.name(option.item),
        option=option.kind,  # type: ignore[arg-type]
        source_id=arrays.source_ids[source] if source >= 0 else "",
        supplier=done.story.supplier(source) if source >= 0 else "",
        mode=done.network.source[arrays.source_ids[source]].mode if source >= 0 else "",
        start_date=done.network.calendar.date_of(week) if week != AT_EVENT else None,
        loss=None if found is None else found.loss,
        floor=None if found is None else min(found.bound, found.loss),
        stock_cost=stock,
        switch_cost=float(arrays.switch_cost[source]) if source >= 0 else 0.0,
        chosen=_is_chosen(done, option),
        remark="" if found is not None else "not possible with the cash limits and what is decided by hand",
    )


def _is_chosen(done: Done, option: _Option) -> bool:
    """The plan does this for the item, as far as starts go, and buys stock or not."""
    arrays, options = done.arrays, done.problem.options
    taken = {s: week for s, week in done.schedule.starts.items() if arrays.source_item[s] == option.item}
    if option.option >= 0:
        return taken == {options[option.option].source: options[option.option].week}
    bought = any(arrays.source_item[order.source] == option.item for order in done.schedule.orders)
    return not taken and bought == (option.kind == "stock only")


def _of_the_customer(done: Done, item: int) -> Iterator[OptionLine]:
    """Sources of which the customer would procure the part: they are in no plan."""
    item_id = done.arrays.item_ids[item]
    for row in done.network.sources:
        if row.item_id == item_id and row.mode == "customer" and row.status == "alternative":
            yield OptionLine(
                item_id=item_id,
                name=done.story.name(item),
                option="customer",
                source_id=row.source_id,
                supplier=done.network.supplier[row.supplier_id].name,
                mode=row.mode,
                start_date=None,
                loss=None,
                floor=None,
                stock_cost=None,
                switch_cost=float(row.switch_cost or 0.0),
                chosen=False,
                remark="off: have counsel look at it; the customer may procure the part on its own",
            )
