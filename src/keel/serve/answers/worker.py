"""Which process writes which segments: a lock for each, that the system lets go of when it dies."""

import fcntl
import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from keel.serve.answers.segment import OPEN, seal

FOLDER = ".workers"
LOCK = ".lock"

_SEGMENT = re.compile(r"[0-9]{20}-([0-9a-f]{12})\.arrow")

_log = logging.getLogger("keel.serve")


@dataclass(frozen=True)
class Worker:
    """A process that writes answers below a folder. name: ends the names of its segments."""

    name: str
    lock: Path
    handle: int

    def segment(self) -> str:
        """The name of a segment that begins now."""
        return f"{time.time_ns():020d}-{self.name}{OPEN}"

    def leave(self) -> None:
        """Say that no segment of this worker is left."""
        self.lock.unlink(missing_ok=True)
        os.close(self.handle)


def become_worker(root: Path) -> Worker:
    """Take a name for this process, which no other has. Raises OSError."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        name = uuid4().hex[:12]
        lock = folder / (name + LOCK)
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Somebody who recovers may have taken it for a dead one's before it was locked.
        if os.fstat(handle).st_nlink:
            return Worker(name, lock, handle)
        os.close(handle)


def recover(root: Path) -> int:
    """Seal what dead workers left below `root`, torn ends cut off; how many segments. One that
    cannot be sealed now, such as on a full disk, stays to be read as it is."""
    sealed = 0
    troubled = set()
    for path in sorted(root.glob(f"*/*/*{OPEN}")):
        named = _SEGMENT.fullmatch(path.name)
        if named is None or _is_alive(root, named[1]):
            continue
        worker = named[1]
        try:
            torn = seal(path)
        except FileNotFoundError:
            # Another server recovers, too.
            continue
        except OSError as error:
            troubled.add(worker)
            _log.warning("%s cannot be sealed: %s", path, error)
            continue
        sealed += 1
        if torn:
            _log.warning("%s ended in %d bytes of a batch that was never finished", path, torn)
    for name in _workers(root):
        if name not in troubled:
            _is_alive(root, name, forget=True)
    return sealed


def _workers(root: Path) -> Iterator[str]:
    for lock in (root / FOLDER).glob(f"*{LOCK}"):
        yield lock.stem


def _is_alive(root: Path, worker: str, *, forget: bool = False) -> bool:
    """forget: remove the lock of one that is dead."""
    lock = root / FOLDER / (worker + LOCK)
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Still locked, so that a process that just made it sees that it is gone.
            if forget:
                lock.unlink(missing_ok=True)
            return False
        return True
    finally:
        os.close(handle)
