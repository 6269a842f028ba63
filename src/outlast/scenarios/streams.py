"""Named streams of random numbers. In: a seed, names, a block. Out: numpy Generators.
One reason to exist: the same seed gives the same draws, whatever the number of processes and
whatever else is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np

BLOCK = 16
"""Scenarios that are drawn and played together: a thousand of them keep 60 workers busy, and smaller blocks
would gain nothing."""


def row_streams(
    seed: int, block: int, name: str, rows: Iterable[tuple[str, ...]]
) -> Iterator[np.random.Generator]:
    """A stream for each row, by the row's name: other rows of the case change nothing in it.

    It is one generator that is moved from stream to stream (2 microseconds; one of its own for each row would
    take 7 and more): take what is needed of each before asking for the next.

    Args:
        seed: seed of the run.
        name: what is drawn, e.g. "demand".
        block: number of the block of scenarios, or of a batch of draws.
        rows: what identifies each row in the case, e.g. (product_id, market_id).

    Source: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. Its Philox has
    2^128 streams, chosen by a hash of the row's name, and 2^256 numbers of each; block k begins at k 2^192.

    Examples:
        >>> pair = [rng.random() for rng in row_streams(1, 0, "switch", [("LENS-1",), ("LENS-2",)])]
        >>> pair[1] == next(row_streams(1, 0, "switch", [("LENS-2",)])).random()
        True
    """
    philox = np.random.Philox(key=0)
    rng = np.random.Generator(philox)
    fresh = philox.state
    fresh["state"]["counter"] = np.array([0, 0, 0, block], dtype=np.uint64)
    for row in rows:
        # Lengths go in front, so that no two rows are hashed as the same text.
        words = "".join(f"{len(word)}:{word}" for word in (str(seed), name, *row))
        digest = hashlib.blake2b(words.encode(), digest_size=16).digest()
        fresh["state"]["key"] = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
        philox.state = fresh
        yield rng
