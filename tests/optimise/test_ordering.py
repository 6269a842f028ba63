"""The tables that sources of one kind share say of each source what its orders, taken one by one, say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.optimise.comb import build_problem
from outlast.optimise.ordering import order_weeks, orderings
from tests.reference.networks import random_arrays


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.sampled_from([1, 4, 5, 13]))
def test_tables_are_those_of_single_orders(seed: int, epoch_weeks: int) -> None:
    rng, arrays = np.random.default_rng(seed), random_arrays(seed)
    n_source = len(arrays.source_ids)
    capacity = np.where(rng.random(n_source) < 0.5, np.inf, rng.uniform(1, 9, n_source))
    ahead = np.where(rng.random(arrays.open_unshipped.shape) < 0.3, 20.0, 0.0)
    arrays = replace(arrays, epoch_weeks=epoch_weeks, source_capacity=capacity, open_unshipped=ahead)
    problem = build_problem(arrays, np.zeros((1, n_source)), np.full((1, len(arrays.restriction_ids)), 9.0))
    starts, ends = problem.epoch_weeks[:-1], problem.epoch_weeks[1:]
    seen = []
    for kind in orderings(problem, np.arange(n_source)):
        there, held = kind.share_there(problem.epoch_weeks), kind.weeks_held(ends)
        for source in kind.columns:
            seen.append(int(source))
            lead = int(arrays.source_lead[source])
            wait = max(0, lead + int(arrays.source_payment_weeks[source]))
            paid = kind.parts_paid(int(arrays.source_payment_weeks[source]), ends)
            for epoch in range(problem.epochs):
                orders = order_weeks(problem, int(source), epoch)
                assert kind.parts[epoch] == len(orders)
                for other, (start, end) in enumerate(zip(starts, ends, strict=True)):
                    # Without lead time goods come after the event of the week in which they are ordered.
                    before = [week + lead < start or (week + lead == start and lead > 0) for week in orders]
                    assert there[epoch, other] == sum(before) / len(orders)
                    inside = [
                        end - (week + lead)
                        for week, already in zip(orders, before, strict=True)
                        if not already and week + lead < end
                    ]
                    assert held[epoch, other] == sum(inside)
                    assert paid[epoch, other] == sum(week + wait <= end for week in orders)
    assert sorted(seen) == list(range(n_source))
