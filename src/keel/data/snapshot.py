"""Writes a checked table once, under the fingerprint of its content."""

import hashlib
import os
from datetime import datetime
from typing import Any, BinaryIO
from uuid import uuid4

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc

from keel.backends.disk import disk, flush_folder
from keel.data.table import PHYSICAL, Column, Table
from keel.settings import Settings
from keel.spec.kinds import Kind

BATCH_ROWS = 65_536
BATCH_CELLS = 1 << 24
LEAST_BATCH_ROWS = 256

_ARROW = {
    Kind.NUMBER: pa.float64(),
    Kind.CATEGORY: pa.large_string(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TIME: pa.timestamp("us"),
    Kind.TEXT: pa.large_string(),
    Kind.SEQUENCE: pa.large_string(),
}

_ZERO: dict[Kind, object] = {Kind.NUMBER: 0.0, Kind.BOOLEAN: False, Kind.TIME: datetime(1970, 1, 1)}


class SnapshotWriter:
    """Appends rows to a table that does not exist until `finish`.

    A process killed at any moment leaves at most a file in scratch. Two processes that write the
    same content end with the same file. Raises EnvironmentFailure when the disk refuses.
    """

    def __init__(self, settings: Settings, columns: tuple[Column, ...]) -> None:
        self._settings = settings
        self._columns = columns
        self._half = settings.scratch / f"{uuid4().hex}.arrow"
        cells = BATCH_CELLS // max(len(columns), 1)
        self._batch_rows = max(LEAST_BATCH_ROWS, min(BATCH_ROWS, cells))
        self._hashes = [hashlib.sha256() for _ in columns]
        self._waiting: list[pl.DataFrame] = []
        self._waiting_rows = 0
        self._schema = pa.schema([(c.name, _ARROW[c.kind]) for c in columns])
        self._file: BinaryIO | None = None
        self._writer: Any = None
        self.rows = 0

    def write(self, frame: pl.DataFrame) -> None:
        """Append rows that have the table's columns, in order, in their physical types."""
        self._waiting.append(frame)
        self._waiting_rows += len(frame)
        if self._waiting_rows >= self._batch_rows:
            whole = pl.concat(self._waiting)
            full = len(whole) // self._batch_rows * self._batch_rows
            for start in range(0, full, self._batch_rows):
                self._write(whole.slice(start, self._batch_rows))
            self._waiting = [whole.slice(full)]
            self._waiting_rows = len(whole) - full

    def finish(self) -> Table:
        """The table, whole and safe on the disk."""
        if self._waiting_rows:
            self._write(pl.concat(self._waiting))
        fingerprint = self._fingerprint()
        path = self._settings.tables / f"{fingerprint}.arrow"
        file, writer = self._open()
        with disk(self._half):
            writer.close()
            file.flush()
            os.fsync(file.fileno())
            file.close()
        with disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._half.replace(path)
            flush_folder(path.parent)
        return Table(path, self._columns, self.rows, fingerprint)

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each column's values, the same for equal columns of one kind."""
        return {
            column.name: digest.hexdigest()
            for column, digest in zip(self._columns, self._hashes, strict=True)
        }

    def discard(self) -> None:
        """Leave nothing behind; harmless after `finish`."""
        if self._file is not None:
            self._file.close()
            self._half.unlink(missing_ok=True)

    def _write(self, frame: pl.DataFrame) -> None:
        frame = frame.rechunk()
        for column, digest, series in zip(
            self._columns, self._hashes, frame.get_columns(), strict=True
        ):
            _update(digest, series, column.kind)
        arrays = [
            series.to_arrow().cast(field.type)
            for series, field in zip(frame.get_columns(), self._schema, strict=True)
        ]
        _, writer = self._open()
        with disk(self._half):
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self.rows += len(frame)

    def _open(self) -> tuple[BinaryIO, Any]:
        if self._file is None:
            with disk(self._half):
                self._half.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._half.open("wb")
                self._writer = pyarrow.ipc.new_file(self._file, self._schema)
        return self._file, self._writer

    def _fingerprint(self) -> str:
        whole = hashlib.sha256(str(self.rows).encode())
        for column, digest in zip(self._columns, self._hashes, strict=True):
            whole.update(f"\0{column.name}\0{column.kind}\0".encode())
            whole.update(digest.digest())
        return whole.hexdigest()


def _update(digest: "hashlib._Hash", series: pl.Series, kind: Kind) -> None:
    """Feed a batch: which values are missing, then the values with zeros in those places."""
    if series.null_count():
        digest.update(np.packbits(series.is_null().to_numpy()).data)
        series = series.fill_null("" if PHYSICAL[kind] == pl.String else _ZERO[kind])
    else:
        digest.update(b"\0")
    if PHYSICAL[kind] == pl.String:
        lengths = series.str.len_bytes().to_numpy()
        digest.update(np.ascontiguousarray(lengths).data)
        content = series.to_arrow().cast(pa.large_string()).buffers()[2]
        if content is not None:
            digest.update(memoryview(content)[: int(lengths.sum())])
    elif kind is Kind.BOOLEAN:
        digest.update(np.packbits(series.to_numpy()).data)
    elif kind is Kind.TIME:
        digest.update(np.ascontiguousarray(series.to_physical().to_numpy()).data)
    else:
        # Adding zero turns -0.0 into 0.0, which equals it.
        digest.update((series.to_numpy() + 0.0).data)
