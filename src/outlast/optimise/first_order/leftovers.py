"""What is left at the end, at its least. In: `Context`. Out: end losses of parts and goods for bounds.
One reason to exist: parts that are left may be made into products that lose less by it, so that no plan loses
more than the cheaper of the two; plans are charged as they stand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.context import Context

Floats = NDArray[np.float64]


def least_end_loss(context: Context) -> Floats:
    """What a unit left at the end loses at least of its standard cost, shape (item at risk) [money].

    All that goes into something made loses no more together than that: each is written down by the least
    share that anything it goes into leaves. What they could be bought for less stays lost in either form.
    """
    arrays, items, place = context.problem.arrays, context.problem.items, context.problem.place
    written = (arrays.write_down_share * arrays.standard_cost)[items]
    share = np.ones(len(items))
    for item in [int(item) for item in arrays.make_order[::-1] if place[item] >= 0]:
        child, quantity = context.inside[item]
        together = float(quantity @ written[child])
        if together > 0:
            left = share[place[item]] * written[place[item]]
            share[child] = np.minimum(share[child], left / together)
    least = context.end_loss[items] - written * (1.0 - share)
    # What does not keep may be thrown away instead, which costs no less the later it is.
    life, window = arrays.shelf_life[items], arrays.window_weeks
    saved = arrays.holding_cost[items] * np.maximum(window - life, 0.0)
    thrown = np.maximum(arrays.standard_cost[items] - saved, 0.0)
    return np.where(life < window, np.minimum(least, thrown), least)
