"""A real SQLite file is read, and SQLite refuses to be written; queries and addresses are checked."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from outlast.errors import CaseError, UsageError
from outlast.intake.database.address import Address, read_address
from outlast.intake.database.importing import import_database, read_queries
from outlast.intake.database.queries import check_query, parse_queries
from outlast.intake.database.session import open_session
from outlast.intake.mapping.importing import Wishes

WRITES = [
    "INSERT INTO mara VALUES ('X', 'ROH', 1)",
    "DELETE FROM mara",
    "UPDATE mara SET stprs = 0",
    "DROP TABLE mara",
    "CREATE TABLE more (a int)",
    "SELECT 1; DELETE FROM mara",
    "ATTACH DATABASE 'other.db' AS other",
    "PRAGMA query_only = OFF",
    "VACUUM",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "erp file.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mara (matnr text, mtart text, stprs real)")
        connection.executemany(
            "INSERT INTO mara VALUES (?, ?, ?)",
            [("00100", "ROH", 12.5), ("A%B", "FERT", 1e-7), ("C", None, None)],
        )
    return path


@pytest.fixture
def address(file: Path) -> Address:
    return read_address(f"sqlite:///{file}", {})


def test_values_come_as_text(address: Address) -> None:
    with open_session(address, row_limit=10, timeout_seconds=10) as session:
        table = session.fetch("items", "SELECT *, 1 = 1 AS yes FROM mara")
        assert session.guarded
    assert table.rows == [
        ["00100", "ROH", "12.5", "1"],
        ["A%B", "FERT", "0.0000001", "1"],
        ["C", "", "", "1"],
    ]


@pytest.mark.parametrize("query", WRITES)
def test_a_query_that_does_more_than_read_is_not_run(address: Address, query: str) -> None:
    with (
        open_session(address, row_limit=10, timeout_seconds=10) as session,
        pytest.raises(UsageError, match="not run"),
    ):
        session.fetch("items", query)


@pytest.mark.parametrize("query", [query for query in WRITES if not query.startswith(("ATTACH", "PRAGMA"))])
def test_sqlite_itself_refuses_to_write(address: Address, file: Path, query: str) -> None:
    before = file.read_bytes()
    with open_session(address, row_limit=10, timeout_seconds=10) as session, pytest.raises(DBAPIError):
        session._fetch("items", query)
    assert file.read_bytes() == before


def test_writing_is_refused_even_where_the_pragma_is_lifted(address: Address, file: Path) -> None:
    """The file is opened for reading: no setting of the connection changes that."""
    before = file.read_bytes()
    with open_session(address, row_limit=10, timeout_seconds=10) as session:
        session.connection.exec_driver_sql("PRAGMA query_only = OFF")
        with pytest.raises(DBAPIError, match="readonly"):
            session.connection.exec_driver_sql("DELETE FROM mara")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT matnr FROM mara", "more than 2 rows"),
        ("SELECT matnr, mtart AS matnr FROM mara", "names matnr twice"),
        ("SELECT x'00ff' AS picture", "type bytes"),
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELECT (", "cannot be understood"),
    ],
)
def test_what_goes_wrong_is_one_sentence(address: Address, query: str, reason: str) -> None:
    with (
        open_session(address, row_limit=2, timeout_seconds=10) as session,
        pytest.raises(UsageError) as caught,
    ):
        session.fetch("items", query)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_query_that_takes_too_long_is_stopped(address: Address) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n"
    with (
        open_session(address, row_limit=2, timeout_seconds=0.2) as session,
        pytest.raises(UsageError, match="interrupted"),
    ):
        session.fetch("items", endless)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n" * 100)
    for name, reason in (("table.csv", "not a database"), ("none.db", "There is no SQLite file")):
        address = read_address(f"sqlite:///{tmp_path / name}", {})
        with (
            pytest.raises(UsageError, match=reason),
            open_session(address, row_limit=2, timeout_seconds=1) as session,
        ):
            session.fetch("items", "SELECT * FROM items")


def test_all_tables_are_imported_or_none(address: Address, tmp_path: Path) -> None:
    queries = tmp_path / "queries.toml"
    queries.write_text(
        "[items]\nquery = \"SELECT matnr, mtart, stprs FROM mara WHERE mtart > ''\"\n"
        "[stock]\nquery = \"SELECT matnr, 5 AS on_hand FROM mara WHERE mtart > ''\"\n"
        "[suppliers]\nquery = \"SELECT 'A' AS something, 'B' AS name\"\n"
    )
    wishes = Wishes(case=tmp_path / "case")
    with pytest.raises(CaseError) as caught:
        import_database(address, read_queries(queries), tmp_path, wishes, None)
    # Both open points are told at once: the price unit of STPRS, and what names a supplier.
    assert [finding.place.column for finding in caught.value.findings] == ["unit_cost", "supplier_id"]
    assert not (tmp_path / "case").exists()
    (tmp_path / "items.toml").write_text(
        'table = "items"\n[columns]\nunit_cost = { from = "stprs", unit = "currency units" }\n'
    )
    queries.write_text(
        queries.read_text()
        .replace("[stock]", 'mapping = "items.toml"\n[stock]')
        .replace("AS something", "AS supplier_id")
    )
    answers, guarded = import_database(address, read_queries(queries), tmp_path, wishes, None)
    assert guarded
    assert [answer.table for answer in answers] == ["items", "suppliers", "stock"]
    assert (
        tmp_path / "case/items.csv"
    ).read_text() == "item_id,kind,unit_cost\n00100,part,12.5\nA%B,product,0.0000001\n"
    assert (tmp_path / "case/stock.csv").read_text() == "item_id,on_hand\n00100,5\nA%B,5\n"


# --- addresses


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        read_address("postgresql://planner:Geh3im@erp/db", {})
    assert "Geh3im" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://planner:${PW}@erp/db", "${URL}"])
def test_a_password_comes_from_the_environment_and_is_not_shown(url: str) -> None:
    address = read_address(url, {"PW": "Geh3im@/:", "URL": "postgresql://planner:Geh3im%40%2F%3A@erp/db"})
    assert address.url.password == "Geh3im@/:"
    assert address.name == "postgresql://erp/db"
    assert "Geh3im" not in repr(address) + str(address.url)
    assert "Geh3im" not in address.hide("login with Geh3im@/: failed\nsecond line")
    assert address.hide("no route\nsecond line") == "no route"


def test_a_password_is_asked_for_on_request() -> None:
    assert read_address("postgresql://planner@erp/db", {}, lambda: "x y").url.password == "x y"


def test_an_unset_variable_is_named() -> None:
    with pytest.raises(UsageError, match="PW is not set"):
        read_address("postgresql://planner:${PW}@erp/db", {})


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    with suppress(UsageError):
        assert isinstance(read_address(text, {}), Address)


# --- queries


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "select a, ';' as b from t where c like '%x%' -- ; drop\n",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM a;",
        "SELECT 1 UNION ALL SELECT 2",
    ],
)
def test_reading_is_allowed(query: str) -> None:
    assert check_query(query, "postgresql") == ""
    assert check_query(query, "some-other-database") == ""


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_checked_without_a_traceback(text: str) -> None:
    assert isinstance(check_query(text, "postgresql"), str)


def test_what_is_wrong_with_the_file_of_queries_is_told_at_once() -> None:
    queries, findings = parse_queries(
        'row_limit = 0\ntimeout_seconds = "x"\n[item]\nquery = "SELECT 1"\n[bom]\nsql = "x"\n', "queries.toml"
    )
    assert queries is None
    assert [finding.place.column for finding in findings] == ["row_limit", "timeout_seconds", "item", "bom"]
    assert "Did you mean items?" in findings[2].remedy


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_file_of_queries_or_a_finding(text: str) -> None:
    queries, findings = parse_queries(text, "queries.toml")
    assert (queries is None) == bool(findings)
