"""Parts that do not keep, in a plan: their lots after an event, what is thrown away of them, what is held.
In: a tooth, what is supplied. Out: weeks of cover, losses. One reason to exist: age counts for them alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outlast.kernels.fresh import keep_fresh, levels, serve
from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.supplied import ROUNDING, add_brought, still_due, take_skipped, week_before
from outlast.kernels.teeth import After, Teeth
from outlast.kernels.use import CHUNK, held, middle, use_up_to

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@inner_kernel
def _main_row(teeth: Teeth, after: After, t: int, part: int) -> int:
    """The row of a part that is cut, until it is supplied again; -1 if there is none."""
    since = after.supplied[t, after.part_item[part]]
    for q in range(teeth.first_row[t], teeth.first_row[t + 1]):
        if teeth.row_part[q] == part and teeth.row_segments[q] == since:
            return int(q)
    return -1


@inner_kernel
def _lots_of_cut(
    teeth: Teeth,
    after: After,
    row: int,
    point: int,
    supply: float,
    skipped: float,
    ordered: Floats,
    normal: Floats,
    due: Floats,
    options: Floats,
    ends: Floats,
    extra: bool,
    come: Floats,
    flows: Floats,
) -> tuple[float, float]:
    """Lots of a part that is cut: what is there at the event, and what was paid to have it, see
    `take_skipped`; written: what comes of purchases, shape (segment), and what may flow in, shape (piece,
    segment)."""
    pending, taken, cost = 0.0, 0.0, 0.0
    flows[:] = 0.0
    if row >= 0:
        for p in range(teeth.first_piece[row], teeth.first_piece[row + 1]):
            into = flows[p - teeth.first_piece[row]]
            add_brought(teeth, after, options, p, ends, teeth.row_segments[row], extra, into)
        taken, cost = take_skipped(teeth, after, row, skipped, ordered, normal, ends, flows)
    for e in range(after.due_first[point], after.due_first[point + 1]):
        pending += due[e]
    old = before = max(supply + taken - pending, 0.0)
    for k in range(len(ends)):
        now = max(supply + taken - still_due(after, point, k, due, ends), 0.0)
        come[k], before = now - before, now
    return old, cost


@inner_kernel
def _lots_of_open(
    lead: float, brought: Floats, normal: Floats, ends: Floats, come: Floats, flow: Floats, share: Floats
) -> None:
    """Lots of a part that is not cut, written: what comes of purchases, normal orders until new ones can
    come, and the share of use that they have to meet; shape (segment)."""
    for k in range(len(ends)):
        low = ends[k - 1] if k > 0 else 0.0
        first, last = week_before(low, brought), week_before(ends[k], brought)
        come[k] = brought[last] - brought[first]
        until = int(np.ceil(lead))
        flow[k] = normal[min(last, until)] - normal[min(first, until)]
        share[k] = min(max((lead - low) / (ends[k] - low), 0.0), 1.0)


@kernel
def fresh_supply(
    teeth: Teeth,
    after: After,
    t: int,
    supply: Floats,
    stock: Floats,
    come: Floats,
    normal: Floats,
    ordered: Floats,
    skipped: Floats,
    due: Floats,
    options: Floats,
    ends: Floats,
    flows: Floats,
    brief: Floats,
) -> None:
    """Levels of the lots of parts that do not keep, see `levels`: with all that can be had, and without
    alternatives; the share of use that they have to meet; and what sources bring where new orders meet use,
    if markets may ask for more than normal use. `flows` is written over."""
    group, n = after.group[t], len(ends)
    epoch = after.epoch[group]
    bought, flow = np.zeros(n), np.zeros(n)
    for s in range(len(after.brief)):
        part = after.brief[s]
        item = after.part_item[part]
        point, life, share = after.point[group, item], after.life[item], brief[4, s]
        if point < 0:
            old = max(after.beyond[group, item] + after.working[item] + stock[epoch, item], 0.0)
            _lots_of_open(after.lead[item], come[epoch, part], normal[epoch, part], ends, bought, flow, share)
            for k in range(n):
                flow[k] = max(flow[k], 0.0)
            levels(ends, life, old, bought, flow, brief[0, s], brief[1, s])
            brief[2:4, s] = brief[0:2, s]
        else:
            row = _main_row(teeth, after, t, part)
            share[:] = 0.0
            share[: after.supplied[t, item]] = 1.0
            for kind in range(2):
                old = _lots_of_cut(
                    teeth, after, row, point, supply[point], skipped[point], ordered[epoch, part],
                    normal[epoch, part], due, options, ends, kind == 0, bought, flows,
                )[0]  # fmt: skip
                _add_lots(teeth, row, flows, flow)
                levels(ends, life, old, bought, flow, brief[2 * kind, s], brief[2 * kind + 1, s])
        rate = after.flow_rate[item] if teeth.late_from < teeth.n_line else np.inf
        for k in range(n):
            if share[k] == 0.0:
                brief[0, s, k] = brief[2, s, k] = np.inf
            span = ends[k] - (ends[k - 1] if k > 0 else 0.0)
            brief[11, s, k] = rate * span if share[k] < 1.0 else np.inf


@inner_kernel
def _add_lots(teeth: Teeth, row: int, flows: Floats, flow: Floats) -> None:
    """What may flow in in each segment, of all pieces of a row, written."""
    flow[:] = 0.0
    for p in range(teeth.first_piece[row + 1] - teeth.first_piece[row] if row >= 0 else 0):
        for k in range(len(flow)):
            flow[k] += flows[p, k]


@kernel
def cut_to_fresh(
    teeth: Teeth,
    after: After,
    t: int,
    stock: Floats,
    ahead: Floats,
    made: Floats,
    use: Floats,
    brief: Floats,
) -> None:
    """Making cut down to lots that are not too old; and what is left of them then, see `fresh_room`."""
    keep_fresh(teeth, after, t, stock, brief[0], brief[1], brief[4], brief[11], ahead, made, use)
    n = len(made)
    used = np.zeros(n + CHUNK)
    for s in range(len(after.brief)):
        use_up_to(teeth, use, after.brief[s], 0, n, used)
        for kind in range(4):
            for k in range(n):
                # Where new orders come within a segment, what they meet is left to the second look.
                whole = kind % 2 == 1 or brief[4, s, k] == 1.0
                brief[5 + kind, s, k] = brief[kind, s, k] - used[k] if whole else np.inf


@kernel
def hold_brief_part(
    teeth: Teeth,
    after: After,
    t: int,
    part: int,
    supply: float,
    skipped: float,
    ordered: Floats,
    normal: Floats,
    due: Floats,
    options: Floats,
    ends: Floats,
    needs: Floats,
    flows: Floats,
) -> float:
    """What a part that is cut and does not keep costs: what is bought until it is supplied again, what of it
    is held from then on, what is thrown away, what is lost at the end. `needs`: use up to the ends of
    segments; `flows` is written over."""
    item, n = after.part_item[part], len(ends)
    since, row = after.supplied[t, item], _main_row(teeth, after, t, part)
    come, need, share = np.zeros(n), np.zeros(n), np.zeros(n)
    thrown, left, missed = np.zeros(n), np.zeros(n), np.zeros(n + 1)
    first = teeth.first_piece[row] if row >= 0 else 0
    pieces = teeth.first_piece[row + 1] - first if row >= 0 else 0
    prices = np.zeros(pieces)
    for p in range(pieces):
        wait = middle(ends, teeth.piece_last[first + p])
        prices[p] = teeth.piece_cost[first + p] + after.holding[item] * wait
    for k in range(n):
        # Not below 0 by rounding.
        need[k] = max(needs[k] - (needs[k - 1] if k > 0 else 0.0), 0.0)
        share[k] = 1.0 if k < since else 0.0
    loss = 0.0
    point = after.point[after.group[t], item]
    for attempt in range(2):
        here = supply, skipped, ordered, normal
        old, paid = _lots_of_cut(teeth, after, row, point, *here, due, options, ends, True, come, flows)
        loss = paid + serve(
            ends, after.life[item], old, 0.0, come, flows[:pieces], prices, after.holding[item], False, need,
            share, (since, after.working[item]), attempt == 1, thrown, left, missed,
        )  # fmt: skip
        if missed[:n].sum() <= ROUNDING * needs[n - 1]:
            break
    for k in range(n):
        loss += thrown[k] * _thrown_away(after, item, ends, k, since)
        if k >= since:
            loss += after.holding[item] * held(ends, k) * left[k]
    if since >= n:
        return loss + after.end_loss_cut[item] * max(left[n - 1] - after.working[item], 0.0)
    return loss + after.end_loss[item] * left[n - 1]


@kernel
def hold_brief_open_part(
    after: After, part: int, rest: float, brought: Floats, normal: Floats, ends: Floats, needs: Floats
) -> float:
    """The same of a part that is not cut; arguments as for `_hold_open_part`."""
    item, n = after.part_item[part], len(ends)
    working, holding = after.working[item], after.holding[item]
    come, need, share, flows = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros((1, n))
    thrown, left, missed = np.zeros(n), np.zeros(n), np.zeros(n + 1)
    for k in range(n):
        # Not below 0 by rounding.
        need[k] = max(needs[k] - (needs[k - 1] if k > 0 else 0.0), 0.0)
    loss = 0.0
    for attempt in range(2):
        _lots_of_open(after.lead[item], brought, normal, ends, come, flows[0], share)
        for k in range(n):
            if attempt == 0:
                need[k] += max(-flows[0, k], 0.0)
            flows[0, k] = max(flows[0, k], 0.0)
        old, spare = (rest, 0.0) if attempt == 0 else (rest + working, working)
        loss = serve(
            ends, after.life[item], max(old, 0.0), spare, come, flows, np.zeros(1), holding, True, need,
            share, (n, 0.0), attempt == 1, thrown, left, missed,
        )  # fmt: skip
        if attempt == 0:
            # Working stock can be used while it keeps.
            loss += holding * max(-rest, 0.0) * ends[0]
            stale = int(np.searchsorted(ends, after.life[item])) + 1
            in_time = missed[stale:n].sum() <= ROUNDING * needs[n - 1]
            if in_time and missed[:n].sum() <= working + min(rest, 0.0):
                break
        else:
            loss += holding * missed[n] * ends[min(int(np.searchsorted(ends, after.life[item])), n - 1)]
    for k in range(n):
        loss += thrown[k] * _thrown_away(after, item, ends, k, 0)
        loss += holding * (held(ends, k) * left[k] + missed[k] * ends[k])
    return loss + after.end_loss[item] * left[n - 1]


@inner_kernel
def _thrown_away(after: After, item: int, ends: Floats, k: int, since: int) -> float:
    """What a week of cover costs that is thrown away at the end of a segment: it counts as held to the end,
    and what it cost is lost but for what that holding comes to; until `since` its holding is counted."""
    n = len(ends)
    counted = ends[n - 1]
    if since < n:
        counted = middle(ends, max(k, since))
    paid = after.paid[item] if since < n else after.paid_cut[item]
    scrap = max(after.scrap[item] - after.holding[item] * (ends[n - 1] - ends[k]), 0.0)
    return scrap + paid + after.holding[item] * (ends[n - 1] - counted)
