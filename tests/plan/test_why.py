"""Each reason for not buying more, on a case small enough to know it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from outlast.errors import UsageError
from outlast.intake.assemble import check_case, read_case
from outlast.intake.template import write_template
from outlast.network.actions import Override
from outlast.network.network import Network
from outlast.plan.certify import leaf_losses
from outlast.plan.decide import decide
from outlast.plan.one_more import Base, find_break_even, held_until, lean_schedule, ways_to_hold
from outlast.plan.schedule import Schedule
from outlast.plan.summary import Done
from outlast.plan.why import WhyAnswer, explain_item
from outlast.report.stored import describe
from tests.plan.stationary import write_stationary

SCHEMA = Path(__file__).parents[2] / "docs/schemas/why.json"


def quiet(message: str) -> None:
    """Progress is not looked at here."""


def stationary(folder: Path, hazard: float = 0.2, margin: float = 4.0) -> Network:
    """One part at risk, use 1 a week, cost 1; a decoy beside."""
    return read_case(write_stationary(folder / "case", hazard, margin, draws=8))


def ask(network: Network, item_id: str = "PART") -> WhyAnswer:
    answer = explain_item(plan(network), item_id, quiet)
    jsonschema.validate({**describe(answer), "what_if": []}, json.loads(SCHEMA.read_text("utf-8")))
    return answer


def plan(network: Network) -> Done:
    return decide(network, seed=7, draws=8, time_limit=None, progress=quiet)


def with_source(network: Network, **changes: object) -> Network:
    sources = tuple(
        replace(row, **changes) if row.source_id == "PART-ONE" else row  # type: ignore[arg-type]
        for row in network.sources
    )
    return replace(network, sources=sources)


def with_plan(network: Network, **changes: object) -> Network:
    settings = replace(network.settings, plan=replace(network.settings.plan, **changes))  # type: ignore[arg-type]
    return replace(network, settings=settings)


def test_a_strange_item_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean PART"):
        ask(stationary(tmp_path), "PRT")


def test_what_no_restriction_hits_is_not_at_risk(tmp_path: Path) -> None:
    assert ask(stationary(tmp_path), "DECOY-PART").verdict == "not at risk"


def test_what_is_sold_nowhere_is_not_used(tmp_path: Path) -> None:
    network = stationary(tmp_path)
    demand = tuple(replace(row, units_per_week=0.0) for row in network.demand if row.product_id == "PRODUCT")
    rest = tuple(row for row in network.demand if row.product_id != "PRODUCT")
    assert ask(replace(network, demand=demand + rest)).verdict == "not used"


def test_what_is_made_is_not_bought(tmp_path: Path) -> None:
    assert ask(stationary(tmp_path), "PRODUCT").verdict == "made here"


def test_break_even_is_where_the_first_week_begins_to_pay(tmp_path: Path) -> None:
    """The best cover solves h c (1 / lam + T) = m (1 - F(T)): none is held up to lam = h c / m.

    The planning model puts events at the starts of epochs, before their orders: of 13 epochs the first
    gains nothing from what is ordered in it, which is up to 1 / 12 more.
    """
    answer = ask(stationary(tmp_path, hazard=0.02))
    (line,) = answer.break_even
    assert (answer.verdict, answer.bought) == ("enough", 0)
    assert answer.gain < 0
    assert line.hazard_per_year == pytest.approx(0.02)
    assert line.break_even_per_year is not None
    assert 0.05 <= line.break_even_per_year <= 0.05 * 13 / 12 * 1.01


def test_planning_on_either_side_of_the_break_even(tmp_path: Path) -> None:
    """What the break-even says is what the planner does."""
    network = stationary(tmp_path, hazard=0.02)
    level = ask(network).break_even[0].break_even_per_year
    assert level is not None

    def bought(hazard: float) -> float:
        (row,) = network.restrictions
        return sum(
            order.quantity
            for order in plan(
                replace(network, restrictions=(replace(row, hazard_per_year=hazard),))
            ).schedule.orders
        )

    assert bought(0.95 * level) == 0
    assert bought(1.1 * level) > 1


def test_at_the_best_cover_one_more_hardly_matters(tmp_path: Path) -> None:
    answer = ask(stationary(tmp_path))
    assert answer.bought > 25
    assert answer.verdict == "enough"
    assert abs(answer.gain) < 0.05 * answer.next_cost
    assert answer.break_even[0].break_even_per_year == pytest.approx(0.2, rel=0.25)


def test_a_budget_that_holds_it_back_is_named(tmp_path: Path) -> None:
    answer = ask(with_plan(stationary(tmp_path), budget=8.0))
    assert answer.verdict == "budget"
    assert answer.gain > 0
    assert "with USD 0 more, the plan buys" in answer.sentences[-1]


def test_more_cash_goes_into_what_earns_more_first(tmp_path: Path) -> None:
    """The decoy is at risk too, and earns little: the next money goes into the part."""
    network = with_plan(stationary(tmp_path), budget=8.0)
    sources = tuple(replace(row, origin_country="US") for row in network.sources)
    demand = tuple(
        replace(row, unit_price=3.4) if row.product_id == "DECOY" else row for row in network.demand
    )
    answer = ask(replace(network, sources=sources, demand=demand), "DECOY-PART")
    assert answer.verdict in ("budget", "enough")
    if answer.verdict == "budget":
        assert "first go into PART" in answer.sentences[-1]


def test_a_capacity_that_holds_it_back_is_named(tmp_path: Path) -> None:
    assert ask(with_source(stationary(tmp_path), capacity_per_week=1.1)).verdict == "capacity"


def test_no_spare_capacity_at_all_is_named(tmp_path: Path) -> None:
    answer = ask(with_source(stationary(tmp_path), capacity_per_week=1.0))
    assert answer.verdict == "capacity"
    assert answer.next_order == 0


def test_a_shelf_life_that_holds_it_back_is_named(tmp_path: Path) -> None:
    network = stationary(tmp_path)
    items = tuple(
        replace(row, shelf_life_weeks=6.0) if row.item_id == "PART" else row for row in network.items
    )
    assert ask(replace(network, items=items)).verdict == "shelf life"


def test_a_store_that_is_full_is_named(tmp_path: Path) -> None:
    network = with_plan(stationary(tmp_path), storage_limit=6.0)
    items = tuple(
        replace(row, storage_per_unit=1.0) if row.item_id == "PART" else row for row in network.items
    )
    assert ask(replace(network, items=items)).verdict == "storage"


def test_what_arrives_beyond_the_horizon_is_too_late(tmp_path: Path) -> None:
    assert ask(with_source(stationary(tmp_path), lead_time_weeks=60.0)).verdict == "too late"


def test_what_was_decided_by_hand_is_named(tmp_path: Path) -> None:
    decided = Override(kind="buy_at_most", source_id="PART-ONE", quantity=5.0, reason="Quality", author="Ann")
    answer = ask(replace(stationary(tmp_path), overrides=(decided,)))
    assert (answer.verdict, answer.bought) == ("by hand", pytest.approx(5))
    assert "row 1 of overrides (buy_at_most PART-ONE 5) holds it back" in answer.sentences[-1]


def test_whole_lots_may_leave_something_open(tmp_path: Path) -> None:
    """A plan that buys less than is best, with nothing to hold it back."""
    done = plan(stationary(tmp_path))
    bare = Schedule((), done.schedule.make, np.zeros_like(done.schedule.run_down), done.schedule.starts)
    answer = explain_item(replace(done, schedule=bare), "PART", quiet)
    assert answer.verdict == "lots"
    assert answer.gain > 0.1 * answer.next_cost


def test_a_second_source_bridges_a_cut(tmp_path: Path) -> None:
    """With a rarer cut the switch at the event is enough; without it more stock would pay."""
    write_template(tmp_path / "case")
    network, _ = check_case(tmp_path / "case", ["restrictions.hazard_per_year[US-LISTING]=0.1"])
    assert network is not None
    done = decide(network, seed=7, draws=2, time_limit=None, progress=quiet)
    answer = explain_item(done, "SENSOR", quiet)
    assert answer.verdict == "bridged"
    assert "Nordic Imaging AS (started at an event) bridges" in answer.sentences[-1]


def test_break_even_of_known_lines() -> None:
    assert find_break_even(lambda k: k - 3.0, 0.1) == pytest.approx(3.0)
    assert find_break_even(lambda k: k - 0.25, 0.1) == pytest.approx(0.25)
    assert find_break_even(lambda k: -1.0, 0.1) is None
    assert find_break_even(lambda k: 1.0, 0.1) is None
    assert find_break_even(lambda k: k, 0.0) is None


@pytest.mark.parametrize("hazard", [0.02, 0.06, pytest.param(0.2, marks=pytest.mark.slow)])
def test_no_other_span_to_hold_one_more_order_is_better(tmp_path: Path, hazard: float) -> None:
    """Every epoch by whose end it may be used up is tried, the slow way."""
    done = plan(stationary(tmp_path, hazard=hazard))
    source, size = done.arrays.source_ids.index("PART-ONE"), 2.0
    lean, odds = lean_schedule(done), done.master.teeth.extensive.leaves.odds
    first = -(-int(done.arrays.source_lead[source]) // done.arrays.epoch_weeks)
    all_ends = [
        done.problem.risk.value(
            leaf_losses(done.master.teeth, done.problem, held_until(done, lean, source, size, first, end)),
            odds,
        )
        for end in range(first, done.problem.epochs)
    ]
    ways = [
        done.problem.risk.value(losses, odds) for losses in ways_to_hold(Base.of(done, lean), source, size)
    ]
    assert min(ways) == pytest.approx(min(all_ends), rel=1e-6)
    assert len(ways) < len(all_ends)
