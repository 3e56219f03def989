"""Records -> windows: all lines of a session, of some minutes, or so many in a row."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from keel.data.logs.window_clock import WindowClock

MOST_LINES = 10_000
"""Records of a window that are kept; the others are counted."""

MOST_OPEN = 100_000
"""Sessions that may be open at once; then the one that was silent longest is closed."""

_MOST_NAMES = 1_000_000

SCHEMA: dict[str, pl.DataType] = {
    "window": pl.String(),
    "start": pl.Datetime("us"),
    "end": pl.Datetime("us"),
    "lines": pl.Int64(),
    "log": pl.String(),
}
"""window: the session, the start in time, or the first line. lines: number of records. log: their
text, in the order in which they came."""

LABEL = "label"
ANOMALY, NORMAL = "anomaly", "normal"
NORMAL_MARKS = ("", "-", "0", "false", "none", "normal", "null", "ok")


@dataclass(frozen=True)
class Cutting:
    """How to cut. session: a column of the records, or a regular expression for the message, whose
    first group counts if it has one. length: of a window without sessions, or how many records.
    label: a column of marks, see `LogSpec`."""

    session: str | None = None
    length: timedelta | int = timedelta(minutes=5)
    idle: timedelta = timedelta(hours=1)
    label: str | None = None


@dataclass(eq=False)
class _Open:
    """A window that may go on."""

    name: str
    start: datetime | None
    end: datetime | None
    lines: int = 0
    kept: int = 0
    texts: list[str] = field(default_factory=list)
    odd: bool = False


class Windows:
    """Cuts records into windows, batch by batch; the windows do not depend on the batches.

    A window is given out when nothing more can belong to it: a session after `idle`, the others
    when the next one begins.
    """

    def __init__(self, cutting: Cutting) -> None:
        self._cutting = cutting
        self._open: dict[str, _Open] = {}
        self._uses: dict[str, int] = {}
        self._clock = None
        if cutting.session is None and isinstance(cutting.length, timedelta):
            self._clock = WindowClock(cutting.length)
        self._read = 0
        self._unassigned = 0
        self._cut = 0
        self._forced = 0
        self.schema = {**SCHEMA, **({LABEL: pl.String()} if cutting.label else {})}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know, one sentence each."""
        notes = []
        if self._unassigned:
            notes.append(f"{self._unassigned:,} lines name no session and are left out")
        if self._cut:
            notes.append(f"{self._cut:,} windows have more than {MOST_LINES:,} lines: cut")
        if self._forced:
            notes.append(f"{self._forced:,} sessions closed early: {MOST_OPEN:,} were open at once")
        if self._clock is not None and self._clock.turned_back:
            notes.append(f"the clock was set back {self._clock.turned_back:,} times")
        return tuple(notes)

    def add(self, records: pl.DataFrame) -> pl.DataFrame:
        """The windows that these records end."""
        if records.is_empty():
            return self._give([])
        keyed = self._assign(records)
        newest = keyed["time"].max()
        closed: list[_Open] = []
        for name, start, end, lines, texts, odd in self._group(keyed).iter_rows():
            closed += self._extend(name, start, end, lines, texts, odd)
        if self._cutting.session is None:
            closed += self._close(list(self._open)[:-1])
        elif isinstance(newest, datetime):
            before = newest - self._cutting.idle
            silent = [key for key, held in self._open.items() if held.end and held.end < before]
            closed += self._close(silent)
            over = sorted(self._open, key=self._age)[: max(0, len(self._open) - MOST_OPEN)]
            self._forced += len(over)
            closed += self._close(over)
        return self._give(closed)

    def flush(self) -> pl.DataFrame:
        """The windows that are still open, closed."""
        return self._give(self._close(list(self._open)))

    def _assign(self, records: pl.DataFrame) -> pl.DataFrame:
        """The records of some window, with its `key`."""
        cutting = self._cutting
        if cutting.session is not None:
            key = _session(records, cutting.session)
            keyed = records.with_columns(key=key)
            self._unassigned += key.null_count()
            return keyed.filter(pl.col("key").is_not_null())
        if self._clock is None:
            assert isinstance(cutting.length, int)
            numbers = (np.arange(len(records)) + self._read) // cutting.length
            self._read += len(records)
        else:
            known = records["time"].fill_null(strategy="backward").to_physical().fill_null(0)
            numbers = self._clock.read(known.to_numpy())
        return records.with_columns(key=pl.Series(numbers).cast(pl.String))

    def _group(self, keyed: pl.DataFrame) -> pl.DataFrame:
        """One row per window, or per part of a session without a pause."""
        if self._cutting.session is not None:
            pause = pl.col("time").diff() > self._cutting.idle
            part = pause.fill_null(False).cum_sum().over("key")
        else:
            part = pl.lit(0)
        odd = pl.lit(False)
        if self._cutting.label is not None:
            mark = pl.col(self._cutting.label).fill_null("").str.strip_chars().str.to_lowercase()
            odd = ~mark.is_in(NORMAL_MARKS).all()
        return (
            keyed.with_columns(part=part)
            .group_by("key", "part", maintain_order=True)
            .agg(
                pl.col("time").min().alias("start"),
                pl.col("time").max().alias("end"),
                pl.len().alias("lines"),
                pl.col("text").head(MOST_LINES),
                odd.alias("odd"),
            )
            .select("key", "start", "end", "lines", "text", "odd")
        )

    def _extend(
        self,
        key: str,
        start: datetime | None,
        end: datetime | None,
        lines: int,
        texts: list[str],
        odd: bool,
    ) -> list[_Open]:
        """Add to the window of this key, or end it after a pause and begin another."""
        held = self._open.get(key)
        closed: list[_Open] = []
        is_session = self._cutting.session is not None
        if held and is_session and start and held.end and start - held.end > self._cutting.idle:
            closed = self._close([key])
            held = None
        if held is None:
            held = self._open[key] = _Open(key, start, end)
        room = MOST_LINES - held.kept
        held.texts += texts[:room]
        held.kept += min(room, len(texts))
        held.lines += lines
        held.odd = held.odd or odd
        if start is not None and end is not None:
            held.start = min(held.start or start, start)
            held.end = max(held.end or end, end)
        return closed

    def _close(self, keys: Iterable[str]) -> list[_Open]:
        return [self._open.pop(key) for key in keys]

    def _age(self, key: str) -> datetime:
        return self._open[key].end or datetime.min

    def _give(self, closed: list[_Open]) -> pl.DataFrame:
        rows = []
        for window in closed:
            self._cut += window.lines > window.kept
            name = window.name
            if self._cutting.session is None:
                name = f"{window.start:%Y-%m-%d %H:%M:%S}" if window.start else f"window {name}"
            count = self._count(name)
            label = (ANOMALY if window.odd else NORMAL,) if self._cutting.label else ()
            rows.append(
                (
                    name if count == 1 else f"{name} #{count}",
                    window.start,
                    window.end,
                    window.lines,
                    "\n".join(window.texts),
                    *label,
                )
            )
        return pl.DataFrame(rows, schema=self.schema, orient="row")

    def _count(self, name: str) -> int:
        """How many windows had this name, with this one; forgotten names begin again."""
        if len(self._uses) >= _MOST_NAMES:
            self._uses.clear()
        count = self._uses[name] = self._uses.get(name, 0) + 1
        return count


def _session(records: pl.DataFrame, session: str) -> pl.Series:
    if session in records.columns:
        return records[session]
    groups = re.compile(session).groups
    return records["message"].str.extract(session, 1 if groups else 0)
