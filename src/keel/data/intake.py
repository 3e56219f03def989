"""Takes in the rows of a table: good ones to the snapshot, the others to quarantine."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.conform import tell_unread
from keel.data.expectation import Breach, Repeats, find_breaches
from keel.data.quarantine import Quarantine, QuarantineWriter
from keel.data.reading import Reading
from keel.data.snapshot import SnapshotWriter
from keel.data.sources.source import BadLine, Chunk, Source
from keel.settings import Settings
from keel.spec.kinds import Kind
from keel.spec.system import ColumnExpectation, System

Progress = Callable[[int], None]

MOST_CLASSES = 10_000


class Intake:
    """Casts, checks and keeps rows, chunk by chunk, counting whatever does not stay as it was."""

    def __init__(
        self,
        system: System,
        settings: Settings,
        readings: tuple[Reading, ...],
        progress: Progress | None,
    ) -> None:
        self._system = system
        self._readings = readings
        self._progress = progress
        self._missing = frozenset(system.table.missing)
        self._repeats = Repeats(system.expect)
        self._odd: Counter[str] = Counter()
        self._infinite: Counter[str] = Counter()
        self._classes: set[str] = set()
        self._dotted = 0
        self._read = 0
        self.newest: dict[str, datetime] = {}
        self.rows = 0
        self.quarantine = QuarantineWriter(settings, system.system)
        self.snapshot = SnapshotWriter(settings, tuple(reading.column for reading in readings))

    def take(self, source: Source, name: str, *, is_test: bool = False) -> None:
        """Every row of `source`; `name` is what the quarantine file calls it."""

        def on_bad(line: BadLine) -> None:
            self._read += 1
            self.quarantine.add_line(name, line)

        for chunk in source.chunks(on_bad):
            self._take(chunk, name, is_test=is_test)
            self._read += len(chunk.frame)
            if self._progress is not None:
                self._progress(self._read)

    def discard(self) -> None:
        """Leave nothing half-made behind; harmless after both are finished."""
        self.snapshot.discard()
        self.quarantine.discard()

    def notes(self, quarantine: Quarantine) -> tuple[str, ...]:
        """What became of the rows and values, and what was decided about them."""
        notes = [f"{self._read:,} rows read: {self.rows:,} kept, {quarantine.rows:,} in quarantine"]
        for name, count in self._odd.items():
            reading = next(reading for reading in self._readings if reading.name == name)
            notes += tell_unread({name: count}, [reading.column])
        for name, count in self._infinite.items():
            notes.append(f"{name}: {_values(count)} infinite, taken for missing")
        notes += [reading.note for reading in self._readings if reading.note]
        if self._dotted:
            notes.append(
                f"{self._system.target}: {_values(self._dotted)} in the test table written "
                "with a full stop at the end, read without it"
            )
        return tuple(notes)

    def _take(self, chunk: Chunk, name: str, *, is_test: bool) -> None:
        columns: list[pl.Series] = []
        breaches: list[Breach] = []
        for reading in self._readings:
            result = reading.read(chunk.frame.get_column(reading.name), self._missing)
            expected = self._system.expect.get(reading.name)
            if expected is not None:
                breaches += find_breaches(reading.name, result.values, result.odd, expected)
            self._count(reading, result.odd, result.infinite, expected)
            columns.append(self._label(reading, result.values, is_test=is_test))
        frame = pl.DataFrame(columns)
        good = np.ones(len(frame), dtype=np.bool_)
        for breach in breaches:
            good[breach.rows] = False
        repeats = self._repeats.find(frame, good)
        for breach in repeats:
            good[breach.rows] = False
        if not good.all():
            self._set_aside(chunk, name, [*breaches, *repeats], np.flatnonzero(~good))
            frame = frame.filter(pl.Series(good))
        self._look(frame)
        self.snapshot.write(frame)
        self.rows += len(frame)

    def _count(
        self,
        reading: Reading,
        odd: pl.Series | None,
        infinite: int,
        expected: ColumnExpectation | None,
    ) -> None:
        if odd is not None and (expected is None or expected.type is None):
            self._odd[reading.name] += int(odd.sum())
        if infinite:
            self._infinite[reading.name] += infinite

    def _label(self, reading: Reading, values: pl.Series, *, is_test: bool) -> pl.Series:
        """A class that only the test table writes with a full stop is the class without it."""
        if reading.name != self._system.target or reading.kind is not Kind.CATEGORY:
            return values
        if not is_test:
            if len(self._classes) <= MOST_CLASSES:
                self._classes.update(values.drop_nulls().unique().to_list())
            return values
        known = list(self._classes)
        bare = values.str.strip_suffix(".")
        dotted = (~values.is_in(known) & bare.is_in(known)).fill_null(False)
        self._dotted += int(dotted.sum())
        return values.zip_with(~dotted, bare)

    def _set_aside(
        self, chunk: Chunk, name: str, breaches: list[Breach], bad: NDArray[np.int64]
    ) -> None:
        """Each bad row once: its first reason is counted, all of them are written."""
        place = {int(row): i for i, row in enumerate(bad)}
        reasons: list[str] = [""] * len(bad)
        details: list[list[str]] = [[] for _ in bad]
        for breach in breaches:
            for row, value in zip(breach.rows.tolist(), breach.values, strict=True):
                i = place[row]
                reasons[i] = reasons[i] or breach.reason
                details[i].append(f"{breach.reason}: {value!r}" if value else breach.reason)
        self.quarantine.add_rows(
            name,
            chunk.frame[bad],
            chunk.lines[bad].tolist(),
            reasons,
            ["; ".join(texts) for texts in details],
        )

    def _look(self, frame: pl.DataFrame) -> None:
        for name, expected in self._system.expect.items():
            if expected.fresh_within is not None:
                newest = frame.get_column(name).max()
                if isinstance(newest, datetime):
                    self.newest[name] = max(newest, self.newest.get(name, newest))


def _values(count: int) -> str:
    return "1 value is" if count == 1 else f"{count:,} values are"
