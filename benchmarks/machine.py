"""What the machine can do. In: nothing. Out: its name, its load, bytes a second that its memory moves.
One reason to exist: a speed means little without the machine and what else ran on it.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numba
import numpy as np


def describe() -> dict[str, Any]:
    """Processor, cores, versions."""
    words = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": words[0].split(":")[1].strip() if words else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }


def load() -> float:
    """Processes that ran or waited, on average over the last minute."""
    return round(os.getloadavg()[0], 2)


@numba.njit(nogil=True)
def triad(a: Any, b: Any, c: Any, times: int) -> None:
    """McCalpin's (1995) STREAM triad."""
    for _ in range(times):
        for i in range(len(a)):
            a[i] = b[i] + 3.0 * c[i]


def bandwidth(megabytes: int, threads: int) -> float:
    """Bytes a second that a = b + 3 c moves on some cores at once, each with arrays of its own, best of 5.

    By STREAM's count: two reads and a write of 8 bytes.
    """
    n = megabytes * 1_000_000 // 24
    arrays = [(np.empty(n), np.ones(n), np.ones(n)) for _ in range(threads)]
    times = max(1, 200_000_000 // (24 * n))
    triad(*arrays[0], 1)
    with ThreadPoolExecutor(threads) as pool:
        seconds = min(timed(lambda: list(pool.map(lambda abc: triad(*abc, times), arrays))) for _ in range(5))
    return 24 * n * times * threads / seconds


def timed(work: Callable[[], Any]) -> float:
    """Seconds by the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
