"""In small versions of the planner's problems every feature binds, and moves the objective, as it should.

Small: fewer parts, epochs of two or three months, and the exact path.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import pytest

from benchmarks.plan_cases import core, everything
from benchmarks.plan_features import BINDS, CORE, EVERYTHING, MOVES, Feature, binding, moved, rebuilt
from outlast.network.arrays import Floats
from outlast.optimise.comb import CombProblem
from outlast.optimise.highs import solve_program
from outlast.optimise.recourse import Extensive, write_program
from outlast.optimise.solve import solve


class Solved(NamedTuple):
    """A problem with all features."""

    problem: CombProblem
    extensive: Extensive
    x: Floats
    """Columns of a best solution of the mean, starts relaxed."""
    objective: float


def objective(problem: CombProblem) -> float:
    return solve(problem, gap=0.001).objective


def solved(problem: CombProblem) -> Solved:
    extensive = write_program(problem)
    return Solved(problem, extensive, solve_program(extensive.program).x, objective(problem))


@cache
def small_core() -> Solved:
    return solved(rebuilt(core(30, 4, 130), 13, epoch_weeks=8))


@cache
def small_everything() -> Solved:
    return solved(rebuilt(everything(40, 5, 130, cvar=0.2), 13, epoch_weeks=13))


CASES = [
    *(pytest.param(small_core, feature, id=f"core, {feature.name}") for feature in CORE),
    *(pytest.param(small_everything, feature, id=f"everything, {feature.name}") for feature in EVERYTHING),
]


@pytest.mark.parametrize(("small", "feature"), CASES)
def test_it_binds_and_matters(small: Callable[[], Solved], feature: Feature) -> None:
    on = small()
    share = binding(on.problem, on.extensive, on.x, feature)
    assert share is None or share >= BINDS
    assert moved(on.problem, feature, objective, on.objective) >= MOVES


def test_a_feature_that_does_nothing_would_be_seen() -> None:
    on = small_core()
    assert moved(on.problem, Feature("nothing", lambda problem: problem), objective, on.objective) < MOVES
