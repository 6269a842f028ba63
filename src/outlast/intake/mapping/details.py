"""Unit, decimal sign, dates, codes and blanks of a rule. In: a rule, what the cells can be. Out: the
rule with all that is beyond doubt, and questions about the rest. One reason to exist: a column that
is known is not yet a figure that is known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outlast.intake.mapping.cells import Reading, Sign
from outlast.intake.mapping.foreign_table import ForeignTable, Question, no_column
from outlast.intake.mapping.remembered import NOTHING, ORDER_LINES, Rule
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

MOST_CODES = 20
"""A column with more unknown codes than this is not asked about code by code."""
_CUTS = ("decimals", "leading zeros")


@dataclass(frozen=True)
class Details:
    """Unit, decimal sign, dates, codes and blanks of each rule."""

    table: str
    foreign: ForeignTable

    def settle(self, column: str, rule: Rule) -> Rule:
        """The rule with everything that follows from heading and cells beyond doubt."""
        if not rule.heading or rule.take:
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
        if not rule.heading or rule.take:
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
        elif must_state_unit(declared) and heading != normalise(declared.name) and reading.numbers:
            text = f"In which unit is {rule.heading}, such as {_example(reading)}?"
            choices = (*units, ORDER_LINES) if declared.name == "units_per_week" else tuple(units)
            yield Question(
                "unit",
                declared.name,
                text,
                choices,
                self._likely_unit(declared, reading),
                "some cells name no unit" if reading.measured else "no unit is named",
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
            empty = no_column(declared, self.foreign)
            yield Question(
                "column",
                declared.name,
                f"{rule.heading} has {len(strange):,} unknown codes; "
                f"which column is {self.table}.{declared.name}?",
                (*self.foreign.readings, *([empty] if empty else [])),
                free="=TEXT for the same value in every row",
                no_column=empty,
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

    def _likely_unit(self, declared: Declaration, reading: Reading) -> str:
        """A unit to propose where only the size of the figures, or other columns, speak for it."""
        if self.table == "demand" and declared.name == "units_per_week":
            numbered = names_of(self.table, declared.name).orders & {
                normalise(h) for h in self.foreign.readings
            }
            return ORDER_LINES if numbered else ""
        if declared.column.unit != "weeks" or reading.high is None:
            return ""
        if reading.high >= 3600:
            return "seconds"
        return "days" if reading.high > 26 else ""

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


def _example(reading: Reading) -> str:
    texts = sorted(reading.texts, key=lambda text: (-len(text), text))
    return ", ".join(repr(text[:40]) for text in texts[:2]) if texts else "none"


def _separated(reading: Reading) -> str:
    texts = sorted(text for text in reading.texts if "," in text or "." in text)
    return ", ".join(repr(text[:40]) for text in texts[:2])
