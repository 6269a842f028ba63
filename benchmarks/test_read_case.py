"""Two million rows of demand are read, checked and numbered in less than 30 s and 3 GiB."""

import pytest

from benchmarks.read_case import LARGEST_MIB, LONGEST_SECONDS, measure, write_case


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_two_million_rows(form, tmp_path):
    written = write_case(tmp_path / "case", 2_000_000, form)
    measured = measure(tmp_path / "case")
    print(form, measured)
    assert measured["rows"] == 2_000_000
    assert measured["units"] == pytest.approx(written)
    seconds = measured["import_seconds"] + measured["read_seconds"] + measured["number_seconds"]
    assert seconds < LONGEST_SECONDS
    assert measured["peak_mib"] < LARGEST_MIB
