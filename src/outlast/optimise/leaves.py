"""What each leaf of the tree pays before its event. In: cost terms, as the trunk is written.
Out: `Leaves`. One reason to exist: an expected loss needs only weighted sums, but a measure of
risk needs the loss of every leaf on its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.program import flat_entries

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Leaves:
    """Leaves: one for every tooth, in their order, and the one without an event, last."""

    odds: Floats
    """Probability, shape (leaf)."""
    epoch: Ints
    """Epoch at whose start the event falls; the number of epochs for the last; shape (leaf)."""
    lived: csr_matrix
    """Cost of what is decided up to an epoch, paid by every leaf that lives through it, shape
    (epoch, trunk column) [money per unit of the column]."""
    own: csr_matrix
    """Cost that a leaf alone pays for a trunk decision, shape (leaf, trunk column)."""
    constant: Floats
    """Cost of a leaf that no decision changes, shape (leaf) [money]."""

    def cost(self) -> csr_matrix:
        """Cost of trunk decisions in every leaf, shape (leaf, trunk column)."""
        reach = np.tril(np.ones((self.lived.shape[0] + 1, self.lived.shape[0])), -1)[self.epoch]
        return (csr_matrix(reach) @ self.lived + self.own).tocsr()

    def loss(self, x: Floats) -> Floats:
        """Loss of every leaf before its event and its constants, at a trunk [money], shape (leaf)."""
        before = np.concatenate([[0.0], np.cumsum(self.lived @ x)])
        return before[self.epoch] + self.own @ x + self.constant

    def expected(self, odds: Floats | None = None) -> Floats:
        """Expected cost of trunk decisions, under other `odds` of leaves if stated, shape (trunk column)."""
        odds = self.odds if odds is None else odds
        later = np.array([odds[self.epoch > e].sum() for e in range(self.lived.shape[0])])
        return np.asarray(self.lived.T @ later + self.own.T @ odds)


@dataclass
class LeafWriter:
    """Collects cost terms of the leaves while the program is written."""

    odds: Floats
    epoch: Ints
    constant: Floats = field(init=False)
    _lived: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    _own: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.constant = np.zeros(len(self.odds))

    def lived(self, epoch: ArrayLike, columns: ArrayLike, values: ArrayLike) -> None:
        """A cost of an epoch, paid by every leaf whose event comes later; the arguments broadcast."""
        self._lived.append(flat_entries(epoch, columns, values))

    def own(self, leaf: ArrayLike, columns: ArrayLike, values: ArrayLike) -> None:
        """A cost that these leaves alone pay; the arguments broadcast."""
        self._own.append(flat_entries(leaf, columns, values))

    def finish(self, n_column: int) -> Leaves:
        """The leaves of a trunk of `n_column` columns."""
        n_epoch = int(self.epoch.max(initial=0))
        return Leaves(
            self.odds,
            self.epoch,
            _joined(self._lived, (n_epoch, n_column)),
            _joined(self._own, (len(self.odds), n_column)),
            self.constant,
        )


def _joined(terms: list[tuple[Ints, Ints, Floats]], shape: tuple[int, int]) -> csr_matrix:
    if not terms:
        return csr_matrix(shape)
    rows, columns, values = (np.concatenate(parts) for parts in zip(*terms, strict=True))
    return csr_matrix((values, (rows, columns)), shape=shape)
