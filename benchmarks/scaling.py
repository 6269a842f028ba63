"""Scaling of the simulator from one worker to two, on every engine, and what that foretells.

    python -m benchmarks.scaling [items] [scenarios] [repeats]

The network of `networks.py`, half of its parts cut in mid-horizon; workers draw the blocks that they play.
Medians; starting workers, and their first run, which loads compiled code, are printed apart. Wall-clock
times tell the truth on a quiet machine only. Processor times, of the caller and of the blocks, tell what it
would be: the caller's share is serial, the blocks' is divided among workers.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np

from benchmarks.networks import HORIZON, assembly_network, three_children
from outlast.cluster import Executor, LocalProcesses, RayCluster, ThisProcess
from outlast.network.arrays import NetworkArrays
from outlast.scenarios.draw import Draws
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate

ENGINES: dict[str, Callable[[], Any]] = {
    "this process": lambda: nullcontext(ThisProcess()),
    "local, 1 worker": lambda: LocalProcesses(1),
    "local, 2 workers": lambda: LocalProcesses(2),
    "ray, 1 worker": lambda: RayCluster(workers=1),
    "ray, 2 workers": lambda: RayCluster(workers=2),
}
BIG_PARTS, BIG_SCENARIOS, BIG_CORES = 100_000, 1_000, 64


class Times(NamedTuple):
    """Medians over runs [s]."""

    wall: float
    caller: float
    """Processor time of the caller without blocks that it runs itself."""
    blocks: float
    """Processor time of all blocks."""


def run_timed(common: tuple[Callable[[Any, Any], Any], Any], block: Any) -> tuple[Any, float]:
    """A result, and the processor time that it took."""
    function, shared = common
    start = time.process_time()
    return function(shared, block), time.process_time() - start


class Stopwatch:
    """An executor that sums the processor times of blocks."""

    def __init__(self, executor: Executor):
        self.executor, self.seconds = executor, 0.0

    def run(self, function: Callable[[Any, Any], Any], common: Any, blocks: Sequence[Any]) -> Iterator[Any]:
        for result, seconds in self.executor.run(run_timed, (function, common), blocks):
            self.seconds += seconds
            yield result


def measure(arrays: NetworkArrays, count: int, repeats: int) -> dict[str, Times]:
    """Times of each engine; their results are the same."""
    draws, policy = Draws(count, 1, event=(0, HORIZON // 2)), normal_policy(arrays)
    measured, values = {}, set()
    for name, engine in ENGINES.items():
        start = time.perf_counter()
        with engine() as executor:
            started, runs = time.perf_counter() - start, []
            for _ in range(repeats + 1):
                watch = Stopwatch(executor)
                wall, own = time.perf_counter(), time.process_time()
                values.add(simulate(arrays, draws, policy, executor=watch).value.tobytes())
                wall, own = time.perf_counter() - wall, time.process_time() - own
                here = watch.seconds if name == "this process" else 0.0
                runs.append(Times(wall, own - here, watch.seconds))
        measured[name] = Times(*(statistics.median(column) for column in zip(*runs[1:], strict=True)))
        told = ", ".join(f"{kind} {value:.2f} s" for kind, value in measured[name]._asdict().items())
        print(f"{name}: {told}; start {started:.1f} s, first run {runs[0].wall:.1f} s", flush=True)
    assert len(values) == 1, "results differ"
    return measured


def main() -> None:
    """Print times, serial shares and the projection."""
    given = [int(word) for word in sys.argv[1:]]
    n_item, count, repeats = [*given, *(2000, 512, 3)[len(given) :]]
    print(f"{n_item} items, {count} scenarios, load of the machine before: {os.getloadavg()[0]:.1f}")
    arrays = assembly_network(three_children(n_item, np.random.default_rng(1)), 0.5)
    measured = measure(arrays, count, repeats)
    for engine in ("local", "ray"):
        one, two = measured[f"{engine}, 1 worker"], measured[f"{engine}, 2 workers"]
        likely = (one.caller + one.blocks) / (two.caller + two.blocks / 2)
        print(
            f"{engine}: {one.wall / two.wall:.2f} x from 1 to 2 workers by the wall clock, {likely:.2f} x by "
            f"processor times; serial {two.caller / (two.caller + two.blocks):.1%}"
        )
    _, caller, blocks = measured["local, 2 workers"]
    scale = BIG_PARTS / len(arrays.source_ids) * BIG_SCENARIOS / count / 60
    print(
        f"{BIG_PARTS:,} parts, {BIG_SCENARIOS:,} scenarios: {(caller + blocks) * scale:.1f} min on one core"
    )
    wall = f"{(caller + blocks / BIG_CORES) * scale:.2f} min, {caller * scale:.2f} of them serial"
    print(f"on {BIG_CORES} cores: {wall}")


if __name__ == "__main__":
    main()
