"""Use of parts in a tooth. In: compact teeth, making by product and assembly. Out: use up to the ends of
segments. One reason to exist: what holding, buying and cutting down add up alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import inner_kernel
from outlast.kernels.teeth import Teeth

Floats = NDArray[np.float64]
CHUNK = 8
"""Segments whose use is added up at once."""
ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN = (np.uint64(number) for number in range(1, CHUNK))
"""Places without a sign, which need no look whether they count from the end."""


@inner_kernel
def use_up_to(teeth: Teeth, use: Floats, part: int, low: int, high: int, used: Floats) -> int:
    """What products use of a part up to the ends of segments `low` to `high` and some more [weeks of cover],
    written; returns the segment after the last.

    Eight segments at a time: processors add up eight figures as fast as one.
    """
    k = low
    while k < high:
        a = b = c = d = e = f = g = h = 0.0
        first = np.uint64(k)
        for m in range(np.uint64(teeth.part_first[part]), np.uint64(teeth.part_first[part + 1])):
            share, making = teeth.part_share[m], use[np.uint32(teeth.part_product[m])]
            a += share * making[first]
            b += share * making[first + ONE]
            c += share * making[first + TWO]
            d += share * making[first + THREE]
            e += share * making[first + FOUR]
            f += share * making[first + FIVE]
            g += share * making[first + SIX]
            h += share * making[first + SEVEN]
        into = used[k : k + CHUNK]
        into[0], into[1], into[2], into[3] = a, b, c, d
        into[4], into[5], into[6], into[7] = e, f, g, h
        k += CHUNK
    return k


@inner_kernel
def use_of(teeth: Teeth, part: int, making: Floats) -> float:
    """What making of products and assemblies uses of a part [weeks of cover]."""
    used = 0.0
    for m in range(np.uint64(teeth.part_first[part]), np.uint64(teeth.part_first[part + 1])):
        used += teeth.part_share[m] * making[np.uint32(teeth.part_product[m])]
    return used


@inner_kernel
def spread(teeth: Teeth, part: int, amount: float, to: Floats) -> None:
    """Adds an amount for each week of cover of a part to what uses it, shape (product and assembly)."""
    for m in range(np.uint64(teeth.part_first[part]), np.uint64(teeth.part_first[part + 1])):
        to[np.uint32(teeth.part_product[m])] += teeth.part_share[m] * amount


@inner_kernel
def add_up(use: Floats) -> None:
    """From making segment by segment to making up to their ends."""
    for j in range(len(use)):
        for k in range(1, use.shape[1]):
            use[j, k] += use[j, k - 1]


@inner_kernel
def held(ends: Floats, k: int) -> float:
    """Weeks for which what is there at the end of a segment is held."""
    before = ends[k] - (ends[k - 1] if k > 0 else 0.0)
    return (before + (ends[k + 1] - ends[k] if k < len(ends) - 1 else 1.0)) / 2


@inner_kernel
def before_orders(lead: float, ends: Floats) -> int:
    """Segments that begin before what is ordered after an event can come."""
    k = 0
    while k < len(ends) and (ends[k - 1] if k > 0 else 0.0) < lead:
        k += 1
    return k


@inner_kernel
def middle(ends: Floats, k: int) -> float:
    """Week at which what comes in a segment is counted, on average."""
    return ((ends[k - 1] if k > 0 else 0.0) + ends[k] - 1.0) / 2


@inner_kernel
def used_by(teeth: Teeth, use: Floats, part: int, k: int) -> float:
    """What is used of a part by the end of one segment; `use`: making up to the ends of segments."""
    return use_of(teeth, part, use[:, k])
