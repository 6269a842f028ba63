"""A case folder as a network. In: a path. Out: `Network`, or findings that say why not.
One reason to exist: everything that is wrong with a case is said at once, each with its place,
and a case with an error never reaches a figure.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outlast.errors import CaseError, Finding, Place
from outlast.intake.case_settings import CASE_FILE, ParsedSettings, parse_settings
from outlast.intake.columns import describe_default
from outlast.intake.rows import ParsedTable, list_absent, parse_rows
from outlast.network.checks import check_network
from outlast.network.declarations import declarations, propose_nearest
from outlast.network.network import TABLES, Network
from outlast.tables import parse_csv, read_bytes

RECORD_FILE = "comparison.csv"
"""What was done in fact, where a case records it: read for the report, never for the plan."""
REQUIRED = ("items", "suppliers", "sources", "stock", "markets", "demand", "restrictions", "scopes")
"""Tables that a case must bring; a heading without rows says that there are none."""

MOST_ALIKE = 100
"""Findings of one code in one column that are listed one by one; the rest is counted."""

_TABLE_FILES = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".parquet")
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True)
class _Reading:
    """What was read of a case folder so far."""

    settings: ParsedSettings
    tables: Mapping[str, ParsedTable]
    """Parsed tables; a table whose file is absent is left out."""
    hashes: Mapping[str, str]
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Optional columns that the files do not have, by table."""
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


def check_case(path: str | Path) -> tuple[Network | None, tuple[Finding, ...]]:
    """The network of a case folder and all findings, errors first.

    Args:
        path: a folder with `case.toml` and CSV files named like the tables.

    Returns:
        The network, or None where there is an error; and the findings.
    """
    folder = Path(path)
    refusal = _refuse(folder)
    if refusal:
        return None, (refusal,)
    reading = _read_folder(folder)
    network = _build_network(reading)
    findings = [*reading.findings, *_check(network, reading)]
    findings.sort(key=_order)
    sound = not any(finding.level == "error" for finding in findings)
    return network if sound else None, _shorten(findings)


def list_defaults(path: str | Path) -> tuple[str, ...]:
    """Optional columns that a case folder leaves out, as `table.column = default`, in the order of the
    documentation. Tables that are absent or empty are left out.

    Raises:
        CaseError: the path is no case folder.
    """
    folder = Path(path)
    refusal = _refuse(folder)
    if refusal:
        raise CaseError([refusal])
    reading = _read_folder(folder)
    return tuple(
        f"{table}.{column} = {describe_default(declarations(TABLES[table])[column])}"
        for table, columns in reading.absent.items()
        if reading.tables[table].rows
        for column in columns
    )


def _refuse(path: Path) -> Finding | None:
    """Why a path is no case folder at all."""
    place = Place(str(path))
    try:
        exists, folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        return Finding("error", "no-such-case", place, f"The path cannot be read: {error}.", "Correct it.")
    if not exists:
        remedy = "Correct the path, or make a new case with `outlast init`."
        return Finding("error", "no-such-case", place, "There is nothing at this path.", remedy)
    if not folder and path.suffix.lower() in _WORKBOOKS:
        message = (
            "This is a workbook; this release reads folders of CSV files, workbooks come with a later one."
        )
        remedy = "Save each sheet as CSV UTF-8 (comma separated) in one folder, with case.toml beside them."
        return Finding("error", "workbook-not-supported", place, message, remedy)
    if not folder:
        message = "This is a file; a case is a folder."
        return Finding("error", "not-a-folder", place, message, f"Name the folder that holds {CASE_FILE}.")
    try:
        names = {entry.name for entry in path.iterdir()}
        (path / CASE_FILE).exists()
    except OSError as error:
        message = f"The folder cannot be read: {error.strerror or error}."
        return Finding("error", "unreadable-file", place, message, "Make it a folder that you may read.")
    if not names & {CASE_FILE, *(f"{table}.csv" for table in TABLES)}:
        message = "The folder holds no file of a case."
        remedy = f"Name the folder that holds {CASE_FILE}, or make a new case with `outlast init`."
        return Finding("error", "no-such-case", place, message, remedy)
    return None


def _read_folder(folder: Path) -> _Reading:
    """Every file of a case folder, each checked by itself."""
    findings: list[Finding] = []
    hashes: dict[str, str] = {}
    tables: dict[str, ParsedTable] = {}
    absent: dict[str, tuple[str, ...]] = {}

    def read(file: str, required: bool) -> bytes | None:
        """Contents of a file of the folder; None, with a finding where that is a fault, if it has none."""
        if not required and not (folder / file).exists():
            return None
        data, bad = read_bytes(folder / file) if (folder / file).exists() else (None, (_miss_file(file),))
        findings.extend(bad)
        if data is not None:
            hashes[file] = hashlib.sha256(data).hexdigest()
        elif file != CASE_FILE:
            tables[file.removesuffix(".csv")] = ParsedTable(whole=False)
        return data

    data = read(CASE_FILE, required=True)
    settings, bad = parse_settings(data) if data is not None else (ParsedSettings(), ())
    findings += bad
    for name in TABLES:
        data = read(f"{name}.csv", name in REQUIRED)
        if data is None:
            continue
        table, bad = parse_csv(data, f"{name}.csv")
        findings += bad
        tables[name] = ParsedTable(whole=False)
        if table is not None:
            tables[name], bad = parse_rows(table, name)
            absent[name] = list_absent(table, name)
            findings += bad
    findings += _list_strangers(folder)
    return _Reading(settings, tables, hashes, absent, tuple(findings))


def _miss_file(file: str) -> Finding:
    remedy = "Add it; `outlast init` shows one."
    if file != CASE_FILE:
        remedy = "Add it; a heading without rows says that there are none."
    return Finding("error", "missing-file", Place(file), f"The case has no file {file}.", remedy)


def _list_strangers(folder: Path) -> list[Finding]:
    """Files that look like tables, but are none of the case format."""
    known = [CASE_FILE, RECORD_FILE, *(f"{table}.csv" for table in TABLES)]
    findings = []
    for path in sorted(folder.iterdir()):
        if (
            path.name in known
            or path.suffix.lower() not in (*_TABLE_FILES, ".toml")
            or path.name.startswith(".")
        ):
            continue
        name = path.name.encode("utf-8", "replace").decode()
        message = f"{name} is no file of the case format; it is left out."
        remedy = propose_nearest(name, known) or "Rename or remove it."
        findings.append(Finding("warning", "unknown-file", Place(name), message, remedy))
    return findings


def _build_network(reading: _Reading) -> Network:
    """The network of what was read; with errors it holds stand-ins and is only checked."""
    rows = {name: table.rows for name, table in reading.tables.items()}
    return Network(settings=reading.settings.settings, hashes=reading.hashes, **rows)


def _check(network: Network, reading: _Reading) -> list[Finding]:
    """Findings of the consistency rules, less those that only repeat that a cell is broken."""
    unread = {name for name, table in reading.tables.items() if not table.whole}
    if not reading.settings.whole:
        unread.add("case")

    def place_of(table: str, row: int, column: str) -> Place:
        if table == "case":
            return Place(CASE_FILE, reading.settings.lines.get(column), column)
        parsed = reading.tables.get(table)
        return Place(f"{table}.csv", parsed.lines[row] if parsed and row >= 0 else None, column)

    broken = {
        place_of(name, row, column) for name, table in reading.tables.items() for row, column in table.broken
    }
    broken |= {place_of("case", 0, key) for key in reading.settings.broken}
    found = check_network(network, place_of, frozenset(unread))
    return [finding for finding in found if finding.place not in broken]


def _shorten(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings with at most MOST_ALIKE of one code in one column of one file; the rest is counted."""
    counts: Counter[tuple[str, str, str | None]] = Counter()
    first_hidden: dict[tuple[str, str, str | None], Finding] = {}
    kept = []
    for finding in findings:
        kind = (finding.code, finding.place.file, finding.place.column)
        counts[kind] += 1
        if counts[kind] <= MOST_ALIKE:
            kept.append(finding)
        else:
            first_hidden.setdefault(kind, finding)
    for kind, finding in first_hidden.items():
        message = f"{counts[kind] - MOST_ALIKE:,} more of these, from here on: {finding.message}"
        kept.append(Finding(finding.level, finding.code, finding.place, message, finding.remedy))
    return tuple(sorted(kept, key=_order))


def _order(finding: Finding) -> tuple[str, int, str, int]:
    """Errors before warnings, then files in the order of the documentation, then lines."""
    place = finding.place
    files = [CASE_FILE, *(f"{table}.csv" for table in TABLES)]
    return finding.level, files.index(place.file) if place.file in files else -1, place.file, place.line or 0
