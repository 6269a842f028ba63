"""Units of measure and prices in them. In: `Look`. Out: findings.
One reason to exist: what a source sells and what the item counts must go together before a price is compared.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from outlast.errors import Finding
from outlast.network.checks.look import Look
from outlast.network.codes import minor_digits
from outlast.network.items import Item
from outlast.network.sources import Source
from outlast.network.units import Conversion, UnitProblemError, convert_purchase

_COST_FACTOR = 5.0
"""A price this many times above or below the item's cost looks like another unit."""
_CLOSE = 1.5
"""A slip explains a price if, without it, the price is this near to the item's cost."""


def convert(look: Look, source: Source) -> Conversion | None:
    """How a source's purchase unit is counted, None where the case does not say."""
    item = look.network.item.get(source.item_id)
    if item is None:
        return None
    try:
        return convert_purchase(item.unit, source.purchase_unit, source.pack_size)
    except UnitProblemError:
        return None


def check_units(look: Look) -> Iterator[Finding]:
    """Purchase units that nothing converts, or that two columns convert differently."""
    for row, source in enumerate(look.network.sources):
        item = look.network.item.get(source.item_id)
        if item is None:
            continue
        try:
            convert_purchase(item.unit, source.purchase_unit, source.pack_size)
        except UnitProblemError as problem:
            yield look.error(problem.code, "sources", row, problem.column, problem.message, problem.remedy)


def check_source_prices(look: Look) -> Iterator[Finding]:
    """Prices far from the item's cost, with the slip that would explain it."""
    for row, source in enumerate(look.network.sources):
        item, conversion = look.network.item.get(source.item_id), convert(look, source)
        paid = look.in_case_currency(source.unit_price, source.currency)
        if not item or not conversion or not paid or not item.unit_cost > 0:
            continue
        price = paid / conversion.factor
        if price > _COST_FACTOR * item.unit_cost or price < item.unit_cost / _COST_FACTOR:
            message = (
                f"{price:,.4g} for one {item.unit}, in case currency, is far from the item's unit_cost "
                f"{item.unit_cost:,.4g}."
            )
            remedy = _explain(look, source, item, price)
            yield look.warning("price-far-from-cost", "sources", row, "unit_price", message, remedy)


def _explain(look: Look, source: Source, item: Item, price: float) -> str:
    """The slip without which the price would be near the cost."""
    known = look.rate.get(source.currency) if source.currency != look.network.settings.currency else None
    rate = known.units_per_case_currency if known else 1.0
    if rate != 1 and _near(price * rate * rate, item.unit_cost):
        return (
            f"The rate of {source.currency} looks like its inverse: write in exchange the units of "
            f"{source.currency} for one {look.network.settings.currency}."
        )
    code = source.currency or look.network.settings.currency
    digits = minor_digits(code)
    if digits and _near(price / 10**digits, item.unit_cost):
        return f"Is it in cents? Write it in {code}; or is it for a pack? Name the pack in purchase_unit."
    return "Check whether one of them is for a pack (say so in purchase_unit), or in another currency."


def _near(price: float, cost: float) -> bool:
    return cost / _CLOSE <= price <= cost * _CLOSE


def check_price_breaks(look: Look) -> Iterator[Finding]:
    """Price breaks that rise, or whose first one is dearer than the price without them."""
    breaks: dict[str, list[tuple[float, float, int]]] = {}
    for row, step in enumerate(look.network.price_breaks):
        breaks.setdefault(step.source_id, []).append((step.from_quantity, step.unit_price, row))
    for steps in breaks.values():
        steps.sort()
        for (small, dear, _), (large, price, row) in itertools.pairwise(steps):
            if price > dear:
                message = f"A unit costs {price:g} from {large:g} on, but {dear:g} from {small:g} on."
                yield look.warning(
                    "price-break-rises", "price_breaks", row, "unit_price", message, "Check both."
                )
