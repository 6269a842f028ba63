"""What is settled about a foreign table and what has to be asked. In: a mapping so far, the table,
the case. Out: the mapping with all that is beyond doubt, and `Question`s. One reason to exist: the
dialogue, the list for a run without a terminal and next month's check ask exactly the same.
"""

from __future__ import annotations

import dataclasses

from outlast.intake.mapping.details import Details
from outlast.intake.mapping.foreign_table import ForeignTable, Question, no_column
from outlast.intake.mapping.proposal import (
    SURE,
    WORTH_ASKING,
    Candidate,
    assign,
    find_rival,
    propose_columns,
    rank_tables,
)
from outlast.intake.mapping.remembered import Rule, TableMapping
from outlast.intake.mapping.vocabulary import currencies_in_cell, currency_in, names_of, normalise
from outlast.network.declarations import Declaration, declarations
from outlast.network.network import TABLES


def settle(mapping: TableMapping, foreign: ForeignTable) -> tuple[TableMapping, list[Question]]:
    """The mapping with all that is beyond doubt, and what is left to ask."""
    if not mapping.table:
        table = _settle_table(foreign)
        if isinstance(table, Question):
            return mapping, [table]
        mapping = dataclasses.replace(mapping, table=table)
    mapping = _drop_vanished(mapping, foreign)
    mapping, questions = _settle_columns(mapping, foreign)
    settler = Details(mapping.table, foreign)
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
    mapping = _take_currency(mapping, foreign)
    questions = [question for question in questions if question.column not in mapping.rules]
    if _awaits_parts(mapping, questions):
        questions = [question for question in questions if question.column != "source_id"]
    return _order(mapping), questions


def _take_currency(mapping: TableMapping, foreign: ForeignTable) -> TableMapping:
    """The currency that every price names in its cell, or a heading such as `Price (EUR)`, where no column
    holds one."""
    declared = declarations(TABLES[mapping.table])
    if "currency" not in declared or "currency" in mapping.rules or "currency" in mapping.left_out:
        return mapping
    headings = [
        rule.heading
        for column, rule in mapping.rules.items()
        if rule.heading and declared[column].column.unit.startswith(("source currency", "market currency"))
    ]
    for heading in headings:
        reading = foreign.readings[heading]
        named = [currencies_in_cell(measure.word) for measure in reading.measured.values()]
        if named and not reading.numbers and all(len(codes) == 1 for codes in named):
            rule = Rule(heading=heading, take="currency", why="named in its cells")
            return mapping.with_rule("currency", rule)
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
    empty = no_column(declared, foreign)
    default = best.heading if best and best.confidence >= WORTH_ASKING and not rival else ""
    choices = (*foreign.readings, *([empty] if empty else []))
    return Question("column", declared.name, text, choices, default, reason, free=free, no_column=empty)
