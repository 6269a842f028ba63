"""Edits on the command line under random texts for five minutes, without a traceback.

OUTLAST_FUZZ_SECONDS sets another time.
"""

from __future__ import annotations

import os
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outlast.intake.whatif import edit_network
from outlast.network.checks import check_network
from tests.intake.test_whatif import EDITS, example

SECONDS = float(os.environ.get("OUTLAST_FUZZ_SECONDS", "300"))
_LONG = settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def test_edits_end_in_a_case_or_findings() -> None:
    end = time.monotonic() + SECONDS
    network, tried = example(), 0

    @_LONG
    @given(st.lists(EDITS, max_size=4))
    def one(texts: list[str]) -> None:
        nonlocal tried
        if time.monotonic() > end:
            return
        tried += 1
        changed, findings = edit_network(network, texts)
        assert len(changed.what_if) == len(texts) or findings
        for finding in check_network(changed):
            assert finding.message

    while time.monotonic() < end:
        one()
    print(f"{tried:,} lists of edits in {SECONDS:.0f} s")
    assert tried > 0
