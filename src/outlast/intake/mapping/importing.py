"""One foreign table into a case, from file to diff. In: a table, a case folder, what is remembered,
perhaps a terminal. Out: `ImportAnswer` and files. One reason to exist: a file and a database query
go the same way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outlast.errors import CaseError, Finding, UsageError
from outlast.intake.mapping.case_table import (
    Change,
    Mode,
    compare,
    describe,
    read_known,
    read_start,
    refuse_other_forms,
    write_files,
)
from outlast.intake.mapping.conversion import Converted, ask_same, convert
from outlast.intake.mapping.dialogue import Terminal, decide, describe_filling, describe_question, put
from outlast.intake.mapping.foreign_file import read_foreign_file
from outlast.intake.mapping.foreign_table import ForeignTable
from outlast.intake.mapping.periods import (
    Period,
    add_rules,
    ask_periods,
    find_periods,
    rest_of,
    unpivot,
)
from outlast.intake.mapping.proposal import Known
from outlast.intake.mapping.remembered import COLUMNS, GOES_ON, TableMapping, parse_mapping, write_mapping
from outlast.intake.mapping.weekly import spread_by_week
from outlast.network.declarations import KEYS
from outlast.network.network import TABLES
from outlast.tables import Table, parse_text, read_bytes

MAPPINGS = "mappings"
"""Folder of a case in which mappings are remembered."""


@dataclass(frozen=True)
class Wishes:
    """What the user asks of an import."""

    case: Path | None = None
    """Folder of the case; None: say what would be imported, and write no table."""
    table: str = ""
    mapping: Path | None = None
    """File of the mapping, read where it exists, else written; None: the one the case remembers."""
    keep: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    mode: Mode = "refuse"
    sheet: str = ""
    encoding: str = ""
    separator: str = ""


@dataclass(frozen=True)
class ImportAnswer:
    """What an import did."""

    table: str
    file: str
    rows: int
    columns: Mapping[str, str]
    """How each column of the case was filled, in words."""
    unused: tuple[str, ...]
    """Columns of the file that fill nothing."""
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    """What else is to be known of the figures."""
    change: Change | None
    text: str
    written: tuple[Path, ...]
    done: bool
    """False where the case was left as it was because rows would change."""
    findings: tuple[Finding, ...] = ()
    """What to know of the file itself; all are warnings."""


def import_file(path: Path, wishes: Wishes, terminal: Terminal | None) -> ImportAnswer:
    """Bring a file into a case; sheet, encoding and separator are those wished for, else those remembered.

    Raises:
        CaseError: the file cannot be read, or as `import_table`.
        UsageError: as `import_table`.
    """
    remembered = next((m for m in _list_remembered(wishes) if m.file == path.name), TableMapping())
    form = {
        "sheet": wishes.sheet or remembered.sheet,
        "encoding": wishes.encoding or remembered.encoding,
        "separator": wishes.separator or remembered.separator,
    }
    file = read_foreign_file(path, **form)
    wishes = dataclasses.replace(wishes, encoding=form["encoding"], separator=form["separator"])
    answer = import_table(file.table, file.sha256, wishes, terminal)
    text = "\n".join((*map(str, file.warnings), answer.text))
    return dataclasses.replace(answer, findings=file.warnings, text=text)


def import_table(table: Table, sha256: str, wishes: Wishes, terminal: Terminal | None) -> ImportAnswer:
    """Bring one foreign table into a case.

    Args:
        table: as it was read.
        sha256: of what it was read from.
        wishes: case, table, mapping.
        terminal: whom to ask; None: nobody.

    Raises:
        CaseError: something is undecided and there is nobody to ask, or cells cannot be read.
        UsageError: a file cannot be written, or a wish makes no sense.
    """
    return finish([prepare(table, sha256, wishes, terminal)])[0]


@dataclass(frozen=True)
class Prepared:
    """An import of which nothing is written yet."""

    answer: ImportAnswer
    files: Mapping[Path, str]
    """Text of each file to be written."""
    known: Known
    """Identifiers that it brings, by `table.column`."""


def prepare(
    table: Table, sha256: str, wishes: Wishes, terminal: Terminal | None, more_known: Known | None = None
) -> Prepared:
    """Decide, convert and compare; arguments and errors as for `import_table`.

    `more_known` are identifiers that come into the case together with this table.
    """
    if not len(table):
        raise UsageError(f"{table.file} has a heading, but no rows below it.")
    if wishes.case:
        refuse_other_forms(wishes.case, wishes.table)
    if wishes.table and wishes.table not in TABLES:
        raise UsageError(f"{wishes.table} is no table; choose one of {', '.join(TABLES)}.")
    start = _find_mapping(table, wishes)
    strange = set(start.keep) - {name.strip() for name in table.heading}
    if strange:
        raise UsageError(f"{table.file} has no column {min(strange)}, which --keep names.")
    table, start, periods, notes = _lay_out(table, start, terminal)
    known, currency = read_known(wishes.case)
    foreign = ForeignTable.read(table, {**known, **(more_known or {})}, currency, start.keep)
    if not any(reading.rows for reading in foreign.readings.values()):
        raise UsageError("No row has the texts that --keep asks for.")
    mapping = decide(start, foreign, terminal)
    if not mapping.rules:
        raise UsageError(f"No column of {table.file} fills a column of {mapping.table}.")
    converted, findings = convert(mapping, foreign)
    if converted is not None and (question := ask_same(mapping, converted)):
        if terminal is None:
            raise CaseError([describe_question(question, mapping, table.file)])
        mapping = put(question, mapping, terminal)
        converted, findings = convert(mapping, foreign)
    if converted is None:
        raise CaseError(findings)
    if mapping.orders or mapping.long:
        converted, more = _sum_by_week(converted, mapping, periods, wishes)
        notes += more
    mapping = dataclasses.replace(
        mapping,
        file=table.file,
        sha256=sha256,
        sheet=table.sheet or "",
        encoding=wishes.encoding,
        separator=wishes.separator,
        heading=tuple(name.strip() for name in table.heading),
    )
    return _compare(mapping, converted, wishes, foreign, tuple(notes))


def _lay_out(
    table: Table, mapping: TableMapping, terminal: Terminal | None
) -> tuple[Table, TableMapping, tuple[Period, ...], list[str]]:
    """The table with a row for each period, where its columns are periods of demand; and what to tell.

    Raises:
        CaseError: it is open what they are, and there is nobody to ask.
    """
    if mapping.table not in ("", "demand") or mapping.periods == COLUMNS:
        return table, mapping, (), []
    try:
        periods = find_periods(table.heading)
    except UsageError:
        # Of a table of another kind such headings say nothing.
        if mapping.table != "demand":
            return table, mapping, (), []
        raise
    for question in ask_periods(periods):
        if mapping.periods == COLUMNS or getattr(mapping, question.about):
            continue
        if terminal is None:
            raise CaseError([describe_question(question, mapping, table.file)])
        mapping = put(question, mapping, terminal)
    if not periods or not mapping.long:
        return table, mapping, (), []
    long, notes = unpivot(table, periods, mapping)
    return long, add_rules(mapping), periods, notes


def _sum_by_week(
    converted: Converted, mapping: TableMapping, periods: Sequence[Period], wishes: Wishes
) -> tuple[Converted, list[str]]:
    """Demand by week from the start of the case on.

    Raises:
        UsageError: the case has no start, or all of the demand lies before it.
    """
    start = read_start(wishes.case) if wishes.case else None
    if wishes.case and start is None:
        raise UsageError(
            f"{wishes.case / 'case.toml'} gives no start, so that what is past and what is demand cannot be "
            "told apart. Write it first, such as start = 2027-01-04."
        )
    lengths = {period.first: period.days for period in periods} if mapping.long else None
    return spread_by_week(converted, start, lengths, mapping.after == GOES_ON)


def finish(imports: Sequence[Prepared]) -> list[ImportAnswer]:
    """Write the files of all imports, or of none where one would change rows unasked."""
    done = all(prepared.answer.done for prepared in imports)
    files = {path: text for prepared in imports for path, text in prepared.files.items()}
    if not done:
        files = {path: text for path, text in files.items() if path.suffix == ".toml"}
    written = write_files(files) if files else ()
    return [
        dataclasses.replace(
            prepared.answer, written=tuple(path for path in written if path in prepared.files), done=done
        )
        for prepared in imports
    ]


def _compare(
    mapping: TableMapping,
    converted: Converted,
    wishes: Wishes,
    foreign: ForeignTable,
    notes: tuple[str, ...],
) -> Prepared:
    """What would be written, and what to tell."""
    if wishes.case:
        refuse_other_forms(wishes.case, mapping.table)
    change = compare(wishes.case, mapping.table, converted, wishes.mode) if wishes.case else None
    done = change is None or change.harmless or wishes.mode != "refuse"
    files: dict[Path, str] = {}
    if change is not None and done and wishes.case and (change.fresh or not change.harmless):
        files[wishes.case / f"{mapping.table}.csv"] = change.text
    path = mapping_path(mapping, wishes)
    if path:
        files[path] = write_mapping(mapping)
    read = {heading for rule in mapping.rules.values() for heading in rule.headings} | set(mapping.keep)
    found = ImportAnswer(
        table=mapping.table,
        file=mapping.file,
        rows=len(converted.rows),
        columns={column: describe_filling(mapping, column, foreign) for column in mapping.rules},
        unused=tuple(heading for heading in foreign.readings if heading not in read),
        left_out=converted.left_out,
        notes=notes,
        change=change,
        text="",
        written=(),
        done=done,
    )
    known: dict[str, frozenset[str]] = {}
    column = KEYS[mapping.table][0]
    if column in converted.columns and mapping.table in ("items", "suppliers", "sources", "markets"):
        at = converted.columns.index(column)
        known[f"{mapping.table}.{column}"] = frozenset(row[at] for row in converted.rows)
    return Prepared(dataclasses.replace(found, text=_tell(found, mapping, wishes)), files, known)


def mapping_path(mapping: TableMapping, wishes: Wishes) -> Path | None:
    """Where a mapping is remembered; None where there is no case and no name was given."""
    if wishes.mapping:
        return wishes.mapping
    if not wishes.case:
        return None
    stem = "".join(letter if letter.isalnum() else "-" for letter in Path(mapping.file).stem).strip("-")
    return wishes.case / MAPPINGS / f"{mapping.table}-{stem[:60] or 'table'}.toml"


def read_mapping(path: Path) -> TableMapping:
    """The mapping that a file holds.

    Raises:
        CaseError: it holds none; all that is wrong is attached.
    """
    data, findings = read_bytes(path, 2**20)
    text, more = parse_text(data, path.name) if data is not None else (None, ())
    if text is None:
        raise CaseError((*findings, *more))
    mapping, findings = parse_mapping(text, path.name)
    if mapping is None:
        raise CaseError(findings)
    return mapping


def _find_mapping(table: Table, wishes: Wishes) -> TableMapping:
    """What is remembered of such a table: the named file, else the only one of the case with the same
    headings, in whatever order."""
    remembered = _list_remembered(wishes)
    if wishes.mapping and remembered:
        found = remembered[0]
        if wishes.table and found.table != wishes.table:
            raise UsageError(f"{wishes.mapping} is a mapping for {found.table}, not for {wishes.table}.")
    else:
        fitting = [m for m in remembered if _has_heading(m, table) and wishes.table in ("", m.table)]
        fitting = [m for m in fitting if m.file == table.file] or fitting
        found = fitting[0] if len(fitting) == 1 else TableMapping(table=wishes.table)
    return dataclasses.replace(found, keep={**found.keep, **wishes.keep}) if wishes.keep else found


def _has_heading(mapping: TableMapping, table: Table) -> bool:
    """Whether a mapping was decided for such headings; which periods they are makes no difference."""
    names = rest_of(table.heading) if mapping.long else [name.strip() for name in table.heading]
    return sorted(mapping.heading) == sorted(names)


def _list_remembered(wishes: Wishes) -> list[TableMapping]:
    """The named mapping, else all that the case remembers; broken ones of the case are passed by."""
    if wishes.mapping:
        return [read_mapping(wishes.mapping)] if wishes.mapping.exists() else []
    found = []
    for path in sorted((wishes.case / MAPPINGS).glob("*.toml")) if wishes.case else ():
        try:
            found.append(read_mapping(path))
        except CaseError:
            continue
    return found


def _tell(found: ImportAnswer, mapping: TableMapping, wishes: Wishes) -> str:
    """What was imported and how, in words."""
    width = max(map(len, found.columns), default=0)
    lines = [f"{found.file}: {found.rows:,} rows for {found.table}"]
    lines += [f"  {column:<{width}}  <- {words}" for column, words in found.columns.items()]
    lines += [f"  left out: {times:,} rows, {reason}" for reason, times in found.left_out.items()]
    lines += [f"  note: {note}" for note in found.notes]
    if found.unused:
        lines.append(f"  not used: {', '.join(found.unused)}")
    constants = [column for column, rule in mapping.rules.items() if rule.constant is not None]
    if constants:
        lines.append(f"  given by hand, so an assumption: {', '.join(constants)}")
    if found.change is not None:
        lines.append(describe(found.change, found.table, wishes.mode))
        if not found.done:
            lines.append(
                f"{found.table}.csv was left as it was, for it has rows already. Take the new figures and "
                "keep the other rows with --merge, or put the new rows in place of all with --replace."
            )
        if found.done:
            lines.append(f"next: outlast check {wishes.case}")
    else:
        lines.append("No case was named, so no table was written.")
    return "\n".join(lines)


def pair_keeps(pairs: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Texts to keep by heading, from `HEADING=TEXT`; several texts of one heading are alternatives.

    Raises:
        UsageError: a pair has no equals sign.
    """
    keep: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        heading, sign, text = pair.partition("=")
        if not sign or not heading.strip():
            raise UsageError(f"--keep {pair} makes no sense: write --keep HEADING=TEXT.")
        keep[heading.strip()] = (*keep.get(heading.strip(), ()), text.strip())
    return keep
