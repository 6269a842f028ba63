"""The tables of a case, whatever it is brought as. In: a path. Out: `CaseFiles`.
One reason to exist: what follows sees tables of text with places, and never whether they came
from a folder of files or from one workbook.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from outlast.errors import Finding, Place
from outlast.intake.case_sheet import CASE_COLUMNS, CASE_SHEET, compose_settings
from outlast.intake.file_forms import read_forms
from outlast.network.declarations import declarations, propose_nearest
from outlast.network.network import TABLES
from outlast.tables import LARGEST_FILE, FileForm, Table, parse_csv, parse_parquet, parse_text, read_bytes

CASE_FILE = "case.toml"
RECORD_FILE = "comparison.csv"
"""What was done in fact, where a case records it: read for the report, never for the plan."""
RECORD_SHEET = "comparison"
"""The same as a sheet of a workbook."""
REQUIRED = ("items", "suppliers", "sources", "stock", "markets", "demand", "restrictions", "scopes")
"""Tables that a case must bring; a heading without rows says that there are none."""

LARGEST_SETTINGS = 2**20
"""Largest `case.toml` [bytes]."""

_TABLE_FILES = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".parquet")
_WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods")
HELPING_SHEETS = ("read_me", "readme", "lists", "choices")
"""Sheets of a workbook that are for the reader or for drop-down lists; nothing is read from them."""


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
        message = "This is a file; a case is a folder, or a workbook whose name ends in .xlsx."
        return Finding("error", "not-a-folder", place, message, f"Name the folder that holds {CASE_FILE}.")
    try:
        names = {entry.name for entry in path.iterdir()}
        (path / CASE_FILE).exists()
    except OSError as error:
        message = f"The folder cannot be read: {error.strerror or error}."
        return Finding("error", "unreadable-file", place, message, "Make it a folder that you may read.")
    if not names.intersection((CASE_FILE, *_list_names())):
        message = "The folder holds no file of a case."
        remedy = f"Name the folder that holds {CASE_FILE}, or make a new case with `outlast init`."
        return Finding("error", "no-such-case", place, message, remedy)
    return None


def _read_workbook(path: Path) -> CaseFiles:
    """Every sheet of a workbook that is one of the case format."""
    from outlast.tables.workbook import parse_workbook

    file = path.name
    data, findings = read_bytes(path)
    if data is None:
        return CaseFiles(findings=findings, refused=True)
    book, bad = parse_workbook(data, file, _kinds_of_sheet)
    if book is None:
        return CaseFiles(findings=bad, refused=True)
    findings = (*bad, *_list_strange_sheets(file, book.sheets))
    sheet_of, twice = _name_sheets(file, book.sheets)
    places = {name: Place(file, sheet=sheet_of.get(name, name)) for name in (CASE_SHEET, *TABLES)}
    missing = [name for name in REQUIRED if name not in sheet_of]
    findings = (*findings, *twice, *(_miss_sheet(places[name]) for name in missing))
    tables = {name: book.tables[sheet] for name, sheet in sheet_of.items() if sheet in book.tables}
    settings: str | None = ""
    lines: Mapping[str, int] = {}
    if CASE_SHEET in tables:
        settings, lines, bad = compose_settings(tables.pop(CASE_SHEET))
        findings = (*findings, *bad)
    elif CASE_SHEET in sheet_of:
        settings = None
    return CaseFiles(
        tables={name: tables[name] for name in TABLES if name in tables},
        unread=frozenset(
            name for name in TABLES if name not in tables and (name in sheet_of or name in REQUIRED)
        ),
        places=places,
        settings=settings,
        setting_lines=lines,
        hashes={file: hashlib.sha256(data).hexdigest()},
        findings=findings,
    )


def _kinds_of_sheet(sheet: str) -> Mapping[str, str] | None:
    """Kind of each column of the table that a sheet holds; None where it is no sheet of a case."""
    name = _plain_name(sheet)
    if name == CASE_SHEET:
        return CASE_COLUMNS
    if name not in TABLES:
        return None
    return {column: declaration.kind for column, declaration in declarations(TABLES[name]).items()}


def _plain_name(sheet: str) -> str:
    """Name of the table that a sheet holds: capitals do not matter, a blank is an underscore."""
    return "_".join(sheet.lower().split())


def _name_sheets(file: str, sheets: Sequence[str]) -> tuple[dict[str, str], list[Finding]]:
    """The sheet of each table, and what is wrong with the names of sheets."""
    found: dict[str, str] = {}
    findings = []
    for sheet in sheets:
        name, place = _plain_name(sheet), Place(file, sheet=sheet)
        if name not in TABLES and name != CASE_SHEET:
            continue
        if name in found:
            message = f"The table {name} is given twice: on the sheets {found[name]!r} and {sheet!r}."
            findings.append(Finding("error", "table-twice", place, message, "Keep one of these sheets."))
            continue
        found[name] = sheet
        if sheet != name:
            message = f"The sheet {sheet!r} is read as the table {name}."
            findings.append(Finding("warning", "sheet-name", place, message, f"Name it {name}."))
    return found, findings


def _list_strange_sheets(file: str, sheets: Sequence[str]) -> list[Finding]:
    """Sheets that are no table of the case format."""
    known = [CASE_SHEET, *TABLES, RECORD_SHEET]
    absent = sorted(set(known) - set(map(_plain_name, sheets)))
    findings = []
    for sheet in sheets:
        if _plain_name(sheet) not in known and _plain_name(sheet) not in HELPING_SHEETS:
            message = f"The sheet {sheet!r} is no table of the case format; it is left out."
            remedy = propose_nearest(sheet, absent) or "Rename or remove it."
            findings.append(Finding("warning", "unknown-sheet", Place(file, sheet=sheet), message, remedy))
    return findings


def _miss_sheet(place: Place) -> Finding:
    message = f"The workbook has no sheet {place.sheet}."
    remedy = "Add it; a heading without rows says that there are none."
    return Finding("error", "missing-file", place, message, remedy)


def read_record_table(path: Path) -> tuple[Table | None, tuple[Finding, ...]]:
    """The table of what was done in fact, None where a case has none or it cannot be read; and findings."""
    if path.is_dir():
        if not (path / RECORD_FILE).exists():
            return None, ()
        data, findings = read_bytes(path / RECORD_FILE)
        return (None, findings) if data is None else parse_csv(data, RECORD_FILE)
    from outlast.tables.workbook import parse_workbook

    data, findings = read_bytes(path)
    if data is None:
        return None, findings
    book, findings = parse_workbook(
        data, path.name, lambda sheet: {} if _plain_name(sheet) == RECORD_SHEET else None
    )
    return next(iter(book.tables.values()), None) if book else None, findings


@dataclass
class _Folder:
    """A case folder and what has been read of it."""

    path: Path
    findings: list[Finding] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    places: dict[str, Place] = field(default_factory=dict)

    def read(self, file: str, limit: int = LARGEST_FILE) -> bytes | None:
        """Contents of a file; None, with a finding, where it cannot be read."""
        data, bad = read_bytes(self.path / file, limit)
        self.findings.extend(bad)
        if data is not None:
            self.hashes[file] = hashlib.sha256(data).hexdigest()
        return data

    def read_table(self, name: str, form: FileForm) -> None:
        """The file of a table, if it has one."""
        given = [name + suffix for suffix in _TABLE_READERS if (self.path / (name + suffix)).exists()]
        file = given[0] if given else f"{name}.csv"
        self.places[name] = Place(file)
        if len(given) > 1:
            message = f"The table {name} is given twice: {' and '.join(given)}."
            finding = Finding("error", "table-twice", Place(file), message, "Keep one of these files.")
            self.findings.append(finding)
        elif not given and name in REQUIRED:
            self.findings.append(_miss_file(file))
        elif given and (data := self.read(file)) is not None:
            table, bad = _TABLE_READERS[Path(file).suffix](data, file, form)
            self.findings.extend(bad)
            if table is not None:
                self.tables[name] = table
        if (given or name in REQUIRED) and name not in self.tables:
            self.unread.add(name)


_TABLE_READERS: Mapping[str, Callable[[bytes, str, FileForm], tuple[Table | None, tuple[Finding, ...]]]] = (
    MappingProxyType(
        {
            ".csv": parse_csv,
            ".parquet": lambda data, file, form: parse_parquet(data, file),
        }
    )
)
"""What reads the file of a table, by how its name ends; the form is for text only."""


def _read_folder(path: Path) -> CaseFiles:
    """Every file of a case folder."""
    folder = _Folder(path, places={"case": Place(CASE_FILE)})
    settings: str | None = None
    if not (path / CASE_FILE).exists():
        folder.findings.append(_miss_file(CASE_FILE))
    elif (data := folder.read(CASE_FILE, LARGEST_SETTINGS)) is not None:
        settings, bad = parse_text(data, CASE_FILE)
        folder.findings.extend(bad)
    forms, bad = read_forms(settings or "", folder.places["case"])
    folder.findings.extend(bad)
    for name in TABLES:
        folder.read_table(name, forms[name])
    folder.findings.extend(_list_strangers(path))
    return CaseFiles(
        tables=folder.tables,
        unread=frozenset(folder.unread),
        places=folder.places,
        settings=settings,
        hashes=folder.hashes,
        findings=tuple(folder.findings),
    )


def _list_names() -> list[str]:
    """Names that the files of tables may have."""
    return [table + suffix for suffix in _TABLE_READERS for table in TABLES]


def _miss_file(file: str) -> Finding:
    remedy = "Add it; `outlast init` shows one."
    if file != CASE_FILE:
        remedy = "Add it; a heading without rows says that there are none."
    return Finding("error", "missing-file", Place(file), f"The case has no file {file}.", remedy)


def _list_strangers(folder: Path) -> list[Finding]:
    """Files that look like tables, but are none of the case format."""
    known = [CASE_FILE, RECORD_FILE, *_list_names()]
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
