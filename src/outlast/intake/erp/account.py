"""The account of every source row. In: what became of each row. Out: `Account`.
One reason to exist: nothing of a foreign system is lost without a word, and the sums show it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one source row."""

    table: str
    line: int
    """Line of the source file."""
    key: str
    """Identifier of the row in the source."""
    amount: float
    """What the row counts: units of an order, a bill or a bin; 1 where it counts itself."""
    into: str
    """Row of the case, as table:identifier; empty: left out."""
    outcome: str
    """What it became, or why it was left out."""


@dataclass(frozen=True, slots=True)
class Total:
    """Rows of one table with one outcome."""

    table: str
    outcome: str
    kept: bool
    rows: int
    amount: float


@dataclass(frozen=True, slots=True)
class Balance:
    """One equation that must hold."""

    words: str
    source: float
    case: float

    @property
    def holds(self) -> bool:
        """Whether both sides are the same, but for rounding."""
        return abs(self.source - self.case) <= 1e-9 * max(1.0, abs(self.source), abs(self.case))


@dataclass
class Account:
    """Entries, balances and remarks of one import."""

    entries: list[Entry] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What was mended, assumed or found contradictory, one sentence each."""

    def keep(self, table: str, line: int, key: str, into: str, outcome: str, amount: float = 1.0) -> None:
        """Note a row that is in the case."""
        self.entries.append(Entry(table, line, key, amount, into, outcome))

    def leave(self, table: str, line: int, key: str, reason: str, amount: float = 1.0) -> None:
        """Note a row that is left out, and why."""
        self.entries.append(Entry(table, line, key, amount, "", reason))

    def balance(self, words: str, source: float, case: float) -> None:
        """Note an equation between source and case."""
        self.balances.append(Balance(words, source, case))

    def totals(self) -> list[Total]:
        """Rows and amounts by table and outcome, in the order in which they first occur."""
        sums: dict[tuple[str, str, bool], list[float]] = {}
        for entry in self.entries:
            found = sums.setdefault((entry.table, entry.outcome, bool(entry.into)), [0, 0.0])
            found[0] += 1
            found[1] += entry.amount
        order = list(dict.fromkeys(entry.table for entry in self.entries))
        rows = [Total(*key, int(rows), amount) for key, (rows, amount) in sums.items()]
        return sorted(rows, key=lambda row: (order.index(row.table), not row.kept))

    @property
    def holds(self) -> bool:
        """Whether every equation holds."""
        return all(balance.holds for balance in self.balances)


def tabulate(entries: Iterable[Entry]) -> str:
    """Every entry as CSV text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("table", "line", "key", "amount", "into", "outcome"))
    writer.writerows(
        (entry.table, entry.line, entry.key, f"{entry.amount:g}", entry.into, entry.outcome)
        for entry in entries
    )
    return text.getvalue()
