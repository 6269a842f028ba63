"""Purchases marked as placed stand in the case once, or nothing is written."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import jsonschema
import pyarrow
import pytest
from openpyxl import load_workbook
from pyarrow import parquet
from typer.testing import CliRunner

from outlast.cli import app
from outlast.errors import UsageError
from outlast.intake.assemble import read_case
from outlast.intake.conversion import carry_out, prepare_conversion
from outlast.network.compare import compare_networks
from outlast.plan.answer import PlanAnswer
from outlast.plan.inputs import keep_inputs, read_inputs
from outlast.plan.placing import Chosen, Placed, mark_placed
from outlast.report.stored import to_json
from tests.plan.weeks import answer_of, plan_week, write_example

SCHEMA = Path(__file__).parents[2] / "docs/schemas/placed.json"


def write_case(folder: Path) -> Path:
    """The example with so few lenses that they have to be ordered at once."""
    stock = write_example(folder) / "stock.csv"
    text = stock.read_text("utf-8")
    assert "LENS,300" in text
    stock.write_text(text.replace("LENS,300", "LENS,100"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> PlanAnswer:
    """A plan of the example: one build-up line, three of replenishment."""
    return answer_of(plan_week(read_case(write_case(tmp_path_factory.mktemp("placing") / "case"))))


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return write_case(tmp_path / "case")


@pytest.fixture
def plan(answer: PlanAnswer, tmp_path: Path) -> Path:
    return save(answer, tmp_path / "out")


def save(answer: PlanAnswer, folder: Path) -> Path:
    folder.mkdir()
    (folder / "plan.json").write_text(to_json(answer), "utf-8")
    return folder


def mark(plan: Path, case: Path, **which: object) -> Placed:
    pipeline = bool(which.pop("pipeline", False))
    return mark_placed(plan, case, read_case(case), Chosen(**which), pipeline=pipeline)  # type: ignore[arg-type]


def order_ids(case: Path) -> list[str]:
    return [row.order_id for row in read_case(case).open_orders or () if row.order_id]


def test_what_is_due_stands_in_open_orders(answer: PlanAnswer, plan: Path, case: Path) -> None:
    before = read_case(case)
    placed = mark(plan, case, due=True)
    after = read_case(case)
    assert after.open_orders is not None
    assert before.open_orders is not None
    assert after.open_orders[: len(before.open_orders)] == before.open_orders
    added = after.open_orders[len(before.open_orders) :]
    assert [(row.source_id, row.quantity, row.arrival_date, row.order_id) for row in added] == [
        (line.source_id, call.quantity, call.arrival_date, call.order_id) for line, call in placed.orders
    ]
    soon = answer.summary.start + timedelta(days=7)
    assert {call.order_id for _, call in placed.orders} == {
        call.order_id for line in answer.purchases for call in line.calls if call.order_date < soon
    }
    assert [path.name for path in case.iterdir() if path.name.startswith(".")] == []


def test_marking_twice_is_refused_and_changes_nothing(plan: Path, case: Path) -> None:
    mark(plan, case, purchases=("1",))
    text = (case / "open_orders.csv").read_bytes()
    for which in ({"purchases": ("1",)}, {"purchases": ("1", "2")}):
        with pytest.raises(UsageError, match="marked as placed before"):
            mark(plan, case, **which)
    assert (case / "open_orders.csv").read_bytes() == text


def test_all_passes_by_what_was_marked(answer: PlanAnswer, plan: Path, case: Path) -> None:
    mark(plan, case, purchases=(answer.purchases[0].purchase_id,))
    placed = mark(plan, case, every=True)
    assert placed.before == (answer.purchases[0].calls[0].order_id,)
    assert (
        len(order_ids(case))
        == len(set(order_ids(case)))
        == len([c for x in answer.purchases for c in x.calls])
    )
    with pytest.raises(UsageError, match="marked as placed before"):
        mark(plan, case, every=True)


def test_one_item(plan: Path, case: Path) -> None:
    placed = mark(plan, case, items=("LENS",))
    assert {line.item_id for line, _ in placed.orders} == {"LENS"}


@pytest.mark.parametrize(
    ("which", "says"),
    [
        ({}, "say which"),
        ({"items": ("LENZ",)}, "Did you mean LENS"),
        ({"purchases": ("99",)}, "numbered from 1"),
        ({"purchases": ("0",)}, "has no purchase 0"),
        ({"purchases": ("٣",)}, "has no purchase"),
    ],
)
def test_what_is_not_meant_is_refused(plan: Path, case: Path, which: dict[str, object], says: str) -> None:
    text = (case / "open_orders.csv").read_bytes()
    with pytest.raises(UsageError, match=says):
        mark(plan, case, **which)
    assert (case / "open_orders.csv").read_bytes() == text


def test_a_what_if_and_another_case_are_refused(answer: PlanAnswer, case: Path, tmp_path: Path) -> None:
    edited = save(replace(answer, what_if=("x",)), tmp_path / "edited")
    with pytest.raises(UsageError, match="what-if"):
        mark(edited, case, due=True)
    line = replace(answer.purchases[0], source_id="SENSOR-ELSE")
    other = save(replace(answer, purchases=(line,)), tmp_path / "other")
    with pytest.raises(UsageError, match="no source SENSOR-ELSE"):
        mark(other, case, due=True)


def test_an_assumed_pipeline_is_not_replaced_unasked(plan: Path, case: Path) -> None:
    """One order listed would mean that nothing else is on order."""
    (case / "open_orders.csv").unlink()
    with pytest.raises(UsageError, match="--with-pipeline"):
        mark(plan, case, due=True)
    assert not (case / "open_orders.csv").exists()
    placed = mark(plan, case, due=True, pipeline=True)
    rows = read_case(case).open_orders or ()
    assert placed.assumed > 0
    assert len(rows) == placed.assumed + len(placed.orders)
    sensors = sum(
        row.quantity for row in rows if row.order_id == "assumed pipeline" and "ACME" in row.source_id
    )
    assert sensors == pytest.approx(12 * 100)


def test_a_changed_case_is_told(plan: Path, case: Path) -> None:
    stock = case / "stock.csv"
    stock.write_text(stock.read_text("utf-8").replace("SENSOR,500", "SENSOR,450"), "utf-8")
    assert mark(plan, case, due=True).changed == ("stock.csv",)


def test_comments_form_and_other_columns_stay(plan: Path, case: Path) -> None:
    """Semicolons, decimal commas, Latin-1 and Windows line ends; order_id is a new column."""
    settings = case / "case.toml"
    declared = '\n[files.open_orders]\nencoding = "latin-1"\ndecimal_sign = ","\n'
    settings.write_text(settings.read_text("utf-8") + declared, "utf-8")
    heading, row = "source_id;quantity;arrival_date;shipped", "LENS-GLAS;400,5;2027-01-11;true"
    text = f"# Bestellungen für Köln\r\n{heading}\r\n{row}\r\n"
    (case / "open_orders.csv").write_bytes(text.encode("latin-1"))
    mark(plan, case, due=True)
    lines = (case / "open_orders.csv").read_bytes().decode("latin-1").split("\r\n")
    assert lines[:3] == [
        "# Bestellungen für Köln",
        "source_id;quantity;arrival_date;shipped;order_id",
        "LENS-GLAS;400,5;2027-01-11;true;",
    ]
    rows = read_case(case).open_orders or ()
    assert rows[0].quantity == 400.5
    assert rows[-1].order_id


def in_form(case: Path, target: Path, **options: bool) -> Path:
    """The case in another form, with what its owner added."""
    carry_out(prepare_conversion(case, target, **options))
    return target


def test_a_workbook_takes_the_orders_and_keeps_all_else(plan: Path, case: Path, tmp_path: Path) -> None:
    book = in_form(case, tmp_path / "case.xlsx")
    before, network = zipfile.ZipFile(BytesIO(book.read_bytes())), read_case(book)
    placed = mark(plan, book, due=True)
    mark(plan, case, due=True)
    assert compare_networks(read_case(case), read_case(book)) == ()
    after = zipfile.ZipFile(book)
    assert after.namelist() == before.namelist()
    changed = [name for name in after.namelist() if after.read(name) != before.read(name)]
    assert len(changed) == 1
    assert changed[0].startswith("xl/worksheets/sheet")
    rows = load_workbook(book)["open_orders"]
    added = list(rows.iter_rows(min_row=2 + len(network.open_orders or ()), max_row=rows.max_row))
    assert len(added) == len(placed.orders)
    assert {row[2].number_format for row in added} == {"yyyy-mm-dd"}
    with pytest.raises(UsageError, match="marked as placed before"):
        mark(plan, book, due=True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_parquet_takes_the_orders_in_its_types(plan: Path, case: Path, tmp_path: Path) -> None:
    folder = in_form(case, tmp_path / "stored", parquet=True)
    path = folder / "open_orders.parquet"
    table = parquet.read_table(path)
    own = pyarrow.array(range(table.num_rows), pyarrow.int16())
    parquet.write_table(table.append_column("my_number", own), path)
    mark(plan, folder, due=True)
    mark(plan, case, due=True)
    assert compare_networks(read_case(case), read_case(folder)) == ()
    after = parquet.read_table(path)
    assert after.schema.names == [*table.schema.names, "my_number", "order_id"]
    assert after.schema.field("my_number").type == pyarrow.int16()
    assert after["my_number"].to_pylist()[: table.num_rows] == list(range(table.num_rows))


def test_what_cannot_be_read_is_named(plan: Path, case: Path) -> None:
    network = read_case(case)
    (case / "open_orders.csv").rename(case / "open_orders.parquet")
    with pytest.raises(UsageError, match="cannot be read"):
        mark_placed(plan, case, network, Chosen(due=True))


def test_a_workbook_without_the_sheet_is_refused(plan: Path, case: Path, tmp_path: Path) -> None:
    """Its pipeline is assumed; to write that out needs a sheet that is not there."""
    (case / "open_orders.csv").unlink()
    book = in_form(case, tmp_path / "case.xlsx")
    data = book.read_bytes()
    with pytest.raises(UsageError, match="--with-pipeline"):
        mark(plan, book, due=True)
    with pytest.raises(UsageError, match="has no sheet open_orders"):
        mark(plan, book, due=True, pipeline=True)
    assert book.read_bytes() == data


def test_the_command_answers_by_its_schema(plan: Path, case: Path) -> None:
    arguments = ["placed", str(plan), str(case), "--due", "--json"]
    first = CliRunner().invoke(app, arguments)
    assert first.exit_code == 0, first.output
    jsonschema.validate(json.loads(first.stdout), json.loads(SCHEMA.read_text("utf-8")))
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_inputs_come_back_as_they_were(case: Path, tmp_path: Path) -> None:
    network = read_case(case)
    keep_inputs(case, network.hashes, tmp_path / "one")
    keep_inputs(case, network.hashes, tmp_path / "two")
    assert (tmp_path / "one/inputs.zip").read_bytes() == (tmp_path / "two/inputs.zip").read_bytes()
    assert read_inputs(tmp_path / "one", network.settings.start) == network


def test_inputs_that_changed_meanwhile_are_refused(case: Path, tmp_path: Path) -> None:
    network = read_case(case)
    (case / "stock.csv").write_text("item_id,on_hand\n", "utf-8")
    with pytest.raises(UsageError, match=r"stock\.csv changed while"):
        keep_inputs(case, network.hashes, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["../evil.csv", "/evil.csv", "a/b.csv"])
def test_hostile_inputs_are_not_unpacked(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "inputs.zip", "w") as archive:
        archive.writestr(name, "x")
    start = read_case(write_case(tmp_path / "case")).settings.start
    assert read_inputs(tmp_path, start) is None
    assert not (tmp_path.parent / "evil.csv").exists()


def test_broken_inputs_are_none(tmp_path: Path) -> None:
    (tmp_path / "inputs.zip").write_bytes(b"no archive")
    assert read_inputs(tmp_path, read_case(write_case(tmp_path / "case")).settings.start) is None


def test_orders_placed_before_are_no_change_of_the_case(
    answer: PlanAnswer, case: Path, tmp_path: Path
) -> None:
    """Not in a workbook, whose one file changes with them, nor in another form of the case; stock is one."""
    book = in_form(case, tmp_path / "case.xlsx")
    made = replace(answer, provenance=replace(answer.provenance, hashes=read_case(book).hashes))
    plan = save(made, tmp_path / "week-1")
    keep_inputs(book, made.provenance.hashes, plan)
    assert mark(plan, book, items=("SENSOR",)).changed == ()
    assert mark(plan, book, items=("LENS",)).changed == ()
    folder = in_form(book, tmp_path / "folder")
    stock = folder / "stock.csv"
    stock.write_text(stock.read_text("utf-8").replace("SENSOR,500", "SENSOR,450"), "utf-8")
    assert mark(plan, folder, items=("HOUSING",)).changed == ("stock",)
