"""Base stock with disruptions over 10^7 weeks: simulated cost within 0.5 % of the closed form.

Source: Snyder & Shen (2019), Fundamentals of Supply Chain Theory, 2nd edition, chapter 9.
"""

import pytest

from tests.simulate.test_run import costs_a_week, disrupted, resale

KNOWN = {8000.0: 2737.06897, 1200.0: 5710.344791, 10000.0: 2858.836}


@pytest.mark.parametrize("level", list(KNOWN))
def test_simulated_cost_is_within_half_a_percent(level: float) -> None:
    arrays = resale()
    costs = costs_a_week(arrays, disrupted(arrays, 20_000), level)
    print(f"level {level:g}: {costs.mean():.2f} a week, closed form {KNOWN[level]:.2f}")
    assert costs.mean() == pytest.approx(KNOWN[level], rel=0.005)
