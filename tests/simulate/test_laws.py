"""Laws that the simulator obeys on every network, and those that hold in a stated setting only."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.network.arrays import NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.run import simulate
from tests.reference.networks import Case, cases, cut_at, one_part
from tests.reference.relabelling import relabel, reordered

seeds = st.integers(0, 2**31 - 1)
laws = settings(max_examples=25, deadline=None)


def without_events(scenarios: Scenarios) -> Scenarios:
    """The same draw, and no restriction ever comes."""
    never = np.full_like(scenarios.announced, NEVER)
    return replace(scenarios, announced=never, effective=never, closed=never, relief=never)


def without_restrictions(case: Case) -> Case:
    """The same case as if no restriction were thinkable."""
    none = {"restriction": np.arange(0)}
    return Case(
        replace(case.arrays, restriction_ids=(), **reordered(NetworkArrays, case.arrays, none)),
        replace(case.scenarios, **reordered(Scenarios, case.scenarios, none)),
        replace(case.policy, **reordered(Policy, case.policy, none)),
    )


def single_part(seed: int) -> tuple[NetworkArrays, np.random.Generator]:
    """One part and one product, a line of lost sales, unlimited source, no order sizes.

    Base stock is then monotone path by path: all that was ever ordered by week t is the larger of what there
    was at the start and base position + sales before t, and sales to week t are the smaller of
    (sales to t - 1) + demand and of what has arrived. More stock, or a shorter cut, can only raise both.
    With shared parts it need not hold: more of one part lets a product run that eats another's part.
    """
    rng = np.random.default_rng(seed)
    lead = int(rng.integers(0, 5))
    arrays = one_part(
        weeks=30,
        source_lead=np.array([lead]),
        source_transit=np.array([int(rng.integers(0, lead + 1))]),
        in_transit_released=rng.random(1) < 0.5,
        working_stock=rng.uniform(0, 20, 2),
        on_hand=rng.uniform(0, 40, 2),
        make_weeks=np.array([0, 0]),
    )
    arrays.open_unshipped[:4, 0] = rng.uniform(0, 20, 4) * (rng.random(4) < 0.5)
    return arrays, rng


def noisy(scenarios: Scenarios, rng: np.random.Generator) -> Scenarios:
    return replace(scenarios, demand_factor=rng.uniform(0, 2, scenarios.demand_factor.shape))


def fill_first_come(arrays: NetworkArrays) -> Policy:
    """All demand is served while stock lasts."""
    return replace(normal_policy(arrays), sharing="priority")


def sold_units(arrays: NetworkArrays, scenarios: Scenarios) -> float:
    outcome = simulate(arrays, scenarios, fill_first_come(arrays), ledger=True)
    return float(outcome.ledger[0, 1, 4])


@laws
@given(seeds, st.floats(0, 60), st.integers(0, 1))
def test_more_stock_never_lowers_service_of_a_single_part(seed: int, more: float, item: int) -> None:
    arrays, rng = single_part(seed)
    scenarios = noisy(cut_at(arrays, int(rng.integers(0, 20)), notice=int(rng.integers(0, 4))), rng)
    stock = arrays.on_hand.copy()
    stock[item] += more
    richer = replace(arrays, on_hand=stock)
    assert sold_units(richer, scenarios) >= sold_units(arrays, scenarios) - 1e-9


@laws
@given(seeds, st.integers(0, 15))
def test_a_longer_cut_never_sells_more_of_a_single_part(seed: int, longer: int) -> None:
    arrays, rng = single_part(seed)
    start, relief = int(rng.integers(0, 14)), int(rng.integers(1, 12))
    short = noisy(cut_at(arrays, start, relief=start + relief), rng)
    long = replace(short, relief=short.relief + longer)
    assert sold_units(arrays, long) <= sold_units(arrays, short) + 1e-9


@laws
@given(seeds, st.booleans())
def test_sharing_costs_nothing_where_a_part_has_one_use(seed: int, lifted: bool) -> None:
    """One line, mean demand, no notice: what is scarce is not held back, so all runs as first come,
    first served. (In a notice the orders still to come are not counted on, and sales may wait for them.)"""
    arrays, rng = single_part(seed)
    arrays = replace(arrays, relief_probability=rng.uniform(0, 1, 1))
    start = int(rng.integers(0, 14))
    scenarios = cut_at(arrays, start, relief=start + int(rng.integers(1, 12)) if lifted else NEVER)
    first_come = simulate(arrays, scenarios, fill_first_come(arrays))
    shared = simulate(arrays, scenarios, normal_policy(arrays))
    assert shared.sold == pytest.approx(first_come.sold, rel=1e-9)
    assert shared.survived[0] == first_come.survived[0]


def two_markets() -> NetworkArrays:
    """A part for 70 units, cut for good in week 0; two markets want 5 a week each for 10 weeks.
    The first earns 9 - 5, the second 6 - 5 and has the better priority."""
    one = one_part(weeks=20)
    names = ["line_product", "line_market", "line_sd_share", "line_backorder", "line_backorder_cost"]
    names += ["line_receivable_weeks", "hits_line"]
    both = {name: np.repeat(getattr(one, name), 2, axis=-1) for name in names}
    return replace(
        one,
        line_ids=(("PRODUCT", "HOME"), ("PRODUCT", "ABROAD")),
        demand=np.full((20, 2), 5.0),
        price=np.tile([9.0, 6.0], (20, 1)),
        line_priority=np.array([2.0, 1.0]),
        on_hand=np.array([70.0, 0.0]),
        open_unshipped=np.zeros((20, 1)),
        **both,
    )


@pytest.mark.parametrize(
    ("sharing", "sold"),
    [("shadow_price", [50.0, 20.0]), ("proportional", [35.0, 35.0]), ("priority", [35.0, 35.0])],
)
def test_the_part_goes_to_the_market_that_earns_more(sharing: str, sold: list[float]) -> None:
    arrays = two_markets()
    policy = replace(normal_policy(arrays), sharing=sharing)
    outcome = simulate(arrays, cut_at(arrays, 0), policy)
    assert outcome.sold[0] == pytest.approx(sold)
    assert outcome.value[0] == pytest.approx(4 * sold[0] + 1 * sold[1])


@laws
@given(cases())
def test_nothing_is_lost_or_created(case: Case) -> None:
    ledger = simulate(case.arrays, case.scenarios, case.policy, ledger=True).ledger
    start, received, made, used, sold, scrapped, end = np.moveaxis(ledger, 2, 0)
    balance = start + received + made - used - sold - scrapped
    assert balance == pytest.approx(end, rel=1e-9, abs=1e-7)
    assert end.min() > -1e-9


@laws
@given(cases(), seeds)
def test_numbering_changes_nothing(case: Case, seed: int) -> None:
    same = relabel(case, np.random.default_rng(seed))
    outcome = simulate(case.arrays, case.scenarios, case.policy)
    again = simulate(same.arrays, same.scenarios, same.policy)
    assert again.value == pytest.approx(outcome.value, rel=1e-9, abs=1e-6)


@laws
@given(cases())
def test_no_event_is_as_if_there_were_no_restriction(case: Case) -> None:
    calm = simulate(case.arrays, without_events(case.scenarios), case.policy).value
    free = without_restrictions(case)
    assert simulate(free.arrays, free.scenarios, free.policy).value == pytest.approx(calm, rel=1e-12)


@laws
@given(cases(), st.integers(0, 60))
def test_an_event_after_the_path_is_no_event(case: Case, late: int) -> None:
    scenarios = case.scenarios
    after = np.full_like(scenarios.announced, case.arrays.horizon_weeks + late)
    ahead = replace(scenarios, announced=after, effective=after + 1, closed=after + 2, relief=after + 3)
    value = [simulate(case.arrays, each, case.policy).value for each in (ahead, without_events(scenarios))]
    assert value[0] == pytest.approx(value[1], rel=1e-12)


@laws
@given(cases(n_scenario=1), st.integers(2, 5))
def test_zero_hazard_and_mean_demand_give_one_answer(case: Case, n_scenario: int) -> None:
    """No hazard and nothing random: every scenario is the same path."""
    calm = without_events(case.scenarios)
    repeated = {
        name: np.repeat(getattr(calm, name)[:1], n_scenario, axis=0)
        for name in ("announced", "effective", "closed", "relief", "switch_weeks")
    }
    shape = (n_scenario, *case.arrays.demand.shape)
    no_disruption = np.zeros((0, 0, 0), dtype=bool)
    weight = np.full(n_scenario, 1 / n_scenario)
    scenarios = Scenarios(**repeated, demand_factor=np.ones(shape), source_up=no_disruption, weight=weight)
    value = simulate(case.arrays, scenarios, case.policy).value
    assert value == pytest.approx(np.full(n_scenario, value[0]), rel=1e-12)


def test_without_restriction_the_base_stock_serves_all_mean_demand() -> None:
    """10 a week for 15 weeks at 9 - 5, from 10 in stock and 10 due in week 1 with lead time 2."""
    arrays = one_part(weeks=30)
    assert simulate(arrays, cut_at(arrays, NEVER), normal_policy(arrays)).value[0] == pytest.approx(600)


def test_nothing_is_held_back_while_the_source_takes_orders() -> None:
    """10 a week, lead time 2, 1 of it on the way: with 10 in stock and 10 due, base stock goes on. A cut in
    week 8, told in week 2, stops orders after week 6, which arrive in week 8: nine weeks are sold."""
    arrays = one_part(weeks=40, on_hand=np.array([10.0, 0.0]))
    arrays.open_unshipped[:] = 0.0
    arrays.open_unshipped[1, 0] = 10.0
    sold = [
        simulate(arrays, cut_at(arrays, 2, notice=notice), normal_policy(arrays)).sold[0, 0]
        for notice in (0, 3, 6, 12)
    ]
    assert sold == pytest.approx([30.0, 60.0, 90.0, 150.0])


@laws
@given(seeds)
def test_longer_notice_never_lowers_sales(seed: int) -> None:
    arrays, _ = single_part(seed)
    sold = [
        float(simulate(arrays, cut_at(arrays, 2, notice=notice), normal_policy(arrays)).sold[0, 0])
        for notice in range(11)
    ]
    assert all(less <= more + 1e-6 for less, more in itertools.pairwise(sold))
