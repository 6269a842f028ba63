"""Speed beside stockpyl and SupplyNetPy on the same networks, in one run, one process each.

    python -m benchmarks.peers [periods of stockpyl]

Processor time counts, so that other work on the machine matters little. Before a speed is believed, the net
stock of the product must be the same in both programs. Fails below 10,000 times stockpyl's speed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from outlast.simulate.run import simulate
from verification.peers.ask import ask
from verification.stages import Stage, build, draws, order_up_to
from verification.trees import PLENTY, Tree, serial, star, wide_assembly
from verification.weeks import net_levels, play

WEEKS, SCENARIOS, TIMES = 104, 2000, 10_000


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


def beside_stockpyl(name: str, grow: Callable[[np.random.Generator, int], Tree], periods: int) -> float:
    """Print both speeds; ours over stockpyl's."""
    tree = grow(np.random.default_rng(3), periods)
    n_node = len(tree.lead)
    (answer,) = ask("stockpyl", [{"periods": periods, "nodes": tree.nodes(), "checks": "N"}])
    arrays = build(tree.stages(), periods + 1, late=tree.late)
    net = net_levels(play(arrays, order_up_to(arrays, tree.levels()), tree.weekly()), tree.levels())
    there = np.array(answer["series"][str(tree.product)]["inventory_level"])
    assert np.allclose(net[str(tree.product)], there), "the two do not simulate the same network"
    theirs = n_node * periods / answer["cpu"]
    ours = our_speed(build(tree.stages(), WEEKS, late=tree.late), tree.levels(), n_node)
    print(f"| {name} | stockpyl 1.0.2 | {theirs:,.0f} | {ours:,.0f} | {ours / theirs:,.0f} |")
    return ours / theirs


def beside_supplynetpy(n_part: int, weeks: int) -> float:
    """Print both speeds on a product of many parts; ours over SupplyNetPy's."""
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
    print(f"| {name} | SupplyNetPy 0.5.1 | {theirs:,.0f} | {speed:,.0f} | {speed / theirs:,.0f} |")
    return speed / theirs


def main() -> None:
    """Print a table; exit status 1 where the wanted ratio is missed."""
    periods = int(sys.argv[1]) if len(sys.argv) > 1 else 26
    print("| network | peer | its node-periods a second | ours | times |\n|---|---|---:|---:|---:|")
    beside_stockpyl("4 stages in a row", lambda rng, count: serial(rng, 4, count), 20 * periods)
    ratios = [
        beside_stockpyl("101-node assembly, three levels", wide_assembly, periods),
        beside_stockpyl("101-node assembly, 100 parts in one product", star, periods),
    ]
    beside_supplynetpy(100, 4 * periods)
    if min(ratios) < TIMES:
        sys.exit(f"less than {TIMES:,} times as fast as stockpyl")


if __name__ == "__main__":
    main()
