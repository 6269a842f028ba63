"""One product, two parts; three restrictions: LISTED may come, FOLLOWS is brought about by it,
DATED has a date. Numbers of weeks are small, so that expected shares are worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from outlast.errors import UsageError
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.arrays import RECEIPT, SHIPMENT, TRANSIT, NetworkArrays
from outlast.network.demand import Demand, Market
from outlast.network.items import BomLine, Item
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction
from outlast.network.sources import Disruption, Source, Supplier
from outlast.periods import NEVER
from outlast.scenarios.draw import draw_scenarios
from outlast.scenarios.reduce import draw_durations
from outlast.scenarios.relief import relief_weeks
from outlast.scenarios.scenarios import Scenarios
from outlast.scenarios.streams import row_streams

START = date(2026, 1, 5)


def part_source(source_id: str, item_id: str, **changes: Any) -> Source:
    return Source(
        source_id=source_id, item_id=item_id, supplier_id="ACME", unit_price=1, lead_time_weeks=2, **changes
    )


def small(**changes: Any) -> NetworkArrays:
    network = Network(
        settings=CaseSettings(
            name="small", start=START, horizon_weeks=52, plan=PlanSettings(window_weeks=20)
        ),
        items=(
            Item(item_id="LAMP", kind="product", unit_cost=10),
            Item(item_id="BULB", kind="part", unit_cost=1),
            Item(item_id="FOOT", kind="part", unit_cost=1),
        ),
        bom=(
            BomLine(parent_id="LAMP", child_id="BULB", quantity=1),
            BomLine(parent_id="LAMP", child_id="FOOT", quantity=1),
        ),
        suppliers=(Supplier(supplier_id="ACME", name="Acme"),),
        sources=(
            part_source("BULB-1", "BULB"),
            part_source(
                "BULB-2",
                "BULB",
                status="alternative",
                switch_weeks_p10=10,
                switch_weeks_p50=20,
                switch_weeks_p90=40,
            ),
            part_source("FOOT-1", "FOOT"),
        ),
        markets=(Market(market_id="HOME", country="DE", currency="USD"),),
        demand=(
            Demand(
                product_id="LAMP",
                market_id="HOME",
                from_date=START,
                units_per_week=10,
                unit_price=20,
                sd_share=0.5,
            ),
        ),
        disruptions=(Disruption(source_id="FOOT-1", kind="order", fail_per_week=0.1, recover_per_week=0.4),),
        restrictions=(
            Restriction(
                restriction_id="FOLLOWS",
                effect="closes_sources",
                triggered_by="LISTED",
                trigger_probability=0.3,
                notice_weeks=2,
            ),
            Restriction(
                restriction_id="LISTED",
                effect="closes_sources",
                hazard_per_year=1.0,
                notice_weeks=3,
                grace_weeks=4,
                grace_scope="prior_rules",
                relief_probability=0.6,
                relief_weeks_p10=5,
                relief_weeks_p50=10,
                relief_weeks_p90=20,
            ),
        ),
    )
    return number(replace(network, **changes))


def dated(effective: date, **changes: Any) -> NetworkArrays:
    row = Restriction(
        restriction_id="DATED", effect="closes_sources", effective_date=effective, notice_weeks=4, **changes
    )
    hazard = Restriction(restriction_id="LISTED", effect="closes_sources", hazard_per_year=20)
    return small(restrictions=(row, hazard))


FOLLOWS, LISTED = 0, 1


def assert_same(first: Scenarios, second: Scenarios, rows: slice = slice(None)) -> None:
    for name in Scenarios.__dataclass_fields__:
        if name != "weight":
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name)[rows])


def test_fewer_scenarios_are_the_first_of_more() -> None:
    arrays = small()
    many = draw_scenarios(arrays, 600, seed=7)
    for n in (1, 100, 256, 257):
        few = draw_scenarios(arrays, n, seed=7)
        assert_same(few, many, slice(0, n))
        assert few.weight.sum() == pytest.approx(1)


def test_seeds_blocks_names_and_rows_differ() -> None:
    draws = {
        float(next(row_streams(seed, block, name, [row])).random())
        for seed in (1, 2)
        for block in (0, 1)
        for name in ("a", "b")
        for row in (("x",), ("y",), ("x", "y"), ("xy",), ("x", "y", ""), ("x1:y",))
    }
    assert len(draws) == 48


def test_hazard_notice_grace_and_relief() -> None:
    arrays = small()
    drawn = draw_scenarios(arrays, 20000, seed=3, noise=False)
    came = drawn.announced[:, LISTED] < NEVER
    rate = 7 / 365.25
    expected = 1 - np.exp(-rate * arrays.n_week)
    assert came.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 20000))
    early = (drawn.announced[:, LISTED] < 26).mean()
    assert early == pytest.approx(1 - np.exp(-rate * 26), abs=0.015)
    assert (drawn.effective[came, LISTED] - drawn.announced[came, LISTED] == 3).all()
    assert (drawn.closed[came, LISTED] - drawn.effective[came, LISTED] == 4).all()
    lifted = came & (drawn.relief[:, LISTED] < NEVER)
    assert lifted.sum() / came.sum() == pytest.approx(0.6, abs=0.02)
    weeks = drawn.relief[lifted, LISTED] - drawn.effective[lifted, LISTED]
    assert weeks.min() >= 1
    assert (weeks <= 10).mean() == pytest.approx(
        ndtr(np.log(10.5 / 10) / arrays.relief_sigma[LISTED]), abs=0.02
    )
    assert (drawn.closed[~came, LISTED] == NEVER).all()
    assert (drawn.relief[~came, LISTED] == NEVER).all()


def test_triggered_follows_the_effect_of_its_trigger() -> None:
    drawn = draw_scenarios(small(), 20000, seed=3, noise=False)
    follows = drawn.announced[:, FOLLOWS] < NEVER
    assert (drawn.announced[follows, FOLLOWS] == drawn.effective[follows, LISTED]).all()
    within = drawn.effective[:, LISTED] < 72
    assert (follows[within]).mean() == pytest.approx(0.3, abs=0.02)
    assert not follows[~within].any()


def test_event_is_where_it_was_asked_for_and_alone() -> None:
    arrays = small()
    drawn = draw_scenarios(arrays, 300, seed=3, event=(LISTED, 8))
    assert (drawn.announced[:, LISTED] == 8).all()
    free = draw_scenarios(arrays, 300, seed=3)
    np.testing.assert_array_equal(drawn.switch_weeks, free.switch_weeks)
    arrays = dated(date(2026, 3, 2))
    drawn = draw_scenarios(arrays, 50, seed=3, event=(0, 20))
    assert (drawn.announced[:, 0] == 20).all()
    assert (drawn.effective[:, 0] == 24).all()
    assert (drawn.announced[:, 1] == NEVER).all()


def test_dated_restrictions() -> None:
    drawn = draw_scenarios(dated(date(2026, 3, 2)), 40, seed=1, event=(1, 30))
    assert (drawn.effective[:, 0] == 8).all()
    assert (drawn.announced[:, 0] == 4).all()
    assert (drawn.announced[:, 1] == 30).all()
    soon = draw_scenarios(dated(date(2026, 1, 20)), 40, seed=1)
    assert (soon.announced[:, 0] == 0).all()
    late = draw_scenarios(dated(date(2036, 1, 20)), 40, seed=1)
    assert (late.closed[:, 0] == NEVER).all()


def test_a_market_closure_known_before_the_start_is_no_news() -> None:
    """It closes its markets on its day, but only the other restriction is an event."""
    arrays = dated(date(2026, 1, 20))
    arrays = replace(arrays, hits_line=np.array([[True], [False]]).repeat(len(arrays.line_ids), axis=1))
    drawn = draw_scenarios(arrays, 40, seed=1)
    assert (drawn.announced[:, 0] == NEVER).all()
    assert (drawn.closed[:, 0] == 2).all()
    np.testing.assert_array_equal(drawn.first_event(), drawn.announced[:, 1])
    unknown = draw_scenarios(replace(arrays, fixed_week=np.array([8, NEVER])), 40, seed=1)
    assert (unknown.announced[:, 0] == 4).all()
    stated = draw_scenarios(arrays, 40, seed=1, event=(0, 10))
    assert (stated.announced[:, 0] == 10).all()


def test_a_restriction_in_force_has_not_been_lifted_yet() -> None:
    relief = {
        "relief_probability": 0.8,
        "relief_weeks_p10": 5,
        "relief_weeks_p50": 10,
        "relief_weeks_p90": 20,
    }
    arrays = dated(date(2025, 10, 27), **relief)
    assert arrays.fixed_week[0] == -10
    drawn = draw_scenarios(arrays, 4000, seed=1, noise=False)
    assert (drawn.announced[:, 0] == 0).all()
    lifted = drawn.relief[:, 0] < NEVER
    # Half of its time is behind it: odds 0.8 x 0.5 / (1 - 0.8 x 0.5).
    assert lifted.mean() == pytest.approx(2 / 3, abs=0.03)
    assert drawn.relief[lifted, 0].min() >= 0


def test_switch_times_are_lognormal_and_qualified_sources_need_none() -> None:
    arrays = small()
    drawn = draw_scenarios(arrays, 8000, seed=5, noise=False)
    assert (drawn.switch_weeks[:, [0, 2]] == 0).all()
    p10, p50, p90 = np.quantile(drawn.switch_weeks[:, 1], (0.1, 0.5, 0.9))
    assert (p10, p50, p90) == pytest.approx((10, 20, 40), rel=0.05)


def test_demand_and_disruptions() -> None:
    arrays = small()
    drawn = draw_scenarios(arrays, 2000, seed=5)
    assert drawn.demand_factor.mean() == pytest.approx(1, abs=0.01)
    assert drawn.demand_factor.std() == pytest.approx(0.5, abs=0.01)
    assert drawn.demand_factor.min() >= 0
    assert drawn.source_up[:, :, :2].all()
    assert drawn.source_up[:, 0, 2].mean() == pytest.approx(0.8, abs=0.04)
    assert drawn.source_up[:, :, 2].mean() == pytest.approx(0.8, abs=0.02)
    up = drawn.source_up[:, :, 2]
    assert (~up[:, 1:][up[:, :-1]]).mean() == pytest.approx(0.1, abs=0.01)
    assert up[:, 1:][~up[:, :-1]].mean() == pytest.approx(0.4, abs=0.02)
    calm = draw_scenarios(arrays, 3, seed=5, noise=False)
    assert (calm.demand_factor == 1).all()
    assert calm.source_up.size == 0


def test_lead_times_and_yields_have_their_means_and_spreads() -> None:
    """LENS-1 varies by half its lead time, BULB-1 yields 0.8 on average, FOOT-1 1.1 (more than ordered)."""
    arrays = small()
    n = len(arrays.source_ids)
    place = {name: s for s, name in enumerate(arrays.source_ids)}
    lead_sd, mean, sd = np.zeros(n), np.ones(n), np.zeros(n)
    lead_sd[0] = 0.5 * arrays.source_lead[0]
    mean[:2], sd[:2] = (0.8, 1.1), (0.1, 0.2)
    arrays = replace(arrays, source_lead_sd=lead_sd, source_yield=mean, source_yield_sd=sd)
    assert len(place) == n
    drawn = draw_scenarios(arrays, 3000, seed=5)
    lead, share = drawn.lead_factor[:, :, 0], drawn.yield_factor * mean
    assert (lead.mean(), lead.std()) == pytest.approx((1, 0.5), abs=0.01)
    assert (share[:, :, 0].mean(), share[:, :, 0].std()) == pytest.approx((0.8, 0.1), abs=0.005)
    assert (share[:, :, 1].mean(), share[:, :, 1].std()) == pytest.approx((1.1, 0.2), abs=0.005)
    assert share[:, :, 0].max() <= 1 + 1e-6
    assert (drawn.lead_factor[:, :, 1:] == 1).all()
    assert np.corrcoef(lead[:, 0], lead[:, 1])[0, 1] == pytest.approx(0, abs=0.06)


def test_pauses_come_and_go_like_other_disruptions() -> None:
    """Down a fifth of the time, each kind by itself; two kinds of one source."""
    whole = np.array([0, 0], dtype=np.int64)
    arrays = replace(
        small(),
        pause_source=whole,
        pause_kind=np.array([SHIPMENT, RECEIPT]),
        pause_fail=np.array([0.1, 0.1]),
        pause_recover=np.array([0.4, 0.4]),
    )
    pauses = draw_scenarios(arrays, 2000, seed=5).pauses
    assert not pauses[:, :, 1:].any()
    for kind in (SHIPMENT, RECEIPT):
        down = (pauses[:, :, 0] & kind) > 0
        assert down[:, 0].mean() == pytest.approx(0.2, abs=0.04)
        assert down.mean() == pytest.approx(0.2, abs=0.02)
        assert (~down[:, 1:][down[:, :-1]]).mean() == pytest.approx(0.4, abs=0.03)
    assert ((pauses[:, :, 0] & TRANSIT) == 0).all()
    assert draw_scenarios(arrays, 3, seed=5, noise=False).pauses.size == 0


def test_spreads_leave_other_draws_as_they_are() -> None:
    """Each has a stream of its own, and the first scenarios are the same however many are drawn."""
    arrays = small()
    n = len(arrays.source_ids)
    plain = draw_scenarios(arrays, 300, seed=5)
    spread = replace(
        arrays, source_lead_sd=np.ones(n), source_yield=np.full(n, 0.9), source_yield_sd=np.full(n, 0.1)
    )
    drawn = draw_scenarios(spread, 300, seed=5)
    for name in ("announced", "relief", "switch_weeks", "demand_factor", "source_up"):
        assert getattr(drawn, name).tobytes() == getattr(plain, name).tobytes()
    fewer = draw_scenarios(spread, 20, seed=5)
    assert drawn.lead_factor[:20].tobytes() == fewer.lead_factor.tobytes()
    assert drawn.yield_factor[:20].tobytes() == fewer.yield_factor.tobytes()
    assert draw_scenarios(spread, 3, seed=5, noise=False).lead_factor.size == 0


def test_no_hazard_no_event() -> None:
    arrays = small(
        restrictions=(Restriction(restriction_id="NONE", effect="closes_sources", hazard_per_year=0),)
    )
    assert (draw_scenarios(arrays, 50, seed=1).first_event() == NEVER).all()
    nothing = draw_scenarios(small(restrictions=()), 50, seed=1)
    assert nothing.announced.shape == (50, 0)
    assert (nothing.first_event() == NEVER).all()


def test_refuses_nonsense() -> None:
    arrays = small()
    with pytest.raises(UsageError):
        draw_scenarios(arrays, 0, seed=1)
    with pytest.raises(UsageError):
        draw_scenarios(arrays, 1, seed=1, event=(9, 0))
    with pytest.raises(UsageError, match="bring each other about"):
        draw_scenarios(replace(arrays, trigger=np.array([1, 0])), 1, seed=1)
    with pytest.raises(UsageError):
        draw_durations(arrays, 0, 1, "plan", centred=True)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.booleans(), st.integers(0, 1000))
def test_each_stratum_has_one_draw(n: int, centred: bool, seed: int) -> None:
    arrays = small()
    switch, relief = draw_durations(arrays, n, seed, "plan", centred=centred)
    assert switch.shape == (n, 3)
    assert (switch[:, 0] == 0).all()
    even = ndtr(np.log(switch[:, 1] / arrays.switch_median[1]) / arrays.switch_sigma[1])
    assert sorted(np.floor(even * n + (0 if centred else 1e-6)).astype(int)) == list(range(n))
    if centred:
        np.testing.assert_allclose(np.sort(even), (np.arange(n) + 0.5) / n)
    never = np.isinf(relief[:, LISTED]).sum()
    assert abs(never - 0.4 * n) <= 1
    assert np.isinf(relief[:, FOLLOWS]).all()


def test_stratified_mean_is_nearer_than_a_plain_one() -> None:
    arrays = small()
    exact = 20 * np.exp(arrays.switch_sigma[1] ** 2 / 2)
    errors = [
        draw_durations(arrays, 32, 1, "certificate", centred=False, batch=batch)[0][:, 1].mean() - exact
        for batch in range(200)
    ]
    plain = [
        draw_scenarios(arrays, 32, seed, noise=False).switch_weeks[:, 1].mean() - exact for seed in range(200)
    ]
    assert abs(np.mean(errors)) < 0.3
    assert np.std(errors) < 0.35 * np.std(plain)


def test_relief_inverts_its_law() -> None:
    arrays = small()
    even = np.array([[0.5, 0.39], [0.5, 0.41], [0.5, 0.7], [0.5, 1 - 1e-9]])
    weeks = relief_weeks(arrays, even)[:, LISTED]
    assert np.isinf(weeks[0])
    assert weeks[2] == pytest.approx(10)
    assert weeks[1] < 5 < 20 < weeks[3]
