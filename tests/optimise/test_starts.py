"""When a switch starts: weeks that are not tried can save no more than is said."""

from dataclasses import replace

import numpy as np
import pytest

from outlast.intake.assemble import read_case
from outlast.intake.template import write_template
from outlast.network.arrays import NetworkArrays
from outlast.network.numbering import number
from outlast.optimise.comb import (
    AT_EVENT,
    CombProblem,
    StartOption,
    build_problem,
    later_start_saving,
)
from outlast.optimise.risk import NEUTRAL, Risk
from outlast.optimise.solve import solve


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> NetworkArrays:
    """The case that `outlast init` writes, over a year, with a second restriction that spares the part."""
    folder = tmp_path_factory.mktemp("starts") / "case"
    write_template(folder)
    arrays = number(read_case(folder))
    return replace(arrays, horizon_weeks=52, epoch_weeks=13)


def problem_of(arrays: NetworkArrays, risk: Risk = NEUTRAL) -> CombProblem:
    n_source, n_restriction = len(arrays.source_ids), len(arrays.restriction_ids)
    return build_problem(
        arrays, np.full((1, n_source), 20.0), np.full((1, n_restriction), 40.0), bucket_weeks=4, risk=risk
    )


def with_every_week(problem: CombProblem) -> CombProblem:
    """The same problem with a start option for every epoch."""
    options = [o for o in problem.options if o.week == AT_EVENT]
    for source in dict.fromkeys(o.source for o in problem.options if o.week != AT_EVENT):
        options += [StartOption(source, problem.epoch_week(e)) for e in range(problem.epochs)]
    return replace(problem, options=tuple(options))


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("cost", [1e3, 3e4, 1e5])
@pytest.mark.parametrize("risk", [NEUTRAL, Risk(0.5, 0.9)])
def test_other_weeks_save_no_more_than_is_said(
    arrays: NetworkArrays, after: bool, cost: float, risk: Risk
) -> None:
    switched = ~arrays.source_qualified
    dear = replace(
        arrays,
        switch_cost=np.where(switched, cost, 0.0),
        start_after=switched & after,
    )
    problem = problem_of(dear, risk)
    few = solve(problem, gap=1e-6)
    every = solve(with_every_week(problem), gap=1e-6)
    saving = later_start_saving(problem)
    assert saving > 0 or after
    assert every.objective <= few.bound + saving + 1e-6 * abs(few.bound)
    assert every.objective >= few.objective - 1e-5 * abs(few.objective)


def test_a_switch_waits_for_the_cash_calendar(arrays: NetworkArrays) -> None:
    """No cash for half a year, then plenty: the switch starts in the first epoch that can pay for it."""
    switched = np.nonzero(~arrays.source_qualified)[0]
    cost = np.where(arrays.source_qualified, 0.0, 10.0)
    limit = np.where(np.arange(arrays.n_week) < 26, 0.0, 1e6)
    problem = problem_of(replace(arrays, cash_limit=limit, switch_cost=cost))
    assert {o.week for o in problem.options if o.source == switched[0]} == {0, 26, AT_EVENT}
    found = solve(problem, gap=1e-6)
    taken = {problem.options[k].week for k in np.nonzero(found.x[found.trunk.start] > 0.5)[0]}
    assert taken == {26}
