"""The metadata database: one engine per process, SQLite in a folder unless a URL says otherwise."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.types import TypeDecorator

from keel import migrations
from keel.errors import EnvironmentFailure, InputError, MissingExtra

WAIT_S = 30.0
"""How long a writer waits for the one before it, unless the URL says otherwise."""

ADVISORY_LOCK = 0x6B65656C
"""`keel` in ASCII: the number of the lock that writers take on Postgres."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is taken off and put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def open_database(url: str) -> Engine:
    """An engine for `url`: `sqlite:///FILE` or `postgresql://...`. Connects to nothing yet.

    A SQLite file is created here and nowhere else: one that goes away later is missed. Raises
    InputError for another URL, MissingExtra without a driver, EnvironmentFailure when the file
    cannot be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unknown_url(url) from error
    if parsed.drivername in ("sqlite", "sqlite+pysqlite") and parsed.database:
        return _open_sqlite(parsed, Path(parsed.database))
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return _open_postgres(parsed)
    raise _unknown_url(parsed.render_as_string(hide_password=True))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database and waits for no writer.

    Raises EnvironmentFailure when the database is away, locked, full or broken.
    """
    with _failures(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """The one writer of the database at this time; all that it does is kept, or none of it.

    Raises EnvironmentFailure as `reading` does, and when another writer takes too long.
    """
    with _failures(engine), engine.connect() as connection:
        connection.execution_options(keel_writes=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                wait = f"SET LOCAL lock_timeout = '{int(WAIT_S)}s'"
                connection.exec_driver_sql(wait)
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            yield connection


def migrate(engine: Engine) -> None:
    """Bring the tables to what this Keel expects. Quick when they are; safe when several start.

    Raises EnvironmentFailure when a newer Keel wrote the database.
    """
    with reading(engine) as connection:
        stored = _stored_revision(connection)
    if stored == migrations.HEAD:
        return
    if stored is not None and stored not in migrations.REVISIONS:
        raise EnvironmentFailure(
            f"{_shown(engine)} has the tables of a newer Keel (revision {stored}; this one knows "
            f"up to {migrations.HEAD}): pip install --upgrade keel-ml, or set KEEL_DATABASE"
        )
    with writing(engine) as connection:
        # Another process may have migrated while this one waited for its turn.
        if _stored_revision(connection) != migrations.HEAD:
            migrations.upgrade(connection)


def _open_sqlite(url: URL, file: Path) -> Engine:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch()
    except OSError as error:
        raise EnvironmentFailure(
            f"cannot make {file} ({error.strerror}): set KEEL_HOME to a folder that this user may "
            "write"
        ) from error
    engine = sa.create_engine(
        url,
        connect_args={"timeout": _wait_s(url)},
        # Opening a file is cheap, and no connection is left for somebody to close.
        poolclass=sa.NullPool,
        json_serializer=_write_json,
        json_deserializer=msgspec.json.decode,
    )
    event.listen(engine, "do_connect", partial(_connect_sqlite, file.absolute()))
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_postgres(url: URL) -> Engine:
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": int(WAIT_S)},
            pool_pre_ping=True,
            json_serializer=_write_json,
            json_deserializer=msgspec.json.decode,
        )
    except ImportError as error:
        raise MissingExtra("a Postgres database", "postgres") from error


def _connect_sqlite(
    file: Path, _dialect: object, _record: object, given: list[str], options: dict[str, object]
) -> None:
    # SQLite would make an empty database of one that was moved away.
    given[0], options["uri"] = f"{file.as_uri()}?mode=rw", True


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` chooses the kind.
    connection.isolation_level = None
    _use_write_ahead_log(connection)
    # A registered version must outlast a power cut; registering is rare, so the flush is cheap.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for others when it switches the journal, whatever the timeout says.
    deadline_s = time.monotonic() + WAIT_S
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a reader that turns writer halfway fails at once instead of waiting its turn.
    writes = connection.get_execution_options().get("keel_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _stored_revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


@contextmanager
def _failures(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise _failure(engine, error) from error
    except DBAPIError as error:
        # A bug of ours (a constraint, a wrong statement) passes; a broken file or server does not.
        broken = type(error.orig) is sqlite3.DatabaseError
        if not (error.connection_invalidated or broken):
            raise
        raise _failure(engine, error) from error


def _failure(engine: Engine, error: Exception) -> EnvironmentFailure:
    cause = error.orig if isinstance(error, DBAPIError) else error
    place = _shown(engine)
    code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
    words = str(cause).strip() or type(cause).__name__
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return EnvironmentFailure(
            f"cannot write {place} ({words}): the disk is full or failing; free some space, or "
            "set KEEL_HOME to a folder on another disk, and run again"
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return EnvironmentFailure(
            f"{place} was locked by another process for more than {_wait_s(engine.url):g} s: see "
            "which one holds it, let it end, and run again"
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return EnvironmentFailure(
            f"cannot write {place} ({words}): give this user write access to the file and its "
            "folder, or set KEEL_HOME to a folder that it may write"
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return EnvironmentFailure(
            f"{place} is not a sound database ({words}): restore it from a backup, or move it "
            "away to start with an empty one"
        )
    return EnvironmentFailure(
        f"the database {place} failed ({words}): see that it runs and can be reached, or set "
        "KEEL_DATABASE to another one"
    )


def _wait_s(url: URL) -> float:
    """`sqlite:///FILE?timeout=5` waits 5 s."""
    given = url.query.get("timeout")
    return float(given) if isinstance(given, str) else WAIT_S


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _unknown_url(url: str) -> InputError:
    return InputError(
        f"KEEL_DATABASE is {url!r}, which is not a database Keel can use: write "
        "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
    )


def _write_json(value: Any) -> str:
    # Not the standard library's: it writes NaN, which is not JSON and which Postgres refuses.
    return msgspec.json.encode(value).decode()
