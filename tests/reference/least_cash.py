"""The cash of whole-lot plans that have to survive. In: `WholeLots`. Out: least cash of a plan, or of all.
One reason to exist: a second writing of "least cash" (model.md section 7) beside the planner's.

All goods are followed week by week as in `whole_lots`; here every event has a mark that is 1 only if the
cumulative fill keeps up with its target in each week asked for. Everything paid for protection counts,
whenever it is due.
"""

from __future__ import annotations

import highspy
import numpy as np

from tests.reference.terms import Model, Sum
from tests.reference.whole_lots import NOW, Plan, WholeLots, number_of


class LeastCash:
    """Plans of a small case that survive `weeks` weeks in a share of events."""

    def __init__(self, twin: WholeLots, weeks: int, share: float) -> None:
        self.twin, a = twin, twin.a
        old = twin.model
        self.model = Model(list(old.low), list(old.high), list(old.rows), Sum())
        marks: list[Sum] = []
        enough, total = Sum(), 0.0
        for (w, r, draw), odds in _odds(twin).items():
            mark = self.model.column(1.0)
            marks.append(mark)
            enough.add(mark, odds)
            total += odds
            first = int(a.notice_weeks[r])
            filled, asked = Sum(), 0.0
            for t in range(first, first + weeks):
                for product, sold in twin.sold[w, r, draw][t].items():
                    line = twin.line[product]
                    worth = max(float(a.price[w + t, line] - a.standard_cost[product]), 0.0)
                    filled.add(sold, worth)
                    asked += worth * float(a.demand[w + t, line])
                self.model.row(Sum().add(filled).add(mark, -a.fill_target * asked), -1e-7 * asked, np.inf)
        self.model.row(enough, share * total * (1 - 1e-9), np.inf)
        self.model.cost = self._cash()
        self.highs = self.model.load()
        whole = np.array([number_of(mark) for mark in marks], dtype=np.int32)
        kinds = [highspy.HighsVarType.kInteger] * len(whole)
        self.highs.changeColsIntegrality(len(whole), whole, kinds)
        self.highs.setOptionValue("mip_rel_gap", 0.0)

    def _cash(self) -> Sum:
        twin, a, cash = self.twin, self.twin.a, Sum()
        for (s, _), bought in twin.buy.items():
            cash.add(bought, float(a.source_price[s]))
        for (p, _), made in twin.make.items():
            cash.add(made, float(a.make_cost[p]))
        for (s, how), taken in twin.start.items():
            if how == NOW:
                cash.add(taken, float(a.switch_cost[s]))
        return cash

    def cash(self, plan: Plan) -> float | None:
        """Least cash of lots and starts, what is made ahead included; None where they can't survive."""
        for column, low, high in self.twin.decided(plan):
            self.highs.changeColBounds(number_of(column), low, high)
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        assert status == highspy.HighsModelStatus.kOptimal, status
        return float(self.highs.getInfo().objective_function_value)

    def paid(self, plan: Plan) -> float:
        """Cash of lots and starts alone."""
        terms = self._cash()
        return sum(terms[number_of(column)] * low for column, low, _ in self.twin.decided(plan))

    def best(self, plans: list[Plan]) -> tuple[float, Plan] | None:
        """The plan of least cash; cheap lots first, until lots alone cost more."""
        found: tuple[float, Plan] | None = None
        for paid, plan in sorted(((self.paid(plan), plan) for plan in plans), key=lambda entry: entry[0]):
            if found is not None and paid >= found[0]:
                break
            cash = self.cash(plan)
            if cash is not None and (found is None or cash < found[0]):
                found = cash, plan
        return found


def _odds(twin: WholeLots) -> dict[tuple[int, int, int], float]:
    """Odds of every event, by week, restriction and draw."""
    a = twin.a
    total, draws = float(a.hazard_per_week.sum()), len(twin.case.relief_weeks)
    odds = {}
    for e in range(twin.epochs):
        w = e * twin.epoch
        falls = float(np.exp(-total * w) - np.exp(-total * (w + twin.epoch)))
        for r, hazard in enumerate(a.hazard_per_week):
            for draw in range(draws):
                odds[w, r, draw] = falls * float(hazard) / total / draws
    return odds
