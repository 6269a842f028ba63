"""Sobol indices of functions whose indices are known."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from outlast.errors import UsageError
from outlast.sensitivity.indices import choose_points, find_indices

NAMES = ("a", "b", "c")


def test_ishigami() -> None:
    """Known value: Saltelli et al. (2008), a = 7, b = 0.1."""
    x = np.pi * (2 * choose_points(NAMES, 2048, 1) - 1)
    assert x.shape == (2048 * 5, 3)
    values = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = find_indices(NAMES, values, 1)
    for index, first, total in zip(found, (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437), strict=True):
        assert index.first == pytest.approx(first, abs=0.02)
        assert index.total == pytest.approx(total, abs=0.02)
        assert abs(index.first - first) < 1.5 * index.first_half_width
        assert abs(index.total - total) < 1.5 * index.total_half_width
        assert 0 < index.total_half_width < 0.1


def test_an_additive_function_has_the_shares_of_its_variances() -> None:
    weights = np.array([3.0, 2.0, 0.0])
    found = find_indices(NAMES, choose_points(NAMES, 512, 3) @ weights, 3)
    for index, share in zip(found, weights**2 / 13, strict=True):
        assert index.first == pytest.approx(share, abs=0.02)
        assert index.total == pytest.approx(share, abs=0.02)
    assert found[2].total == pytest.approx(0, abs=1e-9)


def test_what_does_not_move_has_no_indices() -> None:
    found = find_indices(NAMES, np.full(40, 7.0), 1)
    assert {(row.first, row.total, row.total_half_width) for row in found} == {(0.0, 0.0, 0.0)}


@pytest.mark.parametrize("samples", [-8, 1, 4, 12, 100])
def test_samples_are_a_power_of_two(samples: int) -> None:
    with pytest.raises(UsageError, match="power of 2"):
        choose_points(NAMES, samples, 1)


def test_the_same_seed_gives_the_same_points() -> None:
    assert np.array_equal(choose_points(NAMES, 16, 1), choose_points(NAMES, 16, 1))
    assert not np.array_equal(choose_points(NAMES, 16, 1), choose_points(NAMES, 16, 2))


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "SALib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(UsageError, match=r"outlast\[sensitivity\]"):
        choose_points(NAMES, 16, 1)
