"""What a restriction names. In: scope rows and rows of other tables. Out: whether they match.
One reason to exist: a scope means the same to numbering, checks and reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from outlast.errors import CaseError, Finding, Place
from outlast.network.demand import Market
from outlast.network.items import Item
from outlast.network.network import Network
from outlast.network.restrictions import Scope
from outlast.network.sources import Source

_COMPARISON = re.compile(r"^\s*(>=|<=|>|<|=)\s*(.+?)\s*$")


def matches_value(given: object, value: str) -> bool:
    """Whether a cell meets a scope's value: the same text, the same number or a comparison.

    An unknown cell (None) never matches. Truth is written true or false.

    Raises:
        ValueError: a comparison with something that is not a number.
    """
    found = _COMPARISON.match(value)
    sign, wanted = (found[1], found[2]) if found else ("=", value.strip())
    if given is None:
        return False
    if isinstance(given, bool):
        if sign != "=" or wanted.lower() not in ("true", "false"):
            raise ValueError(f"{value!r} can't be compared with true or false")
        return given == (wanted.lower() == "true")
    if isinstance(given, (int, float)):
        return _compares(float(given), sign, float(wanted))
    if sign != "=":
        raise ValueError(f"{value!r} compares numbers, but the column holds text")
    return str(given) == wanted


def _compares(given: float, sign: str, wanted: float) -> bool:
    if sign == "=":
        return given == wanted
    if sign in (">", ">="):
        return given > wanted or (sign == ">=" and given == wanted)
    return given < wanted or (sign == "<=" and given == wanted)


def matches_scope(scopes: Iterable[Scope], rows: Mapping[str, Any]) -> bool:
    """Whether a set of rows is in scope: some group has all its conditions met.

    Args:
        scopes: all scope rows of one restriction; an empty group is a group of its own.
        rows: the row each table offers, by table; a table that is absent never matches.

    Raises:
        CaseError: a column that its table lacks, or a value that can't be compared.
    """
    groups: dict[str, bool] = {}
    for scope in scopes:
        groups[scope.group] = groups.get(scope.group, True) and _meets(scope, rows.get(scope.table))
    return any(groups.values())


def _meets(scope: Scope, row: Any) -> bool:
    if row is None:
        return False
    try:
        return matches_value(getattr(row, scope.column), scope.value)
    except (AttributeError, ValueError) as problem:
        raise CaseError(
            [
                Finding(
                    "error",
                    "scope-not-comparable",
                    Place("scopes", column="value"),
                    f"The scope {scope.table}.{scope.column} {scope.value!r} of restriction "
                    f"{scope.restriction_id} can't be applied: {problem}.",
                    "Name a column of that table and a text, a number or a comparison such as >=0.25.",
                )
            ]
        ) from None


def rows_of_source(network: Network, source: Source) -> dict[str, Any]:
    """Rows that a source offers to a scope: itself, its item, its supplier."""
    item: Item | None = network.item.get(source.item_id)
    return {"sources": source, "items": item, "suppliers": network.supplier.get(source.supplier_id)}


def rows_of_line(network: Network, product_id: str, market_id: str) -> dict[str, Any]:
    """Rows that a demand line offers to a scope: its market and its product."""
    market: Market | None = network.market.get(market_id)
    return {"markets": market, "items": network.item.get(product_id)}
