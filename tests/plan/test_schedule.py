"""Lots: what is ordered is what a supplier accepts, and never more than asked where cash is short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlast.plan.schedule import lot_size

amounts = st.floats(0.01, 1e6)
steps = st.sampled_from([0.0, 1.0, 5.0, 250.0, 3000.0])
minima = st.sampled_from([0.0, 1.0, 100.0, 2500.0])


@given(amounts, steps, minima, st.booleans())
def test_an_order_is_nothing_or_whole_lots_above_the_minimum(
    wanted: float, lot: float, minimum: float, down: bool
) -> None:
    quantity = lot_size(wanted, lot, minimum, 1e-9, 1.0 if down else 0.5)
    assert quantity == 0 or quantity >= minimum
    if lot > 0:
        assert quantity / lot == pytest.approx(round(quantity / lot), abs=1e-9)
    if down:
        assert quantity <= wanted * (1 + 1e-5) + 1e-5 * lot
    elif quantity == 0:
        assert wanted <= max(lot, minimum + lot) / 2 + 1e-9
    else:
        assert abs(quantity - wanted) <= max(lot / 2, (minimum + lot) / 2) + 1e-6


@pytest.mark.parametrize(
    ("wanted", "lot", "minimum", "down", "expected"),
    [
        (1240, 250, 0, False, 1250),
        (1240, 250, 0, True, 1000),
        (40, 1, 100, False, 0),
        (60, 1, 100, False, 100),
        (99, 1, 100, True, 0),
        (2999.9999999, 3000, 3000, True, 3000),
        (7.25, 0, 0, False, 7.25),
        (0.0005, 0, 0, False, 0.0),
    ],
)
def test_lots_by_hand(wanted: float, lot: float, minimum: float, down: bool, expected: float) -> None:
    assert lot_size(wanted, lot, minimum, 0.001, 1.0 if down else 0.5) == pytest.approx(expected)
