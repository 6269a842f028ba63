"""The small export of `small.py` becomes the case that a person would make of it."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from outlast.errors import CaseError
from outlast.intake.erp.adventureworks import ImportedErp, import_adventureworks
from outlast.intake.erp.written import list_texts
from tests.intake.erp.small import RULES, change, tables, write_source


def bring(folder: Path, changes: dict[str, str | None] | None = None) -> ImportedErp:
    return import_adventureworks(write_source(folder, changes), rules=RULES)


def rows(imported: ImportedErp, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(list_texts(imported)[f"{table}.csv"])))


def column(imported: ImportedErp, table: str, key: str, name: str) -> dict[str, str]:
    return {row[key]: row.get(name, "") for row in rows(imported, table)}


def status(imported: ImportedErp, table: str, row: str, name: str) -> str:
    (found,) = [
        line["status"]
        for line in rows(imported, "evidence")
        if (line["table"], line["column"]) == (table, name) and line["row"] in (row, "*")
    ]
    return found


def left_out(imported: ImportedErp, table: str) -> dict[str, str]:
    return {
        entry.key: entry.outcome
        for entry in imported.account.entries
        if entry.table == table and not entry.into
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ImportedErp:
    return bring(tmp_path_factory.mktemp("small"))


def test_the_plan_starts_on_the_monday_of_the_week_in_which_sales_end(small: ImportedErp) -> None:
    assert small.start == date(2014, 6, 30)


def test_assembly_3_0_is_product_3(small: ImportedErp) -> None:
    assert [(row["parent_id"], row["child_id"], row["quantity"]) for row in rows(small, "bom")] == [
        ("BIKE", "WHEEL", "1"),
        ("BIKE", "PAINT", "8"),
        ("WHEEL", "SPOKE", "36"),
        ("WHEEL", "BALL", "10"),
        ("TRIKE", "WHEEL", "2"),
    ]


def test_kinds_follow_from_bills_and_sales(small: ImportedErp) -> None:
    assert column(small, "items", "item_id", "kind") == {
        "BIKE": "product",
        "WHEEL": "assembly",
        "SPOKE": "part",
        "BALL": "part",
        "PAINT": "part",
        "CAP": "product",
        "TRIKE": "product",
    }


def test_costs_are_the_ledgers_of_the_day_else_a_vendors_else_rolled_up(small: ImportedErp) -> None:
    cost = {item: float(value) for item, value in column(small, "items", "item_id", "unit_cost").items()}
    assert cost["BIKE"] == 310  # of the history, not of the product
    assert cost["SPOKE"] == 6 / 12
    assert cost["PAINT"] == 64 / 128
    assert cost["BALL"] == 40 / 10
    assert cost["TRIKE"] == 2 * 60
    expected = {
        "BIKE": "sourced",
        "SPOKE": "derived",
        "BALL": "assumed",
        "PAINT": "assumed",
        "TRIKE": "assumed",
    }
    for item, known in expected.items():
        assert status(small, "items", item, "unit_cost") == known, item


def test_packs_are_known_or_derived_and_said_to_be_assumed(small: ImportedErp) -> None:
    sizes = column(small, "sources", "source_id", "pack_size")
    # Room of a wheel: 60 less 36 spokes of 0.50 = 42; ten balls cost 400 at face value: 9.52, so 10.
    assert sizes == {"SPOKE-EAST1": "12", "BALL-EAST1": "10", "PAINT-EAST1": "128", "CAP-WEST1": ""}
    assert status(small, "sources", "SPOKE-EAST1", "pack_size") == "derived"
    assert status(small, "sources", "BALL-EAST1", "pack_size") == "assumed"
    assert status(small, "sources", "PAINT-EAST1", "pack_size") == "assumed"
    units = column(small, "sources", "source_id", "purchase_unit")
    assert (units["BALL-EAST1"], units["PAINT-EAST1"], units["CAP-WEST1"]) == ("CTN", "GLL", "")


def test_prices_lead_times_and_least_orders_are_as_the_vendor_says(small: ImportedErp) -> None:
    (row,) = [row for row in rows(small, "sources") if row["source_id"] == "BALL-EAST1"]
    assert (row["unit_price"], row["minimum_order"], float(row["lead_time_weeks"])) == (
        "40",
        "1",
        pytest.approx(19 / 7),
    )


def test_stock_adds_up_bins_and_unpacks(small: ImportedErp) -> None:
    assert column(small, "stock", "item_id", "on_hand") == {
        "BIKE": "12",
        "SPOKE": "600",
        "BALL": "40",
        "PAINT": "384",
        "CAP": "40",
    }
    assert left_out(small, "ProductInventory") == {"8/1": "no current bill uses it and it is not sold"}


def test_open_orders_look_neither_ahead_nor_at_their_status(small: ImportedErp) -> None:
    assert [tuple(row.values()) for row in rows(small, "open_orders")] == [
        ("SPOKE-EAST1", "6600", "2014-07-04", "true"),
        ("BALL-EAST1", "30", "2014-07-04", "true"),
        ("PAINT-EAST1", "7680", "2014-07-09", "false"),
    ]
    assert left_out(small, "PurchaseOrderDetail") == {
        "1/1": "due by the start: in stock, or counted as lost",
        "3/5": "due by the start: in stock, or counted as lost",
        "4/6": "placed on or after the start: not known then",
        "5/7": "open, but no current bill uses the part and it is not sold",
    }


def test_what_was_sold_since_changes_nothing(small: ImportedErp, tmp_path: Path) -> None:
    later = change("InternetSalesLines", ("2014-06-30,1,1,99", "2014-06-30,6,6,1"))
    assert rows(bring(tmp_path, later), "demand") == rows(small, "demand")


def test_demand_is_the_level_shared_out_and_zero_for_what_is_not_sold(small: ImportedErp) -> None:
    lines = {(row["product_id"], row["market_id"]): row for row in rows(small, "demand")}
    assert {key: float(row["units_per_week"]) for key, row in lines.items()} == {
        ("BIKE", "Northwest"): 3,
        ("BIKE", "Canada"): 1,
        ("CAP", "Northwest"): 7,
        ("TRIKE", "Northwest"): 0,
    }
    assert float(lines["BIKE", "Canada"]["unit_price"]) == 480  # the price of the day, which ends that day
    assert lines["TRIKE", "Northwest"]["sd_share"] == ""
    assert {row["currency"] for row in rows(small, "markets")} == {"USD"}


def test_a_product_that_is_no_longer_sold_has_no_demand(tmp_path: Path) -> None:
    ended = change("Product", ("1,Bike,BIKE,300,500,4,1.0,", "1,Bike,BIKE,300,500,4,1.0,2014-06-29"))
    found = {row["product_id"]: row["units_per_week"] for row in rows(bring(tmp_path, ended), "demand")}
    assert found == {"BIKE": "0", "CAP": "7", "TRIKE": "0"}


def test_vendors_without_a_source_are_named(small: ImportedErp) -> None:
    assert [row["supplier_id"] for row in rows(small, "suppliers")] == ["EAST1", "WEST1"]
    assert left_out(small, "Vendor") == {"13": "has no offer that is in the case", "14": "offers nothing"}


def test_an_inactive_vendor_is_kept_where_it_got_orders_or_nobody_else_delivers(
    small: ImportedErp, tmp_path: Path
) -> None:
    assert left_out(small, "ProductVendor")["3/12"].startswith("the vendor is inactive")
    assert "CAP-WEST1" in column(small, "sources", "source_id", "item_id")
    ordered = change("PurchaseOrderHeader", ("4,2,12,2014-06-30", "4,2,12,2014-06-29"))
    again = bring(tmp_path, ordered)
    assert "SPOKE-WEST1" in column(again, "sources", "source_id", "item_id")
    assert {"SPOKE-WEST1", "CAP-WEST1"} == {
        row["source_id"] for row in rows(again, "sources") if row["priority"] == "2"
    }


def test_the_largest_order_is_times_the_orders_of_a_week(small: ImportedErp, tmp_path: Path) -> None:
    # Order 3 has two lines of paint, so that a week has seen two orders of one offer.
    largest = column(small, "sources", "source_id", "maximum_order")
    assert (largest["SPOKE-EAST1"], largest["BALL-EAST1"]) == ("2000", "10")
    assert status(small, "sources", "SPOKE-EAST1", "maximum_order") == "derived"
    tight = bring(tmp_path, change("ProductVendor", ("4,11,19,40,1,5,3,CTN", "4,11,19,40,1,2,3,CTN")))
    # 40 balls a week are 4 cartons; two weeks' use are 8, which takes 4 orders of 2.
    assert column(tight, "sources", "source_id", "maximum_order")["BALL-EAST1"] == "8"
    assert status(tight, "sources", "BALL-EAST1", "maximum_order") == "assumed"
    assert any(
        "On 1 offers that is still less than 2 weeks' use" in remark for remark in tight.account.remarks
    )


def test_every_balance_holds_and_every_row_is_accounted_for(small: ImportedErp) -> None:
    assert small.account.holds
    for name in (
        "Product",
        "BillOfMaterials",
        "ProductVendor",
        "Vendor",
        "ProductInventory",
        "PurchaseOrderDetail",
    ):
        lines = [entry.line for entry in small.account.entries if entry.table == name]
        assert sorted(lines) == list(range(2, tables()[name].count("\n") + 1)), name


def test_a_component_in_two_units_and_twice_is_refused(tmp_path: Path) -> None:
    twice = tables()["BillOfMaterials"] + "2.0,3,2011-01-01,,OZ,1\n"
    with pytest.raises(CaseError) as caught:
        bring(tmp_path, {"BillOfMaterials": twice})
    assert {finding.code for finding in caught.value.findings} == {"bill-line-twice", "bill-units-differ"}
    assert {finding.place.line for finding in caught.value.findings} == {10}


def test_bills_in_a_circle_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="WHEEL"):
        bring(tmp_path, {"BillOfMaterials": tables()["BillOfMaterials"] + "3.0,1,2011-01-01,,EA,1\n"})


def test_a_part_bought_in_two_units_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        bring(tmp_path, change("ProductVendor", ("3,12,21,7,100,1000,,DZ", "3,12,21,7,100,1000,,EA")))
    assert [finding.code for finding in caught.value.findings] == ["bought-units-differ"]


def test_two_products_of_one_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        bring(tmp_path, change("Product", ("8,Bolt,BOLT", "8,Bolt,BALL")))
    assert [finding.code for finding in caught.value.findings] == ["name-twice"]


def test_safety_stock_is_kept_on_what_is_in_bins(small: ImportedErp) -> None:
    """Counted as stock is: spokes by the dozen, paint by the gallon; wheels are in no bin."""
    found = column(small, "items", "item_id", "safety_stock")
    assert (found["BIKE"], found["SPOKE"], found["PAINT"], found["WHEEL"]) == ("10", "240", "128", "")
    assert status(small, "items", "BIKE", "safety_stock") == "sourced"
    assert status(small, "items", "SPOKE", "safety_stock") == "assumed"
    assert any("SafetyStockLevel is kept on 5 items" in remark for remark in small.account.remarks)
    assert any("ReorderPoint" in remark and "CreditRating" in remark for remark in small.account.remarks)
