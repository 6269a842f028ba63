"""Named streams of random numbers. In: a seed, a name, a block. Out: a numpy Generator.
One reason to exist: the same seed gives the same draws, whatever the number of processes and
whatever else is drawn.
"""

from __future__ import annotations

import zlib

import numpy as np

BLOCK = 256
"""Scenarios that share one set of streams; block k depends on the seed and k alone."""


def stream(seed: int, name: str, block: int = 0) -> np.random.Generator:
    """Generator of a stream; streams of other names, blocks or seeds are independent of it.

    Args:
        seed: seed of the run.
        name: what is drawn, e.g. "demand".
        block: number of the block of scenarios.

    Source: O'Neill (2015), seed sequences with spawn keys, as in `numpy.random.SeedSequence`.

    Examples:
        >>> stream(1, "demand").random() == stream(1, "demand").random()
        True
    """
    key = (zlib.crc32(name.encode()), block)
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))
