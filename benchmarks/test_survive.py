"""Times to survive, switch and recover, and losses, of a three-tier network. To reach: 1,700 nodes in under
10 s. Beside it HiGHS, warm, on the linear program of Simchi-Levi et al. (2015)."""

from __future__ import annotations

import time

import highspy
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from scipy.sparse import coo_array

from benchmarks.three_tiers import suppliers, three_tiers
from outlast.network.arrays import NetworkArrays
from outlast.survive import survive
from outlast.survive.scarce import Shortage
from outlast.survive.supply import NO_RETURN, Cut, cut_item
from outlast.survive.times import track


@pytest.fixture(scope="module")
def arrays() -> NetworkArrays:
    return three_tiers()


def test_survive(benchmark: BenchmarkFixture, arrays: NetworkArrays) -> None:
    answer = benchmark.pedantic(survive, args=(arrays, suppliers(arrays)), rounds=3, warmup_rounds=1)
    lists = (answer.products, answer.items, answer.sources, answer.suppliers, answer.restrictions)
    figures = [row for rows in lists for row in rows]
    benchmark.extra_info.update(
        items=len(answer.items),
        figures=len(figures),
        run_out=sum(not row.exceeds_window for row in figures),
        recover=sum(row.time_to_recover_weeks is not None for row in figures),
        losses=sum(row.lost_contribution.p99 > 0 for rows in lists[1:] for row in rows),
        draws=answer.draws,
        cover=sum(row.expected_loss_fall > 0 for row in answer.cover),
    )
    assert len(answer.items) >= 1700


def test_against_highs(benchmark: BenchmarkFixture, arrays: NetworkArrays) -> None:
    """One loss at a time, of cuts of 200 parts: ours, week by week, and HiGHS on weeks added up, which is
    smaller by a factor of 104 and only a bound. Both are warm; the ratio is in the extra information."""
    rng = np.random.default_rng(5)
    parts = rng.choice(np.flatnonzero((arrays.usage[0] > 0) & ~arrays.made), 200, replace=False).tolist()
    cuts = [cut_item(arrays, item) for item in parts]
    shortage = Shortage(arrays, arrays.on_hand)

    def ours() -> list[float]:
        found = []
        for cut in cuts:
            (reach,) = shortage.reaches(cut.items)
            supply = track(arrays, cut.items[0], arrays.on_hand, cut)(NO_RETURN)[None, :]
            kept = shortage.keep(reach, supply, shortage.demand[reach.lines]).contribution
            found.append(float((shortage.gain * shortage.demand)[reach.lines].sum()) - kept)
        return found

    program = Summed(arrays)
    program.lose(cuts[0])
    start = time.perf_counter()
    bounds = [program.lose(cut) for cut in cuts]
    highs = time.perf_counter() - start
    lost = benchmark.pedantic(ours, rounds=3, warmup_rounds=1)
    benchmark.extra_info.update(highs_seconds=highs, ratio=highs / benchmark.stats.stats.median)
    assert sum(value > 0 for value in lost) > 50
    assert all(bound <= value + 1e-6 * (1 + value) for bound, value in zip(bounds, lost, strict=True))


class Summed:
    """The linear program with all weeks added up: making of each item and sales of each line, limited by
    what there is of each item over the window. Cuts change right-hand sides, so that HiGHS starts warm."""

    def __init__(self, arrays: NetworkArrays):
        self.arrays, self.window = arrays, arrays.window_weeks
        n_item, n_line = len(arrays.item_ids), len(arrays.line_ids)
        gain = (arrays.price - arrays.standard_cost[arrays.line_product])[: self.window]
        demand = arrays.demand[: self.window].sum(axis=0)
        self.all = float((gain * arrays.demand[: self.window]).sum())
        rows, columns, values = [], [], []
        for item in np.flatnonzero(arrays.made):
            held = slice(arrays.bom_ptr[item], arrays.bom_ptr[item + 1])
            rows += [int(item), *arrays.bom_child[held].tolist()]
            columns += [int(item)] * (1 + held.stop - held.start)
            values += [-1.0, *arrays.bom_quantity[held].tolist()]
        rows += arrays.line_product.tolist()
        columns += range(n_item, n_item + n_line)
        values += [1.0] * n_line
        matrix = coo_array((values, (rows, columns)), shape=(n_item, n_item + n_line)).tocsc()
        program = highspy.HighsLp()
        program.num_row_, program.num_col_ = matrix.shape
        program.col_cost_ = np.concatenate([np.zeros(n_item), -gain[0]])
        program.col_lower_ = np.zeros(n_item + n_line)
        program.col_upper_ = np.concatenate([np.where(arrays.made, np.inf, 0.0), demand])
        program.row_lower_ = np.full(n_item, -np.inf)
        program.row_upper_ = np.where(
            arrays.made, arrays.on_hand + arrays.make_weeks * arrays.usage[0], np.inf
        )
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
        program.a_matrix_.value_ = matrix.data
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.passModel(program)

    def lose(self, cut: Cut) -> float:
        """Lost contribution of a cut [money]."""
        (item,) = cut.items
        there = float(track(self.arrays, item, self.arrays.on_hand, cut)(NO_RETURN)[-1])
        self.solver.changeRowBounds(item, -np.inf, there)
        self.solver.run()
        assert self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        lost = self.all + float(self.solver.getInfo().objective_function_value)
        self.solver.changeRowBounds(item, -np.inf, np.inf)
        return lost
