"""A case folder as a network. In: a path. Out: `Network`, or findings that say why not.
One reason to exist: everything that is wrong with a case is said at once, each with its place,
and a case with an error never reaches a figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from outlast.errors import CaseError, Finding, FindingLog, Place
from outlast.intake.case_settings import ParsedSettings, parse_settings
from outlast.intake.columns import describe_default
from outlast.intake.files import CaseFiles, read_tables
from outlast.intake.rows import ParsedTable, list_absent, parse_rows
from outlast.intake.whatif import edit_network
from outlast.network.checks import check_network
from outlast.network.declarations import declarations
from outlast.network.network import TABLES, Network


@dataclass(frozen=True)
class _Reading:
    """What was read of a case folder so far."""

    files: CaseFiles
    settings: ParsedSettings
    tables: Mapping[str, ParsedTable]
    """Parsed tables; a table whose file is absent is left out."""
    findings: tuple[Finding, ...] = ()


def read_case(path: str | Path) -> Network:
    """The network of a case folder. Its warnings are told by `check_case`.

    Raises:
        CaseError: the case has errors; all findings, warnings included, are attached.
    """
    network, findings = check_case(path)
    if network is None:
        raise CaseError(findings)
    return network


def check_case(
    path: str | Path, what_if: Sequence[str] = (), start: date | None = None
) -> tuple[Network | None, tuple[Finding, ...]]:
    """The network of a case folder and all findings, errors first.

    Args:
        path: a folder with `case.toml` and files named like the tables, or a workbook.
        what_if: changes of what the files say, see `edit_network`.
        start: first day of the plan; default: what `case.toml` says.

    Returns:
        The network, or None where there is an error; and the findings.
    """
    return check_files(read_tables(path), what_if, start)


def check_files(
    files: CaseFiles, what_if: Sequence[str] = (), start: date | None = None
) -> tuple[Network | None, tuple[Finding, ...]]:
    """As `check_case`, of files that are read already."""
    if files.refused:
        return None, files.findings
    reading = _understand(files)
    network = _build_network(reading)
    if start is not None:
        network = replace(network, settings=replace(network.settings, start=start))
    network, refused = edit_network(network, what_if) if what_if else (network, ())
    findings = [*reading.findings, *_check(network, reading), *refused]
    order = _Order(files.places)
    findings.sort(key=order)
    sound = not any(finding.level == "error" for finding in findings)
    return network if sound else None, tuple(findings)


def list_defaults(path: str | Path) -> tuple[str, ...]:
    """Optional columns that a case folder leaves out, as `table.column = default`, in the order of the
    documentation. Tables that are absent or empty are left out.

    Raises:
        CaseError: the path is no case folder.
    """
    files = read_tables(path)
    if files.refused:
        raise CaseError(files.findings)
    return tuple(
        f"{name}.{column} = {describe_default(declarations(TABLES[name])[column])}"
        for name, table in files.tables.items()
        if len(table)
        for column in list_absent(table, name)
    )


def _understand(files: CaseFiles) -> _Reading:
    """Text of every file as values, each file checked by itself."""
    findings = list(files.findings)
    told = {finding.place for finding in findings if finding.level == "error"}
    tables = {name: ParsedTable(whole=False) for name in files.unread}
    settings = ParsedSettings()
    if files.settings is not None:
        settings, bad = parse_settings(files.settings, files.places["case"], files.setting_lines)
        findings += bad
    for name, table in files.tables.items():
        tables[name], bad = parse_rows(table, name)
        # Of a formula without a value nothing is there to read; that it is missing was said.
        findings += [finding for finding in bad if finding.code != "empty-cell" or finding.place not in told]
    return _Reading(files, settings, tables, tuple(findings))


def _build_network(reading: _Reading) -> Network:
    """The network of what was read; with errors it holds stand-ins and is only checked."""
    rows: dict[str, Any] = {name: table.rows for name, table in reading.tables.items()}
    return Network(settings=reading.settings.settings, hashes=reading.files.hashes, **rows)


def _check(network: Network, reading: _Reading) -> tuple[Finding, ...]:
    """Findings of the consistency rules, less those that only repeat that a cell is broken."""
    unread = {name for name, table in reading.tables.items() if not table.whole}
    if not reading.settings.whole:
        unread.add("case")

    def place_of(table: str, row: int, column: str) -> Place:
        place = reading.files.places[table]
        if table == "case":
            return replace(place, line=reading.settings.lines.get(column), column=column)
        parsed = reading.tables.get(table)
        return replace(place, line=int(parsed.lines[row]) if parsed and row >= 0 else None, column=column)

    table_of = {(place.file, place.sheet): name for name, place in reading.files.places.items()}

    def is_broken(place: Place) -> bool:
        name = table_of.get((place.file, place.sheet), "")
        if name == "case":
            return place.column in reading.settings.broken
        known = place.line is not None and place.column is not None and name in reading.tables
        return known and reading.tables[name].is_broken(place.line or 0, place.column or "")

    def is_sound(table: str, row: int) -> bool:
        return table not in reading.tables or reading.tables[table].is_sound(row)

    log = FindingLog()
    for finding in check_network(network, place_of, frozenset(unread), is_sound):
        if not is_broken(finding.place):
            log.add(finding)
    return log.list()


class _Order:
    """Sorts errors before warnings, then tables in the order of the documentation, then lines."""

    def __init__(self, places: Mapping[str, Place]):
        self._number = {(place.file, place.sheet): number for number, place in enumerate(places.values())}

    def __call__(self, finding: Finding) -> tuple[str, int, str, int]:
        place = finding.place
        number = self._number.get((place.file, place.sheet), -1)
        return finding.level, number, f"{place.file} {place.sheet}", place.line or 0
