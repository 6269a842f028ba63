"""Whoever sits at the terminal. In: questions. Out: replies.
One reason to exist: questions and what they are about stand on standard error, so that standard output holds
the answer only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from outlast.cli.edge import say

if TYPE_CHECKING:
    from outlast.intake.mapping.dialogue import Terminal


def prompt_password() -> str:
    """The reply, not shown while it is typed."""
    return _prompt("Password", hide_input=True)


def _prompt(text: str, **options: Any) -> str:
    """The reply to a question on standard error; whoever leaves the question interrupts the command."""
    try:
        return str(typer.prompt(text, err=True, **options))
    except typer.Abort:
        raise KeyboardInterrupt from None


def find_terminal() -> Terminal | None:
    """Whoever sits at the terminal; None where nobody does."""
    return _Person() if sys.stdin.isatty() and sys.stderr.isatty() else None


class _Person:
    """Asks and tells on standard error, so that standard output holds the answer only."""

    def show(self, text: str) -> None:
        say(text)

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
