"""Camera (product) = 1 board + 2 screws; board (assembly) = 1 sensor + 4 chips.

Sensor: ACME (US, qualified), BETA (alternative). Chip: CHIPCO in USD. Screw: local.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.errors import CaseError
from outlast.network.actions import CaseSettings, CashLimit, PlanSettings
from outlast.network.arrays import TRANSIT, NetworkArrays
from outlast.network.demand import Demand, Exchange, Market
from outlast.network.durations import fit_lognormal
from outlast.network.explosion import explode
from outlast.network.items import BomLine, Item, Stock, Substitution
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.scoping import matches_value
from outlast.network.sources import Disruption, OpenOrder, PriceBreak, Source, Supplier
from outlast.periods import NEVER, WEEKS_PER_YEAR

START = date(2026, 1, 5)


def source(source_id: str, item_id: str, **changes: Any) -> Source:
    values: dict[str, Any] = {"supplier_id": "ACME", "unit_price": 20.0, "lead_time_weeks": 4.0}
    return Source(source_id=source_id, item_id=item_id, **{**values, **changes})


def camera(**changes: Any) -> Network:
    base = Network(
        settings=CaseSettings(
            name="camera", start=START, horizon_weeks=8, currency="EUR", plan=PlanSettings(window_weeks=12)
        ),
        items=(
            Item(item_id="CAMERA", kind="product", unit_cost=100.0, make_weeks=1.2),
            Item(item_id="BOARD", kind="assembly", unit_cost=50.0, make_cost=7.0),
            Item(item_id="SENSOR", kind="part", unit_cost=20.0),
            Item(item_id="CHIP", kind="part", unit_cost=5.0),
            Item(item_id="SCREW", kind="part", unit_cost=0.5),
        ),
        bom=(
            BomLine(parent_id="CAMERA", child_id="BOARD", quantity=1),
            BomLine(parent_id="CAMERA", child_id="SCREW", quantity=2),
            BomLine(parent_id="BOARD", child_id="SENSOR", quantity=1),
            BomLine(parent_id="BOARD", child_id="CHIP", quantity=4),
        ),
        suppliers=(
            Supplier(supplier_id="ACME", name="Acme", country="US", output_share_after=0.25),
            Supplier(supplier_id="BETA", name="Beta", country="DE", output_delay_weeks=3.5),
        ),
        sources=(
            source(
                "S-BETA",
                "SENSOR",
                supplier_id="BETA",
                status="alternative",
                switch_weeks_p10=10,
                switch_weeks_p50=20,
                switch_weeks_p90=40,
            ),
            source("S-ACME", "SENSOR", origin_country="US", controlled_content_share=0.3),
            source("C-CHIPCO", "CHIP", unit_price=6.0, currency="USD", lead_time_weeks=2.5),
            source("W", "SCREW", unit_price=0.5, lead_time_weeks=0),
        ),
        stock=(Stock(item_id="SENSOR", on_hand=500, allocated=50, quarantined=25),),
        markets=(
            Market(market_id="HOME", country="DE", currency="EUR", receivable_days=30),
            Market(market_id="US", country="US", currency="USD", segment="public"),
        ),
        demand=(
            Demand(
                product_id="CAMERA",
                market_id="HOME",
                from_date=START,
                units_per_week=30,
                unit_price=200,
                sd_share=0.2,
            ),
            Demand(
                product_id="CAMERA",
                market_id="HOME",
                from_date=date(2026, 2, 2),
                units_per_week=40,
                unit_price=210,
                sd_share=0.2,
            ),
            Demand(
                product_id="CAMERA",
                market_id="US",
                from_date=START,
                units_per_week=10,
                unit_price=240,
                sd_share=0.8,
            ),
        ),
        exchange=(
            Exchange(currency="USD", date=date(2025, 12, 1), units_per_case_currency=1.2),
            Exchange(currency="USD", date=date(2026, 6, 1), units_per_case_currency=2.0),
        ),
        restrictions=(
            Restriction(
                restriction_id="LISTED",
                effect="closes_sources",
                hazard_per_year=0.5,
                notice_weeks=1.9,
                grace_weeks=8,
                grace_scope="maintenance",
            ),
        ),
        scopes=(Scope(restriction_id="LISTED", table="sources", column="origin_country", value="US"),),
    )
    return replace(base, **changes)


def place(arrays: NetworkArrays, *names: str) -> list[int]:
    return [arrays.source_ids.index(name) for name in names]


def test_items_costs_and_usage() -> None:
    arrays = number(camera())
    assert arrays.item_ids == ("CAMERA", "BOARD", "SENSOR", "CHIP", "SCREW")
    # Board: 20 + 4 x 5 + 7 to make = 47 (not the 50 stated); camera: 47 + 2 x 0.5, made for 52.
    assert arrays.standard_cost.tolist() == [100.0, 47.0, 20.0, 5.0, 0.5]
    assert arrays.make_cost.tolist() == [52.0, 7.0, 0.0, 0.0, 0.0]
    assert any("BOARD" in text and "unit_cost" in text for text in arrays.assumptions)
    assert arrays.made.tolist() == [True, True, False, False, False]
    assert [arrays.item_ids[item] for item in arrays.make_order] == ["BOARD", "CAMERA"]
    assert arrays.make_weeks[0] == 2
    assert arrays.holding_cost[2] == pytest.approx(20 * 0.2 / WEEKS_PER_YEAR)
    assert arrays.n_week == 20
    assert arrays.usage[0].tolist() == [40, 40, 40, 160, 80]
    assert arrays.usage[4].tolist() == [50, 50, 50, 200, 100]
    assert arrays.on_hand.tolist() == [0, 0, 425, 0, 0]
    contained = slice(arrays.explosion_ptr[0], arrays.explosion_ptr[1])
    assert dict(zip(arrays.explosion_item[contained], arrays.explosion_quantity[contained], strict=True)) == {
        1: 1.0,
        2: 1.0,
        3: 4.0,
        4: 2.0,
    }
    assert arrays.bom_child[arrays.bom_ptr[1] : arrays.bom_ptr[2]].tolist() == [2, 3]


def test_lines_money_and_rates() -> None:
    arrays = number(camera())
    assert arrays.line_ids == (("CAMERA", "HOME"), ("CAMERA", "US"))
    assert arrays.price[0].tolist() == [200, 200]
    assert arrays.price[5].tolist() == [210, 200]
    assert arrays.line_receivable_weeks.tolist() == [4, 0]
    chip = place(arrays, "C-CHIPCO")[0]
    assert arrays.source_price[chip] == pytest.approx(5.0)
    assert arrays.source_lead[chip] == 3
    assert np.isinf(arrays.cash_limit).all()
    assert np.isinf(arrays.credit_limit)


def test_sources_sorted_qualified_first_and_switch_fitted() -> None:
    arrays = number(camera())
    assert arrays.source_ids == ("S-ACME", "S-BETA", "C-CHIPCO", "W")
    assert arrays.source_ptr.tolist() == [0, 0, 0, 2, 3, 4]
    assert arrays.source_qualified.tolist() == [True, False, True, True]
    assert arrays.switch_median[1] == 20
    assert arrays.switch_sigma[1] == pytest.approx(np.log(4) / (2 * 1.2815515655))
    assert arrays.start_after.tolist() == [False, True, False, False]
    assert arrays.source_transit.tolist() == [2, 2, 2, 0]


def test_working_stock_combines_independent_lines() -> None:
    arrays = number(camera())
    sd = np.hypot(0.2 * 30, 0.8 * 10)
    # Camera: made in 2 weeks; sensor: 4 weeks lead; chips: 4 in each, 3 weeks.
    expected = 1.6448536 * sd * np.array([np.sqrt(3), 1, np.sqrt(5), 4 * 2, 2])
    np.testing.assert_allclose(arrays.working_stock, expected, rtol=1e-6)


def test_normal_pipeline_keeps_the_base_stock_position() -> None:
    """On hand = working stock and the assumed pipeline are exactly one order below base stock."""
    arrays = number(camera())
    position = arrays.working_stock + (arrays.open_shipped + arrays.open_unshipped).sum(axis=0)[
        [0, 0, 0, 2, 3]
    ] * np.array([0, 0, 1, 1, 1])
    order = arrays.base_position()[0] - position
    for item, lead in ((2, 4), (3, 3), (4, 0)):
        assert order[item] == pytest.approx(arrays.usage[lead, item])
    assert arrays.open_shipped[:, 0].tolist()[:4] == [40, 40, 0, 0]
    assert arrays.open_unshipped[:, 0].tolist()[:5] == [0, 0, 40, 40, 0]
    assert not arrays.open_unshipped[:, 1].any()


def test_open_orders_given() -> None:
    arrays = number(
        camera(
            open_orders=(
                OpenOrder(source_id="S-ACME", quantity=100, arrival_date=date(2025, 12, 1), shipped=True),
                OpenOrder(source_id="S-ACME", quantity=70, arrival_date=date(2026, 1, 20), cancellable=True),
                OpenOrder(source_id="S-ACME", quantity=9, arrival_date=date(2036, 1, 20)),
            )
        )
    )
    assert arrays.open_shipped[0, 0] == 100
    assert arrays.open_unshipped[2, 0] == 70
    assert arrays.open_unshipped.sum() == 70
    assert arrays.open_cancellable.tolist() == arrays.open_unshipped.tolist()
    assert any("cancelled before they ship" in line and "S-ACME" in line for line in arrays.assumptions)


def test_restriction_hits_us_goods_only() -> None:
    arrays = number(camera())
    assert arrays.supply_left.tolist() == [[0.0, 1.0, 1.0, 1.0]]
    assert arrays.hits_item.tolist() == [[False, False, True, False, False]]
    assert arrays.hazard_per_week[0] == pytest.approx(0.5 * 7 / 365.25)
    assert arrays.notice_weeks[0] == 1
    assert arrays.grace_weeks[0] == 0, "a maintenance licence does not put off the closure"
    assert arrays.maintenance_weeks[0] > 0
    assert arrays.fixed_week[0] == NEVER


def scope(column: str, value: str, group: str = "", table: str = "sources") -> Scope:
    return Scope(restriction_id="LISTED", table=table, column=column, value=value, group=group)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scopes", "hit"),
    [
        ((scope("controlled_content_share", ">=0.25"),), {"S-ACME"}),
        ((scope("controlled_content_share", ">0.3"),), set()),
        ((scope("country", "US", table="suppliers"),), {"S-ACME", "C-CHIPCO", "W"}),
        ((scope("country", "US", table="suppliers"), scope("item_id", "CHIP", table="items")), {"C-CHIPCO"}),
        (
            (scope("country", "DE", "a", "suppliers"), scope("item_id", "CHIP", "b", "items")),
            {"S-BETA", "C-CHIPCO"},
        ),
        ((scope("foreign_direct_product", "true"),), set()),
        ((scope("foreign_direct_product", "false"),), {"S-ACME", "S-BETA", "C-CHIPCO", "W"}),
        ((scope("segment", "public", table="markets"),), set()),
        ((), set()),
    ],
)
def test_scopes(scopes: tuple[Scope, ...], hit: set[str]) -> None:
    arrays = number(camera(scopes=scopes))
    closed = {name for name, left in zip(arrays.source_ids, arrays.supply_left[0], strict=True) if left < 1}
    assert closed == hit
    if not hit:
        assert any("closes nothing" in text for text in arrays.assumptions)


def test_scope_of_an_unknown_column_is_refused() -> None:
    with pytest.raises(CaseError, match="scope-not-comparable"):
        number(camera(scopes=(scope("colour", "red"),)))
    with pytest.raises(CaseError, match="scope-not-comparable"):
        number(camera(scopes=(scope("origin_country", ">=3"),)))


def test_market_restriction_and_reduced_supplier() -> None:
    restriction = Restriction(restriction_id="LISTED", effect="closes_markets", hazard_per_year=1.0)
    public = (scope("segment", "public", table="markets"),)
    arrays = number(camera(restrictions=(restriction,), scopes=public))
    assert arrays.hits_line.tolist() == [[False, True]]
    assert (arrays.supply_left == 1).all()
    restriction = replace(restriction, effect="reduces_supplier")
    suppliers = (scope("country", "US", table="suppliers"),)
    arrays = number(camera(restrictions=(restriction,), scopes=suppliers))
    assert arrays.supply_left.tolist() == [[0.25, 1.0, 0.25, 0.25]]
    beta = Supplier(supplier_id="BETA", name="Beta", output_share_after=0.5, output_delay_weeks=3.5)
    network = camera(restrictions=(restriction,), scopes=(scope("supplier_id", "BETA", table="suppliers"),))
    arrays = number(replace(network, suppliers=(network.suppliers[0], beta)))
    assert arrays.supply_left.tolist() == [[1.0, 0.5, 1.0, 1.0]]
    assert arrays.supply_delay.tolist() == [[0, 3, 0, 0]]
    assert not arrays.hits_item.any(), "an alternative that is hit does not hit the item"


def test_dated_triggered_and_earliest() -> None:
    rows = (
        Restriction(
            restriction_id="A", effect="closes_sources", effective_date=date(2026, 2, 6), hazard_per_year=9
        ),
        Restriction(
            restriction_id="B", effect="closes_sources", triggered_by="A", trigger_probability=0.4,
            relief_probability=0.5, relief_weeks_p50=30, grace_weeks=4.5, grace_scope="prior_rules",
        ),
        Restriction(
            restriction_id="C", effect="closes_sources", hazard_per_year=1, earliest_date=date(2026, 1, 13),
            savings_weeks=5.9, in_transit="stopped",
        ),
    )  # fmt: skip
    arrays = number(camera(restrictions=rows, scopes=()))
    assert arrays.fixed_week.tolist() == [4, NEVER, NEVER]
    assert arrays.hazard_per_week[:2].tolist() == [0, 0]
    assert any("hazard_per_year of A is not used" in text for text in arrays.assumptions)
    assert arrays.trigger.tolist() == [-1, 0, -1]
    assert arrays.earliest_week.tolist() == [0, 0, 2]
    assert arrays.grace_weeks.tolist() == [0, 4, 0]
    assert arrays.savings_weeks.tolist() == [NEVER, NEVER, 5]
    assert arrays.in_transit_released.tolist() == [True, True, False]
    assert arrays.relief_median.tolist() == [0, 30, 0]
    assert any("relief_weeks of B is certain" in text for text in arrays.assumptions)


def test_redesign_is_an_alternative_of_the_child_that_leaves() -> None:
    network = camera()
    new = Item(item_id="SENSOR2", kind="part", unit_cost=8.0)
    redesign = source(
        "S-NEW", "SENSOR2", unit_price=8.0, status="alternative", mode="redesign", switch_weeks_p50=26,
        capacity_per_week=90, minimum_order=300,
    )  # fmt: skip
    row = Substitution(
        source_id="S-NEW", product_id="BOARD", old_child="SENSOR", new_child="SENSOR2", quantity=3
    )
    network = replace(
        network, items=(*network.items, new), sources=(*network.sources, redesign), substitutions=(row,)
    )
    arrays = number(network)
    (s,) = place(arrays, "S-NEW")
    assert arrays.item_ids[arrays.source_item[s]] == "SENSOR"
    assert arrays.source_price[s] == 24.0
    assert arrays.source_capacity[s] == 30.0
    assert arrays.source_minimum[s] == 100.0
    # Named by the product that contains the board, it means the same.
    above = number(replace(network, substitutions=(replace(row, product_id="CAMERA"),)))
    assert above.source_price[s] == 24.0
    with pytest.raises(CaseError, match="redesign-unclear"):
        number(replace(network, substitutions=(row, replace(row, old_child="CHIP"))))
    with pytest.raises(CaseError, match="redesign-unclear"):
        number(replace(network, substitutions=()))
    with pytest.raises(CaseError, match="does not contain"):
        number(replace(network, substitutions=(replace(row, old_child="SCREW", product_id="BOARD"),)))


def test_redesign_of_one_parent_replaces_its_share_only() -> None:
    network = camera()
    items = (
        *network.items,
        Item(item_id="PHONE", kind="product", unit_cost=90.0),
        Item(item_id="SENSOR2", kind="part", unit_cost=8.0),
    )
    phone = Demand(product_id="PHONE", market_id="HOME", from_date=START, units_per_week=70, unit_price=150)
    redesign = source(
        "S-NEW", "SENSOR2", status="alternative", mode="redesign", switch_weeks_p50=26
    )  # fmt: skip
    arrays = number(
        replace(
            network,
            items=items,
            bom=(*network.bom, BomLine(parent_id="PHONE", child_id="SENSOR", quantity=1)),
            demand=(*network.demand, phone),
            sources=(*network.sources, redesign),
            substitutions=(
                Substitution(source_id="S-NEW", product_id="PHONE", old_child="SENSOR", new_child="SENSOR2"),
            ),
        )
    )
    (s,) = place(arrays, "S-NEW")
    assert arrays.source_capacity[s] == pytest.approx(70.0)
    assert any("S-NEW covers" in text for text in arrays.assumptions)


def test_left_out_sources_are_named() -> None:
    network = camera()
    extra = (
        source("MAKE-OR-BUY", "BOARD"),
        source("CUSTOMER", "SENSOR", status="alternative", mode="customer", switch_weeks_p50=4),
    )
    arrays = number(replace(network, sources=(*network.sources, *extra)))
    assert not {"MAKE-OR-BUY", "CUSTOMER"} & set(arrays.source_ids)
    text = " ".join(arrays.assumptions)
    assert "MAKE-OR-BUY" in text
    assert "flagged for counsel" in text


def test_packs_breaks_yield_and_maximum() -> None:
    network = camera(
        price_breaks=(
            PriceBreak(source_id="W", from_quantity=30, unit_price=4.0),
            PriceBreak(source_id="W", from_quantity=100, unit_price=3.0),
        )
    )
    screw = source(
        "W", "SCREW", unit_price=5.0, purchase_unit="PAK", pack_size=10, lead_time_weeks=0, yield_mean=0.8,
        maximum_order=16, minimum_order=4,
    )  # fmt: skip
    arrays = number(replace(network, sources=(*network.sources[:3], screw)))
    (s,) = place(arrays, "W")
    # Four weeks of 80 usable screws are 40 packs of ten bought ones: the break at 30 holds.
    assert arrays.source_price[s] == pytest.approx(0.4 / 0.8)
    assert arrays.source_multiple[s] == pytest.approx(8)
    assert arrays.source_minimum[s] == pytest.approx(32)
    assert arrays.source_capacity[s] == pytest.approx(128)
    # The break at 100 packs is beyond the normal order: 800 usable screws, at 3.0 a pack.
    assert arrays.break_ptr[s : s + 2].tolist() == [0, 1]
    assert arrays.break_from[0] == pytest.approx(800)
    assert arrays.break_price[0] == pytest.approx(0.3 / 0.8)


def test_cash_limits_and_budget() -> None:
    network = camera(
        cash=(
            CashLimit(from_date=date(2026, 1, 19), limit=900, opening_cash=50, fixed_cost_per_week=3),
            CashLimit(from_date=date(2026, 2, 2), limit=2000),
        )
    )
    plan = PlanSettings(window_weeks=12, budget=1500)
    arrays = number(replace(network, settings=replace(network.settings, plan=plan)))
    assert arrays.cash_limit[:5].tolist() == [1500, 1500, 900, 900, 1500]
    assert (arrays.opening_cash, arrays.credit_limit, arrays.fixed_cost_per_week) == (50, 0, 3)


def test_disruptions_and_expired_stock() -> None:
    arrays = number(
        camera(
            disruptions=(Disruption(source_id="W", kind="transit", fail_per_week=0.1, recover_per_week=0.5),),
            stock=(
                Stock(item_id="CHIP", on_hand=10, expires=date(2026, 1, 4)),
                Stock(item_id="CHIP", on_hand=7, expires=date(2026, 1, 5)),
            ),
        )
    )
    (s,) = place(arrays, "W")
    assert not arrays.fail_per_week.any()
    assert (arrays.pause_source.tolist(), arrays.pause_kind.tolist()) == ([s], [TRANSIT])
    assert (arrays.pause_fail.tolist(), arrays.pause_recover.tolist()) == ([0.1], [0.5])
    assert arrays.on_hand[3] == 7


def test_lots_expire_by_their_day_or_their_shelf_life() -> None:
    """Usable in the week of the last day; without a day for the whole weeks of the shelf life."""
    network = camera(
        stock=(
            Stock(item_id="CHIP", on_hand=10, expires=date(2026, 1, 18)),
            Stock(item_id="CHIP", on_hand=7, allocated=2, quarantined=1),
            Stock(item_id="SCREW", on_hand=9),
        )
    )
    items = tuple(
        replace(row, shelf_life_weeks=4.9) if row.item_id == "CHIP" else row for row in network.items
    )
    arrays = number(replace(network, items=items))
    assert (arrays.on_hand[3], arrays.on_hand[4]) == (14, 9)
    assert {
        (int(week), int(item)): float(arrays.expiring[week, item])
        for week, item in np.argwhere(arrays.expiring)
    } == {
        (1, 3): 10.0,
        (3, 3): 4.0,
    }
    assert "Stock in quarantine is not released: CHIP." in arrays.assumptions


def test_bills_in_a_circle_missing_rates_and_durations_are_refused() -> None:
    network = camera()
    circle = (*network.bom, BomLine(parent_id="SENSOR", child_id="CAMERA", quantity=1))
    with pytest.raises(CaseError, match="bom-cycle"):
        number(replace(network, bom=circle))
    with pytest.raises(CaseError, match="rate-missing"):
        number(replace(network, exchange=network.exchange[1:]))
    unknown = replace(network.sources[0], switch_weeks_p50=None)
    with pytest.raises(CaseError, match="duration-unknown"):
        number(replace(network, sources=(unknown, *network.sources[1:])))


def test_bill_of_the_first_day() -> None:
    network = camera()
    later = BomLine(parent_id="CAMERA", child_id="CHIP", quantity=1, valid_from=date(2026, 3, 2))
    arrays = number(replace(network, bom=(*network.bom, later)))
    assert arrays.usage[0, 3] == 160
    assert any("change: CAMERA" in text for text in arrays.assumptions)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(5)), st.permutations(range(4)))
def test_relabelling_changes_nothing(items: list[int], sources: list[int]) -> None:
    network = camera()
    first = number(network)
    second = number(
        replace(
            network,
            items=tuple(network.items[i] for i in items),
            sources=tuple(network.sources[s] for s in sources),
        )
    )
    for name in ("usage", "hits_item"):
        np.testing.assert_allclose(getattr(second, name), getattr(first, name)[:, items])
    np.testing.assert_allclose(second.standard_cost, first.standard_cost[items])
    np.testing.assert_allclose(second.working_stock, first.working_stock[items])
    assert sorted(second.source_ids) == sorted(first.source_ids)


@given(st.permutations(range(7)), st.permutations(range(9)))
def test_what_is_made_first_hangs_on_no_order_of_rows(items: list[int], lines: list[int]) -> None:
    """P1 and P2 share a part; P2 takes Q too, which is made of the parts."""
    ids = ("A", "B", "C", "P1", "P2", "P3", "Q")
    bom = ("P1 A", "P1 B", "P2 B", "P2 Q", "P3 C", "P3 B", "Q A", "Q C", "P1 C")
    rows = [BomLine(parent_id=bom[n].split()[0], child_id=bom[n].split()[1], quantity=1) for n in lines]
    named = [ids[n] for n in items]
    order = [named[item] for item in explode(rows, named).make_order]
    assert order == ["P1", "P3", "Q", "P2"]


@given(st.floats(0.1, 500), st.floats(0.01, 2))
def test_lognormal_fit_gives_its_percentiles_back(median: float, sigma: float) -> None:
    z = 1.2815515655446004
    fitted = fit_lognormal(median * np.exp(-sigma * z), median, median * np.exp(sigma * z))
    assert fitted.median == median
    assert fitted.sigma == pytest.approx(sigma)
    assert not fitted.misses(median * np.exp(-sigma * z), median * np.exp(sigma * z))


def test_lognormal_fit_refuses_what_is_no_distribution() -> None:
    assert fit_lognormal(0, 0, 0).sigma == 0
    assert fit_lognormal(None, 8, 16).sigma == pytest.approx(np.log(2) / 1.2815515655)
    assert fit_lognormal(10, 12, 40).misses(10, 40)
    for bad in ((5, 4, 6), (0, 4, 6), (1, 4, 3)):
        with pytest.raises(ValueError, match="percentile"):
            fit_lognormal(*bad)


def test_matches_value() -> None:
    assert matches_value(1.0, "1")
    assert matches_value(0.3, "<= 0.3")
    assert not matches_value(None, "")
    assert matches_value("NA", "NA")
    assert matches_value(True, "True")
    with pytest.raises(ValueError, match="true or false"):
        matches_value(True, ">0")
