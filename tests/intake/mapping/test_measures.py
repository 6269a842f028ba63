"""Cells with a unit in them are read where the unit is clear, cell by cell, and refused where not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.errors import CaseError
from outlast.intake.mapping.figures import read_figure
from outlast.intake.mapping.measures import split_measure
from outlast.intake.mapping.remembered import Rule
from outlast.network.declarations import declarations
from outlast.network.network import TABLES
from tests.intake.mapping.scripted import Scripted
from tests.intake.mapping.test_importing import bring, rows

LEAD = declarations(TABLES["sources"])["lead_time_weeks"]
RATE = declarations(TABLES["demand"])["units_per_week"]
SHARE = declarations(TABLES["suppliers"])["output_share_after"]
STOCK = declarations(TABLES["stock"])["on_hand"]
PRICE = declarations(TABLES["sources"])["unit_price"]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return tmp_path / "case"


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("12 days", 12 / 7),
        ("14d", 2),
        ("2W", 2),
        ("3 Wochen", 3),
        ("3 Wo.", 3),
        ("10 working days", 2),
        ("10 AT", 2),
        ("2 months", 2 * 365.2425 / 12 / 7),
        ("1 yr", 365.2425 / 7),
        ("21天", 3),
        ("2 周", 2),
        ("1.5 weeks", 1.5),
        ("+7 TAG", 1),
    ],
)
def test_times_become_weeks(text: str, weeks: float) -> None:
    assert read_figure(text, LEAD, Rule()) == pytest.approx(weeks, rel=1e-9)
    # What the cell says counts, whatever unit the others are in.
    assert read_figure(text, LEAD, Rule(unit="months", factor=3.0)) == pytest.approx(weeks, rel=1e-9)


@pytest.mark.parametrize(
    "text",
    ["2M", "12 lots", "3-4 weeks", "2 weeks 3 days", "A12", "days", "5 %", "USD 5", "5 per week", "1E5x"],
)
def test_what_is_no_clear_time_is_not_read(text: str) -> None:
    assert read_figure(text, LEAD, Rule()) is None


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        (SHARE, "5 %", 0.05),
        (SHARE, "12.5%", 0.125),
        (RATE, "10 per week", 10),
        (RATE, "10/day", 70),
        (RATE, "365.2425 per year", 7),
        (RATE, "70 pro Tag", 490),
        (STOCK, "1200 pcs", 1200),
        (STOCK, "5 Stk", 5),
        (PRICE, "USD 1,200.50", 1200.5),
        (PRICE, "$12", 12),
        (PRICE, "8.50 EUR", 8.5),
    ],
)
def test_shares_rates_pieces_and_money(declared, text: str, value: float) -> None:
    assert read_figure(text, declared, Rule()) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        (RATE, "10 weeks"),
        (RATE, "5 quarter"),
        (STOCK, "12 kg"),
        (PRICE, "XXX 5"),
        (PRICE, "usd 5"),
        (SHARE, "5 days"),
    ],
)
def test_words_of_another_kind_are_not_read(declared, text: str) -> None:
    assert read_figure(text, declared, Rule()) is None


@given(st.floats(0, 1e6).map(lambda x: round(x, 3)), st.sampled_from(["days", "weeks", "Monate", "d", "W"]),
       st.sampled_from(["", " ", "  "]), st.sampled_from([".", ","]))  # fmt: skip
@settings(deadline=None)
def test_a_figure_with_its_unit_is_the_figure_in_a_column_of_that_unit(value, word, blank, sign) -> None:
    unit = {"d": "days", "W": "weeks", "Monate": "months"}.get(word, word)
    figure = f"{value:.3f}".replace(".", sign)
    in_column = read_figure(figure, LEAD, Rule(unit=unit, decimal_sign=sign))
    assert read_figure(f"{figure}{blank}{word}", LEAD, Rule(decimal_sign=sign)) == in_column


@given(st.text(max_size=70))
@settings(deadline=None)
def test_any_text_is_split_into_a_figure_and_a_word_or_not_at_all(text: str) -> None:
    measure = split_measure(text)
    assert measure is None or (measure.figure in text and measure.word and measure.word in text)


def test_a_mix_of_units_is_converted_cell_by_cell_and_shown(case: Path) -> None:
    text = "Vendor,Part number,Net price,Lead time\nX,A,9.50,12 days\nY,B,20,2W\nZ,C,1,3 Wochen\n"
    answer = bring(case, "offers.csv", text)
    assert [row.split(",")[-1] for row in rows(case, "sources")[1:]] == ["1.71428571429", "2", "3"]
    shown = answer.columns["lead_time_weeks"]
    assert shown == "Lead time (12 days -> 1.714 weeks, 2W -> 2 weeks, 3 Wochen -> 3 weeks)"
    assert shown in answer.text


def test_cells_without_a_unit_beside_others_are_asked_about_once(case: Path) -> None:
    text = "Vendor,Part number,Net price,Lead time\nX,A,9.50,14\nY,B,20,2W\n"
    with pytest.raises(CaseError, match="some cells name no unit"):
        bring(case, "offers.csv", text)
    terminal = Scripted({"unit is Lead time": "days"})
    bring(case, "offers.csv", text, terminal)
    assert [row.split(",")[-1] for row in rows(case, "sources")[1:]] == ["2", "2"]
    # Next month nothing is asked.
    bring(case, "offers.csv", text.replace("2W", "3W"), mode="merge")
    assert [row.split(",")[-1] for row in rows(case, "sources")[1:]] == ["2", "3"]


def test_a_heading_with_a_unit_holds_for_cells_that_name_none(case: Path) -> None:
    text = "Vendor,Part number,Net price,Lead time (days)\nX,A,9.50,14\nY,B,20,2 weeks\n"
    bring(case, "offers.csv", text)
    assert [row.split(",")[-1] for row in rows(case, "sources")[1:]] == ["2", "2"]


def test_a_unit_that_nobody_knows_is_refused_with_its_line(case: Path) -> None:
    text = "Vendor,Part number,Net price,Lead time (days)\n" + "".join(
        f"X,A{n},9.50,{n}\n" for n in range(1, 40)
    )
    with pytest.raises(CaseError) as caught:
        bring(
            case,
            "offers.csv",
            text + "Y,B,20,2 lunations\n",
            Scripted({"lead_time_weeks": "Lead time (days)"}),
        )
    (finding,) = caught.value.findings
    assert (finding.code, finding.place.line, finding.place.column) == (
        "unknown-unit",
        41,
        "Lead time (days)",
    )
    assert "'lunations' in '2 lunations' is no unit of this column" in finding.message
    assert "days" in finding.remedy
    assert not case.exists()


def test_prices_fill_the_currency_that_they_name(case: Path) -> None:
    text = 'Vendor,Part number,Net price,Lead time (weeks)\nX,A,"USD 1,200.50",2\nY,B,€ 9.50,2\n'
    answer = bring(case, "offers.csv", text)
    assert rows(case, "sources") == [
        "source_id,item_id,supplier_id,unit_price,lead_time_weeks,currency",
        "A-X,A,X,1200.5,2,USD",
        "B-Y,B,Y,9.5,2,EUR",
    ]
    assert answer.columns["currency"] == "the currency in Net price"
    bring(case, "offers.csv", text.replace("9.50", "9.75"), mode="merge")
    assert rows(case, "sources")[2] == "B-Y,B,Y,9.75,2,EUR"


@pytest.mark.parametrize(
    ("cell", "currency", "code"),
    [
        ("$5", "USD", ""),
        ("$5", "EUR", "currency-differs"),
        ("EUR 5", "USD", "currency-differs"),
        ("5 €", "EUR", ""),
    ],
)
def test_prices_agree_with_the_currency_of_their_row(case: Path, cell: str, currency: str, code: str) -> None:
    text = f"Vendor,Part number,Net price,Currency,Lead time (weeks)\nX,A,{cell},{currency},2\nY,B,7,EUR,3\n"
    if not code:
        bring(case, "offers.csv", text)
        assert rows(case, "sources")[1] == f"A-X,A,X,5,2,{currency}"
        return
    with pytest.raises(CaseError) as caught:
        bring(case, "offers.csv", text)
    assert [(f.code, f.place.line, f.place.column) for f in caught.value.findings] == [(code, 2, "Net price")]


def test_costs_are_in_the_currency_of_the_case_or_refused(case: Path) -> None:
    text = "SKU;Description;Standard cost;Type\nA;Lens;EUR 12,50;part\nB;Chip;3,75;part\n"
    terminal = {"items.kind": "Type"}
    with pytest.raises(CaseError, match="nothing says which is meant"):
        bring(case, "items.csv", text, Scripted(terminal))
    case.mkdir()
    (case / "case.toml").write_text('name = "x"\nstart = 2027-01-04\ncurrency = "EUR"\n')
    bring(case, "items.csv", text, Scripted(terminal))
    assert rows(case, "items")[1:] == ["A,part,12.5,Lens", "B,part,3.75,Chip"]
    with pytest.raises(CaseError, match="is not in EUR"):
        bring(case, "items.csv", text.replace("EUR", "USD"), Scripted(terminal), mode="merge")


def test_prices_in_two_signs_that_fit_several_currencies_are_refused(case: Path) -> None:
    """¥ is money of China and of Japan: nothing says which."""
    text = "Vendor,Part number,Net price,Lead time (weeks)\nX,A,¥5,2\n"
    with pytest.raises(CaseError, match="nothing says which is meant"):
        bring(case, "offers.csv", text)
