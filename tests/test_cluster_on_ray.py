"""On a Ray cluster of two nodes: what a plain loop gives, whatever happens to workers and nodes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outlast import cluster, provenance
from outlast.cluster import TRIES, RayCluster
from outlast.errors import CaseError, UsageError, WorkerError
from outlast.intake.template import write_template
from outlast.scenarios.streams import BLOCK
from outlast.simulate.run import simulate
from tests.reference.networks import random_case
from tests.simulate.test_run import assert_same
from tests.test_cluster import INTERRUPTED, OURS, add, die_now_and_then, die_on_five, ends, fail

pytestmark = pytest.mark.slow

CLIENTS = 10_000 + os.getpid() % 10_000
"""Port for `ray://`."""


def stay(common: Path, block: int) -> int:
    """Leave word of the node that began the block, and take a while."""
    import ray

    node = ray.get_runtime_context().get_node_id()
    (common / f"{block}-{node}").touch()
    time.sleep(0.5)
    return block * block


def is_frozen(common: np.ndarray, block: int) -> bool:
    return not common.flags.writeable


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two nodes with one core each."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S"] = (
        "120"  # the machine may be busy with other tests
    )
    head = {"num_cpus": 1, "include_dashboard": False, "ray_client_server_port": CLIENTS}
    nodes = Cluster(initialize_head=True, head_node_args=head)
    nodes.add_node(num_cpus=1)
    yield nodes
    nodes.shutdown()


@pytest.fixture(scope="module")
def joined(nodes: Any) -> Iterator[RayCluster]:
    with RayCluster(nodes.address) as executor:
        yield executor


def test_results_come_in_order_and_errors_arrive_whole(joined: RayCluster) -> None:
    assert list(joined.run(add, 10, range(30))) == list(range(10, 40))
    assert list(joined.run(add, 10, [])) == []
    assert list(joined.run(is_frozen, np.zeros(1_000_000), range(3))) == [True] * 3
    for error in OURS:
        with pytest.raises(type(error)) as caught:
            list(joined.run(fail, None, [error]))
        assert type(caught.value) is type(error)
        assert str(caught.value) == str(error)
        if isinstance(error, CaseError):
            assert caught.value.findings == error.findings  # type: ignore[attr-defined]


def test_simulations_give_the_same_bytes(joined: RayCluster) -> None:
    case = random_case(12, n_scenario=2 * BLOCK + 9)
    asked = {"record_items": (0, 2), "ledger": True}
    here = simulate(case.arrays, case.scenarios, case.policy, **asked)
    there = simulate(case.arrays, case.scenarios, case.policy, **asked, executor=joined)
    assert_same(here, there)


def test_killed_workers_change_nothing(joined: RayCluster, tmp_path: Path) -> None:
    assert list(joined.run(die_now_and_then, tmp_path, range(10))) == [block * block for block in range(10)]
    assert {path.name for path in tmp_path.iterdir()} == {"1", "4", "7"}


def test_a_part_that_ends_worker_after_worker_is_named(joined: RayCluster, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=f"block 6 of 9 lost {TRIES} workers"):
        list(joined.run(die_on_five, tmp_path, range(9)))
    assert list(joined.run(add, 1, [1])) == [2]


def test_a_node_that_goes_changes_nothing(nodes: Any, joined: RayCluster, tmp_path: Path) -> None:
    """A third node goes while it works on a block, which is then run elsewhere."""
    extra = nodes.add_node(num_cpus=1)

    def begun() -> list[Path]:
        return list(tmp_path.glob(f"*-{extra.node_id}"))

    def remove() -> None:
        while not begun():
            time.sleep(0.05)
        nodes.remove_node(extra, allow_graceful=False)

    remover = threading.Thread(target=remove)
    remover.start()
    assert list(joined.run(stay, tmp_path, range(24))) == [block * block for block in range(24)]
    remover.join()
    blocks = {path.name.split("-")[0] for path in begun()}
    again = [path for path in tmp_path.iterdir() if path.name.split("-")[0] in blocks]
    assert len(again) > len(blocks)


def test_what_happens_to_nodes_is_not_printed_among_our_output(
    joined: RayCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    import ray

    worker = ray._private.worker
    assert "print_to_stdstream" in worker.listen_error_messages.__code__.co_names
    worker.print_to_stdstream(
        {"lines": ["a node went"], "pid": "raylet", "is_err": False}, ignore_prefix=False
    )
    assert capsys.readouterr() == ("", "")


def test_ray_prints_again_where_no_cluster_could_be_joined() -> None:
    program = """
import ray
from outlast.cluster import RayCluster
from outlast.errors import UsageError
before = ray._private.worker.print_to_stdstream
try:
    RayCluster("127.0.0.1:1")
except UsageError:
    assert ray._private.worker.print_to_stdstream is before
    print("again")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("again\n", 0), done.stderr


def test_a_worker_with_other_code_refuses(joined: RayCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are what they are; it is this process that claims to be another."""
    monkeypatch.setattr(cluster, "trace_code", lambda: {**provenance.trace_code(), "numba": "0.1"})
    with pytest.raises(UsageError, match=r"has numba \S+, this process has 0\.1: .* same versions"):
        list(joined.run(add, 10, range(3)))


def test_a_second_cluster_cannot_be_joined(joined: RayCluster) -> None:
    with pytest.raises(UsageError, match="already joined"):
        RayCluster("127.0.0.1:1")


# --- the command


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A case, and what the command says of it in one process."""
    case = tmp_path_factory.mktemp("case") / "case"
    write_template(case)
    done = run_on(case, "this")
    assert done.returncode == 0, done.stderr
    return case, done.stdout


def run_on(case: Path, place: str) -> subprocess.CompletedProcess[bytes]:
    outlast = Path(sys.executable).with_name("outlast")
    words = [outlast, "simulate", case, "--json", "--scenarios", "150", "--on", place]
    return subprocess.run(words, capture_output=True, check=False)


def quiet(run: subprocess.CompletedProcess[bytes]) -> bool:
    """Standard error has our own words only."""
    return all(line.startswith(b"simulating ") for line in run.stderr.splitlines())


@pytest.mark.parametrize("place", ["host:port", "ray://host:port", "ray"])
def test_the_command_gives_the_same_bytes(nodes: Any, simulated: tuple[Path, bytes], place: str) -> None:
    case, expected = simulated
    address = {"host:port": nodes.address, "ray://host:port": f"ray://127.0.0.1:{CLIENTS}"}
    done = run_on(case, address.get(place, place))
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected
    assert quiet(done), done.stderr


def test_no_cluster_at_the_address(simulated: tuple[Path, bytes]) -> None:
    done = run_on(simulated[0], "127.0.0.1:1")
    assert done.returncode == 2
    assert b"no Ray cluster can be joined at 127.0.0.1:1" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_interrupt_ends_a_cluster_of_its_own(tmp_path: Path) -> None:
    """As a terminal sends it; no process is left, and no folder of Ray's."""
    program = INTERRUPTED.replace("LocalProcesses(2)", "RayCluster()").replace("LocalProcesses", "RayCluster")
    begun = f"open({str(tmp_path / 'begun')!r}, 'w').close()"
    process = subprocess.Popen(
        [sys.executable, "-c", program.replace('print("begun", flush=True)', begun)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "begun").exists():
        assert process.poll() is None
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")
    assert ends(process.pid)
    assert list(Path("/tmp").glob(f"outlast-{process.pid}-*")) == []


def test_a_busy_head_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head gave up starting a server for this client, twice; from inside it is asked once."""
    import ray

    asked: list[str] = []

    def give_up_twice(address: str, **_: object) -> None:
        asked.append(address)
        if len(asked) < TRIES:
            raise ConnectionAbortedError("Starting Ray client server failed.")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", give_up_twice)
    with socket.create_server(("127.0.0.1", 0)) as head:
        place = f"127.0.0.1:{head.getsockname()[1]}"
        RayCluster(f"ray://{place}")
        assert asked == [f"ray://{place}"] * TRIES
        asked.clear()
        with pytest.raises(UsageError, match="no Ray cluster can be joined"):
            RayCluster(place)
        assert asked == [place]
