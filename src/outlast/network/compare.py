"""The difference of two cases, row by row and cell by cell. In: two `Network`s. Out: `TableChange`s.
One reason to exist: whoever edits a case, or gets one back, sees what is different before it counts.
Values are compared, not texts: an empty cell and its default written out are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import KEYS, declarations
from outlast.network.network import TABLES, Network

SETTINGS = "case"
"""Name under which changed settings are told."""
MOST_TRIED = 200
"""Rows of one key that are matched by likeness; larger groups are matched in their order."""

Row = tuple[Any, ...]


class CellChange(NamedTuple):
    """One value that is different."""

    column: str
    before: Any
    after: Any


class RowChange(NamedTuple):
    """One row that both cases have, and that is different."""

    key: tuple[Any, ...]
    cells: tuple[CellChange, ...]
    row_before: int
    """Its number in the first case, from 0."""
    row_after: int


@dataclass(frozen=True)
class TableChange:
    """What is different in one table, or in the settings."""

    table: str
    """A key of `TABLES`, or `case`."""
    added: tuple[int, ...] = ()
    """Numbers of rows that the second case has and the first has not."""
    removed: tuple[int, ...] = ()
    """Numbers of rows that the first case has and the second has not."""
    changed: tuple[RowChange, ...] = ()
    given: Literal["", "appeared", "disappeared"] = ""
    """Of open_orders: whether the table as such is given in one case only, which means something else than an
    empty one."""


def compare_networks(before: Network, after: Network) -> tuple[TableChange, ...]:
    """Tables and settings that are different, in the order of the documentation.

    Rows are matched by the key of their table; several of one key, such as lots of an item, are matched
    equal ones first, then those most alike. The order of rows does not matter.
    """
    changes = [_compare_settings(before.settings, after.settings)]
    changes += [compare_table(before, after, name) for name in TABLES]
    return tuple(change for change in changes if change is not None)


def compare_table(before: Network, after: Network, table: str) -> TableChange | None:
    """What is different in one table; None if nothing is."""
    given = _compare_presence(getattr(before, table), getattr(after, table))
    if _same_columns(before, after, table):
        return TableChange(table, given=given) if given else None
    pairs, removed, added = match_rows(before, after, table)
    names = tuple(declarations(TABLES[table]))
    old, new = _rows(before, table), _rows(after, table)
    key = [names.index(column) for column in KEYS[table]]
    changed = []
    for first, second in pairs:
        if old[first] != new[second]:
            cells = zip(names, old[first], new[second], strict=True)
            different = tuple(CellChange(*cell) for cell in cells if cell[1] != cell[2])
            changed.append(RowChange(tuple(new[second][at] for at in key), different, first, second))
    if not (changed or removed or added or given):
        return None
    return TableChange(table, tuple(added), tuple(removed), tuple(changed), given)


def match_rows(
    before: Network, after: Network, table: str
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Rows of two cases that stand for the same thing.

    Returns:
        Pairs of row numbers, in the order of the second case; rows without a match in the first case and
        in the second.
    """
    names = tuple(declarations(TABLES[table]))
    old, new = _rows(before, table), _rows(after, table)
    key = [names.index(column) for column in KEYS[table]]
    groups_before, groups_after = _group(old, key), _group(new, key)
    pairs: list[tuple[int, int]] = []
    removed = [row for name, rows in groups_before.items() if name not in groups_after for row in rows]
    added = [row for name, rows in groups_after.items() if name not in groups_before for row in rows]
    for name, ours in groups_before.items():
        theirs = groups_after.get(name)
        if theirs is not None:
            found, gone, come = _match_group(old, new, ours, theirs)
            pairs += found
            removed += gone
            added += come
    return sorted(pairs, key=lambda pair: pair[1]), sorted(removed), sorted(added)


def _match_group(
    old: Sequence[Row], new: Sequence[Row], ours: Sequence[int], theirs: Sequence[int]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Rows of one key: equal ones first, then the most alike, or in their order where there are many."""
    if len(ours) == len(theirs) == 1:
        return [(ours[0], theirs[0])], [], []
    waiting: dict[Row, list[int]] = defaultdict(list)
    for row in reversed(ours):
        waiting[old[row]].append(row)
    pairs, come = [], []
    for row in theirs:
        same = waiting.get(new[row])
        if same:
            pairs.append((same.pop(), row))
        else:
            come.append(row)
    gone = sorted(row for rows in waiting.values() for row in rows)
    if max(len(gone), len(come)) > MOST_TRIED:
        likely = list(zip(gone, come, strict=False))
    else:
        alike = {(a, b): sum(map(_equal, old[a], new[b])) for a in gone for b in come}
        likely = sorted(alike, key=lambda pair: -alike[pair])
    for first, second in likely:
        if first in gone and second in come:
            pairs.append((first, second))
            gone.remove(first)
            come.remove(second)
    return pairs, gone, come


def _equal(one: object, other: object) -> bool:
    return one == other


def _compare_presence(before: object, after: object) -> Literal["", "appeared", "disappeared"]:
    if (before is None) == (after is None):
        return ""
    return "appeared" if before is None else "disappeared"


def _same_columns(before: Network, after: Network, table: str) -> bool:
    """Whether a table is the same row by row; quick, and true of most tables of most comparisons."""
    ours, theirs = before.table(table), after.table(table)
    return len(ours) == len(theirs) and all(
        list(before.column(table, name)) == list(after.column(table, name))
        for name in (declarations(TABLES[table]) if ours else ())
    )


def _rows(network: Network, table: str) -> list[Row]:
    """Cells of each row, in the order of the declarations."""
    if not network.table(table):
        return []
    return list(zip(*(network.column(table, name) for name in declarations(TABLES[table])), strict=True))


def _group(rows: Sequence[Row], key: Sequence[int]) -> dict[Row, list[int]]:
    """Numbers of the rows of each key."""
    groups: dict[Row, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[tuple(row[at] for at in key)].append(number)
    return dict(groups)


def list_settings(settings: CaseSettings) -> Mapping[str, Any]:
    """All settings by name; those of [plan] as `plan.budget`."""
    top = {name: getattr(settings, name) for name in declarations(CaseSettings)}
    plan = {f"plan.{name}": getattr(settings.plan, name) for name in declarations(PlanSettings)}
    return {**top, **plan}


def _compare_settings(before: CaseSettings, after: CaseSettings) -> TableChange | None:
    old, new = list_settings(before), list_settings(after)
    cells = tuple(CellChange(name, old[name], new[name]) for name in old if old[name] != new[name])
    return TableChange(SETTINGS, changed=(RowChange((), cells, 0, 0),)) if cells else None


def show_key(key: tuple[Any, ...]) -> str:
    """Name of a row, as in the table evidence: `CAMERA/HOME`."""
    return "/".join(str(part) for part in key if part not in (None, ""))


def show_row(network: Network, table: str, row: int) -> Mapping[str, Any]:
    """Cells of a row that are not their defaults, by column."""
    record = network.table(table)[row]
    declared = declarations(TABLES[table])
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: values[name] for name, d in declared.items() if d.required or values[name] != d.default}


def name_row(network: Network, table: str, row: int) -> str:
    """Name of a row by its key."""
    record = network.table(table)[row]
    return show_key(tuple(getattr(record, column) for column in KEYS[table]))
