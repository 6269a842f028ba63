"""The command line. In: words. Out: words, files and an exit status; no logic.
One reason to exist: everything that `outlast --help` promises, and nothing that computes.

Exit statuses: 0 done, 1 the case has errors, 2 wrong usage, 3 no plan meets the limits,
70 something unexpected, 130 interrupted. Heavy imports wait until a command runs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from outlast.cli.edge import INTERRUPTED, do
from outlast.cli.importing import imports
from outlast.cli.person import find_terminal
from outlast.cli.words import AsJson, Case, On, Out, Scenarios, Seed, Start, TimeLimit, WhatIf

app = typer.Typer(
    name="outlast",
    help="How long do we outlast a cut of supply, and what do we buy this week?\n\n"
    "Planning estimate, not legal advice or clearance.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.add_typer(imports, name="import")


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(help="Folder to make, or workbook (NAME.xlsx); must not hold a case yet.")
    ],
    as_json: AsJson = False,
    out: Out = None,
    seed: Seed = None,
) -> None:
    """Write a small case to start from.

    Every column is explained in it.
    """
    do(as_json, lambda pipeline, tell: pipeline.run_init((out or Path()) / folder, seed=seed))


@app.command()
def demo(
    as_json: AsJson = False,
    out: Out = None,
    seed: Seed = None,
    scenarios: Scenarios = None,
    time_limit: TimeLimit = None,
    on: On = "auto",
) -> None:
    """Plan the example that comes with Outlast.

    It is an open-hardware camera whose sensor may be cut off.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_demo(
            out, seed=seed, scenarios=scenarios, time_limit=time_limit, on=on, progress=tell
        ),
    )


@app.command()
def check(
    case: Case, as_json: AsJson = False, out: Out = None, seed: Seed = None, what_if: WhatIf = None
) -> None:
    """List all problems of a case.

    Each with its file, line and column, and what to do about it.
    """
    do(as_json, lambda pipeline, tell: pipeline.run_check(case, out, seed=seed, what_if=what_if or ()))


@app.command()
def survive(
    case: Case,
    as_json: AsJson = False,
    out: Out = None,
    seed: Seed = None,
    what_if: WhatIf = None,
    recover: Annotated[
        int | None,
        typer.Option(
            "--recover", min=0, help="Weeks until whatever is cut is back; default: the case's times."
        ),
    ] = None,
) -> None:
    """How long stock outlasts a cut today, and what it costs.

    By product, item, source and restriction, beside the time that a switch takes.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_survive(
            case, out, seed=seed, what_if=what_if or (), recover=recover, progress=tell
        ),
    )


@app.command()
def simulate(
    case: Case,
    as_json: AsJson = False,
    out: Out = None,
    seed: Seed = None,
    scenarios: Scenarios = None,
    on: On = "auto",
    what_if: WhatIf = None,
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            help="normal, cover:WEEKS, min-max:MIN:MAX or fixed-quantity:MIN:WEEKS, in weeks of use.",
        ),
    ] = "normal",
) -> None:
    """What happens if nothing is changed.

    Loss, survival, fill rate and cash, by simulation; also under another ordering policy.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_simulate(
            case,
            out,
            seed=seed,
            scenarios=scenarios,
            on=on,
            what_if=what_if or (),
            policy=policy,
            progress=tell,
        ),
    )


@app.command()
def plan(
    case: Case,
    as_json: AsJson = False,
    out: Out = None,
    seed: Seed = None,
    scenarios: Scenarios = None,
    time_limit: TimeLimit = None,
    on: On = "auto",
    what_if: WhatIf = None,
    start: Start = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous", exists=True, help="Folder of the plan before: stay near it, tell changes."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="exact, fast (for thousands of items), or auto: by size; default: the case's, else auto.",
        ),
    ] = None,
    check: Annotated[
        str,
        typer.Option(
            "--check",
            help="Of the fast way, loss and bound proven event by event: auto (if minutes do), full, none.",
        ),
    ] = "auto",
) -> None:
    """What to hold and what to buy this week.

    Writes plan.json, plan.xlsx and report.html, with a certificate of how good the plan is.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_plan(
            case,
            out,
            seed=seed,
            scenarios=scenarios,
            time_limit=time_limit,
            on=on,
            what_if=what_if or (),
            start=start.date() if start else None,
            previous=previous,
            method=method,
            check=check,
            progress=tell,
        ),
    )


@app.command()
def frontier(
    case: Case,
    as_json: AsJson = False,
    out: Out = None,
    points: Annotated[int, typer.Option("--points", min=2, max=101, help="Number of budgets.")] = 12,
    seed: Seed = None,
    scenarios: Scenarios = None,
    time_limit: TimeLimit = None,
    on: On = "this",
    what_if: WhatIf = None,
) -> None:
    """What each amount of cash buys, from nothing to more than is of use.

    The best plan of every budget with its bound, and its loss and survival by simulation.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_frontier(
            case,
            out,
            points=points,
            seed=seed,
            scenarios=scenarios,
            time_limit=time_limit,
            on=on,
            what_if=what_if or (),
            progress=tell,
        ),
    )


@app.command()
def regret(
    case: Case,
    as_json: AsJson = False,
    out: Out = None,
    points: Annotated[int, typer.Option("--points", min=2, max=101, help="Number of budgets.")] = 6,
    factors: Annotated[
        int, typer.Option("--factors", min=11, max=101, help="Number of hazards that may be true.")
    ] = 11,
    seed: Seed = None,
    scenarios: Scenarios = None,
    time_limit: TimeLimit = None,
    on: On = "this",
    what_if: WhatIf = None,
) -> None:
    """What not knowing the hazard costs, for each amount of cash.

    The plan of least regret of every budget, and from which hazard on more of each item pays.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_regret(
            case,
            out,
            points=points,
            factors=factors,
            seed=seed,
            scenarios=scenarios,
            time_limit=time_limit,
            on=on,
            what_if=what_if or (),
            progress=tell,
        ),
    )


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(exists=True, help="A case: folder or workbook.")],
    after: Annotated[Path, typer.Argument(exists=True, help="Another case: folder or workbook.")],
    as_json: AsJson = False,
) -> None:
    """What is different between two cases.

    Rows added and removed, and each cell that changed, with its value before and after.
    """
    do(as_json, lambda pipeline, tell: pipeline.run_diff(before, after))


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(exists=True, help="A case: folder or workbook.")],
    target: Annotated[Path, typer.Argument(help="Workbook (NAME.xlsx) or folder to write.")],
    as_json: AsJson = False,
    yes: Annotated[bool, typer.Option("--yes", help="Change the case that is there without asking.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Tables of a new folder as Parquet.")] = False,
) -> None:
    """A case in another form: folder to workbook and back.

    Shows what would change of a case that is there already, and asks before it writes.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_convert(
            source, target, find_terminal(), parquet=parquet, yes=yes
        ),
        asks=True,
    )


@app.command()
def sensitivity(
    case: Case,
    as_json: AsJson = False,
    out: Out = None,
    answer: Annotated[
        str, typer.Option("--answer", help="loss (expected), cvar, or survival (share of events).")
    ] = "loss",
    plan: Annotated[
        Path | None, typer.Option("--plan", exists=True, help="Folder of a plan to follow; default: none.")
    ] = None,
    ranges: Annotated[
        list[str] | None, typer.Option("--range", help="FACTOR=LOW..HIGH, such as demand=0.7..1.3.")
    ] = None,
    weeks: Annotated[int | None, typer.Option("--weeks", min=1, help="Weeks to be survived.")] = None,
    seed: Seed = None,
    scenarios: Scenarios = None,
    samples: Annotated[
        int | None,
        typer.Option("--samples", min=0, help="Base samples of Sobol indices, a power of 2; 0: none."),
    ] = None,
    on: On = "auto",
    what_if: WhatIf = None,
) -> None:
    """Which unknown moves the answer most.

    Hazards, switch times, margin, holding cost and demand: a tornado, and Sobol indices.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_sensitivity(
            case,
            out,
            question=answer,
            plan=plan,
            ranges=ranges or (),
            weeks=weeks,
            seed=seed,
            scenarios=scenarios,
            samples=samples,
            on=on,
            what_if=what_if or (),
            progress=tell,
        ),
    )


@app.command()
def placed(
    plan: Annotated[Path, typer.Argument(exists=True, help="Folder of a plan, or its plan.json.")],
    case: Case,
    as_json: AsJson = False,
    due: Annotated[bool, typer.Option("--due", help="All purchases of the plan's first week.")] = False,
    every: Annotated[bool, typer.Option("--all", help="All purchases.")] = False,
    item: Annotated[list[str] | None, typer.Option("--item", help="All purchases of this item.")] = None,
    purchase: Annotated[
        list[str] | None, typer.Option("--purchase", help="This purchase, by its name or number.")
    ] = None,
    with_pipeline: Annotated[
        bool, typer.Option("--with-pipeline", help="Write out orders that were assumed so far.")
    ] = False,
) -> None:
    """Mark purchases of a plan as placed.

    They stand in the case's open orders from then on.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_placed(
            plan, case, pipeline.choose(due, every, item or (), purchase or ()), pipeline=with_pipeline
        ),
    )


@app.command()
def why(
    case: Case,
    item: Annotated[str, typer.Argument(help="Identifier of an item.")],
    as_json: AsJson = False,
    plan: Annotated[
        Path | None, typer.Option("--plan", exists=True, help="Folder of a plan; default: plan anew.")
    ] = None,
    seed: Seed = None,
    scenarios: Scenarios = None,
    what_if: WhatIf = None,
) -> None:
    """Why a plan buys this much of an item, and not more.

    Puts one more order into the plan and solves every scenario again with it.
    """
    do(
        as_json,
        lambda pipeline, tell: pipeline.run_why(
            case,
            item,
            plan=plan,
            seed=seed,
            scenarios=scenarios,
            what_if=what_if or (),
            progress=tell,
        ),
    )


@app.command()
def report(
    plan_json: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A plan.json.")],
    as_json: AsJson = False,
    out: Out = None,
    seed: Seed = None,
) -> None:
    """Write a report again from its plan.json."""
    do(as_json, lambda pipeline, tell: pipeline.run_report(plan_json, out))


def main() -> None:
    """Entry point of the `outlast` command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
