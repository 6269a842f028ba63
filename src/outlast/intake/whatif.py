"""Edits of a case on the command line, such as `stock.on_hand[SENSOR]=5000`. In: texts and a `Network`.
Out: the network as it would be, and findings. One reason to exist: a question like "what if the price
doubles" needs no copy of the case, and is read as strictly as a file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from outlast.errors import Finding, Place
from outlast.intake.columns import parse_cell
from outlast.intake.problem import show
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.coded import CodedRows, code_values
from outlast.network.declarations import KEYS, Declaration, declarations, propose_nearest
from outlast.network.network import TABLES, Network

Operator = Literal["=", "*=", "+=", "-="]
WHERE = "--what-if"
"""File name of places in edits."""
LONGEST = 1000
"""Signs of an edit, beyond which it is refused."""
MOST = 1000
"""Edits of one run, beyond which they are refused."""
EVERY = "*"
"""Stands for every value of a column of the key."""

_FORM = re.compile(
    r"(?P<table>\w+)\.(?P<column>\w+(?:\.\w+)?)\s*(?:\[(?P<key>.*)\])?\s*(?P<operator>=|\*=|\+=|-=)(?P<value>.*)",
    re.DOTALL,
)
_EXAMPLE = "Write table.column[row]=value, such as stock.on_hand[SENSOR]=5000 or case.plan.budget*=1.5."


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a case."""

    text: str
    table: str
    """A table of the case, or `case`."""
    column: str
    """Its column; of `case`, a key of case.toml, those of [plan] as `plan.key`."""
    key: tuple[str, ...]
    """Names of the rows, one for each key column, `*` for every one; empty for `case`."""
    operator: Operator
    value: str


@dataclass
class _Editing:
    """A network under change, and what is wrong with the edits."""

    network: Network
    findings: list[Finding] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    """Edits that were made, in words."""

    def refuse(self, edit: str, message: str, remedy: str, code: str = "what-if") -> None:
        """Note what is wrong with an edit."""
        self.findings.append(Finding("error", code, Place(WHERE, column=edit[:80]), message, remedy))


def edit_network(network: Network, texts: Sequence[str]) -> tuple[Network, tuple[Finding, ...]]:
    """The network after edits, in their order; `what_if` of it says what was changed.

    Args:
        network: the case as it is on disk.
        texts: `table.column[row]=value`; also `*=`, `+=` and `-=` on numbers. Rows are named by the key
            columns of the table, `*` for every value: `demand.units_per_week[CAMERA,*,*]*=1.2`.

    Returns:
        The network, and an error for every edit that could not be made.
    """
    editing = _Editing(network)
    if len(texts) > MOST:
        editing.refuse("", f"There are {len(texts):,} edits; at most {MOST:,} are read.", "Edit a copy.")
        return network, tuple(editing.findings)
    for text in texts:
        edit = parse_edit(text, editing.refuse)
        if edit is not None:
            (_edit_settings if edit.table == "case" else _edit_rows)(editing, edit)
    what_if = (*network.what_if, *editing.done)
    return replace(editing.network, what_if=what_if), tuple(editing.findings)


def parse_edit(text: str, refuse: Callable[[str, str, str], None]) -> Edit | None:
    """The edit that a text asks for; None where it asks for none, told to `refuse(edit, message, remedy)`."""
    match = _FORM.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if match is None:
        refuse(text, f"{show(text)} is no edit.", _EXAMPLE)
        return None
    table, column, key = match["table"], match["column"], match["key"]
    if table not in (*TABLES, "case"):
        refuse(text, f"There is no table {table}.", propose_nearest(table, [*TABLES, "case"]) or _EXAMPLE)
        return None
    known = _settings() if table == "case" else declarations(TABLES[table])
    if column not in known:
        what = "case.toml has no key" if table == "case" else f"{table} has no column"
        remedy = propose_nearest(column, known) or "See the case format for the names."
        refuse(text, f"{what} {column}.", remedy)
        return None
    names = KEYS.get(table, ())
    rows = _split_key(key or "")
    if len(rows) != len(names):
        wanted = f"Name the rows as {table}.{column}[{','.join(names)}], * for every one."
        remedy = wanted if names else _EXAMPLE
        refuse(text, f"Rows of {table} are named by {len(names)} values; {len(rows)} are given.", remedy)
        return None
    if column in names:
        refuse(text, f"{column} names the row; it cannot be changed here.", "Edit a copy of the case.")
        return None
    operator: Any = match["operator"]
    return Edit(text.strip(), table, column, rows, operator, match["value"].strip())


def _split_key(text: str) -> tuple[str, ...]:
    """Values between commas; one that holds a comma stands in quotes."""
    try:
        return tuple(cell.strip() for cell in next(csv.reader([text]), []))
    except csv.Error:
        return ()


def _settings() -> dict[str, Declaration]:
    """Keys of case.toml, those of [plan] as `plan.key`."""
    plan = {f"plan.{name}": declaration for name, declaration in declarations(PlanSettings).items()}
    return {**declarations(CaseSettings), **plan}


def _edit_settings(editing: _Editing, edit: Edit) -> None:
    """Change a setting."""
    settings = editing.network.settings
    section, _, name = edit.column.rpartition(".")
    holder: Any = settings.plan if section else settings
    old = getattr(holder, name)
    value, sound = _change(editing, edit, _settings()[edit.column], old)
    if not sound:
        return
    changed = replace(holder, **{name: value})
    settings = replace(settings, plan=changed) if section else changed
    editing.network = replace(editing.network, settings=settings)
    editing.done.append(f"case.{edit.column}: {_say(old)} -> {_say(value)}")


def _edit_rows(editing: _Editing, edit: Edit) -> None:
    """Change a column in the rows that an edit names."""
    rows = editing.network.table(edit.table)
    keys = [editing.network.column(edit.table, name) for name in KEYS[edit.table]] if len(rows) else []
    found: list[int] | range = range(len(rows)) if keys else []
    for cells, name in zip(keys, edit.key, strict=False):
        if name != EVERY:
            found = [row for row in found if _say(cells[row]) == name]
    if not found:
        _miss(editing, edit)
        return
    if len(found) > 1 and edit.operator == "=" and EVERY not in edit.key:
        message = f"{', '.join(edit.key)} has {len(found)} rows in {edit.table}; which of them is not said."
        editing.refuse(edit.text, message, "Use *=, which changes each by the same factor, or edit a copy.")
        return
    declaration = declarations(TABLES[edit.table])[edit.column]
    values = list(editing.network.column(edit.table, edit.column))
    old = values[found[0]]
    for row in found:
        values[row], sound = _change(editing, edit, declaration, values[row])
        if not sound:
            return
    changed: dict[str, Any] = {edit.table: _with_column(rows, edit.column, values)}
    editing.network = replace(editing.network, **changed)
    what = f"{edit.table}.{edit.column}[{','.join(edit.key)}]"
    one = f"{what}: {_say(old)} -> {_say(values[found[0]])}"
    many = f"{what} {edit.operator} {edit.value} in {len(found)} rows"
    editing.done.append(one if len(found) == 1 else many)


def _miss(editing: _Editing, edit: Edit) -> None:
    """Say that no row has the key, and which comes near."""
    for name, column in zip(edit.key, KEYS[edit.table], strict=True):
        known = {_say(value) for value in editing.network.column(edit.table, column)}
        if name != EVERY and name not in known:
            remedy = propose_nearest(name, known) or f"Add the row to {edit.table} first."
            editing.refuse(edit.text, f"No row of {edit.table} has {column} {show(name)}.", remedy)
            return
    message = f"No row of {edit.table} has the key {','.join(edit.key)}."
    editing.refuse(edit.text, message, f"Add the row to {edit.table} first.")


def _change(editing: _Editing, edit: Edit, declaration: Declaration, old: Any) -> tuple[Any, bool]:
    """The value after an edit, and whether it is sound."""
    text = edit.value
    if edit.operator != "=":
        if declaration.kind not in ("number", "whole number"):
            editing.refuse(edit.text, f"{edit.column} is no number.", "Use = and give the new value.")
            return None, False
        if old is None:
            message = f"{edit.column} has no value to change."
            editing.refuse(edit.text, message, "Use = and give the new value.")
            return None, False
        factor, problems = parse_cell(text, _FACTOR)
        if problems:
            editing.refuse(edit.text, problems[0].message, problems[0].remedy)
            return None, False
        sums = {"*=": old * factor, "+=": old + factor, "-=": old - factor}
        new = sums[edit.operator]
        text = str(int(new)) if float(new).is_integer() and abs(new) < 1e15 else repr(float(new))
    value, problems = parse_cell(text, declaration)
    wrong = [problem for problem in problems if problem.level == "error"]
    for problem in wrong:
        editing.refuse(edit.text, problem.message, problem.remedy, problem.code)
    return value, not wrong


_FACTOR = replace(declarations(PlanSettings)["holding_rate_per_year"], name="factor", required=True)
_FACTOR = replace(_FACTOR, column=replace(_FACTOR.column, low=None, high=None, unit=""))
"""Any number."""


def _with_column(rows: Sequence[Any], name: str, values: list[Any]) -> Sequence[Any]:
    """Rows of a table with other values in one column."""
    if isinstance(rows, CodedRows):
        return CodedRows(rows.row_type, {**rows.columns, name: code_values(values)}, len(rows))
    return tuple(
        row if getattr(row, name) == value else replace(row, **{name: value})
        for row, value in zip(rows, values, strict=True)
    )


def _say(value: Any) -> str:
    """A value as it is written in a file; nothing for what is not given."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)
