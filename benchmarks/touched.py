"""Bytes that a week must touch. In: a kind of network, its size. Out: bytes for each item.
One reason to exist: a roofline counts what is read and written, not what lies beside it in memory.

    NUMBA_DISABLE_JIT=1 python -m benchmarks.touched one_parent 1000 20 0.1

Plays the kernels as plain Python on rows that note what is read and written of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.everything import everything
from benchmarks.networks import assembly_network, draws, one_parent, shared_parts
from outlast.kernels import inventory, purchasing
from outlast.scenarios.draw import draw_scenarios
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.prepare import build_block, build_company, fit_rings

WEEKS = 24
"""Weeks that are played; where the cut is not drawn, it comes in the middle of them."""


class Noted:
    """One array of records, or a row of them, that notes which fields are read and written, each once."""

    def __init__(self, rows: Any, place: tuple[int, ...], read: set[Any], written: set[Any]):
        vars(self).update(_rows=rows, _place=place, _read=read, _written=written)
        vars(self).update(shape=rows.shape[len(place) :], size=rows.size)

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, place: Any) -> Noted:
        inside = place if isinstance(place, tuple) else (place,)
        return Noted(self._rows, self._place + tuple(map(int, inside)), self._read, self._written)

    def __iter__(self) -> Iterator[Noted]:
        return (self[number] for number in range(len(self)))

    def __getattr__(self, field: str) -> Any:
        self._read.add((id(self._rows), self._place, field, self._rows.dtype[field].itemsize))
        return self._rows[field][self._place].item()

    def __setattr__(self, field: str, value: Any) -> None:
        self._written.add((id(self._rows), self._place, field, self._rows.dtype[field].itemsize))
        self._rows[field][self._place] = value


def count(arrays: Any, scenarios: Scenarios, policy: Policy) -> float:
    """Bytes a week and item of records alone, a field that is read and written twice, as STREAM counts.

    Shares of scarce parts are not solved: their linear program has arrays of its own.
    """
    policy = replace(policy, sharing="priority")
    company = fit_rings(build_company(arrays, policy, False), arrays, scenarios.lead_factor)
    block = build_block(company, scenarios, np.array([WEEKS]), np.zeros(0, dtype=np.int64))
    read: set[Any] = set()
    written: set[Any] = set()

    def note(values: Any) -> Any:
        is_records = isinstance(values, np.ndarray) and values.dtype.names
        return Noted(values, (), read, written) if is_records else values

    company, block = (kind._make(map(note, kind)) for kind in (company, block))  # type: ignore[attr-defined]
    inventory.begin_path(company, block, 0)
    total = 0
    for week in range(WEEKS):
        read.clear()
        written.clear()
        inventory.begin_week(company, block, 0, week)
        purchasing.purchase(company, block, 0, week, block.paths[0].event_week)
        inventory.end_week(company, block, 0, week)
        total += sum(size for *_, size in read) + sum(size for *_, size in written)
    return total / WEEKS / len(arrays.item_ids)


def main() -> None:
    """Count, print."""
    kind, n_item, fan_in, share = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    grow = shared_parts if kind == "shared_parts" else one_parent
    bills = grow(n_item, fan_in, np.random.default_rng(1))
    if kind == "everything":
        on = everything(bills)
        arrays, policy, scenarios = on.arrays, on.policy, draw_scenarios(on.arrays, 1, 1)
    else:
        arrays = assembly_network(bills, share)
        policy, scenarios = normal_policy(arrays), draws(arrays, 1, cut=True)
        for events in (scenarios.announced, scenarios.effective, scenarios.closed):
            events[:] = WEEKS // 2
    print(json.dumps(count(arrays, scenarios, policy)))


if __name__ == "__main__":
    main()
