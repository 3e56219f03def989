"""The state of online features in one SQLite file."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from keel.backends.online import Ask, Change, Held, Node, Stream
from keel.errors import EnvironmentFailure

WAIT_S = 30.0
"""How long a writer waits for those before it."""

CLEARED_AT_ONCE = 20_000
READ_AT_ONCE = 5_000
CACHE_KIB = 32 * 1024

_TABLES = """
CREATE TABLE IF NOT EXISTS scope (id INTEGER PRIMARY KEY, name TEXT UNIQUE, marked INTEGER);
CREATE TABLE IF NOT EXISTS event (
    scope INTEGER, name TEXT, value BLOB, PRIMARY KEY (scope, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream (
    scope INTEGER, name TEXT, lines INTEGER, folds INTEGER, deep INTEGER, log BLOB, data BLOB,
    PRIMARY KEY (scope, name));
CREATE TABLE IF NOT EXISTS node (
    scope INTEGER, stream TEXT, level INTEGER, name TEXT, value BLOB,
    PRIMARY KEY (scope, stream, level, name)) WITHOUT ROWID;
"""
_ADD = "INSERT OR IGNORE INTO event VALUES (?, ?, ?)"
_REPLACE = "UPDATE event SET value = ? WHERE scope = ? AND name = ? AND value = ?"
_EVENTS = (
    "SELECT name, value FROM event WHERE scope = ? AND name IN (SELECT value FROM json_each(?))"
)
_SOME_EVENTS = "SELECT name, value FROM event WHERE scope = ? AND name > ? ORDER BY name LIMIT ?"
_APPEND = (
    "INSERT INTO stream VALUES (?, ?, ?, 0, 0, ?, x'') ON CONFLICT (scope, name) DO UPDATE SET "
    "lines = lines + excluded.lines, log = CAST(log || excluded.log AS BLOB) RETURNING lines"
)
_FOLD = (
    "UPDATE stream SET data = ?, deep = max(deep, ?), folds = folds + 1, lines = lines - ?, "
    "log = substr(log, ?) WHERE scope = ? AND name = ? AND folds = ?"
)
_STREAM = "SELECT data, log, lines, folds, deep FROM stream WHERE scope = ? AND name = ?"
_NODE = (
    "SELECT name, value FROM node WHERE scope = ? AND stream = ? AND level = ? AND name <= ? "
    "ORDER BY name DESC LIMIT 1"
)
_SPAN = (
    "SELECT name, value FROM node WHERE scope = ? AND stream = ? AND level = ? "
    "AND name BETWEEN ? AND ?"
)


class SqliteOnline:
    """One file, any number of processes: readers see the last committed state, writers queue.

    A committed write outlasts kill -9; with `power_safe` a power cut too, for a flush of the disk
    per write.
    """

    def __init__(self, file: Path, *, power_safe: bool = False) -> None:
        self.file = file
        self._power_safe = power_safe
        self._idle: list[sqlite3.Connection] = []
        self._turn = threading.Lock()
        self._owner = os.getpid()

    def read(self, scope: str, events: Sequence[str] = (), asks: Sequence[Ask] = ()) -> Held:
        with self._reading() as connection:
            execute = connection.execute
            execute("BEGIN")
            try:
                number = self._scope(connection, scope)
                found: dict[str, bytes] = {}
                if events:
                    asked = msgspec.json.encode(list(events)).decode()
                    found = dict(execute(_EVENTS, (number, asked)))
                return Held(found, [_read(execute, number, ask) for ask in asks])
            finally:
                execute("COMMIT")

    def write(self, scope: str, change: Change) -> dict[str, int] | None:
        with self._writing() as connection:
            number = self._scope(connection, scope, make=True)
            if not _expected(connection, number, change):
                connection.execute("ROLLBACK")
                return None
            return {
                name: connection.execute(_APPEND, (number, name, lines, log)).fetchone()[0]
                for name, (lines, log) in change.appended.items()
            }

    def every_event(self, scope: str) -> Iterator[tuple[str, bytes]]:
        last = ""
        while True:
            with self._reading() as connection:
                number = self._scope(connection, scope)
                found = connection.execute(_SOME_EVENTS, (number, last, READ_AT_ONCE)).fetchall()
            yield from found
            if len(found) < READ_AT_ONCE:
                return
            last = found[-1][0]

    def mark(self, scope: str) -> None:
        with self._writing() as connection:
            number = self._scope(connection, scope, make=True)
            connection.execute("UPDATE scope SET marked = 1 WHERE id = ?", (number,))

    def is_marked(self, scope: str) -> bool:
        with self._reading() as connection:
            found = connection.execute("SELECT marked FROM scope WHERE name = ?", (scope,))
            return bool(found.fetchone() == (1,))

    def clear(self, scope: str) -> None:
        # The name goes first: whoever writes from then on starts a scope anew. The rest goes in
        # portions, so that no writer waits for all of it.
        with self._writing() as connection:
            number = self._scope(connection, scope, make=True)
            connection.execute("UPDATE scope SET name = NULL WHERE id = ?", (number,))
        for table, key in (("event", "name"), ("stream", "name"), ("node", "stream, level, name")):
            left = True
            while left:
                with self._writing() as connection:
                    left = _drop_some(connection, number, table, key)

    def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _scope(self, connection: sqlite3.Connection, name: str, *, make: bool = False) -> int:
        # A cleared scope is numbered anew, by any process: so this is asked each time.
        row = connection.execute("SELECT id FROM scope WHERE name = ?", (name,)).fetchone()
        if row is None and make:
            row = connection.execute(
                "INSERT INTO scope (name, marked) VALUES (?, 0) RETURNING id", (name,)
            ).fetchone()
        return -1 if row is None else int(row[0])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._failures():
            connection = self._connection()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._turn, self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            if connection.in_transaction:
                connection.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        if self._owner != os.getpid():
            # A connection must not cross a fork, not even to be closed.
            self._idle, self._owner, self._turn = [], os.getpid(), threading.Lock()
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.file, timeout=WAIT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _when_free(lambda: connection.execute("PRAGMA journal_mode = WAL"))
            synchronous = "FULL" if self._power_safe else "NORMAL"
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
                _when_free(lambda: connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;"))
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise self._failure(error) from error
        except sqlite3.DatabaseError as error:
            # A bug of ours, such as a broken constraint, passes; a broken file does not.
            if type(error) is not sqlite3.DatabaseError:
                raise
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> EnvironmentFailure:
        code = getattr(error, "sqlite_errorcode", -1) & 0xFF
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            repair = "the disk is full or failing: free some space and send it again"
        elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            repair = f"another process held it for more than {WAIT_S:g} s: see which one, end it"
        elif code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            repair = "it is not a sound database: restore it, or move it away and fill it again"
        else:
            repair = "give this user a folder that it may write, or set KEEL_ONLINE to another file"
        return EnvironmentFailure(f"cannot use the online store {self.file} ({error}): {repair}")


def _read(execute: Callable[..., sqlite3.Cursor], scope: int, ask: Ask) -> Stream | None:
    row = execute(_STREAM, (scope, ask.stream)).fetchone()
    if row is None:
        return None
    data, log, lines, folds, deep = row
    nodes: dict[Node, bytes] = {}
    if deep:
        for place in ask.places:
            for level in ask.levels:
                found = execute(_NODE, (scope, ask.stream, level, place)).fetchone()
                if found is not None:
                    nodes[Node(level, found[0])] = found[1]
        for span in ask.spans:
            for name, value in execute(_SPAN, (scope, ask.stream, *span)):
                nodes[Node(span.level, name)] = value
    return Stream(data, log, lines, folds, nodes)


def _expected(connection: sqlite3.Connection, scope: int, change: Change) -> bool:
    """Write events and folds; whether all was as the change expects."""
    before = connection.total_changes
    connection.executemany(_ADD, [(scope, name, value) for name, value in change.added])
    for name, (old, new) in change.replaced.items():
        connection.execute(_REPLACE, (new, scope, name, old))
    for name, fold in change.folded.items():
        deep = bool(fold.nodes)
        connection.execute(
            _FOLD, (fold.data, deep, fold.lines, fold.size + 1, scope, name, fold.folds)
        )
    wanted = len(change.added) + len(change.replaced) + len(change.folded)
    if connection.total_changes - before != wanted:
        return False
    for name, fold in change.folded.items():
        connection.executemany(
            "INSERT OR REPLACE INTO node VALUES (?, ?, ?, ?, ?)",
            [(scope, name, node.level, node.name, value) for node, value in fold.nodes.items()],
        )
    return True


def _drop_some(connection: sqlite3.Connection, scope: int, table: str, key: str) -> bool:
    done = connection.execute(
        f"DELETE FROM {table} WHERE scope = ? AND ({key}) IN "
        f"(SELECT {key} FROM {table} WHERE scope = ? LIMIT {CLEARED_AT_ONCE})",
        (scope, scope),
    )
    return done.rowcount > 0


def _when_free(act: Callable[[], object]) -> None:
    """SQLite waits for nobody when it switches the journal, whatever its timeout says."""
    deadline_s = time.monotonic() + WAIT_S
    while True:
        try:
            act()
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline_s:
                raise
            time.sleep(0.01)
