"""Log files: a row for each window of lines."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from glob import glob
from pathlib import Path

import numpy as np
import polars as pl

from keel.data.logs.formats import FORMATS, SAMPLE, detect_format
from keel.data.logs.line_format import HEAD, LineFormat
from keel.data.logs.pattern_format import read_pattern
from keel.data.logs.raw_lines import RawLines
from keel.data.logs.records import Records
from keel.data.logs.window_labels import read_labels
from keel.data.logs.windows import LABEL, Cutting, Windows
from keel.data.sources.bytestream import BLOCK_BYTES, unpack
from keel.data.sources.source import Chunk, OnBad
from keel.errors import DeclarationError, TableError
from keel.spec.log import LOG, START, WINDOW, LogSpec
from keel.spec.nearest import did_you_mean

SHOWN = (WINDOW, START, LOG)
LENGTH = timedelta(minutes=5)
LINES = 100
"""The windows of a log that has times, and of one that has none."""

_SAMPLE_BYTES = 1 << 20


class LogSource:
    """One or several log files as one log, cut into windows as `spec` says.

    pattern: of the path; several files are read in the order of their times of change.
    """

    named = True

    def __init__(self, pattern: Path, spec: LogSpec | None = None, base: Path = Path()) -> None:
        """base: where the labels' path starts. Raises TableError without a file, DeclarationError
        for a spec that does not fit it."""
        self._spec = spec or LogSpec()
        self._paths = _find(pattern)
        sample = _sample(self._paths)
        self.format, share = find_format(self._spec, sample)
        self._cutting = find_cutting(self._spec, self.format, sample)
        labels = self._spec.labels
        self._labels = None if labels is None else read_labels(base / labels)
        is_labelled = self._spec.label is not None or labels is not None
        self.names = (*SHOWN, LABEL) if is_labelled else SHOWN
        self._format_note = f"{pattern.name} read as {self.format.name}: {share:.0%} of its lines"
        self._notes: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know, of the last pass too."""
        return (self._format_note, *self._notes)

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:  # noqa: ARG002 - every line is one
        """Windows in the order in which they end."""
        windows = Windows(self._cutting)
        notes: list[str] = []
        done = 0
        for records in self._records(notes):
            cut = windows.add(records)
            yield self._chunk(cut, done)
            done += len(cut)
        yield self._chunk(windows.flush(), done)
        self._notes = (*dict.fromkeys(notes), *windows.notes)

    def _records(self, notes: list[str]) -> Iterator[pl.DataFrame]:
        fields = fields_of(self._cutting)
        for path in self._paths:
            lines = RawLines()
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
            records = Records(self.format, changed, fields, self._spec.times)
            for block in _blocks(path):
                yield records.read(lines.feed(block))
            yield records.read(lines.finish())
            yield records.flush()
            notes += lines.notes

    def _chunk(self, windows: pl.DataFrame, done: int) -> Chunk:
        if self._labels is not None:
            windows = windows.with_columns(self._labels.label(windows).alias(LABEL))
        numbers = np.arange(done + 1, done + 1 + len(windows), dtype=np.int64)
        return Chunk(windows.select(self.names), numbers)


def find_format(spec: LogSpec, sample: pl.Series) -> tuple[LineFormat, float]:
    """The declared format of a log, or the one its first lines have, and the share of them that
    it fits. Raises DeclarationError for a format that is not known or cannot work."""
    if spec.format == "auto":
        return detect_format(sample)
    named = {form.name: form for form in FORMATS}
    if spec.format in named:
        form = named[spec.format]
    elif "(?P<" in spec.format:
        form = read_pattern(spec.format, spec.times)
    else:
        near = did_you_mean(spec.format, ["auto", *named], most=len(named) + 1)
        problem = (
            f"log: format: {spec.format!r} is neither a format nor a regular expression with "
            f"groups like (?P<message>.*): {near}"
        )
        raise DeclarationError([problem])
    misses = form.split(sample)["message"].null_count()
    return form, 1 - misses / max(len(sample), 1)


def find_cutting(spec: LogSpec, form: LineFormat, sample: pl.Series) -> Cutting:
    """How to cut a log that begins like the sample. Raises DeclarationError for a field that no
    line has, or what is no pattern."""
    problems = []
    known = set(form.split(sample).columns)
    for place, name in (("session", spec.session), ("label", spec.label)):
        if name is not None and _is_field(name):
            found = form.split(sample, (name,))[name]
            if len(sample) and found.null_count() == len(found):
                problems.append(
                    f"log: {place}: no line has {name!r}; there are {', '.join(sorted(known))}"
                    + (", or write a regular expression" if place == "session" else "")
                )
    if spec.session is not None and not _is_field(spec.session):
        problems += _session_problems(spec.session)
    if spec.label is not None and not _is_field(spec.label):
        problems.append(f"log: label: {spec.label!r} is not the name of a group or key")
    if problems:
        raise DeclarationError(problems)
    return Cutting(spec.session, window_length(spec, form, sample), spec.idle, spec.label)


def window_length(spec: LogSpec, form: LineFormat, sample: pl.Series) -> timedelta | int:
    """The declared length of a window, or the usual one for a log with times, or for one
    without."""
    if spec.window is not None:
        return spec.window
    records = Records(form, datetime(2000, 1, 1), (), spec.times)
    times = pl.concat([records.read(sample), records.flush()])["time"]
    return LENGTH if times.null_count() < len(times) else LINES


def fields_of(cutting: Cutting) -> tuple[str, ...]:
    """Groups or keys of lines that cutting needs."""
    wanted = (cutting.label, cutting.session)
    return tuple(name for name in wanted if name is not None and _is_field(name))


def _find(pattern: Path) -> tuple[Path, ...]:
    if pattern.is_file():
        return (pattern,)
    found = [Path(name) for name in glob(str(pattern)) if Path(name).is_file()]
    if not found:
        raise TableError(f"there is no log at {pattern}: name a file, or files as in logs/*.log")
    return tuple(sorted(found, key=lambda path: (path.stat().st_mtime, path.name)))


def _sample(paths: Sequence[Path]) -> pl.Series:
    """The first lines of the first file that has any."""
    for path in paths:
        reader = RawLines()
        for block in _blocks(path):
            lines = reader.feed(block[:_SAMPLE_BYTES])
            lines = lines if len(lines) else reader.finish()
            lines = lines.filter(lines.str.contains(r"\S"))
            if len(lines):
                return lines.head(SAMPLE)
    return pl.Series("line", [], dtype=pl.String)


def _session_problems(session: str) -> list[str]:
    try:
        re.compile(session)
        pl.Series([""]).str.extract(session, 0)
    except (re.error, pl.exceptions.ComputeError) as error:
        reason = str(error).strip().splitlines()[-1]
        return [f"log: session: {session!r} is not a regular expression: {reason}"]
    return []


def _is_field(name: str) -> bool:
    """Whether it can be the name of a group or key; a pattern never looks so in practice."""
    return re.fullmatch(r"[@A-Za-z_][0-9A-Za-z_.-]*", name) is not None or name in HEAD


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with unpack(path, None) as stream:
            while block := stream.read(BLOCK_BYTES):
                yield block
    except (OSError, EOFError) as error:
        raise TableError(f"cannot read {path}: {error}; is the file whole?") from error
