"""What a server counts of itself."""

import os
import resource
import sys
import threading
from bisect import bisect_left
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from keel.serve.answer_log import Answered
from keel.serve.board import Board, Labels

EDGES_US = tuple(
    round(edge_ms * 1000)
    for edge_ms in (0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
)
"""Upper edges of the bins of latencies; one more bin is above them."""

ANSWERS, ERRORS, REQUESTS, REJECTED = "answers", "errors", "requests", "rejected"
CPU, MEMORY, IN_WORK = "cpu", "memory", "in work"
WAITING, WRITTEN, DROPPED = "waiting", "written", "dropped"
NOT_SHADOWED = "not shadowed"
"""Names on the board. The cells of ANSWERS are the bins and then the sum in microseconds; all
others have one cell."""

_SUM = len(EDGES_US) + 1


class LogCount(Protocol):
    """What became of the answers of one arm of one version."""

    system: str
    version: int
    arm: str
    written: int
    dropped: int


@runtime_checkable
class CountingLog(Protocol):
    """An answer log that says what became of answers."""

    @property
    def waiting(self) -> int:
        """How many are not written yet."""
        ...

    @property
    def counts(self) -> Iterable[LogCount]:
        """By version and arm, since it was opened."""
        ...


class Meters:
    """Counts on a board. Any number of threads may count."""

    def __init__(self, board: Board | None = None) -> None:
        self.board = board or Board()
        self._counting = threading.Lock()
        self._rejected = self.board.cells(REJECTED)
        # To look these up on the board costs more than to count.
        self._answers: dict[tuple[str, int, str], memoryview] = {}
        self._requests: dict[int, memoryview] = {}

    def answered(self, answered: Answered) -> None:
        """An answer was given, or failed."""
        arm = answered.served.system, answered.served.number, answered.arm
        latency_us = int(answered.latency_ms * 1000)
        with self._counting:
            if answered.error is not None:
                self.board.cells(ERRORS, _of_arm(*arm))[0] += 1
                return
            cells = self._answers.get(arm)
            if cells is None:
                cells = self._answers[arm] = self.board.cells(ANSWERS, _of_arm(*arm), _SUM + 1)
            cells[bisect_left(EDGES_US, latency_us)] += 1
            cells[_SUM] += latency_us

    def responded(self, status: int, *, rejected: bool = False) -> None:
        """A request was responded to, with this status of HTTP. rejected: and told to come back."""
        with self._counting:
            cells = self._requests.get(status)
            if cells is None:
                labels = (("status", str(status)),)
                cells = self._requests[status] = self.board.cells(REQUESTS, labels)
            cells[0] += 1
            self._rejected[0] += rejected

    def look(self, in_work: int, log: object, not_shadowed: int = 0) -> None:
        """Note how things are with this process now. not_shadowed: requests that nobody in shadow
        had time for, since the process began."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        process = (("process", self.board.process),)
        now: dict[tuple[str, Labels], int] = {
            (CPU, process): int((used.ru_utime + used.ru_stime) * 1e6),
            (MEMORY, process): _memory_bytes(used.ru_maxrss),
            (IN_WORK, process): in_work,
            (NOT_SHADOWED, process): not_shadowed,
        }
        if isinstance(log, CountingLog):
            now[WAITING, process] = log.waiting
            for one in log.counts:
                labels = _of_arm(one.system, one.version, one.arm)
                now[WRITTEN, labels] = one.written
                now[DROPPED, labels] = one.dropped
        with self._counting:
            for (name, labels), value in now.items():
                self.board.cells(name, labels)[0] = value


def _of_arm(system: str, version: int, arm: str) -> Labels:
    return ("system", system), ("version", str(version)), ("arm", arm)


def _memory_bytes(most: int) -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        # The most there ever was, which macOS counts in bytes.
        return most if sys.platform == "darwin" else most * 1024
