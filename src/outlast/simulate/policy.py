"""What the simulated company does. In: nothing. Out: `Policy`, arrays the kernel follows.
One reason to exist: the optimiser's plan and a rule of thumb reach the simulator in one form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import Axes, NetworkArrays
from outlast.periods import NEVER
from outlast.simulate.own_policy import OwnPolicy


@dataclass(frozen=True)
class Policy:
    """Base stock with a schedule of protection on top; after the first news the schedule ends,
    protective stock is run down and scarce parts are shared out by `sharing`."""

    base_position: Annotated[
        NDArray[np.float64],
        Axes("week, item", "units", "bought: order-up-to position; made: order-up-to stock"),
    ]
    protective: Annotated[
        NDArray[np.float64], Axes("week, item", "units", "added to base_position until the first news")
    ]
    buildup: Annotated[
        NDArray[np.float64],
        Axes("week, source", "units", "build-up orders, placed before replenishment, until the first news"),
    ]
    start_week: Annotated[
        NDArray[np.int64], Axes("source", "week", "switch starts if no news came before; NEVER: not")
    ]
    start_after: Annotated[
        NDArray[np.bool_],
        Axes("source", "-", "switch starts at the first news that hits its item, if not started"),
    ]
    hoard: Annotated[
        NDArray[np.float64],
        Axes(
            "restriction, item",
            "units",
            "added to base_position between the news and the closure of the item's first source",
        ),
    ]
    sharing: Literal["shadow_price", "proportional", "priority"] = "shadow_price"
    resolve_weeks: int = 4
    """Weeks between two re-solves of the sharing problem."""
    gap: Annotated[
        NDArray[np.float64],
        Axes(
            "week, item",
            "units",
            "(s, S): order once so far below the level; size 0: at once",
        ),
    ] = field(default_factory=lambda: np.zeros((0, 0)))
    batch: Annotated[
        NDArray[np.float64],
        Axes("item", "units", "(r, Q): at the level, order multiples that lift above it; size 0: any"),
    ] = field(default_factory=lambda: np.zeros(0))
    decide: OwnPolicy | None = None
    """Asked every week what to order, in place of positions and build-up."""


def normal_policy(arrays: NetworkArrays, start_after: bool = True) -> Policy:
    """The company as it runs today: base stock, no protection; after an event it starts every
    switch it may (or none)."""
    n_source = len(arrays.source_ids)
    return Policy(
        base_position=arrays.base_position(),
        protective=np.zeros_like(arrays.usage),
        buildup=np.zeros((arrays.n_week, n_source)),
        start_week=np.full(n_source, NEVER, dtype=np.int64),
        start_after=arrays.start_after & start_after,
        hoard=np.zeros(arrays.hits_item.shape),
    )
