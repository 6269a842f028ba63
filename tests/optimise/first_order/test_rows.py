"""What feeds a row has come by its end, and rows are few."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import plan_cases
from outlast.kernels.teeth import After, Teeth
from outlast.optimise.first_order.layout import lay_out
from outlast.optimise.first_order.solve import solve_fast


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


@pytest.mark.parametrize(("waits", "most"), [(False, 2), (True, 8)])
def test_a_part_has_few_rows_in_a_tooth(waits: bool, most: int) -> None:
    teeth, after = laid_out(waits)
    tooth = np.repeat(np.arange(len(teeth.odds)), np.diff(teeth.first_row))
    bought = teeth.row_part >= teeth.n_assembly
    rows = np.bincount(tooth[bought] * len(after.part_item) + teeth.row_part[bought])
    assert rows.max() == most


def test_where_markets_wait_rows_after_a_cut_know_what_can_have_come() -> None:
    """A source that is back brings its rate at most, alternatives what they can between two ends of rows."""
    teeth, after = laid_out(True)
    tooth = np.repeat(np.arange(len(teeth.odds)), np.diff(teeth.first_row))
    later = np.flatnonzero(teeth.row_brought > 0)
    assert len(later)
    assert not np.any(laid_out(False)[0].row_brought)
    for row in later:
        mine = np.flatnonzero((tooth == tooth[row]) & (teeth.row_part == teeth.row_part[row]))
        item = after.part_item[teeth.row_part[row]]
        main = mine[teeth.row_segments[mine] == after.supplied[tooth[row], item]]
        assert len(main) == 1
        ends = teeth.ends[teeth.first_segment[tooth[row]] : teeth.first_segment[tooth[row] + 1]]
        end, back = (ends[teeth.row_segments[r] - 1] for r in (row, main[0]))
        assert teeth.row_brought[row] == pytest.approx(after.flow_rate[item] * (end - back), rel=1e-6)
        assert teeth.row_point[row] == teeth.row_point[main[0]]
        # What feeds the row at the end of the cut, and those after it, feeds the last row of all.
        fed = np.arange(main[0] + 1, main[0] + 1 + teeth.row_feeds[main[0]])
        assert fed[-1] == mine[-1]
        assert teeth.row_feeds[row] == mine[-1] - row
        assert np.array_equal(fed[teeth.row_brought[fed] > 0], later[np.isin(later, mine)])
        before = row - 1 if teeth.row_brought[row - 1] > 0 else main[0]
        start = ends[teeth.row_segments[before] - 1]
        for e in range(
            teeth.first_entry[teeth.first_piece[row]], teeth.first_entry[teeth.first_piece[row + 1]]
        ):
            terms = after.entry_rate[e], after.entry_ramp[e]
            come = [ramped(week - after.entry_start[e], *terms) for week in (start, end)]
            assert teeth.entry_most[e] == pytest.approx(come[1] - come[0], rel=1e-3)
            assert after.entry_before[e] == pytest.approx(come[0], rel=1e-3, abs=1e-9)


def test_where_markets_wait_assemblies_are_made_within_limits_between_rows() -> None:
    teeth, after = laid_out(True)
    tooth = np.repeat(np.arange(len(teeth.odds)), np.diff(teeth.first_row))
    rows = np.flatnonzero(teeth.row_part < teeth.n_assembly)
    without = laid_out(False)[0]
    first = without.first_piece[:-1][without.row_part < without.n_assembly]
    assert len(first)
    assert np.all(np.isinf(without.piece_most[first]))
    for t in range(len(teeth.odds)):
        ends = teeth.ends[teeth.first_segment[t] : teeth.first_segment[t + 1]]
        for number in range(teeth.n_assembly):
            mine = rows[(tooth[rows] == t) & (teeth.row_part[rows] == number)]
            weeks = np.diff(ends[teeth.row_segments[mine] - 1], prepend=0.0)
            assert np.all(weeks > 0)
            most = teeth.piece_most[teeth.first_piece[mine]]
            assert most == pytest.approx(after.assembly_rate[number] * weeks)


def test_rows_of_a_part_that_overlap_do_not_make_steps_short() -> None:
    """Up to eight rows of a part, each with all use before its end: one by one, 400 steps left 14 % of the
    loss open; 4 % as they are stepped together."""
    problem = plan_cases.everything(120, 12, 80, starts=0, perishable=False)
    plan = solve_fast(problem, gap=1e-6, of_objective=True, most_steps=400, time_limit=1e6)
    assert (plan.bound - plan.objective) / abs(plan.objective) < 0.05


@pytest.mark.parametrize("waits", [False, True])
def test_steps_are_no_longer_than_coefficients_let_them_be(waits: bool) -> None:
    """Row by row and column by column, written out for one tooth: Pock & Chambolle (2011), lemma 2. Rows are
    differences of those of a part by their ends; what meets the trunk is counted on top of these."""
    teeth, _ = laid_out(waits)
    for t in (3, 17):
        rows = np.arange(teeth.first_row[t], teeth.first_row[t + 1])
        n = int(teeth.first_segment[t + 1] - teeth.first_segment[t])
        first_piece, pieces = teeth.first_piece[rows[0]], teeth.first_piece[rows[-1] + 1]
        made, brought = np.zeros((len(rows), n, teeth.n_product)), np.zeros((len(rows), pieces - first_piece))
        for i, q in enumerate(rows):
            part, last = teeth.row_part[q], teeth.row_segments[q]
            for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                above = teeth.part_product[m] - teeth.n_product
                if above < 0:
                    made[i, :last, teeth.part_product[m]] += teeth.part_share[m]
                for row in rows[teeth.row_part[rows] == above]:
                    if teeth.row_segments[row] <= last:
                        brought[i, teeth.first_piece[row] - first_piece] += teeth.part_share[m]
            own = slice(teeth.first_piece[q] - first_piece, teeth.first_piece[q + 1] - first_piece)
            if part < teeth.n_assembly:
                later = rows[(teeth.row_part[rows] == part) & (teeth.row_segments[rows] >= last)]
                brought[later - rows[0], own] -= 1.0
                continue
            fed = np.arange(i + 1, i + 1 + teeth.row_feeds[q])
            brought[[i, *fed[teeth.row_brought[rows[fed]] > 0]], own] -= 1.0
            early = np.flatnonzero(teeth.piece_early[first_piece:pieces][own]) + own.start
            brought[i + 1 : i + 2, early] -= 1.0
        order = np.lexsort((teeth.row_segments[rows], teeth.row_part[rows]))
        opens = np.append(True, np.diff(teeth.row_part[rows]) != 0)
        whole = np.hstack([made.reshape(len(rows), -1), brought])[order]
        whole[~opens] -= np.roll(whole, 1, axis=0)[~opens]
        size = np.abs(whole)
        assert np.all(size.sum(axis=1) <= teeth.row_step[rows[order]] * (1 + 1e-9))
        cells = teeth.product_cells[t], teeth.product_cells[t + 1]
        of_made = 1.0 / teeth.pace[slice(*cells)] - np.isfinite(np.tile(teeth.make_rate, n))
        by_column = size.sum(axis=0)
        assert np.all(by_column[: n * teeth.n_product] <= of_made * (1 + 1e-5) + 1e-4)
        assert np.all(by_column[n * teeth.n_product :] <= teeth.piece_step[first_piece:pieces] * (1 + 1e-9))
        # Nor are they much shorter; what rows meet of the trunk is most of theirs.
        assert by_column[: n * teeth.n_product].sum() > 0.9 * of_made.sum()
        assert by_column[n * teeth.n_product :].sum() > 0.4 * teeth.piece_step[first_piece:pieces].sum()
    tooth = np.repeat(np.arange(len(teeth.odds)), np.diff(teeth.first_row))
    assert teeth.most_rows == max(np.unique(tooth * 10**6 + teeth.row_part, return_counts=True)[1])
