"""What one more week of cover of each item buys. In: times and losses with it. Out: `Cover`, best first.
One reason to exist: benefit and price of stock stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outlast.network.arrays import Floats
from outlast.periods import WEEKS_PER_YEAR
from outlast.survive.answer import Cover
from outlast.survive.margins import Margins, spans_at_risk
from outlast.survive.supply import Cut
from outlast.survive.switching import median_switches
from outlast.survive.times import Times


def price_cover(
    view: Margins, cuts: Sequence[Cut], times: Times, weekly: Floats, saved: Mapping[int, float]
) -> tuple[Cover, ...]:
    """One more week of cover, item by item; the others' stock stays as it is.

    Args:
        view: the case.
        cuts: of each item in use.
        times: of these cuts, and with the week more.
        weekly: one week of cover of each item [units], shape (item).
        saved: expected loss that it saves over all restrictions [money]; without an entry: none.
    """
    rows = [_price(view, cut, times, float(weekly[cut.items[0]]), saved) for cut in cuts]
    return tuple(sorted(rows, key=_rank))


def _price(view: Margins, cut: Cut, times: Times, units: float, saved: Mapping[int, float]) -> Cover:
    arrays, (item,) = view.arrays, cut.items
    source = arrays.first_source(item)
    unit_price = arrays.standard_cost[item] if source < 0 else arrays.source_price[source]
    price, fall = units * float(unit_price), float(saved.get(item, 0.0))
    medians = median_switches(arrays, cut)
    now, then = (
        sum(view.lost(line, *span) for line, span in sorted(spans_at_risk(view, cut, weeks, medians).items()))
        for weeks in (times.lasting[id(cut)], {item: times.longer[item]})
    )
    return Cover(
        item_id=cut.id,
        units=units,
        price=price,
        holding_per_year=units * float(arrays.holding_cost[item]) * WEEKS_PER_YEAR,
        time_to_survive_gain_weeks=times.longer[item] - times.lasting[id(cut)][item],
        contribution_at_risk_fall=float(now - then),
        expected_loss_fall=fall,
        expected_loss_fall_per_price=fall / price if price > 0 else None,
    )


def _rank(row: Cover) -> tuple[float, float, str]:
    """Largest saving for its price first, then the largest fall of what is at risk for it."""
    price = max(row.price, 1e-12)
    return (-row.expected_loss_fall / price, -row.contribution_at_risk_fall / price, row.item_id)
