"""Assumptions stand in a file of its own; without one the import invents no restriction."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from outlast.errors import CaseError
from outlast.intake.erp.adventureworks import import_adventureworks
from outlast.intake.erp.assumptions import read_assumptions
from tests.intake.erp.small import RULES, change, write_source
from tests.intake.erp.test_adventureworks import column, rows, status

ASSUMED = """\
[case]
name = "What if"
horizon_weeks = 26
[plan]
budget = 1000
[origin]
NY = "CN"
"*" = "US"
[[restriction]]
restriction_id = "CLOSED"
effect = "closes_sources"
hazard_per_year = 0.2
[[scope]]
restriction_id = "CLOSED"
table = "sources"
column = "origin_country"
value = "CN"
[[alternative]]
instead_of = "CN"
supplier_id = "NEW"
supplier_name = "New vendor"
origin_country = "MX"
price_factor = 1.5
lead_time_weeks = 4
switch_cost = 100
switch_weeks_p10 = 4
switch_weeks_p50 = 8
switch_weeks_p90 = 16
ramp_weeks = 0
"""


def read(folder: Path, text: str):
    path = folder / "assumptions.toml"
    path.write_text(text, encoding="utf-8")
    return read_assumptions(path)


def test_without_assumptions_nothing_is_restricted_and_no_origin_is_known(tmp_path):
    imported = import_adventureworks(write_source(tmp_path), rules=RULES)
    assert rows(imported, "restrictions") == rows(imported, "scopes") == []
    assert "origin_country" not in rows(imported, "sources")[0]
    assert "horizon_weeks" not in imported.settings


def test_assumptions_add_acts_origins_and_ways_out_all_assumed(tmp_path):
    assumptions = read(tmp_path, ASSUMED)
    imported = import_adventureworks(write_source(tmp_path / "source"), assumptions, rules=RULES)
    assert column(imported, "sources", "source_id", "origin_country") == {
        "SPOKE-EAST1": "CN",
        "BALL-EAST1": "CN",
        "PAINT-EAST1": "CN",
        "CAP-WEST1": "US",
        "SPOKE-NEW": "MX",
        "BALL-NEW": "MX",
        "PAINT-NEW": "MX",
    }
    # What vendors are called and where they sit stays as the source says.
    assert column(imported, "suppliers", "supplier_id", "country") == {
        "EAST1": "US",
        "WEST1": "US",
        "NEW": "MX",
    }
    (way,) = [row for row in rows(imported, "sources") if row["source_id"] == "BALL-NEW"]
    assert (way["status"], way["unit_price"], way["switch_weeks_p50"]) == ("alternative", "6", "8")
    assert [row["restriction_id"] for row in rows(imported, "restrictions")] == ["CLOSED"]
    for table, row, name in (
        ("sources", "BALL-EAST1", "origin_country"),
        ("sources", "BALL-NEW", "unit_price"),
        ("restrictions", "CLOSED", "hazard_per_year"),
        ("scopes", "CLOSED", "value"),
        ("case", "*", "plan.budget"),
        ("suppliers", "NEW", "country"),
    ):
        assert status(imported, table, row, name) == "assumed", (table, name)
    assert status(imported, "suppliers", "EAST1", "country") == "sourced"
    assert 'name = "What if"' in imported.settings
    assert "budget = 1000" in imported.settings


def test_the_account_does_not_count_what_assumptions_add(tmp_path):
    assumptions = read(tmp_path, ASSUMED)
    assert import_adventureworks(write_source(tmp_path / "source"), assumptions, rules=RULES).account.holds


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[plan]", "[plans]", "no section plans"),
        ("budget = 1000", "budgett = 1000", "no key budgett"),
        ("budget = 1000", "budget = [1]", "no value for budget"),
        ("budget = 1000", "budget = nan", "no value for budget"),
        ('name = "What if"', 'name = "=cmd"', "no value for name"),
        ('NY = "CN"', 'NY = "China"', "no country code"),
        ("[[restriction]]", "[restriction]", "no repeated section"),
        ("price_factor = 1.5", 'price_factor = "much"', "alternative needs price_factor, a number"),
        ("ramp_weeks = 0", "", "alternative needs ramp_weeks, a number"),
        ("[case]", "[case", "not TOML"),
    ],
)
def test_what_assumptions_do_not_have_is_told(tmp_path, old, new, says):
    assert ASSUMED.count(old) == 1
    with pytest.raises(CaseError) as caught:
        read(tmp_path, ASSUMED.replace(old, new))
    assert any(says in finding.message for finding in caught.value.findings)
    assert all(finding.place.file == "assumptions.toml" for finding in caught.value.findings)


@pytest.mark.slow
def test_the_same_bytes_whatever_the_seed_of_hashes(tmp_path):
    """Sets have another order in each process: none of them may reach a file."""
    read(tmp_path, ASSUMED)
    write_source(tmp_path / "source")
    program = (
        "import sys; from pathlib import Path\n"
        "from outlast.intake.erp.adventureworks import import_adventureworks\n"
        "from outlast.intake.erp.assumptions import read_assumptions\n"
        "from outlast.intake.erp.written import list_texts\n"
        "folder = Path(sys.argv[1])\n"
        "known = read_assumptions(folder / 'assumptions.toml')\n"
        "print(list_texts(import_adventureworks(folder / 'source', known, rules=('mean-4',))))\n"
    )
    texts = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert "plan.budget" in texts[0]
    assert texts[0] == texts[1]


def test_prices_that_contradict_the_books_stay_unless_it_is_assumed(tmp_path):
    """A bike sells for 480. With three wheels of 170 (a spoke is 0.5, a ball is bought in cartons of 40) it
    costs more; a cap stands at 6, and is bought for 5, then for 12."""
    dear = change("ProductVendor", ("6,12,45,5,", "6,12,45,12,"))
    dear |= change("BillOfMaterials", ("1.0,2,2010-03-04,,EA,1", "1.0,2,2010-03-04,,EA,30"))
    source = write_source(tmp_path / "source", dear)
    plain = import_adventureworks(source, rules=RULES)
    assert column(plain, "sources", "item_id", "unit_price")["CAP"] == "12"
    assert column(plain, "demand", "product_id", "unit_price")["BIKE"] == "480"
    settled = import_adventureworks(
        source, read(tmp_path, "[books]\nbuy_at_most = 1.5\nsell_at_least = 1.0\n"), rules=RULES
    )
    assert column(settled, "sources", "item_id", "unit_price")["CAP"] == "9"
    assert status(settled, "sources", "CAP-WEST1", "unit_price") == "assumed"
    # The wheel stands at 60 in the books: 30 of them, and 8 ounces of paint at half a dollar.
    assert column(settled, "demand", "product_id", "unit_price")["BIKE"] == "1804"
    assert status(settled, "demand", "BIKE/Canada", "unit_price") == "assumed"
    assert any("1 products sell below 1 times" in remark for remark in settled.account.remarks)
    # What is within its limit stays.
    assert column(settled, "sources", "item_id", "unit_price")["SPOKE"] == "6"
    unknown = "[books]\nbuy_at_most = -1\nsell = 2\n"
    with pytest.raises(CaseError) as caught:
        read(tmp_path, unknown)
    assert [finding.place.column for finding in caught.value.findings] == ["books.sell", "books.buy_at_most"]
