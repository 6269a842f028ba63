"""A damaged export ends in a case whose account adds up, or in findings; never in a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intake.erp.fuzz import bring


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.binary(max_size=4))
def test_a_damaged_export_ends_in_a_case_or_in_findings(seed: int, cut: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert bring(Path(folder), Random(seed), cut) in (True, False)


def test_damage_leaves_some_exports_usable_and_breaks_others() -> None:
    found = set()
    for seed in range(30):
        with tempfile.TemporaryDirectory() as folder:
            found.add(bring(Path(folder), Random(seed)))
    assert found == {True, False}
