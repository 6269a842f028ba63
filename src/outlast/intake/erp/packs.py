"""Units in what is bought: pieces in a case, ounces in a gallon. In: offers, bills, costs.
Out: `Pack` of each part. One reason to exist: a vendor sells cases and a bill counts pieces, and
the ERP does not say how many pieces a case holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from outlast.intake.erp.bills import Bills

FACTORS: Mapping[tuple[str, str], tuple[float, bool, str]] = MappingProxyType(
    {
        ("DZ", "EA"): (12.0, False, "A dozen is 12"),
        ("GAL", "OZ"): (
            128.0,
            True,
            "128 fluid ounces are a US gallon; that OZ and GAL mean these is assumed",
        ),
    }
)
"""Units of the second measure in one of the first, where that is known; whether it is assumed; why."""

UNIT_WORDS: Mapping[str, str] = MappingProxyType({"EA": "", "GAL": "GLL", "OZ": "OZA"})
"""Words of the case format for units of measure that mean several things; the others stay as they are."""


@dataclass(frozen=True, slots=True)
class Pack:
    """How many units of a bill are in one unit that is bought."""

    bought: str
    """Unit of measure in which it is bought."""
    counted: str
    """Unit of measure of its bill."""
    units: float
    """Units of the bill in one unit bought."""
    derived: bool
    """Whether it had to be derived from costs."""
    assumed: bool
    """Whether it may be wrong: derived, or of a unit of measure that can mean several things."""
    words: str
    """Where the number comes from; empty where both units are the same."""

    @property
    def purchase_unit(self) -> str:
        """Word of the case format for the unit in which it is bought; empty where the bill counts so too."""
        return "" if self.bought == self.counted else UNIT_WORDS.get(self.bought, self.bought)


def derive_packs(
    bills: Bills,
    bought: Mapping[str, str],
    prices: Mapping[str, float],
    costs: Mapping[str, float],
    names: Mapping[str, str],
) -> dict[str, Pack]:
    """Units in what is bought, for every part with an offer.

    Where no factor is known, it is the smallest whole number with which no made item that has a
    standard cost contains parts for more than that. Assemblies speak first, then products, all packs in
    one growing by the same factor; a part on which none speaks takes the largest number of its unit of
    measure. Made items whose other parts cost more than the standard cost say nothing.

    Args:
        bills: what is made of what.
        bought: unit of measure in which each part is bought.
        prices: lowest price of one unit bought [USD].
        costs: standard cost of products [USD per unit of the bill]; 0 or missing: none.
        names: what people call the products.

    Source: own rule; the ERP gives no factor for cartons, cases, cans and packs.
    """
    packs = {item: _known_pack(bought[item], bills.unit.get(item, bought[item])) for item in bought}
    unknown = sorted(item for item, pack in packs.items() if pack.derived and item in bills.leaves)
    units = {item: max(1.0, prices[item] / costs[item]) if costs.get(item) else 1.0 for item in unknown}
    ask = _Asking(bills, units, {item: item for item in unknown if costs.get(item)}, packs, prices, costs)
    used = {component for inside in bills.made_of.values() for component in inside}
    for item in (item for item in bills.bottom_up if item in used):
        ask.hear(item)
    _follow_others(ask, packs)
    for item in (item for item in bills.bottom_up if item not in used):
        ask.hear(item)
    _follow_others(ask, packs)
    for item in unknown:
        whole = float(math.ceil(ask.units[item] - 1e-9))
        pack = packs[item]
        words = f"{whole:g} {pack.counted} in one {pack.bought} is assumed: {_reason(ask, item, names)}"
        packs[item] = Pack(pack.bought, pack.counted, whole, True, True, words)
    return packs


def _known_pack(bought: str, counted: str) -> Pack:
    """The pack of two units of measure; derived, of one unit, where the factor is not known."""
    if bought == counted:
        return Pack(bought, counted, 1.0, False, False, "")
    if (bought, counted) in FACTORS:
        units, assumed, words = FACTORS[bought, counted]
        return Pack(bought, counted, units, False, assumed, words)
    return Pack(bought, counted, 1.0, True, True, "")


@dataclass
class _Asking:
    """Numbers while they are sought."""

    bills: Bills
    units: dict[str, float]
    """Units so far of each part whose factor is unknown."""
    asked_by: dict[str, str]
    """Made item that last asked for more, for each such part."""
    packs: Mapping[str, Pack]
    prices: Mapping[str, float]
    costs: Mapping[str, float]

    def cost_of(self, leaf: str) -> float:
        """Standard cost of a part whose pack is known, else its price [USD per unit of the bill]."""
        return self.costs.get(leaf) or self.prices[leaf] / self.packs[leaf].units

    def hear(self, item: str) -> None:
        """Make the packs in a made item so large that its parts cost no more than the item."""
        cost = self.costs.get(item, 0.0)
        inside = self.bills.contents[item]
        packed = [leaf for leaf in inside if leaf in self.units]
        if item not in self.bills.made_of or cost <= 0 or not packed:
            return
        room = cost - sum(
            units * self.cost_of(leaf)
            for leaf, units in inside.items()
            if leaf not in self.units and leaf in self.packs
        )
        need = sum(inside[leaf] * self.prices[leaf] / self.units[leaf] for leaf in packed)
        if room > 0 and need > room:
            for leaf in packed:
                self.units[leaf] *= need / room
                self.asked_by[leaf] = item
        elif room > 0:
            for leaf in packed:
                self.asked_by.setdefault(leaf, item)


def _follow_others(ask: _Asking, packs: Mapping[str, Pack]) -> None:
    """Parts on which no assembly speaks take the largest number of their unit of measure."""
    for item in ask.units.keys() - ask.asked_by.keys():
        alike = [
            other
            for other in ask.units
            if other in ask.asked_by and packs[other].bought == packs[item].bought
        ]
        ask.units[item] = max((ask.units[other] for other in alike), default=1.0)


def _reason(ask: _Asking, item: str, names: Mapping[str, str]) -> str:
    by = ask.asked_by.get(item)
    if by is None:
        return "as for the other parts bought in this unit"
    if by == item:
        return "the least with which it costs no more than its own StandardCost"
    return f"the least with which the parts of {names[by]} cost no more than its StandardCost"
