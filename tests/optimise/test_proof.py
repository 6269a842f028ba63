"""The second program that certificates are checked by: against a third, and against false claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from outlast.optimise.comb import build_problem
from outlast.optimise.leaves import Leaves
from outlast.optimise.master import Master
from outlast.optimise.program import LinearProgram
from outlast.optimise.proof import Claim, Loose, Part, check, cover_all, leaf_weights, part_floor, plan_loss
from outlast.optimise.risk import NEUTRAL, Risk
from outlast.optimise.solve import Solution, load, solve
from outlast.plan.checked import state_claim, state_parts
from tests.optimise.test_certificate import rows_of
from tests.reference.certificate import Leaf, leaf_bound
from tests.reference.small_cases import small_case

Floats = np.ndarray
QUICK, SLOW = range(24), range(24, 160)


def solved(seed: int, risk: Risk = NEUTRAL, cash: float = 1.0, gap: float = 1e-7) -> tuple[Solution, Master]:
    case = small_case(seed)
    arrays = replace(case.arrays, cash_limit=case.arrays.cash_limit * cash)
    problem = build_problem(arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=4, risk=risk)
    master = load(problem)
    return solve(problem, master=master, gap=gap), master


def stated(solution: Solution, master: Master) -> tuple[Claim, Floats, list[Part]]:
    claim = state_claim(solution.problem, master, -solution.objective, -solution.bound)
    return claim, master.teeth.follow(solution.x), state_parts(master, solution.closed)


@pytest.mark.parametrize("weight", [0.0, 0.6])
@pytest.mark.parametrize("seed", [*QUICK, *(pytest.param(seed, marks=pytest.mark.slow) for seed in SLOW)])
def test_what_the_search_says_holds(seed: int, weight: float) -> None:
    solution, master = solved(seed, Risk(weight, 0.9), gap=(1e-7, 0.03)[seed % 2])
    claim, x, parts = stated(solution, master)
    found = check(claim, x, parts)
    assert found.faults == ()
    assert found.loss == pytest.approx(claim.loss, rel=1e-7)
    assert claim.floor - 1e-6 * abs(claim.floor) <= found.floor <= found.loss * (1 + 1e-9)


@pytest.mark.parametrize("seed", [1, 3, 7, 8])
def test_a_part_proves_what_a_third_program_finds(seed: int) -> None:
    """Bound of a part, by the sums of tests/reference."""
    claim, _, parts = stated(*solved(seed))
    for part in parts:
        fixed = np.flatnonzero(part.lower == part.upper)
        leaf = Leaf({int(claim.starts[k]): float(part.lower[k]) for k in fixed}, part.multipliers)
        assert part_floor(claim, part) == pytest.approx(leaf_bound(rows_of(claim.program), leaf), rel=1e-12)


def test_starts_that_cash_does_not_pay_for_are_refuted() -> None:
    refuted = 0
    for seed in (1, 3, 7, 8, 16, 18, 20, 23, 24, 28, 30):
        solution, master = solved(seed, cash=0.2)
        starts = solution.trunk.start
        program, n = master.teeth.extensive.program, master.teeth.n_trunk
        for column in starts:
            lower, upper = program.lower[:n].copy(), program.upper[:n].copy()
            lower[column] = 1.0
            if master.solve(lower, upper) is not None:
                continue
            refuted += 1
            claim, _, _ = stated(solution, master)
            multipliers, tail = master.extend(master.refute(lower, upper))
            empty = Part(lower[starts], upper[starts], multipliers, tail, empty=True)
            assert part_floor(claim, empty) == np.inf
            everything = replace(empty, lower=0.0 * empty.lower)
            assert part_floor(claim, everything) == -np.inf
    assert refuted > 2


def test_a_floor_of_any_multipliers_is_no_more_than_the_best_plan_loses() -> None:
    """Weak duality with CVaR: whatever the multipliers and the weights of the tail."""
    rng = np.random.default_rng(3)
    for seed in range(6):
        claim, _, parts = stated(*solved(seed, Risk(0.6, 0.9)))
        whole = Part(claim.program.lower[claim.starts], claim.program.upper[claim.starts], *zeros(claim))
        for part in parts:
            for spread in (0.01, 0.3, 3.0):
                y = part.multipliers * rng.normal(1.0, spread, len(part.multipliers))
                tail = np.abs(part.tail * rng.normal(1.0, spread, len(part.tail)))
                tried = replace(whole, multipliers=y, tail=tail)
                assert part_floor(claim, tried) <= claim.loss + 1e-6 * abs(claim.loss)


def zeros(claim: Claim) -> tuple[Floats, Floats]:
    return np.zeros(claim.program.n_row), np.zeros(len(claim.leaves.odds))


def test_false_claims_are_refused() -> None:
    seed = next(k for k in QUICK if len(solved(k)[0].closed) > 1)
    claim, x, parts = stated(*solved(seed))
    step = 1e-3 * (1.0 + abs(claim.loss))
    assert check(claim, x, parts).faults == ()

    def faults(loss: float = 0.0, floor: float = 0.0, x: Floats = x, parts: Sequence[Part] = parts) -> str:
        return "; ".join(
            check(replace(claim, loss=claim.loss + loss, floor=claim.floor + floor), x, parts).faults
        )

    assert faults(loss=-step).startswith("the plan loses")
    assert faults(floor=step).startswith("the multipliers prove")
    assert "leave out a choice of starts" in faults(parts=parts[1:])
    assert "leave out a choice of starts" in faults(parts=[])
    assert "the multipliers prove" in faults(parts=[replace(p, multipliers=0 * p.multipliers) for p in parts])
    more, part = x.copy(), x.copy()
    bought = int(np.flatnonzero(x[: claim.starts[0]] > 0)[0])
    more[bought] *= 1.5
    assert "the plan breaks a row" in faults(x=more)
    more[bought] = -1.0
    assert "the plan breaks a bound" in faults(x=more)
    part[claim.starts[0]] = 0.5
    assert "a start is taken in part" in faults(x=part)


def test_what_lots_may_exceed_is_let_through() -> None:
    solution, master = solved(0)
    claim, x, parts = stated(solution, master)
    column = int(solution.trunk.buy[0, 0])
    high = claim.program.with_bounds(np.array([column]), [0.0], [x[column] / 2 - 1.0])
    tight = replace(claim, program=high)
    assert "the plan breaks a bound" in check(tight, x, parts).faults
    loose = Loose(np.zeros(0, dtype=np.int64), np.array([column]))
    assert "the plan breaks a bound" not in check(tight, x, parts, loose).faults


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 1)), min_size=1, max_size=8),
    st.floats(0, 1),
    st.floats(0.5, 0.95),
    st.lists(st.floats(0, 1), min_size=8, max_size=8),
)
@settings(max_examples=100, deadline=None)
def test_no_weights_of_the_tail_make_a_mean_larger_than_the_measure(
    outcomes: list[tuple[float, float]], weight: float, level: float, tail: list[float]
) -> None:
    loss, odds = np.array(outcomes).T
    odds = odds / odds.sum()
    risk = Risk(weight, level)
    n = len(loss)
    leaves = Leaves(odds, np.zeros(n, dtype=np.int64), csr_matrix((0, 1)), csr_matrix((n, 1)), loss)
    held = leaf_weights(leaves.odds, risk, np.array(tail[:n]))
    assert held.sum() == pytest.approx(1.0)
    assert held @ loss <= risk.value(loss, odds) + 1e-9 * (1 + loss.max())
    program = LinearProgram(
        np.zeros(1), 0.0, np.zeros(1), np.ones(1), csr_matrix((0, 1)), *[np.zeros(0)] * 2,
        np.zeros(0, dtype=np.int64), {},
    )  # fmt: skip
    nothing = np.zeros(0, dtype=np.int64)
    claim = Claim(program, leaves, risk, nothing, np.array([-1]), 0.0, 0.0)
    assert plan_loss(claim, np.zeros(1)) == pytest.approx(risk.value(loss, odds), rel=1e-9, abs=1e-9)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_parts_cover_what_they_cover_choice_by_choice(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    bounds = st.sampled_from([(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 1.0)])
    boxes = data.draw(st.lists(st.lists(bounds, min_size=n, max_size=n), max_size=6))
    groups = data.draw(st.lists(st.sets(st.integers(0, n - 1), min_size=1), max_size=2))
    matrix = np.zeros((len(groups), n + 1))
    for row, group in enumerate(groups):
        matrix[row, sorted(group)] = 1.0
    program = LinearProgram(
        np.zeros(n + 1), 0.0, np.zeros(n + 1), np.ones(n + 1), csr_matrix(matrix),
        np.full(len(groups), -np.inf), np.ones(len(groups)), np.arange(n), {},
    )  # fmt: skip
    claim = Claim(program, None, NEUTRAL, np.arange(n), np.full(n + 1, -1), 0.0, 0.0)  # type: ignore[arg-type]
    parts = [Part(*np.array(box).T, np.zeros(len(groups)), np.zeros(0)) for box in boxes]

    def held(choice: tuple[float, ...]) -> bool:
        return any(np.all(part.lower <= choice) and np.all(choice <= part.upper) for part in parts)

    allowed = [c for c in product((0.0, 1.0), repeat=n) if np.all(matrix[:, :n] @ np.array(c) <= 1.0)]
    assert cover_all(claim, parts) == all(held(choice) for choice in allowed)


def test_what_proves_nothing_can_be_forgotten() -> None:
    solution, master = solved(7)
    before = check(*stated(solution, master))
    master.forget(part.duals for part in solution.closed if part.duals is not None)
    after = check(*stated(solution, master))
    assert (after.floor, after.faults) == (before.floor, before.faults)
