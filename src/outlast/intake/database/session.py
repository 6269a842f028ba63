"""Rows of a database that is only read. In: an address and queries. Out: `Table`s of text.
One reason to exist: whatever a query says, the database itself refuses to write, rows come in
portions up to a limit, and what goes wrong is one sentence without a secret.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from outlast.errors import UsageError
from outlast.intake.database.address import Address
from outlast.intake.database.queries import check_query
from outlast.tables import Table
from outlast.tables.table import ColumnsBuilder

CONNECT_SECONDS = 10
"""Time that a database may take to answer at all [seconds]."""
_PORTION = 10_000
"""Rows that are taken at a time."""
_DRIVERS = {
    "postgresql": "outlast[postgres]",
    "mysql": "outlast[mysql]",
    "mariadb": "outlast[mysql]",
    "oracle": "oracledb",
}
_WITH_TIMEOUT = ("psycopg", "psycopg2", "pymysql", "mysqldb", "mysqlconnector")
"""Drivers that take `connect_timeout`."""
_READ_ONLY = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
"""How MySQL and MariaDB are told: this transaction, and any after it, only reads."""


@dataclass(frozen=True)
class Session:
    """An open transaction that cannot write, or that is never committed."""

    connection: Connection
    address: Address
    row_limit: int
    timeout_seconds: float
    guarded: bool
    """Whether the database itself refuses to write; where not, only the check of the query does."""

    def fetch(self, name: str, query: str) -> Table:
        """Rows of one query as text.

        Args:
            name: what the rows are called in messages.
            query: one statement that only reads.

        Raises:
            UsageError: the query does anything else, fails, gives too much, or takes too long.
        """
        refusal = check_query(query, self.address.url.get_backend_name())
        if refusal:
            raise UsageError(f"The query for {name} is not run: {refusal}. Write one SELECT.")
        with _sentences(self.address, f"the query for {name}"):
            _limit_sqlite(self.connection, self.timeout_seconds)
            return self._fetch(name, query)

    def _fetch(self, name: str, query: str) -> Table:
        """Rows of a query that is not checked any more: the database is the last guard."""
        # Without `no_parameters` a driver would take the % of a LIKE for a parameter.
        options = {"stream_results": True, "yield_per": _PORTION, "no_parameters": True}
        result = self.connection.exec_driver_sql(query, execution_options=options)
        if not result.returns_rows:
            raise UsageError(f"The query for {name} gives no rows.")
        heading = tuple(map(str, result.keys()))
        twice = {column for column in heading if heading.count(column) > 1}
        if twice:
            raise UsageError(
                f"The query for {name} names {min(twice)} twice: give each column a name of its own."
            )
        builder, count = ColumnsBuilder(len(heading)), 0
        for portion in result.partitions(_PORTION):
            count += len(portion)
            if count > self.row_limit:
                raise UsageError(
                    f"The query for {name} gives more than {self.row_limit:,} rows. Ask for fewer, or raise "
                    "row_limit in the file of the queries."
                )
            builder.extend([[_write(value, name) for value in row] for row in portion])
        return Table(f"query {name}", heading, None, builder.columns(), range(1, count + 1))


@contextmanager
def open_session(address: Address, *, row_limit: int, timeout_seconds: float) -> Iterator[Session]:
    """A transaction in which a database is only read; it is rolled back in any case.

    Args:
        address: of the database.
        row_limit: rows that one query may give.
        timeout_seconds: time that one query may take [seconds].

    Raises:
        UsageError: the database cannot be reached or does not answer; the message is one sentence.
    """
    engine: Engine | None = None
    try:
        with _sentences(address, "the database"):
            engine = _make_engine(address)
            connection = engine.connect()
        try:
            with _sentences(address, "the database"):
                guarded = _forbid_writing(connection, timeout_seconds)
            yield Session(connection, address, row_limit, timeout_seconds, guarded)
        finally:
            # Closing rolls back; a connection that the database has dropped needs no rolling back.
            with suppress(SQLAlchemyError):
                connection.close()
    finally:
        if engine is not None:
            engine.dispose()


def _make_engine(address: Address) -> Engine:
    url = address.url
    if url.get_backend_name() == "sqlite":
        creator = _sqlite_creator(url.database or "")
        return create_engine("sqlite://", creator=creator, poolclass=NullPool)
    arguments: dict[str, Any] = {}
    if url.get_driver_name() in _WITH_TIMEOUT:
        arguments["connect_timeout"] = CONNECT_SECONDS
    return create_engine(url, connect_args=arguments, poolclass=NullPool, hide_parameters=True)


def _sqlite_creator(file: str) -> Callable[[], sqlite3.Connection]:
    """Opens an SQLite file so that SQLite itself refuses to write."""
    path = Path(file.removeprefix("file:").partition("?")[0])
    if not path.is_file():
        raise UsageError(f"There is no SQLite file {path}.")

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=CONNECT_SECONDS)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection

    return connect


def _limit_sqlite(connection: Connection, seconds: float) -> None:
    """Stop a query of SQLite that takes too long; other databases do that themselves."""
    if connection.dialect.name == "sqlite":
        end = time.monotonic() + seconds
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(lambda: time.monotonic() > end, 10_000)


def _forbid_writing(connection: Connection, timeout_seconds: float) -> bool:
    """Tell the database that this transaction only reads, and how long a query may take; whether it can.

    SQLite is opened for reading, so that it needs to be told of the transaction only.
    """
    milliseconds = max(1, round(timeout_seconds * 1000))
    statements = {
        "sqlite": ("BEGIN",),
        "postgresql": (
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            f"SET LOCAL statement_timeout = {milliseconds}",
        ),
        "mysql": (
            f"SET SESSION max_execution_time = {milliseconds}",
            *_READ_ONLY,
        ),
        "mariadb": (
            f"SET SESSION max_statement_time = {timeout_seconds}",
            *_READ_ONLY,
        ),
        "oracle": ("SET TRANSACTION READ ONLY",),
    }
    name = connection.dialect.name
    if name == "mysql" and getattr(connection.dialect, "is_mariadb", False):
        name = "mariadb"
    for statement in statements.get(name, ()):
        connection.exec_driver_sql(statement)
    return name in statements


@contextmanager
def _sentences(address: Address, what: str) -> Iterator[None]:
    """Whatever a driver raises becomes one sentence without a secret."""
    try:
        yield
    except UsageError:
        raise
    except (NoSuchModuleError, ModuleNotFoundError):
        backend = address.url.get_backend_name()
        driver = _DRIVERS.get(backend, "a SQLAlchemy driver for it")
        raise UsageError(f"A driver for {backend} is missing: install {driver}.") from None
    except DBAPIError as error:
        reason = address.hide(str(error.orig)) or type(error.orig).__name__
        raise UsageError(f"{address.name}: {what} failed: {reason.rstrip('.')}.") from None
    except (SQLAlchemyError, sqlite3.Error, OSError, ValueError, TypeError, UnicodeError) as error:
        reason = address.hide(str(error)) or type(error).__name__
        raise UsageError(f"{address.name}: {what} failed: {reason.rstrip('.')}.") from None


def _write(value: Any, name: str) -> str:
    """A value of the database as text of the case format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f") if abs(value) < 1e300 else str(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.time().min else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    kind = type(value).__name__
    raise UsageError(
        f"The query for {name} gives a value of type {kind}: turn it into text or a number there."
    )
