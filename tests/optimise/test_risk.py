"""Mean and tail: against the definition, against a linear program, and what weighing the tail does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, vstack

from outlast.intake.assemble import read_case
from outlast.intake.template import write_template
from outlast.network.numbering import number
from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.decompose import Decomposition
from outlast.optimise.highs import solve_program
from outlast.optimise.program import LinearProgram
from outlast.optimise.recourse import Extensive, write_program
from outlast.optimise.risk import Risk
from outlast.optimise.solve import solve
from outlast.scenarios.reduce import draw_durations
from tests.plan.stationary import write_stationary

losses = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12)


def template_problem(folder: Path, risk: Risk, draws: int = 2) -> CombProblem:
    """The case that `outlast init` writes, with half-year epochs to keep it small."""
    write_template(folder)
    network = read_case(folder)
    plan = replace(network.settings.plan, epoch_weeks=26)
    network = replace(network, settings=replace(network.settings, plan=plan))
    arrays = number(network)
    switch, relief = draw_durations(arrays, draws, 1, "plan", centred=True)
    return build_problem(arrays, switch, relief, bucket_weeks=13, risk=risk)


def whole_with_tail(extensive: Extensive) -> LinearProgram:
    """The extensive form with CVaR written out: a threshold, and what each leaf exceeds it by."""
    program, leaves, risk = extensive.program, extensive.leaves, extensive.risk
    n, n_leaf = len(program.cost), len(leaves.odds)
    loss = np.zeros((n_leaf, n))
    loss[:, : extensive.trunk_columns] = leaves.cost().toarray()
    for leaf, block in enumerate(extensive.blocks):
        loss[leaf, block.columns] = program.cost[block.columns] / leaves.odds[leaf]
    rows = hstack([csr_matrix(-loss), csr_matrix(np.ones((n_leaf, 1))), csr_matrix(np.eye(n_leaf))])
    above = hstack([program.matrix, csr_matrix((program.n_row, 1 + n_leaf))])
    tail = risk.weight * np.append(1.0, leaves.odds / (1 - risk.level))
    return LinearProgram(
        cost=np.concatenate([(1 - risk.weight) * program.cost, tail]),
        offset=(1 - risk.weight) * program.offset,
        lower=np.concatenate([program.lower, [-1e12], np.zeros(n_leaf)]),
        upper=np.concatenate([program.upper, [1e12], np.full(n_leaf, 1e12)]),
        matrix=vstack([above, rows]).tocsr(),
        row_lower=np.concatenate([program.row_lower, leaves.constant]),
        row_upper=np.concatenate([program.row_upper, np.full(n_leaf, np.inf)]),
        integer=program.integer,
        column_names={},
    )


@given(losses, st.floats(0.0, 0.99), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_cvar_is_the_worst_mean_that_capped_weights_can_give(
    values: list[float], level: float, seed: int
) -> None:
    """The dual definition: weights of at most 1 / (1 - level) times the odds, solved as a program."""
    rng = np.random.default_rng(seed)
    loss, odds = np.array(values), rng.dirichlet(np.ones(len(values)))
    worst = linprog(
        -loss, A_eq=np.ones((1, len(loss))), b_eq=[1.0], bounds=[(0, p / (1 - level)) for p in odds]
    )
    assert Risk(1.0, level).value(loss, odds) == pytest.approx(-worst.fun, rel=1e-6, abs=1e-3)


@given(losses, st.floats(0, 1), st.floats(-1e6, 1e6))
@settings(max_examples=100, deadline=None)
def test_no_other_threshold_gives_less(values: list[float], weight: float, threshold: float) -> None:
    loss, odds = np.array(values), np.full(len(values), 1 / len(values))
    risk = Risk(weight, 0.9)
    assert risk.value(loss, odds) <= risk.value(loss, odds, threshold) + 1e-6 * (1 + np.abs(loss).max())


@pytest.mark.parametrize("weight", [0.4, 1.0])
def test_taken_apart_equals_the_whole_program(tmp_path: Path, weight: float) -> None:
    problem = template_problem(tmp_path, Risk(weight, 0.9))
    whole = solve_program(whole_with_tail(write_program(problem)))
    apart = solve(problem, gap=1e-7, relaxed=True)
    assert -apart.objective == pytest.approx(whole.objective, rel=1e-5)
    assert -apart.bound <= whole.objective * (1 + 1e-6)


def test_measure_of_a_trunk_is_its_leaves_weighed(tmp_path: Path) -> None:
    """Without a tail, the mean over leaves equals the program's own objective at the same point."""
    extensive = write_program(template_problem(tmp_path, Risk()))
    solution = solve_program(extensive.program)
    leaves, x = extensive.leaves, solution.x
    loss = leaves.loss(x[: extensive.trunk_columns])
    for leaf, block in enumerate(extensive.blocks):
        loss[leaf] += extensive.program.cost[block.columns] @ x[block.columns] / leaves.odds[leaf]
    assert leaves.odds @ loss == pytest.approx(solution.objective, rel=1e-9)


def test_the_more_the_tail_counts_the_smaller_it_gets(tmp_path: Path) -> None:
    """The mean can only rise, CVaR only fall, as weight moves from one to the other."""
    arrays = number(read_case(write_stationary(tmp_path / "case", 0.2, 1.0, draws=8)))
    switch, relief = draw_durations(arrays, 8, 1, "plan", centred=True)
    means, tails = [], []
    for weight in (0.0, 0.5, 1.0):
        problem = build_problem(arrays, switch, relief, bucket_weeks=4, risk=Risk(weight, 0.9))
        found = solve(problem, gap=1e-6, relaxed=True)
        program = write_program(replace(problem, risk=Risk(1.0, 0.9)))
        teeth = Decomposition(program)
        answer = teeth.leaf_loss(found.x, teeth.answer(found.x)[0])
        means.append(float(program.leaves.odds @ answer))
        tails.append(Risk(1.0, 0.9).value(answer, program.leaves.odds))
    slack = 1e-5 * means[0]
    assert means[0] <= means[1] + slack <= means[2] + 2 * slack
    assert tails[0] >= tails[1] - slack >= tails[2] - 2 * slack
    assert tails[2] < tails[0] - 10 * slack
