"""What `[files]` of case.toml declares holds for the files; nothing is guessed where it declares nothing."""

from datetime import date

import pytest

from outlast.errors import Place
from outlast.intake.assemble import check_case
from outlast.intake.file_forms import read_forms
from outlast.intake.template import compose_template
from outlast.network.network import TABLES
from outlast.tables import FileForm

WHERE = Place("case.toml")
START = "start = 2027-01-04\n"


def told(text):
    return [(f.level, f.code, f.place.line, f.place.column) for f in read_forms(text, WHERE)[1]]


def test_nothing_declared_is_the_plain_form_of_every_table():
    forms, findings = read_forms(START, WHERE)
    assert findings == ()
    assert forms == dict.fromkeys(TABLES, FileForm())


def test_a_table_may_differ_from_the_others():
    text = '[files]\nencoding = "gb18030"\nseparator = ";"\ndecimal_sign = ","\nthousands_separator = "."\n'
    text += (
        '[files.demand]\ndate_order = "day-month-year"\nseparator = "tab"\nthousands_separator = "\u00a0"\n'
    )
    forms, findings = read_forms(text, WHERE)
    assert findings == ()
    assert forms["items"] == FileForm("gb18030", ";", ",", ".", "", True)
    assert forms["demand"] == FileForm("gb18030", "\t", ",", " ", "day-month-year", True)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("files = 3\n", ("error", "wrong-type", 1, "files")),
        ('[files]\nencoding = "klingon"\n', ("error", "unknown-choice", 2, "files.encoding")),
        ("[files]\nencoding = 3\n", ("error", "unknown-choice", 2, "files.encoding")),
        ('[files]\nseparator = ":"\n', ("error", "unknown-choice", 2, "files.separator")),
        ("[files]\nseparator = [1]\n", ("error", "unknown-choice", 2, "files.separator")),
        ('[files]\nthousands_separator = "."\n', ("error", "unknown-choice", 2, "files.thousands_separator")),
        ('[files]\ndate_order = "dmy"\n', ("error", "unknown-choice", 2, "files.date_order")),
        ('[files]\nseperator = ";"\n', ("warning", "unknown-key", 2, "files.seperator")),
        ("[files.demnad]\n", ("warning", "unknown-key", 1, "files.demnad")),
        ('[files.demand]\nencoding = "x"\n', ("error", "unknown-choice", 2, "files.demand.encoding")),
    ],
)
def test_what_cannot_be_declared_is_told_with_its_line(text, finding):
    assert told(text) == [finding]


def test_of_broken_settings_nothing_is_said_here():
    assert told("[files]\nencoding = \n") == []


def write(folder, changes, files=None):
    """The example case with some of its files replaced: text, or bytes."""
    for name, text in {**compose_template(), **(files or {})}.items():
        content = changes.get(name, text)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


GERMAN = """product_id;market_id;from_date;units_per_week;unit_price;sd_share
CAMERA;HOME;04.01.2027;1.070,5;95,00;0,2
CAMERA;ABROAD;4.1.27;30;1.110,25;0,3
"""
DECLARED = """
[files.demand]
encoding = "latin-1"
separator = ";"
decimal_sign = ","
thousands_separator = "."
date_order = "day-month-year"
"""


def test_an_export_with_semicolons_and_decimal_commas_is_read_as_declared(tmp_path):
    settings = compose_template()["case.toml"] + DECLARED
    network, findings = check_case(write(tmp_path, {"demand.csv": GERMAN, "case.toml": settings}))
    assert findings == ()
    assert [(row.from_date, row.units_per_week, row.unit_price, row.sd_share) for row in network.demand] == [
        (date(2027, 1, 4), 1070.5, 95.0, 0.2),
        (date(2027, 1, 4), 30.0, 1110.25, 0.3),
    ]


def test_the_same_export_undeclared_is_refused_where_it_can_be_read_in_two_ways(tmp_path):
    _, findings = check_case(write(tmp_path, {"demand.csv": GERMAN}))
    assert [(f.code, f.place.line, f.place.column) for f in findings] == [
        ("ambiguous-date", 2, "from_date"),
        ("ambiguous-date", 3, "from_date"),
    ]
    assert "2027-01-04 or 2027-04-01" in findings[0].remedy


def test_semicolons_with_a_group_of_three_digits_are_refused_with_both_readings(tmp_path):
    demand = (
        GERMAN.replace("1.070,5", "1.070").replace("04.01.2027", "2027-01-04").replace("4.1.27", "2027-01-04")
    )
    _, findings = check_case(write(tmp_path, {"demand.csv": demand}))
    assert [(f.code, f.place.line, f.place.column) for f in findings] == [
        ("number-format", 2, "units_per_week")
    ]
    assert "1.070 or 1070" in findings[0].message


def test_a_declared_encoding_holds_for_csv_files_and_not_for_case_toml(tmp_path):
    files = compose_template()
    settings = (
        files["case.toml"].replace("Camera maker", "Kameras Größe") + '\n[files]\nencoding = "gb18030"\n'
    )
    items = files["items.csv"].replace("Image sensor", "图像传感器").encode("gb18030")
    network, findings = check_case(write(tmp_path, {"case.toml": settings, "items.csv": items}))
    assert findings == ()
    assert network.item["SENSOR"].name == "图像传感器"
    assert network.settings.name == "Kameras Größe (example)"
