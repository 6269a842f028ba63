"""A policy of the user's own. In: a function that is asked once a week. Out: `Outcomes`.
One reason to exist: whatever can be written in Python can be compared with what is built in. Slower
than a `Policy`, as the weeks of a block of scenarios are played one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from outlast.errors import UsageError
from outlast.kernels.inventory import begin_path, begin_week, end_path, end_week
from outlast.kernels.purchasing import look, order
from outlast.kernels.shapes import Block, Company
from outlast.network.arrays import Axes, Floats, NetworkArrays
from outlast.periods import NEVER

STATE: tuple[str, ...] = (
    *("items", "sources", "lines", "restrictions", "cuts", "source_weeks", "weeks"),
    *("due", "making", "lots", "tight", "tally", "ledger"),
    *("suppliers", "claims", "foreseen", "cancellable"),
)
"""Arrays of a `Company` that its weeks change."""

MOST = 1e15
"""Units of an order; a case may not state more either, and sums of more lose units."""


@dataclass(frozen=True)
class KnownWeek:
    """What the company knows when it orders: nothing that lies ahead but means and announced dates."""

    week: int
    scenario: Annotated[
        NDArray[np.int64],
        Axes(
            "scenario",
            "number",
            "of the rows below, from 0 in each simulation; those that are over have none",
        ),
    ]
    arrays: NetworkArrays
    """The case: means, costs, names; without the days of dated restrictions, see `announced`."""
    on_hand: Annotated[Floats, Axes("scenario, item", "units", "usable stock")]
    due: Annotated[Floats, Axes("scenario, item", "units", "on order")]
    waiting: Annotated[Floats, Axes("scenario, item", "units", "that backlogs wait for")]
    room: Annotated[Floats, Axes("scenario, source", "units", "that may be ordered now; inf: any number")]
    lead_weeks: Annotated[Floats, Axes("scenario, source", "weeks", "expected lead time of an order")]
    unit_price: Annotated[Floats, Axes("scenario, source", "money/unit", "price in a normal order")]
    announced: Annotated[NDArray[np.bool_], Axes("scenario, restriction", "-", "known by now")]

    @property
    def position(self) -> Floats:
        """On hand and due, less what is waited for [units], shape (scenario, item)."""
        return self.on_hand + self.due - self.waiting


OwnPolicy = Callable[[KnownWeek], Floats]
"""Asked in every week: units to order, shape (scenario, source). They are raised to the lots of a source
and cut to its room. Scenarios that are over are not asked about. A policy that remembers keys its memory by
`KnownWeek.scenario` and begins anew in week 0: each simulation numbers its scenarios from 0."""


def play_own_block(
    arrays: NetworkArrays, company: Company, block: Block, decide: OwnPolicy, first: int = 0
) -> None:
    """Play a block with orders by `decide`; switches, production and sharing stay as in `company`.

    Args:
        arrays: the case.
        company: the case and the rest of the policy.
        block: scenarios that have not been played yet.
        decide: what is ordered.
        first: number of the first scenario of the block.

    Raises:
        UsageError: orders of another shape, or no numbers from 0 up.
    """
    known = _locked(arrays)
    companies = [
        company._replace(**{name: getattr(company, name).copy() for name in STATE}) for _ in block.paths
    ]
    for n in range(len(companies)):
        begin_path(companies[n], block, n)
    for t in range(int(block.paths["length"].max(initial=0))):
        running = np.flatnonzero(block.paths["length"] > t)
        for n in running.tolist():
            begin_week(companies[n], block, n, t)
        units = _check(decide(see_week(known, companies, block, running, t, first)), len(running), arrays)
        for row, n in enumerate(running.tolist()):
            order(companies[n], block, n, t, units[row])
            end_week(companies[n], block, n, t)
    for n in range(len(companies)):
        end_path(companies[n], block, n)


def see_week(
    arrays: NetworkArrays,
    companies: list[Company],
    block: Block,
    running: NDArray[np.int64],
    t: int,
    first: int,
) -> KnownWeek:
    """The state of some scenarios in a week, as copies that nobody can change."""
    items = np.empty((len(running), 3, len(arrays.item_ids)))
    sources = np.empty((len(running), 3, len(arrays.source_ids)))
    for row, n in enumerate(running.tolist()):
        look(companies[n], block, n, t, items[row], sources[row])
    announced, scenario = block.events["announced"][running] <= t, running + first
    for seen in (items, sources, announced, scenario):
        seen.flags.writeable = False
    return KnownWeek(
        week=t,
        scenario=scenario,
        arrays=arrays,
        on_hand=items[:, 0],
        due=items[:, 1],
        waiting=items[:, 2],
        room=sources[:, 0],
        lead_weeks=sources[:, 1],
        unit_price=sources[:, 2],
        announced=announced,
    )


def _locked(arrays: NetworkArrays) -> NetworkArrays:
    """The case, so that a policy that writes to it fails instead of playing another case. Days of
    restrictions that are dated are hidden: they are told when they are announced."""
    views: dict[str, Any] = {}
    hidden = replace(arrays, fixed_week=np.full_like(arrays.fixed_week, NEVER))
    for field in fields(hidden):
        value = getattr(hidden, field.name)
        if isinstance(value, np.ndarray):
            views[field.name] = value.view()
            views[field.name].flags.writeable = False
    return replace(arrays, **views)


def _check(units: Floats, n: int, arrays: NetworkArrays) -> Floats:
    given = np.ascontiguousarray(units, dtype=np.float64)
    shape = (n, len(arrays.source_ids))
    if given.shape != shape:
        raise UsageError(f"the policy ordered in shape {given.shape}, {shape} is needed: (scenario, source)")
    if not np.isfinite(given).all() or given.min(initial=0.0) < 0:
        raise UsageError("the policy ordered something that is no number from 0 up")
    if given.max(initial=0.0) > MOST:
        raise UsageError(f"the policy ordered {given.max():g} units of a source, more than {MOST:g}")
    return given
