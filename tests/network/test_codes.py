"""Codes of currencies and countries: ISO, withdrawn, and what people write instead."""

from datetime import date

import iso4217
import pytest

from outlast.network.codes import _WITHDRAWN, judge_country, judge_currency, minor_digits

DAY = date(2026, 11, 23)


@pytest.mark.parametrize("code", ["EUR", "USD", "CNY", "JPY", "XOF", "ZWG", "XCG", "KWD", "TRY"])
def test_currencies_in_use_pass(code):
    assert judge_currency(code, DAY) is None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("RMB", "CNY"),
        ("GBX", "pence"),
        ("GBp", "pence"),
        ("gbp", "GBP."),
        ("Euro", "Write EUR"),
        ("euro", "EUR"),
        ("$", "USD"),
        ("XXX", "ISO 4217"),
        ("XYZ", "ISO 4217"),
        ("EURO", "EUR"),
    ],
)
def test_what_is_no_currency_is_told_what_to_write(code, says):
    problem = judge_currency(code, DAY)
    assert problem is not None
    assert problem.kind == "unknown"
    assert says in problem.remedy


@pytest.mark.parametrize(
    ("code", "last", "successor"),
    [
        ("VEF", date(2018, 8, 31), "VES"),
        ("TRL", date(2005, 12, 31), "TRY"),
        ("BYR", date(2017, 1, 31), "BYN"),
    ],
)
def test_money_that_lost_its_zeros_is_withdrawn_from_its_day_on(code, last, successor):
    assert judge_currency(code, last) is None
    problem = judge_currency(code, date(last.year + 1, 3, 1))
    assert problem is not None
    assert problem.kind == "withdrawn"
    assert successor in problem.remedy


def test_withdrawn_codes_are_out_of_use_and_lead_to_one_in_use():
    """An update of the list that revives or renames a code shows here."""
    current = {one.code for one in iso4217.Currency}
    for code in _WITHDRAWN:
        assert code not in current
        for _ in range(5):
            code = _WITHDRAWN[code][2] if code in _WITHDRAWN else code
        assert code in current
    assert all(1 <= month <= 12 and year > 2000 for year, month, _ in _WITHDRAWN.values())


def test_minor_units():
    assert (minor_digits("EUR"), minor_digits("JPY"), minor_digits("KWD")) == (2, 0, 3)
    assert minor_digits("HRK") is None


@pytest.mark.parametrize("code", ["NA", "DE", "TW", "HK", "XK", "ZZ", "AA", "QX"])
def test_countries_pass(code):
    """NA is Namibia; XK and ZZ are left to users by ISO 3166."""
    assert judge_country(code) is None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("UK", "GB"),
        ("EL", "GR"),
        ("USA", "US"),
        ("de", "DE"),
        ("Germany", "DE"),
        ("YU", "ISO 3166"),
        ("EU", "ISO"),
    ],
)
def test_what_is_no_country_is_told_what_to_write(code, says):
    problem = judge_country(code)
    assert problem is not None
    assert says in problem.remedy
