"""Runs of `outlast import`. In: foreign data and wishes. Out: `Outcome`.
One reason to exist: foreign tables, a foreign ERP and databases become a case in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from outlast.pipeline.outcome import Outcome, Progress
from outlast.report.stored import describe

if TYPE_CHECKING:
    from outlast.intake.mapping.dialogue import Terminal
    from outlast.intake.mapping.importing import ImportAnswer, Wishes


def wish(
    case: Path | None,
    table: str,
    mapping: Path | None,
    keep: Iterable[str],
    mode: str,
    sheet: str = "",
    encoding: str = "",
    separator: str = "",
) -> Wishes:
    """Options of an import as one object; `keep` holds HEADING=TEXT."""
    from outlast.intake.mapping.importing import Wishes, pair_keeps

    return Wishes(case, table, mapping, pair_keeps(keep), cast(Any, mode), sheet, encoding, separator)


def run_import_table(file: Path, wishes: Wishes, terminal: Terminal | None) -> Outcome:
    """Bring a foreign table into a case, asking where it is in doubt what a column means."""
    from outlast.intake.mapping.importing import import_file

    return _tell_imports([import_file(file, wishes, terminal)])


def run_import_adventureworks(
    source: Path, case: Path, *, assumptions: Path | None = None, replace: bool = False, progress: Progress
) -> Outcome:
    """Make a case of AdventureWorks' tables, and account for every row of them."""
    from outlast.intake.erp.adventureworks import import_adventureworks
    from outlast.intake.erp.assumptions import NO_ASSUMPTIONS, read_assumptions
    from outlast.intake.erp.told import describe_import, tell_import
    from outlast.intake.erp.written import write_import

    assumed = read_assumptions(assumptions) if assumptions else NO_ASSUMPTIONS
    progress("reading the tables")
    imported = import_adventureworks(source, assumed, progress)
    written = write_import(imported, case, replace)
    document = {**describe_import(imported), "written": [str(path) for path in written]}
    return Outcome(tell_import(imported), document, written)


def run_import_database(
    url: str,
    queries: Path,
    wishes: Wishes,
    terminal: Terminal | None,
    *,
    environment: Mapping[str, str],
    ask_password: Callable[[], str] | None = None,
    progress: Progress,
) -> Outcome:
    """Bring the rows of queries into a case; the database is only read."""
    from outlast.intake.database.address import read_address
    from outlast.intake.database.importing import import_database, read_queries

    asked = read_queries(queries)
    address = read_address(url, environment, ask_password)
    progress(f"reading {address.name}")
    answers, guarded = import_database(address, asked, queries.parent, wishes, terminal)
    if not guarded:
        progress("this kind of database cannot be told to only read: use an account that may only read")
    return _tell_imports(answers)


def _tell_imports(answers: Sequence[ImportAnswer]) -> Outcome:
    """What imports did, in words and as data."""
    document = {
        "imports": [
            {
                "table": answer.table,
                "file": answer.file,
                "rows": answer.rows,
                "columns": dict(answer.columns),
                "unused": list(answer.unused),
                "left_out": dict(answer.left_out),
                "notes": list(answer.notes),
                "added": len(answer.change.added) if answer.change else 0,
                "changed": len(answer.change.changed) if answer.change else 0,
                "same": answer.change.same if answer.change else 0,
                "missing": len(answer.change.missing) if answer.change else 0,
                "done": answer.done,
                "findings": describe(answer.findings),
            }
            for answer in answers
        ],
        "written": [str(path) for answer in answers for path in answer.written],
    }
    written = tuple(path for answer in answers for path in answer.written)
    text = "\n".join(answer.text for answer in answers)
    return Outcome(text, document, written, ok=all(answer.done for answer in answers))
