"""What the row dataclasses declare, ready to be asked. In: a row type. Out: `Declaration`s.
One reason to exist: reading, checking, the template and the documentation all ask the same
question of a field (its kind, range, default), so it is answered once.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from outlast.network.column import Column

Kind = Literal["text", "number", "whole number", "true/false", "date", "choice"]

_KINDS: Mapping[Any, Kind] = {
    str: "text",
    float: "number",
    int: "whole number",
    bool: "true/false",
    date: "date",
}

KEYS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "items": ("item_id",),
        "bom": ("parent_id", "child_id"),
        "substitutions": ("source_id", "product_id", "old_child", "new_child"),
        "suppliers": ("supplier_id",),
        "owners": ("party_id", "owner_name", "valid_from"),
        "sources": ("source_id",),
        "price_breaks": ("source_id", "from_quantity"),
        "disruptions": ("source_id", "kind"),
        "stock": ("item_id",),
        "open_orders": ("source_id",),
        "markets": ("market_id",),
        "demand": ("product_id", "market_id", "from_date"),
        "exchange": ("currency", "date"),
        "restrictions": ("restriction_id",),
        "scopes": ("restriction_id",),
        "watch_states": ("state_id",),
        "watch_transitions": ("from_state", "to_state"),
        "watch_hazards": ("restriction_id", "state_id"),
        "cash": ("from_date",),
        "overrides": ("kind", "source_id", "item_id"),
        "evidence": ("table", "row", "column"),
    }
)
"""Columns that name a row of each table. In bom, rows of one key must not overlap in time; in
REPEATABLE tables several rows may have the same key; elsewhere a key occurs once."""

REPEATABLE = ("stock", "open_orders", "scopes", "overrides")
"""Tables in which several rows may have the same key."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One column of the case format, as declared by the field of a row dataclass."""

    name: str
    kind: Kind
    choices: tuple[str, ...]
    """Values of a choice, else empty."""
    required: bool
    default: Any
    """Value of an empty cell; None also where the column is required."""
    column: Column


@cache
def declarations(row_type: type) -> Mapping[str, Declaration]:
    """Declared columns of a row type by name, in order; fields without a `Column` are left out."""
    hints = typing.get_type_hints(row_type, include_extras=True)
    found = {}
    for field in dataclasses.fields(row_type):
        hint = hints[field.name]
        column = next(
            (extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Column)), None
        )
        if column is None:
            continue
        inner = hint.__origin__
        if isinstance(inner, types.UnionType):
            inner = next(part for part in typing.get_args(inner) if part is not type(None))
        choices = typing.get_args(inner) if typing.get_origin(inner) is Literal else ()
        required = field.default is dataclasses.MISSING
        found[field.name] = Declaration(
            name=field.name,
            kind="choice" if choices else _KINDS[inner],
            choices=choices,
            required=required,
            default=None if required else field.default,
            column=column,
        )
    return types.MappingProxyType(found)


def propose_nearest(word: str, words: Collection[str]) -> str:
    """`Did you mean X?` with the nearest of `words`, or an empty string where none is near."""
    if not word or len(word) > 200:
        return ""
    same = next((other for other in words if other.casefold() == word.casefold()), None)
    near = [same] if same else difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""
