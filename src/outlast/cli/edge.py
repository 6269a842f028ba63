"""The edge of every command. In: work of the pipeline. Out: its answer on standard output, what is said on
standard error, an exit status.
One reason to exist: every failure becomes one clear sentence and a status, whatever the command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import typer

from outlast.errors import CaseError, InfeasibleError, OutlastError, UsageError
from outlast.settings import read_settings

if TYPE_CHECKING:
    from outlast.pipeline import Outcome, Progress

CASE_ERRORS, WRONG_USAGE, INFEASIBLE, UNEXPECTED, INTERRUPTED = 1, 2, 3, 70, 130


def do(as_json: bool, work: Callable[..., Outcome], asks: bool = False) -> None:
    """Run a command of the pipeline, print its outcome, and turn what went wrong into a status.

    One that `asks` shows no moving line, which would run over its questions.
    """
    with _edge(as_json):
        from outlast import pipeline

        with nullcontext(say) if asks else _progress() as tell:
            outcome = work(pipeline, tell)
        print(pipeline.dump_json(outcome.document) if as_json else outcome.text, flush=True)
        for path in () if as_json else outcome.written:
            say(f"wrote {path}")
        if outcome.warnings:
            found = "1 warning" if outcome.warnings == 1 else f"{outcome.warnings} warnings"
            say(f"the case has {found}: outlast check lists them")
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
        say(str(interrupt) or "interrupted; nothing was half-written")
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
        say(f"outlast: {error}")
    else:
        say(
            f"outlast: unexpected {type(error).__name__}: {error}. This is a fault of Outlast; "
            "please report it with the output of the same command under OUTLAST_DEBUG=1."
        )
    raise typer.Exit(status) from None


@contextmanager
def _progress() -> Iterator[Progress]:
    """Tells on standard error what is going on: one moving line in a terminal, else one line each."""
    if not sys.stderr.isatty():
        yield say
        return
    from rich.console import Console

    with Console(stderr=True).status("reading the case") as status:
        yield status.update


def say(message: str) -> None:
    """Tell on standard error."""
    print(message, file=sys.stderr, flush=True)
