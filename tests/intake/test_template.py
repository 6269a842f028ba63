"""The example case is sound, complete, and never written over anything."""

from datetime import date

import pytest

from outlast.errors import UsageError
from outlast.intake.assemble import check_case, read_case
from outlast.intake.template import compose_template, write_template
from outlast.network.network import TABLES
from outlast.network.restrictions import Scope
from outlast.network.sources import Source


def test_the_example_passes_without_findings_and_reads_back(tmp_path):
    write_template(tmp_path / "new" / "case")
    network, findings = check_case(tmp_path / "new" / "case")
    assert findings == ()
    assert network.settings.start == date(2027, 1, 4)
    assert network.settings.plan.survive_weeks == 26
    assert [item.item_id for item in network.items] == ["CAMERA", "SENSOR", "LENS", "HOUSING"]
    assert network.sources[1] == Source(
        source_id="SENSOR-NORDIC",
        item_id="SENSOR",
        supplier_id="NORDIC",
        unit_price=24.0,
        lead_time_weeks=10.0,
        status="alternative",
        currency="EUR",
        minimum_order=200.0,
        order_multiple=100.0,
        origin_country="NO",
        start_allowed="both",
        switch_cost=40000.0,
        switch_weeks_p10=16.0,
        switch_weeks_p50=26.0,
        switch_weeks_p90=42.0,
        ramp_weeks=4.0,
    )
    assert network.scopes == (
        Scope(restriction_id="US-LISTING", table="sources", column="origin_country", value="US"),
    )
    assert network.open_orders[0].shipped is True
    assert network.owners == ()


def test_every_column_is_explained_above_its_heading():
    files = compose_template()
    for name, row_type in TABLES.items():
        comments = [line for line in files[f"{name}.csv"].splitlines() if line.lstrip('"').startswith("# ")]
        for column in row_type.__dataclass_fields__:
            assert any(line.lstrip('"').startswith(f"# {column} (") for line in comments), (name, column)
    assert "default unlimited" in files["sources.csv"]


def test_an_empty_folder_is_filled_and_keeps_its_place(tmp_path):
    (tmp_path / "case").mkdir()
    write_template(tmp_path / "case")
    assert read_case(tmp_path / "case").items
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


@pytest.mark.parametrize("name", ["full", "file", "below/file/case"])
def test_nothing_is_written_over(name, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_text("mine")
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    with pytest.raises(UsageError):
        write_template(tmp_path / name)
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def test_nothing_is_left_where_writing_fails(tmp_path, monkeypatch):
    from pathlib import Path

    write_text = Path.write_text

    def fail(path, *args, **kwargs):
        if path.name == "stock.csv":
            raise OSError(28, "No space left on device")
        return write_text(path, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(UsageError, match="No space left"):
        write_template(tmp_path / "case")
    assert list(tmp_path.iterdir()) == []
