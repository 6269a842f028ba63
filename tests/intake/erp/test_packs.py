"""Pack sizes: known, or the least with which parts cost no more than what is made of them."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.intake.erp import packs
from outlast.intake.erp.bills import Bills


def bills(made_of, order, unit=None):
    components = {name for inside in made_of.values() for name in inside}
    return Bills(made_of, frozenset(), dict.fromkeys(components, "EA") | (unit or {}), tuple(order))


def derive_packs(tree, bought, prices, costs):
    return packs.derive_packs(tree, bought, prices, costs, {name: name.title() for name in tree.bottom_up})


def sizes(found):
    return {item: pack.units for item, pack in found.items()}


def test_a_pack_is_just_large_enough_for_the_assembly_that_asks_most():
    tree = bills({"HUB": {"BALL": 10, "RING": 1}, "RIM": {"BALL": 4}}, ["BALL", "RING", "HUB", "RIM"])
    found = derive_packs(tree, {"BALL": "CTN", "RING": "EA"}, {"BALL": 40, "RING": 5}, {"HUB": 15, "RIM": 2})
    # HUB leaves 10 for 400 of balls: 40; RIM leaves 2 for 160: 80.
    assert sizes(found) == {"BALL": 80, "RING": 1}
    assert found["BALL"].derived
    assert found["BALL"].assumed
    assert not found["RING"].assumed


def test_an_item_whose_other_parts_cost_too_much_says_nothing():
    tree = bills({"HUB": {"BALL": 10, "RING": 1}, "RIM": {"BALL": 4}}, ["BALL", "RING", "HUB", "RIM"])
    found = derive_packs(
        tree, {"BALL": "CTN", "RING": "EA"}, {"BALL": 40, "RING": 50}, {"HUB": 15, "RIM": 16}
    )
    assert sizes(found)["BALL"] == 10


def test_a_part_on_which_none_speaks_takes_the_largest_of_its_unit():
    tree = bills({"HUB": {"BALL": 1}, "RIM": {"NUT": 1, "BOLT": 1}}, ["BALL", "NUT", "BOLT", "HUB", "RIM"])
    bought = {"BALL": "CTN", "NUT": "CTN", "BOLT": "CAN"}
    found = derive_packs(tree, bought, dict.fromkeys(bought, 40), {"HUB": 5})
    assert sizes(found) == {"BALL": 8, "NUT": 8, "BOLT": 1}
    assert "the parts of Hub cost no more" in found["BALL"].words
    assert "as for the other parts" in found["NUT"].words


def test_products_speak_after_assemblies_and_scale_all_their_packs():
    tree = bills({"HUB": {"BALL": 1}, "BIKE": {"HUB": 1, "NUT": 1}}, ["BALL", "NUT", "HUB", "BIKE"])
    found = derive_packs(
        tree, {"BALL": "CTN", "NUT": "CAN"}, {"BALL": 40, "NUT": 40}, {"HUB": 20, "BIKE": 15}
    )
    # After HUB a ball costs 20, a nut 40; BIKE has room for 15: both grow fourfold.
    assert sizes(found) == {"BALL": 8, "NUT": 4}


def test_the_ledger_cost_of_a_packed_part_decides_alone():
    tree = bills({"HUB": {"BALL": 1}}, ["BALL", "HUB"])
    found = derive_packs(tree, {"BALL": "CTN"}, {"BALL": 40}, {"BALL": 6})
    assert sizes(found) == {"BALL": 7}
    assert "its own StandardCost" in found["BALL"].words


def test_dozens_and_gallons_are_known():
    tree = bills({"HUB": {"SPOKE": 36, "PAINT": 8}}, ["SPOKE", "PAINT", "HUB"], {"PAINT": "OZ"})
    found = derive_packs(tree, {"SPOKE": "DZ", "PAINT": "GAL"}, {"SPOKE": 6, "PAINT": 64}, {"HUB": 1})
    assert sizes(found) == {"SPOKE": 12, "PAINT": 128}
    assert not found["SPOKE"].assumed
    assert found["PAINT"].assumed


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.lists(st.floats(0.5, 500), min_size=5, max_size=5),
    st.floats(0.01, 400),
)
def test_the_parts_never_cost_more_than_the_item_and_one_less_in_every_pack_would(quantities, prices, cost):
    parts = [f"P{number}" for number in range(len(quantities))]
    tree = bills({"ITEM": dict(zip(parts, quantities, strict=True))}, [*parts, "ITEM"])
    price = dict(zip(parts, prices, strict=False))
    found = derive_packs(tree, dict.fromkeys(parts, "CTN"), price, {"ITEM": cost})
    for item, pack in found.items():
        assert pack.units == math.ceil(pack.units) >= 1, item

    def total(less):
        units = {part: max(found[part].units - less, 1e-9) for part in parts}
        return sum(n * price[part] / units[part] for part, n in zip(parts, quantities, strict=True))

    assert total(0) <= cost * (1 + 1e-9)
    if any(pack.units > 1 for pack in found.values()):
        assert total(1) > cost
