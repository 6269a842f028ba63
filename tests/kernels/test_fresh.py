"""Lots of a part that does not keep, against a linear program of who uses which lot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from outlast.kernels.fresh import levels, serve

Floats = NDArray[np.float64]


def most_met(ends: Floats, life: float, old: float, come: Floats, flows: Floats, need: Floats) -> float:
    """Most use that lots can meet, written as a transport: a lot goes to the segments in which it may be
    used, which begin with its own and end with the first at whose end it is too old."""
    n = len(ends)
    starts = np.append(0.0, ends[:-1])
    lots = [(old, 0, lambda k: ends[k] < life)]
    lots += [(come[a], a, lambda k, a=a: ends[k] <= starts[a] + life) for a in range(n)]
    lots += [(flow[a], a, lambda k, a=a: ends[a] > ends[k] - life) for flow in flows for a in range(n)]
    pairs = [
        (lot, k)
        for lot, (_, first, fresh) in enumerate(lots)
        for k in range(first, n)
        if k == first or fresh(k - 1)
    ]
    supply, use = np.zeros((len(lots), len(pairs))), np.zeros((n, len(pairs)))
    for column, (lot, k) in enumerate(pairs):
        supply[lot, column] = use[k, column] = 1.0
    limits = np.concatenate([[amount for amount, _, _ in lots], need])
    found = linprog(-np.ones(len(pairs)), A_ub=np.vstack([supply, use]), b_ub=limits)
    return float(-found.fun)


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_oldest_first_meets_all_that_can_be_met(seed: int) -> None:
    """And `levels` say before whether all of it can: no more is used between two segments than the lots that
    have come, less those that are too old and were not used."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    ends = np.cumsum(rng.choice([1.0, 1.0, 2.0, 4.0, 0.5], n))
    life, old = float(rng.integers(1, 9)) / 2, float(rng.integers(0, 5))
    come, flows = rng.integers(0, 3, n).astype(float), rng.integers(0, 3, (2, n)).astype(float)
    need = rng.integers(0, 5, n).astype(float)
    most = most_met(ends, life, old, come, flows, need)
    there, gone = np.zeros(n), np.zeros(n)
    levels(ends, life, old, come, flows.sum(axis=0), there, gone)
    used = np.append(0.0, np.cumsum(need))
    enough = all(
        used[j + 1] - used[i] <= there[j] - (gone[i - 1] if i else 0.0) + 1e-9
        for j in range(n)
        for i in range(j + 1)
    )
    assert enough == (most >= need.sum() - 1e-9)
    thrown, left, missed = np.zeros(n), np.zeros(n), np.zeros(n + 1)
    for oldest in (True, False):
        rest = flows.copy()
        cost = serve(
            ends, life, old, 0.0, come, rest, np.array([2.0, 1.0]), 0.0, False, need, np.ones(n), (n, 0.0),
            oldest, thrown, left, missed,
        )  # fmt: skip
        met = need.sum() - missed.sum()
        if oldest:
            assert met == pytest.approx(most)
        assert met <= most + 1e-9
        taken = flows - rest
        assert cost == pytest.approx(2 * taken[0].sum() + taken[1].sum())
        # Nothing is lost on the way.
        assert old + come.sum() + taken.sum() == pytest.approx(met + thrown.sum() + left[-1])


def test_what_is_thrown_is_what_is_left_of_stock_at_the_end_of_its_life() -> None:
    """Five weeks of cover that keep for three, one used a week: two are thrown away in the third week."""
    ends, none = np.arange(1.0, 7.0), np.zeros(6)
    thrown, left, missed = np.zeros(6), np.zeros(6), np.zeros(7)
    serve(
        ends, 3.0, 5.0, 0.0, none, np.zeros((0, 6)), np.zeros(0), 0.0, False, np.ones(6), none, (6, 0.0),
        False, thrown, left, missed,
    )  # fmt: skip
    assert thrown.tolist() == [0, 0, 2, 0, 0, 0]
    assert left.tolist() == [4, 3, 0, 0, 0, 0]
