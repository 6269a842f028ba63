"""What an order costs: units, breaks, currencies and order sizes of one source, by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.errors import CaseError
from outlast.network.actions import Evidence
from outlast.network.arrays import NetworkArrays
from outlast.network.checks import check_network
from outlast.network.demand import Exchange
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.pricing import cheaper_order, order_money, price_at
from outlast.network.sources import PriceBreak
from tests.network.test_numbering import START, camera, source


def screws(breaks: tuple[tuple[float, float], ...] = (), **changes: Any) -> tuple[NetworkArrays, int]:
    """80 screws a week (100 from week 4 on) from one source, and its number."""
    network = camera(
        price_breaks=tuple(
            PriceBreak(source_id="W", from_quantity=size, unit_price=price) for size, price in breaks
        )
    )
    values = {"unit_price": 6.0, "lead_time_weeks": 0, **changes}
    arrays = number(replace(network, sources=(*network.sources[:3], source("W", "SCREW", **values))))
    return arrays, arrays.source_ids.index("W")


def test_a_carton_is_not_a_piece() -> None:
    arrays, s = screws(
        purchase_unit="CTN", pack_size=12, minimum_order=2, maximum_order=50, capacity_per_week=700,
        order_cost=9, currency="USD",
    )  # fmt: skip
    # 6 USD a carton of 12, at 1.2 USD per EUR.
    assert arrays.source_price[s] == pytest.approx(6 / 12 / 1.2)
    assert arrays.source_order_cost[s] == pytest.approx(9 / 1.2)
    assert arrays.source_minimum[s] == 24
    assert arrays.source_multiple[s] == 12
    assert arrays.source_capacity[s] == 600
    assert arrays.purchase_units[s] == pytest.approx(1 / 12)


def test_what_is_sold_by_weight_is_ordered_in_any_amount() -> None:
    arrays, s = screws(purchase_unit="KGM", pack_size=250, minimum_order=0.5)
    assert (arrays.source_multiple[s], arrays.source_minimum[s]) == (0, 125)
    arrays, s = screws(purchase_unit="MIL", order_multiple=0.5)
    assert arrays.source_price[s] == pytest.approx(0.006)
    assert arrays.source_multiple[s] == 500


def test_an_order_is_paid_at_the_break_that_it_reaches() -> None:
    """A normal order is 4 weeks' use, 320 screws; the break at 200 belongs to it."""
    arrays, s = screws(((200, 5.0), (500, 4.0), (1000, 3.5)))
    assert arrays.source_price[s] == 5.0
    for quantity, price in (
        (1, 5.0),
        (320, 5.0),
        (499, 5.0),
        (500, 4.0),
        (999, 4.0),
        (1000, 3.5),
        (1e6, 3.5),
    ):
        assert price_at(arrays, s, quantity) == price
        assert order_money(arrays, s, quantity) == quantity * price
    assert any("Price breaks" in line and "W" in line for line in arrays.assumptions)


def test_breaks_are_in_purchase_units_and_the_sources_currency() -> None:
    arrays, s = screws(((100, 5.4),), purchase_unit="CTN", pack_size=12, currency="USD")
    assert price_at(arrays, s, 1199) == pytest.approx(6 / 12 / 1.2)
    assert price_at(arrays, s, 1200) == pytest.approx(5.4 / 12 / 1.2)


def test_the_smallest_order_is_a_normal_one() -> None:
    arrays, s = screws(((500, 4.0), (1000, 3.5)), minimum_order=800)
    assert arrays.source_price[s] == 4.0
    assert arrays.break_from[arrays.break_ptr[s] :].tolist() == [1000]


def test_an_order_just_below_a_break_may_be_dearer_than_one_at_it() -> None:
    arrays, s = screws(((500, 4.0), (1000, 3.5)))
    # 497 at 6 are 2982; 504 at 4 are 2016; 1001 at 3.5 are 3503.5.
    assert cheaper_order(arrays, s, 497, 7) == (504, pytest.approx(2982 - 2016))
    # 980 at 4 are 3920.
    assert cheaper_order(arrays, s, 980, 7) == (1001, pytest.approx(3920 - 3503.5))
    assert cheaper_order(arrays, s, 700, 7) is None
    assert cheaper_order(arrays, s, 1001, 7) is None
    arrays, s = screws(((500, 4.0),), capacity_per_week=499)
    assert cheaper_order(arrays, s, 497, 0) is None


@given(
    st.lists(st.tuples(st.floats(1, 5000), st.floats(0.1, 6)), max_size=4),
    st.floats(1, 6000),
)
@settings(max_examples=60, deadline=None)
def test_a_cheaper_order_is_larger_and_cheaper(breaks: list[tuple[float, float]], quantity: float) -> None:
    falling = sorted({round(size): price for size, price in breaks}.items())
    prices = sorted((price for _, price in falling), reverse=True)
    steps = tuple((float(size), price) for (size, _), price in zip(falling, prices, strict=True))
    arrays, s = screws(steps)
    better = cheaper_order(arrays, s, quantity, 0)
    if better is not None:
        size, saved = better
        assert size > quantity
        assert order_money(arrays, s, size) == pytest.approx(order_money(arrays, s, quantity) - saved)
    assert price_at(arrays, s, 2 * quantity) <= price_at(arrays, s, quantity)


def test_units_that_leave_a_question_stop_the_case() -> None:
    with pytest.raises(CaseError, match="unit-factor-missing"):
        screws(purchase_unit="CTN")
    with pytest.raises(CaseError, match="purchase-unit-missing"):
        screws(pack_size=12)


# --- exchange rates


def rate(day: date, units: float, currency: str = "USD", origin: str = "") -> Exchange:
    return Exchange(currency=currency, date=day, units_per_case_currency=units, source=origin)


def test_the_rate_that_was_used_is_told_with_its_day_and_origin() -> None:
    rows = (rate(date(2025, 12, 31), 1.17, origin="ECB"), rate(date(2025, 6, 1), 1.1, origin="old"))
    arrays = number(camera(exchange=rows))
    (said,) = [line for line in arrays.assumptions if "converted" in line]
    assert "1.17 USD per EUR in every week, the rate of 2025-12-31; its source: ECB." in said
    chip = arrays.source_ids.index("C-CHIPCO")
    assert arrays.source_price[chip] == pytest.approx(6 / 1.17)
    assert arrays.price[0, 1] == pytest.approx(240 / 1.17)


def test_the_origin_may_stand_in_the_evidence() -> None:
    proof = Evidence(
        table="exchange", row="*", column="units_per_case_currency", status="sourced", citation="HMRC"
    )
    assert any("its source: HMRC." in line for line in number(camera(evidence=(proof,))).assumptions)
    assert any("its source: not given." in line for line in number(camera()).assumptions)


def findings(network: Network, *codes: str) -> list[str]:
    return [f.message for f in check_network(network) if f.code in codes]


@pytest.mark.parametrize(
    ("first", "second", "days", "code"),
    [
        (1.10, 0.91, 30, "exchange-rate-inverse"),
        (150.0, 1 / 150, 30, "exchange-rate-inverse"),
        (1.02, 0.98, 30, None),  # near par a month may do that
        (0.85, 1.18, 30, "exchange-rate-inverse"),
        (5.1, 439943.0, 30, "exchange-rate-jump"),  # a published slip: BRL in HMRC's rates of April 2019
        (110.0, 157.0, 550, None),  # PKR 2018-01 to 2019-07
        (366.0, 800.0, 30, None),  # ARS December 2023
        (42.8, 55.0, 30, None),  # ARS August 2019
        (1.5, 15.0, 30, "exchange-rate-jump"),
        (1.5, 15.0, 1000, None),
        (1.10, 1.12, 30, None),
    ],
)
def test_rates_beside_each_other(first: float, second: float, days: int, code: str | None) -> None:
    last = date(2025, 12, 20)
    before = date.fromordinal(last.toordinal() - days)
    kinds = ("exchange-rate-inverse", "exchange-rate-jump")
    network = camera(exchange=(rate(before, first), rate(last, second)))
    told = [f for f in check_network(network) if f.code in kinds]
    assert [f.code for f in told] == ([code] if code else [])
    assert all((f.place.file, f.place.line, f.level) == ("exchange", 2, "warning") for f in told)
    later = camera(exchange=(rate(START, first), rate(date(2026, 2, 1), second)))
    assert not findings(later, *kinds), "rates after the start are never looked at"


def test_a_rate_older_than_a_month_and_a_half_is_told() -> None:
    assert not findings(camera(exchange=(rate(date(2025, 11, 21), 1.2),)), "exchange-rate-old")
    (message,) = findings(camera(exchange=(rate(date(2025, 11, 20), 1.2),)), "exchange-rate-old")
    assert "46 days" in message


@pytest.mark.parametrize(
    ("changes", "units", "says"),
    [
        # 6 USD are 5 EUR, the cost of a chip; the rate the wrong way round gives 7.2.
        ({"unit_price": 750.0, "currency": "JPY"}, 1 / 150, "inverse"),
        ({"unit_price": 750.0, "currency": "JPY"}, 150.0, None),
        ({"unit_price": 500.0}, 1.0, "cents"),
        ({"unit_price": 600.0, "purchase_unit": "CTN", "pack_size": 120.0}, 1.0, None),
        ({"unit_price": 5.0, "purchase_unit": "CTN", "pack_size": 120.0}, 1.0, "purchase_unit"),
    ],
)
def test_a_price_far_from_cost_names_the_slip(
    changes: dict[str, Any], units: float, says: str | None
) -> None:
    network = camera(exchange=(rate(START, 1.2), rate(START, units, "JPY")))
    chip = source("C-CHIPCO", "CHIP", **changes)
    network = replace(network, sources=(*network.sources[:2], chip, network.sources[3]))
    told = [f.remedy for f in check_network(network) if f.code == "price-far-from-cost"]
    assert [says in remedy for remedy in told if says] == ([True] if says else [])
    assert bool(told) == bool(says)


# --- laws


def differing(one: NetworkArrays, other: NetworkArrays) -> list[str]:
    """Arrays that differ beyond rounding, the purchase unit itself left out."""
    names = [f.name for f in fields(one) if f.name not in ("assumptions", "purchase_units")]
    return [
        name
        for name in names
        if np.asarray(getattr(one, name)).dtype.kind in "fib"
        and not np.allclose(getattr(one, name), getattr(other, name), rtol=1e-9, equal_nan=True)
    ]


def stated(factor: float, unit: str, pack: float | None, currency: str, rate_of: float) -> Network:
    """The screws of one source, in a purchase unit of so many pieces and in a currency."""
    network = camera(
        price_breaks=tuple(
            PriceBreak(source_id="W", from_quantity=size / factor, unit_price=price * factor * rate_of)
            for size, price in ((480, 0.45), (960, 0.4), (2400, 0.35))
        ),
        exchange=(rate(START, 1.2), rate(START, rate_of, "CNY")),
    )
    screw = source(
        "W", "SCREW", lead_time_weeks=2, unit_price=0.5 * factor * rate_of, currency=currency,
        purchase_unit=unit, pack_size=pack, minimum_order=240 / factor, maximum_order=7200 / factor,
        order_multiple=120 / factor, order_cost=30 * rate_of, capacity_per_week=9000,
    )  # fmt: skip
    return replace(network, sources=(*network.sources[:3], screw))


@given(
    st.sampled_from(
        [(12.0, "DZN", None), (60.0, "CTN", 60.0), (100.0, "CEN", None), (0.5, "half", 0.5), (1, "EA", 1.0)]
    ),
    st.floats(1e-3, 1e4),
)
@settings(max_examples=25, deadline=None)
def test_stated_in_another_unit_and_currency_a_source_is_the_same(
    unit: tuple[float, str, float | None], rate_of: float
) -> None:
    plain, other = number(stated(1.0, "", None, "EUR", 1.0)), number(stated(*unit, "CNY", rate_of))
    assert differing(plain, other) == []


def test_the_law_sees_a_difference() -> None:
    plain = number(stated(1.0, "", None, "EUR", 1.0))
    assert "source_price" in differing(plain, number(stated(12.0, "CTN", 13.0, "EUR", 1.0)))
