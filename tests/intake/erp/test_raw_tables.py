"""A wrong export is told in sentences that name the file and what it looks like instead."""

import lzma

import pytest

from outlast.errors import CaseError
from outlast.intake.erp.raw_tables import read_raw
from tests.intake.erp.small import change, tables, write_source


def findings_of(folder):
    with pytest.raises(CaseError) as caught:
        read_raw(folder)
    return caught.value.findings


def test_a_whole_number_with_a_decimal_point_is_the_same_number(tmp_path):
    raw = read_raw(write_source(tmp_path))
    assert [row.assembly for row in raw.rows["BillOfMaterials"]] == ["", "", "1", "1", "2", "2", "2", "7"]
    assert raw.mended == {"BillOfMaterials.ProductAssemblyID": 6, "Product.ProductSubcategoryID": 3}


@pytest.mark.parametrize("text", ["3.5", "3,0", "3e0", "0x3", "-3", "03", "III", "3.", "１"])
def test_what_is_no_whole_number_is_refused_and_placed(tmp_path, text):
    folder = write_source(tmp_path, change("BillOfMaterials", ("7.0,2,", f'"{text}",2,')))
    (finding,) = findings_of(folder)
    assert (finding.code, finding.place.file, finding.place.line, finding.place.column) == (
        "bad-cell",
        "BillOfMaterials.csv",
        9,
        "ProductAssemblyID",
    )
    assert text in finding.message


def test_tables_may_be_compressed(tmp_path):
    plain, packed = write_source(tmp_path / "a"), write_source(tmp_path / "b", packed=("InternetSalesLines",))
    assert read_raw(plain).rows == read_raw(packed).rows
    assert read_raw(plain).hashes == read_raw(packed).hashes


def test_every_missing_table_is_named_at_once(tmp_path):
    found = findings_of(write_source(tmp_path, {"Vendor": None, "ProductVendor": None}))
    assert {str(finding.place) for finding in found} == {"Vendor.csv", "ProductVendor.csv"}
    assert all(finding.code == "missing-file" for finding in found)


def test_a_folder_without_tables_says_what_is_in_it(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    (finding,) = findings_of(tmp_path)
    assert finding.code == "no-such-tables"
    assert "holiday.jpg" in finding.message


def test_what_is_no_folder_is_named(tmp_path):
    (finding,) = findings_of(tmp_path / "nowhere")
    assert finding.code == "no-such-folder"


def test_another_table_under_this_name_is_recognised(tmp_path):
    (finding, *_) = findings_of(write_source(tmp_path, {"Product": tables()["Vendor"]}))
    assert finding.message == (
        "Product has no column ProductID, ProductNumber, SafetyStockLevel, StandardCost, ListPrice, "
        "DaysToManufacture, ProductSubcategoryID, SellEndDate; it looks like the table Vendor."
    )


def test_a_missing_column_is_named_beside_what_is_there(tmp_path):
    (finding, *_) = findings_of(
        write_source(
            tmp_path, change("ProductInventory", ("LocationID,Shelf,Bin,Quantity", "Shelf,Bin,Place,Units"))
        )
    )
    assert "no column LocationID, Quantity; its columns are ProductID, Shelf" in finding.message


@pytest.mark.parametrize(
    ("data", "looks"),
    [(b"PK\x03\x04" + b"\0" * 30, "Excel workbook"), (b"%PDF-1.7 ...", "PDF"), (b"", "empty")],
)
def test_another_kind_of_file_is_named_for_what_it_is(tmp_path, data, looks):
    write_source(tmp_path)
    (tmp_path / "Product.csv").write_bytes(data)
    (finding, *_) = findings_of(tmp_path)
    assert finding.place.file == "Product.csv"
    assert looks in finding.message


@pytest.mark.parametrize("data", [b"not xz", lzma.compress(b"a,b\n1,2\n")[:-9], b""])
def test_a_broken_archive_is_a_finding(tmp_path, data):
    write_source(tmp_path, {"Product": None})
    (tmp_path / "Product.csv.xz").write_bytes(data)
    (finding, *_) = findings_of(tmp_path)
    assert (finding.code, finding.place.file) == ("broken-archive", "Product.csv.xz")


def test_a_table_given_twice_is_refused(tmp_path):
    write_source(tmp_path)
    write_source(tmp_path, packed=("Vendor",))
    (finding,) = findings_of(tmp_path)
    assert finding.code == "table-twice"


@pytest.mark.parametrize(
    ("table", "old", "new", "column", "says"),
    [
        ("Product", "1,Bike,BIKE,300", "1,Bike,BIKE,nan", "StandardCost", "is no number"),
        ("Product", "1,Bike,BIKE,300", "1,Bike,BIKE,-1", "StandardCost", "is not between"),
        ("Product", "1,Bike,BIKE,300", '1,Bike,BIKE,"1,000"', "StandardCost", "is no number"),
        ("Product", "1,Bike,BIKE", "1,=cmd|x,BIKE", "Name", "begins like a formula"),
        ("Product", "4,1.0,2013-05-29", "4,1.0,29/05/2013", "SellEndDate", "is no day as"),
        ("Product", "4,1.0,2013-05-29", "4,1.0,2013-02-30", "SellEndDate", "is no day of the calendar"),
        ("ProductVendor", "4,11,19,40", "4,11,19,", "StandardPrice", "The cell is empty"),
        (
            "BillOfMaterials",
            "7.0,2,2010-03-04,,EA,2",
            "7.0,2,2010-03-04,,EA,0",
            "PerAssemblyQty",
            "not between",
        ),
    ],
)
def test_a_wrong_cell_is_placed_and_told(tmp_path, table, old, new, column, says):
    (finding,) = findings_of(write_source(tmp_path, change(table, (old, new))))
    assert (finding.place.file, finding.place.column) == (f"{table}.csv", column)
    assert says in finding.message


@pytest.mark.parametrize(
    ("table", "old", "new", "column"),
    [
        ("BillOfMaterials", "7.0,2,", "77.0,2,", "ProductAssemblyID"),
        ("ProductVendor", "6,12,45", "6,99,45", "BusinessEntityID"),
        ("ProductVendor", ",500,,EA", ",500,,XX", "UnitMeasureCode"),
        ("PurchaseOrderDetail", "5,7,2014-07-09", "9,7,2014-07-09", "PurchaseOrderID"),
        ("InternetSalesLines", "2014-07-02,6,6,99", "2014-07-02,6,3,99", "TerritoryID"),
    ],
)
def test_a_row_that_names_what_is_not_there_is_told(tmp_path, table, old, new, column):
    (finding,) = findings_of(write_source(tmp_path, change(table, (old, new))))
    assert (finding.code, finding.place.file, finding.place.column) == (
        "unknown-reference",
        f"{table}.csv",
        column,
    )


def test_a_row_that_stands_twice_is_told_with_both_lines(tmp_path):
    (finding,) = findings_of(
        write_source(tmp_path, {"Vendor": tables()["Vendor"] + "11,EAST2,East again,1,1\n"})
    )
    assert (finding.code, finding.place.line) == ("duplicate-key", 6)
    assert "line 2" in finding.message
