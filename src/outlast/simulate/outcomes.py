"""What came of a simulation. In: records of the kernel. Out: `Outcomes`, one row a scenario.
One reason to exist: readers of a simulation need not know the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from outlast.kernels import shapes
from outlast.network.arrays import Axes

ACCOUNTS = shapes.ACCOUNTS
"""Columns of `Outcomes.account`."""
LEDGER = shapes.LEDGER
"""Columns of `Outcomes.ledger`."""


@dataclass(frozen=True)
class Outcomes:
    """One policy on a set of scenarios. Week numbers count from the start of the case."""

    account: Annotated[
        NDArray[np.float64],
        Axes("scenario, ACCOUNTS", "money", "costs negative; the sum over accounts is the value"),
    ]
    survived: Annotated[
        NDArray[np.int64],
        Axes(
            "scenario",
            "weeks",
            "since the effective date before cumulative fill first falls below target; if it never does, "
            "the length of the path since then; without an event the length of the path",
        ),
    ]
    event_week: Annotated[NDArray[np.int64], Axes("scenario", "week", "first news; NEVER: none on the path")]
    length: Annotated[NDArray[np.int64], Axes("scenario", "weeks", "weeks that were simulated")]
    sold: Annotated[NDArray[np.float64], Axes("scenario, line", "units", "over the path")]
    demanded: Annotated[
        NDArray[np.float64],
        Axes("scenario, line", "units", "in weeks in which the line is not closed by law"),
    ]
    cash_low: Annotated[
        NDArray[np.float64], Axes("scenario", "money", "lowest cash, the opening included, credit left out")
    ]
    cash_out_week: Annotated[
        NDArray[np.int64], Axes("scenario", "week", "cash and credit first below 0; NEVER: not")
    ]
    on_hand: Annotated[
        NDArray[np.float64] | None,
        Axes(
            "scenario, week, recorded item", "units", "end of the week; nan after the path; None: not asked"
        ),
    ] = None
    ledger: Annotated[
        NDArray[np.float64] | None, Axes("scenario, item, LEDGER", "units", "None: not asked for")
    ] = None

    @property
    def value(self) -> NDArray[np.float64]:
        """Sum of the accounts of each scenario [money], shape (scenario)."""
        return np.asarray(self.account.sum(axis=1))


def join_outcomes(blocks: Sequence[Outcomes]) -> Outcomes:
    """Blocks of scenarios one after the other."""
    joined: dict[str, Any] = {}
    for field in fields(Outcomes):
        values = [getattr(block, field.name) for block in blocks]
        joined[field.name] = None if values[0] is None else np.concatenate(values)
    return Outcomes(**joined)
