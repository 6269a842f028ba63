"""The bill of materials of the open camera, as published, and the case made of it."""

from pathlib import Path

import pytest
from case_folder import read_rows
from open_camera_bom import LEVELS, PART_NUMBERS, identity, part_number, plain_value, read_bom

from outlast.intake.assemble import check_case
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.optimise.comb import items_at_risk

FOLDER = Path(__file__).parents[2] / "cases" / "open-camera"
BOM = FOLDER / "source" / "bom_imx290_usb3_camera.csv"


@pytest.fixture(scope="module")
def network() -> Network:
    found, findings = check_case(FOLDER)
    assert found is not None, findings
    return found


def material(network: Network, order: float) -> float:
    """Material of one camera [USD] when every part is bought at the price for `order` units."""
    per_camera: dict[str, float] = {}
    for line in network.bom:
        if line.parent_id != "CAMERA":
            per_camera[line.child_id] = per_camera.get(line.child_id, 0.0) + line.quantity
    total = 0.0
    for item, units in per_camera.items():
        breaks = [row for row in network.price_breaks if row.source_id == f"{item}-1"]
        reached = [row for row in breaks if row.from_quantity <= order]
        if reached:
            total += units * max(reached, key=lambda row: row.from_quantity).unit_price
    return total


@pytest.mark.parametrize(("order", "usd"), [(1, 183.80), (10, 154.877), (100, 140.509), (500, 134.03)])
def test_material_rolls_up_to_the_published_price(network: Network, order: int, usd: float) -> None:
    assert material(network, order) == pytest.approx(usd, abs=0.005)


def test_the_bom_has_51_lines_in_3_modules_and_19_part_numbers() -> None:
    lines = read_rows(BOM)
    assert len(lines) == 51
    assert len({line["module"] for line in lines}) == 3
    assert {part_number(line) for line in lines} - {""} == set(PART_NUMBERS)
    assert len(PART_NUMBERS) == 19


def test_every_line_and_every_unit_arrives_in_the_case(network: Network) -> None:
    lines = read_rows(BOM)
    parts = [row for row in network.bom if row.parent_id != "CAMERA"]
    assert len(parts) == 51
    assert sum(row.quantity for row in parts) == sum(float(line["qty"]) for line in lines)
    bought = {row.child_id for row in parts}
    assert len(bought) == len({identity(line) for line in lines}) == 41


def test_generic_parts_stay_apart_where_value_or_footprint_differs() -> None:
    generic: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for line in read_rows(BOM):
        if not part_number(line):
            generic.setdefault(identity(line), set()).add((plain_value(line), line["footprint"]))
    assert all(len(kinds) == 1 for kinds in generic.values())
    ids = {part.item_id for part in read_bom(BOM)[0]}
    assert {"100N-CAPC1608N", "100N-CAPC1005N", "10N-CAPC1005N", "1U-CAPC1005N"} <= ids
    assert {"6.04K-RESC1005N", "THICK-FILM-RESC1005N"} <= ids


def test_the_same_part_in_two_modules_is_one_item(network: Network) -> None:
    users = {row.parent_id: row.quantity for row in network.bom if row.child_id == "AP3417C"}
    assert users == {"SENSOR-MODULE": 1.0, "FPGA-MODULE": 2.0, "USB-MODULE": 2.0}
    assert {row.parent_id for row in network.bom if row.child_id == "10U-CAPMP3528X210N"} == {
        "SENSOR-MODULE",
        "USB-MODULE",
    }


def test_published_prices_are_sourced_and_missing_ones_assumed(network: Network) -> None:
    by_cell = {(line.table, line.row, line.column): line.status for line in network.evidence}
    assert by_cell["price_breaks", "*", "unit_price"] == "sourced"
    priced = {row.source_id for row in network.price_breaks}
    unpriced = {source.source_id for source in network.sources if source.status == "qualified"} - priced
    assert len(unpriced) == 3
    for source_id in unpriced:
        assert network.source[source_id].unit_price == 0
        assert by_cell["sources", source_id, "unit_price"] == "assumed"
    assert {row.from_quantity for row in network.price_breaks} == set(map(float, LEVELS))


def test_unit_cost_is_the_price_that_the_planner_pays(network: Network) -> None:
    arrays = number(network)
    for source in range(len(arrays.source_ids)):
        if arrays.source_qualified[source]:
            item = arrays.source_item[source]
            assert arrays.source_price[source] == pytest.approx(arrays.standard_cost[item])
    for item, row in enumerate(network.items):
        assert arrays.standard_cost[item] == pytest.approx(row.unit_cost)


def test_the_listing_hits_what_it_should(network: Network) -> None:
    arrays = number(network)
    listed, chips, ban = (
        arrays.restriction_ids.index(name) for name in ("LISTED", "FPGA-LICENCE", "IMPORT-BAN")
    )
    closed = {
        arrays.source_ids[s] for s in range(len(arrays.source_ids)) if arrays.supply_left[listed, s] == 0
    }
    american = {
        row.source_id for row in network.sources if row.origin_country == "US" and row.mode != "customer"
    }
    assert closed == american | {"NCP360SNT1G-1"}  # made abroad, 35 % controlled content
    left = dict(zip(arrays.source_ids, arrays.supply_left[chips], strict=True))
    assert {source for source, share in left.items() if share < 1} == {"LIFCL-40-9BG256C-1"}
    assert {line[1] for line, hit in zip(arrays.line_ids, arrays.hits_line[ban], strict=True) if hit} == {
        "AMERICA"
    }
    assert arrays.supply_left[listed, arrays.source_ids.index("SST26WF064C-MX25U12832F-2")] == 1
    assert len(items_at_risk(arrays)) <= 20


def test_one_alternative_must_start_before_the_event(network: Network) -> None:
    starts = {row.source_id: row.start_allowed for row in network.sources if row.status == "alternative"}
    assert starts["MUX-DIRECT"] == "before"
    assert {row.mode for row in network.sources if row.status == "alternative"} == {
        "direct",
        "redesign",
        "customer",
    }
