"""The packing program against HiGHS on random instances."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from outlast.kernels.allocation import pack

NONE = np.zeros(0, dtype=np.int64)


def rows_of(matrix):
    """Sparse rows of a dense matrix."""
    ptr = np.cumsum([0, *(matrix > 0).sum(axis=1)]).astype(np.int64)
    col = np.nonzero(matrix)[1].astype(np.int64)
    return ptr, col, matrix[matrix > 0]


def random_program(rng, n, m, density, coarse):
    """Gains, dense needs and limits; coarse ones have many ties."""
    needs = np.where(rng.random((m, n)) < density, rng.random((m, n)) * 10, 0.0)
    gain = rng.normal(2.0, 2.0, n) * 100
    limit = needs.sum(axis=1) * rng.random(m)
    if coarse:
        needs, gain, limit = np.ceil(needs), np.round(gain / 100), np.floor(limit)
    return gain, needs, limit


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 12),
    m=st.integers(0, 14),
    density=st.sampled_from([0.2, 0.5, 1.0]),
    coarse=st.booleans(),
    guess=st.booleans(),
)
def test_agrees_with_highs(seed, n, m, density, coarse, guess):
    """Whatever rows are guessed to be likely."""
    rng = np.random.default_rng(seed)
    gain, needs, limit = random_program(rng, n, m, density, coarse)
    likely = np.flatnonzero(needs.any(axis=1) & (rng.random(m) < 0.5)) if guess else NONE
    x, price = pack(gain, *rows_of(needs), limit, likely)
    assert np.all((x >= 0) & (x <= 1))
    assert np.all(needs @ x <= limit + 1e-8 * (1 + needs.sum(axis=1)))
    answer = linprog(-gain, A_ub=needs, b_ub=limit, bounds=(0, 1)) if m else None
    best = -answer.fun if m else gain[gain > 0].sum()
    assert np.isclose(gain @ x, best, rtol=1e-8, atol=1e-6)
    # Shadow prices prove the optimum: with them, what a share gains beyond its needs is all there is.
    assert np.all(price >= 0)
    dual = price @ limit + np.maximum(0.0, gain - price @ needs).sum()
    assert np.isclose(dual, best, rtol=1e-8, atol=1e-6)


def test_larger_program_with_many_rows():
    gain, needs, limit = random_program(np.random.default_rng(3), 150, 400, 0.05, False)
    x, price = pack(gain, *rows_of(needs), limit, NONE)
    best = -linprog(-gain, A_ub=needs, b_ub=limit, bounds=(0, 1)).fun
    assert np.isclose(gain @ x, best, rtol=1e-9)
    assert np.isclose(price @ limit + np.maximum(0.0, gain - price @ needs).sum(), best, rtol=1e-9)


def test_two_products_share_two_parts():
    """Gains 3 and 2; part A: 1 each, 1.2 there; part B: 2 and 1, 2 there. By hand: shares 0.8 and 0.4."""
    needs = np.array([[1.0, 1.0], [2.0, 1.0]])
    x, price = pack(np.array([3.0, 2.0]), *rows_of(needs), np.array([1.2, 2.0]), NONE)
    assert np.allclose(x, [0.8, 0.4])
    assert np.allclose(price, [1.0, 1.0])


def test_nothing_there_gives_nothing():
    x, _ = pack(np.array([5.0, 1.0]), *rows_of(np.array([[1.0, 0.0]])), np.array([-3.0]), NONE)
    assert x.tolist() == [0.0, 1.0]
