"""A real MariaDB is read, and refuses to be written whatever a query says."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
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
OUTFILE = Path(tempfile.gettempdir()) / f"outlast-{os.getpid()}.txt"
WRITES = [
    "INSERT INTO mara VALUES ('X', 'ROH', 'x', 1, 1, NULL)",
    "REPLACE INTO mara VALUES ('X', 'ROH', 'x', 1, 1, NULL)",
    "DELETE FROM mara",
    "UPDATE mara SET stprs = 0",
    "TRUNCATE TABLE mara",
    "DROP TABLE mara",
    "ALTER TABLE mara ADD COLUMN more int",
    "CREATE TABLE more (a int)",
    "CREATE TABLE more AS SELECT * FROM mara",
    "SELECT change_price()",
    "SELECT 1; DELETE FROM mara",
    "COMMIT; DELETE FROM mara",
]
UNGUARDED = [
    # Every process that runs tests has to name them alike.
    pytest.param(f"SELECT * FROM mara INTO OUTFILE '{OUTFILE}'", id="INTO OUTFILE"),
    "SELECT matnr FROM mara LIMIT 1 INTO @x",
    "SELECT * FROM mara FOR UPDATE",
    "SET SESSION TRANSACTION READ WRITE",
    "COMMIT",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE mara",
    "CALL anything()",
]
"""What a read-only transaction does not forbid in every case: only the check of the query does."""


@pytest.fixture(scope="module")
def database(mariadb: str) -> Iterator[str]:
    """URL, with a reference instead of the password, of a database that holds a small ERP."""
    engine = create_engine(mariadb.replace("planner@", "planner:Geh3im!@"))
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE mara (matnr varchar(18), mtart char(4), maktx varchar(40), stprs decimal(14, 6), "
            "peinh int, ersda date) ENGINE=InnoDB",
            "SET SESSION sql_mode = ''",
            "INSERT INTO mara VALUES ('00100', 'ROH', 'Öl', 1234.5, 100, '2026-01-31'), "
            "('A%B', 'FERT', '镜头', 0.000001, 1, '0000-00-00')",
            "CREATE FUNCTION change_price() RETURNS int MODIFIES SQL DATA "
            "BEGIN UPDATE mara SET stprs = 0; RETURN 1; END",
        ):
            connection.execute(text(statement))
    yield mariadb.replace("planner@", "planner:${PLANNER}@")
    engine.dispose()


@pytest.fixture(params=["mariadb", "mysql"])
def address(database: str, request: pytest.FixtureRequest) -> Address:
    """The server by both names under which SQLAlchemy knows it."""
    return read_address(database.replace("mariadb+", f"{request.param}+"), {"PLANNER": PASSWORD})


def read_all(address: Address) -> list[tuple[object, ...]]:
    engine = create_engine(address.url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT * FROM mara ORDER BY matnr"))]
        tables = [tuple(row) for row in connection.execute(text("SHOW TABLES"))]
    engine.dispose()
    return rows + tables


def test_values_come_as_text_that_a_case_reads(address: Address) -> None:
    with open_session(address, row_limit=10, timeout_seconds=10) as session:
        table = session.fetch("items", "SELECT * FROM `mara` WHERE mtart LIKE '%R%' ORDER BY matnr")
        assert session.guarded
    assert table.heading == ("matnr", "mtart", "maktx", "stprs", "peinh", "ersda")
    assert table.rows == [
        ["00100", "ROH", "Öl", "1234.500000", "100", "2026-01-31"],
        ["A%B", "FERT", "镜头", "0.000001", "1", "0000-00-00"],
    ]


@pytest.mark.parametrize("query", WRITES + UNGUARDED)
def test_a_query_that_does_more_than_read_is_not_run(address: Address, query: str) -> None:
    """A function that writes looks like one that reads: there the database is the guard."""
    before = read_all(address)
    with open_session(address, row_limit=10, timeout_seconds=10) as session, pytest.raises(UsageError):
        session.fetch("items", query)
    assert read_all(address) == before
    assert not OUTFILE.exists()


@pytest.mark.parametrize("query", WRITES)
def test_the_database_itself_refuses_to_write(address: Address, query: str) -> None:
    """The same queries past the check: here only the database is left to say no."""
    before = read_all(address)
    with open_session(address, row_limit=10, timeout_seconds=10) as session, pytest.raises(DBAPIError):
        session.connection.exec_driver_sql(query)
    assert read_all(address) == before


def test_all_queries_see_the_same_state(address: Address) -> None:
    """Another user writes between two queries, and neither sees it."""
    engine = create_engine(address.url)
    with open_session(address, row_limit=10, timeout_seconds=10) as session:
        with engine.begin() as other:
            other.execute(text("INSERT INTO mara VALUES ('NEW', 'ROH', 'x', 1, 1, NULL)"))
        count = session.fetch("items", "SELECT count(*) AS n FROM mara").rows
        with engine.begin() as other:
            other.execute(text("DELETE FROM mara WHERE matnr = 'NEW'"))
        again = session.fetch("stock", "SELECT count(*) AS n FROM mara").rows
    engine.dispose()
    assert count == again == [["2"]]


def test_rows_above_the_limit_are_refused(address: Address) -> None:
    with (
        open_session(address, row_limit=1, timeout_seconds=10) as session,
        pytest.raises(UsageError, match="more than 1 rows"),
    ):
        session.fetch("items", "SELECT matnr FROM mara")


def test_a_large_result_comes_in_portions(address: Address) -> None:
    with open_session(address, row_limit=50_000, timeout_seconds=30) as session:
        table = session.fetch("demand", "SELECT seq AS n, seq % 7 AS rest FROM seq_1_to_45000")
    assert len(table) == 45_000
    assert table.columns[1][44_999] == "4"


def test_a_query_that_takes_too_long_is_stopped(address: Address) -> None:
    with (
        open_session(address, row_limit=10, timeout_seconds=0.2) as session,
        pytest.raises(UsageError, match="max_statement_time"),
    ):
        session.fetch("items", "SELECT count(*) AS n FROM seq_1_to_100000000 a, seq_1_to_100000 b")


def test_a_wrong_password_is_one_sentence_without_it(database: str) -> None:
    address = read_address(database, {"PLANNER": "Wr0ng-secret"})
    with pytest.raises(UsageError) as caught, open_session(address, row_limit=1, timeout_seconds=1):
        pass
    assert "Access denied" in str(caught.value)
    assert "Wr0ng-secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_table_is_named(address: Address) -> None:
    with (
        open_session(address, row_limit=1, timeout_seconds=1) as session,
        pytest.raises(UsageError, match=r"nothing.* doesn't exist"),
    ):
        session.fetch("items", "SELECT * FROM nothing")


def test_the_command_imports_and_keeps_the_password_to_itself(database: str, tmp_path: Path) -> None:
    queries = tmp_path / "queries.toml"
    queries.write_text(
        '[items]\nquery = "SELECT matnr, mtart, maktx, stprs, peinh FROM mara ORDER BY matnr"\n'
    )
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
    assert (tmp_path / "case/items.csv").read_text("utf-8") == (
        "item_id,kind,unit_cost,name\n00100,part,12.345,Öl\nA%B,product,0.000001,镜头\n"
    )
    everything = run.stdout + run.stderr + "".join(p.read_text() for p in (tmp_path / "case").rglob("*.*"))
    assert PASSWORD not in everything
