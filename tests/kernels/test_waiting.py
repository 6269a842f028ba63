"""Prices of demand that waits, drawn to what falls, against scipy."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from outlast.kernels.jit import kernel
from outlast.kernels.teeth import Single
from outlast.kernels.waiting import fall


@kernel
def fallen(value: Single, level: Single, count: Single) -> None:
    """`fall`, from Python."""
    fall(value, level, count)


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30))
@settings(deadline=None)
def test_prices_fall_and_are_the_nearest_that_do(given_values: list[float]) -> None:
    value = np.array(given_values, dtype=np.float32)
    expected = np.maximum(isotonic_regression(value.astype(np.float64), increasing=False).x, 0.0)
    fallen(value, np.empty_like(value), np.empty_like(value))
    assert np.allclose(value, expected, atol=1e-3)
    assert np.all(np.diff(value) <= 0)
