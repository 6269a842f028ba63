"""A foreign figure as one of the case. In: text of a cell, the rule of its column. Out: a number, its
text, and examples for people. One reason to exist: what is shown before an import is what it does.
"""

from __future__ import annotations

import math

from outlast.intake.mapping.cells import Reading, Sign, read_number
from outlast.intake.mapping.measures import factor_of, split_measure
from outlast.intake.mapping.remembered import Rule
from outlast.intake.mapping.vocabulary import MONEY, units_of
from outlast.network.declarations import Declaration

_EXAMPLES = 3


def read_figure(text: str, declared: Declaration, rule: Rule) -> float | None:
    """The number of the case that a cell means, None where it is none.

    A unit in the cell counts instead of the one of the column; a currency changes nothing.
    """
    sign: Sign = rule.decimal_sign or "."
    factor = units_of(declared).get(rule.unit, 1.0) * rule.factor
    value = read_number(text, sign)
    if value is not None:
        return value * factor
    measure = split_measure(text)
    own = factor_of(measure.word, declared) if measure else None
    value = read_number(measure.figure, sign) if measure else None
    if own is None or value is None:
        return None
    return value * (factor if declared.column.unit.startswith(MONEY) else own)


def write_number(value: float) -> str:
    """A figure with twelve digits, without exponent and without noughts behind it."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    digits = max(0, 12 - math.floor(math.log10(abs(value))) - 1)
    text = f"{value:.{min(digits, 40)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def show_examples(reading: Reading, declared: Declaration, rule: Rule) -> str:
    """How cells with a unit in them are read, as `12 days -> 1.714 weeks`; empty where there are none."""
    found = [
        (text, value)
        for text in sorted(reading.measured)
        if (value := read_figure(text, declared, rule)) is not None
    ]
    unit = declared.column.unit
    short = "" if unit.startswith(MONEY) else f" {unit}"
    shown = [f"{text} -> {value:.4g}{short}" for text, value in found[:_EXAMPLES]]
    more = [f"{len(found) - _EXAMPLES} more"] if len(found) > _EXAMPLES else []
    return ", ".join(shown + more)
