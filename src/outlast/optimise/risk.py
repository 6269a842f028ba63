"""Mean and tail in one measure. In: losses and their odds. Out: the measure and its weights.
One reason to exist: what "best" means to a cautious company is written down once, for the
planning scenarios and for simulated ones.

Source: Rockafellar & Uryasev (2002), Journal of Banking & Finance 26, theorem 10 and eq. 16.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Risk:
    """(1 - weight) x mean + weight x CVaR of the loss; a smaller one is better."""

    weight: float = 0.0
    """Weight of CVaR against the mean, 0 to 1."""
    level: float = 0.95
    """CVaR is the mean of the worst 1 - level of outcomes."""

    @property
    def tail(self) -> float:
        """Share of outcomes in the tail."""
        return 1.0 - self.level

    @property
    def steepest(self) -> float:
        """Most that the measure changes when an outcome's loss, weighed by its odds, changes by 1."""
        return 1.0 - self.weight + self.weight / self.tail

    def threshold(self, loss: Floats, odds: Floats) -> float:
        """The loss at which the tail begins (value at risk) [money]."""
        order = np.argsort(loss, kind="stable")
        covered = np.cumsum(odds[order])
        place = int(np.searchsorted(covered, self.level * covered[-1] - 1e-12))
        return float(loss[order[min(place, len(order) - 1)]])

    def value(self, loss: Floats, odds: Floats, threshold: float | None = None) -> float:
        """The measure [money].

        Args:
            loss: losses [money], shape (outcome).
            odds: their probabilities, shape (outcome), sum 1.
            threshold: where the tail is taken to begin [money]; default: where it does, which
                gives the least value.
        """
        return float(odds @ self.sample(loss, odds, threshold))

    def sample(self, loss: Floats, odds: Floats, threshold: float | None = None) -> Floats:
        """Outcome by outcome, figures whose mean is the measure, shape (outcome) [money].

        To first order their spread is that of the estimated measure, as the threshold is at its
        best value: so the interval of a mean holds for the measure too.
        """
        if self.weight == 0:
            return loss
        start = self.threshold(loss, odds) if threshold is None else threshold
        above = start + np.maximum(loss - start, 0.0) / self.tail
        return (1 - self.weight) * loss + self.weight * above

    def tail_weights(self, loss: Floats, odds: Floats) -> Floats:
        """Weights of outcomes whose weighed sum is CVaR, shape (outcome); of any losses, CVaR is at least the
        sum with these weights (they lie in its dual set).

        Args:
            loss: losses [money], shape (outcome).
            odds: their probabilities, shape (outcome), sum 1.
        """
        worst = np.argsort(-loss, kind="stable")
        left = self.tail * odds.sum() - (np.cumsum(odds[worst]) - odds[worst])
        weights = np.zeros(len(loss))
        weights[worst] = np.clip(left, 0.0, odds[worst]) / self.tail
        return weights


NEUTRAL = Risk()
"""The mean alone."""
