"""Of plans that are about as good, the one that moves less money."""

from pathlib import Path

import numpy as np
import pytest

from outlast.intake.assemble import read_case
from outlast.network.numbering import number
from outlast.optimise.comb import build_problem
from outlast.optimise.solve import load, solve, unit_money
from outlast.scenarios.reduce import draw_durations

CASES = Path(__file__).parents[2] / "cases"


@pytest.mark.slow
def test_a_tidied_plan_moves_less_money_and_gives_up_no_more_than_allowed() -> None:
    network = read_case(CASES / "camera-maker-2019")
    arrays = number(network)
    switch, relief = draw_durations(arrays, 6, 1, "plan", centred=True)
    problem = build_problem(arrays, switch, relief, bucket_weeks=13)
    master = load(problem)
    idle = solve(problem, master=master, build_up=False, gap=1e-3).objective
    rough = solve(problem, master=master, gap=0.003, reference=idle)
    tidied = solve(problem, master=master, gap=0.003, reference=idle, tidied=0.001)
    money = unit_money(problem, master.teeth.extensive)
    assert money @ tidied.x < money @ rough.x
    assert tidied.objective >= rough.objective - 0.0045 * (rough.bound - idle)
    assert tidied.objective <= tidied.bound
    assert -master.learn(tidied.x) == tidied.objective
    starts = tidied.trunk.start
    assert np.array_equal(np.round(tidied.x[starts]), tidied.x[starts])
