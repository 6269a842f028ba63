"""Parts that do not keep, in a tooth. In: lots of one part, segment by segment. Out: who uses them, what is
thrown away. One reason to exist: what is too old can't be used, and the oldest goes first.

A lot is what is there at the event, what comes of purchases in a segment, or what flows in in it if it is
wanted. As in the exact program (`stock` there), a lot may be used up to the segment in whose end its life
ends, and what is there at the event counts as fresh. Lots that come later are usable for longer, so that
use is met if and only if, for any two segments, what is used between them is no more than the lots that have
come by the later one, less those that were too old before and not used: `levels` has both totals.

Source: Glover (1967), Naval Research Logistics Quarterly 14 (convex bipartite matching: earliest end first).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.assemblies import build_by
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.teeth import After, Teeth
from outlast.kernels.use import middle, used_by

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLOSE = 1e-9
"""Weeks, or shares of a need, that rounding may be wrong by."""


@inner_kernel
def last_uses(ends: Floats, life: float, old: bool, flows: bool, last: Ints) -> int:
    """Segments in which lots are used at the latest, the number of segments if in all; returned: of what is
    there at the event (`old`), else written: of what comes in each segment, as if at its start, or of what
    flows in in it (`flows`)."""
    n = len(ends)
    if old:
        return int(np.searchsorted(ends, life))
    k = 0
    for a in range(n):
        since = ends[a] - CLOSE if flows else (ends[a - 1] if a > 0 else 0.0) + CLOSE
        while k < n and ends[k] < since + life:
            k += 1
        last[a] = k
    return 0


@kernel
def levels(
    ends: Floats, life: float, old: float, come: Floats, flow: Floats, there: Floats, gone: Floats
) -> None:
    """Lots that have come by the ends of segments, and those of them that are too old then; written. Flows
    without limit do not age: there is more of them.

    Args:
        ends: of segments.
        life: shelf life [weeks].
        old: there at the event.
        come: of purchases, shape (segment).
        flow: what may flow in, shape (segment).
        there: written, shape (segment).
        gone: written, shape (segment).
    """
    n = len(ends)
    last, total = np.empty(n, dtype=np.int64), old
    gone[:n] = 0.0
    first = last_uses(ends, life, True, False, last)
    if first < n:
        gone[first] = old
    for kind in range(2):
        last_uses(ends, life, False, kind == 1, last)
        for a in range(n):
            amount = flow[a] if kind == 1 else come[a]
            if amount < np.inf and last[a] < n:
                gone[last[a]] += amount
    for k in range(n):
        gone[k] += gone[k - 1] if k > 0 else 0.0
        total += come[k] + flow[k]
        there[k] = total


@kernel
def keep_fresh(
    teeth: Teeth,
    after: After,
    t: int,
    stock: Floats,
    there: Floats,
    gone: Floats,
    share: Floats,
    brought: Floats,
    ahead: Floats,
    made: Floats,
    use: Floats,
) -> None:
    """Making cut down, segment by segment, to lots that are not too old.

    Args:
        teeth: the teeth.
        after: what holding needs.
        t: the tooth.
        stock: protective stock at the event [weeks of cover], shape (item).
        there: of `levels`, shape (part that does not keep, segment).
        gone: of `levels`, of the same shape.
        share: of use that lots have to meet, of the same shape.
        brought: most that may be used where new orders meet it, as no more comes; of the same shape.
        ahead: goods made and not sold yet, at the ends of segments, shape (product, segment).
        made: sales made, cut down, shape (segment, line).
        use: written: making up to the ends of segments, shape (product and assembly, segment).
    """
    n_made, count = teeth.n_product + teeth.n_assembly, len(after.brief)
    kept, before, met, thrown = np.ones(n_made), np.zeros(count), np.zeros(count), np.zeros(count)
    for k in range(len(made)):
        _use_of(teeth, after, t, stock, ahead, made, k, use)
        kept[:] = 1.0
        for s in range(count):
            part = after.brief[s]
            used = used_by(teeth, use, part, k) - before[s]
            need, room, share_kept = used * share[s, k], max(there[s, k] - thrown[s] - met[s], 0.0), 1.0
            if need > room:
                share_kept = room / need
            if used > brought[s, k]:
                share_kept = min(share_kept, brought[s, k] / used)
            if share_kept < 1.0:
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    j = teeth.part_product[m]
                    kept[j] = min(kept[j], share_kept)
        if kept.min() < 1.0:
            for part in range(teeth.n_assembly - 1, -1, -1):
                for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                    j = teeth.part_product[m]
                    kept[j] = min(kept[j], kept[teeth.n_product + part])
            for j in range(teeth.n_product):
                making = use[j, k] - (use[j, k - 1] if k > 0 else 0.0)
                sold = making - (ahead[j, k] - (ahead[j, k - 1] if k > 0 else 0.0))
                if kept[j] < 1.0 and sold > 0.0:
                    kept[j] = max(1.0 - (1.0 - kept[j]) * making / sold, 0.0)
            for line in range(teeth.n_line):
                made[k, line] *= kept[teeth.line_product[line]]
            _use_of(teeth, after, t, stock, ahead, made, k, use)
        for s in range(count):
            used = used_by(teeth, use, after.brief[s], k)
            met[s] += (used - before[s]) * share[s, k]
            before[s] = used
            thrown[s] = max(thrown[s], gone[s, k] - met[s])
    for k in range(len(made), use.shape[1]):
        use[:, k] = use[:, len(made) - 1]


@inner_kernel
def _use_of(
    teeth: Teeth, after: After, t: int, stock: Floats, ahead: Floats, made: Floats, k: int, use: Floats
) -> None:
    """Making up to the end of a segment, given that up to the one before; see `build_assemblies`."""
    for j in range(teeth.n_product):
        use[j, k] = ahead[j, k] + (use[j, k - 1] - ahead[j, k - 1] if k > 0 else 0.0)
    for line in range(teeth.n_line):
        use[teeth.line_product[line], k] += teeth.line_share[line] * made[k, line]
    build_by(teeth, after, t, stock, use, k)


@inner_kernel
def begin_room(ahead: Floats, gone: Floats, first: int, level: Floats) -> float:
    """Before `fresh_room` is asked, from a segment on, if nothing is added before it; arguments as there.
    Returns what is thrown away of what was too old before."""
    n, thrown = len(ahead), 0.0
    level[n - 1] = ahead[n - 1]
    for k in range(n - 2, first - 1, -1):
        level[k] = min(level[k + 1], ahead[k])
    for k in range(first - 1):
        thrown = max(thrown, gone[k])
    return thrown


@inner_kernel
def fresh_room(share: float, gone: Floats, k: int, added: float, level: Floats, thrown: Floats) -> float:
    """How much more can be made in a segment of what contains a part that does not keep, by its lots;
    to be asked for segments in their order.

    Args:
        share: weeks of cover of the part in one of what is made.
        gone: lots too old by the ends of segments, less use before anything is added.
        k: segment.
        added: making added in segments before.
        level: least of lots that have come, less that use, from each segment on.
        thrown: written: at first, what is thrown away of what was too old before the segment.
    """
    if k > 0:
        thrown[0] = max(thrown[0], gone[k - 1] - share * added)
    return max((level[k] - thrown[0]) / share - added, 0.0)


@kernel
def serve(
    ends: Floats,
    life: float,
    old: float,
    spare: float,
    come: Floats,
    flows: Floats,
    prices: Floats,
    holding: float,
    waits: bool,
    need: Floats,
    share: Floats,
    aside: tuple[int, float],
    oldest: bool,
    thrown: Floats,
    left: Floats,
    missed: Floats,
) -> float:
    """Who uses which lot: first what is there anyway, the oldest of it, then what flows in, the cheapest of
    it that is fresh enough; with `oldest` whatever is the oldest, which meets all that can be met.

    Args:
        ends: of segments.
        life: shelf life [weeks].
        old: there at the event [weeks of cover].
        spare: of it, what is not thrown away, nor counts as left.
        come: of purchases, shape (segment).
        flows: what may flow in, shape (piece, segment); written: what is left of it.
        prices: of flows, but for `holding` until the middle of their segments, shape (piece).
        holding: of a week of cover [money a week].
        waits: holding ends with use.
        need: use, shape (segment).
        share: of it, what has to be met, shape (segment).
        aside: segment in which something is put aside, and how much at most.
        oldest: see above.
        thrown: written: thrown away, shape (segment).
        left: written: at the ends of segments, shape (segment); what is still to come of purchases is
            included, unless `waits`.
        missed: written: not met, shape (segment); after the last segment, what is missing of `spare`.

    Returns:
        What flows cost [money].
    """
    n, loss, first = len(ends), 0.0, 0
    come_last, flow_last = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    old_last = last_uses(ends, life, True, False, come_last)
    last_uses(ends, life, False, False, come_last)
    last_uses(ends, life, False, True, flow_last)
    lots = come.copy()
    thrown[:n] = 0.0
    missed[: n + 1] = 0.0
    for k in range(n):
        must, wanted = share[k] * need[k], need[k] + (aside[1] if k == aside[0] else 0.0)
        served = min(old, wanted)
        old -= served
        for a in range(first, k + 1):
            if come_last[a] >= k:
                taken = min(lots[a], wanted - served)
                lots[a] -= taken
                served += taken
            if oldest and flow_last[a] >= k:
                taken, cost = _flow_in(flows[:, a], prices, must - served)
                served += taken
                loss += cost + taken * holding * ((middle(ends, k) if waits else 0.0) - middle(ends, a))
        rest = must - served
        if rest > CLOSE * must:
            taken, cost = _flow_cheaply(ends, flows, flow_last, prices, holding, k, rest, CLOSE * must)
            rest -= taken
            loss += cost + (taken * holding * middle(ends, k) if waits else 0.0)
        missed[k] = max(rest, 0.0)
        if k == old_last:
            thrown[k] += max(old - spare, 0.0)
            missed[n] = max(spare - old, 0.0)
            old = 0.0
        left[k] = max(old - spare, 0.0)
        for a in range(first, n if not waits else k + 1):
            if a <= k and come_last[a] <= k:
                thrown[k] += lots[a]
                lots[a] = 0.0
            left[k] += lots[a]
        while first < k and come_last[first] <= k and flow_last[first] <= k:
            first += 1
    return loss


@inner_kernel
def _flow_in(flows: Floats, prices: Floats, most: float) -> tuple[float, float]:
    """What flows in of one segment, piece by piece, and what it costs, but for holding; `flows`: of each
    piece, written: what is left."""
    total, cost = 0.0, 0.0
    for p in range(len(flows)):
        taken = max(min(flows[p], most - total), 0.0)
        flows[p] -= taken
        total += taken
        cost += taken * prices[p]
    return total, cost


@inner_kernel
def _flow_cheaply(
    ends: Floats,
    flows: Floats,
    last: Ints,
    prices: Floats,
    holding: float,
    k: int,
    most: float,
    least: float,
) -> tuple[float, float]:
    """What flows in that is fresh enough in a segment, the cheapest first, until no more than `least` is
    missing of `most`; and what it costs. `last`: segment in which each may be used at the latest."""
    rest, loss = most, 0.0
    while rest > least:
        cheapest, piece, segment = np.inf, -1, -1
        for p in range(len(flows)):
            for a in range(k, -1, -1):
                if last[a] < k:
                    break
                if flows[p, a] > 0.0:
                    cost = prices[p] - holding * middle(ends, a)
                    if cost < cheapest:
                        cheapest, piece, segment = cost, p, a
                    break
        if piece < 0:
            break
        taken = min(rest, flows[piece, segment])
        flows[piece, segment] -= taken
        rest -= taken
        loss += taken * cheapest
    return most - rest, loss
