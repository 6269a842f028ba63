"""What each feature of a week does, on networks small enough to work out by hand; each is shown to matter
by what changes when it is switched off. Kernel and twin agree on all of them (test_twin_agrees).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from outlast.network.arrays import RECEIPT, SHIPMENT, TRANSIT, NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.outcomes import ACCOUNTS, Outcomes
from outlast.simulate.policy import normal_policy
from outlast.simulate.run import simulate
from tests.reference.networks import cut_at, one_part

RECEIVED, SCRAPPED = 1, 5


def calm(arrays: NetworkArrays, **changes: Any) -> Scenarios:
    """Mean demand and no event."""
    return replace(cut_at(arrays, NEVER), **changes)


def run(arrays: NetworkArrays, scenarios: Scenarios, **policy: Any) -> Outcomes:
    return simulate(
        arrays, scenarios, replace(normal_policy(arrays), **policy), ledger=True, record_items=[0, 1]
    )


def factor(arrays: NetworkArrays, weeks: dict[int, float]) -> Any:
    """1 in all weeks but those stated, for the only source."""
    values = np.ones((1, arrays.n_week, 1), dtype=np.float32)
    for week, value in weeks.items():
        values[0, week, 0] = value
    return values


def two_sources(**changes: Any) -> NetworkArrays:
    """The part of `one_part` from two qualified sources, nothing on order, stock for the lead time."""
    one = one_part(weeks=20)
    per_source = {
        name: np.repeat(getattr(one, name), 2, axis=-1)
        for name in NetworkArrays.__dataclass_fields__
        if name.startswith(("source_", "switch_")) or name in OF_SOURCES
        if isinstance(getattr(one, name), np.ndarray) and name != "source_ptr"
    }
    changes = {"source_ptr": np.array([0, 2, 2]), "on_hand": np.array([30.0, 0.0])} | changes
    return replace(
        one,
        **per_source
        | {"source_ids": ("FIRST", "SECOND"), "break_ptr": np.zeros(3, dtype=np.int64)}
        | {
            "open_unshipped": np.zeros((20, 2)),
            "open_cancellable": np.zeros((20, 2)),
            "supply_left": np.array([[0.0, 1.0]]),
        }
        | changes,
    )


OF_SOURCES = ("start_before", "start_after", "ramp_weeks", "fail_per_week", "recover_per_week")
OF_SOURCES += ("expedite_price", "expedite_weeks")
OF_SOURCES += ("purchase_units", "open_shipped", "open_unshipped", "supply_left", "supply_delay")


# --- lead times


def test_a_late_order_is_missed_for_as_long_as_it_is_late() -> None:
    """The order of week 2 takes 4 weeks instead of 2: week 4 has nothing, week 6 two orders, of which one
    serves week 7 (week 5 ordered nothing, as the late one was still due)."""
    arrays = one_part(weeks=20, source_lead_sd=np.array([1.0]))
    late = calm(arrays, lead_factor=factor(arrays, {2: 2.0}))
    assert run(arrays, calm(arrays)).sold.tolist() == [[100.0]]
    outcomes = run(arrays, late)
    assert outcomes.sold.tolist() == [[90.0]]
    assert outcomes.on_hand is not None
    assert outcomes.on_hand[0, :10, 0].tolist() == [0.0] * 6 + [10.0] + [0.0] * 3


def test_an_order_may_overtake_another() -> None:
    """The order of week 2 takes 5 weeks, that of week 3 one: both weeks up to 4 are served. In time it would
    come in week 5."""
    arrays = one_part(weeks=20, source_lead_sd=np.array([1.0]))
    for weeks, sold in (({2: 2.5, 3: 0.5}, 50.0), ({2: 2.5}, 40.0)):
        scenarios = calm(arrays, lead_factor=factor(arrays, weeks))
        assert simulate(arrays, scenarios, normal_policy(arrays), length=np.array([5])).sold == sold


# --- yield


def test_spoilt_units_are_received_paid_and_scrapped() -> None:
    """Half of what is delivered is usable on average; in week 1 a quarter: 5 of 20 instead of 10."""
    arrays = one_part(weeks=20, source_yield=np.array([0.5]), source_yield_sd=np.array([0.1]))
    short = run(arrays, calm(arrays, yield_factor=factor(arrays, {1: 0.5})))
    full = run(arrays, calm(arrays))
    assert full.sold.tolist() == [[100.0]]
    assert short.sold.tolist() == [[95.0]]
    assert short.ledger is not None
    assert full.ledger is not None
    assert full.ledger[0, 0, [RECEIVED, SCRAPPED]].tolist() == [180.0, 90.0]
    assert short.ledger[0, 0, [RECEIVED, SCRAPPED]].tolist() == [180.0, 95.0]
    paid = [-outcomes.account[0, ACCOUNTS.index("purchase_variance")] for outcomes in (full, short)]
    assert paid == pytest.approx([0.0, 5 * 2.0])


# --- shares of sources


def ordered(arrays: NetworkArrays, scenarios: Scenarios) -> list[float]:
    """Units received from either source, told apart by what they cost above standard."""
    priced = replace(arrays, source_price=np.array([3.0, 2.0]))
    outcomes = run(priced, scenarios)
    assert outcomes.ledger is not None
    first = -outcomes.account[0, ACCOUNTS.index("purchase_variance")]
    return [first, outcomes.ledger[0, 0, RECEIVED] - first]


def test_orders_are_split_by_share() -> None:
    """10 a week arrive for 7 weeks, three quarters from the first; without shares all."""
    split = np.array([0.75, 0.25])
    assert ordered(two_sources(source_split=split), calm(two_sources())) == pytest.approx([52.5, 17.5])
    assert ordered(two_sources(), calm(two_sources())) == pytest.approx([70.0, 0.0])


@pytest.mark.parametrize("lead", [[2, 6], [6, 2]])
def test_sources_supply_their_shares_however_long_they_take(lead: list[int]) -> None:
    """From the second week on 10 a week are ordered, half from either, and arrive until the tenth; without
    shares all come from the first. The stock is what is on the way when all runs as usual."""
    weeks: dict[str, Any] = {"source_lead": np.array(lead), "source_transit": np.array(lead)}
    first_only, longer = 10.0 * (lead[0] + 1), 5.0 * max(0, lead[1] - lead[0])
    split = np.array([0.5, 0.5])
    shared = two_sources(source_split=split, on_hand=np.array([first_only + longer, 0.0]), **weeks)
    alone = two_sources(on_hand=np.array([first_only, 0.0]), **weeks)
    assert ordered(shared, calm(shared)) == pytest.approx([5.0 * (9 - lead[0]), 5.0 * (9 - lead[1])])
    assert ordered(alone, calm(alone)) == pytest.approx([10.0 * (9 - lead[0]), 0.0])


def test_a_slower_source_supplies_only_what_the_first_cannot_take() -> None:
    """6 of 10 a week come from the first, 4 from the second, of which 16 are missing on the way at first."""
    weeks: dict[str, Any] = {"source_lead": np.array([2, 6]), "source_transit": np.array([2, 6])}
    arrays = two_sources(source_capacity=np.array([6.0, np.inf]), **weeks)
    assert ordered(arrays, calm(arrays)) == pytest.approx([6 * 8.0, 10 + 4 * 3.0])


def test_what_a_closed_or_full_source_cannot_take_falls_to_the_other() -> None:
    split = np.array([0.75, 0.25])
    full = two_sources(source_split=split, source_capacity=np.array([6.0, np.inf]))
    assert ordered(full, calm(full)) == pytest.approx([42.0, 28.0])
    down = np.ones((1, 20, 2), dtype=bool)
    down[0, :4, 0] = False  # three of the seven weeks in which something is ordered
    arrays = two_sources(source_split=split)
    assert ordered(arrays, calm(arrays, source_up=down)) == pytest.approx([30.0, 40.0])


# --- shelf life


def test_what_outlives_its_shelf_life_is_scrapped() -> None:
    """50 parts in stock for 10 a week, none on order, base stock of a lead time of two weeks: they last 5
    weeks, of which a life of 3 leaves 3. New ones are ordered from week 3 on and come in week 5."""
    arrays = one_part(weeks=20, on_hand=np.array([50.0, 0.0]), open_unshipped=np.zeros((20, 1)))
    expiring = np.zeros((20, 2))
    expiring[2, 0] = 50.0
    short = replace(arrays, shelf_life=np.array([3.0, np.inf]), expiring=expiring)
    assert run(arrays, calm(arrays)).sold.tolist() == [[100.0]]
    outcomes = run(short, calm(short))
    assert outcomes.sold.tolist() == [[80.0]]
    assert outcomes.ledger is not None
    assert outcomes.ledger[0, 0, SCRAPPED] == 20.0
    assert outcomes.account[0, ACCOUNTS.index("scrapped")] == -20 * 2.0


def test_what_expires_first_is_used_first() -> None:
    """20 of 50 parts in stock may be used in weeks 0 and 1 only: they are, and nothing is lost."""
    arrays = one_part(weeks=20, on_hand=np.array([50.0, 0.0]), open_unshipped=np.zeros((20, 1)))
    arrays.expiring[1, 0] = 20.0
    outcomes = run(arrays, calm(arrays))
    assert outcomes.sold.tolist() == [[100.0]]
    assert outcomes.account[0, ACCOUNTS.index("scrapped")] == 0.0
    arrays.expiring[1, 0] = 26.0
    assert run(arrays, calm(arrays)).account[0, ACCOUNTS.index("scrapped")] == -6 * 2.0


# --- expediting


def test_what_would_be_missing_before_a_normal_order_is_expedited() -> None:
    """10 in stock and nothing due: in time for weeks 1 and 2 only what is expedited in week 0 comes. 20 units
    at 5 - 2 each; normal orders follow as usual."""
    arrays = one_part(weeks=20, source_lead=np.array([3]), open_unshipped=np.zeros((20, 1)))
    hurried = replace(arrays, expedite_weeks=np.array([1]), expedite_price=np.array([5.0]))
    assert run(arrays, calm(arrays)).sold.tolist() == [[80.0]]
    outcomes = run(hurried, calm(hurried))
    assert outcomes.sold.tolist() == [[100.0]]
    assert outcomes.account[0, ACCOUNTS.index("expediting")] == -20 * 3.0
    more = run(hurried, calm(hurried)).value - run(arrays, calm(arrays)).value
    assert more == pytest.approx(20 * 4 - 20 * 3)


# --- pauses


@pytest.mark.parametrize(
    ("kind", "week"),
    [
        (SHIPMENT, 2),  # transit of 1: what is due in week 3 should leave in week 2
        (TRANSIT, 2),  # what is due in week 2 is on its way
        (RECEIPT, 3),
    ],
)
def test_goods_that_pause_come_a_week_later(kind: int, week: int) -> None:
    """One week is missed, and what came late serves the week after, beside what came in time."""
    arrays = one_part(weeks=20)
    pauses = np.zeros((1, 20, 1), dtype=np.uint8)
    pauses[0, week, 0] = kind
    missed = 2 if kind == TRANSIT else 3
    for length in range(1, 11):
        outcomes = simulate(
            arrays, calm(arrays, pauses=pauses), normal_policy(arrays), length=np.array([length])
        )
        assert outcomes.sold[0, 0] == 10.0 * (length - (length > missed))


# --- when to order


def levels(arrays: NetworkArrays, position: float) -> Any:
    base = np.zeros_like(arrays.usage)
    base[:, 0] = position
    return base


def test_orders_wait_for_the_reorder_point() -> None:
    """Up to 60: the position before ordering is 20 in week 0, then 10 less each week. With a gap of 30
    there are orders in weeks 0, 3, 6 and 9, without one every week."""
    arrays = one_part(weeks=20, source_order_cost=np.array([1.0]))
    orders = [
        run(arrays, calm(arrays), base_position=levels(arrays, 60.0), **changes).account[
            0, ACCOUNTS.index("order_cost")
        ]
        for changes in ({}, {"gap": levels(arrays, 30.0)})
    ]
    assert orders == [-10.0, -4.0]


def test_orders_are_whole_batches() -> None:
    """At 30 or below in batches of 25; a quantity that changes every week where there is no batch."""
    arrays = one_part(weeks=20)
    outcomes = run(arrays, calm(arrays), base_position=levels(arrays, 30.0), batch=np.array([25.0, 0.0]))
    assert outcomes.ledger is not None
    assert (outcomes.ledger[0, 0, RECEIVED] - 10.0) % 25.0 == 0.0
    assert outcomes.sold.tolist() == [[100.0]]
