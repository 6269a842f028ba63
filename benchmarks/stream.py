"""Many scenarios of a large case in flat memory. In: items, scenarios, workers. Out: seconds and peak memory.

    python -m benchmarks.stream [items] [scenarios] [workers]

104 weeks each: 51 before a cut of a tenth of the parts, 53 after; fan-in 20, lost sales, lead times, noisy
demand; drawn and played by the workers, 16 scenarios at a time, and reduced to the mean loss of sales.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import nullcontext
from typing import Any

import numpy as np

from benchmarks.networks import assembly_network, one_parent
from outlast.cluster import LocalProcesses, ThisProcess
from outlast.scenarios.draw import Draws
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate


def stream(n_item: int, count: int, workers: int) -> dict[str, Any]:
    """Seconds by the clock, and memory: this process, and the largest worker times their number [GiB]."""
    bills = one_parent(n_item, 20, np.random.default_rng(1))
    arrays = assembly_network(bills, 0.1, horizon=52, window=53)
    start, start_cpu = time.perf_counter(), time.process_time()
    last = arrays.horizon_weeks - 1  # so that every path has all its weeks
    with LocalProcesses(workers) if workers > 1 else nullcontext(ThisProcess()) as executor:
        draws = Draws(count, 1, event=(0, last))
        outcomes = simulate(arrays, draws, normal_policy(arrays), executor=executor)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if workers > 1:
        kilobytes += workers * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "items": n_item,
        "scenarios": count,
        "workers": workers,
        "item_weeks": n_item * int(outcomes.length.sum()),
        "seconds": time.perf_counter() - start,
        "own_cpu_seconds": time.process_time() - start_cpu,
        "gib": kilobytes / 2**20,
        "unmet": float(1 - (outcomes.sold.sum(axis=1) / outcomes.demanded.sum(axis=1)).mean()),
    }


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    print(json.dumps(stream(*[*given, *(10_000, 1000, 2)[len(given) :]])))
