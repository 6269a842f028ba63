"""Imports of foreign tables and databases under random input for five minutes, without a traceback.

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

from outlast.intake.database.queries import check_query, parse_queries
from outlast.intake.mapping.remembered import parse_mapping
from tests.intake.mapping.fuzz import NAMES, SEEDS, bring, tables

SECONDS = float(os.environ.get("OUTLAST_FUZZ_SECONDS", "300"))
_LONG = settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def test_imports_end_in_files_findings_or_a_sentence() -> None:
    end = time.monotonic() + SECONDS
    tried = 0

    @_LONG
    @given(
        st.one_of(tables(), st.sampled_from(SEEDS)),
        st.integers(0, 10**6),
        st.binary(max_size=6),
        st.sampled_from(["", *NAMES]),
        st.sampled_from(["refuse", "merge", "replace"]),
        st.integers(0, 10**6),
        st.text(max_size=100),
    )
    def one(data: bytes, at: int, more: bytes, table: str, mode: str, seed: int, text: str) -> None:
        nonlocal tried
        if time.monotonic() > end:
            return
        tried += 1
        at %= len(data) + 1
        with tempfile.TemporaryDirectory() as folder:
            bring(data[:at] + more + data[at + len(more) // 2 :], Path(folder), table, mode, Random(seed))
        parse_mapping('table = "items"\n[columns]\n' + text, "m.toml")
        parse_queries(text, "queries.toml")
        check_query("SELECT " + text, "postgresql")

    while time.monotonic() < end:
        one()
    print(f"{tried:,} imports in {SECONDS:.0f} s")
    assert tried > 0
