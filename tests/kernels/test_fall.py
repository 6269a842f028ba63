"""Prices drawn to what falls, against scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from outlast.kernels.fall import fall
from outlast.kernels.jit import kernel

VALUES, WEIGHTS = st.floats(-100, 100, width=32), st.floats(0.5, 50, width=32)


@kernel
def fallen(value: NDArray, weight: NDArray, scratch: NDArray) -> None:
    """`fall`, from Python."""
    fall(value, weight, scratch[0], scratch[1], scratch[2])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@given(
    st.lists(st.tuples(st.floats(-100, 100, width=32), st.floats(0.5, 50, width=32)), min_size=1, max_size=30)
)
@settings(deadline=None)
def test_prices_fall_and_are_the_nearest_that_do(kind: type, given_values: list[tuple[float, float]]) -> None:
    value, weight = np.array(given_values, dtype=kind).T.copy()
    nearest = isotonic_regression(
        value.astype(np.float64), weights=weight.astype(np.float64), increasing=False
    ).x
    fallen(value, weight, np.empty((3, len(value)), dtype=kind))
    assert np.allclose(value, np.maximum(nearest, 0.0), atol=1e-3)
    assert np.all(np.diff(value) <= 0)
