"""By hand: LAMP = 1 BULB + 2 FOOT, 10 lamps a week. BULB from ACME, or BRITE after 20 weeks.
At random: the networks of `tests.reference.networks`, against a linear program solved by HiGHS."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.arrays import NetworkArrays
from outlast.network.demand import Demand, Market
from outlast.network.items import BomLine, Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import Source, Supplier
from outlast.survive import Exposure, ProductExposure, lasting_alone, outlast_restrictions, survive
from outlast.survive.switching import WayOut, last_of_first
from tests.reference.networks import one_part, random_arrays
from tests.reference.outlasting import (
    Closure,
    Loss,
    item_loss,
    restriction_loss,
    supplier_loss,
    weeks_survived,
)

START = date(2026, 1, 5)


def lamp(**changes: Any) -> Network:
    base = Network(
        settings=CaseSettings(name="lamp", start=START, horizon_weeks=8, plan=PlanSettings(window_weeks=52)),
        items=(
            Item(item_id="LAMP", kind="product", unit_cost=30),
            Item(item_id="BULB", kind="part", unit_cost=5),
            Item(item_id="FOOT", kind="part", unit_cost=1),
        ),
        bom=(
            BomLine(parent_id="LAMP", child_id="BULB", quantity=1),
            BomLine(parent_id="LAMP", child_id="FOOT", quantity=2),
        ),
        suppliers=(
            Supplier(
                supplier_id="ACME",
                name="Acme",
                recovery_weeks_p10=10,
                recovery_weeks_p50=20,
                recovery_weeks_p90=40,
            ),
            Supplier(supplier_id="BRITE", name="Brite"),
        ),
        sources=(
            Source(source_id="B1", item_id="BULB", supplier_id="ACME", unit_price=5, lead_time_weeks=6),
            Source(
                source_id="B2",
                item_id="BULB",
                supplier_id="BRITE",
                unit_price=6,
                lead_time_weeks=3,
                status="alternative",
                switch_weeks_p10=10,
                switch_weeks_p50=20,
                switch_weeks_p90=40,
            ),
            Source(source_id="F1", item_id="FOOT", supplier_id="ACME", unit_price=1, lead_time_weeks=1),
        ),
        stock=(Stock(item_id="BULB", on_hand=75), Stock(item_id="LAMP", on_hand=20)),
        markets=(
            Market(market_id="HOME", country="DE", currency="USD"),
            Market(market_id="GOV", country="US", currency="USD", segment="public"),
        ),
        demand=(
            Demand(product_id="LAMP", market_id="HOME", from_date=START, units_per_week=6, unit_price=50),
            Demand(product_id="LAMP", market_id="GOV", from_date=START, units_per_week=4, unit_price=60),
        ),
        restrictions=(Restriction(restriction_id="LISTED", effect="closes_sources", hazard_per_year=0.3),),
        scopes=(Scope(restriction_id="LISTED", table="sources", column="source_id", value="B1"),),
    )
    return replace(base, **changes)


def of(rows: tuple[Exposure, ...], name: str) -> Exposure:
    return next(row for row in rows if row.id == name)


def restricted(**changes: Any) -> Exposure:
    network = lamp()
    row = replace(network.restrictions[0], **changes)
    answer = survive(number(replace(network, restrictions=(row,))))
    return of(answer.restrictions, "LISTED")


def test_stock_and_shipped_goods_by_hand() -> None:
    network = lamp()
    answer = survive(number(network), network)
    # 20 lamps, 75 bulbs and two weeks of 10 bulbs on their way: 115 lamps, eleven full weeks.
    bulb = of(answer.sources, "B1")
    assert bulb.time_to_survive_weeks == 11
    assert not bulb.exceeds_window
    assert bulb.time_to_switch_weeks is not None
    assert bulb.time_to_switch_weeks.p10 == pytest.approx(13)
    assert bulb.time_to_switch_weeks.p50 == pytest.approx(23)
    assert bulb.time_to_switch_weeks.p90 == pytest.approx(43)
    assert bulb.gap_weeks == pytest.approx(12)
    assert bulb.time_to_recover_weeks is not None
    assert bulb.time_to_recover_weeks.p90 == pytest.approx(40)
    assert (bulb.first_item_out, bulb.first_product_out) == ("BULB", "LAMP")
    # A lamp costs 30: 6 x 20 + 4 x 30 a week, for 12 weeks.
    assert bulb.contribution_per_week == pytest.approx(240)
    assert bulb.contribution_at_risk == pytest.approx(12 * 240)
    (product,) = answer.products
    assert product.worst_source == "F1"
    assert product.time_to_survive_weeks == 3  # 20 lamps, then one week of feet on their way
    assert product.gap_weeks is None
    assert product.contribution_at_risk == pytest.approx(49 * 240)
    assert answer.short_without_cut == ()
    lamps = of(answer.items, "LAMP")
    assert (lamps.time_to_survive_weeks, lamps.time_to_switch_weeks) == (2, None)
    assert [row.id for row in answer.suppliers] == ["ACME"]
    assert answer.suppliers[0].time_to_survive_weeks == 3
    assert answer.suppliers[0].first_item_out == "FOOT"


def test_restriction_honours_notice_grace_transit_savings_and_licence() -> None:
    assert restricted().time_to_survive_weeks == 11
    assert restricted(in_transit="stopped").time_to_survive_weeks == 9
    assert restricted(savings_weeks=1.0).time_to_survive_weeks == 10
    # Normal deliveries of 4 and of 4 + 8 weeks, and then the two weeks that are on their way.
    assert restricted(notice_weeks=4).time_to_survive_weeks == 15
    assert restricted(notice_weeks=4, grace_weeks=8).time_to_survive_weeks == 15
    listed = restricted(notice_weeks=4, grace_weeks=8, grace_scope="prior_rules")
    assert listed.time_to_survive_weeks == 23
    # A licence for half: 115 lamps in stock, half of the 4 weeks cancelled and of all that follows:
    # 115 + 5 (t - 2) >= 10 t up to week 21.
    assert restricted(licence_share=0.5).time_to_survive_weeks == 21
    slow = restricted(lead_time_multiplier_after=2.0)
    assert slow.time_to_switch_weeks is not None
    assert slow.time_to_switch_weeks.p50 == pytest.approx(26)


def test_relief_is_time_to_recover() -> None:
    relief = restricted(
        relief_probability=0.6, relief_weeks_p10=5, relief_weeks_p50=10, relief_weeks_p90=20, notice_weeks=2
    ).time_to_recover_weeks
    assert relief is not None
    assert relief.p90 is None
    assert relief.p50 is not None
    assert relief.p10 is not None
    assert 5 + 2 < relief.p10 < 10 + 2 < relief.p50
    assert restricted().time_to_recover_weeks is None


def test_closed_market_needs_nothing_and_is_itself_at_risk() -> None:
    network = lamp()
    market = Restriction(restriction_id="BAN", effect="closes_markets", hazard_per_year=1, notice_weeks=2)
    scope = Scope(restriction_id="BAN", table="markets", column="segment", value="public")
    arrays = number(
        replace(network, restrictions=(*network.restrictions, market), scopes=(*network.scopes, scope))
    )
    ban = of(survive(arrays).restrictions, "BAN")
    assert ban.exceeds_window
    assert ban.contribution_at_risk == pytest.approx(50 * 120)
    both = replace(arrays, hits_line=np.array([[False, True], [False, True]]))
    # At once: 6 lamps a week from 115.
    assert of(survive(both).restrictions, "LISTED").time_to_survive_weeks == 19


def test_open_second_source_within_capacity() -> None:
    network = lamp()
    second = replace(network.sources[1], status="qualified", capacity_per_week=7.0)
    arrays = number(replace(network, sources=(network.sources[0], second, network.sources[2])))
    bulb = of(survive(arrays).sources, "B1")
    # 115 + 7 (t - 3) >= 10 t up to week 31.
    assert bulb.time_to_survive_weeks == 31
    assert bulb.time_to_switch_weeks is not None
    assert (bulb.time_to_switch_weeks.p10, bulb.time_to_switch_weeks.p90) == (3, 3)
    arrays = replace(arrays, source_capacity=np.full(3, np.inf))
    assert of(survive(arrays).sources, "B1").exceeds_window


def test_more_stock_than_the_window_needs() -> None:
    arrays = number(lamp())
    answer = survive(arrays, on_hand=np.array([10000.0, 0, 0]))
    assert all(row.exceeds_window and row.time_to_survive_weeks == 52 for row in answer.sources)
    assert answer.products[0].worst_source == ""
    assert answer.products[0].contribution_at_risk == 0


def test_first_way_out_of_several_and_last_item_of_several() -> None:
    slow, fast = WayOut(20.0, 0.5, 4.0), WayOut(12.0, 0.3, 2.0)
    rng = np.random.default_rng(1)
    draws = [
        np.minimum(20 * np.exp(0.5 * rng.standard_normal(200000)) + 4, 12 * np.exp(0.3 * z) + 2)
        for z in rng.standard_normal((2, 200000))
    ]
    both = last_of_first([[slow, fast], [fast, slow]])
    assert both is not None
    expected = np.quantile(np.maximum(*draws), (0.1, 0.5, 0.9))
    assert (both.p10, both.p50, both.p90) == pytest.approx(tuple(expected), rel=0.01)
    certain = last_of_first([[slow, WayOut(0.0, 0.0, 3.0)]])
    assert certain is not None
    assert (certain.p10, certain.p50, certain.p90) == pytest.approx((3, 3, 3))
    assert last_of_first([[slow], []]) is None
    assert last_of_first([]) is None


def test_goods_ordered_long_ahead_are_not_ordered_again() -> None:
    """Notice of 6 weeks, lead time 2: normal orders arrive until week 7, and two weeks' goods after the
    last are not ordered in time. Orders placed long ahead for weeks 2, 3 and 4 are part of that."""
    normal = one_part(notice_weeks=np.array([6]))
    lasts = survive(normal).restrictions[0].time_to_survive_weeks
    goods = normal.open_unshipped.copy()
    goods[2:5, 0] = 10.0
    ahead = replace(normal, open_unshipped=goods)
    assert survive(ahead).restrictions[0].time_to_survive_weeks == lasts
    # One order of five weeks' use: nothing more is ordered for weeks 2 to 6.
    goods[2:5, 0] = [50.0, 0.0, 0.0]
    assert survive(replace(ahead, open_unshipped=goods)).restrictions[0].time_to_survive_weeks == lasts
    goods[2:5, 0] = [90.0, 0.0, 0.0]
    assert survive(replace(ahead, open_unshipped=goods)).restrictions[0].time_to_survive_weeks == 11


def test_second_source_that_is_never_needed_brings_nothing_before_its_closure() -> None:
    """The first source has the longer lead time and its goods on order: until it closes, the second one
    gets no order, so its notice is no gain."""
    network = lamp()
    first = replace(network.sources[0], capacity_per_week=10.0)
    second = replace(network.sources[1], status="qualified", lead_time_weeks=1)
    scope = Scope(restriction_id="LISTED", table="items", column="item_id", value="BULB")
    row = replace(network.restrictions[0], notice_weeks=4)
    sources = (first, second, network.sources[2])
    arrays = number(replace(network, sources=sources, restrictions=(row,), scopes=(scope,)))
    assert (
        survive(arrays).restrictions[0].time_to_survive_weeks
        == restricted(notice_weeks=4).time_to_survive_weeks
    )


# --- at random


def tight_arrays(seed: int, slack: float) -> NetworkArrays:
    """A random network in which making and buying have little more capacity than use asks for, so that
    what is needed in a busy week must be made or bought weeks before."""
    arrays = random_arrays(seed)
    mean = arrays.usage.mean(axis=0)
    bought = slack * mean[arrays.source_item]
    return replace(
        arrays,
        make_capacity=np.where(arrays.made, slack * mean, np.inf),
        source_capacity=np.where(arrays.source_capacity > bought, bought, arrays.source_capacity),
        on_hand=0.6 * arrays.on_hand,
    )


def stocked(arrays: NetworkArrays) -> NetworkArrays:
    """With stock enough to meet all demand as long as nothing is cut: what a cut does then shows."""
    while short := survive(arrays).short_without_cut:
        on_hand = arrays.on_hand.copy()
        for name, _ in short:
            item = arrays.item_ids.index(name)
            on_hand[item] += 4 * arrays.usage[:, item].mean()
        arrays = replace(arrays, on_hand=on_hand)
    return arrays


def random_networks() -> st.SearchStrategy[NetworkArrays]:
    """Loose or tight, short of stock or not."""
    seeds = st.integers(0, 10**6)
    tight = st.builds(tight_arrays, seeds, st.sampled_from([0.97, 1.1]))
    some = seeds.map(random_arrays) | tight
    return some | some.map(stocked)


def check_against_programs(arrays: NetworkArrays) -> Counter[str]:
    """Compare every figure with the linear program; how many cuts of each kind shorten what is survived
    without them."""
    answer = survive(arrays)
    base = min((weeks for _, weeks in answer.short_without_cut), default=arrays.window_weeks)
    assert base == weeks_survived(arrays, Loss())
    cuts = [("item", row, item_loss(arrays, arrays.item_ids.index(row.id))) for row in answer.items]
    cuts += [("source", row, Loss({arrays.source_ids.index(row.id): Closure(0)})) for row in answer.sources]
    cuts += [
        ("supplier", row, supplier_loss(arrays, arrays.supplier_ids.index(row.id)))
        for row in answer.suppliers
    ]
    cuts += [
        ("restriction", row, restriction_loss(arrays, arrays.restriction_ids.index(row.id)))
        for row in answer.restrictions
    ]
    telling: Counter[str] = Counter()
    for kind, row, loss in cuts:
        uncut = base
        if loss.closed_lines:
            uncut = weeks_survived(arrays, replace(loss, closures={}, lead={}))
        expected = weeks_survived(arrays, loss)
        assert min(uncut, row.time_to_survive_weeks) == expected, row.id
        assert row.exceeds_window == (row.time_to_survive_weeks == arrays.window_weeks)
        telling[kind] += expected < uncut
    return telling


@settings(max_examples=12, deadline=None)
@given(random_networks())
def test_equals_the_linear_program(arrays: NetworkArrays) -> None:
    check_against_programs(arrays)


@settings(max_examples=12, deadline=None)
@given(random_networks())
def test_times_without_money_are_those_of_the_answer(arrays: NetworkArrays) -> None:
    told = {row.id: row.time_to_survive_weeks for row in survive(arrays).items}
    alone = {arrays.item_ids[item]: weeks for item, weeks in lasting_alone(arrays).items()}
    assert {item: alone.get(item, arrays.window_weeks) for item in told} == told
    for row in survive(arrays).restrictions:
        lasts = outlast_restrictions(arrays, arrays.on_hand)[row.id]
        assert (lasts.weeks, lasts.switch) == (row.time_to_survive_weeks, row.time_to_switch_weeks)
        assert lasts.first_item_out == row.first_item_out
        assert lasts.first_product_out == row.first_product_out


def test_the_comparison_tells() -> None:
    """Random cuts of every kind shorten survival: the comparison is not one of windows with windows."""
    telling: Counter[str] = Counter()
    for seed in range(4):
        telling += check_against_programs(stocked(random_arrays(seed)))
    assert all(telling[kind] >= 3 for kind in ("item", "source", "supplier", "restriction")), telling


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 50))
def test_more_stock_never_shortens_survival(seed: int, extra: float) -> None:
    arrays = random_arrays(seed)
    before = {row.id: row for row in survive(arrays).sources}
    after = survive(arrays, on_hand=arrays.on_hand + extra)
    for row in after.sources:
        assert row.time_to_survive_weeks >= before[row.id].time_to_survive_weeks


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_wider_cuts_and_ranking(seed: int) -> None:
    arrays = random_arrays(seed)
    answer = survive(arrays)
    sources = {row.id: row for row in answer.sources}
    for supplier in answer.suppliers:
        held = [
            arrays.source_ids[s]
            for s in range(len(arrays.source_ids))
            if arrays.supplier_ids[arrays.source_supplier[s]] == supplier.id
            and arrays.source_ids[s] in sources
        ]
        assert supplier.time_to_survive_weeks <= min(sources[name].time_to_survive_weeks for name in held)
    lists: tuple[tuple[Exposure | ProductExposure, ...], ...] = (
        answer.products,
        answer.items,
        answer.sources,
    )
    for rows in lists:
        risks = [row.contribution_at_risk for row in rows]
        assert risks == sorted(risks, reverse=True)
    for row in answer.products:
        assert row.exceeds_window == (row.worst_source == "")
