"""What is written into a file of any form is read back as what was meant."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from outlast.intake.columns import parse_cell
from outlast.intake.csv_text import write_value
from outlast.network.declarations import declarations
from outlast.network.sources import Source
from outlast.tables.form import FileForm

PRICE = declarations(Source)["unit_price"]
FORMS = [
    FileForm(decimal_sign=sign, thousands_separator=thousands, decimal_sign_declared=sign is not None)
    for sign in (".", ",", None)
    for thousands in ("", " ", "'", ".", ",")
    if sign != thousands and (sign is not None or thousands not in (".", ","))
]


@given(st.floats(0, 1e12), st.sampled_from(FORMS))
@example(1.875, FileForm(separator="\t", decimal_sign=None))
@example(1.875e-7, FileForm(separator="\t", decimal_sign=None))
@example(12.5, FileForm(separator=";", decimal_sign=None, thousands_separator=" "))
def test_numbers_come_back_from_every_form(value: float, form: FileForm) -> None:
    assert parse_cell(write_value(value, form), PRICE, form) == (value, ())
