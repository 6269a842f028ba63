"""Every executor gives what a plain loop gives, in the same order, and passes errors on."""

import pytest

from outlast.cluster import LocalProcesses, ThisProcess


def add(common, part):
    if part < 0:
        raise ValueError("negative")
    return common + part


def test_executors_agree_and_pass_errors_on():
    parts = list(range(7))
    with LocalProcesses(2) as two:
        for executor in (ThisProcess(), two):
            assert executor.run(add, 10, parts) == [10 + part for part in parts]
            assert executor.run(add, 20, parts[:1]) == [20]
            with pytest.raises(ValueError, match="negative"):
                executor.run(add, 0, [1, -1])
