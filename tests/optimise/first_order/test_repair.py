"""A trunk that misses rows by next to nothing is hardly changed."""

import numpy as np
import pytest

from benchmarks import plan_cases
from outlast.optimise.first_order.repair import Repair
from outlast.optimise.first_order.solve import Search, Until, solve_fast


def test_orders_of_parts_that_are_not_needed_stay_skipped() -> None:
    """Where making is skipped, no parts are needed, though there are none in stock to take their place."""
    search = Search(plan_cases.everything(50, 6, 44, starts=0))
    try:
        search.improve(1e-9, Until(np.inf, 100))
        layout, best, repair = search.layout, search.best.z, Repair(search.layout)
        assert best is not None
        skipped = best[layout.run_down]
        items, flow = skipped.shape[1], layout.trunk.flow.tocoo()
        inside = (flow.data > 0) & np.isin(flow.col, layout.run_down[skipped > 0])
        freed = np.bincount(flow.row[inside], minlength=layout.trunk.opening.size).reshape(-1, items)[1:] > 0
        bare = (skipped > 1e-3) & freed & (layout.trunk.stock(best)[:-1] < skipped / 2)
        assert np.count_nonzero(bare) > 3
        loss = search.method.loss(best).money
        for more in (1e-7, 1e-5, 1e-3):
            wanted = best.copy()
            wanted[layout.run_down] *= 1.0 + more
            found = repair.repaired(wanted)
            assert found is not None
            assert found[layout.run_down].sum() >= (1.0 - 10 * more) * skipped.sum()
            assert search.method.loss(found).money <= loss * (1.0 + 10 * more)
    finally:
        search.close()


@pytest.mark.slow
def test_repair_keeps_plans_near_their_bound() -> None:
    """Where skipped orders came back for nothing, purchases found no room: 2 % of the loss was open."""
    problem = plan_cases.everything(60, 8, 52, starts=0, waiting=False, perishable=False)
    fast = solve_fast(problem, gap=1e-9, of_objective=True, most_steps=2000, time_limit=1e6)
    assert fast.bound - fast.objective <= 0.002 * abs(fast.objective)
