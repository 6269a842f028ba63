"""Every change of a plan has a reason that was tested, or says that none is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from outlast.network.actions import Override
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.sources import OpenOrder
from outlast.plan.answer import ChangeLine, Since
from outlast.plan.differences import find_facts, stock_news
from outlast.plan.previous import Previous
from tests.plan.weeks import (
    before,
    called_off_weekly,
    cheap_to_keep,
    differences,
    next_week,
    plan_week,
    read_example,
)

CHANGED = ("added", "dropped", "moved", "resized")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Sensors are called off weekly, so that a plan has many orders ahead."""
    network = read_example(tmp_path_factory.mktemp("changes") / "case")
    return called_off_weekly(network)


@pytest.fixture(scope="module")
def last_week(network: Network) -> Previous:
    return before(plan_week(network))


@pytest.fixture(scope="module")
def week(network: Network, last_week: Previous) -> Network:
    return next_week(network, last_week)


def compare(case: Network, last_week: Previous) -> tuple[Since, list[ChangeLine]]:
    since, changes = differences(plan_week(case, last_week))
    return since, [line for line in changes if line.kind in CHANGED]


def with_hazard(case: Network, factor: float) -> Network:
    (row,) = case.restrictions
    hazard = (row.hazard_per_year or 0) * factor
    rows = (replace(row, hazard_per_year=hazard, hazard_low=hazard, hazard_high=hazard),)
    return replace(case, restrictions=rows)


def with_stock(case: Network, item_id: str, change: float) -> Network:
    stock = tuple(
        replace(row, on_hand=row.on_hand + change) if row.item_id == item_id else row for row in case.stock
    )
    return replace(case, stock=stock)


def test_a_week_in_which_nothing_happened_is_no_news(week: Network, last_week: Previous) -> None:
    since, changes = compare(week, last_week)
    hints = ("build-up worth", "stock.csv is the same")
    assert all(text.startswith(hints) for text in since.inputs)
    assert since.plan_id == last_week.answer.plan_id
    assert since.moved_share <= 0.03
    assert all(line.found_by == "none" and "nothing changed but the week" in line.reason for line in changes)


def test_what_was_placed_is_on_record(week: Network, last_week: Previous) -> None:
    _, changes = differences(plan_week(week, last_week))
    placed = [line for line in changes if line.kind == "placed"]
    assert [line.date_before for line in placed] == [date(2027, 1, 4)]
    assert all(line.found_by == "record" for line in placed)


def test_a_lower_hazard_is_the_reason(week: Network, last_week: Previous) -> None:
    since, changes = compare(with_hazard(week, 0.1), last_week)
    assert "hazard_per_year of restrictions US-LISTING: 0.3 -> 0.03" in since.inputs
    assert changes
    assert all(line.found_by == "planned again" for line in changes)
    assert all("US-LISTING: 0.3 -> 0.03" in line.reason for line in changes)


def test_stock_that_turned_up_is_the_reason(week: Network, last_week: Previous) -> None:
    since, changes = compare(with_stock(week, "SENSOR", 3000), last_week)
    assert any("3,000 above what last stock, use and arrivals come to" in text for text in since.inputs)
    assert changes
    assert all(line.found_by == "planned again" for line in changes)
    assert all("stock of SENSOR is 3,400: 3,000 above" in line.reason for line in changes)


def test_a_smaller_budget_is_the_reason(week: Network, last_week: Previous) -> None:
    plan = replace(week.settings.plan, budget=500.0)
    since, changes = compare(replace(week, settings=replace(week.settings, plan=plan)), last_week)
    assert "case.plan.budget: 250,000 -> 500" in since.inputs
    assert changes
    assert all("case.plan.budget: 250,000 -> 500" in line.reason for line in changes)


def test_a_decision_by_hand_is_the_reason(week: Network, last_week: Previous) -> None:
    decided = Override(kind="never_buy", source_id="SENSOR-ACME")
    since, changes = compare(replace(week, overrides=(decided,)), last_week)
    assert any(text.startswith("overrides never_buy, SENSOR-ACME") for text in since.inputs)
    assert {line.kind for line in changes} == {"dropped"}
    assert all("is new; with that put back" in line.reason for line in changes)


def test_of_two_inputs_the_one_that_matters_is_named(week: Network, last_week: Previous) -> None:
    """The hazard falls to a tenth; a little more lens stock touches nothing."""
    _, changes = compare(with_stock(with_hazard(week, 0.1), "LENS", 30), last_week)
    assert changes
    assert all("US-LISTING" in line.reason for line in changes)
    assert not any("LENS" in line.reason for line in changes)


def test_two_inputs_that_only_matter_together_are_not_blamed_alone(
    week: Network, last_week: Previous
) -> None:
    """Either is enough to stop buying: putting back one changes nothing."""
    _, changes = compare(
        replace(with_hazard(week, 0.05), overrides=(Override(kind="never_buy", source_id="SENSOR-ACME"),)),
        last_week,
    )
    assert changes
    assert all(line.found_by == "none" for line in changes)
    assert all("unexplained by a single change" in line.reason for line in changes)


def test_without_the_files_of_before_no_reason_is_made_up(week: Network, last_week: Previous) -> None:
    since, changes = compare(with_hazard(week, 0.1), replace(last_week, network=None))
    assert changes
    assert {line.found_by for line in changes} == {"none"}
    assert any("not kept" in text for text in since.inputs)


def test_cash_that_is_spent_is_not_forgotten(week: Network, last_week: Previous) -> None:
    since, _ = compare(week, last_week)
    assert any("the cash limits are unchanged" in text for text in since.inputs)


def test_the_stock_file_of_last_week_is_noticed(network: Network, week: Network, last_week: Previous) -> None:
    since, _ = compare(week, last_week)
    assert any("is the same as for the plan before" in text for text in since.inputs)
    fresh = replace(week, hashes={**network.hashes, "stock.csv": "0" * 64})
    assert not any("is the same as" in text for text in compare(fresh, last_week)[0].inputs)


def test_use_and_arrivals_are_no_news_of_stock(network: Network, week: Network) -> None:
    old, new = number(network), number(week)
    assert stock_news(network, week, old, new) == {}
    assert find_facts(network, week, old, new, frozenset()) == [
        fact for fact in find_facts(network, week, old, new, frozenset()) if fact.group == "orders"
    ]
    lost = with_stock(week, "HOUSING", -40)
    assert stock_news(network, lost, old, number(lost)) == {"HOUSING": pytest.approx(-40)}


def test_normal_replenishment_is_no_news(network: Network, week: Network, last_week: Previous) -> None:
    """Whether it was marked as placed or comes from the books; more than that is news."""
    lines = [line for line in last_week.answer.purchases if line.kind == "replenishment"]
    assert lines

    def inputs(names: bool, factor: float) -> str:
        orders = tuple(
            OpenOrder(
                source_id=line.source_id,
                quantity=line.quantity * factor,
                arrival_date=line.arrival_date,
                order_id=line.calls[0].order_id if names else "",
            )
            for line in lines
        )
        case = replace(week, open_orders=(*(week.open_orders or ()), *orders))
        return " ".join(compare(case, last_week)[0].inputs)

    assert "on order" not in inputs(names=True, factor=1.0)
    assert "more on order from" not in inputs(names=False, factor=1.0)
    assert "more on order from" in inputs(names=False, factor=2.0)


def test_tables_are_compared_by_row_and_column(network: Network, week: Network) -> None:
    sources = tuple(
        replace(row, unit_price=24.0, lead_time_weeks=13.0) if row.source_id == "SENSOR-ACME" else row
        for row in week.sources
        if row.source_id != "HOUSING-FORM"
    )
    changed = replace(week, sources=sources)
    texts = {
        (fact.text, fact.items)
        for fact in find_facts(network, changed, number(network), number(week), frozenset())
    }
    sensor = frozenset({"SENSOR"})
    assert ("unit_price of sources SENSOR-ACME: 22 -> 24", sensor) in texts
    assert ("lead_time_weeks of sources SENSOR-ACME: 12 -> 13", sensor) in texts
    assert any(text == "sources HOUSING-FORM is gone" for text, _ in texts)


# --- making for stock and replenishment


def of_kind(case: Network, last_week: Previous, kind: str) -> list[ChangeLine]:
    _, changes = differences(plan_week(case, last_week))
    return [line for line in changes if line.kind == kind]


@pytest.mark.parametrize("kind", ["made for stock", "replenishment"])
def test_a_quiet_week_changes_neither_making_nor_replenishment(
    week: Network, last_week: Previous, kind: str
) -> None:
    assert of_kind(week, last_week, kind) == []


def test_less_made_for_stock_has_its_reason(network: Network) -> None:
    """As much as before was meant, less than a quarter of it at a tenth of the hazard."""
    ahead = cheap_to_keep(network)
    last_week = before(plan_week(ahead))
    week = next_week(ahead, last_week)
    meant = sum(line.quantity for line in last_week.answer.production)
    assert meant > 100
    (line,) = of_kind(with_hazard(week, 0.1), last_week, "made for stock")
    assert line.item_id == "CAMERA"
    assert line.quantity_before == pytest.approx(meant, rel=0.3)
    assert (line.quantity_after or 0) < meant / 4
    assert line.found_by == "planned again"
    assert "US-LISTING: 0.3 -> 0.03" in line.reason


def test_more_replenishment_has_its_reason(week: Network, last_week: Previous) -> None:
    """Lenses, of which 250 are missing: they are ordered again, at once."""
    (line,) = of_kind(with_stock(week, "LENS", -250), last_week, "replenishment")
    assert line.source_id == "LENS-GLAS"
    assert line.quantity_after == pytest.approx((line.quantity_before or 0) + 250, abs=50)
    assert line.money == pytest.approx(9 * 250, abs=9 * 50)
    assert line.found_by == "planned again"
    assert "stock of LENS" in line.reason


def test_replenishment_that_was_placed_is_no_change(week: Network, last_week: Previous) -> None:
    orders = list(week.open_orders or ())
    for line in last_week.answer.purchases:
        if line.source_id == "HOUSING-FORM":
            (call,) = line.calls
            orders.append(
                OpenOrder(
                    source_id=line.source_id,
                    quantity=call.quantity,
                    arrival_date=call.arrival_date,
                    order_id=call.order_id,
                )
            )
    assert len(orders) > len(week.open_orders or ())
    assert of_kind(replace(week, open_orders=tuple(orders)), last_week, "replenishment") == []
