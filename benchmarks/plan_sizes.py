"""The first-order planner at full size.

    python -m benchmarks.plan_sizes [--json] [--write] [--small]

Each size in a process of its own, compiled before: seconds from the problem in arrays to the plan, until the
gap is 1 % of the objective; and how time grows with scenarios. `--json` prints the record in place of the
tables, `--write` keeps it in docs/benchmarks/ and puts the tables into docs/benchmarks.md, `--small` tries
the program.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import date
from typing import Any

import numpy as np

from benchmarks import machine, page
from benchmarks.plan_cases import core
from outlast.optimise.first_order.solve import solve_fast

Record = dict[str, Any]
Size = tuple[int, int, int]
SIZES: dict[Size, float] = {(2_000, 200, 500): 10.0, (10_000, 500, 1_000): 60.0}
"""Seconds that the issue asks for, by size."""
GROWING: tuple[Size, ...] = ((600, 60, 130), (600, 60, 260), (600, 60, 520), (600, 60, 1040))
SMALL: dict[Size, float] = {(30, 4, 26): 10.0}
SMALL_GROWING: tuple[Size, ...] = ((30, 4, 26), (30, 4, 52))
GAP = 0.01
LIMIT = 300.0
ASKED_POWER = 1.1
RECORD = page.DOCS / "benchmarks" / "plan_sizes.json"
TITLE = "## The first-order planner at full size"
BEGIN = "<!-- made of docs/benchmarks/plan_sizes.json by python -m benchmarks.plan_sizes --write -->"
END = "<!-- end of what plan_sizes makes -->"


def alone(size: Size) -> Record:
    """One size in this process."""
    solve_fast(core(30, 4, 26, seed=1), most_steps=50)  # compiles
    problem = core(*size, seed=1)
    cpu = time.process_time()
    plan = solve_fast(problem, gap=GAP, of_objective=True, time_limit=LIMIT)
    return {
        "size": list(size),
        "seconds": plan.seconds,
        "cpu": time.process_time() - cpu,
        "steps": plan.steps,
        "rows": plan.rows,
        "columns": plan.columns,
        "gap_of_objective": (plan.bound - plan.objective) / abs(plan.objective),
        "gap_of_improvement": plan.gap,
        "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def in_a_process(size: Size) -> Record:
    """The same in a process of its own."""
    print(f"{time.strftime('%H:%M:%S')} {words(size)}", file=sys.stderr, flush=True)
    asked = [sys.executable, "-m", "benchmarks.plan_sizes", "--alone", *map(str, size)]
    told: Record = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, check=True, text=True).stdout)
    return told


def run(sizes: dict[Size, float], growing: tuple[Size, ...]) -> Record:
    """The whole record."""
    record: Record = {"measured": date.today().isoformat(), "machine": machine.describe()}
    record["load_before"] = machine.load()
    record["sizes"] = [{**in_a_process(size), "asked": asked} for size, asked in sizes.items()]
    record["growing"] = [in_a_process(size) for size in growing]
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
    loaded = busy if record["load_before"] > page.IDLE else ""
    lines = [
        f"Parts x products x scenarios (`benchmarks/plan_cases.py`, core features), 26 epochs. Measured on "
        f"{record['measured']}: {about['processor']}, {about['cores']} cores; load of the machine "
        f"{record['load_before']:g} before and {record['load_after']:g} after{loaded}. Seconds from the "
        f"problem in arrays to a plan within {GAP:.0%} of the objective, layout included, compiled before.",
        "",
        "| size | rows | columns | steps | seconds | asked | gap of objective | gap of improvement | GiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(line(row, f"< {row['asked']:g}") for row in record["sizes"]),
        "",
        "How time grows with scenarios, at the same gap:",
        "",
        "| size | rows | columns | steps | seconds | asked | gap of objective | gap of improvement | GiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(line(row, "") for row in record["growing"]),
        "",
        f"That is scenarios to the power of {power(record['growing']):.2f}; "
        f"at most {ASKED_POWER:g} is asked.",
    ]
    return "\n".join(lines)


def line(row: Record, asked: str) -> str:
    """One size's row."""
    gaps = f"{row['gap_of_objective']:.2%} | {row['gap_of_improvement']:.2%}"
    counts = f"{row['rows']:,} | {row['columns']:,} | {row['steps']:,} | {row['seconds']:.1f}"
    return f"| {words(row['size'])} | {counts} | {asked} | {gaps} | {row['gib']:.2f} |"


def main() -> None:
    """Measure, print, keep."""
    if sys.argv[1:2] == ["--alone"]:
        parts, products, scenarios = map(int, sys.argv[2:])
        print(json.dumps(alone((parts, products, scenarios))))
        return
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for word in ("json", "write", "small"):
        asked.add_argument(f"--{word}", action="store_true")
    given = asked.parse_args()
    record = page.shorten(run(SMALL, SMALL_GROWING) if given.small else run(SIZES, GROWING))
    print(json.dumps(record, indent=1) if given.json else render(record))
    if given.write:
        text = page.PAGE.read_text(encoding="utf-8")
        if BEGIN not in text:
            text += f"\n{TITLE}\n\n{BEGIN}\n{END}\n"
        page.keep(record, RECORD, page.insert(text, render(record), BEGIN, END))


if __name__ == "__main__":
    main()
