"""Bills of materials on a day. In: rows of BillOfMaterials. Out: `Bills`.
One reason to exist: a list of lines with dates, levels and top items becomes one tree that is sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from outlast.errors import CaseError, Finding, Place
from outlast.intake.erp.account import Account
from outlast.intake.erp.raw_rows import BillLine
from outlast.intake.erp.raw_tables import RawTables

TABLE = "BillOfMaterials"


@dataclass(frozen=True)
class Bills:
    """What is made of what."""

    made_of: Mapping[str, Mapping[str, float]]
    """Units of each component in one of each assembly."""
    tops: frozenset[str]
    """Items that stand in the list without an assembly: what is sold."""
    unit: Mapping[str, str]
    """Unit of measure in which each component is counted."""
    bottom_up: tuple[str, ...]
    """Every item, components before assemblies."""

    @property
    def items(self) -> frozenset[str]:
        """Everything that is in a bill, top items included."""
        return frozenset(self.bottom_up) | self.tops

    @property
    def leaves(self) -> frozenset[str]:
        """Components that are not made."""
        return frozenset(self.bottom_up) - frozenset(self.made_of)

    @cached_property
    def contents(self) -> Mapping[str, Mapping[str, float]]:
        """Units of each leaf in one unit of each item, over all levels."""
        found: dict[str, dict[str, float]] = {}
        for item in self.bottom_up:
            inside: dict[str, float] = {} if item in self.made_of else {item: 1.0}
            for component, quantity in self.made_of.get(item, {}).items():
                for leaf, units in found[component].items():
                    inside[leaf] = inside.get(leaf, 0.0) + quantity * units
            found[item] = inside
        return found

    def reach(self, items: Iterable[str]) -> frozenset[str]:
        """These items and all that is in them."""
        waiting, seen = list(items), set(items)
        while waiting:
            inside = self.made_of.get(waiting.pop(), {}).keys() - seen
            seen |= inside
            waiting += inside
        return frozenset(seen)


def read_bills(raw: RawTables, start: date, account: Account, names: Mapping[str, str]) -> Bills:
    """The bills that hold on a day; every line goes into the account.

    Args:
        raw: the tables.
        start: the day.
        account: receives one entry a line.
        names: identifier of each product in the case.

    Raises:
        CaseError: a line occurs twice, a component has two units, or the bills run in a circle.
    """
    made_of: dict[str, dict[str, float]] = {}
    tops: set[str] = set()
    unit: dict[str, str] = {}
    findings: list[Finding] = []
    for row, line in zip(raw.rows[TABLE], raw.lines[TABLE], strict=True):
        key = f"{row.assembly or 'top'}/{row.component}"
        if reason := _not_now(row, start):
            account.leave(TABLE, line, key, reason, row.quantity)
        elif not row.assembly:
            tops.add(row.component)
            account.keep(TABLE, line, key, f"items:{names[row.component]}", "top item", row.quantity)
        else:
            inside = made_of.setdefault(row.assembly, {})
            if row.component in inside:
                findings.append(_find_twice(line, names, row))
            if unit.setdefault(row.component, row.unit) != row.unit:
                findings.append(_find_units(line, names[row.component], unit[row.component], row.unit))
            inside[row.component] = row.quantity
            into = f"bom:{names[row.assembly]}/{names[row.component]}"
            account.keep(TABLE, line, key, into, "line of a bill", row.quantity)
    try:
        bottom_up = tuple(TopologicalSorter(made_of).static_order())
    except CycleError as error:
        circle = " -> ".join(names[item] for item in reversed(error.args[1]))
        message = f"The bills run in a circle: {circle}."
        findings.append(Finding("error", "bom-cycle", Place(f"{TABLE}.csv"), message, "Correct one of them."))
        bottom_up = ()
    if findings:
        raise CaseError(findings)
    return Bills(made_of, frozenset(tops), unit, bottom_up)


def _not_now(row: BillLine, start: date) -> str:
    """Why a line does not hold on a day."""
    if row.ends is not None and row.ends < start:
        return "ended before the start"
    return "begins after the start" if row.begins > start else ""


def _find_twice(line: int, names: Mapping[str, str], row: BillLine) -> Finding:
    message = f"{names[row.assembly]} contains {names[row.component]} twice at the same time."
    remedy = "End one of the two lines, or give one line the sum."
    return Finding("error", "bill-line-twice", Place(f"{TABLE}.csv", line, "ComponentID"), message, remedy)


def _find_units(line: int, name: str, one: str, other: str) -> Finding:
    message = f"{name} is counted in {one} and in {other}."
    remedy = "Count a component in one unit of measure."
    return Finding(
        "error", "bill-units-differ", Place(f"{TABLE}.csv", line, "UnitMeasureCode"), message, remedy
    )
