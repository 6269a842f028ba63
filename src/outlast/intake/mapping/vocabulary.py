"""What headings, codes and units are called elsewhere. In: `vocabulary.toml`. Out: `Names` of a
column, units and meanings of codes. One reason to exist: languages and foreign programs are data.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from outlast.network.codes import minor_digits
from outlast.network.declarations import Declaration

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OWN_KEYS = ("vague", "not", "per", "per_expected", "minus", "units", "orders")
_RATE = re.compile(r"(per|pro|je) |每|\w+ly$")
"""Words that say that a figure is a rate."""
_BRACKETS = re.compile(r"[(\[（【]([^)\]）】]*)[)\]）】]")
LONGEST_HEADING = 200
"""Headings are compared on their first so many characters."""

MONEY = ("case currency", "source currency", "market currency")
"""Beginnings of the units of columns that hold money."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a column of the case is called elsewhere; all in normal form."""

    sure: Mapping[str, str]
    """Names that mean this column, with the language or program they belong to."""
    phrases: frozenset[str]
    """Those of the sure names that still mean something inside a longer heading: two words or more."""
    vague: frozenset[str]
    unlike: frozenset[str]
    per: frozenset[str]
    """Columns that the figure is divided by."""
    per_expected: frozenset[str]
    """Names whose figures hold for a number of units that such a column states."""
    minus: frozenset[str]
    """Columns that are taken off the figure."""
    units: Mapping[str, str]
    """Unit that a name implies."""
    orders: frozenset[str]
    """Other columns that show that the figures are of single orders."""


def split_words(heading: str) -> list[str]:
    """Words of a heading in normal form: lower case, umlauts spelled out, `camelCase` split."""
    text = unicodedata.normalize("NFKC", heading[:LONGEST_HEADING])
    text = _WORD_ENDS.sub(" ", text).casefold().translate(_UMLAUTS)
    return re.findall(r"%|[^\W_]+", text)


def normalise(heading: str) -> str:
    """Normal form of a heading, in which `Lead Time`, `lead_time` and `LeadTime` are the same."""
    return "".join(split_words(heading))


def names_of(table: str, column: str) -> Names:
    """What a column of a table of the case is called elsewhere."""
    return _all_names()[table, column]


@cache
def _all_names() -> Mapping[tuple[str, str], Names]:
    from outlast.network.declarations import declarations
    from outlast.network.network import TABLES

    return {
        (table, column): _read_names(_content().get(table, {}).get(column, {}))
        for table, row_type in TABLES.items()
        for column in declarations(row_type)
    }


def _read_names(entry: Mapping[str, Any]) -> Names:
    def normal(key: str) -> frozenset[str]:
        return frozenset(map(normalise, entry.get(key, ())))

    sure = [(name, origin) for origin, names in entry.items() if origin not in _OWN_KEYS for name in names]
    return Names(
        sure={normalise(name): origin for name, origin in sure},
        phrases=frozenset(
            normalise(name)
            for name, _ in sure
            if len(split_words(name)) > 1 or (not name.isascii() and len(name) > 2) or len(name) > 11
        ),
        vague=normal("vague"),
        unlike=normal("not"),
        per=normal("per"),
        per_expected=normal("per_expected"),
        minus=normal("minus"),
        orders=normal("orders"),
        units={normalise(name): unit for name, unit in entry.get("units", {}).items()},
    )


@cache
def file_names() -> Mapping[str, frozenset[str]]:
    """What files of each table are often called, in normal form."""
    return {table: frozenset(map(normalise, names)) for table, names in _content()["files"].items()}


@cache
def meanings_of(table: str, column: str) -> Mapping[str, str]:
    """Choice that a code of a well-known program stands for, by the code in normal form."""
    entry = _content()["values"].get(table, {}).get(column, {})
    return {normalise(code): choice for choice, codes in entry.items() for code in codes}


def units_of(declaration: Declaration) -> Mapping[str, float]:
    """Units in which figures of a column may come, with the factor to the unit of the case."""
    return {unit: float(entry["factor"]) for unit, entry in _units_entry(declaration).items()}


@dataclass(frozen=True, slots=True)
class CellWords:
    """Words that stand beside figures of one kind, with the factor to the unit of the case."""

    factors: Mapping[tuple[str, ...], float]

    def get(self, word: str) -> float | None:
        """Factor of a word as it stands in a cell, None where it is none of these."""
        return self.factors.get(tuple(split_words(word.replace("/", " per "))))


def words_in_cells(declaration: Declaration) -> CellWords:
    """Units that may stand beside a figure in a cell of a column: those of headings, and short ones.

    A rate must say that it is one: `10 per week`, not `10 weeks`.
    """
    return _cell_words(_kind_of_unit(declaration.column.unit))


@cache
def _cell_words(kind: str) -> CellWords:
    factors = {
        tuple(split_words(word)): float(entry["factor"])
        for entry in _content()["units"].get(kind, {}).values()
        for word in (*entry["words"], *entry.get("short", ()))
    }
    if kind == "units per week":
        factors = {word: factor for word, factor in factors.items() if _RATE.match(" ".join(word))}
    return CellWords({word: factor for word, factor in factors.items() if word})


def currencies_in_cell(word: str) -> frozenset[str]:
    """Currencies that a word or sign beside a figure may be: one for most, several for $ and ¥, or none."""
    content, word = _content()["currencies"], word.strip().removesuffix(".")
    if word in content["signs"]:
        return frozenset(content["signs"][word])
    if len(word) != 3 or not (word.isascii() and word.isupper()):
        return frozenset()
    return frozenset({word}) if minor_digits(word) is not None else frozenset()


def must_state_unit(declaration: Declaration) -> bool:
    """Whether a figure of this column means nothing before its unit is known. Pieces and plain money are
    what figures are in unless something says otherwise; times, rates and shares are not."""
    return _kind_of_unit(declaration.column.unit) in (
        "weeks",
        "days",
        "share",
        "units per week",
        "share per year",
    )


def split_unit(heading: str, declaration: Declaration) -> tuple[str, str]:
    """Normal form of a heading without its unit, and the unit it names (empty where it names none)."""
    entry = _units_entry(declaration)
    words = {tuple(split_words(word)): unit for unit, more in entry.items() for word in more["words"]}
    currency = currency_in(heading) if declaration.column.unit.startswith(MONEY) else ""
    heading = re.sub(rf"(in )?\b{currency}\b", " ", heading) if currency else heading
    inside = [split_words(text) for text in _BRACKETS.findall(heading)]
    outside = split_words(_BRACKETS.sub(" ", heading))
    for part in inside:
        part = [word for word in part if word not in ("in", "je", "per")] or part
        if tuple(part) in words:
            return "".join(outside), words[tuple(part)]
    longest = sorted(words, key=len, reverse=True)
    for phrase in longest:
        if phrase and len(outside) > len(phrase):
            if tuple(outside[-len(phrase) :]) == phrase:
                rest = outside[: -len(phrase)]
                return "".join(rest[:-1] if rest[-1] == "in" and len(rest) > 1 else rest), words[phrase]
            if tuple(outside[: len(phrase)]) == phrase:
                return "".join(outside[len(phrase) :]), words[phrase]
    return "".join(outside), ""


def _units_entry(declaration: Declaration) -> Mapping[str, Any]:
    return _content()["units"].get(_kind_of_unit(declaration.column.unit), {})


def _kind_of_unit(unit: str) -> str:
    """Key of `[units]` for the unit of a column: whether items or packs are counted makes no difference."""
    if unit.startswith(MONEY):
        return "money per unit" if " per " in unit and not unit.endswith("week") else "money"
    if unit.startswith("share of"):
        return "share per year"
    counted = " ".join(word for word in unit.split() if word not in ("item", "purchase"))
    return "units" if counted == "units per unit" and "purchase" in unit else counted


@cache
def flags() -> Mapping[str, str]:
    """`true` or `false` by the word for it in normal form."""
    return {normalise(word): flag for flag, words in _content()["flags"].items() for word in words}


def currency_in(heading: str) -> str:
    """The currency code that a heading names, empty where it names none."""
    codes = _content()["currencies"]["codes"]
    return next((word for word in re.findall(r"[A-Za-z]+", heading) if word in codes), "")


@cache
def _content() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text("utf-8"))
