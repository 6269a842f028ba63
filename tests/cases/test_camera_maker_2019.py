"""The reconstructed camera maker: it reproduces the public figures and never looks ahead."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import camera_maker_2019
import camera_maker_facts
import pytest
from case_folder import read_rows, write_rows

from outlast.intake.assemble import check_case
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.optimise.comb import items_at_risk
from outlast.periods import WEEKS_PER_YEAR
from outlast.plan.record import read_record

FOLDER = Path(__file__).parents[2] / "cases" / "camera-maker-2019"
START = date(2018, 12, 31)


@pytest.fixture(scope="module")
def network() -> Network:
    found, findings = check_case(FOLDER)
    assert found is not None, findings
    return found


def revenue(network: Network, *, product: str = "", market: str = "") -> float:
    """Revenue of a year at the planning rates [CNY]."""
    arrays = number(network)
    weekly = arrays.price[0] * arrays.demand[0]
    return WEEKS_PER_YEAR * sum(
        float(value)
        for value, line in zip(weekly, arrays.line_ids, strict=True)
        if line[0].startswith(product) and line[1].startswith(market)
    )


@pytest.mark.parametrize(
    ("product", "market", "share"),
    [
        ("", "DOMESTIC", 0.715),
        ("", "US", 0.05),
        ("CAMERA", "", 0.54),
        ("DEVICE", "", 0.18),
        ("BACK-END", "", 0.14),
        ("REST", "", 0.14),
    ],
)
def test_public_shares_are_reproduced(network: Network, product: str, market: str, share: float) -> None:
    part = revenue(network, product=product, market=market)
    assert part == pytest.approx(share * 49837e6, rel=1e-4)


def test_public_revenue_and_overseas_share_are_reproduced(network: Network) -> None:
    whole = revenue(network)
    assert whole == pytest.approx(49837e6, rel=1e-5)
    assert (whole - revenue(network, market="DOMESTIC")) / whole == pytest.approx(0.285, rel=1e-4)


def test_stock_is_cost_of_sales_over_turnover(network: Network) -> None:
    arrays = number(network)
    margin = sum(
        float(units * arrays.standard_cost[item])
        for units, item in zip(arrays.demand[0], arrays.line_product, strict=True)
    )
    stock = float((arrays.on_hand * arrays.standard_cost).sum())
    assert margin * WEEKS_PER_YEAR / stock == pytest.approx(5.15, rel=1e-3)
    # The total that later reports imply (9.8 bn less "more than 4 bn") is within a tenth.
    assert stock == pytest.approx(5.7e9, rel=0.1)


def test_us_sources_are_those_of_the_component_map(network: Network) -> None:
    names: set[str] = set()
    for row in read_rows(FOLDER / "source" / "hikvision_component_map.csv"):
        us = row["us_suppliers_named"]
        names |= (
            {row["suppliers_named"]} if us == "unnamed" else {name.strip() for name in us.split(";") if name}
        )
    qualified = [row for row in network.sources if row.status == "qualified"]
    american = {network.supplier[row.supplier_id].name for row in qualified if row.origin_country == "US"}
    assert american == names
    components = [row.item_id for row in network.items if row.kind == "part" and "-NEW" not in row.item_id]
    assert len([item for item in components if not item.startswith("OTHER-")]) == 11 + 4  # and four redesigns
    assert len(items_at_risk(number(network))) <= 20


def test_difficulty_becomes_switch_time_by_one_table(network: Network) -> None:
    grades = {row["difficulty"]: row for row in read_rows(FOLDER / "source" / "assumed_difficulty.csv")}
    known = camera_maker_2019.component_map()
    rows = read_rows(FOLDER / "source" / "assumed_alternatives.csv")
    for row in (row for row in rows if row["mode"] != "customer"):
        grade = grades[known[row["old_item"]]["difficulty"]]
        assert network.source[row["source_id"]].switch_weeks_p50 == float(grade["switch_weeks_p50"])
    assert network.source["HDD-SSD"].switch_weeks_p50 == 52  # high


def test_restrictions_known_at_the_start_only(network: Network) -> None:
    assert [row.restriction_id for row in network.restrictions] == ["LISTED", "SEC889-A"]
    ban = network.restrictions[1]
    assert ban.effective_date == date(2019, 8, 13)
    assert ban.effective_date - timedelta(weeks=ban.notice_weeks) < START
    assert not any(row.foreign_direct_product for row in network.sources)
    assert not any(row.column == "foreign_direct_product" for row in network.scopes)
    arrays = number(network)
    hit = {line[1] for line, yes in zip(arrays.line_ids, arrays.hits_line[1], strict=True) if yes}
    assert hit == {"US-PUBLIC"}


def test_what_became_public_later_is_a_state_of_the_start(network: Network) -> None:
    later = [row for row in network.evidence if row.available_from and row.available_from > START]
    assert later
    for row in later:
        assert row.citation.startswith(camera_maker_facts.STATE)
    assert all(row.date <= START for row in network.exchange)


def test_the_future_feeds_no_figure(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another future (disclosures after the start doubled, later events dropped) gives the same case."""
    source = tmp_path / "source"
    shutil.copytree(FOLDER / "source", source)
    disclosures = read_rows(source / "inventory_disclosures.csv")
    for row in disclosures:
        if row["period_end"] > START.isoformat():
            row["value"] = str(2 * float(row["value"]))
    write_rows(source / "inventory_disclosures.csv", list(disclosures[0]), disclosures)
    events = [row for row in read_rows(source / "events.csv") if row["date"] <= START.isoformat()]
    write_rows(source / "events.csv", list(events[0]), events)
    monkeypatch.setattr(camera_maker_2019, "SOURCE", source)
    camera_maker_2019.build(tmp_path / "case")
    for path in (tmp_path / "case").glob("*"):
        if path.is_file() and path.name != "comparison.csv":
            assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name
    assert (tmp_path / "case" / "comparison.csv").read_bytes() != (FOLDER / "comparison.csv").read_bytes()


def test_hazard_and_relief_follow_from_precedents() -> None:
    seen = camera_maker_facts.judge_precedents(FOLDER / "source", START)
    assert seen.rate == pytest.approx(2 / 15, abs=0.001)
    assert seen.low < seen.rate < seen.high
    assert (round(seen.low * 15, 2), round(seen.high * 15, 2)) == (0.24, 7.23)  # Garwood: 0.242, 7.225
    assert seen.relief_probability == 3 / 5
    assert seen.relief_weeks[1] == pytest.approx((16 * 89) ** 0.5 / 7, abs=0.05)


def test_the_record_is_cited_and_dated() -> None:
    assert [line.done for line in read_record(FOLDER)] == [0.9, 0.3]
    rows = read_rows(FOLDER / "comparison.csv")
    assert [(row["what"], row["weeks"], row["growth"]) for row in rows] == [
        ("components", "26", "0.9"),
        ("finished_goods", "26", "0.3"),
    ]
    for row in rows:
        assert row["citation"]
        assert date.fromisoformat(row["available_from"]) > START
    for row in read_rows(FOLDER / "record" / "events.csv"):
        assert row["available_from"] == row["date"]
