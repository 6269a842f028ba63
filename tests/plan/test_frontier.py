"""What cash buys: every budget has the plan that it would have alone, and more is never worse."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlast.errors import UsageError
from outlast.intake.assemble import check_case, read_case
from outlast.intake.template import write_template
from outlast.network.network import Network
from outlast.optimise.comb import AT_EVENT
from outlast.optimise.highs import Status
from outlast.optimise.solve import load, solve
from outlast.plan.budgets import Search, calendar_shape, space_budgets
from outlast.plan.decide import GAP_TARGET, pose
from outlast.plan.frontier import Frontier, find_enough, trace_frontier
from outlast.report.frontier import headline, tell_frontier, write_frontier

DRAWS = 2


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example case of `outlast init`, with a switch that its cash can pay for."""
    folder = tmp_path_factory.mktemp("frontier") / "case"
    write_template(folder)
    return folder


def edited(case: Path, *changes: str) -> Network:
    network, findings = check_case(case, changes)
    assert network is not None, findings
    return network


@pytest.fixture(scope="module")
def network(case: Path) -> Network:
    return edited(case, "sources.switch_cost[*]=3000", "case.plan.budget=60000")


@pytest.fixture(scope="module")
def frontier(network: Network) -> Frontier:
    return trace_frontier(network, scenarios=DRAWS, points=5)


def test_budgets_rise_from_nothing_to_ample_and_hold_that_of_the_case(frontier: Frontier) -> None:
    budgets = [point.budget for point in frontier.points]
    assert budgets == sorted(set(budgets))
    assert budgets[0] == 0
    assert max(budgets) >= frontier.ample_budget
    assert [point.budget for point in frontier.points if point.limit_of_case] == [60_000]


def test_no_plan_spends_more_than_its_budget(frontier: Frontier) -> None:
    for point in frontier.points:
        assert point.spend is not None
        assert -1e-9 <= point.spend <= point.budget * (1 + 1e-9)
    assert any(point.starts for point in frontier.points)


def test_more_cash_is_never_worse_and_no_plan_passes_its_bound(frontier: Frontier) -> None:
    objectives = [point.objective for point in frontier.points if point.objective is not None]
    bounds = [point.bound for point in frontier.points if point.bound is not None]
    assert len(objectives) == len(bounds) == len(frontier.points)
    room = GAP_TARGET * (max(bounds) - frontier.objective_nothing)
    assert all(later >= earlier for earlier, later in pairwise(objectives))
    assert all(later >= earlier - room for earlier, later in pairwise(bounds))
    assert all(o <= b + 1e-6 * abs(b) for o, b in zip(objectives, bounds, strict=True))
    assert objectives[-1] > objectives[0] + 10 * room


def test_a_plan_of_a_smaller_budget_serves_a_larger_one(network: Network) -> None:
    search = Search.begin(network, 1, DRAWS, None, lambda message: None)
    small, large = search.plan(20_000), search.plan(40_000)
    assert small.evaluation is not None
    assert large.or_that_of(None) is large.or_that_of(small) is large
    worse = replace(large, evaluation=replace(small.evaluation, objective=small.evaluation.objective - 1e6))
    served = worse.or_that_of(small)
    assert served.budget == 40_000
    assert served.solution is large.solution
    assert (served.schedule, served.evaluation) == (small.schedule, small.evaluation)


def test_what_was_learned_under_other_budgets_holds(network: Network, frontier: Frontier) -> None:
    # Each budget solved alone, with nothing known: neither bound excludes the other's plan.
    for point in frontier.points[1:]:
        alone = replace(
            network,
            settings=replace(network.settings, plan=replace(network.settings.plan, budget=point.budget)),
        )
        problem, _ = pose(alone, seed=network.settings.seed, draws=DRAWS)
        master = load(problem)
        idle = solve(problem, master=master, build_up=False, gap=1e-3)
        best = solve(problem, master=master, gap=GAP_TARGET, reference=idle.objective)
        assert point.objective is not None
        assert point.bound is not None
        slack = 1e-6 * abs(best.bound)
        assert best.objective <= point.bound + slack
        assert point.objective <= best.bound + slack
        assert point.bound == pytest.approx(best.bound, abs=2 * GAP_TARGET * (best.bound - idle.objective))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer(network: Network, frontier: Frontier) -> None:
    assert trace_frontier(network, scenarios=DRAWS, points=5) == frontier


def test_a_calendar_keeps_its_shape(case: Path, tmp_path: Path) -> None:
    start = read_case(case).settings.start
    later = start + timedelta(weeks=20)
    folder = shutil.copytree(case, tmp_path / "case")
    (folder / "cash.csv").write_text(f"from_date,limit\n{start},10000\n{later},40000\n")
    network = edited(folder, "case.plan.budget=1000000")
    shape, stated = calendar_shape(pose(network, seed=1, draws=1)[1].cash_limit)
    assert stated == 40_000
    assert np.allclose(shape[:20], 0.25)
    assert np.allclose(shape[20:], 1.0)
    answer = trace_frontier(network, scenarios=1, points=2)
    for point in answer.points:
        assert point.spend is not None
        assert point.spend <= point.budget * (1 + 1e-9)


def test_without_a_calendar_every_week_has_the_budget() -> None:
    shape, stated = calendar_shape(np.full(3, np.inf))
    assert np.all(shape == 1)
    assert stated == np.inf


def test_what_must_be_bought_by_hand_leaves_small_budgets_without_a_plan(case: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(case, tmp_path / "case")
    network = read_case(folder)
    source = next(row.source_id for row in network.sources if row.status == "qualified")
    start = network.settings.start
    heading = "kind,source_id,item_id,from_date,to_date,quantity,reason,author,set_on"
    (folder / "overrides.csv").write_text(
        f"{heading}\nbuy_at_least,{source},,{start},,500,Agreed,Ann,{start}\n"
    )
    answer = trace_frontier(read_case(folder), scenarios=DRAWS, points=3)
    first, *others = answer.points
    assert first.status == "infeasible"
    assert first.objective is None
    assert first.loss is None
    assert any(point.objective is not None for point in others)
    assert "decisions by hand need more cash" in tell_frontier(answer)


def test_a_switch_that_no_whole_budget_pays_for_is_not_started(case: Path) -> None:
    # The relaxation starts two thirds of the switch; no whole one fits, whatever else is left out.
    network = edited(case, "sources.switch_cost[*]=3000", "case.plan.budget=2000")
    problem, _ = pose(network, seed=1, draws=DRAWS)
    master = load(problem)
    found = solve(problem, master=master, gap=1e-3)
    assert found.status is Status.OPTIMAL
    taken = found.x[found.trunk.start] > 0.5
    assert not any(
        yes and option.week != AT_EVENT for yes, option in zip(taken, problem.options, strict=True)
    )


def test_refusals(network: Network) -> None:
    for points in (1, 0, 102):
        with pytest.raises(UsageError, match="2 to 101"):
            trace_frontier(network, points=points)
    regret = replace(
        network, settings=replace(network.settings, plan=replace(network.settings.plan, objective="regret"))
    )
    with pytest.raises(UsageError, match="objective"):
        trace_frontier(regret)


@given(
    ample=st.floats(0, 1e12),
    stated=st.one_of(st.just(np.inf), st.floats(0, 1e12)),
    points=st.integers(2, 30),
)
def test_budgets_are_in_order_and_no_two_alike(ample: float, stated: float, points: int) -> None:
    budgets = space_budgets(ample, stated, points)
    assert budgets == sorted(set(budgets))
    assert min(budgets) <= max(1e-6 * max(ample, stated if np.isfinite(stated) else 0.0), 0.0)
    assert not np.isfinite(stated) or stated in budgets
    assert max(budgets) >= ample * (1 - 1e-6)


def test_enough_is_the_smallest_budget_that_cannot_be_told_from_the_best() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(size=400)
    losses = [100 + noise, None, 50 + noise, 50.01 + noise + rng.normal(size=400), 49.99 + noise[::-1]]
    assert find_enough([0.0, 1.0, 2.0, 3.0, 4.0], losses) == 2.0
    assert find_enough([0.0, 1.0], [noise, noise + 5]) == 0.0


def test_files(frontier: Frontier, tmp_path: Path) -> None:
    written = write_frontier(frontier, tmp_path / "out", date(2027, 1, 4))
    assert [path.name for path in written] == ["frontier.json", "frontier.xlsx", "frontier.html"]
    again = write_frontier(frontier, tmp_path / "again", date(2027, 1, 4))
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]
    assert len(json.loads(written[0].read_text())["points"]) == len(frontier.points)
    sheet = openpyxl.load_workbook(written[1])["Frontier"]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        pytest.approx(point.budget) for point in frontier.points
    ]
    page = written[2].read_text()
    assert "<script" not in page
    assert page.count("limit of the case") == 1


def test_words_name_what_is_enough(frontier: Frontier) -> None:
    text = tell_frontier(frontier)
    assert f"{frontier.enough_budget:,.0f}" in text
    assert headline(frontier)[:3] in (frontier.currency, "no ")
    assert text.count("\n") > len(frontier.points)
    calm = replace(frontier, enough_budget=frontier.points[0].budget)
    assert headline(calm).startswith("no cash for protection")
