"""Consistency rules on networks built in Python: cycles, rates, places, and rows that are sound."""

import dataclasses
import itertools
import math
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.errors import Place
from outlast.network.actions import CaseSettings
from outlast.network.checks import check_network
from outlast.network.checks.look import Look, find_cycles, place_in_table
from outlast.network.declarations import propose_nearest
from outlast.network.demand import Demand, Exchange, Market
from outlast.network.items import BomLine, Item, Stock, Substitution
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import Owner, Source, Supplier

START = date(2027, 1, 4)


def camera(**changes) -> Network:
    """One product of two parts, sold at home; one restriction on a US part with an alternative."""
    part = {"supplier_id": "S", "lead_time_weeks": 4.0}
    network = Network(
        settings=CaseSettings(name="camera", start=START, currency="EUR"),
        items=(
            Item(item_id="CAMERA", kind="product", unit_cost=50),
            Item(item_id="CHIP", kind="part", unit_cost=20),
            Item(item_id="LENS", kind="part", unit_cost=10),
        ),
        bom=(
            BomLine(parent_id="CAMERA", child_id="CHIP", quantity=1),
            BomLine(parent_id="CAMERA", child_id="LENS", quantity=2),
        ),
        suppliers=(Supplier(supplier_id="S", name="S"),),
        sources=(
            Source(source_id="CHIP-1", item_id="CHIP", unit_price=20, origin_country="US", **part),
            Source(source_id="LENS-1", item_id="LENS", unit_price=10, origin_country="DE", **part),
        ),
        markets=(Market(market_id="HOME", country="DE", currency="EUR"),),
        demand=(
            Demand(product_id="CAMERA", market_id="HOME", from_date=START, units_per_week=10, unit_price=90),
        ),
        restrictions=(Restriction(restriction_id="R", effect="closes_sources", hazard_per_year=0.2),),
        scopes=(Scope(restriction_id="R", table="sources", column="origin_country", value="US"),),
    )
    return dataclasses.replace(network, **changes)


def codes(network, unread=frozenset()):
    return [finding.code for finding in check_network(network, unread=unread)]


def test_a_sound_network_has_no_findings():
    assert codes(camera()) == []


def test_a_cycle_is_named_in_full():
    network = camera()
    network = dataclasses.replace(
        network,
        items=(*network.items, Item(item_id="BOARD", kind="assembly", unit_cost=40)),
        bom=(
            *network.bom,
            BomLine(parent_id="CAMERA", child_id="BOARD", quantity=1),
            BomLine(parent_id="BOARD", child_id="CAMERA", quantity=1),
        ),
    )
    cycle = next(finding for finding in check_network(network) if finding.code == "bom-cycle")
    assert "CAMERA -> BOARD -> CAMERA" in cycle.message
    assert cycle.place == Place("bom", 4, "child_id")


def test_lines_that_are_never_valid_together_make_no_cycle():
    network = camera()
    old = BomLine(parent_id="CHIP", child_id="CAMERA", quantity=1, valid_to=START - timedelta(days=1))
    assert codes(dataclasses.replace(network, bom=(*network.bom, old))) == []


def sold_at(price: float, **changes) -> Network:
    row = Demand(product_id="CAMERA", market_id="HOME", from_date=START, units_per_week=10, unit_price=price)
    return camera(demand=(row, dataclasses.replace(row, market_id="ABROAD")), **changes)


def below_cost(network) -> list[str]:
    return [f.message for f in check_network(network) if f.code == "price-below-cost"]


def test_a_price_below_what_materials_and_making_cost_is_told_once_a_product():
    """Two lenses at 25 and a chip at 20 make 70, whatever the product is said to cost."""
    items = (
        Item(item_id="CAMERA", kind="product", unit_cost=50),
        Item(item_id="CHIP", kind="part", unit_cost=20),
        Item(item_id="LENS", kind="part", unit_cost=25),
    )
    markets = tuple(Market(market_id=name, country="DE", currency="EUR") for name in ("HOME", "ABROAD"))
    assert below_cost(sold_at(70, items=items, markets=markets)) == []
    assert below_cost(sold_at(69, items=items, markets=markets)) == [
        "CAMERA sells for 69.00 in case currency in 2 markets, below the 70.00 that it costs (materials and "
        "making; its unit_cost is 50.00)."
    ]
    made = (dataclasses.replace(items[0], make_cost=15.0), *items[1:])
    assert below_cost(sold_at(84, items=made, markets=markets))
    assert below_cost(sold_at(85, items=made, markets=markets)) == []
    network = sold_at(69, items=made, markets=markets)
    look = Look(network, place_in_table, frozenset())
    assert list(look.rolled_up_cost.values()) == pytest.approx(number(network).standard_cost.tolist())


def test_goods_bought_for_more_than_they_sell_for_are_told():
    """The source sells a box of ten for 200; a second one, dearer, makes no difference."""
    network = camera()
    box = dataclasses.replace(
        network.sources[0], source_id="BOX", item_id="CASE", unit_price=200, purchase_unit="box", pack_size=10
    )
    network = dataclasses.replace(
        network,
        items=(*network.items, Item(item_id="CASE", kind="product", unit_cost=15)),
        sources=(*network.sources, box, dataclasses.replace(box, source_id="DEAR", unit_price=900)),
        demand=(
            *network.demand,
            Demand(product_id="CASE", market_id="HOME", from_date=START, units_per_week=1, unit_price=19.9),
        ),
    )
    assert below_cost(network) == [
        "CASE sells for 19.90 in case currency, below the 20.00 that the cheapest source asks."
    ]


EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda e: e[0] != e[1]), max_size=14)


@given(EDGES)
@settings(max_examples=200, deadline=None)
def test_cycles_are_found_where_there_are_any(edges):
    """Against the obvious way: take away what leads nowhere until nothing changes."""
    follows: dict[str, list[str]] = {}
    for parent, child in edges:
        follows.setdefault(str(parent), []).append(str(child))
    left = {(str(a), str(b)) for a, b in edges}
    while True:
        kept = {(a, b) for a, b in left if any(c == b for c, _ in left)}
        if kept == left:
            break
        left = kept
    cycles = list(find_cycles(follows))
    assert bool(cycles) == bool(left)
    for cycle in cycles:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        assert all(b in follows[a] for a, b in itertools.pairwise(cycle))
    nodes = [node for cycle in cycles for node in cycle[1:]]
    assert len(nodes) == len(set(nodes))


def test_a_chain_of_ten_thousand_levels_is_no_problem():
    follows = {str(level): [str(level + 1)] for level in range(10_000)}
    assert list(find_cycles(follows)) == []
    follows["10000"] = ["0"]
    assert len(next(find_cycles(follows))) == 10_002


def test_rates_after_the_start_are_never_looked_up():
    def rate(day, value):
        return Exchange(currency="USD", date=day, units_per_case_currency=value)

    network = camera(
        exchange=(rate(START, 1.1), rate(START - timedelta(days=9), 1.3), rate(date(2027, 2, 1), 9))
    )
    look = Look(network, place_in_table, frozenset())
    assert look.in_case_currency(110, "USD") == pytest.approx(100)
    assert look.in_case_currency(110, "EUR") == 110
    assert look.in_case_currency(110, "") == 110
    assert look.in_case_currency(110, "TRY") is None


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ((None, None), (None, None), True),
        ((None, date(2026, 12, 31)), (date(2027, 1, 1), None), False),
        ((None, date(2027, 1, 1)), (date(2027, 1, 1), None), True),
        ((date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 3, 1), date(2026, 4, 1)), False),
    ],
)
def test_lines_of_a_pair_must_not_overlap_in_time(first, second, overlap):
    lines = [
        BomLine(parent_id="CAMERA", child_id="LENS", quantity=2, valid_from=begins, valid_to=ends)
        for begins, ends in (first, second)
    ]
    assert ("duplicate-row" in codes(camera(bom=(camera().bom[0], *lines)))) == overlap


def test_owners_are_counted_at_the_start():
    def owners(*rows):
        return camera(
            owners=tuple(Owner(party_id="S", owner_name=n, share=s, valid_from=d) for n, s, d in rows)
        )

    assert codes(owners(("A", 0.6, None), ("A", 0.4, date(2026, 1, 1)), ("B", 0.6, None))) == []
    assert codes(owners(("A", 0.6, None), ("B", 0.6, date(2028, 1, 1)))) == []
    assert codes(owners(("A", 0.6, None), ("B", 0.6, date(2026, 1, 1)))) == ["shares-above-one"]


def test_a_redesign_sources_its_new_part():
    network = camera()
    redesign = Source(
        source_id="CHIP-2",
        item_id="CHIP-NEW",
        supplier_id="S",
        unit_price=22,
        lead_time_weeks=6,
        origin_country="NO",
        status="alternative",
        mode="redesign",
        switch_weeks_p10=20,
        switch_weeks_p50=30,
        switch_weeks_p90=50,
    )
    change = Substitution(source_id="CHIP-2", product_id="CAMERA", old_child="CHIP", new_child="CHIP-NEW")
    network = dataclasses.replace(
        network,
        items=(*network.items, Item(item_id="CHIP-NEW", kind="part", unit_cost=22)),
        sources=(*network.sources, redesign),
        substitutions=(change,),
    )
    assert codes(network) == []
    assert codes(dataclasses.replace(network, substitutions=())) == [
        "item-unused",
        "redesign-without-substitution",
        "no-qualified-source",
    ]


def test_conditions_across_tables_and_groups():
    def scopes(*rows):
        return tuple(Scope(restriction_id="R", table=t, column=c, value=v, group=g) for t, c, v, g in rows)

    both = scopes(("sources", "origin_country", "US", "a"), ("items", "kind", "part", "a"))
    assert codes(camera(scopes=both)) == []
    dead = scopes(("sources", "origin_country", "US", "a"), ("items", "item_id", "LENS", "a"))
    assert codes(camera(scopes=dead)) == ["scope-hits-nothing"]
    one_dead = scopes(("sources", "origin_country", "US", "a"), ("sources", "unit_price", ">1000", "b"))
    assert codes(camera(scopes=one_dead)) == ["scope-hits-nothing"]
    unknown = scopes(("sources", "controlled_content_share", ">=0.25", ""))
    assert codes(camera(scopes=unknown)) == ["scope-hits-nothing", "scope-on-unknown"]


def test_what_was_not_read_proves_nothing():
    network = camera(sources=(), items=camera().items[:1], suppliers=())
    assert "part-without-source" in codes(camera(sources=()))
    assert codes(network, unread=frozenset({"items", "sources", "suppliers"})) == []


def test_stand_ins_of_broken_cells_are_never_taken_for_real():
    """Every number of every row is NaN: nothing follows from that."""

    def empty(rows):
        return tuple(
            dataclasses.replace(
                row,
                **{
                    f.name: math.nan
                    for f in dataclasses.fields(row)
                    if isinstance(getattr(row, f.name), float | int)
                    and not isinstance(getattr(row, f.name), bool)
                },
            )
            for row in rows
        )

    network = camera(stock=(Stock(item_id="LENS", on_hand=5),))
    names = ("items", "bom", "sources", "markets", "demand", "stock", "restrictions")
    assert codes(dataclasses.replace(network, **{name: empty(network.table(name)) for name in names})) == []


def test_the_nearest_name_is_proposed():
    assert propose_nearest("SENSR", ["LENS", "SENSOR"]) == "Did you mean SENSOR?"
    assert propose_nearest("sensor", ["SENSOR2", "SENSOR"]) == "Did you mean SENSOR?"
    assert propose_nearest("zzz", ["SENSOR"]) == ""
