"""The planner beside HiGHS and mpi-sppy, on one problem.

    python -m benchmarks.plan_rivals [--json] [--write] [--small] [--limit SECONDS]

The extensive form of `plan_cases.core` grows until HiGHS's interior point does not finish in ten minutes. At
the largest size where it does, the others are tried, each in a process of its own, whose memory is counted.
`--json` prints the record in place of the table, `--write` keeps it in docs/benchmarks/ and puts the table
into docs/benchmarks.md, `--small` tries the program on a tiny problem.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_matrix, diags_array

from benchmarks import machine, page
from benchmarks.plan_cases import core
from outlast.optimise.comb import CombProblem
from outlast.optimise.first_order.solve import solve_fast
from outlast.optimise.highs import dual_bound, scales
from outlast.optimise.program import LinearProgram
from outlast.optimise.recourse import Extensive, write_program
from outlast.optimise.solve import solve
from verification.peers.ask import ask

Size = tuple[int, int, int]
Record = dict[str, Any]
SIZES: tuple[Size, ...] = ((100, 10, 20), (140, 14, 30), (160, 16, 36), (180, 18, 42), (200, 20, 50))
SMALL: tuple[Size, ...] = ((20, 2, 20), (30, 3, 20))
LIMIT = 600.0
"""Seconds that each may take to solve."""
GAP = 0.01
"""Of the objective, at which Outlast stops."""
FEASIBLE = 1e-3
"""Most by which a solver that is asked for little may miss a row, scaled so that its entries are near one."""
BUSY = " (**something else ran on it too, so that seconds by the clock are too high**)"
RECORD = page.DOCS / "benchmarks" / "rivals.json"
TITLE = "## The planner beside HiGHS and mpi-sppy"
BEGIN = "<!-- made of docs/benchmarks/rivals.json by python -m benchmarks.plan_rivals --write -->"
END = "<!-- end of what plan_rivals makes -->"


# --- one solver on one problem, in a process of its own


def by_highs(solver: str, **options: Any) -> Callable[[CombProblem, float], Record]:
    """HiGHS on the extensive form, scaled as the planner scales it, with what its multipliers prove."""

    def run(problem: CombProblem, limit: float) -> Record:
        start = time.perf_counter()
        program = write_program(problem).program
        written = time.perf_counter()
        row_scale, column_scale = scales(program.matrix)
        money = float(np.abs(program.cost * column_scale).max())
        highs = loaded(program, row_scale, column_scale, money)
        for name, value in {"solver": solver, "time_limit": limit, **options}.items():
            assert highs.setOptionValue(name, value) == highspy.HighsStatus.kOk, name
        begun, begun_cpu = time.perf_counter(), time.process_time()
        highs.run()
        done, done_cpu = time.perf_counter(), time.process_time()
        x = np.asarray(highs.getSolution().col_value) * column_scale
        duals = np.asarray(highs.getSolution().row_dual) * row_scale * money
        loss, bound = float(program.cost @ x + program.offset), dual_bound(program, duals)
        missed = (program.row_lower - program.matrix @ x, program.matrix @ x - program.row_upper)
        violation = float((np.maximum(*missed) * row_scale).max())
        near = violation <= FEASIBLE and loss - bound <= GAP * abs(loss)
        return {
            "writing": written - start,
            "solving": done - begun,
            "cpu": done_cpu - begun_cpu,
            "finished": near or highs.getModelStatus() == highspy.HighsModelStatus.kOptimal,
            "violation": violation,
            "loss": loss,
            "bound": bound,
            **size_of(program),
        }

    return run


def loaded(program: LinearProgram, row_scale: Any, column_scale: Any, money: float) -> highspy.Highs:
    """The scaled program in HiGHS; both cores may be used."""
    matrix = csr_matrix(diags_array(row_scale) @ program.matrix @ diags_array(column_scale))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.cost), program.n_row
    model.col_cost_ = program.cost * column_scale / money
    model.col_lower_, model.col_upper_ = program.lower / column_scale, program.upper / column_scale
    model.row_lower_, model.row_upper_ = program.row_lower * row_scale, program.row_upper * row_scale
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    assert highs.passModel(model) != highspy.HighsStatus.kError
    return highs


def size_of(program: LinearProgram) -> Record:
    """Rows, columns and entries."""
    return {"rows": program.n_row, "columns": len(program.cost), "entries": int(program.matrix.nnz)}


def by_mpisppy(problem: CombProblem, limit: float) -> Record:
    """mpi-sppy's extensive form, one scenario a tooth; it is given the rows of each."""
    extensive = write_program(problem)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.npz"
        np.savez(path, **two_stages(extensive))
        (answer,) = ask("mpisppy", [{"path": str(path), "seconds": limit}])
    objective = answer.pop("objective")
    return {**answer, "finished": objective is not None, "loss": objective, **size_of(extensive.program)}


def two_stages(extensive: Extensive) -> dict[str, Any]:
    """Arrays of the trunk and of every tooth, whose columns are the trunk's and then its own."""
    program, n = extensive.program, extensive.trunk_columns
    data: dict[str, Any] = {"blocks": len(extensive.blocks), "offset": program.offset}

    def keep(name: str, rows: slice, columns: slice, matrix: csr_matrix) -> None:
        parts = (matrix.indptr, matrix.indices, matrix.data, program.row_lower[rows], program.row_upper[rows])
        for part, array in zip(("ptr", "columns", "values", "row_lower", "row_upper"), parts, strict=True):
            data[f"{name}.{part}"] = array
        for part in ("cost", "lower", "upper"):
            data[f"{name}.{part}"] = getattr(program, part)[columns]

    trunk = slice(0, extensive.trunk_rows)
    keep("trunk", trunk, slice(0, n), program.matrix[trunk][:, :n].tocsr())
    for number, block in enumerate(extensive.blocks):
        rows = program.matrix[block.rows].tocsc()
        own = [*range(n), *range(block.columns.start, block.columns.stop)]
        keep(str(number), block.rows, block.columns, rows[:, own].tocsr())
    return data


def by_exact_path(problem: CombProblem, limit: float) -> Record:
    """Outlast's trunk and teeth solved apart, until the gap is closed to `GAP`."""
    start, start_cpu = time.perf_counter(), time.process_time()
    found = solve(problem, gap=GAP, time_limit=limit)
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    closed = bool(found.bound - found.objective <= GAP * abs(found.objective))
    figures = {"loss": -found.objective, "bound": -found.bound}
    return {"solving": wall, "cpu": cpu, "finished": closed, **figures}


def by_first_order(problem: CombProblem, limit: float) -> Record:
    """Outlast's first-order method, until the gap is closed to `GAP`; compiled before."""
    solve_fast(core(*SMALL[0]), most_steps=50)
    start_cpu = time.process_time()
    found = solve_fast(problem, gap=GAP, of_objective=True, time_limit=limit)
    closed = bool(found.bound - found.objective <= GAP * abs(found.objective))
    figures = {"loss": -found.objective, "bound": -found.bound, "cpu": time.process_time() - start_cpu}
    return {"solving": found.seconds, "finished": closed, **figures}


RIVALS: dict[str, Callable[[CombProblem, float], Record]] = {
    "HiGHS, interior point (ipx, no crossover)": by_highs("ipx", run_crossover="off"),
    "HiGHS, PDLP": by_highs("pdlp"),
    "HiGHS, PDLP to 1 %": by_highs(
        "pdlp",
        pdlp_optimality_tolerance=GAP,
        primal_feasibility_tolerance=1e-4,
        dual_feasibility_tolerance=1e-4,
    ),
    "mpi-sppy, extensive form by HiGHS's ipx": by_mpisppy,
    "Outlast, exact path to 1 %": by_exact_path,
    "Outlast, first-order method to 1 %": by_first_order,
}
FIRST = next(iter(RIVALS))


def alone(name: str, size: Size, limit: float) -> Record:
    """What one of them does in this process, and the memory that it and the processes it started took."""
    record = RIVALS[name](core(*size), limit)
    used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {"name": name, "size": list(size), **record, "gib": max(used) / 2**20}


def in_a_process(name: str, size: Size, limit: float) -> Record:
    """The same in a process of its own; one that does not stop in time is stopped, with what it started."""
    print(f"{time.strftime('%H:%M:%S')} {name}, {words(size)}", file=sys.stderr, flush=True)
    asked = [sys.executable, "-m", "benchmarks.plan_rivals", "--alone", name, *map(str, size), str(limit)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            said, _ = process.communicate(timeout=2 * limit + 300)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return {"name": name, "size": list(size), "finished": False}
    if process.returncode:
        raise RuntimeError(f"{name} failed on {words(size)}")
    told: Record = json.loads(said)
    return told


# --- the record and its table


def run(sizes: tuple[Size, ...], limit: float) -> Record:
    """The whole record: HiGHS at growing size, then all at the largest that it solved."""
    record: Record = {"measured": date.today().isoformat(), "machine": machine.describe(), "limit": limit}
    record["load_before"] = machine.load()
    record["growing"] = list(growing(sizes, limit))
    solved = [row for row in record["growing"] if row["finished"]]
    if not solved:
        raise RuntimeError(f"HiGHS did not solve even {words(sizes[0])} within {limit:g} s")
    others = [in_a_process(name, tuple(solved[-1]["size"]), limit) for name in RIVALS if name != FIRST]
    record["rows"] = [solved[-1], *others]
    record["load_after"] = machine.load()
    return record


def growing(sizes: tuple[Size, ...], limit: float) -> Iterator[Record]:
    """HiGHS's interior point at each size, up to the first where it does not finish in time."""
    for size in sizes:
        row = in_a_process(FIRST, size, limit)
        yield row
        if not row["finished"]:
            return


def words(size: Any) -> str:
    parts, products, scenarios = size
    return f"{parts:,} parts x {products:,} products x {scenarios:,} scenarios"


def render(record: Record) -> str:
    """The table, and what it says."""
    about, largest, last = record["machine"], record["rows"][0], record["growing"][-1]
    more = "" if last["finished"] else f"; {words(last['size'])} is too large for it"
    lines = [
        f"{words(largest['size'])} (`benchmarks/plan_cases.py`, core): {largest['rows']:,} rows, "
        f"{largest['columns']:,} columns, {largest['entries']:,} entries. The largest of the sizes tried "
        f"that HiGHS's interior point solves within {record['limit']:g} s{more}. Measured on "
        f"{record['measured']}: "
        f"{about['processor']}, {about['cores']} cores; load of the machine {record['load_before']:g} before "
        f"and {record['load_after']:g} after"
        f"{BUSY if page.shared(record) else ''}.",
        *faster(record["rows"]),
        "",
        "Seconds of the solver by the clock, of the processor, and of writing the rows; of Outlast all that "
        "it does, writing included.",
        "",
        "| program | solving [s] | processor [s] | writing [s] | memory [GiB] | expected loss | at least |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    return "\n".join([*lines, *map(line, record["rows"])])


def faster(rows: list[Record]) -> Iterator[str]:
    """How often Outlast's method fits into what the interior point takes."""
    first, own = rows[0], rows[-1]
    if first["finished"] and own["finished"]:
        times = [first[name] / own[name] for name in ("cpu", "solving")]
        yield ""
        yield (
            f"Of the processor's time the first-order method takes 1/{times[0]:.0f} of the interior point's, "
            f"by the clock 1/{times[1]:.0f}."
        )


def line(row: Record) -> str:
    """One program's row of the table."""

    def figure(name: str, form: str) -> str:
        value = row.get(name)
        return "" if value is None or not np.isfinite(value) else format(value, form)

    solving = figure("solving", ",.1f") + ("" if row["finished"] else " (not finished)")
    seconds = (figure("cpu", ",.1f"), figure("writing", ",.1f"))
    others = (figure("gib", ".2f"), figure("loss", ",.0f"), figure("bound", ",.0f"))
    return f"| {row['name']} | {solving} | {' | '.join((*seconds, *others))} |"


def write(record: Record) -> None:
    """Keep the record and put its table into the page, at the end if it has none yet."""
    text = page.PAGE.read_text(encoding="utf-8")
    if BEGIN not in text:
        text += f"\n{TITLE}\n\n{BEGIN}\n{END}\n"
    page.keep(record, RECORD, page.insert(text, render(record), BEGIN, END))


def main() -> None:
    """Measure, print, keep."""
    if sys.argv[1:2] == ["--alone"]:
        name, *size, limit = sys.argv[2:]
        parts, products, scenarios = map(int, size)
        print(json.dumps(alone(name, (parts, products, scenarios), float(limit))))
        return
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for word in ("json", "write", "small"):
        asked.add_argument(f"--{word}", action="store_true")
    asked.add_argument("--limit", type=float, default=LIMIT)
    given = asked.parse_args()
    record = page.shorten(run(SMALL if given.small else SIZES, given.limit))
    print(json.dumps(record, indent=1) if given.json else render(record))
    if given.write:
        write(record)


if __name__ == "__main__":
    main()
