"""The exception tree. In: nothing. Out: what callers catch. One reason to exist: a caller
of the package can tell a bad case from wrong use from a solver that gave no answer.

    OutlastError
    ├── CaseError            a case or a file has findings of level error (they are attached)
    ├── UsageError           a call or an option that makes no sense, whatever the case
    ├── InfeasibleError      limits in conflict; names them
    ├── SolveError           the solver stopped without an answer
    └── WorkerError          a block of a long run lost one worker after the other
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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


UNDECIDED = "undecided"
"""Code of findings that are questions: nothing is wrong, but somebody has to decide."""


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
        level = "question" if self.code == UNDECIDED else self.level
        return f"{level}: {self.place}: {self.message} {self.remedy} [{self.code}]"


MOST_ALIKE = 100
"""Findings of one code in one column of one table that are listed one by one; the rest is counted."""


class FindingLog:
    """Collects findings. Of those alike it keeps `MOST_ALIKE` and one that counts the rest, so that a
    table that is broken in every row neither fills the screen nor the memory."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._times: Counter[tuple[str, str, str | None, str | None]] = Counter()
        self._first_hidden: dict[tuple[str, str, str | None, str | None], Finding] = {}

    def add(self, finding: Finding) -> None:
        """Note a finding."""
        kind = (finding.code, finding.place.file, finding.place.sheet, finding.place.column)
        self._times[kind] += 1
        if self._times[kind] <= MOST_ALIKE:
            self._kept.append(finding)
        else:
            self._first_hidden.setdefault(kind, finding)

    def adopt(self, findings: Iterable[Finding]) -> None:
        """Take over what another log has listed."""
        self._kept.extend(findings)

    def list(self) -> tuple[Finding, ...]:
        """What was kept, and for each kind of which there were more, one finding that says how many."""
        counts = [
            replace(
                finding,
                message=f"{self._times[kind] - MOST_ALIKE:,} more of these, from here on: {finding.message}",
            )
            for kind, finding in self._first_hidden.items()
        ]
        return (*self._kept, *counts)


class OutlastError(Exception):
    """Root of every exception that Outlast raises on purpose."""


class CaseError(OutlastError):
    """A case, or what is to be imported into one, has errors or leaves questions open; `findings` lists all
    of them at once."""

    def __init__(self, findings: Sequence[Finding]):
        self.findings = tuple(findings)
        errors = [finding for finding in self.findings if finding.level == "error"]
        asked = sum(finding.code == UNDECIDED for finding in errors)
        counts = ((len(errors) - asked, "error"), (asked, "open question"))
        words = " and ".join(f"{n} {word}{'s' if n != 1 else ''}" for n, word in counts if n)
        super().__init__("\n".join([f"{words or 'errors'}:", *map(str, errors)]))

    def __reduce__(self) -> tuple[type[CaseError], tuple[Sequence[Finding]]]:
        """How it travels between processes."""
        return type(self), (self.findings,)


class UsageError(OutlastError):
    """A call or an option that makes no sense."""


@dataclass(frozen=True, slots=True)
class Concession:
    """How far one of several limits in conflict has to give, and what that buys."""

    limit: str
    """In the user's words."""
    give: float | None
    """The least that it has to give for the request to be met, if it alone gives [unit]; null: it has to be
    let go, or that alone is not enough."""
    unit: str
    """Of `give`, in words; empty where there is none."""
    loss: float | None
    """Measure of the loss of the best plan then [money]; null: not known."""
    saves: float | None
    """By how much that is less than without the decisions by hand that are in conflict [money]."""
    words: str
    """The same as a sentence."""


class InfeasibleError(OutlastError):
    """No plan meets the limits; `limits` names those in conflict, in the user's words, and `concessions` says
    what each would have to give, where that is known: then they are the fewest that are in conflict."""

    def __init__(self, limits: Sequence[str], concessions: Sequence[Concession] = ()):
        self.limits, self.concessions = tuple(limits), tuple(concessions)
        first = "no plan meets these limits together: " + "; ".join(self.limits)
        super().__init__("\n".join([first, *(f"  - {one.words}" for one in self.concessions)]))

    def __reduce__(self) -> tuple[type[InfeasibleError], tuple[Sequence[str], Sequence[Concession]]]:
        """How it travels between processes."""
        return type(self), (self.limits, self.concessions)


class SolveError(OutlastError):
    """The solver stopped without an answer."""


class WorkerError(OutlastError):
    """A block of a long run lost one worker after the other; the message says which."""
