"""Odd cases get a correct plan or a clear answer: extreme hazards, horizons, budgets, units, limits.

What is correct comes from closed forms (model.md section 8), from laws of scaling, and from limits.
"""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from outlast.cli import app
from outlast.intake.assemble import read_case
from outlast.network.arrays import Floats
from outlast.network.numbering import number
from outlast.network.wording import figure
from outlast.optimise.comb import AT_EVENT, CombProblem, Tooth, build_problem
from outlast.optimise.highs import Status, solve_program
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.risk import Risk
from outlast.optimise.solve import solve
from outlast.periods import WEEKS_PER_YEAR
from outlast.plan.decide import decide, fresh_count
from outlast.plan.summary import Done
from outlast.scenarios.reduce import draw_durations
from tests.plan.edges import write_edge_case
from tests.plan.stationary import write_stationary

OVERRIDES = "kind,source_id,item_id,from_date,to_date,quantity\n"


def decided(folder: Path) -> Done:
    network = read_case(folder)
    draws = network.settings.scenarios
    return decide(network, seed=1, draws=draws, time_limit=None, progress=lambda message: None)


def asked(*words: str) -> tuple[int, dict[str, Any]]:
    """Exit status and answer of a command."""
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    answer: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, answer


def planned(folder: Path) -> dict[str, Any]:
    status, answer = asked("plan", str(folder), "--out", str(folder.parent / "out"))
    assert status == 0, answer
    return answer


def bought(done: Done) -> dict[tuple[str, int], float]:
    return {(done.arrays.source_ids[o.source], o.week): o.quantity for o in done.schedule.orders}


def starts(done: Done) -> dict[str, int]:
    return {done.arrays.source_ids[source]: week for source, week in done.schedule.starts.items()}


def figures(done: Done) -> Floats:
    return np.array([done.nothing.objective, done.best.objective, done.best.bound, done.evaluation.objective])


# Units of money and of items


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return decided(write_edge_case(tmp_path_factory.mktemp("edges")))


@pytest.mark.parametrize("settings", ["", "risk_weight = 0.7\n"])
@pytest.mark.parametrize("money", [1e-9, 1e9])
def test_money_in_other_units_is_the_same_plan(tmp_path: Path, money: float, settings: str) -> None:
    one = decided(write_edge_case(tmp_path / "one", settings=settings))
    other = decided(write_edge_case(tmp_path / "other", money=money, settings=settings))
    assert bought(other) == pytest.approx(bought(one), rel=0.05)
    assert len(bought(one)) > 0
    assert starts(other) == starts(one)
    room = one.best.bound - one.nothing.objective
    assert figures(other)[0] / money == pytest.approx(figures(one)[0], rel=1e-6)
    # The search stops at a share of the improvement, not in the same place.
    assert figures(other)[1:] / money == pytest.approx(figures(one)[1:], abs=0.004 * room)


@pytest.mark.parametrize("chip", [1e-6, 1e6])
def test_an_item_counted_in_other_units_is_the_same_plan(tmp_path: Path, original: Done, chip: float) -> None:
    """Chips by the million and at 20 million, or chips by the millionth: quantities, prices and contents
    span twelve orders of magnitude, what the world is like does not change."""
    other = decided(write_edge_case(tmp_path, chip=chip))
    assert {key: quantity * chip for key, quantity in bought(other).items()} == pytest.approx(
        bought(original)
    )
    assert starts(other) == starts(original)
    assert figures(other)[[0, 3]] == pytest.approx(figures(original)[[0, 3]], rel=1e-6)


@pytest.mark.parametrize("margin", [1e6, 9e11])
def test_a_part_that_costs_next_to_nothing_is_held_for_the_longest_cut(tmp_path: Path, margin: float) -> None:
    """A sale is worth a trillion times the part: lost is only what an event before the first order costs."""
    done = decided(write_stationary(tmp_path / "case", 1.0, margin, draws=8, horizon=26))
    relief = done.problem.relief_weeks[:, 0]
    at_once = 1 - math.exp(-4 / WEEKS_PER_YEAR)
    assert done.evaluation.objective == pytest.approx(-at_once * margin * relief.mean(), rel=1e-4)
    assert done.evaluation.stock[1, 0] >= relief.max() - 1e-6


def test_products_that_share_nothing_but_the_case_do_not_disturb_each_other(tmp_path: Path) -> None:
    """The same company twice, once in money a million times larger, once a million times smaller: what is
    lost together is what the large one loses alone, and the large one buys what it buys alone."""
    alone = decided(write_edge_case(tmp_path / "alone", money=1e6, budget=None))
    small = write_edge_case(tmp_path / "small", money=1e-6, budget=None)
    both = write_edge_case(tmp_path / "both", money=1e6, budget=None)
    for name in ("items", "bom", "suppliers", "sources", "stock", "demand"):
        rows = (small / f"{name}.csv").read_text("utf-8").split("\n", 1)[1]
        for word in ("PUMP", "VALVE", "CHIP", "STEEL", "ONE", "TWO", "THREE"):
            rows = rows.replace(word, f"{word}-S")
        rows = rows.replace("CHIP-S-US,CHIP-S,ONE-S", "S-US,CHIP-S,ONE-S")
        with (both / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write(rows)
    done = decided(both)
    assert figures(done) == pytest.approx(figures(alone), rel=1e-6)
    large = {key: quantity for key, quantity in bought(done).items() if key[0] in ("CHIP-US", "STEEL-DE")}
    assert large == bought(alone)
    assert len(large) > 0


def test_small_amounts_are_not_called_zero() -> None:
    assert figure(0.00053) == "0.00053"
    assert figure(12_345.6) == "12,346"
    assert figure(2.5) == "2.5"
    assert figure(0.0) == "0"


# Hazards


def test_without_a_hazard_nothing_is_bought_and_nothing_lost(tmp_path: Path) -> None:
    folder = write_edge_case(tmp_path / "case", hazard="0")
    answer = planned(folder)
    assert answer["summary"]["headline"].startswith("No restriction in this case")
    assert [line for line in answer["purchases"] if line["kind"] != "replenishment"] == []
    assert answer["summary"]["expected_loss_plan"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    certificate = answer["certificate"]
    assert certificate["checked"]
    assert [certificate[key] for key in ("objective", "bound", "gap", "gap_upper_95")] == [0, 0, 0, 0]
    status, frontier = asked("frontier", str(folder), "--points", "2")
    assert status == 0
    assert {point["loss"]["mean"] for point in frontier["points"]} == {0.0}
    assert {point["spend"] for point in frontier["points"]} == {0.0}
    status, why = asked("why", str(folder), "CHIP")
    assert status == 0
    assert why["verdict"] == "not at risk"


def test_without_a_hazard_a_switch_started_by_hand_costs_what_it_costs(tmp_path: Path) -> None:
    rows = OVERRIDES + "start_switch,CHIP-NO,,2027-01-04,,\n"
    answer = planned(write_edge_case(tmp_path / "case", hazard="0", overrides=rows))
    assert answer["overrides"][0]["cost"] == pytest.approx(9000)
    assert answer["summary"]["spend_on_qualification"] == 9000
    assert "EUR 9,000 is spent because it was decided by hand" in answer["summary"]["headline"]


def test_a_cut_that_comes_at_once_costs_the_sales_of_its_weeks(tmp_path: Path) -> None:
    """An event in the first epoch finds no stock; later ones can be prepared for, and never cost more."""
    done = decided(write_stationary(tmp_path / "case", 50, 4.0, draws=8, horizon=12))
    at_once = 1 - math.exp(-50 * 4 / WEEKS_PER_YEAR)
    cut = 4.0 * float(done.problem.relief_weeks[:, 0].mean())
    ever = 1 - math.exp(-50 * 12 / WEEKS_PER_YEAR)
    assert -done.nothing.objective == pytest.approx(ever * cut, rel=1e-6)
    assert at_once * cut - 1e-6 <= -done.best.bound <= -done.evaluation.objective <= cut * (1 + 1e-9)


def test_the_best_cover_of_a_hazard_of_50_is_the_known_one(tmp_path: Path) -> None:
    """h c (weeks to the event + T) = m (1 - F(T)), weeks to the event by the epochs of the plan. The loss is
    so flat there that covers a week apart differ by less than a plan is solved to."""
    done = decided(write_stationary(tmp_path / "case", 50.0, 4.0, draws=64, horizon=12))
    best = solve(done.problem, master=done.master, gap=1e-5, reference=done.nothing.objective)
    relief = np.sort(done.problem.relief_weeks[:, 0])
    hold = 0.2 / WEEKS_PER_YEAR
    waited = 4.0 / (1 - math.exp(-50 * 4 / WEEKS_PER_YEAR))
    cover = next(t for t in relief if hold * (waited + t) >= 4.0 * np.mean(relief > t))
    assert best.x[best.trunk.stock[1, 0]] == pytest.approx(cover, abs=1.0)
    assert done.evaluation.objective == pytest.approx(best.objective, rel=1e-5)


def test_a_hazard_that_hardly_is_one_buys_nothing(tmp_path: Path) -> None:
    done = decided(write_edge_case(tmp_path, hazard="1e-9"))
    assert done.schedule.orders == ()
    assert all(week == AT_EVENT for week in starts(done).values())


def test_where_nothing_can_be_hit_the_plan_says_so(tmp_path: Path) -> None:
    scopes = "restriction_id,table,column,value\nLISTING,sources,origin_country,FR\n"
    folder = write_edge_case(tmp_path / "case", more={"scopes.csv": scopes})
    result = CliRunner().invoke(app, ["plan", str(folder), "--out", str(tmp_path / "out")])
    assert result.exit_code in (0, 1)
    assert "solver" not in result.output
    assert "Traceback" not in result.output


# Budgets and limits


def test_no_budget_buys_nothing_but_may_start_switches_at_the_event(tmp_path: Path) -> None:
    poor, rich = (
        decided(write_edge_case(tmp_path / name, budget=budget, hazard="2", horizon=16))
        for name, budget in (("poor", 0.0), ("rich", None))
    )
    assert poor.schedule.orders == ()
    assert poor.schedule.make.max(initial=0.0) <= 1e-9
    assert starts(poor) == {"CHIP-NO": AT_EVENT}
    assert poor.evaluation.objective == pytest.approx(poor.nothing.objective, rel=1e-9)
    assert poor.nothing.objective == pytest.approx(rich.nothing.objective, rel=1e-9)
    assert rich.evaluation.objective > poor.evaluation.objective + 100


def test_no_budget_gives_the_point_of_the_frontier_that_spends_nothing(tmp_path: Path) -> None:
    folder = write_edge_case(tmp_path / "case", budget=0.0)
    status, answer = asked("frontier", str(folder), "--points", "3")
    assert status == 0
    first = answer["points"][0]
    assert (first["budget"], first["spend"], first["limit_of_case"]) == (0.0, 0.0, True)
    assert first["objective"] == pytest.approx(answer["objective_nothing"], rel=1e-9)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("buy_at_least,CHIP-US,,,,400\nbuy_at_most,CHIP-US,,,,100\n", ["line 3", "line 2"]),
        ("start_switch,CHIP-NO,,2027-01-04,,\nnever_switch,CHIP-NO,,,,\n", ["line 3", "line 2"]),
    ],
)
def test_rows_that_contradict_each_other_are_findings(tmp_path: Path, rows: str, named: list[str]) -> None:
    folder = write_edge_case(tmp_path / "case", budget=None, overrides=OVERRIDES + rows)
    status, answer = asked("plan", str(folder), "--out", str(tmp_path / "out"))
    assert (status, answer["error"]["kind"]) == (1, "case")
    assert all(words in answer["error"]["message"] for words in named)
    assert not (tmp_path / "out").exists()


BUDGET, SWITCH = "the budget of EUR", "(start_switch CHIP-NO)"


@pytest.mark.parametrize(
    ("budget", "rows", "conflict"),
    [
        # 400 chips cost EUR 8,000, a switch EUR 9,000.
        (0.0, "buy_at_least,CHIP-US,,,,400\n", {"CHIP-US 400": (400, "kg"), BUDGET: (8000, "EUR")}),
        (0.0, "start_switch,CHIP-NO,,2027-01-04,,\n", {SWITCH: (None, ""), BUDGET: (9000, "EUR")}),
        (
            10_000.0,
            "start_switch,CHIP-NO,,2027-01-04,,\nbuy_at_least,CHIP-US,,,,400\n",
            {"CHIP-US 400": (350, "kg"), SWITCH: (None, ""), BUDGET: (7000, "EUR")},
        ),
        # In tens: 395 are 400. At least 50: 20 are 50.
        (
            7950.0,
            "buy_at_least,CHIP-US,,,,395\n",
            {"CHIP-US 395": (5, "kg"), BUDGET: (50, "EUR"), "the order multiple of CHIP-US": (None, "")},
        ),
        (
            800.0,
            "buy_at_least,CHIP-US,,,,20\n",
            {"CHIP-US 20": (20, "kg"), BUDGET: (200, "EUR"), "the minimum order of CHIP-US": (10, "kg")},
        ),
        # The last event that is planned for falls into week 24; epochs are four weeks.
        (
            None,
            "buy_at_least,CHIP-US,,2027-06-21,,400\n",
            {"CHIP-US 400": (400, "kg"), "the last day for orders from CHIP-US": (8, "weeks")},
        ),
        (
            None,
            "buy_at_least,,CHIP,,,400\nbuy_at_most,CHIP-US,,2027-01-04,2027-03-01,300\n"
            "never_buy,CHIP-US,,2027-03-02,,\n",
            {"CHIP 400": (100, "kg"), "CHIP-US 300": (100, "kg"), "never_buy": (100, "kg")},
        ),
    ],
)
def test_the_fewest_limits_in_conflict_and_what_each_has_to_give(
    tmp_path: Path, budget: float | None, rows: str, conflict: dict[str, tuple[float | None, str]]
) -> None:
    folder = write_edge_case(tmp_path / "case", budget=budget, overrides=OVERRIDES + rows)
    status, answer = asked("plan", str(folder), "--out", str(tmp_path / "out"))
    assert (status, answer["error"]["kind"]) == (3, "infeasible")
    assert not (tmp_path / "out").exists()
    named = answer["error"]["limits"]
    assert len(named) == len(conflict)
    for words, (give, unit) in conflict.items():
        (one,) = [line for line in answer["error"]["concessions"] if words in line["limit"]]
        assert one["limit"] in named
        assert one["give"] == (None if give is None else pytest.approx(give, rel=1e-6))
        assert one["unit"] == unit
        assert one["words"] in answer["error"]["message"]
        assert one["loss"] is not None


def test_what_a_concession_buys_is_what_its_plan_loses(tmp_path: Path) -> None:
    """The figures of the answer, against plans of cases in which the concession has been made."""
    rows = OVERRIDES + "buy_at_least,CHIP-US,,,,400\n"
    poor = write_edge_case(tmp_path / "poor", budget=6000.0, overrides=rows)
    status, answer = asked("plan", str(poor), "--seed", "1")
    assert status == 3
    less, cash = answer["error"]["concessions"]
    richer = decided(write_edge_case(tmp_path / "richer", budget=8000.0, overrides=rows))
    modest = decided(
        write_edge_case(tmp_path / "modest", budget=6000.0, overrides=rows.replace("400", "300"))
    )
    free = decided(write_edge_case(tmp_path / "free", budget=6000.0))
    near = 0.003 * abs(free.best.objective)
    assert cash["loss"] == pytest.approx(-richer.best.objective, abs=near)
    assert less["loss"] == pytest.approx(-modest.best.objective, abs=near)
    assert cash["saves"] == pytest.approx(richer.best.objective - free.best.objective, abs=near)
    assert less["saves"] == pytest.approx(modest.best.objective - free.best.objective, abs=near)


def test_two_conflicts_say_that_one_concession_is_not_enough(tmp_path: Path) -> None:
    rows = "buy_at_least,CHIP-US,,,,400\nbuy_at_most,CHIP-US,,2027-01-04,2027-03-01,0\n"
    rows += "buy_at_most,CHIP-US,,2027-03-02,,100\nstart_switch,CHIP-NO,,2027-01-04,,\n"
    folder = write_edge_case(tmp_path / "case", budget=5000.0, overrides=OVERRIDES + rows)
    status, answer = asked("plan", str(folder))
    assert status == 3
    bought, cash = answer["error"]["concessions"]
    assert "buy_at_least" in bought["limit"]
    assert bought["give"] is cash["give"] is None
    assert all("other limits are in conflict too" in one["words"] for one in (bought, cash))


def test_a_frontier_without_a_plan_names_the_conflict(tmp_path: Path) -> None:
    rows = "buy_at_least,,CHIP,,,400\nbuy_at_most,CHIP-US,,2027-01-04,2027-03-01,300\n"
    rows += "never_buy,CHIP-US,,2027-03-02,,\n"
    folder = write_edge_case(tmp_path / "case", overrides=OVERRIDES + rows)
    status, answer = asked("frontier", str(folder), "--points", "2")
    assert status == 3
    assert [one["give"] for one in answer["error"]["concessions"]] == [pytest.approx(100)] * 3


# Horizons and windows


@pytest.mark.parametrize("epoch", [1, 4, 52])
def test_a_horizon_of_one_week_loses_what_an_event_in_it_costs(tmp_path: Path, epoch: int) -> None:
    """Nothing that is ordered arrives before the only week in which an event can fall."""
    folder = write_stationary(tmp_path / "case", 2.0, 4.0, draws=8, horizon=1)
    with (folder / "case.toml").open("a", encoding="utf-8") as file:
        file.write(f"epoch_weeks = {epoch}\n")
    done = decided(folder)
    lost = 4.0 * float(done.problem.relief_weeks[:, 0].mean()) * (1 - math.exp(-2.0 / WEEKS_PER_YEAR))
    assert -figures(done) == pytest.approx(np.full(4, lost), rel=1e-6)
    assert done.schedule.orders == ()


@pytest.mark.parametrize("horizon", [1, 26])
def test_a_window_of_one_week_is_planned_for(tmp_path: Path, horizon: int) -> None:
    """Goods on their way arrive after the window: they count for nothing."""
    done = decided(write_edge_case(tmp_path, horizon=horizon, settings="window_weeks = 1\n"))
    assert done.schedule.orders == ()
    assert done.evaluation.objective == pytest.approx(done.nothing.objective)


@pytest.mark.slow
@pytest.mark.parametrize("hazard", [0.5, 2.0])
def test_ten_years_buy_first_what_two_years_buy_first(tmp_path: Path, hazard: float) -> None:
    """The chance of an event does not hang on how long none came: the best cover is the same."""
    short, long = (
        decided(write_stationary(tmp_path / str(weeks), hazard, 4.0, draws=8, horizon=weeks))
        for weeks in (104, 520)
    )
    assert long.evaluation.stock[1, 0] == pytest.approx(short.evaluation.stock[1, 0], abs=1.0)
    # Later than that hardly a path is without an event, and little hangs on the plan.
    assert long.evaluation.stock[1:20, 0] == pytest.approx(long.evaluation.stock[1, 0], abs=1.0)


@pytest.mark.slow
def test_ten_years_at_a_hazard_of_50_are_half_a_year(tmp_path: Path) -> None:
    short, long = (
        decided(write_edge_case(tmp_path / str(weeks), hazard="50", horizon=weeks)) for weeks in (26, 520)
    )
    # A plan is evaluated to 1e-5 of its loss.
    assert figures(long) == pytest.approx(figures(short), rel=2e-5)
    assert {key: q for key, q in bought(long).items() if key[1] < 4} == {
        key: q for key, q in bought(short).items() if key[1] < 4
    }


def test_orders_skipped_for_goods_that_do_not_keep_leave_an_answer(tmp_path: Path) -> None:
    """More chips than are used before they expire, so that normal orders are skipped when the event comes."""
    folder = write_edge_case(
        tmp_path, hazard="0.1", horizon=9, draws=1, second_product=False, settings="epoch_weeks = 2\n"
    )
    rows = (folder / "items.csv").read_text("utf-8").splitlines()
    lives = ["shelf_life_weeks", "3", "20", ""]
    text = "\n".join(f"{row},{life}" for row, life in zip(rows, lives, strict=True))
    (folder / "items.csv").write_text(text + "\n", "utf-8")
    done = decided(folder)
    assert done.evaluation.run_down.max() > 0
    tolerance = 1e-6 * abs(done.best.bound)
    assert done.nothing.objective - tolerance <= done.evaluation.objective <= done.best.bound + tolerance


# Scenarios that differ in nothing


def with_every_draw(problem: CombProblem) -> CombProblem:
    """The same tree with a tooth for every draw, alike or not."""
    n = len(problem.switch_weeks)
    odds: dict[tuple[int, int, int], float] = {}
    for tooth in problem.teeth:
        key = tooth.epoch, tooth.week, tooth.restriction
        odds[key] = odds.get(key, 0.0) + tooth.probability
    teeth = [Tooth(*key, draw, total / n) for key, total in odds.items() for draw in range(n)]
    return replace(problem, teeth=tuple(teeth))


def test_draws_that_differ_in_nothing_share_a_tooth(tmp_path: Path) -> None:
    one = decided(write_edge_case(tmp_path / "one", spread=1.0, draws=1))
    many = decided(write_edge_case(tmp_path / "many", spread=1.0, draws=10_000))
    assert len(many.problem.teeth) == len(one.problem.teeth)
    assert figures(many) == pytest.approx(figures(one), rel=1e-12)
    assert bought(many) == bought(one)
    assert len(bought(one)) > 0


@pytest.mark.parametrize("weight", [0.0, 0.8])
def test_teeth_put_together_give_what_they_give_apart(tmp_path: Path, weight: float) -> None:
    """Some draws alike, some alike in what comes within the window only, some not."""
    folder = write_edge_case(tmp_path, settings=f"risk_weight = {weight}\n")
    arrays = number(read_case(folder))
    switch, relief = draw_durations(arrays, 6, 1, "plan", centred=True)
    switch[:] = switch[[0, 1, 0, 1, 2, 0]]
    switch[2] -= 1e-3 * (switch[2] % 1)  # the same whole weeks
    relief[:, 0] = [30, 60, 30, np.inf, 200, 45]
    switch[4] = switch[3]
    together = build_problem(arrays, switch, relief, risk=Risk(weight))
    assert len(together.teeth) == 4 * 7
    apart = with_every_draw(together)
    one, other = solve(together, gap=1e-7), solve(apart, gap=1e-7)
    assert one.objective == pytest.approx(other.objective, rel=1e-6)
    assert one.bound == pytest.approx(other.bound, rel=1e-6)
    assert sum(t.probability for t in together.teeth) == pytest.approx(
        1 - math.exp(-0.5 * 26 / WEEKS_PER_YEAR)
    )


def test_a_closed_market_loses_its_sales_for_the_mean_of_the_draws(tmp_path: Path) -> None:
    """A restriction that closes a market: the loss of each draw counts, not that of the first."""
    files = {
        "restrictions.csv": "restriction_id,effect,hazard_per_year,relief_probability,"
        "relief_weeks_p10,relief_weeks_p50,relief_weeks_p90\nBAN,closes_markets,1,1,10,20,40\n",
        "scopes.csv": "restriction_id,table,column,value\nBAN,markets,market_id,HOME\n",
        "stock.csv": "item_id,on_hand\nPUMP,0\nCHIP,0\nSTEEL,0\n",
    }
    arrays = number(read_case(write_edge_case(tmp_path, more=files)))
    relief = np.array([10.0, 20.0, 60.0])[:, None]
    all_draws = build_problem(arrays, np.zeros((3, 3)), relief)
    each = [solve(build_problem(arrays, np.zeros((1, 3)), relief[[k]])).objective for k in range(3)]
    assert solve(all_draws).objective == pytest.approx(np.mean(each), rel=1e-6)
    assert np.ptp(each) > 0.1 * abs(np.mean(each))


# Certificates


def test_the_tail_of_cvar_is_made_of_scenarios_that_were_played(tmp_path: Path) -> None:
    """At a level of 0.999 a thousand scenarios would put one in the tail, and its interval at nothing."""
    arrays = number(read_case(write_edge_case(tmp_path)))
    switch, relief = draw_durations(arrays, 3, 1, "plan", centred=True)
    counts = []
    for level in (0.95, 0.999):
        problem = build_problem(arrays, switch, relief)
        counts.append(fresh_count(replace(problem, risk=replace(problem.risk, level=level))))
    assert counts == [1000, 20_000]


def test_a_program_without_columns_has_an_answer() -> None:
    def empty(most: float) -> LinearProgram:
        builder = ProgramBuilder()
        builder.add_rows(-np.inf, most, 1)
        builder.offset = 7.0
        return builder.finish()

    assert solve_program(empty(0.0)).objective == 7.0
    assert solve_program(empty(-1.0)).status is Status.INFEASIBLE
