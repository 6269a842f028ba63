"""The largest regret, or the loss under one set of hazards. In: losses of leaves. Out: what is made small.
One reason to exist: what teeth answer holds whatever the hazards; what is asked of it is apart from it.

Source: Savage (1951), Journal of the American Statistical Association 46, 55-67 (minimax regret).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.risk import Risk

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Aim:
    """The largest, over some odds of the leaves, of the measure of a loss less the least there is."""

    odds: Floats
    """Odds of the leaves under each hazard factor, shape (factor, leaf)."""
    least: Floats
    """No plan loses less under these odds, shape (factor) [money]; 0 where losses themselves count."""

    @classmethod
    def loss_under(cls, odds: Floats) -> Aim:
        """The measure of the loss under one set of odds, shape (leaf)."""
        return cls(odds[None, :], np.zeros(1))

    @property
    def single(self) -> bool:
        """Only one set of odds counts."""
        return len(self.least) == 1

    def regrets(self, risk: Risk, loss: Floats, threshold: float | None = None) -> Floats:
        """By how much a plan loses more than the least, under each odds, shape (factor) [money].

        Args:
            risk: the measure of the loss.
            loss: of every leaf [money], shape (leaf).
            threshold: where the tail is taken to begin [money]; default: where it does.
        """
        return np.array([risk.value(loss, odds, threshold) for odds in self.odds]) - self.least

    def value(self, risk: Risk, loss: Floats, threshold: float | None = None) -> float:
        """The largest of `regrets` [money]."""
        return float(self.regrets(risk, loss, threshold).max())
