"""Reads any table in batches and writes answers in batches, in constant memory."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from keel.backends.disk import disk
from keel.data.sources.open import open_source
from keel.data.sources.source import OnBad
from keel.errors import InputError
from keel.spec.log import LogSpec

FORMATS = (".csv", ".parquet", ".jsonl", ".arrow")
TABLES = (".csv", ".parquet", ".arrow")


class Frames:
    """The rows of a table as they were found, batch by batch; see `conform` for their types.

    Lines that are no rows go to `on_bad`. Raises TableError for what cannot be read.
    """

    def __init__(
        self,
        table: object,
        on_bad: OnBad,
        *,
        base: Path = Path(),
        query: str | None = None,
        columns: tuple[str, ...] | None = None,
        log: LogSpec | None = None,
    ) -> None:
        """log: how logs are cut into rows; files that can only be tables are read as such."""
        if Path(str(table)).suffix.lower() in TABLES:
            log = None
        self._source = open_source(table, base=base, query=query, columns=columns, log=log)
        self._on_bad = on_bad
        self.names = self._source.names
        self.notes = self._source.notes

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for chunk in self._source.chunks(self._on_bad):
            yield chunk.frame


class FrameWriter:
    """Writes batches to a CSV, Parquet, JSONL or Arrow file, by the end of its name.

    The file appears under its name when the `with` block ends well, replacing what was there; a
    failure leaves nothing. Raises InputError for another ending, EnvironmentFailure when the
    disk refuses.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._format = path.suffix.lower()
        if self._format not in FORMATS:
            raise InputError(
                f"cannot write {path}: its name must end in {', '.join(FORMATS[:-1])} or "
                f"{FORMATS[-1]}"
            )
        if not path.absolute().parent.is_dir():
            raise InputError(f"cannot write {path}: there is no folder {path.absolute().parent}")
        self._half = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._writer: Any = None

    def __enter__(self) -> Self:
        with disk(self._path):
            self._file = self._half.open("wb")
        return self

    def write(self, frame: pl.DataFrame) -> None:
        """Append rows. Every batch has the same columns and types."""
        with disk(self._path):
            if self._format == ".csv":
                frame.write_csv(self._file, include_header=self._writer is None)
                self._writer = self._file
            elif self._format == ".jsonl":
                frame.write_ndjson(self._file)
            else:
                self._write_arrow(frame.to_arrow())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with disk(self._path):
                if self._writer is not None and self._writer is not self._file:
                    self._writer.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                if kind is None:
                    self._half.replace(self._path)
        finally:
            self._file.close()
            self._half.unlink(missing_ok=True)

    def _write_arrow(self, table: pa.Table) -> None:
        if self._writer is None:
            open_writer = (
                pyarrow.parquet.ParquetWriter
                if self._format == ".parquet"
                else pyarrow.ipc.new_file
            )
            self._writer = open_writer(self._file, table.schema)
        self._writer.write_table(table)
