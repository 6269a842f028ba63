"""Where long work runs. In: a function, what all its parts share, and the parts. Out: results in
the order of the parts. One reason to exist: callers name an executor and never learn how it works.
"""

from __future__ import annotations

import multiprocessing
import pickle
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

Common = TypeVar("Common")
Part = TypeVar("Part")
Result = TypeVar("Result")


class Executor(Protocol):
    """Runs the parts of a piece of work."""

    def run(
        self, function: Callable[[Common, Part], Result], common: Common, parts: Sequence[Part]
    ) -> list[Result]:
        """Call `function(common, part)` for every part; results in the order of `parts`."""
        ...


class ThisProcess:
    """One part after the other, here."""

    def run(
        self, function: Callable[[Common, Part], Result], common: Common, parts: Sequence[Part]
    ) -> list[Result]:
        """See `Executor.run`."""
        return [function(common, part) for part in parts]


class LocalProcesses:
    """Processes of this machine; close them after use, or use `with`.

    What parts share is written to a temporary file once and read once by every worker.
    `function` must be importable by name.
    """

    def __init__(self, workers: int):
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(max_workers=workers, mp_context=context)
        self._folder = tempfile.TemporaryDirectory(prefix="outlast-")
        self._runs = 0

    def run(
        self, function: Callable[[Common, Part], Result], common: Common, parts: Sequence[Part]
    ) -> list[Result]:
        """See `Executor.run`."""
        self._runs += 1
        path = Path(self._folder.name) / f"common-{self._runs}.pickle"
        path.write_bytes(pickle.dumps(common, protocol=pickle.HIGHEST_PROTOCOL))
        try:
            futures = [self._pool.submit(_run_part, function, str(path), part) for part in parts]
            return [future.result() for future in futures]
        finally:
            path.unlink()

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def __enter__(self) -> LocalProcesses:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_latest: tuple[str, Any] = ("", None)
"""In a worker: the common part that was read last, by its path."""


def _run_part(function: Callable[[Any, Any], Result], path: str, part: Any) -> Result:
    global _latest
    if _latest[0] != path:
        _latest = (path, pickle.loads(Path(path).read_bytes()))
    return function(_latest[1], part)
