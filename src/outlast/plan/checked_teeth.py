"""A plan of thousands of items handed to the second program, tooth by tooth. In: trunks, and what stock is
worth in each tooth. Out: `Proven`. One reason to exist: multipliers and points that prove loss and bound are
asked of HiGHS, one tooth at a time, for rows of the exact program; `proof_teeth` adds them up, and of the
method that made the plan only the worth of stock is used: a wrong one proves less, and nothing false.

Source: Guignard & Kim (1987), Mathematical Programming 39 (Lagrangean decomposition).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack

from outlast.errors import SolveError
from outlast.optimise.comb import CombProblem
from outlast.optimise.highs import Repeated, scales, solve_program
from outlast.optimise.one_tooth import Apart, OneTooth
from outlast.optimise.proof_teeth import Sums, follow_faults

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
WORKERS = 2
"""Threads that solve teeth; HiGHS lets go of the interpreter while it runs."""
NEAR = 4.0
"""Weeks of use by which stock at an event may be moved away from the best trunk where its worth is asked. At
0 multipliers fit that trunk only, and far from it they press where the worth is not quite right."""
TOLD = 25
"""Times that progress is told."""


@dataclass(frozen=True)
class Asked:
    """What is to be proven."""

    worth: Floats
    """Of a unit of stock at its event, and of each start, in each tooth, odds counted, and without what leaf
    and trunk pay for them; any will do, shape (tooth, item at risk and start option) [money]."""
    best: Floats
    """The best trunk that is known, from which the bound is looked for; any will do, shape (trunk column)."""
    trunks: tuple[Floats, ...]
    """Plans whose loss is asked, shape (trunk column) each."""


@dataclass(frozen=True)
class Proven:
    """What was proven."""

    losses: tuple[float, ...]
    """Of the plans asked for [money]; inf if something is wrong with them."""
    floor: float
    """No plan loses less [money]."""
    faults: tuple[str, ...]
    """In words; empty if all was gone through and holds."""


@dataclass(frozen=True)
class _Answer:
    tooth: OneTooth
    multipliers: Floats
    lost: tuple[float, ...]
    faults: tuple[str, ...]


def prove_by_tooth(
    problem: CombProblem,
    asked: Asked,
    progress: Callable[[str], None],
    stopped: Callable[[], bool] = lambda: False,
) -> Proven:
    """Goes through every tooth of the exact program.

    Args:
        problem: the comb tree; only the mean of the loss is known.
        asked: what is to be proven.
        progress: told how far it is.
        stopped: asked after every tooth whether somebody wants it to end.
    """
    apart, count = Apart(problem), len(problem.teeth)
    sums, begun = Sums.begin(apart.trunk), time.perf_counter()
    lost, faults = np.zeros(len(asked.trunks)), set[str]()

    def answer(number: int) -> _Answer | None:
        return None if stopped() else _answer(apart, number, asked)

    with ThreadPoolExecutor(WORKERS) as pool:
        for found in pool.map(answer, range(count)):
            if found is None:
                break
            sums.add(found.tooth, found.multipliers)
            lost += found.lost
            faults.update(found.faults)
            if sums.teeth % max(count // TOLD, 1) == 0:
                left = (time.perf_counter() - begun) * (count - sums.teeth) / sums.teeth
                progress(f"checked {sums.teeth:,} of {count:,} teeth, about {left / 60:.1f} minutes left")
    if sums.teeth < count:
        faults.add(
            f"its loss and the bound were not gone through: stopped after {sums.teeth:,} of {count:,} teeth"
        )
        return Proven((np.inf,) * len(asked.trunks), -np.inf, tuple(sorted(faults)))
    losses = tuple(sums.loss(x, each) for x, each in zip(asked.trunks, lost.tolist(), strict=True))
    return Proven(losses, floor_of(apart, sums), tuple(sorted(faults)))


def floor_of(apart: Apart, sums: Sums) -> float:
    """What no plan loses less than, with the multipliers of the trunk that are best for the sums [money]."""
    trunk = apart.decided()
    found = solve_program(replace(trunk, cost=sums.cost + sums.slope))
    return sums.floor(trunk, within_sides(found.duals, trunk.row_lower, trunk.row_upper))


def within_sides(multipliers: Floats, lower: Floats, upper: Floats) -> Floats:
    """Multipliers, 0 where they press on a side that is open."""
    open_ = ((multipliers > 0) & ~np.isfinite(lower)) | ((multipliers < 0) & ~np.isfinite(upper))
    return np.where(open_, 0.0, multipliers)


def _answer(apart: Apart, number: int, asked: Asked) -> _Answer:
    """Multipliers near the best trunk, and what every plan loses in one tooth."""
    tooth = apart.tooth(number)
    own, priced, n = tooth.own, _priced(apart, tooth), len(tooth.own.cost)
    solver, copies = _load(apart, tooth, asked.worth[number], asked.best)
    rest = np.ones(len(apart.trunk.cost), dtype=bool)
    rest[priced] = False
    moved = tooth.link @ np.where(rest, asked.best, 0.0)
    try:
        _, multipliers = solver.solve(own.row_lower - moved, own.row_upper - moved)
    except SolveError:
        # Nothing is proven by none: what the tooth loses is bounded by its columns alone.
        multipliers = np.zeros(own.n_row)
    lost, faults = list[float](), list[str]()
    for x in asked.trunks:
        solver.bind(copies, x[priced], x[priced])
        moved = tooth.link @ np.where(rest, x, 0.0)
        try:
            solver.solve(own.row_lower - moved, own.row_upper - moved)
        except SolveError as error:
            lost.append(np.inf)
            faults.append(f"what follows an event was not found ({error})")
            continue
        y = solver.point()[:n]
        lost.append(float(own.cost @ y))
        faults += follow_faults(tooth, x, y)
    return _Answer(tooth, within_sides(multipliers, own.row_lower, own.row_upper), tuple(lost), tuple(faults))


def _priced(apart: Apart, tooth: OneTooth) -> Ints:
    """Trunk columns whose worth is known: stock at the event, and starts."""
    return np.concatenate([tooth.stock, apart.columns.start])


def _load(apart: Apart, tooth: OneTooth, worth: Floats, best: Floats) -> tuple[Repeated, Ints]:
    """A tooth with copies of what is priced, which cost what they are worth; and their columns."""
    own, priced, trunk, problem = tooth.own, _priced(apart, tooth), apart.trunk, apart.problem
    near = NEAR * problem.arrays.usage[:, problem.items].mean(axis=0)
    near = np.append(near, np.ones(len(priced) - len(near)))
    low, high = trunk.lower[priced], trunk.upper[priced]
    there = np.clip(best[priced], low, high)
    program = replace(
        own,
        cost=np.append(own.cost, worth),
        lower=np.append(own.lower, np.maximum(there - near, low)),
        upper=np.append(own.upper, np.minimum(there + near, high)),
        matrix=hstack([own.matrix, tooth.link[:, priced]]).tocsr(),
    )
    copies = np.arange(len(own.cost), len(program.cost), dtype=np.int64)
    return Repeated(program, *scales(program.matrix)), copies
