"""Kernel and twin agree on random networks: money by account, units, cash, survival, week by week stock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.network.arrays import NetworkArrays
from outlast.network.checks import check_network
from outlast.network.numbering import number
from outlast.periods import NEVER
from outlast.scenarios.draw import draw_scenarios
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.outcomes import ACCOUNTS, LEDGER
from outlast.simulate.policy import Policy
from outlast.simulate.run import simulate
from tests.reference.networks import Case, cases, random_case, random_policy
from tests.reference.objects import random_network
from tests.reference.weekly import simulate_path


def compare(arrays: NetworkArrays, scenarios: Scenarios, policy: Policy) -> None:
    items = list(range(len(arrays.item_ids)))
    outcomes = simulate(arrays, scenarios, policy, record_items=items, ledger=True)
    assert outcomes.on_hand is not None
    assert outcomes.ledger is not None
    for n in range(scenarios.n_scenario):
        path = simulate_path(arrays, scenarios, policy, n)
        close = {"rel": 1e-9, "abs": 1e-7}
        assert outcomes.length[n] == path.weeks
        assert outcomes.event_week[n] == (path.first if path.first < path.weeks else NEVER)
        assert outcomes.on_hand[n, : path.weeks] == pytest.approx(np.array(path.on_hand), **close)
        sold = np.array(path.sold).sum(axis=0)
        assert outcomes.sold[n] == pytest.approx(sold, **close)
        assert outcomes.demanded[n] == pytest.approx(np.array(path.demanded), **close)
        for column, name in enumerate(LEDGER):
            assert outcomes.ledger[n, :, column] == pytest.approx(np.array(path.ledger[name]), **close), name
        money = [path.accounts[name] for name in ACCOUNTS]
        assert outcomes.account[n] == pytest.approx(np.array(money), **close)
        assert outcomes.value[n] == pytest.approx(path.value, rel=1e-9, abs=1e-6)
        assert outcomes.survived[n] == path.survived
        assert outcomes.cash_low[n] == pytest.approx(min(arrays.opening_cash, *path.cash), **close)
        out = [week for week, cash in enumerate(path.cash) if cash + arrays.credit_limit < 0]
        assert outcomes.cash_out_week[n] == (out[0] if out else NEVER)


@pytest.mark.parametrize("seed", range(40))
def test_kernel_and_twin_agree(seed: int) -> None:
    case = random_case(seed)
    compare(case.arrays, case.scenarios, case.policy)


@settings(max_examples=30, deadline=None)
@given(cases(n_scenario=2))
def test_kernel_and_twin_agree_on_any_case(case: Case) -> None:
    compare(case.arrays, case.scenarios, case.policy)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_kernel_and_twin_agree_on_a_numbered_network(seed: int) -> None:
    """From the tables of a case through numbering and draws, with the policies of the random cases."""
    network = random_network(seed)
    assert [finding for finding in check_network(network) if finding.level == "error"] == []
    arrays = number(network)
    compare(arrays, draw_scenarios(arrays, 4, seed), random_policy(seed, arrays))
