"""mpi-sppy, given the planner's program as a trunk and one scenario a tooth, finds the optimum that HiGHS and
the planner's own decomposition find: what is said to be two stages is two stages.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.plan_cases import core
from benchmarks.plan_rivals import GAP, by_exact_path, by_highs, by_mpisppy

SECONDS = 300.0


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_optimum(seed: int) -> None:
    problem = core(12, 2, 40, seed)
    peer, ours = by_mpisppy(problem, SECONDS), by_exact_path(problem, SECONDS)
    highs = by_highs("ipx", run_crossover="off")(problem, SECONDS)
    assert peer["loss"] == pytest.approx(highs["loss"], rel=1e-6)
    assert ours["bound"] - 1e-6 * abs(ours["bound"]) <= peer["loss"] <= ours["loss"] * (1 + 1e-6)
    assert np.isclose(ours["bound"], ours["loss"], rtol=2 * GAP)
