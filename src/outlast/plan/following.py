"""A written plan taken up again. In: the folder of a plan and its case. Out: `Done`, as it was decided.
One reason to exist: questions are asked about the plan that people hold in their hands, not about another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from outlast.errors import UsageError
from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.network.units import counts_pieces
from outlast.optimise.comb import AT_EVENT, CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.solve import load, solve
from outlast.plan import explain
from outlast.plan.answer import PlanAnswer
from outlast.plan.certify import evaluate
from outlast.plan.decide import pose
from outlast.plan.previous import PLAN
from outlast.plan.saved import read_answer
from outlast.plan.schedule import Order, Schedule, lots
from outlast.plan.summary import Done


def follow_plan(
    path: Path,
    network: Network,
    *,
    seed: int | None,
    scenarios: int | None,
    progress: Callable[[str], None],
) -> Done:
    """The plan of a folder on the case that it was made from.

    Args:
        path: folder of the plan, or its plan.json.
        network: the case.
        seed: of the planning scenarios; default: the plan's.
        scenarios: draws of durations per restriction; default: the case's.
        progress: told what is going on.

    Raises:
        UsageError: the folder holds no plan, or the case has changed since.
    """
    file = path / PLAN if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"{path} holds no {PLAN}: name the folder that outlast plan wrote")
    answer = read_answer(file)
    changed = [
        name
        for name in sorted({*answer.provenance.hashes, *network.hashes})
        if answer.provenance.hashes.get(name) != network.hashes.get(name)
    ]
    if changed or answer.what_if != network.what_if:
        what = ", ".join(changed) or "its what-if"
        raise UsageError(
            f"the case is not the one that was planned ({what}): plan again, or leave out --plan"
        )
    settings = replace(network.settings, start=answer.summary.start)
    network = replace(network, settings=settings)
    problem, arrays = pose(
        network,
        seed=answer.provenance.seed if seed is None else seed,
        draws=scenarios or network.settings.scenarios,
    )
    progress("writing the planning model")
    master = load(problem)
    nothing = solve(problem, master=master, build_up=False, gap=0.001)
    schedule = read_schedule(answer, network, problem, nothing.trunk)
    evaluation = evaluate(master.teeth, problem, schedule)
    if not evaluation.feasible:
        raise UsageError(f"{path} does not meet the limits of the case: plan again, or leave out --plan")
    schedule = replace(schedule, make=evaluation.make, run_down=evaluation.run_down)
    whole = np.array([counts_pieces(network.item[name].unit) for name in arrays.item_ids], dtype=bool)
    lot = lots(arrays, whole)
    story = explain.Story(network, arrays, problem, nothing.trunk, schedule, evaluation.stock, lot)
    return Done(network, arrays, problem, nothing, nothing, schedule, evaluation, story, master, nothing)


def read_schedule(answer: PlanAnswer, network: Network, problem: CombProblem, trunk: Trunk) -> Schedule:
    """What a plan does before an event, from what it says."""
    arrays: NetworkArrays = problem.arrays
    source_of = {source_id: source for source, source_id in enumerate(arrays.source_ids)}
    item_of = {item_id: item for item, item_id in enumerate(arrays.item_ids)}
    week_of = network.calendar.week_of
    orders = tuple(
        Order(source_of[line.source_id], week_of(call.order_date), call.quantity)
        for line in answer.purchases
        if line.kind == "build-up"
        for call in line.calls
    )
    make = np.zeros(trunk.make.shape)
    columns = {int(item): column for column, item in enumerate(trunk.make_items)}
    for made in answer.production:
        make[week_of(made.start_date) // arrays.epoch_weeks, columns[item_of[made.item_id]]] += made.quantity
    starts = {
        source_of[line.source_id]: AT_EVENT if line.start_date is None else week_of(line.start_date)
        for line in answer.qualifications
        if line.decision != "do not start"
    }
    return Schedule(orders, make, np.zeros(trunk.run_down.shape), starts)
