"""Feature columns on their way to an encoding, with what is done to them only once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.logs.log_reading import LogLines, LogReading, reading_of
from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.encode.hashing import Hashed, HashSettings, hash_texts

REFERENCE = datetime(2024, 12, 31)
"""For times without a year: only hours and days of the week are learned of."""


@dataclass(frozen=True, eq=False)
class Source:
    """Feature columns of n rows whose texts were hashed and whose logs were read once, for all
    folds and trials. logs: the lines of each sequence column, and how they were read."""

    frame: pl.DataFrame
    texts: Mapping[str, Hashed]
    logs: Mapping[str, tuple[LogReading, LogLines]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    def only(self, columns: Sequence[Column]) -> "Source":
        """These columns, without a copy."""
        names = [column.name for column in columns]
        if len(names) == self.frame.width:
            return self
        texts = {name: hashed for name, hashed in self.texts.items() if name in names}
        logs = {name: log for name, log in self.logs.items() if name in names}
        return Source(self.frame.select(names), texts, logs)

    def take(self, rows: NDArray[np.int64]) -> "Source":
        """These rows, in this order, with numbers in the type that a model sees."""
        columns = [_narrow(column.gather(rows)) for column in self.frame.iter_columns()]
        texts = {name: hashed.take(rows) for name, hashed in self.texts.items()}
        logs = {name: (reading, lines.take(rows)) for name, (reading, lines) in self.logs.items()}
        return Source(pl.DataFrame(columns), texts, logs)


def read_source(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    readings: Mapping[str, LogReading] | None = None,
) -> Source:
    """Hash the texts among `columns` and read the logs. Worth it before a frame is cut into
    folds. readings: how the lines of sequence columns are read, found out where not given."""
    names = [column.name for column in columns if column.kind is Kind.TEXT]
    texts = {name: hash_texts(frame[name], HashSettings()) for name in names}
    logs = {}
    for column in columns:
        if column.kind is Kind.SEQUENCE:
            reading = (readings or {}).get(column.name)
            reading = reading or reading_of(column.log, frame[column.name], REFERENCE)
            logs[column.name] = (reading, reading.read(frame[column.name]))
    return Source(frame, texts, logs)


def _narrow(column: pl.Series) -> pl.Series:
    return column.cast(pl.Float32) if column.dtype == pl.Float64 else column
