"""Build-up on order at an event that does not stop it has to be held: it counts in what a plan loses."""

from dataclasses import replace
from pathlib import Path

from benchmarks.large_case import write_case
from outlast.intake.assemble import read_case
from outlast.optimise.first_order.solve import solve_fast
from outlast.optimise.solve import load
from outlast.plan.decide import pose


def test_goods_on_order_of_parts_that_are_not_cut_are_held(tmp_path: Path) -> None:
    """Lead times of ten weeks and more, five countries of which one is cut off at a time; week by week, so
    that the exact program is of the same weeks."""
    write_case(tmp_path, 12, 3, draws=1)
    network = read_case(tmp_path)
    plan = replace(network.settings.plan, window_weeks=40)
    network = replace(network, settings=replace(network.settings, horizon_weeks=24, plan=plan))
    problem = replace(pose(network, seed=1, draws=1)[0], bucket_weeks=1.0)
    leads = problem.arrays.source_lead[problem.arrays.source_qualified]
    assert leads.max() >= 10
    fast = solve_fast(problem, gap=1e-3, most_steps=500)
    assert (fast.x[fast.trunk.buy] > 1.0).any()
    master = load(problem)
    worth = -master.teeth.measure(fast.x, master.teeth.answer(fast.x)[0])
    assert fast.objective <= worth + 1e-6 * abs(worth)
    assert fast.objective >= worth - 0.01 * abs(worth)
    assert fast.bound >= worth - 1e-6 * abs(worth)
