"""The command line. In: words. Out: words, files and an exit status; no logic.
One reason to exist: everything that `outlast --help` promises, and nothing that computes.

Exit statuses: 0 done, 1 the case has errors, 2 wrong usage, 3 no plan meets the limits,
70 something unexpected, 130 interrupted. Heavy imports wait until a command runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlast.errors import CaseError, InfeasibleError, OutlastError, UsageError
from outlast.settings import read_settings

if TYPE_CHECKING:
    from outlast.intake.mapping.dialogue import Terminal
    from outlast.pipeline import Outcome, Progress

CASE_ERRORS, WRONG_USAGE, INFEASIBLE, UNEXPECTED, INTERRUPTED = 1, 2, 3, 70, 130

app = typer.Typer(
    name="outlast",
    help="How long do we outlast a cut of supply, and what do we buy this week?\n\n"
    "Planning estimate, not legal advice or clearance.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

imports = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Bring foreign data into a case.")
app.add_typer(imports, name="import")

Case = Annotated[
    Path, typer.Argument(exists=True, help="Folder of the case (case.toml and its tables), or workbook.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON on standard output.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder to write files to.", file_okay=False)]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of random draws; default: the case's.")]
Scenarios = Annotated[
    int | None, typer.Option("--scenarios", min=1, max=1_000_000, help="Number of scenarios to draw.")
]
TimeLimit = Annotated[
    float | None, typer.Option("--time-limit", min=0, help="Seconds to search; the gap is then what it is.")
]
WhatIf = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if", help="table.column[row]=value (or *=, +=, -=): change the case for this run only."
    ),
]
Start = Annotated[
    datetime | None,
    typer.Option("--start", formats=["%Y-%m-%d"], help="First day of the plan; default: the case's."),
]
On = Annotated[
    str,
    typer.Option(
        "--on",
        help="Where simulations run: auto (local once that pays), this (process), local (processes), ray "
        "(a cluster started here), or the address of a Ray cluster.",
    ),
]


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
    _do(as_json, lambda pipeline, tell: pipeline.run_init((out or Path()) / folder, seed=seed))


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
    _do(
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
    _do(as_json, lambda pipeline, tell: pipeline.run_check(case, out, seed=seed, what_if=what_if or ()))


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
    _do(
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
    _do(
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
) -> None:
    """What to hold and what to buy this week.

    Writes plan.json, plan.xlsx and report.html, with a certificate of how good the plan is.
    """
    _do(
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
    _do(
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
    _do(
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
    _do(as_json, lambda pipeline, tell: pipeline.run_diff(before, after))


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
    _do(
        as_json,
        lambda pipeline, tell: pipeline.run_convert(
            source, target, _find_terminal(), parquet=parquet, yes=yes
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
    _do(
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
    _do(
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
    _do(
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
    _do(as_json, lambda pipeline, tell: pipeline.run_report(plan_json, out))


IntoCase = Annotated[Path | None, typer.Argument(help="Folder of the case; none: only show.")]
Keep = Annotated[
    list[str] | None, typer.Option("--keep", help="HEADING=TEXT: keep only rows that have this text.")
]
Merge = Annotated[bool, typer.Option("--merge", help="Change rows of the case, keep all others.")]
Replace = Annotated[bool, typer.Option("--replace", help="Put the new rows in place of all.")]


@imports.command("table")
def import_table(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, workbook or Parquet.")],
    case: IntoCase = None,
    as_json: AsJson = False,
    table: Annotated[str, typer.Option("--table", help="Table of the case; default: recognised.")] = "",
    mapping: Annotated[
        Path | None, typer.Option("--mapping", dir_okay=False, help="File that remembers what is which.")
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="Sheet of a workbook.")] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Of text that is not UTF-8.")] = "",
    separator: Annotated[str, typer.Option("--separator", help="Between cells: , ; | or tab.")] = "",
    keep: Keep = None,
    merge: Merge = False,
    replace: Replace = False,
) -> None:
    """Any table, such as an export of an ERP.

    Proposes which column is what, asks where it is in doubt, and remembers the answers.
    """

    def work(pipeline: Any, tell: Progress) -> Outcome:
        mode = _choose_mode(merge, replace)
        wishes = pipeline.wish(case, table, mapping, keep or (), mode, sheet, encoding, separator)
        return pipeline.run_import_table(file, wishes, _find_terminal())

    _do(as_json, work, asks=True)


@imports.command("adventureworks")
def import_adventureworks(
    source: Annotated[
        Path, typer.Argument(exists=True, help="Folder of the tables: Product.csv and others.")
    ],
    case: Annotated[Path, typer.Argument(file_okay=False, help="Folder of the case to write.")],
    as_json: AsJson = False,
    assumptions: Annotated[
        Path | None,
        typer.Option(
            "--assumptions", exists=True, dir_okay=False, help="TOML with restrictions and settings."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over files that differ.")] = False,
) -> None:
    """A case from the tables of an ERP, AdventureWorks.

    Says what became of every row of the source, and what had to be assumed.
    """
    _do(
        as_json,
        lambda pipeline, tell: pipeline.run_import_adventureworks(
            source, case, assumptions=assumptions, replace=replace, progress=tell
        ),
    )


@imports.command("database")
def import_database(
    url: Annotated[str, typer.Argument(help="SQLAlchemy URL; ${NAME} is an environment variable.")],
    case: Annotated[Path, typer.Argument(help="Folder of the case.")],
    queries: Annotated[
        Path, typer.Option("--queries", exists=True, dir_okay=False, help="TOML with a query for each table.")
    ],
    as_json: AsJson = False,
    ask_password: Annotated[bool, typer.Option("--ask-password", help="Ask for the password.")] = False,
    merge: Merge = False,
    replace: Replace = False,
) -> None:
    """Tables from a database, which is only read.

    Runs one SELECT for each table; columns are recognised as in a file.
    """

    def work(pipeline: Any, tell: Progress) -> Outcome:
        wishes = pipeline.wish(case, "", None, (), _choose_mode(merge, replace))
        person = _find_terminal()
        if ask_password and person is None:
            raise UsageError("There is nobody to ask for the password: write ${NAME} into the URL instead.")
        return pipeline.run_import_database(
            url,
            queries,
            wishes,
            person,
            environment=os.environ,
            ask_password=_ask_password if ask_password else None,
            progress=tell,
        )

    _do(as_json, work, asks=True)


def _ask_password() -> str:
    return _prompt("Password", hide_input=True)


def _prompt(text: str, **options: Any) -> str:
    """The reply to a question on standard error; whoever leaves the question interrupts the command."""
    try:
        return str(typer.prompt(text, err=True, **options))
    except typer.Abort:
        raise KeyboardInterrupt from None


def _choose_mode(merge: bool, replace: bool) -> str:
    if merge and replace:
        raise UsageError("--merge and --replace exclude each other.")
    return "merge" if merge else "replace" if replace else "refuse"


def _find_terminal() -> Terminal | None:
    """Whoever sits at the terminal; None where nobody does."""
    return _Person() if sys.stdin.isatty() and sys.stderr.isatty() else None


class _Person:
    """Asks and tells on standard error, so that standard output holds the answer only."""

    def show(self, text: str) -> None:
        _say(text)

    def show_rows(self, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        grid = Table(box=box.SIMPLE, show_edge=False)
        for name in heading:
            grid.add_column(Text(name), overflow="ellipsis", no_wrap=True)
        for row in rows:
            grid.add_row(*map(Text, row))
        Console(stderr=True).print(grid)

    def ask(self, text: str, default: str) -> str:
        return _prompt(text, default=default, show_default=bool(default))


def main() -> None:
    """Entry point of the `outlast` command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _do(as_json: bool, work: Callable[..., Outcome], asks: bool = False) -> None:
    """Run a command of the pipeline, print its outcome, and turn what went wrong into a status.

    One that `asks` shows no moving line, which would run over its questions.
    """
    with _edge(as_json):
        from outlast import pipeline

        with nullcontext(_say) if asks else _progress() as tell:
            outcome = work(pipeline, tell)
        print(pipeline.dump_json(outcome.document) if as_json else outcome.text, flush=True)
        for path in () if as_json else outcome.written:
            _say(f"wrote {path}")
        if outcome.warnings:
            found = "1 warning" if outcome.warnings == 1 else f"{outcome.warnings} warnings"
            _say(f"the case has {found}: outlast check lists them")
    if not outcome.ok:
        raise typer.Exit(CASE_ERRORS)


@contextmanager
def _edge(as_json: bool) -> Iterator[None]:
    """Every failure becomes one clear sentence and an exit status."""
    try:
        yield
    except CaseError as error:
        _fail(error, CASE_ERRORS, as_json)
    except UsageError as error:
        _fail(error, WRONG_USAGE, as_json)
    except InfeasibleError as error:
        _fail(error, INFEASIBLE, as_json)
    except KeyboardInterrupt as interrupt:
        _say(str(interrupt) or "interrupted; nothing was half-written")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(UNEXPECTED) from None
    except Exception as error:
        if read_settings().debug:
            raise
        _fail(error, UNEXPECTED, as_json)


def _fail(error: Exception, status: int, as_json: bool) -> None:
    if as_json and isinstance(error, OutlastError):
        from outlast import pipeline

        print(pipeline.dump_json(pipeline.describe_failure(error)), flush=True)
    if isinstance(error, OutlastError | OSError):
        _say(f"outlast: {error}")
    else:
        _say(
            f"outlast: unexpected {type(error).__name__}: {error}. This is a fault of Outlast; "
            "please report it with the output of the same command under OUTLAST_DEBUG=1."
        )
    raise typer.Exit(status) from None


@contextmanager
def _progress() -> Iterator[Progress]:
    """Tells on standard error what is going on: one moving line in a terminal, else one line each."""
    if not sys.stderr.isatty():
        yield _say
        return
    from rich.console import Console

    with Console(stderr=True).status("reading the case") as status:
        yield status.update


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
