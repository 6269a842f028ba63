"""Every figure of every single cut. In: `NetworkArrays`. Out: `SurviveAnswer`.
One reason to exist: times, ways out, money and odds meet here, cut by cut.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outlast.network.arrays import Bools, Floats, NetworkArrays
from outlast.network.network import Network
from outlast.network.sourcing import fit_weeks
from outlast.network.wording import list_some
from outlast.periods import NEVER
from outlast.survive.answer import Exposure, ProductExposure, Quantiles, Range, SurviveAnswer
from outlast.survive.cover import price_cover
from outlast.survive.durations import DRAWS, draw_returns
from outlast.survive.losses import Losses, Lost, find_odds, odds_of_cut
from outlast.survive.margins import Margins, spans_at_risk
from outlast.survive.scarce import Shortage
from outlast.survive.singles import list_sourcing
from outlast.survive.supply import Cut, cut_item, cut_restriction, cut_sources
from outlast.survive.switching import (
    WayOut,
    last_of_first,
    median_of,
    median_switches,
    relief_quantiles,
    ways_out,
)
from outlast.survive.times import Times, Weeks, find_times, tolerable_recovery

ASSUMPTIONS = (
    "Weeks count from the news; demand is its mean; time to survive and contribution at risk take a cut "
    "that is not lifted.",
    "What is cut delivers normal use, goods on order included, until it closes; open sources deliver up "
    "to their capacity.",
    "Made items have one making time of normal use in making at the start.",
    "A time to switch counts until the first delivery: ramp, capacity and minimum orders are left aside.",
    "Lost contribution counts ramp and capacity; a switch starts with the news; demand that is not met in "
    "its week is lost; items that are not cut are there; scarce parts are shared out as well as can be by "
    "one who knows how long the cut lasts.",
    "Items, sources and suppliers are cut as probably as restrictions hit all of their sources.",
)


def survive(
    arrays: NetworkArrays,
    network: Network | None = None,
    *,
    on_hand: Floats | None = None,
    recover_weeks: int | None = None,
    seed: int = 1,
) -> SurviveAnswer:
    """How long stock, pipeline and open sources meet all demand after each single cut, and what it costs.

    For every item (all its sources, or its making), source, supplier and restriction, the longest time
    in which all demand that needs what is cut can be met, exactly, by netting through the bills of
    materials; beside it the time until another source delivers, the longest time to recover that costs
    nothing, and the contribution lost. A product's figure is the shortest over the cuts of one source of
    anything in it. Parts are shared: all products that need a part are served until one can't be. What
    falls short without any cut is listed apart, and does not shorten the figures of cuts of other items.

    Args:
        arrays: the case; `window_weeks` are followed.
        network: the same case as objects, for the suppliers' own recovery and the interval of hazards;
            without it recovery is unknown.
        on_hand: stock to start with instead of the case's [units], shape (item).
        recover_weeks: weeks from the news until whatever is cut is back, instead of the case's own times.
        seed: of how the draws of several durations are paired.

    Returns:
        Ranked figures, in weeks and case currency.

    Raises:
        CaseError: recovery percentiles of a supplier that are no distribution.

    Source: Simchi-Levi et al. (2015), Identifying Risks and Mitigating Disruptions in the Automotive
    Supply Chain, Interfaces 45(5): time to survive, time to recover, performance impact; SCOR:
    Value at Risk.
    """
    stock = arrays.on_hand if on_hand is None else on_hand
    weekly: Floats = arrays.usage[: arrays.window_weeks].mean(axis=0)
    used = weekly > 0
    cuts = _list_cuts(arrays, used)
    flat = [cut for listed in cuts.values() for cut in listed]
    times = find_times(arrays, stock, flat, weekly)
    log = [
        f"{name} is dated; its figures hold if its news came today."
        for name, week in zip(arrays.restriction_ids, arrays.fixed_week, strict=True)
        if week != NEVER
    ]
    log += _shared_capacities(arrays)
    if arrays.maintenance_weeks.any():
        names = [arrays.restriction_ids[r] for r in np.flatnonzero(arrays.maintenance_weeks)]
        log.append(f"Grace for maintenance counts as none, which is cautious: {list_some(names)}.")
    ways = _recovery_ways(arrays, network, cuts["suppliers"], log)
    durations = draw_returns(arrays, ways, seed=seed, recover_weeks=recover_weeks)
    odds = find_odds(arrays, network.restrictions if network else ())
    recovery = _recovery(arrays, cuts, ways, recover_weeks)
    view, losses = Margins(arrays), Losses(Shortage(arrays, stock), durations, times, weekly)
    found: dict[str, list[Exposure]] = {}
    saved: dict[int, float] = defaultdict(float)
    for kind, listed in cuts.items():
        found[kind] = []
        for number, cut in enumerate(listed):
            restriction = number if kind == "restrictions" else None
            chance = odds[number] if restriction is not None else odds_of_cut(arrays, odds, cut)
            lost = losses.lose(cut, restriction)
            for item, money in lost.saved.items():
                saved[item] += chance.central * money
            found[kind].append(_expose(view, cut, times, recovery.get((kind, cut.id)), chance, lost))
    return SurviveAnswer(
        window_weeks=arrays.window_weeks,
        horizon_weeks=arrays.horizon_weeks,
        draws=DRAWS,
        recover_weeks=recover_weeks,
        products=_expose_products(view, cuts["sources"], times.lasting, recovery),
        items=_ranked(found["items"]),
        sources=_ranked(found["sources"]),
        suppliers=_ranked(found["suppliers"]),
        restrictions=_ranked(found["restrictions"]),
        sourcing=list_sourcing(arrays, used),
        cover=price_cover(view, cuts["items"], times, weekly, saved),
        short_without_cut=times.short,
        assumptions=(*ASSUMPTIONS, *log),
    )


def _shared_capacities(arrays: NetworkArrays) -> list[str]:
    """That the capacity of a supplier is a limit of each of its sources only."""
    counts = np.bincount(arrays.source_supplier, minlength=len(arrays.supplier_ids))
    shared = np.flatnonzero(np.isfinite(arrays.supplier_capacity) & (counts > 1))
    if not len(shared):
        return []
    names = list_some([arrays.supplier_ids[supplier] for supplier in shared])
    return [
        "Each source may use the whole capacity of its supplier, though others share it: figures that hang "
        f"on it are reached at best ({names})."
    ]


def _list_cuts(arrays: NetworkArrays, used: Bools) -> dict[str, list[Cut]]:
    """Every single cut of what has use, by kind."""
    qualified: list[int] = np.flatnonzero(arrays.source_qualified & used[arrays.source_item]).tolist()
    suppliers = sorted({int(arrays.source_supplier[source]) for source in qualified})
    return {
        "items": [cut_item(arrays, int(item)) for item in np.flatnonzero(used)],
        "sources": [cut_sources(arrays, arrays.source_ids[source], [source]) for source in qualified],
        "suppliers": [
            cut_sources(arrays, arrays.supplier_ids[supplier], _sources_of(arrays, supplier, used))
            for supplier in suppliers
        ],
        "restrictions": [cut_restriction(arrays, r) for r in range(len(arrays.restriction_ids))],
    }


def _sources_of(arrays: NetworkArrays, supplier: int, used: Bools) -> list[int]:
    """Sources of a supplier for items in use; its alternatives are no way out when it is cut."""
    sources = (arrays.source_supplier == supplier) & used[arrays.source_item]
    found: list[int] = np.flatnonzero(sources).tolist()
    return found


def _recovery_ways(
    arrays: NetworkArrays, network: Network | None, cuts: Sequence[Cut], log: list[str]
) -> dict[int, WayOut]:
    """Recovery of the suppliers that are cut, where it is stated."""
    ways: dict[int, WayOut] = {}
    if network is None:
        return ways
    for cut in cuts:
        row = network.supplier[cut.id]
        if row.recovery_weeks_p50 is not None:
            quantiles = (row.recovery_weeks_p10, row.recovery_weeks_p50, row.recovery_weeks_p90)
            fitted = fit_weeks("suppliers", row.supplier_id, "recovery_weeks", quantiles, log)
            ways[arrays.supplier_ids.index(cut.id)] = WayOut(fitted.median, fitted.sigma, 0.0)
    return ways


def _recovery(
    arrays: NetworkArrays,
    cuts: Mapping[str, Sequence[Cut]],
    ways: Mapping[int, WayOut],
    recover_weeks: int | None,
) -> dict[tuple[str, str], Quantiles | None]:
    """Time to recover by kind and identifier of a cut; an item is back with its first source."""
    if recover_weeks is not None:
        stated = Quantiles(*[float(recover_weeks)] * 3)
        return {(kind, cut.id): stated for kind, listed in cuts.items() for cut in listed}
    times = {
        ("restrictions", name): relief_quantiles(arrays, r) for r, name in enumerate(arrays.restriction_ids)
    }
    for kind in ("items", "sources", "suppliers"):
        for cut in cuts[kind]:
            suppliers = {int(arrays.source_supplier[s]) for s in cut.left if arrays.source_qualified[s]}
            back = [ways[supplier] for supplier in sorted(suppliers) if supplier in ways]
            times[kind, cut.id] = last_of_first([back])
    return times


def _expose(
    view: Margins, cut: Cut, times: Times, recover: Quantiles | None, chance: Range, lost: Lost
) -> Exposure:
    """All figures of one cut."""
    arrays, window, weeks = view.arrays, view.arrays.window_weeks, times.lasting[id(cut)]
    medians = median_switches(arrays, cut)
    spans = spans_at_risk(view, cut, weeks, medians)
    loss, lasts = lost.describe(), _outlast(view, cut, weeks)
    return Exposure(
        id=cut.id,
        time_to_survive_weeks=lasts.weeks,
        exceeds_window=lasts.weeks >= window,
        time_to_switch_weeks=lasts.switch,
        time_to_recover_weeks=recover,
        gap_weeks=_gap(weeks, medians, window),
        contribution_at_risk=sum(view.lost(line, *span) for line, span in sorted(spans.items())),
        contribution_per_week=float(view.margin[:, sorted(spans)].sum() / window),
        tolerable_recovery_weeks=tolerable_recovery(arrays, times, cut),
        lost_contribution=loss,
        probability=chance,
        expected_loss=Range(*(loss.mean * p for p in (chance.central, chance.low, chance.high))),
        first_item_out=lasts.first_item_out,
        first_product_out=lasts.first_product_out,
    )


@dataclass(frozen=True)
class Outlasted:
    """How long a cut is outlasted, and what stops first."""

    weeks: int
    """Time to survive; the window, if longer."""
    switch: Quantiles | None
    """Until another source delivers."""
    first_item_out: str
    first_product_out: str
    """Empty, if nothing stops within the window."""


def outlast_restrictions(arrays: NetworkArrays, on_hand: Floats) -> dict[str, Outlasted]:
    """What `survive` says of how long each restriction is outlasted, without what it costs, which takes most
    of its time.

    Args:
        arrays: the case.
        on_hand: stock to start with [units], shape (item).
    """
    cuts = [cut_restriction(arrays, r) for r in range(len(arrays.restriction_ids))]
    weekly: Floats = arrays.usage[: arrays.window_weeks].mean(axis=0)
    view, times = Margins(arrays), find_times(arrays, on_hand, cuts, weekly)
    return {cut.id: _outlast(view, cut, times.lasting[id(cut)]) for cut in cuts}


def _outlast(view: Margins, cut: Cut, weeks: Weeks) -> Outlasted:
    arrays, window = view.arrays, view.arrays.window_weeks
    closed = set() if cut.closed_lines is None else set(np.flatnonzero(cut.closed_lines).tolist())
    survives = min(weeks.values(), default=window)
    out = min(weeks, key=lambda item: (weeks[item], item)) if survives < window else None
    return Outlasted(
        weeks=survives,
        switch=last_of_first([ways_out(arrays, item, cut) for item in cut.items]),
        first_item_out="" if out is None else arrays.item_ids[out],
        first_product_out="" if out is None else view.least_earning(out, survives, closed),
    )


def _gap(weeks: Weeks, medians: Mapping[int, float | None], window: int) -> float | None:
    """Largest median switch less time to survive, over the items that run out (all, if none does)."""
    runs_out = [item for item in weeks if weeks[item] < window] or list(weeks)
    gaps = []
    for item in runs_out:
        median = medians[item]
        if median is None:
            return None
        gaps.append(median - weeks[item])
    return max(gaps, default=None)


def _expose_products(
    view: Margins,
    cuts: Sequence[Cut],
    lasting: Mapping[int, Weeks],
    recovery: Mapping[tuple[str, str], Quantiles | None],
) -> tuple[ProductExposure, ...]:
    """Each product under the cut of the one source that stops it first."""
    arrays, window = view.arrays, view.arrays.window_weeks
    worst: dict[int, tuple[int, float, Cut]] = {}
    for cut in cuts:
        (item,) = cut.items
        switch = median_of(last_of_first([ways_out(arrays, item, cut)]))
        key = (lasting[id(cut)][item], -(np.inf if switch is None else switch))
        for line, _ in view.lines_of.get(item, ()):
            product = int(arrays.line_product[line])
            if product not in worst or key < worst[product][:2]:
                worst[product] = (*key, cut)
    rows = []
    for product in sorted(set(arrays.line_product.tolist())):
        lines = np.flatnonzero(arrays.line_product == product).tolist()
        lasts, _, source_cut = worst.get(product, (window, 0.0, None))
        switch_time, recover = None, None
        if source_cut is not None:
            switch_time = last_of_first([ways_out(arrays, source_cut.items[0], source_cut)])
            recover = recovery.get(("sources", source_cut.id))
        median = median_of(switch_time)
        end = window if median is None else min(window, median)
        rows.append(
            ProductExposure(
                id=arrays.item_ids[product],
                time_to_survive_weeks=lasts,
                exceeds_window=lasts >= window,
                worst_source=source_cut.id if source_cut is not None and lasts < window else "",
                time_to_switch_weeks=switch_time,
                time_to_recover_weeks=recover,
                gap_weeks=None if median is None else median - lasts,
                contribution_at_risk=sum(view.lost(line, lasts, end) for line in lines),
                contribution_per_week=float(view.margin[:, lines].sum() / window),
            )
        )
    return tuple(sorted(rows, key=_rank))


def _ranked(rows: Sequence[Exposure]) -> tuple[Exposure, ...]:
    return tuple(sorted(rows, key=_rank))


def _rank(row: Exposure | ProductExposure) -> tuple[float, int, float, str]:
    """Most at risk first, then what lasts least, then the largest gap."""
    gap = np.inf if row.gap_weeks is None else row.gap_weeks
    return (-row.contribution_at_risk, row.time_to_survive_weeks, -gap, row.id)
