"""Open orders that may be cancelled: 10 a week of a part with lead time 2, the last week of it on its way, so
that the level is 30. What is cancelled shows in the stock at the end of each week."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from outlast.network.arrays import NetworkArrays
from outlast.periods import NEVER
from outlast.simulate.own_policy import KnownWeek
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate
from tests.reference.networks import cut_at, one_part


def part(stock: float, orders: dict[int, float], **changes: Any) -> NetworkArrays:
    """Orders that may be cancelled, by week of arrival."""
    due = np.zeros((20, 1))
    for week, units in orders.items():
        due[week, 0] = units
    changes = {"on_hand": np.array([stock, 0.0]), "open_unshipped": due, "open_cancellable": due} | changes
    return one_part(weeks=20, **changes)


def left_over(arrays: NetworkArrays, announced: int = NEVER, notice: int = 0, **policy: Any) -> list[float]:
    """Parts at the end of each of the first nine weeks."""
    outcomes = simulate(
        arrays,
        cut_at(arrays, announced, notice=notice),
        replace(normal_policy(arrays), **policy),
        record_items=[0],
        length=np.array([9]),
    )
    assert outcomes.sold.tolist() == [[90.0]]
    assert outcomes.on_hand is not None
    units: list[float] = outcomes.on_hand[0, :9, 0].tolist()
    return units


LEAN = [50.0, 40.0, 30.0, 20.0, 10.0, 0.0, 0.0, 0.0, 0.0]
"""60 in stock and nothing due: normal orders come from week 6 on."""
FULL = [50.0, 40.0, 30.0, 20.0, 10.0, 30.0, 20.0, 10.0, 0.0]
"""The same with 30 in week 5."""


def test_what_would_not_be_ordered_again_is_cancelled() -> None:
    arrays = part(60.0, {5: 30.0})
    assert left_over(arrays) == LEAN
    assert left_over(replace(arrays, open_cancellable=np.zeros((20, 1)))) == FULL


def test_an_order_is_cancelled_as_a_whole_or_not_at_all() -> None:
    """Of a position of 90 at most 60 may go."""
    assert left_over(part(30.0, {2: 60.0}))[2:5] == [0.0, 0.0, 0.0]
    assert left_over(part(29.0, {2: 61.0}))[2:5] == [60.0, 50.0, 40.0]


def test_the_last_to_arrive_is_cancelled_first() -> None:
    """20 in stock and 30 twice: without one there are 50, without both 20."""
    weeks = left_over(part(20.0, {2: 30.0, 3: 30.0}))
    assert weeks[:5] == [10.0, 0.0, 20.0, 10.0, 0.0]


def test_what_is_on_its_way_is_not_cancelled() -> None:
    """In week 0 goods due in week 1 have not left with one week of transit; with two they have."""
    assert left_over(part(60.0, {1: 30.0}))[1] == 40.0
    assert left_over(part(60.0, {1: 30.0}, source_transit=np.array([2])))[1] == 70.0


def test_protection_is_not_cancelled() -> None:
    """A level of 30 + 40 is not reached by 60."""
    arrays = part(60.0, {5: 30.0})
    protective = np.zeros_like(arrays.usage)
    protective[:, 0] = 40.0
    assert left_over(arrays, protective=protective)[5] > 0.0
    protective[:, 0] = 30.0
    assert left_over(arrays, protective=protective)[5] == 30.0  # 60 without it: ordered in week 1 and later


def test_an_item_that_a_known_restriction_hits_keeps_its_orders() -> None:
    """Announced in week 0 and effective in week 8."""
    assert left_over(part(60.0, {5: 30.0}), announced=0, notice=8)[5] == 30.0


def test_at_the_reorder_point_a_batch_would_be_ordered() -> None:
    """60 without the order, at a reorder point of 60: base stock would not order again, and goes on with 10 a
    week from week 1; (r, Q) would, so that nothing else comes before week 5."""
    arrays = part(60.0, {5: 30.0})
    base = np.zeros_like(arrays.usage)
    base[:, 0] = 60.0
    plain = left_over(arrays, base_position=base)
    batch = left_over(arrays, base_position=base, batch=np.array([25.0, 0.0]))
    assert (plain[4], batch[4]) == (30.0, 10.0)
    assert (plain[5], batch[5]) == (30.0, 55.0)


@pytest.mark.parametrize("ahead", [True, False])
def test_a_cancelled_call_frees_the_capacity_of_its_week(ahead: bool) -> None:
    """Capacity 12; 12 due in week 6 take all of week 4, unless they are cancelled."""
    arrays = part(60.0, {6: 12.0}, source_capacity=np.array([12.0]))
    if not ahead:
        arrays = replace(arrays, open_cancellable=np.zeros((20, 1)))
    weeks = left_over(arrays)
    assert weeks[6] == (0.0 if ahead else 2.0)


def test_a_policy_without_a_level_cancels_nothing() -> None:
    arrays = part(60.0, {5: 30.0})

    def wait(known: KnownWeek) -> Any:
        return np.zeros((len(known.on_hand), 1))

    assert left_over(arrays, decide=wait) == FULL
