"""Small planning problems that the first-order method can solve. In: a seed. Out: `SmallCase` or None.
One reason to exist: what the method does not do yet is taken out of the random cases, and nothing else.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outlast.optimise.comb import CombProblem, build_problem
from outlast.optimise.first_order.scope import beyond
from tests.reference.small_cases import small_case


def fast_problem(seed: int) -> CombProblem | None:
    """A small case without waiting markets and prices beyond standard cost; None if even
    that is too much (a start with less than normal running needs)."""
    case = small_case(seed)
    arrays = case.arrays
    price, qualified = arrays.source_price.copy(), arrays.source_qualified
    price[qualified] = arrays.standard_cost[arrays.source_item[qualified]]
    arrays = replace(
        arrays,
        line_backorder=np.zeros_like(arrays.line_backorder),
        source_price=price,
    )
    problem = build_problem(arrays, case.switch_weeks, case.relief_weeks, bucket_weeks=1.0)
    return None if beyond(problem) else problem
