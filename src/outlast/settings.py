"""Settings of the program itself. In: the environment. Out: `Settings`.
One reason to exist: environment variables are read once, at the edge, and nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment may change. Nothing here changes a figure."""

    debug: bool = False
    """OUTLAST_DEBUG=1: an unexpected failure shows its traceback."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, or from a mapping that stands in for it."""
    values = os.environ if environment is None else environment
    return Settings(debug=values.get("OUTLAST_DEBUG", "") not in ("", "0"))
