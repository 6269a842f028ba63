"""Making of an iterate cut down to the parts there are. In: what there is of parts. Out: making that can be
done. One reason to exist: the iterate knows what there is when a cut ends, not when.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_assemblies
from outlast.kernels.jit import inner_kernel
from outlast.kernels.teeth import After, Teeth
from outlast.kernels.use import use_up_to
from outlast.kernels.waiting import keep_inside

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOTHING = 1e-9
"""Weeks of cover that are none."""
SLIGHT = 1e-3
"""Share by which use may exceed what is there by then, and be cut down as it is."""


@inner_kernel
def drop_early(
    teeth: Teeth,
    after: After,
    t: int,
    stock: Floats,
    there: Floats,
    worth: Floats,
    made: Floats,
    use: Floats,
    used: Floats,
    bid: Floats,
    bidder: Ints,
) -> None:
    """Making that is dropped where parts are used before they are there, though there are enough in the end:
    first what is worth least for a week of cover, and of it what is made last. Of `there` no more stays at
    any time than at any later one; `use` is kept up to date; `used`, `bid`, shape (2, line), and `bidder`,
    shape (line), are written over."""
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        row, part, last = q - teeth.first_row[t], teeth.row_part[q], teeth.row_segments[q]
        if part < teeth.n_assembly:
            continue
        use_up_to(teeth, use, part, 0, last, used)
        early = False
        for k in range(last - 2, -1, -1):
            there[row, k] = min(there[row, k], there[row, k + 1])
            early = early or used[k] > there[row, k] * (1.0 + SLIGHT)
        if not early:
            continue
        bidders = _bid(teeth, part, worth, bid, bidder)
        dropped = 0.0
        for k in range(last - 1):
            over = used[k] - there[row, k] - dropped
            for place in range(bidders):
                line, share = bidder[place], bid[1, place]
                for i in range(k, -1, -1):
                    if over <= NOTHING:
                        break
                    less = min(made[i, line], over / share)
                    if less > 0.0:
                        made[i, line] -= less
                        over -= share * less
                        dropped += share * less
                        for m in range(i, use.shape[1]):
                            use[teeth.line_product[line], m] -= teeth.line_share[line] * less
        if teeth.n_assembly:
            build_assemblies(teeth, after, t, stock, False, use, used)


@inner_kernel
def _bid(teeth: Teeth, part: int, worth: Floats, bid: Floats, bidder: Ints) -> int:
    """Lines whose products use a part, those first whose sales are worth least for a week of its cover,
    written; also that worth, and what a sale uses; returns how many there are."""
    bidders = 0
    for entry in range(teeth.user_first[part], teeth.user_first[part + 1]):
        j = teeth.user_product[entry]
        for m in range(teeth.product_line_first[j], teeth.product_line_first[j + 1]):
            line, i = teeth.product_line[m], bidders
            share = teeth.user_share[entry] * teeth.line_share[line]
            here = worth[0, line] / share
            while i > 0 and bid[0, i - 1] > here:
                bid[0, i], bid[1, i], bidder[i] = bid[0, i - 1], bid[1, i - 1], bidder[i - 1]
                i -= 1
            bid[0, i], bid[1, i], bidder[i] = here, share, line
            bidders += 1
    return bidders


@inner_kernel
def cut_down(teeth: Teeth, t: int, use: Floats, there: Floats, kept: Floats, used: Floats) -> None:
    """Share of making in each segment that is kept, so that no part is used that is not there: all making in
    proportion where in the end there is too little, then the earliest first; `used` is written over, `there`
    as by `drop_early`."""
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        row, part, last = q - teeth.first_row[t], teeth.row_part[q], teeth.row_segments[q]
        if part < teeth.n_assembly:
            continue
        use_up_to(teeth, use, part, 0, last, used)
        end = min(there[row, last - 1] / used[last - 1], 1.0) if used[last - 1] > 0.0 else 1.0
        before, spent = 0.0, 0.0
        for k in range(last):
            wanted, before = (used[k] - before) * end, used[k]
            taken = min(wanted, max(there[row, k] - spent, 0.0))
            spent += taken
            if taken < wanted or end < 1.0:
                share = end * taken / wanted if wanted > 0.0 else end
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    j = teeth.part_product[m]
                    kept[j, k] = min(kept[j, k], share)
    for k in range(kept.shape[1] if teeth.n_assembly else 0):
        keep_inside(teeth, kept, k)


@inner_kernel
def scale_making(teeth: Teeth, made: Floats, kept: Floats) -> None:
    """Making cut to the share that is kept of each product."""
    for k in range(len(made)):
        for line in range(teeth.n_line):
            made[k, line] *= kept[teeth.line_product[line], k]
