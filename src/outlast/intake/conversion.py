"""A case in another form: folder to workbook, workbook to folder. In: two paths. Out: `Conversion`, files.
One reason to exist: nothing is lost on the way, which is checked before anything is written; and what is
there already is never changed unseen.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from outlast.errors import CaseError, Finding, UsageError
from outlast.intake.assemble import check_case, check_files
from outlast.intake.case_folder import Existing, FileBytes, compose_folder, revise_folder
from outlast.intake.case_workbook import render_case
from outlast.intake.content import Content, read_content
from outlast.intake.csv_text import FORMULA_STARTS
from outlast.intake.files import CaseFiles, read_record_table, read_tables
from outlast.intake.replacement import replace_files
from outlast.intake.workbook_revision import revise_workbook
from outlast.network.compare import TableChange, compare_networks
from outlast.network.declarations import declarations
from outlast.network.network import TABLES, Network

WORKBOOK = ".xlsx"


@dataclass(frozen=True)
class ReadCase:
    """A case without errors, and the files that it was read from."""

    path: Path
    files: CaseFiles
    network: Network
    findings: tuple[Finding, ...]

    @classmethod
    def read(cls, path: Path) -> ReadCase:
        """Read a case.

        Raises:
            CaseError: it has errors.
        """
        files = read_tables(path)
        network, findings = check_files(files)
        if network is None:
            raise CaseError(findings)
        return cls(path, files, network, findings)


@dataclass(frozen=True)
class Conversion:
    """What a conversion would write."""

    source: ReadCase
    target: Path
    before: ReadCase | None
    """The case that is at the target already."""
    changes: tuple[TableChange, ...]
    """How the case at the target changes."""
    files: FileBytes
    """Contents by the name in the target folder; of a workbook, by its own name."""
    notes: tuple[str, ...] = ()
    """What to know about what is written."""


def prepare_conversion(source: Path, target: Path, *, parquet: bool = False) -> Conversion:
    """What would be written to bring a case into the form and place of a target; writes nothing.

    A target that holds a case keeps its form, and only what differs is written.

    Args:
        source: a folder or workbook.
        target: a workbook if its name ends in .xlsx, else a folder; new, empty, or a case.
        parquet: write the tables of a new folder as Parquet.

    Raises:
        CaseError: a case has errors.
        UsageError: the target cannot take the case.
    """
    to_workbook = _settle_form(source, target, parquet)
    given = ReadCase.read(source)
    record, faults = read_record_table(source)
    if any(finding.level == "error" for finding in faults):
        raise CaseError(faults)
    content = read_content(given.files, record)
    before = ReadCase.read(target) if _holds_case(target) else None
    changes = compare_networks(before.network, given.network) if before else ()
    notes: list[str] = []
    if before is not None and not changes:
        return Conversion(
            given, target, before, (), {}, ("The two cases are the same: there is nothing to do.",)
        )
    files: FileBytes
    if to_workbook and before is not None:
        files = {target.name: revise_workbook(target, content, given.network, changes)}
        if any(change.removed for change in changes):
            notes.append("Rows that go are emptied; what stands below them stays where it is.")
    elif to_workbook:
        files = {target.name: _render_checked(content, given.network)}
    elif before is not None:
        existing = Existing(target, before.files, before.network)
        files = revise_folder(existing, content, given.network, changes)
    else:
        files = compose_folder(content, given.network, as_parquet=parquet)
    notes += [] if to_workbook or parquet else _tell_formulas(content, files)
    return Conversion(given, target, before, changes, files, tuple(notes))


def carry_out(conversion: Conversion) -> tuple[Path, ...]:
    """Write (or remove) all files of a conversion, or none.

    Returns:
        The files that were written.

    Raises:
        UsageError: a file cannot be written, or the case at the target is not any more as it was compared.
    """
    target, before = conversion.target, conversion.before
    if before is not None and read_tables(target).hashes != before.files.hashes:
        raise UsageError(
            f"{target} was changed meanwhile by somebody else; nothing was written. Run it again."
        )
    folder = target.parent if target.suffix.lower() == WORKBOOK and not target.is_dir() else target
    if folder.exists():
        return replace_files({folder / name: data for name, data in conversion.files.items()})
    stage = folder.with_name(f".{folder.name}.new")
    try:
        stage.mkdir(parents=True)
        try:
            written = replace_files({stage / name: data for name, data in conversion.files.items()})
            stage.rename(folder)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise UsageError(
            f"{error.filename or target} cannot be written: {error.strerror or error}."
        ) from None
    return tuple(folder / path.name for path in written)


def _settle_form(source: Path, target: Path, parquet: bool) -> bool:
    """Whether the target is a workbook.

    Raises:
        UsageError: it is something that is not written, or that must not be written over.
    """
    suffix = target.suffix.lower()
    if (
        suffix in (".xls", ".xlsm", ".xltx", ".xlsb", ".ods", ".csv", ".toml", ".parquet")
        and not target.is_dir()
    ):
        raise UsageError(f"{target}: name a workbook that ends in .xlsx, or a folder.")
    if target.exists() and source.exists() and target.resolve() == source.resolve():
        raise UsageError(f"{target} is the case itself; name another place.")
    if suffix == WORKBOOK and not target.is_dir():
        if parquet:
            raise UsageError("--parquet is for folders, not for a workbook.")
        return True
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file, but neither a workbook nor a folder.")
    if target.is_dir() and any(target.iterdir()):
        if not _holds_case(target):
            raise UsageError(f"{target} holds other things than a case; name a new folder.")
        if parquet:
            raise UsageError(f"{target} holds a case, which keeps its form; name a new folder for Parquet.")
    return False


def _holds_case(target: Path) -> bool:
    """Whether there is something at the target that ought to be a case."""
    if not target.is_dir():
        return target.exists()
    names = {path.name for path in target.iterdir()}
    return bool(names & {"case.toml", *(f"{name}{end}" for name in TABLES for end in (".csv", ".parquet"))})


def _render_checked(content: Content, network: Network) -> bytes:
    """The workbook, once it has been read back as the same case.

    Raises:
        UsageError: it has not.
    """
    data = render_case(content)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "case.xlsx"
        path.write_bytes(data)
        again, findings = check_case(path)
    if again is None or replace(again, hashes={}) != replace(network, hashes={}):
        first = next((str(finding) for finding in findings if finding.level == "error"), "")
        lost = "" if again is None else ", ".join(c.table for c in compare_networks(network, again))
        raise UsageError(f"This case would not come back from a workbook as it is. {first}{lost}".strip())
    return data


def _tell_formulas(content: Content, files: FileBytes) -> list[str]:
    """A note on texts that a spreadsheet would run if it opened the CSV files that are written."""
    found: list[str] = []
    times = 0
    for name, table in content.tables.items():
        if f"{name}.csv" not in files:
            continue
        declared = declarations(TABLES[name])
        for column, cells in table.columns.items():
            if column in declared and declared[column].kind != "text":
                continue
            texts = [v for v in cells.values if isinstance(v, str) and v.startswith(FORMULA_STARTS)]
            times += len(texts)
            found += [f"{name}.{column} {text[:30]!r}" for text in texts[:1]]
    if not times:
        return []
    words = f"{times:,} texts begin like a formula ({', '.join(found[:3])})"
    return [
        f"{words}: do not open these CSV files in a spreadsheet, which would run them; a workbook is safe."
    ]
