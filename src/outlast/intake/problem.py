"""What is wrong with one value. In: nothing. Out: `Problem`. One reason to exist: whoever reads a
value says what is wrong with it, and the table adds where it stands.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Problem(NamedTuple):
    """What is wrong with one value."""

    level: Literal["error", "warning"]
    code: str
    message: str
    remedy: str


def show(value: object) -> str:
    """A value in quotes, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
