"""What the simulator must reach, in one run beside the peers.

    python -m benchmarks.reach [--json] [--write] [--small]

Speed on two workers and on one, memory, peers, every feature switched off once, many scenarios in flat
memory, times to survive. `--json` prints the record in place of the page, `--write` keeps it in
docs/benchmarks/ and writes docs/benchmarks.md, `--small` tries the program on tiny networks. Exit status 1
if something is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from benchmarks import machine, page, peers
from benchmarks.everything import Instance, everything
from benchmarks.features import FEATURES, Feature
from benchmarks.networks import assembly_network, draws, one_parent, shared_parts
from benchmarks.three_tiers import suppliers, three_tiers
from outlast.cluster import Executor, LocalProcesses, ThisProcess
from outlast.network.arrays import NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.draw import draw_scenarios
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.outcomes import Outcomes
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.run import simulate
from outlast.survive import survive

WORKERS = 2
SEED = 1


class Sizes(NamedTuple):
    """How much is measured."""

    items: int = 1000
    fan_in: int = 20
    scenarios: int = 768
    feature_scenarios: int = 16
    periods: int = 26
    stream_items: int = 10_000
    stream_scenarios: int = 1000


SMALL = Sizes(122, 5, 64, 8, 3, 200, 256)


# --- speed


def touched(kind: str, sizes: Sizes, share: float = 0.0) -> float:
    """Bytes that a week must touch for each item, counted in a process where nothing is compiled."""
    asked = [
        sys.executable,
        "-m",
        "benchmarks.touched",
        kind,
        str(sizes.items),
        str(sizes.fan_in),
        str(share),
    ]
    return float(subprocess.run(asked, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, **CAUGHT).stdout)


def speed(
    arrays: NetworkArrays, scenarios: Scenarios, policy: Policy, executor: Executor
) -> tuple[float, float, Outcomes]:
    """Item-weeks a second by the clock, and by processor time of this process, best of 3; what came out."""
    walls, cpus = [], []
    for _ in range(3):
        start, start_cpu = time.perf_counter(), time.process_time()
        outcomes = simulate(arrays, scenarios, policy, executor=executor)
        walls.append(time.perf_counter() - start)
        cpus.append(time.process_time() - start_cpu)
    work = len(arrays.item_ids) * int(outcomes.length.sum())
    return work / min(walls), work / min(cpus), outcomes


def beside(
    name: str, arrays: NetworkArrays, scenarios: Scenarios, policy: Policy, workers: Executor
) -> dict[str, Any]:
    """Speed of two workers and, on a third of the scenarios, of this process."""
    simulate(
        arrays, scenarios.part(0, 64), policy, executor=workers
    )  # workers start, and load what is compiled
    two, _, outcomes = speed(arrays, scenarios, policy, workers)
    few = scenarios.part(0, max(32, scenarios.n_scenario // 3))
    one, one_cpu, alone = speed(arrays, few, policy, ThisProcess())
    assert alone.account.tobytes() == outcomes.account[: few.n_scenario].tobytes(), (
        "workers change the result"
    )
    return {
        "network": name,
        "items": len(arrays.item_ids),
        "links": len(arrays.bom_child),
        "sources": len(arrays.source_ids),
        "lines": len(arrays.line_ids),
        "served": float(outcomes.sold.sum() / outcomes.demanded.sum()),
        "two_workers": two,
        "one_process": one,
        "one_process_by_cpu": one_cpu,
    }


def measure_speed(sizes: Sizes, workers: Executor) -> Iterator[dict[str, Any]]:
    """Assembly networks, a tenth and half of the parts cut; lost sales, lead times, noisy demand."""
    for name, grow in (("one parent each", one_parent), ("shared parts", shared_parts)):
        bills = grow(sizes.items, sizes.fan_in, np.random.default_rng(SEED))
        for share in (0.1, 0.5):
            arrays = assembly_network(bills, share)
            scenarios = draws(arrays, sizes.scenarios, cut=True)
            found = beside(name, arrays, scenarios, normal_policy(arrays), workers)
            yield {"cut": share, **found, "bytes": touched(grow.__name__, sizes, share)}


def plain_features(sizes: Sizes) -> list[dict[str, Any]]:
    """The instance of the speeds without what it has on, one at a time."""
    bills = one_parent(sizes.items, sizes.fan_in, np.random.default_rng(SEED))
    arrays = assembly_network(bills, 0.1)
    scenarios = draws(arrays, sizes.feature_scenarios, cut=True)
    never = np.full_like(scenarios.announced, NEVER)
    calm = replace(scenarios, announced=never, effective=never, closed=never, relief=never)
    steady = replace(scenarios, demand_factor=np.ones_like(scenarios.demand_factor))
    waiting = replace(arrays, line_backorder=np.ones_like(arrays.line_backorder))
    variants = {
        "cut": (arrays, calm),
        "lost sales": (waiting, scenarios),
        "lead times": (replace(arrays, source_lead=np.zeros_like(arrays.source_lead)), scenarios),
        "making times": (replace(arrays, make_weeks=np.zeros_like(arrays.make_weeks)), scenarios),
        "noise of demand": (arrays, steady),
    }
    on = weekly_value(simulate(arrays, scenarios, normal_policy(arrays)))
    return [
        {"name": name, "on": on, "off": weekly_value(simulate(other, draw, normal_policy(other)))}
        for name, (other, draw) in variants.items()
    ]


def weekly_value(outcomes: Outcomes) -> float:
    """Value of a week [money]: paths are of different lengths."""
    return float(outcomes.value.sum() / outcomes.length.sum())


# --- everything on


def figures(on: Instance, count: int) -> dict[str, float]:
    """Means over scenarios drawn for this case: what shows a feature, and speed by processor time."""
    scenarios = draw_scenarios(on.arrays, count, SEED)
    start = time.process_time()
    outcomes = simulate(on.arrays, scenarios, on.policy)
    cpu = time.process_time() - start
    return {
        "value": weekly_value(outcomes),
        "cash_low": float(outcomes.cash_low.mean()),
        "cash_weeks": float(np.minimum(outcomes.cash_out_week, outcomes.length).mean()),
        "speed": len(on.arrays.item_ids) * int(outcomes.length.sum()) / cpu,
    }


def switch_off(on: Instance, feature: Feature, count: int, with_it: dict[str, float]) -> dict[str, Any]:
    """One feature: its figure with and without it, and the speed without it."""
    without = figures(feature.off(on), count)
    return {
        "name": feature.name,
        "figure": feature.figure,
        "on": with_it[feature.figure],
        "off": without[feature.figure],
        "speed_without": without["speed"],
    }


def measure_everything(sizes: Sizes, workers: Executor) -> dict[str, Any]:
    """Speed with all features on, and what each does to the result and to the speed."""
    bills = one_parent(sizes.items, sizes.fan_in, np.random.default_rng(SEED))
    on, count = everything(bills), sizes.feature_scenarios
    start = time.process_time()
    scenarios = draw_scenarios(on.arrays, 4 * count, SEED)
    drawing = time.process_time() - start
    found = beside("everything on", on.arrays, scenarios, on.policy, workers)
    with_it = figures(on, count)
    return {
        **found,
        "bytes": touched("everything", sizes),
        "drawing_seconds_a_scenario": drawing / (4 * count),
        "speed": with_it["speed"],
        "features": [switch_off(on, feature, count, with_it) for feature in FEATURES],
    }


# --- the rest


def first_call() -> float:
    """Seconds of the first simulation of a process."""
    arrays = assembly_network(one_parent(200, 20, np.random.default_rng(SEED)), 0.1)
    scenarios, policy = draws(arrays, 1, cut=True), normal_policy(arrays)
    return machine.timed(lambda: simulate(arrays, scenarios, policy))


def measure_compiling() -> dict[str, float]:
    """The first call of a process where nothing is compiled yet, and where it is."""
    with tempfile.TemporaryDirectory() as folder:
        asked = [sys.executable, "-c", "from benchmarks.reach import first_call; print(first_call())"]
        told = [
            float(subprocess.run(asked, env={**os.environ, "NUMBA_CACHE_DIR": folder}, **CAUGHT).stdout)
            for _ in range(2)
        ]
    return {"compiled_now": told[0], "from_the_cache": told[1]}


CAUGHT: dict[str, Any] = {"check": True, "stdout": subprocess.PIPE, "text": True}


def measure_stream(sizes: Sizes) -> dict[str, Any]:
    """In a process of its own, whose memory is counted."""
    asked = [sys.executable, "-m", "benchmarks.stream"]
    asked += [str(n) for n in (sizes.stream_items, sizes.stream_scenarios, WORKERS)]
    told: dict[str, Any] = json.loads(subprocess.run(asked, **CAUGHT).stdout)
    return told


def measure_survive() -> dict[str, Any]:
    """All times of a network of three tiers, in this process; a first call loads what is compiled."""
    arrays = three_tiers()
    network = suppliers(arrays)
    survive(arrays, network)
    start, start_cpu = time.perf_counter(), time.process_time()
    answer = survive(arrays, network)
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    rows = [*answer.products, *answer.items, *answer.sources, *answer.suppliers, *answer.restrictions]
    recover = sum(row.time_to_recover_weeks is not None for row in rows)
    return {"nodes": len(answer.items), "cuts": len(rows), "recover": recover, "seconds": wall, "cpu": cpu}


def run(sizes: Sizes) -> dict[str, Any]:
    """The whole record."""
    start = time.perf_counter()
    record: dict[str, Any] = {"measured": date.today().isoformat(), "machine": machine.describe()}
    record["load_before"] = machine.load()
    tell("compiling")
    record["compiling"] = measure_compiling()
    tell("memory")
    record["bandwidth"] = {
        "one_core_memory": machine.bandwidth(400, 1),
        "two_cores_memory": machine.bandwidth(400, 2),
        "one_core_cache": machine.bandwidth(1, 1),
    }
    with LocalProcesses(WORKERS) as workers:
        tell("speed")
        record["speed"] = list(measure_speed(sizes, workers))
        tell("every feature on")
        record["everything"] = measure_everything(sizes, workers)
    record["features"] = plain_features(sizes)
    tell("peers")
    record["peers"] = list(peers.rows(sizes.periods))
    tell("many scenarios")
    record["stream"] = measure_stream(sizes)
    tell("times to survive")
    record["survive"] = measure_survive()
    record["load_after"] = machine.load()
    record["seconds"] = time.perf_counter() - start
    return record


def tell(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, keep."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for word in ("json", "write", "small"):
        words.add_argument(f"--{word}", action="store_true")
    given = words.parse_args()
    record = page.shorten(run(SMALL if given.small else Sizes()))
    print(json.dumps(record, indent=1) if given.json else page.render(record))
    if given.write:
        page.write(record)
    missed = [goal for goal in page.goals(record) if not goal.reached]
    for goal in missed:
        print(f"missed: {goal.what}: {goal.value}", file=sys.stderr)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
