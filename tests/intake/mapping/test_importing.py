"""Foreign tables come into a case: asked where in doubt, remembered, converted, never half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from outlast.errors import CaseError, UsageError
from outlast.intake.mapping.importing import ImportAnswer, Wishes, import_file, pair_keeps
from outlast.intake.template import write_template
from tests.intake.mapping.foreign import DATA
from tests.intake.mapping.scripted import Scripted

MARA = (
    "MATNR;MTART;MAKTX;MEINS;STPRS;PEINH;WERKS\n"
    "000000000000000010;ROH;Bildsensor;ST;1.234,50;100;1000\n"
    "000000000000000011;FERT;Kamera;ST;48,00;1;1000\n"
)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return tmp_path / "case"


def bring(
    case: Path | None, name: str, text: str | bytes, terminal: Scripted | None = None, **wishes: object
) -> ImportAnswer:
    """Import a table that is written here."""
    folder = case.parent if case else Path(str(wishes.pop("folder")))
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_file(folder / name, Wishes(case=case, **wishes), terminal)  # type: ignore[arg-type]


def rows(case: Path, table: str) -> list[str]:
    return (case / f"{table}.csv").read_text().splitlines()


def undecided(error: CaseError) -> list[str | None]:
    assert {finding.code for finding in error.findings} == {"undecided"}
    return [finding.place.column for finding in error.findings]


# --- what is clear needs no question


def test_a_clear_table_needs_no_question(case: Path) -> None:
    answer = bring(case, "MARA.csv", MARA)
    assert rows(case, "items") == [
        "item_id,kind,unit_cost,name,unit",
        "000000000000000010,part,12.345,Bildsensor,ST",
        "000000000000000011,product,48,Kamera,ST",
    ]
    assert answer.unused == ("WERKS",)
    assert [path.name for path in answer.written] == ["items.csv", "items-MARA.toml"]


def test_next_months_export_needs_no_question(case: Path) -> None:
    terminal = Scripted({"In which unit is Lead time": "days"})
    text = "Vendor,Part number,Net price,Lead time\nX,A,9.50,84\nY,B,20.25,70\n"
    bring(case, "sources.csv", text, terminal)
    assert rows(case, "sources")[1:] == ["A-X,A,X,9.5,12", "B-Y,B,Y,20.25,10"]
    later = "Part number,Vendor,Lead time,Net price\nA,X,91,9.75\n"
    answer = bring(case, "sources.csv", later, None, mode="merge")
    assert rows(case, "sources")[1:] == ["A-X,A,X,9.75,13", "B-Y,B,Y,20.25,10"]
    assert answer.change is not None
    assert answer.change.changed == ("A-X: unit_price 9.5 -> 9.75, lead_time_weeks 12 -> 13",)


def test_a_changed_heading_is_asked_again_and_the_others_are_not(case: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "sources.toml"
    text = "Vendor,Part number,Net price,Lead time\nX,A,9.50,84\n"
    bring(case, "old.csv", text, Scripted({"unit is Lead time": "days"}), mapping=mapping)
    renamed = text.replace("Net price", "Offer").replace("9.50", "9.75")
    with pytest.raises(CaseError) as caught:
        bring(case, "new.csv", renamed, None, mapping=mapping, mode="merge")
    assert undecided(caught.value) == ["unit_price"]
    terminal = Scripted({"Which column is sources.unit_price": "Offer"})
    bring(case, "new.csv", renamed, terminal, mapping=mapping, mode="merge")
    assert len(terminal.asked) == 1
    assert rows(case, "sources")[1:] == ["A-X,A,X,9.75,12"]


def test_a_new_code_is_asked_and_an_old_one_is_not(case: Path) -> None:
    bring(case, "MARA.csv", MARA)
    with pytest.raises(CaseError) as caught:
        bring(case, "MARA.csv", MARA + "12;HIBE;Öl;L;8,00;1;1000\n", mode="merge")
    (finding,) = caught.value.findings
    assert "'HIBE'" in finding.message
    assert 'values = { "HIBE" = "part" }' in finding.remedy
    bring(case, "MARA.csv", MARA + "12;HIBE;Öl;L;8,00;1;1000\n", Scripted({"'HIBE'": "part"}), mode="merge")
    assert rows(case, "items")[-1] == "12,part,8,Öl,L"


def test_without_a_terminal_everything_undecided_is_listed_and_nothing_written(case: Path) -> None:
    with pytest.raises(CaseError) as caught:
        bring(
            case,
            "offers.csv",
            'Part number,Vendor,Price,Lead time,From\nA,X,"1,234",8,01/02/2027\n',
            table="sources",
        )
    assert undecided(caught.value) == ["unit_price", "lead_time_weeks"]
    assert not case.exists()


# --- what may be read in two ways is asked


def test_an_ambiguous_decimal_sign_is_asked(case: Path) -> None:
    text = "SKU;Description;Standard cost;Type\nA;Lens;1.234;part\n"
    for sign, cost in (("comma", "1234"), ("point", "1.234")):
        bring(case, "items.csv", text, Scripted({"decimal sign": sign, "kind": "Type"}), mode="replace",
              mapping=case.parent / f"{sign}.toml")  # fmt: skip
        assert rows(case, "items")[1] == f"A,part,{cost},Lens"


def test_one_column_settles_the_decimal_sign_of_the_file(case: Path) -> None:
    text = "Materialnummer;frei verwendbar;Sperrbestand\nA;1.234;0,5\n"
    bring(case, "Bestand.csv", text)
    assert rows(case, "stock") == ["item_id,on_hand,quarantined", "A,1234,0.5"]


@pytest.mark.parametrize(
    ("order", "day"), [("day-month-year", "2027-02-01"), ("month-day-year", "2027-01-02")]
)
def test_an_ambiguous_date_is_asked(case: Path, order: str, day: str) -> None:
    text = "source id,Open quantity,Due date\nA-X,5,01/02/2027\n"
    bring(case, "orders.csv", text, Scripted({"dates of Due date": order}), table="open_orders")
    assert rows(case, "open_orders")[1] == f"A-X,5,{day}"


def test_dates_that_leave_one_reading_are_not_asked(case: Path) -> None:
    text = "source id,Open quantity,Due date\nA-X,5,01/02/2027\nA-X,5,28/02/2027\nA-X,1,31/12/9999\n"
    with pytest.raises(CaseError, match="empty"):
        bring(case, "orders.csv", text, table="open_orders")
    bring(case, "orders.csv", text.rsplit("A-X", 1)[0], table="open_orders")
    assert rows(case, "open_orders")[1:] == ["A-X,5,2027-02-01", "A-X,5,2027-02-28"]


@pytest.mark.parametrize(
    ("reply", "weeks"),
    [("days", "4"), ("weeks", "28"), ("working days", "5.6"), ("0.5", "14"), ("1", "0.0000463")],
)
def test_a_unit_is_asked_unless_it_is_named(case: Path, reply: str, weeks: str) -> None:
    text = "Vendor,Part number,Net price,Lead time\nX,A,9.50,28\n"
    bring(case, "offers.csv", text, Scripted({"unit is Lead time": reply}))
    assert rows(case, "sources")[1].split(",")[-1].startswith(weeks[:7])
    bring(case, "named.csv", text.replace("Lead time", "Lead time (weeks)"), mode="replace")
    assert rows(case, "sources")[1] == "A-X,A,X,9.5,28"


def test_a_price_that_may_hold_for_a_hundred_is_asked(case: Path) -> None:
    text = "MATNR,LIFNR,NETPR,WAERS,APLFZ\nA,X,950.00,EUR,28\n"
    bring(case, "EINE.csv", text, Scripted({"For how many units does NETPR hold": "for 100 units"}))
    assert rows(case, "sources")[1] == "A-X,A,X,9.5,4,EUR"


def test_a_price_in_another_currency_is_asked(case: Path) -> None:
    case.mkdir()
    (case / "case.toml").write_text('name = "x"\nstart = 2027-01-04\ncurrency = "EUR"\n')
    text = "SKU,Kind,Standard cost (USD)\nA,part,10.00\n"
    bring(case, "items.csv", text, Scripted({"how many EUR is one USD": "0.9"}))
    assert rows(case, "items")[1] == "A,part,9"


def test_the_currency_in_a_heading_is_that_of_the_source(case: Path) -> None:
    bring(case, "offers.csv", "Vendor,Part number,Net price (USD),Lead time (weeks)\nX,A,9.50,4\n")
    assert rows(case, "sources") == [
        "source_id,item_id,supplier_id,unit_price,lead_time_weeks,currency",
        "A-X,A,X,9.5,4,USD",
    ]


def test_a_figure_per_month_is_one_per_week(case: Path) -> None:
    text = "Product,Market,Week,Forecast,Sales price\nCAM,DE,2027-01-04,60,95.00\n"
    bring(case, "demand.csv", text, Scripted({"In which unit is Forecast": "per month"}))
    assert float(rows(case, "demand")[1].split(",")[3]) == pytest.approx(60 * 12 / (365.25 / 7), rel=1e-4)


def test_what_has_been_received_is_taken_off_on_request(case: Path) -> None:
    text = "source id,Order qty,Received qty,Due date\nA,5,2,2027-01-31\nB,5,5,2027-01-31\nC,5,7,2027-01-31"
    replies = {
        "Which column is open_orders.quantity": "Order qty",
        "Is Received qty to be taken off": "Received qty",
    }
    answer = bring(case, "orders.csv", text, Scripted(replies), table="open_orders")
    assert rows(case, "open_orders")[1:] == ["A,3,2027-01-31"]
    assert answer.left_out == {"nothing left of Order qty": 2}


# --- identifiers


def test_identifiers_stay_text(case: Path) -> None:
    text = "item_id,kind,unit_cost,name\n00123,part,1,NA\n1E5,part,1,TRUE\nNA,part,1,1E5\nTRUE,part,1,00123\n"
    bring(case, "items.csv", text)
    assert rows(case, "items") == text.splitlines()


def test_the_bill_of_adventure_works_finds_its_items(case: Path) -> None:
    """ProductAssemblyID reads `3.0` where other files read `3`; tops have none at all. EndDate is blank
    in all rows, so that nothing is lost without it."""
    replies = {
        "Which column is items.item_id": "ProductID",
        "items.kind": "=part",
        "items.make_weeks": "none",
    }
    import_file(DATA / "Product.csv", Wishes(case=case), Scripted(replies))
    replies = {
        "Which table": "bom",
        "Which column is bom.parent_id": "ProductAssemblyID",
        "Which column is bom.quantity": "PerAssemblyQty",
        "Identifiers of ProductAssemblyID": "decimals",
        "rows have no ProductAssemblyID": "leave out the row",
    }
    terminal = Scripted(replies)
    answer = import_file(DATA / "BillOfMaterials.csv", Wishes(case=case), terminal)
    source = [line.split(",") for line in (DATA / "BillOfMaterials.csv").read_text().splitlines()[1:]]
    expected = [
        f"{row[1].removesuffix('.0')},{row[2]},{float(row[7]):g},{row[3]}" for row in source if row[1]
    ]
    assert rows(case, "bom") == ["parent_id,child_id,quantity,valid_from", *expected]
    assert answer.left_out == {"no ProductAssemblyID": sum(not row[1] for row in source)}


def test_leading_zeros_are_cut_only_on_request(case: Path) -> None:
    case.mkdir()
    (case / "items.csv").write_text("item_id,kind,unit_cost\n10,part,1\n11,part,1\n")
    text = "Material,LABST\n0000010,5\n0000011,6\n"
    with pytest.raises(CaseError) as caught:
        bring(case, "MARD.csv", text, table="stock")
    assert undecided(caught.value) == ["item_id"]
    replies = {"Which column is stock.item_id": "Material", "Identifiers of Material": "leading zeros"}
    bring(case, "MARD.csv", text, Scripted(replies), table="stock")
    assert rows(case, "stock")[1:] == ["10,5", "11,6"]


def test_rows_of_one_key_that_differ_are_refused_until_one_kind_is_kept(case: Path) -> None:
    text = MARA + "000000000000000010;ROH;Bildsensor;ST;1.300,00;100;2000\n"
    terminal = Scripted({"Which column is items.item_id": "MATNR"})
    with pytest.raises(CaseError, match="already given on line 2") as caught:
        bring(case, "MARA.csv", text, terminal)
    assert caught.value.findings[0].place.line == 4
    assert not case.exists()
    answer = bring(case, "MARA.csv", text, keep=pair_keeps(["WERKS=1000"]))
    assert answer.rows == 2
    # What was kept is remembered.
    assert bring(case, "MARA.csv", text, mode="replace").rows == 2


def test_positions_of_one_child_are_added_on_request(case: Path) -> None:
    text = "Parent item,Component,Quantity per\nCAM,LENS,1\nCAM,LENS,2.5\nCAM,SENS,1\n"
    with pytest.raises(CaseError, match="occur more than once"):
        bring(case, "bom.csv", text)
    bring(case, "bom.csv", text, Scripted({"occur more than once": "add the quantities"}))
    assert rows(case, "bom")[1:] == ["CAM,LENS,3.5", "CAM,SENS,1"]


def test_a_formula_is_not_written(case: Path) -> None:
    text = "item_id,kind,unit_cost,name\nA,part,1,=HYPERLINK(1)\nB,part,1,- none -\n"
    bring(case, "items.csv", text)
    assert rows(case, "items")[1:] == ["A,part,1,'=HYPERLINK(1)", "B,part,1,'- none -"]
    with pytest.raises(CaseError, match="run as a formula"):
        bring(case, "items.csv", text.replace("A,part", "=1+1,part"))


# --- what the case has already


def test_rows_of_the_case_are_not_touched_unasked(case: Path) -> None:
    write_template(case)
    before = (case / "items.csv").read_bytes()
    text = "item_id,kind,unit_cost\nSENSOR,part,21.5\nFILTER,part,3\n"
    answer = bring(case, "items.csv", text)
    assert not answer.done
    assert (case / "items.csv").read_bytes() == before
    assert "~ SENSOR: unit_cost 20.00 -> 21.5" in answer.text
    assert "+ FILTER" in answer.text


def test_merging_changes_figures_and_keeps_all_else(case: Path) -> None:
    write_template(case)
    before = (case / "items.csv").read_text()
    bring(case, "items.csv", "item_id,kind,unit_cost\nSENSOR,part,21.5\nFILTER,part,3\n", mode="merge")
    after = before.replace("SENSOR,part,20.00", "SENSOR,part,21.5") + "FILTER,part,3,,,,\n"
    assert (case / "items.csv").read_text() == after


def test_replacing_puts_new_rows_in_place_of_all(case: Path) -> None:
    write_template(case)
    answer = bring(case, "items.csv", "item_id,kind,unit_cost\nFILTER,part,3\n", mode="replace")
    text = (case / "items.csv").read_text()
    assert text.startswith("# Table items")
    assert text.endswith("\nitem_id,kind,unit_cost\nFILTER,part,3\n")
    assert "- CAMERA" in answer.text


def test_the_same_table_again_changes_nothing(case: Path) -> None:
    bring(case, "MARA.csv", MARA)
    before = {path: path.stat().st_mtime_ns for path in case.rglob("*.csv")}
    answer = bring(case, "MARA.csv", MARA)
    assert answer.done
    assert answer.change is not None
    assert answer.change.same == 2
    assert {path: path.stat().st_mtime_ns for path in case.rglob("*.csv")} == before


def test_a_case_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "case").write_text("a file")
    with pytest.raises(UsageError, match="cannot be written"):
        bring(tmp_path / "case", "MARA.csv", MARA)


def test_without_a_case_nothing_is_written_but_the_mapping(tmp_path: Path) -> None:
    answer = bring(None, "MARA.csv", MARA, folder=str(tmp_path), mapping=tmp_path / "m.toml")
    assert [path.name for path in answer.written] == ["m.toml"]
    assert "No case was named" in answer.text


# --- cells and files that cannot be read


def test_every_bad_cell_is_named_with_its_line(case: Path) -> None:
    text = MARA.replace("48,00", "viel") + "12;ROH;Öl;L;#REF!;1;1000\n"
    terminal = Scripted({"items.unit_cost": "STPRS"})
    with pytest.raises(CaseError) as caught:
        bring(case, "MARA.csv", text, terminal)
    places = [(f.place.file, f.place.line, f.place.column) for f in caught.value.findings]
    assert places == [("MARA.csv", 3, "STPRS, PEINH"), ("MARA.csv", 4, "STPRS, PEINH")]
    assert not case.exists()


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"%PDF-1.7\n...", "a PDF document"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        ("a.csv", b"<!DOCTYPE html><html><body>Login</body></html>", "a web page"),
        ("a.json", b'[{"model": "input.item", "fields": {}}]', "JSON"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"MATNR,MTART\n", "no rows"),
        ("a.csv", "MATNR;MAKTX\n1;Öl\n".encode("latin-1"), "UTF-8"),
        ("a.db", b"SQLite format 3\0" + b"\0" * 100, "SQLite"),
        ("a.csv", b"a,a\n1,2\n", "occurs 2 times"),
    ],
)
def test_a_wrong_file_is_named_for_what_it_looks_like(case: Path, name: str, data: bytes, says: str) -> None:
    with pytest.raises((CaseError, UsageError)) as caught:
        bring(case, name, data)
    assert says in str(caught.value)
    assert name in str(caught.value)
    assert not case.exists()


def test_a_declared_encoding_is_remembered(case: Path) -> None:
    text = "MATNR;MTART;MAKTX;STPRS;PEINH\n1;ROH;Öl;8,00;1\n".encode("latin-1")
    bring(case, "MARA.csv", text, encoding="latin-1")
    assert bring(case, "MARA.csv", text.replace(b"8,00", b"9,00"), mode="merge").rows == 1
    assert rows(case, "items")[1] == "1,part,9,Öl"


def test_a_heading_may_be_called_none(case: Path) -> None:
    text = "none,Parent item,Component\n2,CAM,LENS\n"
    bring(case, "bom.csv", text, Scripted({"bom.quantity": "none"}))
    assert rows(case, "bom") == ["parent_id,child_id,quantity", "CAM,LENS,2"]
    text = "Vendor name,Vendor no,none,Main city\nAcme,V1,x,Austin\n"
    answer = bring(case, "vendors.csv", text.replace("Main city", "City"), Scripted({"address": "(none)"}))
    assert answer.unused == ("none", "City")


def test_a_declared_separator_is_remembered(case: Path) -> None:
    text = "Material;Standard cost;Type;Name, short\n1;8.5;part;Oil\n"
    with pytest.raises(CaseError, match=r"Declare it with --separator"):
        bring(case, "items.csv", text)
    bring(case, "items.csv", text, Scripted({"items.kind": "Type"}), separator=";")
    assert bring(case, "items.csv", text.replace("8.5", "9.5"), mode="merge").rows == 1
    assert rows(case, "items")[1] == "1,part,9.5"


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"table": "things"}, "things is no table"),
        ({"keep": {"NOWHERE": ("1",)}}, "no column NOWHERE"),
        ({"keep": {"WERKS": ("9",)}}, "No row"),
        ({"encoding": "klingon"}, "klingon is no encoding"),
        ({"sheet": "Sheet1"}, "no workbook"),
        ({"separator": "x"}, "separates no cells"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(case: Path, wishes: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        bring(case, "MARA.csv", MARA, **wishes)


def test_a_reply_that_makes_no_sense_is_asked_for_again(case: Path) -> None:
    replies = {"unit is Lead time": ["", "lightyears", "-1", "9", "3"]}
    terminal = Scripted(replies)
    bring(case, "offers.csv", "Vendor,Part number,Net price,Lead time\nX,A,9.50,14\n", terminal)
    assert rows(case, "sources")[1] == "A-X,A,X,9.5,2" or "weeks" in terminal.text
    assert terminal.text.count("is neither one of") >= 2
    # The first rows were shown, and what was settled was told with its reason.
    assert "Vendor | Part number | Net price | Lead time" in terminal.text
    assert "sources.unit_price <- Net price" in terminal.text
