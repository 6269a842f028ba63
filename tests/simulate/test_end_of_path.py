"""The end of a path is seen by the sharing of scarce parts: how much that matters.

The same draws and the same event, followed for 26 weeks more: until the shorter path ends, a company that
could not see the end would do the same on both.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import outlast
from outlast.network.network import Network
from outlast.scenarios.draw import Draws
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate

CASES = Path(__file__).parents[2] / "cases"
EVENT_WEEK, LONGER = 26, 26


def moved_stock(case: Network, restriction: int) -> tuple[float, float]:
    """Mean difference of stock at standard cost in the weeks of both: share of stock, and weeks of use."""
    settings, stocks = case.settings, []
    for more in (0, LONGER):
        plan = replace(settings.plan, window_weeks=settings.plan.window_weeks + more)
        arrays = outlast.number(replace(case, settings=replace(settings, plan=plan)))
        every = range(len(arrays.item_ids))
        outcomes = simulate(
            arrays, Draws(32, 1, event=(restriction, EVENT_WEEK)), normal_policy(arrays), record_items=every
        )
        assert outcomes.on_hand is not None
        stocks.append(outcomes.on_hand @ arrays.standard_cost)
        use = float(arrays.usage.mean(axis=0) @ arrays.standard_cost)
    weeks = EVENT_WEEK + settings.plan.window_weeks
    shorter, longer = (stock[:, :weeks] for stock in stocks)
    apart = float(np.abs(longer - shorter).mean())
    return apart / float(shorter.mean()), apart / use


def test_the_example_does_not_see_its_end(tmp_path: Path) -> None:
    """One scarce part whose best use is one product: however long it has to last, it goes there first."""
    outlast.write_template(tmp_path / "example")
    case = outlast.read_case(tmp_path / "example")
    assert moved_stock(case, 0) == pytest.approx((0.0, 0.0), abs=1e-12)


@pytest.mark.parametrize("restriction", [0, 1])
def test_many_scarce_parts_see_it_a_little(restriction: int) -> None:
    """Demand that waits and demand that is lost, several parts: stock moves by less than 2 % of itself."""
    of_stock, of_use = moved_stock(outlast.read_case(CASES / "open-camera"), restriction)
    assert 0 < of_stock < 0.02
    assert of_use < 0.05


def test_a_longer_horizon_changes_no_path_with_an_event_in_the_shorter(tmp_path: Path) -> None:
    """Paths are followed for the window after their event, and draws are by week: nothing else moves."""
    outlast.write_template(tmp_path / "example")
    case = outlast.read_case(tmp_path / "example")
    longer = replace(case, settings=replace(case.settings, horizon_weeks=104 + LONGER))
    before, after = (
        simulate(arrays, Draws(64, 1), normal_policy(arrays))
        for arrays in map(outlast.number, (case, longer))
    )
    happened = before.event_week < 104
    assert happened.sum() > 10
    np.testing.assert_allclose(after.value[happened], before.value[happened], rtol=1e-9)
    assert (after.survived[happened] == before.survived[happened]).all()
