"""Tables and queries of SQL databases, through SQLAlchemy."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy
from sqlalchemy.engine import URL, Connection, CursorResult, Engine, make_url

from keel.data.sources.loose import loose_frame
from keel.data.sources.source import CHUNK_ROWS, Chunk, OnBad, number_lines
from keel.errors import EnvironmentFailure, MissingExtra, TableError
from keel.spec.nearest import did_you_mean


class SqlSource:
    """Rows of a query, or of a table: the only one, or the one after `#` in the address.

    Every pass runs the query again. Lines are row numbers.
    """

    def __init__(self, address: str, query: str | None = None) -> None:
        """Raises TableError for a table or query that does not work, MissingExtra without the
        driver, EnvironmentFailure when the database cannot be reached."""
        url, _, table = address.partition("#")
        self._url = _with_driver(url)
        self._engine = _engine(self._url)
        with self._connect() as connection:
            statement = query or _whole_table(connection, table, self._shown)
            self._statement = sqlalchemy.text(statement.replace(":", r"\:"))
            with self._run(connection) as result:
                self.names = tuple(result.keys())

    @property
    def named(self) -> bool:
        return True

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:  # noqa: ARG002
        start = 1
        names = list(dict.fromkeys(self.names))
        with self._connect() as connection, self._run(connection) as result:
            for part in result.partitions(CHUNK_ROWS):
                rows = [dict(zip(self.names, row, strict=True)) for row in part]
                yield Chunk(loose_frame(rows, names), number_lines(start, len(rows)))
                start += len(rows)

    @property
    def _shown(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def _connect(self) -> Connection:
        try:
            return self._engine.connect().execution_options(
                stream_results=True, max_row_buffer=CHUNK_ROWS
            )
        except sqlalchemy.exc.OperationalError as error:
            raise EnvironmentFailure(
                f"cannot reach the database {self._shown}: {error.orig}; is it running, and are "
                "the address and the password right?"
            ) from error

    def _run(self, connection: Connection) -> CursorResult[Any]:
        try:
            return connection.execute(self._statement)
        except sqlalchemy.exc.DBAPIError as error:
            raise TableError(
                f"the query does not run on {self._shown}: {error.orig}\n    {self._statement}"
            ) from error


def _with_driver(address: str) -> URL:
    try:
        url = make_url(address)
    except sqlalchemy.exc.ArgumentError as error:
        raise TableError(
            f"{address!r} is no database address: write sqlite:///file.db or "
            "postgresql://user@host/database"
        ) from error
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _engine(url: URL) -> Engine:
    try:
        return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    except ModuleNotFoundError as error:
        if url.drivername == "postgresql+psycopg":
            raise MissingExtra("reading from PostgreSQL", "postgres") from error
        raise TableError(
            f"{url.drivername} needs the Python package {error.name!r}: install it, or use "
            "sqlite:///file.db or postgresql://user@host/database"
        ) from error
    except sqlalchemy.exc.NoSuchModuleError as error:
        raise TableError(
            f"{url.drivername!r} is no database that is known here: use sqlite:///file.db or "
            "postgresql://user@host/database"
        ) from error


def _whole_table(connection: Connection, table: str, place: str) -> str:
    inspector = sqlalchemy.inspect(connection)
    known = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    if not table and len(known) == 1:
        table = known[0]
    if not table:
        raise TableError(
            f"{place} has {len(known)} tables ({', '.join(known[:12])}): name one after the "
            f"address, as in {place}#{known[0] if known else 'table'}, or give a query"
        )
    if table not in known:
        raise TableError(f"{place} has no table {table!r}: {did_you_mean(table, known)}")
    return f"SELECT * FROM {connection.dialect.identifier_preparer.quote(table)}"
