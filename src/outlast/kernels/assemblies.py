"""Assemblies in a tooth. In: compact teeth, making of products. Out: making of assemblies, and what they
cost to hold. One reason to exist: what goes into a product goes through stock on its way.

What of an assembly is used beyond its stock is made, and uses what goes into it. Until its contents are
supplied again, their holding is linear (`worth` of sales, cost of stock); what an assembly costs to hold
beyond its contents is a convex function of stock and use.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.jit import inner_kernel
from outlast.kernels.teeth import After, Teeth
from outlast.kernels.use import held, middle, spread, use_of, use_up_to, used_by

Floats = NDArray[np.float64]


@inner_kernel
def build_assemblies(
    teeth: Teeth, after: After, t: int, stock: Floats, again: bool, use: Floats, used: Floats
) -> None:
    """Making of assemblies up to the ends of segments.

    Args:
        teeth: the teeth.
        after: what holding needs.
        t: the tooth.
        stock: protective stock at the event [weeks of cover], shape (item).
        again: working stock is made again once assemblies are supplied.
        use: making of products up to the ends; written: of assemblies; shape (product and assembly, segment).
        used: written over.
    """
    n = teeth.first_segment[t + 1] - teeth.first_segment[t]
    for number in range(teeth.n_assembly):
        item = after.part_item[number]
        there, since = stock_of(after, t, number, stock), after.supplied[t, item]
        if not again:
            there -= _stays(after, t, number, there)
        use_up_to(teeth, use, number, 0, n, used)
        for k in range(n):
            aside = after.working[item] if again and k >= since else 0.0
            use[teeth.n_product + number, k] = max(used[k] - there + aside, 0.0)
        for k in range(n, use.shape[1]):
            use[teeth.n_product + number, k] = use[teeth.n_product + number, n - 1]


@inner_kernel
def build_by(teeth: Teeth, after: After, t: int, stock: Floats, use: Floats, k: int) -> None:
    """Making of assemblies by the end of one segment, given that of products; see `build_assemblies`."""
    for number in range(teeth.n_assembly):
        there = stock_of(after, t, number, stock)
        there -= _stays(after, t, number, there)
        use[teeth.n_product + number, k] = max(used_by(teeth, use, number, k) - there, 0.0)


@inner_kernel
def _stays(after: After, t: int, assembly: int, there: float) -> float:
    """Of `stock_of`, what a plan does not use, as nothing inside is cut: working stock stays where it is, and
    contents go on as usual [weeks of cover]."""
    item = after.part_item[assembly]
    return min(there, after.working[item]) if after.supplied[t, item] == 0 else 0.0


@inner_kernel
def hold_assemblies(
    teeth: Teeth, after: After, t: int, stock: Floats, ends: Floats, use: Floats, used: Floats
) -> float:
    """What assemblies cost to hold beyond what is counted of their contents, and what is lost of them at the
    end [money]; `use` as `build_assemblies` writes it, `used` is written over."""
    loss = 0.0
    for number in range(teeth.n_assembly):
        item = after.part_item[number]
        there, working = stock_of(after, t, number, stock), after.working[item]
        use_up_to(teeth, use, number, 0, len(ends), used)
        for k in range(len(ends)):
            cost = (after.holding[item] - after.inside[t, k, number]) * held(ends, k)
            if k < after.supplied[t, item]:
                loss += cost * (max(there - used[k], 0.0) - working)
            else:
                loss += cost * max(there - working - used[k], 0.0)
        since = after.supplied[t, item]
        if 0 < since < len(ends):
            # Of working stock that is used no more holding is saved than until supply is back.
            dip = min(max(used[since - 1] + working - there, 0.0), working)
            loss += after.holding[item] * dip * (middle(ends, since) - ends[since - 1])
        end_loss = after.end_loss_cut[item] if since >= len(ends) else after.end_loss[item]
        loss += end_loss * max(there - working - used[len(ends) - 1], 0.0)
    return loss


@inner_kernel
def touch_assemblies(
    teeth: Teeth,
    after: After,
    t: int,
    stock: Floats,
    ends: Floats,
    again_of: Floats,
    use: Floats,
    used: Floats,
    saved: Floats,
    by_stock: Floats,
) -> float:
    """The plane that touches what assemblies cost to hold, given those of their contents.

    Where nothing of an assembly is left, its use goes on to its contents; where something is, it does not,
    and the assembly itself is held. Either plane is below the truth as long as an assembly costs no less to
    hold than its contents: making more than is used can't save anything then.

    Args:
        teeth: the teeth.
        after: what holding needs.
        t: the tooth.
        stock: protective stock at the event [weeks of cover], shape (item).
        ends: of segments.
        again_of: see `made_again`.
        use: as `build_assemblies` writes it, working stock made again.
        used: written over.
        saved: what making up to the end of a segment saves: of contents of assemblies given, added to: what
            that of products and assemblies saves by the assemblies in them; shape (segment, product and
            assembly).
        by_stock: added to: what a week of protective stock costs, odds counted, shape (item).

    Returns:
        What the plane is where stock and use are 0 [money].
    """
    constant, last = 0.0, len(ends) - 1
    for number in range(teeth.n_assembly - 1, -1, -1):
        item = after.part_item[number]
        there, working = stock_of(after, t, number, stock), after.working[item]
        beyond = after.beyond[after.group[t], item]
        again = use_of(teeth, number, again_of)
        use_up_to(teeth, use, number, 0, len(ends), used)
        for k in range(len(ends)):
            own = (after.holding[item] - after.inside[t, k, number]) * held(ends, k)
            early = working if k < after.supplied[t, item] else 0.0
            if use[teeth.n_product + number, k] > 0.0 or (k == last and there - working <= used[k] + again):
                weight = saved[k, teeth.n_product + number]
                # What is made for the end, up to working stock, is not written down.
                kept = max(own, weight) if k == last else own
                constant += weight * (beyond + early) - kept * early
            else:
                weight = own
                if k == last:
                    cut = after.supplied[t, item] > last
                    end_loss = after.least_end_loss_cut[item] if cut else after.least_end_loss[item]
                    weight += end_loss
                    constant -= end_loss * early
                constant += weight * (beyond + early) - own * early
            constant -= weight * again
            by_stock[item] += teeth.odds[t] * weight
            spread(teeth, number, weight, saved[k])
    return constant


@inner_kernel
def stock_of(after: After, t: int, assembly: int, stock: Floats) -> float:
    """Of an assembly at an event, working stock included [weeks of cover]."""
    item = after.part_item[assembly]
    return max(after.beyond[after.group[t], item] + after.working[item] + stock[item], 0.0)


@inner_kernel
def made_again(teeth: Teeth, after: After, t: int, again: Floats) -> None:
    """Working stock of finished goods that may be made again when it is sold, written, shape (product and
    assembly) [weeks of demand]; of assemblies none."""
    again[:] = 0.0
    for j in range(teeth.n_product):
        goods = after.product_item[j]
        if goods >= 0 and after.supplied[t, goods] > 0:
            again[j] = after.working[goods] / after.product_scale[j]
