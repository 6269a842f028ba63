"""Every executor gives what a plain loop gives, in the same order, whatever happens to its workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outlast import cluster
from outlast.cluster import (
    AHEAD,
    TRIES,
    HereThenLocal,
    LocalProcesses,
    RayCluster,
    ThisProcess,
    count_cores,
)
from outlast.errors import CaseError, Concession, Finding, InfeasibleError, Place, UsageError, WorkerError

MEMORY = Path("/dev/shm")
OURS = [
    CaseError([Finding("error", "bom-cycle", Place("bom.csv", 3, "child_id"), "A is in A.", "Cut it.")]),
    InfeasibleError(["the budget", "the storage"]),
    InfeasibleError(["the budget"], [Concession("the budget", 5.0, "EUR", 7.0, None, "EUR 5 more")]),
    UsageError("no such thing"),
]


def add(common: int, block: int) -> int:
    if block < 0:
        raise ValueError("negative")
    return common + block


def describe_arrays(common: dict[str, Any], block: str) -> tuple[Any, ...]:
    array = common[block]
    return array.dtype, array.shape, array.tobytes(), array.flags.aligned


def scribble(common: np.ndarray, block: int) -> float:
    """Writes to what is shared, as kernels do with their scratch."""
    common[block] += 1.0
    return float(common[block])


def mark(common: Path, block: int) -> int:
    (common / str(block)).touch()
    return block


def die_now_and_then(common: Path, block: int) -> int:
    """Every third block ends its worker, the first time that it runs."""
    if block % 3 == 1 and not (common / str(block)).exists():
        mark(common, block)
        os.kill(os.getpid(), signal.SIGKILL)
    return block * block


def die_on_five(common: Path, block: int) -> int:
    if block == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return block


def fail(common: object, block: Exception) -> None:
    raise block


def say_who(common: float, block: int) -> int:
    time.sleep(common)
    return os.getpid()


def left_in_memory(pid: int) -> list[str]:
    """What a process has put there: arrays, and the semaphores of its workers."""
    return [path.name for kind in ("outlast", "sem.loky") for path in MEMORY.glob(f"{kind}-{pid}-*")]


def ends(pid: int) -> bool:
    """Whether all processes of a group are gone soon."""
    for _ in range(100):
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def two() -> Iterator[LocalProcesses]:
    with LocalProcesses(2) as executor:
        yield executor


def test_executors_agree_and_pass_errors_on(two: LocalProcesses) -> None:
    blocks = list(range(7))
    for executor in (ThisProcess(), two):
        assert list(executor.run(add, 10, blocks)) == [10 + block for block in blocks]
        assert list(executor.run(add, 20, blocks[:1])) == [20]
        assert list(executor.run(add, 20, [])) == []
        with pytest.raises(ValueError, match="negative"):
            list(executor.run(add, 0, [1, -1]))


def test_arrays_are_shared_as_they_are(two: LocalProcesses) -> None:
    rng = np.random.default_rng(1)
    frozen = rng.random(5)
    frozen.flags.writeable = False
    arrays = {
        "large": rng.random((300, 500)),
        "columns": np.asfortranarray(rng.random((7, 3))),
        "every other": rng.random(50)[::2],
        "records": np.zeros(4, dtype=np.dtype([("a", float), ("b", bool), ("c", int)], align=True)),
        "truths": rng.random(3) > 0.5,
        "none": np.zeros((0, 3)),
        "one": np.array(3.5),
        "frozen": frozen,
    }
    here = ThisProcess().run(describe_arrays, arrays, list(arrays))
    assert list(two.run(describe_arrays, arrays, list(arrays))) == list(here)


def test_what_a_worker_writes_stays_with_it(two: LocalProcesses) -> None:
    """In one run every block has a cell of its own; the caller's array, and the next run, see nothing."""
    common = np.zeros(6)
    for _ in range(2):
        assert list(two.run(scribble, common, range(6))) == [1.0] * 6
    assert not common.any()


def test_the_same_workers_serve_run_after_run(two: LocalProcesses) -> None:
    first, second = (set(two.run(say_who, 0.05, range(8))) for _ in range(2))
    assert os.getpid() not in first
    assert first | second == first
    assert len(first) == 2


def test_results_wait_in_bounded_number(two: LocalProcesses, tmp_path: Path) -> None:
    """Whoever fetches slowly is not flooded: blocks far ahead have not begun."""
    results = two.run(mark, tmp_path, range(100))
    assert next(results) == 0
    time.sleep(0.5)
    begun = {int(path.name) for path in tmp_path.iterdir()}
    assert 0 in begun
    assert max(begun) <= AHEAD * 2
    assert list(results) == list(range(1, 100))


def test_a_run_that_is_given_up_leaves_nothing(two: LocalProcesses, tmp_path: Path) -> None:
    before = left_in_memory(os.getpid())
    results = two.run(mark, tmp_path, range(100))
    next(results)
    assert len(left_in_memory(os.getpid())) > len(before)
    results.close()  # type: ignore[attr-defined]
    assert left_in_memory(os.getpid()) == before
    assert list(two.run(add, 1, [1])) == [2]


def test_killed_workers_change_nothing(tmp_path: Path) -> None:
    blocks = range(10)
    with LocalProcesses(2) as two:
        assert list(two.run(die_now_and_then, tmp_path, blocks)) == [block * block for block in blocks]
    assert {path.name for path in tmp_path.iterdir()} == {"1", "4", "7"}


@pytest.mark.slow
def test_a_part_that_ends_worker_after_worker_is_named(tmp_path: Path) -> None:
    fetched = []
    with LocalProcesses(2) as two:
        with pytest.raises(WorkerError, match=f"block 6 of 9 lost {TRIES} workers"):
            fetched.extend(two.run(die_on_five, tmp_path, range(9)))
        assert list(two.run(add, 1, [1])) == [2]


@pytest.mark.parametrize("error", OURS, ids=lambda error: type(error).__name__)
def test_errors_of_ours_arrive_whole(two: LocalProcesses, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        list(two.run(fail, None, [error]))
    assert str(caught.value) == str(error)
    assert vars(caught.value) == vars(error)


def say_where(common: float, block: int) -> tuple[int, int]:
    time.sleep(common)
    return block, os.getpid()


def test_short_work_stays_here() -> None:
    with HereThenLocal() as executor:
        assert list(executor.run(say_where, 0.001, range(50))) == [
            (block, os.getpid()) for block in range(50)
        ]
        assert list(executor.run(add, 1, [])) == []


@pytest.mark.skipif(count_cores() < 2, reason="nothing is gained on one core")
def test_work_goes_to_local_processes_once_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seconds are forecast, of which two cores save half."""
    monkeypatch.setattr(cluster, "START_SECONDS", 0.5)
    with HereThenLocal() as executor:
        for _ in range(2):
            blocks, places = zip(*executor.run(say_where, 0.05, range(60)), strict=True)
            assert blocks == tuple(range(60))
            assert set(places[:2]) == {os.getpid()}
            assert os.getpid() not in places[10:]


def test_ray_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'outlast\[cluster\]'"):
        RayCluster()


INTERRUPTED = """
import sys, time
from outlast.cluster import LocalProcesses

def wait(common, block):
    print("begun", flush=True)
    time.sleep(60)

with LocalProcesses(2) as two:
    list(two.run(wait, bytearray(100_000), range(4)))
"""


@pytest.mark.parametrize("after", ["at once", "in mid-run"])
def test_an_interrupt_ends_workers_and_leaves_nothing(after: str) -> None:
    """As a terminal sends it: to the caller and to the workers."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    if after == "in mid-run":
        assert process.stdout.readline().startswith("begun")
    else:
        while not left_in_memory(process.pid):
            time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")
    assert ends(process.pid)
    assert left_in_memory(process.pid) == []


INTERRUPTED_BETWEEN = """
import os, signal
from loky.backend import resource_tracker

register = resource_tracker.register

def interrupted(name, kind):
    if kind == "semlock":
        os.kill(os.getpid(), signal.SIGINT)
    register(name, kind)

resource_tracker.register = interrupted
"""


@pytest.mark.parametrize("threads", [0, 1])
def test_an_interrupt_while_workers_are_set_up_leaves_no_semaphore(threads: int) -> None:
    """Loky makes a semaphore and then notes that it is to be removed: in between, the system tells the main
    thread, or, since that does not listen, another one."""
    other = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    process = subprocess.Popen(
        [sys.executable, "-c", threads * other + INTERRUPTED_BETWEEN + INTERRUPTED],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _, errors = process.communicate(timeout=60)
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")
    assert ends(process.pid)
    assert left_in_memory(process.pid) == []
