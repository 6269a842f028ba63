"""Which query fills which table. In: TOML text. Out: `Queries`, or findings. One reason to exist:
before a database sees a query it is one statement, and that statement only reads.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outlast.errors import Finding, Place
from outlast.network.declarations import propose_nearest
from outlast.network.network import TABLES

ROW_LIMIT = 1_000_000
"""Rows that a query may give, unless the file says otherwise."""
TIMEOUT_SECONDS = 60.0
"""Time that a query may take, unless the file says otherwise [seconds]."""

_DIALECTS: Mapping[str, str] = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "mssql": "tsql",
    "oracle": "oracle",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "databricks": "databricks",
    "duckdb": "duckdb",
    "redshift": "redshift",
    "hana": "postgres",
}


@dataclass(frozen=True, slots=True)
class Query:
    """What fills one table of the case."""

    text: str
    mapping: str = ""
    """File that says which column of the result is which, beside the file of the queries."""


@dataclass(frozen=True, slots=True)
class Queries:
    """All queries of one import."""

    by_table: Mapping[str, Query]
    """Query of each table of the case, in the order of the case format."""
    row_limit: int = ROW_LIMIT
    timeout_seconds: float = TIMEOUT_SECONDS


def parse_queries(text: str, file: str) -> tuple[Queries | None, tuple[Finding, ...]]:
    """The queries that a TOML text holds, or everything wrong with it.

    The file has one section for each table, with `query` and perhaps `mapping`, and above them perhaps
    `row_limit` and `timeout_seconds`.
    """
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, (_bad(file, "", f"This is no TOML: {error}.", _SHAPE),)
    findings: list[Finding] = []
    limit = content.pop("row_limit", ROW_LIMIT)
    timeout = content.pop("timeout_seconds", TIMEOUT_SECONDS)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= 10**7:
        findings.append(_bad(file, "row_limit", "It is no whole number from 1 to 10 million.", "Mend it."))
    if not isinstance(timeout, int | float) or isinstance(timeout, bool) or not 0 < timeout <= 86_400:
        findings.append(_bad(file, "timeout_seconds", "It is no number of seconds up to a day.", "Mend it."))
    queries = {name: _parse_query(name, entry, file, findings) for name, entry in content.items()}
    if not queries:
        findings.append(_bad(file, "", "There is no query.", _SHAPE))
    if findings:
        return None, tuple(findings)
    ordered = {name: query for name in TABLES if (query := queries.get(name))}
    return Queries(ordered, limit, float(timeout)), ()


def check_query(text: str, backend: str) -> str:
    """Why a query must not be run, in words; empty where it is one statement that only reads.

    Args:
        text: SQL.
        backend: kind of database, as SQLAlchemy names it.
    """
    import logging

    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        statements = sqlglot.parse(text, read=_DIALECTS.get(backend))
    except (SqlglotError, RecursionError, ValueError) as error:
        details = getattr(error, "errors", None)
        where = f": {details[0].get('description')}, line {details[0].get('line')}" if details else ""
        return f"it cannot be understood{where}"
    found = [statement for statement in statements if statement is not None]
    if len(found) != 1:
        return f"it holds {len(found)} statements, not one"
    if not isinstance(found[0], exp.Query):
        return "it is no SELECT"
    writes = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Lock, exp.Create, exp.Drop)
    if any(found[0].find(kind) for kind in (*writes, exp.Command)):
        return "it does more than read"
    return ""


def _parse_query(name: str, entry: Any, file: str, findings: list[Finding]) -> Query | None:
    if name not in TABLES:
        remedy = propose_nearest(name, TABLES) or f"Name one of {', '.join(TABLES)}."
        findings.append(_bad(file, name, f"The case format has no table {name}.", remedy))
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("query"), str) or not entry["query"].strip():
        findings.append(_bad(file, name, "It has no query.", _SHAPE))
        return None
    for key in set(entry) - {"query", "mapping"}:
        findings.append(_bad(file, name, f"It has an unknown key {key}.", "Use query and mapping only."))
    if not isinstance(entry.get("mapping", ""), str):
        findings.append(_bad(file, name, "mapping is no name of a file.", 'Write mapping = "items.toml".'))
        return None
    return Query(entry["query"].strip(), entry.get("mapping", ""))


def _bad(file: str, key: str, message: str, remedy: str) -> Finding:
    return Finding("error", "bad-queries", Place(file, column=key or None), message, remedy)


_SHAPE = 'Write a section for each table, such as [items] with query = "SELECT ...".'
