"""`outlast import`. In: words. Out: a case changed, or shown as it would be.
One reason to exist: the commands that bring foreign data into a case share questions and ways to change it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlast.cli.edge import do
from outlast.cli.person import find_terminal, prompt_password
from outlast.cli.words import AsJson
from outlast.errors import UsageError

if TYPE_CHECKING:
    from outlast.pipeline import Outcome, Progress

imports = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Bring foreign data into a case.")

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
        return pipeline.run_import_table(file, wishes, find_terminal())

    do(as_json, work, asks=True)


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
    do(
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
        person = find_terminal()
        if ask_password and person is None:
            raise UsageError("There is nobody to ask for the password: write ${NAME} into the URL instead.")
        return pipeline.run_import_database(
            url,
            queries,
            wishes,
            person,
            environment=os.environ,
            ask_password=prompt_password if ask_password else None,
            progress=tell,
        )

    do(as_json, work, asks=True)


def _choose_mode(merge: bool, replace: bool) -> str:
    if merge and replace:
        raise UsageError("--merge and --replace exclude each other.")
    return "merge" if merge else "replace" if replace else "refuse"
