"""The exception tree. In: nothing. Out: what callers catch. One reason to exist: a caller
of the package can tell a bad case from wrong use from a solver that gave no answer.

    OutlastError
    ├── CaseError            the case has findings of level error (they are attached)
    ├── UsageError           a call or an option that makes no sense, whatever the case
    ├── InfeasibleError      limits in conflict; names them
    └── SolveError           the solver stopped without an answer
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in what the user brought."""

    file: str
    line: int | None = None
    """Line of a text file; row of a sheet or of a Parquet file."""
    column: str | None = None
    sheet: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.sheet:
            parts.append(f"sheet {self.sheet}")
        if self.line is not None:
            word = "row" if self.sheet or self.file.endswith(".parquet") else "line"
            parts.append(f"{word} {self.line}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of a case: what is wrong, where, and what to do about it."""

    level: Literal["error", "warning"]
    code: str
    """Stable kebab-case name of the rule, e.g. `bom-cycle`."""
    place: Place
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.level}: {self.place}: {self.message} {self.remedy} [{self.code}]"


class OutlastError(Exception):
    """Root of every exception that Outlast raises on purpose."""


class CaseError(OutlastError):
    """The case has errors; `findings` lists all of them at once."""

    def __init__(self, findings: Sequence[Finding]):
        self.findings = tuple(findings)
        errors = [finding for finding in self.findings if finding.level == "error"]
        super().__init__(
            f"the case has {len(errors)} error{'s' if len(errors) != 1 else ''}:\n"
            + "\n".join(str(finding) for finding in errors)
        )


class UsageError(OutlastError):
    """A call or an option that makes no sense."""


class InfeasibleError(OutlastError):
    """No plan meets the limits; `limits` names those in conflict, in the user's words."""

    def __init__(self, limits: Sequence[str]):
        self.limits = tuple(limits)
        super().__init__("no plan meets these limits together: " + "; ".join(self.limits))


class SolveError(OutlastError):
    """The solver stopped without an answer."""
