"""The first-order planner at full size.

    python -m benchmarks.plan_sizes [--json] [--write] [--small] [--again WHAT]

Each run in a process of its own, compiled before: seconds from the problem in arrays to the plan, until the
gap is what is asked, of the objective or of the improvement on buying nothing extra; and how time grows with
scenarios. `--json` prints the record in place of the tables, `--write` keeps it in docs/benchmarks/ and puts
the tables into docs/benchmarks.md, `--small` tries the program, `--again` measures some rows only.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from benchmarks import machine, page
from benchmarks.plan_cases import core, everything
from outlast.errors import UsageError
from outlast.optimise.first_order.solve import solve_fast

Record = dict[str, Any]
Size = tuple[int, int, int]


class Run(NamedTuple):
    """One measurement."""

    what: str
    """`core`, or `everything` with so many second sources whose start costs something; or that without
    markets that wait and parts that do not keep."""
    size: Size
    gap: float
    of: str
    """`objective` or `improvement`."""
    asked: float | None
    """Seconds that the issue asks for."""


LESS = "all but waiting and short lives"
TWO, TEN = (2_000, 200, 500), (10_000, 500, 1_000)
RUNS = (
    Run("core", TWO, 0.01, "objective", 10.0),
    Run("core", TEN, 0.01, "objective", 60.0),
    Run("core", TWO, 0.01, "improvement", None),
    Run("core", TWO, 0.003, "improvement", None),
    Run(f"{LESS}, 0 starts", TWO, 0.01, "improvement", None),
    Run("everything, 0 starts", TWO, 0.01, "improvement", 30.0),
    Run("everything, 50 starts", TWO, 0.01, "improvement", 180.0),
)
GROWING = tuple(
    Run("core", (600, 60, scenarios), 0.01, "objective", None) for scenarios in (130, 260, 520, 1040)
)
SMALL = (
    Run("core", (30, 4, 26), 0.01, "objective", 10.0),
    Run(f"{LESS}, 2 starts", (30, 4, 26), 0.05, "improvement", None),
    Run("everything, 2 starts", (30, 4, 26), 0.05, "improvement", None),
)
SMALL_GROWING = tuple(Run("core", (30, 4, s), 0.01, "objective", None) for s in (26, 52))
LIMIT = 150.0
"""Seconds that a run may take, where no more are asked."""
ASKED_POWER = 1.1
RECORD = page.DOCS / "benchmarks" / "plan_sizes.json"
TITLE = "## The first-order planner at full size"
BEGIN = "<!-- made of docs/benchmarks/plan_sizes.json by python -m benchmarks.plan_sizes --write -->"
END = "<!-- end of what plan_sizes makes -->"


def alone(run: Run) -> Record:
    """One run in this process."""
    solve_fast(core(30, 4, 26, seed=1), most_steps=50)  # compiles
    if run.what == "core":
        problem = core(*run.size, seed=1)
    else:
        name, starts = run.what.removesuffix(" starts").split(", ")
        whole = name != LESS
        problem = everything(*run.size, starts=int(starts), waiting=whole, perishable=whole)
    cpu = time.process_time()
    told = {**run._asdict(), "size": list(run.size)}
    try:
        plan = solve_fast(
            problem, gap=run.gap, of_objective=run.of == "objective", time_limit=max(LIMIT, run.asked or 0.0)
        )
    except UsageError as refused:
        return {**told, "refused": str(refused)}
    return {
        **told,
        "seconds": plan.seconds,
        "cpu": time.process_time() - cpu,
        "steps": plan.steps,
        "rows": plan.rows,
        "columns": plan.columns,
        "gap_of_objective": (plan.bound - plan.objective) / abs(plan.objective),
        "gap_of_improvement": plan.gap if np.isfinite(plan.gap) else None,
        "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def in_a_process(run: Run) -> Record:
    """The same in a process of its own."""
    text = f"{run.what}, {words(run.size)}, {run.gap:.1%} of the {run.of}"
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
    asked = [sys.executable, "-m", "benchmarks.plan_sizes", "--alone", json.dumps(run)]
    told: Record = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, check=True, text=True).stdout)
    return told


def again(record: Record, what: str) -> Record:
    """The record with all runs of `what` measured again."""
    for row in record["sizes"]:
        if what == row["what"]:
            row.update(in_a_process(Run(*(row[name] for name in Run._fields))))
    return {**record, "load_after": machine.load()}


def measure(runs: tuple[Run, ...], growing: tuple[Run, ...]) -> Record:
    """The whole record."""
    record: Record = {"measured": date.today().isoformat(), "machine": machine.describe()}
    record["load_before"] = machine.load()
    record["sizes"] = [in_a_process(run) for run in runs]
    record["growing"] = [in_a_process(run) for run in growing]
    record["load_after"] = machine.load()
    return record


def power(rows: list[Record]) -> float:
    """Exponent with which time grows with scenarios, by least squares of the logarithms."""
    scenarios = np.log([row["size"][2] for row in rows])
    return float(np.polyfit(scenarios, np.log([row["seconds"] for row in rows]), 1)[0])


def words(size: Any) -> str:
    parts, products, scenarios = size
    return f"{parts:,} x {products:,} x {scenarios:,}"


def render(record: Record) -> str:
    """The tables, and what they say."""
    about = record["machine"]
    busy = " (**something else ran on it too, so that seconds are too high**)"
    loaded = busy if page.shared(record) else ""
    lines = [
        f"Parts x products x scenarios (`benchmarks/plan_cases.py`), 26 epochs. Measured on "
        f"{record['measured']}: {about['processor']}, {about['cores']} cores; load of the machine "
        f"{record['load_before']:g} before and {record['load_after']:g} after{loaded}. Seconds from the "
        f"problem in arrays to a plan within a share of the objective, or of the improvement on buying "
        f"nothing extra, at most {LIMIT:g}, or what is asked; layout included, compiled before.",
        "",
        *HEADING,
        *(line(row) for row in record["sizes"]),
        "",
        "How time grows with scenarios, at the same gap:",
        "",
        *HEADING,
        *(line(row) for row in record["growing"]),
        "",
        f"That is scenarios to the power of {power(record['growing']):.2f}; "
        f"at most {ASKED_POWER:g} is asked.",
    ]
    return "\n".join(lines)


HEADING = (
    "| what | size | until | rows | columns | steps | seconds | asked | gap: of objective | of improvement "
    "| GiB |",
    "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
)


def line(row: Record) -> str:
    """One run's row."""
    head = f"| {row['what']} | {words(row['size'])} | {row['gap']:.1%} of {row['of']} |"
    if "refused" in row:
        return f"{head} | | | refused: {row['refused']} | | | | |"
    asked = "" if row["asked"] is None else f"< {row['asked']:g}"
    improvement = row["gap_of_improvement"]
    shown = "no improvement shown" if improvement is None else f"{improvement:.2%}"
    gaps = f"{row['gap_of_objective']:.2%} | {shown}"
    counts = f"{row['rows']:,} | {row['columns']:,} | {row['steps']:,} | {row['seconds']:.1f}"
    return f"{head} {counts} | {asked} | {gaps} | {row['gib']:.2f} |"


def main() -> None:
    """Measure, print, keep."""
    if sys.argv[1:2] == ["--alone"]:
        run = Run(*json.loads(sys.argv[2]))
        print(json.dumps(alone(run._replace(size=tuple(run.size)))))
        return
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for word in ("json", "write", "small"):
        asked.add_argument(f"--{word}", action="store_true")
    asked.add_argument("--again", metavar="WHAT", help="measure only what the page calls so again")
    given = asked.parse_args()
    if given.again:
        record = page.shorten(again(json.loads(RECORD.read_text(encoding="utf-8")), given.again))
    else:
        record = page.shorten(measure(SMALL, SMALL_GROWING) if given.small else measure(RUNS, GROWING))
    print(json.dumps(record, indent=1) if given.json else render(record))
    if given.write:
        text = page.PAGE.read_text(encoding="utf-8")
        if BEGIN not in text:
            text += f"\n{TITLE}\n\n{BEGIN}\n{END}\n"
        page.keep(record, RECORD, page.insert(text, render(record), BEGIN, END))


if __name__ == "__main__":
    main()
