"""A real PostgreSQL is read, and refuses to be written whatever a query says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from outlast.errors import UsageError
from outlast.intake.database.address import Address, read_address
from outlast.intake.database.session import open_session

pytestmark = pytest.mark.slow

PASSWORD = "Geh3im!"
OUTLAST = str(Path(sys.executable).with_name("outlast"))
WRITES = [
    "INSERT INTO mara VALUES ('X', 'ROH', 1, 1, NULL, NULL)",
    "DELETE FROM mara",
    "UPDATE mara SET stprs = 0",
    "DROP TABLE mara",
    "CREATE TABLE more (a int)",
    "WITH gone AS (DELETE FROM mara RETURNING *) SELECT * FROM gone",
    "SELECT * INTO copy_of_mara FROM mara",
    "SELECT nextval('numbers')",
    "SELECT * FROM mara FOR UPDATE",
    "SELECT 1; COMMIT; DELETE FROM mara",
    "COMMIT; DELETE FROM mara",
    "SELECT set_config('transaction_read_only', 'off', false)",
]


@pytest.fixture(scope="module")
def database(postgresql: str) -> Iterator[str]:
    """URL, with a reference instead of the password, of a database that holds a small ERP."""
    url = postgresql.replace("planner@", "planner:Geh3im!@")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE mara (matnr text, mtart text, stprs numeric(14, 6), peinh int, "
                "ersda date, changed timestamp)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO mara VALUES ('00100', 'ROH', 1234.5, 100, '2026-01-31', '2026-02-01 10:00'), "
                "('A%B', 'FERT', 0.000001, 1, NULL, NULL)"
            )
        )
        connection.execute(text("CREATE SEQUENCE numbers"))
    yield postgresql.replace("planner@", "planner:${PLANNER}@")
    engine.dispose()


@pytest.fixture
def address(database: str) -> Address:
    return read_address(database, {"PLANNER": PASSWORD})


def count_rows(address: Address) -> int:
    engine = create_engine(address.url)
    with engine.connect() as connection:
        count = connection.execute(text("SELECT count(*) FROM mara")).scalar_one()
    engine.dispose()
    return int(count)


def test_values_come_as_text_that_a_case_reads(address: Address) -> None:
    with open_session(address, row_limit=10, timeout_seconds=10) as session:
        table = session.fetch("items", "SELECT * FROM mara WHERE mtart LIKE '%R%' ORDER BY matnr")
        assert session.guarded
    assert table.heading == ("matnr", "mtart", "stprs", "peinh", "ersda", "changed")
    assert table.rows == [
        ["00100", "ROH", "1234.500000", "100", "2026-01-31", "2026-02-01 10:00:00"],
        ["A%B", "FERT", "0.000001", "1", "", ""],
    ]


@pytest.mark.parametrize("query", WRITES)
def test_a_query_that_does_more_than_read_is_not_run(address: Address, query: str) -> None:
    with open_session(address, row_limit=10, timeout_seconds=10) as session, pytest.raises(UsageError):
        session.fetch("items", query)
    assert count_rows(address) == 2


@pytest.mark.parametrize("query", WRITES)
def test_the_database_itself_refuses_to_write(address: Address, query: str) -> None:
    """The same queries past the check: here only the database is left to say no."""
    with open_session(address, row_limit=10, timeout_seconds=10) as session, pytest.raises(DBAPIError):
        session._fetch("items", query)
    assert count_rows(address) == 2


@pytest.mark.parametrize(
    "query", [query for query in WRITES if query.startswith(("INSERT", "DELETE", "DROP"))]
)
def test_the_transaction_itself_refuses_to_write(address: Address, query: str) -> None:
    """The same without the cursor, which allows no writing either."""
    with (
        open_session(address, row_limit=10, timeout_seconds=10) as session,
        pytest.raises(DBAPIError, match="read-only transaction"),
    ):
        session.connection.exec_driver_sql(query)
    assert count_rows(address) == 2


def test_rows_above_the_limit_are_refused(address: Address) -> None:
    with (
        open_session(address, row_limit=1, timeout_seconds=10) as session,
        pytest.raises(UsageError, match="more than 1 rows"),
    ):
        session.fetch("items", "SELECT matnr FROM mara")


def test_a_large_result_comes_in_portions(address: Address) -> None:
    with open_session(address, row_limit=50_000, timeout_seconds=30) as session:
        table = session.fetch("demand", "SELECT n, n % 7 AS rest FROM generate_series(1, 45000) n")
    assert len(table) == 45_000
    assert table.columns[1][44_999] == "4"


def test_a_query_that_takes_too_long_is_stopped(address: Address) -> None:
    with (
        open_session(address, row_limit=10, timeout_seconds=0.2) as session,
        pytest.raises(UsageError, match="timeout"),
    ):
        session.fetch("items", "SELECT pg_sleep(30)")


def test_a_wrong_password_is_one_sentence_without_it(database: str) -> None:
    address = read_address(database, {"PLANNER": "Wr0ng-secret"})
    with pytest.raises(UsageError) as caught, open_session(address, row_limit=1, timeout_seconds=1):
        pass
    assert "password authentication failed" in str(caught.value)
    assert "Wr0ng-secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_table_is_named(address: Address) -> None:
    with (
        open_session(address, row_limit=1, timeout_seconds=1) as session,
        pytest.raises(UsageError, match='relation "nothing" does not exist'),
    ):
        session.fetch("items", "SELECT * FROM nothing")


def test_the_command_imports_and_keeps_the_password_to_itself(database: str, tmp_path: Path) -> None:
    queries = tmp_path / "queries.toml"
    queries.write_text('[items]\nquery = "SELECT matnr, mtart, stprs, peinh FROM mara ORDER BY matnr"\n')
    run = subprocess.run(
        [OUTLAST, "import", "database", database, tmp_path / "case", "--queries", queries],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PLANNER": PASSWORD, "OUTLAST_DEBUG": "1"},
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "case/items.csv").read_text() == (
        "item_id,kind,unit_cost\n00100,part,12.345\nA%B,product,0.000001\n"
    )
    everything = run.stdout + run.stderr + "".join(p.read_text() for p in (tmp_path / "case").rglob("*.*"))
    assert PASSWORD not in everything
