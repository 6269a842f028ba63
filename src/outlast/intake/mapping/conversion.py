"""Cells of a foreign table as cells of the case. In: a mapping without open questions, the table.
Out: rows of canonical text with the lines they come from, and findings. One reason to exist: what
is written into a case reads the same everywhere, and a cell that cannot be read is named, not lost.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from outlast.errors import Finding
from outlast.intake.columns import parse_cell
from outlast.intake.mapping.answers import ADD
from outlast.intake.mapping.cells import Sign, is_no_date, read_date, read_number
from outlast.intake.mapping.details import cut_text
from outlast.intake.mapping.figures import read_figure, write_number
from outlast.intake.mapping.foreign_table import ForeignTable, Question, kept_rows
from outlast.intake.mapping.measures import factor_of, split_measure
from outlast.intake.mapping.prices import check_currencies
from outlast.intake.mapping.remembered import LEAVE_OUT, Rule, TableMapping
from outlast.intake.mapping.vocabulary import MONEY, currencies_in_cell, units_of
from outlast.network.declarations import KEYS, REPEATABLE, Declaration, declarations
from outlast.network.network import TABLES

MOST_ALIKE = 20
"""Findings of one kind in one column that are listed; the rest is counted."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First letters of a text that a spreadsheet would run as a formula."""


@dataclass(frozen=True)
class Converted:
    """Rows of a table of the case, as text."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    lines: Sequence[int]
    """Line of the file that each row comes from."""
    left_out: Mapping[str, int]
    """Rows that are left out, by the reason in words."""


class _Bad(str):
    """A cell that cannot be read; its text goes on to the check, which names it."""


def convert(mapping: TableMapping, foreign: ForeignTable) -> tuple[Converted | None, tuple[Finding, ...]]:
    """All rows, or what is wrong with them.

    Args:
        mapping: one for which `settle` asks nothing.
        foreign: the table.

    Returns:
        The rows, or None where there is an error; and the findings.
    """
    chosen = kept_rows(foreign.table, mapping.keep)
    numbers = range(len(foreign.table)) if chosen is None else sorted(chosen)
    declared = declarations(TABLES[mapping.table])
    reader = _Reader(mapping, foreign, numbers)
    cells = {column: reader.read(declared[column], rule) for column, rule in mapping.rules.items()}
    left_out: Counter[str] = Counter()
    may_go = {column: rule for column, rule in mapping.rules.items() if rule.blank or rule.takes_off}
    reasons = [_why_left_out(at, may_go, declared, cells) if may_go else "" for at in range(len(numbers))]
    left_out.update(reason for reason in reasons if reason)
    staying = [at for at, reason in enumerate(reasons) if not reason]
    rows_staying = [(at, numbers[at]) for at in staying]
    findings = _check(mapping, foreign, declared, cells, rows_staying)
    findings += check_currencies(mapping, foreign, cells.get("currency"), rows_staying)
    for column, texts in cells.items():
        kept = texts if len(staying) == len(numbers) else [texts[at] for at in staying]
        guarded = declared[column].kind == "text" and not _is_identifier(declared[column])
        cells[column] = [_guard(text) for text in kept] if guarded else kept
    rows = list(zip(*cells.values(), strict=True))
    lines = [int(foreign.table.lines[numbers[at]]) for at in staying]
    converted = Converted(tuple(cells), rows, lines, dict(left_out))
    converted, bad = _merge_same(converted, mapping, foreign)
    findings += bad
    sound = not any(finding.level == "error" for finding in findings)
    return converted if sound else None, tuple(findings)


def ask_same(mapping: TableMapping, converted: Converted) -> Question | None:
    """The question whether quantities of the same parent and child are added, where such rows occur."""
    keys = ("parent_id", "child_id", "valid_from", "valid_to") if mapping.table == "bom" else KEYS["demand"]
    if mapping.same or not (mapping.table == "bom" or mapping.long):
        return None
    key = [converted.columns.index(column) for column in keys if column in converted.columns]
    pairs = Counter(tuple(row[at] for at in key) for row in converted.rows)
    several = [pair for pair, times in pairs.items() if times > 1]
    if not several:
        return None
    pair = f"{several[0][0]} and {several[0][1]}"
    text = f"{len(several):,} pairs such as {pair} occur more than once. Are they to be added?"
    reason = "a part may stand in several positions" if mapping.table == "bom" else "the figures differ"
    return Question("same", "quantity", text, (ADD,), reason=reason)


class _Reader:
    """Reads columns of the file row by row."""

    def __init__(self, mapping: TableMapping, foreign: ForeignTable, numbers: Sequence[int]):
        self._numbers = numbers
        self._columns = dict(
            zip((name.strip() for name in foreign.table.heading), foreign.table.columns, strict=True)
        )
        self._cuts = {rule.heading: rule.cut for rule in mapping.rules.values() if rule.heading and rule.cut}

    def texts(self, heading: str) -> list[str]:
        """Cells of a column, blanks around them cut."""
        column = self._columns[heading]
        stripped = [text.strip() for text in column.values]
        codes = column.codes
        return [stripped[codes[row]] for row in self._numbers]

    def read(self, declared: Declaration, rule: Rule) -> list[str]:
        """A column of the case in canonical text; what cannot be read stays as it is."""
        if rule.constant is not None:
            return [rule.constant] * len(self._numbers)
        if rule.take:
            return [_take_currency(text) for text in self.texts(rule.heading)]
        if rule.join:
            parts = [self._cut_all(heading) for heading in rule.join]
            return ["-".join(texts) if all(texts) else "" for texts in zip(*parts, strict=True)]
        numeric = declared.kind in ("number", "whole number")
        if numeric and (rule.divide_by or rule.takes_off):
            return self._read_combined(declared, rule)
        translate = _translate(self._number_of(declared, rule) if numeric else None, declared, rule)
        known: dict[str, str] = {}
        texts = self.texts(rule.heading)
        return [known[text] if text in known else known.setdefault(text, translate(text)) for text in texts]

    def _cut_all(self, heading: str) -> list[str]:
        cut = self._cuts.get(heading, "")
        return [cut_text(text, cut) for text in self.texts(heading)]

    def _number_of(self, declared: Declaration, rule: Rule) -> Callable[[str], float | None]:
        return lambda text: read_figure(text, declared, rule)

    def _read_combined(self, declared: Declaration, rule: Rule) -> list[str]:
        number = self._number_of(declared, rule)
        factor = units_of(declared).get(rule.unit, 1.0) * rule.factor
        sign: Sign = rule.decimal_sign or "."
        ones, noughts = ["1"] * len(self._numbers), ["0"] * len(self._numbers)
        divisors = self.texts(rule.divide_by) if rule.divide_by else ones
        taken = self.texts(rule.minus) if rule.takes_off else noughts
        cells = []
        for text, divisor, off in zip(self.texts(rule.heading), divisors, taken, strict=True):
            value, by, less = number(text), read_number(divisor, sign), read_number(off or "0", sign)
            if not text:
                cells.append("")
            elif value is None:
                cells.append(_Bad(text))
            elif by is None or by <= 0:
                cells.append(_Bad(f"{text} / {divisor or 'nothing'}"))
            elif less is None:
                cells.append(_Bad(f"{text} - {off}"))
            else:
                cells.append(_written((value - less * factor) / by))
        return cells


def _take_currency(text: str) -> str:
    """The currency that a price names in its cell."""
    measure = split_measure(text)
    codes = currencies_in_cell(measure.word) if measure else frozenset()
    return next(iter(codes)) if len(codes) == 1 else _Bad(text) if text else ""


def _translate(
    number: Callable[[str], float | None] | None, declared: Declaration, rule: Rule
) -> Callable[[str], str]:
    """How one text of a column becomes canonical text."""

    def translate(text: str) -> str:
        if not text:
            return rule.blank[1:].strip() if rule.blank.startswith("=") else ""
        if number is not None:
            value = number(text)
            return _Bad(text) if value is None else _written(value)
        if declared.kind == "date":
            if is_no_date(text):
                return ""
            day = read_date(text, rule.date_order) if rule.date_order else None
            return _Bad(text) if day is None else day.isoformat()
        if text in rule.values:
            return rule.values[text]
        return cut_text(text, rule.cut)

    return translate


def _written(value: float) -> str:
    """A figure as text; one that is too large for a number is bad."""
    return write_number(value) if math.isfinite(value) else _Bad(str(value))


def _why_left_out(
    at: int,
    rules: Mapping[str, Rule],
    declared: Mapping[str, Declaration],
    cells: Mapping[str, Sequence[str]],
) -> str:
    """Why a row does not come into the case, in words; empty where it does."""
    for column, rule in rules.items():
        text = cells[column][at]
        if rule.blank == LEAVE_OUT and (not text or (text == "0" and declared[column].column.above == 0)):
            return f"no {rule.heading}"
        if rule.takes_off and text and not isinstance(text, _Bad) and float(text) <= 0:
            return f"nothing left of {rule.heading}"
    return ""


def _check(
    mapping: TableMapping,
    foreign: ForeignTable,
    declared: Mapping[str, Declaration],
    cells: Mapping[str, Sequence[str]],
    rows: Sequence[tuple[int, int]],
) -> list[Finding]:
    """What is wrong with converted cells, each at its place in the file."""
    findings: list[Finding] = []
    for column, texts in cells.items():
        rule, seen = mapping.rules[column], Counter[str]()
        problems: dict[str, tuple[tuple[str, str, str], ...]] = {}
        for at, row in rows:
            text = texts[at]
            if text not in problems:
                problems[text] = _find_problems(text, declared[column])
            for code, message, remedy in problems[text]:
                seen[code] += 1
                if seen[code] <= MOST_ALIKE:
                    place = foreign.table.place(row, ", ".join(rule.headings) or column)
                    findings.append(Finding("error", code, place, f"{message} ({column})", remedy))
        for code, times in seen.items():
            if times > MOST_ALIKE:
                place = foreign.table.place(None, ", ".join(rule.headings) or column)
                message = f"{times - MOST_ALIKE:,} more cells have this problem."
                findings.append(Finding("error", code, place, message, "Mend them all at their source."))
    return findings


def _find_problems(text: str, declared: Declaration) -> tuple[tuple[str, str, str], ...]:
    _, problems = parse_cell(str(text), declared)
    found = [(p.code, p.message, p.remedy) for p in problems if p.level == "error"]
    measure = split_measure(text) if isinstance(text, _Bad) else None
    units = [] if declared.column.unit.startswith(MONEY) else list(units_of(declared))
    if measure and units and factor_of(measure.word, declared) is None:
        message = f"{measure.word!r} in {text[:60]!r} is no unit of this column."
        found = [("unknown-unit", message, f"Write {', '.join(units)}, or the plain figure.")]
    if isinstance(text, _Bad) and not found:
        found = [
            ("unreadable-cell", f"{text[:60]!r} cannot be read.", "Mend the cell, or map another column.")
        ]
    if declared.kind == "text" and text.startswith(_FORMULA) and _is_identifier(declared):
        message = f"{text[:60]!r} would be run as a formula by a spreadsheet."
        found.append(("formula", message, "Let no identifier begin with = + - or @."))
    return tuple(found)


def _is_identifier(declared: Declaration) -> bool:
    return bool(declared.column.refers_to) or declared.name.endswith("_id")


def _guard(text: str) -> str:
    """Free text that a spreadsheet would run as a formula gets an apostrophe, as spreadsheets write it."""
    return "'" + text if text.startswith(_FORMULA) else text


def _merge_same(
    converted: Converted, mapping: TableMapping, foreign: ForeignTable
) -> tuple[Converted, list[Finding]]:
    """Rows without those that only repeat another; rows of one key that differ are findings."""
    table = mapping.table
    if table in REPEATABLE or mapping.orders or mapping.long:
        return converted, []
    if table == "bom":
        return (_add_quantities(converted) if mapping.same == "add" else converted), []
    key = [converted.columns.index(column) for column in KEYS[table] if column in converted.columns]
    first: dict[tuple[str, ...], int] = {}
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    findings: list[Finding] = []
    repeats = 0
    for row, line in zip(converted.rows, converted.lines, strict=True):
        name = tuple(row[at] for at in key)
        earlier = first.setdefault(name, len(rows))
        if earlier == len(rows):
            rows.append(row)
            lines.append(line)
        elif rows[earlier] == row:
            repeats += 1
        else:
            message = f"{', '.join(name)} was already given on line {lines[earlier]}, with other figures."
            remedy = "Keep one kind of rows, such as those of one plant, with --keep HEADING=TEXT."
            place = foreign.table.place(None)
            place = type(place)(
                place.file, line, ", ".join(mapping.rules[KEYS[table][0]].headings), place.sheet
            )
            findings.append(Finding("error", "duplicate-row", place, message, remedy))
    if len(findings) > MOST_ALIKE:
        more = len(findings) - MOST_ALIKE
        last = findings[MOST_ALIKE]
        message = f"{more:,} more rows have this problem, from here on: {last.message}"
        findings = [*findings[:MOST_ALIKE], Finding("error", last.code, last.place, message, last.remedy)]
    left_out = {**converted.left_out, **({"the same as another row": repeats} if repeats else {})}
    return Converted(converted.columns, rows, lines, left_out), findings


def _add_quantities(converted: Converted) -> Converted:
    """One row for each pair of parent and child and its days, quantities added."""
    at = converted.columns.index("quantity")
    sums: dict[tuple[str, ...], float] = {}
    lines: dict[tuple[str, ...], int] = {}
    for row, line in zip(converted.rows, converted.lines, strict=True):
        rest = (*row[:at], *row[at + 1 :])
        amount = 0.0 if isinstance(row[at], _Bad) or not row[at] else float(row[at])
        sums[rest] = sums.get(rest, 0.0) + amount
        lines.setdefault(rest, line)
    rows = [(*rest[:at], write_number(total), *rest[at:]) for rest, total in sums.items()]
    added = len(converted.rows) - len(rows)
    left_out = {**converted.left_out, **({"added to another row": added} if added else {})}
    return Converted(converted.columns, rows, list(lines.values()), left_out)
