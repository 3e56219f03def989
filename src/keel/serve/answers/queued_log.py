"""The answer log of one process: a bounded queue, and a thread that writes what is in it."""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import polars as pl
import pyarrow as pa

from keel.clock import Clock, system_clock
from keel.serve.answer_log import Answered
from keel.serve.answers.layout import Layout
from keel.serve.answers.segment import Segment
from keel.serve.answers.worker import become_worker, recover
from keel.serve.served import Served

Policy = Literal["drop", "block"]

MOST = 16_384
"""Answers that may wait; beyond, `drop` counts those that come and `block` lets them wait."""

SEGMENT_BYTES = 32 * 2**20
SEGMENT_S = 3600.0
"""A segment is sealed when it is this large, or when its first answer is this old."""

SYNC_S = 1.0
"""How often what was written is brought to the disk itself: a power cut loses as much, the death of
the process only what waits."""

PAUSE_S = 0.05
MOST_PAUSE_S = 1.0
REST = 20
"""Answers gather for this long, and so many times as long as it took to write those before: laying
out many at once is what makes it cheap."""

RETRY_S = 1.0

AT_ONCE = 256
"""Answers laid out at a time. Meanwhile no other thread of the process runs Python."""

_log = logging.getLogger("keel.serve")


@dataclass
class Count:
    """Answers of one arm of one version: how many were written, and how many were not kept."""

    system: str
    version: int
    arm: str
    written: int = 0
    dropped: int = 0


@dataclass(eq=False)
class _File:
    """What is being written of one version. began_s: when its segment got its first answer."""

    served: Served
    layout: Layout
    segment: Segment
    began_s: float
    lost: dict[tuple[str, int | None, int | None], int] = field(default_factory=dict)


class QueuedLog:
    """Answers wait in a queue until they are in a file; `append` takes about a microsecond.

    The queue's slot is freed when its answer was written. A disk that fails is tried again every
    second: meanwhile the queue fills, and then answers are dropped, whatever the policy. What was
    dropped is counted, and said by a row of the log itself.
    """

    def __init__(
        self,
        root: Path,
        key: bytes,
        *,
        policy: Policy = "drop",
        most: int = MOST,
        segment_bytes: int = SEGMENT_BYTES,
        segment_s: float = SEGMENT_S,
        clock: Clock = system_clock,
    ) -> None:
        """root: the folder of answers. key: of pseudonyms. What dead processes left is sealed.

        To be made in the process that answers, not before it forks.
        """
        self._root = root
        self._key = key
        self._policy = policy
        self._most = most
        self._segment_bytes = segment_bytes
        self._segment_s = segment_s
        self._clock = clock
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._queue: list[Answered] = []
        self._held = 0
        self._counts: dict[tuple[str, int, str], Count] = {}
        self._files: dict[tuple[str, int], _File] = {}
        self._trouble: str | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._synced_s = 0.0
        recover(root)
        self._worker = become_worker(root)
        self._thread = threading.Thread(target=self._run, name="keel-answers", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def most(self) -> int:
        """How many answers may wait."""
        return self._most

    @property
    def waiting(self) -> int:
        """Answers that are not written yet."""
        return self._held

    @property
    def trouble(self) -> str | None:
        """Why nothing can be written at present."""
        return self._trouble

    @property
    def counts(self) -> list[Count]:
        """Since this process started, by version and arm."""
        with self._lock:
            return [
                Count(c.system, c.version, c.arm, c.written, c.dropped)
                for c in self._counts.values()
            ]

    def append(self, answered: Answered) -> None:
        """Keep these answers; see `AnswerLog.append`."""
        count = _rows(answered)
        with self._lock:
            while self._stopping or (self._held and self._held + count > self._most):
                if self._stopping or self._policy == "drop" or self._trouble is not None:
                    self._drop(answered, count)
                    return
                self._wake.set()
                self._room.wait(PAUSE_S)
            self._held += count
            self._queue.append(answered)
            crowded = self._held * 2 > self._most
        if crowded:
            self._wake.set()

    def close(self) -> None:
        """Write what waits and seal it; answers that come later are dropped."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
        self._wake.set()
        self._thread.join()
        self._worker.leave()

    def _drop(self, answered: Answered, count: int) -> None:
        """Called with the lock held."""
        self._count(answered).dropped += count
        file = self._file(answered.served)
        key = (answered.arm, answered.release, answered.step)
        file.lost[key] = file.lost.get(key, 0) + count

    def _count(self, answered: Answered) -> Count:
        served = answered.served
        key = (served.system, served.number, answered.arm)
        if key not in self._counts:
            self._counts[key] = Count(*key)
        return self._counts[key]

    def _file(self, served: Served) -> _File:
        key = (served.system, served.number)
        if key not in self._files:
            layout = Layout(served.signature, served.record.declaration, self._key)
            self._files[key] = _File(served, layout, self._segment(served, layout), 0.0)
        return self._files[key]

    def _segment(self, served: Served, layout: Layout) -> Segment:
        folder = self._root / served.system / str(served.number)
        return Segment(folder / self._worker.segment(), layout.schema)

    def _run(self) -> None:
        stopping = False
        pause_s = PAUSE_S
        while not stopping:
            self._wake.wait(pause_s)
            self._wake.clear()
            stopping = self._stopping
            began_s = time.thread_time()
            try:
                self._write_all()
                self._look_after_files(everything=stopping)
            # A thread that died would lose every answer from then on.
            except Exception:
                _log.exception("the answer log failed")
            # Answers of many versions are gathered for longer, as each version is laid out alone.
            pause_s = min(max(PAUSE_S, REST * (time.thread_time() - began_s)), MOST_PAUSE_S)

    def _write_all(self) -> None:
        with self._lock:
            taken, self._queue = self._queue, []
        groups: dict[tuple[str, int], list[Answered]] = {}
        for one in taken:
            groups.setdefault((one.served.system, one.served.number), []).append(one)
        for group in groups.values():
            for start in range(0, len(group), AT_ONCE):
                part = group[start : start + AT_ONCE]
                self._write(part)
                with self._room:
                    self._held -= sum(map(_rows, part))
                    self._room.notify_all()
        with self._lock:
            lossy = [file for file in self._files.values() if file.lost]
        for file in lossy:
            self._write_drops(file)

    def _write(self, answers: Sequence[Answered]) -> None:
        with self._lock:
            file = self._file(answers[0].served)
        try:
            batches = list(file.layout.lay_out(answers))
        # Answers that cannot be laid out must not keep those after them from being written.
        except Exception:
            _log.exception("%d answers of %s cannot be written", len(answers), file.served)
            batches = []
        written = bool(batches) and all(self._append(file, batch) for batch in batches)
        with self._lock:
            for one in answers:
                if written:
                    self._count(one).written += _rows(one)
                else:
                    self._drop(one, _rows(one))

    def _write_drops(self, file: _File) -> None:
        with self._lock:
            lost, file.lost = file.lost, {}
        for key, count in lost.items():
            if not self._append(file, file.layout.drops(self._clock(), *key, count)):
                with self._lock:
                    file.lost[key] = file.lost.get(key, 0) + count

    def _append(self, file: _File, batch: pa.RecordBatch) -> bool:
        """Whether the batch is in a file: tried until it is, or until the process is to end."""
        while True:
            try:
                file.segment.write(batch)
            except FileNotFoundError:
                # Somebody took the segment away: what was in it is gone, and a new one begins.
                file.segment = self._segment(file.served, file.layout)
                continue
            except OSError as error:
                self._fail(f"{error.filename or file.segment.path}: {error.strerror or error}")
            else:
                break
            if self._stopping:
                return False
            time.sleep(RETRY_S)
        if self._trouble is not None:
            _log.warning("the answer log goes on; it dropped %d answers so far", self._dropped())
            self._trouble = None
        file.began_s = file.began_s or time.monotonic()
        return True

    def _fail(self, why: str) -> None:
        if self._trouble is None:
            _log.error("the answer log cannot be written (%s): answers go on without it", why)
        self._trouble = why

    def _dropped(self) -> int:
        return sum(count.dropped for count in self.counts)

    def _look_after_files(self, *, everything: bool) -> None:
        """Bring files to the disk, and seal those that are large or old enough, or all."""
        now_s = time.monotonic()
        with self._lock:
            files = list(self._files.values())
        for file in files:
            old = file.began_s and now_s - file.began_s > self._segment_s
            if everything or old or file.segment.size > self._segment_bytes:
                self._seal(file)
        if now_s > self._synced_s + SYNC_S:
            for file in files:
                if file.segment.is_dirty:
                    with suppress(OSError):
                        file.segment.sync()
            # Where a disk takes long over many files, it is asked less often.
            self._synced_s = now_s + 10 * (time.monotonic() - now_s)

    def _seal(self, file: _File) -> None:
        segment, file.began_s = file.segment, 0.0
        file.segment = self._segment(file.served, file.layout)
        try:
            segment.seal()
        except OSError as error:
            # It is read as it is, and sealed when a server starts.
            _log.warning("%s cannot be sealed: %s", segment.path, error)


def _rows(answered: Answered) -> int:
    rows = answered.rows
    return max(1, len(rows)) if isinstance(rows, pl.DataFrame) else 1
