"""From the bytes of a growing log to alerts, with one version."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from keel.data.logs.raw_lines import RawLines
from keel.data.logs.records import Records
from keel.data.logs.windows import Cutting, Windows
from keel.data.sources.log import fields_of, window_length
from keel.errors import InputError
from keel.monitor.alert import Alert, lines_around
from keel.monitor.explain_window import explain_window
from keel.spec.kinds import Kind
from keel.spec.log import LogSpec
from keel.train.codecs.templates import Templates
from keel.train.encode.codec import Codec
from keel.train.export.answerer import Answerer
from keel.train.export.predictor import Predictor

SETTLED = timedelta(seconds=2)
"""After so much silence the last record is whole."""


@dataclass(frozen=True, eq=False)
class Watched:
    """A version that answers windows of a log. column: its one input."""

    system: str
    version: str
    predictor: Predictor
    spec: LogSpec
    column: str
    codec: Templates

    @property
    def threshold(self) -> float:
        """From which score on a window is flagged."""
        signature = self.predictor.signature
        return signature.cuts[signature.flagged].threshold if signature.cuts else 0.5


def watched_version(
    system: str, version: str, predictor: Answerer, spec: LogSpec | None
) -> Watched:
    """The version, if it is one that can watch a log. Raises InputError saying why not."""
    inputs = predictor.signature.inputs
    codec = _codec(predictor)
    if not isinstance(predictor, Predictor) or not isinstance(codec, Templates):
        named = ", ".join(f"{column.name} ({column.kind})" for column in inputs)
        raise InputError(
            f"{version} answers rows of {named}, not windows of a log: watch a system whose table "
            "is a log, see `keel new NAME --like logs`"
        )
    if predictor.signature.positive is None:
        raise InputError(
            f"{version} flags nothing: watch a system of the task detect, or of two classes"
        )
    plain = (spec or LogSpec()).unmarked
    return Watched(system, version, predictor, plain, inputs[0].name, codec)


def _codec(predictor: Answerer) -> Codec | None:
    """Of a version's one input, where that is a log."""
    inputs = predictor.signature.inputs
    if not isinstance(predictor, Predictor) or len(inputs) != 1:
        return None
    return predictor.codecs.get(inputs[0].name) if inputs[0].kind is Kind.SEQUENCE else None


class LogWatch:
    """Reads a log block by block and gives the alerts of the windows that end.

    partial: the log is read from somewhere in its middle, so that the first window is not whole
    and is not answered. now: for times without a year.
    """

    def __init__(self, watched: Watched, now: datetime, *, partial: bool) -> None:
        self._watched = watched
        self._now = now
        self._lines = RawLines()
        self._records: Records | None = None
        self._windows: Windows | None = None
        self._skip = partial and watched.spec.session is None
        self._silent = timedelta()
        self._length: timedelta | None = None
        self.windows = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the log, one sentence each."""
        return (*self._lines.notes, *(() if self._windows is None else self._windows.notes))

    def feed(self, block: bytes) -> list[Alert]:
        """Alerts of windows that these bytes end."""
        self._silent = timedelta()
        return list(self._take(self._lines.feed(block)))

    def idle(self, silence: timedelta) -> list[Alert]:
        """Nothing came for so much longer: what was only waiting for more is answered."""
        self._silent += silence
        alerts: list[Alert] = []
        if self._records is None or self._windows is None:
            return alerts
        if self._silent >= SETTLED:
            alerts += self._answer(self._windows.add(self._records.flush()))
        if self._length is not None and self._silent >= self._length:
            alerts += self._answer(self._windows.flush())
        return alerts

    def end_file(self) -> list[Alert]:
        """The file ends here and another may begin; windows may go on in it."""
        alerts = list(self._take(self._lines.finish()))
        if self._records is not None and self._windows is not None:
            alerts += self._answer(self._windows.add(self._records.flush()))
        return alerts

    def finish(self) -> list[Alert]:
        """Nothing more will come."""
        alerts = self.end_file()
        if self._windows is not None:
            alerts += self._answer(self._windows.flush())
        return alerts

    def _take(self, lines: pl.Series) -> Iterator[Alert]:
        if lines.is_empty():
            return
        records, windows = self._reader(lines)
        yield from self._answer(windows.add(records.read(lines)))

    def _reader(self, lines: pl.Series) -> tuple[Records, Windows]:
        """Made when the first lines show whether the log has times."""
        if self._records is None or self._windows is None:
            reading, spec = self._watched.codec.reading, self._watched.spec
            length = window_length(spec, reading.format, lines)
            cutting = Cutting(spec.session, length, spec.idle)
            fields = fields_of(cutting)
            self._records = Records(reading.format, self._now, fields, reading.times)
            self._windows = Windows(cutting)
            waits = spec.idle if cutting.session is not None else length
            self._length = waits if isinstance(waits, timedelta) else None
        return self._records, self._windows

    def _answer(self, windows: pl.DataFrame) -> Iterator[Alert]:
        if self._skip and len(windows):
            self._skip = False
            windows = windows[1:]
        if windows.is_empty():
            return
        watched = self._watched
        self.windows += len(windows)
        prediction = watched.predictor.answer(windows.rename({"log": watched.column}))
        if prediction.decision is None:
            return
        output = prediction.output if prediction.output.ndim == 1 else prediction.output[:, 1]
        for row in prediction.decision.nonzero()[0].tolist():
            window = windows.row(row, named=True)
            reasons = explain_window(watched.codec, window["log"])
            yield Alert(
                watched.system,
                watched.version,
                window["window"],
                window["start"],
                window["end"],
                float(output[row]),
                watched.threshold,
                reasons,
                lines_around(window["log"], reasons),
            )
