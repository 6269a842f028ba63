"""The difference of two cases in words and as data. In: `TableChange`s, both networks, their files.
Out: text, and a document for JSON. One reason to exist: whoever says yes to a change has read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from outlast.intake.files import CaseFiles
from outlast.network.compare import SETTINGS, CellChange, RowChange, TableChange, name_row, show_key, show_row
from outlast.network.declarations import KEYS
from outlast.network.network import Network
from outlast.report.terminal import count

MOST = 20
"""Rows of each kind that are told for a table; JSON has all."""
_LONGEST = 40
_GIVEN = {
    "appeared": "is given now: what is not listed is not on order (a normal flow was assumed before)",
    "disappeared": "is not given any more: a normal flow of orders is assumed from now on",
}

Side = tuple[Network, CaseFiles]


def tell_changes(changes: Sequence[TableChange], before: Side, after: Side) -> str:
    """All tables that are different, with their first rows."""
    if not changes:
        return "The cases are the same."
    lines = []
    for change in changes:
        lines += _tell_table(change, before, after)
    rows = sum(len(c.added) + len(c.removed) + len(c.changed) for c in changes if c.table != SETTINGS)
    tables = sum(change.table != SETTINGS for change in changes)
    total = f"{count(rows, 'row')} in {count(tables, 'table')} different"
    settings = [change for change in changes if change.table == SETTINGS]
    if settings:
        total += f", and {count(len(settings[0].changed[0].cells), 'setting')}"
    return "\n".join([*lines, total])


def describe_changes(changes: Sequence[TableChange], before: Side, after: Side) -> list[dict[str, Any]]:
    """The same as data; every row is there."""
    return [_describe_table(change, before, after) for change in changes]


def _tell_table(change: TableChange, before: Side, after: Side) -> list[str]:
    name = change.table
    if name == SETTINGS:
        return ["case", *(f"  ~ {_tell_cell(cell)}" for cell in change.changed[0].cells)]
    kinds = (("added", change.added), ("removed", change.removed), ("changed", change.changed))
    lines = [f"{name}: " + ", ".join(f"{len(rows):,} {word}" for word, rows in kinds if rows)]
    if change.given:
        lines = [f"{name} {_GIVEN[change.given]}"] + (lines if any(rows for _, rows in kinds) else [])
    lines += _shorten([_tell_row("+", name, row, after) for row in change.added[:MOST]], len(change.added))
    lines += _shorten(
        [_tell_row("-", name, row, before) for row in change.removed[:MOST]], len(change.removed)
    )
    told = [_tell_changed(name, row, after) for row in change.changed[:MOST]]
    return lines + _shorten(told, len(change.changed))


def _shorten(lines: list[str], length: int) -> list[str]:
    more = length - len(lines)
    return [*lines, f"    and {more:,} more"] if more > 0 else lines


def _tell_row(sign: str, table: str, row: int, side: Side) -> str:
    cells = show_row(side[0], table, row)
    name = name_row(side[0], table, row)
    words = ", ".join(f"{c} {_show(value)}" for c, value in cells.items() if c not in KEYS[table])
    return f"  {sign} {name}: {words}"[:200]


def _tell_changed(table: str, change: RowChange, side: Side) -> str:
    cells = ", ".join(map(_tell_cell, change.cells))
    line = _line_of(side, table, change.row_after)
    return f"  ~ {show_key(change.key)}{f' (row {line})' if line else ''}: {cells}"


def _tell_cell(cell: CellChange) -> str:
    return f"{cell.column} {_show(cell.before)} -> {_show(cell.after)}"


def _show(value: Any) -> str:
    """A value as it stands in a file, on one line."""
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _line_of(side: Side, table: str, row: int) -> int | None:
    """Line (or row of the sheet) on which a row stands."""
    found = side[1].tables.get(table)
    return int(found.lines[row]) if found is not None and row < len(found.lines) else None


def _describe_table(change: TableChange, before: Side, after: Side) -> dict[str, Any]:
    def whole(row: int, side: Side) -> dict[str, Any]:
        cells = show_row(side[0], change.table, row)
        return {
            "row": name_row(side[0], change.table, row),
            "line": _line_of(side, change.table, row),
            "cells": _plain(cells),
        }

    return {
        "table": change.table,
        "given": change.given,
        "added": [whole(row, after) for row in change.added],
        "removed": [whole(row, before) for row in change.removed],
        "changed": [
            {
                "row": show_key(row.key),
                "line_before": _line_of(before, change.table, row.row_before),
                "line_after": _line_of(after, change.table, row.row_after),
                "cells": [
                    _plain({"column": cell.column, "before": cell.before, "after": cell.after})
                    for cell in row.cells
                ],
            }
            for row in change.changed
        ],
    }


def _plain(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Values that JSON has."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in cells.items()}
