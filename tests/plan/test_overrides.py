"""What people decide by hand stays, shows, and says what it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outlast.errors import InfeasibleError
from outlast.network.actions import Override
from outlast.network.network import Network
from outlast.plan.overrides import override_lines
from outlast.plan.purchases import purchase_lines
from outlast.plan.summary import Done
from tests.plan.weeks import plan_week, quiet, read_example

ACME = "SENSOR-ACME"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return read_example(tmp_path_factory.mktemp("by-hand") / "case")


@pytest.fixture(scope="module")
def free(network: Network) -> Done:
    return plan_week(network)


def decided(network: Network, **what: object) -> Network:
    return replace(network, overrides=(Override(**what),))  # type: ignore[arg-type]


def bought(done: Done, source_id: str, first: int = 0, last: int = 1000) -> float:
    """Units of build-up ordered from a source in some weeks."""
    source = done.arrays.source_ids.index(source_id)
    return sum(o.quantity for o in done.schedule.orders if o.source == source and first <= o.week <= last)


def costs(done: Done) -> list[float | None]:
    lines = override_lines(done.network, done.problem, done.schedule, done.master, done.best, quiet)
    return [line.cost for line in lines]


def test_exactly_is_bought_to_the_unit(network: Network, free: Done) -> None:
    """650 is no multiple of the lot of 100: whoever decides it has spoken to the supplier."""
    done = plan_week(decided(network, kind="buy_exactly", source_id=ACME, quantity=650.0))
    assert bought(done, ACME) == pytest.approx(650)
    assert done.evaluation.objective <= free.best.bound
    (cost,) = costs(done)
    assert cost is not None
    assert cost >= 0
    assert cost == pytest.approx(free.best.objective - done.best.objective, rel=0.05)


def test_at_least_is_rounded_up_to_lots(network: Network) -> None:
    done = plan_week(decided(network, kind="buy_at_least", source_id=ACME, quantity=3050.0))
    assert bought(done, ACME) == pytest.approx(3100)


def test_at_most_is_rounded_down_to_lots(network: Network) -> None:
    done = plan_week(decided(network, kind="buy_at_most", source_id=ACME, quantity=790.0))
    assert bought(done, ACME) == pytest.approx(700)


def test_never_means_nothing(network: Network) -> None:
    done = plan_week(decided(network, kind="never_buy", source_id=ACME))
    assert bought(done, ACME) == 0
    assert (costs(done)[0] or 0) > 0


def test_an_item_stands_for_its_sources_together(network: Network) -> None:
    done = plan_week(decided(network, kind="buy_at_most", item_id="SENSOR", quantity=500.0))
    assert bought(done, ACME) <= 500


def test_days_limit_what_is_decided(network: Network) -> None:
    """Nothing before March: epochs of four weeks from 4 January."""
    done = plan_week(decided(network, kind="never_buy", source_id=ACME, to_date=date(2027, 2, 28)))
    assert bought(done, ACME, last=7) == 0


def test_an_order_is_placed_on_the_day_that_was_decided(network: Network) -> None:
    """18 January lies within an epoch: the order is placed then, not at the start of the epoch."""
    days = {"from_date": date(2027, 1, 18), "to_date": date(2027, 1, 24)}
    done = plan_week(decided(network, kind="buy_at_least", source_id=ACME, quantity=400.0, **days))
    assert bought(done, ACME, 2, 2) >= 400


def test_what_is_not_at_risk_can_be_bought_by_hand(network: Network) -> None:
    done = plan_week(decided(network, kind="buy_exactly", source_id="LENS-GLAS", quantity=150.0))
    assert bought(done, "LENS-GLAS") == pytest.approx(150)


def test_a_switch_starts_when_it_was_decided(network: Network, free: Done) -> None:
    source = free.arrays.source_ids.index("SENSOR-NORDIC")
    done = plan_week(
        decided(network, kind="start_switch", source_id="SENSOR-NORDIC", from_date=date(2027, 2, 15))
    )
    assert done.schedule.starts[source] == 6
    never = plan_week(decided(network, kind="never_switch", source_id="SENSOR-NORDIC"))
    assert source not in never.schedule.starts
    assert all((cost or 0) >= 0 for cost in (*costs(done), *costs(never)))


def test_purchases_say_that_they_are_set_by_hand(network: Network) -> None:
    done = plan_week(
        decided(
            network, kind="buy_at_least", source_id=ACME, quantity=3050.0, reason="Price rises", author="Ann"
        )
    )
    line = next(line for line in purchase_lines(done.story) if line.kind == "build-up")
    assert line.reason.startswith("set by hand: buy at least 3,050 (Price rises, Ann)")


def test_what_has_no_effect_says_so(network: Network) -> None:
    done = plan_week(decided(network, kind="never_buy", source_id=ACME, to_date=date(2026, 12, 1)))
    (line,) = override_lines(done.network, done.problem, done.schedule, done.master, done.best, quiet)
    assert line.kept.startswith("no effect")
    assert line.cost is None


def test_what_nobody_can_deliver_is_refused_by_name(network: Network) -> None:
    overrides = (
        Override(kind="buy_at_most", source_id=ACME, quantity=90000.0),
        Override(kind="buy_at_least", source_id=ACME, quantity=50000.0, from_date=date(2027, 6, 28)),
    )
    with pytest.raises(
        InfeasibleError, match=r"row 2 of overrides \(buy_at_least SENSOR-ACME 50,000\)"
    ) as caught:
        plan_week(replace(network, overrides=overrides))
    assert not any("row 1" in limit for limit in caught.value.limits)


def test_what_cash_does_not_pay_for_is_refused_by_name(network: Network) -> None:
    with pytest.raises(InfeasibleError, match="row 1 of overrides"):
        plan_week(decided(network, kind="buy_at_least", source_id=ACME, quantity=20000.0))


@given(
    st.sampled_from(["buy_exactly", "buy_at_least", "buy_at_most", "never_buy"]),
    st.integers(0, 4000),
    st.integers(0, 12),
    st.integers(0, 25),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_decided_is_kept_or_refused(
    network: Network, free: Done, kind: str, quantity: int, first: int, length: int
) -> None:
    calendar = network.calendar
    days = {"from_date": calendar.date_of(first), "to_date": calendar.date_of(first + length)}
    amount_asked = None if kind == "never_buy" else float(quantity)
    quantity = int(amount_asked or 0)
    case = decided(network, kind=kind, source_id=ACME, quantity=amount_asked, **days)
    refused = []
    try:
        done = plan_week(case)
    except InfeasibleError as error:
        refused = [limit for limit in error.limits if limit.startswith("row 1 of overrides")]
    if refused:
        return
    (limit,) = done.problem.by_hand.limits
    epochs = {epoch for _, epoch in limit.cells}
    amount = sum(o.quantity for o in done.schedule.orders if o.week // done.arrays.epoch_weeks in epochs)
    if kind not in ("buy_at_most", "never_buy"):
        assert amount >= quantity - 1e-3
    if kind != "buy_at_least":
        assert amount <= quantity + 1e-3
    assert done.evaluation.objective <= free.best.bound + 1e-6 * abs(free.best.bound)
