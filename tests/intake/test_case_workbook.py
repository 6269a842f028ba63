"""A case written as a workbook explains itself, guards what is typed, and comes back the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from outlast.intake.assemble import check_case, read_case
from outlast.intake.case_workbook import render_case
from outlast.intake.content import read_content
from outlast.intake.files import REQUIRED, read_tables
from outlast.intake.template import example_content, write_template, write_template_workbook
from outlast.network.compare import compare_networks
from outlast.network.declarations import declarations
from outlast.network.network import TABLES

CASES = Path(__file__).parents[2] / "cases"


@pytest.mark.parametrize("case", ["open-camera", "camera-maker-2019"])
def test_a_case_comes_back_from_its_workbook_unchanged(tmp_path: Path, case: str) -> None:
    path = tmp_path / "case.xlsx"
    path.write_bytes(render_case(read_content(read_tables(CASES / case))))
    again, findings = check_case(path)
    assert again is not None, findings
    before = read_case(CASES / case)
    assert compare_networks(before, again) == ()
    assert replace(again, hashes=before.hashes) == before


def test_a_changed_cell_shows_as_that_change_only() -> None:
    before = read_case(CASES / "open-camera")
    first, *rest = before.stock
    after = replace(before, stock=(replace(first, on_hand=first.on_hand + 1), *rest))
    (change,) = compare_networks(before, after)
    assert change.table == "stock"
    assert compare_networks(before, before) == ()


@pytest.fixture(scope="module")
def book() -> Any:
    """The workbook of `outlast init`, as openpyxl reads it."""
    return load_workbook(BytesIO(render_case(example_content(), example=True)))


def rules_of(book: Any, sheet: str, column: str) -> Any:
    """The rule for what may be typed into a column, which holds from the first row to the last."""
    headings = [cell.value for cell in book[sheet][1]]
    letters = book[sheet].cell(1, headings.index(column) + 1).column_letter
    (rule,) = [
        rule
        for rule in book[sheet].data_validations.dataValidation
        if str(rule.sqref) == f"{letters}2:{letters}1048576"
    ]
    return rule


def test_the_template_is_the_example_of_init(tmp_path: Path) -> None:
    write_template(tmp_path / "folder")
    write_template_workbook(tmp_path / "case.xlsx")
    network, findings = check_case(tmp_path / "case.xlsx")
    assert network is not None
    assert findings == ()
    assert compare_networks(read_case(tmp_path / "folder"), network) == ()


def test_every_heading_has_a_comment_with_meaning_unit_and_default(book: Any) -> None:
    for name, row_type in TABLES.items():
        headings = {cell.value: cell.comment for cell in book[name][1]}
        assert list(headings) == list(declarations(row_type))
        for column, declaration in declarations(row_type).items():
            text = headings[column].text
            assert text.startswith(f"{column}\n")
            assert declaration.column.unit in text
            assert ("required" in text.split("\n")) == declaration.required
            assert ("default: " in text) != declaration.required
            assert all(choice in text for choice in declaration.choices)
    assert all(cell.comment.text.startswith(cell.value) for cell in book["case"][1])


def test_columns_of_ones_own_have_a_comment_too() -> None:
    content = example_content()
    stock = content.tables["stock"]
    more = replace(stock, columns={**stock.columns, "my note": stock.columns["item_id"]})
    data = render_case(replace(content, tables={**content.tables, "stock": more}))
    (heading,) = [cell for cell in load_workbook(BytesIO(data))["stock"][1] if cell.value == "my note"]
    assert "none of the case format" in heading.comment.text


def test_required_headings_look_different(book: Any) -> None:
    fills: dict[bool, set[str]] = {True: set(), False: set()}
    for name, row_type in TABLES.items():
        for cell, declaration in zip(book[name][1], declarations(row_type).values(), strict=True):
            fills[declaration.required].add(cell.fill.fgColor.rgb)
    assert len(fills[True]) == len(fills[False]) == 1
    assert fills[True] != fills[False]
    assert {name: book[name].sheet_properties.tabColor.rgb for name in REQUIRED}.keys() == set(REQUIRED)


def test_choices_and_true_false_are_lists_and_refuse_all_else(book: Any) -> None:
    for name, row_type in TABLES.items():
        for column, declaration in declarations(row_type).items():
            words = declaration.choices or (("TRUE", "FALSE") if declaration.kind == "true/false" else ())
            if words:
                rule = rules_of(book, name, column)
                assert rule.type == "list"
                assert rule.formula1 == f'"{",".join(words)}"'
                assert rule.errorStyle in (None, "stop")


def test_references_offer_the_identifiers_of_their_sheet(book: Any) -> None:
    seen = 0
    for name, row_type in TABLES.items():
        for column, declaration in declarations(row_type).items():
            table, _, target = declaration.column.refers_to.partition(".")
            if table and not declaration.choices:
                rule = rules_of(book, name, column)
                letters = next(cell.column_letter for cell in book[table][1] if cell.value == target)
                assert rule.type == "list"
                assert rule.formula1.startswith(f"OFFSET({table}!${letters}$2,0,0,")
                assert rule.errorStyle == "warning"
                seen += 1
    assert seen > 10


def test_numbers_and_days_have_the_range_of_their_column(book: Any) -> None:
    for name, row_type in TABLES.items():
        for column, declaration in declarations(row_type).items():
            if declaration.kind == "date":
                rule = rules_of(book, name, column)
                assert rule.type == "date"
                assert (int(rule.formula1), int(rule.formula2)) == (1, 109_574)
            elif "number" in declaration.kind:
                rule = rules_of(book, name, column)
                assert rule.type == ("whole" if declaration.kind == "whole number" else "decimal")
                if declaration.column.high is not None:
                    assert float(rule.formula2) == declaration.column.high
                if declaration.column.low is not None:
                    assert float(rule.formula1) == declaration.column.low


def test_text_is_formatted_as_text_and_days_are_iso(book: Any) -> None:
    """In the cells that are filled, and in those of the column that are not yet."""
    for name, row_type in TABLES.items():
        for at, declaration in enumerate(declarations(row_type).values(), start=1):
            wanted = {"text": "@", "choice": "@", "date": "yyyy-mm-dd"}.get(declaration.kind, "General")
            (column,) = [c for c in book[name].column_dimensions.values() if c.min <= at <= c.max]
            assert column.number_format == wanted
            for (cell,) in book[name].iter_rows(2, book[name].max_row, at, at):
                if cell.value is not None:
                    assert cell.number_format == wanted


def test_settings_have_lists_and_ranges(book: Any) -> None:
    rows = {book["case"].cell(row, 1).value: row for row in range(2, book["case"].max_row + 1)}
    rules = {str(rule.sqref): rule for rule in book["case"].data_validations.dataValidation}
    assert rules[f"B{rows['plan.objective']}"].type == "list"
    assert rules[f"B{rows['horizon_weeks']}"].type == "whole"
    assert book["case"].cell(rows["start"], 2).value.date() == date(2027, 1, 4)
    assert book["case"].cell(rows["start"], 2).number_format == "yyyy-mm-dd"


def test_the_same_case_gives_the_same_bytes() -> None:
    assert render_case(example_content()) == render_case(example_content())


def test_no_text_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    before = read_case(CASES / "open-camera")
    content = read_content(read_tables(CASES / "open-camera"))
    suppliers = content.tables["suppliers"]
    names = ["=1+1", "https://example.org", "{=A1}", "@SUM(A1)", "+1", "-1", "'00123"]
    column = replace(
        suppliers.columns["name"],
        values=[names[at % len(names)] for at in range(len(suppliers.columns["name"].values))],
    )
    told = replace(suppliers, columns={**suppliers.columns, "name": column})
    data = render_case(replace(content, tables={**content.tables, "suppliers": told}))
    for row in load_workbook(BytesIO(data))["suppliers"].iter_rows(min_row=2):
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
    path = tmp_path / "case.xlsx"
    path.write_bytes(data)
    assert {row.name for row in read_case(path).suppliers} <= set(names)
    assert len(read_case(path).suppliers) == len(before.suppliers)
