"""`outlast plan` by first-order steps: beside the exact way on a small case, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from benchmarks.large_case import write_case
from outlast.errors import UsageError
from outlast.intake.assemble import read_case
from outlast.network.network import Network
from outlast.optimise.comb import build_problem
from outlast.optimise.ordering import order_weeks
from outlast.plan.answer import PlanAnswer
from outlast.plan.decide import decide, plan_case, pose
from outlast.plan.many_lots import whole_orders
from outlast.plan.rounding import keeps_to_cash
from outlast.plan.schedule import Schedule
from outlast.plan.summary import Done
from outlast.plan.way import MANY_ROWS, choose_way, read_method, way_words


@cache
def small() -> Network:
    """Twelve parts, three products, five countries, half a year planned, three quarters followed."""
    with TemporaryDirectory() as folder:
        write_case(Path(folder), 12, 3, draws=1)
        network = read_case(Path(folder))
    plan = replace(network.settings.plan, window_weeks=39)
    return replace(network, settings=replace(network.settings, horizon_weeks=26, plan=plan))


@cache
def decided(method: str) -> Done:
    return decide(small(), seed=1, draws=1, time_limit=None, progress=lambda message: None, method=method)


@cache
def answered() -> PlanAnswer:
    return plan_case(small(), method="fast")


@pytest.mark.slow
def test_both_ways_agree_within_their_gaps() -> None:
    """What each proves holds for the plan of the other: no plan is above either bound, and both plans are
    worth the same but for what their gaps leave open."""
    exact, fast = decided("exact"), decided("fast")
    assert (exact.way.used, fast.way.used) == ("exact", "fast")
    slack = 1e-4 * abs(exact.best.bound)  # buckets of four weeks are no weeks, see docs/first_order.md
    assert fast.evaluation.objective <= exact.best.bound + slack
    assert exact.evaluation.objective <= fast.best.bound + slack
    assert fast.evaluation.objective <= fast.best.objective + slack
    room = exact.best.bound - exact.nothing.objective
    assert room > 0
    assert abs(exact.evaluation.objective - fast.evaluation.objective) <= 0.1 * room


def test_a_plan_of_the_fast_way_is_in_whole_lots_within_cash() -> None:
    done = decided("fast")
    arrays, lot = done.arrays, done.story.lot
    assert done.schedule.orders
    for order in done.schedule.orders:
        assert order.quantity / lot[order.source] == pytest.approx(round(order.quantity / lot[order.source]))
        assert order.quantity >= arrays.source_minimum[order.source] * (1 - 1e-9)
        assert order.week in order_weeks(done.problem, order.source, order.week // arrays.epoch_weeks)
    assert keeps_to_cash(done.problem, done.best.trunk, done.schedule)


def test_the_answer_says_which_way_was_gone_and_what_it_leaves_out() -> None:
    answer = answered()
    assert answer.way.used == answer.way.asked == "fast"
    assert answer.way.left_out
    assert any("the fast way" in line.text and "Not worked out" in line.text for line in answer.assumptions)
    proof = answer.certificate
    assert proof.objective <= proof.bound
    assert not np.isfinite(proof.gap_upper_95)
    assert "first-order steps" in proof.model
    assert proof.simulated.mean > proof.simulated_nothing.mean
    assert any(line.kind == "build-up" and line.reason for line in answer.purchases)
    assert answer.options == ()


def test_the_second_program_goes_through_a_small_plan() -> None:
    """The trunk row by row, and with the exact program what follows each event; more in
    `test_checked_teeth`."""
    proof = answered().certificate
    assert proof.checked
    assert proof.checked_to < 1e-9
    assert proof.status == "gap"
    assert "event by event" in proof.check


def refused() -> Network:
    """The same with a weight on the tail of the loss."""
    plan = replace(small().settings.plan, risk_weight=0.5)
    return replace(small(), settings=replace(small().settings, plan=plan))


def test_what_the_fast_way_does_not_know_goes_the_exact_way_with_a_sentence() -> None:
    way = choose_way(refused(), pose(refused(), seed=1, draws=1)[0], "fast")
    assert way.used == "exact"
    assert "CVaR" in way.why
    assert way_words(way) == (f"Planned the exact way: {way.why}.",)


@pytest.mark.slow
def test_a_plan_that_was_refused_is_there_all_the_same() -> None:
    done = decide(refused(), seed=1, draws=1, time_limit=None, progress=lambda message: None, method="fast")
    assert done.way.used == "exact"
    assert done.exact.teeth.passes > 0


def test_auto_goes_by_size() -> None:
    network = small()
    problem = decided("fast").problem
    assert choose_way(network, problem, "auto").used == "exact"
    arrays, draws, rng = problem.arrays, int(MANY_ROWS / 1000), np.random.default_rng(1)
    relief = rng.uniform(5, 30, (draws, len(arrays.restriction_ids)))
    switch = np.repeat(problem.switch_weeks[:1], draws, axis=0)
    large = build_problem(arrays, switch, relief)
    way = choose_way(network, large, "auto")
    assert way.rows > MANY_ROWS
    assert way.used == "fast"
    assert "too large to be solved exactly" in way.why
    regret = replace(network.settings.plan, objective="regret")
    other = replace(network, settings=replace(network.settings, plan=regret))
    way = choose_way(other, large, "auto")
    assert way.used == "exact"
    assert "least regret" in way.why
    assert "hours" in way.why


def test_a_word_that_is_no_method_is_refused() -> None:
    with pytest.raises(UsageError, match="auto, exact or fast"):
        read_method("quick")


def test_lots_carry_what_is_left_and_cost_no_more_than_the_relaxation() -> None:
    """0.4 of a lot in each epoch is a lot in every second or third one; the sum is never above what was
    wanted by then, as there is no money for more."""
    done = decided("fast")
    problem, trunk = done.problem, done.best.trunk
    lot = np.ones(len(problem.arrays.source_ids)) * 1e4
    wanted = np.full(trunk.buy.shape, 0.4e4)
    orders = whole_orders(problem, trunk, wanted, lot, 0.5)
    bought = Schedule(tuple(orders), done.schedule.make, done.schedule.run_down, {}).bought(problem, trunk)
    price = problem.arrays.source_price[trunk.buy_sources]
    assert bought.sum() > 0
    assert np.all(np.cumsum(bought @ price) <= np.cumsum(wanted @ price) * (1 + 1e-9))
    assert np.all(np.abs(np.cumsum(bought, axis=0) - np.cumsum(wanted, axis=0)) <= 2e4)
