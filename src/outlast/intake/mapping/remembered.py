"""How a foreign table becomes a table of the case, and the file that remembers it. In: TOML text.
Out: `TableMapping`, or findings; and back. One reason to exist: what was decided once is written
where people read and change it, and next month's export asks nothing.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from outlast.errors import Finding, Place
from outlast.intake.mapping.cells import Sign
from outlast.intake.mapping.vocabulary import units_of
from outlast.network.declarations import Declaration, declarations, propose_nearest
from outlast.network.network import TABLES
from outlast.tables.form import DATE_ORDERS

Cut = Literal["", "leading zeros", "decimals", "nothing"]
LEAVE_OUT = "leave out the row"
NOTHING = "nothing"
ORDER_LINES = "single orders"
"""Unit of figures of demand that are the quantities of orders, to be summed by week."""
QUANTITY, PER_WEEK, COLUMNS = "quantity of the period", "units per week", "columns"
"""What figures of columns that are periods stand for; `COLUMNS`: they are columns like any other."""
GOES_ON, ENDS = "the last figure goes on", "nothing is sold"
"""What follows the last period."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one column of the case is filled. Exactly one of `heading`, `constant` and `join` is given."""

    heading: str = ""
    """Column of the file."""
    constant: str | None = None
    """The same value in every row."""
    join: tuple[str, ...] = ()
    """Columns of the file whose texts are joined by a hyphen."""
    unit: str = ""
    """Unit of the file's figures, by its name in the vocabulary; empty: the unit of the case."""
    factor: float = 1.0
    """Figures are multiplied by this as well."""
    divide_by: str = ""
    """Column of the file by which the figure is divided, such as a price unit."""
    minus: str = ""
    """Column of the file that is taken off the figure, such as what has been received; or `NOTHING`."""
    decimal_sign: Sign = ""
    """Empty: it does not matter to the cells seen so far."""
    date_order: str = ""
    """One of `DATE_ORDERS`."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What each text of the file stands for."""
    blank: str = ""
    """What becomes of rows whose cell is blank (or nought, where that makes no sense) though the column is
    required: `LEAVE_OUT`, or `=` and the text that fills them."""
    take: str = ""
    """`currency`: of each cell, a price such as `USD 12.50`, only the currency is taken."""
    cut: Cut = ""
    """What is cut off identifiers so that they match those of the case."""
    why: str = field(default="", compare=False)
    """The reason for this rule, for people."""

    @property
    def headings(self) -> tuple[str, ...]:
        """Columns of the file that the rule reads."""
        minus = self.minus if self.takes_off else ""
        return tuple(name for name in (self.heading, *self.join, self.divide_by, minus) if name)

    @property
    def takes_off(self) -> bool:
        """Whether another column is taken off the figure."""
        return self.minus not in ("", NOTHING)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """Everything decided about one foreign table."""

    table: str = ""
    """Table of the case; empty as long as it is open."""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Rule of each column of the case that is filled."""
    left_out: tuple[str, ...] = ()
    """Columns of the case that were asked about and are not filled."""
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Rows are kept where each of these columns of the file has one of these texts."""
    same: str = ""
    """What becomes of rows that name the same thing with different quantities: `add`, or undecided."""
    periods: str = ""
    """What columns that are periods hold: `QUANTITY`, `PER_WEEK` or `COLUMNS`; empty: undecided, or none."""
    after: str = ""
    """What follows the last period: `GOES_ON` or `ENDS`."""
    file: str = ""
    sha256: str = ""
    sheet: str = ""
    encoding: str = ""
    separator: str = ""
    heading: tuple[str, ...] = ()
    """Headings of the file for which all this was decided, but for those that are periods."""

    @property
    def long(self) -> bool:
        """Whether columns that are periods become rows."""
        return self.periods in (QUANTITY, PER_WEEK)

    @property
    def orders(self) -> bool:
        """Whether rows of demand are orders, to be summed by week."""
        rule = self.rules.get("units_per_week")
        return self.table == "demand" and rule is not None and rule.unit == ORDER_LINES

    def with_rule(self, column: str, rule: Rule) -> TableMapping:
        """This mapping with one column filled by `rule`."""
        left_out = tuple(name for name in self.left_out if name != column)
        return dataclasses.replace(self, rules={**self.rules, column: rule}, left_out=left_out)

    def without(self, column: str) -> TableMapping:
        """This mapping with one column left out on purpose."""
        rules = {name: rule for name, rule in self.rules.items() if name != column}
        return dataclasses.replace(self, rules=rules, left_out=(*self.left_out, column))


_RULE_KEYS = {"from": "heading"} | {
    name.name: name.name for name in dataclasses.fields(Rule) if name.name not in ("heading", "why")
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "decimal_sign": (".", ","),
    "date_order": DATE_ORDERS,
    "cut": ("leading zeros", "decimals", "nothing"),
    "take": ("currency",),
}
_WHOLE_CHOICES: Mapping[str, tuple[str, ...]] = {
    "same": ("add",),
    "periods": (QUANTITY, PER_WEEK, COLUMNS),
    "after": (GOES_ON, ENDS),
}
"""Choices that hold for the whole table."""


def write_mapping(mapping: TableMapping) -> str:
    """TOML text of a mapping, the same for the same mapping."""
    lines = [
        f"# How {_line(mapping.file)} becomes {mapping.table}.csv of a case, as `outlast import` has asked.",
        "# Change it by hand where it is wrong; it holds for every file with the same headings.",
        f"table = {_quote(mapping.table)}",
        f"left_out = {_list(mapping.left_out)}",
        *(
            f"{key} = {_quote(value)}"
            for key in ("same", "periods", "after")
            if (value := getattr(mapping, key))
        ),
        "",
        "[file]",
        f"name = {_quote(mapping.file)}",
        f"sha256 = {_quote(mapping.sha256)}",
        f"sheet = {_quote(mapping.sheet)}",
        f"encoding = {_quote(mapping.encoding)}",
        f"separator = {_quote(mapping.separator)}",
        f"heading = {_list(mapping.heading)}",
        "",
        "[columns]",
    ]
    for column, rule in mapping.rules.items():
        comment = f"  # {_line(rule.why)}" if rule.why else ""
        lines.append(f"{column} = {_write_rule(rule)}{comment}")
    if mapping.keep:
        lines += ["", "[keep]"]
        lines += [f"{_quote(heading)} = {_list(texts)}" for heading, texts in mapping.keep.items()]
    return "\n".join(lines) + "\n"


def parse_mapping(text: str, file: str) -> tuple[TableMapping | None, tuple[Finding, ...]]:
    """The mapping that a TOML text holds, or everything wrong with it."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, (_bad(file, "", f"This is no TOML: {error}.", "Write it as `outlast import` does."),)
    findings: list[Finding] = []
    table = content.get("table")
    if table not in TABLES:
        remedy = propose_nearest(str(table), TABLES) or f"Write one of {', '.join(TABLES)}."
        return None, (_bad(file, "table", f"{table!r} is no table of the case format.", remedy),)
    about = content.get("file", {})
    about = about if isinstance(about, dict) else {}
    rules = _parse_rules(content.get("columns"), str(table), file, findings)
    keep = content.get("keep", {})
    left_out, heading = content.get("left_out", []), about.get("heading", [])
    lists: Mapping[str, list[Any]] = {
        "keep": list(keep.values()) if isinstance(keep, dict) else [None],
        "left_out": [left_out],
        "heading": [heading],
    }
    for key, values in lists.items():
        if not all(isinstance(v, list) and all(isinstance(text, str) for text in v) for v in values):
            findings.append(_bad(file, key, f"{key} is no list of texts.", 'Write ["A", "B"].'))
    for key, choices in _WHOLE_CHOICES.items():
        if content.get(key, "") not in ("", *choices):
            remedy = f"Write {' or '.join(choices)}."
            findings.append(_bad(file, key, f"{key} = {content[key]!r} makes no sense.", remedy))
    if findings:
        return None, tuple(findings)
    words = {key: str(about.get(key, "")) for key in ("sha256", "sheet", "encoding", "separator")}
    return (
        TableMapping(
            table=str(table),
            rules=rules,
            left_out=tuple(left_out),
            keep={heading: tuple(texts) for heading, texts in keep.items()},
            **{key: content.get(key, "") for key in _WHOLE_CHOICES},
            file=str(about.get("name", "")),
            heading=tuple(heading),
            **words,
        ),
        (),
    )


def _parse_rules(content: Any, table: str, file: str, findings: list[Finding]) -> dict[str, Rule]:
    known = declarations(TABLES[table])
    rules: dict[str, Rule] = {}
    if not isinstance(content, dict):
        findings.append(_bad(file, "columns", "The mapping has no [columns].", "Add them."))
        return rules
    for column, entry in content.items():
        if column not in known:
            remedy = propose_nearest(column, known) or "Remove it."
            findings.append(_bad(file, column, f"{table} has no column {column}.", remedy))
        elif not isinstance(entry, dict):
            findings.append(_bad(file, column, "The rule is no table.", 'Write { from = "HEADING" }.'))
        else:
            problem = _check_rule(entry) or _check_unit(entry.get("unit", ""), known[column])
            if problem:
                findings.append(_bad(file, column, problem, "Mend the rule, or let `outlast import` ask."))
            else:
                rules[column] = _make_rule(entry)
    return rules


def _check_rule(entry: Mapping[str, Any]) -> str:
    """What is wrong with one rule, in words; empty where nothing is."""
    for key, value in entry.items():
        if key not in _RULE_KEYS:
            return f"A rule has no key {key}; it has {', '.join(_RULE_KEYS)}."
        if key == "join":
            right = isinstance(value, list) and len(value) > 1 and all(isinstance(v, str) for v in value)
        elif key == "values":
            right = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        elif key == "factor":
            right = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e12
        else:
            right = isinstance(value, str) and value in _CHOICES.get(key, (value,))
        if not right:
            return f"{key} = {value!r} makes no sense."
    if sum(key in entry for key in ("from", "constant", "join")) != 1:
        return "A rule needs exactly one of from, constant and join."
    return ""


def _check_unit(unit: str, declared: Declaration) -> str:
    units = units_of(declared)
    orders = unit == ORDER_LINES and declared.column.unit == "units per week"
    if not unit or unit in units or orders:
        return ""
    return f"{unit!r} is no unit of this column; {'choose ' + ', '.join(units) if units else 'it has none'}."


def _make_rule(entry: Mapping[str, Any]) -> Rule:
    values: dict[str, Any] = {_RULE_KEYS[key]: value for key, value in entry.items()}
    values["join"] = tuple(values.get("join", ()))
    values["factor"] = float(values.get("factor", 1.0))
    return Rule(**values)


def _write_rule(rule: Rule) -> str:
    parts = []
    for key, name in _RULE_KEYS.items():
        value = getattr(rule, name)
        if value == getattr(Rule(), name):
            continue
        if isinstance(value, tuple):
            parts.append(f"{key} = {_list(value)}")
        elif isinstance(value, Mapping):
            inside = ", ".join(f"{_quote(text)} = {_quote(meaning)}" for text, meaning in value.items())
            parts.append(f"{key} = {{ {inside} }}")
        else:
            parts.append(f"{key} = {value!r}" if isinstance(value, float) else f"{key} = {_quote(value)}")
    return "{ " + ", ".join(parts) + " }"


def _quote(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_quote, texts)) + "]"


def _line(text: str) -> str:
    """Text that fits into a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _bad(file: str, key: str, message: str, remedy: str) -> Finding:
    return Finding("error", "bad-mapping", Place(file, column=key or None), message, remedy)
