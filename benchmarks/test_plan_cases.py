"""The planner's problems are built quickly, start in normal running, and the odds of their leaves add up."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.plan_cases import BUCKET, core, everything
from outlast.optimise.comb import CombProblem
from outlast.optimise.supply import project_opening

Build = Callable[[int, int, int], CombProblem]


@pytest.mark.parametrize("build", [core, everything])
def test_normal_running(build: Build) -> None:
    """No part is short or in surplus at the start, whatever its lead time; sources keep up with demand."""
    problem = build(400, 40, 100)
    arrays, opening = problem.arrays, project_opening(problem.arrays)
    parts = np.flatnonzero(~arrays.made)
    assert np.allclose(opening.surplus[parts], 0, atol=1e-6 * arrays.usage.max())
    kept = opening.on_hand[:, parts] - arrays.usage[:, parts]
    assert np.allclose(kept, arrays.working_stock[parts], atol=1e-6 * arrays.usage.max())
    first = [arrays.first_source(int(item)) for item in parts]
    assert (arrays.source_capacity[first] > arrays.usage[:, parts].max(axis=0)).all()


@pytest.mark.parametrize("build", [core, everything])
@pytest.mark.parametrize(("size", "seconds"), [((2000, 200, 500), 2.0), ((10_000, 500, 1000), 10.0)])
def test_built_quickly(build: Build, size: tuple[int, int, int], seconds: float) -> None:
    start = time.process_time()
    problem = build(*size)
    assert time.process_time() - start < seconds
    odds = sum(tooth.probability for tooth in problem.teeth) + problem.quiet
    assert odds == pytest.approx(1)
    assert abs(len(problem.teeth) - size[2]) <= 0.1 * size[2]
    assert problem.bucket_weeks == BUCKET
