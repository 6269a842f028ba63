"""The planning program whole and taken apart, on the camera maker's case with 4 draws."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from outlast.intake.assemble import read_case
from outlast.network.numbering import number
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.highs import Status, solve_program
from outlast.optimise.recourse import write_program
from outlast.optimise.risk import Risk
from outlast.optimise.solve import load, solve
from outlast.scenarios.reduce import draw_durations


@pytest.fixture(scope="module")
def problem() -> CombProblem:
    arrays = number(read_case(Path(__file__).parents[1] / "cases" / "camera-maker-2019"))
    return build_problem(arrays, *draw_durations(arrays, 4, 1, "plan", centred=True), bucket_weeks=8)


def test_whole_relaxation(benchmark: BenchmarkFixture, problem: CombProblem) -> None:
    """Interior point on the extensive form; starts may be taken in part."""
    program = write_program(problem).program
    answer = benchmark.pedantic(solve_program, args=(program,), rounds=1)
    benchmark.extra_info.update(rows=program.n_row, objective=-answer.objective)
    assert answer.status is Status.OPTIMAL
    assert answer.bound <= answer.objective + 1e-4 * abs(answer.objective)


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_taken_apart_with_whole_starts(
    benchmark: BenchmarkFixture, problem: CombProblem, weight: float
) -> None:
    """Trunk and teeth apart, whole starts, to a tenth of a percent of the loss; the mean, and half CVaR."""
    problem = replace(problem, risk=Risk(weight))
    master = load(problem)
    found = benchmark.pedantic(lambda: solve(problem, master=master, gap=0.001), rounds=1)
    benchmark.extra_info.update(objective=found.objective, bound=found.bound, passes=found.passes)
    assert found.bound - found.objective <= 0.0011 * abs(found.objective)
