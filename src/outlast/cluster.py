"""Where long work runs. In: a function, what all its blocks share, and the blocks. Out: results in
the order of the blocks, as they come. One reason to exist: callers name an executor and never learn
how it works. Blocks are idempotent, so one that was lost with its worker is simply run again.
"""

from __future__ import annotations

import logging
import mmap
import os
import pickle
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from outlast.errors import UsageError, WorkerError
from outlast.provenance import trace_code

Common = TypeVar("Common")
Block = TypeVar("Block")
Result = TypeVar("Result")
Call = TypeVar("Call")

TRIES = 3
"""Workers that one block may lose before it is given up."""
AHEAD = 4
"""Blocks for each worker that may be under way or wait to be fetched."""
IDLE_SECONDS = 30
"""A worker without work ends, also one whose caller was killed; the next work starts another."""
START_SECONDS = 5.0
"""Work that would be done sooner by less than this is not worth starting processes for."""
HAND_OVER_SECONDS = 0.5
"""The same, for processes that run already."""


class Executor(Protocol):
    """Runs the blocks of a piece of work."""

    def run(
        self, function: Callable[[Common, Block], Result], common: Common, blocks: Sequence[Block]
    ) -> Iterator[Result]:
        """Call `function(common, block)` for every block, while the results are being fetched.

        Args:
            function: gives the same result whenever and wherever it is called; what it writes into
                `common` is scratch that it resets itself.
            common: sent once to each machine. There its arrays may be read-only: a function that
                writes to them takes its own copy.
            blocks: small; each is sent to the worker that runs it.

        Returns:
            Results in the order of `blocks`. A bounded number of them waits to be fetched.

        Raises:
            WorkerError: a block lost one worker after the other.
            Exception: what `function` raised, of the same type.
        """
        ...


class ThisProcess:
    """One block after the other, here."""

    def run(
        self, function: Callable[[Common, Block], Result], common: Common, blocks: Sequence[Block]
    ) -> Iterator[Result]:
        """See `Executor.run`."""
        return (function(common, block) for block in blocks)


class _Closing(ABC):
    """Ends its workers when a `with` is left."""

    @abstractmethod
    def close(self) -> None:
        """End the workers, whatever they are doing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class LocalProcesses(_Closing):
    """Processes of this machine, started with the first run; close them after use, or use `with`.

    `function` and `common` may be of any kind that cloudpickle sends, so also from a notebook.

    What blocks share lies in memory once: workers map it privately, and what one of them writes to it
    becomes its own copy, page by page.
    """

    def __init__(self, workers: int | None = None):
        """Any number of processes; default: one for each core that may be used."""
        self.workers = workers or count_cores()
        self._pool: Any = None

    @property
    def started(self) -> bool:
        """Whether there are workers already."""
        return self._pool is not None

    def run(
        self, function: Callable[[Common, Block], Result], common: Common, blocks: Sequence[Block]
    ) -> Iterator[Result]:
        """See `Executor.run`. After a death the next block runs alone: if it dies again, it is to blame."""
        from loky.process_executor import BrokenProcessPool

        done = deaths = 0
        with _shared(common) as shared:
            while done < len(blocks):
                batch = blocks[done : done + 1] if deaths else blocks[done:]
                calls = (self._submit(_run_block, function, shared, block) for block in batch)
                try:
                    for call in _ahead(calls, AHEAD * self.workers, lambda call: call.cancel()):
                        yield call.result()
                        done, deaths = done + 1, 0
                except BrokenProcessPool:
                    self.close()
                    deaths += 1
                    if deaths == TRIES:
                        raise WorkerError(_describe_deaths(done, len(blocks))) from None

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        pool, self._pool = self._pool, None
        if pool:
            pool.shutdown(kill_workers=True)

    def _submit(self, *call: Any) -> Any:
        from loky import ProcessPoolExecutor

        with _interrupts_held():
            self._pool = self._pool or ProcessPoolExecutor(
                self.workers, timeout=IDLE_SECONDS, initializer=_leave_interrupts_to_the_caller
            )
            return self._pool.submit(*call)


class HereThenLocal(_Closing):
    """Here, until what is left is worth starting local processes: short work never waits for them.

    A clock decides where blocks run, never what they give.
    """

    def __init__(self) -> None:
        self._local = LocalProcesses()

    def run(
        self, function: Callable[[Common, Block], Result], common: Common, blocks: Sequence[Block]
    ) -> Iterator[Result]:
        """See `Executor.run`. The first block, which may have to load compiled code, tells nothing."""
        spent = 0.0
        for done, block in enumerate(blocks):
            forecast = spent / (done - 1) * (len(blocks) - done) if done > 1 else 0.0
            if self._pays(forecast):
                yield from self._local.run(function, common, blocks[done:])
                return
            start = perf_counter()
            result = function(common, block)
            spent += perf_counter() - start if done else 0.0
            yield result

    def close(self) -> None:
        """End the processes, if there are any."""
        self._local.close()

    def _pays(self, seconds: float) -> bool:
        """Whether work that takes so long here is done sooner on all cores."""
        saved = seconds * (1 - 1 / self._local.workers)
        return saved > (HAND_OVER_SECONDS if self._local.started else START_SECONDS)


def _print_nothing(*_: Any, **__: Any) -> None:
    """In place of what Ray prints."""


class RayCluster(_Closing):
    """Processes of a Ray cluster: one of its own on this machine, or the one at an address.

    What blocks share is put into the cluster once, and is read-only there. Ray itself runs blocks again
    that were lost with a worker or a node.
    """

    def __init__(self, address: str | None = None, workers: int | None = None):
        """Start a cluster, or join the one at `address`: `host:port`, or `ray://host:port` from outside it.

        One started here has so many workers; default: one for each core.

        Raises:
            UsageError: Ray is not installed, or no cluster answers.
        """
        try:
            import ray
        except ImportError:
            raise UsageError("running on Ray needs Ray: pip install 'outlast[cluster]'") from None
        self._ray: Any = ray
        self._folder: Any = None
        if ray.is_initialized():
            raise UsageError("this process has already joined a Ray cluster: leave it with ray.shutdown()")
        os.environ["RAY_IGNORE_UNHANDLED_ERRORS"] = "1"  # of blocks that nobody fetches any more
        # A thread of Ray prints what happens to nodes on standard output, `log_to_driver` or not: it would
        # stand in the midst of our JSON.
        self._ray_prints = ray._private.worker.print_to_stdstream
        ray._private.worker.print_to_stdstream = _print_nothing
        try:
            self._enter(address, workers)
        except BaseException:
            self._let_ray_print()
            raise

    def _enter(self, address: str | None, workers: int | None) -> None:
        ray, quiet = self._ray, {"logging_level": logging.ERROR, "log_to_driver": False}
        if address is None:
            os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
            self._folder = tempfile.TemporaryDirectory(
                prefix=f"outlast-{os.getpid()}-",
                dir="/tmp" if os.name == "posix" else None,  # names of sockets must be short
                ignore_cleanup_errors=True,
            )
            ray.init("local", _temp_dir=self._folder.name, include_dashboard=False, num_cpus=workers, **quiet)
            return
        host, _, port = address.removeprefix("ray://").rpartition(":")
        # The head starts a server for every client from outside, and gives up where it is busy: asking again
        # costs little.
        tries = TRIES if address.startswith("ray://") else 1
        for left in reversed(range(tries)):
            try:
                socket.create_connection(
                    (host.strip("[]"), int(port)), timeout=10
                ).close()  # Ray waits for ever
                ray.init(address, **quiet)
            except (OSError, RuntimeError, OverflowError) as error:
                if not left:
                    raise UsageError(f"no Ray cluster can be joined at {address}: {error}") from error
            else:
                return

    def run(
        self, function: Callable[[Common, Block], Result], common: Common, blocks: Sequence[Block]
    ) -> Iterator[Result]:
        """See `Executor.run`; a worker whose code differs from that of this process refuses."""
        ray = self._ray
        run_block = ray.remote(num_cpus=1, max_retries=TRIES - 1)(_run_block_of_cluster)
        shared, code = ray.put(common), dict(trace_code())
        calls = (run_block.remote(code, function, shared, block) for block in blocks)
        workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
        for number, call in enumerate(_ahead(calls, AHEAD * workers, ray.cancel)):
            try:
                yield ray.get(call)
            except ray.exceptions.RayTaskError as error:
                raise error.cause from None
            except ray.exceptions.RayError as error:
                raise WorkerError(_describe_deaths(number, len(blocks))) from error

    def close(self) -> None:
        """Leave the cluster; one of its own ends."""
        self._ray.shutdown()
        self._let_ray_print()
        if self._folder:
            self._folder.cleanup()

    def _let_ray_print(self) -> None:
        self._ray._private.worker.print_to_stdstream = self._ray_prints


def count_cores() -> int:
    """Cores that this process may use, also in a container."""
    from loky import cpu_count

    return int(cpu_count())


def _ahead(calls: Iterable[Call], count: int, drop: Callable[[Call], object]) -> Iterator[Call]:
    """The calls in their order, made `count` ahead of the one that is asked for; those left are dropped."""
    waiting: deque[Call] = deque()
    try:
        for call in calls:
            waiting.append(call)
            if len(waiting) >= count:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()
    finally:
        for call in waiting:
            drop(call)


def _describe_deaths(done: int, count: int) -> str:
    return (
        f"block {done + 1} of {count} lost {TRIES} workers, one after the other. Most often that is a lack "
        "of memory: choose fewer scenarios, or a machine with more memory"
    )


# --- what is shared, in memory


class _Shared(NamedTuple):
    """A file whose first span is a pickle, and whose others are the arrays that it leaves out."""

    path: str
    spans: tuple[tuple[int, int], ...]


@contextmanager
def _shared(common: object) -> Iterator[_Shared]:
    """Lay out `common` in memory that other processes can map; gone afterwards, even if we are killed."""
    import cloudpickle
    from loky.backend import resource_tracker

    arrays: list[pickle.PickleBuffer] = []
    head = cloudpickle.dumps(common, protocol=5, buffer_callback=arrays.append)
    pieces = [memoryview(head), *(array.raw() for array in arrays)]
    path = _memory_folder(sum(map(len, pieces))) / f"outlast-{os.getpid()}-{secrets.token_hex(8)}"
    resource_tracker.register(str(path), "file")
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            spans = []
            for piece in pieces:
                file.seek(-file.tell() % mmap.ALLOCATIONGRANULARITY, os.SEEK_CUR)
                spans.append((file.tell(), file.tell() + len(piece)))
                file.write(piece)
        yield _Shared(str(path), tuple(spans))
    finally:
        path.unlink(missing_ok=True)
        resource_tracker.unregister(str(path), "file")


def _memory_folder(size: int) -> Path:
    """A folder in memory with room to spare; else, as in many containers, of temporary files."""
    folder = Path("/dev/shm")
    roomy = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 2 * size
    return folder if roomy else Path(tempfile.gettempdir())


def _map_shared(shared: _Shared) -> Any:
    with open(shared.path, "rb") as file:
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    head, *arrays = (whole[start:end] for start, end in shared.spans)
    return pickle.loads(head, buffers=arrays)


# --- in a worker

_latest: tuple[str, Any] = ("", None)
"""What was mapped last, by its path."""


def _run_block(function: Callable[[Any, Any], Result], shared: _Shared, block: Any) -> Result:
    global _latest
    if _latest[0] != shared.path:
        _latest = ("", None)
        _latest = (shared.path, _map_shared(shared))
    return function(_latest[1], block)


def _run_block_of_cluster(
    code: dict[str, str], function: Callable[[Any, Any], Result], common: Any, block: Any
) -> Result:
    for name, wanted in code.items():
        if trace_code()[name] != wanted:
            raise UsageError(
                f"a worker on {socket.gethostname()} has {name} {trace_code()[name]}, this process has "
                f"{wanted}: results would not be the same. Install the same versions on every node"
            )
    return function(common, block)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """An interrupt waits: what is begun is finished, since loky would leave a semaphore behind, and workers
    that start meanwhile never see one, not even while they import."""
    resource_tracker.ensure_running()  # else it starts meanwhile, and lets interrupts through again
    with _interrupts_noted():
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _interrupts_noted() -> Iterator[None]:
    """An interrupt is raised at the end; the main thread hears of one even while it does not listen, by way
    of any other thread of this process."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    noted: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: noted.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if noted:
            signal.raise_signal(signal.SIGINT)


def _leave_interrupts_to_the_caller() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
