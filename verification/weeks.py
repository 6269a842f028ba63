"""Week by week. In: a network of stages, one draw, a policy. Out: flows and stock of every week and item.
One reason to exist: peers are compared period by period. Paths that end in week 1, 2, ... of the same draw
give the flows up to there, from the simulator's own ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.simulate.outcomes import LEDGER
from outlast.simulate.policy import Policy
from outlast.simulate.run import simulate
from verification.stages import draws

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weeks:
    """Units by week and item; `total` flows are those up to the end of the week."""

    arrays: NetworkArrays
    on_hand: Floats
    received: Floats
    made: Floats
    used: Floats
    backlog: Floats
    """By week and item; of products."""

    def in_making(self, parent: int) -> Floats:
        """Units of a made item that are started and not finished, by week."""
        row = self.arrays.bom_ptr[parent]
        child, units = self.arrays.bom_child[row], self.arrays.bom_quantity[row]
        return np.asarray(self.used[:, child] / units - self.made[:, parent])


def play(
    arrays: NetworkArrays,
    policy: Policy,
    demand: Floats,
    up: NDArray[np.bool_] | None = None,
    pauses: NDArray[np.uint8] | None = None,
) -> Weeks:
    """One draw, week by week; every child has one parent.

    Args:
        arrays: the network.
        policy: what the company does.
        demand: units by week and line.
        up: by week and source; default: always.
        pauses: of goods, bits by week and source; default: none.
    """
    count = arrays.n_week
    factor = np.divide(demand, arrays.demand, out=np.ones_like(demand), where=arrays.demand > 0)
    scenarios = draws(
        arrays,
        count,
        factor=np.broadcast_to(factor, (count, *factor.shape)),
        up=None if up is None else np.broadcast_to(up, (count, *up.shape)),
    )
    if pauses is not None:
        scenarios = replace(scenarios, pauses=np.broadcast_to(pauses, (count, *pauses.shape)))
    outcomes = simulate(arrays, scenarios, policy, ledger=True, length=np.arange(1, count + 1))
    assert outcomes.ledger is not None
    flow = {name: outcomes.ledger[:, :, column] for column, name in enumerate(LEDGER)}
    backlog = np.zeros_like(flow["end"])
    waits = np.where(arrays.line_backorder, outcomes.demanded - outcomes.sold, 0.0)
    np.add.at(backlog, (slice(None), arrays.line_product), waits)
    return Weeks(arrays, flow["end"], flow["received"], flow["made"], flow["used"], backlog)


def net_levels(weeks: Weeks, levels: Mapping[str, float]) -> dict[str, Floats]:
    """Stock net of what is owed to parents or customers, by period of a textbook: see `Peers` in the page.

    A textbook's period ends with demand and orders it at once; our week begins with the orders for the demand
    of the week before. So its period t is our week t for a product, and our week t + 1 for what is in it.
    What a parent lacks and has not started is its level less net stock and making.
    """
    arrays = weeks.arrays
    net: dict[str, Floats] = {}
    short = np.zeros((len(weeks.on_hand) - 1, len(arrays.item_ids)))
    for item in reversed(arrays.make_order):
        name, making = arrays.item_ids[item], weeks.in_making(item)[1:]
        if item in arrays.line_product:
            net[name] = weeks.on_hand[:-1, item] - weeks.backlog[:-1, item]
            made = np.diff(weeks.made[:, item])
            lacks = levels[name] - net[name] - made - making
        else:
            net[name] = weeks.on_hand[1:, item] - short[:, item]
            lacks = levels[name] - net[name] - making
        for row in range(arrays.bom_ptr[item], arrays.bom_ptr[item + 1]):
            short[:, arrays.bom_child[row]] += arrays.bom_quantity[row] * lacks
    for item in range(len(arrays.item_ids)):
        name = arrays.item_ids[item]
        if item in arrays.line_product:
            net[name] = weeks.on_hand[:-1, item] - weeks.backlog[:-1, item]
        elif not arrays.made[item]:
            net[name] = weeks.on_hand[1:, item] - short[:, item]
    return net
