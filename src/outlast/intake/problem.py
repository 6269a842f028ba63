"""What is wrong with one value. In: nothing. Out: `Problem`. One reason to exist: whoever reads a
value says what is wrong with it, and the table adds where it stands.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

_LONGEST = 60
"""Letters of a value that are shown."""


class Problem(NamedTuple):
    """What is wrong with one value."""

    level: Literal["error", "warning"]
    code: str
    message: str
    remedy: str


def show(value: object) -> str:
    """A value in quotes, cut where it is long."""
    try:
        text = repr(value)
    except RecursionError:
        text = "what is nested so deeply"
    return cut(text)


def cut(text: str) -> str:
    """A text, cut where it is long."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
