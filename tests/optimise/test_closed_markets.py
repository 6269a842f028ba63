"""Markets that an act closes while no item is at risk."""

from dataclasses import replace

import numpy as np
import pytest

from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.solve import solve
from tests.reference.small_cases import small_case


def closed(seed: int, waits: bool) -> CombProblem:
    """A small case in which restrictions close all markets for at most three weeks, and no source."""
    case = small_case(seed)
    arrays = replace(
        case.arrays,
        hits_line=np.ones_like(case.arrays.hits_line),
        hits_item=np.zeros_like(case.arrays.hits_item),
        supply_left=np.ones_like(case.arrays.supply_left),
        line_backorder=np.full_like(case.arrays.line_backorder, waits),
        line_backorder_cost=np.ones_like(case.arrays.line_backorder_cost),
    )
    return build_problem(arrays, case.switch_weeks, np.minimum(case.relief_weeks, 3.0), bucket_weeks=1.0)


@pytest.mark.parametrize("seed", range(6))
def test_who_waits_buys_no_more_than_was_asked_for(seed: int) -> None:
    """What a closed market does not ask for is lost; all else is sold at once, whether it would wait or
    not."""
    lost, waiting = solve(closed(seed, waits=False)), solve(closed(seed, waits=True))
    assert lost.objective <= 0
    assert waiting.objective == pytest.approx(lost.objective, rel=1e-9)
    assert waiting.bound == pytest.approx(lost.bound, rel=1e-6)
