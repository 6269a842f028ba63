"""Whole-lot plans that look at watch states, one by one. In: `SmallCase` with states. Out: what they lose.
One reason to exist: a second writing of plans with triggers, to hold the planner's program against.

The planner copies its trunk along a tree. Here every path of states is a company of its own, followed week by
week by `WholeLots`; what two companies decide before their paths part is then set equal, column by column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from itertools import product as choices

import highspy
import numpy as np

from tests.reference.small_cases import SmallCase
from tests.reference.terms import Model, Sum
from tests.reference.whole_lots import AT_EVENT, NOW, PathOdds, WholeLots

Seen = tuple[int, ...]
"""States of the epochs so far."""


@dataclass(frozen=True)
class WatchedPlan:
    """Lots by (source, states seen up to the order); and by source whether it starts by an event at the
    latest, and what has been seen where it starts before."""

    lots: dict[tuple[int, Seen], int]
    starts: dict[int, tuple[bool, tuple[Seen, ...]]]


class WatchedLots:
    """The model of a small case with watch states, with decisions about lots and starts left open."""

    def __init__(self, case: SmallCase, most_changes: int = 99) -> None:
        """With fewer changes than epochs, later ones are not seen."""
        a = case.arrays
        self.a, self.most = a, most_changes
        epochs, model = a.horizon_weeks // a.epoch_weeks, Model()
        self.company: dict[Seen, WholeLots] = {}
        for states in choices(range(len(a.watch_ids)), repeat=epochs):
            odds = self.odds(states)
            if states[0] == a.watch_now and odds.alive + odds.falls.sum() > 0:
                later = tuple(
                    e * a.epoch_weeks for e in range(1, epochs) if self.just_changed(states[: e + 1])
                )
                self.company[states] = WholeLots(case, model=model, odds=odds, later=later)
        self.by_event: dict[int, Sum] = {}
        self._decide_alike(model)
        self._start_alike(model)
        self.model, self.highs = model, model.load()

    def odds(self, states: Seen) -> PathOdds:
        """Odds of this path and an event in each epoch, or none."""
        a = self.a
        hazard = a.hazard_per_week * a.watch_factor[list(states)]
        path = np.prod([a.watch_step[s, t] for s, t in pairwise(states)])
        lives = np.exp(-hazard.sum(axis=1) * a.epoch_weeks)
        falls = np.zeros(hazard.shape)
        for e, rates in enumerate(hazard):
            if rates.sum() > 0:
                falls[e] = path * np.prod(lives[:e]) * (1 - lives[e]) * rates / rates.sum()
        return PathOdds(falls, float(path * np.prod(lives)))

    def seen(self, states: Seen) -> Seen:
        """What one who acts on so many changes takes the states for."""
        out, changes = [states[0]], 0
        for state in states[1:]:
            changed = state != out[-1] and changes < self.most
            changes += changed
            out.append(state if changed else out[-1])
        return tuple(out)

    def just_changed(self, states: Seen) -> bool:
        seen = self.seen(states)
        return len(seen) > 1 and seen[-1] != seen[-2]

    def _decide_alike(self, model: Model) -> None:
        first: dict[tuple, Sum] = {}
        for states, company in self.company.items():
            seen = self.seen(states)
            decided = [((*key, "buy"), key[1], column) for key, column in company.buy.items()]
            decided += [((*key, "make"), key[1], column) for key, column in company.make.items()]
            for (i, e), column in company.skip.items():
                lead = company.lead.get(i, 0)
                ordered = (max(e * company.epoch, lead) - lead) // company.epoch
                decided.append(((i, e, "skip"), ordered, column))
            for name, epoch, column in decided:
                other = first.setdefault((name, seen[: epoch + 1]), column)
                if other is not column:
                    model.row(Sum().add(column).add(other, -1.0), 0.0, 0.0)

    def _start_alike(self, model: Model) -> None:
        """A source starts where its path says so, else at an event if it starts by one at the latest."""
        for company in self.company.values():
            for s in sorted({s for s, _ in company.start}):
                mine = {how: column for (t, how), column in company.start.items() if t == s}
                total = Sum()
                for column in mine.values():
                    total.add(column)
                if AT_EVENT in mine:
                    by_event = self.by_event.setdefault(s, model.column(1.0))
                    model.row(total.add(by_event, -1.0), 0.0, 0.0)
                else:
                    model.row(total, -np.inf, 1.0)

    # --- plans

    def value(self, plan: WatchedPlan, made: dict[tuple[int, Seen], float] | None = None) -> float | None:
        """Minus expected loss of a plan, all else at its best; None where it does not meet its limits.

        Args:
            plan: lots and starts.
            made: most that is made ahead, by (product, states seen up to then); default: any amount.
        """
        for states, company in self.company.items():
            seen = self.seen(states)
            for (s, e), column in company.buy.items():
                units = plan.lots.get((s, seen[: e + 1]), 0) * float(self.a.source_multiple[s])
                self._fix(column, units)
            for (s, how), column in company.start.items():
                self._fix(column, float(self._how(plan, s, seen) == how))
            for (p, e), column in company.make.items():
                most = self.model.high[_number(column)]
                limit = most if made is None else min(made.get((p, seen[: e + 1]), 0.0), most)
                self.highs.changeColBounds(_number(column), 0.0, limit)
        for s, column in self.by_event.items():
            self._fix(column, float(plan.starts[s][0]))
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        assert status == highspy.HighsModelStatus.kOptimal, status
        return -(self.highs.getInfo().objective_function_value + self.model.cost[-1])

    def _how(self, plan: WatchedPlan, s: int, seen: Seen) -> str | int | None:
        by_event, before = plan.starts[s]
        for start in before:
            if seen[: len(start)] == start:
                return NOW if len(start) == 1 else (len(start) - 1) * self.a.epoch_weeks
        return AT_EVENT if by_event else None

    def _fix(self, column: Sum, value: float) -> None:
        self.highs.changeColBounds(_number(column), value, value)

    def plans(self) -> Iterator[WatchedPlan]:
        """Every plan of whole lots and starts that cash could pay for on every path."""
        cells = sorted(
            {(s, self.seen(states)[: e + 1]) for states, c in self.company.items() for s, e in c.buy},
            key=lambda cell: (len(cell[1]), cell),
        )
        sources = sorted({s for c in self.company.values() for s, _ in c.start})
        for ways in choices(*(list(self._ways(s)) for s in sources)):
            starts = dict(zip(sources, ways, strict=True))
            for lots in self._lots(cells, {}, starts):
                yield WatchedPlan(lots, starts)

    def _ways(self, s: int) -> Iterator[tuple[bool, tuple[Seen, ...]]]:
        """Where a source may start: never twice on a path, and by an event at the latest if it may."""
        a = self.a
        places: list[Seen] = []
        if a.source_qualified[s]:
            return
        if a.start_before[s]:
            seen = {self.seen(states)[:n] for states in self.company for n in range(1, len(states) + 1)}
            places = sorted(p for p in seen if len(p) == 1 or p[-1] != p[-2])
        for count in range(len(places) + 1):
            for chosen in combinations(places, count):
                if any(b[: len(c)] == c for b in chosen for c in chosen if b != c):
                    continue
                if a.start_after[s]:
                    yield True, chosen
                if not chosen or not a.start_after[s]:
                    yield False, chosen

    def _lots(self, cells: list, lots: dict, starts: dict) -> Iterator[dict]:
        if not self._affordable(lots, starts):
            return
        if not cells:
            yield dict(lots)
            return
        (s, seen), *rest = cells
        lot, least = float(self.a.source_multiple[s]), float(self.a.source_minimum[s])
        use = next(iter(self.company.values())).use[:, self.a.source_item[s]].sum()
        for count in range(int(np.ceil(use / lot)) + 1):
            if 0 < count * lot < least * (1 - 1e-9):
                continue
            tried = {**lots, (s, seen): count}
            if not self._affordable(tried, starts):
                break
            yield from self._lots(rest, tried, starts)

    def _affordable(self, lots: dict, starts: dict) -> bool:
        """What is paid within the horizon on each path stays below its last limit."""
        a = self.a
        limit = float(a.cash_limit[: a.horizon_weeks].max())
        for states in self.company:
            seen, spent = self.seen(states), 0.0
            for (s, place), count in lots.items():
                week = (len(place) - 1) * a.epoch_weeks
                paid = max(week, week + int(a.source_lead[s] + a.source_payment_weeks[s]))
                if seen[: len(place)] == place and paid < a.horizon_weeks:
                    spent += count * float(a.source_multiple[s] * a.source_price[s])
            for s, (_, before) in starts.items():
                spent += float(a.switch_cost[s]) * sum(seen[: len(p)] == p for p in before)
            if spent > limit * (1 + 1e-12) + 1e-9:
                return False
        return True


def _number(column: Sum) -> int:
    return next(place for place in column if place >= 0)
