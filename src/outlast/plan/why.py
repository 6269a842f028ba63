"""Why this much of an item, and not more. In: a decided plan and an item. Out: `WhyAnswer`.
One reason to exist: a planner who misses a part in the buy list gets the reason in figures that were
worked out for it: one more order is put into the plan, and every scenario is solved again with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.network.declarations import propose_nearest
from outlast.optimise.comb import AT_EVENT, leaf_odds
from outlast.optimise.solve import load, solve
from outlast.periods import WEEKS_PER_YEAR
from outlast.plan.answer import OptionLine
from outlast.plan.explain import binding
from outlast.plan.least_cash import percent
from outlast.plan.one_more import (
    MOST_HAZARD,
    NOTICEABLE,
    Base,
    find_break_even,
    lean_schedule,
    next_size,
    next_source,
    ways_to_hold,
)
from outlast.plan.options import weigh_options
from outlast.plan.overrides import hand_words, name_override
from outlast.plan.regret import aim_at_regret
from outlast.plan.schedule import Schedule
from outlast.plan.summary import Done

Floats = NDArray[np.float64]
GAP = 1e-4
"""Share of the improvement to which a plan with more cash is solved."""

Verdict = Literal[
    "not used",
    "not at risk",
    "made here",
    "no source",
    "by hand",
    "too late",
    "enough",
    "bridged",
    "budget",
    "capacity",
    "shelf life",
    "storage",
    "lots",
    "least cash",
]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The hazard at which one more order neither gains nor loses."""

    restriction_id: str
    hazard_per_year: float
    break_even_per_year: float | None
    """null: no hazard that is looked at makes it pay (or none stops it from paying)."""


@dataclass(frozen=True, slots=True)
class WhyAnswer:
    """Why a plan buys as much of an item as it does, and not more."""

    item_id: str
    name: str
    verdict: Verdict
    sentences: tuple[str, ...]
    on_hand: float
    use_per_week: float
    cover_weeks_now: float
    cover_weeks_target: float
    bought: float
    """Build-up in the plan [units]."""
    next_order: float
    """One more order, as small as the source takes it [units]; 0: there is none."""
    next_source_id: str
    next_cost: float
    """What it costs to buy [money]."""
    gain: float
    """By how much it would better the plan on its scenarios, all costs counted [money]."""
    cost_if_nothing_happens: float
    """Holding and write-down of it on the path without an event [money]."""
    break_even: tuple[BreakEven, ...]
    options: tuple[OptionLine, ...] = ()
    """The item's ways to bridge a cut, each with the best plan around it."""


def explain_item(done: Done, item_id: str, progress: Callable[[str], None]) -> WhyAnswer:
    """Why a decided plan buys as much of an item as it does, and not more.

    Args:
        done: the plan.
        item_id: an item of the case.
        progress: told what is going on.

    Raises:
        UsageError: the case has no such item.
    """
    arrays = done.arrays
    if item_id not in done.network.item:
        hint = propose_nearest(item_id, done.network.item)
        raise UsageError(f"the case has no item {item_id}. {hint}".strip())
    asking = _Asking(done, arrays.item_ids.index(item_id) if item_id in arrays.item_ids else -1)
    if asking.item < 0 or asking.use <= 0:
        return asking.answer(
            "not used", [f"Nothing that is sold needs {item_id} in the weeks that are planned."]
        )
    if asking.item not in done.problem.items.tolist():
        return asking.answer("not at risk", [_not_at_risk(done, asking)])
    if arrays.made[asking.item]:
        return asking.answer("made here", [_made_here(done, asking)])
    source = next_source(done, asking.item)
    if source is None:
        without = asking.answer(*_no_source(done, asking))
        return replace(without, options=weigh_options(done, [asking.item], progress))
    progress(f"solving every scenario with one more order of {item_id}")
    weighed = _weigh(asking, source, progress)
    return replace(weighed, options=weigh_options(done, [asking.item], progress))


@dataclass
class _Asking:
    """One item of a plan."""

    done: Done
    item: int

    def __post_init__(self) -> None:
        arrays = self.done.arrays
        self.use = self.done.story.use(self.item) if self.item >= 0 else 0.0
        self.mine = [o for o in self.done.schedule.orders if arrays.source_item[o.source] == self.item]
        self.bought = sum(order.quantity for order in self.mine)

    def answer(
        self,
        verdict: Verdict,
        sentences: list[str],
        *,
        source: int | None = None,
        size: float = 0.0,
        gain: float = 0.0,
        calm_cost: float = 0.0,
        break_even: tuple[BreakEven, ...] = (),
    ) -> WhyAnswer:
        """The answer, with the figures of the item."""
        arrays, item = self.done.arrays, self.item
        row = self.done.network.item
        item_id = arrays.item_ids[item] if item >= 0 else ""
        on_hand = float(arrays.on_hand[item]) if item >= 0 else 0.0
        target = self.done.story.target(item) if item >= 0 else 0.0
        by_hand = hand_words(self.done.network, self.done.problem, self.mine) if self.mine else []
        return WhyAnswer(
            item_id=item_id,
            name=row[item_id].name or item_id if item >= 0 else "",
            verdict="by hand" if by_hand and verdict in ("enough", "bridged", "lots") else verdict,
            sentences=(*(f"{words[0].upper()}{words[1:]}." for words in by_hand), *sentences),
            on_hand=on_hand,
            use_per_week=self.use,
            cover_weeks_now=on_hand / self.use if self.use > 0 else 0.0,
            cover_weeks_target=target / self.use if self.use > 0 else 0.0,
            bought=self.bought,
            next_order=size,
            next_source_id="" if source is None else arrays.source_ids[source],
            next_cost=0.0 if source is None else size * float(arrays.source_price[source]),
            gain=gain,
            cost_if_nothing_happens=calm_cost,
            break_even=break_even,
        )


def _not_at_risk(done: Done, asking: _Asking) -> str:
    item_id = done.arrays.item_ids[asking.item]
    sources = [row.source_id for row in done.network.sources if row.item_id == item_id]
    named = f" ({', '.join(sources[:5])})" if sources else ""
    return (
        f"No restriction with a hazard closes a source of {item_id}{named}, or of what is inside it: it is "
        "reordered as usual, and nothing extra is held. Look at the scopes if one should."
    )


def _made_here(done: Done, asking: _Asking) -> str:
    item_id = done.arrays.item_ids[asking.item]
    column = np.nonzero(done.best.trunk.make_items == asking.item)[0]
    made = float(done.schedule.make[:, column].sum()) if len(column) else 0.0
    what = f"{made:,.6g} of it are made for stock" if made > 0 else "none is made for stock"
    return f"{item_id} is made here, not bought: {what}; ask about the parts inside it."


def _no_source(done: Done, asking: _Asking) -> tuple[Verdict, list[str]]:
    arrays, item = done.arrays, asking.item
    item_id = arrays.item_ids[item]
    mine = range(int(arrays.source_ptr[item]), int(arrays.source_ptr[item + 1]))
    qualified = [source for source in mine if arrays.source_qualified[source]]
    if not qualified:
        return "no source", [
            f"{item_id} has no qualified source: it is ordered only after a switch, so none is bought ahead."
        ]
    lead = min(int(arrays.source_lead[source]) for source in qualified)
    if lead >= arrays.horizon_weeks:
        return "too late", [
            f"Its lead time of {lead} weeks is beyond the {arrays.horizon_weeks} weeks that are planned: "
            "nothing that is ordered now arrives in time."
        ]
    return "capacity", [
        f"Its sources deliver no more than the normal use of {asking.use:,.4g} a week: none is built up."
    ]


def _weigh(asking: _Asking, source: int, progress: Callable[[str], None]) -> WhyAnswer:
    """One more order put into the plan, and every scenario solved again."""
    done, arrays = asking.done, asking.done.arrays
    size = next_size(done, done.schedule, source)
    lean = lean_schedule(done)
    base = Base.of(done, lean)
    ways, now = ways_to_hold(base, source, size), base.loss
    hazards = arrays.hazard_per_week
    hits = (arrays.hits_item[:, asking.item]) & (hazards > 0)
    risk = done.problem.risk

    def gain_at(factor: float) -> float:
        odds = leaf_odds(done.problem, np.where(hits, hazards * factor, hazards))
        return risk.value(now, odds) - min(risk.value(plus, odds) for plus in ways)

    plus = min(ways, key=done.measure)
    gain = done.measure(now) - done.measure(plus)
    cost = size * float(arrays.source_price[source])
    factor = find_break_even(gain_at, float(hazards[hits].sum()) * WEEKS_PER_YEAR)
    break_even = tuple(
        BreakEven(
            arrays.restriction_ids[r],
            float(hazards[r]) * WEEKS_PER_YEAR,
            None if factor is None else float(hazards[r]) * WEEKS_PER_YEAR * factor,
        )
        for r in np.nonzero(hits)[0]
    )
    calm = float(plus[-1] - now[-1])
    sentences = [_held(asking), _margin(asking, source, size, gain, calm), *_asked_words(done)]
    if gain <= NOTICEABLE * max(cost, 1e-9):
        verdict, words = _enough(asking, lean, source, size, break_even, factor, progress)
        if done.regret is not None and gain_at(1.0) > 0:
            words.append("At the hazards as stated it would pay; were they lower, it would be regretted.")
    else:
        verdict, words = _held_back(asking, source, size, gain, progress)
    return asking.answer(
        verdict,
        [*sentences, *words],
        source=source,
        size=size,
        gain=gain,
        calm_cost=calm,
        break_even=break_even,
    )


def _asked_words(done: Done) -> list[str]:
    """That the plan buys what a required survival takes, where that was asked for."""
    asked = done.network.settings.plan
    if asked.objective != "least_cash" or asked.survive_probability is None:
        return []
    return [
        f"The plan makes cash small: it buys what outlasting {asked.survive_weeks:g} weeks in "
        f"{percent(asked.survive_probability)} of cuts takes and no more, whether more would pay or not."
    ]


def _held(asking: _Asking) -> str:
    """What there is and what the plan makes of it."""
    done, item = asking.done, asking.item
    item_id, use = done.arrays.item_ids[item], asking.use
    now = float(done.arrays.on_hand[item]) / use
    target = done.story.target(item) / use
    bought = f"buys {asking.bought:,.6g} more" if asking.bought > 0 else "buys nothing extra"
    on_hand = float(done.arrays.on_hand[item])
    return (
        f"{item_id}: {on_hand:,.6g} on hand last {now:.1f} weeks; the plan {bought} and holds {target:.1f} "
        "weeks of use at most."
    )


def _margin(asking: _Asking, source: int, size: float, gain: float, calm: float) -> str:
    """What one more order would do."""
    done = asking.done
    money = done.network.settings.currency
    cost = size * float(done.arrays.source_price[source])
    better, worse = "betters the plan by {}", "makes it {} worse"
    if done.regret is not None:
        better, worse = "lowers the largest regret by {}", "raises the largest regret by {}"
    effect = (better if gain > 0 else worse).format(f"{money} {abs(gain):,.0f}")
    where = done.arrays.source_ids[source]
    return (
        f"One more order of {size:,.6g} from {where} ({money} {cost:,.0f}) {effect}; "
        f"if nothing happens it costs {money} {calm:,.0f}."
    )


def _enough(
    asking: _Asking,
    lean: Schedule,
    source: int,
    size: float,
    break_even: tuple[BreakEven, ...],
    factor: float | None,
    progress: Callable[[str], None],
) -> tuple[Verdict, list[str]]:
    """More does not pay: from which hazard on it would, and whether a second source is the reason."""
    done, arrays = asking.done, asking.done.arrays
    if factor is None:
        words = [f"No hazard up to {MOST_HAZARD:g} events a year makes it pay."]
    else:
        levels = [
            f"{one.break_even_per_year:.3g} a year for {one.restriction_id} (now {one.hazard_per_year:.3g})"
            for one in break_even
        ]
        words = [f"More pays only if the hazard is above {', '.join(levels)}."]
    others = tuple(
        s
        for s in range(int(arrays.source_ptr[asking.item]), int(arrays.source_ptr[asking.item + 1]))
        if s in done.schedule.starts
    )
    if not others:
        return "enough", words
    progress("solving every scenario without the second source")
    alone = replace(lean, starts={s: week for s, week in lean.starts.items() if s not in others})
    other = Base.of(done, alone)
    gain = done.measure(other.loss) - min(
        done.measure(losses) for losses in ways_to_hold(other, source, size)
    )
    if gain <= NOTICEABLE * size * float(arrays.source_price[source]):
        return "enough", words
    names = ", ".join(
        f"{done.story.supplier(s)} ({'started at an event' if week == AT_EVENT else 'started before'})"
        for s, week in done.schedule.starts.items()
        if s in others
    )
    money = done.network.settings.currency
    words.append(
        f"The switch to {names} bridges a cut: without it that order would better the plan by "
        f"{money} {gain:,.0f}."
    )
    return "bridged", words


def _held_back(
    asking: _Asking, source: int, size: float, gain: float, progress: Callable[[str], None]
) -> tuple[Verdict, list[str]]:
    """More would pay, but a limit holds it back."""
    done = asking.done
    rows = {
        limit.row
        for limit in done.problem.by_hand.limits
        if np.isfinite(limit.high) and any(done.arrays.source_item[s] == asking.item for s, _ in limit.cells)
    }
    if rows:
        names = ", ".join(name_override(done.network, row) for row in sorted(rows))
        return "by hand", [f"It was decided by hand: {names} holds it back."]
    if done.network.settings.plan.objective == "least_cash":
        return "least cash", []
    what = binding(done.story, asking.item)
    if what == "budget" or not _affordable(asking, source, size):
        return "budget", [_with_more_cash(asking, source, size, progress)]
    words = {
        "capacity": "Its source has no more capacity beyond normal use in the weeks that count.",
        "shelf life": "More would not be used before its shelf life ends.",
        "storage": "There is no more space in storage.",
    }
    if what in words:
        return what, [words[what]]  # type: ignore[return-value]
    return "lots", [
        "No limit holds it back: whole lots, or the gap that the certificate states, leave this much open."
    ]


def _affordable(asking: _Asking, source: int, size: float) -> bool:
    """Whether the cash calendar has room for one more order now."""
    done, arrays = asking.done, asking.done.arrays
    limit = arrays.cash_limit[: arrays.horizon_weeks]
    paid = max(0, int(arrays.source_lead[source] + arrays.source_payment_weeks[source]))
    room = (limit - done.story.spend[: len(limit)])[paid:]
    return bool(np.all(room >= size * float(arrays.source_price[source]) * (1 - 1e-9)))


def _with_more_cash(asking: _Asking, source: int, size: float, progress: Callable[[str], None]) -> str:
    """Whether it is what more cash would buy first: planned again with the price of that order more."""
    done, arrays = asking.done, asking.done.arrays
    money = done.network.settings.currency
    cash = size * float(arrays.source_price[source])
    progress(f"planning again with {money} {cash:,.0f} more cash")

    def amounts(extra: float) -> dict[int, float]:
        problem = replace(
            done.problem, arrays=replace(arrays, cash_limit=arrays.cash_limit + extra), earlier=None
        )
        if done.regret is None:
            master = load(problem)
        else:
            regret = done.regret.with_limits(problem)
            aim_at_regret(regret, gap=GAP, time_limit=None, progress=lambda message: None)
            master = regret.master
        found = solve(problem, master=master, gap=GAP, reference=done.nothing.objective)
        total: dict[int, float] = {}
        for column, bought in enumerate(found.trunk.buy_sources):
            item = int(arrays.source_item[bought])
            total[item] = total.get(item, 0.0) + float(found.x[found.trunk.buy[:, column]].sum())
        return total

    before, after = amounts(0.0), amounts(cash)
    mine = after.get(asking.item, 0.0) - before.get(asking.item, 0.0)
    if mine >= 0.05 * size:
        more = f"with {money} {cash:,.0f} more, the plan buys {mine:,.6g} more of it"
        return f"The cash limit holds it back: {more}."
    price = np.array(
        [arrays.source_price[max(arrays.first_source(i), 0)] for i in range(len(arrays.item_ids))]
    )
    gained = sorted(after, key=lambda item: -(after[item] - before.get(item, 0.0)) * price[item])
    first = [arrays.item_ids[i] for i in gained[:3] if after[i] - before.get(i, 0.0) > 1e-6]
    others = ", ".join(first) or "nothing that can be bought"
    return f"The cash limit holds it back, and {money} {cash:,.0f} more would first go into {others}."
