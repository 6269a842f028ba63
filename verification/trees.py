"""Assembly networks that Outlast and its peers both play. In: a seed or a shape. Out: `Tree`.
One reason to exist: one description, from which our stages and a peer's nodes are made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verification.stages import Stage

PLENTY = 1e9


@dataclass(frozen=True)
class Tree:
    """Every node but the last, the product, has one parent with a larger number; 1 is the first."""

    children: dict[int, dict[int, float]]
    """Units of each child, by node."""
    lead: dict[int, int]
    """A textbook's lead time: order to arrival, where orders follow demand."""
    level: dict[int, float]
    """Base stock, and stock at the start."""
    demand: NDArray[np.float64]
    """Of the product, by period."""
    hold: float = 0.0
    late: float = 0.0
    extra: dict[int, dict[str, Any]] = field(default_factory=dict)
    """More of a peer's node, by node."""

    @property
    def product(self) -> int:
        """The number of the product."""
        return len(self.lead)

    def stages(self, *, bought: bool = False) -> list[Stage]:
        """Our stages. Leaves are made of something that never lacks, or `bought` with the same lead time."""
        stages = [] if bought else [Stage("PLENTY", on_hand=PLENTY)]
        for node in self.lead:
            inside = {str(child): units for child, units in self.children[node].items()}
            own = node == self.product
            stages.append(
                Stage(
                    str(node),
                    hold=self.hold if own else 0.0,
                    children=inside or ({} if bought else {"PLENTY": 1.0}),
                    weeks=self.lead[node] - own,
                    demand=float(self.demand.mean()) if own else 0.0,
                    on_hand=self.level[node],
                )
            )
        return stages

    def levels(self) -> dict[str, float]:
        """Base stock by name of our stages."""
        return {"PLENTY": 0.0} | {str(node): level for node, level in self.level.items()}

    def nodes(self) -> list[dict[str, Any]]:
        """stockpyl's nodes, as `run_stockpyl.py` reads them."""
        return [
            {
                "index": node,
                "children": self.children[node],
                "lead": self.lead[node],
                "initial": self.level[node],
                "hold": self.hold if node == self.product else 0.0,
                "late": self.late if node == self.product else 0.0,
                "policy": {"type": "BS", "base_stock_level": self.level[node]},
                "demand": self.demand.tolist() if node == self.product else None,
                **self.extra.get(node, {}),
            }
            for node in self.lead
        ]

    def weekly(self) -> NDArray[np.float64]:
        """Demand as our weeks see it: one week more than a textbook has periods; shape (week, line)."""
        return np.append(self.demand, 0.0)[:, None]


def grow(rng: np.random.Generator, parent: dict[int, int], periods: int, units: Callable[[], float]) -> Tree:
    """A tree from the parent of each node, with levels that are often too low."""
    count = len(parent) + 1
    children: dict[int, dict[int, float]] = {node: {} for node in range(1, count + 1)}
    for node, above in parent.items():
        children[above][node] = units()
    demand = rng.integers(0, 20, periods).astype(np.float64)
    lead = {node: int(rng.integers(0, 4)) for node in range(1, count)} | {count: int(rng.integers(1, 4))}
    use = {count: float(demand.mean())}
    for node in range(count - 1, 0, -1):
        use[node] = use[parent[node]] * children[parent[node]][node]
    level = {node: float(round(use[node] * (lead[node] + 1) * rng.uniform(0.6, 1.3))) for node in lead}
    return Tree(children, lead, level, demand, hold=1.0, late=5.0)


def serial(rng: np.random.Generator, count: int, periods: int) -> Tree:
    """A chain."""
    return grow(rng, {node: node + 1 for node in range(1, count)}, periods, lambda: 1.0)


def wide_assembly(rng: np.random.Generator, periods: int) -> Tree:
    """101 nodes: a product of ten assemblies of nine parts each."""
    parent = {node: 91 + (node - 1) // 9 for node in range(1, 91)} | dict.fromkeys(range(91, 101), 101)
    return grow(rng, parent, periods, lambda: 1.0)


def star(rng: np.random.Generator, periods: int) -> Tree:
    """101 nodes: a product of a hundred parts."""
    return grow(rng, dict.fromkeys(range(1, 101), 101), periods, lambda: 1.0)


def random_assembly(rng: np.random.Generator, periods: int) -> Tree:
    """Three to twelve nodes, each under any later one, one to three units each."""
    count = int(rng.integers(3, 13))
    parent = {node: int(rng.integers(node + 1, count + 1)) for node in range(1, count)}
    return grow(rng, parent, periods, lambda: float(rng.integers(1, 4)))
