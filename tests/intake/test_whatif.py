"""Edits on the command line: what they change, what they refuse, and that nothing makes them stumble."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.intake.assemble import check_case, read_case
from outlast.intake.template import write_template
from outlast.intake.whatif import WHERE, edit_network
from outlast.network.declarations import KEYS
from outlast.network.network import TABLES, Network


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edits") / "case"
    write_template(folder)
    return folder


@pytest.fixture(scope="module")
def network(case: Path) -> Network:
    return read_case(case)


def edited(network: Network, *texts: str) -> Network:
    changed, findings = edit_network(network, texts)
    assert findings == ()
    return changed


def test_a_figure_of_one_row_is_set(network: Network) -> None:
    changed = edited(network, "stock.on_hand[SENSOR]=5000")
    assert {row.item_id: row.on_hand for row in changed.stock} == {
        "CAMERA": 200.0,
        "SENSOR": 5000.0,
        "LENS": 300.0,
        "HOUSING": 250.0,
    }
    assert changed.what_if == ("stock.on_hand[SENSOR]: 500 -> 5000",)


def test_figures_of_many_rows_are_multiplied(network: Network) -> None:
    changed = edited(network, "demand.units_per_week[CAMERA,*,*]*=1.2")
    assert list(changed.column("demand", "units_per_week")) == pytest.approx([84, 36])
    assert changed.what_if == ("demand.units_per_week[CAMERA,*,*] *= 1.2 in 2 rows",)


def test_settings_are_changed_and_emptied(network: Network) -> None:
    changed = edited(network, "case.plan.budget-=50000", "case.start=2027-01-11", "case.horizon_weeks=52")
    assert changed.settings.plan.budget == 200000
    assert (changed.settings.start, changed.settings.horizon_weeks) == (date(2027, 1, 11), 52)
    assert edited(network, "case.plan.budget=").settings.plan.budget is None


def test_edits_follow_one_another(network: Network) -> None:
    changed = edited(network, "stock.on_hand[LENS]=100", "stock.on_hand[LENS]+=40")
    assert next(row.on_hand for row in changed.stock if row.item_id == "LENS") == 140


def test_rows_of_one_name_are_changed_alike_or_not_at_all(network: Network) -> None:
    changed = edited(network, "open_orders.quantity[SENSOR-ACME]*=0.5")
    assert [row.quantity for row in changed.open_orders or () if row.source_id == "SENSOR-ACME"] == [200] * 3
    _, (finding,) = edit_network(network, ["open_orders.quantity[SENSOR-ACME]=5"])
    assert "3 rows" in finding.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bogus", "is no edit"),
        ("stok.on_hand[SENSOR]=1", "Did you mean stock"),
        ("stock.onhand[SENSOR]=1", "Did you mean on_hand"),
        ("stock.on_hand[SENSR]=1", "Did you mean SENSOR"),
        ("stock.on_hand=1", "Name the rows"),
        ("stock.item_id[SENSOR]=LENS", "names the row"),
        ("case.plan.buget=1", "Did you mean plan.budget"),
        ("demand.units_per_week[CAMERA]=1", "named by 3 values; 1 are given"),
        ("sources.lead_time_weeks[SENSOR-ACME]=-3", "out of range"),
        ("sources.status[SENSOR-ACME]=maybe", "maybe"),
        ("sources.status[SENSOR-ACME]*=2", "is no number"),
        ("sources.capacity_per_week[SENSOR-ACME]*=2", "has no value to change"),
        ("stock.on_hand[SENSOR]*=many", "many"),
        ("stock.on_hand[SENSOR]=1,5", "Write 1.5"),
        ("case.horizon_weeks*=0.51", "53.04"),
    ],
)
def test_what_cannot_be_changed_is_said(network: Network, text: str, says: str) -> None:
    same, (finding,) = edit_network(network, [text])
    assert same.what_if == ()
    assert finding.level == "error"
    assert finding.place.file == WHERE
    assert says in f"{finding.message} {finding.remedy}"


def test_every_wrong_edit_is_told_at_once(case: Path) -> None:
    network, findings = check_case(case, ["bogus", "stock.on_hand[SENSR]=1", "stock.on_hand[LENS]=7"])
    assert network is None
    assert len([finding for finding in findings if finding.place.file == WHERE]) == 2


def test_an_edited_case_is_checked_like_a_file(case: Path) -> None:
    network, findings = check_case(case, ["sources.status[SENSOR-ACME]=alternative"])
    assert network is None
    assert "alternative-without-switch-time" in {finding.code for finding in findings}


def test_another_start_is_no_what_if(case: Path) -> None:
    network, _ = check_case(case, start=date(2027, 1, 11))
    assert network is not None
    assert network.settings.start == date(2027, 1, 11)
    assert network.what_if == ()


NAMES = sorted(
    {*TABLES, "case", *(column for keys in KEYS.values() for column in keys), "on_hand", "plan.budget"}
)
EDITS = st.one_of(
    st.text(max_size=60),
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.text(max_size=12) | st.sampled_from(["SENSOR", "*", "*,*,*", "CAMERA,HOME,*"]),
        st.sampled_from(["=", "*=", "+=", "-="]),
        st.text(max_size=12) | st.floats().map(repr),
    ).map(lambda parts: f"{parts[0]}.{parts[1]}[{parts[2]}]{parts[3]}{parts[4]}"),
)


@given(st.lists(EDITS, max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_text_is_an_edit_or_a_finding(texts: list[str]) -> None:
    network = _NETWORK
    changed, findings = edit_network(network, texts)
    assert len(changed.what_if) + len({finding.place.column for finding in findings}) <= 2 * len(texts)
    assert len(changed.what_if) <= len(texts)
    assert len(changed.what_if) == len(texts) or findings


def example() -> Network:
    """The case of `outlast init`."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write_template(Path(folder) / "case")
        return read_case(Path(folder) / "case")


_NETWORK = example()
