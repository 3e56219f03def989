"""Numbers of one process in a file that others read: counting is writing to memory."""

import fcntl
import json
import logging
import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SLOTS = 4096
SLOT_BYTES = 512
NAME_BYTES = 320
MOST_CELLS = (SLOT_BYTES - NAME_BYTES) // 8
"""A slot is a name as JSON, ended by a zero byte, and its cells, 64-bit integers."""

KEPT = 64
"""Slots for names that stand for all others."""

ENDING = ".board"
OTHERS = "(others)"
"""Stands for every label of what found no slot."""

_log = logging.getLogger("keel.serve")

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Numbers:
    """What a process counts under a name and labels. alive: whether the process is."""

    name: str
    labels: Labels
    cells: tuple[int, ...]
    process: str
    alive: bool


class Board:
    """The numbers of this process, in a file of a folder if one is given. It is alive as long as
    the file is locked."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.process = str(os.getpid())
        self._file = -1 if folder is None else _locked(folder / f"{self.process}{ENDING}")
        self._memory = mmap.mmap(self._file, SLOTS * SLOT_BYTES)
        self._taken = 0
        self._known: dict[tuple[str, Labels], memoryview] = {}

    def cells(self, name: str, labels: Labels = (), count: int = 1) -> memoryview:
        """Integers that begin at 0 and may be written to; the same for the same name and labels.

        Without a free slot they are those of all others. Raises ValueError for too many.
        """
        if (name, labels) not in self._known:
            text = json.dumps([name, dict(labels), count]).encode()
            others = tuple((label, OTHERS) for label, _ in labels)
            fits = len(text) < NAME_BYTES and self._taken < SLOTS - KEPT
            if not fits and labels != others:
                return self.cells(name, others, count)
            self._known[name, labels] = self._take(text, count)
        return self._known[name, labels]

    def read(self) -> Iterator[Numbers]:
        """What this process counts, and where there is a folder all that were ever in it."""
        if self.folder is None:
            yield from _numbers(bytes(self._memory), self.process, alive=True)
            return
        for path in sorted(self.folder.glob(f"*{ENDING}")):
            with suppress(FileNotFoundError), path.open("rb") as file:
                yield from _numbers(file.read(), path.stem, alive=_is_locked(file.fileno()))

    def close(self) -> None:
        """Say that this process is not alive; what it counted stays."""
        if self._file != -1:
            # The memory holds the file open, and so the lock.
            fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
            self._file = -1

    def _take(self, text: bytes, count: int) -> memoryview:
        if count > MOST_CELLS or self._taken == SLOTS:
            raise ValueError(f"no slot with {count} cells; there are {SLOTS}, of {MOST_CELLS} each")
        start = self._taken * SLOT_BYTES
        self._taken += 1
        self._memory[start : start + len(text)] = text
        return memoryview(self._memory)[start + NAME_BYTES :][: count * 8].cast("Q")


def open_board(folder: Path) -> Board:
    """The board of this process; in memory alone where nothing can be written."""
    try:
        return Board(folder)
    except OSError as error:
        _log.warning("what this process counts is known to no other: %s: %s", folder, error)
        return Board()


def forget_boards(folder: Path) -> None:
    """Forget what was counted by processes that are dead: a server does so before its first."""
    for path in folder.glob(f"*{ENDING}"):
        with suppress(OSError), path.open("rb") as file:
            if not _is_locked(file.fileno()):
                path.unlink()


def _locked(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    # All of it now: a full disk must not stop a process that writes to its memory.
    os.write(file, bytes(SLOTS * SLOT_BYTES))
    return file


def _numbers(content: bytes, process: str, *, alive: bool) -> Iterator[Numbers]:
    for start in range(0, len(content), SLOT_BYTES):
        text = content[start : start + NAME_BYTES].partition(b"\0")[0]
        if not text:
            return
        try:
            name, labels, count = json.loads(text)
        except ValueError:
            # It is being written at this moment.
            return
        cells = memoryview(content)[start + NAME_BYTES :][: count * 8].cast("Q")
        yield Numbers(name, tuple(labels.items()), tuple(cells), process, alive)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
