"""Many scenarios of a large case in flat memory: time and peak memory, one process.

    python benchmarks/stream.py [items] [scenarios]

103 weeks each (51 before a cut of a tenth of the parts, 52 after), fan-in 20, lost sales, lead times, noisy
demand; drawn and played 16 scenarios at a time, and reduced to the mean loss of sales.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import simulate as instance

from outlast.scenarios.draw import Draws
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate


def main() -> None:
    """Print the time by the clock and by processor time, and the peak memory."""
    n_item = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    instance.HORIZON = instance.WINDOW = 52
    arrays = instance.assembly_network(instance.one_parent(n_item, 20, np.random.default_rng(1)), 0.1)
    start, start_cpu = time.perf_counter(), time.process_time()
    last = instance.HORIZON - 1  # so that every path has all its weeks
    outcomes = simulate(arrays, Draws(count, 1, event=(0, last)), normal_policy(arrays))
    work = n_item * int(outcomes.length.sum())
    unmet = 1 - outcomes.sold.sum(axis=1) / outcomes.demanded.sum(axis=1)
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{n_item} items, {count} scenarios, {work / 1e6:.0f} million item-weeks, draws included: "
        f"{wall:.0f} s, {cpu:.0f} s of processor time"
    )
    print(
        f"{work / cpu / 1e6:.1f} million item-weeks a second of processor time, {peak:.2f} GB at most, "
        f"{unmet.mean():.1%} of demand unmet"
    )


if __name__ == "__main__":
    main()
