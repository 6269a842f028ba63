"""Codes of currencies and countries. In: a code as someone wrote it. Out: what is wrong with it, if anything.
One reason to exist: a code that is no code, or that money no longer has, is seen before it is converted.
Source: ISO 4217 by the package iso4217 (list one), ISO 3166 by the package iso3166.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class CodeProblem:
    """What is wrong with a code, and what to do."""

    kind: Literal["unknown", "withdrawn"]
    message: str
    remedy: str


_NO_MONEY = ("XXX", "XTS")
_CURRENCY_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "RMB": "Write CNY.",
        "CNH": "Write CNY; offshore renminbi is the same money at its own rate.",
        "NTD": "Write TWD.",
        "NIS": "Write ILS.",
        "STG": "Write GBP.",
        "UKP": "Write GBP.",
        "EURO": "Write EUR.",
        "Euro": "Write EUR.",
        "euro": "Write EUR.",
        "GBX": "This is pence: write GBP and divide the prices by 100.",
        "GBp": "This is pence: write GBP and divide the prices by 100.",
        "ZAc": "This is cents: write ZAR and divide the prices by 100.",
        "ILA": "This is agorot: write ILS and divide the prices by 100.",
        "USX": "This is cents: write USD and divide the prices by 100.",
        "€": "Write EUR.",
        "£": "Write the code, such as GBP.",
        "$": "Write the code, such as USD, CAD or AUD.",
        "US$": "Write USD.",
        "¥": "Write JPY or CNY.",
    }
)
_COUNTRY_HINTS: Mapping[str, str] = MappingProxyType({"UK": "Write GB.", "EL": "Write GR for Greece."})

_WITHDRAWN: Mapping[str, tuple[int, int, str]] = MappingProxyType(
    {
        "AFA": (2003, 1, "AFN"),
        "ANG": (2025, 3, "XCG"),
        "ATS": (2002, 3, "EUR"),
        "AZM": (2005, 12, "AZN"),
        "BEF": (2002, 3, "EUR"),
        "BGL": (2003, 11, "BGN"),
        "BGN": (2026, 1, "EUR"),
        "BYB": (2001, 1, "BYR"),
        "BYR": (2017, 1, "BYN"),
        "CSD": (2006, 10, "RSD"),
        "CUC": (2021, 6, "CUP"),
        "CYP": (2008, 1, "EUR"),
        "DEM": (2002, 3, "EUR"),
        "EEK": (2011, 1, "EUR"),
        "ESP": (2002, 3, "EUR"),
        "FIM": (2002, 3, "EUR"),
        "FRF": (2002, 3, "EUR"),
        "GHC": (2008, 1, "GHS"),
        "GRD": (2002, 3, "EUR"),
        "HRK": (2023, 1, "EUR"),
        "IEP": (2002, 3, "EUR"),
        "ITL": (2002, 3, "EUR"),
        "LTL": (2014, 12, "EUR"),
        "LUF": (2002, 3, "EUR"),
        "LVL": (2014, 1, "EUR"),
        "MGF": (2004, 12, "MGA"),
        "MRO": (2017, 12, "MRU"),
        "MTL": (2008, 1, "EUR"),
        "MZM": (2006, 6, "MZN"),
        "NLG": (2002, 3, "EUR"),
        "PTE": (2002, 3, "EUR"),
        "ROL": (2005, 6, "RON"),
        "SDD": (2007, 7, "SDG"),
        "SIT": (2007, 1, "EUR"),
        "SKK": (2009, 1, "EUR"),
        "SLL": (2023, 12, "SLE"),
        "SRG": (2003, 12, "SRD"),
        "STD": (2017, 12, "STN"),
        "TMM": (2009, 1, "TMT"),
        "TRL": (2005, 12, "TRY"),
        "VEB": (2008, 1, "VEF"),
        "VEF": (2018, 8, "VES"),
        "YUM": (2003, 7, "CSD"),
        "ZMK": (2012, 12, "ZMW"),
        "ZWD": (2008, 8, "ZWR"),
        "ZWL": (2024, 9, "ZWG"),
        "ZWN": (2006, 9, "ZWR"),
        "ZWR": (2009, 6, "ZWL"),
    }
)
"""Code -> year and month of its withdrawal, and what replaced it; those of this century.
Source: ISO 4217, list three (historic denominations)."""


@cache
def minor_digits(code: str) -> int | None:
    """Digits of the minor unit of a currency in use (2 for cents), None where it has none or is unknown."""
    return _currencies().get(code)


@cache
def _currencies() -> Mapping[str, int | None]:
    import iso4217  # parses a list: only where codes are checked

    return MappingProxyType({one.code: one.exponent for one in iso4217.Currency})


def judge_currency(code: str, day: date | None) -> CodeProblem | None:
    """What is wrong with a currency code on a day.

    Args:
        code: as written.
        day: None: withdrawn codes pass.
    """
    if re.fullmatch(r"[A-Z]{3}", code):
        gone = _WITHDRAWN.get(code)
        if gone is not None:
            year, month, successor = gone
            if day is None or (day.year, day.month) <= (year, month):
                return None
            message = f"{code} was withdrawn in {year}-{month:02} and replaced by {successor}."
            return CodeProblem("withdrawn", message, f"Write {successor} with its prices and its own rate.")
        if code in _currencies() and code not in _NO_MONEY:
            return None
    word = code.strip().upper()
    hint = _CURRENCY_HINTS.get(code)
    if hint is None and word != code and word not in _NO_MONEY and word in _currencies():
        hint = f"Write {word}."
    remedy = hint or "Write three capital letters (ISO 4217), as in EUR."
    return CodeProblem("unknown", f"{code!r} is not a currency code.", remedy)


def judge_country(code: str) -> CodeProblem | None:
    """What is wrong with a country code. Codes that ISO 3166 leaves to its users pass, such as ZZ."""
    import iso3166

    if code in iso3166.countries_by_alpha2 or re.fullmatch(r"AA|Q[M-Z]|X[A-Z]|ZZ", code):
        return None
    word = code.strip().upper()
    found = (
        iso3166.countries_by_alpha2.get(word)
        or iso3166.countries_by_alpha3.get(word)
        or iso3166.countries_by_apolitical_name.get(word)
        or iso3166.countries_by_name.get(word)
    )
    remedy = f"Write {found.alpha2}." if found else "Write two capital letters (ISO 3166), as in DE."
    return CodeProblem("unknown", f"{code!r} is not a country code.", _COUNTRY_HINTS.get(word, remedy))
