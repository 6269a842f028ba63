"""Regret by hazard and budget, and the break-even hazard of every item at risk."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from outlast.errors import UsageError
from outlast.intake.assemble import check_case, read_case
from outlast.interruption import Interruption
from outlast.network.network import Network
from outlast.optimise.comb import leaf_odds
from outlast.plan.break_even import ItemBreakEven, break_even_of_items
from outlast.plan.certify import leaf_losses
from outlast.plan.decide import decide
from outlast.plan.one_more import held_until, lean_schedule, next_size
from outlast.plan.regret_map import RegretMap, map_regret
from outlast.plan.summary import Done
from outlast.plan.why import explain_item
from outlast.report.regret import headline, tell_apart, tell_regret, write_regret
from outlast.sensitivity.factors import ASSUMED
from tests.plan.edges import write_edge_case

DRAWS = 2


def quiet(message: str) -> None:
    """Nobody is told."""


def edges(folder: Path, *changes: str) -> Network:
    network, findings = check_case(write_edge_case(folder / "case"), changes)
    assert network is not None, findings
    return network


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return edges(
        tmp_path_factory.mktemp("regret_map"),
        "case.plan.hazard_factor_low=0",
        "case.plan.hazard_factor_high=4",
    )


@pytest.fixture(scope="module")
def answer(network: Network) -> RegretMap:
    return map_regret(network, scenarios=DRAWS, points=4)


def test_every_budget_has_a_regret_between_its_bound_and_that_of_other_plans(answer: RegretMap) -> None:
    assert [point.limit_of_case for point in answer.points].count(True) == 1
    assert answer.factors[0] == 0
    assert 1.0 in answer.factors
    for point in answer.points:
        assert point.regret is not None
        assert point.bound is not None
        assert point.regret_nothing is not None
        assert point.regret_stated is not None
        assert point.spend is not None
        slack = 1e-3 * max(cell.least_loss for cell in point.cells)
        assert point.bound <= point.regret + slack
        assert point.regret <= point.regret_nothing + slack
        assert point.bound <= point.regret_stated + slack
        assert point.spend <= point.budget * (1 + 1e-9)
        assert point.regret == pytest.approx(max(cell.regret for cell in point.cells))
        for cell in point.cells:
            assert cell.loss == pytest.approx(cell.least_loss + cell.regret)
            assert min(cell.regret, cell.regret_nothing) >= -slack


def test_more_cash_never_raises_the_least_loss(answer: RegretMap) -> None:
    for smaller, larger in zip(answer.points, answer.points[1:], strict=False):
        room = 2e-3 * max(cell.least_loss for cell in smaller.cells)
        for before, after in zip(smaller.cells, larger.cells, strict=True):
            assert after.least_loss <= before.least_loss + room
    first, last = answer.points[0].cells, answer.points[-1].cells
    assert last[-1].least_loss < 0.9 * first[-1].least_loss


def test_the_budget_of_the_case_has_the_plan_of_outlast_plan(network: Network, answer: RegretMap) -> None:
    asked = replace(network.settings.plan, objective="regret")
    alone = replace(network, settings=replace(network.settings, plan=asked))
    done = decide(alone, seed=network.settings.seed, draws=DRAWS, time_limit=None, progress=quiet)
    point = next(point for point in answer.points if point.limit_of_case)
    assert point.regret is not None
    assert point.bound is not None
    room = 2e-3 * (done.best.bound - done.nothing.objective)
    assert point.bound == pytest.approx(-done.best.bound, abs=room)
    assert point.regret >= -done.best.bound - room
    assert -done.evaluation.objective >= point.bound - room
    assert {line.item_id for line in answer.items} == {"CHIP"}


def test_whoever_interrupts_keeps_the_budgets_that_have_a_plan(network: Network, answer: RegretMap) -> None:
    interruption = Interruption()

    def interrupt(message: str) -> None:
        interruption.asked |= message.startswith("budget 2 of")

    early = map_regret(network, scenarios=DRAWS, points=4, progress=interrupt, interruption=interruption)
    assert early.stopped_early
    assert not answer.stopped_early
    assert early.points == answer.points[:2]
    assert "Stopped early" in tell_regret(early)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer(network: Network, answer: RegretMap) -> None:
    assert map_regret(network, scenarios=DRAWS, points=4) == answer


# --- break-even hazards


def gain_of(done: Done, line: ItemBreakEven, hazard_per_year: float) -> float:
    """What one more order saves, the slow way: every scenario solved anew for every span to hold it."""
    arrays, source = done.arrays, done.arrays.source_ids.index(line.next_source_id)
    hit = np.isin(arrays.restriction_ids, line.restrictions)
    factor = hazard_per_year / line.hazard_per_year
    odds = leaf_odds(done.problem, arrays.hazard_per_week * np.where(hit, factor, 1.0))
    lean, teeth = lean_schedule(done), done.master.teeth
    first = min(-(-int(arrays.source_lead[source]) // arrays.epoch_weeks), done.problem.epochs - 1)
    ways = [
        leaf_losses(teeth, done.problem, held_until(done, lean, source, line.next_order, first, end))
        for end in range(first, done.problem.epochs)
    ]
    now = leaf_losses(teeth, done.problem, lean)
    risk = done.problem.risk
    return risk.value(now, odds) - min(risk.value(way, odds) for way in ways)


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_at_the_break_even_hazard_one_more_order_neither_pays_nor_costs(
    tmp_path: Path, weight: float
) -> None:
    network = edges(tmp_path, f"case.plan.risk_weight={weight}")
    done = decide(network, seed=1, draws=DRAWS, time_limit=None, progress=quiet)
    (line,) = break_even_of_items(done, quiet)
    assert line.next_order == next_size(done, done.schedule, done.arrays.source_ids.index("CHIP-US"))
    assert line.break_even_per_year is not None
    assert gain_of(done, line, line.hazard_per_year) == pytest.approx(line.gain, abs=1e-3)
    at = line.break_even_per_year
    below, there, above = (gain_of(done, line, at * factor) for factor in (0.97, 1.0, 1.03))
    assert below < 0 < above
    assert abs(there) < 0.02 * (above - below)


@pytest.mark.slow
def test_break_even_of_every_item_is_that_of_why(tmp_path: Path) -> None:
    """STEEL at risk as well, by a restriction of its own."""
    folder = write_edge_case(tmp_path / "case")
    with (folder / "restrictions.csv").open("a", encoding="utf-8") as file:
        file.write("STRIKE,closes_sources,0.4,1,6,9,13\n")
    with (folder / "scopes.csv").open("a", encoding="utf-8") as file:
        file.write("STRIKE,sources,origin_country,DE\n")
    done = decide(read_case(folder), seed=1, draws=DRAWS, time_limit=None, progress=quiet)
    lines = break_even_of_items(done, quiet)
    assert [line.item_id for line in lines] == ["CHIP", "STEEL"]
    assert [line.restrictions for line in lines] == [("LISTING",), ("STRIKE",)]
    for line in lines:
        why = explain_item(done, line.item_id, quiet)
        assert (why.next_order, why.next_source_id) == (line.next_order, line.next_source_id)
        assert why.gain == pytest.approx(line.gain, abs=1e-6)
        told = [one.break_even_per_year for one in why.break_even]
        assert told == [pytest.approx(line.break_even_per_year) if line.break_even_per_year else None]


# --- words and files


def test_without_a_hazard_nothing_is_regretted(tmp_path: Path) -> None:
    answer = map_regret(edges(tmp_path, "restrictions.hazard_per_year[*]=0"), scenarios=1, points=2)
    assert [point.regret for point in answer.points] == [pytest.approx(0, abs=1e-6)] * len(answer.points)
    assert answer.items == ()
    assert headline(answer) == "no restriction has a hazard: nothing is to be regretted."


def test_what_must_be_bought_by_hand_leaves_small_budgets_without_a_plan(tmp_path: Path) -> None:
    overrides = "kind,source_id,item_id,from_date,to_date,quantity\nbuy_at_least,CHIP-US,,,,600\n"
    network = read_case(write_edge_case(tmp_path / "case", overrides=overrides))
    answer = map_regret(network, scenarios=1, points=3)
    assert answer.points[0].status == "infeasible"
    assert answer.points[0].cells == ()
    assert answer.points[-1].regret is not None
    assert "decisions by hand need more cash" in tell_regret(answer)


def test_refusals(network: Network) -> None:
    with pytest.raises(UsageError, match="2 to 101 budgets"):
        map_regret(network, points=1)
    with pytest.raises(UsageError, match="11 to 101 hazard factors"):
        map_regret(network, factors=10)


def test_files(answer: RegretMap, tmp_path: Path) -> None:
    written = write_regret(answer, tmp_path / "out", date(2027, 1, 4))
    assert [path.name for path in written] == ["regret.json", "regret.xlsx", "regret.html"]
    again = write_regret(answer, tmp_path / "again", date(2027, 1, 4))
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]
    assert len(json.loads(written[0].read_text())["points"]) == len(answer.points)
    book = openpyxl.load_workbook(written[1])
    cells = list(book["Regret by hazard"].iter_rows(min_row=2, values_only=True))
    assert len(cells) == len(answer.points) * len(answer.factors)
    assert book["Break-even hazards"].cell(2, 2).value == "CHIP"
    page = written[2].read_text()
    assert "<script" not in page
    assert page.count("limit of the case") == 1
    assert page.count("<svg") == 4


def test_words_tell_what_not_knowing_costs(answer: RegretMap) -> None:
    text = tell_regret(answer)
    assert "from 0 to 2 events a year in all" in text
    assert "CHIP" in text
    assert text.count("\n") > len(answer.points)


def test_figures_are_told_apart_with_few_digits() -> None:
    assert tell_apart([0.0, 0.1, 0.10501, 0.6]) == ["0", "0.1", "0.105", "0.6"]
    assert tell_apart([0.1051, 0.1052]) == ["0.1051", "0.1052"]
    assert tell_apart([17055.3, 250000.0]) == ["17,055", "250,000"]
    assert tell_apart([100.4, 100.3]) == ["100.4", "100.3"]
    assert ASSUMED["hazard"] == (0.5, 2.0)
