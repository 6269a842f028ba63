"""The import of AdventureWorks under random damage for five minutes, without a traceback.

OUTLAST_FUZZ_SECONDS sets another time.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.erp.fuzz import bring

SECONDS = float(os.environ.get("OUTLAST_FUZZ_SECONDS", "300"))
_LONG = settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def test_a_damaged_export_ends_in_a_case_or_in_findings() -> None:
    end = time.monotonic() + SECONDS
    tried = {True: 0, False: 0}

    @_LONG
    @given(st.integers(0, 2**62), st.binary(max_size=8))
    def one(seed: int, cut: bytes) -> None:
        if time.monotonic() > end:
            return
        with tempfile.TemporaryDirectory() as folder:
            tried[bring(Path(folder), Random(seed), cut)] += 1

    while time.monotonic() < end:
        one()
    print(f"{tried[True]:,} cases and {tried[False]:,} refusals in {SECONDS:.0f} s")
    assert tried[True] > 0
    assert tried[False] > 0
