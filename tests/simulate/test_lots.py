"""Whole lots and what a source can ship in a week: neither may change the other over weeks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.network.arrays import Floats, NetworkArrays
from outlast.periods import NEVER
from outlast.simulate.own_policy import KnownWeek
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.run import simulate
from tests.reference.networks import cut_at, one_part, random_case

WEEKS = 30


def part(capacity: float, lot: float, minimum: float = 0.0) -> NetworkArrays:
    """10 of one part are used a week; none is there, and orders are usable at once."""
    return one_part(
        weeks=2 * WEEKS,
        on_hand=np.zeros(2),
        open_shipped=np.zeros((2 * WEEKS, 1)),
        open_unshipped=np.zeros((2 * WEEKS, 1)),
        source_lead=np.zeros(1, dtype=np.int64),
        source_transit=np.zeros(1, dtype=np.int64),
        source_capacity=np.array([capacity]),
        source_multiple=np.array([lot]),
        source_minimum=np.array([minimum]),
    )


def received(arrays: NetworkArrays, policy: Policy, event: int = NEVER) -> Floats:
    """Units of the part received by the end of each week."""
    totals = []
    for weeks in range(1, WEEKS + 1):
        outcomes = simulate(arrays, cut_at(arrays, event), policy, length=np.array([weeks]), ledger=True)
        assert outcomes.ledger is not None
        totals.append(outcomes.ledger[0, 0, 1])
    return np.array(totals)


def test_lots_do_not_lose_what_a_source_can_ship() -> None:
    """8 a week in lots of 6, 10 needed: 6, 6, 12 and so on, the whole lots within what 8 a week come to."""
    arrays = part(8.0, 6.0)
    can = 8.0 * np.arange(1, WEEKS + 1)
    assert received(arrays, normal_policy(arrays)) == pytest.approx(6 * np.floor(can / 6 + 1e-9))


def test_lots_do_not_add_to_what_a_source_can_ship() -> None:
    """4 a week in lots of 10: one at once, and the next when 4 a week have made up for it."""
    arrays = part(4.0, 10.0)
    can = 4.0 * np.arange(1, WEEKS + 1)
    assert received(arrays, normal_policy(arrays)) == pytest.approx(10 * np.ceil(can / 10 - 1e-9))


def test_a_smallest_order_takes_the_capacity_of_the_weeks_after_it() -> None:
    """4 a week, no order below 14."""
    arrays = part(4.0, 0.0, 14.0)
    can = 4.0 * np.arange(1, WEEKS + 1)
    assert received(arrays, normal_policy(arrays)) == pytest.approx(14 * np.ceil(can / 14 - 1e-9))


def test_a_licence_for_a_share_is_no_licence_for_whole_lots() -> None:
    """30 % of 10 a week are licensed from week 4 on, in lots of 9. 45 came before: 40 were used."""
    arrays = replace(part(np.inf, 9.0), supply_left=np.array([[0.3]]))
    licensed = received(arrays, normal_policy(arrays), event=4)[4:] - 45
    can = 3.0 * np.arange(1, WEEKS - 3)
    assert licensed == pytest.approx(9 * np.ceil(can / 9 - 1e-9))


def test_capacity_that_nobody_asked_for_lapses() -> None:
    """8 a week in lots of 6, asked for from week 3 on by a policy of one's own."""
    arrays = part(8.0, 6.0)

    def ask(known: KnownWeek) -> Floats:
        return np.full((len(known.on_hand), 1), 50.0 if known.week >= 3 else 0.0)

    policy = replace(normal_policy(arrays), decide=ask)
    assert received(arrays, policy)[:8].tolist() == [0, 0, 0, 6, 12, 24, 30, 36]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_no_source_ships_more_than_its_capacity_and_a_lot(seed: int) -> None:
    """What is received of an item beyond open orders, as far as all units are usable ones."""
    case = random_case(seed, 2)
    arrays = replace(case.arrays, source_yield=np.ones(len(case.arrays.source_ids)))
    scenarios = replace(case.scenarios, yield_factor=np.zeros((0, 0, 0), dtype=np.float32))
    outcomes = simulate(arrays, scenarios, case.policy, ledger=True)
    assert outcomes.ledger is not None
    multiple = np.where(arrays.source_multiple > 0, arrays.source_multiple, 1.0)
    least = np.maximum(arrays.source_minimum, arrays.source_multiple)
    lot = np.where(arrays.source_multiple > 0, np.ceil(least / multiple - 1e-9) * multiple, least)
    due = (arrays.open_shipped + arrays.open_unshipped).sum(axis=0)
    for n, weeks in enumerate(outcomes.length):
        for item in range(len(arrays.item_ids)):
            mine = slice(arrays.source_ptr[item], arrays.source_ptr[item + 1])
            most = (due + lot + weeks * arrays.source_capacity)[mine].sum()
            assert outcomes.ledger[n, item, 1] <= most * (1 + 1e-9)
