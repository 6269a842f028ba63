"""Arguments and options that commands share. In: nothing. Out: annotated types.
One reason to exist: what a word of the command line means is the same in every command.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

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
