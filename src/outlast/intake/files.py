"""The tables of a case, whatever it is brought as. In: a path. Out: `CaseFiles`.
One reason to exist: what follows sees tables of text with places, and never whether they came
from a folder of files or from one workbook.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outlast.errors import Finding, Place
from outlast.network.declarations import propose_nearest
from outlast.network.network import TABLES
from outlast.tables import Table, parse_csv, parse_text, read_bytes

CASE_FILE = "case.toml"
RECORD_FILE = "comparison.csv"
"""What was done in fact, where a case records it: read for the report, never for the plan."""
REQUIRED = ("items", "suppliers", "sources", "stock", "markets", "demand", "restrictions", "scopes")
"""Tables that a case must bring; a heading without rows says that there are none."""

_TABLE_FILES = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".parquet")
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True)
class CaseFiles:
    """What was read of a case, each file by itself."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    """Tables that could be read, by the names of `TABLES`."""
    unread: frozenset[str] = frozenset()
    """Tables that are given but could not be read, and required ones that are missing."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """File (and sheet) in which each table stands or ought to stand; that of the settings as `case`."""
    settings: str | None = None
    """Text of `case.toml`, or of the same keys from elsewhere; None where it could not be read."""
    setting_lines: Mapping[str, int] | None = None
    """Line of each key where the settings are no text file; keys of a section as `section.key`."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each file that was read."""
    findings: tuple[Finding, ...] = ()
    refused: bool = False
    """The path is no case at all; the only finding says why."""


def read_tables(path: str | Path) -> CaseFiles:
    """Everything in a case: a folder of CSV files with `case.toml`, or one workbook."""
    path = Path(path)
    refusal = _refuse(path)
    if refusal:
        return CaseFiles(findings=(refusal,), refused=True)
    return _read_folder(path) if path.is_dir() else _read_workbook(path)


def _refuse(path: Path) -> Finding | None:
    """Why a path is no case at all."""
    place = Place(str(path))
    try:
        exists, folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        return Finding("error", "no-such-case", place, f"The path cannot be read: {error}.", "Correct it.")
    if not exists:
        remedy = "Correct the path, or make a new case with `outlast init`."
        return Finding("error", "no-such-case", place, "There is nothing at this path.", remedy)
    if not folder and path.suffix.lower() in _WORKBOOKS:
        return None
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


def _read_workbook(path: Path) -> CaseFiles:
    """Every sheet of a workbook."""
    message = "This is a workbook; this release reads folders of CSV files, workbooks come with a later one."
    remedy = "Save each sheet as CSV UTF-8 (comma separated) in one folder, with case.toml beside them."
    finding = Finding("error", "workbook-not-supported", Place(str(path)), message, remedy)
    return CaseFiles(findings=(finding,), refused=True)


def _read_folder(folder: Path) -> CaseFiles:
    """Every file of a case folder."""
    findings: list[Finding] = []
    hashes: dict[str, str] = {}
    tables: dict[str, Table] = {}
    unread: set[str] = set()

    def read(file: str, required: bool) -> bytes | None:
        """Contents of a file of the folder; None, with a finding where that is a fault, if it has none."""
        if not required and not (folder / file).exists():
            return None
        data, bad = read_bytes(folder / file) if (folder / file).exists() else (None, (_miss_file(file),))
        findings.extend(bad)
        if data is not None:
            hashes[file] = hashlib.sha256(data).hexdigest()
        elif file != CASE_FILE:
            unread.add(file.removesuffix(".csv"))
        return data

    data = read(CASE_FILE, required=True)
    settings, bad = parse_text(data, CASE_FILE) if data is not None else (None, ())
    findings += bad
    for name in TABLES:
        data = read(f"{name}.csv", name in REQUIRED)
        if data is None:
            continue
        table, bad = parse_csv(data, f"{name}.csv")
        findings += bad
        if table is None:
            unread.add(name)
        else:
            tables[name] = table
    findings += _list_strangers(folder)
    places = {"case": Place(CASE_FILE), **{name: Place(f"{name}.csv") for name in TABLES}}
    return CaseFiles(
        tables=tables,
        unread=frozenset(unread),
        places=places,
        settings=settings,
        hashes=hashes,
        findings=tuple(findings),
    )


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
