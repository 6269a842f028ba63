"""Expected remaining waits against integrals, far tails included."""

import math

import numpy as np
import pytest

from outlast.kernels.risk import log_normal_cdf, lognormal_survival, lognormal_wait, relief_odds, relief_wait


@pytest.mark.parametrize(
    ("z", "known"),
    [
        (0.0, math.log(0.5)),
        (-2.0, -3.7831843336820317),
        (-10.0, -53.23128515051247),
        (-40.0, -804.6084420137538),
    ],
)
def test_log_normal_cdf(z, known):
    """Known to 16 digits (Abramowitz & Stegun, table 26.2, for the far ones)."""
    assert log_normal_cdf(z) == pytest.approx(known, rel=1e-13)


@pytest.mark.parametrize(("median", "sigma", "age"), [(8.0, 0.5, 0.0), (8.0, 0.5, 6.0), (26.0, 0.35, 60.0)])
def test_wait_is_the_integral_of_the_survival_beyond_the_age(median, sigma, age):
    grid = np.linspace(age, age + 400, 400_001)
    survival = np.array([lognormal_survival(median, sigma, value) for value in grid])
    expected = float(np.trapezoid(survival, grid)) / survival[0]
    assert lognormal_wait(median, sigma, age) == pytest.approx(expected, rel=1e-5)


def test_a_certain_duration():
    assert lognormal_wait(8.0, 0.0, 3.0) == 5.0
    assert lognormal_wait(8.0, 0.0, 9.0) == 0.0
    assert lognormal_wait(8.0, 0.0, -2.0) == 10.0
    assert lognormal_wait(0.0, 0.0, 1.0) == 0.0
    assert lognormal_survival(8.0, 0.0, 7.9) == 1.0
    assert lognormal_survival(8.0, 0.0, 8.0) == 0.0


def test_far_beyond_every_likely_duration_the_wait_stays_finite_and_grows():
    waits = [lognormal_wait(10.0, 0.1, age) for age in (20.0, 50.0, 300.0, 3000.0)]
    assert all(0 < wait < 50 for wait in waits)
    assert waits == sorted(waits)


def test_relief_that_is_unlikely_is_not_reckoned_with():
    """Prior 0.6, lognormal(10, 0.5): after 10 weeks the odds are 0.6 * 0.5 / 0.7."""
    assert relief_odds(0.6, 10.0, 0.5, 10.0) == pytest.approx(0.3 / 0.7)
    assert relief_wait(0.6, 10.0, 0.5, 10.0, 77.0) == 77.0
    assert relief_wait(0.6, 10.0, 0.5, 0.0, 77.0) == pytest.approx(10 * math.exp(0.125))
