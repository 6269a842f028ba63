"""What a reply decides. In: a mapping, a question and the reply as text. Out: the mapping with it.
One reason to exist: a reply that makes no sense is refused in a sentence and asked again.
"""

from __future__ import annotations

import dataclasses

from outlast.errors import UsageError
from outlast.intake.columns import parse_cell
from outlast.intake.mapping.cells import Sign
from outlast.intake.mapping.foreign_table import Question
from outlast.intake.mapping.remembered import (
    COLUMNS,
    LEAVE_OUT,
    NOTHING,
    ORDER_LINES,
    Cut,
    Rule,
    TableMapping,
)
from outlast.intake.mapping.vocabulary import units_of
from outlast.network.declarations import declarations
from outlast.network.network import TABLES

ADD = "add the quantities"
"""Reply for rows of one key whose quantities are to be added."""


def answer(mapping: TableMapping, question: Question, reply: str) -> TableMapping:
    """The mapping with one more thing decided.

    Args:
        mapping: what is decided so far.
        question: one that `settle` asked of this mapping.
        reply: one of the choices, or what `question.free` allows; empty for the default.

    Raises:
        UsageError: the reply makes no sense; the message says what would.
    """
    reply = reply.strip() or question.default
    if not reply:
        raise UsageError("Nothing is proposed here, so an answer is needed.")
    if question.about == "table":
        if reply not in TABLES:
            raise UsageError(f"{reply} is no table; choose one of {', '.join(TABLES)}.")
        return dataclasses.replace(mapping, table=reply)
    if question.about == "column":
        return _answer_column(mapping, question, reply)
    if question.about == "same":
        _choose(question, reply)
        return dataclasses.replace(mapping, same="add")
    if question.about == "periods":
        chosen = _choose(question, reply)
        table = mapping.table if chosen == COLUMNS else "demand"
        return dataclasses.replace(mapping, periods=chosen, table=table)
    if question.about == "after":
        return dataclasses.replace(mapping, after=_choose(question, reply))
    if question.about == "decimal":
        sign: Sign = "." if _choose(question, reply) == "point" else ","
        declared = declarations(TABLES[mapping.table])
        rules = {
            column: dataclasses.replace(rule, decimal_sign=rule.decimal_sign or sign)
            if rule.heading and declared[column].kind in ("number", "whole number")
            else rule
            for column, rule in mapping.rules.items()
        }
        return dataclasses.replace(mapping, rules=rules)
    rule = _answer_detail(mapping, question, reply)
    return mapping.with_rule(question.column, rule)


def _answer_column(mapping: TableMapping, question: Question, reply: str) -> TableMapping:
    column = question.column
    if question.no_column and reply == question.no_column:
        return mapping.without(column)
    if reply in question.choices:
        return mapping.with_rule(column, Rule(heading=reply, why="chosen"))
    if reply.startswith("="):
        constant = reply[1:].strip()
        _check_value(mapping.table, column, constant)
        return mapping.with_rule(column, Rule(constant=constant, why="given, the same in every row"))
    parts = tuple(part.strip() for part in reply.split(" + "))
    if len(parts) > 1 and all(part in question.choices for part in parts):
        return mapping.with_rule(column, Rule(join=parts, why="chosen"))
    raise UsageError(
        f"{reply!r} is no column of the file; choose one, or write =TEXT for the same in every row."
    )


def _answer_detail(mapping: TableMapping, question: Question, reply: str) -> Rule:
    """The rule of the question's column with a detail decided."""
    rule = mapping.rules[question.column]
    if question.about == "unit":
        return _answer_unit(mapping, question, reply, rule)
    if question.about == "dates":
        return dataclasses.replace(rule, date_order=_choose(question, reply))
    if question.about == "minus":
        return dataclasses.replace(rule, minus=_choose(question, reply))
    if question.about == "cut":
        cuts: dict[str, Cut] = {"decimals": "decimals", "leading zeros": "leading zeros", NOTHING: "nothing"}
        return dataclasses.replace(rule, cut=cuts[_choose(question, reply)])
    if question.about == "blank":
        if reply != LEAVE_OUT and not reply.startswith("="):
            raise UsageError(f"Answer {LEAVE_OUT!r}, or =TEXT to fill the blanks.")
        if reply.startswith("="):
            _check_value(mapping.table, question.column, reply[1:].strip())
        return dataclasses.replace(rule, blank=reply)
    if not question.free:
        _choose(question, reply)
    elif not (len(reply) == 2 and reply.isascii() and reply.isalpha() and reply.isupper()):
        raise UsageError(f"{reply!r} is not {question.free}.")
    return dataclasses.replace(rule, values={**rule.values, question.subject: reply})


def _answer_unit(mapping: TableMapping, question: Question, reply: str, rule: Rule) -> Rule:
    units = units_of(declarations(TABLES[mapping.table])[question.column])
    if reply in units or (reply == ORDER_LINES and reply in question.choices):
        return dataclasses.replace(rule, unit=reply)
    try:
        factor = float(reply)
    except ValueError:
        factor = 0.0
    if not 0 < factor < 1e12:
        raise UsageError(f"{reply!r} is neither one of {', '.join(units)} nor {question.free}.")
    plain = next((unit for unit, value in units.items() if value == 1), "")
    return dataclasses.replace(rule, unit=plain, factor=factor)


def _choose(question: Question, reply: str) -> str:
    if reply not in question.choices:
        raise UsageError(f"{reply!r} is none of {', '.join(question.choices)}.")
    return reply


def _check_value(table: str, column: str, text: str) -> None:
    """Refuse a value that the column cannot hold."""
    _, problems = parse_cell(text, declarations(TABLES[table])[column])
    for problem in problems:
        if problem.level == "error":
            raise UsageError(f"{problem.message} {problem.remedy}")
