"""Loss and bound of plans of the fast way are proven tooth by tooth, whatever the method says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from benchmarks.large_case import write_case
from outlast.errors import UsageError
from outlast.intake.assemble import read_case
from outlast.optimise.highs import Repeated, scales
from outlast.optimise.master import Master
from outlast.optimise.one_tooth import Apart
from outlast.optimise.proof import Part, part_floor
from outlast.optimise.proof_teeth import Sums, follow_faults
from outlast.optimise.solve import load, solve
from outlast.plan.checked import CHECKED_ROWS, check_fast, not_gone_through, read_check, state_claim
from outlast.plan.checked_teeth import Asked, Proven, prove_by_tooth
from outlast.plan.decide import certify_and_explain, decide
from outlast.plan.summary import Done
from outlast.report.verdict import certificate_words


def silent(message: str) -> None:
    """Tells nobody."""


@cache
def decided(parts: int, products: int, draws: int = 1, weeks: int = 26) -> Done:
    """A plan of the fast way, three quarters of a year followed after every event."""
    with TemporaryDirectory() as folder:
        write_case(Path(folder), parts, products, draws=draws)
        network = read_case(Path(folder))
    plan = replace(network.settings.plan, window_weeks=39)
    network = replace(network, settings=replace(network.settings, horizon_weeks=weeks, plan=plan))
    return decide(network, seed=1, draws=draws, time_limit=None, progress=silent, method="fast")


@cache
def exact() -> tuple[Master, float]:
    """The exact program of the small case, and what no plan of it loses less than."""
    done = decided(12, 3)
    master = load(done.problem)
    return master, -solve(done.problem, master=master, gap=1e-3).bound


def asked(done: Done) -> Asked:
    assert done.fast is not None
    return Asked(done.fast.worth, done.best.x, (done.evaluation.x, done.nothing.x))


def proven(done: Done, asking: Asked) -> Proven:
    return prove_by_tooth(done.problem, asking, silent)


@cache
def small() -> Proven:
    done = decided(12, 3)
    return proven(done, asked(done))


def certified(done: Done, check: str = "auto"):  # type: ignore[no-untyped-def]
    return certify_and_explain(
        done,
        seed=1,
        draws=1,
        progress=silent,
        executor=None,
        defaults=(),
        record=(),
        check=read_check(check),
    )


def test_tooth_by_tooth_is_the_whole_program() -> None:
    """The same loss of plan and of doing nothing, and a bound that no plan passes and that is near it."""
    done, found = decided(12, 3), small()
    master, least = exact()
    assert found.faults == ()
    for loss, x in zip(found.losses, (done.evaluation.x, done.nothing.x), strict=True):
        assert loss == pytest.approx(master.teeth.loss(x), rel=1e-6)
    assert found.floor <= least * (1 + 1e-3)
    assert found.floor >= least - 0.03 * (found.losses[1] - least)


def test_any_multipliers_prove_what_they_prove_of_the_whole_program() -> None:
    """Added up tooth by tooth, or at once by `proof`: the same, and no more than the best plan loses."""
    done, (master, least) = decided(12, 3), exact()
    apart, rng = Apart(done.problem), np.random.default_rng(5)
    sums, every = Sums.begin(apart.trunk), []
    for number in range(len(done.problem.teeth)):
        tooth = apart.tooth(number)
        own = tooth.own
        moved = tooth.link @ done.best.x
        _, duals = Repeated(own, *scales(own.matrix)).solve(own.row_lower - moved, own.row_upper - moved)
        duals = duals * rng.uniform(0.5, 1.5, len(duals))
        sums.add(tooth, duals)
        every.append(duals)
    trunk = apart.decided()
    of_trunk = rng.normal(0, 1e-3, trunk.n_row)
    of_trunk = np.where(np.isfinite(trunk.row_lower), of_trunk, -np.abs(of_trunk))
    floor = sums.floor(trunk, of_trunk)
    claim = state_claim(done.problem, master, 0.0, 0.0)
    starts = np.zeros(len(claim.starts))
    whole = np.concatenate([of_trunk, *every])
    part = Part(starts, starts + 1.0, whole, np.zeros(len(claim.leaves.odds)))
    assert np.isfinite(floor)
    assert floor == pytest.approx(part_floor(claim, part), rel=1e-9, abs=1e-6 * least)
    assert floor <= least


@pytest.mark.parametrize(
    "worth",
    [
        lambda true: 0.0 * true,
        lambda true: 3.0 * true,
        lambda true: np.random.default_rng(1).permutation(true.ravel()).reshape(true.shape),
        lambda true: -true,
    ],
)
def test_a_false_worth_of_stock_proves_less_and_nothing_false(
    worth: Callable[[np.ndarray], np.ndarray],
) -> None:
    done, true = decided(12, 3), asked(decided(12, 3))
    found = proven(done, replace(true, worth=worth(true.worth)))
    assert found.floor < small().floor <= exact()[1] * (1 + 1e-3)
    assert found.losses == pytest.approx(small().losses, rel=1e-6)


def test_a_point_that_breaks_a_row_is_found_out() -> None:
    done = decided(12, 3)
    tooth = Apart(done.problem).tooth(3)
    own, moved = tooth.own, tooth.link @ done.evaluation.x
    solver = Repeated(own, *scales(own.matrix))
    solver.solve(own.row_lower - moved, own.row_upper - moved)
    y = solver.point()
    assert follow_faults(tooth, done.evaluation.x, y) == []
    sold = np.flatnonzero(own.cost < 0)[:1]
    more = y.copy()
    more[sold] = own.upper[sold] * 2 + 1
    assert "what follows an event breaks a bound" in follow_faults(tooth, done.evaluation.x, more)
    stock = done.evaluation.x.copy()
    stock[tooth.stock] -= 1.0 + stock[tooth.stock]
    assert follow_faults(tooth, stock, y) == ["what follows an event breaks a row"]


def test_figures_of_the_answer_are_those_that_were_proven() -> None:
    """Whatever the method says of its plan: here it flatters itself and leaves nothing open."""
    done, found = decided(12, 3), small()
    evaluation = replace(done.evaluation, objective=0.5 * done.evaluation.objective)
    false = replace(done, evaluation=evaluation, best=replace(done.best, bound=evaluation.objective))
    answer = certified(false)
    proof = answer.certificate
    assert proof.checked
    assert proof.status == "gap"
    assert proof.objective == pytest.approx(-found.losses[0], rel=1e-6)
    assert proof.objective_nothing == pytest.approx(-found.losses[1], rel=1e-6)
    assert proof.bound == pytest.approx(-found.floor, rel=1e-6)
    assert proof.gap == pytest.approx(
        (proof.bound - proof.objective) / (proof.bound - proof.objective_nothing)
    )
    assert "not those of the method" in proof.check
    assert "these are its figures" in certificate_words(answer)[-1]


def test_a_trunk_that_breaks_its_rows_is_unproven() -> None:
    done = decided(12, 3)
    x = done.evaluation.x.copy()
    x[done.best.trunk.stock] *= 1.5
    assert done.fast is not None
    broken = replace(done, evaluation=replace(done.evaluation, x=x))
    assert "the plan breaks a row" in check_fast(broken, done.fast, "auto", silent).faults


def test_what_is_not_gone_through_is_unproven_and_says_so() -> None:
    done = decided(12, 3)
    assert not_gone_through(CHECKED_ROWS, 9, "auto") == not_gone_through(10**9, 9, "full") == ""
    assert "--check full" in not_gone_through(CHECKED_ROWS + 1, 9, "auto")
    answer = certified(done, "none")
    assert answer.certificate.status == "unproven"
    assert "not asked for" in answer.certificate.check
    assert answer.certificate.objective == done.evaluation.objective
    stopped = certified(replace(done, stopped=lambda: True))
    assert stopped.certificate.status == "unproven"
    count = len(done.problem.teeth)
    assert f"stopped after 0 of {count} teeth" in stopped.certificate.check
    with pytest.raises(UsageError, match="auto, full or none"):
        read_check("some")


def test_progress_counts_teeth() -> None:
    done, told = decided(12, 3), list[str]()
    prove_by_tooth(done.problem, asked(done), told.append)
    count = len(done.problem.teeth)
    assert told[-1].startswith(f"checked {count} of {count} teeth")


def test_sixty_parts_are_proven() -> None:
    done = decided(60, 6)
    found = proven(done, asked(done))
    plan, nothing = found.losses
    assert found.faults == ()
    assert found.floor <= plan <= nothing
    assert plan - found.floor <= 0.06 * (nothing - found.floor)


@pytest.mark.slow
def test_a_hundred_parts_over_two_years_are_proven() -> None:
    done = decided(100, 10, weeks=104)
    found = proven(done, asked(done))
    plan, nothing = found.losses
    assert found.faults == ()
    assert found.floor <= plan <= nothing
    assert plan - found.floor <= 0.1 * (nothing - found.floor)
