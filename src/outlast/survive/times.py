"""Times to survive and to recover of every cut. In: `NetworkArrays`, stock, cuts. Out: `Times`.
One reason to exist: requirements are netted once, and every question about weeks is asked of them then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outlast.network.arrays import Floats, NetworkArrays
from outlast.survive.netting import making_curve, required_curves, weeks_met
from outlast.survive.supply import NO_RETURN, Cut, Return, cut_item, track_supply

Weeks = Mapping[int, int]
"""Time to survive by cut item [weeks]."""


@dataclass(frozen=True)
class Times:
    """Whole weeks."""

    lasting: Mapping[int, Weeks]
    """Time to survive of every cut item, by identity of the cut."""
    tolerable: Mapping[int, Weeks]
    """Longest time to recover with which each cut item is there as without the cut, by identity of the
    cut; the window if longer; -1: even a source that is back at once delivers too late."""
    longer: Weeks
    """Time to survive of items that have one more week of cover, each once it is cut alone."""
    short: tuple[tuple[str, int], ...]
    """Items that fall short though nothing is cut, and how many weeks they last."""


def find_times(arrays: NetworkArrays, stock: Floats, cuts: Sequence[Cut], cover: Floats) -> Times:
    """Times of cuts.

    Args:
        arrays: the case.
        stock: on hand [units], shape (item).
        cuts: what is cut.
        cover: one week of cover of each item [units], shape (item).
    """
    window = arrays.window_weeks
    lasting: dict[int, dict[int, int]] = {id(cut): dict.fromkeys(cut.items, window) for cut in cuts}
    tolerable: dict[int, dict[int, int]] = {id(cut): dict.fromkeys(cut.items, window) for cut in cuts}
    touching: dict[int, list[Cut]] = defaultdict(list)
    for cut in cuts:
        for item in cut.items:
            touching[item].append(cut)
    short: list[tuple[str, int]] = []
    longer = {item: window for cut in cuts for item in cut.items}
    for item, required in required_curves(arrays, arrays.demand[:window], stock):
        uncut = track(arrays, item, stock, None)(NO_RETURN)
        normal = weeks_met(required, uncut)
        if normal < window:
            short.append((arrays.item_ids[item], normal))
        alone = track(arrays, item, stock, cut_item(arrays, item))(NO_RETURN)
        longer[item] = weeks_met(required, alone + cover[item])
        for cut in touching[item]:
            curve = track(arrays, item, stock, cut)
            if cut.closed_lines is None:
                lasting[id(cut)][item] = weeks_met(required, curve(NO_RETURN))
            # What can't be met anyway is no loss of the cut.
            tolerable[id(cut)][item] = _tolerable(curve, cut, np.minimum(required[-1], uncut), window)
    for cut in cuts:
        if cut.closed_lines is not None and cut.items:
            demand = arrays.demand[:window].copy()
            demand[cut.lines_week :, cut.closed_lines] = 0.0
            for item, required in required_curves(arrays, demand, stock):
                if item in cut.items:
                    curve = track(arrays, item, stock, cut)
                    lasting[id(cut)][item] = weeks_met(required, curve(NO_RETURN))
    return Times(lasting, tolerable, longer, tuple(sorted(short, key=lambda row: (row[1], row[0]))))


def lasting_alone(arrays: NetworkArrays) -> dict[int, int]:
    """Time to survive of every item in use, if its supply, or its making, and nothing else is cut [weeks]:
    what `survive` says of it, without what else it works out."""
    curves = required_curves(arrays, arrays.demand[: arrays.window_weeks], arrays.on_hand)
    return {
        item: weeks_met(required, track(arrays, item, arrays.on_hand, cut_item(arrays, item))(NO_RETURN))
        for item, required in curves
    }


def track(arrays: NetworkArrays, item: int, stock: Floats, cut: Cut | None) -> Callable[[Return], Floats]:
    """Most of an item that can be there by each week of the window [units], cumulative, shape (week): a
    function of when supply returns."""
    window = arrays.window_weeks
    if not arrays.made[item]:
        return track_supply(arrays, item, stock, window, cut).at

    def make(after: Return) -> Floats:
        return making_curve(arrays, item, stock, window, 0 if cut is None else after.making)

    return make


def tolerable_recovery(arrays: NetworkArrays, times: Times, cut: Cut) -> int | None:
    """Longest time to recover from a cut with all demand met as without it [weeks]; None: none."""
    window = arrays.window_weeks
    weeks = min(times.tolerable[id(cut)].values(), default=window)
    if cut.closed_lines is not None:
        sold = arrays.demand[cut.lines_week : window, cut.closed_lines].any(axis=1)
        if sold.any():
            weeks = min(weeks, cut.lines_week + int(np.argmax(sold)))
    return None if weeks < 0 else weeks


def _tolerable(track: Callable[[Return], Floats], cut: Cut, required: Floats, window: int) -> int:
    """Longest time to recover with which an item meets a requirement; -1: none."""
    tolerance = 1e-9 * max(1.0, float(required[-1]))

    def meets(weeks: int) -> bool:
        after = Return(dict.fromkeys(cut.left, weeks), {}, weeks, weeks)
        return bool(np.all(required <= track(after) + tolerance))

    low, high = -1, window
    if meets(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if meets(middle) else (low, middle)
    return low
