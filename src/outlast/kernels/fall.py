"""The nearest values that do not rise. In: values, and what each of them weighs. Out: values that fall.
One reason to exist: prices of rows that overlap add up from the end, so that their sums fall with time.

Source: Barlow, Bartholomew, Bremner & Brunk (1972), Statistical Inference under Order Restrictions, section
1.2 (pool adjacent violators).
"""

from __future__ import annotations

from typing import TypeVar

from outlast.kernels.jit import inner_kernel
from outlast.kernels.teeth import Floats, Single

Values = TypeVar("Values", Floats, Single)


@inner_kernel
def fall(value: Values, weight: Values, level: Values, total: Values, count: Values) -> None:
    """The nearest values that do not rise and are not below 0, in place.

    Args:
        value: written.
        weight: of squares of distances from them, of the same shape.
        level: written over, and so are `total` and `count`; of the same shape.
    """
    blocks = 0
    for k in range(len(value)):
        level[blocks], total[blocks], count[blocks] = value[k], weight[k], 1
        blocks += 1
        while blocks > 1 and level[blocks - 1] > level[blocks - 2]:
            a, b = total[blocks - 2], total[blocks - 1]
            level[blocks - 2] = (a * level[blocks - 2] + b * level[blocks - 1]) / (a + b)
            total[blocks - 2] = a + b
            count[blocks - 2] += count[blocks - 1]
            blocks -= 1
    k = 0
    for block in range(blocks):
        for _ in range(int(count[block])):
            value[k] = max(level[block], 0)
            k += 1
