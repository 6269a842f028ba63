"""What feeds a row has come by its end, and rows are few."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import plan_cases
from outlast.kernels.teeth import After, Teeth
from outlast.optimise.first_order.layout import lay_out


def laid_out(waits: bool) -> tuple[Teeth, After]:
    arrays = plan_cases.everything(30, 4, 26).arrays
    late = arrays.line_backorder if waits else np.zeros_like(arrays.line_backorder)
    layout = lay_out(plan_cases.problem_of(replace(arrays, line_backorder=late), 1, 1))
    return layout.teeth, layout.compact.after


def ramped(since: float, rate: float, ramp: float) -> float:
    """Brought after so many weeks, by small steps."""
    weeks = (np.arange(20_000) + 0.5) * max(since, 0.0) / 20_000
    speed = rate * np.minimum(weeks / ramp, 1.0) if ramp > 0 else np.full(len(weeks), rate)
    return float(speed.mean() * max(since, 0.0))


@pytest.mark.parametrize("waits", [False, True])
def test_what_feeds_an_earlier_row_has_come_by_its_end(waits: bool) -> None:
    teeth, after = laid_out(waits)
    tooth = np.repeat(np.arange(len(teeth.odds)), np.diff(teeth.first_row))
    row_of = np.repeat(np.arange(len(teeth.row_part)), np.diff(teeth.first_piece))
    shared = np.flatnonzero(teeth.piece_early)
    assert len(shared)
    for piece in shared:
        row = row_of[piece]
        assert tooth[row + 1] == tooth[row]
        assert teeth.row_part[row + 1] == teeth.row_part[row]
        assert teeth.row_segments[row + 1] < teeth.row_segments[row]
        end = teeth.ends[teeth.first_segment[tooth[row]] + teeth.row_segments[row + 1] - 1]
        for e in range(teeth.first_entry[piece], teeth.first_entry[piece + 1]):
            come = ramped(end - after.entry_start[e], after.entry_rate[e], after.entry_ramp[e])
            assert after.entry_before[e] == 0.0
            assert teeth.entry_most[e] <= come * (1 + 1e-6)


@pytest.mark.parametrize(("waits", "most"), [(False, 2), (True, 3)])
def test_a_part_has_few_rows_in_a_tooth(waits: bool, most: int) -> None:
    teeth, after = laid_out(waits)
    tooth = np.repeat(np.arange(len(teeth.odds)), np.diff(teeth.first_row))
    bought = teeth.row_part >= teeth.n_assembly
    rows = np.bincount(tooth[bought] * len(after.part_item) + teeth.row_part[bought])
    assert rows.max() == most
