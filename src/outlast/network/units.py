"""Units of measure. In: the units in which an item is counted and a source sells. Out: `Conversion`,
or `UnitProblemError`. One reason to exist: a price per carton never passes for the price of a piece.
Only words that mean one thing are understood; measures are converted by pint.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

_AGREE = 1e-3
"""Share by which a stated pack size may differ from what the units say: rounding."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a word for a unit means."""

    name: str
    """Canonical name; of a measure, the name that pint knows."""
    kind: Literal["count", "measure", "pack"]
    """A pack holds what its maker puts in: how much, only the case can say."""
    pieces: float = 1.0
    """Pieces in one, of a count."""
    whole: bool = False
    """Only whole ones are sold."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How what a source sells is counted at home."""

    factor: float
    """Units of the item in one purchase unit."""
    whole: bool
    """Only whole purchase units are sold (packs, dozens)."""
    unit: str
    """Purchase unit in the words of the case."""


class UnitProblemError(ValueError):
    """Units that can't be brought together."""

    def __init__(self, code: str, column: str, message: str, remedy: str):
        super().__init__(message)
        self.code, self.column, self.message, self.remedy = code, column, message, remedy


_COUNTS = {
    ("piece", 1): "piece pieces pc pcs pce ea each c62 h87 nar unit units stk stck stück pièce pieza 个 件",
    ("pair", 2): "pair pairs pr npr",
    ("dozen", 12): "dozen dz dzn dpc doz",
    ("gross", 144): "gross gro grs",
    ("hundred", 100): "hundred cen hc",
    ("thousand", 1000): "thousand mil kpcs",
}
_PRICED_BY = ("hundred", "thousand")
"""How prices of small parts are quoted; it does not say that only whole ones are sold."""

_MEASURES = {
    "gram": "g grm gram grams",
    "kilogram": "kg kgs kgm kilo kilogram kilograms 千克 公斤",
    "milligram": "mg mgm milligram",
    "metric_ton": "tne tonne tonnes to 吨",
    "short_ton": "stn",
    "long_ton": "ltn",
    "pound": "lb lbs lbr pound pounds",
    "ounce": "onz",
    "troy_ounce": "apz",
    "meter": "mtr metre metres meter meters 米",
    "millimeter": "mm mmt millimetre millimeter",
    "centimeter": "cm cmt centimetre centimeter",
    "decimeter": "dm dmt",
    "kilometer": "km kmt",
    "inch": "in inh inch inches",
    "foot": "ft fot foot feet",
    "yard": "yd yrd yard yards",
    "mile": "smi",
    "meter**2": "m2 m² mtk sqm",
    "centimeter**2": "cm2 cm² cmk",
    "millimeter**2": "mm2 mm² mmk",
    "foot**2": "ft2 ft² ftk sqft",
    "inch**2": "in2 in² ink",
    "yard**2": "ydk",
    "liter": "l ltr litre litres liter liters 升",
    "milliliter": "ml mlt millilitre milliliter",
    "centiliter": "cl clt",
    "hectoliter": "hl hlt",
    "meter**3": "m3 m³ mtq cbm",
    "centimeter**3": "cm3 cm³ cmq ccm",
    "decimeter**3": "dm3 dm³ dmq",
    "foot**3": "ft3 ft³ ftq",
    "inch**3": "in3 in³ inq",
    "gallon": "gll",
    "imperial_gallon": "gli",
    "fluid_ounce": "oza",
    "imperial_fluid_ounce": "ozi",
}

_PACKS = {
    "pack": "pack package pk pak pkg nmp",
    "carton": "carton ctn ct",
    "case": "case cs",
    "box": "box bx",
    "bag": "bag bg",
    "can": "can tin",
    "bottle": "bottle bo btl",
    "drum": "drum dr",
    "reel": "reel rl",
    "roll": "roll ro rol",
    "tray": "tray",
    "tube": "tube tu",
    "pallet": "pallet px pal",
    "crate": "crate cr",
    "kit": "kit kt",
    "set": "set",
    "bundle": "bundle be",
    "sheet": "sheet",
}

_UNCLEAR: Mapping[str, str] = MappingProxyType(
    {
        "m": "MTR for metres or MIL for thousands",
        "t": "TNE for tonnes or MIL for thousands",
        "st": "PCE for pieces or SHEET for sheets",
        "gr": "GRM for grams or GRO for a gross",
        "ca": "CAN or CASE",
        "ton": "TNE (metric), STN (short) or LTN (long)",
        "tons": "TNE (metric), STN (short) or LTN (long)",
        "c": "CEN for hundreds",
        "gal": "GLL (US) or GLI (UK) for gallons",
        "gallon": "GLL (US) or GLI (UK) for gallons",
        "oz": "ONZ (weight), APZ (troy), OZA (US fluid) or OZI (UK fluid) for ounces",
        "ounce": "ONZ (weight), APZ (troy), OZA (US fluid) or OZI (UK fluid) for ounces",
    }
)
"""Words (in small letters) that mean different things to different people, and what to write instead."""
_SYMBOLS: Mapping[str, Unit] = MappingProxyType(
    {"m": Unit("meter", "measure"), "t": Unit("metric_ton", "measure")}
)
"""Symbols that are clear in small letters only."""


@cache
def _vocabulary() -> Mapping[str, Unit]:
    """Words of UN/ECE Recommendations 20 (measures, counts) and 21 (packs, with the X that Recommendation
    20 puts before them), and those of the usual ERP systems; case does not matter."""
    words: dict[str, Unit] = {}
    for (name, pieces), said in _COUNTS.items():
        unit = Unit(name, "count", float(pieces), pieces > 1 and name not in _PRICED_BY)
        words.update(dict.fromkeys(said.split(), unit))
    for name, said in _MEASURES.items():
        words.update(dict.fromkeys(said.split(), Unit(name, "measure")))
    for name, said in _PACKS.items():
        codes = [*said.split(), *(f"x{code}" for code in said.split() if len(code) == 2)]
        words.update(dict.fromkeys(codes, Unit(name, "pack", whole=True)))
    return MappingProxyType(words)


def read_unit(word: str) -> Unit | None:
    """What a word for a unit means; None if nothing for sure."""
    word = word.strip()
    return _SYMBOLS.get(word) or _vocabulary().get(word.casefold())


def counts_pieces(word: str) -> bool:
    """Whether a unit is the single piece, under any of its names."""
    unit = read_unit(word)
    return unit is not None and unit.name == "piece"


def same_unit(one: str, other: str) -> bool:
    """Whether two words mean the same unit. Words that are not understood mean themselves."""
    unit, second = read_unit(one), read_unit(other)
    if unit is None and second is None:
        return one.strip().casefold() == other.strip().casefold()
    return unit == second


def convert_purchase(item_unit: str, purchase_unit: str, pack_size: float | None) -> Conversion:
    """Units of the item in one purchase unit, and whether only whole ones are sold.

    Args:
        item_unit: unit in which the item is counted.
        purchase_unit: unit in which the source sells and prices; empty: that of the item.
        pack_size: units of the item in one purchase unit, where the case says so.

    Raises:
        UnitProblemError: the case does not say how the two go together, or says it twice.
    """
    if pack_size is not None and math.isnan(pack_size):  # a broken cell, told elsewhere
        return Conversion(pack_size, False, purchase_unit or item_unit)
    if not purchase_unit.strip():
        return _without_purchase_unit(item_unit, pack_size)
    known = _known_factor(item_unit, purchase_unit)
    unit = read_unit(purchase_unit)
    same = same_unit(item_unit, purchase_unit)
    whole = not same and (unit is None or unit.whole)
    if pack_size is None:
        if known is None:
            raise _unknown_factor(item_unit, purchase_unit)
        return Conversion(known, whole, purchase_unit)
    if known is not None and not math.isclose(known, pack_size, rel_tol=_AGREE):
        many = f"{known:.6g} {item_unit}"
        raise UnitProblemError(
            "pack-size-contradicted",
            "pack_size",
            f"One {purchase_unit} is {many}, but pack_size says {pack_size:g}.",
            f"Remove pack_size if prices are per {purchase_unit} (order_multiple says in what steps it is "
            "sold); else write in purchase_unit the pack that is priced, for example CTN.",
        )
    return Conversion(pack_size if known is None else known, whole, purchase_unit)


def _without_purchase_unit(item_unit: str, pack_size: float | None) -> Conversion:
    if pack_size is None or pack_size == 1:
        return Conversion(1.0, False, item_unit)
    raise UnitProblemError(
        "purchase-unit-missing",
        "purchase_unit",
        f"pack_size is {pack_size:g}, but is unit_price for a pack or for one {item_unit}?",
        "If it is for a pack, name the pack in purchase_unit, for example CTN; if it is for one "
        f"{item_unit}, write {pack_size:g} in order_multiple and leave pack_size empty.",
    )


def _known_factor(item_unit: str, purchase_unit: str) -> float | None:
    """What the two words alone say, None where they leave it open."""
    if same_unit(item_unit, purchase_unit):
        return 1.0
    home, bought = read_unit(item_unit), read_unit(purchase_unit)
    if home is None or bought is None or home.kind != bought.kind or home.kind == "pack":
        return None
    if home.kind == "count":
        return bought.pieces / home.pieces
    return _convert_measure(bought.name, home.name)


def _convert_measure(bought: str, home: str) -> float | None:
    """Units of `home` in one of `bought`, None if they measure different things."""
    registry = _registry()
    one = registry.Quantity(1.0, bought)
    return float(one.to(home).magnitude) if one.check(registry.Unit(home).dimensionality) else None


@cache
def _registry() -> Any:
    import pint  # takes a second: only where two measures meet

    return pint.UnitRegistry()


def _unknown_factor(item_unit: str, purchase_unit: str) -> UnitProblemError:
    unclear = [
        f"{word}: write {_UNCLEAR[word.strip().casefold()]}"
        for word in (purchase_unit, item_unit)
        if word.strip().casefold() in _UNCLEAR
    ]
    hint = f" ({'; '.join(unclear)}.)" if unclear else ""
    return UnitProblemError(
        "unit-factor-missing",
        "pack_size",
        f"The source sells by {purchase_unit}, the item is counted in {item_unit}, and nothing says how many "
        f"{item_unit} are in one {purchase_unit}.{hint}",
        f"Write in pack_size how many {item_unit} one {purchase_unit} holds, or correct the units.",
    )
