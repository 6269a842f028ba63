"""Input hashes, seed and versions of a run. In: hashes and a seed. Out: `Provenance`.
One reason to exist: every result can say what it was made from. No timings and no clock
times, so that the same seed gives the same bytes.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a result was made from."""

    outlast: str
    python: str
    highspy: str
    numpy: str
    seed: int
    hashes: Mapping[str, str]
    """SHA-256 of each input file."""


def trace_run(hashes: Mapping[str, str], seed: int) -> Provenance:
    """Provenance of a run on these inputs with this seed."""
    return Provenance(
        outlast=version("outlast"),
        python=platform.python_version(),
        highspy=version("highspy"),
        numpy=version("numpy"),
        seed=seed,
        hashes=dict(sorted(hashes.items())),
    )


@cache
def trace_code() -> Mapping[str, str]:
    """Versions of what decides on the bytes of a result; of our own code also a digest of its text."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        digest.update(f"{path.relative_to(here).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    return {
        "outlast": f"{version('outlast')} ({digest.hexdigest()[:12]})",
        "Python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
    }
