"""Where long work runs. In: a function, what all its parts share, and the parts. Out: results in
the order of the parts, as they come. One reason to exist: callers name an executor and never learn
how it works. Parts are idempotent, so one that was lost with its worker is simply run again.
"""

from __future__ import annotations

import mmap
import os
import pickle
import secrets
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from outlast.errors import WorkerError

Common = TypeVar("Common")
Part = TypeVar("Part")
Result = TypeVar("Result")
Call = TypeVar("Call")

TRIES = 3
"""Workers that one part may lose before it is given up."""
AHEAD = 4
"""Parts for each worker that may be under way or wait to be fetched."""
IDLE_SECONDS = 30
"""A worker without work ends, also one whose caller was killed; the next work starts another."""


class Executor(Protocol):
    """Runs the parts of a piece of work."""

    def run(
        self, function: Callable[[Common, Part], Result], common: Common, parts: Sequence[Part]
    ) -> Iterator[Result]:
        """Call `function(common, part)` for every part, while the results are being fetched.

        Args:
            function: gives the same result whenever and wherever it is called; what it writes into
                `common` is scratch that it resets itself.
            common: sent once to each machine. There its arrays may be read-only: a function that
                writes to them takes its own copy.
            parts: small; each is sent to the worker that runs it.

        Returns:
            Results in the order of `parts`. A bounded number of them waits to be fetched.

        Raises:
            WorkerError: a part lost one worker after the other.
            Exception: what `function` raised, of the same type.
        """
        ...


class ThisProcess:
    """One part after the other, here."""

    def run(
        self, function: Callable[[Common, Part], Result], common: Common, parts: Sequence[Part]
    ) -> Iterator[Result]:
        """See `Executor.run`."""
        return (function(common, part) for part in parts)


class LocalProcesses:
    """Processes of this machine, started with the first run; close them after use, or use `with`.

    What parts share lies in memory once: workers map it privately, and what one of them writes to it
    becomes its own copy, page by page.
    """

    def __init__(self, workers: int):
        self._workers = workers
        self._pool: Any = None

    def run(
        self, function: Callable[[Common, Part], Result], common: Common, parts: Sequence[Part]
    ) -> Iterator[Result]:
        """See `Executor.run`. After a death the next part runs alone: if it dies again, it is to blame."""
        from loky.process_executor import BrokenProcessPool

        done = deaths = 0
        with _shared(common) as shared:
            while done < len(parts):
                batch = parts[done : done + 1] if deaths else parts[done:]
                calls = (self._submit(_run_part, function, shared, part) for part in batch)
                try:
                    for call in _ahead(calls, AHEAD * self._workers, lambda call: call.cancel()):
                        yield call.result()
                        done, deaths = done + 1, 0
                except BrokenProcessPool:
                    self.close()
                    deaths += 1
                    if deaths == TRIES:
                        raise WorkerError(_describe_deaths(done, len(parts))) from None

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        pool, self._pool = self._pool, None
        if pool:
            pool.shutdown(kill_workers=True)

    def _submit(self, *call: Any) -> Any:
        if not self._pool:
            from loky import ProcessPoolExecutor

            self._pool = ProcessPoolExecutor(
                self._workers, timeout=IDLE_SECONDS, initializer=_leave_interrupts_to_the_caller
            )
        return self._pool.submit(*call)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


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
        f"part {done + 1} of {count} ended {TRIES} workers, the last ones while it ran alone. "
        "Most often that is a lack of memory: choose fewer scenarios, or a machine with more memory"
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


def _run_part(function: Callable[[Any, Any], Result], shared: _Shared, part: Any) -> Result:
    global _latest
    if _latest[0] != shared.path:
        _latest = ("", None)
        _latest = (shared.path, _map_shared(shared))
    return function(_latest[1], part)


def _leave_interrupts_to_the_caller() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
