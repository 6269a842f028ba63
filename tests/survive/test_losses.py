"""Lost contribution, by hand on the lamps of `tests.test_survive` (10 a week: 6 at HOME that earn 20 each, 4
to GOV that earn 30), and on random networks against a linear program solved by HiGHS."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.kernels.shortage import keep_sales, no_rows
from outlast.network.arrays import NetworkArrays
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.periods import NEVER
from outlast.report.terminal import tell_survival
from outlast.survive import survive
from outlast.survive.answer import Range
from outlast.survive.durations import DRAWS, draw_returns
from outlast.survive.losses import Losses, find_odds, odds_of_cut
from outlast.survive.scarce import Shortage
from outlast.survive.supply import Cut, cut_item, cut_restriction, cut_sources
from outlast.survive.switching import WayOut
from outlast.survive.times import find_times
from tests.reference.contribution import Comeback, lost_contribution
from tests.reference.networks import one_part, random_arrays
from tests.reference.outlasting import Closure, Loss, restriction_loss
from tests.test_survive import lamp, of, random_networks, stocked

WEEKLY = 240.0


def test_scarce_parts_go_to_the_lines_that_earn_most() -> None:
    """Feet for 30 lamps last 3 weeks; with feet back in week 6, GOV's 24 lamps and 6 of HOME's are sold."""
    network = lamp()
    answer = survive(number(network), network, recover_weeks=5)
    feet = of(answer.sources, "F1")
    assert feet.time_to_survive_weeks == 3
    assert feet.tolerable_recovery_weeks == 2  # and a week of lead time
    assert feet.lost_contribution.mean == pytest.approx(6 * WEEKLY - 24 * 30 - 6 * 20)
    assert feet.lost_contribution.p99 == pytest.approx(feet.lost_contribution.p50)
    assert of(survive(number(network), network, recover_weeks=2).sources, "F1").lost_contribution.mean == 0
    # Lamps can't be made for 5 weeks: 20 in stock, all for GOV.
    assert of(answer.items, "LAMP").lost_contribution.mean == pytest.approx(5 * WEEKLY - 20 * 30)


def test_the_stated_recovery_of_a_supplier_gives_quantiles() -> None:
    """ACME recovers after 10, 20, 40 weeks: feet are back a week later, and bulbs after them."""
    network = lamp()
    feet = of(survive(number(network), network).sources, "F1").lost_contribution

    def lost(weeks: int) -> float:
        return of(survive(number(network), network, recover_weeks=weeks).sources, "F1").lost_contribution.mean

    assert feet.p50 == pytest.approx(lost(20))
    assert feet.p50 < feet.mean < feet.p90 < feet.p95 < feet.p99
    assert feet.p90 == pytest.approx(lost(40), rel=0.02)


def test_two_scarce_parts_are_shared_out_together() -> None:
    """Greed fails: A earns 10 and needs both parts, B and C earn 6 each and need one; ten of either part."""
    none = np.zeros((5, 1))
    gain, worth, _ = keep_sales(
        np.full((3, 1), 10.0),
        np.array([[10.0], [6.0], [6.0]]),
        np.arange(3),
        np.array([0, 0, 0, 0, 2, 4]),
        np.array([0, 1, 0, 2]),
        np.ones(4),
        none,
        np.zeros(5, dtype=np.int64),
        np.full(5, np.inf),
        np.array([3, 4]),
        np.full((2, 1), 10.0),
        np.zeros(5),
        no_rows(),
    )
    assert gain == pytest.approx(10 * 6 + 10 * 6)
    # More of both parts makes more of A.
    assert 10 <= worth[3:].sum() <= 12


def test_a_sold_loss_is_no_loss() -> None:
    arrays = one_part(price=np.full((30, 1), 4.0))
    assert all(row.lost_contribution.mean == 0 for row in survive(arrays).sources)


def test_an_alternative_of_a_cut_supplier_is_no_way_out() -> None:
    network = lamp()
    own = replace(network.sources[1], supplier_id="ACME")
    network = replace(network, sources=(network.sources[0], own, network.sources[2]))
    answer = survive(number(network), network)
    assert of(answer.sources, "B1").time_to_switch_weeks is not None
    assert of(answer.suppliers, "ACME").time_to_switch_weeks is None


def test_odds_are_those_of_the_horizon_with_the_interval_of_the_hazard() -> None:
    network = lamp()
    first = replace(network.restrictions[0], hazard_low=0.1, hazard_high=0.6)
    follows = Restriction(
        restriction_id="AFTER", effect="closes_sources", triggered_by="LISTED", trigger_probability=0.5
    )
    dated = Restriction(restriction_id="DATED", effect="closes_sources", effective_date=date(2026, 2, 2))
    later = Restriction(restriction_id="LATER", effect="closes_sources", effective_date=date(2026, 6, 1))
    rows = (first, follows, dated, later)
    scopes = tuple(
        Scope(restriction_id=row.restriction_id, table="sources", column="source_id", value=value)
        for row, value in zip(rows, ("B1", "B1", "F1", "F1"), strict=True)
    )
    network = replace(network, restrictions=rows, scopes=scopes)
    arrays = number(network)
    years = 8 * 7 / 365.25
    odds = find_odds(arrays, network.restrictions)
    assert [o.central for o in odds] == pytest.approx(
        [1 - exp(-0.3 * years), 0.5 * (1 - exp(-0.3 * years)), 1, 0]
    )
    assert odds[0].low == pytest.approx(1 - exp(-0.1 * years))
    assert odds[1].high == pytest.approx(0.5 * (1 - exp(-0.6 * years)))
    answer = survive(arrays, network)
    bulb = of(answer.sources, "B1")
    assert bulb.probability.central == pytest.approx(odds[0].central)  # AFTER only follows LISTED
    assert bulb.expected_loss.high == pytest.approx(bulb.probability.high * bulb.lost_contribution.mean)
    assert of(answer.items, "LAMP").probability.central == 0
    # ACME delivers both, and no restriction hits both.
    assert of(answer.suppliers, "ACME").probability.central == 0


def test_sole_and_single_sources_are_named() -> None:
    network = lamp()
    kinds = {row.item_id: row for row in survive(number(network)).sourcing}
    assert (kinds["FOOT"].kind, kinds["FOOT"].qualified, kinds["FOOT"].alternatives) == (
        "sole",
        ("ACME",),
        (),
    )
    assert (kinds["BULB"].kind, kinds["BULB"].alternatives) == ("single", ("BRITE",))
    assert "LAMP" not in kinds
    both = replace(network.sources[1], status="qualified")
    network = replace(network, sources=(network.sources[0], both, network.sources[2]))
    assert {r.item_id: r.kind for r in survive(number(network)).sourcing}["BULB"] == "multiple"
    own = replace(both, supplier_id="ACME")
    network = replace(network, sources=(network.sources[0], own, network.sources[2]))
    assert {r.item_id: r.kind for r in survive(number(network)).sourcing}["BULB"] == "sole"


# --- at random

WAYS = {0: WayOut(6.0, 0.5, 0.0), 1: WayOut(3.0, 0.2, 0.0)}


def check_against_programs(arrays: NetworkArrays, recover_weeks: int | None, draw: int) -> Counter[str]:
    """Compare the loss of every cut in one draw; how many of each kind lose something."""
    weekly = arrays.usage[: arrays.window_weeks].mean(axis=0)
    used = np.flatnonzero(weekly > 0).tolist()
    sources = [s for s in np.flatnonzero(arrays.source_qualified) if arrays.source_item[s] in used]
    cuts: list[tuple[str, int | None, Cut]] = [("item", None, cut_item(arrays, item)) for item in used]
    cuts += [("source", None, cut_sources(arrays, arrays.source_ids[s], [s])) for s in sources]
    for name in ("S0", "S1"):
        held = np.flatnonzero(arrays.source_supplier == arrays.supplier_ids.index(name)).tolist()
        cuts.append(("supplier", None, cut_sources(arrays, name, held)))
    cuts += [("restriction", r, cut_restriction(arrays, r)) for r in range(len(arrays.restriction_ids))]
    times = find_times(arrays, arrays.on_hand, [cut for _, _, cut in cuts], weekly)
    durations = draw_returns(arrays, WAYS, seed=1, recover_weeks=recover_weeks)
    losses = Losses(Shortage(arrays, arrays.on_hand), durations, times, weekly)
    telling: Counter[str] = Counter()
    for kind, r, cut in cuts:
        made = kind == "item" and bool(arrays.made[cut.items[0]])
        loss = Loss({s: Closure(0) for s in cut.left}, cut.items[0] if made else None)
        back = {s: int(durations.recovery[draw, arrays.source_supplier[s]]) for s in cut.left}
        lifted = 2**30
        if r is not None:
            lifted = int(durations.relief[draw, r])
            loss, back = restriction_loss(arrays, r), dict.fromkeys(cut.left, lifted)
        ready = {
            s: int(durations.ready[draw, s])
            for s, item in enumerate(arrays.source_item)
            if item in cut.items and not arrays.source_qualified[s]
        }
        expected = lost_contribution(arrays, loss, Comeback(back, ready, lifted, durations.making))
        found = losses.lose(cut, r).draws[draw]
        if times.short:
            # Whatever else is short, items that are not cut are there.
            assert found <= expected + 1e-6 * (1 + expected), cut.id
        else:
            assert found == pytest.approx(expected, rel=1e-6, abs=1e-5), cut.id
        telling[kind] += expected > 1
    return telling


@settings(max_examples=8, deadline=None)
@given(random_networks(), st.none() | st.integers(0, 12), st.integers(0, DRAWS - 1))
def test_equals_the_linear_program(arrays: NetworkArrays, recover_weeks: int | None, draw: int) -> None:
    check_against_programs(arrays, recover_weeks, draw)


def test_the_comparison_tells() -> None:
    """Random cuts of every kind cost something: the comparison is not one of nothing with nothing."""
    telling: Counter[str] = Counter()
    for seed in range(4):
        telling += check_against_programs(stocked(random_arrays(seed)), 24, 30)
    assert all(telling[kind] >= 3 for kind in ("item", "source", "supplier", "restriction")), telling


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_the_tolerable_recovery_is_the_longest_that_costs_nothing(seed: int) -> None:
    arrays = stocked(random_arrays(seed))
    earning = bool((arrays.price > arrays.standard_cost[arrays.line_product]).all())
    arrays = replace(arrays, start_after=np.zeros_like(arrays.start_after))
    for row in survive(arrays).sources[:4]:
        weeks = row.tolerable_recovery_weeks
        if weeks is None:
            continue
        assert of(survive(arrays, recover_weeks=weeks).sources, row.id).lost_contribution.mean < 1e-5
        if weeks < arrays.window_weeks and earning:
            longer = survive(arrays, recover_weeks=weeks + 1)
            assert of(longer.sources, row.id).lost_contribution.mean > 1e-5


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_what_falls_short_anyway_is_not_tolerated_any_longer(seed: int) -> None:
    """The tolerable recovery costs what no cut costs, where stock is short without any cut too."""
    arrays = random_arrays(seed)
    arrays = replace(arrays, start_after=np.zeros_like(arrays.start_after))
    for row in survive(arrays).sources[:4]:
        if row.tolerable_recovery_weeks is None:
            continue
        then = of(survive(arrays, recover_weeks=row.tolerable_recovery_weeks).sources, row.id)
        at_once = of(survive(arrays, recover_weeks=0).sources, row.id)
        lost = at_once.lost_contribution.mean
        assert then.lost_contribution.mean == pytest.approx(lost, abs=1e-5 * (1 + lost))


def test_a_source_too_small_for_demand_is_missed_from_the_first_week() -> None:
    """Feet for 30 lamps, then for 8 a week of 10: each week without loses 8 more, though the third week is
    the last that is met in full either way."""
    network = lamp()
    small = replace(network.sources[2], capacity_per_week=16.0)
    network = replace(network, sources=(*network.sources[:2], small))
    answer = survive(number(network), network)
    assert [name for name, _ in answer.short_without_cut] == ["FOOT"]
    feet = of(answer.sources, "F1")
    assert feet.tolerable_recovery_weeks == 0
    assert "Short though nothing is cut: FOOT after" in tell_survival(answer, "USD")

    def lost(weeks: int) -> float:
        return of(survive(number(network), network, recover_weeks=weeks).sources, "F1").lost_contribution.mean

    assert lost(1) > lost(0) + 1


@pytest.mark.parametrize("hit", list(product((False, True), repeat=4)))
def test_odds_of_a_cut_are_those_of_all_that_may_happen(hit: tuple[bool, ...]) -> None:
    """Two restrictions, one that follows the first and one that follows that: all 16 outcomes added up."""
    trigger, follows = np.array([-1, -1, 0, 2]), np.array([0.0, 0.0, 0.4, 0.7])
    arrays = one_part(
        restriction_ids=("A", "B", "C", "D"),
        trigger=trigger,
        trigger_probability=follows,
        fixed_week=np.full(4, NEVER),
        supply_left=np.array([[0.0 if struck else 1.0] for struck in hit]),
    )
    odds = [Range(p, p / 2, min(1.0, 2 * p)) for p in (0.3, 0.2, 0.3 * 0.4, 0.3 * 0.4 * 0.7)]
    expected = 0.0
    for comes in product((False, True), repeat=4):
        chance = 1.0
        for r, happens in enumerate(comes):
            rate = (0.3, 0.2)[r] if trigger[r] < 0 else follows[r] * comes[trigger[r]]
            chance *= rate if happens else 1 - rate
        expected += chance * any(here and there for here, there in zip(comes, hit, strict=True))
    assert odds_of_cut(arrays, odds, cut_sources(arrays, "x", [0])).central == pytest.approx(expected)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 50), st.integers(0, 20))
def test_stock_and_shorter_cuts_never_cost_more(seed: int, extra: float, weeks: int) -> None:
    arrays = random_arrays(seed)
    now = survive(arrays, recover_weeks=weeks + 2)
    for better in (
        survive(arrays, recover_weeks=weeks + 2, on_hand=arrays.on_hand + extra),
        survive(arrays, recover_weeks=weeks),
    ):
        for before, after in ((now.sources, better.sources), (now.restrictions, better.restrictions)):
            for row in after:
                was = of(before, row.id).lost_contribution.mean
                assert row.lost_contribution.mean <= was + 1e-6 * (1 + was)
                assert row.lost_contribution.p50 <= row.lost_contribution.p90 <= row.lost_contribution.p99


@settings(max_examples=6, deadline=None)
@given(random_networks())
def test_one_more_week_of_cover_buys_what_a_run_with_it_says(arrays: NetworkArrays) -> None:
    answer = survive(arrays)
    total = sum(row.expected_loss.central for row in answer.restrictions)
    for row in answer.cover[:3] + answer.cover[-1:]:
        on_hand = arrays.on_hand.copy()
        on_hand[arrays.item_ids.index(row.item_id)] += row.units
        again = survive(arrays, on_hand=on_hand)
        now, then = of(answer.items, row.item_id), of(again.items, row.item_id)
        assert row.time_to_survive_gain_weeks == then.time_to_survive_weeks - now.time_to_survive_weeks >= 0
        fall = now.contribution_at_risk - then.contribution_at_risk
        assert row.contribution_at_risk_fall == pytest.approx(fall, abs=1e-6 * (1 + now.contribution_at_risk))
        saved = total - sum(line.expected_loss.central for line in again.restrictions)
        assert row.expected_loss_fall == pytest.approx(saved, rel=1e-6, abs=1e-5 * (1 + 1e-3 * total))
        assert row.expected_loss_fall >= 0
