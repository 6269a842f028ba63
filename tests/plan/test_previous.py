"""Next week's plan stays near the one before, and moves where that is worth it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outlast.errors import UsageError
from outlast.network.network import Network
from outlast.plan.previous import Previous, moved_share, read_previous, stand_purchases
from outlast.plan.summary import Done
from outlast.report.stored import to_json
from tests.plan.weeks import (
    before,
    called_off_weekly,
    cheap_to_keep,
    next_week,
    over_a_year,
    plan_week,
    read_example,
)


@pytest.fixture(scope="module", params=["called off weekly", "ordered at once"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The example; its sensors are bought in many small calls, or in one large order."""
    network = read_example(tmp_path_factory.mktemp("weeks") / "case")
    if request.param == "ordered at once":
        return over_a_year(network)
    return called_off_weekly(network)


@pytest.fixture(scope="module")
def first(network: Network) -> Done:
    return plan_week(network)


@pytest.fixture(scope="module")
def last_week(first: Done) -> Previous:
    return before(first)


@pytest.fixture(scope="module")
def week(network: Network, last_week: Previous) -> Network:
    """A week later; what is called off weekly was placed as planned, the large order not yet."""
    placed = None if len(last_week.answer.purchases[0].calls) == 1 else last_week
    return next_week(network, placed)


def with_stock(network: Network, item_id: str, factor: float) -> Network:
    return replace(
        network,
        stock=tuple(
            replace(row, on_hand=row.on_hand * factor) if row.item_id == item_id else row
            for row in network.stock
        ),
    )


def with_hazard(network: Network, factor: float) -> Network:
    (row,) = network.restrictions
    hazard = (row.hazard_per_year or 0) * factor
    return replace(
        network, restrictions=(replace(row, hazard_per_year=hazard, hazard_low=hazard, hazard_high=hazard),)
    )


def with_share(network: Network, share: float) -> Network:
    plan = replace(network.settings.plan, change_cost_share=share)
    return replace(network, settings=replace(network.settings, plan=plan))


def shares(done: Done) -> tuple[float, float]:
    """Share of the money of purchases that moves, and that would if changes cost nothing."""
    trunk = done.best.trunk
    bought = done.schedule.bought(done.problem, trunk)
    return (
        moved_share(done.problem, trunk.buy_sources, bought),
        moved_share(done.problem, trunk.buy_sources, done.best.x[trunk.buy]),
    )


def test_nothing_moves_where_nothing_happened(week: Network, last_week: Previous) -> None:
    """But for calls that the grid of epochs, a week later, leaves more capacity for, where that pays."""
    done = plan_week(week, last_week)
    assert done.problem.earlier is not None
    assert sum(done.problem.earlier.bought.values()) > 100
    called = len(last_week.answer.purchases[0].calls) > 1
    assert shares(done)[0] <= (0.03 if called else 0.0)


@pytest.mark.parametrize(
    ("item_id", "factor"), [("SENSOR", 0.97), ("SENSOR", 1.04), ("CAMERA", 0.95), ("LENS", 1.2)]
)
def test_small_news_of_stock_move_less_than_they_would(
    week: Network, last_week: Previous, item_id: str, factor: float
) -> None:
    """The free plan is counted before it is made into lots: a lot a week in an epoch is no move."""
    calm, free = shares(plan_week(with_stock(week, item_id, factor), last_week))
    lots = 4 * 10 / sum(call.quantity for call in last_week.answer.purchases[0].calls)
    assert calm <= free + lots
    assert calm <= 0.03


def test_a_large_change_moves_the_plan(week: Network, last_week: Previous) -> None:
    assert shares(plan_week(with_hazard(week, 0.1), last_week))[0] > 0.5


def test_the_certificate_is_of_the_plan_itself(week: Network, last_week: Previous) -> None:
    """The bound is that of plans that may change at no cost; the calm plan stays below it."""
    case = with_hazard(week, 1.3)
    calm, free = plan_week(case, last_week), plan_week(case)
    scale = abs(free.best.bound)
    assert calm.best.bound >= free.best.objective - 1e-6 * scale
    assert calm.evaluation.objective <= calm.best.bound + 1e-6 * scale
    assert calm.calm.objective <= calm.best.bound + 1e-6 * scale
    assert np.all(calm.master.penalty == 0)


def test_a_dearer_change_moves_less(week: Network, last_week: Previous) -> None:
    case = with_hazard(week, 0.4)
    moved = [shares(plan_week(with_share(case, share), last_week))[0] for share in (0.0, 0.02, 10.0)]
    assert moved[0] >= moved[1] - 0.01
    assert moved[1] >= moved[2] - 1e-9
    assert moved[2] == pytest.approx(0, abs=0.01)


def test_without_a_charge_the_plan_is_the_best(week: Network, last_week: Previous) -> None:
    done = plan_week(with_share(with_hazard(week, 1.5), 0.0), last_week)
    assert done.calm is done.best


@given(st.floats(-0.05, 0.05), st.floats(0.9, 1.1))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_nearly_unchanged_case_hardly_changes_the_plan(
    week: Network, last_week: Previous, stock: float, hazard: float
) -> None:
    """Nervousness, the share of money moved: below a twentieth, and no more than without a charge."""
    case = with_hazard(with_stock(week, "SENSOR", 1 + stock), hazard)
    calm, free = shares(plan_week(case, last_week))
    assert calm <= max(free, 0.0) + 0.02
    assert calm <= 0.05


def test_orders_of_last_week_are_placed_ordered_or_overdue(network: Network, last_week: Previous) -> None:
    week = next_week(network, last_week)
    start = week.settings.start

    def states(case: Network) -> set[str]:
        return {one.state for one in stand_purchases(last_week, case) if one.call.order_date < start}

    assert states(week) == {"placed"}
    unnamed = tuple(
        replace(row, order_id="ERP-4711" if row.order_id else "") for row in week.open_orders or ()
    )
    assert states(replace(week, open_orders=unnamed)) == {"ordered"}
    assert states(next_week(network)) == {"overdue"}
    later = {one.state for one in stand_purchases(last_week, week) if one.call.order_date >= start}
    assert later <= {"planned"}


def test_what_is_overdue_is_still_meant(network: Network, first: Done, last_week: Previous) -> None:
    done = plan_week(next_week(network), last_week)
    assert done.problem.earlier is not None
    due = sum(order.quantity for order in first.schedule.orders if order.week == 0)
    assert due > 0
    assert done.problem.earlier.bought[int(first.schedule.orders[0].source), 0] >= due


def test_a_plan_of_later_is_none_of_before(network: Network, last_week: Previous) -> None:
    summary = replace(last_week.answer.summary, start=network.settings.start + timedelta(weeks=1))
    later = replace(last_week, answer=replace(last_week.answer, summary=summary))
    with pytest.raises(UsageError, match="after this one"):
        plan_week(network, later)


def test_a_what_if_and_a_stranger_are_refused(last_week: Previous, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no plan\.json"):
        read_previous(tmp_path)
    edited = replace(last_week.answer, what_if=("stock.on_hand[SENSOR]: 1 -> 2",))
    (tmp_path / "plan.json").write_text(to_json(edited), "utf-8")
    with pytest.raises(UsageError, match="what-if"):
        read_previous(tmp_path)
    (tmp_path / "plan.json").write_text(to_json(last_week.answer), "utf-8")
    assert read_previous(tmp_path) == Previous(last_week.answer, None)


def made(done: Done) -> float:
    """What is made for stock in all [units]."""
    return float(done.schedule.make.sum())


def test_making_for_stock_stays_as_it_was(network: Network) -> None:
    """Of what was meant, less what a week has made of it; a little news of hazard does not move it either."""
    ahead = cheap_to_keep(network)
    first = plan_week(ahead)
    meant = made(first)
    assert meant > 100
    last_week = before(first)
    week = next_week(ahead, last_week, ("build-up", "replenishment"))
    assert sum(plan_week(week, last_week).problem.earlier.made.values()) <= meant * 1.001  # type: ignore[union-attr]
    for factor in (1.0, 0.95, 1.05):
        done = plan_week(with_hazard(week, factor), last_week)
        assert done.problem.earlier is not None
        assert made(done) == pytest.approx(sum(done.problem.earlier.made.values()), rel=0.05)
