"""First-order steps of the trunk. In: decisions and prices, their gradients. Out: the next, in place.
One reason to exist: what the trunk does each step in one pass over memory, which is what bounds it.

Source: Chambolle & Pock (2011), Journal of Mathematical Imaging and Vision 40; Lu & Yang (2024),
arXiv:2407.16144 (reflected steps drawn to an anchor); Parikh & Boyd (2014), Foundations and Trends in
Optimization 1, chapter 6 (soft thresholding).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import kernel

Floats = NDArray[np.float64]
Mixing = tuple[float, float, float]


@kernel
def step_decisions(
    z: Floats,
    anchor: Floats,
    ahead: Floats,
    slope: Floats,
    size: Floats,
    bounds: tuple[Floats, Floats],
    charge: tuple[Floats, Floats],
    weight: float,
    mixing: Mixing,
    span: tuple[int, int],
) -> None:
    """A step of decisions against their slope, within bounds.

    Args:
        z: where they stand, shape (z); written: where they go.
        anchor: where they stood at the anchor.
        ahead: written: extrapolated.
        slope: of the loss.
        size: sums of coefficients.
        bounds: least and most.
        charge: from where moving away costs, and what; of no length if nothing is charged. A step ends nearer
            to that point, or on it.
        weight: primal weight.
        mixing: share of the step, how far again it goes beyond its end, and share of the anchor.
        span: first decision and the one after the last.
    """
    keep, past, away = mixing
    for i in range(span[0], span[1]):
        pace = 1.0 / (weight * size[i])
        new = z[i] - slope[i] * pace
        if len(charge[0]):
            apart = new - charge[0][i]
            new = charge[0][i] + np.sign(apart) * max(abs(apart) - pace * charge[1][i], 0.0)
        new = min(max(new, bounds[0][i]), bounds[1][i])
        ahead[i] = new + (new - z[i])
        z[i] = keep * (new + past * (new - z[i])) + away * anchor[i]


@kernel
def step_prices(
    price: Floats,
    anchor: Floats,
    value: Floats,
    size: Floats,
    bounds: tuple[Floats, Floats],
    share: Floats,
    weight: float,
    mixing: Mixing,
    span: tuple[int, int],
) -> None:
    """A step of prices of rows: above 0 where rows are above their most, below 0 where below their least.

    Args:
        price: where they stand, shape (row); written: where they go.
        anchor: where they stood at the anchor.
        value: of rows, extrapolated.
        size: sums of coefficients.
        bounds: least and most of rows; may be infinite.
        share: weight of each row, or of all, shape (row) or (1).
        weight: primal weight.
        mixing: as for `step_decisions`.
        span: first row and the one after the last.
    """
    keep, past, away = mixing
    one = len(share) == 1
    for i in range(span[0], span[1]):
        move = (share[0] if one else share[i]) * weight / size[i]
        wanted = price[i] + move * value[i]
        new = max(wanted - move * bounds[1][i], 0.0) + min(wanted - move * bounds[0][i], 0.0)
        price[i] = keep * (new + past * (new - price[i])) + away * anchor[i]
