"""How near bounds and plans of the first-order planner come to the least loss, by what is on.

    python -m benchmarks.plan_gaps [--json] [--write] [--small]

The least loss, and that of buying nothing extra, by HiGHS's interior point on the extensive form; what a plan
is worth by the exact program's teeth. `--json` prints the record in place of the tables, `--write` keeps it
in docs/benchmarks/ and puts the tables into docs/benchmarks.md, `--small` tries the program. There are no
times in it, so that it may run beside other things.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from benchmarks import page
from benchmarks.plan_cases import core, everything, problem_of
from benchmarks.plan_rivals import loaded
from outlast.optimise.comb import CombProblem
from outlast.optimise.first_order.solve import solve_fast
from outlast.optimise.highs import scales
from outlast.optimise.recourse import write_program
from outlast.optimise.solve import load

Record = dict[str, Any]
STEPS, FEW = 3_000, 400
"""Steps of the first table, buying nothing counted; of the second."""
RECORD = page.DOCS / "benchmarks" / "plan_gaps.json"
TITLE = "## How near the first-order planner comes"
BEGIN = "<!-- made of docs/benchmarks/plan_gaps.json by python -m benchmarks.plan_gaps --write -->"
END = "<!-- end of what plan_gaps makes -->"


def without_limits(problem: CombProblem) -> CombProblem:
    """The same with first sources that bring any amount a week."""
    arrays = problem.arrays
    rate = np.where(arrays.source_qualified, np.inf, arrays.source_capacity)
    return problem_of(replace(arrays, source_capacity=rate), 1, 1)


def compared(small: bool) -> dict[str, CombProblem]:
    """Cases that HiGHS can solve: name and problem."""
    less, more = ((12, 2, 26), (14, 3, 26)) if small else ((30, 4, 26), (50, 6, 44))
    keep = everything(*more, starts=0, perishable=False)
    return {
        f"all, {words(less)}": everything(*less, starts=0),
        f"all but parts that do not keep, {words(less)}": everything(*less, starts=0, perishable=False),
        f"all but markets that wait, {words(less)}": everything(*less, starts=0, waiting=False),
        f"all but parts that do not keep, {words(more)}": keep,
        "the same without weekly limits of first sources": without_limits(keep),
    }


def larger(small: bool) -> dict[str, CombProblem]:
    """Cases that it can't, or not soon."""
    size = (16, 3, 26) if small else (120, 12, 80)
    return {
        f"core, {words(size)}": core(*size),
        f"all but waiting and short lives, {words(size)}": everything(
            *size, starts=0, waiting=False, perishable=False
        ),
        f"all but parts that do not keep, {words(size)}": everything(*size, starts=0, perishable=False),
        f"all, {words(size)}": everything(*size, starts=0),
    }


def words(size: tuple[int, int, int]) -> str:
    return " x ".join(str(number) for number in size)


def least(problem: CombProblem, build_up: bool) -> float:
    """The least loss, or that of buying and making nothing extra [money]."""
    written = write_program(problem)
    program, trunk = written.program, written.trunk
    upper = program.upper.copy()
    if not build_up:
        upper[np.concatenate([trunk.buy.ravel(), trunk.make.ravel()])] = 0.0
    program = replace(program, upper=upper)
    row_scale, column_scale = scales(program.matrix)
    money = float(np.abs(program.cost * column_scale).max())
    highs = loaded(program, row_scale, column_scale, money)
    highs.setOptionValue("solver", "ipx")
    highs.setOptionValue("run_crossover", "off")
    highs.run()
    x = np.asarray(highs.getSolution().col_value) * column_scale
    return float(program.cost @ x + program.offset)


def near(problem: CombProblem) -> Record:
    """What bound and plan miss, in shares of the improvement, and what is left open of the loss."""
    best, nothing = least(problem, True), least(problem, False)
    plan = solve_fast(problem, gap=1e-6, most_steps=STEPS, time_limit=np.inf)
    exact = load(problem)
    worth = exact.teeth.measure(plan.x, exact.teeth.answer(plan.x)[0])
    improvement = nothing - best
    return {
        "bound": (best + plan.bound) / improvement,
        "plan": (worth - best) / improvement,
        "said": (-plan.objective - worth) / improvement,
        "open": (plan.bound - plan.objective) / abs(plan.objective),
    }


def left_open(problem: CombProblem) -> float:
    """Share of the loss that is open after a few steps."""
    plan = solve_fast(problem, gap=1e-6, of_objective=True, most_steps=FEW, time_limit=np.inf)
    return (plan.bound - plan.objective) / abs(plan.objective)


def measure(small: bool) -> Record:
    """The whole record."""
    record: Record = {"measured": date.today().isoformat(), "near": [], "open": []}
    for what, problem in compared(small).items():
        print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)
        record["near"].append({"what": what, **near(problem)})
    for what, problem in larger(small).items():
        print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)
        record["open"].append({"what": what, "open": left_open(problem)})
    return record


def render(record: Record) -> str:
    """The tables, and what they say."""
    lines = [
        f"Parts x products x scenarios of `benchmarks/plan_cases.py`, no start that costs something. "
        f"Measured on {record['measured']}, after {STEPS:,} steps, in shares of the improvement on buying "
        "nothing extra; least losses by HiGHS's interior point, what plans lose by the exact program:",
        "",
        "| what is on | the bound is too low by | the plan loses more than the least "
        "| and says too much loss of itself by | left open of the loss |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in record["near"]:
        shares = " | ".join(f"{row[name]:.1%}" for name in ("bound", "plan", "said"))
        lines.append(f"| {row['what']} | {shares} | {row['open']:.2%} |")
    lines += [
        "",
        f"After {FEW} steps, larger cases:",
        "",
        "| what is on | left open of the loss |",
        "|---|---:|",
        *(f"| {row['what']} | {row['open']:.2%} |" for row in record["open"]),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, keep."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for word in ("json", "write", "small"):
        asked.add_argument(f"--{word}", action="store_true")
    given = asked.parse_args()
    record = page.shorten(measure(given.small))
    print(json.dumps(record, indent=1) if given.json else render(record))
    if given.write:
        text = page.PAGE.read_text(encoding="utf-8")
        if BEGIN not in text:
            text += f"\n{TITLE}\n\n{BEGIN}\n{END}\n"
        page.keep(record, RECORD, page.insert(text, render(record), BEGIN, END))


if __name__ == "__main__":
    main()
