"""A person's wish to stop. In: interrupts (Ctrl-C). Out: whether somebody asked to stop.
One reason to exist: once there is something to keep, the first interrupt ends the search and keeps it,
and the second leaves at once; before, the first leaves.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TOLD = "stopping early: what was found so far is finished and kept; interrupt again to leave at once"
EMPTY_HANDED = "interrupted before there was a plan; nothing was written"


class Interruption:
    """Whether a long run is to stop; nobody asks unless somebody `listens`."""

    def __init__(self) -> None:
        self.asked = False
        self._kept = False

    def __call__(self) -> bool:
        """Somebody asked to stop."""
        return self.asked

    def keep(self) -> None:
        """From now on there is something to keep."""
        self._kept = True

    @contextmanager
    def listens(self) -> Iterator[Interruption]:
        """Hears interrupts meanwhile; elsewhere than in the main thread, and where they are ignored, nothing
        changes."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(before):
            yield self
            return
        signal.signal(signal.SIGINT, self._hear)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        if not self._kept:
            raise KeyboardInterrupt(EMPTY_HANDED)
        self.asked = True
        # Whatever is being printed meanwhile must not be entered a second time.
        os.write(2, f"\n{TOLD}\n".encode())
