"""Every plan goes through the second program, and what it does not confirm is unproven."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outlast.intake.assemble import read_case
from outlast.plan.checked import check_plan
from outlast.plan.decide import certify_and_explain, decide
from outlast.plan.summary import Done
from outlast.report.verdict import certificate_table, certificate_words
from tests.plan.edges import write_edge_case

REGRET = 'objective = "regret"\n'


def decided(folder: Path) -> Done:
    network = read_case(folder)
    return decide(network, seed=1, draws=3, time_limit=None, progress=lambda message: None)


def certified(done: Done):  # type: ignore[no-untyped-def]
    return certify_and_explain(
        done,
        seed=1,
        draws=3,
        progress=lambda message: None,
        executor=None,
        defaults=(),
        record=(),
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return decided(write_edge_case(tmp_path_factory.mktemp("case")))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"settings": "risk_weight = 0.7\n"},
        {"budget": None, "hazard": "2"},
        {"budget": 0.0},
        {"budget": 9000.0, "hazard": "5", "settings": "risk_weight = 0.4\ncvar_level = 0.8\n"},
        {"overrides": "kind,source_id,item_id,from_date,to_date,quantity\nbuy_at_least,CHIP-US,,,,333\n"},
        {"hazard": "0"},
        {"settings": REGRET},
        {"budget": None, "hazard": "2", "settings": REGRET},
        {"hazard": "0", "settings": REGRET},
        {"settings": REGRET + "hazard_factor_low = 0\nrisk_weight = 0.7\n"},
        {"budget": 9000.0, "hazard": "5", "settings": REGRET + "risk_weight = 0.4\ncvar_level = 0.8\n"},
        {"money": 1e9},
        {"chip": 1e-6},
    ],
)
def test_plans_in_whole_lots_are_confirmed(tmp_path: Path, settings: dict) -> None:  # type: ignore[type-arg]
    done = decided(write_edge_case(tmp_path, **settings))
    found = check_plan(done)
    assert found.faults == ()
    losses = 0.0 if done.master.teeth.aim is None else np.abs(done.master.teeth.aim.least).max()
    size = 1e-6 * (abs(done.best.bound) + losses)
    assert found.loss == pytest.approx(-done.evaluation.objective, abs=size)
    assert -done.best.bound - size <= found.floor <= found.loss + size


def test_what_is_not_confirmed_is_unproven(done: Done) -> None:
    good = certified(done)
    assert good.certificate.checked
    assert good.certificate.status != "unproven"
    assert good.certificate.checked_to < 1e-6
    assert "checked by a second program" in certificate_words(good)[-1]
    # A bound that nothing proves, and one that is too good.
    for best in (replace(done.best, closed=()), replace(done.best, bound=1.01 * done.best.bound)):
        bad = certified(replace(done, best=best))
        assert not bad.certificate.checked
        assert bad.certificate.status == "unproven"
        assert "is not proven" in certificate_words(bad)[-1]
        row = next(
            row for row in certificate_table(bad).rows if row[0].value == "Checked by a second program"
        )
        assert row[1].value == "no"


def test_regret_that_nothing_proves_is_found_out(tmp_path: Path) -> None:
    done = decided(write_edge_case(tmp_path, settings=REGRET))
    regret, aim = done.regret, done.master.teeth.aim
    assert regret is not None
    assert aim is not None
    assert check_plan(done).faults == ()
    smaller = replace(done, evaluation=replace(done.evaluation, objective=0.5 * done.evaluation.objective))
    assert check_plan(smaller).faults[0].startswith("the plan loses")
    better = replace(done, best=replace(done.best, bound=1.1 * done.best.bound))
    assert check_plan(better).faults[0].startswith("the multipliers prove")
    bests = (replace(regret.bests[0], closed=()), *regret.bests[1:])
    unproven = replace(done, regret=replace(regret, bests=bests))
    (fault,) = check_plan(unproven).faults
    assert fault == f"hazards x {regret.factors[0]:.3g}: the parts leave out a choice of starts"
    # Least losses that are too large make regrets that are too small.
    done.master.teeth.aim = replace(aim, least=1.01 * aim.least)
    assert sum("the multipliers prove" in fault for fault in check_plan(done).faults) >= len(aim.least)


def test_a_plan_that_is_not_what_it_says_is_found_out(done: Done) -> None:
    better = replace(done, evaluation=replace(done.evaluation, objective=0.99 * done.evaluation.objective))
    assert check_plan(better).faults[0].startswith("the plan loses")
    x = done.evaluation.x.copy()
    x[done.best.trunk.stock[2]] += 100.0
    wrong = replace(done, evaluation=replace(done.evaluation, x=x))
    assert "the plan breaks a row" in check_plan(wrong).faults
    poor = replace(done.problem.arrays, cash_limit=np.zeros_like(done.problem.arrays.cash_limit))
    broke = replace(done, problem=replace(done.problem, arrays=poor))
    assert check_plan(broke).faults == ("the orders cost more than the cash calendar allows",)
