"""Rows that were sent as events and are none, kept so that somebody can look at them."""

import fcntl
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from keel.backends.disk import disk
from keel.errors import EnvironmentFailure

FILE, BEFORE, LOCK = "events.jsonl", "events.before.jsonl", ".lock"

MOST_BYTES = 16 * 2**20
"""Of a file. A full one takes the place of the one before, so that at most twice as much is kept;
a request may go beyond it once."""

_log = logging.getLogger("keel.serve")


class RefusedRow(msgspec.Struct, frozen=True):
    """A line of the file: when it came, for which table (None for the first), why it was refused,
    and the row as it was sent."""

    at: datetime
    table: str | None
    reason: str
    row: dict[str, Any]


def without_private(
    refused: RefusedRow, private: Collection[str], known: Collection[str]
) -> RefusedRow:
    """The row without private columns, and without those that no table knows: one of them may be a
    private one misspelt. What the reason quotes of them goes too."""
    reason = refused.reason
    for name, value in refused.row.items():
        if (name in private or name not in known) and value not in (None, ""):
            reason = reason.replace(str(value), "...")
    shown = {n: v for n, v in refused.row.items() if n in known and n not in private}
    return RefusedRow(refused.at, refused.table, reason, shown)


class RefusedEvents:
    """A folder with JSON lines for each system. Any number of processes may write at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, system: str, rows: Sequence[RefusedRow]) -> str | None:
        """Append these rows; the file, from the folder that holds this one. None where it cannot be
        written, which is logged: the events beside these rows are taken in already."""
        folder = self.folder / system
        written = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        try:
            with disk(folder), _alone(folder):
                file = folder / FILE
                if file.exists() and file.stat().st_size + len(written) > MOST_BYTES:
                    file.replace(folder / BEFORE)
                with file.open("ab") as end:
                    end.write(written)
        except EnvironmentFailure:
            _log.exception("%d refused events of %s are not kept", len(rows), system)
            return None
        return f"{self.folder.name}/{system}/{FILE}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    # The lock goes with the file.
    with (folder / LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
