"""A linear program as text in the LP format. In: costs, rows and bounds under names. Out: text.
One reason to exist: what a constraint family writes can be read, and compared line by line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.()]*")
WIDTH = 100


@dataclass(frozen=True)
class Row:
    """lower <= sum of entries <= upper."""

    name: str
    lower: float
    upper: float
    entries: Mapping[str, float]


@dataclass(frozen=True)
class Bound:
    """lower <= column <= upper."""

    column: str
    lower: float
    upper: float
    whole: bool = False


def lp_text(
    title: Sequence[str], cost: Mapping[str, float], rows: Sequence[Row], bounds: Sequence[Bound]
) -> str:
    """The program; figures have nine digits.

    Raises:
        ValueError: a name that solvers drop, a row that says nothing or has two different finite ends.
    """
    lines = [f"\\ {line}" for text in title for line in wrap(text, WIDTH)]
    lines += ["Minimize", *_wrapped("obj", cost, "")]
    lines.append("Subject To")
    for row in rows:
        lines += _wrapped(row.name, row.entries, _side(row))
    lines.append("Bounds")
    lines += [_bound(bound) for bound in bounds]
    whole = [bound.column for bound in bounds if bound.whole]
    if whole:
        lines += ["General", *(f" {name}" for name in whole)]
    return "\n".join([*lines, "End", ""])


def _figure(value: float) -> str:
    return f"{value + 0.0:.9g}"


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a solver")
    return name


def _side(row: Row) -> str:
    if row.lower == row.upper:
        return f" = {_figure(row.lower)}"
    if np.isinf(row.lower) and np.isfinite(row.upper):
        return f" <= {_figure(row.upper)}"
    if np.isfinite(row.lower) and np.isinf(row.upper):
        return f" >= {_figure(row.lower)}"
    raise ValueError(f"row {row.name} from {row.lower} to {row.upper} has no single side")


def _wrapped(name: str, entries: Mapping[str, float], side: str) -> list[str]:
    """Name, terms and side, over as many lines as it takes."""
    lines = [f" {_named(name)}:"]
    for column, value in entries.items():
        sign, size = ("-" if value < 0 else "+"), _figure(abs(value))
        term = f" {sign} {_named(column)}" if size == "1" else f" {sign} {size} {_named(column)}"
        if len(lines[-1]) + len(term) > WIDTH:
            lines.append("   ")
        lines[-1] += term
    lines[-1] += side
    return lines


def _bound(bound: Bound) -> str:
    column = _named(bound.column)
    if np.isinf(bound.lower) and np.isinf(bound.upper):
        return f" {column} free"
    if np.isinf(bound.upper):
        return f" {column} >= {_figure(bound.lower)}"
    low = "-inf" if np.isinf(bound.lower) else _figure(bound.lower)
    return f" {low} <= {column} <= {_figure(bound.upper)}"
