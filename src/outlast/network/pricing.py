"""What an order costs. In: a source, its price breaks, units, exchange rates. Out: `Terms`, in units of
the item and case currency. One reason to exist: purchase units, breaks and currencies are put together in
one place, and planner, simulator and buyer see the same price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from outlast.errors import CaseError, Finding, Place
from outlast.network.arrays import NetworkArrays
from outlast.network.money import Exchanger
from outlast.network.network import Network
from outlast.network.sources import PriceBreak, Source
from outlast.network.units import Conversion, UnitProblemError, convert_purchase

PRICE_BREAK_WEEKS = 4
"""Assumed: the normal order that fixes the normal price covers four weeks' use."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Sizes and prices of a source's orders, in units of its item and case currency."""

    conversion: Conversion
    price: float
    """Of one unit in a normal order."""
    steps: tuple[tuple[float, float], ...]
    """(size of an order, price of one unit from there on), rising, beyond the normal order."""
    minimum: float
    maximum: float
    """inf: unlimited."""
    multiple: float
    """0: any amount."""


def read_terms(
    source: Source, item_unit: str, breaks: Sequence[PriceBreak], use: float, exchanger: Exchanger
) -> Terms:
    """Terms of a source.

    An order is priced at the break that it reaches, but never above the price of a normal order:
    `PRICE_BREAK_WEEKS` of normal use, or the smallest order if that is larger.

    Args:
        source: the source.
        item_unit: unit in which its item is counted.
        breaks: its price breaks.
        use: units of its item that normal running uses in `PRICE_BREAK_WEEKS` [item units].
        exchanger: turns foreign money into case currency.

    Raises:
        CaseError: units that don't go together, or a missing exchange rate.
    """
    try:
        conversion = convert_purchase(item_unit, source.purchase_unit, source.pack_size)
    except UnitProblemError as problem:
        place = Place("sources", column=problem.column)
        message = f"{source.source_id}: {problem.message}"
        raise CaseError([Finding("error", problem.code, place, message, problem.remedy)]) from None
    factor = conversion.factor
    minimum = source.minimum_order * factor
    multiple = factor if conversion.whole else 0.0
    if source.order_multiple is not None:
        multiple = source.order_multiple * factor
    normal = max(minimum, multiple, use)
    where = f"source {source.source_id}"
    price, steps = exchanger.to_case(source.unit_price / factor, source.currency, where), []
    for row in sorted(breaks, key=lambda row: row.from_quantity):
        own = exchanger.to_case(row.unit_price / factor, source.currency, where)
        if row.from_quantity * factor <= normal * (1 + 1e-9):
            price = own
        else:
            steps.append((row.from_quantity * factor, own))
    maximum = np.inf if source.maximum_order is None else source.maximum_order * factor
    return Terms(conversion, price, tuple(steps), minimum, maximum, multiple)


def group_breaks(network: Network) -> dict[str, list[PriceBreak]]:
    """Price breaks by source."""
    breaks: dict[str, list[PriceBreak]] = {}
    for row in network.price_breaks:
        breaks.setdefault(row.source_id, []).append(row)
    return breaks


def break_arrays(terms: Sequence[Terms], ratios: Sequence[float]) -> dict[str, Any]:
    """Price break fields of `NetworkArrays`; `ratios`: units of the source's goods for one of the item."""
    counts = [len(each.steps) for each in terms]
    steps = [
        (size / ratio, price * ratio)
        for each, ratio in zip(terms, ratios, strict=True)
        for size, price in each.steps
    ]
    table = np.array(steps, dtype=np.float64).reshape(-1, 2)
    return {
        "break_ptr": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "break_from": np.ascontiguousarray(table[:, 0]),
        "break_price": np.ascontiguousarray(table[:, 1]),
    }


def price_at(arrays: NetworkArrays, source: int, quantity: float) -> float:
    """Price of one unit in an order of so many units [money/unit]."""
    price = float(arrays.source_price[source])
    for row in range(arrays.break_ptr[source], arrays.break_ptr[source + 1]):
        if quantity >= arrays.break_from[row] * (1 - 1e-9):
            price = float(arrays.break_price[row])
    return price


def order_money(arrays: NetworkArrays, source: int, quantity: float) -> float:
    """What the goods of one order cost, its order cost left out [money]."""
    return quantity * price_at(arrays, source, quantity)


def cheaper_order(
    arrays: NetworkArrays, source: int, quantity: float, lot: float
) -> tuple[float, float] | None:
    """A larger order that costs less in all, as a break lowers the price of every unit.

    Args:
        arrays: the case.
        source: number of the source.
        quantity: size of the order [units].
        lot: step between two orders [units]; 0: any amount.

    Returns:
        Its size [units] and what it saves [money], or None.
    """
    paid = order_money(arrays, source, quantity)
    most = float(arrays.source_capacity[source])
    best: tuple[float, float] | None = None
    for row in range(arrays.break_ptr[source], arrays.break_ptr[source + 1]):
        size = float(arrays.break_from[row])
        if lot > 0:
            size = float(np.ceil(size / lot - 1e-9)) * lot
        saved = paid - order_money(arrays, source, size)
        if quantity < size <= most and saved > 1e-9 * paid and (best is None or saved > best[1]):
            best = size, saved
    return best
