"""The questions, put to a person. In: a mapping so far, the table, a terminal. Out: a mapping
without open questions. One reason to exist: people see the first rows, what is proposed and why,
and answer only where there is doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from outlast.errors import UNDECIDED, CaseError, Finding, Place, UsageError
from outlast.intake.mapping.answers import answer
from outlast.intake.mapping.figures import show_examples
from outlast.intake.mapping.foreign_table import ForeignTable, Question
from outlast.intake.mapping.questions import settle
from outlast.intake.mapping.remembered import ORDER_LINES, Rule, TableMapping
from outlast.network.declarations import declarations
from outlast.network.network import TABLES

FIRST_ROWS = 5


class Terminal(Protocol):
    """Someone who can be asked."""

    def show(self, text: str) -> None:
        """Tell something."""

    def show_rows(self, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show the first rows of a table."""

    def ask(self, text: str, default: str) -> str:
        """The reply to a question; the default if the reply is empty."""


def decide(mapping: TableMapping, foreign: ForeignTable, terminal: Terminal | None) -> TableMapping:
    """The mapping with nothing left open.

    Raises:
        CaseError: something is open and there is no terminal; each finding is a question.
    """
    mapping, questions = settle(mapping, foreign)
    if not questions:
        return mapping
    if terminal is None:
        raise CaseError([describe_question(question, mapping, foreign.table.file) for question in questions])
    rows = [
        [column[row] for column in foreign.table.columns]
        for row in range(min(FIRST_ROWS, len(foreign.table)))
    ]
    terminal.show_rows(foreign.table.heading, rows)
    told: set[str] = set()
    while questions:
        tell_rules(mapping, foreign, terminal, told)
        mapping = put(questions[0], mapping, terminal)
        mapping, questions = settle(mapping, foreign)
    tell_rules(mapping, foreign, terminal, told)
    return mapping


def put(question: Question, mapping: TableMapping, terminal: Terminal) -> TableMapping:
    """The mapping with one question answered; a reply that makes no sense is asked for again."""
    choices = question.choices
    lines = ["", question.text]
    if question.reason:
        lines.append(f"  ({question.reason})")
    lines += [f"  {number}  {choice}" for number, choice in enumerate(choices, 1)]
    if question.free:
        lines.append(f"  or {question.free}")
    terminal.show("\n".join(lines))
    while True:
        reply = terminal.ask("Answer", question.default).strip()
        if reply.isdecimal() and reply not in choices and 0 < int(reply[:6]) <= len(choices):
            reply = choices[int(reply[:6]) - 1]
        try:
            return answer(mapping, question, reply)
        except UsageError as error:
            terminal.show(f"  {error}")


def tell_rules(mapping: TableMapping, foreign: ForeignTable, terminal: Terminal, told: set[str]) -> None:
    """Say what was settled without asking, once."""
    for column, rule in mapping.rules.items():
        if column not in told and rule.why not in ("chosen", ""):
            told.add(column)
            words = describe_filling(mapping, column, foreign)
            terminal.show(f"  {mapping.table}.{column} <- {words}: {rule.why}")


def describe_filling(mapping: TableMapping, column: str, foreign: ForeignTable) -> str:
    """A rule in words, with examples of cells that hold a unit."""
    rule, declared = mapping.rules[column], declarations(TABLES[mapping.table])[column]
    words = describe_rule(rule)
    if not rule.heading or rule.take or declared.kind not in ("number", "whole number"):
        return words
    examples = show_examples(foreign.readings[rule.heading], declared, rule)
    return f"{words} ({examples})" if examples else words


def describe_rule(rule: Rule) -> str:
    """A rule in words."""
    if rule.take:
        return f"the {rule.take} in {rule.heading}"
    if rule.constant is not None:
        return f"{rule.constant!r} in every row"
    words = " + ".join(rule.join) if rule.join else rule.heading
    for text in (
        f"/ {rule.divide_by}" if rule.divide_by else "",
        "summed by week" if rule.unit == ORDER_LINES else "",
        f"- {rule.minus}" if rule.minus and rule.minus in rule.headings else "",
        f"in {rule.unit}" if rule.unit else "",
        f"times {rule.factor:g}" if rule.factor != 1 else "",
        "with decimal commas" if rule.decimal_sign == "," else "",
        f"as {rule.date_order}" if rule.date_order else "",
    ):
        words += f" {text}" if text else ""
    return words


def describe_question(question: Question, mapping: TableMapping, file: str) -> Finding:
    """An open question as a finding, with the line that answers it in a mapping file."""
    what = f" ({question.reason})" if question.reason else ""
    choices = ", ".join(question.choices[:12]) + (", ..." if len(question.choices) > 12 else "")
    proposal = f" Proposed: {question.default}." if question.default else ""
    remedy = (
        f"Answer in a terminal, or {_show_answer(question, mapping)}. "
        f"Choices: {choices or question.free}.{proposal}"
    )
    place = Place(file, column=question.column or None)
    return Finding("error", UNDECIDED, place, question.text + what, remedy)


def _show_answer(question: Question, mapping: TableMapping) -> str:
    """How a question is answered without a terminal."""
    if question.about == "table":
        return "name it with --table"
    if question.about == "same":
        return 'write same = "add" into the file of --mapping'
    if question.about in ("periods", "after"):
        answer = question.default or question.choices[0]
        return f'write {question.about} = "{answer}" into the file of --mapping'
    rule = mapping.rules.get(question.column)
    heading = rule.heading if rule else question.default or "HEADING"
    reply = question.default or next(iter(question.choices), "ANSWER")
    more = {
        "unit": f', unit = "{reply}"' if question.choices else ", factor = 1.0",
        "decimal": ', decimal_sign = ","',
        "dates": f', date_order = "{reply}"',
        "value": f', values = {{ "{question.subject}" = "{reply}" }}',
        "blank": f', blank = "{reply}"',
        "cut": f', cut = "{reply}"',
        "minus": f', minus = "{reply}"',
    }.get(question.about, "")
    return f'write {question.column} = {{ from = "{heading}"{more} }} into the file of --mapping'
