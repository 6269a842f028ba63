"""The whole plan, on cases written as files: known covers, laws, and the certificate's promises."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from outlast.cli import app
from outlast.cluster import LocalProcesses
from outlast.intake.assemble import read_case
from outlast.network.arrays import NetworkArrays
from outlast.network.numbering import number
from outlast.optimise.comb import AT_EVENT, CombProblem, build_problem
from outlast.optimise.solve import load, solve
from outlast.periods import NEVER
from outlast.plan.certify import evaluate
from outlast.plan.decide import decide, plan_case
from outlast.plan.schedule import Order, Schedule, plan_policy
from outlast.plan.summary import Done
from outlast.report.stored import to_json
from outlast.scenarios.draw import draw_scenarios
from outlast.scenarios.scenarios import Scenarios
from outlast.simulate.run import baseline, simulate
from tests.plan.stationary import EACH_KNOWN, KNOWN, write_stationary

TEMPLATE_DRAWS = 2


def quiet(message: str) -> None:
    """Progress is not looked at here."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case of `outlast init`, over half a year."""
    from outlast.intake.template import write_template

    folder = tmp_path_factory.mktemp("template") / "case"
    write_template(folder)
    text = (folder / "case.toml").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("horizon_weeks")]
    at = next(k for k, line in enumerate(lines) if line.startswith("["))
    lines.insert(at, "horizon_weeks = 26")
    (folder / "case.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def done(template: Path) -> Done:
    return decide(read_case(template), seed=5, draws=4, time_limit=None, progress=quiet)


def one_cut(arrays: NetworkArrays, week: int, weeks_closed: int) -> Scenarios:
    """One scenario: the first restriction falls in `week` and is lifted after so many weeks."""
    drawn = draw_scenarios(arrays, 1, 1, event=(0, week), noise=False)
    return replace(drawn, relief=np.where(drawn.effective < NEVER, drawn.effective + weeks_closed, NEVER))


@pytest.mark.parametrize("cover", [0, 8, 30])
@pytest.mark.parametrize("closed", [5, 17, 40])
def test_cost_of_the_program_equals_the_simulated_cost(tmp_path: Path, cover: int, closed: int) -> None:
    """One part, no noise, the cut known in kind: program and simulator charge the same."""
    arrays = number(read_case(write_stationary(tmp_path / "case", 1.0, 4.0, horizon=8)))
    problem = build_problem(arrays, np.zeros((1, 2)), np.array([[float(closed)]]), bucket_weeks=1)
    master = load(problem)
    schedule = Schedule((Order(0, 0, float(cover)),) if cover else (), np.zeros((2, 1)), np.zeros((2, 2)), {})
    policy = plan_policy(problem, master.teeth.extensive.trunk, schedule)
    total = 0.0
    for tooth in problem.teeth:
        scenario = one_cut(arrays, tooth.week, closed)
        value = simulate(arrays, scenario, policy).value[0]
        total += tooth.probability * (baseline(arrays, scenario)[0] - value)
    never = np.full((1, 1), NEVER)
    calm = replace(one_cut(arrays, 0, 1), announced=never, effective=never, closed=never, relief=never)
    total += problem.quiet * (baseline(arrays, calm)[0] - simulate(arrays, calm, policy).value[0])
    found = evaluate(master.teeth, problem, schedule, exact=1e-9, rounded=False)
    assert -found.objective == pytest.approx(total, rel=1e-5, abs=1e-6)


def test_a_clairvoyant_is_never_worse_than_the_policy(done: Done) -> None:
    """On each draw, recourse that knows all durations loses no more than the simulated policy."""
    arrays = done.arrays
    week, count = 8, 6
    scenarios = draw_scenarios(arrays, count, 11, event=(0, week), noise=False)
    policy = plan_policy(done.problem, done.best.trunk, done.schedule)
    lost = baseline(arrays, scenarios) - simulate(arrays, scenarios, policy).value
    for n in range(count):
        relief = np.full((1, len(arrays.restriction_ids)), np.inf)
        lifted = scenarios.relief[n] < NEVER
        relief[0, lifted] = (scenarios.relief[n] - scenarios.effective[n])[lifted]
        switch = np.ceil(scenarios.switch_weeks[[n]] - 1e-9)
        problem = build_problem(arrays, switch, relief, bucket_weeks=1)
        tooth = next(t for t in problem.teeth if t.week == week and t.restriction == 0)
        certain = replace(problem, teeth=(replace(tooth, probability=1.0, draw=0),), quiet=0.0)
        foreseen = evaluate(load(certain).teeth, certain, done.schedule, exact=1e-6)
        assert -foreseen.objective <= lost[n] + 1e-6 * max(1.0, abs(lost[n]))


def test_the_plan_beats_doing_nothing_and_stays_below_its_bound(done: Done) -> None:
    assert done.nothing.objective <= done.evaluation.objective + 1e-6
    assert done.evaluation.objective <= done.best.bound + 1e-6 * abs(done.best.bound)
    room = done.best.bound - done.nothing.objective
    assert done.best.bound - done.best.objective <= 0.01 * room


@given(st.integers(0, 10**6))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_feasible_plan_beats_the_bound(done: Done, seed: int) -> None:
    rng = np.random.default_rng(seed)
    trunk, problem = done.best.trunk, done.problem
    room = load(problem).teeth.extensive.program.upper[trunk.buy]
    orders = tuple(
        Order(int(source), problem.epoch_week(epoch), float(rng.uniform(0, 0.2) * room[epoch, column]))
        for column, source in enumerate(trunk.buy_sources)
        for epoch in range(problem.epochs)
        if room[epoch, column] > 0 and rng.uniform() < 0.3
    )
    free = replace(
        problem, arrays=replace(done.arrays, cash_limit=np.full_like(done.arrays.cash_limit, np.inf))
    )
    bound = solve(free).bound
    random = Schedule(orders, np.zeros(trunk.make.shape), np.zeros(trunk.run_down.shape), {})
    assert evaluate(load(free).teeth, free, random, exact=1e-3).objective <= bound + 1e-6 * abs(bound)


def test_orders_are_whole_lots_above_the_minimum_and_within_the_budget(done: Done) -> None:
    arrays = done.arrays
    assert done.schedule.orders
    for order in done.schedule.orders:
        assert order.quantity >= arrays.source_minimum[order.source] - 1e-9
        step = done.story.lot[order.source]
        if step > 0:
            assert order.quantity / step == pytest.approx(round(order.quantity / step), abs=1e-6)
    horizon = arrays.horizon_weeks
    assert np.all(done.story.spend[:horizon] <= arrays.cash_limit[:horizon] * (1 + 1e-9))


@pytest.mark.slow
def test_same_seed_same_bytes_with_one_and_two_processes(template: Path) -> None:
    network = read_case(template)
    alone = to_json(plan_case(network, seed=3, scenarios=TEMPLATE_DRAWS))
    with LocalProcesses(2) as executor:
        together = to_json(plan_case(network, seed=3, scenarios=TEMPLATE_DRAWS, executor=executor))
    assert alone == together
    other = to_json(plan_case(network, seed=4, scenarios=TEMPLATE_DRAWS))
    assert other != alone


def test_more_money_never_hurts_on_the_same_scenarios(done: Done) -> None:
    def best(problem: CombProblem) -> float:
        return solve(problem).objective

    poor = replace(done.problem, arrays=replace(done.arrays, cash_limit=done.arrays.cash_limit * 0.3))
    assert best(poor) <= best(done.problem) + 1e-3 * abs(done.best.objective)


@pytest.mark.parametrize(("hazard", "margin"), EACH_KNOWN)
def test_plan_holds_the_known_cover(tmp_path: Path, hazard: float, margin: float) -> None:
    network = read_case(write_stationary(tmp_path / "case", hazard, margin))
    plan = decide(network, seed=7, draws=64, time_limit=None, progress=quiet)
    part = list(plan.arrays.item_ids).index("PART")
    decoy = list(plan.arrays.item_ids).index("DECOY-PART")
    assert plan.story.target(part) == pytest.approx(KNOWN[hazard, margin], abs=1.0)
    assert plan.story.target(decoy) == 0.0
    assert AT_EVENT not in plan.schedule.starts.values()


@pytest.mark.slow
@pytest.mark.parametrize(("hazard", "margin"), list(KNOWN))
def test_outlast_plan_prints_the_known_cover(tmp_path: Path, hazard: float, margin: float) -> None:
    """The same from files to plan.json, as a user runs it."""
    case = write_stationary(tmp_path / "case", hazard, margin)
    result = CliRunner().invoke(app, ["plan", str(case), "--json", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    part = next(line for line in answer["items"] if line["item_id"] == "PART")
    assert part["cover_weeks_target"] == pytest.approx(KNOWN[hazard, margin], abs=1.0)
    assert answer["certificate"]["gap"] <= 0.01
    assert json.loads((tmp_path / "out" / "plan.json").read_text("utf-8")) == answer


@pytest.mark.slow
@pytest.mark.parametrize("name", ["open-camera", "camera-maker-2019"])
def test_ready_cases_are_planned_to_one_percent(name: str) -> None:
    answer = plan_case(read_case(Path(__file__).parents[2] / "cases" / name))
    assert 0 <= answer.certificate.gap <= 0.01
    assert answer.certificate.beats_cover_rule
    assert answer.certificate.simulated.mean > answer.certificate.simulated_nothing.mean
    assert answer.certificate.simulated_scenarios >= 1000
    assert any(line.kind == "assumed" for line in answer.assumptions)
