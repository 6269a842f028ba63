"""Time to survive and to switch for every single cut. In: `NetworkArrays`. Out: `SurviveAnswer`.
One reason to exist: netting, supply and ways out meet here, cut by cut.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from outlast.network.arrays import Floats, NetworkArrays
from outlast.network.network import Network
from outlast.network.sourcing import fit_weeks
from outlast.periods import NEVER
from outlast.survive.answer import Exposure, ProductExposure, Quantiles, SurviveAnswer
from outlast.survive.netting import making_curve, required_curves, weeks_met
from outlast.survive.supply import Cut, cut_item, cut_restriction, cut_sources, supply_curve
from outlast.survive.switching import WayOut, last_of_first, relief_quantiles, ways_out

ASSUMPTIONS = (
    "Weeks count from the news; demand is its mean; the cut is not lifted.",
    "What is cut delivers normal use, goods on order included, until it closes; open sources deliver up "
    "to their capacity.",
    "Made items have one making time of normal use in making at the start.",
    "A switch counts until its first delivery: ramp, capacity and minimum orders are left aside.",
)

Weeks = Mapping[int, int]
"""Time to survive by cut item [weeks]."""


def survive(
    arrays: NetworkArrays, network: Network | None = None, *, on_hand: Floats | None = None
) -> SurviveAnswer:
    """How long stock, pipeline and open sources meet all demand after each single cut.

    For every item (all its sources, or its making), source, supplier and restriction, the longest time
    in which all demand that needs what is cut can be met, exactly, by netting through the bills of
    materials; beside it the time until another source delivers. A product's figure is the shortest
    over the cuts of one source of anything in it. Parts are shared: all products that need a part are
    served until one can't be. What falls short without any cut is listed apart, and does not shorten
    the figures of cuts of other items.

    Args:
        arrays: the case; `window_weeks` are followed.
        network: the same case as objects, for the suppliers' own recovery; without it that is unknown.
        on_hand: stock to start with instead of the case's [units], shape (item).

    Returns:
        Ranked figures, in weeks and case currency.

    Raises:
        CaseError: recovery percentiles of a supplier that are no distribution.

    Source: Simchi-Levi et al. (2015), Identifying Risks and Mitigating Disruptions in the Automotive
    Supply Chain, Interfaces 45(5): time to survive.
    """
    stock = arrays.on_hand if on_hand is None else on_hand
    used = arrays.usage[: arrays.window_weeks].sum(axis=0) > 0
    qualified: list[int] = np.flatnonzero(arrays.source_qualified & used[arrays.source_item]).tolist()
    by_supplier: dict[int, list[int]] = defaultdict(list)
    for source in qualified:
        by_supplier[int(arrays.source_supplier[source])].append(source)
    cuts = {
        "items": [cut_item(arrays, int(item)) for item in np.flatnonzero(used)],
        "sources": [cut_sources(arrays, arrays.source_ids[source], [source]) for source in qualified],
        "suppliers": [
            cut_sources(arrays, arrays.supplier_ids[supplier], by_supplier[supplier])
            for supplier in sorted(by_supplier)
        ],
        "restrictions": [cut_restriction(arrays, r) for r in range(len(arrays.restriction_ids))],
    }
    flat = [cut for listed in cuts.values() for cut in listed]
    lasting, short = _times_to_survive(arrays, stock, flat)
    log = [
        f"{name} is dated; its figures hold if its news came today."
        for name, week in zip(arrays.restriction_ids, arrays.fixed_week, strict=True)
        if week != NEVER
    ]
    recovery = _recovery(arrays, network, cuts, by_supplier, log)
    view = _View(arrays)
    found: dict[str, list[Exposure]] = {}
    for kind, listed in cuts.items():
        found[kind] = []
        for cut in listed:
            found[kind].append(_expose(view, cut, lasting[id(cut)], recovery.get((kind, cut.id))))
    return SurviveAnswer(
        window_weeks=arrays.window_weeks,
        products=_expose_products(view, cuts["sources"], lasting, recovery),
        items=_ranked(found["items"]),
        sources=_ranked(found["sources"]),
        suppliers=_ranked(found["suppliers"]),
        restrictions=_ranked(found["restrictions"]),
        short_without_cut=short,
        assumptions=(*ASSUMPTIONS, *log),
    )


def _times_to_survive(
    arrays: NetworkArrays, stock: Floats, cuts: Sequence[Cut]
) -> tuple[dict[int, Weeks], tuple[tuple[str, int], ...]]:
    """Time to survive of every cut item, by identity of the cut; items short without any cut."""
    window = arrays.window_weeks
    lasting: dict[int, dict[int, int]] = {id(cut): dict.fromkeys(cut.items, window) for cut in cuts}
    plain = [cut for cut in cuts if cut.closed_lines is None]
    own_demand = [cut for cut in cuts if cut.closed_lines is not None and cut.items]
    touching: dict[int, list[Cut]] = defaultdict(list)
    for cut in plain:
        for item in cut.items:
            touching[item].append(cut)
    short = []
    for item, required in required_curves(arrays, arrays.demand[:window], stock):
        normal = weeks_met(required, _curve(arrays, item, stock, None))
        if normal < window:
            short.append((arrays.item_ids[item], normal))
        for cut in touching[item]:
            lasting[id(cut)][item] = weeks_met(required, _curve(arrays, item, stock, cut))
    for cut in own_demand:
        demand = arrays.demand[:window].copy()
        demand[cut.lines_week :, cut.closed_lines] = 0.0
        for item, required in required_curves(arrays, demand, stock):
            if item in cut.items:
                lasting[id(cut)][item] = weeks_met(required, _curve(arrays, item, stock, cut))
    return dict(lasting), tuple(sorted(short, key=lambda row: (row[1], row[0])))


def _curve(arrays: NetworkArrays, item: int, stock: Floats, cut: Cut | None) -> Floats:
    """Most of an item that can be there by each week of the window."""
    if arrays.made[item]:
        return making_curve(arrays, item, stock, arrays.window_weeks, stopped=cut is not None)
    return supply_curve(arrays, item, stock, arrays.window_weeks, cut)


def _recovery(
    arrays: NetworkArrays,
    network: Network | None,
    cuts: Mapping[str, Sequence[Cut]],
    by_supplier: Mapping[int, Sequence[int]],
    log: list[str],
) -> dict[tuple[str, str], Quantiles | None]:
    """Time to recover by kind and identifier of a cut; an item is back with its first source."""
    times = {
        ("restrictions", name): relief_quantiles(arrays, r) for r, name in enumerate(arrays.restriction_ids)
    }
    if network is None:
        return times
    ways: dict[int, WayOut] = {}
    for supplier in by_supplier:
        row = network.supplier[arrays.supplier_ids[supplier]]
        if row.recovery_weeks_p50 is not None:
            quantiles = (row.recovery_weeks_p10, row.recovery_weeks_p50, row.recovery_weeks_p90)
            fitted = fit_weeks("suppliers", row.supplier_id, "recovery_weeks", quantiles, log)
            ways[supplier] = WayOut(fitted.median, fitted.sigma, 0.0)
    for kind in ("items", "sources", "suppliers"):
        for cut in cuts[kind]:
            suppliers = {int(arrays.source_supplier[source]) for source in cut.left}
            back = [ways[supplier] for supplier in sorted(suppliers) if supplier in ways]
            times[kind, cut.id] = last_of_first([back])
    return times


@dataclass(frozen=True)
class _View:
    """What the money figures need of the arrays, worked out once."""

    arrays: NetworkArrays

    @cached_property
    def margin(self) -> Floats:
        """Contribution of each line's demand [money/week], shape (week, line)."""
        arrays = self.arrays
        unit = arrays.price - arrays.standard_cost[arrays.line_product]
        weekly: Floats = (arrays.demand * unit)[: arrays.window_weeks]
        return weekly

    @cached_property
    def margin_until(self) -> Floats:
        """Contribution before each week [money], shape (week + 1, line)."""
        until: Floats = np.vstack([np.zeros(self.margin.shape[1]), np.cumsum(self.margin, axis=0)])
        return until

    @cached_property
    def lines_of(self) -> Mapping[int, Sequence[tuple[int, float]]]:
        """Lines whose product is or contains an item, and how many of it one unit takes."""
        arrays = self.arrays
        lines: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for line, product in enumerate(arrays.line_product):
            lines[int(product)].append((line, 1.0))
            rows = slice(arrays.explosion_ptr[product], arrays.explosion_ptr[product + 1])
            held = zip(arrays.explosion_item[rows], arrays.explosion_quantity[rows], strict=True)
            for item, quantity in held:
                lines[int(item)].append((line, float(quantity)))
        return lines

    def lost(self, line: int, start: float, end: float) -> float:
        """Contribution of a line between two moments of the window [money]."""
        if end <= start:
            return 0.0
        weeks = np.arange(self.arrays.window_weeks + 1)
        until = np.interp([start, end], weeks, self.margin_until[:, line])
        return float(until[1] - until[0])

    def least_earning(self, item: int, week: int, closed: Iterable[int]) -> str:
        """Product with demand in a week that earns least per unit of an item."""
        arrays, closed = self.arrays, set(closed)
        earning = [
            ((arrays.price[week, line] - arrays.standard_cost[product]) / quantity, line)
            for line, quantity in self.lines_of.get(item, ())
            for product in [arrays.line_product[line]]
            if line not in closed and arrays.demand[week, line] > 0
        ]
        return arrays.item_ids[arrays.line_product[min(earning)[1]]] if earning else ""


def _expose(view: _View, cut: Cut, weeks: Weeks, recover: Quantiles | None) -> Exposure:
    """All figures of one cut."""
    arrays, window = view.arrays, view.arrays.window_weeks
    ways = {item: ways_out(arrays, item, cut) for item in cut.items}
    medians = {item: _median(last_of_first([ways[item]])) for item in cut.items}
    closed = set() if cut.closed_lines is None else set(np.flatnonzero(cut.closed_lines).tolist())
    spans: dict[int, tuple[float, float]] = {line: (min(cut.lines_week, window), window) for line in closed}
    for item, lasts in weeks.items():
        median = medians[item]
        end = window if median is None else min(window, median)
        for line, _ in view.lines_of.get(item, ()):
            first, last = spans.get(line, (window, 0))
            spans[line] = (min(first, lasts), max(last, end))
    survives = min(weeks.values(), default=window)
    out = min(weeks, key=lambda item: (weeks[item], item)) if survives < window else None
    return Exposure(
        id=cut.id,
        time_to_survive_weeks=survives,
        exceeds_window=survives >= window,
        time_to_switch_weeks=last_of_first([ways[item] for item in cut.items]),
        time_to_recover_weeks=recover,
        gap_weeks=_gap(weeks, medians, window),
        contribution_at_risk=sum(view.lost(line, *span) for line, span in sorted(spans.items())),
        contribution_per_week=float(view.margin[:, sorted(spans)].sum() / window),
        first_item_out="" if out is None else arrays.item_ids[out],
        first_product_out="" if out is None else view.least_earning(out, survives, closed),
    )


def _median(quantiles: Quantiles | None) -> float | None:
    return None if quantiles is None else quantiles.p50


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
    view: _View,
    cuts: Sequence[Cut],
    lasting: Mapping[int, Weeks],
    recovery: Mapping[tuple[str, str], Quantiles | None],
) -> tuple[ProductExposure, ...]:
    """Each product under the cut of the one source that stops it first."""
    arrays, window = view.arrays, view.arrays.window_weeks
    worst: dict[int, tuple[int, float, Cut]] = {}
    for cut in cuts:
        (item,) = cut.items
        switch = _median(last_of_first([ways_out(arrays, item, cut)]))
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
        median = _median(switch_time)
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
