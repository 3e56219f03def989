"""Lines -> records: a message with its head and everything that belongs to it."""

from datetime import datetime

import polars as pl

from keel.data.logs.formats import PLAIN
from keel.data.logs.line_format import HEAD, LineFormat
from keel.data.logs.log_time import LogTimes

MOST_LINES = 1_000
"""Of a record; the rest is counted and not kept."""

SCHEMA: dict[str, pl.DataType] = {
    "line": pl.Int64(),
    "lines": pl.Int64(),
    **{name: pl.String() for name in HEAD},
    "time": pl.Datetime("us"),
    "message": pl.String(),
    "text": pl.String(),
}
"""line: where the record begins, from 1. lines: how many it has. text: all of them as they were
written. A time that is missing is that of the record before."""

LEVELS = {
    **dict.fromkeys(("V", "VERBOSE", "TRACE", "FINEST", "10"), "TRACE"),
    **dict.fromkeys(("D", "DEBUG", "FINE", "FINER", "20"), "DEBUG"),
    **dict.fromkeys(("I", "INFO", "INFORMATION", "NOTICE", "CONFIG", "30"), "INFO"),
    **dict.fromkeys(("W", "WARN", "WARNING", "40"), "WARN"),
    **dict.fromkeys(("E", "ERR", "ERROR", "SEVERE", "50"), "ERROR"),
    **dict.fromkeys(
        ("F", "FATAL", "CRIT", "CRITICAL", "ALERT", "EMERG", "PANIC", "FAILURE", "60"), "FATAL"
    ),
}
"""One word for each way of writing a level."""

_HAS_TIME = (
    r"^\[?(?:[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}|[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:"
    r"|[0-9]{2}:[0-9]{2}:)"
)
_GOES_ON = (
    r"^\s|^\}|^Traceback \(|^Caused by: |^\.\.\. [0-9]+ |^During handling of |^The above exception "
    r"|^goroutine [0-9]+ |^(?:[a-z_][0-9A-Za-z_]*\.)*[A-Z][0-9A-Za-z_$]*(?:Exception|Error|Exit"
    r"|Interrupt|Throwable)(?::|$)"
)


class Records:
    """Makes records of lines, batch by batch.

    A line that is not of the format goes on with the record before it, unless it begins with a
    time of another form. In a plain log a line goes on if it is indented or looks like a part of
    a stack trace. The last record is held back until it is known to be whole.
    """

    def __init__(
        self,
        form: LineFormat,
        reference: datetime,
        fields: tuple[str, ...] = (),
        times: tuple[str, ...] = (),
    ) -> None:
        """reference: for times without a year, see `LogTimes`. fields: further groups or keys.
        times: forms of times, those of the format where none are given."""
        self._format = form
        self._times = LogTimes(times or form.times, reference)
        self._fields = fields
        self._held = pl.Series("line", [], dtype=pl.String)
        self._dropped = 0
        self._next = 1
        self._last_time: datetime | None = None
        self.schema = {**SCHEMA, **{name: pl.String() for name in fields}}

    def read(self, lines: pl.Series) -> pl.DataFrame:
        """The records that end in these lines. The columns are those of `schema`."""
        lines = self._held.append(lines)
        if lines.is_empty():
            return pl.DataFrame(schema=self.schema)
        found, starts = self._starts(lines)
        last = int(starts[-1])
        whole = self._gather(lines[:last], found[:last], starts[:-1])
        self._hold(lines[last:])
        return whole

    def flush(self) -> pl.DataFrame:
        """The record that was held back, if there is one."""
        lines = self._held
        if lines.is_empty():
            return pl.DataFrame(schema=self.schema)
        found, _ = self._starts(lines)
        self._held = lines.clear()
        return self._gather(lines, found, pl.Series([0], dtype=pl.UInt32))

    def _hold(self, lines: pl.Series) -> None:
        self._held = lines[:MOST_LINES]
        self._dropped += len(lines) - len(self._held)

    def _starts(self, lines: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
        """The lines taken apart, and which of them begin a record; the first always does."""
        found = self._format.split(lines, self._fields)
        starts = record_starts(self._format, lines, found).scatter(0, True)
        return found, starts.arg_true()

    def _gather(self, lines: pl.Series, found: pl.DataFrame, starts: pl.Series) -> pl.DataFrame:
        """One row per start. The first of them may have lines that were dropped."""
        if starts.is_empty():
            return pl.DataFrame(schema=self.schema)
        count = len(starts)
        ends = starts.shift(-1).fill_null(len(lines))
        lengths = (ends - starts).cast(pl.Int64)
        text = lines.gather(starts)
        if count < len(lines):
            owner = (
                pl.Series("owner", [0] * len(lines), dtype=pl.Int64).scatter(starts, 1).cum_sum()
            )
            joined = (
                pl.DataFrame({"owner": owner, "line": lines})
                .group_by("owner", maintain_order=True)
                .agg(pl.col("line").head(MOST_LINES).str.join("\n"))
            )
            text = joined["line"].str.strip_chars_end()
        lengths = lengths.scatter(0, int(lengths[0]) + self._dropped)
        first = self._next + lengths.cum_sum().shift(1, fill_value=0)
        self._next += int(lengths.sum())
        self._dropped = 0
        head = found[starts.cast(pl.Int64)] if count < len(found) else found
        return self._finish(head, text, first, lengths)

    def _finish(
        self, head: pl.DataFrame, text: pl.Series, first: pl.Series, lengths: pl.Series
    ) -> pl.DataFrame:
        time = self._times.read(head["time"])
        if self._last_time is not None and time[0] is None:
            time = time.scatter(0, self._last_time)
        time = time.fill_null(strategy="forward")
        self._last_time = time[-1]
        level = head["level"].str.to_uppercase()
        frame = head.with_columns(
            line=first,
            lines=lengths,
            time=time,
            level=level.replace(LEVELS),
            # A line of another format is its message.
            message=pl.col("message").fill_null(text.str.extract("^([^\n]*)")),
            text=text,
        )
        frame = frame.filter(pl.col("text") != "")
        return frame.select(pl.col(name).cast(kind) for name, kind in self.schema.items())


def record_starts(form: LineFormat, lines: pl.Series, found: pl.DataFrame) -> pl.Series:
    """[n] whether each line begins a record. found: the lines taken apart by the format."""
    if form is PLAIN:
        return ~lines.str.contains(_GOES_ON) & lines.str.contains(r"\S")
    is_foreign = found["message"].is_null() & lines.str.contains(_HAS_TIME)
    return found["message"].is_not_null() | is_foreign
