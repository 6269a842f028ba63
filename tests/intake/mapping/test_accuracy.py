"""How right the proposals are, measured: what is taken without asking is never wrong.

Run with -s to see the table.
"""

from __future__ import annotations

from collections import Counter

import pytest

from outlast.intake.mapping.foreign_table import ForeignTable, Question
from outlast.intake.mapping.proposal import rank_tables
from outlast.intake.mapping.questions import settle
from outlast.intake.mapping.remembered import Rule, TableMapping
from outlast.tables import FileForm, parse_csv
from tests.intake.mapping.foreign import MADE, REAL, Foreign


def read(foreign: Foreign) -> ForeignTable:
    table, findings = parse_csv(foreign.read(), foreign.name, FileForm(decimal_sign=None))
    assert table is not None, findings
    return ForeignTable.read(table, foreign.known or {}, "EUR", {})


def words(rule: Rule) -> str:
    return " + ".join(rule.join) if rule.join else rule.heading


def grade(foreign: Foreign) -> Counter[str]:
    """right and wrong: taken without asking; proposed: asked, the right one first; open: asked without it;
    missed: a column of the file that is neither taken nor asked about."""
    mapping, questions = settle(TableMapping(table=foreign.table), read(foreign))
    asked: dict[str, Question] = {q.column: q for q in questions if q.about == "column"}
    grades: Counter[str] = Counter()
    for column, rule in mapping.rules.items():
        right = foreign.right.get(column)
        same = words(rule) == right or (rule.constant is not None and right is not None)
        grades["right" if same else f"wrong {column}={words(rule)}"] += 1
    for column, question in asked.items():
        grades[
            "proposed" if question.default and question.default == foreign.right.get(column) else "open"
        ] += 1
    for column in foreign.right:
        if column not in mapping.rules and column not in asked:
            # The identifier of a source waits for item and supplier.
            waits = (
                column == "source_id"
                and foreign.table == "sources"
                and {"item_id", "supplier_id"} & set(asked)
            )
            grades["open" if waits else "missed"] += 1
    return grades


@pytest.mark.parametrize("foreign", REAL + MADE, ids=lambda foreign: foreign.name)
def test_nothing_wrong_is_taken_without_asking(foreign: Foreign) -> None:
    grades = grade(foreign)
    assert not [name for name in grades if name.startswith("wrong")]


@pytest.mark.parametrize("foreign", REAL + MADE, ids=lambda foreign: foreign.name)
def test_the_table_is_recognised_or_asked_for(foreign: Foreign) -> None:
    mapping, questions = settle(TableMapping(), read(foreign))
    assert mapping.table in ("", foreign.table)
    if not mapping.table:
        assert [question.about for question in questions] == ["table"]
        assert foreign.table in questions[0].choices


@pytest.mark.parametrize(("tables", "least"), [(REAL, 0.4), (MADE, 0.85)], ids=["real", "made"])
def test_most_columns_are_right_at_once_and_few_are_missed(tables: list[Foreign], least: float) -> None:
    total: Counter[str] = Counter()
    recognised = 0
    for foreign in tables:
        grades = grade(foreign)
        mapping, _ = settle(TableMapping(), read(foreign))
        recognised += mapping.table == foreign.table
        best = rank_tables(foreign.name, read(foreign).readings, foreign.known or {})[0][0]
        total += grades
        print(f"{foreign.name:32} {mapping.table or '? ' + best:12} {dict(grades)}")
    columns = sum(len(foreign.right) for foreign in tables)
    print(f"{columns} columns: {dict(total)}; {recognised} of {len(tables)} tables recognised without asking")
    assert total["right"] >= least * columns
    assert total["missed"] <= 0.1 * columns


@pytest.mark.parametrize(
    "headings",
    [
        "VBELN,POSNR,MATNR,KUNNR,EDATU,KWMENG,NETWR,WAERK",
        "Sales Document,Item,Material,Sold-to party,Requested deliv.date,Order Quantity,Net Value,Currency",
        "Verkaufsbeleg,Position,Material,Auftraggeber,Wunschlieferdatum,Kundenauftragsmenge,Nettowert,Währung",
    ],
)
def test_order_lines_of_sap_are_proposed_and_their_value_is_no_price(headings: str) -> None:
    _, _, _, market, day, units, value, _ = headings.split(",")
    rows = ["10001,10,CAMERA,HOME,20270104,70,6650.00,EUR", "10002,10,CAMERA,ABROAD,20270111,30,2850,EUR"]
    text = "\n".join([headings, *rows, ""])
    foreign = read(Foreign("orders.csv", "demand", {}, text))
    _, questions = settle(TableMapping(table="demand"), foreign)
    proposed = {question.column: question.default for question in questions}
    assert proposed["market_id"] == market
    assert proposed["from_date"] == day
    assert proposed["units_per_week"] == units
    assert proposed["unit_price"] != value
