"""A database into a case. In: address, queries, a case folder. Out: one `ImportAnswer` a table.
One reason to exist: all tables are read in one transaction and written together or not at all.
"""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from outlast.errors import CaseError, Finding
from outlast.intake.database.address import Address
from outlast.intake.database.queries import Queries, parse_queries
from outlast.intake.database.session import open_session
from outlast.intake.mapping.dialogue import Terminal
from outlast.intake.mapping.importing import ImportAnswer, Prepared, Wishes, finish, prepare
from outlast.tables import parse_text, read_bytes


def read_queries(path: Path) -> Queries:
    """The queries that a file holds.

    Raises:
        CaseError: the file cannot be read, or holds none; all that is wrong is attached.
    """
    data, findings = read_bytes(path, 2**20)
    text, more = parse_text(data, path.name) if data is not None else (None, ())
    if text is None:
        raise CaseError((*findings, *more))
    queries, findings = parse_queries(text, path.name)
    if queries is None:
        raise CaseError(findings)
    return queries


def import_database(
    address: Address, queries: Queries, folder: Path, wishes: Wishes, terminal: Terminal | None
) -> tuple[list[ImportAnswer], bool]:
    """Read all queries and bring their rows into a case.

    Args:
        address: of the database.
        queries: a query for each table.
        folder: in which files of mappings are looked for.
        wishes: case and mode; table and mapping are those of each query.
        terminal: whom to ask; None: nobody.

    Returns:
        What was done with each table; and whether the database itself refused to write.

    Raises:
        CaseError: something is undecided and there is nobody to ask, or cells cannot be read.
        UsageError: the database or a query fails; the message is one sentence.
    """
    limit, seconds = queries.row_limit, queries.timeout_seconds
    with open_session(address, row_limit=limit, timeout_seconds=seconds) as session:
        tables = {name: session.fetch(name, query.text) for name, query in queries.by_table.items()}
        guarded = session.guarded
    prepared: list[Prepared] = []
    known: dict[str, frozenset[str]] = {}
    findings: list[Finding] = []
    for name, table in tables.items():
        query = queries.by_table[name]
        mapping = folder / query.mapping if query.mapping else None
        wish = dataclasses.replace(wishes, table=name, mapping=mapping)
        sha256 = hashlib.sha256(query.text.encode()).hexdigest()
        try:
            prepared.append(prepare(table, sha256, wish, terminal, known))
            known |= prepared[-1].known
        except CaseError as error:
            findings += error.findings
    if findings:
        raise CaseError(findings)
    return finish(prepared), guarded
