"""Databases: tables, queries, and addresses that do not work."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy

from keel.data.sources.open import open_source
from keel.data.sources.sql import SqlSource
from keel.errors import EnvironmentFailure, TableError


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE orders (id INTEGER, total REAL)")
    connection.execute("CREATE TABLE clients (name TEXT)")
    connection.executemany("INSERT INTO orders VALUES (?, ?)", [(i, i / 2) for i in range(5)])
    connection.commit()
    connection.close()
    return path


def test_a_query_gives_the_rows(database: Path) -> None:
    source = open_source(database, query="SELECT id AS k, total FROM orders WHERE total > 1.0")
    assert source.names == ("k", "total")
    assert [chunk.frame.rows() for chunk in source.chunks(print)] == [[(3, 1.5), (4, 2.0)]]


def test_a_query_may_hold_a_colon(database: Path) -> None:
    source = open_source(database, query="SELECT 'a:b' AS text, id FROM orders")
    assert next(iter(source.chunks(print))).frame["text"][0] == "a:b"


def test_a_table_is_named_after_the_address(database: Path) -> None:
    assert open_source(f"sqlite:///{database}#orders").names == ("id", "total")


def test_several_tables_and_no_choice_are_refused_with_their_names(database: Path) -> None:
    with pytest.raises(TableError, match="clients, orders"):
        open_source(f"sqlite:///{database}")


def test_a_wrong_table_gets_the_nearest_spelling(database: Path) -> None:
    with pytest.raises(TableError, match="did you mean 'orders'"):
        open_source(f"sqlite:///{database}#order")


def test_a_query_that_fails_is_shown(database: Path) -> None:
    with pytest.raises(TableError, match=r"no such column: zip[\s\S]*SELECT zip"):
        open_source(database, query="SELECT zip FROM orders")


def test_an_unreachable_server_is_the_environments_fault_and_hides_the_password() -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed: keel-ml[postgres]")
    with pytest.raises(EnvironmentFailure, match="cannot reach") as caught:
        SqlSource("postgresql://user:secret@127.0.0.1:1/db", "SELECT 1")
    assert "secret" not in str(caught.value)


def test_rows_come_from_postgres(postgres: str) -> None:
    address = postgres.replace("postgresql+psycopg://", "postgresql://")
    query = "SELECT g AS a, g::numeric / 4 AS b, now() AS c FROM generate_series(1, 3) g"
    frame = next(iter(SqlSource(address, query).chunks(print))).frame
    assert frame["a"].to_list() == [1, 2, 3]
    assert frame["b"].to_list() == [0.25, 0.5, 0.75]


def test_a_missing_driver_names_the_install_line() -> None:
    try:
        sqlalchemy.create_engine("postgresql+psycopg://")
    except ModuleNotFoundError:
        with pytest.raises(EnvironmentFailure, match=r"keel-ml\[postgres\]"):
            SqlSource("postgresql://host/db", "SELECT 1")
    else:
        pytest.skip("psycopg is installed")
