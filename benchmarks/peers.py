"""Speed beside stockpyl and SupplyNetPy on the same networks. In: periods that the peers play. Out: rows of
speeds and their ratios. One reason to exist: a ratio is measured in one run, one process each.

Processor time counts, so that other work on the machine matters little. Before a speed is believed, the net
stock of the product must be the same in both programs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from outlast.simulate.run import simulate
from verification.peers.ask import ask
from verification.stages import Stage, build, draws, order_up_to
from verification.trees import PLENTY, Tree, serial, star, wide_assembly
from verification.weeks import net_levels, play

WEEKS, SCENARIOS = 104, 2000


def our_speed(arrays: Any, levels: dict[str, float], n_node: int) -> float:
    """Node-weeks a second of processor time, compiling left out; every scenario has demand of its own."""
    policy = order_up_to(arrays, levels)
    factor = np.random.default_rng(1).uniform(0, 2, (SCENARIOS, *arrays.demand.shape))
    scenarios = draws(arrays, SCENARIOS, factor=factor)
    length = np.full(SCENARIOS, arrays.n_week)
    simulate(arrays, draws(arrays, 1), policy)
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        simulate(arrays, scenarios, policy, length=length)
        best = min(best, time.process_time() - start)
    return n_node * arrays.n_week * SCENARIOS / best


def beside_stockpyl(
    name: str, grow: Callable[[np.random.Generator, int], Tree], periods: int
) -> dict[str, Any]:
    """Both speeds."""
    tree = grow(np.random.default_rng(3), periods)
    n_node = len(tree.lead)
    (answer,) = ask("stockpyl", [{"periods": periods, "nodes": tree.nodes(), "checks": "N"}])
    arrays = build(tree.stages(), periods + 1, late=tree.late)
    net = net_levels(play(arrays, order_up_to(arrays, tree.levels()), tree.weekly()), tree.levels())
    there = np.array(answer["series"][str(tree.product)]["inventory_level"])
    assert np.allclose(net[str(tree.product)], there), "the two do not simulate the same network"
    theirs = n_node * periods / answer["cpu"]
    ours = our_speed(build(tree.stages(), WEEKS, late=tree.late), tree.levels(), n_node)
    return {"network": name, "peer": "stockpyl", "nodes": n_node, "theirs": theirs, "ours": ours}


def beside_supplynetpy(n_part: int, weeks: int) -> dict[str, Any]:
    """Both speeds on a product of many parts."""
    rng = np.random.default_rng(4)
    demand = rng.integers(1, 11, weeks).astype(np.float64)
    leads = {f"S{n}": int(rng.integers(1, 5)) for n in range(n_part)}
    level = float(round(5.5 * (max(leads.values()) + 1)))
    stages = [Stage("PLENTY", on_hand=PLENTY)]
    stages += [Stage(name, children={"PLENTY": 1.0}, weeks=lead) for name, lead in leads.items()]
    stages += [Stage("P", children=dict.fromkeys(leads, 1.0), demand=5.5, on_hand=level)]
    levels = dict.fromkeys(["PLENTY", *leads], 0.0) | {"P": level}
    maker = {"name": "P", "type": "manufacturer", "initial": level, "parts": dict.fromkeys(leads, 1)}
    maker |= {"policy": "sS", "param": {"s": level, "S": level}}
    case = {
        "weeks": weeks,
        "demand": demand.tolist(),
        "lost": False,
        "sold_at": "P",
        "nodes": [maker, *({"name": name, "type": "infinite_supplier", "raw": True} for name in leads)],
        "links": [[name, "P", lead] for name, lead in leads.items()],
    }
    (answer,) = ask("supplynetpy", [case])
    arrays = build(stages, weeks, late=1.0)
    ours = play(arrays, order_up_to(arrays, levels), demand[:, None])
    there = np.array(answer["series"]["P"]["on_hand"]) - np.array(answer["series"]["P"]["owed"])
    assert np.allclose((ours.on_hand - ours.backlog)[:, -1], there), "not the same network"
    theirs = (n_part + 1) * weeks / answer["cpu"]
    speed = our_speed(build(stages, WEEKS, late=1.0), levels, n_part + 1)
    name = f"{n_part + 1}-node assembly, {n_part} parts in one product"
    return {"network": name, "peer": "SupplyNetPy", "nodes": n_part + 1, "theirs": theirs, "ours": speed}


def rows(periods: int) -> Iterator[dict[str, Any]]:
    """Networks, node-periods a second of the peer and of ours; two are the 101-node assemblies."""
    yield beside_stockpyl("4 stages in a row", lambda rng, count: serial(rng, 4, count), 20 * periods)
    yield beside_stockpyl("101-node assembly, three levels", wide_assembly, periods)
    yield beside_stockpyl("101-node assembly, 100 parts in one product", star, periods)
    yield beside_supplynetpy(100, 4 * periods)
