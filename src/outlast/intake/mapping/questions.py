"""What is settled about a foreign table and what has to be asked. In: a mapping so far, the table,
the case. Out: the mapping with all that is beyond doubt, and `Question`s. One reason to exist: the
dialogue, the list for a run without a terminal and next month's check ask exactly the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from outlast.intake.mapping.cells import Reading, Sign, read_cells
from outlast.intake.mapping.proposal import (
    SURE,
    WORTH_ASKING,
    Candidate,
    Known,
    assign,
    find_rival,
    propose_columns,
    rank_tables,
)
from outlast.intake.mapping.remembered import NOTHING, Rule, TableMapping
from outlast.intake.mapping.vocabulary import (
    currency_in,
    flags,
    meanings_of,
    must_state_unit,
    names_of,
    normalise,
    split_unit,
    units_of,
)
from outlast.network.declarations import Declaration, declarations
from outlast.network.network import TABLES
from outlast.tables import Table

MOST_CODES = 20
"""A column with more unknown codes than this is not asked about code by code."""
ORDER_LINES = "single orders"
"""What figures of demand often are, and cannot be used as."""
_CUTS = ("decimals", "leading zeros")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that only the user knows."""

    about: str
    """`table`, `column`, `unit`, `decimal`, `dates`, `value`, `blank`, `cut` or `minus`."""
    column: str
    """Column of the case; empty for `table` and `decimal`."""
    text: str
    """The question, one sentence."""
    choices: tuple[str, ...]
    default: str = ""
    """What is proposed; empty where nothing is."""
    reason: str = ""
    subject: str = ""
    """The code whose meaning is asked for."""
    free: str = ""
    """What else may be answered, in words; empty: only the choices."""
    no_column: str = ""
    """The choice that leaves a column of the case empty; empty where it is required."""


@dataclass(frozen=True)
class ForeignTable:
    """A table as it was read, with what its cells can be."""

    table: Table
    known: Known = field(default_factory=dict)
    """Identifiers that the case has."""
    currency: str = ""
    """Currency of the case; empty where it is not known."""
    readings: Mapping[str, Reading] = field(default_factory=dict)

    @classmethod
    def read(
        cls, table: Table, known: Known, currency: str, keep: Mapping[str, tuple[str, ...]]
    ) -> ForeignTable:
        """Look at all cells; only rows that `keep` keeps count."""
        rows = kept_rows(table, keep)
        readings = {
            heading.strip(): read_cells(column, rows)
            for heading, column in zip(table.heading, table.columns, strict=True)
            if heading.strip()
        }
        return cls(table, known, currency, readings)


def kept_rows(table: Table, keep: Mapping[str, tuple[str, ...]]) -> frozenset[int] | None:
    """Numbers of the rows to import; None: all of them."""
    if not keep:
        return None
    positions = {heading.strip(): at for at, heading in enumerate(table.heading)}
    rows = set(range(len(table)))
    for heading, texts in keep.items():
        column = table.columns[positions[heading]] if heading in positions else ()
        rows &= {row for row, text in enumerate(column) if text.strip() in texts}
    return frozenset(rows)


def settle(mapping: TableMapping, foreign: ForeignTable) -> tuple[TableMapping, list[Question]]:
    """The mapping with all that is beyond doubt, and what is left to ask."""
    if not mapping.table:
        table = _settle_table(foreign)
        if isinstance(table, Question):
            return mapping, [table]
        mapping = dataclasses.replace(mapping, table=table)
    mapping = _drop_vanished(mapping, foreign)
    mapping, questions = _settle_columns(mapping, foreign)
    settler = _Details(mapping.table, foreign)
    rules = {}
    for column, rule in mapping.rules.items():
        rules[column] = rule = settler.settle(column, rule)
        questions += settler.ask(column, rule)
    mapping = dataclasses.replace(mapping, rules=rules)
    open_signs = [q for q in questions if q.about == "decimal"]
    return mapping, [q for q in questions if q.about != "decimal"] + open_signs[:1]


def _settle_table(foreign: ForeignTable) -> str | Question:
    """The table of the case that the file is, or the question which."""
    ranked = rank_tables(foreign.table.file, foreign.readings, foreign.known)
    (best, score), (_, second) = ranked[0], ranked[1]
    if score >= 0.75 and score - second >= 0.15:
        return best
    likely = tuple(name for name, value in ranked if value > 0.3)[:4]
    rest = tuple(name for name in TABLES if name not in likely)
    reason = f"it may be {' or '.join(likely)}" if likely else "its headings are those of no table"
    default = best if score >= 0.6 and score - second >= 0.1 else ""
    text = f"Which table of the case is {foreign.table.file}?"
    return Question("table", "", text, likely + rest, default, reason)


def _drop_vanished(mapping: TableMapping, foreign: ForeignTable) -> TableMapping:
    """The mapping without rules that read a column which the file does not have."""
    rules = {
        column: rule
        for column, rule in mapping.rules.items()
        if all(heading in foreign.readings for heading in rule.headings)
    }
    return dataclasses.replace(mapping, rules=rules)


def _settle_columns(mapping: TableMapping, foreign: ForeignTable) -> tuple[TableMapping, list[Question]]:
    """Rules for the columns that are clear, questions for the others."""
    declared = declarations(TABLES[mapping.table])
    used = {rule.heading for rule in mapping.rules.values()}
    proposals = propose_columns(mapping.table, foreign.readings, foreign.known)
    open_proposals = {
        column: [
            c
            for c in candidates
            if c.heading not in used and (declared[column].required or c.heading not in mapping.heading)
        ]
        for column, candidates in proposals.items()
        if column not in mapping.rules and column not in mapping.left_out
    }
    chosen = assign(open_proposals)
    questions = []
    for column in open_proposals:
        best = chosen.get(column)
        rival = find_rival(column, open_proposals, chosen) if best else None
        if best is None and declared[column].required:
            # Its heading serves another column better, but may serve both, as a name that is also an id.
            best = next(iter(open_proposals[column]), None)
            best = best and dataclasses.replace(best, confidence=min(best.confidence, WORTH_ASKING))
        if best and best.confidence >= SURE and not rival:
            why = f"{best.reason} ({best.confidence:.2f})"
            mapping = mapping.with_rule(column, Rule(heading=best.heading, why=why))
        elif declared[column].required or (best and best.confidence >= WORTH_ASKING):
            questions.append(_ask_column(mapping.table, declared[column], best, rival, foreign))
    if any(question.column == "source_id" for question in questions):
        joined = _join_source(mapping, foreign)
        mapping = mapping.with_rule("source_id", joined) if joined else mapping
    mapping = _take_currency(mapping)
    questions = [question for question in questions if question.column not in mapping.rules]
    if _awaits_parts(mapping, questions):
        questions = [question for question in questions if question.column != "source_id"]
    return _order(mapping), questions


def _take_currency(mapping: TableMapping) -> TableMapping:
    """The currency that a heading such as `Price (EUR)` names, where no column holds one."""
    declared = declarations(TABLES[mapping.table])
    if "currency" not in declared or "currency" in mapping.rules or "currency" in mapping.left_out:
        return mapping
    headings = [
        rule.heading
        for column, rule in mapping.rules.items()
        if declared[column].column.unit.startswith(("source currency", "market currency"))
    ]
    codes = {currency_in(heading) for heading in headings} - {""}
    if len(codes) != 1:
        return mapping
    return mapping.with_rule("currency", Rule(constant=codes.pop(), why="named in a heading"))


def _order(mapping: TableMapping) -> TableMapping:
    """The mapping with its rules in the order of the case format."""
    rules = {
        name: mapping.rules[name] for name in declarations(TABLES[mapping.table]) if name in mapping.rules
    }
    return dataclasses.replace(mapping, rules=rules)


def _awaits_parts(mapping: TableMapping, questions: list[Question]) -> bool:
    """Whether the identifier of a source can be made once other columns are answered."""
    open_columns = {question.column for question in questions}
    return mapping.table == "sources" and bool(open_columns & {"item_id", "supplier_id"})


def _join_source(mapping: TableMapping, foreign: ForeignTable) -> Rule | None:
    """A source named by its item and its supplier, where that pair names each row or a known source."""
    headings = []
    for column in ("item_id", "supplier_id"):
        rule = mapping.rules.get(column)
        if mapping.table == "sources":
            heading = rule.heading if rule else ""
        else:
            names = names_of("sources", column)
            heading = next((name for name in foreign.readings if normalise(name) in names.sure), "")
        if not heading:
            return None
        headings.append(heading)
    columns = dict(zip((name.strip() for name in foreign.table.heading), foreign.table.columns, strict=True))
    pairs = list(zip(columns[headings[0]], columns[headings[1]], strict=True))
    known = foreign.known.get("sources.source_id", frozenset())
    if mapping.table == "sources":
        right = len(set(pairs)) == len(pairs)
    else:
        right = bool(pairs) and all("-".join(map(str.strip, pair)) in known for pair in pairs)
    return Rule(join=tuple(headings), why="item and supplier together name a source") if right else None


def _ask_column(
    table: str, declared: Declaration, best: Candidate | None, rival: Candidate | None, foreign: ForeignTable
) -> Question:
    """The question which column of the file fills one of the case."""
    reason = f"{best.heading}: {best.reason} ({best.confidence:.2f})" if best else "no heading resembles it"
    if best and rival:
        reason += f"; {rival.heading}: {rival.reason} ({rival.confidence:.2f})"
    unit = f" [{declared.column.unit}]" if declared.column.unit else ""
    text = f"Which column is {table}.{declared.name}{unit}: {declared.column.meaning}?"
    free = "=TEXT for the same value in every row, or A + B to join two columns"
    no_column = _no_column(declared, foreign)
    default = best.heading if best and best.confidence >= WORTH_ASKING and not rival else ""
    choices = (*foreign.readings, *([no_column] if no_column else []))
    return Question("column", declared.name, text, choices, default, reason, free=free, no_column=no_column)


def _no_column(declared: Declaration, foreign: ForeignTable) -> str:
    """The word that leaves a column of the case empty, and is no heading of the file."""
    words = ("none", "(none)", "(no column)")
    return "" if declared.required else next((word for word in words if word not in foreign.readings), "")


@dataclass(frozen=True)
class _Details:
    """Unit, decimal sign, dates, codes and blanks of each rule."""

    table: str
    foreign: ForeignTable

    def settle(self, column: str, rule: Rule) -> Rule:
        """The rule with everything that follows from heading and cells beyond doubt."""
        if not rule.heading:
            return rule
        declared, reading = declarations(TABLES[self.table])[column], self.foreign.readings[rule.heading]
        names = names_of(self.table, column)
        if declared.kind in ("number", "whole number"):
            unit = rule.unit or self._find_unit(declared, rule.heading)
            divisor = rule.divide_by or next(
                (heading for heading in self.foreign.readings if normalise(heading) in names.per), ""
            )
            sign = rule.decimal_sign or self._find_decimal(reading)
            return dataclasses.replace(rule, unit=unit, divide_by=divisor, decimal_sign=sign)
        if declared.kind == "date" and not rule.date_order:
            sure = len(reading.orders) == 1 and not reading.short_years
            return dataclasses.replace(rule, date_order=reading.orders[0] if sure else "")
        known = self._known_codes(declared)
        more = {text: known[normalise(text)] for text in sorted(reading.texts) if normalise(text) in known}
        return dataclasses.replace(rule, values={**more, **rule.values}) if more else rule

    def ask(self, column: str, rule: Rule) -> Iterator[Question]:
        """What is open about a rule."""
        if not rule.heading:
            return
        declared, reading = declarations(TABLES[self.table])[column], self.foreign.readings[rule.heading]
        if declared.kind in ("number", "whole number"):
            yield from self._ask_number(declared, rule, reading)
        elif declared.kind == "date" and not rule.date_order and reading.orders:
            text = f"How are the dates of {rule.heading} written, such as {_example(reading)}?"
            several = len(reading.orders) > 1
            reason = "they can be read in more than one way" if several else "their years have two digits"
            yield Question("dates", column, text, reading.orders, reason=reason)
        yield from self._ask_codes(declared, rule, reading)
        yield from self._ask_cut(declared, rule, reading)
        blanks = reading.rows - reading.filled + (reading.noughts if declared.column.above == 0 else 0)
        if declared.required and blanks and not rule.blank:
            nought = " or nought" if declared.column.above == 0 else ""
            text = (
                f"{blanks:,} of {reading.rows:,} rows have no{nought} {rule.heading}, which {column} needs. "
                "What is to become of them?"
            )
            free = "=TEXT to fill them"
            yield Question("blank", column, text, ("leave out the row",), free=free)

    def _ask_number(self, declared: Declaration, rule: Rule, reading: Reading) -> Iterator[Question]:
        names, heading = names_of(self.table, declared.name), normalise(rule.heading)
        units = units_of(declared)
        free = f"a number that turns them into {declared.column.unit}"
        foreign_money = currency_in(rule.heading) if declared.column.unit.startswith("case currency") else ""
        if rule.unit or rule.factor != 1.0:
            pass
        elif foreign_money and self.foreign.currency and foreign_money != self.foreign.currency:
            own = self.foreign.currency
            text = f"{rule.heading} is in {foreign_money}: how many {own} is one {foreign_money}?"
            yield Question("unit", declared.name, text, (), reason="the case has another currency", free=free)
        elif must_state_unit(declared) and heading != normalise(declared.name):
            text = f"In which unit is {rule.heading}, such as {_example(reading)}?"
            choices = (*units, ORDER_LINES) if self.table == "demand" else tuple(units)
            yield Question(
                "unit",
                declared.name,
                text,
                choices,
                _likely_unit(declared, reading),
                "no unit is named",
                free=free,
            )
        elif heading in names.per_expected and not rule.divide_by and units:
            text = f"For how many units does {rule.heading} hold, such as {_example(reading)}?"
            likely = tuple(unit for unit in units if unit.startswith(("for", "units", "currency")))
            reason = "such figures often hold for 100 or 1,000 units, and no column says so"
            yield Question("unit", declared.name, text, likely, reason=reason, free=free)
        if len(reading.signs) == 2 and not rule.decimal_sign:
            text = f"Is the decimal sign a point or a comma, in figures such as {_separated(reading)}?"
            yield Question("decimal", declared.name, text, ("point", "comma"))
        received = next((name for name in self.foreign.readings if normalise(name) in names.minus), "")
        if received and not rule.minus and heading not in names.sure and heading != normalise(declared.name):
            text = f"Is {received} to be taken off {rule.heading}?"
            reason = f"{declared.column.meaning}: what has been received is not open any more"
            yield Question("minus", declared.name, text, (received, NOTHING), received, reason)

    def _ask_codes(self, declared: Declaration, rule: Rule, reading: Reading) -> Iterator[Question]:
        choices = declared.choices or (("true", "false") if declared.kind == "true/false" else ())
        country = declared.name == "country" or declared.name.endswith("_country")
        if not choices and not country:
            return
        strange = sorted(text for text in reading.texts if text not in choices and text not in rule.values)
        if country:
            strange = [text for text in strange if not (len(text) == 2 and text.isascii() and text.isupper())]
        free = "a two-letter country code (ISO 3166)" if country else ""
        for text in strange[:MOST_CODES]:
            question = f"What does {text!r} in {rule.heading} stand for, as {self.table}.{declared.name}?"
            yield Question("value", declared.name, question, choices, subject=text, free=free)
        if len(strange) > MOST_CODES:
            no_column = _no_column(declared, self.foreign)
            yield Question(
                "column",
                declared.name,
                f"{rule.heading} has {len(strange):,} unknown codes; "
                f"which column is {self.table}.{declared.name}?",
                (*self.foreign.readings, *([no_column] if no_column else [])),
                free="=TEXT for the same value in every row",
                no_column=no_column,
            )

    def _ask_cut(self, declared: Declaration, rule: Rule, reading: Reading) -> Iterator[Question]:
        """Identifiers that match those of the case only after `.0` or leading zeros are cut off."""
        if (
            declared.kind != "text"
            or not declared.name.endswith(("_id", "_child"))
            or rule.cut
            or rule.values
        ):
            return
        known = self.foreign.known.get(declared.column.refers_to, frozenset())
        for cut in _CUTS:
            changed = {cut_text(text, cut) for text in reading.texts}
            all_end = cut == "decimals" and reading.texts and all(t.endswith(".0") for t in reading.texts)
            before, after = len(known & reading.texts), len(known & changed)
            if (all_end and before == 0) or (after > before and after >= 0.8 * len(changed)):
                text = f"Identifiers of {rule.heading} read like {_example(reading)}: what is to be cut off?"
                reason = (
                    f"{after:,} of {len(changed):,} are then known to the case, {before:,} are as they stand"
                )
                yield Question("cut", declared.name, text, (cut, "nothing"), cut, reason)
                return

    def _find_unit(self, declared: Declaration, heading: str) -> str:
        """The unit that a heading states or implies; empty where it says nothing."""
        if normalise(heading) == normalise(declared.name):
            return ""
        implied = names_of(self.table, declared.name).units.get(normalise(heading), "")
        return implied or split_unit(heading, declared)[1]

    def _find_decimal(self, reading: Reading) -> Sign:
        """Decimal sign of a column: what is known of the file, else what its cells say, else what all other
        columns say."""
        if self.foreign.table.form.decimal_sign == ".":
            return "."
        if len(reading.signs) < 2:
            return reading.signs[0] if reading.signs else ""
        signs = {
            other.signs
            for other in self.foreign.readings.values()
            if len(other.signs) == 1 and other.numbers == other.filled
        }
        return next(iter(signs))[0] if len(signs) == 1 else ""

    def _known_codes(self, declared: Declaration) -> Mapping[str, str]:
        if declared.kind == "true/false":
            return flags()
        if declared.kind == "choice":
            return {
                **{normalise(choice): choice for choice in declared.choices},
                **meanings_of(self.table, declared.name),
            }
        return {}


def cut_text(text: str, cut: str) -> str:
    """An identifier without its leading zeros, or without a `.0` behind it."""
    if cut == "decimals":
        return text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text
    if cut == "leading zeros":
        return text.lstrip("0") or text[-1:] if text.isdecimal() else text
    return text


def _likely_unit(declared: Declaration, reading: Reading) -> str:
    """A unit to propose where only the size of the figures speaks for it."""
    if declared.column.unit != "weeks" or reading.high is None:
        return ""
    if reading.high >= 3600:
        return "seconds"
    return "days" if reading.high > 26 else ""


def _example(reading: Reading) -> str:
    texts = sorted(reading.texts, key=lambda text: (-len(text), text))
    return ", ".join(repr(text[:40]) for text in texts[:2]) if texts else "none"


def _separated(reading: Reading) -> str:
    texts = sorted(text for text in reading.texts if "," in text or "." in text)
    return ", ".join(repr(text[:40]) for text in texts[:2])
