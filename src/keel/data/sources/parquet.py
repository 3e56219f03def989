"""Parquet files."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet

from keel.data.sources.source import CHUNK_ROWS, Chunk, OnBad, number_lines
from keel.data.sources.typed import readable, typed_frame
from keel.errors import TableError


class ParquetSource:
    """A Parquet file, read a bounded number of rows at a time. Lines are row numbers."""

    def __init__(self, path: Path) -> None:
        """Raises TableError for a file that is not Parquet."""
        self._path = path
        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                schema = file.schema_arrow
        except (pa.ArrowInvalid, OSError) as error:
            raise TableError(f"{path} is not a readable Parquet file: {error}") from error
        kept, self.notes = readable(schema)
        # The schema makes a new list of all names whenever it is asked for them.
        names = schema.names
        self.names = tuple(names[i] for i in kept)

    @property
    def named(self) -> bool:
        return True

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:  # noqa: ARG002
        start = 1
        columns = list(dict.fromkeys(self.names))
        with pyarrow.parquet.ParquetFile(self._path, pre_buffer=False) as file:
            for batch in file.iter_batches(CHUNK_ROWS, columns=columns):
                frame: pl.DataFrame = typed_frame(batch)
                yield Chunk(frame, number_lines(start, len(frame)))
                start += len(frame)
