"""What people decided, in a trunk. In: `CombProblem` and its written trunk. Out: bounds.
One reason to exist: the method keeps to decisions by hand as the exact planner does.
"""

from __future__ import annotations

import numpy as np

from outlast.optimise.byhand import keep_to
from outlast.optimise.comb import CombProblem
from outlast.optimise.constraints import Trunk
from outlast.optimise.program import LinearProgram


def within_decisions(problem: CombProblem, columns: Trunk, program: LinearProgram) -> LinearProgram:
    """The trunk with the bounds that decisions by hand leave it.

    Args:
        problem: with what is decided.
        columns: of the trunk.
        program: trunk only.
    """
    low, high = program.lower.copy(), program.upper.copy()
    sources = np.array([option.source for option in problem.options], dtype=np.int64)
    weeks = np.array([option.week for option in problem.options], dtype=np.int64)
    keep_to(problem.by_hand, columns.by_hand.slack, columns.start, sources, weeks, low, high)
    return program.with_bounds(np.arange(len(low)), low, high)


def asked(problem: CombProblem) -> bool:
    """Whether something has to be bought or started."""
    return any(limit.low > 0 for limit in problem.by_hand.limits) or bool(problem.by_hand.starts)
