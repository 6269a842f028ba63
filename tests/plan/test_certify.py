"""Statistics of the certificate against their definitions."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from scipy.stats import t as student

from outlast.plan.certify import (
    conditional_value_at_risk,
    confidence_limit,
    mean_interval,
    survivors,
    wilson,
)


@given(st.lists(st.integers(-1_000_000, 1_000_000), min_size=2, max_size=20, unique=True))
def test_the_upper_limit_is_scipys(gaps: list[int]) -> None:
    spread = np.std(gaps, ddof=1) / np.sqrt(len(gaps))
    expected = student.ppf(0.95, len(gaps) - 1, loc=np.mean(gaps), scale=spread)
    assert confidence_limit(gaps) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_of_fewer_than_two_batches_nothing_is_known() -> None:
    assert confidence_limit([]) == confidence_limit([3.0]) == np.inf


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilson_is_scipys(count: int, total: int) -> None:
    count = min(count, total)
    share, low, high = wilson(count, total)
    expected = binomtest(count, total).proportion_ci(0.95, method="wilson")
    assert share == count / total
    assert low == pytest.approx(expected.low, abs=1e-9)
    assert high == pytest.approx(expected.high, abs=1e-9)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40), st.floats(0.0, 0.99))
def test_cvar_is_the_minimum_of_rockafellar_and_uryasev(sample: list[float], level: float) -> None:
    loss = np.array(sample)
    by_minimum = min(eta + np.maximum(loss - eta, 0).mean() / (1 - level) for eta in loss)
    assert conditional_value_at_risk(loss, level) == pytest.approx(by_minimum, abs=1e-6)


def test_interval_covers_the_mean_about_95_times_in_100() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(400):
        interval = mean_interval(rng.exponential(size=200))
        hits += interval.low <= 1.0 <= interval.high
    assert 0.90 <= hits / 400 <= 0.985


def test_survival_never_rises() -> None:
    survived = np.random.default_rng(1).integers(0, 30, 100)
    shares = [share for share, _, _ in survivors(survived, range(31))]
    assert shares[0] == 1.0
    assert all(a >= b for a, b in pairwise(shares))
    assert shares[-1] == 0.0
