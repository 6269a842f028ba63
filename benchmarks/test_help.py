"""How long `outlast --help` takes, as a user feels it: a whole process. To reach: under 200 ms."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

TO_REACH = 0.2
"""[s]; met by the quickest round, as other work slows the others."""
OUTLAST = Path(sys.executable).with_name("outlast")


def test_help(benchmark: BenchmarkFixture) -> None:
    command = [OUTLAST, "--help"]
    benchmark.pedantic(
        subprocess.run, args=(command,), kwargs={"check": True, "capture_output": True}, rounds=10
    )
    assert benchmark.stats.stats.min < TO_REACH
