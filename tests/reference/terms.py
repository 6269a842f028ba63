"""A linear program written term by term. In: sums of columns. Out: a loaded solver.
One reason to exist: a twin reads like the sentences that it stands for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import highspy
import numpy as np


class Sum(defaultdict[int, float]):
    """A linear expression: column -> factor; column -1 stands for 1."""

    def __init__(self, constant: float = 0.0) -> None:
        super().__init__(float)
        self[-1] = constant

    def add(self, other: Sum | float, times: float = 1.0) -> Sum:
        """This sum and `times` another, in place."""
        for column, factor in (other if isinstance(other, Sum) else Sum(other)).items():
            self[column] += times * factor
        return self


@dataclass
class Model:
    """A linear program that is written term by term."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    rows: list[tuple[Sum, float, float]] = field(default_factory=list)
    cost: Sum = field(default_factory=Sum)

    def column(self, high: float = np.inf) -> Sum:
        """A new column from 0 to `high`."""
        self.low.append(0.0)
        self.high.append(high)
        one = Sum()
        one[len(self.low) - 1] = 1.0
        return one

    def row(self, terms: Sum, low: float, high: float) -> None:
        """low <= terms <= high."""
        self.rows.append((terms, low, high))

    def free(self) -> Sum:
        """A new column without bounds."""
        new = self.column()
        self.low[-1] = -np.inf
        return new

    def equal(self, terms: Sum) -> Sum:
        """A free column that equals a sum: keeps rows short."""
        new = self.free()
        self.row(Sum().add(new).add(terms, -1.0), 0.0, 0.0)
        return new

    def load(self) -> highspy.Highs:
        """The program in HiGHS, without the constant of its cost."""
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("output_flag", False)
        for column, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            highs.addVar(low, high)
            highs.changeColCost(column, self.cost.get(column, 0.0))
        for terms, low, high in self.rows:
            places = [column for column, factor in terms.items() if column >= 0 and factor != 0]
            factors = [terms[column] for column in places]
            highs.addRow(low - terms[-1], high - terms[-1], len(places), places, factors)
        return highs
