"""Each command's whole run. In: paths and options. Out: `Outcome`."""

from outlast.pipeline.imports import run_import_adventureworks, run_import_database, run_import_table, wish
from outlast.pipeline.options import choose_executor, choose_seed, read_sound
from outlast.pipeline.outcome import Outcome, Progress, describe_failure, dump_json, write_answer
from outlast.pipeline.runs import (
    choose,
    run_check,
    run_convert,
    run_demo,
    run_diff,
    run_frontier,
    run_init,
    run_placed,
    run_plan,
    run_regret,
    run_report,
    run_sensitivity,
    run_simulate,
    run_survive,
    run_why,
    survive_case,
)

__all__ = [
    "Outcome",
    "Progress",
    "choose",
    "choose_executor",
    "choose_seed",
    "describe_failure",
    "dump_json",
    "read_sound",
    "run_check",
    "run_convert",
    "run_demo",
    "run_diff",
    "run_frontier",
    "run_import_adventureworks",
    "run_import_database",
    "run_import_table",
    "run_init",
    "run_placed",
    "run_plan",
    "run_regret",
    "run_report",
    "run_sensitivity",
    "run_simulate",
    "run_survive",
    "run_why",
    "survive_case",
    "wish",
    "write_answer",
]
