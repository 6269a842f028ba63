"""What the options of a command stand for. In: what a user chose. Out: the case, the seed, where to run.
One reason to exist: options that many commands have mean the same in each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from outlast.cluster import Executor, HereThenLocal, LocalProcesses, RayCluster, ThisProcess
from outlast.errors import CaseError, UsageError
from outlast.intake.assemble import check_case
from outlast.network.network import Network

ON = (
    "auto (local once that pays), this (process), local (processes, one for each core), "
    "ray (a cluster started here), or the address of a Ray cluster (host:port or ray://host:port)"
)
"""Where simulations may run."""


def read_sound(case: Path, what_if: Sequence[str] = (), start: date | None = None) -> tuple[Network, int]:
    """A case without errors, and how many warnings it has; the options are those of `check_case`.

    Raises:
        CaseError: the case has errors.
    """
    network, findings = check_case(case, what_if, start)
    if network is None:
        raise CaseError(findings)
    return network, len(findings)


def choose_seed(network: Network, seed: int | None) -> int:
    """The user's seed, else the case's."""
    return network.settings.seed if seed is None else seed


@contextmanager
def choose_executor(on: str) -> Iterator[Executor]:
    """Where simulations run: `ON` says what can be chosen.

    Raises:
        UsageError: there is no such place, or it cannot be reached.
    """
    if on == "this":
        yield ThisProcess()
        return
    places = {"auto": HereThenLocal, "local": LocalProcesses, "ray": RayCluster}
    if on not in places and not re.search(r":\d+$", on):
        raise UsageError(f"simulations cannot run on {on!r}: choose {ON}")
    with places[on]() if on in places else RayCluster(on) as executor:
        yield executor
